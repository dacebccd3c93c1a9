#!/usr/bin/python3
"""Who may come in: every refused handshake gets an HTTP answer that says so, and only ours get 101."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import TEXT, accept_of, check, equal, frame, request

CASES = []


def case(sentence, status, raw=None, **fields):
	CASES.append((sentence, status, raw or request(**fields)))


# --- the form
case("a proper handshake", 101)
case("lower-case names", 101, request().replace(b"Upgrade: w", b"upgrade: w").replace(b"Sec-WebSocket-Key", b"sec-websocket-key"))
case("Upgrade in any case", 101, Upgrade="WebSocket")
case("Connection: keep-alive, Upgrade", 101, Connection="keep-alive, Upgrade")
case("Connection on two lines", 101, Connection=["keep-alive", "upgrade"])
case("blanks around values", 101, Sec_WebSocket_Version="  13\t ")
case("an extension offered is not taken up", 101, Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
case("another path", 404, path="/wss")
case("a path that begins so", 404, path="/ws/")
case("a query", 404, path="/ws?token=secret")
case("an absolute address", 400, path="http://forum.example/ws")
case("POST", 405, method="POST")
case("HEAD", 405, method="HEAD")
case("get in lower case", 400, method="get")
case("CONNECT", 400, request(method="CONNECT", path="forum.example:80"))
case("HTTP/1.0", 400, version="HTTP/1.0")
case("HTTP/2.0", 505, version="HTTP/2.0")
case("HTTP/1.1 misspelt", 400, version="HTTP/1.1x")
case("no Upgrade", 426, Upgrade=None)
case("Upgrade: h2c", 426, Upgrade="h2c")
case("Upgrade: foo", 426, Upgrade="foo")
case("Upgrade: websocket, h2c", 426, Upgrade="websocket, h2c")
case("Upgrade twice", 400, Upgrade=["websocket", "websocket"])
case("no Connection", 400, Connection=None)
case("Connection: close", 400, Connection="close")
case("Connection: notupgrade", 400, Connection="notupgrade")
case("no Host", 400, Host=None)
case("two Hosts", 400, Host=["forum.example", "evil.example"])
case("an empty Host", 400, Host="")
case("a Host with a path", 400, Host="forum.example/x")
case("a Host with an at sign", 400, Host="a@forum.example")
# --- version
case("no version", 426, Sec_WebSocket_Version=None)
case("version 8", 426, Sec_WebSocket_Version="8")
case("version 99", 426, Sec_WebSocket_Version="99")
case("version 013", 426, Sec_WebSocket_Version="013")
case("version 13, 8", 426, Sec_WebSocket_Version="13, 8")
case("two versions", 400, Sec_WebSocket_Version=["13", "13"])
# --- key
case("no key", 400, Sec_WebSocket_Key=None)
case("a short key", 400, Sec_WebSocket_Key="c2hvcnQ=")
case("a long key", 400, Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZSBpcyBsb25nZXI=")
case("a key that is no base64", 400, Sec_WebSocket_Key="!!!!!!!!!!!!!!!!!!!!!!==")
case("a key of 17 bytes", 400, Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAAA=")
case("a key of 18 bytes", 400, Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAAAA")
case("an empty key", 400, Sec_WebSocket_Key="")
case("two keys", 400, Sec_WebSocket_Key=[rawws.KEY, rawws.KEY])
# --- subprotocol
case("no subprotocol", 400, Sec_WebSocket_Protocol=None)
case("another subprotocol", 400, Sec_WebSocket_Protocol="chat")
case("ours in another case", 400, Sec_WebSocket_Protocol="Maagal.V1")
case("one that begins like ours", 400, Sec_WebSocket_Protocol="maagal.v10")
case("ours among others", 101, Sec_WebSocket_Protocol="chat, maagal.v2 , maagal.v1")
case("ours on a second line", 101, Sec_WebSocket_Protocol=["chat", "maagal.v1"])
# --- origin (the door listens in plain, so ours is http://)
case("our origin", 101, Origin="http://forum.example")
case("our origin with its port", 101, Host="forum.example:8484", Origin="http://forum.example:8484")
case("our origin in another case", 101, Origin="http://Forum.Example")
case("an allowed origin", 101, Origin="https://good.example")
case("the second allowed origin", 101, Origin="https://also.example:8443")
case("our origin over another scheme", 403, Origin="https://forum.example")
case("our origin on another port", 403, Origin="http://forum.example:81")
case("our Host without its port", 403, Host="forum.example:8484", Origin="http://forum.example")
case("null", 403, Origin="null")
case("NULL", 403, Origin="NULL")
case("an empty origin", 403, Origin="")
for hostile in ("http://forum.example.evil.example", "http://evil-forum.example", "http://evil.example/forum.example", "http://forum.exampl", "http://forum.example/",
		"http://forum.example@evil.example", "http://evil.example#http://forum.example", "forum.example", "//forum.example", "file://", "http://forum.example evil",
		"https://good.example.evil.example", "https://good.exampl", "good.example", "https://good.example https://also.example:8443", "http://", "javascript:forum.example",
		"http://xn--frum-hqb.example", "http://forum.example:80", "https://also.example"):
	case(f"the origin {hostile}", 403, Origin=hostile)
case("two origins", 400, Origin=["http://forum.example", "http://evil.example"])
case("X-Forwarded-Proto from whom we do not trust", 403, Origin="https://forum.example", X_Forwarded_Proto="https")


def run_case(door, status, raw):
	link = door.connect()
	link.send(raw)
	found, fields = link.read_head()
	equal(found, status, "status")
	if status == 101:
		equal(fields["sec-websocket-accept"], accept_of(rawws.KEY), "accept")
		equal(fields["sec-websocket-protocol"], "maagal.v1", "subprotocol")
		equal(fields["upgrade"].lower(), "websocket", "upgrade")
		check("sec-websocket-extensions" not in fields, "extensions")
		link.send(frame(TEXT, "שלום".encode()))
		equal(link.read_frame(), (TEXT, "שלום".encode()), "echo")
		link.close()
		return
	equal("close" in fields["connection"], True, f"Connection: {fields['connection']}")
	if status == 426:
		equal(fields["sec-websocket-version"], "13", "version")
	check(len(link.read_all()) < 200)


def run_cases():
	good = True
	with rawws.Door("allowed_origins=https://good.example https://also.example:8443") as door:
		for sentence, status, raw in CASES:
			good = rawws.run(f"{sentence}: {status}", lambda: run_case(door, status, raw)) and good
		good = rawws.run("what was refused never reached the hub", lambda: equal(
			door.figures()["opened"], sum(s == 101 for _, s, _ in CASES) + 1, "opened")) and good
	return good


def test_the_public_url_is_an_origin_of_ours():
	with rawws.Door("public_url=https://forum.example.org") as door:
		door.open(Host="127.0.0.1:8484", Origin="https://forum.example.org")
		for hostile in ("https://forum.example.org/app", "http://forum.example.org", "https://forum.example.org.evil.example"):
			link = door.connect()
			link.send(request(Host="127.0.0.1:8484", Origin=hostile))
			equal(link.read_head()[0], 403, hostile)


def test_a_trusted_proxy_says_which_scheme_it_speaks():
	with rawws.Door("trusted_proxy=true") as door:
		door.open(Origin="https://forum.example", X_Forwarded_Proto="https")
		for origin, scheme in (("http://forum.example", "https"), ("https://forum.example", "http"), ("https://forum.example", None)):
			link = door.connect()
			link.send(request(Origin=origin, X_Forwarded_Proto=scheme))
			equal(link.read_head()[0], 403, f"{origin} by {scheme}")


def test_a_handshake_may_come_byte_by_byte():
	with rawws.Door() as door:
		link = door.connect()
		link.send(*(bytes([b]) for b in request()))
		equal(link.read_head()[0], 101)


def test_a_thousand_handshakes_leave_nothing_behind():
	with rawws.Door() as door:
		for _ in range(1000):
			door.open().close()
		rawws.wait_until(lambda: door.figures()["connections"] == 1, "all are gone")


rawws.main()

#!/usr/bin/python3
"""What the door answers over plain HTTP: pages, health, metrics, and their guards."""
import gzip
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import check, equal


def get(door, path, method="GET", address=None, version="HTTP/1.1", **fields):
	link = door.connect(address)
	lines = [f"{method} {path} {version}", "Host: forum.example"]
	lines += [f"{n.replace('_', '-')}: {v}" for n, v in fields.items()]
	link.send("\r\n".join(lines).encode() + b"\r\n\r\n")
	return link.read_answer()


def make_site():
	folder = tempfile.TemporaryDirectory(prefix="maagal-web-")
	site = pathlib.Path(folder.name)
	(site / "index.html").write_text("<!doctype html><title>שלום</title>")
	(site / "app-3F2A9C1B.js").write_text("let big = 1;\n" * 100000)
	(site / "app-3F2A9C1B.js.gz").write_bytes(gzip.compress((site / "app-3F2A9C1B.js").read_bytes()))
	(site / "icons").mkdir()
	(site / "icons" / "index.html").write_text("icons")
	(site / "icons" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
	(site / ".hidden").write_text("secret")
	(site / "odd name.txt").write_text("secret")
	os.symlink("/etc/passwd", site / "link.txt")
	return folder


def test_pages_come_with_type_length_and_every_guard():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		status, fields, body = get(door, "/")
		equal(status, 200)
		equal(fields["content-type"], "text/html; charset=utf-8")
		equal(int(fields["content-length"]), len(body))
		check("שלום".encode() in body)
		policy = fields["content-security-policy"]
		check("unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, policy)
		for name, value in {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "connection": "close",
				"cross-origin-opener-policy": "same-origin", "x-frame-options": "DENY", "cache-control": "no-cache"}.items():
			equal(fields.get(name), value, name)
		check("server" not in fields, "it says what it is")


def test_refusals_carry_the_same_guards():
	with rawws.Door() as door:
		for path, wanted in (("/nothing", 404), ("/ws", 426)):
			status, fields, _ = get(door, path)
			equal(status, wanted)
			check("content-security-policy" in fields and fields["x-content-type-options"] == "nosniff")


def test_large_pages_come_whole_packed_or_not():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		status, fields, body = get(door, "/app-3F2A9C1B.js")
		equal((status, len(body)), (200, 1300000))
		check("content-encoding" not in fields and "immutable" in fields["cache-control"])
		status, packed_fields, packed = get(door, "/app-3F2A9C1B.js", Accept_Encoding="br, gzip;q=0.8")
		equal(packed_fields["content-encoding"], "gzip")
		equal(gzip.decompress(packed), body)
		check(packed_fields["etag"] != fields["etag"], "one ETag for two forms")
		equal(get(door, "/app-3F2A9C1B.js", Accept_Encoding="gzip;q=0, br")[1].get("content-encoding"), None)
		equal(get(door, "/app-3F2A9C1B.js.gz")[0], 404, "the packed form is no page")


def test_an_etag_saves_the_page():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		etag = get(door, "/")[1]["etag"]
		for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
			status, fields, body = get(door, "/", If_None_Match=known)
			equal((status, body, fields["etag"]), (304, b"", etag), known)
		equal(get(door, "/", If_None_Match='"other"')[0], 200)


def test_HEAD_has_no_body():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		for path in ("/", "/app-3F2A9C1B.js", "/healthz", "/nothing"):
			status, fields, body = get(door, path, "HEAD")
			equal(body, b"", path)
			check(int(fields["content-length"]) > 0, path)


def test_folders_have_their_index_and_queries_do_not_matter():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		equal(get(door, "/icons/")[2], b"icons")
		equal(get(door, "/?campaign=a")[0], 200)
		equal(get(door, "/icons/logo.svg")[1]["content-type"], "image/svg+xml")


def test_nothing_else_is_a_page():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		for path in ("/.hidden", "/odd%20name.txt", "/link.txt", "/../../etc/passwd", "/icons/../index.html", "/%2e%2e/index.html",
				"/icons", "//", "/index.html/", "/app-3F2A9C1B.js%00.txt", "/icons//logo.svg", "/\\..\\index.html", "/" + "a" * 4000):
			equal(get(door, path)[0], 404, path)


def test_without_pages_it_says_how_to_build_them():
	with rawws.Door() as door:
		status, fields, body = get(door, "/")
		equal((status, fields["content-type"]), (200, "text/html; charset=utf-8"))
		for words in ('lang="he"', 'lang="ar"', 'lang="en"', 'dir="rtl"', "npm run build"):
			check(words.encode() in body, words)
		check(b"<style" not in body and b"<script" not in body and b"style=" not in body, "its own policy forbids that")


def test_health_is_answered_to_everybody_and_metrics_to_this_machine():
	with rawws.Door() as door:
		for path in ("/healthz", "/readyz", "/metrics"):
			equal(get(door, path)[::2], (200, f"{path} local=1\n".encode()), path)
		for proxy in ("X_Forwarded_For", "X_Forwarded_Proto", "X_Real_IP", "Forwarded", "Via", "X_Forwarded_Host"):
			equal(get(door, "/metrics", **{proxy: "192.0.2.1"})[0], 404, proxy)
			equal(get(door, "/healthz", **{proxy: "192.0.2.1"})[2], b"/healthz local=0\n", proxy)


def test_metrics_may_have_a_listener_of_their_own():
	with tempfile.TemporaryDirectory() as folder:
		path = folder + "/door.sock"
		port = free_port()
		with rawws.Door(f"metrics_listen=127.0.0.1:{port}", f"unix_socket={path}") as door:
			equal(get(door, "/metrics")[0], 404, "on the main port")
			equal(get(door, "/metrics", address=("127.0.0.1", port))[0], 200)
			equal(get(door, "/metrics", address=path)[0], 404, "over the unix socket")
			for other in ("/", "/ws"):
				equal(get(door, other, address=("127.0.0.1", port))[0], 404, other)


def free_port():
	import socket
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def test_HTTP_1_0_is_answered():
	with rawws.Door() as door:
		equal(get(door, "/healthz", version="HTTP/1.0")[0], 200)


def test_a_slow_reader_gets_the_whole_page_and_holds_nobody_up():
	with make_site() as site, rawws.Door(f"web_dir={site}") as door:
		slow = door.connect()
		slow.sock.setsockopt(__import__("socket").SOL_SOCKET, __import__("socket").SO_RCVBUF, 4096)
		slow.send(b"GET /app-3F2A9C1B.js HTTP/1.1\r\nHost: x\r\n\r\n")
		slow.read_head()
		equal(get(door, "/")[0], 200, "another meanwhile")
		equal(len(slow.read_all()), 1300000)


rawws.main()

#!/usr/bin/python3
"""config/nginx.conf with the real nginx before the door, over the unix socket and over loopback."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import PING, PONG, TEXT, Link, check, close_frame, equal, frame, request

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


def free_port():
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


class Proxy:
	def __init__(self, folder, upstream):
		self.folder = folder
		self.port, self.plain_port = free_port(), free_port()
		self.trust = f"{folder}/cert.pem"
		subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{folder}/key.pem", "-out",
			self.trust, "-days", "2", "-subj", "/CN=forum.example.org", "-addext", "subjectAltName=DNS:forum.example.org"], check=True, capture_output=True)
		text = (rawws.ROOT / "config" / "nginx.conf").read_text()
		for old, new in {
			"server unix:/run/maagal/door.sock;": f"server {upstream};",
			"listen 80;": f"listen 127.0.0.1:{self.plain_port};",
			"listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
			"/etc/letsencrypt/live/forum.example.org/fullchain.pem": self.trust,
			"/etc/letsencrypt/live/forum.example.org/privkey.pem": f"{folder}/key.pem",
		}.items():
			check(text.count(old) == 1, f"the example has no `{old}`")
			text = text.replace(old, new)
		pathlib.Path(f"{folder}/maagal.conf").write_text(text)
		user = "user root;" if os.geteuid() == 0 else ""
		temporary = "".join(f"{n}_temp_path {folder}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
		pathlib.Path(f"{folder}/nginx.conf").write_text(f"""{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
			events {{ worker_connections 512; }} http {{ {temporary} access_log off; include {folder}/maagal.conf; }}""")
		self.process = subprocess.Popen([NGINX, "-p", folder, "-c", f"{folder}/nginx.conf"], stderr=subprocess.PIPE, text=True)
		rawws.wait_until(self.is_up, "nginx is up")

	def is_up(self):
		if self.process.poll() is not None:
			raise rawws.Failed(f"nginx: {self.process.stderr.read()}")
		with socket.socket() as probe:
			return probe.connect_ex(("127.0.0.1", self.port)) == 0

	def connect(self, source=None):
		context = ssl.create_default_context(cafile=self.trust)
		sock = socket.create_connection(("127.0.0.1", self.port), rawws.PATIENCE, source_address=source)
		return Link(context.wrap_socket(sock, server_hostname="forum.example.org"))

	def open(self, source=None, **fields):
		fields = {"Host": "forum.example.org", "Origin": "https://forum.example.org", **fields}
		link = self.connect(source)
		link.send(request(**fields))
		return link, link.read_head()[0]

	def stop(self):
		self.process.send_signal(signal.SIGTERM)
		self.process.wait(10)
		self.process.stderr.close()


@contextlib.contextmanager
def house(kind, *settings, limits=False):
	if not os.path.exists(NGINX):
		raise rawws.Skipped("no nginx here")
	with tempfile.TemporaryDirectory(prefix="maagal-proxy-") as folder:
		path = f"{folder}/door.sock"
		with rawws.Door(f"unix_socket={path}", "trusted_proxy=true", *settings, limits=limits) as door:
			proxy = Proxy(folder, f"unix:{path}" if kind == "unix" else f"127.0.0.1:{door.address[1]}")
			try:
				yield door, proxy
			finally:
				proxy.stop()


def talk_through(kind):
	with house(kind) as (door, proxy):
		link, status = proxy.open()
		equal(status, 101)
		for payload in (b"hello", "שלום".encode(), b"x" * 65536):
			link.send(frame(TEXT, payload))
			equal(link.read_frame(), (TEXT, payload))
		link.send(frame(PING, b"p"))
		equal(link.read_frame(), (PONG, b"p"))
		link.send(close_frame(1000))
		equal(link.read_close(), 1000)


def test_a_conversation_over_the_unix_socket():
	talk_through("unix")


def test_a_conversation_over_loopback():
	talk_through("loopback")


def test_origins_are_judged_by_what_the_browser_sees():
	with house("unix") as (door, proxy):
		equal(proxy.open(Host=f"forum.example.org:{proxy.port}", Origin=f"https://forum.example.org:{proxy.port}")[1], 101)
		for hostile in ("http://forum.example.org", "https://evil.example", "null", "https://forum.example.org.evil.example"):
			equal(proxy.open(Origin=hostile)[1], 403, hostile)
		equal(proxy.open(Origin="http://forum.example.org", X_Forwarded_Proto="http")[1], 403, "what the visitor claims")


def test_pages_and_health_come_through_and_metrics_do_not():
	with house("unix") as (door, proxy):
		for path, wanted in (("/", 200), ("/healthz", 200), ("/readyz", 200), ("/metrics", 404), ("/nothing", 404), ("/ws", 426)):
			link = proxy.connect()
			link.send(f"GET {path} HTTP/1.1\r\nHost: forum.example.org\r\nConnection: close\r\n\r\n".encode())
			status, fields, body = link.read_answer()
			equal(status, wanted, path)
		for path in ("//metrics", "/./metrics", "/%6detrics", "/x/../metrics"):
			link = proxy.connect()
			link.send(f"GET {path} HTTP/1.1\r\nHost: forum.example.org\r\nConnection: close\r\n\r\n".encode())
			equal(link.read_answer()[0], 404, path)


def test_many_requests_on_one_visitor_s_connection_are_each_answered():
	with house("unix") as (door, proxy):
		link = proxy.connect()
		for _ in range(20):
			link.send(b"GET /healthz HTTP/1.1\r\nHost: forum.example.org\r\n\r\n")
			status, fields = link.read_head()
			equal(status, 200)
			link.take(int(fields["content-length"]))


def test_limits_count_the_visitor_and_not_the_proxy():
	with house("unix", "connections_per_address=3", limits=True) as (door, proxy):
		kept = [proxy.open(source=("127.0.0.2", 0))[0] for _ in range(3)]
		equal(proxy.open(source=("127.0.0.2", 0))[1], 429)
		equal(proxy.open(source=("127.0.0.2", 0), X_Forwarded_For="192.0.2.9")[1], 429, "whatever it claims")
		equal(proxy.open(source=("127.0.0.3", 0))[1], 101)
		for link in kept:
			link.close()


def test_bodies_and_smuggling_do_not_pass():
	with house("unix") as (door, proxy):
		for raw, wanted in (
			(b"POST / HTTP/1.1\r\nHost: forum.example.org\r\nContent-Length: 5\r\n\r\nhello", (405,)),
			(b"GET / HTTP/1.1\r\nHost: forum.example.org\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", (200,)),
			(b"GET /ws HTTP/1.1\r\nHost: forum.example.org\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n", (426,)),
			(b"GET / HTTP/1.1\r\nHost: forum.example.org\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", (400,)),
		):
			link = proxy.connect()
			link.send(raw)
			check(link.read_head()[0] in wanted, f"{raw[:60]!r}")
		equal(proxy.open()[1], 101)


def test_the_plain_port_leads_to_TLS():
	with house("unix") as (door, proxy):
		link = Link(socket.create_connection(("127.0.0.1", proxy.plain_port), rawws.PATIENCE))
		link.send(b"GET /x?y HTTP/1.1\r\nHost: forum.example.org\r\nConnection: close\r\n\r\n")
		status, fields = link.read_head()
		equal((status, fields["location"]), (301, "https://forum.example.org/x?y"))


rawws.main()

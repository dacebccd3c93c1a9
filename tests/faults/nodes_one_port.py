#!/usr/bin/python3
"""Several processes on one port, by the kernel or by a proxy: one discussion."""
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import redis_server
import talk
from talk import check, equal

COUNT = 24


def processes_met(figures):
	return sum(1 for each in figures if each["maagal_peers_opened_total"] > 0)


@talk.within(60)
def test_several_processes_listen_on_one_port_and_the_kernel_shares_out():
	port = redis_server.free_port()
	settings = ("limits=0", "reuse_port=true")
	metrics = [redis_server.free_port() for _ in range(3)]
	first = talk.serve(*settings, f"metrics_listen=127.0.0.1:{metrics[0]}", listen=f"127.0.0.1:{port}")
	houses = [first] + [talk.serve(*settings, f"metrics_listen=127.0.0.1:{each}", data=first.data, listen=f"127.0.0.1:{port}") for each in metrics[1:]]
	equal({house.port for house in houses}, {port}, "ports")
	town = talk.given_process(first)
	guests = [nodes.guest(first, town, f"Guest {i}") for i in range(COUNT)]
	for guest in guests:
		guest.join(town.forum)
	said = [guest.say(town.forum, f"Hello {i}") for i, guest in enumerate(guests)]
	for guest in guests:
		guest.wait_seq(f"circle/{town.forum}", max(post["seq"] for post in said))
	equal({talk.dump(guest.seen) for guest in guests}.__len__(), 1, "orders seen")

	class At:
		def __init__(self, port):
			self.address, self.http = ("127.0.0.1", port), lambda path: talk.Server.http(self, path)
	met = processes_met([nodes.figures(At(each)) for each in metrics])
	check(met >= 2, f"{met} processes were met by {COUNT} guests")
	equal(houses[1].stop(), 0, "exit status")
	left = [guest for guest in guests if not guest.ended]
	left[0].say(town.forum, "We go on")
	back = [first.client().open(resume=guest.opened["resume"]) for guest in guests if guest.ended]
	for guest in back:
		equal(len([e for e in guest.join_all(town.forum) if e["kind"] == "posted"]), COUNT + 1, "posts")


def test_a_port_in_use_is_not_shared_by_mistake():
	house = talk.serve("limits=0")
	done = talk.run("serve", "--data", house.folder / "other", "--listen", f"127.0.0.1:{house.port}", "--set", "reuse_port=true")
	equal(done.returncode, 1, f"exit status ({done.stderr})")
	check("Cannot listen" in done.stderr, done.stderr)


def nginx_conf(folder, port, sockets):
	"""The shipped example, with names of this test and without its TLS."""
	text = (talk.ROOT / "config" / "nginx.conf").read_text()
	upstream = re.search(r"upstream maagal \{.*?\n\}", text, re.S)[0]
	location = re.search(r"	location / \{.*?\n	\}", text, re.S)[0]
	servers = "".join(f"	server unix:{each} max_fails=1 fail_timeout=1s;\n" for each in sockets)
	policy = "	least_conn;\n" if "least_conn" in upstream else ""
	connection = re.search(r"map \$http_upgrade.*?\n\}", text, re.S)[0]
	path = folder / "nginx.conf"
	path.write_text(f"""daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off;
client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
upstream maagal {{
{policy}{servers}}}
{connection}
server {{ listen 127.0.0.1:{port};
{location}
}} }}
""")
	return path


@talk.within(60)
def test_several_processes_behind_one_proxy():
	program = shutil.which("nginx") or "/usr/sbin/nginx"
	if not pathlib.Path(program).exists():
		talk.skip("no nginx here")
	folder = pathlib.Path(tempfile.mkdtemp(prefix="maagal-nginx-"))
	talk.finally_do(lambda: shutil.rmtree(folder, ignore_errors=True))
	redis = redis_server.Redis()
	sockets = [folder / f"door{i}.sock" for i in range(3)]
	settings = ("limits=0", "trusted_proxy=true", f"redis={redis.url()}")
	first = talk.serve(*settings, f"unix_socket={sockets[0]}")
	houses = [first] + [talk.serve(*settings, f"unix_socket={each}", data=first.data) for each in sockets[1:]]
	town = talk.given_process(first)
	port = redis_server.free_port()
	proxy = subprocess.Popen([program, "-c", nginx_conf(folder, port, sockets), "-e", folder / "error.log", "-p", folder], start_new_session=True)
	talk.finally_do(lambda: (proxy.terminate(), proxy.wait()))

	class Front:
		address = ("127.0.0.1", port)

		def secret(self, words):
			first.secret(words)

	def answers():
		try:
			return talk.Server.http(Front, "/healthz")[0] == 200
		except OSError:
			return False
	talk.wait_until(answers, "the proxy answers")
	guests = [talk.Client(Front()).open(name=f"Guest {i}", accept=town.accept()) for i in range(12)]
	for guest in guests:
		guest.join(town.forum)
	nodes.relay_is(houses, 1)
	equal(processes_met([nodes.figures(house) for house in houses]), 3, "processes met")
	last = max(guest.say(town.forum, f"Hello {i}")["seq"] for i, guest in enumerate(guests))
	for guest in guests:
		guest.wait_seq(f"circle/{town.forum}", last)
	equal(len({talk.dump(guest.seen) for guest in guests}), 1, "orders seen")
	houses[1].kill()
	gone = [guest for guest in guests if talk_ended(guest)]
	check(gone, "some were at the process that died")
	for guest in gone:
		back = talk.Client(Front()).open(resume=guest.opened["resume"])
		equal([e["seq"] for e in back.join_all(town.forum, after=last - 3)], [last - 2, last - 1, last], "what it had missed")


def talk_ended(guest):
	try:
		guest.barrier()
	except talk.Closed:
		return True
	return False


talk.main()

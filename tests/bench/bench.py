"""Measures the hub: each scenario beside the floor of the kernel (tests/bench/floor.c) and, where it is
installed, nchan, in the same minutes and on the same cores: the server on the first, the load on the
second. Ratios tell; the microseconds are this machine's."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import talk  # noqa: E402
from redis_server import Redis  # noqa: E402

LOAD = ROOT / "build/tests/bench/bench_load"
FLOOR = ROOT / "build/tests/bench/bench_floor"
NCHAN = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
EVENT_BYTES = 480	# of one of our event frames with a text of 200 bytes
CORES = sorted(os.sched_getaffinity(0))


# ---------------------------------------------------------------- who is measured

@contextlib.contextmanager
def on_core(n):
	"""What is started meanwhile stays on the n-th core."""
	before = os.sched_getaffinity(0)
	os.sched_setaffinity(0, {CORES[n % len(CORES)]})
	try:
		yield
	finally:
		os.sched_setaffinity(0, before)


class Maagal:
	name, wire = "ours", "maagal"

	def __init__(self, folder, nodes=1, settings=(), idle=0, limits=False):
		self.folder = pathlib.Path(tempfile.mkdtemp(prefix="maagal-", dir=folder))
		self.data, self.redis = self.folder / "data", Redis() if nodes > 1 and shutil.which("redis-server") else None
		declared = self.folder / "bench.json"
		circles = [{"id": f"{kind}{n}", "title": f"{kind} {n}", "access": "public", "policy": "public"}
			for kind, count in (("room", 100), ("idle", idle)) for n in range(count)]
		declared.write_text(json.dumps({**talk.declaration(circles), "id": "bench", "languages": ["en"]}))
		done = talk.run("process", "apply", str(declared), "--data", str(self.data))
		if done.returncode:
			raise SystemExit(f"process apply: {done.stderr}")
		settings = [*settings] if limits else ["limits=0", *settings]
		if nodes > 1:
			settings.append("reuse_port=1")
		args, listen = ["--redis", self.redis.url()] if self.redis else [], f"127.0.0.1:{free_port()}"
		with on_core(0):
			self.nodes = [talk.Server(*settings, data=self.data, args=args, listen=listen) for _ in range(nodes)]
		self.port, self.pids = self.nodes[0].port, [node.pid for node in self.nodes]

	def moderator(self, circle):
		return self.nodes[0].client().open(token=self.nodes[0].invite(circle, "moderator", "Dana")["token"])

	def stop(self):
		for node in self.nodes:
			node.stop()
		if self.redis:
			self.redis.end()
		shutil.rmtree(self.folder, ignore_errors=True)


class Program:
	"""Another server, started with a command line; stops with SIGTERM."""
	wire = "plain"

	def __init__(self, name, command, port):
		self.name, self.port = name, port
		with on_core(0):
			self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
		talk.wait_until(self.answers, f"{name} accepts connections")
		self.pids = [self.process.pid, *children(self.process.pid)]

	def answers(self):
		with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
			return True
		return False

	def stop(self):
		os.killpg(self.process.pid, signal.SIGTERM)
		self.process.wait(10)


def children(pid):
	return [int(one) for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def free_port():
	with socket.socket() as one:
		one.bind(("127.0.0.1", 0))
		return one.getsockname()[1]


def floor(_folder):
	port = free_port()
	return Program("floor", [FLOOR, str(port), str(EVENT_BYTES)], port)


def nchan(folder):
	"""nginx as Debian ships it with its publish-subscribe module: it relays, and neither judges nor keeps."""
	port, here = free_port(), tempfile.mkdtemp(prefix="nchan-", dir=folder)
	conf = pathlib.Path(here) / "nginx.conf"
	conf.write_text(f"""
load_module {NCHAN};
daemon off; worker_processes 1; worker_rlimit_nofile 19000; pid {here}/pid; error_log {here}/error.log warn;
events {{ worker_connections 18000; multi_accept on; }}
http {{
  access_log off; tcp_nodelay on; nchan_shared_memory_size 256M; client_body_temp_path {here}/body;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ ^/(\\w+)$ {{
      nchan_pubsub websocket; nchan_channel_id $1; nchan_websocket_ping_interval 0;
      nchan_store_messages off; nchan_subscriber_first_message newest;
    }}
  }}
}}
""")
	return Program("nchan", ["nginx", "-c", str(conf), "-e", f"{here}/error.log"], port)


# ---------------------------------------------------------------- the load

class Load:
	"""bench_load at work; its rows as they come."""

	def __init__(self, server, *options, bytes_=200, **more):
		command = [LOAD, "--port", str(server.port), "--wire", server.wire, "--bytes", str(bytes_)]
		for pid in server.pids:
			command += ["--pid", str(pid)]
		for name, value in more.items():
			command += [f"--{name.replace('_', '-')}", str(value)]
		with on_core(1):
			self.process = subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

	def row(self):
		"""The next one; `away` counts as one."""
		line = self.process.stdout.readline()
		if not line:
			raise SystemExit(f"bench_load ended with {self.process.wait()}")
		return line.strip() if line.startswith("away") else json.loads(line)

	def rows(self):
		rows = {row["stage"]: row for row in map(json.loads, self.process.stdout)}
		if self.process.wait():
			raise SystemExit(f"bench_load ended with {self.process.returncode}")
		return rows


def load(server, **more):
	return Load(server, **more).rows()


def faultless(rows):
	"""Nothing lost, nothing doubled, everybody answered."""
	for stage, row in rows.items():
		if row.get("lost") or row.get("doubled"):
			yield f"{stage}: {row['lost']} lost, {row['doubled']} doubled"
		if row.get("sent", 0) > row.get("answered", 0) + row.get("refused", 0) + row.get("held", 0) + 2048:
			yield f"{stage}: {row['sent']} sent, {row['answered']} answered"


# ---------------------------------------------------------------- scenarios

class Bench:
	def __init__(self, options):
		self.options, self.flaws, self.figures = options, [], {}
		self.folder = tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build")
		self.seconds = .5 if options.short else options.seconds
		self.scale = 10 if options.short else 1	# a short run has so many times fewer members

	def say(self, *words):
		print(*words, flush=True)

	def keep(self, scenario, rows, name="ours"):
		self.figures.setdefault(scenario, {})[name] = rows
		if name == "ours":
			self.flaws += [f"{scenario}, {flaw}" for flaw in faultless(rows)]

	def peers(self):
		yield floor
		yield lambda folder: Maagal(folder, idle=self.idle_circles)
		if NCHAN.exists() and not self.options.short:
			yield nchan

	idle_circles = 0

	def alternate(self, scenario, wanted=("floor", "ours", "nchan"), **more):
		"""The same load on each, one after the other."""
		for make in self.peers():
			server = make(self.folder)
			try:
				if server.name not in wanted:
					continue
				long = {"bytes_": EVENT_BYTES} if server.name == "nchan" else {}
				rows = load(server, seconds=self.seconds, **more, **long)
			finally:
				server.stop()
			self.keep(scenario, rows, server.name)
		return self.figures[scenario]

	def table(self, scenario, stages):
		found = self.figures[scenario]
		for stage in stages:
			ours, base = found["ours"][stage], found["floor"][stage]
			peer = found.get("nchan", {}).get(stage)
			ratio = ours["us_per_delivery"] / base["us_per_delivery"] if base["us_per_delivery"] else 0
			against = f"{peer['us_per_delivery'] / base['us_per_delivery']:.2f}x" if peer and base["us_per_delivery"] else "–"
			self.say(f"{scenario:<9}{stage:<8}{ours['us_per_delivery']:>9.3f}{base['us_per_delivery']:>9.3f}{ratio:>8.3f}x{against:>9}"
				f"{ours['deliveries_per_second']:>12.0f}{ours['messages_per_second']:>9.0f}"
				f"{ours['delivery_ms']['p50']:>9.2f}{ours['delivery_ms']['p99']:>9.2f}{ours['delivery_ms']['p999']:>9.2f}"
				f"{ours['answer_ms']['p50']:>9.2f}{ours['answer_ms']['p99']:>9.2f}{ours['kilobytes'] / 1024:>8.0f}")

	def head(self):
		self.say(f"{'':<17}{'µs/deliv':>9}{'floor':>9}{'ratio':>9}{'nchan':>9}{'deliv/s':>12}{'msg/s':>9}{'p50 ms':>9}{'p99':>9}{'p99.9':>9}{'ack p50':>9}{'p99':>9}{'MiB':>8}")

	def a(self):
		"""one circle, 1,000 readers, one speaker"""
		stages = ["r100", "w16", "w128"]
		self.alternate("a", rooms=1, members=1000 // self.scale, stages=",".join(stages))
		self.head()
		self.table("a", stages)

	def b(self):
		"""100 circles of 10, all speak"""
		stages = ["r500", "w100"] if self.options.short else ["r5000", "w1000"]
		self.alternate("b", rooms=100 // self.scale, members=10, speakers="all", stages=",".join(stages))
		self.head()
		self.table("b", stages)

	def c(self):
		"""as a, with 10,000 idle members in 1,000 other circles"""
		self.idle_circles = 1000 // self.scale
		self.alternate("c", rooms=1, members=1000 // self.scale, idle=10000 // self.scale, stages="r100")
		self.idle_circles = 0
		self.head()
		self.table("c", ["r100"])
		for name, rows in self.figures["c"].items():
			row = rows["connect"]
			self.say(f"c        {name}: {row['us_per_connection']:.0f} µs CPU to accept, open and join; "
				f"{row['kilobytes_per_connection']:.2f} kB for each connection")

	def mixed(self):
		"""10 circles of 100, all speak, 60 of 100 posts are replies; a moderator's desk is open in each"""
		server = Maagal(self.folder)
		try:
			desks = [server.moderator(f"room{n}") for n in range(10)]
			for n, desk in enumerate(desks):
				desk.call("desk.join", circle=f"room{n}")
			rows = load(server, rooms=10, members=100 // self.scale, speakers="all", replies=60, seconds=self.seconds,
				stages="r100,w50" if self.options.short else "r500,w100")
			for desk in desks:
				desk.close()
		finally:
			server.stop()
		self.keep("mixed", rows)
		self.plain("mixed", rows)

	def plain(self, scenario, rows, note=""):
		for stage, row in rows.items():
			if stage == "connect":
				continue
			self.say(f"{scenario:<9}{stage:<8}{row['us_per_delivery']:>9.3f} µs/delivery {row['us_per_message']:>8.1f} µs/message"
				f"{row['messages_per_second']:>8.0f} msg/s  delivery p50 {row['delivery_ms']['p50']:.1f} p99 {row['delivery_ms']['p99']:.1f} ms"
				f"  ack p50 {row['answer_ms']['p50']:.1f} p99 {row['answer_ms']['p99']:.1f} ms {note}")

	def nodes(self):
		"""three processes on one store and one port; 100 circles of 10, all speak"""
		server = Maagal(self.folder, nodes=3)
		try:
			rows = load(server, rooms=100 // self.scale, members=10, speakers="all", seconds=self.seconds,
				stages="r200,w50" if self.options.short else "r2000,w1000")
		finally:
			server.stop()
		self.keep("nodes", rows)
		self.plain("nodes", rows)

	def storm(self):
		"""2,000 members are cut off, miss 500 events, and come back at once"""
		server = Maagal(self.folder)
		missed = 500 // self.scale
		try:
			crowd = Load(server, "--return", rooms=1, members=2000 // self.scale, stages="r20", seconds=self.seconds)
			crowd.row()
			assert crowd.row() == "away"
			speaker = server.nodes[0].guest("Noa", accept={"process": "bench", "version": 1})
			for n in range(missed):
				speaker.say("room0", f"While you were away I wrote down point {n} of the plan, for everybody to read again.")
			speaker.close()
			crowd.process.stdin.write("\n")
			crowd.process.stdin.flush()
			row = crowd.row()
			rows = {"return": row, **crowd.rows()}
		finally:
			server.stop()
		self.keep("storm", rows)
		expected = row["connections"] * missed
		if row["deliveries"] != expected:
			self.flaws.append(f"storm: {row['deliveries']} events for those who came back, not {expected}")
		self.say(f"storm    {row['connections']} back with {missed} events each: all caught up after {row['seconds']:.2f} s; one of them p50 "
			f"{row['ready_ms']['p50'] / 1000:.2f} p99 {row['ready_ms']['p99'] / 1000:.2f} s; {row['us_per_connection']:.0f} µs CPU each, {row['bytes'] / 1e6:.0f} MB")

	def search(self):
		"""search while 500 posts a second are written"""
		server = Maagal(self.folder)
		times, over = [], threading.Event()
		try:
			reader = server.nodes[0].guest("Noa", accept={"process": "bench", "version": 1})

			def seek():
				for n in range(100000):
					if over.is_set():
						return
					began = time.monotonic()
					reader.call("history.search", circle="room0", query=("budget", "plan winter", "nearby")[n % 3])
					times.append((time.monotonic() - began) * 1000)

			thread = threading.Thread(target=seek)
			thread.start()
			rows = load(server, rooms=10, members=10, speakers="all", stages="r500", seconds=self.seconds * 2)
			over.set()
			thread.join()
		finally:
			server.stop()
		self.keep("search", rows)
		self.plain("search", rows, f"  {len(times)} searches: p50 {quantile(times, .5):.2f} p99 {quantile(times, .99):.2f} ms")

	def overload(self):
		"""twice what it can do; meanwhile a moderator works in another circle"""
		server = Maagal(self.folder)
		times, over = [], threading.Event()
		try:
			desk = server.moderator("room99")
			desk.call("desk.join", circle="room99")
			desk.call("charter.accept", process="bench", version=1)

			def moderate():
				n = 0
				while not over.is_set():
					n += 1
					with contextlib.suppress(talk.RpcError):
						post = desk.call("post.create", circle="room99", text=f"A word from the moderators, number {n}", key=f"m{n}")
						began = time.monotonic()
						desk.call("desk.remove", post=post["id"], rev=1, reason="It was a trial.", key=f"r{n}")
						times.append((time.monotonic() - began) * 1000)
					over.wait(.02)

			thread = threading.Thread(target=moderate)
			thread.start()
			rows = load(server, rooms=50 // self.scale, members=20, speakers="all", seconds=self.seconds,
				stages="w100,x2,r100" if self.options.short else "w1000,x2,r500")
			over.set()
			thread.join()
		finally:
			server.stop()
		self.keep("overload", rows)
		self.plain("overload", rows)
		row = rows["x2"]
		refused = {name.removeprefix("refused_"): count for name, count in row.items() if name.startswith("refused_")}
		self.say(f"overload x2: {row['sent']} offered, {row['answered']} kept, refused {refused or 'none'}, not even sent {row['unsent']}; a moderator's "
			f"removal: p50 {quantile(times, .5):.1f} p99 {quantile(times, .99):.1f} ms of {len(times)}")

	def quiet(self):
		"""a quiet circle beside one in flood, slow readers and half-open peers"""
		def measured(neighbour):
			server = Maagal(self.folder)
			noise = None
			try:
				if neighbour:
					noise = Load(server, rooms=1, members=500 // self.scale, slow=100 // self.scale, half_open=200 // self.scale, stages="w64",
						seconds=self.seconds * 2 + 1)
					noise.row()
				rows = load(server, first=50, rooms=1, members=10, stages="r20", seconds=self.seconds)
				return rows, noise.rows() if noise else {}
			finally:
				server.stop()

		alone, _ = measured(False)
		beside, noise = measured(True)
		self.keep("quiet", {"alone": alone["r20"], "beside": beside["r20"]})
		self.keep("flood", noise)
		for name, rows in (("alone", alone), ("beside", beside)):
			row = rows["r20"]
			self.say(f"quiet    {name:<8} delivery p50 {row['delivery_ms']['p50']:.2f} p99 {row['delivery_ms']['p99']:.2f} ms, ack p50 {row['answer_ms']['p50']:.2f} "
				f"p99 {row['answer_ms']['p99']:.2f} ms, lost {row['lost']}")
		self.say(f"quiet    the flood: {noise['w64']['messages_per_second']:.0f} msg/s to 400 readers; {noise['w64']['closed']} who did not read were closed")

	def drill(self):
		"""200 newcomers raid a forum of 1,000, five posts a second each, mostly abuse; one moderator ends it"""
		raiders, readers, civil = 200 // self.scale, 1000 // self.scale, 30 // min(self.scale, 3)
		lasts = 4 if self.options.short else 20
		no_addresses = [f"{name}=0" for name in ("connections_per_address", "handshakes_per_address_per_minute", "opens_per_address_per_minute")]
		server = Maagal(self.folder, limits=True, settings=no_addresses)
		abuse, decent = suite_texts("catch"), suite_texts("pass")
		try:
			desk = server.moderator("room0")
			desk.call("desk.join", circle="room0")
			tokens = [one["token"] for one in server.nodes[0].invite_many("room0", "participant", "Noa", count=civil)]
			audience = Load(server, rooms=1, members=readers, speakers="none", stages="r1", seconds=lasts, see="crisis_begun")
			audience.row()
			regulars = Load(server, rooms=1, members=civil, speakers="all", stages="r2", seconds=lasts, tokens=self.as_file(tokens), texts=self.as_file(decent))
			regulars.row()
			crowd = Load(server, rooms=1, members=raiders, speakers="all", stages=f"r{raiders * 5}", seconds=lasts, texts=self.as_file(abuse * 3 + decent))
			crowd.row()
			began = time.monotonic()
			alert = desk.wait_event("alert_raised", timeout=lasts * 2)
			alerted, times = time.monotonic() - began, []
			end = time.monotonic() + (.5 if self.options.short else 5)
			while time.monotonic() < end:
				asked = time.monotonic()
				desk.call("desk.queue", circle="room0")
				times.append((time.monotonic() - asked) * 1000)
				time.sleep(.25)	# as fast as a person's eye
			clicked = time.monotonic()
			desk.call("desk.crisis_begin", circle="room0", preset="lockdown", minutes=10, reason="Many newcomers attack at once.")
			answered = (time.monotonic() - clicked) * 1000
			row = crowd.rows()[f"r{raiders * 5}"]
			regular = regulars.rows()["r2"]
			seen = audience.rows()["r1"]
			leaked, let_in, after = self.leaks(desk, set(abuse))
		finally:
			server.stop()
		self.keep("drill", {"crowd": row, "regulars": regular, "audience": seen})
		if seen["seen_by"] != readers:
			self.flaws.append(f"drill: {seen['seen_by']} of {readers} learnt of the crisis")
		self.say(f"drill    first alert ({alert['about']}) {alerted:.2f} s after the first of {raiders} raiders could speak; desk.queue meanwhile p50 {quantile(times, .5):.1f} "
			f"p99 {quantile(times, .99):.1f} ms of {len(times)}")
		self.say(f"drill    the switch: answered after {answered:.1f} ms, known to the first of {readers} after {(seen['seen_first'] - clicked) * 1000:.0f} ms, to all after "
			f"{(seen['seen_last'] - clicked) * 1000:.0f} ms")
		self.say(f"drill    raiders: {row['sent']} sent, {row['answered']} appeared, {row['held']} held, {row['refused']} refused; "
			f"abusive posts that everybody could read: {leaked} (of {let_in} posts in all), {after} of them after the switch")
		self.say(f"drill    regulars: {regular['sent']} civil posts, {regular['answered']} appeared, {regular['held']} held, {regular['refused']} refused")

	def as_file(self, lines):
		file = pathlib.Path(tempfile.mkstemp(dir=self.folder)[1])
		file.write_text("\n".join(lines) + "\n")
		return file

	def leaks(self, desk, abuse):
		"""How many of these texts stand in the circle; how many posts in all; how many of the texts came after the switch."""
		leaked, posts, switched, after_switch = 0, 0, False, 0
		for event in desk.history("room0"):
			switched |= event["kind"] == "crisis_begun"
			if event["kind"] != "posted":
				continue
			posts += 1
			is_abuse = json.dumps(event["post"].get("text", ""), ensure_ascii=False)[1:-1] in abuse
			leaked += is_abuse
			after_switch += is_abuse and switched
		return leaked, posts, after_switch

	def memory(self):
		"""what one more of each costs: a connection, a circle, a thread, a person who was here and left"""
		people, idle = 10000 // self.scale, 1000 // self.scale
		kilobytes = {}

		def grown(name, idle=0, **more):
			server = Maagal(self.folder, idle=idle)
			before = anonymous(server.pids[0])
			try:
				rows = load(server, seconds=self.seconds, idle=idle * 10, **more)
				time.sleep(1)
				kilobytes[name] = anonymous(server.pids[0]) - before
			finally:
				server.stop()
			self.keep(f"memory, {name}", rows)
			return rows

		spread = grown("many circles", idle=idle, rooms=1, members=1, stages="r1")["connect"]["kilobytes_per_connection"]
		packed = grown("one circle", rooms=1, members=people, stages="r1")["connect"]["kilobytes_per_connection"]
		threads = grown("threads", rooms=1, members=2, stages="w100")["w100"]
		self.say(f"memory   a connection with session and joined circle {packed:.2f} kB; a circle (10 members each) {(spread - packed) * 10:.2f} kB; "
			f"a thread {kilobytes['threads'] / threads['answered']:.3f} kB over {threads['answered']} threads (buffers and caches of the start included); "
			f"a person who left {kilobytes['one circle'] / people:.2f} kB (their share of memory that was not given back)")

	def soak(self):
		"""--soak SECONDS: 15,000 members in 1,500 circles, 20 leave and return each second"""
		length = 2 if self.options.short else self.options.soak
		if not length:
			return
		server = Maagal(self.folder, idle=1400 // self.scale)
		samples = []
		try:
			crowd = Load(server, idle=14000 // self.scale, rooms=100 // self.scale, members=10, churn=20, stages="r50", seconds=length)
			connected = crowd.row()
			began = time.monotonic()
			while time.monotonic() - began < length:
				time.sleep(min(10, length / 4))
				samples.append((time.monotonic() - began, anonymous(server.pids[0])))
			rows = {"connect": connected, **crowd.rows()}
		finally:
			server.stop()
		self.keep("soak", rows)
		self.say(f"soak     {connected['connections']} members, {length:.0f} s, 20 back a second: {samples[0][1] / 1024:.1f} MiB after {samples[0][0]:.0f} s, "
			f"{statistics.median(kb for _, kb in samples) / 1024:.1f} median, {samples[-1][1] / 1024:.1f} at the end; lost {rows['r50']['lost']}")


def anonymous(pid):
	for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
		if line.startswith("Anonymous:"):
			return int(line.split()[1])
	return 0


def suite_texts(must):
	"""Texts of the functional suites, in three languages, as they stand inside a JSON string."""
	return [json.dumps(case["text"], ensure_ascii=False)[1:-1] for file in sorted((ROOT / "tests/civility/suites").glob("*.jsonl"))
		for case in map(json.loads, file.read_text().splitlines()) if case.get("must", case.get("expect")) == must]


def quantile(values, share):
	return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


SCENARIOS = ["a", "b", "c", "mixed", "nodes", "storm", "search", "overload", "quiet", "drill", "memory", "soak"]


def main():
	explain = "\n".join(f"  {name:<10}{getattr(Bench, name).__doc__}" for name in SCENARIOS)
	parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__, epilog="scenarios:\n" + explain,
		formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="all of them if none is named")
	parser.add_argument("--seconds", type=float, default=3, help="how long a stage lasts (3)")
	parser.add_argument("--soak", type=float, default=60, help="how long the soak lasts, in seconds (60); 0: not at all")
	parser.add_argument("--short", action="store_true", help="a moment of each, smaller: what is lost or doubled is counted, no time is judged")
	parser.add_argument("--json", metavar="FILE", help="every figure, to a file")
	parser.add_argument("--no-install", action="store_true", help=argparse.SUPPRESS)
	options = parser.parse_args()
	for name in options.scenarios:
		if name not in SCENARIOS:
			parser.error(f"there is no scenario {name}: {', '.join(SCENARIOS)}")
	bench = Bench(options)
	status = 0
	bench.say(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {len(CORES)} cores, load {os.getloadavg()[0]:.1f}, {bench.seconds} s a stage")
	try:
		for name in options.scenarios or SCENARIOS:
			before = len(bench.flaws)
			if not options.short:
				bench.say(f"\n— {name}: {getattr(Bench, name).__doc__}")
			getattr(bench, name)()
			if options.short:
				good = len(bench.flaws) == before
				bench.say(f"{'ok' if good else 'not ok'} - the measurement `{name}` runs, and nothing in it is lost or doubled")
				status |= not good
	finally:
		shutil.rmtree(bench.folder, ignore_errors=True)
		for folder in talk._now.folders:
			shutil.rmtree(folder, ignore_errors=True)
	for flaw in bench.flaws:
		bench.say(f"# {flaw}")
	if options.json:
		pathlib.Path(options.json).write_text(json.dumps(bench.figures, indent=1))
	return status or bool(bench.flaws)


if __name__ == "__main__":
	sys.exit(main())

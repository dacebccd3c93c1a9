#!/usr/bin/python3
"""Commands and a server over a store that is damaged: bytes flipped, pages lost or exchanged, rows that say what nobody wrote. Each ends soon, with
an exit status of its own and a sentence if it failed; none crashes, hangs or fills the memory."""
import contextlib
import os
import pathlib
import random
import resource
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

SEED = int(os.environ.get("MAAGAL_SEED", "0")) or random.randrange(1, 10**6)
ROUNDS = int(os.environ.get("MAAGAL_ROUNDS", "12"))
NUMBERS = [None, -1, 0, 1, 7, 9999, 2**31, 2**53, 2**63 - 1, -2**63]
TEXTS = [None, b"", b"x", b"{", b"[]", b"null", b"{}", b"7", b"\"", b"\xff\xfe", b"\x00x", b"[[[[", b"{\"circles\":7}", b"{\"languages\":[7]}", b"{\"findings\":[7]}", b"\"a\":" * 9,
	b"\"decision\":\"d\",\"by\":7", b"<script>", b"a" * 70000, "\u202e".encode()]
BLOBS = [None, b"", b"x", b"y" * 15, b"z" * 31, b"\0" * 100000]
SECONDS = 30


def given_story():
	"""Something in every table that a few people can fill."""
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer, dana, yael = town.guest("Noa"), town.guest("Omer"), town.moderator(), town.moderator("Yael")
	posts = [noa.say(town.forum, f"Word {i} of the story") for i in range(6)]
	omer.say(town.forum, "Word of Omer")
	noa.post(town.forum, talk.words("hold"))
	held = noa.post(town.forum, talk.words("hold") + " again")
	omer.call("post.report", post=posts[0]["id"], reason="other", note="Look", key="r")
	dana.call("desk.reject", item=talk.item_id(talk.queue_item(dana, town.forum, held["id"])), reason="It insults.", key="d1")
	removed = dana.call("desk.remove", post=posts[1]["id"], rev=1, reason="Off the subject.", key="d2")
	dana.call("desk.redact", post=posts[2]["id"], rev=1, spans=[{"start": 0, "end": 4}], reason="A name.", key="d3")
	dana.call("desk.sanction", circle=town.forum, participant=omer.me["id"], step="slow", minutes=5, reason="Too fast.", cause="many", key="d4")
	dana.call("desk.note", circle=town.forum, participant=omer.me["id"], text="Look after him", key="d5")
	dana.call("desk.freeze", circle=town.forum, thread=posts[3]["thread"] if "thread" in posts[3] else posts[3]["id"], key="d6")
	dana.call("desk.pace", circle=town.forum, seconds=30, key="d7")
	appeal = noa.call("appeal.open", decision=removed["decision"], text="Why?", key="a")
	yael.call("appeal.decide", appeal=appeal["appeal"], outcome="upheld", text="So it stays.", key="b")
	presets = dana.join(town.forum) and dana.call("desk.join", circle=town.forum)["presets"]
	dana.call("desk.crisis_begin", circle=town.forum, preset=presets[0]["id"], minutes=5, reason="Heat", key="c")
	town.tokens = [one.opened["resume"] for one in (omer, dana, noa)]
	equal(house.stop(), 0, "exit status")
	base = sqlite3.connect(house.data / "maagal.db", isolation_level=None)
	base.execute("pragma wal_checkpoint(truncate)")
	base.close()
	return house, town


def commands(data, town):
	data = ["--data", str(data)]
	yield ["verify", *data]
	yield ["verify", *data, "--json"]
	yield ["log", *data, "--circle", town.forum]
	yield ["log", *data, "--circle", town.forum, "--json"]
	yield ["log", *data, "--circle", town.forum, "--public", "--json"]
	yield ["transparency", *data, "--process", town.process, "--json"]
	yield ["transparency", *data, "--process", town.process, "--html", "-"]
	yield ["process", "list", *data]
	for form in ("md", "html", "csv", "json", "jsonl"):
		yield ["export", *data, "--circle", town.forum, "--format", form]
	yield ["export", *data, "--process", town.process, "--format", "json"]
	yield ["judge", "--evaluate", *data, "--json"]


def limits():
	if not os.environ.get("MAAGAL_PATIENCE"):	# a sanitiser needs all of it
		resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
	resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def all_commands(data, town, what):
	failed = 0
	for command in commands(data, town):
		try:
			done = subprocess.run([talk.PROGRAM, *command], capture_output=True, timeout=SECONDS * talk.PATIENCE, preexec_fn=limits, stdin=subprocess.DEVNULL)
		except subprocess.TimeoutExpired:
			talk.fail(f"{command[:1]} hangs: {what}")
		check(done.returncode in (0, 1), f"{' '.join(command)} ended with {done.returncode}: {what}: {done.stderr[-1500:].decode(errors='replace')}")
		if done.returncode:
			failed += 1
			said = [line for line in done.stderr.splitlines() if line.startswith(b"maagal ") and line.count(b" ") >= 4]
			check(said or done.stdout.startswith(b'{"good":false,"flaws":["'), f"{command} says {done.stderr[:300]!r}: {what}")
	return failed


def fresh_copy(house):
	copy = house.folder / "damaged"
	shutil.rmtree(copy, ignore_errors=True)
	shutil.copytree(house.data, copy)
	return copy


def damage_bytes(dice, data):
	page, data = 4096, bytearray(data)
	pages = len(data) // page
	how = dice.choice(["flips", "many", "zero", "swap", "noise", "cut", "grown"])
	if how in ("flips", "many"):
		for _ in range(dice.choice([1, 4, 16]) if how == "flips" else 2000):
			data[dice.randrange(100, len(data))] ^= 1 << dice.randrange(8)
	elif how == "swap":
		a, b = (dice.randrange(1, pages) * page for _ in range(2))
		data[a:a + page], data[b:b + page] = data[b:b + page], data[a:a + page]
	elif how == "cut":
		del data[dice.randrange(1, len(data)):]
	elif how == "grown":
		data += os.urandom(page * 3)
	else:
		at = dice.randrange(1, pages) * page
		data[at:at + page] = bytes(page) if how == "zero" else dice.randbytes(page)
	return how, bytes(data)


def test_flipped_bytes_and_lost_pages_end_no_command():
	print(f"# seed {SEED}: MAAGAL_SEED={SEED} repeats the dice, MAAGAL_ROUNDS more of them")
	house, town = given_story()
	equal(all_commands(house.data, town, "the store before"), 0, "commands that fail over a sound store")
	dice, failed = random.Random(SEED), 0
	good = (house.data / "maagal.db").read_bytes()
	for n in range(ROUNDS):
		copy = fresh_copy(house)
		how, bad = damage_bytes(dice, good)
		(copy / "maagal.db").write_bytes(bad)
		failed += all_commands(copy, town, f"{how}, round {n} of seed {SEED}")
	check(failed, "some damage was found")


def odd_value(dice, kind):
	return dice.choice(NUMBERS if kind == "INTEGER" else BLOBS if kind == "BLOB" else TEXTS)


def damage_rows(dice, base):
	"""A few columns of a few tables say something else."""
	done = []
	tables = [name for name, in base.execute("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'") if base.execute(f"select count(*) from {name}").fetchone()[0]]
	for _ in range(dice.choice([1, 1, 3, 10])):
		table = dice.choice(tables)
		_, column, kind, *_ = dice.choice(base.execute(f"pragma table_info({table})").fetchall())
		value = odd_value(dice, kind)
		key = base.execute(f"select {column} from {table} order by random() limit 1").fetchone()[0]
		try:
			if kind == "TEXT" and value is not None:
				base.execute(f"update {table} set {column} = cast(? as text) where {column} is ?", (value, key))
			else:
				base.execute(f"update {table} set {column} = ? where {column} is ?", (value, key))
			done.append(f"{table}.{column} = {talk.shorten(repr(value), 60)}")
		except sqlite3.Error:
			pass	# the table itself refuses it
	return done


def damaged_rows(dice, copy):
	base = sqlite3.connect(copy / "maagal.db", isolation_level=None)
	base.execute("pragma foreign_keys = off")
	base.text_factory = lambda data: data.decode(errors="surrogateescape")
	what = damage_rows(dice, base)
	base.execute("pragma wal_checkpoint(truncate)")
	base.close()
	return what


def test_rows_that_say_what_nobody_wrote_end_no_command():
	print(f"# seed {SEED}")
	house, town = given_story()
	dice, failed = random.Random(SEED), 0
	for n in range(ROUNDS * 2):
		copy = fresh_copy(house)
		what = damaged_rows(dice, copy)
		failed += all_commands(copy, town, f"{what}, round {n} of seed {SEED}")
	check(failed, "some damage was found")


QUESTIONS = (("circle.join", {"after": 0}), ("circle.members", {}), ("history.read", {"after": 0}), ("history.search", {"query": "Word"}), ("desk.join", {"after": 0}), ("desk.queue", {}), ("desk.read", {}),
	("desk.log", {"after": 0}), ("desk.picture", {}), ("desk.incidents", {}), ("inbox.read", {}), ("inbox.join", {"after": 0}), ("me.posts", {}), ("me.export", {}), ("process.read", {}), ("charter.read", {}),
	("post.create", {"text": "Still here", "key": talk.unique}), ("desk.note", {"text": "Of this and that", "key": talk.unique}), ("desk.pace", {"seconds": 3, "key": talk.unique}),
	("desk.crisis_end", {"reason": "over", "key": talk.unique}), ("desk.notice", {"text": "Calm, please.", "key": talk.unique}))


def visits(house, town):
	"""What a server is asked over such a store; it may refuse anything, and must stand."""
	guest = house.client()
	with contextlib.suppress(talk.RpcError):
		guest.open(name="Late", accept=town.accept())
	for token in town.tokens:
		client = house.client()
		with contextlib.suppress(talk.RpcError):
			client.open(resume=token)
		for method, params in QUESTIONS:
			params = {key: value() if callable(value) else value for key, value in params.items()}
			with contextlib.suppress(talk.RpcError):
				client.call(method, params if method.split(".")[0] in ("inbox", "me") else {"process": town.process} if method.split(".")[0] in ("process", "charter") else {"circle": town.forum, **params})
		for what in ("desk.release", "desk.reject"):
			with contextlib.suppress(talk.RpcError, IndexError):
				item = talk.item_id(client.call("desk.queue", circle=town.forum)["items"][0])
				client.call(what, item=item, reason="spam", key=talk.unique())
	with contextlib.suppress(talk.RpcError):
		client.call("me.erase")


def stands(house, town, copy, what):
	"""A server over the copy is asked all that; false: it did not start, and said why."""
	other = talk.Server("limits=0", data=copy, start=False)
	other.start(wait=False)
	try:
		other.wait_ready(30)
	except talk.Failed:
		equal(other.process.poll(), 1, f"exit status of a start: {what}: {other.log()[-1500:]}")
		check(other.log().strip(), f"it says why: {what}")
		return False
	try:
		visits(other, town)
	except (talk.Closed, ConnectionError):
		pass	# a fault of the store may cost a connection; whether the server stands is looked at below
	check(other.alive(), f"the server ended with {other.process.returncode}: {what}: {other.log()[-3000:]}")
	equal(other.http("/healthz")[0], 200, f"alive: {what}")
	for client in list(talk._now.clients):
		if client.server is other:
			client.flaws.clear()	# what the rows say is not our doing
			client.close()
			talk._now.clients.remove(client)
	status = other.stop()
	check(status in (0, 1), f"exit status {status}: {what}: {other.log()[-3000:]}")
	talk._now.servers.remove(other)
	return True


@talk.within(200)
def test_a_server_over_a_damaged_store_stands():
	print(f"# seed {SEED}")
	house, town = given_story()
	dice, served = random.Random(SEED), 0
	good = (house.data / "maagal.db").read_bytes()
	check(stands(house, town, fresh_copy(house), "the store before"), "a sound store is served")
	for n in range(ROUNDS // 2):
		copy = fresh_copy(house)
		if n % 3 == 0:
			what, bad = damage_bytes(dice, good)
			(copy / "maagal.db").write_bytes(bad)
		else:
			what = damaged_rows(dice, copy)
		served += stands(house, town, copy, f"{what}, round {n} of seed {SEED}")
	check(served, "some were served")


talk.main()

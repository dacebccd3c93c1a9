#!/usr/bin/python3
"""A consistent copy while others post; a check that finds what somebody has changed."""
import pathlib
import sqlite3
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def databases(folder):
	return [path for path in pathlib.Path(folder).rglob("*") if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"]


def given_story(house):
	"""Posts, an edit, a retraction, a hold, a decision: something in every journal."""
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	first = noa.say(town.forum, "The very first words of the story")
	posts = [noa.say(town.forum, f"Chapter {i} of the story", reply_to=first["id"]) for i in range(10)]
	noa.call("post.edit", post=posts[0]["id"], rev=1, text="Chapter 0, better", key="e")
	noa.call("post.retract", post=posts[1]["id"], key="r")
	held = noa.post(town.forum, talk.words("hold"))
	dana.call("desk.reject", item=talk.item_id(talk.queue_item(dana, town.forum, held["id"])), reason="It insults.", key="d")
	dana.call("desk.remove", post=posts[2]["id"], rev=1, reason="Off the subject.", key="d2")
	return town, noa


def verify(folder):
	return talk.run("verify", "--data", str(folder))


def test_a_store_in_use_and_at_rest_is_verified():
	house = talk.serve("limits=0")
	given_story(house)
	done = verify(house.data)
	equal(done.returncode, 0, f"in use: {done.stdout}{done.stderr}")
	house.kill()
	done = verify(house.data)
	equal(done.returncode, 0, f"after kill -9: {done.stdout}{done.stderr}")


def backup(house):
	copy = house.folder / "copy"
	done = house.cli("backup", "--to", str(copy))
	equal(done.returncode, 0, f"backup: {done.stdout}{done.stderr}")
	return copy


def test_a_backup_during_load_restores_to_a_verified_store():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	writers = [town.guest(f"Writer {i}") for i in range(3)]
	stop, answered, wrong = threading.Event(), [], []

	def write(writer):
		n = 0
		try:
			while not stop.is_set():
				answered.append(writer.say(town.forum, f"{writer.me['name']} says {n}"))
				n += 1
		except Exception as err:
			wrong.append(err)

	threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
	for thread in threads:
		thread.start()
	try:
		talk.wait_until(lambda: len(answered) > 60 or wrong, "a load")
		before = list(answered)
		copy = backup(house)
		n = len(answered)
		talk.wait_until(lambda: len(answered) > n + 20 or wrong, "posting goes on after the backup")
	finally:
		stop.set()
		for thread in threads:
			thread.join()
	equal(wrong, [], "writers")
	done = verify(copy)
	equal(done.returncode, 0, f"verify of the copy: {done.stdout}{done.stderr}")
	restored = talk.serve("limits=0", data=copy)
	events = restored.guest("Reader").history(town.forum)
	equal([e["seq"] for e in events], list(range(1, len(events) + 1)), "no gap in the copy")
	kept = {e["post"]["id"] for e in events if e["kind"] == "posted"}
	missing = [post for post in before if post["id"] not in kept]
	equal(missing, [], "posts answered before the backup began")


def test_a_restored_backup_has_another_epoch_and_old_positions_are_lost():
	house = talk.serve("limits=0")
	town, noa = given_story(house)
	joined = noa.join(town.forum)
	copy = backup(house)
	noa.say(town.forum, "Written after the backup")
	restored = talk.serve("limits=0", data=copy)
	again = restored.client().open(resume=noa.opened["resume"])
	with refused("position_lost"):
		again.join(town.forum, after=1, epoch=joined["epoch"])
	check(again.join(town.forum, after=1)["epoch"] != joined["epoch"], "epoch")


def test_a_backup_onto_something_that_exists_is_refused():
	house = talk.serve("limits=0")
	given_story(house)
	backup(house)
	equal(house.cli("backup", "--to", str(house.folder / "copy")).returncode, 1, "exit status")
	equal(house.cli("backup", "--to", "/proc/nothing/such").returncode, 1, "exit status")


def test_verify_of_nothing_is_refused():
	house = talk.serve("limits=0", start=False)
	equal(verify(house.folder / "nothing").returncode, 1, "exit status")


def given_store_at_rest():
	house = talk.serve("limits=0")
	given_story(house)
	equal(house.stop(), 0, "exit status")
	equal(verify(house.data).returncode, 0, "verify before")
	path = max((p for p in databases(house.data) if "search" not in p.name), key=lambda p: p.stat().st_size)
	base = sqlite3.connect(path, isolation_level=None)
	talk.finally_do(base.close)
	return house, path, base


def found(house, what):
	done = verify(house.data)
	equal(done.returncode, 1, f"verify after {what}: {done.stdout}{done.stderr}")
	check((done.stderr + done.stdout).strip(), "it says what it found")


def chained(base):
	"""Rows of a desk's journal, which its chain covers."""
	rows = base.execute("select row, body from event where chain is not null order by row").fetchall()
	check(len(rows) >= 3, f"{len(rows)} chained events after a hold, a rejection and a removal")
	return rows


def test_verify_finds_every_change_in_a_desk_journal():
	house, _, base = given_store_at_rest()
	row, body = chained(base)[1]
	changes = [("body", body.replace("e", "f", 1)), ("body", None), ("body", body + " "), ("at", 5), ("kind", 17), ("seq", 99), ("chain", b"\0" * 32), ("chain", None)]
	for column, value in changes:
		before = base.execute(f"select {column} from event where row = ?", (row,)).fetchone()[0]
		if before == value:
			continue
		base.execute(f"update event set {column} = ? where row = ?", (value, row))
		found(house, f"a change of {column} to {value!r}")
		base.execute(f"update event set {column} = ? where row = ?", (before, row))
	equal(verify(house.data).returncode, 0, "verify after all was put back")


def test_verify_finds_desk_events_in_another_order():
	house, _, base = given_store_at_rest()
	(one, _), (two, _) = chained(base)[:2]
	a, b = (base.execute("select at, kind, post, thread, body, chain from event where row = ?", (row,)).fetchone() for row in (one, two))
	for row, values in ((one, b), (two, a)):
		base.execute("update event set at = ?, kind = ?, post = ?, thread = ?, body = ?, chain = ? where row = ?", (*values, row))
	found(house, "two events were exchanged")


def test_verify_finds_a_deleted_event_in_any_journal():
	house, _, base = given_store_at_rest()
	base.execute("pragma foreign_keys=off")
	for (journal,) in base.execute("select journal from event group by journal having count(*) > 2").fetchall():
		row = base.execute("select * from event where journal = ? order by seq limit 1 offset 1", (journal,)).fetchone()
		base.execute("delete from event where row = ?", (row[0],))
		found(house, f"a row of journal {journal} was deleted")
		base.execute(f"insert into event values ({','.join('?' * len(row))})", row)
	equal(verify(house.data).returncode, 0, "verify after all was put back")


def test_verify_finds_the_end_of_an_inbox_cut_off_and_a_role_that_nobody_gave():
	house = talk.serve("limits=0")
	town, noa = given_story(house)
	noa.say(town.forum, "A word after all that")
	equal(house.stop(), 0, "exit status")
	base = sqlite3.connect(house.data / "maagal.db", isolation_level=None)
	talk.finally_do(base.close)
	base.execute("pragma foreign_keys=off")
	row = base.execute("select * from event e where journal % 4 = 2 and seq = (select max(seq) from event where journal = e.journal)"
		" and row < (select max(row) from event) limit 1").fetchone()
	base.execute("delete from event where row = ?", (row[0],))
	found(house, "the last event of an inbox was deleted")
	base.execute(f"insert into event values ({','.join('?' * len(row))})", row)
	equal(verify(house.data).returncode, 0, "verify after it was put back")
	circle, person = base.execute("select (select min(num) from circle), num from person where num not in (select person from member) limit 1").fetchone()
	for role in (1, 2, 3, 4):
		base.execute("insert into member values (?, ?, ?, null, null, 9999999999999)", (circle, person, role))
		found(house, f"somebody was put in with role {role}")
		base.execute("delete from member where circle = ? and person = ?", (circle, person))
	for circle, person, role in base.execute("select circle, person, role from member").fetchall():
		for other in {1, 2, 3, 4} - {role}:
			base.execute("update member set role = ? where circle = ? and person = ?", (other, circle, person))
			found(house, f"role {role} became {other}")
		base.execute("update member set role = ? where circle = ? and person = ?", (role, circle, person))
	equal(verify(house.data).returncode, 0, "verify after all was put back")


def test_verify_finds_flipped_bytes():
	house, path, base = given_store_at_rest()
	body = max((body for _, body in chained(base)), key=len).encode()
	base.execute("pragma wal_checkpoint(truncate)")
	base.close()
	good = path.read_bytes()
	at = good.find(body)
	check(at > 0, "the event lies in the file")
	for place in (at + len(body) // 2, 40, 16):
		bad = bytearray(good)
		bad[place] ^= 1
		path.write_bytes(bytes(bad))
		if place == at + len(body) // 2:
			found(house, "a bit was flipped in a desk's event")
		else:
			verify(house.data)
	path.write_bytes(good[:len(good) // 2])
	found(house, "half of the file was cut off")


talk.main()

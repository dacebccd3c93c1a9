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
	done = house.cli("backup", str(copy))
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
	equal(house.cli("backup", str(house.folder / "copy")).returncode, 1, "exit status")
	equal(house.cli("backup", "/proc/nothing/such").returncode, 1, "exit status")


def test_verify_of_nothing_is_refused():
	house = talk.serve("limits=0", start=False)
	equal(verify(house.folder / "nothing").returncode, 1, "exit status")


def words_rows(path):
	"""(table, column, rowid, value) of every cell with words or a blob, in tables whose rows matter."""
	base = sqlite3.connect(path)
	for (table,) in base.execute("select name from sqlite_master where type='table' and name not like 'sqlite_%'").fetchall():
		for column in [row[1] for row in base.execute(f'pragma table_info("{table}")')]:
			try:
				rows = base.execute(f'select rowid, "{column}" from "{table}"').fetchall()
			except sqlite3.Error:
				continue
			for rowid, value in rows:
				data = value if isinstance(value, bytes) else str(value).encode() if value is not None else b""
				if b"very first words of the story" in data or b"Off the subject" in data:
					yield table, column, rowid, value
	base.close()


def test_verify_finds_changed_words_and_lost_and_added_events():
	house = talk.serve("limits=0")
	given_story(house)
	equal(house.stop(), 0, "exit status")
	equal(verify(house.data).returncode, 0, "verify before")
	found = 0
	for path in databases(house.data):
		if "search" in path.name:
			continue
		for table, column, rowid, value in list(words_rows(path)):
			found += 1
			base = sqlite3.connect(path)
			changed = value.replace(b"first", b"fjrst").replace(b"Off", b"Oft") if isinstance(value, bytes) else value.replace("first", "fjrst").replace("Off", "Oft")
			try:
				base.execute(f'update "{table}" set "{column}" = ? where rowid = ?', (changed, rowid))
				base.commit()
				done = verify(house.data)
				equal(done.returncode, 1, f"verify after a change in {table}.{column}: {done.stdout}{done.stderr}")
				check((done.stderr + done.stdout).strip(), "it says what it found")
			finally:
				base.execute(f'update "{table}" set "{column}" = ? where rowid = ?', (value, rowid))
				base.commit()
				base.close()
	check(found >= 2, f"{found} cells with the words were found")
	equal(verify(house.data).returncode, 0, "verify after all was put back")


def test_verify_finds_a_deleted_event():
	house = talk.serve("limits=0")
	given_story(house)
	equal(house.stop(), 0, "exit status")
	main = max((p for p in databases(house.data) if "search" not in p.name), key=lambda p: p.stat().st_size)
	base = sqlite3.connect(main)
	tables = [row[0] for row in base.execute("select name from sqlite_master where type='table' and name not like 'sqlite_%'")]
	journals = [t for t in tables if {"seq"} <= {row[1] for row in base.execute(f'pragma table_info("{t}")')}]
	check(journals, f"tables with a seq among {tables}")
	table = max(journals, key=lambda t: base.execute(f'select count(*) from "{t}"').fetchone()[0])
	rowid = base.execute(f'select rowid from "{table}" order by rowid limit 1 offset 3').fetchone()[0]
	base.execute("pragma foreign_keys=off")
	base.execute(f'delete from "{table}" where rowid = ?', (rowid,))
	base.commit()
	base.close()
	done = verify(house.data)
	equal(done.returncode, 1, f"verify after a row of {table} was deleted: {done.stdout}{done.stderr}")


def test_verify_finds_flipped_bytes():
	house = talk.serve("limits=0")
	given_story(house)
	equal(house.stop(), 0, "exit status")
	main = max((p for p in databases(house.data) if "search" not in p.name), key=lambda p: p.stat().st_size)
	base = sqlite3.connect(main)
	base.execute("pragma wal_checkpoint(truncate)")
	base.close()
	data = bytearray(main.read_bytes())
	at = data.find(b"very first words of the story")
	check(at > 0, "the words lie in the file")
	data[at] ^= 1
	main.write_bytes(bytes(data))
	equal(verify(house.data).returncode, 1, "exit status")


talk.main()

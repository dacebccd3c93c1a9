#!/usr/bin/python3
"""A full disk: storage_unavailable instead of a stall or a lie; reading goes on; recovery by itself."""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def given_small_disk(megabytes):
	"""A small disk of its own, or None where none can be mounted."""
	folder = tempfile.mkdtemp(prefix="maagal-disk-")
	done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, text=True)
	if done.returncode:
		os.rmdir(folder)
		return None

	def undo():
		subprocess.run(["umount", "-l", folder], check=True)
		os.rmdir(folder)
	talk.finally_do(undo)
	return pathlib.Path(folder)


def fill(disk):
	path = disk / "filler"
	with open(path, "ab", buffering=0) as file:
		for size in (1 << 20, 4096, 512):
			try:
				while True:
					file.write(b"x" * size)
			except OSError:
				continue
	return path


@talk.within(100)
def test_a_full_disk_is_told_and_recovered_from():
	disk = given_small_disk(96)
	if not disk:	# what cannot be mounted is limited instead
		test_files_that_cannot_grow_are_told_and_recovered_from()
		return
	data = disk / "data"
	data.mkdir()
	house = talk.serve("limits=0", data=data)
	talk.finally_do(house.kill)
	filler = []
	full_and_recovered(house, lambda: filler.append(fill(disk)), lambda: os.unlink(filler[0]))


@talk.within(100)
def test_files_that_cannot_grow_are_told_and_recovered_from():
	house = talk.serve("limits=0", file_limit=True)
	full_and_recovered(house, lambda: house.limit_files(max(path.stat().st_size for path in house.data.iterdir()) + 8192), house.limit_files)


def full_and_recovered(house, fill_up, make_room):
	town = talk.given_process(house)
	noa, reader = town.guest("Noa"), town.guest("Reader")
	reader.join(town.forum)
	said = [noa.say(town.forum, f"Before {i}") for i in range(5)]
	fill_up()
	refusal, tries = None, 0
	end = time.monotonic() + 40 * talk.PATIENCE
	text = "A heavy sentence about the budget of the town. " * 160
	while refusal is None and time.monotonic() < end:
		asked = [noa.ask("post.create", circle=town.forum, text=f"{tries} {i} {text}", key=f"k{tries}-{i}") for i in range(20)]
		began = time.monotonic()
		for i in asked:
			try:
				answer = noa.result(i, timeout=15)
				equal(answer["status"], "posted", "status")
				said.append(answer)
			except talk.RpcError as err:
				refusal = err
				check(err.name in ("storage_unavailable", "busy"), f"refused with {err}")
		check(time.monotonic() - began < 15 * talk.PATIENCE, "the answer came late")
		tries += 1
	check(refusal, f"no refusal after {tries * 20} heavy posts onto a full disk")
	equal(refusal.data["retry"], True, "retry")
	began = time.monotonic()
	noa.call("session.ping")
	check(len(reader.call("history.read", circle=town.forum, after=0)["events"]) > 0, "reading goes on")
	check(time.monotonic() - began < 3 * talk.PATIENCE, "others wait")
	equal(house.http("/healthz")[0], 200, "alive")
	failed = f"retry-{talk.unique()}"
	try:
		said.append(noa.say(town.forum, "Once the space is back", failed))
	except talk.RpcError as err:
		check(err.name in ("storage_unavailable", "busy"), f"{err}")
	make_room()

	def recovered():
		try:
			return noa.post(town.forum, "Once the space is back", failed)
		except talk.RpcError as err:
			check(err.name in ("storage_unavailable", "busy"), f"{err}")
			return None
	answer = talk.wait_until(recovered, "recovery by itself", 30)
	equal(answer["status"], "posted", "status")
	if answer["id"] not in {p["id"] for p in said}:
		said.append(answer)
	talk.wait_until(lambda: house.http("/readyz")[0] == 200, "ready again", 15)
	last = noa.say(town.forum, "The end")
	said.append(last)
	events = town.guest("Late").history(town.forum)
	equal([e["seq"] for e in events], list(range(1, len(events) + 1)), "seqs without a gap")
	equal([e["post"]["id"] for e in events if e["kind"] == "posted"], [p["id"] for p in sorted(said, key=lambda p: p["seq"])], "posts answered are posts kept")
	reader.wait_seq(f"circle/{town.forum}", last["seq"])
	house.restart(kill=True)
	equal(len([e for e in town.guest("Later").history(town.forum) if e["kind"] == "posted"]), len(said), "after kill -9")
	house.stop()
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


@talk.within(60)
def test_a_start_on_a_full_disk_says_so():
	house = talk.serve("limits=0", start=False, file_limit=True)
	before = resource.getrlimit(resource.RLIMIT_FSIZE)
	resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
	try:
		house.start(wait=False)
	finally:
		resource.setrlimit(resource.RLIMIT_FSIZE, before)
	equal(house.process.wait(30 * talk.PATIENCE), 1, "exit status")
	check(house.log().strip(), "a sentence")
	house.start()
	talk.given_process(house).guest("Noa")


talk.main()

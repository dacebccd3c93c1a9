#!/usr/bin/python3
"""Files and folders that are not what a command takes them for: each ends soon, with a sentence and an exit status of its own."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 20


def run(*command):
	try:
		return subprocess.run([talk.PROGRAM, *map(str, command)], capture_output=True, timeout=SECONDS * talk.PATIENCE, stdin=subprocess.DEVNULL, errors="replace")
	except subprocess.TimeoutExpired:
		talk.fail(f"{command} hangs")


def refused(what, *command):
	done = run(*command)
	equal(done.returncode, 1, f"{what}: {command[0]} ({done.stderr[-300:]})")
	check(any(line.startswith("maagal ") and line.count(" ") >= 4 for line in done.stderr.splitlines()), f"{what}: {command[0]} says {done.stderr!r}")
	return done.stderr


def sparse(path):
	with path.open("wb") as file:
		file.truncate(1 << 30)


def loop(path):
	path.symlink_to(path.name)


def unreadable(path):
	path.write_text("[A 100]\nword\n")
	path.chmod(0)


def odd_file(what, path):
	{"a pipe": os.mkfifo, "a device": lambda p: p.symlink_to("/dev/zero"), "a gigabyte of nothing": sparse, "a link to itself": loop, "a folder": lambda p: p.mkdir(),
		"a link to nowhere": lambda p: p.symlink_to("nowhere"), "no text": lambda p: p.write_bytes(os.urandom(3000)), "a socket": odd_socket}[what](path)


def odd_socket(path):
	import socket
	one = socket.socket(socket.AF_UNIX)
	here = os.getcwd()
	os.chdir(path.parent)	# its name is short: a socket's may not be long
	one.bind(path.name)
	os.chdir(here)
	one.close()


ODD = ("a pipe", "a device", "a gigabyte of nothing", "a link to itself", "a folder", "a link to nowhere", "no text", "a socket")


def given_story():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	for i in range(3):
		noa.say(town.forum, f"Word {i}")
	equal(house.stop(), 0, "exit status")
	return house, town


def copied_rules(house):
	folder = house.folder / "rules"
	shutil.rmtree(folder, ignore_errors=True)
	shutil.copytree(ROOT / "config" / "civility", folder)
	return folder


def test_a_folder_of_rules_with_something_else_in_it_is_named_and_refused():
	house, _ = given_story()
	for what in ODD:
		for ending in ("words", "model") if what != "no text" else ("words",):
			rules = copied_rules(house)
			odd_file(what, rules / f"odd.{ending}")
			for command in (("judge", "--rules", rules), ("judge", "--replay", "--data", house.data, "--against", rules)):
				check("odd." in refused(f"{what} among the rules", *command), f"{what}: it says which")
	rules = copied_rules(house)
	for i in range(400):
		(rules / f"more{i}.words").write_text("")
	refused("four hundred files", "judge", "--replay", "--data", house.data, "--against", rules)
	rules = copied_rules(house)
	(pathlib.Path(os.fsdecode(os.fsencode(rules) + b"/\xff\xfe.words"))).write_text("[")
	refused("a name that is no text", "judge", "--replay", "--data", house.data, "--against", rules)
	for odd in ("/dev/null", "/proc/self/mem", house.data / "maagal.db", "x" * 5000, house.folder / "nothing"):
		refused(f"rules in {str(odd)[:40]}", "judge", "--replay", "--data", house.data, "--against", odd)


def test_a_file_of_rules_that_nobody_may_read_is_named():
	if os.geteuid() == 0:
		talk.skip("root may read everything")
	house, _ = given_story()
	rules = copied_rules(house)
	unreadable(rules / "odd.words")
	check("odd.words" in refused("what nobody may read", "judge", "--rules", rules), "it says which")


def test_a_running_server_keeps_its_rules_when_a_pipe_lies_among_the_new_ones():
	rules = copied_rules(talk.serve(start=False))
	house = talk.serve("limits=0", f"rules_dir={rules}")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	os.mkfifo(rules / "odd.words")
	house.hang_up()
	talk.wait_until(lambda: "odd.words" in house.log(), "the log says why")
	noa.say(town.forum, "It goes on")


def test_settings_and_logs_that_are_something_else_are_named_and_refused():
	house, _ = given_story()
	for what in ODD:
		odd = house.folder / "odd"
		odd_file(what, odd)
		for command in (("serve", "--data", house.data, "--config", odd), ("judge", "--config", odd)):
			done = run(*command)
			equal(done.returncode, 2, f"{what} for settings: {command[0]} ({done.stderr[-300:]})")
			check("odd" in done.stderr, f"{what} for settings: it says which")
		if what != "a pipe":	# one may be written to: log --check <(…)
			refused(f"{what} for a log", "log", "--check", odd)
			refused(f"{what} for a declaration", "process", "apply", odd, "--data", house.data)
		shutil.rmtree(odd) if odd.is_dir() and not odd.is_symlink() else odd.unlink()


def test_a_store_that_is_something_else_is_named_and_refused():
	house, town = given_story()
	for what in ODD:
		if what == "no text":
			continue
		data = house.folder / "odd"
		shutil.rmtree(data, ignore_errors=True)
		data.mkdir()
		odd_file(what, data / "maagal.db")
		for command in (("verify",), ("log", "--circle", town.forum), ("transparency", "--process", town.process, "--json"), ("export", "--circle", town.forum),
				("judge", "--evaluate"), ("process", "list"), ("backup", "--to", house.folder / "copy")):
			refused(f"{what} for a store", command[0], *command[1:], "--data", data)
			check(not (house.folder / "copy" / "maagal.db").exists(), f"{what}: no copy is left")
			shutil.rmtree(house.folder / "copy", ignore_errors=True)


talk.main()

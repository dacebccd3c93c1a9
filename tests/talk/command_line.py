#!/usr/bin/python3
"""The program and its sub-commands: what they refuse, what they print, how they exit."""
import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused

COMMANDS = ["serve", "process", "invite", "judge", "chat", "export", "backup", "verify"]


def server():
	return talk.shared("limits=0")


def apply(house, declaration, name="declaration.json"):
	path = house.folder / name
	path.write_text(declaration if isinstance(declaration, str) else talk.dump(declaration))
	return house.cli("process", "apply", str(path))


def test_help_explains_all_and_exits_0():
	done = talk.run("help")
	equal(done.returncode, 0, "exit status")
	for command in COMMANDS:
		check(command in done.stdout, f"{command} in maagal help")
		more = talk.run("help", command)
		equal(more.returncode, 0, f"exit status of help {command}")
		check(command in more.stdout and len(more.stdout) > 80, f"help {command}: {more.stdout}")
	equal(talk.run("version").returncode, 0, "version")


def test_wrong_use_exits_2_with_a_sentence():
	for line in ([], ["nonsense"], ["serve", "--no-such-option"], ["process"], ["process", "apply"], ["process", "nonsense", "x"], ["invite"], ["help", "nonsense"],
			["serve", "--listen"], ["invite", "--circle"], ["judge", "--policy"]):
		done = talk.run(*line)
		equal(done.returncode, 2, f"exit status of {line}: {done.stdout[:200]}{done.stderr[:200]}")
		check(done.stderr.strip() or done.stdout.strip(), f"a sentence for {line}")


def test_applying_twice_changes_nothing():
	town = talk.given_process(server())
	equal(apply(server(), town.declaration).returncode, 0, "exit status")
	noa = town.guest("Noa")
	noa.say(town.forum, "Still here")


def test_a_changed_charter_under_an_old_version_is_refused():
	town = talk.given_process(server())
	done = apply(server(), {**town.declaration, "charter": {**town.declaration["charter"], "goals": "Something else."}})
	equal(done.returncode, 1, f"exit status {done.stdout}")
	check(done.stderr.strip(), "a sentence")
	equal(server().guest("Noa").call("charter.read", process=town.process)["charter"]["goals"], "To hear everybody.", "goals")
	older = {**town.declaration, "charter": {**town.declaration["charter"], "version": 0}}
	check(apply(server(), older).returncode != 0, "a version going back")


def test_a_closed_circle_made_public_is_refused():
	town = talk.given_process(server())
	circles = [{**circle, "access": "public"} for circle in town.declaration["circles"]]
	done = apply(server(), {**town.declaration, "circles": circles})
	equal(done.returncode, 1, f"exit status {done.stdout}")
	with refused("not_found"):
		town.guest("Noa").join(town.panel)


def test_a_new_circle_is_picked_up_by_the_running_server():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	new = {"id": talk.unique("new"), "title": "New", "access": "public", "policy": "public"}
	equal(apply(server(), {**town.declaration, "circles": town.declaration["circles"] + [new]}).returncode, 0, "exit status")

	def there():
		try:
			noa.join(new["id"])
			return True
		except talk.RpcError:
			return False
	talk.wait_until(there, "the new circle is there")


def test_a_changed_title_and_pace_reach_the_running_server():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.say(town.forum, "Before the pace")
	forum = {**town.declaration["circles"][1], "title": "The big forum", "pace_seconds": 600}
	equal(apply(server(), {**town.declaration, "circles": [town.declaration["circles"][0], forum]}).returncode, 0, "exit status")
	talk.wait_until(lambda: noa.join(town.forum)["circle"]["title"] == "The big forum", "the new title is shown")
	with refused("too_fast"):
		noa.post(town.forum, "At once after it")


def test_declaring_and_inviting_during_a_load_disturb_nobody():
	town = talk.given_process(server())
	writers = [town.guest(f"Writer {i}") for i in range(3)]
	stop, wrong, slowest = threading.Event(), [], [0.0]

	def write(writer):
		n = 0
		try:
			while not stop.is_set():
				began = time.monotonic()
				writer.say(town.forum, f"{writer.me['name']} says {n}")
				slowest[0] = max(slowest[0], time.monotonic() - began)
				n += 1
		except Exception as err:
			wrong.append(repr(err))

	threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
	for thread in threads:
		thread.start()
	try:
		for _ in range(6):
			other = talk.given_process(server())
			equal(len(server().invite_many(other.panel, count=20)), 20, "invitations")
			equal(server().cli("verify").returncode, 0, "verify")
	finally:
		stop.set()
		for thread in threads:
			thread.join()
	equal(wrong, [], "writers")
	check(slowest[0] < 2 * talk.PATIENCE, f"a post took {slowest[0]:.2f} s")


def test_a_circle_id_of_another_process_is_refused():
	town = talk.given_process(server())
	other = talk.declaration()
	other["circles"][1]["id"] = town.forum
	equal(apply(server(), other).returncode, 1, "exit status")


def test_broken_declarations_are_refused_with_a_sentence_and_nothing_changes():
	good = talk.declaration()
	circle = good["circles"][1]
	broken = ["", "nonsense", "[]", "{}", "null", '{"id":"a","id":"b"}', {**good, "id": ""}, {**good, "id": 7}, {**good, "id": "a b/c"}, {**good, "id": "x" * 5000},
		{**good, "charter": None}, {**good, "charter": {**good["charter"], "version": "1"}}, {**good, "charter": {**good["charter"], "version": -1}},
		{**good, "circles": {}}, {**good, "circles": [{**circle, "access": "secret"}]}, {**good, "circles": [{**circle, "id": None}]},
		{**good, "circles": [circle, circle]}, {**good, "circles": [{**circle, "limits": {"posts_per_minute": "many"}}]}, {**good, "circles": [{**circle, "pace_seconds": -5}]},
		{**good, "title": 5}, {**good, "title": {"he": 5}}, {**good, "circles": [{**circle, "policy": "no-such-policy"}]}]
	house = talk.serve("limits=0")
	for declaration in broken:
		done = apply(house, declaration)
		equal(done.returncode, 1, f"exit status for {talk.shorten(declaration, 150)}: {done.stdout}{done.stderr}")
		check(done.stderr.strip(), f"a sentence for {talk.shorten(declaration, 150)}")
	equal(house.guest("Noa").opened["processes"], [], "processes")
	equal(house.cli("process", "apply", "/nothing/such.json").returncode, 1, "a missing file")


def test_unknown_members_of_a_declaration_are_allowed():
	declaration = talk.declaration()
	declaration["colour"] = "green"
	declaration["circles"][1]["shape"] = "round"
	equal(apply(server(), declaration).returncode, 0, "exit status")


def test_invitations_are_printed_for_people_too():
	town = talk.given_process(server())
	done = server().cli("invite", "--circle", town.panel, "--role", "participant", "--name", "Rivka", "--count", "2")
	equal(done.returncode, 0, done.stderr)
	equal(done.stdout.count("#"), 2, f"two links: {done.stdout}")


def test_an_export_is_open_whole_and_shows_what_stands():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	secret = talk.unique("oldwords")
	opener = noa.say(town.forum, "An opener for the export")
	noa.say(town.forum, "A reply for the export", reply_to=opener["id"])
	edited = noa.say(town.forum, secret)
	noa.call("post.edit", post=edited["id"], rev=1, text="Better words for the export", key="e")
	gone = noa.say(town.forum, f"{secret} again")
	noa.call("post.retract", post=gone["id"], key="r")
	held = talk.words("hold")
	noa.post(town.forum, held)
	done = server().cli("export", "--circle", town.forum, "--json")
	equal(done.returncode, 0, f"{done.stdout}{done.stderr}")
	for text in ("An opener for the export", "A reply for the export", "Better words for the export"):
		check(text in done.stdout, f"{text} in {talk.shorten(done.stdout)}")
	check(secret not in done.stdout and held not in done.stdout, "old or held words in the export")
	for line in done.stdout.splitlines():
		json.loads(line)
	equal(server().cli("export", "--circle", "no-such-circle").returncode, 1, "exit status for what does not exist")
	whole = server().cli("export", "--process", town.process, "--json")
	equal(whole.returncode, 0, f"{whole.stdout}{whole.stderr}")
	check("An opener for the export" in whole.stdout, "the export of the process")


def test_judge_answers_each_line_at_once_and_in_order():
	lines = [{"id": str(i), "thread": "t", "author": f"a{i % 2}", "text": text, "ts": 1700000000 + 60 * i, "reply_to": None}
		for i, text in enumerate(["The park needs more trees.", "I agree, thank you.", talk.words("hold"), "הספרייה נסגרת מוקדם מדי"])]
	done = talk.run("judge", data="".join(talk.dump(line) + "\n" for line in lines))
	equal(done.returncode, 0, done.stderr)
	verdicts = [json.loads(line) for line in done.stdout.splitlines()]
	equal([v["id"] for v in verdicts], ["0", "1", "2", "3"], "ids")
	for verdict, line in zip(verdicts, lines):
		check(verdict["action"] in ("allow", "nudge", "hold", "reject"), verdict)
		for score in ("incivility", "escalation", "crisis"):
			check(0 <= verdict[score] <= 1, f"{score} in {verdict}")
		check(isinstance(verdict["ruleset"], str) and verdict["ruleset"] and isinstance(verdict["scores"], dict), verdict)
		for finding in verdict["findings"]:
			check({"symbol", "score", "start", "end"} <= set(finding) and 0 <= finding["start"] <= finding["end"] <= len(line["text"]), finding)
	equal([v["action"] for v in verdicts[:2]], ["allow", "allow"], "calm words")
	equal(verdicts[2]["action"], "hold", "held words")


def test_judge_and_serve_come_to_the_same_verdict():
	town = talk.given_process(server())
	status = {"allow": "posted", "nudge": "nudged", "hold": "held", "reject": "rejected"}
	lines = "".join(talk.dump({"id": str(i), "thread": f"t{i}", "author": f"a{i}", "text": text, "ts": 1700000000 + 60 * i, "reply_to": None}) + "\n"
		for i, text in enumerate(talk.CANDIDATES))
	verdicts = [json.loads(line) for line in talk.run("judge", "--policy", "public", data=lines).stdout.splitlines()]
	for text, verdict in zip(talk.CANDIDATES, verdicts):
		equal(town.guest("Noa").post(town.forum, text)["status"], status[verdict["action"]], f"status of {text!r}")


def test_judge_survives_broken_lines():
	done = talk.run("judge", data='nonsense\n{"id":"1"}\n\n' + talk.dump({"id": "2", "thread": "t", "author": "a", "text": "Good day", "ts": 1, "reply_to": None}) + "\n")
	check('"id":"2"' in done.stdout, f"the good line is answered: {done.stdout} {done.stderr} {done.returncode}")


talk.main()

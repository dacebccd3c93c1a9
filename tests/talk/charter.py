#!/usr/bin/python3
"""The charter: read by whoever sees the process, accepted before speaking."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_the_charter_is_read_in_the_language_of_the_session():
	town = talk.given_process(server(), rules=[{"id": "respect", "text": {"he": "כבוד הדדי", "en": "Mutual respect"}}])
	for lang, rule in (("he", "כבוד הדדי"), ("en", "Mutual respect")):
		read = town.server.guest("Noa", lang).call("charter.read", process=town.process)
		equal(read["version"], 1, "version")
		equal(read["charter"]["goals"], "To hear everybody.", "goals")
		equal(read["charter"]["promises"][0]["id"], "best-idea", "promise")
		equal([(r["id"], r["text"]) for r in read["rules"]], [("respect", rule)], "rules")


def test_speaking_needs_the_current_version_and_reading_does_not():
	town = talk.given_process(server())
	noa = server().guest("Noa")
	noa.join(town.forum)
	with refused("charter_not_accepted", process=town.process, version=1):
		noa.post(town.forum, "May I speak?")
	equal(noa.call("charter.accept", process=town.process, version=1), {}, "answer")
	noa.say(town.forum, "Now I may.")


def test_accepting_another_version_is_refused():
	town = talk.given_process(server())
	noa = server().guest("Noa")
	for version in (0, 2, 99):
		try:
			noa.call("charter.accept", process=town.process, version=version)
			talk.fail(f"version {version} was accepted")
		except talk.RpcError as err:
			check(err.name in ("charter_not_accepted", "stale", "invalid_params"), f"refused with {err}")
	with refused("charter_not_accepted"):
		noa.post(town.forum, "Not yet.")


def test_acceptance_is_kept_across_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = house.guest("Noa")
	noa.call("charter.accept", process=town.process, version=1)
	house.restart(kill=True)
	town.again(noa).say(town.forum, "Accepted before the fall.")


def test_a_new_version_must_be_accepted_anew_and_is_announced():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	first = noa.say(town.forum, "Under the first version.")
	changed = {**town.declaration, "charter": {**town.declaration["charter"], "version": 2, "goals": "To decide together."}}
	server().apply(changed)
	omer.wait_event("charter_changed", f"circle/{town.forum}")
	with refused("charter_not_accepted", process=town.process, version=2):
		noa.post(town.forum, "Under which?")
	noa.call("charter.accept", process=town.process, version=2)
	second = noa.say(town.forum, "Under the second version.")
	check(second["seq"] > first["seq"], "order")
	equal(omer.join(town.forum)["circle"]["charter_version"], 2, "charter_version")


def test_who_opens_accepts_the_version_in_force_then_and_no_other():
	town = talk.given_process(server())
	def may_speak(version, process=town.process):
		guest = server().guest("Rina", accept={"process": process, "version": version})
		guest.join(town.forum)
		try:
			return bool(guest.say(town.forum, "May I?"))
		except talk.RpcError as err:
			equal(err.name, "charter_not_accepted", "refused with")
			return False
	equal([may_speak(version) for version in (1, 0, 2)], [True, False, False], "under the first")
	check(not may_speak(1, "nothing-such"), "accepted what is not there")
	server().apply({**town.declaration, "charter": {**town.declaration["charter"], "version": 2}})
	equal([may_speak(version) for version in (1, 2)], [False, True], "under the second")


def test_a_process_that_does_not_exist_is_not_found():
	noa = server().guest("Noa")
	for method, params in (("charter.read", {}), ("charter.accept", {"version": 1}), ("process.read", {})):
		with refused("not_found"):
			noa.call(method, {"process": "nothing-such", **params})


def test_a_process_with_closed_circles_alone_is_not_found_by_outsiders():
	circle = {"id": talk.unique("secret"), "title": "Closed", "access": "closed", "policy": "expert"}
	town = talk.given_process(server(), [circle])
	noa = server().guest("Noa")
	check(town.process not in talk.dump(noa.opened), "not listed")
	for method, params in (("charter.read", {}), ("charter.accept", {"version": 1}), ("process.read", {})):
		hidden = noa.raw_answer(method, {"process": town.process, **params})
		absent = noa.raw_answer(method, {"process": "x" + town.process[1:], **params})
		equal(hidden, absent, method)
	rivka = town.member(circle=circle["id"])
	equal(rivka.call("charter.read", process=town.process)["version"], 1, "members read it")


talk.main()

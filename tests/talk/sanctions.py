#!/usr/bin/python3
"""Graded acts on one person: each with its reason, cause and end, binding everywhere from its commit, lifted by itself alone."""
import contextlib
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given(*moderators):
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.call("inbox.join")
	return (town, noa, *[town.moderator(name) for name in moderators or ("Dana",)])


def given_two(*settings):
	one = talk.serve("limits=0", *settings)
	town = talk.given_process(one)
	other = talk.serve("limits=0", *settings, data=one.data)
	return one, other, town


def sanction(moderator, town, person, step, key=None, **more):
	params = {"circle": town.forum, "participant": person.me["id"], "step": step, "reason": "It went too far.", "cause": "insults",
		"key": key or talk.unique(), **more}
	return moderator.call("desk.sanction", params)["sanction"]


def inbox(person, kind, **members):
	return person.wait_event(kind, f"inbox/{person.me['id']}", where=lambda e: all(e.get(k) == v for k, v in members.items()))


def desk(moderator, town, kind, **members):
	return moderator.wait_event(kind, f"desk/{town.forum}", where=lambda e: all(e.get(k) == v for k, v in members.items()))


def test_a_muted_person_reads_and_does_not_write_on_any_connection():
	town, noa, dana = given()
	there = town.again(noa)
	noa.join(town.forum)
	noa.say(town.forum, "Before")
	given_sanction = sanction(dana, town, noa, "mute", minutes=60, rule="respect")
	for connection in (noa, there):
		with refused("sanctioned", step="mute", sanction=given_sanction):
			connection.post(town.forum, "After")
	dana.say(town.forum, "We go on")
	noa.wait_event("posted", where=lambda e: e["post"]["text"] == "We go on")
	event = inbox(noa, "sanctioned")
	equal((event["sanction"], event["step"], event["circle"], event["by"], event["reason"], event["rule"]),
		(given_sanction, "mute", town.forum, "moderators", "It went too far.", "respect"), "inbox")
	statement = event["statement"]
	check(statement["restriction"] and statement["scope"] == "circle" and statement["until"] == event["until"] and "It went too far." in statement["facts"]
		and statement["rule"] == "respect" and statement["detection"] and statement["automation"], f"statement: {statement}")
	check(statement["decision_id"] == event["decision"] and statement["appeal_until"], f"how to appeal: {statement}")
	check(dana.me["id"] not in talk.dump(event) and "Dana" not in talk.dump(event), "no moderator is named")
	dana.call("desk.lift", sanction=given_sanction, reason="It is enough.", key="l")
	equal(inbox(noa, "lifted")["sanction"], given_sanction, "lifted")
	noa.say(town.forum, "Again")


def test_a_warning_stops_until_it_is_acknowledged():
	town, noa, dana = given()
	omer = town.guest("Omer")
	dana.call("desk.join", circle=town.forum)
	warning = sanction(dana, town, noa, "warn")
	with refused("sanctioned", step="warn", sanction=warning):
		noa.post(town.forum, "Now?")
	with refused("not_found"):
		omer.call("sanction.acknowledge", sanction=warning)
	noa.call("sanction.acknowledge", sanction=warning)
	equal(noa.call("sanction.acknowledge", sanction=warning), {}, "once more")
	noa.say(town.forum, "Now")
	event = desk(dana, town, "acknowledged_warning")
	equal((event["sanction"], event["participant"]["id"], event["participant"]["name"]), (warning, noa.me["id"], "Noa"), "the desk")
	muted = sanction(dana, town, noa, "mute")
	with refused("invalid_params"):
		noa.call("sanction.acknowledge", sanction=muted)


def test_a_slowed_person_writes_once_a_minute():
	town, noa, dana = given()
	omer = town.guest("Omer")
	sanction(dana, town, noa, "slow")
	noa.say(town.forum, "One")
	try:
		noa.post(town.forum, "Two")
		talk.fail("two posts in a minute")
	except talk.RpcError as err:
		equal(err.name, "too_fast", "error")
		check(50000 < err.data["retry_ms"] <= 60000, f"{err.data}")
	omer.say(town.forum, "Others are not slowed")


def test_a_premoderated_person_is_read_first_and_told_so():
	town, noa, dana = given()
	omer = town.guest("Omer")
	sanction(dana, town, noa, "premoderate")
	answer = noa.post(town.forum, "A civil sentence")
	equal((answer["status"], answer["held"]["cause"]), ("held", "sanction"), f"{answer}")
	check("read" in answer["held"]["message"] and "24 hours" in answer["held"]["message"], f"a sentence that says why and by when: {answer['held']}")
	equal(inbox(noa, "post_held")["held"], answer["held"], "the inbox says the same")
	equal(noa.post(town.forum, "A civil sentence", key="k"), noa.post(town.forum, "A civil sentence", key="k"), "the same key")
	dana.call("desk.release", item=talk.item_id(talk.queue_item(dana, town.forum, answer["id"])), key="r")
	equal(omer.post(town.forum, "Another")["status"], "posted", "others")


def test_an_excluded_person_leaves_at_once_and_still_reads_the_inbox():
	one, other, town = given_two()
	noa = one.guest("Noa", accept=town.accept())
	there = other.client().open(resume=noa.opened["resume"])
	dana = other.client().open(token=one.invite(town.forum, "moderator", "Dana")["token"], accept=town.accept())
	for connection in (noa, there):
		connection.join(town.forum)
		connection.call("inbox.join")
	given_sanction = sanction(dana, town, noa, "exclude", minutes=5)
	for connection in (noa, there):
		inbox(connection, "sanctioned", step="exclude")
	said = dana.say(town.forum, "Without them")
	for node in (one, other):
		reader = node.guest("Reader", accept=town.accept())
		equal([e["seq"] for e in reader.join_all(town.forum)][-1], said["seq"], "kept")
	for connection in (noa, there):
		connection.barrier()
		check(not connection.has_seen("Without them"), "what came after")
		for method, params in (("circle.join", {}), ("history.read", {}), ("post.create", {"text": "x", "key": "k"}), ("history.search", {"query": "them"})):
			with refused("sanctioned", step="exclude", sanction=given_sanction) as errors:
				connection.call(method, {"circle": town.forum, **params})
			check(errors[0].data["until"], f"until: {errors[0].data}")
		check(connection.call("inbox.read")["events"], "the inbox")
	dana.call("desk.lift", sanction=given_sanction, key="l")
	for connection in (noa, there):
		connection.join(town.forum)
		connection.say(town.forum, f"Back {talk.unique()}")


def test_an_excluded_guest_is_not_let_in_with_others_who_join():
	town = talk.given_process(server())
	dana = town.moderator()
	crowd = [town.guest(f"Guest {i}") for i in range(6)]
	sanction(dana, town, crowd[0], "exclude", minutes=5)
	for _ in range(3):
		town.guest("Newcomer").join(town.forum)
		with refused("sanctioned", step="exclude"):
			crowd[0].join(town.forum)
	for guest in crowd[1:]:
		guest.join(town.forum)


def test_a_sanction_at_one_node_binds_the_other_from_its_commit():
	one, other, town = given_two()
	noa = one.guest("Noa", accept=town.accept())
	noa.say(town.forum, "Known here")
	dana = other.client().open(token=one.invite(town.forum, "moderator", "Dana")["token"], accept=town.accept())
	for step, name in (("mute", "sanctioned"), ("warn", "sanctioned")):
		given_sanction = sanction(dana, town, noa, step)
		with refused(name):
			noa.post(town.forum, "Not this")
		dana.call("desk.lift", sanction=given_sanction, key=talk.unique())
		noa.say(town.forum, f"But this {step}")


def test_sanctions_survive_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	muted = sanction(dana, town, noa, "mute")
	house.restart(kill=True)
	noa, dana = town.again(noa), town.again(dana)
	with refused("sanctioned", sanction=muted):
		noa.post(town.forum, "x")
	dana.call("desk.lift", sanction=muted, key="l")
	noa.say(town.forum, "y")
	checked = house.cli("verify")
	equal(checked.returncode, 0, f"verify: {checked.stdout}")


def test_lifting_one_never_lifts_another():
	town, noa, dana, yael = given("Dana", "Yael")
	first, second, slow = sanction(dana, town, noa, "mute", minutes=60), sanction(yael, town, noa, "mute"), sanction(dana, town, noa, "slow")
	check(len({first, second, slow}) == 3, "three sanctions")
	dana.call("desk.lift", sanction=second, key="l1")
	with refused("sanctioned", sanction=first):
		noa.post(town.forum, "x")
	dana.call("desk.lift", sanction=first, key="l2")
	noa.say(town.forum, "One")
	with refused("too_fast"):
		noa.post(town.forum, "Two")
	with refused("stale"):
		yael.call("desk.lift", sanction=first, key="l3")
	dana.call("desk.lift", circle=town.forum, participant=noa.me["id"], step="slow", reason="Enough", key="l4")
	noa.say(town.forum, "Two")
	with refused("not_found"):
		dana.call("desk.lift", circle=town.forum, participant=noa.me["id"], step="slow", reason="Enough", key="l5")


def test_never_upwards_and_never_oneself():
	town, noa, dana, yael = given("Dana", "Yael")
	lead = town.member("convenor", "Lea", town.forum)
	for by, whom in ((dana, yael), (dana, lead), (dana, dana), (lead, lead)):
		for step in ("warn", "mute", "exclude"):
			with refused("forbidden"):
				sanction(by, town, whom, step)
	with refused("forbidden"):
		sanction(noa, town, yael, "mute")
	muted = sanction(lead, town, yael, "mute")
	with refused("sanctioned"):
		yael.post(town.forum, "Muted by who stands above")
	for by in (yael, dana):
		with refused("forbidden"):
			by.call("desk.lift", sanction=muted, key=talk.unique())
	lead.call("desk.lift", sanction=muted, key="l")


def test_a_moderator_of_one_circle_sanctions_nobody_in_another():
	town, noa, dana = given()
	other = talk.given_process(server())
	stranger = other.moderator("Stranger")
	with refused("forbidden"):
		sanction(stranger, town, noa, "mute")
	given_sanction = sanction(dana, town, noa, "slow")
	hidden = stranger.raw_answer("desk.lift", sanction=given_sanction, key="k")
	absent = stranger.raw_answer("desk.lift", sanction="z" * len(given_sanction), key="k")
	equal(hidden, absent, "a sanction that one may not know")
	rivka = town.member("participant", "Rivka")
	with refused("not_found"):
		stranger.call("desk.sanction", circle=town.panel, participant=rivka.me["id"], step="mute", reason="r", cause="c", key="k")
	panel_moderator = town.moderator("Paz", circle=town.panel)
	with refused("not_found"):	# no member there
		panel_moderator.call("desk.sanction", circle=town.panel, participant=noa.me["id"], step="mute", reason="r", cause="c", key="k")
	sanction(dana, town, noa, "mute")
	noa.call("charter.accept", process=other.process, version=1)
	noa.say(other.forum, "Elsewhere one speaks on")


def test_what_is_wrong_is_refused_and_nothing_is_done():
	town, noa, dana = given()
	omer = town.guest("Omer")
	of_omer, of_noa = omer.say(town.forum, "Omer's")["id"], noa.say(town.forum, "Noa's")["id"]
	good = {"circle": town.forum, "participant": noa.me["id"], "step": "mute", "reason": "r", "cause": "c", "key": "k"}
	for wrong in ({"step": "ban"}, {"step": None}, {"minutes": 0}, {"minutes": -5}, {"minutes": 525601}, {"minutes": "5"}, {"minutes": 1.5}, {"reason": ""},
			{"reason": None}, {"rule": "no-such-rule"}, {"cause": None}, {"cause": ""}, {"cause": of_omer}, {"cause": "p" + "0" * 26}, {"participant": 5},
			{"key": ""}, {"reason": "x" * 2001}, {"cause": "x" * 201}):
		with refused("invalid_params"):
			dana.call("desk.sanction", {**good, **wrong})
	with refused("not_found"):
		dana.call("desk.sanction", {**good, "participant": "m" + "0" * 26})
	noa.say(town.forum, "Nothing was done")
	equal([e["kind"] for e in dana.call("desk.read", circle=town.forum)["events"]], ["role_given"], "the desk's journal")
	check(dana.call("desk.sanction", {**good, "cause": of_noa})["sanction"], "a post of theirs is a cause")


def test_a_statement_says_how_it_was_noticed():
	town, noa, dana = given()
	omer = town.guest("Omer")
	plain, reported = noa.say(town.forum, "Plain")["id"], noa.say(town.forum, "Reported")["id"]
	omer.call("post.report", post=reported, reason="rude", key="r")
	held = noa.post(town.forum, talk.words("hold"))["id"]
	item = talk.item_id(talk.queue_item(dana, town.forum, held))
	said = {}
	for cause in ("insults", plain, reported, held, item):
		sanction(dana, town, noa, "slow", cause=cause)
		said[cause] = inbox(noa, "sanctioned")["statement"]
	equal(len({said[cause]["detection"] for cause in (plain, reported, held)}), 3, f"detections of {said}")
	equal((said["insults"]["detection"], said[item]["detection"]), (said[plain]["detection"], said[held]["detection"]), "detections")
	check(said[held]["automation"] != said[plain]["automation"] and len(said[held]["facts"]) > len(said[plain]["facts"]), f"{said[held]} {said[plain]}")
	check("Omer" not in talk.dump(said) and omer.me["id"] not in talk.dump(said), "nobody learns who reported")


def test_the_same_key_gives_one_sanction():
	town, noa, dana = given()
	good = {"circle": town.forum, "participant": noa.me["id"], "step": "mute", "reason": "r", "cause": "c", "minutes": 5, "key": "k"}
	first = dana.call("desk.sanction", good)
	equal(dana.call("desk.sanction", good), first, "again")
	with refused("key_reused"):
		dana.call("desk.sanction", {**good, "step": "exclude"})
	lifted = dana.call("desk.lift", sanction=first["sanction"], key="l")
	equal(dana.call("desk.lift", sanction=first["sanction"], key="l"), lifted, "again")
	noa.say(town.forum, "Once is once")


def test_it_ends_by_itself_and_says_so():
	clock = talk.Clock()
	house = talk.serve("limits=0", env=clock.env)
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	noa.call("inbox.join")
	dana.call("desk.join", circle=town.forum)
	given_sanction = sanction(dana, town, noa, "mute", minutes=30)
	with refused("sanctioned"):
		noa.post(town.forum, "x")
	clock.set("+31m")
	event = inbox(noa, "lifted")
	equal((event["sanction"], event["by"], event["step"]), (given_sanction, "machine", "mute"), "inbox")
	equal(desk(dana, town, "lifted")["by"], "machine", "desk")
	noa.say(town.forum, "Over")
	with refused("stale"):
		dana.call("desk.lift", sanction=given_sanction, key="l")


def test_new_guests_from_a_sanctioned_guests_address_are_premoderated_while_it_lasts():
	one, other, town = given_two()
	noa = one.guest("Noa", accept=town.accept())
	here_before = one.guest("Here before", accept=town.accept())
	dana = town.moderator()
	given_sanction = sanction(dana, town, noa, "mute")
	for node in (one, other):
		fresh = node.guest("Fresh", accept=town.accept())
		answer = fresh.post(town.forum, "A civil sentence")
		equal((answer["status"], answer["held"]["cause"]), ("held", "network"), f"{answer}")
		fresh.join(town.forum)	# a shared address shuts nobody out
	equal(here_before.post(town.forum, "Mine")["status"], "posted", "who was here already")
	equal(town.member("participant", "Rivka", town.forum).post(town.forum, "Invited")["status"], "posted", "whoever is invited")
	other.restart(kill=True)
	late = other.guest("Late", accept=town.accept())
	equal(late.post(town.forum, "Still")["status"], "held", "after a restart")
	dana.call("desk.lift", sanction=given_sanction, key="l")
	talk.wait_until(lambda: late.post(town.forum, f"Free {talk.unique()}")["status"] == "posted", "free again at the other node")
	equal(other.guest("Newest", accept=town.accept()).post(town.forum, "Free")["status"], "posted", "and new ones")


def test_guests_from_elsewhere_are_free_and_all_are_once_it_ended():
	clock = talk.Clock()
	house = talk.serve("limits=0", "trusted_proxy=true", env=clock.env)
	town = talk.given_process(house)

	def guest_from(address):
		return house.client(headers=[f"X-Forwarded-For: {address}"]).open(name="Somebody", accept=town.accept())

	def rows(table):
		with contextlib.closing(sqlite3.connect(f"file:{house.data}/maagal.db?mode=ro", uri=True)) as base:
			return base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

	noa, dana = guest_from("192.0.2.77"), town.moderator()
	sanction(dana, town, noa, "mute", minutes=30)
	neighbour = guest_from("192.0.2.77")
	equal(neighbour.post(town.forum, "From the library")["held"]["cause"], "network", "cause")
	equal(guest_from("192.0.2.78").post(town.forum, "From elsewhere")["status"], "posted", "another address")
	equal((rows("sanction_place"), rows("sanction_near")), (1, 1), "what is kept")
	clock.set("+31m")
	talk.wait_until(lambda: (rows("sanction_place"), rows("sanction_near")) == (0, 0), "nothing kept any more")
	for person in (neighbour, guest_from("192.0.2.77"), noa):
		equal(person.post(town.forum, f"Free {talk.unique()}")["status"], "posted", "once it ended")
	clock.set("+26h")
	talk.wait_until(lambda: rows("device WHERE place IS NOT NULL") == 0, "addresses of yesterday are forgotten")
	check("192.0.2.7" not in house.log(), "addresses are not logged")
	check(all(b"192.0.2.7" not in file.read_bytes() for file in pathlib.Path(house.data).glob("maagal.db*")), "addresses are not stored")


def test_the_desk_sees_who_whom_and_why():
	town, noa, dana, yael = given("Dana", "Yael")
	yael.call("desk.join", circle=town.forum)
	given_sanction = sanction(dana, town, noa, "slow", minutes=10, note="Third time this week.", rule="respect")
	event = desk(yael, town, "sanctioned")
	equal((event["sanction"], event["participant"]["id"], event["participant"]["name"], event["by"], event["step"], event["reason"], event["rule"], event["cause"],
		event["note"]), (given_sanction, noa.me["id"], "Noa", {"id": dana.me["id"], "name": "Dana"}, "slow", "It went too far.", "respect", "insults",
		"Third time this week."), "event")
	check(event["until"] and event["participant"]["tag"], f"{event}")
	check("Third time" not in talk.dump(noa.call("inbox.read")), "a note stays at the desk")
	log = town.server.cli("verify")
	equal(log.returncode, 0, f"verify: {log.stdout}")


talk.main()

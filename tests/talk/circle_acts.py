#!/usr/bin/python3
"""What moderators do to a circle: its pace, its door, freezing a thread, a notice, what is pinned: at every door, from its commit."""
import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given():
	town = talk.given_process(server())
	return town, town.guest("Noa"), town.moderator()


def given_two(*settings, **more):
	one = talk.serve("limits=0", *settings, **more)
	town = talk.given_process(one)
	return one, talk.serve("limits=0", *settings, data=one.data, **more), town


def later(**ahead):
	return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


def act(moderator, town, name, **params):
	return moderator.call(name, {"circle": town.forum, "key": talk.unique(), **params})


def circle(person, town):
	return person.join(town.forum)["circle"]


def test_slow_mode_is_one_timer_and_only_what_was_posted_costs():
	town, noa, dana = given()
	opener = dana.say(town.forum, "Opener")["id"]
	held = noa.post(town.forum, talk.words("hold"))
	equal(held["status"], "held", "status")
	act(dana, town, "desk.pace", seconds=600)
	equal(circle(noa, town)["pace"], 600, "the pace, on entry")
	equal(noa.post(town.forum, talk.words("hold"))["status"], "held", "what is held costs nothing")
	equal(noa.post(town.forum, talk.words("nudge"))["status"], "nudged", "nor what is nudged")
	first = noa.say(town.forum, "A reply", thread=opener, reply_to=opener)
	for more in ({}, {"thread": opener, "reply_to": opener}):
		try:
			noa.post(town.forum, "Too soon", "draft", **more)
			talk.fail("two posts in an interval")
		except talk.RpcError as err:
			equal(err.name, "too_fast", "error")
			check(590000 < err.data["retry_ms"] <= 600000 and "10 minutes" in err.message, f"{err.data} {err.message}")
	noa.call("post.edit", post=first["id"], rev=1, text="A better reply", key="e")
	noa.call("post.report", post=opener, reason="rude", key="r")
	noa.call("circle.typing", circle=town.forum)
	noa.call("post.retract", post=first["id"], key="t")
	with refused("too_fast"):
		noa.post(town.forum, "Retracting gives nothing back", "other")
	dana.say(town.forum, "Moderators")
	dana.say(town.forum, "are exempt")
	act(dana, town, "desk.pace", seconds=0)
	noa.say(town.forum, "Too soon", "draft")


def test_two_posts_at_once_do_not_both_land():
	one, other, town = given_two()
	dana = town.moderator()
	act(dana, town, "desk.pace", seconds=600)
	for round_ in range(5):
		noa = one.guest("Noa", accept=town.accept())
		there = other.client().open(resume=noa.opened["resume"])
		asked = [(person, person.ask("post.create", circle=town.forum, text=f"{round_} {n}", key=talk.unique()))
			for n in range(2) for person in (noa, there)]
		equal(sorted(outcome(person, i) for person, i in asked), ["posted", "too_fast", "too_fast", "too_fast"], "outcomes")


def outcome(person, request):
	try:
		return person.result(request)["status"]
	except talk.RpcError as err:
		return err.name


def test_the_pace_is_told_and_ends_by_itself():
	clock = talk.Clock()
	one, other, town = given_two(env=clock.env)
	noa, omer = one.guest("Noa", accept=town.accept()), other.guest("Omer", accept=town.accept())
	dana = town.moderator()
	noa.join(town.forum)
	omer.join(town.forum)
	dana.call("desk.join", circle=town.forum)
	act(dana, town, "desk.pace", seconds=30)
	noa.wait_event("pace_changed")
	omer.wait_event("pace_changed")
	until = later(minutes=20)
	act(dana, town, "desk.pace", seconds=900, until=until, reason="So that all can read.", note="Between us.")
	for person in (noa, omer):
		event = person.wait_event("pace_changed")
		equal((event["pace"], event["until"][:19], event["by"], event["reason"]), (900, until[:19], "moderators", "So that all can read."), "event")
		check("note" not in event and "Dana" not in talk.dump(event), f"{event}")
	event = dana.wait_event("pace_changed", f"desk/{town.forum}", where=lambda e: e["pace"] == 900)
	equal((event["by"], event["note"], event["reason"]), ({"id": dana.me["id"], "name": "Dana"}, "Between us.", "So that all can read."), "at the desk")
	joined = circle(other.guest("Late", accept=town.accept()), town)
	equal((joined["pace"], joined["pace_until"][:19]), (900, until[:19]), "on entry")
	noa.say(town.forum, "One")
	with refused("too_fast"):
		noa.post(town.forum, "Two")
	clock.set("+21m")
	for person in (noa, omer):
		event = person.wait_event("pace_changed")
		equal((event["pace"], event["by"], "until" in event), (30, "machine", False), "back to what was before")
	equal(dana.wait_event("pace_changed", f"desk/{town.forum}", where=lambda e: e["by"] == "machine")["pace"], 30, "at the desk")
	noa.say(town.forum, "Three")
	equal(circle(noa, town)["pace"], 30, "on entry")


def test_an_impossible_pace_is_refused():
	town, noa, dana = given()
	for wrong in ({"seconds": -1}, {"seconds": 21601}, {"seconds": "60"}, {"seconds": 1.5}, {}, {"seconds": 60, "until": "2020-01-01T00:00:00Z"},
			{"seconds": 60, "until": "tomorrow"}, {"seconds": 60, "until": 5}, {"seconds": 60, "key": ""}):
		with refused("invalid_params"):
			act(dana, town, "desk.pace", **wrong)
	equal(dana.history(town.forum), [], "events")
	act(dana, town, "desk.pace", seconds=21600)


def test_a_closed_door_stops_newcomers_and_nobody_else():
	one, other, town = given_two("newcomer_minutes=1440")
	rivka = town.member("participant", "Rivka", town.forum)
	noa, dana = one.guest("Noa", accept=town.accept()), town.moderator()
	own = noa.say(town.forum, "While it was open")
	noa.join(town.forum)
	act(dana, town, "desk.door", door="closed", reason="Too many at once.")
	event = noa.wait_event("door_changed")
	equal((event["door"], event["by"], event["reason"]), ("closed", "moderators", "Too many at once."), "event")
	for node in (one, other):
		fresh = node.guest("Fresh", accept=town.accept())
		equal(circle(fresh, town)["door"], "closed", "on entry")
		with refused("circle_closed"):
			fresh.post(town.forum, "May I?")
	with refused("circle_closed"):
		noa.post(town.forum, "Still new")
	noa.call("post.retract", post=own["id"], key="t")
	rivka.say(town.forum, "Invited")
	dana.say(town.forum, "Moderator")
	act(dana, town, "desk.door", door="premoderated")
	answer = other.guest("Fresh", accept=town.accept()).post(town.forum, "May I?")
	equal((answer["status"], answer["held"]["cause"]), ("held", "premoderation"), f"{answer}")
	act(dana, town, "desk.door", door="open")
	other.guest("Fresh", accept=town.accept()).say(town.forum, "Thank you")
	for wrong in ("ajar", "", 5, None):
		with refused("invalid_params"):
			act(dana, town, "desk.door", door=wrong)


def test_who_has_been_here_for_long_is_no_newcomer():
	clock = talk.Clock()
	house = talk.serve("limits=0", env=clock.env)
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	noa.say(town.forum, "First")
	clock.set("+1h")
	act(dana, town, "desk.door", door="closed")
	noa.say(town.forum, "Long since here")
	with refused("circle_closed"):
		town.guest("Fresh").post(town.forum, "May I?")


def test_a_frozen_thread_is_read_and_not_written_at_every_node():
	one, other, town = given_two()
	noa, omer, dana = one.guest("Noa", accept=town.accept()), other.guest("Omer", accept=town.accept()), town.moderator()
	opener = omer.say(town.forum, "Opener")["id"]
	reply = noa.say(town.forum, "A reply", thread=opener)["id"]
	omer.join(town.forum)
	act(dana, town, "desk.freeze", thread=opener, reason="A pause.")
	event = omer.wait_event("thread_frozen")
	equal((event["thread"], event["by"], event["reason"]), (opener, "moderators", "A pause."), "event")
	for person in (noa, omer):
		for more in ({"thread": opener}, {"reply_to": reply}):
			with refused("thread_frozen"):
				person.post(town.forum, "In it", **more)
		person.say(town.forum, "Beside it")
	equal(circle(other.guest("Late", accept=town.accept()), town)["frozen"], [opener], "on entry")
	for person, post in ((noa, reply), (omer, opener)):
		with refused("thread_frozen"):
			person.call("post.edit", post=post, rev=1, text="Otherwise", key=talk.unique())
	dana.say(town.forum, "Moderators may", thread=opener)
	with refused("stale"):
		act(dana, town, "desk.freeze", thread=opener)
	with refused("invalid_params"):
		act(dana, town, "desk.freeze", thread=reply)
	one.restart(kill=True)
	other.restart(kill=True)
	noa, dana = town.again(noa), town.again(dana)
	with refused("thread_frozen"):
		noa.post(town.forum, "In it", thread=opener)
	act(dana, town, "desk.thaw", thread=opener)
	noa.say(town.forum, "In it again", thread=opener)
	other.client().open(resume=omer.opened["resume"]).say(town.forum, "Here too", thread=opener)
	with refused("stale"):
		act(dana, town, "desk.thaw", thread=opener)
	equal(circle(noa, town)["frozen"], [], "on entry")
	equal([e["kind"] for e in noa.history(town.forum) if e["kind"].startswith("thread_")], ["thread_frozen", "thread_thawed"], "history")
	equal(one.cli("verify").returncode, 0, "verify")


def test_a_thread_of_another_circle_is_not_found():
	town, noa, dana = given()
	other = talk.given_process(server())
	there = other.moderator("There").say(other.forum, "Elsewhere")["id"]
	held = noa.post(town.forum, talk.words("hold"))["id"]
	for thread in (there, held, "p" + "0" * 26, "x"):
		with refused("not_found"):
			act(dana, town, "desk.freeze", thread=thread)
	equal(dana.history(town.forum), [], "events")


def test_a_notice_is_from_the_moderators_in_each_readers_language():
	town, noa, dana = given()
	noa.join(town.forum)
	act(dana, town, "desk.notice", text="נא לדבר לעניין.")
	event = noa.wait_event("notice_posted")
	equal((event["text"], event["lang"], event["by"]), ("נא לדבר לעניין.", "he", "moderators"), "event")
	check("Dana" not in talk.dump(event) and dana.me["id"] not in talk.dump(event), "nobody is named")
	act(dana, town, "desk.notice", template="calm")
	event = noa.wait_event("notice_posted")
	equal((event["template"], set(event["texts"]), event["text"]), ("calm", {"he", "ar", "en"}, event["texts"]["en"]), "a template")
	for wrong in ({}, {"text": "x", "template": "calm"}, {"template": "nothing-such"}, {"text": "x" * 2001}, {"text": 5}, {"text": ""}, {"text": "x", "lang": "fr"}):
		with refused("invalid_params"):
			act(dana, town, "desk.notice", **wrong)


def test_rules_are_pinned_and_taken_down():
	town, noa, dana = given()
	noa.join(town.forum)
	equal(act(dana, town, "desk.pin")["pinned"], {"rules": ["respect"]}, "all rules")
	event = noa.wait_event("rules_pinned")
	equal((event["pinned"], event["by"]), ({"rules": ["respect"]}, "moderators"), "event")
	act(dana, town, "desk.pin", rules=["respect"], text="Until Sunday.")
	equal(circle(noa, town)["pinned"], {"rules": ["respect"], "text": "Until Sunday."}, "on entry")
	with refused("invalid_params"):
		act(dana, town, "desk.pin", rules=["no-such-rule"])
	act(dana, town, "desk.pin", rules=[])
	equal(circle(noa, town)["pinned"], None, "taken down")


def test_an_act_is_done_once_for_its_key_and_by_moderators_of_the_circle_alone():
	town, noa, dana = given()
	stranger = talk.given_process(server()).moderator("Stranger")
	opener = noa.say(town.forum, "Opener")["id"]
	acts = (("desk.pace", {"seconds": 5}), ("desk.door", {"door": "premoderated"}), ("desk.freeze", {"thread": opener}), ("desk.notice", {"text": "x"}), ("desk.pin", {}))
	for name, params in acts:
		for person in (noa, stranger):
			with refused("forbidden"):
				person.call(name, circle=town.forum, key="k", **params)
		first = dana.call(name, circle=town.forum, key="k", **params)
		equal(dana.call(name, circle=town.forum, key="k", **params), first, name)
	with refused("key_reused"):
		dana.call("desk.pace", circle=town.forum, seconds=6, key="k")
	kinds = [e["kind"] for e in dana.history(town.forum)]
	equal(kinds, ["posted", "pace_changed", "door_changed", "thread_frozen", "notice_posted", "rules_pinned"], "each once")
	equal([e["kind"] for e in dana.call("desk.read", circle=town.forum)["events"]], ["role_given", *kinds[1:]], "and at the desk")


talk.main()

#!/usr/bin/python3
"""A moderator is called before a crisis breaks: one alert for each thing, in the very commit that gave cause, the same at every
process; who does not answer is followed by the next on watch, then by all, then by the brake."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def quarrel(people, circle, opener, rounds=8):
	"""Everybody goes at the opener's author, in turn."""
	for n in range(rounds):
		people[n % len(people)].post(circle, talk.words("hold"), reply_to=opener["id"])


def given_quarrel(house=None, **more):
	town = talk.given_process(house or server(), **more)
	noa, dana = town.guest("Noa"), town.moderator()
	crowd = [town.guest(name) for name in ("Omer", "Lina")]
	dana.call("desk.join", circle=town.forum)
	opener = noa.say(town.forum, "What should become of the old school?")
	return town, noa, dana, crowd, opener


def alert(moderator, circle, about, timeout=10):
	return moderator.wait_event("alert_raised", f"desk/{circle}", lambda e: e["about"] == about, timeout)


def test_a_heated_thread_raises_one_alert_that_says_why():
	town, noa, dana, crowd, opener = given_quarrel()
	quarrel(crowd, town.forum, opener)
	event = alert(dana, town.forum, "thread")
	equal((event["thread"], event["level"] in ("watch", "alert")), (opener["id"], True), "thread, level")
	check(0 < event["score"] <= 1 and isinstance(event["causes"], list) and event["causes"], f"score, causes: {event}")
	check(event["until"] and "for" not in event, f"until; nobody is on watch: {event}")
	items = [i for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "alert" and i["alert"]["about"] == "thread"]
	equal([i["item"] for i in items], [event["item"]], "alerts about this thread in the queue")
	equal((items[0]["alert"]["thread"], items[0].get("post")), (opener["id"], None), "what it is about")
	check(not noa.has_seen("alert_raised"), "only the desk is told")
	shown = dana.call("desk.item", item=event["item"])
	equal((shown["item"]["kind"], [e["post"]["id"] for e in shown["thread"]]), ("alert", [opener["id"]]), "shown with its thread as it stands")


def test_an_alert_stays_one_however_long_it_goes_on_and_rises_once():
	town, noa, dana, crowd, opener = given_quarrel()
	quarrel(crowd, town.forum, opener, 20)
	dana.barrier()
	raised = [e for e in dana.seen if e["kind"] == "alert_raised" and e["about"] == "thread"]
	equal(len({e["item"] for e in raised}), 1, "items")
	levels = [e["level"] for e in raised]
	check(levels in (["watch"], ["alert"], ["watch", "alert"]), f"levels: {levels}")


def test_the_circle_itself_and_whoever_is_addressed_by_many_are_told_of():
	house = talk.serve("limits=0", "pile_on_people=3")
	town, noa, dana, crowd, opener = given_quarrel(house)
	crowd += [town.guest(f"Guest {n}") for n in range(4)]
	quarrel(crowd, town.forum, opener, 18)
	pile = alert(dana, town.forum, "pile_on")
	equal(pile["participant"]["id"], noa.me["id"], "who is addressed")
	alert(dana, town.forum, "circle")


def test_calm_words_end_it():
	town, noa, dana, crowd, opener = given_quarrel()
	quarrel(crowd, town.forum, opener, 6)
	event = alert(dana, town.forum, "thread")
	crowd += [town.guest(name) for name in ("Rami", "Tal", "Mira")]
	for n in range(90):
		crowd[n % 5].post(town.forum, f"Thank you, that is a good point about the school, number {n}. Sorry for before.", thread=opener["id"])
	over = dana.wait_event("alert_over", where=lambda e: e["item"] == event["item"])
	check(over["item"] not in [i["item"] for i in dana.call("desk.queue", circle=town.forum)["items"]], "still in the queue")


def test_acknowledged_once_and_by_one():
	town, noa, dana, crowd, opener = given_quarrel()
	yael = town.moderator("Yael")
	quarrel(crowd, town.forum, opener)
	item = alert(dana, town.forum, "thread")["item"]
	for method in ("desk.release", "desk.claim"):
		with refused("invalid_params"):
			dana.call(method, item=item, key="r")
	first = dana.call("desk.acknowledge", item=item, key="a")
	equal(dana.call("desk.acknowledge", item=item, key="a"), first, "again with the same key")
	event = dana.wait_event("alert_acknowledged")
	equal((event["item"], event["by"]["id"]), (item, dana.me["id"]), "event")
	with refused("stale"):
		yael.call("desk.acknowledge", item=item, key="b")
	shown = next(i for i in yael.call("desk.queue", circle=town.forum)["items"] if i["item"] == item)
	equal((shown["alert"]["acknowledged_by"]["id"], shown["until"]), (dana.me["id"], None), "in the queue")
	with refused("not_found"):
		noa.call("desk.acknowledge", item=item, key="c")
	held = talk.queue_item(dana, town.forum)
	if held["kind"] == "held":
		with refused("invalid_params"):
			dana.call("desk.acknowledge", item=held["item"], key="d")


def test_a_surge_of_newcomers_and_an_old_queue_are_told_of_and_end():
	house = talk.serve("limits=0", "newcomer_surge=6", "queue_age_seconds=1", "deadline_warn_minutes=0")
	town = talk.given_process(house)
	dana = town.moderator()
	dana.call("desk.join", circle=town.forum)
	for n in range(6):
		town.guest(f"New {n}").say(town.forum, f"Good evening from number {n}")
	event = alert(dana, town.forum, "newcomers")
	check(event["level"] in ("watch", "alert"), f"{event}")
	held = town.guest("Omer").post(town.forum, talk.words("hold"))
	queue = alert(dana, town.forum, "queue", 15)
	equal(queue["causes"], ["oldest_waits"], "causes")
	item = talk.item_id(talk.queue_item(dana, town.forum, held["id"]))
	dana.call("desk.reject", item=item, reason="It insults.", key="d")
	dana.wait_event("alert_over", where=lambda e: e["item"] == queue["item"])


def test_two_processes_tell_the_same_once():
	(first, second), town = nodes.given_nodes(2)
	dana = town.moderator()
	yael = talk.Client(second).open(resume=town.moderator("Yael").opened["resume"])
	for moderator in (dana, yael):
		moderator.call("desk.join", circle=town.forum)
	noa = nodes.guest(first, town, "Noa")
	opener = noa.say(town.forum, "What should become of the old school?")
	crowd = [nodes.guest(second, town, "Omer"), nodes.guest(first, town, "Lina")]
	talk.wait_until(lambda: any(e["post"]["id"] == opener["id"] for e in crowd[0].history(town.forum)), "the opener at the other process")
	quarrel(crowd, town.forum, opener, 14)
	alert(dana, town.forum, "thread")
	alert(yael, town.forum, "thread")
	events = [dana.call("desk.read", circle=town.forum, after=0, limit=500)["events"], yael.call("desk.read", circle=town.forum, after=0, limit=500)["events"]]
	equal(events[0], events[1], "the desk's journal at both")
	threads = {e["item"] for e in events[0] if e["kind"] == "alert_raised" and e["about"] == "thread"}
	equal(len(threads), 1, "alerts about the thread")


def test_what_one_process_raised_about_the_circle_another_ends():
	(first, second), town = nodes.given_nodes(2)
	dana = town.moderator()
	dana.call("desk.join", circle=town.forum)
	calm = [nodes.guest(first, town, name) for name in ("Noa", "Rami", "Tal")]
	opener = calm[0].say(town.forum, "What should become of the old school?")
	crowd = [nodes.guest(second, town, f"Guest {n}") for n in range(6)]
	talk.wait_until(lambda: any(e["post"]["id"] == opener["id"] for e in crowd[0].history(town.forum)), "the opener at the other process")
	quarrel(crowd, town.forum, opener, 18)
	event = alert(dana, town.forum, "circle")
	for n in range(150):
		calm[n % 3].post(town.forum, f"Thank you, that is a good point about the school, number {n}.")
	dana.wait_event("alert_over", where=lambda e: e["item"] == event["item"])


def test_silence_calls_the_next_then_all_then_the_brake_engages_once():
	(first, second), town = nodes.given_nodes(2, "alert_ack_seconds=1", "newcomer_surge=0")
	dana, yael = town.moderator("Dana"), town.moderator("Yael")
	noa = town.guest("Noa")
	for moderator in (dana, yael):
		moderator.call("desk.join", circle=town.forum)
		moderator.call("desk.watch", circle=town.forum, on=True)
	opener = noa.say(town.forum, "What should become of the old school?")
	noa.join(town.forum)
	quarrel([town.guest("Omer"), town.guest("Lina")], town.forum, opener, 14)
	# It called again when it became worse: what then happens follows the last call.
	talk.wait_until(lambda: any(e["kind"] == "alert_raised" and e["level"] == "alert" for e in dana.seen), "a grave alert")
	item = next(e for e in reversed(dana.seen) if e["kind"] == "alert_raised" and e["level"] == "alert")["item"]
	raised = [e for e in dana.seen if e["kind"] == "alert_raised" and e["item"] == item][-1]
	equal(raised["for"]["id"], dana.me["id"], "who is called first: the longest on watch")
	dana.wait_event("alert_expired", where=lambda e: e["item"] == item, timeout=30)
	later = [e for e in dana.seen if e["seq"] > raised["seq"] and e.get("item") == item]
	equal([(e["kind"], (e.get("to") or {}).get("id")) for e in later],
		[("alert_passed_on", yael.me["id"]), ("alert_passed_on", None), ("alert_expired", None)], "who was called after that")
	begun = noa.wait_event("crisis_begun")
	equal((begun["by"], begun["crisis"]["preset"], begun["crisis"]["pace"]), ("machine", "mild", 30), "the brake")
	check(begun["crisis"]["reason"].strip(), "a reason for everybody")
	equal(len([e for e in noa.history(town.forum) if e["kind"] == "crisis_begun"]), 1, "brakes pulled, by two processes")
	dana.call("desk.crisis_end", circle=town.forum)
	equal(noa.wait_event("crisis_ended")["by"], "moderators", "ended by hand")
	equal(noa.join(town.forum)["circle"]["pace"], 0, "pace afterwards")


def test_time_that_the_server_was_down_is_no_silence():
	house = talk.serve("limits=0", "alert_ack_seconds=600", "newcomer_surge=0")
	town, noa, dana, crowd, opener = given_quarrel(house)
	quarrel(crowd, town.forum, opener, 14)
	event = alert(dana, town.forum, "thread")
	house.restart(kill=True)
	dana = town.again(dana)
	items = [i for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "alert"]
	check(event["item"] in [i["item"] for i in items], "the alert is still there after kill -9")
	events = dana.call("desk.read", circle=town.forum, after=0, limit=500)["events"]
	check(not any(e["kind"] in ("alert_passed_on", "alert_expired") for e in events), "nobody was passed over")


talk.main()

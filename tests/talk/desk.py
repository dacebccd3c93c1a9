#!/usr/bin/python3
"""The desk: what is held reaches moderators live; they release, reject or remove, once, with a reason."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given_held(*moderators):
	town = talk.given_process(server())
	noa = town.guest("Noa")
	people = [town.moderator(name) for name in moderators or ("Dana",)]
	text = talk.words("hold")
	held = noa.post(town.forum, text)
	equal(held["status"], "held", f"status: {held}")
	item = talk.queue_item(people[0], town.forum, held["id"])
	return town, noa, people, text, held, talk.item_id(item)


def test_a_held_post_reaches_the_moderators_live_and_nobody_else():
	town = talk.given_process(server())
	noa, omer, dana = town.guest("Noa"), town.guest("Omer"), town.moderator()
	omer.join(town.forum)
	dana.join(town.forum)
	dana.call("desk.join", circle=town.forum)
	text = talk.words("hold")
	held = noa.post(town.forum, text)
	check("seq" not in held or held["seq"] is None, f"a held post has no seq: {held}")
	check(set(held["held"]) >= {"until", "then"} and held["held"]["then"] in ("returned", "stays", "published"), f"held: {held}")
	check(held["reasons"], "reasons")
	event = dana.wait_event(journal=f"desk/{town.forum}", where=lambda e: held["id"] in talk.dump(e))
	check(text in talk.dump(event) or text in talk.dump(dana.call("desk.queue", circle=town.forum)), "the moderator reads the words")
	omer.barrier()
	equal(omer.seen, [], "events of a reader")
	for way in (omer.history(town.forum), omer.call("history.search", circle=town.forum, query=text), omer.join(town.forum, tail=5)):
		check(text not in talk.dump(way) and held["id"] not in talk.dump(way), "held words travel")


def test_a_held_post_is_not_found_to_others():
	town, noa, _, _, held, _ = given_held()
	omer = town.guest("Omer")
	for method, params in (("post.edit", {"rev": 1, "text": "x"}), ("post.retract", {}), ("post.report", {"reason": "rude"})):
		hidden = omer.raw_answer(method, {"post": held["id"], "key": "k", **params})
		absent = omer.raw_answer(method, {"post": "z" * len(held["id"]), "key": "k", **params})
		equal(hidden, absent, method)
		check(b'"not_found"' in hidden, f"{method}: {hidden}")
	with refused("not_found"):
		omer.post(town.forum, "A reply to what I cannot see", reply_to=held["id"])


def test_a_release_posts_under_the_same_id_with_the_next_seq():
	town, noa, (dana,), text, held, item = given_held()
	omer = town.guest("Omer")
	omer.join(town.forum)
	before = omer.say(town.forum, "Meanwhile")["seq"]
	dana.call("desk.release", item=item, key="d")
	event = omer.wait_event("posted", where=lambda e: e["post"]["id"] == held["id"])
	equal((event["seq"], event["post"]["text"], event["post"]["author"]["id"]), (before + 1, text, noa.me["id"]), "seq, text, author")
	equal(dana.call("desk.queue", circle=town.forum).get("items"), [], "the queue")


def test_a_rejected_post_is_seen_by_nobody():
	town, noa, (dana,), text, held, item = given_held()
	omer = town.guest("Omer")
	omer.join(town.forum)
	dana.call("desk.reject", item=item, reason="It insults.", rule="respect", key="d")
	omer.say(town.forum, "Afterwards")
	omer.wait_event("posted", where=lambda e: e["post"]["text"] == "Afterwards")
	check(not omer.has_seen(text) and not omer.has_seen(held["id"]), "the words or the id travelled")
	equal([e["post"]["text"] for e in omer.history(town.forum) if e["kind"] == "posted"], ["Afterwards"], "history")
	equal(dana.call("desk.queue", circle=town.forum).get("items"), [], "the queue")


def test_a_second_decision_is_stale():
	town, noa, (dana, yael), text, held, item = given_held("Dana", "Yael")
	dana.call("desk.reject", item=item, reason="It insults.", key="d1")
	for moderator, method in ((yael, "desk.release"), (yael, "desk.reject"), (dana, "desk.release")):
		with refused("stale"):
			moderator.call(method, item=item, reason="Otherwise", key=talk.unique())
	equal([e for e in noa.history(town.forum) if e["kind"] == "posted"], [], "history")


def test_two_moderators_at_once_make_one_decision():
	town, noa, (dana, yael), text, held, item = given_held("Dana", "Yael")
	asked = [(dana, dana.ask("desk.release", item=item, key="a")), (yael, yael.ask("desk.reject", item=item, reason="It insults.", key="b"))]
	names = []
	for moderator, i in asked:
		try:
			moderator.result(i)
			names.append("done")
		except talk.RpcError as err:
			names.append(err.name)
	equal(sorted(names), ["done", "stale"], "outcomes")


def test_the_same_decision_with_the_same_key_is_answered_the_same():
	town, noa, (dana,), text, held, item = given_held()
	first = dana.call("desk.release", item=item, key="d")
	equal(dana.call("desk.release", item=item, key="d"), first, "the second answer")
	kinds = [e["kind"] for e in noa.history(town.forum)]
	equal(kinds.count("posted"), 1, "posts")


def test_a_claim_is_shown_to_other_moderators_and_can_be_given_back():
	town, noa, (dana, yael), text, held, item = given_held("Dana", "Yael")
	yael.call("desk.join", circle=town.forum)
	dana.call("desk.claim", item=item, key="c1")
	yael.wait_event(journal=f"desk/{town.forum}")
	claimed = talk.queue_item(yael, town.forum, held["id"])
	check(dana.me["id"] in talk.dump(claimed), f"the queue says who: {claimed}")
	dana.call("desk.unclaim", item=item, key="c2")
	yael.wait_event(journal=f"desk/{town.forum}")
	check(dana.me["id"] not in talk.dump(talk.queue_item(yael, town.forum, held["id"])), "given back")


def test_what_somebody_took_in_hand_and_left_is_given_back_by_itself():
	house = talk.serve("limits=0", "claim_seconds=1")
	town = talk.given_process(house)
	noa, dana, yael = town.guest("Noa"), town.moderator(), town.moderator("Yael")
	held = noa.post(town.forum, talk.words("hold"))
	item = talk.item_id(talk.queue_item(dana, town.forum, held["id"]))
	yael.call("desk.join", circle=town.forum)
	dana.call("desk.claim", item=item, key="c1")
	dana.close()
	event = yael.wait_event("unclaimed", f"desk/{town.forum}")
	equal((event["item"], event["by"]), (item, "machine"), "who gave it back")
	check("claimed_by" not in talk.queue_item(yael, town.forum, held["id"]), "the queue says so")
	yael.call("desk.claim", item=item, key="c2")
	yael.call("desk.release", item=item, key="d")
	equal(house.cli("verify").returncode, 0, "verify")


def test_a_removal_takes_the_words_and_keeps_the_place():
	town = talk.given_process(server())
	noa, omer, dana = town.guest("Noa"), town.guest("Omer"), town.moderator()
	omer.join(town.forum)
	post = noa.say(town.forum, "Words to be removed")
	with refused("stale"):
		dana.call("desk.remove", post=post["id"], rev=2, reason="Off the subject.", key="d0")
	dana.call("desk.remove", post=post["id"], rev=1, reason="Off the subject.", rule="respect", key="d1")
	event = omer.wait_event("removed")
	equal((event["post"]["id"], event["post"]["state"], event["post"]["rev"], event["by"]), (post["id"], "removed", 2, "moderators"), "event")
	check(dana.me["id"] not in talk.dump(event) and "Dana" not in talk.dump(event), f"no moderator is named: {event}")
	with refused("stale"):
		dana.call("desk.remove", post=post["id"], rev=1, reason="Off the subject.", key="d2")
	with refused("stale"):
		noa.call("post.edit", post=post["id"], rev=1, text="Words again", key="e")


def test_participants_do_not_come_to_the_desk():
	town, noa, (dana,), text, held, item = given_held()
	panel_member = town.member("participant", "Rivka")
	for person in (noa, panel_member):
		for method, params in (("desk.join", {"circle": town.forum}), ("desk.read", {"circle": town.forum}), ("desk.queue", {"circle": town.forum}),
				("desk.log", {"circle": town.forum})):
			try:
				answer = person.call(method, params)
				talk.fail(f"{method} gave {talk.shorten(answer)}")
			except talk.RpcError as err:
				check(err.name in ("forbidden", "not_found"), f"{method}: {err}")
		for method in ("desk.claim", "desk.release", "desk.reject", "desk.unclaim"):
			hidden = person.raw_answer(method, item=item, reason="Because", key="k")
			absent = person.raw_answer(method, item="z" * len(str(item)), reason="Because", key="k")
			equal(hidden, absent, f"{method} of an item that one may not know")
			check(b'"not_found"' in hidden, f"{method}: {hidden}")
	own = noa.say(town.forum, "Own words")
	with refused("forbidden"):
		noa.call("desk.remove", post=own["id"], rev=1, reason="Mine", key="k")


def test_a_moderator_of_one_circle_is_none_in_another():
	town, noa, (dana,), text, held, item = given_held()
	other = talk.given_process(server())
	stranger = other.moderator("Stranger")
	for method, params in (("desk.queue", {"circle": town.forum}), ("desk.join", {"circle": town.forum})):
		try:
			stranger.call(method, params)
			talk.fail(f"{method} was allowed")
		except talk.RpcError as err:
			check(err.name in ("forbidden", "not_found"), f"{method}: {err}")
	with refused("not_found"):
		stranger.call("desk.release", item=item, key="k")
	equal(talk.item_id(talk.queue_item(dana, town.forum, held["id"])), item, "still there")


def test_a_decision_needs_its_params():
	town, noa, (dana,), text, held, item = given_held()
	for method, params in (("desk.reject", {"item": item, "reason": 5, "key": "k"}), ("desk.release", {"item": item}), ("desk.release", {"key": "k"}),
			("desk.release", {"item": [], "key": "k"}), ("desk.release", {"item": item, "key": ""}), ("desk.remove", {"post": "x", "reason": "r", "key": "k"})):
		with refused("invalid_params"):
			dana.call(method, params)
	with refused("not_found"):
		dana.call("desk.release", item="nothing-such", key="k")


def test_the_queue_and_decisions_survive_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	waiting, rejected, released = (noa.post(town.forum, talk.words("hold")) for _ in range(3))
	for post, method in ((rejected, "desk.reject"), (released, "desk.release")):
		item = talk.item_id(talk.queue_item(dana, town.forum, post["id"]))
		dana.call(method, item=item, reason="Because", key=post["id"][:20])
	house.restart(kill=True)
	dana = town.again(dana)
	queue = dana.call("desk.queue", circle=town.forum)["items"]
	check(waiting["id"] in talk.dump(queue) and rejected["id"] not in talk.dump(queue) and released["id"] not in talk.dump(queue), f"{queue}")
	dana.call("desk.release", item=talk.item_id(talk.queue_item(dana, town.forum, waiting["id"])), key="w")
	equal([e["post"]["id"] for e in dana.history(town.forum) if e["kind"] == "posted"], [released["id"], waiting["id"]], "history")


def test_the_desk_journal_is_caught_up_with_and_its_log_is_chained():
	town, noa, (dana,), text, held, item = given_held()
	dana.call("desk.release", item=item, key="d")
	events = dana.join_all(town.forum, "desk.join")
	equal([e["seq"] for e in events], list(range(1, len(events) + 1)), "seqs")
	check(len(events) >= 2, "a hold and a release")
	equal([e["seq"] for e in dana.call("desk.read", circle=town.forum)["events"]], [e["seq"] for e in events], "desk.read")
	check(dana.call("desk.log", circle=town.forum), "desk.log")


def test_a_moderator_of_a_closed_circle_works_there_too():
	town = talk.given_process(server())
	rivka, dana = town.member("participant", "Rivka"), town.moderator(circle=town.panel)
	text = talk.words("hold", "expert")
	held = rivka.post(town.panel, text)
	equal(held["status"], "held", f"status: {held}")
	item = talk.queue_item(dana, town.panel, held["id"])
	rivka.join(town.panel)
	dana.call("desk.release", item=talk.item_id(item), key="d")
	rivka.wait_event("posted", f"circle/{town.panel}")


talk.main()

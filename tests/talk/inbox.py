#!/usr/bin/python3
"""Each person's inbox: what concerns them, live and days later, theirs alone."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def inbox(client):
	events, after = [], 0
	while True:
		page = client.call("inbox.read", after=after)
		events += page["events"]
		if not page["more"]:
			return events
		after = page["events"][-1]["seq"]


def test_a_held_post_is_told_and_so_is_its_release():
	town = talk.given_process(server())
	noa, omer, moderator = town.guest("Noa"), town.guest("Omer"), town.moderator()
	noa.call("inbox.join")
	omer.join(town.forum)
	text = talk.words("hold")
	held = noa.post(town.forum, text)
	equal(held["status"], "held", "status")
	event = noa.wait_event("post_held", f"inbox/{noa.me['id']}")
	check(held["id"] in talk.dump(event), f"it names the post: {event}")
	item = talk.queue_item(moderator, town.forum, held["id"])
	moderator.call("desk.release", item=talk.item_id(item), key="d")
	event = noa.wait_event("post_released")
	check(held["id"] in talk.dump(event), f"it names the post: {event}")
	posted = omer.wait_event("posted")
	equal((posted["post"]["id"], posted["post"]["text"]), (held["id"], text), "the id given when held is the id when released")


def test_a_rejection_carries_the_reason_and_a_statement_and_not_the_note():
	town = talk.given_process(server())
	noa, moderator = town.guest("Noa"), town.moderator(name=talk.unique("Dana"))
	held = noa.post(town.forum, talk.words("hold"))
	item = talk.queue_item(moderator, town.forum, held["id"])
	note = talk.unique("between us ")
	moderator.call("desk.reject", item=talk.item_id(item), reason="Please speak to the matter.", rule="respect", note=note, key="d")
	noa.call("inbox.join", after=0)
	event = next(e for e in inbox(noa) if e["kind"] == "post_rejected")
	check("Please speak to the matter." in talk.dump(event), f"the reason is shown: {event}")
	check(note not in talk.dump(inbox(noa)), "the note stays at the desk")
	check(moderator.me["id"] not in talk.dump(event) and moderator.me["name"] not in talk.dump(event), f"no moderator is named: {event}")
	equal(event["by"], "moderators", "by")
	statement = event["statement"]
	for key in ("decision", "restriction", "scope", "until", "facts", "rule", "detection", "automation", "appeal_until"):
		check(key in statement, f"statement.{key} in {statement}")


def test_a_removal_is_found_days_later_and_after_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, moderator = town.guest("Noa"), town.moderator()
	post = noa.say(town.forum, "Words that will be removed")
	noa.close()
	moderator.call("desk.remove", post=post["id"], rev=1, reason="It names a private person.", rule="respect", key="d")
	house.restart(kill=True)
	noa = town.again(noa)
	check(noa.opened["inbox_head"] >= 1, f"inbox_head {noa.opened['inbox_head']}")
	event = next(e for e in inbox(noa) if e["kind"] == "post_removed")
	check("It names a private person." in talk.dump(event) and post["id"] in talk.dump(event), f"{event}")


def test_replies_and_mentions_are_told():
	town = talk.given_process(server())
	name = talk.unique("Noa")
	noa, omer = town.guest(name), town.guest("Omer")
	noa.call("inbox.join")
	opener = noa.say(town.forum, "An opener")
	reply = omer.say(town.forum, "A reply to you", reply_to=opener["id"])
	check(reply["id"] in talk.dump(noa.wait_event("replied")), "replied names the post")
	mention = omer.say(town.forum, f"And what does @{name} say?")
	check(mention["id"] in talk.dump(noa.wait_event("mentioned")), "mentioned names the post")
	noa.say(town.forum, "A reply to myself", reply_to=opener["id"])
	noa.barrier()
	equal([e for e in noa.pending if e["kind"] == "replied"], [], "replies to oneself")


def test_a_held_reply_is_not_told_before_its_release():
	town = talk.given_process(server())
	noa, omer, moderator = town.guest("Noa"), town.guest("Omer"), town.moderator()
	noa.call("inbox.join")
	opener = noa.say(town.forum, "An opener")
	text = talk.words("hold")
	held = omer.post(town.forum, text, reply_to=opener["id"])
	item = talk.queue_item(moderator, town.forum, held["id"])
	noa.barrier()
	equal([e["kind"] for e in noa.seen], [], "events before the release")
	moderator.call("desk.release", item=talk.item_id(item), key="d")
	noa.wait_event("replied")


def test_the_inbox_is_numbered_without_gaps_and_joined_like_a_circle():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	opener = noa.say(town.forum, "An opener")
	for i in range(5):
		omer.say(town.forum, f"Reply {i}", reply_to=opener["id"])
	joined = noa.call("inbox.join", after=2)
	equal([e["seq"] for e in joined["events"]], [3, 4, 5], "after 2")
	equal(joined["more"], False, "more")
	omer.say(town.forum, "Reply 5", reply_to=opener["id"])
	equal(noa.wait_event("replied")["seq"], 6, "live")
	equal([e["seq"] for e in inbox(noa)], [1, 2, 3, 4, 5, 6], "by reading")
	equal([e["seq"] for e in noa.call("inbox.read", before=4, limit=2)["events"]], [2, 3], "before")
	equal(town.again(noa).opened["inbox_head"], 6, "inbox_head")
	with refused("position_lost"):
		noa.call("inbox.join", after=99)


def test_nobody_reads_the_inbox_of_another():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.call("inbox.join")
	noa.call("inbox.join")
	opener = noa.say(town.forum, "An opener")
	town.guest("Lior").say(town.forum, "A reply", reply_to=opener["id"])
	noa.wait_event("replied")
	omer.barrier()
	equal(omer.seen, [], "events")
	equal(inbox(omer), [], "Omer's inbox")
	for params in ({"inbox": noa.me["id"]}, {"participant": noa.me["id"]}, {"journal": f"inbox/{noa.me['id']}"}):
		equal(omer.call("inbox.read", params)["events"], [], f"{params}")


def test_all_devices_of_a_person_are_told():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	phone = town.again(noa)
	for device in (noa, phone):
		device.call("inbox.join")
	opener = noa.say(town.forum, "An opener")
	omer.say(town.forum, "A reply", reply_to=opener["id"])
	equal(noa.wait_event("replied"), phone.wait_event("replied"), "the event on both")


talk.main()

#!/usr/bin/python3
"""Joining a circle: nothing, the tail, or everything since; then live without a gap."""
import pathlib
import random
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given_talk(posts=12):
	town = talk.given_process(server())
	omer = town.guest("Omer")
	said = [omer.say(town.forum, f"Word number {i}") for i in range(posts)]
	return town, omer, said


def test_joining_without_a_position_gives_no_events_and_then_live():
	town, omer, said = given_talk(3)
	noa = town.guest("Noa")
	joined = noa.join(town.forum)
	equal((joined["events"], joined["more"]), ([], False), "events and more")
	equal(joined["head"], said[-1]["seq"], "head")
	check(isinstance(joined["epoch"], str) and joined["epoch"], "epoch is a string")
	for key in ("id", "title", "access", "phase", "pace", "door", "frozen", "pinned", "charter_version"):
		check(key in joined["circle"], f"circle.{key} in {sorted(joined['circle'])}")
	equal(joined["circle"]["charter_version"], 1, "charter_version")
	after = omer.say(town.forum, "After you joined")
	equal(noa.wait_event("posted")["seq"], after["seq"], "first live event")


def test_joining_after_zero_gives_everything_from_one():
	town, _, said = given_talk()
	events = town.guest("Noa").join_all(town.forum)
	equal([event["seq"] for event in events], list(range(1, len(events) + 1)), "seqs without a gap from 1")
	equal([event["post"]["id"] for event in events if event["kind"] == "posted"], [post["id"] for post in said], "posts in order")


def test_joining_after_n_gives_what_follows_n():
	town, _, said = given_talk()
	events = town.guest("Noa").join(town.forum, after=said[8]["seq"])["events"]
	equal([event["seq"] for event in events], [post["seq"] for post in said[9:]], "seqs")
	equal(town.guest("Lior").join(town.forum, after=said[-1]["seq"])["events"], [], "after the head")


def test_joining_with_a_tail_gives_the_last_posts_with_the_roots_of_their_threads():
	town, omer, said = given_talk(10)
	reply = omer.say(town.forum, "A late reply to the first", reply_to=said[0]["id"])
	joined = town.guest("Noa").join(town.forum, tail=3)
	posts = [event["post"]["id"] for event in joined["events"] if event["kind"] == "posted"]
	equal(posts, [said[0]["id"], said[8]["id"], said[9]["id"], reply["id"]], "the root, then the last three")
	equal(joined["more"], False, "more")
	check(joined["events"][0]["seq"] == 1, "the root keeps its envelope")


def test_a_tail_longer_than_the_circle_gives_all_and_a_tail_of_zero_none():
	town, _, said = given_talk(4)
	joined = town.guest("Noa").join(town.forum, tail=400)
	equal(len([e for e in joined["events"] if e["kind"] == "posted"]), 4, "posts")
	try:
		equal(town.guest("Lior").join(town.forum, tail=0)["events"], [], "tail 0")
	except talk.RpcError as err:
		equal(err.name, "invalid_params", "a tail of 0 is nothing or refused")


def test_live_events_start_right_after_the_tail():
	town, omer, said = given_talk(6)
	noa = town.guest("Noa")
	last = noa.join(town.forum, tail=2)["events"][-1]["seq"]
	omer.say(town.forum, "Straight on")
	equal(noa.wait_event()["seq"], last + 1, "first live seq")


def test_after_with_tail_and_wrong_positions_are_invalid_params():
	town, _, _ = given_talk(2)
	noa = town.guest("Noa")
	for params in ({"after": 1, "tail": 1}, {"after": -1}, {"tail": -1}, {"after": "1"}, {"tail": 1.5}, {"after": None, "tail": "x"},
			{"after": 2**70}, {"epoch": 7}, {"after": True}):
		try:
			noa.join(town.forum, **params)
			talk.fail(f"{params} was allowed")
		except talk.RpcError as err:
			check(err.name in ("invalid_params", "parse_error") and (err.name == "invalid_params" or params == {"after": 2**70}), f"{params}: {err}")


def test_a_position_beyond_the_head_or_of_another_epoch_is_lost():
	town, _, said = given_talk(3)
	noa = town.guest("Noa")
	epoch = noa.join(town.forum)["epoch"]
	with refused("position_lost"):
		noa.join(town.forum, after=said[-1]["seq"] + 1)
	with refused("position_lost"):
		noa.join(town.forum, after=1, epoch=epoch + "x")
	equal(len(noa.join(town.forum, after=said[0]["seq"], epoch=epoch)["events"]), 2, "the right epoch")


def test_the_epoch_stays_across_kill_9_and_positions_hold():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	omer = town.guest("Omer")
	said = [omer.say(town.forum, f"Before the fall {i}") for i in range(5)]
	joined = omer.join(town.forum)
	house.restart(kill=True)
	again = town.again(omer).join(town.forum, after=said[1]["seq"], epoch=joined["epoch"])
	equal(again["epoch"], joined["epoch"], "epoch")
	equal([e["post"]["id"] for e in again["events"]], [p["id"] for p in said[2:]], "events since")


def test_while_more_is_true_nothing_live_is_sent():
	town = talk.given_process(server())
	omer, noa = town.guest("Omer"), town.guest("Noa")
	text = "A long word. " * 400
	for i in range(30):
		omer.say(town.forum, f"{i} {text}")
	page = noa.join(town.forum, after=0)
	equal(page["more"], True, "more, at 150 kB of events")
	omer.say(town.forum, "Not yet for Noa")
	noa.barrier()
	equal(noa.seen, [], "live events while more is true")
	seqs = [event["seq"] for event in page["events"]]
	while page["more"]:
		page = noa.join(town.forum, after=seqs[-1])
		seqs += [event["seq"] for event in page["events"]]
	last = omer.say(town.forum, "Now for Noa too")
	noa.wait_seq(f"circle/{town.forum}", last["seq"])
	seqs += [event["seq"] for event in noa.seen]
	equal(seqs, list(range(1, last["seq"] + 1)), "every seq once")


def test_joining_while_others_write_loses_and_doubles_nothing():
	town = talk.given_process(server())
	writers = [town.guest(f"Writer {i}") for i in range(3)]
	readers = [town.guest(f"Reader {i}") for i in range(6)]
	wrong = []

	def write(writer, n):
		try:
			for i in range(40):
				writer.say(town.forum, f"{n} says {i}")
		except Exception as err:
			wrong.append(err)

	threads = [threading.Thread(target=write, args=(writer, n)) for n, writer in enumerate(writers)]
	for thread in threads:
		thread.start()
	pages = {}
	for reader in readers:
		pages[reader] = reader.join_all(town.forum)
	for thread in threads:
		thread.join()
	equal(wrong, [], "writers")
	last = writers[0].say(town.forum, "The end")["seq"]
	pictures = set()
	for reader in readers:
		reader.wait_seq(f"circle/{town.forum}", last)
		events = pages[reader] + reader.seen
		equal([event["seq"] for event in events], list(range(1, last + 1)), "seqs")
		pictures.add(talk.dump(talk.Fold(events).picture()))
	equal(len(pictures), 1, "folds of equal heads are equal")


def test_a_tail_holds_what_happened_among_its_posts():
	town, omer, said = given_talk(6)
	omer.call("post.edit", post=said[0]["id"], rev=1, text="Word number 0, better", key="e0")
	last = omer.say(town.forum, "The last")
	events = town.guest("Noa").join(town.forum, tail=3)["events"]
	equal([(e["kind"], e["post"]["id"]) for e in events], [("posted", said[0]["id"]), ("posted", said[4]["id"]), ("posted", said[5]["id"]), ("edited", said[0]["id"]), ("posted", last["id"])],
		"from the third last post on, and the root of the thread in which something was edited")


def test_joining_again_with_pages_to_come_stops_the_live_events():
	town = talk.given_process(server())
	omer, noa = town.guest("Omer"), town.guest("Noa")
	text = "A long word. " * 400
	for i in range(20):
		omer.say(town.forum, f"{i} {text}")
	noa.join(town.forum)
	omer.say(town.forum, "Heard live")
	noa.wait_event("posted")
	page = noa.join(town.forum, after=0)
	equal(page["more"], True, "more")
	omer.say(town.forum, "Not yet heard")
	noa.barrier()
	equal(noa.pending, [], "live events while more is true")


def test_joins_and_leaves_in_quick_succession_never_lose_or_double_an_event():
	town = talk.given_process(server())
	omer, noa = town.guest("Omer"), town.guest("Noa")
	stop, wrong = threading.Event(), []

	def write():
		n = 0
		try:
			while not stop.is_set():
				asked = [omer.ask("post.create", circle=town.forum, text=f"Word {n} {i}", key=f"{n}-{i}") for i in range(5)]
				for i in asked:
					omer.result(i)
				n += 1
		except Exception as err:
			wrong.append(repr(err))

	writer = threading.Thread(target=write)
	writer.start()
	try:
		dice = random.Random(11)
		for _ in range(150):
			head = noa.join(town.forum)["head"]
			asked = [noa.ask("circle.join", {"circle": town.forum, **dice.choice([{"after": max(0, head - dice.randrange(30))}, {"tail": dice.randrange(1, 30)}, {}])})
				for _ in range(dice.randrange(1, 4))]
			for i in asked:
				noa.result(i)
			if dice.random() < 0.3:
				noa.call("circle.leave", circle=town.forum)
	finally:
		stop.set()
		writer.join()
	equal(wrong, [], "the writer")
	check(len(noa.seen) > 20, f"{len(noa.seen)} live events")


def test_a_crowd_that_joins_at_once_is_told_one_thing_and_misses_nothing():
	town, omer, said = given_talk(2)
	for round in range(3):
		crowd = [town.guest(f"Guest {i}") for i in range(20)]
		asked = [guest.ask("circle.join", circle=town.forum) for guest in crowd]
		joined = [guest.result(number) for guest, number in zip(crowd, asked)]
		check(all(answer == joined[0] for answer in joined), "one and the same answer")
		equal(joined[0]["head"], said[-1]["seq"], "head")
		said.append(omer.say(town.forum, f"After {round}"))
		for guest in crowd:
			equal(guest.wait_event("posted")["seq"], said[-1]["seq"], "the first live event")
			guest.close()


def test_who_joins_in_a_crowd_and_leaves_in_the_same_breath_has_left():
	town, omer, said = given_talk(2)
	crowd = [town.guest(f"Guest {i}") for i in range(20)]
	asked = [(guest.ask("circle.join", circle=town.forum), guest.ask("circle.leave", circle=town.forum)) for guest in crowd]
	for guest, (joining, leaving) in zip(crowd, asked):
		guest.result(joining)
		guest.result(leaving)
	stayed = town.guest("Noa")
	equal(stayed.join(town.forum)["head"], said[-1]["seq"], "head")
	omer.say(town.forum, "For who stayed")
	stayed.wait_event("posted")
	for guest in crowd:
		guest.barrier()
		check(not guest.has_seen("For who stayed"), "told who had left")


def test_who_hangs_up_while_joining_in_a_crowd_keeps_nobody_waiting():
	town, _, said = given_talk(2)
	crowd = [town.guest(f"Guest {i}") for i in range(20)]
	asked = [guest.ask("circle.join", circle=town.forum) for guest in crowd]
	for guest in crowd[::2]:
		guest.drop()
	for guest, number in list(zip(crowd, asked))[1::2]:
		equal(guest.result(number)["head"], said[-1]["seq"], "head")


def test_a_crowd_that_joins_what_is_not_there_is_refused_one_by_one():
	town = talk.given_process(server())
	crowd = [town.guest(f"Guest {i}") for i in range(20)]
	asked = [guest.ask("circle.join", circle="no-such-circle") for guest in crowd]
	for guest, number in zip(crowd, asked):
		with refused("not_found"):
			guest.result(number)


def test_leaving_ends_the_live_events():
	town, omer, _ = given_talk(1)
	noa = town.guest("Noa")
	noa.join(town.forum)
	equal(noa.call("circle.leave", circle=town.forum), {}, "answer")
	omer.say(town.forum, "Unheard by Noa")
	noa.barrier()
	equal(noa.seen, [], "events after leaving")
	noa.join(town.forum)
	omer.say(town.forum, "Heard again")
	noa.wait_event("posted", where=lambda event: event["post"]["text"] == "Heard again")


def test_joining_again_moves_the_position():
	town, omer, said = given_talk(3)
	noa = town.guest("Noa")
	noa.join(town.forum)
	equal(len(noa.join(town.forum, after=said[0]["seq"])["events"]), 2, "events of the second join")
	omer.say(town.forum, "Once only")
	noa.wait_event("posted")
	noa.barrier()
	equal(noa.pending, [], "a second delivery")


talk.main()

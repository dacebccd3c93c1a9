#!/usr/bin/python3
"""Reading back: bounds exclusive, always ascending, in pages."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


_given = []


def given_twenty():
	if not _given or not _given[0].server.alive():
		town = talk.given_process(server())
		omer = town.guest("Omer")
		first = omer.say(town.forum, "Word 0")
		others = [omer.say(town.forum, f"Word {i}", **({"reply_to": first["id"]} if i % 4 == 0 else {})) for i in range(1, 20)]
		_given[:] = [town, first, others]
	town, first, others = _given
	return town, town.guest("Noa"), [first, *others]


def read(client, circle, **params):
	page = client.call("history.read", circle=circle, **params)
	seqs = [e["seq"] for e in page["events"]]
	equal(seqs, sorted(set(seqs)), "ascending")
	return seqs, page["more"]


def test_after_gives_what_follows_exclusive():
	town, noa, said = given_twenty()
	seqs, more = read(noa, town.forum, after=said[9]["seq"])
	equal((seqs, more), ([p["seq"] for p in said[10:]], False), "after the tenth")
	seqs, more = read(noa, town.forum, after=said[9]["seq"], limit=4)
	equal((seqs, more), ([p["seq"] for p in said[10:14]], True), "four after the tenth")
	equal(read(noa, town.forum, after=said[-1]["seq"]), ([], False), "after the head")


def test_before_gives_the_nearest_page_ascending_exclusive():
	town, noa, said = given_twenty()
	seqs, more = read(noa, town.forum, before=said[10]["seq"], limit=4)
	equal((seqs, more), ([p["seq"] for p in said[6:10]], True), "four before the eleventh")
	seqs, more = read(noa, town.forum, before=2, limit=4)
	equal((seqs, more), ([1], False), "before the second event")
	equal(read(noa, town.forum, before=1), ([], False), "before the first event")


def test_neither_gives_the_newest():
	town, noa, said = given_twenty()
	seqs, more = read(noa, town.forum, limit=5)
	equal((seqs, more), ([p["seq"] for p in said[-5:]], True), "newest five")
	seqs, more = read(noa, town.forum)
	equal((seqs[-1], more), (said[-1]["seq"], False), "all twenty fit in the default of 100")


def test_one_thread_alone_can_be_read():
	town, noa, said = given_twenty()
	page = noa.call("history.read", circle=town.forum, thread=said[0]["id"])
	posts = [e["post"] for e in page["events"] if e["kind"] == "posted"]
	equal([p["id"] for p in posts], [said[0]["id"], *[said[i]["id"] for i in (4, 8, 12, 16)]], "posts of the thread")
	seqs, more = read(noa, town.forum, thread=said[0]["id"], limit=2)
	equal((seqs, more), ([said[12]["seq"], said[16]["seq"]], True), "newest two")
	seqs, more = read(noa, town.forum, thread=said[0]["id"], after=said[4]["seq"], limit=2)
	equal((seqs, more), ([said[8]["seq"], said[12]["seq"]], True), "after the second")


def test_a_thread_is_read_with_what_happened_to_its_posts():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	root, other = noa.say(town.forum, "The root"), noa.say(town.forum, "Another thread")
	reply = noa.say(town.forum, "A reply", reply_to=root["id"])
	noa.call("post.edit", post=reply["id"], rev=1, text="A better reply", key="e")
	noa.call("post.edit", post=other["id"], rev=1, text="Another thread, edited", key="e2")
	noa.call("post.retract", post=root["id"], key="r")
	events = noa.call("history.read", circle=town.forum, thread=root["id"])["events"]
	equal([(e["kind"], e["post"]["id"]) for e in events], [("posted", root["id"]), ("posted", reply["id"]), ("edited", reply["id"]), ("retracted", root["id"])], "events")


def test_the_limit_is_a_hundred_if_absent_and_clamped_to_five_hundred():
	town = talk.given_process(server())
	omer = town.guest("Omer")
	asked = [omer.ask("post.create", circle=town.forum, text=f"w {i}", key=f"k{i}") for i in range(520)]
	head = max(omer.result(i)["seq"] for i in asked)
	noa = town.guest("Noa")
	seqs, more = read(noa, town.forum)
	equal((len(seqs), seqs[-1], more), (100, head, True), "without a limit")
	seqs, more = read(noa, town.forum, after=0, limit=100000)
	check(len(seqs) <= 500 and more, f"{len(seqs)} events at a limit of 100,000")
	equal(seqs, list(range(1, len(seqs) + 1)), "from the first on")


def test_walking_backwards_meets_everything_once():
	town, noa, said = given_twenty()
	seen, before = [], None
	for _ in range(30):
		seqs, more = read(noa, town.forum, limit=3, **({"before": before} if before else {}))
		seen = seqs + seen
		if not more:
			break
		before = seqs[0]
	equal(seen, list(range(1, said[-1]["seq"] + 1)), "seqs")


def test_reading_needs_no_join_and_starts_nothing_live():
	town, noa, said = given_twenty()
	read(noa, town.forum)
	town.guest("Lior").call("circle.typing", circle=town.forum)
	noa.barrier()
	equal(noa.seen, [], "events")


def test_wrong_bounds_are_invalid_params():
	town, noa, said = given_twenty()
	for params in ({"after": -1}, {"before": -1}, {"after": "1"}, {"limit": 0}, {"limit": -3}, {"limit": "5"}, {"limit": 2.5},
			{"thread": 5}, {"before": [1]}):
		with refused("invalid_params"):
			noa.call("history.read", {"circle": town.forum, **params})
	with refused("not_found"):
		noa.call("history.read", circle=town.forum, thread="nothing-such")


def test_both_bounds_are_refused_or_both_kept():
	town, noa, said = given_twenty()
	try:
		seqs, _ = read(noa, town.forum, after=3, before=9)
		check(all(3 < seq < 9 for seq in seqs), f"{seqs}")
	except talk.RpcError as err:
		equal(err.name, "invalid_params", "refusal")


def test_events_in_history_are_as_they_were_live():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	noa.join(town.forum)
	last = [omer.say(town.forum, f"Word {i}") for i in range(5)][-1]["seq"]
	noa.wait_seq(f"circle/{town.forum}", last)
	equal(talk.dump(noa.history(town.forum)[-5:]), talk.dump(noa.seen), "events")


talk.main()

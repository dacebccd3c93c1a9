#!/usr/bin/python3
"""The heaviest that one may send still gives frames of 64 KiB, to the author, to readers and to the desk."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

ASTRAL = "𐤀𐤁𐤂𐤃𐤄𐤅𐤆 " * 1000	# 8,000 code points, 29,000 bytes
CONTROL = "a line\n" * 1000	# escaped, two bytes for one


def server():
	return talk.shared("limits=0")


def test_a_text_full_of_what_is_held_has_reasons_that_fit():
	town = talk.given_process(server())
	noa, dana = town.guest("Noa"), town.moderator()
	noa.call("inbox.join")
	dana.call("desk.join", circle=town.forum)
	for word in ("idiot ", "you idiot, ", "fuck you ", "אידיוט ", "kill yourself ", "http://spam.example/a ", "حمار "):
		text = (word * 8000)[:8000]
		answer = noa.post(town.forum, text)
		noa.call("draft.check", circle=town.forum, text=text)
		if answer["status"] == "held":
			noa.wait_event("post_held")
			dana.wait_event(journal=f"desk/{town.forum}")
			talk.queue_item(dana, town.forum, answer["id"])
	dana.call("desk.log", circle=town.forum)
	dana.call("desk.read", circle=town.forum)
	noa.call("me.posts")
	noa.call("me.export")


def test_a_heavy_edit_of_a_heavy_post_reaches_the_desk_and_the_author():
	town = talk.given_process(server())
	noa, dana, omer = town.guest("Noa"), town.moderator(), town.guest("Omer")
	noa.call("inbox.join")
	omer.join(town.forum)
	dana.call("desk.join", circle=town.forum)
	for heavy in (ASTRAL, CONTROL, "שלום עולם " * 800, "\"\\" * 4000):
		post = noa.post(town.forum, heavy)
		insult = talk.words("hold")
		if post["status"] == "nudged":
			post = noa.post(town.forum, heavy, nudge=post["nudge"])
		check(post["status"] in ("posted", "held"), f"{heavy[:10]!r}…: {talk.shorten(talk.dump(post))}")
		if post["status"] == "held":
			item = talk.queue_item(dana, town.forum, post["id"])
			dana.call("desk.release", item=talk.item_id(item), key=talk.unique())
		omer.wait_event("posted", where=lambda e: e["post"]["id"] == post["id"])
		edited = heavy[:len(heavy) - len(insult) - 1] + " " + insult
		answer = noa.call("post.edit", post=post["id"], rev=1, text=edited, key=talk.unique())
		equal(answer["status"], "held", "status of the edit")
		item = talk.queue_item(dana, town.forum, post["id"])
		dana.call("desk.release", item=talk.item_id(item), key=talk.unique())
		event = omer.wait_event("edited", where=lambda e: e["post"]["id"] == post["id"])
		check(event["post"]["text"] == edited and event["post"]["rev"] == 2, "the released edit")
	dana.join_all(town.forum, "desk.join")
	noa.join_all(None, "inbox.join")
	noa.call("me.posts")


def test_heavy_reports_and_reasons_fit():
	town = talk.given_process(server())
	noa, dana = town.guest("Noa"), town.moderator()
	dana.call("desk.join", circle=town.forum)
	noa.call("inbox.join")
	post = noa.say(town.forum, "שלום עולם " * 800)
	size = 4000
	while size > 10:
		try:
			for i in range(25):
				town.guest(f"Reporter {i}").call("post.report", post=post["id"], reason="𐤀" * size, note="\"" * size, key="k")
			break
		except talk.RpcError as err:
			check(err.name in ("invalid_params", "too_large"), f"{err}")
			size //= 2
	check(size > 10, "no report was taken")
	talk.queue_item(dana, town.forum, post["id"])
	dana.call("desk.read", circle=town.forum)
	size = 4000
	while size > 10:
		try:
			dana.call("desk.remove", post=post["id"], rev=1, reason="𐤀" * size, note="\"" * size, key="d")
			break
		except talk.RpcError as err:
			check(err.name in ("invalid_params", "too_large"), f"{err}")
			size //= 2
	check(size > 10, "no reason was taken")
	noa.wait_event("post_removed")
	dana.join_all(town.forum, "desk.join")
	dana.call("desk.log", circle=town.forum)
	noa.call("me.export")


def test_a_process_with_long_texts_is_read_in_frames_that_fit():
	long = {"he": "א" * 4000, "ar": "ب" * 4000, "en": "a" * 4000}
	declaration = talk.declaration()
	declaration["charter"].update({"goals": long, "how_it_works": long, "use_of_information": long, "decision_path": long, "product": long,
		"promises": [{"id": f"p{i}", "text": long} for i in range(10)]})
	declaration["rules"] = [{"id": f"r{i}", "text": long} for i in range(20)]
	path = server().folder / "long.json"
	path.write_text(talk.dump(declaration))
	done = server().cli("process", "apply", str(path))
	if done.returncode:
		equal(done.returncode, 1, "a charter that no frame could carry is refused with a sentence")
		check(done.stderr.strip(), "a sentence")
		return
	noa = server().guest("Noa", "he")
	noa.call("charter.read", process=declaration["id"])
	noa.call("process.read", process=declaration["id"])


def test_long_titles_of_many_circles_fit_into_the_opening():
	for i in range(3):
		circles = [{"id": talk.unique("c"), "title": {"he": "כ" * 200, "en": "t" * 200}, "access": "public", "policy": "public"} for _ in range(60)]
		talk.given_process(server(), circles, title={"he": "ת" * 200, "en": "t" * 200})
	noa = server().guest("Noa", "he")
	check(sum(len(p["circles"]) for p in noa.opened["processes"]) <= 50, "at most 50 circles")


def test_a_closed_circle_with_many_members_lists_them_in_frames_that_fit():
	town = talk.given_process(server())
	rivka = None
	for invitation in server().invite_many(town.panel, name="ר" * 50, organisation="א" * 100, count=450):
		wire = talk.Wire(server())
		wire.call("session.open", token=invitation["token"])
		wire.close()
	rivka = town.member()
	members = rivka.call("circle.members", circle=town.panel)["members"]
	check(len(members) > 100, f"{len(members)} members are listed")


talk.main()

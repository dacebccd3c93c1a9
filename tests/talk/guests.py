#!/usr/bin/python3
"""Guests: whoever comes without a token is new, carries a tag, and may enter what is public."""
import contextlib
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_a_guest_is_new_every_time_whatever_the_name():
	one, other = server().guest("Noa"), server().guest("Noa")
	check(one.me["id"] != other.me["id"], "two guests with one name are two people")
	check(one.me.get("tag") and other.me.get("tag"), f"guests carry a tag: {one.me}")
	check(one.opened["resume"] != other.opened["resume"], "each has a resume of their own")
	equal(one.me["name"], "Noa", "name")


def test_the_answer_to_session_open_holds_what_is_promised():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	for key in ("participant", "resume", "inbox_head", "limits", "server", "processes"):
		check(key in noa.opened, f"{key} in {sorted(noa.opened)}")
	for key in ("id", "name", "kind", "role"):
		check(key in noa.me, f"participant.{key}")
	equal(noa.me["kind"], "guest", "kind")
	equal(noa.opened["inbox_head"], 0, "inbox_head of somebody new")
	check(isinstance(noa.opened["server"]["name"], str) and isinstance(noa.opened["server"]["version"], str), "server")
	process = next(p for p in noa.opened["processes"] if p["id"] == town.process)
	equal(process["charter_version"], 1, "charter_version")
	equal([c["id"] for c in process["circles"]], [town.forum], "a guest is shown the public circle alone")
	circle = process["circles"][0]
	for key in ("id", "title", "access", "phase", "head", "unread"):
		check(key in circle, f"circle.{key} in {circle}")
	equal((circle["title"], circle["access"]), ("Forum", "public"), "title and access")


def test_texts_for_people_come_in_the_language_of_the_session():
	town = talk.given_process(server())
	for lang, title in (("he", "פורום"), ("ar", "منتدى"), ("en", "Forum")):
		noa = town.guest("Noa", lang)
		process = next(p for p in noa.opened["processes"] if p["id"] == town.process)
		equal(process["circles"][0]["title"], title, f"title in {lang}")
		equal(noa.join(town.forum)["circle"]["title"], title, f"title in circle.join in {lang}")


def test_newcomers_are_told_what_stands_when_they_come():
	"""What one newcomer is told may be told to the next, until something happens."""
	town = talk.given_process(server())
	dana = town.moderator()
	dana.call("desk.join", circle=town.forum)

	def listed(who):
		return next(p for p in who.opened["processes"] if p["id"] == town.process)

	def happens(n):
		town.declaration["title"]["en"] = f"Title {n}"
		server().apply(town.declaration)

	seen = []
	for change in (lambda: None, lambda: dana.say(town.forum, "One more"),
		lambda: dana.call("desk.door", circle=town.forum, door="closed", reason="It was a trial.", key="d1"), lambda: happens(1), lambda: happens(2)):
		change()
		for lang in ("en", "he", "en", "ar", "en"):
			first, second = (town.guest("Noa", lang) for _ in range(2))
			equal(listed(first), listed(second), "what the second is told")
			equal(listed(second), listed(town.again(second)), "what a reader finds")
			equal(listed(second)["title"], listed(town.again(second, lang=lang))["title"], "the language")
		seen.append(talk.dump(listed(second)))
	equal([seen[3].count("Title 1"), seen[4].count("Title 2")], [1, 1], "titles")
	check(seen[1] != seen[2], "a closed door shows")


def test_the_tag_is_shown_wherever_a_guest_is_shown():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	noa.say(town.forum, "A first word from a guest.")
	author = omer.wait_event("posted")["post"]["author"]
	equal((author["id"], author["name"], author["kind"], author["tag"]), (noa.me["id"], "Noa", "guest", noa.me["tag"]), "author")
	author = omer.history(town.forum)[-1]["post"]["author"]
	equal(author["tag"], noa.me["tag"], "tag in history")


def test_a_guest_may_have_no_name():
	nameless = server().client().open()
	check(isinstance(nameless.me["name"], str), "a name is given, empty or not")


def test_names_with_control_or_direction_characters_are_refused():
	for bad in ("No\u202ea", "No\u0007a", "No\na", "\u2066Noa\u2069", "No\u200fa", "\u2029", "x" * 5000):
		client = server().client()
		with refused("invalid_params"):
			client.open(name=bad)
		client.open(name="Noa")


def test_hebrew_and_arabic_names_stand_as_written():
	for name in ("נֹעָה", "محمد علي", "Zoë O'Hara-Łuk", "דנה 2"):
		equal(server().client().open(name=name).me["name"], name, "name")


def test_an_outdated_or_unknown_accept_is_ignored():
	town = talk.given_process(server())
	for accept in ({"process": town.process, "version": 77}, {"process": town.process, "version": 0}, {"process": "nothing-such", "version": 1}):
		noa = server().guest("Noa", accept=accept)
		with refused("charter_not_accepted"):
			noa.post(town.forum, "Am I heard?")


def test_guests_may_not_enter_a_closed_circle():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	with refused("not_found"):
		noa.join(town.panel)


def test_process_read_pages_what_session_open_does_not_list():
	circles = [{"id": talk.unique("c"), "title": f"Circle {i}", "access": "public", "policy": "public"} for i in range(70)]
	town = talk.given_process(server(), circles)
	noa = town.guest("Noa")
	listed = sum(len(p["circles"]) for p in noa.opened["processes"])
	check(listed <= 50, f"{listed} circles are listed")
	found, after = [], None
	for _ in range(80):
		page = noa.call("process.read", {"process": town.process, **({"after": after} if after else {})})
		found += [circle["id"] for circle in page["circles"]]
		if not page["more"]:
			break
		after = page["circles"][-1]["id"]
	equal(sorted(found), sorted(circle["id"] for circle in circles), "all circles by process.read")


def test_a_guest_who_never_spoke_is_forgotten_long_after_the_last_visit():
	clock = talk.Clock()
	server = talk.serve("limits=0", env=clock.env)
	town = talk.given_process(server)
	silent, speaker = town.guest("Silent"), town.guest("Speaker")
	silent.join(town.forum)
	silent.call("circle.mark", circle=town.forum, seq=0)
	speaker.say(town.forum, "I said something")
	resume = speaker.opened["resume"]
	clock.set("+61d")

	def names():
		with contextlib.closing(sqlite3.connect(f"file:{server.data}/maagal.db?mode=ro", uri=True)) as store:
			return {name for name, in store.execute("SELECT name FROM person")}, store.execute("SELECT count(*) FROM device").fetchone()[0]

	talk.wait_until(lambda: names() == ({"Speaker"}, 0), "who said nothing is gone, and all old devices", 30)
	with refused("unauthorised"):
		server.client().open(resume=resume)
	equal(server.guest("Noa").history(town.forum)[0]["post"]["author"]["name"], "Speaker", "who spoke is known by name")


talk.main()

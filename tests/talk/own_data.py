#!/usr/bin/python3
"""One's own name, contributions, data and erasure."""
import hashlib
import pathlib
import sqlite3
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_a_new_name_is_shown_from_then_on():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	noa.say(town.forum, "Under the old name")
	noa.call("me.update", name="Noa Bar")
	noa.say(town.forum, "Under the new name")
	event = omer.wait_event("posted", where=lambda e: e["post"]["text"] == "Under the new name")
	equal((event["post"]["author"]["name"], event["post"]["author"]["tag"]), ("Noa Bar", noa.me["tag"]), "name and tag")
	equal(town.again(noa).me["name"], "Noa Bar", "name after resume")


def test_a_new_language_is_spoken_from_then_on():
	town = talk.given_process(server())
	noa = town.guest("Noa", "en")
	noa.call("me.update", lang="he")
	try:
		noa.join("no-such-circle")
	except talk.RpcError as err:
		check(any("א" <= c <= "ת" for c in err.message), f"message: {err.message}")


def test_wrong_names_are_refused():
	noa = server().guest("Noa")
	for params in ({"name": 7}, {"name": "a\u202eb"}, {"name": "x" * 5000}, {"name": "a\nb"}, {"lang": 5}):
		with refused("invalid_params"):
			noa.call("me.update", params)
	equal(server().client().open(resume=noa.opened["resume"]).me["name"], "Noa", "name")


def test_ones_posts_come_with_their_state():
	town = talk.given_process(server())
	noa, omer, dana = town.guest("Noa"), town.guest("Omer"), town.moderator()
	kept, retracted, removed = (noa.say(town.forum, text) for text in ("Kept", "Taken back", "Removed"))
	omer.say(town.forum, "Omer's own words")
	held_text = talk.words("hold")
	held = noa.post(town.forum, held_text)
	noa.call("post.retract", post=retracted["id"], key="r")
	dana.call("desk.remove", post=removed["id"], rev=1, reason="Off the subject.", key="d")
	answer = talk.dump(noa.call("me.posts"))
	for post in (kept, retracted, removed, held):
		check(post["id"] in answer, f"{post} in {answer}")
	for state in ("visible", "retracted", "removed", "held"):
		check(f'"{state}"' in answer, f"{state} in {answer}")
	check("Omer's own words" not in answer, "others' words")


def test_the_export_holds_everything_of_ones_own_and_nothing_of_others():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	noa.say(town.forum, "My own words")
	omer.say(town.forum, "The words of Omer")
	export = talk.dump(noa.call("me.export"))
	for words in (noa.me["id"], "Noa", "My own words", town.process):
		check(words in export, f"{words} in {export}")
	for words in ("The words of Omer", omer.me["id"], noa.opened["resume"]):
		check(words not in export, f"{words} in {export}")


def test_a_large_export_comes_in_frames_that_fit():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	text = "Ninety thousand characters of my own words. " * 150
	ids = [noa.say(town.forum, f"{i} {text}")["id"] for i in range(15)]
	for method in ("me.posts", "me.export"):
		found, before = [], None
		for _ in range(40):
			page = noa.call(method, {"before": before} if before else {})
			found += [post["id"] for post in page["posts"]]
			if not page["more"]:
				break
			before = found[-1]
		equal(sorted(found), sorted(ids), f"all of one's posts, once, by pages of {method}")


def test_erasure_takes_words_and_identity_and_keeps_number_and_shape():
	town = talk.given_process(server())
	name = talk.unique("Omer")
	noa, omer = town.guest("Noa"), town.guest(name)
	phone = town.again(omer)
	secret = talk.unique("words of omer ")
	post = omer.say(town.forum, secret)
	reply = noa.say(town.forum, "A reply that stays", reply_to=post["id"])
	noa.join(town.forum)
	omer.call("me.erase")
	event = noa.wait_event("erased")
	equal((event["post"]["id"], event["post"]["state"]), (post["id"], "erased"), "event")
	check(secret not in talk.dump(event) and name not in talk.dump(event) and omer.me["id"] not in talk.dump(event["post"].get("author", {})), f"{event}")
	posts = [e["post"] for e in noa.history(town.forum) if e["kind"] == "posted"]
	equal([(p["id"], p["state"]) for p in posts], [(post["id"], "erased"), (reply["id"], "visible")], "history keeps the place")
	with refused("unauthorised"):
		server().client().open(resume=omer.opened["resume"])
	try:
		phone.call("circle.join", circle=town.forum)
		talk.fail("the other device of an erased person goes on")
	except talk.RpcError as err:
		equal(err.name, "unauthorised", "the other device")
	except talk.Closed:
		pass


def test_after_erasure_the_data_directory_holds_none_of_it():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	name, secret = "Omer" + talk.secrets.token_hex(8), "words" + talk.secrets.token_hex(8)
	omer = town.guest(name)
	post = omer.say(town.forum, f"My {secret} here")
	omer.call("post.edit", post=post["id"], rev=1, text=f"My {secret} there", key="e")
	omer.post(town.forum, talk.words("hold") + secret)
	noa.say(town.forum, "A word that stays")
	talk.wait_until(lambda: noa.call("history.search", circle=town.forum, query=secret)["posts"], "it is found before")
	omer.call("me.erase")
	equal(noa.call("history.search", circle=town.forum, query=secret)["posts"], [], "search")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify after an erasure: {done.stdout}{done.stderr}")
	for path in house.data.rglob("*"):
		if path.is_file():
			data = path.read_bytes()
			check(secret.encode() not in data, f"{path.name} holds the erased words")
			check(name.encode() not in data, f"{path.name} holds the erased name")


def given_judged(town, house):
	"""Omer, of whom moderators wrote by name wherever they can: gives his words, name and what they said."""
	name, said = "Omer" + talk.secrets.token_hex(8), "said" + talk.secrets.token_hex(8)
	omer, noa, dana = town.guest(name), town.guest("Noa"), town.moderator()
	other = town.moderator("Other")
	posts = [omer.say(town.forum, f"Words {i} that do not please") for i in range(3)]
	held = omer.post(town.forum, talk.words("hold"))
	words = {"reason": f"{name} {said} reason", "note": f"{name} {said} note"}
	noa.call("post.report", post=posts[2]["id"], reason="other", note=f"{name} {said} report", key="r")
	dana.call("desk.reject", item=talk.item_id(talk.queue_item(dana, town.forum, held["id"])), key="d1", **words)
	removed = dana.call("desk.remove", post=posts[0]["id"], rev=1, key="d2", **words)
	dana.call("desk.remove", post=posts[1]["id"], rev=1, reason="spam", key="d3")
	given = dana.call("desk.sanction", circle=town.forum, participant=omer.me["id"], step="slow", cause=f"{name} {said} cause", key="d4", **words)
	dana.call("desk.lift", sanction=given["sanction"], key="d5", **words)
	dana.call("desk.note", circle=town.forum, participant=omer.me["id"], text=f"{name} {said} of him", key="d6")
	appeal = omer.call("appeal.open", decision=removed["decision"], text=f"{name} {said} appeal", key="a")
	other.call("appeal.decide", appeal=appeal["appeal"], outcome="upheld", text=f"{name} {said} answer", key="b")
	return omer, dana, name, said


def test_what_moderators_wrote_of_an_erased_person_goes_and_what_they_did_stays():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	omer, dana, name, said = given_judged(town, house)
	before = dana.call("desk.read", circle=town.forum)["events"]
	shown = talk.dump(before)
	for what in ("reason", "note", "cause", "of him", "answer"):
		check(f"{said} {what}" in shown, f"the desk is shown its {what}")
	equal(house.cli("verify").returncode, 0, "verify before the erasure")
	omer.call("me.erase")
	nothing_left(house, town, dana, before, name, said)


def nothing_left(house, town, dana, before, name, said):
	events = dana.call("desk.read", circle=town.forum)["events"]
	for words in (name, said):
		equal([event for event in events if words in talk.dump(event)], [], f"{words} at the desk")
	of = lambda all: [(e["seq"], e["kind"], e.get("what"), e.get("step")) for e in all]
	equal(of(events)[:len(before)], of(before), "what was done")
	check(any(e.get("reason") == "spam" for e in events), "a reason that is a code stays")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify after an erasure: {done.stdout}{done.stderr}")
	for path in house.data.rglob("*"):
		if path.is_file():
			data = path.read_bytes()
			check(said.encode() not in data, f"{path.name} holds what was written of him")
			check(name.encode() not in data, f"{path.name} holds the erased name")


def make_old(data):
	"""The store as version 2 wrote it: what moderators write stands in the desk's events themselves."""
	base = sqlite3.connect(data / "maagal.db", isolation_level=None)
	words, links, count = dict(base.execute("select digest, words from said")), {}, 0
	for row, journal, seq, at, kind, body in base.execute("select row, journal, seq, at, kind, body from event where chain is not null order by row").fetchall():
		if (body or "").startswith('"said":"'):
			digest, body = body[8:72], body[74:]
			body = ",".join(part for part in (body, words[digest]) if part)
			count += 1
		numbers = struct.pack("<qqqq", journal, seq, at, kind)
		links[journal] = hashlib.blake2b(links.get(journal, bytes(32)) + numbers + (body or "").encode(), digest_size=32).digest()
		base.execute("update event set body = ?, chain = ? where row = ?", (body, links[journal], row))
	base.executescript("drop table said; drop index item_claimed; alter table item drop column claimed; delete from house where name = 'said_from'; pragma user_version = 2; vacuum")
	base.close()
	return count


def test_an_old_store_lets_go_of_what_was_written_of_an_erased_person_as_well():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	omer, dana, name, said = given_judged(town, house)
	before = dana.call("desk.read", circle=town.forum)["events"]
	equal(house.stop(), 0, "exit status")
	check(make_old(house.data) >= 5, "events with words")
	again = talk.serve("limits=0", data=house.data)
	head = next(line for line in house.cli("verify").stdout.split() if line.startswith(f"desk/{town.forum}="))
	omer, dana = (again.client().open(resume=one.opened["resume"]) for one in (omer, dana))
	equal(talk.dump(dana.call("desk.read", circle=town.forum)["events"]).count(said), talk.dump(before).count(said), "what the desk is shown")
	omer.call("me.erase")
	town.server = again
	nothing_left(again, town, dana, before, name, said)
	done = again.cli("verify", "--head", head)
	equal(done.returncode, 0, f"a head noted before the erasure: {done.stdout}{done.stderr}")
	base = sqlite3.connect(again.data / "maagal.db", isolation_level=None)
	talk.finally_do(base.close)
	row, body = base.execute("select row, body from event where body not like '%decision%' and body not like '%participant%' and chain is not null limit 1").fetchone()
	base.execute("update event set body = ? where row = ?", (body + ',"blanked":true', row))
	equal(again.cli("verify").returncode, 1, "verify after another event was called blanked")


talk.main()

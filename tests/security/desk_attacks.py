#!/usr/bin/python3
"""What somebody would try at the desk: to stay after being shut out, to make an item too large to be looked at, to say of a circle
what does not hold, to change the record behind the server's back."""
import datetime
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given(house=None):
	town = talk.given_process(house or server())
	noa, dana, yael = town.guest("Noa"), town.moderator(), town.moderator("Yael")
	noa.join(town.forum)
	dana.call("desk.join", circle=town.forum)
	return town, noa, dana, yael


def sanction(moderator, town, person, step, **more):
	return moderator.call("desk.sanction", circle=town.forum, participant=person.me["id"], step=step, reason="Too far.", cause="insults",
		key=talk.unique(), **more)


def inbox(person, kind):
	return person.wait_event(kind, f"inbox/{person.me['id']}")


def test_a_moderator_who_is_shut_out_hears_of_nothing_more_and_is_not_on_watch():
	town, noa, dana, _ = given()
	zoe = town.member("convenor", "Zoe", town.forum)
	dana.call("inbox.join")
	for who in (zoe, dana):
		who.call("desk.watch", circle=town.forum, on=True)
	sanction(zoe, town, dana, "exclude")
	inbox(dana, "sanctioned")
	before = len(dana.seen)
	held = noa.post(town.forum, talk.words("hold"))
	item = talk.queue_item(zoe, town.forum, held["id"])["item"]
	dana.barrier()
	equal([e["kind"] for e in dana.seen[before:] if e["journal"].startswith(("desk/", "circle/"))], [], "heard since")
	for method in ("desk.join", "desk.queue", "desk.read", "desk.log", "desk.picture", "desk.incidents", "history.read"):
		with refused("sanctioned"):
			dana.call(method, circle=town.forum)
	for method in ("desk.item", "desk.claim", "desk.release", "desk.reject"):
		with refused("sanctioned"):
			dana.call(method, item=item, reason="No.", key=talk.unique())
	equal([one["name"] for one in zoe.call("desk.join", circle=town.forum)["on_watch"]], ["Zoe"], "on watch")


def test_an_item_of_the_longest_words_under_the_longest_words_is_shown():
	town, noa, dana, _ = given()
	opener = noa.say(town.forum, "fine " + "😀" * 7900)
	held = noa.post(town.forum, talk.words("hold") + "😀" * 7900, reply_to=opener["id"])
	sanction(dana, town, noa, "premoderate")
	new = "other " + "😁" * 7990
	equal(noa.call("post.edit", post=opener["id"], rev=1, text=new, key=talk.unique())["status"], "held", "the change")
	talk.queue_item(dana, town.forum, held["id"])
	words, after = {}, {}
	while True:
		queue = dana.call("desk.queue", circle=town.forum, **after)
		for item in (dana.call("desk.item", item=one["item"])["item"] for one in queue["items"]):
			words[item["kind"]] = item.get("text") or item.get("post", {}).get("text")
		if not queue["more"]:
			break
		after = {"after": queue["items"][-1]["item"]}
	equal(words["edit"], new, "all words of the change")
	check("held" in words and words["held"].endswith("😀" * 7900), "all words that wait")


def test_a_pace_that_ends_within_a_crisis_tells_what_holds():
	town, noa, dana, _ = given()
	until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
	dana.call("desk.pace", circle=town.forum, seconds=5, until=until, key="p")
	dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=5, reason="A wave.")
	ended = noa.wait_event("pace_changed", where=lambda e: e["by"] == "machine")
	equal((ended["pace"], noa.join(town.forum)["circle"]["pace"]), (60, 60), "what holds")
	dana.call("desk.crisis_end", circle=town.forum)
	equal((noa.wait_event("crisis_ended")["pace"], noa.join(town.forum)["circle"]["pace"]), (0, 0), "as it was")


def test_verify_finds_what_was_changed_in_the_rows_that_the_desk_tells_of():
	house = talk.serve("limits=0")
	town, noa, dana, yael = given(house)
	noa.call("inbox.join")
	item = talk.queue_item(dana, town.forum, noa.post(town.forum, talk.words("hold"))["id"])["item"]
	dana.call("desk.reject", item=item, reason="It insults.", note="The second time.", key="a")
	opened = noa.call("appeal.open", decision=inbox(noa, "post_rejected")["decision"], text="Look again.", key="b")
	yael.call("appeal.decide", appeal=opened["appeal"], outcome="upheld", text="It stays.", key="c")
	sanction(dana, town, noa, "mute", minutes=60)
	warning = sanction(dana, town, noa, "warn")["sanction"]
	noa.call("sanction.acknowledge", sanction=warning)
	dana.call("desk.lift", sanction=sanction(dana, town, noa, "slow")["sanction"], key="d")
	dana.call("desk.note", circle=town.forum, participant=noa.me["id"], text="Talk to her.", key="e")
	house.stop()
	equal(talk.run("verify", "--data", house.data).returncode, 0, "as it was")
	other = "(SELECT num FROM person WHERE name = 'Yael')"
	changes = [f"UPDATE decision SET {what} WHERE num = 1" for what in
		(f"by_person = {other}", f"person = {other}", "note = NULL", "at = at - 1", "post = NULL", "circle = circle + 1", "reason = 'x'")]
	changes += [f"UPDATE sanction SET {what} WHERE step = 'mute'" for what in ("ends = ends + 1", "step = 'warn'", f"person = {other}", "lifted = ends")]
	changes += ["UPDATE sanction SET lifted = NULL WHERE step = 'slow'", "UPDATE sanction SET lifted = NULL WHERE step = 'warn'"]
	changes += [f"UPDATE appeal SET {what}" for what in ("outcome = 'reversed'", "answer = 'x'", "text = 'x'", "by_person = person")]
	changes += ["UPDATE note SET text = 'x'", "DELETE FROM note", "DELETE FROM appeal", "DELETE FROM sanction", "DELETE FROM decision WHERE num = 1",
		"""UPDATE event SET body = '"decision":5' WHERE chain IS NOT NULL""", """UPDATE event SET body = '"decision":"d"' WHERE chain IS NOT NULL"""]
	for change in changes:
		copy = house.folder / "copy"
		shutil.rmtree(copy, ignore_errors=True)
		shutil.copytree(house.data, copy)
		store = sqlite3.connect(copy / "maagal.db")
		check(store.execute(change).rowcount > 0, f"{change} changes something")
		store.commit()
		store.close()
		equal(talk.run("verify", "--data", copy).returncode, 1, change)


def test_a_store_is_sound_after_a_sanctioned_person_was_erased_and_the_sanction_lifted():
	house = talk.serve("limits=0")
	town, noa, dana, _ = given(house)
	post, held = noa.say(town.forum, "Words that go with me")["id"], noa.post(town.forum, talk.words("hold"))["id"]
	mute = sanction(dana, town, noa, "mute", minutes=60)["sanction"]
	noted = {"post": post, "participant": noa.me["id"], "item": talk.queue_item(dana, town.forum, held)["item"]}
	for about, subject in noted.items():
		dana.call("desk.note", {"circle": town.forum, "text": "Noa has said this before", "key": about, about: subject})
	noa.call("me.erase")
	talk.wait_until(lambda: any(e["kind"] == "erased" and e["post"]["id"] == post for e in dana.history(town.forum)), "erased")
	dana.call("desk.lift", sanction=mute, key="l")
	talk.wait_until(lambda: "said this before" not in talk.dump(dana.call("desk.read", circle=town.forum)), "what was noted of them has gone")
	done = house.cli("verify")
	equal((done.returncode, done.stderr), (0, ""), "verify")


def test_whoever_is_shut_out_hears_no_more_of_the_circle_by_being_named_or_answered():
	town, noa, dana, yael = given()
	post = noa.say(town.forum, "Who waters the trees?")["id"]
	noa.call("inbox.join")
	out = sanction(dana, town, noa, "exclude")["sanction"]
	named = f"@Noa#{noa.me['tag']} we talk of you now"
	yael.say(town.forum, named)
	yael.say(town.forum, "An answer that you do not read", reply_to=post)
	inbox(noa, "sanctioned")
	dana.call("desk.lift", sanction=out, key="l")
	inbox(noa, "lifted")
	yael.say(town.forum, "An answer that you read", reply_to=post)
	equal(inbox(noa, "replied")["post"]["text"], "An answer that you read", "the first that is heard of again")
	check(not noa.has_seen("we talk of you") and not noa.has_seen("do not read"), "said meanwhile")


if __name__ == "__main__":
	talk.main()

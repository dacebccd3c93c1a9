#!/usr/bin/python3
"""Appeals: one for each decision, by the person whom it concerns, decided by another, with words both ways; a reversal brings back what was taken."""
import pathlib
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given(*, at=None, lang="en"):
	town = talk.given_process(at or server())
	noa = town.guest("Noa", lang=lang)
	noa.call("inbox.join")
	return town, noa, town.moderator("Dana"), town.moderator("Yael")


def inbox(person, kind):
	return person.wait_event(kind, f"inbox/{person.me['id']}")


def appeal(person, decision, text="I meant it otherwise.", key=None):
	return person.call("appeal.open", decision=decision, text=text, key=key or talk.unique())


def decide(moderator, opened, outcome, text="We read it again.", key=None):
	return moderator.call("appeal.decide", appeal=opened["appeal"], outcome=outcome, text=text, key=key or talk.unique())


def rejected(town, noa, dana):
	text = talk.words("hold")
	held = noa.post(town.forum, text)
	dana.call("desk.reject", item=talk.item_id(talk.queue_item(dana, town.forum, held["id"])), reason="It insults.", key=talk.unique())
	return held["id"], text, inbox(noa, "post_rejected")["decision"]


def removed(town, noa, dana, text="Words that were removed"):
	post = noa.say(town.forum, text)
	dana.call("desk.remove", post=post["id"], rev=1, reason="Off the subject.", key=talk.unique())
	return post["id"], inbox(noa, "post_removed")["decision"]


def muted(town, noa, dana, step="mute"):
	given_sanction = dana.call("desk.sanction", circle=town.forum, participant=noa.me["id"], step=step, reason="Too far.", cause="insults", key=talk.unique())
	return given_sanction["sanction"], inbox(noa, "sanctioned")["decision"]


def standing(person, town):
	"""Each post that stands, by its id, with what is shown of it."""
	posts = {e["post"]["id"]: e["post"].get("text") for e in person.history(town.forum) if "post" in e}
	return {post: text for post, text in posts.items() if text is not None}


def test_a_reversal_posts_what_was_rejected():
	town, noa, dana, yael = given()
	omer = town.guest("Omer")
	omer.join(town.forum)
	post, text, decision = rejected(town, noa, dana)
	opened = appeal(noa, decision)
	check(opened["appeal"] and opened["until"], f"{opened}")
	item = talk.queue_item(yael, town.forum, opened["appeal"])
	equal((item["kind"], item["appeal"]["text"], item["appeal"]["decision"]), ("appeal", "I meant it otherwise.", decision), "the queue")
	with refused("forbidden"):
		decide(dana, opened, "reversed")
	done = decide(yael, opened, "reversed", "You are right: it quotes.")
	equal(omer.wait_event("posted", where=lambda e: e["post"]["id"] == post)["post"]["text"], text, "posted after all")
	event = inbox(noa, "appeal_decided")
	equal((event["appeal"], event["appealed"], event["decision"], event["outcome"], event["text"], event["by"], event["post"]["state"]),
		(opened["appeal"], decision, done["decision"], "reversed", "You are right: it quotes.", "moderators", "visible"), "inbox")
	check("Yael" not in talk.dump(event) and yael.me["id"] not in talk.dump(event), "nobody is named")
	equal(yael.call("desk.queue", circle=town.forum)["items"], [], "the queue")
	equal(talk.run("verify", "--data", town.server.data).returncode, 0, "verify")


def test_a_reversal_restores_what_was_removed_or_masked():
	town, noa, dana, yael = given()
	post, decision = removed(town, noa, dana, "Words that were removed")
	masked = noa.say(town.forum, "Words that were masked")["id"]
	dana.call("desk.redact", post=masked, rev=1, spans=[{"start": 0, "end": 5}], reason="A name.", key="r")
	masking = inbox(noa, "post_redacted")["decision"]
	for about in (decision, masking):
		decide(yael, appeal(noa, about), "reversed")
		inbox(noa, "appeal_decided")
	equal(sorted(standing(dana, town).values()), ["Words that were masked", "Words that were removed"], "as they were")
	kinds = [e["kind"] for e in dana.history(town.forum)]
	equal(kinds.count("restored"), 2, f"events {kinds}")


def test_a_reversal_leaves_what_another_decision_took():
	town, noa, dana, yael = given()
	post = noa.say(town.forum, "Dana masked this and then removed it")["id"]
	dana.call("desk.redact", post=post, rev=1, spans=[{"start": 0, "end": 4}], reason="A name.", key="r1")
	masking = inbox(noa, "post_redacted")["decision"]
	dana.call("desk.remove", post=post, rev=2, reason="Off the subject.", key="r2")
	removal = inbox(noa, "post_removed")["decision"]
	decide(yael, appeal(noa, removal), "reversed")
	equal(list(standing(dana, town).values()), ["████ masked this and then removed it"], "the masking stands")
	decide(yael, appeal(noa, masking), "reversed")
	equal(list(standing(dana, town).values()), ["Dana masked this and then removed it"], "now all")
	post = noa.say(town.forum, "Omer masked this")["id"]
	dana.call("desk.redact", post=post, rev=1, spans=[{"start": 0, "end": 4}], reason="A name.", key="r3")
	masking = inbox(noa, "post_redacted")["decision"]
	dana.call("desk.remove", post=post, rev=2, reason="Off the subject.", key="r4")
	decide(yael, appeal(noa, masking), "reversed")
	check(post not in standing(dana, town), f"the removal stands: {standing(dana, town)}")


def test_a_reversal_applies_an_edit_unless_newer_words_stand():
	town, noa, dana, yael = given()
	ids, decisions, texts = [], [], []
	for n in range(2):
		post = noa.say(town.forum, f"First words {n}")["id"]
		text = talk.words("hold")
		equal(noa.call("post.edit", post=post, rev=1, text=text, key=talk.unique())["status"], "held", "status")
		dana.call("desk.reject", item=talk.item_id(talk.queue_item(dana, town.forum, post)), reason="No.", key=talk.unique())
		decisions.append(inbox(noa, "post_rejected")["decision"])
		ids.append(post)
		texts.append(text)
	noa.call("post.edit", post=ids[1], rev=1, text="Newer words", key=talk.unique())
	for decision in decisions:
		decide(yael, appeal(noa, decision), "reversed")
	equal(standing(dana, town), {ids[0]: texts[0], ids[1]: "Newer words"}, "texts")


def test_a_reversal_lifts_the_sanction_and_it_is_no_strike():
	town, noa, dana, yael = given()
	given_sanction, decision = muted(town, noa, dana)
	other, _ = muted(town, noa, dana, "slow")
	yael.call("desk.join", circle=town.forum)
	decide(yael, appeal(noa, decision), "reversed", "It was not yours.")
	event = inbox(noa, "lifted")
	equal((event["sanction"], event["by"]), (given_sanction, "moderators"), "lifted")
	check("Yael" not in talk.dump(event), "nobody is named")
	equal(inbox(noa, "appeal_decided")["outcome"], "reversed", "outcome")
	noa.say(town.forum, "Again")
	with refused("too_fast"):
		noa.post(town.forum, "The other sanction stands")
	event = yael.wait_event("appeal_decided", f"desk/{town.forum}")
	equal((event["appealed"], event["by"], event["outcome"]), (decision, {"id": yael.me["id"], "name": "Yael"}, "reversed"), "the desk")
	person = dana.call("desk.person", circle=town.forum, participant=noa.me["id"])
	equal({one["sanction"]: one.get("reversed", False) for one in person["sanctions"]}, {given_sanction: True, other: False}, "no strike")
	equal([one["decision"] for one in person["decisions"] if one.get("reversed")], [decision], "no strike")


def test_an_excluded_person_appeals():
	town, noa, dana, yael = given()
	_, decision = muted(town, noa, dana, "exclude")
	opened = appeal(noa, decision)
	decide(yael, opened, "upheld", "It was the third time.")
	event = inbox(noa, "appeal_decided")
	equal((event["outcome"], event["text"], event["circle"]), ("upheld", "It was the third time.", town.forum), "inbox")
	with refused("sanctioned"):
		noa.join(town.forum)


def test_what_a_machine_decided_any_moderator_may_reverse():
	clock = talk.Clock()
	house = talk.serve("limits=0", "hold_minutes=5", env=clock.env)
	town, noa, dana, yael = given(at=house)
	held = noa.post(town.forum, talk.words("hold"))
	clock.set("+6m")
	event = inbox(noa, "post_rejected")
	equal(event["by"], "machine", "by")
	decide(dana, appeal(noa, event["decision"]), "reversed")
	check(held["id"] in standing(dana, town), "posted after all")


def test_one_appeal_for_each_decision_and_only_by_whom_it_concerns():
	town, noa, dana, yael = given()
	omer = town.guest("Omer")
	post, decision = removed(town, noa, dana)
	hidden = omer.raw_answer("appeal.open", decision=decision, text="x", key="k")
	absent = omer.raw_answer("appeal.open", decision="z" * len(decision), text="x", key="k")
	equal(hidden, absent, "another's decision")
	for moderator in (dana, yael):
		with refused("not_found"):
			appeal(moderator, decision)
	opened = appeal(noa, decision, key="k")
	equal(appeal(noa, decision, key="k"), opened, "the same key")
	with refused("key_reused"):
		appeal(noa, decision, "Other words", key="k")
	with refused("stale"):
		appeal(noa, decision)
	decide(yael, opened, "upheld")
	answer = inbox(noa, "appeal_decided")
	with refused("stale"):
		appeal(noa, decision)
	with refused("forbidden"):	# a decision on an appeal is the last word
		appeal(noa, answer["decision"])
	check(answer["statement"]["appeal_until"] is None, f"{answer['statement']}")


def test_an_appeal_is_decided_once_by_a_moderator_of_the_circle():
	town, noa, dana, yael = given()
	stranger = talk.given_process(server()).moderator("Stranger")
	opened = appeal(noa, removed(town, noa, dana)[1])
	for person in (noa, stranger):
		hidden = person.raw_answer("appeal.decide", appeal=opened["appeal"], outcome="reversed", text="x", key="k")
		absent = person.raw_answer("appeal.decide", appeal="z" * len(opened["appeal"]), outcome="reversed", text="x", key="k")
		equal(hidden, absent, "an appeal that one may not know")
	for wrong in ({"outcome": "maybe"}, {"outcome": None}, {"text": ""}, {"text": None}, {"text": "x" * 2001}, {"key": ""}):
		with refused("invalid_params"):
			yael.call("appeal.decide", {"appeal": opened["appeal"], "outcome": "upheld", "text": "x", "key": "k", **wrong})
	item = talk.item_id(talk.queue_item(yael, town.forum, opened["appeal"]))
	for method in ("desk.release", "desk.reject"):
		with refused("invalid_params"):
			yael.call(method, item=item, reason="x", key=talk.unique())
	zoe = town.moderator("Zoe")
	asked = [(yael, yael.ask("appeal.decide", appeal=opened["appeal"], outcome="reversed", text="a", key="a")),
		(zoe, zoe.ask("appeal.decide", appeal=opened["appeal"], outcome="upheld", text="b", key="b"))]
	names = []
	for moderator, i in asked:
		try:
			moderator.result(i)
			names.append("done")
		except talk.RpcError as err:
			names.append(err.name)
	equal(sorted(names), ["done", "stale"], "outcomes")
	equal([e["kind"] for e in noa.call("inbox.read")["events"]].count("appeal_decided"), 1, "told once")


def test_a_moderator_appeals_and_does_not_decide_it():
	town, noa, dana, yael = given()
	yael.call("inbox.join")
	post = yael.say(town.forum, "A moderator's words")
	dana.call("desk.remove", post=post["id"], rev=1, reason="Off the subject.", key="r")
	opened = appeal(yael, inbox(yael, "post_removed")["decision"])
	for moderator in (dana, yael):
		with refused("forbidden"):
			decide(moderator, opened, "reversed")
	decide(town.moderator("Zoe"), opened, "reversed")


def test_the_window_closes_and_silence_is_no_answer():
	clock = talk.Clock()
	house = talk.serve("limits=0", "appeal_days=2", "appeal_answer_days=1", env=clock.env)
	town, noa, dana, yael = given(at=house)
	early, late = removed(town, noa, dana)[1], removed(town, noa, dana)[1]
	opened = appeal(noa, early)
	dana.call("desk.join", circle=town.forum)
	clock.set("+3d")
	with refused("stale"):
		appeal(noa, late)
	alert = dana.wait_event("alert_raised", where=lambda e: "appeal_overdue" in e["causes"])
	equal(alert["about"], "queue", "the moderators are told that it is late")
	equal(talk.queue_item(yael, town.forum, opened["appeal"])["kind"], "appeal", "still open")
	decide(yael, opened, "reversed")


def test_there_may_be_no_appeals():
	house = talk.serve("limits=0", "appeal_days=0")
	town, noa, dana, yael = given(at=house)
	_, decision = removed(town, noa, dana)
	check([e for e in noa.call("inbox.read")["events"] if e["kind"] == "post_removed"][0]["statement"]["appeal_until"] is None, "no date is promised")
	with refused("forbidden"):
		appeal(noa, decision)


def test_appeals_survive_kill_9_and_are_decided_at_another_node():
	one = talk.serve("limits=0")
	town, noa, dana, yael = given(at=one)
	other = talk.serve("limits=0", data=one.data)
	opened = appeal(noa, removed(town, noa, dana)[1])
	one.kill()
	there = other.client().open(resume=yael.opened["resume"])
	decide(there, opened, "reversed")
	equal(list(standing(other.client().open(resume=noa.opened["resume"]), town).values()), ["Words that were removed"], "restored")
	equal(other.cli("verify").returncode, 0, "verify")


def test_words_of_an_appeal_go_with_the_person():
	house = talk.serve("limits=0")
	town, noa, dana, yael = given(at=house)
	muting, decision = muted(town, noa, dana)
	opened = appeal(noa, decision, "A very private explanation")
	dana.call("desk.lift", sanction=muting, key="l")
	appeal(noa, removed(town, noa, dana)[1], "Another private one")
	exported = noa.call("me.export")
	check("A very private explanation" in talk.dump(exported) and "insults" in talk.dump(exported), f"export: {list(exported)}")
	noa.call("me.erase")
	talk.wait_until(lambda: yael.call("desk.queue", circle=town.forum)["items"] == [], "an empty queue")
	with refused("stale"):
		decide(yael, opened, "reversed")
	for way in (yael.call("desk.read", circle=town.forum), yael.call("desk.log", circle=town.forum)):
		check("private" not in talk.dump(way) and "Noa" not in talk.dump(way), "words or the name of an erased person")
	equal(house.cli("verify").returncode, 0, "verify")


def test_an_appeal_is_answered_in_its_authors_language():
	town, noa, dana, yael = given(lang="he")
	decide(yael, appeal(noa, removed(town, noa, dana)[1]), "upheld")
	event = inbox(noa, "appeal_decided")
	check("הערעור" in event["message"], f"{event['message']}")


def test_verify_finds_what_was_done_to_a_decision():
	house = talk.serve("limits=0")
	town, noa, dana, yael = given(at=house)
	decide(yael, appeal(noa, removed(town, noa, dana)[1]), "reversed")
	house.stop()
	equal(house.cli("verify").returncode, 0, "verify")
	for tamper in ("UPDATE decision SET reason = 'Another' WHERE what = 'removed'", "UPDATE decision SET reversed_by = NULL", "UPDATE decision SET reverses = NULL",
			"DELETE FROM decision WHERE what = 'reversed'", "INSERT INTO decision (nonce, circle, person, what, at, statement) VALUES (1, 1, 1, 'removed', 1, '{}')",
			"UPDATE appeal SET text = 'Other words'"):
		copy = pathlib.Path(tempfile.mkdtemp(prefix="maagal-talk-"))
		talk.finally_do(lambda copy=copy: shutil.rmtree(copy))
		shutil.copytree(house.data, copy / "data")
		with sqlite3.connect(next((copy / "data").glob("*.db"))) as base:
			base.execute("PRAGMA foreign_keys = OFF")
			base.execute(tamper)
		base.close()
		checked = talk.run("verify", "--data", str(copy / "data"))
		equal(checked.returncode, 1, f"verify after {tamper}: {checked.stdout}")


talk.main()

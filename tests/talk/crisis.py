#!/usr/bin/python3
"""A crisis as one switch: a preset for everybody in one event, with its reason and its end; it steps down and ends by itself, or by
hand at any time, and leaves everything as it was, also after a crash, also what a hand has changed meanwhile."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0", "newcomer_surge=0", "newcomer_minutes=600")


def given(*settings, **more):
	town = talk.given_process(talk.serve(*settings, **more) if settings else server())
	noa, dana = town.guest("Noa"), town.moderator()
	noa.join(town.forum)
	dana.call("desk.join", circle=town.forum)
	return town, noa, dana


def state(person, circle):
	now = person.join(circle)["circle"]
	return {name: now.get(name) for name in ("pace", "door", "policy", "frozen", "crisis", "pinned")}


def heat(town, noa):
	"""A thread to which moderators are alerted."""
	opener = noa.say(town.forum, "What should become of the old school?")
	crowd = [town.guest("Omer"), town.guest("Lina")]
	for n in range(14):
		crowd[n % 2].post(town.forum, talk.words("hold"), reply_to=opener["id"])
	return opener


def test_one_event_tells_everybody_what_holds_why_and_until_when():
	town, noa, dana = given()
	before = state(noa, town.forum)
	answer = dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=30, reason="A wave of insults.", key="c")
	event = noa.wait_event("crisis_begun")
	equal({k: event["crisis"].get(k) for k in ("preset", "reason", "until", "pace", "door")},
		{"preset": "strong", "reason": "A wave of insults.", "until": answer["until"], "pace": 60, "door": "premoderated"}, "crisis")
	equal(event["by"], "moderators", "by")
	check(dana.me["id"] not in talk.dump(event) and "Dana" not in talk.dump(event), "no moderator is named to the circle")
	desk = dana.wait_event("crisis_begun", f"desk/{town.forum}")
	equal((desk["by"]["id"], desk["incident"], desk["preset"]), (dana.me["id"], answer["incident"], "strong"), "at the desk")
	now = state(noa, town.forum)
	equal((now["pace"], now["door"], now["policy"], now["crisis"]["preset"]), (60, "premoderated", "crisis", "strong"), "who joins now sees it")
	equal(dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=30, reason="A wave of insults.", key="c"), answer, "the same key")
	dana.call("desk.crisis_end", circle=town.forum, reason="It is calm.", key="e")
	ended = noa.wait_event("crisis_ended")
	equal((ended["by"], ended["reason"], ended["pace"], ended["door"]), ("moderators", "It is calm.", 0, "open"), "ended")
	equal(state(noa, town.forum), before, "everything as before")


def test_it_holds_at_once_for_whoever_speaks():
	town, noa, dana = given()
	noa.say(town.forum, "Before it began")
	dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=5, reason="Slowly, please.")
	with refused("too_fast"):
		noa.post(town.forum, "And at once again")
	dana.call("desk.crisis_end", circle=town.forum)
	noa.say(town.forum, "And afterwards again")
	dana.call("desk.crisis_begin", circle=town.forum, preset="lockdown", minutes=5, reason="A moment of silence.")
	stranger = town.guest("Stranger")
	with refused("circle_closed"):
		stranger.post(town.forum, "I have just come")
	dana.call("desk.crisis_end", circle=town.forum)
	stranger.say(town.forum, "I have just come")


def test_words_are_judged_by_the_policy_of_a_crisis():
	town, noa, dana = given()
	text = next((t for t in ("WHY DO YOU NEVER LISTEN TO ANYBODY HERE!!!!!!!!", "what a stupid idea", "This is bullshit", "damn nonsense, crap",
		"you are being ridiculous", "you always lie", "Shut up") if judged(t, "public") != judged(t, "crisis")), None)
	check(text, "a text that the two policies judge differently")
	plain = noa.post(town.forum, text)["status"]
	equal(plain, {"allow": "posted", "hold": "held", "nudge": "nudged", "reject": "rejected"}[judged(text, "public")], "in calm times")
	dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=5, reason="Careful now.")
	lina = town.guest("Lina")
	now = lina.post(town.forum, text)["status"]
	check(now != plain, f"in a crisis as well: {now}")
	dana.call("desk.crisis_end", circle=town.forum)


def judged(text, policy):
	line = talk.dump({"id": "1", "thread": "t", "author": "a", "text": text, "ts": 1700000000, "reply_to": None})
	return talk.parse(talk.run("judge", "--policy", policy, data=line + "\n").stdout.splitlines()[0])["action"]


def test_a_reason_of_which_nobody_would_see_anything_is_none():
	town, _, dana = given()
	for reason in (" ", "\u202e", "\u200b \u00a0\n"):
		with refused("invalid_params"):
			dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=5, reason=reason)


def test_wrong_wishes_change_nothing():
	town, noa, dana = given()
	before = state(noa, town.forum)
	for wrong in ({"preset": "thunder"}, {"minutes": 0}, {"minutes": -5}, {"minutes": 100000}, {"minutes": "ten"}, {"reason": ""}, {"reason": None}, {"preset": 7}):
		with refused("invalid_params"):
			dana.call("desk.crisis_begin", {"circle": town.forum, "preset": "mild", "minutes": 10, "reason": "Because.", **wrong})
	with refused("stale"):
		dana.call("desk.crisis_end", circle=town.forum)
	with refused("forbidden"):
		noa.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=10, reason="Because.")
	other = talk.given_process(server()).moderator("Stranger")
	for call in (lambda: other.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=10, reason="x"), lambda: other.call("desk.crisis_end", circle=town.forum)):
		with refused("forbidden"):
			call()
	equal(state(noa, town.forum), before, "nothing has changed")
	dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=10, reason="Because.")
	with refused("stale"):
		dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=20, reason="Because.")
	dana.call("desk.crisis_end", circle=town.forum)


def test_threads_that_it_froze_thaw_with_it_and_others_do_not():
	town, noa, dana = given()
	opener = heat(town, noa)
	own = noa.say(town.forum, "A quiet matter")
	dana.call("desk.freeze", circle=town.forum, thread=own["id"], reason="Until tomorrow.", key="f")
	dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=10, reason="A quarrel.")
	noa.wait_event("thread_frozen", where=lambda e: e["thread"] == opener["id"])
	equal(set(state(noa, town.forum)["frozen"]), {opener["id"], own["id"]}, "frozen")
	with refused("thread_frozen"):
		town.guest("Rami").post(town.forum, "Me too", reply_to=opener["id"])
	dana.call("desk.crisis_end", circle=town.forum)
	noa.wait_event("thread_thawed", where=lambda e: e["thread"] == opener["id"])
	equal(state(noa, town.forum)["frozen"], [own["id"]], "frozen afterwards")


def test_what_a_hand_sets_meanwhile_holds_at_once_and_stays():
	town, noa, dana = given()
	dana.call("desk.pace", circle=town.forum, seconds=20, key="p0")
	dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=10, reason="A quarrel.")
	equal(state(noa, town.forum)["pace"], 60, "the crisis's pace")
	dana.call("desk.pace", circle=town.forum, seconds=5, key="p1")
	now = state(noa, town.forum)
	equal((now["pace"], now["door"]), (5, "premoderated"), "the hand's pace, the crisis's door")
	dana.call("desk.door", circle=town.forum, door="closed", key="d1")
	equal(state(noa, town.forum)["door"], "closed", "the hand's door")
	dana.call("desk.crisis_end", circle=town.forum)
	now = state(noa, town.forum)
	equal((now["pace"], now["door"], now["policy"], now["crisis"]), (5, "closed", "public", None), "afterwards")


def test_another_preset_takes_over_in_the_same_incident():
	town, noa, dana = given()
	first = dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=10, reason="It begins.")
	second = dana.call("desk.crisis_begin", circle=town.forum, preset="lockdown", minutes=20, reason="It grows.")
	equal(second["incident"], first["incident"], "incident")
	equal(state(noa, town.forum)["crisis"]["preset"], "lockdown", "preset")
	dana.call("desk.crisis_end", circle=town.forum)
	equal(state(noa, town.forum)["pace"], 0, "pace afterwards")


def test_two_moderators_at_two_processes_begin_one():
	(first, second), town = nodes.given_nodes(2, "newcomer_surge=0")
	dana, other = town.moderator(), town.moderator("Yael")
	yael = talk.Client(second).open(resume=other.opened["resume"])
	noa, lina = nodes.guest(first, town, "Noa"), nodes.guest(second, town, "Lina")
	for person in (noa, lina):
		person.join(town.forum)
	wish = {"circle": town.forum, "preset": "mild", "minutes": 10, "reason": "At once."}
	asked = [(m, m.ask("desk.crisis_begin", wish)) for m in (dana, yael)]
	outcomes = []
	for moderator, i in asked:
		try:
			moderator.result(i)
			outcomes.append("begun")
		except talk.RpcError as err:
			outcomes.append(err.name)
	equal(sorted(outcomes), ["begun", "stale"], "outcomes")
	for person in (noa, lina):
		person.wait_event("crisis_begun")
	lina.say(town.forum, "One word")
	with refused("too_fast"):
		lina.post(town.forum, "And another at once")
	yael.call("desk.crisis_end", circle=town.forum)
	for person in (noa, lina):
		person.wait_event("crisis_ended")
	noa.say(town.forum, "One word")
	noa.say(town.forum, "And another at once")


def test_it_steps_down_and_ends_by_itself_also_over_a_crash():
	clock = talk.Clock()
	house = talk.serve("limits=0", "newcomer_surge=0", env=clock.env)
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	noa.join(town.forum)
	before = state(noa, town.forum)
	dana.call("desk.crisis_begin", circle=town.forum, preset="lockdown", minutes=100, reason="A storm.")
	noa.wait_event("crisis_begun")
	house.restart(kill=True)
	noa, dana = town.again(noa), town.again(dana)
	dana.call("desk.join", circle=town.forum)
	equal(state(noa, town.forum)["crisis"]["preset"], "lockdown", "after kill -9")
	for offset, preset, pace in (("+51m", "strong", 60), ("+86m", "mild", 30)):
		clock.set(offset)
		event = noa.wait_event("crisis_begun", timeout=20)
		equal((event["by"], event["crisis"]["preset"], event["crisis"]["pace"]), ("machine", preset, pace), f"at {offset}")
		equal(dana.wait_event("crisis_stepped")["preset"], preset, "at the desk")
	house.kill()
	clock.set("+101m")
	house.start()
	noa, dana = town.again(noa), town.again(dana)

	def is_over():
		return state(noa, town.forum)["crisis"] is None

	talk.wait_until(is_over, "the end that came while the server was down", 20)
	equal(state(noa, town.forum), before, "everything as before")
	last = [e for e in noa.history(town.forum) if e["kind"].startswith("crisis")][-1]
	equal((last["kind"], last["by"]), ("crisis_ended", "machine"), "the last word")


def test_it_is_ended_by_whichever_process_is_there():
	clock = talk.Clock()
	(first, second), town = nodes.given_nodes(2, "newcomer_minutes=0", env=clock.env)
	dana, noa = town.moderator(), nodes.guest(second, town, "Noa")
	rivka = talk.Client(second).open(resume=town.member("participant", "Rivka", town.forum).opened["resume"])
	noa.join(town.forum)
	before = state(noa, town.forum)
	opener = noa.say(town.forum, "What should become of the old school?")
	dana.call("desk.crisis_begin", circle=town.forum, preset="lockdown", minutes=10, reason="A storm.")
	noa.wait_event("crisis_begun")
	noa.wait_event("thread_frozen", where=lambda e: e["thread"] == opener["id"])
	with refused("thread_frozen"):
		rivka.post(town.forum, "An answer", reply_to=opener["id"])
	first.kill()
	clock.set("+6m")
	equal(noa.wait_event("crisis_begun", timeout=20)["crisis"]["preset"], "strong", "stepped down")
	noa.wait_event("thread_thawed", where=lambda e: e["thread"] == opener["id"])
	clock.set("+11m")
	equal(noa.wait_event("crisis_ended", timeout=20)["by"], "machine", "ended")
	equal(state(noa, town.forum), before, "everything as before")
	noa.say(town.forum, "An answer", reply_to=opener["id"])


def test_the_record_says_what_called_what_was_done_and_how_it_ended():
	town, noa, dana = given()
	heat(town, noa)
	begun = dana.call("desk.crisis_begin", circle=town.forum, preset="strong", minutes=10, reason="A quarrel.")
	item = next(i for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "held")
	dana.call("desk.reject", item=item["item"], reason="It insults.", key="r")
	open_now = dana.call("desk.incidents", circle=town.forum)["incidents"]
	equal((open_now[0]["incident"], open_now[0]["ended"]), (begun["incident"], None), "while it lasts")
	dana.call("desk.crisis_end", circle=town.forum, reason="Calm again.")
	(record,) = dana.call("desk.incidents", circle=town.forum)["incidents"]
	equal((record["preset"], record["reason"], record["end_reason"], record["begun_by"]["id"], record["ended_by"]["id"]),
		("strong", "A quarrel.", "Calm again.", dana.me["id"], dana.me["id"]), "record")
	check(record["ended"] >= record["begun"] and record["index"]["peak"] >= record["index"]["begun"] >= 0, f"times, index: {record}")
	check(any(a["about"] == "thread" for a in record["alerts"]) and record["evidence"], f"cause and evidence: {record}")
	equal((record["acts"]["rejected"], record["acts"]["crisis_begun"], record["acts"]["crisis_ended"], record["said"]["crisis_ended"]), (1, 1, 1, 1), "acts")
	exported = talk.parse(town.server.cli("export", "--circle", town.forum, "--format", "json").stdout)
	(told,) = exported["circles"][0]["crises"]
	equal((told["preset"], told["reason"], told["begun_by"], told["ended_by"], told["end_reason"]),
		("strong", "A quarrel.", "moderators", "moderators", "Calm again."), "in the export, without names")
	check(dana.me["id"] not in talk.dump(exported), "no moderator is named there")
	with refused("forbidden"):
		noa.call("desk.incidents", circle=town.forum)
	dana.call("desk.reject", item=next(i for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "held")["item"], reason="It insults.", key="s")
	equal(dana.call("desk.incidents", circle=town.forum)["incidents"][0]["acts"], record["acts"], "what comes after is not in it")


def test_it_takes_effect_before_the_flood_has_been_worked_off():
	town, noa, dana = given()
	crowd = [town.guest(f"Guest {n}") for n in range(20)]
	readers = [town.guest(f"Reader {n}") for n in range(5)]	# few: this program must keep up as well
	for person in readers:
		person.join(town.forum)
	waiting = [(p, p.ask("post.create", {"circle": town.forum, "text": f"Message {n} of many", "key": talk.unique()})) for n in range(10) for p in crowd]
	dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=5, reason="Too fast.")
	for person in readers:
		person.wait_event("crisis_begun")
	for person, i in waiting:
		person.answer(i)
	# How long it takes is measured by tests/bench/run drill; here: whoever speaks now is bound by it.
	noa.say(town.forum, "One word")
	with refused("too_fast"):
		noa.post(town.forum, "And at once another")


talk.main()

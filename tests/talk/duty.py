#!/usr/bin/python3
"""Duty at the desk: who is on watch, what is handed over, notes that nobody else reads, what hard words each has read; and the queue:
what a moderator sees before deciding, several decided at once, two at two processes."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0", "newcomer_surge=0")


def given(*moderators, house=None):
	town = talk.given_process(house or server())
	people = [town.moderator(name) for name in moderators or ("Dana",)]
	for person in people:
		person.call("desk.join", circle=town.forum)
	return (town, town.guest("Noa"), *people)


def held_by(author, town, count=1, **more):
	return [author.post(town.forum, talk.words("hold"), **more) for _ in range(count)]


def items(moderator, town, posts):
	return [talk.item_id(talk.queue_item(moderator, town.forum, post["id"])) for post in posts]


def on_watch(answer):
	return [person["id"] for person in answer["on_watch"]]


def test_a_watch_is_begun_handed_over_and_survives_a_crash():
	house = talk.serve("limits=0")
	town, noa, dana, yael = given("Dana", "Yael", house=house)
	equal(on_watch(dana.call("desk.watch", circle=town.forum, on=True)), [dana.me["id"]], "on watch")
	equal(yael.wait_event("watch_begun")["by"]["id"], dana.me["id"], "the others see it")
	dana.call("desk.watch", circle=town.forum, on=True)
	yael.call("desk.watch", circle=town.forum, on=True)
	house.restart(kill=True)
	noa, dana, yael = town.again(noa), town.again(dana), town.again(yael)
	joined = yael.call("desk.join", circle=town.forum)
	equal(on_watch(joined), [dana.me["id"], yael.me["id"]], "after kill -9, each once, in their order")
	left = dana.call("desk.watch", circle=town.forum, on=False, handover="Keep an eye on the thread about parking.")
	equal(on_watch(left), [yael.me["id"]], "who is left")
	event = yael.wait_event("watch_ended")
	equal((event["by"]["id"], event["handover"]), (dana.me["id"], "Keep an eye on the thread about parking."), "handed over")
	hila = town.moderator("Hila")
	shown = hila.call("desk.join", circle=town.forum)["handover"]
	equal((shown["text"], shown["by"]["id"]), ("Keep an eye on the thread about parking.", dana.me["id"]), "shown to the next")
	equal(hila.call("desk.watch", circle=town.forum, on=True)["handover"]["text"], shown["text"], "and when the watch begins")
	with refused("forbidden"):
		noa.call("desk.watch", circle=town.forum, on=True)
	for wrong in ({"on": "yes"}, {}, {"on": True, "handover": "Too early"}, {"on": False, "handover": "x" * 3000}):
		with refused("invalid_params"):
			dana.call("desk.watch", {"circle": town.forum, **wrong})


def test_a_watch_that_nobody_keeps_ends_by_itself():
	clock = talk.Clock()
	town, noa, dana, yael = given("Dana", "Yael", house=talk.serve("limits=0", "watch_hours=2", env=clock.env))
	dana.call("desk.watch", circle=town.forum, on=True)
	clock.set("+3h")
	event = yael.wait_event("watch_ended", timeout=20)
	equal((event["by"]["id"], event["ran_out"]), (dana.me["id"], True), "event")
	equal(on_watch(yael.call("desk.join", circle=town.forum)), [], "on watch")


def test_notes_are_for_moderators_alone():
	town, noa, dana, yael = given("Dana", "Yael")
	post = noa.say(town.forum, "What should become of the old school?")
	(held,) = held_by(noa, town)
	(item,) = items(dana, town, [held])
	texts = {}
	for about, what in (("post", post["id"]), ("thread", post["id"]), ("participant", noa.me["id"]), ("item", item), (None, None)):
		texts[about] = f"A quiet note about {about} {talk.unique()}"
		first = dana.call("desk.note", {"circle": town.forum, "text": texts[about], "key": f"k{about}", **({about: what} if about else {})})
		event = yael.wait_event("note_added")
		equal((event["note"], event["text"], event["by"]["id"], event.get("about")), (first["note"], texts[about], dana.me["id"], {about: what} if about else None), "event")
	equal(dana.call("desk.note", circle=town.forum, text=texts[None], key="kNone"), first, "the same key")
	seen = yael.call("desk.item", item=item)
	equal([n["text"] for n in seen["author"]["notes"]], [texts["participant"]], "beside the author")
	equal([n["text"] for n in seen["notes"]], [texts["item"]], "beside the item")
	equal(yael.call("desk.person", circle=town.forum, participant=noa.me["id"])["sanctions"], [], "a note is not a sanction")
	for way in (noa.call("me.export"), noa.call("inbox.read"), noa.history(town.forum), noa.call("me.posts")):
		check(not any(text in talk.dump(way) for text in texts.values()), "a note travels")
	log = dana.call("desk.log", circle=town.forum)["entries"]
	check(not any(text in talk.dump(log) for text in texts.values()), "the chain covers digests, not words")
	equal([e["text"] for e in yael.call("desk.read", circle=town.forum, after=0)["events"] if e["kind"] == "note_added"], list(texts.values()), "read back")
	noa.call("me.erase")
	left = talk.dump(yael.call("desk.read", circle=town.forum, after=0)) + talk.dump(yael.call("desk.item", item=item))
	check(texts["participant"] not in left and texts["thread"] in left, "what was noted about a person goes with that person")
	equal(town.server.cli("verify").returncode, 0, "and the chain holds")
	noa = town.guest("Noa")
	other = talk.given_process(server())
	elsewhere = other.guest("Rami").say(other.forum, "Elsewhere")
	for wrong, name in (({"post": elsewhere["id"]}, "not_found"), ({"participant": "m" + "0" * 26}, "not_found"), ({"text": ""}, "invalid_params"),
			({"post": post["id"], "item": item}, "invalid_params"), ({"text": 7}, "invalid_params"), ({"key": None}, "invalid_params")):
		with refused(name):
			dana.call("desk.note", {"circle": town.forum, "text": "Something", "key": talk.unique(), **wrong})
	with refused("forbidden"):
		noa.call("desk.note", circle=town.forum, text="Mine", key="n")


def test_what_is_hard_to_read_is_counted_for_each():
	town, noa, dana, yael = given("Dana", "Yael", house=talk.serve("limits=0", "hard_reading_hint=3"))
	posts = held_by(noa, town, 4)
	waiting = items(dana, town, posts)
	equal(dana.call("desk.join", circle=town.forum)["read_hard"], 0, "at first")
	dana.call("desk.item", item=waiting[0])
	dana.call("desk.item", item=waiting[0])
	dana.call("desk.claim", item=waiting[1], key="c")
	joined = dana.call("desk.join", circle=town.forum)
	equal((joined["read_hard"], joined.get("hint")), (2, None), "each once")
	dana.call("desk.reject", item=waiting[2], reason="It insults.", key="r")
	joined = dana.call("desk.join", circle=town.forum)
	equal(joined["read_hard"], 3, "decided is read")
	check(joined["hint"].strip(), "a gentle word")
	equal(yael.call("desk.join", circle=town.forum)["read_hard"], 0, "the other’s")


def test_an_item_is_shown_with_all_that_bears_on_it():
	town, noa, dana = given()
	omer = town.guest("Omer")
	opener = omer.say(town.forum, "What should become of the old school?")
	for n in range(3):
		noa.say(town.forum, f"Thought {n} about it", reply_to=opener["id"])
	text = talk.words("hold")
	held = noa.post(town.forum, text, reply_to=opener["id"])
	(other,) = held_by(noa, town)
	item, alike = items(dana, town, [held, other])
	shown = dana.call("desk.item", item=item)
	equal((shown["item"]["item"], shown["item"]["post"]["text"], shown["item"]["kind"]), (item, text, "held"), "the item")
	equal([e["post"]["text"] for e in shown["thread"]], ["What should become of the old school?"] + [f"Thought {n} about it" for n in range(3)], "the thread")
	author = shown["author"]
	equal((author["participant"]["id"], author["posts"], author["held"], author["rejected"], author["removed"], author["reports"]), (noa.me["id"], 3, 2, 0, 0, 0), "the author")
	equal([(s["item"], s["by"]) for s in shown["similar"]], [(alike, "author")], "what is like it")
	dana.call("desk.reject", item=item, reason="It insults.", rule="respect", key="r")
	author = dana.call("desk.person", circle=town.forum, participant=noa.me["id"])
	equal((author["rejected"], [(d["what"], d["reason"], d["by"]["id"]) for d in author["decisions"]]), (1, [("rejected", "It insults.", dana.me["id"])]), "afterwards")
	reported = omer.say(town.forum, "Something reported")
	noa.call("post.report", post=reported["id"], reason="rude", key="p")
	noa.call("post.report", post=reported["id"], reason="very rude", key="q")
	queue = [i for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "report"]
	equal([len(i["reports"]) for i in queue], [1], "reports by one person about one post")
	shown = dana.call("desk.item", item=queue[0]["item"])
	equal(shown["author"]["reports"], 1, "reports about the author")
	check(noa.me["id"] not in talk.dump(shown["item"]["reports"]), "never by whom")
	for person, name in ((noa, "not_found"), (talk.given_process(server()).moderator("Stranger"), "not_found")):
		with refused(name):
			person.call("desk.item", item=item)
	with refused("forbidden"):
		noa.call("desk.person", circle=town.forum, participant=omer.me["id"])
	stranger = talk.given_process(server()).guest("Far")
	with refused("not_found"):
		dana.call("desk.person", circle=town.forum, participant=stranger.me["id"])


def test_several_are_decided_at_once_each_by_itself():
	town, noa, dana, yael = given("Dana", "Yael")
	posts = held_by(noa, town, 4)
	waiting = items(dana, town, posts)
	yael.call("desk.release", item=waiting[1], key="y")
	answer = dana.call("desk.reject", items=[*waiting[:3], "i" + "0" * 26], reason="A wave of insults.", key="b")
	equal([(r["item"], r.get("ok"), (r.get("error") or {}).get("name")) for r in answer["results"]],
		[(waiting[0], True, None), (waiting[1], None, "stale"), (waiting[2], True, None), ("i" + "0" * 26, None, "not_found")], "results")
	check(all(r["error"]["message"].strip() for r in answer["results"] if "error" in r), "a sentence with each refusal")
	equal(dana.call("desk.reject", items=[*waiting[:3], "i" + "0" * 26], reason="A wave of insults.", key="b"), answer, "the same key")
	with refused("key_reused"):
		dana.call("desk.reject", items=waiting[3:], reason="A wave of insults.", key="b")
	equal([i["item"] for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "held"], [waiting[3]], "what is left")
	equal([e["post"]["id"] for e in noa.history(town.forum) if e["kind"] == "posted"], [posts[1]["id"]], "what stands")
	released = dana.call("desk.release", items=[waiting[3]], key="l")
	equal(released["results"], [{"item": waiting[3], "ok": True}], "released")
	rejected = [e for e in noa.call("inbox.read", after=0)["events"] if e["kind"] == "post_rejected"]
	equal(len(rejected), 2, "each author is told of each")
	for wrong in ({"items": []}, {"items": "all"}, {"items": [5]}, {"items": waiting[:1] * 2}, {"items": [str(n) for n in range(51)]}, {"items": waiting[:1], "item": waiting[0]}):
		with refused("invalid_params"):
			dana.call("desk.release", {"key": talk.unique(), **wrong})
	with refused("invalid_params"):
		dana.call("desk.reject", items=waiting[:1], key=talk.unique())


def test_an_appeal_stands_in_the_queue_with_what_it_is_about():
	town, noa, dana, yael = given("Dana", "Yael")
	(held,) = posts = held_by(noa, town)
	text = noa.call("me.posts")["posts"][0]["text"]
	dana.call("desk.reject", item=items(dana, town, posts)[0], reason="It insults.", key="r")
	decision = next(e for e in noa.call("inbox.read", after=0)["events"] if e["kind"] == "post_rejected")["decision"]
	noa.call("appeal.open", decision=decision, text="It was a quotation.", key="a")
	item = next(i for i in yael.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "appeal")
	equal((item["appeal"]["decision"], item["appeal"]["text"], item["appeal"]["decided_by_me"], item["words"]), (decision, "It was a quotation.", False, text), "appeal")
	check(item["appeal"]["statement"]["facts"] and item["appeal"]["until"], f"statement and until: {item}")
	check(next(i for i in dana.call("desk.queue", circle=town.forum)["items"] if i["kind"] == "appeal")["appeal"]["decided_by_me"], "one’s own decision is marked")
	shown = yael.call("desk.item", item=item["item"])
	equal((shown["author"]["participant"]["id"], shown["author"]["rejected"]), (noa.me["id"], 1), "its author")
	for method in ("desk.release", "desk.reject"):
		with refused("invalid_params"):
			yael.call(method, item=item["item"], reason="Not so", key=talk.unique())


def test_two_moderators_at_two_processes_never_decide_the_same():
	(first, second), town = nodes.given_nodes(2, "newcomer_surge=0")
	dana = town.moderator()
	yael = talk.Client(second).open(resume=town.moderator("Yael").opened["resume"])
	noa = nodes.guest(first, town, "Noa")
	for n in range(4):
		(held,) = held_by(noa, town)
		item = items(yael, town, [held])[0]
		asked = [(dana, dana.ask("desk.release", item=item, key=f"a{n}")), (yael, yael.ask("desk.reject", items=[item], reason="It insults.", key=f"b{n}"))]
		outcomes = []
		for moderator, i in asked:
			try:
				result = moderator.result(i)
				error = (result.get("results") or [{}])[0].get("error")
				outcomes.append(error["name"] if error else "done")
			except talk.RpcError as err:
				outcomes.append(err.name)
		equal(sorted(outcomes), ["done", "stale"], "outcomes")
	journals = [m.call("desk.read", circle=town.forum, after=0, limit=500)["events"] for m in (dana, yael)]
	equal(journals[0], journals[1], "the desk's journal at both")


def test_the_desk_is_joined_with_all_that_it_takes():
	town, noa, dana = given()
	hebrew = town.moderator("Hila", lang="he")
	joined = dana.call("desk.join", circle=town.forum)
	equal([p["id"] for p in joined["presets"]], ["mild", "strong", "lockdown"], "presets, mildest first")
	check(all(p["title"].strip() and p["text"].strip() for p in joined["presets"]), "presets are explained")
	check(joined["templates"] and all(t["text"].strip() for t in joined["templates"]), "templates")
	equal(joined["rules"], [{"id": "respect", "text": "Respect each other."}], "rules")
	check("offensive" in joined["reasons"] and joined["on_watch"] == [], "reasons, on watch")
	log = dana.call("desk.log", circle=town.forum)
	equal(joined["chain"], {"seq": log["head"], "hash": log["entries"][-1]["chain"] if log["entries"] else ""}, "the chain's head")
	in_hebrew = hebrew.call("desk.join", circle=town.forum)
	check(in_hebrew["presets"][0]["title"] != joined["presets"][0]["title"] and in_hebrew["rules"][0]["text"] == "כבוד", "in the reader's language")


talk.main()

#!/usr/bin/python3
"""One's own name, contributions, data and erasure."""
import pathlib
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


talk.main()

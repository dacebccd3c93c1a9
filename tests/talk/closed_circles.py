#!/usr/bin/python3
"""A closed circle and one that does not exist take the same path to the same answer."""
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused

ON_CIRCLE = [
	("circle.join", {}), ("circle.join", {"after": 0}), ("circle.join", {"tail": 5}), ("circle.join", {"after": 99999}),
	("circle.join", {"after": 0, "epoch": "another"}), ("circle.leave", {}), ("circle.mark", {"seq": 1}), ("circle.mark", {"seq": 99999}),
	("circle.members", {}), ("circle.typing", {}), ("history.read", {}), ("history.read", {"before": 3, "limit": 1}),
	("history.search", {"query": "secret"}), ("post.create", {"text": "Hello there", "key": "k1"}),
	("draft.check", {"text": "Hello there"}), ("desk.join", {}), ("desk.join", {"after": 0}), ("desk.read", {}), ("desk.queue", {}), ("desk.log", {}),
]
ON_POST = [
	("post.edit", {"rev": 1, "text": "Changed", "key": "k2"}), ("post.edit", {"rev": 7, "text": "Changed", "key": "k2"}), ("post.retract", {"key": "k3"}),
	("post.report", {"reason": "rude", "key": "k4"}), ("desk.remove", {"rev": 1, "reason": "rude", "key": "k5"}),
]


def server():
	return talk.shared("limits=0")


def given_secret():
	town = talk.given_process(server())
	rivka = town.member("participant", "Rivka")
	post = rivka.say(town.panel, "A secret of the panel.")
	return town, rivka, post


def same_length(name):
	return "z" * len(name)


def test_every_call_on_a_closed_circle_answers_as_if_it_did_not_exist():
	town, _, post = given_secret()
	for outsider in (town.guest("Noa"), talk.given_process(server()).member("moderator", "Foreign moderator")):
		for method, params in ON_CIRCLE:
			hidden = outsider.raw_answer(method, {"circle": town.panel, **params})
			absent = outsider.raw_answer(method, {"circle": same_length(town.panel), **params})
			equal(hidden, absent, f"{method} {params}")
			check(b'"name":"not_found"' in hidden or method in ("circle.leave", "circle.typing"), f"{method}: {hidden}")


def test_every_call_on_a_post_of_a_closed_circle_answers_as_if_it_did_not_exist():
	town, _, post = given_secret()
	noa = town.guest("Noa")
	for method, params in ON_POST:
		hidden = noa.raw_answer(method, {"post": post["id"], **params})
		absent = noa.raw_answer(method, {"post": talk.secrets.token_urlsafe(64)[:len(post["id"])], **params})
		equal(hidden, absent, f"{method} {params}")
		check(b'"name":"not_found"' in hidden, f"{method}: {hidden}")


def test_a_post_of_a_closed_circle_cannot_be_replied_to_from_outside():
	town, _, post = given_secret()
	noa = town.guest("Noa")
	for params in ({"reply_to": post["id"]}, {"thread": post["id"]}):
		hidden = noa.raw_answer("post.create", {"circle": town.forum, "text": "Hello", "key": "r1", **params})
		name = next(iter(params))
		absent = noa.raw_answer("post.create", {"circle": town.forum, "text": "Hello", "key": "r1", name: "q" * len(post["id"])})
		equal(hidden, absent, name)


def test_wrong_params_are_answered_alike_for_closed_and_absent():
	town, _, _ = given_secret()
	noa = town.guest("Noa")
	for method, params in (("circle.join", {"after": -1}), ("circle.join", {"after": "x"}), ("circle.join", {"after": 1, "tail": 1}),
			("post.create", {"text": "", "key": "k"}), ("history.read", {"limit": -5}), ("history.read", {"after": 1, "before": 2})):
		hidden = noa.raw_answer(method, {"circle": town.panel, **params})
		absent = noa.raw_answer(method, {"circle": same_length(town.panel), **params})
		equal(hidden, absent, f"{method} {params}")


def test_speaking_in_a_closed_circle_without_the_charter_is_not_found_too():
	town, _, _ = given_secret()
	noa = server().guest("Noa")
	hidden = noa.raw_answer("post.create", {"circle": town.panel, "text": "Hello", "key": "k"})
	absent = noa.raw_answer("post.create", {"circle": same_length(town.panel), "text": "Hello", "key": "k"})
	equal(hidden, absent, "post.create")


def test_the_time_of_the_answer_tells_nothing():
	town, _, _ = given_secret()
	noa = town.guest("Noa")
	absent = same_length(town.panel)
	for method, params in (("circle.join", {}), ("history.read", {})):
		times = {town.panel: [], absent: []}
		for _ in range(150):
			for circle in times:
				began = time.perf_counter()
				noa.raw_answer(method, {"circle": circle, **params})
				times[circle].append(time.perf_counter() - began)
		hidden, missing = (statistics.median(times[circle]) for circle in (town.panel, absent))
		check(abs(hidden - missing) < max(0.0004, 0.4 * min(hidden, missing)), f"{method}: {hidden * 1e6:.0f} against {missing * 1e6:.0f} microseconds")


def test_a_closed_circle_is_listed_to_its_members_alone():
	town, rivka, _ = given_secret()
	noa = town.guest("Noa")
	check(town.panel not in talk.dump(noa.opened), "session.open lists it to a guest")
	check(town.panel not in talk.dump(noa.call("process.read", process=town.process)), "process.read lists it to a guest")
	check(town.panel in talk.dump(town.again(rivka).opened), "session.open lists it to a member")
	check(town.panel in talk.dump(rivka.call("process.read", process=town.process)), "process.read lists it to a member")


def test_metrics_and_health_name_no_circle():
	town, _, _ = given_secret()
	for path in ("/metrics", "/healthz", "/readyz"):
		body = server().http(path)[2].decode()
		for name in (town.panel, town.forum, town.process):
			check(name not in body, f"{path} names {name}")


def test_members_of_a_closed_circle_know_each_other():
	town, rivka, _ = given_secret()
	avi = town.member("observer", "Avi")
	members = avi.call("circle.members", circle=town.panel)["members"]
	check({rivka.me["id"], avi.me["id"]} <= {member["id"] for member in members}, f"members {members}")
	names = {member["name"] for member in members}
	check({"Rivka", "Avi"} <= names, f"names {names}")


talk.main()

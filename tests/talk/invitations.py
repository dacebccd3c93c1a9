#!/usr/bin/python3
"""Invitations: a link lets one person in, in a role, and belongs to the first who uses it."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_an_invitation_lets_a_person_into_a_closed_circle_in_their_role():
	town = talk.given_process(server())
	rivka = town.member("participant", "Rivka", organisation="The Council", sector="public")
	equal(rivka.me["name"], "Rivka", "name")
	joined = rivka.join(town.panel)
	equal((joined["circle"]["id"], joined["circle"]["access"]), (town.panel, "closed"), "circle")
	rivka.say(town.panel, "A word from the panel.")
	author = rivka.wait_event("posted")["post"]["author"]
	equal((author["name"], author["role"], author.get("organisation")), ("Rivka", "participant", "The Council"), "author")
	check(not author.get("tag"), "only guests carry a tag")


def test_an_invitation_belongs_to_the_first_who_uses_it():
	town = talk.given_process(server())
	token = server().invite(town.panel)["token"]
	first = server().client().open(token=token)
	with refused("unauthorised"):
		server().client().open(token=token)
	first.join(town.panel)
	again = server().client().open(resume=first.opened["resume"])
	equal(again.me["id"], first.me["id"], "the first comes back by resume")


def test_a_used_invitation_stays_used_after_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	token = house.invite(town.panel)["token"]
	first = house.client().open(token=token)
	house.restart(kill=True)
	with refused("unauthorised"):
		house.client().open(token=token)
	house.client().open(resume=first.opened["resume"]).join(town.panel)


def test_a_refused_opening_may_be_tried_again():
	town = talk.given_process(server())
	client = server().client()
	with refused("unauthorised"):
		client.open(token="A" * 43)
	with refused("unauthorised"):
		client.call("circle.join", circle=town.forum)
	client.open(token=server().invite(town.panel)["token"]).join(town.panel)


def test_a_wrong_token_is_unauthorised_however_it_looks():
	token = server().invite(talk.given_process(server()).panel)["token"]
	for wrong in ("", "x", token[:-1], token + "A", token.swapcase(), "א" * 20, "A" * 4000):
		with refused("unauthorised"):
			server().client().open(token=wrong)


def test_the_token_travels_in_the_fragment_and_has_128_random_bits():
	town = talk.given_process(server())
	out = server().invite_many(town.panel, count=5)
	equal(len(out), 5, "invitations")
	equal(len({invitation["token"] for invitation in out}), 5, "different tokens")
	for invitation in out:
		link, _, fragment = invitation["link"].partition("#")
		check(invitation["token"] in fragment, f"the fragment holds the token: {invitation['link']}")
		check(invitation["token"] not in link and "?" not in link, "nothing of it before the fragment")
		check(re.fullmatch(r"[A-Za-z0-9_-]{22,}", invitation["token"]), "22 or more characters of base64url")


def test_every_role_can_be_invited_and_no_other():
	town = talk.given_process(server())
	for role in ("observer", "participant", "moderator", "convenor"):
		person = town.member(role, f"A {role}")
		members = person.call("circle.members", circle=town.panel)["members"]
		equal([m["role"] for m in members if m["id"] == person.me["id"]], [role], "role among the members")
	done = server().cli("invite", "--circle", town.panel, "--role", "emperor", "--name", "Max")
	equal(done.returncode, 2, "exit status of a wrong role")
	done = server().cli("invite", "--circle", "no-such-circle", "--role", "participant", "--name", "Max")
	equal(done.returncode, 1, "exit status of a circle that does not exist")


def test_an_observer_reads_and_does_not_speak():
	town = talk.given_process(server())
	observer, rivka = town.member("observer", "Avi"), town.member("participant", "Rivka")
	observer.join(town.panel)
	with refused("forbidden"):
		observer.post(town.panel, "May I?")
	rivka.say(town.panel, "Observers hear this.")
	observer.wait_event("posted", where=lambda e: e["post"]["text"] == "Observers hear this.")


def test_an_invitation_to_one_circle_opens_no_other():
	town, other = talk.given_process(server()), talk.given_process(server())
	rivka = town.member()
	with refused("not_found"):
		rivka.join(other.panel)
	rivka.join(other.forum)


talk.main()

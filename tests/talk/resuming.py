#!/usr/bin/python3
"""Resume: proof of identity that outlives connections, restarts and kill -9."""
import contextlib
import hashlib
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_resume_gives_back_the_same_person():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.close()
	again = town.again(noa)
	equal({k: again.me[k] for k in ("id", "name", "kind", "tag")}, {k: noa.me[k] for k in ("id", "name", "kind", "tag")}, "participant")
	again.say(town.forum, "The charter stays accepted.")


def test_resume_is_durable_before_the_answer_and_survives_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	people = [town.guest(f"Guest {i}") for i in range(5)] + [town.member("participant", "Rivka")]
	house.kill()
	house.start()
	for person in people:
		again = house.client().open(resume=person.opened["resume"])
		equal((again.me["id"], again.me["name"]), (person.me["id"], person.me["name"]), "the same person after kill -9")
		again.say(town.forum, f"{person.me['name']} is back.")


def test_resume_is_not_consumed_by_use_and_serves_several_connections():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	several = [town.again(noa) for _ in range(3)]
	for i, client in enumerate(several):
		client.join(town.forum)
	noa.say(town.forum, "Heard on all devices.")
	for client in several:
		client.wait_event("posted")
		equal(client.me["id"], noa.me["id"], "identity")


def test_resume_proves_identity_and_not_joins():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	noa.join(town.forum)
	again = town.again(noa)
	omer.say(town.forum, "Who hears me?")
	noa.wait_event("posted")
	again.barrier()
	equal(again.seen, [], "events on a connection that has not joined")


def test_an_invalid_resume_is_unauthorised():
	noa = server().guest("Noa")
	for wrong in ("", "nonsense", noa.opened["resume"][:-2], noa.opened["resume"] + "AA", "0" * 64):
		with refused("unauthorised"):
			server().client().open(resume=wrong)


def test_a_resume_from_before_tokens_began_with_an_id_still_opens():
	noa = server().guest("Noa")
	old = "CRkQBUyzmit9QczC4h5D9iBKAVYaUXv7"
	with contextlib.closing(sqlite3.connect(server().data / "maagal.db", timeout=10)) as store, store:
		changed = store.execute("UPDATE device SET hash = ? WHERE person = (SELECT max(person) FROM device)",
			(hashlib.blake2b(old.encode(), digest_size=32).digest(),)).rowcount
	equal(changed, 1, "devices of hers")
	back = server().client().open(resume=old)
	equal(back.opened["participant"]["id"], noa.opened["participant"]["id"], "who came back")
	equal(back.opened["resume"], old, "what it goes on with")


def test_a_resume_of_somebody_else_with_ones_own_id_in_front_opens_nothing():
	noa, omar = server().guest("Noa"), server().guest("Omar")
	mine, theirs = noa.opened["resume"], omar.opened["resume"]
	check(mine.startswith(noa.opened["participant"]["id"]), "a resume begins with whose it is")
	for wrong in (theirs[:27] + mine[27:], mine[:27] + theirs[27:]):
		with refused("unauthorised"):
			server().client().open(resume=wrong)


def test_an_invitation_token_is_no_resume_and_a_resume_is_no_token():
	town = talk.given_process(server())
	token = server().invite(town.panel)["token"]
	with refused("unauthorised"):
		server().client().open(resume=token)
	noa = town.guest("Noa")
	with refused("unauthorised"):
		server().client().open(token=noa.opened["resume"])


def test_resume_in_another_language_changes_the_language_of_that_session():
	town = talk.given_process(server())
	noa = town.guest("Noa", "en")
	hebrew = town.again(noa, lang="he")
	equal(hebrew.join(town.forum)["circle"]["title"], "פורום", "title in Hebrew")
	equal(noa.join(town.forum)["circle"]["title"], "Forum", "title in English on the other connection")


def test_session_close_ends_the_session_and_resume_brings_it_back():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	equal(noa.call("session.close"), {}, "answer to session.close")
	again = town.again(noa)
	equal(again.me["id"], noa.me["id"], "identity")


talk.main()

#!/usr/bin/python3
"""SIGSTOP: a server that was frozen for a while goes on where it was."""
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


@talk.within(60)
def test_a_server_that_was_frozen_answers_what_was_asked_meanwhile():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	noa.say(town.forum, "Before")
	house.pause()
	asked = [noa.ask("post.create", circle=town.forum, text=f"While frozen {i}", key=f"k{i}") for i in range(20)]
	threading.Event().wait(3)	# the fault itself
	equal(noa.answers, {}, "answers of a frozen server")
	house.go_on()
	seqs = [noa.result(i)["seq"] for i in asked]
	equal(seqs, sorted(seqs), "order")
	omer.wait_seq(f"circle/{town.forum}", seqs[-1])
	talk.wait_until(lambda: house.http("/readyz")[0] == 200, "ready")
	town.guest("New").say(town.forum, "After")


@talk.within(60)
def test_a_client_that_was_frozen_is_up_to_date_again():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	sleeper = talk.Wire(house)
	sleeper.call("session.open", name="Sleeper")
	sleeper.call("circle.join", 2, circle=town.forum)
	said = [noa.say(town.forum, f"While asleep {i}") for i in range(50)]
	seqs = []
	while len(seqs) < 50:
		message = sleeper.read_json()
		if message.get("method") == "event":
			seqs.append(message["params"]["seq"])
	equal(seqs, [p["seq"] for p in said], "events")


talk.main()

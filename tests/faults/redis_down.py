#!/usr/bin/python3
"""Redis absent, killed, paused, restarted, cut off in the middle: events go on, exact and at most a second late."""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import redis_server
import talk
from talk import check, equal

LATE = 1.0


def lateness(crowd, seconds):
	"""For a while: how long after its answer a post is seen by the last of all readers, at most."""
	worst, end = 0, time.monotonic() + seconds
	journal = f"circle/{crowd.town.forum}"
	while time.monotonic() < end:
		if not crowd.answered:
			continue
		last = crowd.answered[-1][0]
		began = crowd.said[last]
		for reader in crowd.readers:
			reader.wait_seq(journal, last)
		worst = max(worst, time.monotonic() - began)
		check(worst < LATE * talk.PATIENCE, f"seen {worst:.2f} s after it was answered")
	return worst


@talk.within(120)
def test_whatever_happens_to_redis_nothing_is_lost_doubled_reordered_or_late():
	redis = redis_server.Redis(password=talk.unique("p"))
	wire = redis_server.Wire(redis.address)
	houses, town = nodes.given_nodes(3, f"redis={redis.url(wire.address)}")
	for house in houses:
		house.secret(redis.password)
	nodes.relay_is(houses, 1)
	crowd = nodes.Crowd(houses, town)
	worst = {"well": lateness(crowd, 1)}
	redis.kill()
	nodes.relay_is(houses, 0)
	worst["killed"] = lateness(crowd, 1.5)
	redis.start()
	nodes.relay_is(houses, 1)
	worst["back"] = lateness(crowd, 1)
	redis.pause()
	worst["paused"] = lateness(crowd, 5)
	nodes.relay_is(houses, 0)
	redis.go_on()
	nodes.relay_is(houses, 1)
	for _ in range(10):
		wire.cut()
		lateness(crowd, 0.2)
	nodes.relay_is(houses, 1)
	redis.ask("FLUSHALL")
	redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
	redis.ask("CLIENT", "KILL", "TYPE", "normal")
	worst["cut"] = lateness(crowd, 1)
	last = crowd.end()
	print(f"# {last} events; latest seen after: " + ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in worst.items()))
	for house in houses:
		check("relay.down" in house.log() and "relay.up" in house.log(), "losses are logged")
		check(redis.password not in house.log() + house.out(), "the password is not logged")


@talk.within(120)
def test_a_link_cut_after_any_number_of_bytes_does_no_harm():
	redis = redis_server.Redis(password=talk.unique("p"))
	wire = redis_server.Wire(redis.address)
	wire.cut_after = 0
	houses, town = nodes.given_nodes(2, f"redis={redis.url(wire.address)}")
	crowd = nodes.Crowd(houses, town, writers=1)
	for cut_after in (1, 4, 5, 6, 11, 12, 40, 60, 90, 100, 150, 200, 333, 1000):
		wire.cut_after = cut_after
		passed = wire.passed
		wire.cut()
		talk.wait_until(lambda: wire.passed >= passed + cut_after or wire.passed > passed + 50, f"they come back, {cut_after}")
		lateness(crowd, 0.1)
	wire.cut_after = None
	wire.cut()
	nodes.relay_is(houses, 1)
	lateness(crowd, 0.5)
	crowd.end()


@talk.within(60)
def test_without_redis_events_are_seen_within_a_second():
	houses, town = nodes.given_nodes(3, f"redis=redis://127.0.0.1:{redis_server.free_port()}")
	crowd = nodes.Crowd(houses, town, writers=1, pause=0.05)
	lateness(crowd, 2)
	crowd.end()
	equal(nodes.figures(houses[0])["maagal_relay_up"], 0, "relay_up")


def test_with_redis_another_process_sees_at_once():
	redis = redis_server.Redis()
	(one, other), town = nodes.given_nodes(2, f"redis={redis.url()}")
	nodes.relay_is((one, other), 1)
	noa, omer = nodes.guest(one, town, "Noa"), nodes.guest(other, town, "Omer")
	omer.join(town.forum)
	took = []
	for i in range(50):
		noa.say(town.forum, f"Number {i}")
		began = time.monotonic()
		omer.wait_event("posted")
		took.append(time.monotonic() - began)
	middle = sorted(took)[len(took) // 2]
	print(f"# {middle * 1000:.1f} ms after the answer")
	check(middle < 0.1 * talk.PATIENCE, f"seen {middle * 1000:.0f} ms after the answer: that is looking, not being told")


def test_a_wrong_password_is_said_once_and_stops_nothing():
	redis = redis_server.Redis(password="right-password")
	house = talk.serve("limits=0", f"redis=redis://:wrong-password@127.0.0.1:{redis.port}")
	town = talk.given_process(house)
	talk.wait_until(lambda: "relay.refused error=WRONGPASS" in house.log(), "it is said")
	redis.password = "wrong-password"
	town.guest("Noa").say(town.forum, "Hello")
	equal(house.log().count("relay.refused"), 1, "times it was said")
	check("wrong-password" not in house.log() + house.out(), "the password is not logged")


def test_a_wrong_url_stops_the_start_with_a_sentence():
	for url in ("redis://", "redis://:geheim%zz@h", "rediss://h", "redis://h:99999"):
		done = talk.run("serve", "--data", pathlib.Path(talk.serve(start=False).data), "--listen", "127.0.0.1:0", "--redis", url)
		check(done.returncode in (1, 2), f"exit status {done.returncode}")
		check("`redis`" in done.stderr, f"a sentence: {done.stderr}")
		check("geheim" not in done.stderr, "nothing that may be a password")


@talk.within(60)
def test_redis_learns_no_words_names_nor_addresses():
	redis = redis_server.Redis()
	(one, other), town = nodes.given_nodes(2, f"redis={redis.url()}")
	nodes.relay_is((one, other), 1)
	heard = []

	def watch():
		import socket
		with socket.create_connection(redis.address) as sock:
			sock.sendall(b"MONITOR\r\n")
			sock.settimeout(1)
			while not over.is_set():
				try:
					heard.append(sock.recv(65536))
				except TimeoutError:
					pass

	over = threading.Event()
	watcher = threading.Thread(target=watch, daemon=True)
	watcher.start()
	talk.wait_until(lambda: heard, "Redis tells what it is told")
	noa, omer = nodes.guest(one, town, "Noawordname"), nodes.guest(other, town, "Omer")
	noa.join(town.forum)
	omer.join(town.forum)
	noa.say(town.forum, "Wordsofapost")
	noa.notify("circle.typing", circle=town.forum)
	omer.wait_notice("typing")
	talk.wait_until(lambda: any(":here:" in key for key in redis.keys()), "who is present")
	keys = redis.keys()
	over.set()
	watcher.join()
	everything = b"".join(heard).decode("latin-1").replace("[0 127.0.0.1", "")
	for word in ("Noawordname", "Wordsofapost", noa.me["id"], town.forum, "127.0.0.1"):
		check(word not in everything, f"Redis learns {word}")
	for key in keys:
		check(key.startswith("maagal:"), f"key {key}")
		check(int(redis.ask("PTTL", key)) > 0, f"{key} runs out")


talk.main()

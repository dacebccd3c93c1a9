#!/usr/bin/python3
"""A newer program upgrades the store while an older one serves: the older one ends clearly, and nothing is lost. A store of an earlier
version, as that version left it, is brought to the present one whole."""
import json
import pathlib
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused

OLD = pathlib.Path(__file__).with_name("store_2.sql")


def upgrade(data, by=1):
	base = sqlite3.connect(data / "maagal.db", isolation_level=None, timeout=20)
	version, = base.execute("pragma user_version").fetchone()
	base.execute(f"pragma user_version = {version + by}")
	base.close()


def posted_until_refused(client, circle, kept):
	for i in range(10000):
		try:
			kept.append(client.post(circle, f"Word {i}", key=f"k{i}")["id"])
		except talk.RpcError as err:
			equal((err.name, err.data.get("retry")), ("storage_unavailable", True), "what the last one is answered")
			return
		except talk.Closed:
			return


def test_a_process_whose_store_was_upgraded_by_a_newer_one_says_goodbye_and_ends():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer, idle = town.guest("Noa"), town.guest("Omer"), town.guest("Idle")
	idle.join(town.forum)
	kept = {"Noa": [], "Omer": []}
	threads = [threading.Thread(target=posted_until_refused, args=(one, town.forum, kept[one.me["name"]])) for one in (noa, omer)]
	for thread in threads:
		thread.start()
	talk.wait_until(lambda: all(len(ids) > 20 for ids in kept.values()), "both write")
	upgrade(house.data)
	for thread in threads:
		thread.join()
	idle.wait_notice("goodbye")
	equal(idle.wait_closed(), 1001, "close code")
	equal(house.wait_exit(), 1, "exit status")
	check("store.newer" in house.log() and "newer program" in house.log(), f"it says why: {house.log()[-400:]}")
	again = talk.run("serve", "--data", str(house.data), "--listen", "127.0.0.1:0")
	equal(again.returncode, 1, "an old program on a newer store")
	check("run the newer program" in again.stderr, f"it says why: {again.stderr}")
	upgrade(house.data, -1)
	later = talk.serve("limits=0", data=house.data)
	noa = later.client().open(resume=noa.opened["resume"])
	there = {post["id"] for post in talk_posts(noa, town.forum)}
	check(there >= set(sum(kept.values(), [])), "all that was answered is there")
	equal(noa.post(town.forum, f"Word {len(kept['Noa'])}", key=f"k{len(kept['Noa'])}")["status"], "posted", "what was refused is asked again")
	equal(later.stop(), 0, "exit status")
	equal(later.cli("verify").returncode, 0, "verify")


def talk_posts(client, circle):
	after, found = 0, []
	while True:
		page = client.call("history.read", circle=circle, after=after, limit=500)
		found += [event["post"] for event in page["events"] if event["kind"] == "posted"]
		if not page["more"]:
			return found
		after = page["events"][-1]["seq"]


def test_a_process_that_does_nothing_notices_as_well():
	house = talk.serve("limits=0")
	noa = house.guest("Noa")
	upgrade(house.data)
	equal(noa.wait_closed(40), 1001, "close code")
	equal(house.wait_exit(), 1, "exit status")


def test_who_comes_with_a_newer_token_is_told_to_come_back_and_not_that_it_is_void():
	house = talk.serve("limits=0")
	stranger = house.client()
	upgrade(house.data)
	try:
		stranger.open(resume="x" * 70)
		talk.fail("was let in")
	except talk.RpcError as err:
		equal((err.name, err.data.get("retry")), ("storage_unavailable", True), "what it is answered")
	except talk.Closed:
		pass


def test_a_store_of_version_2_as_that_version_left_it():
	house = talk.serve(start=False)
	house.data.mkdir(parents=True, exist_ok=True)
	text = OLD.read_text(encoding="utf-8")
	story = json.loads(text.splitlines()[0].removeprefix("-- "))
	base = sqlite3.connect(house.data / "maagal.db", isolation_level=None)
	base.executescript(text)
	equal(base.execute("pragma user_version").fetchone()[0], 2, "version before")
	base.execute("update device set used = ?", (int(time.time() * 1000),))	# thirty days are over one day
	base.close()
	house.start()
	noa, dana = (house.client().open(resume=story["resume"][name], accept=story["accept"]) for name in ("Noa", "Dana"))
	equal((noa.me["id"], dana.me["role"]), (story["noa"], "moderator"), "who they are")
	equal([post.get("text") for post in talk_posts(noa, story["circle"])], story["texts"], "what was said")
	equal(noa.post(story["circle"], story["texts"][0], key="first")["id"], story["first"], "a key from before")
	item = dana.call("desk.queue", circle=story["circle"])["items"][0]
	equal(item["claimed_by"]["name"], "Dana", "what she had in hand")
	dana.call("desk.release", item=item["item"], key="r")
	desk = talk.dump(dana.call("desk.read", circle=story["circle"]))
	check("An old reason" in desk and "An old note" in desk, f"what the desk wrote then: {desk[:600]}")
	equal(house.cli("verify").returncode, 0, "verify after the upgrade")
	noa.call("me.erase")
	check("An old reason" not in talk.dump(dana.call("desk.read", circle=story["circle"])), "gone with her")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify at the end: {done.stdout}{done.stderr}")


talk.main()

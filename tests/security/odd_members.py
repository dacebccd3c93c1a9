#!/usr/bin/python3
"""Every member of every method as nobody would send it, one at a time, the rest being good: a clear error or a clear answer; the server
stays up, the store stays well, and nobody else notices."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

ROOT = pathlib.Path(__file__).resolve().parents[2]
ODD = ["", " ", "\n", "\x01", "\u200b", "\u202e", "\ufeff", "\u3164", None, True, 0, -1, 2**63 - 1, 1e300, [], {}, [None], [" "], {"": ""}, "x", "%n", "a" * 200, "\ufffe"]
AT_ONCE = 50
SHUTS = {"session.open", "session.close", "session.revoke", "me.erase"}	# they end the connection: tried elsewhere


def given_everything():
	"""Of everything that can be named something that is there; good params of each method."""
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer, dana, yael = town.guest("Noa"), town.guest("Omer"), town.moderator(), town.moderator("Yael")
	posts = [noa.say(town.forum, f"Word {i}")["id"] for i in range(6)]
	for i in range(3):
		noa.post(town.forum, talk.words("hold") + f" {i}")
	dana.join(town.forum)
	item = talk.item_id(talk.queue_item(dana, town.forum))
	removed = dana.call("desk.remove", post=posts[0], rev=1, reason="spam", key="g1")
	sanction = dana.call("desk.sanction", circle=town.forum, participant=omer.me["id"], step="premoderate", minutes=5, reason="spam", cause="a cause", key="g2")
	post2 = dana.call("desk.remove", post=posts[1], rev=1, reason="spam", key="g3")
	appeal = noa.call("appeal.open", decision=post2["decision"], text="Why?", key="g4")
	some = {"circle": town.forum, "process": town.process, "post": posts[2], "thread": posts[3], "reply_to": posts[3], "item": item, "participant": noa.me["id"],
		"decision": removed["decision"], "appeal": appeal["appeal"], "sanction": sanction["sanction"], "outcome": "upheld", "step": "slow", "cause": posts[2],
		"reason": "So it is.", "note": "A note.", "rule": "respect", "text": "Fine words", "key": "k", "rev": 1, "seconds": 5, "until": "2099-01-01T00:00:00Z",
		"minutes": 5, "door": "open", "preset": "cool", "rules": True, "template": "calm", "lang": "en", "after": 1, "before": 9, "limit": 5, "tail": 1, "seq": 1,
		"spans": [{"start": 0, "end": 1}], "version": 1, "name": "Noa", "query": "word", "nudge": "n", "epoch": "e", "handover": "All is well", "section": "reports",
		"skip": 0, "device": "v" + "0" * 26, "to": dana.me["id"], "about": "thread"}
	return house, town, {"guest": noa, "other": omer, "desk": dana, "second": yael}, some


def methods():
	"""Each method of the table, and the members that its check and its keeping look at, as the sources name them."""
	rows = re.findall(r'^\t[A-Z]+\("([a-z_.]+)"', (ROOT / "server/calls/calls.c").read_text(), re.M)
	check(len(rows) > 50, f"{len(rows)} methods in the table")
	return [row for row in rows if row not in SHUTS]


def flush(house, who, waiting, outcomes):
	for sent, method, name, odd in waiting:
		try:
			who.result(sent, 20)
			outcome = "ok"
		except talk.RpcError as err:
			outcome = err.name
			check(err.name not in ("storage_unavailable", "busy") and err.code != -32603, f"{method} with {name}={odd!r}: {err}")
		except talk.Closed as err:
			talk.fail(f"{method} with {name}={odd!r} or one of the next: {err}: {house.log()[-800:]}")
		outcomes[outcome] = outcomes.get(outcome, 0) + 1
	waiting.clear()


def test_each_member_of_each_method_may_be_anything():
	house, town, people, some = given_everything()
	asked, outcomes, waiting = 0, {}, []
	for method in methods():
		who = people["desk"] if method.startswith(("desk.", "circle.members")) else people["second"] if method == "appeal.decide" else people["guest"]
		for name in sorted(some):
			for odd in ODD:
				# All that any method knows: what one does not know it ignores.
				params = {**some, name: odd, "key": odd if name == "key" else f"k{asked}"}
				# Two ways to say one thing exclude each other: the odd one is the one that is said.
				for one, other in (("after", "tail"), ("after", "before"), ("text", "template"), ("sanction", "step"), ("sanction", "circle")):
					if method in ("desk.notice", "circle.join", "inbox.join", "desk.join", "desk.lift", "history.read", "inbox.read", "desk.read"):
						params.pop(one if name == other else other, None)
				waiting.append((who.ask(method, params), method, name, odd))
				asked += 1
				if len(waiting) == AT_ONCE:
					flush(house, who, waiting, outcomes)
		flush(house, who, waiting, outcomes)
	check(outcomes["ok"] > 100 and outcomes["invalid_params"] > 1000, f"{outcomes}")
	print(f"# {asked} calls: {outcomes}")
	people["other"].call("session.ping")
	bad = [line for line in house.log().splitlines() if re.search(r" (error|warn) ", line)]
	equal(bad, [], "warnings and errors in the log")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


talk.main()

#!/usr/bin/python3
"""Every method with every param as nobody would send it: a clear error or a clear answer, never a shaken server."""
import os
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

SEED = int(os.environ.get("MAAGAL_SEED", "0")) or random.randrange(1, 10**6)
PARAMS = {
	"charter.accept": "process version", "charter.read": "process", "circle.join": "circle after tail epoch", "circle.leave": "circle", "circle.mark": "circle seq",
	"circle.members": "circle after", "circle.typing": "circle thread", "desk.claim": "item key", "desk.join": "circle after tail", "desk.log": "circle after",
	"desk.queue": "circle after", "desk.read": "circle after before limit thread", "desk.redact": "post rev spans reason rule note key",
	"desk.reject": "item reason rule note key", "desk.release": "item reason key", "desk.remove": "post rev reason rule note key",
	"desk.restore": "post rev reason key", "desk.unclaim": "item key", "draft.check": "circle text reply_to", "history.read": "circle after before limit thread",
	"history.search": "circle query limit before", "inbox.join": "after tail epoch", "inbox.read": "after before limit", "me.export": "before limit",
	"me.posts": "before limit", "me.update": "name lang", "post.create": "circle text key thread reply_to nudge", "post.edit": "post rev text key nudge",
	"post.report": "post reason note key", "post.retract": "post key", "process.read": "process after", "session.link": "", "session.ping": "",
	"session.revoke": "device",
}
ODD = [None, True, False, 0, 1, -1, 2, 3, 499, 500, 501, 2**31, 2**31 - 1, 2**53, 2**63 - 1, -2**63, 0.5, 1e300, "", " ", "0", "null", "x", "א", "\u0301", "\u202e", "\ufeff",
	"😀", "a" * 64, "a" * 65, "a" * 8000, "a" * 8001, "𐤀" * 8000, "%s%n", "'; DROP TABLE post; --", "\" OR \"\"=\"", "*", "a*", "\\", "\u2028", "\x7f", "\x01", [], {}, [[]],
	[1, 2], {"a": 1}, [{"start": 0, "end": 1}], [{"start": 2**62, "end": 2**63 - 1}], [[0, 1]] * 300, "../../etc/passwd", "\ud7ff", "\ue000", "\U0010ffff", "\ufffe"]


def value(dice, name, known):
	"""Mostly something that exists, else something odd."""
	if dice.random() < 0.55 and known.get(name):
		return dice.choice(known[name])
	if dice.random() < 0.2:
		return dice.choice(dice.choice(list(known.values())))
	return dice.choice(ODD)


def test_odd_values_shake_nothing():
	print(f"# seed {SEED}: MAAGAL_SEED={SEED} repeats the dice")
	house = talk.serve("limits=0")
	dice = random.Random(SEED)
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator()
	posts = [noa.say(town.forum, f"Word {i}")["id"] for i in range(8)]
	held = [noa.post(town.forum, talk.words("hold"))["id"] for _ in range(4)]
	items = [talk.item_id(talk.queue_item(dana, town.forum, post)) for post in held]
	known = {"circle": [town.forum, town.panel], "process": [town.process], "post": posts + held, "item": items, "thread": posts, "reply_to": posts,
		"device": [dana.opened["device"]], "version": [1], "rev": [1, 2], "seq": [1, 5], "after": [0, 1, 5], "before": [3, 9, posts[0]], "limit": [1, 5, 100],
		"text": ["Fine words"], "reason": ["So it is."], "key": ["k1", "k2", "k3"], "name": ["Zed"], "lang": ["he", "en"], "query": ["word"], "spans": [[{"start": 0, "end": 2}]]}
	statuses = {}
	for n in range(2500):
		client = dice.choice([noa, dana])
		method = dice.choice(list(PARAMS))
		params = {name: value(dice, name, known) for name in PARAMS[method].split() if dice.random() < 0.85}
		if len(talk.dump(params).encode()) > 60000:	# no frame would carry it
			continue
		if method == "session.revoke" and params.get("device") in known["device"]:
			continue
		try:
			client.call(method, params)
			outcome = "ok"
		except talk.RpcError as err:
			outcome = err.name
			check(talk.CODES.get(err.name) == err.code and err.name not in ("storage_unavailable", "busy", "too_fast", "unauthorised", "parse_error"),
				f"{method} {talk.shorten(params)}: {err}")
			check(err.message and type(err.data["retry"]) is bool, f"{err.frame}")
		except talk.Closed as err:
			talk.fail(f"{method} {talk.shorten(params)}: {err}")
		statuses[outcome] = statuses.get(outcome, 0) + 1
	check(statuses["ok"] > 250 and statuses["invalid_params"] > 250, f"{statuses}")
	late = town.guest("Late")
	events = late.history(town.forum)
	equal([e["seq"] for e in events], list(range(1, len(events) + 1)), "seqs")
	bad = [line for line in house.log().splitlines() if re.search(r" (error|warn) ", line)]
	equal(bad, [], "warnings and errors in the log")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


talk.main()

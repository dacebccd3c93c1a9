#!/usr/bin/python3
"""For whoever runs it: health, readiness, metrics, ending and reloading."""
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_health_and_readiness_are_told():
	for path in ("/healthz", "/readyz"):
		status, _, _ = server().http(path)
		equal(status, 200, path)


def test_the_ready_line_is_printed_once_and_alone():
	server()
	lines = server().out().splitlines()
	equal(lines, [f"ready http://127.0.0.1:{server().port}"], "stdout")


def test_metrics_are_openmetrics_and_count():
	town = talk.given_process(server())
	town.guest("Noa").say(town.forum, "One that counts")
	status, headers, body = server().http("/metrics")
	text = body.decode()
	equal(status, 200, "status")
	check(headers["content-type"].startswith("application/openmetrics-text"), headers["content-type"])
	check(text.endswith("# EOF\n"), f"ends with # EOF: {text[-60:]!r}")
	families = {}
	for line in text.splitlines()[:-1]:
		if line.startswith("#"):
			check(re.match(r"# (TYPE|HELP|UNIT) [a-zA-Z_:][a-zA-Z0-9_:]* .+", line), line)
			if line.startswith("# TYPE"):
				_, _, name, kind = line.split(" ")
				check(name not in families, f"{name} is declared twice")
				families[name] = kind
		else:
			found = re.fullmatch(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? (-?[0-9.e+-]+|NaN|\+Inf)( [0-9.]+)?", line)
			check(found, f"no sample: {line}")
			name = found[1]
			family = next((name[:len(name) - len(end)] for end in ("_total", "_bucket", "_count", "_sum", "_created", "_info", "")
				if name.endswith(end) and name[:len(name) - len(end) if end else None] in families), None)
			check(family, f"{name} has no family")
			if families[family] == "counter":
				check(name.endswith(("_total", "_created")), f"the counter {name} ends in _total")
	check("maagal" in text, "our names")


def test_metrics_name_no_circle_and_no_words():
	town = talk.given_process(server())
	noa = town.guest(talk.unique("Noa"))
	words = talk.unique("words")
	noa.say(town.forum, words)
	text = server().http("/metrics")[2].decode()
	for secret in (town.forum, town.panel, town.process, words, noa.me["id"], noa.me["name"]):
		check(secret not in text, f"{secret} in the metrics")


def test_metrics_tell_what_an_operator_asks():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	before = figures(server())
	for _ in range(3):
		noa.say(town.forum, "One that counts")
	noa.post(town.forum, talk.words("hold"))
	after = figures(server())
	grown = {name for name in after if after[name] > before.get(name, 0)}
	for words in (("posts", "posted"), ("posts", "held"), ("judge",), ("commit",)):
		check(any(all(word in name for word in words) for name in grown), f"something named {words} has grown: {sorted(grown)[:60]}")
	for word in ("connections", "commit", "queue", "drop", "relay"):
		check(any(word in name for name in after), f"something named {word} in {sorted(after)[:80]}")


def figures(house):
	lines = [line for line in house.http("/metrics")[2].decode().splitlines() if not line.startswith("#")]
	return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def test_no_log_level_holds_words_tokens_or_names():
	for settings in (("log_level=debug",), ("log_level=debug", "log_json=true")):
		house = talk.serve("limits=0", *settings)
		town = talk.given_process(house)
		name, word = talk.unique("Secretname"), talk.unique("Secretword")
		house.secret(name)
		house.secret(word)
		noa, dana = town.guest(name), town.moderator()
		post = noa.say(town.forum, f"{word} in a post")
		noa.call("post.edit", post=post["id"], rev=1, text=f"{word} in an edit", key=f"{word}-key")
		held = noa.post(town.forum, f"{word} {talk.words('hold')}")
		noa.post(town.forum, f"{word} {talk.words('reject')}")
		noa.call("history.search", circle=town.forum, query=word)
		noa.call("draft.check", circle=town.forum, text=f"{word} in a draft")
		dana.call("desk.reject", item=talk.item_id(talk.queue_item(dana, town.forum, held["id"])), reason=f"{word} in a reason", note=f"{word} in a note", key="d")
		noa.send_raw('{"jsonrpc":"2.0","id":1,"method":"%s","params":{}}' % word)
		noa.send_raw('{"broken":"%s"' % word)
		with refused("not_found"):
			noa.join(word)
		for params in ({"token": f"{word}-token"}, {"resume": f"{word}-resume"}):
			with refused("unauthorised"):
				house.client().open(**params)
		house.http(f"/{word}?token={word}", headers={"Cookie": f"session={word}", "Authorization": f"Bearer {word}", "X-Forwarded-For": "1.2.3.4"})
		try:
			talk.Wire(house, path=f"/ws?token={word}", headers=[f"Cookie: session={word}"], timeout=5).close()
		except (ConnectionError, OSError):
			pass
		noa.call("me.export")
		noa.call("me.erase")
		house.restart()
		check(house.log().strip(), "there is a log")
		for flaw in house.flaws():
			talk.fail(flaw)


def test_sigterm_closes_clients_with_1001_and_exits_0():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	clients = [town.guest(f"Guest {i}") for i in range(5)] + [house.client()]
	clients[0].join(town.forum)
	house.terminate()
	for client in clients:
		equal(client.wait_closed(), 1001, "close code")
	equal(house.wait_exit(), 0, "exit status")
	goodbyes = [n for n in clients[0].notices if n["method"] == "goodbye"]
	for goodbye in goodbyes:
		check(type(goodbye["params"]["retry_ms"]) is int, f"{goodbye}")


def test_sigterm_finishes_what_is_in_flight():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	asked = [noa.ask("post.create", circle=town.forum, text=f"In flight {i}", key=f"k{i}") for i in range(200)]
	noa.result(asked[0])
	house.terminate()
	noa.wait_closed()
	equal(house.wait_exit(), 0, "exit status")
	answered = {}
	for i, key in zip(asked[1:], range(1, 200)):
		answers = noa.answers.get(talk.dump(i))
		if answers and "result" in answers[0][1]:
			answered[key] = answers[0][1]["result"]
	house.start()
	events = town.again(noa).history(town.forum)
	kept = {e["post"]["text"]: e["post"]["id"] for e in events if e["kind"] == "posted"}
	for key, result in answered.items():
		equal(kept.get(f"In flight {key}"), result["id"], f"post {key} was answered")


def test_the_same_port_is_free_at_once_after_the_end():
	house = talk.serve("limits=0")
	port = house.port
	house.guest("Noa")
	house.restart(same_port=True)
	equal(house.port, port, "port")
	house.restart(same_port=True, kill=True)
	house.guest("Noa")


def test_two_servers_on_one_port_are_told_apart():
	house = talk.serve("limits=0")
	done = talk.run("serve", "--listen", f"127.0.0.1:{house.port}", "--data", str(house.folder / "other"), timeout=20)
	equal(done.returncode, 1, f"exit status {done.stderr}")
	check(done.stderr.strip(), "a sentence says what to mend")


def rules_folder(house):
	"""A copy of the shipped rules that the server may be given."""
	rules = house.folder / "civility"
	shutil.copytree(talk.ROOT / "config" / "civility", rules)
	return rules


def test_sighup_reloads_good_rules_and_keeps_the_old_ones_when_the_new_are_bad():
	house = talk.serve("limits=0", start=False)
	rules = rules_folder(house)
	house.settings += (f"rules_dir={rules}",)
	house.start()
	town = talk.given_process(house)
	noa = town.guest("Noa")
	text = talk.words("hold")
	equal(noa.post(town.forum, text)["status"], "held", "before")
	symbols = next(path for path in rules.rglob("*") if path.is_file() and path.suffix in (".json", ".conf", ".txt", ".rules"))
	good = {path: path.read_bytes() for path in rules.rglob("*") if path.is_file()}
	for path in good:
		if path.suffix == ".json":
			path.write_bytes(b"{ this is broken")
	check(symbols, "there are rules")
	before = house.log()
	house.hang_up()
	talk.wait_until(lambda: house.log() != before, "the log says that the reload failed")
	equal(noa.post(town.forum, talk.words("hold"))["status"], "held", "the old rules stay")
	equal(house.http("/healthz")[0], 200, "still healthy")
	for path, data in good.items():
		path.write_bytes(data)
	before = house.log()
	house.hang_up()
	talk.wait_until(lambda: house.log() != before, "the log says that the rules were reloaded")
	equal(noa.post(town.forum, talk.words("hold"))["status"], "held", "the good rules again")
	noa.say(town.forum, "The park needs more trees.")


def test_a_wrong_setting_stops_the_start_with_a_sentence():
	for setting in ("no.such.setting=1", "limits=perhaps", "nonsense", "=5"):
		house = talk.serve(setting, start=False)
		house.start(wait=False)
		status = house.process.wait(20)
		check(status in (1, 2), f"exit status {status} for {setting}")
		check(len(house.log().strip()) > 10, f"a sentence for {setting}")
		check("ready" not in house.out(), "not ready")


def test_the_web_client_is_served_and_nothing_beside_it():
	status, headers, body = server().http("/")
	check(status in (200, 301, 302), f"status {status}")
	for path in ("/../config/maagal.json", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd", "/maagal.db", "/nothing-such"):
		status, _, body = server().http(path)
		check(status >= 400 and b"root:" not in body, f"{path}: {status}")


talk.main()

#!/usr/bin/python3
"""JSON-RPC 2.0, and what is none: a clear error, nothing stored, the connection stays."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


_given = []


def given_forum():
	if not _given or not _given[0].server.alive():
		_given[:] = [talk.given_process(server())]
	return _given[0], _given[0].guest("Noa")


def expect(client, text, name, request_id=None):
	answer = client.send_raw(text)
	check("error" in answer, f"{talk.shorten(text)} gave {talk.shorten(answer)}")
	equal(answer["error"]["code"], talk.CODES[name], f"code for {talk.shorten(text)}: {answer}")
	equal(answer["error"]["data"]["name"], name, "data.name")
	check(type(answer["error"]["data"]["retry"]) is bool and answer["error"]["message"], "retry and message")
	if request_id != "any":
		equal(answer["id"], request_id, f"id of the answer to {talk.shorten(text)}")


def ping(client, request_id):
	return client.send_raw('{"jsonrpc":"2.0","id":%s,"method":"session.ping","params":{}}' % request_id)


def test_ids_of_every_kind_are_echoed_exactly():
	_, noa = given_forum()
	for text in ('"a"', '"0"', '""', "0", "-1", "9007199254740993", "9223372036854775807", '"שלום"', '"a\\"b\\\\c"', '"' + "x" * 200 + '"'):
		answer = ping(noa, text)
		check("result" in answer, f"{text}: {answer}")
		equal(answer["id"], json.loads(text), f"id {text}")


def test_a_fraction_as_id_is_echoed_or_refused():
	_, noa = given_forum()
	answer = ping(noa, "1.5")
	check(answer["id"] == 1.5 if "result" in answer else answer["error"]["code"] == -32600, f"{answer}")


def test_an_id_of_null_is_answered_or_refused_and_never_silent():
	_, noa = given_forum()
	answer = ping(noa, "null")
	equal(answer["id"], None, "id")


def test_ids_of_other_types_are_invalid_requests():
	_, noa = given_forum()
	for text in ("{}", "[]", "true", "[1]", '{"a":1}'):
		expect(noa, '{"jsonrpc":"2.0","id":%s,"method":"session.ping","params":{}}' % text, "invalid_request")


def test_params_may_be_absent_and_are_named():
	_, noa = given_forum()
	check("result" in noa.send_raw('{"jsonrpc":"2.0","id":"p1","method":"session.ping"}'), "absent params")
	for params, name in (("[]", "invalid_params"), ("[1,2]", "invalid_params"), ('"x"', "invalid_request"), ("7", "invalid_request"), ("null", "any"), ("true", "invalid_request")):
		answer = noa.send_raw('{"jsonrpc":"2.0","id":"p2","method":"session.ping","params":%s}' % params)
		if name != "any":
			check(answer.get("error", {}).get("code") in (-32602, -32600), f"params {params}: {answer}")
			equal(answer["id"], "p2", "id")


def test_batches_are_invalid_requests():
	_, noa = given_forum()
	one = '{"jsonrpc":"2.0","id":"b","method":"session.ping","params":{}}'
	for text in ("[]", f"[{one}]", f"[{one},{one}]", "[1,2]", f"[{one},7]"):
		expect(noa, text, "invalid_request")
	equal(len([1 for _, message in noa.stray if "result" in message]), 0, "answers to what was in a batch")


def test_what_is_no_json_is_a_parse_error():
	_, noa = given_forum()
	for text in ("", " ", "{", "}", "nonsense", "{'a':1}", '{"a":1,}', '{"a" 1}', "[1,", '"open', "{}{}", '{"jsonrpc":"2.0"} x', "NaN", '{"a":NaN}', '{"a":Infinity}',
			'{"a":-Infinity}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":0x1}', "// c\n{}", '{"a":"\t"}', '{"a":"\n"}', '{"a":"\\x"}', "\ufeff{}",
			'{"a":1e999999}', '{"id":1' + "0" * 400 + "}"):
		expect(noa, text, "parse_error")
	noa.barrier()


def test_duplicate_keys_are_a_parse_error():
	_, noa = given_forum()
	for text in ('{"jsonrpc":"2.0","id":1,"id":2,"method":"session.ping"}', '{"jsonrpc":"2.0","id":1,"method":"session.ping","method":"session.close"}',
			'{"jsonrpc":"2.0","id":1,"method":"session.ping","params":{"a":{"b":1,"b":2}}}', '{"jsonrpc":"2.0","id":1,"method":"session.ping","\\u0069d":2}'):
		expect(noa, text, "parse_error")


def test_lone_surrogates_are_a_parse_error():
	town, noa = given_forum()
	for bad in ("\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800", "\\udc00\\ud800"):
		expect(noa, '{"jsonrpc":"2.0","id":1,"method":"post.create","params":{"circle":"%s","text":"%s","key":"k"}}' % (town.forum, bad), "parse_error", request_id="any")
	answer = noa.send_raw('{"jsonrpc":"2.0","id":"pair","method":"post.create","params":{"circle":"%s","text":"\\ud83d\\ude00","key":"pair"}}' % town.forum)
	equal(answer["result"]["status"], "posted", "a whole pair is a character")


def test_a_nul_is_a_clear_error_and_nothing_is_stored():
	town, noa = given_forum()
	before = noa.join(town.forum)["head"]
	for text in ('{"jsonrpc":"2.0","id":1,"method":"post.create","params":{"circle":"%s","text":"a\\u0000b","key":"k"}}' % town.forum,
			'{"jsonrpc":"2.0","id":1,"method":"post.create","params":{"circle":"%s\\u0000","text":"ab","key":"k"}}' % town.forum,
			'{"jsonrpc":"2.0","id":1,"method":"session.ping\\u0000","params":{}}', '{"jsonrpc":"2.0","id":1,"a\\u0000b":1,"method":"session.ping"}', '{"a":"\0"}', "\0"):
		answer = noa.send_raw(text)
		check(answer.get("error", {}).get("code") in (-32700, -32600, -32602, -32601), f"{text!r}: {answer}")
	equal(noa.join(town.forum)["head"], before, "head")


def test_deep_nesting_is_a_clear_error():
	town, noa = given_forum()
	for depth in (100, 1000, 5000, 20000):
		for text in ("[" * depth + "]" * depth, '{"a":' * (depth // 2) + "1" + "}" * (depth // 2)):
			answer = noa.send_raw(text)
			check(answer["error"]["code"] in (-32700, -32600), f"depth {depth}: {answer}")
	for depth in (100, 10000):
		answer = noa.send_raw('{"jsonrpc":"2.0","id":"deep","method":"session.ping","params":{"a":%s}}' % ("[" * depth + "]" * depth))
		check("result" in answer or answer["error"]["code"] in (-32700, -32600, -32602), f"{talk.shorten(answer)}")


def test_json_that_is_no_request_is_an_invalid_request():
	_, noa = given_forum()
	for text in ("{}", "1", '"x"', "true", "null", '{"jsonrpc":"1.0","id":1,"method":"session.ping"}', '{"jsonrpc":2.0,"id":1,"method":"session.ping"}',
			'{"id":1,"method":"session.ping"}', '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":1,"method":7}', '{"jsonrpc":"2.0","id":1,"method":null}',
			'{"jsonrpc":"2.0","method":[]}', '{"jsonrpc":"2.0","params":{}}'):
		expect(noa, text, "invalid_request", request_id="any")


def test_unknown_methods_are_not_found():
	_, noa = given_forum()
	for method in ("nothing.such", "", "session", "session.", "SESSION.PING", "session.ping ", "rpc.discover", "stage.open", "vote.cast", "x" * 3000, "שלום", "event"):
		expect(noa, talk.dump({"jsonrpc": "2.0", "id": "m", "method": method, "params": {}}), "method_not_found", "m")


def test_notifications_are_never_answered():
	_, noa = given_forum()
	for text in ('{"jsonrpc":"2.0","method":"session.ping","params":{}}', '{"jsonrpc":"2.0","method":"nothing.such"}',
			'{"jsonrpc":"2.0","method":"circle.join","params":{"circle":"no-such"}}', '{"jsonrpc":"2.0","method":"circle.join","params":[1]}'):
		noa.send_raw(text, answers=False)
	noa.barrier()
	equal(noa.stray, [], "answers to notifications")


def test_writing_without_an_id_is_ignored():
	town = talk.given_process(server())
	silent = server().client()
	silent.notify("session.open", name="Silent")
	with refused("unauthorised"):
		silent.call("session.ping")
	silent.open(name="Aloud")
	silent.notify("charter.accept", process=town.process, version=1)
	with refused("charter_not_accepted"):
		silent.post(town.forum, "May I?")
	noa = town.guest("Noa")
	post = noa.say(town.forum, "Words that stay")["id"]
	for method, params in (("post.edit", {"post": post, "rev": 1, "text": "Others", "key": "a"}), ("post.retract", {"post": post, "key": "b"}),
			("me.update", {"name": "Somebody else"}), ("session.link", {}), ("session.revoke", {"device": noa.opened["device"]}),
			("circle.mark", {"circle": town.forum, "seq": 1}), ("me.erase", {})):
		noa.notify(method, params)
	noa.barrier()
	equal(talk.Fold(noa.history(town.forum)).texts(), ["Words that stay"], "what stands")
	equal(town.again(noa).me["name"], "Noa", "name")


def test_responses_from_a_client_are_harmless():
	_, noa = given_forum()
	for text in ('{"jsonrpc":"2.0","id":1,"result":{}}', '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}'):
		noa.send_raw(text, answers=False)
	noa.barrier()


def test_unknown_members_are_ignored():
	_, noa = given_forum()
	answer = noa.send_raw('{"jsonrpc":"2.0","id":"u","method":"session.ping","params":{"unknown":{"a":[1,2,{"b":null}]}},"more":[1]}')
	check("at" in answer["result"], f"{answer}")
	town, noa = given_forum()
	equal(noa.call("post.create", circle=town.forum, text="With something unknown", key="unknown", colour="red")["status"], "posted", "status")


def test_huge_and_odd_numbers_are_clear_errors():
	town, noa = given_forum()
	for number in ("1e308", "-1e308", "1e400", "9" * 30, "9223372036854775808", "1.5", "-0.0", "1e2", "123456789012345678901234567890", "-9223372036854775808"):
		answer = noa.send_raw('{"jsonrpc":"2.0","id":"n","method":"history.read","params":{"circle":"%s","after":%s}}' % (town.forum, number))
		check("error" not in answer or answer["error"]["code"] in (-32700, -32602), f"{number}: {talk.shorten(answer)}")
		if number in ("1e308", "-1e308", "1.5", "-9223372036854775808"):
			equal(answer["error"]["code"], -32602, number)


def test_wrong_types_everywhere_are_invalid_params_and_close_nothing():
	town, noa = given_forum()
	methods = {"circle.join": "circle", "circle.leave": "circle", "circle.mark": "circle", "circle.members": "circle", "circle.typing": "circle", "post.create": "circle",
		"post.edit": "post", "post.retract": "post", "post.report": "post", "draft.check": "circle", "history.read": "circle", "history.search": "circle",
		"process.read": "process", "charter.read": "process", "charter.accept": "process", "desk.join": "circle", "desk.queue": "circle", "desk.release": "item",
		"session.revoke": "device"}
	for method, name in methods.items():
		for wrong in (None, 5, 1.5, True, [], {}, [town.forum], {"id": town.forum}):
			with refused("invalid_params"):
				noa.call(method, {name: wrong})
		with refused("invalid_params"):
			noa.call(method, {})
	noa.barrier()


def test_strange_names_of_circles_are_not_found():
	town, noa = given_forum()
	for name in ("", "x" * 10000, "../..", "a/b", "circle/" + town.forum, town.forum.upper(), town.forum + " ", "'; --", "\u202e", "שלום", "%", "*"):
		try:
			noa.join(name)
			talk.fail(f"{name!r} was entered")
		except talk.RpcError as err:
			check(err.name in ("not_found", "invalid_params"), f"{name!r}: {err}")


def test_requests_on_one_connection_may_be_in_flight_together():
	town, noa = given_forum()
	ids = [noa.ask("session.ping") if i % 3 else noa.ask("history.read", circle=town.forum) for i in range(100)]
	for i in ids:
		noa.result(i)


talk.main()

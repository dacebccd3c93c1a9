#!/usr/bin/python3
"""Names: nobody passes for somebody else, and nobody is refused for being called like another."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def sentence_of(name, lang):
	client = server().client()
	try:
		client.open(name=name, lang=lang)
	except talk.RpcError as err:
		equal(err.name, "invalid_params", f"what {name} is answered")
		return err.message
	talk.fail(f"{name} was let in")


def test_namesakes_are_welcome_and_told_apart_by_their_tags():
	town = talk.given_process(server())
	dana = town.moderator("Dana Cohen")
	for name in ("Dana Cohen", "dana cohen", "דוד כהן", "דוד כהן"):
		guest = town.guest(name)
		check(guest.me["tag"] and guest.me["role"] == "participant", f"a guest called {name}: {guest.me}")
		check(guest.me["id"] != dana.me["id"], "another person")
	one, other = (town.member(name="דוד כהן") for _ in range(2))
	equal([one.me["name"], other.me["name"]], ["דוד כהן"] * 2, "two who were invited under one name")


def test_nobody_passes_for_a_member_by_letters_of_another_alphabet():
	town = talk.given_process(server())
	town.moderator("Moshe Ilan")
	town.member(name="Capa Alon")
	town.moderator("דנה אבו")
	for name in ("Moshe llan", "M0she Ilan", "moshe ιlan", "\u0421\u0430\u0440\u0430 Alon", "Mסshe Ilan", "דנה אבl"):
		client = server().client()
		with refused("invalid_params"):
			client.open(name=name)
	for name in ("Moshe Ilani", "Мойше Илан", "\u0421\u0430\u0440\u0430", "דנה אבוטבול"):
		equal(server().client().open(name=name).me["name"], name, "an honest name")


def test_a_word_of_mixed_alphabets_is_refused():
	for name in ("D\u0430na", "N\u03bfa", "Noa \u0412ar"):
		client = server().client()
		with refused("invalid_params"):
			client.open(name=name)
	for name in ("דנה Dana", "Дана Cohen", "שלוםadmin", "محمد Ali", "Søren Ødegård"):
		equal(server().client().open(name=name).me["name"], name, "an honest name")


def test_the_sign_before_a_tag_is_in_no_name():
	noa = server().guest("Noa")
	for name in (f"Noa#{noa.me['tag']}", f"Noa＃{noa.me['tag']}", "#1"):
		client = server().client()
		with refused("invalid_params"):
			client.open(name=name)
		with refused("invalid_params"):
			noa.call("me.update", name=name)
	equal(talk.run("invite", "--data", str(server().data), "--circle", "x", "--role", "participant", "--name", "Noa#7").returncode, 2, "an invitation to such a name")


def test_the_house_and_its_moderators_are_called_so_by_themselves_alone():
	for name in ("Maagal", "THE MODERATING TEAM", "S\u0443stem", "צוות ההנחיה", "فريق إدارة النقاش", "النظام"):
		client = server().client()
		with refused("invalid_params"):
			client.open(name=name)
	for name in ("Moderator", "מנחה", "المشرفة"):
		check(server().client().open(name=name).me["tag"], "a word for a role is a guest's to take: their tag stands behind it")
	town = talk.given_process(server())
	equal(town.moderator("Moderator").me["name"], "Moderator", "whom the operator calls so")
	dana = town.moderator("Dana")
	equal(dana.call("me.update", name="צוות ההנחיה")["participant"]["name"], "צוות ההנחיה", "a moderator")
	with refused("invalid_params"):
		town.member(name="Rivka").call("me.update", name="The moderators")


def test_why_is_said_in_ones_own_language():
	for name in ("D\u0430na", "Noa#1", "Moderation team"):
		sentences = {lang: sentence_of(name, lang) for lang in ("he", "ar", "en")}
		check(any("א" <= c <= "ת" for c in sentences["he"]), f"Hebrew: {sentences}")
		check(any("ا" <= c <= "ي" for c in sentences["ar"]), f"Arabic: {sentences}")
		equal(len(set(sentences.values())), 3, "three sentences")


def test_a_member_takes_no_name_of_whom_they_meet():
	town = talk.given_process(server())
	noa, omer, dana = town.member(name="Noa Bar"), town.member(name="Omer"), town.moderator("Dana Levi", town.panel)
	for name in ("Noa Bar", "noa bar", "Dana Levi", "DANA LEVI", "Dana L\u0435vi"):
		try:
			omer.call("me.update", name=name)
			talk.fail(f"may be called {name}")
		except talk.RpcError as err:
			equal(err.name, "invalid_params", f"what {name} is answered")
	equal(town.again(omer).me["name"], "Omer", "still the old name")
	equal(noa.call("me.update", name="NOA BAR")["participant"]["name"], "NOA BAR", "one's own name, written otherwise")
	elsewhere = talk.given_process(server())
	equal(elsewhere.member(name="Rivka").call("me.update", name="Noa Bar")["participant"]["name"], "Noa Bar", "of somebody whom they never meet")
	noa.call("me.update", name="Noa Paz")
	equal(omer.call("me.update", name="Noa Bar")["participant"]["name"], "Noa Bar", "a name that was given up")


def test_a_guest_who_is_invited_does_not_lose_the_tag_under_a_members_name():
	town = talk.given_process(server())
	town.moderator("Dana Peretz", town.panel)
	for name, shown in (("Dana Peretz", "Yael"), ("Yael the guest", "Yael the guest")):
		guest = town.guest(name)
		invitation = server().invite(town.panel, "participant", "Yael")
		member = server().client().open(resume=guest.opened["resume"], token=invitation["token"])
		equal((member.me["id"], member.me["name"], member.me.get("tag")), (guest.me["id"], shown, None), "who was a guest before")


def test_a_member_who_came_to_another_process_is_known_here_as_well():
	one = talk.serve("limits=0")
	other = talk.serve("limits=0", data=one.data)
	town = talk.given_process(one)
	equal(other.guest("Ilana Bar").me["name"], "Ilana Bar", "before anybody is called so")
	town.moderator("Ilana Bar")
	client = other.client()
	with refused("invalid_params"):
		client.open(name="llana Bar")


def test_who_has_such_a_name_from_before_keeps_it_and_comes_back():
	import sqlite3
	house = talk.serve("limits=0")
	noa = house.guest("Noa")
	equal(house.stop(), 0, "exit status")
	base = sqlite3.connect(house.data / "maagal.db", isolation_level=None)
	base.execute("update person set name = 'No\u0430#1'")
	base.close()
	again = talk.serve("limits=0", data=house.data)
	client = again.client().open(resume=noa.opened["resume"], name="Noa")
	equal(client.me["name"], "No\u0430#1", "name")
	equal(client.call("me.update", name="No\u0430#1", lang="he")["participant"]["name"], "No\u0430#1", "kept by me.update")


talk.main()

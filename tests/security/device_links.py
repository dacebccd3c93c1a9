#!/usr/bin/python3
"""A link for another device opens its person's session and nobody else's, and ends with the device that made it."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import Client, RpcError, check, equal, refused


def server():
	return talk.shared("limits=0")


def two_devices(town):
	noa = town.guest("Noa")
	return noa, Client(town.server).open(token=noa.call("session.link")["token"])


def test_a_link_never_makes_a_session_on_somebody_elses_device():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	token = noa.call("session.link")["token"]
	mixed = Client(server())
	try:
		mixed.open(resume=omer.opened["resume"], token=token)
	except RpcError as err:
		equal(err.name, "unauthorised", "somebody else's resume with a link")
		equal(Client(server()).open(token=token).me["id"], noa.me["id"], "the link is still Noa's")
		return
	if mixed.me["id"] == omer.me["id"]:
		return
	equal(mixed.me["id"], noa.me["id"], "whose session it is")
	check(mixed.opened["resume"] != omer.opened["resume"], "Noa's session goes by Omer's resume")
	devices = {device["device"] for device in noa.call("me.export")["devices"]}
	check(mixed.opened["device"] in devices, "Noa cannot see the device on which her session is open")
	noa.call("session.revoke", device=mixed.opened["device"])
	equal(mixed.wait_closed(), 4001, "close code of the revoked device")


def test_a_revoked_device_does_not_come_back_by_a_link_that_it_made():
	town = talk.given_process(server())
	noa, lost = two_devices(town)
	token = lost.call("session.link")["token"]
	noa.call("session.revoke", device=lost.opened["device"])
	equal(lost.wait_closed(), 4001, "close code of the revoked device")
	with refused("unauthorised"):
		Client(server()).open(token=token)
	with refused("unauthorised"):
		Client(server()).open(resume=lost.opened["resume"])


def test_a_revoked_device_makes_no_link_on_another_node_before_that_node_has_heard():
	town = talk.given_process(server())
	other = talk.Town(talk.serve("limits=0", data=str(server().data)), town.declaration)
	for _ in range(5):
		noa = town.guest("Noa")
		lost = Client(other.server).open(token=noa.call("session.link")["token"])
		noa.call("session.revoke", device=lost.opened["device"])
		try:
			token = lost.call("session.link")["token"]
		except (RpcError, talk.Closed):
			continue
		with refused("unauthorised"):
			Client(other.server).open(token=token)


def test_a_link_is_used_by_one_however_many_try_at_once():
	town = talk.given_process(server())
	for _ in range(5):
		token = town.guest("Noa").call("session.link")["token"]
		clients = [Client(server()) for _ in range(6)]
		asked = [client.ask("session.open", token=token) for client in clients]
		opened = 0
		for client, request_id in zip(clients, asked):
			try:
				client.result(request_id)
				opened += 1
			except RpcError as err:
				equal(err.name, "unauthorised", "a link that is used")
		equal(opened, 1, "sessions opened by one link")


if __name__ == "__main__":
	talk.main()

#!/usr/bin/python3
"""Every method stands in the protocol, has a file of its name and a conversation that uses it."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

METHOD = r"(?:appeal|charter|circle|desk|draft|history|inbox|me|post|process|sanction|session)\.[a-z_]+"


def methods():
	return re.findall(rf'^\t(?:[A-Z]+\(|\{{ ?)"({METHOD})"', house.read("server/calls/calls.c"), re.M)


def test_there_are_methods():
	check([] if len(methods()) > 10 else [f"{len(methods())} rows"], "server/calls/calls.c has no table that this test can read:")


def test_every_method_is_found_by_its_name():
	"""In the file of its name (post_create.c) or of its family (circle.c, desk_item.c); what the hub answers
	itself, because it changes the connection, may live there."""
	wrong = []
	for method in methods():
		family, name = method.split(".")[0], method.replace(".", "_")
		defined = [p for p in house.c_files("server/calls", "server/hub", suffixes=(".c",))
			if re.search(rf"^(?:static )?[a-z].*\b(?:read|keep|now)_{name}\(", house.read(p), re.M)]
		if not any(p.stem == name or p.stem == family or p.stem.startswith(family + "_") or p.parent.name == "hub" for p in defined):
			wrong.append(f"{method} is in {', '.join(map(str, defined)) or 'no file'}")
	check(wrong, "not where its name says:")


def test_every_method_is_documented():
	protocol = house.read("docs/protocol.md")
	check((m for m in methods() if f"`{m}`" not in protocol), "not in docs/protocol.md:")


def test_every_method_is_spoken_in_a_conversation():
	spoken = "\n".join(house.read(p) for p in house.tracked() if p.is_relative_to("tests/talk") or p.name == "talk.py")
	check((m for m in methods() if f'"{m}"' not in spoken and m not in spoken), "no conversation uses:")


def test_the_protocol_promises_no_method_that_is_not_there():
	promised = set(re.findall(rf"^#+ .*?`({METHOD})`", house.read("docs/protocol.md"), re.M))
	check(sorted(promised - set(methods())), "promised, but not in the table:")


house.main()

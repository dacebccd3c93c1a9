#!/usr/bin/python3
"""Every setting is documented, shipped and used."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

PROGRAM = os.environ.get("MAAGAL") or str(house.ROOT / "build" / "maagal")


def names():
	return re.findall(r"^\t(?:LIMIT|NUMBER|SWITCH|TEXT)\((\w+),", house.read("server/config.h"), re.M)


def printed(option):
	return subprocess.run([PROGRAM, "help", "settings", option], stdout=subprocess.PIPE, check=True).stdout.decode()


def differs(path, option):
	return [] if house.read(path) == printed(option) else [f"{path}: renew it with: maagal help settings {option} > {path}"]


def test_the_shipped_file_is_the_table():
	check(differs("config/maagal.json", "--json"), "not as the table says:")
	check(set(names()) ^ set(json.loads(house.read("config/maagal.json"))), "in one of both only:")


def test_the_manual_is_the_table():
	check(differs("docs/settings.md", "--markdown"), "not as the table says:")


def test_every_setting_has_an_effect():
	used = "\n".join(house.without_comments(house.read(p)) for p in house.c_files() if p.name not in ("config.h",))
	check((n for n in names() if not re.search(rf"(->|\.){n}\b", used)), "nobody reads:")


house.main()

#!/usr/bin/python3
"""Tables are kept alphabetised, so that a row is found and two people's rows do not collide."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

TABLE = re.compile(r"^(?:static )?const struct \w+ (\w+)\[\w*\] = \{\n(.*?)^\};", re.M | re.S)
MACRO = re.compile(r"^#define (\w+_LIST)\((.*?)\)(.*?)(?=^\S|\Z)", re.M | re.S)


def disorder(names):
	"""A blank or _ may count before all letters, as in a book's index, or where ASCII has it."""
	orders = [lambda name: name, lambda name: str(name).lower().replace("_", " ")]
	found = [[f"{b} after {a}" for a, b in zip(names, names[1:]) if order(b) < order(a)] for order in orders]
	return min(found, key=len)


def test_rows_that_begin_with_a_name_stand_in_its_order():
	"""Unless the comment above says in which order they stand: `In the order …`, `In order …`."""
	wrong = []
	for path in house.c_files():
		source = house.read(path)
		for match in TABLE.finditer(source):
			names = re.findall(r'^\t(?:[A-Z]+\(|\{ ?)"((?:\\.|[^"\\])*)"', match.group(2), re.M)
			above = source[max(0, match.start() - 400):match.start()].rpartition("/*")[2]
			if len(names) > 1 and not re.search(r"\bin (the )?(order|sequence)\b", above, re.I):
				wrong += [f"{path}: {match.group(1)}: {places}" for places in disorder(names)]
	check(wrong, "not in order:")


def test_rows_of_list_macros_stand_in_the_order_of_their_names():
	wrong = []
	for path in house.c_files(suffixes=(".h",)):
		source = house.read(path)
		for match in MACRO.finditer(source):
			names = re.findall(r"^\t[A-Z]+\((\w+)", match.group(3), re.M)
			above = source[max(0, match.start() - 600):match.start()].rpartition("/*")[2]
			if not re.search(r"\bin (the )?order (of|in which) (?!their names)", above, re.I):
				wrong += [f"{path}: {match.group(1)}: {places}" for places in disorder(names)]
	check(wrong, "not in order:")


def test_the_list_of_packages_is_in_order_and_names_each_once():
	rows = [line.split() for line in house.read("packages.txt").splitlines() if line and not line.startswith("#")]
	check((row for row in rows if len(row) != 2 or row[0] not in ("bench", "build", "page", "test", "train")), "no such row:")
	check(disorder([tuple(row) for row in rows]), "not in order:")
	names = [row[1] for row in rows]
	check({n for n in names if names.count(n) > 1}, "named twice:")


def test_the_demonstration_that_is_started_is_the_one_that_is_declared():
	circles = {c["id"]: c["access"] for c in json.loads(house.read("config/processes/demo.json"))["circles"]}
	script = house.read("server/run")
	for name, access in (("demo_public", "public"), ("demo_closed", "closed")):
		circle = re.search(rf"^{name}=(\S+)", script, re.M).group(1)
		check([] if circles.get(circle) == access else [circle], f"server/run names a {access} circle that is not there:")


house.main()

#!/usr/bin/python3
"""The floors hold: nobody includes upwards, or sideways on floor 4, and each outside library has one door."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

FLOORS = {"base": 1, "filters": 2, "circle": 3, "wire": 4, "judge": 4, "relay": 4, "store": 4, "config": 4,
	"calls": 5, "hub": 6, "program": 7, "main": 7, "chat": 7}

# header prefix: the files that may include it
DOORS = {
	"libwebsockets.h": r"server/hub/door[a-z_]*\.[ch]",
	"ev.h": r"server/hub/.*|server/relay/.*",
	"openssl/": r"server/hub/door[a-z_]*\.c|clients/chat/.*\.c",
	"pcre2.h": r"filters/rules\.c",
	"unicode/": r"filters/text\.c",
	"sqlite3.h": r"server/store/.*",
	"hiredis/": r"server/relay/relay_redis\.c",
	"sodium.h": r".*\.c",
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def folder_of(path):
	"""base, filters, …, or the file's own name for server/config.c and server/main.c."""
	parts = pathlib.PurePath(path).parts
	if parts[0] == "server":
		return parts[1] if len(parts) > 2 else pathlib.PurePath(parts[1]).stem
	return parts[1] if parts[0] == "clients" else parts[0]


def included_folder(name):
	if "/" not in name:
		return pathlib.PurePath(name).stem
	first = pathlib.PurePath(name).parts
	return first[1] if first[0] == "clients" else first[0]


def includes():
	for path in house.c_files():
		source = house.read(path)
		for match in INCLUDE.finditer(source):
			yield path, house.line_of(source, match.start()), match.group(1), match.group(2)


def test_every_folder_has_a_floor():
	check((p for p in house.c_files() if folder_of(p) not in FLOORS), "these files stand on no floor:")


def test_nobody_includes_upwards_nor_sideways():
	wrong = []
	for path, line, quote, name in includes():
		mine, theirs = folder_of(path), included_folder(name)
		if quote != '"' or mine == theirs:
			continue
		if theirs not in FLOORS:
			wrong.append(f"{path}:{line}: {name} is not written from the roots (server/, the project)")
		elif mine == "chat" and theirs != "base":
			wrong.append(f"{path}:{line}: the terminal client may use base only, not {name}")
		elif FLOORS[theirs] >= FLOORS[mine] and not (mine in ("program", "main") and theirs in ("program", "chat")):
			wrong.append(f"{path}:{line}: {mine} (floor {FLOORS[mine]}) includes {name} (floor {FLOORS[theirs]})")
	check(wrong, "includes go down, never up and never sideways:")


def test_our_headers_are_included_by_quotes_and_others_by_angles():
	wrong = []
	for path, line, quote, name in includes():
		ours = (house.ROOT / "server" / name).is_file() or (house.ROOT / name).is_file()
		if ours != (quote == '"'):
			wrong.append(f"{path}:{line}: {name}")
	check(wrong, "wrong quotes, or no such header of ours:")


def test_each_outside_library_has_one_door():
	wrong = []
	for path, line, _, name in includes():
		for prefix, door in DOORS.items():
			if name.startswith(prefix) and not re.fullmatch(door, str(path)):
				wrong.append(f"{path}:{line}: {name} belongs behind {door}")
	check(wrong, "outside libraries have one door each:")


def test_no_header_shows_an_outside_type():
	types = re.compile(r"\b(struct lws\w*|lws_\w+|sqlite3\w*|redis(Async)?Context|redisReply|pcre2_\w+|UChar\w*|UNormalizer2|SSL(_CTX)?|ev_\w+)\b")
	wrong = []
	for path in house.c_files(suffixes=(".h",)):
		source = house.read(path)
		plain = house.without_comments(source)
		inside = re.fullmatch(r"server/(hub/door_\w+|store/(db|keeper|\w+_row))\.h", str(path))
		for match in types.finditer(plain):
			# A declared pointer to an incomplete struct shows nothing; headers inside one folder may share a type.
			if not inside:
				wrong.append(f"{path}:{house.line_of(source, match.start())}: {match.group(0)}")
	check(wrong, "their types never cross a header:")


def test_no_header_is_an_umbrella():
	wrong = []
	for path in house.c_files(suffixes=(".h",)):
		plain = house.without_comments(house.read(path))
		ours = [name for quote, name in INCLUDE.findall(plain) if quote == '"']
		rest = [line for line in INCLUDE.sub("", plain).splitlines() if line.strip() and "#pragma once" not in line]
		if not rest or (len(ours) > 3 and len(rest) < 2 * len(ours)):
			wrong.append(f"{path}: includes {len(ours)} headers of ours and says {len(rest)} lines itself")
	check(wrong, "no umbrella headers:")


def test_every_header_is_read_once_and_says_what_it_is_for():
	wrong = []
	for path in house.c_files():
		source = house.read(path)
		if not source.startswith(f"/* {path.name}: "):
			wrong.append(f"{path}: does not begin with `/* {path.name}: …`")
		if path.suffix == ".h" and "#pragma once" not in source:
			wrong.append(f"{path}: no #pragma once")
	check(wrong, "a file opens with what it is for:")


house.main()

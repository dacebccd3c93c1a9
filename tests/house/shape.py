#!/usr/bin/python3
"""The shape of the code: short functions, tabs, 100 columns, no hidden structs, no unsafe habits."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

LINES_MOST = 60


def test_no_function_is_longer_than_60_lines_without_a_reason():
	"""The reason stands in the comment above it: `Long because …`."""
	wrong, lengths = [], []
	for path in house.c_files():
		source = house.read(path)
		lines = source.split("\n")
		for name, first, count in house.functions(source):
			lengths.append((count, f"{path}:{first} {name}"))
			above = "\n".join(lines[max(0, first - 8):first - 1])
			if count > LINES_MOST and "Long because" not in above.rpartition("/*")[2]:
				wrong.append(f"{path}:{first}: {name} has {count} lines")
	lengths.sort(reverse=True)
	beyond = sum(1 for count, _ in lengths if count > LINES_MOST)
	middle = lengths[len(lengths) // 2][0]
	print(f"# {len(lengths)} functions; the middle one has {middle} lines; {beyond} ({100 * beyond / len(lengths):.1f} %) exceed {LINES_MOST}")
	for count, where in lengths[:5]:
		print(f"#   {count:3} {where}")
	check(wrong, "too long:")


def test_lines_have_tabs_in_front_and_100_columns():
	"""A tab counts four."""
	wrong = []
	for path in house.c_files("server", "filters", "clients/chat", "tests"):
		before = ""
		for number, line in enumerate(house.read(path).split("\n"), 1):
			if len(line.expandtabs(4)) > 100:
				wrong.append(f"{path}:{number}: {len(line.expandtabs(4))} columns")
			# Blanks may align what a line above began.
			if re.match(r" {2,}\S", line) and before.endswith((";", "{", "}")):
				wrong.append(f"{path}:{number}: blanks where tabs belong")
			if line != line.rstrip():
				wrong.append(f"{path}:{number}: blanks at the end")
			before = line
	check(wrong, "tabs, 100 columns:")


def test_no_typedef_hides_a_struct():
	wrong = []
	for path in house.c_files():
		source = house.read(path)
		for match in re.finditer(r"\btypedef\s+(struct|union|enum)\s+(\w+\s+\w+\s*;|\w*\s*\{)", house.without_comments(source)):
			wrong.append(f"{path}:{house.line_of(source, match.start())}")
	check(wrong, "write `struct x`:")


def test_no_function_that_invites_an_overflow():
	"""strcpy() of a literal is seen to fit."""
	wrong = []
	unsafe = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|scanf|alloca|tmpnam|mktemp|system|popen)\s*\(")
	for path in house.c_files():
		source = house.read(path)
		plain = house.without_comments(source)
		for match in unsafe.finditer(plain):
			if match.group(1) == "strcpy" and re.match(r'[^,;]*,\s*(\S+ \? "[^"]*" : )?"[^"]*"\)', plain[match.end():]):
				continue
			wrong.append(f"{path}:{house.line_of(source, match.start())}: {match.group(1)}")
	check(wrong, "there is a safe one:")


def test_a_function_has_one_label_at_most_and_it_is_out():
	wrong = []
	for path in house.c_files():
		source = house.read(path)
		for match in re.finditer(r"\bgoto\s+(\w+)", house.without_comments(source)):
			if match.group(1) != "out":
				wrong.append(f"{path}:{house.line_of(source, match.start())}: goto {match.group(1)}")
	check(wrong, "the only label is `out`:")


def test_names_are_words():
	wrong = []
	for path in house.c_files():
		source = house.read(path)
		for match in re.finditer(r"\b(ctx|mgr|tmp|data2|cfg|conf|foo)\b", house.without_comments(re.sub(r'"[^"\n]*"', '""', source))):
			wrong.append(f"{path}:{house.line_of(source, match.start())}: {match.group(1)}")
	check(wrong, "say what it is:")


house.main()

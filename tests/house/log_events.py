#!/usr/bin/python3
"""Every log event is stable, documented with what to do, and says nothing of what people wrote."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

CALL = re.compile(r'\blog_(debug|info|warn|error)\(\s*("[^"]*"|[^,]+),\s*("(?:\\.|[^"\\])*")?')


def calls():
	for path in house.c_files():
		if path.parent.name == "base" and path.stem == "log":
			continue
		source = house.without_comments(house.read(path))
		for match in CALL.finditer(source):
			yield f"{path}:{house.line_of(source, match.start())}", *match.groups()


def documented():
	"""event → levels, from the table rows `| `event` | level | meaning | what to do |`."""
	rows = re.findall(r"^\| `([a-z_.]+)` \| ([a-z, ]+) \|([^|]+)\|([^|]+)\|$", house.read("docs/running.md"), re.M)
	return {event: (set(levels.replace(",", " ").split()), meaning, advice) for event, levels, meaning, advice in rows}


def test_an_event_has_a_fixed_name():
	wrong = [f"{where}: {event}" for where, _, event, _ in calls() if not re.fullmatch(r'"[a-z_]+(\.[a-z_]+)+"', event)]
	check(wrong, "an event is a literal like \"store.open\":")


def test_every_event_is_documented_with_its_levels():
	known, wrong = documented(), []
	for where, level, event, _ in calls():
		name = event.strip('"')
		if name not in known:
			wrong.append(f"{where}: {name} ({level}) stands not in docs/running.md")
		elif level not in known[name][0]:
			wrong.append(f"{where}: docs/running.md does not say that {name} may be {level}")
	check(wrong, "not documented:")


def test_every_documented_event_exists_and_says_what_to_do():
	named = {event.strip('"') for _, _, event, _ in calls()}
	check((e for e in documented() if e not in named), "nobody logs:")
	check((e for e, (_, meaning, advice) in documented().items() if not meaning.strip() or not advice.strip()), "no words for:")


def test_no_event_names_words_tokens_names_or_addresses():
	forbidden = re.compile(r"\b(text|body|name|token|cookie|address|addr|ip|query|title|link|reason|note)=")
	check((f"{where}: {text}" for where, _, _, text in calls() if text and forbidden.search(text)), "ids are enough:")


house.main()

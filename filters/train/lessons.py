"""lessons.py: the data sets that the models learn from, read, cleaned, divided; README.md lists them.
`part_of` keeps a tenth of each back for a last look, by a hash of its id, for good."""

import gzip
import hashlib
import json
import pathlib
import re

# Names and addresses, and what Twitter puts before a quotation: marks of a data set, not of speech.
ARTEFACTS = re.compile(r"@<\w+>|@\w+|<user(?:name)?>|https?://\S+|\bURL\b|\[CODE\]|\bRT\b:?|&[a-z]+;|&#\d+;|&gt;")


def read(data, name, portion="train"):
	"""The rows of one portion of a set; none if it is not there."""
	path = pathlib.Path(data) / name / f"{portion}.jsonl.gz"
	if not path.is_file():
		return
	with gzip.open(path, "rt", encoding="utf-8") as lines:
		for line in lines:
			yield json.loads(line)


def clean(text):
	return " ".join(ARTEFACTS.sub(" ", text).split())


def number_of(name):
	return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def part_of(row):
	"""A tenth is never learnt from. Rows of one pair, or of one thread, stay together."""
	return "look" if number_of(str(row.get("pair") or row.get("thread") or row["id"])) % 10 == 0 else "learn"

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


class Row:
	"""One text to learn from. It `proves` if it is somebody's own words with a label; it `anchors` if it is civil and
	of the kind that must not be held."""

	def __init__(self, name, row, text, label, times=1, proves=True, anchors=False, part=None):
		self.set, self.text, self.label, self.times = name, clean(text), label, times
		self.proves, self.anchors = proves, anchors
		self.key = str(row.get("pair") or row.get("thread") or row["id"])
		self.part = part or part_of(row)


def need(data, name):
	rows = list(read(data, name))
	if not rows:
		raise SystemExit(f"{data}: the set {name} is not there.")
	return rows


def labelled(data, name, times=1, **more):
	return [Row(name, row, row["text"], row["label"], times, **more) for row in need(data, name)
		if row["label"] is not None]


def own(language):
	"""Sentences written for this, in own/LANG.txt: `+` uncivil, `-` civil."""
	rows = []
	path = pathlib.Path(__file__).parent / "own" / f"{language}.txt"
	for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else []):
		if line[:2] in ("+ ", "- "):
			rows.append(Row("own", {"id": f"own {language} {line}"}, line[2:], int(line[0] == "+"), OWN_TIMES[language],
				anchors=False))
	return rows


OWN_TIMES = {"he": 3, "ar": 3, "en": 3}


def words_of(data, name):
	return (pathlib.Path(data) / "lexicons" / name).read_text(encoding="utf-8").splitlines()


def calm(row):
	feelings = row.get("emotion") or {}
	return feelings.get("anger") == 0 or feelings.get("sentiment") == 1


def rows_he(data):
	rows = labelled(data, "he-hedetox", 5)
	rows += [Row("he-omilab-civic", row, row["text"], 0, anchors=True) for row in need(data, "he-omilab-civic")
		if row["label"] == 0]
	rows += [Row("he-olah450", row, row["text"], 1, 3) for row in need(data, "he-olah450") if row["label"] == 1]
	rows += [Row("he-hebert-ugc", row, row["text"], 0) for row in need(data, "he-hebert-ugc") if calm(row)]
	return rows


def rows_ar(data):
	rows = labelled(data, "ar-mlma", 3)
	rows += [Row("ar-farad", row, row["text"], 1, proves=False) for row in need(data, "ar-farad")]
	return rows


def rows_en(data):
	rows = labelled(data, "en-wikicontext", anchors=False)
	rows += labelled(data, "en-reddit-incivility", 4)
	rows += labelled(data, "en-convabuse", 3)
	rows += labelled(data, "en-github")
	rows += labelled(data, "en-davidson")
	rows += [Row("en-civilcomments", row, row["text"], row["label"]) for row in need(data, "en-civilcomments")
		if row["score"] >= 0.7 or row["score"] <= 0.2]
	for thread in need(data, "thr-cga-wiki"):
		rows.append(Row("thr-cga-wiki", thread, thread["final_comment"], thread["label"], 4))
		rows += [Row("thr-cga-wiki", thread, message["text"], 0) for message in thread["messages"]]
	for row in rows:
		row.anchors = row.label == 0 and row.set in ("en-wikicontext", "thr-cga-wiki", "en-github")
	return rows


def rows_of(data, language):
	return {"he": rows_he, "ar": rows_ar, "en": rows_en}[language](data) + own(language)

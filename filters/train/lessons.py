"""lessons.py: the data sets that the models learn from, read, cleaned, divided; README.md lists them.
`part_of` keeps a tenth of each back for a last look, by a hash of its id, for good. A part is `learn`, `look` or
`anchor`: never learnt from either, but the bar for acting is set by what is said of it."""

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
	"""One text to learn from. It `proves` if it is somebody's own words with a label."""

	def __init__(self, name, row, text, label, times=1, proves=True, part=None):
		self.set, self.text, self.label, self.times = name, clean(text), label, times
		self.proves = proves
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


def spelt_out(line, most):
	"""Every choice of {a|b} in a sentence; of too many, some, always the same."""
	sentences = [""]
	for part in re.split(r"(\{[^}]*\})", line):
		choices = part[1:-1].split("|") if part.startswith("{") else [part]
		sentences = [before + choice for before in sentences for choice in choices]
	sentences = [" ".join(sentence.split()) for sentence in sentences]
	return sorted(set(sentences), key=number_of)[:most]


def own(language, part):
	"""Sentences written for this, in own/LANG.txt: `+` uncivil, `-` civil. One is never told from its like, so all of
	a line stay together."""
	rows = []
	path = pathlib.Path(__file__).parent / "own" / f"{language}.txt"
	for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
		if line[:2] in ("+ ", "- "):
			for sentence in spelt_out(line[2:], OWN_MOST):
				rows.append(Row("own", {"id": f"own {language} {line}"}, sentence, int(line[0] == "+"),
					OWN_TIMES[language], proves=False, part=part))
	return rows


OWN_MOST = 30
OWN_TIMES = {"he": 3, "ar": 1, "en": 3}


def words_of(data, name):
	return (pathlib.Path(data) / "lexicons" / name).read_text(encoding="utf-8").splitlines()


# Said of people, these are insults whoever says them; said of politics, the rest of the list is often criticism.
LOUD = set("""אידיוט אידיוטים אהבל אפס אפסים בהמה בהמות דביל דבילים דבילית דגנרט דפוק דפוקים זבל זבלים זונה זונות חלאה חזיר
חזירים חרא טיפש טיפשה טיפשים טמבל טמבלים טמבלית ימח כלבים מגעיל מגעילה מגעילים מחורבן מחורבנים מחורבנת מטומטם מטומטמים
מטומטמת מטונף מכוערת מסריח מסריחה מסריחים מפגר מפגרים מפגרת נבלה נבלות סמרטוט סתום ערס פרזיטים קופים שוטה עלוקות""".split())
HEBREW = re.compile("[א-ת'\"]+")


def without_prefix(word, words):
	"""Is it one of the words, or one of them behind up to two letters that Hebrew puts there?"""
	return any(word[n:] in words and not word[:n].strip("והבלכמשי") for n in range(3))


def talkbacks(data):
	"""Readers' comments on news have no labels. One without any word of the list of abuse is taken for civil, however
	angry; one with an insult that can be nothing else, for uncivil; those between teach nothing. They prove nothing."""
	abuse = {line.split("\t")[0] for line in words_of(data, "vanetik-abusive-he.tsv")[1:]}
	rows = []
	for row in need(data, "he-hebert-ugc"):
		words = HEBREW.findall(row["text"])
		loud = any(without_prefix(word, LOUD) for word in words)
		if loud or not any(without_prefix(word, abuse) for word in words):
			rows.append(Row("he-hebert-ugc", row, row["text"], int(loud), proves=False))
	return rows


def rows_he(data):
	rows = labelled(data, "he-hedetox", 10)
	rows += [Row("he-omilab-civic", row, row["text"], 0) for row in need(data, "he-omilab-civic")
		if row["label"] == 0]
	rows += [Row("he-olah450", row, row["text"], 1, 6) for row in need(data, "he-olah450") if row["label"] == 1]
	rows += talkbacks(data)
	return rows


def rows_ar(data):
	"""FARAD has 6,186 offensive posts and no civil one: with it, the machine learns what a set looks like, not abuse."""
	kinds = {row["id"]: row["sub"] for row in need(data, "ar-mlma")}
	rows = labelled(data, "ar-mlma")
	for row in rows:
		if row.label and "normal" in kinds[row.key] and row.part == "learn":
			# Uncivil and normal at once, its judges said: that teaches nothing.
			row.times = 0
	return rows


def rows_en(data):
	rows = labelled(data, "en-wikicontext")
	rows += labelled(data, "en-reddit-incivility", 4)
	rows += labelled(data, "en-convabuse", 3)
	rows += labelled(data, "en-github")
	# Of the tweets, what is called offensive is often but the English of Black Americans: left out.
	rows += [Row("en-davidson", row, row["text"], row["label"], proves=False) for row in need(data, "en-davidson")
		if row["sub"] in ("hate", "neither")]
	rows += [Row("en-civilcomments", row, row["text"], 1, proves=False) for row in need(data, "en-civilcomments")
		if row["score"] >= 0.99]
	for thread in need(data, "thr-cga-wiki"):
		rows.append(Row("thr-cga-wiki", thread, thread["final_comment"], thread["label"], 4))
		rows += [Row("thr-cga-wiki", thread, message["text"], 0) for message in thread["messages"]]
	return rows


SUITES = pathlib.Path(__file__).resolve().parents[2] / "tests/civility/suites"


def must_pass(language):
	"""The sentences of the functional suite that must pass."""
	rows = map(json.loads, (SUITES / f"{language}.jsonl").read_text(encoding="utf-8").splitlines())
	return [Row("suite", row, row["text"], 0, part="anchor") for row in rows if row.get("must", row.get("expect")) == "pass"]


def rows_of(data, language):
	rows = {"he": rows_he, "ar": rows_ar, "en": rows_en}[language](data)
	# With our own sentences beside it, there is too little Arabic to tell much from the rest.
	return rows + own(language, "anchor" if language == "ar" else "learn") + must_pass(language)

#!/usr/bin/python3
"""How well derailing threads and crises of circles are forecast, by the real program:
tests/civility/threads.py [--data DIR] [--maagal FILE] [--rules DIR] [--portion dev] [--seeds N] [--first S] [--json]

Threads: those of --data (or MAAGAL_CIVILITY_DATA), and talks.jsonl beside this file, written for this in Hebrew, Arabic
and English. A thread counts as forecast if `escalation` reached .5 after one of its messages; none of them holds the
attack itself. Circles: simulated, the same for the same seed, of texts from suites/ and, with data, of real ones."""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "civility"
LANGS = ("he", "ar", "en")
THREADS = ("thr-cga-wiki", "thr-cga-cmv", "thr-github")
ALARM = .5
# Real texts: civil and uncivil ones, where data is given; those that no model has learnt from.
CIVIL = {"he": ("he-omilab-civic", "he-hedetox"), "ar": ("ar-mlma",), "en": ("en-reddit-incivility", "en-wikicontext")}
UNCIVIL = {"he": ("he-hedetox", "he-olah450"), "ar": ("ar-mlma", "ar-farad"),
	"en": ("en-davidson", "en-civilcomments", "en-reddit-incivility")}
# So that no set drowns the others.
TEXTS_MOST = 400


def judged(options, lines):
	"""The program's answers to these messages, in order."""
	body = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode() + b"\n"
	done = subprocess.run([options.maagal, "judge", "--rules", options.rules, "--set", "limits=0"], input=body,
		capture_output=True, check=False)
	if done.returncode:
		raise SystemExit(done.stderr.decode(errors="replace"))
	return [json.loads(line) for line in done.stdout.splitlines()]


def rows_of(path):
	opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
	with opened as lines:
		return [json.loads(line) for line in lines]


# --- threads -----------------------------------------------------------------------------------


def area(labels, scores):
	"""Area under the curve; half for equal scores."""
	order = sorted(zip(scores, labels))
	tense = sum(labels)
	ranks, i = 0.0, 0
	if tense in (0, len(labels)):
		return None
	while i < len(order):
		j = i
		while j < len(order) and order[j][0] == order[i][0]:
			j += 1
		ranks += sum(label for _, label in order[i:j]) * (i + 1 + j) / 2
		i = j
	return (ranks - tense * (tense + 1) / 2) / (tense * (len(labels) - tense))


def thread_figures(options, threads):
	lines = [{**message, "thread": thread["thread"], "circle": thread["thread"]}
		for thread in threads for message in thread["messages"]]
	answers = iter(judged(options, lines))
	labels = [thread["label"] for thread in threads]
	courses = [[next(answers)["escalation"] for _ in thread["messages"]] for thread in threads]
	alarms = [max(course) >= ALARM for course in courses]
	hits = sum(label and alarm for label, alarm in zip(labels, alarms))
	false = sum(not label and alarm for label, alarm in zip(labels, alarms))
	tense, calm = sum(labels), len(labels) - sum(labels)
	ahead = [len(course) - next(i for i, value in enumerate(course) if value >= ALARM)
		for course, label, alarm in zip(courses, labels, alarms) if label and alarm]
	return {"threads": len(labels), "derailed": tense,
		"accuracy": (hits + calm - false) / len(labels),
		"auc_highest": area(labels, [max(course) for course in courses]),
		"auc_last": area(labels, [course[-1] for course in courses]),
		"f1": 2 * hits / (2 * hits + false + tense - hits) if hits else 0.0,
		"recall": hits / tense if tense else None,
		"false_alarms": false / calm if calm else None,
		"messages_ahead": statistics.mean(ahead) if ahead else None}


def report_threads(options):
	sets = {}
	talks = rows_of(HERE / "talks.jsonl")
	for lang in LANGS:
		sets[f"talks {lang}"] = [talk for talk in talks if talk["lang"] == lang]
	for name in THREADS if options.data else ():
		path = pathlib.Path(options.data) / name / f"{options.portion}.jsonl.gz"
		if path.is_file():
			sets[f"{name} {options.portion}"] = rows_of(path)
	return {name: thread_figures(options, threads) for name, threads in sets.items() if threads}


# --- texts for circles -------------------------------------------------------------------------


def held_back(row):
	"""Of the train portions, the tenth that filters/train/lessons.py keeps from the models."""
	key = str(row.get("pair") or row.get("thread") or row["id"])
	return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % 10 == 0


class Texts:
	"""Civil and uncivil texts of one language; `fierce` ones are civil and angry."""

	FIERCE = ("anger", "criticism", "disagreement", "accusation", "policy", "office", "second-person")

	def __init__(self, options, lang):
		self.civil, self.uncivil, self.fierce = [], [], []
		for row in rows_of(HERE / "suites" / f"{lang}.jsonl"):
			if (row.get("expect") or row.get("must")) == "catch":
				self.uncivil.append(row["text"])
			else:
				self.civil.append(row["text"])
				if any(word in row["function"] for word in self.FIERCE):
					self.fierce.append(row["text"])
		if options.data and options.texts == "data":
			self.civil = self.real(options, CIVIL[lang], 0)
			self.uncivil = self.real(options, UNCIVIL[lang], 1)

	@staticmethod
	def real(options, names, label):
		out = []
		for name in names:
			rows = []
			for portion in ("train", options.portion):
				path = pathlib.Path(options.data) / name / f"{portion}.jsonl.gz"
				rows += [row["text"] for row in (rows_of(path) if path.is_file() else []) if row.get("label") == label
					and row["text"].strip() and (portion != "train" or held_back(row))]
			random.Random(1).shuffle(rows)
			out += rows[:TEXTS_MOST]
		return out


# --- simulated circles -------------------------------------------------------------------------


class Circle:
	"""A circle that talks: messages with a time, and from which one on it is in crisis (`onset`; None: never)."""

	def __init__(self, name, texts, rng):
		self.name, self.texts, self.rng = name, texts, rng
		self.lines, self.onset = [], None
		self.at = 1_700_000_000
		self.people = [f"p{i}" for i in range(rng.randint(8, 40))]
		self.threads = [f"t{i}" for i in range(rng.randint(3, 8))]
		self.last_in = {}
		self.gap = rng.choice((15, 30, 60, 120))

	def say(self, text, author=None, thread=None, faster=1):
		self.at += max(1, int(self.rng.expovariate(faster / self.gap)))
		thread = thread or self.rng.choice(self.threads)
		author = author or self.rng.choice(self.people)
		number = f"{self.name}.{len(self.lines)}"
		self.lines.append({"id": number, "circle": self.name, "thread": thread, "author": author, "text": text,
			"ts": self.at, "reply_to": self.last_in.get(thread)})
		self.last_in[thread] = number

	def civil(self, **where):
		self.say(self.rng.choice(self.texts.civil), **where)

	def uncivil(self, **where):
		self.say(self.rng.choice(self.texts.uncivil), **where)

	def calm(self, count, stray=.01):
		for _ in range(count):
			(self.uncivil if self.rng.random() < stray else self.civil)()

	def mix(self, count, share, people=None, threads=None, faster=1):
		"""`share` of the messages are uncivil; those by `people`, in `threads`."""
		for _ in range(count):
			if self.rng.random() < share:
				self.uncivil(author=self.rng.choice(people) if people else None,
					thread=self.rng.choice(threads) if threads else None, faster=faster)
			else:
				self.civil(faster=faster)


def wave(circle):
	"""From one message to the next, two in five are uncivil, by anybody."""
	circle.onset = len(circle.lines)
	circle.mix(60, .4)


def slide(circle):
	"""Worse and worse; in crisis once one in five is uncivil."""
	for share in (.05, .1, .15):
		circle.mix(12, share)
	circle.onset = len(circle.lines)
	for share in (.2, .3, .4, .5):
		circle.mix(15, share)


def raid(circle):
	"""Newcomers, fast, most of them uncivil."""
	strangers = [f"raider{i}" for i in range(circle.rng.randint(4, 12))]
	circle.onset = len(circle.lines)
	circle.mix(60, .6, people=strangers, faster=5)


def spread(circle):
	"""Begins with three people in one thread, and goes over to the others."""
	people = circle.rng.sample(circle.people, 3)
	circle.onset = len(circle.lines)
	circle.mix(15, .35, people=people, threads=circle.threads[:1], faster=2)
	circle.mix(45, .45, threads=circle.threads[:4], faster=2)


def slow_burn(circle):
	"""Over hours, one message in three."""
	circle.gap = 600
	circle.onset = len(circle.lines)
	circle.mix(60, .33)


def mild(circle):
	"""One message in four, for a long time."""
	circle.onset = len(circle.lines)
	circle.mix(80, .25)


def quiet(circle):
	"""Nothing happens."""
	circle.calm(120)


def brawl(circle):
	"""Two people shout at each other in one thread; the others go on."""
	pair = circle.rng.sample(circle.people, 2)
	for _ in range(10):
		for author in pair:
			(circle.uncivil if circle.rng.random() < .6 else circle.civil)(author=author, thread=circle.threads[0])
			circle.calm(2, 0)


def loud(circle):
	"""One person is uncivil again and again."""
	author = circle.rng.choice(circle.people)
	for _ in range(15):
		circle.uncivil(author=author)
		circle.calm(3, 0)


def debate(circle):
	"""Fierce, fast, civil."""
	for _ in range(120):
		circle.say(circle.rng.choice(circle.texts.fierce), faster=4)


def crowd(circle):
	"""Many newcomers, all civil."""
	strangers = [f"new{i}" for i in range(40)]
	for _ in range(120):
		circle.civil(author=circle.rng.choice(strangers), faster=4)


CRISES = (wave, slide, raid, spread, slow_burn, mild)
NO_CRISES = (quiet, brawl, loud, debate, crowd)


def simulate(options, texts, seeds):
	for lang in LANGS:
		for kind in CRISES + NO_CRISES:
			for seed in seeds:
				circle = Circle(f"{lang}.{kind.__name__}.{seed}", texts[lang], random.Random(f"{lang} {kind.__name__} {seed}"))
				circle.calm(circle.rng.randint(100, 250))
				kind(circle)
				circle.kind, circle.lang = kind.__name__, lang
				yield circle


def alarms_of(course):
	"""How often the alarm went up, not how long it stayed."""
	return sum(value >= ALARM and (i == 0 or course[i - 1] < ALARM) for i, value in enumerate(course))


def report_circles(options):
	texts = {lang: Texts(options, lang) for lang in LANGS}
	circles = list(simulate(options, texts, range(options.first, options.first + options.seeds)))
	answers = iter(judged(options, [line for circle in circles for line in circle.lines]))
	rows = {}
	for circle in circles:
		course = [next(answers)["crisis"] for _ in circle.lines]
		row = rows.setdefault((circle.kind, circle.lang), {"calm": 0, "alarms": 0, "begun": 0, "after": []})
		# While it slides nobody can say whether an alarm is early or false.
		calm = course[:circle.onset - 36 if circle.kind == "slide" else circle.onset]
		row["calm"] += len(calm)
		row["alarms"] += alarms_of(calm)
		if circle.onset is not None:
			row["begun"] += 1
			# An alarm that was up before is no forecast of what came then.
			found = next((i + 1 for i, value in enumerate(course[circle.onset:]) if value >= ALARM), None)
			row["after"].append(found)
	return rows


def summed(rows, wanted):
	total = {"calm": 0, "alarms": 0, "begun": 0, "after": []}
	for key, row in rows.items():
		if wanted(*key):
			for name in total:
				total[name] += row[name]
	return total


def circle_figures(row):
	found = [after for after in row["after"] if after is not None and after <= 30]
	return {"crises": row["begun"], "found_within_30": len(found) / row["begun"] if row["begun"] else None,
		"median_messages": statistics.median(found) if found else None, "calm_messages": row["calm"],
		"alarms_per_1000_calm": 1000 * row["alarms"] / row["calm"] if row["calm"] else None}


def all_circles(rows):
	out = {kind.__name__: circle_figures(summed(rows, lambda k, _l, name=kind.__name__: k == name))
		for kind in CRISES + NO_CRISES}
	for lang in LANGS:
		out[lang] = circle_figures(summed(rows, lambda _k, name, lang=lang: name == lang))
	out["all"] = circle_figures(summed(rows, lambda _k, _l: True))
	return out


# --- showing -----------------------------------------------------------------------------------


def number(value, places=3):
	return "-" if value is None else f"{value:.{places}f}"


def show(threads, circles):
	print(f"{'threads':24}{'n':>5} {'derail':>6} {'accur.':>6} {'AUC max':>7} {'last':>6} {'F1':>6} {'false':>6} {'ahead':>6}")
	for name, row in threads.items():
		print(f"{name:24}{row['threads']:5} {row['derailed']:6} {number(row['accuracy']):>6} {number(row['auc_highest']):>7}"
			f" {number(row['auc_last']):>6} {number(row['f1']):>6} {number(row['false_alarms']):>6}"
			f" {number(row['messages_ahead'], 1):>6}")
	print(f"\n{'circles':24}{'crises':>7} {'in 30':>6} {'median':>6} {'calm':>7} {'alarms in 1,000':>15}")
	for name, row in circles.items():
		print(f"{name:24}{row['crises']:7} {number(row['found_within_30']):>6} {number(row['median_messages'], 0):>6}"
			f" {row['calm_messages']:7} {number(row['alarms_per_1000_calm'], 2):>15}")


def main():
	parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
	parser.add_argument("--maagal", default=str(ROOT / "build" / "maagal"))
	parser.add_argument("--rules", default=str(ROOT / "config" / "civility"))
	parser.add_argument("--data", default=os.environ.get("MAAGAL_CIVILITY_DATA"))
	parser.add_argument("--portion", default="dev")
	parser.add_argument("--texts", choices=("suites", "data"), default="suites", help="what simulated circles are made of")
	parser.add_argument("--seeds", type=int, default=10, help="circles of each kind and language")
	parser.add_argument("--first", type=int, default=1000, help="the first seed; those below 1000 and from 5000 to 9999 were tuned on")
	parser.add_argument("--json", action="store_true")
	options = parser.parse_args()
	threads, circles = report_threads(options), all_circles(report_circles(options))
	if options.json:
		json.dump({"threads": threads, "circles": circles}, sys.stdout, indent=1)
		print()
	else:
		show(threads, circles)


if __name__ == "__main__":
	main()

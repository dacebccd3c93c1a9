#!/usr/bin/python3
"""Fits the weights of config/civility/forecast.conf by which a thread's temperature is made:
filters/train/thread_weights.py --data DIR [--maagal PROGRAM] [--rules DIR] [--look] [--write]

The features are those of the program itself (`maagal judge --explain`), so nothing is computed twice. Two steps, both a
logistic regression whose weights may not change their sign (thanks never heat, accusations never cool): first the tones
of single messages, drawn towards what a person would guess, then what a thread makes of their sum. `--look` shows figures on
threads that were not learnt from, five times over; without `--write` nothing is changed. Standard library alone; the
same numbers each time. Learnt from: threads of thr-cga-wiki and thr-github; single messages of en-wikicontext (what was
answered with an attack) and en-github (impatience, frustration, mockery and worse). thr-cga-cmv (no licence stated) has a
say in the six numbers of the second step alone: it is fiercer, and one bar shall do for all. What these sets lack, gaps
between messages and who answers whom, keeps the weights that a person has written; so does outright incivility, which the
models have learnt from the same texts. `--unseen EVEN ODD` names two copies of the rules whose en.model has not seen the
Wikipedia threads whose number (half_of) is even or odd, nor en-github: then the model says of them what it says of new ones."""

import argparse
import gzip
import hashlib
import json
import math
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDS = 5
COOL = {"tone.apology", "tone.first", "tone.hedge", "tone.matter", "tone.thanks", "tone.work", "thread.cooling", "thread.edges", "thread.settled"}
# Not to be learnt from these sets: no times, and mostly no authors in them, and hardly a message that anybody would hold.
BY_HAND = {"thread.hurry", "thread.pile_on", "thread.ping_pong", "thread.cooling", "thread.rise", "thread.hot",
	"thread.hottest", "thread.settled", "thread.voices"}
# What a person would guess. Where the sets say little (they are few, English, and by engineers and encyclopaedists) it
# stands, the same in every language.
GUESS = {"tone.accuse": .6, "tone.addressed": .6, "tone.apology": -.3, "tone.certain": .5, "tone.charge": .05,
	"tone.conduct": .8, "tone.demand": .6, "tone.dispute": .25, "tone.dots": .7, "tone.exclamation": .05, "tone.first": -.4,
	"tone.hedge": -.8, "tone.matter": -.6, "tone.mock": .4, "tone.negation": .2, "tone.others": .5, "tone.question": .1, "tone.sanction": .3,
	"tone.second": .4, "tone.shouting": 1, "tone.sweeping": .4, "tone.thanks": -.4, "tone.vexed": .5, "tone.work": -.3}
# What is usual in a thread says where its bar lies, and a little about its end as well.
AT_LEAST = {"thread.edges": -500}
AT_MOST = {"tone.charge": 50, "tone.shouting": 1000}
LEARNT = ("wiki", "github")
# Whose threads have a say in what is made of the tones.
WEIGHED = ("wiki", "github", "cmv")
SETS = {"wiki": "thr-cga-wiki", "github": "thr-github", "cmv": "thr-cga-cmv"}
MESSAGES = ("parents", "frustrated")
PARENTS_MOST = 3000
INCIVILITY = "tone.incivility"
# So many of a hundred calm threads of the first set are called tense by the bias that is proposed. It is not written: what
# the shipped model says of its own kind of text lies lower than what the unseen copies say, so a person sets 500 on dev.
CALM_ALARMED = 20
# Both outcomes are equally frequent in what is learnt from, and far from it in a forum: a calm thread shall be far below
# 500. What is fitted of a thread is taken so many times.
SHARPNESS = 2


def rows_of(data, name, portion="train"):
	with gzip.open(pathlib.Path(data) / name / f"{portion}.jsonl.gz", "rt", encoding="utf-8") as lines:
		return [json.loads(line) for line in lines]


def threads_of(data, portion):
	sets = {key: rows_of(data, name, portion) for key, name in SETS.items()}
	parents = [row for row in rows_of(data, "en-wikicontext", portion) if row.get("parent")]
	tense = [row for row in parents if row["label"]]
	calm = [row for row in parents if not row["label"]][:PARENTS_MOST]
	sets["parents"] = [alone(row, row["parent"], row["label"]) for row in tense + calm]
	sets["frustrated"] = [alone(row, row["text"], int(bool(row.get("sub") or row["label"])))
		for row in rows_of(data, "en-github", "train")]
	return sets


def alone(row, text, label):
	"""One message as a thread of its own."""
	return {"thread": row["id"], "label": label, "messages": [
		{"id": row["id"], "author": None, "text": text, "ts": 0, "reply_to": None}]}


def judged(program, rules, threads):
	"""What the program says after each message of each thread."""
	lines = [json.dumps({"id": message["id"], "thread": thread["thread"], "circle": thread["thread"],
		"author": message["author"], "text": message["text"], "ts": message["ts"], "reply_to": message["reply_to"]})
		for thread in threads for message in thread["messages"]]
	done = subprocess.run([program, "judge", "--rules", rules, "--set", "limits=0", "--explain"],
		input="\n".join(lines).encode() + b"\n", capture_output=True, check=True)
	answers = iter([json.loads(line) for line in done.stdout.splitlines()])
	return [[next(answers) for _ in thread["messages"]] for thread in threads]


def edge_of(incivility):
	"""How far from spotless, by the odds."""
	return max(0, (math.log((incivility + .01) / (1.01 - incivility)) + 4.6) / 4)


def half_of(thread):
	return int.from_bytes(hashlib.sha256(("half " + thread["thread"]).encode()).digest()[:4], "big") % 2


def judged_unseen(options, threads):
	"""By models that have not seen them, if there are such."""
	if not options.unseen:
		return judged(options.maagal, options.rules, threads)
	both = [judged(options.maagal, rules, threads) for rules in options.unseen]
	return [both[half_of(thread)][i] for i, thread in enumerate(threads)]


class Case:
	"""One thread: the tones of its messages, and what is forecast after each by given weights."""

	def __init__(self, label, answers, names):
		self.label = label
		self.answers = answers
		self.tones = [[answer["tones"][name] / 1000 for name in names] for answer in answers]

	def heats(self, weights):
		"""thread.c over again, for weights that are still to be tried."""
		now = mean = heat = slow = hot = hottest = edges = edgiest = cooling = 0.0
		peaks = [0.0, 0.0]
		rows = []
		for i, (tones, answer) in enumerate(zip(self.tones, self.answers)):
			tension = max(-8.0, min(8.0, sum(weight * tone for weight, tone in zip(weights, tones))))
			rude = answer["tones"]["tone.incivility"] / 1000
			whole = min(i + 1, 40)
			now += .35 * (tension - now)
			mean += (tension - mean) / whole
			heat += .3 * (rude - heat)
			slow += .08 * (rude - slow)
			bad = max(0, 2 * answer["incivility"] - 1)
			hot += .3 * (bad - hot)
			hottest = max(hottest * .9, bad)
			edge = edge_of(answer["incivility"])
			edges += (edge - edges) / whole
			edgiest = max(edgiest * .9, edge)
			warm = 0 if answer["flagged"] else 1 if answer["tones"]["tone.apology"] else .7 if answer["tones"]["tone.thanks"] else 0
			cooling += .3 * (warm - cooling)
			if i:
				peaks = sorted([peaks[0] * .9, peaks[1] * .9, tension], reverse=True)[:2]
			rows.append({"thread.cooling": cooling, "thread.edge": edge, "thread.edges": edges, "thread.edgiest": edgiest,
				"thread.hot": hot, "thread.hottest": hottest, "thread.mean": mean, "thread.now": now,
				"thread.peak": sum(peaks) / 2, "thread.rise": max(0, heat - slow),
				"thread.settled": max(0, mean) * max(0, i - 7) / (i + 17),
				"thread.voices": answer["thread_features"]["thread.voices"] / 1000})
		return rows


def spread_of(columns):
	"""The standard deviation of each column, never nothing."""
	out = []
	for column in columns:
		mean = sum(column) / len(column)
		out.append(math.sqrt(sum((value - mean) ** 2 for value in column) / len(column)) + .02)
	return out


def learn(groups, names, strength, rounds=400):
	"""groups: [(rows, labels, importances)], each with a bias of its own. Weights in the features' own units."""
	spread = spread_of([[row[i] for rows, _, _ in groups for row in rows] for i in range(len(names))])
	groups = [([[value / unit for value, unit in zip(row, spread)] for row in rows], labels, parts)
		for rows, labels, parts in groups]
	whole = sum(sum(parts) for _, _, parts in groups)
	guess = [GUESS.get(name, 0) * unit for name, unit in zip(names, spread)]
	weights, biases = list(guess), [0.0] * len(groups)
	step = 4 / (len(names) + 1)
	for _ in range(rounds):
		slopes = [strength * (weight - first) / whole for weight, first in zip(weights, guess)]
		for number, (rows, labels, parts) in enumerate(groups):
			off_bias = total = 0.0
			for row, label, part in zip(rows, labels, parts):
				sum_ = biases[number] + sum(weight * value for weight, value in zip(weights, row))
				off = (1 / (1 + math.exp(-max(-30, min(30, sum_)))) - label) * part
				off_bias += off
				total += part
				for i, value in enumerate(row):
					slopes[i] += off * value / whole
			biases[number] -= 2 * off_bias / total
		for i, name in enumerate(names):
			moved = weights[i] - step * slopes[i]
			weights[i] = min(0.0, moved) if name in COOL else max(0.0, moved)
	return [weight / unit for weight, unit in zip(weights, spread)]


def importances(labels):
	"""Both outcomes count the same; a set as much as the rarer of them bears."""
	share = sum(labels) / len(labels)
	size = min(1, 4 * share)
	return [size * (.5 / share if label else .5 / (1 - share)) for label in labels]


def bounded(name, weight):
	weight = max(weight, AT_LEAST.get(name, weight))
	return min(weight, AT_MOST.get(name, weight))


def fit_tones(cases, names, strength, given):
	groups = []
	learnt = [name for name in names if name != INCIVILITY]
	for key in LEARNT + MESSAGES:
		rows = []
		for case in cases[key]:
			tones = case.tones[1:] or case.tones
			means = [sum(column) / len(tones) for column in zip(*tones)]
			rows.append([mean for name, mean in zip(names, means) if name != INCIVILITY])
		labels = [case.label for case in cases[key]]
		groups.append((rows, labels, importances(labels)))
	found = dict(zip(learnt, learn(groups, learnt, strength)))
	return [given if name == INCIVILITY else bounded(name, round(1000 * found[name])) / 1000 for name in names]


def fit_heats(cases, tones, names, strength):
	"""One bias for all sets: one bar has to do for a mild forum and a fierce one."""
	rows, labels, parts = [], [], []
	for key in WEIGHED:
		size = 333 / len(cases[key])
		share = sum(case.label for case in cases[key]) / len(cases[key])
		for case in cases[key]:
			part = size * (.5 / share if case.label else .5 / (1 - share))
			heats = case.heats(tones)
			for i, heat in enumerate(heats):
				rows.append([heat[name] for name in names])
				labels.append(case.label)
				# The later the surer; a long thread counts no more than a short one.
				parts.append(part * (i + 1) * 2 / (len(heats) * (len(heats) + 1)))
	return dict(zip(names, (SHARPNESS * bounded(name, round(1000 * weight)) / 1000
		for name, weight in zip(names, learn([(rows, labels, parts)], names, strength, 150)))))


def sums_of(case, tones, heats):
	return [sum(heats.get(name, 0) * value for name, value in row.items()) for row in case.heats(tones)]


def area(labels, scores):
	"""Area under the curve."""
	order = sorted(zip(scores, labels))
	tense = sum(labels)
	ranks, i = 0.0, 0
	while i < len(order):
		j = i
		while j < len(order) and order[j][0] == order[i][0]:
			j += 1
		ranks += sum(label for _, label in order[i:j]) * (i + 1 + j) / 2
		i = j
	return (ranks - tense * (tense + 1) / 2) / (tense * (len(labels) - tense))


def show(what, cases, tones, heats):
	for key, some in cases.items():
		if key in MESSAGES:
			continue
		labels = [case.label for case in some]
		sums = [sums_of(case, tones, heats) for case in some]
		print(f"{what:12} {key:7} n {len(some):4}  AUC of the highest {area(labels, [max(s) for s in sums]):.3f}"
			f"  of the last {area(labels, [s[-1] for s in sums]):.3f}", flush=True)


def bias_of(cases, tones, heats):
	"""Such that so many calm threads as a person bears are called tense at 500."""
	calm = sorted(max(sums_of(case, tones, heats)) for case in cases["wiki"] if not case.label)
	return -round(1000 * calm[len(calm) * (100 - CALM_ALARMED) // 100])


def write(path, numbers):
	text = path.read_text(encoding="utf-8")
	for name, value in numbers.items():
		text, times = re.subn(rf"^{re.escape(name)} -?\d+", f"{name} {value}", text, flags=re.M)
		if times != 1:
			raise SystemExit(f"{path} has no line {name}")
	path.write_text(text, encoding="utf-8")


def fitted(cases, tone_names, heat_names, by_hand, options):
	tones = fit_tones(cases, tone_names, options.tone_strength, by_hand[INCIVILITY])
	heats = fit_heats(cases, tones, heat_names, options.thread_strength)
	return tones, {**heats, **{name: by_hand[name] for name in BY_HAND}}


def main():
	parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
	parser.add_argument("--data", required=True, metavar="DIR")
	parser.add_argument("--maagal", default=ROOT / "build" / "maagal", metavar="PROGRAM")
	parser.add_argument("--rules", default=ROOT / "config" / "civility", type=pathlib.Path, metavar="DIR")
	parser.add_argument("--unseen", nargs=2, metavar=("EVEN", "ODD"))
	parser.add_argument("--tone-strength", type=float, default=2000)
	parser.add_argument("--thread-strength", type=float, default=40)
	parser.add_argument("--look", action="store_true")
	parser.add_argument("--write", action="store_true")
	options = parser.parse_args()
	path = options.rules / "forecast.conf"
	given = dict(re.findall(r"^(\S+) (-?\d+)", path.read_text(encoding="utf-8"), flags=re.M))
	tone_names = [name for name in given if name.startswith("tone.")]
	heat_names = [name for name in given if name.startswith("thread.") and name not in BY_HAND and name != "thread.bias"]
	by_hand = {name: int(given[name]) / 1000 for name in BY_HAND | {INCIVILITY}}
	threads = threads_of(options.data, "train")
	cases = {key: [Case(thread["label"], answers, tone_names)
		for thread, answers in zip(some, judged_unseen(options, some))] for key, some in threads.items()}
	for fold in range(FOLDS if options.look else 0):
		rest = {key: [case for i, case in enumerate(some) if i % FOLDS != fold] for key, some in cases.items()}
		seen_not = {key: [case for i, case in enumerate(some) if i % FOLDS == fold] for key, some in cases.items()}
		show(f"fold {fold}", seen_not, *fitted(rest, tone_names, heat_names, by_hand, options))
	tones, heats = fitted(cases, tone_names, heat_names, by_hand, options)
	show("learnt from", cases, tones, heats)
	numbers = {name: round(1000 * weight) for name, weight in zip(tone_names, tones)}
	numbers |= {name: round(1000 * weight) for name, weight in heats.items()}
	print(f"# thread.bias by unseen models: {bias_of(cases, tones, heats)}")
	for name, value in numbers.items():
		print(f"{name} {value}")
	if options.write:
		write(path, numbers)


if __name__ == "__main__":
	main()

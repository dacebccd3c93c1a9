#!/usr/bin/python3
"""`maagal judge` over what people posted says what `serve` said: the same action, and the same forecast to the thousandth."""
import contextlib
import json
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

TEXTS = ["The plan was published yesterday", "תודה, קראתי. אולי כדאי להוסיף מפה", "שוב אתם. תמיד אותו דבר, די כבר!", "أنت دائما تتجاهل ما كتب لك، كفى!",
	"You never read anything, stop making up facts!", "Why do you keep accusing everybody?", "אתה אידיוט ושקרן", "WHAT IS THIS???!!!! STOP IT NOW YOU PEOPLE!!!!",
	"يا حمار، اسكت", "Sorry, I take it back. Thank you for the answer", "You are a pathetic liar and everybody knows it", "נו באמת, אתם תמיד ממציאים הכול"]
ACTIONS = {"allow": "posted", "hold": "held", "nudge": "nudged", "reject": "rejected"}


def server():
	return talk.shared("limits=0")


def kept(house, circle):
	"""What is kept of each post, in the order of commits."""
	with contextlib.closing(sqlite3.connect(f"file:{house.data / 'maagal.db'}?mode=ro", uri=True)) as db:
		return db.execute("SELECT p.num, p.thread, p.author, p.at, p.reply_to, p.text, p.heat, p.crisis FROM post p JOIN circle c ON c.num = p.circle"
			" WHERE c.id = ? ORDER BY p.num", (circle,)).fetchall()


def verdicts(house, rows):
	lines = "".join(talk.dump({"id": num, "thread": thread, "circle": "c", "author": author, "text": text, "ts": at / 1000,
		"reply_to": reply_to}) + "\n" for num, thread, author, at, reply_to, text, _, _ in rows)
	done = talk.run("judge", "--policy", "public", "--set", "limits=0", data=lines)
	equal(done.returncode, 0, f"exit status: {done.stderr}")
	return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_same_messages_get_the_same_actions_and_forecasts():
	house = server()
	town = talk.given_process(house)
	people = [town.guest(name) for name in ("Noa", "Omer", "Rami", "Layla")]
	threads, last, statuses = [None, None], [None, None], []
	for i in range(36):
		who, at = people[i * 7 % 4], i * 3 % 2
		params = {"thread": threads[at], "reply_to": last[at]} if threads[at] else {}
		text = f"{TEXTS[i * 5 % len(TEXTS)]} {i}"
		said = who.post(town.forum, text, **params)
		if said["status"] == "nudged":
			said = who.post(town.forum, text, nudge=said["nudge"], **params)
		if said["status"] == "rejected":
			continue
		statuses.append(said["status"])
		if said["status"] == "posted":
			threads[at] = threads[at] or said["id"]
			last[at] = said["id"]
	rows = kept(house, town.forum)
	answers = verdicts(house, rows)
	equal(len(rows), len(statuses), "posts that are kept")
	check(any(row[6] >= 500 for row in rows), "the quarrel was forecast")
	for row, answer, status in zip(rows, answers, statuses):
		equal((row[6], row[7]), (round(answer["escalation"] * 1000), round(answer["crisis"] * 1000)), f"heat and crisis of {row[5]!r}")
		# Who was nudged and sent it all the same was let in.
		wanted = ("posted", "held") if answer["action"] == "nudge" else (ACTIONS[answer["action"]],)
		check(status in wanted, f"{row[5]!r} was {status}, judge says {answer['action']}")


def test_after_a_restart_the_forecasts_go_on_from_the_same_numbers():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	opener = noa.say(town.forum, TEXTS[0])
	for i, text in enumerate((TEXTS[2], TEXTS[4], TEXTS[5])):
		(omer, noa)[i % 2].post(town.forum, text, thread=opener["id"], reply_to=opener["id"])
	house.restart(kill=True)
	noa = town.again(noa)
	noa.post(town.forum, TEXTS[11], thread=opener["id"], reply_to=opener["id"])
	rows = kept(house, town.forum)
	equal([row[6] for row in rows], [round(answer["escalation"] * 1000) for answer in verdicts(house, rows)], "heat of each post")
	equal([row[7] for row in rows], [round(answer["crisis"] * 1000) for answer in verdicts(house, rows)], "crisis index at each post")


def test_two_processes_come_to_the_same_numbers():
	one = talk.serve("limits=0")
	town = talk.given_process(one)
	two = talk.serve("limits=0", data=one.data)
	noa, omer = town.guest("Noa"), two.guest("Omer", accept=town.accept())
	opener = noa.say(town.forum, TEXTS[0])
	for i in range(10):
		(omer, noa)[i % 2].post(town.forum, f"{TEXTS[(2, 4, 5, 11)[i % 4]]} {i}", thread=opener["id"], reply_to=opener["id"])
	rows = kept(one, town.forum)
	equal(len(rows), 11, "posts")
	for row, answer in zip(rows, verdicts(one, rows)):
		equal((row[6], row[7]), (round(answer["escalation"] * 1000), round(answer["crisis"] * 1000)), f"heat and crisis of {row[5]!r}")


talk.main()

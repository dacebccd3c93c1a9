#!/usr/bin/python3
"""The terminal client, driven as scripts drive it (pipes) and as people do (a terminal)."""
import json
import os
import pathlib
import pty
import select
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, wait_until


def server():
	return talk.shared("limits=0")


def environment(home):
	return {**{key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "XDG_STATE_HOME")},
		"HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm"}


def home_of(town):
	home = town.server.folder / talk.unique("home-")
	home.mkdir()
	return home


def url(town):
	return f"http://127.0.0.1:{town.server.port}"


def chat(town, *args, home=None, lines="", where=None):
	"""One run with these lines on standard input."""
	for line in lines.splitlines():
		town.server.secret(line)
	return subprocess.run([talk.PROGRAM, "chat", where or url(town), *args], input=lines, text=True,
		capture_output=True, timeout=60 * talk.PATIENCE, env=environment(home or home_of(town)))


def out_lines(done):
	return [json.loads(line) for line in done.stdout.split("\n") if line]


def kinds(lines):
	return [line["type"] for line in lines]


class Running:
	"""A run that goes on: standard input is ours to write, standard output is read as it comes."""

	def __init__(self, town, *args, home=None):
		self.process = subprocess.Popen([talk.PROGRAM, "chat", url(town), *args], stdin=subprocess.PIPE,
			stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(home or home_of(town)))
		self.lines, self.rest = [], b""
		os.set_blocking(self.process.stdout.fileno(), False)
		talk.finally_do(self.end)

	def write(self, line):
		self.process.stdin.write((line + "\n").encode())
		self.process.stdin.flush()

	def read(self):
		data = self.process.stdout.read() or b""
		*whole, self.rest = (self.rest + data).split(b"\n")
		self.lines += [json.loads(line) for line in whole]
		return self.lines

	def wait(self, what, where, timeout=20):
		return wait_until(lambda: next((line for line in self.read() if where(line)), None), what, timeout)

	def end(self):
		if self.process.poll() is None:
			self.process.kill()
		self.process.wait()
		self.process.stdin.close()
		self.process.stdout.close()


def posted(noa, town, count):
	talk.wait_until(lambda: len(noa.history(town.forum)) == count, f"{count} posts stand in the forum")


class Terminal:
	"""A person at a terminal of 80 columns."""

	def __init__(self, town, *args, home=None):
		self.pid, self.fd = pty.fork()
		if self.pid == 0:
			os.execve(talk.PROGRAM, [talk.PROGRAM, "chat", url(town), *args], environment(home or home_of(town)))
		self.seen, self.ended = "", None
		self.raw = b""
		talk.finally_do(self.end)

	def read(self, wait=0.02):
		if select.select([self.fd], [], [], wait)[0]:
			try:
				self.raw += os.read(self.fd, 65536)
			except OSError:
				pass
		self.seen = self.raw.decode("utf-8", "replace")
		return self.seen

	def wait(self, words, timeout=20):
		wait_until(lambda: words in self.read(), f"{words!r} on the screen, which shows {self.seen[-800:]!r}", timeout)

	def type(self, text):
		os.write(self.fd, text.encode())

	def wait_end(self):
		def gone():
			self.read()
			pid, status = os.waitpid(self.pid, os.WNOHANG)
			if pid:
				self.ended = os.waitstatus_to_exitcode(status)
			return pid

		wait_until(gone, "the client ends")
		return self.ended

	def end(self):
		if self.ended is None:
			os.kill(self.pid, signal.SIGKILL)
			os.waitpid(self.pid, 0)
		os.close(self.fd)


# ---------------------------------------------------------------- scripts

def test_a_line_from_a_pipe_is_posted_and_others_see_it():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.join(town.forum)
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--lang", "en", lines="Good morning\nand good luck\n")
	equal(done.returncode, 0, f"exit status ({done.stdout}{done.stderr})")
	equal([noa.wait_event("posted")["post"]["text"] for _ in range(2)], ["Good morning", "and good luck"], "in order")


def test_without_accepting_one_reads_and_is_told_why_one_cannot_write():
	town = talk.given_process(server())
	town.guest("Noa").say(town.forum, "Here since morning")
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--lang", "en", lines="Hello\n")
	equal(done.returncode, 1, "exit status")
	check("Here since morning" in done.stdout, done.stdout)
	check("charter" in done.stdout, done.stdout)


def test_json_answers_every_line_under_the_id_it_came_with():
	town = talk.given_process(server())
	lines = "\n".join(talk.dump(line) for line in (
		{"id": "a", "text": "One"}, {"id": 7, "method": "history.read", "params": {"limit": 5}},
		{"id": "c", "method": "no.such"})) + "\n"
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--json", lines=lines)
	equal(done.returncode, 1, "one line failed")
	said = out_lines(done)
	answers = {str(line["id"]): line for line in said if line["type"] in ("answer", "error") and "id" in line}
	equal(answers["a"]["result"]["status"], "posted", "the first")
	equal(answers["7"]["result"]["events"][-1]["post"]["text"], "One", "the second")
	equal(answers["c"]["error"]["data"]["name"], "method_not_found", "the third")
	equal(kinds(said)[0], "session", "the first line")
	check("joined" in kinds(said) and "charter" in kinds(said), kinds(said))


def test_json_is_one_object_a_line_whatever_was_written():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	texts = ["two\nlines", "\u001b[2J\u202e", "שלום \U0001f333", "a\u2028b", "\u009b31m\U000e0041"]
	for text in texts:
		noa.say(town.forum, text)
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--json", "--tail", "10")
	equal(done.returncode, 0, "exit status")
	got = [line["event"]["post"]["text"] for line in out_lines(done) if line["type"] == "event"]
	equal(got, texts, "texts, byte for byte")
	steering = [c for c in done.stdout if (ord(c) < 32 and c != "\n") or c in "\u202e\u2028\u009b\U000e0041"]
	equal(steering, [], "what could steer a terminal")
	check("שלום" in done.stdout, "letters stay readable")


def test_nothing_in_a_post_reaches_the_terminal_as_a_control():
	town = talk.given_process(server())
	town.guest("Noa").say(town.forum, "\u001b]0;mine\u0007\u001b[31mred\u009b2J\u202eevil\u0000x".replace("\u0000", ""))
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--lang", "en")
	controls = [c for c in done.stdout if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E]
	equal(controls, [], "controls")
	check("␛]0;mine␇␛[31mred" in done.stdout and "‹U+202E›" in done.stdout, done.stdout)


def test_what_is_nudged_is_not_sent_unless_one_insists():
	town = talk.given_process(server())
	text = talk.words("nudge")
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--lang", "en", lines=text + "\n")
	equal(done.returncode, 1, f"exit status ({done.stdout})")
	check("⟦" in done.stdout and "/send" in done.stdout, done.stdout)
	equal(town.guest("Noa").history(town.forum), [], "nothing was posted")
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--anyway", lines=text + "\n")
	equal(done.returncode, 0, f"exit status ({done.stdout})")
	equal([e["post"]["text"] for e in town.guest("Noa").history(town.forum)], [text], "posted as it is")


def test_a_moderator_releases_what_is_held_and_its_author_reads_the_reason_of_a_refusal():
	town = talk.given_process(server())
	home = home_of(town)
	for _ in range(2):
		done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--lang", "en", home=home, lines=talk.words("hold") + "\n")
		check("waiting" in done.stdout, done.stdout)
	link = town.server.invite(town.forum, "moderator", "Dana", url=url(town))["link"]
	desk = chat(town, "--accept", "--lang", "en", where=link, lines="/queue\n/reject 1 Please say it kindly\n/release 2\n")
	equal(desk.returncode, 0, f"exit status ({desk.stdout}{desk.stderr})")
	equal(len(town.guest("Noa").history(town.forum)), 1, "one was published")
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--lang", "en", home=home, lines="/inbox\n")
	check("Please say it kindly" in done.stdout, done.stdout)


def test_a_guest_is_the_same_person_the_next_time():
	town = talk.given_process(server())
	home = home_of(town)
	for text in ("First visit", "Second visit"):
		done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", home=home, lines=text + "\n")
		equal(done.returncode, 0, f"exit status ({done.stdout}{done.stderr})")
	chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--no-remember", home=home, lines="A stranger\n")
	authors = [e["post"]["author"]["id"] for e in town.guest("Noa").history(town.forum)]
	equal((authors[0] == authors[1], authors[0] == authors[2]), (True, False), "the same, the same, another")
	kept = home / ".local/state/maagal/sessions.json"
	equal(stat.S_IMODE(kept.stat().st_mode), 0o600, "mode of what is remembered")
	equal(stat.S_IMODE(kept.parent.stat().st_mode), 0o700, "mode of its folder")


def test_no_remember_leaves_nothing_behind():
	town = talk.given_process(server())
	home = home_of(town)
	chat(town, "--circle", town.forum, "--name", "Omer", "--accept", "--no-remember", home=home, lines="Hello\n")
	equal(list(home.rglob("*")), [], "files")


def test_an_invitation_link_opens_a_closed_circle_and_works_again_on_the_same_machine():
	town = talk.given_process(server())
	link = town.server.invite(town.panel, "participant", "Rivka", url=url(town))["link"]
	home = home_of(town)
	for text in ("From the inside", "Once more"):
		done = chat(town, "--accept", "--lang", "en", home=home, where=link, lines=text + "\n")
		equal(done.returncode, 0, f"exit status ({done.stdout}{done.stderr})")
	elsewhere = chat(town, "--accept", "--lang", "en", where=link, lines="Found a link\n")
	equal(elsewhere.returncode, 1, "a used link elsewhere")
	check("invitation" in elsewhere.stdout, elsewhere.stdout)
	outside = chat(town, "--circle", town.panel, "--name", "Omer", "--lang", "en", lines="Let me in\n")
	equal(outside.returncode, 1, "a stranger")
	equal([e["post"]["text"] for e in town.member(name="Lea").history(town.panel)], ["From the inside", "Once more"], "posts")


def test_the_way_it_ends_says_what_happened():
	town = talk.given_process(server())
	run = lambda *args: subprocess.run([talk.PROGRAM, "chat", *args], input="", text=True, capture_output=True,
		timeout=60 * talk.PATIENCE, env=environment(home_of(town)))
	equal(run().returncode, 2, "no address")
	equal(run("ftp://example").returncode, 2, "a wrong address")
	equal(run(url(town), "--tail", "5", "--after", "3").returncode, 2, "two places to begin")
	equal(run("http://127.0.0.1:1", "--circle", "x", "--name", "N").returncode, 1, "nobody there")
	equal(run(url(town), "--circle", "no-such-circle", "--name", "N").returncode, 1, "no such circle")


@talk.within(90)
def test_it_comes_back_by_itself_and_sends_once_what_was_written_meanwhile():
	mine = talk.serve("limits=0")
	town = talk.given_process(mine)
	running = Running(town, "--circle", town.forum, "--name", "Omer", "--accept", "--json", "--follow")
	running.write('{"id":1,"text":"Before"}')
	running.wait("the first answer", lambda line: line.get("id") == 1)
	mine.kill()
	running.wait("it notices", lambda line: line["type"] == "offline")
	running.write('{"id":2,"text":"Meanwhile"}')
	mine.restart(same_port=True, kill=True)
	answer = running.wait("the answer after the restart", lambda line: line.get("id") == 2, timeout=40)
	equal(answer["result"]["status"], "posted", "status")
	noa = town.guest("Noa")
	noa.say(town.forum, "After")
	running.wait("live again", lambda line: line["type"] == "event" and line["event"]["post"].get("text") == "After")
	equal([e["post"]["text"] for e in noa.history(town.forum)], ["Before", "Meanwhile", "After"], "each once")
	seqs = [line["event"]["seq"] for line in running.read() if line["type"] == "event"]
	equal(seqs, [1, 2, 3], "events, each once and in order")


@talk.within(90)
def test_a_post_whose_answer_was_lost_is_not_doubled():
	mine = talk.serve("limits=0")
	town = talk.given_process(mine)
	running = Running(town, "--circle", town.forum, "--name", "Omer", "--accept", "--json", "--follow")
	running.wait("it has joined", lambda line: line["type"] == "joined")
	for i in range(6):
		running.write(talk.dump({"id": i, "text": f"Number {i}"}))
		if i % 2:
			time.sleep(0.01 * i)	# somewhere between sending, keeping and answering; any moment must do
			mine.restart(same_port=True, kill=True)
	for i in range(6):
		running.wait(f"an answer to {i}", lambda line, i=i: line.get("id") == i and line["type"] == "answer", timeout=40)
	equal([e["post"]["text"] for e in town.guest("Noa").history(town.forum)], [f"Number {i}" for i in range(6)], "each once")


def certificate(folder, name, subject):
	key, cert = folder / f"{name}.key", folder / f"{name}.crt"
	subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
		"-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName={subject}"],
		check=True, capture_output=True)
	return str(cert), str(key)


def test_over_tls_only_a_believed_certificate_of_that_name_will_do():
	mine = talk.serve(start=False)
	cert, key = certificate(mine.folder, "ours", "IP:127.0.0.1")
	other, _ = certificate(mine.folder, "other", "IP:127.0.0.1")
	mine.args = ["--tls-cert", cert, "--tls-key", key]
	town = talk.Town(mine, talk.declaration())
	mine.apply(town.declaration)
	mine.start()
	line = ["--circle", town.forum, "--name", "Omer", "--accept"]
	where = f"https://127.0.0.1:{mine.port}"
	equal(chat(town, *line, "--ca", cert, where=where, lines="Under seal\n").returncode, 0, "our own")
	for wrong in (["--ca", other], [], ["--ca", "/nonexistent"]):
		done = chat(town, *line, *wrong, where=where, lines="Should not arrive\n")
		equal((done.returncode, "certificate" in done.stderr), (1, True), f"{wrong}: {done.stderr}")
	named = chat(town, *line, "--ca", cert, where=f"https://localhost:{mine.port}", lines="Should not arrive\n")
	equal(named.returncode, 1, "another name than the certificate's")
	shown = chat(town, *line, "--ca", cert, "--json", where=where)
	equal([e["event"]["post"]["text"] for e in out_lines(shown) if e["type"] == "event"], ["Under seal"], "what arrived")


def test_a_unix_socket_will_do():
	mine = talk.serve("limits=0", start=False)
	mine.settings += (f"unix_socket={mine.folder}/socket",)
	town = talk.Town(mine, talk.declaration())
	mine.apply(town.declaration)
	mine.start()
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--accept", where=f"unix:{mine.folder}/socket", lines="Close by\n")
	equal(done.returncode, 0, f"exit status ({done.stdout}{done.stderr})")
	equal(town.guest("Noa").history(town.forum)[0]["post"]["text"], "Close by", "posted")


# ---------------------------------------------------------------- people

def test_a_person_is_shown_the_charter_asked_and_then_writes():
	town = talk.given_process(server())
	screen = Terminal(town, "--circle", town.forum, "--lang", "en")
	screen.wait("Which name")
	screen.type("Omer\n")
	screen.wait("To hear everybody.")
	screen.wait("(yes / no)")
	screen.type("what\r")
	screen.type("yes\r")
	screen.wait("you can write now")
	screen.type("Hello from a terminal\r")
	noa = town.guest("Noa")
	posted(noa, town, 1)
	equal(noa.history(town.forum)[0]["post"]["text"], "Hello from a terminal", "posted")
	screen.type("/quit\r")
	equal(screen.wait_end(), 0, "exit status")


def test_a_half_typed_line_survives_what_arrives():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	screen = Terminal(town, "--circle", town.forum, "--lang", "en", "--name", "Omer", "--accept")
	screen.wait("to leave.")
	screen.type("Half a ")
	screen.wait("Half a ")
	noa.say(town.forum, "Interrupting")
	screen.wait("Interrupting")
	screen.type("lime\x7f\x7fne\r")
	posted(noa, town, 2)
	equal(noa.history(town.forum)[1]["post"]["text"], "Half a line", "the whole line")


def test_a_person_sees_which_words_may_hurt_and_sends_anyway():
	town = talk.given_process(server())
	screen = Terminal(town, "--circle", town.forum, "--lang", "en", "--name", "Omer", "--accept")
	screen.wait("to leave.")
	screen.type(talk.words("nudge") + "\r")
	screen.wait("Before this is sent")
	screen.wait("\033[4m")
	screen.type("/send\r")
	posted(town.guest("Noa"), town, 1)
	screen.type("\x04")
	equal(screen.wait_end(), 0, "exit status at the end of the input")


def test_hebrew_names_and_texts_stand_in_their_own_direction():
	town = talk.given_process(server())
	town.guest("נועה", lang="he").say(town.forum, "שלום, world!")
	screen = Terminal(town, "--circle", town.forum, "--lang", "he", "--name", "עומר", "--accept")
	screen.wait("\u2068נועה\u2069")
	screen.wait("\u2068שלום, world!\u2069")
	screen.wait("/quit ליציאה")


def test_threads_are_indented_and_entered():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	first = noa.say(town.forum, "Opening")
	noa.say(town.forum, "Elsewhere")
	noa.say(town.forum, "Below", reply_to=first["id"])
	screen = Terminal(town, "--circle", town.forum, "--lang", "en", "--name", "Omer", "--accept")
	screen.wait("to leave.")
	shown = screen.read()
	check(shown.index("Opening") < shown.index("Below") < shown.index("Elsewhere"), "a reply stands below what it answers")
	screen.type("/thread 3\r")
	screen.wait("You are writing in thread #1")
	screen.type("In the thread\r")
	posted(noa, town, 4)
	equal(noa.history(town.forum)[3]["post"]["thread"], first["id"], "the thread")


def test_history_reads_on_backwards_from_where_the_page_began():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	first = noa.say(town.forum, "Number 0")
	for i in range(1, 10):
		noa.say(town.forum, f"Number {i}", **({"reply_to": first["id"]} if i == 9 else {}))
	# The tail brings the root of its thread along, from before a gap.
	done = chat(town, "--circle", town.forum, "--name", "Omer", "--lang", "en", "--tail", "2", lines="/history 5\n/history 9\n/history\n")
	equal(done.returncode, 0, f"exit status ({done.stdout})")
	shown = [int(line.split("Number ")[1][0]) for line in done.stdout.splitlines() if "Number " in line]
	equal(shown, [0, 9, 8, 3, 4, 5, 6, 7, 1, 2], "each once, page by page")
	check("begins" in done.stdout, done.stdout)


# ---------------------------------------------------------------- the demonstration

def demonstration():
	mine = talk.serve()
	equal(mine.cli("process", "apply", str(talk.ROOT / "config/processes/demo.json")).returncode, 0, "apply")
	seed = lambda: subprocess.run([str(talk.ROOT / "config/processes/demo-seed"), f"http://127.0.0.1:{mine.port}",
		str(mine.data), talk.PROGRAM], capture_output=True, text=True, timeout=120 * talk.PATIENCE, env=environment(mine.folder))
	return mine, seed


@talk.within(150)
def test_the_demonstration_comes_in_whole_and_only_once():
	mine, seed = demonstration()
	done = seed()
	equal(done.returncode, 0, f"exit status ({done.stdout}{done.stderr})")
	check(" 0 steps failed" in done.stdout, done.stdout)
	noa = mine.guest("Noa", lang="he")
	events = noa.history("street-forum")
	posts = talk.Fold(events).posts
	check(len(posts) >= 30, f"{len(posts)} posts in the forum")
	check(len({post["thread"] for post in posts.values()}) >= 5, "threads")
	check(any(post["state"] == "redacted" for post in posts.values()), "a telephone number was masked")
	check(not any("050-0000000" in talk.dump(event) for event in events), "the masked number travels")
	dana = talk.Client(mine).open(token=mine.invite("street-forum", "moderator", "Dana")["token"], lang="he")
	waiting = sorted(item["kind"] for item in dana.call("desk.queue", circle="street-forum")["items"])
	equal(waiting, ["alert", "held", "report"], "what waits at the desk")
	again = seed()
	equal((again.returncode, again.stdout), (0, ""), "a second start")
	equal(len(noa.history("street-forum")), len(events), "events after it")


if __name__ == "__main__":
	talk.main()

#!/usr/bin/python3
"""server/run: what a newcomer meets. It runs in a folder of its own, so that data/ stays as it is."""
import contextlib
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

RUN = house.ROOT / "server" / "run"
PATIENCE = 120


@contextlib.contextmanager
def started(data):
	"""server/run on a free port, with its lines up to the last link."""
	run = subprocess.Popen([str(RUN), "--no-install", "--listen", "127.0.0.1:0", "--data", data], cwd="/",
		stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
	words = threading.Thread(target=lambda: run.words.append(run.stderr.read()), daemon=True)
	run.words = []
	words.start()
	watch = threading.Timer(PATIENCE, run.kill)
	watch.start()
	try:
		lines = []
		for line in run.stdout:
			lines.append(line.rstrip("\n"))
			if line == "\n" and any("#invite=" in earlier for earlier in lines):
				break
		run.lines = lines
		yield run
		run.send_signal(signal.SIGTERM)
		run.status = run.wait(30)
	finally:
		run.kill()
		run.wait()
		watch.cancel()
		words.join(10)


def links(run):
	return [re.sub(r"http://[^/]*", "", link) for line in run.lines for link in re.findall(r"http://\S+/#\S+", line)]


def test_it_serves_the_demonstration_shows_the_same_links_twice_and_stops_on_sigterm():
	data = tempfile.mkdtemp(prefix="maagal-first-")
	try:
		with started(data) as run:
			ready = [line for line in run.lines if line.startswith("ready http://127.0.0.1:")]
			check([] if len(ready) == 1 else run.lines + run.words, "one ready line:")
			check([] if len(links(run)) == 3 and len(set(links(run))) == 3 else run.lines, "three links:")
			with urllib.request.urlopen(ready[0].split()[1] + "/healthz", timeout=10) as answer:
				check([] if answer.status == 200 else [answer.status], "/healthz:")
		check([] if run.status == 0 else [run.status, *run.words], "exit status:")
		with started(data) as again:
			check(set(links(run)) - set(links(again)), "the second time these links are not shown:")
		check([] if again.status == 0 else [again.status, *again.words], "exit status:")
		check([p for p in pathlib.Path(data).glob("demo-links.txt") if p.stat().st_mode & 0o077], "others may read the invitations:")
	finally:
		shutil.rmtree(data, ignore_errors=True)


def test_its_help_is_that_of_serve():
	done = subprocess.run([str(RUN), "--no-install", "--help"], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
		stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
	check([] if done.returncode == 0 and "maagal serve" in done.stdout else [done.returncode, done.stderr], "help:")


def test_a_wrong_setting_stops_it_with_a_sentence():
	data = tempfile.mkdtemp(prefix="maagal-first-")
	try:
		done = subprocess.run([str(RUN), "--no-install", "--data", data, "--set", "post_per_minute=1"], cwd="/",
			stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
		check([] if done.returncode == 2 and "posts_per_minute" in done.stderr else [done.returncode, done.stderr], "refused:")
	finally:
		shutil.rmtree(data, ignore_errors=True)


house.main()

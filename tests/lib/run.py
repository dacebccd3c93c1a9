"""Builds what is to be tested, runs the test programs and counts. A test program prints a line a test:
`ok - sentence`, `not ok - sentence`, `skip - sentence: why` (or TAP, as cmocka does), and `#` lines that
explain. It is judged by these lines and by its exit status."""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
JOBS = min(4, os.cpu_count() or 1)
FUZZ_SECONDS = max(60, int(os.environ.get("FUZZ_SECONDS", "60")))

# The thread sanitiser's map of memory does not bear every randomisation that kernels do.
STILL = ["setarch", "-R"] if subprocess.run(["setarch", "-R", "true"], stderr=subprocess.DEVNULL).returncode == 0 else []

LINE = re.compile(r"^(not ok|ok|skip)\b(?: \d+)?(?: - | )?(.*)$")


class Test:
	"""One test program: how to run it and what it said."""

	def __init__(self, group, name, command, env=None, at_most=600):
		self.group, self.name, self.command, self.env = group, name, [str(c) for c in command], env or {}
		self.at_most = at_most
		self.passed, self.failed, self.skipped, self.output, self.seconds = [], [], [], "", 0.0

	def run(self):
		begin = time.monotonic()
		try:
			program = subprocess.Popen(self.command, cwd=ROOT, env={**os.environ, **self.env}, start_new_session=True,
				stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
			output, status = self.wait(program)
			self.output = output.decode("utf-8", "replace")
		except OSError as error:
			self.output, status = str(error), "none: it did not start"
		self.seconds = time.monotonic() - begin
		self.count(status)
		return self

	def wait(self, program):
		"""What it printed and how it ended. One that takes too long may still tidy up before it is killed."""
		try:
			return program.communicate(timeout=self.at_most)[0], program.returncode
		except subprocess.TimeoutExpired:
			pass
		for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
			with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
				os.killpg(program.pid, number)
				return program.communicate(timeout=patience)[0], "none: it took too long"
		return b"", "none: it took too long and can not be killed"

	def count(self, status):
		for line in self.output.splitlines():
			match = LINE.match(line)
			if not match:
				continue
			verdict, sentence = match.groups()
			skip = re.match(r"#\s*skip\b\s*(.*)", sentence, re.I)
			if skip or verdict == "skip":
				self.skipped.append(skip.group(1) if skip else sentence)
			elif verdict == "ok":
				self.passed.append(sentence)
			else:
				self.failed.append(sentence)
		if status != 0 and not self.failed:
			self.failed.append(f"{self.name} ends well (exit status {status})")
		if status == 0 and not (self.passed or self.failed or self.skipped):
			self.failed.append(f"{self.name} says what it tested")


class Fuzzer(Test):
	"""Runs a fuzzer for a while on its seeds; what it finds stays in build/fuzz/found."""

	def run(self):
		found, short = BUILD / "fuzz" / "found", self.name.removeprefix("fuzz_")
		found.mkdir(parents=True, exist_ok=True)
		seeds, words = ROOT / "tests/fuzz/seeds" / short, ROOT / "tests/fuzz" / f"{short}.dict"
		with tempfile.TemporaryDirectory(prefix="maagal-fuzz-") as corpus:
			self.command = [self.command[0], f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048",
				"-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={found}/{self.name}-", corpus]
			self.command += [str(seeds)] if seeds.is_dir() else []
			self.command += [f"-dict={words}"] if words.is_file() else []
			return super().run()

	def count(self, status):
		runs = re.search(r"number_of_executed_units:\s*(\d+)", self.output)
		if status == 0 and runs and int(runs.group(1)) > 100:
			self.passed.append(f"{self.name} finds nothing in {FUZZ_SECONDS} s and {runs.group(1)} runs")
		else:
			self.failed.append(f"{self.name} finds nothing (exit status {status})")
			self.output = "\n".join("# " + line for line in self.output.splitlines()[-60:])


def c_tests(group, preset, env):
	folder = BUILD if preset == "release" else BUILD / preset
	before = STILL if preset == "tsan" else []
	tests = []
	for part in ("unit", "ring"):
		if group in ("unit", "ring") and group != part:
			continue
		for source in sorted((ROOT / "tests" / part).rglob("test_*.c")):
			# The filters know no threads; whoever runs them on several (unit/judge, ring) is watched.
			if preset == "tsan" and source.parent.name == "filters":
				continue
			program = folder / source.relative_to(ROOT).with_suffix("")
			prefix = "" if group == part else group + ":"
			tests.append(Test(group, prefix + str(source.relative_to(ROOT)), [*before, program],
				{"CMOCKA_MESSAGE_OUTPUT": "tap", **env}))
	return tests


def script_tests(group, env=None):
	files = [p for p in sorted((ROOT / "tests" / group).glob("*")) if p.is_file() and os.access(p, os.X_OK)]
	return [Test(group, str(p.relative_to(ROOT)), ["/usr/bin/python3", p] if p.suffix == ".py" else [p], env)
		for p in files]


def fuzzers():
	return [Fuzzer("fuzz", p.stem, [BUILD / "fuzz" / "tests" / "fuzz" / p.stem])
		for p in sorted((ROOT / "tests/fuzz").glob("fuzz_*.c"))]


STRICT = {
	"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
	"UBSAN_OPTIONS": "print_stacktrace=1",
	"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}
SANITISED_SERVER = {**STRICT, "MAAGAL": str(BUILD / "asan" / "maagal"), "MAAGAL_PATIENCE": "5"}

# A machine that does other things beside may take its time; nobody should fail for that.
PATIENT = {"MAAGAL_PATIENCE": "3"}

# Builds that a group needs besides its preset.
BESIDES = {"web": ["pages"]}

# name, preset it needs, how many at once, its tests
GROUPS = [
	("house", "release", JOBS, lambda: script_tests("house")),
	("unit", "release", JOBS, lambda: c_tests("unit", "release", {})),
	("ring", "release", JOBS, lambda: c_tests("ring", "release", {})),
	("asan", "asan", JOBS, lambda: c_tests("asan", "asan", STRICT)),
	("tsan", "tsan", JOBS, lambda: c_tests("tsan", "tsan", STRICT)),
	("civility", "release", 1, lambda: [Test("civility", "tests/civility/measure", ["/usr/bin/python3", ROOT / "tests/civility/measure", "--short"])]),
	("talk", "release", JOBS, lambda: script_tests("talk", PATIENT)),
	("security", "asan", JOBS, lambda: script_tests("security", SANITISED_SERVER)),
	("faults", "release", 1, lambda: script_tests("faults", PATIENT)),
	("bench", "release", 1, lambda: [Test("bench", "tests/bench/run --short", [ROOT / "tests/bench/run", "--short"])]),
	("web", "release", 1, lambda: script_tests("web")),
	("fuzz", "fuzz", JOBS, fuzzers),
]


def say(text):
	print(f"» {text}", flush=True)


def build(preset):
	"""Builds with the same words as server/run; its tests fail if it does not."""
	script = f'root="{ROOT}"; . "$root/server/setup.sh"; build {preset}'
	test = Test("build", f"build:{preset}", ["/bin/bash", "-c", script], at_most=3600)
	say(f"building {preset}")
	test.count = lambda status: (test.passed if status == 0 else test.failed).append(f"the {preset} build builds")
	return test.run()


def report(test):
	counts = f"{len(test.passed)} passed"
	counts += f", {len(test.failed)} failed" if test.failed else ""
	counts += f", {len(test.skipped)} skipped" if test.skipped else ""
	print(f"{'not ok' if test.failed else 'ok'}  {test.name}: {counts} ({test.seconds:.1f} s)")
	if test.failed:
		print("\n".join("    " + line for line in test.output.splitlines()[-200:]))
	for sentence in test.skipped:
		print(f"    skip - {sentence}")
	sys.stdout.flush()


def is_named(test, names):
	"""A plain file name means the plain build; `asan:test_id` the sanitised one."""
	prefix, path = test.name.rpartition(":")[0], pathlib.PurePath(test.name.rpartition(":")[2])
	known = [test.group, test.name]
	known += [f"{prefix}:{n}" if prefix else n for n in (str(path), path.name, path.stem)]
	return not names or any(n in known for n in names)


def select(names):
	chosen, known = [], set()
	for name, preset, at_once, list_tests in GROUPS:
		tests = list_tests()
		picked = [t for t in tests if is_named(t, names)]
		known.update(n for n in names if any(is_named(t, [n]) for t in tests))
		if name in names or picked:
			chosen.append((name, preset, at_once, picked))
	unknown = [n for n in names if n not in known and n not in [g[0] for g in GROUPS]]
	if unknown:
		print(f"There is no test or group {', '.join(unknown)}; `tests/run --list` shows all.")
		print("0 passed, 1 failed")
		sys.exit(2)
	return chosen


def run(names):
	done, built = [], {}
	for name, preset, at_once, tests in select(names):
		for what in [preset, *BESIDES.get(name, [])]:
			if what not in built:
				built[what] = build(what)
				done.append(built[what])
				report(built[what])
		say(f"{name}: {len(tests)} files")
		with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
			for test in pool.map(Test.run if name != "fuzz" else Fuzzer.run, tests):
				report(test)
				done.append(test)
	return done


def main():
	names = sys.argv[1:]
	if names == ["--list"]:
		for name, _, _, list_tests in GROUPS:
			print(name, *(f"  {t.name}" for t in list_tests()), sep="\n")
		return 0
	done = run(names)
	failures = [(t.name, sentence) for t in done for sentence in t.failed]
	if failures:
		print("\nfailed:")
		for name, sentence in failures:
			print(f"  {name}: {sentence}")
	passed, skipped = sum(len(t.passed) for t in done), sum(len(t.skipped) for t in done)
	print(f"\n{passed} passed, {len(failures)} failed" + (f", {skipped} skipped" if skipped else ""))
	return 1 if failures else 0


if __name__ == "__main__":
	sys.exit(main())

#!/usr/bin/python3
"""What counts the tests counts right: a program that fails, falls silent, dies or hangs is a failure."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
import run
from house import check


def counted(script, at_most=60):
	test = run.Test("group", "tests/x/script", ["/bin/sh", "-c", script], at_most=at_most).run()
	return len(test.passed), len(test.failed), len(test.skipped)


def differs(expected, script, **more):
	got = counted(script, **more)
	return [] if got == expected else [f"{script!r}: {got}, not {expected}"]


def test_lines_are_counted_by_their_verdict():
	check(differs((2, 0, 1), "echo 'ok - a'; echo 'noise ok - b'; echo 'ok - c'; echo 'skip - d: no redis'"), "plain:")
	check(differs((1, 1, 0), "echo 'ok - a'; echo 'not ok - b'; echo '# why'; exit 1"), "a failure:")
	check(differs((2, 1, 1), "echo 1..4; echo 'ok 1 - a'; echo 'not ok 2 - b'; echo 'ok 3 - c'; echo 'not ok 4 # SKIP d'; exit 1"), "TAP:")


def test_a_failure_counts_even_if_the_program_says_it_ended_well():
	check(differs((0, 1, 0), "echo 'not ok - a'; exit 0"), "exit status 0:")


def test_a_program_that_dies_or_ends_badly_is_a_failure():
	check(differs((1, 1, 0), "echo 'ok - a'; exit 3"), "exit status 3:")
	check(differs((1, 1, 0), "echo 'ok - a'; kill -9 $$"), "killed:")
	check(differs((0, 1, 0), "exec /nothing/such"), "not there:")


def test_no_test_is_left_out_for_want_of_a_mode_bit():
	wrong = []
	for group in ("house", "talk", "security", "faults", "web"):
		known = {test.name for test in run.script_tests(group)}
		for path in sorted((run.ROOT / "tests" / group).iterdir()):
			if path.is_file() and path.read_bytes()[:2] == b"#!" and str(path.relative_to(run.ROOT)) not in known:
				wrong.append(f"{path.relative_to(run.ROOT)} is not run: chmod +x")
	check(wrong, "written and never run:")


def test_a_program_that_says_nothing_is_a_failure():
	check(differs((0, 1, 0), "true"), "silence:")


def test_a_program_that_hangs_is_a_failure():
	check(differs((1, 1, 0), "echo 'ok - a'; exec sleep 60", at_most=1), "it hangs:")


def test_a_fuzzer_that_did_not_run_is_a_failure():
	fuzzer = run.Fuzzer("fuzz", "fuzz_none", ["/bin/true"])
	fuzzer.count(0)
	check([] if len(fuzzer.failed) == 1 else ["no failure"], "no runs:")


house.main()

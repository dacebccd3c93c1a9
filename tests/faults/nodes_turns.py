#!/usr/bin/python3
"""Three busy processes take turns: nobody starves."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import talk
from talk import check, equal


def percentile(figures, share):
	"""The bound of the class in which that share of the turns lies."""
	classes = sorted((float(name.split('le="')[1].split('"')[0].replace("+Inf", "inf")), value)
		for name, value in figures.items() if name.startswith("maagal_turn_wait_seconds_bucket"))
	total = classes[-1][1]
	return next(bound for bound, below in classes if below >= total * share), total


@talk.within(90)
def test_nobody_waits_long_for_their_turn():
	houses, town = nodes.given_nodes(3)
	crowd = nodes.Crowd(houses, town, writers=4, pause=0)
	end = time.monotonic() + 6
	talk.wait_until(lambda: time.monotonic() > end, "they have written for a while")
	crowd.end()
	by_node = [sum(1 for _, text, _ in crowd.answered if text.startswith(f"{n}.")) for n in range(3)]
	waits = [percentile(nodes.figures(house), 0.99) for house in houses]
	print(f"# posts by process {by_node}; 99 of 100 turns came within {[bound * 1000 for bound, _ in waits]} ms of {[int(total) for _, total in waits]}")
	for bound, _ in waits:
		# Without turns a process starves for seconds. How short the wait is on a quiet machine is no test's business.
		check(bound <= 1 * talk.PATIENCE, f"99 of 100 turns came within {bound * 1000:.0f} ms")
	check(min(by_node) * 4 > max(by_node), f"shares of {by_node}")
	equal(crowd.refused, [], "refusals")


talk.main()

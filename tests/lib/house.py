"""What the house tests share: reading our sources, and printing a line a test."""

import pathlib
import re
import subprocess
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
C_FOLDERS = ("server", "filters", "clients/chat")


class Broken(AssertionError):
	"""The rule is broken, at these places."""


def check(places, rule):
	places = list(places)
	if places:
		raise Broken("\n".join([rule, *map(str, places)]))


def read(path):
	return (ROOT / path).read_text(encoding="utf-8")


def tracked():
	"""Files that git knows or could be told of: nothing built, nothing ignored."""
	done = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
		cwd=ROOT, stdout=subprocess.PIPE, check=True)
	return sorted(p for p in map(pathlib.PurePath, done.stdout.decode().split("\0")) if p.name and (ROOT / p).is_file())


def c_files(*folders, suffixes=(".c", ".h")):
	folders = folders or C_FOLDERS
	return [p for p in tracked() if p.suffix in suffixes and any(p.is_relative_to(f) for f in folders)]


def without_comments(source):
	"""Comments become blanks of the same shape, so that line numbers stay."""
	def blank(match):
		text = match.group(0)
		return text if text[0] in "\"'" else re.sub(r"[^\n]", " ", text)
	return re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', blank, source, flags=re.S)


def line_of(source, offset):
	return source.count("\n", 0, offset) + 1


def functions(source):
	"""(name, first line, number of lines) of each function; ours begin in column 0 and end with a } there."""
	plain = without_comments(source).split("\n")
	found, begin, name = [], None, None
	for number, line in enumerate(plain, 1):
		if line == "{" and begin is None:
			head, at = "", number - 1
			while at > 0 and plain[at - 1].strip() and not plain[at - 1].startswith(("}", "#")) and not plain[at - 1].rstrip().endswith(";"):
				head = plain[at - 1] + " " + head
				at -= 1
			match = re.search(r"(\w+)\s*\(", head)
			begin, name = at + 1, match.group(1) if match else "?"
		elif line.startswith("}") and begin is not None:
			found.append((name, begin, number - begin + 1))
			begin = None
	return found


def main():
	module = sys.modules["__main__"]
	failed = 0
	for name, test in list(vars(module).items()):
		if not name.startswith("test_"):
			continue
		sentence = name.removeprefix("test_").replace("_", " ")
		try:
			test()
			print(f"ok - {sentence}")
		except Broken as broken:
			failed += 1
			print(f"not ok - {sentence}")
			print("\n".join(f"# {line}" for line in str(broken).splitlines()))
		except (OSError, subprocess.CalledProcessError) as error:
			failed += 1
			print(f"not ok - {sentence}\n# {error}")
		except Exception:
			failed += 1
			print(f"not ok - {sentence}")
			print("\n".join(f"# {line}" for line in traceback.format_exc().splitlines()))
	sys.exit(1 if failed else 0)

#!/usr/bin/python3
"""The catalogues of sentences are whole, in three languages, and hold what the code asks for."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import house
from house import check

LANGUAGES = ("he", "ar", "en")


def catalogue(language):
	def once(pairs):
		keys = [k for k, _ in pairs]
		check({k for k in keys if keys.count(k) > 1}, f"twice in {language}:")
		return dict(pairs)
	return json.loads(house.read(f"config/texts/{language}.json"), object_pairs_hook=once)


def test_every_sentence_is_there_in_every_language():
	catalogues = {language: catalogue(language) for language in LANGUAGES}
	every = set().union(*catalogues.values())
	for language, texts in catalogues.items():
		check(every - set(texts), f"missing in {language}:")
		check((k for k, v in texts.items() if not isinstance(v, str) or not v.strip()), f"empty in {language}:")


def test_a_sentence_has_the_same_placeholders_in_every_language():
	catalogues = [catalogue(language) for language in LANGUAGES]
	wrong = []
	for key in catalogues[0]:
		if len({tuple(sorted(re.findall(r"\{(\w+)\}", c.get(key, "")))) for c in catalogues}) > 1:
			wrong.append(key)
	check(wrong, "placeholders differ:")


def test_every_error_has_its_sentence():
	errors = set(re.findall(r'^\tX\(ERR_\w+,\s*"(\w+)"', house.read("server/base/err.h"), re.M))
	check((e for e in sorted(errors) if f"error.{e}" not in catalogue("en")), "no sentence for:")


def test_every_sentence_that_the_code_asks_for_is_there():
	texts, wrong = catalogue("en"), []
	for path in house.c_files():
		source = house.read(path)
		for match in re.finditer(r'\btexts_\w+\([^;"]*"([a-z]\w*(?:\.\w+)+)"', source):
			if match.group(1) not in texts:
				wrong.append(f"{path}:{house.line_of(source, match.start())}: {match.group(1)}")
	check(wrong, "the code asks for:")



def test_every_sentence_is_asked_for():
	sources = "\n".join(house.read(path) for path in house.c_files())
	begins = tuple(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*\.)%s', sources))
	check((key for key in catalogue("en") if f'"{key}"' not in sources and not key.startswith(begins)), "nobody asks for:")


house.main()

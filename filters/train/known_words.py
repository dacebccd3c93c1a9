#!/usr/bin/env python3
"""Makes config/civility/LANG-known.words: the commonest words of a language, commonest first, so that
a word which nobody knows can be told from one that is merely not listed (filters/mend.c).

    filters/train/known_words.py LANG MOST LEAST FILES… > config/civility/LANG-known.words

FILES are JSON lines (or the same, gzipped) with a "text"; rows with a "label" of 1 are left out. A
word counts that stands there LEAST times or more. The shipped lists were made from:
    he 14000 3   he-hebert-ugc, he-omilab-civic (both MIT), he-hedetox (GPL-3, civil half)
    ar 14000 2   ar-mlma (MIT), ar-farad (CC0), all rows
    en 16000 3   en-civilcomments (CC0), en-wikicontext (Apache-2.0), en-reddit-incivility (BSD-3)
of the train portions described in docs/civility.md. What a word list names is left out here
(--without): it is known anyway, and better not called ordinary."""
import argparse
import collections
import gzip
import json
import re
import unicodedata

WORDS = {
    "ar": re.compile("[\u0621-\u063a\u0641-\u064a]+"),
    "en": re.compile("[a-z]+(?:'[a-z]+)*"),
    "he": re.compile("[\u05d0-\u05ea]+(?:['\"][\u05d0-\u05ea]+)*"),
}


def fold(text):
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("\u05f3", "'").replace("\u05f4", '"').replace("\u2019", "'")
    return "".join(c for c in unicodedata.normalize("NFD", text)
                   if unicodedata.category(c) not in ("Mn", "Cf") and c != "\u0640")


def rows(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def is_word(word, lang):
    """Single letters are words in English alone; a letter three times is a disguise."""
    return (len(word) > 1 or word in ("a", "i")) and len(word) <= 20 \
        and not re.search(r"(.)\1\1", word) \
        and not (lang != "en" and re.search(r"^(.)\1", word) and len(word) < 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("lang", choices=sorted(WORDS))
    parser.add_argument("most", type=int)
    parser.add_argument("least", type=int)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--all", action="store_true", help="rows with label 1 as well")
    parser.add_argument("--without", help="a file of words to leave out, one a line")
    options = parser.parse_args()
    without = set(open(options.without, encoding="utf-8").read().split()) if options.without else ()
    counts = collections.Counter()
    for path in options.files:
        for row in rows(path):
            if options.all or row.get("label") != 1:
                counts.update(WORDS[options.lang].findall(fold(row["text"])))
    words = [word for word, count in counts.most_common()
             if count >= options.least and is_word(word, options.lang) and word not in without
             # "O dog" written as one word: two words.
             and not (options.lang == "ar" and word[:2] == "\u064a\u0627" and counts[word[2:]])]
    print("# %s-known.words: the commonest words, commonest first: made by"
          " filters/train/known_words.py.\n# They are not listed for what they say; a word that"
          " stands here is merely no other in disguise.\n\n[known]" % options.lang)
    for at in range(0, min(len(words), options.most), 16):
        print(", ".join(words[at:min(at + 16, options.most)]))


if __name__ == "__main__":
    main()

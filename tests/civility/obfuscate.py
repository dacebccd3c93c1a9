#!/usr/bin/env python3
"""What people do to words so that a filter does not know them, and how much of what is caught
clean is still caught then.

    tests/civility/obfuscate.py --judge build/maagal --rules config/civility [--lang he] FILES…

FILES are JSON lines with "text", "lang" (else the file's name says it: he.jsonl) and "must" or
"expect" (only texts to "catch" are used) or "label" (only those with 1). Texts count as caught
when their incivility reaches `--from` (.5). Random, but the same in every run."""
import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import unicodedata

LANGS = ("ar", "en", "he")
LETTER = {
    "ar": "[\u0621-\u063a\u0641-\u064a]",
    "en": "[A-Za-z]",
    "he": "[\u05d0-\u05ea]",
}
# A word and the few signs that belong into one.
WORDS = {lang: re.compile("%s{2,}" % letter) for lang, letter in LETTER.items()}


def each_word(lang, least, change):
    """A transform that changes every word of at least so many letters."""
    def transform(text, rng):
        return WORDS[lang].sub(
            lambda found: change(found.group(), rng) if len(found.group()) >= least
            else found.group(), text)
    return transform


def inside(word, rng):
    """A place in the word, neither its first nor its last letter."""
    return rng.randrange(1, len(word) - 1)


# --- letters more than once -----------------------------------------------------------------

def stretch(word, rng):
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.randint(3, 7) + word[at + 1:]


def double_one(word, rng):
    at = rng.randrange(len(word))
    return word[:at] + word[at] * 2 + word[at + 1:]


def double_some(word, rng):
    return "".join(letter * (2 if rng.random() < .4 else 1) for letter in word)


def double_all(word, _rng):
    return "".join(letter * 2 for letter in word)


# --- letters apart --------------------------------------------------------------------------

def between(signs):
    def change(word, rng):
        return rng.choice(signs).join(word)
    return change


def sign_inside(signs):
    def change(word, rng):
        at = inside(word, rng)
        return word[:at] + rng.choice(signs) + word[at:]
    return change


def space_sentence(text, _rng):
    return " ".join(text)


def space_sentence_evenly(text, _rng):
    return " ".join(text.replace(" ", ""))


def run_together(text, _rng):
    return text.replace(" ", "")


def split_word(word, rng):
    at = rng.randrange(2, len(word) - 1)
    return word[:at] + " " + word[at:]


def broken_lines(word, _rng):
    return "\n".join(word)


# --- what nobody sees, what only sits on a letter ---------------------------------------------

def scatter(signs, part=.5, most=1):
    def change(text, rng):
        out = []
        for letter in text:
            out.append(letter)
            if letter != " " and rng.random() < part:
                out.extend(rng.choice(signs) for _ in range(rng.randint(1, most)))
        return "".join(out)
    return change


ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f"
BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069\u061c"
MARKS = "\u0300\u0301\u0308\u0315\u031b\u0322\u0334\u0335\u0336\u0353\u035c\u0489"
NIQQUD = "\u05b0\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\u05bc\u0591\u05a5"
HARAKAT = "\u064b\u064c\u064e\u064f\u0650\u0651\u0652\u0670"
EMOJI = "\U0001f600\U0001f525\u2764\U0001f44f\u2728\U0001f914"


# --- letters that look like others ------------------------------------------------------------

CYRILLIC = str.maketrans("aceopxyijsABCEHIKMOPTXY", "асеорхуіјѕАВСЕНІКМОРТХУ")
GREEK = str.maketrans("aoiuvkpAEZHIKMNOTXY", "αοιυνκρΑΕΖΗΙΚΜΝΟΤΧΥ")
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1", "b": "8", "g": "9"}
PERSIAN = str.maketrans("كيهةى", "کیہۃی")
HEBREW_WIDE = str.maketrans("אדהכלםרת", "\ufb21\ufb22\ufb23\ufb24\ufb25\ufb26\ufb27\ufb28")
HEBREW_SIGNS = str.maketrans("וסןי", "10|'")
HEBREW_FINALS = str.maketrans("כמנפצךםןףץ", "ךםןףץכמנפצ")
ARABIC_FORMS = str.maketrans("اأإآةهيىؤئ", "أإآاهةىيوي")
NEIGHBOURS = {
    "en": dict(zip("qwertyuiopasdfghjklzxcvbnm", "weryuiioolsdfghjkllxzvbnbn")),
    "he": dict(zip("קראטופשדגכעיחלזסבהנמצת", "רקטאיםדגכעיחלחסבהנמצתץ")),
    "ar": dict(zip("ضصثقفغعهخحشسيبلاتنمكئءرىةوزظ", "صثقفغعهخحجسيبلاتنمكطءرىةوزظز")),
}


def styled(base_upper, base_lower):
    """Mathematical letters, letters in circles and the like."""
    def change(text, _rng):
        return "".join(
            chr(base_upper + ord(c) - 65) if "A" <= c <= "Z" else
            chr(base_lower + ord(c) - 97) if "a" <= c <= "z" else c for c in text)
    return change


def translate(table):
    return lambda text, _rng: text.translate(table)


def leet(part):
    def change(word, rng):
        out = [rng.choice(LEET[c.lower()]) if c.lower() in LEET_LETTERS and rng.random() < part else c
               for c in word]
        return "".join(out)
    return change


LEET_LETTERS = frozenset("aeiost")
UPSIDE_DOWN = dict(zip("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz"))


def presentation(text, _rng):
    """Arabic letters as the isolated forms of old encodings."""
    forms = {}
    for point in range(0xFE80, 0xFEF5):
        plain = unicodedata.normalize("NFKC", chr(point))
        forms.setdefault(plain, chr(point))
    return "".join(forms.get(c, c) for c in text)


# --- letters missing, moved, replaced -----------------------------------------------------------

def mask_one(word, rng):
    at = inside(word, rng)
    return word[:at] + rng.choice("*#_-") + word[at + 1:]


def mask_vowels(word, _rng):
    return word[0] + re.sub("[aeiouוי\u0627\u0648\u064a]", "*", word[1:-1]) + word[-1]


def drop_vowel(word, _rng):
    return word[0] + re.sub("[aeiou]", "", word[1:], count=1)


def swap(word, rng):
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2:]


def neighbour(lang):
    def change(word, rng):
        at = inside(word, rng)
        return word[:at] + NEIGHBOURS[lang].get(word[at].lower(), word[at]) + word[at + 1:]
    return change


def gershayim(word, _rng):
    return word[:-1] + '"' + word[-1]


def reverse_word(word, _rng):
    return word[::-1]


def mixed_case(text, rng):
    return "".join(c.upper() if rng.random() < .5 else c.lower() for c in text)


def transforms(lang):
    """{name: function(text, rng) → text}. "rare" in a name: looked at, no target."""
    signs = "*.-_~|+=·"
    every = {
        "bidi controls": scatter(BIDI),
        "combining marks": scatter({"en": MARKS, "he": NIQQUD, "ar": HARAKAT}[lang], .7, 4),
        "dots in words": each_word(lang, 3, between(".")),
        "double all": each_word(lang, 2, double_all),
        "double one": each_word(lang, 3, double_one),
        "double some": each_word(lang, 3, double_some),
        "emoji in words": each_word(lang, 3, between(EMOJI)),
        "mask one": each_word(lang, 5, mask_one),
        "rare keyboard": each_word(lang, 6, neighbour(lang)),
        "rare mask vowels": each_word(lang, 4, mask_vowels),
        "rare reversed": each_word(lang, 3, reverse_word),
        "rare run together": run_together,
        "rare split words": each_word(lang, 5, split_word),
        "sign inside": each_word(lang, 4, sign_inside(signs)),
        "signs between": each_word(lang, 3, between(signs)),
        "spaced evenly": space_sentence_evenly,
        "spaced sentence": space_sentence,
        "spaced words": each_word(lang, 3, between(" ")),
        "stretch": each_word(lang, 3, stretch),
        "swap": each_word(lang, 5, swap),
        "zero width": scatter(ZERO_WIDTH),
    }
    own = {
        "ar": {
            "forms of letters": translate(ARABIC_FORMS),
            "persian letters": translate(PERSIAN),
            "presentation forms": presentation,
            "tatweel": scatter("\u0640", .6, 3),
        },
        "en": {
            "circled letters": styled(0x24B6, 0x24D0),
            "cyrillic": translate(CYRILLIC),
            "drop vowel": each_word("en", 5, drop_vowel),
            "full width": styled(0xFF21, 0xFF41),
            "greek": translate(GREEK),
            "leet": each_word("en", 3, leet(1)),
            "leet some": each_word("en", 3, leet(.5)),
            "mathematical": styled(0x1D400, 0x1D41A),
            "mixed case": mixed_case,
            "rare upside down": lambda text, _rng: "".join(UPSIDE_DOWN.get(c, c) for c in text),
        },
        "he": {
            "finals": translate(HEBREW_FINALS),
            "geresh inside": each_word("he", 4, sign_inside("'\u05f3")),
            "gershayim": each_word("he", 4, gershayim),
            "maqaf inside": each_word("he", 4, sign_inside("\u05be")),
            "signs for letters": each_word("he", 4, translate(HEBREW_SIGNS)),
            "wide letters": translate(HEBREW_WIDE),
        },
    }
    return dict(sorted({**every, **own[lang]}.items()))


# --- measuring ------------------------------------------------------------------------------------

def judge(program, rules, texts):
    lines = "".join(
        json.dumps({"id": i, "thread": "t%d" % i, "circle": "c%d" % i, "author": "a", "text": text,
                    "ts": 1}, ensure_ascii=False) + "\n" for i, text in enumerate(texts))
    done = subprocess.run(
        [program, "judge", "--rules", rules, "--policy", "public", "--set", "limits=0"],
        input=lines.encode("utf-8", "surrogatepass"), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(texts):
        sys.exit("%d answers to %d texts" % (len(answers), len(texts)))
    return answers


def read_texts(path, only):
    named = os.path.basename(path).split(".")[0].split("-")[0]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            lang = row.get("lang") or named
            must = row.get("must") or row.get("expect")
            wanted = must == "catch" if must else row.get("label") == 1
            if wanted and lang in LANGS and (not only or lang == only):
                yield lang, row["text"]


def retention(options, lang, texts):
    """(name, still caught, texts) per transform, of the texts that are caught clean."""
    def caught(answers):
        return [answer.get("incivility", 0) >= options.least for answer in answers]

    clean = [text for text, yes in zip(texts, caught(judge(options.judge, options.rules, texts)))
             if yes]
    print("%s: %d of %d texts are caught clean" % (lang, len(clean), len(texts)))
    for name, change in transforms(lang).items():
        rng = random.Random("%s %s" % (lang, name))
        changed = [change(text, rng) for text in clean]
        kept = caught(judge(options.judge, options.rules, changed))
        if options.missed:
            for text, yes in zip(changed, kept):
                if not yes:
                    print("  missed [%s] %s" % (name, text.replace("\n", "\\n")))
        yield name, sum(kept), len(clean)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--judge", required=True, metavar="PROGRAM")
    parser.add_argument("--rules", required=True, metavar="DIR")
    parser.add_argument("--lang", choices=LANGS)
    parser.add_argument("--from", dest="least", type=float, default=.5)
    parser.add_argument("--missed", action="store_true", help="show what is no longer caught")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    texts = collections.defaultdict(list)
    for path in options.files:
        for lang, text in read_texts(path, options.lang):
            texts[lang].append(text)
    for lang in sorted(texts):
        rates = []
        for name, kept, count in retention(options, lang, texts[lang]):
            rate = kept / count if count else 1
            print("  %-22s %.3f" % (name, rate))
            if not name.startswith("rare"):
                rates.append((rate, name))
        print("  %-22s %.3f, worst %.3f (%s)" % (
            "mean", sum(rate for rate, _ in rates) / len(rates), *min(rates)))


if __name__ == "__main__":
    main()

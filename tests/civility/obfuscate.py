#!/usr/bin/env python3
"""What people do to words so that a filter does not know them, and how much of what is caught
clean is still caught then.

    tests/civility/obfuscate.py --judge build/maagal --rules config/civility [--lang he] FILES…

FILES are JSON lines (or such packed: he.jsonl.gz) with "text", "lang" (else the name of the file
or of its folder says it: he.jsonl, he-x/dev.jsonl.gz) and "must" or "expect" (only texts to
"catch" are used) or "label" (only those with 1). Texts count as caught when their incivility
reaches `--from` (.5). With --pass it is the others: how many of what must pass is acted upon when
it is written so. Random, but the same in every run."""
import argparse
import collections
import gzip
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


def words_by(signs):
    """The words of a sentence joined by a sign, as in names of files."""
    return lambda text, rng: text.replace(" ", rng.choice(signs))


def around(pairs):
    def change(word, rng):
        before, behind = rng.choice(pairs)
        return before + word + behind
    return change


def entities(text, rng):
    return "".join(rng.choice(("&#%d;", "&#x%x;")) % ord(c) if c.isalpha() and rng.random() < .5 else c
                   for c in text)


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
LEET_WIDE = {
    "a": "4@", "b": "8", "c": "(", "e": "3€", "g": "69", "i": "1!|¡", "l": "1|£", "o": "0", "s": "5$",
    "t": "7+", "y": "¥", "z": "2",
}
SMALL_CAPS = str.maketrans("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ")
RARE_LATIN = str.maketrans("abdefghiklmnoprstuvyz", "ɑɓđɇƒɡħıƙłɱƞøƥɍʂŧʉʋɏƶ")
ARMENIAN = str.maketrans("ghjnoqu", "ցհյոօզս")
ACCENTED = str.maketrans("aceiounyAEIOU", "áçéîöüñýÀÊÍÕÙ")
HEBREW_LATIN = {"ו": "lI", "ס": "oO", "ט": "uU", "ח": "n", "ש": "w", "ע": "y", "א": "xN", "ן": "l"}
HEBREW_TWINS = str.maketrans("הבוםרך", "חכזסדד")
YIDDISH = (("וו", "\u05f0"), ("וי", "\u05f1"), ("יי", "\u05f2"))
ARABIC_DIGITS = str.maketrans("حعءخطقص", "7325689")
ARABIC_KIN = str.maketrans("بتجحرسصطفقكلنوي", "ٻټچځړڛڝڟڢڨګڵڼۏۍ")
# One letter for another that sounds the same: (what is written, what for).
HEARD = {
    "ar": (("ث", "س"), ("ذ", "ز"), ("ظ", "ض"), ("ض", "ظ"), ("ط", "ت"), ("ص", "س"), ("ق", "ك"), ("ة", "ه"),
           ("ح", "ه"), ("أ", "ا"), ("ى", "ا")),
    "en": (("ck", "k"), ("c", "k"), ("ph", "f"), ("f", "ph"), ("k", "c"), ("s", "z"), ("oo", "u"), ("ee", "ea"),
           ("igh", "y"), ("u", "oo"), ("i", "y"), ("er", "a")),
    "he": (("ק", "כ"), ("כ", "ק"), ("ט", "ת"), ("ת", "ט"), ("ע", "א"), ("א", "ע"), ("ח", "כ"), ("ש", "ס"),
           ("ס", "ש"), ("ב", "ו")),
}
ROMAN = {
    "ar": dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآؤئ",
                   "a b t th j 7 kh d th r z s sh s d t z 3 gh f q k l m n h w y a a 2 a e a 2 2".split())),
    "he": dict(zip("אבגדהוזחטיכלמנסעפצקרשתםןךףץ",
                   "a b g d h u z ch t i k l m n s a p tz k r sh t m n ch f tz".split())),
}
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


def mask_two(word, rng):
    out, sign = list(word), rng.choice("*#-.")
    for at in rng.sample(range(1, len(word) - 1), 2):
        out[at] = sign
    return "".join(out)


def mask_other(word, rng):
    at = inside(word, rng)
    return word[:at] + rng.choice("•.@?%$&~^…█x") + word[at + 1:]


def delete_one(word, rng):
    at = inside(word, rng)
    return word[:at] + word[at + 1:]


def insert_one(word, rng):
    at = inside(word, rng)
    return word[:at] + rng.choice(word) + word[at:]


def shuffle_inside(word, rng):
    letters = list(word[1:-1])
    rng.shuffle(letters)
    return word[0] + "".join(letters) + word[-1]


def swap_any(word, rng):
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2:]


def drop_weak(word, rng):
    """One letter that Hebrew and Arabic often leave out."""
    places = [at for at in range(1, len(word) - 1) if word[at] in "ויاوي"]
    if not places:
        return word
    at = rng.choice(places)
    return word[:at] + word[at + 1:]


def heard(lang):
    """One letter of the word as it sounds."""
    def change(word, rng):
        lower = word.lower()
        ways = [way for way in HEARD[lang] if way[0] in lower]
        if not ways:
            return word
        from_, to = rng.choice(ways)
        at = rng.choice([m.start() for m in re.finditer(from_, lower)])
        return word[:at] + to + word[at + len(from_):]
    return change


def in_latin(lang):
    return lambda text, _rng: "".join(ROMAN[lang].get(c, c) for c in text)


def one_of(table, part):
    def change(word, rng):
        return "".join(rng.choice(table[c.lower()]) if c.lower() in table and rng.random() < part else c
                       for c in word)
    return change


def yiddish(text, _rng):
    for two, one in YIDDISH:
        text = text.replace(two, one)
    return text


def override(word, _rng):
    """Shown from left to right as it was."""
    return "\u202e" + word[::-1] + "\u202c"


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
    """{name: function(text, rng) → text}. "rare" in a name: so much is lost that
    nobody can know every word again; looked at, no target."""
    signs = "*.-_~|+=·"
    every = {
        "bidi controls": scatter(BIDI),
        "combining marks": scatter({"en": MARKS, "he": NIQQUD, "ar": HARAKAT}[lang], .7, 4),
        "dots in words": each_word(lang, 3, between(".")),
        "rare delete one": each_word(lang, 5, delete_one),
        "double all": each_word(lang, 2, double_all),
        "double one": each_word(lang, 3, double_one),
        "double some": each_word(lang, 3, double_some),
        "emoji in words": each_word(lang, 3, between(EMOJI)),
        "entities": entities,
        "rare insert one": each_word(lang, 5, insert_one),
        "letters on lines": each_word(lang, 3, broken_lines),
        "mask one": each_word(lang, 5, mask_one),
        "rare mask other": each_word(lang, 5, mask_other),
        "rare mask two": each_word(lang, 6, mask_two),
        "quoted words": each_word(lang, 2, around(['""', "''", "\u201c\u201d", "\u00ab\u00bb"])),
        "rare backwards override": each_word(lang, 3, override),
        "rare keyboard": each_word(lang, 6, neighbour(lang)),
        "rare mask vowels": each_word(lang, 4, mask_vowels),
        "rare reversed": each_word(lang, 3, reverse_word),
        "rare reversed text": lambda text, _rng: text[::-1],
        "rare swap any": each_word(lang, 4, swap_any),
        "rare run together": run_together,
        "rare shuffled inside": each_word(lang, 5, shuffle_inside),
        "sign inside": each_word(lang, 4, sign_inside(signs)),
        "signs around": each_word(lang, 2, around(["**", "__", "~~", "()", "[]", "!!", "..", "##"])),
        "signs between": each_word(lang, 3, between(signs)),
        "spaced evenly": space_sentence_evenly,
        "spaced sentence": space_sentence,
        "spaced words": each_word(lang, 3, between(" ")),
        "rare split words": each_word(lang, 5, split_word),
        "stretch": each_word(lang, 3, stretch),
        "swap": each_word(lang, 5, swap),
        "words by signs": words_by("_-.*"),
        "words on lines": words_by("\n"),
        "rare written by ear": each_word(lang, 3, heard(lang)),
        "zero width": scatter(ZERO_WIDTH),
    }
    own = {
        "ar": {
            "rare digits for letters": each_word(lang, 3, translate(ARABIC_DIGITS)),
            "rare drop weak": each_word(lang, 4, drop_weak),
            "forms of letters": translate(ARABIC_FORMS),
            "kin of letters": translate(ARABIC_KIN),
            "persian letters": translate(PERSIAN),
            "presentation forms": presentation,
            "rare latin letters": in_latin("ar"),
            "tatweel": scatter("\u0640", .6, 3),
        },
        "en": {
            "accented": translate(ACCENTED),
            "armenian": translate(ARMENIAN),
            "black circles": styled(0x1F150, 0x1F150),
            "black squares": styled(0x1F170, 0x1F170),
            "bracketed letters": styled(0x1F110, 0x249C),
            "circled letters": styled(0x24B6, 0x24D0),
            "cyrillic": translate(CYRILLIC),
            "drop vowel": each_word("en", 5, drop_vowel),
            "full width": styled(0xFF21, 0xFF41),
            "greek": translate(GREEK),
            "leet": each_word("en", 3, leet(1)),
            "leet some": each_word("en", 3, leet(.5)),
            "rare leet wide": each_word("en", 3, one_of(LEET_WIDE, .6)),
            "mathematical": styled(0x1D400, 0x1D41A),
            "mixed case": mixed_case,
            "strange latin": translate(RARE_LATIN),
            "small capitals": translate(SMALL_CAPS),
            "upside down": lambda text, _rng: "".join(UPSIDE_DOWN.get(c, c) for c in text.lower()),
        },
        "he": {
            "rare drop weak": each_word("he", 4, drop_weak),
            "finals": translate(HEBREW_FINALS),
            "geresh inside": each_word("he", 4, sign_inside("'\u05f3")),
            "gershayim": each_word("he", 4, gershayim),
            "rare latin for letters": each_word("he", 3, one_of(HEBREW_LATIN, .5)),
            "maqaf inside": each_word("he", 4, sign_inside("\u05be")),
            "rare latin letters": in_latin("he"),
            "rare twins": translate(HEBREW_TWINS),
            "signs for letters": each_word("he", 4, translate(HEBREW_SIGNS)),
            "wide letters": translate(HEBREW_WIDE),
            "yiddish letters": yiddish,
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


def read_texts(path, only, must_pass):
    named = [part.split(".")[0].split("-")[0] for part in path.split(os.sep)[-2:]]
    named = next((part for part in reversed(named) if part in LANGS), None)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            lang = row.get("lang") or named
            must = row.get("must") or row.get("expect")
            wanted = must == ("pass" if must_pass else "catch") if must else (
                row.get("label") == (0 if must_pass else 1))
            if wanted and lang in LANGS and (not only or lang == only):
                yield lang, row["text"]


def retention(options, lang, texts):
    """(name, still caught, texts) per transform, of the texts that are caught clean."""
    def caught(answers):
        if options.must_pass:
            return [answer["action"] != "allow" for answer in answers]
        return [answer.get("incivility", 0) >= options.least for answer in answers]

    clean = [text for text, yes in zip(texts, caught(judge(options.judge, options.rules, texts)))
             if yes != options.must_pass]
    print("%s: %d of %d texts are %s clean" % (lang, len(clean), len(texts),
        "let pass" if options.must_pass else "caught"))
    names, changed = [], []
    for name, change in transforms(lang).items():
        if not options.only or options.only in name:
            rng = random.Random("%s %s" % (lang, name))
            names.append(name)
            changed += [change(text, rng) for text in clean]
    # All at once: reading the rules takes longer than judging.
    kept = caught(judge(options.judge, options.rules, changed))
    for at, name in enumerate(names):
        part = slice(at * len(clean), (at + 1) * len(clean))
        for text, now, yes in zip(clean, changed[part], kept[part]):
            if options.missed and yes == options.must_pass:
                print("  missed [%s] %s  <  %s" % (
                    name, now.replace("\n", "\\n"), text.replace("\n", " ")))
        yield name, sum(kept[part]), len(clean)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--judge", required=True, metavar="PROGRAM")
    parser.add_argument("--rules", required=True, metavar="DIR")
    parser.add_argument("--lang", choices=LANGS)
    parser.add_argument("--from", dest="least", type=float, default=.5)
    parser.add_argument("--missed", action="store_true", help="show what is no longer caught")
    parser.add_argument("--only", metavar="PART", help="transforms with this in their name")
    parser.add_argument("--most", type=int, metavar="N", help="so many texts a language, drawn by lot")
    parser.add_argument("--pass", dest="must_pass", action="store_true",
        help="which part of what must pass is acted upon")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    texts = collections.defaultdict(list)
    for path in options.files:
        for lang, text in read_texts(path, options.lang, options.must_pass):
            texts[lang].append(text)
    for lang in sorted(texts):
        if options.most and len(texts[lang]) > options.most:
            texts[lang] = random.Random(lang).sample(texts[lang], options.most)
        rates = []
        for name, kept, count in retention(options, lang, texts[lang]):
            rate = kept / count if count else 1
            print("  %-22s %.3f" % (name, rate))
            if not name.startswith("rare"):
                rates.append((rate, name))
        if rates:
            print("  %-22s %.3f, worst %.3f (%s)" % (
                "mean", sum(rate for rate, _ in rates) / len(rates),
                *(max(rates) if options.must_pass else min(rates))))


if __name__ == "__main__":
    main()

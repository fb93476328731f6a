"""How long words take with the default voice, before anybody has spoken them; and where they are cut.

A word may be read, or spelt letter by letter; which of them a voice does is its own affair, and so both are
allowed for.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from guide.sentences import paragraphs

BETWEEN = 0.7
"""Seconds between two sentences that follow each other."""
_RUN = 22.0
"""Seconds that are spoken without a rest at most, as they are estimated; the practice allows thirty."""
_MOST_WRONG = 1.5
"""By how much a run may take longer than is likely; what is less certain than that is cut shorter."""


class Seconds(NamedTuple):
    """How long something takes: at least, probably, and at most."""

    least: float
    likely: float
    most: float

    def __mul__(self, times: float) -> "Seconds":  # type: ignore[override]  # lengths are scaled, not repeated
        return Seconds(self.least * times, self.likely * times, self.most * times)


# As in `guide.clips`, as widely as it was measured: ordinary words, and 90 lines of letters and numbers.
_BEGUN = Seconds(0.15, 0.6, 0.85)
_READ = Seconds(0.065, 0.1, 0.128)
"""A letter of a word."""
_AGAIN = Seconds(0.01, 0.06, 0.128)
"""The same letter once more, or one far into a word."""
_SPELT = Seconds(0.02, 0.29, 0.42)
"""A letter that is named. `x` again and again is said the quickest."""
_VOWEL = Seconds(0.02, 0.12, 0.32)
_DOUBLE_U = Seconds(0.02, 0.55, 0.8)
_BY_NAME = Seconds(0.02, 0.7, 1.7)
"""A letter with its accent, alone: “e acute”."""
_ACCENTED = Seconds(0.065, 0.12, 0.25)
"""A letter with an accent, in a word."""
_RARE = Seconds(0.065, 0.12, 0.6)
"""One with a rare accent, or with two: those of Vietnamese."""
_LETTER = Seconds(0.03, 0.3, 0.6)
_IDEOGRAPH = Seconds(0.08, 0.7, 1.3)
_FIGURE = Seconds(0.05, 0.55, 0.8)
"""A digit alone, or of two: 77 is two words."""
_NUMBER = Seconds(0.04, 0.85, 1.27)
"""A digit of a longer number: each third of them brings a thousand or a million, too."""
_FRACTION = Seconds(0.0, 0.7, 1.2)
_ACCENT = Seconds(0.0, 0.2, 0.45)
_MARK = Seconds(0.0, 0.6, 0.95)
_SIGN = Seconds(0.0, 1.2, 2.5)
_SILENT = Seconds(0.0, 0.0, 0.03)

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,:]\d+)*|.", re.DOTALL)
_RARE_FROM = "\u1e00"
_VOWELS = frozenset("aeiouy")
_LONG_WORD = 20
"""Letters of which each takes its time; of more, a voice may swallow some."""
_ACRONYM = 7
"""Letters of a word in capitals that may be a number of Roman numerals, or spelt."""
_CLUSTER = re.compile(r"(?!s|.h[lrw]|pf[lr])[^aeiouy]{3}|[xqz][^aeiouhlmw]|[^aeiouys][qx]|q[^u]")
"""Beginnings that a voice may not know how to say, and then spells."""


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────

_CLAUSE = re.compile(r"[,;:—–、，；：]\s*")
_LOOKED_AT = 2_000
"""Letters in which the end of a run is looked for: it takes no more, and a text may be one sentence."""


def runs(text: str) -> Iterator[list[str]]:
    """The sentences of a paragraph in runs that are spoken in less than thirty seconds each."""
    run: list[str] = []
    taken = 0.0
    for line in (piece for sentence in paragraphs(text)[0] for piece in _pieces(sentence)):
        length = _length(line)
        if run and taken + BETWEEN + length > _RUN:
            yield run
            run, taken = [], 0.0
        taken += length + (BETWEEN if run else 0)
        run.append(line)
    yield run


def _length(line: str) -> float:
    """Seconds that are reckoned for a line in its run."""
    seconds = estimate(line)
    return max(seconds.likely, seconds.most / _MOST_WRONG)


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence, cut at a comma, at a space, or anywhere, where it is too long to be said in one breath."""
    rest = sentence
    while len(rest) > _LOOKED_AT or _length(rest) > _RUN:
        most = _reach(rest[:_LOOKED_AT])
        clauses = [found.end() for found in _CLAUSE.finditer(rest, 0, most)]
        cut = max((place for place in clauses if place > most // 3), default=0)
        cut = cut or rest.rfind(" ", 0, most) + 1 or most
        if _worded(rest[:cut]):
            yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if _worded(rest):
        yield rest


def _reach(text: str) -> int:
    """How many letters of a text can be said in one run."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _length(text[:middle]) <= _RUN else (low, middle - 1)
    return low


def _worded(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


# ── seconds ──────────────────────────────────────────────────────────────────────────────────────────────


def estimate(line: str) -> Seconds:
    """Seconds that a line is spoken."""
    return _sum([_BEGUN, *(_token(found[0]) for found in _TOKEN.finditer(line))])


def _sum(pieces: Iterable[Seconds]) -> Seconds:
    least, likely, most = map(sum, zip(*pieces, strict=True))
    return Seconds(least, likely, most)


@lru_cache(4096)
def _token(token: str) -> Seconds:
    first = token[0]
    if first.isalpha() and _latin(first):
        return _word(token)
    if len(token) > 1 and first.isdigit():
        return _number(token)
    return _sum(map(_sign, token))


def _word(word: str) -> Seconds:
    letters = [letter for letter in word if letter.isalpha()]
    read = _sum(_in_a_word(letters))
    if not _may_be_spelt(word, len(letters)):
        return read
    spelt = _sum(map(_named, letters))
    return Seconds(min(read.least, spelt.least), max(read.likely, spelt.likely), max(read.most, spelt.most))


def _in_a_word(letters: list[str]) -> Iterator[Seconds]:
    before = ""
    for place, letter in enumerate(letters):
        if not _latin(letter):
            yield _sign(letter)
        elif letter == before or place >= _LONG_WORD:
            yield _AGAIN
        else:
            yield _READ if letter.isascii() else _ACCENTED if letter < _RARE_FROM else _RARE
        before = letter


def _may_be_spelt(word: str, letters: int) -> bool:
    plain = unicodedata.normalize("NFKD", word).lower()
    vowels = sum(letter in _VOWELS for letter in plain)
    if letters == 1 or not vowels or (word.isupper() and letters <= _ACRONYM):
        return True
    return _CLUSTER.match(plain) is not None


@cache
def _named(letter: str) -> Seconds:
    if letter.lower() in _VOWELS:
        return _VOWEL
    if letter in "wW":
        return _DOUBLE_U
    if letter.isascii():
        return _SPELT
    return _BY_NAME


def _number(token: str) -> Seconds:
    digits = sum(one.isdigit() for one in token)
    return (_FIGURE if digits <= 2 else _NUMBER) * digits


def _latin(letter: str) -> bool:
    return letter.isascii() or "LATIN" in unicodedata.name(letter, "")


@cache
def _sign(letter: str) -> Seconds:
    if letter in " '’-\"“”‘()":
        return _SILENT
    if letter in ",;:.!?…—–":
        return _MARK
    kind = unicodedata.category(letter)[0]
    if kind == "L":
        return _IDEOGRAPH if unicodedata.east_asian_width(letter) in "WF" else _LETTER
    if kind == "N":
        return _FIGURE if letter.isdecimal() else _FRACTION
    return _ACCENT if kind == "M" else _SIGN

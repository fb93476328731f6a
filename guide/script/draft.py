"""A plain text with blank lines, made into a script: paragraphs that are said, and rests between them.

Every word stays as it was written, where it was; only white space, braces, and what nobody could say change.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from guide import duration
from guide.duration import RATE
from guide.legible import columns
from guide.script.alphabets import foreign
from guide.script.reckoning import BETWEEN, estimate, runs
from guide.sentences import is_question, paragraphs

MOST_BYTES = 256 << 10
"""A longer text is no meditation: at an ordinary pace it takes days."""
_MOST_SAID = 2_400
"""Speeches in one script, each with its rest: a script has 5,000 steps at most."""
_THREE_HOURS = 3 * 3600
_BELL, _LAST_BELL = 8, 12
_USUAL, _SPAN = 1.25, 1.5
"""How much longer than the shortest length the usual one is at least, and the longest, if rests allow."""
_TITLE_LETTERS, _TITLE_WORDS, _HEADING_LETTERS = 60, 9, 200

_HEADING = re.compile(r"#{1,6}[ \t]+(.*?)[ \t#]*")
_PLACEHOLDER = re.compile(r"\{name(?:\|[^{}|]*)?\}")
_WISH = re.compile(r"\W*(?:may|möge|mögest|mögen|que|puisse)\b", re.IGNORECASE)
_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DIRECTIONS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad\u200b"
)


class DraftError(ValueError):
    """Nothing can be made of a text; the sentence says why."""


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    blank: int
    """Blank lines after it; 0 at the end, or where it is cut for a rest."""


@dataclass(frozen=True, slots=True)
class _Rest:
    about: int
    least: int


@dataclass(frozen=True, slots=True)
class _Said:
    """Some sentences of one paragraph, and the rest after them."""

    lines: tuple[str, ...]
    rest: _Rest


def draft(content: bytes, name: str, language: str = "en", head: str = "") -> str:
    """A commented script, in YAML, that says what a text in UTF-8 says; `head` is put above it.

    `name` is the script's, and becomes its title where the text has none. Raises DraftError.
    """
    blocks = list(_blocks(_clean(_decoded(content))))
    title, blocks = _titled(blocks, name)
    steps = list(_steps(blocks))
    said = [step for step in steps if isinstance(step, _Said)]
    if not said:
        raise DraftError("there is nothing in it that could be said")
    if strange := next(filter(None, (foreign(line, language) for one in said for line in one.lines)), ""):
        raise DraftError(strange)
    if len(said) > _MOST_SAID:
        raise DraftError(
            f"it is too long for one session: {len(said):,} pieces to say, of {_MOST_SAID:,} at most"
        )
    most, lengths = _fitted(said)
    values = {"TITLE": _quoted(title), "LANGUAGE": language, "LENGTH": _lengths(lengths)}
    page = re.sub("TITLE|LANGUAGE|LENGTH", lambda word: values[word[0]], _HEAD)
    return head + page + "".join(_written(steps, most)) + _FOOT


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise DraftError(f"it is larger than {MOST_BYTES >> 10} KiB, which is too long for one session")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DraftError("it is no plain text in UTF-8; save it as such") from error


def _clean(text: str) -> str:
    """Lines that end alike, without what moves a cursor, turns a direction, or stands for nothing."""
    lines = _LINE_END.sub("\n", text)
    return "".join(" " if one == "\t" else one for one in lines if one in "\t\n" or _stays(one))


def _stays(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Co") and letter not in _DIRECTIONS


def _blocks(text: str) -> Iterator[_Heading | _Paragraph]:
    """Headings and paragraphs. What holds no word, like ***, only makes the rest before it longer."""
    found: list[_Heading | _Paragraph] = []
    for blank, group in groupby(text.split("\n"), key=lambda line: not line.strip()):
        lines = [line.strip() for line in group]
        if blank:
            _longer(found, len(lines))
            continue
        while lines:
            if heading := _heading(lines[0]):
                found.append(heading)
                lines.pop(0)
                continue
            place = next((n for n, line in enumerate(lines) if _heading(line)), len(lines))
            words = " ".join(lines[:place])
            del lines[:place]
            if paragraphs(words):
                found.append(_Paragraph(words, 0))
            else:
                _longer(found, 1)
    yield from found


def _longer(found: list[_Heading | _Paragraph], lines: int) -> None:
    if found and isinstance(last := found[-1], _Paragraph):
        found[-1] = _Paragraph(last.text, last.blank + lines)


def _heading(line: str) -> _Heading | None:
    match = _HEADING.fullmatch(line)
    if match is None or not _worded(match[1]) or len(match[1]) > _HEADING_LETTERS:
        return None
    return _Heading(" ".join(match[1].split()))


def _worded(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _titled(blocks: list[_Heading | _Paragraph], name: str) -> tuple[str, list[_Heading | _Paragraph]]:
    """The title, and what is left: a heading at the top, or a short line there that is no sentence."""
    first = blocks[0] if blocks else None
    if isinstance(first, _Heading):
        return first.text, blocks[1:]
    if first and first.blank and len(blocks) > 1 and _is_title(first.text):
        return " ".join(first.text.split()), blocks[1:]
    return name.replace("-", " ").capitalize(), blocks


def _is_title(line: str) -> bool:
    """Whether a line is short and ends as no sentence does."""
    short = columns(line) <= _TITLE_LETTERS and len(line.split()) <= _TITLE_WORDS
    return short and "{" not in line and (line[-1].isalnum() or line[-1] in "\"'”’)")


# ── what is said, and the rests ──────────────────────────────────────────────────────────────────────────


def _steps(blocks: Iterable[_Heading | _Paragraph]) -> Iterator[_Heading | _Said]:
    for block in blocks:
        if isinstance(block, _Heading):
            yield block
            continue
        pieces = list(runs(block.text))
        for number, lines in enumerate(pieces, 1):
            yield _Said(
                tuple(map(_speakable, lines)), _rest(lines[-1], block.blank if number == len(pieces) else 0)
            )


def _rest(line: str, blank: int) -> _Rest:
    """By the pauses that were measured in meditations: longest after a question, some after a wish."""
    if is_question(line):
        return _Rest(15 if blank < 2 else 20, 10)
    if blank > 1:
        return _Rest(min(15 + 5 * (blank - 1), 30), 4)
    if not blank:
        return _Rest(4, 3)
    return _Rest(8 if _WISH.match(line) else 7, 3)


def _speakable(line: str) -> str:
    """A line whose braces are those of {name} alone; others become round."""
    at, kept = 0, []
    for found in _PLACEHOLDER.finditer(line):
        kept += [_round(line[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*kept, _round(line[at:])])


def _round(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


# ── how long it takes ────────────────────────────────────────────────────────────────────────────────────


def _fitted(said: list[_Said]) -> tuple[int, tuple[int, int, int]]:
    """What each rest may last at most, and three lengths that all fit: all in seconds. Raises DraftError."""
    spoken = [estimate(line) for one in said for line in one.lines]
    fixed = _BELL + _LAST_BELL + BETWEEN * sum(len(one.lines) - 1 for one in said)
    least = fixed + sum(one.least for one in spoken)
    likely = fixed + sum(one.likely for one in spoken) + sum(one.rest.about for one in said)
    shortest = fixed + sum(one.most for one in spoken) + sum(one.rest.least for one in said)
    if shortest > _THREE_HOURS:
        raise DraftError("it takes more than three hours to say, and no session is longer; divide it")
    for most in (30, 38, 45):
        longest = min(least + most * len(said), _THREE_HOURS)
        if longest >= _SPAN * shortest:
            break
    return most, _rounded(shortest, likely, longest)


def _rounded(shortest: float, usual: float, longest: float) -> tuple[int, int, int]:
    """Three lengths within the first and the last, in whole minutes where that leaves most of it.

    The one between is clearly longer than the first, where there is room.
    """
    for grain in (60, 30, 15, 5, 1):
        first, last = -int(-shortest // grain) * grain, int(longest // grain) * grain
        middle = min(-int(-max(usual, _USUAL * first) // grain) * grain, last)
        if grain == 1 or (last - first >= 0.6 * (longest - shortest) and first < middle):
            break
    return first, middle, last


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────


def _written(steps: list[_Heading | _Said], most: int) -> Iterator[str]:
    indent, heading = "  ", ""
    for step in steps:
        if isinstance(step, _Heading):
            heading = step.text  # of two with nothing between, the last one
            continue
        if heading:
            yield f"\n  - part: {_quoted(heading)}\n    steps:\n"
            indent, heading = "      ", ""
        yield f"{indent}- say: |\n"
        yield from (f"{indent}    {line}\n" for line in step.lines)
        rest = step.rest
        yield f"{indent}- rest: {{about: {rest.about}s, least: {rest.least}s, most: {most}s}}\n"


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML reads it: what JSON writes."""
    return json.dumps(text, ensure_ascii=False)


def _lengths(three: tuple[int, int, int]) -> str:
    words = (duration.words(RATE * seconds) for seconds in three)
    return "{{shortest: {}, usual: {}, longest: {}}}".format(*words)


_HEAD = """\
# Made from a plain text: every paragraph is said, and every blank line is a rest.
guide: 1
title: TITLE
kind: resting                # body, inquiry, resting, quick or sleep
language: LANGUAGE
# Reckoned from the words and the rests below. After a change, `guide show` says what fits.
length: LENGTH
voice: {pace: 1.0, pitch: 0}            # 1.0 is 115 words a minute; pitch in semitones
ambience: {sound: none}                 # rain, ocean, drone …: what sounds under the voice

steps:
  - bell: {sound: bowl, settle: 8s}     # the next step begins 8 s later, over the bell's tail
  # A way in with its three choices: eyes, stopping, something steady. Take the # away, if the text has none.
  # - include: arrive
"""
_FOOT = """\

  # The way back to the room. Take the # away, if the text has none.
  # - include: return
  - bell: {sound: bowl, settle: 12s}

# A question afterwards, if you like one; take the # away.
# reflection:
#   questions:
#     - ask: What stays with you?
#       listen: 2m
"""

"""From a page of words to sentences, each one clip; and the names that stand in braces."""

import re
from itertools import pairwise

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")
_PLACEHOLDER = re.compile(r"\{name(?:\|(?P<fallback>[^{}|]*))?\}(?P<after>(?:,?\s)?)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Prof|vs|etc|e\.g|i\.e|z\.B|d\.h|ca|Nr|bzw)|\b[A-Z])\.$", re.IGNORECASE
)
_INITIAL = re.compile(r"\b[A-Z]\.$")


def named(text: str, name: str | None) -> str:
    """The text with `{name}` and `{name|fallback}` filled in.

    With no name and no fallback the placeholder goes, and one of the commas beside it too.
    """
    pieces: list[str] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        before, after = text[at : found.start()], found["after"]
        if word := name or found["fallback"]:
            pieces += before, word, after
        else:
            pieces += _closed(before, after)
        at = found.end()
    return "".join([*pieces, text[at:]])


def _closed(before: str, after: str) -> tuple[str, str]:
    """What stands on both sides of a name that is not spoken."""
    words = before.rstrip()
    comma, space = words.endswith(","), before[len(words) :]
    words = words.removesuffix(",")
    if _BLANK_LINE.search(space):
        return words, space + after.lstrip(", ")
    return words, after if comma or not after.startswith(",") else space


def paragraphs(text: str) -> list[list[str]]:
    """The sentences of each paragraph (paragraphs are parted by blank lines), white space folded.

    What holds no letter or digit cannot be spoken and is left out.
    """
    found = ([part for part in _sentences(block) if _speakable(part)] for block in _BLANK_LINE.split(text))
    return [sentences for sentences in found if sentences]


def is_question(text: str) -> bool:
    """Whether a sentence ends by asking."""
    return text.rstrip("\"'”’)] ").endswith("?")


def _sentences(block: str) -> list[str]:
    line = " ".join(block.split())
    cuts = [
        0,
        *(end.end() for end in _END.finditer(line) if not _abbreviated(line, end.start())),
        len(line),
    ]
    return [line[a:b].strip() for a, b in pairwise(cuts)]


def _abbreviated(line: str, end: int) -> bool:
    """Whether the full stop before a place is an abbreviation's; only the last two words are looked at."""
    tail = line[max(0, end - 8) : end]
    if _INITIAL.search(tail):
        # "Plan B. Then" ends a sentence; "J. Smith" does not: an initial stands at the start or after a name.
        last = line.rfind(" ", 0, end)
        return last < 0 or line[line.rfind(" ", 0, last) + 1].isupper()
    return bool(_ABBREVIATION.search(tail))


def _speakable(sentence: str) -> bool:
    return any(letter.isalnum() for letter in sentence)

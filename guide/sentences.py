"""From a page of words to sentences, each one clip; and the names that stand in braces."""

import re
from itertools import pairwise

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")
_PLACEHOLDER = re.compile(
    r"(?P<comma>,?)(?P<space>\s*)\{name(?:\|(?P<fallback>[^{}|]*))?\}(?P<after>(?:,?\s)?)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Prof|vs|etc|e\.g|i\.e|z\.B|d\.h|ca|Nr|bzw)|\b[A-Z])\.$", re.IGNORECASE
)
_INITIAL = re.compile(r"\b[A-Z]\.$")


def named(text: str, name: str | None) -> str:
    """The text with `{name}` and `{name|fallback}` filled in.

    With no name and no fallback the placeholder goes, and one of the commas beside it too.
    """

    def fill(found: re.Match[str]) -> str:
        comma, space, after = found["comma"], found["space"], found["after"]
        if word := name or found["fallback"]:
            return f"{comma}{space}{word}{after}"
        if _BLANK_LINE.search(space):
            return space + after.lstrip(", ")
        return after if comma or not after.startswith(",") else space

    return _PLACEHOLDER.sub(fill, text)


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
        *(end.end() for end in _END.finditer(line) if not _abbreviated(line[: end.start()])),
        len(line),
    ]
    return [line[a:b].strip() for a, b in pairwise(cuts)]


def _abbreviated(before: str) -> bool:
    tail = before[-8:]
    if _INITIAL.search(tail):
        # "Plan B. Then" ends a sentence; "J. Smith" does not: an initial stands at the start or after a name.
        words = before.split()
        return len(words) == 1 or words[-2][:1].isupper()
    return bool(_ABBREVIATION.search(tail))


def _speakable(sentence: str) -> bool:
    return any(letter.isalnum() for letter in sentence)

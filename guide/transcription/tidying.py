"""What a model wrote, made fit to be kept: its known fault of saying one thing over and over is cut out.

Pure: text in, text out.
"""

import re

_PHRASE = 12
"""Words of the longest phrase that is looked for."""
_TIMES = 4
"""A phrase said more often than this in a row is no speech any more where it is long enough, see `_LEAST`."""
_LEAST = 12
"""Words that a row has at least to be taken for a loop: people do say `no, no, no, no, no`."""
_INSIDE = re.compile(r"([^\s\d]{1,12}?)\1{7,}")
"""The same within a word, as in `mmmmmmmmm` or `hahahahahahahahaha`; not in a number."""
_EDGES = re.compile(r"^\W+|\W+$")


def tidied(text: str) -> str:
    """One line: white space made single, loops said once."""
    words = _INSIDE.sub(r"\1", text).split()
    while (row := _row(words)) is not None:
        at, length, times = row
        words = words[: at + length] + words[at + length * times :]
    return " ".join(words)


def looped(text: str) -> bool:
    """Whether something is in it over and over, as no one speaks."""
    return bool(_INSIDE.search(text)) or _row(text.split()) is not None


def _row(words: list[str]) -> tuple[int, int, int] | None:
    """The first row of one phrase: where it begins, words of the phrase, times; the shortest phrase of it."""
    plain = [_EDGES.sub("", word).casefold() for word in words]
    for at in range(len(plain)):
        for length in range(1, _PHRASE + 1):
            phrase = plain[at : at + length]
            times = 1
            while plain[at + length * times : at + length * (times + 1)] == phrase:
                times += 1
            if times > _TIMES and times * length >= _LEAST:
                return at, length, times
    return None

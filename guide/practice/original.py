"""Whether words are one's own: runs of six, against a text of which only hashes are known."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from guide.errors import StorageError

RUN = 6
"""Words of a run."""
_NAME = "article-6grams.txt"

PlaceT = TypeVar("PlaceT")


def words(text: str) -> list[str]:
    """The words of a text, as the list of hashes says of itself."""
    return re.findall(r"[a-z0-9]+", re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", text.lower()))


def hashed(run: str) -> str:
    """A run of words joined by one space, as it stands in the list."""
    return hashlib.sha256(run.encode()).hexdigest()[:16]


@cache
def hashes() -> frozenset[str]:
    """The runs that are another's, of which nothing else is in this program. Raises StorageError."""
    package = Path(__file__).resolve().parent.parent
    places = (package / "data" / _NAME, package.parent / "tests" / "data" / _NAME)
    for path in places:
        if path.is_file():
            return frozenset(path.read_text("ascii").split("\n")[1:]) - {""}
    raise StorageError(f"The list of words that are another's ({_NAME}) is gone; install Guide again.")


def copied(texts: Sequence[tuple[str, PlaceT]]) -> Iterator[tuple[PlaceT, str]]:
    """Every run that is another's, with the place of the text in which it begins; also across texts."""
    row = [(word, place) for text, place in texts for word in words(text)]
    for at in range(len(row) - RUN + 1):
        run = " ".join(word for word, _ in row[at : at + RUN])
        if hashed(run) in hashes():
            yield row[at][1], run

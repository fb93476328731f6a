"""What is wrong in a script, as values with a place, in words for its author."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from guide.errors import GuideError
from guide.script.models import Place

MOST_TOLD = 100
"""Problems of one file that are told; of the others only how many there are."""
_NEAR = 0.65
"""Likeness from which a word is taken for another; `sya` is 0.67 like `say`."""
_LONGEST_SHOWN = 40
_LONGEST_GUESSED = 64


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: `evening.yaml:14:5: unknown step 'puase'; did you mean 'pause'?`."""

    path: str
    """The file, as it was named by whoever read it."""
    line: int
    """Counts from 1."""
    column: int
    """In characters, counts from 1."""
    message: str
    """One sentence, without a full stop at its end."""

    def __str__(self) -> str:
        """`path:line:column: message`, as compilers and editors write it."""
        return f"{tidy(self.path)}:{self.line}:{self.column}: {self.message}"


class ScriptError(GuideError):
    """A script that cannot be played as it stands. Its text is all of its problems, one a line."""

    def __init__(self, problems: Iterable[Problem], more: Mapping[str, int] | None = None) -> None:
        self.problems = fewer(problems, more or {})
        """What is wrong, by path, line and column: all of it, up to a hundred problems a file."""
        super().__init__("\n".join(str(problem) for problem in self.problems))


def fewer(problems: Iterable[Problem], more: Mapping[str, int]) -> tuple[Problem, ...]:
    """A hundred problems of each file at most, in order, and as its last one how many more it has.

    `more` counts, by path, what was found and is not among the problems.
    """
    result: list[Problem] = []
    for path, group in groupby(sorted(set(problems)), lambda one: one.path):
        told = list(group)
        left = len(told[MOST_TOLD:]) + more.get(path, 0)
        result += told[:MOST_TOLD]
        if left:
            last = result[-1]  # the sign with which the sentence begins keeps it behind those of its place
            result.append(Problem(path, last.line, last.column, f"… and {left:,} more in this file"))
    return tuple(result)


def problem(place: Place, message: str) -> Problem:
    """A problem at a place."""
    return Problem(place.path, place.line, place.column, message)


def tidy(text: str) -> str:
    """A text on one line, and harmless to a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shown(text: str) -> str:
    """A text of the author's in quotes, tidy and short."""
    line = tidy(text[: 4 * _LONGEST_SHOWN])
    if len(line) > _LONGEST_SHOWN:
        line = line[: _LONGEST_SHOWN - 1].rstrip() + "…"
    return f"'{line}'"


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that was most likely meant, if one is near."""
    if len(word) > _LONGEST_GUESSED:
        return None
    import difflib  # only once something is wrong

    near = difflib.get_close_matches(word.strip().lower(), known, n=1, cutoff=_NEAR)
    return near[0] if near else None


def listing(words: Sequence[str], last: str = "or") -> str:
    """Words as a person lists them: `say, pause or rest`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def guess(word: str, known: Collection[str], *, otherwise: str) -> str:
    """How a message about an unknown word goes on: `; did you mean 'pause'?`, or the words that exist."""
    if near := nearest(word, known):
        return f"; did you mean '{near}'?"
    return f"; {otherwise} {listing(list(known), 'and')}" if known else ""

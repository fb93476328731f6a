"""The smallest pieces of the script language: lengths, names, texts, and what every mapping shares."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from guide import duration
from guide.fields import Bounds, Form, Key, Model, Reads, Size

Intent: TypeAlias = Literal[
    "arrive", "choice", "anchor", "core", "difficult", "resource", "rest", "announce", "wish", "return"
]
"""What a part is for: the rubric reads it, and `announce` allows a rest past 45 s."""

Kind: TypeAlias = Literal["body", "inquiry", "resting", "quick", "sleep"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int


PLACE = "\0place"
"""The key under which the reader puts a Place; no YAML text can contain it."""


def _length(text: str) -> int:
    return duration.frames(duration.parse(text))


Length: TypeAlias = Annotated[int, Reads(_length), Bounds(0)]
"""A length of time: written like 20s, 1m30s, 1:30 or 90, kept as whole frames."""

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
IDEA = r"^S[0-9]{1,2}$"

Slug: TypeAlias = Annotated[str, Size(most=64), Form(SLUG)]
Language: TypeAlias = Annotated[str, Form(LANGUAGE)]
Idea: TypeAlias = Annotated[str, Form(IDEA)]
Line: TypeAlias = Annotated[str, Size(1, 4_000)]
Text: TypeAlias = Annotated[str, Size(1, 20_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Model):
    """A mapping that knows where it stands."""

    place: Annotated[Place | None, Key(PLACE)] = field(default=None, repr=False)

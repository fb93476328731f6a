"""What a model says about its fields: types, and beside them in `Annotated` the limits that hold there.

`guide.checking` makes such models from plain data.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Fault = tuple[str, str]
"""A sentence, and the key that it is about."""

Wrong = Literal[
    "missing", "unknown", "mapping", "list", "text", "word", "whole", "number", "other",
    "least", "most", "short", "long", "few", "many", "form", "reading", "meaning",
]  # fmt: skip
"""The ways in which a value can be wrong."""


class Model:
    """A mapping of known keys; each model is a dataclass below this, frozen and made by keywords."""

    __slots__ = ()

    short: ClassVar[str | None] = None
    """The key that a plain text in place of the mapping stands for."""

    def faults(self) -> list[Fault]:
        """What is wrong between fields of which each is good by itself."""
        return []


class Key(str):
    """How the author writes a field that cannot be called so in Python, like `in`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reads:
    """What reads a text as a whole number, or as none; it raises ValueError with a sentence."""

    read: Callable[[str], int | None]


@dataclass(frozen=True, slots=True, eq=False)
class ByWord:
    """Of several models the one whose word is among the keys."""

    models: Mapping[str, type[Model]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a number may be."""

    least: float
    most: float | None = None

    def fault(self, value: float) -> tuple[Wrong, float] | None:
        """What is wrong with a number, and the bound."""
        if value < self.least:
            return "least", self.least
        if self.most is not None and value > self.most:
            return "most", self.most
        return None


@dataclass(frozen=True, slots=True)
class Size:
    """How many letters a text may have, or entries a list."""

    least: int = 0
    most: int | None = None

    def fault(self, value: str | tuple[Any, ...]) -> tuple[Wrong, int] | None:
        """What is wrong with a text or a list, and the limit."""
        text = isinstance(value, str)
        if len(value) < self.least:
            return "short" if text else "few", self.least
        if self.most is not None and len(value) > self.most:
            return "long" if text else "many", self.most
        return None


class Form(str):
    """A regular expression that the whole of a text fits."""

    __slots__ = ()

    def fault(self, value: str) -> tuple[Wrong, str] | None:
        """What is wrong with a text, and the pattern."""
        return None if re.fullmatch(self, value) else ("form", self)

"""SVG as text: elements, numbers and words, each made safe here and nowhere else."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from guide.legible import legible

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold (its production 2, Char)."""


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """An element around markup that is safe already; `class_` is `class`, numbers are written short."""
    words = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_value(value))}"
        for key, value in attributes.items()
    )
    content = "".join(inside)
    return f"<{name}{words}>{content}</{name}>" if content else f"<{name}{words}/>"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def escaped(text: str) -> str:
    """Words from anywhere as markup: on one line, and nothing in them is read as an element."""
    return escape(clean(text))


def clean(text: str) -> str:
    """Words from anywhere on one line, without what XML cannot hold and what turns the way of reading."""
    return _NOT_XML.sub("", legible(text))


def number(value: float) -> str:
    """A number to the hundredth of a unit, as short as it can be written."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def path(pieces: Iterable[tuple[str, tuple[float, ...]]]) -> str:
    """The `d` of a path from its commands: a letter, and the numbers that it takes."""
    return "".join(letter + " ".join(map(number, numbers)) for letter, numbers in pieces)

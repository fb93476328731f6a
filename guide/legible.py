"""Words from outside made fit for a terminal: nothing in them moves the cursor, and their width is known.

Needs the standard library alone, so that `guide list` stays quick.
"""

import unicodedata

ELLIPSIS = "…"

_UNSEEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad")
"""Marks that turn the direction of what follows, and others that only confuse."""

_ASCII = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "·": "-",
        "\u00a0": " ",
    }
)


def legible(text: str, encoding: str = "utf-8") -> str:
    """The text on one line, without control characters, in letters that `encoding` has.

    Runs of white space become one space; what cannot be written becomes a question mark.
    """
    kept = (" " if _blank(letter) else letter for letter in text if letter not in _UNSEEN)
    line = " ".join("".join(kept).split())
    return folded(line, encoding)


def folded(text: str, encoding: str) -> str:
    """The text in letters that `encoding` has: typographic signs become plain ones, the rest `?`."""
    if unicode_in(encoding):
        return text.encode("utf-8", "replace").decode("utf-8")
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII).encode(_known(encoding), "replace").decode(_known(encoding))
    return text


def unicode_in(encoding: str) -> bool:
    """Whether every letter can be written in it."""
    return encoding.lower().replace("_", "-").startswith(("utf-8", "utf8", "utf-16", "utf-32"))


def columns(text: str) -> int:
    """How many columns of a terminal a legible text takes."""
    return len(text) if text.isascii() else sum(_wide(letter) for letter in text)


def cut(text: str, width: int, ellipsis: str = ELLIPSIS) -> str:
    """The text, its end replaced by an ellipsis where it is wider than `width` columns."""
    if columns(text) <= width:
        return text
    room = width - columns(ellipsis)
    if room <= 0:
        return ellipsis[: max(0, width)]
    return _head(text, room).rstrip() + ellipsis


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, about equally long; words that are wider are broken."""
    lines = _filled(text, width)
    if len(lines) < 2:
        return lines
    # The narrowest width with as many lines: the last one is then not a single word.
    narrow = max(1, columns(text) // len(lines))
    for limit in range(narrow, width):
        better = _filled(text, limit)
        if len(better) <= len(lines):
            return better
    return lines


def _filled(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in _words(text, max(1, width)):
        longer = f"{line} {word}" if line else word
        if columns(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
    return [*lines, line] if line else lines


def _words(text: str, width: int) -> list[str]:
    pieces: list[str] = []
    for word in text.split():
        rest = word
        while columns(rest) > width:
            head = _head(rest, width) or rest[0]
            pieces.append(head)
            rest = rest[len(head) :]
        if rest:
            pieces.append(rest)
    return pieces


def _head(text: str, width: int) -> str:
    """As many letters from the start as fit in `width` columns."""
    used = 0
    for place, letter in enumerate(text):
        used += _wide(letter)
        if used > width:
            return text[:place]
    return text


def _blank(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Zl", "Zp")


def _wide(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError:
        return "ascii"
    return encoding

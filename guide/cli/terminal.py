"""The terminal that is written to: how wide it is, and what it can write."""

import sys

_WIDE = 10**6


def width(most: int = _WIDE) -> int:
    """Its columns, `most` at the most; where there is no terminal, what COLUMNS says or 80."""
    import shutil  # brings the archive formats along, and a list of sessions is to be there at once

    return min(shutil.get_terminal_size().columns, most)


def encoding() -> str:
    """The encoding of what is printed; ASCII where that is not known."""
    return sys.stdout.encoding or "ascii"

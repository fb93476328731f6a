"""A shape that breathes: how full it is at a frame, and its drawing in letters."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guide.timeline import Timeline

SMALLEST = 0.0
"""Breathed out, or no breath to follow: the shape is still, and small."""

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a Braille pattern (Unicode block U+2800) by row and column of its dots."""


def fullness(timeline: "Timeline", at: int) -> float | None:
    """How full the breath is at a frame, 0 to 1; None where no breath is being guided.

    In grows, out shrinks, a hold stays as the breath before it has left it; without a corner anywhere.
    """
    now, before = None, None
    for event in timeline.events:
        if event.kind != "breath":
            continue
        if event.start > at:
            break
        if event.sound != "hold" and event.end <= at:
            before = event
        if event.start <= at < event.end:
            now = event
    if now is None:
        return None
    if now.sound == "hold":
        return 1.0 if before is not None and before.sound == "in" else 0.0
    eased = 0.5 - 0.5 * math.cos(math.pi * (at - now.start) / now.frames)
    return eased if now.sound == "in" else 1.0 - eased


def shape(full: float, rows: int, width: int, *, ascii_only: bool = False) -> list[str]:
    """A disc of `rows` rows, at most `width` columns wide, `full` of 0 to 1; a bar in a single row."""
    if rows == 1:
        letter = "o" if ascii_only else "•"
        return [letter * (1 + 2 * round(full * (min(width, 21) - 1) / 2))]
    wide = min(width, 2 * rows)
    return [_disc_row(row, full, rows, wide, ascii_only=ascii_only) for row in range(rows)]


def _disc_row(row: int, full: float, rows: int, wide: int, *, ascii_only: bool) -> str:
    most = min(2 * rows, wide)
    radius = 1.2 + full * (most - 1.2)  # in Braille dots, of which a cell has two by four
    if ascii_only:
        return "".join(
            "o" if math.hypot(2 * column + 1 - wide, 4 * row + 2 - 2 * rows) <= radius else " "
            for column in range(wide)
        )
    return "".join(_cell(row, column, radius, rows, wide) for column in range(wide))


def _cell(row: int, column: int, radius: float, rows: int, wide: int) -> str:
    bits = 0
    for down, pair in enumerate(_DOTS):
        for across, bit in enumerate(pair):
            x = 2 * column + across + 0.5 - wide
            y = 4 * row + down + 0.5 - 2 * rows
            bits |= bit if math.hypot(x, y) <= radius else 0
    return chr(0x2800 + bits) if bits else " "

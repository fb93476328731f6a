"""A whole sheet: what is written at its head, its lines one under the other, and what its signs mean."""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guide.drawing import marks, parts
from guide.drawing.labels import Written, cut, width
from guide.drawing.legend import TEXT, legend
from guide.drawing.look import style
from guide.drawing.parts import Placed
from guide.drawing.score import Line, Score, lines
from guide.drawing.svg import element, escaped, number, path
from guide.drawing.told import counted, long, told
from guide.duration import RATE, clock

WIDE = 560.0
"""Units across. With it the letters can be read on a telephone, and a sheet fills a page of text."""

_LEFT, _RIGHT = 14.0, 22.0
"""The margins; the sign for the reflection stands in the right one."""
_CAPTION = 62.0
_TITLE = 20.0
_AXIS = 20.0
_BETWEEN = 9.0
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds that may lie between two marks of the axis."""
_NEAREST = 50.0


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the page with its parts, and what is written left of it."""

    line: Line
    parts: Sequence[Placed]
    caption: str = ""
    ends: bool = False
    """Whether its score ends here."""


def drawn(score: Score) -> str:
    """A session as an SVG document: its title, its lines, and the meaning of the signs.

    Pure, and the same for the same score to the last byte. Width is whatever it is shown at.
    """
    own = lines(score, _LEFT, WIDE - _LEFT - _RIGHT)
    known = parts.placed(score, own)
    rows = [_Row(line, known, ends=line is own[-1]) for line in own]
    pieces, y = _rows(rows, 66.0)
    signs, bottom = legend(score, _LEFT, WIDE - _LEFT, y + 15)
    pieces = [*_head(score), *pieces, *signs]
    return document(score.title, told(score), pieces, bottom + 8, score.language)


def compared(scores: Sequence[tuple[str, Score]], title: str, about: str) -> str:
    """Several timelines under each other, one line each, at one scale, each with a few words left of it."""
    x = _CAPTION if any(caption for caption, _ in scores) else _LEFT
    longest = max(score.timeline.frames for _, score in scores)
    rows = []
    for caption, score in scores:
        whole = score.timeline.frames
        line = Line(score, 0, whole, x, (WIDE - x - _RIGHT) / max(1, longest))
        rows.append(_Row(line, parts.placed(score, [line]), caption, ends=True))
    pieces, bottom = _rows(rows, 10.0)
    return document(title, about, pieces, bottom + 2)


def document(title: str, about: str, pieces: Sequence[str], high: float, language: str = "en") -> str:
    """An SVG document WIDE units across: its title, what it shows in words, and its pieces on paper.

    The language is that of the title and of what is written; what it shows is told in English.
    """
    high = float(math.ceil(high))
    # Several pictures may stand in one page: each has names of its own.
    own = f"{zlib.crc32(f'{title}|{about}'.encode('utf-8', 'replace')):08x}"
    english = {} if language.partition("-")[0] == "en" else {"xml:lang": "en"}
    head = [
        element("title", escaped(title) or "A session", id=f"title-{own}"),
        element("desc", escaped(about), id=f"desc-{own}", **english),
        element("style", style()),
        element("rect", class_="paper", width=WIDE, height=high, rx=8.0),
    ]
    words = {
        "xmlns": "http://www.w3.org/2000/svg",
        "xml:lang": language,
        "viewBox": f"0 0 {number(WIDE)} {number(high)}",
        "role": "img",
        "aria-labelledby": f"title-{own}",
        "aria-describedby": f"desc-{own}",
    }
    return (
        element("svg", "\n", "\n".join([*head, *(piece for piece in pieces if piece)]), "\n", **words) + "\n"
    )


def _head(score: Score) -> Iterator[str]:
    length = long(score.timeline.frames)
    right = WIDE - _LEFT
    yield element(
        "text", escaped(length), class_="title", x=right, y=29.0, font_size=_TITLE - 3, text_anchor="end"
    )
    room = right - _LEFT - width(length, _TITLE - 3) - 16
    yield element(
        "text", escaped(cut(score.title, room, _TITLE)), class_="title", x=_LEFT, y=29.0, font_size=_TITLE
    )
    yield element("text", escaped(counted(score.timeline)), class_="q", x=_LEFT, y=48.0, font_size=TEXT)


def _rows(rows: Sequence[_Row], y: float) -> tuple[list[str], float]:
    """The lines from `y` down, and where they end."""
    pieces: list[str] = []
    for place, row in enumerate(rows):
        labels = parts.names(row.line, row.parts, WIDE - 4)
        top = y + parts.rows(labels) * parts.ROW
        pieces += _row(row, labels, top, numbered=place == len(rows) - 1 or not row.caption)
        axis = _AXIS if place == len(rows) - 1 or not row.caption else 4.0
        y = top + _high(row) + axis + _BETWEEN
    return pieces, y - _BETWEEN


def _high(row: _Row) -> float:
    bars = parts.deepest(row.parts)
    return marks.VOICE + marks.VOICE_HIGH + marks.BED_HIGH + 2 + bars * parts.INNER_HIGH


def _row(row: _Row, labels: Sequence[Written], top: float, *, numbered: bool) -> Iterator[str]:
    line, high = row.line, _high(row)
    voice, floor = top + parts.deepest(row.parts) * parts.INNER_HIGH, top + high
    yield from parts.bands(line, row.parts, top, high)
    yield from marks.beds(line, floor - 0.5)
    yield from marks.bells(line, voice)
    yield from marks.rests(line, voice)
    yield from marks.speech(line, voice)
    yield from marks.echoes(line, voice)
    yield from marks.breathing(line, voice)
    yield from parts.written(labels, top)
    yield from _axis(line, floor, numbered=numbered)
    if row.caption:
        place = {"x": _CAPTION - 8, "y": voice + marks.VOICE + marks.VOICE_HIGH / 2 + 4}
        text = cut(row.caption, _CAPTION - 12, TEXT)
        yield element("text", escaped(text), class_="q", font_size=TEXT, text_anchor="end", **place)
    if row.ends and line.score.questions:
        yield marks.reflection(line.right + 11, voice + marks.VOICE + marks.VOICE_HIGH / 2)


# ── the axis ─────────────────────────────────────────────────────────────────────────────────────────────


def _axis(line: Line, floor: float, *, numbered: bool) -> Iterator[str]:
    """The floor of a line, a tick at each step of time, and its number."""
    step = _step(line)
    first = -(-line.start // step) * step
    ticks = [frame for frame in range(first, line.end + 1, step) if frame < line.end or _last(line)]
    pieces: list[tuple[str, tuple[float, ...]]] = [("M", (line.x, floor)), ("H", (line.right,))]
    for frame in ticks:
        pieces += [("M", (line.at(frame), floor)), ("v", (4.0,))]
    yield element("path", class_="line", d=path(pieces))
    if numbered:
        for frame in ticks:
            text = _time(frame, step, first=frame == 0)
            yield element(
                "text", text, class_="q", x=line.at(frame), y=floor + 15, font_size=marks.SMALL, text_anchor=(
                    "start" if frame == line.start else "middle"
                ),
            )  # fmt: skip


def _last(line: Line) -> bool:
    return line.end >= line.score.timeline.frames


def _step(line: Line) -> int:
    """Frames between two ticks: as few as leave room for their numbers; whole minutes in a long session."""
    least = 60 if line.score.timeline.frames > 120 * RATE else 0
    for seconds in _STEPS:
        if seconds >= least and seconds * RATE * line.scale >= _NEAREST:
            return seconds * RATE
    return _STEPS[-1] * RATE


def _time(frame: int, step: int, *, first: bool) -> str:
    if step % (60 * RATE):
        return clock(frame)
    return f"{frame // (60 * RATE)}" + (" min" if first else "")

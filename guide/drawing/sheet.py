"""A whole sheet: what is written at its head, its lines one under the other, and what its signs mean."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guide.drawing import marks, parts
from guide.drawing.labels import Written, cut, width
from guide.drawing.legend import TEXT, legend
from guide.drawing.look import style
from guide.drawing.parts import Placed
from guide.drawing.score import Line, Score, lines
from guide.drawing.svg import clean, element, escaped, number, path
from guide.duration import RATE, clock
from guide.picture import figures
from guide.timeline import Timeline

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
_MOST_TOLD = 24


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
    return document(score.title, _told(score), [*_head(score), *pieces, *signs], bottom + 8)


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


def document(title: str, about: str, pieces: Sequence[str], high: float) -> str:
    """An SVG document WIDE units across: its title, what it shows in words, and its pieces on paper."""
    high = float(math.ceil(high))
    head = [
        element("title", escaped(title) or "A session"),
        element("desc", escaped(about)),
        element("style", style()),
        element("rect", class_="paper", width=WIDE, height=high, rx=8.0),
    ]
    size = f"0 0 {number(WIDE)} {number(high)}"
    words = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": size, "role": "img"}
    return (
        element("svg", "\n", "\n".join([*head, *(piece for piece in pieces if piece)]), "\n", **words) + "\n"
    )


def _head(score: Score) -> Iterator[str]:
    long = _long(score.timeline.frames)
    right = WIDE - _LEFT
    yield element(
        "text", escaped(long), class_="title", x=right, y=29.0, font_size=_TITLE - 3, text_anchor="end"
    )
    room = right - _LEFT - width(long, _TITLE - 3) - 16
    yield element(
        "text", escaped(cut(score.title, room, _TITLE)), class_="title", x=_LEFT, y=29.0, font_size=_TITLE
    )
    yield element("text", escaped(_counted(score.timeline)), class_="q", x=_LEFT, y=48.0, font_size=TEXT)


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


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────


def _long(frames: int) -> str:
    """A length for people: `12 min`, `1 min 30 s`, `40 s`."""
    minutes, seconds = divmod(frames // RATE, 60)
    pieces = [f"{minutes} min" if minutes else "", f"{seconds} s" if seconds or not minutes else ""]
    return " ".join(filter(None, pieces))


def _counted(timeline: Timeline) -> str:
    counted = figures(timeline)
    quiet = f"{counted.silence:.0%} quiet, at most {_long(counted.longest_quiet)} of it at a time"
    return f"{counted.words} words · {quiet}"


def _told(score: Score) -> str:
    """The picture in words, for those who cannot see it."""
    timeline = score.timeline
    told = [f"A timeline of {_long(timeline.frames)}: {_counted(timeline)}."]
    named = [part for part in timeline.parts() if clean(part.text)]
    if named:
        listed = ", ".join(f"{clean(part.text[:80])} at {clock(part.start)}" for part in named[:_MOST_TOLD])
        more = f", and {len(named) - _MOST_TOLD} more" if len(named) > _MOST_TOLD else ""
        told.append(f"Its parts: {listed}{more}.")
    return " ".join(told)

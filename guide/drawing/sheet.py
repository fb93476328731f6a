"""A whole sheet: what is written at its head, its lines one under the other, and what its signs mean."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from guide.drawing import marks, parts
from guide.drawing.labels import Written, cut, width
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
_TITLE, _TEXT = 20.0, 12.5
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
    legend, bottom = _legend([score], y + 15)
    return _document(score.title, _told(score), [*_head(score), *pieces, *legend], bottom + 8)


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
    return _document(title, about, pieces, bottom + 2)


def _document(title: str, about: str, pieces: Sequence[str], high: float) -> str:
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
    yield element("text", escaped(_counted(score.timeline)), class_="q", x=_LEFT, y=48.0, font_size=_TEXT)


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
        text = cut(row.caption, _CAPTION - 12, _TEXT)
        yield element("text", escaped(text), class_="q", font_size=_TEXT, text_anchor="end", **place)
    if row.ends and line.score.questions:
        yield _reflection(line.right + 11, voice + marks.VOICE + marks.VOICE_HIGH / 2)


def _reflection(x: float, y: float) -> str:
    """A small open ring: what comes after the end, and has no length of its own."""
    return element("circle", class_="rest", cx=x, cy=y, r=4.6, stroke_width=1.4)


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


# ── what the signs mean ──────────────────────────────────────────────────────────────────────────────────

_Swatch = Callable[[float, float], str]
"""A small example of a sign, 18 units wide, around a place."""


def _legend(scores: Sequence[Score], y: float) -> tuple[list[str], float]:
    """The signs that occur with their names, in as many rows as they need; and where they end."""
    x, pieces = _LEFT, list[str]()
    for swatch, text in _signs(scores):
        wide = 24 + width(text, _TEXT)
        if x > _LEFT and x + wide > WIDE - _LEFT:
            x, y = _LEFT, y + 19
        shown = cut(text, WIDE - 2 * _LEFT - 24, _TEXT)
        pieces.append(swatch(x, y))
        pieces.append(element("text", escaped(shown), class_="q", x=x + 23, y=y + 4, font_size=_TEXT))
        x += wide + 12
    return pieces, y + 8


def _signs(scores: Sequence[Score]) -> Iterator[tuple[_Swatch, str]]:
    events = [event for score in scores for event in score.timeline.events]
    kinds = {event.kind for event in events}
    silences = [event for event in events if event.kind == "silence"]
    yield _say, "speech"
    if any(event.cue != "exact" for event in silences):
        yield _rest, "rest"
    if any(event.cue == "announce" for event in events):
        yield _dots, "announced quiet"
    if any(event.cue == "exact" for event in silences):
        yield _exact, "exact pause"
    if "breath" in kinds:
        yield _breath, "breathing"
    if "bell" in kinds:
        yield _bell, "bell"
    if any(score.bed != "none" or score.timeline.beds for score in scores):
        yield _bed, "under the voice"
    for score in scores:
        if score.questions:
            some = "a question" if score.questions == 1 else f"{score.questions} questions"
            yield (lambda x, y: _reflection(x + 9, y)), f"afterwards {some}, if you like"


def _say(x: float, y: float) -> str:
    boxes = ((0.0, 7.0), (8.5, 4.0), (14.0, 4.0))
    return "".join(
        element("rect", class_="say", x=x + a, y=y - 5, width=wide, height=10.0, rx=1.5) for a, wide in boxes
    )


def _rest(x: float, y: float) -> str:
    return element("rect", class_="band", x=x, y=y - 7, width=18.0, height=14.0, rx=2.0)


def _dots(x: float, y: float) -> str:
    return element("path", class_="rest announced", d=path([("M", (x + 2, y)), ("h", (14.5,))]))


def _exact(x: float, y: float) -> str:
    ends = [("M", (x + 2, y - 3)), ("v", (6.0,)), ("M", (x + 16, y - 3)), ("v", (6.0,))]
    return element("path", class_="rest", d=path([("M", (x + 2, y)), ("h", (14.0,)), *ends]))


def _breath(x: float, y: float) -> str:
    curve = (
        ("C", (x + 4, y + 5, x + 4, y - 5, x + 8, y - 5)),
        ("C", (x + 13, y - 5, x + 13, y + 5, x + 18, y + 5)),
    )
    return element("path", class_="breath", d=path([("M", (x, y + 5)), *curve]))


def _bell(x: float, y: float) -> str:
    shape = ("M", (x + 4, y - 5)), ("Q", (x + 8, y - 1, x + 18, y)), ("Q", (x + 8, y + 1, x + 4, y + 5))
    return element("path", class_="bell ring", d=path([*shape, ("Z", ())])) + element(
        "circle", class_="bell", cx=x + 4, cy=y, r=4.0
    )


def _bed(x: float, y: float) -> str:
    shape = ("M", (x, y + 5)), ("Q", (x + 5, y - 2, x + 10, y - 1)), ("Q", (x + 15, y, x + 18, y + 5))
    return element("path", class_="bed", d=path([*shape, ("Z", ())]))

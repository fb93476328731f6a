"""The parts of a session on a line: their bands, the parts within them, and their names above."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guide.drawing.labels import Name, Written, preferred
from guide.drawing.score import Line, Score
from guide.drawing.svg import clean, element, escaped, path
from guide.duration import clock
from guide.timeline import Event

ROW = 16.5
"""The height of a row of names."""
INNER_HIGH = 3.6
"""The height of a bar for parts within parts, with the room under it."""
DEEPEST = 3
"""Parts within parts that have a bar of their own; those within them are in the same one."""

_ROWS = 5
_LONGEST = 200
"""Letters of a name that are looked at."""
_MOST_NAMED = 60
"""Names for which a line looks for room: more than it has, and soon done."""
_OUTER, _INNER = 13.5, 11.5
"""The sizes of names."""
_APART = 0.7
"""Units between a part and the next."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A part, how deep it lies within others, and the number of the line on which its name stands."""

    event: Event
    depth: int
    line: int


def placed(score: Score, lines: Sequence[Line]) -> list[Placed]:
    """The parts of a score, each named on the first of its lines that has room, else on the roomiest."""
    found: list[Placed] = []
    ends: list[int] = []
    for event in score.timeline.parts():
        while ends and ends[-1] <= event.start:
            ends.pop()
        depth = len(ends)
        ends.append(event.end)
        found.append(Placed(event, depth, _line_of(event, lines, _name(event, depth, 0.0).width)))
    return found


def _line_of(event: Event, lines: Sequence[Line], wanted: float) -> int:
    on = [line for line in lines if line.holds(event.start, event.end)]
    rooms = [line.right - line.at(event.start) for line in on]
    for line, room in zip(on, rooms, strict=True):
        if room >= wanted:
            return line.number
    return on[rooms.index(max(rooms))].number if on else -1


def names(line: Line, parts: Sequence[Placed], right: float) -> list[Written]:
    """Where the names that stand on a line are written; the bands are under them."""
    own = [part for part in parts if part.line == line.number]
    if len(own) > _MOST_NAMED:
        longest = sorted(own, key=lambda part: part.event.frames)[-_MOST_NAMED:]
        own = [part for part in own if part in longest]
    return preferred([_name(one.event, one.depth, line.at(one.event.start)) for one in own], right, _ROWS)


def _name(event: Event, depth: int, x: float) -> Name:
    return Name(x, clean(event.text[:_LONGEST]), _INNER if depth else _OUTER, bold=not depth)


def written(labels: Sequence[Written], top: float) -> Iterator[str]:
    """The names above a band whose top is at `top`, with a thin line from each to where it begins."""
    shown = [label for label in labels if label.text]
    highest: dict[float, int] = {}
    for label in shown:
        highest[label.name.x] = max(highest.get(label.name.x, 0), label.row)
    if highest:
        stems = [(("M", (x, top - 12 - ROW * row)), ("V", (top + 2,))) for x, row in sorted(highest.items())]
        yield element("path", class_="line", d=path(piece for stem in stems for piece in stem))
    for label in shown:
        place = {"x": label.name.x + 3.5, "y": top - 5 - ROW * label.row, "font_size": label.name.size}
        yield element("text", escaped(label.text), class_="b" if label.name.bold else "q", **place)


def bands(line: Line, parts: Sequence[Placed], top: float, high: float) -> Iterator[str]:
    """A band for each part that is on a line, and a bar along its top for each part within another."""
    for part in parts:
        event = part.event
        if not event.frames or not line.holds(event.start, event.end):
            continue
        a, b = line.at(event.start), line.at(event.end)
        inside = element(
            "title", escaped(f"{event.text[:_LONGEST]}, {clock(event.start)}–{clock(event.end)}")
        )
        place = {"x": a + min(_APART, (b - a) / 4), "width": max(b - a - 2 * _APART, (b - a) / 2)}
        if not part.depth:
            yield element("rect", inside, class_="band", y=top, height=high, rx=3.0, **place)
        else:
            y = top + 2 + INNER_HIGH * (min(part.depth, DEEPEST) - 1)
            yield element("rect", inside, class_="inner", y=y, height=INNER_HIGH - 1.6, rx=1.0, **place)


def deepest(parts: Sequence[Placed]) -> int:
    """How many bars there are above one another."""
    return min(max((part.depth for part in parts), default=0), DEEPEST)


def rows(labels: Sequence[Written]) -> int:
    """How many rows of names there are."""
    return max((label.row + 1 for label in labels if label.text), default=0)

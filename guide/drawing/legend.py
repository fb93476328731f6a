"""What the signs of a drawing mean: an example of each that occurs, and its name."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from guide.drawing.labels import cut, width
from guide.drawing.marks import echo, reflection
from guide.drawing.score import Score
from guide.drawing.svg import element, escaped, path

TEXT = 12.5
"""The size of the letters."""

_Swatch: TypeAlias = Callable[[float, float], str]
"""A small example of a sign, 18 units wide, around a place."""


def legend(score: Score, left: float, right: float, y: float) -> tuple[list[str], float]:
    """The signs that occur with their names, in as many rows as they need; and where they end."""
    x, pieces = left, list[str]()
    for swatch, text in _signs(score):
        wide = 24 + width(text, TEXT)
        if x > left and x + wide > right:
            x, y = left, y + 19
        shown = cut(text, right - left - 24, TEXT)
        pieces.append(swatch(x, y))
        pieces.append(element("text", escaped(shown), class_="q", x=x + 23, y=y + 4, font_size=TEXT))
        x += wide + 12
    return pieces, y + 8


def _signs(score: Score) -> Iterator[tuple[_Swatch, str]]:
    events = score.timeline.events
    kinds = {event.kind for event in events}
    silences = [event for event in events if event.kind == "silence"]
    yield _say, "speech"
    if "echo" in kinds:
        yield _echo, "your own words"
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
    if score.bed != "none" or score.timeline.beds:
        yield _bed, "under the voice"
    if score.questions:
        some = "a question" if score.questions == 1 else f"{score.questions} questions"
        yield _reflection, f"afterwards {some}, if you like"


def _say(x: float, y: float) -> str:
    boxes = ((0.0, 7.0), (8.5, 4.0), (14.0, 4.0))
    return "".join(
        element("rect", class_="say", x=x + a, y=y - 5, width=wide, height=10.0, rx=1.5) for a, wide in boxes
    )


def _echo(x: float, y: float) -> str:
    return echo(x + 1, y - 5, 16.0, 10.0)


def _rest(x: float, y: float) -> str:
    place = {"x": x, "y": y - 7, "width": 18.0, "height": 14.0, "rx": 2.0}
    return element("rect", class_="band", **place) + element("rect", class_="edge", **place)


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


def _reflection(x: float, y: float) -> str:
    return reflection(x + 9, y)

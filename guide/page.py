"""The page that a person sees while a session plays, as a pure function of the status."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guide.breathing import SMALLEST, fullness, shape
from guide.duration import clock, frames
from guide.legible import columns, cut, legible, unicode_in, wrapped

if TYPE_CHECKING:
    from rich.text import Text

    from guide.player import Status
    from guide.timeline import Event, Timeline

_LINGER = frames(4)
"""How long a sentence stays, dim, when it is over."""
_WIDEST_WORDS = 60
"""Columns: a line of this length is read at one glance."""
_TALLEST = 19
_SHAPE_ROWS = 7
_MUTED = "color(66)"
"""A grey sea green that stands out quietly from dark and light backgrounds alike."""

_KEYS = (
    "space pause · ← → part · + − volume · q stop",
    "space · ← → · + − · q stop",
    "space · q stop",
)
_KEYS_ASCII = (
    "space pause | <- -> part | + - volume | q stop",
    "space | <- -> | + - | q stop",
    "space | q stop",
)

_NEWS = {
    "paused": "Paused. Space goes on.",
    "lost": "The loudspeaker is gone. This goes on when it is back.",
    "landing": "Coming to rest. q again is silence.",
}


@dataclass(frozen=True, slots=True)
class View:
    """Everything but the status that decides what is drawn."""

    title: str
    width: int
    """Columns of the terminal."""
    height: int
    """Rows of the terminal; the page is always smaller, so that nothing scrolls."""
    note: str = ""
    """A few words of the program's that stand beside the time: `ends at 22:34`."""
    volume: bool = False
    """Whether the volume is shown now."""
    encoding: str = "utf-8"
    """What the terminal can write; anything but Unicode gets plain letters and signs."""

    @property
    def ascii(self) -> bool:
        return not unicode_in(self.encoding)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    style: str = ""


def page(status: "Status", view: View) -> "Text":
    """The whole page as text with quiet styles: `dim`, and one muted colour for the breathing shape.

    A pure function. Always of the same height in one terminal, never wider than it, never as high.
    """
    from rich.text import Text

    text = Text(end="", no_wrap=True)
    for place, line in enumerate(_lines(status, view)):
        indent = max(0, view.width - columns(line.text)) // 2
        text.append("\n" if place else "")
        text.append(" " * indent + line.text if line.text else "", line.style)
    return text


def _lines(status: "Status", view: View) -> list[_Line]:
    rows = max(1, min(view.height - 1, _TALLEST))
    head, foot = _head(status, view), _foot(status, view)
    if rows < len(head) + len(foot) + 1:
        # Hardly any room: the words, then the time and the keys; news in place of the words.
        foot = [line for line in foot if line.text]
        return [*_middle(status, view, rows - len(foot)), *foot][-rows:]
    space = rows - len(head) - len(foot)
    if space < 6:
        return [*head, *_middle(status, view, space), *foot]
    return [_Line(""), *head, *_middle(status, view, space - 1), *foot]


def _head(status: "Status", view: View) -> list[_Line]:
    title = cut(legible(view.title, view.encoding), view.width, _ellipsis(view))
    part = _part(status.timeline, status.at)
    named = cut(legible(part.text, view.encoding), view.width, _ellipsis(view)) if part else ""
    return [_Line(title), _Line(named, "dim")]


def _middle(status: "Status", view: View, rows: int) -> list[_Line]:
    """The breathing shape above the words; the words have the first right to the room."""
    if rows <= 0:
        return []
    words = _words(status, view)
    if len(words) > rows:
        last = words[rows - 1]
        dots = _ellipsis(view)
        words = [*words[: rows - 1], _Line(cut(f"{last.text} {dots}", view.width, dots), last.style)]
    for_words = max(len(words), min(4, rows - 1))
    for_shape = min(_SHAPE_ROWS, rows - for_words - 2) if rows >= 8 else min(1, rows - for_words)
    for_shape = max(0, for_shape)
    drawn = [_Line(row, _MUTED) if row.strip() else _Line("") for row in _shape(status, view, for_shape)]
    below = [_Line("")] * (1 if for_shape > 1 else 0)
    above = [_Line("")] * ((rows - for_shape - len(below) - for_words) // 2)
    lines = [*above, *drawn, *below, *words]
    return [*lines, *[_Line("")] * (rows - len(lines))]


def _shape(status: "Status", view: View, rows: int) -> list[str]:
    if rows <= 0:
        return []
    if status.state != "playing":
        return [""] * rows
    full = fullness(status.timeline, status.at)
    wide = min(view.width, 4 * _SHAPE_ROWS)
    return shape(SMALLEST if full is None else full, rows, wide, ascii_only=view.ascii)


def _words(status: "Status", view: View) -> list[_Line]:
    if status.held or status.state in ("lost", "landing", "ended"):
        return []
    speech = _sentence(status.timeline, status.at)
    if speech is None or status.at >= speech.end + _LINGER:
        return []
    over = status.at >= speech.end or status.state == "paused"
    text = legible(speech.text, view.encoding)
    width = min(_WIDEST_WORDS, max(1, view.width - 4))
    return [_Line(line, "dim" if over else "") for line in wrapped(text, width)]


def _foot(status: "Status", view: View) -> list[_Line]:
    """What is going on where it is more than playing, the time, and the keys."""
    return [
        _Line(cut(legible(_said(status, view), view.encoding), view.width, _ellipsis(view)), "dim"),
        _Line(cut(_time(status, view), view.width, _ellipsis(view)), "dim"),
        _Line(_keys(view), "dim"),
    ]


def _said(status: "Status", view: View) -> str:
    if view.volume and status.state in ("playing", "paused"):
        return f"Volume {signed(status.volume)} dB"
    if status.state == "ended":
        return "That was all." if status.finished else "Stopped."
    return _NEWS.get(status.state, "")


def _time(status: "Status", view: View) -> str:
    second = frames(1)
    gone = min(status.at, status.timeline.frames) // second * second
    # Both in whole seconds of one sum, so that they change in the same moment.
    left = status.timeline.frames // second * second - gone
    pieces = [clock(gone), f"{clock(left)} left"]
    if view.note:
        pieces.append(legible(view.note, view.encoding))
    return (" - " if view.ascii else " · ").join(pieces)


def _keys(view: View) -> str:
    choices = _KEYS_ASCII if view.ascii else _KEYS
    return next((line for line in choices if columns(line) <= view.width), "")


def signed(volume: int) -> str:
    """A volume in dB with a true minus sign."""
    return f"−{-volume}" if volume < 0 else str(volume)


def _ellipsis(view: View) -> str:
    return "..." if view.ascii else "…"


def _sentence(timeline: "Timeline", at: int) -> "Event | None":
    """The last sentence that has begun."""
    begun = (event for event in timeline.events if event.kind == "speech" and event.start <= at)
    return max(begun, key=lambda event: event.start, default=None)


def _part(timeline: "Timeline", at: int) -> "Event | None":
    """The innermost part that is going on."""
    inside = (part for part in timeline.parts() if part.start <= at < part.end)
    return max(inside, key=lambda part: (part.start, -part.end), default=None)

"""What is drawn: a timeline with what belongs to it, and the lines on which it is laid out."""

from collections.abc import Iterator
from dataclasses import dataclass

from guide.duration import RATE
from guide.timeline import Event, Timeline

_MINUTE = 60 * RATE
_LINES = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 90, 120)
"""Minutes that one line may hold."""
_ONE_LINE = 2 * _MINUTE
"""Up to this length a session is one line."""
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Score:
    """A timeline, and what its picture says of the session beside it."""

    timeline: Timeline
    title: str = ""
    bed: str = "none"
    """The bed that begins, or `none`."""
    level: float = -24.0
    """dB of that bed against the voice."""
    sleep: bool = False
    """Whether the bed fades out as it does for sleep."""
    questions: int = 0
    """How many are asked in the reflection after it."""
    language: str = "en"
    """That of its words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a score, laid on a line of the page: time runs along x."""

    score: Score
    start: int
    """The frame at its left end."""
    end: int
    x: float
    """Where it begins, in units of the drawing."""
    scale: float
    """Units for each frame."""
    number: int = 0
    """Its place among the lines of its score."""

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.at(self.end)

    def at(self, frame: float) -> float:
        """The x of a frame; what lies outside of the line is at its ends."""
        return self.x + (min(max(frame, self.start), self.end) - self.start) * self.scale

    def events(self, kind: str) -> Iterator[Event]:
        """The events of a kind that are on this line, with whatever length."""
        for event in self.score.timeline.events:
            if event.kind == kind and self.holds(event.start, event.end):
                yield event

    def holds(self, start: int, end: int) -> bool:
        """Whether anything from frame `start` to `end` is on this line; the very end belongs to the last."""
        last = self.end >= self.score.timeline.frames
        return start < self.end + last and (end > self.start or start == self.start)


def lines(score: Score, x: float, room: float) -> list[Line]:
    """A score on lines of one scale, `room` units wide: a short session on one, others on five at most."""
    whole = max(1, score.timeline.frames)
    each = whole if whole <= _ONE_LINE else _each(whole)
    starts = range(0, whole, each)
    return [
        Line(score, start, min(start + each, whole), x, room / each, place)
        for place, start in enumerate(starts)
    ]


def _each(whole: int) -> int:
    """Frames that a line of a long session holds."""
    for minutes in _LINES:
        if -(-whole // (minutes * _MINUTE)) <= _MOST_LINES:
            return minutes * _MINUTE
    return -(-whole // _MOST_LINES)

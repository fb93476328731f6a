"""A drawing in words, for those who cannot see it; and its figures, which stand in it too."""

from collections.abc import Iterable, Iterator, Sequence

from guide.drawing.score import Score
from guide.drawing.svg import clean
from guide.duration import RATE, clock
from guide.picture import figures
from guide.timeline import Event, Timeline

_MOST = 24
"""Of each kind of thing that is told by its time; how many more there are is told by their number."""
_LETTERS = 80
_APART = 5 * RATE
"""Breaths that are nearer to each other are one stretch."""


def long(frames: int) -> str:
    """A length for people: `12 min`, `1 min 30 s`, `40 s`."""
    minutes, seconds = divmod(frames // RATE, 60)
    pieces = [f"{minutes} min" if minutes else "", f"{seconds} s" if seconds or not minutes else ""]
    return " ".join(filter(None, pieces))


def counted(timeline: Timeline) -> str:
    """How many words there are, and how much quiet."""
    found = figures(timeline)
    quiet = f"{found.silence:.0%} quiet, at most {long(found.longest_quiet)} of it at a time"
    return f"{found.words} words · {quiet}"


def told(score: Score) -> str:
    """All that a drawing shows but the sentences, each with its time."""
    timeline = score.timeline
    return " ".join(
        [f"A timeline of {long(timeline.frames)}: {counted(timeline)}.", *_kinds(score), *_around(score)]
    )


def _kinds(score: Score) -> Iterator[str]:
    timeline = score.timeline
    parts = [part for part in timeline.parts() if clean(part.text)]
    if parts:
        names = (f"{clean(part.text[:_LETTERS])} at {clock(part.start)}" for part in parts)
        yield f"Its parts: {_listed(names)}."
    if bells := [event for event in timeline.events if event.kind == "bell"]:
        yield f"{'A bell' if len(bells) == 1 else 'Bells'} at {_listed(clock(bell.start) for bell in bells)}."
    if echoes := [event for event in timeline.events if event.kind == "echo"]:
        yield f"Your own words {_listed(_stretch((echo.start, echo.end)) for echo in echoes)}."
    if breaths := _stretches([event for event in timeline.events if event.kind == "breath"]):
        yield f"Breathing is guided {_listed(map(_stretch, breaths))}."
    if quiet := _announced(timeline):
        yield f"Announced quiet {_listed(map(_stretch, quiet))}."


def _around(score: Score) -> Iterator[str]:
    beds = [score.bed, *(bed.sound for bed in score.timeline.beds)]
    if names := [clean(name) for name in dict.fromkeys(beds) if name not in ("none", "")]:
        yield f"Under the voice: {_listed(names)}."
    if score.questions:
        some = "a question" if score.questions == 1 else f"{score.questions} questions"
        yield f"Afterwards {some}, if you like."


def _announced(timeline: Timeline) -> list[tuple[int, int]]:
    parts = [(e.start, e.end) for e in timeline.parts() if e.cue == "announce"]
    return [
        (event.start, event.end)
        for event in timeline.events
        if event.kind == "silence"
        and event.cue != "exact"
        and any(start <= event.start < end for start, end in parts)
    ]


def _stretches(events: Sequence[Event]) -> list[tuple[int, int]]:
    """From where to where events follow each other closely."""
    found: list[tuple[int, int]] = []
    for event in events:
        if found and event.start - found[-1][1] < _APART:
            found[-1] = (found[-1][0], max(found[-1][1], event.end))
        else:
            found.append((event.start, event.end))
    return found


def _stretch(span: tuple[int, int]) -> str:
    return f"from {clock(span[0])} to {clock(span[1])}"


def _listed(words: Iterable[str]) -> str:
    every = list(words)
    if len(every) > _MOST:
        return f"{', '.join(every[:_MOST])}, and {len(every) - _MOST} more"
    *most, last = every
    return f"{', '.join(most)} and {last}" if most else last

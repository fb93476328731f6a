"""A timeline as a picture made of letters, and its figures. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from guide.duration import RATE, clock, frames
from guide.legible import columns, cut, folded, legible, unicode_in
from guide.timeline import Event, Timeline

_SILENCE = frames(1)
"""The shortest gap that counts as silence, in frames; a shorter one is part of speaking."""
_MARKS = "abcdefghijklmnopqrstuvwxyz"
_MOSTLY = 0.5
"""The share of a column that shows what fills it."""
_STEPS = (1, 2, 5, 10, 15, 30, 60)
"""Minutes that may lie between two labels of the axis."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The letters of a picture."""

    speech: str
    """From hardly any speech in a column to nothing else."""
    rest: str
    breath: str
    echo: str
    bell: str
    axis: str
    tick: str


_UNICODE = Signs("▂▄▆█", "·", "~", "▒", "◉", "─", "┴")
_ASCII = Signs("..##", " ", "~", "%", "O", "-", "+")


@dataclass(frozen=True, slots=True)
class Figures:
    """What can be counted in a timeline."""

    frames: int
    """Its length."""
    words: int
    speeches: int
    """How many times the voice speaks: sentences."""
    silent: int
    """Frames of all gaps without words that last a second or longer."""
    echoed: int
    """Frames of the listener's own words."""
    longest_quiet: int
    """Frames of the longest of them."""
    longest_quiet_at: int
    """The frame where that one begins."""

    @property
    def silence(self) -> float:
        """The share of the whole that is silence, 0 to 1."""
        return self.silent / self.frames if self.frames else 0.0

    @property
    def articulation(self) -> float:
        """Words a minute while there is speaking; 0 where there is none."""
        spoken = self.frames - self.silent - self.echoed
        return self.words / (spoken / RATE / 60) if self.words and spoken else 0.0


def figures(timeline: Timeline) -> Figures:
    """The figures of a timeline. Silence: all that lies between words and lasts a second or longer."""
    gaps = [(start, end) for start, end in _gaps(timeline) if end - start >= _SILENCE]
    longest = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0, 0))
    speech = timeline.speech()
    return Figures(
        frames=timeline.frames,
        words=sum(len(event.text.split()) for event in speech),
        speeches=len(speech),
        silent=sum(end - start for start, end in gaps),
        echoed=sum(event.frames for event in timeline.events if event.kind == "echo"),
        longest_quiet=longest[1] - longest[0],
        longest_quiet_at=longest[0],
    )


def picture(timeline: Timeline, width: int, encoding: str = "utf-8") -> list[str]:
    """Lines of at most `width` columns: the parts' marks, the blocks, the time, the parts, the figures."""
    wide = max(20, width) - 2
    full = unicode_in(encoding)
    signs = _UNICODE if full else _ASCII
    marked = _marked(timeline)
    lines = [
        _marks(marked, timeline, wide),
        _blocks(timeline, wide, signs),
        *_axis(timeline, wide, signs),
        "",
        *_parts(marked, wide, encoding),
        "" if marked else None,
        *_said(figures(timeline), encoding),
        "",
        _legend(timeline, signs),
    ]
    ellipsis = "…" if full else "..."
    return [f"  {cut(line, wide, ellipsis)}".rstrip() for line in lines if line is not None]


def _gaps(timeline: Timeline) -> Iterator[tuple[int, int]]:
    """From where to where nothing is said, the ends of the session included."""
    edge = 0
    for event in sorted(timeline.voiced(), key=lambda event: event.start):
        if event.start > edge:
            yield edge, event.start
        edge = max(edge, event.end)
    if edge < timeline.frames:
        yield edge, timeline.frames


# ── the row of blocks ────────────────────────────────────────────────────────────────────────────────────


def _blocks(timeline: Timeline, wide: int, signs: Signs) -> str:
    spoken = _shares(timeline, "speech", wide)
    breathed = _shares(timeline, "breath", wide)
    echoed = _shares(timeline, "echo", wide)
    rung = {_column(e.start, timeline, wide) for e in timeline.events if e.kind == "bell"}
    return "".join(
        signs.bell
        if place in rung
        else signs.echo
        if echoed[place] >= _MOSTLY
        else _block(spoken[place], breathed[place], signs)
        for place in range(wide)
    )


def _block(spoken: float, breathed: float, signs: Signs) -> str:
    if breathed >= _MOSTLY:
        return signs.breath
    if spoken < 0.05:
        return signs.rest
    return signs.speech[min(int(spoken * len(signs.speech)), len(signs.speech) - 1)]


def _shares(timeline: Timeline, kind: str, wide: int) -> list[float]:
    """How much of each column the events of a kind fill, 0 to 1."""
    each = max(1.0, timeline.frames / wide)
    shares = [0.0] * wide
    for event in timeline.events:
        if event.kind != kind:
            continue
        for place in range(_column(event.start, timeline, wide), _column(event.end - 1, timeline, wide) + 1):
            inside = min(event.end, (place + 1) * each) - max(event.start, place * each)
            shares[place] += max(0.0, inside) / each
    return shares


def _column(at: int, timeline: Timeline, wide: int) -> int:
    return min(max(0, at) * wide // max(1, timeline.frames), wide - 1)


# ── the axis ─────────────────────────────────────────────────────────────────────────────────────────────


def _axis(timeline: Timeline, wide: int, signs: Signs) -> tuple[str, str]:
    """A line with ticks, and the minutes under it."""
    minutes = timeline.frames / RATE / 60
    step = next((step for step in _STEPS if minutes / step * 6 <= wide), _STEPS[-1])
    ticks, labels = [signs.axis] * wide, [" "] * wide
    for minute in range(0, int(minutes) + 1, step):
        place = _column(minute * 60 * RATE, timeline, wide)
        label = str(minute)
        ticks[place] = signs.tick
        left = min(place, wide - len(label))
        labels[left : left + len(label)] = label
    line = "".join(labels).rstrip()
    unit = " min"
    return "".join(ticks), line + unit if len(line) + len(unit) <= wide else line


# ── the parts ────────────────────────────────────────────────────────────────────────────────────────────


def _marked(timeline: Timeline) -> list[tuple[str, int, Event]]:
    """Each part with its letter and how deep it lies inside others."""
    parts = timeline.parts()
    letters = _MARKS + _MARKS.upper()
    return [
        (letters[place % len(letters)], _depth(part, place, parts), part) for place, part in enumerate(parts)
    ]


def _depth(part: Event, place: int, parts: tuple[Event, ...]) -> int:
    return sum(1 for other in parts[:place] if other.start <= part.start and part.end <= other.end)


def _marks(marked: list[tuple[str, int, Event]], timeline: Timeline, wide: int) -> str | None:
    """The letter of each part above its first column; where two fall together, the first is seen."""
    row = [" "] * wide
    for letter, _, part in reversed(marked):
        row[_column(part.start, timeline, wide)] = letter
    return "".join(row) if marked else None


def _parts(marked: list[tuple[str, int, Event]], wide: int, encoding: str) -> list[str]:
    return [
        _row(f"{letter} {clock(part.start):>7}  {'  ' * depth}{legible(part.text, encoding)}", part, wide)
        for letter, depth, part in marked
    ]


def _row(left: str, part: Event, wide: int) -> str:
    """A part with its length at the end of the line, where there is room for it."""
    room = min(wide, 72)
    length = clock(part.frames)
    gap = room - columns(left) - len(length)
    return left + " " * gap + length if gap >= 2 else left


# ── the figures ──────────────────────────────────────────────────────────────────────────────────────────


def _said(counted: Figures, encoding: str) -> list[str]:
    quiet = f"{clock(counted.longest_quiet)}, from {clock(counted.longest_quiet_at)}"
    lines = [
        f"length         {clock(counted.frames)}",
        f"words          {counted.words} in {counted.speeches} sentences",
        f"pace           {counted.articulation:.0f} words a minute while speaking",
        f"silence        {counted.silence:.0%}, gaps of 1 s and longer",
        f"longest quiet  {quiet}",
    ]
    return [folded(line, encoding) for line in lines]


def _legend(timeline: Timeline, signs: Signs) -> str:
    """What the signs mean that occur."""
    kinds = {event.kind for event in timeline.events}
    pieces = [
        f"{signs.speech[-1]} speech  {signs.speech[0]} a little",
        f"{signs.rest} rest" if signs.rest.strip() else "blank: rest",
        f"{signs.breath} breathing" if "breath" in kinds else "",
        f"{signs.echo} your own words" if "echo" in kinds else "",
        f"{signs.bell} bell" if "bell" in kinds else "",
    ]
    return "  ".join(piece for piece in pieces if piece)

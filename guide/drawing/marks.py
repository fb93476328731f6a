"""The signs on a line: speech, silences, breathing, bells and beds. Each is markup at its place in time."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import numpy as np

from guide.drawing.labels import cut, width
from guide.drawing.score import Line
from guide.drawing.svg import element, escaped, path
from guide.duration import RATE, clock
from guide.render import Span, ease, spans
from guide.timeline import Event

VOICE, VOICE_HIGH = 4.0, 24.0
"""Where the voice begins, from the top of its band, and how high it is."""
BED_HIGH = 15.0
"""The room under the voice for the bed."""
SMALL = 12.0
"""The size of small letters."""

_TINY = 11.0
"""That of the name of a bed."""

_CURVE = 26.0
"""How high a full breath is."""
_THIN = 0.6
"""Units: nothing that happens is drawn narrower."""
_MANY = 400
"""Sentences of which each still carries its words; beyond, a picture would become too large a file."""
_NUMBERED = 2.0
"""Units for each second, from which on a rest may carry its length."""


def speech(line: Line, top: float) -> Iterator[str]:
    """A block for each sentence, as long as it lasts; low where a breath is being guided."""
    words = len(line.score.timeline.speech()) <= _MANY
    breaths = [(event.start, event.end) for event in line.score.timeline.events if event.kind == "breath"]
    for event in line.events("speech"):
        before = bisect_right(breaths, event.start, key=lambda breath: breath[0])
        low = before > 0 and event.start < breaths[before - 1][1]
        y, high = (top + VOICE + VOICE_HIGH - 5, 5.0) if low else (top + VOICE + 3, VOICE_HIGH - 6)
        x, wide = _extent(line, event.start, event.end)
        inside = element("title", escaped(event.text[:200])) if words and event.text else ""
        yield element("rect", inside, class_="say", x=x, y=y, width=wide, height=high, rx=min(2.0, wide / 2))


def echoes(line: Line, top: float) -> Iterator[str]:
    """An open, round block for the listener's own words: how long they are, and nothing else of them."""
    for event in line.events("echo"):
        x, wide = _extent(line, event.start, event.end)
        yield echo(x, top + VOICE + 3, wide, VOICE_HIGH - 6)


def echo(x: float, y: float, wide: float, high: float) -> str:
    """The block of an echo: its edge is that of speech, and within it is paper."""
    edge = min(1.6, wide / 3)
    round_ = min(high, wide) / 2
    inside = {"x": x + edge, "y": y + edge, "width": wide - 2 * edge, "height": high - 2 * edge}
    return element("rect", class_="say", x=x, y=y, width=wide, height=high, rx=round_) + element(
        "rect", class_="paper", rx=max(round_ - edge, 0.0), **inside
    )


def _extent(line: Line, start: int, end: int) -> tuple[float, float]:
    """Where something begins on a line, and how wide it is; never too thin to be seen, never off the line."""
    x = line.at(start)
    wide = max(line.at(end) - x, min(_THIN, line.right - line.x))
    return min(x, line.right - wide), wide


def rests(line: Line, top: float) -> Iterator[str]:
    """Open silence with its length where there is room; dots where it was announced; a measure if exact."""
    announced = [(e.start, e.end) for e in line.events("part") if e.cue == "announce"]
    y = top + VOICE + VOICE_HIGH / 2
    for event in line.events("silence"):
        a, b = line.at(event.start), line.at(event.end)
        if event.cue == "exact":
            yield _measured(a, b, y)
        elif any(start <= event.start < end for start, end in announced):
            yield _announced(a, b, y)
        elif line.scale * RATE >= _NUMBERED:
            yield _numbered(event, a, b, y)


def _measured(a: float, b: float, y: float) -> str:
    if b - a < 3:
        return ""
    pieces = [("M", (a + 1, y)), ("H", (b - 1,)), ("M", (a + 1, y - 3)), ("v", (6.0,)), ("M", (b - 1, y - 3))]
    return element("path", class_="rest", d=path([*pieces, ("v", (6.0,))]))


def _announced(a: float, b: float, y: float) -> str:
    room = b - a - 12
    if room < 2:
        return ""
    return element("path", class_="rest announced", d=path([("M", (a + 6, y)), ("h", (room,))]))


def _numbered(event: Event, a: float, b: float, y: float) -> str:
    text = f"{round(event.frames / RATE)} s" if event.frames < 100 * RATE else clock(event.frames)
    if b - a < width(text, SMALL) + 8:
        return ""
    return element(
        "text", escaped(text), class_="q", x=(a + b) / 2, y=y + 4, font_size=SMALL, text_anchor="middle"
    )


# ── breathing ────────────────────────────────────────────────────────────────────────────────────────────


def breathing(line: Line, top: float) -> Iterator[str]:
    """A curve that rises with each breath in and falls with each out, and dots where a tone marks one."""
    floor = top + VOICE + VOICE_HIGH
    run: list[tuple[str, tuple[float, ...]]] = []
    edge, held = -1, 0.0
    for event in line.events("breath"):
        if event.start != edge:
            yield from _closed(run, floor)
            run = [("M", (line.at(event.start), floor))]
            held = 0.0
        low, high = {"in": (0.0, 1.0), "out": (1.0, 0.0)}.get(event.sound, (held, held))
        if not run[1:]:
            x, full = line.at(event.start), _full(low, high, _share(event, line.start))
            run.append(("L", (x, floor - _CURVE * full)))
        run.append(("C", _curve(line, event, low, high, floor)))
        edge, held = event.end, high
    yield from _closed(run, floor)
    for event in line.events("breath"):
        if event.cue and line.start <= event.start:
            y = floor if event.sound == "in" else floor - _CURVE
            yield element("circle", class_="tone", cx=line.at(event.start), cy=y, r=2.2)


def _curve(line: Line, event: Event, low: float, high: float, floor: float) -> tuple[float, ...]:
    """The Bézier curve of a phase, or of as much of it as is on this line.

    The curve has the place and the slope of a raised cosine at both of its ends.
    """
    one, other = _share(event, line.start), _share(event, line.end)
    a, b = line.at(event.start), line.at(event.end)
    third = (b - a) / 3
    rise = (other - one) / 3 * math.pi / 2 * (high - low)
    ya, yb = _full(low, high, one), _full(low, high, other)
    ca = ya + rise * math.sin(math.pi * one)
    cb = yb - rise * math.sin(math.pi * other)
    return (a + third, floor - _CURVE * ca, b - third, floor - _CURVE * cb, b, floor - _CURVE * yb)


def _share(event: Event, frame: int) -> float:
    """How much of an event has passed at a frame, 0 to 1."""
    return min(max((frame - event.start) / max(1, event.frames), 0.0), 1.0)


def _full(low: float, high: float, share: float) -> float:
    return low + (high - low) * (0.5 - 0.5 * math.cos(math.pi * share))


def _closed(run: list[tuple[str, tuple[float, ...]]], floor: float) -> Iterator[str]:
    if len(run) > 2:
        last = run[-1][1][-1]
        down = [] if last == floor else [("V", (floor,))]
        yield element("path", class_="breath", d=path([*run, *down]))


# ── bells and beds ───────────────────────────────────────────────────────────────────────────────────────


def bells(line: Line, top: float) -> Iterator[str]:
    """A dot where a bell is struck, and its ringing as it dies away."""
    y = top + VOICE + VOICE_HIGH / 2
    for event in line.events("bell"):
        a, b = line.at(event.start), line.at(event.end)
        one, other = (_ringing(event, frame) for frame in (max(event.start, line.start), line.end))
        middle = a + (b - a) * 0.3
        # A quadratic through the strike and the end, bent down as a decay is.
        bend = one * 0.18
        shape = [("M", (a, y - one)), ("Q", (middle, y - bend, b, y - other)), ("L", (b, y + other))]
        shape += [("Q", (middle, y + bend, a, y + one)), ("Z", ())]
        yield element("path", class_="bell ring", d=path(shape))
        if line.start <= event.start:
            inside = element("title", escaped(event.sound[:80])) if event.sound else ""
            yield element("circle", inside, class_="bell", cx=a, cy=y, r=4.6)


def _ringing(event: Event, frame: int) -> float:
    """Half the height of a bell's ringing at a frame: it falls to a fiftieth in the bell's own length."""
    share = _share(event, frame)
    return 0.0 if share >= 1 else VOICE_HIGH / 2 * math.exp(-4 * share)


def beds(line: Line, floor: float) -> Iterator[str]:
    """The beds as soft bands on the floor, as high as they are loud: they fade, and swell in long rests."""
    score = line.score
    timeline = score.timeline
    at, up = ease(timeline.voiced(), timeline.frames)
    eased = [int(frame) for frame in at]
    free, before = line.x, ""
    for span in spans(timeline, score.bed, score.level, sleep=score.sleep):
        if span.start >= span.end or not line.holds(span.start, span.end):
            continue
        corners = _corners(span, line, eased)
        tops = [(line.at(f), floor - _loud(span, f, float(np.interp(f, at, up)))) for f in corners]
        shape: list[tuple[str, tuple[float, ...]]] = [("M", (tops[0][0], floor))]
        shape += [("L", place) for place in _thinned(tops)]
        yield element("path", class_="bed", d=path([*shape, ("V", (floor,)), ("Z", ())]))
        x = line.at(span.start + span.fade_in // 2)
        name = cut(span.sound, line.right - x, _TINY)
        if name and span.sound != before and span.start >= line.start and x >= free:
            yield element("text", escaped(name), class_="i", x=x, y=floor - 3, font_size=_TINY)
            free = x + width(name, _TINY) + 4
        before = span.sound


def _corners(span: Span, line: Line, eased: list[int]) -> list[int]:
    """The frames at which the height of a bed is worth looking at, on one line, in order."""
    first, last = max(span.start, line.start), min(span.end, line.end)
    fades = [span.start + span.fade_in * third // 3 for third in (0, 1, 2, 3)]
    fades += [span.end - span.fade_out * third // 3 for third in (0, 1, 2, 3)]
    between = eased[bisect_right(eased, first) : bisect_left(eased, last)]
    return sorted({first, last, *between, *(frame for frame in fades if first < frame < last)})


def _loud(span: Span, frame: int, eased: float) -> float:
    """The height of a bed: its amplitude, the usual 24 dB under the voice being half of the room."""
    level = 10 ** ((span.level + 24) / 20)
    lifted = 10 ** ((span.level + span.lift + 24) / 20)
    height = BED_HIGH / 2 * (level + (lifted - level) * eased)
    into = (frame - span.start) / span.fade_in if span.fade_in else 1.0
    out = (span.end - frame) / span.fade_out if span.fade_out else 1.0
    for share, steep in ((into, span.steep_in), (out, span.steep_out)):
        height *= math.sin(math.pi / 2 * min(max(share, 0.0), 1.0)) ** steep
    return min(height, BED_HIGH)


def _thinned(tops: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners without those that nobody could see between their neighbours."""
    kept = tops[:1]
    for place in tops[1:-1]:
        if place[0] - kept[-1][0] >= 0.8:
            kept.append(place)
    return [*kept, *tops[1:][-1:]]


def reflection(x: float, y: float) -> str:
    """A small open ring: what comes after the end, and has no length of its own."""
    return element("circle", class_="rest", cx=x, cy=y, r=4.6, stroke_width=1.4)

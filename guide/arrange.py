"""From items with open lengths to a timeline of exactly the length asked for.

Only silence stretches. Rests share what the target leaves over in proportion to their `about`, each within
its limits, in whole frames and with nothing left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

from guide.errors import OutOfReachError
from guide.expand import BedChanges, Breath, Echoed, Item, PartCloses, PartOpens, Sentence, Silence, Strike
from guide.timeline import BedChange, Event, Timeline

COMMITTED = 3
"""Seconds ahead of now in which nothing moves any more: the bed has begun to give way."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What of an earlier arrangement has happened and must stay."""

    silences: tuple[int, ...]
    """The frames that each Silence item had, in their order."""
    until: int
    """The first frame that may still change."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything of a session but its silences: what is said and struck, and how long each lasts."""

    items: tuple[Item, ...]
    clips: Mapping[str, int]
    """Frames of each sentence's clip, by its text."""
    bells: Mapping[str, int]
    """Frames of each bell's sound, by its name."""

    def reach(self, begun: Begun | None = None) -> tuple[int, int]:
        """The shortest and the longest these items can last, in frames."""
        fixed, open_ = sum(self.lengths()), self._open(begun)
        return fixed + sum(s.least for s in open_), fixed + sum(s.most for s in open_)

    def fits(self, target: int) -> bool:
        """Whether these items can last exactly `target` frames."""
        shortest, longest = self.reach()
        return shortest <= target <= longest

    def silences(self, target: int, begun: Begun | None = None) -> tuple[int, ...]:
        """The frames of each Silence item, in order, so that all of it lasts `target` frames exactly.

        Raises OutOfReachError, with the reach of these items, where that cannot be.
        """
        return fit(self._open(begun), target - sum(self.lengths()))

    def arranged(self, target: int, begun: Begun | None = None) -> Timeline:
        """The timeline of these items that lasts exactly `target` frames. Raises OutOfReachError."""
        return self.placed(self.silences(target, begun), target)

    def placed(self, silences: Sequence[int], target: int, slots: Sequence[int] | None = None) -> Timeline:
        """The timeline with these silences, however long it becomes.

        `slots` are the lengths of the other items where they are not `lengths()`, one an item.
        """
        given = iter(silences)
        lengths = [
            next(given) if isinstance(item, Silence) else length
            for item, length in zip(self.items, slots or self.lengths(), strict=True)
        ]
        starts = [0, *accumulate(lengths)]
        return Timeline(starts[-1], target, *self._events(starts, lengths))

    def _silences(self) -> list[Silence]:
        return [item for item in self.items if isinstance(item, Silence)]

    def lengths(self) -> list[int]:
        """Frames of each item, 0 for what takes no time and for silences."""
        lengths = [self._length(item) for item in self.items]
        behind = 0
        # A bell rings on under what follows, but not past the end: it waits until what follows can hold it.
        for place in range(len(self.items) - 1, -1, -1):
            item = self.items[place]
            if isinstance(item, Strike):
                lengths[place] = max(lengths[place], self.bells[item.sound] - behind)
            behind += item.least if isinstance(item, Silence) else lengths[place]
        return lengths

    def _length(self, item: Item) -> int:
        match item:
            case Sentence():
                return self.clips[item.text]
            case Strike():
                return item.settle
            case Echoed():
                return item.frames
            case Breath():
                # A cue longer than its breath would run into the next one; the breath waits for it.
                return max(item.frames, self.clips[item.text] if item.text else 0)
            case _:
                return 0

    def _open(self, begun: Begun | None) -> list[Silence]:
        """The silences with the limits they still have."""
        if begun is None:
            return self._silences()
        given, at, result = iter(begun.silences), 0, []
        for item, length in zip(self.items, self.lengths(), strict=True):
            if not isinstance(item, Silence):
                at += length
                continue
            had = next(given)
            result.append(narrowed(item, had, begun.until - at))
            at += had
        return result

    def _events(  # noqa: C901 - one line a kind
        self, starts: Sequence[int], lengths: Sequence[int]
    ) -> tuple[tuple[Event, ...], tuple[BedChange, ...]]:
        events: list[Event] = []
        beds: list[BedChange] = []
        opened: list[int] = []
        for item, start, length in zip(self.items, starts, lengths, strict=False):
            match item:
                case Sentence():
                    events.append(Event("speech", start, length, text=item.text))
                case Silence(written=True):
                    cue = "exact" if item.least == item.most else ""
                    events.append(Event("silence", start, length, cue=cue))
                case Strike():
                    events.append(Event("bell", start, self.bells[item.sound], sound=item.sound))
                case Breath():
                    tone = item.phase if item.tone else ""
                    events.append(Event("breath", start, length, sound=item.phase, cue=tone))
                    if item.text:
                        events.append(Event("speech", start, self.clips[item.text], text=item.text))
                case Echoed():
                    events.append(Event("echo", start, length, sound=item.name))
                case PartOpens():
                    opened.append(len(events))
                    events.append(Event("part", start, 0, text=item.title, cue=item.intent or ""))
                case PartCloses():
                    place = opened.pop()
                    part = events[place]
                    events[place] = Event("part", part.start, start - part.start, part.text, cue=part.cue)
                case BedChanges():
                    beds.append(BedChange(start, item.sound, item.level, item.fade))
                case _:
                    pass
        return tuple(events), tuple(beds)


def narrowed(item: Silence, had: int, free: int) -> Silence:
    """A silence's limits when only what lies `free` frames after its start, and later, may still change."""
    if free >= had:
        return replace(item, about=had, least=had, most=had)
    if free <= 0:
        return item
    least = max(item.least, free)
    return replace(item, least=least, most=max(item.most, least))


def fit(silences: Sequence[Silence], room: int) -> tuple[int, ...]:
    """Whole lengths, one a silence, each within its limits, in proportion to `about`, whose sum is `room`.

    All in frames. Exact: the common factor is found as a fraction, and the frames that rounding down leaves
    go to the largest remainders. Raises OutOfReachError if `room` is outside the sums of the limits.
    """
    least, most = sum(s.least for s in silences), sum(s.most for s in silences)
    if not least <= room <= most:
        raise OutOfReachError(f"{room} frames of silence are outside {least} to {most}.")
    factor = _factor(silences, room)
    exact = [min(max(factor * s.about, Fraction(s.least)), Fraction(s.most)) for s in silences]
    lengths = [share.numerator // share.denominator for share in exact]
    left = room - sum(lengths)
    by_remainder = sorted(range(len(exact)), key=lambda place: lengths[place] - exact[place])
    for place in by_remainder[:left]:
        lengths[place] += 1
    return tuple(lengths)


def _factor(silences: Sequence[Silence], room: int) -> Fraction:
    """The factor on every `about` for which the clamped silences add up to `room`."""
    open_ = [s for s in silences if s.least < s.most]
    if not open_:
        return Fraction(1)
    room -= sum(s.least for s in silences if s.least == s.most)
    corners = sorted({Fraction(limit, s.about) for s in open_ for limit in (s.least, s.most)})
    low, high = 0, len(corners) - 1
    while low < high:  # the first corner at which the sum reaches the room
        middle = (low + high) // 2
        if _sum(open_, corners[middle]) >= room:
            high = middle
        else:
            low = middle + 1
    if low == 0:
        return corners[0]
    below, above = corners[low - 1], corners[low]
    at_below, at_above = _sum(open_, below), _sum(open_, above)
    return below + (above - below) * (room - at_below) / (at_above - at_below)


def _sum(silences: Sequence[Silence], factor: Fraction) -> Fraction:
    # Summed over a common denominator: adding unlike fractions one by one is quadratic in their digits.
    n, d = factor.numerator, factor.denominator
    return Fraction(sum(min(max(n * s.about, d * s.least), d * s.most) for s in silences), d)

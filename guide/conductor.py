"""A session whose sentences are still being spoken while it plays: estimates now, exact at the end.

Lengths not yet known are estimated from what this voice has measured so far. Each arrival arranges anew what
has not begun. What lies less than COMMITTED seconds ahead never moves (UNDER_NO_BED where no bed has to give
way), and a sentence is only committed with its clip in hand: one that is late is waited for in quiet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from guide.arrange import COMMITTED, Material, fit, narrowed
from guide.duration import frames
from guide.expand import Breath, Echoed, Item, PartOpens, Sentence, Silence, Strike

_HORIZON = frames(COMMITTED)
UNDER_NO_BED = frames(1)
"""Frames ahead of now in which nothing moves where there is no bed: a turn to another mix takes as long."""
_PUSH = frames(2)
"""How far beyond the horizon a sentence without its clip is put at most each time: far enough that nothing
needs to be arranged for a second."""


class Conductor:
    """The arrangement of one live session. Not thread-safe: it belongs to the player's thread."""

    def __init__(
        self,
        items: Iterable[Item],
        known: Mapping[str, int],
        bells: Mapping[str, int],
        target: int,
        estimate: Callable[[str], int],
        *,
        silences: Sequence[int] = (),
        slots: Sequence[int] = (),
        committed: int = _HORIZON,
    ) -> None:
        """`known` holds the frames of the clips that are there; `estimate` guesses those of the others.

        `silences` and `slots`, as another conductor of the same items had them, are how an earlier run was
        arranged, and fit these items; without them they are fitted to `target`, as near as can be. For
        `committed` frames ahead of now nothing moves.
        """
        self.items = conducted(items)
        self._bells = bells
        self._target = target
        self.committed = committed
        self._push = min(_PUSH, committed)
        self.texts = tuple(dict.fromkeys(text for item in self.items if (text := _text(item))))
        """Every different text, in the order of their first being said."""
        self._guess = {text: max(1, estimate(text)) for text in self.texts}
        self._known = {text: known[text] for text in self.texts if text in known}
        self._at = 0
        material = self._material()
        self.slots = list(slots) or material.lengths()
        """Frames of each item as arranged, 0 for a silence. What was skipped keeps its estimate."""
        self.silences = tuple(silences) or self._fitted(material)
        """Frames of each silence, in order."""
        self.timeline = material.placed(self.silences, target, self.slots)
        """The arrangement as it stands. Sentences without a clip are in it at their estimated length."""
        self._pressing = self._first_unready()

    @property
    def late(self) -> int:
        """Frames by which sentences have to be waited for beyond what rests can give, all together."""
        return sum(frames for _, frames in self.waits())

    def waits(self) -> list[tuple[int, int]]:
        """Where a silence is longer than it may be, since a sentence was late, and by how many frames."""
        places = ((at, item) for (_, at), item in zip(self._starts(), self.items, strict=True))
        silences = ((at, item) for at, item in places if isinstance(item, Silence))
        over = ((at, had - item.most) for (at, item), had in zip(silences, self.silences, strict=True))
        return [(at, frames) for at, frames in over if frames > 0]

    @property
    def known(self) -> Mapping[str, int]:
        """Frames of the clips that are there, by their texts."""
        return self._known

    @property
    def complete(self) -> bool:
        """Whether every clip is there."""
        return len(self._known) == len(self.texts)

    @property
    def passed_by(self) -> bool:
        """Whether something was passed over without its clip, and still has only the room of its estimate."""
        return self.slots != self._material().lengths()

    def presses(self, at: int) -> bool:
        """Whether a sentence without its clip would soon be committed, were nothing done at frame `at`."""
        return self._pressing is not None and self._pressing < at + self._soon

    @property
    def first(self) -> frozenset[str]:
        """The texts without a clip that have to be there before a session begins which begins with words."""
        kinds = ("speech", "bell", "breath", "echo")
        sounding = [event for event in self.timeline.events if event.kind in kinds]
        early = takewhile(lambda event: event.start < self._soon, sounding)
        if not sounding or sounding[0].kind != "speech":
            return frozenset()
        return frozenset(event.text for event in early if event.text) - self._known.keys()

    @property
    def _soon(self) -> int:
        return self.committed + self._push // 2

    @property
    def waiting(self) -> tuple[str, ...]:
        """The texts whose clips are not there yet: those to come in their order, then those passed by."""
        to_come = [event.text for event in self.timeline.speech() if event.start >= self._at]
        return tuple(text for text in dict.fromkeys([*to_come, *self.texts]) if text not in self._known)

    def arrived(self, clips: Mapping[str, int], at: int) -> bool:
        """Clips, by text, with their frames, have come while frame `at` is being written.

        Arranges anew what may still move, if anything changed; says whether the arrangement did.
        """
        self._at = at
        fresh = {text: length for text, length in clips.items() if text in self._guess}
        if not fresh and not self.presses(at):
            return False
        self._known |= fresh
        return self._arranged(at + self.committed)

    def jumped(self, clips: Mapping[str, int], at: int) -> bool:
        """The place is now `at`, and nothing from there on has begun; says whether the arrangement changed.

        `clips` are those that have come meanwhile.

        What was passed over without its clip keeps the room that it was given.
        """
        self._at = at
        self._known |= {text: length for text, length in clips.items() if text in self._guess}
        return self._arranged(at)

    def end_at(self, target: int, at: int) -> bool:
        """Bring the end as near to frame `target` as the rests allow; says whether anything changed."""
        self._at, self._target = at, target
        return self._arranged(at + self.committed)

    # ── arranging ────────────────────────────────────────────────────────────────────────────────────────

    def _material(self) -> Material:
        return Material(self.items, self._lengths(), self._bells)

    def _lengths(self) -> dict[str, int]:
        """Frames of every clip: measured, or guessed by what the measured ones were against their guesses."""
        guessed = sum(self._guess[text] for text in self._known)
        ratio = sum(self._known.values()) / guessed if guessed else 1.0
        return {
            text: self._known.get(text) or max(1, round(self._guess[text] * ratio)) for text in self.texts
        }

    def _fitted(self, material: Material) -> tuple[int, ...]:
        shortest, longest = material.reach()
        return material.silences(min(max(self._target, shortest), longest))

    def _first_unready(self) -> int | None:
        """Where the first sentence to come without its clip begins."""
        speech = self.timeline.speech()
        to_come = (event for event in speech if event.start >= self._at)
        return next((event.start for event in to_come if event.text not in self._known), None)

    def _arranged(self, fixed: int) -> bool:
        """Arrange what begins at frame `fixed` or later; whether that changed anything."""
        before, material = self.timeline, self._material()
        starts = dict(self._starts())
        self.slots = [
            old if starts[place] < fixed else new
            for place, (old, new) in enumerate(zip(self.slots, material.lengths(), strict=True))
        ]
        open_ = self._open(starts, fixed)
        least, most = sum(s.least for s in open_), sum(s.most for s in open_)
        room = self._target - sum(self.slots)
        self.silences = fit(open_, min(max(room, least), most))
        self.timeline = material.placed(self.silences, self._target, self.slots)
        self._pressing = self._first_unready()
        return self.timeline != before

    def _starts(self) -> Iterator[tuple[int, int]]:
        """Each item's place in the row, and where it begins as things stand."""
        given, at = iter(self.silences), 0
        for place, (item, slot) in enumerate(zip(self.items, self.slots, strict=True)):
            yield place, at
            at += next(given) if isinstance(item, Silence) else slot

    def _open(self, starts: Mapping[int, int], fixed: int) -> list[Silence]:
        """What each silence may still be: past ones are as they were, one in progress is no shorter.

        The silence before the first sentence that would be committed without its clip is made long enough.
        """
        given, result = iter(self.silences), list[Silence]()
        horizon, last, waited = self._at + self.committed + self._push, 0, False
        for place, item in enumerate(self.items):
            if isinstance(item, Silence):
                last = next(given)
                result.append(narrowed(item, last, fixed - starts[place]))
            elif (text := _text(item)) and text not in self._known and starts[place] >= self._at:
                if not waited and starts[place] < horizon:
                    result[-1] = _stretched(result[-1], last + horizon - starts[place])
                waited = True
        return result


def conducted(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items, with a silence of nothing before each text that no silence precedes: room to wait in."""
    return tuple(_with_room_to_wait(items))


def _stretched(silence: Silence, needed: int) -> Silence:
    return Silence(max(needed, 1), needed, max(silence.most, needed), silence.written)


def _text(item: Item) -> str:
    return item.text if isinstance(item, Sentence | Breath) else ""


def _with_room_to_wait(items: Iterable[Item]) -> Iterator[Item]:
    silent = False
    for item in items:
        if _text(item) and not silent:
            yield Silence(0, 0, 0, written=False)
        yield item
        if isinstance(item, Silence):
            silent = True
        elif isinstance(item, Sentence | Breath | Strike | Echoed | PartOpens):
            silent = False  # a wait belongs into the part that it delays: who skips there has come there

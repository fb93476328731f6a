"""A session whose sentences are still being spoken while it plays: estimates now, exact at the end.

Lengths not yet known are estimated from what this voice has measured so far. Each arrival arranges anew what
has not begun. What lies less than COMMITTED seconds ahead never moves, and a sentence is only committed with
its clip in hand: one that is late is waited for in quiet.
"""

from collections.abc import Callable, Iterable, Mapping

from guide.arrange import COMMITTED, Material, fit, narrowed
from guide.duration import frames
from guide.expand import Breath, Item, Sentence, Silence, Strike
from guide.timeline import Timeline

_HORIZON = frames(COMMITTED)
_PUSH = frames(1)
"""How far ahead of the horizon a sentence without its clip is put each time."""


class Conductor:
    """The arrangement of one live session. Not thread-safe: it belongs to the player's thread."""

    def __init__(
        self,
        items: Iterable[Item],
        known: Mapping[str, int],
        bells: Mapping[str, int],
        target: int,
        estimate: Callable[[str], int],
    ) -> None:
        """`known` holds the frames of the clips that are there; `estimate` guesses those of the others."""
        self._items = tuple(_with_room_to_wait(items))
        self._bells = bells
        self._target = target
        self._texts = tuple(dict.fromkeys(text for item in self._items if (text := _text(item))))
        self._guess = {text: max(1, estimate(text)) for text in self._texts}
        self._known = {text: known[text] for text in self._texts if text in known}
        self._silences = self._first()
        self._timeline = self._placed()
        self._unready = self._first_unready()
        self.late = 0
        """Frames by which sentences had to be waited for beyond what rests could give."""

    @property
    def timeline(self) -> Timeline:
        """The arrangement as it stands. Sentences without a clip are in it at their estimated length."""
        return self._timeline

    @property
    def complete(self) -> bool:
        """Whether every clip is there."""
        return len(self._known) == len(self._texts)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The texts whose clips are not there yet, in the order in which they are needed."""
        return tuple(text for text in self._texts if text not in self._known)

    def arrived(self, clips: Mapping[str, int], at: int) -> bool:
        """Clips, by text, with their frames, have come while frame `at` is being written.

        Arranges anew what may still move, if anything changed; says whether the arrangement did.
        """
        fresh = {text: length for text, length in clips.items() if text in self._guess}
        pressing = self._unready is not None and self._unready < at + _HORIZON + _PUSH // 2
        if not fresh and not pressing:
            return False
        self._known |= fresh
        before = self._timeline
        self._arrange(at + _HORIZON)
        self._unready = self._first_unready()
        return self._timeline != before

    # ── lengths ──────────────────────────────────────────────────────────────────────────────────────────

    def _lengths(self) -> dict[str, int]:
        """Frames of every clip: measured, or guessed by what the measured ones were against their guesses."""
        ratio = self._ratio()
        return {
            text: self._known.get(text) or max(1, round(self._guess[text] * ratio)) for text in self._texts
        }

    def _ratio(self) -> float:
        guessed = sum(self._guess[text] for text in self._known)
        return sum(self._known.values()) / guessed if guessed else 1.0

    # ── arranging ────────────────────────────────────────────────────────────────────────────────────────

    def _material(self) -> Material:
        return Material(self._items, self._lengths(), self._bells)

    def _first(self) -> tuple[int, ...]:
        material = self._material()
        shortest, longest = material.reach()
        return material.silences(min(max(self._target, shortest), longest))

    def _placed(self) -> Timeline:
        return self._material().placed(self._silences, self._target)

    def _first_unready(self) -> int | None:
        """Where the first sentence without its clip begins."""
        speech = self._timeline.speech()
        return next((event.start for event in speech if event.text not in self._known), None)

    def _arrange(self, horizon: int) -> None:
        open_ = self._still_open(horizon)
        room = self._target - sum(self._material().lengths())
        least, most = sum(s.least for s in open_), sum(s.most for s in open_)
        self._silences = fit(open_, min(max(room, least), most))
        self._timeline = self._placed()

    def _still_open(self, horizon: int) -> list[Silence]:
        """What each silence may still be: past ones are as they were, one in progress is no shorter.

        The silence before the first sentence that would be committed without its clip is made long enough.
        """
        given = iter(self._silences)
        result: list[Silence] = []
        at, last, waited = 0, 0, False
        for item, length in zip(self._items, self._material().lengths(), strict=True):
            if isinstance(item, Silence):
                last = next(given)
                result.append(narrowed(item, last, horizon - at))
                at += last
                continue
            text = _text(item)
            if text and text not in self._known and not waited:
                waited = True
                if at < horizon + _PUSH:
                    result[-1] = self._stretched(result[-1], last, last + horizon + _PUSH - at)
            at += length
        return result

    def _stretched(self, silence: Silence, now: int, needed: int) -> Silence:
        self.late += max(0, needed - max(silence.most, now))
        return Silence(max(needed, 1), needed, max(silence.most, needed), silence.written)


def _text(item: Item) -> str:
    return item.text if isinstance(item, Sentence | Breath) else ""


def _with_room_to_wait(items: Iterable[Item]) -> Iterable[Item]:
    """The items, with a silence of nothing before each text that no silence precedes."""
    silent = False
    for item in items:
        if _text(item) and not silent:
            yield Silence(0, 0, 0, written=False)
        yield item
        if isinstance(item, Silence):
            silent = True
        elif isinstance(item, Sentence | Breath | Strike):
            silent = False

"""A session that begins before its sentences are spoken: they are spoken ahead of the clock, as it plays."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace

from guide.arrange import COMMITTED, Material
from guide.clips import Progress, silently
from guide.conductor import UNDER_NO_BED, Conductor, conducted
from guide.duration import RATE, clock, seconds
from guide.errors import GuideError
from guide.expand import BedChanges, Silence
from guide.library import Library
from guide.render import Sample
from guide.saved import Unfinished
from guide.script.models import Script
from guide.session import Opened, Prepared, Wish, mixed, opened, spoken
from guide.timeline import Event
from guide.voices import Voice

_HORIZON = COMMITTED * RATE
_QUICKER, _SLOWER = 0.8, 1.25
"""By how much speech as a whole may turn out shorter or longer than estimated for a session to begin at once:
then it reaches its length all the same. Where it might not, all is spoken and measured first."""
_FIRST = 3
"""Sentences that are spoken before the line after a stop."""
_AGAIN = (0.0, 2.0, 15.0)
"""Seconds after which a voice that fails is tried again: what made it fail may pass before it is needed."""
_BREATH = RATE
"""Frames between two arrangements, unless a sentence presses: each takes a small board some hundredths of a
second, and sentences come quickly at first."""
_URGENT = 3 * RATE
"""A sentence that is needed within so many frames is arranged as soon as it comes."""


def begin(
    script: Script, wish: Wish, voice: Voice, library: Library, progress: Progress = silently
) -> "Live":
    """A script for a wish, ready to sound; its sentences are spoken while it plays.

    Where it might not fit its length, they are spoken now. One of the kind `quick` never waits for that: its
    length is the nearest that its script allows, and where its rests cannot meet it, it ends when it ends.
    Raises OutOfReachError naming the lengths there are, VoiceError, NotFoundError for a missing sound.
    """
    quick = script.page.kind == "quick"
    opening = opened(script, _allowed(wish, script) if quick else wish, voice, library)
    opening.clips.recall(spoken(opening.items))
    if not quick and not _surely_fits(opening):
        opening = opening.measured(progress)
    known = dict(opening.clips.lengths)
    target, estimate = opening.given.target, opening.clips.estimate
    conductor = Conductor(
        opening.items, known, opening.bells(), target, estimate, committed=_committed(opening)
    )
    return Live(opening, conductor)


def _allowed(wish: Wish, script: Script) -> Wish:
    """The wish, its length brought within the limits of the script."""
    length = script.page.length
    return replace(wish, target=min(max(wish.target or length.usual, length.shortest), length.longest))


def _committed(opening: Opened) -> int:
    """Frames ahead in which nothing moves: a session that begins at once, and has no bed, needs few."""
    bed = opening.plan.bed != "none" or any(isinstance(item, BedChanges) for item in opening.items)
    return _HORIZON if bed or opening.script.page.kind != "quick" else UNDER_NO_BED


def go_on(plan: Unfinished, script: Script, wish: Wish, voice: Voice, library: Library) -> "Live":
    """A session that was left while it could still be arranged anew, at its place and as it was arranged.

    Raises GuideError where its script has other steps since. What only a rest may last can have changed.
    """
    wish = replace(wish, target=plan.asked, seed=plan.seed, ambience=plan.bed)
    opening = opened(script, wish, voice, library, at=plan.at)
    items = conducted(opening.items)
    if len(items) != len(plan.slots) or sum(isinstance(i, Silence) for i in items) != len(plan.silences):
        raise _changed(plan)
    known = opening.clips.recall(spoken(opening.items))
    conductor = Conductor(
        opening.items, known, opening.bells(), plan.timeline.target, opening.clips.estimate,
        silences=plan.silences, slots=plan.slots, committed=_committed(opening),
    )  # fmt: skip
    if [_what(event) for event in conductor.timeline.events] != [
        _what(event) for event in plan.timeline.events
    ]:
        raise _changed(plan)
    speech = plan.timeline.voiced()
    at = next((event.start for event in speech if event.start <= plan.at < event.end), plan.at)
    return Live(replace(opening, plan=replace(opening.plan, at=at)), conductor)


def _what(event: Event) -> tuple[str, int, str, str]:
    """All of an event but its length: that of a sentence that was passed by may be known better now."""
    return event.kind, event.start, event.text, event.sound


def _changed(plan: Unfinished) -> GuideError:
    return GuideError(
        f"'{plan.name}' has changed since it was stopped, and not all of it had been spoken then. "
        f"Begin it anew: guide play {plan.name}"
    )


def _surely_fits(opening: Opened) -> bool:
    """Whether it fits, however wrong the estimates of what is not spoken yet."""
    target, length = opening.given.target, opening.script.page.length
    there, estimate = opening.clips.lengths, opening.clips.estimate
    texts = set(spoken(opening.items))
    return length.shortest <= target <= length.longest and all(
        Material(
            opening.items, {t: there.get(t) or round(share * estimate(t)) for t in texts}, opening.bells()
        ).fits(target)
        for share in (_QUICKER, _SLOWER)
    )


class Live:
    """One session while it is being spoken.

    `advanced`, `jumped`, `ending` and `failed` belong to the player's thread.
    """

    def __init__(self, opening: Opened, conductor: Conductor) -> None:
        """Nothing is spoken before `start`. Raises VoiceError where clips are known and the voice is not."""
        self._opening = opening
        self._conductor = conductor
        self._clips = opening.clips
        self._lock = threading.Lock()
        self._come: dict[str, int] = {}
        self._gain = self._clips.gain() if conductor.known else None
        self._grounding: tuple[Sample, float] | None = None
        self._failure: GuideError | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._speak, name="voice", daemon=True)
        self._last_line = threading.Thread(target=self._say_last_line, name="last line", daemon=True)
        self._next = 0
        self._missing = 0
        self._first = conductor.first if opening.plan.at == 0 else frozenset()
        prepared = opening.arranged(conductor.timeline)
        self.prepared = replace(prepared, plan=self._planned(prepared.plan))
        """The session as it stands."""

    def whole(self, progress: Progress = silently) -> Prepared:
        """The session with every sentence spoken, for where it is not played. Raises as `begin` does.

        It goes to a file, and nobody's own voice goes into one unasked.
        """
        return self._opening.unechoed().whole(progress)

    def start(self) -> None:
        """Begin to speak, the sentences that are needed first first. May be called again."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def held(self) -> bool:
        """Whether its time does not run yet: it begins with words that are still being spoken."""
        return bool(self._first)

    def close(self) -> None:
        """Speak nothing more. Does not wait for the sentence that is being spoken."""
        self._over.set()

    def failed(self, at: int) -> GuideError | None:
        """What keeps the voice from speaking, once its next sentence is needed at frame `at`."""
        return self._failure if self._failure and self._conductor.presses(at) else None

    @property
    def complete(self) -> bool:
        """Whether every sentence is there."""
        return self._conductor.complete

    def grounding(self) -> tuple[Sample, float] | None:
        """The line after a stop, and its gain in dB; None while it has not been spoken yet."""
        return self._grounding

    def advanced(self, at: int) -> Prepared | None:
        """Frame `at` is about to be written: the session as it is from now on, if anything changed."""
        if self._first:
            return self._let_go(at)
        if self._conductor.complete:
            return None
        with self._lock:
            come, wait = self._come, at < self._next and not self._conductor.presses(at + _URGENT)
            if (wait and len(come) < self._missing) or not (come or self._conductor.presses(at)):
                return None
            self._come = {}
        changed = self._conductor.arrived(come, at)
        self._next = at + _BREATH
        return self._taken() if come or changed else None

    def jumped(self, at: int) -> Prepared | None:
        """The place is now `at`, and nothing has begun there yet: the session from now on, if it changed."""
        self._next, self._first = at, frozenset()
        if self._conductor.complete and not self._conductor.passed_by:
            return None
        with self._lock:
            come, self._come = self._come, {}
        if self._conductor.jumped(come, at) or come:
            return self._taken()
        self._order = self._conductor.waiting  # other sentences may be needed first now
        return None

    def ending(self, total: int, at: int) -> Prepared | None:
        """The session as near to `total` frames as its rests allow, if that changed it.

        What is less than three seconds away does not move, nor an end whose bed has begun to fade.
        """
        if at + _HORIZON > self.prepared.closing or not self._conductor.end_at(total, at):
            return None
        timeline = self._conductor.timeline
        closing = timeline.frames - (self.prepared.timeline.frames - self.prepared.closing)
        if closing < at + _HORIZON:
            self._conductor.end_at(total + at + _HORIZON - closing, at)
        return self._taken()

    def _let_go(self, at: int) -> Prepared | None:
        """The session from its first word on, once that is there."""
        with self._lock:
            if not self._first <= self._come.keys():
                return None
            come, self._come = self._come, {}
        self._first = frozenset()
        self._conductor.jumped(come, at)
        return self._taken()

    def _taken(self) -> Prepared:
        """The session as the conductor has it now."""
        conductor, before = self._conductor, self.prepared
        clips = {text: self._clips.sample(text) for text in conductor.known}
        sounds = replace(before.sounds, clips=clips, voice_gain=self._gain or 0.0)
        plan = self._planned(before.plan)
        self.prepared = replace(before, plan=plan, sounds=sounds, mix=mixed(plan, sounds))
        return self.prepared

    def _planned(self, plan: Unfinished) -> Unfinished:
        """The plan as the conductor has it now; from here on its sentences are spoken in that order."""
        conductor = self._conductor
        self._order = conductor.waiting
        self._missing = len(self._order)
        final = conductor.complete and not conductor.passed_by
        silences, slots = ((), ()) if final else (conductor.silences, tuple(conductor.slots))
        return replace(plan, timeline=conductor.timeline, silences=silences, slots=slots)

    def waits(self, until: int) -> list[str]:
        """Where, and how long, the voice was waited for up to a frame: for the log, no word of the script."""
        return [
            f"waited {seconds(frames):.1f} s in quiet for the voice, at {clock(at)}"
            for at, frames in self._conductor.waits()
            if at < until
        ]

    # ── the voice's thread ───────────────────────────────────────────────────────────────────────────────

    def _speak(self) -> None:
        for pause in (*_AGAIN, None):
            try:
                self._hand(self._clips.recall(self._conductor.texts))
                self._speak_first()
                self._speak_each()
            except GuideError as error:
                problem = error
            except Exception as error:  # noqa: BLE001 - the session must not wait for ever, whatever it was
                problem = GuideError(f"The voice fell silent ({type(error).__name__}: {error}).")
            else:
                return
            if pause is None or self._over.wait(pause):
                break
        self._failure = problem

    def _speak_first(self) -> None:
        """What it begins with, alone: no other sentence is to take the one process that is up already."""
        first = [text for text in self._order if text in self._first and text not in self._clips.lengths]
        with closing(self._clips.spoken(first)) as each:
            for text, count in each:
                self._hand({text: count})

    def _speak_each(self) -> None:
        with closing(self._clips.spoken(self._wanted())) as each:
            for number, (text, count) in enumerate(each, 1):
                self._hand({text: count})
                if number == _FIRST:
                    self._begin_last_line()
                if self._over.is_set():
                    return
        self._begin_last_line()

    def _begin_last_line(self) -> None:
        if self._last_line.ident is None:
            self._last_line.start()

    def _say_last_line(self) -> None:
        with suppress(GuideError):  # without it a stop lands in quiet
            self._grounding = self.prepared.grounding()

    def _hand(self, clips: Mapping[str, int]) -> None:
        if clips and self._gain is None:
            self._gain = self._clips.gain()
        with self._lock:
            self._come |= clips

    def _wanted(self) -> Iterator[str]:
        """The texts to speak, each asked for when there is room for it: the one that is needed first."""
        begun: set[str] = set()
        while not self._over.is_set():
            there = self._clips.lengths
            text = next((one for one in self._order if one not in begun and one not in there), None)
            if text is None:
                return
            begun.add(text)
            yield text

"""Moves a mix to a sink: pause, skip, back, volume, soft landing. The sink's own clock is the clock.

One thread runs `Player.run`; the verbs may be called from any other. Every change of level is a fade, so
that nothing clicks, and what a fade swallowed is heard again.
"""

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Literal, TypeAlias

import numpy as np

from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.render import Mix, Sample, block
from guide.sinks import Sink
from guide.sound import Fader, Sound, linear
from guide.timeline import Event, Timeline

BLOCK = RATE // 10
LOUDEST, SOFTEST, STEP = 0, -40, 2
"""Volume in dB; a step is what one press changes."""

_FADE = frames(0.3)
_LANDING = frames(2)
_AT_ONCE = frames(0.03)
_EASE = frames(8)
"""How long the volume takes to come to another ceiling: nobody notices, and nobody wakes up."""
_TURN = frames(1)
_AT_A_TIME = 5 * BLOCK
_MOMENT = frames(0.02)
"""How long it waits at a time to begin: the first word is not to wait for the end of a block."""
_LOOK_AGAIN = 1.0
"""Seconds between two looks for a lost device."""
_HUSH = frames(0.8)
"""Quiet before and after the grounding line."""

Verb: TypeAlias = Literal["toggle", "skip", "back", "louder", "softer", "stop"]
State: TypeAlias = Literal["playing", "paused", "lost", "landing", "ended"]


@dataclass(frozen=True, slots=True)
class Status:
    """What is going on, for whoever shows it."""

    state: State
    at: int
    """The frame of the session that is being heard."""
    volume: int
    """dB, as it sounds."""
    timeline: Timeline
    finished: bool = False
    """Whether the session was heard to its end."""
    played: int = 0
    """Frames of it that were played in this run, whatever was skipped or heard twice."""
    held: bool = False
    """Whether it waits for its first word: nothing of it sounds yet."""
    wished: int = 0
    """dB that the person asked for; more than `volume` where a ceiling is in the way."""


class Player:
    """One run of one mix. Made for one run; its flags are its own."""

    def __init__(
        self,
        sink: Sink,
        mix: Mix,
        timeline: Timeline,
        *,
        at: int = 0,
        volume: int = -8,
        ceiling: int = LOUDEST,
        grounding: Callable[[], tuple[Sample, float] | None] = lambda: None,
        reopen: Callable[[], Sink] | None = None,
        moved: Callable[[Status], None] = lambda _: None,
        ahead: Callable[[int, bool], None] = lambda _at, _jumped: None,
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        """`moved` hears, on the player's thread, of each new sentence and each change of state or volume.

        `ahead` hears of each block before it is made: its first frame, and whether that is a place that was
        jumped to. While `held` says so, quiet is played and no time passes. `grounding` gives what is spoken
        after a stop and its gain in dB, if there is anything. `reopen` finds a lost sink again. `ceiling`, in
        dB, is what the volume never passes.
        """
        self._sink = sink
        self._mix = mix
        self._timeline = timeline
        self._hear(timeline)
        self._at = min(max(at, 0), mix.frames)
        self._wished = volume
        self._ceiling = ceiling
        self._grounding = grounding
        self._reopen = reopen
        self._moved = moved
        self._ahead = ahead
        self._held = held
        self._before: Mix | None = None
        self._made_of: Mix | None = None
        self._made_at = 0
        self._made = _quiet(0)
        self._turning = Fader(1.0)
        self._jumped = False
        self._waited = False
        """Whether nothing of this place has sounded: there is nothing to turn from, either."""
        self._verbs: SimpleQueue[Verb | int] = SimpleQueue()
        """A number is a ceiling."""
        self._state: State = "playing"
        self._finished = False
        self._fade = Fader(0.0)
        self._level = Fader(linear(self._volume))
        self._after_fade: Callable[[], None] | None = None
        self._left_at = 0
        self._goal: int | None = None
        self._pausing = False
        self._told: tuple[State, int] | None = None
        self._stops = 0
        self._played = 0
        self._stopped_at: int | None = None
        self._landed_at = self._at

    def do(self, verb: Verb) -> None:
        """Ask for something; it happens within a few tenths of a second. From any thread."""
        self._verbs.put(verb)

    def limit(self, ceiling: int) -> None:
        """From now on the volume never passes `ceiling`, in dB; it comes down to it gently. From any thread.

        What the person asked for is remembered, and comes back with a higher one.
        """
        self._verbs.put(ceiling)

    @property
    def _volume(self) -> int:
        return min(self._wished, self._ceiling)

    def rearranged(self, mix: Mix, timeline: Timeline) -> None:
        """Go on with another mix, in which what has begun is the same. Only from within `moved` or `ahead`.

        Where a bed is louder or softer in it at this moment, it comes to be so within a second.
        """
        if (
            self._state == "playing"
            and not self._jumped
            and not self._waited
            and not np.array_equal(block(self._mix, self._at, _TURN), block(mix, self._at, _TURN))
        ):
            self._before, self._turning = self._mix, Fader(0.0)
            self._turning.toward(1.0, _TURN)
        self._mix, self._timeline = mix, timeline
        self._hear(timeline)

    def _hear(self, timeline: Timeline) -> None:
        self._speech = timeline.voiced()
        self._starts = [event.start for event in self._speech]

    @property
    def sink(self) -> Sink:
        """Where it plays: not the one it began with if that was lost."""
        return self._sink

    def status(self) -> Status:
        """What is going on at this moment. From any thread."""
        heard = max(0, self._at - self._sink.latency) if self._state == "playing" else self._at
        if self._state == "landing":
            heard = self._landed_at  # what fades away now is not heard as words any more
        return Status(
            self._state,
            heard,
            self._volume,
            self._timeline,
            self._finished,
            self._played,
            self._held(),
            self._wished,
        )

    def run(self) -> Status:
        """Play to the end, or until a stop has landed; the sink stays open. A lost device raises nothing."""
        self._enter(self._at)
        asleep = _slept()
        while self._state != "ended":
            if (now := _slept()) - asleep > 1.0 and self._state == "playing":
                self._leave(pausing=True)
            asleep = now
            try:
                self._obey()
                self._step()
            except DeviceError:
                self._lose()
            self._tell()
        return self.status()

    # ── one block ────────────────────────────────────────────────────────────────────────────────────────

    def _step(self) -> None:
        if self._state == "ended":
            return
        if self._state in ("playing", "paused") and not self._leaving and self._before is None:
            self._look_ahead()
        if self._state == "paused":
            self._write(_quiet(BLOCK))
            return
        if self._state == "playing" and not self._leaving and self._held():
            self._wait_to_begin()
            return
        count = min(BLOCK, self._mix.frames - self._at)
        if count <= 0:
            self._arrive()
            return
        self._write(self._fade.over(self._block(count)))
        self._waited = False
        self._at += count
        self._played += count if self._state == "playing" else 0
        if not self._fade.moving and self._after_fade:
            then, self._after_fade = self._after_fade, None
            then()

    def _wait_to_begin(self) -> None:
        """A moment of quiet; none is written where it would only stand between now and the first word."""
        self._waited = True
        if self._sink.drowsy:
            self._write(_quiet(_MOMENT))
        else:
            time.sleep(_MOMENT / RATE)

    def _mixed(self, count: int) -> Sound:
        """The next frames of the mix, from several blocks that were mixed at once: a third of the work."""
        place = self._at - self._made_at
        if self._made_of is not self._mix or not 0 <= place <= len(self._made) - count:
            # The first block after a jump waits for no other.
            some = _AT_A_TIME if self._made_of is self._mix and place == len(self._made) else count
            self._made_of, self._made_at, place = self._mix, self._at, 0
            self._made = block(self._mix, self._at, min(some, self._mix.frames - self._at))
        return self._made[place : place + count]

    def _look_ahead(self) -> None:
        self._ahead(self._at, self._jumped)
        self._jumped = False

    def _block(self, count: int) -> Sound:
        """The next frames; while it turns to another mix, on the way from the one to the other."""
        sound = self._mixed(count)
        if self._before is None:
            return sound
        before = block(self._before, self._at, count)
        if not self._turning.moving:
            self._before = None
        # Where they are the same this changes not one bit, which is nearly always so.
        return before + self._turning.over(sound - before)

    def _arrive(self) -> None:
        """The end of the session; or, where a stop was asked for in its last moments, that stop."""
        if self._stops == 1:
            self._land()
        else:
            self._end(finished=not self._stops)

    def _write(self, sound: Sound) -> None:
        heard = self._level.over(sound)
        self._sink.write(np.clip(heard, -1.0, 1.0, out=heard if heard is not sound else None))

    def _end(self, *, finished: bool = False) -> None:
        self._finished = finished
        if not finished and self._stopped_at is not None:
            self._at = self._stopped_at
        self._state = "ended"

    def _tell(self) -> None:
        if self._leaving:
            return  # its place is one of this timeline, and nobody may change that under it
        speech = self._sentence(self._at)
        now = (self._state, speech.start if speech else -1)
        if now != self._told:
            self._told = now
            self._moved(self.status())

    # ── verbs ────────────────────────────────────────────────────────────────────────────────────────────

    def _obey(self) -> None:
        while self._state != "ended":
            try:
                verb = self._verbs.get_nowait()
            except Empty:
                return
            if isinstance(verb, int):
                self._limit(verb)
            elif verb in ("louder", "softer"):
                self._turn(STEP if verb == "louder" else -STEP)
            elif verb == "stop":
                self._stop()
            elif self._state == "landing":
                continue
            elif verb == "toggle":
                self._toggle()
            else:
                self._seek(1 if verb == "skip" else -1)

    def _turn(self, step: int) -> None:
        wished = min(max(self._volume + step, SOFTEST), LOUDEST)
        if step < 0 or wished <= self._ceiling:
            self._wished = wished
        self._level.toward(linear(self._volume), _FADE)
        self._told = None

    def _limit(self, ceiling: int) -> None:
        before, self._ceiling = self._volume, ceiling
        if self._volume != before:
            self._level.toward(linear(self._volume), _EASE)
            self._told = None

    def _toggle(self) -> None:
        if self._state == "paused":
            self._state = "playing"
            self._enter(self._at)
        elif not self._leaving:
            self._leave(pausing=True)
        elif self._pausing and self._goal is None:
            # A second press while it fades takes the first one back.
            self._after_fade = None
            self._fade.toward(1.0, _FADE)
        else:
            self._pausing = not self._pausing

    def _seek(self, direction: int) -> None:
        goal = self._place(direction, self._goal if self._leaving and self._goal is not None else self._at)
        if goal is None:
            return
        if self._state == "paused":
            self._at, self._told, self._jumped, self._before = goal, None, True, None
            return
        if not self._leaving:
            self._leave(pausing=False)
        self._goal = goal

    @property
    def _leaving(self) -> bool:
        """Whether it fades out here, to pause or to go on elsewhere."""
        return self._state == "playing" and self._after_fade is not None

    def _leave(self, *, pausing: bool) -> None:
        if self._leaving:
            self._pausing = pausing
            return
        self._left_at, self._goal, self._pausing = self._at, None, pausing
        self._fade_out(_FADE, self._left)

    def _left(self) -> None:
        # What the fade swallowed is heard again; a sentence that was cut is said again whole.
        place = self._left_at if self._goal is None else self._goal
        speech = self._sentence(place)
        self._at = speech.start if speech else place
        self._before = None
        if self._goal is not None:
            self._jumped = True
            self._look_ahead()
        if self._pausing:
            self._state = "paused"
        else:
            self._enter(self._at)

    def _enter(self, place: int) -> None:
        """Go on at a frame, faded in before it where nobody speaks, so that no word is lost in the fade."""
        spoken = max((event.end for event in self._speech if event.end <= place), default=0)
        lead = min(_FADE, place - spoken)
        self._at = place - lead
        self._fade.toward(1.0, max(lead, _AT_ONCE))

    def _place(self, direction: int, at: int) -> int | None:
        """Where the next part begins, or this one (or the one before, when it has hardly begun)."""
        parts = self._timeline.parts()
        places = sorted({0, *(part.start for part in parts), *(part.end for part in parts)})
        places = [place for place in places if place < self._timeline.frames]
        if direction > 0:
            return next((place for place in places if place > at + _FADE), None)
        return next((place for place in reversed(places) if place < at - frames(3)), 0)

    def _stop(self) -> None:
        self._stops += 1
        if self._stopped_at is None:
            # What the landing fades away is heard again another day, from the sentence's beginning.
            heard = self._at if self._state == "paused" else max(0, self._at - self._sink.latency)
            self._landed_at = heard
            speech = self._sentence(heard)
            self._stopped_at = speech.start if speech else heard
        was, self._state = self._state, "landing"
        if self._stops > 1:
            self._fade_out(_AT_ONCE, self._end)
        elif was == "paused":
            self._land()
        else:
            self._fade_out(_LANDING, self._land)

    def _land(self) -> None:
        """Quiet, one grounding line, quiet, and the end; a second stop meanwhile is silence at once."""
        for sound in (_quiet(_HUSH), self._grounding_line(), _quiet(_HUSH)):
            fade = Fader(1.0)
            for at in range(0, len(sound), BLOCK):
                self._obey_in_landing()
                if self._stops > 1:
                    fade.toward(0.0, _AT_ONCE)
                self._write(fade.over(sound[at : at + BLOCK]))
                if self._stops > 1:
                    self._end()
                    return
        self._end()

    def _grounding_line(self) -> Sound:
        if (line := self._grounding()) is None:
            return _quiet(_HUSH)
        sample, gain = line
        sound = sample.read(0, sample.frames) * np.float32(linear(gain))
        return np.broadcast_to(sound if sound.ndim == 2 else sound[:, None], (len(sound), 2))

    def _obey_in_landing(self) -> None:
        while not self._verbs.empty():
            verb = self._verbs.get_nowait()
            self._stops += verb == "stop"
            if isinstance(verb, int):
                self._limit(verb)

    def _fade_out(self, length: int, then: Callable[[], None]) -> None:
        self._fade.toward(0.0, length)
        self._after_fade = then

    # ── a lost device ────────────────────────────────────────────────────────────────────────────────────

    def _lose(self) -> None:
        """Hold the place and look for the sink until it is back, or until a stop."""
        heard = max(0, self._at - self._sink.latency)
        speech = self._sentence(heard)
        self._at = speech.start if speech else heard
        self._pausing = self._state == "paused" or (self._leaving and self._pausing)
        was, self._state = self._state, "lost"
        self._tell()
        self._sink.close()
        if was == "landing" or not self._found_again():
            self._end()
            return
        self._after_fade = None
        self._fade = Fader(0.0)
        self._state = "paused" if self._pausing else "playing"
        if not self._pausing:
            self._enter(self._at)

    def _found_again(self) -> bool:
        """Look for the sink once a second; False when somebody stops instead.

        Volume and pause are heeded meanwhile; there is nowhere to skip to.
        """
        while self._reopen is not None:
            try:
                verb = self._verbs.get(timeout=_LOOK_AGAIN)
            except Empty:
                verb = None
            if verb == "stop":
                return False
            if isinstance(verb, int):
                self._limit(verb)
            elif verb in ("louder", "softer"):
                self._turn(STEP if verb == "louder" else -STEP)
            elif verb == "toggle":
                self._pausing = not self._pausing
            try:
                self._sink = self._reopen()
            except DeviceError:
                continue
            return True
        return False

    def _sentence(self, at: int) -> Event | None:
        place = bisect_right(self._starts, at) - 1
        return self._speech[place] if place >= 0 and at < self._speech[place].end else None


def _quiet(count: int) -> Sound:
    return np.zeros((count, 2), dtype=np.float32)


def _slept() -> float:
    """Seconds this computer has been suspended since it started; 0 where the system does not tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if boot is None else time.clock_gettime(boot) - time.clock_gettime(time.CLOCK_MONOTONIC)

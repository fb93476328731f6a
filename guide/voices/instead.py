"""Voices in the place of each other, for a session that must not wait for one that is not there."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, TypeVar

from guide.errors import GuideError
from guide.voices import Voice

if TYPE_CHECKING:
    from guide.sound import Sound

AnswerT = TypeVar("AnswerT")

PRESSED = 2.0
"""Seconds that the shortest sentence of such a voice may take; a process may take three times as long
until it can speak at all, some six times what a small board needs."""

_ALL = 3 * PRESSED
"""Seconds that all of them together may take for an answer, while none has spoken: a second one that hangs
as the first does is not waited for once more."""

_TO_BEGIN, _A_LETTER = 0.6, 0.1
"""Seconds for a sentence, and for each of its letters, at pace 1.0: about what it takes to be said."""


class Instead:
    """The first of some voices that can be had; where none can, quiet for as long as the words take.

    The next one is tried when one that has not spoken yet cannot; one that has spoken stays, and may stumble.
    Where none has spoken, and no answer comes in time, it is quiet. Safe to use from several threads.
    """

    def __init__(self, voices: Sequence[Voice], patience: float = _ALL) -> None:
        """The wanted one first. Each may be one that is only looked for at its first use.

        `patience`: seconds for each thing that is asked, whichever of them answers.
        """
        self._patience = patience
        self._voices: list[Voice] = [*voices, _Unspoken()]
        self._place = 0
        self._lock = threading.Lock()
        self._finding = threading.Lock()
        self._spoke = self._closed = False
        self._recalled: dict[tuple[str, float, float], int] = {}
        self._gains: dict[tuple[float, float], float] = {}
        self.troubles: list[str] = []
        """A sentence for each voice that cannot be had, as it turns out."""

    @property
    def another(self) -> bool:
        """Whether it is not the wanted one that speaks; one that has not spoken yet may be mute, too."""
        return self._place > 0 and self._spoke

    @property
    def mute(self) -> bool:
        """Whether none of them can be had."""
        return self._place == len(self._voices) - 1

    def soon(self) -> None:
        """Find out on another thread which of them can be had."""
        threading.Thread(target=self._found_early, name="early voice", daemon=True).start()

    def _found_early(self) -> None:
        with suppress(GuideError):  # it was closed meanwhile
            _ = self.identity

    @property
    def identity(self) -> str:
        """See Voice."""
        return self._asked(lambda voice: voice.identity)

    def speak(self, text: str, pace: float, pitch: float) -> "Sound":
        """See Voice; where no voice can be had, it is silence."""
        what = (text, pace, pitch)
        if (place := self._recalled.get(what)) is not None:
            try:
                return self._voices[place].speak(*what)  # as long as it was said to be
            except GuideError:
                del self._recalled[what]
        sound = self._asked(lambda voice: voice.speak(*what))
        self._spoke = True
        return self._levelled(sound, pace, pitch)

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        """See Voice."""
        count, place = self._asked(
            lambda voice: (voice.recall(text, pace, pitch), self._voices.index(voice)), sure=False
        )
        if count is not None and not self._spoke:
            self._recalled[text, pace, pitch] = place
        return count

    def gain(self, pace: float, pitch: float) -> float:
        """See Voice. It stays what it was at first, whoever speaks then."""
        if (pace, pitch) not in self._gains:
            self._gains[pace, pitch] = self._asked(lambda voice: voice.gain(pace, pitch))
        return self._gains[pace, pitch]

    def close(self) -> None:
        """See Voice."""
        self._closed = True
        for voice in self._voices:
            voice.close()

    def _asked(self, ask: Callable[[Voice], AnswerT], *, sure: bool = True) -> AnswerT:
        """What the voice that can be had answers. Raises GuideError for one that has spoken, or is closed.

        What needs no voice to be there is not kept waiting until it is `sure`.
        """
        with self._in_time() if sure and not self._spoke else nullcontext():
            while True:
                place = self._there() if sure else self._place
                try:
                    return ask(self._voices[place])
                except GuideError as error:
                    self._passed_over(place, error)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Something is asked, and nobody is waited for any more when its time is over."""
        waiting = threading.Timer(self._patience, self._give_up)
        waiting.daemon = True
        waiting.start()
        try:
            yield
        finally:
            waiting.cancel()

    def _give_up(self) -> None:
        """Leave all of them, unless one has spoken; who waits for one hears from it that it was closed."""
        with self._lock:
            if self._spoke or self._closed or self.mute:
                return
            left, self._place = self._voices[self._place : -1], len(self._voices) - 1
            self.troubles.append(f"No voice gave an answer in {self._patience:g} s.")
        for voice in left:
            voice.close()

    def _there(self) -> int:
        """The place of the first that is there. One thread finds that out, and the others wait for it."""
        with self._finding:
            while True:
                place = self._place
                try:
                    _ = self._voices[place].identity
                except GuideError as error:
                    self._passed_over(place, error)
                else:
                    return place

    def _passed_over(self, place: int, error: GuideError) -> None:
        """Go on to the next one. Raises the error where it has spoken, or is closed."""
        trouble = str(error)
        with self._lock:  # two threads may find out the same
            if self._closed or (self._spoke and place == self._place):
                raise error
            if place == self._place:
                self._place += 1
                if trouble not in self.troubles:
                    self.troubles.append(trouble)

    def _levelled(self, sound: "Sound", pace: float, pitch: float) -> "Sound":
        """At the loudness that the gain belongs to, should that be another voice's."""
        given = self._gains.get((pace, pitch))
        if given is None or self.mute:
            return sound
        own = self._asked(lambda voice: voice.gain(pace, pitch))
        if own == given:
            return sound
        from guide.sound import linear

        return (sound * linear(own - given)).astype(sound.dtype)


class _Unspoken:
    """Nobody: each sentence is as much quiet as it takes to read it."""

    identity = "nobody"

    def speak(self, text: str, pace: float, pitch: float) -> "Sound":  # noqa: ARG002 - as a Voice has it
        import numpy as np

        from guide.duration import frames

        letters = sum(character.isalpha() for character in text)
        return np.zeros(frames((_TO_BEGIN + _A_LETTER * letters) / pace), dtype=np.float32)

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        """Nothing is kept."""

    def gain(self, pace: float, pitch: float) -> float:  # noqa: ARG002 - as a Voice has it
        return 0.0

    def close(self) -> None:
        """Nothing to end."""

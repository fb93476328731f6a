"""The sentences of a session as finished clips: a few in memory, the others where the voice keeps them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from guide.duration import frames
from guide.render import Sample
from guide.sound import Sound
from guide.voices import Voice, speak_each

_ROOM = 12_000_000
"""Bytes of clips in memory, those not counted that are nowhere else: two minutes of speech."""
_TO_BEGIN, _A_LETTER, _A_STOP = 0.58, 0.096, 0.70
"""Seconds at pace 1.0 for a clip, for each of its letters, for each mark within it: fitted to 551 clips of
the default voice, of which half are less than 6 % off, nine in ten less than 14 %, and the worst 36 %."""
_FADE = frames(0.01)

Progress = Callable[[int, int], None]
"""Hears how many sentences of how many are spoken."""


def silently(_done: int, _of: int) -> None:
    """A progress that nobody hears of."""


class Clips:
    """What one voice says in one setting. Safe to use from several threads.

    Samples are kept as 16 bits, the cache's own precision. Of a voice that remembers only what was heard or
    spoken last is in memory; everything that another voice says is.
    """

    def __init__(self, voice: Voice, pace: float, pitch: float) -> None:
        """Nothing is spoken yet."""
        self.voice = voice
        self.pace = pace
        self.pitch = pitch
        self._frames: dict[str, int] = {}
        self._held: dict[str, NDArray[np.int16]] = {}
        self._recent: OrderedDict[str, NDArray[np.int16]] = OrderedDict()
        self._used = 0
        self._insists = False
        self._lock = threading.Lock()

    @property
    def lengths(self) -> Mapping[str, int]:
        """Frames of each clip that is there, by its text."""
        return MappingProxyType(self._frames)

    def gain(self) -> float:
        """The gain in dB that brings the clips to the loudness of speech. Raises VoiceError."""
        return self.voice.gain(self.pace, self.pitch)

    def estimate(self, text: str) -> int:
        """Frames that a clip will have, roughly: before anything was spoken."""
        letters = sum(character.isalpha() for character in text)
        marks = sum(character in ",;:.!?…—–" for character in text[:-1])
        return frames((_TO_BEGIN + _A_LETTER * letters + _A_STOP * marks) / self.pace)

    def recall(self, texts: Iterable[str]) -> dict[str, int]:
        """Frames of those texts that the voice need not speak any more. Raises VoiceError."""
        for text in texts:
            if text not in self._frames:
                known = self.voice.recall(text, self.pace, self.pitch)
                if known is not None:
                    self._frames[text] = known
        return {text: self._frames[text] for text in texts if text in self._frames}

    def spoken(self, texts: Iterable[str]) -> Generator[tuple[str, int], None, None]:
        """Speaks texts, as many at a time as there are cores; each with its frames as soon as it is there.

        The texts are asked for one by one as there is room. Raises VoiceError naming the sentence.
        """
        with closing(speak_each(self.voice, texts, self.pace, self.pitch)) as each:
            for text, sound in each:
                clip = _steps(sound)
                kept = self.voice.recall(text, self.pace, self.pitch) == len(clip)
                with self._lock:
                    self._frames[text] = len(clip)
                    if kept:
                        self._remember(text, clip)
                    else:
                        self._held[text] = clip
                yield text, len(clip)

    def add(self, texts: Iterable[str], progress: Progress = silently) -> None:
        """Speak what has not been spoken yet. Raises VoiceError naming the sentence."""
        order = list(dict.fromkeys(texts))
        self.recall(order)
        missing = [text for text in order if text not in self._frames]
        for done, _ in enumerate(self.spoken(missing), 1):
            progress(done, len(missing))

    def hold(self, text: str, sound: Sound) -> None:
        """Have a clip that was spoken elsewhere; it stays in memory, and the voice is never asked for it."""
        clip = _steps(sound)
        with self._lock:
            self._frames[text] = len(clip)
            self._held[text] = clip

    def insist(self) -> None:
        """From now on a clip that cannot be had any more is an error, not silence: for what is written."""
        self._insists = True

    def sample(self, text: str) -> Sample:
        """The clip of a text that is there, read in pieces. KeyError where it is not."""
        count = self._frames[text]
        return Sample(
            count, lambda a, b: self._samples(text, count)[a:b].astype(np.float32) / np.float32(32768)
        )

    def warm(self, texts: Iterable[str]) -> None:
        """Bring clips into memory, on a thread of its own: what plays soon must not wait for a slow card."""
        wanted = [text for text in texts if text in self._frames and not self._in_memory(text)]
        if wanted:
            threading.Thread(target=self._warmed, args=(wanted,), name="clips", daemon=True).start()

    def _warmed(self, texts: list[str]) -> None:
        for text in texts:
            self._samples(text, self._frames[text])

    def _in_memory(self, text: str) -> bool:
        with self._lock:
            return text in self._held or text in self._recent

    def _samples(self, text: str, count: int) -> NDArray[np.int16]:
        with self._lock:
            clip = self._held.get(text)
            if clip is None and (clip := self._recent.get(text)) is not None:
                self._recent.move_to_end(text)
        if clip is not None:
            return clip
        try:
            # From where the voice keeps it. What was emptied meanwhile is spoken again, in the room it has.
            sound = self.voice.speak(text, self.pace, self.pitch)
        except Exception:  # whatever it was, the player must not end of it
            if self._insists:
                raise
            return np.zeros(count, dtype=np.int16)  # the sound goes on; these words are on the screen
        clip = _steps(_fitted(sound, count))
        with self._lock:
            self._remember(text, clip)
        return clip

    def _remember(self, text: str, clip: NDArray[np.int16]) -> None:
        old = self._recent.pop(text, None)
        self._used += clip.nbytes - (0 if old is None else old.nbytes)
        self._recent[text] = clip
        while self._used > _ROOM and len(self._recent) > 1:
            self._used -= self._recent.popitem(last=False)[1].nbytes


def _steps(sound: Sound) -> NDArray[np.int16]:
    """A clip as 16-bit samples."""
    steps = sound * np.float32(32768)
    np.rint(steps, out=steps)
    np.clip(steps, -32768, 32767, out=steps)
    return steps.astype(np.int16)


def _fitted(sound: Sound, count: int) -> Sound:
    """The sound in exactly `count` frames: another take of the same words may be some milliseconds off."""
    if len(sound) == count:
        return sound
    if len(sound) < count:
        return np.pad(sound, (0, count - len(sound)))
    cut = sound[:count].copy()
    tail = cut[-_FADE:]
    tail *= np.linspace(1.0, 0.0, len(tail), dtype=np.float32)
    return cut

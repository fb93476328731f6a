"""Sentences that were made ahead and lie in a folder of their own: to say them needs no voice, and no room.

A clip's file is named by its words and by the voice that spoke them, and holds its gain and a sum of all that
it is. So what is damaged is as what is not there; and where the wanted voice has not said a sentence yet,
what another said before is better than nothing. The cache's limit does not reach here.
"""

import contextlib
import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import StorageError, VoiceError
from guide.folders import private, write_whole
from guide.render import Sample
from guide.sound import peak
from guide.voices import Voice
from guide.voices.finish import FINISHING, suits

RECENT = 60 * RATE
"""Frames of decoded sentences that stay in memory: a status of a dozen sentences, 5.8 MB."""
_LONGEST = 60 * RATE
"""Frames of a sentence that are read."""
_LARGEST = 4 * 2**20
"""Bytes of a file that is looked at."""
_STEPS = 32768.0
"""Steps of a 16-bit sample from 0 to full scale."""
_LOUDEST = 60.0
"""dB: no gain is larger."""
_ENOUGH = 2
"""Sentences in a row that a voice may fail at: then it is the voice, and the rest is left."""
_WORDS, _VOICE = 32, 16
"""Letters of a file's name that stand for its words, and for who speaks."""

_Steps = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Clip:
    steps: _Steps
    gain: float

    def heard(self) -> tuple[Sample, float]:
        return Sample.of(self.steps), self.gain


class Stock:
    """Sentences that were made ahead. `sample` needs no voice, and no room on the disk.

    Safe to use from several threads. Two processes may share a folder.
    """

    def __init__(self, folder: Path, key: str, pace: float = 1.0, pitch: float = 0.0) -> None:
        """Nothing is read or written yet.

        `key` is all that makes the voice what it is by name: voice, language; pace and pitch come to it.
        """
        self._folder = folder
        self._pace, self._pitch = pace, pitch
        self._voice = _hashed(f"{key}\0{pace}\0{pitch}\0{FINISHING}")[:_VOICE]
        self._lock = threading.Lock()
        self._files = threading.Lock()
        """Held while a file is on its way to its name, and while others are removed."""
        self._recent: OrderedDict[str, _Clip] = OrderedDict()
        self._kept: dict[str, bytes] = {}
        """The files of what has to be sayable without a disk."""
        self._unwritten: dict[str, bytes] = {}
        """The files of what no disk has taken yet."""
        self._told = False

    def sample(self, text: str) -> tuple[Sample, float] | None:
        """The sentence and its gain in dB; None where it has not been made. Raises nothing."""
        with self._lock:
            clip = self._recent.get(text)
            if clip is not None:
                self._recent.move_to_end(text)
                return clip.heard()
            data = self._unwritten.get(text) or self._kept.get(text)
        clip = self._decoded(text, data) if data else self._found(text)
        if clip is None:
            return None
        self._remember(text, clip)
        return clip.heard()

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Those of them, each once, that this voice has not said, or whose files are damaged or not written.

        Every file is read for it: some seconds on a small board, so nothing for a thread that is waited for.
        """
        return [text for text in dict.fromkeys(texts) if self._whole(text) is None]

    def hold(self, texts: Iterable[str]) -> None:
        """Keep these in memory from now on, as far as they are there: the disk itself may go.

        As the files are, they take a third of what they take when they sound. Others held before are let go.
        """
        with self._lock:
            known = {**self._kept, **self._unwritten}
        found = ((text, self._any(text) or known.get(text)) for text in dict.fromkeys(texts))
        kept = {text: data for text, data in found if data}
        with self._lock:
            self._kept = kept

    def make(self, texts: Sequence[str], voice: Voice, leave: Callable[[], bool] = lambda: False) -> None:
        """Make what is missing, one at a time, in their order; what was no more than remembered is written.

        `leave` is asked before each: whether the rest is not wanted any more.

        What the disk does not take stays in memory: StorageError, once all are made, and once until the disk
        takes something again. A sentence at which the voice fails is left out: VoiceError, in the end, or as
        soon as it fails twice in a row.
        """
        trouble: StorageError | None = None
        failed: VoiceError | None = None
        in_a_row = 0
        for text in self.missing(texts):
            if leave():
                break
            with self._lock:
                data = self._unwritten.get(text)
            if data is None:
                try:
                    data = self._made(text, voice)
                except VoiceError as error:
                    failed, in_a_row = failed or error, in_a_row + 1
                    if in_a_row == _ENOUGH:
                        break
                    continue
                in_a_row = 0
            try:
                self._write(text, data)
            except StorageError as error:
                trouble = trouble or error
        if failed is not None:
            raise failed
        if trouble is not None and not self._told:
            self._told = True
            raise trouble

    def prune(self, texts: Iterable[str]) -> int:
        """Remove the files of all other texts, and of other voices where this one has the text; how many.

        Nothing is raised where that cannot be done, and no other file of the folder is touched.
        """
        needed = {_hashed(text)[:_WORDS]: text for text in texts}
        gone = 0
        with self._files, contextlib.suppress(OSError):
            for path in list(self._folder.iterdir()):
                words, _, who = path.stem.partition("-")
                if not _is_ours(path):
                    continue
                if words in needed and (who == self._voice or not self._path(needed[words]).is_file()):
                    continue
                path.unlink(missing_ok=True)
                gone += 1
        with self._lock:
            for held in (self._unwritten, self._recent):
                for text in [text for text in held if _hashed(text)[:_WORDS] not in needed]:
                    del held[text]
        return gone

    def _made(self, text: str, voice: Voice) -> bytes:
        """A sentence as a file's bytes. Raises VoiceError."""
        sound = voice.speak(text, self._pace, self._pitch)
        if sound.ndim != 1 or not suits(text, len(sound), self._pace) or not peak(sound):
            raise VoiceError(f"The voice did not speak this as it should: “{text[:60]}”.")
        gain = voice.gain(self._pace, self._pitch)
        if not abs(gain) < _LOUDEST:
            raise VoiceError("The voice is silent: its loudness cannot be measured.")
        return _encoded(np.round(np.clip(sound, -1.0, 1.0 - 1.0 / _STEPS) * _STEPS).astype(np.int16), gain)

    def _write(self, text: str, data: bytes) -> None:
        """Keep a file's bytes, on the disk or else in memory. Raises StorageError."""
        try:
            with self._files:
                private(self._folder)
                # Without a sync: a cut leaves it whole, or not there, or damaged; then it is made again.
                write_whole(self._path(text), data, durable=False)
        except StorageError as error:
            with self._lock:
                self._unwritten[text] = data
                self._recent.pop(text, None)
            raise StorageError(f"{error} What the device says about itself is only remembered.") from error
        with self._lock:
            self._unwritten.pop(text, None)
            self._recent.pop(text, None)  # it may have been another voice's
            self._told = False

    def _remember(self, text: str, clip: _Clip) -> None:
        with self._lock:
            self._recent[text] = clip
            self._recent.move_to_end(text)
            while len(self._recent) > 1 and sum(len(one.steps) for one in self._recent.values()) > RECENT:
                self._recent.popitem(last=False)

    def _found(self, text: str) -> _Clip | None:
        data = self._any(text)
        return self._decoded(text, data) if data else None

    def _whole(self, text: str) -> bytes | None:
        """What this voice's file holds, if it is what was once written there."""
        data = _read(self._path(text))
        return data if data and self._decoded(text, data) else None

    def _any(self, text: str) -> bytes | None:
        """The same, of whoever has said it; this voice first."""
        for path in (self._path(text), *self._others(text)):
            data = _read(path)
            if data and self._decoded(text, data):
                return data
        return None

    def _others(self, text: str) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from sorted(self._folder.glob(f"{_hashed(text)[:_WORDS]}-*.flac"))

    def _decoded(self, text: str, data: bytes) -> _Clip | None:
        clip = _decoded(data)
        return clip if clip and suits(text, len(clip.steps), self._pace) else None

    def _path(self, text: str) -> Path:
        return self._folder / f"{_hashed(text)[:_WORDS]}-{self._voice}.flac"


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _is_ours(path: Path) -> bool:
    """Whether a file is a clip, or what was to become one when the power went."""
    name = path.name.removeprefix(".").partition(".")[0]
    words, _, who = name.partition("-")
    return len(words) == _WORDS and len(who) == _VOICE and path.suffix in {".flac", ".tmp"}


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError:
        return None
    return data if 0 < len(data) <= _LARGEST else None


def _encoded(steps: _Steps, gain: float) -> bytes:
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", RATE, 1, subtype="PCM_16", format="FLAC") as flac:
        flac.comment = f"{gain:.2f} {_sum(steps, f'{gain:.2f}')}"
        flac.write(steps)
    return file.getvalue()


def _decoded(data: bytes) -> _Clip | None:
    """A file's bytes as a clip; None where they are not what was once written."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as flac:
            gain, _, sum_ = flac.comment.partition(" ")
            if flac.format != "FLAC" or flac.channels != 1 or flac.samplerate != RATE:
                return None
            steps = flac.read(min(flac.frames, _LONGEST), dtype="int16")
        return _Clip(steps, float(gain)) if sum_ == _sum(steps, gain) else None
    except (OSError, ValueError, MemoryError, soundfile.LibsndfileError):
        return None


def _sum(steps: _Steps, gain: str) -> str:
    return hashlib.sha256(gain.encode() + steps.tobytes()).hexdigest()

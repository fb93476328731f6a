"""Moonshine by way of sherpa-onnx, on one core: pauses are found, and what lies between them is understood.

A recording passes through; half a minute of it is held at a time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import GuideError
from guide.folders import installing
from guide.sound import Sound
from guide.transcription import Piece, Words
from guide.transcription.cutting import WINDOW, Cutter, Span, quietest
from guide.transcription.tidying import looped, tidied

_RATE = 16_000
"""Hz, of all that the models hear."""
_FACTOR = RATE // _RATE
_THRESHOLD = 0.35
"""How sure the finder of pauses is of a voice; lower than its usual 0.5, since a word lost is worse than a
pause taken for one."""
_SHORTEST = _RATE // 10
_HALVINGS = 2
Heard: TypeAlias = NDArray[np.float32]
"""Mono samples at 16 kHz, `(n,)`."""


class Moonshine:
    """A transcriber. Its files were compared before: sherpa-onnx may end the process over damaged ones."""

    def __init__(self, name: str, folder: Path, threads: int = 1) -> None:
        """Load the models in a folder. Raises GuideError where sherpa-onnx is missing or refuses them."""
        sherpa = _sherpa()
        self.name = name
        try:
            self._recognizer = sherpa.OfflineRecognizer.from_moonshine_v2(
                encoder=str(folder / "encoder.onnx"),
                decoder=str(folder / "decoder.onnx"),
                tokens=str(folder / "tokens.txt"),
                num_threads=threads,
            )
            self._pauses = _pauses(sherpa, folder / "pauses.onnx")
        except (RuntimeError, ValueError, AttributeError) as error:
            raise GuideError(
                f"The model {name} cannot be loaded by this sherpa-onnx. Bring both up to date: "
                f"{installing('neural')} -U, and guide models install {name}"
            ) from error

    def words(self, blocks: Iterator[Sound]) -> Words:
        """The words in a recording: mono float32 blocks `(n,)` at RATE of any size, asked for one by one."""
        cutter, held, voice = Cutter(), _Held(), _Voice(self._pauses)
        pieces: list[Piece] = []
        for window in _windows(blocks):
            held.add(window)
            level = float(np.dot(window, window))
            if span := cutter.push(level, voiced=voice.speaks(window)):
                pieces += self._piece(span, held)
            held.forget(cutter.needed)
        if span := cutter.end():
            pieces += self._piece(span, held)
        return Words(tuple(pieces))

    def _piece(self, span: Span, held: "_Held") -> Iterator[Piece]:
        text = self._text(held.between(span), _HALVINGS)
        if any(letter.isalnum() for letter in text):
            first, last = (at * WINDOW * _FACTOR for at in span.voiced)
            yield Piece(first, last - first, text)

    def _text(self, heard: Heard, halvings: int) -> str:
        """What is said in a piece. Where the model falls into a loop, it hears each half by itself."""
        text = self._raw(heard)
        if halvings and looped(text):
            at = WINDOW * quietest(_levels(heard))
            if _SHORTEST < at < len(heard) - _SHORTEST:
                one, two = (self._text(half, halvings - 1) for half in (heard[:at], heard[at:]))
                return one if one == two else tidied(f"{one} {two}")
        return tidied(text)

    def _raw(self, heard: Heard) -> str:
        stream = self._recognizer.create_stream()
        stream.accept_waveform(_RATE, heard)
        self._recognizer.decode_stream(stream)
        return str(stream.result.text)


class _Voice:
    """Tells whether someone speaks in a window, of one recording."""

    def __init__(self, model: Any) -> None:
        model.reset()
        self._model = model
        # The newer of these models hear the end of the window before as well.
        self._before = np.zeros(model.window_size() - WINDOW, dtype=np.float32)

    def speaks(self, window: Heard) -> bool:
        heard = np.concatenate([self._before, window])
        self._before = heard[len(window) :]
        return bool(self._model.is_speech(heard))


class _Held:
    """The windows that may still be needed."""

    def __init__(self) -> None:
        self._windows: list[Heard] = []
        self._first = 0

    def add(self, window: Heard) -> None:
        self._windows.append(window)

    def forget(self, before: int) -> None:
        """All windows with a lower number are not needed any more."""
        if (count := before - self._first) >= 64:  # not one by one
            del self._windows[:count]
            self._first = before

    def between(self, span: Span) -> Heard:
        return np.concatenate(self._windows[span.start - self._first : span.end - self._first])


def _windows(blocks: Iterator[Sound]) -> Iterator[Heard]:
    """The same sound at 16 kHz in windows, the last one filled up with zeros."""
    import soxr

    down = soxr.ResampleStream(RATE, _RATE, 1, dtype="float32")
    rest: Heard = np.zeros(0, dtype=np.float32)
    for block in blocks:
        # In seconds at the most: a block may be a whole recording.
        for at in range(0, len(block), RATE):
            rest = np.concatenate([rest, down.resample_chunk(block[at : at + RATE])])
            whole = len(rest) // WINDOW * WINDOW
            yield from rest[:whole].reshape(-1, WINDOW)
            rest = rest[whole:]
    rest = np.concatenate([rest, down.resample_chunk(np.zeros(0, dtype=np.float32), last=True)])
    rest = np.pad(rest, (0, -len(rest) % WINDOW))
    yield from rest.reshape(-1, WINDOW)


def _levels(heard: Heard) -> list[float]:
    windows = heard[: len(heard) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return [float(level) for level in np.einsum("ij,ij->i", windows, windows)]


def _pauses(sherpa: Any, model: Path) -> Any:
    config = sherpa.VadModelConfig()
    config.silero_vad.model = str(model)
    config.silero_vad.threshold = _THRESHOLD
    config.silero_vad.min_silence_duration = 0.1
    config.silero_vad.min_speech_duration = 0.06
    config.silero_vad.window_size = WINDOW
    config.sample_rate = _RATE
    return sherpa.VadModel.create(config)


def _sherpa() -> Any:
    try:
        import sherpa_onnx
    except ImportError as error:
        raise GuideError(
            f"What understands words is not installed here. Install it: {installing('neural')}"
        ) from error
    return sherpa_onnx

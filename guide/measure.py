"""Measures the board it runs on: each thing is really done, and timed.

What `first_sound` starts is this module as well: `python -m guide.measure play …` is `guide play …`
that ends where the first sound would be heard.
"""

import io
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from guide import script, sinks, voices
from guide.duration import RATE
from guide.errors import DeviceError, GuideError, StorageError
from guide.figures import Encoding, Figure, FirstSound, Mixing, Speech, Syncing, Unmeasured
from guide.folders import Folders, private
from guide.library import Library
from guide.render import Mix, block
from guide.saved import Saved
from guide.session import Wish, prepare
from guide.sound import Sound
from guide.voices import Voice, speak_each
from guide.voices.system import MOST

TEXTS = (
    "Let yourself arrive, just as you are.",
    "There is nothing you need to fix right now.",
    "Feel the weight of your body, held by the chair or the floor beneath you.",
    "Notice the breath, coming in on its own, and going out again.",
    "If your mind wanders, that is all right; gently come back to this moment.",
    "Offer yourself one kind word, as you would to a dear friend.",
    "When you are ready, let the next breath be a little softer.",
    "Rest for a while in the quiet.",
)
"""What is spoken: half a minute, two sentences for each process of the voice."""
_SCRIPT = """
guide: 1
title: Measured
length: {shortest: 1m, usual: 1m, longest: 3m}
ambience: {sound: rain, level: -24}
steps:
  - bell
"""
_LINE = "  - say: {}\n  - rest: {{about: 3s, least: 0s, most: 40s}}\n"
_ENOUGH = 20.0
"""Seconds after which a slow voice need not say more."""
_PASSES = 3
_BLOCK = RATE // 10
_PACED = 40
"""Blocks, and so four seconds."""
_SYNCS = 9
_SMALL = bytes(4096)
_PLAYED = "self-love"
_WAITED = 120.0
"""Seconds for the first sound; after that nobody waits any more."""
_MARK = "first sound"


def measured(folders: Folders, library: Library, voice: str, device: str | None) -> Iterator[Figure]:
    """Measure everything, one figure after another. The voice by its name, the device by a part of its own.

    Nothing is heard, nothing is kept, and no clip that was spoken before is used.
    """
    clips: dict[str, Sound] = {}
    try:
        with closing(voices.find(voice)) as speaker:
            yield speech(speaker, clips)
            mix = _minute(speaker, clips, library)
    except GuideError as error:
        yield Unmeasured("voice", str(error))
    else:
        yield mixing(mix)
        yield encoding(mix)
    yield _tried("first sound", lambda: first_sound(voice, device))
    yield _tried("disk", lambda: syncing(folders.data))


def _tried(what: str, measure: Callable[[], Figure]) -> Figure:
    try:
        return measure()
    except GuideError as error:
        return Unmeasured(what, str(error))


def speech(voice: Voice, clips: dict[str, Sound]) -> Speech:
    """Speak, one sentence at a time and then many; `clips` has them afterwards. Raises VoiceError."""
    voice.gain(1.0, 0.0)  # starts it, and measures its loudness, as happens once for each voice
    at_once = min(MOST, os.cpu_count() or 1)
    one = statistics.median(_factors(lambda: _alone(voice, clips)))
    texts = TEXTS[: max(len(clips), at_once)]
    together = _factors(lambda: _together(voice, texts, clips))
    return Speech(voice.identity, one, statistics.median(together), at_once)


def _alone(voice: Voice, clips: dict[str, Sound]) -> dict[str, Sound]:
    begun = time.monotonic()
    for text in TEXTS:
        clips[text] = voice.speak(text, 1.0, 0.0)
        if time.monotonic() - begun > _ENOUGH:
            break
    return dict(clips)


def _together(voice: Voice, texts: Iterable[str], clips: dict[str, Sound]) -> dict[str, Sound]:
    with closing(speak_each(voice, texts, 1.0, 0.0)) as each:
        spoken = dict(each)
    clips.update(spoken)
    return spoken


def _factors(spoken: Callable[[], dict[str, Sound]]) -> list[float]:
    """Seconds of work for each second of speech, some times.

    The first time its processes are started; that is not counted, unless the voice is slow anyhow.
    """
    factors: list[float] = []
    while len(factors) <= _PASSES:
        begun = time.monotonic()
        clips = spoken()
        took = time.monotonic() - begun
        factors.append(took / _seconds(clips.values()))
        if took > _ENOUGH:
            break
    return factors[1:] or factors


def _seconds(clips: Iterable[Sound]) -> float:
    return sum(map(len, clips)) / RATE


class _Said:
    """A voice that has said it all: the clips are those that were measured."""

    def __init__(self, voice: Voice, clips: dict[str, Sound]) -> None:
        self.identity, self._gain, self._clips = voice.identity, voice.gain(1.0, 0.0), clips

    def speak(self, text: str, pace: float, pitch: float) -> Sound:  # noqa: ARG002 - it was said at one pace
        return self._clips[text]

    def recall(self, text: str, pace: float, pitch: float) -> int | None:  # noqa: ARG002 - as above
        return len(self._clips[text])

    def gain(self, pace: float, pitch: float) -> float:  # noqa: ARG002 - as above
        return self._gain

    def close(self) -> None:
        """Nothing is held."""


def _minute(voice: Voice, clips: dict[str, Sound], library: Library) -> Mix:
    """A minute of a session: a bell, a bed, and the clips. Raises GuideError."""
    # A slow voice said less: then it says it again.
    text = _SCRIPT + "".join(map(_LINE.format, islice(cycle(clips), len(TEXTS))))
    page = script.parse(text, name="measured", find_part=lambda _: None)
    return prepare(page, Wish(), _Said(voice, clips), library).mix


def mixing(mix: Mix) -> Mixing:
    """Mix blocks from all over it, each at its time as while it plays, and take the CPU time.

    One right after the other they cost a fifth of that (measured): a core that rested is slow to begin with.
    """
    spent, took = [], []
    due = time.monotonic()
    for at in np.linspace(0, mix.frames - _BLOCK, _PACED, dtype=int):
        due += _BLOCK / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        begun, cpu = time.perf_counter(), time.thread_time()
        block(mix, int(at), _BLOCK)
        spent.append(time.thread_time() - cpu)
        took.append(time.perf_counter() - begun)
    return Mixing(statistics.fmean(spent) * RATE / _BLOCK, max(took))


def encoding(mix: Mix) -> Encoding:
    """Encode it as 16-bit FLAC, from memory to memory."""
    import soundfile

    parts = (block(mix, at, min(RATE, mix.frames - at)) for at in range(0, mix.frames, RATE))
    samples = [np.clip(np.rint(part * 32767), -32768, 32767).astype(np.int16) for part in parts]
    took = []
    for _ in range(_PASSES):
        begun = time.perf_counter()
        with soundfile.SoundFile(io.BytesIO(), "w", RATE, 2, subtype="PCM_16", format="FLAC") as file:
            for part in samples:
                file.write(part)
        took.append(time.perf_counter() - begun)
    return Encoding(mix.frames / RATE / statistics.median(took))


def syncing(folder: Path) -> Syncing:
    """Write a small file for good, some times; each is gone afterwards. Raises StorageError."""
    took = []
    try:
        for _ in range(_SYNCS):
            with tempfile.NamedTemporaryFile(prefix=".measured.", dir=private(folder)) as file:
                begun = time.perf_counter()
                file.write(_SMALL)
                file.flush()
                os.fsync(file.fileno())
                took.append(time.perf_counter() - begun)
    except OSError as error:
        raise StorageError(f"Nothing can be written to {folder} ({error.strerror or error}).") from error
    return Syncing(statistics.median(took), max(took))


def first_sound(voice: str, device: str | None) -> FirstSound:
    """Start `guide play` as somebody for whom nothing was ever spoken, until its first sound.

    Raises DeviceError where there is no loudspeaker, GuideError where it does not come to a sound.
    """
    sinks.output_device(sinks.portaudio(), device)
    with tempfile.TemporaryDirectory(prefix="guide-measured-") as home:
        Saved(Path(home, "state")).keep_welcomed()
        words = [sys.executable, "-m", "guide.measure", "play", _PLAYED, "--voice", voice, "--no-reflection"]
        words += ["--device", device] if device else []
        environment = {name: at for name, at in os.environ.items() if not name.startswith("GUIDE_PLAY_")}
        environment |= {"GUIDE_HOME": home, "PYTHONPATH": _search_path()}
        begun = time.perf_counter()
        try:
            done = subprocess.run(
                words, env=environment, cwd=home, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=_WAITED, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise GuideError(f"There was no sound within {_WAITED:.0f} s.") from None
        seconds = time.perf_counter() - begun
    if not done.stdout.endswith(_MARK):
        raise DeviceError(
            (done.stderr.strip().splitlines() or ["The session ended before its first sound."])[-1]
        )
    return FirstSound(seconds)


def _search_path() -> str:
    """Where the process finds this very package, however it was found here."""
    here = str(Path(__file__).parent.parent)
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))


class _UntilHeard(sinks.Speaker):
    """A loudspeaker that takes silence; with the first block that is none the process ends, and says so."""

    def write(self, block: Sound) -> None:
        if np.any(block):
            sys.stdout.write(_MARK)
            sys.stdout.flush()
            os._exit(0)
        super().write(block)


if __name__ == "__main__":
    sinks.Speaker = _UntilHeard  # type: ignore[misc]
    runpy.run_module("guide", run_name="__main__")

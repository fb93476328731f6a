"""From waves to files: levels, dither, FLAC, and Ogg loops with margins."""

from pathlib import Path

import numpy as np
import soundfile
from waves import Wave, chance, factor

from guide.beds import MARGIN, Bed
from guide.duration import RATE
from guide.loudness import integrated, momentary
from guide.sound import Sound

_VORBIS = 0.50
"""How hard Vorbis presses, 0 (least) to 1, as soundfile counts; more, and the ears grow alike above 6 kHz."""
_PIECE = RATE
"""Frames given to the encoder at once: libsndfile's Vorbis writer has overflowed its stack on whole files."""


def _sound(wave: Wave) -> Sound:
    return wave.astype(np.float32)


def loudest(wave: Wave) -> float:
    """The loudest 400 ms as heard (LUFS, BS.1770); one channel counts as both loudspeakers playing it."""
    heard = wave if wave.ndim == 2 else np.stack([wave, wave], axis=1)
    return float(np.max(momentary(_sound(heard))))


def at_loudest(wave: Wave, loudness: float) -> Wave:
    """The wave with its loudest 400 ms at so many LUFS."""
    wave = wave * (0.1 / np.max(np.abs(wave)))  # far above the gate, far below clipping
    return wave * factor(loudness - loudest(wave))


def write_flac(path: Path, wave: Wave) -> None:
    """16-bit FLAC with triangular dither, whose chance belongs to the file's name."""
    rng = chance(f"dither {path.name}")
    dither = rng.random(wave.shape) - rng.random(wave.shape)
    samples = np.clip(np.rint(wave * 32768 + dither), -32768, 32767).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE, format="FLAC", subtype="PCM_16", compression_level=1.0)


def write_bed(folder: Path, circles: dict[str, Wave], loudness: float) -> None:
    """`NAME.ogg` for each circle, all with one gain, so that a minute of them together has so many LUFS.

    They are written twice: the codec takes a little away, so what is measured is what comes back.
    """
    gain = 0.1 / max(float(np.max(np.abs(circle))) for circle in circles.values())
    for _ in range(2):
        for name, circle in circles.items():
            write_loop(folder / f"{name}.ogg", circle * gain)
        gain *= factor(loudness - integrated(Bed.load(folder).block(0, 60 * RATE)))


def write_loop(path: Path, circle: Wave) -> None:
    """Ogg Vorbis: the end of the circle, the circle, its beginning; MARGIN frames each side."""
    whole = np.concatenate([circle[-MARGIN:], circle, circle[:MARGIN]]).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(
        path, "w", RATE, whole.shape[1], format="OGG", subtype="VORBIS", compression_level=_VORBIS
    ) as file:
        for start in range(0, len(whole), _PIECE):
            file.write(whole[start : start + _PIECE])

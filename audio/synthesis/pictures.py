"""Draw the sounds as they ship: `python audio/synthesis/pictures.py [OUT] [--only NAME …]` (docs/sounds/).

A spectrogram each, of a minute of a bed and of the whole of a bell: time goes to the right (seconds), pitch
upward by octaves from 60 Hz to 12 kHz, and what is louder is brighter. A bed is drawn down to 50 dB under its
loudest, a bell down to 70. PNG of 16 colours, written here: nothing that draws has to be installed.
"""

import argparse
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guide.beds import Bed
from guide.bells import load
from guide.duration import RATE
from guide.sound import Sound

AUDIO = Path(__file__).resolve().parent.parent
DOCS = AUDIO.parent / "docs" / "sounds"
HEARD = 60 * RATE
BELL_DEPTH, BED_DEPTH = 70.0, 50.0
"""How far under the loudest something may be and still be seen (dB)."""

WIDE, HIGH = 800, 200
_LEFT, _BOTTOM = 34, 18
"""Room for the numbers at the left and below."""
_LOWEST, _HIGHEST = 60.0, 12_000.0
_LABELS = {100: "100", 1000: "1K", 10_000: "10K"}
_PAPER, _INK = 0, 15
_COLOURS = np.array([(10, 12, 28), (60, 32, 92), (168, 62, 96), (240, 150, 80), (255, 244, 214)], dtype=float)
"""From quiet to loud, five of the palette's sixteen; between them it goes straight."""
_DIGITS = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111", "3": "111001111001111",
    "4": "101101111001001", "5": "111100111001111", "6": "111100111101111", "7": "111001001001001",
    "8": "111101111101111", "9": "111101111001111", "K": "101101110101101",
    ".": "000000000000010",
}  # fmt: skip
"""Three by five dots each."""

Dots = NDArray[np.uint8]
"""Places in the palette, `(height, width)`."""


def spectrogram(sound: Sound, width: int, height: int, depth: float) -> Dots:
    """A sound as dots: 0 for what is `depth` dB or more under the loudest, 15 for that."""
    size = 2048 if len(sound) < 3 * RATE else 4096
    mono = np.pad(sound.mean(axis=1).astype(np.float64), size // 2)
    corners = _LOWEST * (_HIGHEST / _LOWEST) ** (np.arange(height + 1) / height)
    rows = []
    for column in range(width):
        # Several places in each column, so that a column is what all of its time is like.
        starts = np.linspace(column, column + 1, 6)[:-1] * (len(sound) - 1) / width
        parts = np.stack([mono[round(start) :][:size] for start in starts]) * np.hanning(size)
        rows.append(np.mean(np.abs(np.fft.rfft(parts, axis=1)) ** 2, axis=0))
    summed = np.cumsum(np.stack(rows, axis=1), axis=0)
    # The power below each corner, read between the bins: what is between two corners is a row.
    bins = corners * size / RATE
    below = np.stack([np.interp(bins, np.arange(len(summed)) + 0.5, one) for one in summed.T], axis=1)
    power = np.diff(below, axis=0) / np.diff(bins)[:, None] * bins[1:, None]
    level = 10 * np.log10(np.maximum(power, 1e-20))
    share = np.clip((level - level.max()) / depth + 1, 0, 1)
    return np.round(share[::-1] * 15).astype(np.uint8)


def picture(sound: Sound, depth: float) -> Dots:
    """The spectrogram with its numbers: hertz at the left, seconds below."""
    dots = np.full((HIGH, WIDE), _PAPER, dtype=np.uint8)
    wide, high = WIDE - _LEFT, HIGH - _BOTTOM
    dots[:high, _LEFT:] = spectrogram(sound, wide, high, depth)
    for hertz, label in _LABELS.items():
        row = round(high * (1 - np.log(hertz / _LOWEST) / np.log(_HIGHEST / _LOWEST)))
        dots[row, _LEFT - 4 : _LEFT] = _INK
        _write(dots, label, max(0, row - 5), _LEFT - 7 - 8 * len(label))
    seconds = len(sound) / RATE
    step = 10.0 if seconds > 20 else 2.0 if seconds > 3 else 0.5
    for count in range(int(seconds / step)):
        column = _LEFT + round(wide * count * step / seconds)
        dots[high : high + 4, column] = _INK
        _write(dots, f"{count * step:g}", high + 6, column)
    return dots


def of_bell(path: Path) -> Dots:
    """The picture of a stroke, from its file."""
    return picture(load(path), BELL_DEPTH)


def of_bed(bed: Bed) -> Dots:
    """The picture of a minute of a bed."""
    return picture(bed.block(0, HEARD), BED_DEPTH)


def _write(dots: Dots, text: str, row: int, column: int) -> None:
    """Set figures with their upper left corner there, each dot two by two."""
    for place, sign in enumerate(text):
        shape = (
            np.array([int(dot) for dot in _DIGITS[sign]]).reshape(5, 3).repeat(2, axis=0).repeat(2, axis=1)
        )
        dots[row : row + 10, column + 8 * place :][:, :6] = np.where(shape, _INK, _PAPER)


def png(dots: Dots) -> bytes:
    """Dots as a PNG file of four bits each."""
    height, width = dots.shape
    at = np.linspace(0, len(_COLOURS) - 1, 16)
    places = np.arange(len(_COLOURS))
    palette = np.stack([np.interp(at, places, part) for part in _COLOURS.T], axis=1)
    halves = dots.reshape(height, width // 2, 2)
    packed = (halves[..., 0] << 4 | halves[..., 1]).astype(np.uint8)
    lines = b"".join(b"\0" + line.tobytes() for line in packed)
    head = struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", head),
        (b"PLTE", np.rint(palette).astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    """Draw what was asked for, and say so."""
    bells = {path.stem: path for path in sorted(AUDIO.glob("bells/*.flac"))}
    beds = {path.name: path for path in sorted(AUDIO.glob("beds/*")) if path.is_dir()}
    asked = argparse.ArgumentParser(description="Draw the sounds of Guide as they ship.")
    asked.add_argument("out", nargs="?", type=Path, default=DOCS)
    asked.add_argument("--only", nargs="+", choices=[*bells, *beds], default=[*bells, *beds])
    options = asked.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        dots = of_bell(bells[name]) if name in bells else of_bed(Bed.load(beds[name]))
        (options.out / f"{name}.png").write_bytes(png(dots))
        print(f"drew {name}")


if __name__ == "__main__":
    main()

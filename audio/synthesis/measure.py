"""Measure the sounds as they ship: `python audio/synthesis/measure.py [--only NAME …]`.

It prints the tables of docs/sounds.md. Each number is of what is decoded from the files; what it means is
said beside each function here.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guide.beds import Bed
from guide.bells import load
from guide.duration import RATE
from guide.loudness import integrated, momentary, true_peak
from guide.sound import Sound, decibels

AUDIO = Path(__file__).resolve().parent.parent
HEARD = 60 * RATE
"""Frames of a bed that are measured, from its beginning: each of its loops comes around in them."""
_WINDOW, _HOP = 1024, 512
_TENTH = RATE // 100
_AROUND = range(-256, 257, 64)
"""Places about a seam. The flux of a low tone depends on where in its wave a window begins: hence a mean."""
_ALONE = 25.0
"""Within so many Hz of a partial there is no other."""
_OCTAVES = (125, 250, 500, 1000, 2000, 4000)

Figures = dict[str, float]


def spectra(sound: Sound) -> NDArray[np.float64]:
    """The magnitudes of each 1,024 frames, every 512: `(places, channels, bins)`."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW, axis=0)[::_HOP]
    return np.asarray(np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=2)))


def usual(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """How strong each bin is on the whole, and at least 60 dB under the strongest: `(channels, bins)`."""
    mean = np.sqrt(np.mean(found**2, axis=0))
    return np.asarray(np.maximum(mean, mean.max() / 1000))


def flux(found: NDArray[np.float64], against: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the spectrum rises from each place to the next, each bin in parts of what is usual for it.

    So a click counts by what it brings where the sound itself is weak, as it does for the ear.
    """
    return np.asarray(np.sqrt(np.sum((np.maximum(np.diff(found, axis=0), 0) / against) ** 2, axis=(1, 2))))


def seam(loop: Sound) -> float:
    """Where the flux around a loop's corner stands among that of all its other places (percent of them)."""
    found = spectra(loop)
    against = usual(found)
    turns = (np.concatenate([loop[at - _WINDOW :], loop[: at + _HOP]]) for at in _AROUND)
    around = np.mean([flux(spectra(turn), against) for turn in turns])
    return float(100 * np.mean(flux(found, against) < around))


def onset(sound: Sound) -> float:
    """The greatest flux of a sound, in parts of its median: how sudden its suddenest moment is."""
    found = spectra(sound)
    rises = flux(found, usual(found))
    return float(np.max(rises) / np.median(rises))


def steepest(sound: Sound) -> float:
    """The most that 50 ms are louder than one of the two before (dB): a knock or a cut would be steep."""
    width = RATE // 20
    power = np.mean(sound[: len(sound) // width * width].reshape(-1, 2 * width) ** 2, axis=1)
    return float(np.max(10 * np.log10(power[2:] / np.minimum(power[1:-1], power[:-2]))))


def stirring(sound: Sound) -> float:
    """How far the level moves up and down half a time to eight times a second (percent of it, RMS).

    That is where speech and steps and music move, and what draws an ear away.
    """
    level = np.sqrt(np.mean(sound[: len(sound) // _TENTH * _TENTH].reshape(-1, _TENTH * 2) ** 2, axis=1))
    spectrum = np.fft.rfft(level / level.mean() - 1)
    hertz = np.fft.rfftfreq(len(level), _TENTH / RATE)
    moved = np.fft.irfft(np.where((hertz >= 0.5) & (hertz <= 8), spectrum, 0), len(level))
    return float(100 * np.std(moved))


def likeness(sound: Sound) -> float:
    """The correlation of the two ears, −1 to 1."""
    left, right = sound.astype(np.float64).T
    return float(np.mean(left * right) / np.sqrt(np.mean(left**2) * np.mean(right**2)))


def least_likeness(sound: Sound) -> float:
    """The least correlation of the two ears within an octave that has a thousandth of the power at least.

    Below 0 something would be lost where both are played from one loudspeaker.
    """
    left, right = np.fft.rfft(sound.astype(np.float64), axis=0).T
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    found = []
    for middle in _OCTAVES:
        band = (hertz >= middle / np.sqrt(2)) & (hertz < middle * np.sqrt(2))
        powers = [float(np.sum(np.abs(one[band]) ** 2)) for one in (left, right)]
        if sum(powers) > 1e-3 * float(np.sum(np.abs(left) ** 2 + np.abs(right) ** 2)):
            found.append(float(np.sum((left * right.conj())[band].real)) / np.sqrt(powers[0] * powers[1]))
    return min(found)


def _level(sound: Sound) -> Figures:
    samples = sound.astype(np.float64)
    return {
        "peak": true_peak(sound),
        "dc": float(np.max(np.abs(samples.mean(axis=0)))),
        "likeness": likeness(sound),
    }


def bed(one: Bed) -> Figures:
    """What a minute of a bed is like, and the worst of its seams."""
    sound = one.block(0, HEARD)
    short = momentary(sound)
    rms = float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))
    loops = [loop.astype(np.float32) / np.float32(32768) for loop in one.loops]
    return {
        "loudness": integrated(sound),
        "swing": float(np.ptp(short)),
        **_level(sound),
        "least": least_likeness(sound),
        "seam": max(seam(loop) for loop in loops),
        "crest": decibels(float(np.max(np.abs(sound))) / rms),
        "onset": onset(sound),
        "steepest": steepest(sound),
        "stirring": stirring(sound),
    }


def attack(sound: Sound) -> float:
    """How long a stroke takes from a tenth to nine tenths of its height (ms)."""
    envelope = np.maximum.accumulate(np.max(np.abs(sound), axis=1))[: RATE // 5]
    tenth, nine = (int(np.argmax(envelope > share * envelope[-1])) for share in (0.1, 0.9))
    return 1000 * (nine - tenth) / RATE


def dying(sound: Sound) -> float:
    """In what time a stroke falls by 60 dB (seconds): from its loudest 50 ms to where it stays below that."""
    width = RATE // 20
    level = np.sqrt(np.mean(sound[: len(sound) // width * width].reshape(-1, 2 * width) ** 2, axis=1))
    loud = np.flatnonzero(level > level.max() / 1000)
    return float((loud[-1] + 1 - int(np.argmax(level))) * width / RATE)


def beating(sound: Sound) -> float:
    """How far the loudest partial of a stroke comes and goes beside an even dying (dB, least to most)."""
    (pitch, *_), lasting = partials(sound), dying(sound)
    spectrum = np.fft.fft(sound.mean(axis=1).astype(np.float64))
    hertz = np.fft.fftfreq(len(sound), 1 / RATE)
    spectrum[np.abs(hertz - pitch) > _ALONE] = (
        0  # positive ones alone: what comes back turns, and has a length
    )
    part = np.abs(np.fft.ifft(spectrum))[round(0.1 * lasting * RATE) : round(0.6 * lasting * RATE)]
    level = 20 * np.log10(part)
    time = np.arange(len(level))
    return float(np.ptp(level - np.polyval(np.polyfit(time, level, 1), time)))


def partials(sound: Sound) -> list[float]:
    """The pitches of a bell (Hz), loudest first: peaks of its first half second's spectrum within 20 dB."""
    part = sound[: RATE // 2].mean(axis=1) * np.hanning(min(len(sound), RATE // 2))
    size = 1 << 18
    power = np.abs(np.fft.rfft(part, size))
    near = round(60 * size / RATE)  # two that beat are one here
    found: list[float] = []
    least = power.max() / 100
    while power.max() > least:
        at = int(np.argmax(power))
        found.append(at * RATE / size)
        power[max(0, at - near) : at + near] = 0
    return found


def bell(path: Path) -> Figures:
    """What one stroke of a bell is like."""
    sound = load(path)
    return {
        "loudness": float(np.max(momentary(sound))),
        **_level(sound),
        "seconds": len(sound) / RATE,
        "attack": attack(sound),
        "dying": dying(sound),
        "beating": beating(sound),
    }


BED_COLUMNS = (
    ("loudness", "LUFS", "{:.1f}"),
    ("swing", "swing, LU", "{:.1f}"),
    ("peak", "peak, dBTP", "{:.1f}"),
    ("dc", "DC", "{:.0e}"),
    ("likeness", "ears alike", "{:.2f}"),
    ("least", "least alike", "{:.2f}"),
    ("seam", "worst seam, %", "{:.0f}"),
    ("crest", "crest, dB", "{:.1f}"),
    ("onset", "suddenest", "{:.1f}"),
    ("steepest", "steepest, dB", "{:.1f}"),
    ("stirring", "stirring, %", "{:.1f}"),
)
"""A figure's name, its heading, and how it is written."""
BELL_COLUMNS = (
    ("loudness", "loudest 400 ms, LUFS", "{:.1f}"),
    ("peak", "peak, dBTP", "{:.1f}"),
    ("dc", "DC", "{:.0e}"),
    ("likeness", "ears alike", "{:.2f}"),
    ("attack", "attack, ms", "{:.0f}"),
    ("dying", "falls by 60 dB in, s", "{:.1f}"),
    ("beating", "beats by, dB", "{:.1f}"),
    ("seconds", "length, s", "{:.1f}"),
)


def table(rows: dict[str, Figures], columns: Iterable[tuple[str, str, str]]) -> list[str]:
    """The figures as lines of a Markdown table, the names in the order of the alphabet."""
    columns = list(columns)
    lines = ["| | " + " | ".join(title for _, title, _ in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, figures in sorted(rows.items()):
        cells = (form.format(figures[key]).replace("-", "−") for key, _, form in columns)
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Measure what was asked for, and print it."""
    bells = {path.stem: path for path in sorted(AUDIO.glob("bells/*.flac"))}
    beds = {path.name: path for path in sorted(AUDIO.glob("beds/*")) if path.is_dir()}
    asked = argparse.ArgumentParser(description="Measure the sounds of Guide as they ship.")
    asked.add_argument("--only", nargs="+", choices=[*bells, *beds], default=[*bells, *beds])
    names = asked.parse_args().only
    if struck := {name: bell(path) for name, path in bells.items() if name in names}:
        print(*table(struck, BELL_COLUMNS), "", sep="\n")
    if sat := {name: bed(Bed.load(path)) for name, path in beds.items() if name in names}:
        print(*table(sat, BED_COLUMNS), sep="\n")


if __name__ == "__main__":
    main()

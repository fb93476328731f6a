"""Measure the tables of `guide/voices/setting.py`: python tests/benchmarks/voice_table.py [VOICE].

Articulation is words ÷ time from the first to the last sample of finished clips, 0.7 s between them.
Pitch is the median of the fundamental over voiced frames, found by autocorrelation.
"""

import sys

import numpy as np
import soundfile

from guide.duration import RATE
from guide.sound import Sound
from guide.voices.finish import toned
from guide.voices.pool import Pool, Setting
from guide.voices.setting import BASE, DEFAULT, MELODY

TEXT = (
    "Let yourself arrive, just as you are.",
    "There is nothing you need to fix right now.",
    "Feel the weight of your body, held by the chair or the floor beneath you.",
    "Perhaps there is a place in you that keeps its guard up.",
    "It may be in the chest, or the jaw, or nowhere in particular.",
    "You do not have to push it away.",
    "Notice the breath, coming in on its own, and going out again.",
    "If your mind wanders, that is all right; gently come back to this moment.",
    "Offer yourself one kind word, as you would to a dear friend.",
    "When you are ready, let the next breath be a little softer.",
    "Thank you for being here.",
    "Rest for a while in the quiet.",
)
GAP = 0.7


def spoken(pool: Pool, setting: Setting) -> list[Sound]:
    """The sentences as finished clips, but for the limiter."""
    clips = []
    for text in TEXT:
        with pool.worker(setting) as worker:
            file = worker.speak(text, 60.0)
            samples, rate = soundfile.read(file, dtype="float32")
            file.unlink()
        clips.append(toned(samples, rate))
    return clips


def words_a_minute(clips: list[Sound]) -> float:
    """Articulation of the sentences as one paragraph."""
    words = sum(len(text.split()) for text in TEXT)
    return words * 60.0 / (sum(len(clip) for clip in clips) / RATE + GAP * (len(TEXT) - 1))


def fundamental(clips: list[Sound]) -> float:
    """Hz; the median over frames of 50 ms that are clearly voiced."""
    window, found = RATE // 20, []
    for clip in clips:
        for start in range(0, len(clip) - window, window // 2):
            part = clip[start : start + window]
            if np.sqrt(np.mean(part**2)) < 0.5 * np.sqrt(np.mean(clip**2)):
                continue
            spectrum = np.fft.rfft(part * np.hanning(window), 2 * window)
            likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: RATE // 60]
            likeness /= likeness[0] * (1.0 - np.arange(len(likeness)) / window) ** 2
            best = RATE // 400 + int(np.argmax(likeness[RATE // 400 :]))
            half = best // 2
            if half > RATE // 400 and likeness[half - 8 : half + 9].max() > 0.9 * likeness[best]:
                best = half
            if likeness[best] > 0.6:
                found.append(RATE / best)
    return float(np.median(found))


def main(voice: str) -> None:
    """Print the three tables."""
    pool = Pool(2, 30.0)
    print(f"{voice}: words a minute by rate")
    for rate in (80, 85, 90, 95, 100, 110, 120, 135, 150, 175, 200):
        print(f"    ({words_a_minute(spoken(pool, Setting(voice, rate, BASE, MELODY))):.1f}, {rate}),")
    print("words a minute at rate 80 by gap")
    for gap in (1, 2, 4, 8, 12):
        print(f"    ({words_a_minute(spoken(pool, Setting(voice, 80, BASE, MELODY, gap))):.1f}, {gap}),")
    print("semitones by pitch")
    own = fundamental(spoken(pool, Setting(voice, 95, BASE, MELODY)))
    for pitch in (0, 6, 12, 18, 24, 30, 36, BASE, 50, 58, 66, 74, 82, 90, 99):
        hertz = fundamental(spoken(pool, Setting(voice, 95, pitch, MELODY)))
        print(f"    ({12 * np.log2(hertz / own):.2f}, {pitch}),  # {hertz:.0f} Hz")
    pool.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)

"""Beds: sounds to sit in. `BEDS` names them; each is a few layers, and each layer is one seamless circle.

The lengths of a bed's layers are different primes, in seconds, so that together they come around again only
after their product: 17 × 19 × 23 × 29 s are two days and a half. A layer alone is short and must have nothing
in it that one would know again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from air import A2, A3, A4, D2, D3, D4, D5, Choir, Crickets
from water import Bubbles, Drops, Surf
from waves import Hush, Wave, chance, factor


@dataclass(frozen=True, slots=True)
class Layer:
    """One circle of sound in a bed."""

    name: str
    """What it is, and the name of its file."""
    seconds: int
    """Its length, a prime."""
    level: float
    """How loud it is beside the other layers (dB, of the RMS)."""
    make: Callable[[np.random.Generator, int], Wave]
    """Makes it from chance and a length in seconds: `(frames, 2)`, at no particular level."""


def circle(bed: str, layer: Layer) -> Wave:
    """The sound of one layer, `(frames, 2)`, at its RMS beside the other layers; no level beyond that."""
    wave = layer.make(chance(f"{bed}/{layer.name}"), layer.seconds)
    wave = wave - wave.mean(axis=0)
    return np.asarray(wave * (factor(layer.level) / np.sqrt(np.mean(wave**2))))


BEDS = {
    # A wide soft wash, a deeper one far away, patter on leaves, and now and then a nearer drop.
    "rain": (
        Layer(
            "wash", 29, 0.0, Hush(280, 4600, -2.6, steepness=3, likeness=0.25, depth=1.0, swells=(1, 2, 5))
        ),
        Layer("distance", 23, -4.0, Hush(110, 620, -2.0, likeness=0.45, depth=1.6, swells=(1, 3))),
        Layer("patter", 19, -6.5, Drops(rate=120, lowest=900, highest=3800, onset=0.005, dying=0.006)),
        Layer("near", 17, -17.0, Drops(rate=3, lowest=380, highest=950, onset=0.010, dying=0.016)),
    ),
    # Waves that run up a flat shore: the swell beneath, the surf that leads, one farther along, and its foam.
    "ocean": (
        Layer(
            "surf", 29, 0.0, Surf(240, 2600, -3.5, crests=(2.5, 11.7, 21.5), rise=4.2, fall=6.2, floor=0.44)
        ),
        Layer("swell", 23, -4.0, Surf(80, 430, -3.0, crests=(4.0, 14.8), rise=5.0, fall=6.5, floor=0.60)),
        Layer("along", 19, -6.5, Surf(180, 1300, -3.0, crests=(6.0, 15.2), rise=4.5, fall=6.0, floor=0.45)),
        Layer("foam", 17, -11.0, Surf(900, 4200, -4.0, crests=(5.0, 13.3), rise=4.0, fall=5.5, floor=0.30)),
    ),
    # A brook over stones: the water that runs, the bubbles it draws under, smaller ones, and a few deep ones.
    "stream": (
        Layer("run", 31, 0.0, Hush(190, 2400, -3.6, likeness=0.30, depth=1.2, swells=(1, 3, 4))),
        Layer("babble", 29, -1.5, Bubbles(rate=90, lowest=360, highest=1500, onset=0.008)),
        Layer("trickle", 23, -9.0, Bubbles(rate=140, lowest=1300, highest=3200, onset=0.005)),
        Layer("pool", 19, -9.0, Bubbles(rate=9, lowest=220, highest=460, onset=0.020)),
    ),
    # Air that hardly moves, leaves, and far away, one after another and seldom, a few tree crickets.
    "night": (
        Layer("air", 31, 0.0, Hush(120, 700, -3.5, likeness=0.35, depth=1.8, swells=(1, 2, 3))),
        Layer("leaves", 23, -8.0, Hush(700, 3200, -3.0, likeness=0.20, depth=3.5, swells=(1, 2, 3))),
        Layer("crickets", 29, -26.0, Crickets(pitch=2750, callers=2, share=0.22, chirps=1.15, pulses=6)),
        Layer("farther", 19, -30.5, Crickets(pitch=2480, callers=1, share=0.35, chirps=0.95, pulses=7)),
    ),
    # D and A and their octaves, nothing between; each note several sines a little apart; and a little air.
    "drone": (
        Layer("root", 29, 0.0, Choir((D2, 0), (D3, -9), (A3, -17), (D4, -17), (A4, -21))),
        Layer("fifth", 23, -3.0, Choir((A2, 0), (A3, -2), (A4, -17), (D5, -24))),
        Layer("octave", 19, -4.0, Choir((D3, 0), (D4, -2), (A3, -15), (D5, -15))),
        Layer("air", 17, -14.0, Hush(240, 1500, -4.0, likeness=0.20, depth=2.0, swells=(1, 2))),
    ),
    # Brownish noise in three parts, each of which breathes once or twice a round, and at no common moment.
    "warm-noise": (
        Layer("low", 31, 0.0, Hush(70, 420, -4.0, likeness=0.45, depth=1.8, swells=(1, 2))),
        Layer("middle", 29, -3.0, Hush(160, 1200, -5.0, likeness=0.30, depth=2.2, swells=(1, 2))),
        Layer("high", 23, -13.0, Hush(700, 3000, -6.0, likeness=0.20, depth=2.6, swells=(1,))),
    ),
}
"""The layers of each bed by its name."""

"""The figures of sessions that are written to files: how quickly, how exactly, and in how much memory."""

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

import floor
import memory
import numpy as np
import onsets
import peers
import soundfile
from given import MINUTES, SESSION, Ground
from measuring import Taken, Thing, ratio, rounds, run
from table import Figure, bounded, times, took

from guide.duration import RATE
from guide.sound import Sound

_TARGET = f"{MINUTES}m"
_FASTER = {"pydub": 5.0, "ffmpeg": 2.0, "sox": 2.0}
"""How many times as long each has to take."""
_MAIN, _ALL, _GROWN = 120, 200, 1.1
"""MB of the main process, of all processes, and how many times as much four times the session may need."""


def rendering(ground: Ground) -> list[Figure]:
    """The same session to a file, beside the floor under it."""
    folder, given = ground.folder, ground.given
    cached = folder / "cached.flac"
    ours = _cached(ground, cached)
    ours()
    things: dict[str, Thing] = {
        "speech": lambda: floor.raw_speech(given, folder / "raw"),
        "encoding": lambda: floor.raw_encoding(ground.python, cached, folder / "encoded.flac"),
        "cached": ours,
        "anew": _anew(ground, SESSION, "rendering"),
    }
    taken = ground.taken(things, 7, 2)
    speech, encoding = taken["speech"], taken["encoding"]
    said = f"{len(given.sentences)} sentences; real-time factor {speech.median / given.spoken:.4f}"
    return [
        bounded("20 min, nothing cached", taken["anew"], "raw speech + encoding", speech + encoding, 1.15),
        bounded("20 min, clips cached", taken["cached"], "raw encoding", encoding, 1.25),
        Figure("raw speech, sentence by sentence", took(speech), said),
        Figure("raw encoding", took(encoding), "libsndfile, one thread"),
    ]


def compared(ground: Ground) -> list[Figure]:
    """The peers at the same work, twice: the clips ready for everyone, and everyone's speech still to come.

    They cannot speak, so the second time the bare voice speaks for them first.
    """
    folder, given = ground.folder, ground.given
    ours = _cached(ground, folder / "cached.flac")
    ours()
    absent = peers.missing()
    present = [peer for peer in peers.PEERS if peer not in absent]
    things: dict[str, Thing] = {"cached": ours, "anew": _anew(ground, SESSION, "compared")}
    if "espeak-ng SSML" in present:
        things["speech"] = lambda: floor.raw_speech(given, folder / "raw")
    things |= {peer: _by_peer(ground, peer) for peer in present}
    # Not warmed up: a round is minutes, and each of these reads its own hundred files many times over.
    taken = rounds(things, ground.rounds(3, 1), warm=False)
    figures = [Figure(peer, "not measured", why) for peer, why in absent.items()]
    for peer in present:
        if peer in _FASTER:
            figures += _faster(ground, peer, taken)
    if "speech" in taken:
        figures.append(_by_ssml(ground, taken))
    return figures


def _faster(ground: Ground, peer: str, taken: Mapping[str, Taken]) -> list[Figure]:
    least = _FASTER[peer]
    off = _frames(_off(_mono(ground.folder / f"{peer}.flac"), ground))
    sides = {"clips ready": (taken[peer], taken["cached"])}
    if "speech" in taken:
        sides["spoken first"] = (taken["speech"] + taken[peer], taken["anew"])
    figures = []
    for how, (theirs, ours) in sides.items():
        more = ratio(theirs, ours)
        measured = f"{took(theirs)}; onsets {off} off" if how == "clips ready" else took(theirs)
        met = more.median >= least
        figures.append(
            Figure(
                f"{peer}, {how}", measured, f"guide {took(ours)}", times(more), f"≥ {least:g} × guide", met
            )
        )
    return figures


def _by_ssml(ground: Ground, taken: Mapping[str, Taken]) -> Figure:
    """It speaks by itself, so it is held against all of our own work."""
    name = "espeak-ng SSML"
    ends = soundfile.info(ground.folder / f"{name}.flac").frames
    drift = (ends - ground.given.speech[-1].end) / RATE
    measured, more = f"{took(taken[name])}; its end {drift:+.0f} s off", ratio(taken[name], taken["anew"])
    return Figure(f"{name}, no bells, no bed", measured, f"guide {took(taken['anew'])}", times(more))


def _by_peer(ground: Ground, peer: str) -> Thing:
    return lambda: peers.make(peer, ground.python, ground.given, ground.folder / f"{peer}.flac")


def _cached(ground: Ground, out: Path) -> Thing:
    """The session by this program, its clips in the cache from the second time on."""
    environment = ground.environment(ground.home("given"))
    return lambda: run(ground.render(out, SESSION, _TARGET), environment)


def _anew(ground: Ground, script: str, whose: str, length: str = _TARGET) -> Thing:
    """A session by this program, each time by somebody for whom nothing was ever spoken."""
    home, out = _homes(ground, f"{whose}-{length}"), ground.folder / f"{whose}-{length}.flac"
    return lambda: run(ground.render(out, script, length), home())


def _homes(ground: Ground, whose: str) -> Callable[[], Mapping[str, str]]:
    """The environment of somebody else at each call."""
    numbers = iter(range(1000))
    return lambda: ground.environment(ground.home(f"{whose}-{next(numbers)}"))


def growth(ground: Ground) -> list[Figure]:
    """Four times the session: time and memory, nothing cached."""
    script, out = str(ground.made_script), ground.folder / "growth.flac"
    taken = ground.taken({length: _anew(ground, script, "growth", length) for length in ("10m", "40m")}, 5, 1)
    homes = _homes(ground, "memory")
    peaks: dict[str, list[memory.Peak]] = {"10m": [], "40m": []}
    for _ in range(ground.rounds(3, 1)):
        for length, found in peaks.items():
            found.append(memory.peak(ground.render(out, script, length), homes()))
    resident = statistics.median(one.resident for one in peaks["40m"])
    return [
        bounded("40 min, nothing cached", taken["40m"], "10 min", taken["10m"], 4.2),
        peak("the main process", peaks, lambda one: one.main, _MAIN, f"; {resident:.0f} MB resident"),
        peak("all processes", peaks, lambda one: one.all, _ALL),
    ]


def peak(
    whose: str,
    peaks: Mapping[str, list[memory.Peak]],
    size: Callable[[memory.Peak], float],
    most: int,
    more: str = "",
) -> Figure:
    """The median of the peaks of 40 minutes, beside that of 10; `more` is said with it."""
    short, long = (statistics.median(map(size, peaks[length])) for length in ("10m", "40m"))
    grown = long / short
    must, met = f"≤ {_GROWN:g} ×, ≤ {most} MB", grown <= _GROWN and long <= most
    what = f"40 min, peak PSS of {whose}"
    return Figure(what, f"{long:.0f} MB{more}", f"10 min {short:.0f} MB", f"{grown:.2f}", must, met)


def rendered_timing(ground: Ground) -> list[Figure]:
    """Every sentence of a rendered file against its frame, found by its likeness with the clip."""
    given, out = ground.given, ground.folder / "bare.flac"
    words = ground.render(out, SESSION, _TARGET, "--ambience", "none")
    run(words, ground.environment(ground.home("given")))
    off = _off(_mono(out), ground)
    length = soundfile.info(out).frames
    exact = off == 0 and length == MINUTES * 60 * RATE
    count = f"{len(given.speech)} sentences, {length:,} frames"
    return [Figure("rendered: worst onset", f"{_frames(off)} off", count, "", "0 frames", exact)]


def _off(heard: Sound, ground: Ground) -> int:
    return onsets.worst(onsets.found(heard, ground.given.clips))


def _mono(path: Path) -> Sound:
    return np.asarray(soundfile.read(str(path), dtype="float32", always_2d=True)[0][:, 0])


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"

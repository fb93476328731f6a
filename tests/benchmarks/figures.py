"""Every figure of the table: what is measured, beside what, and what it must be."""

import statistics
from collections.abc import Callable, Mapping

import floor
import live
import memory
import numpy as np
import onsets
import peers
import seek
import soundfile
import start
from given import MINUTES, SESSION, Ground
from measuring import Once, Taken, Thing, ratio, rounds, run
from table import Figure, times, took

from guide.duration import RATE
from guide.sound import Sound
from guide.timeline import Timeline

_TARGET = f"{MINUTES}m"


def rendering(ground: Ground) -> list[Figure]:
    """The same session to a file: this program, the floor under it, and the peers."""
    folder, given = ground.folder, ground.given
    cached = folder / "cached.flac"
    run(ground.render(cached, SESSION, _TARGET), ground.environment(ground.home("given")))
    fresh = iter(range(1000))

    def anew() -> Once:
        home = ground.home(f"fresh{next(fresh)}")
        return run(ground.render(folder / "fresh.flac", SESSION, _TARGET), ground.environment(home))

    things: dict[str, Thing] = {
        "speech": lambda: floor.raw_speech(given, folder / "raw"),
        "encoding": lambda: floor.raw_encoding(ground.python, cached, folder / "encoded.flac"),
        "cached": lambda: run(
            ground.render(cached, SESSION, _TARGET), ground.environment(ground.home("given"))
        ),
        "anew": anew,
    }
    taken = rounds(things, ground.rounds(7, 2))
    speech, encoding = taken["speech"], taken["encoding"]
    long = sum(given.prepared.sounds.clips[text].frames for text in given.sentences) / RATE
    said = f"{len(given.sentences)} sentences; real-time factor {speech.median / long:.4f}"
    return [
        _bounded("20 min, nothing cached", taken["anew"], "raw speech + encoding", speech + encoding, 1.15),
        _bounded("20 min, clips cached", taken["cached"], "raw encoding", encoding, 1.25),
        Figure("raw speech, sentence by sentence", took(speech), said),
        Figure("raw encoding", took(encoding), "libsndfile, one thread"),
    ]


def compared(ground: Ground) -> list[Figure]:
    """The peers at the same work: the clips are ready for everyone."""
    folder, given = ground.folder, ground.given
    cached = folder / "cached.flac"
    home = ground.environment(ground.home("given"))
    run(ground.render(cached, SESSION, _TARGET), home)
    things: dict[str, Thing] = {"guide": lambda: run(ground.render(cached, SESSION, _TARGET), home)}
    absent = peers.missing()
    for peer in [one for one in peers.PEERS if one not in absent]:
        things[peer] = _thing(ground, peer)
    taken = rounds(things, ground.rounds(3, 1))
    figures, ours = (
        [Figure(peer, "not measured", why) for peer, why in absent.items()],
        f"guide {took(taken['guide'])}",
    )
    for peer, least in (("pydub", 5.0), ("ffmpeg", 2.0), ("sox", 2.0)):
        if peer in absent:
            continue
        how = ratio(taken[peer], taken["guide"])
        off = _rendered_off(_mono(folder / f"{peer}.flac"), ground)
        must, met = f"≥ {least:g} × guide", how.median >= least
        measured = f"{took(taken[peer])}; onsets {_frames(off)} off"
        figures.append(Figure(f"{peer}, clips ready", measured, ours, times(how), must, met))
    if "espeak-ng SSML" in absent:
        return figures
    said = taken["espeak-ng SSML"]
    ends = soundfile.info(folder / "espeak-ng SSML.flac").frames
    drift = (ends - given.prepared.timeline.speech()[-1].end) / RATE
    measured, how = f"{took(said)}; its end {drift:+.0f} s off", ratio(said, taken["guide"])
    figures.append(Figure("espeak-ng SSML, no bells, no bed", measured, ours, times(how)))
    return figures


def _thing(ground: Ground, peer: str) -> Thing:
    return lambda: peers.make(peer, ground.python, ground.given, ground.folder / f"{peer}.flac")


def growth(ground: Ground) -> list[Figure]:
    """Four times the session: time and memory, nothing cached."""
    script, out = str(ground.made_script), ground.folder / "growth.flac"
    fresh = iter(range(1000))

    def home() -> Mapping[str, str]:
        return ground.environment(ground.home(f"growth{next(fresh)}"))

    things: dict[str, Thing] = {
        length: lambda length=length: run(ground.render(out, script, length), home())  # type: ignore[misc]
        for length in ("10m", "40m")
    }
    taken = rounds(things, ground.rounds(3, 1))
    peaks = {
        length: [memory.peak(ground.render(out, script, length), home()) for _ in range(ground.rounds(3, 1))]
        for length in ("10m", "40m")
    }
    return [
        _bounded("40 min, nothing cached", taken["40m"], "10 min", taken["10m"], 4.2),
        _peak(
            "the main process", {length: [one.main for one in found] for length, found in peaks.items()}, 120
        ),
        _peak("all processes", {length: [one.all for one in found] for length, found in peaks.items()}, 200),
    ]


def _peak(whose: str, found: Mapping[str, list[float]], most: int) -> Figure:
    short, long = statistics.median(found["10m"]), statistics.median(found["40m"])
    more = long / short
    return Figure(
        f"40 min, peak PSS of {whose}",
        f"{long:.0f} MB",
        f"10 min {short:.0f} MB",
        f"{more:.2f}",
        f"≤ 1.1 ×, ≤ {most} MB",
        more <= 1.1 and long <= most,
    )


def starting(ground: Ground) -> list[Figure]:
    """From the start of the process to the first sound."""
    taken = start.first_sound(ground)
    what, beside = "process start to first sound, nothing cached", "import numpy, sounddevice"
    return [_bounded(what, taken["first sound"], beside, taken["imports"], 2.5)]


def commands(ground: Ground) -> list[Figure]:
    """What only prints."""
    taken = start.commands(ground)
    return [
        _bounded(f"guide {name}", taken[key], "import click, yaml", taken["imports"], 2.0)
        for name, key in (("--help", "help"), ("list", "list"))
    ]


def playing(ground: Ground) -> list[Figure]:
    """A minute of sound in a minute of time."""
    _ = ground.given  # the clips are cached by it
    spent = live.cost(ground)
    share, card = spent.cpu / spent.wall, f"{spent.wall:.0f} s into the virtual card"
    blocks = f"median {spent.median * 1000:.2f} ms, {spent.blocks} blocks"
    worst = f"{spent.worst * 1000:.1f} ms"
    return [
        Figure("playing: mix and output", f"{share:.2%} of one core", card, "", "≤ 1 %", share <= 0.01),
        Figure("playing: worst block", worst, blocks, "", "< 100 ms", spent.worst < 0.1),
    ]


def rendered_timing(ground: Ground) -> list[Figure]:
    """Every sentence of a rendered file against its frame, found by its likeness with the clip."""
    _ = ground.given
    out = ground.folder / "bare.flac"
    words = ground.render(out, SESSION, _TARGET, "--ambience", "none")
    run(words, ground.environment(ground.home("given")))
    off = _rendered_off(_mono(out), ground)
    length = soundfile.info(out).frames
    whole = length == MINUTES * 60 * RATE
    count = f"{len(ground.given.prepared.timeline.speech())} sentences, {length:,} frames"
    exact = off == 0 and whole
    return [Figure("rendered: worst onset", f"{_frames(off)} off", count, "", "0 frames", exact)]


def live_timing(ground: Ground) -> list[Figure]:
    """Minutes in real time with every core busy."""
    if not ground.live:
        return []
    kept = live.timing(ground, ground.live)
    apart = kept.apart / RATE * 1000
    sentences = f"{kept.sentences} sentences, {kept.cost.heard / 60:.1f} min, cores busy"
    worst, whole = f"worst block {kept.cost.worst * 1000:.0f} ms", kept.gaps == kept.altered == 0
    altered = f"{kept.gaps}; {kept.altered} s not as mixed"
    by_itself = (
        f"{len(kept.naive)} of {kept.sentences} heard to begin; by its clock {_drift(kept.naive_said)}"
    )
    return [
        Figure("live: onsets apart", f"{apart:.2f} ms", sentences, "", "≤ 1 ms", apart <= 1),
        Figure("live: breaks in the sound", altered, worst, "", "0", whole),
        Figure("naive loop: drift", f"heard {_drift(kept.naive)}", by_itself),
    ]


def seeking(ground: Ground) -> list[Figure]:
    """From any frame on."""
    _ = ground.given
    jumps, resumes = seek.seek(ground), Taken(tuple(map(Once, seek.resumed(ground))))
    worst, middle = max(jumps) * 1000, f"median {statistics.median(jumps) * 1000:.2f} ms of {len(jumps)}"
    files, soon = "clips, bells and bed from their files", resumes.median <= 0.05
    return [
        Figure("seek: first block", f"worst {worst:.1f} ms", middle, "", "≤ 50 ms", worst <= 50),
        Figure("resume: first block", took(resumes), files, "", "≤ 50 ms", soon),
    ]


SUBJECTS: dict[str, Callable[[Ground], list[Figure]]] = {
    "rendering": rendering,
    "peers": compared,
    "growth": growth,
    "start": starting,
    "commands": commands,
    "playing": playing,
    "timing": rendered_timing,
    "seek": seeking,
    "live": live_timing,
}


def _bounded(what: str, taken: Taken, beside: str, other: Taken, most: float) -> Figure:
    how = ratio(taken, other)
    return Figure(
        what, took(taken), f"{beside} {took(other)}", times(how), f"≤ {most:g} ×", how.median <= most
    )


def _rendered_off(heard: Sound, ground: Ground) -> int:
    session = ground.given.prepared
    return onsets.worst(onsets.found(heard, clips(session.timeline, ground)))


def clips(timeline: Timeline, ground: Ground) -> list[tuple[int, Sound]]:
    """Each sentence's place and its finished clip."""
    samples = ground.given.prepared.sounds.clips
    return [
        (event.start, samples[event.text].read(0, samples[event.text].frames)) for event in timeline.speech()
    ]


def _mono(path: object) -> Sound:
    return np.asarray(soundfile.read(str(path), dtype="float32", always_2d=True)[0][:, 0])


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"


def _drift(late: tuple[float, ...]) -> str:
    return f"{late[-1]:+.1f} s at its end (from {min(late):+.1f} to {max(late):+.1f})" if late else "nothing"

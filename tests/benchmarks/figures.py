"""Every subject of the table, and the figures of what is heard: what it must be, and what it was."""

import statistics
from collections.abc import Callable

import live
import naive
import seek
import start
from board import board
from filed import compared, growth, rendered_timing, rendering
from given import Ground
from measuring import Once, Taken
from table import Figure, bounded, took

from guide.duration import RATE


def starting(ground: Ground) -> list[Figure]:
    """From the start of the process to the first sound."""
    taken = start.first_sound(ground)
    what, beside = "process start to first sound, nothing cached", "import numpy, sounddevice"
    rest = taken["first sound"].median - sum(taken[name].median for name in start.STEPS)
    steps = "; ".join(f"{name} {taken[name].median * 1000:.0f} ms" for name in start.STEPS)
    return [
        bounded(what, taken["first sound"], beside, taken["imports"], 2.5),
        Figure("of it, one after the other", steps, f"until it is heard {rest * 1000:.0f} ms more"),
        _word("hard-moment: process start to first word, nothing cached", taken["first word"]),
        _word("the same, its first words cached", taken["first word again"]),
    ]


def _word(what: str, taken: Taken) -> Figure:
    slowest = max(taken.seconds)
    return Figure(what, took(taken), must="≤ 2 s", met=slowest <= 2)


def commands(ground: Ground) -> list[Figure]:
    """What only prints."""
    taken = start.commands(ground)
    return [
        bounded(f"guide {name}", taken[key], "import click, yaml", taken["imports"], 2.0)
        for name, key in (("--help", "help"), ("list", "list"))
    ]


def playing(ground: Ground) -> list[Figure]:
    """A minute of sound in a minute of time."""
    _ = ground.given  # the clips are cached by it
    spent, bare = live.cost(ground), live.bare(ground)
    shares = [one.cpu / one.wall for one in spent]
    share, alone = statistics.median(shares), statistics.median(one.cpu / one.wall for one in bare)
    measured = f"{share:.2%} of one core ({min(shares):.2%}–{max(shares):.2%})"
    card = f"{spent[0].wall:.0f} s into the virtual card; silence {alone:.2%}"
    worst, middle = max(one.worst for one in spent), statistics.median(one.median for one in spent)
    blocks = f"median {middle * 1000:.2f} ms, {sum(one.blocks for one in spent)} blocks"
    return [
        Figure("playing: mix and output", measured, card, "", "≤ 1 %", share <= 0.01),
        Figure("playing: worst block", f"{worst * 1000:.1f} ms", blocks, "", "< 100 ms", worst < 0.1),
    ]


def live_timing(ground: Ground) -> list[Figure]:
    """Minutes in real time with every core busy."""
    if not ground.live:
        return []
    kept = live.timing(ground, ground.live)
    apart = kept.apart / RATE * 1000
    sentences = f"{kept.sentences} sentences, {kept.cost.heard / 60:.1f} min, cores busy"
    worst, whole = f"worst block {kept.cost.worst * 1000:.0f} ms", kept.gaps == kept.altered == 0
    altered = f"{kept.gaps}; {kept.altered} s not as mixed"
    return [
        Figure("live: onsets apart", f"{apart:.2f} ms", sentences, "", "≤ 1 ms", apart <= 1),
        Figure("live: breaks in the sound", altered, worst, "", "0", whole),
        _naive(kept),
    ]


def _naive(kept: live.Timing) -> Figure:
    if kept.naive is None:
        return Figure("naive loop: drift", "not measured", naive.missing())
    heard = f"{len(kept.naive.heard)} of {kept.sentences} heard to begin"
    if len(kept.naive.heard) == kept.sentences:  # else nobody knows which one was not
        heard += f", {drift(kept.naive.heard)}"
    return Figure("naive loop: drift from its own plan", drift(kept.naive.said), heard)


def drift(late: tuple[float, ...]) -> str:
    """By how much the last one was late, and between what all were."""
    return f"{late[-1]:+.1f} s at its end (from {min(late):+.1f} to {max(late):+.1f})" if late else "nothing"


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
    "board": board,
}

"""Which lengths a script can have with a voice, and the sentence for one that it cannot."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TypeAlias

from guide import duration
from guide.arrange import Material
from guide.duration import RATE
from guide.errors import OutOfReachError
from guide.expand import Circumstances, Item, expand, rounds
from guide.script.models import Breathe, Part, PartFile, Script, ScriptFile, Step
from guide.script.pages import steps_of

MaterialOf: TypeAlias = Callable[[tuple[Item, ...]], Material]
"""Measures items with a voice: each sentence spoken, each bell looked up."""

Span: TypeAlias = tuple[int, int]
"""The first and the last of some lengths that follow each other, in frames."""

_MOST = 300
"""Stretches that are looked at: far more than a script has that a person wrote, and still soon done."""
_GRAINS = (RATE, RATE // 100)
"""What a length in a sentence is rounded to: a second, or the hundredth of one where no whole one will do."""


def reachable(script: Script, given: Circumstances, material: MaterialOf) -> list[Span]:
    """The targets between the script's own limits that can be met to the frame: spans, in order, apart.

    Exactly all of them, unless the script changes with its length in more than 300 places.
    """
    spans: list[Span] = []
    for stretch in _alike(script):
        if span := _within(stretch, script, given, material):
            touches = bool(spans) and spans[-1][1] + 1 == span[0]
            spans.append((spans.pop()[0], span[1]) if touches else span)
    return spans


def out_of_reach(script: Script, given: Circumstances, material: MaterialOf) -> OutOfReachError:
    """The error for a target that cannot be met; its sentence names lengths that can, none that cannot."""
    wanted, name = duration.words(given.target), script.name
    stretches = _alike(script)
    reached = cache(lambda stretch: _within(stretch, script, given, material))
    for grain in _GRAINS:

        def spans(some: Iterable[Span], grain: int = grain) -> Iterator[Span]:
            return (span for one in some if (span := _rounded(reached(one), grain)))

        # From the ends: what lies between them is measured only where the sentence needs it.
        if (lowest := next(spans(stretches), None)) is None:
            continue
        _, longest = next(spans(reversed(stretches)))
        shortest, around = lowest[0], f"{duration.words(lowest[0])} to {duration.words(longest)}"
        if not shortest <= given.target <= longest:
            return OutOfReachError(
                f"'{name}' cannot last {wanted}: with this voice it can be from {around} long."
            )
        below = next(span for span in spans(reversed(stretches)) if span[0] <= given.target)[1]
        above = next(span for span in spans(stretches) if span[1] >= given.target)[0]
        return OutOfReachError(
            f"'{name}' cannot last exactly {wanted} with this voice; the nearest lengths it can have are "
            f"{duration.words(below)} and {duration.words(above)} (from {around} in all)."
        )
    return OutOfReachError(
        f"'{name}' cannot be fitted to any length between its shortest and longest with this voice. "
        "Its rests need more room: give them a smaller `least` or a larger `most`, "
        "or give the script other lengths."
    )


def _alike(script: Script) -> list[Span]:
    """The targets of a script in stretches throughout which it expands to the very same items.

    Where there are too many, evenly chosen ones of them: what can be reached is then known in part.
    """
    length = script.page.length
    turns = {turn for turn in _turns(script) if length.shortest < turn <= length.longest}
    starts = [length.shortest, *sorted(turns), length.longest + 1]
    stretches = [(start, end - 1) for start, end in pairwise(starts)]
    return stretches[:: -(-len(stretches) // _MOST)]


def _turns(script: Script) -> Iterator[int]:
    """Every target at which the items are others than one frame before."""
    pages: tuple[ScriptFile | PartFile, ...] = (script.page, *script.parts.values())
    steps = [step for page in pages for step in steps_of(page.steps)]
    for step in steps:
        if isinstance(step, Part):
            yield from (turn for turn in (step.from_, step.until) if turn is not None)
    length = script.page.length
    for written in _rounds(steps):

        def breaths(target: int, written: int = written) -> int:
            return rounds(written, target, length.usual)

        targets = range(length.shortest, length.longest + 1)
        for count in range(breaths(length.shortest) + 1, breaths(length.longest) + 1):
            yield targets[bisect_left(targets, count, key=breaths)]


def _rounds(steps: Iterable[Step]) -> set[int]:
    return {step.breathe.rounds for step in steps if isinstance(step, Breathe)}


def _within(stretch: Span, script: Script, given: Circumstances, material: MaterialOf) -> Span | None:
    """The part of a stretch that can be met; None if nothing of it can."""
    shortest, longest = material(expand(script, replace(given, target=stretch[0]))).reach()
    span = max(stretch[0], shortest), min(stretch[1], longest)
    return span if span[0] <= span[1] else None


def _rounded(span: Span | None, grain: int) -> Span | None:
    """A span's first and last multiple of a grain; None if it holds none."""
    if span is None:
        return None
    inner = -(-span[0] // grain) * grain, span[1] // grain * grain
    return inner if inner[0] <= inner[1] else None

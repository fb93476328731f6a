"""Which lengths a script can have with a voice, and the sentence for one that it cannot."""

from collections.abc import Callable
from dataclasses import replace

from guide import duration
from guide.arrange import Material
from guide.duration import frames
from guide.errors import OutOfReachError
from guide.expand import Circumstances, Item, expand
from guide.script.models import Script

_GRID = frames(5)
"""How finely the lengths are looked through."""

MaterialOf = Callable[[tuple[Item, ...]], Material]
"""Measures items with a voice: each sentence spoken, each bell looked up."""


def reachable(script: Script, given: Circumstances, material: MaterialOf) -> list[int]:
    """Every target, on a grid of 5 s between the script's own limits, that can be met to the frame."""
    length = script.page.length
    targets = sorted({*range(length.shortest, length.longest + 1, _GRID), length.usual, length.longest})
    return [
        target for target in targets if material(expand(script, replace(given, target=target))).fits(target)
    ]


def out_of_reach(script: Script, given: Circumstances, material: MaterialOf) -> OutOfReachError:
    """The error for a target that cannot be met; its sentence names the lengths that can."""
    wanted, name = duration.words(given.target), script.name
    targets = reachable(script, given, material)
    if not targets:
        return OutOfReachError(
            f"'{name}' cannot be fitted to any length between its shortest and longest with this voice. "
            "Its rests need more room: give them a smaller `least` or a larger `most`."
        )
    shortest, longest = duration.words(targets[0]), duration.words(targets[-1])
    if targets[0] <= given.target <= targets[-1]:
        below = duration.words(max(target for target in targets if target <= given.target))
        above = duration.words(min(target for target in targets if target >= given.target))
        return OutOfReachError(
            f"'{name}' cannot last exactly {wanted} with this voice; the nearest lengths it can have are "
            f"{below} and {above} (from {shortest} to {longest} in all)."
        )
    return OutOfReachError(
        f"'{name}' cannot last {wanted}: with this voice it can be from {shortest} to {longest} long."
    )

"""What `guide doctor --measure` says of this machine: the same figures that a person gets of a board."""

import json
from typing import Any

from given import Ground
from measuring import BenchmarkError
from soundserver import SoundServer
from table import Figure


def board(ground: Ground) -> list[Figure]:
    """Run it as somebody new, with a loudspeaker that nobody hears."""
    environment = ground.environment(ground.home("board"))
    with SoundServer() as server:
        done = server.run(
            ground.python,
            *("-m", "guide", "doctor", "--measure", "--json"),
            seconds=600,
            GUIDE_HOME=environment["GUIDE_HOME"],
            PYTHONPATH=environment["PYTHONPATH"],
        )
    if not done.stdout:
        raise BenchmarkError(f"guide doctor --measure failed: {done.stderr[-600:]}")
    return [shown(figure) for figure in json.loads(done.stdout)]


def shown(figure: dict[str, Any]) -> Figure:
    """One of its figures as a line of the table; nothing is promised."""
    what = f"doctor --measure: {figure['what']}"
    if not figure["measured"]:
        return Figure(what, "not measured", figure["means"])
    if figure["what"] == "voice":
        together = f"real-time factor {figure['together']:.4f}"
        return Figure(what, together, f"{figure['one']:.4f} one sentence at a time")
    if figure["what"] == "mixing":
        return Figure(what, f"{figure['share']:.2%} of one core", f"worst block {_ms(figure['worst'])}")
    if figure["what"] == "encoding":
        return Figure(what, f"{figure['times']:.0f} × as fast as it is heard")
    worst = f"worst {_ms(figure['worst'])}" if "worst" in figure else ""
    return Figure(what, _ms(figure["seconds"]), worst)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"

"""A session played in a process of its own, which watches itself: SETTINGS as JSON; the answer is JSON too.

`home` and `name` say whose session, `target` its frames, `seconds` how long it is watched before it is
stopped (0: to its end), `as_mixed` that nothing is made louder or softer. No name is a stream of silence.
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from given import begun

from guide.duration import RATE
from guide.live import Live
from guide.player import BLOCK
from guide.saved import Saved
from guide.sinks import Sink, Speaker
from guide.sitting import Sitting
from guide.sound import Sound


class Watched:
    """A sink that notes how long each block was in the making."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._ready = time.perf_counter()
        self.making: list[float] = []

    @property
    def latency(self) -> int:
        return self._sink.latency

    @property
    def drowsy(self) -> bool:
        return self._sink.drowsy

    def write(self, block: Sound) -> None:
        self.making.append(time.perf_counter() - self._ready)
        self._sink.write(block)
        self._ready = time.perf_counter()

    def close(self) -> None:
        self._sink.close()


def main(settings: dict[str, Any]) -> dict[str, float]:
    """Play, and say what it cost: seconds of CPU and of the clock, of the worst and the median block."""
    home = Path(settings["home"])
    if not settings["name"]:
        return silence(settings["seconds"])
    saved = Saved(home / "state")
    if settings["as_mixed"]:
        saved.keep_volume(0)
    with begun(home, settings["name"], settings["target"]) as session:
        return played(session, saved, settings["seconds"])


def silence(seconds: float) -> dict[str, float]:
    """Play nothing for so long: what the output costs by itself."""
    sink, quiet = Watched(Speaker()), np.zeros((BLOCK, 2), dtype=np.float32)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(round(seconds * RATE / BLOCK)):
        sink.write(quiet)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    sink.close()
    return _spent(cpu, wall, sink, seconds)


def played(session: Live, saved: Saved, seconds: float) -> dict[str, float]:
    """Play one session, and stop after so many seconds, if it is told how many."""
    speaker = Speaker()
    sink = Watched(speaker)
    sitting = Sitting(session, sink, saved)
    player = threading.Thread(target=sitting.run)
    cpu, wall = time.process_time(), time.perf_counter()
    player.start()
    player.join(seconds or None)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    heard = sitting.status().at / RATE
    for _ in range(2):
        sitting.do("stop")
    player.join()
    speaker.close()
    return _spent(cpu, wall, sink, heard)


def _spent(cpu: float, wall: float, sink: Watched, heard: float) -> dict[str, float]:
    making = sorted(sink.making[1:])
    return {
        "cpu": cpu,
        "wall": wall,
        "worst": making[-1],
        "median": making[len(making) // 2],
        "blocks": len(making),
        "heard": heard,
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))), flush=True)

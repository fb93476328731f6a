"""A session played in a process of its own, which watches itself: SETTINGS as JSON; the answer is JSON too.

`home` and `name` say whose session, `target` its frames, `seconds` how long it is watched before it is
stopped (0: to its end).
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from given import prepared

from guide.duration import RATE
from guide.saved import Saved
from guide.session import Prepared
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

    def write(self, block: Sound) -> None:
        self.making.append(time.perf_counter() - self._ready)
        self._sink.write(block)
        self._ready = time.perf_counter()

    def close(self) -> None:
        self._sink.close()


def main(settings: dict[str, Any]) -> dict[str, float]:
    """Play, and say what it cost: seconds of CPU and of the clock, of the worst and the median block."""
    home = Path(settings["home"])
    with prepared(home, settings["name"], settings["target"]) as session:
        return played(session, home, settings["seconds"])


def played(session: Prepared, home: Path, seconds: float) -> dict[str, float]:
    """Play one session, and stop after so many seconds, if it is told how many."""
    saved = Saved(home / "state")
    saved.keep_volume(0)
    speaker = Speaker()
    sink = Watched(speaker)
    sitting = Sitting(session, sink, saved)
    player = threading.Thread(target=sitting.run)
    cpu, wall = time.process_time(), time.perf_counter()
    player.start()
    player.join(seconds or None)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    making = sorted(sink.making[1:])
    heard = sitting.status().at / RATE
    for _ in range(2):
        sitting.do("stop")
    player.join()
    speaker.close()
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

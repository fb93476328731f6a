"""Hours and days of a device: its memory stays, its clock does not drift, and its card is left alone.

`GUIDE_HOURS=8` makes it a whole night.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bedside_life import Life
from writes import can_count, counted

from guide.bedside.events import Ordered
from guide.bedside.setting import Deed, Invitation, Night, Setting, Waking
from guide.bedside.state import Doing, State
from guide.duration import RATE, frames

SCRIPT = """
guide: 1
title: A Short One
length: {shortest: 5s, usual: 40s, longest: 120s}
steps:
  - part: One
    steps:
      - say: Here it is.
      - rest: {about: 5s, least: 0.1s, most: 45s}
"""
HALF_AN_HOUR = 30 * 60.0
HOURS = int(os.environ.get("GUIDE_HOURS", "2"))
GROWTH = 1.1
"""In the second half of the time: by then all that stays in memory has come."""
PATIENCE = 60.0
LOOKED_AT, IDLE = 6.0, 12.0
"""Seconds, real ones, for which a device that waits is looked at."""


def lives(home: Path, **setting: object) -> Life:
    scripts = home / "data" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "short.yaml").write_text(SCRIPT)
    night = Night(begins=23 * 60)
    return Life(home, Setting(press=Deed(play="short"), night=night, **setting), keeps=False)  # type: ignore[arg-type]


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif("GUIDE_HOURS" not in os.environ, reason="takes a minute: GUIDE_HOURS=8 lets it run")
def test_hours_leave_its_memory_as_it_was_and_its_clock_exact(tmp_path: Path) -> None:
    invited = tuple(Invitation(at=hour * 60 + 10, play="short", stands=frames(60)) for hour in (21, 22, 0, 3))
    wakings = (21 * 60 + 20, 22 * 60 + 45)  # the first loads a bed that stays in memory
    wake = tuple(Waking(at=at, rise=frames(30), stays=frames(30)) for at in wakings)
    life = lives(tmp_path, invitations=invited, wake=wake)
    sizes: list[int] = []
    begun = life.clock.now()
    with life.on():
        for _ in range(HOURS * 2):
            began = life.clock.elapsed()
            life.put(Ordered("play", "short"))
            life.until("playing")
            start = life.clock.elapsed() - life.state.at / RATE
            life.wait(30)
            at = life.until_it(lambda state: state.at >= frames(30), 5).at
            assert abs(life.clock.elapsed() - start - at / RATE) < 1.5
            life.until("waiting", within=60)
            life.wait(began + HALF_AN_HOUR - life.clock.elapsed())
            sizes.append(resident())
        passed = life.clock.now() - begun
        assert abs(passed.total_seconds() - life.clock.elapsed()) < 1e-3
        states = list(life.states)
    print("MB resident at each half hour:", [size // 1_000_000 for size in sizes])
    half = sizes[len(sizes) // 2 :]
    assert max(half) <= half[0] * GROWTH, [size // 1000 for size in sizes]
    assert begins(states, "waking") == [1170.0, 6270.0]
    invited_at = [600.0 + 3600 * hour for hour in (0, 1, 3, 6) if hour < HOURS]
    assert begins(states, "inviting") == invited_at


def begins(states: list[tuple[float, State]], doing: Doing) -> list[float]:
    """The seconds at which it began to do this."""
    before = ("starting", *(state.doing for _, state in states))
    return [
        moment for (moment, state), last in zip(states, before, strict=False) if state.doing == doing != last
    ]


def test_an_idle_day_changes_no_file(tmp_path: Path) -> None:
    life = lives(tmp_path)
    with life.on():
        life.wait(60)
        before = files(tmp_path)
        life.wait(24 * 3600)
        assert files(tmp_path) == before
        assert set(life.doings()) == {"waiting"}


def files(home: Path) -> dict[str, tuple[int, int]]:
    """Each file and folder there is: its size, and when it was changed."""
    return {os.fspath(path): ((told := path.lstat()).st_size, told.st_mtime_ns) for path in home.rglob("*")}


def at_rest(number: int, home: Path) -> None:
    """Wait until a device has made all that it may have to say, and only waits."""
    until = time.monotonic() + 3 * PATIENCE
    quiet = 0
    seen = files(home), used(number)
    while quiet < 3 or not (home / "cache" / "bedside").is_dir():
        assert time.monotonic() < until, "it never comes to rest"
        time.sleep(1)
        now = files(home), used(number)
        quiet = quiet + 1 if now[0] == seen[0] and now[1] - seen[1] < 0.1 else 0
        seen = now


def used(number: int) -> float:
    """Seconds of all cores together that a process has worked."""
    told = Path(f"/proc/{number}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def switches(number: int) -> int:
    """How often its threads have gone to sleep so far."""
    total = 0
    for status in Path(f"/proc/{number}/task").glob("*/status"):
        lines = status.read_text("ascii", "replace").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return total


def test_a_device_that_waits_writes_nothing_and_sleeps(tmp_path: Path, no_sound_card: dict[str, str]) -> None:
    if not can_count():
        pytest.skip("a process that runs already cannot be watched here")
    home = Path(no_sound_card["GUIDE_HOME"])
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.yaml").write_text("voice: hum\n")
    words = [sys.executable, "-m", "guide", "bedside", "run", "--mock-pins"]
    with subprocess.Popen(words, env=no_sound_card, stdout=subprocess.DEVNULL) as process:
        try:
            at_rest(process.pid, home)
            before = switches(process.pid), used(process.pid)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(LOOKED_AT)  # who watches its calls wakes it for each
            after = switches(process.pid), used(process.pid)
            with counted(process) as found, pytest.raises(subprocess.TimeoutExpired):
                process.wait(IDLE)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
    woken, worked = (after[0] - before[0]) / LOOKED_AT, (after[1] - before[1]) / LOOKED_AT
    print(
        f"woken {woken:.1f} times a second, {worked:.2%} of a core"
    )  # told, not promised: a machine is busy
    assert (found.bytes, found.syncs, found.changes) == (0, 0, 0), found

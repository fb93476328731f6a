"""How the machine is: room on its disk, its power, its heat, its clock. Looked at every half minute.

Whatever cannot be found out is no trouble; only a clock is not believed for nothing. Nothing is written, and
nothing is asked of a network.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from guide.bedside.state import Trouble
from guide.bedside.timekeeping import NOT_BEFORE, disciplined, is_set, number, told
from guide.folders import Folders
from guide.takes import LONGEST, ROOM_FOR_ONE, ROOM_TO_GO_ON, free_bytes
from guide.takes.wav import WIDTH

FULL = LONGEST * WIDTH + ROOM_TO_GO_ON
"""Free bytes under which a reflection of twenty minutes would have to end before its time (135 MB)."""
NEARLY_FULL = 2 * ROOM_FOR_ONE
"""Free bytes under which there is no room for two more of them, each with its FLAC (501 MB)."""
HOT = 80_000
"""Thousandths of a degree from which on a Raspberry Pi makes itself slower (its documentation: 80 to 85)."""
LOW = 15
"""Percent of a battery."""
_EASED = (FULL // 10, 5_000, 5)
"""How far past its limit disk, heat and battery are when a trouble is over: it must not come and go."""
_MOST = 16
"""Sensors and batteries that are looked at."""
_UNDER_VOLTAGE, _THROTTLED = 1 << 0, 1 << 2
"""Bits of what the firmware tells of this very moment (`vcgencmd get_throttled`)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the machine was when it was looked at."""

    free: int | None = None
    """Bytes that may still be written where the journal is; None where nobody knows."""
    full: bool = False
    """There is no room for one reflection of twenty minutes."""
    nearly_full: bool = False
    """There is none for two; also while it is full."""
    clock_set: bool = True
    """The clock on the wall is to be believed; once it was, it is for as long as this process lives."""
    under_voltage: bool = False
    hot: bool = False
    battery_low: bool = False
    """A battery gives the power, and has little left."""

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What of it is to be said, the gravest first."""
        found: tuple[tuple[bool, Trouble], ...] = (
            (self.full, "disk full"),
            (self.nearly_full and not self.full, "disk nearly full"),
            (self.battery_low, "battery low"),
            (self.under_voltage, "under-voltage"),
            (self.hot, "hot"),
            (not self.clock_set, "clock not set"),
        )
        return tuple(trouble for is_so, trouble in found if is_so)


def look(
    folders: Folders,
    now: dt.datetime,
    before: Condition | None = None,
    *,
    root: Path = Path("/"),
    free: Callable[[Path], int] = free_bytes,
    kernel: Callable[[], bool] = disciplined,
) -> Condition:
    """How the machine is at the moment `now`, which its clock shows, with its zone.

    With what it was `before`, a trouble that hovers about its limit stays one, and a clock that was right
    stays right: the kernel forgets that without a network. Raises nothing.
    """
    was = before or Condition()
    room = _room(folders.data, free)
    disk, heat, charge = _EASED
    return Condition(
        free=room,
        full=room is not None and room < FULL + disk * was.full,
        nearly_full=room is not None and room < NEARLY_FULL + disk * was.nearly_full,
        clock_set=(before is not None and was.clock_set and now >= NOT_BEFORE)
        or is_set(now, root, kernel=kernel),
        under_voltage=_is_under_voltage(root),
        hot=_is_hot(root, HOT - heat * was.hot),
        battery_low=_is_low(root, LOW + charge * was.battery_low),
    )


def _room(folder: Path, free: Callable[[Path], int]) -> int | None:
    """Free bytes where a folder is, or will be."""
    for place in (folder, *folder.parents):
        try:
            return free(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def _is_under_voltage(root: Path) -> bool:
    alarms = (
        number(place / "in0_lcrit_alarm")
        for place in _places(root / "sys/class/hwmon", "hwmon*")
        if told(place / "name") == "rpi_volt"
    )
    return any(alarms) or bool(_throttled(root) & _UNDER_VOLTAGE)


def _is_hot(root: Path, limit: int) -> bool:
    """Only of a board's own processor: other sensors have other limits, and a laptop is as warm as that."""
    zone = root / "sys/class/thermal/thermal_zone0"
    degrees = number(zone / "temp") if told(zone / "type") in ("cpu-thermal", "cpu_thermal") else None
    # What is slowed down for its power is not hot.
    slowed = _throttled(root) & (_THROTTLED | _UNDER_VOLTAGE) == _THROTTLED
    return slowed or (degrees is not None and degrees >= limit)


def _throttled(root: Path) -> int:
    """The firmware's flags; 0 where there is none. They are a number of base 16, with or without its 0x."""
    places = _places(root / "sys/devices/platform", "soc*/*firmware")
    return next((flags for place in places if (flags := number(place / "get_throttled", 16)) is not None), 0)


def _is_low(root: Path, limit: int) -> bool:
    """Of the batteries that the machine runs on; that of a mouse has `scope` Device."""
    for place in _places(root / "sys/class/power_supply", "*"):
        if told(place / "status") != "Discharging" or told(place / "scope") == "Device":
            continue
        left = number(place / "capacity")
        if left is not None and 0 <= left <= limit:
            return True
    return False


def _places(folder: Path, pattern: str) -> Iterator[Path]:
    """A few places by their names; none where they cannot be listed."""
    try:
        yield from islice(folder.glob(pattern), _MOST)
    except OSError:
        return

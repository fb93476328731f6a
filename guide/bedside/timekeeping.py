"""Whether the clock on the wall is to be believed, and where the machine is in its run when it is not.

A Raspberry Pi has no clock that goes on without power: it boots with the time of its last shutdown, and finds
the right one once there is a network. Then a date is hours or weeks wrong, and looks like any other.
"""

import ctypes
import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path

from guide.journal import Uptime

NOT_BEFORE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
"""No clock that shows less is right: there was no such device then."""
_AGREE = 600.0
"""Seconds that a clock with a battery may be from the system's: a cheap one is off by a minute in a month."""
_CLOCKS = 4
"""That are looked at, at most."""
_MOST = 128
"""Bytes of a file under /sys, /run or /proc that are read: each holds a word or a number."""
_UNSYNCHRONISED = 0x0040
"""STA_UNSYNC of <linux/timex.h>."""


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex`, and more room than the rest takes (208 bytes in all)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def disciplined() -> bool:
    """Whether something keeps the kernel's clock right just now: timesyncd, chrony, ntpsec, any of them.

    The kernel takes it back by itself once it has heard nothing for some nine hours, and whenever the clock
    is set by hand; see adjtimex(2). False where it does not let itself be asked, as under `ProtectClock=`;
    True on systems of another kind, which all run on machines with a clock.
    """
    if not sys.platform.startswith("linux"):
        return True
    told = _Timex()  # all zero: nothing is set
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)) < 0:
            return False
    except (OSError, AttributeError):
        return False
    return not told.status & _UNSYNCHRONISED


def is_set(now: dt.datetime, root: Path = Path("/"), *, kernel: Callable[[], bool] = disciplined) -> bool:
    """Whether the clock is to be believed that shows `now`, which has its zone.

    It is where systemd-timesyncd has set it since the machine started, where a clock with a battery shows
    the same, or where the kernel says that something keeps it right. Never before NOT_BEFORE. Nothing is
    written, and nothing that stands under `root` is believed to be small or sane.
    """
    if now < NOT_BEFORE:
        return False
    synchronised = os.path.isfile(root / "run/systemd/timesync/synchronized")  # noqa: PTH113 - it raises nothing
    return synchronised or _by_battery(now, root) or kernel()


def uptime(elapsed: float, root: Path = Path("/")) -> Uptime:
    """Where this machine is in its run, `elapsed` seconds after it started, those of its sleep with them.

    The run has no name where the system does not tell it: then nothing can be dated later.
    """
    return Uptime(boot(root), round(elapsed * 1000))


def boot(root: Path = Path("/")) -> str:
    """What this start of the machine is called; nothing where the system does not tell it."""
    return told(root / "proc/sys/kernel/random/boot_id")


def told(path: Path) -> str:
    """What the kernel tells in a small file, without what is around it; nothing where it tells nothing."""
    try:
        # A pipe in its place would wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            return os.read(handle, _MOST).decode("ascii").strip()
        finally:
            os.close(handle)
    except (OSError, ValueError):
        return ""


def number(path: Path, base: int = 10) -> int | None:
    """The same as a number; None where it is none."""
    try:
        return int(told(path), base)
    except ValueError:
        return None


def _by_battery(now: dt.datetime, root: Path) -> bool:
    """Whether a clock that goes on without power says so.

    A Raspberry Pi 5 has one even without its battery; that one begins with 1970 then. A PC's may show local
    time, so it only has to show a time that can be.
    """
    for place in [root / f"sys/class/rtc/rtc{index}" for index in range(_CLOCKS)]:
        shows = number(place / "since_epoch")
        if shows is None or shows < NOT_BEFORE.timestamp():
            continue
        if told(place / "name").startswith("rtc_cmos") or abs(now.timestamp() - shows) <= _AGREE:
            return True
    return False

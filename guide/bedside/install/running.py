"""From a word to a changed machine; a system that runs is told of it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from guide.bedside.install import KEPT, SERVICE, UDEV, Place, carry_out, installing, uninstalling
from guide.bedside.install.changes import Change
from guide.errors import GuideError

_LOG = (
    "systemd-journald@guide.socket",
    "systemd-journald-varlink@guide.socket",
    "systemd-journald@guide.service",
)


def install(place: Place, say: Callable[[str], None], *, dry: bool) -> None:
    """Make the machine the device, saying each change. Raises GuideError."""
    _root_alone(dry=dry)
    anything = carry_out(installing(place), place, _each(say), dry=dry)
    if anything and not dry:
        changed(place)


def uninstall(place: Place, say: Callable[[str], None], *, dry: bool) -> None:
    """Take the device back, saying each change, and what stays. Raises GuideError."""
    _root_alone(dry=dry)
    if active(place):
        say(f"{'to do' if dry else 'done'}: stop {SERVICE}")
    if not dry:
        stopped(place)
    if carry_out(uninstalling(place), place, _each(say), dry=dry) and not dry:
        changed(place)
    for kept in KEPT:
        path = place.root / kept.lstrip("/")
        if path.is_dir():
            say(f"This stays, for root to see: {path}")


def _each(say: Callable[[str], None]) -> Callable[[str, Change], None]:
    return lambda how, change: say(f"{how}: {change}")


def _root_alone(*, dry: bool) -> None:
    if not dry and os.geteuid() != 0:
        raise GuideError("Only root can make a machine the device, or take that back. Type sudo before it.")
    # The folders on the way to what is written are for everybody to look into.
    os.umask(0o022)


def runs(place: Place) -> bool:
    """Whether it is this machine and systemd runs it; in a chroot it does not."""
    return place.here and Path("/run/systemd/system").is_dir()


def changed(place: Place) -> None:
    """Let the system read what was written."""
    if not runs(place):
        return
    _quietly("systemctl", "daemon-reload")
    if Path(UDEV).exists():
        _quietly("udevadm", "control", "--reload")
        _quietly("udevadm", "trigger", "--subsystem-match=gpio")


def stopped(place: Place) -> None:
    """Let the device come to rest, and its log with it."""
    if runs(place):
        _quietly("systemctl", "stop", SERVICE)
        _quietly("systemctl", "stop", *_LOG)


def active(place: Place) -> bool:
    """Whether the device runs."""
    return runs(place) and _quietly("systemctl", "is-active", "--quiet", SERVICE)


def _quietly(*words: str) -> bool:
    try:
        return not subprocess.run(words, capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False

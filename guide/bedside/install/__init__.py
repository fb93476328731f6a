"""Making a machine the device by the bed, and taking that back: a tuple of changes, each idempotent.

Only the standard library is imported here: `install.sh` shows the changes before anything else is there.
`texts` says what is written, `ground` puts it there, `changes` knows when it is so, `running` speaks to a
system that runs.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guide.bedside.install.changes import (
    HOME,
    Change,
    Folder,
    Gone,
    Handed,
    Link,
    Person,
    Text,
    Vanished,
    brings_pins,
)
from guide.bedside.install.ground import Ground
from guide.bedside.install.texts import shipped, template
from guide.errors import GuideError

SERVICE = "guide-bedside.service"
UNIT = f"/etc/systemd/system/{SERVICE}"
_WANTED = f"/etc/systemd/system/multi-user.target.wants/{SERVICE}"
_POLKIT = "/etc/polkit-1/rules.d/60-guide.rules"
_JOURNALD = "/etc/systemd/journald@guide.conf"
UDEV = "/etc/udev/rules.d/60-guide-gpio.rules"
_SYSUSERS = "/etc/sysusers.d/guide.conf"
_WRAPPER = "/usr/local/bin/guide-bedside"
_CONFIG = f"{HOME}/config/bedside.yaml"
_PINS = "the pins for the group gpio"
KEPT = (f"{HOME}/data", f"{HOME}/config")
"""What is left when the rest is taken back: the journal, and what the person wrote."""


@dataclass(frozen=True, slots=True)
class Place:
    """A machine: the folder that is its root, and the Python that has Guide there."""

    root: Path = Path("/")
    python: str = sys.executable

    @property
    def here(self) -> bool:
        """Whether it is this very machine, and not an image of one."""
        return self.root == Path("/")


def installing(place: Place) -> tuple[Change, ...]:
    """All that makes the device, in its order. Raises GuideError where this Guide cannot be run by it."""
    python = _reachable(place)
    ground = Ground(place.root)
    return (
        Text(_SYSUSERS, shipped("guide.conf"), "the user of the device, whom nobody can log in as"),
        Person(),
        *(Folder(HOME + name) for name in ("", "/config", "/data", "/cache", "/state")),
        Text(
            _CONFIG,
            template(),
            "what the device does, to be changed by you",
            mode=0o600,
            guides=True,
            once=True,
        ),
        *(() if brings_pins(ground, UDEV) else (Text(UDEV, shipped("60-guide-gpio.rules"), _PINS),)),
        Text(_POLKIT, shipped("60-guide.rules"), "the device may switch the machine off, and nothing else"),
        Text(_JOURNALD, shipped("journald@guide.conf"), "its log, in memory and bounded"),
        Text(
            _WRAPPER,
            shipped("guide-bedside", python=python),
            "looks into its journal: sudo guide-bedside journal list",
            mode=0o755,
        ),
        Text(UNIT, shipped("guide-bedside.service", python=python), "the service"),
        Link(_WANTED, UNIT, "it starts with the machine"),
    )


def uninstalling(place: Place) -> tuple[Change, ...]:
    """All that takes the device back, in its order; the journal and the settings stay, as root's."""
    return (
        Gone(_WANTED, "it starts with the machine no more"),
        Gone(UNIT, "the service"),
        Gone(_WRAPPER, "the command"),
        Gone(_JOURNALD, "the bounds of its log"),
        Gone(_POLKIT, "the right to switch the machine off"),
        Gone(f"{HOME}/cache", "spoken sentences, which can be made again"),
        Gone(f"{HOME}/state", "the volume, and where a session was"),
        Handed(),
        Vanished("guide"),
        *(() if brings_pins(Ground(place.root), UDEV) else (Vanished("gpio", alone=True),)),
        Gone(UDEV, _PINS),
        Gone(_SYSUSERS, "the user of the device"),
    )


def carry_out(
    changes: tuple[Change, ...], place: Place, tell: Callable[[str, Change], None], *, dry: bool
) -> bool:
    """Make each so that is not yet, one after the other; whether there was anything to do.

    `tell` hears "nothing to change", "to do" or "done" of each. Raises GuideError where one cannot be done;
    what was done by then stays, and the next time goes on from there.
    """
    ground, anything = Ground(place.root), False
    for change in changes:
        try:
            if change.so(ground):
                tell("nothing to change", change)
                continue
            anything = True
            if dry:
                tell("to do", change)
                continue
            change.do(ground)
        except OSError as error:
            raise GuideError(_trouble(change, error)) from error
        tell("done", change)
    return anything


def _trouble(change: Change, error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    advice = " Type sudo before it." if isinstance(error, PermissionError) else ""
    return (
        f"This could not be done: {change} ({where}{error.strerror or error}).{advice} "
        "When it is mended, do the same again: it goes on from here."
    )


def _reachable(place: Place) -> str:
    """The Python as the device will find it. Raises GuideError where its user may not look."""
    python = Path(place.python)
    if not place.here and python.is_relative_to(place.root):
        python = Path("/") / python.relative_to(place.root)
    if place.here:
        for path in (python, python.resolve()):
            if path.is_relative_to("/home") or path.is_relative_to("/root"):
                raise GuideError(
                    f"This Guide lies in {path.parent}, where the device may not look. "
                    "Start ./install.sh of the folder that it came in: it brings Guide to /opt/guide."
                )
    return str(python)

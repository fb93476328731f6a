"""What the system's service manager is told: that the device is ready, lives, and ends.

The protocol is one datagram of `NAME=value` lines, and is spoken here because a library would bring more than
it saves: `sdnotify` (2017) knows nothing of the watchdog's variables and waits without end where a queue is
full, and the bindings of systemd itself have to be compiled on the board.
"""

import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

_PATIENCE = 1.0
"""Seconds that a manager may take for one message: it is never waited for longer."""
_MOST_STATUS = 200


@dataclass(frozen=True, slots=True)
class Notify:
    """The service manager that started this process; where there is none, everything does nothing.

    Nothing here raises: a device that cannot be watched still plays.
    """

    address: str | None = None
    """A path, or `@` and a name that is in no folder."""
    watchdog: float | None = None
    """Seconds within which it has to be fed; None where nobody watches."""

    @classmethod
    def found(cls, environment: Mapping[str, str] = os.environ) -> "Notify":
        """By `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`."""
        address = environment.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")) or len(address) < 2:
            return cls()
        return cls(address, _watchdog(environment))

    def ready(self) -> None:
        """The device answers its button from now on."""
        self._tell("READY=1")

    def feed(self) -> None:
        """All is well."""
        self._tell("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """What it does, in a line for `systemctl status`; nothing private."""
        self._tell(f"STATUS={' '.join(sentence.split())[:_MOST_STATUS]}")

    def stopping(self) -> None:
        """It has begun to end."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        if self.address is None:
            return
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        # ValueError: a zero in the path, or a letter that no file name can have.
        with (
            contextlib.suppress(OSError, ValueError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        ):
            manager.settimeout(_PATIENCE)
            manager.connect(name)
            manager.send(message.encode("utf-8", "replace"))


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """Seconds, where the watchdog is meant for this very process, and not for one that started it."""
    try:
        pid = int(environment.get("WATCHDOG_PID", os.getpid()))
        seconds = int(environment.get("WATCHDOG_USEC", "")) / 1_000_000
    except (ValueError, OverflowError):
        return None
    return seconds if pid == os.getpid() and seconds > 0 else None

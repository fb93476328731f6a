"""A device as a process of its own, on the private sound server: its button pressed, its light seen."""

import datetime as dt
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
from running import Person

from guide.bedside.clock import WallClock
from guide.bedside.doorway import NAME
from guide.bedside.timekeeping import is_set

_A_MOMENT = 0.02
"""Seconds between two knocks at a door that is not open yet."""

_BELIEVED = """
mount -t tmpfs none /run && mkdir -p /run/systemd/timesync &&
touch /run/systemd/timesync/synchronized && exec "$@"
"""


PATIENCE = 45.0
"""Seconds that anything here may take on a very busy machine; a loudspeaker is looked for every thirty."""


class Watch:
    """Who listens to a device's socket: all that it said, in its order, with the second at which it came."""

    def __init__(self, path: Path) -> None:
        """As soon as there is a device. Raises AssertionError where there is none."""
        self._line = _connected(path)
        self._changed = threading.Condition()
        self.said: list[tuple[float, dict[str, Any]]] = []
        self.ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, **what: object) -> None:
        self._line.sendall(json.dumps(what).encode() + b"\n")

    @property
    def states(self) -> list[tuple[float, dict[str, Any]]]:
        return [(at, line["state"]) for at, line in list(self.said) if "state" in line]

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1][1]

    @property
    def doings(self) -> list[str]:
        """What it did, each once while it lasted."""
        doings = [state["doing"] for _, state in self.states]
        return [one for place, one in enumerate(doings) if place == 0 or one != doings[place - 1]]

    @property
    def lights(self) -> list[tuple[float, float]]:
        """How bright, and when: by the same clock as the states' seconds."""
        return [(line["at"], line["light"]) for _, line in list(self.said) if "light" in line]

    def until(self, *doings: str, within: float = PATIENCE) -> dict[str, Any]:
        """The state when it does one of these; now, or next."""
        return self.until_it(lambda state: state["doing"] in doings, within, " or ".join(doings))

    def until_it(
        self, so: Callable[[dict[str, Any]], bool], within: float = PATIENCE, what: str = "that"
    ) -> dict[str, Any]:
        with self._changed:
            met = self._changed.wait_for(lambda: self.ended or (bool(self.states) and so(self.state)), within)
            seen = [state for _, state in self.states][-3:]
            assert met, f"never {what}: {self.doings}, {seen}"
            assert not self.ended, f"it ended, and was never {what}: {self.doings}, {seen}"
            return self.state

    def until_ended(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.ended, PATIENCE), "the device does not end"

    def close(self) -> None:
        self._line.close()

    def _read(self) -> None:
        try:
            with self._line.makefile("rb") as lines:
                for line in lines:
                    with self._changed:
                        self.said.append((time.monotonic(), json.loads(line)))
                        self._changed.notify_all()
        except OSError:
            pass
        with self._changed:
            self.ended = True
            self._changed.notify_all()


class Bedside:
    """A device that runs, and is started again whenever it ends badly. Use `begun`."""

    def __init__(self, person: Person, before: Sequence[str], environment: Mapping[str, str]) -> None:
        self._folder = person.folder
        self._words = [*before, *person.command("bedside", "run", "--mock-pins")]
        # The socket is where it can be seen from here, whatever this process has mounted over its home.
        self._environment = {**person.environment, "RUNTIME_DIRECTORY": str(person.folder), **environment}
        self._ending = threading.Event()
        self.process = self._started()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()
        self.watch = self._seen()

    @classmethod
    @contextmanager
    def begun(cls, person: Person, before: Sequence[str] = (), **environment: str) -> Iterator[Self]:
        """Told to leave at the block's end."""
        device = cls(person, before, environment)
        try:
            yield device
        finally:
            device._end()
        assert device.process.returncode == 0, device.log
        assert "Traceback" not in device.log

    @property
    def log(self) -> str:
        """What it wrote for the system's log, of its earlier lives too."""
        return (self._folder / "device.log").read_text(errors="replace")

    def press(self, seconds: float = 0.1) -> None:
        """The button down, and up again."""
        self.watch.ask(pin="button", down=True)
        time.sleep(seconds)
        self.watch.ask(pin="button", down=False)

    def killed(self) -> None:
        """Kill it, and see the next one."""
        killed = self.process
        killed.kill()
        killed.wait()  # nobody answers at its socket from here on
        self.watch.until_ended()
        self.watch.close()
        self.watch = self._seen()

    def _seen(self) -> Watch:
        try:
            return Watch(self._folder / NAME)
        except BaseException:
            self._end()
            raise

    def _started(self) -> "subprocess.Popen[bytes]":
        with (self._folder / "device.log").open("ab") as output:
            return subprocess.Popen(
                self._words,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _supervise(self) -> None:
        while self.process.wait() and not self._ending.is_set():
            self.process = self._started()

    def _end(self) -> None:
        self._ending.set()
        self.process.terminate()
        self._supervisor.join(PATIENCE)
        if self._supervisor.is_alive():
            self.process.kill()
            self._supervisor.join()
        with suppress(AttributeError):
            self.watch.close()


def believed() -> list[str]:
    """What to put before a command so that it believes the clock. Skips where it cannot be."""
    if is_set(WallClock().now()):
        return []
    words = ["unshare", "-m", "sh", "-c", _BELIEVED, "sh"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("nobody keeps this machine's clock, and only root may say so all the same")
    return words


def at_the_clock(shows: str) -> str:
    """A zone in which it is now so many hours, minutes and seconds."""
    wanted = dt.datetime.strptime(shows, "%H:%M:%S").replace(tzinfo=dt.UTC)
    west = (dt.datetime.now(dt.UTC) - wanted).seconds
    return f"XXX{west // 3600}:{west // 60 % 60:02}:{west % 60:02}"


def _connected(path: Path) -> socket.socket:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        line = socket.socket(socket.AF_UNIX)
        try:
            with _near(path) as name:
                line.connect(name)
            line.sendall(b'{"light":true}\n')
        except OSError:
            line.close()
            time.sleep(_A_MOMENT)
        else:
            return line
    raise AssertionError("there is no device")


@contextmanager
def _near(path: Path) -> Iterator[str]:
    """The socket by a short name: the path of one may have 107 characters, and pytest's are long."""
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)

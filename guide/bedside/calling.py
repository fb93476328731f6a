"""The other end of the control socket: a device that runs, seen and asked from another process."""

import json
import time
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from guide.bedside import doorway, wire
from guide.bedside.doorway import Line, Place
from guide.bedside.state import State
from guide.errors import GuideError, NotFoundError
from guide.folders import Folders

_PATIENCE = 5.0
"""Seconds that a device may take to say who it is; it needs none."""
_ANSWER = 15.0
"""Seconds that it may take to do something: one that hangs for longer is ended by its watchdog."""
_MOST = 64 << 10
"""Bytes of a line."""
_NOBODY = "No device is running here. `guide bedside run` begins one."


class Call:
    """A device that listens. `state` is what it was last heard to do, and `data` the same as it said it."""

    def __init__(self, line: Line, name: str) -> None:
        """Over a line that is open; `name` is where it leads. Raises GuideError."""
        self._line = line
        self._name = name
        self._lines = wire.Lines(_MOST)
        self._heard: deque[dict[str, Any]] = deque()
        self.data: dict[str, Any] = {}
        self.state = State()
        try:
            self._greeted()
        except GuideError:
            self.close()
            raise

    @classmethod
    def begun(cls, folders: Folders) -> "Call":
        """With the device of this person, or that of the system. Raises NotFoundError, GuideError."""
        closed: Place | None = None
        for place in Place.all(folders):
            try:
                return cls(doorway.connect(place.path, _PATIENCE), str(place.path))
            except PermissionError:
                closed = place
            except OSError:  # there is none, or it was left behind, or leads nowhere
                continue
        if closed is None:
            raise NotFoundError(_NOBODY)
        raise GuideError(
            f"A device runs here, and this user may not speak to it: {closed.path} is open to its own user "
            "and group. Call this with sudo, or become a member of that group."
        )

    def do(self, what: dict[str, Any]) -> None:
        """Have something done, and wait until it was taken. Raises GuideError where it was not."""
        self._sent(wire.line({**what, "id": 1}))
        over = time.monotonic() + _ANSWER
        while True:
            data = self._next(over)
            if data is None:
                raise GuideError("The device does not answer. It may hang, and be started anew in a moment.")
            if self._is_state(data):
                continue
            if data.get("id") == 1:
                break
        if problem := data.get("error"):
            raise GuideError(str(problem))

    def states(self, over: float | None = None) -> Iterator[State]:
        """Each change, until `over`, by the monotonic clock, or until the device ends. Raises GuideError."""
        while (data := self._next(over)) is not None:
            if self._is_state(data):
                yield self.state

    def close(self) -> None:
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _greeted(self) -> None:
        over = time.monotonic() + _PATIENCE
        hello = self._next(over)
        if hello is None:
            raise GuideError("The device does not answer. It may hang, and be started anew in a moment.")
        if hello.get("guide") != wire.HELLO["guide"]:
            raise self._strange("it is no device of ours")
        if hello.get("version") != wire.VERSION:
            raise GuideError(
                "The device that runs here is of another version than this command. Start it anew."
            )
        first = self._next(over) or {}
        if not self._is_state(first):
            raise GuideError(str(first.get("error", "The device does not say what it does.")))

    def _is_state(self, data: dict[str, Any]) -> bool:
        if "state" not in data:
            return False
        try:
            self.state = wire.heard(data["state"])
        except (ValueError, OverflowError) as error:
            raise self._strange(str(error)) from error
        self.data = data["state"]
        return True

    def _next(self, over: float | None) -> dict[str, Any] | None:
        """The next that is said; None once `over` has come. Raises GuideError where it ends or is no word."""
        while not self._heard:
            left = None if over is None else over - time.monotonic()
            if left is not None and left <= 0:
                return None
            self._line.settimeout(left)
            try:
                piece = self._line.recv(_MOST)
            except TimeoutError:
                return None
            except OSError:
                piece = b""
            if not piece:
                raise NotFoundError("The device has ended.")
            self._heard.extend(self._word(line) for line in self._lines.fed(piece))
        return self._heard.popleft()

    def _word(self, line: bytes) -> dict[str, Any]:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise self._strange("it speaks another language")
        return data

    def _sent(self, data: bytes) -> None:
        self._line.settimeout(_ANSWER)
        try:
            self._line.sendall(data)
        except OSError as error:
            raise NotFoundError("The device has ended.") from error

    def _strange(self, why: str) -> GuideError:
        return GuideError(f"What listens at {self._name} is not understood ({why}).")

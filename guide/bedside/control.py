"""The control socket: whoever may open it sees what the device does, and can do what a button can.

One thread serves all who listen; the device only puts its state down, and never waits for any of them.
`guide.bedside.wire` is what is said, `guide.bedside.doorway` where the socket is, docs/bedside-socket.md for
whoever builds on it.
"""

import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import Any

from guide.bedside import doorway, wire
from guide.bedside.doorway import Line, Place
from guide.bedside.events import Button, Event, Gestured, Ordered
from guide.bedside.state import State
from guide.errors import GuideError

MOST_CLIENTS = 16

_APART = 0.25
"""Seconds between two states of which only the place and the breath differ."""
_LIGHT = 0.02
"""Seconds between two looks at the light, while somebody wants them."""
_MOST_STATES = 256
"""That are kept for who listens, where the device is that much faster than this thread."""
_MOST_UNSENT = 64 << 10
"""Bytes that may wait for somebody who does not read; then they are let go."""
_MOST_WAITING = 16
"""Orders of one client that the device has not answered."""
_MOST_EVENTS = 1_000
"""In the device's inbox; then nothing more is taken."""
_CHUNK = 4 * wire.MOST
_GONE = 1.0
"""Seconds that `close` waits for its thread."""


@dataclass(frozen=True, slots=True)
class Mock:
    """What a device that is tried out without hardware lets others do besides."""

    pin: Callable[[Button, bool], None]
    """Lets a button go down or up; called on the thread of the socket."""
    light: Callable[[], float]
    """How bright the light is, 0 to 1; the same."""


class _Client:
    """Somebody who listens."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.lines = wire.Lines(wire.MOST)
        self.unsent = bytearray()
        self.waiting = 0
        """Orders that were not answered yet."""
        self.ended = False
        """Whether nothing more will be asked."""
        self.gone = False
        self.light: float | None = None
        """The brightness that was told last; −1 before the first, None where it is not wanted."""

    @property
    def wants(self) -> int:
        """What is waited for: something to read, or room to write."""
        return (0 if self.ended else selectors.EVENT_READ) | (selectors.EVENT_WRITE if self.unsent else 0)


class Control:
    """The device's end of the socket."""

    def __init__(self, place: Place, listening: Line, inbox: "SimpleQueue[Event]", mock: Mock | None) -> None:
        """`open` makes it."""
        self._place = place
        self._listening = listening
        self._inbox = inbox
        self._mock = mock
        self._own = doorway.file(place.path)
        self._lock = threading.Lock()
        self._clients: set[_Client] = set()
        self._shown = State()
        self._coming: deque[State] = deque(maxlen=_MOST_STATES)
        self._next = 0.0
        """When a state may follow of which only the place is new."""
        self._answers: SimpleQueue[tuple[_Client, wire.Name, str | None]] = SimpleQueue()
        self._over = False
        self._door, self._bell = os.pipe()
        self._selector = selectors.DefaultSelector()
        for handle, heard in ((listening.fileno(), self._accept), (self._door, self._rung)):
            self._selector.register(handle, selectors.EVENT_READ, heard)
        listening.settimeout(0.0)
        for handle in (self._door, self._bell):
            os.set_blocking(handle, False)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, place: Place, inbox: "SimpleQueue[Event]", mock: Mock | None = None) -> "Control":
        """Listen. What is asked is put into `inbox`; `mock` lets buttons be driven and the light be seen.

        A socket that was left behind is replaced. Raises GuideError where another device listens, and
        StorageError where there can be no socket.
        """
        return cls(place, doorway.listen(place, MOST_CLIENTS), inbox, mock)

    def publish(self, state: State) -> None:
        """Let everybody see it. Takes microseconds, and waits for nobody."""
        with self._lock:
            if not self._clients:
                self._coming.clear()
                self._shown = state
                return
            if state == (self._coming[-1] if self._coming else self._shown):
                return
            if self._coming and _still(self._coming[-1]) == _still(state):
                self._coming[-1] = state
                return
            self._coming.append(state)
        self._ring()

    def close(self) -> None:
        """Tell what was published, let everybody go, and take the socket away. May be called twice."""
        self._over = True
        self._ring()
        self._thread.join(_GONE)

    # -- its own thread --

    def _serve(self) -> None:
        while not self._over:
            for key, mask in self._selector.select(self._patience()):
                key.data(mask)
            self._answer()
            self._tell()
            self._shine()
        self._answer()
        self._tell(at_once=True)
        for client in tuple(self._clients):
            self._drop(client)
        doorway.take_away(self._place, self._own)
        self._selector.close()
        self._listening.close()
        with self._lock:  # nobody rings from here on: the number may soon be that of another file
            for handle in (self._door, self._bell):
                os.close(handle)
            self._bell = -1

    def _patience(self) -> float | None:
        if any(client.light is not None for client in self._clients):
            return _LIGHT
        return max(0.0, self._next - time.monotonic()) if self._coming else None

    def _ring(self) -> None:
        # It may ring already, or nobody be there any more.
        with self._lock, suppress(OSError):
            os.write(self._bell, b"!")

    def _rung(self, _: int) -> None:
        with suppress(BlockingIOError):
            os.read(self._door, _CHUNK)

    def _accept(self, _: int) -> None:
        try:
            line, _who = self._listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            time.sleep(_APART)  # no file can be opened for now: it would be asked for again at once
            return
        line.settimeout(0.0)
        client = _Client(line)
        if len(self._clients) >= MOST_CLIENTS:
            problem = "Too many listen to the device already; end one of them."
            with suppress(OSError):
                line.send(wire.line(wire.HELLO) + wire.line(wire.answer(problem, None)))
            line.close()
            return
        with self._lock:
            self._clients.add(client)
            shown = self._shown
        self._selector.register(line, selectors.EVENT_READ, partial(self._serve_one, client))
        self._send(client, wire.HELLO, {"state": wire.said(shown)})

    def _serve_one(self, client: _Client, mask: int) -> None:
        if mask & selectors.EVENT_READ and not client.gone:
            self._read(client)
        if mask & selectors.EVENT_WRITE and not client.gone:
            self._flush(client)

    def _read(self, client: _Client) -> None:
        try:
            data = client.line.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)
            return
        client.ended = not data
        for asked in client.lines.fed(data or b"\n"):
            self._take(client, asked)
            if client.gone:
                return
        self._flush(client)

    def _take(self, client: _Client, line: bytes) -> None:
        """One line, whatever it is."""
        if not line.strip():
            return
        asked = wire.read(line)
        if isinstance(asked.what, str):
            self._send(client, wire.answer(asked.what, asked.name))
        else:
            self._do(client, asked.what, asked.name)

    def _do(self, client: _Client, what: wire.Command, name: wire.Name) -> None:
        problem = None
        if isinstance(what, wire.Ask):
            named = {} if name is None else {"id": name}
            self._send(client, {"state": wire.said(self._newest()), **named})
            return
        if isinstance(what, wire.Verb):
            self._order(client, what, name)
            return
        if isinstance(what, wire.Thumb):
            problem = self._full(client)
            if problem is None:
                self._inbox.put(Gestured(what.gesture))
        elif self._mock is None:
            problem = "Only a device that is tried out without hardware lets its pins be driven."
        elif isinstance(what, wire.Light):
            client.light = -1.0 if what.wanted else None
        elif (problem := self._full(client)) is None:
            self._mock.pin(what.button, what.down)
        self._send(client, wire.answer(problem, name))

    def _order(self, client: _Client, what: wire.Verb, name: wire.Name) -> None:
        if problem := self._full(client):
            self._send(client, wire.answer(problem, name))
            return
        done: Future[None] = Future()
        client.waiting += 1
        done.add_done_callback(partial(self._done, client, name))
        self._inbox.put(Ordered(what.order, what.session, what.frames, done))

    def _full(self, client: _Client) -> str | None:
        """A sentence where the device has enough to do."""
        if client.waiting >= _MOST_WAITING or self._inbox.qsize() >= _MOST_EVENTS:
            return "The device has not come to what was asked before; ask again in a moment."
        return None

    def _done(self, client: _Client, name: wire.Name, done: "Future[None]") -> None:
        """The device has answered; on its own thread."""
        self._answers.put((client, name, _problem(done)))
        self._ring()

    def _answer(self) -> None:
        while not self._answers.empty():
            client, name, problem = self._answers.get()
            client.waiting -= 1
            if not client.gone:
                self._send(client, wire.answer(problem, name))

    def _newest(self) -> State:
        with self._lock:
            return self._coming[-1] if self._coming else self._shown

    def _tell(self, *, at_once: bool = False) -> None:
        """Send the states that came; one of which only the place is new has to wait for its time."""
        now = time.monotonic()
        with self._lock:
            if not self._coming:
                return
            moves = len(self._coming) == 1 and _still(self._coming[0]) == _still(self._shown)
            if moves and now < self._next and not at_once:
                return
            states = tuple(self._coming)
            self._coming.clear()
            self._shown = states[-1]
        self._next = now + _APART
        data = [{"state": wire.said(state)} for state in states]
        for client in tuple(self._clients):
            self._send(client, *data)

    def _shine(self) -> None:
        """Tell of the light, where that is wanted and it changed."""
        wanted = [client for client in self._clients if client.light is not None]
        if not wanted or self._mock is None:
            return
        bright, at = round(self._mock.light(), 3), round(time.monotonic(), 3)
        for client in wanted:
            if client.light != bright:
                client.light = bright
                self._send(client, {"light": bright, "at": at})

    def _send(self, client: _Client, *data: dict[str, Any]) -> None:
        for one in data:
            client.unsent += wire.line(one)
        self._flush(client)

    def _flush(self, client: _Client) -> None:
        """Send what there is room for. Who does not read, and who has ended and got everything, is let go."""
        if client.gone:
            return
        try:
            while client.unsent:
                del client.unsent[: client.line.send(client.unsent)]
        except BlockingIOError:
            if len(client.unsent) > _MOST_UNSENT:
                self._drop(client)
                return
        except OSError:
            self._drop(client)
            return
        if client.ended and not client.unsent and not client.waiting:
            self._drop(client)
            return
        self._await(client)

    def _await(self, client: _Client) -> None:
        known = client.line in self._selector.get_map()
        if not client.wants:
            if known:
                self._selector.unregister(client.line)
        elif known:
            self._selector.modify(client.line, client.wants, partial(self._serve_one, client))
        else:
            self._selector.register(client.line, client.wants, partial(self._serve_one, client))

    def _drop(self, client: _Client) -> None:
        if client.gone:
            return
        client.gone = True
        with self._lock:
            self._clients.discard(client)
        if client.line in self._selector.get_map():
            self._selector.unregister(client.line)
        client.line.close()


def _still(state: State) -> State:
    """All of it but what moves while it plays."""
    return replace(state, at=0, breath=None)


def _problem(done: "Future[None]") -> str | None:
    """Why the device did not do it; None where it did."""
    try:
        error = done.exception()
    except CancelledError:
        return "The device is about to end."
    if error is None:
        return None
    return str(error) if isinstance(error, GuideError) else "It could not be done."

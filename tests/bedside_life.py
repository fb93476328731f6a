"""A device on a fake clock: what its light, its loudspeaker and its journal get in a night, in seconds."""

import atexit
import datetime as dt
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from keeping import folders

from guide.bedside.clock import FakeClock
from guide.bedside.clocked import ClockedMicrophone, ClockedSink
from guide.bedside.condition import Condition
from guide.bedside.device import Device
from guide.bedside.events import Edge, Event, Leave
from guide.bedside.parts import Parts
from guide.bedside.setting import Setting
from guide.bedside.state import Doing, State
from guide.config import Config
from guide.desk import Desk
from guide.duration import RATE
from guide.errors import DeviceError
from guide.library import Library
from guide.microphone import Microphone
from guide.sinks import Sink
from guide.sound import Sound
from guide.voices import Voice
from guide.voices.hum import Hum
from guide.voices.instead import Instead

EVENING = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
_PATIENCE = 60.0
_MOST_KEPT = 660 * RATE
"""Frames of what was heard last that are kept."""
_made: list[Path] = []
"""Where the sentences of a device are that was made in this process."""


@dataclass
class Life:
    """One device and the room around it. Times are seconds of the fake clock."""

    home: Path
    setting: Setting = field(default_factory=Setting)
    config: Config = field(default_factory=lambda: Config(voice="hum"))
    begin: dt.datetime = EVENING
    said: Sound = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    """What is spoken into the microphone each time that it is open."""
    loudspeaker: bool = True
    loses: bool = False
    """Whether the loudspeaker is lost at its next block, and is back when it is looked for."""
    microphone: bool = True
    condition: Condition = field(default_factory=Condition)
    keeps: bool = True
    """Whether what is heard is kept."""

    def __post_init__(self) -> None:
        self.clock = FakeClock(self.begin)
        self.states: list[tuple[float, State]] = []
        self.blocks: deque[Sound] = deque()
        self._kept = 0
        self.heard = 0
        self.notes: list[str] = []
        self.switched_off = 0
        self.problems: tuple[str, ...] = ()
        self.coming: tuple[str, ...] = ()
        """What the next look at the settings finds wrong."""
        self._changed = False
        self.folders = folders(self.home)
        self._shown = threading.Condition()
        self.device = Device(
            Parts(
                clock=self.clock,
                desk=lambda: _ReadyDesk(self.folders, Library.find(self.folders), self.config),
                setting=lambda: self.setting,
                changed=self._has_changed,
                problems=lambda: self.problems,
                find=self._find,
                microphone=self._microphone,
                condition=lambda _: self.condition,
                show=self._show,
                switch_off=self._switch_off,
                note=self.notes.append,
            )
        )
        self._thread = threading.Thread(target=self.device.run, name="device", daemon=True)
        self._done: SimpleQueue[None] = SimpleQueue()
        self._news: SimpleQueue[None] = SimpleQueue()
        """One for each state that was shown."""

    @contextmanager
    def on(self) -> Iterator["Life"]:
        """Switched on; this thread drives it, and no time passes while it does anything but wait."""
        with self.clock.attended():
            if _made and not (self.folders.cache / "bedside").exists():
                shutil.copytree(_made[0], self.folders.cache / "bedside")
            self._thread.start()
            assert self.device.made.wait(_PATIENCE)
            self._keep_made()
            self.wait(2)
            try:
                yield self
            finally:
                self.device.inbox.put(Leave())
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), "the device does not end"

    def _keep_made(self) -> None:
        """What was made once is there for the next life of these tests."""
        if not _made:
            _made.append(Path(tempfile.mkdtemp(prefix="guide-sayings-")) / "bedside")
            shutil.copytree(self.folders.cache / "bedside", _made[0])
            atexit.register(shutil.rmtree, _made[0].parent, ignore_errors=True)

    # ── driving ──────────────────────────────────────────────────────────────────────────────────────────

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.clock.wait(self._done, self.clock.elapsed() + seconds)

    def until(self, doing: Doing, within: float = 600.0) -> State:
        """Wait until it does this; within so many seconds of the fake clock."""
        return self.until_it(lambda state: state.doing == doing, within, doing)

    def until_it(self, so: Callable[[State], bool], within: float = 600.0, what: str = "that") -> State:
        """Wait until its state is so."""
        end = self.clock.elapsed() + within
        while not so(self.state):
            assert self.clock.elapsed() < end, f"never {what}: {[one.doing for _, one in self.states][-12:]}"
            self.clock.wait(self._news, end)
        return self.state

    def put(self, event: Event) -> None:
        self.device.inbox.put(event)

    def edge(self, *, down: bool, button: str = "button") -> None:
        self.put(Edge(button, down, self.clock.elapsed()))  # type: ignore[arg-type]

    def press(self, seconds: float = 0.1, button: str = "button") -> None:
        """Down, and up again after so many seconds; then a moment in which no second press comes."""
        self.edge(down=True, button=button)
        self.wait(seconds)
        self.edge(down=False, button=button)
        self.wait(0.6)

    def double(self) -> None:
        for _ in range(2):
            self.edge(down=True)
            self.wait(0.08)
            self.edge(down=False)
            self.wait(0.1)
        self.wait(0.5)

    def hold(self, seconds: float = 1.2) -> None:
        self.press(seconds)

    def set(self, **changes: object) -> None:
        """Other settings, as if the file had been saved."""
        self.setting = replace(self.setting, **changes)  # type: ignore[arg-type]
        self._changed = True

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> State:
        return self.states[-1][1] if self.states else State()

    def doings(self) -> list[Doing]:
        """What it did, each once while it lasted."""
        doings = [state.doing for _, state in self.states]
        return [one for place, one in enumerate(doings) if place == 0 or one != doings[place - 1]]

    def sound(self) -> Sound:
        """All that was heard, `(frames, 2)`."""
        return np.concatenate(self.blocks) if self.blocks else np.zeros((0, 2), dtype=np.float32)

    # ── the room ─────────────────────────────────────────────────────────────────────────────────────────

    def _show(self, state: State) -> None:
        self.states.append((self.clock.elapsed(), state))
        self._news.put(None)

    def _find(self) -> Sink:
        if not self.loudspeaker:
            raise DeviceError("There is no loudspeaker here.")
        return ClockedSink(self.clock, self._hear)

    def _hear(self, block: Sound) -> None:
        self.heard += len(block)
        if self.keeps:
            self.blocks.append(np.array(block))
            self._kept += len(block)
            while self._kept > _MOST_KEPT:
                self._kept -= len(self.blocks.popleft())
        if self.loses:
            self.loses = False
            raise DeviceError("The loudspeaker was lost.")

    def _microphone(self) -> Microphone:
        return _Deaf() if not self.microphone else ClockedMicrophone(self.clock, self.said)

    def _has_changed(self) -> bool:
        self.problems = self.coming
        changed, self._changed = self._changed, False
        return changed

    def _switch_off(self) -> None:
        self.switched_off += 1


class _Ready(Hum):
    """A voice that has said everything already: on a fake clock nobody waits for it."""

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        return len(self.speak(text, pace, pitch))


class _ReadyDesk(Desk):
    @contextmanager
    def voice(self, name: str | None, language: str = "en") -> "Iterator[Voice]":  # noqa: ARG002
        yield _Ready()

    def any_voice(self, name: str | None, language: str) -> "Instead":  # noqa: ARG002
        return Instead([_Ready()])


class _Deaf(ClockedMicrophone):
    def __init__(self) -> None:
        super().__init__(FakeClock(EVENING), np.zeros(RATE, dtype=np.float32))

    def open(self) -> None:
        raise DeviceError("There is no microphone here.")

"""The device put together on this machine: its pins, its loudspeaker, its socket, and who watches it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from guide.bedside import condition, timekeeping
from guide.bedside.board import Board, MockBoard, NoBoard, board
from guide.bedside.clock import WallClock
from guide.bedside.condition import Condition
from guide.bedside.control import Control, Mock
from guide.bedside.device import Device
from guide.bedside.doorway import Place
from guide.bedside.events import Button, Leave
from guide.bedside.in_force import Settings
from guide.bedside.notify import Notify
from guide.bedside.parts import Parts
from guide.bedside.pulse import Feeder, Pulse, Watched, leave
from guide.bedside.setting import Pins
from guide.bedside.state import State
from guide.desk import Desk
from guide.errors import DeviceError
from guide.folders import Folders
from guide.library import Library
from guide.microphone import DeviceMicrophone
from guide.sinks import Sink, Speaker, listed_anew, quiet

_SOUNDING = ("playing", "waking")
"""What the watchdog is fed for only while the loudspeaker takes frames."""
_CARDS = Path("/proc/asound/cards")


class Hands:
    """The pins as the settings have them now: other pins are other hands."""

    def __init__(self, device: Device, clock: WallClock, *, mock: bool) -> None:
        self._device = device
        self._clock = clock
        self._mock = mock
        self._pins: Pins | None = None
        self._board: Board = NoBoard()
        self._state = State()

    def take(self, pins: Pins, note: Callable[[str], None]) -> None:
        """Take these pins. Where they cannot be had, that is noted, and the device has its socket alone."""
        if pins == self._pins:
            return
        self._board.close()
        self._pins = pins
        try:
            self._board = board(pins, self._device.inbox.put, self._clock, mock=self._mock)
        except DeviceError as error:
            self._board = NoBoard()
            note(str(error))
        self._board.show(self._state)

    def show(self, state: State) -> None:
        """As `Board.show`."""
        self._state = state
        self._board.show(state)

    def drive(self, button: Button, down: bool) -> None:  # noqa: FBT001 - as the socket gives it
        """Let a mock button go down or up."""
        if isinstance(self._board, MockBoard):
            self._board.drive(button, down=down)

    def light(self) -> float:
        """How bright the light is."""
        return self._board.light

    def close(self) -> None:
        """Let them go."""
        self._board.close()


class Sound:
    """The loudspeaker and the microphone, by the names of the settings, each call of theirs felt."""

    def __init__(self, settings: Settings, pulse: Pulse, device: str | None, microphone: str | None) -> None:
        self._settings = settings
        self._pulse = pulse
        self._device = device
        self._microphone = microphone
        self._cards = _cards()

    def find(self) -> Sink:
        """The loudspeaker, looked for anew where it is not in the list. Raises DeviceError."""
        setting, config = self._settings.now.setting, self._settings.now.config
        name = self._device or setting.device or config.device
        with self._pulse.during("opening the loudspeaker"):
            if self._cards != (cards := _cards()):
                self._cards = cards
                listed_anew()
            try:
                return Watched(Speaker(name), self._pulse)
            except DeviceError:
                listed_anew()
            return Watched(Speaker(name), self._pulse)

    def microphone(self) -> DeviceMicrophone:
        """The microphone, not yet open."""
        setting, config = self._settings.now.setting, self._settings.now.config
        return DeviceMicrophone(self._microphone or setting.microphone or config.microphone)


def run(
    *, device: str | None = None, microphone: str | None = None, mock_pins: bool = False, dry: bool = False
) -> None:
    """Be the device until it is switched off or told to end. Raises GuideError where another one runs.

    `mock_pins` takes gpiozero's own; with `dry`, and with those, switching off ends the process alone.
    """
    folders = Folders.find()
    notify, clock, pulse = Notify.found(), WallClock(), Pulse()
    library = Library.find(folders)
    settings = Settings(folders, library)
    sound = Sound(settings, pulse, device, microphone)
    shown: list[Callable[[State], None]] = []
    made = Device(
        Parts(
            clock=clock,
            desk=lambda: Desk(folders, library, settings.now.config),
            setting=lambda: settings.now.setting,
            changed=settings.look,
            problems=lambda: settings.now.problems,
            find=sound.find,
            microphone=sound.microphone,
            condition=lambda before: _condition(folders, clock, before),
            show=lambda state: shown[0](state),  # noqa: PLW0108 - it is made further down
            switch_off=(lambda: None) if dry or mock_pins else _switch_off,
            note=_note,
            uptime=lambda: timekeeping.uptime(clock.elapsed()),
            learn=lambda: _aside(_dated, folders, clock),
            loop=pulse.loop,
            rest=pulse.rest,
        )
    )
    hands = Hands(made, clock, mock=mock_pins)
    control = Control.open(
        Place.found(folders), made.inbox, Mock(hands.drive, hands.light) if mock_pins else None
    )
    first = threading.Event()

    def show(state: State) -> None:
        pulse.expect(state.doing in _SOUNDING)
        hands.take(settings.now.setting.pins, _note)
        hands.show(state)
        control.publish(state)
        if not first.is_set():
            first.set()
            notify.ready()
            _note("ready")

    shown.append(show)
    feeder = Feeder(
        pulse, notify.feed, lambda what: _note(f"hangs in {what}"), watchdog=notify.watchdog, away=leave
    )
    _aside(_mended, folders)
    with _told_to_leave(made), quiet():
        try:
            made.run()
        finally:
            notify.stopping()
            feeder.close()
            control.close()
            hands.close()


def _condition(folders: Folders, clock: WallClock, before: Condition | None) -> Condition:
    found = condition.look(folders, clock.now(), before)
    if found.nearly_full:
        from guide.voices.cache import make_room

        _aside(make_room, folders.cache / "voices", condition.NEARLY_FULL)
    return found


def _aside(work: Callable[..., object], *words: object) -> None:
    """Do it on a thread of its own: nobody waits for a disk."""
    threading.Thread(target=work, args=words, name="journal", daemon=True).start()


def _dated(folders: Folders, clock: WallClock) -> None:
    """Date what was kept before anybody knew the time."""
    from guide.errors import GuideError
    from guide.journal import Journal
    from guide.journal.dating import date

    with contextlib.suppress(GuideError):
        if (folders.data / "journal.db").is_file():
            date(Journal.open(folders), timekeeping.uptime(clock.elapsed()), clock.now())


def _mended(folders: Folders) -> None:
    """Make whole what an earlier process left cut off; no word is said of it."""
    from guide.errors import GuideError
    from guide.journal import Journal
    from guide.scribe import wants_words

    with contextlib.suppress(GuideError):
        if (folders.data / "journal.db").is_file():
            found = Journal.open(folders, wants_words=lambda: wants_words(folders)).recover()
            for _ in found:
                _note("a recording that was cut off is whole again")


def _note(sentence: str) -> None:
    """A line for the system's log, which knows the time by itself."""
    with contextlib.suppress(OSError):
        os.write(1, f"{sentence}\n".encode())


def _cards() -> bytes:
    """The sound cards that the kernel knows; empty where it does not tell."""
    try:
        return _CARDS.read_bytes()[:4096]
    except OSError:
        return b""


def _switch_off() -> None:
    try:
        done = subprocess.run(
            ["systemctl", "poweroff", "--no-ask-password"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _note(f"This machine cannot be switched off from here ({error}).")
        return
    if done.returncode:
        _note(f"This machine could not be switched off: {done.stderr.strip()[:200]}")


@contextlib.contextmanager
def _told_to_leave(device: Device) -> Iterator[None]:
    """Until this ends, SIGTERM and SIGINT let the device come to rest."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        device.inbox.put(Leave())

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()

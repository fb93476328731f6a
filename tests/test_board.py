"""Buttons and a light, on gpiozero's mock pins, and on its real ones over a chip that is not there."""

import datetime as dt
import platform
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import gpiozero
import gpiozero.pins
import gpiozero.pins.local
import pytest

from guide.bedside.board import Board, Lamp, MockBoard, NoBoard, PinBoard, board
from guide.bedside.clock import Clock, FakeClock, WallClock
from guide.bedside.events import Edge
from guide.bedside.gestures import Rule, Thumb, step
from guide.bedside.light import brightness
from guide.bedside.setting import Pins
from guide.bedside.state import Doing, State
from guide.errors import DeviceError

EVENING = dt.datetime(2026, 11, 24, 22, 0, tzinfo=dt.UTC)
ALL = Pins(louder=5, softer=6, skip=13)
SOON = 20
"""Seconds after which a test gives up; it waits for what happens, not for time."""


def nobody(_edge: Edge) -> None:
    pass


def lamp(of: Board) -> Lamp:
    assert isinstance(of, PinBoard)
    assert of._lamp is not None
    return of._lamp


def comes(of: Board, what: Callable[[], bool]) -> bool:
    with lamp(of).changed:
        return lamp(of).changed.wait_for(what, timeout=SOON)


def shows(of: Board, state: State) -> None:
    """Let it show that, and wait until it knows."""
    of.show(state)
    assert comes(of, lambda: not lamp(of)._fresh)


def arrives(of: Board, clock: FakeClock) -> None:
    """Let time pass until the light has come to what it shows."""
    assert any(comes_to_rest(of, clock) for _ in range(100))


def comes_to_rest(of: Board, clock: FakeClock) -> bool:
    clock.advance(0.2)
    with lamp(of).changed:
        lamp(of).changed.wait_for(lambda: lamp(of).asleep, timeout=0.05)
        return lamp(of).asleep


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(EVENING)


@pytest.fixture
def mock(clock: FakeClock) -> Iterator[MockBoard]:
    made = board(ALL, nobody, clock, mock=True)
    yield made
    made.close()


# ── every board ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("time", [WallClock, lambda: FakeClock(EVENING)], ids=["wall", "fake"])
@pytest.mark.parametrize("kind", ["none", "mock", "mock without a light"])
def test_every_board_keeps_the_promise(kind: str, time: Callable[[], Clock]) -> None:
    pins = Pins(light=None) if "without" in kind else Pins()
    made: Board = NoBoard() if kind == "none" else board(pins, nobody, time(), mock=True)
    assert made.light == 0
    for doing in get_args(Doing):
        made.show(State(doing=doing))
        assert 0 <= made.light <= 1
    made.close()
    assert made.light == 0
    made.show(State(doing="listening"))
    assert made.light == 0
    made.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "light"]


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_edge_is_told_with_its_button_and_its_moment(clock: FakeClock) -> None:
    told: list[Edge] = []
    made = board(ALL, told.append, clock, mock=True)
    for button in ("button", "louder", "softer", "skip"):
        made.drive(button, down=True)
        clock.advance(0.25)
        made.drive(button, down=False)
    made.close()
    assert told == [
        Edge("button", down=True, at=0.0),
        Edge("button", down=False, at=0.25),
        Edge("louder", down=True, at=0.25),
        Edge("louder", down=False, at=0.5),
        Edge("softer", down=True, at=0.5),
        Edge("softer", down=False, at=0.75),
        Edge("skip", down=True, at=0.75),
        Edge("skip", down=False, at=1.0),
    ]


def test_edges_that_bounce_all_come_and_make_one_press(clock: FakeClock) -> None:
    told: list[Edge] = []
    made = board(Pins(), told.append, clock, mock=True)
    for down in (True, False, True, False, True):
        made.drive("button", down=down)
        clock.advance(0.003)
    clock.advance(0.2)
    made.drive("button", down=False)
    made.close()
    assert len(told) == 6
    thumb = Thumb()
    for edge in told:
        thumb, gestures = step(thumb, edge.at, Rule(), down=edge.down)
        assert gestures == ()
    assert step(thumb, 2.0, Rule()) == (Thumb(), ("press",))


def test_a_button_that_is_down_at_the_start_tells_nothing_until_it_is_let_go(clock: FakeClock) -> None:
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    from guide.bedside.board import _Factory

    class Held(MockPWMPin):  # type: ignore[misc]
        def _set_pull(self, value: str) -> None:
            super()._set_pull(value)
            self._change_state(self.info.name != "GPIO17")

    told: list[Edge] = []
    made = MockBoard(Pins(), told.append, clock, _Factory(MockFactory(pin_class=Held)))
    assert told == []
    made.drive("button", down=False)
    made.drive("button", down=True)
    made.close()
    assert [edge.down for edge in told] == [False, True]


def test_a_button_that_the_device_does_not_have_is_named(clock: FakeClock) -> None:
    made = board(Pins(), nobody, clock, mock=True)
    with pytest.raises(DeviceError, match="no button 'skip'"):
        made.drive("skip", down=True)
    made.close()


def test_after_its_end_nothing_is_told_and_gpiozero_is_as_it_was(clock: FakeClock) -> None:
    told: list[Edge] = []
    made = board(Pins(), told.append, clock, mock=True)
    pin = made._buttons["button"].pin
    made.close()
    pin.drive_low()
    assert told == []
    assert gpiozero.Device.pin_factory is None


# ── the light ────────────────────────────────────────────────────────────────────────────────────────────


def test_it_fades_to_what_it_shows_and_then_sleeps(mock: MockBoard, clock: FakeClock) -> None:
    shows(mock, State(doing="speaking"))
    assert mock.light == 0  # no time has passed
    levels = [mock.light]
    while mock.light < brightness(State(doing="speaking"), 0):
        clock.advance(0.05)
        assert comes(mock, lambda: mock.light > levels[-1])
        levels.append(mock.light)
        assert levels[-1] - levels[-2] <= 0.2
    assert len(levels) > 5
    assert comes(mock, lambda: lamp(mock).asleep)
    assert lamp(mock)._led.value == pytest.approx(mock.light)


def test_time_that_it_slept_does_not_make_it_jump(mock: MockBoard, clock: FakeClock) -> None:
    mock.show(State(doing="waiting"))
    arrives(mock, clock)
    glow = mock.light
    clock.advance(3600)
    shows(mock, State(doing="speaking"))
    assert mock.light == glow
    clock.advance(0.05)
    assert comes(mock, lambda: mock.light > glow)
    assert mock.light < 0.6 * brightness(State(doing="speaking"), 0)


def test_a_dark_light_has_no_pulses(mock: MockBoard, clock: FakeClock) -> None:
    led = lamp(mock)._led
    assert led.frequency is None
    mock.show(State(doing="waiting"))
    arrives(mock, clock)
    assert led.frequency == 100
    mock.show(State(doing="off"))
    arrives(mock, clock)
    assert (mock.light, led.frequency, led.value) == (0.0, None, 0.0)


def test_between_two_blinks_it_sleeps(mock: MockBoard, clock: FakeClock) -> None:
    shows(mock, State(doing="waiting", troubles=("no microphone",)))
    clock.advance(2.0)  # the blinks of this round are over
    assert comes(mock, lambda: lamp(mock).asleep)


class Watched(FakeClock):
    """One that knows how often it was looked at."""

    looks = 0

    def elapsed(self) -> float:
        self.looks += 1
        return super().elapsed()


def test_asleep_it_does_nothing() -> None:
    clock = Watched(EVENING)
    made = board(Pins(), nobody, clock, mock=True)
    shows(made, State(doing="waiting"))
    arrives(made, clock)
    with lamp(made).changed:
        before = clock.looks
        assert not lamp(made).changed.wait_for(lambda: clock.looks > before, timeout=0.15)
    made.close()


def test_on_the_wall_clock_it_moves_as_the_pattern_does() -> None:
    made = board(Pins(), nobody, WallClock(), mock=True)
    made.show(State(doing="listening"))
    levels = {made.light}

    def another() -> bool:
        levels.add(made.light)
        return len(levels) > 6

    assert comes(made, another)
    assert not lamp(made).asleep
    made.close()
    assert made.light == 0


# ── what can be missing ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def on_a_pi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")


@pytest.mark.usefixtures("on_a_pi")
@pytest.mark.parametrize("mock", [True, False])
def test_a_missing_library_says_what_to_install(
    mock: bool, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in {"gpiozero", "lgpio"}]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(DeviceError, match=r"pip install .*\[pi\]"):
        board(Pins(), nobody, clock, mock=mock)


def test_pins_that_nobody_has_are_named(clock: FakeClock) -> None:
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    from guide.bedside.board import _Factory

    factory = MockFactory(pin_class=MockPWMPin)
    other = gpiozero.LED(18, pin_factory=factory)
    with pytest.raises(DeviceError, match=r"Pin 18 \(light\).*already in use.*bedside.yaml"):
        PinBoard(Pins(), nobody, clock, _Factory(factory))
    other.close()


# ── the real pins, over a chip that is not there ─────────────────────────────────────────────────────────


class BusyError(Exception):
    pass


# ruff: noqa: ARG002
class Chip(ModuleType):
    """The functions of lgpio that gpiozero calls, for a chip with nothing on it."""

    error = BusyError
    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 0x80, 0x20, 0x40
    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.opened: list[int] = []
        self.taken: set[int] = set()
        self.modes: dict[int, int] = {}
        self.pulses: list[tuple[int, float, float]] = []
        self.heard: dict[int, Callable[[int, int, int, int], None]] = {}

    def gpiochip_open(self, chip: int) -> int:
        self.opened.append(chip)
        return 7

    def gpiochip_close(self, handle: int) -> None:
        self.opened.pop()

    def _claim(self, pin: int, mode: int) -> None:
        if pin in self.taken:
            raise BusyError("GPIO busy")
        self.modes[pin] = mode

    def gpio_claim_input(self, handle: int, pin: int, flags: int = 0) -> None:
        self._claim(pin, flags)

    def gpio_claim_alert(self, handle: int, pin: int, edges: int, flags: int = 0) -> None:
        self._claim(pin, flags)

    def gpio_claim_output(self, handle: int, pin: int) -> None:
        self._claim(pin, 2)

    def gpio_free(self, handle: int, pin: int) -> None:
        del self.modes[pin]

    def gpio_get_mode(self, handle: int, pin: int) -> int:
        return self.modes[pin]

    def gpio_read(self, handle: int, pin: int) -> int:
        return 1

    def gpio_write(self, handle: int, pin: int, level: bool) -> None:
        pass

    def gpio_set_debounce_micros(self, handle: int, pin: int, micros: int) -> None:
        assert micros == 0

    def tx_pwm(self, handle: int, pin: int, frequency: float, duty: float) -> None:
        self.pulses.append((pin, frequency, duty))

    def callback(self, handle: int, pin: int, edge: int, func: Callable[[int, int, int, int], None]) -> Any:
        chip = self

        class Callback:
            def cancel(self) -> None:
                chip.heard.pop(pin, None)

        self.heard[pin] = func
        return Callback()


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    """A Pi 5."""
    fake = Chip()
    monkeypatch.setitem(sys.modules, "lgpio", fake)
    monkeypatch.setattr(gpiozero.pins.local, "get_pi_revision", lambda: 0xD04170)
    yield fake
    sys.modules.pop("gpiozero.pins.lgpio", None)
    if hasattr(gpiozero.pins, "lgpio"):
        del gpiozero.pins.lgpio


def test_on_a_pi_edges_come_and_the_light_is_finer_than_hundredths(chip: Chip, clock: FakeClock) -> None:
    told: list[Edge] = []
    made = board(Pins(), told.append, clock)
    assert chip.opened
    assert chip.modes[17] & chip.SET_PULL_UP
    chip.heard[17](0, 17, 0, 1)
    chip.heard[17](0, 17, 1, 2)
    assert [edge.down for edge in told] == [True, False]

    made.show(State(doing="playing", breath=0.21, night=True, light=0.15))
    arrives(made, clock)
    pin, frequency, duty = chip.pulses[-1]
    assert (pin, frequency) == (18, 100)
    assert duty == pytest.approx(100 * made.light)
    assert duty != round(duty)
    made.close()
    assert chip.pulses[-1] == (18, 0, 0)
    assert not chip.opened


def test_a_pin_that_another_program_holds_is_named_and_the_chip_let_go(chip: Chip, clock: FakeClock) -> None:
    for pin, name in ((17, "button"), (18, "light")):
        chip.taken = {pin}
        with pytest.raises(DeviceError, match=rf"Pin {pin} \({name}\) cannot be used \(GPIO busy\)"):
            board(Pins(), nobody, clock)
        assert not chip.opened
    chip.taken = set()
    board(Pins(), nobody, clock).close()


def test_a_chip_that_cannot_be_opened_says_what_it_takes(
    chip: Chip, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_chip: int) -> int:
        raise BusyError("can not open gpiochip")

    monkeypatch.setattr(chip, "gpiochip_open", refuse)
    with pytest.raises(DeviceError, match=r"can not open gpiochip.*Raspberry Pi.*group 'gpio'"):
        board(Pins(), nobody, clock)


def test_elsewhere_than_on_a_pi_it_says_so(
    chip: Chip, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> int:
        raise gpiozero.PinUnknownPi("unable to locate Pi revision")

    monkeypatch.setattr(gpiozero.pins.local, "get_pi_revision", unknown)
    with pytest.raises(DeviceError, match=r"unable to locate Pi revision.*Raspberry Pi"):
        board(Pins(), nobody, clock)


@pytest.mark.usefixtures("on_a_pi")
@pytest.mark.parametrize("missing", [None, ModuleType("lgpio")], ids=["none", "an empty one"])
def test_a_missing_lgpio_says_what_to_install(
    chip: Chip, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, missing: ModuleType | None
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", missing)
    with pytest.raises(DeviceError, match=r"pip install .*\[pi\]"):
        board(Pins(), nobody, clock)


def test_where_there_is_nothing_to_install_it_does_not_say_so(
    chip: Chip, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(DeviceError, match="This machine has no pins"):
        board(Pins(), nobody, clock)


def test_lgpio_lays_its_pipe_where_it_may_and_the_folder_stays(
    chip: Chip, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found: list[Path] = []

    class Importing(ModuleType):
        def __getattr__(self, name: str) -> Any:
            found.append(Path.cwd())
            return getattr(chip, name)

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LG_WD", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", Importing("lgpio"))
    board(Pins(), nobody, clock).close()
    assert found[0] != tmp_path
    assert Path.cwd() == tmp_path
    assert not [*tmp_path.iterdir()]

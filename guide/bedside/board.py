"""The pins of a Raspberry Pi: buttons and a light, by gpiozero. The one room that knows it."""

import contextlib
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any, Literal, Protocol, overload

from guide.bedside.clock import Clock
from guide.bedside.events import Button, Edge
from guide.bedside.light import brightness, followed, still_until
from guide.bedside.setting import Pins
from guide.bedside.state import State
from guide.errors import DeviceError
from guide.folders import installing

_FRAME = 1 / 25
"""Seconds between two looks at a light that moves. More often would fill lgpio's queue of pulses."""
_FREQUENCY = 100
"""Pulses of the light in a second. lgpio times them in software: the more, the less exact when it is dim."""


class Board(Protocol):
    """Buttons that tell of their edges, and a light that shows a state."""

    def show(self, state: State) -> None:
        """Let the light show it from now on. Returns at once."""

    @property
    def light(self) -> float:
        """How bright the light is, 0 to 1."""

    def close(self) -> None:
        """Let the pins go; the light goes out."""


class NoBoard:
    """No pins at all: the device listens to its socket alone."""

    light = 0.0

    def show(self, state: State) -> None:
        pass

    def close(self) -> None:
        pass


class PinBoard:
    """Buttons between their pins and ground, a light between its pin and ground."""

    def __init__(self, pins: Pins, tell: Callable[[Edge], None], clock: Clock, factory: "_Factory") -> None:
        """Raises DeviceError, which names the pin, where one cannot be had; then none is held."""
        self._factory = factory
        self._buttons: dict[Button, Any] = {}
        self._lamp: Lamp | None = None
        try:
            for button, pin in _buttons(pins).items():
                self._buttons[button] = factory.button(pin, button)
                _listen(self._buttons[button], button, tell, clock)
            if pins.light is not None:
                self._lamp = Lamp(factory.light(pins.light), clock)
        except DeviceError:
            self.close()
            raise

    def show(self, state: State) -> None:
        if self._lamp is not None:
            self._lamp.show(state)

    @property
    def light(self) -> float:
        return 0.0 if self._lamp is None else self._lamp.level

    def close(self) -> None:
        if self._lamp is not None:
            self._lamp.close()
        for device in self._buttons.values():
            device.close()
        self._factory.close()


class MockBoard(PinBoard):
    """One on gpiozero's mock pins, whose buttons are pressed from outside."""

    def drive(self, button: Button, *, down: bool) -> None:
        """Let its pin go down, or up; `tell` is called before this returns. Raises DeviceError."""
        if button not in self._buttons:
            raise DeviceError(f"This device has no button '{button}'.")
        pin = self._buttons[button].pin
        if down:
            pin.drive_low()
        else:
            pin.drive_high()


class Lamp:
    """A light that shows a state, on a thread of its own that sleeps while nothing moves."""

    def __init__(self, led: Any, clock: Clock) -> None:
        self._led = led
        self._clock = clock
        self._state: State | None = None
        self._fresh = False
        self._closed = False
        self.level = 0.0
        """How bright it is."""
        self.asleep = False
        """Whether nothing is done until something else is shown, or a pattern comes again."""
        self.changed = threading.Condition()
        """Notified whenever one of these is another."""
        self._thread = threading.Thread(target=self._run, name="light", daemon=True)
        self._thread.start()

    def show(self, state: State) -> None:
        with self.changed:
            self._state, self._fresh, self.asleep = state, True, False
            self.changed.notify_all()

    def close(self) -> None:
        with self.changed:
            self._closed = True
            self.changed.notify_all()
        self._thread.join()
        self._led.close()

    def _run(self) -> None:
        last: float | None = None
        with self.changed:
            while not self._closed:
                now = self._clock.elapsed()
                pause = self._moved(now, 0.0 if last is None else now - last)
                if pause == _FRAME:
                    last = now
                    self.changed.wait_for(lambda: self._closed, pause)
                else:
                    last = None  # the time that it sleeps is none in which it could have faded
                    self._sleep(pause)
            self._set(0.0)

    def _moved(self, now: float, seconds: float) -> float | None:
        """Let it be as bright as it is to be now; how many seconds later it moves again, None for never."""
        if self._fresh:
            self._fresh = False
            self.changed.notify_all()
        if self._state is None:
            return None
        wanted = brightness(self._state, now)
        self._set(followed(self.level, wanted, seconds))
        until = still_until(self._state, now)
        if self.level != wanted:
            return _FRAME
        return None if until is None else max(_FRAME, until - now)

    def _sleep(self, seconds: float | None) -> None:
        self.asleep = True
        self.changed.notify_all()
        self.changed.wait_for(lambda: self._fresh or self._closed, seconds)
        self.asleep = False

    def _set(self, level: float) -> None:
        if level == self.level:
            return
        if level == 0:
            self._led.frequency = None  # pulses of no length would still wake the processor
        elif self._led.frequency is None:
            self._led.frequency = _FREQUENCY
        self._led.value = level
        self.level = level
        self.changed.notify_all()


@overload
def board(pins: Pins, tell: Callable[[Edge], None], clock: Clock, *, mock: Literal[True]) -> MockBoard: ...
@overload
def board(pins: Pins, tell: Callable[[Edge], None], clock: Clock, *, mock: bool = False) -> Board: ...
def board(pins: Pins, tell: Callable[[Edge], None], clock: Clock, *, mock: bool = False) -> Board:
    """The board of this machine. `mock` takes gpiozero's own mock pins.

    `tell` is called on threads that are not ours, with every edge as it comes: they are not debounced. A
    button that is down already tells nothing until it has been let go.

    Raises DeviceError, with what to install or which pin it is, where there is none.
    """
    if mock:
        return MockBoard(pins, tell, clock, _mock())
    return PinBoard(pins, tell, clock, _lgpio())


def _buttons(pins: Pins) -> dict[Button, int]:
    named: dict[Button, int | None] = {
        "button": pins.button,
        "louder": pins.louder,
        "softer": pins.softer,
        "skip": pins.skip,
    }
    return {button: pin for button, pin in named.items() if pin is not None}


def _listen(device: Any, button: Button, tell: Callable[[Edge], None], clock: Clock) -> None:
    device.when_activated = lambda: tell(Edge(button, down=True, at=clock.elapsed()))
    device.when_deactivated = lambda: tell(Edge(button, down=False, at=clock.elapsed()))


# ── gpiozero ──────────────────────────────────────────────────────────────────────────────────────────────


class _Factory:
    """Makes devices of gpiozero on pins of its own: nothing that gpiozero keeps for the whole process."""

    def __init__(self, factory: Any, *faults: type[Exception]) -> None:
        """`faults` are what its pins raise besides gpiozero's own."""
        from gpiozero import GPIOZeroError

        self._factory = factory
        self._faults = (GPIOZeroError, OSError, *faults)

    def button(self, pin: int, name: str) -> Any:
        # Not a Button, which looks ten times a second whether it is held. And without its bounce_time: with
        # lgpio it delays each edge by as much, with other pins it loses edges.
        from gpiozero import DigitalInputDevice

        return self._had(lambda: DigitalInputDevice(pin, pull_up=True, pin_factory=self._factory), pin, name)

    def light(self, pin: int) -> Any:
        from gpiozero import PWMLED

        return self._had(lambda: PWMLED(pin, frequency=None, pin_factory=self._factory), pin, "light")

    def close(self) -> None:
        self._factory.close()

    def _had(self, make: Callable[[], Any], pin: int, name: str) -> Any:
        try:
            return make()
        except self._faults as error:
            raise DeviceError(
                f"Pin {pin} ({name}) cannot be used ({error}). Where something else is on it, "
                "give another one in `pins` of bedside.yaml."
            ) from error


def _mock() -> _Factory:
    try:
        from gpiozero.pins.mock import MockFactory, MockPWMPin
    except ImportError as error:
        raise _missing() from error
    return _Factory(MockFactory(pin_class=MockPWMPin))


def _lgpio() -> _Factory:
    try:
        # As it is imported, lgpio lays a pipe into the current folder, where a service may well not write; it
        # is open from then on, and needs no name.
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(os.environ.get("LG_WD") or folder):
            from gpiozero import GPIOZeroError
            from gpiozero.pins import lgpio as pins
    # The module without its library, which some registries have under the same name, lacks its names.
    except (ImportError, AttributeError) as error:
        if (sys.platform, platform.machine()) != ("linux", "aarch64"):  # where the extra brings no lgpio
            raise DeviceError(
                "This machine has no pins for a button and a light; a Raspberry Pi with a 64-bit system has."
            ) from error
        raise _missing() from error
    except OSError as error:
        raise DeviceError(f"The pins cannot be used ({error}). Is there no room on the disk?") from error
    fault: type[Exception] = pins.lgpio.error
    try:
        factory = pins.LGPIOFactory()
    except (GPIOZeroError, OSError, fault) as error:
        raise DeviceError(
            f"The pins of this machine cannot be used ({error}). It has to be a Raspberry Pi, and the user "
            "in the group 'gpio': sudo usermod -a -G gpio NAME."
        ) from error
    factory.pin_class = _fine(pins.LGPIOPin, pins.lgpio)
    return _Factory(factory, fault)


def _fine(pin: Any, lgpio: Any) -> Any:
    """A pin whose light goes in steps finer than a hundredth: a glow by night is a few hundredths in all."""

    class Fine(pin):  # type: ignore[misc]
        _pwm: tuple[float, float] | None
        """Pulses in a second, and how much of each is light, in hundredths."""

        def _set_state(self, value: float) -> None:
            if self._pwm:
                self._pwm = (self._pwm[0], 100 * value)
                lgpio.tx_pwm(self.factory._handle, self._number, *self._pwm)  # noqa: SLF001
            else:
                super()._set_state(value)

    return Fine


def _missing() -> DeviceError:
    return DeviceError(
        f"A button and a light need what is not installed here. Install it: {installing('pi')}"
    )

"""The pins of a Raspberry Pi: buttons and a light, by gpiozero. The one room that knows it."""

from collections.abc import Callable
from typing import Protocol

from guide.bedside.clock import Clock
from guide.bedside.events import Edge
from guide.bedside.setting import Pins
from guide.bedside.state import State


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


def board(pins: Pins, tell: Callable[[Edge], None], clock: Clock, *, mock: bool = False) -> Board:
    """The board of this machine. `mock` takes gpiozero's own mock pins.

    Raises DeviceError, with what to install, where there is none.
    """
    raise NotImplementedError

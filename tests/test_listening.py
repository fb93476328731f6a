"""The keys of a reflection in a terminal."""

from typing import Self

import pytest

from guide.cli.listening import Terminal
from guide.reflection import Choice


class Pressed:
    """Keys that somebody presses one after the other."""

    def __init__(self, *keys: str) -> None:
        self._keys = list(keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def read(self, timeout: float) -> str | None:  # noqa: ARG002 - nobody is waited for
        return self._keys.pop(0) if self._keys else None


@pytest.mark.parametrize(
    ("key", "means"), [("space", "skip"), ("x", "skip"), ("right", "skip"), ("enter", "yes"), ("q", "end")]
)
def test_any_key_stops_somebodys_own_words(key: str, means: Choice) -> None:
    terminal = Terminal(Pressed(key, key), plain=True, stopped=lambda: False)
    terminal.play("This is what you said.")
    assert terminal.choice(0.0) == means
    terminal.agree("May it be played?")
    assert terminal.choice(0.0) == (None if means == "skip" else means), "and agrees to nothing"

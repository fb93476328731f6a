"""The menu as it is heard: what a gesture brings is said, and quiet closes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from guide.bedside import menu
from guide.bedside.clock import Clock
from guide.bedside.menu import Choice, Menu, Outcome, Turn
from guide.bedside.mouth import Mouth
from guide.bedside.voicebox import Voicebox

if TYPE_CHECKING:
    from guide.library import Header


class Choosing:
    """One menu at a time, open or not. Belongs to the device's thread."""

    def __init__(self, clock: Clock, mouth: Mouth) -> None:
        self._clock = clock
        self._mouth = mouth
        self._voicebox: Voicebox | None = None
        self._menu: Menu | None = None
        self._quiet_since = 0.0

    @property
    def open(self) -> bool:
        """Whether somebody is choosing."""
        return self._menu is not None

    @property
    def until(self) -> float | None:
        """When it closes, if nothing sounds and nobody presses until then."""
        due = self._menu.due if self._menu else None
        return None if due is None else self._quiet_since + due

    def begin(
        self, voicebox: Voicebox, choices: Sequence[Choice], chosen: str | None, frames: int | None
    ) -> Outcome | None:
        """Open it, at what is chosen already; with no choices it is over at once."""
        self._voicebox = voicebox
        return self._turned(menu.begin(voicebox.words, choices, chosen, frames))

    def act(self, act: Literal["next", "other length", "choose"]) -> Outcome | None:
        """A gesture; how the choosing ended, if it did."""
        if self._menu is None:
            return None
        known = {"next": self._menu.pressed, "other length": self._menu.double, "choose": self._menu.held}
        return self._turned(known[act]())

    def passed(self) -> Outcome | None:
        """Time has passed; how the choosing ended, if it did."""
        now = self._clock.elapsed()
        if self._menu is None or self._mouth.speaking:
            self._quiet_since = now
            return None
        turn = self._menu.passed(now - self._quiet_since)
        self._quiet_since = now
        self._menu = turn.menu
        return None if turn.outcome is None else self._turned(turn)

    def close(self) -> None:
        """Nobody is choosing any more."""
        self._menu = None

    def _turned(self, turn: Turn) -> Outcome | None:
        self._mouth.hush()
        self._quiet_since = self._clock.elapsed()
        self._menu = None if turn.outcome else turn.menu
        if self._voicebox is not None and not (turn.outcome and turn.outcome.begins):
            self._voicebox.say(turn.say)
        return turn.outcome


def offered(headers: "Sequence[Header]", names: Sequence[str]) -> list[Choice]:
    """The sessions that can be chosen: those of the settings, in their order, or all there are."""
    there = {header.name: header for header in headers}
    listed = [name for name in names if name in there] or list(there)
    return [_choice(there[name]) for name in listed]


def lengths_of(header: "Header") -> tuple[int, ...]:
    """The lengths of a session that the menu offers, in frames; none where its script tells none."""
    return tuple(filter(None, dict.fromkeys((header.shortest, header.usual, header.longest))))


def _choice(header: "Header") -> Choice:
    return Choice(header.name, header.title, lengths_of(header), header.usual or None)

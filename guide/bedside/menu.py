"""Choosing without a screen: one button, and a voice that says what a gesture has brought. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from guide.bedside.phrases import Said
from guide.bedside.sayings import Sayings

PATIENCE = 20.0
"""Seconds without a word and without a press, after which the menu closes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A session that can be chosen."""

    name: str
    title: str
    lengths: tuple[int, ...] = ()
    """Those it can have, in frames, from the shortest on; none where that is not known."""
    usual: int | None = None
    """The one of them that it has unless somebody asks for another."""

    @property
    def first(self) -> int | None:
        """The length that is offered first."""
        if self.usual in self.lengths or not self.lengths:
            return self.usual
        return self.lengths[len(self.lengths) // 2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the choosing ended: with a session that begins now, or that the next press begins."""

    name: str | None
    """None where there was nothing to choose from."""
    frames: int | None
    """How long; None for its usual length."""
    begins: bool


class Turn(NamedTuple):
    """What has become of a menu: the menu, what is said about it, and, once it has ended, how."""

    menu: "Menu"
    say: Said
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Menu:
    """The sessions, and the one that was heard last: that is the one that is chosen, whatever comes next.

    Once it has ended, nothing changes it any more and it says nothing.
    """

    sayings: Sayings
    choices: tuple[Choice, ...]
    place: int = 0
    frames: int | None = None
    """The length that was heard last."""
    quiet: float = 0.0
    """Seconds since anything was said or pressed."""
    ended: bool = False

    @property
    def choice(self) -> Choice | None:
        """The one that was heard last."""
        return self.choices[self.place] if self.choices else None

    def pressed(self) -> Turn:
        """The next session, and after the last the first again, with its usual length."""
        if self.ended or not self.choices:
            return _closed(self)
        menu = _at(self, (self.place + 1) % len(self.choices))
        return Turn(menu, _heard(menu), None)

    def double(self) -> Turn:
        """The next of its lengths, and after the longest the shortest."""
        choice = self.choice
        if self.ended or choice is None:
            return _closed(self)
        others = [length for length in choice.lengths if length != self.frames]
        if not others:
            menu = replace(self, quiet=0.0)
            return Turn(menu, self.sayings.lines.one_length, None)
        longer = [length for length in others if length > (self.frames or 0)]
        menu = replace(self, frames=min(longer or others), quiet=0.0)
        return Turn(menu, self.sayings.length(menu.frames), None)

    def held(self) -> Turn:
        """It begins now."""
        if self.ended or not self.choices:
            return _closed(self)
        return _over(self, self.sayings.lines.begins, begins=True)

    def passed(self, seconds: float) -> Turn:
        """So much time went by in which nothing sounded and nobody pressed."""
        if self.ended:
            return _closed(self)
        menu = replace(self, quiet=self.quiet + max(0.0, seconds))
        if menu.quiet < PATIENCE:
            return Turn(menu, (), None)
        return _closed(menu)

    @property
    def due(self) -> float | None:
        """In how many quiet seconds it closes; None once it has."""
        return None if self.ended else max(0.0, PATIENCE - self.quiet)


def begin(
    sayings: Sayings, choices: Iterable[Choice], chosen: str | None = None, frames: int | None = None
) -> Turn:
    """A menu that stands at what is chosen already, by its name, with the length that was chosen for it.

    It says how it is used, and what a hold would begin. With no choices it is over at once.
    """
    listed = tuple(choices)
    place = next((place for place, one in enumerate(listed) if one.name == chosen), None)
    if not listed:
        return _closed(Menu(sayings, ()))
    if place is not None and frames and frames not in listed[place].lengths:
        one = listed[place]
        known = replace(one, lengths=tuple(sorted({*one.lengths, frames})), usual=one.first)
        listed = (*listed[:place], known, *listed[place + 1 :])
    menu = _at(Menu(sayings, listed), place or 0, frames if place is not None else None)
    return Turn(menu, (*sayings.lines.menu_intro, *_heard(menu)), None)


def _at(menu: Menu, place: int, frames: int | None = None) -> Menu:
    return replace(menu, place=place, frames=frames or menu.choices[place].first, quiet=0.0)


def _heard(menu: Menu) -> Said:
    choice = menu.choice
    return menu.sayings.session(choice.title, menu.frames) if choice else ()


def _closed(menu: Menu) -> Turn:
    if menu.ended:
        return Turn(menu, (), None)
    lines = menu.sayings.lines
    return _over(menu, lines.menu_end if menu.choices else lines.menu_empty, begins=False)


def _over(menu: Menu, say: Said, *, begins: bool) -> Turn:
    choice = menu.choice
    outcome = Outcome(choice.name if choice else None, menu.frames, begins)
    return Turn(replace(menu, ended=True), say, outcome)

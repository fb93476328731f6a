"""What this is and what it is not, in a few plain sentences, and where help is: from one dated file.

The sentences are here once, for the first page and for `guide support`; README and docs/help.md say the same.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from guide.checking import Refusal, check
from guide.errors import GuideError
from guide.fields import Fault, Form, Model, Reads, Size
from guide.folders import shipped
from guide.legible import legible
from guide.settings import read

PRACTICE = "This is a wellbeing practice: a voice, some quiet, and room for whatever is there."
NOT = "It is not therapy, it diagnoses nothing, and it is no help in an emergency."
DANGER = (
    "If you are in danger now, or might harm yourself, please call the emergency number where you are, "
    "or someone who can be with you."
)
ANOTHER_DAY = (
    "Choose something else, or another day, when something very hard happened lately, "
    "or when you hear or see what others do not."
)
ASK = (
    "If you have lived through trauma or psychosis, or if sitting quietly tends to make things worse, "
    "ask a doctor or a therapist you trust first."
)
DRIVING = "Never listen while driving, or while anything else needs your attention."
NOBODY_LISTENS = (
    "The voice is made by a computer. Nobody listens: what you say afterwards, if you say anything, "
    "stays on this machine, and it is yours to keep or delete."
)
SENTENCES = (PRACTICE, NOT, DANGER, ANOTHER_DAY, ASK, DRIVING, NOBODY_LISTENS)
"""All of them, in the order in which they are read."""
EMERGENCY = "the emergency number where you are"
GROUNDING = "guide play hard-moment"
WHERE = "`guide support` shows where help is."

_SIX_MONTHS = dt.timedelta(days=183)
_REGION = r"[A-Z]{2}"
_SITE = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?:/[A-Za-z0-9._~/-]{0,100})?"
_NUMBER = r"\+?[0-9][0-9 ()/-]{0,30}"


def _day(text: str) -> int:
    try:
        return dt.date.fromisoformat(text.strip()).toordinal()
    except ValueError as error:
        raise ValueError("a day is written like 2026-11-24") from error


Day = Annotated[int, Reads(_day)]
"""A day, as the number that Python's calendar gives it."""
Name = Annotated[str, Size(1, 80)]
Site = Annotated[str, Size(4, 200), Form(_SITE)]
Number = Annotated[str, Form(_NUMBER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory(Model):
    """A place that knows helplines of many countries."""

    name: Name
    site: Site
    what: Annotated[str, Size(1, 120)]
    """What it finds, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Model):
    """One helpline that somebody has checked."""

    name: Name
    checked: Day
    """When somebody called it, or opened its site."""
    number: Number | None = None
    text: Number | None = None
    """A number to send a message to."""
    site: Site | None = None
    hours: Annotated[str, Size(1, 120)] | None = None
    languages: Annotated[tuple[Annotated[str, Size(2, 40)], ...], Size(most=20)] = ()

    def faults(self) -> list[Fault]:
        if self.number or self.text or self.site:
            return []
        return [("a line needs a number, a text or a site", "number")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Model):
    """The helplines of a region."""

    name: Name
    lines: Annotated[tuple[Line, ...], Size(1, 50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Help(Model):
    """Where help is, and when somebody last went through it."""

    checked: Day
    international: Annotated[tuple[Directory, ...], Size(1, 20)]
    regions: dict[str, Region] = field(default_factory=dict)
    """By the two letters of ISO 3166-1."""

    def faults(self) -> list[Fault]:
        import re

        wrong = [key for key in self.regions if not re.fullmatch(_REGION, key)]
        return [
            (f"a region has two capital letters, like AT; this is '{key[:20]}'", "regions") for key in wrong
        ]

    @classmethod
    def load(cls, path: Path | None = None) -> "Help":
        """What the file holds, by default the one that ships. Raises GuideError with every reason."""
        path = path or shipped() / "help" / "help.yaml"
        found, refusals = check(cls, read(path))
        if found is None:
            raise GuideError("\n".join(_sentence(path, refusal) for refusal in refusals))
        return found

    @property
    def day(self) -> dt.date:
        """When somebody last went through the whole of it."""
        return dt.date.fromordinal(self.checked)

    def outdated(self, today: dt.date) -> bool:
        """Whether that was more than six months ago, of the whole or of any line; or will only be."""
        days = [self.checked, *(line.checked for region in self.regions.values() for line in region.lines)]
        return any(is_old(day, today) for day in days)


def is_old(day: int, today: dt.date) -> bool:
    """Whether a day is more than six months ago; one that is still to come was never checked."""
    return not today - _SIX_MONTHS <= dt.date.fromordinal(day) <= today


_SENTENCES: dict[str, Callable[[Refusal], str]] = {
    "missing": lambda one: f"'{one.loc[-1]}' is missing",
    "unknown": lambda one: f"there is nothing called '{legible(str(one.loc[-1]))[:60]}' here",
    "reading": lambda one: str(one.context),
    "meaning": lambda one: "; ".join(sentence for sentence, _ in one.context),
    "form": lambda one: f"it cannot be '{legible(str(one.value))[:60]}'",
}


def _sentence(path: Path, refusal: Refusal) -> str:
    place = legible(".".join(str(part) for part in refusal.loc))[:120]
    if refusal.kind == "missing" and refusal.loc[-1] == "checked" and "lines" in refusal.loc:
        words = "no line is listed that nobody has checked; write the day on which somebody did"
    else:
        write: Callable[[Refusal], Any] = _SENTENCES.get(
            refusal.kind, lambda one: f"it is {_amiss(one.kind)}"
        )
        words = write(refusal)
    return f"{path}: {place}: {words}."


def _amiss(kind: str) -> str:
    return {
        "mapping": "not written as `key: value`", "list": "not a list", "text": "not a text",
        "short": "too short", "long": "too long", "few": "too short a list", "many": "too long a list",
    }.get(kind, "not what belongs here")  # fmt: skip

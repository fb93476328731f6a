"""The way through the sessions: what was sat and when, and what comes next and why.

The course is data, like a script. It suggests and locks nothing, and leaves out a session that is not there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from guide.checking import check
from guide.errors import StorageError
from guide.fields import Fault, Form, Model, Size
from guide.journal import Sitting

MOST_OF_IT = 3 / 4
"""The share of the length asked for from which a sitting that was broken off counts."""
NO_DATE = "date not known"
"""Instead of the day of what was begun before a clock was set."""

_MOST_BYTES = 1 << 20
_MOST_DEPTH = 16

# Of its own, not the scripts': `guide` alone reads a course, and imports no script for it.
_Slug: TypeAlias = Annotated[str, Size(most=64), Form(r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_Line: TypeAlias = Annotated[str, Size(1, 80)]
_Sentences: TypeAlias = Annotated[str, Size(1, 400)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Model):
    """Sessions that belong together; they need not come one after the other."""

    name: _Slug
    """What the sessions call it by."""
    title: _Line
    """What it is called."""
    about: _Line | None = None
    """What it is for, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again(Model):
    """A session that comes once more at the end of the way."""

    after: _Slug
    """The session that has to have been sat before it."""
    why: _Sentences
    """Why it comes once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Model):
    """One session on the way."""

    session: _Slug
    """Its name."""
    part: _Slug
    """The part that it belongs to."""
    why: _Sentences
    """What it is for, and why it comes here."""
    after: tuple[_Slug, ...] = ()
    """The sessions after which it comes easier."""
    note: _Sentences | None = None
    """What to know before choosing it."""
    suggest: Literal["yes", "no"] = "yes"
    """Whether it is suggested before it was chosen for the first time."""
    again: Again | None = None
    """When it comes once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart(Model):
    """A session beside the way: for any time, and never suggested as the next."""

    session: _Slug
    """Its name."""
    why: _Sentences
    """What it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course(Model):
    """The whole way, as it stands in its file."""

    guide: Literal["1"]
    """The version of the language: 1."""
    title: _Line
    """What it is called."""
    about: _Sentences | None = None
    """How it goes."""
    parts: Annotated[tuple[Part, ...], Size(1, 12)]
    """Its parts, in the order in which they are shown."""
    sessions: Annotated[tuple[Stop, ...], Size(1, 99)]
    """The sessions, in their order."""
    anytime: Annotated[tuple[Apart, ...], Size(0, 99)] = ()
    """Sessions for any time."""
    core: Annotated[tuple[_Slug, ...], Size(0, 99)] = ()
    """The short way: the sessions at its core, in their order."""

    def faults(self) -> list[Fault]:
        parts = [part.name for part in self.parts]
        names = [*(stop.session for stop in self.sessions), *(one.session for one in self.anytime)]
        faults: list[Fault] = [(f"the part '{name}' stands here twice", "parts") for name in _twice(parts)]
        faults += [(f"the session '{name}' stands here twice", "sessions") for name in _twice(names)]
        for stop in self.sessions:
            where = f"the session '{stop.session}'"
            if stop.part not in parts:
                faults.append((f"{where} belongs to '{stop.part}', which is no part", "sessions"))
            others = (*stop.after, *((stop.again.after,) if stop.again else ()))
            faults += [
                (f"{where} comes after '{other}', which is not on the way", "sessions")
                for other in others
                if other not in names or other == stop.session
            ]
        lost = (other for other in self.core if other not in names)
        return faults + [(f"'{other}' of the core is not on the way", "core") for other in lost]


@dataclass(frozen=True, slots=True)
class Past:
    """How a session was sat until now."""

    times: int
    first: datetime
    last: datetime
    dated: bool = True
    """Whether these dates are known; else a clock said them that was not set, and they give an order."""


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next, and why."""

    session: str
    why: str
    reason: Literal["new", "again", "return"]
    """It was not sat yet; or it comes once more; or all was sat, and this one was sat longest ago."""


def counts(sitting: Sitting) -> bool:
    """Whether a session counts as sat: it came to its end, or most of what was asked for was heard."""
    return sitting.finished or sitting.frames >= MOST_OF_IT * sitting.asked > 0


def past(sittings: Iterable[Sitting]) -> dict[str, Past]:
    """What was sat, by the names of the sessions."""
    by_session: dict[str, list[Sitting]] = {}
    for one in filter(counts, sittings):
        by_session.setdefault(one.session, []).append(one)
    found = {}
    for session, sat in by_session.items():
        first, last = min(sat, key=_began), max(sat, key=_began)
        found[session] = Past(len(sat), first.started, last.started, first.dated and last.dated)
    return found


def _began(sitting: Sitting) -> datetime:
    return sitting.started


def following(course: Course, there: Collection[str], sat: Mapping[str, Past]) -> Next | None:
    """What comes next of the sessions that are there; None where there is nothing to suggest.

    It is the first on the way that was not sat yet, then what comes once more, then what was sat longest ago.
    """
    stops = [stop for stop in course.sessions if stop.session in there]
    for stop in stops:
        if stop.session not in sat and stop.suggest == "yes":
            return Next(stop.session, stop.why, "new")
    been = [stop for stop in stops if stop.session in sat]
    for stop in been:
        if stop.again and _due(stop.again, sat[stop.session], sat):
            return Next(stop.session, stop.again.why, "again")
    if not been:
        return None
    oldest = min(been, key=lambda stop: sat[stop.session].last)
    return Next(oldest.session, oldest.why, "return")


def day(moment: datetime, now: datetime) -> str:
    """The day of a moment in plain words: `today`, `yesterday`, `Tuesday`, `3 October`, `3 October 2025`."""
    gone = now.date() - moment.date()
    if timedelta(0) <= gone < timedelta(7):
        return {0: "today", 1: "yesterday"}.get(gone.days, f"{moment:%A}")
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%B}{year}"


def load(path: Path) -> Course:
    """The checked course in a file. Raises ScriptError with all its problems, StorageError."""
    try:
        if not path.is_file():
            raise StorageError(f"{path} is not a file that could hold a course.")
        with path.open("rb") as file:
            return read(file.read(_MOST_BYTES + 1), str(path))
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error


def read(data: bytes, path: str = "<text>") -> Course:
    """The checked course in a text. Raises ScriptError with all its problems, whatever the text holds."""
    quick, _ = check(Course, _plain(data))
    if quick is not None:
        return quick
    from guide.script import ScriptError, pages  # only once something is wrong: it takes its time

    found = pages.read(data, Course, path)
    if found.problems or found.page is None:
        raise ScriptError(found.problems, {path: found.more})
    return found.page


def is_course(path: Path) -> bool:
    """Whether a file is a course, by the folder that it is in."""
    return path.absolute().parent.name == "course"


def _plain(data: bytes) -> Any:
    """The text's lists and mappings, every word as text; None for what is not as simple as that."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    try:
        text = data.decode() if len(data) <= _MOST_BYTES else ""
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MOST_DEPTH or isinstance(event, yaml.AliasEvent):
                return None
        return yaml.load(text, Loader=loader)  # noqa: S506 - a BaseLoader: text, lists and mappings only
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


def _due(again: Again, sat: Past, others: Mapping[str, Past]) -> bool:
    """Whether the other session has been sat, and this one not since."""
    return again.after in others and sat.last <= others[again.after].first


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})

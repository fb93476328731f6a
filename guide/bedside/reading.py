"""`bedside.yaml`: from its text to a setting, and every reason told, with its line, why it cannot be one."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

from guide import duration
from guide.bedside.setting import Deed, Invitation, Setting, Slug, Waking, days
from guide.checking import Loc, check
from guide.errors import GuideError
from guide.fields import Model
from guide.library import Header, Library
from guide.script import pages
from guide.script.nodes import Mapping, Nothing, UnreadableError, compose, decode
from guide.script.problems import Problem, fewer, guess, listing, shown
from guide.script.shape import Shaped, shape
from guide.settings import content

NAME = "bedside.yaml"
EXAMPLE = Path(__file__).with_name(NAME)
"""The file to begin with: everything that can be set, and how it is where nothing is."""
WORDS = ("next", "menu", "status", "nothing")
"""What a gesture can begin that is no session."""

_WEEK = 7 * 1440
"""Minutes."""
_MINUTE = duration.frames(60)

_Said = tuple[Loc, str]
"""Something wrong: where, and the sentence."""
ModelT = TypeVar("ModelT", bound=Model)


def read(path: Path, library: Library | None) -> tuple[Setting | None, tuple[str, ...]]:
    """The setting in a file, the defaults where there is none; or None, and all that is wrong, by line.

    Against the library it is held whether its sessions and sounds are there; without one it is not.
    Raises nothing for what the file holds or is.
    """
    try:
        data = content(path)
    except GuideError as error:
        return None, (str(error),)
    return parse(data or b"", path.name, library)


def problems(path: Path, library: Library) -> tuple[str, ...]:
    """All that is wrong in a file, by line: `bedside.yaml:14:5: …`."""
    return read(path, library)[1]


def parse(data: bytes, name: str, library: Library | None) -> tuple[Setting | None, tuple[str, ...]]:
    """The same of a text; `name` is what its sentences begin with."""
    try:
        text = decode(data, name)
        root, found = compose(text, name)
    except UnreadableError as error:
        return None, (str(error.problem),)
    if (root is None or isinstance(root, Nothing)) and not found:
        return Setting(), ()
    if not isinstance(root, Mapping):
        line, column = (root.line, root.column) if root else (1, 1)
        found.append(Problem(name, line, column, "it is made of lines like 'key: value'"))
        return None, tuple(map(str, fewer(found, {})))
    shaped = shape(root, Setting, name, text)
    setting, refusals = check(Setting, shaped.data)
    found += shaped.problems
    found += [problem for one in refusals for problem in pages.refused(one, shaped, name)]
    found += [pages.placed(message, loc, shaped, name) for loc, message in _meaning(shaped, library)]
    told = fewer(found, {name: shaped.more} if shaped.more else {})
    return (None if told else setting), tuple(map(str, told))


def _meaning(shaped: Shaped, library: Library | None) -> Iterator[_Said]:
    """What only shows where a piece is good by itself; where it is not, that was complained about."""
    data = shaped.data
    invitations, wakings = _list(Invitation, data, "invitations"), _list(Waking, data, "wake")
    yield from _at_once(invitations, shaped)
    yield from _crossing(wakings, shaped)
    if library is None:
        return
    there = _There(library)
    for key in ("press", "double", "hold"):
        deed = _made(Deed, data[key]) if key in data else None
        if deed:
            yield from there.session(deed.play, deed.length, (key,), WORDS)
    seen: set[str] = set()
    for index, name in enumerate(data.get("menu", ())):
        where: Loc = ("menu", index)
        if name in seen:
            yield where, f"{shown(name)} stands here twice"
        else:
            yield from there.session(name, None, where, ())
        seen.add(name)
    for loc, one in invitations:
        yield from there.session(one.play, one.length, loc, WORDS[:1])
    for loc, waking in wakings:
        yield from there.sound("bed", waking.bed, loc, library.beds())
        yield from there.sound("bell", waking.bell, loc, library.bells())


def _list(model: type[ModelT], data: dict[str, Any], key: str) -> list[tuple[Loc, ModelT]]:
    made = [((key, index), _made(model, item)) for index, item in enumerate(data.get(key, ()))]
    return [(loc, one) for loc, one in made if one is not None]


def _made(model: type[ModelT], given: Any) -> ModelT | None:
    """A piece, without what was refused of it where it can be without."""
    made, refusals = check(model, given)
    if made is None and isinstance(given, dict):
        wrong = {one.loc[0] for one in refusals if one.loc}
        made, _ = check(model, {key: value for key, value in given.items() if key not in wrong})
    return made


@dataclass(frozen=True, slots=True)
class _There:
    """The sessions and sounds that there are; how long a session can be is looked up once it matters."""

    library: Library
    headers: dict[str, Header] = field(default_factory=dict)

    def session(self, name: Slug, length: int | None, loc: Loc, words: Collection[str]) -> Iterator[_Said]:
        """What is wrong with a session and its length; some `words` may stand in its place."""
        names = self.library.names()
        where = (*loc, "play")
        if name in WORDS and name not in words:
            also = listing([f"'{word}'" for word in words] + ["the name of a session"])
            yield where, f"'{name}' is not for here; it takes {also}"
        elif name in WORDS:
            if length is not None and name != "next":
                yield (*loc, "for"), f"'{name}' has no length; 'for' belongs to a session"
        elif name not in names:
            yield (
                where,
                f"there is no session called {shown(name)}{guess(name, names, otherwise='there are')}",
            )
        elif length is not None:
            yield from self._length(name, length, (*loc, "for"))

    def sound(self, kind: str, name: Slug, loc: Loc, names: Collection[str]) -> Iterator[_Said]:
        if name not in names:
            hint = guess(name, names, otherwise="there are")
            yield (*loc, kind), f"there is no {kind} called {shown(name)}{hint}"

    def _length(self, name: str, length: int, loc: Loc) -> Iterator[_Said]:
        if not self.headers:
            self.headers.update({one.name: one for one in self.library.headers()})
        header = self.headers.get(name)
        if header and header.shortest and header.longest and not header.shortest <= length <= header.longest:
            span = f"{duration.words(header.shortest)} to {duration.words(header.longest)}"
            yield loc, f"'{name}' lasts {span}, not {duration.words(length)}"


def _at_once(invitations: list[tuple[Loc, Invitation]], shaped: Shaped) -> Iterator[_Said]:
    for (other, before), (loc, one) in combinations(invitations, 2):
        if one.at == before.at and set(days(one.every)) & set(days(before.every)):
            line = shaped.spots[other].line
            yield (*loc, "at"), f"the invitation of line {line} is at the same minute; give one another time"


def _crossing(wakings: list[tuple[Loc, Waking]], shaped: Shaped) -> Iterator[_Said]:
    for (other, before), (loc, one) in combinations(wakings, 2):
        if _cross(one, before):
            line = shaped.spots[other].line
            where = f"this rises while the waking of line {line} does"
            yield (*loc, "at"), f"{where}; give one of them another time, or a shorter rise"


def _cross(one: Waking, other: Waking) -> bool:
    """Whether there is a moment of the week at which both rise."""
    return any(
        begins < ends_other + week and begins_other + week < ends
        for begins, ends in _rises(one)
        for begins_other, ends_other in _rises(other)
        for week in (-_WEEK, 0, _WEEK)
    )


def _rises(waking: Waking) -> list[tuple[float, int]]:
    """When it begins to rise and when its bell is, in minutes of the week; before it where it is Sunday's."""
    bells = [day * 1440 + waking.at for day in days(waking.every)]
    return [(bell - waking.rise / _MINUTE, bell) for bell in bells]

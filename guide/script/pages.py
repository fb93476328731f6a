"""One file: from its text to a checked page, with every problem that it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from guide import duration
from guide.checking import Loc, Refusal, check
from guide.fields import Model
from guide.script.models import PLACE, Choose, Echo, Include, Part, PartFile, Repeat, ScriptFile, Step
from guide.script.nodes import Mapping, UnreadableError, compose, decode
from guide.script.problems import Problem
from guide.script.shape import Shaped, shape, stand_in

_NO_PAGE = "a script begins with 'guide: 1', and is made of lines like 'key: value'"
_ROUNDS = 8
"""How often the wrong pieces are taken out before the rest is given up."""

PageT = TypeVar("PageT", bound=Model)


@dataclass(frozen=True, slots=True)
class Read(Generic[PageT]):
    """What came of reading a file."""

    page: PageT | None
    """The page; where it has problems, what is left of it without them, if anything."""
    problems: tuple[Problem, ...]
    more: int = 0
    """Problems beside those, only counted."""


def read(data: str | bytes, model: type[PageT], path: str) -> Read[PageT]:
    """Read a file's content as a script, a part or a course. Never raises for what the file holds."""
    try:
        text = decode(data, path)
        root, problems = compose(text, path)
    except UnreadableError as error:
        return Read(None, (error.problem,))
    if not isinstance(root, Mapping):
        line, column = (root.line, root.column) if root else (1, 1)
        fault = Problem(path, line, column, _NO_PAGE if root else f"the file is empty; {_NO_PAGE}")
        return Read(None, (*problems, fault))
    shaped = shape(root, model, path, text)
    page, found = _checked(model, shaped, path)
    return Read(page, (*problems, *shaped.problems, *found), shaped.more)


def steps_of(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step of a list and of the lists within it, in the order of the file."""
    for step in steps:
        yield step
        for branch in branches(step):
            yield from steps_of(branch)


def branches(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The lists of steps within a step."""
    match step:
        case Repeat():
            return (step.repeat.steps,)
        case Choose():
            return step.choose
        case Part():
            return (step.steps,)
        case Echo():
            return (step.echo.else_,)
    return ()


def includes(page: ScriptFile | PartFile) -> list[Include]:
    """Every include of a page, in the order of the file."""
    return [step for step in steps_of(page.steps) if isinstance(step, Include)]


def _checked(model: type[PageT], shaped: Shaped, path: str) -> tuple[PageT | None, list[Problem]]:
    """The checked page and what is wrong; then once more without the wrong pieces, to look at the others."""
    problems: list[Problem] = []
    for turn in range(_ROUNDS):
        page, refusals = check(model, shaped.data)
        if page is not None:
            return page, problems
        if turn == 0:
            problems = [found for refusal in refusals for found in refused(refusal, shaped, path)]
        for refusal in refusals:
            _mend(shaped.data, refusal)
    return None, problems


def refused(refusal: Refusal, shaped: Shaped, path: str) -> Iterator[Problem]:
    """What a model refused, with its place; nothing where a complaint was made there already."""
    from guide.script import wording  # only once something is wrong

    if refusal.kind == "meaning":
        for message, key in refusal.context:
            yield placed(message, (*refusal.loc, key), shaped, path)
    elif refusal.loc not in shaped.gaps:
        yield placed(wording.sentence(refusal), refusal.loc, shaped, path)


def placed(message: str, loc: Loc, shaped: Shaped, path: str) -> Problem:
    """A problem where that stands in the file, or where what holds it does."""
    while loc not in shaped.spots:
        loc = loc[:-1]
    node = shaped.spots[loc]
    return Problem(path, node.line, node.column, message)


_WITHOUT: dict[str, Any] = {
    "guide": "1",
    "title": "…",
    "length": {
        "shortest": duration.frames(60),
        "usual": duration.frames(1200),
        "longest": duration.frames(10_800),
    },
    "steps": [{"pause": 0}],
}
"""What takes the place of a key that a page cannot be without, so that the rest of it is checked."""


def _mend(data: Any, refusal: Refusal) -> None:
    """Take out what is wrong, with as little around it as can be."""
    from guide.script import wording

    loc = refusal.loc
    if refusal.kind == "missing":
        *above, word = loc
        if not above:
            if word in _WITHOUT:
                data[word] = _WITHOUT[str(word)]
            return
        loc = tuple(above)
    holders = _holders(data, loc)
    meant = wording.repaired(refusal)
    if meant and len(holders) == len(loc):
        holders[-1][loc[-1]] = meant
        return
    for holder, word in reversed(list(zip(holders, loc, strict=False))):
        if isinstance(holder, dict):
            holder.pop(word, None)
            return
        item = holder[int(word)]
        if isinstance(item, dict) and PLACE in item:
            holder[int(word)] = stand_in(item[PLACE])
            return


def _holders(data: Any, loc: Loc) -> list[Any]:
    """What stands at each beginning of a location, as far as it leads."""
    holders = [data]
    for word in loc[:-1]:
        if word not in data if isinstance(data, dict) else not isinstance(data, list):
            break
        data = data[word]
        holders.append(data)
    return [holder for holder in holders if isinstance(holder, dict | list)]

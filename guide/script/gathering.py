"""A script and everything that it includes, gathered within limits, however hostile the files are."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from guide.errors import StorageError
from guide.script import meaning
from guide.script.models import Include, PartFile, Repeat, Script, ScriptFile, Step
from guide.script.pages import branches, includes, read
from guide.script.problems import Problem, ScriptError, problem, shown

MAX_INCLUDES = 16
"""Includes within includes."""
MAX_FILES = 200
"""Parts that one script may include, directly or not."""
MAX_TOTAL_BYTES = 8 << 20
"""All parts of one script together (8 MiB)."""
MAX_DEPTH = 40
"""Parts, repeats, choices and includes within each other, over all files."""
MAX_STEPS = 5_000
"""Steps once everything is included, repeated and chosen."""

_WORDS = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")

FindPart = Callable[[str], tuple[str, bytes] | None]
"""From an include's words to the path and the content of the part; None if there is none."""


def parse(text: str | bytes, *, name: str, path: str = "<text>", find_part: FindPart) -> Script:
    """The checked script in a text, with the parts that it includes.

    `name` becomes the script's slug, `path` stands in its problems. Raises ScriptError with every problem of
    all the files, and nothing else, whatever the text holds.
    """
    opening = read(text, ScriptFile, path)
    gathered = _Gathered(find_part, set(opening.problems), {path: opening.more})
    if opening.page is not None:
        gathered.all_of(opening.page)
        gathered.judge(opening.page)
    if gathered.problems or opening.page is None:
        raise ScriptError(gathered.problems, gathered.more)
    return Script(name, path, opening.page, gathered.parts)


def parse_part(text: bytes, path: str) -> PartFile:
    """The checked part in a text; its includes are looked at with the scripts that include it.

    Raises ScriptError with every problem.
    """
    found = read(text, PartFile, path)
    problems = [*found.problems, *(meaning.local(found.page) if found.page else ())]
    if problems or found.page is None:
        raise ScriptError(problems, {path: found.more})
    return found.page


@dataclass(slots=True)
class _Gathered:
    find_part: FindPart
    problems: set[Problem]
    more: dict[str, int]
    """By path, how many problems there are beside those."""
    parts: dict[str, PartFile] = field(default_factory=dict)
    sought: set[str] = field(default_factory=set)
    room: int = MAX_TOTAL_BYTES

    def all_of(self, page: ScriptFile) -> None:
        """Read every part that is included, directly or not, each once."""
        waiting = deque(includes(page))
        while waiting:
            step = waiting.popleft()
            if step.include in self.sought:
                continue
            if len(self.sought) >= MAX_FILES:
                self._complain(step, f"more than {MAX_FILES} parts are included")
                return
            self.sought.add(step.include)
            if part := self._one(step):
                self.parts[step.include] = part
                waiting.extend(includes(part))

    def _one(self, step: Include) -> PartFile | None:
        words = step.include
        if not _WORDS.fullmatch(words):
            self._complain(
                step, f"{shown(words)} is not the name of a part; write 'arrive' for parts/arrive.yaml"
            )
            return None
        try:
            found = self.find_part(words)
        except StorageError as error:
            self._complain(step, str(error).rstrip("."))
            return None
        if found is None:
            self._complain(step, f"there is no part called {shown(words)}; it would be parts/{words}.yaml")
            return None
        path, text = found
        self.room -= len(text)
        if self.room < 0:
            self._complain(step, "the parts of this script are larger than 8 MiB together")
            return None
        part = read(text, PartFile, path)
        self.problems.update(part.problems)
        self.more[path] = part.more
        return part.page

    def _complain(self, step: Step, message: str) -> None:
        if step.place is not None:
            self.problems.add(problem(step.place, message))

    def judge(self, page: ScriptFile) -> None:
        """Look at the whole: circles, depth, size, and meaning."""
        self.problems.update(meaning.local(page))
        for part in self.parts.values():
            self.problems.update(meaning.local(part))
        circles, order = _ways(page, self.parts)
        for step, trail in circles:
            self._complain(step, f"'{step.include}' includes itself: {' → '.join(trail)}")
        if not circles and self._fits(page, order):
            self.problems.update(meaning.unannounced(page, self.parts))
            self.problems.update(meaning.out_of_place(page, self.parts))

    def _fits(self, page: ScriptFile, order: list[str]) -> bool:
        size = _Size({})
        for name in order:  # what is included comes first, so that nothing here recurses from file to file
            size.of[name] = size.measure(self.parts[name].steps)
        whole = size.measure(page.steps)
        if whole.files > MAX_INCLUDES:
            message = f"includes lead more than {MAX_INCLUDES} deep from here"
            self._complain(max(page.steps, key=lambda step: size.measure((step,)).files), message)
        elif whole.depth > MAX_DEPTH:
            message = f"parts and includes lead more than {MAX_DEPTH} deep from here"
            self._complain(max(page.steps, key=lambda step: size.measure((step,)).depth), message)
        elif whole.steps > MAX_STEPS:
            message = f"with all that it repeats and includes, the script has more than {MAX_STEPS:,} steps"
            self._complain(max(page.steps, key=lambda step: size.measure((step,)).steps), message)
        else:
            return True
        return False


def _ways(
    page: ScriptFile, parts: Mapping[str, PartFile]
) -> tuple[list[tuple[Include, list[str]]], list[str]]:
    """The includes that close a circle, each with its way around; and all parts, the included ones first."""
    circles: list[tuple[Include, list[str]]] = []
    order: list[str] = []
    done: set[str] = set()
    trail: list[str] = []
    waiting = [includes(page)[::-1]]
    while waiting:
        if not waiting[-1]:
            waiting.pop()
            if trail:
                order.append(trail.pop())
            continue
        step = waiting[-1].pop()
        if step.include in trail:
            circles.append((step, [*trail[trail.index(step.include) :], step.include]))
        elif step.include in parts and step.include not in done:
            done.add(step.include)
            trail.append(step.include)
            waiting.append(includes(parts[step.include])[::-1])
    return circles, order


@dataclass(frozen=True, slots=True)
class _Extent:
    steps: int = 0
    """Steps that it comes to; what holds others counts too, a choice as its longest branch."""
    depth: int = 0
    """Lists within each other."""
    files: int = 0
    """Includes within each other."""


@dataclass(frozen=True, slots=True)
class _Size:
    """Measures steps, given the extent of every part that they include."""

    of: dict[str, _Extent]

    def measure(self, steps: tuple[Step, ...]) -> _Extent:
        extents = [self._one(step) for step in steps]
        return _Extent(
            sum(extent.steps for extent in extents),
            max((extent.depth for extent in extents), default=0),
            max((extent.files for extent in extents), default=0),
        )

    def _one(self, step: Step) -> _Extent:
        if isinstance(step, Include):
            inner = self.of.get(step.include, _Extent())
            return _Extent(1 + inner.steps, 1 + inner.depth, 1 + inner.files)
        inside = [self.measure(branch) for branch in branches(step)]
        if not inside:
            return _Extent(1)
        longest = max(extent.steps for extent in inside)
        times = step.repeat.times if isinstance(step, Repeat) else 1
        return _Extent(
            (1 + longest) * times,
            1 + max(extent.depth for extent in inside),
            max(extent.files for extent in inside),
        )

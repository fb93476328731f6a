"""YAML as a small tree of texts, lists and mappings, each with its place; nothing is interpreted.

The tree is built from the parser's events, without recursion, so that no file can exhaust the stack, and
every scalar stays text, so that `no`, `1:30` and `0123` are what the author wrote.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from guide.script.problems import Problem, shown

MAX_BYTES = 1 << 20
"""The largest file that is read (1 MiB)."""
MAX_ALIASES = 100
MAX_NODES = 50_000
"""Texts, lists and mappings in one file, each counted as often as its aliases repeat it."""
MAX_DEPTH = 64
"""Lists and mappings within each other; sixteen parts need about fifty."""

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True, eq=False)
class Node:
    """Something that stands in a file."""

    line: int
    """Counts from 1."""
    column: int
    """Counts from 1."""
    start: int = 0
    """Characters before it in the file."""
    end: int = 0
    """Characters before what follows it."""
    size: int = 1
    """Nodes in it, itself included, aliases followed."""
    height: int = 1
    """Lists and mappings on the longest way down, itself included."""


@dataclass(slots=True, eq=False)
class Text(Node):
    """A scalar, as text."""

    text: str = ""
    plain: bool = True
    """Written without quotes and not as a block."""


@dataclass(slots=True, eq=False)
class Nothing(Node):
    """A value that was left out."""

    reported: bool = False
    """Something stood here that was complained about already."""


@dataclass(slots=True, eq=False)
class Listing(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)
    flow: bool = False
    """Written between brackets."""


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """Keys and their values, in the order of the file; the same key may still come twice."""

    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    flow: bool = False
    """Written between braces."""


class UnreadableError(Exception):
    """A file that is not one YAML document, or is more than a script may be."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(path, line, column, message)


def decode(data: str | bytes, path: str) -> str:
    """The text of a file. Raises UnreadableError: too large, not UTF-8, control characters."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise UnreadableError(path, 1, 1, "the file is larger than a script may be (1 MiB)")
    try:
        text = data if isinstance(data, str) else raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise UnreadableError(
            path, *_spot(before), "this is not UTF-8 text; save the file as UTF-8 in your editor"
        ) from error
    text = text.removeprefix("\ufeff")
    if found := _UNREADABLE.search(text):
        code = f"U+{ord(found[0]):04X}"
        raise UnreadableError(
            path, *_spot(text[: found.start()]), f"a control character ({code}) stands here; take it out"
        )
    return text


def _spot(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def compose(text: str, path: str) -> tuple[Node | None, list[Problem]]:
    """The one document in a text, None if it is empty, and the problems that do not stop the reading.

    Raises UnreadableError for those that do. `text` comes from `decode`.
    """
    composer = _Composer(path)
    try:
        for event in _events(text):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        from guide.script.yaml_words import in_plain_words

        raise UnreadableError(path, *in_plain_words(error, text)) from error
    except yaml.YAMLError as error:  # the reader's own, which `decode` should have met first
        raise UnreadableError(path, 1, 1, "this is not YAML") from error
    return composer.root, composer.problems


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[Any] = yaml.parse(text, Loader=loader)
    return events


class _Composer:
    """Takes events one by one; what is open stands on a stack."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[tuple[Node, list[Node]]] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0
        self._aliases = 0
        self._nodes = 0

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                self._finish(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._stop(event, "a second document begins here; a file holds only one")

    def _stop(self, event: Any, message: str) -> UnreadableError:
        mark = event.start_mark
        return UnreadableError(self.path, mark.line + 1, mark.column + 1, message)

    def _complain(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self.path, node.line, node.column, message))

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._stop(event, f"the file is too large: more than {MAX_NODES:,} pieces")

    def _named(self, event: Any, node: Node) -> None:
        if event.tag is not None:
            self._complain(
                node,
                f"tags such as {shown(event.tag)} are not used here; quote a text that begins with '!'",
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = node

    def _scalar(self, event: Any) -> None:
        self._count(event, 1)
        at = _where(event)
        plain = not event.style
        if plain and event.value in ("", "~", "null"):
            node: Node = Nothing(*at)
        else:
            node = Text(*at, text=event.value, plain=plain)
        self._named(event, node)
        if found := _UNWANTED.search(event.value):
            self._complain(node, f"this text holds a control character (U+{ord(found[0]):04X}); take it out")
            node = Nothing(*at, reported=True)
        self._put(node)

    def _begin(self, event: Any) -> None:
        self._count(event, 1)
        if len(self._open) >= MAX_DEPTH:
            raise self._stop(event, f"lists are nested too deep here (more than {MAX_DEPTH})")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = (Mapping if is_mapping else Listing)(*_where(event), flow=bool(event.flow_style))
        self._named(event, node)
        self._open.append((node, []))

    def _finish(self, event: Any) -> None:
        node, children = self._open.pop()
        node.end = event.end_mark.index
        node.size = 1 + sum(child.size for child in children)
        node.height = 1 + max((child.height for child in children), default=0)
        if isinstance(node, Listing):
            node.items = children
        elif isinstance(node, Mapping):
            node.pairs = list(zip(children[::2], children[1::2], strict=True))
        self._put(node)

    def _alias(self, event: Any) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise self._stop(event, f"more than {MAX_ALIASES} aliases ('*name') in one file")
        node = self._anchors.get(event.anchor)
        if node is None:
            self._count(event, 1)
            node = Nothing(*_where(event), reported=True)
            self._complain(
                node,
                f"there is no {shown('&' + event.anchor)} before this {shown('*' + event.anchor)}; "
                "quote a text that begins with '*'",
            )
        elif any(node is held for held, _ in self._open):
            raise self._stop(event, f"{shown('*' + event.anchor)} contains itself")
        elif len(self._open) + node.height > MAX_DEPTH:
            raise self._stop(event, f"lists are nested too deep here (more than {MAX_DEPTH})")
        self._count(event, node.size)
        self._put(node)

    def _put(self, node: Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.root = node


def _where(event: Any) -> tuple[int, int, int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1, mark.index, event.end_mark.index

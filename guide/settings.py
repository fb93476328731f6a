"""A settings file as plain text, lists and mappings: quick, for commands that need no more."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guide.errors import GuideError

_MOST_BYTES = 1 << 16
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
"""A pipe that took the file's place is not waited for."""


def read(path: Path) -> dict[str, Any]:
    """What a settings file holds, every word as text; empty if there is none. Raises GuideError."""
    data = content(path)
    return {} if data is None else parse(data, path)


def content(path: Path) -> bytes | None:
    """The bytes of a settings file, at most 64 KiB; None if there is none. Raises GuideError."""
    try:
        _stop_unless_file(path, path.stat())
        with os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb") as file:
            _stop_unless_file(path, os.fstat(file.fileno()))
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise GuideError(f"{path} cannot be read: it is a link to what is not there.") from error
        return None
    except OSError as error:
        raise GuideError(f"{path} cannot be read ({error.strerror or error}).") from error
    if len(data) > _MOST_BYTES:
        raise GuideError(f"{path} is too large for settings; it has to be smaller than 64 KiB.")
    return data


def parse(data: bytes, path: Path) -> dict[str, Any]:
    """What the text of a settings file holds, every word as text. Raises GuideError, naming the path."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise GuideError(f"{path} cannot be read ({error}).") from error
    values = _values(text, path)
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise GuideError(f"{path}: settings are written as `key: value`, one a line.")
    return values


def place(data: bytes, loc: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
    """The line and column, both from 1, of a value in the text of a settings file, or of its `key`.

    For a text that `parse` takes; of what is not found, the place of what holds it.
    """
    from guide.script import nodes  # only once something is wrong

    try:
        node, _ = nodes.compose(nodes.decode(data, ""), "")
    except nodes.UnreadableError:
        return 1, 1
    found = node
    for word in loc:
        if isinstance(node, nodes.Mapping):
            named = [pair for pair in node.pairs if isinstance(pair[0], nodes.Text) and pair[0].text == word]
        elif isinstance(node, nodes.Listing):
            named = [(item, item) for index, item in enumerate(node.items) if index == word]
        else:
            break
        if not named:
            break
        found, node = named[-1]  # of a key that comes twice the last one counts
    shown = found if key else node
    return (shown.line, shown.column) if shown else (1, 1)


def _stop_unless_file(path: Path, about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise GuideError(f"{path} cannot be read: it is not a file.")


def _values(text: str, path: Path) -> Any:
    import yaml  # most people have no settings, and it takes its time

    class Plain(yaml.BaseLoader):
        """Text, lists and mappings; an alias is refused, since a few of them can stand for gigabytes."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()  # type: ignore[no-untyped-call]
                raise yaml.composer.ComposerError(None, None, "aliases are not used here", event.start_mark)
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader=Plain)  # noqa: S506 - a BaseLoader: text, lists and mappings only
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is nested too deeply"
        raise GuideError(f"{path}{where}: this is not YAML: {problem}") from error

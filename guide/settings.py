"""A settings file as plain text, lists and mappings: quick, for commands that need no more."""

import stat
from pathlib import Path
from typing import Any

from guide.errors import GuideError

_MOST_BYTES = 1 << 16


def read(path: Path) -> dict[str, Any]:
    """What a settings file holds, every word as text; empty if there is none. Raises GuideError."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise GuideError(f"{path} is too large for settings; it has to be smaller than 64 KiB.")
        if not stat.S_ISREG(path.stat().st_mode):
            raise GuideError(f"{path} cannot be read: it is not a file.")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise GuideError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}).") from error
    values = _values(text, path)
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise GuideError(f"{path}: settings are written as `key: value`, one a line.")
    return values


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

"""What a shell may complete."""

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:  # imported when something is completed
    from guide.library import Library


def complete_session(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The sessions whose names begin so; a path is left to the shell. For Click's `shell_complete`."""
    if incomplete.startswith((".", "/", "~")) or "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in _library().names() if name.startswith(incomplete)]


def complete_sound(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The bells and beds whose names begin so. For Click's `shell_complete`."""
    found = _library()
    names = [*found.bells(), *found.beds()]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_bed(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The beds whose names begin so, and none. For Click's `shell_complete`."""
    return [CompletionItem(name) for name in [*_library().beds(), "none"] if name.startswith(incomplete)]


def _library() -> "Library":
    from guide.folders import Folders
    from guide.library import Library

    return Library.find(Folders.find())

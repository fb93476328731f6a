"""What a shell may complete."""

import click
from click.shell_completion import CompletionItem


def complete_session(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The sessions whose names begin so; a path is left to the shell. For Click's `shell_complete`."""
    if incomplete.startswith((".", "/", "~")) or "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    from guide.folders import Folders
    from guide.library import Library

    names = Library.find(Folders.find()).names()
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]

"""Commands that a person must be able to rely on, whatever is wrong with what was set for good."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from guide.errors import GuideError

TROUBLE = "guide.cli.anyway"
"""Where a context keeps what is wrong with the settings, for whoever asks with `trouble`."""


class Anyway(click.Command):
    """A command whose settings are left aside where they do not suit it; what is typed has to be right."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """See Click. Raises UsageError for what was typed alone."""
        try:
            return super().make_context(info_name, list(args), parent, **extra)
        except click.UsageError as error:
            with _nothing_set(f"GUIDE_{info_name}_".upper()):
                ctx = super().make_context(info_name, list(args), parent, **{**extra, "default_map": {}})
            # Without what is set it is right, so that is where the problem lies.
            ctx.meta.setdefault(TROUBLE, error)
            return ctx


def trouble() -> GuideError | click.UsageError | None:
    """What is wrong with the settings, and left aside by now; for the command to `tell`, or to raise."""
    found = click.get_current_context().meta.get(TROUBLE)
    return found if isinstance(found, GuideError | click.UsageError) else None


def tell(problem: GuideError | click.UsageError) -> None:
    """Say it on standard error, and go on."""
    said = problem.format_message() if isinstance(problem, click.UsageError) else str(problem)
    click.echo(f"Left aside: {said}", err=True)


@contextmanager
def _nothing_set(prefix: str) -> Iterator[None]:
    """Without the environment's options of a command: `GUIDE_PLAY_FOR` and its like."""
    put_away = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith(prefix)}
    try:
        yield
    finally:
        os.environ.update(put_away)

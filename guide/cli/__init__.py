"""The command line: each command in its own room, imported when it is called."""

import sys
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from guide import __version__
from guide.errors import GuideError

COMMANDS = {
    "list": ("guide.cli.sessions:list_sessions", "Show the sessions."),
    "play": ("guide.cli.play:play", "Play a session, then listen."),
    "render": ("guide.cli.render:render", "Write a session to a sound file."),
    "check": ("guide.cli.check:check", "Find the problems in scripts."),
    "show": ("guide.cli.show:show", "Draw a session's timeline."),
    "new": ("guide.cli.new:new", "Start a script of your own."),
    "reflect": ("guide.cli.reflect:reflect", "Only the spoken reflection."),
    "journal": ("guide.cli.journal:journal", "Look at what you have kept."),
    "voices": ("guide.cli.voices:voices", "List and try voices."),
    "doctor": ("guide.cli.doctor:doctor", "Find out what is wrong with the sound."),
}
"""Every command: where it is, and its one line of help (so that `guide --help` imports none of them)."""


class _Rooms(click.Group):
    """A group that imports a command when it is called, and turns a GuideError into its sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin like this; none of them is imported for it."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(n, help=text) for n, (_, text) in COMMANDS.items() if n.startswith(incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GuideError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)


@click.group(
    cls=_Rooms,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "GUIDE"},
)
@click.version_option(__version__, prog_name="guide")
@click.pass_context
def guide(ctx: click.Context) -> None:
    """Sit down, choose a meditation and a length, and be guided."""
    ctx.default_map = _set_for_good()
    if ctx.invoked_subcommand is None:
        from guide.cli.sessions import greet

        greet()


_DESTINATIONS = {"for": "length"}
"""Where an option's own name cannot be a name in Python."""


def _set_for_good() -> dict[str, dict[str, str]]:
    """Options of commands from the settings; nothing is imported where there are none."""
    from guide.folders import Folders

    path = Folders.find().config / "config.yaml"
    if not path.is_file():
        return {}
    from guide.settings import read

    options = read(path).get("options")
    if not isinstance(options, dict):
        return {}
    return {
        name: {_DESTINATIONS.get(key, key.replace("-", "_")): value for key, value in given.items()}
        for name, given in options.items()
        if isinstance(given, dict)
    }


def main() -> None:
    """Run the command line; never ends in a traceback for what a person can mend."""
    try:
        guide(prog_name="guide")
    except BrokenPipeError:
        sys.exit(1)

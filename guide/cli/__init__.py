"""The command line: each command in its own room, imported when it is called."""

import os
import signal
import sys
from collections.abc import Collection
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from guide import __version__
from guide.errors import GuideError

COMMANDS = {
    "list": ("guide.cli.sessions:list_sessions", "Show the sessions."),
    "course": ("guide.cli.course:course", "Show the way through, and what comes next."),
    "play": ("guide.cli.play:play", "Play a session, then listen."),
    "render": ("guide.cli.render:render", "Write a session to a sound file."),
    "check": ("guide.cli.check:check", "Find the problems in scripts."),
    "show": ("guide.cli.show:show", "Draw a session's timeline."),
    "new": ("guide.cli.new:new", "Start a script of your own."),
    "support": ("guide.cli.support:support", "What this is and is not, and where help is."),
    "reflect": ("guide.cli.reflect:reflect", "Only the spoken reflection."),
    "journal": ("guide.cli.journal:journal", "Look at what you have kept."),
    "voices": ("guide.cli.voices:voices", "List and try voices."),
    "models": ("guide.cli.models:models", "Install what understands your words."),
    "sounds": ("guide.cli.sounds:sounds", "List and try bells and beds."),
    "doctor": ("guide.cli.doctor:doctor", "Find out what is wrong with the sound."),
    "bedside": ("guide.cli.bedside:bedside", "A device by the bed: a button, a light, no screen."),
}
"""Every command: where it is, and its one line of help (so that `guide --help` imports none of them)."""
_ANYWAY = ("support", "play")
"""Commands that look themselves at what is wrong with the settings: see `guide.cli.anyway`."""


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
            raise click.UsageError(
                f"There is no command '{args[0]}'.{_near(args[0], COMMANDS)}", ctx
            ) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = any(word in ctx.help_option_names for word in args)  # help is there without settings
        return super().parse_args(ctx, args)

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
    try:
        ctx.default_map = _set_for_good(ctx)
    except GuideError as error:
        if not ctx.obj and ctx.invoked_subcommand not in _ANYWAY:
            raise
        from guide.cli.anyway import TROUBLE

        ctx.meta[TROUBLE] = error
    if ctx.invoked_subcommand is None:
        from guide.cli.sessions import greet

        greet()


def _set_for_good(ctx: click.Context) -> dict[str, dict[str, str]]:
    """The settings' options of the command that is called; nothing is imported where there are no settings.

    Raises GuideError for a command or an option that there is not.
    """
    from guide.folders import Folders

    path = Folders.find().config / "config.yaml"
    try:
        if not path.is_file():
            return {}
    except OSError as error:  # a folder on the way that may not be looked into
        raise GuideError(f"{path} cannot be read ({error.strerror or error}).") from error
    from guide.settings import read

    options = _mapping(read(path).get("options"), f"{path}: options", "play: {for: 15m}")
    for word in options:
        if word not in COMMANDS:
            raise GuideError(f"{path}: options: there is no command '{word}'.{_near(word, COMMANDS)}")
    name = ctx.invoked_subcommand
    command = guide.get_command(ctx, name) if name in options else None
    if name is None or command is None:
        return {}
    where = f"{path}: options.{name}"
    return {name: _by_parameter(_mapping(options[name], where, "{for: 15m}"), command, where)}


def _mapping(value: Any, where: str, example: str) -> dict[str, Any]:
    if isinstance(value, dict | None) or value == "":
        return value or {}
    raise GuideError(f"{where} is written like `{example}`.")


def _by_parameter(given: dict[str, Any], command: click.Command, where: str) -> dict[str, str]:
    """Options as Click knows them: by the name of the parameter, which need not be that of the option."""
    known = {
        option.removeprefix("--"): parameter.name
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and parameter.name
    }
    result = {}
    for key, value in given.items():
        if (word := key.replace("_", "-")) not in known:
            raise GuideError(f"{where}: there is no option '{key}'.{_near(word, known)}")
        if not isinstance(value, str):
            raise GuideError(f"{where}.{key} is one word or text, not several.")
        result[known[word]] = value
    return result


def _near(word: str, words: Collection[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""


def _leave(_number: int, _frame: object) -> None:
    """End as an exit does, so that what is half made is cleared away."""
    sys.exit(128 + signal.SIGTERM)


def _opened() -> None:
    """Put the null device in the place of standard streams that were closed (`guide list >&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free is the stream's own: no other file can get into its place.
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - as long as the process
            os.set_inheritable(stream.fileno(), True)  # noqa: FBT003 - it has no other form
            setattr(sys, name, stream)


def _uncored() -> None:
    """Leave no image of the memory on a disk, should it crash: what was just said may be in there."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def main() -> None:
    """Run the command line; never ends in a traceback for what a person can mend."""
    _opened()
    _uncored()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _leave)
    try:
        guide(prog_name="guide")
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        # A folder that may not be looked into; or what is printed cannot be: a full disk, a lost terminal.
        what = f"{error.filename} cannot be used" if error.filename else "Something could not be written"
        print(f"{what} ({error.strerror or error}).", file=sys.stderr)
        sys.exit(1)
    except GuideError:
        sys.exit(1)  # while a shell completes a word: it has no place for a sentence

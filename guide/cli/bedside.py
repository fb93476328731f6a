"""`guide bedside`: the device by the bed, run, seen, pressed, and made of a machine."""

import json
import time
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from guide.cli import terminal
from guide.errors import NotFoundError
from guide.folders import Folders

if TYPE_CHECKING:  # imported late: `guide bedside --help` needs no sockets
    from guide.bedside.calling import Call
    from guide.bedside.state import State

_ELSEWHERE = dict.fromkeys(("install", "uninstall"), "guide.cli.installing")
_GESTURES = ("press", "double", "hold", "off")
_SOON = 1.5
"""Seconds that a device may take to begin what a gesture means, before what it does is told as it is."""


class _Rooms(click.Group):
    """A group that takes some of its commands from rooms of their own, when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        own = super().list_commands(ctx)
        return [*own, *(name for name, room in _ELSEWHERE.items() if find_spec(room))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _ELSEWHERE and find_spec(_ELSEWHERE[cmd_name]):
            command: click.Command = getattr(import_module(_ELSEWHERE[cmd_name]), cmd_name)
            return command
        return super().get_command(ctx, cmd_name)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in self.list_commands(ctx) if name.startswith(incomplete)]


@click.group(cls=_Rooms)
def bedside() -> None:
    """Be the device by the bed: a button, a light, a voice, and no screen."""


@bedside.command()
@click.option("--device", help="A part of the loudspeaker's name, instead of what the settings say.")
@click.option("--microphone", help="A part of the microphone's name, instead of what the settings say.")
@click.option(
    "--mock-pins",
    is_flag=True,
    help="For trying out without hardware: pins that are driven through the socket (docs/bedside-socket.md).",
)
def run(device: str | None, microphone: str | None, *, mock_pins: bool) -> None:
    """Run the device, until it is switched off; one at a time."""
    from guide.bedside.run import run as be_it

    be_it(device=device, microphone=microphone, mock_pins=mock_pins)


@bedside.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON, as docs/bedside-socket.md tells.")
@click.option("--follow", is_flag=True, help="Go on, and tell each change until Ctrl-C.")
def status(*, as_json: bool, follow: bool) -> None:
    """Show what the device does that runs here."""
    with _call() as call, suppress(KeyboardInterrupt):  # which is how following is meant to end
        if as_json:
            click.echo(json.dumps(call.data, indent=None if follow else 2))
        else:
            _told(call.state)
        if follow:
            _follow(call, as_json=as_json)


@bedside.command()
@click.argument("gesture", type=click.Choice(_GESTURES), default="press")
def press(gesture: str) -> None:
    """Do to the running device what a thumb does to its button, and say what it does then.

    A press where nothing else is said; double, hold, and off for the very long one.
    """
    with _call() as call:
        before = call.state.doing
        call.do({"do": gesture})
        over = time.monotonic() + _SOON
        try:
            while call.state.doing == before and next(call.states(over), None) is not None:
                pass
        except NotFoundError as gone:
            click.echo(str(gone))
        else:
            click.echo(_doing(call.state))


@bedside.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Find what is wrong in bedside.yaml, each with its line."""
    from guide.bedside.reading import problems as found
    from guide.library import Library

    folders = Folders.find()
    path = folders.config / "bedside.yaml"
    problems = found(path, Library.find(folders))
    for problem in problems:
        click.echo(_legible(problem))
    if problems:
        ctx.exit(1)
    click.echo(
        f"{path}: no problems." if path.is_file() else f"There is no {path}; everything is as it comes."
    )


def _call() -> "Call":
    from guide.bedside.calling import Call

    return Call.begun(Folders.find())


def _follow(call: "Call", *, as_json: bool) -> None:
    """Tell each change; of a session that goes on, to a person, nothing until something else is new."""
    last = _still(call.state)
    for state in call.states():
        if as_json:
            click.echo(json.dumps(call.data))
        elif _still(state) != last:
            _told(state)
        last = _still(state)


def _told(state: "State") -> None:
    import datetime as dt

    from guide.cli.device import told

    for line in told(state, dt.datetime.now().astimezone(), terminal.encoding()):
        click.echo(line)


def _doing(state: "State") -> str:
    from guide.cli.device import doing

    return doing(state, terminal.encoding())


def _still(state: "State") -> "State":
    """All of it but what moves while it plays."""
    from dataclasses import replace

    return replace(state, at=0, breath=None)


def _legible(text: str) -> str:
    from guide.legible import legible

    return legible(text, terminal.encoding())

"""`guide sounds`: which bells and beds there are, and what one of them sounds like."""

from typing import TYPE_CHECKING, Any

import click

from guide.cli import terminal
from guide.cli.asking import LENGTH
from guide.cli.completing import complete_sound
from guide.desk import Desk
from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.legible import cut, legible, wrapped

if TYPE_CHECKING:  # numpy comes only with a command that makes a sound
    from guide.sounds import Choice

_USUAL = 20
"""Seconds of a bed that are heard."""
_WIDEST, _NARROW = 100, 30
"""Columns: of a wide terminal, and what there must be beside the names."""


@click.group()
def sounds() -> None:
    """List and try the bells, and the beds under the voice."""


@sounds.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_sounds(*, as_json: bool) -> None:
    """Show the bells, and the beds that can lie under the voice."""
    from guide.sounds import choices

    found = choices(Desk.laid().library)
    if as_json:
        import json

        click.echo(json.dumps([_json(one) for one in found], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_listing(found, terminal.width(_WIDEST), terminal.encoding())))


@sounds.command("try")
@click.argument("name", shell_complete=complete_sound)
@click.option("--for", "length", type=LENGTH, help="How long a bed is heard; 20s if not given.")
@click.option("--device", help="A part of the loudspeaker's name; `guide doctor` shows the names.")
def try_sound(name: str, length: int | None, device: str | None) -> None:
    """Hear a bell once, or a bed for a while, as loud as in a session. Ctrl-C ends it softly."""
    from guide.sounds import alone, choice

    desk = Desk.laid()
    one = choice(desk.library, name)
    if one.kind == "bell" and length is not None:
        raise click.UsageError("A bell rings as long as it rings; --for is for a bed.")
    mix, timeline = alone(desk.library, one, length or frames(_USUAL))

    from guide.cli.signals import stopping
    from guide.player import Player
    from guide.saved import Saved
    from guide.sinks import Speaker

    try:
        speaker = Speaker(device or desk.config.device)
    except DeviceError as error:
        raise DeviceError(f"{error} Without one, `guide render` writes a session to a file.") from error
    with speaker:
        player = Player(speaker, mix, timeline, volume=Saved(desk.folders.state).volume())
        stops: list[None] = []

        def stop() -> None:
            stops.append(None)
            player.do("stop")

        click.echo(f"{one.name}: {one.about}" if one.about else one.name)
        with stopping(stop):
            heard = player.run()
    if not heard.finished and not stops:
        raise DeviceError("The loudspeaker was lost before the end.")


def _listing(found: "list[Choice]", width: int, encoding: str) -> list[str]:
    """What there is, in lines of at most `width` columns, where that is 40 or more."""
    names = max((len(_called(one)) for one in found), default=0)
    room = width - names - 4
    lines = []
    for kind, title in (("bell", "Bells:"), ("bed", "Beds, to lie under the voice:")):
        lines += [title]
        for one in found:
            if one.kind == kind:
                words = legible(f"{one.about} ({_length(one)})" if one.about else _length(one), encoding)
                lines += _row(_called(one), words, names, room, width)
        lines += [""]
    return [*lines, "Hear one: guide sounds try ocean"]


def _row(name: str, words: str, names: int, room: int, width: int) -> list[str]:
    if room < _NARROW:  # a name, and below it what it is
        return [f"  {cut(name, width - 2)}", *(f"    {line}" for line in wrapped(words, max(8, width - 4)))]
    first, *more = wrapped(words, room)
    return [f"  {name:<{names}}  {first}", *(" " * (names + 4) + line for line in more)]


def _called(one: "Choice") -> str:
    return ", ".join((one.name, *one.also))


def _length(one: "Choice") -> str:
    if one.kind == "bell":
        return f"{one.frames / RATE:g} s"
    return f"loops of {', '.join(f'{loop / RATE:g}' for loop in one.loops)} s"


def _json(one: "Choice") -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "also": one.also,
        "about": one.about,
        "seconds": one.frames / RATE,
        "loops": [loop / RATE for loop in one.loops],
    }

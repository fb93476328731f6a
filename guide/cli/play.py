"""`guide play`: the session, and the reflection after it."""

import datetime as dt
from pathlib import Path

import click
from click.core import ParameterSource

from guide.cli import unlocking
from guide.cli.anyway import Anyway, tell, trouble
from guide.cli.asking import LENGTH, MOMENT, SILENCE
from guide.cli.completing import complete_bed, complete_session
from guide.cli.terminal import encoding
from guide.desk import Desk
from guide.errors import GuideError

_CHOICES = ("name", "length", "until", "voice", "ambience", "seed")
"""What a session that is gone on with has chosen already."""


@click.command(cls=Anyway)
@click.argument("name", required=False, shell_complete=complete_session)
@click.option("--for", "length", type=LENGTH, envvar="GUIDE_PLAY_FOR", help="How long it is to be, like 20m.")
@click.option("--until", type=MOMENT, help="When it is to end, like 22:30; a pause is taken from its rests.")
@click.option("--voice", help="Another voice; `guide voices list` shows them.")
@click.option(
    "--ambience",
    metavar="SOUND|none",
    shell_complete=complete_bed,
    help="Another sound under the voice, or none; `guide sounds list` shows them.",
)
@click.option("--seed", help="Chooses among the wordings; today's date if not given.")
@click.option("--device", help="A part of the loudspeaker's name; `guide doctor` shows the names.")
@click.option("--microphone", help="A part of the microphone's name.")
@click.option(
    "--end-after-silence",
    type=SILENCE,
    help="Silence that ends a recording, like 30s, after a soft tone; or never.",
)
@click.option("--no-reflection", is_flag=True, help="End with the last bell.")
@click.option("--resume", is_flag=True, help="Go on with the session that was stopped.")
@click.option("--plain", is_flag=True, help="One line for each thing that happens, no picture.")
@unlocking.identity
@click.pass_context
def play(
    ctx: click.Context,
    name: str | None,
    length: int | None,
    until: dt.datetime | None,
    voice: str | None,
    ambience: str | None,
    seed: str | None,
    device: str | None,
    microphone: str | None,
    end_after_silence: int | None,
    no_reflection: bool,
    resume: bool,
    plain: bool,
    identity: Path | None,
) -> None:
    """Play the session NAME, exactly as long as you ask, then listen to you.

    Without NAME it is the next one on the way; `guide course` shows that.
    """
    if ctx.get_parameter_source("length") is not ParameterSource.COMMANDLINE and (until or resume):
        length = None  # set for good, for sessions that nobody said anything else about
    if length and until:
        raise click.UsageError("--for and --until are two answers to one question; give one of them.")
    chosen = [key for key in _CHOICES if ctx.get_parameter_source(key) is ParameterSource.COMMANDLINE]
    if resume and chosen:
        raise click.UsageError("--resume goes on exactly as it was, so there is nothing more to choose.")
    because = ""
    if name is None and (wrong := trouble()):
        raise wrong
    if not resume and name is None:
        name, because = _next()
    from guide.memory import frugal

    frugal()
    from guide.sinks import Opening

    desk = _desk(name if not resume else None)
    # A hard moment asks for nothing, also for no passphrase.
    asks = identity is not None and (name is None or resume or not desk.library.looks_quick(name))
    key = unlocking.key_or_none(identity) if asks else None
    # Nothing waits for the loudspeaker, and it for nothing, not even for what is imported here.
    device = device or desk.config.device
    opening = Opening(device)
    early = desk.early_voice(name, voice) if name and not resume else None
    from guide.cli.evening import Evening, Request

    request = Request(
        name=None if resume else name,
        length=length,
        until=until,
        voice=voice,
        ambience=ambience,
        seed=seed,
        device=device,
        microphone=microphone,
        end_after_silence=end_after_silence,
        reflects=not no_reflection,
        because=because,
        early=early,
        key=key,
    )
    Evening.begun(desk, plain=plain).spend(request, opening)


def _desk(name: str | None) -> Desk:
    """The person's desk. Wrong settings are raised; in a hard moment they are told, and left aside."""
    wrong = trouble()
    try:
        desk = Desk.laid()
    except GuideError as error:
        desk, wrong = Desk.cleared(), wrong or error
    if wrong:
        if name is None or not desk.library.looks_quick(name):
            raise wrong
        tell(wrong)
    return desk


def _next() -> tuple[str, str]:
    """The next session on the way, and the sentence that says so. Raises GuideError where there is none."""
    from guide.desk.way import Way, suggestion
    from guide.folders import Folders
    from guide.library import Library

    folders = Folders.find()
    library = Library.find(folders)
    if complaint := library.complaint():
        click.echo(complaint, err=True)
    way = Way.found(folders, library)
    if way and way.trouble:
        from guide.cli.reflecting import mended

        # What was sat decides what comes next, so what can be read of a damaged journal is read first.
        if mended(folders):
            way = Way.found(folders, library)
            if way and way.trouble:
                click.echo(way.trouble, err=True)
    if way is None or way.next is None:
        raise click.UsageError("Which session? `guide list` shows them; then, say, `guide play self-love`.")
    return way.next.session, suggestion(way, encoding())

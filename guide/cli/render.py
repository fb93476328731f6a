"""`guide render`: a session as a sound file."""

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guide.cli.asking import LENGTH, Counter
from guide.cli.completing import complete_bed, complete_session
from guide.desk import Desk
from guide.duration import clock

if TYPE_CHECKING:
    from guide.session import Prepared


@click.command()
@click.argument("name", shell_complete=complete_session)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; its ending decides: .flac, .wav, .ogg or .mp3.",
)  # fmt: skip
@click.option(
    "--for", "length", type=LENGTH, envvar="GUIDE_RENDER_FOR", help="How long it is to be, like 20m."
)
@click.option("--voice", help="Another voice; `guide voices list` shows them.")
@click.option(
    "--ambience",
    metavar="SOUND|none",
    shell_complete=complete_bed,
    help="Another sound under the voice, or none; `guide sounds list` shows them.",
)
@click.option("--seed", help="Chooses among the wordings; today's date if not given.")
@click.option("--cues", type=click.Path(path_type=Path, dir_okay=False), help="Also write what happens when.")
@click.option(
    "--with-echo", is_flag=True, help="With your own recorded words in it, where the session plays them."
)
@click.option(
    "--captions", type=click.Path(path_type=Path, dir_okay=False), help="Also write the words as WebVTT."
)
def render(
    name: str,
    output: Path,
    length: int | None,
    voice: str | None,
    ambience: str | None,
    seed: str | None,
    cues: Path | None,
    captions: Path | None,
    *,
    with_echo: bool,
) -> None:
    """Write the session NAME to a sound file, exactly as long as you ask."""
    from guide.memory import frugal

    frugal()
    from guide import writing
    from guide.session import prepare

    writing.format_of(output)
    for option, path in (("-o", output), ("--cues", cues), ("--captions", captions)):
        if path is not None and not path.absolute().parent.is_dir():
            raise click.BadParameter(f"there is no folder {path.absolute().parent}", param_hint=option)
    if len({path.absolute() for path in (output, cues, captions) if path}) < 1 + bool(cues) + bool(captions):
        raise click.UsageError("The sound, the cues and the captions need a file each.")
    desk = Desk.laid()
    script = desk.script(name)
    with desk.voice(voice, script.page.language) as speaker:
        wish = desk.wish(length, seed, ambience)
        if with_echo:  # a file goes about: nobody's voice is in it unless they say so
            wish = replace(wish, echoes=desk.echoes(script))
        prepared = prepare(script, wish, speaker, desk.library, Counter())
        write_session(output, prepared)
    if cues:
        writing.write_text(cues, writing.cues(prepared.timeline))
    if captions:
        writing.write_text(captions, writing.captions(prepared.timeline))
    click.echo(f"{click.format_filename(output)}: {script.page.title}, {clock(prepared.timeline.frames)}.")


def _bar(length: int) -> "AbstractContextManager[Any]":
    """How far the writing is; None where nobody looks."""
    if not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(length=length, label="Writing", show_pos=False, file=sys.stderr)


def write_session(output: Path, prepared: "Prepared") -> None:
    """Write a prepared session with a progress bar, its voice still open.

    Raises StorageError, for a damaged bed too, and VoiceError for words that were lost meanwhile.
    """
    from guide import writing
    from guide.render import block

    mix = prepared.mix
    prepared.clips.insist()

    def check() -> None:
        for bed in prepared.sounds.beds.values():
            bed.whole()  # a damaged loop was silent until now

    with _bar(mix.frames) as bar:
        writing.write_sound(
            output,
            writing.Source(mix.frames, partial(block, mix), check),
            title=prepared.plan.title,
            chapters=prepared.timeline,
            written=bar.update if bar else lambda _: None,
        )

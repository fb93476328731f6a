"""`guide show`: what happens when, as a picture."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.cli import terminal
from guide.cli.asking import LENGTH, Counter
from guide.cli.completing import complete_session
from guide.desk import Desk

if TYPE_CHECKING:
    from guide.script.models import Script
    from guide.session import Prepared
    from guide.timeline import Timeline

_WIDEST = 120
"""Columns: on a wider screen the picture stays one that is seen at a glance."""


@click.command()
@click.argument("name", shell_complete=complete_session)
@click.option("--for", "length", type=LENGTH, envvar="GUIDE_SHOW_FOR", help="How long it is to be, like 20m.")
@click.option("--voice", help="Another voice; `guide voices list` shows them.")
@click.option("--seed", help="Chooses among the wordings; today's date if not given.")
@click.option("--json", "as_json", is_flag=True, help="The figures and every event, for other programs.")
@click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE",
    help="Draw it for a page or a browser instead, as an SVG file; - is the standard output.",
)  # fmt: skip
def show(
    name: str, length: int | None, voice: str | None, seed: str | None, svg: Path | None, *, as_json: bool
) -> None:
    """Draw the timeline of the session NAME, exactly as it would be played."""
    from guide.legible import legible
    from guide.picture import picture
    from guide.session import prepare

    if svg and as_json:
        raise click.UsageError("Choose one: --json or --svg.")
    if svg and not svg.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {svg.absolute().parent}", param_hint="--svg")
    desk = Desk.laid()
    script = desk.script(name)
    with desk.voice(voice, script.page.language) as speaker:
        wish = replace(desk.wish(length, seed, None), echoes=desk.echoes(script))
        prepared = prepare(script, wish, speaker, desk.library, Counter())
    timeline = prepared.timeline
    if svg:
        _draw(svg, script, prepared)
        return
    if as_json:
        click.echo(
            json.dumps(as_data(script.name, script.page.title, timeline), ensure_ascii=False, indent=2)
        )
        return
    encoding = terminal.encoding()
    click.echo(f"  {legible(script.page.title, encoding)}\n")
    for line in picture(timeline, terminal.width(_WIDEST), encoding):
        click.echo(line)


def _draw(path: Path, script: "Script", prepared: "Prepared") -> None:
    """Write the picture to a file, or to the standard output. Raises StorageError."""
    from guide import writing
    from guide.drawing import Score, drawn
    from guide.duration import clock
    from guide.legible import legible

    plan, reflection = prepared.plan, script.page.reflection
    asked = len(reflection.questions) if reflection else 0
    score = Score(plan.timeline, plan.title, plan.bed, plan.level, plan.sleep, asked, plan.language)
    text = drawn(score)
    if str(path) == "-":
        sys.stdout.buffer.write(text.encode())
        return
    writing.write_text(path, text)
    title = legible(plan.title, terminal.encoding())
    click.echo(f"{click.format_filename(path)}: {title}, {clock(plan.timeline.frames)}.")


def as_data(name: str, title: str, timeline: "Timeline") -> dict[str, object]:
    """A timeline as `--json` shows it: the figures, times in seconds; the events, in frames."""
    from guide.duration import seconds
    from guide.picture import figures

    counted = figures(timeline)
    return {
        "name": name,
        "title": title,
        "seconds": seconds(counted.frames),
        "words": counted.words,
        "speeches": counted.speeches,
        "articulation": round(counted.articulation, 1),
        "silence": round(counted.silence, 4),
        "longest_quiet": seconds(counted.longest_quiet),
        "longest_quiet_at": seconds(counted.longest_quiet_at),
        "timeline": timeline.cues(),
    }

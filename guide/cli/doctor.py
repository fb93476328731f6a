"""`guide doctor`: what is wrong with the sound, and what to do; and what this board can do."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from guide.desk import Desk
from guide.legible import legible

if TYPE_CHECKING:  # imported late, with the sound system
    from guide.doctor import Finding
    from guide.figures import Figure


@click.command()
@click.option("--measure", is_flag=True, help="Say instead how fast this board is, and what that means.")
@click.option("--voice", help="The voice to try.")
@click.option("--device", help="A part of the loudspeaker's name.")
@click.option("--microphone", help="A part of the microphone's name.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
@click.pass_context
def doctor(
    ctx: click.Context,
    *,
    measure: bool,
    voice: str | None,
    device: str | None,
    microphone: str | None,
    as_json: bool,
) -> None:
    """Play a soft tone, record three seconds, measure, and say what is wrong.

    What it records is measured and forgotten; nothing of it is written. With --measure nothing is heard.
    """
    desk = Desk.laid()
    device = device or desk.config.device
    if measure:
        from guide.measure import measured

        name = desk.voice_name(voice, "en")
        well = _measured(measured(desk.folders, desk.library, name, device), as_json=as_json)
    else:
        from guide.doctor import examined

        with desk.voice(voice) as speaker:
            microphone = microphone or desk.config.microphone
            findings = examined(desk.folders, desk.library, speaker, device, microphone)
            well = _examined(findings, as_json=as_json)
    if not well:
        ctx.exit(1)


def _examined(findings: "Iterable[Finding]", *, as_json: bool) -> bool:
    """Say what was found, each as soon as it is; whether all is well."""
    if as_json:
        found = [asdict(finding) for finding in findings]
        _print(found)
        return all(finding["well"] for finding in found)
    ill = 0
    for finding in findings:
        ill += not finding.well
        mark = click.style("well ", fg="green") if finding.well else click.style("wrong", fg="yellow")
        click.echo(f"{mark}  {finding.what}: {legible(finding.saw)}")
        if finding.remedy:
            click.echo(f"       {legible(finding.remedy)}")
    if not ill:
        click.echo("All is well.")
    return not ill


def _measured(figures: "Iterable[Figure]", *, as_json: bool) -> bool:
    """Say what each means, as soon as it is measured; whether all could be."""
    from guide.figures import Unmeasured, data

    whole = True
    shown = []
    for figure in figures:
        whole = whole and not isinstance(figure, Unmeasured)
        shown.append(data(figure))
        if not as_json:
            click.echo(f"{figure.what}: {legible(figure.means)}")
    if as_json:
        _print(shown)
    elif whole:
        click.echo("This is what was measured here and now; another board is another matter.")
    return whole


def _print(shown: list[dict[str, Any]]) -> None:
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))

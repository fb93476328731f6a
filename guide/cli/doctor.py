"""`guide doctor`: what is wrong with the sound, and what to do."""

import click

from guide.cli.asking import Desk


@click.command()
@click.option("--voice", help="The voice to try.")
@click.option("--device", help="A part of the loudspeaker's name.")
@click.option("--microphone", help="A part of the microphone's name.")
@click.pass_context
def doctor(ctx: click.Context, voice: str | None, device: str | None, microphone: str | None) -> None:
    """Play a soft tone, record three seconds, measure, and say what is wrong.

    What it records is measured and forgotten; nothing of it is written.
    """
    from guide.doctor import examined
    from guide.legible import legible

    desk = Desk.laid()
    ill = 0
    with desk.voice(voice) as speaker:
        findings = examined(
            desk.folders,
            desk.library,
            speaker,
            device or desk.config.device,
            microphone or desk.config.microphone,
        )
        for finding in findings:
            ill += not finding.well
            mark = click.style("well ", fg="green") if finding.well else click.style("wrong", fg="yellow")
            click.echo(f"{mark}  {finding.what}: {legible(finding.saw)}")
            if finding.remedy:
                click.echo(f"       {legible(finding.remedy)}")
    if ill:
        ctx.exit(1)
    click.echo("All is well.")

"""`guide bedside install` and `guide bedside uninstall`: a machine becomes the device, or is one no more."""

from pathlib import Path

import click

_DRY = click.option("--dry-run", "dry", is_flag=True, help="Say what would change, and change nothing.")
_ROOT = click.option(
    "--root",
    default="/",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    help="The root of another system, such as an image of one.",
)


@click.command("install")
@_DRY
@_ROOT
def install(root: Path, *, dry: bool) -> None:
    """Make this machine the device by the bed: its user, folders, service and rights."""
    from guide.bedside.install import SERVICE, Place, running

    place = Place(root)
    running.install(place, click.echo, dry=dry)
    if running.runs(place) and not dry and not running.active(place):
        click.echo(f"The device is ready. It starts with the machine, or now: systemctl start {SERVICE}")


@click.command("uninstall")
@_DRY
@_ROOT
def uninstall(root: Path, *, dry: bool) -> None:
    """Take the device back; the journal and the settings stay."""
    from guide.bedside.install import Place, running

    running.uninstall(Place(root), click.echo, dry=dry)

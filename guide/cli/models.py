"""`guide models`: what can be installed by name, and the installing and removing of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.folders import Folders, installing

if TYPE_CHECKING:
    from guide.models import Model, Shelf

_NAME = click.argument("name", metavar="NAME")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def models() -> None:
    """Install what understands your words."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_models(*, as_json: bool) -> None:
    """Show the models that can be installed, and which are."""
    from guide.models import MODELS, Shelf

    shelf = Shelf.of(Folders.find())
    if as_json:
        import json

        click.echo(json.dumps({"models": [_json(shelf, model) for model in MODELS]}, indent=2))
        return
    for model in MODELS:
        state = f"installed, {_mb(model.size)}" if shelf.has(model) else f"{_mb(model.to_fetch)} to fetch"
        click.echo(f"{model.name}  {', '.join(model.languages)}  {state}")
        click.echo(f"  {model.about}\n  Licence: {model.licence}")


@models.command("install")
@_NAME
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A package, or a folder that holds them, instead of a download; may be given again.",
)
@_YES
def install_model(name: str, sources: tuple[Path, ...], *, yes: bool) -> None:
    """Fetch a model, check it and unpack it; its size and licence are shown first."""
    from guide.models import Shelf, model

    wanted, shelf = model(name), Shelf.of(Folders.find())
    if shelf.has(wanted) and shelf.whole(wanted):
        click.echo(f"{name} is installed already.")
        return
    click.echo(f"{name}: {wanted.about}")
    fetched = "Nothing" if sources else _mb(wanted.to_fetch)
    click.echo(f"{fetched} to fetch, {_mb(wanted.size)} on the disk. Licence: {wanted.licence}.")
    if not yes and not click.confirm("Install it?"):
        click.echo("Nothing was installed.")
        return
    from guide.models.install import install

    with _progress() as heard:
        install(shelf, wanted, sources, heard=heard)
    click.echo(f"{name} is installed.")
    if wanted.kind == "words" and find_spec("sherpa_onnx") is None:
        click.echo(f"What runs it is still missing: {installing('neural')}")


@models.command("remove")
@_NAME
@_YES
def remove_model(name: str, *, yes: bool) -> None:
    """Remove a model's files; it can be installed again."""
    from guide.models import Shelf, model
    from guide.models.install import remove

    unwanted, shelf = model(name), Shelf.of(Folders.find())
    if not yes and not click.confirm(f"Remove {name} ({_mb(unwanted.size)})?"):
        click.echo("It stays.")
        return
    remove(shelf, unwanted)
    click.echo(f"{name} is removed.")


def _json(shelf: "Shelf", model: "Model") -> dict[str, object]:
    return {
        "name": model.name,
        "kind": model.kind,
        "about": model.about,
        "languages": list(model.languages),
        "licence": model.licence,
        "fetch_bytes": model.to_fetch,
        "bytes": model.size,
        "installed": shelf.has(model),
        "packages": [
            {"url": package.url, "bytes": package.size, "sha256": package.sha256}
            for package in model.packages
        ],
    }


def _mb(size: int) -> str:
    return f"{max(1, round(size / 1_000_000))} MB"


@contextmanager
def _progress() -> "Iterator[_Progress]":
    shown = _Progress()
    try:
        yield shown
    finally:
        shown.gone()


class _Progress:
    """How much has come, as one line that goes away again; nothing where nobody looks."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._said = ""

    def __call__(self, have: int, of: int) -> None:
        line = f"{have // 1_000_000} of {_mb(of)}"
        if self._live and line != self._said:
            self._write(line)

    def gone(self) -> None:
        """Take the line away."""
        if self._said:
            self._write("")

    def _write(self, line: str) -> None:
        self._said = line
        sys.stderr.write(f"\r\x1b[2K{line}")
        sys.stderr.flush()

"""`guide journal search`: the entries in which words are, and what stands around them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guide.cli import terminal, unlocking
from guide.cli.care import opened as _open
from guide.legible import folded, legible

if TYPE_CHECKING:  # imported late: `guide journal --help` needs no numpy
    from guide.journal.search import Found


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON, and it stays as it is.")
@click.option("--bin", "binned", is_flag=True, help="In the bin, too.")
@unlocking.identity
def search(words: tuple[str, ...], *, as_json: bool, binned: bool, identity: Path | None) -> None:
    """Find the entries that have all of the WORDS, the newest first.

    They are looked for in what was written and spoken, in questions, titles and marks. The last may be the
    beginning of a word; words in quotation marks belong together.
    """
    from guide.journal.search import search as searched

    kept = _open(identity=identity)
    every = [*kept.entries(), *(kept.entries(binned=True) if binned else ())]
    found = searched(every, " ".join(map(_one, words)))
    closed = sum(one.sealed is not None or one.transcript_sealed is not None for one in every)
    if as_json:
        told = {"found": [_found_json(one) for one in found], "sealed_not_searched": closed}
        click.echo(json.dumps(told, indent=2))
        return
    for line in _findings(found):
        click.echo(line)
    if not found:
        click.echo("Nothing was found.")
    wordless = sum(one.kind == "spoken" and not one.understood for one in every)
    if wordless:
        click.echo(f"{wordless} of the recordings have no words yet: `guide journal status` says why.")
    if closed:
        are = "entry was" if closed == 1 else "entries were"
        click.echo(f"{closed} sealed {are} not searched; their key opens them: `--identity FILE`.")


def _one(word: str) -> str:
    """What a shell handed over as one belongs together."""
    return f'"{word}"' if len(word.split()) > 1 and '"' not in word else word


def _findings(found: "list[Found]") -> list[str]:
    from guide.cli.entries import when

    encoding = terminal.encoding()
    lines: list[str] = []
    for one in found:
        entry = one.entry
        session = legible(entry.session or "", encoding)
        after = f"{folded(' · ', encoding)}{session}" if session else ""
        bin_ = " (in the bin)" if entry.deleted else ""
        lines += [
            "",
            f"{entry.id}  {when(entry)}{after}{bin_}",
            f"    {_around(one, encoding)}",
        ]
    return lines[1:]


def _around(found: "Found", encoding: str) -> str:
    """Some of the text on one line; the words that were found bold in a terminal, else between asterisks."""
    marked = click.style if sys.stdout.isatty() else None
    pieces = []
    for text, is_found in found.around:
        inside = legible(text, encoding)
        before, after = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
        if is_found:
            pieces.append(marked(inside, bold=True) if marked else f"*{inside}*")
        else:
            pieces.append(f"{before}{inside}{after}" if inside else before or after)
    return "".join(pieces).strip()


def _found_json(found: "Found") -> dict[str, Any]:
    entry = found.entry
    return {
        "id": entry.id,
        "created": entry.created.isoformat(),
        **({} if entry.dated else {"dated": False}),
        "session": entry.session,
        "title": entry.title,
        "kind": entry.kind,
        "deleted": entry.deleted.isoformat() if entry.deleted else None,
        "around": [{"text": text, "found": is_found} for text, is_found in found.around],
    }

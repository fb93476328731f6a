"""Measure this program beside what a person would otherwise use: `./go bench`.

Everything is measured in one run, on the same session and the same sentences; see docs/benchmarks.md.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import machine
import table
from figures import SUBJECTS
from given import ROOT, Ground
from hearing import SoundServerError
from measuring import BenchmarkError

from guide.errors import GuideError

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results begin -->", "<!-- results end -->"


@click.command()
@click.option("--quick", is_flag=True, help="Fewer rounds: to see that everything runs.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(SUBJECTS)), help="This subject; may be repeated."
)
@click.option(
    "--live",
    type=click.FloatRange(0, 10),
    metavar="MINUTES",
    help="The live run with busy cores; 10 if not said, 0 leaves it out.",
)
@click.option("--keep", is_flag=True, help="Write the results into docs/benchmarks.md.")
def main(*, quick: bool, only: tuple[str, ...], live: float | None, keep: bool) -> None:
    """Measure, and print the table."""
    chosen = [name for name in SUBJECTS if name in (only or SUBJECTS)]
    minutes = live if live is not None else 0.0 if quick and "live" not in only else 10.0
    folder = Path(tempfile.mkdtemp(prefix="guide-benchmark-"))
    try:
        about, rows = _measured(chosen, Ground(folder, quick, minutes))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    click.echo(table.plain(("", ""), about) + "\n")
    click.echo(table.plain(table.HEADS, rows))
    if keep:
        results = f"{table.markdown(('', ''), about)}\n\n{table.markdown(table.HEADS, rows)}"
        PAGE.write_text(placed(PAGE.read_text("utf-8"), results), encoding="utf-8")


def placed(page: str, results: str) -> str:
    """The page with these results between its two marks. Raises BenchmarkError where they are missing."""
    head, begun, rest = page.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not (begun and ended):
        raise BenchmarkError(f"docs/benchmarks.md has no {BEGIN} … {END} to write between")
    return f"{head}{BEGIN}\n{results}\n{END}{tail}"


def _measured(chosen: list[str], ground: Ground) -> tuple[list[tuple[str, str]], list[tuple[str, ...]]]:
    before, rows = machine.load(), []
    for name in chosen:
        started = time.monotonic()
        try:
            figures = SUBJECTS[name](ground)
        except (BenchmarkError, SoundServerError, GuideError, OSError, subprocess.SubprocessError) as error:
            figures = [
                table.Figure(name, "not measured", (str(error).strip().splitlines() or ["?"])[-1][:120])
            ]
        rows += [figure.cells for figure in figures]
        click.echo(f"{name}: {time.monotonic() - started:.0f} s", err=True)
        for figure in figures:
            click.echo("    " + "  ".join(filter(None, figure.cells)), err=True)
    kind = "quick, not to keep" if ground.quick else "whole"
    noise = f"{kind}; load {before:.1f} at its beginning, medians and (least–most)"
    return [*machine.described(), ("run", noise)], rows


if __name__ == "__main__":
    main()

"""Torment the journal for as long as one likes, and print what it lost.

`python -m tests.torture --for 10m`; see docs/reliability.md.
"""

import contextlib
import ctypes
import itertools
import json
import os
import select
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent))

from faults import FAULTS, ONCE_MORE, Ground, can_mount
from judging import Verdict, packed, unpacked
from life import made_parcel

from guide import duration
from guide.seal import fresh

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- results begin -->", "<!-- results end -->"
_OWN_MOUNTS = 0x0002_0000
"""CLONE_NEWNS of Linux: what is mounted now is seen by this process alone."""


@dataclass
class Round:
    """A fault that is going on in a process of its own."""

    name: str
    ground: Ground
    pid: int
    pipe: int
    said: bytes = b""


@click.command()
@click.option("--for", "lasting", metavar="TIME", default="1m", show_default=True, help="How long, as 10m.")
@click.option("--times", type=click.IntRange(1), help="Each fault this often, however long it takes.")
@click.option("--only", multiple=True, type=click.Choice(list(FAULTS)), help="This fault; may be repeated.")
@click.option("--seed", default="1", show_default=True, help="What chance begins with.")
@click.option("--at-once", type=click.IntRange(1), default=4 * (os.cpu_count() or 1), help="Rounds at once.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--keep", is_flag=True, help="Write the table into docs/reliability.md.")
def main(
    *,
    lasting: str,
    times: int | None,
    only: tuple[str, ...],
    seed: str,
    at_once: int,
    as_json: bool,
    keep: bool,
) -> None:
    """Run the faults, and print the table; 1 where anything was lost."""
    chosen = [name for name in FAULTS if name in (only or FAULTS)]
    if "full" in chosen and not can_mount():
        click.echo("No small disk can be mounted here, so the full disk is a limit on files.", err=True)
        chosen.remove("full")
    folder = Path(tempfile.mkdtemp(prefix="guide-torture-"))
    folder.chmod(0o755)
    begun = time.monotonic()
    end = float("inf") if times else begun + duration.parse(lasting)
    rounds = [name for _ in range(times) for name in chosen] if times else itertools.cycle(chosen)
    try:
        found = tormented(folder, iter(rounds), seed, at_once, end)
    finally:
        shutil.rmtree(folder / "elsewhere", ignore_errors=True)
        shutil.rmtree(folder / "parcel", ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
    rows = {name: found.get(name, Verdict()) for name in chosen}
    if as_json:
        click.echo(json.dumps({name: asdict(one) for name, one in rows.items()}, indent=1))
    else:
        click.echo(table(rows))
    if keep:
        about = f"{duration.words(duration.frames(round(time.monotonic() - begun)))}, {os.cpu_count()} cores."
        PAGE.write_text(placed(PAGE.read_text("utf-8"), f"{about}\n\n{table(rows)}"), encoding="utf-8")
    for sentence in [one for verdict in rows.values() for one in verdict.wrong][:40]:
        click.echo(sentence, err=True)
    sys.exit(any(not one.right for one in rows.values()))


def tormented(folder: Path, names: Iterator[str], seed: str, at_once: int, end: float) -> dict[str, Verdict]:
    """Every round, so many at once; verdicts by fault."""
    parcel = made_parcel(folder)
    for path in (parcel, *parcel.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    secret = fresh()
    found: dict[str, Verdict] = {}
    going: dict[int, Round] = {}
    number, more = 0, True
    while going or more:
        while more and len(going) < at_once:
            name = next(names, None) if time.monotonic() < end else None
            if name is None:
                more = False
                break
            number += 1
            one = begun(name, Ground(folder / f"{number}", parcel, f"{seed}-{name}-{number}", secret))
            going[one.pipe] = one
        for pipe in select.select(list(going), [], [], 1.0)[0] if going else ():
            one = going[pipe]
            if data := os.read(pipe, 1 << 16):
                one.said += data
                continue
            found.setdefault(one.name, Verdict()).add(ended(one))
            del going[pipe]
    return found


def begun(name: str, ground: Ground) -> Round:
    """A round in a process of its own."""
    ground.folder.mkdir(mode=0o755)
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            if name == "full":
                _own_mounts()
            os.write(theirs, packed(FAULTS[name](ground)))
            code = 0
        except BaseException as error:  # noqa: BLE001 - the process ends here, and says why
            os.write(theirs, packed(Verdict(times=1, wrong=[f"{type(error).__name__}: {error}"])))
        os._exit(code)
    os.close(theirs)
    return Round(name, ground, pid, ours)


def _own_mounts() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_OWN_MOUNTS):
        raise OSError(ctypes.get_errno(), "unshare")
    os.system("mount --make-rprivate /")


def ended(one: Round) -> Verdict:
    """The verdict of a round that is over; its folder stays where something was wrong."""
    os.close(one.pipe)
    os.waitpid(one.pid, 0)
    try:
        verdict = unpacked(one.said)
    except ValueError:
        verdict = Verdict(times=1, wrong=["a round died"])
    if verdict.right:
        shutil.rmtree(one.ground.folder, ignore_errors=True)
    verdict.wrong = [f"{one.name} in {one.ground.folder}: {sentence}" for sentence in verdict.wrong]
    verdict.times *= ONCE_MORE.get(one.name, 1)
    return verdict


def table(rows: dict[str, Verdict]) -> str:
    """A row for each fault."""
    heads = ("fault", "times", "finished", "lost", "unfinished", "recovered", "most missing", "index")
    told = [
        (
            str(FAULTS[name].__doc__),
            *(f"{value:,}" for value in (one.times, one.finished, one.lost, one.unfinished, one.recovered)),
            f"{1000 * one.worst // duration.RATE} ms",
            "ok" if not one.broken else f"broken {one.broken} times",
        )
        for name, one in rows.items()
    ]
    lines = [heads, ("---", *("--:" for _ in heads[1:-1]), "---"), *told]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def placed(page: str, results: str) -> str:
    """The page with these results between its two marks."""
    head, begun, rest = page.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not begun or not ended:
        raise SystemExit(f"{PAGE} has no place for results.")
    return f"{head}{BEGIN}\n{results}\n{END}{tail}"


if __name__ == "__main__":
    main()

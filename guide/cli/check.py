"""`guide check`: find the problems in scripts, and with `--practice` what a listener would meet in them."""

import json
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.cli.asking import Counter
from guide.course import is_course
from guide.course import load as load_course
from guide.desk import Desk
from guide.errors import NotFoundError, StorageError
from guide.folders import Folders
from guide.library import Library
from guide.script import (
    Problem,
    Script,
    ScriptError,
    check_echoes,
    check_sounds,
    is_part,
    load,
    load_part,
)
from guide.script.models import PartFile, ScriptFile

if TYPE_CHECKING:
    from guide.practice import Finding


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--practice", is_flag=True, help="Also speak them, and count what makes them good to sit with.")
@click.option("--voice", help="With --practice: another voice; `guide voices list` shows them.")
@click.option("--json", "as_json", is_flag=True, help="A list of path, line, column and message.")
def check(paths: tuple[str, ...], voice: str | None, *, practice: bool, as_json: bool) -> None:
    """Find the problems in scripts: files, folders, or names of sessions.

    Each problem is a line of its own: file, line, column, and what to do.
    What is in a folder `parts` is read as a part, and in a folder `course` as a course.
    """
    if voice is not None and not practice:
        raise click.UsageError("Without --practice nothing is spoken; leave --voice out, or add --practice.")
    library = Library.find(Folders.find())
    files = list(dict.fromkeys(file for path in paths for file in _files(path, library)))
    if practice:
        _practised(files, voice, as_json=as_json)
        return
    problems = sorted({problem for file in files for problem in _problems(file, library)})
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(map(str, problems)) or f"{_counted(files)}, no problems.")
    if problems:
        raise click.exceptions.Exit(1)


def _practised(files: list[Path], voice: str | None, *, as_json: bool) -> None:
    """The problems of files, and of those that have none what the criteria say; told as each is ready."""
    from guide.memory import frugal

    frugal()
    desk = Desk.laid()
    problems: list[Problem] = []
    findings: dict[str, Finding] = {}
    """By their lines: sessions that share a part share what is said of its words."""
    for file in files:
        read, found = _read(file, desk.library)
        wrong = sorted(set(found))
        new = {str(one): one for one in _findings(read, file, voice, desk)} if read and not wrong else {}
        told = [str(one) for one in wrong] + [line for line in new if line not in findings]
        problems += wrong
        findings |= new
        if told and not as_json:
            click.echo("\n".join(told))
    if as_json:
        wrong_too = ({**asdict(one), "criterion": None, "severity": "error"} for one in problems)
        data = [*wrong_too, *(one.data() for one in findings.values())]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{_counted(files)}: {_summed(problems, findings.values())}.")
        if all(map(is_part, files)):
            click.echo("The rests and the pace of a part are counted with the sessions that include it.")
    if problems or any(one.severity == "error" for one in findings.values()):
        raise click.exceptions.Exit(1)


def _findings(read: Script | PartFile, file: Path, voice: str | None, desk: Desk) -> "tuple[Finding, ...]":
    from guide.practice import practised, worded
    from guide.rehearsal import rehearsed

    if isinstance(read, PartFile):
        return worded(read, str(file))
    with desk.voice(voice, read.page.language) as speaker:
        return practised(read, rehearsed(read, desk.wish(None, None, None), speaker, desk.library, Counter()))


def _summed(problems: list[Problem], findings: "Iterable[Finding]") -> str:
    tally = Tally(one.severity for one in findings)
    counts = {
        "problem": len(problems),
        "error": tally["error"],
        "warning": tally["warning"],
        "hint": tally["hint"],
    }
    said = [_number(count, word) for word, count in counts.items() if count]
    return ", ".join(said) or "nothing to mend"


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _files(path: str, library: Library) -> Iterator[Path]:
    """The scripts and parts that a word of the command line means. Raises NotFoundError."""
    if not Path(path).is_dir():
        yield Path(path) if Path(path).exists() else library.script_path(path)
        return
    # Not in hidden folders: an installed program's files are not the author's.
    found = sorted(file for file in Path(path).rglob("*.yaml") if not _hidden(file.relative_to(path)))
    if not found:
        raise NotFoundError(f"There is no script in {path}; scripts are files that end in .yaml.")
    yield from found


def _hidden(file: Path) -> bool:
    return any(part.startswith(".") for part in file.parts)


def _problems(file: Path, library: Library) -> tuple[Problem, ...]:
    return _read(file, library)[1]


def _read(file: Path, library: Library) -> tuple[Script | PartFile | None, tuple[Problem, ...]]:
    """A script or a part, read once (it may be a pipe; of a course nothing), and what is wrong with it."""
    try:
        if is_course(file):
            load_course(file)
            return None, ()
        if is_part(file):
            return load_part(file), ()
        script = load(file, library.shipped)
        sounds = check_sounds(script, library.bells(), library.beds())
        return script, (*sounds, *check_echoes(script, partial(_session, file, library)))
    except ScriptError as error:
        return None, error.problems
    except StorageError as error:
        return None, (Problem(str(file), 1, 1, str(error).rstrip(".")),)


def _session(beside: Path, library: Library, name: str) -> ScriptFile | None:
    """Another session: the file of that name beside a script, else the library's; None where there is none.

    What is wrong with it is told when it is checked itself.
    """
    own = beside.with_name(f"{name}.yaml")
    try:
        return load(own if own.is_file() else library.script_path(name), library.shipped).page
    except (ScriptError, StorageError, NotFoundError, OSError):
        return None


def _counted(files: list[Path]) -> str:
    kinds = ["course" if is_course(file) else "part" if is_part(file) else "script" for file in files]
    kind = next((one for one in ("script", "part") if one in kinds), "course")
    count = kinds.count(kind)
    return f"{count} {kind}{'' if count == 1 else 's'}"

"""`guide check`: find the problems in scripts."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from guide.course import is_course
from guide.course import load as load_course
from guide.errors import NotFoundError, StorageError
from guide.folders import Folders
from guide.library import Library
from guide.script import Problem, ScriptError, check_sounds, is_part, load, problems_in


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="A list of path, line, column and message.")
def check(paths: tuple[str, ...], *, as_json: bool) -> None:
    """Find the problems in scripts: files, folders, or names of sessions.

    Each problem is a line of its own: file, line, column, and what to do.
    What is in a folder `parts` is read as a part, and in a folder `course` as a course.
    """
    library = Library.find(Folders.find())
    files = list(dict.fromkeys(file for path in paths for file in _files(path, library)))
    problems = sorted({problem for file in files for problem in _problems(file, library)})
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(map(str, problems)) or f"{_counted(files)}, no problems.")
    if problems:
        raise click.exceptions.Exit(1)


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
    try:
        if is_course(file):
            load_course(file)
            return ()
        if is_part(file):
            return problems_in(file, library.shipped)
        return check_sounds(load(file, library.shipped), library.bells(), library.beds())
    except ScriptError as error:
        return error.problems
    except StorageError as error:
        return (Problem(str(file), 1, 1, str(error).rstrip(".")),)


def _counted(files: list[Path]) -> str:
    kinds = ["course" if is_course(file) else "part" if is_part(file) else "script" for file in files]
    kind = next((one for one in ("script", "part") if one in kinds), "course")
    count = kinds.count(kind)
    return f"{count} {kind}{'' if count == 1 else 's'}"

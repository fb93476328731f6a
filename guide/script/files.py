"""Scripts and parts from the disk; no include leaves the folder that it is looked for in."""

import stat
from pathlib import Path

from guide.errors import StorageError
from guide.legible import folded
from guide.script.gathering import FindPart, parse, parse_part
from guide.script.models import PartFile, Script
from guide.script.nodes import MAX_BYTES
from guide.script.problems import Problem, ScriptError


def load(path: Path, shipped: Path | None) -> Script:
    """The checked script in a file; its includes are sought in `parts/` beside it, then in `shipped`/parts.

    Raises ScriptError with every problem, StorageError if the file cannot be read.
    """
    folders = [path.parent] if shipped is None else [path.parent, shipped]
    # A file may be called what no letters stand for; its script's name is shown, kept and spoken of.
    name = folded(path.stem, "utf-8")
    return parse(_content(path), name=name, path=str(path), find_part=finder(folders))


def load_part(path: Path) -> PartFile:
    """The checked part in a file, by itself. Raises ScriptError, and StorageError if it cannot be read."""
    return parse_part(_content(path), str(path))


def problems_in(path: Path, shipped: Path | None) -> tuple[Problem, ...]:
    """What is wrong in a file; one in a folder `parts` is read as a part. Raises StorageError."""
    try:
        _ = load_part(path) if is_part(path) else load(path, shipped)
    except ScriptError as error:
        return error.problems
    return ()


def is_part(path: Path) -> bool:
    """Whether a file is a part, by the folder that it is in."""
    return "parts" in path.absolute().parent.parts[-2:]


def finder(folders: list[Path]) -> FindPart:
    """Looks for parts in `parts/` in each of some folders, in their order."""

    def find(words: str) -> tuple[str, bytes] | None:
        for folder in folders:
            path = folder / "parts" / f"{words}.yaml"
            if path.is_symlink() or path.exists():
                _kept_inside(path, folder)
                return str(path), _content(path, named=False)
        return None

    return find


def _kept_inside(path: Path, folder: Path) -> None:
    try:
        inside = path.resolve(strict=True).is_relative_to(folder.resolve() / "parts")
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{path} cannot be followed to a file.") from error
    if not inside:
        raise StorageError(f"{path} leads out of its folder; put the part itself there.")


def _content(path: Path, *, named: bool = True) -> bytes:
    """The bytes of a file, one more than a script may have at most.

    A pipe is read where the person named it, not where a script did: it could wait for ever.
    Raises StorageError.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise StorageError(f"{path} is a folder, not a script.")
        if not stat.S_ISREG(mode) and not (named and stat.S_ISFIFO(mode)):
            raise StorageError(f"{path} is not a file that could hold a script.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(f"{path} cannot be read ({reason}).") from error

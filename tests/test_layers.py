"""Imports point down: the contracts stand in pyproject.toml, and these tests hold the house against them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).parent / "lint-imports"


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache"], cwd=tree, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "guide", tmp_path / "guide", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_keeps_its_layers() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "wrong"),
    [
        ("sound.py", "import guide.player"),
        ("journal/entries.py", "import guide.library"),
        ("player.py", "import sounddevice"),
        ("session.py", "import pyttsx3"),
        ("journal/store.py", "import urllib.request"),
        ("models/install.py", "import socket"),
        ("newroom.py", ""),
    ],
)
def test_what_does_not_belong_is_noticed(copy: Path, room: str, wrong: str) -> None:
    with (copy / "guide" / room).open("a") as file:
        file.write(f"\n{wrong}\n")
    done = lint(copy)
    assert done.returncode == 1
    assert room.split("/", maxsplit=1)[0].removesuffix(".py") in done.stdout.split("Contracts: ")[1]

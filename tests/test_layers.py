"""Imports point down: the contracts stand in pyproject.toml, and these tests hold the house against them."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).parent / "lint-imports"


LOCAL = {"socket", "AF_UNIX", "SOCK_DGRAM", "SOCK_STREAM", "SHUT_RDWR", "SHUT_WR", "socketpair"}
"""Of the library `socket`, what leads nowhere but to this machine."""


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
        ("bedside/light.py", "import gpiozero"),
        ("journal/store.py", "import urllib.request"),
        ("models/install.py", "import socket"),
        ("bedside/state.py", "import socket"),
        ("bedside/notify.py", "import http.client"),
        ("newroom.py", ""),
    ],
)
def test_what_does_not_belong_is_noticed(copy: Path, room: str, wrong: str) -> None:
    with (copy / "guide" / room).open("a") as file:
        file.write(f"\n{wrong}\n")
    done = lint(copy)
    assert done.returncode == 1
    assert room.split("/", maxsplit=1)[0].removesuffix(".py") in done.stdout.split("Contracts: ")[1]


def opens_sockets(room: Path) -> bool:
    return "socket" in {
        name.name
        for one in ast.walk(ast.parse(room.read_text()))
        if isinstance(one, ast.Import)
        for name in one.names
    }


DEVICE = [room for room in sorted((ROOT / "guide" / "bedside").glob("*.py")) if opens_sockets(room)]


@pytest.mark.parametrize("room", DEVICE, ids=lambda room: room.name)
def test_the_device_opens_sockets_of_this_machine_alone(room: Path) -> None:
    """No address of a network can be named with what is used of the library."""
    tree = ast.parse(room.read_text())
    used = {
        one.attr
        for one in ast.walk(tree)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "socket"
    }
    assert used
    assert used <= LOCAL
    made = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and ast.unparse(one.func) in {"socket.socket", "socket.socketpair"}
    ]
    # `socket.socket()` without a family would be one of a network.
    assert made
    assert all(ast.unparse(one.args[0]) == "socket.AF_UNIX" for one in made if one.args)
    assert all(one.args for one in made if ast.unparse(one.func) == "socket.socket")

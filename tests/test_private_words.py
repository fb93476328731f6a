"""What is published names nobody's machine, and no place packages are taken from but where models are."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

OF_THIS_TREE = (
    ".git",
    ".venv",
    ".go-",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter",
)
"""What git would not take along, for a tree without git."""

# Put together here, so that this file may be looked at like all others.
HOSTS = [
    ".".join(words)
    for words in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("piwheels", "org"),
        ("crates", "io"),
        ("conda", "anaconda", "org"),
    )
]
CATALOGUE = "guide/models/catalogue.py"
"""The one file that says where models are fetched from, and nowhere in it but as the address of a package."""
ADDRESS = re.compile(r'(?<=\burl=")https://[^"]*')
OPTIONS = ["--" + "index-url", "--" + "extra-index-url", "--" + "trusted-host", "--" + "find-links"]
PATHS = [
    rf"(?<![\w.~/-])/{name}/[\w.-]+"
    for name in ("ho" + "me", "ro" + "ot", "wo" + "rk", "Us" + "ers", "tm" + "p/lab", "worksp" + "ace")
]


def published() -> list[Path]:
    """Every file of the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        found = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        found = [
            path for path in ROOT.rglob("*") if not path.relative_to(ROOT).parts[0].startswith(OF_THIS_TREE)
        ]
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    files = {str(path.relative_to(ROOT)): path.read_bytes() for path in published()}
    return {name: data.decode("utf-8", "replace") for name, data in files.items()}


def found(words: str, texts: dict[str, str]) -> list[str]:
    return [
        f"{name}: {match.group()}"
        for name, text in texts.items()
        for match in re.finditer(words, text, re.IGNORECASE)
    ]


def test_there_is_something_to_look_at(texts: dict[str, str]) -> None:
    assert {"go", "pyproject.toml", "guide/__init__.py", "tests/test_private_words.py"} <= texts.keys()


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_host_of_packages(texts: dict[str, str], host: str) -> None:
    but = texts | {CATALOGUE: ADDRESS.sub("", texts[CATALOGUE])}
    assert found(re.escape(host), but) == []


@pytest.mark.parametrize("option", OPTIONS)
def test_no_file_tells_pip_where_to_look(texts: dict[str, str], option: str) -> None:
    assert found(option, texts) == []


@pytest.mark.parametrize("path", PATHS)
def test_no_file_names_a_place_on_somebodys_machine(texts: dict[str, str], path: str) -> None:
    assert found(path, texts) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (re.escape(HOSTS[0]), "see https://" + HOSTS[0].upper() + "/simple"),
        (OPTIONS[0], "pip install " + OPTIONS[0] + "=x"),
        (PATHS[0], "open('/" + "home" + "/anna/x.wav')"),
        (PATHS[1], "cd /" + "root" + "/x"),
    ],
)
def test_such_a_word_would_be_found(words: str, line: str) -> None:
    assert found(words, {"a file": line})

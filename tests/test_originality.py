"""The words are this project's own: no run of six is shared with the article behind the course.

Scripts, docs and messages are looked at as they are read: across lines, across the pieces that a message is
put together from, without the marks between.
"""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from guide.practice.original import copied, hashed, hashes, words

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "data" / "article-6grams.txt"
FILES = sorted(
    path
    for pattern in (
        "scripts/**/*",
        "docs/**/*",
        "audio/**/*",
        "guide/**/*.py",
        "tests/*.py",
        "tests/data/*",
        "*.md",
        "*.toml",
        "go",
        ".github/**/*",
    )
    for path in ROOT.glob(pattern)
    if path.is_file() and path.suffix not in {".pyc", ".flac", ".png"} and path != LIST
)


def readings(name: str, text: str) -> Iterator[str]:
    """A file's text as it stands, and as somebody reads it."""
    yield text
    if name.endswith(".py"):
        yield from _strings(text)
    elif name.endswith((".yaml", ".yml", ".json")):
        yield " ".join(_scalars(yaml.load(text, Loader=yaml.BaseLoader)))
    elif name.endswith((".md", ".svg", ".html")):
        yield re.sub(r"<[^>]*>", " ", text)
    elif name == "go":
        yield re.sub(r"\b(?:echo|printf|say)\b|\\n|%s", " ", text)


def _strings(text: str) -> Iterator[str]:
    """Every string of a program; what is filled in later parts its pieces."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _scalars(data: Any) -> Iterator[str]:
    """Every value, in order, without the keys."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from _scalars(one)
    elif data is not None:
        yield str(data)


def shared(name: str, text: str) -> list[str]:
    """The runs of a file that are another's."""
    return [run for reading in readings(name, text) for _, run in copied([(reading, None)])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_run_of_six_words_is_shared_with_the_article(path: Path) -> None:
    assert shared(path.name, path.read_text(encoding="utf-8", errors="replace")) == []


def test_the_list_of_hashes_is_whole_and_the_files_are_found() -> None:
    assert len(hashes()) > 1_400
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in hashes())
    places = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert {"scripts", "docs", "audio", "guide", "go", "README.md", "CHANGELOG.md"} <= places


def runs(text: str) -> list[str]:
    row = words(text)
    return [" ".join(row[at : at + 6]) for at in range(len(row) - 5)]


def test_runs_are_counted_across_lines_without_regard_to_marks_or_case() -> None:
    text = "One, two: THREE\n- four's   five-six seven."
    assert runs(text) == ["one two three fours five six", "two three fours five six seven"]
    assert all(a.split()[1:] == b.split()[:-1] for a, b in pairwise(runs(text)))


def test_a_run_is_hashed_as_the_list_of_hashes_says() -> None:
    assert hashed("a door that can shut is") == "0675dc9bdd10e804"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "It is a door that\ncan *shut*, is it?"),
        ("a.md", "a door <b>that</b> can shut is"),
        ("a.svg", "<text>a door</text><text x='3'>that can</text> <text>shut is</text>"),
        ("a.yaml", "- say: A door that can\n- rest: {about: shut is}\n"),
        ("a.json", '{"a": "a door that", "b": ["can shut is"]}'),
        ("a.py", 'x = ("a door that "\n     f"can shut is {y}")'),
        ("a.py", "# a door that\n# can shut is\n"),
        ("a.py", '"""A door that can\\n shut is."""'),
        ("go", 'echo "a door that"\necho "can shut is"\n'),
    ],
)
def test_a_shared_run_is_found_however_it_is_written(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guide.practice.original.hashes", lambda: frozenset({"0675dc9bdd10e804"}))
    assert "a door that can shut is" in shared(name, text)
    assert shared(name, text.replace("shut", "close")) == []

"""docs/writing-scripts.md says what is so: its examples have no problems, and its pictures are theirs."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from guide import duration
from guide.checking import entries
from guide.fields import Model
from guide.script import gathering, load, nodes, shape
from guide.script.models import (
    PLACE,
    STEPS,
    AmbienceChange,
    Bed,
    BellSound,
    Breath,
    EchoOf,
    Intent,
    Kind,
    Lengths,
    PartFile,
    Question,
    Reflection,
    Repeating,
    RestLength,
    ScriptFile,
    VoiceWish,
)

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "writing-scripts.md").read_text("utf-8")


def _program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("examples", DOCS / "examples.py")
    assert spec
    assert spec.loader
    program = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = program  # its dataclasses look for their module
    spec.loader.exec_module(program)
    return program


program: Any = _program()
EXAMPLES = program.examples()


def named(example: Any) -> str:
    return f"line {example.line}"


def test_every_block_of_yaml_is_an_example_and_every_image_is_drawn() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml") > 15
    images = re.findall(r"\]\(pictures/([a-z-]+)\.svg\)", PAGE)
    assert images == [one.picture for one in EXAMPLES if one.picture]
    assert all(len(one.alt) > 20 for one in EXAMPLES if one.picture)


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_an_example_has_no_problems(example: Any, tmp_path: Path) -> None:
    assert program.problems(example, tmp_path) == ()


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.picture], ids=named)
def test_a_picture_is_the_one_of_its_example(example: Any) -> None:
    kept = DOCS / "pictures" / f"{example.picture}.svg"
    assert kept.read_text("utf-8") == program.picture(example), "make it anew: python -m docs.examples"


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.text.startswith("guide: 1\ntitle")], ids=named
)
@pytest.mark.parametrize("length", ["shortest", "usual", "longest"])
def test_a_whole_example_has_every_length_that_it_names(example: Any, length: str, tmp_path: Path) -> None:
    script = load(program._written(example, tmp_path), program.LIBRARY.shipped)
    target = getattr(script.page.length, length)
    assert program._score(script, target, 1).timeline.frames == target


def test_there_is_no_picture_that_nobody_shows() -> None:
    pages = [DOCS.parent / "README.md", *DOCS.glob("*.md")]
    words = "".join(page.read_text("utf-8") for page in pages)
    assert [path.name for path in DOCS.glob("pictures/*") if f"pictures/{path.name}" not in words] == []


# ── the words about it ───────────────────────────────────────────────────────────────────────────────────

MODELS: list[type[Model]] = [
    ScriptFile, PartFile, Lengths, VoiceWish, Bed, Reflection, Question, RestLength, Breath, BellSound,
    AmbienceChange, Repeating, EchoOf, *STEPS.values(),
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_of_the_language_is_on_the_page(model: type[Model]) -> None:
    for key in set(entries(model)) - {PLACE}:
        assert re.search(rf"`{key}[`:]|\b{key}:", PAGE), key


@pytest.mark.parametrize("word", [*get_args(Kind), *get_args(Intent), *STEPS])
def test_every_word_of_the_language_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_the_limits_are_the_ones_that_are_kept() -> None:
    limits = PAGE.split("## Limits")[1]
    for number in (
        f"{nodes.MAX_BYTES >> 20} MiB at most",
        f"{nodes.MAX_ALIASES} aliases",
        f"{nodes.MAX_NODES:,}\n  pieces",
        f"{nodes.MAX_DEPTH} deep",
        f"{shape.MAX_PARTS} deep at most in one file, includes {gathering.MAX_INCLUDES} deep",
        f"together {gathering.MAX_DEPTH} deep",
        f"{gathering.MAX_FILES} files and {gathering.MAX_TOTAL_BYTES >> 20} MiB",
        f"{gathering.MAX_STEPS:,} steps",
    ):
        assert number in limits, number


SLIPS = re.findall(r"^\| `(- .+?)` \| (.+?) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("written", "said"), SLIPS, ids=[written for written, _ in SLIPS])
def test_a_slip_is_told_in_the_words_of_the_page(written: str, said: str, tmp_path: Path) -> None:
    found = program.problems(program.Example(f"  {written}\n", 1), tmp_path)
    assert said.replace("\\|", "|") in [problem.message for problem in found]


def test_some_slips_are_on_the_page() -> None:
    assert len(SLIPS) > 5


TIMES = re.findall(r"`([^`]+)`", PAGE.split("## Lengths of time")[1].split("##")[0])


@pytest.mark.parametrize("length", TIMES)
def test_a_length_of_time_is_one(length: str) -> None:
    assert duration.parse(length) > 0

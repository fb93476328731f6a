"""The words are this project's own: no run of six is shared with the article behind the course."""

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HASHES = frozenset((Path(__file__).parent / "data" / "article-6grams.txt").read_text().split("\n")[1:]) - {""}
RUN = 6
FILES = sorted(
    path
    for pattern in (
        "scripts/**/*.yaml",
        "*.md",
        "docs/**/*.md",
        "audio/**/*.md",
        "audio/**/*.py",
        "guide/**/*.py",
    )
    for path in ROOT.glob(pattern)
)


def runs(text: str) -> list[str]:
    """Every run of six words, normalised as the list of hashes says of itself."""
    words = re.findall(r"[a-z0-9]+", re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", text.lower()))
    return [" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]


def hashed(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()[:16]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_run_of_six_words_is_shared_with_the_article(path: Path) -> None:
    assert [run for run in runs(path.read_text(encoding="utf-8")) if hashed(run) in HASHES] == []


def test_the_list_of_hashes_is_whole_and_the_files_are_found() -> None:
    assert len(HASHES) > 1_400
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in HASHES)
    assert {"scripts", "guide"} <= {path.relative_to(ROOT).parts[0] for path in FILES}


def test_runs_are_counted_across_lines_without_regard_to_marks_or_case() -> None:
    text = "One, two: THREE\n- four's   five-six seven."
    assert runs(text) == ["one two three fours five six", "two three fours five six seven"]
    assert all(a.split()[1:] == b.split()[:-1] for a, b in pairwise(runs(text)))


def test_a_run_is_hashed_as_the_list_of_hashes_says() -> None:
    assert hashed("a door that can shut is") == "0675dc9bdd10e804"
    assert len({len(one) for one in HASHES}) == 1

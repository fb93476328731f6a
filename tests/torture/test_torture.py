"""A short part of the torture in every run of the tests; and the judge is believed, so it is tried here."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from judging import Verdict, judged, lines
from life import BLOCK, Life, Line, murmur

from guide.duration import RATE
from guide.folders import Folders
from guide.journal import Journal

ROOT = Path(__file__).parent.parent.parent


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tests.torture", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_fifty_kills_lose_nothing() -> None:
    done = run("--times", "25", "--only", "kill", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)["kill"]
    assert found["times"] == 50
    assert (found["lost"], found["broken"]) == (0, 0)
    assert found["finished"] > 25
    assert found["unfinished"] > 10
    assert found["worst"] <= RATE


@pytest.mark.parametrize("fault", ["clock", "together", "full", "too-long", "read-only", "sealed"])
def test_other_faults_lose_nothing(fault: str) -> None:
    done = run("--times", "3", "--only", fault, "--json")
    if "No small disk can be mounted here" in done.stderr:
        pytest.skip("only root may mount a small disk")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)[fault]
    assert found["times"] >= 3
    assert (found["lost"], found["broken"]) == (0, 0)
    assert found["finished"] + found["unfinished"] > 0


# ── the judge ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def home(tmp_path: Path) -> Folders:
    return Folders(*(tmp_path / "home" / name for name in ("config", "data", "cache", "state")))


@pytest.fixture
def life(home: Folders, tmp_path: Path) -> tuple[Life, list[Line]]:
    said: list[Line] = []
    return Life(home, tmp_path / "parcel", "a seed", said.append), said


@pytest.fixture
def lived(home: Folders, life: tuple[Life, list[Line]]) -> list[Line]:
    """What a life said: 1 is spoken, 2 written, 3 marked, 4 written and binned, 5 written and removed."""
    one, said = life
    journal = Journal.open(home)
    one.speak(journal)
    one.write(journal)
    one.mark(journal)
    for last in (one.bin, one.remove):
        one._own.clear()
        one.write(journal)
        one.bin(journal)
        last(journal)
    return said


def test_what_is_as_it_was_promised_is_right(home: Folders, lived: list[Line]) -> None:
    verdict = judged(home, [lived])
    assert verdict == Verdict(times=1, finished=4)


def test_a_take_cut_off_is_recovered_to_what_it_lacks(home: Folders, life: tuple[Life, list[Line]]) -> None:
    recording = Journal.open(home).begin(now=life[0].now())
    said = murmur(7, 3 * BLOCK)
    recording.take.write(said.astype(np.float32) / np.float32(32_768))
    recording.take.close()
    line = {"did": "begun", "id": 1, "sound": 7}
    verdict = judged(home, [[line, {"did": "heard", "id": 1, "frames": 4 * BLOCK}]])
    assert (verdict.unfinished, verdict.recovered, verdict.worst, verdict.wrong) == (1, 1, BLOCK, [])
    verdict = judged(home, [[line, {"did": "heard", "id": 1, "frames": 2 * RATE}]])
    assert (verdict.recovered, verdict.right) == (0, False)
    other = {**line, "sound": 8}
    assert not judged(home, [[other, {"did": "heard", "id": 1, "frames": 3 * BLOCK}]]).right


def respell(journal: Journal) -> None:
    journal.store.change(2, words="Theirs.")


def unlink(journal: Journal) -> None:
    journal.path(journal.entry(1)).unlink()


def swap(journal: Journal) -> None:
    """Another sound, with a checksum of its own, so that only the ears can tell."""
    recording = journal.begin()
    recording.take.write(murmur(99, journal.entry(1).frames).astype(np.float32) / np.float32(32_768))
    other = journal.keep(recording)
    assert other is not None
    journal.path(other).replace(journal.path(journal.entry(1)))
    with journal.store.transaction() as db:
        db.execute("DELETE FROM entries WHERE id = ?", (other.id,))
    journal.store.change(1, checksum=other.checksum)


def forget(journal: Journal) -> None:
    with journal.store.transaction() as db:
        db.execute("DELETE FROM entries WHERE id = 3")


def another_mark(journal: Journal) -> None:
    journal.store.change(3, marks=())


def unbin(journal: Journal) -> None:
    journal.restore(4)


def redate(journal: Journal) -> None:
    journal.store.change(2, created=journal.entry(2).created.replace(year=1999))


@pytest.mark.parametrize("harm", [respell, unlink, swap, forget, another_mark, unbin, redate])
def test_whatever_is_lost_is_found_to_be(
    home: Folders, lived: list[Line], harm: Callable[[Journal], None]
) -> None:
    harm(Journal.open(home))
    verdict = judged(home, [lived])
    assert (verdict.lost, verdict.right) == (1, False)


def test_an_entry_that_is_back_and_numbers_out_of_order_are_wrong(home: Folders, lived: list[Line]) -> None:
    gone = next(line["id"] for line in lived if line.get("did") == "removed")
    with Journal.open(home).store.transaction() as db:
        row = (gone, "2026-11-23T07:00:00+01:00")
        db.execute("INSERT INTO entries (id, created, kind) VALUES (?, ?, 'written')", row)
    assert f"{gone} is back" in judged(home, [lived]).wrong
    assert not judged(home, [list(reversed(lived))]).right


def test_a_torn_last_line_is_left_out() -> None:
    assert lines(b'{"did": "kept"}\n{"di') == [{"did": "kept"}]

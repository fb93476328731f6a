"""The bin keeps things for thirty days, whatever the clock says, and `--forever` tells what it is worth."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from keeping import DAWN, spoken, voice

from guide.cli import guide
from guide.errors import NotFoundError, StorageError
from guide.folders import Folders
from guide.journal import Journal
from guide.journal.bin import empty, erase
from guide.journal.verify import verify

SECRET = "the wall of mist behind the mill"


def typed(*words: str, answer: str = "") -> Result:
    result = CliRunner().invoke(guide, ["journal", *words], input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def day(number: float) -> datetime:
    return DAWN + timedelta(days=number)


def binned(journal: Journal) -> list[int]:
    return [entry.id for entry in journal.entries(binned=True)]


def test_the_bin_keeps_things_for_thirty_days_and_not_much_longer(journal: Journal) -> None:
    empty(journal, now=day(0))
    entry = journal.delete(spoken(journal).id, now=day(0))
    for number in range(1, 30):
        assert empty(journal, now=day(number)) == []
    assert journal.path(entry).exists()
    assert empty(journal, now=day(30)) == [entry]
    assert binned(journal) == []
    assert list(journal.bin.iterdir()) == []
    with pytest.raises(NotFoundError):
        journal.entry(entry.id)
    assert verify(journal).problems == []


def test_what_is_taken_back_and_binned_again_has_thirty_days_again(journal: Journal) -> None:
    empty(journal, now=day(0))
    number = journal.delete(journal.write("Words.").id).id
    for one in range(1, 30):
        empty(journal, now=day(one))
    journal.restore(number)
    empty(journal, now=day(31))
    assert journal.entries()
    journal.delete(number)
    empty(journal, now=day(32))
    assert binned(journal) == [number]


@pytest.mark.parametrize("jump", [-365, 365, 20_000, -20_000])
def test_a_clock_that_jumps_takes_nothing_away_early(journal: Journal, jump: int) -> None:
    empty(journal, now=day(0))
    number = journal.delete(spoken(journal).id, now=day(0)).id
    empty(journal, now=day(jump))
    empty(journal, now=day(1))
    for one in range(2, 16):
        assert empty(journal, now=day(one)) == []
    assert binned(journal) == [number]
    assert [one.id for one in [gone for at in range(16, 40) for gone in empty(journal, now=day(at))]] == [
        number
    ]


def test_the_bin_is_emptied_when_the_journal_is_looked_at_and_that_is_told(journal: Journal) -> None:
    now = datetime.now().astimezone()
    empty(journal, now=now - timedelta(days=40))
    journal.delete(spoken(journal).id)
    for days in (34, 28, 22, 16):
        empty(journal, now=now - timedelta(days=days))
    assert "is in the journal" in typed("restore", "1").output
    journal.store.change(1, deleted=now)
    with journal.store.transaction() as db:
        db.execute("UPDATE entries SET binned = 0")
    assert typed("list").stderr == "In the bin for 30 days, and gone for good now: 1.\n"
    assert typed("list", "--bin").output == "The bin is empty.\n"


def test_forever_asks_and_no_leaves_it(journal: Journal) -> None:
    journal.write("Words.")
    asked = typed("delete", "--forever", "1", answer="n\n")
    assert "Remove it for good?" in asked.output
    assert "It stays." in asked.output
    assert [entry.id for entry in journal.entries()] == [1]


@pytest.mark.parametrize("first_to_the_bin", [True, False])
def test_forever_removes_and_says_what_that_is_worth(journal: Journal, first_to_the_bin: bool) -> None:
    other = spoken(journal, seed=9)
    entry = spoken(journal)
    if first_to_the_bin:
        journal.delete(entry.id)
    done = typed("delete", "--forever", str(entry.id), answer="y\n")
    assert done.exit_code == 0
    assert f"Entry {entry.id} is gone for good." in done.output
    for word in ("memory cards", "SSDs", "backups", "not written over"):
        assert word in done.output
    assert [path.name for path in journal.recordings.rglob("*.flac")] == [other.recording]
    assert journal.entries() == [other]
    assert journal.write("New.").id == entry.id + 1, "no number is used twice"


def test_of_words_that_are_gone_no_file_of_the_index_has_a_trace(home: Folders, journal: Journal) -> None:
    entry = journal.write(f"I saw {SECRET}.", question=SECRET)
    for number in range(40):
        journal.write(f"{number} " * 300)
    journal.delete(entry.id)
    journal.restore(entry.id)
    assert any(SECRET.encode() in path.read_bytes() for path in home.data.rglob("*") if path.is_file())
    erase(journal, entry.id)
    assert journal.notices == []
    assert not [
        path for path in home.data.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert len(journal.entries()) == 40


def test_a_damaged_index_that_was_set_aside_is_named_when_something_goes_for_good(
    home: Folders, journal: Journal
) -> None:
    (home.data / "journal-damaged-20261123-070124.db").write_bytes(b"x")
    journal.write("Words.")
    assert (
        "journal-damaged-20261123-070124.db is an index" in typed("delete", "--forever", "--yes", "1").stderr
    )


def test_what_is_being_recorded_stays(journal: Journal) -> None:
    recording = journal.begin(now=DAWN)
    recording.take.write(voice(0.1))
    with pytest.raises(StorageError, match="being recorded"):
        erase(journal, recording.entry.id)
    assert journal.keep(recording) is not None


@pytest.mark.parametrize("moment", ["unlink", "DELETE FROM entries"])
def test_a_kill_on_the_way_brings_nothing_back(home: Folders, journal: Journal, moment: str) -> None:
    entry = journal.delete(spoken(journal).id)
    script = f"""
import os, signal, sqlite3, sys
from pathlib import Path
from guide.folders import Folders
from guide.journal import Journal
from guide.journal.bin import erase
journal = Journal.open(Folders.find())
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
real = sqlite3.connect
def connect(*words, **more):
    db = real(*words, **more)
    db.set_trace_callback(lambda said: die() if {moment!r} in said else None)
    return db
if {moment!r} == "unlink":
    Path.unlink = die
sqlite3.connect = connect
erase(journal, {entry.id})
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "GUIDE_HOME": os.fspath(home.data.parent)},
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = Journal.open(home)
    assert again.recover() == []
    assert again.store.entries() == []
    assert list(again.recordings.rglob("*.flac")) == []
    assert verify(again).problems == []

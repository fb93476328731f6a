"""`guide journal verify` finds whatever is not what it was, says so, and changes nothing by itself."""

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from keeping import DAWN, MARKS, folders, spoken, voice

from guide import takes
from guide.cli import guide
from guide.journal import Entry, Journal
from guide.journal.store import _MIGRATIONS
from guide.journal.verify import verify


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """Two spoken entries, the second in the bin, a written one and a marked one."""
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    journal = Journal.open(folders(tmp_path / "home"))
    spoken(journal)
    journal.delete(spoken(journal, seed=6).id)
    journal.write("Only mine.", session="self-love", now=DAWN)
    journal.mark(MARKS, session="five-questions", now=DAWN)
    return journal


def typed(*words: str) -> Result:
    result = CliRunner().invoke(guide, ["journal", "verify", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def row(journal: Journal, statement: str, *values: object) -> None:
    """Change the index behind its back."""
    with closing(sqlite3.connect(journal.store.path)) as db, db:
        db.execute(statement, values)


def test_a_journal_that_is_whole_is_said_to_be(journal: Journal) -> None:
    done = typed()
    assert (done.exit_code, done.output) == (0, "Everything is whole: 4 entries, 2 of them spoken.\n")
    assert json.loads(typed("--json").output) == {
        "whole": True, "entries": 4, "recordings": 2, "recording_now": 0, "without": [], "noted": [],
        "sealed": 0, "problems": [],
    }  # fmt: skip


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    assert verify(Journal.open(folders(tmp_path / "new"))).problems == []


@contextmanager
def only_read(home: Path) -> Iterator[None]:
    """Nothing in there can be written, by whoever runs the tests."""
    modes = [(path, path.stat().st_mode & 0o777) for path in (home, *home.rglob("*"))]
    for path, _ in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.getuid() == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        for path, mode in modes:
            path.chmod(mode)


def turn_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2_000])


def respell(path: Path) -> None:
    """Another title, and the very same sound."""
    path.write_bytes(path.read_bytes().replace(b"Self-love", b"Self-hate"))


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


FLAC = "000001-20261123-070124.flac"
HARM: dict[str, tuple[Callable[[Journal], object], list[str]]] = {
    "a bit": (lambda one: turn_a_bit(one.recordings / FLAC), ["changed", "undecodable"]),
    "a letter": (lambda one: respell(one.recordings / FLAC), ["changed"]),
    "the end": (lambda one: cut(one.recordings / FLAC), ["changed", "undecodable"]),
    "removed": (lambda one: (one.recordings / FLAC).unlink(), ["gone"]),
    "a link": (lambda one: link(one.recordings / FLAC), ["gone", "stray"]),
    "a stranger": (lambda one: (one.bin / "song.mp3").write_bytes(b"x"), ["stray"]),
    "words": (lambda one: row(one, "UPDATE entries SET words = 'Theirs.' WHERE id = 3"), ["changed"]),
    "a date": (lambda one: row(one, "UPDATE entries SET created = '2020-01-01' WHERE id = 1"), ["changed"]),
    "a row": (lambda one: row(one, "UPDATE entries SET created = 'never' WHERE id = 1"), ["row"]),
    "marks": (lambda one: row(one, "UPDATE entries SET marks = '[]' WHERE id = 4"), ["changed"]),
    "a length": (
        lambda one: row(one, "UPDATE entries SET frames = 7 WHERE id = 1"), ["changed", "undecodable"],
    ),
    "a name": (
        lambda one: row(one, "UPDATE entries SET recording = '../../x' WHERE id = 1"), ["gone", "stray"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_what_is_not_what_it_was_is_found_and_nothing_else(journal: Journal, harm: str) -> None:
    do, expected = HARM[harm]
    do(journal)
    before = {path: path.stat().st_mtime_ns for path in journal.recordings.rglob("*")}
    found = verify(journal)
    assert sorted(one.what for one in found.problems) == sorted(expected)
    assert all(one.say.endswith(".") and "Theirs" not in one.say for one in found.problems)
    assert {path: path.stat().st_mtime_ns for path in journal.recordings.rglob("*")} == before


def test_something_wrong_is_told_with_what_to_do_and_ends_with_1(journal: Journal) -> None:
    (journal.recordings / FLAC).unlink()
    done = typed()
    assert done.exit_code == 1
    assert done.output.startswith("The recording of entry 1 is gone: ")
    assert "`guide journal import` brings it back." in done.output
    assert done.output.endswith("4 entries, 2 of them spoken: one thing is wrong.\n")
    found = json.loads(typed("--json").output)
    assert (found["whole"], found["problems"][0]["what"], found["problems"][0]["entry"]) == (False, "gone", 1)


def test_an_index_that_was_set_aside_is_not_passed_over(journal: Journal) -> None:
    journal.store.path.write_bytes(b"no database " * 400)
    done = typed()
    assert done.exit_code == 1
    assert "is an index that was damaged and set aside" in done.stdout
    next(journal.store.path.parent.glob("journal-damaged-*.db")).unlink()
    assert typed().exit_code == 0


def test_a_journal_that_can_only_be_read_is_verified() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        journal = Journal.open(folders(Path(place) / "home"))
        spoken(journal)
        recording = journal.begin(now=DAWN)
        recording.take.write(voice(0.5))
        recording.take.close()
        with only_read(Path(place) / "home"):
            found = verify(journal)
    assert [one.what for one in found.problems] == ["unfinished"]
    assert found.recordings == 1


def test_a_file_in_the_wrong_folder_is_found_where_it_cannot_be_moved(journal: Journal) -> None:
    (journal.recordings / FLAC).rename(journal.bin / FLAC)
    assert [one.what for one in verify(journal).problems] == ["misplaced"]
    assert typed().exit_code == 0, "guide moves it when it starts"


def test_a_take_that_is_being_spoken_is_left_alone_and_one_cut_off_is_found(journal: Journal) -> None:
    recording = journal.begin(now=DAWN)
    recording.take.write(voice(0.5))
    found = verify(journal)
    assert (found.problems, found.recording_now) == ([], 1)
    recording.take.close()
    assert [one.what for one in verify(journal).problems] == ["unfinished"]
    assert typed().exit_code == 0, "guide makes it whole when it starts"
    assert verify(journal).entries == 5


def test_what_a_kill_leaves_before_a_word_is_swept_and_what_is_of_use_is_not(journal: Journal) -> None:
    recording = journal.begin(now=DAWN)
    living = journal.recordings / f".{recording.take.part.stem}.flac.tmp"
    for name in (living.name, ".000001-20261123-070124.flac.tmp", ".000009-20261123-070124.part.new"):
        (journal.recordings / name).write_bytes(takes.header(0))
    assert [one.what for one in verify(journal).problems] == ["stray", "stray"]
    journal.recover()
    assert verify(journal).problems == []
    assert living.exists()
    recording.take.close()


def old(journal: Journal) -> None:
    """The same journal as a guide of before there were checksums of rows had it."""
    entries = journal.store.entries()
    journal.store.path.unlink()
    with closing(sqlite3.connect(journal.store.path)) as db, db:
        for script in _MIGRATIONS[:2]:
            db.executescript(script)
        db.execute("PRAGMA user_version = 2")
        for one in entries:
            db.execute(
                "INSERT INTO entries (id, created, session, title, session_frames, question, kind, words, "
                "recording, frames, checksum, deleted, marks) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (one.id, one.created.isoformat(), one.session, one.title, one.session_frames, one.question,
                 one.kind, one.words, one.recording, one.frames, None if one.id == 1 else one.checksum,
                 one.deleted and one.deleted.isoformat(), None),
            )  # fmt: skip


def test_checksums_of_older_entries_are_taken_on_request_and_of_what_is_whole(journal: Journal) -> None:
    checksum = journal.entry(1).checksum
    old(journal)
    done = typed()
    assert done.exit_code == 0
    assert "4 entries from before there were checksums" in done.output
    assert verify(journal).without == [1, 2, 3, 4], "nothing is noted unasked"
    turn_a_bit(journal.bin / str(journal.entry(2).recording))
    assert typed("--note").exit_code == 1
    assert verify(journal).without == [2], "what is broken does not become right by being noted"
    assert journal.entry(1).checksum == checksum
    row(journal, "UPDATE entries SET words = 'Theirs.' WHERE id = 3")
    assert sorted(one.what for one in verify(journal).problems if one.entry == 3) == ["changed"]


def test_what_is_noted_stays_true_through_all_that_may_happen_to_an_entry(journal: Journal) -> None:
    def entries() -> list[Entry]:
        return journal.store.entries()

    for entry in entries():
        (journal.restore if entry.deleted else journal.delete)(entry.id)
    assert verify(journal).problems == []
    for entry in entries():
        (journal.restore if entry.deleted else journal.delete)(entry.id)
    assert verify(journal).problems == []


def test_an_index_that_is_not_in_order_is_found(journal: Journal) -> None:
    """A damage that the quick look at every start does not see: SQLite's own list of names lacks some."""
    with closing(sqlite3.connect(journal.store.path, isolation_level=None)) as db:
        for words in ("wal_checkpoint(TRUNCATE)", "journal_mode = DELETE", "writable_schema = ON"):
            db.execute(f"PRAGMA {words}")
        db.execute("CREATE UNIQUE INDEX names ON entries (recording) WHERE id > 1")
        db.execute("UPDATE sqlite_master SET sql = replace(sql, ' WHERE id > 1', '') WHERE name = 'names'")
    assert Journal.open(folders(journal.store.path.parent.parent)).notices == []
    found = verify(journal)
    assert {one.what for one in found.problems} == {"index"}
    assert "is damaged (" in found.problems[0].say

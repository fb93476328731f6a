"""A journal keeps what was said and written, for its owner alone, and finds again what was cut off."""

import hashlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from guide import takes
from guide.duration import RATE
from guide.errors import GuideError, NotFoundError, StorageError
from guide.folders import Folders
from guide.journal import Entry, Journal, Mark, Recording
from guide.journal.chart import chart, rows
from guide.journal.entries import marks_in
from guide.journal.export import export, markdown
from guide.journal.store import _MIGRATIONS
from guide.legible import columns
from guide.sound import Sound

DAWN = datetime(2026, 11, 23, 7, 1, 24, tzinfo=timezone(timedelta(hours=1)))
NOBODY = 65_534


def folders(home: Path) -> Folders:
    return Folders(home / "config", home / "data", home / "cache", home / "state")


@pytest.fixture
def home(tmp_path: Path) -> Folders:
    return folders(tmp_path / "home")


@pytest.fixture
def journal(home: Folders) -> Journal:
    return Journal.open(home)


def voice(seconds: float, seed: int = 5) -> Sound:
    steps = np.random.default_rng(seed).normal(0, 2_000, round(seconds * RATE)).astype(np.int16)
    return np.asarray(steps / 32_768, dtype=np.float32)


def heard(path: Path) -> Sound:
    return np.asarray(soundfile.read(os.fspath(path), dtype="float32")[0])


def begun(journal: Journal, said: Sound | None = None) -> Recording:
    recording = journal.begin(
        session="self-love",
        title="Self-love",
        session_frames=20 * 60 * RATE,
        question="What is here?",
        now=DAWN,
    )
    recording.take.write(voice(0.5) if said is None else said)
    return recording


def spoken(journal: Journal, said: Sound | None = None) -> Entry:
    entry = journal.keep(begun(journal, said))
    assert entry is not None
    return entry


def cut_off(journal: Journal, said: Sound | None = None) -> Recording:
    """A recording whose process has died: nobody holds it any more."""
    recording = begun(journal, said)
    recording.take.close()
    return recording


def test_a_kept_recording_is_an_entry_with_its_file(journal: Journal) -> None:
    said = voice(1.5)
    entry = spoken(journal, said)
    assert entry == Entry(
        id=1,
        created=DAWN,
        session="self-love",
        title="Self-love",
        session_frames=20 * 60 * RATE,
        question="What is here?",
        kind="spoken",
        words=None,
        recording="000001-20261123-070124.flac",
        frames=round(1.5 * RATE),
        checksum=hashlib.sha256(journal.path(entry).read_bytes()).hexdigest(),
        deleted=None,
        state="kept",
    )
    assert journal.entries() == [entry] == [journal.entry(1)]
    assert np.array_equal(heard(journal.path(entry)), said)


def test_a_line_of_text_is_an_entry_too(journal: Journal) -> None:
    entry = journal.write("  It was a wall of mist. \n", session="releasing-the-wall", now=DAWN)
    assert (entry.kind, entry.words, entry.frames) == ("written", "It was a wall of mist.", 0)
    assert journal.entries() == [entry]
    with pytest.raises(NotFoundError, match="nothing to hear"):
        journal.path(entry)


def test_no_words_are_no_entry(journal: Journal) -> None:
    with pytest.raises(GuideError, match="no words"):
        journal.write(" \n ")
    assert journal.entries() == []


def test_a_date_keeps_its_own_offset(home: Folders) -> None:
    Journal.open(home).write("Far away.", now=DAWN)
    (entry,) = Journal.open(home).entries()
    assert entry.created == DAWN
    assert entry.created.utcoffset() == timedelta(hours=1)


def test_everything_is_for_its_owner_alone(home: Folders) -> None:
    before = os.umask(0)
    try:
        journal = Journal.open(home)
        spoken(journal)
        deleted = journal.delete(spoken(journal).id)
        with closing(sqlite3.connect(journal.store.path)) as open_elsewhere:  # so that -wal and -shm stay
            open_elsewhere.execute("SELECT count(*) FROM entries").fetchone()
            journal.write("Only for me.")
            modes = {
                path.relative_to(home.data).as_posix(): path.stat().st_mode & 0o777
                for path in home.data.rglob("*")
            }
    finally:
        os.umask(before)
    assert modes == {
        "journal.db": 0o600,
        "journal.db-wal": 0o600,
        "journal.db-shm": 0o600,
        "journal.lock": 0o600,
        "recordings": 0o700,
        "recordings/000001-20261123-070124.flac": 0o600,
        "recordings/bin": 0o700,
        f"recordings/bin/{deleted.recording}": 0o600,
    }
    assert home.data.stat().st_mode & 0o777 == 0o700


def test_the_index_waits_for_the_disk(journal: Journal) -> None:
    with journal.store._connection() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_take_with_no_voice_goes_to_the_bin_and_can_come_back(journal: Journal) -> None:
    entry = journal.discard_to_bin(begun(journal), now=DAWN + timedelta(minutes=3))
    assert entry is not None
    assert journal.entries() == []
    assert journal.entries(binned=True) == [entry]
    assert journal.path(entry).parent == journal.bin
    restored = journal.restore(entry.id)
    assert journal.entries() == [restored]
    assert journal.path(restored).parent == journal.recordings


def test_a_take_without_a_frame_leaves_nothing_and_no_number_is_used_twice(journal: Journal) -> None:
    assert journal.keep(begun(journal, voice(0))) is None
    assert journal.entries() == []
    assert not list(journal.recordings.iterdir())
    assert spoken(journal).id == 2


def test_deleting_moves_to_the_bin_and_restoring_back(journal: Journal) -> None:
    entry = spoken(journal)
    before = journal.path(entry).read_bytes()
    gone = journal.delete(entry.id, now=DAWN)
    assert gone.deleted == DAWN
    assert journal.delete(entry.id) == gone
    assert journal.path(gone).read_bytes() == before
    assert journal.restore(entry.id) == entry == journal.restore(entry.id)
    assert journal.path(entry).read_bytes() == before


def test_what_is_being_recorded_is_not_deleted(journal: Journal) -> None:
    recording = begun(journal)
    with pytest.raises(StorageError, match="being recorded"):
        journal.delete(recording.entry.id)
    assert journal.keep(recording) is not None


@pytest.mark.parametrize("verb", ["entry", "delete", "restore"])
def test_an_entry_that_is_not_there_is_a_sentence(journal: Journal, verb: str) -> None:
    with pytest.raises(NotFoundError, match="no entry 7"):
        getattr(journal, verb)(7)


def test_sittings_are_remembered(home: Folders) -> None:
    Journal.open(home).sat("self-love", started=DAWN, asked=10 * RATE, frames=7 * RATE, finished=False)
    (sitting,) = Journal.open(home).sittings()
    assert (sitting.session, sitting.started, sitting.asked) == ("self-love", DAWN, 10 * RATE)
    assert (sitting.frames, sitting.finished) == (7 * RATE, False)


def test_a_take_cut_off_is_an_entry_after_recovery(home: Folders, journal: Journal) -> None:
    said = voice(1)
    cut_off(journal, said)
    assert journal.entries() == []
    (entry,) = Journal.open(home).recover()
    assert (entry.id, entry.created, entry.question) == (1, DAWN, "What is here?")
    assert entry.frames == RATE
    assert np.array_equal(heard(journal.path(entry)), said)
    assert journal.entries() == [entry]
    assert journal.recover() == []
    assert journal.notices == []


def test_recovery_leaves_a_living_recording_alone(home: Folders, journal: Journal) -> None:
    recording = begun(journal)
    other = Journal.open(home)
    assert other.recover() == []
    assert other.notices == []
    recording.take.write(voice(0.5))
    entry = journal.keep(recording)
    assert entry is not None
    assert entry.frames == RATE


def test_an_entry_whose_flac_was_made_but_not_noted_is_adopted(journal: Journal) -> None:
    recording = begun(journal)
    recording.take.finish()
    (entry,) = journal.recover()
    assert (entry.id, entry.state, entry.frames) == (1, "kept", RATE // 2)
    assert entry.checksum == hashlib.sha256(journal.path(entry).read_bytes()).hexdigest()


def test_an_entry_begun_without_a_frame_is_forgotten(journal: Journal) -> None:
    cut_off(journal, voice(0))
    (journal.recordings / "000001-20261123-070124.part").unlink()
    cut_off(journal, voice(0))
    assert journal.recover() == []
    assert journal.store.entries() == []


def test_takes_that_the_index_does_not_know_are_adopted(journal: Journal) -> None:
    spoken(journal)
    for name in ("000001-20261122-220000", "000009-20261123-080000", "from-elsewhere"):
        part = journal.recordings / f"{name}.part"
        part.write_bytes(takes.header(0) + takes.pcm(voice(1)).tobytes())
        os.utime(part, (DAWN.timestamp(), DAWN.timestamp()))
    found = journal.recover()
    assert [entry.recording for entry in journal.entries()[1:]] == [entry.recording for entry in found]
    by_name = {entry.recording: entry for entry in found}
    assert by_name["000009-20261123-080000.flac"].id == 9
    assert by_name["000009-20261123-080000.flac"].created.replace(tzinfo=None) == datetime(2026, 11, 23, 8)
    assert by_name["000001-20261122-220000.flac"].id != 1, "that number is another entry's"
    assert by_name["from-elsewhere.flac"].created == DAWN
    assert all(entry.frames == RATE for entry in found)
    assert spoken(journal).id > 9


def test_a_lost_index_is_made_anew_from_the_recordings(home: Folders, journal: Journal) -> None:
    kept, binned = spoken(journal), spoken(journal)
    journal.delete(binned.id)
    journal.store.path.unlink()
    again = Journal.open(home)
    assert len(again.recover()) == 2
    (entry,) = again.entries()
    assert (entry.id, entry.created, entry.session, entry.title) == (1, DAWN, "self-love", "Self-love")
    assert (entry.question, entry.frames, entry.checksum) == (kept.question, kept.frames, kept.checksum)
    assert [entry.id for entry in again.entries(binned=True)] == [2]


def test_a_file_in_the_wrong_place_is_moved(journal: Journal) -> None:
    entry = spoken(journal)
    journal.store.change(entry.id, deleted=DAWN)
    assert journal.recover() == []
    assert journal.path(journal.entry(entry.id)) == journal.bin / str(entry.recording)


def test_a_damaged_index_is_set_aside_and_made_anew(home: Folders, journal: Journal) -> None:
    spoken(journal)
    journal.store.path.write_bytes(b"\x00broken" * 3_000)
    again = Journal.open(home, now=DAWN)
    assert "journal-damaged-20261123-070124.db" in again.notices[0]
    again.recover()
    assert [entry.id for entry in again.entries()] == [1]
    assert (home.data / "journal-damaged-20261123-070124.db").read_bytes().startswith(b"\x00broken")
    assert Journal.open(home).notices == []


def test_what_can_still_be_read_of_a_damaged_index_is_kept(home: Folders, journal: Journal) -> None:
    first = journal.write("The first words.", now=DAWN)
    with journal.store._connection() as db:
        db.executemany(
            "INSERT INTO entries (created, kind, words) VALUES (?, 'written', ?)",
            [(DAWN.isoformat(), f"{number} " * 60) for number in range(400)],
        )
    size = journal.store.path.stat().st_size
    with journal.store.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    again = Journal.open(home, now=DAWN)
    assert again.notices
    kept = again.entries()
    assert kept[0] == first
    assert 50 < len(kept) < 401


def test_an_index_of_a_newer_guide_is_left_alone(home: Folders, journal: Journal) -> None:
    with closing(sqlite3.connect(journal.store.path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="newer guide"):
        Journal.open(home)


WRITER = """
import sys
from guide.folders import Folders
from guide.journal import Journal
journal = Journal.open(Folders.find())
journal.recover()
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    journal.write(f"{sys.argv[1]} {number}")
"""


def test_several_processes_write_at_once(home: Folders) -> None:
    """Also their first moment, when nobody has made the index yet."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(number)],
            env={**os.environ, "GUIDE_HOME": str(home.data.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    words = [entry.words for entry in Journal.open(home).entries()]
    assert sorted(map(str, words)) == sorted(f"{who} {number}" for who in range(3) for number in range(25))


def test_recordings_begin_while_others_recover(home: Folders, journal: Journal) -> None:
    """No half-begun entry is taken for one that was cut off."""
    over = threading.Event()

    def recover_again_and_again() -> None:
        other = Journal.open(home)
        while not over.is_set():
            assert other.recover() == []

    thread = threading.Thread(target=recover_again_and_again)
    thread.start()
    recordings = [begun(journal, voice(0.01)) for _ in range(20)]
    over.set()
    thread.join()
    assert [journal.keep(recording) is not None for recording in recordings] == [True] * 20
    assert len(journal.entries()) == 20


def test_too_little_room_is_a_sentence_and_leaves_no_entry(home: Folders) -> None:
    journal = Journal.open(home, free=lambda _: 1_000_000)
    with pytest.raises(StorageError, match="too little room"):
        journal.begin()
    assert journal.store.entries() == []
    assert list(journal.recordings.iterdir()) == []


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A disk that is full for files longer than that: the system itself refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_take_until_there_is_room(home: Folders, journal: Journal) -> None:
    said = voice(1)
    recording = begun(journal, said)
    assert recording.take.wait_safe(RATE)
    with no_file_longer_than(60_000), pytest.raises(StorageError, match="safe in"):
        journal.keep(recording)
    entry = journal.keep(recording)
    assert entry is not None
    assert np.array_equal(heard(journal.path(entry)), said)


def test_a_full_disk_at_the_start_is_a_notice_and_the_take_stays(home: Folders, journal: Journal) -> None:
    cut_off(journal, voice(1))
    other = Journal.open(home)
    with no_file_longer_than(60_000):
        assert other.recover() == []
    assert "safe in" in other.notices[0]
    assert len(journal.recover()) == 1


def test_a_full_disk_keeps_what_was_written_before(journal: Journal) -> None:
    first = journal.write("The first words.")
    with no_file_longer_than(40_000), pytest.raises(StorageError, match="cannot be used"):
        journal.write("x" * 200_000)
    assert journal.entries() == [first]
    assert journal.write("There is room again.").id == 2


@contextmanager
def unwritable(home: Folders) -> Iterator[None]:
    """A home that can be read and not be changed, also where the tests run as root."""
    root = os.geteuid() == 0
    places = [path for path in (home.data, *home.data.rglob("*")) if path.exists()]
    for path in places:
        if root:
            os.chown(path, NOBODY, -1)
        path.chmod(0o500 if path.is_dir() else 0o400)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in places:
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.fixture
def open_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folders]:
    """A home whose way from the root everyone may go."""
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield folders(Path(place) / "home")


def test_a_read_only_home_can_be_read_and_says_that_it_cannot_be_written(open_home: Folders) -> None:
    journal = Journal.open(open_home)
    entry = spoken(journal)
    cut_off(journal)
    (open_home.data.parent).chmod(0o755)
    with unwritable(open_home):
        again = Journal.open(open_home)
        assert again.entries() == [entry]
        assert heard(again.path(entry)).size == entry.frames
        assert again.recover() == []
        assert "safe in" in again.notices[0]
        for change in (again.begin, lambda: again.write("Words."), lambda: again.delete(entry.id)):
            with pytest.raises(StorageError, match="cannot be used"):
                change()
    assert len(journal.recover()) == 1


def test_a_home_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageError, match="cannot be used"):
        Journal.open(folders(tmp_path / "home"))


def test_an_entry_as_a_page(journal: Journal) -> None:
    said = spoken(journal, voice(61))
    assert markdown(said) == (
        "# Self-love\n\n23 November 2026, 07:01, after self-love (20m)\n\n**What is here?**\n\n"
        "[The recording, 1:01](000001-20261123-070124.flac)\n"
    )
    written = journal.write("One line.\nAnother.", now=DAWN)
    assert markdown(written) == "# Reflection\n\n23 November 2026, 07:01\n\nOne line.\nAnother.\n"


def test_an_export_is_a_copy_for_its_owner_alone(journal: Journal, tmp_path: Path) -> None:
    entries = [spoken(journal), journal.write("Words.", now=DAWN)]
    out = tmp_path / "out"
    paths = export(journal, entries, out)
    assert sorted(path.name for path in paths) == sorted(path.name for path in out.iterdir())
    assert {path.name for path in paths} == {
        "000001-20261123-070124.flac",
        "000001-20261123-070124.md",
        "000002-20261123-070124.md",
    }
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths)
    assert out.stat().st_mode & 0o777 == 0o700
    copy = out / "000001-20261123-070124.flac"
    assert copy.read_bytes() == journal.path(entries[0]).read_bytes()
    assert export(journal, entries, out) == paths, "the same again is no harm"


def test_an_export_writes_over_nothing(journal: Journal, tmp_path: Path) -> None:
    entries = [spoken(journal), spoken(journal)]
    (tmp_path / "000002-20261123-070124.md").write_text("somebody's")
    (tmp_path / "000001-20261123-070124.flac").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageError, match=r"Nothing was exported: 000001-.*flac, 000002-.*md in"):
        export(journal, entries, tmp_path)
    assert (tmp_path / "000002-20261123-070124.md").read_text() == "somebody's"
    assert not (tmp_path / "000001-20261123-070124.md").exists()
    assert not (tmp_path / "nowhere").exists()


def test_an_export_to_a_full_disk_leaves_no_half_file(journal: Journal, tmp_path: Path) -> None:
    entry = spoken(journal, voice(1))
    with no_file_longer_than(50_000), pytest.raises(StorageError, match="cannot be written"):
        export(journal, [entry], tmp_path)
    assert not (tmp_path / str(entry.recording)).exists()


def test_an_export_of_a_recording_that_is_gone_is_a_sentence(journal: Journal, tmp_path: Path) -> None:
    entry = spoken(journal)
    shutil.rmtree(journal.recordings)
    with pytest.raises(NotFoundError, match="entry 1 is gone"):
        export(journal, [entry], tmp_path / "out")


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────

MARKS = (Mark("respect", "Respect for yourself", 0), Mark("trust", "Trust in your choices", 10))


def old_journal(home: Folders) -> None:
    """A journal as the first version of its index had it, with a number that was given and forgotten."""
    home.data.mkdir(parents=True)
    with closing(sqlite3.connect(home.data / "journal.db")) as db, db:
        db.executescript(_MIGRATIONS[0])
        db.execute("PRAGMA user_version = 1")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(
            "INSERT INTO entries (id, created, session, question, kind, words, deleted) "
            "VALUES (4, ?, 'self-love', 'What?', 'written', 'Mine; and only mine.', NULL)",
            (DAWN.isoformat(),),
        )
        db.execute(
            "INSERT INTO entries (id, created, kind, words, deleted) VALUES (5, ?, 'written', 'Binned.', ?)",
            (DAWN.isoformat(), DAWN.isoformat()),
        )
        db.execute("INSERT INTO entries (id, created, kind) VALUES (9, ?, 'spoken')", (DAWN.isoformat(),))
        db.execute("DELETE FROM entries WHERE id = 9")
        db.execute(
            "INSERT INTO sittings (session, started, asked, sat, finished) VALUES ('self-love', ?, 9, 8, 1)",
            (DAWN.isoformat(),),
        )


def test_a_journal_from_before_there_were_marks_is_brought_along_whole(home: Folders) -> None:
    old_journal(home)
    journal = Journal.open(home)
    assert journal.notices == []
    (entry,), (binned,) = journal.entries(), journal.entries(binned=True)
    assert (entry.id, entry.created, entry.session, entry.question) == (4, DAWN, "self-love", "What?")
    assert (entry.kind, entry.words, entry.marks) == ("written", "Mine; and only mine.", ())
    assert (binned.id, binned.words, binned.deleted) == (5, "Binned.", DAWN)
    assert [one.session for one in journal.sittings()] == ["self-love"]
    assert journal.mark(MARKS).id == 10, "9 was given once, and no number is used twice"
    assert [one.id for one in Journal.open(home).entries()] == [4, 10]


def test_an_empty_journal_from_before_uses_no_number_twice_either(home: Folders) -> None:
    old_journal(home)
    with closing(sqlite3.connect(home.data / "journal.db")) as db, db:
        db.execute("DELETE FROM entries")
    assert Journal.open(home).write("New.").id == 10


def test_a_process_killed_while_the_index_is_brought_along_leaves_the_old_one(home: Folders) -> None:
    old_journal(home)
    script = f"""
import os, signal, sqlite3
from guide.journal import store
real = sqlite3.connect
def connect(*words, **more):
    db = real(*words, **more)
    db.set_trace_callback(lambda said: os.kill(os.getpid(), signal.SIGKILL) if "DROP TABLE" in said else None)
    return db
sqlite3.connect = connect
store.Store(__import__("pathlib").Path({os.fspath(home.data / "journal.db")!r})).prepare()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    with closing(sqlite3.connect(home.data / "journal.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (2,)
    assert [entry.id for entry in Journal.open(home).entries()] == [4]


def test_what_can_be_read_of_a_damaged_index_from_before_is_kept(home: Folders) -> None:
    old_journal(home)
    with closing(sqlite3.connect(home.data / "journal.db")) as db:
        with db:
            db.executemany(
                "INSERT INTO entries (created, kind, words) VALUES (?, 'written', ?)",
                [(DAWN.isoformat(), f"{number} " * 60) for number in range(400)],
            )
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = home.data / "journal.db"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    journal = Journal.open(home)
    assert journal.notices
    kept = journal.entries()
    assert kept[0].words == "Mine; and only mine."
    assert 50 < len(kept) < 401


def test_marks_are_an_entry_all_at_once_and_go_and_come_with_it(home: Folders, journal: Journal) -> None:
    entry = journal.mark(MARKS, session="five-questions", title="Five", session_frames=RATE, now=DAWN)
    assert entry == Entry(1, DAWN, "five-questions", "Five", RATE, None, "marked", marks=MARKS)
    assert Journal.open(home).entries() == [entry] == journal.marked() == journal.marked("five-questions")
    assert journal.marked("another") == []
    journal.delete(entry.id)
    assert journal.marked() == []
    assert journal.restore(entry.id) == entry == journal.marked()[0]
    with pytest.raises(NotFoundError, match="nothing to hear"):
        journal.path(entry)


def test_no_marks_are_no_entry(journal: Journal) -> None:
    with pytest.raises(GuideError, match="no marks"):
        journal.mark([])
    assert journal.store.entries() == []


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"[]",
        7,
        "",
        "{",
        "[" * 100_000,
        "7",
        '{"key": "a"}',
        '[7, {"key": "a", "ask": "A", "mark": 11}, {"key": "a", "ask": "A", "mark": -1}]',
        '[{"key": "a", "ask": "A", "mark": 1.5}, {"key": "a", "ask": "A", "mark": "5"}, {"key": 1}]',
    ],
)
def test_what_is_no_mark_is_none(text: object) -> None:
    assert marks_in(text) == ()


def test_marks_with_other_things_beside_them_are_found() -> None:
    text = '[null, {"key": "a", "ask": "A", "mark": 4, "more": []}, {"mark": 3}]'
    assert marks_in(text) == (Mark("a", "A", 4),)


def test_an_export_has_the_marks(journal: Journal, tmp_path: Path) -> None:
    journal.mark(MARKS, session="five-questions", title="Five", now=DAWN)
    export(journal, journal.entries(), tmp_path / "out")
    (page,) = (tmp_path / "out").iterdir()
    assert page.name == "000001-20261123-070124.md"
    assert page.read_text() == (
        "# Five\n\n23 November 2026, 07:01, after five-questions\n\n"
        "- Respect for yourself: 0\n- Trust in your choices: 10\n"
    )


def marked(*given: tuple[datetime, dict[str, int]]) -> list[Entry]:
    return [
        Entry(
            number,
            when,
            "five",
            None,
            None,
            None,
            "marked",
            marks=tuple(Mark(key, f"About {key}", mark) for key, mark in marks.items()),
        )
        for number, (when, marks) in enumerate(given, 1)
    ]


def test_a_chart_has_a_row_for_each_question_and_a_column_for_each_day() -> None:
    entries = marked(
        (DAWN.replace(year=2025), {"trust": 0}),
        (DAWN.replace(month=3, day=4), {"trust": 5, "gone": 3}),
        (DAWN, {"respect": 10, "trust": 7}),
    )
    assert chart(entries, 80) == [
        "                 Nov 2025     4 Mar    23 Nov",
        "  About respect         –         –      █ 10",
        "  About trust        ▁  0      ▄  5      ▅  7",
        "  About gone            –      ▃  3         –",
    ]
    assert chart(entries, 80, "ascii")[2] == "  About trust           0         5         7"
    assert chart([], 80) == []


def test_the_words_of_a_row_may_change_and_its_marks_stay_together() -> None:
    before, after = marked((DAWN, {"trust": 5}), (DAWN, {"trust": 6}))
    after = Entry(2, DAWN, "five", None, None, None, "marked", marks=(Mark("trust", "Trusting", 6),))
    (row,) = rows([before, after])
    assert (row.ask, row.marks) == ("Trusting", (5, 6))


TOLD = st.dictionaries(st.sampled_from("abcdefghi"), st.integers(0, 10), min_size=1)


@given(
    told=st.lists(TOLD, min_size=1, max_size=30),
    ask=st.text(min_size=1, max_size=60),
    width=st.integers(44, 200),
    encoding=st.sampled_from(["utf-8", "ascii"]),
)
def test_a_chart_fits_ends_with_the_latest_and_adds_nothing_up(
    told: list[dict[str, int]], ask: str, width: int, encoding: str
) -> None:
    entries = [
        Entry(
            n, DAWN + timedelta(days=n), "s", None, None, None, "marked",
            marks=tuple(Mark(key, ask, mark) for key, mark in marks.items()),
        )
        for n, marks in enumerate(told, 1)
    ]  # fmt: skip
    lines = chart(entries, width, encoding)
    assert len(lines) == 1 + len({key for marks in told for key in marks})
    assert all(columns(line) <= width and not any(ord(one) < 32 for one in line) for line in lines)
    ends = [line.split()[-1] for line in lines[1:]]
    for row, end in zip(rows(entries), ends, strict=True):
        assert end == ("–" if encoding == "utf-8" else "-") if row.marks[-1] is None else str(row.marks[-1])

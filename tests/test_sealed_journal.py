"""A sealed journal: what it keeps is read with its key alone, whatever a fault or a stranger does."""

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import DAWN, MARKS, folders, new_key, samples, sealed_journal, spoken, voice

from guide.cli.journal import page, table
from guide.errors import StorageError
from guide.journal import Entry, Journal, Mark
from guide.journal.archive import archive
from guide.journal.arrival import bring
from guide.journal.bin import erase
from guide.journal.export import export
from guide.journal.resealing import in_clear, leftovers, seal_all
from guide.journal.sealing import keep_recipients, recipients
from guide.journal.verify import verify
from guide.seal import Key, SealedError, lock
from guide.takes.wav import pcm

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
SAID = TEXT.filter(str.strip)


@pytest.fixture
def own() -> Key:
    return new_key()


@pytest.fixture
def journal(tmp_path: Path, own: Key) -> Journal:
    """Sealed, and not unlocked."""
    return sealed_journal(tmp_path, own)


@pytest.fixture
def before(tmp_path: Path) -> Journal:
    """With four entries in clear, one of them in the bin."""
    made = Journal.open(folders(tmp_path))
    spoken(made, 0.7, 1)
    made.write("Old words.", session="self-love", question="Who?", now=DAWN)
    made.mark(MARKS, session="self-love", now=DAWN)
    made.delete(spoken(made, 0.3, 2).id, now=DAWN)
    return made


def again(tmp_path: Path) -> Journal:
    """The next start of the program."""
    made = Journal.open(folders(tmp_path))
    made.recover()
    return made


def every(journal: Journal) -> list[Entry]:
    return sorted([*journal.entries(), *journal.entries(binned=True)], key=lambda entry: entry.id)


def texts(entry: Entry) -> tuple[object, ...]:
    return entry.created, entry.session, entry.title, entry.question, entry.words, entry.marks, entry.kind


def files(journal: Journal) -> set[str]:
    return {path.name for place in (journal.recordings, journal.bin) for path in place.glob("[!b]*.*")}


# ── in and out ───────────────────────────────────────────────────────────────────────────────────────────


@given(SAID, TEXT, TEXT, st.lists(st.builds(Mark, TEXT, TEXT, st.integers(0, 10)), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_any_words_and_marks_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, words: str, title: str, question: str, marks: list[Mark]
) -> None:
    own, home = new_key(), tmp_path_factory.mktemp("journal")
    journal = sealed_journal(home, own)
    written = journal.write(words, session="evening", title=title, question=question, now=DAWN)
    marked = journal.mark(marks, title=title, now=DAWN)
    assert [texts(entry)[2:6] for entry in (written, marked)] == [(None, None, None, ())] * 2
    journal.unlock(own)
    one, other = journal.entries()
    assert texts(one) == (DAWN, "evening", title, question, words.strip(), (), "written")
    assert texts(other) == (DAWN, None, title, None, None, tuple(marks), "marked")


def test_a_recording_is_heard_with_any_of_its_keys_and_with_no_other(tmp_path: Path) -> None:
    keys = [new_key(), new_key()]
    journal = sealed_journal(tmp_path, *keys)
    entry = spoken(journal, 1.5)
    assert entry.question is None
    with pytest.raises(SealedError, match="--identity FILE"):
        journal.sound(entry)
    for one in keys:
        journal.unlock(one)
        assert journal.entry(entry.id).question == "Who is here?"
        assert np.array_equal(samples(journal, entry), pcm(voice(1.5)))
        assert verify(journal).problems == []
    journal.unlock(new_key())
    assert journal.entry(entry.id).question is None
    with pytest.raises(SealedError, match="another key"):
        journal.sound(entry)
    assert (verify(journal).problems, verify(journal).sealed) == ([], 1)


def filled(journal: Journal) -> None:
    spoken(journal, 1.2, 3)
    journal.write("Words.", session="self-love", question="Who?", now=DAWN)
    journal.mark(MARKS, session="self-love", now=DAWN)
    journal.delete(spoken(journal, 0.4, 4).id, now=DAWN)


@pytest.mark.parametrize("opened", [False, True], ids=["sealed", "in clear"])
def test_an_export_comes_back_elsewhere_as_it_was(tmp_path: Path, own: Key, opened: bool) -> None:
    journal = sealed_journal(tmp_path / "one", own)
    filled(journal)
    if opened:
        journal.unlock(own)
    archive(journal, every(journal), tmp_path / "parcel")
    other = Journal.open(folders(tmp_path / "other"))
    assert len(bring(other, tmp_path / "parcel").entries) == 4
    assert bring(other, tmp_path / "parcel").already == 4
    for one in (journal, other):
        one.unlock(own)
    assert [texts(entry) for entry in every(other)] == [texts(entry) for entry in every(journal)]
    for number in (1, 4):
        heard = [samples(one, one.entry(number)) for one in (journal, other)]
        assert np.array_equal(heard[0], heard[1])
    assert verify(other).problems == []
    assert bool(in_clear(other)) is opened
    # And what was in clear on its way comes back to where it was sealed without being doubled.
    assert bring(journal, tmp_path / "parcel").already == 4
    assert in_clear(journal) == []


def test_what_comes_in_clear_is_sealed_on_its_way_in(tmp_path: Path, own: Key, before: Journal) -> None:
    archive(before, every(before), tmp_path / "parcel")
    journal = sealed_journal(tmp_path / "sealed", own)
    assert len(bring(journal, tmp_path / "parcel").entries) == 4
    assert in_clear(journal) == []
    with pytest.raises(SealedError, match="Nothing was imported"):  # nobody can tell what is here already
        bring(journal, tmp_path / "parcel")
    journal.unlock(own)
    assert [texts(entry) for entry in every(journal)] == [texts(entry) for entry in every(before)]
    assert np.array_equal(samples(journal, journal.entry(1)), pcm(voice(0.7, 1)))
    assert verify(journal).problems == []


def test_two_of_the_same_second_and_length_are_two(journal: Journal, tmp_path: Path, own: Key) -> None:
    for seed in (1, 2):
        spoken(journal, 0.5, seed)
    journal.unlock(own)
    archive(journal, journal.entries(), tmp_path / "parcel")
    assert bring(journal, tmp_path / "parcel").already == 2


@pytest.mark.parametrize("harm", ["gone", "damaged"])
@pytest.mark.parametrize("opened", [False, True], ids=["sealed", "in clear"])
def test_a_sealed_recording_that_is_lost_comes_back_from_an_export(
    journal: Journal, tmp_path: Path, own: Key, opened: bool, harm: str
) -> None:
    entry = spoken(journal, 1.2, 3)
    if opened:
        journal.unlock(own)
    archive(journal, journal.entries(), tmp_path / "parcel")
    path = journal.path(entry)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    journal.unlock(own)
    assert bring(journal, tmp_path / "parcel").mended == (entry.id,)
    assert np.array_equal(samples(journal, journal.entry(entry.id)), pcm(voice(1.2, 3)))
    assert verify(journal).problems == []
    assert in_clear(journal) == []
    assert not list(tmp_path.rglob("data/**/*.flac"))


def test_a_row_that_changed_is_put_back_and_stays_sealed(journal: Journal, tmp_path: Path, own: Key) -> None:
    entry = spoken(journal, 1.2, 3)
    journal.unlock(own)
    archive(journal, journal.entries(), tmp_path / "parcel")
    with journal.store.transaction() as db:
        db.execute("UPDATE entries SET checksum = ?, digest = 'other'", ("0" * 64,))
    bring(journal, tmp_path / "parcel")
    assert verify(journal).problems == []
    (row,) = journal.store.entries()
    assert (row.title, row.question) == (None, None)
    assert np.array_equal(samples(journal, journal.entry(entry.id)), pcm(voice(1.2, 3)))


def test_what_is_half_sealed_is_no_export(journal: Journal, tmp_path: Path, own: Key) -> None:
    spoken(journal, 1.2, 3)
    for folder, key in (("sealed", None), ("clear", own)):
        journal.key = key
        archive(journal, journal.entries(), tmp_path / folder)
    one, other = (json.loads((tmp_path / name / "journal.json").read_text()) for name in ("sealed", "clear"))
    (sound,) = (tmp_path / "clear").rglob("*.flac")
    (tmp_path / "sealed" / "2026" / "11" / sound.name).write_bytes(sound.read_bytes())
    (row,), (plain,) = one["entries"], other["entries"]
    mixed = Entry(
        **{name: row[name] for name in ("id", "session", "session_frames", "kind", "frames")},
        created=DAWN, title=None, question=None, checksum=plain["sha256"],
        sealed=journal.store.entries()[0].sealed,
    )  # fmt: skip
    from guide.journal.archive import packed

    one["entries"] = [packed(mixed, plain["file"])]
    (tmp_path / "sealed" / "journal.json").write_text(json.dumps(one))
    with pytest.raises(StorageError, match="its recording is not, or the other way round"):
        bring(journal, tmp_path / "sealed")


def test_age_opens_an_exported_entry(journal: Journal, tmp_path: Path, age: str) -> None:
    import subprocess

    import soundfile

    from guide.seal import key_in

    subprocess.run(["age-keygen", "-o", tmp_path / "key"], check=True, capture_output=True)
    theirs = key_in(tmp_path / "key", str)
    keep_recipients(tmp_path / "data", theirs.recipients)
    spoken(journal, 1.2, 3)
    journal.mark(MARKS, now=DAWN)
    for out in (archive(journal, journal.entries(), tmp_path / "out").files,):
        opened = {
            path.name.split("-")[0] + path.suffixes[0]: subprocess.run(
                [age, "-d", "-i", tmp_path / "key", path], check=True, capture_output=True
            ).stdout
            for path in out
            if path.suffix == ".age"
        }
    assert set(opened) == {"000001.wav", "000001.json", "000002.json"}
    assert json.loads(opened["000001.json"]) == {"title": "Self-love", "question": "Who is here?"}
    assert json.loads(json.loads(opened["000002.json"])["marks"])[1]["mark"] == MARKS[1].mark
    (tmp_path / "one.wav").write_bytes(opened["000001.wav"])
    assert np.array_equal(soundfile.read(tmp_path / "one.wav", dtype="int16")[0], pcm(voice(1.2, 3)))


# ── what it is sealed to ─────────────────────────────────────────────────────────────────────────────────


def gone(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(200))


def comment(path: Path) -> None:
    path.write_text("# What this journal is sealed to.\n")


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x1b[31m" * 9)


def no_key(path: Path) -> None:
    path.write_text("age1helloworld\n")


def huge(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 2_000)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def into_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


HARMS = [gone, empty, zeros, comment, garbage, no_key, huge, folder, pipe, into_nothing]


@pytest.mark.parametrize("harm", HARMS)
def test_where_nothing_can_be_sealed_nothing_is_written_and_all_is_read(
    journal: Journal, tmp_path: Path, own: Key, harm: Callable[[Path], None]
) -> None:
    spoken(journal, 0.5)
    journal.write("Words.", now=DAWN)
    before = files(journal)
    harm(tmp_path / "data" / "recipients.txt")
    for write in (lambda: journal.write("More."), lambda: journal.mark(MARKS), journal.begin):
        with pytest.raises(StorageError, match="othing is written") as found:
            write()
        assert str(found.value).isprintable()
    journal = again(tmp_path)
    journal.unlock(own)
    assert [entry.words for entry in journal.entries()] == [None, "Words."]
    assert len(samples(journal, journal.entry(1)))
    assert files(journal) == before


def test_without_the_extra_nothing_is_written_in_clear(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)
    for write in (lambda: journal.write("Words."), lambda: journal.mark(MARKS), journal.begin):
        with pytest.raises(StorageError, match=r"pip install -e .*\[seal\]"):
            write()
    assert journal.store.entries() == []
    assert not list(tmp_path.rglob("*.part"))


def test_an_import_opens_no_journal_whose_keys_are_gone(journal: Journal, tmp_path: Path) -> None:
    journal.write("Words.", now=DAWN)
    archive(journal, journal.entries(), tmp_path / "parcel")
    (tmp_path / "data" / "recipients.txt").unlink()
    assert bring(journal, tmp_path / "parcel").already == 1
    with pytest.raises(StorageError, match="nothing is written"):
        journal.write("More.")


def test_an_open_journal_that_takes_sealed_entries_stays_open(journal: Journal, tmp_path: Path) -> None:
    journal.write("Words.", now=DAWN)
    archive(journal, journal.entries(), tmp_path / "parcel")
    other = Journal.open(folders(tmp_path / "other"))
    bring(other, tmp_path / "parcel")
    assert recipients(tmp_path / "other" / "data") == ()
    assert other.write("More.").words == "More."


# ── damage, and strangers ────────────────────────────────────────────────────────────────────────────────


@given(st.integers(0), st.integers(1, 255))
@settings(max_examples=25, deadline=None)
def test_a_byte_that_is_changed_anywhere_is_found_and_never_heard_as_something_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, by: int
) -> None:
    own, home = new_key(), tmp_path_factory.mktemp("journal")
    journal = sealed_journal(home, own)
    entry = spoken(journal, 1.5)
    path = journal.path(entry)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= by
    path.write_bytes(data)
    blob = bytearray(entry.sealed or b"")
    blob[at % len(blob)] ^= by
    with journal.store.transaction() as db:
        db.execute("UPDATE entries SET sealed = ?", (bytes(blob),))
    for key in (None, own):
        journal.key = key
        assert {one.what for one in verify(journal).problems} >= {"changed"}
        assert journal.entry(1).sealed is not None
    try:
        heard = journal.sound(entry)
    except SealedError:
        return
    assert not isinstance(heard, Path)
    told = np.frombuffer(heard.getvalue()[44:], dtype="<i2")
    assert np.array_equal(told, pcm(voice(1.5))[: len(told)])


HOSTILE = {
    "nothing": b"",
    "no text": b"\xff\xfe",
    "a list": b"[1, 2]",
    "deep": b"[" * 200_000,
    "deep marks": json.dumps({"marks": "[" * 100_000}).encode(),
    "other kinds": b'{"title": [1], "question": {"a": 1}, "words": 7, "marks": {"key": 1}}',
    "odd marks": json.dumps({"marks": '[{"key": 1, "ask": [], "mark": 1e99}, 4, null]'}).encode(),
    "a great number": b'{"words": ' + b"9" * 100_000 + b"}",
    "half a letter": b'{"words": "a\\ud800b", "title": "\\udfff", "question": "\\ud800"}',
    "the cursor": b'{"words": "\\u001b[2J\\u0007", "title": "\\u001b]0;x\\u0007"}',
    "much": json.dumps({"words": "x" * 3_000_000}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_stranger_sealed_is_shown_exported_and_brought_back_without_harm(
    journal: Journal, tmp_path: Path, own: Key, name: str
) -> None:
    journal.write("Words.", now=DAWN)
    with journal.store.transaction() as db:
        db.execute("UPDATE entries SET sealed = ?", (lock(own.recipients).seal(HOSTILE[name]),))
    journal.unlock(own)
    (entry,) = journal.entries()
    for line in (*table([entry], 80), *page(entry, None)):
        assert line.isprintable()
    export(journal, [entry], tmp_path / "some")
    archive(journal, [entry], tmp_path / "all")
    json.dumps(journal.entry(1).words).encode()


def test_an_entry_that_is_larger_than_any_stays_sealed(journal: Journal, own: Key) -> None:
    journal.write("Words.", now=DAWN)
    with journal.store.transaction() as db:
        db.execute("UPDATE entries SET sealed = ?", (lock(own.recipients).seal(bytes(9 << 20)),))
    journal.unlock(own)
    assert journal.entries()[0].sealed is not None


# ── takes that were cut off ──────────────────────────────────────────────────────────────────────────────


def cut_off(journal: Journal, seconds: float = 2.0) -> Entry:
    """A take whose process is gone; its last chunk is missing."""
    recording = journal.begin(question="Who is here?", now=DAWN)
    recording.take.write(voice(seconds))
    part = recording.take.part
    assert journal.keep(recording)
    whole = journal.recordings / f"{part.stem}.wav.age"
    part.write_bytes(whole.read_bytes()[:-9])
    whole.unlink()
    with journal.store.transaction() as db:
        db.execute(
            "UPDATE entries SET state = 'recording', checksum = NULL, frames = 0 WHERE id = ?",
            (recording.entry.id,),
        )
    (entry,) = journal.recover()
    return entry


def test_what_a_kill_left_is_whole_for_who_could_open_it_before(
    journal: Journal, tmp_path: Path, own: Key
) -> None:
    """Whatever the journal is sealed to by now: whoever may write there could have put another key."""
    stranger = new_key()
    cut_off(journal)
    keep_recipients(tmp_path / "data", stranger.recipients)
    (entry,) = journal.unlock(own)
    sound = samples(journal, entry)
    assert len(sound) > 60_000
    assert np.array_equal(sound, pcm(voice(2.0))[: len(sound)])


@pytest.mark.parametrize("harm", HARMS)
def test_what_was_cut_off_waits_where_nothing_can_be_sealed(
    journal: Journal, tmp_path: Path, own: Key, harm: Callable[[Path], None]
) -> None:
    entry = cut_off(journal)
    harm(tmp_path / "data" / "recipients.txt")
    assert journal.unlock(own) == []
    assert len(journal.notices) == 1
    assert len(samples(journal, journal.entry(entry.id)))


def test_the_file_of_another_entry_is_never_written_over(journal: Journal, tmp_path: Path, own: Key) -> None:
    """An export from when a take was cut off comes back after it was made whole."""
    cut_off(journal)
    archive(journal, journal.entries(), tmp_path / "parcel")
    journal.unlock(own)
    bring(journal, tmp_path / "parcel")
    journal.unlock(own)
    assert verify(journal).problems == []
    assert len(files(journal)) == len(journal.entries())


def test_of_a_twin_that_a_kill_left_the_cut_off_one_goes(journal: Journal, tmp_path: Path, own: Key) -> None:
    cut = journal.path(cut_off(journal))
    data = cut.read_bytes()
    (entry,) = journal.unlock(own)
    cut.write_bytes(data)
    assert again(tmp_path).recover() == []
    assert files(journal) == {entry.recording}
    # But not while the other is damaged.
    cut.write_bytes(data)
    journal.path(entry).write_bytes(b"?")
    again(tmp_path)
    assert cut.exists()


class _Late(Journal):
    """One that waits for its turn just while somebody else finishes a take."""

    meanwhile: Callable[[], object] | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        with super().alone():
            yield


def test_a_take_that_is_finished_while_it_is_looked_for_is_not_forgotten(
    journal: Journal, tmp_path: Path, own: Key
) -> None:
    recording = journal.begin(now=DAWN)
    recording.take.write(voice(1.0))
    other = _Late(tmp_path / "data")
    other.meanwhile = recording.take.finish
    other.recover()
    assert other.meanwhile is None
    (entry,) = other.recover()
    assert entry.frames == len(voice(1.0))


def test_a_sealed_flac_whose_row_is_lost_is_measured_when_its_key_is_there(
    before: Journal, tmp_path: Path, own: Key
) -> None:
    keep_recipients(tmp_path / "data", own.recipients)
    seal_all(before, own)
    for ending in ("", "-wal", "-shm"):
        before.store.path.with_name(f"journal.db{ending}").unlink(missing_ok=True)
    journal = again(tmp_path)
    assert [entry.frames for entry in every(journal)] == [0, 0]
    journal.unlock(own)
    assert [entry.frames for entry in every(journal)] == [len(voice(0.7)), len(voice(0.3))]
    assert verify(journal).problems == []
    assert archive(journal, every(journal), tmp_path / "out").left_out == []


# ── what was there before ────────────────────────────────────────────────────────────────────────────────


def test_what_was_there_before_is_sealed_and_is_what_it_was(
    before: Journal, tmp_path: Path, own: Key
) -> None:
    told = [texts(entry) for entry in every(before)]
    with pytest.raises(StorageError, match="not sealed"):
        seal_all(before, own)
    keep_recipients(tmp_path / "data", own.recipients)
    seen: list[tuple[int, int]] = []
    done = seal_all(before, own, lambda number, of: seen.append((number, of)))
    assert (done.entries, done.left, done.traces) == ([1, 2, 3, 4], [], False)
    assert seen[-1] == (4, 4)
    assert seal_all(before, own).entries == []
    sealed_whole(again(tmp_path), own, told)


def sealed_whole(journal: Journal, own: Key, told: list[tuple[object, ...]]) -> None:
    """All of it is sealed, nothing is there twice, and it opens to what it was."""
    assert (in_clear(journal), leftovers(journal), journal.notices) == ([], [], [])
    assert [entry.words for entry in every(journal)] == [None] * 4
    assert {path.suffix for path in journal.store.path.parent.rglob("0*")} == {".age"}
    assert not list(journal.recordings.rglob(".*"))
    journal.unlock(own)
    assert [texts(entry) for entry in every(journal)] == told
    assert np.array_equal(samples(journal, journal.entry(1)), pcm(voice(0.7, 1)))
    assert np.array_equal(samples(journal, journal.entry(4)), pcm(voice(0.3, 2)))
    assert verify(journal).problems == []


def test_what_the_key_does_not_open_stays_in_clear(before: Journal, tmp_path: Path, own: Key) -> None:
    keep_recipients(tmp_path / "data", new_key().recipients)
    done = seal_all(before, own)
    assert (done.entries, len(done.left)) == ([], 4)
    assert [entry.id for entry in in_clear(again(tmp_path))] == [1, 2, 3, 4]
    assert verify(again(tmp_path)).problems == []


def test_a_damaged_recording_stays_as_it_is(before: Journal, tmp_path: Path, own: Key) -> None:
    keep_recipients(tmp_path / "data", own.recipients)
    path = before.path(before.entry(1))
    path.write_bytes(path.read_bytes()[:-5])
    done = seal_all(before, own)
    assert done.entries == [2, 3, 4]
    assert "verify" in done.left[0]
    assert path.exists()


def child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; how it ended."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:  # noqa: BLE001 - it is said, and the process ends
            os.write(2, f"{error!r}\n".encode())
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Kill a process that does something just before that step of its on the disk; whether it came so far."""
    left = [step]

    def watch(event: str, _: object) -> None:
        if event in ("open", "os.rename", "os.remove", "sqlite3.connect"):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    def watched() -> None:
        sys.addaudithook(watch)
        work()

    code = child(watched)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def test_a_kill_at_any_step_of_sealing_loses_nothing_and_leaves_nothing_twice(
    before: Journal, tmp_path: Path, own: Key
) -> None:
    told = [texts(entry) for entry in every(before)]
    keep_recipients(tmp_path / "data", own.recipients)
    shutil.copytree(tmp_path / "data", tmp_path / "begun")
    step, states = 1, set()
    while True:
        shutil.rmtree(tmp_path / "data")
        shutil.copytree(tmp_path / "begun", tmp_path / "data")
        if not killed_at(step, lambda: seal_all(Journal.open(folders(tmp_path)), own)):
            break
        journal = again(tmp_path)
        assert journal.notices == []
        states.add(len(in_clear(journal)))
        twins = {os.fspath(path) for path in leftovers(journal)}
        assert {one.file for one in verify(journal).problems} == twins
        journal.unlock(own)
        assert [texts(entry) for entry in every(journal)] == told
        seal_all(journal, own)
        sealed_whole(again(tmp_path), own, told)
        step += 1 if step < 60 else 7
    assert step > 40
    assert states == {0, 1, 2, 3, 4}


def test_a_kill_while_a_cut_off_take_is_made_whole_leaves_one_of_it(
    journal: Journal, tmp_path: Path, own: Key
) -> None:
    frames = cut_off(journal).frames
    shutil.copytree(tmp_path / "data", tmp_path / "begun")
    step = 1
    while True:
        shutil.rmtree(tmp_path / "data")
        shutil.copytree(tmp_path / "begun", tmp_path / "data")
        if not killed_at(step, lambda: again(tmp_path).unlock(own)):
            break
        journal = again(tmp_path)
        journal.unlock(own)
        journal = again(tmp_path)
        journal.unlock(own)
        (entry,) = journal.entries()
        assert (entry.question, entry.frames >= frames) == ("Who is here?", True)
        assert verify(journal).problems == []
        assert files(journal) == {entry.recording}
        step += 1
    assert step > 10


def test_what_a_kill_left_in_clear_goes_with_its_entry(before: Journal, tmp_path: Path, own: Key) -> None:
    """Removed for good is removed for good: the twin in clear does not come back as an entry."""
    plain = before.path(before.entry(1))
    data = plain.read_bytes()
    keep_recipients(tmp_path / "data", own.recipients)
    seal_all(before, own)
    plain.write_bytes(data)
    erase(before, 1)
    assert not plain.exists()
    assert [entry.id for entry in every(again(tmp_path))] == [2, 3, 4]


def test_a_twin_in_clear_is_compared_wherever_the_entry_is(before: Journal, tmp_path: Path, own: Key) -> None:
    plain = before.path(before.entry(1))
    data = plain.read_bytes()
    keep_recipients(tmp_path / "data", own.recipients)
    seal_all(before, own)
    plain.write_bytes(data[:-1])
    before.delete(1)
    assert len(seal_all(before, own).left) == 1  # it is another: it stays, and is named
    assert plain.exists()
    plain.write_bytes(data)
    assert seal_all(before, own).left == []
    assert not plain.exists()


def test_a_recording_of_the_same_name_is_sealed_beside_the_other(
    before: Journal, tmp_path: Path, own: Key
) -> None:
    archive(before, [before.entry(1)], tmp_path / "parcel")
    keep_recipients(tmp_path / "data", own.recipients)
    seal_all(before, own)
    keep_recipients(tmp_path / "data", [])
    assert (
        len(bring(before, tmp_path / "parcel").entries) == 1
    )  # without its key nobody knows that it is here
    keep_recipients(tmp_path / "data", own.recipients)
    assert (leftovers(before), len(in_clear(before))) == ([], 1)
    assert seal_all(before, own).left == []
    journal = again(tmp_path)
    journal.unlock(own)
    assert verify(journal).problems == []
    assert len(files(journal)) == 3


@pytest.mark.parametrize("size", [100, 20_000, 45_000])
def test_a_full_disk_while_old_entries_are_sealed_loses_nothing(
    before: Journal, tmp_path: Path, own: Key, size: int
) -> None:
    told = [texts(entry) for entry in every(before)]
    keep_recipients(tmp_path / "data", own.recipients)

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        with suppress(StorageError):
            assert seal_all(Journal.open(folders(tmp_path)), own).left

    assert child(work) == 0
    journal = again(tmp_path)
    assert verify(journal).problems == []
    assert in_clear(journal)
    journal.unlock(own)
    assert [texts(entry) for entry in every(journal)] == told
    seal_all(journal, own)
    sealed_whole(again(tmp_path), own, told)


def test_two_that_seal_at_once_do_it_once(before: Journal, tmp_path: Path, own: Key) -> None:
    told = [texts(entry) for entry in every(before)]
    keep_recipients(tmp_path / "data", own.recipients)
    pids = []
    for _ in range(2):
        if not (pid := os.fork()):
            code = 1
            try:
                seal_all(Journal.open(folders(tmp_path)), own)
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0, 0]
    sealed_whole(again(tmp_path), own, told)


def test_where_nothing_can_be_written_it_is_read_and_stays(before: Journal, tmp_path: Path, own: Key) -> None:
    keep_recipients(tmp_path / "data", own.recipients)
    entry = cut_off(before, 2.5)
    told = [texts(one) for one in every(before)][:-1]
    place = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    place.chmod(0o755)
    shutil.copytree(tmp_path / "data", place / "data")

    def work() -> None:
        journal = Journal(place / "data")
        assert journal.unlock(own) == []
        assert len(journal.notices) == 1
        assert [texts(one) for one in every(journal)][:-1] == told
        assert len(samples(journal, journal.entry(entry.id)))
        done = seal_all(journal, own)
        assert (done.entries, len(done.left)) == ([], 4)

    def as_nobody() -> None:
        if os.geteuid() == 0:
            os.setresuid(65_534, 65_534, 65_534)
        work()

    try:
        for path in (*(place / "data").rglob("*"), place / "data"):
            if os.geteuid() == 0:
                os.chown(path, 65_534, 65_534)
            path.chmod(0o500 if path.is_dir() else 0o400)
        assert child(as_nobody) == 0
    finally:
        for folder in (place / "data", *(place / "data").rglob("*/")):
            folder.chmod(0o700)
        shutil.rmtree(place)

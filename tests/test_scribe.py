"""What was spoken waits for its words and gets them: through failures, kills, and two processes at once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keeping import DAWN, folders, sealed_from_now_on, spoken, voice
from running import PATIENCE
from understanding import Murmur, gate, installed_in, keeps_its_promises

from guide import memory, scribe, seal, transcription
from guide.errors import GuideError, StorageError
from guide.folders import Folders
from guide.journal import Journal, awaiting
from guide.journal.archive import archive
from guide.journal.arrival import bring
from guide.journal.awaiting import TRIES, Awaited
from guide.journal.bin import erase
from guide.journal.verify import verify
from guide.saved import Lock
from guide.scribe.handing import handed, taken
from guide.sound import Sound
from guide.takes import pcm
from guide.transcription import Transcriber, Words

TESTS = Path(__file__).parent


@pytest.fixture
def home(tmp_path: Path) -> Folders:
    return folders(tmp_path / "home")


@pytest.fixture
def journal(home: Folders) -> Journal:
    return Journal.open(home, wants_words=lambda: True)


class Failing(Murmur):
    """Fails at recordings of some length, with words that nobody is to read."""

    def __init__(self, seconds: float, error: type[BaseException] = RuntimeError) -> None:
        self.seconds, self.error, self.times = seconds, error, 0

    def words(self, blocks: Iterator[Sound]) -> Words:
        sound = np.concatenate([*blocks])
        if len(sound) == len(voice(self.seconds)):
            self.times += 1
            raise self.error("the wall of mist")
        return super().words(iter([sound]))


def right(seconds: float, seed: int = 5) -> str:
    return Murmur().words(iter([voice(seconds, seed)])).text


def waiting(journal: Journal) -> list[Awaited]:
    with journal.store.transaction(reading=True) as db:
        return awaiting.awaiting(db)


def words(journal: Journal) -> dict[int, str | None]:
    return {entry.id: entry.transcript for entry in journal.store.entries()}


def worked(journal: Journal, transcriber: Transcriber | None = None, **more: Any) -> dict[int, str | None]:
    """What came of each entry that was tried."""
    steps = list(scribe.work(journal, transcriber or Murmur(), **more))
    return {step.entry.id: step.problem for step in steps if step.over}


# ── the promises ─────────────────────────────────────────────────────────────────────────────────────────


QUIET_BETWEEN = np.concatenate([voice(1), np.zeros(len(voice(4)), dtype=np.float32), voice(1, 6)])


def test_what_these_tests_understand_with_keeps_the_promises() -> None:
    assert len(keeps_its_promises(Murmur(), QUIET_BETWEEN).pieces) == 8


def test_what_a_person_installs_keeps_the_same_promises(speech_model: Folders) -> None:
    assert transcription.installed(speech_model) == "moonshine-tiny"
    keeps_its_promises(transcription.transcriber(speech_model), QUIET_BETWEEN)


# ── who waits ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_spoken_waits_and_nothing_else(journal: Journal) -> None:
    entry = spoken(journal)
    journal.write("It was a wall.")
    assert waiting(journal) == [Awaited(entry.id)]


def test_where_nobody_wants_words_nothing_waits(home: Folders) -> None:
    journal = Journal.open(home)
    spoken(journal)
    assert waiting(journal) == []


def test_what_was_cut_off_waits_from_when_it_is_whole(home: Folders, journal: Journal) -> None:
    recording = journal.begin(now=DAWN)
    recording.take.write(voice(1))
    recording.take.close()
    assert waiting(journal) == []
    (entry,) = Journal.open(home, wants_words=lambda: True).recover()
    assert waiting(journal) == [Awaited(entry.id)]


def test_a_recording_that_nobody_knew_waits_as_well(journal: Journal, tmp_path: Path) -> None:
    stranger = Journal.open(folders(tmp_path / "other"))
    path = stranger.path(spoken(stranger))
    journal.recordings.mkdir(mode=0o700)
    path.rename(journal.recordings / "from-elsewhere.flac")
    (entry,) = journal.recover()
    assert waiting(journal) == [Awaited(entry.id)]


def test_in_the_bin_it_waits_without_being_tried(journal: Journal) -> None:
    entry = spoken(journal)
    journal.delete(entry.id)
    assert waiting(journal) == []
    assert worked(journal) == {}
    journal.restore(entry.id)
    assert worked(journal) == {entry.id: None}


def test_a_take_in_which_nobody_spoke_waits_only_when_it_is_taken_back(journal: Journal) -> None:
    recording = journal.begin(now=DAWN)
    recording.take.write(voice(1))
    entry = journal.discard_to_bin(recording)
    assert entry
    assert waiting(journal) == []
    journal.restore(entry.id)
    assert waiting(journal) == [Awaited(entry.id)]


def test_what_is_removed_for_good_waits_no_more(journal: Journal) -> None:
    erase(journal, spoken(journal).id)
    with journal.store.transaction(reading=True) as db:
        assert db.execute("SELECT count(*) FROM awaiting").fetchone() == (0,)


def test_a_damaged_index_is_made_anew_with_all_that_has_no_words(home: Folders, journal: Journal) -> None:
    entry = spoken(journal)
    journal.keep_transcript(spoken(journal, seed=6), "a word")
    data = bytearray(journal.store.path.read_bytes())
    data[:16] = b"no database here"
    journal.store.path.write_bytes(data)
    again = Journal.open(home, wants_words=lambda: True)
    again.recover()
    assert {one.entry for one in waiting(again)} >= {entry.id}


# ── it is done ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_words_of_all_that_waits_are_kept_the_newest_first(journal: Journal) -> None:
    for seed in (1, 2, 3):
        spoken(journal, 1.3, seed)
    journal.write("It was a wall.")
    steps = list(scribe.work(journal, Murmur()))
    assert [(step.entry.id, step.left, step.over) for step in steps] == [
        (3, 2, False), (3, 2, True), (2, 1, False), (2, 1, True), (1, 0, False), (1, 0, True),
    ]  # fmt: skip
    assert words(journal) == {1: right(1.3, 1), 2: right(1.3, 2), 3: right(1.3, 3), 4: None}
    assert waiting(journal) == []
    assert verify(journal).problems == []


def test_what_comes_while_it_works_is_done_as_well(journal: Journal) -> None:
    spoken(journal)

    class Late(Murmur):
        def words(self, blocks: Iterator[Sound]) -> Words:
            if len(journal.entries()) == 1:
                spoken(journal, seed=7)
            return super().words(blocks)

    assert worked(journal, Late()) == {1: None, 2: None}


def test_where_no_words_are_heard_that_is_kept_and_not_tried_again(journal: Journal) -> None:
    recording = journal.begin(now=DAWN)
    recording.take.write(np.zeros(len(voice(1)), dtype=np.float32))
    assert journal.keep(recording)
    worked(journal)
    assert words(journal) == {1: ""}
    assert waiting(journal) == []


def test_a_letter_that_cannot_be_kept_takes_nothing_along(journal: Journal) -> None:
    entry = spoken(journal)
    journal.keep_transcript(entry, "half a \ud800 letter")
    assert words(journal) == {1: "half a ? letter"}


def test_what_fails_is_tried_five_times_after_all_others_then_it_waits_for_a_person(
    journal: Journal,
) -> None:
    spoken(journal, 1)
    spoken(journal, 2)
    failing = Failing(2)
    assert worked(journal, failing) == {2: "failed: RuntimeError", 1: None}
    assert failing.times == 1
    spoken(journal, 1, seed=8)
    assert list(worked(journal, failing)) == [3, 2]  # what never failed comes first
    for _ in range(TRIES):
        worked(journal, failing)
    assert failing.times == TRIES
    assert waiting(journal) == [Awaited(2, TRIES, "failed: RuntimeError")]
    with journal.store.transaction() as db:
        awaiting.forgive(db)
    assert worked(journal) == {2: None}


def test_nothing_that_a_failure_says_is_kept(journal: Journal) -> None:
    spoken(journal, 1)
    worked(journal, Failing(1))
    assert journal.store.tidy()
    assert b"the wall of mist" not in journal.store.path.read_bytes()


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (Path.unlink, scribe.GONE),
        (lambda path: path.write_bytes(b"no sound"), scribe.UNREADABLE),
        (lambda path: path.chmod(0) or path.unlink() or path.mkdir(), scribe.UNREADABLE),
    ],
)
def test_a_recording_that_is_damaged_is_named_as_that(
    journal: Journal, harm: Callable[[Path], object], problem: str
) -> None:
    harm(journal.path(spoken(journal)))
    assert worked(journal) == {1: problem}
    assert waiting(journal) == [Awaited(1, 1, problem)]


def test_too_little_memory_is_a_problem_of_that_one_entry(journal: Journal) -> None:
    spoken(journal, 1)
    spoken(journal, 2)
    assert worked(journal, Failing(1, MemoryError)) == {2: None, 1: scribe.MEMORY}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_costs_no_try(journal: Journal, error: type[BaseException]) -> None:
    spoken(journal, 1)
    with pytest.raises(error):
        worked(journal, Failing(1, error))
    assert waiting(journal) == [Awaited(1)]


def test_it_stops_between_two_blocks_and_goes_on_the_next_time(journal: Journal) -> None:
    spoken(journal, 3.5)
    looks = iter([False, False, False, True])
    assert worked(journal, stop=lambda: next(looks)) == {}
    assert waiting(journal) == [Awaited(1)]
    assert worked(journal) == {1: None}
    assert words(journal) == {1: right(3.5)}


def test_where_words_cannot_be_kept_it_ends_and_costs_no_try(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("The disk is full.")

    spoken(journal)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "keep_transcript", full)
        with pytest.raises(StorageError, match="full"):
            worked(journal)
    assert waiting(journal) == [Awaited(1)]


def test_what_is_removed_while_it_is_understood_does_not_come_back(journal: Journal) -> None:
    entry = spoken(journal)

    class Removing(Murmur):
        def words(self, blocks: Iterator[Sound]) -> Words:
            understood = super().words(blocks)
            erase(journal, entry.id)
            return understood

    worked(journal, Removing())
    assert words(journal) == {}
    assert waiting(journal) == []
    assert right(0.5).encode() not in journal.store.path.read_bytes()


def test_what_is_sealed_waits_untouched_until_its_key_comes(journal: Journal) -> None:
    spoken(journal, seed=1)
    key = sealed_from_now_on(journal)
    spoken(journal, seed=2)
    assert worked(journal) == {1: None}
    assert scribe.due(journal) == []  # nor does anybody begin for it
    assert waiting(journal) == [Awaited(2)]
    journal.unlock(seal.key(seal.fresh()))
    assert worked(journal) == {}  # another key
    assert waiting(journal) == [Awaited(2)]
    journal.unlock(key)
    assert worked(journal) == {2: None}
    assert waiting(journal) == []
    (row,) = journal.store.entries("id = 2")
    assert row.transcript is None
    assert row.transcript_sealed
    assert journal.entry(2).transcript == right(0.5, 2)
    assert words(journal)[1] == right(0.5, 1)  # in clear it was, and in clear it stays
    assert journal.store.tidy()
    assert right(0.5, 2).encode() not in journal.store.path.read_bytes()
    assert verify(journal).problems == []


def test_a_sealed_recording_that_nobody_knew_has_its_words_sealed(journal: Journal) -> None:
    key = sealed_from_now_on(journal)
    entry = spoken(journal)
    journal.store.change(entry.id, sealed=None)  # as one that the index did not know
    journal.unlock(seal.key(seal.fresh()))
    assert worked(journal) == {}
    assert waiting(journal) == [Awaited(1)]
    journal.unlock(key)
    assert worked(journal) == {1: None}
    (row,) = journal.store.entries()
    assert (row.transcript, journal.entry(1).transcript) == (None, right(0.5))


# ── out of the journal and back ──────────────────────────────────────────────────────────────────────────


def test_words_go_out_and_come_back_and_take_the_place_of_none(journal: Journal, tmp_path: Path) -> None:
    spoken(journal, seed=1)
    journal.keep_transcript(spoken(journal, seed=2), "It was a wall.")
    spoken(journal, seed=3)
    archive(journal, journal.entries(), tmp_path / "out")
    other = Journal.open(folders(tmp_path / "other"), wants_words=lambda: True)
    bring(other, tmp_path / "out")
    assert words(other) == {1: None, 2: "It was a wall.", 3: None}
    assert {one.entry for one in waiting(other)} == {1, 3}
    assert verify(other).problems == []
    # Here are newer ones meanwhile; none stays none, and what is not understood anywhere goes on waiting.
    journal.keep_transcript(journal.entry(1), "A newer one.")
    journal.keep_transcript(journal.entry(2), "Another one.")
    bring(journal, tmp_path / "out")
    assert words(journal) == {1: "A newer one.", 2: "Another one.", 3: None}
    archive(journal, journal.entries(), tmp_path / "again")
    assert bring(other, tmp_path / "again").already == 3
    assert words(other) == {1: "A newer one.", 2: "It was a wall.", 3: None}
    assert {one.entry for one in waiting(other)} == {3}


def test_words_that_come_into_a_sealed_journal_are_sealed(journal: Journal, tmp_path: Path) -> None:
    key = sealed_from_now_on(journal)
    journal.unlock(key)
    entry = spoken(journal)
    archive(journal, journal.entries(), tmp_path / "without")
    journal.keep_transcript(entry, "It was a wall.")
    archive(journal, journal.entries(), tmp_path / "with")
    other = Journal.open(folders(tmp_path / "other"), wants_words=lambda: True)
    other.unlock(sealed_from_now_on(other))
    bring(other, tmp_path / "without")
    assert {one.entry for one in waiting(other)} == {1}
    assert bring(other, tmp_path / "with").already == 1
    (row,) = other.store.entries()
    assert (row.transcript, other.entry(1).transcript) == (None, "It was a wall.")
    assert waiting(other) == []
    # And as it is kept, sealed, where nobody has the key.
    archive(journal, journal.store.entries(), tmp_path / "sealed")
    third = Journal.open(folders(tmp_path / "third"), wants_words=lambda: True)
    bring(third, tmp_path / "sealed")
    assert waiting(third) == []
    third.unlock(key)
    assert third.entry(1).transcript == "It was a wall."


def test_a_damaged_entry_is_put_back_and_keeps_the_words_from_here(journal: Journal, tmp_path: Path) -> None:
    entry = spoken(journal)
    archive(journal, journal.entries(), tmp_path / "out")
    journal.keep_transcript(entry, "It was a wall.")
    journal.store.change(entry.id, echo=True)
    journal.path(entry).unlink()
    assert bring(journal, tmp_path / "out").mended == (1,)
    assert journal.entry(1) == replace(entry, transcript="It was a wall.", echo=True)


def test_an_older_export_has_no_words_and_comes_in(journal: Journal, tmp_path: Path) -> None:
    spoken(journal)
    archive(journal, journal.entries(), tmp_path / "out")
    index = tmp_path / "out" / "journal.json"
    told = json.loads(index.read_text())
    del told["entries"][0]["transcript"]
    index.write_text(json.dumps(told))
    other = Journal.open(folders(tmp_path / "other"))
    assert len(bring(other, tmp_path / "out").entries) == 1


@pytest.mark.parametrize("hostile", [3, ["words"], {"a": "b"}, "half \ud800"])
def test_words_that_are_none_are_refused(journal: Journal, tmp_path: Path, hostile: object) -> None:
    spoken(journal)
    archive(journal, journal.entries(), tmp_path / "out")
    index = tmp_path / "out" / "journal.json"
    told = json.loads(index.read_text())
    told["entries"][0]["transcript"] = hostile
    index.write_text(json.dumps(told))
    with pytest.raises(StorageError, match="Nothing was imported"):
        bring(Journal.open(folders(tmp_path / "other")), tmp_path / "out")


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────

KILLED_AT_EACH_STATEMENT = """
import json, os, shutil, signal, sys
from pathlib import Path
from keeping import folders
from understanding import Murmur
from guide import scribe
from guide.journal import Journal, awaiting
from guide.journal.store import Store

source, at = Path(sys.argv[1]), 0
connect = Store._connect

def counted(self, *, reading):
    db = connect(self, reading=reading)
    def count(_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    db.set_trace_callback(count)
    return db

def waiting(journal):
    with journal.store.transaction(reading=True) as db:
        return [(one.entry, one.tries, one.problem) for one in awaiting.awaiting(db)]

while True:
    at += 1
    home = source.with_name(f"killed-{at}")
    shutil.copytree(source, home)
    journal = Journal(folders(home).data)
    child = os.fork()
    if child == 0:
        left = at
        Store._connect = counted
        list(scribe.work(journal, Murmur()))
        os._exit(0)
    _, how = os.waitpid(child, 0)
    words = {entry.id: entry.transcript for entry in journal.entries()}
    left_over = waiting(journal)
    after = list(scribe.work(journal, Murmur()))
    in_the_end = {entry.id: entry.transcript for entry in journal.entries()}
    print(json.dumps([how, words, left_over, in_the_end, waiting(journal)]), flush=True)
    if how == 0:
        break
"""


def child(*words: str, environment: dict[str, str] | None = None) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, *words],
        env=environment or {**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_kill_at_any_statement_loses_nothing_and_costs_one_try(home: Folders, journal: Journal) -> None:
    whole = {str(spoken(journal, 0.5, seed).id): right(0.5, seed) for seed in (1, 2)}
    with child("-c", KILLED_AT_EACH_STATEMENT, os.fspath(home.data.parent)) as process:
        out, complaints = process.communicate(timeout=PATIENCE)
    assert complaints == ""
    rounds = [json.loads(line) for line in out.splitlines()]
    assert len(rounds) > 20
    assert [how for how, *_ in rounds] == [signal.SIGKILL] * (len(rounds) - 1) + [0]
    costs = set()
    for _, kept, left_over, in_the_end, still_waiting in rounds:
        assert in_the_end == whole
        assert still_waiting == []
        for number, text in kept.items():  # it has its words or waits for them, never both, never neither
            waits = [one for one in left_over if str(one[0]) == number]
            assert (text, len(waits)) in ((None, 1), (whole[number], 0))
        tries = sum(one[1] for one in left_over)
        assert tries <= 1
        assert {one[2] for one in left_over if one[1]} <= {awaiting.CUT_OFF}
        costs.add(tries)
    assert costs == {0, 1}


@pytest.fixture
def gated(tmp_path: Path) -> Path:
    return gate(tmp_path / "gate")


@pytest.fixture
def environment(tmp_path: Path, gated: Path) -> dict[str, str]:
    """In which whoever understands speech tells of it, and waits for us."""
    here = {**os.environ, "GUIDE_HOME": os.fspath(tmp_path / "home")}
    return installed_in(tmp_path / "installed", here, gated)


def told(gated: Path) -> dict[str, Any]:
    """Wait until somebody is in the middle of a recording; what is known of them."""
    heard: dict[str, Any] = json.loads((gated / "told").read_text())
    return heard


def over(journal: Journal) -> None:
    """Wait until nobody understands anything any more."""
    with scribe.alone(journal, PATIENCE):
        pass


def test_two_at_once_take_turns_and_do_each_once(
    journal: Journal, environment: dict[str, str], gated: Path
) -> None:
    spoken(journal)
    with child("-m", "guide.scribe", environment=environment) as one:
        assert told(gated)["pid"] == one.pid
        assert scribe.working(journal)
        with pytest.raises(scribe.BusyError, match="Another process"), scribe.alone(journal):
            pass
        with child("-m", "guide", "journal", "transcribe", environment=environment) as other:
            out, complaint = other.communicate(timeout=PATIENCE)
        assert (other.returncode, out) == (1, "")
        assert complaint.startswith("Another process understands recordings just now.")
        with child("-m", "guide.scribe", environment=environment) as third:
            assert third.wait(PATIENCE) == 0  # it waits a little, and leaves
        (gated / "gate").write_text("go on")
        assert one.wait(PATIENCE) == 0
    assert words(journal) == {1: right(0.5)}
    assert not scribe.working(journal)


def test_it_ends_well_when_it_is_told_to(journal: Journal, environment: dict[str, str], gated: Path) -> None:
    spoken(journal)
    with child("-m", "guide.scribe", environment=environment) as one:
        told(gated)
        assert waiting(journal) == [Awaited(1, 1, awaiting.CUT_OFF)]
        one.terminate()
        assert one.wait(PATIENCE) == 128 + signal.SIGTERM
    assert waiting(journal) == [Awaited(1)]


def test_a_kill_in_the_middle_costs_one_try(
    journal: Journal, environment: dict[str, str], gated: Path
) -> None:
    spoken(journal)
    with child("-m", "guide.scribe", environment=environment) as one:
        told(gated)
        one.kill()
    assert waiting(journal) == [Awaited(1, 1, awaiting.CUT_OFF)]
    assert not scribe.working(journal)


def test_it_leaves_when_a_session_begins(
    home: Folders, journal: Journal, environment: dict[str, str], gated: Path
) -> None:
    Lock(home.state).release()  # one that ended before
    spoken(journal, 2.5)
    with child("-m", "guide.scribe", environment=environment) as one:
        told(gated)
        lock = Lock(home.state)
        (gated / "gate").write_text("go on")
        assert one.wait(PATIENCE) == 0
        lock.release()
    assert words(journal) == {1: None}
    assert waiting(journal) == [Awaited(1)]


def test_in_the_background_it_is_the_last_in_every_line(
    home: Folders, journal: Journal, environment: dict[str, str], gated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(transcription, "installed", lambda *_: "murmur")
    spoken(journal)
    process = scribe.begin(home)
    assert process
    known = told(gated)
    assert known["pid"] == known["session"] == process.pid
    assert (known["nice"], known["policy"]) == (19, os.SCHED_IDLE)
    assert known["said"][1:] == ["-P", "-m", "guide.scribe"]
    assert known["streams"] == [os.devnull] * 3
    (gated / "gate").write_text("go on")
    assert process.wait(PATIENCE) == 0
    assert words(journal) == {1: right(0.5)}


def test_what_was_spoken_into_a_sealed_journal_is_handed_on_in_memory_alone(
    home: Folders, journal: Journal, environment: dict[str, str], gated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(transcription, "installed", lambda *_: "murmur")
    key = sealed_from_now_on(journal)
    spoken(journal)
    assert Journal.open(home).spoken == {}
    assert scribe.begin(home) is None  # nothing opens it, and nobody was told
    process = scribe.begin(home, journal.spoken)
    assert process
    assert told(gated)["said"][1:4] == ["-P", "-m", "guide.scribe"]
    (gated / "gate").write_text("go on")
    assert process.wait(PATIENCE) == 0
    assert waiting(journal) == []
    (row,) = journal.store.entries()
    assert row.transcript is None
    journal.unlock(key)
    assert journal.entry(1).transcript == right(0.5)
    held = b"".join(path.read_bytes() for path in home.data.parent.rglob("*") if path.is_file())
    assert right(0.5).encode() not in held
    assert pcm(voice(0.5))[:200].tobytes() not in held


def test_a_sealed_take_is_not_remembered_where_memory_is_scarce(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_from_now_on(journal)
    for free in (None, 599_999_999):
        monkeypatch.setattr(memory, "available", lambda free=free: free)
        spoken(journal)
    assert journal.spoken == {}
    monkeypatch.setattr(memory, "available", lambda: 600_000_000)
    assert journal.spoken.keys() == {spoken(journal).id}
    recording = journal.begin(session="self-love")
    recording.take.write(voice(0.5))
    assert journal.discard_to_bin(recording)
    assert len(journal.spoken) == 1, "what goes to the bin is not remembered"


@given(st.dictionaries(st.integers(0, 2**63), st.binary(max_size=99).map(bytearray), max_size=4))
def test_what_is_handed_on_arrives(sounds: dict[int, bytearray]) -> None:
    handle = handed(sounds)
    if handle is None:
        assert not sounds
        return
    arrived = taken(handle)
    os.close(handle)
    assert {one: bytes(sound) for one, sound in arrived.items()} == {
        one: bytes(sound[: len(sound) // 2 * 2]) for one, sound in sounds.items()
    }


@given(st.binary(max_size=200))
def test_what_is_handed_on_and_is_something_else_ends_there(data: bytes) -> None:
    handle = os.memfd_create("noise")
    os.write(handle, data)
    for sound in taken(handle).values():
        assert len(sound) <= len(data)
    os.close(handle)


def test_nothing_begins_where_nothing_is_to_be_done(
    home: Folders, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> None:
        raise AssertionError("a process was begun")

    monkeypatch.setattr(subprocess, "Popen", none)
    monkeypatch.setattr(transcription, "installed", lambda *_: None)
    spoken(journal)
    assert scribe.begin(home) is None  # no model
    monkeypatch.setattr(transcription, "installed", lambda *_: "murmur")
    home.config.mkdir()
    (home.config / "config.yaml").write_text("words: no\n")
    assert scribe.begin(home) is None  # not wanted
    (home.config / "config.yaml").write_text("words: perhaps\n")
    assert scribe.begin(home) is None  # nobody knows
    (home.config / "config.yaml").unlink()
    journal.keep_transcript(journal.entry(1), "a word")
    assert scribe.begin(home) is None  # nothing waits
    assert scribe.begin(folders(home.data.parent / "elsewhere")) is None  # no journal
    assert not (home.data.parent / "elsewhere").exists()


def test_words_of_a_language_that_no_model_knows_are_not_waited_for(speech_model: Folders) -> None:
    speech_model.config.mkdir(exist_ok=True)
    settings = speech_model.config / "config.yaml"
    try:
        for language, wanted in (("en-GB", True), ("de", False)):
            settings.write_text(f"language: {language}\n")
            assert scribe.wants_words(speech_model) is wanted
        with pytest.raises(GuideError, match="knows en and not de"):
            scribe.transcriber(speech_model)
    finally:
        settings.unlink()


def test_words_are_wanted_where_a_model_is_unless_somebody_says_otherwise(
    home: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.config.mkdir(parents=True)
    settings = home.config / "config.yaml"
    wanted = {}
    for model in (None, "murmur"):
        for wish in ("", "words: yes\n", "words: no\n"):
            monkeypatch.setattr(transcription, "installed", lambda *_, model=model: model)
            settings.write_text(wish)
            wanted[model, wish[7:-1]] = scribe.wants_words(home)
    assert wanted == {
        (None, ""): False, (None, "yes"): True, (None, "no"): False,
        ("murmur", ""): True, ("murmur", "yes"): True, ("murmur", "no"): False,
    }  # fmt: skip

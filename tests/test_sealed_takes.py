"""A take that is sealed while it is spoken: its samples come out again; a fault takes its end alone."""

import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import folders, new_key, samples, sealed_journal
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import StorageError
from guide.journal import Journal
from guide.journal.verify import verify
from guide.seal import CHUNK, Key, header_size, lock
from guide.takes import End
from guide.takes.sealed import SealedTake, frames_in, salvage_sealed, unsealed

BLOCK = RATE // 50


def said(frames: int, seed: int = 4) -> NDArray[np.int16]:
    return np.random.default_rng(seed).normal(0, 3_000, frames).astype(np.int16)


def speak(write: Callable[[NDArray[np.float32]], bool], sound: NDArray[np.int16]) -> None:
    for at in range(0, len(sound), BLOCK):
        write(sound[at : at + BLOCK].astype(np.float32) / np.float32(32_768))


@pytest.fixture
def own() -> Key:
    return new_key()


def heard(path: Path, own: Key) -> NDArray[np.int16]:
    return np.asarray(soundfile.read(unsealed(path, own)[0], dtype="int16")[0])


@given(st.integers(1, 3 * RATE))
@settings(max_examples=15, deadline=None)
def test_the_very_samples_come_out_and_the_size_tells_how_many(
    tmp_path_factory: pytest.TempPathFactory, frames: int
) -> None:
    own, folder = new_key(), tmp_path_factory.mktemp("takes")
    take = SealedTake.sealing(folder / "one.sealing", lock(own.recipients))
    speak(take.write, said(frames))
    whole = take.finish()
    assert whole == folder / "one.wav.age"
    assert frames_in(whole) == frames
    assert np.array_equal(heard(whole, own), said(frames))
    assert [path.name for path in folder.iterdir()] == ["one.wav.age"]
    assert whole.stat().st_mode & 0o777 == 0o600


def test_a_take_in_which_nothing_came_leaves_nothing(tmp_path: Path, own: Key) -> None:
    take = SealedTake.sealing(tmp_path / "one.sealing", lock(own.recipients))
    assert take.finish() is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_safe_on_the_disk_is_known_while_it_is_spoken(tmp_path: Path, own: Key) -> None:
    take = SealedTake.sealing(tmp_path / "one.sealing", lock(own.recipients))
    speak(take.write, said(5 * RATE))
    assert take.wait_safe(RATE)
    assert frames_in(take.part) >= RATE
    take.finish()


def test_the_longest_take_ends_by_itself(tmp_path: Path, own: Key) -> None:
    take = SealedTake.sealing(tmp_path / "one.sealing", lock(own.recipients), longest=RATE)
    speak(take.write, said(2 * RATE))
    assert take.ended is End.LONG
    whole = take.finish()
    assert whole is not None
    assert np.array_equal(heard(whole, own), said(2 * RATE)[:RATE])


@given(st.integers(0, 6 * RATE), st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_of_one_that_was_cut_off_anywhere_the_whole_chunks_stay(
    tmp_path_factory: pytest.TempPathFactory, frames: int, where: int
) -> None:
    own, folder = new_key(), tmp_path_factory.mktemp("takes")
    take = SealedTake.sealing(folder / "one.sealing", lock(own.recipients))
    speak(take.write, said(frames))
    whole = take.finish()
    if whole is None:
        return
    size = where % (whole.stat().st_size + 1)
    part = folder / "one.sealing"
    part.write_bytes(whole.read_bytes()[:size])
    whole.unlink()
    salvaged = salvage_sealed(part)
    assert salvaged is not None
    cut, kept = salvaged
    assert not part.exists()
    if not kept:
        assert list(folder.iterdir()) == []
        return
    assert (cut, frames_in(cut)) == (folder / "one.cut.age", kept)
    assert np.array_equal(heard(cut, own)[:kept], said(frames)[:kept])
    with cut.open("rb") as file:
        assert kept >= (size - (header_size(file) or 0) - CHUNK) // 2 - 100


SPEAKER = """
import sys
import numpy as np
from keeping import folders
from test_sealed_takes import RATE, said, BLOCK
from pathlib import Path
from guide.journal import Journal

journal = Journal.open(folders(Path(sys.argv[1])))
recording = journal.begin(session="self-love", question="A question nobody reads.")
sound = said(30 * RATE)
for at in range(0, len(sound), BLOCK):
    recording.take.write(sound[at : at + BLOCK].astype(np.float32) / np.float32(32_768))
    print(recording.take.frames, flush=True)
    sys.stdin.read(1)
journal.keep(recording)
print("kept", flush=True)
sys.stdin.read(1)
"""


def speaking(home: Path) -> "subprocess.Popen[bytes]":
    tests = Path(__file__).parent
    paths = os.pathsep.join([os.fspath(tests), os.fspath(tests.parent)])
    return subprocess.Popen(
        [sys.executable, "-c", SPEAKER, os.fspath(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_process_that_is_killed_while_somebody_speaks_loses_the_last_chunk_alone(
    tmp_path: Path, own: Key, seed: int
) -> None:
    sealed_journal(tmp_path, own)
    blocks = random.Random(seed).randrange(100, 400)
    with speaking(tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(blocks):
            frames = int(process.stdout.readline())
            process.stdin.write(b"\n")
            process.stdin.flush()
        (growing,) = (tmp_path / "data" / "recordings").glob("*.sealing")
        # The writer's thread has all but its last chunk on the disk, as soon as it comes to it.
        while frames_in(growing) < frames - 2 * CHUNK // 2:
            os.sched_yield()
        process.send_signal(signal.SIGKILL)
    journal = Journal.open(folders(tmp_path))
    (entry,) = journal.recover()
    assert (entry.recording or "").endswith(".cut.age")
    assert frames - 2 * CHUNK // 2 <= entry.frames
    assert verify(journal).problems == []
    (whole,) = journal.unlock(own)
    assert (whole.id, whole.question) == (entry.id, "A question nobody reads.")
    assert (whole.recording or "").endswith(".wav.age")
    assert whole.frames >= entry.frames
    assert np.array_equal(samples(journal, whole), said(30 * RATE)[: whole.frames])
    assert verify(journal).problems == []
    assert [path.name for path in journal.recordings.iterdir()] == [whole.recording]
    assert journal.unlock(own) == []


def limited(size: int, work: Callable[[], None]) -> None:
    """Do something in a child process to which the disk is full when a file is larger."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            work()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("size", [100, 40_000, 70_000, 150_000, 300_000])
def test_a_full_disk_ends_the_take_and_keeps_what_it_has(tmp_path: Path, own: Key, size: int) -> None:
    part = tmp_path / "one.sealing"

    def work() -> None:
        take = SealedTake.sealing(part, lock(own.recipients))
        speak(take.write, said(5 * RATE))
        with pytest.raises(StorageError, match="could not be finished"):
            take.finish()
        assert take.ended is End.FAILED
        with pytest.raises(StorageError):
            take.finish()

    limited(size, work)
    salvaged = salvage_sealed(part)
    assert salvaged is not None
    cut, kept = salvaged
    if size < CHUNK + 600:
        assert (kept, list(tmp_path.iterdir())) == (0, [])
        return
    assert kept >= (size - 600) // (CHUNK + 16) * CHUNK // 2 - 22
    assert np.array_equal(heard(cut, own)[:kept], said(5 * RATE)[:kept])


def test_room_that_is_made_in_time_saves_all_of_it(tmp_path: Path, own: Key) -> None:
    part = tmp_path / "one.sealing"

    def work() -> None:
        take = SealedTake.sealing(part, lock(own.recipients))
        speak(take.write, said(5 * RATE))
        with pytest.raises(StorageError):
            take.finish()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert take.finish() == tmp_path / "one.wav.age"

    limited(150_000, work)
    sound = heard(tmp_path / "one.wav.age", own)
    assert len(sound) > RATE
    assert np.array_equal(sound, said(5 * RATE)[: len(sound)])

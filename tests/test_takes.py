"""A take is never more than a second behind the voice, whatever ends it."""

import os
import random
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from guide import takes
from guide.duration import RATE
from guide.errors import StorageError
from guide.sound import Sound

BLOCK = RATE // 50


def murmur(count: int, seed: int = 1) -> NDArray[np.int16]:
    """Sound of which no two seconds are alike, so that a slip of one frame shows."""
    noise = np.random.default_rng(seed).normal(0, 3_000, count)
    return np.clip(noise, -32_768, 32_767).astype(np.int16)


def as_float(samples: NDArray[np.int16]) -> Sound:
    return samples.astype(np.float32) / np.float32(32_768)


def speak(take: takes.Take, samples: NDArray[np.int16]) -> None:
    for at in range(0, len(samples), BLOCK):
        take.write(as_float(samples[at : at + BLOCK]))


def heard(path: Path) -> NDArray[np.int16]:
    samples, rate = soundfile.read(os.fspath(path), dtype="int16")
    assert rate == RATE
    return np.asarray(samples)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "000001-20261123-070124.part"


@pytest.fixture
def take(part: Path) -> Iterator[takes.Take]:
    take = takes.Take.open(part)
    yield take
    take.close()


def test_a_finished_take_is_flac_of_the_very_samples(take: takes.Take, part: Path) -> None:
    said = murmur(3 * RATE + 17)
    speak(take, said)
    flac = take.finish()
    assert flac is not None
    assert flac == part.with_suffix(".flac")
    assert np.array_equal(heard(flac), said)
    assert soundfile.info(os.fspath(flac)).subtype == "PCM_16"
    assert [path.name for path in part.parent.iterdir()] == [flac.name]


def test_a_take_accepts_columns_and_refuses_stereo(take: takes.Take) -> None:
    said = murmur(BLOCK)
    take.write(as_float(said).reshape(-1, 1))
    with pytest.raises(ValueError, match="mono"):
        take.write(np.zeros((BLOCK, 2), dtype=np.float32))
    flac = take.finish()
    assert flac is not None
    assert np.array_equal(heard(flac), said)


def test_too_loud_is_held_at_full_scale_and_nonsense_is_silence() -> None:
    block = np.array([2.0, -2.0, 1.0, np.nan, np.inf, -np.inf, 0.5], dtype=np.float32)
    assert takes.pcm(block).tolist() == [32_767, -32_768, 32_767, 0, 32_767, -32_768, 16_384]


def test_a_take_and_its_folder_are_for_their_owner_alone(take: takes.Take, part: Path) -> None:
    assert part.parent.stat().st_mode & 0o777 == 0o700
    assert part.stat().st_mode & 0o777 == 0o600
    speak(take, murmur(BLOCK))
    flac = take.finish()
    assert flac is not None
    assert flac.stat().st_mode & 0o777 == 0o600


def test_the_disk_is_asked_every_half_second_of_audio(take: takes.Take) -> None:
    for half in range(1, 11):
        speak(take, murmur(RATE // 2))
        assert take.wait_safe(half * RATE // 2)
        assert take.syncs == half


def test_a_short_take_waits_for_its_end_to_be_synced(take: takes.Take) -> None:
    speak(take, murmur(RATE // 2 - 1))
    assert not take.wait_safe(1, timeout=0)
    assert take.syncs == 0


def test_the_file_opens_and_is_right_at_every_sync(part: Path) -> None:
    """What a power cut would leave is what the disk had at the last sync."""
    kept: list[NDArray[np.int16]] = []

    def sync(handle: int) -> None:
        os.fsync(handle)
        kept.append(heard(part))

    said = murmur(5 * RATE)
    take = takes.Take.open(part, sync=sync)
    for half in range(10):
        speak(take, said[half * RATE // 2 : (half + 1) * RATE // 2])
        assert take.wait_safe((half + 1) * RATE // 2)
    take.finish()
    assert all(np.array_equal(now, said[: len(now)]) for now in kept)
    assert [len(now) for now in kept[:10]] == [(half + 1) * RATE // 2 for half in range(10)]


def test_a_disk_that_takes_its_time_holds_nothing_back(part: Path) -> None:
    """While a sync hangs, the speaker goes on and the file grows: a kill would lose none of it."""
    begun, go_on = threading.Event(), threading.Event()

    def sync(handle: int) -> None:
        begun.set()
        assert go_on.wait(20)
        os.fsync(handle)

    take = takes.Take.open(part, sync=sync)
    said = murmur(4 * RATE)
    speak(take, said[:RATE])
    assert begun.wait(20)
    speak(take, said[RATE:])
    deadline = time.monotonic() + 20
    while part.stat().st_size < 44 + 2 * len(said) and time.monotonic() < deadline:
        os.sched_yield()
    assert part.stat().st_size == 44 + 2 * len(said)
    assert take.syncs == 0
    go_on.set()
    assert np.array_equal(heard(take.finish() or part), said)


def test_a_take_ends_at_its_longest_and_says_so(part: Path) -> None:
    take = takes.Take.open(part, longest=RATE + 5)
    said = murmur(2 * RATE)
    going = [take.write(as_float(said[at : at + BLOCK])) for at in range(0, len(said), BLOCK)]
    assert going == [True] * 50 + [False] * 50
    assert take.ended is takes.End.LONG
    assert np.array_equal(heard(take.finish() or part), said[: RATE + 5])


def test_no_take_is_begun_with_too_little_room(part: Path) -> None:
    with pytest.raises(StorageError, match=r"49 MB are free .* 50 MB are needed"):
        takes.Take.open(part, free=lambda _: 49_999_999)
    assert not list(part.parent.iterdir())


def test_a_take_ends_calmly_when_the_room_runs_out(part: Path) -> None:
    room = iter([60_000_000, 30_000_000, 19_000_000])
    take = takes.Take.open(part, free=lambda _: next(room))
    said = murmur(RATE)
    speak(take, said[: RATE // 2])
    assert take.wait_safe(RATE // 2)
    assert take.ended is None
    speak(take, said[RATE // 2 :])
    assert take.wait_safe(RATE)
    assert take.ended is takes.End.ROOM
    assert not take.write(as_float(said))
    assert np.array_equal(heard(take.finish() or part), said)


def test_a_take_never_writes_over_another(take: takes.Take, part: Path) -> None:
    speak(take, murmur(BLOCK))
    with pytest.raises(StorageError, match="already there"):
        takes.Take.open(part)


def test_a_take_without_a_frame_leaves_nothing(take: takes.Take, part: Path) -> None:
    assert take.finish() is None
    assert not list(part.parent.iterdir())


def test_tags_stand_in_the_finished_file(take: takes.Take) -> None:
    speak(take, murmur(BLOCK))
    flac = take.finish({"title": "Self-love", "comment": "Was ist jetzt da?"})
    assert flac is not None
    with soundfile.SoundFile(os.fspath(flac)) as file:
        assert (file.title, file.comment) == ("Self-love", "Was ist jetzt da?")


@pytest.mark.parametrize("tag", ["\0", "", "x" * 100_000, "\0x", "\n\t", "名前"])
def test_no_tag_keeps_a_take_from_being_finished(take: takes.Take, part: Path, tag: str) -> None:
    said = murmur(BLOCK)
    speak(take, said)
    flac = take.finish({"title": tag, "comment": "What is here?"})
    assert flac is not None
    assert np.array_equal(heard(flac), said)
    with soundfile.SoundFile(os.fspath(flac)) as file:
        assert file.comment == "What is here?"


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A disk that is full for files longer than that: the system itself refuses the rest, in mid-write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        os.sched_yield()
    return true()


def test_a_full_disk_keeps_what_came_and_finish_works_later(take: takes.Take, part: Path) -> None:
    said = murmur(2 * RATE)
    with no_file_longer_than(44 + 2 * RATE + 1):
        speak(take, said)
        assert until(lambda: take.ended is takes.End.FAILED)
        with pytest.raises(StorageError, match=r"0:01 of it is safe in .*\.part"):
            take.finish()
    assert np.array_equal(heard(part)[:RATE], said[:RATE])
    flac = take.finish()
    assert flac is not None
    assert np.array_equal(heard(flac), said[: take.frames])
    assert take.frames > RATE


def test_what_a_full_disk_left_is_made_whole_at_the_next_start(part: Path) -> None:
    said = murmur(2 * RATE)
    take = takes.Take.open(part)
    with no_file_longer_than(44 + 2 * RATE + 1):
        speak(take, said)
        assert until(lambda: take.ended is takes.End.FAILED)
        take.close()
    (made,) = takes.recover(part.parent)
    assert made.frames >= RATE
    assert made.flac is not None
    assert np.array_equal(heard(made.flac)[:RATE], said[:RATE])


def test_a_full_disk_at_recovery_leaves_the_take_as_it_is(part: Path) -> None:
    left_behind(part, murmur(RATE))
    with no_file_longer_than(50_000), pytest.raises(StorageError, match="safe in"):
        takes.recover(part.parent)
    assert [path.name for path in part.parent.iterdir()] == [part.name]
    assert len(takes.recover(part.parent)) == 1


def left_behind(part: Path, samples: NDArray[np.int16], claimed: int = 0, torn: bytes = b"") -> None:
    """A take as a power cut leaves it: a header that claims something else, maybe half a frame at the end."""
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(takes.header(claimed) + samples.tobytes() + torn)


@pytest.mark.parametrize("claimed", [0, 100, 10 * RATE])
def test_repair_makes_the_header_true_and_keeps_the_date(part: Path, claimed: int) -> None:
    said = murmur(RATE)
    left_behind(part, said, claimed, torn=b"\x07")
    os.utime(part, ns=(1_000_000_007, 1_795_417_284_123_456_789))
    assert takes.repair(part) == RATE
    assert part.read_bytes() == takes.header(RATE) + said.tobytes()
    assert np.array_equal(heard(part), said)
    assert part.stat().st_mtime_ns == 1_795_417_284_123_456_789


@pytest.mark.parametrize("size", [0, 1, 43, 44, 45])
def test_a_take_cut_off_within_its_header_is_empty_and_goes(part: Path, size: int) -> None:
    part.parent.mkdir()
    part.write_bytes((takes.header(5) + b"\x01")[:size])
    assert takes.recover(part.parent) == [takes.Salvaged(part, None, 0)]
    assert not part.exists()


def test_a_header_that_the_disk_lost_is_written_anew(part: Path) -> None:
    said = murmur(RATE)
    part.parent.mkdir()
    part.write_bytes(bytes(44) + said.tobytes())
    (made,) = takes.recover(part.parent)
    assert made.flac is not None
    assert np.array_equal(heard(made.flac), said)


def test_recovery_keeps_the_date_of_the_last_word(part: Path) -> None:
    left_behind(part, murmur(RATE))
    os.utime(part, ns=(7, 1_795_417_284_000_000_000))
    (made,) = takes.recover(part.parent)
    assert made.flac is not None
    assert made.flac.stat().st_mtime_ns == 1_795_417_284_000_000_000
    assert made.flac.stat().st_mode & 0o777 == 0o600


def test_recovery_leaves_a_living_take_alone(take: takes.Take, part: Path) -> None:
    said = murmur(RATE)
    speak(take, said[:BLOCK])
    assert takes.recover(part.parent) == []
    speak(take, said[BLOCK:])
    assert np.array_equal(heard(take.finish() or part), said)


def test_recovery_finishes_what_was_cut_off_between_flac_and_wav(part: Path) -> None:
    said = murmur(RATE)
    left_behind(part, said)
    soundfile.write(os.fspath(part.with_suffix(".flac")), said, RATE, subtype="PCM_16")
    (made,) = takes.recover(part.parent)
    assert made.flac == part.with_suffix(".flac")
    assert [path.name for path in part.parent.iterdir()] == [made.flac.name]


def test_recovery_never_writes_over_another_recording(part: Path) -> None:
    said, other = murmur(RATE), murmur(RATE, seed=2)
    left_behind(part, said)
    soundfile.write(os.fspath(part.with_suffix(".flac")), other, RATE, subtype="PCM_16")
    (made,) = takes.recover(part.parent)
    assert made.flac is not None
    assert made.flac != part.with_suffix(".flac")
    assert np.array_equal(heard(made.flac), said)
    assert np.array_equal(heard(part.with_suffix(".flac")), other)


def test_a_link_in_place_of_a_take_is_not_followed(part: Path, tmp_path: Path) -> None:
    part.parent.mkdir()
    (tmp_path / "elsewhere").write_bytes(b"not ours")
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        takes.repair(part)
    assert (tmp_path / "elsewhere").read_bytes() == b"not ours"


RECORDER = """
import sys
from pathlib import Path
import numpy as np
from guide.takes import Take
take = Take.open(Path(sys.argv[1]))
print("ready", flush=True)
while data := sys.stdin.buffer.read(1920):
    take.write(np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768))
    print(take.frames, flush=True)
"""


@dataclass
class Recorder:
    """A real process that records what comes through a pipe, until it is killed."""

    part: Path
    said: NDArray[np.int16]
    doomed: int
    """The block after which it is killed."""
    late: float
    """Seconds after that block, less than one block."""
    fed: int = 0
    process: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RECORDER, os.fspath(self.part)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def reported(self, seconds: float) -> bytes:
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], seconds)[0]
        return self.process.stdout.readline()

    def feed(self) -> None:
        assert self.process.stdin
        self.process.stdin.write(self.said[self.fed : self.fed + BLOCK].tobytes())
        self.process.stdin.flush()
        self.fed += BLOCK
        assert int(self.reported(20)) == self.fed

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


def test_kill_9_at_any_moment_loses_a_second_at_most(tmp_path: Path) -> None:
    """Twenty recorders hear a voice at the speed of a voice, and are killed one after another."""
    chance = random.Random(20261123)
    recorders = [
        Recorder(
            tmp_path / str(number) / "000001-20261123-070124.part",
            murmur(3 * RATE, seed=number),
            doomed=chance.randrange(1, 150),
            late=chance.uniform(0, 0.02),
        )
        for number in range(20)
    ]
    for recorder in recorders:
        assert recorder.reported(60) == b"ready\n"
    clock, pace = time.monotonic(), threading.Event()
    for block in range(1, 151):
        for recorder in recorders:
            if recorder.doomed >= block:
                recorder.feed()
        for recorder in sorted((r for r in recorders if r.doomed == block), key=lambda r: r.late):
            pace.wait(recorder.late)
            recorder.kill()
        pace.wait(max(0.0, clock + block / 50 - time.monotonic()))  # a voice is no faster
    for recorder in recorders:
        salvaged = takes.recover(recorder.part.parent)
        kept = heard(salvaged[0].flac) if salvaged[0].flac else recorder.said[:0]
        assert np.array_equal(kept, recorder.said[: len(kept)])
        assert recorder.fed - len(kept) <= RATE

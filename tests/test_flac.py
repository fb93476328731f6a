"""FLAC on all cores: one valid stream, the same on any number of them, however long it is."""

import hashlib
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from guide import flac
from guide.duration import RATE
from guide.flac import Steps, UnforeseenError, numbered, write_flac

STRETCH, FRAME = 117 * 4096, 4096
PATIENCE = 60


def _varied(count: int) -> Steps:
    """Silence, a tone, noise of every strength and noise as loud as can be: small frames and large ones."""
    draw = np.random.default_rng(count)
    sound = 9000 * np.sin(np.arange(count) / 20)[:, None] + draw.normal(0, 1, (count, 2))
    sound *= 10.0 ** np.interp(np.arange(count), np.linspace(0, count, 40), draw.uniform(-4, 1, 40))[:, None]
    sound[: count // 20] = 0
    sound[count // 20 : count // 10] = draw.uniform(-32768, 32767, (count // 10 - count // 20, 2))
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


STEPS = _varied(3 * STRETCH)


def _write(path: Path, samples: int, cores: int | None = None) -> bytes:
    path.write_bytes(b"")
    write_flac(path, samples, lambda at, n: STEPS[at : at + n], lambda _: None, cores)
    return path.read_bytes()


def _encoded(steps: Steps) -> list[bytes]:
    """The frames that one encoder makes of it."""
    file = flac._Pieces()
    soundfile.write(file, steps, RATE, format="FLAC", subtype="PCM_16")
    return [piece for piece in file.pieces if piece[:2] == b"\xff\xf8"]


def _remainder(data: bytes, polynomial: int, bits: int) -> int:
    """A checksum as it is defined: bit by bit."""
    sum_ = 0
    for byte in data:
        sum_ ^= byte << bits - 8
        for _ in range(8):
            sum_ = sum_ << 1 ^ (polynomial | 1 << bits if sum_ >> bits - 1 else 0)
    return sum_


LENGTHS = [1, 191, FRAME, FRAME + 1, STRETCH - 1, STRETCH, STRETCH + 1, 2 * STRETCH + 192, 3 * STRETCH]


@pytest.mark.parametrize("samples", LENGTHS)
def test_what_is_read_again_is_what_was_written(samples: int, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    _write(path, samples)
    assert np.array_equal(soundfile.read(path, dtype="int16", always_2d=True)[0], STEPS[:samples])
    about = mutagen.File(path).info
    assert (about.total_samples, about.sample_rate, about.channels) == (samples, RATE, 2)
    assert (about.min_blocksize, about.max_blocksize) == (FRAME, FRAME)
    assert about.md5_signature == int(hashlib.md5(STEPS[:samples].tobytes()).hexdigest(), 16)
    if shutil.which("flac"):
        tested = subprocess.run(
            ["flac", "-t", "-w", "-s", path], capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert (tested.returncode, tested.stderr) == (0, "")


def test_the_bytes_are_the_same_on_any_number_of_cores(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    assert len({_write(path, 3 * STRETCH - 5000, cores) for cores in (1, 2, 3, 5)}) == 1


def test_the_sizes_of_the_frames_are_those_in_the_file(tmp_path: Path) -> None:
    data = _write(tmp_path / "a.flac", 2 * STRETCH + 7)
    frames = numbered(_encoded(STEPS[: 2 * STRETCH + 7]), 0)
    assert data.endswith(b"".join(frames))
    assert int.from_bytes(data[12:15], "big") == min(map(len, frames))
    assert int.from_bytes(data[15:18], "big") == max(map(len, frames))


def test_a_stream_may_be_entered_anywhere(tmp_path: Path) -> None:
    _write(tmp_path / "a.flac", 3 * STRETCH)
    with soundfile.SoundFile(tmp_path / "a.flac") as file:
        for place in (2 * STRETCH + 11, 5, STRETCH - 1, STRETCH, 3 * STRETCH - 9):
            file.seek(place)
            assert np.array_equal(file.read(5000, dtype="int16"), STEPS[place : place + 5000])


@settings(max_examples=40, deadline=None)
@given(
    first=st.one_of(st.integers(0, 1 << 12), st.integers(0, (1 << 36) - 9)),
    samples=st.integers(1, 3 * FRAME),
    at=st.integers(0, len(STEPS) - 3 * FRAME),
)
def test_checksums_are_right_for_any_number(first: int, samples: int, at: int) -> None:
    before = _encoded(STEPS[at : at + samples])
    for number, (frame, was) in enumerate(zip(numbered(before, first), before, strict=True), first):
        head = frame[: 4 + len(flac._coded(number)) + {6: 1, 7: 2}.get(frame[2] >> 4, 0) + 1]
        assert head[4:].startswith(flac._coded(number))
        assert _remainder(head, 0x07, 8) == 0
        assert _remainder(frame, 0x8005, 16) == 0
        assert frame[len(head) : -2] == was[was.index(frame[len(head) : -2]) : -2]


@given(st.integers(0, 0xD7FF))
def test_a_number_is_coded_as_utf_8_codes_a_letter(number: int) -> None:
    assert flac._coded(number) == chr(number).encode()


def test_the_largest_numbers_are_coded_as_rfc_9639_has_them() -> None:
    assert flac._coded(0x10FFFF) == chr(0x10FFFF).encode()
    assert flac._coded((1 << 31) - 1) == b"\xfd" + b"\xbf" * 5
    assert flac._coded((1 << 36) - 1) == b"\xfe" + b"\xbf" * 6


# ── how it is made ───────────────────────────────────────────────────────────────────────────────────────


def test_stretches_are_made_at_the_same_time(tmp_path: Path) -> None:
    together = Barrier(2)

    def read(at: int, n: int) -> Steps:
        if at in (0, STRETCH):
            together.wait(PATIENCE)
        return STEPS[at : at + n]

    (tmp_path / "a.flac").touch()
    write_flac(tmp_path / "a.flac", 2 * STRETCH, read, lambda _: None, 2)
    assert not together.broken


@pytest.mark.parametrize("cores", [1, 2])
def test_no_more_is_held_than_a_stretch_for_each_core_and_one(cores: int, tmp_path: Path) -> None:
    heard: list[int] = []
    ahead: list[int] = []

    def read(at: int, n: int) -> Steps:
        ahead.append((at - sum(heard)) // STRETCH)
        return STEPS[at % STRETCH :][:n]

    (tmp_path / "a.flac").touch()
    write_flac(tmp_path / "a.flac", 8 * STRETCH + 9, read, heard.append, cores)
    assert heard == [STRETCH] * 8 + [9]
    assert max(ahead) <= cores


def test_what_goes_wrong_while_reading_comes_out(tmp_path: Path) -> None:
    def read(at: int, n: int) -> Steps:
        if at >= STRETCH:
            raise RuntimeError("no more")
        return STEPS[at : at + n]

    (tmp_path / "a.flac").touch()
    with pytest.raises(RuntimeError, match="no more"):
        write_flac(tmp_path / "a.flac", 3 * STRETCH, read, lambda _: None, 2)


# ── an encoder that behaves otherwise ────────────────────────────────────────────────────────────────────


def _halved(self: flac._Pieces, data: bytes) -> int:
    for start, end in pairwise((0, len(data) // 2, len(data))):
        _WRITE(self, data[start:end])
    return len(data)


def _gathered(self: flac._Pieces, data: bytes) -> int:
    if self.pieces and self.pieces[-1][:2] == data[:2] == b"\xff\xf8":
        self.pieces[-1] += data
        return len(data)
    return _WRITE(self, data)


_WRITE = flac._Pieces.write


@pytest.mark.parametrize("otherwise", [_halved, _gathered])
def test_frames_in_other_pieces_are_unforeseen(
    otherwise: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(flac._Pieces, "write", otherwise)
    with pytest.raises(UnforeseenError):
        _write(tmp_path / "a.flac", 2 * STRETCH)


FRAMES = _encoded(STEPS[200_000 : 200_000 + 5 * FRAME + 9])


@pytest.mark.parametrize(
    "frames",
    [
        [*FRAMES[:2], *FRAMES[3:]],
        [*FRAMES[:2], FRAMES[2][:4] + b"\x03" + FRAMES[2][5:], *FRAMES[3:]],
        [FRAMES[0][:3] + bytes([FRAMES[0][3] ^ 0x10]) + FRAMES[0][4:], *FRAMES[1:]],
        [b"\xff\xf9" + FRAMES[0][2:], *FRAMES[1:]],
        [*FRAMES[:-1], FRAMES[-1] + bytes(1 << 15)],
        [*FRAMES, FRAMES[0][:4] + b"\x06" + FRAMES[0][5:]],
        [b""],
        [b"\xff\xf8"],
    ],
)  # fmt: skip
def test_what_is_no_row_of_whole_frames_is_unforeseen(frames: list[bytes]) -> None:
    assert numbered(FRAMES, 9)
    with pytest.raises(UnforeseenError):
        numbered(frames, 9)


@pytest.mark.parametrize(
    "header",
    [b"", b"fLaC", b"OggS" + bytes(40), b"fLaC\x84\0\0\x22" + bytes(34), b"fLaC\0\0\0\x22" + bytes(34)],
)
def test_a_header_of_another_kind_is_unforeseen(header: bytes) -> None:
    with pytest.raises(UnforeseenError):
        flac._with_padding(header)


def test_a_system_where_c_may_not_call_python_is_unforeseen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def forbidden(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(soundfile.SoundFile, "_init_virtual_io", forbidden)
    with pytest.raises(UnforeseenError):
        _write(tmp_path / "a.flac", 2 * STRETCH)

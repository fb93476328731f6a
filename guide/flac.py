"""FLAC on all cores: a sound is cut into stretches, each is encoded by itself, and all become one stream.

libFLAC encodes on one core and counts the frames of each stretch from 0. So the numbers are written anew, and
with them the checksums that are taken over them. Sections named here are those of the format, RFC 9639.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE

Steps: TypeAlias = NDArray[np.int16]
"""16-bit samples, `(n, 2)` at RATE."""
Read = Callable[[int, int], Steps]
"""The `n` samples from one place on; asked from several threads, in any order."""

_FRAME = 4096
"""Samples in each frame of FLAC but the last: what libFLAC makes of this rate."""
_STRETCH = 117 * _FRAME
"""Samples of a stretch, 10 s: long against the start of an encoder, short against a session."""
_PIECE = RATE
"""Samples that are mixed and encoded at once: few enough for a processor's own memory, and so many that
threads seldom wait for each other (half of it takes 4 % longer, the double no less)."""
_MOST = 4
"""Threads at most, however many cores there are: each holds a stretch, and one thread sums all of them."""
_PADDING = 8192
"""Bytes left free before the sound, where title and chapters find room without moving all that follows."""

_INFO = slice(4, 42)
"""Where the first block of the header is, the one about the stream (8.2), with its own 4 bytes (8.1)."""
_BEGIN = b"\xff\xf8"
"""How a frame begins where all are of one size (9.1)."""
_FULL = 0xC
"""The bits that say that a frame holds 4096 samples (9.1.1)."""
_SIZE_AFTER = {0x6: 1, 0x7: 2}
"""Bytes that give the size of another after its number, by the bits that say so (9.1.1)."""
_POLYNOMIALS = {8: 0x07, 16: 0x8005}
"""Of the checksums, by their bits, without the highest term (9.1.8, 9.3)."""
_LONGEST_HEAD = 16
"""Bytes from a frame's beginning to the checksum of its head: 4, its number, its size, the checksum (9.1)."""
_FRAME_BYTES = range(14, 1 << 15)
"""How long a frame can be: of silence it has 14 bytes, and as it is, without any art, 17 kB."""


class UnforeseenError(Exception):
    """The encoder wrote something else than one whole frame at a time."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    steps: Steps
    header: bytes
    """All that comes before the first frame."""
    frames: bytes
    """All frames of FLAC, numbered for their place in the whole."""
    least: int
    """Bytes of the shortest frame."""
    most: int
    """Bytes of the longest."""


def write_flac(
    path: Path, samples: int, read: Read, written: Callable[[int], None], cores: int | None = None
) -> None:
    """Write a stereo sound as 16-bit FLAC into a file that is there: the same bytes on any number of cores.

    `written` hears the samples of each stretch, in order. No more stretches than the cores, and one, are in
    memory at a time. Raises UnforeseenError where the encoder cannot be used like this (what the file holds
    is worth nothing then), OSError, and whatever `read` raises.
    """
    total, least, most = hashlib.md5(usedforsecurity=False), 1 << 24, 0
    with (
        path.open("r+b") as file,
        _put_by(file) as put_by,
        closing(_stretches(samples, read, cores or _cores())) as stretches,
    ):
        for place, stretch in enumerate(stretches):
            if place == 0:
                header = _with_padding(stretch.header)
                file.write(header)
            file.write(stretch.frames)
            put_by()
            total.update(stretch.steps.data)
            least, most = min(least, stretch.least), max(most, stretch.most)
            written(len(stretch.steps))
        file.seek(_INFO.start)
        file.write(_about(header[_INFO], least if most else 0, most, samples, total.digest()))


@contextmanager
def _put_by(file: BinaryIO) -> Iterator[Callable[[], None]]:
    """A way to send what was written so far to the disk, which takes it while the rest is made.

    All at once at the end a slow card would need seconds for it. Whoever syncs at the end hears of problems.
    """
    busy = Event()

    def send() -> None:
        with suppress(OSError):
            os.fdatasync(file.fileno())
        busy.clear()

    def put_by() -> None:
        file.flush()
        if not busy.is_set():
            busy.set()
            threads.submit(send)

    with ThreadPoolExecutor(1, thread_name_prefix="disk") as threads:
        yield put_by if hasattr(os, "fdatasync") else file.flush


def _cores() -> int:
    """How many cores this process may use, _MOST at most."""
    try:
        return min(_MOST, len(os.sched_getaffinity(0)))
    except AttributeError:  # Only Linux knows.
        return min(_MOST, os.cpu_count() or 1)


def _stretches(samples: int, read: Read, cores: int) -> Generator[_Stretch]:
    """All stretches in order; the next ones are made meanwhile."""
    waiting: deque[Future[_Stretch]] = deque()
    threads = ThreadPoolExecutor(cores, thread_name_prefix="flac")
    try:
        for at in range(0, max(1, samples), _STRETCH):
            waiting.append(threads.submit(_stretch, at, min(_STRETCH, samples - at), read))
            if len(waiting) > cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)


class _Pieces:
    """A file of what was added to its end, one piece a write; what is written over earlier ones is not kept.

    An encoder goes back when it closes, to fill in what concerns this stretch alone.
    """

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._place = self._end = 0

    def write(self, data: bytes) -> int:
        if self._place == self._end:
            self.pieces.append(data)
            self._end += len(data)
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = offset + (0, self._place, self._end)[whence]
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, _count: int) -> bytes:
        return b""


def _stretch(at: int, count: int, read: Read) -> _Stretch:
    import soundfile

    steps = np.empty((count, 2), dtype=np.int16)
    file = _Pieces()
    try:
        encoder = soundfile.SoundFile(file, "w", RATE, 2, subtype="PCM_16", format="FLAC")
    except MemoryError as error:
        # A system that is guarded closely has no memory through which C may call Python.
        raise UnforeseenError("no calls from the encoder") from error
    with encoder:
        for start in range(0, count, _PIECE):
            piece = steps[start : start + _PIECE]
            piece[:] = read(at + start, len(piece))
            encoder.write(piece)
    begin = next((n for n, piece in enumerate(file.pieces) if piece[:2] == _BEGIN), len(file.pieces))
    frames = file.pieces[begin:]
    if len(frames) != -(-count // _FRAME):
        raise UnforeseenError(f"{len(frames)} frames of {count} samples")
    frames = numbered(frames, at // _FRAME)
    sizes = [len(frame) for frame in frames]
    return _Stretch(steps, b"".join(file.pieces[:begin]), b"".join(frames), min(sizes), max(sizes))


def _with_padding(header: bytes) -> bytes:
    """A header with a block of padding (8.3) at its end. Raises UnforeseenError for what is not one."""
    place, block, last = 4, 4, False
    while not last and place + 4 <= len(header):
        block, last = place, header[place] >= 0x80
        place += 4 + int.from_bytes(header[place + 1 : place + 4], "big")
    if header[:8] != b"fLaC\0\0\0\x22" or not last or place != len(header):
        raise UnforeseenError("a header of another kind")
    padding = b"\x81" + _PADDING.to_bytes(3, "big") + bytes(_PADDING)
    return header[:block] + bytes([header[block] & 0x7F]) + header[block + 1 :] + padding


def _about(block: bytes, least: int, most: int, samples: int, total: bytes) -> bytes:
    """The block about the stream, with its frames' sizes, its length and the MD5 of its samples (8.2)."""
    kind = int.from_bytes(block[14:22], "big") >> 36 << 36
    sizes = least.to_bytes(3, "big") + most.to_bytes(3, "big")
    return block[:8] + sizes + (kind | samples).to_bytes(8, "big") + total


def numbered(frames: Sequence[bytes], first: int) -> list[bytes]:
    """Frames of FLAC that count from 0, counting from `first`. Raises UnforeseenError for anything else.

    The checksums (9.1.8, 9.3) begin at 0 and are linear: nothing before the first byte changes them, and what
    changes in a head changes the sum of the frame by the sum of the difference, times x⁸ for each byte after.
    """
    heads = [_head(frame, number, last=number == len(frames) - 1) for number, frame in enumerate(frames)]
    if not heads:
        return []
    ends = [len(head) + 1 for head in heads]
    fresh = [
        head[:4] + _coded(first + number) + head[4 + len(_coded(number)) :]
        for number, head in enumerate(heads)
    ]
    old = _rows([frame[:end] for frame, end in zip(frames, ends, strict=True)])
    new = _rows([head + b"\0" for head in fresh])
    new[:, -1] = _sums(new[:, :-1], 8)
    if np.any(_sums(old, 8)):
        raise UnforeseenError("a checksum that is none")
    after = [len(frame) - end - 2 for frame, end in zip(frames, ends, strict=True)]
    changes = _product(_sums(old ^ new, 16), _powers()[after])
    sums = [int.from_bytes(frame[-2:], "big") for frame in frames] ^ changes
    return [
        head
        + bytes(new[number, -1:])
        + frames[number][ends[number] : -2]
        + int(sums[number]).to_bytes(2, "big")
        for number, head in enumerate(fresh)
    ]


def _head(frame: bytes, number: int, *, last: bool) -> bytes:
    """A frame's head up to its checksum, if it is the one expected (9.1). Raises UnforeseenError."""
    end = 4 + len(_coded(number))
    size = frame[2] >> 4 if len(frame) in _FRAME_BYTES else 0
    if frame[:2] != _BEGIN or frame[4:end] != _coded(number) or not (size == _FULL or (last and size)):
        raise UnforeseenError(f"something else than frame {number}")
    return frame[: end + _SIZE_AFTER.get(size, 0)]


def _coded(number: int) -> bytes:
    """A frame's number, coded as UTF-8 codes a letter's, though up to 36 bits (9.1.5)."""
    if number < 0x80:
        return bytes([number])
    follow, room = b"", 0x40
    while number >= room:
        follow = bytes([0x80 | number & 0x3F]) + follow
        number, room = number >> 6, room >> 1
    return bytes([0x100 - 2 * room | number]) + follow


def _rows(heads: Sequence[bytes]) -> NDArray[np.uint8]:
    """Heads of frames as a table, one a row, flush right."""
    joined = b"".join(head.rjust(_LONGEST_HEAD, b"\0") for head in heads)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(heads), _LONGEST_HEAD).copy()


def _sums(rows: NDArray[np.uint8], bits: int) -> NDArray[np.int64]:
    """The checksum of each row, of 8 or 16 bits."""
    sums, table = np.zeros(len(rows), dtype=np.int64), _table(bits)
    for column in rows.T:
        sums = (sums << 8 & (1 << bits) - 1) ^ table[(sums >> bits - 8) ^ column]
    return sums


@cache
def _table(bits: int) -> NDArray[np.int64]:
    """What each value of a byte does to a checksum."""
    sums = np.arange(256, dtype=np.int64) << bits - 8
    for _ in range(8):
        sums = sums << 1 ^ np.where(sums >> bits - 1, 1 << bits | _POLYNOMIALS[bits], 0)
    return sums


def _product(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """The product of polynomials over two elements, modulo that of the 16-bit checksum; pair by pair."""
    product = np.zeros_like(one)
    for bit in range(15, -1, -1):
        product = product << 1 ^ np.where(product >> 15, 1 << 16 | _POLYNOMIALS[16], 0)
        product ^= np.where(other >> bit & 1, one, 0)
    return product


@cache
def _powers() -> NDArray[np.int64]:
    """What x⁸, x¹⁶, x²⁴ … are modulo the polynomial of the 16-bit checksum, as if from no byte on."""
    powers = np.ones(1, dtype=np.int64)
    while len(powers) < _FRAME_BYTES.stop:
        powers = np.concatenate([powers, _product(powers, _product(powers[-1:], np.array([1 << 8])))])
    return powers

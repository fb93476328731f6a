"""Something that understands speech as far as a test needs it, here and in processes of their own.

It is held to the same promises as the real one. `installed_in` lets the program itself find it.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from zlib import crc32

import numpy as np

from guide.duration import RATE
from guide.sound import Sound
from guide.transcription import Piece, Transcriber, Words

WORD = RATE // 4
"""Frames of one word."""
_QUIET = 0.001
_HERE = str(Path(__file__).parent)


class Murmur:
    """A word for each quarter of a second in which there is sound, the same word for the same sound."""

    name = "murmur"

    def words(self, blocks: Iterator[Sound]) -> Words:
        pieces: list[Piece] = []
        left, at = np.zeros(0, dtype=np.float32), 0
        for block in blocks:
            left = np.concatenate([left, block])
            while len(left) >= WORD:
                pieces += _piece(left[:WORD], at)
                left, at = left[WORD:], at + WORD
        return Words((*pieces, *_piece(left, at)))


def _piece(sound: Sound, at: int) -> list[Piece]:
    if not len(sound) or np.abs(sound).max() < _QUIET:
        return []
    return [Piece(at, len(sound), f"word{crc32(sound.tobytes()):08x}")]


class Gated(Murmur):
    """One that with each recording tells of itself through a pipe, and waits at another for its leave."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def words(self, blocks: Iterator[Sound]) -> Words:
        first = next(blocks, None)
        here = {
            "pid": os.getpid(),
            "session": os.getsid(0),
            "nice": os.getpriority(os.PRIO_PROCESS, 0),
            "policy": os.sched_getscheduler(0),
            "said": Path("/proc/self/cmdline").read_text().split("\0")[:-1],
            "streams": [Path(f"/proc/self/fd/{at}").readlink().as_posix() for at in range(3)],
        }
        (self._folder / "told").write_text(json.dumps(here))
        (self._folder / "gate").read_bytes()
        rest = () if first is None else (first,)
        return super().words(iter((*rest, *blocks)))


def gate(folder: Path) -> Path:
    """A folder with the two pipes of a `Gated`."""
    folder.mkdir()
    os.mkfifo(folder / "told")
    os.mkfifo(folder / "gate")
    return folder


def installed_in(folder: Path, environment: Mapping[str, str], gated: Path | None = None) -> dict[str, str]:
    """An environment in which every Python finds it installed; `folder` is for what that needs."""
    folder.mkdir()
    made = f"Gated(pathlib.Path({os.fspath(gated)!r}))" if gated else "Murmur()"
    (folder / "sitecustomize.py").write_text(
        "import pathlib\n"
        "from guide import transcription\n"
        "from understanding import Gated, Murmur\n"
        f"transcription.transcriber = lambda *_: {made}\n"
        "transcription.installed = lambda *_: 'murmur'\n"
    )
    path = os.pathsep.join(filter(None, [str(folder), _HERE, environment.get("PYTHONPATH")]))
    return {**environment, "PYTHONPATH": path}


def keeps_its_promises(transcriber: Transcriber, sound: Sound) -> Words:
    """Check what every transcriber promises of a sound; the words of it."""
    whole = transcriber.words(iter([sound]))
    in_blocks = transcriber.words(sound[at : at + 9_999] for at in range(0, len(sound), 9_999))
    assert in_blocks == whole
    assert transcriber.words(iter(())) == Words(())
    assert transcriber.words(iter([np.zeros(2 * RATE, dtype=np.float32)])) == Words(())
    end = 0
    for piece in whole.pieces:
        assert end <= piece.start
        assert piece.frames > 0
        assert piece.text == piece.text.strip() != ""
        end = piece.start + piece.frames
    assert end <= len(sound)
    assert transcriber.name

    class HomeError(Exception):
        pass

    def broken() -> Iterator[Sound]:
        yield sound
        raise HomeError

    try:
        transcriber.words(broken())
    except HomeError:
        return whole
    raise AssertionError("what the iterator raised was swallowed")

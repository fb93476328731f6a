"""Nothing that is said or written in a sealed journal reaches the disk in clear: every byte is looked at."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from keeping import folders
from sealed_life import PHRASE, said

from guide.journal import Journal
from guide.journal.archive import archive
from guide.journal.resealing import seal_all
from guide.journal.sealing import keep_recipients
from guide.seal import fresh, key

WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendfile,copy_file_range,splice"
_HEX = re.compile(r'"((?:\\x[0-9a-f]{2})+)"')


def clear() -> dict[str, bytes]:
    """What must be nowhere, by its name; pieces as short as a page of the disk may cut them."""
    told = {
        "utf-8": PHRASE.encode(),
        "utf-16": PHRASE.encode("utf-16-le"),
        "utf-16, the other way round": PHRASE.encode("utf-16-be"),
        "json": json.dumps(PHRASE)[1:-1].encode(),
        "latin": PHRASE.encode("cp1252"),
        "flac": b"fLaC",
    }
    for shift in range(3):
        told[f"base64 {shift}"] = base64.b64encode(b"x" * shift + PHRASE.encode())[4:-4]
    sound = said()
    for at in range(0, len(sound) - 8, RATE_PIECE):
        piece = sound[at : at + 8]
        told[f"16 bit at {at}"] = piece.astype("<i2").tobytes()
        told[f"16 bit at {at}, the other way round"] = piece.astype(">i2").tobytes()
        told[f"float at {at}"] = (piece / np.float32(32_768)).astype("<f4").tobytes()
    return told


RATE_PIECE = 1_999
"""Frames between two pieces of the sound that are looked for: four of them are in each page of a disk."""


def found(data: bytes) -> set[str]:
    return {name.partition(" at ")[0] for name, piece in clear().items() if piece in data}


def everything(folders: Iterable[Path]) -> bytes:
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"".join(path.name.encode() + path.read_bytes() for path in files)


@pytest.fixture
def parcel(tmp_path: Path) -> Path:
    """An export in clear of somebody else's."""
    journal = Journal.open(folders(tmp_path / "elsewhere"))
    recording = journal.begin(session="evening", title=f"{PHRASE}: theirs")
    recording.take.write(said()[::-1].astype(np.float32) / np.float32(32_768))
    journal.keep(recording)
    journal.write(f"{PHRASE}: theirs", session="evening")
    archive(journal, journal.entries(), tmp_path / "parcel")
    return tmp_path / "parcel"


class Life:
    """The process, and the places that it writes to."""

    def __init__(self, folder: Path, parcel: Path, *, sealed: bool) -> None:
        self.home, self.out, self._parcel = folder / "home", folder / "out", parcel
        self.secret = fresh()
        (self.home / "data").mkdir(mode=0o700, parents=True)
        self.out.mkdir()
        if sealed:
            keep_recipients(self.home / "data", key(self.secret).recipients)

    def live(self, *before: str) -> None:
        places = [os.fspath(place) for place in (self.home, self._parcel, self.out)]
        tests = Path(__file__).parent
        done = subprocess.run(
            [*before, sys.executable, "-B", os.fspath(tests / "sealed_life.py"), *places],
            input=self.secret, env={**os.environ, "PYTHONPATH": os.fspath(tests.parent)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.fixture(params=[True, False], ids=["sealed", "open"])
def life(request: pytest.FixtureRequest, tmp_path: Path, parcel: Path) -> Life:
    """Also one whose journal is open, so that it is seen that the eyes are open, too."""
    return Life(tmp_path, parcel, sealed=request.param)


def told_right(life: Life, data: bytes) -> None:
    assert len(data) > 100_000
    if (life.home / "data" / "recipients.txt").exists():
        assert b"age-encryption.org/v1" in data
        assert found(data) == set()
    else:
        assert found(data) >= {"utf-8", "flac"}


def test_no_file_holds_a_word_or_a_sound(life: Life) -> None:
    life.live()
    told_right(life, everything([life.home, life.out]))


def test_no_write_of_the_process_holds_a_word_or_a_sound(life: Life, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    if not can_watch():
        pytest.skip("strace cannot watch a process here")
    life.live(
        "strace", "-f", "-qq", "-xx", "-s", "100000000", "-e", f"trace={WRITES}", "-o", os.fspath(trace)
    )
    lines = trace.read_text("ascii").splitlines()
    pieces = [bytes.fromhex(text.replace("\\x", "")) for line in lines for text in _HEX.findall(line)]
    told_right(life, b"".join(pieces))
    if not (life.home / "data" / "recipients.txt").exists():
        assert found(b"".join(pieces)) >= {"16 bit"}  # the WAV that a take is written to
    assert not [line for line in lines if re.search(r"(sendfile|copy_file_range|splice)\(.* = [1-9]", line)]


def can_watch() -> bool:
    if not shutil.which("strace"):
        return False
    return not subprocess.run(["strace", "-qq", "true"], capture_output=True, check=False).returncode


def test_nothing_is_left_of_what_was_sealed_afterwards(tmp_path: Path, parcel: Path) -> None:
    life = Life(tmp_path, parcel, sealed=False)
    life.live()
    journal = Journal.open(folders(life.home))
    assert found(everything([life.home])) >= {"utf-8", "flac"}
    own = key(life.secret)
    keep_recipients(life.home / "data", own.recipients)
    done = seal_all(journal, own)
    assert (done.left, done.traces) == ([], False)
    assert len(done.entries) == 5
    assert found(everything([life.home])) == set()


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """The image of a small file system, and a folder where it is."""
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(80 << 20)
    made = [["mkfs.ext4", "-q", "-F", os.fspath(image)], ["true"]]
    for words in (made[0], ["unshare", "-m", "mount", "-o", "loop", os.fspath(image), os.fspath(place)]):
        try:
            if subprocess.run(words, capture_output=True, check=False).returncode:
                pytest.skip("no small file system can be mounted here")
        except FileNotFoundError:
            pytest.skip("no small file system can be made here")
    return image


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "open"])
def test_no_block_of_the_disk_holds_a_word_or_a_sound(
    disk: Path, tmp_path: Path, parcel: Path, sealed: bool
) -> None:
    """Also what was written for a moment and removed."""
    place = disk.parent / "disk"
    life = Life(place, parcel, sealed=sealed)
    shutil.move(life.home, tmp_path / "begun")
    life.out.rmdir()
    script = 'mount -o loop "$0" "$1" && cp -r "$2" "$1/home" && mkdir "$1/out" && shift 2 && "$@" && sync'
    life.live(
        "unshare", "-m", "sh", "-c", script, os.fspath(disk), os.fspath(place), os.fspath(tmp_path / "begun")
    )
    with disk.open("rb") as file:
        data = b"".join(block for block in iter(lambda: file.read(1 << 12), b"") if block.strip(b"\0"))
    assert (b"age-encryption.org/v1" in data) is sealed
    assert found(data) == set() if sealed else found(data) >= {"utf-8", "flac", "16 bit"}

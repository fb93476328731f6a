"""The counting of what a process writes is right itself."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from writes import PATIENCE, Writes, _add_calls, can_count, counted

LIFE = """
import os, subprocess, sys, threading
from pathlib import Path
from guide.folders import write_whole

folder = Path(sys.argv[1])
child = subprocess.Popen(["sh", "-c", 'read go; echo from a child > "$0"; read go', str(folder / "child")],
                         stdin=subprocess.PIPE)
reader, writer = os.pipe()
print("ready", flush=True)
for line in sys.stdin:
    what = line.strip()
    if what == "file":
        write_whole(folder / "whole", bytes(100_000))
    elif what == "thread":
        def add():
            with (folder / "thread").open("wb") as file:
                file.write(bytes(5_000))
        one = threading.Thread(target=add); one.start(); one.join()
    elif what == "child":
        child.stdin.write(b"go\\n"); child.stdin.flush()
        while not (folder / "child").is_file() or not (folder / "child").stat().st_size:
            pass
    elif what == "new child":
        subprocess.run(["sh", "-c", 'echo 1234567 > "$0"', str(folder / "new")], check=True)
    elif what == "no file":
        os.write(writer, bytes(9_000)); os.read(reader, 9_000)
        with open("/dev/null", "wb") as null:
            null.write(bytes(9_000))
    print("done", flush=True)
child.stdin.close()
child.wait()
"""


class Life:
    """A process that writes what it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._answered("ready")

    def does(self, *what: str) -> Writes:
        with counted(self.process) as found:
            for one in what:
                assert self.process.stdin
                self.process.stdin.write(f"{one}\n")
                self.process.stdin.flush()
                self._answered("done")
        return found

    def _answered(self, what: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == f"{what}\n"


@contextmanager
def alive(folder: Path) -> Iterator[Life]:
    if not can_count():
        pytest.skip("a process that runs already cannot be watched here")
    words = [sys.executable, "-c", LIFE, str(folder)]
    with subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Life(process)
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, "it lives on unhurt after it was watched"
        finally:
            process.kill()


def test_who_does_nothing_writes_nothing(tmp_path: Path) -> None:
    with alive(tmp_path) as life:
        assert life.does("nothing") == Writes()
        assert life.does("no file") == Writes()


def test_a_file_that_is_written_whole_is_two_syncs_and_one_new_name(tmp_path: Path) -> None:
    with alive(tmp_path) as life:
        found = life.does("file")
        assert (found.bytes, found.syncs, found.changes) == (100_000, 2, 1)
        assert found.under(tmp_path) == 100_000
        assert found.under(tmp_path / "elsewhere") == 0
        assert found.stored in (0, 102_400) or found.stored > 100_000


def test_threads_children_and_their_children_count(tmp_path: Path) -> None:
    with alive(tmp_path) as life:
        found = life.does("thread", "child", "new child", "nothing")
        assert found.files == {
            str(tmp_path / "thread"): 5_000,
            str(tmp_path / "child"): 13,
            str(tmp_path / "new"): 8,
        }
        assert (found.bytes, found.syncs) == (5_021, 0)
        assert life.does("nothing") == Writes(), "each span begins anew"


def test_a_call_that_another_one_interrupts_is_read_once() -> None:
    found = Writes()
    _add_calls(
        found,
        [
            '10 pwrite64(3</card/journal.db-wal>, ""..., 4096, 32 <unfinished ...>',
            "11 fdatasync(4</card/take.part> <unfinished ...>",
            "10 <... pwrite64 resumed>) = 4096",
            "11 <... fdatasync resumed>)      = 0",
            '12 write(1<pipe:[77]>, ""..., 9) = 9',
            '12 write(5<socket:[78]>, ""..., 9) = 9',
            '12 write(6</memfd:sound (deleted)>, ""..., 9) = 9',
            '12 write(7</card/full>, ""..., 9) = -1 ENOSPC (No space left on device)',
            'rename("/card/a", "/card/b") = 0',
            '12 rename("/card/a", "/card/b") = 0',
            "12 +++ exited with 0 +++",
        ],
    )
    assert found == Writes(0, 4096, 1, 1, found.files)
    assert found.files == {"/card/journal.db-wal": 4096}

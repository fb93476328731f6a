"""Keys of a real pseudo-terminal, from real bytes; the terminal is given back in every case."""

import os
import pty
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TextIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.keys import Decoder, Keys, NoKeys, keys


@dataclass
class Terminal:
    master: int
    slave: TextIO

    def types(self, data: bytes) -> None:
        os.write(self.master, data)

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def modes(self) -> list[object]:
        return list(termios.tcgetattr(self.slave.fileno()))

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave.fileno())[3] & termios.ECHO)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="utf-8") as stream:
        made = Terminal(master, stream)
        yield made
        if made.master >= 0:
            os.close(made.master)


def words(data: bytes) -> list[str]:
    decoder = Decoder()
    return decoder.feed(data) + decoder.flush()


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        (b" ", "space"),
        (b"\r", "enter"),
        (b"\n", "enter"),
        (b"\x1b[A", "up"),
        (b"\x1b[B", "down"),
        (b"\x1b[C", "right"),
        (b"\x1b[D", "left"),
        (b"\x1bOC", "right"),
        (b"\x1b[1;5D", "left"),
        (b"\x1bOM", "enter"),
        (b"+", "+"),
        (b"-", "-"),
        (b"q", "q"),
        (b"\x1b", "escape"),
        ("ü".encode(), "ü"),
        ("静".encode(), "静"),
    ],
)
def test_a_key_arrives_as_its_word_from_a_real_terminal(terminal: Terminal, typed: bytes, word: str) -> None:
    with keys(terminal.slave) as reader:
        terminal.types(typed)
        assert reader.read(5) == word
        assert reader.read(0) is None


def test_keys_typed_together_arrive_one_by_one(terminal: Terminal) -> None:
    with keys(terminal.slave) as reader:
        terminal.types(b" \x1b[Cq")
        assert [reader.read(5) for _ in range(3)] == ["space", "right", "q"]


def test_what_was_typed_before_is_not_lost(terminal: Terminal) -> None:
    terminal.types(b"q")
    with keys(terminal.slave) as reader:
        assert reader.read(5) == "q"


PRESSES = st.sampled_from([
    (b" ", "space"), (b"\x1b[C", "right"), (b"\x1bOD", "left"), (b"q", "q"), ("é".encode(), "é"),
     (b"\x1b[15~", None), (b"\x1b[[A", None), (b"\x1b[1;2R", None), (b"\x00", None),
])  # fmt: skip


@settings(deadline=None)
@given(st.lists(PRESSES, max_size=8), st.data())
def test_it_does_not_matter_where_the_bytes_are_cut(
    presses: list[tuple[bytes, str | None]], data: st.DataObject
) -> None:
    typed = b"".join(press for press, _ in presses)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(typed)), max_size=6)))
    decoder = Decoder()
    heard = [w for a, b in pairwise([0, *cuts, len(typed)]) for w in decoder.feed(typed[a:b])]
    assert heard == [word for _, word in presses if word]
    assert not decoder.waiting


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_survived(data: bytes) -> None:
    assert all(word.isprintable() and word for word in words(data))


def test_escape_and_then_q_still_stops() -> None:
    assert words(b"\x1bq") == ["escape", "q"]
    assert words(b"\x1b\x1b[C") == ["escape", "right"]


def test_half_an_arrow_that_never_ends_is_dropped() -> None:
    assert words(b"\x1b[1;") == []


def test_the_terminal_neither_echoes_nor_waits_for_a_line_until_the_end(terminal: Terminal) -> None:
    before = terminal.modes()
    with keys(terminal.slave):
        assert not terminal.echoes
        assert terminal.modes() != before
    assert terminal.modes() == before


def test_the_terminal_is_given_back_after_an_exception(terminal: Terminal) -> None:
    before = terminal.modes()
    with pytest.raises(RuntimeError), keys(terminal.slave):
        raise RuntimeError
    assert terminal.modes() == before


def test_the_same_keys_can_be_taken_again(terminal: Terminal) -> None:
    reader = Keys(terminal.slave)
    for _ in range(2):
        with reader:
            terminal.types(b"q")
            assert reader.read(5) == "q"
        assert terminal.echoes


def test_after_the_end_of_the_input_it_waits_without_work(terminal: Terminal) -> None:
    with keys(terminal.slave) as reader:
        terminal.hang_up()
        assert reader.read(0.01) is None
        begun, worked = time.monotonic(), time.process_time()
        assert reader.read(0.3) is None
        assert time.monotonic() - begun >= 0.29
        assert time.process_time() - worked < 0.1


def test_without_a_terminal_there_are_no_keys(tmp_path: object) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123
        reader = keys(nothing)
        assert isinstance(reader, NoKeys)
        with reader:
            begun = time.monotonic()
            assert reader.read(0.05) is None
            assert time.monotonic() - begun >= 0.049
    assert isinstance(keys(None), NoKeys)


# A shell in small: it gives the terminal to a job, stops it as Ctrl-Z does, looks, and lets it go on.
_SHELL = """
import os, signal, subprocess, sys, termios
os.close(os.open(os.ttyname(0), os.O_RDWR))
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
def mine(group): os.tcsetpgrp(0, group)
def echoes(): return bool(termios.tcgetattr(0)[3] & termios.ECHO)
def ready(): signal.signal(signal.SIGTTOU, signal.SIG_DFL)
job = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True,
                       process_group=0, preexec_fn=ready)
mine(job.pid)
said = [job.stdout.readline().strip()]
seen = [echoes()]
for send in (signal.SIGTSTP, signal.SIGTSTP):
    os.kill(job.pid, send)
    _, status = os.waitpid(job.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), status
    mine(os.getpgrp())
    seen.append(echoes())
    mine(job.pid)
    os.kill(job.pid, signal.SIGCONT)
    said += [job.stdout.readline().strip(), job.stdout.readline().strip()]
    seen.append(echoes())
os.kill(job.pid, signal.SIGINT)
print(job.wait(), *said, *seen, echoes())
"""
_JOB = """
import signal, sys
from guide.keys import keys
def say(word): print(word, flush=True)
def end(*_): raise SystemExit(7)
signal.signal(signal.SIGINT, end)
with keys(sys.stdin, suspended=lambda: say("away"), resumed=lambda: say("back")) as reader:
    say("ready")
    while True:
        reader.read(60)
"""


def test_ctrl_z_gives_the_terminal_back_and_going_on_takes_it_again(terminal: Terminal) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _SHELL, _JOB],
        stdin=terminal.slave,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert result.stderr == ""
    expected = "7 ready away back away back" + " False True False True False True"
    assert result.stdout.split() == expected.split()
    with suppress(OSError):
        os.set_blocking(terminal.master, False)
        os.read(terminal.master, 1024)

"""What a person sees: a page on a real pseudo-terminal, or one line an event."""

import fcntl
import io
import os
import pty
import struct
import termios
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

import pytest

from guide.duration import frames
from guide.face import Face, PlainFace, face, first_page, verb
from guide.page import View, page
from guide.player import State, Status
from guide.timeline import Event, Timeline

TIMELINE = Timeline(
    frames(600),
    frames(600),
    (
        Event("part", 0, frames(30), text="Arriving"),
        Event("part", frames(2), frames(28), text="Choices"),
        Event("speech", frames(2), frames(3), text="You might sit."),
        Event("speech", frames(6), frames(0.5), text="Or lie down."),
        Event("speech", frames(60), frames(5), text="Much later."),
    ),
)


def status(at: float, state: State = "playing", volume: int = -8, finished: bool = False) -> Status:
    return Status(state, frames(at), volume, TIMELINE, finished)


class Terminal:
    """A pseudo-terminal; what is written to it is read on a thread, as a terminal does."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.master, slave = pty.openpty()
        self.stream: TextIO = os.fdopen(slave, "w", encoding="utf-8")
        self.written = b""
        self.resize(columns, rows)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        try:
            while data := os.read(self.master, 4096):
                self.written += data
        except OSError:
            return

    def close(self) -> str:
        """Everything that was written."""
        if not self.stream.closed:
            self.stream.close()
        self._thread.join()
        return self.written.decode()


class Watch:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", None), ("LINES", None), ("NO_COLOR", None)):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    made = Terminal()
    yield made
    made.close()
    os.close(made.master)


def test_the_page_appears_and_the_terminal_is_left_as_it_was(terminal: Terminal) -> None:
    with Face("Meeting the Wall", stream=terminal.stream) as shown:
        shown.show(status(3))
    written = terminal.close()
    for words in ("Meeting the Wall", "Choices", "You might sit.", "9:57 left"):
        assert words in written
    assert written.index("\x1b[?25l") < written.rindex("\x1b[?25h")
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h")
    assert "\x1b[?1049h" not in written


def test_the_cursor_is_given_back_after_an_exception(terminal: Terminal) -> None:
    def failing() -> None:
        with Face("T", stream=terminal.stream) as shown:
            shown.show(status(3))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    written = terminal.close()
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_it_is_drawn_at_most_four_times_a_second(terminal: Terminal) -> None:
    watch = Watch()
    with Face("T", stream=terminal.stream, now=watch) as shown:
        for tenth in range(100):
            watch.now = 100 + tenth / 10
            shown.show(status(3 + tenth * 7))
    # One drawing every 0.3 s, the first moment after a quarter: 34 in ten seconds; and the last one goes.
    assert 30 <= terminal.close().count(" left") <= 41


def test_nothing_is_written_where_nothing_has_changed(terminal: Terminal) -> None:
    watch = Watch()
    with Face("T", stream=terminal.stream, now=watch) as shown:
        for second in range(100):
            watch.now = 100 + second
            shown.show(status(3, "paused"))
    assert terminal.close().count(" left") <= 2


def test_the_volume_is_shown_for_a_few_seconds_after_a_change(terminal: Terminal) -> None:
    watch = Watch()
    with Face("T", stream=terminal.stream, now=watch) as shown:
        for second, volume in enumerate([-8, -8, -10, -10, -10, -10, -10]):
            watch.now = 100 + second
            shown.show(status(3 + second, volume=volume))
    drawings = terminal.close().split("\x1b[1A")
    assert "dB" in "".join(drawings)
    assert ["dB" in text for text in terminal.written.decode().split(" left")[:7]] == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip


def test_a_change_of_size_is_followed(terminal: Terminal) -> None:
    watch = Watch()
    with Face("T", stream=terminal.stream, now=watch) as shown:
        shown.show(status(3))
        terminal.resize(40, 12)
        watch.now += 1
        shown.show(status(4))
    written = terminal.close()
    assert "\x1b[2J" in written
    before, after = written.split("\x1b[2J")
    assert "space pause" in before
    assert "space pause" not in after
    assert "space · ← →" in after


def test_no_color_is_respected(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with Face("T", stream=terminal.stream) as shown:
        shown.show(status(0))
    assert "38;5" in terminal.close()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    with Face("T", stream=plain.stream) as shown:
        shown.show(status(0))
    assert "\x1b[3" not in plain.close()
    os.close(plain.master)


def test_a_suspended_face_gives_the_cursor_back_and_draws_again(terminal: Terminal) -> None:
    watch = Watch()
    with Face("T", stream=terminal.stream, now=watch) as shown:
        shown.show(status(3))
        shown.suspended()
        shown.resumed()
        watch.now += 1
        shown.show(status(3))
    written = terminal.close()
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 2
    away = written.index("\x1b[?25h")
    assert "9:57 left" in written[:away]
    assert "9:57 left" in written[away:]


# ── without a terminal ───────────────────────────────────────────────────────────────────────────────────


def plain(*shown: Status | tuple[Status, str]) -> list[str]:
    stream = io.StringIO()
    with PlainFace("Meeting the Wall", stream=stream) as lines:
        for one in shown:
            lines.show(*one) if isinstance(one, tuple) else lines.show(one)
    return [" ".join(line.split()) for line in stream.getvalue().splitlines()]


def test_each_event_is_one_line_once() -> None:
    looks = [status(at / 4) for at in range(40)]
    assert plain(*looks) == [
        "0:00 Meeting the Wall",
        "0:00 # Arriving",
        "0:02 # Choices",
        "0:02 You might sit.",
        "0:06 Or lie down.",
    ]


def test_a_pause_and_a_stop_are_said_and_a_sentence_begun_again_is_not_repeated() -> None:
    shown = plain(
        status(2.5), status(3), status(2, "paused"), status(2, "paused"), status(2.1), status(4),
        status(4.2, "landing"), status(4.2, "ended"),
    )  # fmt: skip
    assert shown[1:] == [
        "0:02 # Choices",
        "0:02 You might sit.",
        "0:02 (paused)",
        "0:02 (going on)",
        "0:04 (coming to rest)",
        "0:04 (stopped)",
    ]


def test_after_a_stop_nothing_is_said_that_is_not_heard_and_no_time_goes_back() -> None:
    # The place to go on from is the sentence's beginning, or that of the part before it.
    shown = plain(status(7), status(8, "landing"), status(1, "ended"))
    assert shown[1:] == ["0:02 # Choices", "0:08 (coming to rest)", "0:08 (stopped)"]


def test_a_sentence_that_is_waited_for_is_not_said_before_it_sounds() -> None:
    line = Timeline(frames(9), frames(9), (Event("speech", 0, frames(2), text="Here it is."),))
    held, begun = (Status("playing", 0, -8, line, held=waits) for waits in (True, False))
    stopped = replace(held, state="ended")
    note = "the usual voice speaks"
    assert plain(held, (held, note), (begun, note))[1:] == [f"0:00 {note}", "0:00 Here it is."]
    assert plain((begun, note))[1:] == [f"0:00 {note}", "0:00 Here it is."], "the note first"
    assert plain(held, replace(held, state="landing"), stopped)[1:] == [
        "0:00 (coming to rest)",
        "0:00 (stopped)",
    ]
    view = View("T", 80, 24)
    assert "Here it is." in page(begun, view).plain
    assert "Here it is." not in page(held, view).plain


def test_what_was_skipped_is_not_said() -> None:
    assert plain(status(1), status(61))[1:] == ["0:00 # Arriving", "1:00 Much later."]


def test_the_end_the_volume_and_a_note_are_lines_too() -> None:
    shown = plain(
        status(40), status(40, volume=-10), (status(40.2, volume=-10), "ends at 22:34"),
        (status(40.4, volume=-10), "ends at 22:34"), status(600, "ended", -10, finished=True),
    )  # fmt: skip
    assert shown[1:] == ["0:40 (volume −10 dB)", "0:40 ends at 22:34", "10:00 (the end)"]


def test_every_line_is_flushed_and_fit_for_a_narrow_encoding() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    with PlainFace("“Still”\x1b[2J", stream=stream) as lines:
        lines.show(status(40))
        lines.show(status(40, volume=-10))
        assert raw.getvalue().split(b"\n")[:2] == [b'   0:00  "Still" [2J', b"   0:40  (volume -10 dB)"]


def test_plain_lines_where_there_is_no_terminal_or_where_they_are_wished(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(face("T", stream=io.StringIO()), PlainFace)
    assert isinstance(face("T", stream=terminal.stream), Face)
    assert isinstance(face("T", stream=terminal.stream, plain=True), PlainFace)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(face("T", stream=terminal.stream), PlainFace)


# ── keys and the first page ──────────────────────────────────────────────────────────────────────────────


def test_keys_ask_for_what_the_page_says() -> None:
    wanted = {"space": "toggle", "right": "skip", "left": "back", "+": "louder", "=": "louder"}
    wanted |= {"-": "softer", "q": "stop", "Q": "stop"}
    assert {key: verb(key) for key in wanted} == wanted
    assert verb("x") is None
    assert verb("escape") is None


def test_the_first_page_is_one_page_and_says_what_it_has_to() -> None:
    lines = first_page().split("\n")
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 76
    text = " ".join(first_page().lower().split())
    for word in (
        "wellbeing practice", "not therapy", "diagnos", "emergency", "trauma", "psychosis", "doctor",
        "driving", "eyes open or closed", "nobody listens", "this machine", "computer", "q twice",
        "silence at once", "space pauses",
    ):  # fmt: skip
        assert word in text, word

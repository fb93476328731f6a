"""A real pseudo-terminal with a program in it: what it shows can be read, and keys can be pressed."""

import os
import pty
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 60.0
_HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][AB0]|\r")


class Screen:
    """A running program. Made by `screen`."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self.process = process
        self._master = master
        self._shown = ""
        self._changed = threading.Condition()
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def text(self) -> str:
        """Everything shown so far, without what moves the cursor."""
        with self._changed:
            return _CONTROL.sub("", self._shown)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, words: str, *, times: int = 1) -> None:
        """Wait until words are shown (so many times). Fails with what is shown instead."""
        with self._changed:
            met = (
                self._changed.wait_for(lambda: self._count(words) >= times or self._ended, PATIENCE)
                and self._count(words) >= times
            )
        assert met, f"{words!r} was not shown, but:\n{self.text[-2000:]}"

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for the end; the exit code."""
        return self.process.wait(PATIENCE)

    def _count(self, words: str) -> int:
        return " ".join(_CONTROL.sub("", self._shown).split()).count(words)

    def _read(self) -> None:
        with suppress(OSError):
            while data := os.read(self._master, 65536):
                with self._changed:
                    self._shown += data.decode(errors="replace")
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def _heed() -> None:
    """What whoever runs the tests ignores, as in the background or under nohup, is heeded here."""
    for number in _HEEDED:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def screen(words: list[str], environment: Mapping[str, str], folder: Path) -> Iterator[Screen]:
    """A program in a terminal of 80×24 of its own, ended with the block."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        words,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**environment, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
        cwd=folder,
        start_new_session=True,
        preexec_fn=_heed,  # noqa: PLW1509 - it takes no lock
    )
    os.close(slave)
    made = Screen(process, master)
    try:
        yield made
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        end = time.monotonic() + 5
        while not made._ended and time.monotonic() < end:
            with made._changed:
                made._changed.wait(0.1)
        os.close(master)

"""Signals as a wish to stop, and a computer that is kept awake; both undone at the end."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from guide.awake import awake
from guide.cli.signals import stopping

HEEDED = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", HEEDED)
def test_a_signal_is_a_wish_while_it_lasts_and_itself_again_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    wished: list[bool] = []
    with stopping(lambda: wished.append(True)):
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert wished == [True, True]
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_ignored() -> None:
    """As under nohup: the terminal may go, and the session goes on."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    wished: list[bool] = []
    try:
        with stopping(lambda: wished.append(True)):
            signal.raise_signal(signal.SIGHUP)
        assert wished == []
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def inhibitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `systemd-inhibit` that writes down its process and what it was asked, and holds on as it does."""
    program = tmp_path / "systemd-inhibit"
    program.write_text(
        f'#!/bin/sh\necho $$ "$@" > {tmp_path}/asked\necho ready > {tmp_path}/ready\nexec cat\n'
    )
    program.chmod(0o700)
    os.mkfifo(tmp_path / "ready")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="other systems are asked otherwise")
def test_the_system_is_asked_not_to_suspend_and_let_go_afterwards(inhibitor: Path) -> None:
    with awake("a meditation is playing"):
        (inhibitor / "ready").read_text()
        process, *asked = (inhibitor / "asked").read_text().split()
        os.kill(int(process), 0)
        assert "--what=idle:sleep" in asked
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)


def test_where_nobody_can_be_asked_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with awake("a meditation is playing"), pytest.raises(FileNotFoundError):
        subprocess.run(["systemd-inhibit"], check=True)


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="other systems are asked otherwise")
def test_where_the_system_refuses_nothing_is_left_of_the_one_who_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "systemd-inhibit"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/asked\nexit 1\n")
    program.chmod(0o700)
    os.mkfifo(tmp_path / "asked")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with awake("a meditation is playing"):
        process = int((tmp_path / "asked").read_text())
        for thread in threading.enumerate():
            if thread.name == "awake":
                thread.join(60)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)

"""What PortAudio's libraries write to the terminal is not seen, and what the program says there is."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from guide.sinks import quiet


def test_while_it_is_quiet_nothing_is_seen_and_afterwards_everything(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with quiet():
        os.write(2, b"ALSA lib pcm.c: Unknown PCM\n")
    os.write(2, b"A sentence.\n")
    assert capfd.readouterr().err == "A sentence.\n"


def test_two_threads_that_want_quiet_do_not_leave_it_behind(capfd: pytest.CaptureFixture[str]) -> None:
    # The player opens a card while the face is shown, and either may be done first.
    first, second = ExitStack(), ExitStack()
    with ThreadPoolExecutor(1) as player:
        player.submit(first.enter_context, quiet()).result()
        second.enter_context(quiet())
        player.submit(first.close).result()
        os.write(2, b"ALSA lib pcm.c: Unknown PCM\n")
        second.close()
    os.write(2, b"A sentence.\n")
    assert capfd.readouterr().err == "A sentence.\n"

"""A recording in the terminal: where it is, and the keys that move it."""

import sys
from io import BytesIO
from pathlib import Path

import click

from guide.cli.terminal import encoding
from guide.duration import clock, frames
from guide.journal.hearing import Place, Verb, hear
from guide.keys import KeyReader, keys
from guide.legible import folded, unicode_in
from guide.sinks import Speaker

_VERBS: dict[str, Verb] = {"space": "toggle", "left": "back", "right": "on", "q": "stop"}
_SKIP = frames(1)
"""More than this from one look to the next is a leap, not the passing of time."""


def listen(sound: Path | BytesIO, device: str | None, *, plain: bool = False, as_is: bool = False) -> bool:
    """Play a recording, and show where it is; `plain` tells a leap or a pause in a line of its own.

    A quiet one is played louder, but not `as_is`. Returns whether all of it was heard.

    Raises DeviceError, StorageError.
    """
    with Speaker(device) as speaker:
        shown = _Shown(live=sys.stdout.isatty() and not plain)
        with keys(sys.stdin, suspended=shown.suspended, resumed=shown.resumed) as reader:
            shown.begin(reader, told=sys.stdin.isatty())
            try:
                return hear(sound, speaker, shown.ask, as_is=as_is)
            finally:
                shown.suspended()


class _Shown:
    """Where a recording is, on one line; without a terminal, what happens, a line each."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._encoding = encoding()
        self._reader: KeyReader | None = None
        self._line = ""
        self._before: Place | None = None
        self._broken = False

    def begin(self, reader: KeyReader, *, told: bool) -> None:
        """Take keys from here, and say which there are, if they should be `told`."""
        self._reader = reader
        arrows = "← and →" if unicode_in(self._encoding) else "left and right"
        if told:
            self._write(click.style(f"space pauses · {arrows} move by 10 s · q ends", dim=True) + "\n")

    def ask(self, place: Place) -> Verb | None:
        """Show where it is; what the next key wants, if one was pressed."""
        self._show(place)
        if self._broken:
            return "stop"
        key = self._reader.read(0) if self._reader else None
        return _VERBS.get(key.lower()) if key else None

    def suspended(self) -> None:
        """Leave the line as it is, and go on below it."""
        if self._line:
            self._line = ""
            self._write("\n")

    def resumed(self) -> None:
        """It is drawn again by itself."""

    def _show(self, place: Place) -> None:
        before, self._before = self._before, place
        line = f"  {clock(place.at)} of {clock(place.frames)}" + (" · paused" if place.paused else "")
        if self._live:
            if line != self._line:
                self._line = line
                self._write(f"\r\x1b[2K{line}")
        elif before and (place.paused != before.paused or abs(place.at - before.at) > _SKIP):
            self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        try:
            click.echo(folded(text, self._encoding), nl=False)
        except OSError:
            self._broken = True  # the terminal was closed, and nobody listens

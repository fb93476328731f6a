"""What a person sees while a session plays: a calm page, or one line an event where there is no terminal."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TextIO

from guide.duration import clock, frames
from guide.legible import folded, legible, wrapped
from guide.page import View, page, signed
from guide.support import ANOTHER_DAY, ASK, DANGER, DRIVING, NOBODY_LISTENS, NOT, PRACTICE, WHERE

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from guide.player import Status, Verb
    from guide.timeline import Event, Timeline

SLOWEST = 0.25
"""Seconds from one drawing to the next, at least."""
_VOLUME_SHOWN = 3.0
"""Seconds that the volume is shown after a change."""
_LEAP = frames(2)
"""More than this between two looks is a leap, not the passing of time."""

_VERBS: dict[str, "Verb"] = {
    "space": "toggle",
    "right": "skip",
    "left": "back",
    "+": "louder",
    "=": "louder",
    "-": "softer",
    "q": "stop",
}
_INVITATION = (
    "Everything here is an invitation. Eyes open or closed, sitting, standing or lying down: all of it "
    "counts. Nothing has to happen, and you may leave out whatever does not suit you."
)
_FIRST_PAGE = (
    f"{PRACTICE} {NOT} {DANGER} {WHERE}",
    f"{ANOTHER_DAY} {ASK} {DRIVING}",
    _INVITATION,
    "Space pauses. q stops softly at any moment; q twice is silence at once.",
    NOBODY_LISTENS,
)
_PAGE_WIDTH = 76


def first_page(title: str = "Before the first time") -> str:
    """What is shown once, before the very first session: at most 22 lines of 76 columns."""
    return "\n\n".join([title, *("\n".join(wrapped(piece, _PAGE_WIDTH)) for piece in _FIRST_PAGE)])


def verb(key: str) -> "Verb | None":
    """What a key asks for, or None."""
    return _VERBS.get(key.lower())


class Face:
    """The page on a terminal, drawn again at most four times a second, and only where it has changed."""

    def __init__(
        self, title: str, *, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`now` tells the time in seconds."""
        self._stream = stream or sys.stdout
        self._view = View(title, 0, 0, encoding=getattr(self._stream, "encoding", None) or "utf-8")
        self._now = now
        self._drawn_at = float("-inf")
        self._drawn: Text | None = None
        self._volume: int | None = None
        self._volume_until = 0.0
        self._console: Console | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        from rich.console import Console

        self._console = Console(file=self._stream, markup=False, highlight=False, emoji=False)
        self.resumed()
        return self

    def __exit__(self, *problem: object) -> None:
        self.suspended()

    def show(self, status: "Status", note: str = "") -> None:
        """Draw this, unless something was drawn a moment ago or nothing has changed."""
        now = self._now()
        self._look_at_volume(status.volume, now)
        if self._live is None or now - self._drawn_at < SLOWEST:
            return
        width, height = self._size()
        view = replace(self._view, width=width, height=height, note=note, volume=now < self._volume_until)
        self._draw(page(status, view), view)
        self._drawn_at = now

    def suspended(self) -> None:
        """Take the page away and give the cursor back, as at Ctrl-Z."""
        live, self._live = self._live, None
        if live:
            live.stop()

    def resumed(self) -> None:
        """Go on with a page of its own, below whatever stands there now."""
        from rich.live import Live

        if self._live is None:
            self._drawn = None
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()

    def _size(self) -> tuple[int, int]:
        try:
            width, height = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return 80, 24
        return width or 80, height or 24  # a serial line does not know its size

    def _draw(self, drawing: "Text", view: View) -> None:
        from rich.console import ConsoleDimensions

        if self._live is None or self._console is None:
            return
        if (view.width, view.height) != (self._view.width, self._view.height):
            if self._drawn is not None:
                # After a change of size nobody knows where the old page has wrapped to.
                self._console.clear()
            self._view = replace(self._view, width=view.width, height=view.height)
            self._console.size = ConsoleDimensions(view.width, view.height)
        elif self._drawn is not None and drawing == self._drawn and drawing.spans == self._drawn.spans:
            return
        self._live.update(drawing, refresh=True)
        self._drawn = drawing

    def _look_at_volume(self, volume: int, now: float) -> None:
        if self._volume is not None and volume != self._volume:
            self._volume_until = now + _VOLUME_SHOWN
        self._volume = volume


class PlainFace:
    """One line an event, each once: when, and what. For logs, pipes, and those who want it plain."""

    def __init__(self, title: str, *, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._title = title
        self._at: int | None = None
        self._last: dict[str, int] = {}
        self._state = "playing"
        self._volume: int | None = None
        self._note = ""

    def __enter__(self) -> Self:
        self._line(0, self._title)
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def show(self, status: "Status", note: str = "") -> None:
        """Write what is new since the last time; nothing, if nothing is."""
        if status.state == "playing" and self._state in ("paused", "lost"):
            self._line(status.at, "(going on)")
        stopped = status.state == "ended" and not status.finished
        # The place to go on from lies before what was heard last; no time goes back to it.
        at = max(status.at, self._at or 0) if stopped else status.at
        if note and note != self._note:
            self._line(at, note)
        for event in [] if status.held or stopped else self._begun(status.timeline, at):
            if self._last.get(event.kind) != event.start:
                self._last[event.kind] = event.start
                self._line(event.start, f"# {event.text}" if event.kind == "part" else event.text)
        self._at = None if status.held else at
        if self._volume not in (None, status.volume):
            self._line(at, f"(volume {signed(status.volume)} dB)")
        if status.state not in (self._state, "playing"):
            self._line(at, f"({_word(status)})")
        self._state, self._volume, self._note = status.state, status.volume, note

    def suspended(self) -> None:
        """Nothing to give back."""

    def resumed(self) -> None:
        """Nothing to draw again."""

    def _begun(self, timeline: "Timeline", at: int) -> list["Event"]:
        """Parts and sentences that began since the last look; after a leap only what goes on now."""
        before = -1 if self._at is None else self._at
        if before <= at <= before + _LEAP:
            begun = (event for event in timeline.events if before < event.start <= at)
            return [event for event in begun if event.kind in ("speech", "part")]
        now = [event for event in timeline.events if event.start <= at < event.end]
        innermost = {event.kind: event for event in now if event.kind in ("part", "speech")}
        return list(innermost.values())

    def _line(self, at: int, text: str) -> None:
        words = legible(text, self._encoding)
        print(folded(f"{clock(at):>7}  {words}", self._encoding), file=self._stream, flush=True)


def _word(status: "Status") -> str:
    if status.state == "ended":
        return "the end" if status.finished else "stopped"
    return {"lost": "the loudspeaker is gone", "landing": "coming to rest"}.get(status.state, status.state)


def face(title: str, *, plain: bool = False, stream: TextIO | None = None) -> Face | PlainFace:
    """The page where there is a terminal that can show it; else, or with `plain`, one line an event."""
    to = stream or sys.stdout
    if plain or not to.isatty() or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        return PlainFace(title, stream=stream)
    return Face(title, stream=stream)

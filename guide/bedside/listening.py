"""A reflection on the device: one button answers, and a light says when the microphone is open."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from guide.aside import Aside
from guide.bedside.clock import Clock
from guide.bedside.front import ButtonFront, Shown
from guide.bedside.running import Room
from guide.errors import DeviceError, GuideError
from guide.saved import Saved

if TYPE_CHECKING:
    from guide.clips import Clips
    from guide.journal import Journal
    from guide.lines import Lines
    from guide.reflection import Occasion
    from guide.script.models import Reflection as Page
    from guide.sinks import Sink

_LAST_WORD, _LOOK = 15.0, 0.1
"""Seconds for which a last word is waited for at most, and between two looks."""


def journal_of(room: Room) -> "Journal | None":
    """The journal of whoever the device belongs to; None where there can be none."""
    from guide.journal import Journal
    from guide.scribe import wants_words

    folders = room.desk.folders
    with suppress(GuideError):
        return Journal.open(folders, wants_words=lambda: wants_words(folders), uptime=room.uptime)
    return None


def written_down(room: Room, journal: "Journal | None") -> None:
    """Let the words of what was just said be understood, beside everything else, where that is wanted."""
    if journal is not None and journal.spoken:
        from guide import scribe

        scribe.begin(room.desk.folders, journal.spoken)


def listen(
    room: Room,
    sink: "Sink",
    journal: "Journal",
    *,
    clips: "Clips",
    lines: "Lines",
    page: "Page",
    occasion: "Occasion",
    meet: Callable[[ButtonFront], None],
    offered: bool,
) -> bool | None:
    """Offer the reflection (or not), ask, listen, keep. `meet` hears of the front that answers go to.

    Whether there was no microphone; None where none was wanted. Where nothing could be kept nobody is asked:
    GuideError says why.
    """
    from guide.desk.asking import asked, sounding
    from guide.reflection import Reflection

    journal.lock()
    desk = room.desk
    aside = Aside(sink, min(Saved(desk.folders.state).volume(), room.ceiling()))
    front = ButtonFront(room.clock, aside, room.said, night=room.night())
    meet(front)
    try:
        reflection = Reflection(
            journal,
            lambda: Shown(room.microphone(), front),
            sounding(aside, clips, desk.library, _gain(clips)),
            front,
            replace(lines, no_microphone=" ".join(room.words.no_microphone)),
            occasion,
            desk.config.end_after_silence,
        )
        invite = desk.named(page.invite) if page.invite else None
        if not offered or reflection.offered(invite) == "yes":
            reflection.held(asked(desk, page), desk.named(page.close) if page.close else None)
    finally:
        _heard_out(aside, room.clock)
        aside.release()
    return isinstance(front.failed, DeviceError) if front.failed or front.heard else None


def _heard_out(aside: Aside, clock: Clock) -> None:
    """Wait until the last word was heard; the device's clock goes by it, too."""
    nothing: SimpleQueue[None] = SimpleQueue()
    until = clock.elapsed() + _LAST_WORD
    while aside.sounding and clock.elapsed() < until:
        clock.wait(nothing, clock.elapsed() + _LOOK)


def _gain(clips: "Clips") -> float | None:
    try:
        return clips.gain()
    except GuideError:
        return None

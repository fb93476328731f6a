"""A reflection on this machine: its journal, its microphone, its loudspeaker, its terminal."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import click

from guide.aside import Aside
from guide.cli.care import wants_words
from guide.cli.listening import Terminal
from guide.cli.signals import stopping
from guide.cli.unlocking import use
from guide.clips import Clips
from guide.desk import Desk
from guide.desk.asking import sounding
from guide.duration import clock
from guide.errors import GuideError
from guide.folders import Folders
from guide.journal import Entry, Journal
from guide.keys import keys
from guide.lines import Lines
from guide.microphone import DeviceMicrophone
from guide.reflection import Asked, Occasion, Reflection, Scales, Sounding
from guide.saved import Saved
from guide.seal import Key
from guide.sinks import Sink
from guide.takes.sealed import CUT


def mended(folders: Folders, key: Key | None = None) -> Journal | None:
    """The journal, mended first where it was cut off; None, after a sentence, where there can be none.

    `key` opens what is sealed in it. Where it is sealed and nothing can be kept, that is said now: before
    anyone speaks.
    """
    try:
        journal = Journal.open(folders, wants_words=lambda: wants_words(folders))
        for entry in journal.recover():
            cut = (entry.recording or "").endswith(CUT)
            then = "waits for its key, which makes it whole" if cut else "is whole again"
            click.echo(
                f"A recording that was cut off {then}: {clock(entry.frames)}, "
                f"`guide journal play {entry.id}`."
            )
        if key is not None:
            use(journal, key)
    except GuideError as error:
        click.echo(str(error), err=True)
        return None
    for notice in journal.notices:
        click.echo(notice, err=True)
    try:
        journal.lock()
    except GuideError as error:
        click.echo(str(error), err=True)
    return journal


@dataclass(frozen=True, slots=True)
class Reflecting:
    """Everything that a reflection needs here, while the context lasts."""

    desk: Desk
    journal: Journal
    sounding: Sounding
    terminal: Terminal
    lines: Lines
    microphone: str | None
    end_after_silence: int
    """Frames; 0 for never."""

    @classmethod
    @contextmanager
    def begun(
        cls,
        desk: Desk,
        journal: Journal,
        sink: Sink | None,
        clips: Clips,
        lines: Lines,
        *,
        microphone: str | None,
        plain: bool,
        end_after_silence: int | None = None,
    ) -> "Iterator[Reflecting]":
        """With the loudspeaker fed and the keys read; the sink is closed at the end.

        What is None is as the person set it for good.
        """
        stopped: list[bool] = []
        with ExitStack() as stack:
            aside = stack.enter_context(Aside(sink, Saved(desk.folders.state).volume()))
            stack.enter_context(stopping(lambda: stopped.append(True)))
            reader = stack.enter_context(keys(sys.stdin))
            terminal = Terminal(reader, plain=plain, stopped=lambda: bool(stopped))
            said = sounding(aside, clips, desk.library, _gain(clips) if sink is not None else None)
            if end_after_silence is None:
                end_after_silence = desk.config.end_after_silence
            microphone = microphone or desk.config.microphone
            yield cls(desk, journal, said, terminal, lines, microphone, end_after_silence)

    def hold(
        self,
        questions: tuple[Asked, ...],
        occasion: Occasion,
        *,
        invite: str | None,
        close: str | None,
        offered: bool,
        scales: Scales | None = None,
    ) -> list[Entry]:
        """Offer it (or not), ask, listen, keep; says what was kept. Raises StorageError.

        Who would rather not speak today may still give marks.
        """
        reflection = Reflection(
            self.journal,
            lambda: DeviceMicrophone(self.microphone),
            self.sounding,
            self.terminal,
            self.lines,
            occasion,
            self.end_after_silence,
        )
        writing = False
        if offered and not self.terminal.answers:
            click.echo("`guide reflect` listens whenever you like.")
            return []
        if offered:
            answer = reflection.offered(invite)
            writing = answer == "write"
            if answer not in ("yes", "write"):
                click.echo("Nothing was recorded. `guide reflect` listens whenever you like.")
                if answer is None or scales is None:
                    return []
                questions = ()
        entries = reflection.held(questions, close, writing=writing, scales=scales)
        for entry in entries:
            if entry.deleted is None:
                length = f", {clock(entry.frames)}" if entry.kind == "spoken" else ""
                marks = " `guide journal marks` shows them over time." if entry.marks else ""
                click.echo(f"Kept as entry {entry.id}{length}.{marks}")
        if reflection.failed:
            raise click.exceptions.Exit(1)
        return entries


def _gain(clips: Clips) -> float | None:
    """The voice's gain in dB; None, after a sentence, where there is no voice: a reflection needs none."""
    try:
        return clips.gain()
    except GuideError as error:
        click.echo(f"{error} The questions are only shown.", err=True)
        return None

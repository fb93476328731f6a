"""A whole evening: the welcome, the session, and the reflection, in a terminal or without one."""

import datetime as dt
import os
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.cli.asking import Counter, free_name
from guide.cli.terminal import width
from guide.cli.watching import StuckError, Watch
from guide.desk import Desk, is_english
from guide.desk.echoes import for_plan
from guide.duration import clock, frames, words
from guide.errors import DeviceError, GuideError, VoiceError
from guide.legible import legible, wrapped
from guide.live import Live, begin, go_on
from guide.player import Status
from guide.saved import Lock, Saved
from guide.script.models import Reflection, Script
from guide.session import Prepared, resume
from guide.sinks import Opening, Sink, Speaker, has_output, listed_anew
from guide.sitting import Sitting
from guide.support import WHERE
from guide.voices.instead import Instead

if TYPE_CHECKING:
    from guide.journal import Journal
    from guide.reflection import Scales
    from guide.seal import Key
    from guide.voices import Voice

_LONGEST = 3 * 3600
"""Seconds; no script may be longer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line; `name` None goes on with what was left."""

    name: str | None
    length: int | None
    until: dt.datetime | None
    voice: str | None
    ambience: str | None
    seed: str | None
    device: str | None
    reflects: bool
    microphone: str | None = None
    end_after_silence: int | None = None
    """Frames of silence that end a recording, 0 for never; None as it is set for good."""
    because: str = ""
    """Which session it is, and why, where nobody named it."""
    early: Instead | None = None
    """The voice, where it is looked for already."""
    key: "Key | None" = None
    """What opens a sealed journal, where it was given."""


def _say(text: str) -> None:
    """A sentence for the screen, no word of it cut at a terminal's edge."""
    text = legible(" ".join(text.split()))
    room = width() if sys.stdout.isatty() else 0
    click.echo("\n".join(wrapped(text, room)) if room > 20 else text)


def _left_until(moment: dt.datetime) -> float:
    """Seconds until a moment. Raises GuideError for one that is further away than any session is long."""
    left = (moment - dt.datetime.now().astimezone()).total_seconds()
    if left > _LONGEST:
        hours = round(left / 3600)
        raise GuideError(f"{moment:%H:%M} comes in {hours} hours, and no session is longer than three.")
    return left


@dataclass(frozen=True, slots=True)
class Evening:
    """One person, one terminal (or none), one session."""

    desk: Desk
    saved: Saved
    plain: bool
    spoken: "dict[int, bytearray | memoryview]" = field(default_factory=dict)
    """What was spoken into a sealed journal, for its words."""

    @classmethod
    def begun(cls, desk: Desk, *, plain: bool) -> "Evening":
        """At the desk of the person who runs this."""
        return cls(desk, Saved(desk.folders.state), plain or not sys.stdout.isatty())

    def spend(self, request: Request, opening: Opening) -> None:
        """The whole of it, on a loudspeaker that is being opened. Raises GuideError with a sentence."""
        try:
            script = self.desk.script(request.name) if request.name is not None else None
            if not _is_quick(script):
                self._welcome()
            if request.because:
                _say(request.because)
            if script is not None and script.page.note:
                _say(script.page.note)
            lock = Lock(self.desk.folders.state)
        except BaseException:
            opening.given_up()
            raise
        try:
            with ExitStack() as stack:
                self._play(opening, script, request, stack)
        except StuckError as error:
            # PortAudio waits for ever at the end of a process, too.
            click.echo(str(error), err=True)
            sys.stderr.flush()
            os._exit(error.exit_code)
        finally:
            lock.release()
        from guide import scribe

        scribe.begin(self.desk.folders, self.spoken)  # by now the last tone has ended

    def _play(self, opening: Opening, script: Script | None, request: Request, stack: ExitStack) -> None:
        try:
            session = self._session(script, request, stack)
        except BaseException:
            opening.given_up()
            raise
        try:
            speaker = opening.found()
        except DeviceError as error:
            if request.device is not None and has_output():
                raise
            click.echo(f"{error} The session is written to a file instead.", err=True)
            self._write_instead(session)
        else:
            self._sit(session, speaker, request)
        if _is_quick(script):
            self._welcome(afterwards=True)

    # ── before ───────────────────────────────────────────────────────────────────────────────────────────

    def _welcome(self, *, afterwards: bool = False) -> None:
        """The one page, the very first time; a hard moment does not wait for it, and has it afterwards."""
        if self.saved.welcomed():
            return
        from guide.face import first_page

        if afterwards:
            click.echo(f"\n{first_page('Since this was the first time')}")
        else:
            click.echo(first_page())
        if not afterwards and sys.stdin.isatty() and sys.stdout.isatty():
            click.echo("\nPress Enter to begin, or Ctrl-C to leave it for another day.")
            sys.stdin.readline()
        self.saved.keep_welcomed()

    def _session(self, script: Script | None, request: Request, stack: ExitStack) -> Live | Prepared:
        if script is None:
            return self._left_before(request, stack)
        desk = self.desk
        speaker = self._voice(script, request, stack)
        target = request.length
        if request.until is not None:
            # Whole seconds, for people's eyes; the last part of one is met while it plays.
            target = frames(int(_left_until(request.until)))
        voice = desk.voice_name(request.voice, script.page.language)
        ambience = request.ambience
        if _is_quick(script):
            ambience = self._found(ambience, script)
        wish = replace(
            desk.wish(target, request.seed, ambience, voice), echoes=desk.echoes(script, request.key)
        )
        session = begin(script, wish, speaker, desk.library, Counter())
        if _is_quick(script) and target not in (None, session.prepared.plan.asked):
            click.echo(
                f"'{script.name}' is {words(session.prepared.plan.asked)} long, as near to that as it can be."
            )
        return session

    def _found(self, ambience: str | None, script: Script) -> str | None:
        """The ambience that was asked for, or the script's own where that one is not there, which is said."""
        try:
            self.desk.wish(None, None, ambience)
        except GuideError as error:
            click.echo(str(error), err=True)
            return script.page.ambience.sound
        return ambience

    def _voice(self, script: Script, request: Request, stack: ExitStack) -> "Voice":
        """Who speaks, until the stack ends. Raises VoiceError, but not in a hard moment."""
        desk, language = self.desk, script.page.language
        early = request.early
        if early:
            stack.enter_context(closing(early))
        if not _is_quick(script):
            return stack.enter_context(desk.voice(request.voice, language))
        if early and is_english(language):
            return early
        return stack.enter_context(closing(desk.any_voice(request.voice, language)))

    def _left_before(self, request: Request, stack: ExitStack) -> Live | Prepared:
        """The session that was stopped, at its place. Raises GuideError where there is none."""
        desk, plan = self.desk, self.saved.unfinished()
        if plan is None:
            raise GuideError("There is no session to go on with. `guide list` shows the ones to begin.")
        speaker = stack.enter_context(desk.voice(plan.voice, plan.language))
        echoes = for_plan(plan, desk.folders, request.key)
        if not plan.silences:
            return resume(plan, speaker, desk.library, desk.config.lines, Counter(), echoes=echoes)
        wish = replace(desk.wish(None, None, None, plan.voice), echoes=echoes)
        return go_on(plan, desk.script(plan.path), wish, speaker, desk.library)

    def _write_instead(self, session: Live | Prepared) -> None:
        from guide.cli.render import write_session

        prepared = session.whole(Counter()) if isinstance(session, Live) else session.unechoed()
        plan, voice = prepared.plan, prepared.clips.voice
        if isinstance(voice, Instead):
            if voice.mute:
                raise VoiceError("\n".join(voice.troubles))
            for trouble in voice.troubles:
                click.echo(trouble, err=True)
        path = free_name(Path.cwd(), f"{plan.name}-{words(plan.timeline.frames)}", ".flac")
        write_session(path, prepared)
        _say(
            f"{plan.title}, {clock(plan.timeline.frames)}, is in {path.name}. Play it wherever there is "
            "sound; afterwards `guide reflect` listens to you where there is a microphone."
        )
        if _is_quick(prepared.script):
            # Whoever needs it now can read it, at least.
            click.echo()
            for event in plan.timeline.speech():
                _say(event.text)
            click.echo(f"\n{WHERE}")

    # ── the session ──────────────────────────────────────────────────────────────────────────────────────

    def _sit(self, session: Live | Prepared, speaker: Sink, request: Request) -> None:
        def reopen() -> Sink:
            listed_anew()
            return Speaker(request.device)

        started = dt.datetime.now().astimezone()
        prepared = session.prepared if isinstance(session, Live) else session
        saved = self.saved.aside() if _is_quick(prepared.script) else self.saved
        voice = prepared.clips.voice
        remark = partial(_remark, voice, prepared.plan.voice) if isinstance(voice, Instead) else None
        sitting = Sitting(session, speaker, saved, until=request.until, reopen=reopen, remark=remark)
        watch, journals = Watch(sitting), list["Journal | None"]()
        # What only the end needs is made ready while it sounds already.
        meanwhile = partial(self._mended, journals, request.key)
        problem: GuideError | None = None
        try:
            watch.to_its_end(prepared.plan.title, plain=self.plain, meanwhile=meanwhile)
        except StuckError:
            raise
        except GuideError as error:  # the voice fell silent: the session came to rest, and that is said last
            problem = error
        for trouble in voice.troubles if isinstance(voice, Instead) else ():
            click.echo(trouble, err=True)
        self._afterwards(sitting, sitting.status(), started, request, next(iter(journals), None))
        if problem:
            raise problem

    def _mended(self, journals: "list[Journal | None]", key: "Key | None") -> None:
        """What an earlier evening left cut off is made whole."""
        from guide.cli.reflecting import mended

        journals.append(mended(self.desk.folders, key))

    def _afterwards(
        self,
        sitting: Sitting,
        status: Status,
        started: dt.datetime,
        request: Request,
        journal: "Journal | None",
    ) -> None:
        from guide.awake import awake

        prepared = sitting.prepared
        with awake("a reflection may follow"):
            try:
                self._remember(journal, prepared, started, status)
                if _is_quick(prepared.script):
                    click.echo(WHERE)
                if status.finished:
                    self._reflect(prepared, sitting.sink, status, request, journal)
                elif not _is_quick(prepared.script):
                    self._left(status)
            finally:
                self.spoken.update(journal.spoken if journal else {})
                sitting.sink.close()

    def _remember(
        self, journal: "Journal | None", prepared: Prepared, started: dt.datetime, status: Status
    ) -> None:
        """Note that it was sat; the evening goes on where that cannot be."""
        if journal is None or (_is_quick(prepared.script) and not status.played):
            return
        try:
            journal.sat(
                prepared.plan.name,
                started=started,
                asked=prepared.timeline.target,
                frames=status.played,
                finished=status.finished,
            )
        except GuideError as error:
            click.echo(str(error), err=True)

    def _left(self, status: Status) -> None:
        click.echo(f"Stopped at {clock(status.at)}. `guide play --resume` goes on from there.")
        if "hard-moment" in self.desk.library.names():
            click.echo("If this moment is hard: `guide play hard-moment` is three minutes of steady ground.")
        click.echo(WHERE)

    def _reflect(
        self, prepared: Prepared, sink: Sink, status: Status, request: Request, journal: "Journal | None"
    ) -> None:
        from guide.desk.asking import page_of

        page = page_of(self.desk, prepared)
        wanted = self.desk.config.reflect
        if page is None or not request.reflects or wanted == "never":
            return
        if page.when == "morning":
            import shlex

            click.echo("In the morning, if you like:")
            for question in page.questions:
                click.echo(
                    f"  guide reflect --question {shlex.quote(legible(self.desk.named(question.ask)))}"
                )
            return
        if journal is None:
            return
        try:
            journal.lock()
        except GuideError as error:  # before anyone speaks into nothing
            click.echo(f"{error} So no reflection is offered.", err=True)
            return
        from guide.cli.reflecting import Reflecting
        from guide.desk.asking import asked
        from guide.reflection import Occasion

        plan = prepared.plan
        with Reflecting.begun(
            self.desk, journal, sink, prepared.clips, prepared.lines,
            microphone=request.microphone, plain=self.plain, end_after_silence=request.end_after_silence,
        ) as reflecting:  # fmt: skip
            kept = reflecting.hold(
                asked(self.desk, page),
                Occasion(plan.name, plan.title, status.played),
                invite=self.desk.named(page.invite) if page.invite else None,
                close=self.desk.named(page.close) if page.close else None,
                offered=wanted == "ask",
                scales=self._scales(page),
            )
        if kept and _is_quick(prepared.script):
            click.echo(WHERE)  # once more: it is what stays on the screen

    def _scales(self, page: Reflection) -> "Scales | None":
        """What marks may be given to, in this person's words."""
        if page.marks is None:
            return None
        from guide.reflection import Scale, Scales

        invite = self.desk.named(page.marks.invite) if page.marks.invite else None
        return Scales(tuple(Scale(one.key, self.desk.named(one.ask)) for one in page.marks.of), invite)


def _remark(voice: Instead, wanted: str) -> str:
    """A few words beside the time where it is not the wanted voice that speaks."""
    if voice.mute:
        return "no voice can be had; the words are to be read"
    return f"'{wanted}' cannot be had; the usual voice speaks" if voice.another else ""


def _is_quick(script: Script | None) -> bool:
    """Whether it is for a hard moment: then nothing is asked, and nothing waits."""
    return script is not None and script.page.kind == "quick"

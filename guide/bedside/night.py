"""One session on the device, from the first word to what was said afterwards, on a thread of its own."""

import threading
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from guide.bedside.events import Ended
from guide.bedside.front import ButtonFront
from guide.bedside.listening import journal_of, listen, written_down
from guide.bedside.morning import Asking, Tomorrow
from guide.bedside.running import Room, Seen, to_its_end
from guide.bedside.state import Doing
from guide.breathing import fullness
from guide.errors import GuideError, OutOfReachError
from guide.player import Verb
from guide.reflection import Choice
from guide.saved import Lock, Saved

if TYPE_CHECKING:
    from guide.journal import Journal
    from guide.live import Live
    from guide.session import Prepared
    from guide.sinks import Sink
    from guide.sitting import Sitting
    from guide.voices import Voice

_LAST_WORD, _LOOK = 15.0, 0.1
"""Seconds for which a last word is waited for at most, and between two looks."""
_DOING: dict[str, Doing] = {
    "playing": "playing",
    "paused": "paused",
    "lost": "lost",
    "landing": "landing",
    "ended": "landing",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which session."""

    name: str | None
    """None for the one that was left off."""
    frames: int | None = None
    """How long; None for its usual length."""
    title: str | None = None


class Night:
    """A `Running`: a session, and the reflection after it."""

    def __init__(self, room: Room, wanted: Wanted) -> None:
        self._room = room
        self._wanted = wanted
        self._lock = threading.Lock()
        self._stops = 0
        """How often it was asked to stop."""
        self._sitting: Sitting | None = None
        self._front: ButtonFront | None = None
        self._deaf: bool | None = None
        self._unkept: bool | None = None
        self._name, self._title = wanted.name, wanted.title
        self._thread = threading.Thread(target=to_its_end, args=(room, self._sit), name="night", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(self, verb: Verb) -> None:
        with self._lock:
            self._stops += verb == "stop"
            if self._sitting is not None:
                self._sitting.do(verb)
            if self._front is not None and verb == "stop":
                self._front.press("end")

    def choose(self, choice: Choice) -> None:
        with self._lock:
            if self._front is not None:
                self._front.press(choice)

    def limit(self, ceiling: int) -> None:
        with self._lock:
            if self._sitting is not None:
                self._sitting.limit(ceiling)

    def seen(self) -> Seen:
        with self._lock:
            sitting, front = self._sitting, self._front
        if sitting is None:
            return Seen("preparing", self._name, self._title)
        status = sitting.status()
        doing = front.doing if front is not None else _DOING[status.state]
        if doing == "playing" and status.held:
            doing = "preparing"  # it begins with a word that is still being spoken
        breath = fullness(status.timeline, status.at) if doing == "playing" else None
        return Seen(doing, self._name, self._title, status.at, status.timeline.frames, status.volume, breath)

    # ── its own thread ───────────────────────────────────────────────────────────────────────────────────

    def _sit(self) -> Ended:
        from guide.sitting import Sitting

        room, desk = self._room, self._room.desk
        lock = Lock(desk.folders.state)
        with ExitStack() as stack:
            stack.callback(lock.release)
            session = self._session(stack)
            prepared = session if not hasattr(session, "prepared") else session.prepared
            self._name, self._title = prepared.plan.name, prepared.plan.title
            if self._stops:
                return Ended()
            sink = room.mouth.lend()
            stack.callback(lambda: room.mouth.back(self._sitting.sink if self._sitting else sink))
            saved = Saved(desk.folders.state)
            quick = prepared.script is not None and prepared.script.page.kind == "quick"
            sitting = Sitting(
                session, sink, saved.aside() if quick else saved,
                reopen=room.find, now=room.clock.now, ceiling=room.ceiling(),
            )  # fmt: skip
            with self._lock:
                self._sitting = sitting
                for _ in range(self._stops):
                    sitting.do("stop")
            return self._heard(sitting, quick=quick)

    def _session(self, stack: ExitStack) -> "Live | Prepared":
        """The session, ready to sound. Raises GuideError."""
        from guide.live import begin

        desk, wanted = self._room.desk, self._wanted
        if wanted.name is None:
            return self._left_off(stack)
        script = desk.script(wanted.name)
        self._title = script.page.title
        language = script.page.language
        if script.page.kind == "quick":  # it waits for no voice that fails
            voice: Voice = stack.enter_context(closing(desk.any_voice(None, language)))
        else:
            voice = stack.enter_context(desk.voice(None, language))
        wish = desk.wish(wanted.frames, None, None, desk.voice_name(None, language))
        wish = replace(wish, echoes=desk.echoes(script))
        try:
            return begin(script, wish, voice, desk.library)
        except OutOfReachError:
            if wanted.frames is None:
                raise
            self._say("out_of_reach")
            return begin(script, replace(wish, target=None), voice, desk.library)

    def _say(self, name: str) -> None:
        """Say a line of the device, and wait until it was heard."""
        room, nothing = self._room, SimpleQueue[None]()
        room.mouth.say(room.said(name))
        until = room.clock.elapsed() + _LAST_WORD
        while room.mouth.speaking and room.clock.elapsed() < until:
            room.clock.wait(nothing, room.clock.elapsed() + _LOOK)

    def _left_off(self, stack: ExitStack) -> "Live | Prepared":
        from guide.desk.echoes import for_plan
        from guide.live import go_on
        from guide.session import resume

        desk = self._room.desk
        plan = Saved(desk.folders.state).unfinished()
        if plan is None:
            raise GuideError("There is no session to go on with.")
        voice = stack.enter_context(desk.voice(plan.voice, plan.language))
        echoes = for_plan(plan, desk.folders)
        if not plan.silences:
            return resume(plan, voice, desk.library, desk.config.lines, echoes=echoes)
        wish = replace(desk.wish(None, None, None, plan.voice), echoes=echoes)
        return go_on(plan, desk.script(plan.path), wish, voice, desk.library)

    def _heard(self, sitting: "Sitting", *, quick: bool) -> Ended:
        """Play it to its end, and listen afterwards. Raises what kept the voice from speaking."""
        started, begun = self._room.clock.now(), self._room.uptime()
        problem: GuideError | None = None
        try:
            sitting.run()
        except GuideError as error:
            problem = error
        status, prepared = sitting.status(), sitting.prepared
        journal = journal_of(self._room)
        try:
            if journal is not None and status.played:
                with suppress(GuideError):
                    journal.sat(
                        prepared.plan.name,
                        started=started,
                        asked=prepared.timeline.target,
                        frames=status.played,
                        finished=status.finished,
                        begun=begun,
                    )
            if status.finished:
                self._reflect(prepared, sitting.sink, journal, status.played)
        finally:
            written_down(self._room, journal)
        if problem:
            raise problem
        sleeping = prepared.plan.sleep
        lost = status.state == "lost"
        ground = not (status.finished or quick or sleeping or lost)
        return Ended(status.finished, ground=ground, deaf=self._deaf, unkept=self._unkept)

    def _reflect(self, prepared: "Prepared", sink: "Sink", journal: "Journal | None", played: int) -> None:
        from guide.desk.asking import page_of
        from guide.reflection import Occasion

        room, plan, wanted = self._room, prepared.plan, self._room.reflects()
        page = page_of(room.desk, prepared)
        if page is None or wanted == "never":
            return
        if page.when == "morning":
            asking = Asking(plan.name, played, room.clock.now().isoformat(timespec="seconds"))
            Tomorrow(room.desk.folders.state).keep(asking)
            return
        occasion = Occasion(plan.name, plan.title, played)
        self._unkept = True
        if journal is None:
            return
        with suppress(GuideError):
            self._deaf = listen(
                room, sink, journal, clips=prepared.clips, lines=prepared.lines, page=page,
                occasion=occasion, meet=self._meet, offered=wanted == "ask",
            )  # fmt: skip
            self._unkept = False

    def _meet(self, front: ButtonFront) -> None:
        with self._lock:
            self._front = front
            if self._stops:
                front.press("end")

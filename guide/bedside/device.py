"""The device: one loop over what happens, and the one who knows what it is doing.

Whatever takes time (sound, speech, the disk) does so on its own thread, and puts an event into the inbox.
"""

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from guide import bells
from guide.bedside import gestures, schedule
from guide.bedside.choosing import Choosing, lengths_of, offered
from guide.bedside.cut import Marker
from guide.bedside.events import (
    Changed,
    Edge,
    Ended,
    Event,
    Gestured,
    Leave,
    Loudspeaker,
    Made,
    Ordered,
)
from guide.bedside.gestures import Gesture, Rule, Thumb
from guide.bedside.meaning import doubles, meaning
from guide.bedside.menu import Outcome
from guide.bedside.morning import Morning, Tomorrow
from guide.bedside.mouth import Mouth
from guide.bedside.night import Night, Wanted
from guide.bedside.offers import GROUND_STANDS, RETURN_STANDS, Offer
from guide.bedside.parts import Parts
from guide.bedside.rising import Rising
from guide.bedside.running import Room, Running, Seen
from guide.bedside.schedule import Due
from guide.bedside.setting import Deed, Invitation, Waking
from guide.bedside.state import Doing, State, Trouble
from guide.bedside.voicebox import Voicebox
from guide.duration import RATE, seconds
from guide.errors import DeviceError, GuideError, NotFoundError, OutOfReachError, StorageError, VoiceError
from guide.player import LOUDEST, SOFTEST, STEP
from guide.render import Sample
from guide.saved import Saved

if TYPE_CHECKING:
    from guide.bedside.condition import Condition
    from guide.library import Header

_BELL, _BELL_UNDER = "chime", -8.0
"""Before an invitation, and how many dB it is under the voice: somebody may be asleep already."""
_MOST_FAULTS = 30
"""In a row; what the loop does three times at each turn."""
_LEAVES_IN = 5.0
"""Seconds after the announcement in which a press keeps the device on."""
_AT_EVERY_BREATH, _AT_EASE = 0.1, 0.5
"""Seconds between two looks at what plays: while the light breathes with it, and else."""
_SETTINGS, _CONDITION, _HOURS = 3.0, 30.0, 15.0
"""Seconds between two looks at the settings, the machine and the clock on the wall."""


class Device:
    """Made once; `run` belongs to one thread, everything else puts events into `inbox`."""

    def __init__(self, parts: Parts) -> None:
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        self.made = threading.Event()
        """Set once all that it may have to say was made ahead, or could not be."""
        self._parts = parts
        self._clock = parts.clock
        self._setting = parts.setting()
        self._desk = parts.desk()
        self._saved = Saved(self._desk.folders.state)
        self._marker = Marker(self._desk.folders.state)
        self._tomorrow = Tomorrow(self._desk.folders.state)
        self._mouth = Mouth(
            parts.find, self._volume, parts.clock, lambda error: self.inbox.put(Loudspeaker(error is None))
        )
        self._voicebox = Voicebox(self._desk, self._mouth)
        self._thumb = Thumb()
        self._running: Running | None = None
        self._session = False
        """Whether what runs is a session, and its end is to be noted."""
        self._going_on = False
        """Whether what runs was left off before."""
        self._menu = Choosing(self._clock, self._mouth)
        self._offer: Offer | None = None
        self._chosen: Wanted | None = None
        """What the next press begins, where that was chosen."""
        self._usual = Wanted("hard-moment")
        """What it begins else."""
        self._leaving: float | None = None
        """When it switches off."""
        self._ending = False
        """Whether it leaves for good once nothing runs."""
        self._off = False
        self._switch = False
        self._warned = False
        self._faults = 0
        self._past = schedule.Past()
        self._due: list[Due] = []
        self._soon: Due | None = None
        """What the clock begins next."""
        self._condition: Condition | None = None
        self._silent = False
        """Whether there is no loudspeaker."""
        self._voiceless = False
        self._deaf = False
        self._unkept = False
        self._seen_troubles: frozenset[Trouble] = frozenset()
        self._headers: tuple[Header, ...] = ()
        self._ceiling = LOUDEST
        self._shown: State | None = None
        self._next: dict[str, float] = {}

    # ── the loop ─────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Go on until it is told to leave. Raises nothing that a sentence could say."""
        with self._clock.attended():
            self._begin()
            while not self._off:
                self._parts.rest()
                event = self._clock.wait(self.inbox, self._moment())
                self._parts.loop()
                while event is not None:
                    self._safely(partial(self._take, event))
                    event = self._more()
                self._safely(self._pass)
                self._safely(self._show)
        self._mouth.close()
        self._show()
        if self._switch:
            self._parts.switch_off()

    def _safely(self, work: Callable[[], None]) -> None:
        """Do it, and go on whatever comes of it: a button has to work for months.

        Raises what fails again and again, so that the process is started anew.
        """
        try:
            work()
        except Exception as error:
            self._faults += 1
            self._parts.note(f"a fault: {type(error).__name__}")
            if self._faults >= _MOST_FAULTS:
                raise
        else:
            self._faults = 0

    def _begin(self) -> None:
        self._settle()
        self._look_at_condition()
        self._look_at_hours()
        self._mouth.look()
        cut = self._marker.found()
        if cut is not None and self._saved.unfinished() is None:
            self._marker.clear()
        elif cut is not None:
            self._parts.note("a session was cut off")
            if self._setting.after_a_cut == "go on":
                self._start_session(Wanted(None))
            else:
                # Who was listening a moment ago is told; who comes home to it hears it when they press.
                self._offer = self._returning(told=cut.same_boot)
                if cut.same_boot:
                    self._line("going_on_offer")
        self._show(ready=True)

    def _more(self) -> Event | None:
        """What else has come: all of it happened before what time brings now."""
        try:
            return self.inbox.get_nowait()
        except Empty:
            return None

    def _moment(self) -> float | None:
        """When something is to be looked at, whatever comes."""
        moments = [*self._next.values()]
        if (due := gestures.due(self._thumb, self._rule())) is not None:
            moments.append(due)
        if self._offer:
            moments.append(self._offer.until)
        if self._leaving is not None:
            moments.append(self._leaving)
        if self._running or self._mouth.speaking:
            shown = self._shown
            quick = shown is not None and (
                shown.breath is not None or shown.doing in ("offering", "asking", "listening")
            )
            moments.append(self._clock.elapsed() + (_AT_EVERY_BREATH if quick else _AT_EASE))
        elif self._menu.until is not None:
            moments.append(self._menu.until)
        return min(moments, default=None)

    def _take(self, event: Event) -> None:
        match event:
            case Edge():
                self._edge(event)
            case Gestured():
                self._gesture(event.gesture)
            case Ordered():
                self._ordered(event)
            case Changed(what="setting"):
                self._settle()
            case Changed():
                self._look_at_condition()
            case Ended():
                self._ended(event)
            case Loudspeaker():
                self._loudspeaker(there=event.there)
            case Made():
                self._voiceless = event.error is not None
                self.made.set()
            case Leave():
                self._leave_softly()

    def _pass(self) -> None:
        """What time has brought."""
        now = self._clock.elapsed()
        self._thumb, found = gestures.step(self._thumb, now, self._rule())
        for gesture in found:
            self._gesture(gesture)
        self._look_around(now)
        if self._offer and now >= self._offer.until:
            self._answer(accepted=False)
        self._chose(self._menu.passed())
        if self._leaving is not None and now >= self._leaving and not self._running:
            self._off = self._switch = True
        if self._ending and not self._running:
            self._off = True
        if self._due and self._is_idle:
            self._begin_due()
        elif self._doing == "paused" and any(not isinstance(one.deed, Invitation) for one in self._due):
            self._stop_all()  # somebody fell asleep over it, and is to be woken all the same

    def _look_around(self, now: float) -> None:
        for name, every, look in (
            ("settings", _SETTINGS, self._look_at_settings),
            ("condition", _CONDITION, self._look_at_condition),
            ("hours", _HOURS, self._look_at_hours),
        ):
            if now >= self._next.get(name, 0.0):
                self._next[name] = now + every
                look()

    # ── what it is doing ─────────────────────────────────────────────────────────────────────────────────

    @property
    def _doing(self) -> Doing:
        if self._off:
            return "off"
        running = self._running.seen().doing if self._running else None
        if running == "listening":
            return running  # whatever else is to be shown: a microphone is open
        if self._leaving is not None or self._warned:
            return "leaving"
        return running or self._resting

    @property
    def _resting(self) -> Doing:
        """What it is doing while nothing runs."""
        if self._menu.open:
            return "choosing"
        if self._offer:
            return "returning" if self._offer.kind == "return" else "inviting"
        return "speaking" if self._mouth.speaking else "waiting"

    @property
    def _is_idle(self) -> bool:
        return self._doing in ("waiting", "speaking", "choosing", "inviting", "returning")

    def _state(self) -> State:
        seen = self._running.seen() if self._running else Seen("waiting")
        wanted = self._offer.wanted if self._offer else self._to_begin()
        name, title = (seen.session, seen.title) if self._running else (wanted.name, wanted.title)
        return State(
            doing=self._doing,
            session=name,
            title=title,
            at=seen.at // RATE * RATE,
            frames=seen.frames if self._running else wanted.frames,
            volume=seen.volume if seen.volume is not None else self._volume(),
            ceiling=self._ceiling,
            night=self._is_night,
            light=self._setting.night.light if self._is_night else 1.0,
            breath=seen.breath,
            troubles=self._troubles(),
            next=self._soon.begins.isoformat(timespec="seconds") if self._soon else None,
            left_off=bool(self._offer and self._offer.kind == "return"),
        )

    def _show(self, *, ready: bool = False) -> None:
        state = self._state()
        if ready or state != self._shown:
            self._shown = state
            self._parts.show(state)

    def _troubles(self) -> tuple[Trouble, ...]:
        found: list[Trouble] = ["no loudspeaker"] if self._silent else []
        found += ["no microphone"] if self._deaf else []
        found += ["no journal"] if self._unkept else []
        found += ["no voice"] if self._voiceless else []
        found += ["setting broken"] if self._parts.problems() else []
        found += self._condition.troubles if self._condition else ()
        return tuple(found)

    @property
    def _is_night(self) -> bool:
        """Also while nobody knows what time it is: then it is better to be quiet."""
        return not self._knows_the_time or schedule.night(self._setting, self._clock.now())

    @property
    def _knows_the_time(self) -> bool:
        return self._condition is not None and self._condition.clock_set

    def _volume(self) -> int:
        return min(self._saved.volume(), self._ceiling)

    # ── looking around ───────────────────────────────────────────────────────────────────────────────────

    def _look_at_settings(self) -> None:
        before = self._parts.problems()
        if self._parts.changed():
            self._settle()
        problems = self._parts.problems()
        if problems != before:
            for sentence in problems:
                self._parts.note(sentence)
            if problems and not before:
                self._tell("setting broken")
            elif before and not problems and self._speaks_up:
                self._line("setting_taken")

    def _settle(self) -> None:
        """Take the settings as they are now."""
        pins, self._setting = self._setting.pins, self._parts.setting()
        if pins != self._setting.pins:
            self._thumb = Thumb()  # a button that is another one was not let go
        try:
            self._desk = self._parts.desk()
        except GuideError as error:
            self._parts.note(str(error))
        self._headers = tuple(self._desk.library.headers())
        self._voicebox.retire()
        self._voicebox = Voicebox(self._desk, self._mouth)
        self._usual = self._wanted(self._setting.press)
        self._shown = None  # other pins are taken even where nothing is to be seen
        self._look_at_hours()
        self._voicebox.make(self._texts(), lambda error: self.inbox.put(Made(error)))

    def _texts(self) -> tuple[str, ...]:
        """All that may have to be said by these settings."""
        from guide.bedside.sayings import lengths_in, moments_in, names_in

        titles = (header.title for header in self._headers)
        lengths = dict.fromkeys(
            [
                *lengths_in(self._setting),
                *(length for header in self._headers for length in lengths_of(header)),
            ]
        )
        return self._voicebox.words.everything(
            dict.fromkeys([*titles, *names_in(self._setting)]),
            filter(None, lengths),
            moments_in(self._setting),
        )

    def _look_at_condition(self) -> None:
        knew = self._condition is not None and self._condition.clock_set
        self._condition = self._parts.condition(self._condition)
        if self._condition.clock_set and not knew:
            self._parts.learn()
        if self._silent and not self._running:
            self._mouth.look()
        troubles = frozenset(self._condition.troubles)
        for trouble in self._condition.troubles:
            if trouble not in self._seen_troubles:
                self._parts.note(f"trouble: {trouble}")
                self._tell(trouble)
        self._seen_troubles = troubles

    def _look_at_hours(self) -> None:
        """What the clock on the wall begins, and how loud and bright it may be now."""
        now = self._clock.now()
        ceiling = schedule.ceiling(self._setting, now) if self._knows_the_time else self._setting.night.volume
        ceiling = min(ceiling, self._setting.volume)
        if ceiling != self._ceiling:
            self._ceiling = ceiling
            if self._running:
                self._running.limit(ceiling)
            self._mouth.turned()
        self._past, due = schedule.due(self._setting, self._past, now, known=self._knows_the_time)
        self._due += due
        self._soon = schedule.upcoming(self._setting, now) if self._knows_the_time else None

    def _begin_due(self) -> None:
        """Begin what the clock wants, now that nothing else goes on."""
        now = self._clock.now()
        waiting, self._due = self._due, []
        for one in waiting:
            if now >= max(one.lapses, _until(one)):
                continue
            if not self._is_idle or (self._running and isinstance(one.deed, Invitation)):
                self._due.append(one)
            elif isinstance(one.deed, Invitation):
                self._invite(one)
            else:
                self._clear()
                late = round((now - one.begins).total_seconds() * RATE)
                self._run(Rising(self._room(), one.deed, max(0, late)), session=False)

    def _invite(self, one: Due) -> None:
        if not isinstance(one.deed, Invitation):
            return
        wanted = self._wanted(Deed(play=one.deed.play, length=one.deed.length))
        self._clear()
        stands = seconds(one.deed.stands) - (self._clock.now() - one.begins).total_seconds()
        self._offer = Offer("invitation", wanted, self._clock.elapsed() + stands)
        said = self._voicebox.words.invitation(one.deed.at, wanted.title or wanted.name or "", wanted.frames)
        with suppress(GuideError):
            bell = Sample.of(bells.load(self._desk.library.bell_path(_BELL)))
            self._mouth.say([(bell, _BELL_UNDER)])
        self._voicebox.say(said)

    # ── what a thumb asks for ────────────────────────────────────────────────────────────────────────────

    def _rule(self) -> Rule:
        return replace(self._parts.rule, doubles=doubles(self._doing))

    def _edge(self, edge: Edge) -> None:
        if edge.button == "button":
            self._thumb, found = gestures.step(self._thumb, edge.at, self._rule(), down=edge.down)
            for gesture in found:
                self._gesture(gesture)
        elif edge.down and edge.button == "skip":
            if self._running:
                self._running.do("skip")
        elif edge.down:
            self._turn(STEP if edge.button == "louder" else -STEP)

    def _gesture(self, gesture: Gesture) -> None:
        if gesture == "warn":
            self._warn()
        elif gesture == "kept":
            if self._warned:
                self._warned = False
                self._mouth.hush()
                self._line("staying")
        elif gesture == "off":
            self._warned = False
            self._announce_leaving()
        else:
            self._act(gesture)

    def _act(self, gesture: Gesture) -> None:
        act = meaning(self._doing, gesture)
        running = self._running
        if act == "begin":
            self._deed({"press": self._setting.press, "double": self._setting.double}.get(
                gesture, self._setting.hold
            ), by_press=gesture == "press")  # fmt: skip
        elif act in ("accept", "decline"):
            self._answer(accepted=act == "accept")
        elif act in ("toggle", "skip", "stop") and running:
            running.do(act)
        elif act in ("yes", "not this", "end") and running:
            running.choose({"yes": "yes", "not this": "skip"}.get(act, "end"))  # type: ignore[arg-type]
        elif act in ("next", "other length", "choose"):
            self._chose(self._menu.act(act))
        elif act == "stay":
            self._stay()

    def _deed(self, deed: Deed, *, by_press: bool) -> None:
        if deed.play == "menu":
            self._choose()
        elif deed.play == "status":
            self._clear()
            self._voicebox.say(self._voicebox.words.status(self._state(), self._clock.now()))
        elif by_press and self._asked_this_morning():
            pass
        elif deed.play != "nothing":
            self._start_session(self._to_begin() if by_press else self._wanted(deed))

    def _asked_this_morning(self) -> bool:
        """Whether there was a question from the night, which is asked now; once, and it is asked no more."""
        asking = self._tomorrow.due(self._clock.now()) if self._knows_the_time else None
        if asking is None or self._reflects() == "never":
            return False
        self._tomorrow.forget()
        self._clear()
        self._run(Morning(self._room(), asking), session=False)
        return True

    def _to_begin(self) -> Wanted:
        """What a press would begin now."""
        return self._chosen or self._usual

    def _wanted(self, deed: Deed) -> Wanted:
        name: str | None = deed.play
        if name == "next":
            name = self._next_of_course()
        header = next((header for header in self._headers if header.name == name), None)
        length = deed.length or (header.usual if header else None)
        return Wanted(name, length, header.title if header else None)

    def _next_of_course(self) -> str:
        from guide.desk.way import Way

        try:
            way = Way.found(self._desk.folders, self._desk.library, self._headers)
        except GuideError:
            way = None
        if way is not None and way.next is not None:
            return way.next.session
        return self._headers[0].name if self._headers else "hard-moment"

    def _answer(self, *, accepted: bool) -> None:
        offer = self._offer
        if offer is None:
            return
        if accepted and not offer.told:
            self._offer = replace(offer, told=True)
            self._line("going_on_offer")
            return
        self._menu.close()
        self._offer = None
        if accepted:
            self._start_session(offer.wanted)
        elif offer.kind == "return":
            self._marker.clear()

    def _clear(self) -> None:
        """Leave what was offered, said or being chosen."""
        self._mouth.hush()
        self._menu.close()
        self._offer = None

    def _returning(self, *, told: bool) -> Offer:
        plan = self._saved.unfinished()
        wanted = Wanted(None, plan.timeline.frames if plan else None, plan.title if plan else None)
        return Offer("return", wanted, self._clock.elapsed() + RETURN_STANDS, told=told)

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────

    def _start_session(self, wanted: Wanted) -> None:
        self._clear()
        self._chosen = None
        self._going_on = wanted.name is None
        self._run(Night(self._room(), wanted), session=True)

    def _run(self, running: Running, *, session: bool) -> None:
        self._running, self._session = running, session
        if session:
            self._marker.set()
        running.start()

    def _room(self) -> Room:
        return Room(
            desk=self._desk,
            clock=self._clock,
            mouth=self._mouth,
            find=self._parts.find,
            microphone=self._parts.microphone,
            ceiling=lambda: self._ceiling,
            said=self._voicebox.line,
            words=self._voicebox.words.lines,
            reflects=self._reflects,
            ended=self.inbox.put,
            night=lambda: self._is_night,
            uptime=lambda: None if self._knows_the_time else self._parts.uptime(),
        )

    def _reflects(self) -> str:
        by_night = self._setting.night.reflect if self._is_night else None
        return by_night or self._desk.config.reflect

    def _ended(self, ended: Ended) -> None:
        waking, self._running = isinstance(self._running, Rising), None
        going_on, self._going_on = self._going_on, False
        if self._session:
            self._session = False
            if going_on and isinstance(ended.error, DeviceError):
                self._offer = self._returning(told=False)  # a card that is late: nothing is forgotten for it
            else:
                self._marker.clear()
            self._usual = self._wanted(self._setting.press)
            if self._knows_the_time:
                self._parts.learn()  # it may have been set in the middle
        self._learn_troubles(ended)
        if ended.error is not None:
            self._parts.note(_logged(ended.error))
            self._say_why(ended.error)
        elif ended.ground and self._leaving is None and not self._ending:
            name = "hard-moment"
            if name in self._desk.library.names():
                wanted = self._wanted(Deed(play=name))
                self._offer = Offer("ground", wanted, self._clock.elapsed() + GROUND_STANDS)
        if self._leaving is not None:
            self._announce_leaving()
        elif waking and not ended.finished and ended.error is None and not self._ending:
            self._asked_this_morning()  # somebody is awake

    def _learn_troubles(self, ended: Ended) -> None:
        """What has shown itself to work, or not to."""
        self._voiceless = self._voiceless and not ended.finished
        if ended.unkept is not None:
            said, self._unkept = self._unkept, ended.unkept
            if self._unkept and not said:
                self._tell("no journal")
        if ended.deaf is not None:
            self._deaf = ended.deaf

    def _say_why(self, error: GuideError) -> None:
        lines = self._voicebox.words.lines
        if isinstance(error, DeviceError):
            self._silent = True
        elif isinstance(error, OutOfReachError):
            self._voicebox.say(lines.out_of_reach)
        elif isinstance(error, VoiceError):
            self._voiceless = True
            self._voicebox.say(lines.voice_failed)
        elif isinstance(error, NotFoundError):
            self._voicebox.say((*lines.session_missing, *lines.look_at_settings))
        elif isinstance(error, StorageError):
            self._tell("disk full")
        else:
            self._voicebox.say(lines.voice_failed)

    # ── the menu ─────────────────────────────────────────────────────────────────────────────────────────

    def _choose(self) -> None:
        chosen = self._to_begin()
        self._clear()
        choices = offered(self._headers, self._setting.menu)
        self._chose(self._menu.begin(self._voicebox, choices, chosen.name, chosen.frames))

    def _chose(self, outcome: Outcome | None) -> None:
        """What was chosen begins now, or is what the next press begins."""
        if outcome is None or outcome.name is None:
            return
        header = next((header for header in self._headers if header.name == outcome.name), None)
        wanted = Wanted(outcome.name, outcome.frames, header.title if header else None)
        if outcome.begins:
            self._start_session(wanted)
        else:
            self._chosen = wanted

    # ── volume, words ────────────────────────────────────────────────────────────────────────────────────

    def _turn(self, step: int) -> None:
        if self._running:
            self._running.do("louder" if step > 0 else "softer")
            return
        before = self._volume()
        wished = min(max(before + step, SOFTEST), LOUDEST)
        lines = self._voicebox.words.lines
        if step > 0 and wished > self._ceiling:
            self._voicebox.say(lines.loudest_at_night if self._is_night else lines.loudest)
        elif wished == before:
            self._voicebox.say(lines.softest)
        else:
            self._saved.keep_volume(wished)
            self._mouth.turned()
            self._voicebox.say(lines.louder if step > 0 else lines.quieter)

    @property
    def _speaks_up(self) -> bool:
        """Whether something that nobody asked for may be said now: never by night, never over anything."""
        return not self._is_night and not self._running and not self._mouth.speaking

    def _tell(self, trouble: Trouble) -> None:
        """Say what is wrong, where that disturbs nobody; the light shows it anyway."""
        if self._speaks_up:
            self._voicebox.say(self._voicebox.words.trouble(trouble))

    def _line(self, name: str) -> None:
        self._voicebox.say(getattr(self._voicebox.words.lines, name))

    def _loudspeaker(self, *, there: bool) -> None:
        was, self._silent = self._silent, not there
        if there and was:
            self._parts.note("the loudspeaker is there")
            if self._speaks_up:
                self._line("loudspeaker_back")
        elif not there and not was:
            self._parts.note("there is no loudspeaker")

    # ── the socket ───────────────────────────────────────────────────────────────────────────────────────

    def _ordered(self, ordered: Ordered) -> None:
        try:
            self._obey(ordered)
        except Exception as error:
            if ordered.answer is not None:
                ordered.answer.set_exception(error)
            if not isinstance(error, GuideError):
                raise
        else:
            if ordered.answer is not None:
                ordered.answer.set_result(None)

    def _obey(self, ordered: Ordered) -> None:
        order, running = ordered.order, self._running
        if order in ("louder", "softer"):
            self._turn(STEP if order == "louder" else -STEP)
        elif order in ("toggle", "skip", "back", "stop"):
            if running is None:
                raise GuideError("Nothing plays.")
            running.do(order)
        elif running is not None or self._leaving is not None:
            raise GuideError("A session is playing here. Stop it first, or let it end.")
        elif order == "play":
            self._play(ordered)
        elif order == "status":
            self._deed(Deed(play="status"), by_press=False)
        elif order == "menu":
            self._choose()
        elif self._saved.unfinished() is None:
            raise GuideError("There is no session to go on with.")
        else:
            self._start_session(Wanted(None))

    def _play(self, ordered: Ordered) -> None:
        wanted = self._to_begin()
        if ordered.session is not None:
            if ordered.session not in [header.name for header in self._headers]:
                raise NotFoundError(f"There is no session '{ordered.session}'.")
            wanted = self._wanted(Deed(play=ordered.session, length=ordered.frames))
        elif ordered.frames is not None:
            wanted = replace(wanted, frames=ordered.frames)
        self._start_session(wanted)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────

    def _warn(self) -> None:
        if self._setting.switch_off == "yes" and self._leaving is None:
            self._warned = True
            self._menu.close()
            if not self._running:
                self._mouth.hush()
                self._line("hold_to_switch_off")

    def _announce_leaving(self) -> None:
        """Say it, and leave a moment in which a press keeps it on; a session comes to rest first."""
        if self._setting.switch_off == "no":
            self._leaving = None  # it may have been set while a session came to rest
            return
        now = self._clock.elapsed()
        if self._running:
            self._leaving = now
            self._stop_all()
            return
        self._clear()
        self._line("switching_off")
        self._leaving = now + _LEAVES_IN

    def _stop_all(self) -> None:
        if self._running:
            self._running.do("stop")
            self._running.do("stop")
            self._running.choose("end")

    def _stay(self) -> None:
        if self._leaving is not None and not self._running:
            self._leaving = None
            self._mouth.hush()
            self._line("staying")

    def _leave_softly(self) -> None:
        """The process is to end: what plays comes to rest, and its place is kept."""
        if self._ending:
            self._off = True  # told twice
        self._ending = True
        self._session = False  # nobody stopped it: it is offered again at the next start
        self._clear()
        self._stop_all()


def _until(one: Due) -> dt.datetime:
    """Until when a waking that had to wait for a session is worth beginning: as long as it would go on."""
    stays = one.deed.stays if isinstance(one.deed, Waking) else 0
    return one.at + dt.timedelta(seconds=seconds(stays))


def _logged(error: GuideError) -> str:
    """What went wrong, by its kind: a sentence of a script may be in its words."""
    return f"a session ended with {type(error).__name__}"

"""After the last bell: an offer, a question, quiet, and a microphone that listens as long as one likes."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol, TypeAlias

from guide.activity import Activity, Advice, State
from guide.aside import Aside
from guide.duration import frames
from guide.ending import BEGUN, Ending
from guide.errors import DeviceError, GuideError, StorageError
from guide.journal import Entry, Journal, Mark, Recording
from guide.lines import Lines
from guide.microphone import Microphone
from guide.render import Sample
from guide.takes import FOR_AN_ECHO, LONGEST, End

ANSWER_WITHIN = 60.0
"""Seconds after which an offer that nobody answers is over, and no microphone was opened."""
AGREE_WITHIN = 20.0
"""Seconds after which the question whether an answer may be played is over, and it may not."""
QUIET = 10.0
"""Seconds between a question and the open microphone."""
_LOOK = 0.1
_TOO_LATE = 0.8
"""Seconds after somebody's own words, in which a press is still meant for them."""
_READ = 1.5
"""Seconds for which nobody has read a question yet that cannot be heard."""
_VOICE = 0.3
"""Seconds of voice under which a take has nobody in it."""
_ECHO = frames(1)
"""Frames after a tone of ours in which a microphone may still hear it: what loudspeaker and microphone hold
back, and the room."""
_IN_A_MOMENT = "It is quiet. This recording ends in a moment; a word, and it goes on."
_ENDED = "It was quiet for a while, and the recording ends here. What you said is kept."

Choice: TypeAlias = Literal["yes", "write", "skip", "end"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question."""

    text: str
    listen: int
    """Frames after which a quiet tone says that there was time; recording goes on."""
    echo: bool = False
    """Whether the answer may be played in a later session: it ends at 20 s, is heard, and is asked about."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Something that a mark may be given to."""

    key: str
    """What the marks are found again by."""
    ask: str
    """What it is, in a few words."""


@dataclass(frozen=True, slots=True)
class Scales:
    """All that marks may be given to, on one screen."""

    of: tuple[Scale, ...]
    invite: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the reflection follows; all of it is unknown for one that stands alone."""

    session: str | None = None
    """The slug of the session."""
    title: str | None = None
    session_frames: int | None = None
    """How long was sat, in frames at RATE."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a front may show while somebody speaks."""

    state: State
    frames: int
    """Recorded so far."""


class Front(Protocol):
    """Whoever stands between the person and the reflection: a terminal, a button and a light."""

    def offer(self, invite: str) -> None:
        """Show the offer."""

    def ask(self, question: str, number: int, of: int) -> None:
        """Show a question."""

    def hear(self, heard: Heard) -> None:
        """Show that the microphone is open, and what it hears. Returns at once."""

    def tell(self, sentence: str) -> None:
        """Show a sentence."""

    def fail(self, error: GuideError, then: str = "") -> None:
        """Show what could not be done, and what has become of it."""

    def play(self, sentence: str) -> None:
        """Show that the person's own words sound now, and that whatever they press stops them."""

    def agree(self, question: str) -> None:
        """Show a question to which `yes` is yes, and anything else, or nothing, is no."""

    def choice(self, timeout: float) -> Choice | None:
        """What the person chose within some seconds, or None."""

    def marks(self, scales: Scales, before: Sequence[Entry]) -> list[Mark]:
        """The marks that the person gives, few or none, beside those of the times `before`."""

    def line(self, question: str) -> str | None:
        """A line of text that the person writes; empty for none, None where they end it all."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """The spoken and struck side of it; `None` samples are only shown."""

    aside: Aside
    voice_gain: float
    line: Callable[[str], Sample | None]
    """A text in the session's voice, or None where it cannot be spoken."""
    tones: Mapping[str, Sample]
    """`listen`, `soft` and `ending`."""

    def speak(self, text: str) -> None:
        if sample := self.line(text):
            self.aside.say(sample, self.voice_gain)

    def tone(self, name: str) -> int:
        """Sound a tone; how many frames it has."""
        sample = self.tones[name]
        self.aside.say(sample)
        return sample.frames


@dataclass(frozen=True, slots=True)
class Reflection:
    """The order of it. Nothing spoken is lost, whatever happens on the way."""

    journal: Journal
    microphone: Callable[[], Microphone]
    sounding: Sounding
    front: Front
    lines: Lines
    occasion: Occasion
    end_after_silence: int = 0
    """Frames of silence that end a take, after a tone; 0 for never."""
    failed: list[GuideError] = field(default_factory=list)
    """Why a line that somebody wrote was not kept; it was told."""

    def offered(self, invite: str | None) -> Choice | None:
        """Offer it and wait a minute: what the person chose, None where nobody did or they end it all."""
        words = invite or self.lines.invite
        self.sounding.speak(words)
        self.front.offer(words)
        answer = self.front.choice(ANSWER_WITHIN)
        self.sounding.aside.hush()
        return None if answer == "end" else answer

    def held(
        self,
        questions: tuple[Asked, ...],
        close: str | None,
        *,
        writing: bool = False,
        scales: Scales | None = None,
    ) -> list[Entry]:
        """Ask, listen and keep, then ask for marks; the entries made. `writing` begins with writing."""
        entries: list[Entry] = []
        for number, question in enumerate(questions, 1):
            self.front.ask(question.text, number, len(questions))
            if question.echo:
                self.front.tell(self.lines.echo_length)
            choice: Choice = "write" if writing else self._asked(question)
            answer = self._listened(question) if choice == "yes" else _Answer(None, choice)
            answers = [answer]
            given: Choice = "yes"
            if answer.entry and answer.said and question.echo:
                given = self._given_back(answer.entry)
            if answer.then == "write":
                writing = writing or answer.deaf
                answers.append(self._written(question))
            entries += [answer.entry for answer in answers if answer.entry is not None]
            if "end" in (given, answers[-1].then):
                break
        else:
            entries += self._marked(scales) if scales else []
        if any(entry.deleted is None for entry in entries):
            self._closed(close or self.lines.close)
        return entries

    def _asked(self, question: Asked) -> Choice:
        """The question aloud, then quiet; Enter begins at any moment of both."""
        self.sounding.speak(question.text)
        if question.echo:
            self.sounding.speak(self.lines.echo_length)
        while self.sounding.aside.sounding:
            if choice := self.front.choice(_LOOK):
                self.sounding.aside.hush()
                return choice
        return self.front.choice(QUIET) or "yes"

    def _listened(self, question: Asked) -> "_Answer":
        """One take, from the open microphone to the kept file; where there can be none, a line instead."""
        microphone = self.microphone()
        try:
            microphone.open()
        except DeviceError as error:
            self.front.fail(error)
            self.sounding.speak(self.lines.no_microphone)
            return _Answer(None, "write", deaf=True)
        if microphone.notice:
            self.front.tell(microphone.notice)
        try:
            longest = FOR_AN_ECHO if question.echo else LONGEST
            recording = self.journal.begin(**asdict(self.occasion), question=question.text, longest=longest)
        except GuideError as error:  # no room, or a sealed journal that nothing can be sealed for
            microphone.close()
            self.front.fail(error)
            return _Answer(None, "write", deaf=True)
        listening, said = _Listening(self, question, recording), False
        try:
            listening.take(microphone)
            said = listening.said
        except DeviceError as error:
            self.front.fail(error, "What was said until then is kept.")
        finally:
            microphone.close()
            entry = self._kept(recording, empty=listening.empty)
        return _Answer(entry, listening.choice, said=said)

    def _given_back(self, entry: Entry) -> Choice:
        """Play a take once, and ask whether a later session may. Unheard, it may not.

        What was pressed, `end` where they end it all; `skip` where it was nothing.
        """
        from guide.echo import heard  # with all that arranges a session: most reflections need none of it

        sample = heard(self.journal, entry)
        if sample is None:
            if not self.journal.readable(entry):
                self.front.tell("It is sealed, and its key is not here: it is kept, and no session plays it.")
            return "skip"
        self.front.play(self.lines.echo_back)
        self.sounding.speak(self.lines.echo_back)
        # A press a moment after its end was meant to stop it.
        stopped = self._pressed() or self._sounded(sample) or self.front.choice(_TOO_LATE)
        if stopped:
            return stopped
        answer = self._denied() or self.front.choice(AGREE_WITHIN) or "skip"
        if answer != "yes":
            self.front.tell("It stays in the journal, and no session plays it.")
            return answer
        try:
            self.journal.agree(entry.id, agreed=True)
            self.front.tell(f"Sessions may play it. `guide journal echo {entry.id} --off` takes that back.")
        except GuideError as error:
            self.front.fail(error)
        return "yes"

    def _denied(self) -> Choice | None:
        """Ask whether it may be played; what was pressed until all of that was heard, or could be read.

        `yes` does not count yet: to a question that is not over it was meant for something else.
        """
        aside = self.sounding.aside
        before = aside.heard
        self.front.agree(self.lines.echo_ask)
        self.sounding.speak(self.lines.echo_ask)
        until = time.monotonic() + _READ
        while aside.sounding or (aside.heard == before and time.monotonic() < until):
            choice = self.front.choice(_LOOK)
            if choice and choice != "yes":
                aside.hush()
                return choice
        return None

    def _sounded(self, sample: Sample) -> Choice | None:
        """Sound it; None once it was heard to its end. Where there is no loudspeaker, nobody hears it."""
        aside = self.sounding.aside
        before = aside.heard
        aside.say(sample)
        return self._pressed() or (None if aside.heard > before else "skip")

    def _pressed(self) -> Choice | None:
        """Wait until all that sounds has sounded; what was pressed meanwhile, which hushes it."""
        while self.sounding.aside.sounding:
            if choice := self.front.choice(_LOOK):
                self.sounding.aside.hush()
                return choice
        return None

    def _kept(self, recording: Recording, *, empty: bool) -> Entry | None:
        """The entry of a take; into the bin with one that nobody spoke in, or that the person skipped."""
        try:
            entry = self.journal.discard_to_bin(recording) if empty else self.journal.keep(recording)
        except StorageError as error:
            self.front.fail(error)
            return None
        if entry is not None and empty:
            self.front.tell(f"That take is in the bin (`guide journal restore {entry.id}` brings it back).")
        return entry

    def _written(self, question: Asked) -> "_Answer":
        words = self.front.line(question.text)
        if words is None or not words.strip():
            return _Answer(None, "end" if words is None else "yes")
        try:
            entry = self.journal.write(words, **asdict(self.occasion), question=question.text)
        except GuideError as error:
            self.failed.append(error)
            self.front.fail(error, "What you wrote is not kept.")
            return _Answer(None, "end")
        return _Answer(entry, "yes")

    def _marked(self, scales: Scales) -> list[Entry]:
        """The entry of the marks, kept all at once; none where none was given."""
        try:
            before = self.journal.marked(self.occasion.session)
            given = self.front.marks(scales, before)
            return [self.journal.mark(given, **asdict(self.occasion))] if given else []
        except StorageError as error:
            self.front.fail(error)
            return []

    def _closed(self, words: str) -> None:
        self.sounding.speak(words)
        self.front.tell(words)
        self._pressed()


@dataclass(frozen=True, slots=True)
class _Answer:
    entry: Entry | None
    then: Choice
    deaf: bool = False
    """Whether nothing can be recorded here, and writing is what is left."""
    said: bool = False
    """Whether something was said, and the person, or the end of its time, ended it."""


class _Listening:
    """What goes on while the microphone is open."""

    def __init__(self, reflection: Reflection, question: Asked, recording: Recording) -> None:
        self._reflection = reflection
        self._question = question
        self._recording = recording
        self._activity = Activity()
        self._ending = Ending(reflection.end_after_silence)
        self._toned = False
        self._warned = False
        self.choice: Choice = "yes"
        self.empty = False
        self._voiced = 0.0

    @property
    def said(self) -> bool:
        """Whether somebody spoke, and did not press to leave it, or all of it."""
        return self.choice == "yes" and not self.empty and self._voiced >= _VOICE

    def take(self, microphone: Microphone) -> None:
        """Record until the person ends it, the take is full, or nobody has spoken in all its time.

        Silence ends it too, where that is asked for: all of what was heard is kept, the silence with it.
        """
        going = True
        told = False
        for block in microphone.blocks():
            if block.size and not told:
                # It is heard already when its tone says so, and nobody's first word is cut.
                told = True
                self._sound("listen")
            fits = self._recording.take.write(block) if block.size else True
            state = self._activity.push(block)
            self._voiced = state.voiced_seconds
            if not going:
                continue  # what the card still held: the last word is in it
            self._reflection.front.hear(Heard(state, self._recording.take.frames))
            if not fits:
                self._tell_end(state)
            going = fits and self._go_on(state)
            if not going:
                microphone.close()

    def _go_on(self, state: State) -> bool:
        if choice := self._reflection.front.choice(0.0):
            self.choice = choice
            self.empty = choice == "skip"
            return False
        # Whoever was heard is not spoken to while they think: some microphones are silent between words.
        if state.advice is Advice.MUTED and not self._warned and state.voiced_seconds < _VOICE:
            self._warned = True
            self._reflection.sounding.speak(self._reflection.lines.muted)
        over = not self._toned and self._recording.take.frames >= self._question.listen
        if over:
            self._toned = True
            self.empty = state.voiced_seconds < _VOICE
        return not self.empty and self._goes_on_in_silence(state, over=over)

    def _goes_on_in_silence(self, state: State, *, over: bool) -> bool:
        """Whether the take goes on; `over`: the time to speak is over just now, which a tone says."""
        begun = self._toned or state.voiced_seconds >= BEGUN
        word = self._ending.hear(self._recording.take.frames, frames(state.quiet_for), begun=begun)
        if word == "warn":
            self._sound("ending")
            self._reflection.front.tell(_IN_A_MOMENT)
        elif word == "end":
            self._reflection.front.tell(_ENDED)
        elif over and self._ending.warned is None:
            self._sound("soft")
        return word != "end"

    def _sound(self, tone: str) -> None:
        """Sound a tone, which the microphone may hear, and nobody takes for a voice."""
        self._activity.expect_tone(self._reflection.sounding.tone(tone) + _ECHO)

    def _tell_end(self, state: State) -> None:
        end = self._recording.take.ended
        if end is End.SHORT:
            self.empty = state.voiced_seconds < _VOICE
            if self.empty:
                return  # that it goes to the bin is said
            self._sound("soft")
        if end:
            self._reflection.front.tell(end.value)

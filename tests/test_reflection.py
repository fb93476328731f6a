"""The order of a reflection: who is asked, when the microphone opens, and that nothing said is lost."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from guide.activity import Advice
from guide.aside import Aside
from guide.bells import load
from guide.duration import RATE, frames
from guide.echo import heard
from guide.errors import DeviceError, GuideError
from guide.folders import Folders
from guide.journal import Entry, Journal, Mark
from guide.library import Library
from guide.lines import lines
from guide.microphone import CannedMicrophone, Microphone
from guide.reflection import (
    AGREE_WITHIN,
    ANSWER_WITHIN,
    QUIET,
    Asked,
    Choice,
    Heard,
    Occasion,
    Reflection,
    Scale,
    Scales,
    Sounding,
)
from guide.render import Sample
from guide.sinks import Tape
from guide.sound import Sound

LINES = lines("en")
_TONES = ("listen", "soft", "ending")
ONE, TWO = Asked("What is here?", frames(3)), Asked("And what else?", frames(3))


def babble(seconds: float) -> Sound:
    """Like a voice in a room: a gliding tone with overtones, in syllables."""
    time = np.arange(frames(seconds)) / RATE
    phase = np.cumsum(2 * np.pi * (120 + 20 * np.sin(2 * np.pi * 0.7 * time)) / RATE)
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 30)], axis=0)
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time), 0, 1)
    return np.asarray(0.05 * voice * syllables + room(seconds), dtype=np.float32)


def room(seconds: float) -> Sound:
    hiss = np.random.default_rng(1).standard_normal(frames(seconds))
    return np.asarray(0.001 * hiss, dtype=np.float32)


class Person:
    """A front: answers each wait in turn, presses keys at frames of a take, and remembers what was shown."""

    def __init__(
        self, *answers: Choice | None, keys: Mapping[int, Choice] | None = None, line: str | None = ""
    ) -> None:
        """`answers` to the offer, and to the quiet before each take; then nothing is answered."""
        self.shown: list[str] = []
        self.waits: list[float] = []
        self.heard: list[Heard] = []
        self.given: dict[str, int] = {}
        """The marks that are given when they are asked for."""
        self._answers = iter(answers)
        self._keys = dict(keys or {})
        self._line = line

    def offer(self, invite: str) -> None:
        self.shown.append(f"offer: {invite}")

    def ask(self, question: str, number: int, of: int) -> None:
        self.shown.append(f"{number}/{of}: {question}")

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)

    def fail(self, error: GuideError, then: str = "") -> None:
        self.tell(f"{error} {then}".rstrip())

    def tell(self, sentence: str) -> None:
        self.shown.append(sentence)

    def play(self, sentence: str) -> None:
        self.shown.append(f"play: {sentence}")

    def agree(self, question: str) -> None:
        self.shown.append(f"agree: {question}")

    def choice(self, timeout: float) -> Choice | None:
        if timeout == 0.0:
            at = self.heard[-1].frames
            return self._keys.pop(next((key for key in self._keys if key <= at), -1), None)
        if timeout < 1:
            return None  # while something sounds
        self.waits.append(timeout)
        return next(self._answers, None)

    def marks(self, scales: Scales, before: Sequence[Entry]) -> list[Mark]:
        self.shown.append(f"marks: {', '.join(one.ask for one in scales.of)}; {len(before)} before")
        return [Mark(one.key, one.ask, self.given[one.key]) for one in scales.of if one.key in self.given]

    def line(self, question: str) -> str | None:  # noqa: ARG002 - a promise of Front
        self.shown.append("a line")
        return self._line


class Evening:
    """A reflection with a real journal, a microphone that hears what it is given, and a tape to speak on."""

    def __init__(
        self, folder: Path, person: Person, sound: Callable[[], Microphone], after: float = 0
    ) -> None:
        """`after` so many seconds of silence a take ends."""
        self.journal = Journal.open(Folders(folder / "c", folder / "d", folder / "cache", folder / "s"))
        self.person = person
        self.tape = Tape()
        self.said: list[str] = []
        self.opened = 0
        self.aside = Aside(self.tape, 0)
        self._sound = sound
        tones = {name: Sample.of(np.full(RATE // 10, 0.5, dtype=np.float32)) for name in _TONES}
        self.tones: list[str] = []
        self.reflection = Reflection(
            self.journal,
            self._microphone,
            Sounding(self.aside, 0.0, self._spoken, Watched(tones, self.tones)),
            person,
            LINES,
            Occasion("evening", "Evening", frames(600)),
            frames(after),
        )

    def _microphone(self) -> Microphone:
        self.opened += 1
        return self._sound()

    def _spoken(self, text: str) -> Sample:
        self.said.append(text)
        return Sample.of(np.full(RATE // 5, 0.1, dtype=np.float32))


class Watched(dict[str, Sample]):
    """Tones, and which of them were asked for."""

    def __init__(self, tones: Mapping[str, Sample], asked: list[str]) -> None:
        super().__init__(tones)
        self._asked = asked

    def __getitem__(self, name: str) -> Sample:
        self._asked.append(name)
        return super().__getitem__(name)


Begin = Callable[..., Evening]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    begun: list[Evening] = []

    def begin(
        person: Person,
        *sounds: Sound,
        lost: str | None = None,
        make: Callable[[], Microphone] | None = None,
        after: float = 0,
    ) -> Evening:
        takes = iter(sounds)
        evening = Evening(tmp_path, person, make or (lambda: CannedMicrophone(next(takes), lost=lost)), after)
        begun.append(evening)
        return evening

    yield begin
    for evening in begun:
        evening.aside.close()


def kept_sound(evening: Evening, number: int) -> Sound:
    samples, rate = soundfile.read(evening.journal.path(evening.journal.entry(number)), dtype="float32")
    assert rate == RATE
    return np.asarray(samples)


# ── the offer ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "means"), [("yes", "yes"), ("write", "write"), ("skip", "skip"), ("end", None), (None, None)]
)
def test_an_offer_waits_a_minute_and_opens_nothing(
    begin: Begin, answer: Choice | None, means: Choice | None
) -> None:
    person = Person(answer)
    evening = begin(person)
    assert evening.reflection.offered(None) == means
    assert person.waits == [ANSWER_WITHIN] == [60.0]
    assert person.shown == [f"offer: {LINES.invite}"]
    assert evening.said == [LINES.invite]
    assert evening.opened == 0


def test_a_script_may_offer_in_its_own_words(begin: Begin) -> None:
    evening = begin(Person())
    evening.reflection.offered("Would you like to?")
    assert evening.said == ["Would you like to?"]


# ── one question ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_said_is_kept_sample_by_sample(begin: Begin) -> None:
    spoken = np.round(babble(4) * 32768).astype(np.int16) / np.float32(32768)
    person = Person(None)
    evening = begin(person, spoken)
    (entry,) = evening.reflection.held((ONE,), None)
    assert np.array_equal(kept_sound(evening, entry.id), spoken)
    assert (entry.session, entry.title, entry.session_frames) == ("evening", "Evening", frames(600))
    assert (entry.question, entry.kind, entry.deleted) == ("What is here?", "spoken", None)
    assert person.waits == [QUIET] == [10.0]
    assert evening.said == [ONE.text, LINES.close]
    assert person.shown == ["1/1: What is here?", LINES.close]


def test_the_time_for_an_answer_ends_with_a_quiet_tone_and_no_end(begin: Begin) -> None:
    evening = begin(Person(), babble(6))
    (entry,) = evening.reflection.held((ONE,), "Thanks.")
    assert evening.tones == ["listen", "soft"]
    assert entry.frames == frames(6)
    assert evening.said[-1] == "Thanks."


def test_a_take_in_which_nobody_speaks_ends_at_its_time_in_the_bin(begin: Begin) -> None:
    person = Person()
    evening = begin(person, room(30))
    (entry,) = evening.reflection.held((ONE,), None)
    assert entry.deleted is not None
    assert entry.frames == frames(3)
    assert evening.journal.entries() == []
    assert [one.id for one in evening.journal.entries(binned=True)] == [entry.id]
    assert f"`guide journal restore {entry.id}`" in person.shown[-1]
    assert evening.tones == ["listen"]
    assert LINES.close not in evening.said


@pytest.mark.parametrize(("key", "binned"), [("yes", False), ("skip", True), ("end", False)])
def test_a_key_ends_the_take_and_the_last_word_is_in_it(begin: Begin, key: Choice, binned: bool) -> None:
    person = Person(keys={frames(1): key})
    evening = begin(person, babble(20))
    (entry,) = evening.reflection.held((ONE,), None)
    assert frames(1) <= entry.frames < frames(1.1)
    assert (entry.deleted is not None) is binned


def test_a_question_can_be_skipped_before_the_microphone_opens(begin: Begin) -> None:
    evening = begin(Person("skip"))
    assert evening.reflection.held((ONE,), None) == []
    assert evening.opened == 0
    assert evening.said == [ONE.text]


# ── silence ──────────────────────────────────────────────────────────────────────────────────────────────

LONG = Asked("What is here?", frames(100))


def test_silence_ends_a_take_where_that_is_asked_for_and_all_of_it_is_kept(begin: Begin) -> None:
    heard = np.round(np.concatenate([babble(6), room(60)]) * 32768).astype(np.int16) / np.float32(32768)
    person = Person()
    evening = begin(person, heard, after=20)
    (entry,) = evening.reflection.held((LONG,), None)
    assert entry.deleted is None
    assert entry.frames == pytest.approx(frames(26), abs=frames(0.3))
    assert np.array_equal(kept_sound(evening, entry.id), heard[: entry.frames])
    assert evening.tones == ["listen", "ending"]
    warned, ended, close = person.shown[-3:]
    assert warned.startswith("It is quiet.")
    assert ended.endswith("What you said is kept.")
    assert close == LINES.close


def test_silence_ends_nothing_where_nobody_asked_for_that(begin: Begin) -> None:
    evening = begin(Person(), np.concatenate([babble(6), room(80)]))
    (entry,) = evening.reflection.held((LONG,), None)
    assert entry.frames == frames(86)
    assert evening.tones == ["listen"]


def test_who_speaks_after_the_tone_goes_on_as_if_nothing_had_been(begin: Begin) -> None:
    evening = begin(Person(), np.concatenate([babble(6), room(18), babble(6), room(40)]), after=20)
    (entry,) = evening.reflection.held((LONG,), None)
    assert entry.frames == pytest.approx(frames(6 + 18 + 6 + 20), abs=frames(0.5))
    assert evening.tones == ["listen", "ending", "ending"]


def test_who_has_not_begun_has_all_the_time_to_speak(begin: Begin) -> None:
    """A word, or a sigh; and a minute later what there was to say."""
    sound = np.concatenate([room(1), babble(1), room(58), babble(6), room(40)])
    evening = begin(Person(), sound, after=20)
    (entry,) = evening.reflection.held((LONG,), None)
    assert entry.frames == pytest.approx(frames(1 + 1 + 58 + 6 + 20), abs=frames(0.5))


def test_a_word_alone_ends_soon_after_the_time_to_speak_with_one_tone(begin: Begin) -> None:
    evening = begin(Person(), np.concatenate([babble(2), room(60)]), after=20)
    (entry,) = evening.reflection.held((Asked("What is here?", frames(40)),), None)
    assert entry.deleted is None
    assert entry.frames == pytest.approx(frames(45), abs=frames(0.1))
    assert evening.tones == ["listen", "ending"]


def test_silence_leads_on_to_the_next_question(begin: Begin) -> None:
    evening = begin(Person(), *[np.concatenate([babble(6), room(30)])] * 2, after=20)
    entries = evening.reflection.held((LONG, TWO), None)
    assert [entry.question for entry in entries] == [LONG.text, TWO.text]


def test_a_take_with_the_tone_alone_in_it_is_empty(begin: Begin) -> None:
    """A microphone hears the loudspeaker: that is nobody."""
    tone = load(Library.find(Folders.nowhere()).cue_path("listen"))[:, 0]
    sound = room(30)
    sound[RATE // 5 :][: len(tone)] += tone
    evening = begin(Person(), sound)
    (entry,) = evening.reflection.held((ONE,), None)
    assert entry.deleted is not None


# ── several questions ────────────────────────────────────────────────────────────────────────────────────


def test_after_a_skip_the_next_question_is_asked(begin: Begin) -> None:
    person = Person("skip", "yes", keys={frames(1): "yes"})
    evening = begin(person, babble(3))
    (entry,) = evening.reflection.held((ONE, TWO), None)
    assert entry.question == TWO.text
    assert person.shown[:2] == ["1/2: What is here?", "2/2: And what else?"]


@pytest.mark.parametrize("when", ["before", "within"])
def test_an_end_ends_all_of_it(begin: Begin, when: str) -> None:
    person = Person("end") if when == "before" else Person("yes", keys={frames(1): "end"})
    evening = begin(person, babble(3))
    entries = evening.reflection.held((ONE, TWO), None)
    assert [entry.question for entry in entries] == ([] if when == "before" else [ONE.text])
    assert person.shown[:1] == ["1/2: What is here?"]
    assert "2/2: And what else?" not in person.shown


def test_who_writes_from_the_beginning_writes_every_answer(begin: Begin) -> None:
    evening = begin(Person(line=" It was quiet. "))
    entries = evening.reflection.held((ONE, TWO), None, writing=True)
    assert [(entry.kind, entry.words, entry.question) for entry in entries] == [
        ("written", "It was quiet.", ONE.text),
        ("written", "It was quiet.", TWO.text),
    ]
    assert evening.opened == 0


def test_writing_one_answer_leaves_the_next_to_the_voice(begin: Begin) -> None:
    evening = begin(Person("write", "yes", line="A line.", keys={frames(1): "yes"}), babble(3))
    entries = evening.reflection.held((ONE, TWO), None)
    assert [entry.kind for entry in entries] == ["written", "spoken"]


def test_a_line_after_a_take_keeps_both(begin: Begin) -> None:
    evening = begin(Person("yes", "skip", line="And this.", keys={frames(1): "write"}), babble(3))
    entries = evening.reflection.held((ONE, TWO), None)
    assert [entry.kind for entry in entries] == ["spoken", "written"]
    assert [entry.question for entry in entries] == [ONE.text, ONE.text]


@pytest.mark.parametrize("line", ["", "  "])
def test_an_empty_line_is_no_entry(begin: Begin, line: str) -> None:
    evening = begin(Person("write", "skip", line=line))
    assert evening.reflection.held((ONE, TWO), None) == []
    assert evening.journal.entries() == []


def test_who_breaks_off_a_line_ends_all_of_it(begin: Begin) -> None:
    person = Person("write", line=None)
    assert begin(person).reflection.held((ONE, TWO), None) == []
    assert "2/2: And what else?" not in person.shown


# ── microphones that fail ────────────────────────────────────────────────────────────────────────────────


class NoMicrophone(CannedMicrophone):
    def open(self) -> None:
        raise DeviceError("There is no microphone here.")


def test_without_a_microphone_it_is_said_once_and_written(begin: Begin) -> None:
    person = Person("yes", line="A line.")
    evening = begin(person, make=lambda: NoMicrophone(room(1)))
    entries = evening.reflection.held((ONE, TWO), None)
    assert [entry.words for entry in entries] == ["A line.", "A line."]
    assert person.shown.count("There is no microphone here.") == 1
    assert evening.said.count(LINES.no_microphone) == 1


def test_a_microphone_that_is_lost_leaves_what_was_said(begin: Begin) -> None:
    person = Person()
    evening = begin(person, babble(2), lost="The microphone was lost.")
    (entry,) = evening.reflection.held((ONE,), None)
    assert entry.frames == frames(2)
    assert entry.deleted is None
    assert "The microphone was lost. What was said until then is kept." in person.shown


def test_a_muted_microphone_is_said_aloud_once(begin: Begin) -> None:
    person = Person()
    evening = begin(person, np.zeros(frames(20), dtype=np.float32))
    asked = Asked("What is here?", frames(10))
    (entry,) = evening.reflection.held((asked,), None)
    assert evening.said.count(LINES.muted) == 1
    assert Advice.MUTED in {heard.state.advice for heard in person.heard}
    assert entry.deleted is not None


def test_nobody_who_was_heard_is_spoken_to_while_they_think(begin: Begin) -> None:
    """Some microphones give nothing at all between words."""
    person = Person()
    evening = begin(person, np.concatenate([babble(3), np.zeros(frames(20), dtype=np.float32)]))
    (entry,) = evening.reflection.held((ONE,), None)
    assert LINES.muted not in evening.said
    assert entry.deleted is None


def test_a_doubtful_choice_of_microphone_is_told(begin: Begin) -> None:
    class Doubtful(CannedMicrophone):
        def open(self) -> None:
            super().open()
            self.notice = "'USB' fits several microphones."

    person = Person()
    begin(person, make=lambda: Doubtful(babble(1))).reflection.held((ONE,), None)
    assert "'USB' fits several microphones." in person.shown


def test_a_disk_with_too_little_room_is_said_and_a_line_is_kept_instead(tmp_path: Path) -> None:
    person = Person("yes", line="A line.")
    evening = Evening(tmp_path, person, lambda: CannedMicrophone(babble(1)))
    evening.journal._free = lambda _: 40_000_000
    (entry,) = evening.reflection.held((ONE,), None)
    evening.aside.close()
    assert entry.words == "A line."
    assert any("40 MB are free" in sentence for sentence in person.shown)


def test_a_journal_that_cannot_be_sealed_is_said_and_the_microphone_is_closed(tmp_path: Path) -> None:
    closed: list[bool] = []

    class Watched(CannedMicrophone):
        def close(self) -> None:
            closed.append(True)
            super().close()

    person = Person("yes", line="A line.")
    evening = Evening(tmp_path, person, lambda: Watched(babble(1)))
    (tmp_path / "d" / "recipients.txt").write_text("age1broken\n")
    assert evening.reflection.held((ONE, TWO), None) == []
    evening.aside.close()
    assert closed
    assert person.shown[-1].endswith("What you wrote is not kept.")


def test_a_front_that_fails_loses_nothing_that_was_said(begin: Begin) -> None:
    class Closed(Person):
        def hear(self, heard: Heard) -> None:
            super().hear(heard)
            if heard.frames >= frames(1):
                raise OSError("The terminal is gone.")

    evening = begin(Closed(), babble(3))
    with pytest.raises(OSError, match="The terminal is gone"):
        evening.reflection.held((ONE,), None)
    (entry,) = evening.journal.entries()
    assert entry.frames >= frames(1)


# ── sound ────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_can_be_spoken_everything_is_still_shown(tmp_path: Path) -> None:
    person = Person("yes")
    evening = Evening(tmp_path, person, lambda: CannedMicrophone(babble(1)))
    silent = Sounding(evening.aside, 0.0, lambda _: None, evening.reflection.sounding.tones)
    reflection = Reflection(evening.journal, evening._microphone, silent, person, LINES, Occasion())
    (entry,) = reflection.held((ONE,), None)
    evening.aside.close()
    assert entry.session is None
    assert person.shown == ["1/1: What is here?", LINES.close]


def test_the_question_sounds_before_the_tone_and_the_close_to_its_end(begin: Begin) -> None:
    evening = begin(Person(), babble(1))
    evening.reflection.held((ONE,), None)
    evening.aside.close()
    heard = np.round(evening.tape.sound()[:, 0], 3)
    heard = heard[heard > 0]
    order = heard[np.flatnonzero(np.diff(heard, prepend=-1.0))]
    assert list(order) == pytest.approx([0.1, 0.5, 0.1])
    assert np.count_nonzero(heard == np.float32(0.1)) == 2 * (RATE // 5)


# ── an echo ──────────────────────────────────────────────────────────────────────────────────────────────

KIND = Asked("One kind sentence?", frames(20), echo=True)


def offered(person: Person) -> list[str]:
    return [shown for shown in person.shown if shown.startswith(("play: ", "agree: "))]


def test_what_was_said_for_it_is_heard_once_and_agreed_to(begin: Begin) -> None:
    person = Person("yes", "yes", keys={frames(3): "yes"})
    evening = begin(person, babble(8))
    (entry,) = evening.reflection.held((KIND,), "Thanks.")
    assert offered(person) == [f"play: {LINES.echo_back}", f"agree: {LINES.echo_ask}"]
    assert person.waits == [QUIET, AGREE_WITHIN] == [10.0, 20.0]
    assert evening.journal.entry(entry.id).echo
    assert evening.said == [KIND.text, LINES.echo_length, LINES.echo_back, LINES.echo_ask, "Thanks."]
    assert person.shown[:2] == [f"1/1: {KIND.text}", LINES.echo_length]
    assert "about twenty seconds" in LINES.echo_length
    assert entry.question == KIND.text
    evening.aside.close()
    sample = heard(evening.journal, entry)
    assert sample
    played = evening.tape.sound()[:, 0]
    middle = sample.read(frames(1), frames(1.1))
    places = np.flatnonzero(played == middle[0])
    assert sum(np.array_equal(played[at : at + len(middle)], middle) for at in places) == 1


@pytest.mark.parametrize("answer", ["skip", "write", "end", None])
def test_anything_but_yes_and_no_answer_are_no(begin: Begin, answer: Choice | None) -> None:
    person = Person("yes", answer, keys={frames(3): "yes"})
    evening = begin(person, babble(8))
    (entry,) = evening.reflection.held((KIND,), None)
    assert len(offered(person)) == 2
    assert not evening.journal.entry(entry.id).echo
    assert evening.journal.entries() == [entry]
    assert "It stays in the journal, and no session plays it." in person.shown


class Pressing(Person):
    """Presses something while a sound is heard, or just after its end."""

    at: float
    """At which look, since it began, something is pressed; or at the one of so many seconds."""
    key: Choice
    looked = -1

    def play(self, sentence: str) -> None:
        super().play(sentence)
        self.looked = 0

    def choice(self, timeout: float) -> Choice | None:
        if 0 < timeout < 1 and self.looked >= 0 and not any(one.startswith("agree") for one in self.shown):
            self.looked += 1
            if self.at in (timeout, self.looked):
                self.looked = -1
                return self.key
        return super().choice(timeout)


@pytest.mark.parametrize("key", ["yes", "skip"])
@pytest.mark.parametrize("at", [1, 0.8])
def test_whatever_is_pressed_while_it_is_heard_stops_it_and_is_no(
    begin: Begin, at: float, key: Choice
) -> None:
    person = Pressing("yes", "yes", keys={frames(3): "yes"})
    person.at, person.key = at, key
    evening = begin(person, babble(8))
    (entry,) = evening.reflection.held((KIND,), None)
    assert offered(person) == [f"play: {LINES.echo_back}"]
    assert not evening.journal.entry(entry.id).echo


class Hasty(Person):
    """Presses a key while the question is put, for as long as it is, and once more when it was heard."""

    def __init__(self, key: Choice, after: Choice | None) -> None:
        super().__init__("yes", after, keys={frames(3): "yes"})
        self.key = key
        self.pressed = 0

    def choice(self, timeout: float) -> Choice | None:
        if 0 < timeout < 0.5 and self.shown[-1].startswith("agree"):
            self.pressed += 1
            return self.key
        return super().choice(timeout)


@pytest.mark.parametrize("spoken", [True, False])
@pytest.mark.parametrize("after", ["yes", None])
def test_a_yes_before_its_question_was_heard_is_none(
    begin: Begin, after: Choice | None, spoken: bool
) -> None:
    person = Hasty("yes", after)
    evening = begin(person, babble(8))
    line = (
        evening._spoken if spoken else lambda text: None if text == LINES.echo_ask else evening._spoken(text)
    )
    sounding = replace(evening.reflection.sounding, line=line)
    (entry,) = replace(evening.reflection, sounding=sounding).held((KIND,), None)
    assert person.pressed > 0
    assert person.waits == [QUIET, AGREE_WITHIN]
    assert evening.journal.entry(entry.id).echo is (after == "yes")


@pytest.mark.parametrize("key", ["skip", "write", "end"])
def test_a_no_is_one_at_once(begin: Begin, key: Choice) -> None:
    person = Hasty(key, "yes")
    evening = begin(person, babble(8))
    (entry,) = evening.reflection.held((KIND,), None)
    assert person.pressed == 1
    assert person.waits == [QUIET]
    assert not evening.journal.entry(entry.id).echo


@pytest.mark.parametrize("at", [1, 0.8, None], ids=["while it sounds", "a moment later", "when asked"])
def test_an_end_while_it_is_given_back_ends_all_of_it(begin: Begin, at: float | None) -> None:
    person = Pressing("yes", "yes" if at else "end", keys={frames(3): "yes"})
    person.at, person.key = at or -1, "end"
    evening = begin(person, babble(8), babble(8))
    (entry,) = evening.reflection.held((KIND, Asked("And now?", frames(60))), None)
    assert not evening.journal.entry(entry.id).echo
    assert evening.opened == 1, "no microphone is opened after it"


def test_where_nothing_can_be_heard_nothing_can_be_agreed_to(tmp_path: Path) -> None:
    person = Person("yes", "yes", keys={frames(3): "yes"})
    evening = Evening(tmp_path, person, lambda: CannedMicrophone(babble(8)))
    evening.aside.close()
    silent = Aside(None, 0)
    mute = Sounding(silent, 0.0, lambda _: None, evening.reflection.sounding.tones)
    reflection = Reflection(evening.journal, evening._microphone, mute, person, LINES, Occasion())
    (entry,) = reflection.held((KIND,), None)
    assert offered(person) == [f"play: {LINES.echo_back}"]
    assert not evening.journal.entry(entry.id).echo


@pytest.mark.parametrize(
    ("sound", "keys"),
    [
        (babble(8), {frames(3): "skip"}),
        (babble(8), {frames(3): "end"}),
        (babble(8), {frames(3): "write"}),
        (room(8), {frames(3): "yes"}),
    ],
    ids=["binned", "ended", "written", "nothing said"],
)
def test_what_is_given_up_is_not_played(begin: Begin, sound: Sound, keys: dict[int, Choice]) -> None:
    person = Person("yes", keys=keys)
    evening = begin(person, sound)
    evening.reflection.held((KIND,), None)
    assert offered(person) == []


def test_a_take_cut_off_by_a_lost_microphone_is_not_played(begin: Begin) -> None:
    person = Person()
    evening = begin(person, babble(2), lost="The microphone was lost.")
    evening.reflection.held((KIND,), None)
    assert offered(person) == []


def test_it_ends_at_twenty_seconds_with_a_tone(begin: Begin) -> None:
    person = Person()
    evening = begin(person, babble(23))
    (entry,) = evening.reflection.held((KIND,), None)
    assert entry.frames == frames(20)
    assert evening.tones == ["listen", "soft"]
    assert "Twenty seconds are recorded, and this one ends here. It is kept." in person.shown
    assert len(offered(person)) == 2


def test_twenty_seconds_in_which_nobody_speaks_go_to_the_bin(begin: Begin) -> None:
    person = Person()
    evening = begin(person, room(23))
    (entry,) = evening.reflection.held((KIND,), None)
    assert (entry.frames, entry.deleted is not None) == (frames(20), True)
    assert offered(person) == []


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────

SCALES = Scales((Scale("respect", "Respect for yourself"), Scale("trust", "Trust in your choices")))


def test_marks_come_after_the_questions_and_are_kept_as_one_entry(begin: Begin) -> None:
    person = Person(None, "skip", line="")
    person.given = {"respect": 0, "trust": 10}
    evening = begin(person, babble(4))
    spoken, marked = evening.reflection.held((ONE, TWO), "Thanks.", scales=SCALES)
    assert (spoken.kind, marked.kind, marked.question) == ("spoken", "marked", None)
    assert (marked.session, marked.title, marked.session_frames) == ("evening", "Evening", frames(600))
    assert marked.marks == (
        Mark("respect", "Respect for yourself", 0),
        Mark("trust", "Trust in your choices", 10),
    )
    assert evening.journal.entries() == [spoken, marked]
    assert person.shown[-2:] == ["marks: Respect for yourself, Trust in your choices; 0 before", "Thanks."]


def test_only_marks_of_the_same_session_stand_beside_them(begin: Begin) -> None:
    person = Person()
    evening = begin(person)
    evening.journal.mark([Mark("respect", "Respect", 3)], session="another")
    first = evening.journal.mark([Mark("respect", "Respect", 3)], session="evening")
    evening.reflection.held((), None, scales=SCALES)
    assert person.shown[-1].endswith("1 before")
    evening.journal.delete(first.id)
    evening.reflection.held((), None, scales=SCALES)
    assert person.shown[-1].endswith("0 before")


def test_where_no_mark_is_given_there_is_no_entry_and_no_close(begin: Begin) -> None:
    person = Person()
    evening = begin(person)
    assert evening.reflection.held((), "Thanks.", scales=SCALES) == []
    assert evening.journal.entries() == []
    assert evening.said == []


def test_who_ends_it_all_is_asked_for_no_mark(begin: Begin) -> None:
    person = Person("end")
    person.given = {"respect": 5}
    evening = begin(person)
    assert evening.reflection.held((ONE,), None, scales=SCALES) == []
    assert person.shown == ["1/1: What is here?"]


def test_marks_that_cannot_be_kept_are_a_sentence(begin: Begin) -> None:
    person = Person()
    person.given = {"respect": 5}
    evening = begin(person)
    evening.journal.store.path.unlink()
    evening.journal.store.path.mkdir()
    assert evening.reflection.held((), None, scales=SCALES) == []
    assert "cannot be used" in person.shown[-1]


def test_nothing_that_arranges_a_session_is_imported_for_a_reflection() -> None:
    looked = "import sys, guide.cli.reflecting; print({'guide.echo', 'guide.expand'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

"""What the device says: every state and every trouble, in words that a voice can read, a hand can follow."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.bedside.english import ENGLISH
from guide.bedside.german import GERMAN
from guide.bedside.numerals import ABOUT, DAY
from guide.bedside.phrases import NAMES, Lines, Phrases
from guide.bedside.sayings import (
    Sayings,
    lengths_in,
    moments_in,
    names_in,
    sayings,
    status,
    trouble,
)
from guide.bedside.setting import Deed, Invitation, Setting, Waking
from guide.bedside.state import Doing, State, Trouble
from guide.duration import RATE, frames
from guide.practice import english
from guide.sentences import paragraphs
from guide.voices.hum import Hum

PHRASES = {"en": ENGLISH, "de": GERMAN}
LANGUAGES = pytest.mark.parametrize("language", PHRASES)
TITLES = ("Held Through the Night", "Zur Nacht")
LENGTHS = tuple(frames(60 * minutes) for minutes in (3, 10, 20))
MOMENTS = (7 * 60, 22 * 60 + 15)
MINUTE = 60 * RATE

states = st.builds(
    State,
    doing=st.sampled_from(get_args(Doing)),
    session=st.sampled_from(("bedtime", None)),
    title=st.sampled_from(TITLES),
    at=st.integers(0, 90 * MINUTE),
    frames=st.sampled_from((*LENGTHS, None)),
    volume=st.integers(-40, 0),
    ceiling=st.integers(-40, 0),
    night=st.booleans(),
    troubles=st.lists(st.sampled_from(get_args(Trouble)), unique=True).map(tuple),
    next=st.none()
    | st.builds(
        lambda day, minute: f"2026-11-{day:02d}T{minute // 60:02d}:{minute % 60:02d}:00+01:00",
        st.integers(1, 30),
        st.sampled_from(MOMENTS),
    ),
    left_off=st.booleans(),
)


def fixed(phrases: Phrases) -> Iterator[str]:
    """All that is always said in the same words."""
    for line in fields(Lines):
        yield from getattr(phrases.lines, line.name)
    for said in (*phrases.troubles.values(), *phrases.doings.values(), phrases.loudness, phrases.days):
        yield from said


def everything(language: str, own: dict[str, str] | None = None) -> tuple[Sayings, set[str]]:
    said = sayings(language, own)
    return said, set(said.everything((*TITLES, "hard-moment"), LENGTHS, MOMENTS))


@LANGUAGES
def test_every_state_and_every_trouble_has_its_sentences(language: str) -> None:
    phrases = PHRASES[language]
    assert set(phrases.troubles) == set(get_args(Trouble))
    assert set(phrases.doings) == set(get_args(Doing))
    assert all(len(said) >= 2 for said in phrases.troubles.values()), "what happened, and what to do"
    assert all(all(said) for said in (*phrases.troubles.values(), *phrases.doings.values()))
    assert all(getattr(phrases.lines, line.name) for line in fields(Lines))
    assert len(phrases.loudness) == 6
    assert len(phrases.days) == 7


@LANGUAGES
def test_each_is_one_short_sentence_that_a_voice_can_read(language: str) -> None:
    said, every = everything(language)
    assert set(fixed(said.phrases)) <= every
    for sentence in every:
        assert paragraphs(sentence) == [[sentence]], "one clip is one sentence"
        assert re.fullmatch(r"[A-ZÄÖÜ][a-zäöüßA-ZÄÖÜ ,:'-]*\.", sentence), sentence
        assert not re.search(r"\b[A-Z]{2,}\b", sentence), "no letters to be spelt"
        assert len(sentence.split()) <= 18, sentence


def test_nobody_is_ordered_and_nothing_is_claimed() -> None:
    for sentence in fixed(ENGLISH):
        assert english.commands(sentence) == []
        assert english.claims(sentence) == []
        assert not re.match(r"(?:Press|Hold|Keep|Let|Plug|Please|Wait|Say|Go)\b", sentence), sentence


@LANGUAGES
def test_what_cannot_be_done_in_the_dark_waits_until_it_is_light(language: str) -> None:
    hard = re.compile(r"\b(?:plug|settings|computer|network|supply|Einstellungen|Rechner|Netz|einstecken)\b")
    light = ("When it is light", "Wenn es hell ist")
    for said in PHRASES[language].troubles.values():
        assert all(one.startswith(light) for one in said[1:] if hard.search(one)), said


@LANGUAGES
@given(state=states, now=st.none() | st.datetimes(dt.datetime(2026, 11, 1), dt.datetime(2026, 11, 30)))
def test_whatever_is_said_of_a_state_could_be_made_ahead(
    language: str, state: State, now: dt.datetime | None
) -> None:
    said, every = everything(language)
    spoken = said.status(state, now)
    assert set(spoken) <= every
    assert len(set(spoken)) == len(spoken), "nothing is said twice"
    assert any(one in said.phrases.loudness for one in spoken)
    assert set(spoken) >= {one for what in state.troubles for one in said.trouble(what)}
    assert spoken == status(state, language, now)


@LANGUAGES
@pytest.mark.parametrize("doing", get_args(Doing))
def test_at_every_place_of_a_session_of_any_length(language: str, doing: Doing) -> None:
    said, every = everything(language)
    for length in (None, *LENGTHS):
        for at in range(0, 90 * MINUTE, MINUTE // 2):
            assert set(said.status(State(doing=doing, title=TITLES[0], at=at, frames=length))) <= every


@LANGUAGES
@given(
    minute=st.sampled_from(MOMENTS) | st.none(),
    title=st.sampled_from(TITLES),
    length=st.sampled_from(LENGTHS) | st.none(),
)
def test_and_all_else_too(language: str, minute: int | None, title: str, length: int | None) -> None:
    said, every = everything(language)
    spoken = {*said.invitation(minute, title, length), *said.chosen(title, length)}
    spoken |= {*said.missing("hard-moment"), *said.missing("…"), *said.session(title), *said.most_needed}
    spoken |= {one for what in get_args(Trouble) for one in trouble(what, language)}
    assert spoken <= every


def test_what_is_needed_most_is_made_first() -> None:
    said = sayings("en")
    every = said.everything(TITLES, LENGTHS, MOMENTS)
    assert every[: len(said.most_needed)] == said.most_needed
    assert len(set(every)) == len(every)


def test_an_invitation_as_it_is_heard() -> None:
    said = sayings("en").invitation(22 * 60 + 15, "Held Through the Night", frames(20 * 60))
    assert " ".join(said) == (
        "It is a quarter past ten. Something is ready for you. Held Through the Night. "
        "It takes twenty minutes. A press begins it, if you like."
    )
    assert sayings("en").invitation(None, "Held Through the Night", None)[0] == "Something is ready for you."


def test_a_status_as_it_is_heard() -> None:
    state = State(
        doing="waiting",
        session="bedtime",
        title="Held Through the Night",
        frames=frames(20 * 60),
        volume=-14,
        ceiling=-14,
        night=True,
        troubles=("muted",),
        next="2026-11-25T07:00:00+00:00",
    )
    now = dt.datetime(2026, 11, 24, 23, 10, tzinfo=dt.UTC)
    assert " ".join(status(state, "en", now)) == (
        "I am here. This is what a press begins. Held Through the Night. It takes twenty minutes. "
        "I am as loud as it goes at night. The microphone gives no sound. "
        "It may have a switch on it, or on its cable, that can be felt in the dark. "
        "The next thing by the clock comes at seven o'clock in the morning."
    )


@pytest.mark.parametrize(
    ("doing", "at", "length", "heard"),
    [
        ("playing", 0, 20, "It goes on for about twenty minutes more."),
        ("paused", 19.5, 20, "It goes on for less than a minute more."),
        ("lost", 12, 20, "It goes on for eight minutes more."),
        ("playing", 30, 20, "It goes on for less than a minute more."),
        ("playing", 0, 200, "It goes on for more than an hour more."),
        ("playing", 2, None, "It has been going for two minutes."),
        ("waiting", 2, None, ""),
    ],
)
def test_how_long_it_goes_on(doing: Doing, at: float, length: int | None, heard: str) -> None:
    whole = None if length is None else length * MINUTE
    state = State(doing=doing, title="Held", at=frames(60 * at), frames=whole)
    assert [one for one in status(state, "en") if "going" in one or "goes on for" in one] == [heard] * bool(
        heard
    )


@given(volume=st.integers(-40, 0), ceiling=st.integers(-40, 0))
def test_a_softer_device_never_calls_itself_louder(volume: int, ceiling: int) -> None:
    def place(db: int) -> int:
        spoken = status(State(volume=db, ceiling=ceiling), "en")
        return next(ENGLISH.loudness.index(one) for one in spoken if one in ENGLISH.loudness)

    assert place(volume) <= place(volume - 1)
    assert (place(volume) == 1) == (volume >= ceiling)


def test_a_day_is_named_only_where_the_time_could_be_of_another() -> None:
    now = dt.datetime(2026, 11, 24, 23, 0, tzinfo=dt.UTC)

    def said(moment: str, now: dt.datetime | None = now) -> bool:
        return "That is on Wednesday." in status(State(next=moment), "en", now)

    assert not said("2026-11-25T07:00:00+00:00")
    assert said("2026-11-25T22:15:00+00:00")
    assert said("2026-11-25T07:00:00+00:00", None)
    assert said("2026-12-02T07:00:00", now)
    assert status(State(next="tomorrow"), "en") == status(State(next="tomorrow"), "en", now)


def test_who_does_not_know_the_time_does_not_say_that_nothing_comes() -> None:
    (nothing,) = ENGLISH.lines.nothing_by_the_clock
    assert nothing in status(State(), "en")
    assert nothing not in status(State(troubles=("clock not set",)), "en")


CLOCK = [
    (0, "midnight", "Mitternacht"),
    (60, "one o'clock at night", "ein Uhr nachts"),
    (6 * 60 + 5, "five past six in the morning", "fünf nach sechs morgens"),
    (7 * 60 + 30, "half past seven in the morning", "halb acht morgens"),
    (12 * 60, "noon", "zwölf Uhr mittags"),
    (12 * 60 + 45, "a quarter to one in the afternoon", "Viertel vor eins mittags"),
    (17 * 60 + 59, "one minute to six in the afternoon", "eine Minute vor sechs nachmittags"),
    (21 * 60 + 7, "seven minutes past nine in the evening", "sieben Minuten nach neun abends"),
    (22 * 60 + 15, "a quarter past ten at night", "Viertel nach zehn nachts"),
    (23 * 60 + 35, "twenty-five to twelve at night", "fünfundzwanzig vor zwölf nachts"),
]


@pytest.mark.parametrize(("minute", "in_english", "in_german"), CLOCK)
def test_the_time_in_words(minute: int, in_english: str, in_german: str) -> None:
    for phrases, words in ((ENGLISH, in_english), (GERMAN, in_german)):
        assert phrases.numerals.clock(minute) + phrases.numerals.day_part(minute) == words


@LANGUAGES
def test_no_two_minutes_of_a_day_are_called_the_same(language: str) -> None:
    numerals = PHRASES[language].numerals
    called = {numerals.clock(minute) + numerals.day_part(minute) for minute in range(DAY)}
    assert len(called) == DAY
    assert not [words for words in called if re.search(r"[^a-zäöüßA-ZÄÖÜ '-]", words)]


@pytest.mark.parametrize(
    ("seconds", "in_english", "in_german"),
    [
        (1, "five seconds", "fünf Sekunden"),
        (45, "forty-five seconds", "fünfundvierzig Sekunden"),
        (60, "one minute", "eine Minute"),
        (90, "one and a half minutes", "eineinhalb Minuten"),
        (150, "two and a half minutes", "zweieinhalb Minuten"),
        (570, "nine and a half minutes", "neuneinhalb Minuten"),
        (630, "ten minutes", "zehn Minuten"),
        (21 * 60, "twenty-one minutes", "einundzwanzig Minuten"),
        (3599, "one hour", "eine Stunde"),
        (3660, "one hour and one minute", "eine Stunde und eine Minute"),
        (24 * 3600, "twenty-four hours", "vierundzwanzig Stunden"),
    ],
)
def test_a_length_in_words(seconds: float, in_english: str, in_german: str) -> None:
    assert ENGLISH.numerals.amount(frames(seconds)) == in_english
    assert GERMAN.numerals.amount(frames(seconds)) == in_german


@LANGUAGES
def test_no_two_lengths_of_whole_minutes_are_called_the_same(language: str) -> None:
    called = [PHRASES[language].numerals.amount(minutes * MINUTE) for minutes in range(1, 1441)]
    assert len(set(called)) == 1440


@LANGUAGES
@given(count=st.integers(-MINUTE, 30 * 3600 * RATE))
def test_what_is_left_of_a_session_is_one_of_few_words(language: str, count: int) -> None:
    numerals = PHRASES[language].numerals
    assert numerals.about(count) in {numerals.about(known) for known in ABOUT}


@given(title=st.text() | st.from_regex(r"[a-z-]{1,99}", fullmatch=True))
def test_any_title_is_one_line_that_can_be_spoken(title: str) -> None:
    said = sayings("en").title(title)
    assert said.isprintable()
    assert len(said) <= 81
    assert said.endswith((".", "?", "!", "…"))
    assert sayings("en").title(said) == said
    assert any(letter.isalnum() for letter in said)


def test_a_name_is_said_as_words_and_a_long_title_ends_at_a_word() -> None:
    said = sayings("en")
    assert said.title("hard-moment") == "Hard moment."
    assert said.title("Are You There?") == "Are You There?"
    assert said.title("Two\nLines,\t") == "Two Lines."
    assert said.title("walk " * 40) == "Walk" + " walk" * 15 + "."
    assert len(Hum().speak(said.title("‽"), 1.0, 0.0)) > 0


def test_a_person_may_use_other_words() -> None:
    own = {
        "kept": "I have it. Sleep well.",
        "trouble_no_loudspeaker": "Where is it?",
        "softest": " . ",
        "x": "y",
    }
    said, every = everything("en", own)
    assert said.lines.kept == ("I have it.", "Sleep well.")
    assert said.trouble("no loudspeaker") == ("Where is it?",)
    assert said.lines.softest == ENGLISH.lines.softest, "what cannot be spoken is no word"
    assert {"I have it.", "Sleep well.", "Where is it?"} <= every
    assert not set(ENGLISH.lines.kept) & every
    assert {"kept", "trouble_no_loudspeaker", "trouble_under_voltage"} <= set(NAMES)


@pytest.mark.parametrize(
    ("language", "phrases"), [("de", GERMAN), ("de-AT", GERMAN), ("de_CH", GERMAN), ("fr", ENGLISH)]
)
def test_a_language_is_found_or_it_is_english(language: str, phrases: Phrases) -> None:
    assert sayings(language).lines == phrases.lines


def test_all_that_the_settings_may_bring_up() -> None:
    setting = Setting(
        press=Deed(play="next"),
        double=Deed(play="hard-moment", length=frames(120)),
        invitations=(Invitation(at=22 * 60 + 15, play="bedtime", length=frames(1200)),),
        wake=(Waking(at=5, rise=frames(570)),),
        menu=("self-love", "bedtime"),
    )
    assert moments_in(setting) == (5, 22 * 60 + 15, 23 * 60 + 55)
    assert names_in(setting) == ("hard-moment", "bedtime", "self-love")
    assert lengths_in(setting) == (frames(120), frames(1200))


def test_a_trouble_is_soon_told() -> None:
    for phrases in PHRASES.values():
        for what, said in phrases.troubles.items():
            assert sum(len(one.split()) for one in said) <= 42, what

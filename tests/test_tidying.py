"""The words over and over, a known fault of such models, are cut out; what people repeat is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.transcription import NEW_PARAGRAPH, Piece, Words
from guide.transcription.tidying import looped, tidied

WORDS = st.lists(st.sampled_from(["let", "it", "go", "rain", "and", "Warm,", "home."]), max_size=40)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("I was " + "so tired " * 20, "I was so tired"),
        ("The rain. " * 9 + "And then I slept.", "The rain. And then I slept."),
        ("Go, go go Go. " * 5, "Go,"),
        ("one two three four five six seven " * 6, "one two three four five six seven"),
        ("It was wa" + "ha" * 30 + " good", "It was waha good"),
        ("mmmmmmmmmmmmmmmmmm", "m"),
    ],
)
def test_a_loop_is_said_once(written: str, kept: str) -> None:
    assert looped(written)
    assert tidied(written) == kept


@pytest.mark.parametrize(
    "said",
    [
        "No, no, no, no, no. I do not want that.",
        "Let it go. Let it go. Let it go.",
        "very very very very very very good",
        "Hmmmm, that was soooo good, hahaha.",
        "It is what it is, and it is what it was.",
        "Nearly 1000000000 of them.",
        "",
    ],
)
def test_what_people_repeat_is_kept(said: str) -> None:
    assert not looped(said)
    assert tidied(said) == said


@given(WORDS)
def test_tidied_text_has_no_loop_and_stays_as_it_is(words: list[str]) -> None:
    once = tidied(" ".join(words))
    assert not looped(once)
    assert tidied(once) == once
    assert set(once.split()) == set(words) or looped(" ".join(words))


@given(WORDS, st.integers(5, 30))
def test_any_long_row_is_shortened(words: list[str], times: int) -> None:
    row = [*words[:6], "now", "then", "here"] * times
    assert len(tidied(" ".join(row)).split()) <= len(row) // times


@given(st.text(max_size=200))
def test_any_text_becomes_one_tidy_line(text: str) -> None:
    once = tidied(text)
    assert once == " ".join(once.split())


def test_a_long_pause_is_a_new_paragraph() -> None:
    pieces = (
        Piece(100, 1000, "One."),
        Piece(1100 + NEW_PARAGRAPH - 1, 500, "Two."),
        Piece(1600 + 2 * NEW_PARAGRAPH, 10, "Three."),
    )
    assert Words(pieces).text == "One. Two.\n\nThree."
    assert Words(()).text == ""

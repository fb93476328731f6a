"""Words from outside are made fit for a terminal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.legible import columns, cut, legible, wrapped


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(["utf-8", "ascii", "latin-1", "cp437", "no-such-code"]))
def test_nothing_is_left_that_could_move_the_cursor(text: str, encoding: str) -> None:
    line = legible(text, encoding)
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in line)
    line.encode("utf-8" if encoding == "utf-8" else "ascii" if encoding == "no-such-code" else encoding)


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\ufeff", "\u200f"])
def test_marks_that_turn_the_direction_are_taken_out(hidden: str) -> None:
    assert legible(f"a{hidden}b") == "ab"


def test_what_cannot_be_written_becomes_plain_or_a_question_mark() -> None:
    assert legible("“Still” — 静…", "ascii") == '"Still" - ?...'
    assert legible("Café", "latin-1") == "Café"


def test_columns_know_wide_and_invisible_letters() -> None:
    assert columns("静か") == 4
    assert columns("e\u0301") == 1


@settings(deadline=None)
@given(st.text(st.sampled_from("ab 静é\u0301 "), max_size=120), st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    words = legible(text)
    lines = wrapped(words, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())


def test_wrapped_lines_are_about_equally_long() -> None:
    assert wrapped("one two three four five six", 24) == ["one two three", "four five six"]


@settings(deadline=None)
@given(st.text(st.sampled_from("ab 静é"), max_size=60), st.integers(0, 40))
def test_a_text_is_cut_to_its_columns(text: str, width: int) -> None:
    assert columns(cut(text, width)) <= width
    assert columns(text) > width or cut(text, width) == text

"""Time as text, as seconds, as frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.duration import RATE, clock, frames, parse, seconds, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20s", 20),
        ("1m30s", 90),
        ("1m 30s", 90),
        ("1:30", 90),
        ("1:02:03", 3723),
        ("2m", 120),
        ("2 min", 120),
        ("1h", 3600),
        ("1h30m", 5400),
        ("90", 90),
        ("0.5", 0.5),
        ("2.5s", 2.5),
        ("0:07.5", 7.5),
        (" 20S ", 20),
        ("0", 0),
        ("24h", 86_400),
    ],
)
def test_a_length_is_read_as_people_write_it(text: str, expected: float) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "-5s", "1:60", "5 s m", "s", "1e9", "nan", "inf", "3m2h", "1:2", "--", "20ss"]
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 20s, 1m30s or 1:30"):
        parse(text)


@pytest.mark.parametrize("text", ["25h", "86401", "999:00:00"])
def test_more_than_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="more than a day"):
        parse(text)


def test_a_very_long_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="too long"):
        parse("9" * 1_000_000)


@given(st.text(max_size=40))
def test_no_text_does_worse_than_a_sentence(text: str) -> None:
    try:
        length = parse(text)
    except ValueError as error:
        sentence = str(error)
    else:
        sentence = "a length of time" if 0 <= length <= 86_400 else ""
    assert "length of time" in sentence or "more than a day" in sentence


@given(st.integers(0, 86_400 * 100))
def test_a_length_that_is_shown_can_be_typed_again(hundredths: int) -> None:
    count = hundredths * RATE // 100
    assert frames(parse(words(count))) == count


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0s"),
        (1, "0s"),
        (90 * RATE, "1m30s"),
        (1200 * RATE, "20m"),
        (3900 * RATE, "1h5m"),
        (120_000, "2.5s"),
    ],
)
def test_a_length_is_shown_in_units(count: int, text: str) -> None:
    assert words(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0:00"), (RATE - 1, "0:00"), (750 * RATE, "12:30"), (3723 * RATE, "1:02:03"), (-5, "0:00")],
)
def test_a_clock_drops_parts_of_a_second(count: int, text: str) -> None:
    assert clock(count) == text


@given(st.integers(0, 86_400 * RATE))
def test_frames_survive_the_way_through_seconds(count: int) -> None:
    assert frames(seconds(count)) == count

"""What is drawn for a status: the words, the part, the breath, the time; fit for every terminal."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guide.breathing import fullness, shape
from guide.duration import frames
from guide.legible import columns
from guide.page import View, page
from guide.player import State, Status
from guide.timeline import Event, Timeline

SENTENCE = "Perhaps there is a place in you that keeps its guard up."


def breath(kind: str, start: float, length: float) -> Event:
    return Event("breath", frames(start), frames(length), sound=kind)


TIMELINE = Timeline(
    frames(600),
    frames(600),
    (
        Event("part", 0, frames(300), text="Arriving"),
        Event("speech", frames(8), frames(5), text=SENTENCE),
        Event("part", frames(100), frames(20), text="Deeper still"),
        breath("in", 30, 4),
        breath("hold", 34, 2),
        breath("out", 36, 6),
        breath("hold", 42, 2),
    ),
)


def status(at: float, state: State = "playing", **changes: bool) -> Status:
    return Status(state, frames(at), -8, TIMELINE, **changes)


def lines(at: float, view: View, state: State = "playing") -> list[str]:
    return page(status(at, state), view).plain.split("\n")


def styles_of(text: str, at: float, state: State = "playing") -> list[str]:
    drawn = page(status(at, state), View("T", 80, 24))
    place = drawn.plain.index(text)
    return [str(span.style) for span in drawn.spans if span.start <= place < span.end]


def said(at: float, view: View, state: State = "playing") -> str:
    return " ".join(" ".join(lines(at, view, state)).split())


WIDE = View("Meeting the Wall", 80, 24)


def test_the_title_the_part_the_sentence_and_the_time_are_there() -> None:
    drawn = said(9, WIDE)
    for words in ("Meeting the Wall", "Arriving", SENTENCE, "0:09 · 9:51 left", "q stop"):
        assert words in drawn


def test_the_innermost_part_is_named() -> None:
    assert "Deeper still" in said(105, WIDE)
    assert "Arriving" in said(125, WIDE)
    assert "Arriving" not in said(400, WIDE)


def test_a_sentence_lingers_dim_for_a_few_seconds_and_goes() -> None:
    assert "Perhaps" not in said(7.9, WIDE)
    assert styles_of("Perhaps", 9) == []
    assert styles_of("Perhaps", 14) == ["dim"]
    assert "Perhaps" not in said(17.1, WIDE)


def test_time_gone_and_time_left_always_make_the_same_sum() -> None:
    for at in (0, 9.0, 9.4, 9.99, 599.99):
        gone, left = (part.split()[0] for part in lines(at, WIDE)[-2].split("·"))
        seconds = [int(m) * 60 + int(s) for m, s in (word.split(":") for word in (gone, left))]
        assert sum(seconds) == 600


@pytest.mark.parametrize(
    ("state", "words"), [("paused", "Paused."), ("lost", "loudspeaker"), ("landing", "Coming to rest.")]
)
def test_a_state_is_said_in_quiet_words(state: State, words: str) -> None:
    assert words in said(9, WIDE, state)
    assert words not in said(9, WIDE)
    assert styles_of(words, 9, state) == ["dim"]


def test_a_note_stands_beside_the_time() -> None:
    assert "9:51 left · ends at 22:34" in said(9, View("T", 80, 24, note="ends at 22:34"))


def test_the_volume_is_shown_when_it_is_asked_for() -> None:
    assert "−8 dB" in said(9, View("T", 80, 24, volume=True))
    assert "dB" not in said(9, WIDE)


@settings(deadline=None)
@example(8.0, "playing", View("Meeting the Wall, Easing the Wall", 1, 15, "", False, "utf-8"))
@example(8.0, "playing", View("Meeting the Wall, Easing the Wall", 1, 3, "", False, "ascii"))
@given(
    st.floats(0, 600),
    st.sampled_from(["playing", "paused", "lost", "landing", "ended"]),
    st.builds(
        View,
        st.just("Meeting the Wall, Easing the Wall"),
        st.integers(1, 200),
        st.integers(2, 60),
        st.sampled_from(["", "ends at 22:34"]),
        st.booleans(),
        st.sampled_from(["utf-8", "ascii", "latin-1"]),
    ),
)
def test_nothing_is_wider_or_higher_than_the_terminal(at: float, state: State, view: View) -> None:
    drawn = lines(at, view, state)
    assert len(drawn) < view.height
    assert max(columns(line) for line in drawn) <= view.width
    "".join(drawn).encode(view.encoding)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
def test_the_page_keeps_its_height_from_frame_to_frame(size: tuple[int, int]) -> None:
    view = View("T", *size)
    heights = {len(lines(at, view)) for at in range(0, 600, 7)}
    assert len(heights) == 1


def test_a_small_terminal_still_has_the_words_the_time_and_the_keys() -> None:
    drawn = said(9, View("Meeting the Wall", 40, 12))
    for words in (SENTENCE, "9:51 left", "q stop", "Arriving"):
        assert words in drawn


def test_nothing_in_a_text_can_move_the_cursor_or_be_taken_for_markup() -> None:
    timeline = Timeline(
        frames(60),
        frames(60),
        (Event("speech", 0, frames(5), text="[bold red]a[/] \x1b[2J\x07b\u202ec\ud800"),),
    )
    drawn = page(Status("playing", 0, -8, timeline), View("\x1b]0;x\x07[link=x]T\r\n", 80, 24))
    assert "[bold red]a[/] [2J b" in drawn.plain
    assert all(letter.isprintable() or letter == "\n" for letter in drawn.plain)
    assert {str(span.style) for span in drawn.spans} <= {"dim", "color(66)"}


def test_plain_letters_where_the_terminal_has_no_others() -> None:
    view = View("Café — “still”", 80, 24, encoding="ascii")
    for at in (9, 33, 35):
        assert page(status(at), view).plain.isascii()
    assert 'Caf? - "still"' in said(9, view)


# ── the breath ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_breath_grows_going_in_stays_in_a_hold_and_shrinks_going_out() -> None:
    def full(at: float) -> float:
        value = fullness(TIMELINE, frames(at))
        assert value is not None
        return value

    assert full(30) == 0
    assert full(32) == pytest.approx(0.5)
    assert full(34) == full(35.9) == full(36) == 1
    assert full(39) == pytest.approx(0.5)
    assert full(43) == 0
    rising = [full(30 + step / 4) for step in range(16)]
    assert rising == sorted(rising)
    # Smooth: never more than a tenth from one drawing to the next.
    assert max(b - a for a, b in pairwise(rising)) < 0.1


def test_no_breath_is_guided_before_and_after() -> None:
    assert fullness(TIMELINE, frames(29.9)) is None
    assert fullness(TIMELINE, frames(44)) is None


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 7])
def test_a_fuller_breath_is_a_larger_shape_in_the_same_room(rows: int, ascii_only: bool) -> None:
    def ink(full: float) -> int:
        drawn = shape(full, rows, 28, ascii_only=ascii_only)
        assert len(drawn) == rows
        return sum(
            (ord(letter) - 0x2800).bit_count() if ord(letter) > 0x2800 else 1
            for letter in "".join(drawn)
            if letter != " "
        )

    sizes = [ink(step / 20) for step in range(21)]
    assert sizes == sorted(sizes)
    assert 0 < sizes[0] < sizes[10] < sizes[20]


def test_the_shape_is_even_on_both_sides() -> None:
    for row in shape(0.7, 7, 28, ascii_only=True):
        assert row == row[::-1]


def test_the_shape_on_the_page_follows_the_breath() -> None:
    def dots(at: float) -> int:
        return sum(0x2800 < ord(letter) < 0x2900 for letter in page(status(at), WIDE).plain)

    assert dots(10) <= dots(30.5) < dots(32) < dots(34)
    assert dots(34) > dots(39) > dots(41.5)

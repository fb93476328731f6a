"""Recordings are cut at pauses, and else where it is quietest; nothing that is voiced is ever lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from guide.transcription.cutting import AFTER, BEFORE, LONGEST, SECOND, Cutter, Span, quietest

STRETCHES = st.lists(
    st.tuples(st.booleans(), st.integers(1, 1500), st.sampled_from([1.0, 0.1, 0.01])), max_size=8
)
"""Voiced or not, for so many windows, so loud."""


def cut(windows: list[tuple[bool, float]]) -> list[Span]:
    cutter, spans = Cutter(), list[Span]()
    for at, (voiced, level) in enumerate(windows):
        before = cutter.needed
        assert before <= at
        if span := cutter.push(level, voiced=voiced):
            assert span.start >= before, "a window is wanted that was not needed any more"
            spans.append(span)
        assert cutter.needed >= before
    if span := cutter.end():
        assert span.start >= cutter.needed
        spans.append(span)
    return spans


def of(stretches: list[tuple[bool, int, float]]) -> list[tuple[bool, float]]:
    return [(voiced, level) for voiced, count, level in stretches for _ in range(count)]


@settings(deadline=None, max_examples=60)
@given(STRETCHES)
def test_every_voiced_window_is_in_exactly_one_span(stretches: list[tuple[bool, int, float]]) -> None:
    windows = of(stretches)
    spans = cut(windows)
    taken = [at for span in spans for at in range(span.start, span.end)]
    assert taken == sorted(set(taken))
    assert {at for at, (voiced, _) in enumerate(windows) if voiced} <= set(taken)
    assert all(0 <= at < len(windows) for at in taken)


@settings(deadline=None, max_examples=60)
@given(STRETCHES)
def test_no_span_is_too_long_and_none_is_without_a_voice(stretches: list[tuple[bool, int, float]]) -> None:
    windows = of(stretches)
    for span in cut(windows):
        assert 0 < span.end - span.start <= LONGEST
        first, last = span.voiced
        assert span.start <= first < last <= span.end
        assert any(voiced for voiced, _ in windows[first:last])
        assert not any(voiced for voiced, _ in windows[span.start : first])
        assert not any(voiced for voiced, _ in windows[last : span.end])


@given(st.integers(1, 200), st.integers(int(2 * SECOND), 300), st.integers(1, 200))
def test_a_pause_of_two_seconds_always_ends_a_span_with_room_around(one: int, pause: int, two: int) -> None:
    windows = of([(True, one, 1.0), (False, pause, 0.0), (True, two, 1.0)])
    first, second = cut(windows)
    assert (first.start, first.end) == (0, one + AFTER)
    assert (second.start, second.end) == (one + pause - BEFORE, len(windows))
    assert first.voiced == (0, one)
    assert second.voiced == (one + pause, len(windows))


def test_what_has_no_pause_is_cut_at_its_quietest_place() -> None:
    dip = LONGEST - 100
    windows = [(True, 0.05 if at in range(dip, dip + 5) else 1.0) for at in range(LONGEST + 200)]
    first, second = cut(windows)
    assert dip <= first.end < dip + 5
    assert second.start == first.end
    assert second.end == len(windows)


def test_a_short_pause_ends_a_long_piece_and_no_short_one() -> None:
    pause = (False, int(0.4 * SECOND), 0.0)
    short, long = (True, int(5 * SECOND), 1.0), (True, int(25 * SECOND), 1.0)
    assert len(cut(of([short, pause, short]))) == 1
    assert len(cut(of([long, pause, short]))) == 2


def test_silence_has_no_span() -> None:
    assert cut(of([(False, 5000, 0.0)])) == []
    assert cut([]) == []


@given(st.lists(st.floats(0, 1), min_size=8, max_size=400))
def test_the_quietest_place_is_in_the_last_half_and_inside(levels: list[float]) -> None:
    at = quietest(levels)
    assert len(levels) // 2 <= at < len(levels)

"""The light: what each state looks like, and that it startles nobody."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.bedside.light import FADE, FASTEST, MICROPHONE, REST, brightness, followed, moving, still_until
from guide.bedside.state import Doing, State, Trouble

DOINGS: tuple[Doing, ...] = get_args(Doing)
NIGHT = State(night=True, light=0.15)
PERIOD = 24.0
"""Every pattern comes again after this."""
FINE = [moment / 100 for moment in range(int(PERIOD * 100))]

LOOKS = [
    replace(state, doing=doing, troubles=troubles)
    for state in (State(), NIGHT, State(night=True))
    for doing in DOINGS
    for troubles in ((), ("no loudspeaker",))
]
"""All there are, by day and by night."""

shares = st.floats(0, 1)
states = st.builds(
    State,
    doing=st.sampled_from(DOINGS),
    night=st.booleans(),
    light=st.one_of(st.just(1.0), shares),
    breath=st.none() | shares,
    troubles=st.lists(st.sampled_from(get_args(Trouble)), max_size=2).map(tuple),
)
moments = st.floats(0, 1e7)


def seen(state: State) -> list[float]:
    return [brightness(state, at) for at in FINE]


@given(states, moments)
def test_it_keeps_to_its_limit_but_for_an_open_microphone(state: State, at: float) -> None:
    shown = brightness(state, at)
    if state.doing == "listening":
        assert shown <= max(state.light, MICROPHONE)
    else:
        assert 0 <= shown <= REST * state.light


@given(states, moments, st.floats(0.0001, 0.5))
def test_no_pattern_changes_faster_than_it_may(state: State, at: float, later: float) -> None:
    change = abs(brightness(state, at + later) - brightness(state, at))
    assert change <= FASTEST * later + 1e-6


@pytest.mark.parametrize("look", LOOKS)
def test_from_hundredth_to_hundredth_each_is_as_soft_and_as_still_as_it_says(look: State) -> None:
    for at, before, after in zip(FINE, seen(look), seen(look)[1:], strict=False):
        assert abs(after - before) <= 0.01 * FASTEST
        until = still_until(look, at)
        if until is None or until > at + 0.01:
            assert after == pytest.approx(before)


@given(states)
def test_nothing_rises_more_than_twice_in_a_second(state: State) -> None:
    levels = seen(state)
    peaks = [
        n
        for n in range(1, len(levels) - 1)
        if levels[n - 1] < levels[n] - 1e-9 and levels[n] >= levels[n + 1]
    ]
    for peak in peaks:
        assert len([other for other in peaks if peak <= other < peak + 100]) <= 2


@given(states, moments, st.floats(0, 60))
def test_it_stands_still_as_long_as_it_says(state: State, at: float, later: float) -> None:
    until = still_until(state, at)
    if until is None:
        assert not moving(state)
        assert brightness(state, at) == brightness(state, at + later)
    else:
        assert moving(state)
        assert until >= at
        between = at + (until - at) * later / 60.001
        assert brightness(state, between) == pytest.approx(brightness(state, at)) or until == at


@given(states)
def test_what_moves_is_seen_to_move(state: State) -> None:
    levels = seen(state)
    if moving(state) and state.light > 0.5:
        assert max(levels) - min(levels) > 0.03
    if not moving(state):
        assert len(set(levels)) == 1


@pytest.mark.parametrize("state", [State(), NIGHT, State(light=0), State(night=True, light=0.01)])
def test_an_open_microphone_is_unmistakable_at_a_glance(state: State) -> None:
    open_ = seen(replace(state, doing="listening"))
    others = [
        max(seen(replace(state, doing=doing, troubles=troubles, breath=breath)))
        for doing in DOINGS
        if doing != "listening"
        for troubles in ((), ("no microphone",))
        for breath in (None, 1.0)
    ]
    assert max(open_) >= MICROPHONE
    assert min(open_) >= 0.4 * MICROPHONE
    glances = [open_[n : n + 100] for n in range(0, len(open_) - 100, 10)]
    assert all(max(glance) >= 1.5 * max(others) for glance in glances)  # whatever second one looks
    assert moving(replace(state, doing="listening"))  # and it is no lamp that was left on


def test_it_breathes_with_the_session() -> None:
    for state in (State(doing="playing"), replace(NIGHT, doing="playing")):
        breaths = [brightness(replace(state, breath=full / 10), 3) for full in range(11)]
        assert breaths == sorted(set(breaths))
        assert breaths[-1] >= 2.5 * breaths[0]
        assert breaths[0] == brightness(state, 3)  # with no breath, it is empty and still
        assert not moving(replace(state, breath=0.5))


def test_by_night_it_only_shows_where_the_button_is() -> None:
    day, night = brightness(State(doing="waiting"), 0), brightness(replace(NIGHT, doing="waiting"), 0)
    assert 0.01 <= night <= 0.02 < day
    assert brightness(replace(NIGHT, doing="waiting", light=0), 0) == 0


def test_trouble_is_seen_while_it_waits_and_disturbs_no_session() -> None:
    trouble: tuple[Trouble, ...] = ("no loudspeaker",)
    for state in (State(), NIGHT):
        for doing in DOINGS:
            quiet, troubled = replace(state, doing=doing), replace(state, doing=doing, troubles=trouble)
            assert (seen(quiet) != seen(troubled)) == (doing == "waiting")
        waiting = replace(state, doing="waiting", troubles=trouble)
        still = [at for at in FINE if (still_until(waiting, at) or 0) > at]
        assert len(still) > 0.8 * len(FINE)
    day, night = (seen(replace(state, doing="waiting", troubles=trouble)) for state in (State(), NIGHT))
    assert max(night) < 0.05 < max(day)
    assert sum(level > min(night) for level in night) < 0.5 * sum(level > min(day) for level in day)


def test_what_a_person_has_to_tell_apart_looks_different() -> None:
    told_apart: tuple[Doing, ...] = (
        "waiting", "paused", "speaking", "preparing", "inviting", "offering", "listening", "leaving", "lost",
        "waking", "off",
    )  # fmt: skip
    looks = {tuple(seen(State(doing=doing))) for doing in told_apart}
    assert len(looks) == len(told_apart)
    assert set(seen(State(doing="off", troubles=("hot",)))) == {0.0}


@given(shares, shares, st.floats(0.001, 10))
def test_from_one_look_to_the_next_it_fades(shown: float, wanted: float, seconds: float) -> None:
    then = followed(shown, wanted, seconds)
    assert min(shown, wanted) <= then <= max(shown, wanted)
    assert abs(then - shown) <= seconds / FADE + 0.001
    if seconds >= 2 * FADE:
        assert then == pytest.approx(wanted, abs=0.01)


@given(shares, shares)
def test_a_fade_in_steps_arrives_and_ends(shown: float, wanted: float) -> None:
    steps = 0
    while shown != wanted:
        shown, before = followed(shown, wanted, 0.04), shown
        assert abs(shown - before) <= 0.04 / FADE + 0.001
        steps += 1
    assert steps * 0.04 <= 3 * FADE
    assert followed(shown, wanted, 0) == wanted

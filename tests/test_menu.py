"""Choosing in the dark: whatever a thumb does, it is heard, and it ends."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.bedside.menu import PATIENCE, Choice, Menu, Outcome, Turn, begin
from guide.bedside.sayings import sayings
from guide.duration import frames

EN = sayings("en")
LENGTHS = tuple(frames(60 * minutes) for minutes in (3, 8, 12, 20))
THREE = (
    Choice("one", "The First", (LENGTHS[0], LENGTHS[1], LENGTHS[2]), LENGTHS[1]),
    Choice("two", "The Second", (LENGTHS[1],), LENGTHS[1]),
    Choice("three", "The Third"),
)

lists = st.lists(
    st.builds(
        lambda name, lengths, place: Choice(
            name,
            f"Title {name}",
            tuple(sorted(lengths)),
            sorted(lengths)[place % len(lengths)] if lengths else None,
        ),
        st.text("abc", min_size=1, max_size=3),
        st.sets(st.sampled_from(LENGTHS)),
        st.integers(0, 3),
    ),
    max_size=24,
    unique_by=lambda one: one.name,
)
gestures = st.lists(st.sampled_from(("pressed", "double", "held", "passed")), max_size=60)


def done(menu: Menu, gesture: str, seconds: float = 6.0) -> Turn:
    turn: Turn = menu.passed(seconds) if gesture == "passed" else getattr(menu, gesture)()
    return turn


def turns(first: Turn, steps: list[str]) -> Iterator[tuple[str, Menu, Turn]]:
    """Each gesture, the menu before it, and what came of it."""
    menu = first.menu
    for gesture in steps:
        turn = done(menu, gesture)
        yield gesture, menu, turn
        menu = turn.menu


def test_it_says_how_it_is_used_and_what_is_chosen() -> None:
    menu, say, outcome = begin(EN, THREE, "two")
    assert " ".join(say) == (
        "A press brings the next one. Two quick presses change its length. Holding the button begins it. "
        "The Second. It takes eight minutes."
    )
    assert outcome is None
    assert menu.choice == THREE[1]


def test_a_press_brings_the_next_and_after_the_last_the_first() -> None:
    heard = [turn.say for _, _, turn in turns(begin(EN, THREE), ["pressed"] * 3)]
    assert heard == [
        ("The Second.", "It takes eight minutes."),
        ("The Third.",),
        ("The First.", "It takes eight minutes."),
    ]


def test_two_presses_change_the_length_and_a_hold_begins_it() -> None:
    heard = [turn.say for _, _, turn in turns(begin(EN, THREE), ["double"] * 3)]
    assert heard == [
        ("It takes twelve minutes.",),
        ("It takes three minutes.",),
        ("It takes eight minutes.",),
    ]
    *_, (_, _, last) = turns(begin(EN, THREE), ["double", "held"])
    assert (last.say, last.outcome) == (("It begins.",), Outcome("one", LENGTHS[2], begins=True))
    *_, (_, _, alone) = turns(begin(EN, THREE), ["pressed", "double"])
    assert alone.say == EN.lines.one_length
    assert alone.menu.frames == LENGTHS[1]


def test_the_next_one_has_its_own_usual_length_again() -> None:
    *_, (_, _, last) = turns(begin(EN, THREE), ["double", "pressed", "pressed", "pressed"])
    assert (last.menu.place, last.menu.frames) == (0, LENGTHS[1])


def test_in_the_quiet_it_closes_and_what_was_heard_last_stays_chosen() -> None:
    menu = begin(EN, THREE).menu.pressed().menu
    assert menu.due == PATIENCE
    menu, say, outcome = menu.passed(PATIENCE - 0.5)
    assert (say, outcome, menu.due) == ((), None, 0.5)
    for again in (menu.double().menu, menu.pressed().menu, menu.pressed().menu.passed(9).menu.pressed().menu):
        assert again.due == PATIENCE, "a gesture begins the quiet anew, whatever it brought"
    assert begin(EN, THREE).menu.passed(9).menu.double().menu.due == PATIENCE
    last = menu.passed(0.5)
    assert (last.say, last.outcome) == (EN.lines.menu_end, Outcome("two", LENGTHS[1], begins=False))
    assert last.menu.due is None


def test_with_nothing_to_choose_from_it_says_so_and_is_over() -> None:
    menu, say, outcome = begin(EN, ())
    assert (say, outcome) == (EN.lines.menu_empty, Outcome(None, None, begins=False))
    assert menu.pressed() == menu.held() == menu.double() == menu.passed(99) == Turn(menu, (), None)


@pytest.mark.parametrize("length", [LENGTHS[3], LENGTHS[0] + 7])
def test_a_length_that_was_chosen_elsewhere_can_be_chosen_again(length: int) -> None:
    first = begin(EN, THREE, "one", length)
    assert first.menu.frames == length
    lengths = {turn.menu.frames for _, _, turn in turns(first, ["double"] * 4)}
    assert lengths == {*THREE[0].lengths, length}
    *_, (_, _, round_again) = turns(first, ["pressed"] * 3)
    assert round_again.menu.frames == LENGTHS[1], "coming by again, it has its usual length"


def test_a_name_that_is_not_there_any_more_is_no_choice() -> None:
    menu = begin(EN, THREE, "gone", LENGTHS[3]).menu
    assert (menu.place, menu.frames) == (0, LENGTHS[1])


@given(choices=lists, steps=gestures)
def test_whatever_is_pressed_is_heard_and_it_ends_once(choices: list[Choice], steps: list[str]) -> None:
    first = begin(EN, choices)
    every = set(EN.everything([one.title for one in choices], LENGTHS))
    outcomes = [first.outcome] if first.outcome else []
    assert set(first.say) <= every
    menu = first.menu
    for gesture, before, turn in turns(first, [*steps, *["passed"] * 4]):
        assert set(turn.say) <= every
        assert bool(turn.say) == (not before.ended and (gesture != "passed" or turn.menu.ended))
        outcomes += [turn.outcome] if turn.outcome else []
        menu = turn.menu
    assert menu.ended
    (outcome,) = outcomes
    assert outcome.name == (menu.choice.name if menu.choice else None)
    assert outcome.begins == ("held" in steps and bool(choices) and outcome.begins)


@given(choices=lists.filter(bool), steps=gestures)
def test_what_begins_is_what_was_heard_last(choices: list[Choice], steps: list[str]) -> None:
    first = begin(EN, choices)
    titles = {EN.title(one.title): one for one in choices}
    lengths = {EN.length(length)[0]: length for length in LENGTHS}
    title, length = None, None
    spoken = list(first.say)
    for _, _, turn in turns(first, [*steps, "held"]):
        for sentence in spoken:
            if sentence in titles:
                title, length = titles[sentence], None
            length = lengths.get(sentence, length)
        if turn.outcome is not None:
            assert title is not None
            assert (turn.outcome.name, turn.outcome.frames) == (title.name, length)
            return
        spoken = list(turn.say)
    raise AssertionError("it did not end")


@given(choices=lists.filter(bool), chosen=st.integers(0, 23))
def test_every_session_and_every_length_can_be_reached(choices: list[Choice], chosen: int) -> None:
    first = begin(EN, choices, choices[chosen % len(choices)].name)
    menu, seen = first.menu, set()
    for _ in choices:
        for _ in range(len(LENGTHS) + 1):
            assert menu.choice is not None
            seen.add((menu.choice.name, menu.frames))
            menu = menu.double().menu
        menu = menu.pressed().menu
    assert seen == {(one.name, length) for one in choices for length in one.lengths or (None,)}


@given(seconds=st.floats(-1e9, 1e9) | st.just(float("inf")))
def test_no_time_is_too_long_or_runs_backwards(seconds: float) -> None:
    turn = begin(EN, THREE).menu.passed(seconds)
    assert (turn.outcome is not None) == (seconds >= PATIENCE)

"""Gestures of a thumb: by hand, in a storm, and whatever the edges are."""

import random
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.bedside.gestures import Gesture, Rule, Thumb, due, step

RULE = Rule()
DOWN, UP = True, False
LONG = RULE.off + 1
"""After this long with nothing, nothing more comes."""

ONE_PRESS = "press |double (?:warn (?:kept|off) )?|hold (?:warn (?:kept|off) )?|warn (?:kept|off) "
WHOLE = re.compile(f"(?:{ONE_PRESS})*")


def woken(
    edges: Iterable[tuple[float, bool]], rule: Rule = RULE, *, until: float | None = None
) -> tuple[Thumb, list[tuple[float, Gesture]]]:
    """What a device hears that wakes exactly when `due` says, each gesture with the moment it was told."""
    thumb = Thumb()
    told: list[tuple[float, Gesture]] = []

    def wake(to: float) -> None:
        nonlocal thumb
        while (moment := due(thumb, rule)) is not None and moment <= to:
            thumb, some = step(thumb, moment, rule)
            told.extend((moment, gesture) for gesture in some)

    for at, down in edges:
        wake(at)
        thumb, some = step(thumb, at, rule, down=down)
        told.extend((at, gesture) for gesture in some)
    wake(float("inf") if until is None else until)
    return thumb, told


def gestures(edges: Iterable[tuple[float, bool]], rule: Rule = RULE) -> list[Gesture]:
    return [gesture for _, gesture in woken(edges, rule)[1]]


def rounded(told: list[tuple[float, Gesture]]) -> list[tuple[float, Gesture]]:
    return [(round(at, 6), gesture) for at, gesture in told]


def held(*spans: tuple[float, float]) -> list[tuple[float, bool]]:
    return [edge for begin, end in spans for edge in ((begin, DOWN), (end, UP))]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 0.1)], ["press"]),
        ([(0, 0.79)], ["press"]),
        ([(0, 0.1), (0.44, 0.5)], ["double"]),
        ([(0, 0.1), (0.46, 0.5)], ["press", "press"]),
        ([(0, 0.81)], ["hold"]),
        ([(0, 3.9)], ["hold"]),
        ([(0, 4.1)], ["hold", "warn", "kept"]),
        ([(0, 8.1)], ["hold", "warn", "off"]),
        ([(0, 0.1), (0.2, 2.0)], ["double"]),
        ([(0, 0.1), (0.2, 5.0)], ["double", "warn", "kept"]),
        ([(0, 0.1), (0.2, 9.0)], ["double", "warn", "off"]),
        ([(0, 1.0), (1.1, 1.2)], ["hold", "press"]),
        ([(0, 0.1), (0.2, 0.3), (0.4, 0.5), (0.6, 0.7), (0.8, 0.9)], ["double"]),
        ([(0, 0.1), (0.2, 0.3), (0.7, 0.8)], ["double", "press"]),
        ([(0, 0.1), (0.2, 0.3), (0.4, 5.0)], ["double", "warn", "kept"]),
    ],
)
def test_what_a_thumb_means(spans: list[tuple[float, float]], expected: list[Gesture]) -> None:
    assert gestures(held(*spans)) == expected


def test_each_is_told_at_its_moment() -> None:
    edges = [*held((0, 0.1), (10, 10.1), (10.2, 10.3)), (20, DOWN)]
    assert rounded(woken(edges)[1]) == [
        (0.45, "press"),
        (10.225, "double"),
        (20.8, "hold"),
        (24, "warn"),
        (28, "off"),
    ]


def test_without_doubles_a_press_is_told_as_soon_as_its_end_is_believed() -> None:
    rule = replace(RULE, doubles=False)
    assert rounded(woken(held((0, 0.1), (0.2, 0.3)), rule)[1]) == [
        (0.125, "press"),
        (0.325, "press"),
    ]
    assert rounded(woken(held((0, 0.1)), replace(rule, bounce=0))[1]) == [(0.1, "press")]


def test_a_rule_that_changes_between_two_presses_holds_from_then_on() -> None:
    thumb, _ = woken(held((0, 0.1)), until=0.2)
    rule = replace(RULE, doubles=False)
    assert step(thumb, 0.2, rule) == (Thumb(), ("press",))
    thumb, told = step(thumb, 0.2, rule, down=DOWN)
    assert told == ("press",)
    assert step(thumb, 1.1, rule)[1] == ("hold",)


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.0249])
def test_an_edge_that_is_taken_back_never_was(gap: float) -> None:
    assert gestures([(0, DOWN), (gap, UP)]) == []
    assert gestures([(0, DOWN), (0.5, UP), (0.5 + gap, DOWN), (1, UP)]) == ["hold"]
    assert gestures([*held((0, 0.1)), (0.44, DOWN), (0.44 + gap, UP)]) == ["press"]


def test_an_end_that_is_believed_later_still_comes_before_the_hold_it_forestalled() -> None:
    assert rounded(woken([(0, DOWN), (0.79, UP)])[1]) == [(1.14, "press")]
    assert rounded(woken([(0, DOWN), (0.79, UP), (0.81, DOWN)], until=2)[1]) == [(0.81, "hold")]


def test_what_was_due_long_ago_comes_in_order() -> None:
    thumb, _ = step(Thumb(), 0, RULE, down=DOWN)
    assert step(thumb, 100, RULE)[1] == ("hold", "warn", "off")
    late, told = step(thumb, 5, RULE, down=UP)
    assert told == ("hold", "warn")
    assert step(late, 100, RULE) == (Thumb(), ("kept",))


def test_a_button_that_is_down_from_the_beginning_means_nothing_until_it_was_let_go() -> None:
    assert step(Thumb(), 3, RULE, down=UP) == (Thumb(), ())
    assert gestures([(3, UP), *held((4, 4.1))]) == ["press"]


def test_a_lost_up_ends_the_press_before_and_a_lost_down_loses_only_itself() -> None:
    assert gestures([(0, DOWN), *held((2, 2.1))]) == ["hold", "press"]
    assert gestures([(0, DOWN), *held((5, 5.1))]) == ["hold", "warn", "kept", "press"]
    assert gestures([(0, DOWN), *held((0.3, 0.4))]) == ["double"]
    assert gestures([(0, DOWN), (0.1, UP), (0.2, UP), (9, UP)]) == ["press"]


def test_time_that_goes_back_stands_still() -> None:
    thumb, _ = step(Thumb(), 1000, RULE, down=DOWN)
    thumb, _ = step(thumb, 1000.5, RULE)
    thumb, told = step(thumb, 7, RULE)
    assert told == ()
    assert due(thumb, RULE) == pytest.approx(7.3)
    assert step(thumb, 7.31, RULE)[1] == ("hold",)


# ── whatever the edges are ────────────────────────────────────────────────────────────

moments = st.floats(0, 12, allow_nan=False).map(lambda at: round(at, 3))
gaps = st.one_of(
    st.floats(0, 0.06), st.floats(0, 1.2), st.floats(0, 12),
    st.sampled_from([0.0, RULE.bounce, RULE.double, RULE.hold, RULE.warn, RULE.off]),
)  # fmt: skip
strokes = st.lists(st.tuples(gaps, st.booleans()), max_size=40)
rules = st.builds(
    Rule,
    bounce=st.sampled_from([0.0, 0.025, 0.1]),
    double=st.sampled_from([0.0, 0.35]),
    hold=st.sampled_from([0.5, 0.8, 5.0]),
    doubles=st.booleans(),
)


def edges_of(strokes: list[tuple[float, bool]]) -> list[tuple[float, bool]]:
    at, edges = 0.0, []
    for gap, down in strokes:
        at += gap
        edges.append((at, down))
    return edges


@given(strokes, rules)
def test_when_all_is_up_and_time_has_passed_nothing_is_going_on(
    strokes: list[tuple[float, bool]], rule: Rule
) -> None:
    edges = edges_of([*strokes, (0.5, UP)])
    assert woken(edges, rule)[0] == Thumb()


@given(strokes, rules)
def test_a_thumb_that_does_nothing_more_lets_the_device_sleep(
    strokes: list[tuple[float, bool]], rule: Rule
) -> None:
    thumb, _ = woken(edges_of(strokes), rule)  # ends only where nothing is due any more
    assert due(thumb, rule) is None


@given(strokes, rules, st.lists(moments, max_size=60))
def test_more_steps_change_nothing(
    strokes: list[tuple[float, bool]], rule: Rule, others: list[float]
) -> None:
    edges = edges_of(strokes)
    end = (edges[-1][0] if edges else 0) + LONG
    looks = sorted([*edges, *((at, None) for at in others if at < end)], key=lambda look: look[0])
    thumb, told = Thumb(), list[Gesture]()
    for at, down in [*looks, (end, None)]:
        thumb, some = step(thumb, at, rule, down=down)
        told += some
    assert told == gestures(edges, rule)

    thumb, told = Thumb(), []
    for at, edge in edges:
        thumb, some = step(thumb, at, rule, down=edge)
        told += some
    assert [*told, *step(thumb, end, rule)[1]] == gestures(edges, rule)


@given(strokes, rules)
def test_one_press_is_one_thing(strokes: list[tuple[float, bool]], rule: Rule) -> None:
    told = gestures(edges_of([*strokes, (0.5, UP)]), rule)
    assert WHOLE.fullmatch("".join(f"{gesture} " for gesture in told)), told


@given(st.lists(st.tuples(st.floats(-20, 20), st.sampled_from([UP, DOWN, None])), max_size=40), rules)
def test_time_may_do_what_it_likes_and_the_button_still_works(
    looks: list[tuple[float, bool | None]], rule: Rule
) -> None:
    thumb, at = Thumb(), 1000.0
    for by, down in looks:
        at += by
        thumb, _ = step(thumb, at, rule, down=down)
    thumb, _ = step(thumb, at, rule, down=UP)
    thumb, _ = step(thumb, at + LONG, rule)
    assert thumb == Thumb()
    thumb, _ = step(thumb, at + 20, rule, down=DOWN)
    thumb, told = step(thumb, at + 20.2, rule, down=UP)
    thumb, more = step(thumb, at + 30, rule)
    assert (thumb, told + more) == (Thumb(), ("press",))


# ── a storm ────────────────────────────────────────────────────────────


class Hand:
    """A thumb on a worn button: each of its edges chatters."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        self.at = 0.0
        self.edges: list[tuple[float, bool]] = []

    def stays(self, least: float, most: float) -> None:
        self.at += self.luck.uniform(least, most)

    def turns(self, down: bool) -> None:
        for _ in range(self.luck.randrange(5)):
            self.edges += [(self.at, down), (self.at + self.luck.uniform(0, 0.004), not down)]
            self.at += 0.005
        self.edges.append((self.at, down))

    def presses(self, least: float = 0.03, most: float = 0.7) -> None:
        self.turns(DOWN)
        self.stays(least, most)
        self.turns(UP)

    def makes(self, gesture: Gesture) -> list[Gesture]:
        """Make one, and say what is to be recognised."""
        match gesture:
            case "press":
                self.presses()
            case "double":
                self.presses()
                self.stays(0.03, 0.3)
                self.presses()
            case "hold":
                self.presses(0.85, 3.9)
            case "kept":
                self.presses(4.1, 7.9)
                return ["hold", "warn", "kept"]
            case _:
                self.presses(8.1, 20)
                return ["hold", "warn", "off"]
        return [gesture]

    def trembles(self) -> None:
        """Touch it for too short a time to be meant."""
        self.edges += [(self.at, DOWN), (self.at + 0.02, UP)]
        self.stays(0.1, 0.2)


def test_a_storm_is_recognised_exactly() -> None:
    hand = Hand(6)
    expected: list[Gesture] = []
    for _ in range(10_000):
        hand.stays(0.45, 2)
        if hand.luck.random() < 0.2:
            hand.trembles()
        expected += hand.makes(hand.luck.choice(["press", "double", "hold", "kept", "off"]))
    thumb, told = woken(hand.edges)
    assert [gesture for _, gesture in told] == expected
    assert thumb == Thumb()

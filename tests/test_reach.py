"""Which lengths a script can have: exactly those that it says. The docstring of a test is its script."""

import re
from collections.abc import Callable
from itertools import pairwise
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meditations import BELLS, clip_frames, script

from guide import duration
from guide.arrange import Material
from guide.duration import RATE, frames
from guide.expand import Breath, Circumstances, Item, Sentence, expand
from guide.reach import out_of_reach, reachable
from guide.script.models import Script

PARTS = """
    title: Parts
    length: {shortest: 10s, usual: 30s, longest: 2m}
    steps:
      - say: One.
      - rest: {about: 8s, least: 5s, most: 11.123s}
      - breathe: {in: 1.5s, out: 1.7s, rounds: 3}
      - rest: {about: 4s, least: 3s, most: 9s}
      - part: Short
        until: 25.3s
        steps: [{say: Two.}, {rest: {about: 6s, least: 1s, most: 7s}}]
      - part: Long
        from: 59.5s
        steps: [{pause: 25s}, {repeat: {times: 3, steps: [{bell: {sound: bowl}}]}}]
"""


def circumstances(target: int = 0) -> Circumstances:
    return Circumstances(target, "a")


def fits(one: Script, target: int) -> bool:
    return material_of(expand(one, circumstances(target))).fits(target)


def material_of(items: tuple[Item, ...]) -> Material:
    texts = {item.text for item in items if isinstance(item, Sentence | Breath) and item.text}
    return Material(items, {text: clip_frames(text) for text in texts}, BELLS)


def counted(asked: list[int]) -> Callable[[tuple[Item, ...]], Material]:
    """As `material_of`; notes how many items it was asked for each time."""

    def measured(items: tuple[Item, ...]) -> Material:
        asked.append(len(items))
        return material_of(items)

    return measured


def told(one: Script, target: int) -> str:
    return str(out_of_reach(one, circumstances(target), material_of))


@pytest.fixture(scope="module")
def parts() -> Script:
    return script(PARTS)


def test_the_spans_are_exact_at_both_ends(parts: Script) -> None:
    spans = reachable(parts, circumstances(), material_of)
    assert len(spans) == 2
    length = parts.page.length
    for first, last in spans:
        assert fits(parts, first)
        assert fits(parts, last)
        assert first == length.shortest or not fits(parts, first - 1)
        assert last == length.longest or not fits(parts, last + 1)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(spans))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_target_is_in_a_span_if_and_only_if_it_can_be_met(parts: Script, data: st.DataObject) -> None:
    target = data.draw(st.integers(parts.page.length.shortest, parts.page.length.longest))
    spans = reachable(parts, circumstances(), material_of)
    assert any(first <= target <= last for first, last in spans) == fits(parts, target)


@pytest.mark.parametrize("wanted", [1, 10.25, 31.75, 40, 58.2, 82.9, 119.99, 600])
def test_every_length_that_a_sentence_names_can_be_had(parts: Script, wanted: float) -> None:
    words = told(parts, frames(wanted)).partition("with this voice")[2]
    named = [word for word in re.findall(r"\b[\d.]+[hms][\dhms]*", words) if word[0].isdigit()]
    assert len(named) in (2, 4)
    for word in named:
        target = frames(duration.parse(word))
        assert target % RATE == 0
        assert fits(parts, target), word


def test_a_length_less_than_a_second_wide_is_named_to_the_hundredth() -> None:
    one = script("""
        title: Narrow
        length: {shortest: 10s, usual: 15s, longest: 20s}
        steps: [{pause: 12.3s}, {rest: {about: 0.2s, least: 0.101s, most: 0.3s}}]
    """)
    assert told(one, frames(19)) == (
        "'a-test' cannot last 19s: with this voice it can be from 12.41s to 12.6s long."
    )


def test_a_script_is_expanded_once_for_each_change_and_not_for_each_length() -> None:
    """Forty-eight hundred items between one minute and three hours, as one stretch."""
    steps = ", ".join(["{pause: 1s}"] * 48)
    one = script(f"""
        title: Again
        length: {{shortest: 1m, usual: 1h, longest: 3h}}
        steps: [repeat: {{times: 100, steps: [{steps}]}}]
    """)
    asked: list[int] = []
    assert "cannot last 1m: with this voice it can be from 1h20m to 1h20m long" in str(
        out_of_reach(one, circumstances(frames(60)), counted(asked))
    )
    assert asked == [4_800]


def test_a_script_that_changes_everywhere_is_looked_at_in_some_places() -> None:
    rows = "".join(f"\n          - breathe: {{in: 4s, out: 4s, rounds: {n}}}" for n in range(1, 101))
    one = script(f"""
        title: Breaths
        length: {{shortest: 10m, usual: 1h, longest: 3h}}
        steps:
          - pause: 4h{rows}
    """)
    asked: list[int] = []
    assert reachable(one, circumstances(), counted(asked)) == []
    assert len(asked) <= 300


def test_what_is_included_counts_too(parts: Script) -> None:
    head, _, steps = dedent(PARTS).partition("steps:\n")
    including = script(f"{head}steps: [include: inner]", {"inner": dedent(steps)})
    assert reachable(including, circumstances(), material_of) == reachable(
        parts, circumstances(), material_of
    )

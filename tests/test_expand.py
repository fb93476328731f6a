"""From a script to a row of items. The docstring of a test is the script it is about."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meditations import SCRIPTS, items_of, page_of, script

from guide.duration import frames
from guide.expand import (
    BedChanges,
    Breath,
    Circumstances,
    PartCloses,
    PartOpens,
    Sentence,
    Silence,
    Strike,
    expand,
    rounds,
)
from guide.script.models import Script


def between(seconds: float) -> Silence:
    return Silence(frames(seconds), frames(seconds), frames(seconds), written=False)


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Script:
    return script(request.function.__doc__)


def test_sentences_stand_apart_and_paragraphs_further(written: Script) -> None:
    """
    - say: |
        Sit down. Be
        comfortable.

        There is time.
    """
    assert items_of(written) == [
        Sentence("Sit down."),
        between(0.7),
        Sentence("Be comfortable."),
        between(3),
        Sentence("There is time."),
    ]


def test_two_sounding_steps_get_a_breath_between_them(written: Script) -> None:
    """
    - say: One.
    - say: Two.
    - bell: {sound: bowl, settle: 5s}
    - say: Three.
    """
    assert items_of(written) == [
        Sentence("One."),
        between(3),
        Sentence("Two."),
        between(3),
        Strike("bowl", frames(5)),
        Sentence("Three."),
    ]


def test_a_silence_that_is_written_is_all_the_silence_there_is(written: Script) -> None:
    """
    - say: One.
    - pause: 0.2s
    - part: Next
      steps: [{say: Two.}]
    """
    exact = frames(0.2)
    assert items_of(written) == [
        Sentence("One."),
        Silence(exact, exact, exact),
        PartOpens("Next"),
        Sentence("Two."),
        PartCloses(),
    ]


@pytest.mark.parametrize(
    ("rest", "least", "most"),
    [
        ("20s", 8, 45),
        ("2s", 2, 6),
        ("5s", 3, 15),
        ("60s", 24, 60),
        ("{about: 30s, least: 10s, most: 40s}", 10, 40),
        ("{about: 30s, least: 0, most: 30s}", 0, 30),
    ],
)
def test_a_rest_has_limits_even_where_none_are_written(rest: str, least: float, most: float) -> None:
    (silence,) = items_of(script(f"- rest: {rest}"))
    assert isinstance(silence, Silence)
    assert (silence.least, silence.most) == (frames(least), frames(most))


def test_after_a_question_there_are_eight_seconds_at_least(written: Script) -> None:
    """
    - say: What is here?
    - rest: 4s
    - say: Good.
    - rest: 4s
    - say: And now?
    - pause: 1s
    - rest: {about: 5s, least: 1s, most: 6s}
    """
    rests = [item for item in items_of(written) if isinstance(item, Silence) and item.least < item.most]
    exact = [item for item in items_of(written) if isinstance(item, Silence) and item.least == item.most]
    assert rests == [Silence(frames(8), frames(8), frames(12)), Silence(frames(4), frames(3), frames(12))]
    assert exact == [Silence(frames(1), frames(1), frames(1)), Silence(frames(8), frames(8), frames(8))]


def test_a_bell_after_a_question_answers_it(written: Script) -> None:
    """
    - say: What is here?
    - bell: {sound: bowl, settle: 5s}
    - rest: 4s
    """
    assert items_of(written)[-1] == Silence(frames(4), frames(3), frames(12))


def test_a_breath_is_rounds_of_phases_with_their_cues(written: Script) -> None:
    """
    - breathe: {in: 4s, hold: 1s, out: 6s, rounds: 2, cue: words}
    - breathe: {in: 4s, out: 6s, rounds: 2, cue: tone}
    - say: Good.
    """
    one = [
        Breath("in", frames(4), "Breathe in."),
        Breath("hold", frames(1)),
        Breath("out", frames(6), "And out."),
    ]
    other = [Breath("in", frames(4), tone=True), Breath("out", frames(6), tone=True)]
    assert items_of(written) == [*one, *one, *other, *other, between(0.7), Sentence("Good.")]


@pytest.mark.parametrize(
    ("written", "minutes", "expected"),
    [(6, 15, 6), (6, 30, 8), (6, 8, 3), (6, 1, 2), (1, 15, 2), (20, 30, 20), (20, 7.5, 10), (3, 60, 8)],
)
def test_rounds_follow_the_length_of_the_session_and_stay_whole(
    written: int, minutes: float, expected: int
) -> None:
    assert rounds(written, frames(60 * minutes), frames(900)) == expected


@given(st.integers(1, 100), st.integers(1, 10**9), st.integers(1, 10**9))
def test_rounds_are_never_fewer_than_two_nor_more_than_eight_or_as_written(
    written: int, target: int, usual: int
) -> None:
    assert 2 <= rounds(written, target, usual) <= max(8, written)


def test_from_is_inclusive_and_until_is_not(written: Script) -> None:
    """
    - part: Long
      from: 20m
      steps: [{pause: 1s}]
    - part: Short
      until: 20m
      steps: [{pause: 2s}]
    - part: Middling
      from: 10m
      until: 20m
      steps: [{pause: 3s}]
    """

    def parts(target: int) -> list[str]:
        return [item.title for item in items_of(written, target) if isinstance(item, PartOpens)]

    assert parts(frames(1200)) == ["Long"]
    assert parts(frames(1200) - 1) == ["Short", "Middling"]
    assert parts(frames(600)) == ["Short", "Middling"]
    assert parts(frames(600) - 1) == ["Short"]


def test_a_part_that_is_included_stands_in_its_place() -> None:
    one = script("[{say: One.}, {include: arrive}, {say: Two.}]", {"arrive": "[{pause: 9s}, {say: Here.}]"})
    spoken = [item.text for item in items_of(one) if isinstance(item, Sentence)]
    assert spoken == ["One.", "Here.", "Two."]


def test_a_repeat_says_everything_again(written: Script) -> None:
    """
    - repeat:
        times: 3
        steps: [{say: Again.}, {pause: 1s}]
    """
    exact = frames(1)
    assert items_of(written) == [Sentence("Again."), Silence(exact, exact, exact)] * 3


def test_a_change_of_the_bed_is_kept_in_its_place(written: Script) -> None:
    """
    - ambience: {sound: ocean, fade: 5s, level: -30}
    - pause: 1s
    - ambience: {sound: none}
    """
    first, _, last = items_of(written)
    assert first == BedChanges("ocean", -30.0, frames(5))
    assert last == BedChanges("none", None, frames(8))


def test_the_seed_chooses_and_repeats_choose_anew(written: Script) -> None:
    """
    - repeat:
        times: 2
        steps:
          - choose: [[{say: A.}], [{say: B.}], [{say: C.}]]
    """

    def chosen(seed: str) -> str:
        return "".join(i.text[0] for i in items_of(written, seed=seed) if isinstance(i, Sentence))

    days = [chosen(f"2030-01-{day:02d}") for day in range(1, 32)]
    assert {day[0] for day in days} == {"A", "B", "C"}
    assert any(day[0] != day[1] for day in days)
    assert days == [chosen(f"2030-01-{day:02d}") for day in range(1, 32)]


def test_what_a_seed_chooses_is_the_same_on_every_machine(written: Script) -> None:
    """
    - choose: [[{say: A.}], [{say: B.}], [{say: C.}]]
    """
    spoken = [items_of(written, seed=f"2030-01-{day:02d}")[0] for day in range(6, 15)]
    assert spoken == [Sentence(f"{letter}.") for letter in "ABBBCBCCA"]


@settings(deadline=None)
@given(SCRIPTS, st.text(max_size=10), st.integers(frames(1), frames(10_800)))
def test_the_same_seed_gives_the_same_row(one: Script, seed: str, target: int) -> None:
    given_ = Circumstances(target, seed)
    assert expand(one, given_) == expand(one, given_)


@settings(deadline=None)
@given(SCRIPTS, st.integers(frames(1), frames(10_800)))
def test_what_sounds_never_runs_into_what_sounds(one: Script, target: int) -> None:
    sounding = [i for i in items_of(one, target) if isinstance(i, Sentence | Silence | Strike | Breath)]
    for before, after in pairwise(sounding):
        if isinstance(before, Sentence):
            assert isinstance(after, Silence)
        if isinstance(before, Silence) and not before.written:
            assert before.least == before.most


@settings(deadline=None)
@given(SCRIPTS, st.integers(frames(1), frames(10_800)))
def test_every_part_that_opens_closes(one: Script, target: int) -> None:
    depth = 0
    for item in items_of(one, target):
        depth += isinstance(item, PartOpens) - isinstance(item, PartCloses)
        assert depth >= 0
    assert depth == 0


def test_the_listener_is_called_by_name_only_if_there_is_one() -> None:
    one = page_of({"steps": [{"say": "Welcome, {name}. Sit, {name|dear one}."}]})
    assert items_of(one, name="Ada")[::2] == [Sentence("Welcome, Ada."), Sentence("Sit, Ada.")]
    assert items_of(one)[::2] == [Sentence("Welcome."), Sentence("Sit, dear one.")]

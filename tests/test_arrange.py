"""A session lasts exactly as long as was asked. The docstring of a test is the script it is about."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from meditations import BELLS, SCRIPTS, arranged, clip_frames, material, script

from guide.arrange import Begun, Material, fit
from guide.duration import RATE, frames
from guide.errors import OutOfReachError
from guide.expand import Breath, Item, PartOpens, Sentence, Silence, Strike
from guide.script.models import Script
from guide.timeline import Event, Timeline


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Script:
    return script(request.function.__doc__)


def silences(lengths: list[tuple[int, int, int]]) -> list[Silence]:
    return [Silence(about, least, most) for least, about, most in map(sorted, lengths)]


SILENCES = st.lists(
    st.tuples(st.integers(1, 3 * RATE), st.integers(1, 30 * RATE), st.integers(1, 90 * RATE)),
    min_size=1,
    max_size=40,
).map(silences)


def within(one: Material, share: float) -> int:
    """A target that these items can reach."""
    shortest, longest = one.reach()
    return shortest + round(share * (longest - shortest))


def events_of(item: Item) -> list[tuple[str, str]]:
    """What is heard of an item: kinds of events, each with its words or its sound."""
    match item:
        case Sentence():
            return [("speech", item.text)]
        case Strike():
            return [("bell", item.sound)]
        case Breath():
            return [("breath", item.phase), *([("speech", item.text)] if item.text else [])]
        case PartOpens():
            return [("part", item.title)]
        case Silence(written=True):
            return [("silence", "")]
    return []


# ── fit ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(SILENCES, st.floats(0, 1))
def test_any_room_within_the_limits_is_filled_to_the_frame(rests: list[Silence], share: float) -> None:
    least, most = sum(rest.least for rest in rests), sum(rest.most for rest in rests)
    room = least + round(share * (most - least))
    lengths = fit(rests, room)
    assert sum(lengths) == room
    assert all(rest.least <= length <= rest.most for rest, length in zip(rests, lengths, strict=True))


@given(SILENCES, st.floats(0, 1))
def test_rests_that_meet_no_limit_are_in_proportion_to_what_was_written(
    rests: list[Silence], share: float
) -> None:
    least, most = sum(rest.least for rest in rests), sum(rest.most for rest in rests)
    lengths = fit(rests, least + round(share * (most - least)))
    free = [
        (rest.about, length)
        for rest, length in zip(rests, lengths, strict=True)
        if rest.least + 1 < length < rest.most - 1
    ]
    for one_about, one in free:
        for other_about, other in free:
            # Whole frames: each may be one frame off its share.
            assert abs(one * other_about - other * one_about) <= one_about + other_about


@given(SILENCES)
def test_at_the_usual_length_every_rest_is_as_it_was_written(rests: list[Silence]) -> None:
    assert fit(rests, sum(rest.about for rest in rests)) == tuple(rest.about for rest in rests)


@given(SILENCES, st.integers(1, 10**12))
def test_room_beyond_the_limits_is_out_of_reach(rests: list[Silence], beyond: int) -> None:
    with pytest.raises(OutOfReachError):
        fit(rests, sum(rest.most for rest in rests) + beyond)
    with pytest.raises(OutOfReachError):
        fit(rests, sum(rest.least for rest in rests) - beyond)


def test_without_a_single_silence_only_nothing_fits() -> None:
    assert fit([], 0) == ()
    with pytest.raises(OutOfReachError):
        fit([], 1)


def test_frames_left_over_go_to_the_largest_remainders() -> None:
    rests = silences([(0, 1, 9), (0, 2, 9), (0, 4, 9)])
    assert fit(rests, 10) == (1, 3, 6)  # 1.43, 2.86, 5.71


# ── whole sessions ───────────────────────────────────────────────────────────────────────────────────────


def test_a_session_is_laid_out_to_the_frame(written: Script) -> None:
    """
    - bell: {sound: chime, settle: 4s}
    - part: Arriving
      intent: arrive
      steps:
        - say: Welcome. Sit.
        - rest: 20s
    - say: Thank you.
    - pause: 1s
    - bell: {sound: bowl, settle: 8s}
    """
    target = frames(60)
    spoken = [clip_frames(text) for text in ("Welcome.", "Sit.", "Thank you.")]
    rest = target - frames(4 + 0.7 + 1 + 8) - sum(spoken)
    start = frames(4)
    sit = start + spoken[0] + frames(0.7)
    thanks = sit + spoken[1] + rest
    bell = thanks + spoken[2] + frames(1)
    line = arranged(written, target)
    assert line == Timeline(
        target,
        target,
        (
            Event("bell", 0, BELLS["chime"], sound="chime"),
            Event("part", start, thanks - start, text="Arriving", cue="arrive"),
            Event("speech", start, spoken[0], text="Welcome."),
            Event("speech", sit, spoken[1], text="Sit."),
            Event("silence", sit + spoken[1], rest),
            Event("speech", thanks, spoken[2], text="Thank you."),
            Event("silence", thanks + spoken[2], frames(1), cue="exact"),
            Event("bell", bell, BELLS["bowl"], sound="bowl"),
        ),
    )
    assert bell + frames(8) == target


def test_the_tail_of_the_closing_bell_is_inside_the_target(written: Script) -> None:
    """
    - rest: 20s
    - bell: {sound: bowl, settle: 1s}
    - rest: {about: 3s, least: 2s, most: 4s}
    """
    shortest, longest = material(written).reach()
    assert shortest == frames(8) + BELLS["bowl"]  # the bell waits until the last rest can hold its tail
    for target in (shortest, frames(30), longest):
        line = arranged(written, target)
        bell = next(event for event in line.events if event.kind == "bell")
        assert bell.end <= line.frames == target


def test_a_cue_longer_than_its_breath_is_waited_for(written: Script) -> None:
    """
    - breathe: {in: 1s, out: 1s, rounds: 2}
    - rest: 20s
    """
    stuff = material(written)
    slow = Material(stuff.items, {"Breathe in.": frames(1.5), "And out.": frames(0.5)}, {})
    starts = [event.start for event in slow.arranged(frames(30)).speech()]
    assert starts == [0, frames(1.5), frames(2.5), frames(4)]


def test_a_target_out_of_reach_is_refused(written: Script) -> None:
    """
    - say: Welcome.
    - rest: {about: 20s, least: 10s, most: 30s}
    """
    shortest, longest = material(written).reach()
    assert (shortest, longest) == (clip_frames("Welcome.") + frames(10), clip_frames("Welcome.") + frames(30))
    for target in (shortest, longest):
        assert arranged(written, target).frames == target
    for target in (shortest - 1, longest + 1):
        with pytest.raises(OutOfReachError):
            arranged(written, target)


@settings(deadline=None)
@given(SCRIPTS, st.integers(1, 10_800), st.floats(0, 1))
def test_any_reachable_target_is_met_to_the_frame(one: Script, seconds: int, share: float) -> None:
    stuff = material(one, frames(seconds))
    target = within(stuff, share)
    line = stuff.arranged(target)
    assert line.frames == line.target == target
    assert all(event.start >= 0 and event.end <= target for event in line.events)


@settings(deadline=None)
@given(SCRIPTS, st.floats(0, 1))
def test_the_least_and_the_most_of_every_rest_are_kept(one: Script, share: float) -> None:
    stuff = material(one)
    rests = [item for item in stuff.items if isinstance(item, Silence)]
    given_ = stuff.silences(within(stuff, share))
    assert all(rest.least <= length <= rest.most for rest, length in zip(rests, given_, strict=True))


@settings(deadline=None)
@given(SCRIPTS, st.floats(0, 1))
def test_the_order_of_a_script_is_the_order_of_its_events(one: Script, share: float) -> None:
    stuff = material(one)
    line = stuff.arranged(within(stuff, share))
    said = [event for item in stuff.items for event in events_of(item)]
    assert [(event.kind, event.text or event.sound) for event in line.events] == said
    starts = [event.start for event in line.events]
    assert starts == sorted(starts)
    assert [change.start for change in line.beds] == sorted(change.start for change in line.beds)


@settings(deadline=None)
@given(SCRIPTS, st.floats(0, 1))
def test_no_two_sentences_are_spoken_at_once(one: Script, share: float) -> None:
    stuff = material(one)
    speech = stuff.arranged(within(stuff, share)).speech()
    assert all(a.end <= b.start for a, b in pairwise(speech))


# ── arranging anew while it plays ────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(SCRIPTS, st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 2))
def test_what_has_begun_stays_while_the_rest_is_arranged_anew(
    one: Script, share: float, heard: float, rate: float
) -> None:
    stuff = material(one)
    target = within(stuff, share)
    first = stuff.silences(target)
    before = stuff.placed(first, target)
    until = round(heard * target)
    # Sentences that have not been heard yet turn out longer or shorter than they were thought to be.
    known = {event.text for event in before.speech() if event.start < until}
    clips = {text: n if text in known else round(n * rate) for text, n in stuff.clips.items()}
    real = Material(stuff.items, clips, stuff.bells)
    try:
        after = real.arranged(target, Begun(first, until))
    except OutOfReachError:
        assert rate != 1
        return
    assert after.frames == target
    fixed = [(event.kind, event.start, event.text) for event in before.events if event.start < until]
    assert [(e.kind, e.start, e.text) for e in after.events][: len(fixed)] == fixed
    assert all(event.start >= until for event in after.events[len(fixed) :])


def test_nothing_learnt_changes_nothing(written: Script) -> None:
    """
    - say: One.
    - rest: 20s
    - say: Two.
    - rest: 10s
    """
    stuff = material(written)
    first = stuff.silences(frames(40))
    for until in range(0, frames(40), frames(0.37)):
        assert stuff.silences(frames(40), Begun(first, until)) == first, until


def test_a_longer_sentence_takes_its_time_from_the_rests_that_are_left(written: Script) -> None:
    """
    - say: One.
    - rest: 10s
    - say: Two.
    - rest: 10s
    - say: Three.
    - rest: 10s
    """
    stuff = material(written)
    target = within(stuff, 0.5)
    first = stuff.silences(target)
    until = stuff.placed(first, target).speech()[1].start
    longer = Material(stuff.items, {**stuff.clips, "Three.": stuff.clips["Three."] + RATE}, stuff.bells)
    anew = longer.silences(target, Begun(first, until))
    assert anew[0] == first[0]
    assert (first[1] - anew[1], first[2] - anew[2]) == (RATE // 2, RATE // 2)


def test_a_rest_that_is_being_sat_through_is_not_cut_behind_the_listener(written: Script) -> None:
    """
    - rest: {about: 20s, least: 5s, most: 40s}
    - say: Two.
    - rest: {about: 20s, least: 5s, most: 40s}
    """
    stuff = material(written)
    target = frames(40) + stuff.clips["Two."]
    longer = Material(stuff.items, {"Two.": stuff.clips["Two."] + frames(14)}, stuff.bells)
    begun = Begun(stuff.silences(target), frames(15))
    assert longer.silences(target) == (frames(13), frames(13))
    assert longer.silences(target, begun) == (frames(15), frames(11))


def test_when_too_little_is_left_the_end_cannot_be_kept(written: Script) -> None:
    """
    - rest: 10s
    - say: Two.
    - rest: 10s
    """
    stuff = material(written)
    target = within(stuff, 0.5)
    first = stuff.silences(target)
    longer = Material(stuff.items, {"Two.": stuff.clips["Two."] + frames(30)}, stuff.bells)
    with pytest.raises(OutOfReachError):
        longer.silences(target, Begun(first, first[0] + 1))


@given(SILENCES, st.floats(0, 1))
def test_silences_longer_than_asked_make_a_longer_session(rests: list[Silence], share: float) -> None:
    assume(len(rests) > 1)
    stuff = Material(tuple(rests), {}, {})
    target = within(stuff, share)
    line = stuff.placed([length + 1 for length in stuff.silences(target)], target)
    assert (line.frames, line.target) == (target + len(rests), target)

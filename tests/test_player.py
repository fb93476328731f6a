"""Played onto a tape: every sample, every press, and a loudspeaker that is pulled out."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meditations import Thumb, arranged, clip, humming_bed, script, sounds_for

from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.player import BLOCK, Player, Status, Verb
from guide.render import Mix, Sample, block, compose
from guide.sound import Sound, linear, peak
from guide.timeline import Event, Timeline

LINE = arranged(
    script(
        """
        - bell: {sound: chime, settle: 2s}
        - part: One
          steps: [{say: Let both hands rest wherever they like.}, {rest: 3s}]
        - part: Two
          steps: [{say: Now the shoulders.}, {rest: 3s}]
        - part: Three
          steps: [{say: Now the breath.}, {rest: 3s}]
        """
    ),
    frames(18),
)
MIX = compose(LINE, sounds_for(LINE), bed="none", level=-24)
WHOLE = block(MIX, 0, MIX.frames)
ONE, TWO, THREE = LINE.parts()
SPOKEN = LINE.speech()
FADE, AT_ONCE = frames(0.3), frames(0.03)
GROUNDING = clip("You can stop here.", frames(1.5))


def during(event: Event) -> int:
    """A number of blocks after which that event is half heard."""
    return (event.start + event.frames // 2) // BLOCK


def after(event: Event) -> int:
    """A number of blocks after which that event is over, by a second and more."""
    return event.end // BLOCK + 11


class Run:
    """One session, played to its end."""

    def __init__(
        self,
        tape: Thumb,
        *,
        mix: Mix = MIX,
        line: Timeline = LINE,
        at: int = 0,
        volume: int = 0,
        ceiling: int = 0,
        grounding: Sound | None = GROUNDING,
        reopen: Callable[[], Thumb] | None = None,
        moved: Callable[[Player, Status], None] = lambda *_: None,
    ) -> None:
        self.statuses: list[Status] = []

        def hear(status: Status) -> None:
            self.statuses.append(status)
            moved(player, status)

        def find() -> Thumb:
            assert reopen is not None
            found = reopen()
            found.player = player
            return found

        player = Player(
            tape,
            mix,
            line,
            at=at,
            volume=volume,
            ceiling=ceiling,
            grounding=lambda: None if grounding is None else (Sample.of(grounding), 0.0),
            reopen=find if reopen else None,
            moved=hear,
        )
        tape.player = player
        self.tape = tape
        self.player = player
        self.end = player.run()
        self.sound = tape.sound()

    def states(self) -> list[str]:
        """Every state, each once while it lasts."""
        states = [status.state for status in self.statuses]
        return [state for place, state in enumerate(states) if place == 0 or state != states[place - 1]]


def ends_with(sound: Sound, expected: Sound) -> bool:
    return bool(np.array_equal(sound[len(sound) - len(expected) :], expected))


def largest_step(sound: Sound) -> float:
    return float(np.max(np.abs(np.diff(sound, axis=0))))


# ── playing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_sample_is_played_in_order() -> None:
    run = Run(Thumb())
    assert len(run.sound) == MIX.frames
    assert np.array_equal(run.sound[AT_ONCE:], WHOLE[AT_ONCE:])
    assert (run.end.state, run.end.finished, run.end.at) == ("ended", True, MIX.frames)


def test_a_session_can_begin_anywhere() -> None:
    run = Run(Thumb(), at=SPOKEN[1].start)
    assert ends_with(run.sound, WHOLE[SPOKEN[1].start :])
    assert Run(Thumb(), at=10**12).end.finished
    assert len(Run(Thumb(), at=-5).sound) == MIX.frames


def test_the_volume_is_a_gain() -> None:
    run = Run(Thumb(), volume=-8)
    assert np.allclose(run.sound[AT_ONCE:], WHOLE[AT_ONCE:] * linear(-8), atol=1e-7)


def test_nothing_is_louder_than_full_scale() -> None:
    line = Timeline(RATE, RATE, (Event("speech", 0, RATE, text="Loud."),))
    loud = {"Loud.": Sample.of(clip("Loud.", RATE, 4.0))}
    sounds = sounds_for(line)
    mix = compose(line, type(sounds)(loud, {}, {}, {}, 0.0), bed="none", level=-24)
    assert peak(block(mix, 0, RATE)) > 3
    assert peak(Run(Thumb(), mix=mix, line=line).sound) == 1


def test_each_sentence_is_announced_as_it_begins_and_ends() -> None:
    heard = Run(Thumb()).statuses
    within = [next((e.text for e in SPOKEN if e.start <= status.at < e.end), "") for status in heard]
    assert [text for text in within if text] == [event.text for event in SPOKEN]
    assert (heard[0].state, heard[-1].state) == ("playing", "ended")
    assert [status.at for status in heard] == sorted(status.at for status in heard)


def test_what_is_going_on_can_be_asked_from_another_thread() -> None:
    seen: list[Status] = []

    def look(number: int) -> None:
        if number % 10 == 0:
            thread = threading.Thread(target=lambda: seen.append(run_of(tape).status()))
            thread.start()
            thread.join()

    def run_of(tape: Thumb) -> Player:
        assert tape.player is not None
        return tape.player

    tape = Thumb(at_block=look)
    Run(tape)
    assert len(seen) == MIX.frames // BLOCK // 10
    assert [status.at for status in seen] == [(10 * n + 9) * BLOCK for n in range(len(seen))]
    assert all(status.timeline is LINE and status.volume == 0 for status in seen)


def test_the_rest_can_be_arranged_anew_while_it_plays() -> None:
    until = SPOKEN[1].end + RATE
    later = Timeline(
        LINE.frames + RATE,
        LINE.target,
        tuple(
            Event(e.kind, e.start + (RATE if e.start >= until else 0), e.frames, e.text, e.sound, e.cue)
            for e in LINE.events
        ),
    )
    mix = compose(later, sounds_for(later), bed="none", level=-24)

    def moved(player: Player, status: Status) -> None:
        if SPOKEN[1].start <= status.at < SPOKEN[1].end:
            player.rearranged(mix, later)

    run = Run(Thumb(), moved=moved)
    assert np.array_equal(run.sound[AT_ONCE:], block(mix, 0, mix.frames)[AT_ONCE:])
    assert run.end.timeline is later


# ── pausing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pause_in_a_silence_delays_and_takes_nothing() -> None:
    k, wait = after(SPOKEN[0]), 20
    run = Run(Thumb({k: "toggle", k + wait: "toggle"}))
    assert run.states() == ["playing", "paused", "playing", "ended"]
    assert np.array_equal(run.sound[AT_ONCE : k * BLOCK], WHOLE[AT_ONCE : k * BLOCK])
    assert ends_with(run.sound, WHOLE[k * BLOCK :])
    assert not np.any(run.sound[k * BLOCK : (k + wait) * BLOCK])
    assert len(run.sound) == len(WHOLE) + wait * BLOCK + FADE


def test_a_sentence_that_was_cut_is_said_again_whole() -> None:
    k = during(SPOKEN[1])
    run = Run(Thumb({k: "toggle", k + 30: "toggle"}))
    assert np.array_equal(run.sound[AT_ONCE : k * BLOCK], WHOLE[AT_ONCE : k * BLOCK])
    assert np.any(WHOLE[k * BLOCK : k * BLOCK + FADE])
    assert not np.any(run.sound[k * BLOCK + FADE : (k + 30) * BLOCK])
    assert ends_with(run.sound, WHOLE[SPOKEN[1].start :])
    paused = next(status for status in run.statuses if status.state == "paused")
    assert paused.at == SPOKEN[1].start


def test_a_second_press_while_it_fades_takes_the_pause_back() -> None:
    k = during(SPOKEN[1])
    run = Run(Thumb({k: "toggle", k + 1: "toggle"}))
    assert "paused" not in run.states()
    assert len(run.sound) == len(WHOLE)
    back = (k + 1) * BLOCK + FADE
    assert np.array_equal(run.sound[AT_ONCE : k * BLOCK], WHOLE[AT_ONCE : k * BLOCK])
    assert np.array_equal(run.sound[back:], WHOLE[back:])
    assert not np.array_equal(run.sound[k * BLOCK : back], WHOLE[k * BLOCK : back])


def test_a_paused_session_can_be_turned_and_moved() -> None:
    k = after(SPOKEN[0])
    run = Run(Thumb({k: "toggle", k + 10: ("skip", "softer"), k + 12: "toggle"}), volume=-8)
    turned = [status for status in run.statuses if status.state == "paused"]
    assert (turned[-1].at, turned[-1].volume) == (TWO.start, -10)
    assert ends_with(run.sound, WHOLE[TWO.start :] * np.float32(linear(-10)))


# ── moving about ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("presses", "leads_to"),
    [
        (("skip",), TWO.start),
        (("skip", "skip"), THREE.start),
        (("back",), ONE.start),
        (("back", "back"), 0),
        (("skip", "back"), ONE.start),
        (("skip", "skip", "skip", "skip"), THREE.start),
    ],
)
def test_one_moves_from_part_to_part(presses: tuple[Verb, ...], leads_to: int) -> None:
    k = (ONE.start + frames(3.5)) // BLOCK
    assert k * BLOCK < TWO.start - FADE
    run = Run(Thumb({k: presses}))
    assert np.array_equal(run.sound[AT_ONCE : k * BLOCK], WHOLE[AT_ONCE : k * BLOCK])
    assert ends_with(run.sound, WHOLE[leads_to + (AT_ONCE if leads_to == 0 else 0) :])
    assert run.end.finished


def test_back_at_the_beginning_of_a_part_is_the_part_before() -> None:
    k = (TWO.start + frames(1)) // BLOCK
    assert ends_with(Run(Thumb({k: "back"})).sound, WHOLE[ONE.start :])


def test_a_part_that_was_just_skipped_to_can_be_skipped_as_well() -> None:
    k = during(SPOKEN[0])
    run = Run(Thumb({k: "skip", k + 4: "skip"}))
    assert ends_with(run.sound, WHOLE[THREE.start :])
    assert len(run.sound) == k * BLOCK + FADE + BLOCK + FADE + FADE + len(WHOLE) - THREE.start


def test_nothing_lies_beyond_the_last_part() -> None:
    k = during(SPOKEN[2])
    run = Run(Thumb({k: "skip"}))
    assert np.array_equal(run.sound[AT_ONCE:], WHOLE[AT_ONCE:])


def test_a_pause_pressed_while_it_moves_is_kept() -> None:
    k = during(SPOKEN[0])
    run = Run(Thumb({k: "skip", k + 1: "toggle", k + 20: "toggle"}))
    assert run.states() == ["playing", "paused", "playing", "ended"]
    assert not np.any(run.sound[k * BLOCK + FADE : (k + 20) * BLOCK])
    assert ends_with(run.sound, WHOLE[TWO.start :])


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stop_lands_softly_with_one_line_and_then_ends() -> None:
    k = during(SPOKEN[1])
    run = Run(Thumb({k: "stop"}))
    assert run.states() == ["playing", "landing", "ended"]
    landed = k * BLOCK + frames(2)
    quiet = frames(0.8)
    assert np.array_equal(run.sound[AT_ONCE : k * BLOCK], WHOLE[AT_ONCE : k * BLOCK])
    levels = [peak(run.sound[at : at + BLOCK]) for at in range(k * BLOCK, landed, BLOCK)]
    assert levels[-1] < 1e-3
    rest = run.sound[landed:]
    line = np.repeat(GROUNDING[:, None], 2, axis=1)
    assert not np.any(rest[:quiet])
    assert np.array_equal(rest[quiet : quiet + len(line)], line)
    assert not np.any(rest[quiet + len(line) :])
    assert len(rest) == 2 * quiet + len(line)
    # What the landing fades away is heard again another day.
    assert (run.end.finished, run.end.at) == (False, SPOKEN[1].start)


def test_what_fades_away_in_a_stop_is_told_as_no_time_that_went_by() -> None:
    k = during(SPOKEN[1])
    looks: list[Status] = []

    def look(_: int) -> None:
        assert thumb.player is not None
        looks.append(thumb.player.status())

    thumb = Thumb({k: "stop"}, at_block=look)
    run = Run(thumb)
    landing = {status.at for status in looks if status.state == "landing"}
    assert landing == {k * BLOCK}
    assert run.end.at == SPOKEN[1].start


def test_a_stop_in_the_last_moments_lands_too_and_is_no_end() -> None:
    k = (MIX.frames - frames(1)) // BLOCK
    run = Run(Thumb({k: "stop"}))
    line = np.repeat(GROUNDING[:, None], 2, axis=1)
    assert run.end.finished is False
    assert ends_with(run.sound, np.concatenate([line, np.zeros((frames(0.8), 2), dtype=np.float32)]))


def test_what_was_played_is_counted_whatever_was_skipped() -> None:
    run = Run(Thumb({5: "skip"}))
    assert run.end.played < MIX.frames
    assert Run(Thumb()).end.played == MIX.frames


def test_volume_and_pause_are_heeded_while_the_sound_is_lost() -> None:
    def moved(player: Player, status: Status) -> None:
        if status.state == "lost":
            player.do("softer")
            player.do("toggle")

    run = Run(Thumb(lost_at=20), reopen=lambda: Thumb({10: "toggle"}), moved=moved)
    assert run.end.volume == -2
    assert "paused" in run.states()
    assert run.end.finished


def test_a_stop_from_a_pause_speaks_at_once() -> None:
    k = during(SPOKEN[1])
    run = Run(Thumb({k: "toggle", k + 10: "stop"}))
    assert run.states() == ["playing", "paused", "ended"]
    assert len(run.sound) == (k + 10) * BLOCK + 2 * frames(0.8) + len(GROUNDING)
    assert run.end.at == SPOKEN[1].start


@pytest.mark.parametrize("voice", [GROUNDING, np.repeat(GROUNDING[:, None], 2, axis=1)])
@pytest.mark.parametrize(
    "later",
    [0, 5, 19, 21, 24, 30, 35, 45],
    ids=["at once", "fading", "nearly", "hush", "hush", "line", "line", "last hush"],
)
def test_a_second_stop_is_silence_within_50_ms_and_does_not_click(later: int, voice: Sound) -> None:
    k = during(SPOKEN[1])
    presses: dict[int, Verb | tuple[Verb, ...]] = {k: ("stop", "stop")}
    if later:
        presses = {k: "stop", k + later: "stop"}
    run = Run(Thumb(presses), grounding=voice)
    pressed = (k + later) * BLOCK
    assert pressed < len(run.sound) <= pressed + BLOCK
    assert not np.any(run.sound[pressed + frames(0.05) :])
    assert largest_step(run.sound) < 1.1 * max(largest_step(WHOLE), largest_step(GROUNDING[:, None]))
    assert abs(run.sound[-1]).max() == 0
    assert not run.end.finished


def test_without_a_line_a_stop_is_a_fade_and_quiet() -> None:
    k = during(SPOKEN[1])
    run = Run(Thumb({k: "stop"}), grounding=None)
    assert not np.any(run.sound[k * BLOCK + frames(2) :])


# ── volume ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_press_is_two_decibels() -> None:
    run = Run(Thumb({10: "softer", 20: "louder", 30: "louder"}), volume=-8)
    assert run.statuses[0].volume == -8
    assert run.end.volume == -6
    assert -10 in [status.volume for status in run.statuses]
    steady = SPOKEN[2].start
    assert np.array_equal(run.sound[steady:], WHOLE[steady:] * np.float32(linear(-6)))


@pytest.mark.parametrize(("verb", "bound"), [("softer", -40), ("louder", 0)])
def test_the_volume_stays_within_its_bounds(verb: Verb, bound: int) -> None:
    run = Run(Thumb({5: (verb,) * 50}), volume=-8)
    assert run.end.volume == bound
    steady = SPOKEN[2].start
    assert np.array_equal(run.sound[steady:], WHOLE[steady:] * np.float32(linear(bound)))


def test_a_ceiling_is_never_passed_and_forgets_no_wish() -> None:
    run = Run(Thumb({5: ("louder",) * 3}), volume=-8, ceiling=-14)
    assert (run.end.volume, run.end.wished) == (-14, -8)
    assert np.array_equal(run.sound[frames(2) :], WHOLE[frames(2) :] * np.float32(linear(-14)))
    softer = Run(Thumb({5: "softer", 9: "louder"}), volume=-8, ceiling=-14)
    assert {status.volume for status in softer.statuses} == {-14, -16}
    assert (softer.end.volume, softer.end.wished) == (-14, -14)


def test_a_ceiling_that_comes_down_is_met_gently() -> None:
    tape = Thumb()
    tape.at_ceiling = (30, -20)
    run = Run(tape, volume=-8)
    assert (run.end.volume, run.end.wished) == (-20, -8)
    steady = frames(3 + 8) + 2 * BLOCK
    assert np.array_equal(run.sound[steady:], WHOLE[steady:] * np.float32(linear(-20)))
    assert largest_step(run.sound) <= largest_step(WHOLE * np.float32(linear(-8))) + 1e-4


# ── a lost loudspeaker ───────────────────────────────────────────────────────────────────────────────────


def test_a_lost_loudspeaker_is_waited_for_and_the_sentence_said_again() -> None:
    k = during(SPOKEN[1])
    second = Thumb()
    first = Thumb({-1: "louder"}, lost_at=k)
    run = Run(first, reopen=lambda: second)
    assert run.states() == ["playing", "lost", "playing", "ended"]
    assert run.end.finished
    assert first.closed
    assert run.player.sink is second
    assert np.array_equal(run.sound[AT_ONCE:], WHOLE[AT_ONCE : k * BLOCK])
    assert ends_with(second.sound(), WHOLE[SPOKEN[1].start :])


def test_in_a_silence_it_goes_on_with_the_very_sample_that_was_not_heard() -> None:
    k = after(SPOKEN[1])
    second = Thumb()
    Run(Thumb({-1: "louder"}, lost_at=k), reopen=lambda: second)
    assert len(second.sound()) == len(WHOLE) - k * BLOCK + FADE
    assert ends_with(second.sound(), WHOLE[k * BLOCK :])


def test_it_looks_again_until_the_loudspeaker_is_there() -> None:
    first, second = Thumb({-1: "louder"}, lost_at=during(SPOKEN[0])), Thumb()
    looked: list[int] = []

    def reopen() -> Thumb:
        looked.append(1)
        if len(looked) < 4:
            assert first.player is not None
            first.player.do("louder")  # so that it need not wait before it looks again
            raise DeviceError("Still gone.")
        return second

    run = Run(first, reopen=reopen)
    assert len(looked) == 4
    assert run.end.finished


@pytest.mark.parametrize("paused", [10, 1])
def test_a_session_that_was_paused_is_paused_when_the_loudspeaker_is_back(paused: int) -> None:
    k = during(SPOKEN[1])
    second = Thumb({10: "toggle"})
    run = Run(Thumb({k: "toggle", -1: "louder"}, lost_at=k + paused), reopen=lambda: second)
    assert not np.any(second.sound()[: 10 * BLOCK])
    assert ends_with(second.sound(), WHOLE[SPOKEN[1].start :])
    assert run.end.finished


def test_a_stop_while_it_is_lost_ends_it() -> None:
    k = during(SPOKEN[1])
    run = Run(Thumb({-1: "stop"}, lost_at=k), reopen=lambda: pytest.fail("nobody wants it back"))
    assert run.states() == ["playing", "lost", "ended"]
    assert (run.end.finished, run.end.at) == (False, SPOKEN[1].start)


def test_where_no_other_can_be_had_a_lost_loudspeaker_is_the_end() -> None:
    run = Run(Thumb(lost_at=during(SPOKEN[1])))
    assert run.states() == ["playing", "lost", "ended"]
    assert not run.end.finished


@pytest.mark.parametrize("presses", [{5: "stop"}, {5: "toggle", 15: "stop"}])
@pytest.mark.parametrize("blocks", [16, 20, 27, 35])
def test_a_loudspeaker_lost_while_it_lands_is_the_end(presses: dict[int, Verb], blocks: int) -> None:
    run = Run(Thumb(presses, lost_at=blocks), reopen=lambda: pytest.fail("nobody wants it back"))
    assert (run.end.state, run.end.finished) == ("ended", False)


# ── whatever is pressed ──────────────────────────────────────────────────────────────────────────────────

HUMMING = compose(LINE, sounds_for(LINE, {"hum": humming_bed()}), bed="hum", level=-20)
PRESSES = st.dictionaries(
    st.integers(1, 150),
    st.lists(
        st.sampled_from(["toggle", "toggle", "skip", "back", "louder", "softer", "stop"]), max_size=3
    ).map(tuple),
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(PRESSES, st.integers(-1, LINE.frames))
def test_whatever_is_pressed_nothing_clicks_and_it_ends(
    presses: dict[int, tuple[Verb, ...]], begin: int
) -> None:
    last: dict[int, tuple[Verb, ...]] = {300: ("stop", "stop")}
    run = Run(Thumb(presses | last), mix=HUMMING, at=begin, volume=-2)
    assert run.end.state == "ended"
    own = largest_step(block(HUMMING, 0, HUMMING.frames))
    assert largest_step(np.concatenate([np.zeros((1, 2), np.float32), run.sound])) < 1.1 * own + 5e-4


def test_a_loudspeaker_that_is_back_begins_softly() -> None:
    second = Thumb()
    Run(Thumb({-1: "louder"}, lost_at=after(SPOKEN[1])), mix=HUMMING, reopen=lambda: second)
    own = largest_step(block(HUMMING, 0, HUMMING.frames))
    assert peak(second.sound()[: RATE // 200]) < 0.05 * peak(second.sound())
    assert largest_step(np.concatenate([np.zeros((1, 2), np.float32), second.sound()])) < 1.1 * own

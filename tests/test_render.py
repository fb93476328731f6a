"""What a timeline sounds like: every sample where it belongs, no click, the bed at its distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meditations import arranged, clip, flat_bed, humming_bed, script, sounds_for

from guide.beds import BED_LUFS
from guide.duration import RATE, frames
from guide.render import Mix, Sample, block, compose
from guide.script.models import Script
from guide.sound import Sound, linear, peak
from guide.timeline import BedChange, Event, Timeline

BEDS = {
    "hum": humming_bed(),
    "ocean": humming_bed("ocean", 330),
    "flat": flat_bed(),
    "level": flat_bed("level"),
}


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Script:
    return script(request.function.__doc__)


def mixed(line: Timeline, *, bed: str = "none", level: float = -24, sleep: bool = False) -> Mix:
    return compose(line, sounds_for(line, BEDS), bed=bed, level=level, sleep=sleep)


def whole(mix: Mix) -> Sound:
    return block(mix, 0, mix.frames)


def spoken(
    *starts: float, length: float = 2, total: float = 60, beds: tuple[BedChange, ...] = ()
) -> Timeline:
    """A timeline with a sentence at each of some seconds."""
    events = tuple(
        Event("speech", frames(start), frames(length), text=f"Sentence {number}.")
        for number, start in enumerate(starts)
    )
    return Timeline(frames(total), frames(total), events, beds)


def bed_decibels(mix: Mix, second: float) -> float:
    """How loud a flat bed is at a second, in dB against itself."""
    return 20 * float(np.log10(block(mix, frames(second), 1)[0, 0] * 32768 / 32767))


def largest_step(sound: Sound) -> float:
    silence = np.zeros((1, 2), dtype=np.float32)
    return float(np.max(np.abs(np.diff(sound, axis=0, prepend=silence, append=silence))))


# ── where things are ─────────────────────────────────────────────────────────────────────────────────────


def test_every_sentence_is_heard_at_its_very_frame(written: Script) -> None:
    """
    - say: Welcome. Sit down.
    - rest: 4s
    - say: Stay.
    """
    line = arranged(written, frames(12))
    sound = whole(mixed(line))
    expected = np.zeros((frames(12), 2), dtype=np.float32)
    for event in line.speech():
        expected[event.start : event.end] += clip(event.text, event.frames)[:, None]
    assert np.array_equal(sound, expected)


def test_a_bell_rings_on_under_what_follows(written: Script) -> None:
    """
    - bell: {sound: bowl, settle: 2s}
    - say: Welcome.
    - rest: 10s
    """
    line = arranged(written, frames(12))
    bell, speech = line.events[0], line.speech()[0]
    assert bell.start < speech.start < bell.end
    tail = block(mixed(line), bell.end - frames(0.1), frames(0.1))
    assert np.any(tail != 0)
    assert not np.any(block(mixed(line), bell.end, frames(1)))


def test_a_breath_with_tones_is_heard(written: Script) -> None:
    """
    - breathe: {in: 2s, out: 3s, rounds: 2, cue: tone}
    - rest: 2s
    """
    line = arranged(written, frames(12))
    sound = whole(mixed(line))
    assert [event.cue for event in line.events if event.kind == "breath"] == ["in", "out", "in", "out"]
    for event in (event for event in line.events if event.kind == "breath"):
        assert np.any(sound[event.start : event.start + frames(1)])
        assert not np.any(sound[event.start + frames(1) : event.end])


def test_nothing_sounds_after_the_end_though_a_clip_is_longer() -> None:
    line = Timeline(RATE, RATE, (Event("speech", RATE // 2, RATE, text="Too long."),))
    sounds = sounds_for(line)
    mix = compose(line, sounds, bed="none", level=-24)
    assert not np.any(block(mix, RATE, RATE))
    assert np.any(block(mix, RATE - 100, 100))


@pytest.mark.parametrize("at", [-5 * RATE, 60 * RATE, 10**9])
def test_before_the_beginning_and_after_the_end_there_is_silence(at: int) -> None:
    sound = block(mixed(spoken(0, 57), bed="hum"), at, RATE)
    assert sound.shape == (RATE, 2)
    assert sound.dtype == np.float32
    assert not np.any(sound)


def test_a_block_that_reaches_over_both_edges_is_silent_outside_them() -> None:
    line = spoken(0.5, length=1, total=2)
    mix = mixed(line, bed="hum")
    wide = block(mix, -RATE, 5 * RATE)
    assert np.array_equal(wide[RATE : RATE + mix.frames], whole(mix))
    assert not np.any(wide[:RATE])
    assert not np.any(wide[RATE + mix.frames :])


RICH = spoken(1, 8, 9.5, 20, total=24, beds=(BedChange(frames(11), "ocean", -30.0, frames(3)),))
RICH_MIX = compose(
    Timeline(
        RICH.frames,
        RICH.target,
        (*RICH.events, Event("bell", frames(0.2), frames(6), sound="bowl")),
        RICH.beds,
    ),
    sounds_for(RICH, BEDS),
    bed="hum",
    level=-24,
)
RICH_SOUND = whole(RICH_MIX)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=60))
def test_the_size_of_the_blocks_changes_not_one_bit(sizes: list[int]) -> None:
    at = 0
    for size in sizes:
        n = min(size, RICH_MIX.frames - at)
        assert np.array_equal(block(RICH_MIX, at, n), RICH_SOUND[at : at + n])
        at += n


@settings(deadline=None, max_examples=60)
@given(st.integers(-RATE, RICH_MIX.frames), st.integers(0, 3000))
def test_any_frame_can_be_asked_for_first(at: int, n: int) -> None:
    a, b = max(0, at), max(0, min(at + n, RICH_MIX.frames))
    assert np.array_equal(block(RICH_MIX, at, n)[a - at : b - at], RICH_SOUND[a:b])


def test_clips_of_16_bits_sound_as_those_of_floats() -> None:
    whole_steps = (np.arange(-1000, 1000) * 13).astype(np.int16)
    floats = whole_steps.astype(np.float32) / np.float32(32768)
    one, other = Sample.of(whole_steps), Sample.of(floats)
    assert one.frames == other.frames == 2000
    assert np.array_equal(one.read(100, 300), other.read(100, 300))


# ── levels ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_bed_is_24_db_under_the_voice_while_somebody_speaks() -> None:
    mix = mixed(spoken(20, 24, 27), bed="flat")
    gap = sounds_for(spoken(), BEDS)
    assert gap.voice_gain == 0
    silent = Mix(mix.frames, (), (), 0, mix.layers, mix.ease)
    for second in (20, 21, 22.2, 23.5, 24, 26.5, 28.9):
        assert bed_decibels(silent, second) == pytest.approx(-18 - 24 - BED_LUFS, abs=0.01)


def test_the_bed_comes_up_3_db_in_a_long_silence_and_is_back_before_the_next_word() -> None:
    line = spoken(6, 20)
    mix = compose(line, sounds_for(line, BEDS), bed="flat", level=-24)
    under, up = -18 - 24 - BED_LUFS, -18 - 21 - BED_LUFS
    assert bed_decibels(mix, 14) == pytest.approx(up, abs=0.01)
    for second in (8.05, 19.81, 19.99):
        assert bed_decibels(mix, second) == pytest.approx(under, abs=0.01)
    assert under < bed_decibels(mix, 18.8) < up
    assert bed_decibels(mix, 4.01) < up  # before the first word it has already begun to give way
    assert bed_decibels(mix, 40) == pytest.approx(up, abs=0.01)


def test_the_bed_stays_down_in_a_silence_under_four_seconds() -> None:
    line = spoken(10, 15.9)
    mix = mixed(line, bed="flat")
    for second in np.arange(12.01, 15.9, 0.1):
        assert bed_decibels(mix, float(second)) == pytest.approx(-18 - 24 - BED_LUFS, abs=0.01)


@pytest.mark.parametrize("level", [-24.0, -22.0, -20.0, -10.0, 0.0])
def test_the_bed_is_never_nearer_than_20_db(level: float) -> None:
    mix = mixed(spoken(20, 30), bed="flat", level=level)
    nearest = max(bed_decibels(mix, float(second)) for second in np.arange(12.3, 20, 0.1))
    assert nearest <= -18 - 20 - BED_LUFS + 0.01


@pytest.mark.parametrize("sound", ["flat", "level"])
def test_a_louder_level_written_later_is_held_at_20_db_too(sound: str) -> None:
    change = BedChange(frames(20), sound, -3.0, frames(4))
    mix = mixed(spoken(beds=(change,)), bed="none")
    assert bed_decibels(mix, 30) == pytest.approx(-18 - 20 - BED_LUFS, abs=0.01)


def test_the_same_bed_at_another_level_is_no_louder_on_the_way() -> None:
    line = spoken(beds=(BedChange(frames(20), "flat", -20.0, frames(8)),))
    mix = mixed(line, bed="flat", level=-20)
    gains = block(mix, frames(15), frames(20))[:, 0]
    assert np.max(gains) <= linear(-18 - 20 - BED_LUFS) * 1.0001
    assert np.min(gains) >= linear(-18 - 20 - BED_LUFS) * 0.9999


def test_another_bed_takes_over_with_the_power_of_both_the_same() -> None:
    mix = mixed(spoken(beds=(BedChange(frames(20), "ocean", None, frames(8)),)), bed="hum")
    powers = [float(np.mean(block(mix, frames(second), RATE // 2) ** 2)) for second in range(15, 35)]
    assert max(powers) / min(powers) == pytest.approx(1, abs=0.02)


def test_for_sleep_everything_is_softer_and_the_bed_leaves_slowly() -> None:
    line = Timeline(
        frames(1200),
        frames(1200),
        (Event("bell", 0, frames(6), sound="bowl"), Event("speech", frames(10), frames(2), text="Rest.")),
    )
    awake, asleep = mixed(line), mixed(line, sleep=True)
    at_bell, at_word = (0, frames(6)), (frames(10), frames(2))
    assert peak(block(asleep, *at_word)) / peak(block(awake, *at_word)) == pytest.approx(linear(-2), rel=1e-3)
    assert peak(block(asleep, *at_bell)) / peak(block(awake, *at_bell)) < linear(-2)
    bed = mixed(line, bed="flat", sleep=True)
    levels = [bed_decibels(bed, second) for second in (900, 1019, 1080, 1140, 1190)]
    assert levels[0] == pytest.approx(levels[1], abs=0.01)
    assert levels[1] > levels[2] > levels[3] > levels[4]


# ── no clicks ────────────────────────────────────────────────────────────────────────────────────────────


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 159).map(lambda tenth: tenth / 10),
        st.sampled_from(["flat", "level", "none"]),
        st.sampled_from([None, -20.0, -24.0, -40.0]),
        st.sampled_from([0, 1, 4800, RATE, 4 * RATE, 60 * RATE]),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=30)
@given(CHANGES, st.sampled_from(["flat", "none"]), st.lists(st.integers(0, 6), unique=True, max_size=3))
def test_no_bed_ever_jumps_whatever_is_written(
    changes: list[tuple[float, str, float | None, int]], bed: str, words: list[int]
) -> None:
    ordered = sorted(changes, key=lambda change: change[0])
    beds = tuple(BedChange(frames(at), sound, level, fade) for at, sound, level, fade in ordered)
    line = spoken(*(2 * place for place in sorted(words)), length=1, total=16, beds=beds)
    mix = mixed(line, bed=bed)
    # A flat bed is its own gain: a fade of a quarter second moves 2e-5 a frame, a cut 0.18 at once.
    assert largest_step(whole(Mix(mix.frames, (), (), 0, mix.layers, mix.ease))) < 5e-4


def test_a_session_has_no_step_larger_than_its_parts_have() -> None:
    line = spoken(5, 12, total=30, beds=(BedChange(frames(14), "ocean", -20.0, frames(2)),))
    sound = whole(mixed(line, bed="hum"))
    nearest = linear(-18 - 20 - BED_LUFS)
    beds = (
        sum(largest_step(np.tile(BEDS[name].block(0, RATE), (2, 1))) for name in ("hum", "ocean")) * nearest
    )
    clips = max(
        largest_step(clip(event.text, event.frames)[:, None].repeat(2, axis=1)) for event in line.speech()
    )
    assert largest_step(sound) <= 1.01 * (beds + clips)

"""A run that is to end at a time of the clock: the clock here is the tape's own, and may be put wrong."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from meditations import Thumb, script

from guide.arrange import COMMITTED
from guide.duration import RATE, frames
from guide.folders import Folders
from guide.library import Library
from guide.player import BLOCK, Status, Verb
from guide.render import block
from guide.saved import Saved
from guide.session import Prepared, Wish, prepare, resume
from guide.sitting import Sitting
from guide.sound import Sound
from guide.timeline import Timeline
from guide.voices.hum import Hum

LIBRARY = Library.find(Folders(Path("no"), Path("no"), Path("no"), Path("no")))
HUM = Hum()
TEN = dt.datetime(2026, 1, 1, 22, 0, 0)
AT_ONCE = frames(0.03)
"""What the very beginning is faded in by."""
WRONG = st.tuples(st.floats(0, 50), st.floats(-15, 15))
"""From which second on a clock is wrong, and by how many."""

QUIET = """
    title: Quiet
    length: {shortest: 20s, usual: 50s, longest: 5m}
    ambience: {sound: none}
    steps:
      - bell: {sound: chime, settle: 2s}
      - part: One
        steps:
          - say: Here is one.
          - rest: {about: 6s, least: 2s, most: 15s}
          - say: Here are two. And three.
          - rest: {about: 6s, least: 2s, most: 15s}
      - part: Two
        steps:
          - say: And here is the next one.
          - rest: {about: 6s, least: 2s, most: 15s}
          - say: The last.
          - rest: {about: 6s, least: 4s, most: 30s}
"""


@pytest.fixture(scope="module")
def quiet() -> Prepared:
    return prepare(script(QUIET), Wish(target=frames(50), seed="a"), HUM, LIBRARY)


@pytest.fixture(scope="module")
def rain() -> Prepared:
    wish = Wish(target=frames(50), seed="a", ambience="rain")
    return prepare(script(QUIET), wish, HUM, LIBRARY)


class Run:
    """One sitting on a tape, at volume 0, to its end or to a stop; everything that was seen on the way."""

    def __init__(
        self,
        prepared: Prepared,
        folder: Path,
        *,
        until: float | None = 50,
        presses: Mapping[float, Verb] | None = None,
        wrong: Callable[[float], float] = lambda _: 0.0,
    ) -> None:
        """`until` in seconds after ten; `presses` by the second of the tape; `wrong`: how far off it is."""
        self.saved = Saved(folder)
        self.saved.keep_volume(0)
        self.seen: list[tuple[Status, str]] = []
        buttons = {round(second * RATE / BLOCK): verb for second, verb in (presses or {}).items()}
        self.tape = Thumb(buttons, at_block=lambda _: self._look())

        def now() -> dt.datetime:
            played = sum(map(len, self.tape.blocks)) / RATE
            return TEN + dt.timedelta(seconds=played + wrong(played))

        moment = None if until is None else TEN + dt.timedelta(seconds=until)
        self.sitting = Sitting(prepared, self.tape, self.saved, until=moment, now=now)
        self.tape.player = self.sitting._player
        self.end = self.sitting.run()
        self.now = now()
        self.sound = self.tape.sound()

    def _look(self) -> None:
        self.seen.append((self.sitting.status(), self.sitting.note))

    @property
    def timelines(self) -> list[Timeline]:
        """Every arrangement that was played, in order."""
        every = [status.timeline for status, _ in self.seen]
        return [one for place, one in enumerate(every) if place == 0 or one is not every[place - 1]]

    @property
    def notes(self) -> list[str]:
        every = [note for _, note in self.seen]
        return [one for place, one in enumerate(every) if place == 0 or one != every[place - 1]]


def late(run: Run, until: float) -> float:
    """Seconds by which a run ended after its moment."""
    return (run.now - TEN).total_seconds() - until


def pause(at: float, length: float) -> dict[float, Verb]:
    return {at: "toggle", at + length: "toggle"}


def test_on_time_nothing_is_touched(quiet: Prepared, tmp_path: Path) -> None:
    run = Run(quiet, tmp_path)
    assert run.timelines == [quiet.timeline]
    assert run.end.finished
    assert run.notes == [""]
    assert late(run, 50) == 0


def test_a_moment_that_is_a_little_later_is_met_from_the_start(quiet: Prepared, tmp_path: Path) -> None:
    """The voice took four seconds to get ready, say."""
    run = Run(quiet, tmp_path, until=46)
    assert run.end.timeline.frames == frames(46)
    assert abs(late(run, 46)) < 0.01
    assert run.notes == [""]


@pytest.mark.parametrize("at", [5.0, 12.0, 24.5, 30.0])
def test_a_pause_is_taken_from_the_rests_still_to_come(quiet: Prepared, tmp_path: Path, at: float) -> None:
    run = Run(quiet, tmp_path, presses=pause(at, 8))
    assert run.end.finished
    assert abs(late(run, 50)) < 0.3
    assert run.notes == [""]
    assert run.end.timeline.frames < quiet.timeline.frames - frames(6)
    before, after = ([(e.kind, e.text) for e in line.speech()] for line in (quiet.timeline, run.end.timeline))
    assert before == after


def test_a_pause_too_long_for_the_rests_moves_the_end_and_says_so(quiet: Prepared, tmp_path: Path) -> None:
    run = Run(quiet, tmp_path, presses=pause(24.5, 90))
    assert run.end.finished
    assert late(run, 50) > 75
    ends = (TEN + dt.timedelta(seconds=50 + late(run, 50))).strftime("%H:%M")
    assert run.notes[0] == ""
    assert run.notes[-1] == f"ends at {ends}"
    rests = [e.frames for e in run.end.timeline.events if e.kind == "silence"]
    assert rests[-2:] == [frames(2), frames(4)]  # what was left has given all it could


def test_a_part_that_was_skipped_is_given_to_the_rests(quiet: Prepared, tmp_path: Path) -> None:
    run = Run(quiet, tmp_path, presses={10.0: "skip"})
    assert run.end.finished
    assert abs(late(run, 50)) < 0.3
    assert run.end.timeline.frames > quiet.timeline.frames


def test_without_a_moment_a_pause_only_pauses(quiet: Prepared, tmp_path: Path) -> None:
    run = Run(quiet, tmp_path, until=None, presses=pause(12.0, 8))
    assert run.timelines == [quiet.timeline]
    assert late(run, 50) == pytest.approx(8, abs=4)


@example((28, 15), (50, 0)).via("the rests could all give way, but the bed should have begun to fade by then")
@example((40, 0), (39.2, -12)).via("the bed has begun to fade")
@settings(max_examples=6, deadline=None, database=None, derandomize=True)
@given(WRONG, WRONG)
def test_what_has_begun_never_moves(
    rain: Prepared,
    tmp_path_factory: pytest.TempPathFactory,
    one: tuple[float, float],
    other: tuple[float, float],
) -> None:
    """The clock is put wrong twice, anywhere; what was heard is the last arrangement, sample by sample."""
    run = Run(
        rain,
        tmp_path_factory.mktemp("state"),
        wrong=lambda played: sum(by for at, by in (one, other) if played >= at),
    )
    final = run.sitting._prepared
    assert final.timeline is run.end.timeline
    assert run.end.finished
    assert np.array_equal(run.sound[AT_ONCE:], block(final.mix, 0, final.mix.frames)[AT_ONCE:])


def test_nothing_moves_that_is_less_than_three_seconds_away(quiet: Prepared, tmp_path: Path) -> None:
    """At the end of a sentence the next, ten seconds off, is wanted in two seconds, and comes in three."""
    sentence, following = quiet.timeline.speech()[3:5]
    run = Run(quiet, tmp_path, wrong=lambda played: 14.0 if played > sentence.start / RATE + 1 else 0.0)
    statuses = [status for status, _ in run.seen]
    (place,) = [n for n in range(1, len(statuses)) if statuses[n].timeline is not statuses[n - 1].timeline]
    now, moved = statuses[place].at, statuses[place].timeline.speech()[4]
    assert sentence.end <= now < sentence.end + 2 * BLOCK
    assert following.start > now + 9 * RATE
    assert abs(moved.start - now - COMMITTED * RATE) <= 2 * BLOCK


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_volume_is_kept_and_the_place_forgotten_at_the_end(quiet: Prepared, tmp_path: Path) -> None:
    run = Run(quiet, tmp_path, presses={3.0: "softer", 4.0: "softer"})
    assert Saved(tmp_path).volume() == run.end.volume == -4
    assert Saved(tmp_path).unfinished() is None
    assert run.sitting.sink is run.tape
    assert not run.tape.closed


def test_a_stop_keeps_the_sentence_that_sounded_and_the_new_arrangement(
    quiet: Prepared, tmp_path: Path
) -> None:
    without = Run(quiet, tmp_path, presses=pause(5.0, 6))
    sentence = without.end.timeline.speech()[3]
    blocks = [n for n, (status, _) in enumerate(without.seen, 1) if sentence.start < status.at < sentence.end]
    run = Run(quiet, tmp_path, presses={**pause(5.0, 6), blocks[2] * BLOCK / RATE: "stop"})
    plan = Saved(tmp_path).unfinished()
    assert plan is not None
    assert plan.timeline == run.end.timeline
    assert plan.timeline.frames < quiet.timeline.frames
    assert plan.at == sentence.start
    again = resume(plan, HUM, LIBRARY)
    kept = block(run.sitting._prepared.mix, plan.at, plan.timeline.frames - plan.at)
    assert np.array_equal(block(again.mix, plan.at, plan.timeline.frames - plan.at), kept)


def test_the_place_is_kept_while_it_plays(quiet: Prepared, tmp_path: Path) -> None:
    kept: list[tuple[int, int]] = []
    one = Saved(tmp_path)

    class Looking(Thumb):
        def write(self, block: Sound) -> None:
            super().write(block)
            plan = one.unfinished()
            assert plan is not None
            kept.append((plan.at, sitting.status().at))

    sitting = Sitting(quiet, Looking(), one)
    sitting.run()
    starts = [event.start for event in quiet.timeline.speech()]
    assert {at for at, _ in kept} >= set(starts)
    assert all(0 <= heard - at <= frames(20) for at, heard in kept)


def test_a_resumed_session_goes_on_from_its_place(quiet: Prepared, tmp_path: Path) -> None:
    second = quiet.timeline.speech()[2]
    run = Run(quiet, tmp_path, until=None, presses={second.start / RATE + 0.5: "stop"})
    assert not run.end.finished
    plan = Saved(tmp_path).unfinished()
    assert plan is not None
    assert plan.at == second.start
    on = Run(resume(plan, HUM, LIBRARY), tmp_path, until=None)
    assert on.end.finished
    rest = block(quiet.mix, plan.at, quiet.mix.frames - plan.at)
    assert np.array_equal(on.sound[-len(rest) :][AT_ONCE:], rest[AT_ONCE:])


def test_a_resumed_session_with_a_moment_tells_when_it_will_end(quiet: Prepared, tmp_path: Path) -> None:
    on = Run(resume(quiet.plan, HUM, LIBRARY), tmp_path, until=20)
    assert on.timelines == [quiet.timeline]
    assert on.notes == ["ends at 22:00"]

"""Sessions that begin before they are spoken: every word whole, nothing begun moves, the end exact."""

import random
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from meditations import script
from slow import Hourglass, Slow

from guide import live as live_module
from guide.arrange import Material
from guide.clips import Clips
from guide.conductor import Conductor
from guide.duration import RATE, frames
from guide.errors import GuideError, OutOfReachError, VoiceError
from guide.folders import Folders
from guide.library import Library
from guide.live import Live, begin, go_on
from guide.player import Verb
from guide.render import block
from guide.saved import Saved
from guide.script.models import Script
from guide.session import Opened, Prepared, Wish, opened, prepare, spoken
from guide.sitting import Sitting
from guide.voices.hum import Hum

LIBRARY = Library.find(Folders(Path("no"), Path("no"), Path("no"), Path("no")))
AT_ONCE = frames(0.03)
WORDS = """let the breath come and go as it likes while nothing needs to be done here by you""".split()  # noqa: SIM905
STOP = "Enough."


def meditation(chance: random.Random, parts: int) -> Script:
    """Parts of a few sentences and a rest each, between two bells."""
    lines = [
        "title: Made",
        "length: {shortest: 10s, usual: 5m, longest: 3h}",
        "ambience: {sound: none}",
        "steps:",
        "  - bell: {sound: chime, settle: 9s}",
    ]
    number = 0
    for part in range(parts):
        lines += [f"  - part: Part {part}", "    steps:", "      - say: |"]
        for _ in range(chance.randint(1, 3)):
            number += 1
            said = " ".join(chance.sample(WORDS, chance.randint(2, 9)))
            lines.append(f"          Sentence {number}, {said}.")
        lines.append(f"      - rest: {chance.uniform(4, 14):.1f}s")
    return script("\n".join([*lines, "  - bell: {sound: chime, settle: 9s}"]))


def wrong_by(chance: random.Random, clips: Clips, texts: list[str]) -> dict[str, int]:
    """Real lengths of texts whose estimates are wrong by up to ±40 %."""
    bias = chance.uniform(-0.4, 0.4)
    spread = 0.4 - abs(bias)
    return {t: round(clips.estimate(t) / (1 + bias + chance.uniform(-spread, spread))) for t in texts}


class Run:
    """One live session on a tape, spoken by a slow voice, to its end or to a stop."""

    def __init__(
        self,
        live: Live,
        voice: Slow,
        folder: Path,
        *,
        presses: Mapping[float, Verb] | None = None,
        lost_power: float | None = None,
    ) -> None:
        """`presses` by the second of the tape; after `lost_power` seconds nothing is played any more."""
        self.saved = Saved(folder)
        self.saved.keep_volume(0)
        self.live = live
        buttons = {round(10 * second): verb for second, verb in (presses or {}).items()}
        self.voice = voice
        busy, settled = self._speaking, self._taken
        self.tape = Hourglass(busy, settled, presses=buttons, at_block=self._look)
        self._lost_power = lost_power
        self.places: list[tuple[int, Prepared]] = []
        self.notes: list[str] = []
        voice.tape = self.tape
        self.sitting = Sitting(live, self.tape, self.saved)
        self.tape.player = self.sitting._player
        self.problem: BaseException | None = None
        try:
            self.end = self.sitting.run()
        except (GuideError, PowerCutError) as error:
            self.problem = error
        finally:
            self.tape.let_go()
            for thread in (live._thread, live._last_line):
                if thread.ident:
                    thread.join(20)
            voice.tape = None
        self.sound = self.tape.sound()

    @property
    def final(self) -> Prepared:
        return self.live.prepared

    def _speaking(self) -> bool:
        return self.live._thread.is_alive() or self.live._last_line.is_alive()

    def _taken(self) -> bool:
        there = self.live._conductor.known.keys() | self.live._come.keys() | {STOP}
        # After a failure what was being said meanwhile is given up, and said again.
        return self.voice.stumbled or there >= {*self.voice.said}

    def _look(self, number: int) -> None:
        self.notes.append(self.sitting.note)
        if self._lost_power is not None and number > 10 * self._lost_power:
            raise PowerCutError


class PowerCutError(Exception):
    """Nothing can be done any more."""


def opening(one: Script, voice: Slow | Hum, target: int) -> Opened:
    return opened(one, Wish(target=target, seed="a", own_lines={"stop": STOP}), voice, LIBRARY)


def lively(opened_: Opened) -> Live:
    conductor = Conductor(opened_.items, {}, opened_.bells(), opened_.given.target, opened_.clips.estimate)
    return Live(opened_, conductor)


def case(seed: int, factor: float, share: float, parts: int = 6) -> tuple[Live, Slow, int, dict[str, int]]:
    """A live session with a slow voice; its target lies at a share of the way through its reach."""
    chance = random.Random(seed)
    one = meditation(chance, parts)
    voice = Slow(factor, lambda text: lengths.get(text, frames(1)))
    draft = opening(one, voice, frames(300))
    lengths = wrong_by(chance, draft.clips, spoken(draft.items))
    shortest, longest = Material(draft.items, lengths, draft.bells()).reach()
    target = round(shortest * 1.05 + share * (longest * 0.95 - shortest * 1.05))
    return lively(opening(one, voice, target)), voice, target, lengths


def least_rests(prepared: Prepared, live: Live) -> bool:
    items = [item for item in live._opening.items if getattr(item, "written", False)]
    rests = [event for event in prepared.timeline.events if event.kind == "silence"]
    return all(event.frames >= item.least for event, item in zip(rests, items, strict=True))  # type: ignore[union-attr]


@pytest.mark.parametrize("factor", [0.01, 0.3, 0.7, 0.9, 1.2, 1.5])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_heard_as_arranged_whole_and_to_the_frame(seed: int, factor: float, tmp_path: Path) -> None:
    live, voice, target, lengths = case(seed, factor, share=seed / 3)
    run = Run(live, voice, tmp_path)
    assert run.end.finished
    assert live.complete
    timeline = run.final.timeline
    assert np.array_equal(run.sound[AT_ONCE:], block(run.final.mix, 0, timeline.frames)[AT_ONCE:])
    assert {event.text: event.frames for event in timeline.speech()} == lengths
    assert least_rests(run.final, live)
    log = tmp_path / "log"
    if factor <= 0.9:
        assert timeline.frames == target
        assert run.notes[-1] == ""
    elif timeline.frames != target:
        assert "later than asked" in log.read_text("utf-8")
        assert run.notes[-1].startswith("ends ")
    if log.exists():
        assert "Sentence" not in log.read_text("utf-8")


def test_it_begins_before_a_word_was_spoken_and_says_the_first_ones_first(tmp_path: Path) -> None:
    live, voice, _, _ = case(7, 0.5, 0.5)
    run = Run(live, voice, tmp_path)
    assert not live.prepared.plan.silences
    first = run.final.timeline.speech()[0]
    assert np.max(np.abs(run.sound[: frames(1)])) > 0.01, "the bell"
    assert first.start >= frames(4)
    said = [text for text in voice.said if text != STOP]
    at_a_time = 8
    for place, event in enumerate(run.final.timeline.speech()):
        assert abs(said.index(event.text) - place) < at_a_time
    assert voice.said.index(STOP) <= at_a_time


def test_a_late_sentence_is_waited_for_in_quiet_and_it_is_written_down(tmp_path: Path) -> None:
    live, voice, target, _ = case(3, 1.5, 0.0)
    run = Run(live, voice, tmp_path)
    assert run.final.timeline.frames > target
    lines = (tmp_path / "log").read_text("utf-8").splitlines()
    assert any("in quiet for the voice" in line for line in lines)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


# ── moving about in what is not spoken yet ───────────────────────────────────────────────────────────────


def tail(run: Run, prepared: Prepared, count: int) -> bool:
    mixed = block(prepared.mix, prepared.mix.frames - count, count)
    return bool(np.array_equal(run.sound[-count:], mixed))


@pytest.mark.parametrize("factor", [0.05, 0.6])
@pytest.mark.parametrize("skips", [1, 3])
def test_after_a_skip_every_word_is_whole(factor: float, skips: int, tmp_path: Path) -> None:
    live, voice, _, _ = case(11, factor, 0.5, parts=4)
    run = Run(live, voice, tmp_path, presses={2 + 1.5 * n: "skip" for n in range(skips)})
    assert run.end.finished
    speech = run.final.timeline.speech()
    heard = Heard(run, voice)
    landed = next(event for event in speech if heard.whole(event.text))
    assert all(heard.whole(event.text) for event in speech if event.start >= landed.start)
    assert tail(run, run.final, run.final.timeline.frames - landed.start)
    passed = [event.text for event in speech if event.start < landed.start]
    assert len(passed) >= skips - 1
    assert bool(passed) == (skips > 1), "the first skip leads from the bell to the first part"


class Heard:
    """A whole sound, in which sentences are looked for."""

    def __init__(self, run: Run, voice: Slow) -> None:
        self._sound, self._voice = run.sound[:, 0], voice
        self._size = 1 << (len(self._sound) + frames(20)).bit_length()
        self._spectrum = np.fft.rfft(self._sound, self._size)

    def whole(self, text: str) -> bool:
        """Whether a sentence was heard from its first sample to its last."""
        said = self._voice.speak(text, 1.0, 0.0)
        likeness = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(said, self._size)), self._size)
        at = int(np.argmax(likeness[: len(self._sound)]))
        there = self._sound[at : at + len(said)]
        return len(there) == len(said) and bool(np.allclose(there, said, atol=1e-4))


def test_what_was_passed_by_is_heard_whole_when_one_goes_back(tmp_path: Path) -> None:
    live, voice, _, _ = case(12, 0.4, 0.6, parts=4)
    run = Run(live, voice, tmp_path, presses={2: "skip", 3.5: "skip", 30: "back", 31: "back", 32: "back"})
    assert run.end.finished
    heard = Heard(run, voice)
    assert all(heard.whole(event.text) for event in run.final.timeline.speech())


def test_a_pause_while_it_is_spoken_delays_and_takes_nothing(tmp_path: Path) -> None:
    live, voice, target, _ = case(13, 0.7, 0.5, parts=4)
    run = Run(live, voice, tmp_path, presses={5: "toggle", 40: "toggle"})
    assert run.end.finished
    assert run.final.timeline.frames == target
    heard = Heard(run, voice)
    assert all(heard.whole(event.text) for event in run.final.timeline.speech())


# ── when the voice fails, or the power ───────────────────────────────────────────────────────────────────


def test_a_voice_that_stumbles_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live, voice, target, lengths = case(14, 0.2, 0.5)
    monkeypatch.setattr(live_module, "_AGAIN", (0.0, 0.0))
    voice.fails = {list(lengths)[4]: 2}
    run = Run(live, voice, tmp_path)
    assert run.end.finished
    assert run.final.timeline.frames == target


def test_a_voice_that_falls_silent_ends_the_session_softly_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, voice, _, lengths = case(15, 0.2, 0.5)
    texts = list(lengths)
    monkeypatch.setattr(live_module, "_AGAIN", (0.0,))
    voice.fails = {texts[5]: 99}
    run = Run(live, voice, tmp_path)
    assert isinstance(run.problem, VoiceError)
    assert texts[5] in str(run.problem)
    heard = Heard(run, voice)
    assert all(heard.whole(text) for text in texts[:4])
    assert np.max(np.abs(run.sound[-frames(0.5) :])) == 0
    plan = run.saved.unfinished()
    assert plan is not None
    assert plan.silences
    assert plan.at > 0


def test_a_stop_before_the_line_was_spoken_is_quiet(tmp_path: Path) -> None:
    live, voice, _, _ = case(16, 1.5, 0.5)
    run = Run(live, voice, tmp_path, presses={0.5: "stop"})
    assert run.problem is None
    assert not run.end.finished
    assert len(run.sound) < frames(6)


def test_after_a_power_cut_it_goes_on_at_the_sentence_and_ends_on_its_frame(tmp_path: Path) -> None:
    live, voice, target, lengths = case(17, 0.8, 0.5)
    run = Run(live, voice, tmp_path, lost_power=25)
    assert isinstance(run.problem, PowerCutError)
    plan = run.saved.unfinished()
    assert plan is not None
    assert plan.silences, "not all was spoken"
    voice.said.clear()
    again = go_on(plan, live._opening.script, Wish(own_lines={"stop": STOP}), voice, LIBRARY)
    on = Run(again, voice, tmp_path)
    assert on.end.finished
    assert on.final.timeline.frames == target
    to_come = [event for event in on.final.timeline.speech() if event.start >= again.prepared.plan.at]
    assert len(to_come) > 3
    heard = Heard(on, voice)
    assert all(heard.whole(event.text) for event in to_come)
    assert {event.text: event.frames for event in to_come}.items() <= lengths.items()


PLAIN = """
    title: Plain
    length: {{shortest: 10s, usual: 80s, longest: 3h}}
    ambience: {{sound: none}}
    steps:
      - bell: {{sound: chime, settle: 9s}}
      - part: One
        steps:
          - say: Sentence one, here it is.
          - rest: 10s
      - part: Two
        steps:
          - say: Sentence two, in the middle of it.
          - {rest}
          - say: Sentence one, here it is.
          - rest: 10s
      - part: Three
        steps:
          - say: Sentence three, and that is all.
          - rest: 10s
"""


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.format(rest="rest: 12s").replace("- rest: 12s", "- rest: 6s\n          - rest: 6s"),
        PLAIN.format(rest="bell: {sound: chime, settle: 12s}"),
        PLAIN.format(rest="rest: 12s").replace("in the middle", "at the middle"),
        PLAIN.format(rest="rest: 12s").replace("part: Three", "part: Last"),
    ],
)
def test_a_script_that_changed_meanwhile_is_not_gone_on_with(other: str, tmp_path: Path) -> None:
    voice = Slow(1.5, lambda _: frames(4))
    one = script(PLAIN.format(rest="rest: 12s"))
    run = Run(lively(opening(one, voice, frames(80))), voice, tmp_path, lost_power=14)
    plan = run.saved.unfinished()
    assert plan is not None
    assert plan.silences
    voice.said.clear()
    with pytest.raises(GuideError, match=r"'a-test' has changed since .* guide play a-test"):
        go_on(plan, script(other), Wish(), voice, LIBRARY)
    assert go_on(plan, one, Wish(), voice, LIBRARY).prepared.timeline == plan.timeline


def test_what_was_passed_by_has_its_room_after_a_resume_and_is_whole_when_one_goes_back(
    tmp_path: Path,
) -> None:
    """Its text is also said later; there it was measured, here it has still the room that was guessed."""
    voice = Slow(0.5, lambda _: frames(9))
    one = script(PLAIN.format(rest="rest: 12s"))
    run = Run(
        lively(opening(one, voice, frames(110))),
        voice,
        tmp_path,
        presses={1: "skip", 2: "skip"},
        lost_power=60,
    )
    plan = run.saved.unfinished()
    assert plan is not None
    assert plan.silences, "all is spoken, but the first part has not its room"
    voice.said.clear()
    again = go_on(plan, one, Wish(own_lines={"stop": STOP}), voice, LIBRARY)
    assert again.prepared.timeline == plan.timeline
    on = Run(again, voice, tmp_path, presses={1: "back", 2: "back", 3: "back"})
    assert on.end.finished
    speech = on.final.timeline.speech()
    assert all(one.end <= other.start for one, other in pairwise(speech))
    heard = Heard(on, voice)
    assert all(heard.whole(event.text) for event in speech)


def test_after_a_moved_end_it_is_still_the_session_that_was_asked_for(tmp_path: Path) -> None:
    """A part that a shorter one would not have is in it, though its end was brought forward."""
    text = PLAIN.format(rest="rest: 12s").replace("- part: Three", "- part: Three\n        from: 78s")
    voice = Slow(1.5, lambda _: frames(4))
    live = lively(opening(script(text), voice, frames(80)))
    run = Run(live, voice, tmp_path, lost_power=14)
    live.ending(frames(70), run.sitting.status().at)
    plan = live.prepared.plan
    assert plan.timeline.target == frames(70)
    assert plan.asked == frames(80)
    run.saved.begin(plan, frames(12))
    kept = run.saved.unfinished()
    assert kept is not None
    again = go_on(kept, script(text), Wish(), voice, LIBRARY)
    assert again.prepared.timeline == plan.timeline
    assert [part.text for part in again.prepared.timeline.parts()][-1] == "Three"


def test_one_can_skip_on_from_a_part_that_is_still_waited_for(tmp_path: Path) -> None:
    voice = Slow(1.5, lambda _: frames(6))
    one = script(PLAIN.format(rest="rest: 12s"))
    presses: dict[float, Verb] = {1: "skip", 2.5: "skip", 4: "skip"}
    run = Run(lively(opening(one, voice, frames(100))), voice, tmp_path, presses=presses)
    assert run.end.finished
    assert len(run.sound) < frames(45), "only the last part was heard"
    assert Heard(run, voice).whole("Sentence three, and that is all.")


# ── how it begins ────────────────────────────────────────────────────────────────────────────────────────


def test_well_inside_its_reach_nothing_is_spoken_beforehand() -> None:
    voice = Slow(1.0, lambda _: frames(3))
    one = meditation(random.Random(1), 8)
    live = begin(one, Wish(target=frames(170), seed="a"), voice, LIBRARY)
    assert voice.said == []
    assert not live.complete
    assert live.prepared.timeline.frames == frames(170)


def test_what_was_spoken_first_is_as_loud_as_what_is_spoken_later() -> None:
    class Soft(Hum):
        def gain(self, pace: float, pitch: float) -> float:  # noqa: ARG002 - the same always
            return -6.5

    one = meditation(random.Random(1), 4)
    said = prepare(one, Wish(target=frames(120), seed="a"), Soft(), LIBRARY)
    opened_ = opening(one, Soft(), frames(120))
    opened_.whole()
    known = dict(opened_.clips.lengths)
    conductor = Conductor(opened_.items, known, opened_.bells(), frames(120), opened_.clips.estimate)
    mix = Live(opened_, conductor).prepared.mix
    assert np.array_equal(block(mix, 0, mix.frames), block(said.mix, 0, said.mix.frames))


def test_near_the_limits_all_is_spoken_first_and_out_of_reach_is_said_before_a_sound() -> None:
    voice = Slow(1.0, lambda _: frames(3))
    one = meditation(random.Random(1), 8)
    draft = opening(one, voice, frames(170))
    texts = spoken(draft.items)
    shortest, longest = Material(draft.items, dict.fromkeys(texts, frames(3)), draft.bells()).reach()
    told: list[tuple[int, int]] = []
    live = begin(one, Wish(target=shortest, seed="a"), voice, LIBRARY, lambda *count: told.append(count))
    assert live.complete
    assert live.prepared.timeline.frames == shortest
    assert told[-1] == (len(texts), len(texts))
    with pytest.raises(OutOfReachError, match="cannot last"):
        begin(one, Wish(target=longest + RATE, seed="a"), voice, LIBRARY)

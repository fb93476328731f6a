"""A session made ready: as long as asked, the same another day, with the words and sounds wished for."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from meditations import items_of, script

from guide.cli.render import write_session
from guide.duration import RATE, frames
from guide.errors import NotFoundError, OutOfReachError, StorageError
from guide.folders import Folders
from guide.library import Library
from guide.render import block
from guide.saved import Saved
from guide.script.models import Script
from guide.session import Prepared, Wish, prepare, resume, spoken
from guide.voices.hum import Hum

LIBRARY = Library.find(Folders(Path("no"), Path("no"), Path("no"), Path("no")))
HUM = Hum()

EVENING = """
    title: Evening
    length: {shortest: 20s, usual: 40s, longest: 60s}
    ambience: {sound: none}
    steps:
      - bell: {sound: chime, settle: 2s}
      - part: Arriving
        steps:
          - say: Hello, {name|friend}.
          - rest: {about: 4s, least: 1s, most: 20s}
          - choose:
              - [{say: This is one way.}]
              - [{say: This is quite another way to say it.}]
              - [{say: And a third.}]
              - [{say: "Or a fourth, if you like."}]
      - breathe: {in: 1.5s, out: 2s, rounds: 2, cue: words}
      - rest: {about: 4s, least: 1s, most: 20s}
      - say: That is all.
      - rest: {about: 3s, least: 1s, most: 10s}
"""
RAIN = EVENING.replace("{sound: none}", "{sound: rain, level: -24}")
"""The same with a bed; beds take a moment to be read."""


@pytest.fixture(scope="module")
def evening() -> Script:
    return script(EVENING)


def ready(one: Script, **wish: object) -> Prepared:
    return prepare(one, Wish(**wish), HUM, LIBRARY)  # type: ignore[arg-type]


def said(prepared: Prepared) -> list[str]:
    return [event.text for event in prepared.timeline.speech()]


@pytest.mark.parametrize("seconds", [20, 33.3, 60])
def test_it_lasts_what_was_asked_to_the_frame(evening: Script, seconds: float) -> None:
    prepared = ready(evening, target=frames(seconds), seed="a")
    assert prepared.timeline.frames == prepared.timeline.target == prepared.mix.frames == frames(seconds)
    assert max(event.end for event in prepared.timeline.events) <= frames(seconds)


def test_a_damaged_bed_is_found_before_anything_is_written_and_silent_where_one_only_listens(
    tmp_path: Path,
) -> None:
    shutil.copytree(LIBRARY.audio, tmp_path / "audio")
    for loop in (tmp_path / "audio/beds/rain").iterdir():
        loop.unlink()
    torn = tmp_path / "audio/beds/rain/torn.flac"
    soundfile.write(torn, np.random.default_rng(1).normal(0, 0.1, (4 * RATE, 2)), RATE)
    with torn.open("r+b") as file:
        file.truncate(file.seek(0, 2) // 2)
    wish, library = Wish(target=frames(20), seed="a"), replace(LIBRARY, audio=tmp_path / "audio")
    prepared, without = (prepare(script(text), wish, HUM, library) for text in (RAIN, EVENING))
    at = frames(6)
    assert np.array_equal(block(prepared.mix, at, RATE * 10), block(without.mix, at, RATE * 10))
    with pytest.raises(StorageError, match=r"The loop torn\.flac"):
        write_session(tmp_path / "a.flac", prepared)
    assert not (tmp_path / "a.flac").exists()


def test_without_a_wish_it_lasts_its_usual_length_and_goes_by_the_date(evening: Script) -> None:
    prepared = ready(evening)
    assert prepared.timeline.frames == frames(40)
    assert prepared.plan.seed in {(dt.date.today() - dt.timedelta(days=d)).isoformat() for d in (0, 1)}


def test_resumed_another_day_it_is_the_same_to_the_sample(tmp_path: Path) -> None:
    changing = RAIN.replace("- breathe", "- ambience: {sound: drone, fade: 2s}\n      - breathe")
    before = ready(script(changing), target=frames(35), seed="2026-01-01", name="Ada", voice="hum")
    saved = Saved(tmp_path)
    saved.begin(replace(before.plan, at=frames(7)))
    plan = saved.unfinished()
    assert plan is not None
    after = resume(plan, HUM, LIBRARY)
    assert (after.plan.seed, after.plan.at, after.plan.voice) == ("2026-01-01", frames(7), "hum")
    assert after.timeline == before.timeline
    whole = before.timeline.frames
    assert np.array_equal(block(after.mix, 0, whole), block(before.mix, 0, whole))


def test_another_day_would_have_chosen_other_words(evening: Script) -> None:
    """So that a resume that went by today's date would be noticed above."""
    chosen = {tuple(spoken(items_of(evening, seed=str(day)))) for day in range(20)}
    assert len(chosen) == 4


def test_a_resumed_session_keeps_its_arrangement_whatever_the_clock_says(evening: Script) -> None:
    after = resume(ready(evening, seed="a").plan, HUM, LIBRARY)
    assert after.ending(frames(50), 0) is after


def test_the_rests_still_to_come_give_what_a_later_end_needs(evening: Script) -> None:
    before = ready(evening, target=frames(40), seed="a")
    until = frames(12)
    later = before.ending(frames(46), until)
    assert later.timeline.frames == later.mix.frames == frames(46)
    begun = [event for event in before.timeline.events if event.start < until and event.kind != "part"]
    assert begun
    still = [event for event in later.timeline.events if event.start < until and event.kind != "part"]
    assert [(e.kind, e.start, e.text) for e in still] == [(e.kind, e.start, e.text) for e in begun]
    assert np.array_equal(block(later.mix, 0, until), block(before.mix, 0, until))


def test_where_nothing_can_give_way_the_end_stays(evening: Script) -> None:
    before = ready(evening, target=frames(40), seed="a")
    last = before.timeline.frames - frames(0.5)
    longest = before.ending(frames(200), last)
    assert longest.timeline.frames > before.timeline.frames
    assert longest.ending(frames(300), last) is longest


# ── out of reach ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wanted", ["10s", "2h"])
def test_a_length_out_of_reach_names_the_shortest_and_the_longest(evening: Script, wanted: str) -> None:
    target = frames({"10s": 10, "2h": 7200}[wanted])
    with pytest.raises(OutOfReachError) as caught:
        ready(evening, target=target, seed="a")
    assert str(caught.value) == (
        f"'a-test' cannot last {wanted}: with this voice it can be from 20s to 1m long."
    )
    for named in (20, 60):
        assert ready(evening, target=frames(named), seed="a").timeline.frames == frames(named)


def test_the_lengths_named_are_those_of_this_voice() -> None:
    wordy = script("""
        title: Wordy
        length: {shortest: 5s, usual: 40s, longest: 60s}
        steps:
          - say: Here are many words that take much longer to be said than the script believes they do.
          - rest: {about: 10s, least: 2s, most: 20s}
    """)
    with pytest.raises(OutOfReachError, match=r"cannot last 5s: with this voice it can be from 10s to 27s"):
        ready(wordy, target=frames(5))


def test_a_length_between_two_that_can_be_names_both() -> None:
    gap = script("""
        title: A gap
        length: {shortest: 10s, usual: 20s, longest: 60s}
        steps:
          - say: One.
          - rest: {about: 12s, least: 5s, most: 17s}
          - part: Longer
            from: 40s
            steps:
              - pause: 25s
    """)
    with pytest.raises(OutOfReachError, match=r"30s .* nearest .* 17s and 40s \(from 10s to 42s in all\)"):
        ready(gap, target=frames(30))


def test_a_script_that_fits_no_length_says_what_to_change() -> None:
    never = script("""
        title: Never
        length: {shortest: 5s, usual: 6s, longest: 7s}
        steps: [pause: 1m]
    """)
    with pytest.raises(OutOfReachError, match=r"cannot be fitted to any length .* Its rests need more room"):
        ready(never)


# ── wishes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_is_spoken_and_a_stranger_is_a_friend(evening: Script) -> None:
    assert "Hello, Ada." in said(ready(evening, name="Ada"))
    assert "Hello, friend." in said(ready(evening))


def test_a_wished_ambience_takes_the_place_of_the_scripts_own(evening: Script) -> None:
    assert ready(evening).mix.layers == ()
    assert [layer.bed.name for layer in ready(evening, ambience="drone").mix.layers] == ["drone"]
    rain = script(RAIN)
    assert ready(rain).plan.bed == "rain"
    assert ready(rain, ambience="none").mix.layers == ()
    with pytest.raises(NotFoundError, match=r"no ambience called 'rian'. Did you mean 'rain'\?"):
        ready(evening, ambience="rian")


def test_breaths_and_the_stop_are_in_the_scripts_language(evening: Script) -> None:
    german = script(EVENING.replace("title: Evening", "title: Abend\n    language: de-AT"))
    prepared = ready(german, language="en")
    assert {"Einatmen.", "Und aus."} <= set(said(prepared))
    assert prepared.lines.stop.startswith("Hier kannst du aufhören.")
    assert {"Breathe in.", "And out."} <= set(said(ready(evening)))


def test_a_persons_own_lines_are_used_and_spoken(evening: Script) -> None:
    own = {"breathe_in": "And in.", "stop": "Enough for today."}
    prepared = ready(evening, own_lines=own)
    assert "And in." in said(prepared)
    assert "Breathe in." not in said(prepared)
    line, _ = prepared.grounding()
    assert line.frames == len(HUM.speak("Enough for today.", 1.0, 0.0))
    assert resume(prepared.plan, HUM, LIBRARY, own).lines.stop == "Enough for today."


def test_progress_counts_every_different_sentence_once(evening: Script) -> None:
    heard: list[tuple[int, int]] = []
    prepare(evening, Wish(seed="a"), HUM, LIBRARY, lambda done, of: heard.append((done, of)))
    sentences = len({*said(ready(evening, seed="a"))})
    assert heard == [(done, sentences) for done in range(1, sentences + 1)]

"""The benchmark's own instruments are believed, so here they are tried on what is known."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import board
import filed
import live
import memory
import naive
import numpy as np
import onsets
import peers
import pytest
import run
import start
import table
from given import Ground, made, mixed, prepared, speech
from measuring import BenchmarkError, Once, Taken, ratio, rounds
from measuring import run as run_timed
from soundserver import SoundServer

from guide import script
from guide.duration import RATE, frames


def test_an_onset_that_is_three_frames_late_is_found_to_be_so() -> None:
    clip = np.random.default_rng(1).standard_normal(9_600).astype(np.float32)
    heard = np.random.default_rng(2).standard_normal(96_000).astype(np.float32) * np.float32(0.1)
    heard[30_003 : 30_003 + len(clip)] += clip
    heard[60_000 : 60_000 + len(clip)] += clip
    places = onsets.found(heard, [(30_000, clip), (60_000, clip)])
    assert [place.off for place in places] == [3, 0]
    assert onsets.worst(places) == 3


def test_an_onset_at_the_very_beginning_or_end_is_found() -> None:
    clip = np.random.default_rng(1).standard_normal(9_600).astype(np.float32)
    heard = np.concatenate([clip, np.zeros(20_000, dtype=np.float32), clip])
    assert onsets.worst(onsets.found(heard, [(0, clip), (29_600, clip)])) == 0


def test_a_ratio_is_taken_within_each_round() -> None:
    slow = Taken((Once(2.0), Once(20.0), Once(4.0)))
    quick = Taken((Once(1.0), Once(10.0), Once(1.0)))
    assert ratio(slow, quick).rounds == (2.0, 2.0, 4.0)
    assert ratio(slow, quick).median == 2.0
    assert (slow + quick).seconds == (3.0, 30.0, 5.0)


def test_rounds_go_back_and_forth() -> None:
    order: list[str] = []

    def noted(name: str) -> Once:
        order.append(name)
        return Once(1.0)

    taken = rounds({"a": lambda: noted("a"), "b": lambda: noted("b")}, 2)
    assert order == ["b", "a", "a", "b", "b", "a"]  # the first two are not counted
    assert len(taken["a"].runs) == len(taken["b"].runs) == 2


def test_one_bad_run_decides_nothing() -> None:
    base = Taken((Once(1.0),) * 5)
    slow = Taken((Once(1.1), Once(1.1), Once(9.0), Once(1.1), Once(1.1)))
    assert table.bounded("what", slow, "beside", base, 1.15).met
    assert not table.bounded("what", slow, "beside", base, 1.05).met


def test_a_program_that_fails_is_not_a_measurement() -> None:
    with pytest.raises(BenchmarkError, match="no such thing"):
        run_timed([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_the_time_of_the_processor_includes_children() -> None:
    spin = "import time\nwhile time.process_time() < 0.2: pass"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    assert run_timed([sys.executable, "-c", nested]).cpu >= 0.2


def test_memory_is_that_of_all_processes_at_their_peak() -> None:
    hold = "b = b'x' * 60_000_000; import time; time.sleep(0.3)"
    both = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; p.wait()"
    found = memory.peak([sys.executable, "-c", both], os.environ)
    assert 60 < found.main < 100
    assert found.main <= found.resident < 110
    assert 120 < found.all < 200


def test_memory_is_bounded_in_its_growth_and_in_itself() -> None:
    def peaks(short: float, *long: float) -> dict[str, list[memory.Peak]]:
        return {"10m": [memory.Peak(short, 0, 0)], "40m": [memory.Peak(one, 0, 0) for one in long]}

    assert filed.peak("it", peaks(100, 105, 300, 105), lambda one: one.main, 120).met
    assert not filed.peak("it", peaks(80, 100), lambda one: one.main, 120).met
    assert not filed.peak("it", peaks(119, 121), lambda one: one.main, 120).met


def test_sound_that_begins_after_a_silence_is_a_sentence_of_the_naive_loop() -> None:
    heard = np.zeros(10 * RATE, dtype=np.float32)
    for second, length in ((1.0, 0.5), (1.8, 0.2), (4.0, 1.0), (7.25, 1.0)):  # the second is no new one
        heard[frames(second) : frames(second + length)] = 0.1
    assert naive.begins(heard) == pytest.approx([0.0, 3.0, 6.25], abs=1e-3)
    plan = tuple(naive.Line("", start, 0.0) for start in (0.0, 2.5, 6.0))
    assert naive.lateness(naive.begins(heard), plan) == pytest.approx((0.0, 0.5, 0.25), abs=1e-3)
    assert naive.begins(np.zeros(100, dtype=np.float32)) == []


def test_the_naive_loop_is_held_against_as_long_as_its_own_voice_takes(tmp_path: Path) -> None:
    if naive.missing():
        pytest.skip(naive.missing())
    with prepared(tmp_path / "home", "hard-moment", frames(180)) as session:
        plan = naive.planned(session, tmp_path)
        events = speech(session)
    assert [line.text for line in plan] == [event.text for event in events]
    assert plan[0].start == 0
    for line, then, event, after in zip(plan, plan[1:], events, events[1:], strict=False):
        assert line.rest == pytest.approx((after.start - event.end) / RATE)
        assert then.start - line.start - line.rest > 0.3  # the sentence itself


def test_sound_that_is_missing_or_not_as_mixed_is_counted(tmp_path: Path) -> None:
    with prepared(tmp_path, "hard-moment", frames(180), "hum") as session:
        whole = mixed(session, 0, session.timeline.frames)[:, 0].copy()
        assert live._against_plan(whole, session) == (0, 0, 0)
        assert live._against_plan(whole[: -3 * RATE // 2], session) == (0, 0, 2)
        whole[100 * RATE + 7] += 0.01
        assert live._against_plan(whole, session) == (0, 0, 1)
        apart, gaps, altered = live._against_plan(np.insert(whole, 90 * RATE, np.zeros(96)), session)
        assert (apart, gaps) == (96, 1)
        assert altered > 40  # the seconds after it that are not silent


def test_a_peer_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "sox" else f"/bin/{name}")
    lacking = peers.missing()
    assert lacking["sox"] == lacking["espeak-ng SSML"] == "sox is not installed"
    assert "ffmpeg" not in lacking


def test_the_first_steps_of_playing_are_timed_one_by_one(soundserver: SoundServer, tmp_path: Path) -> None:
    environment = soundserver.environment | start._path(Ground(tmp_path))
    steps = start._steps([sys.executable, "-c", start._FIRST_STEPS], environment)
    assert len(steps) == len(start.STEPS)
    assert all(seconds > 0 for seconds in steps)


def test_what_the_output_costs_by_itself_is_measured(soundserver: SoundServer, tmp_path: Path) -> None:
    session = live._Played(tmp_path, "", 0, 0.5)
    spent = live._play(Ground(tmp_path), soundserver, session)
    assert spent.blocks == 4  # the first is not counted: it was made before the clock began
    assert 0 < spent.cpu < spent.wall < 10


def test_what_the_doctor_measures_is_in_the_table(soundserver: SoundServer, tmp_path: Path) -> None:
    figures = board.board(Ground(tmp_path))
    assert [figure.what.split(": ")[1] for figure in figures] == [
        "voice", "mixing", "encoding", "first sound", "disk",
    ]  # fmt: skip
    assert all(figure.measured != "not measured" and figure.met is None for figure in figures)
    missing = {"what": "voice", "measured": False, "means": "why"}
    assert board.shown(missing).cells[1:3] == ("not measured", "why")


def test_the_made_script_is_sound_and_says_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "made.yaml"
    path.write_text(made(), encoding="utf-8")
    script.load(path, tmp_path)
    sentences = [line.strip() for line in made().splitlines() if line.startswith("          ")]
    assert len(sentences) == len(set(sentences)) == 144


def test_results_go_between_the_marks_of_the_page() -> None:
    page = f"before\n{run.BEGIN}\nold\n{run.END}\nafter\n"
    assert run.placed(page, "new") == f"before\n{run.BEGIN}\nnew\n{run.END}\nafter\n"
    with pytest.raises(BenchmarkError):
        run.placed("no marks here", "new")
    assert run.BEGIN in run.PAGE.read_text("utf-8")


def test_a_table_has_a_line_for_each_figure() -> None:
    figures = [table.Figure("one", "1 s", must="≤ 2 s", met=True), table.Figure("other", "3 s", met=False)]
    shown = table.plain(table.HEADS, [figure.cells for figure in figures]).splitlines()
    assert [line.split()[-1] for line in shown] == ["met", "yes", "no"]
    assert table.markdown(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_the_command_says_what_it_can_do() -> None:
    done = subprocess.run(
        [sys.executable, str(Path(run.__file__)), "--help"], capture_output=True, text=True, check=True
    )
    assert "--only" in done.stdout

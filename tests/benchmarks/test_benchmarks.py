"""The benchmark's own instruments are believed, so here they are tried on what is known."""

import os
import subprocess
import sys
from pathlib import Path

import memory
import numpy as np
import onsets
import pytest
import run
import table
from given import made
from measuring import BenchmarkError, Once, Taken, ratio, rounds
from measuring import run as run_timed

from guide import script


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


def test_rounds_go_around() -> None:
    order: list[str] = []

    def noted(name: str) -> Once:
        order.append(name)
        return Once(1.0)

    rounds({"a": lambda: noted("a"), "b": lambda: noted("b")}, 3, {"b": 1})
    assert order == ["a", "b", "a", "a"]


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
    assert 120 < found.all < 200


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

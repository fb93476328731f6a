"""A timeline as a picture: the blocks stand where the events are, the figures are right, and it all fits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.duration import RATE, frames
from guide.legible import columns
from guide.picture import figures, picture
from guide.timeline import Event, Timeline


def speech(start: float, length: float, text: str = "one two three") -> Event:
    return Event("speech", frames(start), frames(length), text=text)


def timeline(seconds: float, *events: Event) -> Timeline:
    return Timeline(frames(seconds), frames(seconds), events)


WHOLE = timeline(
    600,
    Event("bell", 0, frames(20), sound="bowl"),
    Event("part", frames(60), frames(240), text="Meeting the wall"),
    speech(60, 120, "a b c d"),
    speech(180.7, 59.3, "e f"),
    Event("part", frames(120), frames(60), text="Deeper"),
    Event("breath", frames(300), frames(120), sound="in"),
    Event("breath", frames(420), frames(60), sound="out"),
    Event("part", frames(480), frames(120), text="Coming back"),
)


def test_the_figures_are_counted_as_the_house_counts_them() -> None:
    counted = figures(WHOLE)
    assert (counted.frames, counted.words, counted.speeches) == (frames(600), 6, 2)
    # 60 s before, 360 s after; the 0.7 s between the two sentences are a part of speaking.
    assert counted.silent == frames(420)
    assert counted.silence == pytest.approx(0.7)
    assert (counted.longest_quiet, counted.longest_quiet_at) == (frames(360), frames(240))
    assert counted.articulation == pytest.approx(6 / 3)


def test_a_session_without_a_word_is_all_silence() -> None:
    counted = figures(timeline(60))
    assert (counted.silence, counted.words, counted.articulation) == (1.0, 0, 0.0)
    assert picture(timeline(60), 60)


def test_the_blocks_stand_where_things_happen() -> None:
    lines = picture(WHOLE, 62)  # 60 columns, ten seconds each
    marks, blocks = lines[0][2:], lines[1][2:]
    assert blocks == "◉" + "·" * 5 + "█" * 18 + "·" * 6 + "~" * 18 + "·" * 12
    assert marks.rstrip() == " " * 6 + "a" + " " * 5 + "b" + " " * 35 + "c"


def test_a_column_with_a_little_speech_is_a_low_block() -> None:
    low = picture(timeline(60, speech(0, 0.3), speech(3, 0.6), speech(6, 2)), 22)[0][2:]  # 3 s a column
    assert low[:3] == "▂▂▆"


def test_the_axis_counts_minutes() -> None:
    ticks, labels = picture(WHOLE, 62)[2:4]
    assert labels.split() == [str(minute) for minute in range(11)]
    for minute in range(10):
        assert labels[2 + minute * 6] == str(minute)
        assert ticks[2 + minute * 6] == "┴"


def test_a_long_session_has_fewer_labels_that_do_not_touch() -> None:
    assert picture(timeline(7200), 62)[2].split() == [str(minute) for minute in range(0, 121, 15)]


def test_parts_are_listed_with_their_times_and_inside_each_other() -> None:
    lines = picture(WHOLE, 80)
    outer = next(line for line in lines if "Meeting the wall" in line)
    inner = next(line for line in lines if "Deeper" in line)
    assert outer.split() == ["a", "1:00", "Meeting", "the", "wall", "4:00"]
    assert inner.split() == ["b", "2:00", "Deeper", "1:00"]
    assert inner.index("Deeper") == outer.index("Meeting") + 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_plain_letters_where_the_terminal_has_no_others(encoding: str) -> None:
    lines = picture(
        timeline(60, Event("part", 0, 5, text="Stille — ü\x1b[2J"), *WHOLE.events[:1]), 60, encoding
    )
    "\n".join(lines).encode(encoding)
    assert lines[1].startswith("  O")
    assert not any("\x1b" in line for line in lines)


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["speech", "bell", "breath", "silence", "part"]),
        st.integers(0, 100 * RATE),
        st.integers(0, 30 * RATE),
        st.text(max_size=120),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(EVENTS, st.integers(1, 160), st.sampled_from([1, RATE, 100 * RATE, 3 * 3600 * RATE]))
def test_any_timeline_fits_into_any_terminal(events: list[Event], width: int, length: int) -> None:
    lines = picture(Timeline(length, length, tuple(events)), width)
    assert max(map(columns, lines)) <= max(width, 20)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────

SCRIPT = """
guide: 1
title: One Breath
length: {shortest: 1m, usual: 1m, longest: 2m}
steps:
  - bell
  - part: Arriving
    steps:
      - say: Breathe in, and out.
      - rest: {about: 40s, least: 30s, most: 45s}
      - say: That was all.
      - rest: {about: 20s, least: 1s, most: 45s}
"""


def guide(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "guide", *words],
        env={**os.environ, "GUIDE_HOME": str(home), "COLUMNS": "80", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_draws_the_arrangement_that_would_be_played(tmp_path: Path) -> None:
    script = tmp_path / "one-breath.yaml"
    script.write_text(SCRIPT)
    drawn = guide(tmp_path, "show", str(script), "--for", "70s", "--voice", "hum")
    assert drawn.stderr == ""
    assert drawn.returncode == 0
    for words in ("One Breath", "a    0:08  Arriving", "length         1:10", "7 in 2 sentences", "◉"):
        assert words in drawn.stdout
    data = json.loads(guide(tmp_path, "show", str(script), "--for", "70s", "--voice", "hum", "--json").stdout)
    assert (data["name"], data["seconds"], data["words"], data["speeches"]) == ("one-breath", 70.0, 7, 2)
    assert Timeline.from_cues(data["timeline"]).frames == frames(70)


def test_a_length_out_of_reach_is_a_sentence(tmp_path: Path) -> None:
    script = tmp_path / "one-breath.yaml"
    script.write_text(SCRIPT)
    refused = guide(tmp_path, "show", str(script), "--for", "10m", "--voice", "hum")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "cannot last 10m" in refused.stderr
    assert "Traceback" not in refused.stderr

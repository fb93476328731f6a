"""A timeline, and the cues that it is written to and read from."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meditations import SCRIPTS, material

from guide.script.models import Script
from guide.timeline import BedChange, Event, Timeline

LINE = Timeline(
    480_000,
    480_000,
    (
        Event("part", 0, 480_000, text="Arriving", cue="arrive"),
        Event("bell", 0, 96_000, sound="bowl"),
        Event("breath", 100_000, 48_000, sound="in", cue="in"),
        Event("speech", 100_000, 30_000, text="Breathe in."),
        Event("silence", 148_000, 0),
    ),
    (BedChange(5, "rain", None, 100), BedChange(9, "none", -30.0, 0)),
)


def test_cues_hold_every_event_at_its_frame_and_nothing_empty() -> None:
    cues = LINE.cues()
    assert (cues["rate"], cues["frames"], cues["target"]) == (48_000, 480_000, 480_000)
    assert cues["events"] == [
        {"kind": "part", "start": 0, "frames": 480_000, "text": "Arriving", "cue": "arrive"},
        {"kind": "bell", "start": 0, "frames": 96_000, "sound": "bowl"},
        {"kind": "breath", "start": 100_000, "frames": 48_000, "sound": "in", "cue": "in"},
        {"kind": "speech", "start": 100_000, "frames": 30_000, "text": "Breathe in."},
        {"kind": "silence", "start": 148_000, "frames": 0},
    ]


def test_a_timeline_comes_back_from_its_cues() -> None:
    assert Timeline.from_cues(json.loads(json.dumps(LINE.cues()))) == LINE


@settings(deadline=None)
@given(SCRIPTS, st.floats(0, 1))
def test_every_timeline_comes_back_from_its_cues(one: Script, share: float) -> None:
    stuff = material(one)
    shortest, longest = stuff.reach()
    line = stuff.arranged(shortest + round(share * (longest - shortest)))
    assert Timeline.from_cues(json.loads(json.dumps(line.cues()))) == line


@pytest.mark.parametrize(
    "cues",
    [
        {},
        {"frames": 1, "target": 1},
        {"frames": "much", "target": 1, "events": []},
        {"frames": 1, "target": 1, "events": [{"kind": "speech"}]},
        {"frames": 1, "target": 1, "events": [{"kind": "speech", "start": "0", "frames": 1}]},
        {"frames": 1, "target": 1, "events": [{"kind": "speech", "start": 0, "frames": 1, "colour": "red"}]},
        {"frames": 1, "target": 1, "events": ["speech"]},
        {"frames": 1, "target": 1, "events": None},
        {"frames": 1, "target": 1, "events": [], "beds": [{"start": 1}]},
    ],
)
def test_what_is_no_timeline_is_refused(cues: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a timeline"):
        Timeline.from_cues(cues)


def test_speech_and_parts_are_found_in_their_order() -> None:
    assert [event.text for event in LINE.speech()] == ["Breathe in."]
    assert [part.text for part in LINE.parts()] == ["Arriving"]
    assert LINE.speech()[0].end == 130_000

"""Every shipped session, rendered by the command as a person would, and held against its own cues."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
import pytest
import soundfile
import yaml

from guide import duration, loudness
from guide.duration import RATE, frames
from guide.sound import Sound
from guide.voices import Voice, find

SCRIPTS = Path(__file__).parent.parent / "scripts"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.yaml"))
CORE = ["opening-the-heart", "releasing-the-wall", "self-love"]


@dataclass(frozen=True)
class Rendered:
    """A session without its bed, its cues, and the same session with the bed."""

    sound: Sound
    cues: dict[str, Any]
    target: int
    sleep: bool = False

    @property
    def voice(self) -> float:
        """LUFS: sleep is two quieter."""
        return -20 if self.sleep else -18

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.cues["events"] if event["kind"] == kind]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all of these: what was spoken for one is not spoken again for the next."""
    return tmp_path_factory.mktemp("home")


def guide(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "guide", *words],
        env=os.environ | {"GUIDE_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def render(home: Path, name: str, length: str, *more: str) -> tuple[Sound, dict[str, Any]]:
    out, cues = home / f"{name}.flac", home / f"{name}.json"
    done = guide(
        home, "render", name, "-o", str(out), "--for", length, "--seed", "a", "--cues", str(cues), *more
    )
    assert done.returncode == 0, done.stderr
    sound, rate = soundfile.read(out, dtype="float32")
    assert rate == RATE
    return sound, json.loads(cues.read_text())


def length_of(name: str, which: str) -> str:
    page = yaml.load((SCRIPTS / f"{name}.yaml").read_text(), Loader=yaml.BaseLoader)
    return str(page["length"][which])


@pytest.fixture(
    scope="module", params=[(name, "usual") for name in NAMES] + [(name, "shortest") for name in CORE]
)
def rendered(request: pytest.FixtureRequest, home: Path) -> Rendered:
    name, which = request.param
    length = length_of(name, which)
    sound, cues = render(home, name, length, "--ambience", "none")
    return Rendered(sound, cues, frames(duration.parse(length)), sleep=name == "bedtime")


@pytest.fixture(scope="module")
def voice(home: Path) -> Voice:
    return find("", home / "cache")


def settings(name: str) -> tuple[float, float]:
    page = yaml.load((SCRIPTS / f"{name}.yaml").read_text(), Loader=yaml.BaseLoader)
    wish = page.get("voice", {})
    return float(wish.get("pace", 1)), float(wish.get("pitch", 0))


def test_is_as_long_as_asked_to_the_frame(rendered: Rendered) -> None:
    assert len(rendered.sound) == rendered.cues["frames"] == rendered.cues["target"] == rendered.target


def test_speaks_every_sentence_at_its_very_frame(
    rendered: Rendered, voice: Voice, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["rendered"][0]
    pace, pitch = settings(name)
    mono = rendered.sound.mean(axis=1)
    search = frames(0.05)
    assert rendered.events("speech")
    for event in rendered.events("speech"):
        clip = voice.speak(event["text"], pace, pitch)
        assert len(clip) == event["frames"]
        start = event["start"]
        window = mono[max(0, start - search) : start + len(clip) + search]
        found = int(np.argmax(np.abs(correlation(window, clip)))) + max(0, start - search)
        assert found == start, event["text"]


def correlation(window: Sound, clip: Sound) -> Sound:
    """How well the clip fits at each place of the window where it fits in whole."""
    size = 1 << (len(window) + len(clip)).bit_length()
    product = np.fft.rfft(window, size) * np.conj(np.fft.rfft(clip, size))
    return np.asarray(np.fft.irfft(product, size)[: len(window) - len(clip) + 1], dtype=np.float32)


def test_speaks_at_its_loudness_and_never_clips(rendered: Rendered) -> None:
    spoken = np.concatenate(
        [rendered.sound[e["start"] : e["start"] + e["frames"]] for e in rendered.events("speech")]
    )
    assert pyloudnorm.Meter(RATE).integrated_loudness(spoken) == pytest.approx(rendered.voice, abs=1)
    assert loudness.true_peak(rendered.sound) <= (-3 if rendered.sleep else -1)


def test_strikes_bells_no_louder_than_the_voice(rendered: Rendered) -> None:
    words = [event["start"] for event in rendered.events("speech")]
    for event in rendered.events("bell"):
        next_word = min([start for start in words if start > event["start"]], default=rendered.target)
        struck = rendered.sound[event["start"] : min(event["start"] + event["frames"], next_word)]
        loudest = rendered.voice - (6 if rendered.sleep else 0)
        assert -30 < float(np.max(loudness.momentary(struck))) <= loudest


def test_leaves_the_listener_silence_where_it_says_so(rendered: Rendered) -> None:
    speech = [(e["start"], e["start"] + e["frames"]) for e in rendered.events("speech")]
    for event in rendered.events("silence"):
        start, end = event["start"], event["start"] + event["frames"]
        assert not any(a < end and start < b for a, b in speech)


@pytest.mark.parametrize("name", CORE)
def test_keeps_its_bed_far_under_the_voice(name: str, home: Path) -> None:
    length = length_of(name, "shortest")
    alone, cues = render(home, name, length, "--ambience", "none")
    under, again = render(home, name, length, "--ambience", "rain")
    assert cues["events"] == again["events"]
    bed = under - alone
    speech = [e for e in cues["events"] if e["kind"] == "speech" and e["start"] > frames(20)]
    beneath = np.concatenate([bed[e["start"] : e["start"] + e["frames"]] for e in speech])
    page = yaml.load((SCRIPTS / f"{name}.yaml").read_text(), Loader=yaml.BaseLoader)
    level = float(page.get("ambience", {}).get("level", -24))
    assert loudness.integrated(beneath) == pytest.approx(-18 + level, abs=1)
    assert float(np.max(loudness.momentary(bed))) <= -18 - 20 + 3  # momentary; rain is never quite even
    assert np.abs(bed[: frames(0.01)]).max() < 0.001
    assert np.abs(bed[-frames(0.01) :]).max() < 0.001


def test_articulates_between_105_and_125_words_a_minute(
    rendered: Rendered, request: pytest.FixtureRequest
) -> None:
    name, which = request.node.callspec.params["rendered"]
    if name not in CORE or which != "usual":
        return
    paragraphs: list[list[dict[str, Any]]] = []
    last = -RATE * 10
    for event in rendered.events("speech"):
        if event["start"] - last >= RATE:
            paragraphs.append([])
        paragraphs[-1].append(event)
        last = event["start"] + event["frames"]
    words = sum(len(event["text"].split()) for paragraph in paragraphs for event in paragraph)
    took = sum(p[-1]["start"] + p[-1]["frames"] - p[0]["start"] for p in paragraphs)
    assert 105 <= words / (took / RATE / 60) <= 125


def test_names_the_lengths_it_can_have_when_asked_for_another(home: Path) -> None:
    done = guide(home, "render", "self-love", "-o", str(home / "x.flac"), "--for", "3h")
    assert done.returncode == 1
    assert done.stderr.strip() == "'self-love' cannot last 3h: with this voice it can be from 6m to 20m long."
    assert not (home / "x.flac").exists()

"""What everyone is given: one session, its sentences as finished clips, its bells, its bed."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
import soundfile
from measuring import Taken, Thing, rounds

from guide import script, voices
from guide.duration import RATE, frames
from guide.folders import Folders
from guide.library import Library
from guide.live import Live, begin
from guide.render import Layer, block
from guide.script import Script
from guide.session import Prepared, Wish, prepare
from guide.sound import Sound, linear
from guide.timeline import Event
from guide.voices import Voice
from guide.voices.setting import DEFAULT, setting

SESSION, MINUTES, SEED = "releasing-the-wall", 20, "benchmark"
"""The session that everybody makes: a shipped one, with bells, breathing and a bed of four loops."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ground:
    """Where and how things are measured."""

    folder: Path
    """For all that is made on the way; empty at first."""
    quick: bool = False
    """Fewer rounds: to see that everything runs, not to keep."""
    live: float = 0.0
    """Minutes of the long live run; 0 leaves it out."""
    python: str = field(default=sys.executable)

    def rounds(self, many: int, few: int) -> int:
        """How many rounds: `many`, or `few` in a hurry."""
        return few if self.quick else many

    def taken(self, things: Mapping[str, Thing], many: int, few: int) -> dict[str, Taken]:
        """What each of these takes, side by side; warmed up, but for in a hurry."""
        return rounds(things, self.rounds(many, few), warm=not self.quick)

    def home(self, name: str) -> Path:
        """The home of a person of that name: equal names share what was cached."""
        return self.folder / "homes" / name

    def environment(self, home: Path) -> dict[str, str]:
        """For a process of that person."""
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        # What pip installs is compiled once; a shell that forbids it would have it done at every start.
        inherited = {name: at for name, at in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**inherited, "GUIDE_HOME": str(home), "PYTHONPATH": path}

    def render(self, out: Path, name: str, target: str, *more: str) -> list[str | Path]:
        """The words of `guide render`."""
        return [self.python, "-m", "guide", "render", name, "--for", target, "--seed", SEED, "-o", out, *more]

    @cached_property
    def given(self) -> "Given":
        """The session of all comparisons, its clips cached in the home `given`."""
        with prepared(self.home("given"), SESSION, frames(MINUTES * 60)) as session:
            return Given.made(self.folder / "given", session)

    @cached_property
    def made_script(self) -> Path:
        """A script of 10, 20, 30 or 40 minutes, with four times the sentences in four times the length."""
        path = self.folder / "made.yaml"
        path.write_text(made(), encoding="utf-8")
        return path


@contextmanager
def prepared(home: Path, name: str, target: int, voice_name: str = "") -> Iterator[Prepared]:
    """A session ready in this very process, as a person with that home would get it; its voice lives on."""
    with _asked_for(home, name, target, voice_name) as wanted:
        yield prepare(*wanted)


@contextmanager
def begun(home: Path, name: str, target: int) -> Iterator[Live]:
    """A session as `guide play` begins it: its sentences are found, or spoken, while it plays."""
    with _asked_for(home, name, target, "") as wanted:
        yield begin(*wanted)


@contextmanager
def _asked_for(
    home: Path, name: str, target: int, voice_name: str
) -> Iterator[tuple[Script, Wish, Voice, Library]]:
    folders = Folders(home / "config", home / "data", home / "cache", home / "state")
    library = Library.find(folders)
    voice = voices.find(voice_name, folders.cache)
    try:
        loaded = script.load(library.script_path(name), library.shipped)
        yield loaded, Wish(target=target, seed=SEED), voice, library
    finally:
        voice.close()


def clips(session: Prepared) -> list[tuple[int, Sound]]:
    """Each sentence's place and its finished clip."""
    samples = session.sounds.clips
    return [(one.start, samples[one.text].read(0, samples[one.text].frames)) for one in speech(session)]


def speech(session: Prepared) -> tuple[Event, ...]:
    """Its sentences, in order."""
    return session.timeline.speech()


def mixed(session: Prepared, at: int, count: int) -> Sound:
    """What is to be heard in `count` frames from `at` on; nothing after the end."""
    return block(session.mix, at, count)


@dataclass(frozen=True, slots=True)
class Given:
    """A session as files, for programs that know nothing of ours. What is in the files is at its level."""

    prepared: Prepared
    placed: tuple[tuple[int, Path], ...]
    """Every clip, bell and tone, with its first frame: mono or stereo WAV, 16-bit at RATE."""
    loops: tuple[Path, ...]
    """The bed: stereo WAV files that run around, each at its own length."""
    sentences: tuple[str, ...]
    """Each different sentence, in the order of their first being said."""
    espeak: tuple[str, ...]
    """The options of espeak-ng for the same voice, rate and pitch."""

    @property
    def frames(self) -> int:
        """Of the whole session."""
        return self.prepared.timeline.frames

    @property
    def speech(self) -> tuple[Event, ...]:
        """The sentences, each at its place."""
        return speech(self.prepared)

    @property
    def clips(self) -> list[tuple[int, Sound]]:
        """The same as sound."""
        return clips(self.prepared)

    @property
    def spoken(self) -> float:
        """Seconds of speech, each different sentence once."""
        lengths = {event.text: event.end - event.start for event in self.speech}
        return sum(lengths.values()) / RATE

    @property
    def layer(self) -> Layer:
        """The bed's level and fades."""
        return self.prepared.mix.layers[0]

    @classmethod
    def made(cls, folder: Path, session: Prepared) -> "Given":
        """Write everything into a folder."""
        folder.mkdir(parents=True)
        files: dict[int, Path] = {}
        placed = []
        for one in session.mix.placed:
            if id(one.sample) not in files:
                path = files[id(one.sample)] = folder / f"clip{len(files)}.wav"
                soundfile.write(
                    path, one.sample.read(0, one.sample.frames) * one.gain, RATE, subtype="PCM_16"
                )
            placed.append((one.start, files[id(one.sample)]))
        layer = session.mix.layers[0]
        loops = tuple(folder / f"loop{number}.wav" for number in range(len(layer.bed.loops)))
        for path, loop in zip(loops, layer.bed.loops, strict=True):
            quieter = loop * np.float32(linear(layer.gain) / 32768)
            soundfile.write(path, quieter, RATE, subtype="PCM_16")
        sentences = tuple(dict.fromkeys(event.text for event in speech(session)))
        how = setting(DEFAULT, session.plan.pace, session.plan.pitch, "auto")
        options = ("-v", how.voice, "-s", str(how.rate), "-p", str(how.pitch), "-g", str(how.gap))
        return cls(session, tuple(placed), loops, sentences, options)

    def as_plan(self, path: Path) -> Path:
        """The same as JSON, for a peer in a process of its own."""
        plan = {
            "frames": self.frames,
            "placed": [(start, str(file)) for start, file in self.placed],
            "loops": [str(file) for file in self.loops],
            "fade_in": self.layer.fade_in,
            "fade_out": self.layer.fade_out,
        }
        path.write_text(json.dumps(plan), encoding="utf-8")
        return path


_PLACES = (
    "left foot",
    "right foot",
    "belly",
    "jaw",
    "left hand",
    "right hand",
    "chest",
    "brow",
    "neck",
    "back",
)
_WAYS = ("warm", "heavy", "soft", "wide", "quiet", "light")
_ENDS = ("for as long as you like", "as it is today", "with nothing to do", "and let it be")
_QUARTER = 36
"""Sentences in ten minutes."""


def made() -> str:
    """A script as YAML: every ten minutes a quarter more, each sentence only once."""
    said = [
        f"Your {place} may be {way}, {end}." for (way, end), place in product(product(_WAYS, _ENDS), _PLACES)
    ]
    lines = [
        "guide: 1",
        "title: Made for measuring",
        "about: As many sentences in every ten minutes as in every other.",
        "kind: body",
        "language: en",
        "length: {shortest: 10m, usual: 20m, longest: 40m}",
        "ambience: {sound: rain, level: -24}",
        "steps:",
    ]
    for quarter in range(4):
        lines += [f"  - part: Quarter {quarter + 1}"]
        lines += [f"    from: {10 * (quarter + 1)}m"] if quarter else []
        lines += ["    steps:", "      - bell: {sound: bowl, settle: 8s}"]
        for sentence in said[_QUARTER * quarter : _QUARTER * (quarter + 1)]:
            lines += ["      - say: |", f"          {sentence}"]
            lines += ["      - rest: {about: 13s, least: 4s, most: 30s}"]
    return "\n".join([*lines, ""])

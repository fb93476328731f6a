"""Small meditations, clips that need no voice, and a tape that presses buttons: what many tests share."""

import zlib
from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import Any

import numpy as np
import yaml
from hypothesis import strategies as st

from guide.arrange import Material
from guide.beds import Bed
from guide.checking import ModelT, check
from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.expand import Breath, Circumstances, Item, Sentence, Strike, expand
from guide.player import Player, Verb
from guide.render import Sample, Sounds
from guide.script.models import PartFile, Script, ScriptFile
from guide.sinks import Tape
from guide.sound import Sound, faded
from guide.timeline import Timeline

BELLS = {"bowl": frames(6), "chime": frames(2.5)}
"""Frames of each pretended bell."""


def script(text: str | None, parts: Mapping[str, str] | None = None) -> Script:
    """The script that a text holds: all of it, or only the lines below `steps:`."""
    page = yaml.load(dedent(text or ""), Loader=yaml.BaseLoader)
    if isinstance(page, list):
        page = {"steps": page}
    read = {name: yaml.load(dedent(words), Loader=yaml.BaseLoader) for name, words in (parts or {}).items()}
    return page_of(page, {name: {"steps": steps} for name, steps in read.items()})


def page_of(page: dict[str, Any], parts: Mapping[str, dict[str, Any]] | None = None) -> Script:
    """A script from plain data, with a head where it has none."""
    head = {"guide": "1", "title": "A test", "length": {"shortest": "1s", "usual": "5m", "longest": "3h"}}
    files = {name: _made(PartFile, {"guide": "1"} | part) for name, part in (parts or {}).items()}
    return Script("a-test", "<text>", _made(ScriptFile, head | page), files)


def _made(model: type[ModelT], data: dict[str, Any]) -> ModelT:
    made, refusals = check(model, data)
    assert made is not None, refusals
    return made


def items_of(
    one: Script, target: int | None = None, seed: str = "today", name: str | None = None
) -> list[Item]:
    """The items of a script for a target in frames (the usual length without one)."""
    return list(expand(one, Circumstances(target or one.page.length.usual, seed, name)))


def clip_frames(text: str) -> int:
    """How long a sentence takes in these tests: the same every time, and different for most."""
    return frames(0.5) + 700 * len(text)


def material(one: Script, target: int | None = None, seed: str = "today") -> Material:
    """What `arrange` needs, with clips of made-up lengths."""
    items = tuple(items_of(one, target, seed))
    texts = [item.text for item in items if isinstance(item, Sentence | Breath) and item.text]
    struck = {item.sound for item in items if isinstance(item, Strike)}
    return Material(
        items, {text: clip_frames(text) for text in texts}, {name: BELLS[name] for name in struck}
    )


def arranged(one: Script, target: int) -> Timeline:
    """The timeline of a script for a target in frames."""
    return material(one, target).arranged(target)


def clip(text: str, count: int | None = None, level: float = 0.1) -> Sound:
    """A hum in place of a sentence, mono, faded at its edges; no two texts sound the same."""
    count = clip_frames(text) if count is None else count
    hertz = 150 + zlib.crc32(text.encode()) % 200
    hum = np.sin(2 * np.pi * hertz * np.arange(count) / RATE)
    return faded((level * hum).astype(np.float32), frames(0.01), frames(0.01))


def sounds_for(timeline: Timeline, beds: Mapping[str, Bed] | None = None) -> Sounds:
    """Everything that a timeline of these tests needs to be heard."""
    bells = {name: clip(name, count, 0.2)[:, None].repeat(2, axis=1) for name, count in BELLS.items()}
    return Sounds(
        clips={event.text: Sample.of(clip(event.text, event.frames)) for event in timeline.speech()},
        bells={name: Sample.of(sound) for name, sound in bells.items()},
        beds=beds or {},
        tones={name: Sample.of(clip(name, frames(1))) for name in ("in", "out", "hold")},
        voice_gain=0.0,
    )


def humming_bed(name: str = "hum", hertz: int = 200, level: float = 0.5) -> Bed:
    """A bed that is a sine, seamless, so that its largest step is known."""
    wave = level * 32767 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    return Bed(name, (np.rint(wave).astype(np.int16)[:, None].repeat(2, axis=1),))


def flat_bed(name: str = "flat") -> Bed:
    """A bed whose every sample is (nearly) 1: what comes out of the mix is the gain itself."""
    return Bed(name, (np.full((RATE, 2), 32767, dtype=np.int16),))


class Thumb(Tape):
    """A tape that presses buttons while it is written to, and may be pulled out."""

    def __init__(
        self,
        presses: Mapping[int, Verb | tuple[Verb, ...]] | None = None,
        lost_at: int | None = None,
        at_block: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`presses` says what is asked for once so many blocks were written; `lost_at` fails the next write.

        What is pressed at the loss itself is heard while the player looks for another sink.
        """
        super().__init__()
        self.player: Player | None = None
        self._presses = dict(presses or {})
        self._lost_at = lost_at
        self._at_block = at_block
        self.at_ceiling: tuple[int, int] | None = None
        """After how many blocks another ceiling is set, and which."""

    def write(self, block: Sound) -> None:
        if len(self.blocks) == self._lost_at:
            self._press(-1)
            raise DeviceError("The loudspeaker was lost.")
        assert len(self.blocks) < 3_000, "this session never ends"
        super().write(block)
        self._press(len(self.blocks))
        if self.at_ceiling and self.player and len(self.blocks) == self.at_ceiling[0]:
            self.player.limit(self.at_ceiling[1])
        self._at_block(len(self.blocks))

    def _press(self, number: int) -> None:
        asked = self._presses.pop(number, ())
        for verb in (asked,) if isinstance(asked, str) else asked:
            assert self.player is not None
            self.player.do(verb)


_WORDS = st.sampled_from(
    [
        "Welcome.",
        "Let your shoulders drop. Let your jaw be soft.",
        "What is here?",
        "Stay.\n\nThere is time.",
        "And now?\n\nNothing to do. Nothing to be. Only this.",
    ]
)
_SECONDS = st.integers(1, 600).map(lambda tenths: f"{tenths / 10}s")


@st.composite
def _rests(draw: st.DrawFn) -> dict[str, Any]:
    tenths = draw(st.integers(1, 900))
    rest = {"about": f"{tenths / 10}s"}
    if draw(st.booleans()):
        rest["least"] = f"{draw(st.integers(0, tenths)) / 10}s"
    if draw(st.booleans()):
        rest["most"] = f"{draw(st.integers(tenths, 3 * tenths + 1)) / 10}s"
    return {"rest": rest}


_BREATHS = st.builds(
    lambda rounds, cue, hold: {
        "breathe": {"in": "1.5s", "out": "2.5s", "hold": hold, "rounds": str(rounds), "cue": cue}
    },
    st.integers(1, 6),
    st.sampled_from(["words", "tone", "none"]),
    st.sampled_from(["0", "1s"]),
)
_LEAVES = (
    st.builds(lambda words: {"say": words}, _WORDS)
    | st.builds(lambda length: {"pause": length}, _SECONDS)
    | _rests()
    | st.builds(
        lambda sound, settle: {"bell": {"sound": sound, "settle": settle}},
        st.sampled_from(sorted(BELLS)),
        _SECONDS,
    )
    | _BREATHS
    | st.just({"ambience": {"sound": "hum"}})
)


def _nested(inner: st.SearchStrategy[list[dict[str, Any]]]) -> st.SearchStrategy[dict[str, Any]]:
    return (
        st.builds(lambda steps: {"part": "A part", "steps": steps}, inner)
        | st.builds(
            lambda times, steps: {"repeat": {"times": str(times), "steps": steps}}, st.integers(1, 3), inner
        )
        | st.builds(lambda one, other: {"choose": [one, other]}, inner, inner)
    )


STEPS = st.lists(
    _LEAVES
    | _nested(st.lists(_LEAVES | _nested(st.lists(_LEAVES, min_size=1, max_size=3)), min_size=1, max_size=3)),
    min_size=1,
    max_size=8,
)
"""Steps of every kind, nested."""
SCRIPTS = STEPS.map(lambda steps: page_of({"steps": steps}))
"""Any script at all."""

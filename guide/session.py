"""One session made ready: a script for a length becomes a timeline, and the timeline sound."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guide import bells
from guide.arrange import Begun, Material
from guide.beds import Bed
from guide.expand import BedChanges, Breath, Circumstances, Item, Sentence, Strike, expand
from guide.library import Library
from guide.lines import Lines, lines
from guide.reach import out_of_reach
from guide.render import SLEEP_LUFS, VOICE_LUFS, Mix, Sample, Sounds, compose
from guide.saved import Unfinished
from guide.script.models import Script
from guide.sound import Sound
from guide.timeline import Timeline
from guide.voices import Voice, speak_each

_PLAIN_PACE = 0.9
"""The slowest pace of the line after a stop: at it, the shipped ones last less than 8 s."""

Progress = Callable[[int, int], None]
"""Hears how many sentences of how many are spoken."""


def _silently(_done: int, _of: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for, everything else being the script's own."""

    target: int | None = None
    """Frames; None is the usual length."""
    seed: str = ""
    """Decides what `choose` chooses; today's date if empty."""
    ambience: str | None = None
    """A bed instead of the script's; `none` for none."""
    name: str | None = None
    """The listener's name."""
    language: str | None = None
    """Of the program's own lines, where the script names none that it knows."""
    own_lines: Mapping[str, str] = field(default_factory=dict)
    voice: str = ""
    """The name by which the voice was found, to be found by it again."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """A voice in one setting, and what it has said so far."""

    voice: Voice
    pace: float
    pitch: float
    clips: dict[str, NDArray[np.int16]] = field(default_factory=dict)
    """Mono, by text. 16 bits are the cache's own precision, and half the memory of a long session."""

    def add(self, texts: Iterable[str], progress: Progress = _silently) -> None:
        """Speak what has not been spoken yet. Raises VoiceError naming the sentence."""
        missing = [text for text in dict.fromkeys(texts) if text not in self.clips]
        with closing(speak_each(self.voice, missing, self.pace, self.pitch)) as each:
            for done, (text, sound) in enumerate(each, 1):
                self.clips[text] = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
                progress(done, len(missing))

    def lengths(self) -> dict[str, int]:
        """Frames of each clip, by its text."""
        return {text: len(clip) for text, clip in self.clips.items()}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session that could sound at once."""

    plan: Unfinished
    """All that is needed to make it ready again, another day."""
    script: Script | None
    """None for a session that is gone on with: its timeline is all there is."""
    material: Material | None
    speaking: Speaking
    sounds: Sounds
    mix: Mix
    lines: Lines
    silences: tuple[int, ...] = ()
    """Frames of each silence of the material, in order."""

    @property
    def timeline(self) -> Timeline:
        """What happens when."""
        return self.plan.timeline

    def ending(self, total: int, until: int) -> "Prepared":
        """The same session, as near to `total` frames as its rests allow; before frame `until` nothing moves.

        A session that is gone on with keeps its arrangement.
        """
        if self.material is None or until > self.closing:
            return self
        begun = Begun(self.silences, until)
        shortest, longest = self.material.reach(begun)
        total = min(max(total, shortest), longest)
        silences = self.material.silences(total, begun)
        if silences == self.silences:
            return self  # nothing can give way any more; to mix the same again would only take time
        plan = replace(self.plan, timeline=self.material.placed(silences, total))
        other = replace(self, plan=plan, silences=silences, mix=_mix(plan, self.sounds))
        if other.closing < until:
            return self.ending(total + until - other.closing, until) if total < longest else self
        return other

    @property
    def closing(self) -> int:
        """The frame at which the last bed begins to fade; from there on the end stays where it is."""
        last = (layer.end - layer.fade_out for layer in self.mix.layers if layer.end == self.mix.frames)
        return min(last, default=self.mix.frames)

    def grounding(self) -> tuple[Sample, float]:
        """The line after a stop, and the gain in dB that brings it to the session's loudness.

        However slowly a session speaks, this line is said in eight seconds. Raises VoiceError.
        """
        voice, pace, pitch = self.speaking.voice, max(self.speaking.pace, _PLAIN_PACE), self.speaking.pitch
        quieter = (SLEEP_LUFS if self.plan.sleep else VOICE_LUFS) - VOICE_LUFS
        return Sample.of(voice.speak(self.lines.stop, pace, pitch)), voice.gain(pace, pitch) + quieter


def prepare(
    script: Script, wish: Wish, voice: Voice, library: Library, progress: Progress = _silently
) -> Prepared:
    """Speak, arrange and mix a script for a wish.

    Raises OutOfReachError naming the lengths there are, VoiceError, NotFoundError for a missing sound.
    """
    page = script.page
    language = page.language or wish.language or "en"
    words = lines(language, wish.own_lines)
    target = wish.target if wish.target is not None else page.length.usual
    seed = wish.seed or dt.date.today().isoformat()
    given = Circumstances(target, seed, wish.name, words.breathe_in, words.breathe_out)
    items = expand(script, given)
    struck = _bells((item.sound for item in items if isinstance(item, Strike)), library)
    speaking = Speaking(voice, page.voice.pace, page.voice.pitch)
    speaking.add(spoken(items), progress)

    def material(items: tuple[Item, ...]) -> Material:
        speaking.add(spoken(items))
        struck.update(
            _bells((i.sound for i in items if isinstance(i, Strike) and i.sound not in struck), library)
        )
        return Material(items, speaking.lengths(), {name: len(sound) for name, sound in struck.items()})

    ready = material(items)
    if not page.length.shortest <= target <= page.length.longest or not ready.fits(target):
        raise out_of_reach(script, given, material)
    silences = ready.silences(target)
    plan = Unfinished(
        name=script.name,
        path=str(Path(script.path).absolute()),
        seed=seed,
        voice=wish.voice,
        pace=speaking.pace,
        pitch=speaking.pitch,
        bed=wish.ambience or page.ambience.sound,
        level=page.ambience.level,
        sleep=page.kind == "sleep",
        title=page.title,
        language=language,
        at=0,
        timeline=ready.placed(silences, target),
    )
    sounds = _sounds(plan, items, speaking, struck, library)
    return Prepared(plan, script, ready, speaking, sounds, _mix(plan, sounds), words, silences)


def resume(
    plan: Unfinished,
    voice: Voice,
    library: Library,
    own_lines: Mapping[str, str] | None = None,
    progress: Progress = _silently,
) -> Prepared:
    """The session that was left, exactly as it was arranged then."""
    words = lines(plan.language, own_lines)
    speaking = Speaking(voice, plan.pace, plan.pitch)
    speaking.add((event.text for event in plan.timeline.speech()), progress)
    struck = _bells((event.sound for event in plan.timeline.events if event.kind == "bell"), library)
    changes = tuple(BedChanges(change.sound, change.level, change.fade) for change in plan.timeline.beds)
    sounds = _sounds(plan, changes, speaking, struck, library)
    return Prepared(plan, None, None, speaking, sounds, _mix(plan, sounds), words)


def spoken(items: Iterable[Item]) -> list[str]:
    """Every text that items say aloud, in order."""
    return [item.text for item in items if isinstance(item, Sentence | Breath) and item.text]


def _bells(names: Iterable[str], library: Library) -> dict[str, Sound]:
    return {name: bells.load(library.bell_path(name)) for name in sorted(set(names))}


def _sounds(
    plan: Unfinished,
    items: Iterable[Item],
    speaking: Speaking,
    struck: Mapping[str, Sound],
    library: Library,
) -> Sounds:
    beds = {plan.bed, *(item.sound for item in items if isinstance(item, BedChanges))} - {"none"}
    return Sounds(
        clips={text: Sample.of(clip) for text, clip in speaking.clips.items()},
        bells={name: Sample.of(sound) for name, sound in struck.items()},
        beds={name: Bed.load(library.bed_path(name)) for name in sorted(beds)},
        tones={name: Sample.of(bells.load(library.cue_path(name))) for name in ("in", "out")},
        voice_gain=speaking.voice.gain(speaking.pace, speaking.pitch),
    )


def _mix(plan: Unfinished, sounds: Sounds) -> Mix:
    return compose(plan.timeline, sounds, bed=plan.bed, level=plan.level, sleep=plan.sleep)

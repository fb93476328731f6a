"""One session made ready: a script for a length becomes a timeline, and the timeline sound."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from guide import bells
from guide.arrange import Begun, Material
from guide.beds import Bed
from guide.clips import Clips, Progress, silently
from guide.expand import BedChanges, Breath, Circumstances, Echoed, Item, Sentence, Strike, expand
from guide.library import Library
from guide.lines import Lines, lines
from guide.reach import out_of_reach
from guide.render import SLEEP_LUFS, VOICE_LUFS, Mix, Sample, Sounds, compose
from guide.saved import KeptEcho, Unfinished
from guide.script.models import Script
from guide.sound import Sound
from guide.timeline import Timeline
from guide.voices import Voice

if TYPE_CHECKING:  # most sessions play none
    from guide.echo import Echo

_PLAIN_PACE = 0.9
"""The slowest pace of the line after a stop: at it, the shipped ones last less than 8 s."""


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
    echoes: "Mapping[str, Echo]" = field(default_factory=dict)
    """The listener's own words that there are, by the names of what the script wants."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session that could sound at once."""

    plan: Unfinished
    """All that is needed to make it ready again, another day."""
    script: Script | None
    """None for a session that is gone on with: its timeline is all there is."""
    material: Material | None
    clips: Clips
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
        other = replace(self, plan=plan, silences=silences, mix=mixed(plan, self.sounds))
        if other.closing < until:
            return self.ending(total + until - other.closing, until) if total < longest else self
        return other

    @property
    def closing(self) -> int:
        """The frame at which the last bed begins to fade; from there on the end stays where it is."""
        last = (layer.end - layer.fade_out for layer in self.mix.layers if layer.end == self.mix.frames)
        return min(last, default=self.mix.frames)

    def unechoed(self) -> "Prepared":
        """The same arrangement, quiet where the listener's own words would sound."""
        sounds = replace(self.sounds, echoes={})
        return replace(self, sounds=sounds, mix=mixed(self.plan, sounds))

    def grounding(self) -> tuple[Sample, float]:
        """The line after a stop, and the gain in dB that brings it to the session's loudness.

        However slowly a session speaks, this line is said in eight seconds. Raises VoiceError.
        """
        voice, pace, pitch = self.clips.voice, max(self.clips.pace, _PLAIN_PACE), self.clips.pitch
        quieter = (SLEEP_LUFS if self.plan.sleep else VOICE_LUFS) - VOICE_LUFS
        return Sample.of(voice.speak(self.lines.stop, pace, pitch)), voice.gain(pace, pitch) + quieter


@dataclass(frozen=True, slots=True)
class Opened:
    """A script for a wish, with its sounds, before a word of it was spoken."""

    script: Script
    given: Circumstances
    items: tuple[Item, ...]
    clips: Clips
    struck: dict[str, Sound]
    """The bells, by name."""
    beds: dict[str, Bed]
    """The bed that sounds first."""
    lines: Lines
    plan: Unfinished
    """Its timeline is not arranged yet."""
    library: Library
    echoes: "Mapping[str, Echo]" = field(default_factory=dict)
    """Those of the wish that are in the items."""

    def material(self, items: tuple[Item, ...], progress: Progress = silently) -> Material:
        """The items measured: what is missing is spoken. Raises VoiceError, NotFoundError."""
        self.clips.add(spoken(items), progress)
        self.struck.update(
            _bells((i.sound for i in items if isinstance(i, Strike)), self.library, self.struck)
        )
        return Material(items, dict(self.clips.lengths), self.bells())

    def bells(self) -> dict[str, int]:
        """Frames of each bell, by its name."""
        return {name: len(sound) for name, sound in self.struck.items()}

    def measured(self, progress: Progress = silently) -> "Opened":
        """The same with every sentence spoken; without echoes, where its length leaves no room for them.

        Raises OutOfReachError naming the lengths there are.
        """
        target, length = self.given.target, self.script.page.length
        ready = self.material(self.items, progress)
        if length.shortest <= target <= length.longest and ready.fits(target):
            return self
        if not self.echoes:
            raise out_of_reach(self.script, self.given, self.material)
        return self.unechoed().measured(progress)

    def unechoed(self) -> "Opened":
        """The same as if there were nothing of the listener's own to be played."""
        given = replace(self.given, echoes={})
        items, plan = expand(self.script, given), replace(self.plan, echoes=())
        return replace(self, given=given, items=items, plan=plan, echoes={})

    def whole(self, progress: Progress = silently) -> "Prepared":
        """The session with every sentence spoken, arranged. Raises as `measured` does."""
        fitting = self.measured(progress)
        ready = fitting.material(fitting.items)
        silences = ready.silences(fitting.given.target)
        return fitting.arranged(ready.placed(silences, fitting.given.target), ready, silences)

    def arranged(
        self, timeline: Timeline, material: Material | None = None, silences: tuple[int, ...] = ()
    ) -> "Prepared":
        """The session as it is arranged."""
        plan = replace(self.plan, timeline=timeline)
        sounds = _sounds(self.items, self.clips, self.struck, self.beds, self.library, echoes=self.echoes)
        return Prepared(
            plan, self.script, material, self.clips, sounds, mixed(plan, sounds), self.lines, silences
        )


def prepare(
    script: Script, wish: Wish, voice: Voice, library: Library, progress: Progress = silently
) -> Prepared:
    """Speak, arrange and mix a script for a wish.

    Raises OutOfReachError naming the lengths there are, VoiceError, NotFoundError for a missing sound.
    """
    opening = opened(script, wish, voice, library)
    for bed in opening.beds.values():
        bed.soon_whole()
    return opening.whole(progress)


def opened(script: Script, wish: Wish, voice: Voice, library: Library, at: int = 0) -> Opened:
    """A script for a wish, nothing of it spoken yet, to be heard from frame `at` on.

    Raises NotFoundError for a missing sound.
    """
    page = script.page
    language = page.language or wish.language or "en"
    words = lines(language, wish.own_lines)
    target = wish.target if wish.target is not None else page.length.usual
    seed = wish.seed or dt.date.today().isoformat()
    bed = wish.ambience or page.ambience.sound
    beds = _begun(bed, at, library)
    lasting = {name: echo.frames for name, echo in wish.echoes.items()}
    given = Circumstances(target, seed, wish.name, words.breathe_in, words.breathe_out, echoes=lasting)
    items = expand(script, given)
    names = {item.name for item in items if isinstance(item, Echoed)}
    echoes = {name: wish.echoes[name] for name in sorted(names)}
    plan = Unfinished(
        name=script.name,
        path=str(Path(script.path).absolute()),
        seed=seed,
        voice=wish.voice,
        pace=page.voice.pace,
        pitch=page.voice.pitch,
        bed=bed,
        level=page.ambience.level,
        sleep=page.kind == "sleep",
        title=page.title,
        language=language,
        at=at,
        timeline=Timeline(target, target, ()),
        asked=target,
        echoes=tuple(KeptEcho(name, e.number, e.checksum, e.frames) for name, e in echoes.items()),
    )
    struck = _bells((item.sound for item in items if isinstance(item, Strike)), library)
    clips = Clips(voice, page.voice.pace, page.voice.pitch)
    return Opened(script, given, items, clips, struck, beds, words, plan, library, echoes)


def resume(
    plan: Unfinished,
    voice: Voice,
    library: Library,
    own_lines: Mapping[str, str] | None = None,
    progress: Progress = silently,
    *,
    echoes: "Mapping[str, Echo] | None" = None,
) -> Prepared:
    """The session that was left, exactly as it was arranged then; an echo that is gone is silent."""
    words = lines(plan.language, own_lines)
    begun = _begun(plan.bed, plan.at, library)
    clips = Clips(voice, plan.pace, plan.pitch)
    clips.add((event.text for event in plan.timeline.speech()), progress)
    struck = _bells((event.sound for event in plan.timeline.events if event.kind == "bell"), library)
    changes = tuple(BedChanges(change.sound, change.level, change.fade) for change in plan.timeline.beds)
    sounds = _sounds(changes, clips, struck, begun, library, echoes=echoes or {})
    return Prepared(plan, None, None, clips, sounds, mixed(plan, sounds), words)


def spoken(items: Iterable[Item]) -> list[str]:
    """Every text that items say aloud, in order."""
    return [item.text for item in items if isinstance(item, Sentence | Breath) and item.text]


def _bells(names: Iterable[str], library: Library, known: Collection[str] = ()) -> dict[str, Sound]:
    return {name: bells.load(library.bell_path(name)) for name in sorted(set(names) - set(known))}


def _begun(bed: str, at: int, library: Library) -> dict[str, Bed]:
    """The bed that sounds first, being decoded already while the rest is made ready."""
    if bed == "none":
        return {}
    begun = Bed.load(library.bed_path(bed))
    begun.soon(at)
    return {bed: begun}


def _sounds(
    items: Iterable[Item],
    clips: Clips,
    struck: Mapping[str, Sound],
    beds: Mapping[str, Bed],
    library: Library,
    *,
    echoes: "Mapping[str, Echo]",
) -> Sounds:
    others = {item.sound for item in items if isinstance(item, BedChanges)} - {"none", *beds}
    said = {text: clips.sample(text) for text in clips.lengths}
    return Sounds(
        clips=said,
        bells={name: Sample.of(sound) for name, sound in struck.items()},
        beds={**beds, **{name: Bed.load(library.bed_path(name)) for name in sorted(others)}},
        tones={name: Sample.of(bells.load(library.cue_path(name))) for name in ("in", "out")},
        voice_gain=clips.gain() if said else 0.0,
        echoes={name: echo.sample for name, echo in echoes.items() if echo.sample},
    )


def mixed(plan: Unfinished, sounds: Sounds) -> Mix:
    """The session as it sounds."""
    return compose(plan.timeline, sounds, bed=plan.bed, level=plan.level, sleep=plan.sleep)

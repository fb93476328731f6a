"""The sounds that one can choose: bells to begin and end with, beds to sit in; and one of them by itself."""

import difflib
import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from guide import bells
from guide.beds import Bed
from guide.errors import NotFoundError
from guide.library import OTHER_WORDS, Library
from guide.render import Mix, Sample, Sounds, compose
from guide.script.models import Bed as Ambience
from guide.timeline import Event, Timeline

Kind: TypeAlias = Literal["bell", "bed"]

ABOUT = {
    "bowl": "a low bowl, struck softly; it beats slowly and rings long",
    "high-bowl": "a smaller bowl, clear and slender",
    "block": "a hollow block of wood under a soft mallet, short and dry",
    "chime": "a long tube, with a note beneath it that is not there",
    "rain": "steady rain, near and far, and leaves under it",
    "ocean": "slow waves on a flat shore, one every ten seconds or so",
    "stream": "a brook that runs over stones",
    "night": "still air, leaves now and then, and seldom a cricket far away",
    "drone": "D and A in four octaves, slowly beating, with a little air",
    "warm-noise": "deep soft noise that breathes very slowly",
}
"""What each of them is, in a line; of a sound that somebody added there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A bell or a bed, as a list shows it."""

    kind: Kind
    name: str
    also: tuple[str, ...]
    """Other words for it."""
    about: str
    frames: int
    """How long a bell is heard, or after how long a bed comes around again."""
    loops: tuple[int, ...]
    """Frames of each loop of a bed; nothing for a bell."""


def choices(library: Library) -> list[Choice]:
    """Every bell and then every bed. Raises StorageError for one that cannot be read."""
    struck = [name for name in library.bells() if name not in OTHER_WORDS]
    return [_bell(library, name) for name in struck] + [_bed(library, name) for name in library.beds()]


def choice(library: Library, name: str) -> Choice:
    """A bell or a bed by its name. Raises NotFoundError, with a hint; StorageError if it cannot be read."""
    if name in library.bells():
        return _bell(library, OTHER_WORDS.get(name, name))
    if name in library.beds():
        return _bed(library, name)
    near = difflib.get_close_matches(name, names(library), n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise NotFoundError(f"There is no sound called '{name}'.{hint} `guide sounds list` shows them all.")


def names(library: Library) -> list[str]:
    """What one may call them."""
    return [*library.bells(), *library.beds()]


def alone(library: Library, one: Choice, length: int) -> tuple[Mix, Timeline]:
    """A session in which nothing else is heard: a bell to its end, or so many frames of a bed.

    All levels and fades are those of a session. Raises StorageError for a file that does not fit.
    """
    events: tuple[Event, ...] = ()
    struck, beds = {}, {}
    if one.kind == "bell":
        sound = bells.load(library.bell_path(one.name))
        struck[one.name], length = Sample.of(sound), len(sound)
        events = (Event("bell", 0, length, sound=one.name),)
    else:
        beds[one.name] = Bed.load(library.bed_path(one.name))
        beds[one.name].soon_whole()
    timeline = Timeline(length, length, events)
    sounds = Sounds(clips={}, bells=struck, beds=beds, tones={}, voice_gain=0.0)
    bed = one.name if one.kind == "bed" else "none"
    return compose(timeline, sounds, bed=bed, level=Ambience().level), timeline


def _bell(library: Library, name: str) -> Choice:
    also = tuple(sorted(word for word, meant in OTHER_WORDS.items() if meant == name))
    return Choice("bell", name, also, ABOUT.get(name, ""), bells.length(library.bell_path(name)), ())


def _bed(library: Library, name: str) -> Choice:
    loops = tuple(sorted(Bed.load(library.bed_path(name)).lengths))
    return Choice("bed", name, (), ABOUT.get(name, ""), math.lcm(*loops), loops)

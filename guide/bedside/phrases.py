"""What the device can say, in whatever language. Each sentence is one clip.

They offer and never order; what can be done can be done in the dark, or waits until it is light.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias, get_args

from guide.bedside.numerals import Numerals
from guide.bedside.state import Doing, Trouble

Said: TypeAlias = tuple[str, ...]
"""Sentences, one after the other."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What is always said in the same words."""

    ready: Said
    """After a start by day, where that is wanted: by night the light says it."""
    power_was_gone: Said
    recovered: Said
    """After a cut in the middle of a recording, of which what was said until then was found."""
    going_on_offer: Said
    going_on: Said
    nothing_to_go_on: Said
    """Somebody wanted to go on, and there is nothing."""
    something_to_go_on: Said

    menu_intro: Said
    menu_end: Said
    """After a while in which nobody chose: what was heard last stays chosen."""
    menu_empty: Said
    one_length: Said
    """Another length was asked for, and there is none."""
    begins: Said

    this_is_pressed: Said
    """Before a title and a length: what a press would begin."""
    this_is_chosen: Said
    invited: Said
    """Before the title and the length of an invitation, after the time."""
    take_it: Said
    """After them."""
    nothing_by_the_clock: Said
    waking: Said

    offer: Said
    """A reflection, by day."""
    offer_at_night: Said
    listening: Said
    no_longer_listening: Said
    kept: Said
    not_kept: Said
    not_heard: Said
    """The microphone is open, and nothing arrives."""
    no_microphone: Said
    """At the moment of a reflection; so are the next two."""
    no_space: Said
    no_journal: Said

    unnamed: Said
    """Instead of a title that nobody could speak."""
    session_missing: Said
    """Before its name."""
    look_at_settings: Said
    """After it."""
    out_of_reach: Said
    voice_failed: Said
    setting_taken: Said
    """The settings were wrong, and are right again."""
    loudspeaker_back: Said

    louder: Said
    quieter: Said
    loudest: Said
    loudest_at_night: Said
    softest: Said

    hold_to_switch_off: Said
    staying: Said
    switching_off: Said
    good_night: Said


@dataclass(frozen=True, slots=True)
class Phrases:
    """All of a language."""

    lines: Lines
    troubles: Mapping[Trouble, Said]
    doings: Mapping[Doing, Said]
    """What goes on, of which a status begins; nothing for what needs no word."""
    loudness: Said
    """The volume, from the loudest on; the very first is said at night."""
    days: Said
    """From Monday on."""
    takes: str
    """How long a session is, and so on; each has one place to be filled in."""
    been: str
    goes_on: str
    it_is: str
    next: str
    numerals: Numerals


def key(what: Trouble) -> str:
    """By what name a person gives their own words for a trouble: `trouble_no_voice`."""
    return f"trouble_{what.replace(' ', '_').replace('-', '_')}"


LINES = tuple(field.name for field in fields(Lines))
NAMES = (*LINES, *map(key, get_args(Trouble)))
"""What a person may say in their own words."""

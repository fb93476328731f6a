"""What a device does, as it was written: `bedside.yaml` beside `config.yaml`."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from guide import duration
from guide.fields import Bounds, Fault, Key, Model, Reads, Size

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_LAST_PIN = 27
_LEAST_STANDING = duration.frames(60)


def _minutes(text: str) -> int:
    written = _CLOCK.fullmatch(text.strip())
    if written is None:
        raise ValueError(f"'{text}' is not a time of the clock; write it like 22:15")
    return int(written[1]) * 60 + int(written[2])


def _length(text: str) -> int:
    frames = duration.frames(duration.parse(text))
    if frames <= 0:
        raise ValueError("it has to last a while")
    return frames


def _standing(text: str) -> int:
    frames = _length(text)
    if frames < _LEAST_STANDING:
        raise ValueError(f"in '{text}' nobody can take it; it stands for 1m or longer")
    return frames


def _pin(text: str) -> int | None:
    if text.strip() == "none":
        return None
    if not re.fullmatch(r"[0-9]{1,2}", text.strip()) or int(text) > _LAST_PIN:
        raise ValueError(f"'{text}' is no pin; it takes a BCM number from 0 to {_LAST_PIN}, or none")
    return int(text)


Moment: TypeAlias = Annotated[int, Reads(_minutes)]
"""A time of the clock, as minutes since midnight."""
Length: TypeAlias = Annotated[int, Reads(_length)]
"""A length of time, as frames at RATE."""
Pin: TypeAlias = Annotated[int, Bounds(0, _LAST_PIN)]
"""A pin by its BCM number."""
MaybePin: TypeAlias = Annotated[int | None, Reads(_pin)]
"""A pin, or none, which is written `none`."""
Volume: TypeAlias = Annotated[int, Bounds(-40, 0)]
"""dB."""
Slug: TypeAlias = Annotated[str, Size(1, 64)]
Every: TypeAlias = Literal[
    "day", "weekdays", "weekends",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
]  # fmt: skip
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {"day": range(7), "weekdays": range(5), "weekends": range(5, 7)}


def days(every: Every) -> range:
    """The days of a week, Monday is 0."""
    if every in _DAYS:
        return _DAYS[every]
    day = _WEEK.index(every)
    return range(day, day + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Model):
    """What a gesture begins; written short as its word alone."""

    short = "play"

    play: Slug
    """A session by its name; `next` is the next of the course. `menu` is the spoken one, `status` says how
    the device is, `nothing` is nothing."""
    length: Annotated[Length | None, Key("for")] = None
    """How long, of a session; None for its usual length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night(Model):
    """When it is night: a dim light and a softer voice."""

    begins: Moment = 22 * 60
    ends: Moment = 7 * 60
    volume: Volume = -14
    """The most by night."""
    light: Annotated[float, Bounds(0, 1)] = 0.15
    """The most by night, of a light that is on."""
    reflect: Literal["ask", "always", "never"] | None = None
    """Whether a reflection is offered by night; None as it is by day (`reflect` of config.yaml)."""

    def faults(self) -> list[Fault]:
        if self.begins != self.ends:
            return []
        return [("the night ends when it begins; give it two times that are not the same", "ends")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(Model):
    """A session that is offered by the clock: a bell, a sentence, and a press begins it."""

    at: Moment
    every: Every = "day"
    play: Slug
    length: Annotated[Length | None, Key("for")] = None
    stands: Annotated[int, Reads(_standing)] = duration.frames(600)
    """How long it can be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waking(Model):
    """A bed that rises over minutes up to the moment `at`, then a bell."""

    at: Moment
    every: Every = "day"
    bed: Slug = "stream"
    bell: Slug = "bowl"
    rise: Length = duration.frames(600)
    """Over how long the bed rises; it begins so long before `at`."""
    stays: Length = duration.frames(900)
    """How long it goes on after the bell, where nobody presses."""
    volume: Volume = -8
    """At the end of its rise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins(Model):
    """The pins, by their BCM numbers; `none` for what a device does not have."""

    button: Pin = 17
    light: MaybePin = 18
    louder: MaybePin = None
    softer: MaybePin = None
    skip: MaybePin = None

    def faults(self) -> list[Fault]:
        taken: dict[int, str] = {}
        faults: list[Fault] = []
        for name in ("button", "light", "louder", "softer", "skip"):
            pin = getattr(self, name)
            if pin is not None and (other := taken.setdefault(pin, name)) != name:
                faults.append((f"pin {pin} is that of '{other}' already", name))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Model):
    """All of it; every part may be missing."""

    press: Deed = field(default_factory=lambda: Deed(play="next"))
    double: Deed = field(default_factory=lambda: Deed(play="hard-moment"))
    hold: Deed = field(default_factory=lambda: Deed(play="menu"))
    menu: Annotated[tuple[Slug, ...], Size(0, 24)] = ()
    """The sessions of the spoken menu, in their order; empty for all there are."""
    volume: Volume = -4
    """The most by day."""
    night: Night = field(default_factory=Night)
    invitations: Annotated[tuple[Invitation, ...], Size(0, 24)] = ()
    wake: Annotated[tuple[Waking, ...], Size(0, 24)] = ()
    device: Annotated[str, Size(1, 200)] | None = None
    """Part of the loudspeaker's name; None as in config.yaml."""
    microphone: Annotated[str, Size(1, 200)] | None = None
    pins: Pins = field(default_factory=Pins)
    after_a_cut: Literal["offer", "go on"] = "offer"
    """What becomes of a session that a power cut or a crash ended: it is offered, or goes on by itself."""
    switch_off: Literal["yes", "no"] = "yes"
    """Whether a very long hold switches the device off."""

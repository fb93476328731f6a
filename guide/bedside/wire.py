"""What is said over the control socket, both ways: one JSON value a line. Pure.

docs/bedside-socket.md is its description, and VERSION changes with whatever would break who reads it.
"""

import json
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, TypeAlias, get_args

from guide import duration
from guide.bedside.events import Button, Order
from guide.bedside.state import Doing, State

VERSION = 1
HELLO = {"guide": "bedside", "version": VERSION}
MOST = 4096
"""Bytes of a line that is asked."""

Name: TypeAlias = str | int | None
"""What an answer is told apart by: whatever came as `id`."""
Thumbed = Literal["press", "double", "hold", "off"]
"""The gestures that may come from elsewhere than the pin."""

_LONGEST = 64
_SAFE = 2**53
_ORDERS = frozenset(get_args(Order))
_GESTURES = frozenset(get_args(Thumbed))
_BUTTONS = frozenset(get_args(Button))
_KEYS = {"do": {"session", "for"}, "ask": set(), "pin": {"down"}, "light": set()}
_KINDS: dict[str, type | tuple[type, ...]] = {
    "doing": str, "session": (str, NoneType), "title": (str, NoneType), "at": (int, float),
    "length": (int, float, NoneType), "volume": int, "ceiling": int, "night": bool,
    "breath": (int, float, NoneType), "troubles": list, "next": (str, NoneType), "left_off": bool,
}  # fmt: skip
"""What is told of a state, under its own names but for `length`; a key more is a thing to decide."""


@dataclass(frozen=True, slots=True)
class Thumb:
    gesture: Thumbed


@dataclass(frozen=True, slots=True)
class Verb:
    order: Order
    session: str | None = None
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """For the state, now."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Of a device that is tried out: a button goes down or up."""

    button: Button
    down: bool


@dataclass(frozen=True, slots=True)
class Light:
    """Of a device that is tried out: to be told of its light from now on, or no more."""

    wanted: bool


class _UnclearError(ValueError):
    """What is wrong with a line; a sentence without its capital and its full stop."""


Command: TypeAlias = Thumb | Verb | Ask | Pin | Light


@dataclass(frozen=True, slots=True)
class Asked:
    """A line from outside: what it wants, or a sentence saying why that is not clear."""

    what: Command | str
    name: Name = None


class Lines:
    """What comes in pieces, as lines. One that is too long comes as its first `most` bytes and one more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._begun = b""
        self._skipping = False

    def fed(self, data: bytes) -> list[bytes]:
        """The lines that are whole with this piece, or too long."""
        *lines, self._begun = (self._begun + data).split(b"\n")
        if lines and self._skipping:
            del lines[0]
            self._skipping = False
        if len(self._begun) > self._most:
            if not self._skipping:
                lines.append(self._begun)
            self._begun, self._skipping = b"", True
        return [line[: self._most + 1] for line in lines]


def read(line: bytes) -> Asked:
    """What a line asks for. Raises nothing, whatever the line is."""
    if len(line) > MOST:
        return Asked(f"A line has at most {MOST} bytes.")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return Asked("That is not a line of JSON.")
    if not isinstance(data, dict):
        return Asked('A command is written like {"do": "press"}.')
    name = data.pop("id", None)
    if not _is_name(name):
        return Asked(f"An id is a text of at most {_LONGEST} letters, or a whole number.")
    try:
        return Asked(_command(data), name)
    except ValueError as error:
        return Asked(_sentence(str(error)), name)


def line(data: dict[str, Any]) -> bytes:
    """A value as a line, in ASCII."""
    return json.dumps(data, separators=(",", ":")).encode("ascii") + b"\n"


def answer(problem: str | None, name: Name) -> dict[str, Any]:
    """That something was taken, or why it was not."""
    data: dict[str, Any] = {"ok": True} if problem is None else {"error": problem}
    return data if name is None else {**data, "id": name}


def said(state: State) -> dict[str, Any]:
    """A state as JSON has it: times in seconds, to the millisecond."""
    data = {key: getattr(state, key) for key in _KINDS if key != "length"}
    data["at"] = _seconds(state.at)
    data["length"] = None if state.frames is None else _seconds(state.frames)
    data["breath"] = None if state.breath is None else round(state.breath, 3)
    data["troubles"] = list(state.troubles)
    return data


def heard(data: Any) -> State:
    """The state that `said` made this of; what it does not know is left out. Raises ValueError."""
    if not isinstance(data, dict) or data.get("doing") not in get_args(Doing):
        raise ValueError("this is no state")
    given = {key: data[key] for key in _KINDS if key in data}
    if wrong := [key for key, value in given.items() if not isinstance(value, _KINDS[key])]:
        raise ValueError(f"'{wrong[0]}' is not what it should be")
    if not all(isinstance(trouble, str) for trouble in given.get("troubles", ())):
        raise ValueError("'troubles' is not what it should be")
    given["troubles"] = tuple(given.get("troubles", ()))
    length = given.pop("length", None)
    given["frames"] = None if length is None else duration.frames(length)
    given["at"] = duration.frames(given.get("at", 0))
    return State(**given)


def _is_name(name: Any) -> bool:
    if isinstance(name, str):
        return len(name) <= _LONGEST
    return name is None or (isinstance(name, int) and not isinstance(name, bool) and abs(name) < _SAFE)


def _command(data: dict[str, Any]) -> Command:
    words = [key for key in _KEYS if key in data]
    if len(words) != 1:
        raise _UnclearError('a command has one of "do", "ask", "pin" and "light"')
    word = words[0]
    value = data.pop(word)
    if strange := sorted(set(data) - _KEYS[word]):
        raise _UnclearError(f'there is no "{_short(strange[0])}" beside "{word}"')
    if word == "do":
        return _deed(value, data)
    if word == "ask":
        if value != "state":
            raise _UnclearError('what can be asked for is "state"')
        return Ask()
    if word == "pin":
        return _pin(value, data.get("down"))
    if not isinstance(value, bool):
        raise _UnclearError('"light" is true or false')
    return Light(value)


def _deed(word: Any, data: dict[str, Any]) -> Command:
    if not isinstance(word, str) or word not in _GESTURES | _ORDERS:
        raise _UnclearError(f"what can be done is {_listed(_GESTURES)}, {_listed(_ORDERS)}")
    if word != "play":
        if data:
            raise _UnclearError('"session" and "for" go with "play"')
        return Thumb(word) if word in _GESTURES else Verb(word)  # type: ignore[arg-type]
    session = data.get("session")
    if session is not None and (not isinstance(session, str) or not 0 < len(session) <= _LONGEST):
        raise _UnclearError('"session" is the name of one, like "bedtime"')
    return Verb("play", session, _frames(data.get("for")))


def _frames(text: Any) -> int | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise _UnclearError('"for" is a length of time, like "20m"')
    frames = duration.frames(duration.parse(text))
    if frames <= 0:
        raise _UnclearError("it has to last a while")
    return frames


def _pin(button: Any, down: Any) -> Pin:
    if not isinstance(button, str) or button not in _BUTTONS or not isinstance(down, bool):
        raise _UnclearError(f'"pin" is {_listed(_BUTTONS)}, and "down" true or false')
    return Pin(button, down)  # type: ignore[arg-type]


def _listed(words: frozenset[str]) -> str:
    return ", ".join(f'"{word}"' for word in sorted(words))


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else f"{word[:_LONGEST]}…"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _seconds(frames: int) -> float:
    return round(duration.seconds(frames), 3)

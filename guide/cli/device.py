"""What the device by the bed does, in words for a terminal."""

import datetime as dt
from collections.abc import Iterator

from guide.bedside.state import State
from guide.duration import clock, words
from guide.legible import legible

_DOING = {
    "starting": "It begins, and is not ready yet.",
    "waiting": "It waits for a press.",
    "speaking": "It says how it is.",
    "choosing": "It reads its menu; a press chooses.",
    "inviting": "It offers {session}; a press begins it.",
    "returning": "It asks whether to go on with {session}, which was cut off.",
    "preparing": "It makes {session} ready.",
    "playing": "It plays {session}, at {place}.",
    "paused": "It has paused {session}, at {place}.",
    "lost": "The loudspeaker went away in the middle of {session}, at {place}; it waits for it.",
    "landing": "It brings {session} to rest.",
    "offering": "It offers a reflection; a press begins it.",
    "asking": "It asks a question.",
    "listening": "It listens: the microphone is open.",
    "waking": "It wakes somebody.",
    "leaving": "It will switch itself off, unless somebody presses.",
    "off": "It has ended.",
}
_TROUBLES = {
    "no loudspeaker": "There is no loudspeaker; it waits for one.",
    "no microphone": "There is no microphone, so nothing can be recorded.",
    "muted": "The microphone is switched off.",
    "disk nearly full": "The disk is nearly full; there is room for one reflection.",
    "disk full": "The disk is full: nothing more can be recorded.",
    "clock not set": "Its clock is not set, so nothing begins by the clock.",
    "under-voltage": "The power supply is too weak for it.",
    "battery low": "The battery is low.",
    "hot": "It is too hot; give it some air.",
    "setting broken": "The settings are wrong, so those before are used. `guide bedside check` says more.",
    "no voice": "The voice does not speak.",
    "no journal": "The journal cannot be opened.",
}
_RESTS = ("waiting", "speaking", "choosing")
"""In which a press would begin the session that is named."""


def told(state: State, now: dt.datetime, encoding: str) -> list[str]:
    """How it is, as lines; `now` with its zone."""
    return [legible(line, encoding) for line in _lines(state, now)]


def doing(state: State, encoding: str) -> str:
    """What it does, as one line."""
    place = clock(state.at) + (f" of {clock(state.frames)}" if state.frames else "")
    sentence = _DOING[state.doing].format(session=_named(state), place=place)
    return legible(sentence, encoding)


def _lines(state: State, now: dt.datetime) -> Iterator[str]:
    yield doing(state, "utf-8")
    if state.doing in _RESTS and state.session:
        length = f", {words(state.frames)}" if state.frames else ""
        yield f"A press begins {_named(state)}{length}."
    if state.left_off and state.doing in _RESTS:
        yield "A session was left off, and can be gone on with."
    yield f"The volume is {state.volume} dB, and {state.ceiling} dB at the most{' by night' * state.night}."
    yield from (_TROUBLES.get(trouble, f"Something is wrong: {trouble}.") for trouble in state.troubles)
    if moment := _moment(state.next):
        yield f"By the clock it does something next {_when(moment, now)}."


def _named(state: State) -> str:
    return f"'{state.title or state.session}'" if state.title or state.session else "a session"


def _moment(text: str | None) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _when(moment: dt.datetime, now: dt.datetime) -> str:
    """As the device's own clock shows it."""
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {moment:%A}" if 1 < days < 7 else f"on {moment:%d %B}")
    return f"{day} at {moment:%H:%M}"

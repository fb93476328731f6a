"""What a gesture means while something goes on. Pure."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from guide.bedside.gestures import Gesture
from guide.bedside.state import Doing

Act: TypeAlias = Literal[
    "begin",  # what the settings say of this gesture
    "accept",  # what is offered
    "decline",
    "toggle",
    "skip",
    "stop",
    "yes",  # to a reflection
    "not this",
    "end",
    "next",  # of the menu
    "other length",
    "choose",
    "stay",
    "nothing",
]

_NOTHING: Mapping[Gesture, Act] = {}
_PLAYING: Mapping[Gesture, Act] = {"press": "toggle", "double": "skip", "hold": "stop"}
_STOPS: Mapping[Gesture, Act] = {"press": "stop", "double": "stop", "hold": "stop"}
_OFFER: Mapping[Gesture, Act] = {"press": "accept", "double": "begin", "hold": "decline"}
_ASKED: Mapping[Gesture, Act] = {"press": "yes", "double": "not this", "hold": "end"}
_IDLE: Mapping[Gesture, Act] = {"press": "begin", "double": "begin", "hold": "begin"}

_MEANINGS: Mapping[Doing, Mapping[Gesture, Act]] = {
    "starting": _NOTHING,
    "waiting": _IDLE,
    "speaking": _IDLE,
    "choosing": {"press": "next", "double": "other length", "hold": "choose"},
    "inviting": _OFFER,
    "returning": _OFFER,
    # A press that came twice because nothing was heard yet takes nothing back.
    "preparing": {"hold": "stop"},
    "playing": _PLAYING,
    "paused": _PLAYING,
    "lost": {"press": "toggle", "hold": "stop"},
    # A second stop is silence now.
    "landing": _STOPS,
    "offering": _ASKED,
    "asking": _ASKED,
    # Whatever is pressed while somebody speaks, what they said is kept.
    "listening": {"press": "yes", "double": "yes", "hold": "end"},
    "waking": _STOPS,
    "leaving": {"press": "stay", "double": "stay"},
    "off": _NOTHING,
}


def meaning(doing: Doing, gesture: Gesture) -> Act:
    """What a press, a double press or a hold means; `warn`, `kept` and `off` mean the same at any time."""
    return _MEANINGS[doing].get(gesture, "nothing")


def doubles(doing: Doing) -> bool:
    """Whether a second press means something else than the first: then a press is waited for a moment."""
    known = _MEANINGS[doing]
    return "double" in known and (known["double"] == "begin" or known["double"] != known.get("press"))

"""How bright the light is, at any moment, for what the device does. Pure."""

from guide.bedside.state import State


def brightness(state: State, at: float) -> float:
    """0 to 1, at the moment `at` of some steady clock, in seconds.

    An open microphone looks like nothing else; trouble is seen only where it disturbs no session.
    """
    raise NotImplementedError


def moving(state: State) -> bool:
    """Whether the brightness changes with time: then it has to be set again and again."""
    raise NotImplementedError

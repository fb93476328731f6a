"""What the device says about itself: a sentence for every state and every trouble, in its language."""

from collections.abc import Sequence
from pathlib import Path

from guide.bedside.state import State, Trouble
from guide.render import Sample
from guide.voices import Voice


def trouble(what: Trouble, language: str) -> tuple[str, ...]:
    """What is wrong, and what to do, as sentences to be spoken one after the other."""
    raise NotImplementedError


def status(state: State, language: str) -> tuple[str, ...]:
    """How the device is: what a press begins, the volume, what is wrong, what comes by the clock."""
    raise NotImplementedError


class Stock:
    """Sentences that were made ahead and lie in memory and in a folder of their own.

    `sample` needs no voice, no room on the disk, and no time. Safe to use from several threads.
    """

    def __init__(self, folder: Path, key: str) -> None:
        """`key` is all that makes the voice what it is by name: voice, pace, pitch, language."""

    def sample(self, text: str) -> tuple[Sample, float] | None:
        """The sentence and its gain in dB; None where it has not been made."""
        raise NotImplementedError

    def missing(self, texts: Sequence[str]) -> list[str]:
        raise NotImplementedError

    def make(self, texts: Sequence[str], voice: Voice) -> None:
        """Make what is missing, one at a time. Raises VoiceError, StorageError."""
        raise NotImplementedError

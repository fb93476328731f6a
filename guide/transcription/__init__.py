"""The words in a recording, understood on this machine: nothing that was said leaves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from guide.duration import RATE
from guide.errors import GuideError
from guide.folders import Folders
from guide.sound import Sound

if TYPE_CHECKING:
    from guide.models import Model

NEW_PARAGRAPH = 3 * RATE
"""Frames of quiet after which what follows is a paragraph of its own."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What was said between two pauses."""

    start: int
    """Frames at RATE since the beginning of the recording."""
    frames: int
    """How long it lasts, at RATE."""
    text: str
    """Tidy and never empty."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was understood of one recording."""

    pieces: tuple[Piece, ...]
    """In the order of time; none where nothing was said."""

    @property
    def text(self) -> str:
        """All of it: pieces joined with a space, or with an empty line after a pause of 3 s or more."""
        parts: list[str] = []
        end = 0
        for piece in self.pieces:
            if parts:
                parts.append("\n\n" if piece.start - end >= NEW_PARAGRAPH else " ")
            parts.append(piece.text)
            end = piece.start + piece.frames
        return "".join(parts)


class Transcriber(Protocol):
    """Something that understands speech. Holds its model in memory as long as it lives."""

    @property
    def name(self) -> str:
        """The model's name, such as `moonshine-tiny`."""

    def words(self, blocks: Iterator[Sound]) -> Words:
        """The words in a recording: mono float32 blocks `(n,)` at RATE of any size, asked for one by one.

        Raises what the iterator raises, and GuideError.
        """


def transcriber(folders: Folders, name: str | None = None, language: str = "") -> Transcriber:
    """An installed model's transcriber: by name, or the one that is there; for a language if one is given.

    Raises GuideError where the extra or the model is missing, the model is damaged, or it does not know the
    language: a sentence that says what to do.
    """
    from guide.models import MODELS, Shelf, model

    shelf = Shelf.of(folders)
    ours = [one for one in MODELS if one.kind == "words"]
    chosen = model(name) if name else next(filter(shelf.has, ours), ours[0])
    if language and not _knows(chosen, language):
        raise GuideError(
            f"The model {chosen.name} knows {', '.join(chosen.languages)} and not {language}. "
            "`guide models list` shows what there is."
        )
    folder = shelf.checked(chosen)
    from guide.transcription.sherpa import Moonshine

    return Moonshine(chosen.name, folder)


def installed(folders: Folders, language: str = "") -> str | None:
    """The name of the model that `transcriber` takes, for a language if one is given; loads nothing.

    None without it, or without the extra.
    """
    from importlib.util import find_spec

    from guide.models import MODELS, Shelf

    if find_spec("sherpa_onnx") is None:
        return None
    shelf = Shelf.of(folders)
    found = (one for one in MODELS if one.kind == "words" and shelf.has(one))
    return next((one.name for one in found if not language or _knows(one, language)), None)


def _knows(model: "Model", language: str) -> bool:
    return language.partition("-")[0].lower() in model.languages

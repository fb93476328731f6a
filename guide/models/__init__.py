"""Models that understand speech, installed by name; each in a folder of its own under `<data>/models`.

A folder is there whole or not at all, and its name stands for its content: what a newer guide brings lies
beside it until it is whole too.
"""

from dataclasses import dataclass
from pathlib import Path

from guide.errors import NotFoundError, StorageError
from guide.folders import Folders
from guide.models.catalogue import MODELS, Model, model

__all__ = ["MODELS", "Model", "Shelf", "model"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the models of a person are. It needs not exist yet."""

    folder: Path

    @classmethod
    def of(cls, folders: Folders) -> "Shelf":
        """The shelf of one person."""
        return cls(folders.data / "models")

    def place(self, model: Model) -> Path:
        """Where its files are, or will be."""
        return self.folder / model.folder

    def has(self, model: Model) -> bool:
        """Whether all its files are there and as long as they should be; not read for that."""
        place = self.place(model)
        try:
            return all((place / file.name).stat().st_size == file.size for file in model.files)
        except OSError:
            return False

    def checked(self, model: Model) -> Path:
        """Its folder, with each file read and compared. Raises NotFoundError; StorageError if it is damaged.

        What reads a model may end the process over a damaged one, so it is looked at before.
        """
        place = self.place(model)
        if not place.is_dir():
            raise NotFoundError(
                f"The model {model.name} is not installed. `guide models install {model.name}` brings it."
            )
        if not self.has(model) or not self.whole(model):
            raise StorageError(
                f"The model {model.name} is damaged. `guide models install {model.name}` brings it anew."
            )
        return place

    def whole(self, model: Model) -> bool:
        """Whether each file holds what it should; all of them are read."""
        import hashlib

        try:
            for file in model.files:
                with (self.place(model) / file.name).open("rb") as opened:
                    if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                        return False
        except OSError:
            return False
        return True

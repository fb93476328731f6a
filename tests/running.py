"""The program as a person has it: a process of its own, with folders of its own."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import numpy as np

from guide.folders import Folders
from guide.journal import Journal
from guide.sound import Sound

PATIENCE = 120.0
"""Seconds that anything may take on a very busy machine."""


@dataclass(frozen=True)
class Person:
    """Somebody's folders, and the place where they type."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def at_home(cls, folder: Path, environment: Mapping[str, str], **settings: str) -> "Person":
        """With a home in `folder`, these settings, and the first page behind them."""
        person = cls(folder, {**environment, "GUIDE_HOME": str(folder / "home")})
        person.folders.state.mkdir(parents=True)
        (person.folders.state / "welcomed").touch()
        person.folders.config.mkdir()
        lines = [f"{name}: {value}\n" for name, value in settings.items()]
        (person.folders.config / "config.yaml").write_text("".join(lines))
        return person

    @property
    def folders(self) -> Folders:
        home = Path(self.environment["GUIDE_HOME"])
        return Folders(home / "config", home / "data", home / "cache", home / "state")

    @property
    def journal(self) -> Journal:
        return Journal.open(self.folders)

    def write(self, name: str, script: str) -> Path:
        """A script where the person is."""
        path = self.folder / name
        path.write_text(dedent(script))
        return path

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "guide", *words]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the program to its end, with nobody at its keyboard."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )


def place_of(clip: Sound, heard: Sound) -> int:
    """The frame at which a clip was heard, whole and at whatever level; −1 if it was not."""
    mono = heard.mean(axis=1)
    size = 1 << (len(mono) + len(clip)).bit_length()
    fit = np.fft.irfft(np.fft.rfft(mono, size) * np.conj(np.fft.rfft(clip, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(np.square(mono, dtype=np.float64))))
    around = energy[np.minimum(np.arange(len(mono)) + len(clip), len(mono))] - energy[:-1]
    at = int(np.argmax(np.abs(fit[: len(mono)]) / np.sqrt(around + 1e-6)))
    piece = mono[at : at + len(clip)]
    return at if len(piece) == len(clip) and np.corrcoef(piece, clip)[0, 1] > 0.99 else -1

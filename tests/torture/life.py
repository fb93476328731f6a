"""A life with a journal, at the speed of a voice: it speaks, writes, marks, bins, removes, exports, imports.

Whatever was promised to it, it says at once through a pipe: that is the ledger the journal is held against.
"""

import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import GuideError
from guide.folders import Folders
from guide.journal import Journal, Mark
from guide.journal.archive import archive
from guide.journal.arrival import bring
from guide.journal.bin import empty, erase
from guide.journal.diary import Recording
from guide.journal.resealing import seal_all
from guide.journal.sealing import keep_recipients
from guide.seal import key

BLOCK = RATE // 50
PARCEL = "from-elsewhere"
"""The session of every entry in the folder that is imported."""
PARCEL_SIZE = 3
_IN_A_TAKE = 0.05
"""Chance, at each block, that a clock which jumps does so while somebody speaks."""
_LONGEST = 60
"""Blocks of a take, at most."""

Line = dict[str, Any]


def murmur(seed: int, count: int) -> NDArray[np.int16]:
    """Sound of which no two seconds are alike, so that a slip of one frame shows."""
    return np.random.default_rng(seed).normal(0, 3_000, count).astype(np.int16)


@dataclass
class Life:
    """One process's life. It goes on until it is killed, or has been refused `patience` times."""

    home: Folders
    parcel: Path
    seed: str
    tell: Callable[[Line], None]
    free: Callable[[Path], int] = lambda _: 10**12
    jumpy: bool = False
    """Whether its clock jumps back a year now and then, between two takes and in the middle of one."""
    patience: int = 10**9
    secret: str = ""
    """The key of a journal that it seals now and then, and opens again."""
    _own: dict[int, bool] = field(default_factory=dict)
    """Entries that it made, and whether they are in the bin."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.clock = datetime.now().astimezone().replace(microsecond=0)

    def now(self) -> datetime:
        """This moment, as this life's clock has it."""
        self.clock += timedelta(seconds=1)
        if self.jumpy and self.chance.random() < 0.2:
            self.clock -= timedelta(days=365)
        return self.clock

    def live(self) -> None:
        journal = Journal.open(self.home, free=self.free)
        journal.recover()
        if self.secret:
            journal.unlock(key(self.secret))
        self.tell({"ready": True})
        deeds = {
            self.speak: 8, self.write: 3, self.mark: 2, self.bin: 3, self.take_back: 2, self.remove: 3,
            self.look: 2, self.export: 1, self.import_all: 2,
        }  # fmt: skip
        if self.secret:
            deeds |= {self.seal: 4, self.unseal: 2}
        refusals = 0
        while refusals < self.patience:
            (deed,) = self.chance.choices(list(deeds), list(deeds.values()))
            try:
                deed(journal)
            except GuideError:
                refusals += 1

    def speak(self, journal: Journal) -> None:
        sound = self.chance.randrange(1 << 30)
        now = self.now()
        recording = journal.begin(session="self-love", question=f"{sound}", now=now)
        number = recording.entry.id
        told = {"id": number, "sound": sound, "created": now.isoformat()}
        self.tell({"did": "begun", **told})
        said = murmur(sound, _LONGEST * BLOCK)
        for block in range(self.chance.randrange(1, _LONGEST)):
            time.sleep(BLOCK / RATE)  # a voice is no faster
            if self.jumpy and self.chance.random() < _IN_A_TAKE:
                self._jump_in(recording)
            piece = said[block * BLOCK : (block + 1) * BLOCK].astype(np.float32) / np.float32(32_768)
            if not recording.take.write(piece):
                break
            self.tell({"did": "heard", "id": number, "frames": recording.take.frames})
        try:
            entry = journal.keep(recording)
        finally:
            recording.take.close()
        if entry is not None:
            self._own[number] = False
            self.tell({"did": "kept", "frames": entry.frames, **told})

    def _jump_in(self, recording: Recording) -> None:
        """Let the clock jump while somebody speaks: the file is then as old as that clock says it is."""
        moment = self.now().timestamp() - self.chance.choice([0, 365 * 86_400])
        os.utime(recording.take.part, (moment, moment))

    def write(self, journal: Journal) -> None:
        now, words = self.now(), "word " * self.chance.randrange(1, 900) + str(self.chance.random())
        entry = journal.write(words, now=now)
        self._own[entry.id] = False
        self.tell({"did": "wrote", "id": entry.id, "words": words, "created": now.isoformat()})

    def mark(self, journal: Journal) -> None:
        now, mark = self.now(), self.chance.randrange(11)
        entry = journal.mark([Mark("trust", "Trust", mark)], now=now)
        self._own[entry.id] = False
        self.tell({"did": "marked", "id": entry.id, "mark": mark, "created": now.isoformat()})

    def seal(self, journal: Journal) -> None:
        own = key(self.secret)
        keep_recipients(self.home.data, own.recipients)
        if self.chance.random() < 0.5:
            seal_all(journal, own)

    def unseal(self, journal: Journal) -> None:
        keep_recipients(journal.store.path.parent, [])

    def bin(self, journal: Journal) -> None:
        if number := self._one(binned=False):
            self.tell({"did": "moving", "id": number})
            journal.delete(number, now=self.now())
            self._own[number] = True
            self.tell({"did": "moved", "id": number, "binned": True})

    def take_back(self, journal: Journal) -> None:
        if number := self._one(binned=True):
            self.tell({"did": "moving", "id": number})
            journal.restore(number)
            self._own[number] = False
            self.tell({"did": "moved", "id": number, "binned": False})

    def remove(self, journal: Journal) -> None:
        if number := self._one(binned=True):
            self.tell({"did": "removing", "id": number})
            del self._own[number]
            erase(journal, number)
            self.tell({"did": "removed", "id": number})

    def look(self, journal: Journal) -> None:
        journal.recover()
        empty(journal, now=self.now())
        journal.entries()

    def export(self, journal: Journal) -> None:
        folder = self.home.data.parent / "out" / f"{os.getpid()}-{self.chance.randrange(1 << 30)}"
        archive(journal, journal.entries()[-4:], folder)
        self.tell({"did": "exported", "folder": os.fspath(folder)})

    def import_all(self, journal: Journal) -> None:
        bring(journal, self.parcel)
        self.tell({"did": "imported"})

    def _one(self, *, binned: bool) -> int | None:
        found = [number for number, where in self._own.items() if where is binned]
        return self.chance.choice(found) if found else None


def teller(pipe: int) -> Callable[[Line], None]:
    """Say a line through a pipe, whole or not at all."""

    def tell(line: Line) -> None:
        data = json.dumps(line).encode() + b"\n"
        while data:
            data = data[os.write(pipe, data) :]

    return tell


def made_parcel(folder: Path) -> Path:
    """An exported folder with PARCEL_SIZE entries in it, two of them spoken."""
    home = folder / "elsewhere"
    journal = Journal.open(Folders(home / "config", home / "data", home / "cache", home / "state"))
    for sound in (1, 2):
        recording = journal.begin(session=PARCEL)
        recording.take.write(murmur(sound, RATE).astype(np.float32) / np.float32(32_768))
        journal.keep(recording)
    journal.write("From elsewhere.", session=PARCEL)
    archive(journal, journal.entries(), folder / "parcel")
    return folder / "parcel"

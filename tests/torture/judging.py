"""What a journal holds after a fault, held against what it had promised before."""

import contextlib
import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from io import BytesIO

import numpy as np
import soundfile
from life import PARCEL, PARCEL_SIZE, Line, murmur
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import GuideError
from guide.folders import Folders
from guide.journal import Entry, Journal
from guide.journal.parcel import opened
from guide.journal.resealing import in_clear, seal_all
from guide.journal.sealing import keep_recipients
from guide.journal.verify import verify
from guide.seal import Key, key


@dataclass
class Verdict:
    """What came of one fault, or of many."""

    times: int = 0
    finished: int = 0
    """Entries that were finished before it, and not removed by anyone."""
    lost: int = 0
    """Of those, the ones that are not there, or not what they were."""
    unfinished: int = 0
    """Takes that somebody was speaking when it came."""
    recovered: int = 0
    """Of those, the ones that are entries now, the very samples that were said."""
    worst: int = 0
    """The most that the end of such a take lacks, in frames."""
    broken: int = 0
    """Times that the index was not in order, or `verify` found something."""
    wrong: list[str] = field(default_factory=list)
    """What was wrong, in words."""

    def add(self, other: "Verdict") -> None:
        for name in ("times", "finished", "lost", "unfinished", "recovered", "broken"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst = max(self.worst, other.worst)
        self.wrong += other.wrong

    @property
    def right(self) -> bool:
        return not self.wrong


def lines(data: bytes) -> list[Line]:
    """What a life said; the last line may be torn."""
    whole, _, _ = data.rpartition(b"\n")
    return [json.loads(line) for line in whole.splitlines()]


def judged(home: Folders, ledgers: Iterable[list[Line]], secret: str = "") -> Verdict:
    """The next start of the program, and then everything that was promised, looked at; with a key, sealed."""
    verdict = Verdict(times=1)
    journal = Journal.open(home)
    journal.recover()
    if secret:
        _sealed(journal, key(secret), verdict)
    _order(journal, verdict)
    entries = {entry.id: journal.opened(entry) for entry in journal.store.entries()}
    # What an import brings keeps its number where that is free, be it that of an entry that was removed.
    count = sum(entry.session == PARCEL for entry in entries.values())
    own = {number: entry for number, entry in entries.items() if entry.session != PARCEL}
    for ledger in ledgers:
        _ledger(journal, own, ledger, verdict)
    if count not in (0, PARCEL_SIZE):
        verdict.wrong.append(f"{count} entries of an import of {PARCEL_SIZE} are there")
    for index in home.data.parent.glob("out/*/journal.json"):
        opened(index.parent)  # an export that has its index is whole
    return verdict


def _sealed(journal: Journal, own: Key, verdict: Verdict) -> None:
    """What waited for its key is mended with it, and all of it is sealed: then nothing is there in clear."""
    journal.unlock(own)
    keep_recipients(journal.store.path.parent, own.recipients)
    verdict.wrong += seal_all(journal, own).left
    clear = [path.name for path in journal.recordings.rglob("*.flac")]
    verdict.wrong += [f"{name} is in clear" for name in clear] + [f"{one.id} is" for one in in_clear(journal)]


def _order(journal: Journal, verdict: Verdict) -> None:
    found = [one.say for one in verify(journal).problems] + journal.notices
    with closing(sqlite3.connect(journal.store.path)) as db:
        found += [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    verdict.broken += bool(found)
    verdict.wrong += found


def _ledger(journal: Journal, entries: dict[int, Entry], ledger: list[Line], verdict: Verdict) -> None:
    by: dict[str, dict[int, Line]] = defaultdict(dict)
    for line in ledger:
        by[line.get("did", "")][line.get("id", 0)] = line
    finished = {**by["kept"], **by["wrote"], **by["marked"]}
    spoken = {number: line for number, line in by["begun"].items() if number not in finished}
    finished = {number: line for number, line in finished.items() if number not in by["removing"]}
    numbers = [line["id"] for line in ledger if line.get("did") in ("begun", "wrote", "marked")]
    if numbers != sorted(set(numbers)):
        verdict.wrong.append(f"numbers out of order: {numbers}")
    verdict.wrong += [f"{number} is back" for number in by["removed"] if number in entries]
    for number, line in finished.items():
        verdict.finished += 1
        reason = _lost(journal, entries.get(number), line, _binned(ledger, number))
        verdict.lost += bool(reason)
        verdict.wrong += [f"entry {number}: {reason}"] if reason else []
    for number, line in spoken.items():
        heard = by["heard"].get(number, {"frames": 0})["frames"]
        _unfinished(journal, entries.get(number), line, heard, verdict)


def _binned(ledger: list[Line], number: int) -> bool | None:
    """Whether an entry is in the bin; None where it was on its way when the fault came."""
    moves = [line for line in ledger if line.get("did") in ("moving", "moved") and line["id"] == number]
    return moves[-1].get("binned") if moves else False


def _lost(journal: Journal, entry: Entry | None, line: Line, binned: bool | None) -> str:
    """Why a finished entry is not what it was; nothing where it is."""
    if entry is None:
        return "it is gone"
    if entry.created.isoformat() != line["created"]:
        return "its date is another"
    if binned is not None and (entry.deleted is not None) != binned:
        return "it is in the wrong place"
    if line["did"] == "wrote":
        return "" if entry.words == line["words"].strip() else "its words are others"
    if line["did"] == "marked":
        return "" if [one.mark for one in entry.marks] == [line["mark"]] else "its mark is another"
    sound = _sound(journal, entry)
    same = len(sound) == line["frames"] and np.array_equal(sound, murmur(line["sound"], len(sound)))
    return "" if same else "its sound is another"


def _unfinished(journal: Journal, entry: Entry | None, line: Line, heard: int, verdict: Verdict) -> None:
    if not heard:
        return
    verdict.unfinished += 1
    sound = _sound(journal, entry)
    lacks = max(0, heard - len(sound))
    verdict.worst = max(verdict.worst, lacks)
    same = np.array_equal(sound, murmur(line["sound"], len(sound)))
    if lacks > RATE or not same:
        verdict.wrong.append(f"of a take of {heard} frames {len(sound)} are there, the same: {same}")
    elif entry is not None or heard <= RATE:
        verdict.recovered += entry is not None


def _sound(journal: Journal, entry: Entry | None) -> NDArray[np.int16]:
    """What can be heard of an entry."""
    with contextlib.suppress(GuideError, soundfile.SoundFileRuntimeError):
        if entry is not None:
            sound = journal.sound(entry)
            source = sound if isinstance(sound, BytesIO) else os.fspath(sound)
            return np.asarray(soundfile.read(source, dtype="int16")[0])
    return np.zeros(0, dtype=np.int16)


def packed(verdict: Verdict) -> bytes:
    """A verdict on its way through a pipe."""
    return json.dumps(asdict(verdict)).encode()


def unpacked(data: bytes) -> Verdict:
    """And at its end. Raises ValueError when a round died."""
    return Verdict(**json.loads(data))

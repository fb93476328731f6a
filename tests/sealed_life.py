"""A process that keeps known things in a journal, for who watches every byte that it writes."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from keeping import DAWN, folders
from numpy.typing import NDArray

from guide.duration import RATE
from guide.journal import Journal, Mark
from guide.journal.archive import archive
from guide.journal.arrival import bring
from guide.journal.bin import erase
from guide.journal.export import export
from guide.journal.verify import verify
from guide.journal.waveform import waveform
from guide.seal import key

PHRASE = "Hinter sieben Türen liegt „meine“ Furcht"
"""It is in every text that is kept."""


def said() -> NDArray[np.int16]:
    """Two and a half seconds of which no stretch is like another."""
    return np.random.default_rng(77).normal(0, 3_000, RATE * 5 // 2).astype(np.int16)


def live(home: Path, secret: str, parcel: Path, out: Path) -> None:
    journal = Journal.open(folders(home))
    title, question = f"{PHRASE}: title", f"{PHRASE}: question"
    asked: dict[str, Any] = {"session": "self-love", "title": title, "question": question, "now": DAWN}
    for end in (journal.keep, journal.discard_to_bin):
        recording = journal.begin(**asked)
        for at in range(0, len(said()), RATE // 50):
            block = said()[at : at + RATE // 50]
            recording.take.write(block.astype(np.float32) / np.float32(32_768))
        end(recording)
    journal.write(f"{PHRASE}: words", **asked)
    journal.mark([Mark("trust", f"{PHRASE}: mark", 7)], title=title, now=DAWN)
    journal.delete(3)
    journal.restore(3)
    archive(journal, journal.entries(), out / "all")
    export(journal, journal.entries(), out / "some")
    # From here on what is sealed is read with its key, in memory.
    journal.unlock(key(secret))
    bring(journal, parcel)
    for entry in journal.entries():
        if entry.recording:
            waveform(journal.sound(entry), 20)
    assert verify(journal, note=True).problems == []
    erase(journal, 2)
    Journal.open(folders(home)).recover()


if __name__ == "__main__":
    live(Path(sys.argv[1]), sys.stdin.readline().strip(), Path(sys.argv[2]), Path(sys.argv[3]))

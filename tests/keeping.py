"""Journals with something in them."""

import os
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from guide.duration import RATE
from guide.folders import Folders
from guide.journal import Entry, Journal, Mark
from guide.journal.sealing import keep_recipients
from guide.seal import Key, fresh, key
from guide.sound import Sound

DAWN = datetime(2026, 11, 23, 7, 1, 24, tzinfo=timezone(timedelta(hours=1)))
MARKS = (Mark("respect", "Respect for yourself", 0), Mark("trust", "Trust in your choices", 10))


def folders(home: Path) -> Folders:
    return Folders(home / "config", home / "data", home / "cache", home / "state")


def voice(seconds: float, seed: int = 5) -> Sound:
    steps = np.random.default_rng(seed).normal(0, 2_000, round(seconds * RATE)).astype(np.int16)
    return np.asarray(steps / 32_768, dtype=np.float32)


def spoken(journal: Journal, seconds: float = 0.5, seed: int = 5, now: datetime = DAWN) -> Entry:
    recording = journal.begin(
        session="self-love", title="Self-love", session_frames=1200 * RATE, question="Who is here?", now=now
    )
    recording.take.write(voice(seconds, seed))
    entry = journal.keep(recording)
    assert entry is not None
    return entry


def sealed_from_now_on(journal: Journal, text: str = "") -> Key:
    """The key, that of the text or a new one, that what is kept from now on is sealed to."""
    made = key(text or fresh())
    keep_recipients(journal.store.path.parent, made.recipients)
    return made


def sealed_journal(home: Path, *keys: Key) -> Journal:
    """A journal that is sealed to the public keys of these, and not unlocked."""
    journal = Journal.open(folders(home))
    keep_recipients(home / "data", [public for key in keys for public in key.recipients])
    return journal


def new_key() -> Key:
    return key(fresh())


def samples(journal: Journal, entry: Entry) -> NDArray[np.int16]:
    """What can be heard of an entry."""
    sound = journal.sound(entry)
    heard = soundfile.read(sound if isinstance(sound, BytesIO) else os.fspath(sound), dtype="int16")[0]
    return np.asarray(heard)

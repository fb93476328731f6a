"""The listener's own words as they are heard again: as loud as the session's voice, soft at the edges.

What is kept is never changed by it.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from guide.activity import Activity, Level
from guide.duration import RATE, frames
from guide.errors import GuideError
from guide.expand import Wanted
from guide.journal.echoes import LONGEST, candidates, may_be_heard
from guide.loudness import integrated, limited
from guide.render import VOICE_LUFS, Sample
from guide.saved import KeptEcho
from guide.sound import Sound, faded, linear

if TYPE_CHECKING:
    from guide.journal import Entry, Journal

_BOTH_SIDES = 10 * float(np.log10(2))
"""dB by which a mono sound is louder from two loudspeakers."""
_MOST = 24.0
"""dB: what is quieter yet is made no louder, since its hiss would be, too."""
_CEILING = -2.0
"""dBTP that it never passes, as no sentence does."""
_EDGE = frames(0.15)
"""Of a room that begins and ends with it: a cut would be heard, even of quiet."""
_AROUND = frames(0.3)
"""Of the room that is left before the first voice and after the last: no consonant is cut."""
_CLEARLY = 10.0
"""dB by which what is kept is louder than what is left out: where a voice is hardly louder than its room, its
end is not known well enough."""
_MOST_BYTES = LONGEST * 4
"""Of a file with a take that is short enough: twice its samples of 16 bits."""


@dataclass(frozen=True, slots=True)
class Echo:
    """One take, chosen for a session."""

    number: int
    """Its entry's."""
    checksum: str
    """SHA-256 of the file, in hex."""
    frames: int
    sample: Sample | None
    """Mono, at −18 LUFS from both sides; None where it is not there any more."""


def found(journal: "Journal", wanted: Iterable[Wanted], now: datetime) -> dict[str, Echo]:
    """What there is of what is wanted, by its names: of each the newest whose file is whole. StorageError."""
    asked = list(wanted)
    agreed = {session: journal.agreed(session) for session in {one.session for one in asked}}
    chosen = {
        one.name: _newest(journal, candidates(agreed[one.session], one.session, now, aged=one.aged))
        for one in asked
    }
    return {name: echo for name, echo in chosen.items() if echo is not None}


def again(journal: "Journal | None", kept: Iterable[KeptEcho]) -> dict[str, Echo]:
    """The very takes of a session that is gone on with; silent where one is gone, or was taken back."""
    return {one.name: Echo(one.number, one.checksum, one.frames, _same(journal, one)) for one in kept}


def heard(journal: "Journal", entry: "Entry") -> Sample | None:
    """A take as it would sound in a session; None where its file is not whole, too long, or silent."""
    sound = _read(journal, entry)
    return Sample.of(sound) if sound is not None else None


def levelled(take: Sound) -> Sound | None:
    """A mono take as loud as the voice, no peak above −2 dBTP, faded at its edges; None for silence.

    The quiet before the first voice and after the last is left out, but for 0.3 s.
    """
    take = _trimmed(take)
    loudness = integrated(take) + _BOTH_SIDES
    if not np.isfinite(loudness):
        return None
    louder = take * np.float32(linear(min(VOICE_LUFS - loudness, _MOST)))
    return faded(limited(louder, _CEILING), _EDGE, _EDGE)


def _trimmed(take: Sound) -> Sound:
    """The take from 0.3 s before its first voice to 0.3 s after the last; all of it where that is not clear.

    Heard backwards, the first voice is the last, and the room is known by then.
    """
    first, last = _quiet_end(take[::-1]), len(take) - _quiet_end(take)
    spoken, quiet = take[first:last], np.concatenate([take[:first], take[max(first, last) :]])
    return spoken if Level.of(spoken).rms > Level.of(quiet).rms + _CLEARLY else take


def _quiet_end(take: Sound) -> int:
    state = Activity().push(take)
    return max(frames(state.silent_for) - _AROUND, 0) if state.voiced_seconds else 0


def _newest(journal: "Journal", entries: "Iterable[Entry]") -> Echo | None:
    for entry in entries:
        if journal.readable(entry) and (sample := heard(journal, entry)) is not None:
            return Echo(entry.id, entry.checksum or "", sample.frames, sample)
    return None


def _same(journal: "Journal | None", kept: KeptEcho) -> Sample | None:
    try:
        entry = journal.entry(kept.number) if journal else None
    except GuideError:
        return None
    if journal is None or entry is None or not may_be_heard(entry) or entry.checksum != kept.checksum:
        return None
    sample = heard(journal, entry)
    return sample if sample is not None and sample.frames == kept.frames else None


def _read(journal: "Journal", entry: "Entry") -> Sound | None:
    """The one place where the sound of a take comes from: its file, held against its checksum, and opened."""
    import soundfile

    try:
        with journal.path(entry).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES or hashlib.sha256(data).hexdigest() != entry.checksum:
            return None
        source = journal.sound(entry)
        with soundfile.SoundFile(source if isinstance(source, io.BytesIO) else io.BytesIO(data)) as sound:
            if sound.samplerate != RATE or sound.channels != 1:
                return None
            take: Sound = sound.read(LONGEST + 1, dtype="float32")
    except (GuideError, OSError, soundfile.SoundFileRuntimeError):
        return None
    return levelled(take) if len(take) == entry.frames else None

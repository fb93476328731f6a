"""The file of a take, while it is spoken and after: a WAV that survives a power cut, then FLAC.

While someone speaks, the samples go to a WAV named `.part`, whose header is right whenever the disk has it:
a FLAC that was cut off cannot be opened, a WAV can. Whoever records holds a lock on that file, so that no
other process takes a living take for an orphan. A whole take becomes FLAC, and the WAV goes only when the
FLAC was decoded again and found to be the same.
"""

from guide.takes.salvage import Salvaged, living, recover, repair, salvage
from guide.takes.take import (
    FOR_AN_ECHO,
    LONGEST,
    ROOM_FOR_ONE,
    ROOM_TO_GO_ON,
    ROOM_TO_START,
    SYNC_EVERY,
    End,
    Take,
    free_bytes,
)
from guide.takes.wav import header, pcm

__all__ = [
    "FOR_AN_ECHO",
    "LONGEST",
    "ROOM_FOR_ONE",
    "ROOM_TO_GO_ON",
    "ROOM_TO_START",
    "SYNC_EVERY",
    "End",
    "Salvaged",
    "Take",
    "free_bytes",
    "header",
    "living",
    "pcm",
    "recover",
    "repair",
    "salvage",
]

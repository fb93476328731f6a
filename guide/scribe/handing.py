"""What was spoken into a sealed journal, on its way to the process that understands it: in memory alone."""

import mmap
import os
import struct
import sys
from collections.abc import Mapping
from typing import TypeAlias

from guide.takes import LONGEST
from guide.takes.wav import WIDTH

Spoken: TypeAlias = Mapping[int, "bytearray | memoryview"]
"""16-bit mono PCM at RATE, by the number of its entry."""

_HEAD = struct.Struct("<QQ")
"""An entry's number and the bytes that follow."""


def handed(spoken: Spoken) -> int | None:
    """A handle of anonymous memory that holds all of it, to be given to a child; None where there is none.

    Raises OSError.
    """
    if not spoken or sys.platform != "linux":
        return None
    handle = os.memfd_create("guide", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            for number, sound in spoken.items():
                file.write(_HEAD.pack(number, len(sound)))
                file.write(sound)
    except OSError:
        os.close(handle)
        raise
    return handle


def taken(handle: int) -> Spoken:
    """What such a handle holds; none of it is copied. What is not as it should be ends it."""
    size = os.fstat(handle).st_size
    if not size:
        return {}
    held = memoryview(mmap.mmap(handle, size, access=mmap.ACCESS_READ))
    found: dict[int, bytearray | memoryview] = {}
    at = 0
    while at + _HEAD.size <= size:
        number, length = _HEAD.unpack(held[at : at + _HEAD.size])
        at += _HEAD.size
        if length > min(size - at, LONGEST * WIDTH):
            break
        found[number] = held[at : at + length - length % WIDTH]
        at += length
    return found

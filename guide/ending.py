"""When silence ends a recording, for whoever asked for that: a soft tone first, and time to go on.

Pure, and quick to import: numbers in, a word out. Time is counted in what was recorded, never by a clock.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from guide.duration import frames, parse

LEAST, MOST = 20.0, 600.0
"""Seconds of silence that may end a recording. People who think of what they felt are quiet for ten."""
NOTICE = frames(5)
"""Frames from the tone to the end, at least."""
BEGUN = 3.0
"""Seconds of voice under which somebody has hardly begun: then silence ends nothing before the time to speak
is over."""

Word: TypeAlias = Literal["go on", "warn", "end"]


def read_silence(text: str) -> int:
    """Frames of silence after which a recording ends, of `30s`, `1m` and the like; 0 for `never`.

    Raises ValueError with a sentence for anything else, and for less than 20 s or more than 10 minutes.
    """
    if text.strip().lower() == "never":
        return 0
    length = parse(text)
    if not LEAST <= length <= MOST:
        raise ValueError(f"'{text.strip()}' is not between 20s and 10m; that, or never")
    return frames(length)


@dataclass(slots=True)
class Ending:
    """Follows one recording, block by block."""

    after: int
    """Frames of silence after which it ends; 0 for never."""
    warned: int | None = None
    """Where the tone was asked for, in frames of the recording; None while nothing ends."""

    def hear(self, at: int, quiet: int, *, begun: bool) -> Word:
        """What the next moment of a recording is for, `at` frames from its beginning.

        `quiet` are the frames without anybody until then; `begun` says whether silence may end it yet.
        `warn` comes once for each silence, NOTICE before its end or later, and `end` only after it.
        """
        if not self.after:
            return "go on"
        if self.warned is None:
            if not begun or quiet < self.after - NOTICE:
                return "go on"
            self.warned = at
            return "warn"
        since = at - self.warned
        if quiet < since:
            self.warned = None
            return "go on"
        return "end" if since >= NOTICE else "go on"

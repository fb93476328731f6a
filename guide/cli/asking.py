"""What commands ask for in the same way: sessions, lengths, voices; and the making ready of one."""

import datetime as dt
import re
import sys
from pathlib import Path
from typing import Any

import click

from guide import duration
from guide.ending import read_silence

_A_DAY = dt.timedelta(days=1)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class LengthType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest Click
    """A length of time on the command line, as frames."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            frames = duration.frames(duration.parse(str(value)))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if frames <= 0:
            self.fail("a session has to last a while", param, ctx)
        return frames


class MomentType(click.ParamType):  # type: ignore[type-arg]  # as above
    """A time of the clock, the next one to come, as a local datetime."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        written = _CLOCK.fullmatch(str(value).strip())
        if written is None:
            self.fail(f"'{value}' is not a time of the clock; write it like 22:30", param, ctx)
        clock = dt.time(int(written[1]), int(written[2]))
        now = dt.datetime.now().astimezone()
        today = dt.datetime.combine(now.date(), clock).astimezone()
        # Made from the wall clock again, since a night may have 23 hours, or 25.
        return today if today > now else dt.datetime.combine(now.date() + _A_DAY, clock).astimezone()


class SilenceType(click.ParamType):  # type: ignore[type-arg]  # as above
    """How much silence ends a recording, on the command line, as frames; 0 for `never`."""

    name = "length|never"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return read_silence(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


LENGTH, MOMENT, SILENCE = LengthType(), MomentType(), SilenceType()


class Counter:
    """How far the speaking is, as one line that goes away again; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int, of: int) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[2KThe voice gets ready: {done} of {of} sentences")
            if done == of:
                sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def free_name(folder: Path, stem: str, ending: str) -> Path:
    """A file name that is not taken yet: `stem.flac`, else `stem-2.flac` and so on."""
    path = folder / f"{stem}{ending}"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}{ending}"
        number += 1
    return path

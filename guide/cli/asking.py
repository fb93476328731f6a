"""What commands ask for in the same way: sessions, lengths, voices; and the making ready of one."""

import datetime as dt
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guide import duration
from guide.ending import read_silence
from guide.errors import GuideError
from guide.folders import Folders
from guide.library import Library

if TYPE_CHECKING:  # imported late, by the commands that run a script
    from guide.config import Config
    from guide.echo import Echo
    from guide.script.models import Script
    from guide.seal import Key
    from guide.session import Wish
    from guide.voices import Voice
    from guide.voices.instead import Instead
    from guide.voices.later import Later


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


@dataclass(frozen=True, slots=True)
class Desk:
    """The one place where a command finds its collaborators."""

    folders: Folders
    library: Library
    config: "Config"

    @classmethod
    def laid(cls) -> "Desk":
        """The desk of the person who runs this. Raises GuideError for settings that cannot be read."""
        from guide.config import Config

        folders = Folders.find()
        return cls(folders, Library.find(folders), Config.load(folders))

    @classmethod
    def cleared(cls) -> "Desk":
        """The same desk without anything that was set for good. Raises nothing."""
        from guide.config import Config

        try:
            folders = Folders.find()
        except GuideError:
            folders = Folders.nowhere()
        return cls(folders, Library.find(folders), Config())

    def script(self, name: str) -> "Script":
        """A checked script by name or path. Raises NotFoundError, and ScriptError with all its problems."""
        from guide.script import ScriptError, check_sounds, load

        script = load(self.library.script_path(name), self.library.shipped)
        if problems := check_sounds(script, self.library.bells(), self.library.beds()):
            raise ScriptError(problems)
        return script

    @contextmanager
    def voice(self, name: str | None, language: str = "en") -> "Iterator[Voice]":
        """A voice that remembers what it said; its processes end with the block. Raises VoiceError.

        The name as `voice_name` gives it.
        """
        later = self._later(name, language)
        # The voice that is always there is looked for when it has to speak; any other may be misspelt.
        voice = later if self.voice_name(name, language) == "system" else later.found()
        try:
            yield voice
        finally:
            voice.close()

    def forgetful_voice(self, name: str | None, language: str) -> "Voice":
        """The same voice, remembering nothing: for what is the person's alone. Whoever takes it closes it.

        Raises NotFoundError, VoiceError.
        """
        from guide.voices import find

        return find(self.voice_name(name, language))

    def early_voice(self, session: str, name: str | None) -> "Instead | None":
        """The voice of an English session that looks as if it were for a hard moment, looked for from now on.

        None for any other session. Whoever takes it closes it.
        """
        if not self.library.looks_quick(session):
            return None
        voice = self.any_voice(name, "en")
        voice.soon()
        return voice

    def any_voice(self, name: str | None, language: str) -> "Instead":
        """That voice, or the default one where it cannot be had, or nobody: for what must not wait for it.

        Whoever takes it closes it.
        """
        from guide.voices.instead import PRESSED, Instead

        names = (self.voice_name(name, language), _default(language), "system")
        return Instead([self._later(one, language, PRESSED) for one in dict.fromkeys(names)])

    def _later(self, name: str | None, language: str, patience: float | None = None) -> "Later":
        from guide.lines import lines
        from guide.voices import find
        from guide.voices.later import Later

        words = lines(language, self.config.lines)
        pinned = [getattr(words, line) for line in words.__slots__]
        look = partial(find, self.voice_name(name, language), self.folders.cache, pinned, patience)
        return Later(look, self.folders.cache / "voices")

    def voice_name(self, name: str | None, language: str) -> str:
        """The voice that was asked for, or is set for good, or the default; for another language its own."""
        return name or self.config.voice or _default(language)

    def echoes(self, script: "Script", key: "Key | None" = None) -> "Mapping[str, Echo]":
        """The listener's own words for a script; of the journal no more is read. Raises nothing."""
        from guide.cli import echoes

        return echoes.for_script(script, self.folders, key)

    def wish(self, target: int | None, seed: str | None, ambience: str | None, voice: str = "") -> "Wish":
        """What was asked on the command line, with what the person set for good."""
        from guide.session import Wish

        bed = ambience or self.config.ambience
        if bed is not None and bed != "none":
            self.library.bed_path(bed)
        return Wish(
            target=target,
            seed=seed or "",
            ambience=bed,
            name=self.config.name,
            language=self.config.language,
            own_lines=self.config.lines,
            voice=voice,
        )


def is_english(language: str) -> bool:
    """Whether a script of that language is in the program's own."""
    return language.partition("-")[0] == "en"


def _default(language: str) -> str:
    return "system" if is_english(language) else language.lower()


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

"""The one place where whoever runs a session finds what it needs: settings, scripts, voices, echoes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from guide.errors import GuideError
from guide.folders import Folders
from guide.library import Library

if TYPE_CHECKING:  # imported late, by what runs a script
    from guide.config import Config
    from guide.echo import Echo
    from guide.script.models import Script
    from guide.seal import Key
    from guide.session import Wish
    from guide.voices import Voice
    from guide.voices.instead import Instead
    from guide.voices.later import Later


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

    def named(self, text: str) -> str:
        """A text with this person's name in the place of `{name}`."""
        from guide.sentences import named

        return named(text, self.config.name)

    def echoes(self, script: "Script", key: "Key | None" = None) -> "Mapping[str, Echo]":
        """The listener's own words for a script; of the journal no more is read. Raises nothing."""
        from guide.desk import echoes

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

"""What a person set for good: `config.yaml` in the config folder."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from guide.checking import Refusal, check
from guide.ending import read_silence
from guide.errors import GuideError
from guide.fields import Model, Reads, Size
from guide.folders import Folders
from guide.lines import NAMES
from guide.settings import content, parse, place


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Model):
    """The settings of one person; every one of them may be missing."""

    name: Annotated[str, Size(most=80)] | None = None
    """The listener's name, for `{name}` in scripts."""
    language: Annotated[str, Size(most=16)] | None = None
    """The language of the program's own spoken lines, where a script has none."""
    voice: Annotated[str, Size(most=200)] | None = None
    """As `--voice`."""
    ambience: Annotated[str, Size(most=64)] | None = None
    """As `--ambience`; instead of the scripts' own."""
    device: Annotated[str, Size(most=200)] | None = None
    """Part of the loudspeaker's name."""
    microphone: Annotated[str, Size(most=200)] | None = None
    """Part of the microphone's name."""
    reflect: Literal["ask", "always", "never"] = "ask"
    """Whether a reflection is offered after a session."""
    end_after_silence: Annotated[int, Reads(read_silence)] = 0
    """Frames of silence that end a recording, after a tone; 0, which is written `never`, for none."""
    words: Literal["yes", "no"] | None = None
    """Whether what is spoken is understood by a machine, this one; None where there is a model for it."""
    lines: dict[str, Annotated[str, Size(1, 400)]] = field(default_factory=dict)
    """The program's own spoken lines, in other words."""
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    """Options of commands by the command's name, used where the command line does not give them."""

    @classmethod
    def load(cls, folders: Folders) -> "Config":
        """The settings in the config folder, the defaults where there is none. Raises GuideError."""
        path = folders.config / "config.yaml"
        data = content(path)
        return cls() if data is None else cls.parse(data, path)

    @classmethod
    def parse(cls, data: bytes, path: Path) -> "Config":
        """The settings in a text. Raises GuideError with all that is wrong, and where in the file."""
        config, refusals = check(cls, parse(data, path))
        wrong = [(_place(data, one), _sentence(one)) for one in refusals]
        if config is not None:
            unknown = [key for key in config.lines if key not in NAMES]
            wrong = [(place(data, ("lines", key), key=True), _no_line(key)) for key in unknown]
        if config is None or wrong:
            told = (f"{path}:{line}:{column}: {said}" for (line, column), said in sorted(wrong))
            raise GuideError("\n".join(told))
        return config


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "text": lambda _: "input should be a valid string",
    "mapping": lambda _: "input should be a valid dictionary",
    "short": lambda least: f"string should have at least {_letters(least)}",
    "long": lambda most: f"string should have at most {_letters(most)}",
    "reading": str,
}


def _sentence(refusal: Refusal) -> str:
    name = ".".join(str(part) for part in refusal.loc)
    if refusal.kind == "unknown":
        return f"there is no setting '{name}'.{_near(name, refusal.context)}"
    if refusal.kind == "word":
        *most, last = (f"'{word}'" for word in refusal.context)
        return f"{name} can be {', '.join(most)} or {last}, not '{refusal.value}'."
    return f"{name}: {_SENTENCES[refusal.kind](refusal.context)}."


def _no_line(key: str) -> str:
    return f"lines: there is no line called '{key}'.{_near(key, NAMES)}"


def _place(data: bytes, refusal: Refusal) -> tuple[int, int]:
    return place(data, refusal.loc, key=refusal.kind == "unknown")


def _letters(count: int) -> str:
    return f"{count} character{'' if count == 1 else 's'}"


def _near(word: str, words: Iterable[str]) -> str:
    import difflib  # only once something is wrong

    near = difflib.get_close_matches(word, list(words), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""

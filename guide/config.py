"""What a person set for good: `config.yaml` in the config folder."""

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guide.errors import GuideError
from guide.folders import Folders
from guide.lines import NAMES
from guide.settings import read


class Config(BaseModel):
    """The settings of one person; every one of them may be missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=80)] | None = None
    """The listener's name, for `{name}` in scripts."""
    language: Annotated[str, Field(max_length=16)] | None = None
    """The language of the program's own spoken lines, where a script has none."""
    voice: Annotated[str, Field(max_length=200)] | None = None
    """As `--voice`."""
    ambience: Annotated[str, Field(max_length=64)] | None = None
    """As `--ambience`; instead of the scripts' own."""
    device: Annotated[str, Field(max_length=200)] | None = None
    """Part of the loudspeaker's name."""
    microphone: Annotated[str, Field(max_length=200)] | None = None
    """Part of the microphone's name."""
    reflect: Literal["ask", "always", "never"] = "ask"
    """Whether a reflection is offered after a session."""
    lines: dict[str, Annotated[str, Field(min_length=1, max_length=400)]] = Field(default_factory=dict)
    """The program's own spoken lines, in other words."""
    options: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Options of commands by the command's name, used where the command line does not give them."""

    @classmethod
    def load(cls, folders: Folders) -> "Config":
        """The settings in the config folder, the defaults where there is none. Raises GuideError."""
        path = folders.config / "config.yaml"
        values = read(path)
        try:
            config = cls.model_validate(values)
        except ValidationError as error:
            raise GuideError("\n".join(_sentence(path, one) for one in error.errors())) from error
        if unknown := [key for key in config.lines if key not in NAMES]:
            raise GuideError(
                f"{path}: lines: there is no line called '{unknown[0]}'.{_near(unknown[0], NAMES)}"
            )
        return config


def _sentence(path: Path, problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{path}: there is no setting '{place}'.{_near(place, Config.model_fields)}"
    if problem["type"] == "literal_error":
        return f"{path}: {place} can be {problem['ctx']['expected']}, not '{problem['input']}'."
    return f"{path}: {place}: {problem['msg'][0].lower()}{problem['msg'][1:]}."


def _near(word: str, words: Any) -> str:
    near = difflib.get_close_matches(word, list(words), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""

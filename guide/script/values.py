"""The smallest pieces of the script language: lengths, names, texts, and what every mapping shares."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema
from pydantic_core import PydanticCustomError

from guide import duration

Intent: TypeAlias = Literal[
    "arrive", "choice", "anchor", "core", "difficult", "resource", "rest", "announce", "wish", "return"
]
"""What a part is for: the rubric reads it, and `announce` allows a rest past 45 s."""

Kind: TypeAlias = Literal["body", "inquiry", "resting", "quick", "sleep"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int


PLACE = "\0place"
"""The key under which the reader puts a Place; no YAML text can contain it."""


def _length(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return duration.frames(duration.parse(value))
    except ValueError as error:
        raise PydanticCustomError("duration", "{problem}", {"problem": str(error)}) from error


_LENGTH_SCHEMA = {
    "anyOf": [
        {
            "type": "string",
            "pattern": r"^(?=.*\d)\s*(\d+(\.\d+)?\s*h)?\s*(\d+(\.\d+)?\s*m(in)?)?\s*"
            r"(\d+(\.\d+)?\s*s)?\s*$|^[\d:.]+$",
        },
        {"type": "number", "minimum": 0},
    ],
}

Length: TypeAlias = Annotated[
    int, BeforeValidator(_length), Field(ge=0, strict=True), WithJsonSchema(_LENGTH_SCHEMA)
]
"""A length of time: written like 20s, 1m30s, 1:30 or 90, kept as whole frames."""

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
IDEA = r"^S[0-9]{1,2}$"

Slug: TypeAlias = Annotated[str, Field(pattern=SLUG, max_length=64)]
Language: TypeAlias = Annotated[str, Field(pattern=LANGUAGE)]
Idea: TypeAlias = Annotated[str, Field(pattern=IDEA)]
Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=4_000)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000)]


Fault: TypeAlias = tuple[str, str]
"""A sentence, and the key that it is about."""


def fit(faults: list[Fault]) -> None:
    if faults:
        raise PydanticCustomError("meaning", "{problem}", {"problem": faults[0][0], "faults": faults})


class Model(BaseModel):
    """A mapping in a script. The docstrings of its fields are what an editor shows to the author."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=False, use_attribute_docstrings=True
    )

    short: ClassVar[str | None] = None
    """The field that a plain text in place of the mapping stands for."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {cls.short: value} if cls.short and isinstance(value, str | int) else value


class Placed(Model):
    """A mapping that knows where it stands."""

    place: SkipJsonSchema[Place | None] = Field(default=None, alias=PLACE, repr=False)

"""What belongs where in a script, read from the models."""

from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from guide.checking import entries
from guide.fields import ByWord, Model
from guide.script.models import PLACE


@dataclass(frozen=True, slots=True)
class Want:
    """What belongs somewhere."""

    kind: Literal["text", "list", "mapping", "steps"]
    model: type[Model] | None = None
    """Of a mapping."""
    item: "Want | None" = None
    """Of a list."""


def want(annotation: Any) -> Want:
    """What a model's annotation asks the author to write."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return want(args[0])
    if origin in (Union, UnionType):
        return want(next(arg for arg in args if arg is not type(None)))
    if origin is tuple:
        if any(isinstance(one, ByWord) for one in get_args(args[0])):
            return Want("steps")
        return Want("list", item=want(args[0]))
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return Want("mapping", model=annotation)
    return Want("text")


_known: dict[type[Model], dict[str, Want]] = {}


def wants(model: type[Model]) -> dict[str, Want]:
    """The keys of a mapping, as the author writes them, and what each of them takes."""
    if model not in _known:
        _known[model] = {key: want(entry.annotation) for key, entry in entries(model).items() if key != PLACE}
    return _known[model]

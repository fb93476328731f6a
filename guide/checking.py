"""Models made from plain data, and every reason told why they cannot be.

What may stand where is read from the annotations of a model's fields, once.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from guide.fields import Bounds, ByWord, Form, Key, Model, Reads, Size, Wrong

Loc = tuple[str | int, ...]
"""Where something stands: keys and indices from the top."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is wrong."""

    kind: Wrong
    loc: Loc
    value: Any
    """What was given; where a key is missing, the mapping without it."""
    context: Any = None
    """What would be right: a bound, a size, a pattern, the words; or what is wrong, in sentences."""


_Check = Callable[[Any, Loc, list[Refusal]], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What belongs under a key of a model."""

    name: str
    """The field's name."""
    annotation: Any
    required: bool
    check: _Check


ModelT = TypeVar("ModelT", bound=Model)

_WHOLE = re.compile(r"([+-]?\d+(?:_\d+)*)(?:\.0+)?", re.ASCII)
_WRONG: Any = object()
_known: dict[type[Model], Mapping[str, Entry]] = {}


def check(model: type[ModelT], data: Any) -> tuple[ModelT | None, list[Refusal]]:
    """The model that the data stands for, or None and all that is wrong. Numbers may be given as text."""
    found: list[Refusal] = []
    made = _mapping(model, data, (), found)
    return (None if found else made), found


def entries(model: type[Model]) -> Mapping[str, Entry]:
    """What belongs in a model, by its keys as the author writes them, in the order of the fields."""
    if model not in _known:  # not functools.cache, which mypy lets no class into
        _known[model] = _entries(model)
    return _known[model]


def _entries(model: type[Model]) -> Mapping[str, Entry]:
    hints = get_type_hints(model, include_extras=True)
    found: dict[str, Entry] = {}
    for field in fields(model):  # type: ignore[arg-type]  # every model is a dataclass
        hint = hints[field.name]
        beside = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        key = next((str(one) for one in beside if isinstance(one, Key)), field.name)
        required = field.default is MISSING and field.default_factory is MISSING
        found[key] = Entry(field.name, hint, required, _check_of(hint))
    return found


def _check_of(annotation: Any) -> _Check:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin in (Union, UnionType):
        return partial(_optional, _check_of(next(arg for arg in args if arg is not type(None))))
    if origin is Literal:
        return partial(_word, args)
    if origin is tuple:
        return partial(_list, _check_of(args[0]))
    if origin is dict:
        return partial(_table, _check_of(args[1]))
    plain = {str: _text, int: _whole, float: _number}.get(annotation)
    return plain or partial(_mapping if issubclass(annotation, Model) else _other, annotation)


def _annotated(annotation: Any, beside: tuple[Any, ...]) -> _Check:
    limits = tuple(one for one in beside if isinstance(one, Bounds | Size | Form))
    for one in beside:
        if isinstance(one, ByWord):
            return partial(_limited, partial(_by_word, one.models), limits)
        if isinstance(one, Reads):
            return partial(_limited, partial(_read, one.read), limits)
    return partial(_limited, _check_of(annotation), limits) if limits else _check_of(annotation)


def _refuse(found: list[Refusal], kind: Wrong, loc: Loc, value: Any, context: Any = None) -> Any:
    found.append(Refusal(kind, loc, value, context))
    return _WRONG


def _limited(inner: _Check, limits: tuple[Any, ...], value: Any, loc: Loc, found: list[Refusal]) -> Any:
    made = inner(value, loc, found)
    faults = (limit.fault(made) for limit in limits) if made is not _WRONG else ()
    if fault := next(filter(None, faults), None):
        return _refuse(found, fault[0], loc, value, fault[1])
    return made


def _optional(inner: _Check, value: Any, loc: Loc, found: list[Refusal]) -> Any:
    return None if value is None else inner(value, loc, found)


def _mapping(model: type[Model], value: Any, loc: Loc, found: list[Refusal]) -> Any:
    if model.short and isinstance(value, str | int):
        value = {model.short: value}
    if not isinstance(value, dict):
        return _refuse(found, "mapping", loc, value)
    before = len(found)
    known = entries(model)
    given = {}
    for key, entry in known.items():
        if key in value:
            given[entry.name] = entry.check(value[key], (*loc, key), found)
        elif entry.required:
            _refuse(found, "missing", (*loc, key), value)
    for key in value:
        if key not in known:
            _refuse(found, "unknown", (*loc, key), value[key], tuple(known))
    if len(found) > before:
        return _WRONG
    made = model(**given)
    if faults := made.faults():
        return _refuse(found, "meaning", loc, value, faults)
    return made


def _by_word(models: Mapping[str, type[Model]], value: Any, loc: Loc, found: list[Refusal]) -> Any:
    word = next((key for key in value if key in models), None) if isinstance(value, dict) else None
    if word is None:
        return _refuse(found, "word", loc, value, tuple(models))
    return _mapping(models[word], value, loc, found)


def _list(inner: _Check, value: Any, loc: Loc, found: list[Refusal]) -> Any:
    if not isinstance(value, list | tuple):
        return _refuse(found, "list", loc, value)
    return tuple([inner(item, (*loc, index), found) for index, item in enumerate(value)])


def _table(inner: _Check, value: Any, loc: Loc, found: list[Refusal]) -> Any:
    if not isinstance(value, dict):
        return _refuse(found, "mapping", loc, value)
    return {key: inner(item, (*loc, key), found) for key, item in value.items()}


def _read(read: Callable[[str], int | None], value: Any, loc: Loc, found: list[Refusal]) -> Any:
    if not isinstance(value, str):
        return _whole(value, loc, found)
    try:
        return read(value)
    except ValueError as error:
        return _refuse(found, "reading", loc, value, str(error))


def _word(words: tuple[str, ...], value: Any, loc: Loc, found: list[Refusal]) -> Any:
    return value if value in words else _refuse(found, "word", loc, value, words)


def _text(value: Any, loc: Loc, found: list[Refusal]) -> Any:
    return value if isinstance(value, str) else _refuse(found, "text", loc, value)


def _whole(value: Any, loc: Loc, found: list[Refusal]) -> Any:
    if isinstance(value, str) and (digits := _WHOLE.fullmatch(value.strip())):
        try:
            return int(digits[1])
        except ValueError:  # thousands of digits, which nobody means
            return _refuse(found, "whole", loc, value)
    return value if type(value) is int else _refuse(found, "whole", loc, value)


def _number(value: Any, loc: Loc, found: list[Refusal]) -> Any:
    with contextlib.suppress(ValueError):
        text = str(value).strip()
        if text.isascii() and any(map(str.isdigit, text)):  # neither `nan` nor `inf` has a digit
            return float(text)
    return _refuse(found, "number", loc, value)


def _other(kind: type, value: Any, loc: Loc, found: list[Refusal]) -> Any:
    return value if isinstance(value, kind) else _refuse(found, "other", loc, value)

"""The JSON Schema of scripts, made from the models, so that editors complete and underline.

`python -m guide.script.schema > scripts/script.schema.json`
"""

import ast
import inspect
import json
import sys
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from guide.checking import entries
from guide.fields import Bounds, ByWord, Form, Model, Reads, Size
from guide.script.models import PLACE, STEPS, RestLength, ScriptFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALAR = ["string", "number", "boolean"]
"""What an editor may see where the author wrote a text: `title: 2024`, `say: No`."""

_LENGTH = [
    {
        "type": "string",
        "pattern": r"^(?=.*\d)\s*(\d+(\.\d+)?\s*h)?\s*(\d+(\.\d+)?\s*m(in)?)?\s*"
        r"(\d+(\.\d+)?\s*s)?\s*$|^[\d:.]+$",
    },
    {"type": "number", "minimum": 0},
]
_TYPES = {str: _SCALAR, int: "integer", float: "number"}
_BELL = {"const": "bell", "description": "One strike of the usual bell."}

_Made = dict[type[Model], dict[str, Any]]
"""The schemas of models, as far as they are made."""


def schema() -> dict[str, Any]:
    """The schema of a script. A number may stand where YAML sees one and the language a text."""
    made: _Made = {}
    _make(ScriptFile, made)
    for word, step in STEPS.items():
        made[step]["required"] = sorted({word, *made[step].get("required", ())})
    rest = made[RestLength]
    made[RestLength] = {"description": rest["description"], "anyOf": [*_LENGTH, rest]}
    definitions = {model.__name__: one for model, one in made.items() if model is not ScriptFile}
    title = "A guided meditation, version 1"
    return {"$schema": _DIALECT, "$defs": definitions, **made[ScriptFile], "title": title}


def _make(model: type[Model], made: _Made) -> None:
    """Add the schema of a model to those that are made, and of all that it holds."""
    if model in made:
        return
    one = made[model] = {
        "type": "object",
        "additionalProperties": False,
        "description": inspect.getdoc(model),
    }
    known = {key: entry for key, entry in entries(model).items() if key != PLACE}
    about = _docstrings(model)
    one["properties"] = {
        key: {"description": about[entry.name], **_schema(entry.annotation, made)}
        for key, entry in known.items()
    }
    if required := [key for key, entry in known.items() if entry.required]:
        one["required"] = required


def _schema(annotation: Any, made: _Made) -> dict[str, Any]:
    """What may stand where an annotation is; a field that may be left out is left out, never `null`."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _limited(args[0], args[1:], made)
    if origin in (Union, UnionType):
        return _schema(next(arg for arg in args if arg is not NoneType), made)
    if origin is tuple:
        return {"type": "array", "items": _schema(args[0], made)}
    if origin is Literal:
        return {"enum": [1, "1"]} if args == ("1",) else {"type": "string", "enum": list(args)}
    if annotation in _TYPES:
        return {"type": _TYPES[annotation]}
    _make(annotation, made)
    return {"$ref": f"#/$defs/{annotation.__name__}"}


def _limited(annotation: Any, beside: tuple[Any, ...], made: _Made) -> dict[str, Any]:
    one: dict[str, Any] = {}
    for limit in beside:
        match limit:
            case Reads():
                return {"anyOf": _LENGTH}
            case ByWord():
                return {"anyOf": [_BELL, *(_schema(model, made) for model in limit.models.values())]}
            case Bounds():
                one |= _given(minimum=limit.least, maximum=limit.most)
            case Size():
                what = "Items" if get_origin(annotation) is tuple else "Length"
                one |= _given(**{f"min{what}": limit.least or None, f"max{what}": limit.most})
            case Form():
                one |= {"type": "string", "pattern": limit}
    return _schema(annotation, made) | one


def _given(**limits: float | None) -> dict[str, float]:
    return {key: limit for key, limit in limits.items() if limit is not None}


def _docstrings(model: type[Model]) -> dict[str, str]:
    """The texts under the fields of a model, from its source; they are not kept when a program runs."""
    [made] = [
        node
        for node in ast.parse(inspect.getsource(sys.modules[model.__module__])).body
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    ]
    return {
        ast.unparse(field.target): inspect.cleandoc(str(text.value.value))
        for field, text in pairwise(made.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(text(), end="")

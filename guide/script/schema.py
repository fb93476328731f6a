"""The JSON Schema of scripts, made from the models, so that editors complete and underline.

`python -m guide.script.schema > scripts/script.schema.json`
"""

import json
from typing import Any

from guide.script.models import STEPS, RestLength, ScriptFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALAR = ["string", "number", "boolean"]
"""What an editor may see where the author wrote a text: `title: 2024`, `say: No`."""

_NOISE = ("title", "default")
"""Titles are made from names, and defaults are frames, which no author writes."""

_BELL = {"const": "bell", "description": "One strike of the usual bell."}


def schema() -> dict[str, Any]:
    """The schema of a script. A number may stand where YAML sees one and the language a text."""
    made = ScriptFile.model_json_schema()
    definitions = made["$defs"]
    for word, step in STEPS.items():
        definitions[step.__name__]["required"] = sorted(
            {word, *definitions[step.__name__].get("required", ())}
        )
    length = definitions[RestLength.__name__]["properties"]["about"]
    definitions[RestLength.__name__] = {
        "description": definitions[RestLength.__name__]["description"],
        "anyOf": [*length["anyOf"], definitions[RestLength.__name__]],
    }
    relaxed: dict[str, Any] = _relaxed(made)
    return {"$schema": _DIALECT, **relaxed, "title": "A guided meditation, version 1"}


def _relaxed(value: Any) -> Any:
    """The same schema, with each scalar as an editor reads it, and without what only confuses there."""
    if isinstance(value, list):
        return [_relaxed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "discriminator" in value or "oneOf" in value:
        return {"anyOf": [_BELL, *(_relaxed(item) for item in value["oneOf"])]}
    kept = {key: _kept(key, item) for key, item in value.items() if key not in _NOISE}
    if kept.get("const") == "1":
        kept = {"enum": [1, "1"]} | {key: item for key, item in kept.items() if key not in ("const", "type")}
    elif kept.get("type") == "string" and not kept.keys() & {"enum", "pattern"}:
        kept["type"] = _SCALAR
    return _without_null(kept)


def _kept(key: str, item: Any) -> Any:
    if key in ("properties", "$defs"):
        return {name: _relaxed(entry) for name, entry in item.items()}
    return _relaxed(item)


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    """A field that may be left out is left out; it is never `null`."""
    options = value.get("anyOf")
    if not options or {"type": "null"} not in options:
        return value
    others = [option for option in options if option != {"type": "null"}]
    rest = {key: item for key, item in value.items() if key != "anyOf"}
    return others[0] | rest if len(others) == 1 else rest | {"anyOf": others}


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(text(), end="")

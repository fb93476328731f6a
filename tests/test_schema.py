"""The schema for editors says what the language says."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from guide.cli.new import page
from guide.script import schema

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "scripts").glob("*.yaml"))
HEAD = "guide: 1\ntitle: Evening\nlength: {shortest: 5m, usual: 10m, longest: 20m}\n"


def _complaints(text: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(schema.schema())
    return [error.message for error in checker.iter_errors(yaml.safe_load(text))]


def test_the_schema_in_the_scripts_folder_is_the_one_of_the_models() -> None:
    kept = (ROOT / "scripts" / "script.schema.json").read_text("utf-8")
    assert kept == schema.text(), "make it anew: python -m guide.script.schema > scripts/script.schema.json"


def test_the_schema_is_a_sound_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_shipped_script_fits_the_schema(path: Path) -> None:
    assert _complaints(path.read_text("utf-8")) == []


def test_a_new_script_fits_the_schema() -> None:
    assert _complaints(page("evening-light", Path("nowhere"))) == []


@pytest.mark.parametrize(
    "step",
    [
        "bell",
        "{bell: {sound: chime, settle: 5s}}",
        "{say: No}",
        "{say: 3}",
        "{rest: 20}",
        "{rest: 20s}",
        "{rest: 1:30}",
        "{rest: {about: 30s, least: 10, most: 45s}}",
        "{pause: 1m30s}",
        "{breathe: {in: 4, out: 6s, rounds: 6, cue: tone}}",
        "{repeat: {times: 3, steps: [bell]}}",
        "{choose: [[{say: Yes}], [bell]]}",
        "{part: One, intent: announce, from: 20m, until: 30m, steps: [bell]}",
        "{ambience: {sound: ocean, fade: 8s, level: -30}}",
        "{include: arrive}",
    ],
)
def test_what_the_language_allows_the_schema_allows(step: str) -> None:
    assert _complaints(f"{HEAD}steps: [{step}]") == []


@pytest.mark.parametrize(
    "text",
    [
        "steps: []",
        "steps: [gong]",
        "steps: [{puase: 2s}]",
        "steps: [{}]",
        "steps: [{rest: soon}]",
        "steps: [{rest: ''}]",
        "steps: [{say: [a]}]",
        "steps: [{say: Hello, loud: yes}]",
        "steps: [{breathe: {in: 4s, out: 6s}}]",
        "steps: [{breathe: {in: 4s, out: 6s, rounds: 6, cue: song}}]",
        "steps: [{repeat: {times: 0, steps: [bell]}}]",
        "steps: [{choose: [[bell]]}]",
        "steps: [{part: One}]",
        "steps: [{part: One, intent: anounce, steps: [bell]}]",
        "steps: [bell]\nambiance: {sound: rain}",
        "steps: [bell]\nkind: long",
        "steps: [bell]\nvoice: {pace: 9}",
        "steps: [bell]\nreflection: {questions: []}",
    ],
)
def test_what_the_language_refuses_the_schema_underlines(text: str) -> None:
    assert _complaints(HEAD + text)


def test_an_old_or_later_language_is_underlined() -> None:
    assert _complaints(HEAD.replace("guide: 1", "guide: 2") + "steps: [bell]")


def _keys(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        own = list(node.get("properties", {}).items())
        return own + [found for value in node.values() for found in _keys(value)]
    return [found for item in node for found in _keys(item)] if isinstance(node, list) else []


def test_every_key_is_explained_to_the_author() -> None:
    keys = _keys(json.loads(schema.text()))
    assert keys
    assert [name for name, entry in keys if not entry.get("description")] == []

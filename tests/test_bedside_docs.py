"""docs/bedside.md says what is so."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from guide.bedside import light
from guide.bedside.reading import parse
from guide.bedside.setting import Invitation, Night, Pins, Setting, Waking
from guide.checking import entries
from guide.cli import guide
from guide.fields import Model
from guide.folders import Folders
from guide.library import Library

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "bedside.md").read_text("utf-8")
NOBODY = Path("nobody")
(SETTINGS,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_its_settings_have_no_problems() -> None:
    setting, problems = parse(SETTINGS.encode(), "bedside.yaml", Library.find(Folders(*[NOBODY] * 4)))
    assert problems == ()
    assert setting is not None


@pytest.mark.parametrize(
    ("model", "way"),
    [
        (Setting, ()),
        (Night, ("night",)),
        (Invitation, ("invitations", 0)),
        (Waking, ("wake", 0)),
        (Pins, ("pins",)),
    ],
)
def test_it_names_everything_that_can_be_set(model: type[Model], way: tuple[Any, ...]) -> None:
    written = yaml.safe_load(SETTINGS)
    for step in way:
        written = written[step]
    assert set(written) == set(entries(model))


def test_what_it_says_to_type_can_be_typed() -> None:
    typed = re.findall(r"sudo guide-bedside ((?:bedside|journal|doctor)[ a-z-]*)", PAGE)
    assert len(typed) >= 8
    for line in typed:
        command: click.Command = guide
        for word in line.split():
            if word.startswith("-"):
                assert word in {name for one in command.params for name in one.opts}, line
                break
            if not isinstance(command, click.Group):
                break
            found = command.get_command(click.Context(command), word)
            assert found is not None, line
            command = found


def test_its_table_of_the_light_is_as_long_as_the_lights_own() -> None:
    """Each row of the pure rule is in the page, in the same order; a landing looks like playing."""
    assert light.__doc__
    own = re.findall(r"^\| (?!the device|---)(.*?) \|", light.__doc__, re.MULTILINE)
    page = PAGE.split("## The light")[1].split("## ")[0]
    shown = re.findall(r"^\| (?!the device|---)(.*?) \|", page, re.MULTILINE)
    assert len(shown) == len(own) - 1


def test_the_files_it_names_are_there() -> None:
    for name in re.findall(r"\]\(([a-z-]+\.md)\)|src=\"(pictures/[a-z-]+\.svg)\"", PAGE):
        assert (ROOT / "docs" / "".join(name)).is_file()

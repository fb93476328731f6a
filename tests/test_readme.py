"""The README says what is so: every command is in it, and what it shows can be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from guide.checking import entries
from guide.cli import COMMANDS, guide
from guide.config import Config
from guide.desk import Desk
from guide.duration import RATE, frames
from guide.folders import Folders
from guide.library import Library
from guide.script import check_sounds, load

NOBODY = Path("nobody")
LIBRARY = Library.find(Folders(NOBODY, NOBODY, NOBODY, NOBODY))
README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command and sub-command, as it is typed."""
    context = click.Context(guide)
    for name in COMMANDS:
        command = guide.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", one) for sub, one in command.commands.items())


EVERY = dict(every_command())


def typed() -> list[str]:
    """Whatever the README says to type that is ours."""
    lines = [
        line.split("#")[0].strip() for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()
    ]
    lines += [span.replace("\n", " ") for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", README)]
    found = [re.sub(r"^(\./go|.* && \./go)(?= )", "guide", line) for line in lines]
    mentioned = {f"guide {name}" for name in EVERY} | {"guide test", "guide bench"}
    return sorted({line for line in found if line.startswith("guide ")} - mentioned)


@pytest.mark.parametrize("name", EVERY)
def test_every_command_is_documented(name: str) -> None:
    command, _, sub = name.partition(" ")
    rows = [line for line in README.splitlines() if line.startswith(f"| `guide {command}")]
    assert rows, f"README.md does not mention `guide {command}`"
    if sub:
        assert any(f"`{sub}`" in row for row in rows), (
            f"README.md does not mention `{sub}` of `guide {command}`"
        )


@pytest.mark.parametrize("name", EVERY)
def test_every_command_and_every_option_has_help(name: str) -> None:
    command = EVERY[name]
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    assert command.get_help(click.Context(command, info_name=name))


def test_a_command_has_the_help_of_the_table_it_is_found_by() -> None:
    for name, (_, text) in COMMANDS.items():
        assert text.endswith(".")
        assert f"{name}" in guide.get_help(click.Context(guide))


@pytest.mark.parametrize("line", typed())
def test_what_it_says_to_type_can_be_typed(line: str) -> None:
    words = shlex.split(line)[1:]
    words = ["1" if word == "ID" else word for word in words if word != "--help"]
    command: click.Command = guide
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, line
        command = found
    command.make_context(line, words)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"(?<=`)--[a-z-]+", README))))
def test_every_option_it_names_is_there(option: str) -> None:
    names = {name for command in EVERY.values() for one in command.params for name in one.opts}
    assert option in names | {"--help", "--version"}


def test_its_script_has_no_problems(tmp_path: Path) -> None:
    scripts = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("guide: 1")]
    assert scripts
    for text in scripts:
        path = tmp_path / "quiet.yaml"
        path.write_text(text)
        assert check_sounds(load(path, LIBRARY.shipped), LIBRARY.bells(), LIBRARY.beds()) == ()


def test_its_settings_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings,) = [text for kind, text in BLOCKS if kind == "yaml" and not text.startswith("guide: 1")]
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text(settings)
    config = Desk.laid().config
    assert config.name == "Ada"
    assert set(yaml.safe_load(settings)) <= set(entries(Config))
    for command, options in config.options.items():
        known = {name.lstrip("-") for one in EVERY[command].params for name in one.opts}
        assert set(options) <= known


def test_its_table_of_sessions_is_what_ships() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (\d+) – \*\*(\d+)\*\* – (\d+) \|$", README, re.MULTILINE)
    said = {name: tuple(frames(60 * int(minutes)) for minutes in lengths) for name, *lengths in rows}
    shipped = LIBRARY.headers()
    assert said == {one.name: (one.shortest, one.usual, one.longest) for one in shipped}
    assert all(length % (60 * RATE) == 0 for lengths in said.values() for length in lengths)

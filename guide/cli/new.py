"""`guide new`: a script to start from, or a plain text made into one."""

import re
import stat
from pathlib import Path

import click
from click.core import ParameterSource

from guide.config import Config
from guide.errors import GuideError, StorageError, VoiceError
from guide.folders import Folders
from guide.legible import legible
from guide.library import SLUG, Library


@click.command()
@click.argument("name")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it, not NAME.yaml here.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A plain text to make it of: paragraphs are said, blank lines are rests.",
)
@click.option(
    "--language",
    metavar="CODE",
    help="The language of the text of --from, like de; English if not given.",
)
def new(name: str, output: Path | None, source: Path | None, language: str | None) -> None:
    """Start a script of your own: a small meditation, with a word of explanation at every step.

    Or, with --from, your own words: a plain text with blank lines becomes a script with sensible rests.
    """
    if not SLUG.fullmatch(name):
        raise GuideError(f"'{name}' cannot be the name of a script.{_better(name)}")
    if source is None:
        if click.get_current_context().get_parameter_source("language") is ParameterSource.COMMANDLINE:
            raise click.UsageError("--language is for a text of yours; say which one it is with --from.")
    elif language is not None:
        _refuse_unspoken(language)
    path = output or Path(f"{name}.yaml")
    library = Library.find(Folders.find())
    schema = library.shipped / "script.schema.json"
    _write(path, page(name, schema) if source is None else drafted(source, name, language or "en", schema))
    shown = path if "/" in str(path) else f"./{path}"
    click.echo(f"{path} is there; it can be played as it is. Open it in an editor, and make it yours.")
    for command, about in (
        (f"check {path}", "finds what is misspelt"),
        (f"check --practice {path}", "says what would make it kinder to sit with"),
        (f"play {shown}", "plays it"),
    ):
        click.echo(f"  guide {command}   {about}")
    click.echo(f"Put it into {library.own}, and `guide play {name}` finds it from everywhere.")


def page(name: str, schema: Path) -> str:
    """The text of a new script; editors are pointed to the schema where there is one."""
    return _schema(schema) + _PAGE.replace("TITLE", name.replace("-", " ").capitalize())


def drafted(source: Path, name: str, language: str, schema: Path) -> str:
    """The text of a script that says what a plain text says. Raises GuideError with the reason."""
    from guide.script import ScriptError, parse
    from guide.script.draft import MOST_BYTES, DraftError, draft

    try:
        text = draft(_content(source, MOST_BYTES + 1), name, language, _schema(schema))
        parse(text.encode(), name=name, find_part=lambda _: None)
    except DraftError as error:
        raise GuideError(f"Nothing can be made of {source}: {error}.") from error
    except ScriptError as error:  # it says what to mend, in lines that the person has never seen
        raise GuideError(f"Nothing can be made of {source}: {error.problems[0].message}.") from error
    return text


def _refuse_unspoken(language: str) -> None:
    """A language that no voice speaks is misspelt, or no use. Raises BadParameter.

    English is always spoken; so is any other with a voice that is set for good, or where none can be asked.
    """
    from guide.script.values import LANGUAGE

    if not re.fullmatch(LANGUAGE, language):
        reason = f"'{legible(language)}' is not the code of a language, like en, de or pt-BR."
        raise click.BadParameter(reason, param_hint="--language")
    if language.partition("-")[0] == "en" or Config.load(Folders.find()).voice:
        return
    from guide.voices.system import known

    try:
        voices, _ = known()
    except VoiceError:
        return
    named = {voice[key].lower() for voice in voices for key in ("language", "name", "identifier")}
    if language.lower() in named:
        return
    base = language.partition("-")[0].lower()
    tags = [voice["language"] for voice in voices]
    near = sorted(tag for tag in tags if tag.partition("-")[0] == base)[:5]
    hint = f"Try {' or '.join(near)}." if near else "Those that are spoken: guide voices list."
    raise click.BadParameter(f"no voice speaks '{language}'. {hint}", param_hint="--language")


def _content(path: Path, most: int) -> bytes:
    """So many bytes of a file at most. Raises StorageError for what is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StorageError(f"{path} is not a file that could hold a text.")
        with path.open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:
        raise StorageError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}).") from error


def _schema(path: Path) -> str:
    return f"# yaml-language-server: $schema={path}\n" if path.is_file() else ""


def _better(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.removesuffix(".yaml").lower()).strip("-")[:64].strip("-")
    rule = " A name has small letters, digits and hyphens"
    return f"{rule}: try '{slug}'." if slug else f"{rule}, like 'evening-light'."


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise StorageError(f"{path} is there already, and stays as it is. Choose another name.") from error
    except OSError as error:
        raise StorageError(f"{path} could not be written ({error.strerror or error}).") from error


_PAGE = """\
# A meditation is a page of steps, read from top to bottom.
guide: 1
title: "TITLE"
about: A few quiet minutes with the weight of your hands.    # shown in the list
kind: resting                # body, inquiry, resting, quick or sleep
language: en
length: {shortest: 2m30s, usual: 3m, longest: 5m}
voice: {pace: 0.95, pitch: 0}           # 1.0 is 115 words a minute; pitch in semitones
ambience: {sound: rain, level: -26}     # or none; in dB against the voice

steps:
  - bell: {sound: bowl, settle: 8s}     # the next step begins 8 s later, over the bell's tail

  - part: Arriving           # parts give the session its chapters
    intent: arrive           # what a part is for: `guide check --practice` looks at it
    steps:
      - part: Three choices
        intent: choice
        steps:
          # After '|' each line is read as it stands; a blank line is a longer breath.
          - say: |
              Welcome, {name|friend}.
              Your eyes may be open or closed. You can pause, or skip, or stop.

              If you like something steady, there are your feet, and the sounds around you.
      - rest: 10s            # open silence: about 10 s, more or less as the chosen length needs

  - part: Hands
    steps:
      - say: |
          Notice your hands, wherever they have come to rest.
          Perhaps one is warmer than the other.
      - rest: 20s
      - say: What do they feel like from the inside?
      - rest: {about: 20s, least: 12s}  # after a question there is time to answer
      - say: If slow breaths suit you, here are a few. If not, stay with your hands.
      - pause: 3s
      - breathe: {in: 4s, out: 6s, rounds: 3}
      - say: |
          Let the breath go its own way again.
          Your hands can be as heavy as they are.
      - rest: 25s

  - part: A little longer
    from: 4m                 # only in sessions of four minutes and more
    steps:
      - say: These hands have carried a great deal. For now they carry nothing.
      - rest: 25s

  - part: Coming back
    intent: return
    steps:
      - say: |
          Hear the room around you.
          Move a finger or two, and look about when you like.
      - pause: 3s            # exact, never stretched
      - choose:              # another ending on another day
          - - say: Thank you for taking this time.
          - - say: Go gently into what comes next.
      - rest: 8s
  - bell: {sound: bowl, settle: 12s}

reflection:
  invite: If you like, there is time to say something out loud, only for you.
  questions:
    - ask: What did your hands tell you?
      listen: 2m
  close: Thank you. It is kept.
"""

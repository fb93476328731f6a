"""`guide voices`: which voices there are, and what one of them sounds like."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guide.cli.asking import free_name
from guide.desk import Desk
from guide.errors import DeviceError, VoiceError

if TYPE_CHECKING:  # numpy comes only with a command that makes a sound
    from guide.sound import Sound

_TEXT = (
    "Let yourself arrive, just as you are. There is nothing you need to do right now. Only this one breath."
)
_GAP = 0.7
"""Seconds between sentences."""
_OWN = {
    "system": "the default: warm and unhurried",
    "hum": "one soft tone for each word; needs nothing",
}


@click.group()
def voices() -> None:
    """List and try voices."""


@voices.command("list")
@click.option("--language", default="", help="Only voices of this language, such as en or de.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_voices(language: str, *, as_json: bool) -> None:
    """Show the voices that can be used here."""
    from guide.voices import VOICES

    found, variants, problem = _known()
    found = [voice for voice in found if _speaks(voice["language"], language)]
    if as_json:
        import json

        own = [{"name": name, "about": _OWN[name]} for name in VOICES]
        shown: dict[str, Any] = {"default": next(iter(VOICES)), "voices": own, "espeak": found}
        click.echo(json.dumps(shown | {"variants": variants}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_listing(found, variants)))
    if problem:
        click.echo(problem, err=True)


@voices.command("try")
@click.argument("name", metavar="[VOICE]", default="")
@click.option("--pace", type=click.FloatRange(0.6, 1.6), default=1.0, show_default=True, help="1.0 is calm.")
@click.option("--pitch", type=click.FloatRange(-12, 12), default=0.0, show_default=True, help="Semitones.")
@click.option("--text", default=_TEXT, help="What it says.")
@click.option("--device", help="A part of the loudspeaker's name.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write a sound file.")
def try_voice(
    name: str, pace: float, pitch: float, text: str, device: str | None, output: Path | None
) -> None:
    """Hear a voice say something; without a loudspeaker it goes to a file."""
    desk = Desk.laid()
    if output is not None:
        from guide.writing import format_of

        format_of(output)
    with desk.voice(name or None) as voice:
        from guide.sentences import paragraphs
        from guide.voices import speak_all

        sentences = [sentence for paragraph in paragraphs(text) for sentence in paragraph]
        if not sentences:
            raise VoiceError("There is nothing to speak in that text.")
        clips = speak_all(voice, sentences, pace, pitch)
        sound = _joined([clips[sentence] for sentence in sentences], voice.gain(pace, pitch))
    if output is None:
        output = _played(sound, device or desk.config.device, desk)
    if output is not None:
        from guide.writing import Source, write_sound

        write_sound(output, Source.of(sound), title=f"The voice {name or 'system'}")
        click.echo(f"Written to {output}.")


def _known() -> tuple[list[dict[str, str]], list[str], str]:
    """What espeak has; nothing, and a sentence, where there is no espeak."""
    from guide.voices.system import known

    try:
        return *known(), ""
    except VoiceError as error:
        return [], [], str(error)


def _speaks(tag: str, language: str) -> bool:
    return not language or tag.lower() == language.lower() or tag.lower().startswith(f"{language.lower()}-")


def _listing(found: list[dict[str, str]], variants: list[str]) -> list[str]:
    import textwrap

    lines = [f"  {name:<18} {about}" for name, about in _OWN.items()]
    lines += [f"  {voice['language']:<18} {voice['name']}" for voice in found]
    if variants:
        joined = ", ".join(variants)
        lines += ["", "Each but the first two may have a variant, as in en-gb+f3:"]
        lines += textwrap.wrap(joined, 90, initial_indent="  ", subsequent_indent="  ")
    return [*lines, "", "Hear one: guide voices try en-gb+f3"]


def _joined(clips: "list[Sound]", gain: float) -> "Sound":
    """Clips one after the other, as loud as in a session, on both sides: `(frames, 2)`."""
    import numpy as np

    from guide.duration import frames
    from guide.sound import linear

    quiet = np.zeros(frames(_GAP), dtype=np.float32)
    parts = [part for clip in clips for part in (clip, quiet)][:-1]
    return np.repeat(np.concatenate(parts)[:, np.newaxis] * np.float32(linear(gain)), 2, axis=1)


def _played(sound: "Sound", device: str | None, desk: Desk) -> Path | None:
    """Play it, at the volume of the last session; the name of a file to write instead where that fails."""
    from guide.saved import Saved
    from guide.sinks import Speaker
    from guide.sound import linear

    try:
        with Speaker(device) as speaker:
            speaker.write(sound * linear(Saved(desk.folders.state).volume()))
    except DeviceError as error:
        click.echo(str(error), err=True)
        return free_name(Path.cwd(), "voice", ".flac")
    return None

"""`guide reflect`: only the reflection."""

import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import click

from guide.cli import unlocking
from guide.cli.asking import LENGTH, SILENCE
from guide.desk import Desk
from guide.errors import DeviceError, GuideError, VoiceError
from guide.legible import folded

_QUESTION = "What is here, right now?"


@click.command()
@click.option("--question", default=_QUESTION, show_default=True, help="What is asked.")
@click.option("--listen", type=LENGTH, default="3m", show_default=True, help="When a quiet tone may come.")
@click.option(
    "--end-after-silence", type=SILENCE, help="Silence that ends it, like 30s, after a soft tone; or never."
)
@click.option("--voice", help="The voice that asks.")
@click.option("--device", help="A part of the loudspeaker's name.")
@click.option("--microphone", help="A part of the microphone's name; `guide doctor` shows the names.")
@click.option("--plain", is_flag=True, help="Lines only, no moving picture.")
@unlocking.identity
def reflect(
    question: str,
    listen: int,
    end_after_silence: int | None,
    voice: str | None,
    device: str | None,
    microphone: str | None,
    plain: bool,
    identity: Path | None,
) -> None:
    """Ask one question and listen to you. Enter ends the recording."""
    from guide.awake import awake
    from guide.cli.reflecting import Reflecting, mended
    from guide.clips import Clips
    from guide.lines import lines
    from guide.reflection import Asked, Occasion
    from guide.sentences import named
    from guide.sinks import Speaker

    desk = Desk.laid()
    question = named(folded(question, "utf-8"), desk.config.name).strip()
    if not question:
        raise click.UsageError("The question is empty.")
    journal = mended(desk.folders, unlocking.key_or_none(identity))
    if journal is None:
        raise GuideError("Without a place to keep it nothing is recorded.")
    try:
        journal.lock()
    except GuideError:  # which was said
        raise GuideError("Nothing can be kept, so nothing is recorded.") from None
    language = desk.config.language or "en"
    words = lines(language, desk.config.lines)
    with ExitStack() as stack:
        try:
            speaker = Speaker(device or desk.config.device)
        except DeviceError as error:
            click.echo(f"{error} The question is only shown.", err=True)
            speaker = None
        clips = Clips(stack.enter_context(desk.voice(voice, language)), 1.0, 0.0)
        if question != _QUESTION:
            # What a person asks themselves is as private as the answer: it is not kept as a clip.
            with closing(desk.forgetful_voice(voice, language)) as forgetful, suppress(VoiceError):
                clips.hold(question, forgetful.speak(question, 1.0, 0.0))
        stack.enter_context(awake("a reflection is recorded"))
        reflecting = stack.enter_context(
            Reflecting.begun(
                desk, journal, speaker, clips, words,
                microphone=microphone, plain=plain or not sys.stdout.isatty(),
                end_after_silence=end_after_silence,
            )
        )  # fmt: skip
        reflecting.hold((Asked(question, listen),), Occasion(), invite=None, close=None, offered=False)
    from guide import scribe

    scribe.begin(desk.folders, journal.spoken)  # by now the last tone has ended

"""The promise of a voice, the table of voices, and the way to one by its name."""

from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from guide.errors import NotFoundError

if TYPE_CHECKING:  # The child process that speaks shares this package and must stay light: no numpy.
    from guide.sound import Sound

VOICES = {
    "system": "guide.voices.system:voice",
    "hum": "guide.voices.hum:voice",
}
"""Where each voice is made, the default first: `voice(setting, cache, pinned, patience) -> Voice`."""


class Voice(Protocol):
    """Something that speaks one sentence at a time. Silence around and between is never its business."""

    @property
    def identity(self) -> str:
        """What makes its sound what it is: engine, its version, voice. Equal identities sound the same."""

    def speak(self, text: str, pace: float, pitch: float) -> "Sound":
        """One sentence, finished: mono float32 `(frames,)` at RATE, trimmed, faded, peaks limited.

        `pace` 1.0 is 115 words a minute, `pitch` is in semitones. Safe to call from several threads.
        Raises VoiceError naming the sentence, never returns silence.
        """

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        """Frames of the clip that `speak` would give without speaking; None where it would have to speak.

        Raises VoiceError where there is no such voice.
        """

    def gain(self, pace: float, pitch: float) -> float:
        """The one gain in dB that brings this setting's speech to −18 LUFS, applied when mixing.

        That is the loudness of a stereo mix in which the mono clip sounds from both sides.
        """

    def close(self) -> None:
        """End what it holds, such as processes. It is not used afterwards."""


def find(
    name: str = "", cache: Path | None = None, pinned: Collection[str] = (), patience: float | None = None
) -> Voice:
    """A voice by its name: `system` (the default), `hum`, or an espeak voice such as `en-gb+f3`.

    `system:en-gb+f3` is the same as `en-gb+f3`. With a `cache` folder the voice remembers what it said, and
    never forgets the `pinned` texts. `patience`, in seconds, is how long its shortest sentence may take,
    where that is to be less than usual. Raises NotFoundError, or VoiceError where espeak has no such voice.
    """
    from importlib import import_module

    kind, colon, setting = (name or next(iter(VOICES))).partition(":")
    if kind not in VOICES:
        _refuse_misspelt(name, colon)
        kind, setting = "system", name
    module, _, maker = VOICES[kind].partition(":")
    voice: Voice = getattr(import_module(module), maker)(setting, cache, pinned, patience)
    return voice


def _refuse_misspelt(name: str, colon: str) -> None:
    """What is near to a name of the table is not sent to espeak."""
    import difflib

    near = difflib.get_close_matches(name.partition(":")[0].lower(), VOICES, n=1)
    if near or colon:
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise NotFoundError(f"There is no voice '{name}'.{hint} See them all: guide voices list.")


def speak_each(
    voice: Voice, texts: Iterable[str], pace: float, pitch: float
) -> "Generator[tuple[str, Sound], None, None]":
    """Each different text with its clip as soon as it is spoken; as many at a time as there are cores.

    The texts are asked for as there is room for them. Only a few clips are held at a time, and nothing more
    is begun while nobody asks for the next; `close` leaves what was not begun. Raises the first VoiceError
    that comes, and leaves the rest too.
    """
    from guide.voices.ahead import spoken

    return spoken(voice, texts, pace, pitch)


def speak_all(
    voice: Voice,
    texts: Iterable[str],
    pace: float,
    pitch: float,
    on_done: "Callable[[str, Sound], None] | None" = None,
) -> "dict[str, Sound]":
    """Each different text and its clip, in the order of the texts; see `speak_each`.

    `on_done` hears of each as it is ready, in the caller's own thread; an exception from it ends the
    speaking.
    """
    order = dict.fromkeys(texts)
    clips: dict[str, Sound] = {}
    with closing(speak_each(voice, order, pace, pitch)) as each:
        for text, clip in each:
            clips[text] = clip
            if on_done is not None:
                on_done(text, clip)
    return {text: clips[text] for text in order}

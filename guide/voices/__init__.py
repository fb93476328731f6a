"""The promise of a voice, and the table of voices."""

from typing import Protocol

from guide.sound import Sound


class Voice(Protocol):
    """Something that speaks one sentence at a time. Silence around and between is never its business."""

    @property
    def identity(self) -> str:
        """What makes its sound what it is: engine, its version, voice. Two equal identities sound the same."""

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        """One sentence, finished: mono float32 `(frames,)` at RATE, trimmed, faded, peaks limited.

        `pace` 1.0 is 115 words a minute, `pitch` is in semitones. Safe to call from several threads.
        Raises VoiceError naming the sentence, never returns silence.
        """

    def gain(self, pace: float, pitch: float) -> float:
        """The one gain in dB that brings this setting's speech to −18 LUFS, applied when mixing."""

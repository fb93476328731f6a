"""The child process that speaks: `python -m guide.voices.worker SETTINGS`, one utterance at a time.

SETTINGS is a JSON object: `voice`, `rate`, `pitch`, `range` and `gap` in espeak's own numbers, `library`, and
`folder`, a private one for temporary files. They hold for the whole life of the process, since pyttsx3 often
loses a rate that is set after an utterance.

Then, in JSON lines: it says `{"ready": …}` or `{"error": …}`; each request `{"text": …, "file": …}` is
answered by `{"frames": n, "rate": Hz}` or `{"error": …}`. When its standard input ends it is gone at once,
even in the middle of a word. After `{"rest": seconds}`, which has no answer, it is gone when it was not asked
for anything so long; `{"stay": true}`, answered by `{"staying": true}`, ends that rest. Whoever had that
answer knows that it is there and waits.

It imports neither numpy nor anything else that is heavy: two of these may run beside the player.
"""

import contextlib
import ctypes
import json
import os
import queue
import shutil
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from typing import Any

from guide.errors import GuideError, VoiceError
from guide.voices import espeak

_PATIENT = 5
"""How far this process steps back for others (niceness), the player's sound above all."""
_WORD_GAP = 7
"""espeakWORDGAP in speak_lib.h: the pause between words in units of 10 ms; pyttsx3 has no name for it."""
_MOMENT = 0.001
"""Seconds between two looks at whether espeak is done."""


class _UntilDone:
    """A clock for pyttsx3's loop, which sleeps 10 ms after each utterance; to make a sentence takes three."""

    def __init__(self, done: threading.Event) -> None:
        self._done = done

    def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the utterance is done."""
        self._done.wait(seconds)


class Speaker:
    """One pyttsx3 engine with one setting."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """Raise VoiceError where there is no engine or no such voice."""
        self.library = espeak.load(settings.get("library", "auto"))
        import pyttsx3

        self._done = threading.Event()
        self._problem = ""
        # An exception in espeak's callback (a full disk) would be printed and forgotten, and we would wait.
        sys.unraisablehook = lambda about: self._fail(about.exc_value)
        self._engine = pyttsx3.init()
        self._engine.connect("error", lambda name, exception: self._fail(exception))  # noqa: ARG005
        self._engine.connect("finished-utterance", lambda name, completed: self._done.set())  # noqa: ARG005
        self._settings = settings
        if self.library != "other":
            from pyttsx3.drivers import espeak as driver

            # All that the driver wants of a clock is to sleep once in each turn of its loop.
            driver.time = _UntilDone(self._done)
        self._set()

    def _fail(self, problem: object) -> None:
        self._problem = str(problem) or type(problem).__name__
        self._done.set()

    def _run(self) -> None:
        try:
            self._engine.runAndWait()
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self._fail(error)

    def _set(self) -> None:
        voice = str(self._settings.get("voice", ""))
        if voice and self.library != "other":
            voice = _resolve(voice)
        if voice:
            self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", int(self._settings["rate"]))
        self._engine.runAndWait()  # Nothing to say yet: this only puts the settings in force.
        if self._problem:
            raise VoiceError(f"The voice '{voice}' cannot be used ({self._problem}).")
        if self.library != "other":
            self._set_espeak()

    def _set_espeak(self) -> None:
        """Give espeak its numbers once more, where nothing can sweep them away before they are in force."""
        from pyttsx3.drivers import _espeak

        self._settle()
        for parameter, name in ((_espeak.RATE, "rate"), (_espeak.PITCH, "pitch"), (_espeak.RANGE, "range")):
            _espeak.SetParameter(parameter, int(self._settings[name]), 0)
        _espeak.SetParameter(_WORD_GAP, int(self._settings["gap"]), 0)
        self._settle()

    def _settle(self) -> None:
        """Wait until espeak's own thread has nothing left to do.

        pyttsx3 ends each of its loops with a `Cancel` if espeak is busy, which sweeps away a rate that was
        just set; and it tells of an utterance's end while it is still tidying up after it, in that other
        thread. One file in about 900 was empty when the next utterance did not wait for both.
        """
        if self.library != "other":
            from pyttsx3.drivers import _espeak

            while _espeak.IsPlaying():
                time.sleep(_MOMENT)

    def about(self) -> dict[str, str]:
        """What is speaking, for the clip cache and for people."""
        from importlib.metadata import version

        engine = f"espeak-ng {_info()[0]}" if self.library != "other" else sys.platform
        return {"engine": engine, "pyttsx3": version("pyttsx3"), "library": self.library}

    def speak(self, text: str, file: str) -> dict[str, int]:
        """Write one utterance to a WAV file, and come back when it is there, whole. Raises VoiceError."""
        try:
            # pyttsx3 would say nothing of a place that cannot be written.
            with open(file, "wb"):  # noqa: PTH123
                pass
        except OSError as error:
            raise VoiceError(f"a temporary file cannot be written: {error.strerror or error}") from error
        # The first utterance of a process may be swept away by the end of its setting up: on a busy machine
        # one in fifty was empty.
        return self._uttered(text, file) or self._uttered(text, file) or {"frames": 0, "rate": 0}

    def _uttered(self, text: str, file: str) -> dict[str, int] | None:
        """Frames and rate of what is in the file now; None where it is empty. Raises VoiceError."""
        self._settle()
        self._done.clear()
        self._problem = ""
        self._engine.save_to_file(text, file)
        # This may return before the file is there, and after an error never. The event is what counts.
        loop = threading.Thread(target=self._run, daemon=True)
        loop.start()
        self._done.wait()
        if self._problem:
            raise VoiceError(self._problem)
        loop.join()
        return _measure(file)


def _measure(file: str) -> dict[str, int] | None:
    if sys.platform == "darwin":
        return {"frames": 0, "rate": 0}  # An AIFF file; the parent measures it.
    try:
        with wave.open(file, "rb") as sound:
            frames = sound.getnframes()
            return {"frames": frames, "rate": sound.getframerate()} if frames else None
    except (OSError, EOFError, wave.Error) as error:
        raise VoiceError(f"the speech file is damaged: {error}") from error


def _info() -> tuple[str, str]:
    """The version of espeak, and the folder of its data."""
    from pyttsx3.drivers import _espeak

    path = ctypes.c_char_p()
    version = _espeak.Info(ctypes.cast(ctypes.pointer(path), ctypes.c_void_p))
    return version.decode().split(" ")[0], (path.value or b"").decode()


def listing() -> dict[str, Any]:
    """The voices espeak has (MBROLA's aside, which need more files), and the variants that go with each."""
    from pyttsx3.drivers import _espeak

    voices = [
        {
            "name": voice.name.decode("utf-8", "replace"),
            "language": voice.languages[1:].decode("utf-8", "replace"),
            "identifier": voice.identifier.decode("utf-8", "replace"),
        }
        for voice in _espeak.ListVoices(None)
    ]
    try:
        variants = sorted(os.listdir(os.path.join(_info()[1], "voices", "!v")))  # noqa: PTH118, PTH208
    except OSError:
        variants = []
    return {"voices": [v for v in voices if not v["identifier"].startswith("mb/")], "variants": variants}


def _resolve(voice: str) -> str:
    """The identifier by which espeak knows a voice that is named by its language, name or identifier.

    Refuses what espeak would take in silence: an unknown variant, or a path instead of a name.
    """
    import difflib

    known = listing()
    base, plus, variant = voice.partition("+")
    names = {
        v[key].lower(): v["identifier"] for key in ("identifier", "name", "language") for v in known["voices"]
    }
    if base.lower() not in names:
        near = difflib.get_close_matches(base.lower(), names, n=3) or ["en-gb", "en-us"]
        raise VoiceError(
            f"There is no voice '{base}'. Near to it: {', '.join(near)}. See them all: guide voices list."
        )
    if plus and variant not in known["variants"]:
        near = difflib.get_close_matches(variant, known["variants"], n=3) or known["variants"][:6]
        raise VoiceError(f"The voice '{base}' has no variant '{variant}'. Near to it: {', '.join(near)}.")
    return f"{names[base.lower()]}{plus}{variant}"


def _requests(folder: str, answer: Callable[[dict[str, Any]], None]) -> Iterator[dict[str, Any]]:
    """Requests to speak as they come; ends after a rest in which nothing came.

    When there can be no more, the process is gone, whatever it was doing, and with it the folder: the parent
    kills its workers when it is done, so standard input ends only where the parent was killed itself.
    """
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in sys.stdin:
                lines.put(line)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    rest: float | None = None
    with contextlib.suppress(queue.Empty):
        while True:
            request = json.loads(lines.get(timeout=rest))
            rest = request.get("rest")
            if "stay" in request:
                answer({"staying": True})
            elif "text" in request:
                yield request


def _answers() -> Callable[[dict[str, Any]], None]:
    """A way to answer that is ours alone: whatever else is printed on standard output goes nowhere."""
    sys.stdout.flush()
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)

    def answer(message: dict[str, Any]) -> None:
        own.write(json.dumps(message) + "\n")
        own.flush()

    return answer


def main(settings: dict[str, Any]) -> int:
    """Speak until standard input ends or a rest is over; returns 1 after the first thing that went wrong."""
    answer = _answers()
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_PATIENT)
    try:
        speaker = Speaker(settings)
        answer({"ready": speaker.about() | (listing() if settings.get("list") else {})})
        for request in _requests(settings.get("folder", ""), answer):
            answer(dict(speaker.speak(request["text"], request["file"])))
    except GuideError as error:
        answer({"error": str(error)})
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent must hear of it
        answer({"error": f"{type(error).__name__}: {error}"})
    else:
        return 0
    return 1


if __name__ == "__main__":
    # espeak's threads may still run; a plain exit would wait for them.
    os._exit(main(json.loads(sys.argv[1])))

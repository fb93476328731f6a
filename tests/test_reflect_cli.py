"""The reflection as somebody has it: in a terminal, at a real sound server, spoken into its microphone."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from running import Person, place_of
from screen import Screen, screen
from soundserver import SoundServer

from guide.activity import Advice
from guide.bells import load
from guide.duration import RATE, frames
from guide.library import Library
from guide.sound import Sound
from guide.voices.hum import Hum

QUESTION = "What is here, right now?"
FOUR = """
    guide: 1
    title: Four Questions
    length: {shortest: 4s, usual: 5s, longest: 9s}
    steps:
      - say: Here.
      - rest: {about: 4s, least: 1s, most: 8s}
    reflection:
      questions:
        - ask: One?
        - ask: Two?
        - ask: Three?
        - ask: Four?
"""
SAID: Sound = np.concatenate(
    [Hum().speak("I noticed something.", 1.0, 0.0), np.zeros(RATE // 4, dtype=np.float32)]
)


@pytest.fixture
def person(soundserver: SoundServer, tmp_path: Path) -> Person:
    return Person.at_home(tmp_path, soundserver.environment, voice="hum")


@contextmanager
def reflecting(person: Person, *words: str) -> Iterator[Screen]:
    with screen(person.command("reflect", *words), person.environment, person.folder) as shown:
        yield shown


def test_where_nobody_speaks_the_take_is_in_the_bin_and_a_muted_microphone_is_shown(
    person: Person, soundserver: SoundServer
) -> None:
    with soundserver.capture() as capture, reflecting(person, "--listen", "3s") as shown:
        shown.wait_for(QUESTION)
        shown.wait_for("the microphone is open")
        shown.wait_for(Advice.MUTED.value)
        shown.wait_for("That take is in the bin (`guide journal restore 1` brings it back).")
        assert shown.end() == 0
    assert "Kept as" not in shown.text
    assert person.journal.entries() == []
    (entry,) = person.journal.entries(binned=True)
    assert frames(3) <= entry.frames < frames(5)
    tone = load(Library.find(person.folders).cue_path("listen"))
    question = place_of(Hum().speak(QUESTION, 1.0, 0.0), capture.sound)
    listen = place_of(tone.reshape(len(tone), -1).mean(axis=1), capture.sound)
    assert 0 <= question < question + frames(10) <= listen  # ten seconds of quiet between them


def test_each_answer_goes_its_own_way(person: Person, soundserver: SoundServer) -> None:
    person.write("four.yaml", FOUR)
    with screen(person.command("play", "four.yaml"), person.environment, person.folder) as shown:
        shown.wait_for("enter speak")
        shown.press("\r")
        shown.wait_for("One? (1 of 4)")
        shown.press("s")
        shown.wait_for("Two? (2 of 4)")
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        shown.press("\r")
        shown.wait_for("Three? (3 of 4)")
        shown.press("\r")
        shown.wait_for("the microphone is open", times=2)
        soundserver.feed(SAID)
        shown.press("s")
        shown.wait_for("That take is in the bin")
        shown.wait_for("Four? (4 of 4)")
        shown.press("w")
        shown.wait_for("one line")
        shown.press("It was quiet, and I was here.\r")
        shown.wait_for("Kept as entry 3.")
        assert shown.end() == 0
    kept, (binned,) = person.journal.entries(), person.journal.entries(binned=True)
    assert [(entry.question, entry.kind, entry.words) for entry in kept] == [
        ("Two?", "spoken", None),
        ("Four?", "written", "It was quiet, and I was here."),
    ]
    assert binned.question == "Three?"
    assert min(kept[0].frames, binned.frames) >= len(SAID)
    assert {entry.session for entry in (*kept, binned)} == {"four"}
    assert person.journal.path(kept[0]).stat().st_mode & 0o777 == 0o600


@contextmanager
def in_one_room(soundserver: SoundServer) -> Iterator[None]:
    """The microphone hears the loudspeaker too."""
    loopback = ("module-loopback", "source=loudspeaker.monitor", "sink=speech", "latency_msec=30")
    loaded = soundserver.run("pactl", "load-module", *loopback)
    assert loaded.returncode == 0, loaded.stderr
    try:
        yield
    finally:
        soundserver.run("pactl", "unload-module", loaded.stdout.strip())


def test_a_word_that_begins_before_the_tone_is_kept_sample_for_sample(
    person: Person, soundserver: SoundServer
) -> None:
    """It is said before the microphone opens, all through its tone, which lies over it, and after it."""
    hiss = 0.05 * high(np.random.default_rng(7).standard_normal(7 * RATE))
    word: Sound = np.asarray(np.rint(hiss * 32_768) / 32_768, dtype=np.float32)
    with in_one_room(soundserver), reflecting(person) as shown, ThreadPoolExecutor(1) as mouth:
        shown.wait_for(QUESTION)
        microphone = soundserver._hear("speech.monitor")
        said = mouth.submit(soundserver.feed, word)
        microphone.wait_for_sound(0.05)
        microphone.close()
        shown.press("\r")
        shown.wait_for("the microphone is open")
        said.result()
        shown.press("\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0
    (entry,) = person.journal.entries()
    heard, _ = soundfile.read(person.journal.path(entry), dtype="float32")
    size = 1 << (len(heard) + len(word)).bit_length()
    fit = np.fft.irfft(np.fft.rfft(word, size) * np.conj(np.fft.rfft(high(heard), size)), size)
    begun = int(np.argmax(fit))
    assert 0 < begun < len(word)
    tone = heard[: len(word) - begun] - word[begun:]
    loud = np.flatnonzero(np.abs(tone) > 10 / 32_768)
    # When the tone comes is a matter of the sound server's buffers; that it comes last, of test_reflection.
    first, last = int(loud[0]), int(loud[-1])
    assert frames(0.4) < last - first < frames(1.1)
    assert np.max(np.abs(tone)) > 0.01
    # But for its first samples: a busy sound server may begin within its fade, which is a step of −56 dB.
    assert np.max(np.abs(high(tone)[first + 4 : last])) < 0.001
    assert len(tone) - last > frames(0.5)


def high(sound: NDArray[Any]) -> NDArray[np.float64]:
    """What is above all our tones, 6 kHz."""
    spectrum = np.fft.rfft(sound)
    spectrum[: 6_000 * len(sound) // RATE] = 0
    return np.fft.irfft(spectrum, len(sound))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_somebody_speaks_keeps_what_was_said(
    person: Person, soundserver: SoundServer, number: signal.Signals
) -> None:
    with reflecting(person) as shown:
        shown.wait_for(QUESTION)
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        shown.signal(number)
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0
    (entry,) = person.journal.entries()
    assert entry.frames >= len(SAID)
    assert (entry.session, entry.question) == (None, QUESTION)


def test_a_terminal_that_is_closed_keeps_what_was_said(person: Person, soundserver: SoundServer) -> None:
    with reflecting(person) as shown:
        shown.wait_for(QUESTION)
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, shown._master)
        os.close(nothing)
        shown.end()
    (entry,) = person.journal.entries()
    assert entry.frames >= len(SAID)


def test_a_power_cut_while_somebody_speaks_leaves_all_but_the_last_moment(
    person: Person, soundserver: SoundServer
) -> None:
    with reflecting(person) as shown:
        shown.wait_for(QUESTION)
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(np.tile(SAID, 2))
        shown.signal(signal.SIGKILL)
        shown.end()
    listed = person.run("journal", "list")
    assert listed.stderr == "Entry 1 was cut off; it is whole again.\n"
    (entry,) = person.journal.entries()
    assert entry.frames >= 2 * len(SAID) - RATE
    assert entry.question == QUESTION


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_for_a_line(person: Person, number: signal.Signals) -> None:
    with reflecting(person) as shown:
        shown.wait_for(QUESTION)
        shown.press("w")
        shown.wait_for("leaves it >")
        shown.signal(number)
        assert shown.end() == 0
    assert person.journal.entries() == []


def test_a_line_in_letters_that_are_none_is_no_traceback(person: Person) -> None:
    with reflecting(person, "--question", "Was\udcff?") as shown:
        shown.wait_for("Was??")
        shown.press("w")
        shown.wait_for("leaves it >")
        os.write(shown._master, b"caf\xe9\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0
    assert "Traceback" not in shown.text
    (entry,) = person.journal.entries()
    assert (entry.question, entry.words) == ("Was??", "caf\ufffd")


def test_without_a_voice_the_question_is_shown_and_the_microphone_listens(
    person: Person, soundserver: SoundServer
) -> None:
    """No espeak-ng that can be loaded: the file of that name is none."""
    broken = person.folder / "broken"
    broken.mkdir()
    (broken / "libespeak-ng.so.1").write_text("not a library")
    environment = {**person.environment, "LD_LIBRARY_PATH": str(broken), "GUIDE_ESPEAK": "system"}
    words = person.command("reflect", "--voice", "system")
    with screen(words, environment, person.folder) as shown:
        shown.wait_for("The questions are only shown.")
        shown.wait_for(QUESTION)
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        shown.press("\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0


def test_silence_ends_it_after_a_tone_that_the_microphone_hears_too(
    person: Person, soundserver: SoundServer
) -> None:
    """Somebody speaks for some seconds in a room that hisses, and says no more."""
    hiss = np.random.default_rng(3).standard_normal(36 * RATE).astype(np.float32) * np.float32(0.001)
    speech = np.tile(SAID, 1 + 4 * RATE // len(SAID))
    hiss[3 * RATE :][: len(speech)] += speech
    with soundserver.capture() as capture, in_one_room(soundserver), ThreadPoolExecutor(1) as mouth:
        with reflecting(person, "--end-after-silence", "20s") as shown:
            shown.wait_for(QUESTION)
            shown.press("\r")
            shown.wait_for("the microphone is open")
            said = mouth.submit(soundserver.feed, hiss)
            shown.wait_for("This recording ends in a moment")
            shown.wait_for("the recording ends here")
            shown.wait_for("Kept as entry 1")
            assert shown.end() == 0
        said.result()
    (entry,) = person.journal.entries()
    heard, _ = soundfile.read(person.journal.path(entry), dtype="float32")
    spoken = place_of(speech, heard.reshape(-1, 1))
    assert spoken >= 0
    # Its last word, and then all of the silence.
    assert frames(19.5) < len(heard) - (spoken + len(speech)) < frames(22)
    cue = load(Library.find(person.folders).cue_path("ending"))[:, 0]
    assert place_of(cue, capture.sound) >= 0

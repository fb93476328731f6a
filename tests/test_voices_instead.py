"""Voices in the place of each other: the first that can be had speaks, and where none can, nobody waits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from guide.errors import NotFoundError, VoiceError
from guide.sound import Sound, linear
from guide.voices.hum import Hum
from guide.voices.instead import Instead

NOW = (1.0, 0.0)


class Gone:
    """A voice that is not there any more: what it once said may be kept still."""

    def __init__(self, *kept: str, says: int = 0, named: bool = True) -> None:
        """It can say so many sentences yet; `named`: whether it is known who it was."""
        self._kept = kept
        self._says = says
        self._named = named

    @property
    def identity(self) -> str:
        if not self._named:
            raise NotFoundError("There is no such voice.")
        return "gone"

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        if text not in self._kept:
            self._says -= 1
            if self._says < 0:
                raise VoiceError("It is gone.")
        return Hum().speak(text, pace, pitch + 3.0)

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        return len(self.speak(text, pace, pitch)) if text in self._kept else None

    def gain(self, pace: float, pitch: float) -> float:
        return Hum().gain(pace, pitch) - 4.0

    def close(self) -> None:
        """Nothing to end."""


def same(one: Sound, other: Sound) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, atol=1e-6))


def test_who_can_be_had_speaks_and_no_other_is_asked() -> None:
    voice = Instead([Hum(), Gone()])
    assert same(voice.speak("Here.", *NOW), Hum().speak("Here.", *NOW))
    assert voice.identity == Hum().identity
    assert (voice.another, voice.mute, voice.troubles) == (False, False, [])


@pytest.mark.parametrize("asked", ["identity", "speak"])
def test_one_that_is_not_there_is_passed_over_at_once(asked: str) -> None:
    voice = Instead([Gone(named=asked != "identity"), Hum()])
    if asked == "identity":
        assert voice.identity == Hum().identity
    assert same(voice.speak("Here.", *NOW), Hum().speak("Here.", *NOW))
    assert voice.gain(*NOW) == Hum().gain(*NOW)
    assert (voice.another, voice.mute) == (True, False)
    assert voice.troubles == ["There is no such voice." if asked == "identity" else "It is gone."]


def test_what_it_said_once_stays_its_own_and_the_rest_is_as_loud() -> None:
    voice = Instead([gone := Gone("Once."), Hum()])
    count = voice.recall("Once.", *NOW)
    gain = voice.gain(*NOW)
    assert (count, gain) == (gone.recall("Once.", *NOW), gone.gain(*NOW))
    other = voice.speak("Now.", *NOW)
    assert voice.another
    assert same(voice.speak("Once.", *NOW), gone.speak("Once.", *NOW)), "it has the length that was told"
    assert voice.gain(*NOW) == gain, "a session is mixed with one gain"
    alone = Hum().speak("Now.", *NOW) * np.float32(linear(Hum().gain(*NOW)))
    assert same(other * np.float32(linear(gain)), alone)


def test_one_that_has_spoken_is_not_passed_over_for_a_stumble() -> None:
    voice = Instead([Gone(says=1), Hum()])
    voice.speak("One.", *NOW)
    with pytest.raises(VoiceError, match="gone"):
        voice.speak("Two.", *NOW)
    assert not voice.another


def test_where_there_is_none_at_all_it_is_quiet_for_as_long_as_the_words_take() -> None:
    voice = Instead([Gone(), Gone()])
    words = "Start with your feet, and feel the floor."
    short, long = (voice.speak(text, *NOW) for text in ("Here.", words))
    assert voice.mute
    assert not short.any()
    assert not long.any()
    assert 0 < len(short) < len(long) < len(voice.speak(words, 0.5, 0.0))
    assert short.dtype == np.float32
    assert short.ndim == 1
    assert (voice.recall("Here.", *NOW), voice.gain(*NOW)) == (None, 0.0)
    assert voice.troubles == ["It is gone."], "each sentence once"


def test_a_voice_that_is_closed_is_no_reason_to_begin_with_another() -> None:
    voice = Instead([Gone(), Hum()])
    voice.close()
    with pytest.raises(VoiceError):
        voice.speak("Here.", *NOW)
    assert voice.troubles == []


class Hanging(Gone):
    """A voice that is waited for until `let_go`, and is not there then."""

    def __init__(self, at: str = "identity") -> None:
        """It hangs when it is asked for its `identity`, or to `speak`."""
        super().__init__()
        self._at = at
        self.asked = 0
        self.waited_for = threading.Event()
        self.let_go = threading.Event()

    @property
    def identity(self) -> str:
        return self._hang() if self._at == "identity" else "hanging"

    def speak(self, text: str, pace: float, pitch: float) -> Sound:  # noqa: ARG002 - it says nothing
        self._hang()
        raise AssertionError

    def _hang(self) -> str:
        self.asked += 1
        self.waited_for.set()
        self.let_go.wait()
        raise VoiceError("It gave no answer.")

    def close(self) -> None:
        self.let_go.set()


def test_one_that_never_answers_is_waited_for_once_whoever_asks() -> None:
    voice = Instead([hanging := Hanging(), Hum()])
    asks: list[Callable[[], object]] = [lambda: voice.speak("Here.", *NOW), lambda: voice.identity]
    asks += [lambda: voice.gain(*NOW)]
    with ThreadPoolExecutor(len(asks)) as threads:
        answers = [threads.submit(ask) for ask in asks]
        hanging.waited_for.wait()
        assert voice.recall("Here.", *NOW) is None, "what needs no voice does not wait for one"
        hanging.let_go.set()
        assert [answer.result() is not None for answer in answers] == [True] * 3
    assert hanging.asked == 1
    assert voice.troubles == ["It gave no answer."]


@pytest.mark.parametrize("asked", ["identity", "speak"])
def test_all_of_them_together_are_waited_for_once(asked: str) -> None:
    first, second = Hanging(at=asked), Hanging(at=asked)
    voice = Instead([first, second, Hum()], patience=0.05)
    assert not voice.speak("Here.", *NOW).any()
    assert (voice.mute, voice.another, second.asked) == (True, True, 0)
    assert voice.troubles == ["No voice gave an answer in 0.05 s."]
    assert first.let_go.is_set(), "it is closed"


def test_the_next_one_is_not_said_to_speak_before_it_has() -> None:
    voice = Instead([Gone(named=False), hanging := Hanging(), Hum()])
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(voice.speak, "Here.", *NOW)
        hanging.waited_for.wait()
        assert voice.troubles == ["There is no such voice."]
        assert not voice.another
        hanging.let_go.set()
        assert answer.result().any()
    assert voice.another


def test_one_that_is_closed_while_it_is_looked_for_says_nothing() -> None:
    # An exception in that thread would be a traceback for the person, and is an error here.
    voice = Instead([hanging := Hanging(), Hum()])
    before = set(threading.enumerate())
    voice.soon()
    (looking,) = (one for one in set(threading.enumerate()) - before if one.name == "early voice")
    hanging.waited_for.wait()
    voice.close()
    looking.join()
    assert voice.troubles == []

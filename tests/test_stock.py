"""Sentences that were made ahead: they are there when the disk is full, and when nobody speaks any more."""

import os
import resource
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from guide.bedside import stock as rooms
from guide.bedside.sayings import sayings
from guide.bedside.stock import Stock
from guide.duration import RATE
from guide.errors import StorageError, VoiceError
from guide.loudness import integrated
from guide.sound import Sound, linear
from guide.voices import find
from guide.voices.finish import CALIBRATION
from guide.voices.hum import Hum

EN = sayings("en")
ALL = EN.everything(("Held Through the Night",), (1200 * RATE,), (1335,))
KEPT, HOT = "It is kept.", "I have become rather warm."


class Counting(Hum):
    """A hum that counts, and that may fail."""

    def __init__(self, fails: frozenset[str] = frozenset(), *, level: float = 1.0) -> None:
        self.said: list[str] = []
        self.fails = fails
        self.level = level

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        if text not in CALIBRATION:
            self.said.append(text)
        if text in self.fails:
            raise VoiceError(f"It was not spoken: “{text}”.")
        return super().speak(text, pace, pitch) * np.float32(1.0 if text in CALIBRATION else self.level)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A disk that is full: the system itself refuses the rest, in mid-write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def heard(stock: Stock, text: str) -> Sound | None:
    """The sentence as it is mixed."""
    found = stock.sample(text)
    if found is None:
        return None
    sample, gain = found
    return sample.read(0, sample.frames) * np.float32(linear(gain))


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_made_is_said_by_a_process_that_has_no_voice(tmp_path: Path) -> None:
    voice = Counting()
    first = Stock(tmp_path / "bedside", "hum")
    assert first.missing((KEPT, HOT, KEPT)) == [KEPT, HOT]
    assert first.sample(KEPT) is None
    first.make((KEPT, HOT, KEPT), voice)
    first.make((HOT, KEPT), voice)
    assert voice.said == [KEPT, HOT], "each once, in order"

    later = Stock(tmp_path / "bedside", "hum")
    assert later.missing((KEPT, HOT)) == []
    found = later.sample(KEPT)
    assert found is not None
    sample, gain = found
    assert gain == pytest.approx(Hum().gain(1.0, 0.0), abs=0.005)
    assert np.max(np.abs(sample.read(0, sample.frames) - Hum().speak(KEPT, 1.0, 0.0))) < 2 / 32768


def test_files_are_for_their_owner_and_do_not_show_their_words(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "bedside"
    Stock(folder, "hum").make(("Held Through the Night.",), Counting())
    (clip,) = files(folder)
    assert "night" not in clip.name.lower()
    assert b"night" not in clip.read_bytes().lower()
    assert stat.S_IMODE(clip.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _without_its_end(data: bytes) -> bytes:
    return data[: len(data) * 3 // 4]


def _with_a_spot(data: bytes) -> bytes:
    place = len(data) * 3 // 4
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def _louder(data: bytes) -> bytes:
    gain = f"{Hum().gain(1.0, 0.0):.2f}".encode()
    assert gain in data
    return data.replace(gain, gain.replace(b"-", b"+") if b"-" in gain else b"9" * len(gain))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no end": _without_its_end,
    "a spot": _with_a_spot,
    "another gain": _louder,
    "another thing": lambda _: b"fLaC" + os.urandom(4096),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_as_if_it_were_missing_and_is_made_again(tmp_path: Path, damage: str) -> None:
    Stock(tmp_path, "hum").make((KEPT,), Counting())
    (clip,) = files(tmp_path)
    whole = clip.read_bytes()
    clip.write_bytes(DAMAGES[damage](whole))
    stock = Stock(tmp_path, "hum")
    assert stock.sample(KEPT) is None
    assert stock.missing((KEPT,)) == [KEPT]
    stock.make((KEPT,), Counting())
    assert clip.read_bytes() == whole
    assert stock.sample(KEPT) is not None


def test_what_is_no_file_of_ours_is_not_read(tmp_path: Path) -> None:
    stock = Stock(tmp_path, "hum")
    stock.make((KEPT,), Counting())
    (clip,) = files(tmp_path)
    clip.unlink()
    soundfile.write(clip, np.full(RATE, 0.1), RATE)
    assert Stock(tmp_path, "hum").sample(KEPT) is None, "nobody knows how loud it would be"
    clip.unlink()
    clip.mkdir()
    assert Stock(tmp_path, "hum").sample(KEPT) is None
    with pytest.raises(StorageError):
        stock.make((KEPT,), Counting())
    assert stock.sample(KEPT) is not None


def test_a_full_disk_is_told_once_and_all_is_remembered_and_written_later(tmp_path: Path) -> None:
    stock, voice = Stock(tmp_path, "hum"), Counting()
    with no_file_longer_than(1000):
        with pytest.raises(StorageError, match="only remembered"):
            stock.make((KEPT, HOT), voice)
        stock.make((KEPT, HOT), voice)
        assert files(tmp_path) == [], "nothing is left of what was begun"
        assert stock.missing((KEPT, HOT)) == [KEPT, HOT]
        for text in (KEPT, HOT):
            assert stock.sample(text) is not None
    assert voice.said == [KEPT, HOT], "it is not spoken anew to be written"
    stock.make((KEPT, HOT), Counting(frozenset((KEPT, HOT))))
    assert len(files(tmp_path)) == 2
    assert Stock(tmp_path, "hum").missing((KEPT, HOT)) == []
    with no_file_longer_than(1000), pytest.raises(StorageError):
        stock.make(("Good night.",), voice)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    stock = Stock(tmp_path / "cache" / "bedside", "hum")
    assert stock.sample(KEPT) is None
    assert stock.prune((KEPT,)) == 0
    with pytest.raises(StorageError):
        stock.make((KEPT,), Counting())
    assert stock.sample(KEPT) is not None


def test_what_is_held_outlives_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "RECENT", 1)
    stock = Stock(tmp_path, "hum")
    stock.make((KEPT, HOT, "Good night."), Counting())
    stock.hold((KEPT, HOT, "Nobody said this."))
    for clip in files(tmp_path):
        clip.unlink()
    assert stock.sample("Good night.") is None
    for _ in range(2):
        assert heard(stock, KEPT) is not None
        assert heard(stock, HOT) is not None
        stock.hold((KEPT, HOT))
    stock.hold((KEPT,))
    assert heard(stock, KEPT) is not None
    assert heard(stock, HOT) is None, "what is not held any more is let go"


def test_memory_holds_what_was_heard_last_and_no_more(tmp_path: Path) -> None:
    stock = Stock(tmp_path, "hum")
    stock.make(ALL, Counting())
    for text in ALL:
        assert stock.sample(text) is not None
    recent = [clip.steps.nbytes for clip in stock._recent.values()]
    assert 0.5 * 2 * rooms.RECENT < sum(recent) <= 2 * rooms.RECENT
    assert ALL[-1] in stock._recent


def test_a_voice_that_fails_at_one_sentence_says_the_others(tmp_path: Path) -> None:
    stock, voice = Stock(tmp_path, "hum"), Counting(frozenset((HOT,)))
    with pytest.raises(VoiceError, match="rather warm"):
        stock.make((KEPT, HOT, "Good night."), voice)
    assert stock.missing((KEPT, HOT, "Good night.")) == [HOT]
    stock.make((HOT,), Counting())
    assert stock.sample(HOT) is not None


def test_a_voice_that_is_gone_is_not_asked_for_ever(tmp_path: Path) -> None:
    stock, voice = Stock(tmp_path, "hum"), Counting(frozenset(ALL))
    with pytest.raises(VoiceError):
        stock.make(ALL, voice)
    assert voice.said == list(ALL[:2])
    assert files(tmp_path) == []


def test_silence_is_no_sentence(tmp_path: Path) -> None:
    stock = Stock(tmp_path, "hum")
    with pytest.raises(VoiceError):
        stock.make((KEPT,), Counting(level=0.0))
    assert stock.sample(KEPT) is None


def test_another_voice_is_made_anew_and_until_then_the_old_one_is_better_than_none(tmp_path: Path) -> None:
    old, new = Stock(tmp_path, "hum"), Stock(tmp_path, "hum, lower", 0.9, -2.0)
    old.make((KEPT, HOT), Counting())
    assert new.missing((KEPT, HOT)) == [KEPT, HOT]
    before = heard(new, KEPT)
    assert before is not None
    assert len(before) == len(Hum().speak(KEPT, 1.0, 0.0))
    new.make((KEPT,), Counting())
    after = heard(new, KEPT)
    assert after is not None
    assert len(after) > len(before)
    assert new.prune((KEPT, HOT)) == 1, "the old voice's clip of what the new one has said"
    assert heard(new, HOT) is not None
    assert len(files(tmp_path)) == 2


def test_what_no_setting_needs_any_more_is_removed_and_nothing_else(tmp_path: Path) -> None:
    stock = Stock(tmp_path, "hum")
    stock.make((KEPT, HOT, "Good night."), Counting())
    clip = files(tmp_path)[0]
    (tmp_path / f".{clip.name}.123.tmp").write_bytes(b"half")
    (tmp_path / "note.txt").write_text("mine")
    (tmp_path / "song.flac").write_text("mine")
    (tmp_path / "folder").mkdir()
    assert stock.prune((KEPT, HOT)) == 2
    assert sorted(path.name for path in tmp_path.iterdir() if len(path.name) < 20) == [
        "folder", "note.txt", "song.flac",
    ]  # fmt: skip
    assert stock.missing((KEPT, HOT, "Good night.")) == ["Good night."]
    assert stock.sample("Good night.") is None
    assert stock.prune((KEPT, HOT)) == 0


def test_reading_writes_nothing(tmp_path: Path) -> None:
    stock = Stock(tmp_path, "hum")
    stock.make((KEPT, HOT), Counting())
    before = [(path, path.stat().st_mtime_ns, path.stat().st_ino) for path in files(tmp_path)]
    other = Stock(tmp_path, "hum")
    other.hold((KEPT,))
    assert other.missing((KEPT, HOT)) == []
    assert other.sample(HOT) is not None
    other.make((KEPT, HOT), Counting(frozenset((KEPT, HOT))))
    assert [(path, path.stat().st_mtime_ns, path.stat().st_ino) for path in files(tmp_path)] == before


def test_threads_may_speak_and_listen_at_once(tmp_path: Path) -> None:
    stock = Stock(tmp_path, "hum")
    texts = ALL[:24]
    troubles: list[BaseException] = []

    def work(number: int) -> None:
        try:
            if number % 2:
                stock.make(texts, Counting())
            for text in texts * 2:
                sound = heard(stock, text)
                assert sound is None or len(sound) == len(Hum().speak(text, 1.0, 0.0))
                stock.hold(texts[:3])
                stock.prune(texts)
        except BaseException as error:  # noqa: BLE001 - it is told in the test's own thread
            troubles.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert stock.missing(texts) == []


@pytest.mark.parametrize(("language", "name"), [("en", "system"), ("de", "de")])
def test_the_real_voice_says_them_as_loud_as_a_session(tmp_path: Path, language: str, name: str) -> None:
    said = sayings(language)
    texts = (*said.trouble("clock not set"), *said.session("Held Through the Night", 1200 * RATE))
    stock = Stock(tmp_path / "bedside", f"{name} {language}")
    voice = find(name, tmp_path / "voices")
    try:
        stock.make(texts, voice)
    finally:
        voice.close()
    later = Stock(tmp_path / "bedside", f"{name} {language}")
    sounds = [heard(later, text) for text in texts]
    together = np.concatenate([sound for sound in sounds if sound is not None])
    assert len(together) > 8 * RATE
    assert integrated(together) + 3.01 == pytest.approx(-18.0, abs=2.5)

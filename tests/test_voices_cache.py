"""A voice that remembers: what it keeps, what it forgets, and what it does when it cannot."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.duration import RATE
from guide.sound import Sound
from guide.takes import ROOM_FOR_ONE
from guide.voices.cache import Cached, Gains, make_room
from guide.voices.hum import Hum

TEXT = "Let the breath come and go."


class Counting(Hum):
    """A hum that counts how often it spoke, and whose clips can be told apart from one time to the next."""

    def __init__(self, identity: str = "counting 1", length: float = 1.0) -> None:
        self.identity = identity
        self.times = 0
        self._length = length

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        self.times += 1
        clip = super().speak(text, pace, pitch) * np.float32(1 - self.times / 1000)
        return clip[: round(len(clip) * self._length)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.flac"))


def test_a_sentence_is_spoken_once_and_is_the_same_ever_after(tmp_path: Path) -> None:
    voice = Counting()
    first = Cached(voice, tmp_path).speak(TEXT, 1.0, 0.0)
    again = Cached(voice, tmp_path).speak(TEXT, 1.0, 0.0)
    assert voice.times == 1
    assert np.array_equal(first, again)
    assert first.dtype == again.dtype == np.float32
    assert np.max(np.abs(first - Hum().speak(TEXT, 1.0, 0.0) * np.float32(0.999))) < 2 / 32768


def test_text_pace_pitch_and_voice_make_different_clips(tmp_path: Path) -> None:
    voice = Counting()
    cached = Cached(voice, tmp_path)
    for text, pace, pitch in ((TEXT, 1.0, 0.0), (TEXT + " ", 1.0, 0.0), (TEXT, 0.9, 0.0), (TEXT, 1.0, 1.0)):
        cached.speak(text, pace, pitch)
    assert voice.times == 4
    other = Counting("counting 2")
    Cached(other, tmp_path).speak(TEXT, 1.0, 0.0)
    assert other.times == 1
    assert len(files(tmp_path)) == 5


def test_clips_are_for_their_owner_alone_and_do_not_show_their_words(tmp_path: Path) -> None:
    folder = tmp_path / "voices"
    Cached(Counting(), folder).speak("Be kind to yourself, Maria.", 1.0, 0.0)
    (clip,) = files(folder)
    assert "maria" not in str(clip.relative_to(tmp_path)).lower()
    assert stat.S_IMODE(clip.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(clip.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in clip.parent.iterdir()) == [clip.name]


@pytest.mark.parametrize("damage", [b"", b"fLaC and then nothing", None])
def test_a_damaged_clip_is_spoken_anew_and_mended(tmp_path: Path, damage: bytes | None) -> None:
    voice = Counting()
    cached = Cached(voice, tmp_path)
    cached.speak(TEXT, 1.0, 0.0)
    (clip,) = files(tmp_path)
    whole = clip.read_bytes()
    clip.write_bytes(whole[: len(whole) // 8] if damage is None else damage)
    mended = cached.speak(TEXT, 1.0, 0.0)
    assert voice.times == 2
    assert len(mended) == len(Hum().speak(TEXT, 1.0, 0.0))
    assert np.array_equal(cached.speak(TEXT, 1.0, 0.0), mended)
    assert voice.times == 2


@pytest.mark.parametrize("length", [0.01, 40.0])
def test_a_clip_that_does_not_suit_its_words_is_never_kept(tmp_path: Path, length: float) -> None:
    class Odd(Counting):
        def speak(self, text: str, pace: float, pitch: float) -> Sound:
            return np.resize(super().speak(text, pace, pitch), round(3 * RATE * length))

    voice = Odd()
    cached = Cached(voice, tmp_path)
    cached.speak(TEXT, 1.0, 0.0)
    cached.speak(TEXT, 1.0, 0.0)
    assert voice.times == 2
    assert files(tmp_path) == []


def test_what_was_not_used_for_longest_is_forgotten_first(tmp_path: Path) -> None:
    voice = Counting()
    texts = [f"This is sentence number {word}." for word in ("one", "two", "three", "four", "five")]
    Cached(voice, tmp_path).speak(texts[0], 1.0, 0.0)
    size = files(tmp_path)[0].stat().st_size
    cached = Cached(voice, tmp_path, limit=round(size * 4.4))
    for age, text in enumerate(texts[:4]):
        cached.speak(text, 1.0, 0.0)
        for path in files(tmp_path):
            if path.stat().st_mtime > 2_000_000:
                os.utime(path, (1_000_000 + age, 1_000_000 + age))
    cached.speak(texts[0], 1.0, 0.0)
    cached.speak(texts[4], 1.0, 0.0)
    assert sum(path.stat().st_size for path in files(tmp_path)) <= size * 4.4
    spoken = voice.times
    cached.speak(texts[0], 1.0, 0.0)
    cached.speak(texts[4], 1.0, 0.0)
    assert voice.times == spoken
    cached.speak(texts[1], 1.0, 0.0)
    assert voice.times == spoken + 1


def test_pinned_sentences_are_never_forgotten(tmp_path: Path) -> None:
    voice = Counting()
    line = "Thank you. It is kept."
    cached = Cached(voice, tmp_path, limit=1, pinned=[line])
    cached.speak(line, 1.0, 0.0)
    for word in ("one", "two", "three"):
        cached.speak(f"Then came number {word}.", 1.0, 0.0)
    cached.speak(line, 1.0, 0.0)
    assert voice.times == 4
    assert len(files(tmp_path)) <= 2


def test_a_sentence_that_is_pinned_later_is_kept_from_then_on(tmp_path: Path) -> None:
    voice = Counting()
    Cached(voice, tmp_path).speak(TEXT, 1.0, 0.0)
    Cached(voice, tmp_path, pinned=[TEXT]).speak(TEXT, 1.0, 0.0)
    small = Cached(voice, tmp_path, limit=1)
    small.speak("Something else that needs its room.", 1.0, 0.0)
    small.speak(TEXT, 1.0, 0.0)
    assert voice.times == 2


def test_where_nothing_can_be_written_it_only_does_not_remember(tmp_path: Path) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("in the way")
    voice = Counting()
    cached = Cached(voice, blocked / "voices")
    assert len(cached.speak(TEXT, 1.0, 0.0)) == len(cached.speak(TEXT, 1.0, 0.0))
    assert voice.times == 2
    gains = Gains(blocked / "gains")
    gains.put("a voice", -3.0)
    assert gains.get("a voice") is None


def test_gains_are_kept_and_nonsense_in_their_files_is_not_believed(tmp_path: Path) -> None:
    gains = Gains(tmp_path / "gains")
    assert gains.get("a voice") is None
    gains.put("a voice", -3.25)
    assert Gains(tmp_path / "gains").get("a voice") == -3.25
    assert gains.get("another voice") is None
    (file,) = (tmp_path / "gains").iterdir()
    for nonsense in ("", "loud", "nan", "9e9"):
        file.write_text(nonsense)
        assert gains.get("a voice") is None


def test_gain_identity_and_closing_are_those_of_the_voice_it_remembers(tmp_path: Path) -> None:
    voice = Counting()
    cached = Cached(voice, tmp_path)
    assert cached.identity == voice.identity
    assert cached.gain(1.0, 0.0) == voice.gain(1.0, 0.0)
    cached.close()


# ── the last of a disk ───────────────────────────────────────────────────────────────────────────────────


def test_no_loose_clip_takes_the_room_that_one_reflection_needs(tmp_path: Path) -> None:
    voice = Counting()
    line = "Thank you. It is kept."
    room = [ROOM_FOR_ONE]
    cached = Cached(voice, tmp_path, pinned=[line], free=lambda _: room[0])
    cached.speak(TEXT, 1.0, 0.0)
    assert files(tmp_path) == []
    cached.speak(line, 1.0, 0.0)
    (pinned,) = files(tmp_path)
    assert pinned.parent.name == "kept"
    room[0] += 10_000_000
    cached.speak(TEXT, 1.0, 0.0)
    assert len(files(tmp_path)) == 2
    assert voice.times == 3


def test_where_the_room_cannot_be_asked_for_nothing_is_kept(tmp_path: Path) -> None:
    def refused(_: Path) -> int:
        raise OSError(5, "Input/output error")

    assert len(Cached(Counting(), tmp_path, free=refused).speak(TEXT, 1.0, 0.0)) > 0
    assert files(tmp_path) == []
    assert make_room(tmp_path, 1, free=refused) == 0
    assert make_room(tmp_path / "nowhere", 1 << 60) == 0


@settings(max_examples=50)
@given(
    ages=st.lists(st.integers(1, 10_000), max_size=12, unique=True),
    free=st.integers(0, 40_000),
    wanted=st.integers(0, 40_000),
)
def test_room_is_made_of_what_was_used_longest_ago_and_of_no_more(
    ages: list[int], free: int, wanted: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("voices")
    for name in ("clips", "kept", "gains"):
        (folder / name).mkdir()
        (folder / name / "mine.txt").symlink_to("/etc/hostname")
    for age in ages:
        for name in ("clips", "kept"):
            path = folder / name / f"{age}.flac"
            path.write_bytes(bytes(3_000))
            os.utime(path, (age, age))
    (folder / "calibration.gain").write_bytes(bytes(3_000))
    before = set(folder.rglob("*"))
    gone = make_room(folder, wanted, free=lambda _: free)
    left = set(folder.rglob("*"))
    lacking = -(-max(0, wanted - free) // 3_000)
    assert gone == 3_000 * min(lacking, len(ages))
    assert before - left == {folder / "clips" / f"{age}.flac" for age in sorted(ages)[:lacking]}


def test_room_is_made_on_a_real_disk_that_is_full(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from guide.voices.cache import Cached, free_bytes, make_room
from guide.voices.hum import Hum

place = Path(sys.argv[1])
cached = Cached(Hum(), place / "voices", pinned=["Thank you."], free=lambda _: 1 << 40)
for word in ("one", "two", "three", "four", "five"):
    cached.speak(f"This is sentence number {word}.", 1.0, 0.0)
cached.speak("Thank you.", 1.0, 0.0)
recording = place / "000001.flac"
recording.write_bytes(b"said")
with (place / "filler").open("wb") as file:
    file.write(bytes(free_bytes(place) - 4096))
wanted = free_bytes(place) + 60_000
gone = make_room(place / "voices", wanted)
assert free_bytes(place) >= wanted, (free_bytes(place), wanted)
assert gone >= 60_000
loose = list((place / "voices" / "clips").iterdir())
assert 0 < len(loose) < 5, loose
assert len(list((place / "voices" / "kept").iterdir())) == 1
assert recording.read_bytes() == b"said"
assert Cached(Hum(), place / "voices").speak("One more.", 1.0, 0.0).size
assert len(list((place / "voices" / "clips").iterdir())) == len(loose)
"""
    mount = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=2m none "$0" && exec "$@"', str(tmp_path)]
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    done = subprocess.run(
        [*mount, sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

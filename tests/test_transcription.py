"""Words are understood: the real model hears the real voice, in quiet and noise, with pauses and none."""

import re
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from guide.beds import Bed
from guide.duration import RATE, frames
from guide.errors import GuideError, NotFoundError, StorageError, VoiceError
from guide.folders import Folders
from guide.library import Library
from guide.models import Shelf, model
from guide.sentences import paragraphs
from guide.sound import Sound, linear
from guide.transcription import Transcriber, Words, transcriber
from guide.transcription.sherpa import Moonshine
from guide.voices import speak_all
from guide.voices.system import System

SAID = """
Let yourself arrive, just as you are. I sat by the window this morning and watched the rain fall on the
garden. At first my mind was busy with work and with the people I had to call. Then my breath became slow,
and my shoulders let go a little. There was a heavy feeling in my chest, like a stone. I stayed with it,
and after a while it became warm and soft. Now I feel tired, but also quiet and thankful. Tomorrow I want
to walk to the river before breakfast and call my sister.
"""
"""97 words."""
SENTENCES = [sentence for paragraph in paragraphs(SAID) for sentence in paragraph]
CLEAR = "en-us"
"""The voice of espeak-ng that the model understands best."""


def words_of(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]+", " ", text.lower()).split()


def error_rate(said: str, understood: str) -> float:
    """Words that were changed, lost or put in, for each word that was said."""
    true, heard = words_of(said), words_of(understood)
    row = list(range(len(heard) + 1))
    for i, word in enumerate(true, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (word != other))
    return row[-1] / len(true)


def quiet(seconds: float) -> Sound:
    return np.zeros(frames(seconds), dtype=np.float32)


def blocks(sound: Sound, size: int = 4_096) -> Iterator[Sound]:
    return (sound[at : at + size] for at in range(0, len(sound), size))


def noise(name: str, count: int) -> Sound:
    """A bed of the project's own, as a microphone hears it."""
    library = Library.find(Folders.nowhere())
    return Bed.load(library.bed_path(name)).block(0, count)[:, 0].copy()


@pytest.fixture(scope="module")
def hearing(speech_model: Folders) -> Transcriber:
    return transcriber(speech_model)


@pytest.fixture(scope="module")
def clips(hearing: Transcriber) -> list[Sound]:
    """Each sentence as it is spoken, without pauses around."""
    voice = System(CLEAR)
    try:
        spoken = speak_all(voice, SENTENCES, 1.0, 0.0)
    except VoiceError as error:
        pytest.skip(str(error))
    finally:
        voice.close()
    return [spoken[sentence] for sentence in SENTENCES]


def joined(clips: list[Sound], pause: float) -> Sound:
    return np.concatenate([quiet(0.5), *(part for clip in clips for part in (clip, quiet(pause)))])


def test_a_spoken_page_is_understood(hearing: Transcriber, clips: list[Sound]) -> None:
    sound = joined(clips, 0.7)
    understood = hearing.words(blocks(sound))
    assert error_rate(SAID, understood.text) <= 0.16, understood.text
    ends = [0]
    for piece in understood.pieces:
        assert ends[-1] <= piece.start < piece.start + piece.frames <= len(sound) + RATE // 10
        ends.append(piece.start + piece.frames)
    assert hearing.name == "moonshine-tiny"


def test_long_pauses_lose_nothing_and_make_paragraphs(hearing: Transcriber, clips: list[Sound]) -> None:
    understood = hearing.words(blocks(joined(clips, 3.3)))
    assert error_rate(SAID, understood.text) <= 0.2, understood.text
    assert understood.text.count("\n\n") == len(SENTENCES) - 1
    begins = np.cumsum([frames(0.5)] + [len(clip) + frames(3.3) for clip in clips])[:-1]
    for piece, begin in zip(understood.pieces, begins, strict=True):
        assert abs(piece.start - begin) < frames(0.4)


def test_what_has_no_pause_is_cut_and_no_word_is_lost(hearing: Transcriber, clips: list[Sound]) -> None:
    sound = np.concatenate([without_pauses(clip) for clip in clips])
    assert len(sound) > frames(32)
    understood = hearing.words(blocks(sound))
    assert error_rate(SAID, understood.text) <= 0.3, understood.text
    assert len(understood.pieces) >= 2
    assert all(piece.frames <= frames(30) for piece in understood.pieces)
    assert sum(piece.frames for piece in understood.pieces) > len(sound) - frames(1)
    assert 0.9 < len(words_of(understood.text)) / len(words_of(SAID)) < 1.1


def without_pauses(clip: Sound) -> Sound:
    """The parts of 20 ms in which anything sounds."""
    parts = clip[: len(clip) // 960 * 960].reshape(-1, 960)
    kept: Sound = parts[np.abs(parts).max(axis=1) > 0.02].ravel()
    return kept


@pytest.mark.parametrize(("bed", "under"), [("warm-noise", 15), ("rain", 20)])
def test_a_room_with_noise_changes_little(
    hearing: Transcriber, clips: list[Sound], bed: str, under: float
) -> None:
    sound = joined(clips, 0.7)
    room = noise(bed, len(sound))
    voiced = np.concatenate(clips)
    level = linear(-under) * float(np.std(voiced)) / float(np.std(room))
    understood = hearing.words(blocks((sound + room * level).astype(np.float32)))
    assert error_rate(SAID, understood.text) <= 0.22, understood.text


def test_a_voice_far_from_the_microphone_is_understood(hearing: Transcriber, clips: list[Sound]) -> None:
    far = np.round(joined(clips, 0.7) * linear(-30) * 32_768) / 32_768
    assert error_rate(SAID, hearing.words(blocks(far.astype(np.float32))).text) <= 0.22


def test_where_nothing_is_said_there_are_no_words(hearing: Transcriber) -> None:
    length = frames(12)
    hum = sum(np.sin(2 * np.pi * 50 * k * np.arange(length) / RATE) / k for k in range(1, 9))
    rooms = [quiet(12), np.asarray(0.02 * hum, dtype=np.float32)]
    rooms += [
        noise(name, length) * np.float32(level)
        for name in ("warm-noise", "rain", "night")
        for level in (1, 0.1)
    ]
    for room in rooms:
        assert hearing.words(blocks(room)) == Words(())
    assert hearing.words(iter(())) == Words(())
    assert hearing.words(iter([quiet(0), quiet(0.001)])) == Words(())


def test_a_human_voice_is_understood(hearing: Transcriber, packages: Path) -> None:
    (wheel,) = packages.glob("useful_moonshine_onnx-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        recording = BytesIO(archive.read("moonshine_onnx/assets/beckett.wav"))
    samples, rate = soundfile.read(recording, dtype="float32")
    sound = soxr.resample(samples, rate, RATE)
    said = "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."
    understood = hearing.words(blocks(sound))
    assert error_rate(said, understood.text) <= 0.25, understood.text


def test_the_size_of_the_blocks_changes_nothing(hearing: Transcriber, clips: list[Sound]) -> None:
    sound = joined(clips[:3], 1.0)
    whole = hearing.words(iter([sound]))
    assert whole.pieces
    for size in (1_000, 48_001):
        assert hearing.words(blocks(sound, size)) == whole


def test_a_long_take_is_never_held_whole(
    hearing: Transcriber, clips: list[Sound], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Moonshine, "_raw", lambda _self, _heard: "word")
    page = np.concatenate([without_pauses(clip) for clip in clips])
    tracemalloc.start()
    try:
        understood = hearing.words(block for _ in range(3) for block in blocks(page, RATE))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(understood.pieces) >= 3
    # Half a minute at 16 kHz is 2 MB, once as windows and once as a piece; the whole would be 7 MB.
    assert most < 6_000_000


def test_where_the_model_falls_into_a_loop_it_hears_the_halves(
    hearing: Transcriber, clips: list[Sound], monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.concatenate(clips[1:3])
    heard = list[int]()

    def raw(_self: Moonshine, samples: Sound) -> str:
        heard.append(len(samples))
        return "so tired " * 30 if len(heard) == 1 else f"part {len(heard)}"

    monkeypatch.setattr(Moonshine, "_raw", raw)
    (piece,) = hearing.words(blocks(sound)).pieces
    assert piece.text == "part 2 part 3"
    assert heard[1] + heard[2] == heard[0]
    monkeypatch.setattr(Moonshine, "_raw", lambda _self, _heard: "so tired " * 30)
    (piece,) = hearing.words(blocks(sound)).pieces
    assert piece.text == "so tired"


# -- what is in the way, as sentences


def test_a_missing_model_is_a_sentence(tmp_path: Path) -> None:
    nobody = Folders(tmp_path, tmp_path, tmp_path, tmp_path)
    with pytest.raises(NotFoundError, match=r"`guide models install moonshine-tiny` brings it"):
        transcriber(nobody)
    with pytest.raises(NotFoundError, match=r"no model called 'moonshine-tinny'\. Did you mean"):
        transcriber(nobody, "moonshine-tinny")


def test_a_language_that_it_does_not_know_is_a_sentence(tmp_path: Path) -> None:
    nobody = Folders(tmp_path, tmp_path, tmp_path, tmp_path)
    with pytest.raises(GuideError, match=r"moonshine-tiny knows en and not de-AT"):
        transcriber(nobody, language="de-AT")
    with pytest.raises(NotFoundError):  # that language it knows
        transcriber(nobody, language="en-GB")


def test_a_missing_extra_is_a_sentence(speech_model: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(GuideError, match=r"pip install -e .*\[neural\]"):
        transcriber(speech_model)


def test_a_damaged_model_is_a_sentence(speech_model: Folders) -> None:
    file = Shelf.of(speech_model).place(model("moonshine-tiny")) / "decoder.onnx"
    good = file.read_bytes()
    file.write_bytes(good[:5_000_000] + b"\0\0\0\0" + good[5_000_004:])
    try:
        with pytest.raises(
            StorageError, match=r"damaged\. `guide models install moonshine-tiny` brings it anew"
        ):
            transcriber(speech_model)
    finally:
        file.write_bytes(good)

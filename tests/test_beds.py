"""A bed of loops: read with care, and the same however it is cut."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from guide.beds import MARGIN, Bed
from guide.bells import load
from guide.duration import RATE
from guide.errors import NotFoundError, StorageError
from guide.sound import raised_cosine

SHIPPED = Path(__file__).parent.parent / "audio/beds"
DAY = 24 * 3600 * RATE


def _loop(frames: int, seed: int) -> NDArray[np.int16]:
    samples = np.random.default_rng(seed).integers(-32768, 32768, (frames, 2))
    return samples.astype(np.int16)


BED = Bed("of noise", (_loop(701, 1), _loop(1009, 2), _loop(13, 3)))


def _write(path: Path, frames: int, *, rate: int = RATE, channels: int = 2) -> Path:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.zeros((frames, channels), dtype=np.int16), rate, subtype="PCM_16")
    return path


@given(at=st.integers(0, 3 * DAY), lengths=st.lists(st.integers(0, 2500), min_size=1, max_size=6))
def test_a_bed_is_the_same_however_it_is_cut(at: int, lengths: list[int]) -> None:
    whole = BED.block(at, sum(lengths))
    starts = [at + sum(lengths[:index]) for index in range(len(lengths))]
    cut = np.concatenate([BED.block(start, n) for start, n in zip(starts, lengths, strict=True)])
    assert whole.dtype == np.float32
    assert whole.shape == (sum(lengths), 2)
    assert np.array_equal(whole, cut)


@given(at=st.integers(0, 3 * DAY))
def test_a_frame_is_the_sum_of_each_loop_where_it_has_come_to(at: int) -> None:
    expected = sum(loop[at % len(loop)].astype(np.float64) for loop in BED.loops) / 32768
    assert np.array_equal(BED.block(at, 1)[0], expected)


def test_the_margins_are_cut_and_the_seam_runs_on(tmp_path: Path) -> None:
    turn = 2 * np.pi * 5 * np.arange(-MARGIN, RATE + MARGIN) / RATE
    wave = np.rint(8000 * np.stack([np.sin(turn), np.cos(turn)], axis=1)).astype(np.int16)
    soundfile.write(tmp_path / "loop.wav", wave, RATE, subtype="PCM_16")
    (loop,) = Bed.load(tmp_path).loops
    assert np.array_equal(loop, wave[MARGIN:-MARGIN])


def test_what_the_codec_did_after_the_end_is_what_follows_the_end(tmp_path: Path) -> None:
    wave = np.zeros((RATE + 2 * MARGIN, 2), dtype=np.int16)
    wave[RATE + MARGIN :] = 100
    soundfile.write(tmp_path / "loop.wav", wave, RATE, subtype="PCM_16")
    (loop,) = Bed.load(tmp_path).loops
    assert loop[0, 0] == 100
    assert np.all(np.diff(loop[:, 0]) <= 0)
    assert not loop[RATE // 2 :].any()


def test_a_bed_takes_its_name_from_its_folder(tmp_path: Path) -> None:
    _write(tmp_path / "meadow" / "a.wav", RATE + 2 * MARGIN)
    (tmp_path / "meadow" / "notes.txt").write_text("not a sound")
    bed = Bed.load(tmp_path / "meadow")
    assert (bed.name, [len(loop) for loop in bed.loops]) == ("meadow", [RATE])


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, Path.touch])
def test_no_folder_or_no_sound_in_it_is_not_found(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "nothing")
    with pytest.raises(NotFoundError, match="nothing"):
        Bed.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("frames", "rate", "channels", "sentence"),
    [
        (RATE + 2 * MARGIN, 44_100, 2, "not stereo at 48000 Hz"),
        (RATE + 2 * MARGIN, RATE, 1, "not stereo at 48000 Hz"),
        (RATE + 2 * MARGIN - 1, RATE, 2, "not between 1 and 60 seconds"),
        (2 * MARGIN, RATE, 2, "not between 1 and 60 seconds"),
        (0, RATE, 2, "not between 1 and 60 seconds"),
        (60 * RATE + 2 * MARGIN + 1, RATE, 2, "not between 1 and 60 seconds"),
    ],
)
def test_a_loop_that_does_not_fit_is_refused(
    tmp_path: Path, frames: int, rate: int, channels: int, sentence: str
) -> None:
    _write(tmp_path / "loop.wav", frames, rate=rate, channels=channels)
    with pytest.raises(StorageError, match=sentence):
        Bed.load(tmp_path)


def test_a_loop_of_too_many_bytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "loop.wav").open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(StorageError, match="too large"):
        Bed.load(tmp_path)


def test_more_than_eight_loops_are_refused(tmp_path: Path) -> None:
    for index in range(9):
        _write(tmp_path / f"{index}.wav", RATE + 2 * MARGIN)
    with pytest.raises(StorageError, match="9 loops; 8 at most"):
        Bed.load(tmp_path)


def test_rubbish_and_broken_files_are_a_sentence(tmp_path: Path) -> None:
    whole = Path(_write(tmp_path / "whole" / "loop.ogg.wav", 3 * RATE)).read_bytes()
    for name, data in {"rubbish": b"OggS" + bytes(range(256)), "empty": b"", "header": whole[:40]}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "loop.wav").write_bytes(data)
        with pytest.raises(StorageError, match=r"loop\.wav"):
            Bed.load(tmp_path / name)


def test_a_shipped_loop_that_was_cut_short_or_scrambled_never_breaks_out(tmp_path: Path) -> None:
    whole = (Path(__file__).parent.parent / "audio/beds/rain/near.ogg").read_bytes()
    rng = np.random.default_rng(4)
    for trial in range(30):
        data = bytearray(whole[: int(rng.integers(1, len(whole)))] if trial % 2 else whole)
        for place in rng.integers(0, len(data), 20):
            data[place] ^= int(rng.integers(1, 256))
        (tmp_path / "loop.ogg").write_bytes(data)
        try:
            (loop,) = Bed.load(tmp_path).loops
        except StorageError:
            continue
        assert RATE <= len(loop) <= 60 * RATE


# ── decoded where it is asked for ────────────────────────────────────────────────────────────────────────


def _eager(folder: Path) -> Bed:
    """The bed as it is when each file is read from its beginning to its end."""
    loops = []
    for path in sorted(folder.iterdir()):
        whole = soundfile.read(path, dtype="int16")[0]
        loop = whole[MARGIN:-MARGIN].copy()
        weight = raised_cosine(480)[:, None]
        after = whole[len(whole) - MARGIN :][:480]
        loop[:480] = np.rint(after * (1 - weight) + loop[:480] * weight)
        loops.append(loop)
    return Bed(folder.name, loops)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Bed]]:
    """Folders of beds, and what they hold: the shipped ones, and one of the other kinds of file."""
    folder = tmp_path_factory.mktemp("beds") / "noise"
    folder.mkdir()
    for name, seconds in (("a.wav", 3.1), ("b.flac", 2.003)):
        noise = _loop(round(seconds * RATE) + 2 * MARGIN, len(name))
        soundfile.write(folder / name, noise, RATE, subtype="PCM_16")
    return {folder.name: (folder, _eager(folder)) for folder in (folder, SHIPPED / "rain", SHIPPED / "drone")}


@settings(max_examples=40, deadline=None)
@given(
    bed=st.sampled_from(["noise", "rain", "drone"]),
    ranges=st.lists(
        st.tuples(st.integers(0, DAY), st.sampled_from([1, 480, 2400, RATE])), min_size=1, max_size=5
    ),
)
def test_a_bed_sounds_the_same_wherever_it_is_begun(
    kinds: dict[str, tuple[Path, Bed]], bed: str, ranges: list[tuple[int, int]]
) -> None:
    folder, eager = kinds[bed]
    lazy = Bed.load(folder)
    for at, n in ranges:
        assert np.array_equal(lazy.block(at, n), eager.block(at, n))
        assert np.array_equal(lazy.block(at + n, n), eager.block(at + n, n))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*.ogg")), ids=lambda path: path.stem)
def test_a_shipped_loop_can_be_begun_at_every_place(path: Path, tmp_path: Path) -> None:
    (tmp_path / path.name).symlink_to(path)
    eager = _eager(tmp_path)
    length = len(eager.loops[0])
    for at in [*range(1, length, 23_987), *range(length - 120_000, length, 7_001), length - 1]:
        assert np.array_equal(Bed.load(tmp_path).block(at, 100), eager.block(at, 100)), at


def test_a_bed_is_heard_from_end_to_beginning(kinds: dict[str, tuple[Path, Bed]]) -> None:
    folder, eager = kinds["rain"]
    lazy = Bed.load(folder)
    for at in range(40 * RATE, -1, -RATE):
        assert np.array_equal(lazy.block(at, RATE), eager.block(at, RATE))


def test_a_bed_decoded_by_several_threads_at_once_is_the_same(kinds: dict[str, tuple[Path, Bed]]) -> None:
    folder, eager = kinds["drone"]
    lazy = Bed.load(folder)
    places = np.random.default_rng(3).permutation(40) * RATE
    with ThreadPoolExecutor(8) as threads:
        blocks = list(threads.map(lambda at: lazy.block(int(at), RATE), places))
    for at, block in zip(places, blocks, strict=True):
        assert np.array_equal(block, eager.block(int(at), RATE))


def test_a_libsndfile_that_finds_no_place_begins_at_the_beginning(
    kinds: dict[str, tuple[Path, Bed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundfile, "__libsndfile_version__", "1.0.31")
    folder, eager = kinds["rain"]
    lazy = Bed.load(folder)
    for at in (11 * RATE, 3 * RATE, 0):
        assert np.array_equal(lazy.block(at, RATE), eager.block(at, RATE))


def test_when_it_is_whole_no_file_is_needed_any_more(
    kinds: dict[str, tuple[Path, Bed]], tmp_path: Path
) -> None:
    copied = tmp_path / "noise"
    shutil.copytree(kinds["noise"][0], copied)
    bed = Bed.load(copied)
    bed.whole()
    shutil.rmtree(copied)
    assert np.array_equal(bed.block(123, 9 * RATE), kinds["noise"][1].block(123, 9 * RATE))


@pytest.fixture
def half(tmp_path: Path) -> tuple[Bed, Bed]:
    """A bed of a whole loop and one whose file ends in its middle; and the same, that loop being silent."""
    steps = [_loop(4 * RATE + 2 * MARGIN, seed) for seed in (1, 2)]
    for name, each in zip(("good.flac", "torn.flac"), steps, strict=True):
        soundfile.write(tmp_path / name, each, RATE, subtype="PCM_16")
    whole = _eager(tmp_path).loops
    with (tmp_path / "torn.flac").open("r+b") as file:
        file.truncate(file.seek(0, 2) // 2)
    return Bed.load(tmp_path), Bed("half", (whole[0], np.zeros_like(whole[1])))


def test_a_damaged_loop_is_silent_while_it_plays_and_the_others_go_on(half: tuple[Bed, Bed]) -> None:
    bed, without = half
    for at in (2 * RATE, 3 * RATE, 0, 5 * RATE):
        assert np.array_equal(bed.block(at, RATE), without.block(at, RATE))


def test_a_damaged_loop_is_told_to_whoever_asks_for_all_of_it(half: tuple[Bed, Bed]) -> None:
    bed, _ = half
    bed.block(0, RATE)
    for _ in range(2):
        with pytest.raises(StorageError, match=r"The loop torn\.flac (is damaged|cannot be read)"):
            bed.whole()


def test_a_loop_that_vanished_is_told_too(tmp_path: Path) -> None:
    bed = Bed.load(_write(tmp_path / "bed" / "a.wav", 2 * RATE).parent)
    (tmp_path / "bed" / "a.wav").unlink()
    assert not bed.block(0, 100).any()
    with pytest.raises(StorageError, match=r"The loop a\.wav cannot be read"):
        bed.whole()


# ── bells ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mono_sound_at_another_rate_becomes_stereo_at_ours(tmp_path: Path) -> None:
    turn = 2 * np.pi * 440 * np.arange(22_050) / 22_050
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(turn), 22_050)
    sound = load(tmp_path / "a.wav")
    assert sound.shape == (RATE, 2)
    assert sound.dtype == np.float32
    assert np.array_equal(sound[:, 0], sound[:, 1])
    spectrum = np.abs(np.fft.rfft(sound[:, 0]))
    assert int(np.argmax(spectrum)) == 440


def test_a_bell_beyond_full_scale_is_held_at_it(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((RATE, 2), 1000.0), RATE, subtype="FLOAT")
    assert float(np.max(load(tmp_path / "a.wav"))) == 1.0


def test_a_bell_that_holds_no_numbers_is_damaged(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((RATE, 2), np.nan), RATE, subtype="FLOAT")
    with pytest.raises(StorageError, match="not numbers"):
        load(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("frames", "rate", "channels", "sentence"),
    [
        (100, RATE, 3, "3 channels"),
        (100, 4_000, 1, "has 4000 samples a second"),
        (0, RATE, 1, "between 0 and 60 seconds"),
        (60 * 8_000 + 1, 8_000, 1, "between 0 and 60 seconds"),
    ],
)
def test_a_bell_that_does_not_fit_is_refused(
    tmp_path: Path, frames: int, rate: int, channels: int, sentence: str
) -> None:
    with pytest.raises(StorageError, match=sentence):
        load(_write(tmp_path / "bell.wav", frames, rate=rate, channels=channels))


def test_a_bell_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="gong"):
        load(tmp_path / "gong.flac")
    with pytest.raises(NotFoundError):
        load(tmp_path)


def test_a_bell_that_is_rubbish_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "gong.flac").write_bytes(b"fLaC" + bytes(99))
    with pytest.raises(StorageError, match=r"gong\.flac cannot be read"):
        load(tmp_path / "gong.flac")

"""Sessions as files: whole or not at all, as long as they are, with their names inside."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from meditations import arranged, script
from mutagen.id3 import ID3

from guide.beds import Bed
from guide.cli.render import write_session
from guide.duration import RATE, frames
from guide.errors import GuideError, StorageError
from guide.flac import UnforeseenError
from guide.folders import Folders
from guide.library import Library
from guide.session import Wish, mixed, prepare
from guide.sound import Sound
from guide.timeline import Event, Timeline
from guide.voices.hum import Hum
from guide.writing import FORMATS, Dither, Source, captions, cues, format_of, write_sound, write_text

ENDINGS = sorted(FORMATS)
DITHER = Dither()
LINE = arranged(
    script(
        """
        - part: Arriving
          steps: [{say: Welcome. Sit & rest <here>.}, {rest: 5s}]
        - part: Zurück
          steps: [{say: "Two --> three?"}, {rest: 9s}]
        """
    ),
    frames(20.5) + 7,
)


def sound(count: int = LINE.frames) -> Sound:
    time = np.arange(count)[:, None] / RATE
    return (0.3 * np.sin(2 * np.pi * np.array([220.0, 331.0]) * time)).astype(np.float32)


SOURCE = Source.of(sound())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same session in every format."""
    folder = tmp_path_factory.mktemp("written")
    written = {ending: folder / f"session{ending}" for ending in ENDINGS}
    for path in written.values():
        write_sound(path, SOURCE, title="A quiet title", chapters=LINE)
    return written


@pytest.mark.parametrize("ending", [".flac", ".wav", ".ogg"])
def test_a_file_has_exactly_the_frames_of_the_session(files: dict[str, Path], ending: str) -> None:
    about = soundfile.info(os.fspath(files[ending]))
    assert (about.frames, about.samplerate, about.channels) == (LINE.frames, RATE, 2)


def test_an_mp3_is_as_long_as_its_frames_of_1152_allow(files: dict[str, Path]) -> None:
    about = soundfile.info(os.fspath(files[".mp3"]))
    assert (about.samplerate, about.channels) == (RATE, 2)
    assert LINE.frames <= about.frames <= LINE.frames + 4 * 1152


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_in_a_file_is_what_was_heard(files: dict[str, Path], ending: str) -> None:
    samples, _ = soundfile.read(os.fspath(files[ending]), dtype="float32")
    lossless = ending in (".flac", ".wav")
    difference = np.abs(samples[: LINE.frames] - sound())
    assert np.max(difference) <= (2 / 32767 if lossless else 0.1)
    assert not np.any(samples[LINE.frames :] > 0.1)


@pytest.mark.parametrize("ending", [".flac", ".wav"])
def test_the_same_session_makes_the_same_file(files: dict[str, Path], ending: str, tmp_path: Path) -> None:
    again = tmp_path / f"session{ending}"
    write_sound(again, SOURCE, title="A quiet title", chapters=LINE)
    assert again.read_bytes() == files[ending].read_bytes()


def test_flac_and_wav_hold_the_very_same_samples(files: dict[str, Path]) -> None:
    flac, wav = (soundfile.read(os.fspath(files[ending]), dtype="int16")[0] for ending in (".flac", ".wav"))
    assert np.array_equal(flac, wav)


@pytest.mark.parametrize("ending", [".flac", ".ogg"])
def test_title_and_parts_are_comments(files: dict[str, Path], ending: str) -> None:
    tags = mutagen.File(files[ending]).tags
    assert tags["title"] == ["A quiet title"]
    assert tags["chapter001"] == ["00:00:00.000"]
    assert tags["chapter001name"] == ["Arriving"]
    assert tags["chapter002name"] == ["Zurück"]
    assert tags["chapter002"] == [stamp(LINE.parts()[1].start)]
    assert "chapter003" not in tags


@pytest.mark.parametrize("ending", [".mp3", ".wav"])
def test_title_and_parts_are_id3_chapters(files: dict[str, Path], ending: str) -> None:
    tags = mutagen.File(files[ending]).tags
    assert isinstance(tags, ID3)
    assert tags["TIT2"].text == ["A quiet title"]
    chapters = sorted(tags.getall("CHAP"), key=lambda chapter: chapter.start_time)
    assert [chapter.sub_frames["TIT2"].text for chapter in chapters] == [["Arriving"], ["Zurück"]]
    expected = [(part.start * 1000 // RATE, part.end * 1000 // RATE) for part in LINE.parts()]
    assert [(chapter.start_time, chapter.end_time) for chapter in chapters] == expected
    (toc,) = tags.getall("CTOC")
    assert toc.child_element_ids == [chapter.element_id for chapter in chapters]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_without_parts_has_a_title_alone(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"short{ending}"
    write_sound(path, Source.of(sound(RATE)), title="Short")
    assert not [key for key in mutagen.File(path).tags.keys() if "CHAP" in key.upper()]  # noqa: SIM118


@pytest.mark.parametrize("ending", ENDINGS)
def test_progress_hears_of_every_frame(ending: str, tmp_path: Path) -> None:
    heard: list[int] = []
    write_sound(tmp_path / f"a{ending}", SOURCE, title="", written=heard.append)
    assert sum(heard) == LINE.frames
    assert len(heard) >= 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_else_is_left_beside_a_file(files: dict[str, Path], ending: str) -> None:
    assert sorted(files[ending].parent.iterdir()) == sorted(files.values())


def test_dither_is_of_one_step_and_leaves_no_offset() -> None:
    quiet = np.full((100_000, 2), 0.3 / 32767, dtype=np.float32)
    steps = Dither(1).steps(quiet, 0)
    assert set(np.unique(steps)) <= {-1, 0, 1}
    assert np.mean(steps) == pytest.approx(0.3, abs=0.01)
    loud = Dither(1).steps(np.array([[1.0, -1.0]] * 1000, dtype=np.float32), 0)
    assert loud.max() == 32767
    assert loud.min() >= -32768


@given(
    at=st.one_of(st.integers(0, 10**9), st.integers(528_001 - 700, 528_001)),
    lengths=st.lists(st.integers(0, 900), min_size=1, max_size=5),
    order=st.randoms(),
)
def test_dither_is_the_same_in_any_order_and_however_it_is_cut(
    at: int, lengths: list[int], order: Random
) -> None:
    block = sound(sum(lengths))
    whole = Dither().steps(block, at)
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    cuts = list(zip(starts, lengths, strict=True))
    order.shuffle(cuts)
    for start, length in cuts:
        cut = DITHER.steps(block[start : start + length], at + start)
        assert np.array_equal(cut, whole[start : start + length])


def test_dither_is_triangular_and_weak_in_the_bass() -> None:
    levels = [np.full((200_000, 2), level / 32767, np.float32) for level in (0, 0.5)]
    noise = np.stack([DITHER.steps(level, 7) for level in levels])
    # Two uniform draws of one step, and the rounding: 1/6 and 1/12 of a step squared, whatever the level.
    assert np.var(noise, axis=(1, 2)) == pytest.approx(0.25, abs=0.003)
    power = np.abs(np.fft.rfft(noise[1, :, 0])) ** 2
    assert np.mean(power[1:5_000]) < 0.45 * np.mean(power[-20_000:])
    assert abs(np.corrcoef(noise[1, :, 0], noise[1, :, 1])[0, 1]) < 0.01


def test_dither_runs_on_where_it_comes_around() -> None:
    silence = np.zeros((2 * 528_001, 2), dtype=np.float32)
    steps = DITHER.steps(silence, 0)
    assert np.array_equal(steps[:528_001], steps[528_001:])
    assert np.array_equal(DITHER.steps(silence[:1000], 528_001 - 500), steps[528_001 - 500 :][:1000])


def test_flac_is_written_by_one_encoder_where_it_behaves_otherwise(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unforeseen(*_: object) -> None:
        raise UnforeseenError

    monkeypatch.setattr("guide.writing.write_flac", unforeseen)
    write_sound(tmp_path / "a.flac", SOURCE, title="A quiet title", chapters=LINE)
    one, _ = soundfile.read(os.fspath(files[".flac"]), dtype="int16")
    other, _ = soundfile.read(tmp_path / "a.flac", dtype="int16")
    assert np.array_equal(one, other)
    assert mutagen.File(tmp_path / "a.flac").tags["title"] == ["A quiet title"]


def test_two_at_once_to_the_same_place_spoil_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.flac"

    def with_another_in_between(at: int, n: int) -> Sound:
        if at == 0:
            write_sound(path, SOURCE, title="The second")
        return SOURCE.block(at, n)

    write_sound(path, Source(LINE.frames, with_another_in_between), title="The first")
    assert soundfile.info(path).frames == LINE.frames
    assert mutagen.File(path).tags["title"] == ["The first"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_planted_beside_it_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    (tmp_path / ".one.part.flac").symlink_to(precious)
    write_sound(tmp_path / "one.flac", SOURCE, title="T")
    assert precious.read_text() == "keep me"


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["session", "session.aiff", "session.flac.txt"])
def test_an_unknown_ending_is_told_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(GuideError, match=r"one of \.flac, \.wav, \.ogg, \.mp3"):
        format_of(tmp_path / name)


def test_the_ending_may_be_in_capitals() -> None:
    assert format_of(Path("A.FLAC")) == ("FLAC", "PCM_16")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("where", ["missing/a", "file/a", "folder"])
def test_a_place_that_cannot_be_written_to_is_a_sentence(ending: str, where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / f"folder{ending}").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match=r"could not be written \((No such|Not a|Is a) [^)]*\)\. Nothing"):
        write_sound(tmp_path / f"{where}{ending}", Source.of(sound(RATE)), title="")
    assert sorted(tmp_path.rglob("*")) == before


_SMALL_DISK = """
import os, resource, sys
import numpy as np
from pathlib import Path
from guide.errors import StorageError
from guide.timeline import Event, Timeline
from guide.writing import Source, write_sound, write_text
path = Path(sys.argv[1])
noise = (np.random.default_rng(0).standard_normal((48_000, 2)) * 0.2).astype(np.float32)
line = Timeline(144_000, 144_000, (Event("part", 0, 144_000, text="A part"),))

def write():
    if path.suffix == ".json":
        write_text(path, "x" * 100_000)
    else:
        write_sound(path, Source.of(np.tile(noise, (3, 1))), title="T", chapters=line)

write()
size = path.stat().st_size
path.write_text("the one before")
for most in (size - 1, size - 1000, size // 2, 100, 0):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        write()
    except StorageError as error:
        print(error)
"""


@pytest.mark.parametrize("ending", [*ENDINGS, ".json"])
def test_on_a_full_disk_there_is_a_sentence_and_no_half_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    child = [sys.executable, "-c", _SMALL_DISK, os.fspath(path)]
    done = subprocess.run(child, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    sentence = f"{path} could not be written (File too large). Nothing half-made was left; make room there"
    assert [line[: len(sentence)] for line in done.stdout.splitlines()] == [sentence] * 5
    assert path.read_text() == "the one before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageError])
def test_when_it_is_stopped_midway_nothing_is_left(
    ending: str, error: type[BaseException], tmp_path: Path
) -> None:
    def stopped(at: int, n: int) -> Sound:
        if at > 15 * RATE:
            raise error
        return SOURCE.block(at, n)

    with pytest.raises(error):
        write_sound(tmp_path / f"a{ending}", Source(LINE.frames, stopped), title="")
    assert not list(tmp_path.iterdir())


# ── cues and captions ────────────────────────────────────────────────────────────────────────────────────


def test_cues_are_json_with_one_event_a_line() -> None:
    text = cues(LINE)
    assert Timeline.from_cues(json.loads(text)) == LINE
    lines = [line for line in text.splitlines() if '"kind"' in line]
    assert len(lines) == len(LINE.events)
    assert json.loads(cues(Timeline(1, 1, ())))["events"] == []


def stamp(frame: int) -> str:
    thousandths = frame * 1000 // RATE
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def test_captions_are_webvtt_with_every_sentence_at_its_time() -> None:
    late = Event("speech", frames(3723.5), frames(2), text="Late.")
    line = Timeline(frames(4000), frames(4000), (*LINE.events, late))
    head, *blocks = captions(line).strip().split("\n\n")
    assert head == "WEBVTT"
    assert len(blocks) == len(line.speech())
    previous = ""
    for block, event in zip(blocks, line.speech(), strict=True):
        times, text = block.split("\n")
        assert times == f"{stamp(event.start)} --> {stamp(event.end)}"
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", times)
        assert times > previous
        assert "<" not in text
        assert "-->" not in text
        previous = times
    assert "Sit &amp; rest &lt;here&gt;." in blocks[1]
    assert blocks[-1].startswith("01:02:03.500 --> 01:02:05.500")


def test_a_text_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "cues.json"
    write_text(path, "äöü\n" * 1000)
    assert path.read_text("utf-8") == "äöü\n" * 1000
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "file").write_text("")
    for name in ("missing/a.json", "file/a.json"):
        with pytest.raises(StorageError, match="could not be written"):
            write_text(tmp_path / name, "")


def test_a_bed_that_is_damaged_leaves_no_file(tmp_path: Path) -> None:
    """It is written from while the bed is still being read; what came of it is then not kept."""
    torn = tmp_path / "bed" / "torn.flac"
    torn.parent.mkdir()
    soundfile.write(torn, np.full((4 * RATE, 2), 0.1), RATE, subtype="PCM_16")
    with torn.open("r+b") as file:
        file.truncate(file.seek(0, 2) // 2)
    one = script(
        "title: Torn\nlength: {shortest: 5s, usual: 20s, longest: 30s}\nsteps: [{bell: {}}, {rest: 10s}]"
    )
    library = Library.find(Folders(*[Path("no")] * 4))
    whole = prepare(one, Wish(ambience="none"), Hum(), library)
    sounds = replace(whole.sounds, beds={"bed": Bed.load(torn.parent)})
    plan = replace(whole.plan, bed="bed")
    with pytest.raises(StorageError, match=r"The loop torn\.flac"):
        write_session(
            tmp_path / "torn.flac", replace(whole, plan=plan, sounds=sounds, mix=mixed(plan, sounds))
        )
    assert [path.name for path in tmp_path.iterdir()] == ["bed"]

"""What is remembered between two starts, and what happens where nothing can be."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meditations import arranged, script

from guide.duration import frames
from guide.errors import GuideError
from guide.saved import FIRST_VOLUME, Lock, Saved, Unfinished

LINE = arranged(
    script("[{say: 'Schön, ihr beiden.'}, {rest: 5s}, {ambience: {sound: none}}, {bell: {}}]"), frames(20)
)
LEFT = Unfinished(
    name="self-love",
    path="/scripts/self-love.yaml",
    seed="2030-01-01",
    voice="default",
    pace=0.95,
    pitch=-1.0,
    bed="rain",
    level=-24.0,
    sleep=False,
    title="Self-love",
    language="en",
    at=123_456,
    timeline=LINE,
)


def test_an_unfinished_session_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = Saved(tmp_path / "state")
    assert saved.unfinished() is None
    saved.begin(LEFT)
    assert Saved(tmp_path / "state").unfinished() == LEFT
    saved.keep_place(200_000)
    later = saved.unfinished()
    assert later is not None
    assert (later.at, later.timeline) == (200_000, LINE)


def test_a_finished_session_is_forgotten(tmp_path: Path) -> None:
    saved = Saved(tmp_path)
    saved.begin(LEFT)
    saved.finished()
    assert saved.unfinished() is None
    saved.finished()


@pytest.mark.parametrize("at", ["", "x", "-1", str(LINE.frames), "9" * 5000])
def test_a_place_that_is_not_in_the_session_is_none(tmp_path: Path, at: str) -> None:
    saved = Saved(tmp_path)
    saved.begin(LEFT)
    (tmp_path / "place").write_text(at)
    assert saved.unfinished() is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"timeline": {}}',
        b'{"timeline": {"frames": 9, "target": 9, "events": []}, "guide": 1}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_session_is_no_session(tmp_path: Path, data: bytes) -> None:
    saved = Saved(tmp_path)
    saved.begin(LEFT)
    (tmp_path / "session.json").write_bytes(data)
    saved.keep_place(0)
    assert saved.unfinished() is None


def test_a_session_that_was_half_written_is_no_session(tmp_path: Path) -> None:
    saved = Saved(tmp_path)
    saved.begin(LEFT)
    whole = (tmp_path / "session.json").read_bytes()
    for kept in range(0, len(whole), 97):
        (tmp_path / "session.json").write_bytes(whole[:kept])
        assert saved.unfinished() is None


def test_the_volume_is_remembered(tmp_path: Path) -> None:
    saved = Saved(tmp_path / "state")
    assert saved.volume() == FIRST_VOLUME == -8
    saved.keep_volume(-20)
    assert Saved(tmp_path / "state").volume() == -20


@given(st.text(max_size=20) | st.integers().map(str))
def test_whatever_the_volume_file_holds_the_volume_is_one(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "volume").write_text(text, "utf-8")
    assert -40 <= Saved(folder).volume() <= 0


def test_the_first_page_is_shown_once(tmp_path: Path) -> None:
    saved = Saved(tmp_path / "state")
    assert not saved.welcomed()
    saved.keep_welcomed()
    assert saved.welcomed()


def test_where_nothing_can_be_written_a_session_still_plays(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    saved = Saved(tmp_path / "file" / "state")
    saved.begin(LEFT)
    saved.keep_place(1)
    saved.keep_volume(-10)
    saved.keep_welcomed()
    saved.finished()
    assert (saved.unfinished(), saved.volume(), saved.welcomed()) == (None, -8, False)
    Lock(tmp_path / "file" / "state").release()


def test_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    saved = Saved(tmp_path / "state")
    saved.begin(LEFT)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()} == {0o600}


# ── the lock ─────────────────────────────────────────────────────────────────────────────────────────────


def test_two_sessions_never_play_at_once(tmp_path: Path) -> None:
    first = Lock(tmp_path)
    for _ in range(3):
        with pytest.raises(GuideError, match="already playing"):
            Lock(tmp_path)
    first.release()
    first.release()
    Lock(tmp_path).release()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from guide.saved import Lock\n"
        "lock = Lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(GuideError, match="already playing"):
            Lock(tmp_path)
        child.kill()
        child.wait()
    Lock(tmp_path).release()


def test_a_refused_lock_keeps_no_file_open(tmp_path: Path) -> None:
    held = Lock(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    for _ in range(5):
        with pytest.raises(GuideError):
            Lock(tmp_path)
    after = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    assert before == after
    held.release()


def test_what_is_remembered_does_not_grow_with_the_years(tmp_path: Path) -> None:
    saved = Saved(tmp_path)
    for number in range(3_000):
        saved.note(f"The loudspeaker was lost, and found again after {number} seconds. {'x' * 40}")
        if number % 100 == 0:
            saved.begin(LEFT)
            saved.keep_place(200_000 + number)
            saved.keep_volume(-number % 20)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"log", "log.old", "session.json", "place", "volume"}
    assert sum(sizes.values()) < 2 * (64 << 10) + 10_000

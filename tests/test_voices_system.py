"""The default voice against each way in which pyttsx3 is known to fail, with real child processes."""

import importlib.util
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

import guide
from guide.duration import RATE
from guide.errors import VoiceError
from guide.sound import Sound
from guide.voices.cache import Cached
from guide.voices.pool import Pool, Setting, UnusableVoiceError
from guide.voices.setting import BASE, DEFAULT, MELODY
from guide.voices.system import System, _pieces
from guide.voices.worker import _UntilDone

SHORT = "Let the breath come and go."
LONG = (
    "Perhaps there is a place in you that keeps its guard up. It may be in the chest, or the jaw. "
    "It may be nowhere in particular. You do not have to push it away. Let it know that it is seen."
)
SETTING = Setting(DEFAULT, 100, BASE, MELODY)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(guide.__file__).parent.parent)}


@pytest.fixture(scope="module")
def voice() -> Iterator[System]:
    system = System(workers=2)
    system.gain(1.0, 0.0)
    yield system
    system.close()


@pytest.fixture
def pool() -> Iterator[Pool]:
    one = Pool(1, 20.0)
    yield one
    one.close()


class Child:
    """The worker program itself, spoken to in its own language."""

    def __init__(self, **settings: Any) -> None:
        chosen = {"voice": DEFAULT, "rate": 100, "pitch": 50, "range": 50, "gap": 0} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "guide.voices.worker", json.dumps(chosen)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )

    def ask(self, *requests: tuple[str, Path | str]) -> list[dict[str, Any]]:
        """All requests in one go, then all their answers."""
        assert self.process.stdin is not None
        lines = [json.dumps({"text": text, "file": str(file)}) + "\n" for text, file in requests]
        self.process.stdin.write("".join(lines))
        self.process.stdin.flush()
        return [self.answer() for _ in requests]

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def seconds(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def raw(pool: Pool, text: str, setting: Setting = SETTING) -> Sound:
    with pool.worker(setting) as worker:
        file = worker.speak(text, 20.0)
        with wave.open(str(file)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
        file.unlink()
    return (samples / 32768).astype(np.float32)


def hertz(sound: Sound, rate: int = 22_050) -> float:
    """The fundamental: the median over the loud parts of a clip."""
    size, found = rate // 20, []
    for start in range(0, len(sound) - size, size):
        part = sound[start : start + size]
        if np.std(part) > np.std(sound):
            likeness = np.correlate(part, part, "full")[size - 1 :]
            found.append(rate / (rate // 400 + int(np.argmax(likeness[rate // 400 : rate // 70]))))
    return float(np.median(found))


def ends(pid: int, within: float) -> bool:
    """Whether a process that is not our child ends in so many seconds."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


def test_the_file_is_whole_when_a_long_utterance_returns(tmp_path: Path) -> None:
    with Child() as child:
        assert "ready" in child.answer()
        for turn in range(8):
            file = tmp_path / f"{turn}.wav"
            (answer,) = child.ask((LONG, file))
            assert answer["frames"] / answer["rate"] == pytest.approx(seconds(file))
            assert seconds(file) > 12


def test_two_utterances_in_a_row_are_both_kept(tmp_path: Path) -> None:
    with Child() as child:
        child.answer()
        first, second = child.ask((LONG, tmp_path / "first.wav"), (SHORT, tmp_path / "second.wav"))
        assert first["frames"] > 3 * second["frames"] > 0
    assert seconds(tmp_path / "first.wav") > 3 * seconds(tmp_path / "second.wav") > 3


def test_what_is_said_later_does_not_overwrite_an_earlier_file(tmp_path: Path) -> None:
    with Child() as child:
        child.answer()
        child.ask((SHORT, tmp_path / "first.wav"))
        before = (tmp_path / "first.wav").read_bytes()
        child.ask((LONG, tmp_path / "second.wav"), ("And out.", tmp_path / "third.wav"))
    assert (tmp_path / "first.wav").read_bytes() == before
    assert seconds(tmp_path / "third.wav") < seconds(tmp_path / "first.wav")


def test_what_the_library_prints_does_not_come_between(tmp_path: Path) -> None:
    with Child() as child:
        answers = [child.answer(), *child.ask(*((SHORT, tmp_path / f"{n}.wav") for n in range(5)))]
    assert [sorted(answer) for answer in answers] == [["ready"], *[["frames", "rate"]] * 5]


@pytest.mark.parametrize("name", ["nobody", "en-gb+nobody", "../../../../etc/passwd", "en-gb+../f4"])
def test_a_voice_that_is_not_there_is_an_error(name: str) -> None:
    with Child(voice=name) as child:
        error = child.answer()["error"]
        assert "There is no voice" in error or "has no variant" in error
    with pytest.raises(UnusableVoiceError):
        System(name).speak(SHORT, 1.0, 0.0)


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with Child() as child:
        child.answer()
        (answer,) = child.ask((SHORT, tmp_path / "no such folder" / "clip.wav"))
        assert "cannot be written" in answer["error"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_error_and_not_a_wait_for_ever() -> None:
    with Child() as child:
        child.answer()
        (answer,) = child.ask((SHORT, "/dev/full"))
        assert "No space left" in answer["error"]


def test_no_temporary_folder_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("in the way")
    monkeypatch.setattr(tempfile, "tempdir", str(blocked))
    with pytest.raises(VoiceError, match="TMPDIR"):
        System(workers=1).speak(SHORT, 1.0, 0.0)


def test_a_temporary_folder_that_was_swept_away_is_made_again(voice: System) -> None:
    voice.speak(SHORT, 1.0, 0.0)
    folder = voice._pool._folder
    assert folder is not None
    folder.rmdir()
    assert len(voice.speak(SHORT, 1.0, 0.0)) > RATE


def test_no_file_stays_behind(voice: System) -> None:
    voice.speak(LONG, 1.0, 0.0)
    assert voice._pool._folder is not None
    assert list(voice._pool._folder.iterdir()) == []
    assert voice._pool._folder.stat().st_mode & 0o077 == 0


def test_rate_and_pitch_hold_for_the_whole_life_of_a_process(pool: Pool) -> None:
    clips = [raw(pool, SHORT) for _ in range(40)]
    lengths = [len(clip) for clip in clips]
    assert max(lengths) - min(lengths) < 22_050 * 0.02
    pitches = [hertz(clip) for clip in clips]
    assert max(pitches) < 1.02 * min(pitches)


def test_rate_and_pitch_are_those_that_were_asked_for(pool: Pool) -> None:
    slow = raw(pool, SHORT, Setting(DEFAULT, 90, 30, MELODY))
    quick = raw(pool, SHORT, Setting(DEFAULT, 180, 30, MELODY))
    high = raw(pool, SHORT, Setting(DEFAULT, 180, 70, MELODY))
    again = raw(pool, SHORT, Setting(DEFAULT, 90, 30, MELODY))
    assert len(slow) > 1.5 * len(quick)
    assert len(again) == pytest.approx(len(slow), rel=0.01)
    assert hertz(high) > 1.3 * hertz(quick)


def test_no_utterance_is_empty_however_fast_they_follow(pool: Pool) -> None:
    assert min(len(raw(pool, "And out.")) for _ in range(150)) > 22_050 / 3


def test_the_engines_loop_waits_no_longer_than_until_the_utterance_is_done() -> None:
    done = threading.Event()
    loop = threading.Thread(target=_UntilDone(done).sleep, args=(600,), daemon=True)
    loop.start()
    assert loop.is_alive()
    done.set()
    loop.join(20)
    assert not loop.is_alive()
    (folder,) = importlib.util.find_spec("pyttsx3").submodule_search_locations  # type: ignore[union-attr, misc]
    driver = (Path(folder) / "drivers" / "espeak.py").read_text("utf-8")
    assert set(re.findall(r"\btime\.(\w+)", driver)) == {"sleep"}


def test_an_utterance_is_never_long_so_that_time_does_not_grow_with_its_square() -> None:
    sentences = [f"This is sentence number {n}, and it is not very long." for n in range(200)]
    text = " ".join(sentences)
    pieces = _pieces(text)
    assert " ".join(pieces) == text
    assert max(map(len, pieces)) <= 300
    assert len(pieces) <= len(text) / 100
    assert max(map(len, _pieces("a" * 5000))) <= 300


def test_a_sentence_of_a_thousand_characters_is_spoken_to_its_end(voice: System) -> None:
    part = "let the shoulders sink, and the jaw, and the hands, and the belly"
    once = len(voice.speak(part, 1.0, 0.0))
    often = len(voice.speak(", ".join([part] * 16), 1.0, 0.0))
    assert 14 * once < often < 18 * once


def test_two_threads_at_once_each_get_their_own_text(voice: System) -> None:
    texts = [SHORT, LONG, "And out.", "Feel the weight of your body, held by the floor."]
    alone = {text: len(voice.speak(text, 1.0, 0.0)) for text in texts}
    order = texts * 6
    with ThreadPoolExecutor(4) as threads:
        lengths = [len(clip) for clip in threads.map(lambda text: voice.speak(text, 1.0, 0.0), order)]
    assert lengths == pytest.approx([alone[text] for text in order], abs=0.1 * RATE)
    assert len(voice._pool._idle) == 2


def test_what_gives_no_sound_is_tried_in_a_new_process_and_then_named(tmp_path: Path) -> None:
    system = System(workers=1)
    cached = Cached(system, tmp_path)
    cached.speak(SHORT, 1.0, 0.0)
    before = system._pool._idle[0].pid
    unspeakable = "\u115f\u3164"
    assert unspeakable.isalpha()
    with pytest.raises(VoiceError, match=f"could not speak “{unspeakable}”"):
        cached.speak(unspeakable, 1.0, 0.0)
    assert len(list(tmp_path.rglob("*.flac"))) == 1
    assert len(cached.speak("And out.", 1.0, 0.0)) > RATE / 3
    assert system._pool._idle[0].pid != before
    system.close()


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_a_worker_that_hangs_or_dies_is_replaced_and_the_sentence_spoken(how: signal.Signals) -> None:
    system = System(workers=1, patience=2.0)
    length = len(system.speak(SHORT, 1.0, 0.0))
    pid = system._pool._idle[0].pid
    os.kill(pid, how)
    assert len(system.speak(SHORT, 1.0, 0.0)) == pytest.approx(length, abs=0.1 * RATE)
    assert system._pool._idle[0].pid != pid
    assert not Path(f"/proc/{pid}").exists()
    system.close()


def test_a_start_that_hangs_ends_with_the_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyttsx3.py").write_text(
        f"import time\nopen({str(tmp_path / 'up')!r}, 'w').close()\ntime.sleep(600)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    system = System(workers=1, patience=1000.0)
    with ThreadPoolExecutor(2) as threads:
        asks: list[Callable[[], object]] = [lambda: system.identity, lambda: system.speak(SHORT, 1.0, 0.0)]
        waiting = [threads.submit(ask) for ask in asks]
        while not (tmp_path / "up").exists():
            time.sleep(0.01)
        (worker,) = system._pool._busy
        system.close()
        for one in waiting:
            with pytest.raises(VoiceError, match="closed"):
                one.result()
    assert not Path(f"/proc/{worker.pid}").exists()


@pytest.mark.parametrize(
    "text",
    [
        "Breathe `touch marker` $(touch marker); touch marker | \"quietly\" && 'softly'",
        'Breathe <break time="60s"/> and <prosody rate="10%">rest</prosody> &amp; stay.',
        "Breathe [[h@l'oU]] and {rest} --voice=zh \\n \\0 %s",
        "Breathe 🙂 and smile 🙏🏽, naïve café, “quoted” — still…",
        "Breathe\x00\x07\x1b[2J and\r\nrest\ud83d.",
        "-v zh Breathe and rest.",
    ],
)
def test_a_text_is_data_whatever_stands_in_it(
    voice: System, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    length = len(voice.speak(text, 1.0, 0.0)) / RATE
    assert 1.0 < length < 25.0
    assert list(tmp_path.iterdir()) == []


def test_a_very_long_word_is_spoken(voice: System) -> None:
    assert len(voice.speak("Aa" * 400, 1.0, 0.0)) > RATE


def test_a_module_in_the_current_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wave.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path)
    assert System(workers=1).identity


def test_workers_and_their_folder_are_gone_when_the_player_is_killed() -> None:
    program = (
        "import sys; from guide.voices.system import System\n"
        "voice = System(workers=1); voice.identity\n"
        "print(voice._pool._idle[0].pid, voice._pool._folder, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert parent.stdout is not None
    worker, _, folder = parent.stdout.readline().strip().partition(" ")
    assert Path(folder).is_dir()
    assert Path(f"/proc/{worker}").exists()
    parent.kill()
    parent.communicate()
    assert ends(int(worker), within=10.0)
    assert not Path(folder).exists()


def test_a_worker_is_gone_when_its_input_ends_in_the_middle_of_a_word(tmp_path: Path) -> None:
    with Child() as child:
        child.answer()
        assert child.process.stdin is not None
        request = {"text": LONG * 40, "file": str(tmp_path / "clip.wav")}
        child.process.stdin.write(json.dumps(request) + "\n")
        child.process.stdin.close()
        assert child.process.wait(10.0) == 0
        child.process.stdin = None


def test_workers_are_out_of_reach_of_the_keyboard(voice: System) -> None:
    voice.speak(SHORT, 1.0, 0.0)
    assert os.getpgid(voice._pool._idle[0].pid) != os.getpgid(0)


def test_after_closing_nothing_is_left_and_nothing_is_started() -> None:
    system = System(workers=1)
    system.speak(SHORT, 1.0, 0.0)
    pid = system._pool._idle[0].pid
    system.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(VoiceError, match="closed"):
        system.speak(SHORT, 1.0, 0.0)


def test_a_worker_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from guide.voices.worker import Speaker\n"
        f"Speaker({{'voice': {DEFAULT!r}, 'rate': 100, 'pitch': 50, 'range': 50, 'gap': 0}})"
        f".speak({SHORT!r}, {str(tmp_path / 'clip.wav')!r})\n"
        "heavy = {'numpy', 'soundfile', 'sounddevice', 'soxr', 'yaml', 'pydantic', 'click', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); import os; os._exit(0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    assert run.stderr.strip() == "[]"


# ── how many there are, and how long ─────────────────────────────────────────────────────────────────────


def test_processes_that_are_being_started_count_too() -> None:
    crowd = Pool(2, 20.0)
    other = Setting(DEFAULT, 120, BASE, MELODY)
    together = threading.Barrier(2, timeout=60)

    def lend(setting: Setting) -> int:
        with crowd.worker(setting):
            together.wait()
            counted = len(crowd._idle) + len(crowd._busy)
            together.wait()
            return counted

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lend, [SETTING, SETTING])) == [2, 2]
        assert list(threads.map(lend, [other, other])) == [2, 2]
    crowd.close()


def test_a_process_that_nobody_needs_ends_by_itself_and_another_speaks_then() -> None:
    pool = Pool(1, 20.0, rest=0.05)
    length = len(raw(pool, SHORT))
    (worker,) = pool._idle
    assert ends(worker.pid, within=60.0)
    assert pool._folder is not None
    assert pool._folder.is_dir()
    with pool.worker(SETTING) as another:
        assert another.pid != worker.pid
        assert pool._folder.is_dir()
    assert len(raw(pool, SHORT)) == pytest.approx(length, rel=0.01)
    pool.close()


def test_a_process_that_is_needed_in_time_stays() -> None:
    pool = Pool(1, 20.0, rest=60.0)
    raw(pool, SHORT)
    (worker,) = pool._idle
    raw(pool, SHORT)
    assert pool._idle == [worker]
    pool.close()


@pytest.mark.parametrize("rest", [0.0, 0.0005, 0.02])
def test_a_process_that_is_just_leaving_is_not_a_failure(rest: float) -> None:
    pool = Pool(1, 20.0, rest=rest)
    for _ in range(6):
        assert len(raw(pool, "And out.")) > 22_050 / 3
    pool.close()


def test_a_process_that_was_woken_stays_until_it_is_asked() -> None:
    pool = Pool(1, 20.0, rest=0.1)
    with pool.worker(SETTING) as first:
        pass
    with pool.worker(SETTING) as worker:
        assert not ends(worker.pid, within=0.5)
        worker.speak(SHORT, 20.0).unlink()
    assert first is worker
    pool.close()

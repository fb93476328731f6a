import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen, run

import numpy as np
import pytest
from hearing import SoundServerError
from soundserver import SoundServer

from guide.duration import RATE
from guide.sound import Sound

PLAY = """
import sys, numpy, sounddevice
with sounddevice.OutputStream(samplerate=48000, channels=2, dtype="float32", blocksize=1024) as stream:
    stream.write(numpy.load(sys.argv[1]))
    stream.write(numpy.zeros((24000, 2), dtype="float32"))
"""
# The silence at the end is needed: closing a stream throws away what it holds, up to its latency.

RECORD = """
import sys, numpy, sounddevice
ear = {"samplerate": 48000, "channels": 1, "dtype": "float32", "blocksize": 1024, "latency": 0.5}
with sounddevice.InputStream(**ear) as stream:
    stream.read(1024)
    print("listening", flush=True)
    numpy.save(sys.argv[1], numpy.concatenate([stream.read(1024)[0] for _ in range(int(sys.argv[2]))]))
"""

PLAY_UNTIL_LOST = """
import numpy, sounddevice
stream = sounddevice.OutputStream(samplerate=48000, channels=2, dtype="float32", blocksize=1024)
stream.start()
quiet = numpy.full((1024, 2), 0.1, dtype="float32")
try:
    while True:
        stream.write(quiet)
except sounddevice.PortAudioError:
    print("lost", flush=True)
stream.abort()
input()
sounddevice._terminate()
sounddevice._initialize()
with sounddevice.OutputStream(samplerate=48000, channels=2, dtype="float32", blocksize=1024) as stream:
    stream.write(numpy.full((48000, 2), 0.2, dtype="float32"))
print("back")
"""


@pytest.fixture
def another(soundserver: SoundServer) -> Iterator[SoundServer]:  # which skips, where there can be none
    """A server of its own, for what would disturb the others."""
    with SoundServer() as server:
        yield server


def noise(frames: int) -> Sound:
    return (0.1 * np.random.default_rng(1).standard_normal(frames)).astype(np.float32)


def loudest(sound: Sound) -> tuple[float, float]:
    """The strongest frequency in Hz, and its amplitude."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) / (len(sound) / 4)
    at = int(np.argmax(spectrum))
    return at * RATE / len(sound), float(spectrum[at])


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


@pytest.mark.soundcard
def test_a_tone_that_is_played_is_heard_with_its_pitch_and_its_level(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.stack([0.25 * np.sin(2 * np.pi * 440 * time), 0.125 * np.sin(2 * np.pi * 660 * time)], axis=1)
    np.save(tmp_path / "tone.npy", tone.astype(np.float32))
    with soundserver.capture() as heard:
        played = soundserver.run(sys.executable, "-c", PLAY, tmp_path / "tone.npy")
        assert played.returncode == 0, played.stderr
    start = heard.wait_for_sound()
    steady = heard.sound[start + RATE // 2 :][:RATE]
    assert loudest(steady[:, 0]) == pytest.approx((440, 0.25), rel=0.001)
    assert loudest(steady[:, 1]) == pytest.approx((660, 0.125), rel=0.001)


@pytest.mark.soundcard
def test_what_is_played_arrives_to_the_very_sample(soundserver: SoundServer, tmp_path: Path) -> None:
    sound = np.stack([noise(RATE), -noise(RATE)], axis=1)
    np.save(tmp_path / "noise.npy", sound)
    with soundserver.capture() as heard:
        soundserver.run(sys.executable, "-c", PLAY, tmp_path / "noise.npy")
    start = heard.wait_for_sound(level=0.0)
    assert np.array_equal(heard.sound[start:][:RATE], sound)


@pytest.mark.soundcard
def test_what_is_said_into_the_microphone_is_recorded_to_the_very_sample(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    said = noise(RATE // 2)
    with soundserver.child(sys.executable, "-c", RECORD, tmp_path / "take.npy", "94") as recorder:
        assert recorder.stdout is not None
        assert recorder.stdout.readline() == "listening\n"
        soundserver.feed(said)
        assert recorder.wait(timeout=20) == 0
    take: Sound = np.load(tmp_path / "take.npy")[:, 0]
    start = int(np.flatnonzero(take)[0])
    assert np.array_equal(take[start:][: len(said)], said)


@pytest.mark.soundcard
def test_the_loudspeaker_is_not_heard_by_the_microphone(soundserver: SoundServer, tmp_path: Path) -> None:
    np.save(tmp_path / "noise.npy", np.stack([noise(RATE), noise(RATE)], axis=1))
    with soundserver.child(sys.executable, "-c", RECORD, tmp_path / "take.npy", "94") as recorder:
        assert recorder.stdout is not None
        assert recorder.stdout.readline() == "listening\n"
        soundserver.run(sys.executable, "-c", PLAY, tmp_path / "noise.npy")
        assert recorder.wait(timeout=20) == 0
    assert not np.any(np.load(tmp_path / "take.npy"))


@pytest.mark.soundcard
def test_portaudio_finds_one_device_and_no_hardware(soundserver: SoundServer) -> None:
    names = "import sounddevice; print([device['name'] for device in sounddevice.query_devices()])"
    seen = soundserver.run(sys.executable, "-c", names)
    assert (seen.stdout, seen.stderr) == ("['default']\n", "")


@pytest.mark.soundcard
def test_the_process_of_the_tests_can_play_too(soundserver: SoundServer) -> None:
    import sounddevice

    with soundserver.capture() as heard:
        with soundserver.here():
            stream = sounddevice.OutputStream(samplerate=RATE, channels=2, dtype="float32")
            stream.start()
            stream.write(np.stack([noise(4800), noise(4800)], axis=1))
            stream.write(np.zeros((RATE // 2, 2), dtype=np.float32))
            stream.stop()
            stream.close()
        start = heard.wait_for_sound(level=0.0)
    assert np.array_equal(heard.sound[start:][:4800, 1], noise(4800))


@pytest.mark.soundcard
def test_a_lost_loudspeaker_is_an_error_and_can_come_back(another: SoundServer) -> None:
    with another.child(sys.executable, "-c", PLAY_UNTIL_LOST) as player:
        assert player.stdout is not None
        with another.capture() as heard:
            heard.wait_for_sound()
        another.vanish()
        assert player.stdout.readline() == "lost\n"
        another.start()
        with another.capture() as heard:
            assert player.communicate("\n", timeout=20)[0] == "back\n"
        assert heard.wait_for_sound(level=0.15) >= 0


@pytest.mark.soundcard
def test_silence_is_not_taken_for_a_sound(soundserver: SoundServer) -> None:
    with soundserver.capture() as heard, pytest.raises(SoundServerError, match="not heard"):
        heard.wait_for_sound(seconds=0.2)
    assert heard.frames >= RATE // 2


@pytest.mark.soundcard
def test_the_server_leaves_no_process_and_no_file_behind(another: SoundServer) -> None:
    server = another.pid
    assert server is not None
    processes = [server, *(listener.pid for listener in another._listeners)]
    assert len(processes) == 3
    assert all(alive(process) for process in processes)
    folder = Path(another.environment["HOME"])
    another.stop()
    assert not any(alive(process) for process in processes)
    assert not folder.exists()


@pytest.mark.usefixtures("soundserver")
def test_the_server_leaves_when_the_tests_are_killed() -> None:
    lives = "from soundserver import *; s = SoundServer(); s.start(); print(s.pid, flush=True); input()"
    with Popen(
        [sys.executable, "-c", lives], cwd=Path(__file__).parent, stdin=PIPE, stdout=PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        server = int(tests.stdout.readline())
        assert alive(server)
        tests.kill()
    # Its end is not ours to wait for, being no child of ours: tail can.
    run(["tail", f"--pid={server}", "--sleep-interval=0.05", "-f", "/dev/null"], timeout=20, check=True)


def test_a_machine_without_a_sound_card_has_no_device(no_sound_card: dict[str, str]) -> None:
    words = [sys.executable, "-c", "import sounddevice; print(len(sounddevice.query_devices()))"]
    assert run(words, env=no_sound_card, capture_output=True, text=True, check=True).stdout == "0\n"

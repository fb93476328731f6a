"""The doctor: what three seconds of a microphone tell, and the whole examination with and without sound."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from running import Person
from soundserver import SoundServer

from guide import bells
from guide.doctor import judged, tone_in
from guide.duration import RATE, frames
from guide.folders import Folders
from guide.library import Library
from guide.sound import Sound, linear

HISS = np.random.default_rng(7).standard_normal(frames(3)).astype(np.float32)


def room(level: float, seconds: float = 3) -> Sound:
    """A room's hiss at a level, dBFS, as a 16-bit card delivers it."""
    hiss = np.resize(HISS, frames(seconds)) * linear(level)
    return np.asarray(np.rint(np.clip(hiss, -1, 1 - 2**-15) * 32768) / 32768, dtype=np.float32)


@pytest.fixture(scope="module")
def tone() -> Sound:
    """The doctor's own tone, mono."""
    nobody = Path("nobody")
    sound = bells.load(Library.find(Folders(nobody, nobody, nobody, nobody)).cue_path("tone"))
    return np.asarray(sound.reshape(len(sound), -1).mean(axis=1))


def with_tone(sound: Sound, tone: Sound, level: float, at: int = RATE // 2) -> Sound:
    """A room in which the tone sounds, its loudest sample at a level in dBFS."""
    heard = sound.copy()
    piece = tone[: len(heard) - at] * (linear(level) / np.max(np.abs(tone)))
    heard[at : at + len(piece)] += piece
    return heard


def test_a_room_that_is_heard_is_well() -> None:
    finding = judged(room(-50), "USB", played=True)
    assert finding.well
    assert finding.saw.startswith("'USB' hears -50 dBFS on average")
    assert not finding.remedy


@pytest.mark.parametrize("level", [0.0, 1 / 32768])
def test_digital_silence_is_a_muted_microphone(level: float) -> None:
    finding = judged(np.full(frames(3), level, dtype=np.float32), "USB", played=True)
    assert not finding.well
    assert "digital silence" in finding.saw
    assert "muted" in finding.remedy


def test_nothing_at_all_is_muted_too() -> None:
    assert not judged(np.zeros(0, dtype=np.float32), "USB", played=True).well


@pytest.mark.parametrize("heard", [room(-2), room(-30) + np.where(np.arange(frames(3)) == RATE, 0.8, 0)])
def test_a_microphone_near_full_scale_clips(heard: Sound) -> None:
    finding = judged(heard.astype(np.float32), "USB", played=True)
    assert not finding.well
    assert "clips" in finding.saw
    assert "gain down" in finding.remedy


def test_a_microphone_that_hears_next_to_nothing_is_too_quiet() -> None:
    finding = judged(room(-75), "USB", played=True)
    assert not finding.well
    assert "very little" in finding.saw
    assert "gain up" in finding.remedy


def test_the_thump_with_which_a_card_begins_is_not_counted() -> None:
    heard = room(-50)
    heard[: frames(0.2)] = 1.0
    assert judged(heard, "USB", played=True).well


def test_the_loudspeaker_is_heard_in_the_microphone(tone: Sound) -> None:
    heard = with_tone(room(-50), tone, -40)
    assert judged(heard, "USB", played=True).saw.endswith("; it hears the loudspeaker too")
    assert "loudspeaker" not in judged(heard, "USB", played=False).saw
    assert "loudspeaker" not in judged(room(-50), "USB", played=True).saw


@pytest.mark.parametrize("level", [-60, -30])
def test_what_is_no_tone_of_ours_is_not_taken_for_it(tone: Sound, level: float) -> None:
    time = np.arange(frames(3)) / RATE
    mains = sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 20))
    one = np.sin(2 * np.pi * 440 * time)
    for sound in (room(level), room(-60) + linear(level) * mains, room(-60) + linear(level) * one):
        assert not tone_in(np.asarray(sound, dtype=np.float32))
    assert tone_in(with_tone(room(level), tone, level + 10))


# ── the whole of it ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def spoken(soundserver: SoundServer, sound: Sound) -> Iterator[None]:
    """Into the microphone, again and again."""
    enough = threading.Event()

    def speak() -> None:
        while not enough.is_set():
            soundserver.feed(sound)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def test_where_everything_works_all_is_well(soundserver: SoundServer, tmp_path: Path, tone: Sound) -> None:
    person = Person.at_home(tmp_path, soundserver.environment)
    with soundserver.capture() as capture, spoken(soundserver, with_tone(room(-50), tone, -30)):
        done = person.run("doctor", "--voice", "hum")
    assert (done.returncode, done.stderr) == (0, "")
    *findings, end = done.stdout.splitlines()
    assert [line.split(":")[0] for line in findings] == [
        f"well   {what}" for what in ("folders", "voice", "devices", "loudspeaker", "microphone")
    ]
    assert end == "All is well."
    assert "it hears the loudspeaker too" in findings[-1]
    assert tone_in(capture.sound.mean(axis=1))
    kept = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert {path.name for path in kept} <= {"welcomed", "config.yaml"}  # nothing of what it heard


def test_a_muted_microphone_is_named_with_its_remedy(soundserver: SoundServer, tmp_path: Path) -> None:
    done = Person.at_home(tmp_path, soundserver.environment).run("doctor", "--voice", "hum")
    assert done.returncode == 1
    assert "wrong  microphone: 'default' delivers digital silence\n       It is muted" in done.stdout
    assert "All is well" not in done.stdout


def test_devices_that_are_not_there_are_named_with_those_that_are(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    person = Person.at_home(tmp_path, soundserver.environment, device="Headset")
    done = person.run("doctor", "--voice", "hum", "--microphone", "nowhere")
    assert done.returncode == 1
    assert (
        "wrong  loudspeaker: There is no loudspeaker called 'Headset'. There are: 'default'." in done.stdout
    )
    assert "wrong  microphone: There is no microphone called 'nowhere'. There are: 'default'." in done.stdout


def test_without_a_sound_card_that_is_what_is_wrong(no_sound_card: dict[str, str], tmp_path: Path) -> None:
    done = Person.at_home(tmp_path, no_sound_card).run("doctor", "--voice", "hum")
    assert done.returncode == 1
    assert (
        "wrong  devices: There is no loudspeaker here.\n       Sessions are written to files" in done.stdout
    )
    assert "well   voice: hum 1:" in done.stdout
    assert "Traceback" not in done.stderr
    assert "wrong  microphone: There is no microphone here." in done.stdout


def test_a_microphone_is_examined_where_there_is_no_loudspeaker(
    soundserver: SoundServer, tmp_path: Path, tone: Sound
) -> None:
    mute = tmp_path / "mute.conf"
    mute.write_text("pcm.!default { type asym capture.pcm { type pulse } }\nctl.!default { type pulse }\n")
    person = Person.at_home(tmp_path, {**soundserver.environment, "ALSA_CONFIG_PATH": str(mute)})
    with spoken(soundserver, room(-50)):
        done = person.run("doctor", "--voice", "hum")
    assert done.returncode == 1
    assert "wrong  devices: There is no loudspeaker here.\n" in done.stdout
    assert "\nwell   microphone: 'default' hears -" in done.stdout
    assert "Traceback" not in done.stderr

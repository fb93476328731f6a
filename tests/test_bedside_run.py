"""The device as it is: a process, a button, a loudspeaker, a microphone, and what goes wrong around them."""

import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from bedside_process import Bedside, at_the_clock, believed
from running import Person, place_of
from soundserver import SoundServer

from guide.bedside.clock import WallClock
from guide.bedside.english import ENGLISH
from guide.bedside.light import REST
from guide.bedside.mouth import Mouth
from guide.bedside.voicebox import Voicebox
from guide.config import Config
from guide.desk import Desk
from guide.duration import frames
from guide.folders import Folders
from guide.library import Library
from guide.saved import Saved
from guide.sound import Sound, peak
from guide.voices.hum import Hum

pytestmark = pytest.mark.evening

LONG = "Here is a sentence that takes its time, and goes on for a while, as if it had nowhere else to be."
SCRIPT = f"""
guide: 1
title: A Short One
length: {{shortest: 5s, usual: 14s, longest: 120s}}
steps:
  - say: Here it is.
  - rest: {{about: 1s, least: 0.1s, most: 45s}}
  - say: {LONG}
  - rest: {{about: 1s, least: 0.1s, most: 45s}}
  - say: And here.
  - rest: {{about: 1s, least: 0.1s, most: 45s}}
reflection:
  questions:
    - ask: What did you notice?
      listen: 20s
"""
SETTING = """
press: short
menu: [short]
night: {begins: "22:00", ends: "07:00"}
"""


def spoken(text: str) -> Sound:
    return Hum().speak(text, 1.0, 0.0)


SAID = np.tile(spoken("There is something here."), 3)


@pytest.fixture(scope="module")
def sayings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a device says most, made once, as it makes it at its first start."""
    home = tmp_path_factory.mktemp("sayings")
    folders = Folders(home / "config", home / "data", home / "cache", home / "state")
    mouth = Mouth(lambda: pytest.fail("it says nothing"), lambda: 0, WallClock())
    box = Voicebox(Desk(folders, Library.find(folders), Config(voice="hum")), mouth)
    made = threading.Event()
    box.make(box.words.everything(["A Short One"], [], []), lambda _: made.set())
    assert made.wait(60)
    mouth.close()
    return folders.cache / "bedside"


@pytest.fixture
def person(soundserver: SoundServer, tmp_path: Path, sayings: Path) -> Person:
    """Somebody whose device has been started before, and whose press begins a session of a few seconds."""
    made = Person.at_home(tmp_path, soundserver.environment, voice="hum")
    (made.folders.data / "scripts").mkdir(parents=True)
    (made.folders.data / "scripts" / "short.yaml").write_text(SCRIPT)
    set_up(made)
    shutil.copytree(sayings, made.folders.cache / "bedside")
    return made


def set_up(person: Person, more: str = "") -> None:
    (person.folders.config / "bedside.yaml").write_text(SETTING + more)


def heard(text: str, sound: Sound) -> bool:
    """Whether a sentence was heard, whole and clean."""
    return place_of(spoken(text), sound) >= 0


def test_an_evening(person: Person, soundserver: SoundServer) -> None:
    """Invited by the clock, pressed, heard, asked, answered, kept; and the light says when it listens."""
    set_up(person, 'invitations: [{at: "20:15", play: short}]\n')
    clock = at_the_clock("20:14:55")
    with soundserver.capture() as capture, Bedside.begun(person, believed(), TZ=clock) as device:
        watch = device.watch
        invited = watch.until("inviting")
        assert (invited["session"], invited["troubles"], invited["night"]) == ("short", [], False)
        device.press()
        watch.until("offering")
        device.press()
        watch.until("asking")
        device.press()
        watch.until("listening")
        soundserver.feed(SAID)
        device.press()
        watch.until("waiting")
    sound = capture.sound
    for sentence in ("Here it is.", LONG, "And here."):
        assert heard(sentence, sound)
    assert peak(sound) < 0.25, "nothing startles"
    (entry,) = person.journal.entries()
    assert entry.session == "short"
    assert entry.frames > len(SAID) - frames(1)
    (sitting,) = person.journal.sittings()
    assert (sitting.finished, sitting.frames) == (True, frames(14))
    doings = [doing for doing in watch.doings if doing not in ("speaking", "waiting", "starting", "off")]
    assert doings == ["inviting", "preparing", "playing", "offering", "asking", "listening", "asking"]
    opened = next(at for at, state in watch.states if state["doing"] == "listening")
    closed = next(at for at, state in watch.states if at > opened and state["doing"] != "listening")
    bright = [at for at, light in watch.lights if light > REST + 0.1]
    assert max(light for _, light in watch.lights) > 0.9, "an open microphone is shown"
    assert opened - 0.5 < min(bright), "and nothing else looks like it"
    assert max(bright) < closed + 1.5


def test_the_sound_server_goes_and_comes_back_in_the_middle(person: Person, soundserver: SoundServer) -> None:
    with Bedside.begun(person) as device:
        watch = device.watch
        watch.until("waiting", "speaking")
        device.press()
        watch.until_it(lambda state: state["doing"] == "playing" and state["at"] >= 4)
        soundserver.vanish()
        at = watch.until("lost")["at"]
        soundserver.start()
        with soundserver.capture() as capture:
            again = watch.until("playing")
            watch.until("offering")
    assert at - 2 <= again["at"] <= at + 1, "at the place"
    assert not heard("Here it is.", capture.sound)
    assert heard("And here.", capture.sound)
    (sitting,) = person.journal.sittings()
    assert sitting.finished
    assert watch.doings.count("lost") == 1


def test_a_device_that_is_killed_offers_to_go_on_at_the_sentence(
    person: Person, soundserver: SoundServer
) -> None:
    with Bedside.begun(person) as device:
        device.watch.until("waiting", "speaking")
        device.press()
        device.watch.until_it(lambda state: state["doing"] == "playing" and state["at"] >= 6)
        device.killed()
        watch = device.watch
        back = watch.until("returning")
        assert (back["title"], back["left_off"]) == ("A Short One", True)
        with soundserver.capture() as capture:
            device.press()
            again = watch.until("playing")
            watch.until("offering")
    assert 1 <= again["at"] <= 4, "where the long sentence begins"
    assert not heard("Here it is.", capture.sound)
    assert heard("And here.", capture.sound)
    assert "a session was cut off" in device.log
    assert Saved(person.folders.state).unfinished() is None


def test_what_is_missing_or_wrong_is_said_and_the_rest_goes_on(
    person: Person, soundserver: SoundServer
) -> None:
    """No loudspeaker at its start, a setting that is broken over a restart, and no microphone."""
    set_up(person, "microphone: no such thing\n")
    soundserver.vanish()
    with Bedside.begun(person) as device:
        state = device.watch.until_it(lambda state: "no loudspeaker" in state["troubles"])
        assert state["session"] == "short"
        set_up(person, "pres: other\nnight: sometimes\n")
        device.watch.until_it(lambda state: "setting broken" in state["troubles"])
        assert "bedside.yaml:6" in device.log
        device.killed()
        state = device.watch.until_it(lambda state: "no loudspeaker" in state["troubles"])
        assert "setting broken" in state["troubles"]
        assert state["session"] == "short", "the last good one"
        soundserver.start()
        with soundserver.capture() as capture:
            device.watch.until_it(lambda state: "no loudspeaker" not in state["troubles"])
            device.press()
            device.watch.until("offering")
            device.press()
            device.watch.until_it(lambda state: "no microphone" in state["troubles"])
        assert heard("And here.", capture.sound)
        set_up(person)
        device.watch.until_it(lambda state: "setting broken" not in state["troubles"])
    assert person.journal.entries() == []
    assert "listening" not in device.watch.doings


@pytest.fixture
def full_disk(person: Person) -> list[str]:
    """What to put before a command so that home is a disk of its own, without a byte to write to."""
    home = person.environment["GUIDE_HOME"]
    script = (
        'mount -t tmpfs -o size=16m none "$1" && cp -r "$0/." "$1" && cd "$1" && shift && '
        '{ dd if=/dev/zero of=full bs=4096 2>/dev/null; exec "$@"; }'
    )
    person.journal.write("It was quiet.")
    copy = shutil.copytree(home, person.folder / "copy")
    words = ["unshare", "-m", "sh", "-c", script, str(copy), home]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    return words


def test_a_full_disk_is_said_and_everything_is_played(
    person: Person, soundserver: SoundServer, full_disk: list[str]
) -> None:
    day = at_the_clock("12:00:00")  # by night nothing is said that nobody asked for
    words = [*believed(), *full_disk]
    with soundserver.capture() as capture, Bedside.begun(person, words, TZ=day) as device:
        watch = device.watch
        assert "disk full" in watch.until_it(lambda state: state["doing"] != "starting")["troubles"]
        watch.until("speaking")
        watch.until("waiting")
        device.press()
        watch.until("playing")
        watch.until("waiting")
    assert any(heard(text, capture.sound) for text in ENGLISH.troubles["disk full"])
    assert heard("And here.", capture.sound)
    assert "listening" not in watch.doings

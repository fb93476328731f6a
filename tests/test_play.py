"""The whole path: `guide play` in a real terminal, through a real sound server, into real ears."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import soundfile
from screen import Screen, screen
from soundserver import SoundServer

from guide.duration import RATE, frames
from guide.folders import Folders
from guide.journal import Journal
from guide.lines import lines
from guide.sound import Sound
from guide.voices import find

SHORT = """
    guide: 1
    title: A Short One
    length: {shortest: 8s, usual: 10s, longest: 60s}
    steps:
      - bell: {sound: chime, settle: 1s}
      - part: The first part
        steps:
          - say: Here is the first sentence.
          - rest: {about: 1s, least: 0.5s, most: 20s}
          - say: And this is another one.
      - part: The second part
        steps:
          - rest: {about: 1s, least: 0.5s, most: 20s}
          - say: This one comes at the end.
          - rest: {about: 1s, least: 0.5s, most: 20s}
    reflection:
      questions:
        - ask: What did you notice?
          listen: 3m
"""
SENTENCES = ["Here is the first sentence.", "And this is another one.", "This one comes at the end."]


@dataclass
class Place:
    """A person's own folders beside the sound server."""

    folder: Path
    environment: dict[str, str]

    @property
    def folders(self) -> Folders:
        home = Path(self.environment["GUIDE_HOME"])
        return Folders(home / "config", home / "data", home / "cache", home / "state")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "guide", *words]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*words), env=self.environment, cwd=self.folder, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip

    def clip(self, text: str) -> Sound:
        return find("", self.folders.cache).speak(text, 1.0, 0.0)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all: what was spoken for one test is not spoken again for the next."""
    return tmp_path_factory.mktemp("spoken")


@pytest.fixture
def place(soundserver: SoundServer, tmp_path: Path, spoken: Path) -> Place:
    (tmp_path / "short.yaml").write_text(dedent(SHORT))
    made = Place(tmp_path, soundserver.environment | {"GUIDE_HOME": str(tmp_path / "home")})
    made.folders.state.mkdir(parents=True)
    made.folders.cache.symlink_to(spoken)
    (made.folders.state / "welcomed").touch()
    return made


@pytest.fixture
def playing(place: Place) -> Iterator[Screen]:
    """The short session, just begun, in a terminal."""
    with screen(place.command("play", "short.yaml"), place.environment, place.folder) as shown:
        shown.wait_for("A Short One")
        yield shown


def found(heard: Sound, clip: Sound) -> int:
    """The frame at which a clip begins in what was heard."""
    mono = heard.mean(axis=1)
    size = 1 << (len(mono) + len(clip)).bit_length()
    fit = np.fft.irfft(np.fft.rfft(mono, size) * np.conj(np.fft.rfft(clip, size)), size)
    return int(np.argmax(np.abs(fit[: len(mono)])))


def heard_whole(heard: Sound, clip: Sound) -> bool:
    """Whether the clip was heard from its beginning to its end, at whatever level."""
    at = found(heard, clip)
    piece = heard[at : at + len(clip)].mean(axis=1)
    return len(piece) == len(clip) and bool(np.corrcoef(piece, clip)[0, 1] > 0.99)


def test_every_sentence_is_heard_where_the_timeline_has_it(place: Place, soundserver: SoundServer) -> None:
    cues = place.folder / "short.json"
    place.run("render", "short.yaml", "-o", "short.flac", "--cues", str(cues))
    with soundserver.capture() as capture:
        done = place.run("play", "short.yaml", "--plain", "--no-reflection")
    assert done.returncode == 0, done.stderr
    events = [event for event in json.loads(cues.read_text())["events"] if event["kind"] == "speech"]
    assert [event["text"] for event in events] == SENTENCES
    offsets = [found(capture.sound, place.clip(event["text"])) - event["start"] for event in events]
    assert max(offsets) - min(offsets) <= frames(0.001)
    # Without a terminal, one line for each thing that happens.
    lines_ = done.stdout.splitlines()
    for words in ["The first part", *SENTENCES]:
        assert sum(words in line for line in lines_) == 1, done.stdout
    # It is remembered as sat, and nothing is left to go on with.
    (sitting,) = Journal.open(place.folders).sittings()
    assert (sitting.session, sitting.asked, sitting.frames, sitting.finished) == (
        "short", frames(10), frames(10), True,
    )  # fmt: skip
    assert not (place.folders.state / "session.json").exists()


def test_the_bell_rings_before_the_sentences_are_spoken_and_they_come_in_time(
    place: Place, soundserver: SoundServer
) -> None:
    place.folders.cache.unlink()  # nothing was ever spoken here
    said = [f"This is sentence number {number}, and it is said now." for number in range(400)]
    head = "guide: 1\ntitle: Long\nlength: {shortest: 1h, usual: 80m, longest: 2h}\nsteps:\n"
    steps = "".join(f"  - say: {text}\n  - rest: 4s\n" for text in said)
    (place.folder / "long.yaml").write_text(head + "  - bell: {sound: chime, settle: 8s}\n" + steps)
    words = place.command("play", str(place.folder / "long.yaml"), "--no-reflection", "--plain")
    home = {"GUIDE_HOME": place.environment["GUIDE_HOME"]}
    with soundserver.capture() as capture, soundserver.child(*words, **home) as child:
        rang = capture.wait_for_sound(0.0, 20)
        spoken = list(place.folders.cache.rglob("*.flac"))
        assert len(spoken) < 200, "they were spoken before the bell"
        capture.wait(rang + frames(15) - capture.frames)
        assert heard_whole(capture.sound, place.clip(said[0]))
        child.send_signal(signal.SIGTERM)
        told, problem = child.communicate(timeout=60)
    assert child.returncode == 0, problem
    assert said[0] in told


def test_space_pauses_into_silence_and_goes_on(
    playing: Screen, place: Place, soundserver: SoundServer
) -> None:
    with soundserver.capture() as capture:
        playing.wait_for(SENTENCES[0])
        playing.press(" ")
        playing.wait_for("Paused")
        capture.wait(RATE)
        before = capture.frames
        capture.wait(RATE)
        assert np.abs(capture.sound[before:]).max() == 0
        playing.press(" ")
        playing.wait_for("enter speak")
        heard = capture.sound
    playing.press("s")
    assert playing.end() == 0
    starts = [found(heard[before:], place.clip(text)) for text in SENTENCES]
    assert starts == sorted(starts)
    whole = np.concatenate([heard[:1], heard])
    assert np.abs(np.diff(whole, axis=0)).max() < 0.25  # no click where it faded


def test_q_lands_softly_and_resume_goes_on_at_the_sentence(
    playing: Screen, place: Place, soundserver: SoundServer
) -> None:
    with soundserver.capture() as capture:
        playing.wait_for(SENTENCES[1])
        playing.press("q")
        playing.wait_for("--resume")
        assert playing.end() == 0
    line = place.clip(lines("en").stop)
    assert len(line) <= frames(8)
    assert heard_whole(capture.sound, line)
    with soundserver.capture() as capture:
        done = place.run("play", "--resume", "--plain", "--no-reflection")
    assert done.returncode == 0, done.stderr
    assert SENTENCES[0] not in done.stdout
    assert SENTENCES[1] in done.stdout
    assert SENTENCES[2] in done.stdout
    again = place.run("play", "--resume", "--plain")
    assert again.returncode == 1
    assert "no session to go on with" in again.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lands_softly_with_its_line(
    playing: Screen, place: Place, soundserver: SoundServer, number: signal.Signals
) -> None:
    with soundserver.capture() as capture:
        playing.wait_for(SENTENCES[0])
        playing.signal(number)
        playing.wait_for("Stopped at")
        assert playing.end() == 0
    assert heard_whole(capture.sound, place.clip(lines("en").stop))


def test_a_second_signal_is_silence_at_once(playing: Screen, place: Place, soundserver: SoundServer) -> None:
    with soundserver.capture() as capture:
        playing.wait_for(SENTENCES[0])
        begun = capture.frames
        playing.signal(signal.SIGTERM)
        playing.wait_for("Coming to rest")
        playing.signal(signal.SIGTERM)
        playing.wait_for("Stopped at")
        assert playing.end() == 0
    assert not heard_whole(capture.sound, place.clip(lines("en").stop))
    loud = np.flatnonzero(np.abs(capture.sound[begun:]).max(axis=1) > 0.001)
    assert loud[-1] < frames(4)  # the look at the screen, the card's 0.2 s, and no landing of 2 s and a line


def test_a_second_session_at_once_gets_a_sentence(playing: Screen, place: Place) -> None:
    playing.wait_for(SENTENCES[0])
    second = place.run("play", "short.yaml", "--plain")
    assert second.returncode == 1
    assert second.stderr.strip().startswith("A session is already playing here.")


def test_what_is_said_after_the_tone_is_kept_as_it_was_said(
    playing: Screen, place: Place, soundserver: SoundServer
) -> None:
    playing.wait_for("enter speak")
    playing.press("\r")
    playing.wait_for("What did you notice?")
    playing.press("\r")
    playing.wait_for("the microphone is open")
    said = place.clip("I noticed that it was quiet, and that I was here.")
    soundserver.feed(np.concatenate([said, np.zeros(RATE // 2, dtype=np.float32)]))
    playing.press("\r")
    playing.wait_for("Kept as entry 1")
    assert playing.end() == 0
    journal = Journal.open(place.folders)
    (entry,) = journal.entries()
    assert (entry.session, entry.question, entry.session_frames) == (
        "short",
        "What did you notice?",
        frames(10),
    )
    kept, rate = soundfile.read(journal.path(entry), dtype="float32")
    assert rate == RATE
    start = found(kept[:, None], said)
    piece = kept[start : start + len(said)]
    assert np.abs(piece - said).max() < 2 / 32768
    assert journal.path(entry).stat().st_mode & 0o777 == 0o600


def test_no_microphone_is_said_and_a_written_line_is_kept_instead(place: Place) -> None:
    words = place.command("play", "short.yaml", "--microphone", "nowhere")
    with screen(words, place.environment, place.folder) as shown:
        shown.wait_for("enter speak")
        shown.press("\r")
        shown.wait_for("What did you notice?")
        shown.press("\r")
        shown.wait_for("There is no microphone called 'nowhere'")
        shown.wait_for("one line")
        shown.press("It was quiet.\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0
    (entry,) = Journal.open(place.folders).entries()
    assert (entry.kind, entry.words) == ("written", "It was quiet.")


def test_an_offer_that_is_declined_opens_no_microphone(playing: Screen, place: Place) -> None:
    playing.wait_for("enter speak")
    playing.press("s")
    playing.wait_for("Nothing was recorded")
    assert playing.end() == 0
    assert Journal.open(place.folders).entries() == []


def test_a_lost_loudspeaker_holds_the_session_until_it_is_back(
    playing: Screen, place: Place, soundserver: SoundServer
) -> None:
    playing.wait_for(SENTENCES[1])
    soundserver.vanish()
    playing.wait_for("The loudspeaker is gone")
    soundserver.start()
    with soundserver.capture() as capture:
        playing.wait_for("enter speak")
    playing.press("s")
    assert playing.end() == 0
    assert heard_whole(capture.sound, place.clip(SENTENCES[2]))


def test_without_any_sound_card_it_is_written_to_a_file_here(
    no_sound_card: dict[str, str], tmp_path: Path
) -> None:
    note = "note: Only for days with some ground under them.\n"
    (tmp_path / "short.yaml").write_text(note + dedent(SHORT).lstrip())
    done = subprocess.run(
        [sys.executable, "-m", "guide", "play", "short.yaml"],
        env=no_sound_card, cwd=tmp_path, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "The session is written to a file instead." in done.stderr
    assert "\nOnly for days with some ground under them.\n" in done.stdout, "what is good to know comes first"
    assert soundfile.info(tmp_path / "short-10s.flac").frames == frames(10)
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]


def test_a_sound_system_that_froze_cannot_hold_the_person(
    playing: Screen, place: Place, soundserver: SoundServer
) -> None:
    playing.wait_for(SENTENCES[1])
    assert soundserver.pid
    os.kill(soundserver.pid, signal.SIGSTOP)
    try:
        playing.press("q")
        playing.press("q")
        playing.wait_for("does not answer any more")
        assert playing.end() == 1
    finally:
        os.kill(soundserver.pid, signal.SIGCONT)
    done = place.run("play", "--resume", "--plain", "--no-reflection")
    assert done.returncode == 0, done.stderr
    assert SENTENCES[1] in done.stdout


KIND = """
    guide: 1
    title: A Kind One
    length: {shortest: 8s, usual: 10s, longest: 60s}
    steps:
      - say: Here is the first sentence.
      - echo: {else: [say: You are welcome here.]}
      - rest: {about: 3s, least: 0.5s, most: 30s}
    reflection:
      questions:
        - ask: One kind sentence?
          listen: 20s
          echo: offer
"""


def test_a_kind_sentence_is_heard_back_agreed_to_and_played_in_the_next_session(
    place: Place, soundserver: SoundServer
) -> None:
    (place.folder / "kind.yaml").write_text(dedent(KIND))
    said = place.clip("You did what you could, and it was enough.")
    with screen(place.command("play", "kind.yaml"), place.environment, place.folder) as shown:
        shown.wait_for("You are welcome here.")
        shown.wait_for("enter speak")
        shown.press("\r")
        shown.wait_for("One kind sentence?")
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(np.concatenate([said, np.zeros(RATE // 2, dtype=np.float32)]))
        with soundserver.capture() as capture:
            shown.press("\r")
            shown.wait_for("enter yes")
        assert heard_whole(capture.sound, said)
        with soundserver.capture() as capture:  # yes counts once the question was heard
            capture.wait(len(place.clip(lines("en").echo_ask)) + frames(1))
        shown.press("\r")
        shown.wait_for("Sessions may play it.")
        assert shown.end() == 0
    (entry,) = Journal.open(place.folders).entries()
    assert entry.echo
    cues = place.folder / "kind.json"
    done = place.run(
        "render", "kind.yaml", "-o", "kind.wav", "--for", "16s", "--with-echo", "--cues", str(cues)
    )
    assert done.returncode == 0, done.stderr
    (own,) = [event for event in json.loads(cues.read_text())["events"] if event["kind"] == "echo"]
    assert own["frames"] <= entry.frames  # the quiet around it is left out
    rendered, _ = soundfile.read(place.folder / "kind.wav", dtype="float32")
    with soundserver.capture() as capture:
        done = place.run("play", "kind.yaml", "--plain", "--no-reflection", "--for", "16s")
    assert done.returncode == 0, done.stderr
    first = place.clip(SENTENCES[0])
    apart = [found(sound, said) - found(sound, first) for sound in (rendered, capture.sound)]
    assert heard_whole(capture.sound, said)
    assert abs(apart[0] - apart[1]) <= frames(0.001)
    assert own["start"] <= found(rendered, said) <= own["start"] + own["frames"]
    assert not heard_whole(capture.sound, place.clip("You are welcome here."))

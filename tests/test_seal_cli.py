"""Sealing as a person does it: in a terminal, with a key in a file, and at a real sound server."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from keeping import new_key, samples
from running import Person, place_of
from screen import screen
from soundserver import SoundServer

from guide.duration import RATE
from guide.seal import key_in
from guide.voices.hum import Hum

SAID = np.concatenate(
    [Hum().speak("Nobody else hears this.", 1.0, 0.0), np.zeros(RATE // 4, dtype=np.float32)]
)


@pytest.fixture
def person(no_sound_card: dict[str, str], tmp_path: Path) -> Person:
    return Person.at_home(tmp_path, no_sound_card, voice="hum")


def begun(person: Person, *more: str) -> Path:
    """A journal sealed to a new key, as a person begins with it; the file of the key."""
    key = person.folder / "stick" / "guide.key"
    with screen(
        person.command("journal", "seal", "--new-key", "--write", str(key), *more),
        person.environment, person.folder,
    ) as shown:  # fmt: skip
        if more:
            for words in ("A passphrase for it", "Repeat for confirmation"):
                shown.wait_for(words)
                shown.press("five warm stones\r")
        shown.wait_for("The file with the key, or the key itself")
        shown.press(f"{key}\r")
        if more:
            shown.wait_for(f"The passphrase of {key}")
            shown.press("five warm stones\r")
        shown.wait_for("From now on the journal is sealed to it.")
        assert shown.end() == 0
    assert "A lost key is lost data." in shown.text
    assert "five warm stones" not in shown.text
    return key


def test_a_new_key_is_shown_once_written_proved_and_then_used(person: Person) -> None:
    person.journal.write("Old words.")
    path = begun(person)
    assert path.stat().st_mode & 0o777 == 0o600
    person.journal.write("New words.")
    assert [entry.words for entry in person.journal.entries()] == ["Old words.", None]
    done = person.run("journal", "seal")
    assert "1 entry sealed, 1 entry in clear." in done.stdout
    assert "`guide journal seal --old --identity FILE` seals those, too." in done.stdout
    done = person.run("journal", "seal", "--old", "--yes", "--identity", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 entry sealed, opened again to see that they are whole." in done.stdout
    assert [entry.words for entry in person.journal.entries()] == [None, None]
    listed = person.run("journal", "list", "--identity", str(path)).stdout
    assert [words in listed for words in ("Old words.", "New words.")] == [True, True]
    assert "Old words." not in person.run("journal", "list").stdout
    secret = re.findall(r"AGE-SECRET-KEY-1\w+", path.read_text())[0]
    for file in person.folders.data.rglob("*"):
        assert file.is_dir() or secret.encode() not in file.read_bytes()


def test_a_key_with_a_passphrase_asks_for_it(person: Person) -> None:
    path = begun(person, "--passphrase")
    assert b"AGE-SECRET-KEY" not in path.read_bytes()
    person.journal.write("Words.")
    with screen(
        person.command("journal", "show", "1", "-i", str(path)), person.environment, person.folder
    ) as shown:
        shown.wait_for("The passphrase of")
        shown.press("five warm stones\r")
        shown.wait_for("Words.")
        assert shown.end() == 0
    assert "five warm stones" not in shown.text


def test_a_key_that_does_not_open_the_test_entry_seals_nothing(person: Person) -> None:
    other = person.folder / "other"
    other.write_text(new_secret())
    words = person.command("journal", "seal", "--new-key")
    with screen(words, person.environment, person.folder) as shown:
        shown.wait_for("The file with the key, or the key itself")
        shown.press(f"{other}\r")
        shown.wait_for("It was sealed to another key")
        assert shown.end() == 1
    assert person.journal.write("Words.").words == "Words."


def new_secret() -> str:
    from guide.seal import fresh

    return fresh()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["seal", "--to", "age1hello"], "'age1hello' is no public key."),
        (["seal", "--without", "age1hello"], "The journal is not sealed to age1hello."),
        (["seal", "--prove", "-i", "none"], "This journal is not sealed."),
        (["seal", "--old", "-i", "none"], "The key none cannot be read"),
        (["list", "-i", "none"], "The key none cannot be read"),
        (
            ["seal", "--new-key", "--write", "home/data/key"],
            "The key must not lie in the journal's own folder",
        ),
        (["seal", "--new-key", "--write", "there"], "there is there already, and is not written over."),
    ],
)
def test_what_cannot_be_done_is_a_sentence(person: Person, words: list[str], sentence: str) -> None:
    (person.folder / "there").touch()
    done = person.run("journal", *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert sentence in " ".join(done.stderr.split())
    assert not (person.folders.data / "recipients.txt").exists()


@pytest.mark.parametrize("data", [b"", b"age1hello\n", b"\xff\xfe"])
def test_public_keys_that_are_damaged_can_be_said_again(person: Person, data: bytes) -> None:
    own = new_key()
    assert person.run("journal", "seal", "--to", own.recipients[0]).returncode == 0
    path = person.folders.data / "recipients.txt"
    path.write_bytes(data)
    assert "Traceback" not in person.run("journal", "seal").stderr
    done = person.run("journal", "seal", "--to", own.recipients[0])
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert person.journal.write("Words.").sealed is not None
    path.write_bytes(data)
    assert person.run("journal", "seal", "--stop", "--yes").returncode == 0
    assert person.journal.write("Words.").sealed is None


def sealed_by(person: Person) -> Path:
    path = person.folder / "guide.key"
    path.write_text(new_secret())
    done = person.run("journal", "seal", "--to", key_in(path, str).recipients[0])
    assert done.returncode == 0, done.stderr
    return path


def test_a_reflection_at_a_real_microphone_is_sealed_and_heard_with_its_key(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    person = Person.at_home(tmp_path, soundserver.environment, voice="hum")
    path = sealed_by(person)
    with screen(person.command("reflect"), person.environment, person.folder) as shown:
        shown.wait_for("enter begin")
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        shown.press("\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0
    journal = person.journal
    (entry,) = journal.entries()
    assert (entry.question, (entry.recording or "")[-8:]) == (None, ".wav.age")
    journal.unlock(key_in(path, str))
    heard = samples(journal, entry).astype(np.float32) / np.float32(32_768)
    assert place_of(SAID, np.stack([heard, heard], axis=1)) >= 0
    assert journal.entry(1).question == "What is here, right now?"


def test_without_the_extra_a_session_plays_and_nothing_is_kept_in_clear(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    person = Person.at_home(tmp_path, soundserver.environment, voice="hum")
    sealed_by(person)
    person.write(
        "short.yaml",
        """
        guide: 1
        title: A Short One
        length: {shortest: 3s, usual: 4s, longest: 9s}
        steps:
          - say: Here it is.
          - rest: {about: 2s, least: 0.1s, most: 8s}
        reflection:
          questions: [{ask: What is here?}]
        """,
    )
    (person.folder / "gone").mkdir()
    (person.folder / "gone" / "pyrage.py").write_text("raise ImportError\n")
    environment = {**person.environment, "PYTHONPATH": os.fspath(person.folder / "gone")}
    with screen(person.command("play", "short.yaml"), environment, person.folder) as shown:
        shown.wait_for("So no reflection is offered.")
        assert shown.end() == 0
    assert "Sealing needs what is not installed here" in " ".join(shown.text.split())
    assert "Traceback" not in shown.text
    with screen(person.command("reflect"), environment, person.folder) as shown:
        shown.wait_for("Nothing can be kept, so nothing is recorded.")
        assert shown.end() == 1
    assert person.journal.store.entries() == []
    assert [one.session for one in person.journal.sittings()] == ["short"]

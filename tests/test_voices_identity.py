"""A voice is known again without a process, until what speaks is another."""

import os
from pathlib import Path

import pytest

from guide import voices
from guide.voices import identity, pool
from guide.voices.identity import Identities
from guide.voices.later import Later
from guide.voices.pool import Worker


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The speech library of a pretended system, in a folder by the machine's kind."""
    folder = tmp_path / "lib" / "any-linux-gnu"
    folder.mkdir(parents=True)
    file = folder / "libespeak-ng.so.1"
    file.write_bytes(b"one")
    monkeypatch.setattr(identity, "_LIBRARIES", (str(tmp_path / "lib"),))
    return file


def test_it_is_known_for_that_voice_and_that_library(tmp_path: Path, library: Path) -> None:
    who = Identities(tmp_path / "who")
    assert who.get("en-gb+f4", "auto") == ""
    who.put("en-gb+f4", "auto", "espeak-ng 1.51, en-gb+f4")
    assert who.get("en-gb+f4", "auto") == "espeak-ng 1.51, en-gb+f4"
    assert Identities(tmp_path / "who").get("en-gb+f4", "auto") != ""
    assert who.get("en-gb+f4", "embedded") == ""
    assert who.get("en-gb", "auto") == ""
    assert library.exists()


def test_after_an_upgrade_it_is_asked_for_again(tmp_path: Path, library: Path) -> None:
    who = Identities(tmp_path / "who")
    who.put("en", "auto", "one")
    library.write_bytes(b"another")
    assert who.get("en", "auto") == ""


def test_a_newer_file_of_the_same_size_is_another(tmp_path: Path, library: Path) -> None:
    who = Identities(tmp_path / "who")
    who.put("en", "auto", "one")
    before = library.stat()
    os.utime(library, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000_000))
    assert who.get("en", "auto") == ""


def test_where_nothing_can_be_kept_nothing_is_known(tmp_path: Path, library: Path) -> None:
    (tmp_path / "who").write_text("a file")
    who = Identities(tmp_path / "who")
    who.put("en", "auto", "one")
    assert who.get("en", "auto") == ""
    assert library.exists()


def test_what_was_spoken_before_needs_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = voices.find("", tmp_path)
    clip = first.speak("There is time.", 1.0, 0.0)
    gain = first.gain(1.0, 0.0)
    first.close()

    def refuse(*_: object, **__: object) -> Worker:
        raise AssertionError("a process was started")

    monkeypatch.setattr(pool, "Worker", refuse)
    again = voices.find("", tmp_path)
    assert again.recall("There is time.", 1.0, 0.0) == len(clip)
    assert (again.speak("There is time.", 1.0, 0.0) == clip).all()
    assert again.gain(1.0, 0.0) == gain
    assert again.recall("This was never said.", 1.0, 0.0) is None


def test_a_voice_that_turned_out_to_be_another_is_known_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = voices.find("", tmp_path)
    true = first.identity
    first.close()
    monkeypatch.setattr(Identities, "get", lambda *_: "somebody else")
    again = voices.find("", tmp_path)
    assert again.identity == "somebody else"
    again.speak("Who is here?", 1.0, 0.0)
    assert again.identity == true
    again.close()


def test_a_voice_for_later_is_looked_for_when_it_has_to_speak(tmp_path: Path) -> None:
    looked: list[str] = []

    def look() -> voices.Voice:
        looked.append("here")
        return voices.find("hum")

    kept = tmp_path / "voices"
    voice = Later(look, kept)
    assert voice.recall("One.", 1.0, 0.0) is None
    voice.close()
    assert looked == []
    kept.mkdir()
    assert voice.recall("One.", 1.0, 0.0) is None
    assert (voice.speak("One.", 1.0, 0.0) == voices.find("hum").speak("One.", 1.0, 0.0)).all()
    assert voice.identity == "hum 1"
    assert voice.gain(1.0, 0.0) == voices.find("hum").gain(1.0, 0.0)
    assert looked == ["here"]
    voice.close()

"""Sealed journals after kills, damage and forgery: nothing comes back, is in clear, or is lost."""

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from keeping import sealed_from_now_on, spoken, voice
from test_sealed_bytes import can_watch

from guide.cli import guide
from guide.errors import StorageError
from guide.journal import Entry, Journal, resealing, store
from guide.journal import bin as bin_room
from guide.journal.export import export
from guide.journal.resealing import seal_all
from guide.journal.sealing import opened
from guide.journal.store import note_digest
from guide.journal.verify import verify
from guide.seal import CHUNK, TAG, Key, fresh
from guide.takes.sealed import CUT, WHOLE


def test_what_a_kill_left_in_clear_goes_with_its_sealed_entry(journal: Journal) -> None:
    entry = spoken(journal)
    plain = journal.path(entry)
    sound = plain.read_bytes()
    seal_all(journal, sealed_from_now_on(journal))
    plain.write_bytes(sound)

    bin_room.erase(journal, entry.id)

    assert not plain.exists()
    assert journal.recover() == []


def test_what_a_kill_left_of_a_take_that_was_cut_off_goes_with_its_entry(journal: Journal) -> None:
    sealed_from_now_on(journal)
    entry = spoken(journal, 1.5)
    whole = journal.path(entry)
    cut = whole.with_name(whole.name.removesuffix(WHOLE) + CUT)
    cut.write_bytes(whole.read_bytes())

    bin_room.erase(journal, entry.id)

    assert journal.recover() == []
    assert not cut.exists()


def test_a_name_that_another_entry_has_stays(journal: Journal) -> None:
    sealed_from_now_on(journal)
    entry, other = spoken(journal), spoken(journal)
    before = journal.path(other)
    mine = journal.path(entry).name.removesuffix(WHOLE) + ".flac"
    before.rename(before.with_name(mine))
    journal.store.change(other.id, recording=mine)

    bin_room.erase(journal, entry.id)

    assert before.with_name(mine).exists()


def test_the_index_is_made_small_without_a_copy_elsewhere(journal: Journal, tmp_path: Path) -> None:
    if not can_watch():
        pytest.skip("strace cannot watch a process here")
    with journal.store.transaction() as db:  # more than SQLite has in memory by itself
        db.executemany(
            "INSERT INTO entries (created, kind, words) VALUES ('2026-11-24', 'written', ?)",
            [("heron " * 1_000,)] * 1_000,
        )
    trace, index = tmp_path / "trace", journal.store.path
    tidy = "import sys, pathlib, guide.journal.store as s; assert s.Store(pathlib.Path(sys.argv[1])).tidy()"
    strace = ["strace", "-f", "-qq", "-e", "trace=openat,open", "-o", os.fspath(trace)]

    subprocess.run([*strace, sys.executable, "-c", tidy, os.fspath(index)], check=True)

    names = trace.read_text()
    assert "journal.db" in names
    assert "etilqs" not in names  # what SQLite calls its temporary files


def test_what_is_taken_back_while_it_is_sealed_stays_taken_back(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken(journal)
    journal.agree(1, agreed=True)
    journal.write("the heron")
    key = sealed_from_now_on(journal)

    def meanwhile(entry: Entry, key: Key) -> Entry:
        if entry.id == 1:
            journal.agree(1, agreed=False)
        else:
            journal.delete(entry.id)
        return opened(entry, key)

    monkeypatch.setattr(resealing, "opened", meanwhile)

    done = resealing.seal_all(journal, key)

    assert [entry.echo for entry in journal.store.entries()] == [False, False]
    assert [entry.id for entry in journal.entries(binned=True)] == [2]
    assert done.entries == []
    monkeypatch.undo()
    assert resealing.seal_all(journal, key).entries == [1, 2]
    assert not verify(journal).problems


def test_words_that_a_machine_understood_keep_nothing_else_closed(journal: Journal) -> None:
    key = sealed_from_now_on(journal)
    entry = spoken(journal)
    journal.keep_transcript(entry, "the heron")
    sealed_words = journal.entry(entry.id).transcript_sealed or b""
    journal.store.change(entry.id, transcript_sealed=sealed_words[:-1] + bytes([sealed_words[-1] ^ 1]))
    journal.unlock(key)

    assert journal.entry(entry.id).question == "Who is here?"
    assert journal.readable(entry)


def test_a_take_that_was_cut_off_and_damaged_is_not_cut_shorter(journal: Journal) -> None:
    key = sealed_from_now_on(journal)
    entry = spoken(journal, 8)
    whole = journal.path(entry)
    cut = whole.with_name(whole.name.removesuffix(WHOLE) + CUT)
    whole.rename(cut)
    data = bytearray(cut.read_bytes())
    data[3 * (CHUNK + TAG)] ^= 1
    cut.write_bytes(data)
    journal.store.change(entry.id, recording=cut.name)

    assert journal.unlock(key) == []

    assert cut.read_bytes() == data
    assert "only 0:01 of 0:07" in journal.notices[0]


def test_a_sealed_flac_has_its_length_again_when_the_index_was_lost(journal: Journal) -> None:
    before = spoken(journal)
    key = sealed_from_now_on(journal)
    resealing.seal_all(journal, key)
    for file in journal.store.path.parent.glob("journal.db*"):
        file.unlink()
    journal.store.prepare()
    journal.recover()

    journal.unlock(key)

    assert [entry.frames for entry in journal.entries()] == [before.frames]
    assert not verify(journal).problems


def test_a_key_that_cannot_be_written_is_not_shown(journal: Journal, tmp_path: Path) -> None:
    inside = journal.store.path.parent / "key.txt"
    there = tmp_path / "there"
    there.write_text("something")
    for place in (inside, there):
        result = CliRunner().invoke(guide, ["journal", "seal", "--new-key", "--write", os.fspath(place)])
        assert result.exit_code == 1
        assert "AGE-SECRET-KEY" not in result.output


def test_traces_of_what_was_in_clear_are_looked_for_again(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PATIENCE", 0.1)
    text = fresh()
    (tmp_path / "key.txt").write_text(text)
    words = ["journal", "seal", "--old", "--yes", "--identity", os.fspath(tmp_path / "key.txt")]
    journal.write("the heron")
    sealed_from_now_on(journal, text)
    with closing(sqlite3.connect(journal.store.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entries").fetchall()
        assert "may still hold traces" in CliRunner().invoke(guide, words).output
        assert "may still hold traces" in CliRunner().invoke(guide, words).output
    assert "Nothing is in clear." in CliRunner().invoke(guide, words).output


def test_it_is_not_said_that_something_is_removed_that_is_there(journal: Journal, tmp_path: Path) -> None:
    text = fresh()
    (tmp_path / "key.txt").write_text(text)
    journal.path(spoken(journal)).unlink()
    sealed_from_now_on(journal, text)
    words = ["journal", "seal", "--old", "--yes", "--identity", os.fspath(tmp_path / "key.txt")]
    result = CliRunner().invoke(guide, words)
    assert result.exit_code == 1
    assert "is removed" not in result.output


def test_a_key_before_the_command_is_not_passed_over(journal: Journal, tmp_path: Path) -> None:
    journal.write("the heron")
    result = CliRunner().invoke(guide, ["journal", "--identity", os.fspath(tmp_path), "show", "1"])
    assert result.exit_code == 2
    assert "guide journal show --identity FILE" in result.output


def test_it_is_not_said_that_something_is_safe_that_the_disk_never_had(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_from_now_on(journal)
    recording = journal.begin()

    def full(_handle: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        recording.take.write(voice(2))
        with pytest.raises(StorageError, match="nothing of it is on the disk"):
            journal.keep(recording)
    assert journal.keep(recording)


def test_verify_opens_what_is_sealed_in_the_index_too(journal: Journal) -> None:
    key = sealed_from_now_on(journal)
    entry = journal.write("the heron")
    data = journal.store.entries()[0].sealed or b""
    with journal.store.transaction() as db:
        damaged = data[:-1] + bytes([data[-1] ^ 1])
        db.execute("UPDATE entries SET sealed = ?", (damaged,))
        note_digest(db, replace(entry, sealed=damaged))
    assert (verify(journal).sealed, verify(journal).problems) == (1, [])
    journal.unlock(key)
    (problem,) = verify(journal).problems
    assert "cannot be opened: it is damaged" in problem.say


def test_a_key_that_opens_nothing_is_named(journal: Journal, tmp_path: Path) -> None:
    sealed_from_now_on(journal)
    journal.write("the heron")
    (tmp_path / "other.txt").write_text(fresh())
    for words in (["list"], ["show", "1"]):
        told = CliRunner().invoke(guide, ["journal", *words, "-i", os.fspath(tmp_path / "other.txt")])
        assert "This key opens nothing of what is sealed here" in told.output


def test_a_key_that_the_environment_names_and_that_is_gone_hides_nothing_else(
    journal: Journal, tmp_path: Path
) -> None:
    journal.write("in clear")
    nowhere = os.fspath(tmp_path / "unplugged")
    told = CliRunner().invoke(guide, ["journal", "list"], env={"GUIDE_IDENTITY": nowhere})
    assert "unplugged" not in told.output, "where nothing is sealed, no key is asked for"
    sealed_from_now_on(journal)
    journal.write("sealed")
    told = CliRunner().invoke(guide, ["journal", "list"], env={"GUIDE_IDENTITY": nowhere})
    assert (told.exit_code, "in clear" in told.output) == (0, True)
    assert "stays so this time" in told.output
    assert CliRunner().invoke(guide, ["journal", "list", "-i", nowhere]).exit_code == 1


def test_what_went_out_open_is_said(journal: Journal, tmp_path: Path) -> None:
    text = fresh()
    (tmp_path / "key.txt").write_text(text)
    sealed_from_now_on(journal, text)
    journal.write("the heron")
    words = ["journal", "export", os.fspath(tmp_path / "out")]
    env = {"GUIDE_IDENTITY": os.fspath(tmp_path / "key.txt")}
    assert "read there by anyone" in CliRunner().invoke(guide, words, env=env).output
    words[-1] += "-sealed"
    told = CliRunner().invoke(guide, [*words, "--sealed"], env=env).output
    assert "1 entry went out sealed." in told
    assert "by anyone" not in told


def test_a_damaged_recording_goes_out_opened_whole_or_not_at_all(journal: Journal, tmp_path: Path) -> None:
    key = sealed_from_now_on(journal)
    entry = spoken(journal, 3)
    path = journal.path(entry)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    journal.unlock(key)
    with pytest.raises(StorageError, match="Only the beginning of entry 1 can be opened"):
        export(journal, journal.entries(), tmp_path / "out")
    journal.sound(entry)
    assert "Only the beginning of entry 1" in journal.notices[-1]

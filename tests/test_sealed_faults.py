"""Sealed journals after kills, damage and forgery: nothing comes back, is in clear, or is lost."""

import os
from pathlib import Path

import pytest
from keeping import folders, sealed_from_now_on, spoken

from guide.folders import Folders
from guide.journal import Journal
from guide.journal import bin as bin_room
from guide.journal.resealing import seal_all
from guide.takes.sealed import CUT, WHOLE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    return folders(tmp_path / "home")


@pytest.fixture
def journal(home: Folders) -> Journal:
    return Journal.open(home)


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

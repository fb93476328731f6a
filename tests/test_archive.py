"""A journal goes out in open formats and comes back whole; a folder that was made up brings nothing in."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import soundfile
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keeping import DAWN, MARKS, folders, spoken, voice

from guide.cli import guide
from guide.duration import RATE
from guide.errors import StorageError
from guide.folders import Folders
from guide.journal import Entry, Journal, Mark
from guide.journal.archive import archive
from guide.journal.arrival import bring
from guide.journal.verify import verify


@pytest.fixture
def journal(home: Folders) -> Journal:
    """Two spoken entries, the second in the bin, a written one, a marked one, and a sitting."""
    journal = Journal.open(home)
    spoken(journal)
    journal.delete(spoken(journal, seed=6, now=DAWN + timedelta(days=40)).id, now=DAWN)
    journal.write("Only mine.\n\nMore of it.", session="self-love", now=DAWN)
    journal.mark(MARKS, session="five-questions", now=DAWN)
    journal.sat("self-love", started=DAWN, asked=10 * RATE, frames=9 * RATE, finished=False)
    return journal


@pytest.fixture
def other(tmp_path: Path) -> Journal:
    return Journal.open(folders(tmp_path / "other"))


@pytest.fixture
def out(journal: Journal, tmp_path: Path) -> Path:
    """All of it, exported."""
    archive(journal, journal.store.entries(), tmp_path / "out")
    return tmp_path / "out"


def typed(*words: str) -> Result:
    result = CliRunner().invoke(guide, ["journal", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def sounds(journal: Journal) -> list[bytes]:
    return [journal.path(entry).read_bytes() for entry in journal.store.entries() if entry.recording]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_of_it_goes_out_by_year_and_month_for_its_owner_alone(out: Path) -> None:
    assert files(out) == [
        "2026/11/000001-20261123-070124.flac",
        "2026/11/000001-20261123-070124.md",
        "2026/11/000003-20261123-070124.md",
        "2026/11/000004-20261123-070124.md",
        "2027/01/000002-20270102-070124.flac",
        "2027/01/000002-20270102-070124.md",
        "journal.json",
    ]
    modes = {path.stat().st_mode & 0o777 for path in out.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (out, *out.glob("**/")) if path.is_dir()} == {0o700}


def test_a_page_has_its_facts_before_it_and_its_words_below(journal: Journal, out: Path) -> None:
    _, facts, text = (out / "2026/11/000003-20261123-070124.md").read_text().split("---\n")
    told = yaml.safe_load(facts)
    assert (told["id"], told["kind"], told["session"]) == (3, "written", "self-love")
    assert datetime.fromisoformat(told["created"]) == DAWN
    assert text.endswith("Only mine.\n\nMore of it.\n")
    assert "Only mine" not in facts
    told = yaml.safe_load((out / "2026/11/000001-20261123-070124.md").read_text().split("---\n")[1])
    assert (told["sha256"], told["recording"]) == (journal.entry(1).checksum, "000001-20261123-070124.flac")
    told = yaml.safe_load((out / "2026/11/000004-20261123-070124.md").read_text().split("---\n")[1])
    assert told["marks"] == {"respect": 0, "trust": 10}


def test_the_bin_goes_out_only_when_asked(journal: Journal, tmp_path: Path) -> None:
    assert typed("export", os.fspath(tmp_path / "kept")).output.startswith("3 entries in 5 files")
    done = typed("export", os.fspath(tmp_path / "all"), "--bin")
    assert done.output.startswith("4 entries in 7 files")


def test_the_same_again_is_no_harm_and_nothing_is_written_over(journal: Journal, out: Path) -> None:
    before = {name: (out / name).stat().st_mtime_ns for name in files(out)}
    (out / "2026/11/.000001-20261123-070124.md.tmp").write_text("half, of an export that was cut off")
    archive(journal, journal.store.entries(), out)
    assert {name: (out / name).stat().st_mtime_ns for name in files(out)} == before
    journal.write("One more.", now=DAWN)
    with pytest.raises(StorageError, match=r"Nothing was exported: journal\.json in"):
        archive(journal, journal.store.entries(), out)
    assert {name: (out / name).stat().st_mtime_ns for name in files(out)} == before


def test_a_stick_that_knows_no_links_is_written_to(
    journal: Journal, other: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    archive(journal, journal.store.entries(), tmp_path / "stick")
    assert len(bring(other, tmp_path / "stick").entries) == 4


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-900])])
def test_a_recording_that_is_damaged_is_left_out_and_named(
    journal: Journal, tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    harm(journal.path(journal.entry(1)))
    done = typed("export", os.fspath(tmp_path / "out"))
    assert done.exit_code == 1
    assert done.stdout.startswith("2 entries in 3 files")
    assert done.stderr.startswith("Entry 1 is left out")
    assert "guide journal export DIR 1" in done.stderr


# ── and back ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_went_out_comes_back_whole(journal: Journal, other: Journal, out: Path) -> None:
    done = bring(other, out)
    assert (len(done.entries), done.mended, done.already, done.sittings) == (4, (), 0, 1)
    assert other.store.entries() == journal.store.entries()
    assert other.sittings() == journal.sittings()
    assert sounds(other) == sounds(journal)
    assert verify(other).problems == []
    assert verify(other).without == []
    assert other.path(other.entry(2)).parent == other.bin
    assert other.path(other.entry(1)).stat().st_mode & 0o777 == 0o600
    assert other.write("Next.").id == 5


def test_what_is_here_is_not_doubled(journal: Journal, other: Journal, out: Path) -> None:
    for one in (journal, other, other):
        bring(one, out)
    assert other.store.entries() == journal.store.entries()
    assert len(other.sittings()) == 1
    done = typed("import", os.fspath(out))
    assert (done.exit_code, done.output) == (
        0, "0 entries came into the journal. 4 entries were here already.\n",
    )  # fmt: skip


def test_another_journals_entries_find_their_place_beside_ones_own(other: Journal, out: Path) -> None:
    own = spoken(other, seed=9)
    done = bring(other, out)
    assert [entry.id for entry in done.entries] == [2, 3, 4, 5]
    assert [entry.session for entry in other.store.entries()][-1] == "self-love"
    assert other.entry(1) == own
    assert verify(other).problems == []
    again = bring(other, out)
    assert (again.entries, again.already) == ((), 4), "also those whose number is another here"


def test_what_was_binned_or_taken_back_meanwhile_stays_as_it_is(journal: Journal, out: Path) -> None:
    journal.restore(2)
    journal.delete(3)
    bring(journal, out)
    assert [entry.id for entry in journal.entries()] == [1, 2, 4]
    assert verify(journal).problems == []


def test_what_is_damaged_here_is_put_back(journal: Journal, out: Path) -> None:
    before, heard = journal.store.entries(), sounds(journal)
    journal.path(before[0]).unlink()
    journal.path(before[1]).write_bytes(b"fLaC and no more")
    with journal.store.transaction() as db:
        db.execute("UPDATE entries SET words = 'Theirs.', created = 'never' WHERE id = 3")
        db.execute("UPDATE entries SET session = 'another' WHERE id = 4")
    done = typed("import", os.fspath(out))
    assert "Damaged here, and whole again: 1, 2, 3, 4.\n" in done.output
    assert journal.store.entries() == before
    assert sounds(journal) == heard
    assert verify(journal).problems == []


def test_what_was_removed_for_good_comes_back_from_an_export(journal: Journal, out: Path) -> None:
    typed("delete", "--forever", "--yes", "1")
    typed("delete", "--forever", "--yes", "3")
    assert [entry.id for entry in bring(journal, out).entries] == [1, 3]
    assert verify(journal).problems == []


def test_nobody_elses_agreement_comes_along_and_ones_own_stays_as_it_is(
    journal: Journal, other: Journal, tmp_path: Path
) -> None:
    journal.agree(1, agreed=True)
    archive(journal, journal.store.entries(), tmp_path / "agreed")
    assert "echo: true" in (tmp_path / "agreed/2026/11/000001-20261123-070124.md").read_text()
    assert bring(other, tmp_path / "agreed").unasked == (1,)
    assert not other.agreed("self-love"), "whoever has it now never agreed"
    assert bring(other, tmp_path / "agreed").unasked == (), "said once"
    other.agree(1, agreed=True)
    bring(other, tmp_path / "agreed")
    assert [entry.id for entry in other.agreed("self-love")] == [1]
    journal.agree(1, agreed=False)
    bring(journal, tmp_path / "agreed")
    assert not journal.entry(1).echo
    journal.path(journal.entry(1)).unlink()
    assert bring(journal, tmp_path / "agreed").mended == (1,)
    assert not journal.entry(1).echo
    with other.store.transaction() as db:
        db.execute("UPDATE entries SET created = 'never' WHERE id = 1")
    done = bring(other, tmp_path / "agreed")
    assert (done.mended, done.unasked) == ((1,), (1,))
    assert not other.entry(1).echo, "nobody knows whether it was taken back in the row that is lost"


@pytest.mark.parametrize(
    ("number", "echo", "kept"),
    [(1, True, True), (1, "yes", False), (1, 1, False), (1, None, False), (3, True, False)],
)
def test_agreement_in_a_folder_is_told_of_only_where_it_can_have_been_given(
    other: Journal, out: Path, number: int, echo: object, kept: bool
) -> None:
    index = json.loads((out / "journal.json").read_text())
    row = next(row for row in index["entries"] if row["id"] == number)
    row["echo"] = echo
    if echo is None:
        del row["echo"]  # from before there were any
    (out / "journal.json").write_text(json.dumps(index))
    assert bring(other, out).unasked == ((number,) if kept else ())
    assert not other.agreed("self-love")


@pytest.mark.parametrize("several", [False, True])
def test_an_import_says_what_may_not_be_played_here_and_how_it_may(
    journal: Journal, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, several: bool
) -> None:
    more = spoken(journal, seed=9).id
    for number in (1, more) if several else (1,):
        journal.agree(number, agreed=True)
    archive(journal, journal.store.entries(), tmp_path / "agreed")
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "another"))
    said = typed("import", os.fspath(tmp_path / "agreed")).output
    assert (f"sessions might play 2 of them: 1, {more}. Here none does" in said) is several
    assert ("sessions might play entry 1. Here none does" in said) is not several
    assert f"`guide journal echo {'ID' if several else 1} --on`" in said


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WORDS = TEXT.filter(lambda text: bool(text.strip()))
WHEN = st.datetimes(
    datetime(1000, 1, 1), datetime(9000, 1, 1),
    timezones=st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)  # fmt: skip
MARK = st.builds(Mark, TEXT, TEXT, st.integers(0, 10))
KEPT = st.fixed_dictionaries(
    {
        "what": st.one_of(WORDS, st.lists(MARK, min_size=1, max_size=4), st.integers(1, 2_000)),
        "session": st.none() | TEXT,
        "title": st.none() | TEXT,
        "question": st.none() | TEXT,
        "session_frames": st.none() | st.integers(0, 10**9),
        "now": WHEN,
        "deleted": st.none() | WHEN,
    }
)


def keep(journal: Journal, given: dict[str, Any]) -> None:
    what, deleted = given.pop("what"), given.pop("deleted")
    entry: Entry | None
    if isinstance(what, str):
        entry = journal.write(what, **given)
    elif isinstance(what, int):
        recording = journal.begin(**given)
        recording.take.write(voice(what / RATE, seed=what))
        entry = journal.keep(recording)
    else:
        del given["question"]
        entry = journal.mark(what, **given)
    assert entry is not None
    if deleted:
        journal.delete(entry.id, now=deleted)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(held=st.lists(KEPT, max_size=5), twice=st.booleans())
def test_any_journal_comes_back_as_it_went(held: list[dict[str, Any]], twice: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        journal, other = (Journal.open(folders(Path(place) / name)) for name in ("one", "other"))
        for one in held:
            keep(journal, dict(one))
        archive(journal, journal.store.entries(), Path(place) / "out")
        bring(other, Path(place) / "out")
        if twice:
            assert bring(other, Path(place) / "out").entries == ()
        assert other.store.entries() == journal.store.entries()
        assert [entry.created.utcoffset() for entry in other.store.entries()] == [
            entry.created.utcoffset() for entry in journal.store.entries()
        ]
        assert sounds(other) == sounds(journal)
        assert verify(other).problems == []


# ── nothing is believed ──────────────────────────────────────────────────────────────────────────────────


def rewritten(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((out / "journal.json").read_text())
    change(data)
    (out / "journal.json").write_text(json.dumps(data))


def first(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["entries"][0].update(values)


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "a later version": lambda data: data.update(guide=2),
    "no version": lambda data: data.pop("guide"),
    "no list": lambda data: data.update(entries={}),
    "no entry": lambda data: data["entries"].append(7),
    "a number twice": lambda data: data["entries"].append(data["entries"][2]),
    "a number too high": first(id=2**63 - 1),
    "a number that is true": first(id=True),
    "a name above": first(file="../outside.flac"),
    "a name at the root": first(file="/etc/passwd"),
    "a name of another system": first(file="C:\\x.flac"),
    "a name with nothing in it": first(file="2026//x.flac"),
    "no file": first(file="2026/11/gone.flac"),
    "a folder": first(file="2026/11"),
    "a name that is too long": first(file="x" * 999),
    "a name with a zero": first(file="a\0b"),
    "a name that is a number": first(file=7),
    "a recording of another": first(file="2027/01/000002-20270102-070124.flac"),
    "no recording": first(file=None),
    "another sum": first(sha256="0" * 64),
    "another length": first(frames=7),
    "a length below nothing": first(frames=-1),
    "another date": first(created="2020-01-01T00:00:00+00:00"),
    "a date without an offset": first(created="2020-01-01T00:00:00"),
    "no date": first(created="never"),
    "another kind": first(kind="sung"),
    "a kind that is a list": first(kind=[]),
    "half a letter": first(title="\ud800"),
    "a title that is a list": first(title=[]),
    "a mark too high": lambda data: data["entries"][3]["marks"][0].update(mark=11),
    "marks that are none": lambda data: data["entries"][3].update(marks=[7]),
    "other words": lambda data: data["entries"][2].update(words="Theirs."),
    "something missing": lambda data: data["entries"][0].pop("words"),
    "a sitting that is none": lambda data: data["sittings"].append({}),
    "a sitting of no length": lambda data: data["sittings"][0].update(frames="long"),
}


def untouched(other: Journal) -> None:
    assert other.store.entries() == []
    assert other.sittings() == []
    assert files(other.recordings) == []
    assert verify(other).problems == []


@pytest.mark.parametrize("wrong", WRONG)
def test_a_folder_that_is_not_what_was_exported_brings_nothing(other: Journal, out: Path, wrong: str) -> None:
    (out.parent / "outside.flac").write_bytes((out / "2026/11/000001-20261123-070124.flac").read_bytes())
    rewritten(out, WRONG[wrong])
    with pytest.raises(StorageError, match="Nothing was imported"):
        bring(other, out)
    untouched(other)


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 100_000, b"7", b"null", b"\xff\xfe", b" " * (33 << 20)])
def test_an_index_that_is_none_brings_nothing(other: Journal, out: Path, text: bytes) -> None:
    (out / "journal.json").write_bytes(text)
    with pytest.raises(StorageError, match="Nothing was imported"):
        bring(other, out)
    untouched(other)


FLAC = "2026/11/000001-20261123-070124.flac"


def linked(out: Path) -> None:
    (out / FLAC).rename(out / "elsewhere")
    (out / FLAC).symlink_to(out / "elsewhere")


def linked_folder(out: Path) -> None:
    (out / "2026").rename(out / "elsewhere")
    (out / "2026").symlink_to(out / "elsewhere")


def piped(out: Path) -> None:
    (out / FLAC).unlink()
    os.mkfifo(out / FLAC)


def grown(out: Path) -> None:
    with (out / FLAC).open("ab") as file:
        file.truncate(1 << 33)


def turned(out: Path) -> None:
    data = bytearray((out / FLAC).read_bytes())
    data[-500] ^= 1
    (out / FLAC).write_bytes(data)


def no_sound(out: Path) -> None:
    """With every checksum right, and still nothing that can be heard."""
    import hashlib

    from guide.journal.entries import fingerprint
    from guide.journal.parcel import opened

    (out / FLAC).write_bytes(b"fLaC" + bytes(2_000))
    total = hashlib.sha256((out / FLAC).read_bytes()).hexdigest()
    entry = replace(opened(out).pieces[0].entry, checksum=total)
    rewritten(out, first(sha256=total, fingerprint=fingerprint(entry)))


def index_piped(out: Path) -> None:
    (out / "journal.json").unlink()
    os.mkfifo(out / "journal.json")


@pytest.mark.parametrize("harm", [linked, linked_folder, piped, grown, turned, no_sound, index_piped])
def test_a_recording_that_is_not_what_was_exported_brings_nothing(
    other: Journal, out: Path, harm: Callable[[Path], None]
) -> None:
    harm(out)
    with pytest.raises(StorageError, match="Nothing was imported"):
        bring(other, out)
    untouched(other)


def test_without_an_index_there_is_a_sentence_that_says_what_to_choose(
    journal: Journal, tmp_path: Path
) -> None:
    done = typed("import", os.fspath(tmp_path))
    assert done.exit_code == 1
    assert "Choose a folder that `guide journal export DIR` finished" in done.stderr


def test_two_imports_at_once_are_one(other: Journal, out: Path) -> None:
    from guide.journal.arrival import _alone

    with _alone(other), pytest.raises(StorageError, match="Another import is going on"):
        bring(other, out)
    assert len(bring(other, out).entries) == 4


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from guide.folders import Folders
from guide.journal import Journal, arrival
moment = sys.argv[2]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
journal = Journal.open(Folders.find())
real_connect, real_copied, real_rename, real_replace = (
    sqlite3.connect, arrival.copied, Path.rename, Path.replace
)
seen = 0
def connect(*words, **more):
    db = real_connect(*words, **more)
    db.set_trace_callback(lambda said: die() if moment == said.partition(" ")[0] + "!" else None)
    return db
def second(real):
    def call(*words, **more):
        global seen
        seen += 1
        return die() if seen == 2 else real(*words, **more)
    return call
if moment == "copied": arrival.copied = second(real_copied)
if moment == "renamed": Path.rename = second(real_rename)
if moment == "moved": Path.replace = second(real_replace)
if moment == "INSERT!": sqlite3.connect = connect
if moment == "COMMIT!":
    def committed(*words, **more):
        db = real_connect(*words, **more)
        db.set_trace_callback(lambda said: die() if said == "COMMIT" and db.total_changes else None)
        return db
    sqlite3.connect = committed
arrival.bring(journal, Path(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", ["copied", "renamed", "INSERT!", "COMMIT!", "moved"])
def test_a_kill_leaves_all_of_an_import_or_nothing(other: Journal, out: Path, moment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, os.fspath(out), moment],
        env={**os.environ, "GUIDE_HOME": os.fspath(other.store.path.parent.parent)},
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    other.recover()
    assert len(other.store.entries()) == (4 if moment == "moved" else 0)
    assert verify(other).problems == []
    assert not other.incoming.exists()
    bring(other, out)
    assert len(other.store.entries()) == 4
    assert soundfile.info(os.fspath(other.path(other.entry(1)))).frames == RATE // 2
    assert verify(other).problems == []

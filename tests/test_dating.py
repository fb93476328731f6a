"""What is begun before a clock is set: it has its number at once, and its date when that is known."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import DAWN, MARKS, folders, sealed_from_now_on, spoken, voice

from guide.cli import guide
from guide.cli.stats import as_data
from guide.cli.stats import page as stats_page
from guide.course import past
from guide.days import Days
from guide.duration import RATE
from guide.errors import StorageError
from guide.folders import Folders
from guide.journal import Entry, Journal, Recording, Sitting, Uptime
from guide.journal.archive import archive
from guide.journal.arrival import bring
from guide.journal.chart import chart
from guide.journal.dating import Dated, date
from guide.journal.echoes import candidates
from guide.journal.entries import fingerprint, named, stem
from guide.journal.export import export, markdown
from guide.journal.store import _MIGRATIONS, Store
from guide.journal.verify import verify

BOOT, OTHER = "d77344d1-2a28-4fdb-b0bc-d43a5f7cc3f1", "3c2b8f0e-0d1f-4a52-9a62-0b8f5a1d2e33"
WRONG = datetime(2026, 11, 2, 3, 17, 1, tzinfo=timezone(timedelta(hours=1)))
"""What a clock says that was not set."""
HOUR = 3_600_000


class Board:
    """A machine that wakes with a wrong clock."""

    def __init__(self, home: Path, boot: str = BOOT) -> None:
        self.home = folders(home)
        self.at: Uptime | None = Uptime(boot, 60_000)
        self.journal = Journal.open(self.home, uptime=lambda: self.at)

    def pass_(self, milliseconds: int) -> None:
        assert self.at
        self.at = Uptime(self.at.boot, self.at.since + milliseconds)

    def live(self) -> None:
        """Four entries an hour apart, and a sitting of twenty minutes that has just ended."""
        spoken(self.journal, now=WRONG)
        self.pass_(HOUR)
        self.journal.write("Still here.", session="self-love", now=WRONG)
        self.pass_(HOUR)
        self.journal.mark(MARKS, session="self-love", now=WRONG)
        self.pass_(HOUR)
        assert self.journal.discard_to_bin(self.journal_take(), now=WRONG)
        self.journal.sat("self-love", started=WRONG, asked=1200 * RATE, frames=1200 * RATE, finished=True)

    def journal_take(self) -> Recording:
        recording = self.journal.begin(session="self-love", now=WRONG)
        recording.take.write(voice(0.3))
        return recording

    def everything(self) -> list[Entry]:
        return sorted(self.journal.entries() + self.journal.entries(binned=True), key=lambda one: one.id)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    made = Board(tmp_path / "home")
    made.live()
    return made


def known(journal: Journal) -> list[bool]:
    """Of each entry that is not in the bin, and of each sitting, whether its date is known."""
    return [one.dated for one in journal.entries()] + [one.dated for one in journal.sittings()]


def learn(board: Board, journal: Journal | None = None) -> Dated:
    """The clock is set now, at DAWN, an hour after the last of it."""
    assert board.at
    return date(journal or board.journal, Uptime(board.at.boot, board.at.since + HOUR), DAWN)


# ── without a date ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_begun_before_the_clock_is_set_says_so(board: Board) -> None:
    entries = board.everything()
    assert [entry.id for entry in entries] == [1, 2, 3, 4]
    assert [(one.boot, one.since, one.dated, one.when) for one in entries] == [
        (BOOT, 60_000 + hours * HOUR, False, None) for hours in range(4)
    ]
    assert entries[0].recording == "000001-undated.flac"
    (sat,) = board.journal.sittings()
    assert (sat.boot, sat.since, sat.dated) == (BOOT, 60_000 + 3 * HOUR - 1_200_000, False)
    assert verify(board.journal).problems == []


def test_while_the_clock_is_right_nothing_is_other_than_it_was(tmp_path: Path) -> None:
    board = Board(tmp_path / "home")
    board.at = None
    entry = spoken(board.journal)
    board.journal.sat("self-love", started=DAWN, asked=RATE, frames=RATE, finished=True)
    assert (entry.boot, entry.since, entry.dated, entry.when) == (None, None, True, DAWN)
    assert entry.recording == "000001-20261123-070124.flac"
    assert board.journal.sittings() == [Sitting("self-love", DAWN, RATE, RATE, True)]


# ── the date is learnt ───────────────────────────────────────────────────────────────────────────────────


def test_all_of_this_run_get_their_dates_once_the_clock_is_set(board: Board) -> None:
    keys = {number: digest for number, digest, _ in board.journal.store.summed()}
    assert learn(board) == Dated((1, 2, 3, 4), 1)
    entries = board.everything()
    assert [one.when for one in entries] == [DAWN - timedelta(hours=hours) for hours in (4, 3, 2, 1)]
    (sat,) = board.journal.sittings()
    assert (sat.started, sat.dated) == (DAWN - timedelta(minutes=80), True)
    assert {number: digest for number, digest, _ in board.journal.store.summed()} == keys
    assert verify(board.journal).problems == []
    assert learn(board) == Dated()
    assert [one.when for one in board.everything()] == [one.when for one in entries]


def test_where_there_is_nothing_to_date_nothing_is_written(board: Board) -> None:
    learn(board)
    files = [path for path in board.home.data.iterdir() if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    learn(board)
    assert {path: path.read_bytes() for path in files} == before


@pytest.mark.parametrize("at", [Uptime(OTHER, 10 * HOUR), Uptime("", 10 * HOUR), Uptime(BOOT, 59_999)])
def test_what_belongs_to_another_run_stays_as_it_is(board: Board, at: Uptime) -> None:
    assert date(board.journal, at, DAWN) == Dated()
    assert [one.dated for one in board.everything()] == [False] * 4


def test_a_run_without_a_name_never_gets_a_date(tmp_path: Path) -> None:
    board = Board(tmp_path / "home", boot="")
    board.live()
    assert [(one.boot, one.since, one.dated) for one in board.everything()] == [(None, None, False)] * 4
    assert learn(board) == Dated()
    assert verify(board.journal).problems == []


def test_a_clock_that_is_set_while_somebody_speaks_and_sits(tmp_path: Path) -> None:
    board = Board(tmp_path / "home")
    begun = board.at
    recording = board.journal_take()
    board.pass_(HOUR)
    assert date(board.journal, Uptime(BOOT, 60_000 + HOUR), DAWN) == Dated((1,), 0)
    board.at = None
    entry = board.journal.keep(recording)
    assert entry is not None
    assert (entry.when, entry.recording) == (DAWN - timedelta(hours=1), "000001-undated.flac")
    board.journal.sat("self-love", started=WRONG, asked=1, frames=RATE, finished=True, begun=begun)
    assert date(board.journal, Uptime(BOOT, 60_000 + HOUR), DAWN) == Dated((), 1)
    assert board.journal.sittings()[0].started == DAWN - timedelta(hours=1)
    assert verify(board.journal).problems == []


def test_dates_are_reckoned_across_a_night_in_which_clocks_are_put_back(tmp_path: Path) -> None:
    board = Board(tmp_path / "home")
    board.journal.write("Before.", now=WRONG)
    board.pass_(3 * HOUR)
    now = datetime(2026, 10, 25, 4, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert board.at
    date(board.journal, board.at, now)
    assert board.journal.entry(1).created.astimezone(UTC) == now.astimezone(UTC) - timedelta(hours=3)


def test_a_sealed_journal_learns_its_dates_without_its_key(tmp_path: Path) -> None:
    board = Board(tmp_path / "home")
    own = sealed_from_now_on(board.journal)
    board.live()
    assert board.journal.entry(1).recording == "000001-undated.wav.age"
    assert learn(board).entries == (1, 2, 3, 4)
    board.journal.unlock(own)
    assert board.journal.entry(2).words == "Still here."
    assert board.journal.entry(2).when == DAWN - timedelta(hours=3)
    assert verify(board.journal).problems == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "sit", "set", "boot"]),
        st.integers(0, 5 * HOUR),  # that pass before it
        st.integers(-400, 400),  # days that the clock is wrong by from then on
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_whatever_the_clock_does_the_order_is_that_of_life(
    steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Numbers follow what was said, and every date that is known is right."""
    true, wrong, boot, since, known = DAWN, timedelta(), 0, 0, False
    said: list[tuple[datetime, int, bool]] = []
    sat: list[tuple[datetime, int, bool]] = []
    journal = Journal.open(
        folders(tmp_path_factory.mktemp("home")),
        uptime=lambda: None if known else Uptime(f"run {boot}", since),
    )
    for what, ahead, days in steps:
        true, since = true + timedelta(milliseconds=ahead), since + ahead
        if what == "say":
            journal.write(f"{len(said)}", now=true if known else true + wrong)
            said.append((true, boot, known))
        elif what == "sit":
            journal.sat("one", started=true + wrong, asked=1, frames=0, finished=True)
            sat.append((true, boot, known))
        elif what == "set":
            known, wrong = True, timedelta()
            date(journal, Uptime(f"run {boot}", since), true)
            said, sat = ([(at, run, dated or run == boot) for at, run, dated in of] for of in (said, sat))
        else:
            boot, since, known, wrong = boot + 1, 0, False, timedelta(days)
    entries, sittings = journal.entries(), journal.sittings()
    assert [entry.words for entry in entries] == [f"{number}" for number in range(len(said))]
    assert [entry.dated for entry in entries] == [dated for _, _, dated in said]
    assert [one.dated for one in sittings] == [dated for _, _, dated in sat]
    for (at, _, dated), entry in zip(said, entries, strict=True):
        assert not dated or abs(entry.created - at) < timedelta(seconds=1)
    for (at, _, dated), one in zip(sat, sittings, strict=True):
        assert not dated or abs(one.started - at) < timedelta(seconds=1)
    known_dates = [entry.created for entry in entries if entry.dated]
    assert all(b - a > -timedelta(seconds=1) for a, b in pairwise(known_dates))


# ── names, exports, imports ──────────────────────────────────────────────────────────────────────────────


def test_a_name_without_a_date_tells_its_number() -> None:
    assert stem(12, None) == "000012-undated"
    assert named("000012-undated") == (12, None)
    assert stem(12, DAWN) == "000012-20261123-070124"
    assert sorted([stem(12, None), stem(11, DAWN), stem(13, DAWN)])[1] == stem(12, None)


def test_an_index_that_was_lost_is_made_anew_without_a_wrong_date(board: Board) -> None:
    for path in board.home.data.glob("journal.db*"):
        path.unlink()
    journal = Journal.open(board.home)
    found = journal.recover()
    assert [(entry.id, entry.dated, entry.title) for entry in found if not entry.deleted] == [
        (1, False, "Self-love")
    ]


def test_what_goes_out_and_comes_back_is_not_doubled_whenever_it_was_dated(
    board: Board, tmp_path: Path
) -> None:
    archive(board.journal, board.everything(), tmp_path / "before")
    assert (tmp_path / "before" / "undated" / "000001-undated.flac").is_file()
    assert (
        "created" not in (tmp_path / "before" / "undated" / "000002-undated.md").read_text().split("---")[1]
    )
    learn(board)
    archive(board.journal, board.everything(), tmp_path / "after")
    assert (tmp_path / "after" / "2026" / "11" / "000001-undated.flac").is_file()
    for folder in ("before", "after"):
        done = bring(board.journal, tmp_path / folder)
        assert (done.entries, done.mended, done.already, done.sittings) == ((), (), 4, 0)
    assert known(board.journal) == [True] * 4

    other = Journal.open(folders(tmp_path / "other"))
    assert len(bring(other, tmp_path / "before").entries) == 4
    assert known(other) == [False] * 4
    done = bring(other, tmp_path / "after")
    assert (done.entries, done.already, done.sittings) == ((), 4, 0)
    assert [one.when for one in other.entries()] == [one.when for one in board.journal.entries()]
    assert other.sittings() == board.journal.sittings()
    assert verify(other).problems == []


def test_what_is_put_back_keeps_the_date_that_was_learnt(board: Board, tmp_path: Path) -> None:
    archive(board.journal, board.everything(), tmp_path / "out")
    learn(board)
    board.journal.path(board.journal.entry(1)).unlink()
    assert bring(board.journal, tmp_path / "out").mended == (1,)
    assert board.journal.entry(1).when == DAWN - timedelta(hours=4)


@pytest.mark.parametrize(
    "wrong",
    [{"boot": "x" * 200}, {"boot": 7}, {"boot": ""}, {"since": -1}, {"since": None}, {"dated": "no"}],
)
@pytest.mark.parametrize("where", ["entries", "sittings"])
def test_an_export_that_lies_about_a_run_is_refused(
    board: Board, tmp_path: Path, wrong: dict[str, object], where: str
) -> None:
    archive(board.journal, board.everything(), tmp_path / "out")
    index = tmp_path / "out" / "journal.json"
    held = json.loads(index.read_text())
    held[where][0].update(wrong)
    index.write_text(json.dumps(held))
    with pytest.raises(StorageError, match="Nothing was imported"):
        bring(Journal.open(folders(tmp_path / "other")), tmp_path / "out")


def test_a_copy_for_elsewhere_says_that_its_date_is_not_known(board: Board, tmp_path: Path) -> None:
    export(board.journal, board.journal.entries(), tmp_path / "out")
    assert "Date not known, after self-love" in (tmp_path / "out" / "000002-undated.md").read_text()
    assert "2026" not in markdown(board.journal.entry(2))


def test_two_runs_make_two_entries_of_the_same_words(tmp_path: Path) -> None:
    prints = set()
    for at in (Uptime(BOOT, 5), Uptime(OTHER, 5), Uptime(BOOT, 6), None):
        entry = Entry(1, DAWN, None, None, None, None, "written", "One.")
        if at:
            entry = Entry(1, DAWN, None, None, None, None, "written", "One.", boot=at.boot, since=at.since)
        prints.add(fingerprint(entry))
    assert len(prints) == 4


# ── an index from before ─────────────────────────────────────────────────────────────────────────────────


def before_dates(home: Folders) -> Entry:
    """A journal as it was before dates were learnt: an entry and a sitting."""
    home.data.mkdir(parents=True)
    entry = Entry(3, DAWN, "self-love", None, None, "What?", "written", "Mine.")
    with closing(sqlite3.connect(home.data / "journal.db")) as db, db:
        for script in _MIGRATIONS[:4]:
            db.executescript(script)
        db.execute("PRAGMA user_version = 4")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(
            "INSERT INTO entries (id, created, session, question, kind, words, digest) "
            "VALUES (3, ?, 'self-love', 'What?', 'written', 'Mine.', ?)",
            (DAWN.isoformat(), fingerprint(entry)),
        )
        db.execute(
            "INSERT INTO sittings (session, started, asked, sat, finished) VALUES ('self-love', ?, 9, 8, 1)",
            (DAWN.isoformat(),),
        )
    return entry


def test_a_journal_from_before_is_brought_along_and_all_of_it_has_its_date(tmp_path: Path) -> None:
    home = folders(tmp_path / "home")
    entry = before_dates(home)
    assert Store(home.data / "journal.db").sittings() == [Sitting("self-love", DAWN, 9, 8, True)]
    journal = Journal.open(home)
    assert journal.entries() == [entry]
    assert journal.sittings() == [Sitting("self-love", DAWN, 9, 8, True)]
    assert verify(journal).problems == []
    assert verify(journal).without == []


def test_what_can_be_read_of_a_damaged_index_from_before_is_kept(tmp_path: Path) -> None:
    home = folders(tmp_path / "home")
    entry = before_dates(home)
    assert Store(home.data / "journal.db").legible() == ([entry], [Sitting("self-love", DAWN, 9, 8, True)])


def test_what_can_be_read_of_a_damaged_index_knows_what_has_no_date(board: Board) -> None:
    entries, sittings = Store(board.home.data / "journal.db").legible()
    assert [one.dated for one in entries] + [one.dated for one in sittings] == [False] * 5


# ── how it is shown ──────────────────────────────────────────────────────────────────────────────────────


def test_no_wrong_day_is_shown(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIDE_HOME", str(board.home.data.parent))

    def typed(*words: str) -> str:
        done = CliRunner().invoke(guide, words, prog_name="guide")
        assert done.exit_code == 0, done.output
        return done.output

    for words in (("list",), ("show", "2"), (), ("search", "still")):
        shown = typed("journal", *words)
        assert "ate not known" in shown
        assert "2026" not in shown
    told = json.loads(typed("journal", "list", "--json"))
    assert [one["dated"] for one in told] == [False] * 3
    assert not {"boot", "since"} & set(told[0])
    assert json.loads(typed("journal", "search", "still", "--json"))["found"][0]["dated"] is False
    stats = json.loads(typed("journal", "stats", "--json"))
    assert (stats["sittings"], stats["undated"], stats["misdated"], stats["days"]) == (0, 1, 0, [])
    assert "1 sitting has no date, since the clock was not set" in typed("journal", "stats")
    learn(board)
    assert "dated" not in json.loads(typed("journal", "list", "--json"))[0]
    assert "2026-11-23 04:01" in typed("journal", "list")


def test_a_sitting_without_a_date_counts_on_the_way_and_on_no_day(board: Board) -> None:
    sat = board.journal.sittings()
    assert (past(sat)["self-love"].times, past(sat)["self-love"].dated) == (1, False)
    days = Days.back(sat * 2, DAWN.date())
    assert (days.sat, len(days.undated)) == ((), 2)
    assert "2 sittings have no date" in " ".join(stats_page(days, {}, 80, "utf-8"))
    learn(board)
    days = Days.back(board.journal.sittings(), DAWN.date())
    assert (as_data(days, {})["sittings"], days.undated) == (1, ())
    assert past(board.journal.sittings())["self-love"].dated


def test_marks_without_a_date_stand_in_their_order(board: Board) -> None:
    board.at = None
    board.journal.mark(MARKS, session="self-love", now=DAWN)
    head = chart(board.journal.marked(), 80)[0].split()
    assert head == ["no", "date", "23", "Nov"]
    assert chart(board.journal.marked()[:1], 80)[0].split() == ["no", "date"]


def test_what_has_no_date_is_not_a_week_old() -> None:
    old = Entry(
        1, WRONG, "self-love", None, None, None, "spoken", None, "1.flac", RATE, echo=True, dated=False
    )
    assert candidates([old], "self-love", WRONG + timedelta(days=30), aged=True) == []
    assert candidates([old], "self-love", WRONG + timedelta(days=30), aged=False) == [old]

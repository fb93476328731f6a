"""The way through: what comes next and why, from a real journal; nothing is locked by it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Person
from screen import screen
from soundserver import SoundServer

from guide.checking import check
from guide.cli.course import told
from guide.cli.sessions import suggestions
from guide.course import Course, Next, Past, _plain, counts, day, following, load, past, read
from guide.errors import StorageError
from guide.journal import Sitting
from guide.legible import columns
from guide.script import ScriptError, pages

SHIPPED = Path(__file__).parent.parent / "scripts" / "course" / "course.yaml"
DAWN = datetime(2026, 11, 23, 7, 1, 24, tzinfo=timezone(timedelta(hours=1)))
TITLES = {
    "arriving-alive": "Coming Alive in the Body",
    "five-questions": "Five Honest Questions",
    "into-me-i-see": "Seeing In",
    "self-love": "On Your Own Side",
    "letting-feelings-move": "Letting Feelings Move",
    "clear-edges": "Soft Heart, Clear Edges",
    "releasing-the-wall": "Meeting the Wall, Easing the Wall",
    "opening-the-heart": "Opening to What Is Already Here",
    "tender-after-loss": "Tender After Loss",
    "the-mirror": "The Mirror and the Garden",
    "hard-moment": "A Few Minutes for a Hard Moment",
    "bedtime": "Held Through the Night",
}
ANY_TIME = ("hard-moment", "bedtime")
SHORT = """\
guide: 1
title: {title}
length: {{shortest: 3s, usual: 4s, longest: 30s}}
steps:
  - say: Here.
  - rest: {{about: 3s, least: 1s, most: 40s}}
"""


def sitting(name: str, when: datetime, *, frames: int = 100, finished: bool = True) -> Sitting:
    return Sitting(name, when, 100, frames, finished)


# ── what comes next ──────────────────────────────────────────────────────────────────────────────────────

NAMES = tuple("abcdef")


@st.composite
def courses(draw: st.DrawFn) -> Course:
    ways = draw(st.permutations(NAMES))
    cut = draw(st.integers(1, len(NAMES)))
    stops = []
    for name in ways[:cut]:
        stop: dict[str, object] = {
            "session": name,
            "part": "p",
            "why": f"Why {name}.",
            "suggest": draw(st.sampled_from(["yes", "no"])),
        }
        other = draw(st.sampled_from(NAMES))
        if other != name and draw(st.booleans()):
            stop["again"] = {"after": other, "why": f"Again {name}."}
        stops.append(stop)
    data = {
        "guide": "1",
        "title": "T",
        "parts": [{"name": "p", "title": "P"}],
        "sessions": stops,
        "anytime": [{"session": name, "why": "Any."} for name in ways[cut:]],
    }
    made, refusals = check(Course, data)
    assert made is not None, refusals
    return made


SITTINGS = st.lists(
    st.builds(
        sitting,
        st.sampled_from((*NAMES, "of-my-own")),
        st.integers(0, 50).map(lambda days: DAWN + timedelta(days=days)),
        frames=st.integers(0, 100),
        finished=st.booleans(),
    ),
    max_size=20,
)


@given(course=courses(), there=st.sets(st.sampled_from(NAMES)), sat=SITTINGS, shuffled=st.randoms())
def test_what_comes_next_is_there_on_the_way_and_always_the_same(
    course: Course, there: set[str], sat: list[Sitting], shuffled: Random
) -> None:
    found = following(course, there, past(sat))
    other = list(sat)
    shuffled.shuffle(other)
    assert past(other) == past(sat)
    assert following(course, sorted(there), past(other)) == found
    been = {one.session for one in sat if counts(one)}
    stops = {stop.session: stop for stop in course.sessions if stop.session in there}
    if found is None:
        assert all(stop.suggest == "no" and name not in been for name, stop in stops.items())
        return
    stop = stops[found.session]
    assert stop.suggest == "yes" or stop.session in been
    assert (found.reason == "new") == (found.session not in been)
    assert found.why in (stop.why, stop.again and stop.again.why)


@given(course=courses(), there=st.sets(st.sampled_from(NAMES)))
def test_who_follows_it_comes_past_everything_once_in_its_order_then_round_again(
    course: Course, there: set[str]
) -> None:
    stops = [stop for stop in course.sessions if stop.session in there and stop.suggest == "yes"]
    sat: list[Sitting] = []
    for number, stop in enumerate(stops):
        found = following(course, there, past(sat))
        assert found == Next(stop.session, stop.why, "new")
        sat.append(sitting(stop.session, DAWN + timedelta(days=number)))
    for number in range(len(stops), 4 * len(stops)):
        found = following(course, there, past(sat))
        assert found is not None
        assert found.reason in ("again", "return")
        sat.append(sitting(found.session, DAWN + timedelta(days=number)))
    assert {one.session for one in sat[len(stops) :]} == {stop.session for stop in stops}, "none is forgotten"


def walk(there: Sequence[str], steps: int, sat: list[Sitting] | None = None) -> list[tuple[str, str]]:
    """Who follows the shipped course: the sessions, and why each came."""
    sat, found = list(sat or []), list[tuple[str, str]]()
    for number in range(steps):
        one = following(load(SHIPPED), there, past(sat))
        assert one is not None
        found.append((one.session, one.reason))
        sat.append(sitting(one.session, DAWN + timedelta(days=number)))
    return found


def test_the_shipped_way_goes_through_all_and_takes_stock_once_more() -> None:
    way = [name for name in TITLES if name not in (*ANY_TIME, "tender-after-loss")]
    assert walk(list(TITLES), 12) == [
        *((name, "new") for name in way),
        ("five-questions", "again"),
        ("arriving-alive", "return"),
        ("into-me-i-see", "return"),
    ]


def test_what_is_chosen_by_oneself_is_not_suggested_before_and_may_be_after() -> None:
    tender = "tender-after-loss"
    assert following(load(SHIPPED), [tender], {}) is None
    assert (tender, "return") not in walk(list(TITLES), 40)
    chosen = [sitting(tender, DAWN - timedelta(days=1))]
    assert (tender, "return") in walk(list(TITLES), 12, chosen)


def test_a_session_that_is_missing_is_left_out() -> None:
    assert [name for name, _ in walk(["the-mirror", "self-love", "bedtime", "of-my-own"], 3)] == [
        "self-love",
        "the-mirror",
        "self-love",
    ]


def test_any_time_is_never_next() -> None:
    sat = past([sitting(name, DAWN) for name in ANY_TIME])
    assert following(load(SHIPPED), ANY_TIME, sat) is None
    assert following(load(SHIPPED), (), {}) is None


@pytest.mark.parametrize(
    ("frames", "finished", "counted"),
    [(100, True, True), (3, True, True), (75, False, True), (74, False, False), (0, False, False)],
)
def test_a_sitting_counts_when_it_ended_or_most_of_it_was_heard(
    frames: int, finished: bool, counted: bool
) -> None:
    assert counts(sitting("a", DAWN, frames=frames, finished=finished)) is counted
    assert ("a" in past([sitting("a", DAWN, frames=frames, finished=finished)])) is counted


def test_nothing_asked_and_nothing_heard_is_no_sitting() -> None:
    assert not counts(Sitting("a", DAWN, 0, 0, finished=False))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "yesterday"),
        (2, "Saturday"),
        (6, "Tuesday"),
        (7, "16 November"),
        (400, "19 October 2025"),
        (-1, "24 November"),
    ],
)
def test_a_day_is_told_in_plain_words(days: int, words: str) -> None:
    assert day(DAWN - timedelta(days=days), DAWN) == words


def test_how_often_is_told_in_plain_words() -> None:
    often = [told(Past(times, DAWN, DAWN), DAWN) for times in (1, 2, 3)]
    assert often == ["today", "today, twice", "today, 3 times"]
    assert told(None, DAWN) == ""


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_course_has_all_sessions_and_is_read_alike_in_both_ways() -> None:
    course = load(SHIPPED)
    names = [*(one.session for one in course.sessions), *(one.session for one in course.anytime)]
    assert names == list(TITLES)
    assert course.core == ("self-love", "releasing-the-wall", "opening-the-heart")
    assert [stop.part for stop in course.sessions] == (
        ["aliveness", "connection"] * 3 + ["opening"] * 3 + ["connection"]
    )
    slow = pages.read(SHIPPED.read_bytes(), Course, "x")
    assert (slow.page, slow.problems) == (course, ())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("part: aliveness", "part: alive", "9:3: the session 'a' belongs to 'alive', which is no part"),
        ("why: One.", "wy: One.", "11:5: unknown key 'wy'; did you mean 'why'?"),
        ("session: b", "session: a", "9:3: the session 'a' stands here twice"),
        ("session: b", "session: B b", "'session' takes a name of small letters, digits and hyphens"),
        ("core: [a]", "core: [z]", "15:7: 'z' of the core is not on the way"),
        ("core: [a]", "core: a", "15:7: 'core' is a list; begin each of its entries with '- '"),
        ("part: aliveness\n", "part: aliveness\n    after: [z]\n", "after 'z', which is not on the way"),
        ("part: aliveness\n", "part: aliveness\n    after: [a]\n", "after 'a', which is not on the way"),
        ("part: aliveness\n", "part: aliveness\n    suggest: maybe\n", "'suggest' does not know 'maybe'"),
        ("part: aliveness\n", "part: aliveness\n    again: {after: b}\n", "'again' needs 'why'"),
        ("guide: 1", "guide: 2", "1:8: this is version '2' of the language; write 'guide: 1'"),
        ("title: Way", "title: *way", "there is no '&way' before this '*way'"),
        ("title: Way", "title: [", "x.yaml:"),
        ("sessions:", "sesions:", "7:1: unknown key 'sesions'; did you mean 'sessions'?"),
        ("parts:", "prts_of_it_all:", "'parts' is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, problem: str) -> None:
    good = """\
guide: 1
title: Way
parts:
  - name: aliveness
    title: Aliveness
# Only so that the lines are counted.
sessions:

  - session: a
    part: aliveness
    why: One.
anytime:
  - session: b
    why: Two.
core: [a]
"""
    assert read(good.encode()).core == ("a",)
    assert old in good
    with pytest.raises(ScriptError) as error:
        read(good.replace(old, new).encode(), "x.yaml")
    assert problem in str(error.value)
    assert str(error.value).startswith("x.yaml:")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"- a",
        b"a: " + b"[" * 5_000,
        b"a: " + b"{a: " * 5_000,
        b"x" * ((1 << 20) + 1),
        b"a: &a [*a]",
        b"a: &a [1]\nb: [*a, *a]",
        b"a: !!python/object:os.system x",
        b"guide: 1\n---\nguide: 1\n",
        b"a: \x00",
        b"? [a]\n: b",
        b'title: "\\ud800"',
    ],
)
def test_hostile_texts_are_refused_with_sentences(text: bytes) -> None:
    with pytest.raises(ScriptError):
        read(text)


@given(st.binary(max_size=400) | st.text(alphabet="guide: 1\n-[]{}&*!'\"ab#|>", max_size=200).map(str.encode))
def test_whatever_a_course_holds_it_is_read_or_refused(text: bytes) -> None:
    with pytest.raises(ScriptError):
        read(text)


@given(at=st.integers(0, SHIPPED.stat().st_size), size=st.integers(0, 60), put=st.binary(max_size=8))
def test_a_course_with_a_piece_torn_out_is_read_or_refused(at: int, size: int, put: bytes) -> None:
    whole = SHIPPED.read_bytes()
    torn = whole[:at] + put + whole[at + size :]
    try:
        course = read(torn)
    except ScriptError:
        return
    assert following(course, list(TITLES), {}) is not None


def test_what_is_no_file_is_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "gone", tmp_path / "pipe"):
        with pytest.raises(StorageError):
            load(path)


def test_a_deep_file_is_not_read_quickly() -> None:
    assert _plain(b"a: " + b"[" * 17 + b"]" * 17) is None
    assert _plain(b"a: [[b]]") == {"a": [["b"]]}


# ── `guide course`, `guide`, `guide play` ────────────────────────────────────────────────────────────────


@pytest.fixture
def person(tmp_path: Path, no_sound_card: dict[str, str]) -> Person:
    """Somebody with short sessions of their own under all the names of the course."""
    person = Person.at_home(tmp_path / "theirs", {**no_sound_card, "COLUMNS": "80"}, voice="hum")
    own(person, *TITLES)
    return person


def own(person: Person, *names: str) -> None:
    scripts = person.folders.data / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    for name in names:
        (scripts / f"{name}.yaml").write_text(SHORT.format(title=TITLES.get(name, name)))


def sat(person: Person, **days: int | tuple[int, ...]) -> None:
    """Note sittings of sessions, so many days ago."""
    for name, ago in days.items():
        for one in (ago,) if isinstance(ago, int) else ago:
            when = datetime.now().astimezone() - timedelta(days=one)
            slug = name.replace("_", "-")
            person.journal.sat(slug, started=when, asked=100, frames=100, finished=True)


def test_the_way_through_before_anything_was_sat(person: Person) -> None:
    shown = person.run("course")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[0] == "The way through"
    assert "→  1  arriving-alive         Coming Alive in the Body" in lines
    assert "   7  releasing-the-wall     Meeting the Wall, Easing the Wall" in lines
    assert "      7, 8 and 9 come easier after 4 and 6." in lines
    assert "      2 comes once more after 10." in lines
    assert "      hard-moment            A Few Minutes for a Hard Moment" in lines
    assert "The short way: self-love, then releasing-the-wall, then opening-the-heart." in lines
    assert lines[-1] == "  guide play   begins arriving-alive"
    order = [line.split(":")[0] for line in lines if line[:1].isupper()]
    assert [one for one in order if one in ("Aliveness", "Connection", "Love", "At any time")] == [
        "Aliveness",
        "Connection",
        "Love",
        "At any time",
    ]
    assert not (person.folders.data / "journal.db").exists(), "looking makes no journal"


def test_the_way_through_says_when_and_how_often_in_plain_words(person: Person) -> None:
    sat(person, arriving_alive=(0, 30), five_questions=1, self_love=(400, 390, 3), clear_edges=2, bedtime=0)
    lines = person.run("course").stdout.splitlines()
    rows = {line[6:].split("  ")[0]: line for line in lines}
    assert rows["arriving-alive"].startswith("•  1")
    assert rows["arriving-alive"].endswith("  today, twice")
    assert rows["five-questions"].endswith("  yesterday")
    assert rows["self-love"].endswith(f"  {datetime.now() - timedelta(days=3):%A}, 3 times")
    assert rows["into-me-i-see"] == "→  3  into-me-i-see          Seeing In"
    assert rows["bedtime"].startswith("•     bedtime")
    assert not [line for line in lines if "easier after" in line]
    assert all(columns(line) <= 80 for line in lines)
    assert not [word for word in ("%", "streak", "missed", "days") if word in "\n".join(lines)]


def test_after_the_whole_way_it_comes_round(person: Person) -> None:
    ago = {name.replace("-", "_"): 40 - at for at, name in enumerate(TITLES) if name != "tender-after-loss"}
    sat(person, **ago)
    told = json.loads(person.run("course", "--json").stdout)["next"]
    assert (told["name"], told["reason"]) == ("five-questions", "again")
    assert "Next: Five Honest Questions, once more." in person.run("course").stdout
    assert "Next on the way, once more: Five Honest Questions." in " ".join(person.run().stdout.split())
    sat(person, five_questions=0)
    told = json.loads(person.run("course", "--json").stdout)["next"]
    assert (told["name"], told["reason"]) == ("arriving-alive", "return")
    shown = " ".join(person.run("course").stdout.split())
    assert (
        "You have been all the way through. Of all of it, Coming Alive in the Body has rested longest."
        in shown
    )


def test_the_way_as_json_is_stable(person: Person) -> None:
    person.journal.sat("self-love", started=DAWN, asked=100, frames=80, finished=False)
    person.journal.sat("five-questions", started=DAWN, asked=100, frames=10, finished=False)
    told = json.loads(person.run("course", "--json").stdout)
    assert list(told) == ["title", "parts", "sessions", "anytime", "core", "next"]
    assert [one["name"] for one in told["parts"]] == ["aliveness", "connection", "opening"]
    assert [one["name"] for one in told["sessions"]] == [name for name in TITLES if name not in ANY_TIME]
    self_love = told["sessions"][3]
    assert self_love.pop("why").startswith("The warmth ")
    assert self_love == {
        "number": 4,
        "name": "self-love",
        "title": "On Your Own Side",
        "part": "connection",
        "after": [],
        "note": None,
        "suggested": True,
        "times": 1,
        "first": DAWN.isoformat(),
        "last": DAWN.isoformat(),
    }
    assert told["sessions"][1]["times"] == 0, "a tenth of it is no sitting"
    assert told["sessions"][6]["after"] == ["self-love", "clear-edges"]
    assert (told["sessions"][8]["suggested"], bool(told["sessions"][8]["note"])) == (False, True)
    assert [one["name"] for one in told["anytime"]] == list(ANY_TIME)
    assert told["next"].keys() == {"name", "why", "reason", "type"}
    assert (told["next"]["name"], told["next"]["type"]) == ("arriving-alive", "guide play")


def test_a_terminal_without_unicode_gets_plain_letters(person: Person) -> None:
    sat(person, arriving_alive=0)
    plain = Person(person.folder, {**person.environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    for words in ((), ("course",)):
        shown = plain.run(*words)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.isascii()
        assert "?" not in shown.stdout
    assert "*  1  arriving-alive" in plain.run("course").stdout


@pytest.mark.parametrize("broken", ["damaged", "folder", "nothing", "no sittings", "rows"])
def test_with_a_journal_that_cannot_be_read_it_still_greets_and_shows_the_way(
    person: Person, broken: str
) -> None:
    path = person.folders.data / "journal.db"
    if broken == "damaged":
        path.write_bytes(b"\x00broken" * 3_000)
    elif broken == "folder":
        path.mkdir()
    elif broken == "nothing":
        path.write_bytes(b"")
    elif broken == "no sittings":
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA journal_mode = WAL")
    else:
        sat(person, self_love=0)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(
                "INSERT INTO sittings (session, started, asked, sat, finished) VALUES (7, 'then', 1, 1, 1)"
            )
            db.execute(
                "INSERT INTO sittings (session, started, asked, sat, finished) VALUES (x'00', x'01', 1, 1, 1)"
            )
            db.execute(
                "INSERT INTO sittings (session, started, asked, sat, finished) "
                "SELECT CAST(x'ff' AS TEXT), started, 1, 1, 1 FROM sittings LIMIT 1"
            )
    before = path.read_bytes() if broken in ("nothing", "no sittings") else b""
    shown = person.run()
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "The way begins here" in shown.stdout or broken == "rows"
    course = person.run("course")
    assert course.returncode == 0
    assert "→  1  arriving-alive" in course.stdout
    assert "Traceback" not in course.stderr
    assert course.stderr.count("`guide journal` sets the file aside") == (broken == "damaged")
    assert bool(course.stderr) == (broken == "damaged")
    if broken in ("nothing", "no sittings"):
        assert path.read_bytes() == before, "who reads changes nothing"
    if broken == "rows":
        assert "4  self-love              On Your Own Side                   today" in course.stdout


def test_the_sittings_of_an_old_journal_are_read_as_they_are(person: Person) -> None:
    from guide.journal.store import _MIGRATIONS

    with closing(sqlite3.connect(person.folders.data / "journal.db")) as db, db:
        db.executescript(_MIGRATIONS[0])
        db.execute("PRAGMA user_version = 1")
        db.execute(
            "INSERT INTO sittings (session, started, asked, sat, finished) VALUES (?, ?, 9, 9, 1)",
            ("arriving-alive", DAWN.isoformat()),
        )
    assert json.loads(person.run("course", "--json").stdout)["next"]["name"] == "five-questions"
    with closing(sqlite3.connect(person.folders.data / "journal.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


def test_the_greeting_suggests_the_next_in_one_sentence(person: Person) -> None:
    greeting = person.run().stdout
    words = " ".join(greeting.split())
    assert (
        "The way begins here: Coming Alive in the Body. You begin where you already are, in the body."
        in words
    )
    assert "guide play the next one" in words
    assert "guide course" in words
    assert len(greeting.splitlines()) - len(TITLES) <= 13
    sat(person, arriving_alive=100)
    assert "Next on the way: Five Honest Questions." in " ".join(person.run().stdout.split())


def test_bedtime_is_mentioned_in_the_evening_only() -> None:
    for late, names, mentioned in ((True, TITLES, True), (False, TITLES, False), (True, ["a"], False)):
        lines = suggestions(names, unfinished=False, following=True, late=late)
        assert any("guide play bedtime" in line for line in lines) is mentioned
    assert "guide play  " not in "".join(suggestions([], unfinished=True, following=False, late=True))


def test_a_course_of_ones_own_comes_first_and_its_faults_are_said(person: Person) -> None:
    folder = person.folders.data / "scripts" / "course"
    folder.mkdir()
    text = SHIPPED.read_text().replace("title: The way through", "title: My own way")
    (folder / "course.yaml").write_text(text)
    assert person.run("course").stdout.startswith("My own way\n")
    assert "course" not in [one["name"] for one in json.loads(person.run("list", "--json").stdout)]
    assert person.run("check", str(folder.parent)).stdout == f"{len(TITLES)} scripts, no problems.\n"
    (folder / "course.yaml").write_text(text.replace("why:", "wy:", 1))
    for words in (("course",), ("play",), ("check", str(folder.parent))):
        done = person.run(*words)
        assert done.returncode == 1
        assert "course.yaml:20:5: unknown key 'wy'; did you mean 'why'?" in done.stderr + done.stdout
        assert "Traceback" not in done.stderr
    greeting = person.run()
    assert (greeting.returncode, greeting.stderr) == (0, "")
    assert "guide play self-love --for 10m" in greeting.stdout


def test_without_a_course_it_says_so(tmp_path: Path, person: Person) -> None:
    package = Path(__file__).parent.parent / "guide"
    shutil.copytree(package, tmp_path / "lib" / "guide", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lib" / "guide" / "scripts").mkdir()
    for words, code in ((["course"], 1), (["play"], 2), ([], 0)):
        done = subprocess.run(
            [sys.executable, "-c", f"from guide.cli import guide; guide({words!r})"],
            env={**person.environment, "PYTHONPATH": str(tmp_path / "lib"), "PYTHONSAFEPATH": "1"},
            capture_output=True, text=True, timeout=60, check=False, cwd=person.folder,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        assert "`guide list` shows" in done.stderr or code == 0


def test_nothing_heavy_is_imported_to_show_the_way(person: Person) -> None:
    sat(person, arriving_alive=0)
    heavy = ("numpy", "sounddevice", "soundfile", "guide.script", "rich")
    for words in ([], ["course"], ["course", "--json"]):
        code = (
            "import sys\nfrom guide.cli import guide\ntry:\n"
            f"    guide({words!r})\nexcept SystemExit:\n    pass\n"
            f"print([name for name in {heavy!r} if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=dict(person.environment), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_play_without_a_name_plays_the_next_and_says_which_and_why(person: Person) -> None:
    sat(person, arriving_alive=5)
    done = person.run("play", "--for", "5s")
    assert done.returncode == 0
    first = "Next on the way: Five Honest Questions. Five plain questions about how you stand with yourself."
    assert first in done.stdout.splitlines()
    assert [path.name for path in person.folder.glob("*.flac")] == ["five-questions-5s.flac"]


def test_play_without_a_name_mends_a_damaged_journal_before_it_chooses(person: Person) -> None:
    sat(person, arriving_alive=5)
    path = person.folders.data / "journal.db"
    with closing(sqlite3.connect(path)) as db:
        many = [("arriving-alive", DAWN.isoformat())] * 500
        db.executemany(
            "INSERT INTO sittings (session, started, asked, sat, finished) VALUES (?, ?, 9, 9, 1)", many
        )
        db.commit()
        db.execute("PRAGMA journal_mode = DELETE")
    with path.open("r+b") as file:
        file.seek(-4096, os.SEEK_END)
        file.write(b"\xff" * 4096)
    assert "is damaged" in person.run("course").stderr
    done = person.run("play", "--for", "5s")
    assert (done.returncode, done.stderr.count("It is set aside as journal-damaged-")) == (0, 1)
    assert "Next on the way: Five Honest Questions." in done.stdout


def test_play_without_a_name_says_that_a_journal_cannot_be_read(person: Person) -> None:
    path = person.folders.data / "journal.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    done = person.run("play", "--for", "5s")
    assert "The way begins here" in done.stdout
    assert "a newer guide made it" in done.stderr


def test_nothing_is_locked(person: Person) -> None:
    for name in TITLES:
        done = person.run("play", name, "--for", "3s")
        assert done.returncode == 0, done.stderr
        assert "Next on the way" not in done.stdout
    assert len(list(person.folder.glob("*-3s.flac"))) == len(TITLES)


def test_resume_is_as_it_was(person: Person) -> None:
    done = person.run("play", "--resume")
    assert (done.returncode, done.stderr) == (
        1,
        "There is no session to go on with. `guide list` shows the ones to begin.\n",
    )


def test_what_was_sat_moves_the_way_on(soundserver: SoundServer, tmp_path: Path) -> None:
    person = Person.at_home(tmp_path, {**soundserver.environment, "COLUMNS": "80"}, voice="hum")
    own(person, *TITLES)
    with screen(person.command("play", "--no-reflection"), person.environment, person.folder) as shown:
        shown.wait_for("The way begins here: Coming Alive in the Body.")
        assert shown.end() == 0
    (one,) = person.journal.sittings()
    assert (one.session, one.finished) == ("arriving-alive", True)
    assert (
        "•  1  arriving-alive         Coming Alive in the Body           today" in person.run("course").stdout
    )
    second = person.command("play", "--plain", "--for", "20s")
    with screen(second, person.environment, person.folder) as shown:
        shown.wait_for("Next on the way: Five Honest Questions.")
        shown.wait_for("Here.")
        shown.press("q")
        assert shown.end() == 0
    assert json.loads(person.run("course", "--json").stdout)["next"]["name"] == "five-questions"
    assert "guide play --resume" in person.run().stdout

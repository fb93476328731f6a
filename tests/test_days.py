"""Looking back: every day is where the calendar has it, nothing counts twice, nobody is scolded."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from test_drawing import corners, parsed, shapes

from guide.cli import guide
from guide.cli.stats import as_data, page
from guide.days import Days, level, minutes, span, told
from guide.drawing.days import calendar
from guide.drawing.sheet import WIDE
from guide.duration import RATE
from guide.folders import Folders
from guide.journal import Journal, Sitting
from guide.legible import columns

TODAY = date(2026, 11, 24)  # a Tuesday
OFFSET = timezone(timedelta(hours=1))
TITLES = {"self-love": "On Your Own Side", "bedtime": "Held Through the Night"}


def sat(
    when: str, long: float = 20, name: str = "self-love", *, finished: bool = True, zone: timezone = OFFSET
) -> Sitting:
    """A sitting of so many minutes; `when` like `2026-11-23 07:01`."""
    started = datetime.fromisoformat(when).replace(tzinfo=zone)
    return Sitting(name, started, 20 * 60 * RATE, round(long * 60 * RATE), finished)


def back(*sittings: Sitting, **wish: object) -> Days:
    return Days.back(sittings, TODAY, **wish)  # type: ignore[arg-type]


def shown(days: Days, width: int = 80, encoding: str = "utf-8") -> str:
    return "\n".join(page(days, TITLES, width, encoding))


def numbers(text: str) -> int:
    """The sum of what stands at the end of the rows of a calendar."""
    rows = re.findall(r"^(?: ?\d+ \w{3}|\w{3}) .*?(?:(?<= )(\d+))?$", text, re.MULTILINE)
    return sum(int(row) for row in rows if row)


SITTINGS = st.lists(
    st.builds(
        Sitting,
        st.sampled_from(["self-love", "bedtime", "of-my-own"]),
        st.datetimes(
            datetime(2022, 1, 1),
            datetime(2026, 11, 25),
            timezones=st.sampled_from([timezone(timedelta(hours=hours)) for hours in (-11, 0, 5.5, 14)]),
        ),
        st.just(RATE),
        st.integers(-5, 100 * 60 * RATE),
        st.booleans(),
    ),
    max_size=40,
)
WISHES = st.one_of(
    st.just({}),
    st.builds(lambda year: {"year": year}, st.integers(2020, 2026)),
    st.builds(lambda since: {"since": since}, st.dates(date(2019, 1, 1), TODAY)),
)


@settings(deadline=None)
@given(SITTINGS, WISHES)
def test_every_sum_is_that_of_the_sittings_in_the_span(
    sittings: list[Sitting], wish: dict[str, object]
) -> None:
    days = back(*sittings, **wish)
    within = [one for one in sittings if days.first <= one.started.date() <= days.last]
    counted = [one for one in within if one.frames >= 60 * RATE or (one.finished and one.frames > 0)]
    assert sorted(days.sat, key=repr) == sorted(counted, key=repr)
    assert days.minutes == sum(map(minutes, counted)) == sum(days.by_day.values())
    assert days.minutes == sum(sum_of for _, sum_of in days.by_session.values())
    assert len(days.sat) == sum(days.by_part.values()) == sum(times for times, _ in days.by_session.values())


@settings(deadline=None)
@given(SITTINGS, WISHES)
def test_weeks_and_months_hold_each_day_of_the_span_once_in_its_column(
    sittings: list[Sitting], wish: dict[str, object]
) -> None:
    days = back(*sittings, **wish)
    every = [days.first + timedelta(n) for n in range((days.last - days.first).days + 1)]
    weeks, months = list(days.weeks()), list(days.months())
    assert [day for week in weeks for day in week if day] == every
    assert [day for month in months for day in month if day] == every
    assert all(day.weekday() == at for week in weeks for at, day in enumerate(week) if day)
    assert all(day.day == at for month in months for at, day in enumerate(month, 1) if day)


@settings(deadline=None)
@given(SITTINGS, WISHES, st.integers(40, 100), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_the_page_fits_its_width_and_its_letters_and_adds_up(
    sittings: list[Sitting], wish: dict[str, object], width: int, encoding: str
) -> None:
    days = back(*sittings, **wish)
    lines = page(days, TITLES, width, encoding)
    assert all(columns(line) <= width for line in lines), lines
    text = "\n".join(lines)
    text.encode(encoding)
    if days.sat:
        assert numbers(text.split("\n\n")[1]) == days.minutes


@settings(deadline=None)
@given(SITTINGS, WISHES)
def test_the_drawing_stays_on_its_sheet_and_has_a_circle_for_each_day(
    sittings: list[Sitting], wish: dict[str, object]
) -> None:
    days = back(*sittings, **wish)
    drawing = calendar(days)
    assert drawing == calendar(days)
    root = parsed(drawing)
    high = float(root.get("viewBox", "").split()[3])
    assert all(0 <= x <= WIDE and 0 <= y <= high for x, y in corners(root))
    told_of = [one.find("{*}title") for one in root.iter("{http://www.w3.org/2000/svg}circle")]
    said = [one.text for one in told_of if one is not None]
    assert len(said) == (days.last - days.first).days + 1
    assert sum("rest" not in (one or "") for one in said) == len(days.by_day)


def test_the_last_twelve_weeks_are_this_one_and_eleven_before() -> None:
    days = back(sat("2020-05-05 07:00"), sat("2026-11-23 07:01"))
    assert (days.first, days.last) == (date(2026, 9, 7), TODAY)
    assert len(list(days.weeks())) == 12
    assert len(days.sat) == 1


def test_a_calendar_begins_with_the_week_of_the_first_sitting() -> None:
    days = back(sat("2026-11-19 07:01"), sat("2026-11-23 07:01", 15, "bedtime"))
    assert shown(days) == (
        "16 to 24 November 2026\n"
        "\n"
        "        Mo Tu We Th Fr Sa Su   min\n"
        "16 Nov   ·  ·  ·  ▄  ·  ·  ·    20\n"
        "23 Nov   ▄  ·                   15\n"
        "\n"
        "· a day of rest, ▂ up to 10 minutes, ▄ up to 20, ▆ up to 40, █ more\n"
        "\n"
        "2 sittings on 2 days, 35 minutes, both begun in the morning.\n"
        "  On Your Own Side        once, 20 min\n"
        "  Held Through the Night  once, 15 min"
    )


def test_a_year_is_a_row_for_each_month_that_has_come() -> None:
    days = back(sat("2025-12-31 07:00"), sat("2026-01-01 23:30", 45), sat("2026-03-31 15:00", 5), year=2026)
    rows = shown(days, 40, "ascii").splitlines()
    assert rows[2] == "    1   5    10   15   20   25   30  min"
    assert rows[3] == f"Jan #{'.' * 30}   45"
    assert rows[5] == f"Mar {'.' * 30}-    5"
    assert rows[13] == f"Nov {'.' * 24}"
    assert span(back(year=2024)) == "2024"


@pytest.mark.parametrize(("sat_for", "mark"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (40, 3), (41, 4)])
def test_a_day_is_marked_by_its_minutes(sat_for: int, mark: int) -> None:
    assert level(sat_for) == mark


@pytest.mark.parametrize(
    ("hour", "part"),
    [(0, "night"), (3, "night"), (4, "morning"), (11, "morning"), (12, "afternoon"), (16, "afternoon"),
     (17, "evening"), (21, "evening"), (22, "night")],
)  # fmt: skip
def test_a_sitting_began_in_the_part_of_the_day_that_the_clock_showed(hour: int, part: str) -> None:
    assert back(sat(f"2026-11-23 {hour:02}:00")).by_part == {part: 1}


def test_a_day_is_the_one_on_the_clock_of_the_sitting() -> None:
    """Late in Berlin and early in Auckland: each on the day that the person there would say."""
    west, east = timezone(timedelta(hours=-11)), timezone(timedelta(hours=14))
    days = back(sat("2026-11-20 23:50", zone=west), sat("2026-11-21 00:10", zone=east))
    assert list(days.by_day) == [date(2026, 11, 20), date(2026, 11, 21)]
    tomorrow = back(sat("2026-11-25 00:30", zone=east))
    assert (tomorrow.last, tomorrow.minutes, tomorrow.astray) == (date(2026, 11, 25), 20, ())


def test_the_hour_that_comes_twice_takes_no_minute_and_adds_none() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    twice = [
        Sitting("self-love", datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=berlin), 1, 1200 * RATE, True)
        for fold in (0, 1)
    ]
    days = back(*twice)
    assert days.by_day == {date(2026, 10, 25): 40}


@pytest.mark.parametrize(
    "wrong",
    ["1970-01-01 00:00", "0001-01-01 00:00", "2019-12-31 23:59", "2031-01-01 00:00", "9999-12-31 23:59"],
)
def test_a_clock_that_was_wrong_puts_nothing_into_a_week_and_is_told(wrong: str) -> None:
    days = back(sat("2026-11-23 07:01"), sat(wrong), since=date.min)
    assert (days.first, days.last, days.minutes) == (date(2026, 11, 23), TODAY, 20)
    assert len(days.astray) == 1
    assert "a clock was wrong, then or now. It is left out." in " ".join(shown(days).split())
    assert as_data(days, {})["misdated"] == 1
    assert "2 sittings have dates that cannot be" in " ".join(shown(back(sat(wrong), sat(wrong))).split())


@pytest.mark.parametrize("today", [date(1970, 1, 1), date(2019, 12, 31), date(2106, 2, 7)])
def test_a_clock_that_is_wrong_now_breaks_nothing(today: date) -> None:
    days = Days.back([sat("2026-11-23 07:01")], today)
    assert page(days, TITLES, 40, "ascii")
    assert calendar(days)


def test_what_was_hardly_begun_is_no_sitting_and_a_strange_number_no_year() -> None:
    assert back(sat("2026-11-23 07:01", 0.9, finished=False), sat("2026-11-23 08:00", 0)).sat == ()
    assert back(sat("2026-11-23 07:01", 0.5)).minutes == 1
    assert back(sat("2026-11-23 07:01", 10**12)).minutes == 24 * 60
    assert back(sat("2026-11-23 07:01", -20)).sat == ()


def test_nothing_in_it_scolds_counts_on_or_compares() -> None:
    days = [
        back(),
        back(sat("2026-08-01 07:00")),
        back(*(sat(f"2026-11-{day:02} 07:00") for day in range(1, 24))),
    ]
    text = " ".join(shown(one) + calendar(one) for one in days).lower()
    for word in (
        "streak",
        "goal",
        "missed",
        "only",
        "in a row",
        "best",
        "last week",
        "average",
        "keep it up",
    ):
        assert word not in text, word
    assert "#f00" not in text
    assert "red" not in re.findall("[a-z]+", text)
    assert told(back()) == "0 sittings on 0 days, 0 minutes"


def test_the_drawing_names_no_session() -> None:
    drawing = calendar(back(sat("2026-11-23 07:01", name="tender-after-loss")))
    assert "tender" not in drawing
    (circle,) = (one for one in shapes(ET.fromstring(drawing), "circle", "tone") if len(one))
    assert circle[0].text == "23 November: 20 minutes"


# ── as it is typed ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    return tmp_path


def typed(*words: str) -> Result:
    result = CliRunner().invoke(guide, ["journal", "stats", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def keep(*sittings: Sitting) -> Journal:
    journal = Journal.open(Folders.find())
    for one in sittings:
        journal.sat(
            one.session, started=one.started, asked=one.asked, frames=one.frames, finished=one.finished
        )
    return journal


def recent() -> Sitting:
    now = datetime.now().astimezone()
    return Sitting("self-love", now, RATE, 1200 * RATE, True)


def test_an_empty_journal_is_greeted_and_not_made(home: Path) -> None:
    assert typed().output == "Nothing was sat yet. `guide play` begins, on any day you like.\n"
    told = json.loads(typed("--json").output)
    assert (told["sittings"], told["minutes"], told["days"], told["sessions"]) == (0, 0, [], [])
    assert not (home / "home").exists()


def test_weeks_of_rest_are_days_too(home: Path) -> None:
    keep(sat("2021-03-03 07:00"))
    assert "days of rest. They are days, too." in " ".join(typed().output.split())
    assert "3 to 31" not in typed("--year", "2021").output
    assert "1 sitting on 1 day, 20 minutes" in typed("--year", "2021").output


def test_json_says_what_the_page_shows(home: Path) -> None:
    one = recent()
    keep(one)
    told = json.loads(typed("--json").output)
    day = one.started.date()
    assert told["days"] == [
        {"date": day.isoformat(), "sittings": 1, "minutes": 20, "sessions": ["self-love"]}
    ]
    assert told["sessions"] == [
        {"name": "self-love", "title": "On Your Own Side", "sittings": 1, "minutes": 20}
    ]
    assert sum(told["began"].values()) == 1
    assert "On Your Own Side  once, 20 min" in typed().output


def test_a_session_that_is_gone_keeps_its_name_and_moves_no_cursor(home: Path) -> None:
    keep(Sitting("\x1b[2Jgone\x07", datetime.now().astimezone(), RATE, 1200 * RATE, True))
    output = typed().output
    assert "[2Jgone  once, 20 min" in output
    assert all(letter == "\n" or letter.isprintable() for letter in output)


def test_a_picture_is_readable_by_its_owner_alone_and_replaces_the_one_before(home: Path) -> None:
    keep(recent())
    path = home / "calendar.svg"
    path.write_text("before")
    assert typed("--svg", os.fspath(path)).output.startswith(f"{path}: ")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == typed("--svg", "-").output
    assert [one.name for one in home.iterdir() if one.is_file()] == ["calendar.svg"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--since", "2026-13"], "is no date"),
        (["--since", "yesterday"], "is no date"),
        (["--since", "9998-01-01"], "has not come yet"),
        (["--year", "9998"], "has not come yet"),
        (["--year", "1970"], "2020"),
        (["--since", "2026-01", "--year", "2026"], "Choose one"),
        (["--json", "--svg", "-"], "Choose one"),
        (["--svg", "/nowhere/at/all.svg"], "there is no folder"),
    ],
)
def test_a_misuse_is_a_sentence(home: Path, words: Sequence[str], sentence: str) -> None:
    result = typed(*words)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())


def test_a_damaged_journal_is_a_sentence(home: Path) -> None:
    journal = keep(recent())
    journal.store.path.write_bytes(b"no database " * 400)
    result = typed()
    assert result.exit_code == 1
    assert "damaged" in result.stderr


def test_looking_back_in_the_terminal_imports_nothing_heavy(home: Path) -> None:
    keep(recent())
    code = (
        "import sys; from guide.cli import guide\n"
        "try: guide(['journal', 'stats'])\n"
        "except SystemExit: pass\n"
        "print([name in sys.modules for name in ('numpy', 'soundfile', 'sounddevice', 'rich')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[False, False, False, False]"

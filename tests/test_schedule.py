"""What the clock begins: each occurrence once, whatever the clock does, where hours are lost and repeated."""

import datetime as dt
from collections import Counter
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guide.bedside.clock import FakeClock, WallClock
from guide.bedside.schedule import LATE, Due, Past, Timed, ceiling, due, moment, night, upcoming
from guide.bedside.setting import Every, Invitation, Night, Setting, Waking, days
from guide.bedside.zone import here
from guide.duration import frames

VIENNA = ZoneInfo("Europe/Vienna")
ZONES = [VIENNA, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")]
JUMPS = [
    dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2018, 11, 4), dt.date(2018, 2, 17),
    dt.date(2018, 2, 18), dt.date(2026, 4, 5), dt.date(2026, 10, 4), dt.date(2011, 12, 30),
    dt.date(2011, 12, 29),
]  # fmt: skip
"""Days on which one of the clocks is put forward or back; one that is not there at all in Apia."""
EVENING = Invitation(at=22 * 60 + 15, play="bedtime")
MORNING = Waking(at=7 * 60)
BOTH = Setting(invitations=(EVENING,), wake=(MORNING,))


def vienna(*when: int, fold: int = 0) -> dt.datetime:
    return dt.datetime(*when, tzinfo=VIENNA, fold=fold)  # type: ignore[misc,arg-type]


def asked(setting: Setting, times: list[dt.datetime], past: Past | None = None) -> list[list[Due]]:
    """What is due at each of some times, one after the other."""
    past = past or Past()
    found = []
    for time in times:
        past, one = due(setting, past, time)
        found.append(list(one))
    return found


def deeds(setting: Setting, *times: dt.datetime) -> list[list[Timed]]:
    return [[one.deed for one in found] for found in asked(setting, list(times))]


def test_an_invitation_is_due_once_at_its_minute() -> None:
    times = [vienna(2026, 11, 24, 22, 14, 59), vienna(2026, 11, 24, 22, 15), vienna(2026, 11, 24, 22, 15, 2)]
    assert deeds(BOTH, *times) == [[], [EVENING], []]
    assert deeds(BOTH, *times, vienna(2026, 11, 25, 22, 15)) == [[], [EVENING], [], [EVENING]]


def test_a_waking_is_due_its_rise_before_its_bell() -> None:
    _, now = asked(BOTH, [vienna(2026, 11, 24, 6, 49, 59), vienna(2026, 11, 24, 6, 50)])
    assert now == [
        Due(MORNING, dt.date(2026, 11, 24), vienna(2026, 11, 24, 6, 50), vienna(2026, 11, 24, 7),
            vienna(2026, 11, 24, 7, 5)),
    ]  # fmt: skip


def test_a_rise_that_begins_before_midnight_is_counted_by_the_day_of_its_bell() -> None:
    early = Waking(at=5, every="monday", rise=frames(600))
    setting = Setting(wake=(early,))
    assert deeds(setting, vienna(2026, 11, 22, 23, 54), vienna(2026, 11, 22, 23, 55)) == [
        [],
        [early],
    ]  # Sunday
    assert deeds(setting, vienna(2026, 11, 23, 23, 54), vienna(2026, 11, 23, 23, 55)) == [[], []]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("day", [0, 1, 2, 3, 4, 5, 6]),
        ("weekdays", [0, 1, 2, 3, 4]),
        ("weekends", [5, 6]),
        ("monday", [0]),
        ("sunday", [6]),
    ],
)
def test_each_has_its_days(every: Every, expected: list[int]) -> None:
    assert list(days(every)) == expected
    setting = Setting(invitations=(Invitation(at=600, every=every, play="x"),))
    week = [vienna(2026, 11, 23 + day, 10, 0, 30) for day in range(7)]  # from a Monday
    assert [day for day, found in enumerate(deeds(setting, *week)) if found] == expected


def test_what_the_clock_leaves_out_comes_as_it_jumps() -> None:
    setting = Setting(invitations=(Invitation(at=2 * 60 + 30, play="x"),))
    found = upcoming(setting, vienna(2026, 3, 29, 0, 0))
    assert found is not None
    assert found.begins == vienna(2026, 3, 29, 3, 0)
    assert found.begins.timestamp() == vienna(2026, 3, 29, 1, 59, 59).timestamp() + 1
    assert deeds(setting, vienna(2026, 3, 29, 1, 59, 59), vienna(2026, 3, 29, 3, 0)) == [
        [],
        [setting.invitations[0]],
    ]


def test_what_the_clock_shows_twice_comes_the_first_time_only() -> None:
    setting = Setting(invitations=(Invitation(at=2 * 60 + 30, play="x", stands=frames(7200)),))
    first, second = vienna(2026, 10, 25, 2, 30), vienna(2026, 10, 25, 2, 30, fold=1)
    assert second.timestamp() - first.timestamp() == 3600
    assert deeds(setting, vienna(2026, 10, 25, 2, 29), first, second) == [[], [setting.invitations[0]], []]
    later = upcoming(setting, vienna(2026, 10, 25, 2, 15, fold=1))
    assert later is not None
    assert later.begins == vienna(2026, 10, 26, 2, 30)


def test_a_rise_is_as_long_as_it_was_set_where_the_clock_jumps_in_it() -> None:
    setting = Setting(wake=(Waking(at=3 * 60 + 5, rise=frames(1200)),))
    found = upcoming(setting, vienna(2026, 3, 29, 0, 0))
    assert found is not None
    assert found.begins == vienna(2026, 3, 29, 1, 45)
    assert found.at.timestamp() - found.begins.timestamp() == 1200


def test_a_clock_that_is_set_forward_plays_nothing_that_is_over() -> None:
    assert deeds(BOTH, vienna(2026, 11, 24, 6, 0), vienna(2026, 11, 24, 23, 0)) == [[], []]
    assert deeds(BOTH, vienna(2026, 11, 24, 6, 0), vienna(2026, 11, 24, 22, 25)) == [[], []]


def test_an_invitation_is_offered_late_for_as_long_as_it_stands() -> None:
    _, now = asked(BOTH, [vienna(2026, 11, 24, 21, 0), vienna(2026, 11, 24, 22, 24, 59)])
    assert [(one.deed, one.lapses) for one in now] == [(EVENING, vienna(2026, 11, 24, 22, 25))]


def test_a_waking_begins_late_until_a_few_minutes_after_its_bell() -> None:
    asleep = vienna(2026, 11, 24, 3, 0)
    assert deeds(BOTH, asleep, vienna(2026, 11, 24, 6, 57)) == [[], [MORNING]]
    assert deeds(BOTH, asleep, vienna(2026, 11, 24, 7, 4, 59)) == [[], [MORNING]]
    assert deeds(BOTH, asleep, vienna(2026, 11, 24, 7, 5)) == [[], []]


def test_a_clock_that_is_set_back_plays_nothing_twice() -> None:
    ring = vienna(2026, 11, 24, 22, 15)
    assert deeds(BOTH, ring, vienna(2026, 11, 24, 20, 0), ring, ring) == [[EVENING], [], [], []]
    yesterday = vienna(2026, 11, 23, 22, 15)
    assert deeds(BOTH, yesterday, ring, yesterday, ring) == [[EVENING], [EVENING], [], []]


def test_what_a_wrong_clock_left_out_comes_when_it_is_right_again() -> None:
    before, wrong = vienna(2026, 11, 24, 21, 0), vienna(2031, 1, 1, 12, 0)
    assert deeds(BOTH, before, wrong, vienna(2026, 11, 24, 21, 1), vienna(2026, 11, 24, 22, 15)) == [
        [], [], [], [EVENING],
    ]  # fmt: skip
    assert deeds(BOTH, before, wrong, vienna(2026, 11, 24, 22, 16)) == [[], [], [EVENING]]


def test_while_the_clock_is_not_set_nothing_is_due() -> None:
    past, found = due(BOTH, Past(), vienna(2026, 11, 24, 22, 15), known=False)
    assert (past, found) == (Past(), ())
    _, found = due(BOTH, past, vienna(2026, 11, 24, 22, 16))
    assert [one.deed for one in found] == [EVENING]


def test_a_device_that_starts_in_the_middle_still_wakes() -> None:
    assert deeds(BOTH, vienna(2026, 11, 24, 6, 55)) == [[MORNING]]
    _, found = due(BOTH, Past(vienna(2026, 11, 24, 6, 50)), vienna(2026, 11, 24, 6, 55))
    assert found == ()  # it was, before the restart


def test_an_entry_that_was_written_just_now_begins_with_its_next_moment() -> None:
    past, _ = due(Setting(), Past(), vienna(2026, 11, 24, 22, 17))
    past, found = due(BOTH, past, vienna(2026, 11, 24, 22, 18))
    assert found == ()
    _, found = due(BOTH, past, vienna(2026, 11, 25, 6, 50))
    assert [one.deed for one in found] == [MORNING]


def test_what_comes_next_is_strictly_later() -> None:
    found = upcoming(BOTH, vienna(2026, 11, 24, 22, 15))
    assert found is not None
    assert (found.deed, found.begins) == (MORNING, vienna(2026, 11, 25, 6, 50))
    assert upcoming(Setting(), vienna(2026, 11, 24, 22, 15)) is None


def test_two_at_once_come_in_the_order_of_their_bells() -> None:
    one, two = Waking(at=430, rise=frames(1800)), Waking(at=420, rise=frames(1200))
    setting = Setting(wake=(one, two))
    assert deeds(setting, vienna(2026, 11, 24, 6, 39), vienna(2026, 11, 24, 6, 41)) == [[], [two, one]]


def test_a_clock_without_a_zone_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zone"):
        due(BOTH, Past(), dt.datetime(2026, 11, 24))


def test_the_night_goes_over_midnight_or_not() -> None:
    setting = Setting(night=Night(begins=22 * 60, ends=7 * 60, volume=-14))
    clock = [(21, 59), (22, 0), (0, 0), (6, 59), (7, 0)]
    assert [night(setting, vienna(2026, 11, 24, *one)) for one in clock] == [False, True, True, True, False]
    assert [ceiling(setting, vienna(2026, 11, 24, *one)) for one in clock] == [-4, -14, -14, -14, -4]
    shift = Setting(night=Night(begins=9 * 60, ends=17 * 60, volume=-2), volume=-6)
    clock = [(8, 59), (9, 0), (16, 59), (17, 0)]
    assert [night(shift, vienna(2026, 11, 24, *one)) for one in clock] == [False, True, True, False]
    assert {ceiling(shift, vienna(2026, 11, 24, *one)) for one in clock} == {-6}


def test_the_clock_on_the_wall_knows_its_zone_and_its_summer_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offsets() -> list[float]:
        clock = WallClock().now()
        found = [clock.replace(month=month, day=1).utcoffset() for month in (1, 7)]
        return [one.total_seconds() / 3600 for one in found if one is not None]

    monkeypatch.setenv("TZ", "Europe/Vienna")
    assert offsets() == [1, 2]
    local = tmp_path / "localtime"
    monkeypatch.setenv("TZ", f":{local}")
    for zone, expected in (("Europe/Vienna", [1, 2]), ("Australia/Lord_Howe", [11, 10.5])):
        new = tmp_path / "new"
        new.write_bytes(Path("/usr/share/zoneinfo", zone).read_bytes())
        new.replace(local)
        assert offsets() == expected
        assert here() is here()
    for nowhere in ("CET-1CEST", "/dev/null", "/nowhere", "../etc", "Not/There"):
        monkeypatch.setenv("TZ", nowhere)
        assert WallClock().now().utcoffset() is not None


def test_the_fake_clock_goes_into_summer_time() -> None:
    clock = FakeClock(vienna(2026, 3, 29, 1, 59))
    clock.advance(120)
    assert clock.now().isoformat() == "2026-03-29T03:01:00+02:00"
    assert clock.now().tzinfo is VIENNA


def walked(day: dt.date, minutes: int, zone: ZoneInfo) -> dt.datetime:
    """The same as `moment`, found by going through the minutes of three days."""
    wall = dt.datetime.combine(day, dt.time(*divmod(minutes, 60)))
    start = dt.datetime.combine(day, dt.time(), dt.UTC) - dt.timedelta(hours=30)
    for minute in range(3 * 1440):
        local = (start + dt.timedelta(minutes=minute)).astimezone(zone)
        if local.replace(tzinfo=None) >= wall:
            return local
    raise AssertionError(wall)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@settings(max_examples=25, deadline=None)
@given(
    day=st.sampled_from(JUMPS) | st.dates(dt.date(2010, 1, 1), dt.date(2030, 1, 1)),
    minutes=st.integers(0, 1439) | st.integers(0, 240),
)
@example(day=dt.date(2026, 3, 29), minutes=150)
@example(day=dt.date(2018, 11, 4), minutes=0)
@example(day=dt.date(2026, 10, 4), minutes=135)
@example(day=dt.date(2011, 12, 30), minutes=720)
def test_a_moment_is_the_first_at_which_the_clock_has_come_there(
    zone: ZoneInfo, day: dt.date, minutes: int
) -> None:
    found = moment(day, minutes, zone)
    assert found.timestamp() == walked(day, minutes, zone).timestamp()
    assert found.tzinfo is zone


TIMES = st.integers(0, 1439)
EVERY = st.sampled_from(["day", "weekdays", "weekends", "monday", "thursday", "sunday"])
INVITATIONS = st.builds(
    Invitation,
    at=TIMES,
    every=EVERY,
    play=st.just("x"),
    stands=st.integers(1, 90).map(lambda m: frames(60 * m)),
)
WAKINGS = st.builds(Waking, at=TIMES, every=EVERY, rise=st.integers(1, 180).map(lambda m: frames(60 * m)))
SETTINGS = st.builds(
    Setting,
    invitations=st.lists(INVITATIONS, max_size=2, unique=True).map(tuple),
    wake=st.lists(WAKINGS, max_size=2, unique=True).map(tuple),
)
YEAR = 365 * 86_400


def expected(
    setting: Setting, zone: ZoneInfo, begin: dt.datetime
) -> list[tuple[Timed, dt.date, float, float]]:
    """Every occurrence of a year and its neighbours: from when until when it can begin."""
    first = begin.astimezone(zone).date()
    found: list[tuple[Timed, dt.date, float, float]] = []
    for deed in (*setting.invitations, *setting.wake):
        for number in range(-400, 400):
            day = first + dt.timedelta(days=number)
            if day.weekday() not in days(deed.every):  # type: ignore[attr-defined]
                continue
            at = moment(day, deed.at, zone).timestamp()  # type: ignore[attr-defined]
            if isinstance(deed, Invitation):
                found.append((deed, day, at, at + deed.stands / 48_000))
            elif isinstance(deed, Waking):
                found.append((deed, day, at - deed.rise / 48_000, at + LATE.total_seconds()))
    return found


@pytest.mark.parametrize("zone", ZONES[:3], ids=str)
@settings(max_examples=8, deadline=None)
@given(setting=SETTINGS, seed=st.integers(0, 1 << 32))
def test_over_a_year_each_comes_once_wherever_the_clock_is_looked_at_and_set(
    zone: ZoneInfo, setting: Setting, seed: int
) -> None:
    random = Random(seed)
    begin = dt.datetime(2018, 1, 1, random.randrange(24), tzinfo=dt.UTC)
    wall, times = begin.timestamp(), []
    while wall < begin.timestamp() + YEAR:
        times.append(wall)
        wall += random.choice([1, 60, 600, 3600, 7200, 20_000])
        if random.random() < 0.002:
            wall += random.choice([-90_000, -7200, -600, -1, 900, 7200, 300_000])
    found = asked(setting, [dt.datetime.fromtimestamp(one, zone) for one in times])
    counted = Counter((one.deed, one.day) for some in found for one in some)
    assert not counted or max(counted.values()) == 1
    when = {(one.deed, one.day): time for time, some in zip(times, found, strict=True) for one in some}
    for deed, day, opens, closes in expected(setting, zone, begin):
        seen = [time for time in times if opens <= time < closes]
        assert when.get((deed, day)) == (seen[0] if seen else None), (deed, day)


@pytest.mark.parametrize("zone", ZONES[:3], ids=str)
@settings(max_examples=5, deadline=None)
@given(setting=SETTINGS)
def test_who_sleeps_until_what_comes_next_misses_nothing(zone: ZoneInfo, setting: Setting) -> None:
    begin = dt.datetime(2018, 1, 1, tzinfo=dt.UTC).astimezone(zone)
    now, end = begin, begin.timestamp() + 60 * 86_400
    past, _ = due(setting, Past(), now)
    met = []
    while (following := upcoming(setting, now)) and following.begins.timestamp() < end:
        assert following.begins.timestamp() > now.timestamp()
        now = following.begins
        past, found = due(setting, past, now)
        assert following in found
        met += [(one.deed, one.day) for one in found]
    known = [
        (d, day) for d, day, opens, _ in expected(setting, zone, begin) if begin.timestamp() < opens < end
    ]
    assert sorted(met, key=str) == sorted(known, key=str)

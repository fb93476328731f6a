"""What the clock begins: invitations and wakings by the days and hours they were set for. Pure.

The clock on the wall may be set, may stand still, and loses and repeats an hour each year. So nothing is
counted on from what was: each occurrence is reckoned from its date, is due once from its moment until it has
lapsed, and is remembered by its date.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from guide import duration
from guide.bedside.setting import Invitation, Setting, Waking, days

Timed: TypeAlias = Invitation | Waking
"""Something that has its hour."""

LATE = dt.timedelta(minutes=5)
"""How long after its bell a waking may still begin: it is better late than not at all, but not much later."""

_MOST_KEPT = 512
"""Occurrences that are remembered: ten days of as many entries as there can be."""
_WITHIN = range(-2, 3)
"""Days around today to which something belongs that may be due now: it lasts, or rises, a day at most."""
_AHEAD = range(-2, 11)
"""Days around today to which what comes next belongs: a week, a day that a clock leaves out, and a rise."""


@dataclass(frozen=True, slots=True)
class Due:
    """One occurrence of something that has its hour. All of its moments are in the zone of who asked."""

    deed: Timed
    day: dt.date
    """The day that it is counted by: that of its `at`, also where a rise begins the evening before."""
    begins: dt.datetime
    """When it begins: an invitation at its `at`, a waking its rise before."""
    at: dt.datetime
    """The moment of its `at`: that of a waking's bell."""
    lapses: dt.datetime
    """From when on it is too late: an invitation stands no more, a waking's bell is `LATE` gone."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the schedule has seen so far. The first of a process is `Past()`."""

    until: dt.datetime | None = None
    """The moment it was last asked for; None for never: what began before and has not lapsed is due then.

    Who remembers, over a restart, the beginning of what was last due begins with that.
    """
    done: tuple[tuple[Timed, dt.date], ...] = ()
    """What was due, by its day, the latest last."""


def due(
    setting: Setting, past: Past, now: dt.datetime, *, known: bool = True
) -> tuple[Past, tuple[Due, ...]]:
    """What is due now, in the order of its moments, and what to ask with the next time.

    An occurrence is due at the first time that is asked between its beginning and its lapse, however coarse
    the times are, and whatever the clock does between them: nothing is due twice, also where the clock is set
    back, and nothing that has lapsed, where it was set forward or the machine slept. An entry that is new in
    the setting begins with its next moment. With a clock that is not `known` to be right nothing is due.
    """
    if not known:
        return past, ()
    present = _absolute(now)
    since = past.until and _absolute(past.until)
    if since and present < since:
        since = None  # set back: what was done is remembered, and the rest is still to come
    found = [
        one
        for one in _occurrences(setting, now, _WITHIN)
        if (since is None or since < _absolute(one.begins))
        and _absolute(one.begins) <= present < _absolute(one.lapses)
        and (one.deed, one.day) not in past.done
    ]
    found.sort(key=_order)
    done = (*past.done, *((one.deed, one.day) for one in found))[-_MOST_KEPT:]
    return Past(now, done), tuple(found)


def upcoming(setting: Setting, after: dt.datetime) -> Due | None:
    """What begins next, strictly after a moment; None where nothing has its hour."""
    present = _absolute(after)
    later = (one for one in _occurrences(setting, after, _AHEAD) if _absolute(one.begins) > present)
    return min(later, key=_order, default=None)


def night(setting: Setting, now: dt.datetime) -> bool:
    """Whether it is night, by the clock on the wall."""
    begins, ends = setting.night.begins, setting.night.ends
    minute = now.hour * 60 + now.minute
    return begins <= minute < ends if begins < ends else minute >= begins or minute < ends


def ceiling(setting: Setting, now: dt.datetime) -> int:
    """The most that the volume may be, in dB; by night never more than by day."""
    return min(setting.volume, setting.night.volume) if night(setting, now) else setting.volume


def moment(day: dt.date, minutes: int, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of a day at which its clock shows a time, given as minutes since midnight.

    Where the clock leaves that time out, the moment at which it jumps over it.
    """
    wall = dt.datetime.combine(day, dt.time(*divmod(minutes, 60)))
    found = wall.replace(tzinfo=zone).astimezone(dt.UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found.astimezone(zone)
    # Left out: reckoned by the offset before the jump it comes after it, and the other way round.
    before = _seconds(wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC))
    after = _seconds(found)
    while after - before > 1:
        middle = (before + after) // 2
        shown = dt.datetime.fromtimestamp(middle, zone).replace(tzinfo=None)
        before, after = (middle, after) if shown < wall else (before, middle)
    return dt.datetime.fromtimestamp(after, zone)


def _occurrences(setting: Setting, now: dt.datetime, around: range) -> Iterator[Due]:
    zone = now.tzinfo
    if zone is None:
        raise ValueError("a schedule needs to know the zone of its clock")
    today = now.date()
    entries: tuple[Timed, ...] = (*setting.invitations, *setting.wake)
    for deed in entries:
        for offset in around:
            day = today + dt.timedelta(days=offset)
            if day.weekday() in days(deed.every):
                yield _occurrence(deed, day, zone)


def _occurrence(deed: Timed, day: dt.date, zone: dt.tzinfo) -> Due:
    at = moment(day, deed.at, zone)
    if isinstance(deed, Waking):
        return Due(deed, day, _later(at, -_length(deed.rise)), at, _later(at, LATE))
    return Due(deed, day, at, at, _later(at, _length(deed.stands)))


def _order(one: Due) -> tuple[dt.datetime, dt.datetime]:
    return _absolute(one.begins), _absolute(one.at)


def _length(frames: int) -> dt.timedelta:
    return dt.timedelta(seconds=duration.seconds(frames))


def _absolute(time: dt.datetime) -> dt.datetime:
    """The same moment in UTC: within a zone Python compares, and adds to, what the clock shows."""
    return time.astimezone(dt.UTC)


def _later(time: dt.datetime, by: dt.timedelta) -> dt.datetime:
    return (_absolute(time) + by).astimezone(time.tzinfo)


def _seconds(time: dt.datetime) -> int:
    return int(time.timestamp())

"""What was sat, day by day, as a calendar has it. Pure.

Nothing is counted against anybody: no rows of days, no goals, nothing beside anything else. A day of rest
is a day.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from guide.duration import RATE
from guide.journal import Sitting

WEEKS = 12
"""That are looked back on when nothing else is asked for, this one among them."""
LEVELS = (10, 20, 40)
"""Minutes up to which a day is marked as a little, some and much; beyond is more."""

_LONG = 26 * 7
"""Days from which on a span is shown by months."""
_EARLIEST = date(2020, 1, 1)
"""There was no guide before: an earlier date is from a wrong clock, like that of a board with no network."""
_LONGEST = 24 * 60
"""Minutes that one sitting can have at most, whatever stands in the journal."""
_PARTS = ((4, "night"), (12, "morning"), (17, "afternoon"), (22, "evening"), (24, "night"))
"""Hours before which it is that part of the day."""


@dataclass(frozen=True, slots=True)
class Days:
    """A span of days and what was sat on them, each by the clock of the place and the time of its sitting."""

    first: date
    last: date
    sat: tuple[Sitting, ...]
    """Oldest first. What was neither finished nor sat for a minute is not among them."""
    astray: tuple[Sitting, ...] = ()
    """What has a date that cannot be."""
    undated: tuple[Sitting, ...] = ()
    """What has none: it was begun before a clock was set."""

    @classmethod
    def back(
        cls, sittings: Iterable[Sitting], today: date, *, since: date | None = None, year: int | None = None
    ) -> "Days":
        """The days since `since`, or those of a year; else the last WEEKS weeks. None of them is after today.

        The span begins with the week of the first sitting of all where that is later; not that of a year.
        """
        every = sorted(filter(_counts, sittings), key=lambda one: one.started.replace(tzinfo=None))
        kept = [one for one in every if one.dated]
        # Whoever travels west has sat on a day that has not come here yet.
        latest = today + timedelta(1)
        there = [one for one in kept if _EARLIEST <= one.started.date() <= latest]
        last = max([today, *(one.started.date() for one in there[-1:])])
        if year is not None:
            first, last = date(year, 1, 1), min(last, date(year, 12, 31))
        else:
            first = since or monday(today) - timedelta(weeks=WEEKS - 1)
            if there:
                first = max(first, monday(there[0].started.date()))
        first = min(first, last)
        return cls(
            first,
            last,
            tuple(one for one in there if first <= one.started.date() <= last),
            tuple(one for one in kept if not _EARLIEST <= one.started.date() <= latest),
            tuple(one for one in every if not one.dated),
        )

    @property
    def minutes(self) -> int:
        """Of all of it; always the sum of its days."""
        return sum(map(minutes, self.sat))

    @property
    def by_day(self) -> dict[date, int]:
        """The minutes of each day on which something was sat, the days in their order."""
        return {
            day: sum(map(minutes, some)) for day, some in groupby(self.sat, lambda one: one.started.date())
        }

    @property
    def by_session(self) -> dict[str, tuple[int, int]]:
        """How often and for how many minutes each session was sat, in the order in which they came first."""
        names = dict.fromkeys(one.session for one in self.sat)
        some = {name: [one for one in self.sat if one.session == name] for name in names}
        return {name: (len(ones), sum(map(minutes, ones))) for name, ones in some.items()}

    @property
    def by_part(self) -> dict[str, int]:
        """How many sittings began in the `morning`, `afternoon`, `evening` and `night`; where any did."""
        found = Counter(_part(one.started) for one in self.sat)
        names = ("morning", "afternoon", "evening", "night")
        return {name: found[name] for name in names if found[name]}

    @property
    def long(self) -> bool:
        """Whether it is better shown by months than by weeks."""
        return (self.last - self.first).days >= _LONG

    def weeks(self) -> Iterator[tuple[date | None, ...]]:
        """Its weeks from Monday on; None for a day outside the span."""
        day = monday(self.first)
        while day <= self.last:
            yield tuple(self._within(day + timedelta(n)) for n in range(7))
            day += timedelta(7)

    def months(self) -> Iterator[tuple[date | None, ...]]:
        """Its months, as many days as each has; None for a day outside the span."""
        day = self.first.replace(day=1)
        while day <= self.last:
            # The 28th and four days are in the next month, whatever the month.
            following = (day.replace(day=28) + timedelta(4)).replace(day=1)
            yield tuple(self._within(day + timedelta(n)) for n in range((following - day).days))
            day = following

    def _within(self, day: date) -> date | None:
        return day if self.first <= day <= self.last else None


def minutes(sitting: Sitting) -> int:
    """Whole minutes of a sitting, one at least."""
    return min(max(1, round(sitting.frames / (60 * RATE))), _LONGEST)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(day.weekday())


def level(sat: int) -> int:
    """How much a day is marked for its minutes, from 0 for a day of rest to 4."""
    return 0 if sat <= 0 else 1 + sum(sat > most for most in LEVELS)


def span(days: Days) -> str:
    """The span in words: `7 September to 24 November 2026`, `2026` for a year that is over."""
    first, last = days.first, days.last
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"{first.year}"
    end = f"{last.day} {last:%B} {last.year}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first.day} {first:%B} {first.year} to {end}"
    return f"{first.day}{'' if first.month == last.month else f' {first:%B}'} to {end}"


def told(days: Days) -> str:
    """How much it was, in words: `3 sittings on 2 days, 55 minutes`."""
    many = len(days.by_day)
    return f"{counted(len(days.sat), 'sitting')} on {counted(many, 'day')}, {counted(days.minutes, 'minute')}"


def counted(count: int, what: str) -> str:
    """A number of things: `1 day`, `2 days`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _counts(sitting: Sitting) -> bool:
    """Something was sat: to its end, or for a minute at least."""
    return sitting.frames >= 60 * RATE or (sitting.finished and sitting.frames > 0)


def _part(moment: datetime) -> str:
    return next(name for hour, name in _PARTS if moment.hour < hour)

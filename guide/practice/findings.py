"""What was found in a script that is practised: where, how much, and a sentence for its author."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from guide.duration import clock, seconds
from guide.practice.criteria import CRITERIA, Severity
from guide.script.models import Place
from guide.script.problems import tidy

_EXACT = 0.001
"""What does not count: rests are shared out in frames."""
_UNITS = {"%": " %", "s": " s", "": ""}


@dataclass(frozen=True, slots=True)
class Figure:
    """What was counted or measured, and the band in which it should be."""

    count: float
    unit: str = ""
    """s, %, words, words/min, LUFS, dBTP, dB, or nothing for a plain count."""
    least: float | None = None
    most: float | None = None

    @property
    def off(self) -> float:
        """How far outside of its band it is; below 0 how far inside of the nearer edge."""
        below = float("-inf") if self.least is None else self.least - self.count
        return max(below, float("-inf") if self.most is None else self.count - self.most)

    @property
    def met(self) -> bool:
        """Whether it is in its band."""
        return self.off <= _EXACT

    @property
    def target(self) -> str:
        """The band in words: `10 s or more`, `38 to 48 %`."""
        unit = _UNITS.get(self.unit, f" {self.unit}")
        if self.least is not None and self.most is not None:
            both = (
                f"{_plain(self.least)} to {_plain(self.most)}"
                if self.least < self.most
                else _plain(self.most)
            )
            return both + unit
        if self.least is not None:
            return f"{_plain(self.least)}{unit} or more"
        return f"{_plain(self.most or 0)}{unit} or less"


def _plain(number: float) -> str:
    return f"{number:g}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class When:
    """In a session of `length` frames, at frame `at`, or all the way through."""

    length: int
    at: int | None = None

    def __str__(self) -> str:
        if self.at is None:
            return f"{clock(self.length)}: "
        return f"{clock(self.at)} of {clock(self.length)}: "


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a criterion has to say."""

    place: Place
    """The step that it is about, in the session or in a part of it; the file's beginning for the whole."""
    criterion: str
    """The slug by which it can be excused."""
    severity: Severity
    message: str
    """A sentence to the author, without a full stop at its end."""
    figure: Figure | None = None
    when: When | None = None
    """Where it was heard; None where it holds for every length."""
    about: str = ""
    """The words that it is about, if it is about words."""
    session: str = ""
    """The name of the script that was practised; `place` may be in a part of it."""
    excused: str = ""
    """The reason that the script states."""

    def __str__(self) -> str:
        """`path:line:column: severity: 3:12 of 15:00: message [criterion]`, as compilers write it."""
        place, when = self.place, self.when or ""
        if when and Path(place.path).stem != self.session:
            when = f"{self.session}, {when}"
        head = f"{tidy(place.path)}:{place.line}:{place.column}: {self.severity}: "
        excuse = f" (excused: {tidy(self.excused)})" if self.excused else ""
        return f"{head}{when}{tidy(self.message)} [{self.criterion}]{excuse}"

    @property
    def key(self) -> tuple[object, ...]:
        """What findings have in common that say the same of the same place."""
        return self.place, self.criterion, self.about, self.figure.target if self.figure else self.message

    @property
    def off(self) -> float:
        """How far off it is; 0 without a figure."""
        return self.figure.off if self.figure else 0.0

    def data(self) -> dict[str, Any]:
        """The same for other programs; times in seconds, null where there is none."""
        figure, when = self.figure, self.when
        return {
            **asdict(self.place),
            "message": self.message,
            "criterion": self.criterion,
            "number": CRITERIA[self.criterion].number,
            "severity": self.severity,
            "session": self.session,
            "at": None if when is None or when.at is None else seconds(when.at),
            "length": None if when is None else seconds(when.length),
            "figure": None if figure is None else round(figure.count, 3),
            "unit": figure.unit if figure else "",
            "target": figure.target if figure else "",
            "about": self.about,
            "excused": self.excused or None,
        }


def found(
    criterion: str,
    place: Place | None,
    message: str,
    figure: Figure | None = None,
    when: When | None = None,
    *,
    about: str = "",
    severity: Severity | None = None,
) -> Finding:
    """A finding with its criterion's own severity, if no other is given."""
    severity = severity or CRITERIA[criterion].severity
    return Finding(place or Place("<text>", 1, 1), criterion, severity, message, figure, when, about)


def shortened(text: str, most: int = 50) -> str:
    """A text in quotes, its end left out where it is long."""
    return f"'{text if len(text) <= most else text[: most - 1].rstrip() + '…'}'"

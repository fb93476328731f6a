"""Figures as a table, for a terminal and for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from measuring import Ratio, Taken, ratio


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table, each cell as it is shown."""

    what: str
    measured: str
    beside: str = ""
    ratio: str = ""
    must: str = ""
    met: bool | None = None
    """None where nothing is promised."""

    @property
    def cells(self) -> tuple[str, ...]:
        """As shown."""
        kept = {True: "yes", False: "no", None: ""}[self.met]
        return (self.what, self.measured, self.beside, self.ratio, self.must, kept)


HEADS = ("figure", "measured", "beside", "ratio", "must be", "met")


def took(taken: Taken) -> str:
    """The median, and from the quickest to the slowest run."""
    unit, factor = ("ms", 1000) if taken.median < 1 else ("s", 1)
    times = [seconds * factor for seconds in taken.seconds]
    return f"{_number(taken.median * factor)} {unit}{_spread(times)}"


def times(ratio: Ratio) -> str:
    """A ratio with its spread over the rounds."""
    return f"{ratio.median:.2f}{_spread(ratio.rounds, '.2f')}"


def bounded(what: str, taken: Taken, beside: str, other: Taken, most: float) -> Figure:
    """What may take at most so many times as long as something else; the median of the rounds decides."""
    how = ratio(taken, other)
    must, met = f"≤ {most:g} ×", how.median <= most
    return Figure(what, took(taken), f"{beside} {took(other)}", times(how), must, met)


def plain(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns for a terminal."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The same for a page."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _spread(values: Sequence[float], form: str = "") -> str:
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    return f" ({low:{form}}–{high:{form}})" if form else f" ({_number(low)}–{_number(high)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"

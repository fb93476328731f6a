"""How much is said, how quickly, and how much silence there is: figures of the usual length."""

from collections.abc import Iterator

from guide.duration import RATE
from guide.practice.findings import Figure, Finding, found
from guide.practice.heard import Heard

Band = tuple[float, float]

SILENCE: dict[str, Band] = {
    "body": (38, 48), "inquiry": (46, 58), "resting": (52, 62), "quick": (30, 42), "sleep": (60, 72)
}  # fmt: skip
"""Percent of the session: all gaps between words of a second or longer."""
WORDS: dict[str, Band] = {
    "body": (60, 72), "inquiry": (48, 62), "resting": (42, 56), "quick": (68, 80), "sleep": (30, 45)
}  # fmt: skip
"""Words a minute of the whole session."""
ARTICULATION: Band = (95, 130)
_SLEEP_ARTICULATION: Band = (95, 115)
_AT_LAST = 20
"""Words a minute at the end of a session for sleep: in the last 15 % of the time to its last word."""
_LATE = 0.15
_EDGE = 0.05
"""Of a band's width: what is nearer to its edge may be outside of it with another voice."""
_UNSPACED = ("zh", "ja", "th", "lo", "km", "my")
"""Languages that do not part their words."""


def pace(heard: Heard) -> Iterator[Finding]:
    """The bands of silence, of words and of articulation, at the usual length."""
    if heard.which != "usual":
        return
    kind, counted = heard.kind, heard.figures
    yield from _band(
        heard, "silence", "silence is {:.1f} % of the session",
        Figure(100 * counted.silence, "%", *SILENCE[kind]),
        ("give the rests more room, or say less", "shorten the rests, or say more"),
    )  # fmt: skip
    if heard.script.page.language.partition("-")[0] in _UNSPACED or not counted.words:
        return
    yield from _band(
        heard, "words", "{:.1f} words a minute are said, all in all",
        Figure(_a_minute(counted.words, heard.timeline.frames), "words/min", *WORDS[kind]),
        ("there is room for a few more sentences", "leave some sentences out, or make it longer"),
    )  # fmt: skip
    band = _SLEEP_ARTICULATION if kind == "sleep" else ARTICULATION
    yield from _band(
        heard, "articulation", "the voice says {:.0f} words a minute while it speaks",
        Figure(counted.articulation, "words/min", *band),
        ("a higher `pace` speaks more quickly", "a lower `pace` speaks more slowly"),
    )  # fmt: skip
    if kind == "sleep" and heard.sentences:
        yield from _slows(heard)


def _band(
    heard: Heard, criterion: str, says: str, figure: Figure, advice: tuple[str, str]
) -> Iterator[Finding]:
    """A figure outside of its band; as a hint, one at its edge."""
    low, high = figure.least or 0.0, figure.most or 0.0
    told = says.format(figure.count)
    if not figure.met:
        message = f"{told}, not {low:g} to {high:g}; {advice[0] if figure.count < low else advice[1]}"
        yield found(criterion, heard.head, message, figure, heard.when())
    elif figure.off > -_EDGE * (high - low):
        message = f"{told}, at the edge of {low:g} to {high:g}; with another voice it may be beyond"
        yield found(criterion, heard.head, message, figure, heard.when(), severity="hint")


def _slows(heard: Heard) -> Iterator[Finding]:
    """How many words there still are in the last minutes before the last word."""
    end = heard.sentences[-1].end
    begin = end - round(_LATE * end)
    late = [one for one in heard.sentences if one.start >= begin]
    count = sum(len(one.text.split()) for one in late)
    rate = Figure(_a_minute(count, end - begin), "words/min", None, _AT_LAST)
    if not rate.met:
        message = (
            f"from here to the last word {rate.count:.0f} words a minute are said; "
            f"towards sleep let the rests grow, to {_AT_LAST} or fewer"
        )
        yield found("sleep-slows", late[0].place, message, rate, heard.when(late[0].start))


def _a_minute(words: int, frames: int) -> float:
    return words / (max(frames, 1) / RATE / 60)

"""What the shipped meditations promise, counted: pace, quiet, ways out, kindness of words."""

import functools
import re
import statistics
from itertools import pairwise
from pathlib import Path

import pytest

from guide import bells
from guide.arrange import Material
from guide.duration import frames, seconds
from guide.expand import Breath, Circumstances, Item, Sentence, Silence, Strike, expand
from guide.folders import Folders
from guide.library import Library
from guide.script import Script, load
from guide.timeline import Event, Timeline

SCRIPTS = Path(__file__).parent.parent / "scripts"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.yaml"))
LONG = [name for name in NAMES if name not in {"hard-moment", "bedtime"}]
LENGTHS = ("shortest", "usual", "longest")
SEEDS = ("0", "1", "2", "3")
LIBRARY = Library.find(Folders(SCRIPTS, SCRIPTS, SCRIPTS, SCRIPTS))
BELLS = {name: bells.length(LIBRARY.bell_path(name)) for name in LIBRARY.bells()}
PACE = 115.0
"""Words a minute at pace 1.0, 0.7 s between sentences included."""
SILENCE = {
    "body": (0.38, 0.48),
    "inquiry": (0.46, 0.58),
    "resting": (0.52, 0.62),
    "quick": (0.30, 0.42),
    "sleep": (0.60, 0.72),
}
WORDS = {"body": (60, 72), "inquiry": (48, 62), "resting": (42, 56), "quick": (68, 80), "sleep": (30, 45)}
"""Words a minute of the whole session."""

OPTION = re.compile(
    r"\b(might|may|could|can|if|when you are ready|perhaps|maybe|whatever|whenever)\b", re.IGNORECASE
)
COMMAND = re.compile(
    r"\b(must|should|have to|need to|make sure|force|do not|don't|you will|we|us|our)\b", re.IGNORECASE
)
CLAIM = re.compile(
    r"\b(heal\w*|cure\w*|proven|rewire|trauma\w*|toxic|guarantee\w*|safe|attract\w*)\b", re.IGNORECASE
)
SPELT_ALIKE = re.compile(
    r"\b(read|live|lives|tears?|close|wind|lead|minute|bow|content|wound)\b", re.IGNORECASE
)
SENSES = (r"\b(see|look|eyes)\b", r"\b(sounds?|hear|listen)\b", r"\b(feel|touch\w*|surface)\b")


@functools.cache
def script(name: str) -> Script:
    return load(SCRIPTS / f"{name}.yaml", SCRIPTS)


def words(text: str) -> int:
    return len(re.findall(r"[\w'’]+", text))


def clips(items: tuple[Item, ...], pace: float) -> dict[str, int]:
    """Frames of every sentence, as if each paragraph were spoken at that many words a minute."""
    found: dict[str, int] = {}
    run: list[str] = []
    for item in (*items, None):
        if isinstance(item, Sentence):
            run.append(item.text)
        elif run and not (isinstance(item, Silence) and item.most == frames(0.7)):
            count = sum(map(words, run))
            spoken = count * 60 / pace - 0.7 * (len(run) - 1)
            found |= {text: frames(max(0.4, spoken * words(text) / count)) for text in run}
            run = []
    return found | {item.text: frames(1) for item in items if isinstance(item, Breath) and item.text}


@functools.cache
def material(name: str, target: int, seed: str, pace: float | None = None) -> Material:
    one = script(name)
    items = expand(one, Circumstances(target, seed))
    return Material(items, clips(items, pace or PACE * one.page.voice.pace), BELLS)


@functools.cache
def timeline(name: str, length: str, seed: str = "0") -> Timeline:
    target: int = getattr(script(name).page.length, length)
    return material(name, target, seed).arranged(target)


def parts(one: Timeline, *intents: str) -> list[Event]:
    return [part for part in one.parts() if part.cue in intents]


def said(one: Timeline, *within: Event) -> list[Event]:
    return [event for event in one.speech() if any(p.start <= event.start < p.end for p in within)]


def text(events: list[Event]) -> str:
    return " ".join(event.text for event in events)


def quiets(one: Timeline) -> list[tuple[int, float]]:
    """Where each quiet between two sounds begins, and its seconds; a bell sounds for its first 8 s."""
    heard = sorted((e for e in one.events if e.kind in {"speech", "breath", "bell"}), key=lambda e: e.start)
    found, end = [], 0
    for event in heard:
        found.append((end, seconds(event.start - end)))
        end = max(end, min(event.end, event.start + frames(8)) if event.kind == "bell" else event.end)
    return [*found, (end, seconds(one.frames - end))]


def written(name: str) -> str:
    """Everything of a script and its parts, as it stands in the files."""
    return "\n".join(
        path.read_text() for path in (SCRIPTS / f"{name}.yaml", *sorted((SCRIPTS / "parts").glob("*.yaml")))
    )


every_name = pytest.mark.parametrize("name", NAMES)
every_length = pytest.mark.parametrize("length", LENGTHS)


@every_name
@pytest.mark.parametrize("pace", [105, 112, 125])
def test_every_length_can_be_had_with_a_slow_and_a_quick_voice(name: str, pace: float) -> None:
    length = script(name).page.length
    grid = range(length.shortest, length.longest + 1, frames(5))
    missed = [
        target
        for place, target in enumerate(grid)
        if not material(name, target, SEEDS[place % 4], pace).fits(target)
    ]
    assert missed == []


@every_name
def test_silence_and_words_are_in_the_bands_of_their_kind(name: str) -> None:
    one, page = timeline(name, "usual"), script(name).page
    speech = one.speech()
    edges = [0, *(edge for event in speech for edge in (event.start, event.end)), one.frames]
    gaps = [b - a for a, b in zip(edges[::2], edges[1::2], strict=True)]
    share = sum(gap for gap in gaps if gap >= frames(1)) / one.frames
    rate = words(text(list(speech))) * 60 / seconds(one.frames)
    assert SILENCE[page.kind][0] <= share <= SILENCE[page.kind][1]
    assert WORDS[page.kind][0] <= rate <= WORDS[page.kind][1]


@every_name
@every_length
def test_sentences_are_short_and_plain(name: str, length: str) -> None:
    texts = [event.text for event in timeline(name, length).speech()]
    counts = sorted(map(words, texts))
    assert statistics.mean(counts) <= 9.25
    assert counts[int(0.95 * len(counts))] <= 18
    assert counts[-1] <= 25
    assert grade(texts) <= 5


def grade(texts: list[str]) -> float:
    """The reading grade of Flesch and Kincaid, syllables counted by their vowels."""
    each = re.findall(r"[a-z']+", " ".join(texts).lower())
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word)))) for word in each)
    return 0.39 * len(each) / len(texts) + 11.8 * syllables / len(each) - 15.59


@every_name
@every_length
def test_there_is_time_after_a_question(name: str, length: str) -> None:
    one = timeline(name, length)
    waits = [seconds(b.start - a.end) for a, b in pairwise(one.speech()) if a.text.endswith("?")]
    quick = script(name).page.kind == "quick"
    assert min(waits, default=60) >= (6 if quick else 10)
    assert statistics.median(waits or [60]) >= (6 if quick else 12)


@every_name
@every_length
def test_speech_rests_and_rest_is_announced(name: str, length: str) -> None:
    one = timeline(name, length)
    begun, end = one.speech()[0].start, one.speech()[0].end
    for event in one.speech()[1:]:
        gap = seconds(event.start - end)
        assert gap < 1 or gap >= 2.99
        begun, end = (event.start if gap >= 2.99 else begun), event.end
        assert seconds(end - begun) <= 30, event.text
    announced = parts(one, "announce")
    for start, length_of in quiets(one)[: -1 if script(name).page.kind == "sleep" else None]:
        assert length_of <= (90 if any(p.start < start <= p.end for p in announced) else 45)


@every_name
@every_length
@pytest.mark.parametrize("seed", SEEDS)
def test_the_ways_out_are_offered_within_a_minute(name: str, length: str, seed: str) -> None:
    one = timeline(name, length, seed)
    first = one.speech()[0].start
    early = text([event for event in one.speech() if seconds(event.end - first) <= 60])
    assert all(re.search(word, early) for word in ("eyes", "pause", "skip", "stop", "feet", "hands|sound"))
    assert parts(one, "choice")[0].start <= first + frames(60)


@pytest.mark.parametrize("name", LONG)
@every_length
@pytest.mark.parametrize("seed", SEEDS)
def test_the_way_out_is_shown_again_and_nothing_has_to_happen(name: str, length: str, seed: str) -> None:
    one = timeline(name, length, seed)
    middle = [p for p in parts(one, "choice") if 0.3 <= p.start / one.frames <= 0.75]
    reminder = text(said(one, *middle))
    assert all(word in reminder for word in ("eyes", "feet", "three things"))
    assert re.search(r"numb|nothing", reminder, re.IGNORECASE)
    assert re.search(r"\bcry", reminder, re.IGNORECASE)


@pytest.mark.parametrize("name", LONG)
@every_length
@pytest.mark.parametrize("seed", SEEDS)
def test_a_session_opens_and_returns_in_good_time(name: str, length: str, seed: str) -> None:
    one = timeline(name, length, seed)
    opening, back = parts(one, "arrive"), parts(one, "return")
    assert 0.075 <= sum(p.frames for p in opening) / one.frames <= 0.18
    assert 0.06 <= sum(p.frames for p in back) / one.frames <= 0.135
    assert sum(bool(re.search(sense, text(said(one, *back)), re.IGNORECASE)) for sense in SENSES) >= 2


@every_name
def test_bells_stand_at_the_ends(name: str) -> None:
    items = expand(script(name), Circumstances(script(name).page.length.usual, "0"))
    sounding = [item for item in items if isinstance(item, Sentence | Strike)]
    quick, sleep = script(name).page.kind == "quick", script(name).page.kind == "sleep"
    assert isinstance(sounding[0], Strike) is not quick
    assert isinstance(sounding[-1], Strike) is not sleep
    assert sum(isinstance(item, Strike) for item in items) == (1 if quick or sleep else 2)
    if quick:
        assert timeline(name, "usual").speech()[0].start <= frames(2)


@every_name
@every_length
@pytest.mark.parametrize("seed", SEEDS)
def test_words_invite_and_never_push(name: str, length: str, seed: str) -> None:
    texts = [event.text for event in timeline(name, length, seed).speech()]
    assert sum(bool(OPTION.search(one)) for one in texts) / len(texts) >= 0.25
    assert [one for one in texts if COMMAND.search(one) or SPELT_ALIKE.search(one)] == []


@every_name
def test_nothing_is_claimed_anywhere(name: str) -> None:
    assert CLAIM.findall(written(name)) == []


@every_name
@every_length
def test_what_is_difficult_is_small_and_soon_left(name: str, length: str) -> None:
    one = timeline(name, length)
    for part in parts(one, "difficult"):
        assert re.search(r"small|out of ten", text(said(one, part)))
        after = [p.start for p in parts(one, "resource") if p.start > part.start]
        assert seconds(min(after) - part.start) <= 90
    if script(name).page.kind in {"quick", "sleep"}:
        assert not parts(one, "difficult")


@every_name
@every_length
def test_paced_breath_is_slow_few_and_never_kept_in(name: str, length: str) -> None:
    target: int = getattr(script(name).page.length, length)
    breaths = [i for i in material(name, target, "0").items if isinstance(i, Breath)]
    assert {breath.phase for breath in breaths} <= {"in", "out"}
    assert len(breaths) <= 16
    assert all(
        a.frames <= b.frames and frames(8) <= a.frames + b.frames <= frames(12)
        for a, b in zip(breaths[::2], breaths[1::2], strict=True)
    )


@every_name
def test_questions_after_a_session_are_open(name: str) -> None:
    page = script(name).page
    assert page.reflection is not None
    asks = [question.ask for question in page.reflection.questions]
    assert page.reflection.invite
    assert page.reflection.close
    assert 1 <= len(asks) <= (1 if page.kind in {"quick", "sleep"} else 4)
    for ask in asks:
        assert words(ask) <= 18
        assert re.match(r"(What|How|Where|Which)\b", ask)
        assert "why" not in ask.lower()


@pytest.mark.parametrize("name", LONG)
def test_a_returning_listener_hears_other_words(name: str) -> None:
    days = [timeline(name, "usual", str(day)) for day in range(12)]
    for intent in ("arrive", "return", "wish"):
        heard = {text(said(day, *parts(day, intent))) for day in days if parts(day, intent)}
        assert len(heard) >= 2 or (intent == "wish" and script(name).page.kind != "resting")


@every_length
def test_keeping_the_wall_is_called_fine_twice(length: str) -> None:
    whole = text(list(timeline("releasing-the-wall", length).speech()))
    assert len(re.findall(r"Keeping it up is [\w ]*fine", whole)) >= 2

"""A timeline as an SVG drawing: everything is where it happens, nothing leaves the page, all of it is XML."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.drawing import Score, compared, drawn
from guide.drawing.labels import Name, cut, packed, preferred, width
from guide.drawing.sheet import WIDE
from guide.drawing.svg import clean
from guide.duration import RATE, frames
from guide.timeline import BedChange, Event, Timeline

SVG = "{http://www.w3.org/2000/svg}"


def speech(start: float, length: float, text: str = "one two three") -> Event:
    return Event("speech", frames(start), frames(length), text=text)


def rest(start: float, length: float, cue: str = "") -> Event:
    return Event("silence", frames(start), frames(length), cue=cue)


def part(start: float, length: float, title: str, intent: str = "") -> Event:
    return Event("part", frames(start), frames(length), text=title, cue=intent)


def timeline(seconds: float, *events: Event, beds: tuple[BedChange, ...] = ()) -> Timeline:
    return Timeline(frames(seconds), frames(seconds), events, beds)


def parsed(document: str) -> ET.Element:
    return ET.fromstring(document)


def shapes(root: ET.Element, kind: str, name: str) -> list[ET.Element]:
    return [one for one in root.iter(SVG + kind) if name in one.get("class", "").split()]


def at(one: ET.Element, *keys: str) -> list[float]:
    return [float(one.get(key, "0")) for key in keys]


def points(d: str) -> list[tuple[float, float]]:
    """Every point of a path, those that only bend a curve too."""
    found: list[tuple[float, float]] = []
    x = y = 0.0
    for letter, words in re.findall(r"([A-Za-z])([^A-Za-z]*)", d):
        numbers = [float(word) for word in words.split()]
        match letter:
            case "M" | "L" | "C" | "Q":
                found += zip(numbers[::2], numbers[1::2], strict=True)
                x, y = found[-1]
                continue
            case "H":
                x = numbers[0]
            case "V":
                y = numbers[0]
            case "h":
                x += numbers[0]
            case "v":
                y += numbers[0]
            case _:
                assert letter == "Z"
        found.append((x, y))
    return found


def corners(root: ET.Element) -> Iterator[tuple[float, float]]:
    """The outermost places of everything that is drawn and written."""
    for one in root.iter():
        match one.tag.removeprefix(SVG):
            case "rect":
                x, y, wide, high = at(one, "x", "y", "width", "height")
                assert wide >= 0
                assert high >= 0
                yield from ((x, y), (x + wide, y + high))
            case "circle":
                x, y, r = at(one, "cx", "cy", "r")
                yield from ((x - r, y - r), (x + r, y + r))
            case "path":
                yield from points(one.get("d", ""))
            case "text":
                x, y, size = at(one, "x", "y", "font-size")
                long = width(one.text or "", size)
                left = x - long * {"middle": 0.5, "end": 1.0}.get(one.get("text-anchor", ""), 0.0)
                yield from ((left, y - size), (left + long, y + 0.3 * size))


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["speech", "bell", "breath", "silence", "part"]),
        st.integers(0, 100 * RATE),
        st.integers(0, 30 * RATE),
        st.text(max_size=60),
        st.sampled_from(["", "in", "out", "hold", "bowl"]),
        st.sampled_from(["", "in", "exact", "announce"]),
    ),
    max_size=40,
).map(lambda events: tuple(sorted(events, key=lambda event: event.start)))
BEDS = st.lists(
    st.builds(
        BedChange,
        st.integers(0, 100 * RATE),
        st.sampled_from(["rain", "none", "drone"]),
        st.none() | st.floats(-60, -20),
        st.integers(0, 20 * RATE),
    ),
    max_size=3,
).map(lambda beds: tuple(sorted(beds, key=lambda bed: bed.start)))
LENGTHS = st.sampled_from([1, RATE, 100 * RATE, 130 * RATE, 1200 * RATE, 3 * 3600 * RATE, 12 * 3600 * RATE])
SCORES = st.builds(
    Score,
    st.builds(lambda n, events, beds: Timeline(n, n, events, beds), LENGTHS, EVENTS, BEDS),
    st.text(max_size=80),
    st.sampled_from(["none", "rain"]),
    st.floats(-60, -20),
    st.booleans(),
    st.integers(0, 3),
)


@settings(deadline=None)
@given(SCORES)
def test_nothing_leaves_the_page_and_all_of_it_is_xml(score: Score) -> None:
    for document in (drawn(score), compared([("as it is", score), ("once more", score)], "Two", "The same")):
        root = parsed(document)
        _, _, wide, high = map(float, (root.get("viewBox") or "").split())
        for x, y in corners(root):
            assert -0.02 <= x <= wide + 0.02
            assert -0.02 <= y <= high + 0.02


@settings(deadline=None)
@given(st.text())
def test_titles_and_words_are_words_whatever_they_hold(text: str) -> None:
    line = timeline(60, part(0, 60, text), speech(1, 5, text), Event("bell", 0, RATE, sound=text))
    root = parsed(drawn(Score(line, text)))
    assert (root.findtext(SVG + "title") or "") == (clean(text) or "A session")
    kinds = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert kinds <= {"svg", "title", "desc", "style", "rect", "circle", "path", "text"}


@pytest.mark.parametrize(
    "hostile", ["</title><script>alert(1)</script>", '" onload="x', "]]>&amp;<!--", "&#0;"]
)
def test_markup_in_a_title_stays_a_title(hostile: str) -> None:
    document = drawn(Score(timeline(60, part(0, 60, hostile), speech(1, 5, hostile)), hostile))
    assert parsed(document).findtext(SVG + "title") == hostile
    assert not re.search(
        r"<script|href|url\(|http(?!://www\.w3\.org/2000/svg\")|@import", document.replace("&lt;", "")
    )
    assert not any("onload" in key for one in parsed(document).iter() for key in one.attrib)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 12)), min_size=1, max_size=60))
def test_every_sentence_is_a_block_where_it_is_said(gaps: list[tuple[int, int]]) -> None:
    events, now = [], 0.0
    for gap, long in gaps:
        events.append(speech(now + gap, long, f"from {now + gap}"))
        now += gap + long
    one = timeline(now + 5, *events)
    blocks = shapes(parsed(compared([("", Score(one))], "A line", "")), "rect", "say")
    assert [block.findtext(SVG + "title") for block in blocks] == [event.text for event in events]
    scale = (WIDE - 14 - 22) / one.frames
    for block, event in zip(blocks, events, strict=True):
        x, wide = at(block, "x", "width")
        assert x == pytest.approx(14 + event.start * scale, abs=0.02)
        assert wide == pytest.approx(max(event.frames * scale, 0.6), abs=0.02)


def test_a_long_session_is_read_in_lines_with_its_minutes() -> None:
    line = timeline(720, speech(90, 6, "first"), speech(175, 10, "across"), speech(600, 6, "last"))
    root = parsed(drawn(Score(line)))
    numbers = {
        text.text: at(text, "x", "y") for text in root.iter(SVG + "text") if (text.text or "").isdigit()
    }
    assert set(numbers) == {str(minute) for minute in range(1, 13)}
    assert len({y for _, y in numbers.values()}) == 4
    minute = numbers["2"][0] - numbers["1"][0]
    blocks = [block for block in shapes(root, "rect", "say") if block.find(SVG + "title") is not None]
    first, before, after, last = blocks
    assert at(first, "x")[0] == pytest.approx(numbers["1"][0] + minute / 2, abs=0.02)
    assert at(last, "x")[0] == pytest.approx(numbers["10"][0], abs=0.02)
    assert (before.findtext(SVG + "title"), after.findtext(SVG + "title")) == ("across", "across")
    assert at(before, "x", "width") == pytest.approx([14 + minute * 175 / 60, minute * 5 / 60], abs=0.02)
    assert at(after, "x", "width") == pytest.approx([14, minute * 5 / 60], abs=0.02)


def test_breathing_rises_and_falls_at_its_times() -> None:
    line = timeline(
        100,
        Event("breath", frames(10), frames(4), sound="in", cue="in"),
        Event("breath", frames(14), frames(2), sound="hold"),
        Event("breath", frames(16), frames(6), sound="out", cue="out"),
        speech(10, 1, "Breathe in."),
        speech(40, 5, "Now let it be."),
    )
    root = parsed(compared([("", Score(line))], "A breath", ""))
    (curve,) = shapes(root, "path", "breath")
    found = points(curve.get("d", ""))
    x = {second: 14 + second * (WIDE - 36) / 100 for second in (10, 14, 16, 22)}
    # The floor, the top from the end of the breath in to the end of the hold, and the floor again.
    places = [found[0], found[1], found[4], found[7], found[10]]
    assert [place[0] for place in places] == pytest.approx([x[10], x[10], x[14], x[16], x[22]], abs=0.02)
    floor, top = found[0][1], min(y for _, y in found)
    assert [place[1] for place in places] == [floor, floor, top, top, floor]
    assert [at(dot, "cy")[0] for dot in shapes(root, "circle", "tone")] == [floor, top]
    low, full = shapes(root, "rect", "say")
    assert at(low, "height")[0] < at(full, "height")[0]


def test_a_breath_across_two_lines_goes_on_at_the_same_height() -> None:
    line = timeline(300, Event("breath", frames(56), frames(8), sound="in"))
    one, other = [
        points(curve.get("d", ""))
        for curve in shapes(parsed(drawn(Score(line))), "path", "breath")
        if len(curve.get("d", "")) > 0
    ][:2]
    assert one[0][1] - one[4][1] == pytest.approx(other[0][1] - other[1][1], abs=0.02)
    assert one[0][1] - one[4][1] == pytest.approx(13, abs=0.1)  # halfway up


def test_silences_are_open_announced_or_exact() -> None:
    line = timeline(
        100,
        rest(0, 20),
        rest(20, 20, "exact"),
        part(40, 30, "A while", "announce"),
        rest(41, 29),
        rest(80, 0.5),
    )
    root = parsed(compared([("", Score(line))], "Silences", ""))
    exact, dots = shapes(root, "path", "rest")
    assert "announced" in (dots.get("class") or "")
    assert "announced" not in (exact.get("class") or "")
    scale = (WIDE - 36) / 100
    assert [x for x, _ in points(exact.get("d", ""))][:2] == pytest.approx([15 + 20 * scale, 13 + 40 * scale])
    assert [text.text for text in root.iter(SVG + "text") if " s" in (text.text or "")] == ["20 s"]


def test_a_bell_is_a_dot_where_it_is_struck_and_rings_to_its_end() -> None:
    root = parsed(
        compared([("", Score(timeline(100, Event("bell", frames(50), frames(12), sound="bowl"))))], "", "")
    )
    (dot,) = shapes(root, "circle", "bell")
    (ring,) = shapes(root, "path", "ring")
    scale = (WIDE - 36) / 100
    assert at(dot, "cx")[0] == pytest.approx(14 + 50 * scale)
    assert max(x for x, _ in points(ring.get("d", ""))) == pytest.approx(14 + 62 * scale, abs=0.02)
    assert dot.findtext(SVG + "title") == "bowl"


def test_beds_are_as_high_as_they_are_loud_and_fade_at_their_ends() -> None:
    def heights(level: float, *changes: BedChange) -> list[list[tuple[float, float]]]:
        line = timeline(100, *(speech(second, 3) for second in range(0, 99, 5)), beds=changes)
        found = shapes(parsed(compared([("", Score(line, bed="rain", level=level))], "", "")), "path", "bed")
        return [points(one.get("d", "")) for one in found]

    (usual,) = heights(-24)
    (soft,) = heights(-30)
    floor = usual[0][1]
    assert usual[1][1] == floor == usual[-2][1]
    assert floor - min(y for _, y in usual) == pytest.approx(7.5, abs=0.05)
    assert floor - min(y for _, y in soft) == pytest.approx(7.5 / 2, abs=0.05)
    one, other = heights(-24, BedChange(frames(50), "drone", None, frames(10)))
    scale = (WIDE - 36) / 100
    assert max(x for x, _ in one) == pytest.approx(14 + 60 * scale, abs=0.02)
    assert min(x for x, _ in other) == pytest.approx(14 + 50 * scale, abs=0.02)


def test_what_does_not_occur_is_not_explained() -> None:
    def words(score: Score) -> str:
        return " ".join(text.text or "" for text in parsed(drawn(score)).iter(SVG + "text"))

    plain = words(Score(timeline(60, speech(1, 5))))
    for sign in ("breathing", "bell", "pause", "announced", "rain", "question"):
        assert sign not in plain
    full = Score(
        timeline(60, Event("bell", 0, 5, sound="bowl"), rest(1, 2, "exact")), "", "rain", questions=2
    )
    for sign in ("bell", "exact pause", "rain", "2 questions"):
        assert sign in words(full)
    assert "1 questions" not in words(Score(timeline(60), questions=1))


def test_it_says_in_words_what_it_shows() -> None:
    root = parsed(
        drawn(Score(timeline(90, part(0, 40, "Arriving"), part(40, 50, "Coming back")), "One Breath"))
    )
    assert root.get("role") == "img"
    assert root.get("width") is root.get("height") is None
    assert [one.tag for one in root][:2] == [SVG + "title", SVG + "desc"]
    told = root.findtext(SVG + "desc") or ""
    assert told.startswith("A timeline of 1 min 30 s")
    assert "Arriving at 0:00 and Coming back at 0:40" in told


def test_it_tells_bells_breaths_beds_and_announced_quiet_too() -> None:
    def told(score: Score) -> str:
        return parsed(drawn(score)).findtext(SVG + "desc") or ""

    line = timeline(
        600,
        *(Event("bell", frames(second), frames(12), sound="bowl") for second in (0, 588)),
        *(Event("breath", frames(60 + 4 * n), frames(4), sound=("in", "out")[n % 2]) for n in range(4)),
        *(Event("breath", frames(second), frames(4), sound="in") for second in (76.5, 200)),
        part(300, 100, "A while", "announce"),
        speech(300, 5),
        rest(305, 90),
        rest(398, 2, "exact"),
        rest(450, 30),
        beds=(BedChange(frames(50), "drone", None, frames(10)), BedChange(frames(90), "none", None, 0)),
    )
    full = told(Score(line, "", "rain", questions=1))
    assert "Bells at 0:00 and 9:48." in full
    assert "Breathing is guided from 1:00 to 1:20 and from 3:20 to 3:24." in full
    assert "Announced quiet from 5:05 to 6:35." in full
    assert "Under the voice: rain and drone." in full
    assert "Afterwards a question, if you like." in full
    plain = told(Score(timeline(60, speech(1, 5), rest(6, 30))))
    assert not re.search("[Bb]ell|[Bb]reath|nnounced|voice|question|part", plain)
    many = [Event("bell", frames(second), frames(1)) for second in range(100)]
    assert "and 76 more." in told(Score(timeline(100, *many)))


def test_its_language_and_its_names_are_said() -> None:
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    german = parsed(drawn(Score(timeline(60), "Der See", language="de-AT")))
    assert german.get(language) == "de-AT"
    names = {one.get("id"): one.tag for one in german if one.get("id")}
    assert names[german.get("aria-labelledby")] == SVG + "title"
    assert names[german.get("aria-describedby")] == SVG + "desc"
    (desc,) = german.iter(SVG + "desc")
    assert desc.get(language) == "en"
    english = parsed(drawn(Score(timeline(60), "The Lake")))
    assert english.get(language) == "en"
    assert english.get("aria-labelledby") != german.get("aria-labelledby")
    assert parsed(compared([("", Score(timeline(60)))], "Two", "The same")).get(language) == "en"


@pytest.mark.parametrize("place", ["day", "night", "print"])
def test_what_carries_meaning_stands_out_from_what_it_lies_on(place: str) -> None:
    style = parsed(drawn(Score(timeline(60)))).findtext(SVG + "style") or ""
    day, _, rest_of = style.partition("@media (prefers-color-scheme:dark){")
    night, _, printed = rest_of.partition("@media print{")
    rules: dict[str, dict[str, str]] = {}
    for names, body in re.findall(
        r"([^{}]+)\{([^{}]*)\}", {"day": day, "night": night, "print": printed}[place]
    ):
        found = dict(re.findall(r"(fill|stroke):(#[0-9a-f]+)", body))
        rules.setdefault(names, {}).update(found)
    for ground in (rules[".paper"]["fill"], rules[".band"]["fill"]):
        for name in (".say", ".inner", ".bell", ".tone"):
            assert contrast(rules[name]["fill"], ground) >= 3, (name, ground)
        for name in (".line", ".bed", ".ring", ".breath", ".rest", ".edge"):
            assert contrast(rules[name]["stroke"], ground) >= 3, (name, ground)
        for name in ("text", ".q"):
            assert contrast(rules[name]["fill"], ground) >= 4.5, (name, ground)
    assert contrast(rules["text"]["fill"], rules[".bed"]["fill"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG defines it: 1 to 21."""

    def lightness(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted(map(lightness, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_it_has_colours_for_night_and_for_paper() -> None:
    style = parsed(drawn(Score(timeline(60)))).findtext(SVG + "style") or ""
    assert "prefers-color-scheme:dark" in style
    assert "@media print" in style
    assert style.count("{") == style.count("}")


def test_twenty_minutes_are_a_small_file() -> None:
    events = [
        speech(7 * place, 4, f"{place} words about as long as such sentences are") for place in range(170)
    ]
    events += [part(30 * place, 30, f"A part called {place}") for place in range(40)]
    assert len(drawn(Score(timeline(1200, *events), "Twenty Minutes", "rain", questions=3)).encode()) < 40_000


# ── the names of parts ───────────────────────────────────────────────────────────────────────────────────

NAMES = st.lists(
    st.builds(
        Name, st.floats(0, 540), st.text(max_size=40).map(clean), st.sampled_from([11.0, 12.5]), st.booleans()
    ),
    max_size=24,
).map(lambda names: sorted(names, key=lambda name: name.x))


@settings(deadline=None)
@given(NAMES)
def test_no_name_touches_another_or_lies_on_its_line(names: list[Name]) -> None:
    for placed in (packed(names, 554, 5), preferred(names, 554, 5)):
        shown = [one for one in placed if one.text]
        for one, other in pairwise(shown):
            assert one.name.x <= other.name.x
        for place, one in enumerate(shown):
            end = one.name.x + width(one.text, one.name.size)
            assert end <= 554.01
            # A line leads down from a name: past all that are lower.
            assert all(end < other.name.x for other in shown[place + 1 :] if other.row >= one.row)


def test_names_stand_in_steps_where_they_are_close() -> None:
    placed = packed(
        [Name(0, "Somewhere warm", 12), Name(20, "Someone easy", 12), Name(300, "After", 12)], 554, 5
    )
    assert [one.row for one in placed] == [1, 0, 0]
    assert [one.text for one in placed] == ["Somewhere warm", "Someone easy", "After"]


def test_lesser_names_give_way_before_a_greater_one_is_cut() -> None:
    names = [Name(0, "A rather long name", 12, bold=True), Name(10, "within", 12), Name(20, "and within", 12)]
    assert packed(names, 554, 2)[0].text != names[0].text
    assert [one.text for one in preferred(names, 554, 2)] == [names[0].text, "within"]


def test_a_thousand_parts_are_all_drawn_and_a_few_of_them_named() -> None:
    line = timeline(60, *(part(place * 0.06, 0.06, f"Part {place}") for place in range(1000)))
    root = parsed(compared([("", Score(line))], "Many", ""))
    assert len(shapes(root, "rect", "band")) == 1000
    assert 0 < len(shapes(root, "text", "b")) <= 60


@settings(deadline=None)
@given(st.text(), st.floats(0, 300), st.sampled_from([11.0, 19.0]))
def test_a_text_is_cut_to_its_room(text: str, room: float, size: float) -> None:
    found = cut(text, room, size)
    assert width(found, size) <= room
    assert len(found) <= room + 1
    assert found in ("", clean(text)) or found.endswith("…")


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────

SCRIPT = """
guide: 1
title: One <Breath>
language: en-AU
length: {shortest: 1m, usual: 1m, longest: 2m}
ambience: {sound: rain}
steps:
  - bell
  - part: Arriving
    steps:
      - say: Breathe in, and out.
      - rest: {about: 40s, least: 30s, most: 45s}
      - say: That was all.
      - rest: {about: 20s, least: 1s, most: 45s}
reflection:
  questions:
    - ask: What did you notice?
"""


def guide(home: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    path = home / "one-breath.yaml"
    path.write_text(SCRIPT)
    return subprocess.run(
        [sys.executable, "-m", "guide", "show", str(path), "--voice", "hum", *words],
        env={**os.environ, "GUIDE_HOME": str(home), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_the_command_writes_the_picture_of_what_would_be_played(tmp_path: Path) -> None:
    file = tmp_path / "breath.svg"
    file.write_text("of before")
    done = guide(tmp_path, "--for", "70s", "--svg", str(file))
    assert (done.stderr, done.returncode) == (b"", 0)
    assert b"breath.svg: One <Breath>, 1:10." in done.stdout
    root = parsed(file.read_text("utf-8"))
    assert root.findtext(SVG + "title") == "One <Breath>"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-AU"
    told = [text.text for text in root.iter(SVG + "text")]
    assert {"1 min 10 s", "Arriving", "rain", "afterwards a question, if you like"} <= set(told)
    assert sorted(one.name for one in tmp_path.glob("*breath*")) == ["breath.svg", "one-breath.yaml"]
    assert guide(tmp_path, "--for", "70s", "--svg", "-").stdout == file.read_bytes()


def test_what_cannot_be_written_or_asked_is_a_sentence(tmp_path: Path) -> None:
    nowhere = guide(tmp_path, "--svg", str(tmp_path / "nowhere" / "breath.svg"))
    assert (nowhere.returncode, b"there is no folder" in nowhere.stderr) == (2, True)
    both = guide(tmp_path, "--svg", "-", "--json")
    assert (both.returncode, both.stdout) == (2, b"")
    long = guide(tmp_path, "--svg", str(tmp_path / ("long" * 100 + ".svg")))
    assert (long.returncode, b"could not be written" in long.stderr) == (1, True)
    assert b"Traceback" not in nowhere.stderr + both.stderr + long.stderr

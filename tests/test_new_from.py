"""`guide new --from`: whatever the text, a script that is valid, fits, and says every word of it."""

import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from meditations import BELLS

from guide.arrange import Material
from guide.cli import guide
from guide.clips import Clips
from guide.duration import frames
from guide.expand import Circumstances, Item, Sentence, Silence, expand
from guide.folders import Folders
from guide.library import Library
from guide.script import Script, parse
from guide.script.draft import DraftError, draft
from guide.script.models import Part, Rest, Say
from guide.script.pages import steps_of
from guide.session import Wish, prepare
from guide.voices.hum import Hum
from guide.voices.system import System

LIBRARY = Library.find(Folders(Path("no"), Path("no"), Path("no"), Path("no")))
ANY = st.text(st.characters(codec="utf-8"), max_size=400)
ODD = (
    "# A", "## B", "#", "- say: x", "steps:", "|", ">", "{", "}", "{name}", "{name|friend}", "{x}", "'", '"',
    "\t", "\ufeff", "\u202e", "\x1b[2J", "\x00", "\u2028", "\r", "\r\n", "\n\n", "\n\n\n", "---", "...",
    "%YAML 1.2", "!!python/object", "&a *a", "<<: 1", "ß", "नमस्ते", "静かに。", "مرحبا", "😀", "e\u0301",
    "a" * 90, "May it be.", "Is it?", "1:30", "no", "null", "`", "\\", "x: y # z", "\u00ad",
    "\U000e0001", "\ufffe",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(ODD), max_size=40).map(" ".join)
WORDS = st.sampled_from(
    """let the breath come and go as it likes while nothing needs to be done by you perhaps a warm hand
    in Zürich, 3,000 1:30 naïve A.B.C. e-mail café (or not) it's “here” 7""".split()  # noqa: SIM905
)
SENTENCE = st.builds(
    lambda words, end: " ".join(words).capitalize() + end,
    st.lists(WORDS, min_size=1, max_size=22),
    st.sampled_from([".", ".", "?", "…", ", and so on."]),
)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=9).map(" ".join)
TEXT = st.lists(PARAGRAPH | st.just("## A heading") | st.just("* * *"), min_size=1, max_size=12).flatmap(
    lambda parts: st.lists(
        st.sampled_from(["\n\n", "\n\n\n", "\n\n\n\n"]), min_size=len(parts), max_size=len(parts)
    ).map(lambda gaps: "".join(part + gap for part, gap in zip(parts, gaps, strict=True)))
)


def script(text: str) -> Script:
    """The script that a text becomes, checked."""
    return parse(draft(text.encode(), "a-text"), name="a-text", find_part=lambda _: None)


def said(one: Script) -> str:
    return " ".join(step.say for step in steps_of(one.page.steps) if isinstance(step, Say))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def items(one: Script, target: int = 0) -> tuple[Item, ...]:
    return expand(one, Circumstances(target or one.page.length.usual, "a"))


@settings(max_examples=200, deadline=None)
@given(ANY | HOSTILE)
def test_whatever_the_text_it_is_a_valid_script_or_a_reason(text: str) -> None:
    try:
        page = draft(text.encode(), "a-text")
    except DraftError:
        return
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", page)
    one = parse(page, name="a-text", find_part=lambda _: None)
    assert one.page.length.shortest <= one.page.length.usual <= one.page.length.longest


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_every_word_is_said_as_it_was_written(text: str) -> None:
    try:
        one = script("Not a title, since it ends.\n\n" + text)
    except DraftError:
        return
    kept = "\n".join(line for line in text.split("\n") if not line.startswith("## "))
    assert words(said(one)) == words("Not a title, since it ends. " + kept)


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_nobody_speaks_for_half_a_minute_without_a_rest(text: str) -> None:
    try:
        one = script(text)
    except DraftError:
        return
    clips, taken = Clips(Hum(), 1.0, 0.0), 0
    for item in items(one):
        if isinstance(item, Sentence):
            taken += clips.estimate(item.text)
        elif isinstance(item, Silence) and item.least >= frames(3):
            taken = 0
        elif isinstance(item, Silence):
            taken += item.least
        assert taken <= frames(30)


@settings(max_examples=100, deadline=None)
@given(TEXT, st.sampled_from([0.75, 1.0, 1.3]))
def test_it_fits_each_of_its_lengths_however_wrong_the_estimates(text: str, share: float) -> None:
    try:
        one = script(text)
    except DraftError:
        return
    clips = Clips(Hum(), 1.0, 0.0)
    length = one.page.length
    for target in (length.shortest, length.usual, length.longest):
        row = items(one, target)
        spoken = {
            item.text: round(share * clips.estimate(item.text)) for item in row if isinstance(item, Sentence)
        }
        assert Material(row, spoken, {**BELLS, "bowl": frames(12)}).fits(target)


@pytest.fixture(scope="module")
def voice() -> System:
    return System()


@settings(max_examples=12, deadline=None)
@given(TEXT)
def test_it_fits_with_the_default_voice(voice: System, text: str) -> None:
    try:
        one = script(text)
    except DraftError:
        return
    length = one.page.length
    for target in (length.shortest, length.usual, length.longest):
        assert prepare(one, Wish(target=target, seed="a"), voice, LIBRARY).timeline.frames == target


# ── what it makes of it ──────────────────────────────────────────────────────────────────────────────────


def rests(text: str) -> list[int]:
    return [
        step.rest.about // frames(1) for step in steps_of(script(text).page.steps) if isinstance(step, Rest)
    ]


def test_rests_are_as_long_as_what_they_follow() -> None:
    first = "This is a sentence."
    assert rests(f"{first}\n\nWhat is here?\n\nMay it be well.\n\n{first}\n\n\n{first}\n\n\n\n{first}") == [
        7, 15, 8, 20, 25, 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "title", "parts"),
    [
        ("# The *lake*: 1\n\nSit.", "The *lake*: 1", []),
        ("The lake\n\nSit.", "The lake", []),
        ("The lake.\n\nSit.", "A text", []),
        ("Sit.", "A text", []),
        ("The lake", "A text", []),
        ("The lake\nSit down now\n\nAnd be.", "The lake Sit down now", []),
        ('# One\nSit.\n## Two: "x" #\nStay.\n### Three\nGo.', "One", ['Two: "x"', "Three"]),
        ("#no heading\n\nSit.", "#no heading", []),
        ("\ufeff# One\r\n\r\nSit.\r\n", "One", []),
    ],
)  # fmt: skip
def test_titles_and_headings_are_found(text: str, title: str, parts: list[str]) -> None:
    page = script(text).page
    assert page.title == title
    assert [step.part for step in steps_of(page.steps) if isinstance(step, Part)] == parts


def test_braces_are_the_listeners_name_or_round() -> None:
    text = said(script("Hello, {name|friend}. Here is {that} and {another thing, {name}."))
    assert " ".join(text.split()) == "Hello, {name|friend}. Here is (that) and (another thing, {name}."


def test_quotes_signs_and_comments_stay() -> None:
    text = """He said: "no" # not a comment - 'yes' | > & * ! % @ ` \\n end."""
    assert said(script(text + "\n\n- one\n- two.")).split() == (text + " - one - two.").split()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "nothing in it that could be said"),
        (b"# Only a title", "nothing in it"),
        (b"--- *** !!!", "nothing in it"),
        (b"\xff\xfeS\x00", "no plain text in UTF-8"),
        (b"word " * 60_000, "larger than 256 KiB"),
        (b"One two three four five six. " * 3_000, "more than three hours"),
        (b"A.\n\n" * 3_000, "too long for one session"),
    ],
)
def test_what_cannot_be_made_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(DraftError, match=reason):
        draft(content, "a-text")


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────


def run(*words: str) -> Result:
    return CliRunner().invoke(guide, ["new", *words])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))
    return tmp_path


def test_a_text_becomes_a_script_that_check_is_content_with(folder: Path) -> None:
    (folder / "see.txt").write_text("Der See\n\nSetz dich hin.\n\nMöge es gut sein.\n", "utf-8")
    done = run("der-see", "--from", "see.txt", "--language", "de")
    assert done.exit_code == 0, done.stderr
    assert CliRunner().invoke(guide, ["check", "der-see.yaml"]).output == "1 script, no problems.\n"
    page = (folder / "der-see.yaml").read_text("utf-8")
    assert "language: de" in page
    assert "Setz dich hin." in page


def test_it_overwrites_nothing(folder: Path) -> None:
    (folder / "a.txt").write_text("Sit.")
    (folder / "a.yaml").write_text("mine")
    done = run("a", "--from", "a.txt")
    assert done.exit_code == 1
    assert "is there already, and stays as it is" in done.stderr
    assert (folder / "a.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--from", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["--from", "."], "is not a file that could hold a text"),
        (["--from", "/dev/zero"], "is not a file that could hold a text"),
        (["--from", "empty.txt"], "Nothing can be made of empty.txt: there is nothing in it"),
        (
            ["--from", "greek.txt"],
            "is in Greek letters, which a voice for 'en' does not read; name the language",
        ),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_no_file(
    folder: Path, words: list[str], reason: str
) -> None:
    (folder / "empty.txt").touch()
    (folder / "greek.txt").write_text("Κάθισε.", "utf-8")
    (folder / "a.txt").write_text("Sit.")
    done = run("a", *words)
    assert done.exit_code == 1
    assert reason in done.stderr
    assert not (folder / "a.yaml").exists()
    assert stat.S_ISREG((folder / "a.txt").stat().st_mode)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--language", "de"], "--language is for a text of yours"),
        (["--from", "a.txt", "--language", "de: x"], "is not the code of a language"),
        (["--from", "a.txt", "--language", "de\nsteps: []"], "is not the code of a language"),
        (
            ["--from", "a.txt", "--language", "xx"],
            "no voice speaks 'xx'. Those that are spoken: guide voices",
        ),
        (["--from", "a.txt", "--language", "de-XX"], "no voice speaks 'de-XX'. Try de."),
    ],
)
def test_a_language_that_nobody_speaks_is_a_mistake_in_the_command(
    folder: Path, words: list[str], reason: str
) -> None:
    (folder / "a.txt").write_text("Sit.")
    done = run("a", *words)
    assert (done.exit_code, reason in done.stderr) == (2, True), done.stderr
    assert not (folder / "a.yaml").exists()


@pytest.mark.parametrize("language", ["en-AU", "pt-BR", "de"])
def test_a_language_with_a_voice_is_taken(folder: Path, language: str) -> None:
    (folder / "a.txt").write_text("Sit.")
    assert run("a", "--from", "a.txt", "--language", language).exit_code == 0
    assert f"language: {language}\n" in (folder / "a.yaml").read_text()


@pytest.mark.parametrize("setting", ["voice: hum", "options: {new: {language: xx}}"])
def test_what_is_set_for_good_is_no_mistake(folder: Path, setting: str) -> None:
    config = folder / "home" / "config"
    config.mkdir(parents=True)
    (config / "config.yaml").write_text(setting)
    (folder / "a.txt").write_text("Sit.")
    words = ["a", "--from", "a.txt", "--language", "xx"] if "voice" in setting else ["a"]
    done = CliRunner().invoke(guide, ["new", *words])
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize("words", [[], ["--from", "a.txt"]])
def test_it_says_which_command_looks_at_its_craft(folder: Path, words: list[str]) -> None:
    (folder / "a.txt").write_text("Sit.")
    assert "guide check --practice a.yaml" in run("a", *words).stdout


@settings(max_examples=100, deadline=None)
@given(TEXT | ANY | HOSTILE)
def test_there_is_room_around_the_usual_length(text: str) -> None:
    try:
        length = script(text).page.length
    except DraftError:
        return
    assert length.shortest < length.usual
    assert length.usual >= 1.15 * length.shortest or length.usual == length.longest

"""Problems are values with a place, all of them in one run, in words for the author."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.cli import guide
from guide.duration import frames
from guide.script import Problem, ScriptError, check_sounds, is_part, parse
from guide.script.models import STEPS
from guide.script.problems import listing, nearest, shown
from guide.script.shape_words import EXAMPLES

HEAD = "guide: 1\ntitle: Evening\nlength: {shortest: 5m, usual: 10m, longest: 20m}\n"
BROKEN = Path(__file__).parent / "broken"


def _told(text: str, **parts: str) -> list[str]:
    def find(words: str) -> tuple[str, bytes] | None:
        return (f"parts/{words}.yaml", parts[words].encode()) if words in parts else None

    try:
        parse(HEAD + text, name="evening", path="evening.yaml", find_part=find)
    except ScriptError as error:
        return str(error).splitlines()
    return []


def test_a_problem_is_file_line_column_and_words() -> None:
    problem = Problem("evening.yaml", 14, 5, "unknown step 'puase'; did you mean 'pause'?")
    assert str(problem) == "evening.yaml:14:5: unknown step 'puase'; did you mean 'pause'?"
    assert _told("steps:\n  - puase: 2s\n") == [
        "evening.yaml:5:5: unknown step 'puase'; did you mean 'pause'?"
    ]


def test_an_error_is_its_problems_sorted_each_once() -> None:
    one, two, three = (Problem("a", 2, 1, "x"), Problem("a", 10, 1, "x"), Problem("b", 1, 1, "x"))
    error = ScriptError([three, two, one, two])
    assert error.problems == (one, two, three)
    assert str(error) == "a:2:1: x\na:10:1: x\nb:1:1: x"
    assert error.exit_code == 1


def test_all_problems_of_all_files_come_in_one_run() -> None:
    told = _told(
        "kind: inquirry\nsteps:\n  - include: one\n  - rest: 2m\n"
        "  - say: 'Hello, {nmae}.'\n  - pause: soon\n",
        one="guide: 1\nsteps:\n  - sya: Hello.\n  - include: two\n",
        two="guide: 1\nsteps:\n  - rest: 3m\n  - bel\n",
    )
    assert [line.split(": ")[0] for line in told] == [
        "evening.yaml:4:7",
        "evening.yaml:7:5",
        "evening.yaml:8:18",
        "evening.yaml:9:12",
        "parts/one.yaml:3:5",
        "parts/two.yaml:3:5",
        "parts/two.yaml:4:5",
    ]


def test_below_a_misspelt_word_the_script_is_still_checked() -> None:
    told = _told("stesp:\n  - prat: One\n    setps:\n      - bel\n")
    guesses = [line.rsplit("did you mean ", 1)[1] for line in told]
    assert guesses == [
        "'steps'?",
        "'part'?",
        "'steps'?",
        "'bell'?",
    ]


def test_text_in_braces_ends_at_a_comma() -> None:
    (told,) = _told("steps:\n  - {say: Eyes open, or closed.}\n")
    assert told.startswith("evening.yaml:5:22: text inside { } ends at a comma, and 'or closed.' was cut off")
    assert _told('steps:\n  - {say: "Eyes open, or closed."}\n') == []


@pytest.mark.parametrize("word", STEPS)
def test_a_step_without_its_value_is_shown_an_example(word: str) -> None:
    if word == "bell":
        assert _told("steps: [bell]") == []
        return
    (told,) = _told(f"steps:\n  - {word}\n")
    assert told == f"evening.yaml:5:5: '{word}' needs more, like '- {EXAMPLES[word]}'"


def test_every_step_has_an_example_that_can_be_read() -> None:
    assert EXAMPLES.keys() == STEPS.keys()
    for word, example in EXAMPLES.items():
        text = example.replace("…", "bell") + ("\n    steps: [bell]" if word == "part" else "")
        assert _told(f"steps:\n  - {text}\n", arrive="guide: 1\nsteps: [bell]\n") == []


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(sorted(STEPS)), st.data())
def test_two_letters_that_changed_places_are_guessed(word: str, data: st.DataObject) -> None:
    if len(word) < 5:
        return
    at = data.draw(st.integers(0, len(word) - 2))
    misspelt = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert nearest(misspelt, STEPS) == word


@pytest.mark.parametrize(
    ("rest", "fine"),
    [("45s", True), ("46s", False), ("{about: 20s, most: 46s}", False), ("{about: 20s, most: 45s}", True)],
)
def test_a_rest_past_45_seconds_is_announced(rest: str, *, fine: bool) -> None:
    assert (_told(f"steps: [{{rest: {rest}}}]") == []) is fine
    assert _told(f"steps: [{{part: Quiet, intent: announce, steps: [{{rest: {rest}}}]}}]") == []
    assert _told("steps: [{part: Quiet, intent: announce, steps: [include: calm]}]",
                 calm=f"guide: 1\nsteps: [{{rest: {rest}}}]") == []  # fmt: skip


def test_the_last_rest_of_a_session_for_sleep_may_be_long() -> None:
    assert _told("kind: sleep\nsteps: [{rest: 20s}, {rest: 5m}, {pause: 1s}]") == []
    assert len(_told("kind: sleep\nsteps: [{rest: 5m}, {rest: 20s}]")) == 1
    assert _told("kind: sleep\nsteps: [{include: night}]", night="guide: 1\nsteps: [{rest: 5m}]") == []
    assert len(_told("kind: sleep\nsteps: [{repeat: {times: 2, steps: [{rest: 5m}]}}]")) == 1


def test_after_a_question_there_are_eight_seconds() -> None:
    assert len(_told("steps: [{say: What is here?}, {rest: {about: 10s, least: 7s}}]")) == 1
    assert _told("steps: [{say: What is here?}, {rest: {about: 10s, least: 8s}}]") == []
    assert _told("steps: [{say: It is here.}, {rest: {about: 10s, least: 3s}}]") == []
    assert _told("steps: [{say: What is here?}, {rest: 5s}]") == []


@pytest.mark.parametrize("text", ["{name}", "{name|friend}", "Hello, {name|}."])
def test_the_placeholders_are_name_with_or_without_a_fallback(text: str) -> None:
    assert _told(f"steps:\n  - say: 'Hello {text}'\n") == []


def test_sounds_that_do_not_exist_are_problems_with_suggestions() -> None:
    text = (
        "ambience: {sound: rian}\nsteps: [bell, {bell: {sound: bowll}}, {ambience: {sound: sea}},"
        " {ambience: {sound: none}}, {include: one}]"
    )
    part = b"guide: 1\nsteps: [{bell: {sound: gong}}]"
    script = parse(HEAD + text, name="x", path="x.yaml", find_part=lambda _: ("one.yaml", part))
    assert [str(problem) for problem in check_sounds(script, ["bowl", "chime"], ["rain", "drone"])] == [
        "one.yaml:2:9: there is no bell called 'gong'; there are bowl and chime",
        "x.yaml:4:11: there is no ambience called 'rian'; did you mean 'rain'?",
        "x.yaml:5:15: there is no bell called 'bowll'; did you mean 'bowl'?",
        "x.yaml:5:39: there is no ambience called 'sea'; there are rain and drone",
    ]


def test_what_is_shown_of_a_text_is_one_harmless_line() -> None:
    assert shown("a\n\x1b[31mb\u202ec") == "'a [31mb c'"
    assert len(shown("long " * 100)) <= 42
    assert shown("") == "''"


def test_a_list_is_read_like_speech() -> None:
    assert listing(["say"]) == "say"
    assert listing(["say", "pause", "rest"], "and") == "say, pause and rest"


def test_a_length_of_time_is_shown_in_the_words_that_read_it() -> None:
    (told,) = _told("steps: [{rest: 90s}]")
    assert "may last 1m30s;" in told
    assert frames(90) == 90 * 48_000


def test_check_prints_problems_one_a_line_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    run = CliRunner().invoke(guide, ["check", "colon.yaml", "misspelt.yaml"])
    expected = (BROKEN / "colon.txt").read_text() + (BROKEN / "misspelt.txt").read_text()
    assert (run.exit_code, run.stdout, run.stderr) == (1, expected, "")


def test_check_gives_json_that_says_the_same() -> None:
    run = CliRunner().invoke(guide, ["check", "--json", str(BROKEN / "colon.yaml")])
    (problem,) = json.loads(run.stdout)
    assert run.exit_code == 1
    assert list(problem) == ["path", "line", "column", "message"]
    assert (problem["line"], problem["column"]) == (5, 16)
    fine = CliRunner().invoke(guide, ["check", "--json", str(BROKEN.parent.parent / "scripts")])
    assert (fine.exit_code, json.loads(fine.stdout)) == (0, [])


def test_check_reads_a_folder_with_its_parts(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "one.yaml").write_text(f"{HEAD}steps: [include: arrive]\n")
    part = tmp_path / "parts" / "arrive.yaml"
    part.write_text("guide: 1\nsteps: [bell]\n")
    (tmp_path / "notes.txt").write_text("not a script")
    assert is_part(part)
    assert not is_part(tmp_path / "one.yaml")
    assert CliRunner().invoke(guide, ["check", str(tmp_path)]).stdout == "1 script, no problems.\n"
    assert CliRunner().invoke(guide, ["check", str(part)]).stdout == "1 part, no problems.\n"
    part.write_text("guide: 1\nsteps: [bel]\n")
    told = CliRunner().invoke(guide, ["check", str(tmp_path)]).stdout.splitlines()
    assert told == [f"{part}:2:9: unknown step 'bel'; did you mean 'bell'?"]


def test_check_finds_sounds_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(f"{HEAD}steps: [bell: {{sound: gong}}]\n")
    run = CliRunner().invoke(guide, ["check", str(tmp_path / "one.yaml")])
    assert run.exit_code == 1
    assert "there is no bell called 'gong'" in run.stdout


def test_check_knows_sessions_by_name_and_says_what_it_does_not_find(tmp_path: Path) -> None:
    assert CliRunner().invoke(guide, ["check", "self-love"]).stdout == "1 script, no problems.\n"
    gone = CliRunner().invoke(guide, ["check", "self-lov"])
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "Did you mean 'self-love'?" in gone.stderr
    empty = CliRunner().invoke(guide, ["check", str(tmp_path)])
    assert empty.exit_code == 1
    assert "There is no script in" in empty.stderr

"""What is written in a script is what is read from it."""

import doctest
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

import guide.script
from guide.cli import guide as command
from guide.duration import frames
from guide.errors import StorageError
from guide.library import Library
from guide.script import Script, ScriptError, load, parse
from guide.script.models import (
    PLACE,
    Ambience,
    Bell,
    Breathe,
    Choose,
    Include,
    Part,
    Pause,
    Place,
    Repeat,
    Rest,
    Say,
)

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "scripts"
HEAD = "guide: 1\ntitle: Evening\nlength: {shortest: 5m, usual: 10m, longest: 20m}\n"


def _script(text: str, **parts: str) -> Script:
    def find(words: str) -> tuple[str, bytes] | None:
        return (f"parts/{words}.yaml", parts[words].encode()) if words in parts else None

    return parse(HEAD + dedent(text), name="evening", path="evening.yaml", find_part=find)


def test_every_kind_of_step_is_read() -> None:
    script = _script(
        """\
        steps:
          - bell
          - bell: {sound: chime, settle: 5s}
          - include: arrive
          - part: Meeting the wall
            intent: difficult
            from: 8m
            until: 18m
            steps:
              - say: |
                  One line.

                  And another.
              - pause: 2s
              - rest: 20s
              - rest: {about: 30s, least: 10s, most: 45s}
              - breathe: {in: 4s, out: 6s, rounds: 6, cue: tone}
              - repeat: {times: 3, steps: [pause: 1s]}
              - choose: [[say: Yes.], [say: No.]]
          - ambience: {sound: ocean, fade: 4s, level: -30}
        """,
        arrive="guide: 1\nsteps: [{say: Welcome.}]",
    )
    bell, chime, include, part, ambience = script.page.steps
    assert isinstance(bell, Bell)
    assert (bell.bell.sound, bell.bell.settle) == ("bowl", frames(8))
    assert isinstance(chime, Bell)
    assert (chime.bell.sound, chime.bell.settle) == ("chime", frames(5))
    assert isinstance(include, Include)
    assert [step.say for step in script.parts[include.include].steps if isinstance(step, Say)] == ["Welcome."]
    assert isinstance(ambience, Ambience)
    assert (ambience.ambience.fade, ambience.ambience.level) == (frames(4), -30)
    assert isinstance(part, Part)
    assert (part.part, part.intent, part.from_, part.until) == (
        "Meeting the wall", "difficult", frames(480), frames(1080),
    )  # fmt: skip
    say, pause, rest, limited, breathe, repeat, choose = part.steps
    assert isinstance(say, Say)
    assert say.say == "One line.\n\nAnd another.\n"
    assert isinstance(pause, Pause)
    assert pause.pause == frames(2)
    assert isinstance(rest, Rest)
    assert (rest.rest.about, rest.rest.least, rest.rest.most) == (frames(20), None, None)
    assert isinstance(limited, Rest)
    assert (limited.rest.least, limited.rest.most) == (frames(10), frames(45))
    assert isinstance(breathe, Breathe)
    assert (breathe.breathe.in_, breathe.breathe.out, breathe.breathe.rounds) == (frames(4), frames(6), 6)
    assert isinstance(repeat, Repeat)
    assert (repeat.repeat.times, len(repeat.repeat.steps)) == (3, 1)
    assert isinstance(choose, Choose)
    branches = [[step.say for step in branch if isinstance(step, Say)] for branch in choose.choose]
    assert branches == [["Yes."], ["No."]]


def test_a_scalar_is_the_text_that_was_written() -> None:
    script = _script(
        """\
        about: no
        language: no
        theme: 0x1f
        steps:
          - say: Yes
          - say: 2024-01-01
          - say: 0123
          - say: 1:30
          - say: 'null'
          - pause: 1:30
          - say: On
        """
    )
    assert (script.page.about, script.page.language, script.page.theme) == ("no", "no", "0x1f")
    said = [step.say for step in script.page.steps if isinstance(step, Say)]
    assert said == ["Yes", "2024-01-01", "0123", "1:30", "null", "On"]
    assert [step.pause for step in script.page.steps if isinstance(step, Pause)] == [frames(90)]


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(guide.script).failed == 0


def test_what_is_not_written_has_its_usual_value() -> None:
    page = _script("steps: [bell]").page
    assert (page.kind, page.language, page.theme, page.ideas) == ("inquiry", "en", None, ())
    assert (page.voice.pace, page.voice.pitch) == (1.0, 0.0)
    assert (page.ambience.sound, page.ambience.level) == ("none", -24.0)
    assert page.reflection is None


def test_a_reflection_is_read() -> None:
    reflection = _script(
        """\
        steps: [bell]
        reflection:
          when: morning
          questions:
            - ask: What came?
            - {ask: And then, listen: 20s}
          close: Thank you.
        """
    ).page.reflection
    assert reflection is not None
    assert (reflection.when, reflection.invite, reflection.close) == ("morning", None, "Thank you.")
    assert [(one.ask, one.listen) for one in reflection.questions] == [
        ("What came?", frames(180)),
        ("And then", frames(20)),
    ]


def test_every_step_knows_its_place() -> None:
    script = _script("steps:\n  - bell\n  - part: One\n    steps:\n      - {say: Hello.}\n")
    part = script.page.steps[1]
    assert isinstance(part, Part)
    assert script.page.steps[0].place == Place("evening.yaml", 5, 5)
    assert part.place == Place("evening.yaml", 6, 5)
    assert part.steps[0].place == Place("evening.yaml", 8, 9)


def test_places_count_letters_not_bytes() -> None:
    script = _script('steps: [{say: "Für dich ♥"}, bell]\n')
    assert script.page.steps[1].place == Place("evening.yaml", 4, 30)


def test_no_author_can_write_the_key_of_a_place() -> None:
    with pytest.raises(ScriptError, match="control character"):
        _script(f'steps:\n  - say: Hello.\n    "{PLACE[0].encode("unicode_escape").decode()}place": 1\n')


def test_an_alias_stands_for_its_step() -> None:
    script = _script("steps:\n  - &hello\n    say: Hello.\n  - bell\n  - *hello\n")
    assert script.page.steps[2] == script.page.steps[0]


def test_text_and_bytes_with_a_mark_in_front_and_other_line_ends_are_one_script() -> None:
    text = HEAD + "steps:\n  - say: Für dich.\n"
    variants: list[str | bytes] = [
        text,
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("\n", "\r\n").encode(),
    ]
    pages = [parse(variant, name="x", find_part=lambda _: None).page for variant in variants]
    assert pages == [pages[0]] * 4


def test_a_part_beside_the_script_wins_over_a_shipped_one(tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    for folder, words in ((tmp_path, "Mine."), (shipped, "Theirs.")):
        (folder / "parts").mkdir(parents=True)
        (folder / "parts" / "arrive.yaml").write_text(f"guide: 1\nsteps: [say: {words}]\n")
    (shipped / "parts" / "return.yaml").write_text("guide: 1\nsteps: [say: Back.]\n")
    script = tmp_path / "evening.yaml"
    script.write_text(f"{HEAD}steps: [include: arrive, include: return]\n")
    read = load(script, shipped)
    assert read.name == "evening"
    steps = [read.parts[name].steps[0] for name in ("arrive", "return")]
    assert [step.say for step in steps if isinstance(step, Say)] == ["Mine.", "Back."]


def test_a_part_may_stand_in_a_folder_of_parts(tmp_path: Path) -> None:
    (tmp_path / "parts" / "calm").mkdir(parents=True)
    (tmp_path / "parts" / "calm" / "arrive.yaml").write_text("guide: 1\nsteps: [bell]\n")
    (tmp_path / "evening.yaml").write_text(f"{HEAD}steps: [include: calm/arrive]\n")
    assert list(load(tmp_path / "evening.yaml", None).parts) == ["calm/arrive"]


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        load(tmp_path / "nowhere.yaml", None)
    with pytest.raises(StorageError, match="is a folder"):
        load(tmp_path, None)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_script_is_sound(path: Path) -> None:
    assert load(path, SHIPPED).page.title


def test_a_new_script_is_a_sound_one_and_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(command, ["new", "evening-light"])
    assert (run.exit_code, run.stderr) == (0, "")
    assert "guide play ./evening-light.yaml" in run.stdout
    file = tmp_path / "evening-light.yaml"
    assert load(file, None).page.title == "Evening light"
    assert CliRunner().invoke(command, ["check", "evening-light.yaml"]).stdout == "1 script, no problems.\n"
    file.write_text("mine")
    again = CliRunner().invoke(command, ["new", "evening-light"])
    assert (again.exit_code, file.read_text()) == (1, "mine")
    assert "there already" in again.stderr


def test_a_new_script_goes_where_it_is_asked_to(tmp_path: Path) -> None:
    run = CliRunner().invoke(command, ["new", "dawn", "-o", str(tmp_path / "other.yaml")])
    assert run.exit_code == 0
    assert load(tmp_path / "other.yaml", None).page.title == "Dawn"
    gone = CliRunner().invoke(command, ["new", "dawn", "-o", str(tmp_path / "no" / "x.yaml")])
    assert (gone.exit_code, gone.exception.__class__) == (1, SystemExit)
    assert "could not be written" in gone.stderr


@pytest.mark.parametrize(
    ("name", "better"), [("Evening Light!", "try 'evening-light'"), ("♥", "like 'evening")]
)
def test_a_new_script_has_a_name_that_can_be_typed(name: str, better: str) -> None:
    run = CliRunner().invoke(command, ["new", name])
    assert run.exit_code == 1
    assert better in run.stderr


def test_the_sounds_of_a_new_script_are_there(tmp_path: Path) -> None:
    library = Library(tmp_path, SHIPPED, ROOT / "audio")
    assert {"bowl"} <= set(library.bells())
    assert {"rain"} <= set(library.beds())

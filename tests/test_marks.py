"""Marks from 0 to 10 as somebody gives them: at the end of a session, in a terminal, or not at all."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from running import Person
from screen import Screen, screen
from soundserver import SoundServer

from guide.journal import Mark
from guide.script import ScriptError, parse

FIVE = """
    guide: 1
    title: Five of Them
    length: {shortest: 4s, usual: 4s, longest: 9s}
    steps:
      - say: Here.
      - rest: {about: 3s, least: 1s, most: 8s}
    reflection:
      questions:
        - ask: One?
      marks:
        invite: Dear {name|friend}, a number for each.
        of:
          - key: respect
            ask: Respect for yourself
          - key: trust
            ask: Trust in your choices
          - key: backer
            ask: A backer within
"""
HINT = "enter leaves one out"
BEFORE = [Mark("respect", "Respect for me", 4), Mark("trust", "Trust", 7)]
LATER = datetime(2026, 3, 4, 7, 1).astimezone()


@pytest.fixture
def person(soundserver: SoundServer, tmp_path: Path) -> Person:
    person = Person.at_home(tmp_path, soundserver.environment, voice="hum")
    person.write("five.yaml", FIVE)
    return person


@contextmanager
def asked(person: Person, *words: str, first: str = "s") -> Iterator[Screen]:
    """The session, over, with the offer answered and the marks asked for."""
    command = person.command("play", "five.yaml", *words)
    with screen(command, person.environment, person.folder) as shown:
        shown.wait_for("enter speak")
        shown.press(first)
        shown.wait_for(HINT)
        yield shown


@pytest.mark.parametrize("words", [[], ["--plain"]])
def test_each_mark_may_be_given_left_out_or_mistyped(person: Person, words: list[str]) -> None:
    with asked(person, *words) as shown:
        shown.wait_for("Dear friend, a number for each.")
        shown.wait_for("Respect for yourself:")
        shown.press("11\r")
        shown.wait_for("A whole number from 0 to 10")
        shown.press("5.5\r")
        shown.wait_for("A whole number from 0 to 10", times=2)
        shown.press("10\r")
        shown.wait_for("Trust in your choices:")
        shown.press("\r")
        shown.wait_for("A backer within:")
        shown.press("0\r")
        shown.wait_for("Kept as entry 1. `guide journal marks` shows them over time.")
        assert shown.end() == 0
    (entry,) = person.journal.entries()
    assert entry.marks == (Mark("respect", "Respect for yourself", 10), Mark("backer", "A backer within", 0))
    assert (entry.session, entry.title, entry.kind) == ("five", "Five of Them", "marked")


def test_the_times_before_stand_beside_the_asking_and_nothing_is_added_up(person: Person) -> None:
    person.journal.mark(BEFORE, session="five", now=LATER)
    person.journal.mark([Mark("other", "Elsewhere", 1)], session="five", now=LATER)
    person.journal.mark([Mark("respect", "Of another", 2)], session="six", now=LATER)
    with asked(person) as shown:
        shown.wait_for("Respect for me ▃ 4")
        shown.press("q\r")
        assert shown.end() == 0
    assert "4 Mar" in shown.text
    chart = [line for line in shown.text.splitlines() if line.startswith("  ")]
    assert [line.split() for line in chart[-3:]] == [
        ["4", "Mar"],
        ["Respect", "for", "me", "▃", "4"],
        ["Trust", "▅", "7"],
    ]
    assert not {"Elsewhere", "Of another"} & {line.strip() for line in shown.text.splitlines()}
    assert len(person.journal.entries()) == 3


def test_after_the_questions_they_are_asked_for_too_and_close_with_them(person: Person) -> None:
    command = person.command("play", "five.yaml")
    with screen(command, person.environment, person.folder) as shown:
        shown.wait_for("enter speak")
        shown.press("w")
        shown.wait_for("One?")
        shown.wait_for("leaves it >")
        shown.press("A word.\r")
        shown.wait_for("Respect for yourself:")
        shown.press("3\r")
        shown.wait_for("Trust in your choices:")
        shown.press("q\r")
        shown.wait_for("Kept as entry 2.")
        assert shown.end() == 0
    written, marked = person.journal.entries()
    assert (written.words, marked.marks) == ("A word.", (Mark("respect", "Respect for yourself", 3),))


def test_the_end_of_the_input_ends_them_and_keeps_what_was_given(person: Person) -> None:
    with asked(person) as shown:
        shown.wait_for("Respect for yourself:")
        shown.press("3\r")
        shown.wait_for("Trust in your choices:")
        shown.press("\x04")
        shown.wait_for("Kept as entry 1.")
        assert shown.end() == 0
    (entry,) = person.journal.entries()
    assert [one.mark for one in entry.marks] == [3]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_keeps_what_was_given(person: Person, number: signal.Signals) -> None:
    with asked(person) as shown:
        shown.wait_for("Respect for yourself:")
        shown.press("3\r")
        shown.wait_for("Trust in your choices:")
        shown.signal(number)
        shown.wait_for("Kept as entry 1.")
        assert shown.end() == 0
    (entry,) = person.journal.entries()
    assert [one.mark for one in entry.marks] == [3]


def test_a_process_that_is_killed_leaves_no_half_of_them(person: Person) -> None:
    with asked(person) as shown:
        shown.wait_for("Respect for yourself:")
        shown.press("3\r")
        shown.wait_for("Trust in your choices:")
        shown.signal(signal.SIGKILL)
        shown.end()
    assert person.journal.store.entries() == []
    assert b"Respect for yourself" not in b"".join(
        path.read_bytes() for path in person.folders.data.rglob("journal.db*")
    )


def test_who_ends_the_offer_is_not_asked(person: Person) -> None:
    with screen(person.command("play", "five.yaml"), person.environment, person.folder) as shown:
        shown.wait_for("enter speak")
        shown.press("q")
        assert shown.end() == 0
    assert HINT not in shown.text
    assert person.journal.entries() == []


@pytest.mark.parametrize("reflect", ["ask", "always"])
def test_without_a_terminal_nobody_is_asked(person: Person, reflect: str) -> None:
    (person.folders.config / "config.yaml").write_text(f"voice: hum\nreflect: {reflect}\n")
    person.write("five.yaml", FIVE.replace("ask: One?", "ask: One?\n          listen: 1s"))
    done = person.run("play", "five.yaml")
    assert done.returncode == 0
    assert HINT not in done.stdout
    assert "number" not in done.stdout
    assert [entry.kind for entry in person.journal.entries()] in ([], ["spoken"])


def test_no_log_and_no_name_of_a_file_tells_of_marks(person: Person) -> None:
    with asked(person) as shown:
        for words in ("Respect for yourself:", "Trust in your choices:", "A backer within:"):
            shown.wait_for(words)
            shown.press("7\r")
        shown.wait_for("Kept as entry 1.")
        assert shown.end() == 0
    home = Path(person.environment["GUIDE_HOME"])
    told = [
        path
        for path in home.rglob("*")
        if path.is_file() and b"backer" in path.read_bytes() + os.fsencode(path)
    ]
    assert {path.name for path in told} <= {"journal.db", "journal.db-wal"}
    assert json.loads(person.run("journal", "list", "--json").stdout)[0]["marks"][2]["mark"] == 7


# ── in a script ──────────────────────────────────────────────────────────────────────────────────────────


def problems(marks: str, when: str = "after") -> list[str]:
    text = (
        "guide: 1\ntitle: X\nlength: {shortest: 1m, usual: 1m, longest: 2m}\nsteps:\n  - rest: 20s\n"
        f"reflection:\n  when: {when}\n  questions: [{{ask: What?}}]\n  marks: {marks}\n"
    )
    try:
        parse(text, name="x", path="x.yaml", find_part=lambda _: None)
    except ScriptError as error:
        return [str(one) for one in error.problems]
    return []


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [
        ("{of: [{key: a, ask: A}, {key: a, ask: B}]}", "x.yaml:9:15: two marks have the key 'a'"),
        ("{of: []}", "x.yaml:9:15: 'of' needs 1 or more, not 0"),
        ("[a]", "x.yaml:9:10: 'marks' takes invite and of, each as 'key: value'"),
        ("{of: [{key: A b, ask: A}]}", "'key' takes a name of small letters, digits and hyphens"),
        (f"{{of: [{{key: a, ask: {'x' * 61}}}]}}", "'ask' has more than 60 letters"),
        ("{of: [{key: a, aks: A}]}", "unknown key 'aks'; did you mean 'ask'?"),
        ("{of: [{key: a, ask: 'For {nmae}'}]}", "{nmae}"),
    ],
)
def test_what_is_wrong_in_marks_is_said_with_its_place(marks: str, sentence: str) -> None:
    assert sentence in "\n".join(problems(marks))


def test_the_morning_after_there_are_no_marks() -> None:
    good = "{of: [{key: a, ask: A}]}"
    assert problems(good) == []
    (problem,) = problems(good, "morning")
    assert problem == (
        "x.yaml:9:10: marks are given right after a session; with 'when: morning' there are none"
    )

"""Words of what was spoken, as a person meets them: asked for, shown, searched, and there after a session."""

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import DAWN, MARKS, sealed_from_now_on, spoken, voice
from running import PATIENCE, Person
from screen import screen
from soundserver import SoundServer
from test_reflect_cli import QUESTION, SAID
from understanding import Murmur, gate, installed_in

from guide import scribe, transcription
from guide.cli import guide
from guide.cli.entries import page
from guide.cli.words import HEARD
from guide.duration import RATE
from guide.errors import GuideError
from guide.folders import Folders
from guide.journal import Entry, Journal, awaiting
from guide.journal.export import markdown
from guide.journal.search import Found, search
from guide.seal import fresh
from guide.sound import Sound
from guide.transcription import Words

RED = "\x1b[31m"
FAILED = "what understands speech failed at it (GuideError)"
SECRET = "the wall of mist behind the mill"


@pytest.fixture
def murmur(monkeypatch: pytest.MonkeyPatch) -> Murmur:
    """Something that understands, installed here."""
    made = Murmur()
    monkeypatch.setattr(transcription, "transcriber", lambda *_: made)
    monkeypatch.setattr(transcription, "installed", lambda *_: made.name)
    return made


def typed(*words: str) -> Result:
    result = CliRunner().invoke(guide, ["journal", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def right(seconds: float, seed: int = 5) -> str:
    return Murmur().words(iter([voice(seconds, seed)])).text


class Deaf(Murmur):
    """Understands nothing, and says why in words that nobody is to read."""

    def words(self, blocks: Iterator[Sound]) -> Words:
        raise GuideError(f"{SECRET} {next(blocks)[0]}")


# ── transcribe ───────────────────────────────────────────────────────────────────────────────────────────


def test_all_that_has_no_words_gets_them_and_none_of_them_is_told(journal: Journal, murmur: Murmur) -> None:
    for seed in (1, 2):
        spoken(journal, 1.5, seed)
    journal.write("Mine.")
    done = typed("transcribe")
    assert done.stdout == (
        "Entry 2, 0:01, 1 more wait ...\nEntry 1, 0:01 ...\n2 entries understood by murmur.\n"
    )
    assert (done.stderr, done.exit_code) == ("", 0)
    assert [journal.entry(number).transcript for number in (1, 2)] == [right(1.5, 1), right(1.5, 2)]
    assert typed("transcribe").stdout == "Nothing waits for words that can be understood here.\n"


def test_some_entries_by_their_numbers(journal: Journal, murmur: Murmur) -> None:
    for seed in (1, 2, 3):
        spoken(journal, 0.5, seed)
    assert typed("transcribe", "3", "1", "3").exit_code == 0
    assert [entry.transcript is not None for entry in journal.entries()] == [True, False, True]
    journal.keep_transcript(journal.entry(3), "An older one.")
    again = typed("transcribe", "3")
    assert again.stderr == "Entry 3 has its words; --again has it understood anew.\n"
    assert journal.entry(3).transcript == "An older one."
    assert typed("transcribe", "3", "--again").stderr == ""
    assert journal.entry(3).transcript == right(0.5, 3)


def test_what_cannot_be_understood_is_refused_with_its_reason(journal: Journal, murmur: Murmur) -> None:
    journal.write("Mine.")
    journal.delete(spoken(journal).id)
    sealed_from_now_on(journal)
    spoken(journal)
    told = [typed("transcribe", str(number)) for number in (1, 2, 3, 4)]
    assert {one.exit_code for one in told} == {1}
    assert [one.stderr for one in told] == [
        "Entry 1 was not spoken, so there is nothing to understand.\n",
        "Entry 2 is in the bin; `guide journal restore 2` brings it back.\n",
        "Entry 3 is sealed. Its key opens it: `--identity FILE`.\n",
        "There is no entry 4. `guide journal list` shows what there is.\n",
    ]


def test_without_a_model_it_says_what_is_missing_and_nothing_waits(journal: Journal) -> None:
    spoken(journal)
    done = typed("transcribe")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith(".\n")
    with journal.store.transaction(reading=True) as db:
        assert awaiting.awaiting(db) == []


def test_what_fails_is_told_by_its_kind_and_tried_again_when_asked(
    journal: Journal, murmur: Murmur, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken(journal)
    monkeypatch.setattr(transcription, "transcriber", lambda *_: Deaf())
    for _ in range(awaiting.TRIES):
        done = typed("transcribe")
        assert done.exit_code == 1
        assert done.stderr.startswith(
            "Entry 1 has no words: what understands speech failed at it (GuideError)."
        )
    assert done.stderr.splitlines()[1:] == [
        "1 entry given up after 5 tries: `guide journal transcribe --again` tries once more."
    ]
    assert typed("transcribe").stdout == "Nothing waits for words that can be understood here.\n"
    shown = typed("status").output + typed("status", "--json").output + done.output
    assert "mist" not in shown
    assert f"Entry 1: tried 5 times, the last time {FAILED}." in shown
    monkeypatch.setattr(transcription, "transcriber", lambda *_: murmur)
    assert typed("transcribe", "--again").stdout.endswith("1 entry understood by murmur.\n")


# ── status ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_status_of_an_empty_journal(journal: Journal) -> None:
    assert typed("status").output == (
        "Kept: 0 entries, 0 spoken, 0 written, 0 with marks; 0 in the bin.\n"
        "Words: 0 of 0 spoken have them, 0 wait.\n"
        "Understood by: nothing yet; when you call `guide journal transcribe`.\n"
    )


def test_the_status_counts_what_is_kept_and_what_waits(home: Folders, murmur: Murmur) -> None:
    journal = Journal.open(home, wants_words=lambda: True)
    journal.keep_transcript(spoken(journal), "A word.")
    spoken(journal)
    journal.write("Mine.")
    journal.mark(MARKS)
    journal.delete(journal.write("Not mine.").id)
    sealed_from_now_on(journal)
    spoken(journal)
    assert typed("status").output == (
        "Kept: 5 entries, 3 spoken, 1 written, 1 with marks; 1 in the bin.\n"
        "It is sealed; `guide journal seal` says to what.\n"
        "Words: 1 of 3 spoken have them, 2 wait.\n"
        "1 of them are sealed: `guide journal transcribe --identity FILE`.\n"
        "Understood by: murmur; in the background, after a reflection.\n"
    )
    assert json.loads(typed("status", "--json").output) == {
        "entries": 5, "spoken": 3, "written": 1, "marked": 1, "binned": 1, "with_words": 1,
        "waiting": [
            {"entry": 6, "tries": 0, "problem": None}, {"entry": 2, "tries": 0, "problem": None},
        ],
        "given_up": [], "sealed_waiting": 1, "model": "murmur", "by_itself": True, "working": False,
        "sealed": True,
    }  # fmt: skip


def test_the_status_says_when_somebody_is_at_it(journal: Journal, murmur: Murmur) -> None:
    with scribe.alone(journal):
        assert typed("status").output.endswith("Some are understood just now.\n")
    assert "just now" not in typed("status").output


# ── shown ────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_are_shown_as_what_a_machine_understood(journal: Journal) -> None:
    journal.keep_transcript(spoken(journal, 62), "It was a wall.\n\nOf mist.")
    shown = typed("show", "1").output.splitlines()
    at = shown.index("A machine understood it so, and may be wrong:")
    assert shown[at - 1] == ""
    assert shown[at + 1 :] == ["It was a wall.", "", "Of mist."]
    assert typed("list").output == "1  2026-11-23 07:01  self-love  1:02 · It was a wall. Of mist.\n"
    assert json.loads(typed("show", "1", "--json").output)["transcript"] == "It was a wall.\n\nOf mist."


def test_where_nothing_was_understood_that_is_said(journal: Journal) -> None:
    journal.keep_transcript(spoken(journal), " ")
    assert "A machine understood no words in it, and may be wrong." in typed("show", "1").output
    assert typed("list").output.endswith("  0:00\n") or typed("list").output.endswith("  0:01\n")


def test_long_words_are_broken_between_words(journal: Journal) -> None:
    journal.keep_transcript(spoken(journal), "word " * 200)
    lines = typed("show", "1").output.splitlines()
    lines = lines[lines.index(HEARD) :]
    assert max(map(len, lines)) <= 80
    assert sum(line.count("word ") + line.endswith("word") for line in lines) == 200


def test_nothing_in_words_moves_the_cursor(journal: Journal) -> None:
    journal.keep_transcript(spoken(journal), f"{RED}\x07words\u202e\x9b2J\rmore findme\x1b]0;x\x07")
    for words in (["list"], ["show", "1"], [], ["search", "findme"], ["search", "findme", "--json"]):
        shown = typed(*words).output
        assert all(letter == "\n" or letter.isprintable() for letter in shown), shown


def test_the_page_has_the_first_words_in_place_of_the_waveform() -> None:
    entry = Entry(1, DAWN, "self-love", "Self-love", None, None, "spoken", frames=62 * RATE)
    understood = replace(entry, id=2, transcript="It was a wall. " * 9)
    lines = page([entry, understood], DAWN, 60, drawn=lambda _: "▁▂▃")
    assert lines[1].strip().startswith("It was a wall. It was a wall.")
    assert lines[1].endswith("…")
    assert lines[3].strip() == "▁▂▃"


def test_an_exported_page_quotes_them_and_says_what_they_are(journal: Journal) -> None:
    journal.keep_transcript(spoken(journal), "It was a wall.\n\n# Of mist.")
    text = markdown(journal.entry(1))
    assert text.endswith(
        "*A machine understood it so, and may be wrong:*\n\n> It was a wall.\n>\n> # Of mist.\n"
    )
    assert "machine" not in markdown(spoken(journal))


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────


def written(number: int, words: str | None, **more: object) -> Entry:
    made = Entry(number, DAWN, "self-love", None, None, None, "written", words=words)
    return replace(made, **more)  # type: ignore[arg-type]


def numbers(found: list[Found]) -> list[int]:
    return [one.entry.id for one in found]


def test_words_are_found_wherever_they_stand_the_newest_first() -> None:
    entries = [
        written(1, "A wall of mist"),
        written(2, None, kind="spoken", transcript="and then the wall went"),
        written(3, "Nothing", title="Meeting the Wall"),
        written(4, "Nothing", question="What did the WALL look like?"),
        written(5, None, kind="marked", marks=(replace(MARKS[0], ask="The wall, today"),)),
        written(6, "Nothing of it"),
    ]
    assert numbers(search(entries, "wall")) == [5, 4, 3, 2, 1]
    assert numbers(search(entries, "wall mist")) == [1]
    assert numbers(search(entries, "nothing wall")) == [4, 3]  # across what one entry has
    assert numbers(search(entries, "door")) == []


@pytest.mark.parametrize(
    ("typed_words", "found"),
    [
        ("creme", True), ("CRÈME", True), ("brû", True), ("bru", True), ("rulée", False), ("creme bru", True),
        ("crem brulee", False), ('"creme brulee"', True), ('"brulee creme"', False), ("“creme brulee”", True),
        ('"creme bru"', False), ("don't", True), ("don’t", True), ("grösse", True), ("(creme)", True),
        ("creme *", True), ("'creme", True), ('"creme', True), ("a-b-c", True), ("2026", True),
        ("Ελληνικ", True),
    ],
)  # fmt: skip
def test_how_words_are_typed(typed_words: str, found: bool) -> None:
    entry = written(1, "Don't: a crème brûlée, Grösse a-b-c, 2026. Ελληνικά")
    assert bool(search([entry], typed_words)) is found


@pytest.mark.parametrize(
    "syntax",
    [
        "wall OR door", "wall AND", "NOT wall", "NEAR(wall mist)", "words:wall", "words : wall",
        "^wall door", "wall + door", "-wall door", 'wall" OR "door', "wall) OR (door", "texts",
        "{words}:wall",
    ],
)  # fmt: skip
def test_what_a_person_types_is_never_syntax(syntax: str) -> None:
    assert search([written(1, "wall mist")], syntax) == []


def test_what_stands_there_as_syntax_is_found_as_words() -> None:
    entry = written(1, 'this OR that, NEAR(it) "quoted" NOT AND words:x')
    assert numbers(search([entry], "OR near NOT words")) == [1]


@pytest.mark.parametrize("nothing", ["", " ", '"', '""', "***", "( ) - :", "“”", "'"])
def test_no_word_at_all_is_said(journal: Journal, nothing: str) -> None:
    done = typed("search", nothing)
    assert (done.exit_code, done.output) == (1, "There is no word in that to look for.\n")


ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


@settings(deadline=None, max_examples=100)
@given(text=ANY, words=ANY)
def test_any_text_is_searched_and_given_back_as_it_was(text: str, words: str) -> None:
    """Half of what is looked for is there, since hypothesis would seldom hit it."""
    for wanted in (words, text):
        try:
            found = search([written(1, text)], wanted)
        except GuideError:
            continue
        for one in found:
            pieces = [piece for piece, _ in one.around]
            assert "".join(pieces).removeprefix("…").removesuffix("…") in f"{text}…"
            assert any(is_found for _, is_found in one.around)


def test_findings_are_shown_with_their_words_marked(journal: Journal) -> None:
    journal.write(
        f"{'before ' * 30}It was a wall, a WALL of mist.{' after' * 30}", session="self-love", now=DAWN
    )
    journal.write("A wall.", now=DAWN)
    first, around, gap, second, other = typed("search", "wall").output.splitlines()
    assert (first, gap, second) == ("2  2026-11-23 07:01", "", "1  2026-11-23 07:01 · self-love")
    assert around == "    A *wall*."
    assert "It was a *wall*, a *WALL* of mist." in other
    assert other.startswith("    …")
    assert other.endswith("…")
    (_, one) = told = json.loads(typed("search", "wall", "--json").output)["found"]
    assert [found["id"] for found in told] == [2, 1]
    assert [piece["text"] for piece in one["around"] if piece["found"]] == ["wall", "WALL"]


def test_in_a_terminal_they_are_bold(journal: Journal, home: Folders, tmp_path: Path) -> None:
    journal.write("A wall.", now=DAWN)
    person = Person(tmp_path, {**os.environ})
    with screen(person.command("journal", "search", "wa"), person.environment, tmp_path) as shown:
        assert shown.end() == 0
        shown.wait_for("A wall.")
    assert "A \x1b[1mwall\x1b[0m." in shown._shown


def test_what_the_shell_hands_over_as_one_belongs_together(journal: Journal) -> None:
    journal.write("mist and wall")
    assert typed("search", "wall mist").output == "Nothing was found.\n"
    assert typed("search", "wall", "mist").output != "Nothing was found.\n"
    assert (
        typed("search", "wall mist", "--json").output == '{\n  "found": [],\n  "sealed_not_searched": 0\n}\n'
    )


def test_the_bin_is_searched_only_when_asked(journal: Journal) -> None:
    journal.delete(journal.write("A wall.", now=DAWN).id)
    assert typed("search", "wall").output == "Nothing was found.\n"
    assert typed("search", "wall", "--bin").output.startswith("1  2026-11-23 07:01 (in the bin)\n")


def test_what_is_sealed_is_searched_with_its_key_alone(journal: Journal, tmp_path: Path) -> None:
    journal.write("A wall.")
    identity = tmp_path / "key.txt"
    identity.write_text(fresh())
    sealed_from_now_on(journal, identity.read_text())
    journal.write("Another wall.")
    journal.keep_transcript(spoken(journal), "And a wall.")
    shown = typed("search", "wall").output
    assert shown.endswith("2 sealed entries were not searched; their key opens them: `--identity FILE`.\n")
    assert shown.count("wall") == 1
    assert json.loads(typed("search", "wall", "--json").output)["sealed_not_searched"] == 2
    told = json.loads(typed("search", "wall", "--json", "--identity", str(identity)).output)
    assert [one["id"] for one in told["found"]] == [3, 2, 1]
    assert told["sealed_not_searched"] == 0
    assert "A machine understood it so" in typed("show", "3", "--identity", str(identity)).output


def test_a_search_leaves_nothing_on_the_disk(home: Folders, journal: Journal) -> None:
    """Whatever is opened while it goes on: SQLite opens no file beside the journal's own."""
    journal.write(SECRET)
    typed("search", "nothing")
    before = {path: path.stat().st_mtime_ns for path in home.data.parent.rglob("*") if path.is_file()}
    assert "mill" in typed("search", "wall of mist").output
    after = {path: path.stat().st_mtime_ns for path in home.data.parent.rglob("*") if path.is_file()}
    assert {path for path in after if SECRET.encode() in path.read_bytes()} <= {
        journal.store.path, journal.store.path.with_name("journal.db-wal"),
    }  # fmt: skip
    assert after.keys() == before.keys()


def test_without_full_text_search_there_is_a_sentence(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Old(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            if "fts5" in sql:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().execute(sql, parameters)

    connect = sqlite3.connect
    journal.write("A wall.")

    def old(path: Any, **more: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = connect(path, factory=Old, **more)
        return made

    monkeypatch.setattr(sqlite3, "connect", old)
    done = typed("search", "wall")
    assert done.exit_code == 1
    assert "FTS5" in done.output


# ── after a session ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gated(tmp_path: Path) -> Path:
    return gate(tmp_path / "gate")


@pytest.fixture
def person(soundserver: SoundServer, tmp_path: Path, gated: Path) -> Person:
    """Somebody with a model, whose understanding waits for us at a gate."""
    environment = installed_in(tmp_path / "installed", soundserver.environment, gated)
    return Person.at_home(tmp_path, environment, voice="hum", reflect="always")


def test_after_a_reflection_its_words_come_in_the_background(
    person: Person, soundserver: SoundServer, gated: Path
) -> None:
    with screen(person.command("reflect"), person.environment, person.folder) as shown:
        shown.wait_for(QUESTION)
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        shown.press("\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0  # the goodbye waits for nothing: nobody has opened the gate yet
        heard = json.loads((gated / "told").read_text())
        assert heard["session"] == heard["pid"] != shown.process.pid
        assert heard["said"][1:] == ["-P", "-m", "guide.scribe"]
        status = person.run("journal", "status").stdout
        assert "0 of 1 spoken have them, 1 wait." in status
        assert status.endswith("Some are understood just now.\n")
        (gated / "gate").write_text("go on")
    with scribe.alone(person.journal, PATIENCE):
        (entry,) = person.journal.entries()
    assert entry.transcript
    assert person.run("journal", "search", entry.transcript.split()[0]).stdout.startswith("1  ")


SHORT = """
    guide: 1
    title: A Short One
    length: {shortest: 4s, usual: 5s, longest: 9s}
    steps:
      - say: Here.
      - rest: {about: 4s, least: 1s, most: 8s}
    reflection:
      questions:
        - ask: What did you notice?
"""


def test_after_a_session_it_begins_when_the_last_tone_has_ended(
    person: Person, soundserver: SoundServer, gated: Path
) -> None:
    journal = Journal.open(person.folders, wants_words=lambda: True)
    spoken(journal)  # left over from another day
    person.write("short.yaml", SHORT)
    with (
        soundserver.capture() as capture,
        screen(person.command("play", "short.yaml"), person.environment, person.folder) as shown,
    ):
        shown.wait_for("What did you notice?")
        shown.press("s")
        assert shown.end() == 0
        json.loads((gated / "told").read_text())
        count = len(capture.sound)
        (gated / "gate").write_text("go on")
    assert not np.any(capture.sound[count:])  # nothing sounded any more
    with scribe.alone(journal, PATIENCE):
        assert journal.entry(1).transcript == right(0.5)


def test_a_journal_is_not_slower_to_open_for_it() -> None:
    """What `guide journal --help` imports."""
    import subprocess
    import sys

    program = (
        "import sys; import guide.cli.journal\n"
        "print({'numpy', 'sqlite3', 'guide.scribe', 'guide.transcription', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

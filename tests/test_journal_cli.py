"""`guide journal`, as a person types it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from screen import screen
from soundserver import SoundServer

from guide.cli import guide
from guide.cli.journal import table
from guide.duration import RATE
from guide.errors import StorageError
from guide.folders import Folders
from guide.journal import Entry, Journal, Mark
from guide.journal.hearing import Place, Verb, hear
from guide.sinks import Tape
from guide.sound import Sound

DAWN = datetime(2026, 11, 23, 7, 1, 24, tzinfo=timezone(timedelta(hours=1)))
RED = "\x1b[31m"


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    return Journal.open(Folders.find())


def typed(*words: str, answer: str = "") -> Result:
    result = CliRunner().invoke(guide, ["journal", *words], input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def voice(seconds: float) -> Sound:
    steps = np.random.default_rng(5).normal(0, 2_000, round(seconds * RATE)).astype(np.int16)
    return np.asarray(steps / 32_768, dtype=np.float32)


def soundserver_journal(soundserver: SoundServer) -> Journal:
    home = Path(soundserver.environment["GUIDE_HOME"])
    return Journal.open(Folders(*(home / name for name in ("config", "data", "cache", "state"))))


def spoken(journal: Journal, seconds: float = 1) -> Entry:
    recording = journal.begin(
        session="self-love", session_frames=20 * 60 * RATE, question="Who is here?", now=DAWN
    )
    recording.take.write(voice(seconds))
    entry = journal.keep(recording)
    assert entry is not None
    return entry


def test_an_empty_journal_says_how_to_begin(journal: Journal) -> None:
    assert typed().output == typed("list").output
    assert "guide reflect" in typed().output
    assert typed("list", "--bin").output == "The bin is empty.\n"
    assert json.loads(typed("list", "--json").output) == []


def test_the_list_has_a_line_for_each_entry(journal: Journal) -> None:
    spoken(journal, seconds=62)
    journal.write("It was a wall\nof mist.", session="releasing-the-wall", now=DAWN)
    journal.write("Alone.", now=DAWN)
    expected = (
        "1  2026-11-23 07:01  self-love           1:02\n"
        "2  2026-11-23 07:01  releasing-the-wall  It was a wall of mist.\n"
        "3  2026-11-23 07:01  -                   Alone.\n"
    )
    assert typed("list").output == expected


def test_the_list_as_json_has_lengths_in_seconds_and_dates_with_their_offset(journal: Journal) -> None:
    entry = spoken(journal, seconds=1.5)
    (told,) = json.loads(typed("list", "--json").output)
    assert told == {
        "id": 1,
        "created": "2026-11-23T07:01:24+01:00",
        "session": "self-love",
        "title": None,
        "session_seconds": 1200.0,
        "question": "Who is here?",
        "kind": "spoken",
        "words": None,
        "recording": "000001-20261123-070124.flac",
        "seconds": 1.5,
        "checksum": entry.checksum,
        "deleted": None,
        "state": "kept",
    }


def test_a_line_is_no_wider_than_the_terminal() -> None:
    wide = Entry(1, DAWN, "self-love", None, None, None, "written", words="wide 中文字 words " * 9)
    (line,) = table([wide], width=50)
    assert line.endswith("…")
    assert sum(2 if letter in "中文字" else 1 for letter in line) <= 50


def test_nothing_in_an_entry_moves_the_cursor(journal: Journal) -> None:
    bad = f"{RED}\x07words\u202e\x9b2J\rmore"
    journal.write(bad, session=bad, title=bad, question=bad)
    for words in (["list"], ["show", "1"], ["list", "--json"]):
        shown = typed(*words).output
        assert all(letter == "\n" or letter.isprintable() for letter in shown), shown


def test_show_tells_when_after_what_and_where(journal: Journal) -> None:
    entry = spoken(journal)
    assert typed("show", "1").output == (
        "1  23 November 2026, 07:01, after self-love (20m)\n\nWho is here?\n\n"
        f"Spoken, 0:01; `guide journal play 1` plays it.\n{journal.path(entry)}\n"
    )
    journal.write("One.\n\nTwo.", now=DAWN)
    assert typed("show", "2").output == "2  23 November 2026, 07:01\n\nOne.\n\nTwo.\n"
    assert json.loads(typed("show", "1", "--json").output)["file"] == os.fspath(journal.path(entry))


def test_show_says_that_a_recording_is_gone(journal: Journal) -> None:
    journal.path(spoken(journal)).unlink()
    assert "its recording 000001-20261123-070124.flac is gone" in typed("show", "1").output
    assert json.loads(typed("show", "1", "--json").output)["file"] is None


@pytest.mark.parametrize("verb", ["show", "play", "delete", "restore"])
def test_an_unknown_entry_is_a_sentence(journal: Journal, verb: str) -> None:
    result = typed(verb, "4")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "There is no entry 4. `guide journal list` shows what there is.\n"


def test_a_number_that_is_none_is_a_misuse(journal: Journal) -> None:
    assert typed("show", "first").exit_code == 2
    assert typed("show", "0").exit_code == 2


def test_delete_asks_and_no_leaves_it(journal: Journal) -> None:
    journal.write("Words.", now=DAWN)
    result = typed("delete", "1", answer="n\n")
    assert result.exit_code == 0
    assert "Words." in result.output
    assert "It stays." in result.output
    assert len(journal.entries()) == 1


def test_delete_moves_to_the_bin_and_says_how_to_restore(journal: Journal) -> None:
    spoken(journal)
    assert "guide journal restore 1" in typed("delete", "1", answer="y\n").output
    assert journal.entries() == []
    assert typed("list", "--bin").output.startswith("1  2026-11-23")
    assert "already" in typed("delete", "1", "--yes").output
    assert "In the bin" in typed("show", "1").output
    assert typed("restore", "1").output == "Entry 1 is in the journal.\n"
    assert len(journal.entries()) == 1


def test_delete_does_not_ask_with_yes(journal: Journal) -> None:
    journal.write("Words.")
    assert typed("delete", "1", "--yes").exit_code == 0
    assert len(journal.entries(binned=True)) == 1


def test_export_copies_all_or_some_and_not_the_bin(journal: Journal, tmp_path: Path) -> None:
    spoken(journal)
    journal.write("Words.", now=DAWN)
    journal.delete(journal.write("In the bin.", now=DAWN).id)
    assert (
        typed("export", os.fspath(tmp_path / "all")).output == f"2 entries in 4 files, in {tmp_path}/all.\n"
    )
    assert len([path for path in (tmp_path / "all").rglob("*") if path.is_file()]) == 4
    assert typed("export", os.fspath(tmp_path / "some"), "3").output.startswith("1 entry in 1 files")
    assert "In the bin." in next((tmp_path / "some").iterdir()).read_text()


def test_what_was_cut_off_is_whole_before_anything_is_listed(journal: Journal) -> None:
    recording = journal.begin(session="self-love", now=DAWN)
    recording.take.write(voice(1))
    recording.take.close()
    result = typed("list")
    assert result.stdout == "1  2026-11-23 07:01  self-love  0:01\n"
    assert result.stderr == "Entry 1 was cut off; it is whole again.\n"


def test_a_damaged_index_is_told_and_the_recordings_are_listed(journal: Journal) -> None:
    spoken(journal)
    journal.store.path.write_bytes(b"no database " * 400)
    result = typed("list")
    assert "set aside" in result.stderr
    assert result.stdout == "1  2026-11-23 07:01  self-love  0:01\n"


def test_a_recording_is_heard_whole_with_soft_edges(journal: Journal) -> None:
    entry = spoken(journal, seconds=1.23)
    tape = Tape()
    hear(journal.path(entry), tape)
    sound, said = tape.sound(), voice(1.23)
    assert sound.shape[1] == 2
    assert not np.any(sound[len(said) :])
    middle = slice(RATE // 10, len(said) - RATE // 10)
    assert np.array_equal(sound[middle, 0], said[middle])
    assert np.array_equal(sound[:, 0], sound[:, 1])
    assert sound[0, 0] == 0
    assert abs(sound[len(said) - 1, 0]) < 0.001


class Thumb(Tape):
    """A tape whose listener presses Ctrl-C while the fourth block is taken."""

    def write(self, block: Sound) -> None:
        super().write(block)
        if len(self.blocks) == 4:
            raise KeyboardInterrupt


def test_ctrl_c_ends_a_recording_softly(journal: Journal) -> None:
    entry = spoken(journal, seconds=2)
    tape = Thumb()
    hear(journal.path(entry), tape)
    assert len(tape.sound()) < RATE
    last = np.abs(tape.blocks[4][:, 0])
    assert last[-100:].max() < 0.01 < last[:1_000].max()


class Listener:
    """Somebody who wants things at places, in this order, and notes where each was heard."""

    def __init__(self, *wishes: tuple[int, Verb]) -> None:
        """At or after such a frame, or at once where it cannot come any more: this."""
        self.wishes = list(wishes)
        self.places: list[Place] = []

    def __call__(self, place: Place) -> Verb | None:
        self.places.append(place)
        if self.wishes and (place.at >= self.wishes[0][0] or place.paused):
            return self.wishes.pop(0)[1]
        return None


def ramp(journal: Journal, seconds: float) -> tuple[Path, Sound]:
    """A recording in which every block differs from every other: where it was heard can be told."""
    recording = journal.begin(now=DAWN)
    recording.take.write(voice(seconds))
    entry = journal.keep(recording)
    assert entry is not None
    return journal.path(entry), voice(seconds)


def place_in(said: Sound, heard: Sound, at: int) -> int:
    """Where in what was said the block comes from that was heard at a frame; -1 for nowhere."""
    block = heard[at : at + RATE // 20, 0]
    starts = np.flatnonzero(said == block[0])
    return next((int(n) for n in starts if np.array_equal(said[n : n + len(block)], block)), -1)


def test_a_leap_goes_ten_seconds_on_and_back_and_every_edge_is_soft(journal: Journal) -> None:
    path, said = ramp(journal, 14)
    tape, block = Tape(), RATE // 10
    assert not hear(path, tape, Listener((RATE, "on"), (12 * RATE, "back")))
    sound = tape.sound()
    # One second, a fade, from the eleventh to the twelfth, a fade, from the second to the end.
    assert place_in(said, sound, block) == block
    assert place_in(said, sound, RATE + 2 * block) == 11 * RATE + block
    assert place_in(said, sound, 2 * RATE + 3 * block) == 2 * RATE + block
    assert len(sound) == 14 * RATE + 2 * block + round(0.4 * RATE)
    edges = (0, RATE + block, 2 * RATE + 2 * block)
    assert all(sound[edge, 0] == 0 for edge in edges)
    assert all(abs(sound[edge - 1, 0]) < 0.001 for edge in edges[1:])
    assert np.array_equal(sound[:, 0], sound[:, 1])


def test_nobody_leaps_beyond_an_end(journal: Journal) -> None:
    path, said = ramp(journal, 2)
    tape, listener = Tape(), Listener((RATE, "back"), (RATE, "on"))
    hear(path, tape, listener)
    assert [place.at for place in listener.places if not place.at % RATE][:4] == [0, RATE, 0, RATE]
    assert place_in(said, tape.sound(), RATE + 2 * (RATE // 10)) == RATE // 10
    assert listener.places[-1].at == listener.places[-1].frames == 2 * RATE


def test_a_pause_is_quiet_and_loses_nothing(journal: Journal) -> None:
    path, said = ramp(journal, 2)
    tape, block = Tape(), RATE // 10
    listener = Listener((RATE, "toggle"))
    waited = 0

    def patient(place: Place) -> Verb | None:
        nonlocal waited
        waited += place.paused
        return "toggle" if waited == 5 and place.paused else listener(place)

    assert hear(path, tape, patient)
    sound = tape.sound()
    quiet = slice(RATE + block, RATE + 5 * block)
    assert not np.any(sound[quiet])
    assert len(sound) == 2 * RATE + 5 * block + round(0.4 * RATE)
    assert place_in(said, sound, quiet.stop + block) == RATE + block
    assert sound[quiet.stop, 0] == 0


def test_a_stop_is_soft_and_one_in_a_pause_is_at_once(journal: Journal) -> None:
    path, _ = ramp(journal, 2)
    for wishes, blocks in (
        (((RATE, "stop"),), 11),
        (((RATE, "toggle"), (0, "on"), (0, "back"), (0, "stop")), 11),
    ):
        tape = Tape()
        assert not hear(path, tape, Listener(*wishes))
        last = tape.sound()[: -round(0.4 * RATE), 0]
        assert len(last) == blocks * RATE // 10
        assert abs(last[-1]) < 0.001 < np.abs(last[-RATE // 10 :]).max()


def test_a_recording_from_elsewhere_with_two_channels_keeps_its_pace(tmp_path: Path) -> None:
    path = tmp_path / "two.flac"
    soundfile.write(os.fspath(path), np.stack([voice(1), voice(1)], axis=1), RATE)
    tape = Tape()
    assert hear(path, tape)
    assert len(tape.sound()) == RATE + round(0.4 * RATE)


def test_what_is_no_recording_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.flac"
    for data in (b"", b"fLaC" + bytes(200)):
        path.write_bytes(data)
        with pytest.raises(StorageError, match="cannot be read"):
            hear(path, Tape())


@pytest.mark.parametrize("words", [[], ["--plain"]])
def test_keys_move_a_recording_in_a_real_terminal(
    soundserver: SoundServer, tmp_path: Path, words: list[str]
) -> None:
    journal = soundserver_journal(soundserver)
    ramp(journal, 40)
    number = journal.entries()[-1].id
    command = [sys.executable, "-m", "guide", "journal", "play", str(number), *words]
    with screen(command, soundserver.environment, tmp_path) as shown:
        shown.wait_for("← and → move by 10 s")
        shown.press("\x1b[C\x1b[C ")
        shown.wait_for("of 0:40 · paused")
        at = re.findall(r"(\d+:\d\d) of 0:40 · paused", shown.text)[-1]
        assert "0:20" <= at < "0:39"
        shown.press("\x1b[D")
        back = f"0:{int(at[2:]) - 10} of 0:40 · paused"
        shown.wait_for(back)
        shown.press("q")
        assert shown.end() == 0


@pytest.mark.parametrize(
    ("keys", "says", "agreed"),
    [
        ("y\r", "Sessions may play it.", True),
        ("\r", "No session plays entry 1.", False),
        ("\x04", "No session plays entry 1.", False),
        ("", "you are asked when you have heard all of it", False),
    ],
)
def test_a_take_is_agreed_to_by_whoever_has_heard_all_of_it(
    soundserver: SoundServer, tmp_path: Path, keys: str, says: str, *, agreed: bool
) -> None:
    journal = soundserver_journal(soundserver)
    number = spoken(journal, seconds=1 if keys else 9).id
    says = says.replace("entry 1", f"entry {number}")
    command = [sys.executable, "-m", "guide", "journal", "echo", str(number), "--on"]
    with screen(command, soundserver.environment, tmp_path) as shown:
        if keys:
            shown.wait_for("May sessions play this to you?")
            shown.press(keys)
        else:
            shown.wait_for("q ends")
            shown.press("q")
        shown.wait_for(says)
        assert shown.end() == 0
    assert journal.entry(number).echo is agreed
    assert ("May sessions play this" in shown.text) is bool(keys)


def test_what_no_session_can_play_is_not_asked_about(journal: Journal) -> None:
    journal.write("One.", session="self-love")
    spoken(journal, seconds=21)
    for number in ("1", "2"):
        refused = typed("echo", number, "--on")
        assert refused.exit_code != 0
        assert f"Entry {number} is no recording of 20 seconds or less" in refused.output


def test_without_a_loudspeaker_it_says_where_the_file_is(
    journal: Journal, no_sound_card: dict[str, str], tmp_path: Path
) -> None:
    entry = spoken(journal)
    done = subprocess.run(
        [sys.executable, "-m", "guide", "journal", "play", "1"],
        env={**no_sound_card, "GUIDE_HOME": os.fspath(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"There is no loudspeaker here. The recording is {journal.path(entry)}.\n"


def test_a_recording_is_played_into_a_real_loudspeaker(soundserver: SoundServer) -> None:
    entry = spoken(soundserver_journal(soundserver), seconds=1)
    with soundserver.capture() as capture:
        done = soundserver.run(sys.executable, "-m", "guide", "journal", "play", str(entry.id))
    assert done.returncode == 0, done.stderr
    said, sound = voice(1)[RATE // 10 : -RATE // 10], capture.sound[:, 0]
    size = 1 << int(np.ceil(np.log2(len(said) + len(sound))))
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(said, size))
    at = int(np.argmax(np.fft.irfft(product, size)[: len(sound)]))
    assert np.max(np.abs(sound[at : at + len(said)] - said)) < 2 / 32_768


def test_help_needs_no_sound_library() -> None:
    code = "import sys, guide.cli.journal; print([name in sys.modules for name in ('numpy', 'sqlite3')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[False, False]\n"


def test_the_exported_sound_is_the_recording(journal: Journal, tmp_path: Path) -> None:
    spoken(journal)
    typed("export", os.fspath(tmp_path / "out"))
    (flac,) = (tmp_path / "out").rglob("*.flac")
    assert np.array_equal(soundfile.read(os.fspath(flac), dtype="float32")[0], voice(1))


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────


def test_marks_are_shown_over_time_each_session_by_itself(journal: Journal) -> None:
    assert typed("marks").output.startswith("No marks are kept yet.")
    assert json.loads(typed("marks", "--json").output) == []
    for days, mark in enumerate((5, 6)):
        journal.mark(
            [Mark("respect", f"Respect{RED} for yourself", mark)],
            session="five-questions", title="Five", now=DAWN + timedelta(days=days),
        )  # fmt: skip
    journal.mark([Mark("respect", "Another", 9)], session="another", now=DAWN)
    journal.delete(journal.mark([Mark("respect", "Binned", 1)], session="five-questions").id)
    assert typed("marks").output == (
        "Five\n"
        "                               23 Nov    24 Nov\n"
        "  Respect [31m for yourself      ▄  5      ▅  6\n"
        "\n"
        "another\n"
        "             23 Nov\n"
        "  Another      ▇  9\n"
    )
    five, another = json.loads(typed("marks", "--json").output)
    assert five == {
        "session": "five-questions",
        "key": "respect",
        "ask": f"Respect{RED} for yourself",
        "marks": [
            {"entry": 1, "created": "2026-11-23T07:01:24+01:00", "mark": 5},
            {"entry": 2, "created": "2026-11-24T07:01:24+01:00", "mark": 6},
        ],
    }
    assert another["session"] == "another"


def test_an_entry_with_marks_is_listed_and_shown_beside_the_times_before(journal: Journal) -> None:
    first, second, _ = (
        journal.mark(
            [Mark("respect", "Respect", mark)], session="five-questions", now=DAWN + timedelta(days=mark)
        )
        for mark in (3, 4, 5)
    )
    assert typed("list").output.splitlines()[0].endswith("five-questions  Respect 3")
    assert typed("show", str(first.id)).output == (
        "1  26 November 2026, 07:01, after five-questions\n\n 3  Respect\n"
    )
    assert typed("show", str(second.id)).output.splitlines()[2:] == [
        " 4  Respect",
        "",
        "Beside the times before:",
        "             26 Nov    27 Nov",
        "  Respect      ▃  3      ▃  4",
    ]
    told = json.loads(typed("show", str(second.id), "--json").output)
    assert (told["kind"], told["marks"]) == ("marked", [{"key": "respect", "ask": "Respect", "mark": 4}])


ODD = {
    "a day": "created = 'notadate'",
    "letters that are none": "session = CAST(x'ff41' AS TEXT)",
    "bytes": "question = x'00ff'",
    "a length": "frames = 'long'",
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_row_keeps_no_other_from_being_read(journal: Journal, odd: str) -> None:
    journal.mark([Mark("respect", "Respect", 4)], session="five-questions", now=DAWN)
    entry = spoken(journal)
    journal.mark([Mark("respect", "Respect", 5)], session="five-questions", now=DAWN)
    with closing(sqlite3.connect(journal.store.path)) as db, db:
        db.execute(f"UPDATE entries SET {ODD[odd]} WHERE id = ?", (entry.id,))
    left_out = odd != "letters that are none"
    for words in (["list"], ["marks"], ["list", "--json"], ["show", "1"]):
        done = typed(*words)
        assert done.exit_code == 0
        assert done.stderr == (
            "Entry 2 cannot be read, so it is left out. What is there of it stays in the journal.\n"
            if left_out
            else ""
        )
    assert [one["id"] for one in json.loads(typed("list", "--json").stdout)] == (
        [1, 3] if left_out else [1, 2, 3]
    )
    assert len(list(journal.recordings.glob("*.flac"))) == 1


def test_marks_that_cannot_be_read_are_not_called_a_recording(journal: Journal) -> None:
    journal.mark([Mark("respect", "Respect", 4)], session="five-questions", now=DAWN)
    with closing(sqlite3.connect(journal.store.path)) as db, db:
        db.execute("UPDATE entries SET marks = '[[[['")
    assert typed("list").output == "1  2026-11-23 07:01  five-questions  Marks that cannot be read.\n"
    assert typed("show", "1").output == (
        "1  23 November 2026, 07:01, after five-questions\n\nMarks that cannot be read.\n"
    )

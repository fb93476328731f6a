"""What somebody wrote for the device: every mistake with its line, and the last good one goes on."""

import os
import re
import shutil
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guide import settings as guide_settings
from guide.bedside import in_force, reading
from guide.bedside.in_force import Settings
from guide.bedside.reading import EXAMPLE, parse, problems, read
from guide.bedside.setting import Deed, Invitation, Night, Pins, Setting, Waking
from guide.checking import entries
from guide.config import Config
from guide.duration import frames
from guide.fields import Model
from guide.folders import Folders
from guide.library import Library

SESSION = """\
guide: 1
title: Short
length: {shortest: 5m, usual: 6m, longest: 7m}
steps:
  - say: Here.
  - rest: 20s
"""


def folders(home: Path) -> Folders:
    return Folders(home / "config", home / "data", home / "cache", home / "state")


LIBRARY = Library.find(folders(Path("/nowhere")))


def told(text: str | bytes, library: Library | None = LIBRARY) -> list[str]:
    """The sentences about a text, without its name."""
    data = text.encode() if isinstance(text, str) else text
    setting, found = parse(data, "bedside.yaml", library)
    assert (setting is None) == bool(found)
    assert all(one.startswith("bedside.yaml:") for one in found)
    return [one.removeprefix("bedside.yaml:") for one in found]


def test_without_a_file_everything_is_as_it_comes(tmp_path: Path) -> None:
    assert read(tmp_path / "bedside.yaml", LIBRARY) == (Setting(), ())


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "\ufeff# a mark\n"])
def test_an_empty_file_is_the_defaults(text: str) -> None:
    assert parse(text.encode(), "bedside.yaml", LIBRARY) == (Setting(), ())


def test_everything_can_be_set() -> None:
    text = """\
press: {play: bedtime, for: 20m}
double: nothing
hold: status
menu: [bedtime, self-love]
volume: -6
night: {begins: "21:30", ends: "6:05", volume: -20, light: 0.1, reflect: never}
invitations:
  - {at: "22:15", every: weekdays, play: bedtime, for: 20m, stands: 5m}
  - {at: "22:15", every: weekends, play: next}
wake:
  - {at: "7:00", every: monday, bed: rain, bell: low-bowl, rise: 15m, stays: 20m, volume: -10}
device: USB
microphone: Yeti
pins: {button: 5, light: none, louder: 6, softer: 13, skip: 19}
after_a_cut: go on
switch_off: no
"""
    setting, found = parse(text.encode(), "bedside.yaml", LIBRARY)
    assert found == ()
    assert setting == Setting(
        press=Deed(play="bedtime", length=frames(1200)),
        double=Deed(play="nothing"),
        hold=Deed(play="status"),
        menu=("bedtime", "self-love"),
        volume=-6,
        night=Night(begins=21 * 60 + 30, ends=6 * 60 + 5, volume=-20, light=0.1, reflect="never"),
        invitations=(
            Invitation(
                at=1335, every="weekdays", play="bedtime", length=frames(1200), stands=frames(300)
            ),
            Invitation(at=1335, every="weekends", play="next"),
        ),
        wake=(
            Waking(
                at=420, every="monday", bed="rain", bell="low-bowl", rise=frames(900), stays=frames(1200),
                volume=-10,
            ),
        ),
        device="USB",
        microphone="Yeti",
        pins=Pins(button=5, light=None, louder=6, softer=13, skip=19),
        after_a_cut="go on",
        switch_off="no",
    )  # fmt: skip


MISTAKES = """\
pres: next
double: bedtme
hold: {play: bedtime, for: 90m}
volume: loud
menu:
  - bedtime
  - bedtime
  - nothing
night: {begins: "22:00", ends: "22:00"}
invitations:
  - at: "25:00"
    play: bedtime
  - at: "22:15"
    every: monday
    play: selflove
  - at: "22:15"
    play: menu
    stands: 10s
  - at: "22:15"
    every: weekdays
    play: next
  - play: next
wake:
  - at: "7:00"
    bed: streem
  - at: "7:05"
    every: weekends
    bell: gong
pins: {button: 3, skip: 40, louder: x}
after_a_cut: goon
device:
"""


def test_every_mistake_is_told_in_one_run_with_its_line() -> None:
    another = "is at the same minute; give one another time"
    assert told(MISTAKES) == [
        "1:1: unknown key 'pres'; did you mean 'press'?",
        "2:9: there is no session called 'bedtme'; did you mean 'bedtime'?",
        "3:28: 'bedtime' lasts 12m to 40m, not 1h30m",
        "4:9: 'volume' is a whole number, not 'loud'",
        "7:5: 'bedtime' stands here twice",
        "8:5: 'nothing' is not for here; it takes the name of a session",
        "9:32: the night ends when it begins; give it two times that are not the same",
        "11:9: 'at': '25:00' is not a time of the clock; write it like 22:15",
        "15:11: there is no session called 'selflove'; did you mean 'self-love'?",
        f"16:9: the invitation of line 13 {another}",
        "17:11: 'menu' is not for here; it takes 'next' or the name of a session",
        "18:13: 'stands': in '10s' nobody can take it; it stands for 1m or longer",
        f"19:9: the invitation of line 13 {another}",
        f"19:9: the invitation of line 16 {another}",
        "22:5: each of 'invitations' needs 'at'",
        "25:10: there is no bed called 'streem'; did you mean 'stream'?",
        "26:9: this rises while the waking of line 24 does; give one of them another time, or a shorter rise",
        "28:11: there is no bell called 'gong'; there are block, bowl, chime, high-bowl and low-bowl",
        "29:25: 'skip': '40' is no pin; it takes a BCM number from 0 to 27, or none",
        "29:37: 'louder': 'x' is no pin; it takes a BCM number from 0 to 27, or none",
        "30:14: 'after_a_cut' does not know 'goon'; did you mean 'go on'?",
        "31:1: 'device' has no value",
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("press", ["1:1: it is made of lines like 'key: value'"]),
        ("- press: next", ["1:1: it is made of lines like 'key: value'"]),
        ("press: {for: 20m}", ["1:8: 'press' needs 'play'"]),
        ("press: {play: menu, for: 20m}", ["1:26: 'menu' has no length; 'for' belongs to a session"]),
        ("press: {play: next, for: 20m}", []),
        ("press: ./bedtime.yaml", None),
        ("press: [next]", ["1:8: 'press' takes play and for, each as 'key: value'"]),
        ("press: next\npress: menu", ["2:1: 'press' stands here twice; the first is on line 1"]),
        ("volume: 3", ["1:9: 'volume' must be 0 or less"]),
        ("pins: {button: 4, softer: 4}", ["1:27: pin 4 is that of 'button' already"]),
        ("pins: {button: 18}", ["1:7: pin 18 is that of 'button' already"]),
        ("night: {begins: 9pm}", ["1:17: 'begins': '9pm' is not a time of the clock; write it like 22:15"]),
        ("night: {light: 2}", ["1:16: 'light' must be 1 or less"]),
        ("wake: [{at: 7:00, rise: 0s}]", ["1:25: 'rise': it has to last a while"]),
        ("wake: [{at: 7:00}, {at: 7:10}]", []),
        ("wake: [{at: 7:00}, {at: 7:09}]", None),
        ("wake: [{at: 7:00, every: monday}, {at: 7:00, every: friday}]", []),
        ("wake: [{at: '0:05', every: monday}, {at: '23:58', every: sunday}]", None),
        ("wake: [{at: '0:05', every: monday}, {at: '23:58', every: monday}]", []),
    ],
)
def test_a_mistake_is_a_sentence(text: str, sentences: list[str] | None) -> None:
    found = told(text)
    if sentences is None:
        assert len(found) == 1
    else:
        assert found == sentences


def test_a_session_of_ones_own_is_known_with_its_length(tmp_path: Path) -> None:
    library = Library.find(folders(tmp_path))
    library.own.mkdir(parents=True)
    (library.own / "mine.yaml").write_text(SESSION)
    assert told("press: {play: mine, for: 7m}", library) == []
    assert told("press: {play: mine, for: 8m}", library) == ["1:26: 'mine' lasts 5m to 7m, not 8m"]


def test_without_a_library_only_the_form_is_looked_at() -> None:
    assert told("press: {play: gone, for: 9h}\nwake: [{at: 7:00, bed: gone}]", None) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"press: \xff", "1:8: this is not UTF-8"),
        (b"press: next\nvolume: \x1b[31m", "2:9: a control character (U+001B)"),
        (b'device: "\\e[31m"', "1:9: this text holds a control character"),
        (b"[" * 5000, "nested too deep"),
        (b"a: {" * 5000, "nested too deep"),
        (b"press: [", "inside '{ }' or '[ ]'"),
        (b"press: next\n---\npress: menu", "2:1: a second document begins here; a file holds only one"),
        (b"press: !!python/object:os.system x", "are not used here"),
        (b"press: *x", "there is no '&x' before this"),
        (b"a: &a [x]\n" + b"".join(b"b%d: [*a,*a]\n" % n for n in range(80)), "more than 100 aliases"),
        (b"menu: [" + b"x," * 32_000 + b"]", "more than 24 entries"),
        (b"press: next\n" * 5000, "and 4,899 more in this file"),
    ],
)
def test_what_is_no_setting_is_a_sentence(data: bytes, words: str) -> None:
    assert words in "\n".join(told(data))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(alphabet="press:nextwakemenu&*{}[]!-'\"\n 0:", max_size=80).map(str.encode)
)
def test_whatever_stands_in_the_file_is_a_setting_or_sentences(data: bytes) -> None:
    setting, found = parse(data, "bedside.yaml", LIBRARY)
    assert (setting is None) == bool(found)
    assert all(one.startswith("bedside.yaml:") and one.isprintable() for one in found)


def test_what_is_no_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bedside.yaml"
    path.mkdir()
    assert problems(path, LIBRARY) == (f"{path} cannot be read: it is not a file.",)
    path.rmdir()
    os.mkfifo(path)
    assert problems(path, LIBRARY) == (f"{path} cannot be read: it is not a file.",)
    path.unlink()
    path.symlink_to(path.name)
    assert "cannot be read" in problems(path, LIBRARY)[0]
    path.unlink()
    path.write_bytes(b"#" * (1 << 16))
    assert problems(path, LIBRARY) == ()
    path.write_bytes(b"#" * ((1 << 16) + 1))
    assert "smaller than 64 KiB" in problems(path, LIBRARY)[0]


def test_the_file_to_begin_with_sets_nothing() -> None:
    assert read(EXAMPLE, LIBRARY) == (Setting(), ())
    assert EXAMPLE.read_text("utf-8").isascii()


def blocks() -> list[tuple[str, Setting]]:
    """Each piece of the file to begin with that can be set, and what it makes."""
    found = []
    for block in EXAMPLE.read_text("utf-8").split("\n\n"):
        lines = [line[1:] for line in block.splitlines() if re.match(r"#(?! \S)", line)]
        setting, problems = parse("\n".join(lines).encode(), "bedside.yaml", LIBRARY)
        assert problems == (), block
        assert setting is not None
        found.append((block, setting))
    return found


def test_what_the_file_to_begin_with_shows_is_right_and_is_the_default_where_it_says_so() -> None:
    shown = blocks()
    for block, setting in shown:
        if "example" not in block:
            night = Night(reflect=setting.night.reflect)  # its `reflect` is told beside it
            assert setting == Setting(night=night), block
    assert any("example" in block for block, _ in shown)


def test_the_file_to_begin_with_shows_everything() -> None:
    text = "\n".join(
        line[1:] for line in EXAMPLE.read_text("utf-8").splitlines() if re.match(r"#(?! \S)", line)
    )
    data = yaml.safe_load(text)
    models: list[tuple[type[Model], object]] = [
        (Setting, data), (Night, data["night"]), (Invitation, data["invitations"][0]),
        (Waking, data["wake"][0]), (Pins, data["pins"]), (Deed, data["press"]),
    ]  # fmt: skip
    for model, given_here in models:
        assert isinstance(given_here, dict)
        assert list(given_here) == list(entries(model))
    assert len(entries(Setting)) == len(fields(Setting))


class Home:
    """The folders of a device, and whoever saves its files."""

    def __init__(self, root: Path) -> None:
        self.folders = folders(root)
        self.library = Library.find(self.folders)
        self.folders.config.mkdir()
        self.bedside = self.folders.config / "bedside.yaml"
        self.config = self.folders.config / "config.yaml"
        self.kept = self.folders.state / "last-good"

    def start(self) -> Settings:
        return Settings(self.folders, self.library)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_without_files_the_defaults_are_in_force_and_nothing_is_written(home: Home) -> None:
    found = home.start()
    assert (found.now.setting, found.now.config, found.now.problems) == (Setting(), Config(), ())
    assert not found.look()
    assert not home.folders.state.exists()


def test_a_change_is_taken_up_at_the_second_look(home: Home) -> None:
    home.bedside.write_text("volume: -10")
    found = home.start()
    assert found.now.setting.volume == -10
    home.bedside.write_text("volume: -20")
    assert [found.look(), found.look(), found.look()] == [False, True, False]
    assert found.now.setting.volume == -20
    home.config.write_text("language: de")
    assert [found.look(), found.look(), found.look()] == [False, True, False]
    assert found.now.config.language == "de"
    home.bedside.unlink()
    assert [found.look(), found.look(), found.look()] == [False, True, False]
    assert found.now.setting == Setting()


def test_of_a_wrong_file_the_last_good_one_stays_in_force_and_the_other_is_taken_up(home: Home) -> None:
    home.bedside.write_text("volume: -10")
    found = home.start()
    home.bedside.write_text("volume: -20\nnigt: {}\n")
    assert [found.look(), found.look(), found.look()] == [False, True, False]
    assert found.now.setting == Setting(volume=-10)
    assert found.now.problems == ("bedside.yaml:2:1: unknown key 'nigt'; did you mean 'night'?",)
    home.config.write_text("language: de")
    assert [found.look(), found.look(), found.look()] == [False, True, False]
    assert (found.now.setting.volume, found.now.config.language) == (-10, "de")
    home.config.write_text("language: de\nreflect: maybe")
    assert [found.look(), found.look()] == [False, True]
    assert [one.partition(": ")[0] for one in found.now.problems] == ["bedside.yaml:2:1", "config.yaml:2:10"]
    home.bedside.write_text("volume: -20\nnight: {}\n")
    home.config.write_text("language: de")
    assert [found.look(), found.look()] == [False, True]
    assert found.now.setting.volume == -20
    assert not found.now.problems


def test_the_last_good_one_is_in_force_after_a_restart(home: Home) -> None:
    home.bedside.write_text("volume: -10")
    home.config.write_text("language: de")
    home.start()
    assert (home.kept / "bedside.yaml").stat().st_mode & 0o777 == 0o600
    home.bedside.write_text("volume: loud")
    home.config.write_text("languag: de")
    again = home.start()
    assert (again.now.setting.volume, again.now.config.language) == (-10, "de")
    assert len(again.now.problems) == 2
    assert not again.look()


def test_where_there_never_was_a_good_one_the_defaults_are_in_force(home: Home) -> None:
    home.bedside.write_text("volume: loud")
    home.config.write_text("language: de")
    found = home.start()
    assert (found.now.setting, found.now.config.language, len(found.now.problems)) == (Setting(), "de", 1)


def test_a_file_that_a_power_cut_emptied_is_no_wish_for_the_defaults(home: Home) -> None:
    home.bedside.write_text("volume: -10")
    home.start()
    for nothing in (b"", b"\n", bytes(4096)):
        home.bedside.write_bytes(nothing)
        again = home.start()
        assert again.now.setting.volume == -10
        assert again.now.problems[0].startswith("bedside.yaml:1:1: the file is empty")
    home.bedside.write_text("# nothing\n")
    assert home.start().now.setting == Setting()


def test_a_session_that_was_taken_away_takes_nothing_else_along(home: Home) -> None:
    home.library.own.mkdir(parents=True)
    script = home.library.own / "mine.yaml"
    script.write_text(SESSION)
    home.bedside.write_text("press: mine\nvolume: -10")
    found = home.start()
    assert not found.now.problems
    script.unlink()
    assert [found.look(), found.look()] == [False, True]
    assert found.now.problems == home.start().now.problems
    assert "there is no session called 'mine'" in found.now.problems[0]
    assert found.now.setting == home.start().now.setting == Setting(press=Deed(play="mine"), volume=-10)
    script.write_text(SESSION)
    assert [found.look(), found.look()] == [False, True]
    assert found.now.problems == ()


def test_the_copy_is_written_only_when_it_changes(home: Home) -> None:
    home.bedside.write_text("volume: -10")
    found = home.start()
    before = (home.kept / "bedside.yaml").stat().st_mtime_ns
    for _ in range(10):
        found.look()
    home.bedside.touch()
    assert [found.look(), found.look(), found.look()] == [False, False, False]
    home.start()
    assert (home.kept / "bedside.yaml").stat().st_mtime_ns == before
    home.bedside.unlink()
    home.start()
    assert not (home.kept / "bedside.yaml").exists()


def test_while_nothing_changes_nothing_is_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.bedside.write_text("volume: -10")
    found = home.start()

    def never(path: Path) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr(in_force, "content", never)
    assert not any(found.look() for _ in range(100))


def test_a_copy_that_cannot_be_written_stops_nobody(home: Home) -> None:
    home.folders.state.write_text("in the way")
    home.bedside.write_text("volume: -10")
    found = home.start()
    assert found.now.setting.volume == -10
    home.bedside.write_text("volume: -20")
    assert [found.look(), found.look()] == [False, True]
    assert found.now.setting.volume == -20


@pytest.mark.parametrize("kept", [b"volume: loud", b"\xff", b"["])
def test_a_copy_that_was_damaged_is_the_defaults(home: Home, kept: bytes) -> None:
    home.kept.mkdir(parents=True)
    (home.kept / "bedside.yaml").write_bytes(kept)
    home.bedside.write_text("volum: -10")
    assert home.start().now.setting == Setting()
    shutil.rmtree(home.kept)
    (home.kept / "bedside.yaml").mkdir(parents=True)
    home.bedside.write_text("volume: -10")
    assert home.start().now.setting.volume == -10


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(["empty", "half", "gone", "link", "look", "whole", "look", "look"]), max_size=25
    )
)
def test_no_half_saved_file_is_ever_in_force(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """An editor does one thing between two looks at most twice; what stands is one of the whole files."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.bedside.write_text("volume: -10\nnight: {volume: -20}\n")
    found, number = home.start(), 10
    whole = {(-10, -20)}
    for step in steps:
        if step == "look":
            found.look()
        elif step == "empty":
            home.bedside.write_bytes(b"")
        elif step == "gone":
            home.bedside.unlink(missing_ok=True)
        else:
            number = number % 30 + 1
            text = f"volume: -{number}\nnight: {{volume: -{number + 5}}}\n"
            half = text[: len(text) - 9] if step == "half" else text
            new = home.bedside.with_name("new")
            new.write_text(half)
            if step == "half":
                home.bedside.write_text(half)
            else:
                new.replace(home.bedside)
                whole.add((-number, -number - 5))
        now = found.now.setting
        assert (now.volume, now.night.volume) in {*whole, (Setting().volume, Night().volume)}


def test_a_save_that_takes_a_while_is_never_seen(home: Home) -> None:
    home.bedside.write_text("volume: -10")
    found = home.start()
    new = home.bedside.with_name(".bedside.yaml.swp")
    home.bedside.write_bytes(b"")
    assert not found.look()
    home.bedside.unlink()
    assert not found.look()
    new.write_text("volume: -20")
    new.replace(home.bedside)
    assert not found.look()
    assert (found.now.setting.volume, found.now.problems) == (-10, ())
    assert found.look()
    assert found.now.setting.volume == -20


def test_what_changes_while_it_is_read_is_left_for_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.bedside.write_text("volume: -10")
    found = home.start()
    home.bedside.write_text("volume: -20")
    assert not found.look()
    real = guide_settings.content

    def late(path: Path) -> bytes | None:
        data = real(path)
        home.bedside.write_text("volume: -30\n# and more")
        return data

    monkeypatch.setattr(in_force, "content", late)
    assert not found.look()
    monkeypatch.setattr(in_force, "content", real)
    assert found.now.setting.volume == -10
    assert [found.look(), found.look()] == [False, True]
    assert found.now.setting.volume == -30


def test_the_words_that_are_no_sessions_are_no_sessions() -> None:
    assert not set(reading.WORDS) & set(LIBRARY.names())

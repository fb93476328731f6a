"""Sessions and sounds by name, and where the files of a person live."""

import os
from pathlib import Path

import pytest

from guide.duration import frames
from guide.errors import NotFoundError, StorageError
from guide.folders import Folders, private, write_whole
from guide.library import Library
from guide.lines import NAMES, lines

HEAD = """guide: 1
title: {title}
about: >
  Two lines
  of words.
kind: resting
ideas: [S2, S4]
length: {{shortest: 8m, usual: 15m, longest: 25m}}
steps:
  - say: Hello, {{name}}.
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    own, shipped, audio = tmp_path / "own", tmp_path / "shipped", tmp_path / "audio"
    for folder in (own, shipped, audio / "bells", audio / "beds" / "rain", audio / "beds" / "drone"):
        folder.mkdir(parents=True)
    for name in ("morning-light", "self-love"):
        (shipped / f"{name}.yaml").write_text(HEAD.format(title=name.title()))
    (own / "self-love.yaml").write_text(HEAD.format(title="My own"))
    (audio / "bells" / "bowl.flac").touch()
    (audio / "bells" / "chime.flac").touch()
    return Library(own, shipped, audio)


def test_a_name_finds_the_own_script_before_the_shipped_one(library: Library) -> None:
    assert library.script_path("self-love") == library.own / "self-love.yaml"
    assert library.script_path("morning-light") == library.shipped / "morning-light.yaml"


def test_a_path_is_taken_as_it_is(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    path = library.shipped / "self-love.yaml"
    assert library.script_path(str(path)) == path
    monkeypatch.chdir(library.shipped)
    assert library.script_path("self-love.yaml") == Path("self-love.yaml")
    monkeypatch.setenv("HOME", str(library.shipped))
    assert library.script_path("~/self-love.yaml") == path


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "self-luv",
            "There is no session called 'self-luv'. Did you mean 'self-love'? `guide list` shows them all.",
        ),
        ("xyz", "There is no session called 'xyz'. `guide list` shows them all."),
        ("nowhere/a.yaml", "There is no script at nowhere/a.yaml."),
        ("a.yml", "There is no script at a.yml."),
        ("~nobody-by-that-name/a.yaml", "There is no script at ~nobody-by-that-name/a.yaml."),
        ("", "There is no session called ''. `guide list` shows them all."),
        ("..", "There is no session called '..'. `guide list` shows them all."),
    ],
)
def test_a_name_that_is_not_there_is_a_sentence_with_a_hint(
    library: Library, name: str, sentence: str
) -> None:
    with pytest.raises(NotFoundError) as error:
        library.script_path(name)
    assert str(error.value) == sentence


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3000, "b" * 5000 + ".yaml", "a/\0"])
def test_a_name_that_no_file_can_have_is_a_sentence_too(library: Library, name: str) -> None:
    with pytest.raises(NotFoundError):
        library.script_path(name)


def test_the_list_shows_what_stands_at_the_top_of_each(library: Library) -> None:
    own, shipped = library.headers()[1], library.headers()[0]
    assert library.names() == ["morning-light", "self-love"]
    assert (shipped.name, shipped.title, shipped.own) == ("morning-light", "Morning-Light", False)
    assert (own.name, own.title, own.own) == ("self-love", "My own", True)
    assert shipped.about == "Two lines of words."
    assert shipped.kind == "resting"
    assert [shipped.shortest, shipped.usual, shipped.longest] == [frames(60 * m) for m in (8, 15, 25)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "- a\n- list",
        "title: [",
        "title: &a x\nabout: *a\nkind: resting",
        "length: {shortest: soon}",
        "length: 5",
        "? [a]\n: b",
        "\0",
        "title: " + "x" * 2_000_000,
        "[" * 5000,
        "&a [*a]",
    ],
)
def test_a_script_that_is_broken_is_listed_by_its_name(library: Library, text: str) -> None:
    (library.own / "broken.yaml").write_text(text)
    header = next(one for one in library.headers() if one.name == "broken")
    assert header.usual == 0
    assert header.title in ("broken", "x")


def test_bytes_that_are_no_text_are_listed_too(library: Library) -> None:
    (library.own / "bytes.yaml").write_bytes(b"\xff\xfe\x00title")
    (library.own / "gone.yaml").symlink_to("nowhere")
    (library.own / "Not A Slug.yaml").write_text("")
    assert library.names() == ["bytes", "morning-light", "self-love"]
    assert len(library.headers()) == 3


def test_only_a_file_is_a_script(library: Library) -> None:
    os.mkfifo(library.own / "pipe.yaml")
    os.mkfifo(library.own / "morning-light.yaml")
    (library.own / "folder.yaml").mkdir()
    (library.own / "zero.yaml").symlink_to("/dev/zero")
    assert [(one.name, one.own) for one in library.headers()] == [
        ("morning-light", False),
        ("self-love", True),
    ]
    assert library.script_path("morning-light") == library.shipped / "morning-light.yaml"
    for name in ("pipe", str(library.own / "pipe.yaml"), "folder", "zero"):
        with pytest.raises(NotFoundError):
            library.script_path(name)


def test_without_any_folder_there_is_nothing(tmp_path: Path) -> None:
    empty = Library(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert (empty.names(), empty.headers(), empty.bells(), empty.beds()) == ([], [], [], [])
    assert "Install it again" in empty.complaint()


def test_sounds_are_found_by_name(library: Library) -> None:
    assert library.bells() == ["bowl", "chime", "low-bowl"]
    assert library.beds() == ["drone", "rain"]
    assert library.bell_path("bowl") == library.audio / "bells" / "bowl.flac"
    assert library.bell_path("low-bowl") == library.bell_path("bowl")
    assert library.bed_path("rain") == library.audio / "beds" / "rain"
    with pytest.raises(NotFoundError, match=r"no bell called 'bowls'\. Did you mean 'bowl'"):
        library.bell_path("bowls")
    with pytest.raises(NotFoundError, match=r"no ambience called '\.\./bells'\. There are: drone, rain"):
        library.bed_path("../bells")


def test_what_ships_is_found_in_a_checkout() -> None:
    library = Library.find(Folders.find())
    assert library.complaint() == ""
    assert "releasing-the-wall" in library.names()
    assert {"bowl", "chime"} <= set(library.bells())
    assert {"rain", "drone"} <= set(library.beds())
    assert all(library.cue_path(name).is_file() for name in ("in", "out"))


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────────


def test_one_variable_puts_everything_under_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path))
    found = Folders.find()
    assert {found.config.parent, found.data.parent, found.cache.parent, found.state.parent} == {tmp_path}
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv("GUIDE_HOME")
    assert Folders.find().config.name == "guide"


def test_a_private_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert private(folder).stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert private(folder).stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Give this user the right to write there"):
        private(tmp_path / "file" / "a")


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_written_whole_and_for_its_owner_alone(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "a"
    write_whole(path, b"one", durable=durable)
    write_whole(path, b"two", durable=durable)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["missing/a", "file/a", "folder"])
def test_what_cannot_be_written_is_a_sentence_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="could not be written"):
        write_whole(tmp_path / name, b"data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


# ── the program's own lines ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("language", "same"), [("de-AT", "de"), ("en-GB", "en"), ("tlh", "en"), ("", "en")])
def test_lines_are_in_the_nearest_language(language: str, same: str) -> None:
    assert lines(language) == lines(same)
    assert lines("de") != lines("en")


def test_own_words_win_and_unknown_ones_are_nothing() -> None:
    mine = lines("en", {"close": "Kept.", "nonsense": "x"})
    assert mine.close == "Kept."
    assert mine.stop == lines("en").stop


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_line_has_words_and_the_grounding_line_is_short(language: str) -> None:
    all_lines = lines(language)
    assert all(getattr(all_lines, name).strip() for name in NAMES)
    # 8 s at the 100 words a minute that a text of three short sentences comes to.
    assert len(all_lines.stop.split()) <= 8 * 100 / 60

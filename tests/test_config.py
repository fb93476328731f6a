"""The settings of one person: what they mean, and what is said about a mistake in them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guide.config import Config
from guide.duration import frames
from guide.errors import GuideError
from guide.folders import Folders
from guide.settings import read


def folders(home: Path) -> Folders:
    return Folders(home / "config", home / "data", home / "cache", home / "state")


def load(home: Path, text: str | bytes) -> Config:
    path = home / "config" / "config.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Config.load(folders(home))


def test_without_a_file_everything_is_as_it_comes(tmp_path: Path) -> None:
    config = Config.load(folders(tmp_path))
    assert config == Config()
    assert (config.name, config.reflect, config.lines) == (None, "ask", {})
    assert config.end_after_silence == 0


def test_without_a_file_nothing_is_read_that_takes_its_time(tmp_path: Path) -> None:
    program = (
        "import sys; from guide.config import Config; from guide.folders import Folders\n"
        "Config.load(Folders.find()); print({'yaml', 'difflib', 'guide.script'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"GUIDE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n"])
def test_an_empty_file_is_no_settings(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == Config()


def test_every_setting_is_read_as_text(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        """
        name: no
        language: de
        ambience: none
        reflect: never
        end_after_silence: 1m
        lines: {close: Kept.}
        options:
          play: {for: 1:30, seed: 0123}
        """,
    )
    assert config.name == "no"
    assert config.reflect == "never"
    assert config.end_after_silence == frames(60)
    assert config.lines == {"close": "Kept."}
    assert config.options == {"play": {"for": "1:30", "seed": "0123"}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nam: Ada", "{path}:1:1: there is no setting 'nam'. Did you mean 'name'?"),
        ("qqq: 1", "{path}:1:1: there is no setting 'qqq'."),
        ("reflect: maybe", "{path}:1:10: reflect can be 'ask', 'always' or 'never', not 'maybe'."),
        (
            "end_after_silence: soon",
            (
                "{path}:1:20: end_after_silence: 'soon' is not a length of time; "
                "write it like 20s, 1m30s or 1:30."
            ),
        ),
        (
            "end_after_silence: 5s",
            "{path}:1:20: end_after_silence: '5s' is not between 20s and 10m; that, or never.",
        ),
        ("name: [a]", "{path}:1:7: name: input should be a valid string."),
        (f"name: {'a' * 81}", "{path}:1:7: name: string should have at most 80 characters."),
        ("lines: hello", "{path}:1:8: lines: input should be a valid dictionary."),
        ("options: {play: fast}", "{path}:1:17: options.play: input should be a valid dictionary."),
        ("lines: {clos: Kept.}", "{path}:1:9: lines: there is no line called 'clos'. Did you mean 'close'?"),
        ("lines: {close: ''}", "{path}:1:16: lines.close: string should have at least 1 character."),
        ("- name", "{path}: settings are written as `key: value`, one a line."),
        ("name", "{path}: settings are written as `key: value`, one a line."),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(GuideError) as error:
        load(tmp_path, text)
    assert str(error.value) == sentence.format(path=tmp_path / "config" / "config.yaml")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(GuideError) as error:
        load(tmp_path, "# mine\nreflect: maybe\nlanguage:\n  - en\nnam: Ada\n")
    lines = [line.removeprefix(str(tmp_path)) for line in str(error.value).splitlines()]
    assert [line.partition(": ")[0] for line in lines] == [
        "/config/config.yaml:2:10", "/config/config.yaml:4:3", "/config/config.yaml:5:1",
    ]  # fmt: skip


def test_of_a_setting_that_stands_twice_the_one_that_counts_is_named(tmp_path: Path) -> None:
    with pytest.raises(GuideError, match=r"config\.yaml:2:10: reflect can be"):
        load(tmp_path, "reflect: ask\nreflect: maybe\n")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: [", ":1:8: "),
        ("a: b: c", ":1:5: "),
        ("name: !!python/object:os.system x\nb: [", ":2:5: "),
        ("a: &a x\nb: *a", ":2:4: "),
        ("[" * 5000, ": "),
        ("a: {" * 5000, ": "),
    ],
)
def test_what_is_not_yaml_is_told_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(GuideError) as error:
        load(tmp_path, text)
    assert f"config.yaml{place}this is not YAML" in str(error.value)


def test_a_tag_makes_nothing_but_text(tmp_path: Path) -> None:
    assert load(tmp_path, "name: !!python/name:os.system x").name == "x"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"name: \xc3", b"name: \0", b"x" * 70_000])
def test_bytes_that_are_no_settings_are_a_sentence(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(GuideError, match=r"config\.yaml"):
        load(tmp_path, data)


def test_a_place_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()
    with pytest.raises(GuideError, match="cannot be read"):
        read(tmp_path / "config.yaml")
    (tmp_path / "file").touch()
    with pytest.raises(GuideError, match="cannot be read"):
        read(tmp_path / "file" / "config.yaml")


def test_a_length_set_for_good_stands_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("options:\n  play: {for: 15m}\n")
    done = subprocess.run(
        [sys.executable, "-m", "guide", "play", "--resume", "--plain"],
        env=os.environ | {"GUIDE_HOME": str(tmp_path), "GUIDE_PLAY_SEED": "a"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no session to go on with" in done.stderr


def test_a_pipe_that_takes_the_place_of_a_file_holds_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, pipe = tmp_path / "file", tmp_path / "config.yaml"
    file.touch()
    os.mkfifo(pipe)
    about = file.stat()
    monkeypatch.setattr(Path, "stat", lambda _: about)  # as it was a moment ago
    with pytest.raises(GuideError, match="not a file"):
        read(pipe)
    monkeypatch.undo()


def test_a_link_is_followed_to_a_file_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.symlink_to(tmp_path / "mine.yaml")
    with pytest.raises(GuideError, match="a link to what is not there"):
        read(path)
    (tmp_path / "mine.yaml").write_text("name: Ada")
    assert read(path) == {"name": "Ada"}
    for target, words in (
        ("/dev/zero", "not a file"),
        ("config.yaml", "cannot be read"),
        (".", "not a file"),
    ):
        path.unlink()
        path.symlink_to(target)
        with pytest.raises(GuideError, match=words):
            read(path)


def test_a_pipe_in_the_place_of_the_settings_holds_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    with pytest.raises(GuideError, match="not a file"):
        read(tmp_path / "config.yaml")

"""`guide list`, `guide` alone, and the completion of session names; each in a real process."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import guide
from guide.cli.sessions import lengths, table
from guide.duration import frames
from guide.folders import Folders
from guide.legible import columns
from guide.library import Header, Library

HEAVY = ("numpy", "sounddevice", "soundfile", "pydantic", "guide.script", "rich")

OWN = """
guide: 1
title: "Evening \\e[31m[bold]Walk[/]\\u202e"
about: Slowly.
kind: quick
length: {shortest: 90s, usual: 3m, longest: 5m}
steps:
  - say: Walk.
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    scripts = tmp_path / "data" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "evening-walk.yaml").write_text(OWN)
    (scripts / "broken.yaml").write_text("title: [")
    return tmp_path


def run(
    home: Path, *words: str, code: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = ["-c", code] if code else ["-m", "guide", *words]
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "GUIDE_HOME": str(home), "PYTHONUTF8": "1", "COLUMNS": "90", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_list_names_every_session_with_its_lengths(home: Path) -> None:
    listed = run(home, "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    rows = {line.split()[0]: line for line in listed.stdout.splitlines()}
    for name in ("self-love", "opening-the-heart", "releasing-the-wall", "evening-walk"):
        assert name in rows
    assert rows["evening-walk"].rstrip().endswith("1m30s–3m–5m  your own")
    assert "your own" not in rows["self-love"]
    assert max(map(columns, rows.values())) <= 90


def test_a_title_can_neither_move_the_cursor_nor_turn_the_line(home: Path) -> None:
    for words in (["list"], []):
        shown = run(home, *words).stdout
        assert "Evening [31m[bold]Walk[/]" in shown
        assert not any(letter in shown for letter in "\x1b\u202e")


def test_a_terminal_without_unicode_gets_plain_letters(home: Path) -> None:
    for words in (["list"], []):
        shown = run(home, *words, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.isascii()


def test_the_list_as_json_is_stable(home: Path) -> None:
    data = {one["name"]: one for one in json.loads(run(home, "list", "--json").stdout)}
    assert data["evening-walk"] == {
        "name": "evening-walk",
        "title": "Evening \x1b[31m[bold]Walk[/]\u202e",
        "about": "Slowly.",
        "kind": "quick",
        "shortest": 90,
        "usual": 180,
        "longest": 300,
        "own": True,
        "path": str(home / "data" / "scripts" / "evening-walk.yaml"),
    }
    assert data["broken"]["usual"] is None
    assert data["self-love"]["own"] is False


@pytest.mark.parametrize("words", [["list"], [], ["--help"], ["list", "--json"]])
def test_nothing_heavy_is_imported_for_a_list(home: Path, words: list[str]) -> None:
    code = f"""
import sys
from guide.cli import guide
try:
    guide({words!r}, prog_name="guide")
except SystemExit as end:
    assert not end.code
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run(home, code=code)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[]"


def test_guide_alone_greets_and_says_what_to_type(home: Path) -> None:
    greeting = run(home).stdout
    for words in ("Welcome", "evening-walk", "guide play self-love", "--for 10m", "guide --help"):
        assert words in greeting
    assert "--resume" not in greeting
    assert len(greeting.splitlines()) - len(run(home, "list").stdout.splitlines()) <= 14


def test_an_unfinished_session_is_mentioned(home: Path) -> None:
    (home / "state").mkdir()
    (home / "state" / "session.json").write_text("{}")
    assert "guide play --resume" in run(home).stdout


def test_a_long_title_is_cut_to_the_terminal() -> None:
    header = Header(
        "long", Path("x"), "Word " * 60, "", "quick", frames(60), frames(120), frames(180), own=True
    )
    for width in (40, 60, 200):
        (line,) = table([header], width, "utf-8")
        assert columns(line) <= min(width, 100)
        assert line.endswith("1–2–3 min  your own")


def test_lengths_that_a_script_does_not_say_are_left_out() -> None:
    assert lengths(Header("x", Path("x"), "X", "", "", 0, 0, 0, own=True)) == ""


# ── completion ───────────────────────────────────────────────────────────────────────────────────────────


def completed(home: Path, line: str) -> list[str]:
    """What Click's own protocol answers to a shell that completes the last word of a line."""
    words = line.split(" ")
    done = run(home, _GUIDE_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1))
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_completes_the_names_of_sessions(home: Path) -> None:
    assert completed(home, "guide show se") == ["plain,self-love"]
    assert completed(home, "guide show ev") == ["plain,evening-walk"]
    folders = Folders(home / "config", home / "data", home / "cache", home / "state")
    everything = [word.removeprefix("plain,") for word in completed(home, "guide show ")]
    assert everything == Library.find(folders).names()


def test_a_path_is_left_to_the_shell(home: Path) -> None:
    assert completed(home, "guide show ./se") == ["file,./se"]


# ── settings, streams and folders that are not as they should be ─────────────────────────────────────────


def settings(home: Path, text: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text(text)


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        (
            "options: {play: {furr: 15m}}",
            ["play", "x"],
            "options.play: there is no option 'furr'. Did you mean 'for'?",
        ),
        ("options: {play: {length: 15m}}", ["play", "x"], "options.play: there is no option 'length'."),
        ("options: {play: {no_reflexion: yes}}", ["play", "x"], "Did you mean 'no-reflection'?"),
        (
            "options: {plya: {for: 15m}}",
            ["list"],
            "options: there is no command 'plya'. Did you mean 'play'?",
        ),
        ("options: 15m", ["list"], "options is written like `play: {for: 15m}`."),
        ("options: {play: 15m}", ["play", "x"], "options.play is written like `{for: 15m}`."),
        ("options: {list: {json: [yes]}}", ["list"], "options.list.json is one word or text, not several."),
    ],
)
def test_an_option_in_the_settings_that_there_is_not_is_a_sentence(
    home: Path, text: str, words: list[str], sentence: str
) -> None:
    settings(home, text)
    done = run(home, *words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{home / 'config' / 'config.yaml'}: options")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_option_in_the_settings_is_taken_by_the_name_it_is_typed_by(home: Path) -> None:
    settings(home, "options: {list: {json: true}, play: {furr: 15m}}")
    listed = run(home, "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert {"evening-walk", "self-love"} <= {one["name"] for one in json.loads(listed.stdout)}


@pytest.mark.parametrize("empty", ["options:", "options: {}", "options: {play: }"])
def test_options_without_any_are_none(home: Path, empty: str) -> None:
    settings(home, empty)
    assert run(home, "list").returncode == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["list", "show calm --voice hum"])
def test_streams_that_are_closed_are_no_trouble(home: Path, closed: str, words: str) -> None:
    calm = re.sub("title: .*", "title: Calm", OWN) + "  - pause: 150s\n  - rest: {about: 20s, most: 45s}\n"
    (home / "data" / "scripts" / "calm.yaml").write_text(calm)
    command = f"{sys.executable} -m guide {words} {closed}"
    done = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "GUIDE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    assert bool(done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_a_home_that_leads_nowhere_is_a_sentence(home: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    for where in ("relative", "~nobody-by-that-name/guide"):
        done = subprocess.run(
            [
                "sh",
                "-c",
                f"cd {tmp_path / 'gone'} && rmdir {tmp_path / 'gone'}; exec {sys.executable} -m guide list",
            ],
            env={**os.environ, "GUIDE_HOME": where, "PYTHONPATH": str(Path(guide.__file__).parent.parent)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        (tmp_path / "gone").mkdir()
        assert done.returncode == 1
        assert done.stderr.startswith(f"GUIDE_HOME is '{where}', which leads nowhere (")
        assert len(done.stderr.splitlines()) == 1


def test_an_installation_without_its_sessions_says_so(home: Path, tmp_path: Path) -> None:
    package = Path(guide.__file__).parent
    shutil.copytree(
        package, tmp_path / "lib" / "guide", ignore=shutil.ignore_patterns("__pycache__", "scripts")
    )
    for words in (["list"], ["list", "--json"]):
        done = run(
            home,
            code=f"from guide.cli import guide; guide({words!r})",
            PYTHONPATH=str(tmp_path / "lib"),
            PYTHONSAFEPATH="1",
        )
        assert done.returncode == 0
        assert "evening-walk" in done.stdout
        assert "self-love" not in done.stdout
        missing = tmp_path / "lib" / "guide" / "scripts"
        assert (
            done.stderr == f"The sessions that come with guide are missing ({missing}). Install it again.\n"
        )

"""Who may read: a life with the journal, run for real with no network at all, and all that it leaves behind.

It runs with a umask of 0, so that every mode is the program's own, in a network namespace without interfaces
where this user may make one, under strace where there is one, and always with an audit hook that writes down
what Python does with sockets, the system's log, and files.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from running import PATIENCE, Person
from screen import screen
from soundserver import SoundServer

from guide.duration import RATE
from guide.lines import lines
from guide.sound import Sound
from guide.voices import find
from guide.voices.hum import Hum

ASKED = "What did the heron see?"
TYPED = "It saw marzipan under the lantern."
PLANTED = ("heron", "marzipan", "lantern")
"""Words of the person; those of a script are none."""
SEALED_ASKED = "Where does the kingfisher nest?"
SEALED_TYPED = "It nests in saffron."
NEVER = ("kingfisher", "saffron", "AGE-SECRET-KEY")
"""What was said into a sealed journal, and what opens it, stand in no file; but for that of the key."""
A_RECORDING = re.compile(rb"\d{6}-\d{8}-\d{6}")
SHORT = """
    guide: 1
    title: A Short One
    length: {shortest: 3s, usual: 3s, longest: 9s}
    steps:
      - say: Here.
      - rest: {about: 2s, least: 1s, most: 8s}
    reflection:
      questions:
        - ask: One?
"""
ECHOED = SHORT.replace("- say: Here.", "- echo: {from: short, else: [say: Here.]}")
_STRACE = ("strace", "-f", "-qq", "--seccomp-bpf")
SAID: Sound = np.concatenate([Hum().speak("I noticed it.", 1.0, 0.0), np.zeros(RATE // 4, dtype=np.float32)])

WATCH = '''
"""Writes down what this process does with the world, and fails where that was asked for."""
import os
import sys

_LINES = os.environ.get("GUIDE_TEST_WATCH")
_TRIP = os.environ.get("GUIDE_TEST_TRIP")
_TOLD = ("socket.", "syslog.", "urllib.", "http.", "ssl.", "ftplib.", "smtplib.", "poplib.", "imaplib.")


def _watch(event, args):
    what = ""
    if event.startswith(_TOLD):
        what = f"{event} {args[1:]!r}"
    elif event == "open" and isinstance(args[0], (str, bytes)) and args[2] & (os.O_WRONLY | os.O_RDWR):
        what = f"written {os.path.abspath(os.fsdecode(args[0]))}"
    elif event == "sqlite3.connect" and _TRIP and os.path.exists(_TRIP):
        raise RuntimeError("something nobody thought of")
    if what:
        handle = os.open(_LINES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, what.encode("utf-8", "replace") + b"\\n")
        os.close(handle)


if _LINES:
    _busy = []

    def _once(event, args):
        if not _busy:  # what the watching does itself is not watched
            _busy.append(event)
            try:
                _watch(event, args)
            finally:
                _busy.clear()

    sys.addaudithook(_once)
'''


@cache
def alone() -> tuple[str, ...]:
    """What a command is run with to have no network; nothing where this user may not do that."""
    words = ("unshare", "-n")
    return words if _works(*words, "true") else ()


@cache
def traced() -> bool:
    return _works(*_STRACE, "-e", "trace=socket", "-o", os.devnull, "true")


def _works(*words: str) -> bool:
    try:
        return not subprocess.run(words, capture_output=True, check=False, timeout=PATIENCE).returncode
    except OSError:
        return False


@dataclass
class Life:
    """Somebody who is watched: what they typed, and what came of it."""

    folder: Path
    environment: dict[str, str]
    told: dict[str, "subprocess.CompletedProcess[str]"] = field(default_factory=dict)
    count: int = 0

    @property
    def person(self) -> Person:
        return Person(self.folder / "here", self.environment)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def key(self) -> Path:
        """On another device, so to speak."""
        return self.folder / "stick" / "key"

    def command(self, *words: str) -> list[str]:
        self.count += 1
        calls = ["-e", "trace=socket,connect", "-o", str(self.folder / f"calls-{self.count}")]
        trace = [*_STRACE, *calls] if traced() else []
        return ["sh", "-c", 'umask 0; exec "$@"', "sh", *alone(), *trace, *self.person.command(*words)]

    def run(self, *words: str, when: str = "") -> "subprocess.CompletedProcess[str]":
        """`when` tells a command from the same one at another time."""
        done = subprocess.run(
            self.command(*words), env=self.environment, cwd=self.folder / "here", capture_output=True,
            text=True, check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE,
        )  # fmt: skip
        self.told[when + " ".join(words)] = done
        return done

    def events(self) -> list[str]:
        """What the audit hook saw."""
        return (self.folder / "events").read_text().splitlines()

    def calls(self) -> list[str]:
        """The sockets and connections that strace saw."""
        return [line for path in self.folder.glob("calls-*") for line in path.read_text().splitlines()]

    def left(self) -> Iterator[Path]:
        """Every file that is there now, but for those of the watching itself."""
        own = (self.folder / "watch", self.folder / "events")
        for path in self.folder.rglob("*"):
            watching = any(path.is_relative_to(one) for one in own) or path.name.startswith("calls-")
            if path.is_file() and not path.is_symlink() and not watching:
                yield path


def made(soundserver: SoundServer, folder: Path) -> Life:
    for name in ("here", "watch", "temporary"):
        (folder / name).mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    (folder / "here" / "short.yaml").write_text(dedent(SHORT))
    (folder / "here" / "echoed.yaml").write_text(dedent(ECHOED))
    return Life(
        folder,
        {
            **soundserver.environment,
            "HOME": str(folder / "self"),
            "GUIDE_HOME": str(folder / "home"),
            "TMPDIR": str(folder / "temporary"),
            "PYTHONPATH": str(folder / "watch"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GUIDE_TEST_WATCH": str(folder / "events"),
            "GUIDE_PLAY_VOICE": "hum",
        },
    )


@pytest.fixture(scope="module")
def life(soundserver: SoundServer, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A session and its reflection, a question of one's own, and each command of the journal."""
    one = made(soundserver, tmp_path_factory.mktemp("life"))
    with screen(one.command("play", "short.yaml"), one.environment, one.folder / "here") as shown:
        shown.wait_for("Press Enter to begin")
        shown.press("\r")
        shown.wait_for("enter speak")
        shown.press("\r")
        shown.wait_for("One?")
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(SAID)
        shown.press("\r")
        shown.wait_for("Kept as entry 1")
        assert shown.end() == 0
    # With the voice that speaks in processes of its own: they are watched too.
    written(one, ASKED, TYPED, 2)
    out = str(one.folder / "out")
    for words in (
        ["journal"], ["journal", "list"], ["journal", "list", "--json"], ["journal", "show", "1"],
        ["journal", "show", "2"], ["journal", "play", "1"], ["journal", "marks"], ["journal", "stats"],
        ["journal", "stats", "--svg", "days.svg"], ["journal", "delete", "--yes", "1"],
        ["journal", "list", "--bin"], ["journal", "restore", "1"], ["journal", "verify"],
        ["journal", "verify", "--note"], ["journal", "export", out], ["journal", "import", out],
        ["journal", "export", f"{out}-one", "2"], ["journal", "search", "marzipan"], ["journal", "status"],
        ["journal", "echo", "1"], ["journal", "delete", "--yes", "--forever", "1"],
        ["course"], ["list"], ["play", "echoed.yaml", "--plain", "--no-reflection"], ["models", "list"],
    ):  # fmt: skip
        done = one.run(*words)
        assert done.returncode == 0, (words, done.stderr)
    (one.folder / "none").mkdir()
    for words in (
        ["journal", "transcribe"],
        ["models", "install", "moonshine-tiny", "--yes", "--from", "../none"],
    ):
        assert one.run(*words).returncode == 1, words
    sealed(one)
    return one


def written(one: Life, question: str, typed: str, number: int, *more: str) -> None:
    command = one.command("reflect", "--question", question, *more)
    with screen(command, one.environment, one.folder / "here") as shown:
        shown.wait_for(question)
        shown.press("w")
        shown.wait_for("leaves it >")
        shown.press(f"{typed}\r")
        shown.wait_for(f"Kept as entry {number}")
        assert shown.end() == 0


def sealed(one: Life) -> None:
    """The same journal, sealed from now on, and then all of it."""
    making = one.command("journal", "seal", "--new-key", "--write", str(one.key))
    with screen(making, one.environment, one.folder / "here") as shown:
        shown.wait_for("The file with the key, or the key itself")
        shown.press(f"{one.key}\r")
        shown.wait_for("From now on the journal is sealed to it.")
        assert shown.end() == 0
    written(one, SEALED_ASKED, SEALED_TYPED, 3, "--voice", "hum")
    key = ["--identity", str(one.key)]
    for words in (
        ["journal", "list"], ["journal", "show", "3", *key], ["journal", "seal", "--old", "--yes", *key],
        ["journal", "verify", *key], ["journal", "export", str(one.folder / "out-sealed")],
    ):  # fmt: skip
        done = one.run(*words, when="sealed: ")
        assert done.returncode == 0, (words, done.stderr)


def test_whatever_it_makes_is_for_its_owner_alone_whatever_the_umask(life: Life) -> None:
    outs = (*(life.folder / name for name in ("out", "out-one", "out-sealed")), life.key.parent)
    modes = {
        path: path.stat().st_mode & 0o777 for root in (life.home, *outs) for path in (root, *root.rglob("*"))
    }
    names = {str(path.relative_to(life.folder)) for path in modes}
    assert {
        "home/data/journal.db",
        "home/data/recordings/bin",
        "home/data/models/.lock",
        "home/data/recipients.txt",
        "home/state/welcomed",
        "out/journal.json",
        "out-sealed/journal.json",
        "stick/key",
    } <= names
    assert any(name.startswith("home/cache/voices/") for name in names)
    open_ = {path: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)}
    assert open_ == {}
    assert (life.folder / "here" / "days.svg").stat().st_mode & 0o777 == 0o600
    assert list((life.folder / "temporary").iterdir()) == []


def test_all_that_it_leaves_is_told_of(life: Life) -> None:
    page = (Path(__file__).parent.parent / "docs" / "privacy.md").read_text("utf-8")
    untold = []
    for path in life.home.rglob("*"):
        area, *way = path.relative_to(life.home).parts
        # Where there are many of a kind their folder is named; what stands alone is named itself.
        parts = way if {"recordings", "voices"} & {*way} else way[-1:]
        named = [part for part in parts if re.search(rf"`([\w-]+/)?{re.escape(part)}/?`", page)]
        if not named and way:
            untold.append(f"{area}: {way}")
    assert untold == []


def test_nothing_of_what_was_kept_stands_anywhere_but_in_the_journal(life: Life) -> None:
    own = (life.home / "data", life.folder / "out", life.folder / "out-one", life.folder / "out-sealed")
    elsewhere = [path for path in life.left() if not any(path.is_relative_to(one) for one in own)]
    assert any(path.is_relative_to(life.home / "state") for path in elsewhere)
    assert any(path.is_relative_to(life.home / "cache") for path in elsewhere)
    for path in elsewhere:
        found = path.read_bytes()
        assert not any(word.encode() in found for word in PLANTED), path
        assert not A_RECORDING.search(found), path
        assert not any(word in path.name for word in PLANTED), path
    kept = b"".join(path.read_bytes() for path in (life.folder / "out").rglob("*.*") if path.is_file())
    assert all(word.encode() in kept for word in PLANTED), "it would be found if it were there"


def test_what_is_sealed_stands_nowhere_and_what_was_in_clear_before_neither(life: Life) -> None:
    assert "AGE-SECRET-KEY" in life.key.read_text()
    for path in life.left():
        found = path.read_bytes()
        assert path == life.key or not any(word.encode() in found for word in NEVER), path
        if path.is_relative_to(life.home) or path.is_relative_to(life.folder / "out-sealed"):
            assert not any(word.encode() in found for word in PLANTED), path
    told = life.told[f"sealed: journal show 3 --identity {life.key}"].stdout
    assert "saffron" in told
    assert "saffron" not in life.told["sealed: journal list"].stdout


def test_what_a_person_asks_themselves_is_no_clip(life: Life) -> None:
    with closing(find("system", life.home / "cache")) as voice:
        assert voice.recall(lines("en").close, 1.0, 0.0), "what the program says is kept"
        assert voice.recall(ASKED, 1.0, 0.0) is None


def test_only_what_was_asked_for_is_told(life: Life) -> None:
    """Words and questions come where an entry is looked at, and nowhere else; names of files nowhere."""
    looks = {"journal", "journal list", "journal list --json", "journal show 2", "journal list --bin"}
    looks |= {"journal search marzipan", "sealed: journal list"}
    assert all("marzipan" in life.told[words].stdout for words in ("journal list", "journal show 2"))
    for words, done in life.told.items():
        said = done.stderr if words in looks else done.stdout + done.stderr
        assert not any(word in said for word in PLANTED), words
        assert not A_RECORDING.search(done.stderr.encode()), words
        assert "Traceback" not in done.stderr


def test_no_network_is_ever_asked_for(life: Life) -> None:
    events = [line for line in life.events() if not line.startswith("written ")]
    assert len(life.events()) > len(events), "it was watched"
    assert [line for line in events if not re.match(r"socket\.\w+ \(1, ", line)] == []
    calls = life.calls()
    if traced():
        assert any("AF_UNIX" in line for line in calls), "the loudspeaker is behind a socket of this machine"
    else:
        assert calls == []
    assert [
        line for line in calls if re.search(r"AF_(?!UNIX|UNSPEC)|/dev/log|journal/(socket|stdout)", line)
    ] == []


def test_nothing_is_written_but_where_it_belongs(life: Life) -> None:
    written = {line.removeprefix("written ") for line in life.events() if line.startswith("written ")}
    elsewhere = [path for path in written if not path.startswith((f"{life.folder}/", "/dev/", "/proc/self/"))]
    assert elsewhere == []


@pytest.mark.parametrize(
    ("does", "seen"),
    [
        ("import socket; socket.socket(socket.AF_INET)", "socket.__new__ (2, "),
        ("import socket; socket.getaddrinfo('localhost', 80)", "socket.getaddrinfo"),
        ("import syslog; syslog.syslog('heron')", "syslog.syslog"),
        ("open('elsewhere', 'w')", "written "),
    ],
)
def test_the_watch_would_see_it(soundserver: SoundServer, tmp_path: Path, does: str, seen: str) -> None:
    one = made(soundserver, tmp_path)
    words = [sys.executable, "-c", f"import contextlib\nwith contextlib.suppress(OSError): exec({does!r})"]
    subprocess.run([*alone(), *words], env=one.environment, cwd=tmp_path, check=True)
    assert any(seen in line for line in one.events())


def test_where_there_is_a_namespace_there_is_no_network(tmp_path: Path) -> None:
    if not alone():
        pytest.skip("this user may make no network namespace; the audit hook watches alone")
    words = [*alone(), sys.executable, "-c", "import socket; print(socket.if_nameindex())"]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.count("'") == 2, (
        "lo alone"
    )
    knock = "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run(
        [*alone(), sys.executable, "-c", knock], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in done.stderr


def test_a_fault_that_nobody_thought_of_tells_nothing_of_what_was_said(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    one = made(soundserver, tmp_path)
    trip = tmp_path / "watch" / "trip"
    one.environment["GUIDE_TEST_TRIP"] = str(trip)
    words = ["sh", "-c", f'exec "$@" 2>{tmp_path / "stderr"}', "sh"]
    words += one.command("reflect", "--question", ASKED, "--voice", "hum")
    with screen(words, one.environment, tmp_path / "here") as shown:
        shown.wait_for(ASKED)
        shown.press("w")
        shown.wait_for("leaves it >")
        trip.touch()
        shown.press(f"{TYPED}\r")
        assert shown.end() != 0
    told = (tmp_path / "stderr").read_text()
    assert "something nobody thought of" in told, "it went wrong as it was meant to"
    for path in one.left():
        if not path.is_relative_to(one.home / "data"):
            found = path.read_bytes()
            assert not any(word.encode() in found for word in PLANTED), path


def test_no_image_of_its_memory_is_left_where_it_crashes(soundserver: SoundServer, tmp_path: Path) -> None:
    import resource

    one = made(soundserver, tmp_path)
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    words = one.person.command("reflect", "--voice", "hum")
    raised = ["sh", "-c", 'ulimit -S -c "$0" 2>/dev/null; exec "$@"', "unlimited" if most < 0 else str(most)]
    with screen([*raised, *words], one.environment, tmp_path / "here") as shown:
        shown.wait_for("What is here, right now?")
        limits = Path(f"/proc/{shown.process.pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 ", limits, re.MULTILINE)
        shown.press("s")

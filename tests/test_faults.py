"""What can go wrong around the program: each time a sentence, and nothing that was said is lost."""

import os
import pty
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click.testing
import numpy as np
import pytest
import soundfile
from running import PATIENCE, Person
from screen import screen
from soundserver import SoundServer

from guide.cli import guide
from guide.duration import RATE, frames
from guide.library import Library
from guide.saved import Saved
from guide.script import load
from guide.session import Wish, prepare
from guide.voices.hum import Hum

SHORT = """
    guide: 1
    title: A Short One
    length: {shortest: 3s, usual: 4s, longest: 120s}
    steps:
      - say: Here it is, {name|friend}.
      - rest: {about: 2s, least: 0.1s, most: 45s}
      - say: And here.
      - rest: {about: 2s, least: 0.1s, most: 45s}
    reflection:
      questions:
        - ask: What did you notice?
"""

LONG = """
    guide: 1
    title: Many Words
    length: {shortest: 90s, usual: 100s, longest: 200s}
    steps:
      - repeat: {times: 60, steps: [{say: A word.}, {rest: {about: 1s, least: 0.5s, most: 3s}}]}
"""


@pytest.fixture
def person(no_sound_card: dict[str, str], tmp_path: Path) -> Person:
    """Somebody without a sound card, whose voice is quick."""
    made = Person.at_home(tmp_path, no_sound_card, voice="hum")
    made.write("short.yaml", SHORT)
    return made


@pytest.fixture
def hearing(soundserver: SoundServer, tmp_path: Path) -> Person:
    """Somebody with one."""
    made = Person.at_home(tmp_path, soundserver.environment, voice="hum")
    made.write("short.yaml", SHORT)
    return made


def refused(done: "subprocess.CompletedProcess[str]", *words: str, code: int = 1) -> None:
    """It ended with a sentence that has these words in it, and nothing else on its lips."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in " ".join(done.stderr.split())


Try = Callable[..., click.testing.Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Try:
    """The command line within this process, which is quick, for what never comes to make a sound.

    Beside each of its uses a child process shows that it is the same there.
    """
    Person.at_home(tmp_path, {}, voice="hum").write("short.yaml", SHORT)
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def invoke(words: list[str], sentence: str, code: int = 1) -> click.testing.Result:
        done = click.testing.CliRunner().invoke(guide, words, prog_name="guide")
        assert done.exception is None or isinstance(done.exception, SystemExit)
        assert done.exit_code == code, done.output
        assert sentence in " ".join(done.output.split())
        return done

    return invoke


def limited(kilobytes: int, words: list[str]) -> list[str]:
    """A command that may write no file larger than this: to the program it is a disk that is full."""
    return ["sh", "-c", 'ulimit -f "$0"; exec "$@"', str(2 * kilobytes), *words]


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["long.flac", "long.wav", "long.ogg", "long.mp3"])
def test_a_disk_that_is_full_leaves_no_half_made_session(person: Person, name: str) -> None:
    words = limited(20, person.command("render", "short.yaml", "-o", name, "--for", "60s"))
    done = subprocess.run(
        words, env=person.environment, cwd=person.folder, capture_output=True, text=True, check=False
    )
    refused(done, name, "could not be written", "make room there")
    assert [path.name for path in person.folder.iterdir() if "long" in path.name] == []


def test_a_disk_that_fills_while_somebody_speaks_keeps_what_was_said(
    hearing: Person, soundserver: SoundServer
) -> None:
    said = np.tile(Hum().speak("There is something here.", 1.0, 0.0), 3)
    words = limited(300, hearing.command("reflect"))
    with screen(words, hearing.environment, hearing.folder) as shown:
        shown.wait_for("enter begin")
        shown.press("\r")
        shown.wait_for("the microphone is open")
        soundserver.feed(said)
        shown.wait_for("The disk takes no more, so the recording ends here.")
        shown.wait_for("when guide starts with enough room and the right to write there.")
        assert shown.end() == 0
    assert "Traceback" not in shown.text
    listed = hearing.run("journal", "list")
    assert listed.stderr == "Entry 1 was cut off; it is whole again.\n"
    (entry,) = hearing.journal.entries()
    assert entry.frames > frames(3)


@pytest.fixture
def small_disk(hearing: Person) -> list[str]:
    """What to put before a command so that home is a disk of a megabyte, all for itself."""
    home = hearing.environment["GUIDE_HOME"]
    script = (
        'cp -r "$0" "$0.copy" && mount -t tmpfs -o size=1m none "$0" && cp -r "$0.copy/." "$0" && exec "$@"'
    )
    words = ["unshare", "-m", "sh", "-c", script, home]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    shutil.rmtree(f"{home}.copy")
    return words


def test_with_too_little_room_to_speak_a_line_is_kept_instead(hearing: Person, small_disk: list[str]) -> None:
    words = [*small_disk, *hearing.command("reflect")]
    with screen(words, hearing.environment, hearing.folder) as shown:
        shown.wait_for("enter begin")
        shown.press("\r")
        shown.wait_for("There is too little room to record")
        shown.wait_for("leaves it >")
        shown.press("It was quiet.\r")
        shown.wait_for("Kept as entry")
        assert shown.end() == 0


# ── a home that cannot be written to ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def sealed(hearing: Person) -> Iterator[list[str]]:
    """What to put before a command so that nothing in this home can be written; one line is kept in it."""
    hearing.journal.write("It was quiet.")
    home = hearing.environment["GUIDE_HOME"]
    if os.geteuid() != 0:
        folders = [Path(home), *(path for path in Path(home).rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o500)
        yield []
        for folder in folders:
            folder.chmod(0o700)
        return
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    words = ["unshare", "-m", "sh", "-c", script, home]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this root may not mount anything")
    yield words


def test_a_home_that_cannot_be_written_to_is_said_and_the_session_plays(
    hearing: Person, sealed: list[str]
) -> None:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*sealed, *hearing.command(*words)], env=hearing.environment, cwd=hearing.folder,
            timeout=PATIENCE, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    played = run("play", "short.yaml", "--plain")
    assert played.returncode == 0, played.stderr
    assert "And here." in played.stdout
    assert "Traceback" not in played.stderr
    assert "cannot be used" in played.stderr
    listed = run("journal", "list")
    assert listed.returncode == 0, listed.stderr
    assert "It was quiet." in listed.stdout
    refused(run("journal", "delete", "1", "--yes"), "cannot be used")
    with screen([*sealed, *hearing.command("reflect")], hearing.environment, hearing.folder) as shown:
        shown.wait_for("enter begin")
        shown.press("\r")
        shown.wait_for("cannot be used")
        shown.wait_for("leaves it >")
        shown.press("It was quiet.\r")
        shown.wait_for("cannot be used", times=2)
        assert shown.end() == 1
    assert "Traceback" not in shown.text
    rendered = run("render", "short.yaml", "-o", "short.flac")
    assert rendered.returncode == 0, rendered.stderr
    assert soundfile.info(hearing.folder / "short.flac").frames == frames(4)


def test_a_folder_that_cannot_be_written_to_is_a_sentence(person: Person) -> None:
    refused(person.run("render", "short.yaml", "-o", "/proc/short.flac"), "could not be written")


@pytest.fixture
def bound() -> list[str]:
    """What to put before a command so that it is held to the rights of folders, even for root."""
    if os.geteuid() != 0:
        return []
    rights = "-dac_override,-dac_read_search"
    words = ["setpriv", "--bounding-set", rights, "--inh-caps", rights]
    if not shutil.which("setpriv") or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("this root cannot be held to the rights of folders")
    return words


def test_a_folder_that_cannot_be_read_is_called_so_and_keeps_no_hard_moment_from_sounding(
    hearing: Person, soundserver: SoundServer, bound: list[str]
) -> None:
    hearing.folders.data.mkdir(exist_ok=True)
    hearing.folders.data.chmod(0)
    try:
        for words in ([], ["list"], ["course"], ["play"]):
            done = subprocess.run(
                [*bound, *hearing.command(*words)], env=hearing.environment, cwd=hearing.folder,
                timeout=PATIENCE, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            refused(done, "data/scripts cannot be used (Permission denied).")
            assert "written" not in done.stderr
        command = [*bound, *hearing.command("play", "hard-moment", "--plain")]
        with soundserver.capture() as capture, screen(command, hearing.environment, hearing.folder) as shown:
            capture.wait_for_sound(0.001)
            shown.wait_for("Feel them meet the floor")
            shown.press("qq")
            assert shown.end() == 0
        assert "Traceback" not in shown.text
    finally:
        hearing.folders.data.chmod(0o700)


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (b"voice: [", "config.yaml:1:9: this is not YAML"),
        (b"voise: hum", "Did you mean 'voice'?"),
        (b"reflect: sometimes", "reflect can be"),
        (b"name: {a: b}", "config.yaml:1:7: name:"),
        (b"- hum", "written as `key: value`"),
        (b"name: caf\xe9", "cannot be read"),
        (b"a: &a [x]\nb: *a", "this is not YAML"),
        (b"[" * 5000, "this is not YAML"),
        (b"#" * 100_000, "too large"),
        (b"lines: {stpo: Enough.}", "Did you mean 'stop'?"),
        (b"ambience: rian", "Did you mean 'rain'?"),
        (b"voice: sytem", "Did you mean 'system'?"),
    ],
)
def test_broken_settings_are_a_sentence(here: Try, tmp_path: Path, settings: bytes, sentence: str) -> None:
    (tmp_path / "home" / "config" / "config.yaml").write_bytes(settings)
    here(["render", "short.yaml", "-o", "short.flac"], sentence)


def test_settings_that_are_a_folder_are_a_sentence(person: Person) -> None:
    (person.folders.config / "config.yaml").unlink()
    (person.folders.config / "config.yaml").mkdir()
    for command in (["reflect"], ["play", "short.yaml"]):
        refused(person.run(*command), "config.yaml cannot be read")


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = ["", ".", "..", "-", "/", "~", "~nobody/x", "../../etc/passwd", "a\nb", "\x1b[31mred", "x" * 5000,
         "\udcff", "self-love\u202e", "$(id)", "self-love.yaml", "*"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_session_by_a_strange_name_is_not_found(here: Try, name: str) -> None:
    here(["show", "--", name], "There is no s")


def test_a_session_by_a_strange_name_is_not_played(person: Person) -> None:
    refused(person.run("play", "--", "\udcff\x1b[31m"), "There is no session called")


@pytest.mark.parametrize(
    "name", ["caf\udce9.yaml", "Ein Abend, \u202e\U0001f56f.yaml", "-x.yaml", "x" * 240 + ".yaml"]
)
def test_a_script_by_a_strange_name_is_played(person: Person, name: str) -> None:
    shutil.copy(person.folder / "short.yaml", person.folder / name)
    done = person.run("play", "--plain", "--", f"./{name}")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    (written,) = person.folder.glob("*.flac")
    assert soundfile.info(os.fspath(written)).frames == frames(4)


def test_a_sound_file_may_have_any_name(person: Person) -> None:
    done = person.run("render", "short.yaml", "-o", "caf\udce9.flac")
    assert (done.returncode, done.stderr) == (0, "")
    assert soundfile.info(os.fsencode(person.folder / "caf\udce9.flac")).frames == frames(4)


def test_a_strange_script_is_played_aloud_and_remembered(hearing: Person) -> None:
    shutil.copy(hearing.folder / "short.yaml", hearing.folder / "caf\udce9.yaml")
    done = hearing.run("play", "--plain", "--no-reflection", "--", "./caf\udce9.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    (sitting,) = hearing.journal.sittings()
    assert sitting.finished
    assert sitting.session.startswith("caf")


@pytest.mark.parametrize("who", ["{name|x}", "\x1b[31m", "$(id)", "Ada\u202e", "-x", "名前"])
def test_a_listener_may_have_any_name(person: Person, who: str) -> None:
    import json

    (person.folders.config / "config.yaml").write_text(f"voice: hum\nname: {json.dumps(who)}\n")
    done = person.run("render", "short.yaml", "-o", "short.wav", "--cues", "short.json")
    assert done.returncode == 0, done.stderr
    said = json.loads((person.folder / "short.json").read_text())["events"][0]["text"]
    assert said.startswith("Here it is, ")


# ── things that are not there ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "self-lvoe"], "There is no session called 'self-lvoe'. Did you mean 'self-love'?"),
        (["show", "gone.yaml"], "There is no script at gone.yaml."),
        (["check", "gone.yaml"], "There is no script at gone.yaml."),
        (["render", "short.yaml", "-o", "x.flac", "--voice", "sytem"], "Did you mean 'system'?"),
        (["render", "short.yaml", "-o", "x.flac", "--voice", "en-gb+zz9"], "zz9"),
        (["render", "short.yaml", "-o", "x.flac", "--voice", "gibberish"], "gibberish"),
        (["reflect", "--voice", "humm"], "Did you mean 'hum'?"),
        (["render", "short.yaml", "-o", "x.flac", "--ambience", "rian"], "Did you mean 'rain'?"),
        (["render", "short.yaml", "-o", "x.flac", "--ambience", "xyz"], "There are: drone, night, ocean, "),
        (["render", "short.yaml", "-o", "x.aiff"], "one of .flac, .wav, .ogg, .mp3"),
        (["render", "short.yaml", "-o", "x.flac", "--for", "5h"], "can be from 3s to 1m"),
        (["journal", "show", "7"], "There is no entry 7."),
        (["journal", "play", "7"], "There is no entry 7."),
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_sentence(here: Try, words: list[str], sentence: str) -> None:
    here(words, sentence)


def test_what_is_not_there_is_not_played(person: Person) -> None:
    refused(
        person.run("play", "self-lvoe"), "There is no session called 'self-lvoe'. Did you mean 'self-love'?"
    )
    refused(person.run("play", "--resume"), "There is no session to go on with.")
    refused(person.run("play", "short.yaml", "--ambience", "rian"), "Did you mean 'rain'?")


def test_a_loudspeaker_by_an_unknown_name_is_refused_with_the_names_there_are(hearing: Person) -> None:
    done = hearing.run("play", "short.yaml", "--device", "nowhere")
    refused(done, "There is no loudspeaker called 'nowhere'. There are: 'default'.")


def test_a_script_that_vanished_is_gone_on_with_to_its_end(hearing: Person) -> None:
    script = load(hearing.folder / "short.yaml", None)
    library = Library.find(hearing.folders)
    prepared = prepare(script, Wish(target=frames(3), seed="a", voice="hum"), Hum(), library)
    Saved(hearing.folders.state).begin(prepared.plan)
    (hearing.folder / "short.yaml").unlink()
    done = hearing.run("play", "--resume", "--plain")
    assert (done.returncode, done.stderr) == (0, "")
    assert "And here." in done.stdout
    (sitting,) = hearing.journal.sittings()
    assert (sitting.session, sitting.finished) == ("short", True)


def test_a_missing_portaudio_says_what_to_install(person: Person) -> None:
    broken = person.folder / "broken"
    broken.mkdir()
    (broken / "libportaudio.so.2").write_text("not a library")
    deaf = Person(person.folder, {**person.environment, "LD_LIBRARY_PATH": str(broken)})
    played = deaf.run("play", "short.yaml")
    assert played.returncode == 0
    assert "sudo apt install libportaudio2" in played.stderr
    assert "The session is written to a file instead." in played.stderr
    assert soundfile.info(person.folder / "short-4s.flac").frames == frames(4)
    examined = deaf.run("doctor")
    assert examined.returncode == 1
    assert "wrong  devices: The library PortAudio is missing" in examined.stdout
    assert "Traceback" not in played.stderr + examined.stderr
    with screen(deaf.command("reflect"), deaf.environment, deaf.folder) as shown:
        shown.wait_for("enter begin")
        shown.press("\r")
        shown.wait_for("The library PortAudio is missing", times=2)
        shown.wait_for("leaves it >")
        shown.press("\r")
        assert shown.end() == 0


# ── misuse ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["paly"], "There is no command 'paly'. Did you mean 'play'?"),
        (["play", "--for", "banana"], "'banana' is not a length of time"),
        (["play", "short.yaml", "--for", "banana"], "'banana' is not a length of time"),
        (["play", "short.yaml", "--for", "0s"], "a session has to last a while"),
        (["play", "short.yaml", "--for", "25h"], "more than a day"),
        (["play", "short.yaml", "--for", "5m", "--until", "22:30"], "give one of them"),
        (["play", "--resume", "short.yaml"], "--resume goes on exactly as it was"),
        (["play", "short.yaml", "--loud"], "No such option"),
        *[(["play", "short.yaml", "--until", time], "is not a time of the clock")
          for time in ("25:00", "22", "2230", "22:30Z", "22:30+02:00", "22:30:10", "", "noon", "٢٢:٣٠")],
        (["render", "short.yaml"], "-o"),
        (["check"], "PATH"),
        (["reflect", "--question", "  "], "The question is empty."),
        (["reflect", "--listen", "-3s"], "is not a length of time"),
        (["journal", "show", "0"], "0"),
        (["journal", "shwo"], "shwo"),
        (["voices", "try", "hum", "--pace", "9"], "9"),
    ],
)  # fmt: skip
def test_a_misused_command_ends_with_2_and_a_hint(here: Try, words: list[str], sentence: str) -> None:
    here(words, sentence, 2)


def test_a_misused_command_ends_its_process_with_2(person: Person) -> None:
    refused(person.run("play", "short.yaml", "--until", "22:30Z"), "is not a time of the clock", code=2)


# ── nobody looks any more ────────────────────────────────────────────────────────────────────────────────


def test_a_session_whose_front_is_gone_comes_to_rest_and_can_be_gone_on_with(
    soundserver: SoundServer, tmp_path: Path
) -> None:
    """`guide play … | head -1`, and a terminal window that is closed; both at once, to save time."""
    people, processes = [], []
    for name, (ours, theirs) in (("pipe", os.pipe()), ("terminal", pty.openpty())):
        (tmp_path / name).mkdir()
        person = Person.at_home(tmp_path / name, soundserver.environment, voice="hum")
        person.write("long.yaml", LONG)
        process = subprocess.Popen(
            person.command("play", "long.yaml", "--plain"), env=person.environment, cwd=person.folder,
            stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        heard = b""
        while b"A word." not in heard:
            more = os.read(ours, 1000)
            assert more
            heard += more
        os.close(ours)
        people.append(person)
        processes.append(process)
    for process in processes:
        process.wait(PATIENCE)
    for person in people:
        plan = Saved(person.folders.state).unfinished()
        assert plan is not None
        assert 0 <= plan.at < plan.timeline.frames - 60 * RATE

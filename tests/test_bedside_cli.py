"""`guide bedside`: a device is run, seen, and pressed from another process."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from queue import SimpleQueue
from typing import get_args

import pytest
from click.testing import CliRunner, Result
from running import PATIENCE

from guide.bedside import wire
from guide.bedside.control import Control
from guide.bedside.doorway import Place
from guide.bedside.events import Event, Gestured
from guide.bedside.state import Doing, State, Trouble
from guide.cli import bedside as group
from guide.cli import guide
from guide.cli.device import doing, told
from guide.duration import RATE
from guide.folders import Folders

NOW = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
EVENING = State(
    doing="waiting",
    session="bedtime",
    title="Bedtime",
    frames=20 * 60 * RATE,
    volume=-14,
    ceiling=-14,
    night=True,
    troubles=("no microphone",),
    next="2026-11-24T22:15:00+01:00",
)


class Device:
    """A socket, and who answers to a gesture."""

    def __init__(self, folders: Folders) -> None:
        self.inbox: SimpleQueue[Event] = SimpleQueue()
        self.control = Control.open(Place.found(folders, {}), self.inbox)
        self.control.publish(EVENING)


@pytest.fixture
def device(home: Folders) -> Iterator[Device]:
    one = Device(home)
    yield one
    one.control.close()


def run(*words: str, **settings: str) -> Result:
    return CliRunner().invoke(guide, ["bedside", *words], env=settings)


def test_status_says_how_it_is(device: Device) -> None:
    done = run("status")
    assert done.exit_code == 0
    first, press, volume, trouble, clock = done.output.splitlines()
    assert first == "It waits for a press."
    assert press == "A press begins 'Bedtime', 20m."
    assert volume == "The volume is -14 dB, and -14 dB at the most by night."
    assert trouble == "There is no microphone, so nothing can be recorded."
    assert clock.startswith("By the clock it does something next ")


def test_status_as_json_is_what_the_socket_says(device: Device) -> None:
    assert json.loads(run("status", "--json").output) == wire.said(EVENING)


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        (State(doing="playing", session="x", title="One", at=90 * RATE, frames=1200 * RATE),
         ["It plays 'One', at 1:30 of 20:00.", "The volume is -8 dB, and 0 dB at the most."]),
        (State(doing="waiting", session="x", left_off=True),
         ["It waits for a press.", "A press begins 'x'.", "A session was left off, and can be gone on with.",
          "The volume is -8 dB, and 0 dB at the most."]),
        (replace(EVENING, doing="listening", troubles=(), next="soon"),
         ["It listens: the microphone is open.", "The volume is -14 dB, and -14 dB at the most by night."]),
    ],
)  # fmt: skip
def test_each_state_has_its_words(state: State, lines: list[str]) -> None:
    assert told(state, NOW, "utf-8") == lines


@pytest.mark.parametrize(
    ("moment", "when"),
    [
        ("2026-11-24T22:15:00+01:00", "today at 22:15"),
        ("2026-11-25T06:30:00+01:00", "tomorrow at 06:30"),
        ("2026-11-28T06:30:00+01:00", "on Saturday at 06:30"),
        ("2026-12-24T06:30:00+01:00", "on 24 December at 06:30"),
    ],
)
def test_the_next_by_the_clock_is_said_as_one_says_it(moment: str, when: str) -> None:
    assert (
        told(replace(EVENING, next=moment), NOW, "utf-8")[-1]
        == f"By the clock it does something next {when}."
    )


@pytest.mark.parametrize("word", get_args(Doing))
def test_whatever_it_does_is_a_sentence_in_any_terminal(word: Doing) -> None:
    line = doing(State(doing=word, title="Für \x1b[2Jdich"), "ascii")
    assert line.endswith(".")
    assert line.isascii()
    assert line.isprintable()


def test_every_trouble_is_a_sentence() -> None:
    every: tuple[Trouble, ...] = get_args(Trouble)
    lines = told(replace(EVENING, troubles=every), NOW, "utf-8")
    assert len(lines) == 4 + len(every)
    assert not any("Something is wrong" in line for line in lines)


@pytest.mark.parametrize(
    "words", [["status"], ["press"], ["press", "hold"], ["status", "--follow", "--json"]]
)
def test_where_no_device_runs_there_is_a_sentence(home: Folders, words: list[str]) -> None:
    done = run(*words)
    assert done.exit_code == 1
    assert done.output == "No device is running here. `guide bedside run` begins one.\n"


@pytest.fixture
def environment(home: Folders) -> Mapping[str, str]:
    return {**os.environ, "COLUMNS": "200"}


@pytest.mark.parametrize("gesture", get_args(wire.Thumbed))
def test_a_press_says_what_came_of_it(
    device: Device, environment: Mapping[str, str], gesture: wire.Thumbed
) -> None:
    command = [sys.executable, "-m", "guide", "bedside", "press", gesture]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert device.inbox.get(timeout=PATIENCE) == Gestured(gesture)
        device.control.publish(replace(EVENING, doing="preparing"))
        said, _ = process.communicate(timeout=PATIENCE)
    assert said == "It makes 'Bedtime' ready.\n"
    assert process.returncode == 0


def test_a_press_of_which_nothing_comes_says_how_it_is(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "_SOON", 0.01)
    assert run("press").output == "It waits for a press.\n"
    assert device.inbox.get(timeout=PATIENCE) == Gestured("press")


def test_a_device_that_ends_of_it_is_told(device: Device, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "guide", "bedside", "press", "off"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert device.inbox.get(timeout=PATIENCE) == Gestured("off")
        device.control.close()
        said, _ = process.communicate(timeout=PATIENCE)
    assert said == "The device has ended.\n"
    assert process.returncode == 0


@pytest.mark.parametrize("as_json", [True, False])
def test_each_change_is_followed_until_the_device_ends(
    device: Device, environment: Mapping[str, str], *, as_json: bool
) -> None:
    plays = replace(EVENING, doing="playing", at=RATE)
    with following(environment, as_json=as_json) as process:
        device.control.publish(plays)
        device.control.publish(replace(plays, at=2 * RATE))
        device.control.publish(replace(plays, doing="paused", at=2 * RATE))
        device.control.close()
        said, why = process.communicate(timeout=PATIENCE)
    assert why == "The device has ended.\n"
    lines = said.splitlines()
    if as_json:
        assert [json.loads(line)["doing"] for line in lines][-1] == "paused"
        assert json.loads(lines[-1]) == wire.said(replace(plays, doing="paused", at=2 * RATE))
    else:
        told_ = [line for line in lines if line.startswith("It ")]
        assert told_[0].startswith("It plays 'Bedtime', at 0:0")
        assert told_[1:] == ["It has paused 'Bedtime', at 0:02 of 20:00."]


def test_ctrl_c_is_how_following_is_meant_to_end(device: Device, environment: Mapping[str, str]) -> None:
    with following(environment, as_json=True) as process:
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 0


def test_that_a_session_goes_on_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    plays = replace(EVENING, doing="playing")

    class Told:
        state = EVENING
        data: Mapping[str, object] = {}

        def states(self) -> Iterator[State]:
            yield plays
            yield replace(plays, at=RATE, breath=0.5)
            yield replace(plays, at=2 * RATE, volume=-16)

    group._follow(Told(), as_json=False)  # type: ignore[arg-type]
    told_ = [line for line in capsys.readouterr().out.splitlines() if line.startswith("It ")]
    assert told_ == ["It plays 'Bedtime', at 0:00 of 20:00.", "It plays 'Bedtime', at 0:02 of 20:00."]


@contextmanager
def following(environment: Mapping[str, str], *, as_json: bool) -> Iterator["subprocess.Popen[str]"]:
    """A process that has told how it was when it began."""
    words = ["status", "--follow", *(["--json"] if as_json else [])]
    command = [sys.executable, "-m", "guide", "bedside", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout
            until = "troubles" if as_json else "By the clock"
            assert any(until in line for line in iter(process.stdout.readline, ""))
            yield process
        finally:
            process.kill()


def test_its_help_needs_nothing_heavy() -> None:
    heavy = ("numpy", "sounddevice", "soundfile", "socket", "rich", "yaml", "gpiozero")
    for words in (["--help"], ["bedside", "--help"], ["bedside", "run", "--help"]):
        code = (
            f"import sys\nfrom guide.cli import guide\nguide({words}, standalone_mode=False)\n"
            f"print([m for m in {heavy} if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]", words


def test_seeing_and_pressing_need_nothing_heavy(home: Folders) -> None:
    code = (
        "import sys\nfrom guide.cli import guide\n"
        "guide(['bedside', 'status'], standalone_mode=False)\n"
        "print([m for m in ('numpy', 'sounddevice', 'soundfile', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        (["guide", "bedside", ""], {"run", "status", "press", "check"}),
        (["guide", "bedside", "st"], {"status"}),
        (["guide", "bedside", "press", ""], {"press", "double", "hold", "off"}),
        (["guide", "bedside", "run", "--m"], {"--mock-pins", "--microphone"}),
    ],
)
def test_a_shell_completes_it(home: Folders, typed: list[str], there: set[str]) -> None:
    words = {"COMP_WORDS": " ".join(typed), "COMP_CWORD": str(len(typed) - 1)}
    done = CliRunner().invoke(guide, [], prog_name="guide", env={"_GUIDE_COMPLETE": "bash_complete", **words})
    assert there <= {line.partition(",")[2] for line in done.output.splitlines()}


def test_a_gesture_that_there_is_not_is_refused(device: Device) -> None:
    done = run("press", "warn")
    assert done.exit_code == 2
    assert device.inbox.empty()


def test_check_says_what_is_wrong_in_its_settings(home: Folders) -> None:
    pytest.importorskip("guide.bedside.reading")
    path = home.config / "bedside.yaml"
    done = run("check")
    assert done.exit_code == 0
    assert done.output == f"There is no {path}; everything is as it comes.\n"
    path.parent.mkdir(parents=True)
    path.write_text("volume: -6\n")
    assert run("check").output == f"{path}: no problems.\n"
    path.write_text("volume: -6\npress: bedtme\ncolour: red\n")
    done = run("check")
    assert done.exit_code == 1
    assert [line.split(" ")[0] for line in done.output.splitlines()] == [
        "bedside.yaml:2:8:",
        "bedside.yaml:3:1:",
    ]


def test_run_gets_what_was_asked(home: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    import guide.bedside.run

    asked: list[object] = []
    monkeypatch.setattr(guide.bedside.run, "run", lambda **words: asked.append(words))
    done = run("run", "--device", "USB", "--mock-pins", "--microphone", "Mic")
    assert done.exit_code == 0
    assert asked == [{"device": "USB", "microphone": "Mic", "mock_pins": True}]

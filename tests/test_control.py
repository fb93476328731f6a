"""The control socket: what it says, what it takes, and what it stays calm with."""

import fcntl
import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import PATIENCE

from guide.bedside import calling, doorway, wire
from guide.bedside.calling import Call
from guide.bedside.control import MOST_CLIENTS, Control, Mock
from guide.bedside.doorway import GROUP, Place
from guide.bedside.events import Event, Gestured, Order, Ordered
from guide.bedside.state import Doing, State, Trouble
from guide.duration import RATE
from guide.errors import GuideError, NotFoundError, StorageError
from guide.folders import Folders

PAGE = (Path(__file__).parent.parent / "docs" / "bedside-socket.md").read_text("utf-8")
STATES = st.builds(
    State,
    doing=st.sampled_from(get_args(Doing)),
    session=st.none() | st.text(max_size=20),
    title=st.none() | st.text(max_size=20),
    at=st.integers(0, 10 * 3600 * RATE),
    frames=st.none() | st.integers(0, 10 * 3600 * RATE),
    volume=st.integers(-40, 0),
    ceiling=st.integers(-40, 0),
    night=st.booleans(),
    breath=st.none() | st.floats(0, 1),
    troubles=st.lists(st.sampled_from(get_args(Trouble)), max_size=3).map(tuple),
    next=st.none() | st.just("2026-11-24T22:15:00+01:00"),
    left_off=st.booleans(),
)


@dataclass
class Device:
    """Something that takes what is asked as the device does, and has a socket."""

    folder: Path
    inbox: "SimpleQueue[Event]" = field(default_factory=SimpleQueue)
    pins: list[tuple[str, bool]] = field(default_factory=list)
    bright: float = 0.0
    opened: ExitStack = field(default_factory=ExitStack)

    @property
    def folders(self) -> Folders:
        return Folders(
            self.folder / "config", self.folder / "data", self.folder / "cache", self.folder / "state"
        )

    @property
    def place(self) -> Place:
        return Place.found(self.folders, {})

    def open(self, *, mock: bool = False) -> Control:
        pins = Mock(lambda button, down: self.pins.append((button, down)), lambda: self.bright)
        control = Control.open(self.place, self.inbox, pins if mock else None)
        self.opened.callback(control.close)
        return control

    def line(self) -> "Wire":
        """Somebody who connects by hand."""
        return self.opened.enter_context(closing(Wire(self.place.path)))

    def takes(self) -> Event:
        return self.inbox.get(timeout=PATIENCE)


class Wire:
    """A bare socket, with lines."""

    def __init__(self, path: Path) -> None:
        self.socket = doorway.connect(path, PATIENCE)
        self.file = self.socket.makefile("rb")
        self.greeted = (self.hear(), self.hear())

    def say(self, data: Any) -> None:
        self.socket.sendall(json.dumps(data).encode() + b"\n")

    def hear(self) -> Any:
        """The next line; None at the end."""
        line = self.file.readline()
        return json.loads(line) if line else None

    def ask(self, data: Any) -> Any:
        self.say(data)
        return self.hear()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    one = Device(tmp_path)
    with one.opened:
        yield one
    assert not any(thread.name == "control" for thread in threading.enumerate())


def refused(answer: Any) -> str:
    assert set(answer) <= {"error", "id"}
    sentence: str = answer["error"]
    assert re.fullmatch(r"[A-Z'\"].*\.", sentence), sentence
    return sentence


# -- what it says --


def test_who_connects_is_greeted_and_told_the_state(device: Device) -> None:
    control = device.open()
    control.publish(State(doing="waiting", session="bedtime", title="Bedtime", frames=20 * 60 * RATE))
    hello, state = device.line().greeted
    assert hello == {"guide": "bedside", "version": 1}
    assert state == {
        "state": {
            "doing": "waiting", "session": "bedtime", "title": "Bedtime", "at": 0.0, "length": 1200.0,
            "volume": -8, "ceiling": 0, "night": False, "breath": None, "troubles": [], "next": None,
            "left_off": False,
        }
    }  # fmt: skip


@given(STATES)
def test_a_state_comes_back_as_it_was_to_the_millisecond(state: State) -> None:
    data = json.loads(wire.line({"state": wire.said(state)}))["state"]
    again = wire.heard(data)
    assert abs(again.at - state.at) <= RATE / 2000
    assert (again.frames is None) == (state.frames is None)
    assert abs((again.frames or 0) - (state.frames or 0)) <= RATE / 2000
    assert abs((again.breath or 0) - (state.breath or 0)) <= 0.0005
    same = {"at": 0, "frames": None, "breath": None}
    assert replace(again, **same) == replace(state, **same)  # type: ignore[arg-type]


@given(STATES, st.sampled_from([one.name for one in fields(State)] + ["length"]), st.sampled_from(
    [[], {}, "x", -1e999, 10**400, 3, [[]], ["a", 3], None]
))  # fmt: skip
def test_a_state_from_elsewhere_is_one_or_none_at_all(state: State, key: str, value: Any) -> None:
    data = {**wire.said(state), key: value}
    with suppress(ValueError, OverflowError):
        assert isinstance(wire.heard(data), State)


def test_each_change_is_told_to_everybody_in_its_order(device: Device) -> None:
    control = device.open()
    lines = [device.line() for _ in range(3)]
    told: tuple[Doing, ...] = (
        "waiting",
        "preparing",
        "playing",
        "paused",
        "playing",
        "landing",
        "offering",
        "off",
    )
    for doing in told:
        control.publish(State(doing=doing))
        control.publish(State(doing=doing))
    for line in lines:
        assert [line.hear()["state"]["doing"] for _ in told] == list(told)


def test_what_only_moves_is_told_no_more_often_than_need_be_and_the_last_is_never_left_out(
    device: Device,
) -> None:
    control = device.open()
    line = device.line()
    begun = time.monotonic()
    for at in range(1, 5_001):
        control.publish(State(doing="playing", at=at * 48, breath=at / 5_000))
    heard = [line.hear()["state"]]
    while heard[-1]["at"] != 5.0:
        heard.append(line.hear()["state"])
    # Of any two that follow each other the second waited a quarter of a second.
    assert len(heard) <= 2 + (time.monotonic() - begun) / 0.25
    assert heard[-1]["breath"] == 1.0


def test_what_was_published_before_nobody_listened_is_what_the_first_one_sees(device: Device) -> None:
    control = device.open()
    for at in range(10):
        control.publish(State(doing="playing", at=at * RATE))
    assert device.line().greeted[1]["state"]["at"] == 9.0


def test_the_last_word_is_told_before_it_ends(device: Device) -> None:
    control = device.open()
    line = device.line()
    control.publish(State(doing="leaving"))
    control.publish(State(doing="off"))
    control.close()
    assert [line.hear()["state"]["doing"] for _ in range(2)] == ["leaving", "off"]
    assert line.hear() is None
    control.publish(State())
    control.close()
    assert not device.place.path.exists()


# -- what it takes --


@pytest.mark.parametrize("gesture", get_args(wire.Thumbed))
def test_a_gesture_is_put_into_the_inbox(device: Device, gesture: wire.Thumbed) -> None:
    device.open()
    assert device.line().ask({"do": gesture, "id": gesture}) == {"ok": True, "id": gesture}
    assert device.takes() == Gestured(gesture)


@pytest.mark.parametrize("order", get_args(Order))
def test_a_verb_is_answered_when_the_device_has_taken_it(device: Device, order: Order) -> None:
    device.open()
    line = device.line()
    line.say({"do": order, "id": 7})
    event = device.takes()
    assert event == Ordered(order)
    assert isinstance(event, Ordered)
    assert event.answer
    event.answer.set_result(None)
    assert line.hear() == {"ok": True, "id": 7}


def test_play_takes_a_session_and_a_length(device: Device) -> None:
    device.open()
    line = device.line()
    line.say({"do": "play", "session": "bedtime", "for": "20m"})
    assert device.takes() == Ordered("play", "bedtime", 20 * 60 * RATE)
    line.say({"do": "play", "for": None, "session": None})
    assert device.takes() == Ordered("play")


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (lambda done: done.set_exception(GuideError("There is no session 'x'.")), "There is no session 'x'."),
        (lambda done: done.set_exception(ValueError("what was said")), "It could not be done."),
        (lambda done: done.cancel(), "The device is about to end."),
    ],
)
def test_what_was_not_taken_is_answered_by_a_sentence(
    device: Device, how: "Callable[[Future[None]], object]", sentence: str
) -> None:
    device.open()
    line = device.line()
    line.say({"do": "skip"})
    event = device.takes()
    assert isinstance(event, Ordered)
    assert event.answer
    how(event.answer)
    assert line.hear() == {"error": sentence}


def test_the_state_can_be_asked_for(device: Device) -> None:
    control = device.open()
    line = device.line()
    control.publish(State(doing="paused"))
    assert line.hear()["state"]["doing"] == "paused"
    assert line.ask({"ask": "state", "id": "a"}) == {"state": wire.said(State(doing="paused")), "id": "a"}


def test_somebody_who_ends_their_side_gets_the_answers_and_then_the_end(device: Device) -> None:
    device.open()
    line = device.line()
    line.say({"do": "skip", "id": 1})
    line.socket.sendall(b'{"do": "press", "id": 2}')  # with no end of the line, as `printf` writes it
    line.socket.shutdown(socket.SHUT_WR)
    event = device.takes()
    assert device.takes() == Gestured("press")
    assert isinstance(event, Ordered)
    assert event.answer
    event.answer.set_result(None)
    assert [line.hear(), line.hear()] == [{"ok": True, "id": 2}, {"ok": True, "id": 1}]
    assert line.hear() is None


# -- a device that is tried out --


def test_pins_are_driven_and_the_light_is_seen(device: Device) -> None:
    device.open(mock=True)
    line = device.line()
    assert line.ask({"pin": "button", "down": True}) == {"ok": True}
    assert line.ask({"pin": "skip", "down": False}) == {"ok": True}
    assert device.pins == [("button", True), ("skip", False)]
    assert line.ask({"light": True}) == {"ok": True}
    seen = line.hear()
    assert seen["light"] == 0.0
    device.bright = 0.5004
    later = line.hear()
    assert later["light"] == 0.5
    assert later["at"] >= seen["at"]
    line.say({"light": False})
    while line.hear() != {"ok": True}:
        pass
    device.bright = 1.0
    assert "state" in line.ask({"ask": "state"})


@pytest.mark.parametrize("command", [{"pin": "button", "down": True}, {"light": True}])
def test_a_device_in_use_lets_no_pin_be_driven(device: Device, command: Any) -> None:
    device.open()
    assert "without hardware" in refused(device.line().ask(command))
    assert device.pins == []


# -- what it stays calm with --


@pytest.mark.parametrize(
    "line",
    [
        b"hello", b"{", b"[]", b"null", b"3", b'"press"', b"{}", b"\xff\xfe\x00", b"[" * 4000,
        b'{"a":' * 800, b'{"do": 3}', b'{"do": "warn"}', b'{"do": "kept"}', b'{"do": []}',
        b'{"do": "press", "ask": "state"}', b'{"do": "press", "session": "x"}',
        b'{"do": "skip", "down": true}', b'{"ask": "diary"}', b'{"light": 1}',
        b'{"pin": "nose", "down": true}', b'{"pin": "button"}', b'{"pin": [], "down": true}',
        b'{"do": "play", "session": ""}', b'{"do": "play", "session": 3}', b'{"do": "play", "for": 20}',
        b'{"do": "play", "for": "never"}', b'{"do": "play", "for": "0s"}',
        b'{"do": "play", "for": "9999h"}', b'{"do": "play", "session": "' + b"a" * 65 + b'"}',
        b'{"do": "press", "id": [1]}', b"NaN", b"1" * 4096, b'{"do": "press", "id": true}',
        b'{"do": "press", "id": 1e3}', b'{"do": "press", "id": ' + b"9" * 40 + b"}",
        b'{"do": "press", "id": "' + b"a" * 65 + b'"}', b'{"do": "\\ud800"}',
        b'{"\\ud800": 1, "ask": "state"}', b"x" * 5000, b"x" * 300_000,
    ],
    ids=lambda line: line[:24].decode("ascii", "replace"),
)  # fmt: skip
def test_whatever_is_not_understood_gets_a_sentence_and_nothing_else(device: Device, line: bytes) -> None:
    device.open(mock=True)
    wire_ = device.line()
    wire_.socket.sendall(line + b"\n")
    refused(wire_.hear())
    assert wire_.ask({"do": "press"}) == {"ok": True}
    assert device.takes() == Gestured("press")
    assert device.inbox.empty()
    assert device.pins == []


@given(st.lists(st.binary(max_size=40) | st.just(b"\n"), max_size=30), st.integers(1, 20))
def test_lines_come_whole_however_they_were_cut(pieces: list[bytes], most: int) -> None:
    lines = wire.Lines(most)
    heard = [line for piece in pieces for line in lines.fed(piece)]
    heard += lines.fed(b"\n")
    assert heard == [line[: most + 1] for line in (b"".join(pieces) + b"\n").split(b"\n")[:-1]]


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: json.dumps({"do": text}).encode()))
def test_any_bytes_are_read_as_something_or_as_nothing(line: bytes) -> None:
    asked = wire.read(line)
    assert wire.line(wire.answer(asked.what if isinstance(asked.what, str) else None, asked.name)).isascii()


@settings(max_examples=25, deadline=None)
@given(chunks=st.lists(st.binary(max_size=3000), max_size=8), half=st.booleans())
def test_garbage_hurts_nobody_else(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes], *, half: bool
) -> None:
    device = Device(tmp_path_factory.mktemp("garbage"))
    with device.opened:
        device.open()
        calm, wild = device.line(), device.line()
        for chunk in chunks:
            wild.socket.sendall(chunk)
        if half:
            wild.socket.shutdown(socket.SHUT_WR)
        wild.close()
        assert calm.ask({"do": "press", "id": 1}) == {"ok": True, "id": 1}


def test_somebody_who_does_not_read_is_let_go_and_never_waited_for(device: Device) -> None:
    control = device.open()
    calm, deaf = device.line(), device.line()
    told = 4_000
    for number in range(told):
        control.publish(State(doing="paused", volume=-40 + number % 40, title="x" * 100))
        assert calm.hear()["state"]["doing"] == "paused"
    heard = deaf.file.readlines()  # until the end: it was let go
    assert 10 < len(heard) < told
    assert all(line.endswith(b"\n") for line in heard[:-1])


def test_no_more_than_so_many_listen_and_a_place_is_free_again(device: Device) -> None:
    device.open()
    lines = [device.line() for _ in range(MOST_CLIENTS)]
    late = device.line()
    assert late.greeted[0] == wire.HELLO
    assert "Too many" in refused(late.greeted[1])
    assert late.hear() is None
    lines[0].close()
    while "error" in (late := device.line()).greeted[1]:
        pass
    assert late.ask({"do": "press"}) == {"ok": True}


def test_a_device_that_does_not_come_to_it_is_asked_no_more(device: Device) -> None:
    device.open()
    line = device.line()
    for number in range(17):
        line.say({"do": "skip", "id": number})
    assert line.hear()["id"] == 16
    event = device.takes()
    assert isinstance(event, Ordered)
    assert event.answer
    event.answer.set_result(None)
    assert line.hear() == {"ok": True, "id": 0}
    other = device.line()
    while "ok" in (answer := other.ask({"do": "press"})):
        pass
    assert "ask again" in refused(answer)
    assert device.inbox.qsize() == 1_000


# -- where it is --


def test_it_is_open_to_its_owner_alone_or_to_a_group_where_systemd_made_the_folder(
    tmp_path: Path, device: Device
) -> None:
    before = os.umask(0)
    try:
        device.open()
        runtime = tmp_path / "run"
        runtime.mkdir(mode=0o750)
        given_ = Place.found(device.folders, {"RUNTIME_DIRECTORY": f"{runtime}:/elsewhere"})
        with closing(Control.open(given_, device.inbox)):
            assert stat.S_IMODE((runtime / "bedside.sock").stat().st_mode) == GROUP
            assert stat.S_IMODE(runtime.stat().st_mode) == 0o750
    finally:
        os.umask(before)
    assert stat.S_IMODE(device.place.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(device.place.path.parent.stat().st_mode) == 0o700


def test_a_second_device_gets_a_sentence_and_the_first_one_stays(device: Device) -> None:
    device.open()
    with pytest.raises(GuideError, match="already running"):
        device.open()
    assert device.line().ask({"do": "press"}) == {"ok": True}


def test_a_socket_that_was_left_behind_is_replaced(device: Device) -> None:
    code = (
        "import os, sys\nfrom queue import SimpleQueue\nfrom pathlib import Path\n"
        "from guide.bedside.control import Control\nfrom guide.bedside.doorway import Place\n"
        "Control.open(Place(Path(sys.argv[1])), SimpleQueue())\nos._exit(9)"
    )
    path = device.place.path
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=PATIENCE)
    assert done.returncode == 9
    assert path.is_socket()
    device.open()
    assert device.line().ask({"do": "press"}) == {"ok": True}


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling"])
def test_what_is_no_socket_is_left_alone(device: Device, kind: str) -> None:
    path = device.place.path
    path.parent.mkdir()
    other = path.with_name("other")
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(other)
        if kind == "link":
            other.write_text("mine")
    with pytest.raises(StorageError, match="something else is there"):
        device.open()
    assert path.exists() or path.is_symlink()
    assert other.exists() == (kind == "link")


def test_two_that_begin_at_one_moment_are_one(device: Device) -> None:
    begun: list[Control] = []
    failed: list[str] = []

    def begin() -> None:
        try:
            begun.append(device.open())
        except GuideError as error:
            failed.append(str(error))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1
    assert len(failed) == 7
    assert device.line().ask({"do": "press"}) == {"ok": True}


def test_nobody_looks_while_another_one_does(device: Device) -> None:
    device.folders.state.mkdir()
    handle = os.open(device.folders.state, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(GuideError, match="beginning here"):
            device.open()
    finally:
        os.close(handle)
    device.open()


def test_the_socket_of_another_that_came_since_is_left_alone(device: Device) -> None:
    control = device.open()
    device.place.path.unlink()
    with closing(Control.open(device.place, device.inbox)):
        control.close()
        assert device.line().ask({"do": "press"}) == {"ok": True}


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a folder with quite a long name"] * 6)
    deep.mkdir(parents=True)
    device = Device(deep)
    with device.opened:
        device.open()
        assert len(str(device.place.path)) > 107
        assert device.line().ask({"do": "press"}) == {"ok": True}
        with Call.begun(device.folders) as call:
            call.do({"do": "press"})


def test_where_it_cannot_be_it_is_told(device: Device) -> None:
    missing = Place.found(device.folders, {"RUNTIME_DIRECTORY": str(device.folder / "missing")})
    with pytest.raises(StorageError, match="cannot listen"):
        Control.open(missing, device.inbox)


# -- the other end --


def test_a_call_hears_what_changes_and_has_things_done(device: Device) -> None:
    control = device.open()
    control.publish(State(doing="waiting"))
    with Call.begun(device.folders) as call:
        assert call.state == State(doing="waiting")
        call.do({"do": "press"})
        control.publish(State(doing="preparing"))
        assert next(call.states()).doing == "preparing"
        with pytest.raises(GuideError, match=r"^There is no"):
            call.do({"do": "skip", "colour": 1})
        assert list(call.states(time.monotonic() + 0.01)) == []
        control.close()
        with pytest.raises(NotFoundError, match="has ended"):
            next(call.states())


def test_where_no_device_runs_there_is_a_sentence(device: Device) -> None:
    with pytest.raises(NotFoundError, match="No device is running"):
        Call.begun(device.folders)
    device.open().close()
    with pytest.raises(NotFoundError, match="No device is running"):
        Call.begun(device.folders)


def test_one_that_is_closed_to_this_user_is_named(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(path: Path, _patience: float) -> None:
        raise PermissionError if path.parent == Path("/run/guide") else FileNotFoundError

    monkeypatch.setattr(doorway, "connect", connect)
    with pytest.raises(GuideError, match=r"may not speak to it: /run/guide/bedside\.sock is open"):
        Call.begun(device.folders)


def test_nobody_wakes_up_while_nothing_happens(device: Device) -> None:
    """Whoever listens for a whole night costs nothing: its thread waits without an end."""
    control = device.open(mock=True)
    line = device.line()
    control.publish(State(doing="playing", at=RATE))
    assert line.hear()["state"]["at"] == 1.0
    assert line.ask({"light": True}) == {"ok": True}
    assert line.hear()["light"] == 0.0
    assert line.ask({"light": False}) == {"ok": True}
    assert control._patience() is None


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (b"", "has ended"),
        (b"SSH-2.0\n", "another language"),
        (b"[1]\n", "another language"),
        (b"{}\n", "no device of ours"),
        (b"x" * 70_000 + b"\n", "another language"),
        (b'{"guide": "bedside", "version": 2}\n', "another version"),
        (b'{"guide": "bedside", "version": 1}\n{"error": "Too many."}\n', "Too many"),
        (b'{"guide": "bedside", "version": 1}\n{"state": 3}\n', "no state"),
        (b'{"guide": "bedside", "version": 1}\n{"state": {"doing": "off", "at": "x"}}\n', "'at' is not"),
        (b'{"guide": "bedside", "version": 1}\n{"state": {"doing": "off", "at": 1e999}}\n', "not understood"),
    ],
)
def test_what_listens_there_and_is_no_device_is_a_sentence(says: bytes, sentence: str) -> None:
    here, there = socket.socketpair()
    with closing(here), closing(there):
        there.sendall(says)
        there.close()
        with pytest.raises(GuideError, match=re.escape(sentence)):
            Call(here, "there")


def test_one_that_does_not_answer_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_PATIENCE", 0.01)
    here, there = socket.socketpair()
    with closing(here), closing(there), pytest.raises(GuideError, match="does not answer"):
        Call(here, "there")


# -- its page --


def test_its_page_tells_of_all_that_is_said() -> None:
    keys = set(wire.said(State()))
    words = {*keys, *get_args(Doing), *get_args(Trouble), *get_args(Order), *get_args(wire.Thumbed)}
    missing = {word for word in words if f'"{word}"' not in PAGE and f"`{word}`" not in PAGE}
    assert missing == set()


def test_what_its_page_shows_is_so(device: Device) -> None:
    """Each line that is asked in the page's example, and the answer below it."""
    control = device.open(mock=True)
    control.publish(State(doing="waiting"))
    line = device.line()
    shown = re.findall(r"^→ (.+)\n← (.+)$", PAGE, re.MULTILINE)
    assert len(shown) > 5
    for asked, answered in shown:
        line.socket.sendall(asked.encode() + b"\n")
        event = device.takes() if "ok" in answered and "do" in json.loads(asked) else None
        if isinstance(event, Ordered):
            assert event.answer
            event.answer.set_result(None)
        assert line.hear() == json.loads(answered), asked

"""The service manager is told what it has to know, and a device without one does not notice."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from guide.bedside.notify import Notify


@pytest.fixture(params=["a path", "no folder"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """What listens like systemd, and what it calls its address."""
    name = str(tmp_path / "notify") if request.param == "a path" else f"\0guide-{uuid.uuid4()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(name)
        heard.settimeout(10)
        yield name.replace("\0", "@"), heard


def test_each_message_arrives_as_the_manager_reads_it(manager: tuple[str, socket.socket]) -> None:
    address, heard = manager
    told = Notify.found({"NOTIFY_SOCKET": address})
    told.ready()
    told.status("It waits\nREADY=0  for   a press. ü")
    told.feed()
    told.stopping()
    assert [heard.recv(4096).decode() for _ in range(4)] == [
        "READY=1",
        "STATUS=It waits READY=0 for a press. ü",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "@",
        "vsock:2:1",
        "relative",
        "/nobody/listens",
        "@nobody",
        "/a\0b",
        "/" * 500,
        "/\udcff\ud800",
    ],
)
def test_where_there_is_no_manager_nothing_happens(address: str) -> None:
    told = Notify.found({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    told.ready()
    told.feed()
    told.status("\ud800")
    told.stopping()
    assert (told.watchdog is None) == (told.address is None)


def test_without_the_variable_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert Notify.found() == Notify()


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "9" * 4000}, None),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"}, None),
    ],
)
def test_the_watchdog_is_the_one_that_is_meant(variables: dict[str, str], seconds: float | None) -> None:
    assert Notify.found({"NOTIFY_SOCKET": "@x", **variables}).watchdog == seconds


def test_a_manager_that_does_not_read_is_not_waited_for(manager: tuple[str, socket.socket]) -> None:
    address, heard = manager
    filling = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with closing(filling):
        filling.setblocking(False)
        filling.connect(address.replace("@", "\0"))
        with suppress(BlockingIOError):
            while True:
                filling.send(b"x")
        Notify.found({"NOTIFY_SOCKET": address}).ready()
    assert heard.recv(10) == b"x"

"""What several tests need: a sound server, a machine without one, and a model that understands speech."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import modelling
import pytest
from hearing import SoundServerError
from keeping import folders
from soundserver import SoundServer

from guide.folders import Folders
from guide.journal import Journal

REQUIRED = {
    "soundcard": os.environ.get("GUIDE_REQUIRE_SOUND") == "1",
    "models": os.environ.get("GUIDE_REQUIRE_MODELS") == "1",
    "age": os.environ.get("GUIDE_REQUIRE_AGE") == "1",
    "systemd": os.environ.get("GUIDE_REQUIRE_SYSTEMD") == "1",
}
"""Marks of which every test has to run: a skip of one is a failure then."""


_MARKS = (("soundserver", "soundcard"), ("speech_model", "models"), ("age", "age"), ("systemd", "systemd"))
"""A fixture, and the mark of whoever uses it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the sound server, a model, `age` or systemd, and name it in a JUnit report."""
    for item in items:
        for fixture, mark in _MARKS:
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
            if item.get_closest_marker(mark):
                item.user_properties.append((mark, "yes"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let what plays go before what reckons beside it, where that can be taken back: a card does not wait."""
    if hasattr(os, "setpriority") and os.geteuid() == 0:
        plays = item.get_closest_marker("soundcard")
        os.setpriority(os.PRIO_PROCESS, 0, 0 if plays else 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and any(item.get_closest_marker(mark) for mark in REQUIRED if REQUIRED[mark]):
        report.outcome = "failed"
        report.longrepr = f"This has to run here, but it was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def soundserver() -> Iterator[SoundServer]:
    """A loudspeaker and a microphone for all tests; skips where PulseAudio cannot be had."""
    try:
        server = SoundServer()
        server.start()
    except SoundServerError as error:
        pytest.skip(f"no private sound server: {error}")
    with server:
        yield server


@pytest.fixture(autouse=True)
def _sound_is_there(request: pytest.FixtureRequest) -> None:
    """A test that took the sound card away, and failed, must not take the next ones along."""
    if "soundserver" in request.fixturenames:
        request.getfixturevalue("soundserver").start()


@pytest.fixture
def age() -> str:
    """The `age` of this system, with `age-keygen` beside it."""
    if not shutil.which("age") or not shutil.which("age-keygen"):
        pytest.skip("there is no `age` here")
    return "age"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """Where the commands look, too."""
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    return folders(tmp_path / "home")


@pytest.fixture
def journal(home: Folders) -> Journal:
    return Journal.open(home)


@pytest.fixture
def no_sound_card(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with neither loudspeaker nor microphone, for a child process."""
    # PortAudio aborts where ALSA has no configuration at all: its one device leads to a server that is not.
    nowhere = tmp_path / "no-sound.conf"
    nowhere.write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    return {
        **os.environ,
        "ALSA_CONFIG_PATH": str(nowhere),
        "PULSE_SERVER": "unix:/dev/null",
        "HOME": str(tmp_path),
        "GUIDE_HOME": str(tmp_path / "guide"),
    }


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> Path:
    """The packages of the model, kept for the next run; skips where they cannot be had."""
    folder = request.config.cache.mkdir("packages")
    if problem := modelling.had(folder):
        pytest.skip(f"no model: {problem}")
    return folder


@pytest.fixture(scope="session")
def speech_model(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Folders of somebody who has installed the model, as a person does it."""
    pytest.importorskip("sherpa_onnx")
    return modelling.installed(packages, tmp_path_factory.mktemp("model"))

"""What several tests need: a sound server, and a machine without one."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hearing import SoundServerError
from soundserver import SoundServer

SOUND_IS_REQUIRED = os.environ.get("GUIDE_REQUIRE_SOUND") == "1"
"""Set where every test with a sound card has to run: a skip of one is a failure then."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the sound server, and name it in a JUnit report, so that it can be counted."""
    for item in items:
        if "soundserver" in getattr(item, "fixturenames", ()):
            item.add_marker("soundcard")
        if item.get_closest_marker("soundcard"):
            item.user_properties.append(("soundcard", "yes"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if SOUND_IS_REQUIRED and report.skipped and item.get_closest_marker("soundcard"):
        report.outcome = "failed"
        report.longrepr = f"A sound card is required here, but this was skipped: {report.longrepr}"
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

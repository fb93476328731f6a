"""What the device says is made by one voice at a time, however often its settings change meanwhile."""

import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from bedside_life import EVENING
from keeping import folders

from guide.bedside.clock import FakeClock
from guide.bedside.clocked import ClockedSink
from guide.bedside.mouth import Mouth
from guide.bedside.voicebox import Voicebox
from guide.config import Config
from guide.desk import Desk
from guide.errors import GuideError
from guide.library import Library
from guide.sound import Sound
from guide.voices.hum import Hum

PATIENCE = 60.0


class Patient(Hum):
    """A voice that waits in its first sentence until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.speaks, self.may = threading.Event(), threading.Event()
        self.said: list[str] = []

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        self.speaks.set()
        assert self.may.wait(PATIENCE)
        self.said.append(text)
        return super().speak(text, pace, pitch)


@dataclass(frozen=True)
class PatientDesk(Desk):
    """One with this voice."""

    patient: Patient

    def forgetful_voice(self, *_: object) -> Patient:
        return self.patient


def test_what_is_not_wanted_any_more_is_left_and_removes_nothing(tmp_path: Path) -> None:
    home = folders(tmp_path)
    voice = Patient()
    desk = PatientDesk(home, Library.find(home), Config(voice="hum"), voice)
    clock, told = FakeClock(EVENING), SimpleQueue[tuple[str, GuideError | None]]()
    with closing(Mouth(lambda: ClockedSink(clock), lambda: -8, clock)) as mouth:
        before, after = Voicebox(desk, mouth), Voicebox(desk, mouth)
        before.make(("One before.", "Two before."), lambda error: told.put(("before", error)))
        assert voice.speaks.wait(PATIENCE)
        before.retire()
        after.make(("One after.", "Two after."), lambda error: told.put(("after", error)))
        voice.may.set()
        assert told.get(timeout=PATIENCE) == ("after", None)
        assert told.empty()
        assert "Two before." not in voice.said
        assert len(after.sounds(("One after.", "Two after."))) == 2
        assert after.sounds(("One before.", "Two before.")) == ()

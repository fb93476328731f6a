"""The reflection in front of a button and a light: nothing is shown, and little is said."""

from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

from guide.aside import Aside
from guide.bedside.clock import Clock
from guide.bedside.mouth import Said
from guide.bedside.state import Doing
from guide.errors import DeviceError, GuideError, StorageError
from guide.journal import Entry, Mark
from guide.microphone import Microphone
from guide.reflection import Choice, Heard, Scales
from guide.sound import Sound


class ButtonFront:
    """A `reflection.Front`. What it is doing is the truth about the microphone: see `Shown`."""

    def __init__(
        self, clock: Clock, aside: Aside, said: Callable[[str], tuple[Said, ...]], *, night: bool = False
    ) -> None:
        """`said` gives a line of the device as sounds."""
        self._night = night
        self._clock = clock
        self._aside = aside
        self._said = said
        self._choices: SimpleQueue[Choice] = SimpleQueue()
        self.doing: Doing = "offering"
        self.failed: GuideError | None = None
        """The last thing that could not be done."""
        self.heard = False
        """Whether anything came from a microphone."""

    def press(self, choice: Choice) -> None:
        """The person chose. From any thread."""
        self._choices.put(choice)

    def offer(self, invite: str) -> None:  # noqa: ARG002 - it was spoken
        self.doing = "offering"
        self._speak("offer_at_night" if self._night else "offer")

    def ask(self, question: str, number: int, of: int) -> None:  # noqa: ARG002 - it is spoken
        self.doing = "asking"

    def hear(self, heard: Heard) -> None:  # noqa: ARG002 - the light shows that it is open
        self.heard = True

    def tell(self, sentence: str) -> None:
        """There is no screen, and what matters is said."""

    def fail(self, error: GuideError, then: str = "") -> None:
        self.failed = error
        if then:
            self._speak("no_longer_listening")
            self._speak("kept")
        elif not isinstance(error, DeviceError):  # that there is no microphone is said anyway
            self._speak("no_space" if isinstance(error, StorageError) else "no_journal")

    def play(self, sentence: str) -> None:  # noqa: ARG002
        self.doing = "asking"

    def agree(self, question: str) -> None:  # noqa: ARG002
        self.doing = "asking"

    def choice(self, timeout: float) -> Choice | None:
        return self._clock.wait(self._choices, self._clock.elapsed() + timeout)

    def marks(self, scales: Scales, before: Sequence[Entry]) -> list[Mark]:  # noqa: ARG002 - with one button
        return []

    def line(self, question: str) -> str | None:  # noqa: ARG002 - there are no keys here
        return None

    def _speak(self, name: str) -> None:
        for sample, gain in self._said(name):
            self._aside.say(sample, gain)


class Shown:
    """A microphone that says when it is open, to the front: no light, no listening."""

    def __init__(self, microphone: Microphone, front: ButtonFront) -> None:
        self._microphone = microphone
        self._front = front

    @property
    def name(self) -> str:
        return self._microphone.name

    @property
    def notice(self) -> str | None:
        return self._microphone.notice

    @property
    def overflows(self) -> int:
        return self._microphone.overflows

    def open(self) -> None:
        before, self._front.doing = self._front.doing, "listening"
        try:
            self._microphone.open()
        except BaseException:
            self._front.doing = before
            raise

    def blocks(self) -> Iterator[Sound]:
        return self._microphone.blocks()

    def close(self) -> None:
        self._microphone.close()
        self._front.doing = "asking"

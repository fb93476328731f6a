"""What a session of the night asks the next morning, at the first press, or once a waking was answered."""

import datetime as dt
import json
import threading
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from guide.bedside.events import Ended
from guide.bedside.front import ButtonFront
from guide.bedside.listening import journal_of, listen, written_down
from guide.bedside.running import Room, Seen, to_its_end
from guide.errors import StorageError
from guide.folders import private, write_whole
from guide.player import Verb
from guide.reflection import Choice
from guide.saved import Lock

_NAME = "bedside-morning.json"
_MOST_BYTES = 4096
_FIRST, _LAST = dt.time(4), dt.time(12)
"""When it is morning: a question that begins with a good morning waits for it."""
_STANDS = dt.timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class Asking:
    """A session that asks in the morning."""

    session: str
    frames: int
    """How much of it was heard."""
    ended: str
    """When it ended, as ISO 8601 with its offset."""

    def is_due(self, now: dt.datetime) -> bool:
        """Whether it is the morning after."""
        ended = dt.datetime.fromisoformat(self.ended)
        return _FIRST <= now.time() < _LAST and dt.timedelta() <= now - ended < _STANDS


class Tomorrow:
    """What the next morning is to be asked; it outlives the process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def keep(self, asking: Asking) -> None:
        """Remember it, in place of what was remembered. Where it cannot be written there is no question."""
        try:
            private(self._path.parent)
            write_whole(self._path, json.dumps(asdict(asking)).encode())
        except StorageError:
            return

    def due(self, now: dt.datetime) -> Asking | None:
        """What is to be asked at the moment `now`, if anything."""
        try:
            with self._path.open("rb") as file:
                told: Any = json.loads(file.read(_MOST_BYTES))
            asking = Asking(str(told["session"]), int(told["frames"]), str(told["ended"]))
            return asking if asking.is_due(now) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def forget(self) -> None:
        """It was asked."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return


class Morning:
    """A `Running`: the reflection alone."""

    def __init__(self, room: Room, asking: Asking) -> None:
        self._room = room
        self._asking = asking
        self._lock = threading.Lock()
        self._front: ButtonFront | None = None
        self._stopped = False
        self._title: str | None = None
        self._thread = threading.Thread(
            target=to_its_end, args=(room, self._ask), name="morning", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def do(self, verb: Verb) -> None:
        if verb == "stop":
            self.choose("end")

    def choose(self, choice: Choice) -> None:
        with self._lock:
            self._stopped = self._stopped or choice == "end"
            if self._front is not None:
                self._front.press(choice)

    def limit(self, ceiling: int) -> None:
        """It is short, and by day."""

    def seen(self) -> Seen:
        with self._lock:
            doing = self._front.doing if self._front is not None else "preparing"
        return Seen(doing, self._asking.session, self._title)

    def _ask(self) -> Ended:
        from guide.clips import Clips
        from guide.lines import lines
        from guide.reflection import Occasion

        room, desk = self._room, self._room.desk
        script = desk.script(self._asking.session)
        page, journal = script.page.reflection, journal_of(room)
        self._title = script.page.title
        if page is None or journal is None:
            return Ended(finished=True)
        with ExitStack() as stack:
            stack.callback(Lock(desk.folders.state).release)
            voice = stack.enter_context(desk.voice(None, script.page.language))
            sink = room.mouth.lend()
            stack.callback(room.mouth.back, sink)
            clips = Clips(voice, script.page.voice.pace, script.page.voice.pitch)
            words = lines(script.page.language, desk.config.lines)
            occasion = Occasion(script.name, script.page.title, self._asking.frames)
            deaf = listen(
                room, sink, journal, clips=clips, lines=words, page=page,
                occasion=occasion, meet=self._meet, offered=True,
            )  # fmt: skip
        written_down(room, journal)
        return Ended(finished=True, deaf=deaf)

    def _meet(self, front: ButtonFront) -> None:
        with self._lock:
            self._front = front
            if self._stopped:
                front.press("end")

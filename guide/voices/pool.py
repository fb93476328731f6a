"""Child processes that speak: killed when they hang, replaced when they die."""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import guide
from guide.errors import VoiceError

_START = 3.0
"""A start may take this many times the patience that a sentence has at least: a cold card, a slow board."""
_CLOSED = "The voice was closed."
_REST = 20.0
"""Seconds after which a process that nobody needs ends by itself: it holds 14 MB."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a worker speaks, for its whole life."""

    voice: str
    """As espeak names it, with its variant: `en-gb+f3`."""
    rate: int
    """espeak's speed; near to words a minute, 80 at least."""
    pitch: int
    """0 to 99; 50 is the voice as it was made."""
    range: int = 50
    """How far the melody goes, 0 to 99; 50 is the voice as it was made."""
    gap: int = 0
    """More silence between words, in units of 10 ms at ordinary speed."""
    library: str = "auto"
    """`auto`, `system` or `embedded`: which espeak-ng."""


class UnusableVoiceError(VoiceError):
    """There is no such voice or no engine: to try once more would not help."""


class Worker:
    """One child process. It is used by one thread at a time."""

    def __init__(self, setting: Setting, folder: Path, *, listing: bool = False) -> None:
        """Start it; it is of use once it is `ready`. Raises VoiceError where no process can be started."""
        self.setting = setting
        self._file = folder / f"{id(self):x}.{threading.get_ident():x}.wav"
        own = {"list": True} if listing else {"folder": str(folder)}
        self._process = _launch(asdict(setting) | own)
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert self._process.stdout is not None  # noqa: S101 - said for mypy: it is a pipe
        threading.Thread(target=_listen, args=(self._process, self._answers), daemon=True).start()
        self.about: dict[str, Any] = {}

    def ready(self, patience: float) -> None:
        """Wait until it can speak.

        Raises UnusableVoiceError with its reason, or VoiceError when it dies or takes too long; it has ended
        then.
        """
        try:
            answer = self._answer(patience * _START)
        except VoiceError:
            self.kill()
            raise
        if "error" in answer:
            self.kill()
            raise UnusableVoiceError(answer["error"])
        self.about = answer["ready"]

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def speak(self, text: str, patience: float) -> Path:
        """Speak one utterance to a file, which is the caller's to remove.

        Raises VoiceError; this worker is then of no more use.
        """
        self._ask({"text": text, "file": str(self._file)})
        answer = self._answer(patience)
        if "error" in answer:
            raise VoiceError(str(answer["error"]))
        return self._file

    def rest(self, seconds: float) -> None:
        """Let it end by itself when it is not woken for so long. Raises VoiceError if it ended already."""
        self._ask({"rest": seconds})

    def woken(self, patience: float) -> bool:
        """Whether it is still there after a rest. If so it waits from now on."""
        try:
            self._ask({"stay": True})
            return "staying" in self._answer(patience)
        except VoiceError:
            return False

    def _ask(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - said for mypy: it is a pipe
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except (
            OSError,
            ValueError,
        ) as error:  # ValueError: the pool was closed meanwhile, and the pipe with it
            raise VoiceError("the speech process ended") from error

    def _answer(self, patience: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=patience)
        except queue.Empty:
            raise VoiceError(f"the speech process gave no answer in {patience:.0f} s") from None
        if not line:
            raise VoiceError("the speech process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        """End it now, whatever it is doing, and leave nothing behind."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            _close(pipe)
        self._file.unlink(missing_ok=True)


class Pool:
    """Workers, at most `limit` processes at a time over all settings; safe to use from several threads."""

    def __init__(self, limit: int, patience: float, rest: float = _REST) -> None:
        """Nothing is started before it is needed. `patience` is in seconds, see Worker.

        A worker that is not needed for `rest` seconds ends by itself.
        """
        self._patience = patience
        self._rest = rest
        self._room = threading.BoundedSemaphore(limit)
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._coming = 0
        """Workers that are being started, woken or replaced, and stand in neither list."""
        self._folder: Path | None = None
        self._closed = False
        self._end = weakref.finalize(self, _end, self._idle, self._busy)

    @contextmanager
    def worker(self, setting: Setting, *, fresh: bool = False) -> Iterator[Worker]:
        """Lend a worker with this setting; it is killed if what is done with it fails.

        `fresh` asks for a new process, whatever there is. Waits while all are busy. Raises VoiceError.
        """
        with self._room:
            worker = self._lent(setting, fresh=fresh)
            try:
                yield worker
            except BaseException:
                self._drop(worker)
                raise
            else:
                self._keep(worker)

    def _lent(self, setting: Setting, *, fresh: bool) -> Worker:
        with self._lock:
            self._coming += 1
        worker: Worker | None = None
        begun = False
        try:
            worker = None if fresh else self._taken(setting)
            begun = worker is None
            worker = worker or self._started(setting)
        finally:
            with self._lock:
                self._coming -= 1
                if worker is not None:
                    self._busy.add(worker)
        try:
            if begun and not self._closed:
                worker.ready(self._patience)  # a pool that is closed meanwhile kills it, and ends this
            if self._closed:
                raise UnusableVoiceError(_CLOSED)
        except VoiceError:
            self._drop(worker)
            if self._closed:
                raise UnusableVoiceError(_CLOSED) from None
            raise
        return worker

    def _taken(self, setting: Setting) -> Worker | None:
        """An idle worker that is still there; those that have left meanwhile are cleared away."""
        while True:
            with self._lock:
                worker = next((one for one in self._idle if one.setting == setting), None)
                if worker is None:
                    return None
                self._idle.remove(worker)
            if worker.woken(self._patience):
                return worker
            worker.kill()

    def _started(self, setting: Setting) -> Worker:
        """A new process; those that idle make room for it."""
        with self._lock:
            if self._closed:
                raise UnusableVoiceError(_CLOSED)
            over = len(self._idle) + len(self._busy) + self._coming - self._limit
            extra, self._idle[:] = self._idle[: max(0, over)], self._idle[max(0, over) :]
        for worker in extra:
            worker.kill()
        return Worker(setting, self._place())

    def _keep(self, worker: Worker) -> None:
        try:
            worker.rest(self._rest)
        except VoiceError:
            self._drop(worker)
            return
        with self._lock:
            self._busy.discard(worker)
            if not self._closed:
                self._idle.append(worker)

    def _drop(self, worker: Worker) -> None:
        worker.kill()
        with self._lock:
            self._busy.discard(worker)

    def _place(self) -> Path:
        """A folder for this pool alone (0700), for the few moments that a sentence is a file."""
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                try:
                    self._folder = Path(tempfile.mkdtemp(prefix="guide-voice-"))
                except OSError as error:
                    raise VoiceError(
                        f"No temporary folder can be made for speech ({error.strerror or error}). "
                        "Make room on the disk, or set TMPDIR to a folder that can be written."
                    ) from error
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder

    def close(self) -> None:
        """End every worker, and lend none any more."""
        with self._lock:
            self._closed = True
            workers, self._idle[:] = [*self._idle, *self._busy], []
        for worker in workers:
            worker.kill()


def listing(library: str, patience: float) -> dict[str, Any]:
    """What one worker says of itself and of the voices it knows. Raises VoiceError."""
    worker = Worker(Setting("", 100, 50, library=library), Path(tempfile.gettempdir()), listing=True)
    worker.ready(patience)
    worker.kill()
    return worker.about


def _end(*workers: "list[Worker] | set[Worker]") -> None:
    for some in workers:
        for worker in list(some):
            worker.kill()


def _launch(settings: dict[str, Any]) -> "subprocess.Popen[str]":
    try:
        return subprocess.Popen(
            # -P: a file called json.py in the folder the person happens to be in must not be imported.
            [sys.executable, "-P", "-m", "guide.voices.worker", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": _search_path()},
            start_new_session=True,  # Ctrl-C is for the player, which may still have a last line to say.
        )
    except OSError as error:
        raise VoiceError(f"no process can be started for speech: {error.strerror or error}") from error


def _search_path() -> str:
    """Where the child finds this very package, however it was found here."""
    here = str(Path(guide.__file__).parent.parent)
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))


def _listen(process: "subprocess.Popen[str]", answers: "queue.SimpleQueue[str]") -> None:
    assert process.stdout is not None  # noqa: S101 - said for mypy: it is a pipe
    try:
        for line in process.stdout:
            answers.put(line)
    except (OSError, ValueError):
        pass  # The pipe was closed under us: the worker was killed.
    answers.put("")
    process.wait()  # Where it left by itself, nobody else may ask for it for long.


def _close(pipe: "IO[str] | None") -> None:
    try:
        if pipe is not None:
            pipe.close()
    except (OSError, ValueError):
        pass

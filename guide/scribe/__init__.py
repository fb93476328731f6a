"""Writes down what was said: the recordings that wait for their words, one at a time, on this machine alone.

As a program of its own (`python -m guide.scribe`) it does so beside everything else that goes on: see
`guide.scribe.__main__`.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

import guide
from guide import transcription
from guide.config import Config
from guide.duration import RATE
from guide.errors import GuideError, NotFoundError, StorageError
from guide.folders import Folders
from guide.journal import Entry, Journal, awaiting
from guide.journal.awaiting import Awaited
from guide.scribe.handing import Spoken, handed
from guide.seal import SealedError
from guide.sound import Sound, openable
from guide.takes.wav import FLAGS, hold
from guide.transcription import Transcriber

_BLOCK = RATE
"""Frames that are read at once; before each it may be told to stop."""
_LOOK = 0.05

GONE = "gone"
UNREADABLE = "unreadable"
MEMORY = "memory"
FAILED = "failed"
"""Problems, beside `awaiting.CUT_OFF`: its recording is gone, cannot be read, needs more memory than there
is; or what understands it failed, and then the kind of that failure follows."""


class BusyError(StorageError):
    """Another process writes down what was said, and one at a time is enough."""


class _StoppedError(Exception):
    """It was told to stop, which is nobody's fault."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where it is."""

    entry: Entry
    left: int
    """How many wait behind this one."""
    over: bool = False
    """Whether this one is done with, for now."""
    problem: str | None = None
    """What went wrong, where it did."""


def wants_words(folders: Folders) -> bool:
    """Whether what is spoken is to wait for its words: as it was set, else where a model is installed."""
    try:
        config = Config.load(folders)
    except GuideError:  # whoever reads the settings for their own sake says what is wrong
        return False
    if config.words is not None:
        return config.words == "yes"
    return transcription.installed(folders, config.language or "") is not None


def transcriber(folders: Folders) -> Transcriber:
    """What understands the person's own language. Raises GuideError where nothing does."""
    return transcription.transcriber(folders, None, Config.load(folders).language or "")


def due(
    journal: Journal,
    beside: Collection[int] = (),
    only: Collection[int] | None = None,
    spoken: Collection[int] = (),
) -> list[Entry]:
    """What can be written down now, in its order: none that was given up, none that nobody here can open.

    `beside` leaves some out, `only` leaves all others out; `spoken` are in memory, and need not be opened.
    Raises StorageError.
    """
    with journal.store.transaction(reading=True) as db:
        waiting = [one.entry for one in awaiting.awaiting(db) if not one.given_up]
    by_number = {entry.id: entry for entry in journal.store.entries("id IN (SELECT entry FROM awaiting)")}
    wanted = [one for one in waiting if one not in beside and (only is None or one in only)]
    return [
        by_number[one]
        for one in wanted
        if one in by_number and (one in spoken or journal.readable(by_number[one]))
    ]


def work(
    journal: Journal,
    transcriber: Transcriber,
    *,
    only: Collection[int] | None = None,
    stop: Callable[[], bool] = lambda: False,
    spoken: Spoken = MappingProxyType({}),
) -> Iterator[Step]:
    """Write down whatever is due, each once, also what comes while it goes on; a step before and after each.

    Each try is noted before it is made; to stop, or to be interrupted, costs none. Call it while `alone`.
    Raises StorageError where words cannot be kept.
    """
    tried: set[int] = set()
    while not stop() and (waiting := due(journal, tried, only, spoken)):
        entry = waiting[0]
        tried.add(entry.id)
        with journal.store.transaction() as db:
            before = awaiting.begin(db, entry.id)
        if before is None:
            continue
        step = Step(entry, len(waiting) - 1)
        settled = False
        try:
            yield step
            problem = _written_down(journal, transcriber, entry, stop, spoken.get(entry.id))
            if problem:
                _note(journal, Awaited(entry.id, before.tries + 1, problem))
            settled = True
        except _StoppedError:
            return
        except SealedError:  # with another key
            continue
        finally:
            if not settled:
                with contextlib.suppress(StorageError):  # then it has cost a try
                    _note(journal, before)
        yield replace(step, over=True, problem=problem)


@contextlib.contextmanager
def alone(journal: Journal, patience: float = 0.0) -> Iterator[None]:
    """While nobody else writes down what was said; waits `patience` seconds for one who does.

    Raises BusyError after that, StorageError where nothing can be locked.
    """
    handle = _lock(journal)
    try:
        until = time.monotonic() + patience
        while not hold(handle):
            if time.monotonic() >= until:
                raise BusyError(
                    "Another process understands recordings just now. `guide journal status` says how far "
                    "it is."
                )
            time.sleep(_LOOK)
        yield
    finally:
        os.close(handle)


def working(journal: Journal) -> bool:
    """Whether somebody writes down what was said just now."""
    try:
        with alone(journal):
            return False
    except BusyError:
        return True
    except StorageError:
        return False


def begin(folders: Folders, spoken: Spoken = MappingProxyType({})) -> "subprocess.Popen[bytes] | None":
    """Let a process of its own write down what is due, where anything is; None where nothing begins.

    It is nobody's child any more that the terminal or the keyboard could reach, and nobody waits for it. What
    was `spoken` into a sealed journal goes to it through memory alone, where the system can do that.
    """
    handle = None
    try:
        journal = Journal(folders.data)
        if not journal.store.path.exists() or not wants_words(folders):
            return None
        if transcription.installed(folders) is None or not due(journal, spoken=spoken):
            return None
        handle = handed(spoken)
        process = subprocess.Popen(
            # -P: a file called json.py in the folder the person happens to be in must not be imported.
            [sys.executable, "-P", "-m", "guide.scribe", *([str(handle)] if handle is not None else [])],
            pass_fds=() if handle is None else (handle,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": _search_path(), "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
    except (
        GuideError,
        OSError,
    ):  # it is tried again after the next session, and the goodbye is no place for it
        return None
    finally:
        if handle is not None:
            os.close(handle)
    # Where this process goes on, somebody has to notice the end of that one, or it stays as a zombie.
    threading.Thread(target=process.wait, name="scribe", daemon=True).start()
    return process


def _written_down(
    journal: Journal,
    transcriber: Transcriber,
    entry: Entry,
    stop: Callable[[], bool],
    spoken: "bytearray | memoryview | None",
) -> str | None:
    """Understand one recording and keep its words; the problem, where there is one.

    Raises SealedError where nothing opens it, and what ends the whole of it: a stop, words that cannot be
    kept, and whatever is no Exception.
    """
    try:
        blocks = _blocks(journal, entry, stop) if spoken is None else _remembered(spoken, stop)
        text = transcriber.words(blocks).text
    except (_StoppedError, SealedError):
        raise
    except NotFoundError:
        return GONE
    except StorageError:
        return UNREADABLE
    except MemoryError:
        return MEMORY
    except Exception as error:  # noqa: BLE001 - foreign code, and the others wait; its words may tell too much
        return f"{FAILED}: {type(error).__name__}"
    journal.keep_transcript(entry, text)
    return None


def _blocks(journal: Journal, entry: Entry, stop: Callable[[], bool]) -> Iterator[Sound]:
    """The recording in mono blocks `(n,)` at RATE, while it is not to stop. NotFoundError, StorageError."""
    import soundfile

    sound = journal.sound(entry)
    try:
        with soundfile.SoundFile(openable(sound)) as file:
            if file.samplerate != RATE or file.channels != 1:
                raise StorageError(f"The recording of entry {entry.id} is none of ours.")
            while True:
                if stop():
                    raise _StoppedError
                block = file.read(_BLOCK, dtype="float32")
                if not len(block):
                    return
                yield block
    except (OSError, soundfile.SoundFileRuntimeError) as error:
        raise StorageError(f"The recording of entry {entry.id} cannot be read.") from error


def _remembered(spoken: "bytearray | memoryview", stop: Callable[[], bool]) -> Iterator[Sound]:
    """What was spoken into a sealed take, as `_blocks`."""
    samples = np.frombuffer(spoken, dtype="<i2")
    for at in range(0, len(samples), _BLOCK):
        if stop():
            raise _StoppedError
        yield samples[at : at + _BLOCK].astype(np.float32) / np.float32(32_768)


def _note(journal: Journal, awaited: Awaited) -> None:
    with journal.store.transaction() as db:
        awaiting.note(db, awaited)


def _lock(journal: Journal) -> int:
    path = journal.store.path.with_name("words.lock")
    try:
        return os.open(path, FLAGS | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"Words cannot be kept here: {path} ({error.strerror or error}).") from error


def _search_path() -> str:
    """Where the child finds this very package, however it was found here."""
    here = str(Path(guide.__file__).parent.parent)
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))

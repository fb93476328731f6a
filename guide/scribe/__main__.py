"""What was said is written down beside everything else that goes on, and takes nothing from it.

It yields to all others, and leaves when a session begins, or when it is told to.
"""

import contextlib
import os
import signal
import sys
from functools import partial

from guide import saved, scribe
from guide.errors import GuideError
from guide.folders import Folders
from guide.journal import Journal
from guide.scribe.handing import taken

_PATIENCE = 2.0
"""Seconds to wait for another that is about to end."""
_NICE = 19


def main() -> None:
    """Write down what is due, and leave: silently in any case, for there is nobody to be told."""
    _yield_to_all()
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(GuideError, OSError, ValueError):
        spoken = taken(int(sys.argv[1])) if len(sys.argv) > 1 else {}
        folders = Folders.find()
        at_first = saved.begun(folders.state)
        journal = Journal(folders.data)
        with scribe.alone(journal, _PATIENCE):
            if not scribe.due(journal, spoken=spoken):
                return
            transcriber = scribe.transcriber(folders)
            stop = partial(_another, folders, at_first)
            for _ in scribe.work(journal, transcriber, stop=stop, spoken=spoken):
                pass


def _another(folders: Folders, at_first: object) -> bool:
    """Whether another session has begun."""
    return saved.begun(folders.state) != at_first


def _yield_to_all() -> None:
    """Run when nobody else wants to. The kernel gives an idle process an idle place at the disk as well."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _leave(_number: int, _frame: object) -> None:
    """End as an exit does: what was begun is given back to the queue."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()

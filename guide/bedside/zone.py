"""The zone of this machine, with its summer time, as the machine has it set now."""

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

_LOCALTIME = Path("/etc/localtime")


def here() -> dt.tzinfo:
    """The zone by `TZ`, or of the system; where neither can be read, the bare offset of this moment.

    Cheap, and the same object until somebody sets another zone.
    """
    name = os.environ.get("TZ", "").removeprefix(":")
    try:
        if name and not name.startswith("/"):
            return ZoneInfo(name)
        path = Path(name) if name else _LOCALTIME
        about = path.stat()
        return _read(path, about.st_ino, about.st_mtime_ns)
    except (OSError, ValueError, KeyError):  # a name that is not known is a KeyError
        return dt.datetime.now().astimezone().tzinfo or dt.UTC


@lru_cache(maxsize=1)
def _read(path: Path, inode: int, changed: int) -> dt.tzinfo:  # noqa: ARG001 - they say whether it is the same
    with path.open("rb") as file:
        return ZoneInfo.from_file(file)

"""Where espeak-ng is: the system's library, or the one embedded in a Python package.

pyttsx3 opens `libespeak-ng.so.1` by that name. A library of that name that is already in the process is the
one it gets, so loading ours first is all it takes. Used in the child process, before pyttsx3 is imported.
"""

import ctypes
import os
import platform
import sys
from pathlib import Path

from guide.errors import VoiceError

LIBRARIES = ("auto", "system", "embedded")
"""What may be asked for: the system's where it is installed, else the embedded one; or one of the two."""

_SONAME = "libespeak-ng.so.1"
_INSTALL = (
    "Install it (on Debian, Ubuntu and Raspberry Pi OS: sudo apt install libespeak-ng1), "
    "or use the voice 'hum'."
)


def load(which: str = "auto") -> str:
    """Bring espeak-ng into this process; returns which one it is, `system`, `embedded` or `other`.

    On macOS and Windows pyttsx3 has the system's own speech: `other`, and nothing is loaded.
    Raises VoiceError, saying what to install, where there is none.
    """
    if not sys.platform.startswith("linux"):
        return "other"
    if which in ("auto", "system") and _loads(_SONAME):
        return "system"
    if which == "system":
        raise VoiceError(f"The system's espeak-ng is not installed. {_INSTALL}")
    return _load_embedded()


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True


def _load_embedded() -> str:
    if platform.machine() not in ("x86_64", "AMD64"):
        # The package's library for other machines has no asynchronous part: it would never finish a sentence.
        raise VoiceError(f"The speech library espeak-ng is not installed. {_INSTALL}")
    try:
        import espeakng_loader
    except ImportError as error:
        raise VoiceError(
            f"No espeak-ng was found, neither the system's nor a Python package. {_INSTALL}"
        ) from error
    data = Path(espeakng_loader.get_data_path())
    os.environ["ESPEAK_DATA_PATH"] = str(data.parent)
    if not _loads(espeakng_loader.get_library_path()):
        raise VoiceError(f"The embedded espeak-ng cannot be loaded on this machine. {_INSTALL}")
    return "embedded"

"""On what, with what and when it was measured."""

import datetime as dt
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from guide import __version__

_PACKAGES = ("numpy", "soundfile", "sounddevice", "pyttsx3", "pydub", "click", "PyYAML")
_PROGRAMS = {
    "espeak-ng": ["espeak-ng", "--version"],
    "ffmpeg": ["ffmpeg", "-version"],
    "sox": ["sox", "--version"],
    "pulseaudio": ["pulseaudio", "--version"],
}


def described() -> list[tuple[str, str]]:
    """The machine, the versions and the date, as names and words."""
    import soundfile

    versions = [f"guide {__version__}", f"Python {platform.python_version()}"]
    versions += [f"{name} {found}" for name in _PACKAGES if (found := _package(name))]
    versions += [f"libsndfile {soundfile.__libsndfile_version__}"]
    versions += [f"{name} {found}" for name, words in _PROGRAMS.items() if (found := _program(words))]
    return [
        ("date", f"{dt.datetime.now():%Y-%m-%d %H:%M}"),
        ("machine", f"{_processor()}, {os.cpu_count()} cores, {_memory():.0f} GB, {platform.machine()}"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("versions", ", ".join(versions)),
    ]


def load() -> float:
    """How many processes wanted a core during the last minute: 0 on a machine that is still."""
    return os.getloadavg()[0]


def _processor() -> str:
    found = re.search(
        r"^(?:model name|Model)\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE
    )
    return found.group(1).strip() if found else platform.processor() or "unknown processor"


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _package(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _program(words: list[str]) -> str:
    try:
        said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20).stdout
    except OSError:
        return ""
    found = re.search(r"\d+(?:\.\d+)+", said)
    return found.group(0) if found else ""

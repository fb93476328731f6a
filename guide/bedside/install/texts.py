"""What is written on a device: the files beside this one, with the place of its Python."""

import shlex
from pathlib import Path

_FILES = Path(__file__).parent / "files"


def shipped(name: str, python: str = "") -> str:
    """The text of a file, as it is written on a machine whose Guide is run by `python`."""
    text = (_FILES / name).read_text("utf-8")
    return text.replace("@exec@", _for_systemd(python)).replace("@python@", shlex.quote(python))


def template() -> str:
    """The settings that a new device begins with: every key, with a word about it."""
    return (_FILES.parent.parent / "bedside.yaml").read_text("utf-8")


def _for_systemd(path: str) -> str:
    """A path as the first word of ExecStart, where `%` means something, and `$` does not yet."""
    meant = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{meant}"' if meant != path or " " in path else path

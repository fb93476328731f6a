"""Sessions and sounds by name: a person's own first, then the ones that ship."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guide import duration
from guide.errors import NotFoundError
from guide.folders import Folders, shipped

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
OTHER_WORDS = {"low-bowl": "bowl"}
"""Other words for bells that may be used wherever a bell is named."""
_MOST_BYTES = 1 << 20
_MOST_EVENTS = 400
_GLANCE = 4096
"""Bytes."""
_QUICK = re.compile(rb"^kind:[ ]*quick\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Header:
    """What a list of sessions shows of one; read without checking the whole script."""

    name: str
    """The slug: what one types."""
    path: Path
    title: str
    about: str
    kind: str
    shortest: int
    """Frames, as `usual` and `longest`; 0 where the script does not say it rightly."""
    usual: int
    longest: int
    own: bool
    """Whether it is the person's own, not a shipped one."""


@dataclass(frozen=True, slots=True)
class Library:
    """The folders in which scripts and sounds are found."""

    own: Path
    """Scripts of the person."""
    shipped: Path
    """Scripts that come with the program, and their `parts/`."""
    audio: Path
    """Bells, beds and cues."""

    @classmethod
    def find(cls, folders: Folders) -> "Library":
        """The library of a person, in a checkout or as installed."""
        root = shipped()
        return cls(folders.data / "scripts", root / "scripts", root / "audio")

    def script_path(self, name: str) -> Path:
        """The file of a session by its name, or a path to a YAML file. Raises NotFoundError, with a hint."""
        if name.endswith((".yaml", ".yml")) or "/" in name:
            if path := _file(name):
                return path
            raise NotFoundError(f"There is no script at {name}.")
        if SLUG.fullmatch(name):
            for folder in (self.own, self.shipped):
                if path := _file(folder / f"{name}.yaml"):
                    return path
        near = difflib.get_close_matches(name, self.names(), n=1, cutoff=0.5)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise NotFoundError(f"There is no session called '{name}'.{hint} `guide list` shows them all.")

    def course_path(self) -> Path | None:
        """The file of the course, the person's own first; None where there is none."""
        files = (_file(folder / "course" / "course.yaml") for folder in (self.own, self.shipped))
        return next(filter(None, files), None)

    def looks_quick(self, name: str) -> bool:
        """Whether a session looks as if it were for a hard moment, at a glance that needs no YAML."""
        try:
            with self.script_path(name).open("rb") as file:
                return bool(_QUICK.search(file.read(_GLANCE)))
        except (OSError, NotFoundError):
            return False

    def names(self) -> list[str]:
        """The names of all sessions, in the order of the alphabet."""
        return sorted({path.stem for path in self._scripts()})

    def headers(self) -> list[Header]:
        """What a list shows, one line a session; a person's own hides a shipped one of the same name."""
        found: dict[str, Header] = {}
        for path in self._scripts():
            found.setdefault(path.stem, _header(path, own=path.parent == self.own))
        return [found[name] for name in sorted(found)]

    def bells(self) -> list[str]:
        """The names of the bells, and the other words for them."""
        names = {path.stem for path in self.audio.glob("bells/*.flac")}
        return sorted(names | {word for word, name in OTHER_WORDS.items() if name in names})

    def beds(self) -> list[str]:
        """The names of the beds."""
        return sorted(path.name for path in self.audio.glob("beds/*") if path.is_dir())

    def bell_path(self, name: str) -> Path:
        """The file of a bell. Raises NotFoundError."""
        path = self.audio / "bells" / f"{OTHER_WORDS.get(name, name)}.flac"
        return self._sound("bell", name, self.bells(), path)

    def bed_path(self, name: str) -> Path:
        """The folder of a bed's loops. Raises NotFoundError."""
        return self._sound("ambience", name, self.beds(), self.audio / "beds" / name)

    def cue_path(self, name: str) -> Path:
        """The file of one of the program's own tones."""
        return self.audio / "cues" / f"{name}.flac"

    def complaint(self) -> str:
        """A sentence where the installation has lost its scripts, else nothing."""
        if self.shipped.is_dir():
            return ""
        return f"The sessions that come with guide are missing ({self.shipped}). Install it again."

    def _sound(self, kind: str, name: str, names: list[str], path: Path) -> Path:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(names)}."
            raise NotFoundError(f"There is no {kind} called '{name}'.{hint}")
        return path

    def _scripts(self) -> Iterator[Path]:
        for folder in (self.own, self.shipped):
            if folder.is_dir():
                # What is no file is no script either, and a pipe would be waited for for ever.
                yield from (p for p in sorted(folder.glob("*.yaml")) if SLUG.fullmatch(p.stem) and _file(p))


def _file(path: str | Path) -> Path | None:
    """The path of a file that is there; None also for what no file can be called, or nobody may look at."""
    try:
        found = Path(path).expanduser()
        return found if found.is_file() else None
    except (OSError, RuntimeError):
        return None


def _header(path: Path, *, own: bool) -> Header:
    try:
        words = _top(path)
    except (OSError, ValueError):
        words = {}
    about = " ".join(words.get("about", "").split())
    title = " ".join(words.get("title", path.stem).split())
    return Header(
        name=path.stem,
        path=path,
        title=title,
        about=about,
        kind=words.get("kind", ""),
        shortest=_length(words.get("length.shortest", "")),
        usual=_length(words.get("length.usual", "")),
        longest=_length(words.get("length.longest", "")),
        own=own,
    )


def _length(text: str) -> int:
    try:
        return duration.frames(duration.parse(text))
    except ValueError:
        return 0


def _top(path: Path) -> dict[str, str]:
    """The plain words at the top of a script, `length.usual` and the like with a dot; stops at its steps."""
    import yaml

    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("too large")
    loader = getattr(yaml, "CLoader", yaml.Loader)
    words: dict[str, str] = {}
    trail: list[str] = []
    key: str | None = None
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(path.read_text("utf-8"), Loader=loader)):
            if count > _MOST_EVENTS or key == "steps":
                break
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
                if depth > 1:
                    trail.append(key or "")
                key = None
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
                trail = trail[:-1]
                key = None
            elif isinstance(event, yaml.ScalarEvent):
                if key is None:
                    key = event.value
                else:
                    words[".".join([*trail, key])] = event.value
                    key = None
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error
    return words

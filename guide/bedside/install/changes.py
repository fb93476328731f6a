"""The changes that there are: each is a sentence, knows whether it is so already, and how to make it so."""

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from guide.bedside.install.ground import Ground, Owner
from guide.errors import GuideError

HOME = "/var/lib/guide"
"""GUIDE_HOME of the device, and the home of its user."""
USER = "guide"
_SHELL = "/usr/sbin/nologin"
_GROUPS = ("audio", "gpio")


class Change(Protocol):
    """One thing that is to be so. As text it is a sentence, without its stop."""

    def so(self, ground: Ground) -> bool:
        """Whether there is nothing to change. Raises OSError where that cannot be seen."""

    def do(self, ground: Ground) -> None:
        """Make it so. Raises OSError, GuideError."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file that says just this."""

    path: str
    text: str
    what: str
    mode: int = 0o644
    guides: bool = False
    """Whether it belongs to the device's user."""
    once: bool = False
    """Whether it is left alone once it is there: a person changes it."""

    def __str__(self) -> str:
        return f"write {self.path}: {self.what}"

    def so(self, ground: Ground) -> bool:
        seen = ground.seen(self.path)
        if seen is None or self.once:
            return seen is not None
        return (
            stat.S_ISREG(seen.st_mode)
            and stat.S_IMODE(seen.st_mode) == self.mode
            and (seen.st_uid, seen.st_gid) == (0, 0)
            and ground.text(self.path) == self.text
        )

    def do(self, ground: Ground) -> None:
        owner = _guide(ground) if self.guides else Owner()
        ground.write(self.path, self.text.encode(), self.mode, owner)


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    path: str
    target: str
    what: str

    def __str__(self) -> str:
        return f"link {self.path} to {self.target}: {self.what}"

    def so(self, ground: Ground) -> bool:
        seen = ground.seen(self.path)
        return (
            seen is not None
            and stat.S_ISLNK(seen.st_mode)
            and str(ground.at(self.path).readlink()) == self.target
        )

    def do(self, ground: Ground) -> None:
        ground.link(self.path, self.target)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the device's user alone may look into."""

    path: str

    def __str__(self) -> str:
        return f"make the folder {self.path}, for the user {USER} alone (0700)"

    def so(self, ground: Ground) -> bool:
        seen, owner = ground.seen(self.path), _account(ground)
        return (
            seen is not None
            and owner is not None
            and stat.S_ISDIR(seen.st_mode)
            and stat.S_IMODE(seen.st_mode) == 0o700
            and (seen.st_uid, seen.st_gid) == (owner.uid, owner.gid)
        )

    def do(self, ground: Ground) -> None:
        owner, seen = _guide(ground), ground.seen(self.path)
        if seen is not None and (seen.st_uid, seen.st_gid) != (owner.uid, owner.gid):
            # What an earlier device left, which has been root's since.
            ground.hand(self.path, owner)
        ground.folder(self.path, 0o700, owner)


@dataclass(frozen=True, slots=True)
class Person:
    """The device's user, in the groups of the sound cards and the pins."""

    def __str__(self) -> str:
        return f"make the user {USER}, in the groups {' and '.join(_GROUPS)}; nobody can log in as it"

    def so(self, ground: Ground) -> bool:
        entry = _entry(ground, "passwd", USER)
        return entry[5:7] == [HOME, _SHELL] and all(USER in _members(ground, group) for group in _GROUPS)

    def do(self, ground: Ground) -> None:
        entry = _entry(ground, "passwd", USER)
        if entry and entry[5:7] != [HOME, _SHELL]:
            raise GuideError(
                f"There is a user {USER} already, for something else ({':'.join(entry[5:7])}). The device "
                "needs that name: give the other one another name (usermod --login), then do this again."
            )
        # It makes what is missing of user, groups and membership, and leaves the rest as it is.
        _told("systemd-sysusers", *_root(ground, "--root="), "guide.conf")
        if not self.so(ground):
            raise GuideError(f"systemd-sysusers did not make the user {USER} as it should be.")


@dataclass(frozen=True, slots=True)
class Gone:
    """Something that is there no more."""

    path: str
    """A folder goes with all that is in it."""
    what: str

    def __str__(self) -> str:
        return f"remove {self.path}: {self.what}"

    def so(self, ground: Ground) -> bool:
        return ground.seen(self.path) is None

    def do(self, ground: Ground) -> None:
        ground.remove(self.path)


@dataclass(frozen=True, slots=True)
class Handed:
    """What is kept belongs to root: a number that is free again may be given to anybody."""

    def __str__(self) -> str:
        return f"give {HOME} with the journal and the settings to root"

    def so(self, ground: Ground) -> bool:
        seen = ground.seen(HOME)
        return seen is None or (seen.st_uid, seen.st_gid) == (0, 0)

    def do(self, ground: Ground) -> None:
        ground.hand(HOME, Owner())


@dataclass(frozen=True, slots=True)
class Vanished:
    """A user with its group, or a group alone, that is there no more."""

    name: str
    alone: bool = False
    """Whether it is a group without a user; it stays where others are in it."""

    def __str__(self) -> str:
        return f"remove the {'group' if self.alone else 'user'} {self.name}"

    def so(self, ground: Ground) -> bool:
        group, user = _entry(ground, "group", self.name), _entry(ground, "passwd", self.name)
        if self.alone:
            return not group or bool(_members(ground, self.name) - {USER})
        # Somebody else who is called so is not ours.
        return (not group and not user) or (bool(user) and user[5:6] != [HOME])

    def do(self, ground: Ground) -> None:
        if not self.alone and _entry(ground, "passwd", self.name):
            _told("userdel", *_root(ground, "--prefix="), self.name)
        if _entry(ground, "group", self.name):
            _told("groupdel", *_root(ground, "--prefix="), self.name)


def brings_pins(ground: Ground, ours: str) -> bool:
    """Whether the system itself gives the pins to the group gpio, as Raspberry Pi OS does."""
    for folder in ("/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"):
        at = ground.root / folder.lstrip("/")
        for path in sorted(at.glob("*.rules")):
            if path.name != Path(ours).name and 'GROUP="gpio"' in path.read_text("utf-8", errors="replace"):
                return True
    return False


def _account(ground: Ground) -> Owner | None:
    entry = _entry(ground, "passwd", USER)
    return Owner(int(entry[2]), int(entry[3])) if len(entry) == 7 else None


def _guide(ground: Ground) -> Owner:
    owner = _account(ground)
    if owner is None:
        raise GuideError(f"There is no user {USER}.")
    return owner


def _entry(ground: Ground, table: str, name: str) -> list[str]:
    """The line of a name in /etc/passwd or /etc/group; empty where there is none."""
    for line in ground.text(f"/etc/{table}").splitlines():
        if line.startswith(f"{name}:"):
            return line.split(":")
    return []


def _members(ground: Ground, group: str) -> set[str]:
    entry = _entry(ground, "group", group)
    return {name for name in entry[3].split(",") if name} if len(entry) == 4 else set()


def _root(ground: Ground, option: str) -> tuple[str, ...]:
    return () if ground.root == Path("/") else (f"{option}{ground.root}",)


def _told(*words: str) -> None:
    """Run a command of the system. Raises GuideError with its last word where it fails."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    try:
        done = subprocess.run(
            words, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise GuideError(f"There is no {words[0]} here; it comes with Debian's own packages.") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise GuideError(f"{words[0]} could not do it: {said}")

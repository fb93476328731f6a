"""Make a clean Debian for arm64 the device by the bed, on any machine, and look at what came of it.

`python -m tests.arm64`, as root, on Debian with debootstrap, qemu-user-static and binfmt-support. It takes
some minutes and two gigabytes, and fetches from Debian's and Python's own places. No systemd runs in there,
and no sound card is there; the processor is played by QEMU, so the times say nothing of a real board.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import soundfile

CLONE = Path(__file__).resolve().parent.parent
BINFMT = Path("/proc/sys/fs/binfmt_misc")
SAID = b"This is as it was.\n"
_PYTHON = "/opt/guide/venv/bin/python"
# What is mounted in there is mounted for this one process and its children: nothing is left to be unmounted.
_ENTER = """
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/tmp" || exit 1
root=$1; shift; exec chroot "$root" "$@"
"""


@dataclass
class Machine:
    """The root of it, and how long each step took."""

    root: Path
    times: dict[str, float] = field(default_factory=dict)

    def at(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def run(self, *words: str, good: bool = True) -> str:
        """What a command in there prints. Raises click.ClickException with its last words where it fails."""
        done = subprocess.run(
            self.words(*words), env=_environment(), stdout=-1, stderr=-2, text=True, check=False
        )
        if good and done.returncode:
            raise click.ClickException(
                f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-3_000:]}"
            )
        return done.stdout

    def words(self, *words: str) -> list[str]:
        """What to call for a command in there."""
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "enter"]
        return [*enter, str(self.root), *words]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step: how long it took is kept and printed."""
        begun = time.monotonic()
        yield
        self.times[name] = time.monotonic() - begun
        click.echo(f"{self.times[name]:7.1f} s  {name}")


@click.command()
@click.option("--suite", default="bookworm", show_default=True, help="Which Debian: bookworm, trixie.")
@click.option("--keep", type=click.Path(path_type=Path), help="Leave the machine in this folder.")
def main(suite: str, keep: Path | None) -> None:
    """Install, look, cut off, install again, take back."""
    _needed()
    folder = keep or Path(tempfile.mkdtemp(prefix="guide-arm64-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        machine = Machine(folder / suite)
        made(machine, suite)
        copied(machine)
        installed(machine)
        heard(machine)
        taken_back(machine)
    finally:
        if keep is None:
            shutil.rmtree(folder)
    click.echo("good")


def made(machine: Machine, suite: str) -> None:
    """A clean Debian, no more in it than its own least."""
    if machine.at("/etc/debian_version").exists():
        if machine.at("/opt/guide").exists():
            machine.run("/srv/guide/install.sh", "--uninstall")
        return
    with machine.step(f"Debian {suite} for arm64 (debootstrap)"):
        words = ["debootstrap", "--arch=arm64", "--variant=minbase", "--include=ca-certificates", suite]
        subprocess.run([*words, str(machine.root)], check=True, stdout=subprocess.DEVNULL)
    for name in ("/etc/resolv.conf", os.environ.get("PIP_CERT", "")):
        # A network that needs a certificate of its own needs it in there, too.
        if name and Path(name).exists():
            machine.at(name).unlink(missing_ok=True)
            shutil.copy(name, machine.at(name))


def copied(machine: Machine) -> None:
    """The files of this clone, as they are."""
    place = machine.at("/srv/guide")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CLONE,
        capture_output=True,
        check=True,
    ).stdout
    tar = ["tar", "-c", "--null", "--ignore-failed-read", "-T", "-"]
    packed = subprocess.run(tar, cwd=CLONE, input=listed, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=place, input=packed, check=True)


def installed(machine: Machine) -> None:
    """Begun, cut off while pip works, begun again; then there is nothing to change."""
    with machine.step("install.sh, until it was killed while pip worked"):
        killed(machine)
    if machine.at("/opt/guide/venv").is_symlink():
        raise click.ClickException("Half an environment is in use.")
    with machine.step("install.sh, begun again"):
        said = machine.run("/srv/guide/install.sh")
    _has(said, "done: write /etc/systemd/system/guide-bedside.service")
    before = _mtimes(machine)
    with machine.step("install.sh, once more"):
        said = machine.run("/srv/guide/install.sh")
    if "done:" in said or _mtimes(machine) != before:
        raise click.ClickException(f"The second time changed something:\n{said}")
    with machine.step("guide bedside install --dry-run"):
        said = machine.run(_PYTHON, "-m", "guide", "bedside", "install", "--dry-run")
    if not said or not all(line.startswith("nothing to change: ") for line in said.splitlines()):
        raise click.ClickException(f"There is something to change:\n{said}")


def killed(machine: Machine) -> None:
    """Let install.sh come as far as pip, and kill it with all that it began, as a pulled plug does."""
    words = ["unshare", "--pid", "--fork", "--kill-child", *machine.words("/srv/guide/install.sh")]
    with subprocess.Popen(words, env=_environment(), stdout=-1, stderr=-2, text=True) as begun:
        assert begun.stdout
        for line in begun.stdout:
            if line.startswith("bringing Guide"):
                break
        else:
            raise click.ClickException("install.sh ended before pip began.")
        while not list(machine.root.glob("opt/guide/venv.*/bin/pip")) and begun.poll() is None:
            time.sleep(0.2)
        begun.kill()


def heard(machine: Machine) -> None:
    """The device's own Guide knows its version, and speaks a session into a file."""
    with machine.step("guide --version"):
        _has(machine.run("guide-bedside", "--version"), "version")
    with machine.step("guide render hard-moment --for 2m, with its voice"):
        machine.run("guide-bedside", "render", "hard-moment", "--for", "2m", "-o", "/var/lib/guide/x.flac")
    sound, rate = soundfile.read(machine.at("/var/lib/guide/x.flac"))
    # The bell alone would be quieter by far, and gone after some seconds.
    spoken = [float(np.sqrt(np.mean(np.square(part)))) for part in np.array_split(sound, 12)]
    if len(sound) != 120 * 48_000 or rate != 48_000 or sum(level > 0.005 for level in spoken) < 8:
        raise click.ClickException(f"That is no session: {len(sound)} frames, {spoken}")


def taken_back(machine: Machine) -> None:
    """The journal stays, and nothing else that was brought."""
    kept = machine.at("/var/lib/guide/data/kept")
    kept.write_bytes(SAID)
    with machine.step("install.sh --uninstall"):
        machine.run("/srv/guide/install.sh", "--uninstall")
    if kept.read_bytes() != SAID or kept.stat().st_uid != 0:
        raise click.ClickException("What was kept is not what it was.")
    left = [
        str(path)
        for folder in ("etc", "opt", "usr/local", "var")
        for path in machine.at(folder).rglob("*guide*")
        if not path.is_relative_to(machine.at("/var/lib/guide"))
    ]
    if left or re.search(r"^guide:", machine.at("/etc/passwd").read_text(), re.MULTILINE):
        raise click.ClickException(f"Something was left: {left}")


def _mtimes(machine: Machine) -> dict[str, int]:
    return {
        str(path): path.lstat().st_mtime_ns
        for folder in ("etc", "var/lib/guide", "usr/local", "opt/guide")
        for path in machine.at(folder).rglob("*")
        if "__pycache__" not in path.parts and path.is_file()
    }


def _environment() -> dict[str, str]:
    """The environment in there: what leads pip to its packages, and nothing else of this machine."""
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    pip.pop("PIP_FIND_LINKS", None)
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", **pip}


def _has(said: str, wanted: str) -> None:
    if wanted not in said:
        raise click.ClickException(f"It did not say '{wanted}':\n{said}")


def _needed() -> None:
    """Raises click.ClickException where this machine cannot do it."""
    if os.geteuid() != 0:
        raise click.ClickException("Only root can make a machine.")
    missing = [name for name in ("debootstrap", "unshare", "qemu-aarch64-static") if not shutil.which(name)]
    if missing:
        raise click.ClickException(
            f"There is no {', '.join(missing)} here: "
            "apt-get install debootstrap qemu-user-static binfmt-support util-linux"
        )
    if not (BINFMT / "status").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)], check=True)
    if not (BINFMT / "qemu-aarch64").exists():
        subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], check=True)


if __name__ == "__main__":
    sys.exit(main())

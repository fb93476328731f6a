"""A machine becomes the device by the bed and is one no more: real files, in a folder that is its root."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from keeping import folders, spoken

from guide.bedside.install import Place, carry_out, installing, uninstalling
from guide.bedside.install.changes import Change
from guide.bedside.install.ground import Ground, Owner
from guide.bedside.install.texts import shipped
from guide.cli.installing import install, uninstall
from guide.errors import GuideError
from guide.journal import Journal

ROOT = Path(__file__).parent.parent
HOME = "/var/lib/guide"
UNIT = "/etc/systemd/system/guide-bedside.service"
HOMES = "/" + "home"
EVERYBODY = f"root:x:0:0:root:/root:/bin/bash\npi:x:1000:1000:,,,:{HOMES}/pi:/bin/bash\n"
GROUPS = "root:x:0:\naudio:x:29:pi\npi:x:1000:\n"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("systemd-sysusers"),
    reason="only root can give files to somebody, and only systemd makes the user",
)


def machine(root: Path, *, raspberry: bool = False) -> Place:
    """A Debian as far as it matters here; `raspberry` brings a group for the pins, as its own system does."""
    root.chmod(0o755)
    for name in ("etc/udev/rules.d", "usr/lib/udev/rules.d"):
        (root / name).mkdir(parents=True)
    (root / "etc/passwd").write_text(EVERYBODY)
    (root / "etc/group").write_text(GROUPS + ("gpio:x:993:pi\n" if raspberry else ""))
    if raspberry:
        (root / "etc/udev/rules.d/99-com.rules").write_text('SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"\n')
    return Place(root)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return machine(tmp_path)


def silent(_how: str, _change: Change) -> None:
    """Tell nobody."""


def whole(place: Place, of: Callable[[Place], tuple[Change, ...]] = installing) -> None:
    carry_out(of(place), place, silent, dry=False)


def seen(root: Path) -> dict[str, tuple[object, ...]]:
    """All that can be known of every file, link and folder."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        at = path.lstat()
        content: object = None
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (at.st_mode, at.st_uid, at.st_gid, at.st_mtime_ns, content)
    return found


def lasting(root: Path) -> dict[str, tuple[object, ...]]:
    """The same without times, and without the copies that the tools for users keep of their tables."""
    return {
        name: (mode, uid, gid, content)
        for name, (mode, uid, gid, _time, content) in seen(root).items()
        if not re.fullmatch(r"etc/(\.pwd\.lock|(passwd|group|g?shadow)-)", name)
    }


def told(command: click.Command, place: Place, *words: str) -> list[str]:
    done = CliRunner().invoke(command, ["--root", str(place.root), *words])
    if done.exception:
        raise done.exception
    return done.output.splitlines()


def who(place: Place, name: str = "guide") -> Owner | None:
    for line in (place.root / "etc/passwd").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return Owner(*map(int, line.split(":")[2:4]))
    return None


def members(place: Place, group: str) -> list[str]:
    (line,) = re.findall(rf"^{group}:.*:(.*)$", (place.root / "etc/group").read_text(), re.MULTILINE)
    return sorted(line.split(","))


@pytest.mark.parametrize("raspberry", [False, True])
def test_a_machine_becomes_the_device(tmp_path: Path, raspberry: bool) -> None:
    place = machine(tmp_path, raspberry=raspberry)
    whole(place)
    guide = who(place)
    assert guide
    assert guide.uid < 1000
    assert members(place, "audio") == ["guide", "pi"]
    assert members(place, "gpio") == (["guide", "pi"] if raspberry else ["guide"])
    assert (place.root / "etc/udev/rules.d/60-guide-gpio.rules").exists() is not raspberry
    for name in (HOME, *(f"{HOME}/{one}" for one in ("config", "data", "cache", "state"))):
        at = (place.root / name[1:]).stat()
        assert (stat.S_IMODE(at.st_mode), at.st_uid, at.st_gid) == (0o700, guide.uid, guide.gid)
    settings = (place.root / f"{HOME[1:]}/config/bedside.yaml").stat()
    assert (stat.S_IMODE(settings.st_mode), settings.st_uid) == (0o600, guide.uid)
    wanted = place.root / "etc/systemd/system/multi-user.target.wants/guide-bedside.service"
    assert str(wanted.readlink()) == UNIT
    for name in (UNIT, "/etc/polkit-1/rules.d/60-guide.rules", "/etc/systemd/journald@guide.conf"):
        at = (place.root / name[1:]).stat()
        assert (stat.S_IMODE(at.st_mode), at.st_uid) == (0o644, 0)


def test_a_second_time_changes_nothing_and_says_so(place: Place) -> None:
    first = told(install, place)
    assert all(line.startswith("done: ") for line in first)
    before = seen(place.root)
    again = told(install, place)
    assert again == [line.replace("done: ", "nothing to change: ") for line in first]
    assert seen(place.root) == before


def test_a_dry_run_says_each_change_and_makes_none(place: Place) -> None:
    before = seen(place.root)
    would = told(install, place, "--dry-run")
    assert seen(place.root) == before
    assert would == [line.replace("done: ", "to do: ") for line in told(install, place)]
    before = seen(place.root)
    would = [line for line in told(uninstall, place, "--dry-run") if line.startswith("to do: ")]
    assert seen(place.root) == before
    did = [line for line in told(uninstall, place) if line.startswith("done: ")]
    assert would == [line.replace("done: ", "to do: ") for line in did]


@pytest.mark.parametrize("deed", [installing, uninstalling])
def test_cut_off_anywhere_it_goes_on_from_there(
    tmp_path: Path, deed: Callable[[Place], tuple[Change, ...]]
) -> None:
    def at(name: str) -> Place:
        (tmp_path / name).mkdir()
        made = machine(tmp_path / name)
        if deed is uninstalling:
            whole(made)
        return made

    straight = at("straight")
    whole(straight, deed)
    wanted = lasting(straight.root)
    for count in range(len(deed(straight))):
        cut = at(f"cut-{count}")
        carry_out(deed(cut)[:count], cut, silent, dry=False)
        half = cut.root / "etc/systemd/system/.guide-bedside.service.new"
        half.parent.mkdir(parents=True, exist_ok=True)
        half.write_text("[Unit]\nDescr")
        whole(cut, deed)
        half.unlink(missing_ok=True)
        half.parent.rmdir() if not any(half.parent.iterdir()) and deed is installing else None
        assert lasting(cut.root) == wanted, count


def test_what_a_person_wrote_stays(place: Place) -> None:
    whole(place)
    settings = place.root / f"{HOME[1:]}/config/bedside.yaml"
    settings.write_text("press: bedtime\n")
    whole(place)
    assert settings.read_text() == "press: bedtime\n"


def test_what_was_spoiled_is_put_right(place: Place) -> None:
    whole(place)
    before = lasting(place.root)
    (place.root / UNIT[1:]).write_text("[Service]\nUser=root\n")
    (place.root / "usr/local/bin/guide-bedside").chmod(0o777)
    (place.root / HOME[1:]).chmod(0o755)
    os.chown(place.root / f"{HOME[1:]}/data", 0, 0)
    whole(place)
    assert lasting(place.root) == before


def test_it_is_taken_back_all_but_the_journal(place: Place) -> None:
    bare = lasting(place.root)
    whole(place)
    spoken(Journal.open(folders(place.root / HOME[1:])))
    guide = who(place)
    assert guide
    Ground(place.root).hand(HOME, guide)
    kept = f"{HOME[1:]}/data/"
    before = {name: what for name, what in seen(place.root).items() if name.startswith(kept)}
    assert any(name.endswith(".flac") for name in before)

    said = told(uninstall, place)
    assert f"This stays, for root to see: {place.root}{HOME}/data" in said
    after = {name: what for name, what in seen(place.root).items() if name.startswith(kept)}
    # Every byte, mode and time is what it was; what belonged to the user belongs to root.
    assert after == {name: (what[0], 0, 0, *what[3:]) for name, what in before.items()}
    assert who(place) is None
    left = {
        name: what
        for name, what in lasting(place.root).items()
        if name not in bare and not name.startswith(HOME[1:]) and not stat.S_ISDIR(int(str(what[0])))
    }
    # The tables that systemd-sysusers makes where they are missing.
    assert left.keys() <= {"etc/shadow", "etc/gshadow"}
    assert (place.root / "etc/passwd").read_text() == EVERYBODY
    assert (place.root / "etc/group").read_text() == GROUPS
    assert {line.split(":")[0] for line in told(uninstall, place)} == {
        "nothing to change",
        "This stays, for root to see",
    }


def test_what_stayed_is_the_devices_again(place: Place) -> None:
    whole(place)
    spoken(Journal.open(folders(place.root / HOME[1:])))
    whole(place, uninstalling)
    whole(place)
    guide = who(place)
    assert guide
    for path in (place.root / HOME[1:]).rglob("*"):
        assert (path.stat().st_uid, path.stat().st_gid) == (guide.uid, guide.gid), path


def test_what_is_others_is_left_to_them(tmp_path: Path) -> None:
    place = machine(tmp_path, raspberry=True)
    whole(place)
    whole(place, uninstalling)
    assert members(place, "gpio") == ["pi"]


def test_another_who_is_called_guide_is_left_alone(place: Place) -> None:
    table = place.root / "etc/passwd"
    table.write_text(EVERYBODY + f"guide:x:1001:1001::{HOMES}/guide:/bin/bash\n")
    with pytest.raises(GuideError, match="There is a user guide already"):
        whole(place)
    whole(place, uninstalling)
    assert who(place) == Owner(1001, 1001)


def test_no_link_of_the_devices_user_is_followed(place: Place) -> None:
    whole(place)
    outside = place.root / "outside"
    outside.mkdir(mode=0o755)
    (outside / "bedside.yaml.txt").write_text("precious")
    home = place.root / HOME[1:]
    shutil.rmtree(home / "cache")
    (home / "cache").symlink_to(outside)
    shutil.rmtree(home / "config")
    (home / "config").symlink_to(outside)
    before = seen(outside)
    at = outside.stat()
    with pytest.raises(GuideError, match="make the folder /var/lib/guide/config"):
        whole(place)
    whole(place, uninstalling)
    assert (seen(outside), outside.stat().st_uid, stat.S_IMODE(outside.stat().st_mode)) == (
        before,
        at.st_uid,
        0o755,
    )
    assert not (home / "cache").is_symlink()


def test_a_link_that_leads_out_of_an_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    place = machine(tmp_path / "image")
    (tmp_path / "host").mkdir()
    (place.root / "etc/sysusers.d").symlink_to(tmp_path / "host")
    with pytest.raises(GuideError, match="leads out of"):
        whole(place)
    assert list((tmp_path / "host").iterdir()) == []


def test_who_is_not_root_is_told_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for command in (install, uninstall):
        with pytest.raises(GuideError, match="Type sudo before it"):
            told(command, place)
    assert told(install, place, "--dry-run")


@pytest.mark.parametrize("python", [f"{HOMES}/pi/guide/.venv/bin/python", "/" + "root/.venv/bin/python"])
def test_a_guide_that_the_device_cannot_reach_is_refused(python: str) -> None:
    with pytest.raises(GuideError, match=r"Start \./install\.sh"):
        installing(Place(Path("/"), python))


def test_a_python_of_an_image_is_named_as_it_is_there(place: Place) -> None:
    inside = Place(place.root, f"{place.root}/opt/guide/venv/bin/python")
    whole(inside)
    assert (
        "\nExecStart=/opt/guide/venv/bin/python -m guide bedside run\n" in (place.root / UNIT[1:]).read_text()
    )


# -- what is written ----------------------------------------------------------------------------------------


@pytest.fixture
def systemd() -> str:
    """The `systemd-analyze` of this system."""
    if not (found := shutil.which("systemd-analyze")):
        pytest.skip("there is no systemd here")
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, whose Python lies where a name means something to systemd."""
    (tmp_path / "50%n of $it").mkdir()
    python = tmp_path / "50%n of $it" / "python"
    python.symlink_to(sys.executable)
    path = tmp_path / "guide-bedside.service"
    path.write_text(shipped("guide-bedside.service", str(python)))
    return path


def analysed(systemd: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([systemd, *words], capture_output=True, text=True, check=False, timeout=60)


def test_systemd_understands_the_unit(systemd: str, unit: Path) -> None:
    done = analysed(systemd, "verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHomes=yes"))
    assert "ProtectHomes" in analysed(systemd, "verify", str(unit)).stderr


def test_the_service_is_shut_in(systemd: str, unit: Path) -> None:
    done = analysed(systemd, "security", "--offline=true", "--threshold=20", str(unit))
    assert done.returncode == 0, done.stdout
    (exposure,) = re.findall(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    assert float(exposure) <= 2.0
    # cffi's callbacks die under it.
    assert not re.search(r"^MemoryDenyWriteExecute", unit.read_text(), re.MULTILINE)


def test_the_service_is_watched_begins_again_and_has_no_right_of_its_own() -> None:
    lines = shipped("guide-bedside.service", "/opt/guide/venv/bin/python").splitlines()
    for wanted in (
        "Type=notify",
        "NotifyAccess=main",
        "WatchdogSec=30",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "User=guide",
        "Environment=GUIDE_HOME=/var/lib/guide",
        "After=sound.target",
        "RestrictAddressFamilies=AF_UNIX",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "AmbientCapabilities=",
    ):
        assert wanted in lines
    assert lines.index("StartLimitIntervalSec=0") < lines.index("[Service]")


ACTIONS = [
    "org.freedesktop.login1.power-off",
    "org.freedesktop.login1.power-off-multiple-sessions",
    "org.freedesktop.login1.power-off-ignore-inhibit",
    "org.freedesktop.login1.reboot",
    "org.freedesktop.login1.suspend",
    "org.freedesktop.systemd1.manage-units",
    "org.freedesktop.policykit.exec",
]


def test_the_rule_names_nothing_but_switching_off() -> None:
    rule = shipped("60-guide.rules")
    assert re.findall(r'action\.id == "([^"]*)"', rule) == ACTIONS[:2]
    assert rule.count("return") == rule.count("polkit.Result.YES") == 1
    assert re.findall(r'subject\.user == "([^"]*)"', rule) == ["guide"]


def test_the_rule_lets_the_device_switch_off_and_do_nothing_else(tmp_path: Path) -> None:
    if not (node := shutil.which("node")):
        pytest.skip("there is no `node` to try the rule with")
    asked = [{"action": action, "user": user} for action, user in product(ACTIONS, ["guide", "pi", "root"])]
    script = tmp_path / "rule.js"
    script.write_text(
        "let rule; const polkit = {Result: {YES: 'yes'}, addRule: (one) => { rule = one; }};\n"
        + shipped("60-guide.rules")
        + f"const asked = {json.dumps(asked)};\n"
        "const may = (one) => rule({id: one.action}, {user: one.user}) === 'yes';\n"
        "console.log(JSON.stringify(asked.filter(may)));\n"
    )
    done = subprocess.run([node, script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [{"action": action, "user": "guide"} for action in ACTIONS[:2]]


def test_the_command_to_look_with_is_a_good_script(tmp_path: Path) -> None:
    command = tmp_path / "guide-bedside"
    command.write_text(shipped("guide-bedside", "/opt/it's here/bin/python"))
    subprocess.run(["sh", "-n", command], check=True)
    command.chmod(0o755)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", command.read_text(), "guide-bedside", "journal", "list"],
        user=65534,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "Only root may look into the device's journal. Type: sudo guide-bedside journal list",
    )


# -- install.sh ---------------------------------------------------------------------------------------------


def shell(*words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Only ever with --dry-run: this machine is nobody's device."""
    return subprocess.run(
        [ROOT / "install.sh", *words],
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_install_sh_says_what_it_would_do(tmp_path: Path) -> None:
    if not shutil.which("apt-get") or not Path("/usr/bin/python3").exists():
        pytest.skip("this is no Debian with its own Python")
    done = shell("--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert all(line.startswith(("to do: ", "nothing to change: ")) for line in lines)
    assert any(UNIT in line for line in lines)


def test_install_sh_refuses_a_system_of_32_bits(tmp_path: Path) -> None:
    for name, text in (("dpkg", "echo armhf"), ("apt-get", "exit 9")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    done = shell("--dry-run", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "This system is armhf. Put Raspberry Pi OS Lite (64-bit) on the card.\n"


def test_install_sh_knows_its_words() -> None:
    done = shell("--dry-run", "--force")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--dry-run" in done.stderr

"""How the machine is: room, power, heat and the clock, as the files of a made tree tell it."""

import datetime as dt
import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keeping import folders

from guide.bedside.condition import FULL, HOT, LOW, NEARLY_FULL, Condition, look
from guide.bedside.timekeeping import NOT_BEFORE, disciplined, is_set, number, told, uptime
from guide.journal import Uptime
from guide.takes import LONGEST, ROOM_FOR_ONE

NOW = dt.datetime(2026, 11, 24, 22, 15, tzinfo=dt.timezone(dt.timedelta(hours=1)))
PLENTY = 10 << 30


class Machine:
    """A tree of files like those under `/`, a disk, and a kernel."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.free = PLENTY
        self.disciplined = True
        self.folders = folders(root / "home")

    def put(self, path: str, text: str | bytes) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else f"{text}\n".encode())

    def look(self, before: Condition | None = None, now: dt.datetime = NOW) -> Condition:
        return look(
            self.folders, now, before, root=self.root,
            free=lambda _: self.free, kernel=lambda: self.disciplined,
        )  # fmt: skip

    def is_set(self, now: dt.datetime = NOW) -> bool:
        return is_set(now, self.root, kernel=lambda: self.disciplined)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_that_tells_nothing_has_no_trouble(machine: Machine) -> None:
    assert machine.look() == Condition(free=PLENTY)
    assert machine.look().troubles == ()


def test_the_real_machine_is_looked_at_without_a_write(tmp_path: Path) -> None:
    seen = look(folders(tmp_path / "home"), NOW)
    assert seen.free is not None
    assert seen.free > 0
    assert list(tmp_path.iterdir()) == []
    assert isinstance(disciplined(), bool)


# ── the disk ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_disk_warns_before_there_is_no_room_for_two_and_is_full_without_room_for_one(
    machine: Machine,
) -> None:
    assert LONGEST * 2 < FULL < ROOM_FOR_ONE < NEARLY_FULL
    machine.free = NEARLY_FULL
    assert machine.look().troubles == ()
    machine.free = NEARLY_FULL - 1
    assert machine.look().troubles == ("disk nearly full",)
    machine.free = FULL
    assert machine.look().troubles == ("disk nearly full",)
    machine.free = FULL - 1
    assert machine.look().troubles == ("disk full",)


def test_a_disk_at_its_limit_does_not_warn_again_and_again(machine: Machine) -> None:
    machine.free = NEARLY_FULL - 1
    seen = machine.look()
    machine.free = NEARLY_FULL + 1
    assert machine.look(seen).nearly_full
    machine.free = NEARLY_FULL + FULL // 10
    assert not machine.look(seen).nearly_full


def test_a_disk_that_cannot_be_asked_is_no_trouble(machine: Machine) -> None:
    def refused(_: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    seen = look(machine.folders, NOW, root=machine.root, free=refused, kernel=lambda: True)
    assert (seen.free, seen.troubles) == (None, ())


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_kernel_knows_whether_anything_keeps_the_clock_right(machine: Machine) -> None:
    assert machine.is_set()
    machine.disciplined = False
    assert not machine.is_set()
    assert machine.look().troubles == ("clock not set",)


def test_timesyncd_says_that_it_has_set_it(machine: Machine) -> None:
    machine.disciplined = False
    machine.put("run/systemd/timesync/synchronized", "")
    assert machine.is_set()


@pytest.mark.parametrize(("seconds", "right"), [(0, True), (-500, True), (500, True), (-3600, False)])
def test_a_board_s_clock_with_a_battery_is_believed_where_the_system_shows_the_same(
    machine: Machine, seconds: int, right: bool
) -> None:
    machine.disciplined = False
    machine.put("sys/class/rtc/rtc0/name", "rpi-rtc soc@107c000000:rpi_rtc")
    machine.put("sys/class/rtc/rtc0/since_epoch", str(int(NOW.timestamp()) + seconds))
    assert machine.is_set() is right


def test_a_clock_that_began_with_1970_says_nothing(machine: Machine) -> None:
    machine.disciplined = False
    for name in ("rpi-rtc", "rtc_cmos 00:03"):
        machine.put("sys/class/rtc/rtc0/name", name)
        machine.put("sys/class/rtc/rtc0/since_epoch", "4711")
        assert not machine.is_set()


def test_a_pc_is_believed_though_its_clock_shows_local_time(machine: Machine) -> None:
    machine.disciplined = False
    machine.put("sys/class/rtc/rtc1/name", "rtc_cmos 00:03")
    machine.put("sys/class/rtc/rtc1/since_epoch", str(int(NOW.timestamp()) + 3600))
    assert machine.is_set()


def test_no_clock_is_right_that_is_older_than_the_program(machine: Machine) -> None:
    machine.put("run/systemd/timesync/synchronized", "")
    past = NOT_BEFORE - dt.timedelta(seconds=1)
    assert not machine.is_set(past)
    assert machine.is_set(NOT_BEFORE)
    assert not machine.look(machine.look(), now=past).clock_set


def test_a_clock_that_was_right_stays_right_when_the_network_goes(machine: Machine) -> None:
    seen = machine.look()
    machine.disciplined = False
    assert machine.look(seen).clock_set
    assert not machine.look(replace(seen, clock_set=False)).clock_set


def test_where_the_machine_is_in_its_run(machine: Machine) -> None:
    assert uptime(12.3456, machine.root) == Uptime("", 12_346)
    machine.put("proc/sys/kernel/random/boot_id", "d77344d1-2a28-4fdb-b0bc-d43a5f7cc3f1")
    assert uptime(12.3456, machine.root) == Uptime("d77344d1-2a28-4fdb-b0bc-d43a5f7cc3f1", 12_346)
    assert len(uptime(1.0).boot) in (0, 36)


# ── power and heat ───────────────────────────────────────────────────────────────────────────────────────


def test_too_little_voltage_is_told_by_the_sensor(machine: Machine) -> None:
    machine.put("sys/class/hwmon/hwmon0/name", "nvme")
    machine.put("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1")
    machine.put("sys/class/hwmon/hwmon2/name", "rpi_volt")
    machine.put("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "0")
    assert machine.look().troubles == ()
    machine.put("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "1")
    assert machine.look().troubles == ("under-voltage",)


@pytest.mark.parametrize(
    ("flags", "troubles"),
    [
        ("0", ()),
        ("50000", ()),  # it was so before, and is not now
        ("50005", ("under-voltage",)),
        ("0x1", ("under-voltage",)),
        ("4", ("hot",)),
        ("8", ()),  # warm: a 3B+ says so at 60 degrees
    ],
)
@pytest.mark.parametrize("soc", ["soc/soc:firmware", "soc@107c000000/soc@107c000000:firmware"])
def test_the_firmware_tells_of_voltage_and_heat(
    machine: Machine, soc: str, flags: str, troubles: tuple[str, ...]
) -> None:
    machine.put(f"sys/devices/platform/{soc}/get_throttled", flags)
    assert machine.look().troubles == troubles


def test_a_board_is_hot_from_eighty_degrees_until_it_is_cooler(machine: Machine) -> None:
    zone = "sys/class/thermal/thermal_zone0"
    machine.put(f"{zone}/type", "cpu-thermal")
    machine.put(f"{zone}/temp", str(HOT - 1))
    assert machine.look().troubles == ()
    machine.put(f"{zone}/temp", str(HOT))
    seen = machine.look()
    assert seen.troubles == ("hot",)
    machine.put(f"{zone}/temp", str(HOT - 1))
    assert machine.look(seen).hot
    machine.put(f"{zone}/temp", str(HOT - 5_001))
    assert not machine.look(seen).hot


def test_a_laptop_may_be_as_warm_as_it_is(machine: Machine) -> None:
    machine.put("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp")
    machine.put("sys/class/thermal/thermal_zone0/temp", "95000")
    assert machine.look().troubles == ()


def test_a_battery_is_low_where_it_gives_the_power_of_this_machine(machine: Machine) -> None:
    machine.put("sys/class/power_supply/AC/online", "0")
    machine.put("sys/class/power_supply/hid-mouse/status", "Discharging")
    machine.put("sys/class/power_supply/hid-mouse/scope", "Device")
    machine.put("sys/class/power_supply/hid-mouse/capacity", "3")
    machine.put("sys/class/power_supply/BAT0/capacity", str(LOW))
    machine.put("sys/class/power_supply/BAT0/status", "Charging")
    assert machine.look().troubles == ()
    machine.put("sys/class/power_supply/BAT0/status", "Discharging")
    seen = machine.look()
    assert seen.troubles == ("battery low",)
    machine.put("sys/class/power_supply/BAT0/capacity", str(LOW + 1))
    assert machine.look().troubles == ()
    assert machine.look(seen).battery_low


# ── what stands there is not believed ────────────────────────────────────────────────────────────────────

PLACES = (
    "sys/class/hwmon/hwmon0/in0_lcrit_alarm",
    "sys/class/thermal/thermal_zone0/temp",
    "sys/class/power_supply/BAT0/capacity",
    "sys/class/rtc/rtc0/since_epoch",
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "proc/sys/kernel/random/boot_id",
)


@given(path=st.sampled_from(PLACES), held=st.binary(max_size=300) | st.text(max_size=50).map(str.encode))
def test_whatever_stands_in_a_file_nothing_is_raised(
    path: str, held: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = Machine(tmp_path_factory.mktemp("root"))
    machine.put("sys/class/hwmon/hwmon0/name", "rpi_volt")
    machine.put("sys/class/thermal/thermal_zone0/type", "cpu-thermal")
    machine.put("sys/class/power_supply/BAT0/status", "Discharging")
    machine.put(path, held)
    machine.disciplined = False
    machine.look()
    assert len(uptime(1.0, machine.root).boot) <= 128


def test_a_pipe_a_folder_a_loop_and_an_endless_file_are_not_read(machine: Machine) -> None:
    os.mkfifo(machine.root / "pipe")
    (machine.root / "loop").symlink_to(machine.root / "loop")
    (machine.root / "folder").mkdir()
    for name in ("pipe", "loop", "folder", "nothing"):
        assert told(machine.root / name) == ""
        assert number(machine.root / name) is None
    assert number(Path("/dev/zero")) is None
    assert len(told(Path("/dev/zero"))) <= 128

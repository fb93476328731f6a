"""The script `go` in a folder of its own, among neighbours (Python, pip, apt-get) that do as told."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TOOLS = [
    "sh",
    "cat",
    "cksum",
    "cp",
    "env",
    "flock",
    "grep",
    "id",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "tail",
    "touch",
    "uname",
    "ln",
    "sed",
]
"""The ordinary programs that are on the machine; all others are its own."""

PYTHON = r"""#!/bin/sh
here=${0%/*}
printf 'python %s\n' "$*" >>"$STATE/calls"
case "$*" in
    -V) echo 'Python 3.11.9' ;;
    '-m venv '*)
        mkdir -p "$3/bin"
        ln -s "$0" "$3/bin/python"
        touch "$3/pip"
        ;;
    '-m pip install '*)
        [ ! -e "$STATE/wait" ] || cat "$STATE/wait" >/dev/null
        [ ! -e "$STATE/killed" ] || kill -KILL 0
        [ ! -e "$STATE/no-network" ] || { echo 'pip: no network'; exit 1; }
        printf '#!/bin/sh\nprintf "guide in %%s:" "$PWD"\nprintf " <%%s>" "$@"\n' >"$here/guide"
        chmod +x "$here/guide"
        ;;
    'tests/benchmarks/run.py'*) printf 'benchmark in %s with %s' "$PWD" "$*" ;;
    '-m guide '* | '-m pytest '*) printf '%s in %s with %s' "$2" "$PWD" "$*" ;;
    *ensurepip*) [ ! -e "$STATE/no-venv" ] ;;
    *espeakng_loader*) [ ! -e "$STATE/no-espeak" ] ;;
    '-c import pip') [ -e "$here/../pip" ] ;;
esac
"""

APT = r"""#!/bin/sh
printf 'apt-get %s\n' "$*" >>"$STATE/calls"
case "$*" in *sox*) [ ! -e "$STATE/no-sox" ] || exit 100 ;; esac
case " $* " in *' update '*) rm -f "$STATE/old-lists" ;; esac
[ ! -e "$STATE/old-lists" ] || exit 100
case "$*" in *libportaudio2*) echo 'libportaudio.so.2' >>"$STATE/libraries" ;; esac
case "$*" in *libespeak-ng1*) echo 'libespeak-ng.so.1' >>"$STATE/libraries" ;; esac
case "$*" in *python3-venv*) rm -f "$STATE/no-venv" ;; esac
case "$*" in *tmux*) : >"$STATE/tests" ;; esac
for program in ffmpeg sox espeak-ng; do
    case " $* " in *" $program "*) ln -sf /bin/true "${0%/*}/$program" ;; esac
done
case "$*" in *alsa-utils*) ln -sf /bin/true "${0%/*}/aplay" ;; esac
[ ! -e "$STATE/tests" ] || for program in pulseaudio parec pactl tmux; do
    ln -sf /bin/true "${0%/*}/$program"
done
"""


class Machine:
    """A tree with `go` in it, and a PATH on which only chosen programs are."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "a tree"
        self.state = folder / "state"
        self.programs = folder / "programs"
        for place in (self.tree, self.state, self.programs):
            place.mkdir()
        shutil.copy(ROOT / "go", self.tree)
        (self.tree / "pyproject.toml").write_text("one\n")
        (self.state / "libraries").touch()
        (self.state / "calls").touch()
        for tool in (*TOOLS, "chmod"):
            (self.programs / tool).symlink_to(shutil.which(tool) or "/bin/false")
        self.program("python3", PYTHON)
        self.program("apt-get", APT)
        self.program("ldconfig", '#!/bin/sh\ncat "$STATE/libraries"\n')
        self.user(0)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.programs), "STATE": str(self.state)}

    @property
    def calls(self) -> str:
        return (self.state / "calls").read_text()

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def user(self, number: int) -> None:
        self.program("id", f"#!/bin/sh\necho {number}\n")

    def without(self, name: str) -> None:
        (self.programs / name).unlink()

    def says(self, name: str) -> None:
        """One more thing that is so on this machine, as the programs above look it up."""
        (self.state / name).touch()

    def go(
        self, *words: str, by: Path | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(by or self.tree / "go"), *words],
            cwd=cwd or self.tree,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            start_new_session=True,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_the_first_run_sets_up_says_what_it_installs_and_why_and_then_does_it(machine: Machine) -> None:
    done = machine.go("play", "releasing-the-wall")
    assert done.stdout == f"guide in {machine.tree}: <play> <releasing-the-wall>"
    assert "installing libportaudio2 with apt-get: PortAudio, which plays and records" in done.stderr
    assert "libespeak-ng1" not in machine.calls
    assert done.returncode == 0


def test_a_second_run_asks_no_neighbour_and_starts_at_once(machine: Machine) -> None:
    machine.go("list")
    before = machine.calls
    began = time.monotonic()
    done = machine.go("list")
    assert time.monotonic() - began < 0.5
    assert (done.stdout, done.stderr) == (f"guide in {machine.tree}: <list>", "")
    assert machine.calls == before


def test_it_is_called_from_anywhere_through_links_and_keeps_the_current_folder(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "near").symlink_to("../a tree/go")
    (tmp_path / "links" / "far link").symlink_to(tmp_path / "links" / "near")
    done = machine.go("play", "two words", "", by=tmp_path / "links" / "far link", cwd=tmp_path)
    assert done.stdout == f"guide in {tmp_path}: <play> <two words> <>"


def test_what_guide_ends_with_is_what_go_ends_with(machine: Machine) -> None:
    machine.go()
    (machine.tree / ".venv/bin/guide").write_text("#!/bin/sh\nexit 2\n")
    assert machine.go("wrong").returncode == 2


def test_changed_dependencies_are_installed(machine: Machine) -> None:
    machine.go()
    (machine.tree / "pyproject.toml").write_text("two\n")
    machine.go()
    assert machine.calls.count("-m pip install") == 2
    assert machine.calls.count("-m venv") == 1


def test_a_folder_that_was_moved_is_set_up_anew(machine: Machine, tmp_path: Path) -> None:
    machine.go()
    machine.tree = machine.tree.rename(tmp_path / "elsewhere")
    done = machine.go("list")
    assert done.stdout == f"guide in {tmp_path}/elsewhere: <list>"
    assert machine.calls.count("-m venv") == 2
    assert not (machine.tree / ".go-old").exists()


def test_a_set_up_that_was_killed_is_done_again(machine: Machine) -> None:
    machine.says("killed")
    assert machine.go("list").returncode == -9
    (machine.state / "killed").unlink()
    assert machine.go("list").stdout == f"guide in {machine.tree}: <list>"
    assert machine.calls.count("-m venv") == 2


def test_two_at_once_set_up_once(machine: Machine) -> None:
    os.mkfifo(machine.state / "wait")
    words = [str(machine.tree / "go"), "list"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=machine.environment, text=True, **pipes) as first:  # type: ignore[call-overload]
        # Opening a FIFO to write waits for who reads: the first one is now in the middle.
        with (machine.state / "wait").open("w"):
            second = subprocess.Popen(words, env=machine.environment, text=True, **pipes)  # type: ignore[call-overload]
            assert second.stderr.readline() == "go: Another ./go is setting up; waiting for it.\n"
            (machine.state / "wait").unlink()
        answers = [process.communicate(timeout=30)[0] for process in (first, second)]
    assert [answer.endswith(": <list>") for answer in answers] == [True, True]
    assert machine.calls.count("-m pip install") == 1


def test_no_network_at_first_is_a_sentence(machine: Machine) -> None:
    machine.says("no-network")
    done = machine.go("list")
    assert done.returncode == 1
    assert "is there a network?" in done.stderr
    assert "pip: no network" in done.stderr
    (machine.state / "no-network").unlink()
    assert machine.go("list").returncode == 0


@pytest.mark.parametrize("what", ["changed", "moved"])
def test_no_network_later_goes_on_with_what_was_there(machine: Machine, tmp_path: Path, what: str) -> None:
    machine.go()
    machine.says("no-network")
    if what == "moved":
        machine.tree = machine.tree.rename(tmp_path / "elsewhere")
    (machine.tree / "pyproject.toml").write_text("two\n")
    for _ in range(2):
        done = machine.go("list")
        assert done.stdout == f"guide in {machine.tree} with -m guide list"
        assert "Going on with what was installed before." in done.stderr


def test_without_apt_it_says_what_will_not_work_and_starts(machine: Machine) -> None:
    machine.without("apt-get")
    done = machine.go("list")
    assert done.stdout.endswith("<list>")
    assert "There is no apt-get here" in done.stderr
    again = machine.go("list").stderr
    assert "sessions can be written to files, but not played or recorded" in again
    assert "sudo apt-get install libportaudio2" in again
    (machine.state / "libraries").write_text("libportaudio.so.2\n")
    assert machine.go("list").stderr == ""


def test_who_is_not_root_and_has_no_sudo_is_told_so(machine: Machine) -> None:
    machine.user(1000)
    done = machine.go("list")
    assert "Only root can install libportaudio2" in done.stderr
    assert "apt-get" not in machine.calls
    assert done.returncode == 0


def test_who_is_not_root_installs_through_sudo_that_asks_nothing_without_a_terminal(machine: Machine) -> None:
    machine.user(1000)
    machine.program("sudo", '#!/bin/sh\necho "sudo $*" >>"$STATE/calls"\n[ "$1" = -n ] && shift\nexec "$@"\n')
    assert "PortAudio is missing" not in machine.go("list").stderr
    assert "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get" in machine.calls


def test_a_machine_with_old_lists_of_packages_gets_new_ones(machine: Machine) -> None:
    machine.says("old-lists")
    done = machine.go("list")
    assert "could not install" not in done.stderr
    assert machine.calls.count(" install libportaudio2") == 2


def test_nothing_of_the_persons_is_ever_removed(machine: Machine) -> None:
    machine.go("list")
    installs = [line for line in machine.calls.splitlines() if line.startswith("apt-get")]
    assert installs
    assert all("--no-remove" in line for line in installs)


def test_the_systems_espeak_is_installed_where_the_embedded_one_cannot_serve(machine: Machine) -> None:
    machine.says("no-espeak")
    assert "libespeak-ng1 with apt-get: espeak-ng, the voice" in machine.go("list").stderr


def test_a_python_without_venv_gets_it(machine: Machine) -> None:
    machine.says("no-venv")
    done = machine.go("list")
    assert "installing python3-venv with apt-get" in done.stderr
    assert done.stdout.endswith("<list>")


def test_a_machine_without_python_is_told_which_one(machine: Machine) -> None:
    machine.without("python3")
    done = machine.go("list")
    assert done.returncode == 1
    assert "Guide needs Python 3.11 or newer." in done.stderr


def test_the_tests_bring_their_own_packages_and_leave_guide_ready(machine: Machine) -> None:
    done = machine.go("test", "-k", "one or two", cwd=machine.state)
    assert done.stdout == f"pytest in {machine.tree} with -m pytest -n 3 --dist worksteal -k one or two"
    assert "-e .[test]" in machine.calls
    assert "installing tmux with apt-get: a terminal for the tests" in done.stderr
    before = machine.calls
    assert machine.go("list").stderr == ""
    assert machine.calls == before


def test_the_benchmark_brings_its_own_packages_and_leaves_guide_and_its_tests_ready(machine: Machine) -> None:
    done = machine.go("bench", "--only", "one or two", cwd=machine.state)
    assert done.stdout == f"benchmark in {machine.tree} with tests/benchmarks/run.py --only one or two"
    assert "-e .[test,bench]" in machine.calls
    assert "installing sox with apt-get: what one would mix with otherwise" in done.stderr
    assert "installing alsa-utils with apt-get: aplay, by which the benchmark's naive loop" in done.stderr
    before = machine.calls
    for words in (["list"], ["test"], ["bench", "--quick"]):
        assert machine.go(*words).stderr == ""
    assert machine.calls.replace(before, "").splitlines() == [
        "python -m pytest -n 3 --dist worksteal",
        "python tests/benchmarks/run.py --quick",
    ]


def test_the_tests_are_not_enough_for_the_benchmark(machine: Machine) -> None:
    machine.go("test")
    assert "installing ffmpeg with apt-get" in machine.go("bench").stderr
    assert machine.calls.count("-m venv") == 1


def test_what_only_the_benchmark_lacks_is_said_to_the_benchmark_alone(machine: Machine) -> None:
    machine.says("no-sox")
    first = machine.go("bench")
    assert first.returncode == 0
    assert "sox is missing (what one would mix with otherwise, for the benchmark): what needs" in first.stderr
    assert "To have all of it: sudo apt-get install sox\n" in machine.go("bench").stderr
    assert machine.go("test").stderr == machine.go("list").stderr == ""


def test_who_may_not_write_here_is_told_so(open_folder: Path) -> None:
    machine = Machine(open_folder)
    machine.user(65534)
    machine.tree.chmod(0o555)
    as_nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    done = subprocess.run(
        [machine.tree / "go", "list"],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=False,
        **as_nobody,  # type: ignore[call-overload]
    )
    machine.tree.chmod(0o755)
    assert done.returncode == 1
    assert "this user may not write in" in done.stderr
    assert "Let its owner start ./go once" in done.stderr

"""A private PulseAudio server for the tests: a loudspeaker one can hear, a microphone one can speak to.

Two null sinks are its devices. What is played goes to `loudspeaker`, and `capture` hears it; what `feed`
says into `speech` comes out of the microphone, which is that sink's monitor. Samples pass unchanged:
float32 at RATE from end to end, nothing is resampled or scaled.

PortAudio lists devices once in a process, and finds this server by its environment: what plays or records
runs in a child (`run`, `child`), or within `here`.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes.util import find_library
from pathlib import Path
from typing import Self

import numpy as np
from hearing import PATIENCE, Capture, SoundServerError, end

from guide.duration import RATE
from guide.sound import Sound

PROGRAMS = {"pulseaudio": "pulseaudio", "parec": "pulseaudio-utils", "pacat": "pulseaudio-utils"}
"""What the server is made of, and the Debian package that has it."""

_PULSE = """
load-module module-null-sink sink_name=loudspeaker rate={rate} channels=2 format=float32le norewinds=1
load-module module-null-sink sink_name=speech rate={rate} channels=1 format=float32le norewinds=1
set-default-sink loudspeaker
set-default-source speech.monitor
load-module module-cli exit_on_eof=1
load-module module-native-protocol-unix socket={socket} auth-anonymous=1 auth-cookie-enabled=0
"""
# module-cli listens on standard input, which we hold: should the tests be killed, the server sees its end
# and leaves too. The socket comes last: who can connect finds everything in place. Without `norewinds` the
# first few milliseconds of a stream are written over what the monitor has heard already, and are lost.

_ALSA = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
# The whole of ALSA's configuration: PortAudio then sees one device, `default`, and no hardware.

_CLIENT = "autospawn = no\nenable-shm = no\n"
# A program that lost this server must not start another.

_RAW = ["--raw", "--format=float32le", f"--rate={RATE}"]


class SoundServer:
    """One server in a folder of its own. Use as a context manager, or call `stop`."""

    def __init__(self) -> None:
        """Write the server's files. Raises SoundServerError where its programs are missing."""
        if missing := _missing():
            raise SoundServerError(f"not installed: {', '.join(missing)} (Debian's names)")
        # Not pytest's folder: the path of a socket may have 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="guide-sound-"))
        self._socket = self._folder / "native"
        self._process: subprocess.Popen[bytes] | None = None
        self._listeners: list[subprocess.Popen[bytes]] = []
        self._write_files()
        self._sound = {
            "XDG_CONFIG_HOME": str(self._folder / "config"),
            "XDG_RUNTIME_DIR": str(self._folder / "runtime"),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "ALSA_CONFIG_PATH": str(self._folder / "alsa.conf"),
            "PULSE_SERVER": f"unix:{self._socket}",
        }

    @property
    def environment(self) -> dict[str, str]:
        """For a process that shall play and record here; home and diary are in the server's folder."""
        inherited = {name: at for name, at in os.environ.items() if not name.startswith(("PULSE_", "ALSA_"))}
        home = {"HOME": str(self._folder), "GUIDE_HOME": str(self._folder / "guide")}
        return {**inherited, **home, **self._sound}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the server, None while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server, or start it again after `vanish`; ready on return. Raises SoundServerError."""
        if self._process is not None and self._process.poll() is None:
            return
        self.vanish()
        log = self._folder / "log"
        # `-n` and `-F` keep it from this machine's files, the rest from rights that it does not need.
        options = ["-n", "-F", str(self._folder / "server.pa"), "--exit-idle-time=-1", "--daemonize=no"]
        options += ["--use-pid-file=no", "--disable-shm=yes", "--realtime=no", "--high-priority=no"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ["pulseaudio", *options, "--log-target=stderr"],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )
        try:
            self._await_socket(self._process)
        except SoundServerError as error:
            self.vanish()
            raise SoundServerError(f"{error}: {log.read_text(errors='replace')[-1000:]}") from error
        # A null sink that nobody hears sleeps up to two seconds at a time, and what is played meanwhile comes
        # late. These keep both awake, every ten milliseconds.
        devices = ("loudspeaker.monitor", "speech.monitor")
        self._listeners += [self._open("parec", device, channels=2, latency=10) for device in devices]
        for device in devices:
            self._hear(device).close()

    def vanish(self) -> None:
        """Take the sound card away, suddenly, from everyone who plays or records. `start` brings it back."""
        if self._process is None:
            return
        self._process.kill()
        self._leave()
        # A killed server leaves its socket behind, and the next one's readiness is seen by it.
        self._socket.unlink(missing_ok=True)

    def stop(self) -> None:
        """End the server, and nothing else; its folder goes with it."""
        self._leave()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def capture(self) -> Iterator[Capture]:
        """Hear the loudspeaker, from when sound really flows until half a second after the block's end."""
        capture = self._hear("loudspeaker.monitor")
        try:
            yield capture
            capture.wait(RATE // 2)
        finally:
            capture.close()

    def feed(self, samples: Sound) -> None:
        """Say mono samples into the microphone; returns when the last one has been said."""
        pacat = self._open("pacat", "speech", channels=1, latency=2000, stdin=subprocess.PIPE)
        try:
            pacat.communicate(
                np.ascontiguousarray(samples, dtype="<f4").tobytes(), len(samples) / RATE + PATIENCE
            )
        except subprocess.TimeoutExpired as error:
            raise SoundServerError("The microphone did not take what was said into it.") from error
        finally:
            end(pacat)
        if pacat.returncode:
            raise SoundServerError("The microphone was lost while something was said into it.")

    def run(
        self, *words: str | Path, text: str = "", seconds: float = 60.0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program that plays or records here, to its end, with `text` on its standard input."""
        return subprocess.run(
            [str(word) for word in words],
            env={**self.environment, **environment},
            input=text,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    @contextmanager
    def child(self, *words: str | Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A program that plays or records here, with pipes to talk with it; ended with the block."""
        with subprocess.Popen(
            [str(word) for word in words],
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                end(process)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Let PortAudio find this server in the process of the tests too, while the block lasts."""
        before = dict(os.environ)
        os.environ.update(self._sound)
        _list_devices_anew()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            _list_devices_anew()

    def _hear(self, device: str) -> Capture:
        capture = Capture(self._open("parec", device, channels=2, latency=10, stdout=subprocess.PIPE))
        try:
            capture.wait(RATE // 4)
        except SoundServerError:
            capture.close()
            raise
        return capture

    def _leave(self) -> None:
        for process in (self._process, *self._listeners):
            if process is not None:
                end(process)
        self._process = None
        self._listeners.clear()

    def _write_files(self) -> None:
        (self._folder / "runtime").mkdir(mode=0o700)
        (self._folder / "config" / "pulse").mkdir(parents=True)
        (self._folder / "config" / "pulse" / "client.conf").write_text(_CLIENT)
        (self._folder / "server.pa").write_text(_PULSE.format(rate=RATE, socket=self._socket))
        (self._folder / "alsa.conf").write_text(_ALSA)

    def _await_socket(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.socket(socket.AF_UNIX) as knock, suppress(OSError):
                knock.connect(str(self._socket))
                return
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                raise SoundServerError("pulseaudio ended at once")
        raise SoundServerError("pulseaudio did not open its socket")

    def _open(
        self,
        program: str,
        device: str,
        *,
        channels: int,
        latency: int,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        words = [program, f"--device={device}", f"--latency-msec={latency}", f"--channels={channels}", *_RAW]
        return subprocess.Popen(
            words, env=self.environment, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL
        )


def _missing() -> list[str]:
    """The Debian packages that are needed and not there."""
    packages = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    bridge = "alsa-lib/libasound_module_pcm_pulse.so"
    if not any(match for place in ("lib*", "lib/*") for match in Path("/usr").glob(f"{place}/{bridge}")):
        packages.append("libasound2-plugins")
    if find_library("portaudio") is None:
        packages.append("libportaudio2")
    return sorted(set(packages))


def _list_devices_anew() -> None:
    # PortAudio looks for devices when it begins; once it is imported, only a new beginning helps.
    if "sounddevice" in sys.modules:
        portaudio = sys.modules["sounddevice"]
        portaudio._terminate()
        portaudio._initialize()

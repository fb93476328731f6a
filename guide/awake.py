"""Keeps the computer from suspending while it plays or records."""

import contextlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def awake(why: str) -> Iterator[None]:
    """Ask the system not to suspend until this ends. Where it cannot be asked, nothing happens."""
    command = _command(why)
    if command is None:
        yield
        return
    try:
        # The child holds the request until its standard input ends, so it goes with this process.
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        yield
        return
    # Where the request is refused the child ends at once; somebody has to notice, or it stays as a zombie.
    threading.Thread(target=child.wait, name="awake", daemon=True).start()
    try:
        yield
    finally:
        if child.stdin:
            with contextlib.suppress(OSError):
                child.stdin.close()
        child.terminate()
        child.wait()


def _command(why: str) -> list[str] | None:
    if sys.platform == "darwin" and shutil.which("caffeinate"):
        return ["caffeinate", "-i", "cat"]
    if shutil.which("systemd-inhibit"):
        return ["systemd-inhibit", "--what=idle:sleep", "--who=guide", f"--why={why}", "--mode=block", "cat"]
    return None

"""Ctrl-C, SIGTERM and a closed terminal, as a wish to stop.

What whoever started us told us to ignore, as `nohup` does, stays ignored.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Until this ends, each such signal calls `stop` instead of ending the process."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

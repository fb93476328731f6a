"""Many sentences at once: as many at a time as there are cores, the first ones first."""

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from guide.sound import Sound
from guide.voices import Voice

_MOST = 4
"""Sentences at a time, at most, however many cores there are."""
_AHEAD = 2
"""For each that is being spoken so many are in hand: one that waits keeps a core from waiting."""


def spoken(
    voice: Voice, texts: Iterable[str], pace: float, pitch: float
) -> Generator[tuple[str, Sound], None, None]:
    """See `guide.voices.speak_each`."""
    order = _different(texts)
    at_once = min(_MOST, os.cpu_count() or 1)
    waiting: dict[Future[Sound], str] = {}
    with ThreadPoolExecutor(max_workers=at_once) as threads:

        def begin(count: int) -> None:
            for text in islice(order, count):
                waiting[threads.submit(voice.speak, text, pace, pitch)] = text

        try:
            begin(_AHEAD * at_once)
            while waiting:
                ready = wait(waiting, return_when=FIRST_COMPLETED).done
                while ready:  # taken out one by one, so that nothing here holds on to a clip
                    future = ready.pop()
                    text = waiting.pop(future)
                    begin(1)
                    yield text, future.result()
                    del future
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _different(texts: Iterable[str]) -> Iterator[str]:
    """Each text once, asked for only when it is needed."""
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text

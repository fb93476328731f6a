"""Many sentences at once: as many at a time as there are cores, the first ones first."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

from guide.sound import Sound
from guide.voices import Voice

_MOST = 4
"""Sentences at a time, at most, however many cores there are."""


def spoken(
    voice: Voice,
    texts: Iterable[str],
    pace: float,
    pitch: float,
    on_done: Callable[[str, Sound], None] | None,
) -> dict[str, Sound]:
    """See `guide.voices.speak_all`."""
    order = list(dict.fromkeys(texts))
    clips: dict[str, Sound] = {}
    with ThreadPoolExecutor(max_workers=min(_MOST, os.cpu_count() or 1)) as threads:
        waiting = {threads.submit(voice.speak, text, pace, pitch): text for text in order}
        try:
            for future in as_completed(waiting):
                text = waiting[future]
                clips[text] = future.result()
                if on_done is not None:
                    on_done(text, clips[text])
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    return {text: clips[text] for text in order}

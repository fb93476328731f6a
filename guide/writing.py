"""Sessions as files: FLAC, WAV, Ogg and MP3 with title and chapters; cues as JSON, captions as WebVTT."""

import contextlib
import json
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import GuideError, StorageError
from guide.flac import UnforeseenError, write_flac
from guide.sound import Sound
from guide.timeline import Timeline

FORMATS = {
    ".flac": ("FLAC", "PCM_16"),
    ".wav": ("WAV", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
"""What a file's ending stands for: libsndfile's names of format and subtype."""


_DITHER = 528_001
"""Frames after which the dither comes around: 11 s, and a prime number."""
_BLOCK = RATE
"""Frames that are mixed at once for an encoder."""
_AHEAD = 3
"""Blocks that may wait for the encoder: enough for it never to wait, few enough for a small memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """A stereo sound of which any part can be asked for, in any order and by several threads at once."""

    frames: int
    block: Callable[[int, int], Sound]
    """The `n` frames from frame `at` on, `(n, 2)`."""
    check: Callable[[], None] = lambda: None
    """Raises what only shows once all of it was asked for; nothing of it is kept then."""

    @classmethod
    def of(cls, sound: Sound) -> "Source":
        """A sound in memory, `(frames, 2)`."""
        return cls(len(sound), lambda at, n: sound[at : at + n])


def format_of(path: Path) -> tuple[str, str]:
    """The format that a file name asks for. Raises GuideError, naming the ones there are."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        endings = ", ".join(FORMATS)
        raise GuideError(f"{path.name}: the name of a sound file has to end in one of {endings}.") from None


def write_sound(
    path: Path,
    sound: Source,
    *,
    title: str,
    chapters: Timeline | None = None,
    written: Callable[[int], None] = lambda _: None,
) -> None:
    """Write a sound to a file that is there whole or not at all; `written` hears of the frames as they come.

    FLAC and WAV are 16-bit with triangular dither of one step (the same noise each time); FLAC is made on all
    cores. Title and parts go into the tags where the format has them. Raises StorageError with a sentence
    (disk full, no permission).
    """
    kind, _ = format_of(path)
    with _beside(path) as temporary:
        try:
            if kind == "FLAC":
                dither = Dither()
                steps = lambda at, n: dither.steps(sound.block(at, n), at)  # noqa: E731
                write_flac(temporary, sound.frames, steps, written)
            else:
                _write_plain(temporary, sound, written)
        except UnforeseenError:
            _write_plain(temporary, sound, lambda _: None)
        sound.check()
        _tag(temporary, kind, title, chapters)


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write a text file whole or not at all; `private` for its owner alone (0600). Raises StorageError."""
    with _beside(path, private=private) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _beside(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A new file of nobody else's in the same folder, which takes the name when the block is done.

    If anything fails it is gone, and what had the name before is still there. Raises StorageError.
    """
    import soundfile

    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:80]}.", suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        if not private:
            os.fchmod(handle, 0o666 & ~_umask())
        os.close(handle)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    except soundfile.LibsndfileError as error:
        raise _storage_error(path, _plainly(temporary or path, error)) from error
    except OSError as error:
        raise _storage_error(path, error) from error
    finally:
        if temporary is not None:
            _forget(temporary)


def _umask() -> int:
    """What a new file of this process may not allow; there is no way to ask without setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _write_plain(path: Path, sound: Source, written: Callable[[int], None]) -> None:
    """By one encoder, from the first frame to the last; the next blocks are mixed while it is at work."""
    import soundfile

    kind, subtype = format_of(path)
    dither = Dither() if subtype == "PCM_16" else None
    waiting: deque[Future[None]] = deque()
    with (
        soundfile.SoundFile(os.fsencode(path), "w", RATE, 2, subtype=subtype, format=kind) as file,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder") as encoder,
    ):
        for at in range(0, sound.frames, _BLOCK):
            block = sound.block(at, min(_BLOCK, sound.frames - at))
            waiting.append(encoder.submit(file.write, dither.steps(block, at) if dither else block))
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
            written(len(block))
        for last in waiting:
            last.result()


class Dither:
    """16-bit samples with triangular, high-pass dither of ±1 step: a pure function of the absolute frame.

    Each sample's noise is a draw less the draw before it: triangular as it should be, half the cost of two
    draws, and weakest where the ear is keenest (Lipshitz, Wannamaker and Vanderkooy, 1992). The noise comes
    around after 11 s, far below what is heard, and at a number of frames that no loop of a bed has.
    """

    def __init__(self, seed: int = 0) -> None:
        """The same seed is the same noise, with any numpy: its own generators may change."""
        draws = _draws(seed, 2 * _DITHER).reshape(_DITHER, 2)
        self._noise = draws - np.roll(draws, 1, axis=0)

    def steps(self, block: Sound, at: int) -> NDArray[np.int16]:
        """The block `(n, 2)` that begins at frame `at`, as int16; what is beyond full scale is held there."""
        steps = block * np.float32(32767.0)
        done, place = 0, at % _DITHER
        while done < len(steps):
            noise = self._noise[place : place + len(steps) - done]
            steps[done : done + len(noise)] += noise
            done, place = done + len(noise), 0
        np.rint(steps, out=steps)
        np.clip(steps, -32768, 32767, out=steps)
        return steps.astype(np.int16)


def _draws(seed: int, count: int) -> Sound:
    """Even noise from 0 to 1, shape `(count,)`: SplitMix64 (Steele, Lea and Flood, 2014), all at once."""
    state = np.arange(1 + (seed << 32), 1 + (seed << 32) + count, dtype=np.uint64)
    state *= np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state ^= state >> np.uint64(shift)
        state *= np.uint64(factor)
    state ^= state >> np.uint64(31)
    draws = (state >> np.uint64(40)).astype(np.float32)  # the highest 24 bits: all that a float32 holds
    draws *= np.float32(2.0**-24)
    return draws


def cues(timeline: Timeline) -> str:
    """The timeline as JSON, one event a line, for people and programs."""
    cues = timeline.cues()
    lines = ",\n    ".join(json.dumps(event, ensure_ascii=False) for event in cues.pop("events"))
    head = json.dumps(cues, ensure_ascii=False)[1:-1]
    return f'{{\n  {head},\n  "events": [\n    {lines}\n  ]\n}}\n'


def captions(timeline: Timeline) -> str:
    """The sentences as WebVTT, each at its time."""
    lines = ["WEBVTT", ""]
    for event in timeline.speech():
        text = event.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines += [f"{_stamp(event.start)} --> {_stamp(event.end)}", text, ""]
    return "\n".join(lines)


def _stamp(frame: int) -> str:
    milliseconds = frame * 1000 // RATE
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{thousandths:03d}"


def _tag(path: Path, kind: str, title: str, chapters: Timeline | None) -> None:
    """Title and chapters: CHAPTER comments in FLAC and Ogg, ID3 chapters in MP3 and WAV."""
    import mutagen
    from mutagen import flac, mp3, oggvorbis, wave

    openers: dict[str, Any] = {
        "FLAC": flac.FLAC,
        "OGG": oggvorbis.OggVorbis,
        "MP3": mp3.MP3,
        "WAV": wave.WAVE,
    }
    parts = _chapters(chapters) if chapters else []
    try:
        file = openers[kind](path)
        if file.tags is None:
            file.add_tags()
        if kind in ("FLAC", "OGG"):
            _comment(file, title, parts)
        else:
            _id3(file.tags, title, parts)
        file.save()
    except mutagen.MutagenError as error:
        if error.args and isinstance(error.args[0], OSError):
            raise error.args[0] from error
        raise OSError(str(error)) from error


def _chapters(timeline: Timeline) -> list[tuple[int, int, str]]:
    """Start, end, title of each chapter, one after the other: of parts that begin together, the outer."""
    starts: dict[int, str] = {}
    for part in timeline.parts():
        starts.setdefault(part.start, part.text)
    return [(start, end, starts[start]) for start, end in pairwise([*sorted(starts), timeline.frames])]


def _comment(file: Any, title: str, parts: list[tuple[int, int, str]]) -> None:
    file["TITLE"], file["GENRE"] = title, "Meditation"
    for number, (start, _, name) in enumerate(parts, 1):
        file[f"CHAPTER{number:03d}"] = _stamp(start)
        file[f"CHAPTER{number:03d}NAME"] = name


def _id3(tags: Any, title: str, parts: list[tuple[int, int, str]]) -> None:
    from mutagen.id3 import CHAP, CTOC, TCON, TIT2, CTOCFlags, Encoding

    tags.add(TIT2(encoding=Encoding.UTF8, text=[title]))
    tags.add(TCON(encoding=Encoding.UTF8, text=["Meditation"]))
    for number, (start, end, name) in enumerate(parts, 1):
        tags.add(
            CHAP(
                element_id=f"part{number}",
                start_time=start * 1000 // RATE,
                end_time=end * 1000 // RATE,
                sub_frames=[TIT2(encoding=Encoding.UTF8, text=[name])],
            )
        )
    if parts:
        tags.add(
            CTOC(
                element_id="toc",
                flags=CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED,
                child_element_ids=[f"part{number}" for number in range(1, len(parts) + 1)],
                sub_frames=[TIT2(encoding=Encoding.UTF8, text=[title])],
            )
        )


def _sync(path: Path) -> None:
    import os

    with path.open("rb") as file:
        os.fsync(file.fileno())


def _forget(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _plainly(path: Path, error: Exception) -> Exception:
    """What the system says to one more write: libsndfile keeps to itself that the disk is full."""
    try:
        with path.open("ab") as file:
            file.write(bytes(1 << 16))
    except OSError as plain:
        return plain
    return error


def _storage_error(path: Path, error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or str(error)
    return StorageError(
        f"{path} could not be written ({reason}). Nothing half-made was left; "
        "make room there, or choose another place."
    )

"""What a person would otherwise use, given the same clips, bells and bed; SSML given the same sentences."""

import importlib.util
import shlex
import shutil
from pathlib import Path
from xml.sax.saxutils import escape

import soundfile
from given import Given
from measuring import Once, run

from guide.duration import RATE, seconds

PEERS = {
    "pydub": ("ffmpeg",),
    "ffmpeg": ("ffmpeg",),
    "sox": ("sox",),
    "espeak-ng SSML": ("espeak-ng", "sox"),
}
"""Each peer, and the programs it needs; Debian's packages have the same names."""
EFFORT = 5
"""FLAC's compression level, the same for all: the default of libsndfile and ffmpeg; that of sox is 8."""
_HERE = Path(__file__).parent


def missing() -> dict[str, str]:
    """The peers that cannot take part here, each with what it lacks."""
    lacking = {}
    for peer, programs in PEERS.items():
        lacks = [f"{name} is not installed" for name in programs if shutil.which(name) is None]
        if peer == "pydub":
            modules = [name for name in ("pydub", "audioop") if importlib.util.find_spec(name) is None]
            lacks += [f"the module {name} is missing" for name in modules]
        if lacks:
            lacking[peer] = "; ".join(lacks)
    return lacking


def make(peer: str, python: str, given: Given, out: Path) -> Once:
    """The session by one peer, as 16-bit FLAC. Raises BenchmarkError where it fails."""
    if peer == "pydub":
        plan = given.as_plan(out.with_suffix(".json"))
        return run([python, _HERE / "with_pydub.py", plan, out])
    if peer == "ffmpeg":
        return run(ffmpeg(given, out))
    if peer == "sox":
        return run(sox(given, out))
    return _ssml(given, out)


def ffmpeg(given: Given, out: Path) -> list[str | Path]:
    """One command: each clip delayed to its frame, all mixed at their own level."""
    layer, beds = given.layer, len(given.loops)
    words: list[str | Path] = ["ffmpeg", "-nostdin", "-y", "-v", "error"]
    for loop in given.loops:
        words += ["-stream_loop", "-1", "-i", loop]
    for _, clip in given.placed:
        words += ["-i", clip]
    loops = "".join(f"[{number}]" for number in range(beds))
    fade_out = given.frames - layer.fade_out
    fades = f"afade=in:ss=0:ns={layer.fade_in},afade=out:ss={fade_out}:ns={layer.fade_out}"
    chains = [f"{loops}amix=inputs={beds}:normalize=0,atrim=end_sample={given.frames},{fades}[bed]"]
    chains += [
        f"[{beds + number}]aformat=channel_layouts=stereo,adelay={start}S:all=1[c{number}]"
        for number, (start, _) in enumerate(given.placed)
    ]
    clips = "".join(f"[c{number}]" for number in range(len(given.placed)))
    chains.append(f"[bed]{clips}amix=inputs={len(given.placed) + 1}:normalize=0:duration=first[out]")
    words += ["-filter_complex", ";".join(chains), "-map", "[out]", "-c:a", "flac", "-sample_fmt", "s16"]
    return [*words, "-compression_level", str(EFFORT), out]


def sox(given: Given, out: Path) -> list[str | Path]:
    """One command: each clip padded to its frame by a sox of its own, all mixed at their own level."""
    layer, whole = given.layer, given.frames
    words: list[str | Path] = ["sox", "-m"]
    for loop in given.loops:
        times = whole // soundfile.info(loop).frames
        fade = f"fade q {layer.fade_in}s {whole}s {layer.fade_out}s"
        words += ["-v", "1", f"|sox {shlex.quote(str(loop))} -p repeat {times} trim 0 {whole}s {fade}"]
    for start, clip in given.placed:
        both = "" if soundfile.info(clip).channels == 2 else " remix 1 1"
        words += ["-v", "1", f"|sox {shlex.quote(str(clip))} -p{both} pad {start}s"]
    return [*words, "-b", "16", "-C", str(EFFORT), out]


def ssml(given: Given) -> str:
    """The sentences with the silences between them as breaks."""
    parts, at = [], 0
    for event in given.speech:
        parts.append(
            f'<break time="{max(0, round(seconds(event.start - at) * 1000))}ms"/>{escape(event.text)}'
        )
        at = event.end
    return "<speak>" + "\n".join(parts) + "</speak>"


def _ssml(given: Given, out: Path) -> Once:
    text, spoken = out.with_suffix(".xml"), out.with_suffix(".wav")
    text.write_text(ssml(given), encoding="utf-8")
    saying = run(["espeak-ng", "-m", *given.espeak, "-f", text, "-w", spoken])
    writing = run(["sox", spoken, "-r", str(RATE), "-c", "2", "-b", "16", "-C", str(EFFORT), out])
    return Once(saying.seconds + writing.seconds, saying.cpu + writing.cpu)

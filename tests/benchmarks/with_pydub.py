"""The session as somebody with pydub would make it: PLAN OUT; clips laid over a silent segment."""

import json
import sys
from pathlib import Path

from pydub import AudioSegment  # type: ignore[import-not-found,import-untyped,unused-ignore]


def main(plan: Path, out: Path) -> None:
    """Lay the bed, then every clip, each at its millisecond."""
    wanted = json.loads(plan.read_text(encoding="utf-8"))
    session = AudioSegment.silent(duration=wanted["frames"] / 48, frame_rate=48_000).set_channels(2)
    for loop in wanted["loops"]:
        session = session.overlay(AudioSegment.from_wav(loop), loop=True)
    session = session.fade_in(wanted["fade_in"] // 48).fade_out(wanted["fade_out"] // 48)
    for start, clip in wanted["placed"]:
        session = session.overlay(AudioSegment.from_wav(clip), position=round(start / 48))
    session.export(out, format="flac", parameters=["-compression_level", "5"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

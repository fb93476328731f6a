"""Make the sounds of Guide again: `python audio/synthesis/make.py [OUT] [--only NAME …]`.

OUT is the folder that gets `bells/`, `beds/` and `cues/`; without it, the folder above this one. A NAME is a
bell, a bed or a cue. Guide itself must be importable (`pip install -e .`): its own meter measures the levels.
"""

import argparse
import sys
from pathlib import Path

from beds import BEDS, circle
from bells import BELLS, ring
from cues import CUES
from writing import at_loudest, write_bed, write_flac

from guide.beds import BED_LUFS
from guide.bells import BELL_LUFS


def make_bell(name: str, out: Path) -> None:
    """Write `bells/NAME.flac`."""
    write_flac(out / "bells" / f"{name}.flac", at_loudest(ring(BELLS[name]), BELL_LUFS))


def make_bed(name: str, out: Path) -> None:
    """Write `beds/NAME/LAYER.ogg` for each layer."""
    waves = {layer.name: circle(name, layer) for layer in BEDS[name]}
    write_bed(out / "beds" / name, waves, BED_LUFS)


def make_cue(name: str, out: Path) -> None:
    """Write `cues/NAME.flac`."""
    cue = CUES[name]
    write_flac(out / "cues" / f"{name}.flac", at_loudest(cue.make(), cue.loudness))


MAKERS = dict.fromkeys(BELLS, make_bell) | dict.fromkeys(BEDS, make_bed) | dict.fromkeys(CUES, make_cue)
"""How each sound is made, by its name."""


def main(words: list[str]) -> None:
    """Make what was asked for, and say so."""
    asked = argparse.ArgumentParser(description="Make the sounds of Guide again.")
    asked.add_argument("out", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    asked.add_argument("--only", nargs="+", choices=sorted(MAKERS), default=list(MAKERS))
    options = asked.parse_args(words)
    for name in options.only:
        MAKERS[name](name, options.out)
        print(f"made {name}")


if __name__ == "__main__":
    main(sys.argv[1:])

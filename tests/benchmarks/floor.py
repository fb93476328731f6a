"""The floor under every renderer: the bare voice saying the sentences, the bare encoder writing samples."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

from given import Given
from measuring import BenchmarkError, Once, run


def raw_speech(given: Given, folder: Path) -> Once:
    """espeak-ng over the sentences, one process after the other, with nothing around it but a shell."""
    folder.mkdir(parents=True, exist_ok=True)
    commands = [
        shlex.join(["espeak-ng", *given.espeak, "-w", str(folder / f"{number}.wav"), sentence])
        for number, sentence in enumerate(given.sentences)
    ]
    sayings = folder / "sayings.sh"
    sayings.write_text("set -e\n" + "\n".join(commands) + "\n", encoding="utf-8")
    return run(["sh", sayings])


def raw_encoding(python: str, rendered: Path, out: Path) -> Once:
    """The encoder alone: the samples of a rendered session, from memory to a FLAC file of 16 bits."""
    done = subprocess.run(
        [python, __file__, str(rendered), str(out)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(f"the encoder alone failed: {done.stderr[-600:]}")
    return Once(**json.loads(done.stdout))


def _encode(rendered: Path, out: Path) -> Once:
    import soundfile

    samples, rate = soundfile.read(rendered, dtype="int16", always_2d=True)
    cpu, started = time.process_time(), time.perf_counter()
    with soundfile.SoundFile(out, "w", rate, 2, subtype="PCM_16", format="FLAC") as file:
        for at in range(0, len(samples), rate):
            file.write(samples[at : at + rate])
    return Once(time.perf_counter() - started, time.process_time() - cpu)


if __name__ == "__main__":
    took = _encode(Path(sys.argv[1]), Path(sys.argv[2]))
    print(json.dumps({"seconds": took.seconds, "cpu": took.cpu}))

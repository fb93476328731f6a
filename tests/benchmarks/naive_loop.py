"""A meditation as many begin it: say a sentence, sleep, say the next.

PLAN is a JSON file with `voice`, `rate` and `plan`, a list of [text, seconds]. Prints, for each sentence, the
seconds from the first one to its `say`.
"""

import json
import sys
import time
from pathlib import Path

import pyttsx3


def main(path: Path) -> None:
    """Follow the plan by sleeping as long as it says after each sentence."""
    settings = json.loads(path.read_text(encoding="utf-8"))
    engine = pyttsx3.init()
    engine.setProperty("voice", settings["voice"])
    engine.setProperty("rate", settings["rate"])
    started = time.monotonic()
    for text, rest in settings["plan"]:
        print("said", time.monotonic() - started, flush=True)
        engine.say(text)
        engine.runAndWait()
        time.sleep(rest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

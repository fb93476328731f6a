"""Sessions that keep every criterion, and clips that need no voice: what the tests of practice share."""

import re
from pathlib import Path

from guide import bells
from guide.arrange import Material
from guide.duration import frames
from guide.expand import Breath, Circumstances, Item, Sentence, Silence, expand, turns
from guide.folders import Folders
from guide.library import Library
from guide.practice import Finding, Heard, Loudness, Measured, practised
from guide.script import Script, parse

_NOBODY = Path("nobody")
LIBRARY = Library.find(Folders(_NOBODY, _NOBODY, _NOBODY, _NOBODY))
BELLS = {name: bells.length(LIBRARY.bell_path(name)) for name in LIBRARY.bells()}
PACE = 115.0
"""Words a minute at pace 1.0, 0.7 s between sentences included."""

INQUIRY = """\
guide: 1
title: One Small Stone
about: A few minutes beside a small worry, with something steady near.
kind: inquiry
ideas: [S3, S13]
length: {shortest: 195s, usual: 200s, longest: 4m}
ambience: {sound: rain}
steps:
  - bell
  - part: Arriving
    intent: arrive
    steps:
      - part: Choices
        intent: choice
        steps:
          - say: |
              You could sit or lie, whichever asks less of you.
              Your eyes can be open or closed. You can pause, skip, or stop.
              Your feet are a good place to come back to.
      - rest: 8s
  - part: Steady ground
    intent: resource
    steps:
      - say: |
          Let your feet meet the floor, in their own time.
          Perhaps one of them is warmer.
      - rest: 12s
  - part: The stone
    intent: difficult
    steps:
      - say: |
          Think of something small that has been on your mind.
          It might be a letter. It might be a squeaking door.
      - rest: 8s
      - say: If it were a stone, what would it weigh?
      - rest: {about: 16s, least: 12s}
  - part: Put it down
    intent: resource
    steps:
      - say: |
          You could set it on the ground beside you.
          It can wait there. Your hands are empty now.
      - rest: 12s
  - part: Looking
    intent: core
    steps:
      - say: |
          Have another look, from where you are.
          There may be moss on it, or rain.
      - rest: 12s
      - say: |
          Whatever it looks like, nobody asks you to lift it.
          Here is a slow breath or two, if breath suits you.
          If it does not, stay with your hands.
      - rest: {about: 4s, least: 3s, most: 5s}
      - breathe: {in: 4s, out: 6s, rounds: 2, cue: none}
      - say: |
          And let the breath go back to its own ways.
          Some stones turn out to be bread.
      - rest: 12s
  - part: The way back
    intent: return
    steps:
      - say: |
          Listen for one sound outside, if there is one.
          Then look at something with an edge.
      - rest: 8s
  - bell: {settle: 12s}
reflection:
  questions:
    - ask: What was the stone like?
    - ask: What is one thing that could keep you company today?
"""
"""Three minutes and a little that keep everything."""

QUICK = """\
guide: 1
title: A Moment by the Sink
kind: quick
ideas: [S4, S12]
length: {shortest: 108s, usual: 110s, longest: 150s}
steps:
  - part: Feet
    intent: choice
    steps:
      - say: |
          Feel your feet, or whatever holds you up.
          Your eyes can stay open. You can pause, skip, or stop this.
      - rest: 4s
  - part: Here
    intent: core
    steps:
      - repeat:
          times: 4
          steps:
            - say: |
                Press your hands together, if that helps.
                Look at one plain thing, and then at another.
                There may be a little light on it.
            - rest: 6s
      - say: What is the next small thing?
      - rest: {about: 9s, least: 8s}
      - say: It could be water. It could be a coat.
      - rest: 4s
  - bell: {sound: chime, settle: 6s}
reflection:
  questions:
    - ask: What would help in the next ten minutes?
"""
"""Two minutes that keep everything."""

SLEEP = """\
guide: 1
title: The Long Field
kind: sleep
ideas: [S8, S9]
length: {shortest: 9m, usual: 9m30s, longest: 9m50s}
voice: {pace: 0.9}
steps:
  - part: Lying down
    intent: arrive
    steps:
      - part: Choices
        intent: choice
        steps:
          - say: |
              You could lie in whatever way you like.
              Your eyes can be open or closed. You can pause, skip, or stop.
              If you lie awake, that is fine too. Let your hands be heavy.
      - rest: 36s
  - part: The field
    intent: core
    steps:
      - say: What would the grass say to your tired feet?
      - rest: 20s
      - say: It might only nod.
      - rest: 20s
      - repeat:
          times: 9
          steps:
            - say: |
                There may be a field, wide and dark, with a low wind in it.
                Nothing is wanted from you there. The grass can do the moving.
                Perhaps your back sinks a little.
            - rest: 13s
  - part: Further away
    intent: core
    steps:
      - say: The field can keep you.
      - rest: 50s
      - say: Perhaps all night.
      - pause: 3m
reflection:
  when: morning
  questions:
    - ask: How did the night meet you?
"""
"""Nine minutes that keep everything, without a bell."""


def written(text: str, path: str = "stone.yaml", parts: dict[str, str] | None = None) -> Script:
    """The script in a text, with every place as it would be in a file."""
    kept = parts or {}
    return parse(
        text,
        name=Path(path).stem,
        path=path,
        find_part=lambda name: (f"parts/{name}.yaml", kept[name].encode()) if name in kept else None,
    )


def words(text: str) -> int:
    return len(re.findall(r"[\w'’]+", text))


def clips(items: tuple[Item, ...], pace: float) -> dict[str, int]:
    """Frames of every sentence, as if each paragraph were spoken at that many words a minute."""
    found: dict[str, int] = {}
    run: list[str] = []
    for item in (*items, None):
        if isinstance(item, Sentence):
            run.append(item.text)
        elif run and not (isinstance(item, Silence) and item.most == frames(0.7)):
            count = sum(map(words, run))
            spoken = count * 60 / pace - 0.7 * (len(run) - 1)
            found |= {text: frames(max(0.4, spoken * words(text) / count)) for text in run}
            run = []
    return found | {item.text: frames(1) for item in items if isinstance(item, Breath) and item.text}


def material(script: Script, target: int, seed: str = "0", pace: float | None = None) -> Material:
    """What is arranged of a script for a target and a seed."""
    items = expand(script, Circumstances(target, seed))
    return Material(items, clips(items, pace or PACE * script.page.voice.pace), BELLS)


def heard(script: Script, pace: float | None = None) -> tuple[Heard, ...]:
    """A script at its three lengths, in every wording."""
    length, speed = script.page.length, pace or PACE * script.page.voice.pace
    found = []
    for which, target in (
        ("shortest", length.shortest),
        ("usual", length.usual),
        ("longest", length.longest),
    ):
        for turn in range(turns(script)):
            items = expand(script, Circumstances(target, "", turn=turn))
            found.append(Heard.of(script, which, target, Material(items, clips(items, speed), BELLS)))
    return tuple(found)


def findings(
    script: Script, loudness: Loudness | None = None, pace: float | None = None
) -> tuple[Finding, ...]:
    """What the criteria say of a script."""
    level = -20.0 if script.page.kind == "sleep" else -18.0
    return practised(script, Measured(heard(script, pace), loudness or Loudness(level, -6.0)))

"""The criteria of a session that is good to sit with: each with a slug, a number, and what it asks."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "hint"]
"""An error fails the check: somebody may be pushed, lost or startled. A warning is a figure outside of its
band. A hint is an aim, or something to know."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is counted."""

    number: int
    """In the rubric."""
    severity: Severity
    asks: str
    """What it asks of a session, in a sentence."""
    elsewhere: Severity | None = None
    """Its severity in a language that is not English; None where it is counted in English only."""
    guarded: bool = False
    """Whether it looks after the listener: an excuse for it is heard, and stays a warning."""


CRITERIA: dict[str, Criterion] = {
    # pace
    "silence": Criterion(
        1, "warning", "The share of silence at the usual length is in the band of its kind.", "warning"
    ),
    "words": Criterion(
        2, "warning", "The words a minute of the whole session are in the band of its kind.", "hint"
    ),
    "articulation": Criterion(
        3,
        "warning",
        "While it speaks, the voice says 95 to 130 words a minute; for sleep 115 at most.",
        "hint",
    ),
    "sleep-slows": Criterion(
        2,
        "warning",
        "A session for sleep grows slower: 20 words a minute or fewer before its last word.",
        "hint",
    ),
    # words
    "sentence-length": Criterion(
        4, "warning", "Sentences have 9 words on average, 19 of 20 have 18 at most, and none more than 25."
    ),
    "reading-grade": Criterion(
        5, "warning", "A child of ten could follow the words (Flesch-Kincaid 5); above 6.5 it is an error."
    ),
    "invitations": Criterion(
        10, "warning", "At least 18 % of the sentences hold a real option; aim for 25 %."
    ),
    "commands": Criterion(11, "error", "Nobody is told what they must, should or have to do.", guarded=True),
    "claims": Criterion(12, "error", "Nothing is claimed, and nobody is judged.", guarded=True),
    "originality": Criterion(
        13, "error", "No run of six words is another's.", elsewhere="error", guarded=True
    ),
    # rests
    "question-rest": Criterion(
        6, "error", "After a question there are 10 s or more to answer inwardly.", "error"
    ),
    "question-median": Criterion(6, "hint", "After half of the questions there are 12 s or more.", "hint"),
    "sleep-questions": Criterion(
        6, "error", "In the second half of a session for sleep nothing is asked any more.", "error"
    ),
    "gap": Criterion(7, "error", "Between sentences there is less than a second, or 3 s and more.", "error"),
    "run-on": Criterion(7, "error", "Nobody speaks for longer than 30 s without a gap of 3 s.", "error"),
    "long-quiet": Criterion(
        8, "error", "No quiet is longer than 45 s, or 90 s where it is announced.", "error"
    ),
    # safety
    "safety-offer": Criterion(
        9,
        "error",
        "Within a minute of the first word: eyes as one likes, the ways out, an anchor beside the breath.",
        "error",
        guarded=True,
    ),
    "reminder": Criterion(
        9, "error", "A session of ten minutes or more says the way out again, halfway.", "error", guarded=True
    ),
    "difficult": Criterion(
        15,
        "error",
        "What is difficult is kept small, and within 90 s something steady follows.",
        "error",
        guarded=True,
    ),
    "breath-hold": Criterion(16, "error", "No breath is held.", "error", guarded=True),
    "breath-pace": Criterion(
        16,
        "warning",
        "Paced breaths are slow (8 to 12 s), longer on the way out, and eight at most.",
        "warning",
    ),
    "breath-choice": Criterion(16, "warning", "Before paced breaths something else than breath is offered."),
    # shape
    "opening": Criterion(14, "warning", "The opening takes 8 to 18 % of the session.", "warning"),
    "core": Criterion(14, "warning", "The core takes half of the session or more.", "warning"),
    "return": Criterion(14, "error", "A session leads back before it ends; one for sleep does not.", "error"),
    "return-length": Criterion(14, "warning", "The return takes 6 to 13 % of the session.", "warning"),
    "senses": Criterion(14, "warning", "The return calls two senses or more outward: sight, sound, touch."),
    "sleep-end": Criterion(
        14,
        "error",
        "A session for sleep says its last word two minutes before its end, and wakes nobody.",
        "error",
    ),
    # sound
    "bells": Criterion(
        17,
        "error",
        "One bell at each end and no other; none at the end for sleep, none at the beginning of a quick one.",
        "error",
    ),
    "first-word": Criterion(
        17, "error", "The first word comes 8 s after the bell, or within 2 s in a quick session.", "error"
    ),
    "bed": Criterion(17, "error", "The sound under the voice is 20 dB below it or more.", "error"),
    "loudness": Criterion(17, "error", "The voice is at −18 LUFS, at −20 for sleep, to within 1.", "error"),
    "peak": Criterion(17, "error", "No peak of the voice is above −1 dBTP, for sleep above −3.", "error"),
    # reflection
    "reflection": Criterion(
        18, "warning", "Two to four questions follow; one after a quick session or sleep.", "warning"
    ),
    "reflection-length": Criterion(18, "warning", "A question for reflection has 18 words at most.", "hint"),
    "reflection-open": Criterion(18, "warning", "A question for reflection cannot be answered by yes or no."),
    "reflection-why": Criterion(18, "error", "A question for reflection does not ask why."),
    "reflection-order": Criterion(
        18, "hint", "The first question is about what was felt, the last about a help or a small step."
    ),
    "reflection-morning": Criterion(
        18, "warning", "After a session for sleep nothing is asked until morning.", "warning"
    ),
    # the whole
    "echo-else": Criterion(
        0,
        "warning",
        "Where the listener's own words may be played, something stands for who has recorded none.",
        "warning",
    ),
    "length": Criterion(
        19, "error", "It can be had at its shortest, its usual and its longest length.", "error"
    ),
    "ideas": Criterion(19, "hint", "It names two ideas of the course or more.", "hint"),
    "wordings": Criterion(0, "hint", "Every wording of it is looked at.", "hint"),
    "excuse": Criterion(0, "hint", "An excuse excuses something.", "hint"),
}
"""Every criterion by its slug, in the order in which they are explained."""

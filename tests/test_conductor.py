"""Sentences that come while the session plays: never a cut word, and the end where it was promised."""

import random
from dataclasses import dataclass

import pytest

from guide.arrange import Material
from guide.conductor import Conductor
from guide.duration import RATE, frames
from guide.expand import Item, Sentence, Silence, Strike
from guide.timeline import Timeline

TICK = frames(0.1)
BELL = {"bowl": frames(9)}


@dataclass(frozen=True)
class Run:
    """One simulated session."""

    timeline: Timeline
    late: int
    moved: list[str]
    """Sentences that moved though they were committed; there must be none."""
    unready: list[str]
    """Sentences whose start was committed without their clip; there must be none."""


def session(chance: random.Random) -> tuple[Item, ...]:
    """A random session of parts, sentences and rests, as long as real ones."""
    items: list[Item] = [Strike("bowl", frames(8))]
    number = 0
    for _ in range(chance.randint(4, 16)):
        for place in range(chance.randint(1, 5)):
            if place:
                items.append(Silence(frames(0.7), frames(0.7), frames(0.7), written=False))
            items.append(Sentence(f"{number}"))
            number += 1
        about = frames(chance.uniform(4, 25))
        least = min(about, max(frames(3), round(0.4 * about)))
        items.append(Silence(about, least, max(about, min(3 * about, frames(45)))))
    items.append(Strike("bowl", frames(9)))
    return tuple(items)


def play(
    items: tuple[Item, ...], real: dict[str, int], guess: dict[str, int], factor: float, target: int
) -> Run:
    """Play it in simulated time, the sentences spoken one after another from the first frame on."""
    conductor = Conductor(items, {}, BELL, target, guess.__getitem__)
    ready, clock = {}, 0.0
    for text in conductor.waiting:
        clock += factor * real[text]
        ready[text] = clock
    waiting = list(conductor.waiting)
    moved, unready, committed = [], [], dict[str, int]()
    given: set[str] = set()
    at = 0
    speech = conductor.timeline.speech()
    while at < conductor.timeline.frames:
        come = {}
        while waiting and ready[waiting[0]] <= at:
            text = waiting.pop(0)
            come[text] = real[text]
        given |= come.keys()
        if conductor.arrived(come, at):
            speech = conductor.timeline.speech()
            moved += [e.text for e in speech if committed.get(e.text, e.start) != e.start]
        while len(committed) < len(speech) and speech[len(committed)].start < at + frames(3):
            event = speech[len(committed)]
            committed[event.text] = event.start
            if event.text not in given:
                unready.append(event.text)
        at += TICK
    return Run(conductor.timeline, conductor.late, moved, unready)


def case(seed: int) -> tuple[tuple[Item, ...], dict[str, int], dict[str, int], float]:
    """A session with its real lengths, estimates wrong by up to ±40 %, and the voice's real-time factor."""
    chance = random.Random(seed)
    items = session(chance)
    texts = [item.text for item in items if isinstance(item, Sentence)]
    real = {text: frames(chance.uniform(1.2, 6)) for text in texts}
    bias = chance.uniform(-0.4, 0.4)
    spread = 0.4 - abs(bias)
    guess = {text: round(real[text] * (1 + bias + chance.uniform(-spread, spread))) for text in texts}
    return items, real, guess, chance.choice([0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.2, 1.5])


@pytest.mark.parametrize("seed", range(200))
def test_a_session_spoken_as_it_plays_ends_on_its_frame(seed: int) -> None:
    items, real, guess, factor = case(seed)
    shortest, longest = Material(items, real, BELL).reach()
    margin = 0.05
    chance = random.Random(seed + 1000)
    low, high = shortest * (1 + margin), longest * (1 - margin)
    target = round([low, high, chance.uniform(low, high)][seed % 3])
    run = play(items, real, guess, factor, target)
    assert run.moved == []
    assert run.unready == []
    speech = {event.text: event for event in run.timeline.speech()}
    assert all(speech[text].frames == length for text, length in real.items())
    written = [item for item in items if isinstance(item, Silence) and item.written]
    silences = [event for event in run.timeline.events if event.kind == "silence"]
    assert all(event.frames >= item.least for event, item in zip(silences, written, strict=True))
    if factor <= 0.9:
        assert run.timeline.frames == target, (factor, (run.timeline.frames - target) / RATE)
    if run.timeline.frames != target:
        assert factor > 0.9

"""What the shipped meditations promise beyond what `guide check --practice` counts in them."""

import functools
import re
from pathlib import Path

import pytest
from practising import heard, material

from guide.duration import frames
from guide.practice import Heard
from guide.practice.wording import written
from guide.script import Script, load

SCRIPTS = Path(__file__).parent.parent / "scripts"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.yaml"))
LENGTHS = ("shortest", "usual", "longest")
SEEDS = ("0", "1", "2", "3")

TOGETHER = re.compile(r"\b(we|us|our)\b", re.IGNORECASE)
"""Nobody sits here with the listener."""
SPELT_ALIKE = re.compile(
    r"\b(read|live|lives|tears?|close|wind|lead|minute|bow|content|wound)\b", re.IGNORECASE
)
"""What a voice may say as the other word that is spelt so."""


@functools.cache
def script(name: str) -> Script:
    return load(SCRIPTS / f"{name}.yaml", SCRIPTS)


@functools.cache
def every_way(name: str) -> tuple[Heard, ...]:
    return heard(script(name))


def kinds(*without: str) -> list[str]:
    """The sessions that are of other kinds."""
    return [name for name in NAMES if script(name).page.kind not in without]


every_name = pytest.mark.parametrize("name", NAMES)


@every_name
@pytest.mark.parametrize("pace", [105, 112, 125])
def test_every_length_can_be_had_with_a_slow_and_a_quick_voice(name: str, pace: float) -> None:
    page = script(name).page
    grid = range(page.length.shortest, page.length.longest + 1, frames(5))
    missed = [
        target
        for place, target in enumerate(grid)
        if not material(script(name), target, SEEDS[place % 4], pace * page.voice.pace).fits(target)
    ]
    assert missed == []


@every_name
def test_words_are_spoken_to_one_person_and_as_they_are_meant(name: str) -> None:
    texts = [one.text for one in written(script(name)) if one.said]
    assert [one for one in texts if TOGETHER.search(one) or SPELT_ALIKE.search(one)] == []


@pytest.mark.parametrize("name", kinds("quick", "sleep"))
def test_the_way_out_is_shown_again_and_nothing_has_to_happen(name: str) -> None:
    for one in every_way(name):
        middle = [part for part in one.parts("choice") if 25 <= one.share(part.start) <= 80]
        reminder = one.said(*middle)
        assert all(word in reminder for word in ("eyes", "feet", "three things")), one.which
        assert re.search(r"numb|nothing", reminder, re.IGNORECASE)
        assert re.search(r"\bcry", reminder, re.IGNORECASE)


@every_name
def test_a_reflection_is_offered_and_closed_in_words_of_its_own(name: str) -> None:
    reflection = script(name).page.reflection
    assert reflection is not None
    assert reflection.invite
    assert reflection.close


@pytest.mark.parametrize("name", kinds("quick", "sleep"))
def test_a_returning_listener_hears_other_words(name: str) -> None:
    usual = [one for one in every_way(name) if one.which == "usual"]
    for intent in ("arrive", "return", "wish"):
        words = {one.said(*one.parts(intent)) for one in usual if one.parts(intent)}
        assert len(words) >= 2 or (intent == "wish" and script(name).page.kind != "resting")


@pytest.mark.parametrize("length", LENGTHS)
def test_keeping_the_wall_is_called_fine_twice(length: str) -> None:
    for one in every_way("releasing-the-wall"):
        if one.which == length:
            whole = " ".join(sentence.text for sentence in one.sentences)
            assert len(re.findall(r"Keeping it up is [\w ]*fine", whole)) >= 2

"""The excuses of a script: what `guide check --practice` asks, and why this script does otherwise."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from guide.checking import entries
from guide.fields import Fault, Key
from guide.script.values import PLACE, Line, Placed

_FEW = 3
"""Words of a reason, at least."""
Reason: TypeAlias = Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuses(Placed):
    """Criteria of `guide check --practice` that this script does not meet, each with its reason."""

    silence: Reason | None = None
    """The share of silence at the usual length is in the band of its kind."""
    words: Reason | None = None
    """The words a minute of the whole session are in the band of its kind."""
    articulation: Reason | None = None
    """While it speaks, the voice says 95 to 130 words a minute; for sleep 115 at most."""
    sleep_slows: Annotated[Reason | None, Key("sleep-slows")] = None
    """A session for sleep grows slower: 20 words a minute or fewer before its last word."""
    sentence_length: Annotated[Reason | None, Key("sentence-length")] = None
    """Sentences have 9 words on average, 19 of 20 have 18 at most, and none more than 25."""
    reading_grade: Annotated[Reason | None, Key("reading-grade")] = None
    """A child of ten could follow the words (Flesch-Kincaid 5); above 6.5 it is an error."""
    invitations: Reason | None = None
    """At least 18 % of the sentences hold a real option; aim for 25 %."""
    commands: Reason | None = None
    """Nobody is told what they must, should or have to do."""
    claims: Reason | None = None
    """Nothing is claimed, and nobody is judged."""
    originality: Reason | None = None
    """No run of six words is another's."""
    question_rest: Annotated[Reason | None, Key("question-rest")] = None
    """After a question there are 10 s or more to answer inwardly."""
    question_median: Annotated[Reason | None, Key("question-median")] = None
    """After half of the questions there are 12 s or more."""
    sleep_questions: Annotated[Reason | None, Key("sleep-questions")] = None
    """In the second half of a session for sleep nothing is asked any more."""
    gap: Reason | None = None
    """Between sentences there is less than a second, or 3 s and more."""
    run_on: Annotated[Reason | None, Key("run-on")] = None
    """Nobody speaks for longer than 30 s without a gap of 3 s."""
    long_quiet: Annotated[Reason | None, Key("long-quiet")] = None
    """No quiet is longer than 45 s, or 90 s where it is announced."""
    safety_offer: Annotated[Reason | None, Key("safety-offer")] = None
    """Within a minute of the first word: eyes as one likes, the ways out, an anchor beside the breath."""
    reminder: Reason | None = None
    """A session of ten minutes or more says the way out again, halfway."""
    difficult: Reason | None = None
    """What is difficult is kept small, and within 90 s something steady follows."""
    breath_hold: Annotated[Reason | None, Key("breath-hold")] = None
    """No breath is held."""
    breath_pace: Annotated[Reason | None, Key("breath-pace")] = None
    """Paced breaths are slow (8 to 12 s), longer on the way out, and eight at most."""
    breath_choice: Annotated[Reason | None, Key("breath-choice")] = None
    """Before paced breaths something else than breath is offered."""
    opening: Reason | None = None
    """The opening takes 8 to 18 % of the session."""
    core: Reason | None = None
    """The core takes half of the session or more."""
    return_: Annotated[Reason | None, Key("return")] = None
    """A session leads back before it ends; one for sleep does not."""
    return_length: Annotated[Reason | None, Key("return-length")] = None
    """The return takes 6 to 13 % of the session."""
    senses: Reason | None = None
    """The return calls two senses or more outward: sight, sound, touch."""
    sleep_end: Annotated[Reason | None, Key("sleep-end")] = None
    """A session for sleep says its last word two minutes before its end, and wakes nobody."""
    bells: Reason | None = None
    """One bell at each end and no other; none at the end for sleep, none at the beginning of a quick one."""
    first_word: Annotated[Reason | None, Key("first-word")] = None
    """The first word comes 8 s after the bell, or within 2 s in a quick session."""
    bed: Reason | None = None
    """The sound under the voice is 20 dB below it or more."""
    loudness: Reason | None = None
    """The voice is at −18 LUFS, at −20 for sleep, to within 1."""
    peak: Reason | None = None
    """No peak of the voice is above −1 dBTP, for sleep above −3."""
    reflection: Reason | None = None
    """Two to four questions follow; one after a quick session or sleep."""
    reflection_length: Annotated[Reason | None, Key("reflection-length")] = None
    """A question for reflection has 18 words at most."""
    reflection_open: Annotated[Reason | None, Key("reflection-open")] = None
    """A question for reflection cannot be answered by yes or no."""
    reflection_why: Annotated[Reason | None, Key("reflection-why")] = None
    """A question for reflection does not ask why."""
    reflection_order: Annotated[Reason | None, Key("reflection-order")] = None
    """The first question is about what was felt, the last about a help or a small step."""
    reflection_morning: Annotated[Reason | None, Key("reflection-morning")] = None
    """After a session for sleep nothing is asked until morning."""
    echo_else: Annotated[Reason | None, Key("echo-else")] = None
    """Where the listener's own words may be played, something stands for who has recorded none."""
    length: Reason | None = None
    """It can be had at its shortest, its usual and its longest length."""
    ideas: Reason | None = None
    """It names two ideas of the course or more."""

    @classmethod
    def known(cls) -> tuple[str, ...]:
        """Every criterion that can be excused."""
        return tuple(key for key in entries(cls) if key != PLACE)

    def reasons(self) -> dict[str, str]:
        """The reasons, by the criterion that each excuses."""
        given = {key: getattr(self, entries(Excuses)[key].name) for key in self.known()}
        return {key: reason for key, reason in given.items() if reason is not None}

    def faults(self) -> list[Fault]:
        return [
            (f"say in a few words why '{key}' does not hold here", key)
            for key, reason in self.reasons().items()
            if len(reason.split()) < _FEW
        ]

"""Each criterion of `guide check --practice`: sessions that keep it, and the same broken in one place."""

import importlib
import pkgutil
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from meditations import SCRIPTS
from practising import INQUIRY, QUICK, SLEEP, findings, heard, written

from guide import practice
from guide.practice import CRITERIA, Finding, Loudness, Measured, original, practised, worded
from guide.practice.english import OPTION, claims, commands, held, leaves_eyes
from guide.script import Script, ScriptError, load_part
from guide.script.excuses import Excuses
from guide.script.models import Bed
from guide.script.schema import schema
from guide.script.values import Kind

BASES = {"inquiry": INQUIRY, "quick": QUICK, "sleep": SLEEP}


@dataclass(frozen=True)
class Broken:
    """A session that is changed in one place, and the one finding that comes of it."""

    criterion: str
    base: str
    old: str
    new: str
    says: str
    at: str = ""
    """What stands in the line of the finding; without it, that is the first line."""
    figure: float | None = None
    when: str = ""
    severity: str = ""
    also: tuple[str, ...] = ()
    """Other criteria that the same change breaks."""

    def __str__(self) -> str:
        return f"{self.criterion}-{self.base}"


TABLE = (Path(__file__).parent / "data" / "practice.yaml").read_text("utf-8")
BROKEN = [Broken(**one) for one in yaml.safe_load(TABLE)]


@pytest.mark.parametrize("base", BASES)
def test_a_session_that_keeps_everything_has_no_findings(base: str) -> None:
    assert findings(written(BASES[base])) == ()


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_what_breaks_a_criterion_is_found_at_its_place_with_its_figure(broken: Broken) -> None:
    before = BASES[broken.base]
    assert before.count(broken.old) >= 1
    text = before.replace(broken.old, broken.new, 1)
    told = findings(written(text))
    assert {one.criterion for one in told} <= {broken.criterion, *broken.also}
    (one,) = [one for one in told if one.criterion == broken.criterion and broken.says in one.message]
    assert one.severity == (broken.severity or CRITERIA[broken.criterion].severity)
    assert broken.at in text.splitlines()[one.place.line - 1]
    if broken.figure is not None:
        assert one.figure is not None
        assert one.figure.count == pytest.approx(broken.figure, abs=0.06)
        assert not one.figure.met
    if broken.when:
        assert broken.when in str(one)


def of(criterion: str, told: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in told if one.criterion == criterion]


def broken(criterion: str, place: int = 0) -> str:
    """The text of a session that breaks a criterion."""
    one = [one for one in BROKEN if one.criterion == criterion][place]
    return BASES[one.base].replace(one.old, one.new, 1)


# ── what needs more than one change ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "share", "severity"),
    [
        (r"\b(might|may|could|perhaps|whichever|can|whatever|if breath)\b", 3 / 22, "warning"),
        (r"\b(might|may|could|perhaps|whichever|can)\b", 5 / 22, "hint"),
    ],
)
def test_few_choices_are_a_warning_and_some_a_hint(words: str, share: float, severity: str) -> None:
    (one,) = of("invitations", findings(written(re.sub(words, "will", INQUIRY, flags=re.IGNORECASE))))
    assert one.figure is not None
    assert one.figure.count == pytest.approx(100 * share)
    assert one.severity == severity
    assert one.place.line == 1


def test_long_words_are_hard_to_follow_by_ear() -> None:
    text = re.sub(r"\b(feet|hands|floor|ground|look|edge)\b", "extraordinary considerations", INQUIRY)
    (one,) = of("reading-grade", findings(written(text)))
    assert one.figure is not None
    assert one.figure.count > 5
    assert f"reads like school year {one.figure.count:g}" in one.message


def test_sentences_are_short_on_average_and_nearly_all_of_them() -> None:
    text = re.sub(r"(?<=[a-z])\. (?=[A-Z])|(?<=[a-z])\.\n +(?=[A-Z])", " and so on and on, ", INQUIRY)
    targets = {one.figure.target for one in of("sentence-length", findings(written(text))) if one.figure}
    assert targets == {"9 words or less", "18 words or less", "25 words or less"}


def nines_and_tens(nines: int, tens: int) -> str:
    """A session of so many sentences of nine words, and of ten."""
    nine, ten = (
        "one two three four five six seven eight nine.",
        "one two three four five six seven eight nine ten.",
    )
    said = "".join(f"  - say: {text}\n  - pause: 4s\n" for text in [nine] * nines + [ten] * tens)
    return f"guide: 1\ntitle: Counted\nlength: {{shortest: 1m, usual: 1m, longest: 1m}}\nsteps:\n{said}"


@pytest.mark.parametrize(
    ("nines", "tens", "figures"),
    [(1, 0, []), (20, 1, []), (18, 2, [9.1]), (6, 5, [9.5]), (11, 9, [9.4]), (0, 1, [10.0])],
)
def test_the_mean_of_the_words_is_compared_as_it_is_told(nines: int, tens: int, figures: list[float]) -> None:
    told = of("sentence-length", findings(written(nines_and_tens(nines, tens))))
    assert [one.figure.count for one in told if one.figure] == figures
    assert all(f"a sentence has {figure:.1f} words on average" in told[0].message for figure in figures)


def quiet(arrive: float, core: float, back: float) -> str:
    """A session of a thousand seconds and no words, with these shares in percent, and the rest in no part."""
    left = 100 - arrive - core - back
    steps = "".join(
        f"  - part: A part\n    intent: {intent}\n    steps: [{{pause: {share * 10:.1f}s}}]\n"
        for intent, share in (("arrive", arrive), ("core", core), ("return", back))
    )
    head = "guide: 1\ntitle: Quiet\nlength: {shortest: 1000s, usual: 1000s, longest: 1000s}\n"
    return f"{head}steps:\n{steps}  - pause: {left * 10:.1f}s\n"


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        ((8, 50, 6), {}),
        ((18, 60, 13), {}),
        ((7.96, 49.96, 13.04), {}),
        ((7.5, 60, 10), {"opening": 7.5}),
        ((7.94, 60, 10), {"opening": 7.9}),
        ((18.06, 60, 10), {"opening": 18.1}),
        ((18.49, 60, 10), {"opening": 18.5}),
        ((10, 49.5, 10), {"core": 49.5}),
        ((10, 49.94, 10), {"core": 49.9}),
        ((10, 60, 5.94), {"return-length": 5.9}),
        ((10, 60, 13.06), {"return-length": 13.1}),
        ((10, 60, 13.4), {"return-length": 13.4}),
    ],
)
def test_shares_are_compared_as_they_are_told(
    shares: tuple[float, float, float], found: dict[str, float]
) -> None:
    told = findings(written(quiet(*shares)))
    counts = {
        one.criterion: one.figure.count
        for one in told
        if one.figure and one.criterion in {"opening", "core", "return-length"}
    }
    assert counts == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize(
    ("hard", "severity"),
    [
        ("feet|hands|floor|ground|look|edge", "warning"),
        ("feet|hands|floor|ground|look|edge|breath|stone", "error"),
    ],
)
def test_words_that_are_much_too_hard_are_a_mistake(hard: str, severity: str) -> None:
    text = re.sub(rf"\b({hard})\b(?!:)", "extraordinary considerations", INQUIRY)
    (one,) = of("reading-grade", findings(written(text)))
    assert one.figure is not None
    assert (one.severity, one.figure.count > 6.5) == (severity, severity == "error")
    assert one.figure.target == "5 or less"


def test_every_bell_is_counted() -> None:
    strike = "  - bell: {settle: 1s}\n"
    words = "  - say: Close your eyes.\n  - pause: 4s\n"
    end = "  - bell: {settle: 12s}\n"
    head = "guide: 1\ntitle: Bells\nlength: {shortest: 1m, usual: 1m, longest: 1m}\nsteps:\n"
    text = head + strike + words + 3 * strike + words + strike + words + 2 * end
    told = of("bells", findings(written(text)))
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "bell:" in line]
    assert [one.place.line for one in told] == [*lines[1:5], lines[6]]


def test_a_breath_that_need_not_be_held_is_no_finding() -> None:
    said = "Have another look, from where you are."
    assert not findings(written(INQUIRY.replace(said, "You need not hold your breath.")))
    assert of("breath-hold", findings(written(INQUIRY.replace(said, "You could hold your breath."))))


LONG = INQUIRY.replace(
    "shortest: 195s, usual: 200s, longest: 4m", "shortest: 5m, usual: 6m, longest: 10m"
).replace(
    "  - part: Looking\n    intent: core\n    steps:\n",
    "  - part: Looking\n    intent: core\n    steps:\n"
    "      - repeat: {times: 12, steps: [{say: There is moss.}, {rest: {about: 12s, most: 40s}}]}\n",
)


def test_ten_minutes_need_a_word_of_the_way_out_midway() -> None:
    (one,) = of("reminder", findings(written(LONG)))
    assert "stone.yaml:1:1: error: 10:00: a session of ten minutes or more" in str(one)
    silent = LONG.replace("part: Looking\n    intent: core", "part: Looking\n    intent: choice")
    assert of("reminder", findings(written(silent)))  # a choice that names no way out
    reminded = silent.replace("Have another look", "You can stop, or have another look")
    assert not of("reminder", findings(written(reminded)))
    for words, enough in (
        ("Close your eyes, and have", False),
        ("Close your eyes or open them, and have", True),
    ):
        eyes = silent.replace("Have another look", f"{words} another look")
        assert bool(of("reminder", findings(written(eyes)))) is not enough
    early = LONG.replace("intent: difficult", "intent: choice").replace("something small", "stopping")
    assert of("reminder", findings(written(early)))  # before a quarter of it is over


def test_an_announced_quiet_may_last_ninety_seconds_and_no_longer() -> None:
    quiet = "one of them is warmer.\n      - rest: {about: 12s, least: 80s, most: 80s}"
    told = findings(
        written(
            INQUIRY.replace(
                "one of them is warmer.\n      - rest: 12s", quiet.replace("about: 12s", "about: 80s")
            )
            .replace("    intent: resource", "    intent: announce", 1)
            .replace("longest: 4m", "longest: 6m")
        )
    )
    assert not of("long-quiet", told)
    text = INQUIRY.replace(
        "one of them is warmer.\n      - rest: 12s", "one of them is warmer.\n      - pause: 95s"
    )
    (one,) = of(
        "long-quiet", findings(written(text.replace("    intent: resource", "    intent: announce", 1)))
    )
    assert "the quiet from here is 95 s; even announced, 90 s are enough" in one.message
    assert text.splitlines()[one.place.line - 1].strip() == "- pause: 95s"


def test_steady_ground_comes_within_ninety_seconds() -> None:
    text = INQUIRY.replace(
        "rest: {about: 16s, least: 12s}", "pause: 40s\n      - say: Here it is.\n      - pause: 30s"
    )
    (one,) = of("difficult", findings(written(text)))
    assert one.figure is not None
    assert one.figure.count > 90
    assert "until something steady follows" in one.message


def test_eight_breaths_are_paced_at_most() -> None:
    text = INQUIRY.replace("rounds: 2", "rounds: 9").replace("longest: 4m", "longest: 6m")
    (one,) = of("breath-pace", findings(written(text)))
    assert "9 breaths are paced in all" in one.message
    assert "- breathe:" in text.splitlines()[one.place.line - 1]


def test_a_voice_is_neither_loud_nor_faint() -> None:
    told = findings(written(INQUIRY), Loudness(-15.5, -0.2))
    assert [(one.criterion, one.figure.count) for one in told if one.figure] == [
        ("loudness", -15.5),
        ("peak", -0.2),
    ]
    assert "not near -18" in told[0].message
    assert not findings(written(INQUIRY), Loudness(-18.9, -1.0))
    assert [one.criterion for one in findings(written(SLEEP), Loudness(-18.0, -2.0))] == ["loudness", "peak"]


def test_a_bed_is_far_under_the_voice() -> None:
    script = written(INQUIRY)  # in a file, a louder one is a problem already
    loud = replace(script, page=replace(script.page, ambience=Bed(sound="rain", level=-12.0)))
    (one,) = findings(loud)
    assert one.criterion == "bed"
    assert "12 dB below the voice" in one.message


def test_six_words_in_a_row_of_anothers_are_found_across_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    run = "feet meet the floor in their"
    monkeypatch.setattr(original, "hashes", lambda: frozenset({original.hashed(run)}))
    (one,) = findings(written(INQUIRY))
    assert one.criterion == "originality"
    assert one.about == run
    assert one.severity == "error"
    run = "be a letter it might be"
    monkeypatch.setattr(original, "hashes", lambda: frozenset({original.hashed(run)}))
    assert [one.about for one in findings(written(INQUIRY))] == [run]


def test_the_hashes_are_there() -> None:
    assert len(original.hashes()) > 1_400


@given(
    SCRIPTS, st.sampled_from(["body", "inquiry", "resting", "quick", "sleep"]), st.sampled_from(["en", "de"])
)
def test_whatever_a_script_holds_it_can_be_practised(script: Script, kind: Kind, language: str) -> None:
    other = replace(script, page=replace(script.page, kind=kind, language=language))
    for one in findings(other):
        assert one.figure is None or not one.figure.met or one.severity == "hint"
        assert "\n" not in str(one)
        assert one.data()["message"]


# ── every wording, every length, every part ──────────────────────────────────────────────────────────────

CHOICE = """\
      - choose:
          - - say: Here is one way to look.
            - rest: 12s
          - - choose:
                - - say: Here is another.
                  - rest: 12s
                - - say: You must look. What is there?
                  - pause: 5s
                - - say: And here is a third.
                  - rest: 12s
"""


def test_what_is_said_only_on_some_days_is_looked_at_too() -> None:
    text = INQUIRY.replace(
        "  - part: Looking\n    intent: core\n    steps:\n",
        f"  - part: Looking\n    intent: core\n    steps:\n{CHOICE}",
    )
    told = findings(written(text))
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "You must look" in line)
    assert [one.place.line for one in of("commands", told)] == [line]
    (rest,) = of("question-rest", told)
    assert rest.place.line == line
    assert rest.figure is not None
    assert rest.figure.count == pytest.approx(5.0)


def test_what_is_said_only_at_other_lengths_is_looked_at_too() -> None:
    text = INQUIRY.replace(
        "  - part: Looking\n",
        "  - part: Between\n    from: 210s\n    until: 220s\n    steps: [{say: You must look.}]\n"
        "  - part: Looking\n",
    )
    assert of("commands", findings(written(text)))


def test_what_is_only_shown_or_asked_afterwards_is_looked_at_too() -> None:
    marks = "  marks: {invite: You must mark it., of: [{key: weight, ask: You should weigh it}]}\n"
    close = "  invite: You have to speak.\n  close: You need to go.\n"
    told = of("commands", findings(written(INQUIRY + marks + close)))
    assert len(told) == 4
    assert {one.place.line for one in told} == {INQUIRY.count("\n") - 2}


def test_a_finding_in_a_part_names_the_part_and_the_session() -> None:
    text = INQUIRY.replace("  - part: Looking\n", "  - include: asked\n  - part: Looking\n")
    part = "guide: 1\nsteps:\n  - say: What is there?\n  - pause: 4s\n"
    (one,) = of("question-rest", findings(written(text, parts={"asked": part})))
    assert str(one).startswith("parts/asked.yaml:3:5: error: stone, ")
    assert one.session == "stone"


def test_a_part_alone_is_looked_at_for_its_words_and_breaths(tmp_path: Path) -> None:
    path = tmp_path / "parts" / "asked.yaml"
    path.parent.mkdir()
    path.write_text(
        "guide: 1\nsteps:\n  - say: You must look. What is there?\n  - pause: 1s\n"
        "  - breathe: {in: 4s, hold: 1s, out: 5s, rounds: 2}\n"
    )
    told = worded(load_part(path), str(path))
    assert [(one.criterion, one.place.line) for one in told] == [("commands", 3), ("breath-hold", 5)]


def test_a_script_whose_wordings_are_too_many_says_so() -> None:
    script = written(INQUIRY)
    (one,) = practised(script, Measured(heard(script), None, left=7))
    assert (one.criterion, one.severity) == ("wordings", "hint")


# ── other languages ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("one", BROKEN, ids=str)
def test_in_another_language_only_what_needs_none_is_counted(one: Broken) -> None:
    text = BASES[one.base].replace(one.old, one.new, 1).replace("guide: 1", "guide: 1\nlanguage: de", 1)
    told = findings(written(text))
    assert all(CRITERIA[found.criterion].elsewhere for found in told)
    by_words = ("this wakes", "asks for a held breath", "needs a size", "lacks that")
    if CRITERIA[one.criterion].elsewhere and not any(words in one.says for words in (*by_words, "the eyes")):
        assert of(one.criterion, told)


def test_of_a_language_without_spaces_no_words_are_counted() -> None:
    for criterion in ("words", "articulation"):
        text = broken(criterion).replace("guide: 1", "guide: 1\nlanguage: ja", 1)
        assert not of(criterion, findings(written(text)))


# ── excuses ──────────────────────────────────────────────────────────────────────────────────────────────

SLUGS = sorted(set(CRITERIA) - {"excuse", "wordings"})


@given(place=st.integers(0, len(BROKEN) - 1), slugs=st.sets(st.sampled_from(SLUGS), min_size=1, max_size=6))
def test_an_excuse_hides_nothing_and_changes_nothing_else(place: int, slugs: set[str]) -> None:
    one = BROKEN[place]
    text = BASES[one.base].replace(one.old, one.new, 1)
    before = findings(written(text))
    after = findings(
        written(text + "excuse:\n" + "".join(f"  {slug}: It is meant so here.\n" for slug in slugs))
    )
    kept = [found for found in after if found.criterion != "excuse"]
    assert [replace(found, severity="hint", excused="") for found in kept] == [
        replace(found, severity="hint") for found in before
    ]
    for found, old in zip(kept, before, strict=True):
        if found.criterion not in slugs:
            assert found == old
        else:
            assert found.excused == "It is meant so here."
            guarded = CRITERIA[found.criterion].guarded and old.severity != "hint"
            assert found.severity == ("warning" if guarded else "hint")
    idle = slugs - {found.criterion for found in before}
    assert len(of("excuse", after)) == len(idle)
    assert all(f"'{slug}'" in " ".join(found.message for found in of("excuse", after)) for slug in idle)


def test_an_excuse_that_excuses_nothing_is_told_at_its_place() -> None:
    text = INQUIRY + "excuse: {gap: Nothing is wrong with it.}\n"
    (one,) = findings(written(text))
    assert (one.criterion, one.severity, one.place.line) == ("excuse", "hint", text.count("\n"))


def test_an_excuse_says_why_and_names_a_criterion() -> None:
    with pytest.raises(ScriptError) as caught:
        written(INQUIRY + "excuse:\n  long-quit: The end is for sleeping.\n  gap: so\n")
    told = [problem.message for problem in caught.value.problems]
    assert told == [
        "unknown key 'long-quit'; did you mean 'long-quiet'?",
        "say in a few words why 'gap' does not hold here",
    ]


def test_every_criterion_can_be_named_in_an_excuse_and_is_tried_here() -> None:
    assert sorted(Excuses.known()) == SLUGS
    here, broken_here = Path(__file__).read_text("utf-8"), {one.criterion for one in BROKEN}
    assert [slug for slug in CRITERIA if slug not in broken_here and f'"{slug}"' not in here] == []


def test_what_each_criterion_asks_is_told_alike_everywhere() -> None:
    told = schema()["$defs"]["Excuses"]["properties"]
    page = (Path(__file__).parent.parent / "docs" / "practice.md").read_text("utf-8")
    for slug, criterion in CRITERIA.items():
        mark = " ◆" if criterion.guarded else ""
        elsewhere = criterion.elsewhere or "not counted"
        number = criterion.number or ""
        assert (
            f"| `{slug}`{mark} | {criterion.asks} | {criterion.severity} | {number} | {elsewhere} |" in page
        )
        if slug in SLUGS:
            assert told[slug]["description"] == criterion.asks
    (example,) = of("question-rest", findings(written(broken("question-rest"))))
    assert str(example) in page


# ── English ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "You must look.",
        "You should always breathe out.",
        "You really have to let go.",
        "Now you need to rest.",
        "Your eyes should be closed.",
        "Make sure that your back is straight.",
        "Do not move.",
        "Sit still, and don't move.",
        "Please don’t think.",
        "Never mind the noise.",
        "Force your breath to slow down.",
        "You will feel calm.",
        "You'll notice a warmth.",
        "Surrender to it.",
        "Trust me.",
        "You'll need to close your eyes.",
        "You’ll have to relax.",
        "You will have to relax.",
        "You will now really have to relax.",
        "You do need to rest.",
        "This is what you must do.",
        "Something you must do is rest.",
        "Anything you should do is small.",
        "All you must do is rest.",
        "We must rest.",
        "We should now rest.",
        "And we need to be still.",
        "One must rest.",
        "Rest, for now, and one should be still.",
        "One has to be still.",
        "You shall rest.",
        "You have got to rest.",
        "You've got to rest.",
        "You'd better rest.",
        "You are going to feel calm.",
        "You’re going to feel calm.",
        "You will soon feel calm.",
        "We will feel calm.",
        "Now do not move.",
        "Now, don't move.",
        "Rest here, and now do not move.",
        "Really, do not move.",
        "Today please do not move.",
        "Now never move.",
        "Never ever force it, and then force it.",
    ],
)
def test_a_command_is_known(text: str) -> None:
    assert commands(text)


@pytest.mark.parametrize(
    "text",
    [
        "There is nothing you need to do.",
        "You don't have to answer.",
        "You do not need to like it.",
        "No one you have to please is here.",
        "If you need to move, move.",
        "You may stop whenever you need to.",
        "What do you need to hear?",
        "If it does not suit you, stay with your hands.",
        "There is no need to force anything.",
        "Nothing has to happen, and you never have to say.",
        "It has carried heavier things, and never said a word.",
        "A force of nature, your aunt.",
        "Perhaps you do not know.",
        "It must have rained.",
        "You can keep all that you have.",
        "If you must move, move.",
        "There is nothing you must do.",
        "There is nobody that you should please.",
        "There is no place you must reach.",
        "There is nothing we need to mend.",
        "We do not have to mend it.",
        "There may be something you need to say.",
        "You may need to move a little.",
        "That one must be heavier.",
        "One must have been heavier.",
        "What do we need to hear?",
        "Your feet do not mind.",
        "Let it be, as those who don't know may do.",
        "You are going to bed.",
        "Shall we rest?",
    ],
)
def test_what_only_looks_like_a_command_is_not_one(text: str) -> None:
    assert commands(text) == []


def test_claims_are_known_and_health_is_none() -> None:
    for text in (
        "It heals.",
        "A cure.",
        "Rewire your brain.",
        "old traumas",
        "toxic people",
        "You’re safe here.",
        "You are really safe here.",
        "You are now safe.",
        "You are so safe.",
        "You are absolutely safe.",
        "You're so very safe.",
        "You are here now safe.",
        "You will be safe.",
        "You’ll always be safe.",
        "Notice that you are truly safe.",
    ):
        assert claims(text), text
    for text in (
        "Your health is yours.",
        "a safe enough place",
        "a curious cat",
        "It may be safe to stop.",
        "If you are safe where you are, stay.",
        "whether you are quite safe",
        "You are not really safe from rain.",
        "You are one of many who look for a safe place.",
        "You are here. Safe doors are rare.",
    ):
        assert claims(text) == [], text


def test_a_wish_is_no_choice_and_may_is_one() -> None:
    assert not OPTION.search("May I be on my own side.")
    assert OPTION.search("It may be nothing.")


def test_what_cannot_be_is_no_choice() -> None:
    for text in (
        "You can't get this wrong.",
        "You can’t get this wrong.",
        "You cannot get this wrong.",
        "You can not get this wrong.",
        "You couldn't do it badly.",
        "You could not do it badly.",
        "That may not be heavy.",
        "It might not be there.",
        "If not, stay with your hands.",
    ):
        assert not OPTION.search(text), text
    for text in ("You can stop.", "It may or may not be there.", "If nothing comes, rest.", "Or not."):
        assert OPTION.search(text), text
    assert OPTION.search("Begin when you’re ready.")


@pytest.mark.parametrize(
    "text",
    [
        "Your eyes can be open or closed.",
        "Eyes open is fine, and so is eyes closed.",
        "Keep your eyes open, or let them shut.",
        "Close your eyes if you like.",
        "Look about, or let your eyes fall shut, as you like.",
    ],
)
def test_eyes_are_left_open_or_closed(text: str) -> None:
    assert leaves_eyes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Close your eyes.",
        "Open your eyes.",
        "Close your eyes and open your hands.",
        "Close your eyes; you can't do it badly.",
        "You can be open or closed.",
    ],
)
def test_eyes_that_are_told_what_to_do_are_no_choice(text: str) -> None:
    assert not leaves_eyes(text)


SPOKEN = (
    "a", "'", " ", "a ", "a' ", ", ", "ly", "aly ", "you ", "you are ", "you aly ", "your a ", "no ",
    "no a you ", "now ", "now, ", "and now ", "do not ", "don't ", "n't", "force ", "forcing it ",
    "not to you ", "breathe in ", "breathe in hold ", "hold it in ", "hold your breath ", "one ", "never ",
    "if you ", "trauma", "open", "eyes ", "or ", "small", "notic", "\n", '…"',
)  # fmt: skip
"""What the expressions begin with, repeat and look back for: each is said over and over."""


def expressions() -> list[re.Pattern[str]]:
    """Every regular expression of the room, wherever a module of it keeps it."""
    names = [f"guide.practice.{one.name}" for one in pkgutil.iter_modules(practice.__path__)]
    kept = [value for name in names for value in vars(importlib.import_module(name)).values()]
    flat = [
        one
        for value in kept
        for one in (
            value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        )
    ]
    return list(dict.fromkeys(one for one in flat if isinstance(one, re.Pattern)))


ALL_OF_IT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
sys.path[:0] = {path}
from test_practice import SPOKEN, expressions
from guide.practice.english import claims, commands, held, leaves_eyes
looking = [pattern.findall for pattern in expressions()] + [claims, commands, held, leaves_eyes]
for words in SPOKEN:
    text = "you are " + words * (2**17 // len(words)) + "!"
    for look in looking:
        look(text)
print(len(looking))
"""


def test_long_texts_are_looked_at_in_a_time_that_grows_with_them() -> None:
    """Where a time grew with the square of the length, a minute would not do for one of them."""
    script = ALL_OF_IT.format(path=[str(Path(__file__).parent)])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 30


def test_a_held_breath_is_known() -> None:
    for text in (
        "Hold your breath.",
        "Breathe in and hold it.",
        "Stop the breath there, for three.",
        "Breathe in, do not hurry, and hold it.",
        "Why not hold your breath for three?",
        "If not, hold your breath.",
        "Without moving hold your breath.",
        "Nothing is lost: keep the breath in, and hold it there, a long breath.",
    ):
        assert held(text), text


def test_a_breath_that_need_not_be_held_is_not_asked_for() -> None:
    for text in (
        "Let the breath come, and keep it company.",
        "Hold the cup, and let the breath be.",
        "You need not hold your breath.",
        "You don’t have to hold the breath.",
        "There is no need to hold your breath.",
        "Nobody asks you to hold your breath.",
        "Let it come and go, without holding the breath.",
        "You are never asked to hold your breath here.",
        "Breathe out, rather than holding your breath.",
        "Breathe in, with no need to hold it.",
        "This is not about holding your breath.",
    ):
        assert held(text) == [], text

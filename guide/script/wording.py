"""What a model refuses, in words for the author."""

from collections.abc import Callable
from typing import Any

from guide.checking import Loc, Refusal
from guide.script.problems import listing, nearest, shown, tidy
from guide.script.shape_words import EXAMPLES, name_of
from guide.script.steps import STEPS
from guide.script.values import IDEA, LANGUAGE, SLUG

_LONGEST_VALUE = 200


_PATTERNS = {
    SLUG: "takes a name of small letters, digits and hyphens, like still-drone",
    IDEA: "takes ideas of the course, like S2 or S15",
    LANGUAGE: "takes the code of a language, like en, de or pt-BR",
}


def sentence(refusal: Refusal) -> str:
    """The message for what a model refused."""
    if refusal.kind == "missing":
        return _missing(refusal.loc, refusal.value)
    name = name_of(refusal.loc)
    write = _SENTENCES.get(refusal.kind)
    if write is None:
        return f"{name} cannot be {shown(str(refusal.value)[:_LONGEST_VALUE])}"
    return write(name, refusal.value, refusal.context)


def _missing(loc: Loc, mapping: Any) -> str:
    """The message for a key, the last one of `loc`, that is not in a mapping."""
    *above, word = loc
    if not above:
        return (
            "a script begins with 'guide: 1'"
            if word == "guide"
            else f"'{word}' is missing; a script needs it"
        )
    owner = next((key for key in mapping if key in STEPS), above[-1])
    if isinstance(owner, int):
        return f"each of {name_of(tuple(above))} needs '{word}'"
    example = EXAMPLES.get(owner, "")
    return f"'{owner}' needs '{word}'" + (f", like '{example}'" if str(word) in example else "")


def repaired(refusal: Refusal) -> str | None:
    """The word that was surely meant by one that does not exist."""
    if refusal.kind != "word" or not isinstance(refusal.value, str):
        return None
    return nearest(refusal.value, refusal.context)


def _word(name: str, value: Any, known: tuple[str, ...]) -> str:
    if name == "'guide'":
        return f"this is version {shown(str(value))} of the language; write 'guide: 1'"
    near = nearest(str(value), known)
    hint = f"; did you mean '{near}'?" if near else f"; it takes {listing(known)}"
    return f"{name} does not know {shown(str(value))}{hint}"


def _too_few(name: str, value: Any, least: int) -> str:
    if name == "'steps'":
        return "'steps' is empty; give it at least one step, like '- say: Welcome.'"
    return f"{name} needs {least} or more, not {len(value)}"


_SENTENCES: dict[str, Callable[[str, Any, Any], str]] = {
    "word": _word,
    "whole": lambda name, value, _: f"{name} is a whole number, not {shown(str(value))}",
    "number": lambda name, value, _: f"{name} is a number, not {shown(str(value))}",
    "least": lambda name, _, least: f"{name} must be {least:g} or more",
    "most": lambda name, _, most: f"{name} must be {most:g} or less",
    "few": _too_few,
    "many": lambda name, _, most: f"{name} has more than {most:,} entries",
    "long": lambda name, _, most: f"{name} has more than {most:,} letters",
    "form": lambda name, value, pattern: (
        f"{name} {_PATTERNS.get(pattern, 'has another form')}, not {shown(value)}"
    ),
    "reading": lambda name, _, problem: f"{name}: {tidy(problem)}",
}

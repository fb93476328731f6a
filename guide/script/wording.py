"""What a model found wrong, in words for the author."""

from collections.abc import Callable, Mapping
from typing import Any

from guide.script.problems import listing, nearest, shown, tidy
from guide.script.shape_words import EXAMPLES, name_of
from guide.script.values import IDEA, LANGUAGE, SLUG
from guide.script.wanted import Loc

_LONGEST_VALUE = 200


_PATTERNS = {
    SLUG: "takes a name of small letters, digits and hyphens, like still-drone",
    IDEA: "takes ideas of the course, like S2 or S15",
    LANGUAGE: "takes the code of a language, like en, de or pt-BR",
}

_BOUNDS = {"greater_than_equal": ("ge", "{} or more"), "less_than_equal": ("le", "{} or less")}


def sentence(kind: str, value: Any, context: Mapping[str, Any], loc: Loc) -> str:
    """The message for an error of a model: its kind, the value that was given, and where."""
    name = name_of(loc)
    if kind in _BOUNDS:
        limit, words = _BOUNDS[kind]
        return f"{name} must be {words.format(_number(context[limit]))}"
    write = _SENTENCES.get(kind)
    return write(name, value, context) if write else f"{name} cannot be {shown(str(value)[:_LONGEST_VALUE])}"


def missing(loc: Loc) -> str:
    """The message for a key that is not there; `loc` is a model's own, and ends with the key."""
    *above, word = loc
    if not above:
        return (
            "a script begins with 'guide: 1'"
            if word == "guide"
            else f"'{word}' is missing; a script needs it"
        )
    if isinstance(above[-1], int):
        return f"each of {name_of(tuple(above))} needs '{word}'"
    example = EXAMPLES.get(above[-1], "")
    return f"'{above[-1]}' needs '{word}'" + (f", like '{example}'" if str(word) in example else "")


def repaired(kind: str, value: Any, context: Mapping[str, Any]) -> str | None:
    """The word that was surely meant by one that does not exist."""
    return nearest(value, _expected(context)) if kind == "literal_error" and isinstance(value, str) else None


def _expected(context: Mapping[str, Any]) -> list[str]:
    return str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")


def _number(value: float) -> str:
    return f"{value:g}"


def _literal(name: str, value: Any, context: Mapping[str, Any]) -> str:
    known = _expected(context)
    if name == "'guide'":
        return f"this is version {shown(str(value))} of the language; write 'guide: 1'"
    near = nearest(str(value), known)
    hint = f"; did you mean '{near}'?" if near else f"; it takes {listing(known)}"
    return f"{name} does not know {shown(str(value))}{hint}"


def _whole_number(name: str, value: Any, _: Mapping[str, Any]) -> str:
    return f"{name} is a whole number, not {shown(str(value))}"


def _any_number(name: str, value: Any, _: Mapping[str, Any]) -> str:
    return f"{name} is a number, not {shown(str(value))}"


def _too_few(name: str, _: Any, context: Mapping[str, Any]) -> str:
    if name == "'steps'":
        return "'steps' is empty; give it at least one step, like '- say: Welcome.'"
    return f"{name} needs {context['min_length']} or more, not {context['actual_length']}"


_SENTENCES: dict[str, Callable[[str, Any, Mapping[str, Any]], str]] = {
    "duration": lambda name, _, context: f"{name}: {tidy(str(context['problem']))}",
    "literal_error": _literal,
    "int_parsing": _whole_number,
    "int_parsing_size": _whole_number,
    "int_from_float": _whole_number,
    "float_parsing": _any_number,
    "too_short": _too_few,
    "too_long": lambda name, _, context: f"{name} has more than {context['max_length']:,} entries",
    "string_too_long": lambda name, _, context: f"{name} has more than {context['max_length']:,} letters",
    "string_pattern_mismatch": lambda name, value, context: (
        f"{name} {_PATTERNS.get(context['pattern'], 'has another form')}, not {shown(value)}"
    ),
}

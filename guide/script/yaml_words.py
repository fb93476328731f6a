"""What YAML parsers complain about, in words for someone who is writing a meditation.

The fast parser and the one in plain Python word and place their complaints differently, so this looks at the
text too.
"""

from typing import Any

import yaml

from guide.script.problems import shown

_RULES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("maximum nesting",), "lists are nested too deep here"),
    (
        ("mapping values are not allowed",),
        "a second ': ' on one line; put the text in quotes, or on a line of its own under '|'",
    ),
    (
        ("block end", "did not find expected key", "expected '-' indicator", "document start"),
        "this does not fit what stands above it; look at the indentation and the quotation marks",
    ),
    (
        ("',' or '}'", "',' or ']'", "node content", "flow"),
        "something is wrong inside '{ }' or '[ ]' here; write each entry on a line of its own",
    ),
    (
        ("escape", "hexdecimal", "hexadecimal"),
        "after a backslash this cannot stand in double quotes; use single quotes",
    ),
    (
        ("alphabetic or numeric", "alias", "anchor"),
        "a text that begins with '*' or '&' needs quotation marks",
    ),
    (("tag", "handle"), "a text that begins with '!' needs quotation marks"),
    (("directive", "version"), "a text that begins with '%' needs quotation marks"),
    (("indentation",), "look at the indentation of this line"),
)


def in_plain_words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int, str]:
    """Line, column (from 1) and a sentence for the parser's complaint about a text."""
    said = f"{error.context or ''} {error.problem or ''}"
    mark: Any = error.problem_mark or error.context_mark
    opened: Any = error.context_mark
    if mark is None:
        return 1, 1, "this is not YAML"
    here = text[mark.index : mark.index + 1]
    if "quoted scalar" in said and opened is not None and "escape" not in said and "hex" not in said:
        return opened.line + 1, opened.column + 1, "a quotation mark opens here and is never closed"
    if "expected ':'" in said and opened is not None:
        return opened.line + 1, opened.column + 1, "a ':' is missing after this, or its indentation is wrong"
    if "mapping values" in said and ":" not in text[text.rfind("\n", 0, mark.index) + 1 : mark.index]:
        message = "this line is indented too far, or a ':' is missing in the one above"
        return mark.line + 1, mark.column + 1, message
    back = int("escape" in said and text[mark.index - 1 : mark.index] == "\\")  # one parser is past it
    return mark.line + 1, mark.column + 1 - back, _sentence(said, here)


def _sentence(said: str, here: str) -> str:
    if here == "\t":
        return "a tab stands here; indent with spaces"
    if "cannot start any token" in said and here:
        return f"a text that begins with {shown(here)} needs quotation marks"
    for signs, sentence in _RULES:
        if any(sign in said for sign in signs):
            return sentence
    return "this is not YAML that can be read; look at the indentation and the quotation marks"

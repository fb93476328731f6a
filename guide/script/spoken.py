"""What may stand in a text that is spoken: words, and the placeholders for the listener's name."""

import re
from collections.abc import Iterator

from guide.script.models import placeholders
from guide.script.nodes import Text
from guide.script.problems import nearest, shown

SPOKEN = frozenset({"say", "ask", "invite", "close"})
"""The keys whose texts are spoken."""

_NAME = re.compile(r"name(\|[^{}|]*)?")
_BRACE = re.compile(r"[{}]")


def complaints(node: Text, source: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and sentence for all that cannot be spoken in a text; `source` is the file around it."""
    if not any(letter.isalnum() for letter in node.text):
        yield node.line, node.column, "there is no word to speak in this text"
    searched = node.start
    for token in placeholders(node.text):
        written = f"{{{token}}}"
        place = source.find(written, searched, node.end)
        if place >= 0:
            searched = place + len(written)
        if not _NAME.fullmatch(token):
            yield *_spot(node, source, place), f"unknown placeholder {shown(written)}; {_meant(token)}"
    left = node.text
    for token in placeholders(node.text):
        left = left.replace(f"{{{token}}}", "", 1)
    if brace := _BRACE.search(left):
        place = source.find(brace[0], node.start, node.end) if left == node.text else -1
        yield (
            *_spot(node, source, place),
            f"a '{brace[0]}' stands alone here; write {{name}} or {{name|friend}}",
        )


def _meant(token: str) -> str:
    word, bar, _ = token.partition("|")
    if nearest(word, ["name"]):
        return f"did you mean '{{name{'|friend' if bar else ''}}}'?"
    return "there are {name} and {name|friend}"


def _spot(node: Text, source: str, place: int) -> tuple[int, int]:
    if place < 0:
        return node.line, node.column
    before = source[node.start : place]
    if "\n" not in before:
        return node.line, node.column + len(before)
    return node.line + before.count("\n"), len(before) - before.rfind("\n")

"""What may stand in a text that is spoken: words, and the placeholders for the listener's name."""

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import islice

from guide.script.nodes import Text
from guide.script.problems import nearest, shown

SPOKEN = frozenset({"say", "ask", "invite", "close"})
"""The keys whose texts are spoken."""

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_NAME = re.compile(r"\{name(\|[^{}|]*)?\}")
_BRACE = re.compile(r"[{}]")


def complaints(node: Text, source: str, most: int) -> tuple[list[tuple[int, int, str]], int]:
    """All that cannot be spoken in a text: line, column and sentence of `most` places, and how many are left.

    `source` is the file around the text.
    """
    faults = dict.fromkeys(_faults(node, source))
    told = [(*_spot(node, source, place), _sentence(what)) for place, what in islice(faults, most)]
    return told, len(faults) - len(told)


def _faults(node: Text, source: str) -> Iterator[tuple[int, str]]:
    """Where something wrong stands in the file, -1 where it is written otherwise there, and what it is."""
    if not any(letter.isalnum() for letter in node.text):
        yield -1, ""
    written: defaultdict[str, deque[int]] = defaultdict(deque)
    for found in _PLACEHOLDER.finditer(source, node.start, node.end):
        written[found[0]].append(found.start())
    after = node.start
    for token in _PLACEHOLDER.findall(node.text):
        places = written[token]
        while places and places[0] < after:
            places.popleft()
        place = places.popleft() if places else -1
        after = max(after, place)
        if not _NAME.fullmatch(token):
            yield place, token
    left = _PLACEHOLDER.sub("", node.text)
    if brace := _BRACE.search(left):
        yield source.find(brace[0], node.start, node.end) if left == node.text else -1, brace[0]


def _sentence(what: str) -> str:
    match what:
        case "":
            return "there is no word to speak in this text"
        case "{" | "}":
            return f"a '{what}' stands alone here; write {{name}} or {{name|friend}}"
        case _:
            return f"unknown placeholder {shown(what)}; {_meant(what[1:-1])}"


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

"""From the tree of a file to plain data of the right shape: known keys, known steps, text where text belongs.

Which keys belong where is read from the models. A misspelt word that is surely meant is complained about and
then taken for the word that was meant, so that what stands below it is checked in the same run.
"""

from dataclasses import dataclass, field
from typing import Any

from guide.checking import Loc
from guide.fields import Model
from guide.script.models import PLACE, STEPS, Place, Placed
from guide.script.nodes import Listing, Mapping, Node, Nothing, Text
from guide.script.problems import MOST_TOLD, Problem, listing, nearest, shown
from guide.script.shape_words import ALONE, name_of, no_step, nothing_there, wrong_kind
from guide.script.spoken import SPOKEN, complaints
from guide.script.wanted import Want, wants

MAX_PARTS = 16
"""Parts, repeats and choices within each other."""

_Pair = tuple[Node, Node]

_GONE: Any = object()


@dataclass(slots=True)
class Shaped:
    """A file as plain data, with all that was noticed on the way."""

    data: Any
    problems: list[Problem] = field(default_factory=list)
    more: int = 0
    """Problems beside those, which were only counted: there are too many to be read."""
    spots: dict[Loc, Node] = field(default_factory=dict)
    """What stands where; a model's error is placed by it."""
    gaps: set[Loc] = field(default_factory=set)
    """What was left out of the data because it was complained about."""


def shape(root: Node, model: type[Model], path: str, source: str) -> Shaped:
    """The data of a file that should be a `model`; a stand-in takes the place of each step that is none."""
    shaper = _Shaper(path, source)
    data = shaper.value(root, Want("mapping", model=model), ())
    result = shaper.result
    result.data = {} if data is _GONE else data
    return result


class _Shaper:
    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source
        self.result = Shaped(None)
        self._within = 0
        self._room = MOST_TOLD

    def complain(self, node: Node, message: str) -> None:
        self.result.problems.append(Problem(self.path, node.line, node.column, message))

    def value(self, node: Node, wanted: Want, loc: Loc) -> Any:
        """The data of a node, or _GONE when it is not of the shape that is wanted."""
        self.result.spots[loc] = node
        match wanted.kind, node:
            case _, Nothing():
                if not node.reported:
                    self.complain(node, nothing_there(loc))
            case "text", Text():
                return self._text(node, loc)
            case "mapping", Mapping() if wanted.model:
                return self._mapping(node, wanted.model, loc)
            case "mapping", Text() if wanted.model and wanted.model.short:
                return self._text(node, loc)
            case "steps", Listing():
                return self._steps(node, loc)
            case "list", Listing() if wanted.item:
                return self._items(node, wanted.item, loc)
            case _:
                self.complain(node, wrong_kind(node, wanted, loc))
        return _GONE

    def _items(self, node: Listing, wanted: Want, loc: Loc) -> Any:
        items = [self.value(item, wanted, (*loc, index)) for index, item in enumerate(node.items)]
        return _GONE if any(item is _GONE for item in items) else items

    def _text(self, node: Text, loc: Loc) -> Any:
        if not node.text.strip():
            self.complain(node, f"{name_of(loc)} is empty")
            return _GONE
        if loc and loc[-1] in SPOKEN:
            told, more = complaints(node, self.source, self._room)
            self._room -= len(told)
            self.result.more += more
            self.result.problems += [Problem(self.path, *complaint) for complaint in told]
        return node.text

    def _mapping(self, node: Mapping, model: type[Model], loc: Loc) -> dict[str, Any]:
        known = wants(model)
        data: dict[str, Any] = {}
        if issubclass(model, Placed):
            data[PLACE] = Place(self.path, node.line, node.column)
        for word, value in self._entries(node, known):
            result = self.value(value, known[word], (*loc, word))
            if result is _GONE:
                self.result.gaps.add((*loc, word))
            else:
                data[word] = result
        return data

    def _entries(self, node: Mapping, known: dict[str, Want]) -> list[tuple[str, Node]]:
        """The known keys of a mapping and their values; all else about its keys is complained about."""
        written = {key.text for key, _ in node.pairs if isinstance(key, Text)}
        seen: dict[str, int] = {}
        entries: list[tuple[str, Node]] = []
        cut = self._cut_text(node)
        for key, value in node.pairs[:cut]:
            if not isinstance(key, Text):
                if not (isinstance(key, Nothing) and key.reported):
                    self.complain(key, "a key is one word, followed by ':'")
                continue
            word = key.text
            if word not in known:
                free = [other for other in known if other not in written and other not in seen]
                near = nearest(word, free)
                hint = f"did you mean '{near}'?" if near else f"here there are {listing(list(known), 'and')}"
                self.complain(key, f"unknown key {shown(word)}; {hint if len(known) > 1 else ALONE}")
                if near is None:
                    continue
                word = near
            if word in seen:
                self.complain(key, f"'{word}' stands here twice; the first is on line {seen[word]}")
                continue
            seen[word] = key.line
            entries.append((word, _named_gap(key, value)))
        return entries

    def _cut_text(self, node: Mapping) -> int:
        """Where `{say: Eyes open, or closed.}` was cut at its comma: so many entries are meant as such."""
        if not node.flow:
            return len(node.pairs)
        for index, ((_, before), (key, value)) in enumerate(zip(node.pairs, node.pairs[1:], strict=False), 1):
            if not (isinstance(before, Text) and before.plain and isinstance(key, Text)):
                continue
            if isinstance(value, Nothing) and not value.reported and value.start >= key.end:
                self.complain(
                    key,
                    f"text inside {{ }} ends at a comma, and {shown(key.text)} was cut off; "
                    "write it on a line of its own, without braces, or put it in quotes",
                )
                return index
        return len(node.pairs)

    def _steps(self, node: Listing, loc: Loc) -> Any:
        if self._within >= MAX_PARTS:
            self.complain(node, f"parts are nested more than {MAX_PARTS} deep")
            return _GONE
        self._within += 1
        steps = [self._step(item, (*loc, index)) for index, item in enumerate(node.items)]
        self._within -= 1
        return steps

    def _step(self, node: Node, loc: Loc) -> dict[str, Any]:
        self.result.spots[loc] = node
        place = Place(self.path, node.line, node.column)
        if isinstance(node, Text) and node.plain and node.text == "bell":
            return {"bell": {}, PLACE: place}
        if isinstance(node, Mapping) and node.pairs:
            return self._worded(node, loc, place)
        if not (isinstance(node, Nothing) and node.reported):
            self.complain(node, no_step(node))
        return stand_in(place)

    def _worded(self, node: Mapping, loc: Loc, place: Place) -> dict[str, Any]:
        """The data of a step that is written as a mapping."""
        pairs = node.pairs[: self._cut_text(node)]
        found = self._one_step(pairs) or self._meant_step(pairs)
        if found is None:
            return stand_in(place)
        word, pairs = found
        data = self._mapping(Mapping(node.line, node.column, pairs=pairs), STEPS[word], loc)
        if word == "part":
            data.setdefault("part", "…")  # its name is complained about; its steps deserve their check
        return data if word in data else stand_in(place)

    def _one_step(self, pairs: list[_Pair]) -> tuple[str, list[_Pair]] | None:
        """The first step's word among some keys; a second one is complained about, and left out."""
        word: str | None = None
        kept: list[_Pair] = []
        for key, value in pairs:
            if isinstance(key, Text) and key.text in STEPS and word not in (None, key.text):
                self.complain(
                    key,
                    f"'{word}' and '{key.text}' in one step; begin '{key.text}' on its own line with '- '",
                )
                continue
            if isinstance(key, Text) and key.text in STEPS:
                word = key.text
            kept.append((key, value))
        return (word, kept) if word else None

    def _meant_step(self, pairs: list[_Pair]) -> tuple[str, list[_Pair]] | None:
        """Complain about a mapping that is no step, and guess which was meant."""
        keys = [(index, key) for index, (key, _) in enumerate(pairs) if isinstance(key, Text)]
        if not keys and isinstance(pairs[0][0], Nothing) and pairs[0][0].reported:
            return None
        if not keys:
            self.complain(pairs[0][0], "a step begins with one word and ':', like 'say:'")
            return None
        first = keys[0][1]
        if first.text in wants(STEPS["part"]):
            self.complain(first, "a part begins with its name, like '- part: Settling'")
            return "part", [(Text(first.line, first.column, text="part"), Text(0, 0, text="…")), *pairs]
        for index, key in keys:
            if near := nearest(key.text, STEPS):
                self.complain(key, f"unknown step {shown(key.text)}; did you mean '{near}'?")
                meant = Text(key.line, key.column, key.start, key.end, text=near)
                return near, [*pairs[:index], (meant, pairs[index][1]), *pairs[index + 1 :]]
        self.complain(first, f"unknown step {shown(first.text)}; the steps are {listing(list(STEPS), 'and')}")
        return None


def stand_in(place: Place) -> dict[str, Any]:
    """A step that does nothing, in the place of one that is wrong, so that the others keep their numbers."""
    return {"pause": 0, PLACE: place}


def _named_gap(key: Node, value: Node) -> Node:
    """The value, or the place of its key where nothing was written."""
    if isinstance(value, Nothing):
        return Nothing(key.line, key.column, key.start, key.end, reported=value.reported)
    return value

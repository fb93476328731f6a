"""Models are made from plain data, whole; what cannot be made is refused, and every reason is told."""

import math
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.checking import Refusal, check, entries
from guide.fields import Bounds, ByWord, Fault, Form, Key, Model, Reads, Size
from guide.script.models import PLACE, Part, Place, Rest, RestLength, ScriptFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Cup(Model):
    short = "size"

    size: Annotated[int, Bounds(1, 9)]
    filled: Annotated[int, Bounds(0, 9)] = 0

    def faults(self) -> list[Fault]:
        full = self.filled > self.size
        return [("it spills", "filled"), ("and it is wet", "size")] if full else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Pour(Model):
    pour: Cup


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve(Model):
    serve: Annotated[tuple["Step", ...], Size(1)]


Step = Annotated[Pour | Serve, ByWord({"pour": Pour, "serve": Serve})]


def _minutes(text: str) -> int:
    if not text.endswith("m"):
        raise ValueError(f"no minutes in {text}")
    return int(text[:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tea(Model):
    leaf: Annotated[str, Size(2, 5), Form("[a-z]*")]
    grams: Annotated[float, Bounds(0.5, 8)] = 3.0
    steeps: Annotated[int, Reads(_minutes), Bounds(1)] = 4
    kind: Literal["green", "black"] = "green"
    from_: Annotated[Annotated[str, Size(most=4)] | None, Key("from")] = None
    cups: Annotated[tuple[Cup, ...], Size(1, 2)] = (Cup(size=2),)
    notes: dict[str, Annotated[str, Size(1)]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    place: Place | None = None


def _refusals(data: Any, model: type[Model] = Tea) -> list[Refusal]:
    made, refusals = check(model, data)
    assert (made is None) == bool(refusals)
    return refusals


def test_a_good_page_is_built_whole() -> None:
    here = Place("tea.yaml", 3, 1)
    made, refusals = check(
        Tea,
        {
            "leaf": "sen",
            "grams": "8",
            "steeps": "3m",
            "kind": "black",
            "from": "Uji",
            "cups": [{"size": "2", "filled": "1"}, "4"],
            "notes": {"first": "Quiet."},
            "steps": [{"pour": "3"}, {"serve": [{"pour": {"size": "1"}}]}],
            "place": here,
        },
    )
    assert refusals == []
    assert made == Tea(
        leaf="sen",
        grams=8.0,
        steeps=3,
        kind="black",
        from_="Uji",
        cups=(Cup(size=2, filled=1), Cup(size=4)),
        notes={"first": "Quiet."},
        steps=(Pour(pour=Cup(size=3)), Serve(serve=(Pour(pour=Cup(size=1)),))),
        place=here,
    )


def test_what_is_left_out_is_as_it_comes() -> None:
    assert check(Tea, {"leaf": "sen"}) == (Tea(leaf="sen"), [])


def test_what_is_made_stays_as_it_is() -> None:
    made, _ = check(Cup, {"size": "2"})
    assert made is not None
    with pytest.raises(FrozenInstanceError):
        made.size = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "value", "kind", "context"),
    [
        ("leaf", "x", "short", 2),
        ("leaf", "sencha", "long", 5),
        ("leaf", "Sen", "form", "[a-z]*"),
        ("leaf", "sen\n", "form", "[a-z]*"),
        ("leaf", ["sen"], "text", None),
        ("leaf", 7, "text", None),
        ("grams", "some", "number", None),
        ("grams", "0.4", "least", 0.5),
        ("grams", "8.01", "most", 8),
        ("grams", "1e999", "most", 8),
        ("grams", ["3"], "number", None),
        ("steeps", "3h", "reading", "no minutes in 3h"),
        ("steeps", "0m", "least", 1),
        ("steeps", "-5m", "least", 1),
        ("steeps", 2.5, "whole", None),
        ("kind", "grey", "word", ("green", "black")),
        ("kind", ["green"], "word", ("green", "black")),
        ("from", "Kyoto", "long", 4),
        ("cups", [], "few", 1),
        ("cups", ["1", "2", "3"], "many", 2),
        ("cups", "2", "list", None),
        ("notes", "Quiet.", "mapping", None),
        ("place", "here", "other", None),
        ("from_", "Uji", "unknown", tuple(entries(Tea))),
        ("milk", "no", "unknown", tuple(entries(Tea))),
    ],
)
def test_every_limit_refuses_and_says_why(key: str, value: Any, kind: Any, context: Any) -> None:
    assert _refusals({"leaf": "sen"} | {key: value}) == [Refusal(kind, (key,), value, context)]


@pytest.mark.parametrize("data", ["tea", ["tea"], None, 7])
def test_what_is_no_mapping_is_refused(data: Any) -> None:
    assert _refusals(data) == [Refusal("mapping", (), data)]


def test_a_missing_key_is_told_with_the_mapping_it_is_missing_in() -> None:
    assert _refusals({}) == [Refusal("missing", ("leaf",), {})]
    assert _refusals({"leaf": "sen", "cups": [{}]}) == [Refusal("missing", ("cups", 0, "size"), {})]


def test_all_that_is_wrong_is_told_in_one_run_each_with_its_place() -> None:
    data = {
        "grams": "9",
        "cups": ["0", {"filled": "x"}, "1"],
        "notes": {"first": "", "second": "Warm."},
        "steps": [{"pour": "1"}, {"stir": "1"}, "pour", {"serve": [{"pour": {"size": "20"}}]}],
        "milk": "no",
    }
    assert [(refusal.kind, refusal.loc) for refusal in _refusals(data)] == [
        ("missing", ("leaf",)),
        ("most", ("grams",)),
        ("least", ("cups", 0, "size")),
        ("missing", ("cups", 1, "size")),
        ("whole", ("cups", 1, "filled")),
        ("many", ("cups",)),
        ("short", ("notes", "first")),
        ("word", ("steps", 1)),
        ("word", ("steps", 2)),
        ("most", ("steps", 3, "serve", 0, "pour", "size")),
        ("unknown", ("milk",)),
    ]


def test_what_lies_between_fields_is_looked_at_once_each_is_good() -> None:
    spilt = {"size": "1", "filled": "2"}
    faults = [("it spills", "filled"), ("and it is wet", "size")]
    assert _refusals({"leaf": "sen", "cups": [spilt]}) == [Refusal("meaning", ("cups", 0), spilt, faults)]
    assert [one.kind for one in _refusals(spilt | {"filled": "10"}, Cup)] == ["most"]
    assert [one.kind for one in _refusals(spilt | {"lid": "no"}, Cup)] == ["unknown"]


@pytest.mark.parametrize("text", ["3", " 3 ", "+3", "003", "3.0", "3.000", "\u00a03\n"])
def test_a_whole_number_may_be_written_in_many_ways(text: str) -> None:
    assert check(Cup, {"size": text}) == (Cup(size=3), [])


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "3.5", "3.", ".0", "1e0", "0x3", "٣", "+ 3", "++3", "_3", "3__0", "nan", "9" * 5_000],
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert _refusals({"size": text}, Cup) == [Refusal("whole", ("size",), text)]


@pytest.mark.parametrize("value", [True, 3.0, None])
def test_only_text_and_whole_numbers_become_whole_numbers(value: Any) -> None:
    assert [one.kind for one in _refusals({"size": value}, Cup)] == ["whole"]


@pytest.mark.parametrize(
    "value", ["nan", "NaN", "-nan", "inf", "-Infinity", "٣", "", math.nan, math.inf, True, None]
)
def test_what_is_no_number_in_a_book_is_refused(value: Any) -> None:
    assert [one.kind for one in _refusals({"leaf": "sen", "grams": value})] == ["number"]


@given(st.floats(0.5, 8))
def test_every_number_within_its_bounds_is_the_same_afterwards(number: float) -> None:
    assert check(Tea, {"leaf": "sen", "grams": str(number)}) == (Tea(leaf="sen", grams=number), [])


@given(st.floats().filter(lambda number: not 0.5 <= number <= 8))
def test_no_number_beyond_its_bounds_passes(number: float) -> None:
    [refusal] = _refusals({"leaf": "sen", "grams": str(number)})
    assert refusal.loc == ("grams",)


_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*entries(Tea), "size", "pour", "serve"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(_DATA)
def test_whatever_the_data_it_becomes_a_model_or_is_refused(data: Any) -> None:
    _refusals(data)


def test_a_script_knows_its_keys_as_the_author_writes_them() -> None:
    assert list(entries(RestLength)) == ["about", "least", "most"]
    assert [key for key, entry in entries(Part).items() if entry.required] == ["part", "steps"]
    assert entries(Part)["from"].name == "from_"
    page = {
        "guide": "1",
        "title": "Evening",
        "length": {"shortest": "5m", "usual": "10m", "longest": "20m"},
        "steps": [{"part": "One", "from": "6m", "steps": [{"rest": "20s", PLACE: Place("a", 1, 1)}]}],
    }
    made, refusals = check(ScriptFile, page)
    assert made is not None, refusals
    [part] = made.steps
    assert isinstance(part, Part)
    assert (part.from_, part.until) == (360 * 48_000, None)
    [rest] = part.steps
    assert rest == Rest(rest=RestLength(about=20 * 48_000), place=Place("a", 1, 1))

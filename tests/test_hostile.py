"""A script is untrusted input: whatever it holds, the answer is a script or a list of problems, and soon."""

import os
import random
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guide.cli.new import page
from guide.errors import StorageError
from guide.script import Script, ScriptError, load, parse
from guide.script.files import finder
from guide.script.nodes import MAX_BYTES

ROOT = Path(__file__).parent.parent
HEAD = "guide: 1\ntitle: Evening\nlength: {shortest: 5m, usual: 10m, longest: 20m}\n"
MUTATIONS = 2_000
BATCHES = 8
EVERYTHING = (
    HEAD
    + """\
kind: sleep
voice: {pace: 0.95, pitch: -1}
ambience: {sound: rain, level: -24}
steps:
  - bell
  - include: arrive
  - part: One
    intent: announce
    from: 6m
    until: 19m
    steps:
      - say: &hello "Hello, {name|friend}."
      - say: *hello
      - rest: {about: 30s, least: 10s, most: 2m}
      - breathe: {in: 4s, out: 6s, rounds: 6, cue: tone}
      - repeat: {times: 3, steps: [{pause: 2s}, {rest: 20s}]}
      - choose: [[{say: Is it warm?}, {rest: 10s}], [bell, {include: return}]]
      - ambience: {sound: drone, fade: 8s}
  - bell: {sound: chime, settle: 12s}
reflection: {when: morning, questions: [{ask: What came?, listen: 2m}], close: Good night.}
"""
)
SYNTAX = (
    "- ", ": ", "{", "}", "[", "]", "|", ">", "&a ", "*a", "!!str ", "!x ", "? ", "%", "@", "`", "'", '"',
    "---\n", "...\n", "\t", "\n", "\r", "~", "<<: *a", "\\", "\x00", "\x85", "\u2028", "\ufeff", "{name}",
    "null", "9" * 400, "1e999", "nan", "-1", "steps:", "choose:", "repeat: {times: 100, steps: ", "0x1F", "🕯",
)  # fmt: skip


def _outcome(text: str | bytes, folder: Path = ROOT / "scripts") -> Script | ScriptError:
    """What comes of a text: anything but these two is a failure of the test."""
    try:
        return parse(text, name="hostile", find_part=finder([folder]))
    except ScriptError as error:
        refused = error
    assert refused.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in refused.problems)
    assert all(str(problem).isprintable() for problem in refused.problems)
    return refused


def _messages(text: str | bytes) -> str:
    outcome = _outcome(text)
    assert isinstance(outcome, ScriptError)
    return str(outcome)


def _seeds() -> list[bytes]:
    """Good scripts: the shipped ones, one with every kind of step, and one that plays with YAML itself."""
    shipped = [path.read_bytes() for path in sorted((ROOT / "scripts").glob("*.yaml"))]
    return [*shipped, *[EVERYTHING.encode()] * 4, page("evening-light", Path("nowhere")).encode()]


def _mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice((_flip, _delete, _double, _swap, _swap, _replace, _replace, _insert, _indent))(
            data, chance
        )
        data = data or b"x"
    return data


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.choice((1, 2, 8, 40, 400)))


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _delete(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _double(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 30)) + data[end:]


def _swap(data: bytes, chance: random.Random) -> bytes:
    words = data.split(b" ")
    one, other = chance.randrange(len(words)), chance.randrange(len(words))
    words[one], words[other] = words[other], words[one]
    return b" ".join(words)


def _replace(data: bytes, chance: random.Random) -> bytes:
    """One word by another: most of what comes of this is good YAML and a bad script."""
    words = list(re.finditer(rb"[\w-]+", data)) or list(re.finditer(rb".", data, re.DOTALL))
    one, other = chance.choice(words), chance.choice(words)
    return data[: one.start()] + other[0] + data[one.end() :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(SYNTAX).encode() + data[at:]


def _indent(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = b" " * chance.randint(1, 5) + lines[at] if chance.random() < 0.5 else lines[at].lstrip()
    return b"\n".join(lines)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_mutated_script_is_a_script_or_has_problems(batch: int) -> None:
    chance = random.Random(batch)
    seeds = _seeds()
    outcomes = [_outcome(_mutated(chance.choice(seeds), chance)) for _ in range(MUTATIONS // BATCHES)]
    assert 10 < sum(isinstance(outcome, Script) for outcome in outcomes) < len(outcomes) - 10


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_is_a_script_or_has_problems(text: str) -> None:
    _outcome(text)
    _outcome(f"{HEAD}steps:\n- say: {text}\n")


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_script_or_have_problems(data: bytes) -> None:
    _outcome(data)


_VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ("say", "rest", "part", "steps", "choose", "repeat", "times", "from", "about", "x")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(_VALUES, max_size=5), _VALUES)
def test_any_yaml_in_the_place_of_steps_is_a_script_or_has_problems(
    steps: list[object], other: object
) -> None:
    whole = {"guide": 1, "title": "Evening", "length": {"shortest": "5m", "usual": other, "longest": "20m"}}
    _outcome(yaml.safe_dump(whole | {"steps": steps}, allow_unicode=True))


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{", "{[", "&a ["])
def test_a_hundred_thousand_openings_are_one_problem(opening: str) -> None:
    assert "nested too deep" in _messages("steps:\n  " + opening * 100_000)


def test_a_nest_of_aliases_is_not_unfolded() -> None:
    rows = [f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "too large" in _messages("b0: &b0 [x, x, x, x, x, x, x, x, x]\n" + "\n".join(rows))


def test_aliases_cannot_hide_depth() -> None:
    rows = [f"b{n}: &b{n} [[[[[[[[[*b{n - 1}]]]]]]]]]" for n in range(1, 12)]
    assert "nested too deep" in _messages("b0: &b0 [x]\n" + "\n".join(rows))


def test_a_hundred_aliases_are_enough() -> None:
    hello = "  - &hello\n    say: Hello.\n"
    assert isinstance(_outcome(f"{HEAD}steps:\n{hello}" + "  - *hello\n" * 100), Script)
    assert "more than 100 aliases" in _messages(f"{HEAD}steps:\n{hello}" + "  - *hello\n" * 101)


def test_fifty_thousand_pieces_are_enough() -> None:
    assert "too large: more than 50,000 pieces" in _messages("- x\n" * 50_001)


def test_a_mebibyte_is_enough() -> None:
    whole = f"{HEAD}steps: [bell]\n"
    filled = whole + "#" * (MAX_BYTES - len(whole))
    assert isinstance(_outcome(filled), Script)
    assert "larger than a script may be (1 MiB)" in _messages(filled + "#")
    assert "larger than a script may be (1 MiB)" in _messages((filled + "#").encode())


def test_the_size_of_a_file_is_known_before_it_is_read(tmp_path: Path) -> None:
    vast = tmp_path / "vast.yaml"
    with vast.open("wb") as file:
        file.truncate(1 << 40)  # a terabyte of zeros that takes no room; reading it would take hours
    with pytest.raises(ScriptError, match="larger than a script may be"):
        load(vast, None)


def test_steps_are_counted_without_being_made() -> None:
    nest = "say: Hello."
    for _ in range(8):
        nest = f"repeat: {{times: 100, steps: [{{{nest}}}]}}"
    assert "more than 5,000 steps" in _messages(f"{HEAD}steps: [{{{nest}}}]")


def _folder(tmp_path: Path, parts: dict[str, str]) -> Path:
    (tmp_path / "parts").mkdir()
    for name, steps in parts.items():
        (tmp_path / "parts" / f"{name}.yaml").write_text(f"guide: 1\nsteps: {steps}\n")
    return tmp_path


def _told(folder: Path, steps: str) -> str:
    script = folder / "script.yaml"
    script.write_text(f"{HEAD}steps: {steps}\n")
    with pytest.raises(ScriptError) as caught:
        load(script, None)
    return str(caught.value)


def test_sixteen_includes_within_each_other_are_enough(tmp_path: Path) -> None:
    chain = {f"p{n}": f"[include: p{n + 1}]" for n in range(1, 17)} | {"p17": "[bell]"}
    folder = _folder(tmp_path, chain)
    assert "includes lead more than 16 deep from here" in _told(folder, "[include: p1]")
    (folder / "script.yaml").write_text(f"{HEAD}steps: [include: p2]\n")
    assert load(folder / "script.yaml", None).parts.keys() == chain.keys() - {"p1"}


def test_two_hundred_parts_are_enough(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {f"p{n}": "[bell]" for n in range(201)})
    steps = "[" + ", ".join(f"include: p{n}" for n in range(201)) + "]"
    assert "more than 200 parts are included" in _told(folder, steps)


def test_parts_that_include_each_other_twice_are_counted_not_unfolded(tmp_path: Path) -> None:
    chain = {f"p{n}": f"[include: p{n + 1}, include: p{n + 1}]" for n in range(1, 16)} | {"p16": "[bell]"}
    assert "more than 5,000 steps" in _told(_folder(tmp_path, chain), "[include: p1]")


def test_choices_within_included_choices_are_looked_at_once(tmp_path: Path) -> None:
    branches = ", ".join(["[include: p{}]"] * 50)
    chain = {f"p{n}": f"[choose: [{branches.format(*[n + 1] * 50)}]]" for n in range(1, 16)}
    folder = _folder(tmp_path, chain | {"p16": "[rest: 2m]"})
    assert _told(folder, "[include: p1]").count("this rest may last 2m") == 1


def test_deep_parts_in_deep_includes_end_in_a_problem(tmp_path: Path) -> None:
    def nested(step: str) -> str:
        return "[{part: One, steps: " * 14 + f"[{step}]" + "}]" * 14

    chain = {f"p{n}": nested(f"include: p{n + 1}") for n in range(1, 16)}
    told = _told(_folder(tmp_path, chain | {"p16": "[bell]"}), "[include: p1]")
    assert "parts and includes lead more than 40 deep" in told


def test_a_circle_of_includes_is_shown(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"a": "[include: b]", "b": "[include: c]", "c": "[bell, include: a]"})
    assert "'a' includes itself: a → b → c → a" in _told(folder, "[include: a]")


@pytest.mark.parametrize(
    "words", ["../secret", "/etc/passwd", "a/../../secret", "~/secret", "a\\..\\b", "C:x", "."]
)
def test_an_include_names_a_part_and_no_path(tmp_path: Path, words: str) -> None:
    (tmp_path / "secret.yaml").write_text("guide: 1\nsteps: [bell]\n")
    assert "is not the name of a part" in _told(_folder(tmp_path, {}), f"[include: '{words}']")


@pytest.mark.parametrize("what", ["file", "folder", "parts"])
def test_a_link_leads_no_include_out_of_its_folder(tmp_path: Path, what: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret.yaml").write_text("guide: 1\nsteps: [{sya: the secret}]\n")
    (outside / "parts").mkdir()
    (outside / "parts" / "secret.yaml").write_text("guide: 1\nsteps: [bell]\n")
    if what == "parts":
        (inside / "parts").symlink_to(outside / "parts")
    else:
        (inside / "parts").mkdir()
        link = inside / "parts" / ("secret.yaml" if what == "file" else "within")
        link.symlink_to(outside / "secret.yaml" if what == "file" else outside)
    told = _told(inside, "[include: within/secret]" if what == "folder" else "[include: secret]")
    assert "leads out of its folder" in told
    assert "sya" not in told


def test_a_link_within_the_parts_is_followed(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"one": "[bell]"})
    (folder / "parts" / "other.yaml").symlink_to("one.yaml")
    (folder / "script.yaml").write_text(f"{HEAD}steps: [include: other]\n")
    assert list(load(folder / "script.yaml", None).parts) == ["other"]


def test_links_that_lead_nowhere_or_in_a_circle_are_problems(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {})
    (folder / "parts" / "one.yaml").symlink_to("two.yaml")
    (folder / "parts" / "two.yaml").symlink_to("one.yaml")
    (folder / "parts" / "gone.yaml").symlink_to("nothing.yaml")
    assert _told(folder, "[include: one, include: gone]").count("cannot be followed") == 2


def test_no_include_waits_for_a_pipe(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {})
    os.mkfifo(folder / "parts" / "pipe.yaml")
    assert "is not a file that could hold a script" in _told(folder, "[include: pipe]")


def test_an_endless_device_is_no_script() -> None:
    with pytest.raises(StorageError, match="not a file that could hold a script"):
        load(Path("/dev/zero"), None)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("'" + "{a}" * 340_000 + "'", "… and 339,901 more in this file"),
        ("'" + "".join(f"{{a{n}}}" for n in range(120_000)) + "'", "… and 119,901 more in this file"),
        ('"' + "{na\\u006de}{b}" * 60_000 + '"', "… and 59,901 more in this file"),
    ],
    ids=["the same", "different ones", "escaped"],
)
def test_a_mebibyte_of_placeholders_is_soon_read_and_a_hundred_of_them_told(text: str, more: str) -> None:
    begun = time.process_time()
    outcome = _outcome(f"{HEAD}steps: [say: {text}]\n")
    assert time.process_time() - begun < 5
    assert isinstance(outcome, ScriptError)
    assert len(outcome.problems) == 101
    assert outcome.problems[-1].message == more


def test_placeholders_of_many_texts_are_counted_together_and_with_the_other_problems(tmp_path: Path) -> None:
    steps = ["{say: 'x {a} {b}'}"] * 70 + ["{puase: 1s}"] * 30
    outcome = _outcome(f"{HEAD}steps: [{', '.join(steps)}]\n")
    assert isinstance(outcome, ScriptError)
    assert [one.message for one in outcome.problems].count("unknown placeholder '{a}'; " + _KNOWN) == 50
    assert outcome.problems[-1].message == "… and 70 more in this file"
    told = _told(_folder(tmp_path, {"part": f"[{', '.join(steps)}]"}), "[include: part, puase: 1s]")
    assert told.count("… and 70 more in this file") == 1
    assert "unknown step 'puase'" in told


_KNOWN = "there are {name} and {name|friend}"

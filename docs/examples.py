"""The examples of `writing-scripts.md`: checked as `guide check` checks them, and drawn as they stand there.

`python -m docs.examples` writes their pictures anew. The voice is reckoned at 115 words a minute, so that the
pictures are the same on every machine.
"""

import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from guide import bells, duration
from guide.arrange import Material
from guide.drawing import Score, compared, drawn
from guide.expand import Breath, Circumstances, Item, Sentence, Strike, expand, wanted
from guide.folders import Folders
from guide.library import Library
from guide.script import Problem, Script, ScriptError, check_sounds, load, problems_in

HERE = Path(__file__).parent
PAGE = HERE / "writing-scripts.md"
PACE = 115
"""Words a minute at pace 1.0."""

_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]+) -->\n)?^```yaml\n(?P<text>.*?)^```\n"
    r"(?:\n!\[(?P<alt>[^\]]*)\]\(pictures/(?P<picture>[a-z-]+)\.svg\)\n)?",
    re.MULTILINE | re.DOTALL,
)
_DRAWN = re.compile(r"drawn at (?P<lengths>[0-9a-z, ]+?)(?: on (?P<days>\d) days)?(?P<echo>; with an echo)?")
_HEAD = {
    "guide": "guide: 1",
    "title": "title: An example",
    "length": "length: {{shortest: {shortest}, usual: {usual}, longest: {longest}}}",
    "steps": "steps: [bell]",
}
_SEED = "in turn"
"""With the number of a day: the first three of them choose differently."""
_ECHO = duration.frames(9)
_NOBODY = Path("nobody")
LIBRARY = Library.find(Folders(_NOBODY, _NOBODY, _NOBODY, _NOBODY))


@dataclass(frozen=True, slots=True)
class Example:
    """A block of YAML on the page; it has a picture where an image follows it."""

    text: str
    line: int
    """Where it stands on the page."""
    part: str = ""
    """The name of the part that it is, as `<!-- parts/NAME.yaml -->` before it says; else it is a script."""
    lengths: tuple[str, ...] = ()
    """What it is drawn at: `<!-- drawn at 1m, 2m -->`."""
    days: int = 1
    """How many days it is drawn for: `<!-- drawn at 1m on 3 days -->`."""
    picture: str = ""
    """The name of the picture, without its ending."""
    alt: str = ""
    """What the picture shows, in words."""
    echo: bool = False
    """Whether it is drawn once more with words of the listener: `<!-- drawn at 1m; with an echo -->`."""

    @property
    def whole(self) -> str:
        """The script that it is, or that it is a piece of: what is missing is added before it."""
        text = "steps:\n" + self.text if self.text.lstrip().startswith("-") else self.text
        if self.part:
            return text
        lengths = self.lengths or ("1m", "5m", "3h")
        span = {"shortest": lengths[0], "usual": lengths[(len(lengths) - 1) // 2], "longest": lengths[-1]}
        missing = [line for key, line in _HEAD.items() if not re.search(rf"^{key}:", text, re.MULTILINE)]
        return "".join(line.format(**span) + "\n" for line in missing) + text


def examples() -> list[Example]:
    """Every block of YAML on the page, in order."""
    page = PAGE.read_text("utf-8")
    return [_example(found, page.count("\n", 0, found.start()) + 1) for found in _BLOCK.finditer(page)]


def _example(found: "re.Match[str]", line: int) -> Example:
    note = found["note"] or ""
    wish = _DRAWN.fullmatch(note)
    part = note.removeprefix("parts/").removesuffix(".yaml") if note.startswith("parts/") else ""
    lengths = tuple(wish["lengths"].split(", ")) if wish else ()
    days = int(wish["days"] or 1) if wish else 1
    echo = bool(wish and wish["echo"])
    return Example(found["text"], line, part, lengths, days, found["picture"] or "", found["alt"] or "", echo)


# ── checked ──────────────────────────────────────────────────────────────────────────────────────────────


def problems(example: Example, folder: Path) -> tuple[Problem, ...]:
    """What `guide check` finds in it, its file being in `folder`."""
    path = _written(example, folder)
    if example.part:
        return problems_in(path, LIBRARY.shipped)
    try:
        return check_sounds(load(path, LIBRARY.shipped), LIBRARY.bells(), LIBRARY.beds())
    except ScriptError as error:
        return error.problems


def _written(example: Example, folder: Path) -> Path:
    """The file of an example, with the parts of the page beside it."""
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    for one in examples():
        if one.part:
            (parts / f"{one.part}.yaml").write_text(one.whole, "utf-8")
    path = parts / f"{example.part}.yaml" if example.part else folder / "example.yaml"
    path.write_text(example.whole, "utf-8")
    return path


# ── drawn ────────────────────────────────────────────────────────────────────────────────────────────────


def pictures() -> dict[str, str]:
    """Every picture of the page by its name, as SVG."""
    return {one.picture: picture(one) for one in examples() if one.picture}


def picture(example: Example) -> str:
    """The picture of an example: a line for each length and day, or a whole sheet where it asks for none."""
    with tempfile.TemporaryDirectory() as folder:
        script = load(_written(example, Path(folder)), LIBRARY.shipped)
    if not example.lengths:
        return drawn(_score(script, script.page.length.usual, 1))
    targets = [duration.frames(duration.parse(length)) for length in example.lengths]
    scores = [
        (f"day {day}" if example.days > 1 else _caption(length), _score(script, length, day))
        for length in targets
        for day in range(1, example.days + 1)
    ]
    if example.echo:
        scores = [("else", scores[0][1]), ("yours", _score(script, targets[0], 1, _ECHO))]
    if len(scores) == 1:
        scores = [("", scores[0][1])]  # its axis says how long it is
    return compared(scores, example.picture.replace("-", " ").capitalize(), example.alt)


def _caption(length: int) -> str:
    minutes, seconds = divmod(length // duration.RATE, 60)
    return f"{minutes} min" if not seconds else f"{minutes}:{seconds:02d}" if minutes else f"{seconds} s"


def _score(script: Script, target: int, day: int, echo: int = 0) -> Score:
    page = script.page
    echoes = {one.name: echo for one in wanted(script)} if echo else {}
    items = expand(script, Circumstances(target, f"{_SEED} {day}", echoes=echoes))
    clips = {text: _clip(text, page.voice.pace) for text in _said(items)}
    struck = {item.sound for item in items if isinstance(item, Strike)}
    timeline = Material(items, clips, {name: _rings(name) for name in struck}).arranged(target)
    questions = len(page.reflection.questions) if page.reflection else 0
    bed = page.ambience
    return Score(timeline, page.title, bed.sound, bed.level, page.kind == "sleep", questions, page.language)


def _said(items: Iterable[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Sentence | Breath) and item.text]


def _clip(text: str, pace: float) -> int:
    """Frames that a sentence takes, by its words."""
    return duration.frames(60 * len(text.split()) / (PACE * pace))


@cache
def _rings(name: str) -> int:
    """Frames of a bell."""
    return len(bells.load(LIBRARY.bell_path(name)))


def main() -> None:
    """Write every picture beside the page."""
    for name, text in pictures().items():
        (HERE / "pictures" / f"{name}.svg").write_text(text, "utf-8")
        sys.stdout.write(f"docs/pictures/{name}.svg\n")


if __name__ == "__main__":
    main()

"""What is said to the author of something that has the wrong shape."""

from guide.checking import Loc
from guide.script.models import STEPS
from guide.script.nodes import Listing, Mapping, Node, Text
from guide.script.problems import listing, nearest, shown
from guide.script.wanted import Want, wants

ALONE = "no other key belongs to this step"

EXAMPLES = {
    "say": "say: Welcome.",
    "pause": "pause: 2s",
    "rest": "rest: 20s",
    "breathe": "breathe: {in: 4s, out: 6s, rounds: 6}",
    "bell": "bell: {sound: bowl}",
    "include": "include: arrive",
    "ambience": "ambience: {sound: rain}",
    "repeat": "repeat: {times: 3, steps: […]}",
    "choose": "choose: [[…], […]]",
    "part": "part: Settling",
    "echo": "echo: {from: self-love, else: […]}",
}
"""One of each step, as it is written."""


def name_of(loc: Loc) -> str:
    """What a place is called in a message: the key that leads there."""
    word = next((step for step in reversed(loc) if isinstance(step, str)), None)
    return f"'{word}'" if word else "a script"


def nothing_there(loc: Loc) -> str:
    """The message for a value that was left out."""
    if loc[-1:] == ("steps",):
        return "'steps' is empty; give it at least one step, like '- say: Welcome.'"
    if loc[-1:] == ("bell",):
        return "'bell:' has no value; write '- bell' without ':' for the usual one"
    return f"{name_of(loc)} has no value" if loc else "a script begins with 'guide: 1'"


def wrong_kind(node: Node, wanted: Want, loc: Loc) -> str:
    """The message for a list, a text or a mapping where something else belongs."""
    name = name_of(loc)
    match wanted.kind:
        case "text" if isinstance(node, Mapping):
            return f"{name} is one text; put quotation marks around a text with ': ' or braces in it"
        case "text":
            return f"{name} is one text, not a list"
        case "steps":
            return f"{name} is a list of steps; begin each with '- '"
        case "list":
            return f"{name} is a list; begin each of its entries with '- '"
    return _needs_keys(node, wants(wanted.model) if wanted.model else {}, name)


def _needs_keys(node: Node, known: dict[str, Want], name: str) -> str:
    if isinstance(node, Text) and "sound" in known:
        sound = shown(node.text)[1:-1]
        return f"{name} takes its sound in braces, like {{sound: {sound}}}"
    return f"{name} takes {listing(list(known), 'and')}, each as 'key: value'"


def no_step(node: Node) -> str:
    """The message for something in a list of steps that is none."""
    if isinstance(node, Text):
        if node.plain and node.text in STEPS:
            return f"'{node.text}' needs more, like '- {EXAMPLES[node.text]}'"
        if (near := nearest(node.text, STEPS)) and " " not in node.text.strip():
            return f"unknown step {shown(node.text)}; did you mean '{near}'?"
        return f"a text without a step's word; write '- say: …' before {shown(node.text)}"
    return "a list where a step should be" if isinstance(node, Listing) else "an empty step"

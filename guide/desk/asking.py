"""What a reflection asks, and how it sounds, wherever it is held."""

from typing import TYPE_CHECKING

from guide import bells
from guide.aside import Aside
from guide.clips import Clips
from guide.desk import Desk
from guide.errors import GuideError
from guide.library import Library
from guide.reflection import Asked, Sounding
from guide.render import Sample

if TYPE_CHECKING:  # a reflection alone needs nothing of a session
    from guide.script.models import Reflection
    from guide.session import Prepared

_TONES = ("listen", "soft", "ending")


def page_of(desk: Desk, prepared: "Prepared") -> "Reflection | None":
    """What a session asks afterwards; None where it asks nothing, or its script has gone since."""
    if prepared.script is not None:
        return prepared.script.page.reflection
    try:
        return desk.script(prepared.plan.path).page.reflection
    except GuideError:
        return None


def asked(desk: Desk, page: "Reflection") -> tuple[Asked, ...]:
    """Its questions, in this person's words."""
    return tuple(Asked(desk.named(one.ask), one.listen, echo=one.echo == "offer") for one in page.questions)


def sounding(aside: Aside, clips: Clips, library: Library, gain: float | None) -> Sounding:
    """How it sounds, in the session's voice of that gain in dB; None where nothing can be spoken."""
    tones = {name: Sample.of(bells.load(library.cue_path(name))) for name in _TONES}
    return Sounding(
        aside, gain or 0.0, _unspoken if gain is None else lambda text: _spoken(clips, text), tones
    )


def _unspoken(_text: str) -> None:
    """Nothing to sound."""


def _spoken(clips: Clips, text: str) -> Sample | None:
    """The text in the session's voice; None, silently, where the voice fails: there may be a screen."""
    try:
        clips.add([text])
    except GuideError:
        return None
    return clips.sample(text)

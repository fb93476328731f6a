"""The program's own few spoken lines, in the language of the script."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Lines:
    """What the program itself says aloud. Short, plain, and never more than it knows."""

    breathe_in: str
    breathe_out: str
    stop: str
    """The grounding line after a stop; at most 8 s."""
    invite: str
    """Before the first question, where the script has no words of its own."""
    close: str
    """After the last answer, where the script has no words of its own."""
    muted: str
    no_microphone: str
    echo_length: str
    """After a question whose answer may be played in a later session: how long it can be."""
    echo_back: str
    """Before somebody hears what they said, once."""
    echo_ask: str
    """Whether it may be played in a later session."""


_LINES = {
    "en": Lines(
        breathe_in="Breathe in.",
        breathe_out="And out.",
        stop="You can stop here. Feel your feet, and look around slowly.",
        invite="When you are ready, there is time to say something out loud, only for you.",
        close="Thank you. It is kept.",
        muted="The microphone seems to be switched off. Nothing of your voice arrives.",
        no_microphone="There is no microphone here. You can write a line instead, or leave it for today.",
        echo_length="For this one there are about twenty seconds.",
        echo_back="This is what you said. One press stops it.",
        echo_ask="May a later session play this to you? Enter, or the button, is yes. Without it, it is no.",
    ),
    "de": Lines(
        breathe_in="Einatmen.",
        breathe_out="Und aus.",
        stop="Hier kannst du aufhören. Spür deine Füße, und schau dich langsam um.",
        invite="Wenn du magst, ist jetzt Zeit, etwas laut zu sagen, nur für dich.",
        close="Danke. Es ist aufgehoben.",
        muted="Das Mikrofon scheint ausgeschaltet. Von deiner Stimme kommt nichts an.",
        no_microphone="Hier ist kein Mikrofon. Du kannst eine Zeile schreiben oder es für heute lassen.",
        echo_length="Dafür sind etwa zwanzig Sekunden Zeit.",
        echo_back="Das hast du gesagt. Ein Tastendruck hält es an.",
        echo_ask="Darf eine spätere Sitzung dir das vorspielen? "
        "Die Eingabetaste, oder der Knopf, heißt ja. Sonst heißt es nein.",
    ),
}
NAMES = tuple(field.name for field in fields(Lines))


def lines(language: str, own: Mapping[str, str] | None = None) -> Lines:
    """The lines in a language (`de-AT` finds `de`; English where there are none), with a person's own."""
    known = _LINES.get(language) or _LINES.get(language.partition("-")[0]) or _LINES["en"]
    return replace(known, **{key: text for key, text in (own or {}).items() if key in NAMES})

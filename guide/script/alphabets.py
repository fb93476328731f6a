"""Which letters a language is written in: a voice that does not know them names them one by one, or fails."""

import unicodedata
from collections import Counter
from functools import cache

_LANGUAGES = {
    "Arabic": "ar fa ku pa ps sd ug ur",
    "Armenian": "hy hyw",
    "Bengali": "bn as bpy",
    "Burmese": "my shn",
    "Chinese": "cmn hak ja ko yue zh",
    "Cyrillic": "ru az ba be bg cv kk ku ky mk mn nog ro sr tg tt uk uz",
    "Devanagari": "hi bho kok mr ne sa sd",
    "Ethiopic": "am ti",
    "Georgian": "ka",
    "Greek": "el grc",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Hangul": "ko",
    "Hebrew": "he yi",
    "Japanese": "ja",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Oriya": "or",
    "Sinhala": "si",
    "Tamil": "ta",
    "Telugu": "te",
    "Thai": "th",
}
"""The languages that are written in letters of a kind, by their codes; the best known first.

Latin letters are those of every other language, and of `_ALSO_LATIN`.
"""
_OF = {kind: frozenset(codes.split()) for kind, codes in _LANGUAGES.items()}
_ALSO_LATIN = frozenset(("az", "kk", "ku", "mn", "nog", "ro", "sr", "tt", "ug", "uz"))
_NOT_LATIN = frozenset().union(*_OF.values()) - _ALSO_LATIN
_CALLED = {
    "CJK": "Chinese",
    "HALFWIDTH": "Japanese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "MYANMAR": "Burmese",
}
"""What Unicode calls letters, where it is another word than here."""
_SHOWN = 40


def foreign(line: str, language: str) -> str:
    """Why a voice of a language cannot read a line, as the end of a sentence; nothing where it may.

    What most of its letters are decides, so that a word of another language is no reason.
    """
    counted = Counter(kind for letter in line if (kind := _kind(letter)))
    kind = counted.most_common(1)[0][0] if counted else ""
    if not kind or _written(language, kind):
        return ""
    shown = line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
    code = "en" if kind == "Latin" else _LANGUAGES[kind].partition(" ")[0]
    return (
        f"“{shown}” is in {kind} letters, which a voice for '{language}' does not read; "
        f"name the language of the text, like --language {code}"
    )


def _written(language: str, kind: str) -> bool:
    """Whether a language is written in letters of a kind."""
    base, *more = language.lower().split("-")
    if kind == "Latin":
        return base not in _NOT_LATIN or "latn" in more
    return base in _OF[kind]


@cache
def _kind(letter: str) -> str:
    """Which letters one is of, nothing for what is none of them."""
    if not letter.isalpha():
        return ""
    first = unicodedata.name(letter, "").partition(" ")[0]
    kind = _CALLED.get(first) or first.capitalize()
    return kind if kind == "Latin" or kind in _OF else ""

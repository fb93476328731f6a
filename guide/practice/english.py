"""English words, counted and recognised: what invites, what commands, what claims."""

import re

OPTION = re.compile(
    r"\b(might|(?!^)may|could|can|if|when(?:ever)? you(?:'re| are) ready|whenever|perhaps|maybe|or not|"
    r"no need|need not|needn't|whatever|whichever|wherever|however (?:you|it|that))\b",
    re.IGNORECASE,
)
"""What leaves a real choice. A wish that begins with May leaves none."""

_TO_ONESELF = r"(?:must|should|ought to|have to|need to|had better)"
_HARMLESS = re.compile(
    r"\b(?:nothing|no(?:thing| one|body)?|anything|something|whatever|what|whenever|when|wherever|where|if|"
    r"unless|should|until|as much as|as long as|all)(?: that| else| more)? you(?:'ll| will| may| might)? ?"
    r"(?:need|have|should|must)(?: to)?\b"
    r"|\b(?:do not|don't|did not|didn't|never|no longer|won't|will not|need not|needn't|does not|doesn't)"
    r"(?: ever| even| really)? (?:have|need) to\b"
    r"|\b(?:do|did|would|might|may) you (?:need|have) to\b",
    re.IGNORECASE,
)
"""What only looks like a command: "nothing you need to do", "you do not have to"."""
_COMMANDS = (
    re.compile(rf"\byou(?:r \w+)?(?: \w+ly| always| just| still| also| now)? {_TO_ONESELF}\b", re.IGNORECASE),
    re.compile(r"\bmake sure\b", re.IGNORECASE),
    re.compile(
        r"(?:^|[,;:.!?…–—]\s*[\"'“‘]?|\b(?:and|but|then|so|please|just)\s+)(?:do not|don't)\s+"
        r"(?!have\b|need\b)\w+|^[\"'“‘]?never\s+\w+",
        re.IGNORECASE,
    ),
    re.compile(
        r"\byou(?:'ll| will) (?:feel|notice|sense|relax|sleep|fall asleep|be calm|let go|find)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:let go now|trust me|surrender|give yourself over)\b", re.IGNORECASE),
)
_FORCE = re.compile(
    r"(?P<before>(?:[\w']+\s+){0,4})\bforc(?:e|ing)\s+(?:yoursel\w+|your|it|the|this|that|a|any\w*)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:no|not|nothing|never|without|needn't|\w+n't|rather than|instead of)\b", re.IGNORECASE
)

_CLAIMS = re.compile(
    r"\b(?:heal(?:s|ed|ing|er|ers)?|cur(?:e|es|ed|ing|able)|proven|proof that|rewir\w+|trauma\w*|toxic\w*|"
    r"guarantee\w*|(?:you are|you're) (?:completely |perfectly |quite )?safe|attract\w*)\b",
    re.IGNORECASE,
)

ANCHOR = re.compile(
    r"\b(?:feet|foot|soles?|heels?|toes|hands?|fingers?|palms?|sounds?|hear\w*|listen\w*|contact|weight|"
    r"seat)\b",
    re.IGNORECASE,
)
"""Something steady that is not the breath."""
SMALL = re.compile(
    r"\b(?:small\w*|mild\w*|little|slight\w*|light(?:ly|er|est)?|tiny|out of (?:ten|10)|"
    r"not the (?:biggest|hardest|worst))\b",
    re.IGNORECASE,
)
"""What keeps a difficult thing small."""
SENSES = {
    "sight": re.compile(r"\b(?:see\w*|look\w*|eyes?|light|colou?rs?)\b", re.IGNORECASE),
    "sound": re.compile(r"\b(?:sounds?|hear\w*|listen\w*)\b", re.IGNORECASE),
    "touch": re.compile(r"\b(?:feel\w*|touch\w*|press\w*|surface|warm|cool)\b", re.IGNORECASE),
}
HOLD = re.compile(
    r"\b(?:hold|keep|retain|stop)(?:p?ing)? (?:your|the|this|that|a) (?:in-?|out-?)?breath\b"
    r"|\bhold it (?:in|there)\b(?=.{0,80}\bbreath)"
    r"|\bbreath(?:e|ing)? in\b[^.!?]{0,40}\b(?:hold\b|keep it in\b)",
    re.IGNORECASE,
)

_WORD = re.compile(r"[^\W_][\w'’-]*")
_SYLLABLE = re.compile(r"[aeiouy]+")
_SILENT_E = re.compile(r"(?<=[^aeiouyl])e$")


def words(text: str) -> int:
    """How many words a text has; one with a hyphen is one."""
    return len(_WORD.findall(text))


def commands(sentence: str) -> list[str]:
    """What a sentence orders, in its own words."""
    plain = sentence.replace("’", "'")
    left = _HARMLESS.sub(lambda match: "·" * len(match.group()), plain)
    hits = [
        match.group().strip(" ,;:.!?…–—\"'“‘") for pattern in _COMMANDS for match in pattern.finditer(left)
    ]
    forced = (match for match in _FORCE.finditer(plain) if not _NOT.search(match["before"]))
    return hits + [match.group()[len(match["before"]) :] for match in forced]


def claims(text: str) -> list[str]:
    """What a text claims, promises or judges, in its own words."""
    return _CLAIMS.findall(text.replace("’", "'"))


def grade(sentences: list[str]) -> float:
    """The reading grade of Flesch and Kincaid, syllables counted by their vowels."""
    each = re.findall(r"[a-z']+", " ".join(sentences).replace("’", "'").lower())
    if not each:
        return 0.0
    syllables = sum(max(1, len(_SYLLABLE.findall(_SILENT_E.sub("", word)))) for word in each)
    return 0.39 * len(each) / len(sentences) + 11.8 * syllables / len(each) - 15.59

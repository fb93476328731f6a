"""English words, counted and recognised: what invites, what commands, what claims."""

import re

OPTION = re.compile(
    r"\b(?:might|(?!^)may|could|can)\b(?!['’]|\s+not\b)|\bif\b(?!\s+not\b)|"
    r"\b(?:when(?:ever)? you(?:['’]re| are) ready|whenever|perhaps|maybe|or not|"
    r"no need|need not|needn['’]t|whatever|whichever|wherever|however (?:you|it|that))\b",
    re.IGNORECASE,
)
"""What leaves a real choice. A wish that begins with May leaves none, and neither does what cannot be."""

_EYES = re.compile(r"\beyes?\b", re.IGNORECASE)
_OPEN = re.compile(r"\bopen\w*\b", re.IGNORECASE)
_CLOSED = re.compile(r"\b(?:clos\w+|shut\w*)\b", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:or|either|both|fine|welcome|so (?:is|are)|as (?:good|well) as)\b", re.IGNORECASE)
_AS_LIKED = re.compile(r"\bas you (?:like|please|wish|prefer|choose)\b", re.IGNORECASE)

# Every word that may stand more than once is met at most a few times, and begins where another ends:
# a text of any length is looked at in time that grows with it, and no faster.
_HOW = r"(?:\w+ly|always|just|still|also|now|first|then|too|all|both)"
_SOMEBODY = r"(?:you(?:r [\w']+)?|we)"
_COMING = r"(?:'ll| will| shall|'re going to| are going to| do)"
_TO_ONESELF = r"(?:must|should|ought to|have to|need to|had better)"
_HARMLESS = re.compile(
    r"\b(?:nothing|no(?: \w+)?|nobody|anything|something|whatever|what|whenever|when|wherever|where|if|"
    r"unless|should|until|as much as|as long as|all)(?: that| else| more)? (?:you|we)"
    rf"(?:'ll| will| may| might)?(?: {_HOW})? ?(?:need|have)(?: to)?\b"
    r"|\b(?:nothing|no(?: \w+)?|nobody|whatever|whenever|wherever|if|unless)(?: that| else| more)? (?:you|we)"
    rf"(?: {_HOW})? (?:must|should|ought to)\b"
    r"|\b(?:do not|don't|did not|didn't|never|no longer|won't|will not|need not|needn't|does not|doesn't)"
    r"(?: ever| even| really)? (?:have|need) to\b"
    r"|\b(?:do|did|would|might|may) (?:you|we) (?:need|have) to\b",
    re.IGNORECASE,
)
"""What only looks like a command: "nothing you need to do", "you do not have to", "if you must".

"Something you need" is a need, and harmless; "something you must do" is a command.
"""
_BEGINS = r"(?:^|[,;:.!?…–—]\s*)[\"'“‘(]?"
_COMMANDS = (
    re.compile(
        rf"\b{_SOMEBODY}(?: {_HOW})?{_COMING}?(?: {_HOW}){{0,2}} {_TO_ONESELF}\b"
        r"|\b(?:you|we)(?:'ve| have) got to\b|\byou'd better\b|\byou shall\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:{_BEGINS}|\b(?:and|but|so|then|because)\s+)one(?: {_HOW})? "
        r"(?:must|should|ought to|has to|needs to|had better)\b(?! have been\b)",
        re.IGNORECASE,
    ),
    re.compile(r"\bmake sure\b", re.IGNORECASE),
    re.compile(
        rf"(?:{_BEGINS}|\b(?:and|but|then|so|please|just)\s+)"
        rf"(?:(?:today|tonight|here|again|please|{_HOW})[ ,]+){{0,3}}(?:do not|don't)\s+(?!have\b|need\b)\w+"
        rf"|^[\"'“‘]?(?:(?:please|{_HOW}),? ){{0,2}}never\s+\w+",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:you|we)(?:'ll| will|'re going to| are going to)(?: soon| {_HOW}){{0,2}} "
        r"(?:feel|notice|sense|relax|sleep|fall asleep|be calm|let go|find)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:let go now|trust me|surrender|give yourself over)\b", re.IGNORECASE),
)
_FORCE = re.compile(
    r"\bforc(?:e|ing)\s+(?:yoursel\w+|your|it|the|this|that|a|any\w*)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:no|not|nothing|never|without|needn't|\w+n't|rather than|instead of)\b", re.IGNORECASE
)
_BREAK = re.compile(r"[^\w'\s]")
_NEGATED = re.compile(
    r"\b(?:no|(?<!why )not|nothing|nobody|never|neither|nor|without|cannot|\w+n't|rather than|instead of)"
    r"(?: (?:one|need|have|has|had|going|try|trying|be|being|ever|even|here|to|for|about|of|ask|asks|asked|"
    r"us|you|we|your)){0,4} $",
    re.IGNORECASE,
)
"""What says no to the very next word, with nothing between but what joins the two."""
_NEAR = 80
"""Letters before a word in which it may be said not to be meant."""

_CLAIMS = re.compile(
    r"\b(?:heal(?:s|ed|ing|er|ers)?|cur(?:e|es|ed|ing|able)|proven|proof that|rewir\w+|trauma\w*|toxic\w*|"
    r"guarantee\w*|attract\w*|"
    r"(?<!\bif )(?<!\bwhether )(?<!\bunless )you(?:'re| are|(?:'ll| will)(?: [\w']+)? be)"
    r"(?: (?!not\b|never\b|hardly\b|no\b)[\w']+){0,2} safe)\b",
    re.IGNORECASE,
)
"""Whatever one or two words stand in "you are safe", it stays a claim; "if" and "not" make it none."""

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
_HOLD = (
    re.compile(
        r"\b(?:hold|keep|retain|stop)(?:p?ing)? (?:your|the|this|that|a) (?:in-?|out-?)?breath\b",
        re.IGNORECASE,
    ),
    re.compile(r"\bhold it (?:in|there)\b(?=.{0,80}\bbreath)", re.IGNORECASE),
    re.compile(
        r"\bbreath(?:e|ing)? in\b[^.!?]{0,40}?\b(?P<kept>hold\b|keep it in\b)",
        re.IGNORECASE,
    ),
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
    return hits + [match.group() for match in _FORCE.finditer(plain) if not _spared(plain, match.start())]


def _spared(plain: str, at: int) -> bool:
    """Whether one of the four words before a place says that what stands there need not be."""
    before = _BREAK.split(plain[max(0, at - _NEAR) : at])[-1]
    return bool(_NOT.search(" ".join(before.split()[-4:])))


def held(sentence: str) -> list[str]:
    """Where a sentence asks for a breath to be kept, in its own words; "you need not hold it" does not."""
    plain = " ".join(sentence.replace("’", "'").split())
    return [
        match.group()
        for pattern in _HOLD
        for match in pattern.finditer(plain)
        if not _denied(plain, match.start("kept" if "kept" in pattern.groupindex else 0))
    ]


def _denied(plain: str, at: int) -> bool:
    return bool(_NEGATED.search(plain[max(0, at - _NEAR) : at]))


def leaves_eyes(sentence: str) -> bool:
    """Whether a sentence leaves it open what the eyes do: one or the other, or as one likes."""
    if not _EYES.search(sentence):
        return False
    both = _OPEN.search(sentence) and _CLOSED.search(sentence) and _EITHER.search(sentence)
    return bool(both or OPTION.search(sentence) or _AS_LIKED.search(sentence))


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

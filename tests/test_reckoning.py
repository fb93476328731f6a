"""How long words are reckoned to take, against what the default voice makes of them; and whose letters."""

from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_new_from import LIBRARY, script

from guide.duration import RATE
from guide.errors import VoiceError
from guide.script.alphabets import foreign
from guide.script.draft import DraftError, draft
from guide.script.reckoning import estimate, runs
from guide.session import Wish, prepare
from guide.voices import Voice
from guide.voices.system import voice as system

ROWS = (
    "a b c d e f g h i j k l m n o p.", "NASA FBI CIA BBC HTTP and XML.", "bcdfg hjklm npqrs.", "A W C W D.",
    "PLEASE BREATHE IN AND OUT.", "II III IV XVII.", "1234567890 1234567890.", "77 97 98.",
    "777777777 777777777 777777777.",
    "1977 1777 1999.", "007 0070.", "12:45 and 17:55.", "3.14159265358979", "1,000,000,000", "A4 B5 MP3 H2O.",
    "pst hm hmm brr.", "Dr Mr kg vs St cm.", "www.", "U.S.A. and e.g. so.", "x/y/z.", "$5 €7 £9 100%.",
    "mmmmmmm ahhhhhh sooooooo.", "a" * 300, "e" * 100, "lorem" * 30, "strengths rhythm hymn.", "é à ü ñ ç.",
    "Zażółć gęślą jaźń.", "Größe, Straße, weiß.", "xqzae qwoo zxi.", "UNESCO QXJZKE.", "x² m³ ½.",
    "I a I o y.", "breath", "Let the breath come and go as it likes, and let it be.", "McDonald, iPhone.",
    "x x x x x x x x x x.",
)  # fmt: skip
"""Lines of which every kind was once reckoned too short or too long, or could have been."""

SYLLABLES = tuple("ba le mi to nu re dam lon ser tin".split())  # noqa: SIM905
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=1)
ODD_WORDS = st.one_of(
    LETTERS,
    st.text("ABCDEFGHIJKLMNOPQRSTUVXYZ", min_size=2, max_size=7),
    st.text("bcdfghjklmnpqrstvxz", min_size=2, max_size=6),
    st.text("0123456789", min_size=1, max_size=12),
    st.sampled_from("let breath come go perhaps NASA www Dr kg 1977 12:45 3,000 MP3 soooo".split()),  # noqa: SIM905
    st.lists(st.sampled_from(SYLLABLES), min_size=4, max_size=14).map("".join),
)
ODD_TEXT = st.lists(
    st.lists(ODD_WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words) + "."),
    min_size=1, max_size=4,
).map("\n\n".join)  # fmt: skip


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    """The default voice, which remembers what it said: a sentence of several texts is spoken once."""
    return system("", tmp_path_factory.mktemp("cache"), ())


def seconds(voice: Voice, line: str) -> float:
    try:
        return len(voice.speak(line, 1.0, 0.0)) / RATE
    except VoiceError:  # of letters in no order it refuses some
        assume(condition=False)
        raise


@pytest.mark.parametrize("line", ROWS)
def test_a_line_takes_no_less_and_no_more_than_reckoned(voice: Voice, line: str) -> None:
    reckoned = estimate(line)
    assert reckoned.least <= len(voice.speak(line, 1.0, 0.0)) / RATE <= reckoned.most


@settings(max_examples=30, deadline=None)
@given(st.lists(ODD_WORDS, min_size=1, max_size=14).map(" ".join))
def test_so_does_any_line_of_odd_words(voice: Voice, line: str) -> None:
    reckoned = estimate(line)
    assert reckoned.least <= seconds(voice, line) <= reckoned.most


@settings(max_examples=100, deadline=None)
@given(ODD_TEXT)
def test_no_run_can_be_wrong_by_more_than_a_rest_makes_good(text: str) -> None:
    for run in runs(text):
        taken = [estimate(line) for line in run]
        assert sum(one.most for one in taken) + 10 < sum(one.least for one in taken) + 45


def test_a_text_of_one_endless_sentence_is_cut_soon() -> None:
    pieces = list(runs("word " * 40_000))
    assert sum(line.count("word") for run in pieces for line in run) == 40_000


@settings(max_examples=8, deadline=None)
@given(ODD_TEXT)
def test_a_script_of_odd_words_has_the_lengths_in_its_head(voice: Voice, text: str) -> None:
    fits(voice, text)


@pytest.mark.parametrize(
    "text",
    [
        "a b c d e f g h i j k l m n o p " * 20,
        "NASA FBI CIA BBC HTTP XML " * 10,
        "bcdfg hjklm npqrs tvxz " * 10,
        "1234567890 " * 30,
        "".join("lorem ipsum dolor sit amet".split()) * 60,  # noqa: SIM905
        "In 1977, at 12:45, NASA sent 3,000 kg to X. Dr Ray, MD, PhD, was in the U.S.A. then.\n\n" * 4,
    ],
)
def test_texts_that_are_spelt_have_the_lengths_in_their_heads(voice: Voice, text: str) -> None:
    fits(voice, text)


def fits(voice: Voice, text: str) -> None:
    """The script of a text can be had at each length in its head."""
    one = script(text)
    length = one.page.length
    assert length.shortest < length.usual <= length.longest
    for target in (length.shortest, length.usual, length.longest):
        try:
            made = prepare(one, Wish(target=target, seed="a"), voice, LIBRARY)
        except VoiceError:
            assume(condition=False)
            raise
        assert made.timeline.frames == target


# ── whose letters ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "language", "letters", "code"),
    [
        ("静かに座ってください。", "en", "Japanese", "ja"),
        ("安静地坐着。", "en", "Chinese", "cmn"),
        ("นั่งเงียบ ๆ", "en", "Thai", "th"),
        ("مرحبا بكم", "de", "Arabic", "ar"),
        ("Κάθισε ήσυχα.", "ru", "Greek", "el"),
        ("Сядьте спокойно.", "en-GB", "Cyrillic", "ru"),
        ("Sit quietly.", "el", "Latin", "en"),
        ("조용히 앉으세요.", "ja", "Hangul", "ko"),
    ],
)  # fmt: skip
def test_letters_of_another_language_are_named_and_the_option_with_them(
    line: str, language: str, letters: str, code: str
) -> None:
    told = foreign(line, language)
    assert f"“{line}” is in {letters} letters" in told
    assert told.endswith(f"--language {code}")
    with pytest.raises(DraftError, match="--language"):
        draft(line.encode(), "a-text", language)
    assert not foreign(line, code)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Say мир to yourself, softly.", "en"),
        ("Möge es gut sein, naïve Łódź.", "de"),
        ("静かに座る。", "ja"),
        ("Sedi mirno.", "sr"),
        ("Седи мирно.", "sr"),
        ("ānjìng de zuòzhe", "cmn-latn-pinyin"),
        ("12:45, 😀", "ar"),
        ("ａｂｃ 𝐚𝐛𝐜", "el"),
    ],
)  # fmt: skip
def test_a_line_in_letters_of_its_language_or_with_a_word_of_others_is_left(line: str, language: str) -> None:
    assert foreign(line, language) == ""


@cache
def spoken_languages() -> frozenset[str]:
    from guide.voices.system import known

    return frozenset(voice["language"] for voice in known()[0])


@pytest.mark.parametrize(
    "line", ["م", "հ", "অ", "မ", "安", "я", "अ", "አ", "ქ", "ω", "ગ", "ਗ", "한", "א", "か"]
)
def test_the_language_that_is_named_has_a_voice(line: str) -> None:
    assert foreign(line, "en").rpartition(" ")[2] in spoken_languages()

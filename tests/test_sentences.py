"""Where sentences end, and what happens to the listener's name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guide.sentences import is_question, named, paragraphs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Welcome. Sit down.", [["Welcome.", "Sit down."]]),
        ("Is it warm? Good! And… yes.", [["Is it warm?", "Good!", "And…", "yes."]]),
        ("One line\nand the next.", [["One line and the next."]]),
        ("One.\n\nTwo.", [["One."], ["Two."]]),
        ("One.\n  \n\n\nTwo.", [["One."], ["Two."]]),
        ("“Stay.” Then go.", [["“Stay.”", "Then go."]]),
        ("Dr. Lee sits. Mr. Ott too.", [["Dr. Lee sits.", "Mr. Ott too."]]),
        ("It is 3.5 metres. Long.", [["It is 3.5 metres.", "Long."]]),
        ("Some fruit, e.g. apples. Eat.", [["Some fruit, e.g. apples.", "Eat."]]),
        ("J. Smith sits.", [["J. Smith sits."]]),
        ("There are you and I. Both breathe.", [["There are you and I.", "Both breathe."]]),
        ("No end", [["No end"]]),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, expected: list[list[str]]) -> None:
    assert paragraphs(text) == expected


@pytest.mark.parametrize("text", ["", " \n\n ", "…", "… … ?", "—\n\n***"])
def test_what_cannot_be_spoken_is_left_out(text: str) -> None:
    assert paragraphs(text) == []


@given(st.text(alphabet="aB .!?…\n\"',", max_size=80))
def test_no_letter_is_lost_or_invented(text: str) -> None:
    def letters(words: str) -> str:
        return "".join(letter for letter in words if letter.isalnum())

    assert letters("".join(sentence for block in paragraphs(text) for sentence in block)) == letters(text)


@pytest.mark.parametrize(
    ("sentence", "asks"), [("Who?", True), ("“Who?”", True), ("(Who?) ", True), ("Who.", False), ("", False)]
)
def test_a_question_is_known_by_its_end(sentence: str, asks: bool) -> None:
    assert is_question(sentence) is asks


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Welcome, {name}.", "Ada", "Welcome, Ada."),
        ("Welcome, {name}.", None, "Welcome."),
        ("Welcome {name}.", None, "Welcome."),
        ("Welcome, {name|friend}.", None, "Welcome, friend."),
        ("Welcome, {name|friend}.", "Ada", "Welcome, Ada."),
        ("Sit, {name}, and rest.", None, "Sit, and rest."),
        ("Sit {name} and rest.", None, "Sit and rest."),
        ("{name}, you can rest.", None, "you can rest."),
        ("{name}, you can rest.", "Ada", "Ada, you can rest."),
        ("Sit. {name}, you can rest.", None, "Sit. you can rest."),
        ("Sit.\n\n{name}, you can rest.", None, "Sit.\n\nyou can rest."),
        ("Sit.\n\n{name}, you can rest.", "Ada", "Sit.\n\nAda, you can rest."),
        ("Sit.\n\n{name} can rest.", None, "Sit.\n\ncan rest."),
        ("{name} {name}", r"\1 {name}", r"\1 {name} \1 {name}"),
    ],
)
def test_the_name_is_spoken_where_it_is_known_and_not_missed_where_it_is_not(
    text: str, name: str | None, expected: str
) -> None:
    assert named(text, name).replace("  ", " ") == expected


@pytest.mark.parametrize(
    "text",
    [
        " " * 20_000 + "x",
        ", " * 40_000,
        "\n\t" * 30_000 + "{name}",
        "B. " * 20_000,
        "{name}, " * 20_000,
        ".'" * 40_000,
    ],
    ids=["spaces", "commas", "tabs", "initials", "names", "quotes"],
)
def test_a_long_text_takes_no_longer_for_each_of_its_letters(text: str) -> None:
    begun = time.process_time()
    paragraphs(named(text, None))
    assert time.process_time() - begun < 1.5


def test_an_initial_is_judged_by_the_word_before_it_however_long() -> None:
    long = "x" * 400
    assert paragraphs(f"See {long} B. Then go.") == [[f"See {long} B.", "Then go."]]
    assert paragraphs(f"See X{long} B. Lee.") == [[f"See X{long} B. Lee."]]

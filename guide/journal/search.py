"""Words found again in what was said, written, asked and marked.

The index for it is made anew for each search, in memory alone: nothing private is copied to the disk, what
was removed is not found, and what was sealed goes the same way once it is open. 5,000 entries of 300 words
take a third of a second (measured on two cores).
"""

import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from guide.errors import GuideError
from guide.journal.entries import Entry

_PHRASES = re.compile(r'"([^"]*)"?|“([^”]*)”?|(\S+)')
_AROUND = 16
"""Words of what is shown of a finding."""
_MOST_TERMS = 64


@dataclass(frozen=True, slots=True)
class Found:
    """An entry in which all of the words are."""

    entry: Entry
    around: tuple[tuple[str, bool], ...]
    """Some of its text around what was found: pieces, and whether each is one of the words."""


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    begins: bool = False
    """Whether longer words that begin so are meant as well."""


def search(entries: Iterable[Entry], words: str) -> list[Found]:
    """The entries that have all of the words somewhere, the newest first.

    Case and accents do not matter; words in quotation marks belong together, and the last word, where it
    stands alone, may be the beginning of one. Raises GuideError where there is no word in it.
    """
    terms = _terms(words)
    if not terms:
        raise GuideError("There is no word in that to look for.")
    by_number = {entry.id: entry for entry in entries}
    mark = f"\x02{secrets.token_hex(8)}\x03"  # nothing that stands in an entry can be taken for it
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("PRAGMA temp_store = MEMORY")  # what is sorted must not reach the disk either
        _fill(db, by_number.values())
        rows = db.execute(
            "SELECT rowid, snippet(texts, -1, ?, ?, ?, ?) FROM texts WHERE texts MATCH ? ORDER BY rowid DESC",
            (mark, mark, "…", _AROUND, _query(terms)),
        ).fetchall()
    return [Found(by_number[number], _pieces(around.split(mark))) for number, around in rows]


def _terms(words: str) -> list[_Term]:
    """What was typed, as what is looked for; what has neither letter nor digit is left out."""
    matches = list(_PHRASES.finditer(words.replace("\0", " ")))
    typed = [_Term(match[1] or match[2] or match[3] or "", match[3] is not None) for match in matches]
    meant = [term for term in typed if any(map(_is_of_a_word, term.text))][:_MOST_TERMS]
    return [_Term(term.text, term.begins and term is meant[-1]) for term in meant]


def _query(terms: list[_Term]) -> str:
    """The same for FTS5; in its quotation marks nothing that a person types means anything."""
    quoted = (
        '"' + term.text.replace('"', '""') + '"' + ("*" if term.begins else "")
        for term in terms
    )  # fmt: skip
    return " ".join(quoted)


def _is_of_a_word(letter: str) -> bool:
    """Whether `unicode61` has it in words: letters, digits, and what fonts have for themselves."""
    kind = unicodedata.category(letter)
    return kind[0] in "LN" or kind == "Co"


def _fill(db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    try:
        db.execute(
            "CREATE VIRTUAL TABLE texts USING fts5("
            "words, transcript, question, title, marks, tokenize = 'unicode61 remove_diacritics 2')"
        )
    except sqlite3.OperationalError as error:
        raise GuideError(
            "Nothing can be looked for here: the SQLite of this Python has no full-text search (FTS5). "
            "`guide journal export DIR` writes pages that any editor can search."
        ) from error
    db.executemany(
        "INSERT INTO texts (rowid, words, transcript, question, title, marks) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                entry.id,
                entry.words,
                entry.transcript,
                entry.question,
                entry.title,
                "\n".join(one.ask for one in entry.marks),
            )
            for entry in entries
        ),
    )


def _pieces(split: list[str]) -> tuple[tuple[str, bool], ...]:
    """What was split at the marks: every second piece was found."""
    return tuple((text, at % 2 == 1) for at, text in enumerate(split) if text)

"""Where somebody is on the way through the sessions, for whoever shows it. Imports nothing heavy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guide.course import Course, Next, Past, following, load, past
from guide.errors import GuideError, StorageError
from guide.folders import Folders
from guide.journal import Sitting
from guide.journal.store import Store
from guide.legible import legible
from guide.library import Header, Library
from guide.sentences import paragraphs


@dataclass(frozen=True, slots=True)
class Way:
    """A course, the sessions that are there, and what was sat of them."""

    course: Course
    headers: Mapping[str, Header]
    """The sessions by their names; the course may know others."""
    sat: Mapping[str, Past]
    next: Next | None
    trouble: str = ""
    """A sentence where the journal could not be read; then it is as if nothing had been sat."""

    @classmethod
    def found(cls, folders: Folders, library: Library, headers: Iterable[Header] = ()) -> "Way | None":
        """The way of the person with these folders; None where there is no course. Raises GuideError.

        The library's `headers`, where they were read already.
        """
        path = library.course_path()
        if path is None:
            return None
        course, trouble = load(path), ""
        try:
            found = sittings(folders)
        except GuideError as error:
            found, trouble = [], str(error)
        there = {header.name: header for header in headers or library.headers()}
        sat = past(found)
        return cls(course, there, sat, following(course, there, sat), trouble)

    def title(self, name: str, encoding: str = "utf-8") -> str:
        """What a session that is there is called."""
        return legible(self.headers[name].title, encoding)


def suggestion(way: Way, encoding: str = "utf-8") -> str:
    """What comes next and why, in one line; empty where there is nothing to suggest."""
    if way.next is None:
        return ""
    title = way.title(way.next.session, encoding)
    if way.next.reason == "return":
        return f"You have been all the way through. Of all of it, {title} has rested longest."
    opening = {"new": "Next on the way", "again": "Next on the way, once more"}[way.next.reason]
    if not way.sat.keys() & way.headers.keys():
        opening = "The way begins here"
    return f"{opening}: {title}. {legible(_first(way.next.why), encoding)}"


def sittings(folders: Folders) -> list[Sitting]:
    """What was sat, read without the diary, which brings numpy along, and without making a journal.

    Raises StorageError.
    """
    path = folders.data / "journal.db"
    try:
        there = path.is_file()
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error
    return Store(path).sittings() if there else []


def _first(text: str) -> str:
    """The first sentence of a text."""
    return next((sentences[0] for sentences in paragraphs(text)), text)

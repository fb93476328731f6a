"""What was said and written, kept: an index in SQLite, and the recordings as files beside it."""

from typing import TYPE_CHECKING, Any

from guide.journal.entries import Entry, Mark, Sitting, Uptime

if TYPE_CHECKING:
    from guide.journal.diary import Journal, Recording

__all__ = ["Entry", "Journal", "Mark", "Recording", "Sitting", "Uptime"]


def __getattr__(name: str) -> Any:
    """The diary when it is asked for: takes bring numpy along, and what was sat is read without them."""
    if name in ("Journal", "Recording"):
        from guide.journal import diary

        return getattr(diary, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""What was said and written, kept: an index in SQLite, and the recordings as files beside it."""

from guide.journal.diary import Journal, Recording
from guide.journal.entries import Entry, Sitting

__all__ = ["Entry", "Journal", "Recording", "Sitting"]

"""The listener's own words for a session: the journal is opened where a script has a place for them.

It is only read. One that is missing or broken is as one with nothing in it: the session goes another way.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from guide.errors import GuideError
from guide.folders import Folders

if TYPE_CHECKING:
    from guide.echo import Echo
    from guide.journal import Journal
    from guide.saved import Unfinished
    from guide.script.models import Script
    from guide.seal import Key


def for_script(script: "Script", folders: Folders, key: "Key | None" = None) -> "Mapping[str, Echo]":
    """What a script would play, as its `echo` steps ask for it; of a sealed journal what the key opens."""
    from guide.expand import wanted

    asked = wanted(script)
    journal = _journal(folders, key) if asked else None
    if journal is None:
        return {}
    from datetime import datetime

    from guide.echo import found

    try:
        return found(journal, asked, datetime.now().astimezone())
    except GuideError:
        return {}


def for_plan(plan: "Unfinished", folders: Folders, key: "Key | None" = None) -> "Mapping[str, Echo]":
    """What a session that is gone on with has played, or was to play."""
    if not plan.echoes:
        return {}
    from guide.echo import again

    return again(_journal(folders, key), plan.echoes)


def _journal(folders: Folders, key: "Key | None") -> "Journal | None":
    """The journal as it is; none is made."""
    try:
        if not (folders.data / "journal.db").is_file():
            return None
    except OSError:
        return None
    from guide.journal import Journal

    journal = Journal(folders.data)
    journal.key = key
    return journal

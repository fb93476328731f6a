"""The whole journal in open formats: folders by year and month, FLAC, Markdown, and one JSON of it all.

`journal.json` is what an import reads; the pages are for people. It is written last, so a folder that has it
has everything that it names.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from guide.errors import NotFoundError, StorageError
from guide.folders import private
from guide.journal.diary import Journal, checksum_of
from guide.journal.entries import Entry, Sitting, fingerprint, stem
from guide.journal.export import markdown, put
from guide.journal.outgoing import Content, outgoing
from guide.journal.sealing import SUFFIX
from guide.journal.verify import decoded
from guide.seal import SealedError

FORMAT = 1
"""The version of journal.json; an import refuses a later one."""
INDEX = "journal.json"
MOST_BYTES = 32 << 20
"""Of journal.json: a lifetime of words, and little enough to read at once."""


@dataclass(slots=True)
class Archived:
    """What was written."""

    entries: int = 0
    files: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """A sentence for each entry whose recording is not what it was."""


def archive(journal: Journal, entries: Iterable[Entry], folder: Path) -> Archived:
    """Copy entries, and every sitting, into a folder (0700 if new, files 0600), each file whole or not there.

    What is there already and is the same stays; what is there and differs is never written over: then nothing
    is written at all. A recording that is gone or damaged leaves its entry out. Raises StorageError.
    """
    done = Archived()
    copies: dict[Path, Content] = {}
    rows = []
    for entry in entries:
        place = f"{entry.created:%Y}/{entry.created:%m}" if entry.dated else "undated"
        file = None
        told = entry
        if entry.kind == "spoken":
            out = _whole(journal, entry)
            if out is None:
                done.left_out.append(
                    f"Entry {entry.id} is left out: its recording is not what it was. `guide journal verify` "
                    f"says more; `guide journal export DIR {entry.id}` copies it as it is."
                )
                continue
            told, copies[folder / place / (out[0].recording or "")] = out
            file = f"{place}/{told.recording}"
        row = packed(told, file)
        name = stem(told.id, told.when)
        if told.sealed is None:
            copies[folder / place / f"{name}.md"] = page(told, row).encode()
        else:
            copies[folder / place / f"{name}.json{SUFFIX}"] = told.sealed
        rows.append(row)
    index = {"guide": FORMAT, "entries": rows, "sittings": [_sitting(one) for one in journal.sittings()]}
    text = json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n"
    if len(text) > MOST_BYTES:
        raise StorageError(f"Too many words for one {INDEX}. Export some of the entries: add their numbers.")
    if not folder.exists():
        private(folder)
    put({**copies, folder / INDEX: text}, folder)
    done.entries = len(rows)
    done.files = [*copies, folder / INDEX]
    return done


def packed(entry: Entry, file: str | None) -> dict[str, Any]:
    """An entry as it stands in journal.json; `file` is where its recording is in the folder.

    Where it was begun before the clock was set it is told when in which run of the machine, and whether
    `created` is known by now.
    """
    return {
        "id": entry.id,
        "created": entry.created.isoformat(),
        "kind": entry.kind,
        "session": entry.session,
        "title": entry.title,
        "session_frames": entry.session_frames,
        "question": entry.question,
        "words": entry.words,
        "marks": [asdict(one) for one in entry.marks],
        "transcript": entry.transcript,
        "file": file,
        "frames": entry.frames,
        "sha256": entry.checksum,
        "deleted": entry.deleted.isoformat() if entry.deleted else None,
        "echo": entry.echo,
        "fingerprint": fingerprint(entry),
        **{
            name: base64.b64encode(data).decode("ascii")
            for name, data in (("sealed", entry.sealed), ("transcript_sealed", entry.transcript_sealed))
            if data is not None
        },
        **_learnt(entry),
    }


def page(entry: Entry, row: dict[str, Any]) -> str:
    """A page of Markdown with its facts before it, as YAML; the words stand below, once."""
    import yaml

    facts = {
        key: row[key]
        for key in (
            "id",
            "created",
            "kind",
            "session",
            "title",
            "question",
            "sha256",
            "deleted",
            "fingerprint",
        )
        if row[key] is not None and (key != "created" or entry.dated)
    }
    if entry.recording:
        facts["recording"] = entry.recording
    if entry.echo:
        facts["echo"] = True
    if entry.marks:
        facts["marks"] = {one.key: one.mark for one in entry.marks}
    return f"---\n{yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)}---\n\n{markdown(entry)}"


def _whole(journal: Journal, entry: Entry) -> tuple[Entry, Content] | None:
    """An entry as it goes out and its recording, if that is what the index says."""
    try:
        path = journal.path(entry)
        right = entry.frames > 0 and checksum_of(path) == entry.checksum and not path.is_symlink()
        if path.suffix != SUFFIX:
            right = right and decoded(path) == entry.frames
        return outgoing(journal, entry) if right else None
    except (NotFoundError, StorageError, SealedError):
        return None


def _sitting(one: Sitting) -> dict[str, Any]:
    return {
        "session": one.session,
        "started": one.started.isoformat(),
        "asked": one.asked,
        "frames": one.frames,
        "finished": one.finished,
        **_learnt(one),
    }


def _learnt(one: Entry | Sitting) -> dict[str, Any]:
    """How it stands with a date that was not known at first; nothing for one that always was."""
    if one.boot is None and one.dated:
        return {}
    return {"boot": one.boot, "since": one.since, "dated": one.dated}

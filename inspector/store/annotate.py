"""What a user says of calls: marks and notes, written beside what a recorder writes.

The one door through which a reader changes a recording. Each piece of work is one short transaction, so that a recorder
waits for a moment at most; a call that has gone meanwhile is passed over. Marked calls are not pruned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import RecordingError
from inspector.store.open import open_for_writing


@dataclass(frozen=True, slots=True)
class Marked:
    """These calls are marked from now on, or no longer."""

    ids: tuple[int, ...]
    on: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """The note of a call; an empty one takes it away."""

    id: int
    text: str


Word = Marked | Noted


def annotate(path: Path, words: Sequence[Word]) -> None:
    """Write marks and notes, in their order, all or none.

    Raises:
        RecordingError: the recording cannot be written.
    """
    db = open_for_writing(path, journal="keep", create=False)
    try:
        with db.atomic():
            for word in words:
                _write(db.conn, word)
    except sqlite3.Error as error:
        raise RecordingError(
            f"marks and notes cannot be written: {error}", f"See who holds the file, and whether you may write {path}"
        ) from error
    finally:
        db.close()


def _write(conn: sqlite3.Connection, word: Word) -> None:
    match word:
        case Marked(ids, on):
            conn.executemany("UPDATE exchange SET marked = ? WHERE id = ?", [(int(on), number) for number in ids])
        case Noted(number, text):
            conn.execute("UPDATE exchange SET note = ? WHERE id = ?", (text or None, number))

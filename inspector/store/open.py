"""How a recording is opened: for reading, or for writing.

Facts
-----
A reader of a WAL database needs its `-shm` file, and SQLite makes one when there is none; in a directory one may not
write that fails (SQLITE_CANTOPEN), unless the file is said to be immutable, which is true only when no `-wal` with
pages that are not in the file yet lies beside it (https://www.sqlite.org/wal.html#read_only_databases).
`auto_vacuum` can be chosen only before the first table is made; `application_id` and `user_version` are part of the
transaction in which they are set (https://www.sqlite.org/pragma.html).
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inspector.errors import RecordingError
from inspector.store.version import APPLICATION_ID, OLDEST_READABLE, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlite_utils import Database

Journal = Literal["wal", "delete", "keep"]

BUSY_SECONDS = 30.0
"""How long one waits for another's lock; the longest transaction of ours (retention) is far below a second."""

_UPGRADE = "Upgrade it: pip install --upgrade b2-inspector"
_OTHER = "Name a recording with -r FILE or $B2_INSPECTOR_RECORDING."


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection, which works while others write, and in a directory that one may not write.

    The connection may be used from any one thread at a time.

    Raises:
        RecordingError: there is no such file, it cannot be read, or it is no recording that this version understands.
    """
    _demand_file(path)
    try:
        conn = _connect(path, "mode=ro")
    except sqlite3.Error as error:
        if not _needs_shared_memory(error):
            raise _unreadable(path, error) from error
        conn = _connect_immutable(path, error)
    try:
        _demand_recording(conn, path)
        _tune(conn)
    except sqlite3.Error as error:
        conn.close()
        raise _unreadable(path, error) from error
    except RecordingError:
        conn.close()
        raise
    return conn


def leave_one_file(path: Path) -> None:
    """Let SQLite remove an empty `-wal` and the `-shm` beside a recording, unless somebody else has it open.

    A read-only connection makes both and, being read-only, leaves both (https://www.sqlite.org/wal.html#read_only_databases):
    a recording is one file, to be copied and sent as that.
    """
    try:
        if os.stat(f"{path}-wal").st_size or not os.access(path, os.W_OK):
            return  # what a writer that was killed has left is the next writer's
        conn = sqlite3.connect(f"{_uri(path)}?mode=rw", uri=True, timeout=0.0, isolation_level=None)
    except (OSError, sqlite3.Error):
        return
    try:
        conn.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return
    finally:
        conn.close()


def open_for_writing(path: Path, journal: Journal = "wal", create: bool = True) -> Database:
    """The recording at `path`, brought to the newest schema; transactions are explicit.

    A missing one is made (0600), unless `create` says not to. `journal` says how it is kept: `wal`; `delete` (one file
    that opens anywhere); `keep` what is there, else `wal`.
    Several processes may create the same file at once.

    Raises:
        RecordingError: the file cannot be created or written, or it is no recording that this version understands.
    """
    from sqlite_utils import Database

    if create:
        _create(path)
    else:
        _demand_file(path)
    try:
        conn = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _unwritable(path, error) from error
    try:
        db = Database(conn)
        _prepare(db, path, journal)
    except sqlite3.Error as error:
        conn.close()
        raise _unwritable(path, error) from error
    except RecordingError:
        conn.close()
        raise
    return db


# Reading


def _demand_file(path: Path) -> None:
    if path.is_dir():
        raise RecordingError(f"{path} is a directory, not a recording.", _OTHER)
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise RecordingError(
            f"There is no recording at {path}.", f"Record a program: b2-inspector run -- COMMAND. {_OTHER}"
        ) from None
    except OSError as error:
        raise RecordingError(f"The recording {path} cannot be read: {error.strerror}.", _OTHER) from error
    if empty:
        raise RecordingError(f"The recording {path} holds nothing yet.", "Record into it: b2-inspector run -- COMMAND")


def _connect(path: Path, query: str) -> sqlite3.Connection:
    conn = sqlite3.connect(
        f"{_uri(path)}?{query}", uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def _uri(path: Path) -> str:
    """SQLite takes no authority in a file URI, so a Windows share (`file://server/...`) gets two slashes more."""
    uri = path.absolute().as_uri()
    return uri if uri.startswith("file:///") else "file://" + uri.removeprefix("file:")


def _needs_shared_memory(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))


def _connect_immutable(path: Path, error: sqlite3.Error) -> sqlite3.Connection:
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        raise RecordingError(
            f"The recording {path} was not closed, and its directory may not be written.",
            f"Copy {path.name} and {wal.name} together into a directory of yours, and open the copy.",
        ) from error
    try:
        return _connect(path, "mode=ro&immutable=1")
    except sqlite3.Error as second:
        raise _unreadable(path, second) from second


def _demand_recording(conn: sqlite3.Connection, path: Path) -> None:
    if _pragma(conn, "application_id") != APPLICATION_ID:
        raise RecordingError(f"{path} is a database, but not a recording of b2-inspector.", _OTHER)
    version = _pragma(conn, "user_version")
    if version > SCHEMA_VERSION:
        raise RecordingError(
            f"The recording {path} was written by a newer b2-inspector (schema {version}, this one knows"
            f" {SCHEMA_VERSION}).",
            _UPGRADE,
        )
    if version < OLDEST_READABLE:
        raise RecordingError(
            f"The recording {path} was written by an older b2-inspector (schema {version} of {SCHEMA_VERSION}).",
            f"Bring it up to date: b2-inspector prune --keep all -r {path}",
        )


def _tune(conn: sqlite3.Connection) -> None:
    conn.execute("PRAGMA query_only = ON")
    conn.execute("PRAGMA cache_size = -32000")
    conn.execute("PRAGMA temp_store = MEMORY")


def _unreadable(path: Path, error: sqlite3.Error) -> RecordingError:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
        return RecordingError(f"{path} is not a recording: it is no SQLite database.", _OTHER)
    return RecordingError(
        f"The recording {path} cannot be read: {error}.", f"Look at it: sqlite3 '{path}' 'PRAGMA integrity_check'"
    )


# Writing


def _create(path: Path) -> None:
    """The file, for its owner alone; so are the directories that are made for it."""
    try:
        missing = [parent for parent in path.parents if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    except OSError as error:
        raise RecordingError(f"The recording {path} cannot be written: {error.strerror}.", _OTHER) from error


def _prepare(db: Database, path: Path, journal: Journal) -> None:
    conn = db.conn
    if not _pragma(conn, "page_count"):
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
    if _pragma(conn, "application_id") != APPLICATION_ID or _pragma(conn, "user_version") != SCHEMA_VERSION:
        created = _migrate(db, path)
        journal = "wal" if created and journal == "keep" else journal
    if journal != "keep":
        _set_journal(conn, journal)
    conn.execute("PRAGMA synchronous = NORMAL")


def _migrate(db: Database, path: Path) -> bool:
    """Bring the file to the newest schema in one transaction, and say whether it was empty.

    Whoever comes second waits for the first, and finds the work done.
    """
    from inspector.store.schema import migrations

    conn = db.conn
    conn.execute("BEGIN IMMEDIATE")
    try:
        empty = bool(conn.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0])
        if not empty:
            _demand_writable(conn, path)
        migrations.apply(db)
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return empty


def _demand_writable(conn: sqlite3.Connection, path: Path) -> None:
    if _pragma(conn, "application_id") != APPLICATION_ID:
        raise RecordingError(f"{path} is a database, but not a recording of b2-inspector.", _OTHER)
    if _pragma(conn, "user_version") > SCHEMA_VERSION:
        raise RecordingError(f"The recording {path} was written by a newer b2-inspector.", _UPGRADE)


def _set_journal(conn: sqlite3.Connection, journal: str) -> None:
    """Changing the journal needs the file alone, and SQLite does not wait for that by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            conn.execute(f"PRAGMA journal_mode = {journal}").fetchone()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _unwritable(path: Path, error: sqlite3.Error) -> RecordingError:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
        return RecordingError(f"{path} is not a recording: it is no SQLite database.", _OTHER)
    return RecordingError(f"The recording {path} cannot be written: {error}.", _OTHER)


def _pragma(conn: sqlite3.Connection, name: str) -> int:
    return int(conn.execute(f"PRAGMA {name}").fetchone()[0])

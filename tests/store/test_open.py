"""Opening a recording: whatever the file is, it opens, or the error says what to do."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.errors import RecordingError
from inspector.store.open import open_for_reading, open_for_writing
from inspector.store.reader import Recording
from inspector.store.version import APPLICATION_ID, OLDEST_READABLE, SCHEMA_VERSION

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")


def pragma(conn: sqlite3.Connection, name: str) -> object:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_recording_is_marked_as_one(tmp_path: Path) -> None:
    """Its identity, its log and its vacuum are set from the first byte."""
    with closing(open_for_writing(tmp_path / "r.db")) as db:
        assert (pragma(db.conn, "application_id"), pragma(db.conn, "user_version")) == (APPLICATION_ID, SCHEMA_VERSION)
        assert (pragma(db.conn, "journal_mode"), pragma(db.conn, "auto_vacuum")) == ("wal", 2)


@posix
def test_a_new_recording_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else may read it, nor list the directories that were made for it."""
    path = tmp_path / "new" / "dir" / "r.db"
    record(path, [call()])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path.parent.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("name", ["r.db", "a b#1?x%20.db", "ünï ß.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    """What means something in a URI means nothing in a name."""
    if sys.platform == "win32" and "?" in name:
        pytest.skip("Windows knows no such name")
    path = record(tmp_path / name, [call()])

    with closing(open_for_reading(path)) as conn:
        assert conn.execute("SELECT count(*) FROM exchange").fetchone() == (1,)


def test_readers_cannot_write(tmp_path: Path) -> None:
    """Reading a recording leaves it as it is."""
    with (
        closing(open_for_reading(record(tmp_path / "r.db", [call()]))) as conn,
        pytest.raises(sqlite3.OperationalError),
    ):
        conn.execute("DELETE FROM exchange")


def test_readers_see_what_is_written_meanwhile(tmp_path: Path) -> None:
    """A writer locks no reader out, nor a reader a writer."""
    path = record(tmp_path / "r.db", [call()])
    with closing(open_for_reading(path)) as conn:
        cursor = conn.execute("SELECT id FROM exchange")
        record(path, [call()] * 3)
        assert cursor.fetchall() == [(1,)]
        assert conn.execute("SELECT count(*) FROM exchange").fetchone() == (3,)  # the first has the same uid again


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("no database at all, but some text " * 100)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE t (a)")


def newer(path: Path) -> None:
    record(path, [call()])
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def older(path: Path) -> None:
    record(path, [call()])
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {OLDEST_READABLE - 1}")


def cut(path: Path) -> None:
    record(path, [call()])
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    os.truncate(path, 5000)


BAD_FILES = [
    (None, "There is no recording", "b2-inspector run --"),
    (empty, "holds nothing yet", "b2-inspector run --"),
    (text, "no SQLite database", "-r FILE"),
    (foreign, "not a recording of b2-inspector", "-r FILE"),
    (newer, "newer b2-inspector", "pip install --upgrade"),
    (older, "older b2-inspector", "prune --keep all"),
    (cut, "cannot be read", "integrity_check"),
    (Path.mkdir, "is a directory", "-r FILE"),
]


@pytest.mark.parametrize(("make", "message", "hint"), BAD_FILES)
def test_what_is_no_recording_is_refused_with_the_next_step(
    tmp_path: Path, make: object, message: str, hint: str
) -> None:
    """Missing, empty, foreign, newer, older, damaged: with the next step."""
    path = tmp_path / "bad.db"
    if callable(make):
        make(path)

    with pytest.raises(RecordingError) as caught:
        open_for_reading(path)

    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(("make", "message"), [(text, "no SQLite"), (foreign, "not a recording"), (newer, "newer")])
def test_writers_leave_alone_what_is_no_recording(tmp_path: Path, make: object, message: str) -> None:
    """Somebody else's file is not touched."""
    path = tmp_path / "bad.db"
    assert callable(make)
    make(path)
    before = path.read_bytes()

    with pytest.raises(RecordingError, match=message):
        open_for_writing(path)

    assert before == path.read_bytes()


def test_readers_leave_one_file(tmp_path: Path) -> None:
    """Who reads makes files beside the recording, and the last one takes them away; nobody's else, and no pages."""
    path = tmp_path / "r.db"
    open_for_writing(path).conn.close()
    first, second = Recording(path), Recording(path)
    first.close()
    assert second.count() == 0
    assert len(list(tmp_path.iterdir())) == 3
    second.close()
    assert list(tmp_path.iterdir()) == [path]

    writer = open_for_writing(path)
    Recording(path).close()
    writer.conn.execute("INSERT INTO session (uid, kind, started_at) VALUES ('u', 'run', 1.0)")
    kept = Path(f"{path}-wal").read_bytes()
    Recording(path).close()
    assert Path(f"{path}-wal").read_bytes() == kept != b""
    writer.conn.close()


def test_writing_where_there_is_no_place_is_refused(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "file").touch()

    with pytest.raises(RecordingError, match="cannot be written"):
        open_for_writing(tmp_path / "file" / "r.db")


def test_an_older_recording_is_brought_up_to_date_by_writing(tmp_path: Path) -> None:
    """Nothing in it is lost."""
    older(tmp_path / "r.db")

    open_for_writing(tmp_path / "r.db", journal="keep").close()

    with closing(open_for_reading(tmp_path / "r.db")) as conn:
        assert conn.execute("SELECT count(*) FROM exchange").fetchone() == (1,)


@pytest.mark.parametrize(("journal", "kept"), [("wal", "wal"), ("delete", "delete"), ("keep", "delete")])
def test_a_writer_says_how_the_file_is_kept(tmp_path: Path, journal: str, kept: str) -> None:
    """A file that opens anywhere stays one when that is asked for."""
    open_for_writing(tmp_path / "r.db", journal="delete").close()

    with closing(open_for_writing(tmp_path / "r.db", journal=journal)) as db:  # type: ignore[arg-type]
        assert kept == pragma(db.conn, "journal_mode")


def _open_once(path: Path) -> None:
    open_for_writing(path).close()


@pytest.mark.slow
def test_several_may_create_the_same_recording_at_once(tmp_path: Path) -> None:
    """One makes the tables, the others wait and find them."""
    context = multiprocessing.get_context("spawn")
    for number in range(3):
        path = tmp_path / f"{number}.db"
        processes = [context.Process(target=_open_once, args=(path,)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
        open_for_reading(path).close()


# A directory that one may not write


@contextmanager
def unwritable(directory: Path) -> Iterator[None]:
    """The directory can be read, not written; root is nobody for that time, whom permissions bind."""
    directory.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o755)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that anybody may enter: those of pytest are their owner's alone."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@posix
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_directory_that_one_may_not_write_is_no_hindrance(open_directory: Path, journal: str) -> None:
    """A closed recording has all that it needs in one file."""
    path = record(open_directory / "r.db", [call()])
    open_for_writing(path, journal=journal).close()  # type: ignore[arg-type]
    path.chmod(0o644)

    with unwritable(open_directory), closing(open_for_reading(path)) as conn:
        assert conn.execute("SELECT count(*) FROM exchange").fetchone() == (1,)


@posix
def test_a_log_that_cannot_be_read_is_not_passed_over(open_directory: Path) -> None:
    """A recording that was not closed shows all of its calls, or says why it cannot."""
    path = record(open_directory / "r.db", [call()])
    db = open_for_writing(path)
    db.conn.execute("UPDATE exchange SET note = 'only in the log'")
    kept = open_directory / "kept.db"
    shutil.copy(path, kept)
    shutil.copy(f"{path}-wal", f"{kept}-wal")
    db.close()
    for file in open_directory.iterdir():
        file.chmod(0o644)

    with unwritable(open_directory), pytest.raises(RecordingError) as caught:
        open_for_reading(kept)

    assert "was not closed" in caught.value.message
    assert "Copy kept.db and kept.db-wal" in caught.value.hint
    with closing(open_for_reading(kept)) as conn:
        assert conn.execute("SELECT note FROM exchange").fetchone() == ("only in the log",)

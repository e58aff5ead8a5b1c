"""Files that several processes may write at once: whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector.errors import CaptureError

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # tries for ten seconds, then OSError
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def private_directory(directory: Path) -> Path:
    """The directory, created where it is missing, for its owner alone (0700).

    Raises CaptureError where it cannot be created.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sys.platform != "win32" and directory.stat().st_mode & 0o077:
            directory.chmod(0o700)
    except OSError as error:
        raise CaptureError(
            f"the directory {directory} cannot be used: {error.strerror or error}",
            "name another one in B2_INSPECTOR_HOME, or correct its permissions",
        ) from error
    return directory


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file for its owner alone (0600) in one step: a reader sees the old content or the new, never a part.

    Raises CaptureError where it cannot be written.
    """
    temporary = None
    try:
        # mkstemp creates with 0600 and O_EXCL; os.replace is atomic within one directory on POSIX and Windows.
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise _unwritable(path, error) from error
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`: one process at a time. The system gives it back when its holder dies.

    Raises CaptureError where the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with suppress(OSError):  # a file system without locks (some NFS): unguarded, as everything there is
            _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> CaptureError:
    return CaptureError(
        f"{path} cannot be written: {error.strerror or error}",
        "make room or correct the permissions there, or name another directory in B2_INSPECTOR_HOME",
    )

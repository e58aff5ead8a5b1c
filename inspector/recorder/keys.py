"""The key under which secrets become pseudonyms: one for each user's data directory, never in a recording."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from inspector.errors import CaptureError

NAME = "pseudonym.key"
SIZE = 32


def pseudonym_key(data_dir: Path) -> bytes:
    """The 32 random bytes of this data directory; made when there are none.

    Raises:
        CaptureError: the file is there and cannot be read, or is not such a key.
    """
    path = data_dir / NAME
    if not path.exists():
        _make(path)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise CaptureError(f"cannot read {path}: {error.strerror}", "make it readable for you alone (0600)") from error
    if len(key) != SIZE:
        raise CaptureError(f"{path} is not a key of {SIZE} bytes", "remove it; a new one is made, pseudonyms change")
    return key


def _make(path: Path) -> None:
    """Two recorders may start at once: the first link wins, and both read what is there."""
    draft = path.with_name(f".{NAME}.{os.getpid()}")
    fd = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(secrets.token_bytes(SIZE))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:
        os.replace(draft, path)  # A file system without hard links.
    draft.unlink(missing_ok=True)

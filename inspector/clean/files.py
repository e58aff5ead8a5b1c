"""Any file searched for credentials: text, captures of other programs, fixtures, what is compressed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from inspector.errors import UsageError
from inspector.leaks.find import Find
from inspector.leaks.streams import stream_finds
from inspector.store.version import APPLICATION_ID

SQLITE = b"SQLite format 3\0"
_PIECE = 1024 * 1024
_SKIPPED = frozenset((".git", ".hg", ".svn", "node_modules", ".venv", "__pycache__"))
"""Directories that nobody means when he names one above them."""


class Line(NamedTuple):
    """A credential of a file: its line (from 1 on; None where the file is no text), and the find."""

    line: int | None
    find: Find


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that are named, and those in the directories that are.

    Raises:
        UsageError: one is not there.
    """
    for path in paths:
        if path.is_dir():
            for directory, names, files in os.walk(path):
                names[:] = sorted(name for name in names if name not in _SKIPPED)
                yield from (Path(directory, name) for name in sorted(files) if not Path(directory, name).is_symlink())
        elif path.exists():
            yield path
        else:
            raise UsageError(f"there is no {path}", "Name files, recordings, or directories of them.")


def is_recording(path: Path) -> bool:
    """Whether a file is a recording of this project: SQLite's header, with our number in it."""
    with path.open("rb") as file:
        head = file.read(72)
    return head.startswith(SQLITE) and int.from_bytes(head[68:72], "big") == APPLICATION_ID


def file_leaks(path: Path, known: Iterable[bytes] = ()) -> Iterator[Line]:
    """Every credential in a file, in the order of its windows."""
    lines = _Lines()
    with path.open("rb") as file:
        for find in stream_finds(lines.counting(iter(lambda: file.read(_PIECE), b"")), known):
            yield Line(lines.of(find.offset) if "compressed" not in find.how else None, find)


class _Lines:
    """Which line a byte stands in, of bytes that have passed."""

    def __init__(self) -> None:
        self._breaks: list[tuple[int, int, bytes]] = []
        self._text = True

    def counting(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces."""
        position, line = 0, 1
        for piece in pieces:
            self._text = self._text and b"\0" not in piece[:4096]
            self._breaks.append((position, line, piece))
            if len(self._breaks) > 8:  # a window with its lap, and what was read ahead
                self._breaks.pop(0)
            yield piece
            position += len(piece)
            line += piece.count(b"\n")

    def of(self, offset: int) -> int | None:
        """The line of a byte; None in what is no text."""
        if not self._text:
            return None
        for position, line, piece in reversed(self._breaks):
            if position <= offset:
                return line + piece.count(b"\n", 0, offset - position)
        return None

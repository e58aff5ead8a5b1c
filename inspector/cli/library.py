"""The recordings that sessions of `serve` may be on: the one that is served, or those below a directory."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.cli.playing import player_of
from inspector.errors import NothingMatched, UsageError

if TYPE_CHECKING:
    from inspector.replay.play.player import Player

KEPT = 200
"""Recordings that are kept open: a suite asks for the same ones again and again."""


class Library:
    """Gives the player of a session. `given` are the options of `serve`; faults and keys hold for every session."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = dict(given)
        self._root: Path = given["recording"]
        self._kept: dict[tuple[object, ...], Any] = {}
        self._lock = threading.Lock()

    def __call__(self, asked: Mapping[str, str]) -> Player:
        """The player for `recording` (below the directory), `session` and `filter`.

        Raises:
            InspectorError: there is no such recording, or no call in it.
        """
        from inspector.replay.play.faults import read_fault
        from inspector.replay.play.player import Player

        path = self._path(asked.get("recording", ""))
        words = tuple(asked["filter"].split()) if asked.get("filter") else self._given["words"]
        session = asked.get("session") or self._given["session"]
        at = path.stat()
        key = (path, at.st_mtime_ns, at.st_size, words, session)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = player_of({**self._given, "recording": path, "words": words, "session": session})
            with self._lock:
                if len(self._kept) >= KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = kept
        faults = tuple(map(read_fault, self._given["faults"]))  # they count how often they struck
        return Player(kept.cassette, replace(kept.options, faults=faults))

    def _path(self, name: str) -> Path:
        if not self._root.is_dir():
            if name:
                raise UsageError(
                    "`recording` names a file below a directory, and one file is served", "b2-inspector serve -r DIR"
                )
            return self._root
        if not name:
            raise UsageError("`recording` says which", f"name a file below {self._root}")
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root.resolve()) or not path.is_file():
            raise NothingMatched(f"there is no recording {name}", f"recordings are named from {self._root} on")
        return path

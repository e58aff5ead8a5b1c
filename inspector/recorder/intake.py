"""A body on its way into the recording: digests over all of it, pieces of what is kept, in constant memory.

Three things happen to each run of bytes: it is digested as sent; where the body is aws-chunked it is decoded and the
payload digested; and what is kept goes on a shelf, in pieces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from inspector.recorder.unframe import Framing, Unframer
from inspector.s3.checksums import Digester
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, SignedChunk

PIECE_SIZE = 1024 * 1024
PREFIX_SIZE = 64 * 1024
"""How much of a body is looked at for facts."""

Redact = Callable[[bytes], tuple[bytes, tuple[str, ...]]]


class BodyStore(Protocol):
    """Where pieces go: the part of `store.Writer` that the intake needs."""

    def put_body(self, data: bytes) -> int: ...
    def begin_body(self) -> int: ...
    def put_piece(self, body: int, position: int, data: bytes) -> None: ...
    def end_body(self, body: int, sha256: str, size: int) -> int: ...


class Shelf:
    """The kept part of a body: at most `limit` bytes (None: all), redacted in its first piece."""

    def __init__(self, store: BodyStore, limit: int | None, redact: Redact | None) -> None:
        self.body: int | None = None
        self.full = False
        self.redacted: tuple[str, ...] = ()
        self.size = 0
        self._store = store
        self._limit = limit
        self._redact = redact
        self._waiting = bytearray()
        # The bytes on the shelf are those that were sent unless some are cut off or replaced: then they need a hash
        # of their own.
        self._sha256 = None if limit is None and redact is None else hashlib.sha256()

    def add(self, data: bytes) -> None:
        """Keep these bytes, as far as there is room."""
        if self.full:
            return
        room = len(data) if self._limit is None else self._limit - self.size - len(self._waiting)
        self._waiting += data[:room]
        self.full = room < len(data)
        if len(self._waiting) >= PIECE_SIZE:
            self._put_whole_pieces()

    def end(self, sent_sha256: str) -> int | None:
        """Everything is there: gives the body's id, None when nothing was kept."""
        if self.body is None and len(self._waiting) <= PIECE_SIZE:
            self._redact_first()
            self.size = len(self._waiting)
            return self._store.put_body(bytes(self._waiting)) if self._waiting else None
        self._put_whole_pieces()
        if self._waiting:
            self._put(len(self._waiting))
        assert self.body is not None
        sha256 = sent_sha256 if self._sha256 is None else self._sha256.hexdigest()
        return self._store.end_body(self.body, sha256, self.size)

    def _put_whole_pieces(self) -> None:
        if self.body is None:
            self.body = self._store.begin_body()
            self._redact_first()
        while len(self._waiting) >= PIECE_SIZE:
            self._put(PIECE_SIZE)

    def _put(self, size: int) -> None:
        assert self.body is not None
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        if self._sha256 is not None:
            self._sha256.update(piece)
        self._store.put_piece(self.body, self.size, piece)
        self.size += size

    def _redact_first(self) -> None:
        if self._redact is not None:
            clean, self.redacted = self._redact(bytes(self._waiting))
            self._waiting[:] = clean


@dataclass(frozen=True, slots=True)
class Taken:
    """A body that has come to its end: where its bytes are (None: nothing kept) and what is known of it."""

    body: int | None
    info: BodyInfo
    redacted: tuple[str, ...]


class BodyIntake:
    """Takes a body run by run.

    `keep`: how many bytes are stored (None: all). `framing`: it is aws-chunked, and how. `redact`: replaces secrets in
    its first piece. `on_chunks`: receives signed chunks in portions, as they pass.
    """

    def __init__(
        self,
        store: BodyStore,
        keep: int | None,
        framing: Framing | None = None,
        redact: Redact | None = None,
        on_chunks: Callable[[list[SignedChunk]], None] | None = None,
    ) -> None:
        self.prefix = b""
        self._shelf = Shelf(store, keep, redact)
        self._sent = Digester()
        self._unframer = None if framing is None else Unframer(framing, on_chunks)
        self._missing: str | None = None

    @property
    def body(self) -> int | None:
        """The id of the body once a piece of it was stored before its end."""
        return self._shelf.body

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self._sent.size

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if len(self.prefix) < PREFIX_SIZE:
            self.prefix += data[: PREFIX_SIZE - len(self.prefix)]
        self._sent.update(data)
        if self._unframer is not None:
            self._unframer.feed(data)
        self._shelf.add(data)

    def gap(self, reason: str) -> None:
        """Bytes passed that this side has not seen: what is stored ends here, and digests are of what was seen."""
        self._missing = self._missing or reason
        self._shelf.full = True

    def finish(self, incomplete: str | None = None) -> Taken:
        """The body has ended; `incomplete` says why it did so before its time."""
        sent = self._sent.digests()
        framed = self._unframer.finish() if self._unframer else {}
        cut = "keep-limit" if self._shelf.full else None
        body = self._shelf.end(sent.sha256)
        if sent.size == 0 and not incomplete and not self._missing:
            return Taken(None, EMPTY_BODY, ())
        info = BodyInfo(
            sent=sent,
            stored_size=self._shelf.size,
            truncated=self._missing or incomplete or cut,
            redacted=bool(self._shelf.redacted),
            **framed,
        )
        return Taken(body, info, self._shelf.redacted)

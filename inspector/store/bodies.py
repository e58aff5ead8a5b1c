"""Bodies out of a recording, piece by piece: a body may be a gibibyte and is never held whole.

A body is stored as it was sent. Its text is what remains when aws-chunked framing and content encodings are taken off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import get_ident
from typing import Any

from inspector.errors import RecordingError
from inspector.s3.chunked import Decoder, content_codings, is_aws_chunked
from inspector.wire.codings import Uncodable, unpacked
from inspector.wire.headers import Headers

WINDOW = 1024 * 1024
"""Bytes that are handled at once."""

SAMPLE = 4096
"""Bytes at the beginning of a body that tell text from binary."""


class StoredBody:
    """The bytes of one side of an exchange, as they are stored. Of no body at all when `body` is None.

    A body that is still coming has the pieces that have come.
    """

    def __init__(self, conn: sqlite3.Connection, body: int | None) -> None:
        self._conn = conn
        self._body = body

    @property
    def size(self) -> int:
        """Bytes that are stored."""
        row = self._conn.execute("SELECT max(position + size) FROM piece WHERE body = ?", [self._body]).fetchone()
        return row[0] or 0

    def read(self, offset: int = 0, size: int = -1) -> bytes:
        """At most `size` bytes from `offset` on; all that follow when it is negative."""
        end = self.size if size < 0 else offset + size
        return b"".join(_cut(self.pieces(offset, end), offset, end))

    def __iter__(self) -> Iterator[bytes]:
        return (data for _, data in self.pieces())

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """(position, bytes) of each piece that touches the bytes from `start` to `end`."""
        rows = self._conn.execute(
            "SELECT position, codec, data FROM piece WHERE body = :body AND position < coalesce(:end, position + 1)"
            " AND position >= coalesce((SELECT max(position) FROM piece WHERE body = :body AND position <= :start), 0)"
            " ORDER BY position",
            {"body": self._body, "start": start, "end": end},
        )
        return ((position, _unpacked(codec, data)) for position, codec, data in rows)


def _cut(pieces: Iterable[tuple[int, bytes]], start: int, end: int) -> Iterator[bytes]:
    for position, data in pieces:
        yield data[max(0, start - position) : max(0, end - position)]


def _unpacked(codec: str, data: bytes) -> bytes:
    """The bytes of a piece.

    A frame says how much it holds, and that much is reserved: a recording of somebody else's may say anything.
    """
    if codec == "raw":
        return data
    import zstandard

    try:
        if not 0 <= zstandard.frame_content_size(data) <= WINDOW:
            raise RecordingError("a body of this recording is damaged: a piece holds more than pieces do", _DAMAGED)
        return bytes(_zstd(get_ident()).decompress(data))
    except zstandard.ZstdError as error:
        raise RecordingError(f"a body of this recording is damaged: {error}", _DAMAGED) from None


_DAMAGED = "Where did it come from? Its heads can still be read: b2-inspector ls -r FILE"


@lru_cache(maxsize=16)
def _zstd(thread: int) -> Any:
    """A decompressor for each thread: it releases the GIL, and two threads at once in the same one end the process."""
    import zstandard  # 23 ms, which a list of calls need not pay

    return zstandard.ZstdDecompressor()


# What a body says


def is_text(sample: bytes) -> bool:
    """Whether the beginning of a body is text: UTF-8 without NUL. A character may be cut at the end."""
    sample = sample[:SAMPLE]
    if b"\0" in sample:
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(sample) - 3 and error.reason == "unexpected end of data"
    return True


def payload(body: Iterable[bytes], headers: Headers, request: bool) -> Iterator[bytes]:
    """The payload of a body in windows: without aws-chunked framing. The encoding of an object stays on."""
    return _unchunked(body) if request and is_aws_chunked(headers) else iter(body)


def decoded(body: Iterable[bytes], headers: Headers, request: bool) -> Iterator[bytes]:
    """What a body says, in windows: without aws-chunked framing, decompressed. What is broken ends it."""
    codings = [coding for coding in content_codings(headers) if coding != "aws-chunked"]
    said = payload(body, headers, request)
    return _as_far_as_whole(unpacked(said, codings)) if codings else said


def _as_far_as_whole(windows: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from windows
    except Uncodable:
        return


def _unchunked(body: Iterable[bytes]) -> Iterator[bytes]:
    decoder = Decoder()
    for window in body:
        data = b"".join(event for event in decoder.feed(window) if isinstance(event, memoryview))
        if data:
            yield data

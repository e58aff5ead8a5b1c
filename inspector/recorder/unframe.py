"""What an aws-chunked body holds, learnt while it passes: the payload's digests, chunks, trailers, its checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from inspector.s3.checksums import CHECKSUMS, Digester, checksum
from inspector.s3.chunked import Broken, Chunk, Decoder, Event, Trailer, is_aws_chunked
from inspector.wire.exchange import SignedChunk
from inspector.wire.headers import Headers, get

CHUNKS_AT_ONCE = 1000
"""Chunks are handed on in portions: a body of a gibibyte may have 130,000 of them."""


@dataclass(frozen=True, slots=True)
class Framing:
    """An aws-chunked body. `checksum`: the header name of the checksum that `x-amz-trailer` declares, if any.
    `signed`: whether chunks carry signatures, so that each needs a hash.
    """

    checksum: bytes | None = None
    signed: bool = False


def framing_of(headers: Headers) -> Framing | None:
    """How the body behind these request headers is aws-chunked; None where it is not."""
    if not is_aws_chunked(headers):
        return None
    hashed = get(headers, b"x-amz-content-sha256") or b""
    declared = (get(headers, b"x-amz-trailer") or b"").strip().lower()
    return Framing(declared if declared in CHECKSUMS else None, signed=hashed.startswith(b"STREAMING-AWS4"))


class Unframer:
    """Takes an aws-chunked body run by run. `on_chunks` receives what is needed to verify signed chunks."""

    def __init__(self, framing: Framing, on_chunks: Callable[[list[SignedChunk]], None] | None) -> None:
        self._decoder = Decoder()
        self._payload = Digester()
        self._checksum = checksum(framing.checksum) if framing.checksum else None
        self._declared = framing.checksum
        self._hash = hashlib.sha256() if framing.signed else None
        self._on_chunks = on_chunks
        self._chunks: list[SignedChunk] = []
        self._count = 0
        self._trailers: list[tuple[bytes, bytes]] = []
        self._error: str | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        self._take(self._decoder.feed(data))

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, memoryview):
                self._take_data(event)
            elif isinstance(event, Chunk):
                self._take_chunk(event)
            elif isinstance(event, Trailer):
                self._trailers.append((event.name, event.value))
            elif isinstance(event, Broken):
                self._error = f"at byte {event.offset}: {event.what}"

    def _take_data(self, data: memoryview) -> None:
        self._payload.update(data)
        if self._checksum is not None:
            self._checksum.update(data)
        if self._hash is not None:
            self._hash.update(data)

    def _take_chunk(self, chunk: Chunk) -> None:
        self._count += 1
        if self._hash is None:
            return
        self._chunks.append(SignedChunk(chunk.size, self._hash.hexdigest(), chunk.signature))
        self._hash = hashlib.sha256()
        if len(self._chunks) >= CHUNKS_AT_ONCE:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._on_chunks is not None and self._chunks:
            self._on_chunks(self._chunks)
        self._chunks = []

    def finish(self) -> dict[str, Any]:
        """The body is over: the fields of `BodyInfo` that only an aws-chunked body has."""
        self._take(self._decoder.finish())
        self._hand_on()
        computed = None
        if self._declared and self._checksum:
            computed = (self._declared.decode(), self._checksum.base64())
        return {
            "decoded": self._payload.digests(),
            "trailers": tuple(self._trailers),
            "checksum": computed,
            "chunk_count": self._count,
            "framing_error": self._error,
        }

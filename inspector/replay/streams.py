"""The body of a signed stream signed again, chunk by chunk, as it passes: every other byte stays as it was recorded.

The recording knows the hash of each chunk, so that a chunk's signature can go out before its data has been read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from inspector.replay.content import Payload, Windows, trailers
from inspector.replay.refused import Refused
from inspector.s3.framing import Encoder
from inspector.sigv4 import steps
from inspector.sigv4.sign import ChunkSigner
from inspector.wire.exchange import BodyInfo, Request, SignedChunk
from inspector.wire.headers import Header

_CHUNK = re.compile(rb"(?i)(chunk-signature=)[0-9a-f]{64}")
_TRAILER = re.compile(rb"(?i)(x-amz-trailer-signature:[ \t]*)[0-9a-f]{64}")
_HEX64 = re.compile(r"[0-9a-fA-F]{64}")
_TOGETHER = 64 * 1024

Chunks = Callable[[], Iterable[SignedChunk]]


def demand_chain(info: BodyInfo, chunks: Chunks) -> None:
    """Whether all chunks of a recorded stream can be signed again.

    Raises:
        Refused: the framing is broken, or a chunk has no signature whose place another could take.
    """
    if info.framing_error is not None:
        raise Refused(f"its aws-chunked framing is broken ({info.framing_error})", "Send it as it was: --as-is.")
    count = 0
    for count, chunk in enumerate(chunks(), 1):
        if chunk.signature is None or not _HEX64.fullmatch(chunk.signature):
            raise Refused(f"chunk {count} carries no signature of 64 hex digits", "Send it as it was: --as-is.")
    if count != info.chunk_count:
        raise Refused("the recording does not know all of its chunks", "Give the payload anew: --body FILE.")


def signed_again(
    windows: Windows, chunks: Chunks, trailer_lines: Iterable[Header], signer: Callable[[], ChunkSigner]
) -> Windows:
    """A recorded body with each signature in it replaced by that of `signer`."""
    lines = tuple(trailer_lines)
    return lambda: _together(_signed_again(_Run(windows()), chunks(), lines, signer()))


def _signed_again(
    run: _Run, chunks: Iterable[SignedChunk], trailer_lines: tuple[Header, ...], signer: ChunkSigner
) -> Iterator[bytes]:
    for chunk in chunks:
        signature = signer.chunk(chunk.sha256.encode())
        yield _CHUNK.sub(rb"\g<1>" + signature, run.line(), count=1)
        if chunk.size:
            yield from run.take(chunk.size + 2)
    rest = run.rest()
    if _TRAILER.search(rest):
        rest = _TRAILER.sub(rb"\g<1>" + signer.trailer(trailer_lines), rest, count=1)
    yield rest


def framed(request: Request, payload: Payload, signer: Callable[[], ChunkSigner] | None) -> Windows:
    """Another payload in the framing that the head declares; `signer` None: its chunks are not signed."""

    def windows() -> Iterator[bytes]:
        chain = signer() if signer else None
        encoder = Encoder(None if chain is None else lambda data: chain.chunk(steps.sha256_hex(data)))
        for window in payload.windows():
            yield from encoder.feed(window)
        lines = trailers(request, payload)
        if chain is None:
            yield from encoder.finish(lambda: lines)
            return
        plain = [line for line in lines if line[0] != b"x-amz-trailer-signature"]
        tail = (lambda: [*plain, (b"x-amz-trailer-signature", chain.trailer(plain))]) if plain != lines else tuple
        yield from encoder.finish(tail)

    return lambda: _together(windows())


def _together(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces as larger ones: each is a write."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= _TOGETHER:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


class _Run:
    """The bytes of a body, taken by lines and by lengths."""

    def __init__(self, windows: Iterator[bytes]) -> None:
        self._windows = windows
        self._waiting = b""
        self._at = 0

    def _more(self) -> bool:
        window = next(self._windows, None)
        if window is None:
            return False
        self._waiting, self._at = self._waiting[self._at :] + window, 0
        return True

    def line(self) -> bytes:
        """Up to and with the next line feed."""
        while (end := self._waiting.find(b"\n", self._at) + 1) == 0:
            if not self._more():
                end = len(self._waiting)
                break
        data, self._at = self._waiting[self._at : end], end
        return data

    def take(self, size: int) -> Iterator[bytes]:
        """The next so many bytes."""
        while size:
            if self._at == len(self._waiting) and not self._more():
                return
            data = self._waiting[self._at : self._at + size]
            self._at += len(data)
            size -= len(data)
            yield data

    def rest(self) -> bytes:
        """What is left: the trailers, a few hundred bytes."""
        while self._more():
            pass
        data, self._at = self._waiting[self._at :], len(self._waiting)
        return data

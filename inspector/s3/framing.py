"""The aws-chunked envelope of an upload, put on as the bytes come: the counterpart of `chunked`, in constant memory.

What a signature is, or a checksum, is not known here: whoever signs hands in a function. S3 takes chunks of 8 KiB at
least, but for the last (AWS documentation, "Transferring Payload in Multiple Chunks").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from inspector.wire.headers import Header

CHUNK_SIZE = 64 * 1024
"""Bytes of data in a chunk, as AWS' own SDKs have them."""

Sign = Callable[[bytes], bytes]
"""From the data of the next chunk to its signature in hex."""

_EXTENSION = b";chunk-signature="
_SIGNATURE_SIZE = 64


class Encoder:
    """Feed it the payload as it comes, then `finish` it: what they give, one after the other, is the body.

    `sign` None: the chunks are not signed. `chunk_size`: bytes of data in each chunk but the last.
    """

    def __init__(self, sign: Sign | None = None, chunk_size: int = CHUNK_SIZE) -> None:
        if chunk_size < 1:
            raise ValueError(f"a chunk of {chunk_size} bytes")
        self._sign = sign
        self._size = chunk_size
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The chunks that are complete with the next bytes of the payload."""
        start = 0
        while len(self._waiting) + len(data) - start >= self._size:
            end = start + self._size - len(self._waiting)
            self._waiting += data[start:end]
            start = end
            yield self._take()
        self._waiting += data[start:]

    def finish(self, trailers: Callable[[], Iterable[Header]] = tuple) -> Iterator[bytes]:
        """What is left, the final chunk, and the trailers, which are asked for when all chunks are signed."""
        if self._waiting:
            yield self._take()
        yield self._size_line(b"") + trailer_lines(trailers())

    def _take(self) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return self._size_line(data) + data + b"\r\n"

    def _size_line(self, data: bytes) -> bytes:
        if self._sign is None:
            return b"%x\r\n" % len(data)
        return b"%x%b%b\r\n" % (len(data), _EXTENSION, self._sign(data))


def trailer_lines(trailers: Iterable[Header]) -> bytes:
    """The trailers, a line each, and the empty line that ends the body."""
    return b"".join(b"%b:%b\r\n" % line for line in trailers) + b"\r\n"


def framed_size(
    payload: int, *, signed: bool, trailers: Iterable[tuple[bytes, int]] = (), chunk_size: int = CHUNK_SIZE
) -> int:
    """The Content-Length of a payload of so many bytes in its envelope.

    `trailers`: the name of each, and the length of its value in bytes.
    """
    whole, rest = divmod(payload, chunk_size)
    chunks = whole * _chunk_length(chunk_size, signed) + (_chunk_length(rest, signed) if rest else 0)
    tail = sum(len(name) + len(":\r\n") + length for name, length in trailers)
    return chunks + tail + _chunk_length(0, signed)


def _chunk_length(size: int, signed: bool) -> int:
    """Of a chunk with its two line ends; the second of the final one is the empty line at the end of the body."""
    return len(b"%x" % size) + (len(_EXTENSION) + _SIGNATURE_SIZE if signed else 0) + size + 2 * len("\r\n")

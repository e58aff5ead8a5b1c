"""The aws-chunked envelope of an upload, taken off as the bytes come: any split of them, constant memory, no copies.

    hex-size [;chunk-signature=hex] CRLF data CRLF    as often as there are chunks
    0 [;chunk-signature=hex] CRLF                     the final chunk
    name:value CRLF                                   trailers, x-amz-trailer-signature among them
    CRLF

Signed and unsigned streams differ in the chunk extension alone (AWS documentation, "Transferring Payload in Multiple
Chunks"). Broken framing is reported, not raised: what was decoded before it stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from inspector.wire.headers import Headers, get, get_all

LINE_LIMIT = 4096
"""Bytes that a chunk's size line or a trailer may have; S3's own are under 200."""

_USUAL_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;(.*))?", re.DOTALL)


def content_codings(headers: Headers) -> list[str]:
    """The codings of the Content-Encoding lines, lower case, in the order in which they were applied."""
    lines = b",".join(get_all(headers, b"content-encoding"))
    return [coding.strip().lower() for coding in lines.decode("latin-1").split(",") if coding.strip()]


def is_aws_chunked(headers: Headers) -> bool:
    """Whether the body behind these request headers has aws-chunked framing.

    Either sign counts, because clients send one without the other: `Content-Encoding: aws-chunked`, and an
    `x-amz-content-sha256` of `STREAMING-…` (AWS documentation, "Transferring Payload in Multiple Chunks").
    """
    payload = get(headers, b"x-amz-content-sha256") or b""
    return payload.startswith(b"STREAMING-") or "aws-chunked" in content_codings(headers)


class Chunk(NamedTuple):
    """A chunk whose data has passed: its declared size in bytes (0: the final one), its signature (None: unsigned)."""

    size: int
    signature: str | None


class Trailer(NamedTuple):
    """A trailer line: name as written, value without surrounding white space."""

    name: bytes
    value: bytes


class End(NamedTuple):
    """The envelope is complete; `size` is its length in bytes."""

    size: int


class Broken(NamedTuple):
    """The framing is broken at byte `offset` of the envelope. Nothing follows."""

    offset: int
    what: str


Event = memoryview | Chunk | Trailer | End | Broken
"""What a decoder reports; a memoryview is a run of payload bytes, of the buffer that was fed."""


class Decoder:
    """Feed it the body as it comes, then `finish` it."""

    def __init__(self) -> None:
        self._step = self._size_line
        self._fed = 0  # bytes of all buffers before the one at hand
        self._line = b""  # the beginning of a line that was split between buffers
        self._chunk = Chunk(0, None)
        self._left = 0  # bytes of the chunk's data, or of the CRLF after it, that are still to come
        self._over = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that lie in the next bytes of the body."""
        events: list[Event] = []
        position = 0
        while position < len(data) and not self._over:
            position = self._step(data, position, events)
        self._fed += len(data)
        return events

    def finish(self) -> list[Event]:
        """Say that the body is over: what is missing is reported, once."""
        if self._over or self._step == self._after_end:
            return []
        events: list[Event] = []
        self._break(events, self._fed, self._missing())
        return events

    def _missing(self) -> str:
        if self._step == self._data:
            return f"the body ends {self._left} bytes before the end of a chunk"
        if self._step == self._crlf:
            return "the body ends before the CRLF after a chunk"
        if self._step == self._trailer_line:
            return "the body ends within the trailers" if self._line else "no empty line after the final chunk"
        return "the body ends within a chunk's size line" if self._line else "no final chunk"

    def _break(self, events: list[Event], offset: int, what: str) -> None:
        events.append(Broken(offset, what))
        self._over = True

    # Steps: each takes what it can from `position` on and returns the position after that.

    def _size_line(self, data: bytes, position: int, events: list[Event]) -> int:
        after = 0 if self._line else _whole_chunk(data, position, events)
        if after:
            return after
        line, after = self._take_line(data, position, events)
        if line is None:
            return after
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            self._break(events, self._fed + after - len(line) - 2, f"not a chunk's size line: {_shown(line)}")
            return after
        self._left = int(match[1], 16)
        self._chunk = Chunk(self._left, _signature(match[2]) if match[2] else None)
        if self._left:
            self._step = self._data
        else:
            events.append(self._chunk)
            self._step = self._trailer_line
        return after

    def _data(self, data: bytes, position: int, events: list[Event]) -> int:
        run = min(self._left, len(data) - position)
        events.append(memoryview(data)[position : position + run])
        self._left -= run
        if not self._left:
            events.append(self._chunk)
            self._left = 2
            self._step = self._crlf
        return position + run

    def _crlf(self, data: bytes, position: int, events: list[Event]) -> int:
        expected = b"\r\n"[-self._left :]
        found = data[position : position + self._left]
        if not expected.startswith(found):
            offset = self._fed + position - (2 - self._left)
            self._break(events, offset, f"no CRLF after a chunk of {self._chunk.size} bytes")
        self._left -= len(found)
        if not self._left:
            self._step = self._size_line
        return position + len(found)

    def _trailer_line(self, data: bytes, position: int, events: list[Event]) -> int:
        line, after = self._take_line(data, position, events)
        if line is None:
            return after
        if not line:
            events.append(End(self._fed + after))
            self._step = self._after_end
        for trailer in filter(None, line.split(b"\n")):
            name, colon, value = trailer.partition(b":")
            if not (colon and name):
                self._break(events, self._fed + after - len(line) - 2, f"not a trailer: {_shown(trailer)}")
                break
            events.append(Trailer(name, value.strip(b" \t")))
        return after

    def _after_end(self, data: bytes, position: int, events: list[Event]) -> int:
        self._break(events, self._fed + position, "bytes after the end")
        return len(data)

    def _take_line(self, data: bytes, position: int, events: list[Event]) -> tuple[bytes | None, int]:
        """The next line without its CRLF, and the position after it; None while the line is not complete."""
        end = data.find(b"\n", position, position + LINE_LIMIT)
        after = min(len(data), position + LINE_LIMIT) if end < 0 else end + 1
        line = self._line + data[position:after]
        start = self._fed + after - len(line)
        if len(line) > LINE_LIMIT or (end < 0 and len(line) == LINE_LIMIT):
            self._break(events, start, f"a line of more than {LINE_LIMIT} bytes: {_shown(line)}")
            return None, after
        if end < 0:
            self._line = line
            return None, after
        self._line = b""
        if not line.endswith(b"\r\n") and self._step == self._trailer_line:
            # minio-go (7.4.1, on the wire) ends trailers that it signs with LF CRLF: the line is over at the CRLF.
            self._line = line
            return None, after
        if not line.endswith(b"\r\n"):
            self._break(events, start, f"a line that ends with LF alone: {_shown(line[:-1])}")
            return None, after
        return line[:-2], after


def _whole_chunk(data: bytes, position: int, events: list[Event]) -> int:
    """The short way for small chunks: one that lies whole in the buffer. Returns the position after it, 0 for none."""
    head = _USUAL_SIZE_LINE.match(data, position)
    if head is None:
        return 0
    size = int(head[1], 16)
    start = head.end()
    end = start + size
    if not size or data[end : end + 2] != b"\r\n":
        return 0
    events.append(memoryview(data)[start:end])
    events.append(Chunk(size, head[2].decode() if head[2] else None))
    return end + 2


def _signature(extensions: bytes) -> str | None:
    """The value of `chunk-signature` among the extensions of a size line."""
    for extension in extensions.split(b";"):
        name, equals, value = extension.strip(b" \t").partition(b"=")
        if equals and name.lower() == b"chunk-signature":
            return value.decode("utf-8", "replace")
    return None


def _shown(line: bytes) -> str:
    """The beginning of a line, for a message."""
    return repr(line[:40])[1:] + ("..." if len(line) > 40 else "")

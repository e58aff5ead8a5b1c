"""The signed chunks of an upload, verified and signed again one by one, their framing byte for byte as it came.

A chunk goes on when all of it has come and its signature holds; so each is held whole. What is written in place of the
client's signature is as long as that was: the Content-Length stays true.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from inspector.s3.chunked import LINE_LIMIT
from inspector.sigv4.chunks import TRAILER_SIGNATURE, ChainVerifier
from inspector.sigv4.sign import ChunkSigner
from inspector.wire.headers import Header

LARGEST_CHUNK = 16 * 1024 * 1024
TRAILERS_LIMIT = 16 * 1024

_SMALL = 4096
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})([^\r\n]*?;[ \t]*chunk-signature[ \t]*=)([0-9a-f]{64})((?:;[^\r\n]*)?)")
_END = b"\r\n"


class BrokenStream(Exception):
    """The stream cannot go on: a signature does not hold, or what should be a chunk is none. Says what, in words."""


class ChunkStream:
    """Feed it the body as it comes; what it gives is the body for the upstream.

    `trailer_signed`: the head promises that the trailers are signed.
    """

    def __init__(self, verifier: ChainVerifier, signer: ChunkSigner, trailer_signed: bool) -> None:
        self._verifier = verifier
        self._signer = signer
        self._trailer_signed = trailer_signed
        self._waiting = bytearray()  # a line, or the trailers, as far as they have come
        self._line: re.Match[bytes] | None = None  # of the chunk at hand
        self._size = 0
        self._missing = 0  # bytes of its data and its end that have not come
        self._data: list[memoryview | bytearray] = []
        self._hash = hashlib.sha256()
        self._number = 0
        self._offset = 0
        self._final = False
        self._over = False
        self._made: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What can go on, with the next bytes of the body.

        Raises:
            BrokenStream: nothing may go on from here.
        """
        view = memoryview(data)
        while view:
            if self._final:
                self._waiting += view
                yield from self._trailers()
                return
            view = self._more_line(view) if self._line is None else self._more_data(view)
            if self._line is not None and not self._missing:
                yield self._chunk()

    def taken(self) -> bytes:
        """The signatures that were made since this was asked last, 32 bytes each."""
        made, self._made = self._made, []
        return bytes.fromhex(b"".join(made).decode())

    def finish(self) -> None:
        """The body is over.

        Raises:
            BrokenStream: before its end.
        """
        if not self._over:
            raise BrokenStream(f"the body ends before its final chunk, behind {self._number} whole chunks")

    def _more_line(self, view: memoryview) -> memoryview:
        """Take what belongs to the line before a chunk; what does not is given back."""
        known = len(self._waiting)
        self._waiting += view[: LINE_LIMIT - known]
        end = self._waiting.find(_END, max(0, known - 1))
        if end < 0:
            if len(self._waiting) >= LINE_LIMIT:
                raise BrokenStream(f"no size stands before chunk {self._number + 1}")
            return view[len(self._waiting) - known :]
        self._begin_chunk(bytes(self._waiting[:end]))
        self._waiting.clear()
        return view[end + len(_END) - known :]

    def _begin_chunk(self, line: bytes) -> None:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise BrokenStream(f"what stands before chunk {self._number + 1} is no size with a signature")
        size = int(match[1], 16)
        if size > LARGEST_CHUNK:
            raise BrokenStream(
                f"chunk {self._number + 1} has {size} bytes; an endpoint holds each signed chunk whole, {LARGEST_CHUNK}"
                " bytes at most: use smaller chunks, or proxy mode"
            )
        self._number += 1
        self._line, self._size, self._hash = match, size, hashlib.sha256()
        self._missing = size + len(_END) if size else 0

    def _more_data(self, view: memoryview) -> memoryview:
        """Take what belongs to the chunk, as it is: it is copied once, when all of it goes on."""
        taken = view[: self._missing]
        self._hash.update(taken[: max(0, self._missing - len(_END))])
        self._keep(taken)
        self._missing -= len(taken)
        return view[len(taken) :]

    def _keep(self, piece: memoryview) -> None:
        """Each piece has a cost of its own: small ones are put together."""
        if len(piece) >= _SMALL:
            self._data.append(piece)
        elif self._data and isinstance(self._data[-1], bytearray):
            self._data[-1] += piece
        else:
            self._data.append(bytearray(piece))

    def _chunk(self) -> bytes:
        """The chunk at hand, all of which has come, signed anew."""
        match, data = self._line, self._data
        assert match is not None
        self._line, self._data = None, []
        if self._size and b"".join(data[-2:])[-len(_END) :] != _END:
            raise BrokenStream(f"no line ends chunk {self._number}, of {self._size} bytes")
        self._final = self._size == 0
        sha256 = self._hash.hexdigest()
        self._verify(sha256, match[3].decode(), self._size)
        anew = self._signer.chunk(sha256.encode())
        self._made.append(anew)
        return b"".join((match[1], match[2], anew, match[4], _END, *data))

    def _verify(self, sha256: str, signature: str, size: int) -> None:
        if not self._verifier.chunk(sha256, signature):
            raise BrokenStream(
                f"the signature of chunk {self._number} ({size} bytes from byte {self._offset} on) does not match"
            )
        self._offset += size

    def _trailers(self) -> Iterator[bytes]:
        """What stands behind the final chunk, once it has come whole."""
        if self._over:
            raise BrokenStream("bytes follow the end of the body")
        end = 0 if self._waiting.startswith(_END) else self._waiting.find(_END + _END)
        if end < 0:
            if len(self._waiting) > TRAILERS_LIMIT:
                raise BrokenStream(f"more than {TRAILERS_LIMIT} bytes of trailers")
            return
        after = len(_END) if end == 0 else end + 2 * len(_END)
        raw = bytes(self._waiting[:after])
        del self._waiting[:after]
        self._over = True
        yield self._signed_trailers(raw)
        if self._waiting:
            raise BrokenStream("bytes follow the end of the body")

    def _signed_trailers(self, raw: bytes) -> bytes:
        lines = list(_lines(raw))
        signature = next((value for name, value in lines if name.lower() == TRAILER_SIGNATURE), None)
        if signature is None:
            if self._trailer_signed:
                raise BrokenStream("the signature of the trailers is missing")
            return raw
        if not self._verifier.trailer(lines):
            raise BrokenStream("the signature of the trailers does not match")
        anew = self._signer.trailer(lines)
        self._made.append(anew)
        start = raw.lower().find(TRAILER_SIGNATURE) + len(TRAILER_SIGNATURE)
        return raw[:start] + raw[start:].replace(signature, anew, 1)


def _lines(raw: bytes) -> Iterator[Header]:
    """Trailer lines; minio-go ends those that it signs with LF CRLF."""
    for line in re.split(rb"[\r\n]+", raw):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.strip(), value.strip()

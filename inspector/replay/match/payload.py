"""A request's payload as the application sees it, taken as it comes: aws-chunked taken off, in constant memory.

Plain uploads over http and `aws-chunked` ones over https are the same to the application; boto3 sends one or the other
by the scheme alone. So the question is the hash of what is inside.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.s3.chunked import Broken, Decoder, is_aws_chunked
from inspector.wire.exchange import EMPTY_BODY, EMPTY_DIGESTS, BodyInfo, Request, SignedChunk

BLOCK = 64 * 1024
"""Bytes of each block whose CRC is kept: where a payload that is not recorded departs from the one that is."""

KEPT = 256 * 1024
"""Bytes of a payload that are kept."""

LONGEST_DOCUMENT = 8 * 1024 * 1024
"""Bytes of a payload that is read as a document: the list of 10,000 parts takes 1.5 MB."""


def _none() -> bytes | None:
    return None


@dataclass(frozen=True, slots=True)
class Payload:
    """What was sent. `sha256` in hex; `head` are its first bytes (all of them where `size` says so), `blocks` the
    CRC-32 of each `BLOCK`. `document` gives the whole payload where it is short enough to be one and at hand.
    `md5` (hex) is there for a part of an upload, whose tag it is. `info` and `chunks` are for verifying a signature,
    and there only when the intake was asked for them. `broken` says where aws-chunked framing broke.
    """

    size: int
    sha256: str
    head: bytes = b""
    blocks: tuple[int, ...] = ()
    document: Callable[[], bytes | None] = field(default=_none, compare=False)
    info: BodyInfo | None = None
    chunks: tuple[SignedChunk, ...] = ()
    broken: str | None = None
    md5: str | None = None


NOTHING = Payload(0, EMPTY_DIGESTS.sha256, document=lambda: b"", info=EMPTY_BODY)
"""No payload."""


def payload_of(data: bytes) -> Payload:
    """A payload that is at hand: not framed, or taken out of its frame."""
    intake = _Digest(len(data))
    intake.feed(data)
    return intake.payload()


class _Digest:
    """Hash, first bytes and blocks of what is fed to it."""

    def __init__(self, keep: int, *, tagged: bool = False) -> None:
        self._keep = keep
        self._md5 = hashlib.md5(usedforsecurity=False) if tagged else None
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._head = bytearray()
        self._blocks: list[int] = []
        self._block, self._filled = 0, 0

    def feed(self, data: bytes | memoryview) -> None:
        self._size += len(data)
        self._sha256.update(data)
        if self._md5 is not None:
            self._md5.update(data)
        if len(self._head) < self._keep:
            self._head += data[: self._keep - len(self._head)]
        at = 0
        while at < len(data):
            run = data[at : at + BLOCK - self._filled]
            self._block = zlib.crc32(run, self._block)
            self._filled += len(run)
            at += len(run)
            if self._filled == BLOCK:
                self._blocks.append(self._block)
                self._block, self._filled = 0, 0

    def payload(self, **more: object) -> Payload:
        if not self._size and not more:
            return NOTHING
        head = bytes(self._head)
        whole = head if len(head) == self._size else None
        blocks = (*self._blocks, self._block) if self._filled else tuple(self._blocks)
        return Payload(
            self._size,
            self._sha256.hexdigest(),
            head,
            blocks,
            lambda: whole,
            md5=self._md5.hexdigest() if self._md5 is not None else None,
            **more,  # type: ignore[arg-type]
        )


class Intake:
    """Feed it the body as it comes (after transfer decoding), then `finish` it.

    `request` is the head; of a body that may be a document more is kept. `verify`: also learn what the verification
    of a signature needs.
    """

    def __init__(self, request: Request, *, verify: bool = False, keep: int = KEPT) -> None:
        is_part = b"partNumber=" in request.query
        is_object = is_part or b"/b2_upload_" in request.target
        keep = keep if is_object or not (request.method == b"POST" or request.query) else LONGEST_DOCUMENT
        self._digest = _Digest(keep, tagged=is_part)
        self._decoder = Decoder() if is_aws_chunked(request.headers) else None
        self._broken: str | None = None
        self._info = _Verifiable(request) if verify else None

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._info is not None:
            self._info.feed(data)
        if self._decoder is None:
            self._digest.feed(data)
            return
        for event in self._decoder.feed(data):
            if isinstance(event, memoryview):
                self._digest.feed(event)
            elif isinstance(event, Broken):
                self._broken = f"at byte {event.offset}: {event.what}"

    def finish(self) -> Payload:
        """The body is over."""
        if self._decoder is not None:
            for event in self._decoder.finish():
                if isinstance(event, Broken):
                    self._broken = f"at byte {event.offset}: {event.what}"
        more: dict[str, object] = {} if self._broken is None else {"broken": self._broken}
        if self._info is not None:
            more |= self._info.finish()
        return self._digest.payload(**more)


class _Verifiable:
    """What a verifier needs of a body: its digests as sent and as decoded, its chunks."""

    def __init__(self, request: Request) -> None:
        from inspector.recorder.unframe import Unframer, framing_of
        from inspector.s3.checksums import Digester

        self._sent = Digester()
        self._chunks: list[SignedChunk] = []
        framing = framing_of(request.headers)
        self._unframer = Unframer(framing, self._chunks.extend) if framing else None

    def feed(self, data: bytes) -> None:
        self._sent.update(data)
        if self._unframer is not None:
            self._unframer.feed(data)

    def finish(self) -> dict[str, object]:
        framed = self._unframer.finish() if self._unframer else {}
        info = BodyInfo(sent=self._sent.digests(), stored_size=0, **framed)
        return {"info": info, "chunks": tuple(self._chunks)}

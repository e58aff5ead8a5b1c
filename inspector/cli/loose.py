"""A request that no recording holds, with all that its signature can be verified from."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.recorder.intake import BodyIntake
from inspector.recorder.unframe import framing_of
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.signed import SignedRequest
from inspector.wire.exchange import Request, SignedChunk


class _Nowhere:
    """A store that keeps nothing."""

    def put_body(self, data: bytes) -> int:
        return 0

    def begin_body(self) -> int:
        return 0

    def put_piece(self, body: int, position: int, data: bytes) -> None:
        pass

    def end_body(self, body: int, sha256: str, size: int) -> int:
        return 0


def read_signed(request: Request, body: Iterable[bytes], missing: bool = False) -> tuple[SignedRequest, bytes]:
    """A request with what is known of its body, and the body's first bytes. `missing`: it is not there as a whole."""
    chunks: list[SignedChunk] = []
    intake = BodyIntake(_Nowhere(), None, framing_of(request.headers), on_chunks=chunks.extend)
    for piece in body:
        intake.feed(piece)
    if missing:
        intake.gap("missing-in-source")
    info = intake.finish().info
    return SignedRequest(request, read_authorization(request, intake.prefix), info, lambda: chunks), intake.prefix

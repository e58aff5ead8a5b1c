"""A request with all that its signature can be verified from: the head, what it says of its signer, and its body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inspector.sigv4.authorization import Authorization, read_authorization
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Request, SignedChunk


def no_chunks() -> Iterable[SignedChunk]:
    """The chunks of a body that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a verifier works on.

    `body` is what is known of the body besides its bytes. `chunks` gives the chunks of an aws-chunked body as often as
    it is asked, without holding them all. `canonical_sha256` (hex) is the hash of the canonical request over the true
    values, where a value that is signed was replaced before it was stored; `redacted` names those places.
    `rebuilt`: the bytes come from a source that did not keep them as they travelled.
    """

    request: Request
    authorization: Authorization
    body: BodyInfo = EMPTY_BODY
    chunks: Callable[[], Iterable[SignedChunk]] = no_chunks
    canonical_sha256: str | None = None
    redacted: tuple[str, ...] = ()
    rebuilt: bool = False


def signed_request(request: Request, info: BodyInfo = EMPTY_BODY, body: bytes = b"") -> SignedRequest:
    """A request that was just read: `body` is its body, or the first bytes of a form upload."""
    return SignedRequest(request, read_authorization(request, body), info)

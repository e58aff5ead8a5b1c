"""The chunk signatures of a signed stream: a chain from the header's signature to that of the trailers.

Each chunk signs the signature before it and the hash of its own data, so that a stream is verified as it comes, in
constant memory, and a truncated one up to its last whole chunk (AWS documentation, "Transferring Payload in Multiple
Chunks"). No chunk covers the canonical request: the first one proves key and scope, whatever happened to the headers.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from inspector.sigv4 import sigv4a, steps
from inspector.sigv4.canonical import declared_payload
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import scope_of, text_bytes, timestamps_of, whole
from inspector.wire.redaction import is_removed_signature

TRAILER_SIGNATURE = b"x-amz-trailer-signature"

Check = Callable[[bytes, bytes], bool]
"""Whether a signature (second) is that of a string to sign (first)."""


class ChainVerifier:
    """Follows a chain of signatures chunk by chunk: hashes go in, verdicts come out; no chunk is kept.

    `seed` is the header's signature as on the wire. The chain goes on from what the wire says, also behind a chunk that
    failed: whoever wants the stream to end there stops asking.
    """

    __slots__ = ("_algorithm", "_check", "_scope", "_timestamp", "previous")

    def __init__(
        self, check: Check, timestamp: bytes, scope: bytes, seed: bytes, algorithm: bytes = steps.ALGORITHM
    ) -> None:
        self.previous = seed
        self._check = check
        self._timestamp = timestamp
        self._scope = scope
        self._algorithm = algorithm

    def chunk(self, sha256: str, signature: str | None) -> bool:
        """Whether this is the next chunk: hex SHA-256 of its data, and its signature (None: it has none)."""
        string = self._lines(b"-PAYLOAD", steps.EMPTY_SHA256, sha256.encode())
        return self._next(string, text_bytes(signature))

    def trailer(self, trailers: Iterable[tuple[bytes, bytes]], signature: str | None = None) -> bool:
        """Whether these trailers end the chain. `signature` None: the one that stands among them."""
        lines = tuple(trailers)
        string = self._lines(b"-TRAILER", steps.sha256_hex(steps.canonical_trailers(lines)))
        return self._next(string, trailer_signature(lines) or b"" if signature is None else signature.encode())

    def _lines(self, what: bytes, *hashes: bytes) -> bytes:
        return b"\n".join((self._algorithm + what, self._timestamp, self._scope, self.previous, *hashes))

    def _next(self, string_to_sign: bytes, signature: bytes) -> bool:
        # SigV4A signatures differ in length; in a chunk they are filled up with `*` (aws-c-auth, signing.h).
        self.previous = signature.rstrip(b"*")
        return self._check(string_to_sign, self.previous)


@dataclass(frozen=True, slots=True)
class ChunkPlace:
    """A chunk: its number from 1 on, the offset of its data in the payload and the size of it, both in bytes."""

    number: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """How far a chain of chunk signatures holds.

    `verdict`: `verified`; `mismatch` (at `failed`, or in the trailers); `incomplete` (it ends, or was not seen, before
    its final chunk); `unsigned` (framed, and its chunks carry no signatures); `unverified` (no secret at hand); `none`
    (no stream). `chunks` and `size` (bytes of payload) are what is proved. `trailer`: `none` where none is signed.
    """

    verdict: Literal["verified", "mismatch", "incomplete", "unsigned", "unverified", "none"]
    chunks: int = 0
    size: int = 0
    failed: ChunkPlace | None = None
    trailer: Literal["verified", "mismatch", "missing", "none"] = "none"

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        return _WORDS[self.verdict](self)


def _mismatch_words(verdict: ChainVerdict) -> str:
    if verdict.failed is None:
        what = "is missing" if verdict.trailer == "missing" else "does not match"
        return f"all {verdict.chunks} chunk signatures match; that of the trailers {what}"
    place = verdict.failed
    return f"the signature of chunk {place.number} ({place.size} bytes from byte {place.offset} on) does not match"


_WORDS: dict[str, Callable[[ChainVerdict], str]] = {
    "verified": lambda v: f"all {v.chunks} chunk signatures match" + (", and the trailers'" * (v.trailer != "none")),
    "mismatch": _mismatch_words,
    "incomplete": lambda v: f"the first {v.chunks} chunks ({v.size} bytes) are verified; the final one was not seen",
    "unsigned": lambda v: "the chunks carry no signatures",
    "unverified": lambda v: "the chunk signatures cannot be computed here",
    "none": lambda v: "no chunks",
}


def verify_chain(signed: SignedRequest, key: Key | None) -> ChainVerdict:
    """Walk the chunks of a signed stream, once, in constant memory. Never raises.

    `key` None, or SigV4A without the library that it takes: `unverified`.
    """
    first = next(iter(signed.chunks()), None)
    if not is_signed_stream(signed):
        framed = signed.authorization.payload == "trailer" or signed.body.decoded is not None
        return ChainVerdict("unsigned" if framed else "none")
    if first is None:
        return ChainVerdict("incomplete")
    if first.signature is None:
        return ChainVerdict("unsigned")
    removed = is_removed_signature(text_bytes(signed.authorization.signature))
    chain = None if key is None or removed else chain_of(signed, key)
    return ChainVerdict("unverified") if chain is None else _walked(signed, chain)


def _walked(signed: SignedRequest, chain: ChainVerifier) -> ChainVerdict:
    number = offset = 0
    ended = False
    for number, chunk in enumerate(signed.chunks(), 1):
        if not chain.chunk(chunk.sha256, chunk.signature):
            # A chunk of which bytes were not seen has another hash; that is no one's fault. Where the body broke off,
            # the chunks before that were seen whole.
            seen = whole(signed.body) or signed.body.truncated == "incomplete"
            verdict: Literal["incomplete", "mismatch"] = "mismatch" if seen else "incomplete"
            return ChainVerdict(verdict, number - 1, offset, ChunkPlace(number, offset, chunk.size))
        offset += chunk.size
        ended = chunk.size == 0
    if not ended:
        return ChainVerdict("incomplete", number, offset)
    trailer = _trailer(signed, chain)
    holds = trailer in ("verified", "none")
    return ChainVerdict("verified" if holds else "mismatch", number, offset, trailer=trailer)


def _trailer(signed: SignedRequest, chain: ChainVerifier) -> Literal["verified", "mismatch", "missing", "none"]:
    trailers = signed.body.trailers
    if trailer_signature(trailers) is None:
        return "missing" if declared_mode(signed).endswith(b"-TRAILER") else "none"
    return "verified" if chain.trailer(trailers) else "mismatch"


def proves_key(signed: SignedRequest, key: Key) -> bool:
    """Whether the first chunk carries the signature that `key` gives: then secret and scope are the client's.

    The canonical request has no part in it: the chain begins with the header's signature as it is on the wire.
    """
    first = next(iter(signed.chunks()), None)
    if first is None or not is_signed_stream(signed):
        return False
    chain = chain_of(signed, key)
    return chain is not None and chain.chunk(first.sha256, first.signature)


def chain_of(signed: SignedRequest, key: Key) -> ChainVerifier | None:
    """A verifier at the beginning of a request's chain; None where this side cannot check its kind of signature."""
    authorization = signed.authorization
    timestamp, seed = timestamps_of(signed)[0], text_bytes(authorization.signature)
    if authorization.scheme == "sigv4a":
        check = sigv4a.checker(text_bytes(authorization.key_id), key.secret)
        scope = sigv4a.scope_without_region(signed)
        return ChainVerifier(check, timestamp, scope, seed, sigv4a.ALGORITHM) if check else None
    date, region, service, terminator = scope_of(signed)
    signing_key = steps.signing_key(key.secret, date, region, service, terminator)
    return ChainVerifier(
        partial(_is_signature, signing_key), timestamp, steps.scope(date, region, service, terminator), seed
    )


def _is_signature(signing_key: bytes, string_to_sign: bytes, signature: bytes) -> bool:
    return hmac.compare_digest(steps.signature(signing_key, string_to_sign), signature)


def is_signed_stream(signed: SignedRequest) -> bool:
    """Whether x-amz-content-sha256 says that the chunks of the body are signed."""
    return declared_mode(signed).startswith(b"STREAMING-AWS4-")


def declared_mode(signed: SignedRequest) -> bytes:
    """What x-amz-content-sha256 says, empty where it says nothing."""
    return declared_payload(signed.authorization) or b""


def trailer_signature(trailers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The value of x-amz-trailer-signature among the trailers."""
    return next((value.strip() for name, value in trailers if name.strip().lower() == TRAILER_SIGNATURE), None)

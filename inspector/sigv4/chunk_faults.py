"""Why a chain of chunk signatures breaks: what its signer must have signed instead.

The first chunk that fails is looked at, and the one behind it. Each way is tried until one gives the signature on the
wire; what comes out is proved. Client and server implementations that differ here: gaul/s3proxy#205 and #1027,
trinodb/aws-proxy#102 and #130, aws-sdk-ios#174 and #602; clyso/chorus#265 for headers that were signed again by
something between.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import NamedTuple

from inspector.sigv4 import steps
from inspector.sigv4.chunks import ChainVerifier, ChunkPlace, chain_of, is_signed_stream, trailer_signature
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import scope_of, text_bytes, timestamps_of, verify
from inspector.wire.exchange import SignedChunk

_REMEMBERED = 64
"""How many signatures before a chunk are tried as the one it follows."""

_SLUG = "chunk-signature"

Read = Callable[[int, int], bytes]
"""From offset and size to bytes of the payload; fewer where they are not stored."""


class ChainFault(NamedTuple):
    """Why a chain breaks: slug and words, the chunk (None: the trailers), and the string that was signed.

    `proved` is False where another cause, which cannot be told from this one, leaves the same bytes.
    """

    cause: str
    words: str
    place: ChunkPlace | None
    string_to_sign: bytes
    proved: bool = True


@dataclass(frozen=True, slots=True)
class _Break:
    """Where a chain breaks. `earlier`: the signatures before the one in `previous`, the nearest first."""

    place: ChunkPlace
    chunk: SignedChunk
    following: SignedChunk | None
    previous: bytes
    earlier: tuple[bytes, ...]


class _Signer:
    """What this side computes for one request: strings and their signatures."""

    def __init__(self, signed: SignedRequest, key: Key) -> None:
        scope = scope_of(signed)
        self.key = steps.signing_key(key.secret, *scope)
        self.scope = steps.scope(*scope)
        self.timestamp = timestamps_of(signed)[0]
        self.seed = text_bytes(signed.authorization.signature)

    def gives(self, string_to_sign: bytes, signature: bytes) -> bool:
        return steps.signature(self.key, string_to_sign) == signature

    def chunk(self, previous: bytes, sha256: str) -> bytes:
        return steps.chunk_string_to_sign(self.timestamp, self.scope, previous, sha256.encode())


def explain_chain(
    signed: SignedRequest, key: Key, seeds: Iterable[str] = (), read: Read | None = None
) -> Iterator[ChainFault]:
    """What was signed instead, at the first chunk that fails, or in the trailers where all chunks hold.

    `seeds` are signatures that the chain may begin with instead of the header's: those of other attempts. `read` gives
    bytes of the payload, for signers that hash more than a chunk's data. Nothing comes where nothing fails, where no
    way is known, and for SigV4A, whose signatures cannot be reproduced.
    """
    if not is_signed_stream(signed) or signed.authorization.scheme == "sigv4a":
        return
    signer = _Signer(signed, key)
    chain = chain_of(signed, key)
    assert chain is not None
    broken = _first_break(signed, chain)
    if broken is None:
        yield from _trailer_faults(signed, signer, chain.previous)
        return
    given = text_bytes(broken.chunk.signature)
    ways = _seeds(signed, key, signer, broken, seeds) if broken.place.number == 1 else _strings(signer, broken)
    found = []
    for string, (cause, words) in _each_once((*ways, *_data_strings(signer, broken, read))).items():
        if signer.gives(string, given):
            found.append(ChainFault(cause, words, broken.place, string))
    yield from found or _from_behind(signer, broken)


def _first_break(signed: SignedRequest, chain: ChainVerifier) -> _Break | None:
    earlier: deque[bytes] = deque(maxlen=_REMEMBERED)
    offset = 0
    chunks: Iterable[SignedChunk | None] = _and_none(signed.chunks())
    for number, (chunk, following) in enumerate(pairwise(chunks), 1):
        assert chunk is not None
        previous = chain.previous
        if not chain.chunk(chunk.sha256, chunk.signature):
            place = ChunkPlace(number, offset, chunk.size)
            return _Break(place, chunk, following, previous, tuple(earlier))
        earlier.appendleft(previous)
        offset += chunk.size
    return None


def _and_none(chunks: Iterable[SignedChunk]) -> Iterator[SignedChunk | None]:
    yield from chunks
    yield None


_Way = tuple[str, str, bytes]
"""Slug, words and string to sign."""


def _each_once(ways: Iterable[_Way]) -> dict[bytes, tuple[str, str]]:
    """Slug and words by string; of those that come to the same string the first ones."""
    once: dict[bytes, tuple[str, str]] = {}
    for cause, words, string in ways:
        once.setdefault(string, (cause, words))
    return once


def _seeds(signed: SignedRequest, key: Key, signer: _Signer, broken: _Break, seeds: Iterable[str]) -> Iterator[_Way]:
    """The chain begins elsewhere: the headers were signed again, and the body was kept."""
    expected = verify(signed, key).signature
    others = [(seed, "the signature of another attempt") for seed in seeds]
    if expected is not None:
        others.insert(0, (expected, "the signature that the headers should have"))
    for seed, whose in others:
        if seed.encode() != signer.seed:
            words = f"the chain begins with {whose}, not with the one on the wire"
            yield "chunk-seed-replaced", words, signer.chunk(seed.encode(), broken.chunk.sha256)
    yield from _strings(signer, broken)


def _strings(signer: _Signer, broken: _Break) -> Iterator[_Way]:
    """What signers put together otherwise, after any of the signatures that this one may follow."""
    for (after, previous), (how, form) in product(_previous(signer, broken), _FORMS):
        words = "; ".join(filter(None, (after, how)))
        if words:
            yield _SLUG, f"the chunk was signed {words}", form(signer, previous, broken.chunk.sha256)
    for seconds in (-2, -1, 1, 2):
        moment = _moved(signer.timestamp, seconds)
        string = steps.chunk_string_to_sign(moment, signer.scope, broken.previous, broken.chunk.sha256.encode())
        yield _SLUG, f"the chunk was signed with a clock that was read again: {moment.decode()}", string


def _previous(signer: _Signer, broken: _Break) -> Iterator[tuple[str, bytes]]:
    yield "", broken.previous
    if broken.earlier and text_bytes(broken.chunk.signature) == broken.previous:
        yield "as the chunk before it, which came twice", broken.earlier[0]
    if broken.place.number > 1:
        yield "after the header's signature, not after that of the chunk before it", signer.seed
    number = broken.place.number
    for back, signature in enumerate(broken.earlier, 2):
        yield f"as the one behind chunk {number - back}: what stands between was put in, or sent twice", signature
    yield "after no signature", b""
    yield "after the signature before it in upper case", broken.previous.upper()


_Form = Callable[[_Signer, bytes, str], bytes]


def _lines(signer: _Signer, previous: bytes, *hashes: bytes, algorithm: bytes = steps.CHUNK_ALGORITHM) -> bytes:
    return b"\n".join((algorithm, signer.timestamp, signer.scope, previous, *hashes))


_FORMS: tuple[tuple[str, _Form], ...] = (
    ("", lambda s, p, h: _lines(s, p, steps.EMPTY_SHA256, h.encode())),
    ("without the line that holds the hash of nothing", lambda s, p, h: _lines(s, p, h.encode())),
    ("with an empty line for the hash of nothing", lambda s, p, h: _lines(s, p, b"", h.encode())),
    ("with its hash before the hash of nothing", lambda s, p, h: _lines(s, p, h.encode(), steps.EMPTY_SHA256)),
    ("with its hash twice", lambda s, p, h: _lines(s, p, h.encode(), h.encode())),
    ("as if it were empty", lambda s, p, h: _lines(s, p, steps.EMPTY_SHA256, steps.EMPTY_SHA256)),
    ("as unsigned payload", lambda s, p, h: _lines(s, p, steps.EMPTY_SHA256, b"UNSIGNED-PAYLOAD")),
    ("with its hash in upper case", lambda s, p, h: _lines(s, p, steps.EMPTY_SHA256, h.upper().encode())),
    ("with a line feed at the end", lambda s, p, h: _lines(s, p, steps.EMPTY_SHA256, h.encode(), b"")),
    (
        f"under {steps.ALGORITHM.decode()}, the algorithm of headers",
        lambda s, p, h: _lines(s, p, steps.EMPTY_SHA256, h.encode(), algorithm=steps.ALGORITHM),
    ),
    (
        f"under {steps.TRAILER_ALGORITHM.decode()}, the algorithm of trailers",
        lambda s, p, h: _lines(s, p, h.encode(), algorithm=steps.TRAILER_ALGORITHM),
    ),
)


def _moved(timestamp: bytes, seconds: int) -> bytes:
    try:
        moment = datetime.strptime(timestamp.decode(), "%Y%m%dT%H%M%SZ") + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return timestamp
    return moment.strftime("%Y%m%dT%H%M%SZ").encode()


def _data_strings(signer: _Signer, broken: _Break, read: Read | None) -> Iterator[_Way]:
    """Signers that hash more than the data: its frame, too."""
    data = b"" if read is None else read(broken.place.offset, broken.place.size)
    if not data or len(data) != broken.place.size:
        return
    size = f"{len(data):x}".encode()
    for words, parts in (
        ("with the frame round its data", (size, b"\r\n", data, b"\r\n")),
        ("with its size line before its data", (size, b"\r\n", data)),
        ("with the line's end behind its data", (data, b"\r\n")),
    ):
        string = signer.chunk(broken.previous, hashlib.sha256(b"".join(parts)).hexdigest())
        yield _SLUG, f"the chunk was hashed {words}", string


def _from_behind(signer: _Signer, broken: _Break) -> Iterator[ChainFault]:
    """What the next chunk tells: after which signature its signer went on."""
    following = broken.following
    if following is None:
        return
    wire = text_bytes(broken.chunk.signature)
    computed = steps.signature(signer.key, signer.chunk(broken.previous, broken.chunk.sha256))
    first = broken.place.number == 1  # what it follows is not on the wire: a seed that nobody knows looks the same
    other = (
        "other data was signed in this chunk" + first * ", or it was signed after another signature than the header's"
    )
    for cause, words, previous in (
        ("chunk-data-altered", f"{other}: the next one goes on from its signature", wire),
        ("chunk-signature", "the signature was altered: the next chunk goes on from the one it should have", computed),
    ):
        string = signer.chunk(previous, following.sha256)
        if signer.gives(string, text_bytes(following.signature)):
            yield ChainFault(cause, words, broken.place, string, not (first and previous is wire))


# Trailers


def _trailer_faults(signed: SignedRequest, signer: _Signer, previous: bytes) -> Iterator[ChainFault]:
    given = trailer_signature(signed.body.trailers)
    last = deque(signed.chunks(), maxlen=1)
    if given is None or not last or last[0].size:
        return
    befores = (("", previous), (" after the header's signature, not after that of the last chunk", signer.seed))
    ways = (
        ("trailer-signature", "".join((how, after, under)), string)
        for (how, block), (after, before) in product(_blocks(signed), befores)
        for under, string in _trailer_strings(signer, before, steps.sha256_hex(block))
    )
    for string, (cause, words) in _each_once(ways).items():
        if words and signer.gives(string, given):
            yield ChainFault(cause, f"the trailers were signed{words}", None, string)


def _blocks(signed: SignedRequest) -> Iterator[tuple[str, bytes]]:
    """The trailers as signers are known to write them down, the rule's form first."""
    lines = [
        (name, value) for name, value in signed.body.trailers if name.strip().lower() != b"x-amz-trailer-signature"
    ]
    rule = steps.canonical_trailers(lines)
    yield "", rule
    yield " without a line's end", rule[:-1]
    yield " with CRLF for LF", rule.replace(b"\n", b"\r\n")
    yield " with an empty line behind them", rule + b"\n"
    yield " with an empty line behind them, and CRLF for LF", rule.replace(b"\n", b"\r\n") + b"\r\n"
    yield " as they were sent, names in their own case", b"".join(b"%b:%b\n" % line for line in lines)
    yield " with a space behind each colon", b"".join(b"%b: %b\n" % (name.lower(), value) for name, value in lines)
    yield " in the order of their names", steps.canonical_trailers(sorted(lines))
    yield " as if there were none", b""
    yield " without their values", b"".join(name.lower() + b"\n" for name, _ in lines)


def _trailer_strings(signer: _Signer, previous: bytes, sha256: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", steps.trailer_string_to_sign(signer.timestamp, signer.scope, previous, sha256)
    empty = steps.EMPTY_SHA256
    yield (
        ", with the hash of nothing before theirs",
        _lines(signer, previous, empty, sha256, algorithm=steps.TRAILER_ALGORITHM),
    )
    yield ", under the algorithm of chunks", _lines(signer, previous, empty, sha256)
    yield ", under the algorithm of headers", _lines(signer, previous, sha256, algorithm=steps.ALGORITHM)

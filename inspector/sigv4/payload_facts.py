"""What a request's bytes say about its payload, no secret needed: hash, framing, lengths, trailers, checksum.

Each function looks at one thing and yields what is wrong with it. How much of a body was seen counts: bytes that the
recorder missed accuse nobody.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

from inspector.sigv4.authorization import EMPTY_SHA256
from inspector.sigv4.chunks import TRAILER_SIGNATURE, declared_mode, is_signed_stream, trailer_signature
from inspector.sigv4.parts import text
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import whole
from inspector.wire.headers import get, get_all

SMALLEST_CHUNK = 8192
"""Bytes of every chunk but the last (AWS documentation, "Transferring Payload in Multiple Chunks")."""

_UNPACKED_LIMIT = 16 * 1024 * 1024
_SIGNED_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,15};chunk-signature=")
_SIZE_LINE = re.compile(rb"[ \t]*(?:0[xX])?[0-9A-Fa-f]{1,15}[ \t]*(?:;[^\r\n]{1,200})?(?:\r\n|\n|\r)")
"""The first line of a frame, also as it should not be written: with 0x before the size, or without CR."""
_PLAIN_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")


class Observation(NamedTuple):
    """Something that was seen: the slug of the cause, a sentence about this request, and the bytes it rests on."""

    cause: str
    words: str
    seen: str


def payload_facts(signed: SignedRequest, body: bytes = b"") -> Iterator[Observation]:
    """Everything wrong with the payload of a request. Never raises.

    `body` is the body as stored, or its first bytes; the more there is, the more can be compared.
    """
    yield from chain(
        hash_facts(signed, body),
        mode_facts(signed, body),
        framing_facts(signed, body),
        length_facts(signed),
        trailer_facts(signed),
        checksum_facts(signed),
    )


# The hash of the body


def hash_facts(signed: SignedRequest, body: bytes = b"") -> Iterator[Observation]:
    """x-amz-content-sha256 against the body: no hash at all, that of nothing, of the body in another form."""
    part = signed.authorization.part("payload")
    if part is None:
        return
    value = part.raw.strip()
    seen = f"{part.place.partition(' ')[2]}: {text(value)}"
    if signed.authorization.payload is None:
        yield Observation("payload-header-typo", "the payload's hash is no hash and no known word", seen)
    declared = value.lower()
    actual = signed.body.sent.sha256
    if signed.authorization.payload not in ("hash", "empty") or declared == actual.encode():
        return
    if not whole(signed.body) and not (declared == EMPTY_SHA256 and signed.body.sent.size):
        return
    seen += f"\nSHA-256 of the {signed.body.sent.size} bytes of the body: {actual}"
    decoded = signed.body.decoded
    if decoded is not None and declared == decoded.sha256.encode():
        yield Observation("chunk-mode-mismatch", "the hash is the payload's, and the body is aws-chunked", seen)
    elif declared == EMPTY_SHA256:
        words = f"the hash is that of an empty body, and the body has {signed.body.sent.size} bytes"
        yield Observation("payload-empty-hash", words, seen)
    else:
        form = None if signed.body.redacted or not _is_whole(signed, body) else form_of(body, declared)
        words = "the body is not the one whose hash was signed"
        yield Observation(*(("payload-gzip", form) if form else ("payload-body-altered", words)), seen)


def _is_whole(signed: SignedRequest, body: bytes) -> bool:
    return len(body) == signed.body.sent.size


def form_of(body: bytes, sha256: bytes) -> str | None:
    """In which other form the body has this hex SHA-256, in words; None where no form is known that has it."""
    for words, change in _FORMS:
        for other in _attempt(change, body):
            if hashlib.sha256(other).hexdigest().encode() == sha256:
                return f"the hash is that of {words}"
    return None


def _attempt(change: Callable[[bytes], bytes | None], body: bytes) -> Iterator[bytes]:
    try:
        other = change(body)
    except (ValueError, RecursionError, zlib.error, EOFError, OverflowError):
        return
    if other is not None and other != body:
        yield other


def _unpacked(body: bytes) -> bytes | None:
    inflater = zlib.decompressobj(wbits=47)
    plain = inflater.decompress(body, _UNPACKED_LIMIT)
    return plain if inflater.eof else None


def _decoded_base64(body: bytes) -> bytes:
    return base64.b64decode(b"".join(body.split()), validate=True)


def _compact(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()


_BOM = b"\xef\xbb\xbf"
_FORMS: tuple[tuple[str, Callable[[bytes], bytes | None]], ...] = (
    ("the body decompressed: something compressed it after it was hashed", _unpacked),
    ("the body compressed by gzip: something decompressed it after it was hashed", lambda b: gzip.compress(b, mtime=0)),
    ("the body compressed by zlib: something decompressed it after it was hashed", zlib.compress),
    ("the body with LF for each CRLF", lambda b: b.replace(b"\r\n", b"\n")),
    ("the body with CRLF for each LF", lambda b: b.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")),
    ("the body without its byte order mark", lambda b: b.removeprefix(_BOM)),
    ("the body with a byte order mark", lambda b: _BOM + b),
    ("the body without the line's end after it", lambda b: b.rstrip(b"\r\n")),
    ("the body without the white space round it", bytes.strip),
    ("the body with a line feed after it", lambda b: b + b"\n"),
    ("the body with a carriage return and line feed after it", lambda b: b + b"\r\n"),
    ("the body in Latin-1", lambda b: b.decode().encode("latin-1")),
    ("the body as if it were Latin-1, in UTF-8", lambda b: b.decode("latin-1").encode()),
    ("the body in UTF-16 (little endian)", lambda b: b.decode().encode("utf-16-le")),
    ("the body in base64", base64.b64encode),
    ("the body decoded from base64", _decoded_base64),
    ("the same JSON without white space", _compact),
    (
        "the same JSON without white space, in ASCII",
        lambda b: json.dumps(json.loads(b), separators=(",", ":")).encode(),
    ),
    ("the same JSON as Python writes it", lambda b: json.dumps(json.loads(b)).encode()),
    ("the same JSON, indented by two", lambda b: json.dumps(json.loads(b), indent=2, ensure_ascii=False).encode()),
    ("the same JSON, indented by four", lambda b: json.dumps(json.loads(b), indent=4, ensure_ascii=False).encode()),
    ("the same XML without white space between its tags", lambda b: re.sub(rb">\s+<", b"><", b.strip())),
    ("the body as a JSON string", lambda b: json.dumps(b.decode(), ensure_ascii=False).encode()),
)


# The framing of a stream


def mode_facts(signed: SignedRequest, body: bytes = b"") -> Iterator[Observation]:
    """What x-amz-content-sha256 says of the framing, against the framing itself."""
    mode = declared_mode(signed)
    words = _mode_fault(signed, mode, body)
    if words is not None:
        beginning = f"\nthe body begins: {text(body[:60])!r}" if body else ""
        yield Observation("chunk-mode-mismatch", words, f"x-amz-content-sha256: {text(mode)}{beginning}")


def _mode_fault(signed: SignedRequest, mode: bytes, body: bytes) -> str | None:
    info = signed.body
    signed_chunks = _SIGNED_CHUNK.match(body) is not None
    if is_signed_stream(signed):
        first = next(iter(signed.chunks()), None)
        if first is not None:
            return "the chunks should be signed, and are not" if first.signature is None else None
        return "the body should be framed in chunks, and is not" if _is_unframed(signed, body) else None
    if mode == b"STREAMING-UNSIGNED-PAYLOAD-TRAILER":
        if _is_unframed(signed, body):
            return "the body should be framed in chunks, and is not"
        return "the chunks should not be signed, and are" if signed_chunks else None
    if info.decoded is not None and info.chunk_count and info.framing_error is None:
        return "the body is framed in chunks, and the payload's hash does not say so"
    # The server takes the frame for data and stores it: multistore#92, s3-orchestrator#1536.
    framed = signed_chunks or (info.decoded is None and _looks_framed(signed, body))
    return "the body is framed in chunks, and nothing says so: the frame would be stored as data" if framed else None


def _is_unframed(signed: SignedRequest, body: bytes) -> bool:
    """Whether a body that should be framed has not so much as the size line of a chunk, well written or not."""
    return _without_a_chunk(signed) and _SIZE_LINE.match(body) is None


def _without_a_chunk(signed: SignedRequest) -> bool:
    info = signed.body
    if info.decoded is None or info.decoded.size or info.chunk_count or info.framing_error is None:
        return False
    return bool(info.sent.size) and whole(info)


def _looks_framed(signed: SignedRequest, body: bytes) -> bool:
    """Whether an unannounced body is made of unsigned chunks: the first fits, and the last is empty."""
    first = _PLAIN_CHUNK.match(body)
    if first is None or not _is_whole(signed, body):
        return False
    end = first.end() + int(first[1], 16)
    return (
        body[end : end + 2] == b"\r\n" and re.search(rb"\r\n0\r\n(?:[^\r\n:]+:[^\r\n]*\r\n)*\r\n\Z", body) is not None
    )


def framing_facts(signed: SignedRequest, body: bytes = b"") -> Iterator[Observation]:
    """Where and how aws-chunked framing breaks, and chunks that are smaller than S3 allows."""
    if not whole(signed.body) or signed.body.decoded is None:
        return
    error = signed.body.framing_error
    if error is not None and not _is_unframed(signed, body):
        why = _size_fault(body)
        yield Observation("chunk-framing", f"the aws-chunked framing breaks {error}{why}", error)
    small = _small_chunk(signed)
    if small is not None:
        words = f"chunk {small[0]} has {small[1]} bytes; all but the last must have {SMALLEST_CHUNK} at least"
        yield Observation("chunk-framing", words, f"chunk {small[0]}: {small[1]} bytes")


def _size_fault(body: bytes) -> str:
    """What is wrong with the first size line, as what follows the sentence; empty where nothing is to be seen."""
    line = _SIZE_LINE.match(body)
    digits = line[0].partition(b";")[0].strip() if line else b""
    if line and digits.isdigit() and body[line.end() + int(digits) :][:2] == b"\r\n":
        return f"; the size {text(digits)} of the first chunk is in decimal, where hex belongs"
    return ""


def _small_chunk(signed: SignedRequest) -> tuple[int, int] | None:
    """Number and size of the first chunk that is too small and has another with data behind it."""
    small: tuple[int, int] | None = None
    for number, chunk in enumerate(signed.chunks(), 1):
        if chunk.size and small is not None:
            return small
        if 0 < chunk.size < SMALLEST_CHUNK:
            small = number, chunk.size
    return None


def length_facts(signed: SignedRequest) -> Iterator[Observation]:
    """x-amz-decoded-content-length against the payload, Content-Length against the body."""
    info = signed.body
    headers = signed.request.headers
    if not whole(signed.body) or info.framing_error is not None:
        return
    if info.decoded is not None:
        yield from _length(b"x-amz-decoded-content-length", headers, info.decoded.size, "payload")
        if declared_mode(signed).startswith(b"STREAMING-") and get(headers, b"x-amz-decoded-content-length") is None:
            words = "a stream must say how long its payload is, in x-amz-decoded-content-length"
            yield Observation("chunk-decoded-length", words, f"{info.decoded.size} bytes of payload, no such header")
        yield from _length(b"content-length", headers, info.sent.size, "framed body")


def _length(name: bytes, headers: tuple[tuple[bytes, bytes], ...], size: int, what: str) -> Iterator[Observation]:
    value = get(headers, name)
    if value is None or value.strip() == str(size).encode():
        return
    words = f"{name.decode()} is {text(value.strip())}, and the {what} has {size} bytes"
    yield Observation("chunk-decoded-length", words, f"{name.decode()}: {text(value)}")


# Trailers


def trailer_facts(signed: SignedRequest) -> Iterator[Observation]:
    """The trailers that x-amz-trailer announces against those that came."""
    info = signed.body
    if not whole(signed.body) or info.decoded is None or info.framing_error is not None:
        return
    mode = declared_mode(signed)
    lines = get_all(signed.request.headers, b"x-amz-trailer")
    announced = [name.strip().lower() for name in b",".join(lines).split(b",") if name.strip()]
    came = [name.strip().lower() for name, _ in info.trailers]
    seen = f"x-amz-trailer: {text(b', '.join(announced))}; trailers: {text(b', '.join(came)) or 'none'}"
    for name in announced:
        if name not in came:
            yield Observation("trailer-missing", f"the trailer {text(name)} is announced and does not come", seen)
    for name in came:
        if name not in (*announced, TRAILER_SIGNATURE):
            yield Observation("trailer-missing", f"the trailer {text(name)} comes and is not announced", seen)
    if mode.endswith(b"-TRAILER") and is_signed_stream(signed) and trailer_signature(info.trailers) is None:
        yield Observation(
            "trailer-missing", "the trailers should be signed, and x-amz-trailer-signature is missing", seen
        )
    if came and not mode.endswith(b"-TRAILER"):
        words = "trailers come, and the payload's hash does not say so"
        yield Observation("chunk-mode-mismatch", words, f"x-amz-content-sha256: {text(mode)}")


def checksum_facts(signed: SignedRequest) -> Iterator[Observation]:
    """The checksum in the trailers against that of the payload."""
    computed = signed.body.checksum
    if computed is None or not whole(signed.body) or signed.body.framing_error is not None:
        return
    name, actual = computed
    for sent, value in signed.body.trailers:
        if sent.strip().lower() == name.encode() and not _same_base64(value.strip(), actual.encode()):
            words = f"the trailer {name} is not the checksum of the payload"
            yield Observation("trailer-checksum", words, f"{name}: {text(value)}; of the payload: {actual}")


def _same_base64(one: bytes, other: bytes) -> bool:
    try:
        return base64.b64decode(one, validate=True) == base64.b64decode(other)
    except binascii.Error:
        return False

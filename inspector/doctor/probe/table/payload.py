"""Uploads below the probe's prefix: what of a body is checked, and under which name it is stored."""

from __future__ import annotations

import base64
import hashlib
import zlib

from inspector.doctor.probe.ask import SIGNED_TRAILER, Ask, Stream
from inspector.doctor.probe.model import Kind, Probe, Variant

_DATA = b"b2-inspector probe"
_OTHER = b"another body than this"
PUT = Ask(b"PUT", b"/{b}/{p}object", headers=((b"Content-Type", b"text/plain"),), body=_DATA)

# CRC-32 of the data and of nothing (base64 of four bytes, big-endian), as x-amz-checksum-crc32 has them.
_CRC32 = base64.b64encode(zlib.crc32(_DATA).to_bytes(4, "big"))
_WRONG_CRC32 = b"AAAAAA=="


def _put(name: bytes, **changes: object) -> Ask:
    return PUT.but(path=b"/{b}/{p}" + name, **changes)


def _with(name: bytes, header: bytes, value: bytes) -> Ask:
    return _put(name, headers=(*PUT.headers, (header, value)))


def _md5(data: bytes) -> bytes:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest())


def _stream(name: bytes, stream: Stream) -> Ask:
    return _put(name, body=b"", stream=stream)


def _one(name: str, question: str, taken: str, ask: Ask) -> Probe:
    return Probe(name, question, (Variant("sent", taken, ask),), Kind.TAKES)


_TRAILER = ((b"x-amz-checksum-crc32", _CRC32),)
_WRONG_TRAILER = ((b"x-amz-checksum-crc32", _WRONG_CRC32),)
_UNSIGNED_TRAILER = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"

PAYLOADS = (
    _one("upload", "Does a plain upload pass?", "uploads pass", PUT),
    _one(
        "wrong-content-sha256",
        "Is x-amz-content-sha256 compared with the body?",
        "a body may have another hash than was signed",
        _put(b"wrong-sha256", payload=hashlib.sha256(_OTHER).hexdigest().encode()),
    ),
    _one(
        "wrong-content-md5",
        "Is Content-MD5 compared with the body?",
        "a wrong Content-MD5 passes",
        _with(b"wrong-md5", b"Content-MD5", _md5(_OTHER)),
    ),
    _one(
        "content-md5-malformed",
        "What is said of a Content-MD5 that is none?",
        "it passes",
        _with(b"no-md5", b"Content-MD5", b"none"),
    ),
    _one(
        "wrong-checksum",
        "Are checksum headers taken, and compared?",
        "a wrong checksum passes",
        _with(b"wrong-crc32", b"X-Amz-Checksum-Crc32", _WRONG_CRC32),
    ),
    Probe(
        "signed-chunks",
        "Are aws-chunked uploads with signed chunks taken, and their signatures checked?",
        (
            Variant("right", "signed chunks are taken", _stream(b"chunks", Stream(_DATA))),
            Variant(
                "wrong-chunk", "a chunk's signature is not checked", _stream(b"bad-chunk", Stream(_DATA, spoil="chunk"))
            ),
        ),
        Kind.TAKES,
    ),
    Probe(
        "signed-trailer",
        "Are signed trailers taken, and their signatures checked?",
        (
            Variant("right", "signed trailers are taken", _stream(b"trailer", Stream(_DATA, SIGNED_TRAILER, _TRAILER))),
            Variant(
                "wrong-trailer",
                "a trailer's signature is not checked",
                _stream(b"bad-trailer", Stream(_DATA, SIGNED_TRAILER, _TRAILER, spoil="trailer")),
            ),
        ),
        Kind.TAKES,
    ),
    Probe(
        "unsigned-trailer",
        "Are trailers of unsigned streams taken, and their checksums compared? (boto3's default over https)",
        (
            Variant("right", "they are taken", _stream(b"unsigned", Stream(_DATA, _UNSIGNED_TRAILER, _TRAILER))),
            Variant(
                "wrong-checksum",
                "their checksum is not compared",
                _stream(b"bad-crc32", Stream(_DATA, _UNSIGNED_TRAILER, _WRONG_TRAILER)),
            ),
        ),
        Kind.TAKES,
    ),
    _one(
        "no-content-length",
        "Does an upload pass that says no length (Transfer-Encoding: chunked)?",
        "a length need not be said",
        _put(b"no-length", chunked=True),
    ),
    _one(
        "plus-stored",
        "Under which name is `/plus+name` stored? (See the stored names.)",
        "it is stored",
        _put(b"plus+name"),
    ),
    _one(
        "double-slash-stored",
        "Under which name is `/two//slashes` stored? (See the stored names.)",
        "it is stored",
        _put(b"two//slashes"),
    ),
    _one(
        "metadata-too-large",
        "What is said of 9 KB of metadata?",
        "it passes",
        _with(b"metadata", b"X-Amz-Meta-Large", b"x" * 9000),
    ),
    _one(
        "kms",
        "What is said of aws:kms?",
        "it passes",
        _with(b"kms", b"X-Amz-Server-Side-Encryption", b"aws:kms"),
    ),
)

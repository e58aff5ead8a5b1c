"""Digests that B2 refuses, misses or finds wrong: by its sentence, else by the bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.heard import heard
from inspector.diagnose.reading import failed_or_open, line, sent, shown
from inspector.diagnose.register import rule
from inspector.s3.checksums import checksum
from inspector.sigv4.verify import whole
from inspector.wire.exchange import Digests
from inspector.wire.query import pairs

DEMANDED = frozenset(
    (
        "DeleteObjects",
        "PutObjectAcl",
        "PutBucketAcl",
        "PutBucketCors",
        "PutBucketEncryption",
        "PutBucketLifecycleConfiguration",
        "PutBucketLogging",
        "PutObjectLegalHold",
        "PutObjectLockConfiguration",
        "PutObjectRetention",
        "PutObjectTagging",
        "PutBucketTagging",
        "PutBucketPolicy",
        "PutBucketWebsite",
        "PutBucketVersioning",
    )
)
"""Operations that AWS's model marks `requestChecksumRequired` (botocore `s3/2006-03-01`)."""

REFUSED = (
    ("x-amz-checksum-mode", "checksum-mode-header"),
    ("x-amz-checksum-algorithm", "checksum-algorithm-header"),
    ("x-amz-sdk-checksum-algorithm", "checksum-sdk-algorithm-header"),
    ("x-amz-trailer", "trailer-upload"),
    ("x-amz-checksum-", "checksum-header-put"),
    ("x-amz-tagging", "tagging-header"),
)
"""Beginnings of headers that B2 has refused by name, and what that means; the first that fits."""


def _cause_of(header: str, operation: str | None) -> str:
    cause = next((cause for start, cause in REFUSED if header.startswith(start)), "unsupported-header")
    if operation in DEMANDED and cause in ("checksum-header-put", "checksum-sdk-algorithm-header"):
        return "when-required-not-enough"
    return cause


@rule(when=lambda call: call.failed)
def header_refused(call: Call) -> Iterator[Seen]:
    """B2 names a header as unsupported, or answers a HEAD with the length of such a sentence."""
    for said in heard(call, "unsupported-header"):
        name = said.parts.get("header", "").lower()
        value = sent(call, name.encode())
        there = line(name, value) if value is not None else f"{name} (not in the recorded request)"
        cause = _cause_of(name, call.facts.operation)
        words = f"B2 does not take the header {name}" + (
            f" with {call.facts.operation}" if call.facts.operation else ""
        )
        yield Seen(cause, said.certainty, f"{said.seen}\n{there}", words)


@rule(when=lambda call: call.failed)
def body_short(call: Call) -> Iterator[Seen]:
    """B2 got fewer bytes than the head announces."""
    for said in heard(call, "body-too-small"):
        info = call.signed.body
        lengths = [
            line(name, value)
            for name in (b"Content-Length", b"x-amz-decoded-content-length")
            if (value := sent(call, name)) is not None
        ]
        came = f"recorded: {info.sent.size} bytes" + (f", {info.decoded.size} of payload" if info.decoded else "")
        yield Seen("request-body-too-small", said.certainty, "\n".join([said.seen, *lengths, came]))


MISSING = {
    "content-md5-missing": "object-lock-missing-md5",
    "object-lock-checksum-missing": "object-lock-md5-or-checksum",
    "object-lock-md5-missing": "object-lock-md5-or-checksum",
    "trailer-malformed": "trailer-malformed",
    "chunk-too-large": "aws-chunk-too-large",
}
"""Sentences that say it all, and what they mean."""


@rule(when=lambda call: call.failed)
def digest_told(call: Call) -> Iterator[Seen]:
    """B2 wants a digest that did not come, or cannot read the stream that should bring one."""
    for said in heard(call, *MISSING):
        names = (b"content-md5", b"x-amz-sdk-checksum-algorithm", b"x-amz-trailer", b"x-amz-content-sha256")
        lines = [line(name, value) for name in names if (value := sent(call, name)) is not None]
        yield Seen(MISSING[said.sentence.name], said.certainty, "\n".join([said.seen, *lines]))


DIGEST_CODES = ("BadDigest", "InvalidDigest")


@rule(when=failed_or_open)
def digest_wrong(call: Call) -> Iterator[Seen]:
    """Content-MD5 or a checksum header is not that of the recorded body."""
    if call.facts.api != "s3":
        return
    told = call.facts.error_code in DIGEST_CODES
    wrong = list(_wrong_digests(call))
    if wrong:
        certainty = Certainty.CERTAIN if told else _without_word(call)
        yield Seen("bad-digest", certainty, "\n".join(wrong))
    elif told:
        words = "The server says that a digest is wrong; for the recorded bytes none is"
        seen = f"{call.facts.error_code}: {call.facts.error_message or ''}".rstrip(": ")
        path = Fault.PATH if whole(call.signed.body) and _digests_sent(call) else None
        yield Seen("bad-digest", Certainty.LIKELY, seen, words if path else "", fault=path)


def _without_word(call: Call) -> Certainty:
    """How sure it is that a wrong digest is why, where the server does not say so."""
    return Certainty.LIKELY if call.status in (None, 400) and call.facts.error_code is None else Certainty.HINT


def _digests_sent(call: Call) -> bool:
    names = {name.lower() for name, _ in call.request.headers}
    return b"content-md5" in names or any(checksum(name) for name in names)


def _wrong_digests(call: Call) -> Iterator[str]:
    """The lines of digests that are not the body's. Bytes that the recorder missed accuse nobody."""
    info = call.signed.body
    if not whole(info):
        return
    bodies = [info.sent] + ([info.decoded] if info.decoded is not None else [])
    for name, value in call.request.headers:
        right = [text for body in bodies if (text := _digest(name.lower(), body)) is not None]
        if right and shown(value).strip() not in right:
            yield f"{line(name, value)}\nof the recorded body: {' or '.join(right)}"


def _digest(name: bytes, body: Digests) -> str | None:
    """What a header of this name would say of a body; None for names that are no digest, or one not at hand."""
    hexes = {
        b"content-md5": body.md5,
        b"x-amz-checksum-sha256": body.sha256,
        b"x-amz-checksum-crc32": body.crc32,
    }.get(name)
    return base64.b64encode(bytes.fromhex(hexes)).decode() if hexes else None


EMPTY_CRC32 = (b"AAAAAA%3D%3D", b"AAAAAA==")


@rule(when=failed_or_open)
def presigned_for_nothing(call: Call) -> Iterator[Seen]:
    """A presigned URL carries the CRC32 of an empty body."""
    if call.facts.api != "s3" or not call.facts.presigned:
        return
    for pair in pairs(call.request.query):
        if pair.name.lower() == b"x-amz-checksum-crc32" and pair.value in EMPTY_CRC32:
            if call.failed and not call.signed.body.sent.size:
                return
            told = call.facts.error_code in DIGEST_CODES or any(heard(call, "unsupported-header"))
            certainty = (
                Certainty.CERTAIN if told else Certainty.LIKELY if call.status in (None, 400) else Certainty.HINT
            )
            yield Seen("presigned-put-empty-crc32", certainty, f"{shown(pair.name)}={shown(pair.value)} in the URL")

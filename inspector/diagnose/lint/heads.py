"""What a call's head says to lint. Looked up by operation and by header name: most calls have nothing to be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from inspector.diagnose.lint.model import Head, Hit
from inspector.s3.names import bucket_name_fault
from inspector.s3.operations import OPERATIONS, Support

Look = Callable[[Head], Iterator[Hit]]
LookAt = Callable[[Head, bytes], str]
"""From a head and the value of one of its header lines to the slug of a rule, empty for none."""

TAGGING = ("PutObjectTagging", "DeleteObjectTagging", "GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging")
WRITES = ("PutObject", "CompleteMultipartUpload", "CopyObject")
UPLOADS = ("PutObject", "UploadPart")
READS = ("GetObject", "HeadObject", "OptionsObject", "PostObject")
LARGEST = 5_000_000_000
LONGEST_URL = 7 * 86_400


def shown(value: bytes) -> str:
    """At most 120 characters of a value, for a report."""
    return value[:120].decode("utf-8", "replace")


def head_hits(head: Head) -> Iterator[Hit]:
    """Everything that a head says to lint."""
    row = head.row
    yield from _operation(head)
    for name in HEADERS.keys() & head.lines.keys():
        value = head.lines[name]
        slug = HEADERS[name](head, value)
        if slug:
            yield Hit(slug, name.decode(), f"{name.decode()}: {shown(value)}")
    yield from _signer(head)
    yield from _place(head)
    if row.operation in UPLOADS or row.operation in ("CreateMultipartUpload", "CopyObject"):
        yield from _stored(head)
    if row.presigned or b"response-content-disposition" in row.target:
        yield from _url(head)


# What is called


_CALLS = {
    row.name: ("object-tagging-call" if row.name in TAGGING else "unsupported-subresource")
    for row in OPERATIONS
    if row.b2 is Support.NO
} | {
    "PostObject": "post-object",
    "GetObjectTagging": "tagging-stub",
    "PutObjectAcl": "object-acl-mismatch",
    "PutObjectLockConfiguration": "object-lock-existing-bucket",
}
"""Operations that B2 does not have, or has otherwise."""


def _operation(head: Head) -> Iterator[Hit]:
    row = head.row
    slug = _CALLS.get(row.operation or "", "") if row.operation else "unknown-call"
    if slug:
        asked = f"{row.method} {shown(row.target)}"
        yield Hit(slug, row.operation or asked.partition("?")[2].partition("=")[0] or row.method, asked)
    if row.operation == "DeleteObject" and not any(pair.name == b"versionId" for pair in head.query):
        yield Hit("delete-only-hides", row.operation, f"{row.method} {shown(row.target)}")


# Header lines


def _always(slug: str) -> LookAt:
    return lambda head, value: slug


def _checksum(head: Head, value: bytes) -> str:
    """Taken since 2025, unless this very call was refused for it: the answer decides."""
    told = head.at_b2 and _REFUSED.match(head.row.error_message or "")
    return "checksum-refused" if told else "b2-checksum-unsupported"


_REFUSED = re.compile(r"Unsupported header 'x-amz-(?:checksum-|sdk-checksum-|trailer)")


def _condition(head: Head, value: bytes) -> str:
    return "conditional-write" if head.row.operation in WRITES else ""


def _class(head: Head, value: bytes) -> str:
    return "" if value.strip() in (b"STANDARD", b"") else "storage-class"


def _kms(head: Head, value: bytes) -> str:
    return "sse-kms" if value.strip().lower().startswith(b"aws:kms") else ""


def _acl(head: Head, value: bytes) -> str:
    if value.strip() not in (b"private", b"public-read"):
        return "canned-acl-unsupported"
    return "acl-of-the-bucket" if head.row.operation in (*WRITES, "CreateMultipartUpload") else ""


_SSE_C = tuple(f"x-amz-server-side-encryption-customer-{part}".encode() for part in ("algorithm", "key", "key-md5"))


def _customer_key(head: Head, value: bytes) -> str:
    whole = all(name in head.lines for name in _SSE_C) and head.lines[_SSE_C[0]].strip() == b"AES256"
    return "" if whole else "sse-c-headers"


def _payload(head: Head, value: bytes) -> str:
    return "chunk-signed-unknown" if value.startswith(b"STREAMING-AWS4-") else ""


def _lock(head: Head, value: bytes) -> str:
    if head.row.operation not in UPLOADS or b"content-md5" in head.lines or b"x-amz-trailer" in head.lines:
        return ""
    return "" if any(name.startswith(b"x-amz-checksum-") for name in head.lines) else "object-lock-missing-md5"


def _disposition(head: Head, value: bytes) -> str:
    return "" if _DISPOSITION.fullmatch(value) else "content-disposition-invalid"


def _range(head: Head, value: bytes) -> str:
    return "range-zero-ignored" if value.replace(b" ", b"").lower() == b"bytes=0-" else ""


_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DISPOSITION = re.compile(
    rb"\s*%b\s*(?:;\s*%b\s*=\s*(?:%b|\"(?:[^\"\\]|\\.)*+\")\s*)*+;?\s*" % (_TOKEN, _TOKEN, _TOKEN), re.DOTALL
)
"""A Content-Disposition as RFC 6266 §4.1 has it."""

HEADERS: dict[bytes, LookAt] = {
    b"x-amz-tagging": _always("tagging-header"),
    b"x-amz-tagging-directive": _always("tagging-directive"),
    b"if-none-match": _condition,
    b"if-match": _condition,
    b"x-amz-storage-class": _class,
    b"x-amz-server-side-encryption": _kms,
    b"x-amz-server-side-encryption-aws-kms-key-id": _always("sse-kms"),
    b"x-amz-server-side-encryption-context": _always("sse-kms"),
    b"x-amz-server-side-encryption-bucket-key-enabled": _always("sse-kms"),
    b"x-amz-server-side-encryption-customer-algorithm": _customer_key,
    b"x-amz-server-side-encryption-customer-key": _customer_key,
    b"x-amz-acl": _acl,
    b"x-amz-grant-read": _always("acl-grants-xml"),
    b"x-amz-grant-write": _always("acl-grants-xml"),
    b"x-amz-grant-read-acp": _always("acl-grants-xml"),
    b"x-amz-grant-write-acp": _always("acl-grants-xml"),
    b"x-amz-grant-full-control": _always("acl-grants-xml"),
    b"x-amz-security-token": _always("token-extra"),
    b"x-amz-expected-bucket-owner": _always("expected-bucket-owner"),
    b"x-amz-source-expected-bucket-owner": _always("expected-bucket-owner"),
    b"x-amz-trailer": _always("trailer-upload"),
    b"x-amz-content-sha256": _payload,
    b"x-amz-object-lock-mode": _lock,
    b"x-amz-object-lock-retain-until-date": _lock,
    b"x-amz-object-lock-legal-hold": _lock,
    b"content-disposition": _disposition,
    b"range": _range,
    **dict.fromkeys(
        (
            b"x-amz-checksum-crc32",
            b"x-amz-checksum-crc32c",
            b"x-amz-checksum-crc64nvme",
            b"x-amz-checksum-sha1",
            b"x-amz-checksum-sha256",
            b"x-amz-checksum-algorithm",
            b"x-amz-checksum-type",
            b"x-amz-checksum-mode",
            b"x-amz-sdk-checksum-algorithm",
        ),
        _checksum,
    ),
    **dict.fromkeys(
        (
            b"x-amz-website-redirect-location",
            b"x-amz-request-payer",
            b"x-amz-mfa",
            b"x-amz-object-ownership",
            b"x-amz-write-offset-bytes",
            b"x-amz-optional-object-attributes",
            b"x-amz-rename-source",
        ),
        _always("header-not-documented"),
    ),
}
"""What a header line means, by its name in lower case."""


# Who signs


def _signer(head: Head) -> Iterator[Hit]:
    auth, operation = head.row.auth, head.row.operation
    if auth == "sigv2":
        yield Hit("sigv2-used", "query" if head.row.presigned else "header", "Authorization: AWS … or AWSAccessKeyId=…")
    elif auth == "sigv4a":
        yield Hit("sigv4a-used", auth, "AWS4-ECDSA-P256-SHA256")
    elif auth == "none" and operation is not None and operation not in READS and head.row.method != "OPTIONS":
        yield Hit("auth-missing", operation, f"{head.row.method} {shown(head.row.target)}, unsigned")


# Where, and under which names


def _place(head: Head) -> Iterator[Hit]:
    row = head.row
    if row.scheme == "http":
        yield Hit("http-not-https" if head.at_b2 else "http-elsewhere", head.host, f"http://{head.host}")
    bucket = row.bucket or ""
    fault = bucket_name_fault(bucket) if bucket else ""
    if fault:
        yield Hit("bucket-name-invalid", bucket, f"{bucket}: {fault}")
    if "." in bucket and row.scheme == "https" and head.host.startswith(f"{bucket.lower()}."):
        yield Hit("bucket-with-dots-tls", bucket, head.host)
    if row.key is not None:
        yield from _key(head)


_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


def _key(head: Head) -> Iterator[Hit]:
    key = head.key
    if len(key) > 1024:
        yield Hit("key-name-invalid", "over 1,024 bytes", f"{len(key)} bytes: {shown(key)}")
    elif _CONTROL.search(key):
        yield Hit("key-name-invalid", "control characters", repr(shown(key)))
    elif head.row.operation != "ListObjects" and (key.startswith(b"/") or b"//" in key):
        yield Hit("key-name-odd", "slashes", shown(key))


# What is stored


def _stored(head: Head) -> Iterator[Hit]:
    row = head.row
    if row.request_size > LARGEST:
        yield Hit("single-put-too-big", row.operation or "", f"{row.request_size} bytes")
    if row.part_number is not None and not 1 <= row.part_number <= 10_000:
        yield Hit("part-number-range", "part number", f"partNumber={row.part_number}")
    meta = sum(len(name) - 11 + len(value) for name, value in head.lines.items() if name.startswith(b"x-amz-meta-"))
    if meta > 500:
        marked = any(name.startswith((b"x-amz-server-side-encryption", b"x-amz-object-lock-")) for name in head.lines)
        size, most = meta + len(head.key), 2048 if marked else 7000
        if size > most:
            yield Hit("metadata-too-large", "x-amz-meta-…", f"{size} bytes of key and metadata, {most} at most")


def _url(head: Head) -> Iterator[Hit]:
    """What only a URL carries."""
    for pair in head.query:
        name, value = pair.name.lower(), pair.value or b""
        if name == b"x-amz-expires" and value.isdigit() and len(value) < 12 and int(value) > LONGEST_URL:
            yield Hit("presign-too-long", "X-Amz-Expires", f"X-Amz-Expires={value.decode()}")
        elif name == b"x-amz-checksum-crc32" and unquote_to_bytes(value) == b"AAAAAA==":
            yield Hit("presigned-put-empty-crc32", "x-amz-checksum-crc32", f"x-amz-checksum-crc32={value.decode()}")
        elif name == b"response-content-disposition" and not _DISPOSITION.fullmatch(unquote_to_bytes(value)):
            yield Hit("content-disposition-invalid", name.decode(), f"{name.decode()}={shown(unquote_to_bytes(value))}")

"""Which header lines of a request belong to what it asks, and what each value means whoever wrote it.

A line that no row names is no part of the question: signatures, dates, invocation ids, user agents, `Expect`, framing,
checksums and their algorithms. Why the others are what they are:

- `Range`, conditions, copy source and encryption change what the answer is: they are part of the question.
- Settings (ACL, tags, locks, storage class) change what is done; a default written out (`private`, `STANDARD`: rclone
  sends them, boto3 does not) means the same as none.
- Metadata (content type, `x-amz-meta-*`) is stored and given back later, and does not change the answer to the upload.
  SDKs add their own: JS v3 and minio-py a content type, rclone the file's mtime, which differs after each checkout. So
  it decides between recorded calls that are otherwise the same, and makes a miss only where `match_on` names it.
- The key and MD5 of SSE-C never rest in a recording; that a customer key is used, and the algorithm, do.
- `x-amz-expected-bucket-owner` and `x-amz-request-payer` speak of the account, which is another on replay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes


class Role(IntEnum):
    """The part of the question that a line belongs to."""

    RANGE = 0
    CONDITION = 1
    SOURCE = 2
    ENCRYPTION = 3
    SETTING = 4
    METADATA = 5
    SIGNED = 6
    """None of its own: it shows that S3 is spoken."""
    NAME = 7
    """The key: an upload of the native API names its file so."""


class Known(NamedTuple):
    """A header that belongs to the question: its lower-case name, its part, and how its value is read."""

    name: bytes
    role: Role
    read: Callable[[bytes], bytes]


def _as_is(value: bytes) -> bytes:
    return b" ".join(value.split())


def _lower(value: bytes) -> bytes:
    return value.strip().lower()


def _range(value: bytes) -> bytes:
    return value.replace(b" ", b"").lower()


def _flag(value: bytes) -> bytes:
    """A switch that is off by default."""
    lower = _lower(value)
    return b"" if lower == b"false" else lower


def _unless(*defaults: bytes) -> Callable[[bytes], bytes]:
    def read(value: bytes) -> bytes:
        plain = value.strip()
        return b"" if plain.lower() in defaults else plain

    return read


def _tags(value: bytes) -> bytes:
    """Entity tags without quotes; a list in any order."""
    return b",".join(sorted({one.strip().removeprefix(b"W/").strip(b'"') for one in value.split(b",")}))


@lru_cache(maxsize=1024)
def moment(value: bytes) -> float | None:
    """An HTTP date in Unix seconds, None where it is none."""
    try:
        at = parsedate_to_datetime(value.strip().decode("ascii"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _date(value: bytes) -> bytes:
    at = moment(value)
    return value.strip() if at is None else b"%d" % at


def _copy_source(value: bytes) -> bytes:
    path, mark, version = value.strip().removeprefix(b"/").partition(b"?versionId=")
    return unquote_to_bytes(path) + mark + unquote_to_bytes(version)


def _tagging(value: bytes) -> bytes:
    return b"&".join(sorted(unquote_to_bytes(pair.replace(b"+", b" ")) for pair in value.strip().split(b"&")))


def _content_type(value: bytes) -> bytes:
    """What SDKs write where nobody said anything is left out: JS v3 and minio-py on the wire; S3's own default."""
    plain = value.replace(b" ", b"").lower()
    return b"" if plain in (b"application/octet-stream", b"binary/octet-stream") else plain


def _content_encoding(value: bytes) -> bytes:
    """The encoding of the object: aws-chunked is that of the upload."""
    codings = [one.strip().lower() for one in value.split(b",")]
    return b",".join(one for one in codings if one not in (b"", b"aws-chunked", b"identity"))


_R, _C, _S, _E, _T, _M = Role.RANGE, Role.CONDITION, Role.SOURCE, Role.ENCRYPTION, Role.SETTING, Role.METADATA

_ROWS: tuple[tuple[bytes, Role, Callable[[bytes], bytes]], ...] = (
    (b"range", _R, _range),
    (b"if-match", _C, _tags),
    (b"if-none-match", _C, _tags),
    (b"if-modified-since", _C, _date),
    (b"if-unmodified-since", _C, _date),
    (b"if-range", _C, _as_is),
    (b"x-amz-if-match-initiated-time", _C, _date),
    (b"x-amz-if-match-last-modified-time", _C, _date),
    (b"x-amz-if-match-size", _C, _as_is),
    (b"x-amz-copy-source", _S, _copy_source),
    (b"x-amz-copy-source-range", _S, _range),
    (b"x-amz-copy-source-if-match", _S, _tags),
    (b"x-amz-copy-source-if-none-match", _S, _tags),
    (b"x-amz-copy-source-if-modified-since", _S, _date),
    (b"x-amz-copy-source-if-unmodified-since", _S, _date),
    (b"x-amz-rename-source", _S, _copy_source),
    (b"x-amz-metadata-directive", _S, _unless(b"copy")),
    (b"x-amz-tagging-directive", _S, _unless(b"copy")),
    (b"x-amz-server-side-encryption", _E, _as_is),
    (b"x-amz-server-side-encryption-aws-kms-key-id", _E, _as_is),
    (b"x-amz-server-side-encryption-bucket-key-enabled", _E, _flag),
    (b"x-amz-server-side-encryption-context", _E, _as_is),
    (b"x-amz-server-side-encryption-customer-algorithm", _E, _as_is),
    (b"x-amz-copy-source-server-side-encryption-customer-algorithm", _E, _as_is),
    (b"x-bz-server-side-encryption", _E, _as_is),
    (b"x-bz-server-side-encryption-customer-algorithm", _E, _as_is),
    (b"x-amz-acl", _T, _unless(b"private")),
    (b"x-amz-bucket-object-lock-enabled", _T, _flag),
    (b"x-amz-bypass-governance-retention", _T, _flag),
    (b"x-amz-max-parts", _T, _unless(b"1000")),
    (b"x-amz-object-attributes", _T, _as_is),
    (b"x-amz-object-lock-legal-hold", _T, _unless(b"off")),
    (b"x-amz-object-lock-mode", _T, _as_is),
    (b"x-amz-object-lock-retain-until-date", _T, _as_is),
    (b"x-amz-object-ownership", _T, _as_is),
    (b"x-amz-optional-object-attributes", _T, _as_is),
    (b"x-amz-part-number-marker", _T, _unless(b"0")),
    (b"x-amz-storage-class", _T, _unless(b"standard")),
    (b"x-amz-tagging", _T, _tagging),
    (b"x-amz-website-redirect-location", _T, _as_is),
    (b"x-amz-write-offset-bytes", _T, _as_is),
    (b"x-backblaze-live-read-enabled", _T, _flag),
    (b"x-bz-custom-upload-timestamp", _T, _as_is),
    (b"x-bz-file-legal-hold", _T, _as_is),
    (b"x-bz-file-name", Role.NAME, _as_is),
    (b"x-bz-file-retention-mode", _T, _as_is),
    (b"x-bz-file-retention-retain-until-timestamp", _T, _as_is),
    (b"x-bz-part-number", _T, _as_is),
    (b"x-bz-test-mode", _T, _as_is),
    (b"cache-control", _M, _as_is),
    (b"content-disposition", _M, _as_is),
    (b"content-encoding", _M, _content_encoding),
    (b"content-language", _M, _lower),
    (b"content-type", _M, _content_type),
    (b"expires", _M, _date),
)

KNOWN = {name: Known(name, role, read) for name, role, read in _ROWS}
"""By lower-case name."""

_PREFIXES = ((b"x-amz-meta-", _M), (b"x-bz-info-", _M), (b"x-amz-grant-", _T))
_LONGEST_NAME = 256


class Roles(dict[bytes, Known | None]):
    """From a header's name in any case to what it is; None for what is no part of a question. Fills as it is asked."""

    MOST = 10_000

    def __missing__(self, name: bytes) -> Known | None:
        known = role_of(name)
        if len(self) < self.MOST and len(name) < _LONGEST_NAME:
            self[name] = known
        return known


def role_of(name: bytes) -> Known | None:
    """What a header is to the question; None: nothing."""
    lower = name.lower()
    known = KNOWN.get(lower)
    if known is not None:
        return known
    for prefix, role in _PREFIXES:
        if lower.startswith(prefix):
            return Known(lower, role, _as_is)
    if lower == b"authorization" or lower.startswith(b"x-amz-"):
        return Known(lower, Role.SIGNED, _as_is)
    return None

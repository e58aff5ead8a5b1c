"""What only a request's body says to lint: configurations, and which versions are deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from inspector.diagnose.lint.model import Hit
from inspector.s3.lifecycle import oddities_of_lifecycle

_MAX_AGE = re.compile(rb"<MaxAgeSeconds>\s*(\d{1,18})\s*<")
_ALGORITHM = re.compile(rb"<SSEAlgorithm>\s*(aws:kms[a-z:]*)\s*<")
_OBJECT = re.compile(rb"<(?:\w+:)?Object>")


def _cors(body: bytes) -> Iterator[Hit]:
    for text in _MAX_AGE.findall(body):
        if int(text) > 86_400:
            yield Hit("cors-max-age", "MaxAgeSeconds", f"<MaxAgeSeconds>{text.decode()}")
            return


def _lifecycle(body: bytes) -> Iterator[Hit]:
    for words in oddities_of_lifecycle(body):
        yield Hit("lifecycle-unsupported", words.partition(" (")[0], words)


def _encryption(body: bytes) -> Iterator[Hit]:
    match = _ALGORITHM.search(body)
    if match is not None:
        yield Hit("sse-kms", "SSEAlgorithm", f"<SSEAlgorithm>{match[1].decode()}")


def _acl(body: bytes) -> Iterator[Hit]:
    if b"<Grant" in body or b"AccessControlPolicy" in body:
        yield Hit("acl-grants-xml", "AccessControlPolicy", "<AccessControlPolicy> in the body")


def _deletes(body: bytes) -> Iterator[Hit]:
    objects = len(_OBJECT.findall(body))
    if objects > body.count(b"VersionId>") // 2:
        yield Hit("delete-only-hides", "DeleteObjects", "<Object> without <VersionId>")


BODIES: dict[str, Callable[[bytes], Iterator[Hit]]] = {
    "PutBucketCors": _cors,
    "PutBucketLifecycleConfiguration": _lifecycle,
    "PutBucketEncryption": _encryption,
    "PutBucketAcl": _acl,
    "PutObjectAcl": _acl,
    "DeleteObjects": _deletes,
}
"""Operations whose body is read, and what it says. Bodies are the first 64 KiB."""

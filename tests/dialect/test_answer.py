"""What another server refuses is said in B2's words where they are known, and nowhere else."""

from __future__ import annotations

import pytest

from inspector.dialect.answer import translated
from inspector.facts import facts_of
from inspector.wire.exchange import Request

HOST = "s3.us-west-004.backblazeb2.com"


def error(code: str) -> bytes:
    """An error in S3's form."""
    return f"<Error><Code>{code}</Code><Message>its own words</Message></Error>".encode()


@pytest.mark.parametrize(
    ("first", "status", "body", "code", "cause", "wording"),
    [
        ("HEAD /photos", 404, b"", "NoSuchBucket", "no-such-bucket", "docs"),
        ("HEAD /photos/a", 404, b"", "NoSuchKey", "no-such-key", "quoted"),
        ("GET /photos/a", 404, error("NoSuchBucket"), "NoSuchBucket", "no-such-bucket", "docs"),
        ("PUT /b/a?partNumber=1&uploadId=x", 404, error("NoSuchUpload"), "NoSuchUpload", "no-such-upload", "unknown"),
        ("DELETE /photos", 409, error("BucketNotEmpty"), "BucketNotEmpty", "bucket-not-empty", "unknown"),
        ("GET /photos?cors", 404, error("NoSuchCORSConfiguration"), "NoSuchCORSConfiguration", "", "unknown"),
    ],
)  # fmt: skip
def test_an_error_is_told_as_b2_would(
    first: str, status: int, body: bytes, code: str, cause: str, wording: str
) -> None:
    """Code, cause, and how well the words are known."""
    method, _, target = first.partition(" ")
    request = Request(method.encode(), "https", HOST, 443, target.encode(), ((b"Host", HOST.encode()),))
    refusal = translated(facts_of(request, None, b"", b""), status, body)
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.cause, refusal.wording) == (status, code, cause, wording)
    assert ("B2's are not known" in refusal.message) is (wording == "unknown")


@pytest.mark.parametrize(
    ("first", "status", "code", "cause"),
    [
        ("PUT /b/a?partNumber=1&uploadId=none", 404, "NoSuchUpload", "no-such-upload"),
        ("POST /b/a?uploadId=none", 404, "NoSuchUpload", "no-such-upload"),
        ("GET /b/a", 500, "InternalError", ""),
    ],
)
def test_a_local_server_that_breaks_is_not_told_as_b2(first: str, status: int, code: str, cause: str) -> None:
    """moto answers 500 in HTML to an upload id that it does not know; other accidents are called what they are."""
    method, _, target = first.partition(" ")
    request = Request(method.encode(), "https", HOST, 443, target.encode(), ((b"Host", HOST.encode()),))
    refusal = translated(facts_of(request, None, b"", b""), 500, b"<!doctype html><h1>Internal Server Error</h1>")
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.cause, refusal.wording) == (status, code, cause, "unknown")
    named = [name for name, _ in refusal.headers("0", "0", 0.0)]
    assert (b"x-b2-inspector-reason" in named) is bool(cause)

"""Recorded calls whose signatures are what a test says, for those who read and explain them."""

from __future__ import annotations

from typing import Any

from inspector.facts import facts_of
from inspector.wire.exchange import Response, Timing
from inspector.wire.headers import Headers
from support.calls import NOON, Call
from support.signing import SECRET, signed_call

TIMESTAMP = b"20261122T120000Z"
"""`NOON`, as signers write it."""

REFUSED = b"<Error><Code>SignatureDoesNotMatch</Code><Message>Signature validation failed</Message></Error>"
ENVIRON = {"AWS_ACCESS_KEY_ID": "004a1b2c3d4e5f60000000007", "AWS_SECRET_ACCESS_KEY": SECRET.decode()}
"""What makes the secret of those calls known."""


def explained_call(
    target: bytes = b"/photos/a.jpg",
    *,
    status: int = 403,
    at: float = NOON,
    agent: bytes = b"Boto3/1.44.5 md/Botocore#1.44.5",
    answer: bytes | None = None,
    answer_headers: Headers = (),
    **how: Any,
) -> Call:
    """A call that was signed as `support.signing.signed_call` says, and what was answered."""
    how.setdefault("timestamp", TIMESTAMP)
    unsigned = (*how.pop("unsigned", ()), (b"User-Agent", agent))
    request = signed_call(target, unsigned=unsigned, **how).request
    body = (REFUSED if status == 403 else b"") if answer is None else answer
    headers = ((b"Content-Type", b"application/xml"), *answer_headers)
    response = Response(status, headers)
    facts = facts_of(request, response, b"", body)
    return Call(request, response, facts, Timing(at, at + 0.001, at + 0.02, at + 0.05), response_body=body)

"""What a request carried: its body as a matcher looks at it, and as a recording keeps it."""

from __future__ import annotations

from inspector.formats.fixture.bodies import EMPTY, Body, Inline
from inspector.replay.match.payload import NOTHING, Intake, Payload
from inspector.s3.chunked import Decoder, is_aws_chunked
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers


def payload_of(request: Request, body: bytes) -> Payload:
    """The payload of a body that is at hand."""
    if not body:
        return NOTHING
    intake = Intake(request)
    intake.feed(body)
    return intake.finish()


def kept(data: bytes) -> Body:
    """A body for a recording."""
    return Inline(data) if data else EMPTY


def unframed(headers: Headers, body: bytes) -> bytes:
    """A body without aws-chunked framing."""
    if not is_aws_chunked(headers):
        return body
    return b"".join(bytes(event) for event in Decoder().feed(body) if isinstance(event, memoryview))

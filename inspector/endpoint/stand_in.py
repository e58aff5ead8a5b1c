"""A request as it goes to an S3 server that stands in for B2: one that a user has at hand, and that knows less.

It is asked in path style under its own name, and signed with its own key where there is one. What newer SDKs send by
default, aws-chunked without a Content-Length, many such servers do not take (rclone 1.75 answers 411, s3rver stores the
frame): they get the payload with its length. The client's own bytes are what the recorder has; it stands before this.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.endpoint.upstream import Upstream, addressed
from inspector.s3.chunked import Broken, Decoder, content_codings, is_aws_chunked
from inspector.sigv4.key import Key
from inspector.sigv4.sign import UNSIGNED_PAYLOAD, Stamp, amz_date, sign_header
from inspector.sigv4.unsigned import unsigned, with_line
from inspector.wire.exchange import Request
from inspector.wire.headers import get

REGION = b"us-east-1"
"""The one region that every S3 server takes: moto asks for a location outside of it."""

_OF_THE_FRAME = (
    b"Transfer-Encoding",
    b"X-Amz-Decoded-Content-Length",
    b"X-Amz-Trailer",
    b"X-Amz-Sdk-Checksum-Algorithm",
)


def onward(request: Request, upstream: Upstream, key: Key | None, now: float) -> Request:
    """What the server is asked. Without a key the client's signature stays. `now` in Unix seconds."""
    framed = is_aws_chunked(request.headers)
    payload = UNSIGNED_PAYLOAD if framed else get(request.headers, b"x-amz-content-sha256") or UNSIGNED_PAYLOAD
    there = addressed(_unframed(request) if framed else request, upstream)
    return there if key is None else sign_header(unsigned(there), key, Stamp(amz_date(now), REGION), payload)


def _unframed(request: Request) -> Request:
    """The head of a framed upload, for its payload alone."""
    length = get(request.headers, b"x-amz-decoded-content-length")
    codings = ", ".join(coding for coding in content_codings(request.headers) if coding != "aws-chunked")
    for name in _OF_THE_FRAME if length is not None else _OF_THE_FRAME[1:]:
        request = with_line(request, name, None)
    request = with_line(request, b"Content-Encoding", codings.encode() or None)
    request = with_line(request, b"X-Amz-Content-Sha256", UNSIGNED_PAYLOAD)
    return request if length is None else with_line(request, b"Content-Length", length.strip())


class BrokenFrame(Exception):
    """The frame cannot be taken off; says where and why."""


class Unframing:
    """Takes the frame off a body as it comes."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payload in the next bytes of the body; no bytes: it is over.

        Raises:
            BrokenFrame: what comes is no aws-chunked body.
        """
        for event in self._decoder.feed(data) if data else self._decoder.finish():
            if isinstance(event, memoryview):
                yield bytes(event)
            elif isinstance(event, Broken):
                raise BrokenFrame(f"at byte {event.offset}: {event.what}")

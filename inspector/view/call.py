"""A call out of a recording, with what the recording knows around it, as `diagnose` wants it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from inspector.diagnose.call import Call, Earlier, Step
from inspector.facts import PREFIX
from inspector.s3.errors import read_error
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.signed import SignedRequest
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.wire.exchange import Fidelity

EARLIER = 12
"""Calls before one that are handed along with it, and as many earlier attempts of it."""


def call_of(recording: Recording, stored: Stored, around: Surroundings = NOTHING_AROUND) -> Call:
    """A stored exchange as a `Call`. The recording must stay open as long as its chunks may be asked for."""
    request_body = _first_bytes(recording, stored.request_body)
    response_body = _first_bytes(recording, stored.response_body)
    return Call(
        exchange=stored.exchange,
        facts=stored.facts,
        signed=signed_of(recording, stored, request_body),
        request_body=request_body,
        response_body=response_body,
        response_info=stored.response_info,
        error=read_error(response_body) if stored.facts.error_code else None,
        around=around,
        id=stored.row.id,
        earlier=tuple(earlier(recording, stored)),
        upload=tuple(upload_steps(recording, stored)),
    )


def earlier(recording: Recording, stored: Stored) -> Iterator[Earlier]:
    """The calls of the session before a stored one, the nearest first, earlier attempts of the same call among them."""
    row = stored.row
    for number in recording.before(row.id, row.session, row.invocation_id, EARLIER):
        other = recording.exchange(number)
        if other is not None:
            authorization = read_authorization(other.exchange.request)
            yield Earlier(other.exchange, other.facts, authorization, other.request_info, number)


def upload_steps(recording: Recording, stored: Stored) -> Iterator[Step]:
    """The calls of a stored one's multipart upload: those before it where it failed, all of them where it began it.

    Else none: an upload may have thousands.
    """
    upload, response, row = stored.facts.upload_id, stored.exchange.response, stored.row
    failed = response is None or response.status >= 400 or stored.facts.error_code is not None
    begins = stored.facts.operation == "CreateMultipartUpload"
    if upload is None or not (failed or begins):
        return
    for one in recording.of_upload(upload, None if begins else row.id):
        worked = one.status is not None and one.status < 300 and one.error is None
        yield Step(one.operation, one.started_at, one.part_number, one.size, worked, one.etag, one.id)


def signed_of(recording: Recording, stored: Stored, body: bytes | None = None) -> SignedRequest:
    """The request of a stored exchange with all that its signature is verified from.

    `body` are the first bytes of its body; None: they are read where the authorization may stand in them.
    """
    exchange = stored.exchange
    if body is None:
        body = _first_bytes(recording, stored.request_body) if exchange.request.method == b"POST" else b""
    return SignedRequest(
        exchange.request,
        read_authorization(exchange.request, body),
        stored.request_info,
        partial(recording.chunks, stored.row.id),
        stored.canonical_sha256,
        stored.redacted,
        exchange.fidelity is Fidelity.REBUILT,
    )


def _first_bytes(recording: Recording, body: int | None) -> bytes:
    return recording.body(body).read(0, PREFIX)

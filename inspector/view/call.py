"""A call out of a recording, with what the recording knows around it, as `diagnose` wants it."""

from __future__ import annotations

from functools import partial

from inspector.diagnose.call import Call
from inspector.facts import PREFIX
from inspector.s3.errors import read_error
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.signed import SignedRequest
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.wire.exchange import Fidelity


def call_of(recording: Recording, stored: Stored, around: Surroundings) -> Call:
    """A stored exchange as a `Call`. The recording must stay open as long as its chunks may be asked for."""
    request_body = recording.body(stored.request_body).read(0, PREFIX)
    response_body = recording.body(stored.response_body).read(0, PREFIX)
    exchange = stored.exchange
    signed = SignedRequest(
        exchange.request,
        read_authorization(exchange.request, request_body),
        stored.request_info,
        partial(recording.chunks, stored.row.id),
        stored.canonical_sha256,
        stored.redacted,
        exchange.fidelity is Fidelity.REBUILT,
    )
    return Call(
        exchange=exchange,
        facts=stored.facts,
        signed=signed,
        request_body=request_body,
        response_body=response_body,
        response_info=stored.response_info,
        error=read_error(response_body) if stored.facts.error_code else None,
        around=around,
        id=stored.row.id,
    )

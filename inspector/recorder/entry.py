"""A whole exchange on its way into the store: facts from the true bytes, then secrets replaced, then rows.

Live calls and imported ones pass here alike; behind it nothing sees a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from inspector.facts import facts_of
from inspector.recorder.intake import BodyIntake, BodyStore, Redact, Taken
from inspector.recorder.unframe import framing_of
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.canonical import canonical_request, signed_secret_names
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import EMPTY_DIGESTS, Exchange, Request, Response, SignedChunk
from inspector.wire.redaction import Redactor, body_may_hold_secrets


def request_intake(
    store: BodyStore,
    keep: int | None,
    redactor: Redactor,
    request: Request,
    on_chunks: Callable[[list[SignedChunk]], None],
) -> BodyIntake:
    """An intake for the body behind this request's head."""
    redact: Redact | None = None
    if body_may_hold_secrets(request, None):

        def redact(data: bytes) -> tuple[bytes, tuple[str, ...]]:
            return redactor.redact_body(request, None, data)

    return BodyIntake(store, keep, framing_of(request.headers), redact, on_chunks)


def response_intake(
    store: BodyStore, keep: int | None, redactor: Redactor, request: Request, response: Response
) -> BodyIntake:
    """An intake for the body behind this answer's head."""
    redact: Redact | None = None
    if body_may_hold_secrets(request, response):

        def redact(data: bytes) -> tuple[bytes, tuple[str, ...]]:
            return redactor.redact_body(request, response, data)

    return BodyIntake(store, keep, None, redact)


def clean_entry(
    redactor: Redactor,
    exchange: Exchange,
    prefixes: tuple[bytes, bytes],
    request_body: Taken | None,
    response_body: Taken | None,
) -> Entry:
    """An exchange as it may be stored. `prefixes`: the first bytes of the two bodies, as sent."""
    facts = facts_of(exchange.request, exchange.response, *prefixes)
    request, names = redactor.redact_request(exchange.request)
    response, response_names = _clean_response(redactor, exchange)
    in_bodies = [name for body in (request_body, response_body) if body is not None for name in body.redacted]
    return Entry(
        exchange=replace(exchange, request=request, response=response),
        facts=facts,
        request_body=request_body.body if request_body else None,
        response_body=response_body.body if response_body else None,
        request_info=request_body.info if request_body else None,
        response_info=response_body.info if response_body else None,
        redacted=tuple(dict.fromkeys((*names, *response_names, *in_bodies))),
        canonical_sha256=_canonical_sha256(exchange.request, names, request_body),
    )


def _clean_response(redactor: Redactor, exchange: Exchange) -> tuple[Response | None, tuple[str, ...]]:
    if exchange.response is None:
        return None, ()
    return redactor.redact_response(exchange.response)


def _canonical_sha256(request: Request, redacted: tuple[str, ...], body: Taken | None) -> str | None:
    """The hash of the canonical request over the true values, where a replaced one is signed: verification needs it."""
    if not redacted:
        return None
    authorization = read_authorization(request)
    if not signed_secret_names(authorization, redacted):
        return None
    sha256 = (body.info.sent if body is not None else EMPTY_DIGESTS).sha256.encode()
    return hashlib.sha256(canonical_request(request, authorization, body_sha256=sha256)).hexdigest()


def ingest(
    writer: Writer,
    session: int,
    redactor: Redactor,
    exchange: Exchange,
    request_pieces: Iterable[bytes],
    response_pieces: Iterable[bytes],
    *,
    gaps: tuple[int, int] = (0, 0),
    keep: int | None = None,
) -> int:
    """Store an exchange that is there as a whole; gives its id. To be called within a transaction of the writer.

    `gaps`: how many bytes are known to be missing from the request's and the response's body; `keep`: how many bytes
    of each are stored (None: all).

    Raises:
        sqlite3.Error: it cannot be written.
    """
    chunks: list[SignedChunk] = []
    coming = request_intake(writer, keep, redactor, exchange.request, chunks.extend)
    request_body = _take_all(coming, request_pieces, gaps[0])
    going, response_body = None, None
    if exchange.response is not None:
        going = response_intake(writer, keep, redactor, exchange.request, exchange.response)
        response_body = _take_all(going, response_pieces, gaps[1])
    prefixes = coming.prefix, going.prefix if going else b""
    entry = clean_entry(redactor, exchange, prefixes, request_body, response_body)
    number = writer.put(session, entry, "done" if exchange.failure is None else "failed")
    writer.put_chunks(number, 0, chunks)
    return number


def _take_all(intake: BodyIntake, pieces: Iterable[bytes], gap: int) -> Taken:
    for piece in pieces:
        intake.feed(piece)
    if gap:
        intake.gap("missing-in-source")
    return intake.finish()

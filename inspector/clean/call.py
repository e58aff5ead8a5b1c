"""One call written anew without credentials: heads, bodies, chunks, what an endpoint sent on, facts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.clean.names import Buckets
from inspector.clean.settle import reframed, under_codings, with_trailers
from inspector.facts import facts_of
from inspector.leaks.rewrite import Rewriter
from inspector.recorder.intake import PREFIX_SIZE, BodyIntake
from inspector.recorder.unframe import framing_of
from inspector.s3.restated import Changes, restated
from inspector.store.reader import Recording
from inspector.store.stored import Forwarded, Stored
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import BodyInfo, Exchange, Request, Response, SignedChunk, Timing
from inspector.wire.headers import Headers
from inspector.wire.redaction import Redactor, removed_signature

SIGNATURE_REMOVED = "signature-removed"
"""An alteration: there is nothing left to verify in this call."""

WHOLE = 64 * 1024 * 1024
"""Bytes of a body that is taken apart; a larger one is left, and refused in the end where it holds a secret."""

REMOVED = removed_signature(b"0" * 64).decode()


@dataclass(frozen=True, slots=True)
class _Body:
    """A body as it is to be: its id, what is known of it, its first bytes, and its signed chunks."""

    body: int | None
    info: BodyInfo
    prefix: bytes = b""
    changed: bool = False
    chunks: tuple[SignedChunk, ...] | None = None
    sizes: tuple[tuple[int, int], ...] = ()


class Cleaner:
    """Writes calls anew into the copy they stand in.

    `known`: what is said of payloads that change; `signatures`: whether they go. `otherwise` takes the calls whose
    request changes where signatures stay: they are signed no more.
    """

    def __init__(
        self,
        writer: Writer,
        redactor: Redactor,
        rewrite: Rewriter,
        known: Changes,
        buckets: Buckets,
        *,
        signatures: bool,
        otherwise: Cleaner | None = None,
    ) -> None:
        self.rewrite = rewrite
        self._writer = writer
        self._redactor = redactor
        self._known = known
        self._buckets = buckets
        self._signatures = signatures
        self._otherwise = otherwise

    def call(self, opened: Recording, number: int, stored: Stored) -> bool:
        """Write one call anew; whether anything of it is another than before."""
        sent = self._body(opened, stored, request=True)
        received = self._body(opened, stored, request=False)
        exchange, names = self._heads(stored, sent, received)
        if exchange == stored.exchange and not sent.changed and not received.changed:
            return False
        if self._otherwise is not None and (exchange.request != stored.exchange.request or sent.changed):
            return self._otherwise.call(opened, number, stored)
        removed = self._signatures and stored.facts.auth.startswith("sigv")
        if removed:
            exchange = replace(exchange, alterations=tuple(dict.fromkeys((*exchange.alterations, SIGNATURE_REMOVED))))
        entry = Entry(
            exchange=exchange,
            facts=facts_of(exchange.request, exchange.response, sent.prefix, received.prefix),
            request_body=sent.body,
            response_body=received.body,
            request_info=sent.info,
            response_info=received.info if exchange.response is not None else None,
            redacted=tuple(dict.fromkeys((*stored.redacted, *names))),
            canonical_sha256=None if removed else stored.canonical_sha256,
            replay_of=stored.row.replay_of,
        )
        self._writer.put(stored.row.session, entry, stored.row.state, number)
        self._put_chunks(number, sent)
        forwarded = opened.forwarded(number)
        if forwarded is not None:
            self._put_forwarded(number, forwarded, sent)
        return True

    # Heads

    def _heads(self, stored: Stored, sent: _Body, received: _Body) -> tuple[Exchange, tuple[str, ...]]:
        exchange = self._buckets.exchange(stored.exchange)
        request, names = self._redactor.redact_request(exchange.request)
        request = self._request(request, sent)
        response = exchange.response
        answer_names: tuple[str, ...] = ()
        if response is not None:
            response, answer_names = self._redactor.redact_response(response)
            response = replace(
                response,
                headers=self._headers(response.headers, received),
                reason=self.rewrite(response.reason),
            )
        hidden = tuple(
            f"header {name.lower().decode('latin-1')}"
            for (name, value), (_, before) in zip(request.headers, exchange.request.headers, strict=False)
            if value != before and name.lower() not in _SETTLED and b"redacted-" in value
        )
        return replace(exchange, request=request, response=response), (*names, *answer_names, *hidden)

    def _request(self, request: Request, sent: _Body) -> Request:
        return replace(
            request,
            target=self.rewrite(request.target),
            headers=self._headers(request.headers, sent),
            authority=self.rewrite(request.authority),
            host=self.rewrite(request.host.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape"),
        )

    def _headers(self, headers: Headers, body: _Body) -> Headers:
        lengths = {b"%d" % before: b"%d" % after for before, after in body.sizes}
        return restated(tuple(map(self._line, headers)), self._known, lengths)

    def _line(self, line: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """A header line, rewritten with its name before it: what is a signature by its name is seen as one."""
        whole = line[0] + b": " + line[1]
        clean = self.rewrite(whole)
        if clean is whole:
            return line
        name, _, value = clean.partition(b": ")
        return name, value

    # Bodies

    def _body(self, opened: Recording, stored: Stored, *, request: bool) -> _Body:
        body, info = (
            (stored.request_body, stored.request_info) if request else (stored.response_body, stored.response_info)
        )
        if body is None:
            return _Body(None, info)
        source = opened.body(body)
        if source.size > WHOLE:
            return _Body(body, info, source.read(0, PREFIX_SIZE))
        before = source.read()
        after = self._cleaned(stored.exchange, before, request)
        if after == before:
            return _Body(body, info, before[:PREFIX_SIZE])
        return self._stored(stored, info, before, after, request)

    def _cleaned(self, exchange: Exchange, body: bytes, request: bool) -> bytes:
        headers = exchange.request.headers if request else ()
        message: Request | Response | None = exchange.request if request else exchange.response
        clean, _ = self._redactor.redact_body(exchange.request, None if request else exchange.response, body)
        coded = message.headers if message is not None else ()
        clean = reframed(clean, headers, under_codings(coded, self.rewrite))
        if message is not None:
            clean = self._buckets.body(message, clean)
        return with_trailers(clean, headers, self._known)

    def _stored(self, stored: Stored, info: BodyInfo, before: bytes, after: bytes, request: bool) -> _Body:
        """The new bytes in the store, and what is true of them; of a body that was not there whole, what was known."""
        headers = stored.exchange.request.headers if request else ()
        chunks: list[SignedChunk] = []
        intake = BodyIntake(self._writer, None, framing_of(headers) if request else None, None, chunks.extend)
        intake.feed(after)
        taken = intake.finish()
        if info.truncated or info.redacted:
            new = replace(info, stored_size=len(after), redacted=True)
            return _Body(taken.body, new, after[:PREFIX_SIZE], changed=True)
        sizes = [(info.sent.size, taken.info.sent.size)]
        if info.decoded and taken.info.decoded:
            sizes.append((info.decoded.size, taken.info.decoded.size))
        return _Body(taken.body, taken.info, after[:PREFIX_SIZE], True, tuple(chunks), tuple(sizes))

    # Beside the row

    def _put_chunks(self, number: int, sent: _Body) -> None:
        if sent.chunks is not None:
            self._writer.put_chunks(number, 0, sent.chunks)
        if self._signatures:
            self._writer.connection.execute(
                "UPDATE chunk SET signature = ? WHERE exchange = ? AND signature IS NOT NULL", [REMOVED, number]
            )

    def _put_forwarded(self, number: int, forwarded: Forwarded, sent: _Body) -> None:
        exchange = self._buckets.exchange(Exchange("", forwarded.request, _NO_TIME))
        request, _ = self._redactor.redact_request(exchange.request)
        signatures = forwarded.signatures
        packed = None if signatures is None else b"".join(bytes.fromhex(one.decode()) for one in signatures)
        if packed is not None and self._signatures:
            packed = bytes.fromhex(REMOVED) * len(signatures or ())
        self._writer.put_forwarded(number, self._request(request, sent), packed)


_NO_TIME = Timing(0.0)
_SETTLED = frozenset((b"authorization", b"content-length"))

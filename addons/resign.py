"""Endpoint mode: check what the client signed, sign it again for the upstream, and stream it on.

    mitmdump --mode reverse:https://s3.us-west-004.backblazeb2.com --set keep_host_header=true \\
        -s addons/record.py -s addons/resign.py -s addons/route.py -s addons/lifeline.py

The option `b2_endpoint_keys` holds secrets: it comes over standard input (lifeline.py), never as an argument. The
client's Host line must still be there when the first hook is called, hence `keep_host_header`. A request that is
refused is streamed to a listener of our own, which reads it to its end and answers: mitmproxy would hold it whole.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from mitmproxy import addonmanager, ctx, http
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy import server_hooks

from inspector.dialect.refusal import Refusal
from inspector.dialect.sink import TICKET, Sink
from inspector.endpoint.break_off import break_off
from inspector.endpoint.chunk_stream import BrokenStream, ChunkStream
from inspector.endpoint.gate import MISMATCH, Admitted, Gate, unseen
from inspector.endpoint.sign_on import Forwarder, without_expect
from inspector.endpoint.upstream import read_upstream
from inspector.errors import InspectorError
from inspector.recorder.events import Code
from inspector.recorder.tape import Tape
from inspector.sigv4.chunks import chain_of
from inspector.sigv4.key import Key
from inspector.sigv4.sign import chunk_signer
from inspector.wire.exchange import Request

Tee = Callable[[bytes], bytes]


class Resign:
    """The addon."""

    def __init__(self) -> None:
        self.gate = Gate(())
        self.client_keys: tuple[Key, ...] = ()
        self.forwarder: Forwarder | None = None
        self.sink = Sink()
        self.tickets = itertools.count(1)

    def load(self, loader: addonmanager.Loader) -> None:
        loader.add_option("b2_upstream", str, "", "The URL that is signed for, as in --upstream.")
        loader.add_option("b2_endpoint_keys", str, "", "JSON: {upstream: [id, secret], clients: [[id, secret], ...]}")

    def configure(self, updated: set[str]) -> None:
        if not updated & {"b2_upstream", "b2_endpoint_keys"} or not ctx.options.b2_endpoint_keys:
            return
        try:
            keys = json.loads(ctx.options.b2_endpoint_keys)
            upstream = read_upstream(ctx.options.b2_upstream)
            self.forwarder = Forwarder(upstream, _key(*keys["upstream"]))
            self.client_keys = tuple(_key(*pair) for pair in keys["clients"])
            self.gate = Gate(self.client_keys)
        except InspectorError as error:
            raise OptionsError(str(error)) from None
        except (ValueError, TypeError, KeyError):
            raise OptionsError("b2_endpoint_keys cannot be read") from None

    def running(self) -> None:
        self.opening = asyncio.get_running_loop().create_task(self.sink.open())

    def done(self) -> None:
        self.sink.close()

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None or flow.error is not None or self.forwarder is None:
            return
        request, now = _request(flow), time.time()
        outcome = self.gate.admit(request, now)
        if isinstance(outcome, Refusal):
            await self._refuse(flow, request, outcome)
        else:
            self._send_on(flow, outcome, self.forwarder.forwarded(outcome, now))

    # What may pass

    def _send_on(self, flow: http.HTTPFlow, admitted: Admitted, sent: Request) -> None:
        raw, tape = flow.request.data, _tape(flow)
        stream = self._chunk_stream(admitted, sent)
        if tape is not None:
            self._note(tape, flow, without_expect(sent), resigned=stream is not None)
        raw.path, raw.authority = sent.target, sent.authority
        raw.headers = http.Headers(sent.headers)
        if stream is not None:
            flow.request.stream = partial(_stream_chunks, flow, stream, _tee(flow))
        elif not flow.request.stream:
            flow.request.stream = True

    def _chunk_stream(self, admitted: Admitted, sent: Request) -> ChunkStream | None:
        """For an upload whose chunks are signed."""
        assert self.forwarder is not None
        declared = admitted.payload or b""
        if admitted.key is None or not declared.startswith(b"STREAMING-AWS4-"):
            return None
        verifier = chain_of(unseen(admitted.request), admitted.key)
        assert verifier is not None
        return ChunkStream(verifier, chunk_signer(sent, self.forwarder.key), declared.endswith(b"-TRAILER"))

    def _note(self, tape: Tape, flow: http.HTTPFlow, sent: Request, *, resigned: bool) -> None:
        place = sent.scheme, sent.host, sent.port
        tape.add(Code.FORWARDED, *place, sent.target, sent.http_version, sent.authority, sent.headers, resigned)
        if not flow.client_conn.tls_established:
            tape.add(Code.ALTERED, "endpoint-plain-http")

    # What may not

    async def _refuse(self, flow: http.HTTPFlow, request: Request, refusal: Refusal) -> None:
        await self.opening
        if refusal.cause == MISMATCH:
            refusal = await self._with_reason(request, refusal)
        tape = _tape(flow)
        if tape is not None:
            tape.add(Code.ALTERED, "synthetic")
        ticket = str(next(self.tickets))
        self.sink.expect(ticket, _answer(refusal, flow.request.data.method))
        flow.request.headers[TICKET.decode()] = ticket
        flow.request.data.host, flow.request.data.port = self.sink.address
        flow.request.data.scheme = b"http"
        if not flow.request.stream:
            flow.request.stream = True

    async def _with_reason(self, request: Request, refusal: Refusal) -> Refusal:
        """In a thread: a search takes up to a second, and other calls shall not wait for it."""
        from inspector.endpoint.reason import reason  # all of diagnose: only where a call is refused

        assert self.forwarder is not None
        hosts = (self.forwarder.upstream.authority,)
        cause = await asyncio.to_thread(reason, unseen(request), self.client_keys, hosts, time.time())
        return replace(refusal, cause=cause)

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """The name for SNI is the upstream's, wherever `--connect-to` leads."""
        if self.forwarder is not None and data.server.tls:
            data.server.sni = self.forwarder.upstream.host


def _key(key_id: str, secret: str) -> Key:
    return Key(key_id, os.fsencode(secret), "endpoint")


def _tape(flow: http.HTTPFlow) -> Tape | None:
    """Where record.py, if it is loaded, keeps what it sees of this call."""
    tape: Tape | None = flow.metadata.get("b2_tape")
    return tape


def _tee(flow: http.HTTPFlow) -> Tee:
    """What record.py does with the bytes of the request."""
    tee = flow.request.stream
    return tee if callable(tee) else lambda data: data  # type: ignore[return-value]


def _stream_chunks(flow: http.HTTPFlow, stream: ChunkStream, tee: Tee, data: bytes) -> list[bytes]:
    """Bytes of a signed stream come in, those that may go on go out."""
    tee(data)
    tape = _tape(flow)
    pieces: list[bytes] = []
    try:
        for piece in stream.feed(data):
            pieces.append(piece)
        if not data:
            stream.finish()
    except BrokenStream as error:
        if tape is not None:
            tape.fail("request-rejected", str(error))
        break_off(ctx.master, flow.client_conn.id)
        return []
    if tape is not None and pieces:
        tape.add(Code.FORWARDED_SIGNATURES, stream.taken())
    return pieces


def _request(flow: http.HTTPFlow) -> Request:
    """The head as the client sent it."""
    raw = flow.request.data
    version = raw.http_version.decode("ascii", "replace")
    scheme = raw.scheme.decode("ascii", "replace")
    return Request(raw.method, scheme, raw.host, raw.port, raw.path, raw.headers.fields, version, raw.authority)


def _answer(refusal: Refusal, method: bytes) -> bytes:
    """A refusal as it goes over the wire, with B2's empty reason phrase and ids in the shapes that B2's have."""
    request_id, host_id = os.urandom(8).hex(), "a" + b64encode(os.urandom(14)).decode()
    lines = b"".join(b"%b: %b\r\n" % line for line in refusal.headers(request_id, host_id, time.time()))
    return b"HTTP/1.1 %d \r\n%b\r\n%b" % (refusal.status, lines, refusal.body(method))


addons = [Resign()]

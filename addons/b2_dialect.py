"""Make a local S3 server answer as Backblaze B2 does: refuse what B2 refuses, and say errors in its words.

    mitmdump --mode reverse:http://127.0.0.1:5000 -s addons/b2_dialect.py --set keep_host_header=true

With `b2_local_upstream` what passes is asked of that server in its own way (inspector.endpoint.stand_in).

What is refused is known from a request's head (inspector.dialect). mitmproxy would hold the whole body of a request
that an addon answers; so a refused one is streamed to a listener of our own, which reads it to its end and answers.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from base64 import b64encode
from collections.abc import Sequence
from functools import partial

from mitmproxy import addonmanager, ctx, http
from mitmproxy.exceptions import OptionsError

from inspector.dialect.answer import headers_of, translated
from inspector.dialect.asked import Account, Asked, asked
from inspector.dialect.capabilities import read_capabilities
from inspector.dialect.faults import Fault, read_fault
from inspector.dialect.refusal import Refusal, worded
from inspector.dialect.refuse import refuse
from inspector.dialect.sink import Sink
from inspector.endpoint.break_off import break_off
from inspector.endpoint.stand_in import BrokenFrame, Unframing, onward
from inspector.endpoint.upstream import Upstream, read_upstream
from inspector.errors import InspectorError
from inspector.paths import probed_file
from inspector.s3.chunked import is_aws_chunked
from inspector.s3.probed import NOTHING_PROBED, ProbedFacts, read_probed
from inspector.sigv4.key import Key
from inspector.wire.exchange import Request

TICKET = "x-b2-inspector-refusal"
ERROR_LIMIT = 1 << 20
"""Bytes of an upstream's error that are read; longer ones are no S3 errors and pass as they are."""


class Dialect:
    """The addon."""

    def __init__(self) -> None:
        self.account = Account()
        self.faults: list[Fault] = []
        self.sink = Sink()
        self.tickets = itertools.count(1)
        self.under_way: dict[str, Asked] = {}
        self.upstream: Upstream | None = None
        self.upstream_key: Key | None = None
        self.probed = NOTHING_PROBED

    def load(self, loader: addonmanager.Loader) -> None:
        loader.add_option("b2_local_keys", str, "", "JSON: the valid keys, as [[key id, secret], ...]; empty: any.")
        loader.add_option("b2_capabilities", str, "*", "What these keys may do, separated by commas; *: everything.")
        loader.add_option("b2_public", Sequence[str], [], "Buckets that anyone may read.")
        loader.add_option("b2_local_upstream", str, "", "The server behind, if it is to be asked in its own way.")
        loader.add_option("b2_local_upstream_key", str, "", "JSON: [key id, secret] to sign with for it; empty: none.")
        loader.add_option("b2_fault", Sequence[str], [], "Trouble on demand, as with --fault.")

    def configure(self, updated: set[str]) -> None:
        try:
            self._configure(updated)
        except (InspectorError, ValueError, TypeError) as error:
            raise OptionsError(str(error)) from None  # type: ignore[no-untyped-call]

    def _configure(self, updated: set[str]) -> None:
        if updated & {"b2_local_keys", "b2_capabilities", "b2_public"}:
            pairs = json.loads(ctx.options.b2_local_keys or "[]")
            granted = ctx.options.b2_capabilities
            self.account = Account(
                tuple(Key(key_id, secret.encode(), "local") for key_id, secret in pairs),
                None if granted == "*" else read_capabilities(granted),
                frozenset(ctx.options.b2_public),
            )
        if updated & {"b2_local_upstream", "b2_local_upstream_key"}:
            url, pair = ctx.options.b2_local_upstream, json.loads(ctx.options.b2_local_upstream_key or "null")
            self.upstream = read_upstream(url) if url else None
            self.upstream_key = Key(pair[0], os.fsencode(pair[1]), "upstream") if pair else None
        if "b2_fault" in updated:
            self.faults = [read_fault(spec) for spec in ctx.options.b2_fault]

    def running(self) -> None:
        self.probed = _probed()
        self.opening = asyncio.get_running_loop().create_task(self.sink.open())

    def done(self) -> None:
        self.sink.close()

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None or flow.error is not None:
            return
        request = _request(flow)
        call = asked(request, time.time())
        fault = next((fault for fault in self.faults if fault.strikes(call.facts)), None)
        refusal = fault.refusal if fault else refuse(call, self.account)
        refusal = refusal and self._worded(refusal, call)
        if fault is not None or refusal is not None:
            await self._to_sink(flow, refusal)
        else:
            self.under_way[flow.id] = call
            self._send_on(flow, request)
        if not flow.request.stream:
            flow.request.stream = True

    def _send_on(self, flow: http.HTTPFlow, request: Request) -> None:
        """To a server of the user's, in its own way."""
        if self.upstream is None:
            return
        sent = onward(request, self.upstream, self.upstream_key, time.time())
        flow.request.data.path, flow.request.data.authority = sent.target, sent.authority
        flow.request.headers = http.Headers(sent.headers)
        if is_aws_chunked(request.headers):
            flow.request.stream = partial(_unframed, flow, Unframing())

    async def _to_sink(self, flow: http.HTTPFlow, refusal: Refusal | None) -> None:
        await self.opening
        ticket = str(next(self.tickets))
        answer = None if refusal is None else answer_of(refusal, flow.request.data.method)
        self.sink.expect(ticket, answer)
        flow.request.headers[TICKET] = ticket
        flow.request.data.host, flow.request.data.port = self.sink.address
        flow.request.data.scheme = b"http"

    def _worded(self, refusal: Refusal, call: Asked) -> Refusal:
        parts = {"bucket": call.facts.bucket or "", "key id": call.facts.key_id or ""}
        return worded(refusal, self.probed, parts)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        assert flow.response is not None
        # mitmproxy looks at the answer that it has read to see whether the upstream closes: that one stays as it is.
        flow.response = flow.response.copy()
        call = self.under_way.get(flow.id)
        length = flow.response.headers.get("content-length", "")
        small = length.isdigit() and int(length) <= ERROR_LIMIT
        if call is None or flow.response.status_code < 400 or not small:
            if call is not None:
                flow.response.data.headers.fields = headers_of(flow.response.data.headers.fields, *new_ids())
                flow.response.data.reason = b""
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        call = self.under_way.pop(flow.id, None)
        response = flow.response
        if call is None or response is None or response.stream:
            return
        refusal = translated(call.facts, response.status_code, response.raw_content or b"")
        if refusal is not None:
            refusal = self._worded(refusal, call)
            response.data.status_code, response.data.reason = refusal.status, b""
            response.data.headers.fields = refusal.headers(*new_ids(), time.time())
            response.data.content = refusal.body(flow.request.data.method)

    def error(self, flow: http.HTTPFlow) -> None:
        self.under_way.pop(flow.id, None)


def _unframed(flow: http.HTTPFlow, unframing: Unframing, data: bytes) -> list[bytes]:
    """The payload in the next bytes; where they are no aws-chunked body, both connections end."""
    try:
        return list(unframing.feed(data))
    except BrokenFrame:
        break_off(ctx.master, flow.client_conn.id)
        return []


def _request(flow: http.HTTPFlow) -> Request:
    """The head as the client sent it."""
    raw = flow.request.data
    fields = raw.headers.fields
    host = (flow.request.host_header or flow.request.host).partition(":")[0]
    return Request(raw.method, "https", host, 443, raw.path, fields, raw.http_version.decode(), raw.authority)


def _probed() -> ProbedFacts:
    """What B2 said when it was asked; nothing where it was not."""
    try:
        return read_probed(probed_file(os.environ).read_bytes()) or NOTHING_PROBED
    except OSError:
        return NOTHING_PROBED


def answer_of(refusal: Refusal, method: bytes) -> bytes:
    """A refusal as it goes over the wire, with B2's empty reason phrase."""
    lines = b"".join(b"%b: %b\r\n" % line for line in refusal.headers(*new_ids(), time.time()))
    return b"HTTP/1.1 %d \r\n%b\r\n%b" % (refusal.status, lines, refusal.body(method))


def new_ids() -> tuple[str, str]:
    """A request id and a host id in the shapes that B2's have."""
    return os.urandom(8).hex(), "a" + b64encode(os.urandom(14)).decode()


addons = [Dialect()]

"""Record every call to Backblaze B2, byte for byte, while it streams through.

    mitmdump -s addons/record.py -s addons/route.py --set b2_recording=calls.db

Hooks copy bytes and decide nothing: what they saw goes as events to a writer process of its own (inspector.recorder),
which hashes, redacts and stores. Only B2's hosts and those named are decrypted; the rest is tunnelled unread.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mitmproxy import addonmanager, connection, ctx, http, tls
from mitmproxy.proxy import server_hooks
from mitmproxy.version import VERSION as MITMPROXY_VERSION

from inspector.capture.routes import parse_route
from inspector.capture.scope import Scope
from inspector.capture.settings import default_spool, parse_keep, tell
from inspector.paths import data_dir, default_recording
from inspector.recorder.events import Code, FrameKind
from inspector.recorder.failures import classify_failure, problem_of_log
from inspector.recorder.link import Link, WriterSettings
from inspector.wire.uid import uuid7

HAND_OVER_BYTES = 64 * 1024
"""A call that holds more than this hands its events over before it has ended."""

HAND_OVER_SECONDS = 0.2
"""So does one that takes longer than this: a call under way must be seen, and must survive the proxy."""


Fields = tuple[tuple[bytes, bytes], ...]


class Tape:
    """What the hooks have seen of one call and not handed over yet."""

    __slots__ = ("client", "ended", "events", "link", "request_ended", "size", "uid")

    def __init__(self, link: Link, uid: str, client: str) -> None:
        self.link = link
        self.uid = uid
        self.client = client
        self.events: list[tuple[Any, ...]] = []
        self.size = 0
        self.request_ended = False
        self.ended = False

    def add(self, *event: Any) -> None:
        self.events.append(event)

    def data(self, code: Code, gap: Code) -> Callable[[bytes], bytes]:
        """A stream callable: passes the bytes on as they are, and keeps a copy."""

        def tee(data: bytes) -> bytes:
            if data:
                if self.link.behind:
                    self.events.append((gap, len(data)))
                else:
                    self.events.append((code, data))
                    self.size += len(data)
                if self.size > HAND_OVER_BYTES:
                    self.hand_over()
            return data

        return tee

    def hand_over(self) -> None:
        if self.events:
            self.link.send((FrameKind.FLOW, self.uid, self.events))
            self.events = []
            self.size = 0

    def end(self) -> None:
        self.ended = True
        self.add(Code.DONE)
        self.hand_over()


class Record:
    """The addon."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.scope = Scope((), everything=False)
        self.tapes: dict[str, Tape] = {}
        self.servers_seen: set[str] = set()
        self.tunnel_targets: dict[str, tuple[str, int]] = {}
        self.log_handler: LogProblems | None = None
        self.timer: asyncio.TimerHandle | None = None

    def load(self, loader: addonmanager.Loader) -> None:
        loader.add_option("b2_recording", str, "", "The recording to write to; empty: this user's rolling one.")
        loader.add_option("b2_host", Sequence[str], [], "More hosts to decrypt and record (globs), besides B2's own.")
        loader.add_option("b2_all_hosts", bool, False, "Decrypt and record every host.")
        loader.add_option("b2_keep_body", str, "16m", "How much of each body is kept: a size, or 'all'.")
        loader.add_option("b2_session_uid", str, "", "The uid of the session to write; empty: a new one.")
        loader.add_option("b2_session_kind", str, "record", "run or record.")
        loader.add_option("b2_session_name", str, "", "A name for the session.")
        loader.add_option("b2_session_program", str, "", "What the session runs.")

    def configure(self, updated: set[str]) -> None:
        if updated & {"b2_host", "b2_all_hosts", "b2_connect_to"}:
            # Declared by route.py, which may not be loaded.
            routes = ctx.options.b2_connect_to if "b2_connect_to" in ctx.options else ()
            routed = (parse_route(spec).host or "*" for spec in routes)
            self.scope = Scope((*ctx.options.b2_host, *routed), everything=ctx.options.b2_all_hosts)

    def running(self) -> None:
        if self.link is not None:
            return
        self.link = Link(self._settings(), lambda event, text: tell(event, text=text))
        self.log_handler = LogProblems(self._problem)
        logging.getLogger().addHandler(self.log_handler)

    def _settings(self) -> WriterSettings:
        uid = ctx.options.b2_session_uid or uuid7(time.time(), os.urandom(10))
        recording = Path(ctx.options.b2_recording) if ctx.options.b2_recording else default_recording(os.environ)
        return WriterSettings(
            recording=str(recording.absolute()),
            spool=str(default_spool(data_dir(os.environ), uid)),
            session_uid=uid,
            session_kind=ctx.options.b2_session_kind,
            session_name=ctx.options.b2_session_name or None,
            session_program=ctx.options.b2_session_program or None,
            listen=f"{ctx.options.listen_host}:{ctx.options.listen_port}",
            proxy_version=MITMPROXY_VERSION,
            keep_body=parse_keep(ctx.options.b2_keep_body),
        )

    def done(self) -> None:
        if self.log_handler is not None:
            logging.getLogger().removeHandler(self.log_handler)
        for tape in self.tapes.values():
            tape.hand_over()
        if self.link is not None:
            self.link.close()

    # Calls

    def http_connect(self, flow: http.HTTPFlow) -> None:
        self.tunnel_targets[flow.client_conn.id] = (flow.request.host, flow.request.port)

    def _meant_for(self, flow: http.HTTPFlow) -> tuple[str, int]:
        """Where the client meant a call to go. Inside a tunnel mitmproxy names the server it has connected to, which
        `--connect-to` may have made another one; CONNECT said what was meant.
        """
        return self.tunnel_targets.get(flow.client_conn.id) or (flow.request.host, flow.request.port)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        request, (host, port) = flow.request, self._meant_for(flow)
        if not self.scope.holds(host):
            self._tunnel(host, port)
            request.stream = True
            return
        tape = self._begin(flow)
        request.stream = tape.data(Code.REQUEST_DATA, Code.REQUEST_GAP)

    def _begin(self, flow: http.HTTPFlow) -> Tape:
        assert self.link is not None
        raw, client = flow.request.data, flow.client_conn
        tape = self.tapes[flow.id] = Tape(self.link, uuid7(raw.timestamp_start, os.urandom(10)), client.id)
        tape.add(
            Code.REQUEST_HEAD,
            raw.timestamp_start,
            raw.method,
            raw.scheme.decode("ascii", "replace"),
            *self._meant_for(flow),
            raw.authority,
            raw.path,
            raw.http_version.decode("ascii", "replace"),
            raw.headers.fields,
            _address(client.peername),
            client.id,
        )
        for name in _request_alterations(raw.headers.fields):
            tape.add(Code.ALTERED, name)
        if self.timer is None:
            self.timer = ctx.master.event_loop.call_later(HAND_OVER_SECONDS, self._hand_over_all)
        return tape

    def _hand_over_all(self) -> None:
        """Hand over what calls under way hold, as long as there are any."""
        self.timer = None
        for tape in self.tapes.values():
            tape.hand_over()
        if self.tapes:
            self.timer = ctx.master.event_loop.call_later(HAND_OVER_SECONDS, self._hand_over_all)

    def request(self, flow: http.HTTPFlow) -> None:
        tape = self.tapes.get(flow.id)
        if tape is None:
            return
        tape.request_ended = True
        tape.add(Code.REQUEST_END, flow.request.timestamp_end)
        if flow.response is not None and flow.response.timestamp_end:
            self._end(flow.id)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        response, tape = flow.response, self.tapes.get(flow.id)
        assert response is not None
        if tape is None:
            response.stream = True
            return
        raw, server = response.data, flow.server_conn
        tape.add(
            Code.RESPONSE_HEAD,
            raw.timestamp_start,
            raw.status_code,
            raw.reason,
            raw.http_version.decode("ascii", "replace"),
            raw.headers.fields,
            _address(server.peername or server.address),
            server.id,
            *self._opening_times(server),
        )
        for name in _response_alterations(flow):
            tape.add(Code.ALTERED, name)
        response.stream = tape.data(Code.RESPONSE_DATA, Code.RESPONSE_GAP)

    def _opening_times(self, server: connection.Server) -> tuple[float | None, float | None]:
        """How long TCP and TLS took to open, in ms: told once, with the first call on the connection."""
        if server.id in self.servers_seen:
            return None, None
        self.servers_seen.add(server.id)
        start, tcp, tls_done = server.timestamp_start, server.timestamp_tcp_setup, server.timestamp_tls_setup
        return _ms(start, tcp), _ms(tcp, tls_done)

    def response(self, flow: http.HTTPFlow) -> None:
        tape = self.tapes.get(flow.id)
        if tape is None or flow.response is None:
            return
        tape.add(Code.RESPONSE_END, flow.response.timestamp_end or time.time())
        # An answer may come before the request has been sent whole; the rest of the request belongs to the call.
        if tape.request_ended:
            self._end(flow.id)

    def error(self, flow: http.HTTPFlow) -> None:
        if flow.error is None or not self.scope.holds(self._meant_for(flow)[0]):
            return
        tape = self.tapes.get(flow.id) or self._begin(flow)
        kind = classify_failure(
            flow.error.msg,
            connected=bool(flow.server_conn and flow.server_conn.timestamp_tcp_setup),
            answered=flow.response is not None,
        )
        tape.add(Code.FAILED, flow.error.timestamp, kind, flow.error.msg)
        self._end(flow.id)

    def _end(self, flow_id: str) -> None:
        self.tapes.pop(flow_id).end()

    # What reaches no call

    def client_disconnected(self, client: connection.Client) -> None:
        """End what no hook will end: calls whose client left after an early answer, or whose layer crashed."""
        self.tunnel_targets.pop(client.id, None)
        for flow_id in [flow_id for flow_id, tape in self.tapes.items() if tape.client == client.id]:
            tape = self.tapes[flow_id]
            tape.add(Code.FAILED, time.time(), "client-disconnected", "the connection ended before the call did")
            self._end(flow_id)

    def server_disconnected(self, data: server_hooks.ServerConnectionHookData) -> None:
        self.servers_seen.discard(data.server.id)

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        host, port = self.tunnel_targets.get(data.context.client.id) or (data.client_hello.sni or "", 443)
        if not self.scope.holds(host):
            data.ignore_connection = True
            self._tunnel(host, port)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        host, _ = self.tunnel_targets.get(data.context.client.id) or (data.conn.sni or "", 443)
        self._problem("tls-refused-by-client", host, data.conn.error or "TLS failed", data.conn.id)

    def tls_failed_server(self, data: tls.TlsData) -> None:
        host = data.conn.sni or _host(data.context.server.address)
        self._problem("upstream-tls", host, data.conn.error or "TLS failed", data.context.client.id)

    def server_connect_error(self, data: server_hooks.ServerConnectionHookData) -> None:
        host = data.server.sni or _host(data.server.address)
        text = f"{_address(data.server.address)}: {data.server.error or 'cannot connect'}"
        self._problem("upstream-unreachable", host, text, data.client.id)

    def _problem(self, kind: str, host: str, text: str, client: str = "") -> None:
        if self.link is not None:
            self.link.send((FrameKind.PROBLEM, time.time(), kind, host, text, client))

    def _tunnel(self, host: str, port: int) -> None:
        if self.link is not None:
            self.link.send((FrameKind.TUNNEL, host, port))


class LogProblems(logging.Handler):
    """Some refusals fire no hook and are only logged: an unreadable request line, a crash inside the proxy."""

    def __init__(self, report: Callable[[str, str, str], None]) -> None:
        super().__init__(logging.DEBUG)
        self.report = report

    def emit(self, record: logging.LogRecord) -> None:
        problem = problem_of_log(record)
        if problem is not None:
            self.report(problem.kind, "", problem.text)


def _request_alterations(fields: Fields) -> Iterator[str]:
    # Raw fields: mitmproxy's header views decode every name anew at each look.
    for name, value in fields:
        if len(name) == 6 and name.lower() == b"expect" and value.lower() == b"100-continue":
            yield "expect-answered"
    if _is_chunked(fields):
        yield "request-rechunked"


def _response_alterations(flow: http.HTTPFlow) -> Iterator[str]:
    assert flow.response is not None
    if _is_chunked(flow.response.data.headers.fields):
        yield "response-rechunked"
    if flow.request.data.http_version == b"HTTP/2.0" and flow.server_conn.alpn != b"h2":
        yield "http2-to-http1"


def _is_chunked(fields: Fields) -> bool:
    return any(
        len(name) == 17 and name.lower() == b"transfer-encoding" and b"chunked" in value.lower()
        for name, value in fields
    )


def _address(address: tuple[Any, ...] | None) -> str:
    if not address:
        return ""
    host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
    return f"{host}:{address[1]}"


def _host(address: tuple[Any, ...] | None) -> str:
    return str(address[0]) if address else ""


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 3)


addons = [Record()]

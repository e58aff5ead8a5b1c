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
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mitmproxy import addonmanager, connection, ctx, http, tcp, tls
from mitmproxy.proxy import layer, layers, server_hooks
from mitmproxy.version import VERSION as MITMPROXY_VERSION

from inspector.capture.routes import routed_hosts
from inspector.capture.scope import Scope, is_ip_address
from inspector.capture.settings import default_spool, parse_keep, tell
from inspector.errors import InspectorError
from inspector.paths import data_dir, default_recording
from inspector.recorder.alterations import request_alterations, response_alterations
from inspector.recorder.events import Code, FrameKind
from inspector.recorder.failures import (
    INTERIM_TAKEN_FOR_FINAL,
    SOCKS,
    LogProblem,
    LogProblems,
    advised,
    classify_client_tls,
    classify_failure,
    without_quotes,
)
from inspector.recorder.gulp import widen
from inspector.recorder.link import Link, WriterSettings
from inspector.recorder.tape import Tape
from inspector.recorder.visitor import Place, Visitor, address, milliseconds
from inspector.wire.exchange import Request, Response
from inspector.wire.redaction import body_may_hold_secrets
from inspector.wire.uid import uuid7

HAND_OVER_SECONDS = 0.2
"""A call that takes longer hands over what it holds: it must be seen, and must survive the proxy."""


class Record:
    """The addon."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.scope = Scope((), everything=False)
        self.tapes: dict[str, Tape] = {}
        self.visitors: dict[str, Visitor] = {}
        self.opening: dict[str, str] = {}
        self.servers_seen: set[str] = set()
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
            # b2_connect_to is declared by route.py, which may not be loaded.
            specs = ctx.options.b2_connect_to if "b2_connect_to" in ctx.options else ()
            self.scope = Scope((*ctx.options.b2_host, *routed_hosts(specs)), everything=ctx.options.b2_all_hosts)

    def running(self) -> None:
        if self.link is not None:
            return
        try:
            self.link = Link(self._settings(), lambda event, text: tell(event, text=text))
        except (OSError, InspectorError) as error:
            tell("failed", text=str(error))
            ctx.master.shutdown()
            return
        self.log_handler = LogProblems(self._logged)
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
            listen=f"{ctx.options.listen_host}:{ctx.options.listen_port}" if ctx.options.listen_port else "",
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

    # Where a connection leads

    def client_connected(self, client: connection.Client) -> None:
        self.visitors[client.id] = Visitor()
        self._widen(client.id, client)

    def _widen(self, client: str, end: connection.Connection) -> None:
        handler = _handlers().get(client)
        transport = handler.transports.get(end) if handler else None
        if transport is not None:
            widen(transport.reader)

    def _visitor(self, client: connection.Client | None) -> Visitor:
        """A connection that has ended meanwhile is one of which nothing is known."""
        return (self.visitors.get(client.id) if client else None) or Visitor()

    def http_connect(self, flow: http.HTTPFlow) -> None:
        visitor = self._visitor(flow.client_conn)
        if flow.response is None:
            visitor.target = (flow.request.host, flow.request.port)
            visitor.locked_out = False
        else:  # proxyauth let nobody in
            visitor.locked_out = True

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """What is tunnelled for others and is no TLS is not even read as HTTP."""
        client = nextlayer.context.client
        visitor, data = self._visitor(client), nextlayer.data_client()
        if visitor.target is None:
            if data[:1] in (b"\x04", b"\x05") and not client.tls:
                self._turn_away_socks(visitor, client.id)
        elif not self.scope.holds(visitor.target[0]) and not data.startswith(b"\x16\x03"):
            self._pass(visitor, visitor.target)
            nextlayer.layer = layers.TCPLayer(nextlayer.context, ignore=True)

    def _turn_away_socks(self, visitor: Visitor, client: str) -> None:
        """mitmproxy would wait for the end of a request line."""
        visitor.ending = ("bad-request", SOCKS)
        self._problem("bad-request", "", SOCKS, client)
        self._close(client)

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        visitor = self._visitor(data.context.client)
        if visitor.target is None:
            return  # TLS with the proxy itself
        (host, port), sni = visitor.target, data.client_hello.sni
        if self.scope.holds(host):
            return
        if sni and is_ip_address(host) and self.scope.holds(sni):
            # The client has looked the name up by itself; this one is what it meant.
            visitor.target = (sni, port)
            return
        data.ignore_connection = True
        self._pass(visitor, visitor.target)

    def tcp_start(self, flow: tcp.TCPFlow) -> None:
        """Neither TLS nor HTTP, whoever it is for."""
        visitor = self._visitor(flow.client_conn)
        self._pass(visitor, visitor.target or _place(flow.server_conn.address))

    def tcp_message(self, flow: tcp.TCPFlow) -> None:
        flow.messages.clear()  # mitmproxy would keep all of them

    def _pass(self, visitor: Visitor, place: Place) -> None:
        """Count what is passed on unread: once for a connection, however often it is asked."""
        if self.link is not None and place not in visitor.passed:
            visitor.passed.add(place)
            self.link.send((FrameKind.TUNNEL, *place))

    # Calls

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        request, visitor = flow.request, self._visitor(flow.client_conn)
        if request.data.method == b"CONNECT":
            return  # `error` tells why this one is refused
        if flow.response is not None:
            visitor.locked_out = visitor.target is None  # proxyauth answers
            return
        visitor.locked_out = False
        # Inside a tunnel mitmproxy names the server it has connected to, which --connect-to may have made another one.
        meant = visitor.target or _meant(request)
        if visitor.target is None:
            visitor.meant = meant
        if not self.scope.holds(meant[0]):
            self._pass(visitor, meant)
            request.stream = True
            return
        tape = self._begin(flow, meant)
        flow.metadata["b2_tape"] = tape  # resign.py notes there what it makes of the request
        if flow.error is None:
            for name in (*request_alterations(request.data.headers.fields), *_noted(request)):
                tape.add(Code.ALTERED, name)
            request.stream = tape.data(Code.REQUEST_DATA, Code.REQUEST_GAP, partial(_is_plain, request, meant, None))

    def _begin(self, flow: http.HTTPFlow, meant: Place) -> Tape:
        assert self.link is not None
        raw, client = flow.request.data, flow.client_conn
        tape = self.tapes[flow.id] = Tape(self.link, uuid7(raw.timestamp_start, os.urandom(10)), client.id, meant)
        tape.add(
            Code.REQUEST_HEAD,
            raw.timestamp_start,
            raw.method,
            raw.scheme.decode("ascii", "replace"),
            *meant,
            raw.authority,
            raw.path,
            raw.http_version.decode("ascii", "replace"),
            raw.headers.fields,
            address(client.peername),
            client.id,
        )
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
        if tape.response_ended:
            self._end(flow.id)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        response, tape = flow.response, self.tapes.get(flow.id)
        assert response is not None
        if response.status_code < 200 and response.status_code != 101:
            self._cut_off_interim(flow, response.status_code)
            return
        if tape is None:
            response.stream = True
            return
        raw, server = response.data, flow.server_conn
        tape.answered = True
        tape.add(
            Code.RESPONSE_HEAD,
            raw.timestamp_start,
            raw.status_code,
            raw.reason,
            raw.http_version.decode("ascii", "replace"),
            raw.headers.fields,
            address(server.peername or server.address),
            server.id,
            *self._opening_times(server),
        )
        for name in (*response_alterations(raw.headers.fields), *_noted(response)):
            tape.add(Code.ALTERED, name)
        if flow.request.data.http_version == b"HTTP/2.0" and server.alpn != b"h2":
            tape.add(Code.ALTERED, "http2-to-http1")
        is_plain = partial(_is_plain, flow.request, tape.meant, response)
        response.stream = tape.data(Code.RESPONSE_DATA, Code.RESPONSE_GAP, is_plain)

    def _cut_off_interim(self, flow: http.HTTPFlow, status: int) -> None:
        """mitmproxy takes a 1xx for the answer, and would let the client wait for ever for the one that follows."""
        visitor = self._visitor(flow.client_conn)
        text = INTERIM_TAKEN_FOR_FINAL.format(status=status)
        tape = self.tapes.pop(flow.id, None)
        if tape is not None:
            tape.add(Code.INTERIM, status)
            self._reached(tape, flow.server_conn)
            tape.fail("proxy-limit", text)
        visitor.ending = ("proxy-limit", text)
        self._problem("proxy-limit", visitor.host, text, flow.client_conn.id)
        self._close(flow.client_conn.id)

    def _opening_times(self, server: connection.Server) -> list[float | None]:
        """How long TCP and TLS took to open, in ms: told once, with the first call on the connection."""
        if server.id in self.servers_seen:
            return [None, None]
        self.servers_seen.add(server.id)
        return milliseconds(server.timestamp_start, server.timestamp_tcp_setup, server.timestamp_tls_setup)

    def response(self, flow: http.HTTPFlow) -> None:
        tape = self.tapes.get(flow.id)
        if tape is None or flow.response is None:
            return
        tape.response_ended = True
        tape.add(Code.RESPONSE_END, flow.response.timestamp_end or time.time())
        # An answer may come before the request has been sent whole; the rest of the request belongs to the call.
        if tape.request_ended:
            self._end(flow.id)

    def error(self, flow: http.HTTPFlow) -> None:
        tape = self.tapes.pop(flow.id, None)
        if flow.error is None:
            return
        if tape is None:
            if flow.request.data.method == b"CONNECT":
                self._connect_failed(flow)
            return
        client, server = flow.client_conn, flow.server_conn
        kind = classify_failure(
            flow.error.msg,
            connected=bool(server and server.timestamp_tcp_setup),
            answered=tape.answered,
            client_left=not client.state & connection.ConnectionState.CAN_READ,
        )
        if not tape.answered:
            self._reached(tape, server)
        tape.fail(*(self._visitor(client).ending or (kind, without_quotes(flow.error.msg))), flow.error.timestamp)

    def _reached(self, tape: Tape, server: connection.Server | None) -> None:
        if server is not None and server.peername:
            tape.add(Code.REACHED, address(server.peername), server.id, *self._opening_times(server))

    def _connect_failed(self, flow: http.HTTPFlow) -> None:
        assert flow.error is not None
        left = not flow.client_conn.state & connection.ConnectionState.CAN_READ
        failure = classify_failure(flow.error.msg, connected=False, answered=False, client_left=left)
        kind = "bad-request" if failure == "request-rejected" else "upstream-unreachable"
        self._problem(kind, flow.request.host, flow.error.msg, flow.client_conn.id)

    def _end(self, flow_id: str) -> None:
        self.tapes.pop(flow_id).end()

    # What reaches no call

    def client_disconnected(self, client: connection.Client) -> None:
        """End what no hook will end: calls whose client left after an early answer, or whose layer crashed."""
        visitor = self.visitors.pop(client.id, None) or Visitor()
        kind, text = visitor.ending or ("client-disconnected", "the connection ended before the call did")
        for flow_id in [flow_id for flow_id, tape in self.tapes.items() if tape.client == client.id]:
            self.tapes.pop(flow_id).fail(kind, text)
        if visitor.locked_out:
            self._problem("bad-request", visitor.host, "the client did not give the proxy's password", client.id)

    def server_disconnected(self, data: server_hooks.ServerConnectionHookData) -> None:
        self.servers_seen.discard(data.server.id)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        client = data.context.client
        host = self._visitor(client).host or data.conn.sni or ""
        text = data.conn.error or "TLS failed"
        self._problem(classify_client_tls(text), host, text, client.id)

    def tls_failed_server(self, data: tls.TlsData) -> None:
        client = data.context.client
        host = data.conn.sni or self._visitor(client).host
        self._problem("upstream-tls", host, data.conn.error or "TLS failed", client.id)

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        # Once it has failed the client may be gone, and the address another one.
        self.opening[data.server.id] = self._visitor(data.client).host or _place(data.server.address)[0]

    def server_connected(self, data: server_hooks.ServerConnectionHookData) -> None:
        self.opening.pop(data.server.id, None)
        self._widen(data.client.id, data.server)

    def server_connect_error(self, data: server_hooks.ServerConnectionHookData) -> None:
        host = self.opening.pop(data.server.id, "")
        text = f"{address(data.server.address)}: {data.server.error or 'cannot connect'}"
        self._problem("upstream-unreachable", host, text, data.client.id)

    def _logged(self, problem: LogProblem, peer: tuple[Any, ...] | None) -> None:
        # Afterwards, because what is logged often follows from what a hook is just about to see.
        ctx.master.event_loop.call_soon_threadsafe(self._take_log, problem, _client_at(peer))

    def _take_log(self, problem: LogProblem, client: connection.Client | None) -> None:
        visitor = self._visitor(client)
        if visitor.ending is not None:
            return  # it has been said; and a layer that has crashed crashes again at each event
        if problem.outside_tunnels and visitor.target is not None:
            return
        idle = client is None or not any(tape.client == client.id for tape in self.tapes.values())
        if problem.fatal and client is not None:
            visitor.ending = (problem.kind, problem.text)
            self._close(client.id)
        if not (problem.of_calls and idle):
            self._problem(problem.kind, visitor.host, problem.text, client.id if client else "")

    def _close(self, client: str) -> None:
        """Close a client's connection and those to servers behind it."""
        handler = _handlers().get(client)
        for transport in list(handler.transports.values()) if handler else []:
            if transport.writer is not None:
                transport.writer.close()

    def _problem(self, kind: str, host: str, text: str, client: str = "") -> None:
        if self.link is not None:
            self.link.send((FrameKind.PROBLEM, time.time(), kind, host, advised(kind, text), client))


def _handlers() -> dict[str, Any]:
    """mitmproxy's connection handlers by the id of their client."""
    server = ctx.master.addons.get("proxyserver")
    return server.connections if server else {}


def _client_at(peer: tuple[Any, ...] | None) -> connection.Client | None:
    """The client that is connected from this address."""
    handlers = _handlers().values() if peer else ()
    return next((handler.client for handler in handlers if handler.client.peername == peer), None)


def _meant(request: http.Request) -> Place:
    """Where a request outside of a tunnel is meant to go; one that is refused has only its Host header."""
    return request.host or (request.host_header or "").partition(":")[0], request.port or 80


def _is_plain(request: http.Request, meant: Place, response: http.Response | None) -> bool:
    """Whether the body of a request, or of its answer, is of a kind that holds no credential."""
    sent, answer = request.data, response.data if response else None
    head = Request(sent.method, "", *meant, sent.path, sent.headers.fields, authority=sent.authority)
    return not body_may_hold_secrets(head, Response(answer.status_code, answer.headers.fields) if answer else None)


def _noted(message: http.Message) -> Sequence[str]:
    """What heads.py has noted on a message."""
    return getattr(message, "b2_alterations", ())


def _place(address_: tuple[Any, ...] | None) -> Place:
    return (str(address_[0]), int(address_[1])) if address_ else ("", 0)


addons = [Record()]

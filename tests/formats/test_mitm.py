"""mitmproxy's flow files: the wire, as mitmproxy kept it."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.addons.savehar import SaveHar
from mitmproxy.flow import Error
from mitmproxy.http import Headers, HTTPFlow
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow
from mitmproxy.test.tutils import tdnsreq
from mitmproxy.websocket import WebSocketData

from inspector.errors import FormatError
from inspector.formats import har
from inspector.formats.captured import Captured, Item, Passed, pieces
from inspector.formats.mitm import read
from inspector.wire.exchange import Fidelity

OURS = "019c0000-0000-7000-8000-000000000001"


def http_flow(change: Callable[[HTTPFlow], None] = lambda flow: None) -> HTTPFlow:
    """A finished PUT with odd bytes everywhere, changed by `change`."""
    flow = tflow.tflow(resp=True)
    flow.request.data.method = b"PUT"
    flow.request.data.scheme = b"https"
    flow.request.data.host, flow.request.data.port = "s3.us-west-004.backblazeb2.com", 443
    flow.request.data.path = b"/b//../a%2fb+c\xff?x&y="
    flow.request.data.headers = Headers(
        ((b"hOST", b"h"), (b"x-a", b"1"), (b"X-A", b"\xff"), (b"content-encoding", b"gzip"))
    )
    flow.request.data.content = b"not gzip"
    flow.response.data.reason = b""
    flow.response.data.content = b"\x00\xff"
    change(flow)
    return flow


def flow_bytes(*flows: object) -> bytes:
    """A flow file."""
    out = io.BytesIO()
    writer = FlowWriter(out)
    for flow in flows:
        writer.add(flow)  # type: ignore[arg-type]
    return out.getvalue()


def mitm_items(text: bytes) -> list[Item]:
    """What a flow file holds."""
    return list(read(io.BytesIO(text), 0.0))


def mitm_call(flow: HTTPFlow) -> Captured:
    """What becomes of a flow."""
    (item,) = mitm_items(flow_bytes(flow))
    assert isinstance(item, Captured)
    return item


def test_a_flow_is_the_wire_byte_for_byte() -> None:
    """Target, lines, order, case, repeats and undecoded bodies, with `wire` as the fidelity."""
    flow = http_flow()
    call = mitm_call(flow)
    request, response = call.exchange.request, call.exchange.response

    assert (request.method, request.target) == (b"PUT", b"/b//../a%2fb+c\xff?x&y=")
    assert request.headers == flow.request.headers.fields
    assert (request.scheme, request.host, request.port) == ("https", "s3.us-west-004.backblazeb2.com", 443)
    assert (b"".join(pieces(call.request_body)), b"".join(pieces(call.response_body))) == (b"not gzip", b"\x00\xff")
    assert response is not None
    assert (response.status, response.reason) == (200, b"")
    assert (call.exchange.fidelity, call.exchange.failure, call.exchange.alterations) == (Fidelity.WIRE, None, ())


def test_moments_and_addresses_come_along() -> None:
    """Only the call that opened a connection says how long that took."""
    first, second = http_flow(), http_flow()
    second.server_conn = first.server_conn
    calls = [item for item in mitm_items(flow_bytes(first, second)) if isinstance(item, Captured)]
    timing = calls[0].exchange.timing

    assert (timing.request_start, timing.request_end, timing.response_start, timing.response_end) == (
        first.request.timestamp_start,
        first.request.timestamp_end,
        first.response.timestamp_start,
        first.response.timestamp_end,
    )
    assert (timing.tcp_ms, timing.tls_ms) == (1000, 1000)
    assert (calls[1].exchange.timing.tcp_ms, calls[1].exchange.timing.tls_ms) == (None, None)
    assert calls[0].exchange.client_address == "127.0.0.1:22"
    assert calls[0].exchange.server_address == "192.168.0.1:22"
    assert calls[0].exchange.server_connection == calls[1].exchange.server_connection == first.server_conn.id


@pytest.mark.parametrize(
    ("words", "connected", "answered", "kind"),
    [
        ("Connection killed.", True, True, "recorder-stopped"),
        ("Client disconnected.", True, False, "client-disconnected"),
        ("server closed connection", True, False, "upstream-reset"),
        ("HTTP/2 protocol error: something new", True, False, "upstream-reset"),
        ("HTTP/2 protocol error: something new", True, True, "truncated"),
        ("something new", False, False, "upstream-unreachable"),
        ("Certificate verify failed: hostname mismatch", False, False, "upstream-tls"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 1)", False, False, "upstream-unreachable"),
        ("peer closed connection without sending complete message body", True, True, "truncated"),
        ("stream reset by client (CANCEL)", True, False, "client-disconnected"),
    ],
)
def test_a_failed_flow_says_why(words: str, connected: bool, answered: bool, kind: str) -> None:
    """mitmproxy's words are kept; the kind follows from them, or from how far the call had come."""

    def fail(flow: HTTPFlow) -> None:
        flow.error = Error(words)
        flow.response = flow.response if answered else None
        if not connected:
            flow.server_conn.timestamp_tcp_setup = None

    failure = mitm_call(http_flow(fail)).exchange.failure

    assert failure is not None
    assert (failure.kind, failure.text) == (kind, words)


def test_bytes_that_an_error_quotes_are_not_repeated() -> None:
    """A rejected header line may hold a secret."""

    def fail(flow: HTTPFlow) -> None:
        flow.error = Error("HTTP/1 protocol error: Invalid header line: b'x-amz-security-token hunter2'")

    failure = mitm_call(http_flow(fail)).exchange.failure

    assert failure is not None
    assert failure.text == "HTTP/1 protocol error: Invalid header line: (bytes not kept)"


def test_a_flow_without_an_end_is_no_success() -> None:
    """mitmproxy writes what was under way when it stopped."""

    def stop(flow: HTTPFlow) -> None:
        flow.response = None

    failure = mitm_call(http_flow(stop)).exchange.failure

    assert failure is not None
    assert failure.kind == "recorder-stopped"


def test_what_the_file_does_not_hold_is_said() -> None:
    """Streamed bodies, trailers, the messages of a web socket."""

    def lose(flow: HTTPFlow) -> None:
        flow.request.data.content = None
        flow.request.data.headers = Headers(((b"Content-Length", b"77"),))
        flow.response.data.trailers = Headers(((b"x", b"1"),))
        flow.websocket = WebSocketData(messages=tflow.twebsocketflow().websocket.messages)

    call = mitm_call(http_flow(lose))

    assert (call.request_gap, call.response_gap) == (77, 0)
    assert call.exchange.alterations == ("request-body-missing", "response-trailers-lost", "websocket-messages-lost")


def test_what_is_no_exchange_is_passed_by_name() -> None:
    """TCP, UDP, DNS and tunnels."""

    def tunnel(flow: HTTPFlow) -> None:
        flow.request.data.method = b"CONNECT"

    flows = (tflow.ttcpflow(), tflow.tudpflow(), tflow.tdnsflow(req=tdnsreq()), http_flow(tunnel), http_flow())
    items = mitm_items(flow_bytes(*flows))

    assert [item.what for item in items if isinstance(item, Passed)] == [
        "tcp flow",
        "udp flow",
        "dns flow",
        "CONNECT request",
    ]
    assert isinstance(items[-1], Captured)


def test_uids_repeat_and_ours_come_home() -> None:
    """A file read twice gives the same uids; a flow that this project wrote keeps the one it had."""

    def ours(flow: HTTPFlow) -> None:
        flow.id = OURS

    text = flow_bytes(http_flow(), http_flow(), http_flow(ours))
    uids = [item.exchange.uid for item in mitm_items(text) if isinstance(item, Captured)]

    assert uids == [item.exchange.uid for item in mitm_items(text) if isinstance(item, Captured)]
    assert len(set(uids)) == 3
    assert uids[2] == OURS


def test_what_stands_before_a_break_is_read() -> None:
    """And the break is said, with how many flows came before it."""
    text = flow_bytes(http_flow(), http_flow())
    items: list[Item] = []
    with pytest.raises(FormatError, match="breaks off after 1 flows"):
        items.extend(read(io.BytesIO(text[:-10]), 0.0))

    assert len(items) == 1


def test_a_newer_mitmproxy_is_named() -> None:
    """The next step is to install it."""
    state = http_flow().get_state()
    state["version"] = 999
    with pytest.raises(FormatError, match="flow format version 999") as caught:
        mitm_items(tnetstring.dumps(state))

    assert "pip install -U mitmproxy" in caught.value.hint


@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    """No other exception gets out, whichever byte is wrong."""
    text = bytearray(FLOW)
    for _ in range(data.draw(st.integers(1, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    try:
        items = mitm_items(bytes(text))
    except FormatError:
        return
    assert all(isinstance(item, Captured | Passed) for item in items)


FLOW = flow_bytes(http_flow())


def test_mitmproxy_s_own_har_says_the_same_as_its_flows() -> None:
    """Head, bodies (binary ones too) and moments come back from `hardump`; what HAR cannot say is marked."""

    def binary(flow: HTTPFlow) -> None:
        flow.request.data.headers = Headers(((b"Host", b"h"), (b"Content-Type", b"application/octet-stream")))
        flow.request.data.content = bytes(range(256))
        flow.request.data.path = b"/b/a%2fb+c?x&y="

    flow = http_flow(binary)
    text = json.dumps(SaveHar().make_har([flow]), indent=4).encode()
    (told,) = har.read(io.BytesIO(text), 0.0)
    call = mitm_call(flow)

    assert isinstance(told, Captured)
    assert b"".join(pieces(told.request_body)) == b"".join(pieces(call.request_body))
    assert b"".join(pieces(told.response_body)) == b"".join(pieces(call.response_body))
    assert told.exchange.request.target == call.exchange.request.target
    assert told.exchange.request.headers == call.exchange.request.headers
    assert told.exchange.timing.request_start == pytest.approx(call.exchange.timing.request_start)
    assert told.exchange.timing.response_end == pytest.approx(call.exchange.timing.response_end)
    assert told.exchange.fidelity == Fidelity.REBUILT


class Echo(BaseHTTPRequestHandler):
    """Answers a PUT with its body."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def echo_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_what_mitmdump_wrote_is_read(tmp_path: Path, echo_port: int) -> None:
    """A real `mitmdump -w`, a real client: the bytes that both ends saw."""
    mitmdump = Path(sys.executable).with_name("mitmdump")
    command = str(mitmdump) if mitmdump.exists() else shutil.which("mitmdump")
    assert command
    port, out = free_port(), tmp_path / "out.mitm"
    options = ["--listen-host", "127.0.0.1", "-p", str(port), "-w", str(out), "--set", f"confdir={tmp_path}"]
    process = subprocess.Popen([command, "-q", *options])
    try:
        target = f"http://127.0.0.1:{echo_port}/a%2fb//c+d?x&y="
        put_through(port, target, b"\x00\xffbody")
    finally:
        process.terminate()
        process.wait(20)
    with out.open("rb") as stream:
        (call,) = read(stream, 0.0)

    assert isinstance(call, Captured)
    assert call.exchange.request.target == b"/a%2fb//c+d?x&y="
    assert (b"X-Odd", b"CaSe") in call.exchange.request.headers
    assert call.request_body == call.response_body == b"\x00\xffbody"
    assert call.exchange.server_address == f"127.0.0.1:{echo_port}"
    assert call.exchange.timing.tcp_ms is not None


def put_through(proxy: int, target: str, body: bytes) -> None:
    """A PUT through a proxy that is still starting."""
    deadline = time.monotonic() + 30
    while True:
        connection = HTTPConnection("127.0.0.1", proxy, timeout=10)
        try:
            connection.request("PUT", target, body, {"X-Odd": "CaSe"})
            assert connection.getresponse().read() == body
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()

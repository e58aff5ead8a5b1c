"""What was said is recorded, and passed on, byte for byte; what mitmproxy alters is noted on the call."""

from __future__ import annotations

import gzip
import time

import pytest
from support import http2
from support.recorded import HOST, Stage
from support.scripted import Peer, Script, continue_100, keep_alive, slow

pytestmark = pytest.mark.slow

HOST_LINE = b"Host: " + HOST.encode()
CLOSE = b"Connection: close"


def request(line: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, HOST_LINE, *lines, CLOSE]) + b"\r\n\r\n" + body


def answering(*parts: bytes) -> Script:
    """Sends these bytes whatever is asked."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(*parts)

    return script


TARGETS = (
    b"/photos/a%2fb%2Fc%7e~+%20;:@&=$,!*'()",
    b"/photos//x/./y/../z",
    b"/photos/?list-type=2&prefix=a%20b&x",
    b"/photos/empty?",
    b"/photos/k?x=?y&b=a&a",
    "/photos/é/ключ".encode(),
    b"/photos/\xff\xfe",
    b"/photos/k#fragment",
    b"/photos/k%",
    b"//",
    b"/",
    b"*",
)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_keeps_its_bytes(stage: Stage, target: bytes) -> None:
    stage.play(keep_alive())
    stage.ask(request(b"GET " + target + b" HTTP/1.1"))
    assert stage.call().exchange.request.target == target
    assert stage.secure.seen[0].head.split(b"\r\n")[0] == b"GET " + target + b" HTTP/1.1"


def test_header_lines_keep_order_case_repeats_and_values(stage: Stage) -> None:
    lines = (
        b"x-UPPER-lower: 1",
        b"X-Twice: a",
        b"Authorization: AWS4-HMAC-SHA256 Credential=004/20260101/us-west-004/s3/aws4_request, SignedHeaders=host",
        b"x-twice: b",
        b"X-Empty: ",
        "X-Utf8: ключ".encode(),
        b"X-Latin: \xe9",
        b"X-Inside: a   b\tc",
        b"x-amz-meta-quote: \"'\\",
    )
    stage.play(keep_alive())
    stage.ask(request(b"GET /photos/a HTTP/1.1", *lines))
    call = stage.call().exchange
    assert [b": ".join(pair) for pair in call.request.headers] == [HOST_LINE, *lines, CLOSE]
    assert stage.secure.seen[0].head == request(b"GET /photos/a HTTP/1.1", *lines)
    assert call.alterations == ()


@pytest.mark.parametrize(
    "line",
    [b"get /a HTTP/1.1", b"PURGE /a HTTP/1.1", b"GET /a HTTP/1.0", b"HEAD /a HTTP/1.1", b"OPTIONS * HTTP/1.1"],
)
def test_method_and_version_stay(stage: Stage, line: bytes) -> None:
    stage.play(keep_alive(b""))
    stage.ask(request(line))
    method, _, version = line.split()
    call = stage.call().exchange.request
    assert (call.method, call.http_version) == (method, version.decode())
    assert stage.secure.seen[0].head.startswith(line + b"\r\n")


def test_an_absolute_target_is_told_by_its_authority(stage: Stage) -> None:
    """Inside a tunnel it is forwarded as it is, and cannot lead elsewhere."""
    stage.play(keep_alive())
    stage.ask(request(b"GET https://elsewhere.test/a%2fb?x HTTP/1.1"))
    call = stage.call().exchange.request
    assert (call.authority, call.target, call.host) == (b"elsewhere.test", b"/a%2fb?x", HOST)
    assert stage.secure.seen[0].head.startswith(b"GET https://elsewhere.test/a%2fb?x HTTP/1.1\r\n")


def test_plain_http_is_recorded_and_asked_in_origin_form(stage: Stage) -> None:
    stage.play(keep_alive())
    with stage.direct() as client:
        client.send(request(b"GET http://" + HOST.encode() + b"/a%2fb? HTTP/1.1"))
        client.everything()
    call = stage.call().exchange.request
    assert (call.scheme, call.host, call.port, call.target) == ("http", HOST, 80, b"/a%2fb?")
    assert stage.plain.seen[0].head.startswith(b"GET /a%2fb? HTTP/1.1\r\n")


BODIES = {
    "put": (b"PUT /b/k HTTP/1.1", (b"Content-Length: 5",), b"hello", b"hello", ()),
    "get with a body": (b"GET /b/k HTTP/1.1", (b"Content-Length: 5",), b"hello", b"hello", ()),
    "put without length": (b"PUT /b/k HTTP/1.1", (), b"", b"", ()),
    "empty": (b"PUT /b/k HTTP/1.1", (b"Content-Length: 0",), b"", b"", ()),
    "chunked": (
        b"PUT /b/k HTTP/1.1",
        (b"Transfer-Encoding: chunked",),
        b"3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        b"hello",
        ("request-rechunked",),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_request_body_is_kept(stage: Stage, name: str) -> None:
    line, lines, sent, body, alterations = BODIES[name]
    stage.play(keep_alive())
    stage.ask(request(line, *lines, body=sent))
    stored = stage.call()
    assert stage.body(stored.request_body) == body
    assert stored.request_info.sent.size == len(body)
    assert stored.request_info.truncated is None
    assert stored.exchange.alterations == alterations
    assert stage.secure.seen[0].body == body


def test_expect_is_answered_by_the_proxy_and_noted(stage: Stage) -> None:
    """The request is recorded with its Expect line, as said; the server never sees it (mitmproxy#1721)."""
    stage.play(continue_100)
    with stage.connect() as client:
        client.send(request(b"PUT /b/k HTTP/1.1", b"expect: 100-Continue", b"Content-Length: 2"))
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"ok")
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")
    stored = stage.call()
    assert (b"expect", b"100-Continue") in stored.exchange.request.headers
    assert stored.exchange.alterations == ("expect-answered",)
    assert stored.exchange.interim == ()
    assert b"expect" not in stage.secure.seen[0].head.lower()


WHITE = {
    "two spaces": (b"X-A:  b", b"X-A: b", ("whitespace-trimmed",)),
    "a tab": (b"X-A:\tb", b"X-A: b", ("whitespace-trimmed",)),
    "behind": (b"X-A: b \t", b"X-A: b", ("whitespace-trimmed",)),
    "only spaces": (b"X-A:   ", b"X-A: ", ("whitespace-trimmed",)),
    "no space": (b"X-A:b", b"X-A: b", ()),
    "nothing": (b"X-A:", b"X-A: ", ()),
    "folded": (b"X-A: b\r\n\t c", b"X-A: b\r\n c", ("lines-refolded",)),
}


@pytest.mark.parametrize("name", WHITE)
def test_white_space_that_is_lost_is_noted(stage: Stage, name: str) -> None:
    """mitmproxy trims values before any hook; SigV4 trims them, too, so that signatures hold."""
    said, forwarded, alterations = WHITE[name]
    stage.play(keep_alive())
    stage.ask(request(b"GET /a HTTP/1.1", said))
    assert stage.call().exchange.alterations == alterations
    assert forwarded + b"\r\n" in stage.secure.seen[0].head


ANSWERS = {
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"", b"ok", ()),
    "reason": (b"HTTP/1.1 200 Fine by me\r\nContent-Length: 2\r\n\r\nok", 200, b"Fine by me", b"ok", ()),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"No Content", b"", ()),
    "304": (b'HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: "x"\r\n\r\n', 304, b"Not Modified", b"", ()),
    "to the end": (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"OK", b"until the end", ()),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        200,
        b"OK",
        b"ok",
        ("response-rechunked",),
    ),
    "white space": (
        b"HTTP/1.1 200 OK\r\nX-A:   b\r\nContent-Length: 2\r\n\r\nok",
        200,
        b"OK",
        b"ok",
        ("whitespace-trimmed",),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_kept(stage: Stage, name: str) -> None:
    raw, status, reason, body, alterations = ANSWERS[name]
    stage.play(answering(raw))
    answer = stage.ask(request(b"GET /a HTTP/1.1"))
    stored = stage.call()
    assert stored.exchange.response is not None
    assert (stored.exchange.response.status, stored.exchange.response.reason) == (status, reason)
    assert stage.body(stored.response_body) == body
    assert stored.exchange.alterations == alterations
    assert stored.exchange.failure is None
    assert answer.split(b"\r\n")[0].rstrip() == raw.split(b"\r\n")[0]


def test_a_gzipped_answer_stays_gzipped(stage: Stage) -> None:
    packed = gzip.compress(b"hello" * 100, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    stage.play(answering(head, packed))
    answer = stage.ask(request(b"GET /a HTTP/1.1"))
    assert answer == head + packed
    assert stage.body(stage.call().response_body) == packed


def test_head_keeps_the_length_of_what_is_not_sent(stage: Stage) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"
    stage.play(answering(raw))
    assert stage.ask(request(b"HEAD /a HTTP/1.1")) == raw
    stored = stage.call()
    assert stored.exchange.response is not None
    assert (b"Content-Length", b"77") in stored.exchange.response.headers
    assert (stored.response_info.sent.size, stored.response_info.truncated) == (0, None)


def test_what_was_meant_and_where_it_went(stage: Stage) -> None:
    """--connect-to with a glob: a bucket's own host keeps its name, and goes to the server."""
    stage.play(keep_alive())
    host = f"bucket.{HOST}"
    with stage.connect(host) as client:
        client.send(b"GET /k HTTP/1.1\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n\r\n")
        client.until(b"ok")
    stored = stage.call()
    assert (stored.exchange.request.host, stored.exchange.request.port) == (host, 443)
    assert stored.exchange.server_address == f"127.0.0.1:{stage.secure.port}"
    assert stored.facts.bucket == "bucket"


def test_500_calls_share_one_connection(stage: Stage) -> None:
    stage.play(keep_alive())
    before = stage.secure.connections
    with stage.connect() as client:
        for number in range(500):
            client.send(b"GET /n%d HTTP/1.1\r\n%b\r\n\r\n" % (number, HOST_LINE))
            client.until(b"ok")
    calls = stage.calls(500)
    assert stage.secure.connections - before == 1
    assert [call.row.path for call in calls] == [f"/n{number}" for number in range(500)]
    assert len({call.exchange.server_connection for call in calls}) == 1
    assert [call.exchange.timing.tls_ms is None for call in calls] == [False, *[True] * 499]


def test_pipelined_requests_are_answered_in_order(stage: Stage) -> None:
    stage.play(keep_alive())
    first, second = (b"GET /%d HTTP/1.1\r\n%b\r\n\r\n" % (number, HOST_LINE) for number in (1, 2))
    answer = stage.ask(first + second + request(b"GET /3 HTTP/1.1"))
    assert answer.count(b"ok") == 3
    assert [call.row.path for call in stage.calls(3)] == ["/1", "/2", "/3"]


def test_large_heads_pass(stage: Stage) -> None:
    stage.play(keep_alive())
    stage.ask(request(b"GET /a HTTP/1.1", b"X-Large: " + b"a" * 200_000))
    assert len(dict(stage.call().exchange.request.headers)[b"X-Large"]) == 200_000


# HTTP/2

H2_REQUEST = [
    (b":method", b"PUT"),
    (b":scheme", b"https"),
    (b":authority", HOST.encode()),
    (b":path", b"/photos/a%2fb//?x"),
    (b"x-amz-date", b"20260101T000000Z"),
]


def test_http2_keeps_authority_and_lower_case_names(stage: Stage) -> None:
    """The client is offered what the server speaks. Pseudo-headers are no header lines."""
    stage.secure.offer("h2")
    stage.play(http2.serve)
    try:
        with stage.connect(HOST, 443, "h2") as client:
            (answer,) = http2.ask(client.socket, H2_REQUEST, body=b"hello")
    finally:
        stage.secure.offer("http/1.1")
    assert answer.body == b"ok"
    stored = stage.call()
    said = stored.exchange.request
    assert (said.http_version, said.authority, said.target) == ("HTTP/2.0", HOST.encode(), b"/photos/a%2fb//?x")
    assert said.headers == ((b"x-amz-date", b"20260101T000000Z"),)
    assert said.signed_host == HOST.encode()
    assert stage.body(stored.request_body) == b"hello"
    assert stored.exchange.alterations == ()


def test_http2_to_a_server_of_http1_is_noted(stage: Stage) -> None:
    """It happens where a server that spoke HTTP/2 speaks HTTP/1.1 on the next connection."""
    stage.secure.offer("h2")
    stage.play(goaway_after_first)
    try:
        with stage.connect(HOST, 443, "h2") as client:
            stage.secure.offer("http/1.1")
            stage.scripts[:] = [keep_alive()]
            (answer,) = http2.ask(client.socket, H2_REQUEST)
    finally:
        stage.secure.offer("http/1.1")
    assert answer.body == b"ok"
    call = stage.call().exchange
    assert call.alterations == ("http2-to-http1",)
    assert call.request.http_version == "HTTP/2.0"
    assert stage.secure.seen[-1].head.startswith(b"PUT /photos/a%2fb//?x HTTP/1.1\r\nHost: " + HOST.encode())


def goaway_after_first(peer: Peer) -> None:
    """An HTTP/2 server that takes the connection and closes it before anything was asked."""


def test_calls_of_one_http2_connection_are_told_apart(stage: Stage) -> None:
    stage.secure.offer("h2")
    stage.play(http2.serve)
    requests = [[*H2_REQUEST[:3], (b":path", b"/%d" % number)] for number in range(20)]
    try:
        with stage.connect(HOST, 443, "h2") as client:
            answers = http2.ask(client.socket, *requests)
    finally:
        stage.secure.offer("http/1.1")
    assert [answer.body for answer in answers] == [b"ok"] * 20
    assert sorted(call.row.path for call in stage.calls(20)) == sorted(f"/{number}" for number in range(20))


def test_http2_calls_to_a_server_of_http1_all_arrive(stage: Stage) -> None:
    """mitmproxy gives each a connection of its own, five at a time."""
    stage.secure.offer("h2")
    stage.play(goaway_after_first)
    requests = [[*H2_REQUEST[:3], (b":path", b"/%d" % number)] for number in range(12)]
    try:
        with stage.connect(HOST, 443, "h2") as client:
            stage.secure.offer("http/1.1")
            stage.scripts[:] = [keep_alive()]
            answers = http2.ask(client.socket, *requests)
    finally:
        stage.secure.offer("http/1.1")
    assert [answer.body for answer in answers] == [b"ok"] * 12
    assert {call.exchange.alterations for call in stage.calls(12)} == {("http2-to-http1",)}


# Connections


def test_a_server_that_closes_between_calls_is_connected_to_again(stage: Stage) -> None:
    """As B2 does with idle connections. The new connection leads to the same place."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.answer(b"ok")

    stage.play(script)
    with stage.connect() as client:
        for number in range(3):
            client.send(b"GET /%d HTTP/1.1\r\n%b\r\n\r\n" % (number, HOST_LINE))
            client.until(b"ok")
            time.sleep(0.1)
    calls = stage.calls(3)
    assert [call.row.status for call in calls] == [200] * 3
    assert len({call.exchange.server_connection for call in calls}) == 3
    assert {call.exchange.server_address for call in calls} == {f"127.0.0.1:{stage.secure.port}"}
    assert {call.row.host for call in calls} == {HOST}
    assert all(call.exchange.timing.tls_ms is not None for call in calls)


def test_a_client_without_a_tls_name(stage: Stage) -> None:
    """CONNECT says what is meant."""
    stage.play(keep_alive())
    trusting = stage.trusting()
    trusting.check_hostname = False
    with stage.tunnel(f"{HOST}:443") as client:
        inner = client.tls(trusting, None)
        inner.send(request(b"GET /a HTTP/1.1"))
        inner.until(b"ok")
    assert stage.call().row.host == HOST


def test_a_call_under_way_is_seen(stage: Stage) -> None:
    """It has a row before it ends, and keeps it."""
    stage.play(slow(0.2, 5))
    with stage.connect() as client:
        client.send(request(b"GET /a HTTP/1.1"))
        (under_way,) = stage.calls(1, state="open")
        client.until(b"xxxxx")
    assert stage.call().row.id == under_way.row.id

"""What goes wrong leaves one call or a problem that one can see, no secret in its text, and no client waiting."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import http2
from support import scripted as scripts
from support.recorded import HOST, Stage, recording_stage, routes
from support.scripted import Peer, Script, ScriptedServer, keep_alive

from inspector.demo.certificates import Certificates, make_certificates

pytestmark = pytest.mark.slow

HOST_LINE = b"Host: " + HOST.encode()
SECRET = "hunter2"


def request(line: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, HOST_LINE, *lines]) + b"\r\n\r\n" + body


GET = request(b"GET /photos/a HTTP/1.1")


def answering(*parts: bytes) -> Script:
    """Sends these bytes whatever is asked, and waits a little before it closes."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(*parts)
        time.sleep(0.2)

    return script


# The server has a bad day. Script; the failure's kind; the status that came, if any; what the client may see.

OK = b"HTTP/1.1 200 OK\r\n"
BAD_SERVERS: dict[str, tuple[Script, str, int | None]] = {
    "reset before the answer": (scripts.reset_after_request, "upstream-reset", None),
    "closed before the answer": (scripts.close_without_answer, "upstream-reset", None),
    "short": (scripts.truncated(100, 10), "truncated", 200),
    "chunks end early": (scripts.truncated_chunks, "truncated", 200),
    "broken chunk": (
        answering(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nhunter2\r\n"),
        "truncated",
        200,
    ),
    "garbage": (answering(b"\x00\x01 hunter2 \xff\r\n\r\n"), "bad-response", None),
    "half a head": (answering(OK + b"X-Token: hunter2"), "bad-response", None),
    "two lengths": (answering(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"), "bad-response", None),
    "length and chunks": (
        answering(OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        "bad-response",
        None,
    ),
    "a header name with a space": (
        answering(OK + b"X hunter2: 1\r\nContent-Length: 2\r\n\r\nok"),
        "bad-response",
        None,
    ),
    "103 before the answer": (scripts.early_hints, "proxy-limit", None),
    "100 that nobody asked for": (
        answering(b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"Content-Length: 2\r\n\r\nok"),
        "proxy-limit",
        None,
    ),
    "trailers": (
        answering(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: hunter2\r\n\r\n"),
        "proxy-limit",
        200,
    ),
}


@pytest.mark.parametrize("name", BAD_SERVERS)
def test_a_bad_server_is_one_failed_call_and_a_closed_connection(stage: Stage, name: str) -> None:
    script, kind, status = BAD_SERVERS[name]
    stage.play(script)
    answer = stage.ask(GET)
    stored = stage.call()
    assert stored.exchange.failure is not None
    assert (stored.exchange.failure.kind, stored.row.status) == (kind, status)
    assert stored.exchange.server_address == f"127.0.0.1:{stage.secure.port}"
    assert b"502" not in answer
    # What mitmproxy cannot carry may cut off the head, too, where both came at once.
    assert answer == b"" or (status == 200 and answer.startswith(b"HTTP/1.1 200 OK"))
    assert SECRET not in stored.exchange.failure.text
    for problem in stage.problems(0):
        assert (problem.kind, problem.host) == ("proxy-limit", HOST)
        assert SECRET not in problem.text


def test_an_interim_answer_is_kept_on_the_call(stage: Stage) -> None:
    stage.play(scripts.early_hints)
    stage.ask(GET)
    assert stage.call().exchange.interim == (103,)
    assert "103" in stage.problem().text


def test_what_came_of_a_truncated_answer_is_kept(stage: Stage) -> None:
    stage.play(scripts.truncated(100, 10))
    stage.ask(GET)
    stored = stage.call()
    assert stage.body(stored.response_body) == b"x" * 10
    assert (stored.response_info.sent.size, stored.response_info.truncated) == (10, "incomplete")


# The client has one. Bytes; whether a call comes of it (else a problem); kind.

PUT = b"PUT /b/k HTTP/1.1"
BAD_REQUESTS: dict[str, tuple[bytes, str | None, str | None]] = {
    "a space in the target": (request(b"GET /a hunter2 HTTP/1.1"), None, "bad-request"),
    "no header name": (request(b"GET /a HTTP/1.1", b": hunter2"), None, "bad-request"),
    "no colon": (request(b"GET /a HTTP/1.1", b"Authorization hunter2"), None, "bad-request"),
    "an unknown version": (request(b"GET /hunter2 HTTP/x"), None, "bad-request"),
    "a non-ASCII header name": (request(PUT, "X-é-hunter2: v".encode()), "request-rejected", None),
    "length and chunks": (
        request(PUT, b"Transfer-Encoding: chunked", b"Content-Length: 2", body=b"2\r\nok\r\n0\r\n\r\n"),
        "request-rejected",
        None,
    ),
    "two lengths": (request(PUT, b"Content-Length: 2", b"Content-Length: 3", body=b"ok"), "request-rejected", None),
    "a length with a zero": (request(PUT, b"Content-Length: 05", body=b"hello"), "request-rejected", None),
    "a length of words": (request(PUT, b"Content-Length: hunter2"), "request-rejected", None),
    "an unknown coding": (request(PUT, b"Transfer-Encoding: hunter2"), "request-rejected", None),
    "a broken chunk": (
        request(PUT, b"Transfer-Encoding: chunked", body=b"2\r\nok\r\nhunter2\r\n"),
        "request-rejected",
        None,
    ),
    "trailers": (
        request(PUT, b"Transfer-Encoding: chunked", body=b"2\r\nok\r\n0\r\nX-Sum: hunter2\r\n\r\n"),
        "proxy-limit",
        "proxy-limit",
    ),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_bad_request_is_seen(stage: Stage, name: str) -> None:
    raw, failure, problem = BAD_REQUESTS[name]
    stage.play(keep_alive())
    stage.ask(raw)
    if failure is not None:
        stored = stage.call()
        assert stored.exchange.failure is not None
        assert stored.exchange.failure.kind == failure
        assert SECRET not in stored.exchange.failure.text
    if problem is not None:
        told = stage.problem()
        assert (told.kind, told.host) == (problem, HOST)
        assert SECRET not in told.text
    assert len(stage.calls(failure is not None)) == (failure is not None)


def test_a_rejected_request_outside_of_a_tunnel_is_seen(stage: Stage) -> None:
    """In absolute form, and in origin form with a Host line."""
    for target in (b"http://" + HOST.encode() + b"/x", b"/x"):
        stage.play(keep_alive())
        with stage.direct() as client:
            client.send(request(b"PUT " + target + b" HTTP/1.1", b"Content-Length: 3", b"Content-Length: 2"))
            assert client.everything().startswith(b"HTTP/1.1 400")
        stored = stage.call()
        assert (stored.row.host, stored.row.port, stored.row.failure) == (HOST, 80, "request-rejected")


def test_half_a_request_is_a_problem(stage: Stage) -> None:
    stage.play(keep_alive())
    with stage.connect() as client:
        client.send(b"GET /a HTTP/1.1\r\nAuthorization: hunter2")
        time.sleep(0.1)
    problem = stage.problem()
    assert (problem.kind, problem.host) == ("bad-request", HOST)
    assert SECRET not in problem.text


STRAY = {
    "no destination": (b"GET /x HTTP/1.1\r\n\r\n", "bad-request"),
    "CONNECT without a port": (b"CONNECT somewhere HTTP/1.1\r\n\r\n", "bad-request"),
    "CONNECT that smuggles": (
        b"CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "bad-request",
    ),
    "SOCKS5": (b"\x05\x01\x00", "bad-request"),
    "SOCKS4": (b"\x04\x01\x01\xbb\x7f\x00\x00\x01\x00", "bad-request"),
}


@pytest.mark.parametrize("name", STRAY)
def test_what_is_no_use_of_a_proxy_is_a_problem(stage: Stage, name: str) -> None:
    raw, kind = STRAY[name]
    stage.play(keep_alive())
    with stage.direct() as client:
        client.send(raw)
        client.everything()
    assert stage.problem().kind == kind
    assert stage.calls(0) == []


def test_a_proxy_taken_for_an_endpoint_says_so(stage: Stage) -> None:
    stage.play(keep_alive())
    with stage.direct() as client:
        client.send(b"GET /bucket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % stage.proxy.port)
        assert client.everything() == b""
    assert "it is a proxy, not an endpoint" in stage.problem().text


# One of the two leaves.


def test_a_client_that_leaves_in_its_upload(stage: Stage) -> None:
    stage.play(keep_alive())
    with stage.connect() as client:
        client.send(request(PUT, b"Content-Length: 1000", body=b"x" * 100))
        time.sleep(0.1)
    stored = stage.call()
    assert stored.row.failure == "client-disconnected"
    assert stage.body(stored.request_body) == b"x" * 100
    assert stored.request_info.truncated == "incomplete"


def late(peer: Peer) -> None:
    peer.request()
    time.sleep(0.5)


def test_a_client_that_leaves_before_the_answer(stage: Stage) -> None:
    stage.play(late)
    with stage.connect() as client:
        client.send(GET)
        time.sleep(0.1)
    assert stage.call().row.failure == "client-disconnected"


def test_a_client_that_leaves_in_its_download(stage: Stage) -> None:
    stage.play(scripts.slow(0.1, 10))
    with stage.connect() as client:
        client.send(GET)
        client.until(b"x")
    stored = stage.call()
    assert (stored.row.status, stored.row.failure) == (200, "client-disconnected")
    assert stored.response_info.truncated == "incomplete"


def test_an_http2_client_that_resets_one_stream(stage: Stage) -> None:
    stage.secure.offer("h2")
    stage.play(http2.never)
    try:
        with stage.connect(HOST, 443, "h2") as client:
            http2.reset(client.socket, HOST)
            stored = stage.call()
    finally:
        stage.secure.offer("http/1.1")
    assert stored.row.failure == "client-disconnected"


def test_an_early_refusal_reaches_the_client_and_the_upload_is_kept(stage: Stage) -> None:
    """403 while the body is being sent, and the server keeps reading."""

    def script(peer: Peer) -> None:
        peer.head()
        peer.answer(b"denied", b"403 Forbidden")
        peer.take(1000)

    stage.play(script)
    with stage.connect() as client:
        client.send(request(PUT, b"Content-Length: 1000", body=b"x" * 100))
        client.until(b"denied")
        client.send(b"x" * 900)
        stored = stage.call()
    assert (stored.row.status, stored.row.failure, stored.row.state) == (403, None, "done")
    assert stored.request_info.sent.size == 1000


def test_an_early_refusal_with_a_close_is_an_answered_call(stage: Stage) -> None:
    """The whole answer came: what was not sent any more is no failure of the call."""
    stage.play(scripts.refuse_early)
    assert stage.ask(request(PUT, b"Content-Length: 100", body=b"x" * 10)).startswith(b"HTTP/1.1 403")
    stored = stage.call()
    assert (stored.row.status, stored.row.failure) == (403, None)
    assert (stored.request_info.sent.size, stored.request_info.truncated) == (10, "incomplete")


def test_a_failed_call_does_not_spoil_the_next(stage: Stage) -> None:
    stage.play(scripts.reset_after_request)
    stage.ask(GET)
    assert stage.call().row.failure == "upstream-reset"
    stage.play(keep_alive())
    with stage.connect() as client:
        client.send(GET)
        client.until(b"ok")
    assert stage.call().row.status == 200


# Nobody is there, or nobody one may trust.


def test_a_client_that_does_not_trust_us(stage: Stage) -> None:
    stage.play(keep_alive())
    with stage.tunnel(f"{HOST}:443") as client, pytest.raises(ssl.SSLCertVerificationError):
        client.tls(ssl.create_default_context(), HOST)
    problem = stage.problem()
    assert (problem.kind, problem.host) == ("tls-refused-by-client", HOST)
    assert "does not trust" in problem.text
    assert "--upstream-ca" not in problem.text
    assert stage.calls(0) == []


def test_a_client_that_leaves_before_tls_stands(stage: Stage) -> None:
    """It said nothing about our certificate, so neither do we."""
    stage.play(keep_alive())
    with stage.tunnel(f"{HOST}:443") as client:
        hello = ssl.MemoryBIO()
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname=HOST).do_handshake()
        client.send(hello.read())
    problem = stage.problem()
    assert (problem.kind, problem.host) == ("tls-left-by-client", HOST)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, shared_home: Path, certificates: Certificates) -> Iterator[Stage]:
    """A recorder for whose hosts something else is wrong each."""
    others = make_certificates(tmp_path_factory.mktemp("others"), [HOST, "*.backblazeb2.com"])
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = gone.getsockname()[1]
    with (
        ScriptedServer(keep_alive(), others) as untrusted,
        ScriptedServer(lambda peer: peer.send(b"220 hi\r\n", pause=0.2)) as smtp,
        ScriptedServer(lambda peer: peer.send(peer.take(1), b"not TLS\r\n")) as babble,
    ):
        wrong = [
            f"closed.backblazeb2.com:443:127.0.0.1:{closed}",
            f"closed.backblazeb2.com:80:127.0.0.1:{closed}",
            f"untrusted.backblazeb2.com:443:127.0.0.1:{untrusted.port}",
            f"smtp.backblazeb2.com:443:127.0.0.1:{smtp.port}",
            f"babble.backblazeb2.com:443:127.0.0.1:{babble.port}",
        ]
        directory = tmp_path_factory.mktemp("hostile")
        with recording_stage(directory, certificates, home=shared_home, connect_to=[*routes(1, 1), *wrong]) as started:
            yield started


@pytest.mark.parametrize("host", ["closed.backblazeb2.com", "nowhere.invalid"])
def test_a_tunnel_to_nowhere_is_a_problem_and_a_closed_connection(hostile: Stage, host: str) -> None:
    """Refused, and not found; not mitmproxy's 502 page."""
    hostile.forget()
    with hostile.direct() as client:
        client.send(b"CONNECT %b:443 HTTP/1.1\r\n\r\n" % host.encode())
        assert client.everything() == b""
    problem = hostile.problem()
    assert (problem.kind, problem.host) == ("upstream-unreachable", host)


def test_a_plain_call_to_nowhere_is_a_failed_call_and_a_problem(hostile: Stage) -> None:
    hostile.forget()
    with hostile.direct() as client:
        client.send(b"GET http://closed.backblazeb2.com/x HTTP/1.1\r\nHost: closed.backblazeb2.com\r\n\r\n")
        assert client.everything() == b""
    stored = hostile.call()
    assert (stored.row.host, stored.row.failure) == ("closed.backblazeb2.com", "upstream-unreachable")
    assert hostile.problem().host == "closed.backblazeb2.com"


@pytest.mark.parametrize("host", ["untrusted.backblazeb2.com", "babble.backblazeb2.com"])
def test_a_server_whose_tls_fails_is_a_failed_call_and_a_problem(hostile: Stage, host: str) -> None:
    """An unknown authority, and no TLS at all; the client sees its connection close once it asks."""
    hostile.forget()
    with hostile.connect(host) as client:
        client.send(b"GET /x HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n")
        assert client.everything() == b""
    assert hostile.call().row.failure == "upstream-tls"
    problem = hostile.problem()
    assert (problem.kind, problem.host) == ("upstream-tls", host)


def test_a_server_that_greets_is_passed_on_unread_and_counted(hostile: Stage) -> None:
    """Neither TLS nor HTTP, on one of B2's names."""
    hostile.forget()
    with hostile.tunnel("smtp.backblazeb2.com:443") as client:
        assert client.everything() == b"220 hi\r\n"
    assert hostile.passed("smtp.backblazeb2.com", 443) == 1


def test_an_untrusted_server_names_the_options_that_help(hostile: Stage) -> None:
    hostile.forget()
    with hostile.connect("untrusted.backblazeb2.com") as client:
        client.send(b"GET /x HTTP/1.1\r\nHost: untrusted.backblazeb2.com\r\n\r\n")
        client.everything()
    text = hostile.problem().text
    assert "--upstream-ca" in text
    assert "--insecure-upstream" in text


def test_insecure_upstream_lets_them_pass(tmp_path: Path, shared_home: Path, certificates: Certificates) -> None:
    others = make_certificates(tmp_path, ["elsewhere.test"])
    options = {"insecure_upstream": True, "upstream_ca": certificates.authority}
    with recording_stage(tmp_path, others, home=shared_home, **options) as stage:
        with stage.connect() as client:
            client.send(GET)
            client.until(b"ok")
        assert stage.call().row.status == 200


def test_a_client_that_gives_up_while_the_server_is_slow_to_accept(stage: Stage) -> None:
    """Nothing was asked yet: no call, and nothing that stays open."""
    stage.play(lambda peer: time.sleep(1))
    with stage.tunnel(f"{HOST}:443"):
        pass
    assert stage.calls(0) == []


def test_many_bad_calls_at_once_are_each_seen(stage: Stage) -> None:
    stage.play(scripts.reset_after_request)
    threads = [threading.Thread(target=stage.ask, args=(GET,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [call.row.failure for call in stage.calls(20)] == ["upstream-reset"] * 20


def test_an_upgrade_is_recorded_and_what_follows_passes_unread(stage: Stage) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
        peer.send(peer.take(4))

    stage.play(script)
    with stage.connect() as client:
        client.send(request(b"GET /a HTTP/1.1", b"Upgrade: x", b"Connection: Upgrade"))
        client.until(b"\r\n\r\n")
        client.send(b"ping")
        assert client.everything() == b"ping"
    stored = stage.call()
    assert (stored.row.status, stored.row.failure) == (101, None)
    assert stage.passed(HOST, 443) == 1

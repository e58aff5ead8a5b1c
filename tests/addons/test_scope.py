"""Only what is ours is read: the rest passes with its own certificate and its own bytes, and is counted."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from support.recorded import HOST, Stage, recording_stage
from support.scripted import Peer, ScriptedServer, keep_alive

from inspector.demo.certificates import Certificates

pytestmark = pytest.mark.slow

Start = Callable[..., ScriptedServer]


def get(host: str) -> bytes:
    return b"GET /x HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n"


def issuer(connection: ssl.SSLSocket) -> str:
    fields = dict(pair[0] for pair in connection.getpeercert()["issuer"])
    return str(fields["commonName"])


def test_another_host_shows_its_own_certificate_and_is_counted(
    stage: Stage, scripted: Start, certificates: Certificates
) -> None:
    server = scripted(keep_alive(b"own"), tls=True)
    stage.forget()
    for _ in range(2):
        with stage.tunnel(f"localhost:{server.port}") as client:
            trusting = ssl.create_default_context(cafile=str(certificates.authority))
            inner = client.tls(trusting, "localhost")
            assert issuer(inner.socket) == "b2-inspector local test authority"
            inner.send(get("localhost"))
            inner.until(b"own")
    assert stage.passed("localhost", server.port) == 2
    assert stage.calls(0) == []
    assert stage.problems(0) == []


def test_plain_http_to_another_host_passes_unrecorded_and_is_counted_once_a_connection(
    stage: Stage, scripted: Start
) -> None:
    server = scripted(keep_alive(b"own"))
    stage.forget()
    with stage.direct() as client:
        for _ in range(3):
            client.send(b"GET http://localhost:%d/a%%2fb HTTP/1.1\r\nHost: localhost\r\n\r\n" % server.port)
            client.until(b"own")
    assert stage.passed("localhost", server.port) == 1
    assert server.connections == 1
    assert stage.calls(0) == []


def test_what_is_tunnelled_for_others_is_not_even_parsed(stage: Stage, scripted: Start) -> None:
    """Plain HTTP with a trailer inside of CONNECT, which mitmproxy's parser could not carry."""
    head = b"PUT /x HTTP/1.1\r\nhost:   localhost \r\nTransfer-Encoding: chunked\r\n\r\n"
    raw = head + b"2;x=y\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
    got: list[bytes] = []

    def script(peer: Peer) -> None:
        got.append(peer.take(len(raw)))
        peer.answer(b"own")

    server = scripted(script)
    stage.forget()
    with stage.tunnel(f"localhost:{server.port}") as client:
        client.send(raw)
        client.until(b"own")
    assert got == [raw]
    assert stage.passed("localhost", server.port) == 1
    assert stage.problems(0) == []


def test_a_server_that_speaks_first_is_tunnelled(stage: Stage, scripted: Start) -> None:
    server = scripted(lambda peer: peer.send(b"SSH-2.0-x\r\n", pause=0.1))
    with stage.tunnel(f"localhost:{server.port}") as client:
        assert client.everything() == b"SSH-2.0-x\r\n"
    assert stage.passed("localhost", server.port) == 1


def test_an_address_with_a_name_of_ours_inside_is_read(stage: Stage) -> None:
    """A client that looked the name up by itself says CONNECT with the address; the TLS name tells what it meant."""
    stage.play(keep_alive())
    with stage.tunnel(f"127.0.0.1:{stage.secure.port}") as client:
        inner = client.tls(stage.trusting(), HOST)
        inner.send(get(HOST))
        inner.until(b"ok")
    stored = stage.call()
    assert (stored.row.host, stored.row.port) == (HOST, stage.secure.port)


def test_an_address_without_a_name_is_tunnelled(stage: Stage, certificates: Certificates) -> None:
    stage.play(keep_alive())
    with stage.tunnel(f"127.0.0.1:{stage.secure.port}") as client:
        inner = client.tls(ssl.create_default_context(cafile=str(certificates.authority)), "127.0.0.1")
        assert issuer(inner.socket) == "b2-inspector local test authority"
    assert stage.calls(0) == []


def test_the_name_of_the_connect_decides_whatever_tls_says(
    stage: Stage, scripted: Start, certificates: Certificates
) -> None:
    """A name of ours inside of a tunnel that another name opened is another's."""
    server = scripted(keep_alive(b"own"), tls=True)
    stage.forget()
    with stage.tunnel(f"localhost:{server.port}") as client:
        inner = client.tls(ssl.create_default_context(cafile=str(certificates.authority)), HOST)
        assert issuer(inner.socket) == "b2-inspector local test authority"
    assert stage.calls(0) == []


def test_host_names_are_compared_as_dns_does(stage: Stage) -> None:
    stage.play(keep_alive())
    host = HOST.upper()
    with stage.connect(host) as client:
        client.send(get(host))
        client.until(b"ok")
    stored = stage.call()
    assert stored.row.host == HOST
    assert stored.exchange.request.headers[0] == (b"Host", host.encode())


def test_a_proxy_url_with_https_works(stage: Stage) -> None:
    """TLS to the proxy itself, then CONNECT inside."""
    stage.play(keep_alive())
    with stage.direct() as client:
        inner = client.tls(stage.trusting(), "localhost")
        inner.send(b"CONNECT " + HOST.encode() + b":443 HTTP/1.1\r\n\r\n")
        assert inner.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_host_globs_and_their_limits(
    tmp_path: Path, shared_home: Path, scripted: Start, certificates: Certificates
) -> None:
    server = scripted(keep_alive(b"own"), tls=True)
    with recording_stage(tmp_path, certificates, home=shared_home, hosts=("local*", "*.example.test")) as stage:
        with stage.connect("localhost", server.port) as client:
            client.send(get("localhost"))
            client.until(b"own")
        assert stage.call().row.host == "localhost"
        with stage.tunnel(f"127.0.0.1:{server.port}") as client:
            inner = client.tls(ssl.create_default_context(cafile=str(certificates.authority)), "127.0.0.1")
            assert issuer(inner.socket) == "b2-inspector local test authority"


def test_all_hosts(tmp_path: Path, shared_home: Path, scripted: Start, certificates: Certificates) -> None:
    """Read are a host by name, an address without a TLS name, and plain HTTP."""
    secure, plain = scripted(keep_alive(b"own"), tls=True), scripted(keep_alive(b"own"))
    with recording_stage(tmp_path, certificates, home=shared_home, all_hosts=True) as stage:
        for host in ("localhost", "127.0.0.1"):
            with stage.connect(host, secure.port) as client:
                client.send(get(host))
                client.until(b"own")
        with stage.direct() as client:
            client.send(b"GET http://localhost:%d/x HTTP/1.1\r\nHost: localhost\r\n\r\n" % plain.port)
            client.until(b"own")
        calls = stage.calls(3)
        assert [call.row.host for call in calls] == ["localhost", "127.0.0.1", "localhost"]
        assert stage.passed("localhost", plain.port, patience=0.1) == 0

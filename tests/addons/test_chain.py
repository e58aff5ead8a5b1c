"""The proxy that the user already needs is gone through; its password is told to nobody else."""

from __future__ import annotations

import os
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.corporate import CorporateProxy
from support.recorded import HOST, Stage, recording_stage
from support.scripted import ScriptedServer, keep_alive

from inspector.capture.proxy import Proxy, ProxyOptions
from inspector.demo.certificates import Certificates
from inspector.errors import CaptureError

pytestmark = pytest.mark.slow

CHAINED = "f000.backblazeb2.com"
PASSWORD = "c0rp#r@te"
HOSTS: dict[str, int] = {}


@pytest.fixture(scope="module")
def company() -> Iterator[CorporateProxy]:
    with CorporateProxy(HOSTS, auth=f"user:{PASSWORD}") as proxy:
        yield proxy


@pytest.fixture(scope="module")
def chained(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, company: CorporateProxy
) -> Iterator[Stage]:
    """A recorder behind a company's proxy: `HOST` is routed past it, `direct.test` named in NO_PROXY."""
    environ = {
        **os.environ,
        "HTTPS_PROXY": f"http://user:c0rp%23r%40te@127.0.0.1:{company.port}",
        "NO_PROXY": "direct.backblazeb2.com,.inside.test",
    }
    with recording_stage(tmp_path_factory.mktemp("chained"), certificates, environ) as stage:
        HOSTS[CHAINED] = stage.secure.port
        yield stage


def ask(stage: Stage, host: str, count: int = 1) -> None:
    with stage.connect(host) as client:
        for number in range(count):
            client.send(b"GET /%d HTTP/1.1\r\nHost: %b\r\n\r\n" % (number, host.encode()))
            client.until(b"ok")


def test_calls_go_through_it_on_one_tunnel(chained: Stage, company: CorporateProxy) -> None:
    chained.play(keep_alive())
    company.seen.clear()
    ask(chained, CHAINED, 20)
    calls = chained.calls(20)
    assert company.asked == [f"CONNECT {CHAINED}:443"]
    assert (calls[0].row.host, calls[0].row.port, calls[0].row.status) == (CHAINED, 443, 200)


def test_the_password_reaches_the_proxy_alone(chained: Stage, company: CorporateProxy) -> None:
    """It stands in no argument, no environment of the recorder's, no call, and not before the server."""
    chained.play(keep_alive())
    company.seen.clear()
    ask(chained, CHAINED)
    ask(chained, HOST)
    with chained.direct() as client:
        client.send(f"GET http://{HOST}/plain HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        client.until(b"ok")
    chained.calls(3)
    credentials = b64encode(f"user:{PASSWORD}".encode())
    assert credentials in company.seen[0].head
    recorder = psutil.Process(chained.proxy.pid)
    for process in (recorder, *recorder.children(recursive=True)):
        told = " ".join([*process.cmdline(), *process.environ().values()])
        assert PASSWORD not in told
        assert "c0rp%23" not in told
    for seen in (*chained.secure.seen, *chained.plain.seen):
        assert b"proxy-auth" not in seen.head.lower()
    for path in chained.recording.parent.rglob("*"):
        if path.is_file():
            assert credentials not in path.read_bytes(), path
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_connect_to_leads_past_it(chained: Stage, company: CorporateProxy) -> None:
    chained.play(keep_alive())
    company.seen.clear()
    ask(chained, HOST, 5)
    calls = chained.calls(5)
    assert company.asked == []
    assert calls[0].exchange.server_address == f"127.0.0.1:{chained.secure.port}"
    assert len({call.exchange.server_connection for call in calls}) == 1


def test_loopback_leads_past_it(chained: Stage, company: CorporateProxy, certificates: Certificates) -> None:
    """As a tunnel and as plain HTTP, on one connection with what does not."""
    company.seen.clear()
    with ScriptedServer(keep_alive(b"own"), certificates) as secure, ScriptedServer(keep_alive(b"own")) as plain:
        with chained.tunnel(f"localhost:{secure.port}") as client:
            inner = client.tls(ssl.create_default_context(cafile=str(certificates.authority)), "localhost")
            inner.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            inner.until(b"own")
        with chained.direct() as client:
            for url, answer in (
                ("http://elsewhere.test/a", b"via proxy"),
                (f"http://localhost:{plain.port}/b?c", b"own"),
                ("http://elsewhere.test/d", b"via proxy"),
            ):
                client.send(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                client.until(answer)
        assert plain.seen[0].head == b"GET /b?c HTTP/1.1\r\nHost: x\r\n\r\n"
    assert company.asked == ["GET http://elsewhere.test/a", "GET http://elsewhere.test/d"]


def test_no_proxy_leads_past_it(chained: Stage, company: CorporateProxy) -> None:
    company.seen.clear()
    chained.forget()
    with chained.direct() as client:
        client.send(b"CONNECT direct.backblazeb2.com:443 HTTP/1.1\r\n\r\n")
        client.everything()
    assert company.asked == []
    assert chained.problem().host == "direct.backblazeb2.com"


def test_other_hosts_are_tunnelled_through_it(
    chained: Stage, company: CorporateProxy, certificates: Certificates
) -> None:
    company.seen.clear()
    with ScriptedServer(keep_alive(b"own"), certificates) as server:
        with chained.tunnel(f"elsewhere.test:{server.port}") as client:
            inner = client.tls(ssl.create_default_context(cafile=str(certificates.authority)), "localhost")
            inner.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            inner.until(b"own")
        assert company.asked == [f"CONNECT elsewhere.test:{server.port}"]
        assert chained.passed("elsewhere.test", server.port) == 1


def test_a_proxy_that_refuses_is_a_failed_call(tmp_path: Path, shared_home: Path, certificates: Certificates) -> None:
    with CorporateProxy({}, refuse=b"403 Forbidden") as company:
        environ = {**os.environ, "https_proxy": f"127.0.0.1:{company.port}"}
        with recording_stage(tmp_path, certificates, environ, shared_home) as stage, stage.connect(CHAINED) as client:
            client.send(f"GET / HTTP/1.1\r\nHost: {CHAINED}\r\n\r\n".encode())
            assert client.everything() == b""
            stored = stage.call()
    assert stored.row.failure == "upstream-unreachable"
    assert "403" in (stored.row.failure_text or "")


def test_a_proxy_that_is_gone_is_a_failed_call_and_a_problem(
    tmp_path: Path, shared_home: Path, certificates: Certificates
) -> None:
    with ScriptedServer(keep_alive()) as gone:
        environ = {**os.environ, "HTTPS_PROXY": f"http://127.0.0.1:{gone.port}"}
    with recording_stage(tmp_path, certificates, environ, shared_home) as stage, stage.connect(CHAINED) as client:
        client.send(f"GET / HTTP/1.1\r\nHost: {CHAINED}\r\n\r\n".encode())
        assert client.everything() == b""
        assert stage.call().row.failure == "upstream-unreachable"
        assert {problem.host for problem in stage.problems()} == {CHAINED}


def test_what_the_user_trusts_is_trusted_upstream(
    tmp_path: Path, shared_home: Path, certificates: Certificates
) -> None:
    """The user's bundle, in place of `--upstream-ca`. (Without either: `upstream-tls`, see the bad days.)"""
    environ = {**os.environ, "AWS_CA_BUNDLE": str(certificates.authority)}
    with recording_stage(tmp_path, certificates, environ, shared_home, upstream_ca=None) as stage:
        ask(stage, HOST)
        assert stage.call().row.status == 200


# A password of our own


WORD = "s3/cr@t ü"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, shared_home: Path, certificates: Certificates) -> Iterator[Stage]:
    """A recorder that demands a password."""
    options = {"home": shared_home, "listen_host": "127.0.0.2", "password": WORD}
    with recording_stage(tmp_path_factory.mktemp("guarded"), certificates, **options) as stage:
        yield stage


def test_the_proxys_own_password(guarded: Stage) -> None:
    """Clients must give it; it stands in the URL that they get, in no argument, and not before the server."""
    guarded.play(keep_alive())
    assert guarded.proxy.url == f"http://b2-inspector:s3%2Fcr%40t%20%C3%BC@127.0.0.2:{guarded.proxy.port}"
    assert not any(WORD in argument for argument in psutil.Process(guarded.proxy.pid).cmdline())
    given = b"Proxy-Authorization: Basic " + b64encode(f"b2-inspector:{WORD}".encode())
    with guarded.tunnel(f"{HOST}:443", given) as client:
        inner = client.tls(guarded.trusting(), HOST)
        inner.send(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        inner.until(b"ok")
    with guarded.direct() as client:
        client.send(f"PUT http://{HOST}/p HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 2\r\n".encode())
        client.send(given + b"\r\n\r\nok")
        client.until(b"ok")
    assert [call.row.status for call in guarded.calls(2)] == [200, 200]
    assert b"Proxy-Auth" not in guarded.plain.seen[0].head


@pytest.mark.parametrize("line", [f"CONNECT {HOST}:443", f"PUT http://{HOST}/p"])
def test_without_the_password_nobody_comes_in(guarded: Stage, line: str) -> None:
    """407, so that clients that wait to be asked can answer; a problem once they go without having done so."""
    guarded.play(keep_alive())
    before = guarded.secure.connections, guarded.plain.connections
    with guarded.direct() as client:
        client.send(f"{line} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 2\r\n\r\nok".encode())
        assert client.until(b"</html>").startswith(b"HTTP/1.1 407")
    assert "password" in guarded.problem().text
    assert guarded.calls(0) == []
    assert (guarded.secure.connections, guarded.plain.connections) == before


def test_a_password_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    options = ProxyOptions(recording=tmp_path / "x.db", session_uid="u", session_kind="run", password="a:b")
    with pytest.raises(CaptureError, match="colon"):
        Proxy(options, tmp_path, {}, print)

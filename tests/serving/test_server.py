"""The replay server: every way in, what is recorded and what is not, broken connections, and nothing dialled."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from support.calls import HOST, Call
from support.playing import ETAG, ask, connect, everything, playing, said

from inspector.serving.server import ReplayServer

GET = b"GET /photos/a%20b.txt HTTP/1.1\r\nHost: "
CALLS = [
    said(b"PUT", b"/photos/up.txt", sent=b"hello", at=0),
    said(b"GET", b"/photos/a%20b.txt", b"hello", at=1),
]

_DIALLED: list[object] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and threading.current_thread().name == "replay-server":
        _DIALLED.append(arguments)


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def nothing_is_dialled() -> Iterator[None]:
    """No test may make the server connect to anywhere."""
    _DIALLED.clear()
    yield
    assert _DIALLED == []


@pytest.fixture
def told() -> list[str]:
    """What the server says to its user."""
    return []


@pytest.fixture
def server(tmp_path: Path, told: list[str]) -> Iterator[ReplayServer]:
    """A server that knows an upload and a download."""
    with playing(tmp_path, CALLS, told) as running:
        yield running


WAYS = {
    "http": (None, None, b"127.0.0.1:8900", GET),
    "https by address": (None, "127.0.0.1", b"127.0.0.1:8900", GET),
    "https by name": (None, "localhost", b"localhost:8900", GET),
    "https by any name": (None, HOST, HOST.encode(), GET),
    "a tunnel": (f"{HOST}:443", HOST, HOST.encode(), GET),
    "a tunnel without TLS": (f"{HOST}:80", None, HOST.encode(), GET),
    "a tunnel to another region": ("s3.eu-central-003.backblazeb2.com:443",)
    + ("s3.eu-central-003.backblazeb2.com",) * 1
    + (b"s3.eu-central-003.backblazeb2.com", GET),
    "the bucket's own host": (
        f"photos.{HOST}:443",
        f"photos.{HOST}",
        b"photos." + HOST.encode(),
        b"GET /a%20b.txt HTTP/1.1\r\nHost: ",
    ),
    "BUCKET.localhost": (None, "photos.localhost", b"photos.localhost:8900", b"GET /a%20b.txt HTTP/1.1\r\nHost: "),
    "absolute form": (
        None,
        None,
        HOST.encode(),
        b"GET http://" + HOST.encode() + b"/photos/a%20b.txt HTTP/1.1\r\nHost: ",
    ),
    "HTTP/1.0": (None, None, HOST.encode(), b"GET /photos/a%20b.txt HTTP/1.0\r\nHost: "),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_leads_to_the_same_answer(server: ReplayServer, way: str) -> None:
    """One port is a proxy and an endpoint, with TLS and without, in each style of addressing."""
    tunnel, name, host, line = WAYS[way]
    answer = ask(connect(server, tunnel, tls=name), line + host)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
    assert answer.endswith(b"\r\n\r\nhello")
    assert b'"d41d8cd98f00b204e9800998ecf8427e"' in answer
    assert b"Sun, 22 Nov 2026" not in answer  # Date is of now
    assert server.tally.misses == 0


@pytest.mark.parametrize("place", ["pypi.org:443", "169.254.169.254:80", "backblazeb2.com.evil.example:443"])
def test_a_host_that_was_not_recorded_is_refused_and_counted(server: ReplayServer, told: list[str], place: str) -> None:
    """Not a byte goes there; the client and the user hear which host it was."""
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert f"no call to {place} was recorded".encode() in answer
    assert told == [f"MISS no call to {place} was recorded, and nothing is sent there"]
    assert server.tally.misses == 1


@pytest.mark.parametrize(
    "line", [b"CONNECT HTTP/1.1", b"CONNECT a:b:c HTTP/1.1", b"CONNECT h:99999 HTTP/1.1", b"CONNECT h:1 HTTP/2"]
)
def test_a_connect_that_names_no_place(server: ReplayServer, line: bytes) -> None:
    """It is told so."""
    assert ask(connect(server), line).startswith(b"HTTP/1.1 400 ")


def test_a_connect_that_comes_byte_by_byte(server: ReplayServer) -> None:
    """And what follows it at once is not lost."""
    request = f"CONNECT {HOST}:80 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        for number in range(len(request)):
            connection.sendall(request[number : number + 1])
        connection.sendall(GET + HOST.encode() + b"\r\nConnection: close\r\n\r\n")
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"hello")


def test_a_miss_is_no_error_that_sdks_try_again(server: ReplayServer, told: list[str]) -> None:
    """400 with S3's XML, what came nearest, and how to record it; told to the user as well."""
    answer = ask(connect(server), b"GET /photos/other.txt HTTP/1.1\r\nHost: " + HOST.encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"<Code>RecordingMiss</Code>" in answer
    assert b"call 2" in answer
    assert b"b2-inspector run" in answer
    assert [line.strip() for line in told[0].splitlines()] == [
        "MISS GetObject photos/other.txt is not in calls.db: it was not recorded so",
        "nearest: call 2, same GetObject, key differs: recorded a b.txt, asked other.txt",
        "Record it: b2-inspector run -- CMD",
    ]
    assert len(told) == 1


def test_a_miss_of_head_is_said_in_a_header(server: ReplayServer) -> None:
    """HEAD has no body."""
    head, _, body = ask(connect(server), b"HEAD /photos/other HTTP/1.1\r\nHost: " + HOST.encode()).partition(
        b"\r\n\r\n"
    )
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"x-b2-inspector-miss: HeadObject photos/other is not in calls.db" in head
    assert body == b""


def test_an_upload_in_chunks_is_known_by_its_payload(server: ReplayServer) -> None:
    """aws-chunked over Transfer-Encoding: chunked, with Expect: the same PUT; another payload is a miss."""
    head = (
        b"PUT /photos/up.txt HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nContent-Encoding: aws-chunked\r\n"
        b"x-amz-decoded-content-length: 5\r\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
        b"x-amz-trailer: x-amz-checksum-crc32\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue"
    )
    for payload, status in ((b"hello", b"200"), (b"other", b"400")):
        framed = b"5\r\n" + payload + b"\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
        answer = ask(connect(server), head, b"%x\r\n%b\r\n0\r\n\r\n" % (len(framed), framed))
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 " + status), answer


def test_an_offer_of_http2_is_passed_over(server: ReplayServer) -> None:
    """curl --http2 and Java's HttpClient offer it on plain http, on uploads too; the body counts all the same."""
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk", "Host": HOST}
    client = HTTPConnection(server.host, server.port, timeout=20)
    asked = [("PUT", "up.txt", b"hello"), ("PUT", "up.txt", b"\r\nUpgrade: x\r\n\r\n"), ("GET", "a%20b.txt", None)]
    said = []
    for method, key, body in asked * 2:
        client.request(method, f"/photos/{key}", body, offer)
        answer = client.getresponse()
        said.append((answer.status, b"asked 16" in answer.read()))
    assert said == [(200, False), (400, True), (200, False)] * 2
    client.close()


def test_targets_are_taken_as_they_are_sent(tmp_path: Path) -> None:
    """Two slashes, dots, a fragment, an empty query: S3 resolves none of it, and the server cuts none of it."""
    targets = [b"/photos//x/../y", b"/photos/#a", b"/photos/q?", b"/photos/%2F%25", b"/photos/a+b"]
    calls = [said(b"GET", target, b"body of %d" % at, at=at) for at, target in enumerate(targets)]
    with playing(tmp_path, calls) as server:
        for at, target in enumerate(targets):
            answer = ask(connect(server), b"GET " + target + b" HTTP/1.1\r\nHost: " + HOST.encode())
            assert answer.endswith(b"body of %d" % at), target


def test_keep_alive_and_pipelining(server: ReplayServer) -> None:
    """Several requests on one connection, sent at once, are answered in order."""
    with connect(server) as connection:
        miss = b"HEAD /photos/none HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n"
        one = GET + HOST.encode() + b"\r\n\r\n"
        connection.sendall(one + miss + one + GET + HOST.encode() + b"\r\nConnection: close\r\n\r\n")
        answer = everything(connection)
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400", b"200", b"200"]


# Trouble on demand


def test_a_reset(tmp_path: Path) -> None:
    """The connection breaks before an answer, as often as the rule says, and then no more."""
    with playing(tmp_path, CALLS, faults=["op:GetObject reset times:1"]) as server:
        with pytest.raises(ConnectionResetError):
            ask(connect(server), GET + HOST.encode())
        with pytest.raises((ConnectionResetError, AssertionError)):
            assert ask(connect(server, tls=HOST), GET + HOST.encode()).startswith(b"never")
        assert ask(connect(server), GET + HOST.encode()).endswith(b"hello")


@pytest.mark.parametrize("secure", [False, True])
def test_an_answer_that_breaks_off(tmp_path: Path, secure: bool) -> None:
    """Its head promises all, and so many bytes come."""
    body = bytes(range(256)) * 8192
    calls = [said(b"GET", b"/photos/a%20b.txt", body)]
    with playing(tmp_path, calls, faults=["op:GetObject truncate:1500000"]) as server:
        connection = connect(server, tls=HOST if secure else None)
        head, _, came = ask(connection, GET + HOST.encode()).partition(b"\r\n\r\n")
    assert b"content-length: 2097152" in head.lower()
    assert came == body[:1_500_000]


def test_faults_by_status_and_late_answers(tmp_path: Path) -> None:
    """A 503 in B2's words for every second call, and a delay for those that are answered."""
    rules = ["op:GetObject status:503 every:2", "op:GetObject latency:300ms"]
    with playing(tmp_path, CALLS, faults=rules) as server:
        began = time.monotonic()
        first, second = (ask(connect(server), GET + HOST.encode()) for _ in range(2))
        assert time.monotonic() - began > 0.3
        assert first.endswith(b"hello")
        assert second.startswith(b"HTTP/1.1 503 ")
        assert b"<Code>" in second


def test_many_wait_at_once(tmp_path: Path) -> None:
    """An answer that is late holds up nobody else."""
    with playing(tmp_path, CALLS, faults=["op:GetObject latency:500ms"]) as server:
        began = time.monotonic()
        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(lambda _: ask(connect(server), GET + HOST.encode()), range(20)))
        assert time.monotonic() - began < 5
        assert all(answer.endswith(b"hello") for answer in answers)


# Bad days


def test_a_client_that_goes_away(server: ReplayServer) -> None:
    """In the middle of its request, its upload, its handshake: the server goes on, and counts no miss."""
    for beginning in (
        b"G",
        b"CONNECT ",
        b"\x16\x03",
        b"PUT /photos/a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhell",
    ):
        with connect(server) as connection:
            connection.sendall(beginning)
    connect(server).close()
    assert ask(connect(server), GET + HOST.encode()).endswith(b"hello")
    assert server.tally.misses == 0


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\x05hello\r\n\r\n"],
)
def test_what_is_no_http(server: ReplayServer, garbage: bytes) -> None:
    """It is refused or the connection closed; the server goes on."""
    with connect(server) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        answer = everything(connection)
    assert answer[:12] in (b"", b"HTTP/1.1 400") or answer[:1] == b"\x15"  # a TLS alert
    assert ask(connect(server), GET + HOST.encode()).endswith(b"hello")


def test_a_recording_that_goes_away(tmp_path: Path, told: list[str]) -> None:
    """A body that cannot be read breaks its own connection, is told, and counts as a miss."""
    large = bytes(range(256)) * 1024
    calls = [said(b"GET", b"/photos/large", large), *CALLS]
    with playing(tmp_path, calls, told) as server:
        import sqlite3

        with sqlite3.connect(tmp_path / "calls.db") as damage:
            damage.execute("UPDATE piece SET codec = 'zstd', data = x'00'")
        with pytest.raises(ConnectionResetError):
            ask(connect(server), b"GET /photos/large HTTP/1.1\r\nHost: " + HOST.encode())
        assert [line[:24] for line in told] == ["FAILED GET /photos/large"]
        assert server.tally.misses == 1
        assert ask(connect(server), b"HEAD /x HTTP/1.1\r\nHost: h").startswith(b"HTTP/1.1 400")


def test_heads_that_cannot_be_sent_as_they_were(tmp_path: Path) -> None:
    """A folded line goes on one line; a control character is left out."""
    answer = ((b"x-amz-meta-folded", b"one\r\n two"), (b"x-amz-meta-bell", b"a\x07b"), ETAG)
    with playing(tmp_path, [said(b"GET", b"/photos/a%20b.txt", b"hello", answer=answer)]) as server:
        head = ask(connect(server), GET + HOST.encode())
    assert b"x-amz-meta-folded: one two\r\n" in head
    assert b"x-amz-meta-bell: ab\r\n" in head


def test_a_client_that_does_not_trust_us(server: ReplayServer) -> None:
    """Its alert is heard, after the handshake too (TLS 1.3), so that a summary can say what to do."""
    import ssl

    context = ssl.create_default_context()
    raw = socket.create_connection((server.host, server.port), timeout=20)
    with pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(raw, server_hostname=HOST)
    until = time.monotonic() + 10
    while not server.tally.distrusting and time.monotonic() < until:
        time.sleep(0.02)
    assert server.tally.distrusting


def test_stopping(tmp_path: Path) -> None:
    """Idle connections are closed, an answer under way comes to its end, and the port is free again."""
    with playing(tmp_path, CALLS, faults=["op:GetObject latency:400ms"]) as server:
        idle = connect(server)
        busy = connect(server)
        busy.sendall(GET + HOST.encode() + b"\r\n\r\n")
        time.sleep(0.15)
        server.stop()
        assert everything(busy).endswith(b"hello")
        assert everything(idle) == b""
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind((server.host, server.port))


def test_eight_threads_of_eighty_uploads(tmp_path: Path) -> None:
    """In whatever order they come, each is answered with its own ETag, and none is lost."""
    calls: list[Call] = []
    for number in range(640):
        answer = ((b"ETag", b'"%032x"' % number),)
        calls.append(said(b"PUT", b"/photos/%d" % number, sent=b"body %d" % number, answer=answer, at=number * 0.01))

    def upload(thread: int) -> int:
        good = 0
        with connect(server) as connection:
            file = connection.makefile("rb")
            for number in range(thread * 80, thread * 80 + 80):
                body = b"body %d" % number
                head = b"PUT /photos/%d HTTP/1.1\r\nHost: h.localhost\r\nContent-Length: %d\r\n\r\n"
                connection.sendall(head.replace(b"h.localhost", HOST.encode()) % (number, len(body)) + body)
                lines = []
                while (line := file.readline()) != b"\r\n":
                    lines.append(line)
                good += lines[0].startswith(b"HTTP/1.1 200") and b'etag: "%032x"\r\n' % number in lines
        return good

    with playing(tmp_path, calls) as server, ThreadPoolExecutor(8) as threads:
        assert list(threads.map(upload, range(8))) == [80] * 8
        assert next(server.tally.summary()) == "replayed 640, missed 0, unused 0 (calls.db)"


def test_a_suite_begins_anew(tmp_path: Path) -> None:
    """Over HTTP it hears what became of its calls, and the first answers come first again."""
    calls = [said(b"GET", b"/photos/a%20b.txt", b"one", at=0), said(b"GET", b"/photos/a%20b.txt", b"two", at=1)]
    with playing(tmp_path, calls) as server:
        for _ in range(2):
            assert ask(connect(server), GET + HOST.encode()).endswith(b"one")
            assert ask(connect(server), GET + HOST.encode()).endswith(b"two")
            ask(connect(server), b"GET /photos/none HTTP/1.1\r\nHost: " + HOST.encode())
            told = json.loads(_body(ask(connect(server), b"POST /_b2-inspector/rewind HTTP/1.1\r\nHost: h")))
            assert told["replayed"] == {"GetObject": 2}
            assert told["missed"] == {"GetObject": 1}
        told = json.loads(_body(ask(connect(server), b"GET /_b2-inspector/summary HTTP/1.1\r\nHost: h")))
        assert told["replayed"] == told["missed"] == {}
        assert told["unused"] == {"GetObject": 2}
        assert ask(connect(server), b"GET /_b2-inspector/x HTTP/1.1\r\nHost: h").startswith(b"HTTP/1.1 404")


def _body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def test_the_summary(server: ReplayServer) -> None:
    """Counts by operation: replayed, missed, unused; hosts that were refused."""
    ask(connect(server), GET + HOST.encode())
    ask(connect(server), b"GET /photos/none HTTP/1.1\r\nHost: " + HOST.encode())
    lines = list(server.tally.summary())
    assert lines[0] == "replayed 1, missed 1, unused 1 (calls.db)"
    assert [line.split() for line in lines[1:]] == [
        ["replayed", "missed", "unused"],
        ["GetObject", "1", "1"],
        ["PutObject", "0", "1"],
    ]

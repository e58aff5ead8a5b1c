"""An endpoint on bad days: upstreams that break, uploads that are not what was signed, and secrets that stay secret."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from conftest import KEYS
from support.endpoint import Endpoint, endpoint
from support.recorded import Client
from support.scripted import (
    Peer,
    Script,
    ScriptedServer,
    close_without_answer,
    keep_alive,
    refuse_early,
    reset_after_head,
    reset_after_request,
    truncated,
)

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.diagnose.examine import examine
from inspector.endpoint.chunk_stream import LARGEST_CHUNK
from inspector.recorder.intake import PIECE_SIZE
from inspector.s3.chunked import Chunk, Decoder
from inspector.s3.framing import Encoder, framed_size
from inspector.s3.resigned import with_signatures
from inspector.sigv4 import steps
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, chunk_signer, sign_header
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.store.reader import Recording
from inspector.view.call import call_of
from inspector.wire.exchange import EMPTY_DIGESTS, Request
from inspector.wire.headers import get

pytestmark = pytest.mark.slow

CLIENT = Key("test", b"dummy/secret+that-opens-nothing")
REAL = Key(KEYS[0], KEYS[1].encode())
EMPTY = EMPTY_DIGESTS.sha256.encode()
SIGNED_CHUNKS = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


class Scene:
    """An endpoint before a scripted server that plays whatever is asked for."""

    def __init__(self, running: Endpoint, server: ScriptedServer, scripts: list[Script]) -> None:
        self.running, self.server, self.scripts = running, server, scripts
        self.seen_call = 0

    def play(self, script: Script) -> None:
        self.scripts[:] = [script]
        self.server.seen.clear()
        time.sleep(0.2)
        with Recording(self.running.recording) as opened:
            self.seen_call = opened.last_id()

    def connect(self) -> Client:
        return Client(socket.create_connection(("127.0.0.1", self.running.proxy.port), timeout=20))

    def ask(self, request: Request, body: bytes = b"") -> bytes:
        """Send a request on a connection of its own; everything that comes until that ends."""
        with self.connect() as client:
            client.send(bytes_of(request) + body)
            return client.everything()

    def calls(self, count: int = 1) -> list[int]:
        return [call.row.id for call in self.running.calls(count, self.seen_call)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, shared_home: Path) -> Iterator[Scene]:
    """One endpoint for all these tests."""
    scripts: list[Script] = [keep_alive()]
    room = tmp_path_factory.mktemp("endpoint")
    pair = (CLIENT.key_id, CLIENT.secret.decode())
    with (
        ScriptedServer(lambda peer: scripts[0](peer)) as server,
        endpoint(room, shared_home, server.url, KEYS, [pair], keep_body="64k") as running,
    ):
        yield Scene(running, server, scripts)


def bytes_of(request: Request) -> bytes:
    lines = b"".join(b"%b: %b\r\n" % line for line in request.headers)
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method, request.target, lines)


def signed(
    method: bytes = b"GET", target: bytes = b"/photos/a", *lines: tuple[bytes, bytes], payload: bytes = EMPTY
) -> Request:
    """A request of the client, as it should be."""
    headers = ((b"Host", b"127.0.0.1:8900"), (b"Connection", b"close"), *lines)
    bare = Request(method, "http", "127.0.0.1", 8900, target, headers)
    return sign_header(bare, CLIENT, Stamp(amz_date(time.time()), b"us-west-004"), payload)


def upload(payload: bytes, chunk_size: int, trailers: bool = False) -> tuple[Request, bytes]:
    """An upload in signed chunks: head and body."""
    lengths = [(b"x-amz-checksum-crc32", 8), (b"x-amz-trailer-signature", 64)] if trailers else []
    size = framed_size(len(payload), signed=True, trailers=lengths, chunk_size=chunk_size)
    lines = [
        (b"Content-Encoding", b"aws-chunked"),
        (b"Content-Length", b"%d" % size),
        (b"x-amz-decoded-content-length", b"%d" % len(payload)),
    ]
    head = signed(b"PUT", b"/photos/a", *lines, payload=SIGNED_CHUNKS + (b"-TRAILER" if trailers else b""))
    signer = chunk_signer(head, CLIENT)
    encoder = Encoder(lambda data: signer.chunk(steps.sha256_hex(data)), chunk_size)
    checksum = [(b"x-amz-checksum-crc32", b"AAAAAA==")]

    def tail() -> list[tuple[bytes, bytes]]:
        return [*checksum, (b"x-amz-trailer-signature", signer.trailer(checksum))] if trailers else []

    return head, b"".join((*encoder.feed(payload), *encoder.finish(tail)))


def head_of(raw: bytes) -> Request:
    """A head as the upstream saw it."""
    first, *lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, target, _ = first.split(b" ")
    headers = tuple((name, value) for name, _, value in (line.partition(b": ") for line in lines))
    return Request(method, "http", "127.0.0.1", 80, target, headers)


BROKEN: list[tuple[Script, str]] = [
    (reset_after_request, "upstream-reset"),
    (reset_after_head, "upstream-reset"),
    (close_without_answer, "upstream-reset"),
    (truncated(100, 10), "truncated"),
]


@pytest.mark.parametrize(("script", "kind"), BROKEN, ids=["reset", "reset at the head", "closed", "truncated"])
def test_an_upstream_that_breaks(scene: Scene, script: Script, kind: str) -> None:
    """The client sees a connection that ends, never a page of the proxy; both requests are kept."""
    scene.play(script)
    lines = ((b"Content-Length", b"300000"),)
    answer = scene.ask(signed(b"PUT", b"/photos/a", *lines, payload=b"UNSIGNED-PAYLOAD"), b"x" * 300_000)
    assert b"502" not in answer
    assert answer.partition(b"\r\n\r\n")[2] in (b"", b"x" * 10)
    (number,) = scene.calls()
    with Recording(scene.running.recording) as opened:
        call = opened.exchange(number)
        assert call is not None
        assert call.row.failure == kind
        assert opened.forwarded(number) is not None


def test_an_upstream_that_is_not_there(tmp_path: Path, shared_home: Path) -> None:
    """A closed connection, and a call that says why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    pair = (CLIENT.key_id, CLIENT.secret.decode())
    with endpoint(tmp_path, shared_home, f"http://127.0.0.1:{port}", KEYS, [pair]) as running:
        assert Scene(running, None, []).ask(signed()) == b""  # type: ignore[arg-type]
        (call,) = running.calls(1)
        assert call.row.failure == "upstream-unreachable"


def test_an_upstream_whose_certificate_is_wrong(tmp_path: Path, shared_home: Path, certificates: Certificates) -> None:
    """Nothing is sent to it; the problem names the option."""
    pair = (CLIENT.key_id, CLIENT.secret.decode())
    with ScriptedServer(keep_alive(), certificates) as server:
        with endpoint(tmp_path, shared_home, server.url, KEYS, [pair]) as running:
            assert Scene(running, server, []).ask(signed()) == b""
            (call,) = running.calls(1)
            assert call.row.failure == "upstream-tls"
            with Recording(running.recording) as opened:
                assert "--upstream-ca" in next(iter(opened.problems())).problem.text
        assert server.seen == []


def test_retries_after_503(scene: Scene) -> None:
    """Each attempt is a call of its own, signed anew each time."""

    def script(peer: Peer) -> None:
        for status in (b"503 ", b"200 "):
            peer.request()
            peer.answer(b"", status)

    scene.play(script)
    with scene.connect() as client:
        for status in (b"503", b"200"):
            lines = ((b"amz-sdk-request", b"attempt=1"),)
            head = signed(b"GET", b"/photos/a", *lines)
            client.send(bytes_of(head).replace(b"Connection: close\r\n", b""))
            assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)
    first, second = scene.calls(2)
    assert scene.running.forwarded(first) is not None
    assert scene.running.forwarded(second) is not None
    assert scene.server.connections >= 1


def test_redirects_are_the_clients(scene: Scene) -> None:
    """The answer comes back as it is; the signature goes nowhere else."""
    with ScriptedServer(keep_alive()) as elsewhere:
        location = b"Location: " + elsewhere.url.encode() + b"/photos/a"

        def script(peer: Peer) -> None:
            peer.request()
            peer.answer(b"", b"307 Temporary Redirect", location)

        scene.play(script)
        assert location in scene.ask(signed())
        assert elsewhere.connections == 0


def test_expect_is_answered_here(scene: Scene) -> None:
    """The client may send its body, and the upstream is not asked whether it wants it."""
    scene.play(keep_alive())
    lines = ((b"Expect", b"100-continue"), (b"Content-Length", b"5"))
    with scene.connect() as client:
        client.send(bytes_of(signed(b"PUT", b"/photos/a", *lines, payload=b"UNSIGNED-PAYLOAD")))
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        client.send(b"hello")
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert b"xpect" not in scene.server.seen[0].head
    assert scene.server.seen[0].body == b"hello"
    forwarded = scene.running.forwarded(scene.calls()[0])
    assert forwarded is not None
    assert get(forwarded.request.headers, b"expect") is None


def test_head_keeps_its_length(scene: Scene) -> None:
    """An answer without a body says how long it would be; so does a refusal."""

    def script(peer: Peer) -> None:
        while peer.request() is not None:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n")

    scene.play(script)
    assert b"Content-Length: 12345" in scene.ask(signed(b"HEAD"))
    refused = scene.ask(signed(b"HEAD", b"/photos/a").__class__(b"HEAD", "http", "", 0, b"/b", signed().headers))
    assert refused.startswith(b"HTTP/1.1 403 ")
    assert b"Content-Length: 163" in refused
    assert refused.endswith(b"\r\n\r\n")


def test_an_early_answer(scene: Scene) -> None:
    """An upstream that refuses at once is heard."""
    scene.play(refuse_early)
    lines = ((b"Content-Length", b"20"),)
    assert b"AccessDenied" in scene.ask(signed(b"PUT", b"/photos/a", *lines, payload=b"UNSIGNED-PAYLOAD"), b"x" * 20)


def test_one_connection_for_many_calls(scene: Scene) -> None:
    """Also when some of them are refused in between."""
    scene.play(keep_alive())
    before = scene.server.connections
    with scene.connect() as client:
        for number in range(12):
            head = bytes_of(signed(b"GET", b"/photos/%d" % number)).replace(b"Connection: close\r\n", b"")
            client.send(head.replace(b"/photos/", b"/other/") if number % 3 == 2 else head)
            answer = client.until(b"ok" if number % 3 != 2 else b"</Error>\n")
            assert answer.startswith(b"HTTP/1.1 403" if number % 3 == 2 else b"HTTP/1.1 200")
    assert scene.server.connections == before + 1
    assert len(scene.server.seen) == 8
    scene.calls(12)


# Signed chunks


@pytest.mark.parametrize("trailers", [False, True])
@pytest.mark.parametrize(("size", "chunk_size"), [(0, 8192), (5, 8192), (300_000, 65536), (9_000_000, 8 << 20)])
def test_chunks_are_signed_again(scene: Scene, size: int, chunk_size: int, trailers: bool) -> None:
    """Head and every chunk hold with the real key; the length is as it was; both bodies are kept."""
    scene.play(keep_alive())
    payload = os.urandom(size)
    head, body = upload(payload, chunk_size, trailers)
    assert scene.ask(head, body).startswith(b"HTTP/1.1 200")
    (seen,) = scene.server.seen
    there = head_of(seen.head)
    assert verify(signed_request(there), REAL).verdict == "verified"
    assert len(seen.body) == len(body)
    signer = chunk_signer(there, REAL)
    data = b""
    chunks = []
    for event in Decoder().feed(seen.body):
        if isinstance(event, memoryview):
            data += event
        elif isinstance(event, Chunk):
            chunks.append(
                (event.signature or "").encode() == signer.chunk(steps.sha256_hex(data[-event.size or len(data) :]))
            )
    assert data == payload
    assert all(chunks)
    (number,) = scene.calls()
    with Recording(scene.running.recording) as opened:
        call, forwarded = opened.exchange(number), opened.forwarded(number)
        assert call is not None
        assert forwarded is not None
        assert opened.body(call.request_body).read() == body[:65536]
        assert forwarded.signatures is not None
        kept = b"".join(with_signatures(opened.body(call.request_body), forwarded.signatures))
        assert seen.body.startswith(kept)
        assert len(kept) in (len(body), 65536)
        assert call.row.payload == "chunk-signed"


def test_a_strict_server_takes_them(tmp_path: Path, shared_home: Path, certificates: Certificates) -> None:
    """rclone's server, which nobody here wrote, reads the payload out of it."""
    (tmp_path / "buckets" / "photos").mkdir(parents=True)
    pair = (CLIENT.key_id, CLIENT.secret.decode())
    with (
        RcloneServer(tmp_path / "buckets", KEYS) as server,
        endpoint(tmp_path, shared_home, server.url, KEYS, [pair]) as running,
    ):
        head, body = upload(b"p" * 200_000, 65536)
        answer = Scene(running, None, []).ask(head, body)  # type: ignore[arg-type]
        assert answer.startswith(b"HTTP/1.1 200"), answer
    assert (tmp_path / "buckets" / "photos" / "a").read_bytes() == b"p" * 200_000


def spoilt_chunk(body: bytes) -> bytes:
    """A byte of the third chunk is another."""
    return body[:150_000] + bytes([body[150_000] ^ 1]) + body[150_001:]


def too_large(body: bytes) -> bytes:
    """The first chunk says that it is larger than what is held."""
    return b"%x" % (LARGEST_CHUNK + 1) + body[body.index(b";") :]


SPOILT: list[tuple[Callable[[bytes], bytes], str]] = [
    (spoilt_chunk, "the signature of chunk 3 (65536 bytes from byte 131072 on) does not match"),
    (too_large, "chunk 1 has 16777217 bytes; an endpoint holds each signed chunk whole"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT)
def test_a_chunk_that_does_not_hold_ends_both_connections(
    scene: Scene, spoil: Callable[[bytes], bytes], words: str
) -> None:
    """Nothing of it goes on, no answer is made up, and the call says which chunk it was."""
    taken, ended = bytearray(), threading.Event()

    def script(peer: Peer) -> None:
        peer.head()
        taken.extend(peer.take(10**9))
        ended.set()

    scene.play(script)
    head, body = upload(b"p" * 400_000, 65536)
    assert scene.ask(head, spoil(body)) == b""
    assert ended.wait(10)
    assert len(taken) <= 2 * (65536 + 100)
    (number,) = scene.calls()
    with Recording(scene.running.recording) as opened:
        call = opened.exchange(number)
        assert call is not None
        assert call.row.failure == "request-rejected"
        assert (call.row.failure_text or "").startswith(words)
        if spoil is spoilt_chunk:
            for keys in ([], [CLIENT]):
                found = examine(call_of(opened, call), keys).findings[0]
                assert found.cause.startswith("chunk-"), found
                assert found.certainty >= 3, found


def test_a_client_that_leaves(scene: Scene) -> None:
    """In the middle of a signed upload: the upstream gets no end, and the call is kept as far as it came."""
    scene.play(reset_after_request)
    head, body = upload(b"p" * 400_000, 65536)
    with scene.connect() as client:
        client.send(bytes_of(head) + body[:200_000])
    (number,) = scene.calls()
    with Recording(scene.running.recording) as opened:
        call = opened.exchange(number)
        assert call is not None
        assert call.row.failure == "client-disconnected"


# Secrets


def test_no_secret_anywhere(scene: Scene, shared_home: Path) -> None:
    """Neither the real one nor the client's: in no file, no argument, no environment."""
    scene.play(keep_alive())
    scene.ask(signed())
    scene.ask(Request(b"GET", "http", "", 0, b"/other", signed().headers))
    head, body = upload(b"p" * (2 * PIECE_SIZE), 65536)
    scene.ask(head, body)
    scene.calls(3)
    forms = [form for secret in (REAL.secret, CLIENT.secret) for form in (secret, base64.b64encode(secret)[:-4])]
    proxy = psutil.Process(scene.running.proxy.pid)
    for process in [proxy, *proxy.children(recursive=True)]:
        said = (" ".join(process.cmdline()) + json.dumps(process.environ())).encode()
        assert not any(form in said for form in forms)
    rooms = (scene.running.recording.parent, shared_home)
    files = [path for room in rooms for path in room.rglob("*") if path.is_file()]
    assert any(path.name == "calls.db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(form in content for form in forms), path
    assert not any(form in word.encode() for word in scene.running.said for form in forms)

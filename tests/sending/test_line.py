"""What is written goes out byte for byte; what a server does on a bad day is told in plain words."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable

import pytest
from conftest import B2_HOST
from support.scripted import (
    Peer,
    Script,
    ScriptedServer,
    close_without_answer,
    continue_100,
    early_hints,
    garbage,
    keep_alive,
    refuse_early,
    reset_after_head,
    truncated,
    truncated_chunks,
)

from inspector.demo.certificates import Certificates
from inspector.sending.address import Address, Proxy, SendError
from inspector.sending.line import LARGEST_HEAD, Line, Listener, head_of
from inspector.sending.lines import Lines
from inspector.sending.once import Answer, send
from inspector.wire.exchange import Request, Response

pytestmark = pytest.mark.slow

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
Start = Callable[..., ScriptedServer]


class Heard(Listener):
    """All that a call says, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.sent = b""
        self.body = b""
        self.response: Response | None = None

    def request_data(self, data: bytes) -> None:
        self.sent += data

    def request_end(self, at: float) -> None:
        self.told.append("sent")

    def interim(self, status: int) -> None:
        self.told.append(str(status))

    def response_head(self, at: float, response: Response) -> None:
        self.response = response
        self.told.append(str(response.status))

    def response_data(self, data: bytes) -> None:
        self.body += data

    def response_end(self, at: float) -> None:
        self.told.append("answered")


def clear(server: ScriptedServer) -> Address:
    return Address("127.0.0.1", server.port, None)


def ask(server: ScriptedServer, head: bytes = GET, body: bytes = b"", **options: float) -> Answer:
    return asyncio.run(send(clear(server), head, body, **options))


def put(server: ScriptedServer, body: Iterable[bytes], size: int, *lines: bytes) -> Heard:
    """A PUT on a line of its own, and what was heard of it."""
    heard = Heard()

    async def run() -> None:
        line = await Line.open(clear(server))
        head = b"".join(one + b"\r\n" for one in (b"PUT /a HTTP/1.1", b"Content-Length: %d" % size, *lines))
        try:
            await line.send(head + b"\r\n", body, heard, 5.0)
        finally:
            await line.close()

    asyncio.run(run())
    return heard


def test_a_head_goes_out_byte_for_byte(scripted: Start) -> None:
    """Order, case, repeats, a target that is no URL, a folded line, a value that no library would send."""
    lines = (
        (b"x-b", b"1"),
        (b"HOST", b"h"),
        (b"x-B", b"2"),
        (b"X-Fold", b"a\r\n b"),
        (b"x-raw", b"\xff\x01"),
        (b"e", b""),
    )
    request = Request(b"GET", "http", "h", 80, b"/a b/../%2f//\xc3\xa9?x&x=%zz", lines)
    with scripted(keep_alive()) as server:
        answer = ask(server, head_of(request))
        assert server.seen[0].head == (
            b"GET /a b/../%2f//\xc3\xa9?x&x=%zz HTTP/1.1\r\n"
            b"x-b: 1\r\nHOST: h\r\nx-B: 2\r\nX-Fold: a\r\n b\r\nx-raw: \xff\x01\r\ne: \r\n\r\n"
        )
    assert (answer.response.status, answer.body) == (200, b"ok")


def test_header_lines_of_an_answer_keep_order_case_and_repeats(scripted: Start) -> None:
    """They are stored as they came."""
    answer = ask(scripted(keep_alive(b"", b'ETag: "1"', b"x-A: 1", b"X-a: 2")))
    assert answer.response.headers == ((b"Content-Length", b"0"), (b"ETag", b'"1"'), (b"x-A", b"1"), (b"X-a", b"2"))


BAD_DAYS: list[tuple[str, Script, str, str]] = [
    ("closed", close_without_answer, "upstream-reset", "closed without an answer"),
    ("cut", truncated(100, 10), "truncated", "breaks off"),
    ("cut chunks", truncated_chunks, "truncated", "breaks off"),
    ("no HTTP", garbage, "bad-response", "no HTTP/1 answer"),
]


@pytest.mark.parametrize(("name", "script", "kind", "words"), BAD_DAYS, ids=[row[0] for row in BAD_DAYS])
def test_bad_days_have_words(scripted: Start, name: str, script: Script, kind: str, words: str) -> None:
    """A kind out of the vocabulary of failures, and what happened."""
    with pytest.raises(SendError, match=words) as caught:
        ask(scripted(script))
    assert caught.value.failure.kind == kind


def test_a_head_of_a_million_bytes_is_refused(scripted: Start) -> None:
    """No answer needs so much, and nobody waits for its end."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(SendError, match=f"longer than {LARGEST_HEAD} bytes"):
        ask(scripted(script))


def test_a_head_of_a_million_bytes_is_sent(scripted: Start) -> None:
    """What a server makes of it is the question that is asked."""
    server = scripted(keep_alive())
    assert ask(server, b"GET /a HTTP/1.1\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n").response.status == 200
    assert len(server.seen[0].head) > 1_000_000


def test_nothing_listens() -> None:
    """Said with host and port."""
    with ScriptedServer(keep_alive()) as server:
        port = server.port
    with pytest.raises(SendError, match=f"cannot connect to 127.0.0.1:{port}"):
        asyncio.run(send(Address("127.0.0.1", port, None), GET))


def test_an_answer_before_the_body_is_sent_ends_the_sending(scripted: Start) -> None:
    """A 403 after the head: the body stays here, and the answer is the answer."""
    sent: list[int] = []

    def body() -> Iterable[bytes]:
        for number in range(200):
            sent.append(number)
            yield bytes(1024 * 1024)

    def script(peer: Peer) -> None:
        peer.head()
        peer.answer(b"no", b"403 Forbidden")
        while peer.take(1):  # a server that closes at once may take its own answer away by a reset
            pass

    heard = put(scripted(script), body(), 200 * 1024 * 1024)
    assert heard.told == ["403", "answered"]
    assert heard.body == b"no"
    assert len(sent) < 200


def test_a_server_that_dies_in_the_middle_of_a_body(scripted: Start) -> None:
    """It is said how far the body was."""

    def script(peer: Peer) -> None:
        peer.head()
        peer.take(2_000_000)
        peer.reset()

    with pytest.raises(SendError, match=r"after \d{6,} bytes of the body were sent") as caught:
        put(scripted(script), (bytes(1_000_000) for _ in range(50)), 50_000_000)
    assert caught.value.failure.kind == "upstream-reset"


def test_a_body_waits_for_the_word_to_go_on(scripted: Start) -> None:
    """`Expect: 100-continue`: after the 100, or never where the answer is a refusal."""
    heard = put(scripted(continue_100), (b"12345",), 5, b"Expect: 100-continue")
    assert heard.told == ["100", "sent", "200", "answered"]
    refused = put(scripted(refuse_early), (b"12345",), 5, b"Expect: 100-continue")
    assert (refused.told, refused.sent) == (["403", "answered"], b"")


def test_interim_answers_are_told(scripted: Start) -> None:
    """An unsolicited 103 is no answer."""
    assert ask(scripted(early_hints)).interim == (103,)


def test_silence_ends(scripted: Start) -> None:
    """After as many seconds as were asked for."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.take(1)

    with pytest.raises(SendError, match=r"no answer within 0\.3 s"):
        ask(scripted(script), timeout=0.3)


def test_a_body_that_cannot_be_read_is_no_fault_of_the_server(scripted: Start) -> None:
    """The reader's own error comes through; half a body is not completed by silence."""

    def body() -> Iterable[bytes]:
        yield b"1"
        raise ValueError("the disk is gone")

    with pytest.raises(ValueError, match="the disk is gone"):
        put(scripted(keep_alive()), body(), 5)


# Lines that are kept


def calls(server: ScriptedServer, heads: Iterable[bytes], pause: float = 0.0) -> list[Heard]:
    """Several calls over kept lines."""

    async def run() -> list[Heard]:
        found = []
        async with Lines() as lines:
            for head in heads:
                heard = Heard()
                await lines.send(clear(server), head, None, lambda line, h=heard: h)  # type: ignore[misc]
                found.append(heard)
                await asyncio.sleep(pause)
        return found

    return asyncio.run(run())


def test_a_connection_is_kept_from_call_to_call(scripted: Start) -> None:
    """One connection, until one side wants it closed."""
    server = scripted(keep_alive())
    assert len(calls(server, [GET] * 5)) == 5
    assert server.connections == 1
    calls(server, [GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")] * 2)
    assert server.connections == 3


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_a_connection_that_was_closed_while_idle_is_opened_anew(scripted: Start, pause: float) -> None:
    """Whether the news came before the request or crosses it."""

    def script(peer: Peer) -> None:
        if peer.request() is not None:
            peer.answer(b"ok")

    server = scripted(script)
    assert [heard.body for heard in calls(server, [GET] * 3, pause)] == [b"ok"] * 3


def test_what_may_have_arrived_is_not_sent_twice(scripted: Start) -> None:
    """A POST over a kept line that breaks after it was read: an error, not a second POST."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.answer(b"ok")
        reset_after_head(peer)

    server = scripted(script)
    post = b"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(SendError):
        calls(server, [GET, post])
    assert sum(seen.head.startswith(b"POST") for seen in server.seen) == 1


# TLS


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.authority))


def test_tls_goes_by_the_name_that_is_meant(scripted: Start, certificates: Certificates) -> None:
    """`to` leads to loopback, the certificate is checked for the name; TCP and TLS are timed."""
    server = scripted(keep_alive(), tls=True)

    async def run() -> Line:
        line = await Line.open(Address(B2_HOST, 443, trusting(certificates), ("127.0.0.1", server.port)))
        await line.send(GET, None, Listener())
        await line.close()
        return line

    link = asyncio.run(run()).link
    assert link.address == f"127.0.0.1:{server.port}"
    assert link.tcp_ms is not None
    assert link.tls_ms is not None


@pytest.mark.parametrize(
    ("host", "trusted", "words"), [("example.com", True, "not valid for"), (B2_HOST, False, "self|issuer")]
)
def test_a_wrong_certificate_is_refused(
    scripted: Start, certificates: Certificates, host: str, trusted: bool, words: str
) -> None:
    """Another name, or an authority that nobody trusts: no byte of the request goes out."""
    server = scripted(keep_alive(), tls=True)
    context = trusting(certificates) if trusted else ssl.create_default_context()
    with pytest.raises(SendError, match=f"the certificate of {host} is refused: .*({words})") as caught:
        asyncio.run(send(Address(host, 443, context, ("127.0.0.1", server.port)), GET))
    assert caught.value.failure.kind == "upstream-tls"
    assert server.seen == []


def test_plain_http_where_tls_was_meant(scripted: Start, certificates: Certificates) -> None:
    """A port mix-up has a word of its own kind."""
    server = scripted(garbage)
    with pytest.raises(SendError) as caught:
        asyncio.run(send(Address("127.0.0.1", server.port, trusting(certificates)), GET))
    assert caught.value.failure.kind == "upstream-tls"


def test_the_way_through_a_proxy(scripted: Start, certificates: Certificates) -> None:
    """CONNECT with the user's password, TLS with the server behind it; a refusal is told with its status."""
    behind = scripted(keep_alive(b"behind"), tls=True)

    def script(peer: Peer) -> None:
        import socket
        import threading

        seen = peer.head()
        if seen is None or b"Proxy-Authorization: Basic dTpw" not in seen.head:
            peer.answer(b"", b"407 Proxy Authentication Required")
            return
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", behind.port)) as onward:
            back = threading.Thread(target=_pump, args=(onward, peer.socket), daemon=True)
            back.start()
            _pump(peer.socket, onward)

    proxy = scripted(script)
    for auth, expected in (("u:p", b"behind"), (None, b"")):
        way = Address(B2_HOST, 443, trusting(certificates), proxy=Proxy("127.0.0.1", proxy.port, auth))
        if expected:
            assert asyncio.run(send(way, GET)).body == expected
        else:
            with pytest.raises(SendError, match="says 407 to CONNECT"):
                asyncio.run(send(way, GET))


def _pump(source: object, target: object) -> None:
    try:
        while data := source.recv(65536):  # type: ignore[attr-defined]
            target.sendall(data)  # type: ignore[attr-defined]
    except OSError:
        pass

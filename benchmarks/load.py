"""A server and a load generator for the benchmarks: small, in asyncio, cheap beside the proxy that is measured.

Both speak just enough HTTP/1.1: fixed heads, bodies with Content-Length, keep-alive.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass, field


class Server(asyncio.Protocol):
    """Answers GET with `answer` bytes and PUT with nothing, whatever the path."""

    answer = b"x" * 100

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.left = 0
        self.reply = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.left > 0:
            self.left -= len(data)
        else:
            self.buffer += data
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head, rest = bytes(self.buffer[:end]), len(self.buffer) - end - 4
            self.buffer.clear()
            self.left = content_length(head) - rest
            body = self.answer if head.startswith(b"GET") else b""
            self.reply = b'HTTP/1.1 200 \r\nETag: "0"\r\nContent-Length: %d\r\n\r\n' % len(body) + body
        if self.left <= 0:
            self.left = 0
            self.transport.write(self.reply)


def content_length(head: bytes) -> int:
    """The Content-Length of a head; 0 where it names none."""
    at = head.lower().find(b"content-length:")
    return 0 if at < 0 else int(head[at + 15 :].split(b"\r\n", 1)[0])


@dataclass
class Target:
    """Where the load goes: through a proxy (None: directly) to a TLS server, whose certificate nobody checks."""

    port: int
    proxy_port: int | None = None


@dataclass
class Tally:
    """Latencies in seconds, one a request, how long all took, and the processor time that the proxy spent."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests stays under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


AUTHORIZATION = (
    b"Authorization: AWS4-HMAC-SHA256 Credential=004aaaaaaaaaaaa0000000001/20261122/us-west-004/s3/aws4_request, "
    b"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" + b"0" * 64 + b"\r\n"
)
HEAD = (
    b"Host: s3.us-west-004.backblazeb2.com\r\nAccept-Encoding: identity\r\n"
    b"User-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11.7 Botocore/1.44.5\r\n"
    b"X-Amz-Date: 20261122T120000Z\r\nX-Amz-Content-SHA256: UNSIGNED-PAYLOAD\r\n"
    b"amz-sdk-invocation-id: 6f0d2b3c-7b5e-4c1c-9a39-0c9ad4d7ab11\r\namz-sdk-request: attempt=1; max=5\r\n"
) + AUTHORIZATION


def request(number: int) -> bytes:
    """A small GET or PUT, in turns, such as boto3 sends."""
    if number % 2:
        return b"GET /photos/2026/%06d.jpg HTTP/1.1\r\n" % number + HEAD + b"\r\n"
    body = b"%06d" % number * 20
    return b"PUT /photos/2026/%06d.jpg HTTP/1.1\r\n" % number + HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def connect(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TLS connection to the target."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", target.proxy_port or target.port)
    if target.proxy_port is not None:
        place = b"127.0.0.1:%d" % target.port
        writer.write(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (place, place))
        await reader.readuntil(b"\r\n\r\n")
    name = "localhost" if target.proxy_port is None else "127.0.0.1"
    await writer.start_tls(context, server_hostname=name)
    return reader, writer


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes) -> float:
    """Send a request and read its answer; how long that took."""
    start = time.perf_counter()
    writer.write(message)
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head[:20], head
    await reader.readexactly(content_length(head))
    return time.perf_counter() - start


async def flood(target: Target, requests: int, connections: int) -> Tally:
    """As many requests as fit, over some connections."""
    tally = Tally()

    async def one(first: int) -> None:
        reader, writer = await connect(target)
        await exchange(reader, writer, request(first))
        for number in range(first, first + requests // connections):
            tally.latencies.append(await exchange(reader, writer, request(number)))
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one(index * 100_000) for index in range(connections)))
    tally.seconds = time.perf_counter() - start
    return tally


async def drip(target: Target, rate: float, seconds: float, connections: int = 8) -> Tally:
    """Requests at a fixed rate; a latency counts from when the request was due."""
    tally, pool = Tally(), [await connect(target) for _ in range(connections)]
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for connection in pool:
        await exchange(*connection, request(0))
        free.put_nowait(connection)

    async def one(number: int, due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await free.get()
        await exchange(*connection, request(number))
        tally.latencies.append(time.perf_counter() - due)
        free.put_nowait(connection)

    start = time.perf_counter()
    await asyncio.gather(*(one(number, start + number / rate) for number in range(int(rate * seconds))))
    tally.seconds = time.perf_counter() - start
    for _, writer in pool:
        writer.close()
    return tally

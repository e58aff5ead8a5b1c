"""What an endpoint costs, beside a bare mitmdump in reverse mode that streams: `python benchmarks/endpoint.py`.

    small      8 connections, small signed GETs and PUTs, as fast as they go: a ratio of rates
    stream     a gibibyte up, unsigned payload; then in signed chunks of 1 MiB: ratios of rates, and the resident set

The endpoint verifies each call, signs it again and records it twice; the bare proxy passes it on. Both listen for plain
HTTP and speak TLS to the same upstream. Rounds alternate; the figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from load import Tally, content_length, exchange
from proxies import Running, bare, free_port, wait_for
from record import certificate
from record import serve as serve_small
from stream import Memory
from stream import serve as serve_stream

from inspector.capture.proxy import EndpointOptions, Proxy, ProxyOptions
from inspector.s3.framing import Encoder, framed_size
from inspector.sigv4 import steps
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, chunk_signer, sign_header
from inspector.wire.exchange import Request
from inspector.wire.uid import uuid7

CLIENT = Key("test", b"dummy")
REAL = ("0041234567890ab0000000001", "K004abc/def+ghiJKLmnoPQRstuVWXyz")
PIECE = 1 << 20
LINES = (
    (b"Host", b"127.0.0.1:8900"),
    (b"Accept-Encoding", b"identity"),
    (b"User-Agent", b"Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11.7 Botocore/1.44.5"),
    (b"amz-sdk-invocation-id", b"6f0d2b3c-7b5e-4c1c-9a39-0c9ad4d7ab11"),
    (b"amz-sdk-request", b"attempt=1; max=5"),
)
Start = Callable[[], AbstractContextManager[Running]]


@contextlib.contextmanager
def endpoint(room: Path, upstream: int) -> Iterator[Running]:
    """The recorder in endpoint mode, as `record` starts it."""
    options = ProxyOptions(
        recording=room / f"{time.time_ns()}.db",
        session_uid=uuid7(time.time(), os.urandom(10)),
        session_kind="record",
        insecure_upstream=True,
        endpoint=EndpointOptions(f"https://127.0.0.1:{upstream}", REAL, [("test", "dummy")]),
    )
    proxy = Proxy(options, room, os.environ, lambda text: print(text, file=sys.stderr))
    try:
        proxy.wait_until_ready()
        yield Running(proxy.port, proxy.pid)
    finally:
        proxy.stop()


def reverse(room: Path, upstream: int) -> AbstractContextManager[Running]:
    """A bare mitmdump before the same upstream."""
    return bare(room, "--mode", f"reverse:https://127.0.0.1:{upstream}", "--set", "keep_host_header=true")


def signed(method: bytes, target: bytes, payload: bytes, *lines: tuple[bytes, bytes]) -> Request:
    """A request of the client."""
    bare_request = Request(method, "http", "127.0.0.1", 8900, target, (*LINES, *lines))
    return sign_header(bare_request, CLIENT, Stamp(amz_date(time.time()), b"us-west-004"), payload)


def bytes_of(request: Request) -> bytes:
    """The head as it goes over the wire."""
    lines = b"".join(b"%b: %b\r\n" % line for line in request.headers)
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method, request.target, lines)


def small_calls(count: int) -> list[bytes]:
    """Signed GETs and PUTs in turns, made before the clock runs."""
    messages = []
    for number in range(count):
        if number % 2:
            messages.append(bytes_of(signed(b"GET", b"/photos/2026/%06d.jpg" % number, b"UNSIGNED-PAYLOAD")))
        else:
            body = b"%06d" % number * 20
            length = (b"Content-Length", b"%d" % len(body))
            head = signed(b"PUT", b"/photos/2026/%06d.jpg" % number, b"UNSIGNED-PAYLOAD", length)
            messages.append(bytes_of(head) + body)
    return messages


async def flood(port: int, messages: list[bytes], connections: int = 8) -> Tally:
    """As many as fit, over some connections."""
    tally = Tally()

    async def one(mine: list[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await exchange(reader, writer, mine[0])
        for message in mine:
            tally.latencies.append(await exchange(reader, writer, message))
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one(messages[index::connections]) for index in range(connections)))
    tally.seconds = time.perf_counter() - start
    return tally


def small(rounds: int) -> None:
    """The endpoint's rate as a share of the bare proxy's."""
    with stage(lambda port, paths: serve_small(port, *paths)) as (room, port):
        sides: dict[str, Start] = {"bare": lambda: reverse(room, port), "endpoint": lambda: endpoint(room, port)}
        tallies: dict[str, list[Tally]] = {name: [] for name in sides}
        for number in range(rounds):
            messages = small_calls(4000)
            for name in sides if number % 2 == 0 else reversed(list(sides)):
                with sides[name]() as running:
                    before = running.cpu_seconds()
                    tally = asyncio.run(flood(running.port, messages))
                    tally.cpu_seconds = running.cpu_seconds() - before
                    tallies[name].append(tally)
    for name, found in tallies.items():
        each = (f"{tally.rate:6.0f}/s {tally.cpu_seconds / len(tally.latencies) * 1000:.2f} ms;" for tally in found)
        print(f"  {name:<10}", " ".join(each), "(processor time of the proxy process a call)")
    pairs = zip(tallies["endpoint"], tallies["bare"], strict=True)
    print(f"small calls: {statistics.median(a.rate / b.rate for a, b in pairs):.3f} of a bare mitmdump in reverse mode")


async def upload(port: int, size: int, chunked: bool) -> None:
    """PUT `size` bytes, as they are or in signed chunks of a mebibyte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = framed_size(size, signed=True, chunk_size=PIECE) if chunked else size
    lines = [(b"Content-Length", b"%d" % length)]
    mode = b"UNSIGNED-PAYLOAD"
    if chunked:
        mode = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        lines += [(b"Content-Encoding", b"aws-chunked"), (b"x-amz-decoded-content-length", b"%d" % size)]
    head = signed(b"PUT", b"/photos/big", mode, *lines)
    writer.write(bytes_of(head))
    piece, signer = bytes(range(256)) * (PIECE // 256), chunk_signer(head, CLIENT)
    sha256 = steps.sha256_hex(piece)
    encoder = Encoder(lambda data: signer.chunk(sha256 if data else steps.EMPTY_SHA256), PIECE)
    for _ in range(size // PIECE):
        for part in encoder.feed(piece) if chunked else (piece,):
            writer.write(part)
        await writer.drain()
    if chunked:
        writer.writelines(encoder.finish())
    head_of_answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head_of_answer, head_of_answer
    assert content_length(head_of_answer) == 0
    writer.close()


def stream(rounds: int, mib: int) -> None:
    """Rates of the endpoint as shares of the bare proxy's, and its resident set."""
    size = mib << 20
    with stage(lambda port, paths: serve_stream(port, paths, size)) as (room, port):
        for name, chunked in (("unsigned payload", False), ("signed chunks", True)):
            ratios = []
            for _ in range(rounds):
                base, _ = timed(lambda: reverse(room, port), size, chunked)
                ours, peak = timed(lambda: endpoint(room, port), size, chunked)
                ratios.append(ours / base)
                peaks = ", ".join(f"{process} {value / 1e6:.0f} MB" for process, value in peak.items())
                print(f"  bare {base:5.0f} MB/s, endpoint {ours:5.0f} MB/s, resident at most: {peaks}")
            print(f"{mib} MiB up, {name}: {statistics.median(ratios):.3f} of a bare mitmdump in reverse mode")


def timed(start: Start, size: int, chunked: bool) -> tuple[float, dict[str, int]]:
    """MB/s of one upload, and the peaks of the processes."""
    with start() as running:
        memory = Memory(running)
        begun = time.perf_counter()
        asyncio.run(upload(running.port, size, chunked))
        rate = size / (time.perf_counter() - begun) / 1e6
    return rate, memory.stop()


@contextlib.contextmanager
def stage(serve: Callable[[int, tuple[str, str]], None]) -> Iterator[tuple[Path, int]]:
    """A directory, and an upstream in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        room, port = Path(name), free_port()
        server = multiprocessing.get_context("fork").Process(target=serve, args=(port, certificate(room)), daemon=True)
        server.start()
        wait_for(port)
        try:
            yield room, port
        finally:
            server.terminate()


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="small|stream", default=["small", "stream"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mib", type=int, default=1024)
    asked = parser.parse_args()
    if "small" in asked.what:
        small(asked.rounds)
    if "stream" in asked.what:
        stream(max(1, asked.rounds // 2), asked.mib)


if __name__ == "__main__":
    main()

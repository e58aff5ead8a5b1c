"""A gibibyte up and a gibibyte down through the recorder, beside a bare mitmdump that streams: rate and memory.

    python benchmarks/stream.py                  kept up to 16 MiB, the rest digested
    python benchmarks/stream.py --keep-body all  kept whole
    python benchmarks/stream.py --mib 256        less of it

Rounds alternate; the figure is the median of the rounds' ratios. Memory is the largest resident set that any process
of the recorder reached.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import ssl
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent))

from load import HEAD, Target, connect, content_length
from proxies import Running, bare, free_port, recorder, wait_for
from record import certificate

PIECE = 256 * 1024
Start = Callable[[], AbstractContextManager[Running]]


def serve(port: int, paths: tuple[str, str], size: int) -> None:
    """Takes any PUT, answers any GET with `size` bytes."""
    piece = bytes(range(256)) * (PIECE // 256)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        left = content_length(head)
        while left:
            left -= len(await reader.read(min(left, PIECE)))
        body = size if head.startswith(b"GET") else 0
        writer.write(b"HTTP/1.1 200 \r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % body)
        for _ in range(body // PIECE):
            writer.write(piece)
            await writer.drain()
        await writer.drain()
        writer.close()

    async def forever() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*paths)
        server = await asyncio.start_server(handle, "127.0.0.1", port, ssl=context, limit=4 * PIECE)
        await server.serve_forever()

    asyncio.run(forever())


async def upload(target: Target, size: int) -> None:
    """PUT `size` bytes."""
    reader, writer = await connect(target)
    piece = bytes(range(256)) * (PIECE // 256)
    writer.write(b"PUT /photos/big HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % size)
    for _ in range(size // PIECE):
        writer.write(piece)
        await writer.drain()
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def download(target: Target, size: int) -> None:
    """GET `size` bytes."""
    reader, writer = await connect(target)
    writer.write(b"GET /photos/big HTTP/1.1\r\n" + HEAD + b"\r\n")
    left = content_length(await reader.readuntil(b"\r\n\r\n"))
    assert left == size
    while left:
        left -= len(await reader.read(PIECE))
    writer.close()


class Memory:
    """The largest resident set of each of some processes, looked at ten times a second."""

    def __init__(self, running: Running) -> None:
        self.peak: dict[str, int] = {}
        self._running = running
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for number, process in enumerate(self._running.processes()):
                try:
                    size = process.memory_info().rss
                except psutil.Error:
                    continue
                name = "proxy" if number == 0 else "writer"
                self.peak[name] = max(size, self.peak.get(name, 0))

    def stop(self) -> dict[str, int]:
        """The peaks in bytes."""
        self._stop.set()
        self._thread.join()
        return self.peak


def measure(start: Start, upstream: int, size: int) -> tuple[dict[str, float], dict[str, int], float]:
    """MB/s up and down, peaks, and how many seconds the recorder needed afterwards to write what was left."""
    rates = {}
    with start() as running:
        memory = Memory(running)
        for name, work in (("up", upload), ("down", download)):
            begun = time.perf_counter()
            asyncio.run(work(Target(upstream, running.port), size))
            rates[name] = size / (time.perf_counter() - begun) / 1e6
        rates["processor"] = running.cpu_seconds()
        ended = time.perf_counter()
    return rates, memory.stop(), time.perf_counter() - ended


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep-body", default="16m")
    asked = parser.parse_args()
    size = asked.mib * 1024 * 1024
    with tempfile.TemporaryDirectory() as name:
        room, port = Path(name), free_port()
        server = multiprocessing.Process(target=serve, args=(port, certificate(room), size), daemon=True)
        server.start()
        wait_for(port)
        ratios: dict[str, list[float]] = {"up": [], "down": []}
        for _ in range(asked.rounds):
            base, _, _ = measure(lambda: bare(room), port, size)
            ours, peak, rest = measure(lambda: recorder(room, asked.keep_body), port, size)
            for way in ratios:
                ratios[way].append(ours[way] / base[way])
                print(f"  {way:<5} bare {base[way]:5.0f} MB/s   recorder {ours[way]:5.0f} MB/s")
            peaks = ", ".join(f"{name} {value / 1e6:.0f} MB" for name, value in peak.items())
            print(f"  processor time of the proxy: bare {base['processor']:.1f} s, recorder {ours['processor']:.1f} s")
            print(f"  resident at most: {peaks}; written {rest:.1f} s after the end")
        server.terminate()
    for way, found in ratios.items():
        print(
            f"{asked.mib} MiB {way}, --keep-body {asked.keep_body}: {statistics.median(found):.3f} of a bare mitmdump"
        )


if __name__ == "__main__":
    main()

"""How fast recorded answers are served, beside WireMock and mitmdump: `python benchmarks/replay_server.py`.

    raw        1 KiB GETs over 8 connections, every recorded key in turn, plain http: ratios of rates
    flat       the same from recordings of 270 to 16,000 calls: rate and processor time as a share of the first
    large      16 MiB GETs, in MB/s; then a gibibyte, with the resident set

All answer the same keys with the same heads and bytes. The peers have their fastest settings: WireMock no journal of
requests, mitmdump one answer for good. Rounds alternate; a figure is the median of the rounds' ratios. The load comes
from `wrk` where it is installed, else from a slower client in Python, which then is what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from load import exchange
from peers import install_wiremock, mitm_replay, process, stub, wiremock, write_stubs
from proxies import Running, free_port
from stream import Memory
from support.calls import Call, record

from inspector.facts import facts_of
from inspector.wire.exchange import Request, Response, Timing

KIB = 1024
BODY = b"x" * KIB
NOON = 1_795_348_800.0
Start = Callable[[], AbstractContextManager[Running]]


def path_of(number: int) -> str:
    """The path of a key."""
    return f"/bench/k/{number:05}"


def headers(body: bytes) -> dict[str, str]:
    """What S3 sends with an object."""
    return {
        "Content-Type": "binary/octet-stream",
        "ETag": f'"{hashlib.md5(body).hexdigest()}"',
        "Last-Modified": formatdate(NOON - 86400, usegmt=True),
        "Date": formatdate(NOON, usegmt=True),
        "x-amz-request-id": "c0ffee0123456789",
        "x-amz-id-2": "aZ2M5NTQyNjEzNzA1ODk3NDUz",
        "Accept-Ranges": "bytes",
        "Cache-Control": "max-age=0, no-cache, no-store",
    }


def recording(path: Path, count: int, body: bytes = BODY) -> Path:
    """A recording of so many GETs, each of a key of its own."""
    lines = tuple((name.encode(), value.encode()) for name, value in headers(body).items())
    calls = []
    for number in range(count):
        host = ((b"Host", b"127.0.0.1:9000"), (b"User-Agent", b"Boto3/1.44.5"))
        request = Request(b"GET", "http", "127.0.0.1", 9000, path_of(number).encode(), host)
        response = Response(200, (*lines, (b"Content-Length", b"%d" % len(body))), b"OK")
        at = NOON + number * 0.01
        timing = Timing(at, at + 0.001, at + 0.004, at + 0.005)
        facts = facts_of(request, response, b"", b"")
        calls.append(Call(request, response, facts, timing, response_body=body))
    record(path, calls)
    return path


@contextlib.contextmanager
def ours(room: Path, calls: Path) -> Iterator[Running]:
    """`b2-inspector serve`, as a user starts it."""
    port = free_port()
    command = [sys.executable, "-m", "inspector", "serve", "-r", str(calls), "--listen", f"127.0.0.1:{port}"]
    with process(command, port) as running:
        yield running


def flows(path: Path, count: int) -> Path:
    """The same calls as mitmproxy keeps them."""
    from mitmproxy import connection, http
    from mitmproxy.io import FlowWriter

    with path.open("wb") as file:
        writer = FlowWriter(file)  # type: ignore[no-untyped-call]
        for number in range(count):
            client = connection.Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), timestamp_start=NOON)
            server = connection.Server(address=("127.0.0.1", 9000))
            flow = http.HTTPFlow(client, server)
            flow.request = http.Request.make("GET", f"http://127.0.0.1:9000{path_of(number)}")
            flow.response = http.Response.make(200, BODY, headers(BODY))
            writer.add(flow)  # type: ignore[no-untyped-call]
    return path


# The load

LUA = """
local number, first = 0, true
request = function()
  number = (number + 7) %% %d
  return wrk.format("GET", string.format("/bench/k/%%05d", number))
end
"""


def rate(port: int, keys: int, seconds: float, connections: int, room: Path) -> float:
    """Requests a second that were answered with 200; fails when one was not."""
    if shutil.which("wrk") is None:
        return asyncio.run(_flood(port, keys, seconds, connections))
    script = room / f"{keys}.lua"
    script.write_text(LUA % keys)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in done, done
    assert "Socket errors" not in done, done
    return next(float(line.split()[1]) for line in done.splitlines() if line.startswith("Requests/sec"))


async def _flood(port: int, keys: int, seconds: float, connections: int) -> float:
    until, count = time.perf_counter() + seconds, 0

    async def one(number: int) -> None:
        nonlocal count
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            number = (number + 7) % keys
            await exchange(reader, writer, f"GET {path_of(number)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            count += 1
        writer.close()

    await asyncio.gather(*(one(number) for number in range(connections)))
    return count / seconds


class Measured(NamedTuple):
    """Of each side, round by round: requests a second, and µs of the server's processor time for each."""

    rates: dict[str, list[float]]
    spent: dict[str, list[float]]


def measured(sides: dict[str, tuple[Start, int]], rounds: int, seconds: float, room: Path) -> Measured:
    """All run at once, one is asked at a time, in another order each round."""
    rates: dict[str, list[float]] = {name: [] for name in sides}
    spent: dict[str, list[float]] = {name: [] for name in sides}
    with contextlib.ExitStack() as running:
        ports = {name: running.enter_context(start()) for name, (start, _) in sides.items()}
        for name, (_, keys) in sides.items():  # a JVM compiles what runs often
            rate(ports[name].port, keys, seconds * 2, 8, room)
        for number in range(rounds):
            for name in sides if number % 2 == 0 else reversed(list(sides)):
                before = ports[name].cpu_seconds()
                found = rate(ports[name].port, sides[name][1], seconds, 8, room)
                spent[name].append((ports[name].cpu_seconds() - before) / found / max(1, round(seconds)) * 1e6)
                rates[name].append(found)
        for name, found in rates.items():
            resident = sum(each.memory_info().rss for each in ports[name].processes()) / 1e6
            each = " ".join(f"{one:8,.0f}" for one in found)
            each_call = statistics.median(spent[name])
            print(f"  {name:<22}{each} requests/s; {each_call:4.0f} µs processor time a call; {resident:,.0f} MB")
    return Measured(rates, spent)


def ratio(rates: dict[str, list[float]], one: str, other: str) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(rates[one], rates[other], strict=True))


def raw(room: Path, peers: Path, rounds: int, seconds: float) -> None:
    """Beside the peers, 270 keys each."""
    calls = recording(room / "270.db", 270)
    tape = flows(room / "270.mitm", 270)
    write_stubs(room / "wiremock", [stub(path_of(number), BODY, headers(BODY)) for number in range(270)])
    jar = install_wiremock(peers)
    rates, _ = measured(
        {
            "b2-inspector": (lambda: ours(room, calls), 270),
            "WireMock, no journal": (lambda: wiremock(jar, room / "wiremock", "--no-request-journal"), 270),
            "mitmdump, reuse": (lambda: mitm_replay(room, tape, 9000, "server_replay_reuse=true"), 270),
        },
        rounds,
        seconds,
        room,
    )
    print(f"raw: {ratio(rates, 'b2-inspector', 'WireMock, no journal'):.2f} times WireMock (at least 2.5)")
    print(f"     {ratio(rates, 'b2-inspector', 'mitmdump, reuse'):.1f} times mitmdump (at least 20)")


def flat(room: Path, rounds: int, seconds: float) -> None:
    """From few calls to many."""
    counts = (270, 1_000, 4_000, 16_000)
    sides: dict[str, tuple[Start, int]] = {}
    for count in counts:
        path = recording(room / f"flat-{count}.db", count)
        sides[f"{count:,} calls"] = (lambda path=path: ours(room, path), count)  # type: ignore[misc]
    found = measured(sides, rounds, seconds, room)
    for words, values in (("rate", found.rates), ("processor time", found.spent)):
        shares = [ratio(values, f"{count:,} calls", f"{counts[0]:,} calls") for count in counts]
        told = ", ".join(f"{count:,}: {share:.2f}" for count, share in zip(counts, shares, strict=True))
        print(f"flat, {words} beside {counts[0]} calls: {told} (1 ± 0.1)")


def large(room: Path) -> None:
    """Few and large ones."""
    for size, times in ((16 << 20, 8), (1 << 30, 1)):
        path = recording(room / f"{size}.db", 1, bytes(range(256)) * (size // 256))
        with ours(room, path) as running:
            memory = Memory(running)
            began = time.perf_counter()
            for _ in range(times):
                url = f"http://127.0.0.1:{running.port}{path_of(0)}"
                subprocess.run(["curl", "-sf", "-o", "/dev/null", url], check=True)
            took = time.perf_counter() - began
            peak = max(memory.stop().values())
        print(f"large: {size >> 20:>5,} MiB at {size * times / took / 1e6:,.0f} MB/s, {peak / 1e6:,.0f} MB resident")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["raw", "flat", "large", []], help="all when nothing is named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--peers", type=Path, help="where peers are installed, to be kept; else a throw-away directory")
    given = parser.parse_args()
    what = given.what or ["raw", "flat", "large"]
    with tempfile.TemporaryDirectory() as directory:
        room = Path(directory)
        if "raw" in what:
            raw(room, given.peers or room / "peers", given.rounds, given.seconds)
        if "flat" in what:
            flat(room, given.rounds, given.seconds)
        if "large" in what:
            large(room)


if __name__ == "__main__":
    main()

"""What recording costs, beside a bare mitmdump that streams: run it as `python benchmarks/record.py`.

    small      8 connections, small GETs and PUTs, as fast as they go: a ratio of rates (more than 1: no cost)
    latency    100 calls a second: what the recorder adds to the 99th percentile

Rounds alternate, so that whatever else the machine does meets both sides; the figure is the median of the rounds'
ratios. Absolute figures are printed for the record and mean nothing elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import ssl
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from load import Server, Tally, Target, drip, flood
from proxies import Running, bare, free_port, recorder, wait_for

Start = Callable[[], AbstractContextManager[Running]]


def serve(port: int, certificate: str, key: str) -> None:
    """The upstream, in a process of its own."""

    async def forever() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", port, ssl=context)
        await server.serve_forever()

    asyncio.run(forever())


def certificate(directory: Path) -> tuple[str, str]:
    """A certificate that nobody will check."""
    paths = str(directory / "server.pem"), str(directory / "server.key")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-out",
            paths[0],
            "-keyout",
            paths[1],
            *subject,
        ],
        check=True,
        capture_output=True,
    )
    return paths


def measure(
    work: Callable[[Target], Tally], upstream: int, sides: dict[str, Start], rounds: int
) -> dict[str, list[Tally]]:
    """Each side in turn, `rounds` times over; a new process each time."""
    tallies: dict[str, list[Tally]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 == 0 else reversed(list(sides)):
            with sides[name]() as running:
                before = running.cpu_seconds()
                tally = work(Target(upstream, running.port))
                tally.cpu_seconds = running.cpu_seconds() - before
                tallies[name].append(tally)
    return tallies


def small(upstream: int, room: Path, rounds: int) -> float:
    """The recorder's rate as a share of the bare proxy's."""
    sides: dict[str, Start] = {"bare": lambda: bare(room), "recorder": lambda: recorder(room)}
    tallies = measure(lambda target: asyncio.run(flood(target, 4000, 8)), upstream, sides, rounds)
    for name, found in tallies.items():
        per_call = (f"{tally.rate:6.0f}/s {tally.cpu_seconds / len(tally.latencies) * 1000:.2f} ms;" for tally in found)
        print(f"  {name:<10}", " ".join(per_call), "(processor time of the proxy process a call)")
    ratio = statistics.median(
        ours.rate / theirs.rate for ours, theirs in zip(tallies["recorder"], tallies["bare"], strict=True)
    )
    print(f"small calls: {ratio:.3f} of a bare mitmdump that streams")
    return ratio


def latency(upstream: int, room: Path, rounds: int) -> float:
    """What the recorder adds to the 99th percentile at 100 calls a second, in ms."""
    sides: dict[str, Start] = {"bare": lambda: bare(room), "recorder": lambda: recorder(room)}
    tallies = measure(lambda target: asyncio.run(drip(target, 100, 10)), upstream, sides, rounds)
    for name, found in tallies.items():
        print(
            f"  {name:<10}",
            " ".join(f"p50 {t.percentile(0.5) * 1000:.1f} p99 {t.percentile(0.99) * 1000:.1f} ms;" for t in found),
        )
    added = statistics.median(
        ours.percentile(0.99) - theirs.percentile(0.99)
        for ours, theirs in zip(tallies["recorder"], tallies["bare"], strict=True)
    )
    print(f"added at 100 calls a second: {added * 1000:+.2f} ms at the 99th percentile")
    return added * 1000


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="small|latency", default=["small", "latency"])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        room, port = Path(name), free_port()
        server = multiprocessing.Process(target=serve, args=(port, *certificate(room)), daemon=True)
        server.start()
        wait_for(port)
        for what in asked.what:
            {"small": small, "latency": latency}[what](port, room, asked.rounds)
        server.terminate()


if __name__ == "__main__":
    main()

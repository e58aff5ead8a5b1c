"""The same boto3 program recorded and replayed by this project and its peers, the origin stopped while it is replayed.

    python benchmarks/replay_peers.py [TOOL...] [--passes 5] [--peers DIRECTORY]

533 calls (workload.py): rates of recording and replay, wrong answers, contacts with where the origin was, disk,
resident set; then 640 uploads in eight threads, and how many of them are lost. Each tool as it comes, nothing
configured. The origin is moto; the peers are installed into a throw-away directory. Where calls were wrong, a rate says
how fast they failed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from peers import install_python, install_wiremock, mitm_replay, process, wiremock
from proxies import MITMDUMP, free_port
from stream import Memory

CALLS = {"play": 533, "race": 641}
"""What the program makes; the 640 uploads come after the bucket."""

WORKLOAD = Path(__file__).with_name("workload.py")
INSPECTOR = [sys.executable, "-m", "inspector"]


@dataclass
class Room:
    """Where one tool works on one workload. `python` is the one that the peers are installed for."""

    directory: Path
    peers: Path
    what: str
    python: Path = Path(sys.executable)
    origin: int = 0
    peak: int = 0

    def run(self, endpoint: str, before: list[str] | None = None, **environ: str) -> dict[str, Any]:
        """The program against an endpoint; what it told."""
        command = [*(before or []), str(self.python), str(WORKLOAD), self.what]
        settings = {"EP": endpoint, "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "" if before else "*"}
        done = subprocess.run(command, env=os.environ | settings | environ, capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        assert lines, done.stderr
        told: dict[str, Any] = json.loads(lines[-1])
        assert told["calls"] == CALLS[self.what], told["calls"]
        return told

    def disk(self) -> int:
        """Bytes of everything that the tool left here."""
        return sum(path.stat().st_size for path in self.directory.rglob("*") if path.is_file())


@dataclass
class Tool:
    """`record` runs the program before the origin; `replay` gives an endpoint, or None for tools inside of the program,
    with what the program's environment needs."""

    record: Callable[[Room], dict[str, Any]]
    replay: Callable[[Room], AbstractContextManager[tuple[str, dict[str, str]]]]
    inside: bool = False


@contextlib.contextmanager
def moto(port: int) -> Iterator[str]:
    """The origin."""
    program = "from moto.server import main; import sys; main(sys.argv[1:])"
    with process([sys.executable, "-c", program, "-H", "127.0.0.1", "-p", str(port)], port):
        yield f"http://127.0.0.1:{port}"


class Ghost:
    """Listens where the origin was, and counts who comes."""

    def __init__(self, port: int) -> None:
        self.contacts = 0
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._listener.accept()[0].close()
                self.contacts += 1

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


# The tools


def record_ours(room: Room) -> dict[str, Any]:
    recording = str(room.directory / "calls.db")
    return room.run(
        f"http://127.0.0.1:{room.origin}",
        [*INSPECTOR, "run", "-r", recording, "--host", "127.0.0.1", "--keep-body", "all", "--"],
        B2_INSPECTOR_HOME=str(room.directory.parent / "home"),
    )


@contextlib.contextmanager
def replay_ours(room: Room) -> Iterator[tuple[str, dict[str, str]]]:
    port = free_port()
    command = [*INSPECTOR, "serve", "-r", str(room.directory / "calls.db"), "--listen", f"127.0.0.1:{port}"]
    with process(command, port) as running:
        memory = Memory(running)
        yield f"http://127.0.0.1:{port}", {}
        room.peak = max(memory.stop().values(), default=0)


def record_inside(kind: str, mode: str) -> Callable[[Room], dict[str, Any]]:
    def record(room: Room) -> dict[str, Any]:
        cassette = str(room.directory / "cassette.yaml")
        return room.run(f"http://127.0.0.1:{room.origin}", RECORDER=kind, CASSETTE=cassette, MODE=mode)

    return record


def replay_inside(kind: str) -> Callable[[Room], AbstractContextManager[tuple[str, dict[str, str]]]]:
    @contextlib.contextmanager
    def replay(room: Room) -> Iterator[tuple[str, dict[str, str]]]:
        cassette = str(room.directory / "cassette.yaml")
        yield f"http://127.0.0.1:{room.origin}", {"RECORDER": kind, "CASSETTE": cassette, "MODE": "none"}

    return replay


def record_mitmdump(room: Room) -> dict[str, Any]:
    port = free_port()
    command = [*MITMDUMP, "-q", "--mode", f"reverse:http://127.0.0.1:{room.origin}", "--listen-host", "127.0.0.1"]
    command += ["--listen-port", str(port), "-w", str(room.directory / "flows.mitm")]
    with process([*command, "--set", f"confdir={room.directory.parent / 'conf'}"], port):
        return room.run(f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def replay_mitmdump(room: Room) -> Iterator[tuple[str, dict[str, str]]]:
    with mitm_replay(room.directory.parent, room.directory / "flows.mitm", room.origin) as running:
        memory = Memory(running)
        yield f"http://127.0.0.1:{running.port}", {}
        room.peak = max(memory.stop().values(), default=0)


def record_wiremock(room: Room) -> dict[str, Any]:
    sizes = {"textSizeThreshold": "10 kb", "binarySizeThreshold": "10 kb"}
    asked = {"targetBaseUrl": f"http://127.0.0.1:{room.origin}", "repeatsAsScenarios": True}
    with wiremock(install_wiremock(room.peers), room.directory) as running:
        _admin(running.port, "recordings/start", asked | {"extractBodyCriteria": sizes})
        told = room.run(f"http://127.0.0.1:{running.port}")
        _admin(running.port, "recordings/stop", {})
    return told


@contextlib.contextmanager
def replay_wiremock(room: Room) -> Iterator[tuple[str, dict[str, str]]]:
    with wiremock(install_wiremock(room.peers), room.directory) as running:
        memory = Memory(running)
        yield f"http://127.0.0.1:{running.port}", {}
        room.peak = max(memory.stop().values(), default=0)


def _admin(port: int, what: str, value: Mapping[str, object]) -> None:
    url = f"http://127.0.0.1:{port}/__admin/{what}"
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(value).encode(), method="POST")).read()


TOOLS = {
    "b2-inspector": Tool(record_ours, replay_ours),
    "vcrpy": Tool(record_inside("vcrpy", "once"), replay_inside("vcrpy"), inside=True),
    "cassetter": Tool(record_inside("cassetter", "once"), replay_inside("cassetter"), inside=True),
    "mitmdump": Tool(record_mitmdump, replay_mitmdump),
    "WireMock": Tool(record_wiremock, replay_wiremock),
}


@dataclass
class Result:
    """What came of a tool on a workload. Rates in calls a second, sizes in bytes."""

    recorded: float
    wrong_recording: dict[str, int]
    rates: list[float] = field(default_factory=list)
    wrong: dict[str, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    contacts: int = 0
    disk: int = 0
    peak: int = 0


def measure(name: str, tool: Tool, room: Room, passes: int) -> Result:
    """Record before the origin, stop it, replay. Each pass starts the tool anew: what was played is played."""
    room.origin = free_port()
    with moto(room.origin):
        told = tool.record(room)
    result = Result(told["calls"] / told["seconds"], told["wrong"], disk=room.disk())
    ghost = Ghost(room.origin)
    for _ in range(passes):
        with tool.replay(room) as (endpoint, environ):
            told = room.run(endpoint, KEY="another", **environ)
        result.rates.append(told["calls"] / told["seconds"])
        result.wrong, result.latencies = told["wrong"], told["latencies"]
        result.peak = max(result.peak, told["peak"] if tool.inside else room.peak)
    result.contacts = ghost.contacts
    ghost.close()
    return result


def line(name: str, result: Result) -> str:
    """A row of the table."""
    p50, p99 = (result.latencies[int(len(result.latencies) * share)] * 1000 for share in (0.5, 0.99))
    wrong = ", ".join(f"{operation} ×{count}" for operation, count in result.wrong.items()) or "none"
    then = f"; while recording: {result.wrong_recording}" if result.wrong_recording else ""
    spread = f"{min(result.rates):,.0f}-{max(result.rates):,.0f}"
    return (
        f"  {name:<13} record {result.recorded:5,.0f}/s  replay {statistics.median(result.rates):6,.0f}/s ({spread})"
        f"  p50 {p50:.1f} p99 {p99:.1f} ms  {result.contacts} contacts  {result.disk / 1e6:.1f} MB on disk"
        f"  {result.peak / 1e6:,.0f} MB resident\n{'':16}wrong: {wrong}{then}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="*", choices=[*TOOLS, []], help="all when none is named")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="where peers are installed, to be kept; else a throw-away directory")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        peers = given.peers or Path(directory) / "peers"
        python = install_python(peers / "python", ["boto3", "vcrpy", "cassetter"])
        for what, title in (("play", "533 calls"), ("race", "640 uploads in eight threads: what is wrong is lost")):
            print(title)
            for name in given.tools or TOOLS:
                place = Path(directory) / what / name
                place.mkdir(parents=True)
                room = Room(place, peers, what, python)
                print(line(name, measure(name, TOOLS[name], room, given.passes if what == "play" else 1)), flush=True)


if __name__ == "__main__":
    main()

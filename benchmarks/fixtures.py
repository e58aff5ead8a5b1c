"""How fast boto3 is replayed in a test, beside vcrpy: run it as `python benchmarks/fixtures.py`.

The same program (put, get and head of small objects, a list every tenth round) is recorded at a local S3 server by
vcrpy, in its default settings, and by our plugin's way into botocore; then the server is stopped and both replay it, in
turns, each in a process of its own. vcrpy is installed into a throw-away environment. Figures are calls a second within
the calls; what counts are the ratios of one run. Loading is measured apart: the processor time from a file of so many
calls to the first answer, and the wall clock beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent

PROGRAM = """
import json, sys, time
from pathlib import Path

tool, mode, endpoint, where, calls = sys.argv[1:5] + [int(sys.argv[5])]
import boto3
from botocore.config import Config

s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="recording",
                  aws_secret_access_key="opens-nothing", config=Config(retries={"total_max_attempts": 1}))

def program():
    if mode == "record":
        s3.create_bucket(Bucket="bench")
    done = 0
    for number in range(calls):
        key = f"k/{number // 3:05}"
        body = key.encode() * 100
        if number % 3 == 0:
            s3.put_object(Bucket="bench", Key=key, Body=body)
        elif number % 3 == 1:
            assert s3.get_object(Bucket="bench", Key=key)["Body"].read() == body
        else:
            s3.head_object(Bucket="bench", Key=key)

def timed():
    start = time.perf_counter()
    program()
    return calls / (time.perf_counter() - start)

if tool == "vcrpy":
    import vcr
    recorder = vcr.VCR(record_mode="all" if mode == "record" else "none")
    start, cpu = time.perf_counter(), time.process_time()
    with recorder.use_cassette(where) as cassette:
        load = time.perf_counter() - start, time.process_time() - cpu
        rate = timed()
else:
    from inspector.pytest_plugin import botocore_door
    from inspector.pytest_plugin.cassette import Cassette
    from inspector.pytest_plugin.modes import Mode
    from inspector.pytest_plugin.settings import Settings
    import inspector.pytest_plugin.clients
    start, cpu = time.perf_counter(), time.process_time()
    cassette = Cassette("bench", Path(where), Settings(record_mode=Mode.ALL if mode == "record" else Mode.NONE))
    load = time.perf_counter() - start, time.process_time() - cpu
    botocore_door.play(cassette)
    rate = timed()
    botocore_door.play(None)
    outcome = cassette.finish(True)
    assert not outcome.problems, outcome.problems
print(json.dumps({"rate": rate, "wall": load[0], "cpu": load[1]}))
"""

SERVER = """
from support.moto import moto_server
import sys
with moto_server() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


class Bench:
    """Two tools, one program, one directory."""

    def __init__(self, room: Path, vcr_python: Path) -> None:
        self._room = room
        self._endpoint = ""  # vcrpy matches host and port: the same ones are asked when the server is gone
        self._pythons = {"vcrpy": vcr_python, "ours": Path(sys.executable)}
        (room / "program.py").write_text(PROGRAM)

    def run(self, tool: str, mode: str, calls: int) -> dict[str, float]:
        """The program once, in a process of its own."""
        name = f"{tool}-{calls}." + ("yaml" if tool == "vcrpy" else "http")
        command = [self._pythons[tool], self._room / "program.py", tool, mode, self._endpoint, self._room / name]
        done = subprocess.run([*command, str(calls)], cwd=TREE, check=True, stdout=subprocess.PIPE)
        found: dict[str, float] = json.loads(done.stdout)
        return found

    def record(self, sizes: Sequence[int]) -> None:
        """Each size with each tool, at a server that is gone afterwards."""
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER], cwd=TREE / "tests", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        assert server.stdin is not None
        self._endpoint = server.stdout.readline().strip()
        try:
            for calls in sizes:
                for tool in self._pythons:
                    self.run(tool, "record", calls)
        finally:
            server.stdin.close()
            server.wait(20)

    def compare(self, calls: int, rounds: int) -> None:
        """Replay in turns and print what came of it."""
        found: dict[str, list[dict[str, float]]] = {"vcrpy": [], "ours": []}
        for number in range(rounds):
            for tool in ("vcrpy", "ours") if number % 2 == 0 else ("ours", "vcrpy"):
                found[tool].append(self.run(tool, "replay", calls))
        middle = {
            tool: {name: statistics.median(one[name] for one in runs) for name in ("rate", "wall", "cpu")}
            for tool, runs in found.items()
        }
        ratio = middle["ours"]["rate"] / middle["vcrpy"]["rate"]
        print(
            f"{calls:6} calls  vcrpy {middle['vcrpy']['rate']:7.0f}/s  ours {middle['ours']['rate']:7.0f}/s"
            f"  ratio {ratio:.1f}"
        )
        for tool, values in middle.items():
            print(f"        {tool:5} loads in {values['wall']:.3f} s, of processor time {values['cpu']:.3f} s")


def main() -> None:
    """Record once, then measure in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[270, 4000])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        venv.create(room / "venv", with_pip=True)
        python = room / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "-c", TREE / "constraints.txt", "boto3", "vcrpy"], check=True)
        bench = Bench(room, python)
        bench.record(asked.calls)
        for calls in asked.calls:
            bench.compare(calls, asked.rounds)


if __name__ == "__main__":
    main()

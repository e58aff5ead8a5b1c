"""How fast a session is sent again, beside boto3 making the same calls: run it as `python benchmarks/replay.py`.

boto3 makes a thousand calls (put, get, head, list) to a local S3 server through the recorder once; that session is what
is sent again. Then, in turns, boto3 makes the same calls without a recorder, and `replay` sends the session again.
Each figure is calls a second within the calls, without either program's start. The result is the median of the rounds'
ratios (more than 1: the replay is faster); absolute figures mean nothing elsewhere.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from inspector.demo.certificates import Certificates, make_certificates
from inspector.demo.server import RcloneServer
from inspector.store.reader import Recording

KEYS = ("0041234567890ab0000000001", "K004abc/def+ghiJKLmnoPQRstuVWXyz")
HOST = "s3.us-west-004.backblazeb2.com"

PROGRAM = """
import sys, time, boto3
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-west-004", verify=sys.argv[2] or None, config=Config(
    request_checksum_calculation="when_required", response_checksum_validation="when_required"))
start = time.perf_counter()
for n in range(int(sys.argv[3]) // 4):
    key = f"k/{n % 50:03}"
    s3.put_object(Bucket="many", Key=key, Body=b"x" * 1000)
    s3.get_object(Bucket="many", Key=key)["Body"].read()
    s3.head_object(Bucket="many", Key=key)
    s3.list_objects_v2(Bucket="many", Prefix=key, MaxKeys=5)
print(time.perf_counter() - start)
"""


class Bench:
    """A server, a recording of one session on it, and both ways to make its calls."""

    def __init__(self, room: Path, server: RcloneServer, certificates: Certificates, calls: int) -> None:
        self._server = server
        self._certificates = certificates
        self._calls = calls
        self._recording = room / "calls.db"
        self._program = room / "calls.py"
        self._program.write_text(PROGRAM)
        self._environ = os.environ | {
            "AWS_ACCESS_KEY_ID": KEYS[0],
            "AWS_SECRET_ACCESS_KEY": KEYS[1],
            "B2_INSPECTOR_HOME": str(room / "home"),
            "B2_INSPECTOR_RECORDING": str(self._recording),
        }

    def record(self) -> None:
        """The session, once."""
        self._inspector(
            "run", "--host", "127.0.0.1", "--upstream-ca", str(self._certificates.authority), "--", *self._boto3("")
        )

    def boto3(self) -> float:
        """Calls a second of boto3 alone."""
        done = subprocess.run(
            self._boto3(str(self._certificates.authority)), env=self._environ, check=True, capture_output=True
        )
        return self._calls / float(done.stdout)

    def replay(self) -> float:
        """Calls a second of the session sent again, its recording included."""
        network = ("--upstream-ca", str(self._certificates.authority))
        self._inspector("replay", "--session", "1", "--allow-writes", "--json", *network)
        with Recording(self._recording) as opened:
            session = opened.sessions()[-1]
            rows = list(opened.exchanges(f"session:{session.id}"))
        assert len(rows) == self._calls, len(rows)
        assert all(row.status == 200 for row in rows)
        assert session.ended_at is not None
        return self._calls / (session.ended_at - rows[0].started_at)

    def _boto3(self, bundle: str) -> Sequence[str]:

        return [sys.executable, str(self._program), self._server.url, bundle, str(self._calls)]

    def _inspector(self, *words: str) -> None:
        subprocess.run([sys.executable, "-m", "inspector", *words], env=self._environ, check=True, capture_output=True)


def main() -> None:
    """Record once, then measure in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        certificates = make_certificates(room, (HOST, "127.0.0.1"))
        (room / "objects" / "many").mkdir(parents=True)
        with RcloneServer(room / "objects", KEYS, certificates) as server:
            bench = Bench(room, server, certificates, asked.calls)
            bench.record()
            ratios = []
            for number in range(asked.rounds):
                sides = (bench.boto3, bench.replay) if number % 2 == 0 else (bench.replay, bench.boto3)
                rates = {side.__name__: side() for side in sides}
                ratios.append(rates["replay"] / rates["boto3"])
                print(f"  boto3 {rates['boto3']:5.0f}/s  replay {rates['replay']:5.0f}/s  ratio {ratios[-1]:.2f}")
    print(f"replay: {statistics.median(ratios):.2f} of boto3's rate")


if __name__ == "__main__":
    main()

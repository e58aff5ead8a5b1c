"""Make the recordings that ship beside sample.db: each SDK's session, and each family of failures.

    pip install 'b2-inspector[test]' s3cmd awscli
    npm install @aws-sdk/client-s3
    NODE_PATH=…/node_modules python recordings/make_samples.py [NAME…]

Real programs (recordings/scripts) call the stand-in for B2 that `--local` starts, on B2's host name, and the recorder
writes down what they say; of the native API b2sdk's own simulator is the stand-in, as in the tests. A program that is
not found is left out, and its recording stays as it was. Keys are the demo's: they open nothing. sample.db has a script
of its own, make_sample.py.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from make_sample import SITECUSTOMIZE, set_environment, write_files

from inspector.capture.authority import ensure_authority
from inspector.capture.local import LocalOptions, LocalServer
from inspector.clean.scan import Scan
from inspector.cli.demo import RUN_OPTIONS
from inspector.cli.run import run_recorded
from inspector.demo import calls
from inspector.demo.certificates import make_certificates
from inspector.samples import SAMPLES
from inspector.store.reader import Recording

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
LARGEST = 300 * 1024

S3CMD = f"""\
[default]
access_key = {calls.KEY_ID}
secret_key = {calls.SECRET}
host_base = s3.us-west-004.backblazeb2.com
host_bucket = s3.us-west-004.backblazeb2.com
bucket_location = us-west-004
use_https = True
"""

READ_ONLY = "listBuckets,writeBuckets,readFiles,listFiles"
FAULTS = (
    "op:PutObject key:busy/* status:503 every:2 times:3",
    "op:PutObject key:incident.txt incident",
    "op:GetObject key:capped.txt cap:download",
    "op:HeadObject key:broken.txt reset",
)


CAP = (
    "Cannot download file, download bandwidth or transaction (Class B) cap exceeded. See the Caps & Alerts page to"
    " increase your cap."
)
REFUSALS = (
    *[("b2_upload_file", 200, "", "")] * 2,
    ("b2_upload_file", 503, "service_unavailable", "no tomes available"),
    *[("b2_download_file_by_name", 200, "", "")] * 2,
    ("b2_download_file_by_name", 403, "download_cap_exceeded", CAP),
)
"""What calls of the native API are told, in their order; 200 lets one through. The words are B2's own."""


@dataclass(frozen=True, slots=True)
class Making:
    """How one recording is made: what runs which script, the program it is recorded as, and how the stand-in is."""

    script: str
    runner: str
    program: str
    capabilities: str | None = None
    faults: Sequence[str] = ()
    native: bool = False


MAKING = {
    "boto3": Making("boto3_session.py", sys.executable, "python"),
    "b2sdk": Making("b2sdk_session.py", sys.executable, "python", native=True),
    "aws-cli": Making("aws_cli_session.sh", "sh", "aws"),
    "javascript": Making("javascript_session.cjs", "node", "node"),
    "rclone": Making("rclone_session.sh", "sh", "rclone"),
    "minio-py": Making("minio_session.py", sys.executable, "python"),
    "obstore": Making("obstore_session.py", sys.executable, "python"),
    "s3cmd": Making("s3cmd_session.sh", "sh", "s3cmd"),
    "curl": Making("curl_session.sh", "sh", "curl"),
    "signature": Making("failures_signature.py", sys.executable, "python"),
    "access": Making("failures_access.py", sys.executable, "python", READ_ONLY),
    "unsupported": Making("failures_unsupported.py", sys.executable, "python"),
    "server": Making("failures_server.py", sys.executable, "python", faults=FAULTS),
    "multipart": Making("failures_multipart.py", sys.executable, "python"),
}


def make(name: str) -> None:
    """Make one recording, in a directory of its own."""
    making = MAKING[name]
    with TemporaryDirectory(prefix="b2-inspector-sample-") as temporary:
        directory = Path(temporary)
        write_files(directory)
        (directory / "s3cfg").write_text(S3CMD)
        for script in SCRIPTS.iterdir():
            shutil.copy(script, directory)
        os.chdir(directory)
        record(name, making, directory)
        os.chdir(HERE)
        finish(directory / "calls.db", HERE / f"{name}.db")


def record(name: str, making: Making, directory: Path) -> None:
    """Run the script with the stand-in behind the recorder."""
    stand_in = native_stand_in(directory) if making.native else s3_stand_in(making)
    with stand_in as (connect_to, authority):
        run_recorded(
            [shutil.which(making.runner) or making.runner, making.script],
            as_program=making.program,
            recording=directory / "calls.db",
            connect_to=connect_to,
            upstream_ca=authority,
            **(RUN_OPTIONS | {"name": name}),
        )


@contextmanager
def s3_stand_in(making: Making) -> Iterator[tuple[Sequence[str], Path]]:
    """Where B2's S3 API is served, and the authority of that server."""
    home = Path(os.environ["B2_INSPECTOR_HOME"])
    keys = [(calls.KEY_ID, calls.SECRET)]
    options = LocalOptions(keys=keys, capabilities=making.capabilities, faults=making.faults)
    with LocalServer(options, home, os.environ) as server:
        yield server.connect_to, ensure_authority(home).certificate


@contextmanager
def native_stand_in(directory: Path) -> Iterator[tuple[Sequence[str], Path]]:
    """Where B2's native API is served, with a busy pod and a cap."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from support.native_server import names, native_server

    certificates = make_certificates(directory, names())
    with native_server(certificates, named=True, keys=(calls.KEY_ID, calls.SECRET)) as server:
        for operation, status, code, words in REFUSALS:
            server.refuse(operation, status, code, words)
        yield server.routes, certificates.authority


def finish(recording: Path, target: Path) -> None:
    """One plain file that opens anywhere, says nothing of this machine, and holds no credential."""
    with sqlite3.connect(recording, isolation_level=None) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
        conn.execute("PRAGMA page_size = 1024")
        conn.execute("VACUUM")
    conn.close()
    told = recording.read_bytes()
    for words in (platform.release(), platform.node(), "/root/", "/home/", "/tmp/"):
        assert len(words) < 4 or words.encode() not in told, f"{target.name} says {words!r}"
    assert len(told) <= LARGEST, f"{target.name} has {len(told)} bytes"
    with Recording(recording) as opened:
        found = list(Scan(opened, (calls.SECRET.encode(),), now=9e9).places())
        assert not found, found
        assert opened.count(), f"{target.name} holds no call"
    shutil.copyfile(recording, target)
    print(f"{target}: {len(told)} bytes", file=sys.stderr)


def main() -> None:
    """Make those that are named, or all."""
    assert set(MAKING) | {"sample"} == {sample.name for sample in SAMPLES}
    with TemporaryDirectory(prefix="b2-inspector-sample-") as temporary:
        set_environment(Path(temporary))
        os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = calls.REGION
        (Path(temporary) / "site").mkdir()
        (Path(temporary) / "site" / "sitecustomize.py").write_text(SITECUSTOMIZE)
        for name in sys.argv[1:] or MAKING:
            if shutil.which(MAKING[name].program) is None:
                print(f"{name}: not found, left out", file=sys.stderr)
                continue
            make(name)


if __name__ == "__main__":
    main()

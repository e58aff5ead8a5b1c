"""Make sample.db: real SDKs call a local S3 server on B2's host name, and the recorder writes down what they say.

    pip install 'b2-inspector[demo]'
    python recordings/make_sample.py

boto3 and rclone come with the extra; the AWS CLI, curl and Node with @aws-sdk/client-s3 take part where they are
found (NODE_PATH says where the SDK lies). Keys are the demo's: they open nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from inspector.cli.demo import HOST, RUN_OPTIONS
from inspector.cli.run import run_recorded
from inspector.demo import calls
from inspector.demo.certificates import make_certificates
from inspector.demo.server import RcloneServer, find_rclone

SAMPLE = Path(__file__).with_name("sample.db")
LARGEST = 300 * 1024

RELEASE = "6.8.0"
"""What SDKs are told to be the kernel's release: a sample need not speak of the machine that made it."""

SITECUSTOMIZE = f"import platform; platform.release = lambda: {RELEASE!r}\n"

AWS = f"""\
aws() {{ command aws "$@" --endpoint-url {calls.ENDPOINT} --region {calls.REGION}; }}
aws s3 mb s3://backups
printf 'hello' > hello.txt
aws s3 cp hello.txt s3://backups/hello.txt
AWS_REQUEST_CHECKSUM_CALCULATION=when_required aws s3 cp hello.txt 's3://backups/2026/hello world.txt'
aws s3 ls s3://backups/2026/
aws s3api head-object --bucket backups --key missing.txt
true
"""

CURL = f"""\
curl() {{ command curl -sS -K keys --aws-sigv4 aws:amz:{calls.REGION}:s3 "$@"; }}
curl {calls.ENDPOINT}/
curl -T hello.txt {calls.ENDPOINT}/backups/curl.txt
curl '{calls.ENDPOINT}/backups?list-type=2&prefix=2026%2F'
curl -X DELETE {calls.ENDPOINT}/backups/curl.txt
"""

RCLONE = """\
rclone copyto hello.txt b2:backups/rclone.txt
rclone lsf b2:backups
rclone deletefile b2:backups/rclone.txt
"""

NODE = f"""\
require("os").release = () => "{RELEASE}";
const {{ S3Client, GetObjectCommand, ListBucketsCommand, PutObjectCommand }} = require("@aws-sdk/client-s3");
const put = new PutObjectCommand({{ Bucket: "backups", Key: "js/a+b.json", Body: JSON.stringify({{ hello: "B2" }}) }});
const get = new GetObjectCommand({{ Bucket: "backups", Key: "js/a+b.json" }});
const options = {{ endpoint: "{calls.ENDPOINT}", region: "{calls.REGION}", forcePathStyle: true, maxAttempts: 1 }};
const b2 = new S3Client(options);
(async () => {{
  for (const command of [new ListBucketsCommand({{}}), put, get]) {{
    try {{ const answer = await b2.send(command); await answer.Body?.transformToString(); }}
    catch (error) {{ console.error(error.name); }}
  }}
}})();
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One session of the sample: its script and what runs it."""

    name: str
    runner: tuple[str, ...]
    file: str
    script: str
    program: str
    usable: bool


def parts() -> Iterator[Part]:
    """The sessions, in their order; `backups` is the bucket that the AWS CLI's session makes."""
    shell = shutil.which("sh") or "sh"
    node = shutil.which("node") or "node"
    boto3_script = Path(calls.__file__).read_text(encoding="utf-8")
    yield Part("boto3", (sys.executable,), "photos.py", boto3_script, "python", True)
    yield Part("aws-cli", (shell,), "backup.sh", AWS, "aws", shutil.which("aws") is not None)
    yield Part("curl", (shell,), "curl.sh", CURL, "curl", shutil.which("curl") is not None)
    yield Part("rclone", (shell,), "rclone.sh", RCLONE, "rclone", find_rclone() is not None)
    yield Part("javascript", (node,), "upload.cjs", NODE, "node", _has_node_sdk(node))


def _has_node_sdk(node: str) -> bool:
    look = [node, "-e", "require.resolve('@aws-sdk/client-s3')"]
    return shutil.which(node) is not None and subprocess.run(look, capture_output=True, check=False).returncode == 0


def set_environment(directory: Path) -> None:
    """Credentials as each program takes them from its environment; nothing of this user's own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "RCLONE_"))]:
        del os.environ[name]
    rclone = {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": calls.ENDPOINT, "REGION": calls.REGION}
    os.environ.update({f"RCLONE_CONFIG_B2_{name}": value for name, value in rclone.items()})
    os.environ.update(
        B2_INSPECTOR_HOME=str(directory / "home"),
        RCLONE_CONFIG=os.devnull,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_ACCESS_KEY_ID=calls.KEY_ID,
        AWS_SECRET_ACCESS_KEY=calls.SECRET,
        B2_APPLICATION_KEY_ID=calls.KEY_ID,
        B2_APPLICATION_KEY=calls.SECRET,
        PYTHONPATH=os.pathsep.join(filter(None, (str(directory / "site"), os.environ.get("PYTHONPATH")))),
        PATH=os.pathsep.join((str(Path(find_rclone() or "rclone").parent), os.environ["PATH"])),
    )


def write_files(directory: Path) -> None:
    """What the scripts lean on."""
    (directory / "site").mkdir()
    (directory / "site" / "sitecustomize.py").write_text(SITECUSTOMIZE)
    (directory / "buckets").mkdir()
    (directory / "keys").write_text(f'user = "{calls.KEY_ID}:{calls.SECRET}"\n')
    (directory / "hello.txt").write_text("hello")


def record(recording: Path, directory: Path) -> None:
    """Run each part against one server, every part a session."""
    certificates = make_certificates(directory, [HOST])
    with RcloneServer(directory / "buckets", (calls.KEY_ID, calls.SECRET), certificates) as server:
        for part in parts():
            if not part.usable:
                print(f"{part.name}: not found, left out", file=sys.stderr)
                continue
            (directory / part.file).write_text(part.script, encoding="utf-8")
            options = RUN_OPTIONS | {"name": part.name, "upstream_ca": certificates.authority}
            options["connect_to"] = (f"{HOST}:443:127.0.0.1:{server.port}",)
            run_recorded([*part.runner, part.file], as_program=part.program, recording=recording, **options)


def finish(recording: Path) -> None:
    """One plain file, which opens anywhere, also where nobody may write."""
    conn = sqlite3.connect(recording, isolation_level=None)
    conn.execute("PRAGMA journal_mode = DELETE")
    # Thirty indexes of a few rows each: with small pages they take a quarter of the room.
    conn.execute("PRAGMA page_size = 1024")
    conn.execute("VACUUM")
    conn.close()
    told = recording.read_bytes()
    for secret in (calls.SECRET, platform.release(), platform.node()):
        assert not secret or secret.encode() not in told, "the sample says what it must not say"
    assert len(told) <= LARGEST, f"the sample has {len(told)} bytes"
    shutil.copyfile(recording, SAMPLE)


def main() -> None:
    """Make the sample anew."""
    with TemporaryDirectory(prefix="b2-inspector-sample-") as name:
        directory = Path(name)
        write_files(directory)
        set_environment(directory)
        os.chdir(directory)
        record(directory / "sample.db", directory)
        os.chdir(Path(__file__).parent)
        finish(directory / "sample.db")
    print(f"{SAMPLE}: {SAMPLE.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()

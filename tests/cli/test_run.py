"""`run`: CMD's calls are recorded and summed up; its exit code, signals and output are its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import B2_HOST, KEYS
from support.calls import call, damaged_further_in, record

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.store.reader import Recording

pytestmark = pytest.mark.slow

SCRIPT = """
import boto3, botocore.exceptions
from botocore.config import Config
config = Config(request_checksum_calculation="when_required", s3={"addressing_style": "path"})
s3 = boto3.client("s3", endpoint_url="https://%s", region_name="us-west-004", config=config)
s3.create_bucket(Bucket="photos")
s3.put_object(Bucket="photos", Key="a b+c.txt", Body=b"hello")
assert s3.get_object(Bucket="photos", Key="a b+c.txt")["Body"].read() == b"hello"
try:
    s3.get_object(Bucket="photos", Key="missing")
except botocore.exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
"""


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`b2-inspector run` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "inspector", "run", *words],
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def python(code: str) -> list[str]:
    """A command that runs some Python."""
    return ["--", sys.executable, "-c", textwrap.dedent(code)]


@pytest.fixture
def to_rclone(rclone: RcloneServer, certificates: Certificates) -> list[str]:
    """The options that send B2's host name to a local server."""
    route = f"{B2_HOST}:443:127.0.0.1:{rclone.port}"
    return ["--connect-to", route, "--upstream-ca", str(certificates.authority)]


def test_a_script_of_ones_own(to_rclone: list[str], tmp_path: Path) -> None:
    """Calls of an unchanged boto3 script are there afterwards, byte for byte; its output is its own."""
    recording = tmp_path / "calls.db"
    keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    done = run("-r", str(recording), *to_rclone, *python(SCRIPT % B2_HOST), **keys)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "NoSuchKey\n"
    assert "4 calls, 1 failed" in done.stderr
    assert "404 NoSuchKey" in done.stderr
    with Recording(recording) as reader:
        rows = list(reader.exchanges())
    assert [row.operation for row in rows] == ["CreateBucket", "PutObject", "GetObject", "GetObject"]
    assert rows[1].target == b"/photos/a%20b%2Bc.txt"
    assert rows[1].key == "a b+c.txt"
    assert (rows[1].host, rows[1].port) == (B2_HOST, 443)
    assert rows[1].client == f"boto3 {__import__('boto3').__version__}"


def test_modules_of_the_users_directory_are_none_of_ours(tmp_path: Path) -> None:
    """The proxy, its writer and the local server start where the user's re.py, json.py and inspector/ lie."""
    for name in ("re", "json", "types", "lxml", "inspector"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken for a module of ours')")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "inspector", "run", "--local", "-r", "calls.db", "--", "echo", "hello"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=200,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr


def test_fail_on(to_rclone: list[str], tmp_path: Path) -> None:
    """`--fail-on` makes a good run exit with 4; a filter that cannot be read stops before CMD is started."""
    keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    command = ["-r", str(tmp_path / "calls.db"), *to_rclone, "--fail-on"]
    assert run(*command, "code:NoSuchKey", *python(SCRIPT % B2_HOST), **keys).returncode == 4
    assert run(*command, "op:DeleteBucket", *python("pass")).returncode == 0
    broken = run(*command, "statsu:404", *python("print('started')"))
    assert broken.returncode == 2
    assert "status" in broken.stderr
    assert broken.stdout == ""


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_exit_codes_are_the_childs(code: str, expected: int, tmp_path: Path) -> None:
    """A child's own code wins; a signal gives 128 + n."""
    assert run("-r", str(tmp_path / "calls.db"), *python(code)).returncode == expected


def test_nothing_but_proxy_and_trust_is_set(tmp_path: Path) -> None:
    """No region, endpoint, credential or checksum setting is given to the child."""
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    before = dict(os.environ)
    after = json.loads(run("-r", str(tmp_path / "calls.db"), *python(code)).stdout)
    new = {name for name in after if after[name] != before.get(name)}
    assert {"HTTPS_PROXY", "AWS_CA_BUNDLE"} <= new
    assert not [
        name for name in new if any(word in name for word in ("REGION", "ENDPOINT", "KEY", "CHECKSUM", "PROFILE"))
    ]


def test_no_such_command(tmp_path: Path) -> None:
    """A command that does not exist is a usage error, and nothing is started."""
    done = run("-r", str(tmp_path / "calls.db"), "--", "no-such-command")
    assert done.returncode == 2
    assert "no such command" in done.stderr
    assert not (tmp_path / "calls.db").exists()


def test_bad_options_say_what_to_write(tmp_path: Path) -> None:
    """Each option that cannot be read is refused with an example, before anything is started."""
    for words in (
        ["--connect-to", "host:443"],
        ["--keep-body", "plenty"],
        ["--listen", "everywhere"],
        ["--listen", "0.0.0.0:0"],
    ):
        done = run("-r", str(tmp_path / "calls.db"), *words, *python("print('started')"))
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    """A file that is no recording is refused and not touched."""
    path = tmp_path / "notes.db"
    path.write_text("my notes\n")
    done = run("-r", str(path), *python("print('started')"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert path.read_text() == "my notes\n"


def test_nothing_arrived(tmp_path: Path) -> None:
    """Where no call came, the summary says which clients ignore proxies."""
    done = run("-r", str(tmp_path / "calls.db"), *python("pass"))
    assert "0 calls" in done.stderr
    assert "HTTPS_PROXY" in done.stderr


def test_signals_are_handed_on(tmp_path: Path) -> None:
    """SIGTERM reaches the child; what it does then is its own affair."""
    code = """
    import signal, sys, time
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
    print("ready", flush=True)
    time.sleep(30)
    """
    command = [sys.executable, "-m", "inspector", "run", "-r", str(tmp_path / "calls.db"), *python(code)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 5
    process.stdout.close()


@pytest.mark.skipif(shutil.which("pgrep") is None, reason="finds the proxy among the children of run by pgrep")
def test_a_proxy_that_dies_under_way_is_told(tmp_path: Path) -> None:
    """The program's own failures afterwards look like the network's: the summary alone would say all is well."""
    kill = 'kill -9 $(pgrep -P $PPID -f "[i]mport mitmdump") && sleep 1'
    done = run("-r", str(tmp_path / "calls.db"), "--", "sh", "-c", kill)
    assert done.returncode == 0
    assert "the proxy ended before the program did" in done.stderr


def test_into_what_is_no_recording_nothing_is_started_and_nothing_left(tmp_path: Path) -> None:
    """A file of another kind, one that is damaged further in: the reason and the next step, and no spool stays."""
    text, damaged = tmp_path / "notes.txt", damaged_further_in(record(tmp_path / "bad.db", [call()]))
    text.write_text("mine")
    for path, words, hint in ((text, "no SQLite database", "-r FILE"), (damaged, "malformed", "integrity_check")):
        done = run("-r", str(path), *python("print('started')"), B2_INSPECTOR_HOME=str(tmp_path / "home"))
        assert done.returncode == 1
        assert "started" not in done.stdout
        assert words in done.stderr
        assert hint in done.stderr
        assert "Traceback" not in done.stderr
        assert not list((tmp_path / "home" / "spool").iterdir())
    assert text.read_text() == "mine"

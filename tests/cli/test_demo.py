"""`demo`: real calls, recorded, shown, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from inspector.demo.calls import SECRET
from inspector.errors import ExitCode
from inspector.store.reader import Recording

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

DEMO = [sys.executable, "-m", "inspector", "demo"]


def demo_environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """This environment with a data directory and a temporary directory of its own, and an AWS set-up that is broken."""
    (tmp_path / "tmp").mkdir(exist_ok=True)
    broken = {"AWS_PROFILE": "no-such-profile", "AWS_REGION": "nowhere-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    own = {"B2_INSPECTOR_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "CI": "true"}
    return {**os.environ, **broken, **own, **more}


def run_demo(tmp_path: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The demo without a terminal, to its end."""
    return subprocess.run(
        [*DEMO, *words],
        env=demo_environment(tmp_path, **environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=150,
    )


def test_it_records_real_calls_and_shows_them(tmp_path: Path) -> None:
    """Good ones and failing ones, on B2's host name; it ends by itself, with 0, and leaves no file or secret."""
    done = run_demo(tmp_path)
    with Recording(tmp_path / "home" / "demo.db") as opened:
        rows = list(opened.exchanges())

    assert done.returncode == ExitCode.OK, done.stderr
    assert [(row.operation, row.status) for row in rows] == [
        ("CreateBucket", 200),
        ("PutObject", 200),
        ("PutObject", 200),
        ("HeadObject", 200),
        ("GetObject", 200),
        ("ListObjectsV2", 200),
        ("CreateMultipartUpload", 200),
        ("UploadPart", 200),
        ("UploadPart", 200),
        ("CompleteMultipartUpload", 200),
        ("GetObject", 200),
        ("DeleteObject", 204),
        ("ListObjectsV2", 403),
        ("GetObject", 404),
        ("PutObject", 200),
        ("PutObject", 400),
        ("PutObject", 501),
    ]
    assert {(row.host, row.region) for row in rows} == {("s3.us-west-004.backblazeb2.com", "us-west-004")}
    assert [row.payload for row in rows if row.operation == "PutObject"] == [
        *("hash", "hash", "trailer", "hash", "hash")
    ]
    assert [(row.operation, row.key) for row in rows if row.presigned] == [("GetObject", "notes.txt")]
    failed = next(row.id for row in rows if row.status == 403)
    assert f"#{failed}  ListObjectsV2  403 SignatureDoesNotMatch" in done.stdout
    assert "Signature validation failed" in done.stdout
    assert "Unsupported header 'x-amz-tagging' received for this API call." in done.stderr
    assert "b2-inspector run -- python your_script.py" in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []
    assert SECRET not in done.stdout + done.stderr


def sessions_in(recording: Path) -> list[str | None]:
    """The names of a recording's sessions."""
    with Recording(recording) as opened:
        return [session.name for session in opened.sessions()]


def test_each_demo_begins_anew_and_a_named_file_is_kept(tmp_path: Path) -> None:
    """The demo's own recording holds the last one alone; to a file that the user names, a session is added."""
    recording = tmp_path / "home" / "demo.db"
    for _ in range(2):
        assert run_demo(tmp_path).returncode == ExitCode.OK
    assert sessions_in(recording) == ["demo"]

    assert run_demo(tmp_path, "-r", str(recording)).returncode == ExitCode.OK
    assert sessions_in(recording) == ["demo", "demo"]


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """No server, proxy or file stays behind."""
    process = subprocess.Popen(
        DEMO,
        env=demo_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    while b"create a bucket" not in (line := process.stderr.readline()):
        assert line
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    process.communicate(timeout=60)
    gone, alive = psutil.wait_procs(children, timeout=10)

    assert process.returncode == 128 + number
    assert len(gone) >= 3
    assert alive == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_missing_parts_are_named(tmp_path: Path) -> None:
    """With the command that installs them."""
    hide = "import sys; sys.modules['boto3'] = None; sys.argv[1:] = ['demo']"
    code = f"{hide}; from inspector.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=demo_environment(tmp_path), capture_output=True, text=True)

    assert done.returncode == ExitCode.FAILED
    assert "the demo needs boto3" in done.stderr
    assert "pip install 'b2-inspector[demo]'" in done.stderr

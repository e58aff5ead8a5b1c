"""`demo`: real calls, recorded, shown, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support.calls import call, record

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


Shown = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A directory where the demo ran in the place of an earlier one's recording, and what it said. Only looked at."""
    directory = tmp_path_factory.mktemp("demo")
    (directory / "home").mkdir()
    record(directory / "home" / "demo.db", [call()])
    return directory, run_demo(directory)


def test_it_records_real_calls_and_shows_them(shown: Shown) -> None:
    """Good ones and failing ones, on B2's host name; it ends by itself, with 0, and leaves no file or secret."""
    directory, done = shown
    with Recording(directory / "home" / "demo.db") as opened:
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
    assert list((directory / "tmp").iterdir()) == []
    assert SECRET not in done.stdout + done.stderr


def sessions_in(recording: Path) -> list[str | None]:
    """The names of a recording's sessions."""
    with Recording(recording) as opened:
        return [session.name for session in opened.sessions()]


def test_each_demo_begins_anew_and_a_named_file_is_kept(shown: Shown, tmp_path: Path) -> None:
    """The demo's own recording holds the last one alone; to a file that the user names, a session is added."""
    recording = shown[0] / "home" / "demo.db"
    assert sessions_in(recording) == ["demo"]

    mine = shutil.copy(recording, tmp_path / "mine.db")
    assert run_demo(tmp_path, "-r", str(mine)).returncode == ExitCode.OK
    assert sessions_in(mine) == ["demo", "demo"]


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

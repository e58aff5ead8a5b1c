"""Every recording that ships opens anywhere, shows what it is said to show, and holds no secret."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.clean.files import file_leaks
from inspector.clean.scan import Scan
from inspector.demo.calls import KEY_ID, SECRET
from inspector.errors import ExitCode, UsageError
from inspector.samples import SAMPLES, sample_path
from inspector.store.reader import Recording

LARGEST = 300 * 1024
ALL_TOGETHER = 3 * 1024 * 1024
FOLDER = Path(__file__).parents[2] / "recordings"
NAMES = [sample.name for sample in SAMPLES]

B2_HOSTS = (".backblazeb2.com", ".backblaze.com")

CLIENTS = {
    "boto3": "Boto3",
    "b2sdk": "backblaze-b2",
    "aws-cli": "aws-cli",
    "javascript": "aws-sdk-js",
    "rclone": "rclone",
    "minio-py": "MinIO",
    "obstore": "object_store",
    "s3cmd": "",
    "curl": "curl",
}
"""What the client of each session calls itself in its User-Agent; s3cmd has none."""

FAILURES = {
    "signature": {"SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestTimeTooSkewed", "AccessDenied"},
    "access": {"AccessDenied", "NoSuchKey", "NoSuchBucket"},
    "unsupported": {"NotImplemented", "InvalidArgument", "InvalidRequest"},
    "server": {"SlowDown", "InternalError", "AccessDenied"},
    "multipart": {"InvalidPart", "NoSuchUpload", "EntityTooSmall"},
}
"""Error codes of which at least two are there."""


@pytest.mark.parametrize("name", NAMES)
def test_it_is_one_small_plain_file_without_a_secret(name: str) -> None:
    """No WAL; nothing of the machine that made it; a scan passes."""
    path = sample_path(name)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()
    assert path.stat().st_size <= LARGEST
    with Recording(path) as opened:
        assert list(Scan(opened, (SECRET.encode(),), now=9e9).places()) == []
        assert opened.key_ids()
        said = path.read_bytes()
        assert not [words for words in (f"{Path.home()}/".encode(), b"/home/", b"/tmp/") if words in said]
        hosts = {row.host for row in opened.exchanges()}
        assert not [host for host in hosts if not host.endswith(B2_HOSTS)]
        assert name == "b2sdk" or {host.partition("s3.")[2] for host in hosts} == {"us-west-004.backblazeb2.com"}


def test_all_together_are_small() -> None:
    """And none lies there that is not in the table."""
    files = sorted(FOLDER.glob("*.db"))
    assert sorted(path.stem for path in files) == sorted(NAMES)
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < ALL_TOGETHER
    with pytest.raises(UsageError, match="no sample"):
        sample_path("../sample")


def test_the_scripts_hold_no_secret_either() -> None:
    """Keys come from the environment there too."""
    scripts = [path for path in FOLDER.rglob("*") if path.suffix in (".py", ".sh", ".cjs")]
    assert len(scripts) >= 15
    assert [(path.name, leak) for path in scripts for leak in file_leaks(path)] == []


@pytest.mark.parametrize("name", CLIENTS)
def test_a_session_is_of_the_client_that_it_is_named_after(name: str) -> None:
    """Several operations, most of them good."""
    with Recording(sample_path(name)) as opened:
        rows = list(opened.exchanges())
        agents = [str(row.client) for row in rows]
        heads = [opened.exchange(row.id) for row in rows]
    said = b" ".join(repr(one.exchange.request.headers).encode() for one in heads if one)
    assert CLIENTS[name].encode().lower() in said.lower(), agents
    assert len({row.operation for row in rows}) >= 3
    assert sum((row.status or 500) < 400 for row in rows) >= len(rows) * 2 // 3
    assert KEY_ID in {row.key_id for row in rows}


@pytest.mark.parametrize("name", FAILURES)
def test_a_family_of_failures_has_failures_of_several_kinds(name: str) -> None:
    """Beside a call that is good, to compare with."""
    with Recording(sample_path(name)) as opened:
        rows = list(opened.exchanges())
    assert len({row.error_code for row in rows} & FAILURES[name]) >= 2, {row.error_code for row in rows}
    assert any((row.status or 500) < 300 for row in rows)


@pytest.mark.slow
def test_the_demo_opens_any_of_them(tmp_path: Path) -> None:
    """A copy; with a list of what there is, and a word for what there is not."""
    env = os.environ | {"B2_INSPECTOR_HOME": str(tmp_path / "home"), "CI": "true"}

    def demo(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "inspector", "demo", *words]
        return subprocess.run(command, capture_output=True, text=True, env=env, timeout=100, check=False)

    listed = demo("--list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == NAMES
    before = sample_path("signature").read_bytes()
    shown = demo("--sample", "signature")
    assert shown.returncode == ExitCode.OK, shown.stderr
    assert "SignatureDoesNotMatch" in shown.stdout
    assert (tmp_path / "home" / "signature.db").exists()
    assert sample_path("signature").read_bytes() == before
    unknown = demo("--sample", "nothing")
    assert unknown.returncode == ExitCode.USAGE
    assert "There are: sample, boto3" in unknown.stderr


def test_they_open_where_one_may_not_write(tmp_path: Path) -> None:
    """And leave nothing beside themselves."""
    copy = Path(shutil.copy(sample_path("curl"), tmp_path))
    tmp_path.chmod(0o500)
    try:
        with Recording(copy) as opened:
            assert opened.count()
        assert [path.name for path in tmp_path.iterdir()] == ["curl.db"]
    finally:
        tmp_path.chmod(0o700)

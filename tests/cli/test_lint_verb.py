"""`lint`: its exit codes are what CI builds on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import B2_HOST, KEYS

from tests.support.calls import call, record

HIDDEN = {"operation": "DeleteObject", "key": b"a", "auth": "sigv4-header"}
TAGGED = {"operation": "PutObject", "key": b"a", "auth": "sigv4-header", "client": "boto3 1.44.5"}


def b2_inspector(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "inspector", "lint", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three uploads with tags, a delete, a good download, a call of another protocol."""
    tags = ((b"x-amz-tagging", b"a=b"),)
    calls = [call(headers=tags, facts=TAGGED) for _ in range(3)]
    calls += [call(b"/photos/a", method=b"DELETE", facts=HIDDEN)]
    calls += [call(method=b"GET", facts={"operation": "GetObject", "auth": "sigv4-header"})]
    calls += [call(method=b"GET", facts={"api": None, "operation": None})]
    return str(record(tmp_path_factory.mktemp("lint") / "r.db", calls))


def test_what_b2_refuses_makes_ci_red(recording: str) -> None:
    """Exit code 4, with the calls, the era and the fix."""
    done = b2_inspector("-r", recording)
    assert done.returncode == 4, done.stderr
    assert "ERROR   tagging-header  3 calls  #1 #2 #3" in done.stdout
    assert "fix: Leave Tagging= out of put_object" in done.stdout
    assert "holds: still refused in 2026" in done.stdout
    assert "5 S3 calls: 1 error, 1 note" in done.stdout


def test_json_has_a_line_for_each_rule(recording: str) -> None:
    """The gravest first; the count on stderr."""
    done = b2_inspector("-r", recording, "--json")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["rule"], first["level"], first["count"], first["ids"]) == ("tagging-header", "error", 3, [1, 2, 3])
    assert (second["rule"], second["level"]) == ("delete-only-hides", "note")
    assert {"title", "seen", "fix", "era", "sources", "what", "clients"} <= first.keys()
    assert "5 S3 calls" in done.stderr
    assert done.returncode == 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["op:DeleteObject"], 0),
        (["op:DeleteObject", "--level", "note"], 4),
        (["op:GetObject", "--level", "note"], 0),
        (["op:PutObject", "--level", "error"], 4),
        (["op:CopyObject"], 3),
        (["id:6"], 3),
        (["--level", "terrible"], 2),
    ],
)
def test_exit_codes(recording: str, words: list[str], code: int) -> None:
    """0 clean, 2 usage, 3 no S3 call, 4 found."""
    done = b2_inspector("-r", recording, *words)
    assert done.returncode == code, done.stdout + done.stderr


def test_the_sample_recording_is_clean() -> None:
    """What the SDKs sent to B2 has notes at most."""
    sample = Path(__file__).parents[2] / "recordings" / "sample.db"
    done = b2_inspector("-r", str(sample))
    assert done.returncode == 0, done.stdout


SCRIPT = f"""
import boto3
from botocore.exceptions import ClientError
s3 = boto3.client("s3", endpoint_url="https://{B2_HOST}", region_name="us-west-004")
s3.create_bucket(Bucket="photos")
s3.put_object(Bucket="photos", Key="a", Body=b"hello")
s3.get_object(Bucket="photos", Key="a")
{{}}
"""
REFUSED = """
for name, words in (
    ("put_object", dict(Key="a", Body=b"x", IfNoneMatch="*")),
    ("put_object", dict(Key="a", Body=b"x", StorageClass="GLACIER")),
    ("put_bucket_lifecycle_configuration", dict(LifecycleConfiguration={"Rules": [
        {"Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 1}}]})),
    ("get_bucket_policy", {}),
):
    try:
        getattr(s3, name)(Bucket="photos", **words)
    except ClientError:
        pass
"""


@pytest.mark.slow
@pytest.mark.parametrize(("more", "code"), [("", 0), (REFUSED, 4)])
def test_a_run_fails_on_lint(tmp_path: Path, more: str, code: int) -> None:
    """boto3 against the local stand-in: good calls pass, others make the run fail although the program did not."""
    recording = str(tmp_path / "r.db")
    words = [*("run", "--local", "-r", recording, "--fail-on", "lint"), "--", sys.executable, "-c"]
    done = subprocess.run(
        [sys.executable, "-m", "inspector", *words, SCRIPT.format(more)],
        env=os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "lint: " in done.stderr
    if code:
        named = ("conditional-write", "storage-class", "lifecycle-unsupported", "unsupported-subresource")
        assert [name for name in named if f"[{name}]" not in done.stderr] == []
        explained = subprocess.run(
            [sys.executable, "-m", "inspector", "explain", "-r", recording, "is:error", "--json"],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        first = [json.loads(line)["findings"][0]["cause"] for line in explained.stdout.splitlines()]
        assert first == ["conditional-write", "storage-class", "api-call-not-supported"]

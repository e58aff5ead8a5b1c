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


def inspector(*words: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Any verb, in an environment."""
    return subprocess.run(
        [sys.executable, "-m", "inspector", *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


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
s3.get_object(Bucket="photos", Key="a")["Body"].read()
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


OTHERS = f"""
import io, os, subprocess, sys
from minio import Minio
from minio.commonconfig import Tags
import obstore
from obstore.store import S3Store
import boto3

place = dict(endpoint_url="https://{B2_HOST}", region_name="us-west-004")
boto3.client("s3", **place).create_bucket(Bucket="photos")
tags = Tags()
tags["a"] = "b"
names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
client = Minio("{B2_HOST}", *(os.environ[name] for name in names), region="us-west-004")
store = S3Store("photos", region="us-west-004", endpoint="https://{B2_HOST}", retry_config=dict(max_retries=0))
for call in (
    lambda: client.put_object("photos", "a", io.BytesIO(b"x"), 1, tags=tags),
    lambda: client.get_bucket_policy("photos"),
    lambda: obstore.put(store, "c", b"x", mode="create"),
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__)
rclone = os.path.join(os.path.dirname(sys.executable), "rclone")
words = "--s3-provider=Other --s3-region=us-west-004 --s3-env-auth --s3-no-check-bucket".split()
more = ["--s3-storage-class=GLACIER", "--s3-endpoint=https://{B2_HOST}", "--s3-no-head", "--retries=1"]
subprocess.run([rclone, *words, *more, "copyto", sys.argv[0], ":s3:photos/r"], timeout=60)
"""


@pytest.mark.slow
def test_the_first_finding_of_each_sdk_is_what_it_did(tmp_path: Path) -> None:
    """minio-py, object_store and rclone against the local stand-in, each with something that B2 does not have."""
    recording, script = str(tmp_path / "r.db"), tmp_path / "others.py"
    script.write_text(OTHERS)
    environ = os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    words = [*("run", "--local", "-r", recording, "--fail-on", "lint"), "--", sys.executable, str(script)]
    done = inspector(*words, environ=environ)
    assert done.returncode == 4, done.stderr
    lines = inspector("explain", "-r", recording, "is:error -op:HeadObject", "--json", environ=environ).stdout
    found = [json.loads(line)["findings"][0]["cause"] for line in lines.splitlines()]
    assert found == ["tagging-header", "api-call-not-supported", "conditional-write", "storage-class"]
    slugs = [json.loads(line)["rule"] for line in b2_inspector("-r", recording, "--json").stdout.splitlines()]
    assert {"tagging-header", "unsupported-subresource", "conditional-write", "storage-class"} <= set(slugs)


@pytest.mark.slow
@pytest.mark.parametrize(("more", "code"), [("", 0), (REFUSED, 4)])
def test_a_run_fails_on_lint(tmp_path: Path, more: str, code: int) -> None:
    """boto3 against the local stand-in: good calls pass, others make the run fail although the program did not."""
    recording = str(tmp_path / "r.db")
    environ = os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    words = [*("run", "--local", "-r", recording, "--fail-on", "lint"), "--", sys.executable, "-c"]
    done = inspector(*words, SCRIPT.format(more), environ=environ)
    assert done.returncode == code, done.stderr
    assert "lint: " in done.stderr
    if code:
        named = ("conditional-write", "storage-class", "lifecycle-unsupported", "unsupported-subresource")
        assert [name for name in named if f"[{name}]" not in done.stderr] == []
        lines = inspector("explain", "-r", recording, "is:error", "--json", environ=environ).stdout
        told = [json.loads(line) for line in lines.splitlines()]
        first = [one["findings"][0]["cause"] if one["findings"] else one["path"] for one in told]
        assert first == ["conditional-write", "storage-class", "api-call-not-supported"]

"""`run --local`: a program meets B2's refusals without an account, a network, or a word of its own about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import B2_HOST, KEYS

from inspector.demo.server import RcloneServer
from inspector.store.reader import Recording

pytestmark = pytest.mark.slow

SCRIPT = f"""
import boto3, json
from botocore.exceptions import BotoCoreError, ClientError
s3 = boto3.client("s3", endpoint_url="https://{B2_HOST}", region_name="us-west-004")
s3.create_bucket(Bucket="photos")
s3.put_object(Bucket="photos", Key="a b+c.txt", Body=b"hello")
said = [s3.get_object(Bucket="photos", Key="a b+c.txt")["Body"].read().decode()]
for name, words in (
    ("put_object", dict(Key="x", Body=b"x" * 3_000_000, Tagging="a=b")),
    ("get_object", dict(Key="none")),
    ("head_object", dict(Key="none")),
    ("get_bucket_policy", dict()),
    ("put_object", dict(Key="broken", Body=b"x")),
):
    try:
        getattr(s3, name)(Bucket="photos", **words)
    except ClientError as error:
        said.append(error.response["Error"].get("Message"))
    except BotoCoreError as error:
        said.append(type(error).__name__)
print(json.dumps(said))
"""


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`b2-inspector run --local` around the script."""
    return subprocess.run(
        [sys.executable, "-m", "inspector", "run", "--local", *words, "--", sys.executable, "-c", SCRIPT],
        env=os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]} | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_a_program_hears_b2s_sentences(tmp_path: Path) -> None:
    """Good calls do what they say; the others are refused as B2 refuses them, retried as the SDK retries them."""
    recording = tmp_path / "r.db"
    done = run("-r", str(recording), "--fault", "op:GetObject status:503 times:1", "--fault", "key:broken reset")
    assert done.returncode == 0, done.stderr
    *said, broken = json.loads(done.stdout)
    assert broken in ("ConnectionClosedError", "ProxyConnectionError")  # urllib3 has both names for it
    assert said == [
        "hello",
        "Unsupported header 'x-amz-tagging' received for this API call.",
        "Key not found",
        "Not Found",
        "Backblaze B2 does not support this API call.",
    ]
    with Recording(recording) as opened:
        rows = list(opened.exchanges())
        assert [row.status for row in rows if row.operation == "GetObject"] == [503, 200, 404]
        assert {row.failure for row in rows if row.key == "broken"} == {"upstream-reset"}
        head = next(opened.exchange(row.id) for row in rows if row.operation == "HeadObject")
        assert head is not None
        assert head.exchange.response is not None
        lines = {name.lower(): value for name, value in head.exchange.response.headers}
        assert lines[b"content-length"] == b"137"  # of the body that an answer to HEAD leaves out
        assert head.exchange.response.reason == b""


def test_a_wrong_secret_is_told_from_the_right_one(tmp_path: Path) -> None:
    """The valid key is that of a profile; what the program signs with is another."""
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[b2]\naws_access_key_id = {KEYS[0]}\naws_secret_access_key = {KEYS[1]}\n")
    done = run(
        *("-r", str(tmp_path / "r.db"), "--profile", "b2"),
        AWS_SHARED_CREDENTIALS_FILE=str(credentials),
        AWS_SECRET_ACCESS_KEY="another",
    )
    assert "Signature validation failed" in done.stderr


def test_a_key_may_what_it_was_given(tmp_path: Path) -> None:
    """`--key-capabilities` leaves the rest `not entitled`."""
    done = run("-r", str(tmp_path / "r.db"), "--key-capabilities", "readFiles,listFiles")
    assert "not entitled" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fault", "nonsense"], "cannot read 'nonsense'"),
        (["--key-capabilities", "flyFiles"], "no such capability: flyFiles"),
        (["--local-upstream", "ftp://x"], "is no URL of an S3 server"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_starts(words: list[str], said: str) -> None:
    """A usage error."""
    done = run(*words)
    assert done.returncode == 2
    assert said in done.stderr


def test_options_of_the_stand_in_need_it() -> None:
    """`--fault` without `--local` is a mistake."""
    done = subprocess.run(
        [sys.executable, "-m", "inspector", "run", "--fault", "reset", "--", "true"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "add --local" in done.stderr


def test_the_stand_in_breaks_no_connection_that_nobody_asked_it_to(tmp_path: Path) -> None:
    """moto closes after each answer, and says so: a connection that it closes must not be used again."""
    script = f"""
import boto3
from concurrent.futures import ThreadPoolExecutor
s3 = boto3.client("s3", endpoint_url="https://{B2_HOST}", region_name="us-west-004")
s3.create_bucket(Bucket="photos")
def work(number):
    s3.put_object(Bucket="photos", Key=str(number), Body=b"x" * number)
    s3.get_object(Bucket="photos", Key=str(number))["Body"].read()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(60)))
"""
    recording = tmp_path / "r.db"
    done = subprocess.run(
        [sys.executable, "-m", "inspector", "run", "--local", "-r", str(recording), "--", sys.executable, "-c", script],
        env=os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Recording(recording) as opened:
        assert [row.failure for row in opened.exchanges() if row.failure] == []


UPLOADS = f"""
import boto3
s3 = boto3.client("s3", endpoint_url="https://{B2_HOST}", region_name="us-west-004")
s3.create_bucket(Bucket="holiday-photos")
s3.put_object(Bucket="holiday-photos", Key="a b+c.txt", Body=b"hello")
upload = dict(Bucket="holiday-photos", Key="film")
upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
tags = [s3.upload_part(PartNumber=n, Body=bytes(5 * 2**20 if n == 1 else 7), **upload)["ETag"] for n in (1, 2)]
s3.complete_multipart_upload(MultipartUpload={{"Parts": [dict(PartNumber=n, ETag=tag) for n, tag in
                                                         enumerate(tags, 1)]}}, **upload)
print(s3.get_object(Bucket="holiday-photos", Key="a b+c.txt")["Body"].read(), s3.head_object(
    Bucket="holiday-photos", Key="film")["ContentLength"])
"""


@pytest.mark.parametrize("server", ["rclone", "moto"])
def test_a_server_of_ones_own_is_asked_in_its_own_way(server: str, moto_plain: str, tmp_path: Path) -> None:
    """rclone wants a Content-Length and checks its own key; moto knows no host of B2's and one region."""
    directory = tmp_path / "stored"
    directory.mkdir()
    own = ("AKIAOWNOWNOWNOWNOWN1", "another-secret-altogether")
    with RcloneServer(directory, own) as rclone:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "inspector", "run", "--local", "-r", str(tmp_path / "r.db")),
                *("--local-upstream", rclone.url if server == "rclone" else moto_plain),
                *("--", sys.executable, "-c", UPLOADS),
            ],
            env=os.environ
            | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
            | {"B2_INSPECTOR_UPSTREAM_KEY_ID": own[0], "B2_INSPECTOR_UPSTREAM_SECRET": own[1]},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.split()[-2:] == ["b'hello'", "5242887"]
    with Recording(tmp_path / "r.db") as opened:
        put = next(opened.exchange(row.id) for row in opened.exchanges() if row.operation == "PutObject")
        assert put is not None
        assert b"aws-chunked" in dict(put.exchange.request.headers).values()  # what the client sent is what is kept


def test_an_endpoint_that_b2_has_not_is_not_there_either(tmp_path: Path) -> None:
    """A region that is mistyped fails as a name that does not resolve, and nothing leaves this machine."""
    script = """
import boto3
from botocore.config import Config
config = Config(retries={"total_max_attempts": 1})
s3 = boto3.client("s3", endpoint_url="https://s3.us-west-4.backblazeb2.com", region_name="x", config=config)
s3.list_buckets()
"""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "inspector", "run", "--local", "-r", str(tmp_path / "r.db")),
            *("--", sys.executable, "-c", script),
        ],
        env=os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode != 0
    assert "'us-west-4' is no region of B2's" in done.stderr
    assert "[endpoint-host-unknown]" in done.stderr

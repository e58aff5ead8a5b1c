"""What real boto3 said to a strict server, explained: what it accepted verifies, what it refused is proved.

The faults are planted where they come from: in the secret, in the region, between signing and sending.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import B2_HOST, KEYS

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer

pytestmark = pytest.mark.slow

SCRIPT = r"""
import os, boto3, urllib.error, urllib.request
from botocore.config import Config
from botocore.exceptions import ClientError

KEY_ID, SECRET, ENDPOINT = os.environ["TEST_ID"], os.environ["TEST_SECRET"], os.environ["TEST_ENDPOINT"]

def client(secret=SECRET, region="us-west-004", change=None):
    config = Config(
        request_checksum_calculation="when_required", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}
    )
    made = boto3.client("s3", endpoint_url=ENDPOINT, region_name=region, config=config,
                        aws_access_key_id=KEY_ID, aws_secret_access_key=secret)
    if change:
        made.meta.events.register("before-send.s3", change)
    return made

def attempt(call, *words, **options):
    try:
        call(*words, **options)
    except (ClientError, urllib.error.HTTPError):
        pass

def fetch(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
        answer.read()

def content_type(request, **_):
    request.headers["Content-Type"] = b"text/plain; charset=utf-8"

def host(request, **_):
    request.headers["Host"] = b"backend.internal:9000"

def query(request, **_):
    request.url += "&utm_source=mail"

s3 = client()
s3.create_bucket(Bucket="photos")
for key in ("a b+c.txt", "\u00fcn\u00ef/~x'()!*.txt", "x%2Fy", "\u65e5\u672c ; @=&$,?#.txt", 'q"<>\\^`{|}'):
    s3.put_object(Bucket="photos", Key=key, Body=b"hello", Metadata={"note": "two  spaces"})
    s3.get_object(Bucket="photos", Key=key, ResponseContentDisposition='attachment; filename="a b+c"')["Body"].read()
s3.list_objects_v2(Bucket="photos", Prefix="a b+", Delimiter="/")
url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "a b+c.txt"}, ExpiresIn=600)
fetch(url)
attempt(client(SECRET + "\n").list_objects_v2, Bucket="photos")
attempt(client(SECRET[:-1]).list_objects_v2, Bucket="photos")
attempt(client(change=content_type).put_object, Bucket="photos", Key="m", Body=b"1", ContentType="text/plain")
attempt(client(change=host).list_objects_v2, Bucket="photos")
attempt(client(change=query).list_objects_v2, Bucket="photos")
attempt(fetch, url, "HEAD")
attempt(fetch, url + "&v=2")
"""
PLANTED = [
    "key-secret-whitespace",
    "key-secret-truncated",
    "hdr-content-type",
    "host-rewritten",
    "query-param-added",
    "presign-method",
    "query-param-added",
]
AWS = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
TEST = {"TEST_ID": KEYS[0], "TEST_SECRET": KEYS[1], "TEST_ENDPOINT": f"https://{B2_HOST}"}


def b2_inspector(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, without AWS files."""
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "B2_APPLICATION"))}
    return subprocess.run(
        [sys.executable, "-m", "inspector", *words],
        env=kept | nowhere | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )


def test_real_calls(rclone: RcloneServer, certificates: Certificates, tmp_path: Path) -> None:
    """Everything that the server took verifies; each fault is proved to be what it is; the run's end names them."""
    path = tmp_path / "r.db"
    route = f"{B2_HOST}:443:127.0.0.1:{rclone.port}"
    options = ("-r", str(path), "--connect-to", route, "--upstream-ca", str(certificates.authority))
    ran = b2_inspector("run", *options, "--", sys.executable, "-c", SCRIPT, **AWS, **TEST)
    assert ran.returncode == 0, ran.stderr

    done = b2_inspector("explain", "-r", str(path), "id:>0", "--json", **AWS)
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    good = [one for one in found if one["status"] < 300]
    bad = [one for one in found if one["status"] == 403]

    assert len(good) == 13
    assert {one["signature"]["verdict"] for one in good} == {"verified"}
    assert {finding["certainty"] for one in good for finding in one["findings"]} <= {"hint"}
    assert [one["findings"][0]["cause"] for one in bad] == PLANTED
    assert {one["findings"][0]["certainty"] for one in bad} == {"proved"}
    for slug in PLANTED:
        assert f"[{slug}]" in ran.stderr
    for text in (ran.stderr, done.stdout, done.stderr):
        assert KEYS[1] not in text

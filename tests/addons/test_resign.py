"""Real clients through an endpoint to a server that checks signatures strictly: what is signed anew is right.

The clients hold credentials that open nothing; the server knows the real ones.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import minio
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import B2_HOST, KEYS
from support.endpoint import Endpoint, endpoint

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer, find_rclone
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, sign_header
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.store.reader import Recording
from inspector.store.stored import Forwarded
from inspector.view.call import signed_of
from inspector.wire.exchange import EMPTY_DIGESTS, Request

pytestmark = pytest.mark.slow

CLIENT = ("test", "dummy/secret+that-opens-nothing")
HARD_KEYS = ("a b+c.txt", "~x'()!*/\u00fcn\u00ef.txt", "x%2Fy", "\u65e5\u672c ; @=&$,?#.txt", 'q"<>^`{|}')
BODY = b"hello endpoint " * 5000


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, shared_home: Path
) -> Iterator[Endpoint]:
    """An endpoint for a B2 host that leads to rclone's server, with TLS."""
    room = tmp_path_factory.mktemp("strict")
    (room / "buckets" / "photos").mkdir(parents=True)
    with (
        RcloneServer(room / "buckets", KEYS, certificates) as server,
        endpoint(
            room,
            shared_home,
            f"https://{B2_HOST}",
            KEYS,
            [CLIENT],
            connect_to=[f"{B2_HOST}:443:127.0.0.1:{server.port}"],
            upstream_ca=certificates.authority,
        ) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def broad(tmp_path_factory: pytest.TempPathFactory, moto_plain: str, shared_home: Path) -> Iterator[Endpoint]:
    """An endpoint for moto, which knows many operations, without TLS."""
    with endpoint(tmp_path_factory.mktemp("broad"), shared_home, moto_plain, KEYS, [CLIENT]) as running:
        yield running


@pytest.fixture(params=["http", "https"])
def url(request: pytest.FixtureRequest, strict: Endpoint) -> str:
    """The endpoint before the strict server, over http and https."""
    return str(getattr(strict, request.param))


def since(running: Endpoint) -> int:
    """The last call's id, once what was said before is written: a call of our own is the last of it."""
    mark = f"/mark/{time.time_ns()}"
    urllib3.PoolManager().request("GET", running.http + mark, retries=False)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with Recording(running.recording) as opened:
            found = [row.id for row in opened.exchanges(f"path:{mark}") if row.state != "open"]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("the writer has not come so far")


def s3(running: Endpoint, url: str, secret: str = CLIENT[1], **config: Any) -> Any:
    config.setdefault("request_checksum_calculation", "when_required")
    return boto3.client(
        "s3",
        endpoint_url=url,
        verify=running.authority,
        region_name="us-west-004",
        aws_access_key_id=CLIENT[0],
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def assert_both_kept(running: Endpoint, number: int) -> None:
    """The client's request verifies with the client's key, what went on with the real one."""
    with Recording(running.recording) as opened:
        stored, forwarded = opened.exchange(number), opened.forwarded(number)
        assert stored is not None
        assert forwarded is not None
        client, real = Key(CLIENT[0], CLIENT[1].encode()), Key(KEYS[0], KEYS[1].encode())
        assert verify(signed_of(opened, stored), client).verdict == "verified"
        sent = signed_request_of(forwarded)
        assert verify(sent, real).verdict == "verified"
        assert sent.request.signed_host != stored.exchange.request.signed_host
        assert stored.row.key_id == CLIENT[0]
        assert sent.authorization.key_id == KEYS[0]


def signed_request_of(forwarded: Forwarded) -> SignedRequest:
    return signed_request(forwarded.request)


def test_boto3(strict: Endpoint, url: str) -> None:
    """Hard keys up, down, listed, presigned, in ranges; every call of it is kept twice."""
    before, client = since(strict), s3(strict, url)
    for key in HARD_KEYS:
        client.put_object(Bucket="photos", Key=key, Body=BODY, Metadata={"note": "two  spaces"})
        answer = client.get_object(Bucket="photos", Key=key, ResponseContentDisposition='attachment; filename="a b+c"')
        assert answer["Body"].read() == BODY
    assert client.get_object(Bucket="photos", Key=HARD_KEYS[0], Range="bytes=5-9")["Body"].read() == BODY[5:10]
    assert client.head_object(Bucket="photos", Key=HARD_KEYS[0])["ContentLength"] == len(BODY)
    assert client.list_objects_v2(Bucket="photos", Prefix="a b+", Delimiter="/")["KeyCount"] == 1
    pool = urllib3.PoolManager(ca_certs=strict.authority)
    presigned = client.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": HARD_KEYS[0]})
    assert pool.request("GET", presigned).data == BODY
    presigned = client.generate_presigned_url("put_object", Params={"Bucket": "photos", "Key": "signed url"})
    assert pool.request("PUT", presigned, body=b"by url").status == 200
    calls = strict.calls(2 * len(HARD_KEYS) + 5, before)
    for call in calls:
        assert call.row.status in (200, 206), (call.row.operation, call.row.status)
        assert_both_kept(strict, call.row.id)
    assert {call.row.bucket for call in calls} == {"photos"}
    assert {call.row.key for call in calls} == {*HARD_KEYS, "signed url", None}
    assert len({call.exchange.server_connection for call in calls}) <= 3  # boto3's own, and the pool's


def test_virtual_hosts(strict: Endpoint, url: str) -> None:
    """`photos.localhost` asks for the bucket that path style has in its path."""
    before, port = since(strict), strict.proxy.port
    pool = urllib3.PoolManager(ca_certs=strict.authority, assert_hostname=False)
    put = ask(pool, url, b"PUT", b"/virtual/b%20c", b"photos.localhost:%d" % port)
    listed = ask(pool, url, b"GET", b"/?list-type=2&prefix=virtual", b"photos.localhost:%d" % port)
    assert (put.status, listed.status) == (200, 200)
    assert b"<KeyCount>1<" in listed.data
    first, second = strict.calls(2, before)
    assert first.exchange.request.signed_host == b"photos.localhost:%d" % port
    assert (first.row.bucket, first.row.key) == ("photos", "virtual/b c")
    assert (second.row.bucket, second.row.key) == ("photos", None)
    forwarded = strict.forwarded(first.row.id)
    assert forwarded is not None
    assert forwarded.request.target == b"/photos/virtual/b%20c"


def ask(pool: urllib3.PoolManager, url: str, method: bytes, target: bytes, host: bytes) -> Any:
    """A request signed for a host that is not looked up: not every resolver knows names below localhost."""
    stamp = Stamp(amz_date(time.time()), b"us-west-004")
    bare = Request(method, "http", "127.0.0.1", 0, target, ((b"Host", host),))
    signed = sign_header(bare, Key(CLIENT[0], CLIENT[1].encode()), stamp, EMPTY_DIGESTS.sha256.encode())
    headers = {name.decode(): value.decode() for name, value in signed.headers}
    return pool.request(method.decode(), url + target.decode(), headers=headers)


def test_multipart(strict: Endpoint, url: str, tmp_path: Path) -> None:
    """Parts in threads."""
    from boto3.s3.transfer import TransferConfig

    big = tmp_path / "big"
    big.write_bytes(os.urandom(1 << 20) * 24)
    client, config = s3(strict, url), TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    client.upload_file(str(big), "photos", "big", Config=config)
    client.download_file("photos", "big", str(tmp_path / "back"), Config=config)
    assert (tmp_path / "back").read_bytes() == big.read_bytes()


def test_rclone(strict: Endpoint, url: str, tmp_path: Path) -> None:
    """It signs as the AWS SDK for Go, keeps connections, and looks at what it uploaded."""
    rclone = find_rclone()
    assert rclone is not None
    (tmp_path / "file 1").write_bytes(BODY)
    secrets = {"RCLONE_S3_ACCESS_KEY_ID": CLIENT[0], "RCLONE_S3_SECRET_ACCESS_KEY": CLIENT[1]}
    options = {"RCLONE_S3_ENDPOINT": url, "RCLONE_S3_PROVIDER": "Other", "RCLONE_CONFIG": os.devnull}
    trust = {"SSL_CERT_FILE": strict.authority, "RCLONE_CA_CERT": strict.authority, "RCLONE_S3_REGION": "us-west-004"}
    before = since(strict)
    for words in (["copy", str(tmp_path / "file 1"), ":s3:photos/rclone dir"], ["cat", ":s3:photos/rclone dir/file 1"]):
        done = subprocess.run(
            [rclone, "--retries", "1", "--s3-no-check-bucket", *words],
            env=os.environ | secrets | options | trust,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == BODY
    last = since(strict)
    with Recording(strict.recording) as opened:
        rows = [row for row in opened.exchanges(after=before) if row.id < last]
    assert {row.client.split()[0] for row in rows if row.client} == {"rclone"}
    for row in rows:
        assert_both_kept(strict, row.id)


def test_minio(strict: Endpoint, url: str) -> None:
    """It knows no proxy, and needs none."""
    scheme, _, place = url.partition("://")
    pool = urllib3.PoolManager(ca_certs=strict.authority)
    client = minio.Minio(place, *CLIENT, secure=scheme == "https", region="us-west-004", http_client=pool)
    client.put_object("photos", "minio key+1", io.BytesIO(BODY), len(BODY))
    answer = client.get_object("photos", "minio key+1")
    assert answer.read() == BODY
    answer.release_conn()


CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="no curl")
def test_curl(strict: Endpoint, url: str, tmp_path: Path) -> None:
    """`--aws-sigv4`, told to sign the hash of the payload, as B2 wants it."""
    common = [
        str(CURL),
        "-sS",
        "--cacert",
        strict.authority,
        "--aws-sigv4",
        "aws:amz:us-west-004:s3",
        "--max-time",
        "30",
    ]
    (tmp_path / "secret").write_text(f'user = "{CLIENT[0]}:{CLIENT[1]}"\n')
    common += ["-K", str(tmp_path / "secret"), "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", f"{url}/photos/curl"]
    (tmp_path / "body").write_bytes(BODY)
    up = subprocess.run([*common, "-T", str(tmp_path / "body"), "-w", "%{http_code}"], capture_output=True, check=False)
    assert up.stdout == b"200", (up.stdout, up.stderr)
    down = subprocess.run(common, capture_output=True, check=False)
    assert down.stdout == BODY


AWS = """
aws --version && aws s3 cp "$1" s3://photos/aws-cli && aws s3 cp s3://photos/aws-cli - | cmp - "$1"
"""


def test_aws_cli(strict: Endpoint, url: str, tmp_path: Path) -> None:
    """The command line of AWS, where there is one that knows AWS_ENDPOINT_URL_S3."""
    aws = shutil.which("aws")
    if aws is None or subprocess.run([aws, "--version"], capture_output=True, timeout=60, check=False).returncode:
        pytest.skip("no AWS CLI")
    (tmp_path / "body").write_bytes(BODY)
    environ = {
        "AWS_ACCESS_KEY_ID": CLIENT[0],
        "AWS_SECRET_ACCESS_KEY": CLIENT[1],
        "AWS_DEFAULT_REGION": "us-west-004",
        "AWS_CA_BUNDLE": strict.authority,
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    script = AWS.replace("aws s3", f"aws --endpoint-url {url} s3")
    words = ["sh", "-ec", script, "-", str(tmp_path / "body")]
    done = subprocess.run(words, env=os.environ | environ, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()


NODE = """
const { S3Client, PutObjectCommand, GetObjectCommand } = require('@aws-sdk/client-s3');
(async () => {
  const client = new S3Client({ region: 'us-west-004', endpoint: process.argv[1], forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED' });
  await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'js key+1', Body: 'hello' }));
  const answer = await client.send(new GetObjectCommand({ Bucket: 'photos', Key: 'js key+1' }));
  process.stdout.write(await answer.Body.transformToString());
})();
"""


def test_javascript(strict: Endpoint, url: str) -> None:
    """The AWS SDK for JavaScript, which knows no proxy."""
    modules, node = os.environ.get("B2_INSPECTOR_TEST_NODE_MODULES"), shutil.which("node")
    if not node or not modules or not Path(modules, "@aws-sdk", "client-s3").is_dir():
        pytest.skip("B2_INSPECTOR_TEST_NODE_MODULES names no node_modules with @aws-sdk/client-s3")
    keys = {"AWS_ACCESS_KEY_ID": CLIENT[0], "AWS_SECRET_ACCESS_KEY": CLIENT[1]}
    environ = os.environ | keys | {"NODE_PATH": modules, "NODE_EXTRA_CA_CERTS": strict.authority}
    done = subprocess.run([node, "-e", NODE, url], env=environ, capture_output=True, timeout=60, check=False)
    assert done.stdout == b"hello", done.stderr.decode()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_default_checksums(broad: Endpoint, scheme: str) -> None:
    """boto3 as it is: a trailer over https, a header over http; both go on as they are, without being held."""
    before = since(broad)
    client = s3(broad, getattr(broad, scheme), request_checksum_calculation="when_supported")
    bucket = f"trailers-{scheme}"
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-004"})
    client.put_object(Bucket=bucket, Key="a", Body=BODY)
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == BODY
    client.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    client.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    calls = broad.calls(6, before)
    assert [call.row.status for call in calls] == [200] * 6
    assert calls[1].row.payload == ("trailer" if scheme == "https" else "hash")
    assert ("endpoint-plain-http" in calls[1].exchange.alterations) == (scheme == "http")
    for call in calls:
        assert_both_kept(broad, call.row.id)


def test_a_public_bucket(broad: Endpoint) -> None:
    """A call without a signature goes on without one."""
    before = since(broad)
    pool = urllib3.PoolManager()
    pool.request("GET", f"{broad.http}/nobodys-bucket/a")
    (call,) = broad.calls(1, before)
    forwarded = broad.forwarded(call.row.id)
    assert forwarded is not None
    assert not any(name.lower() == b"authorization" for name, _ in forwarded.request.headers)


@pytest.mark.parametrize("upload", [False, True])
def test_a_wrong_secret(strict: Endpoint, url: str, upload: bool) -> None:
    """403 in B2's bytes with the reason; nothing is sent on; the connection lives; `explain` proves what it was."""
    before, client = since(strict), s3(strict, url, secret=CLIENT[1] + "\n")
    with pytest.raises(ClientError) as refused:
        client.put_object(Bucket="photos", Key="refused", Body=BODY * 40) if upload else client.list_buckets()
    answer = refused.value.response
    assert answer["Error"]["Code"] == "SignatureDoesNotMatch"
    assert answer["Error"]["Message"] == "Signature validation failed"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-b2-inspector-reason"] == "key-secret-whitespace"
    (call,) = strict.calls(1, before)
    assert "synthetic" in call.exchange.alterations
    assert strict.forwarded(call.row.id) is None
    if upload:
        assert call.request_info.sent.size == len(BODY) * 40
    for environ in ({}, {"B2_INSPECTOR_CLIENT_KEY_ID": CLIENT[0], "B2_INSPECTOR_CLIENT_SECRET": CLIENT[1]}):
        words = ["explain", str(call.row.id), "-r", str(strict.recording), "--json"]
        nowhere = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull}
        told = subprocess.run(
            [sys.executable, "-m", "inspector", *words],
            env=os.environ | nowhere | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        findings = json.loads(told.stdout)["findings"]
        assert findings[0]["cause"] == "key-secret-whitespace", findings
        assert findings[0]["certainty"] == ("proved" if environ else "likely")

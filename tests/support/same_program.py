"""One program, written for each SDK: what was recorded with one of them is asked for by all.

It writes a file twice and reads it after each, writes eighty small ones in eight threads, uploads a large one in parts,
lists, reads a range, and asks for what is not there. Each fails where an answer is not what it has to be.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from inspector.demo.server import find_rclone
from support.genuine import NODE_MODULES

LARGE = 20 * 1024 * 1024
"""Bytes of the large file: three parts of 8 MiB, the size that boto3 and the AWS CLI have by default."""

BOTO3 = f"""
import boto3, os, sys, urllib.request
from concurrent.futures import ThreadPoolExecutor
from botocore.config import Config
config = Config(s3={{"addressing_style": os.environ.get("STYLE", "path")}}, max_pool_connections=20)
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], config=config)
large = bytes(range(256)) * ({LARGE} // 256)
def put(key, body):
    s3.put_object(Bucket="photos", Key=key, Body=body)
def get(key, **more):
    return s3.get_object(Bucket="photos", Key=key, **more)["Body"].read()
s3.create_bucket(Bucket="photos")
for text in (b"one", b"two"):
    put("a b+c.txt", text)
    assert get("a b+c.txt") == text
    assert s3.head_object(Bucket="photos", Key="a b+c.txt")["ContentLength"] == 3
with ThreadPoolExecutor(8) as threads:
    list(threads.map(lambda n: put(f"p/{{n // 10}}/{{n % 10}}", b"%d-%d" % divmod(n, 10)), range(80)))
assert len(s3.list_objects_v2(Bucket="photos", Prefix="p/")["Contents"]) == 80
open("large", "wb").write(large)
s3.upload_file("large", "photos", "large")
assert get("large") == large
assert get("large", Range="bytes=100-199") == large[100:200]
url = s3.generate_presigned_url("get_object", Params={{"Bucket": "photos", "Key": "a b+c.txt"}})
assert urllib.request.urlopen(url).read() == b"two"
try:
    get("missing")
    raise AssertionError("it is there")
except s3.exceptions.NoSuchKey:
    pass
s3.delete_objects(Bucket="photos", Delete={{"Objects": [{{"Key": "p/0/%d" % n}} for n in range(10)]}})
"""

MINIO = f"""
import io, os, minio
scheme, _, place = os.environ["ENDPOINT"].partition("://")
client = minio.Minio(place, "other", "anothersecret", region="eu-central-003", secure=scheme == "https")
def put(key, body):
    client.put_object("photos", key, io.BytesIO(body), len(body))
for text in (b"one", b"two"):
    put("a b+c.txt", text)
    assert client.get_object("photos", "a b+c.txt").read() == text
    assert client.stat_object("photos", "a b+c.txt").size == 3
for n in range(80):
    put(f"p/{{n // 10}}/{{n % 10}}", b"%d-%d" % divmod(n, 10))
assert len(list(client.list_objects("photos", prefix="p/", recursive=True))) == 80
client.put_object("photos", "large", io.BytesIO(bytes(range(256)) * ({LARGE} // 256)), {LARGE}, part_size=8 << 20)
assert client.stat_object("photos", "large").size == {LARGE}
assert client.get_object("photos", "large", offset=100, length=100).read() == (bytes(range(256)) * 2)[100:200]
try:
    client.get_object("photos", "missing")
    raise AssertionError("it is there")
except minio.error.S3Error as error:
    assert error.code == "NoSuchKey", error
"""

OBSTORE = f"""
import os, obstore
from obstore.store import S3Store
store = S3Store("photos", endpoint=os.environ["ENDPOINT"], region="us-east-1", virtual_hosted_style_request=False,
                access_key_id="other", secret_access_key="another", client_options={{"allow_http": True}})
for text in (b"one", b"two"):
    obstore.put(store, "a b+c.txt", text)
    assert bytes(obstore.get(store, "a b+c.txt").bytes()) == text
for n in range(80):
    obstore.put(store, f"p/{{n // 10}}/{{n % 10}}", b"%d-%d" % divmod(n, 10))
assert sum(map(len, obstore.list(store, "p"))) == 80
obstore.put(store, "large", bytes(range(256)) * ({LARGE} // 256), chunk_size=8 << 20, use_multipart=True)
assert obstore.head(store, "large")["size"] == {LARGE}
assert bytes(obstore.get_range(store, "large", start=100, end=200)) == (bytes(range(256)) * 2)[100:200]
try:
    obstore.get(store, "missing")
    raise AssertionError("it is there")
except FileNotFoundError:
    pass
"""

JAVASCRIPT = """
const {S3Client, GetObjectCommand, PutObjectCommand, HeadObjectCommand, ListObjectsV2Command} =
  require("@aws-sdk/client-s3");
const assert = require("assert"), Bucket = "photos";
const client = new S3Client({endpoint: process.env.ENDPOINT, region: "us-west-004", forcePathStyle: true,
  credentials: {accessKeyId: "other", secretAccessKey: "another"}});
(async () => {
  for (const Body of ["one", "two"]) {
    await client.send(new PutObjectCommand({Bucket, Key: "a b+c.txt", Body}));
    const answer = await client.send(new GetObjectCommand({Bucket, Key: "a b+c.txt"}));
    assert.equal(await answer.Body.transformToString(), Body);
    assert.equal((await client.send(new HeadObjectCommand({Bucket, Key: "a b+c.txt"}))).ContentLength, 3);
  }
  await Promise.all([...Array(80).keys()].map((n) => client.send(new PutObjectCommand(
    {Bucket, Key: `p/${n / 10 | 0}/${n % 10}`, Body: `${n / 10 | 0}-${n % 10}`}))));
  assert.equal((await client.send(new ListObjectsV2Command({Bucket, Prefix: "p/"}))).KeyCount, 80);
  const missing = await client.send(new GetObjectCommand({Bucket, Key: "missing"})).catch((error) => error);
  assert.equal(missing.name, "NoSuchKey");
})().catch((error) => { console.error(error); process.exit(1); });
"""

SHELL_FILES = """
set -e
rm -rf tree
for n in 0 1 2 3 4 5 6 7; do
    mkdir -p tree/$n
    for i in 0 1 2 3 4 5 6 7 8 9; do printf '%s' $n-$i > tree/$n/$i; done
done
"""

RCLONE = (
    SHELL_FILES
    + """
remote=":s3,provider=Other,env_auth,list_version=2,endpoint='$ENDPOINT':photos"
run() { "$RCLONE" --config /dev/null --retries 1 --low-level-retries 1 -I --s3-no-check-bucket "$@"; }
for text in one two; do
    printf $text > text
    run copyto text "$remote/a b+c.txt"
    run copyto "$remote/a b+c.txt" got
    [ "$(cat got)" = $text ]
done
run copy --no-traverse tree "$remote/p/"
[ "$(run lsf -R --fast-list "$remote/p/" | grep -vc '/$')" = 80 ]
"""
)

AWS = (
    SHELL_FILES
    + """
run() { "$AWS" --endpoint-url "$ENDPOINT" "$@"; }
for text in one two; do
    printf $text > text
    run s3 cp --quiet text "s3://photos/a b+c.txt"
    run s3 cp --quiet "s3://photos/a b+c.txt" got
    [ "$(cat got)" = $text ]
done
run s3 cp --quiet --recursive tree s3://photos/p/
[ "$(run s3 ls --recursive s3://photos/p/ | wc -l)" -eq 80 ]
"""
)

Argv = Callable[[Path], Sequence[str]]


def _python(code: str) -> Argv:
    return lambda _: [sys.executable, "-c", code]


def _node(_: Path) -> Sequence[str]:
    node, modules = shutil.which("node"), os.environ.get(NODE_MODULES)
    if node is None or not modules:
        pytest.skip(f"{NODE_MODULES} does not say where @aws-sdk/client-s3 is installed, or there is no node")
    return [node, "-e", JAVASCRIPT]


def _shell(code: str, variable: str, found: str | None) -> Argv:
    def argv(_: Path) -> Sequence[str]:
        if found is None or sys.platform == "win32":
            pytest.skip(f"there is no {variable.lower()} here, or no sh")
        return ["sh", "-c", f"{variable}='{found}'\n{code}"]

    return argv


PROGRAMS: dict[str, tuple[str, Argv]] = {
    "boto3": ("python", _python(BOTO3)),
    "minio-py": ("python", _python(MINIO)),
    "obstore": ("python", _python(OBSTORE)),
    "AWS SDK for JavaScript": ("node", _node),
    "rclone": ("rclone", _shell(RCLONE, "RCLONE", find_rclone())),
    "aws-cli": ("aws", _shell(AWS, "AWS", shutil.which("aws"))),
}
"""Name of the client: the program that `run --as` knows it by, and its command line."""

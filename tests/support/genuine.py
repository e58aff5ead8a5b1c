"""Real clients that do with a bucket what programs do, over keys that are hard to sign: for comparing, not for faults.

Each is a program of its own with the environment that `run` would give it. It makes its bucket's objects, looks at
them, lists, copies and deletes; what a server refuses is not its business.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from inspector.capture.clients import named
from inspector.capture.environment import BYPASSES, PROXY_VARIABLES, child_environment
from inspector.capture.roots import CA_VARIABLES
from inspector.capture.trust import trust_files
from inspector.demo.certificates import Certificates
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from support.answering import needs
from support.recorded import HOST, Stage, recording_stage

ENDPOINT = f"https://{HOST}"
REGION = "us-west-004"
NODE_MODULES = "B2_INSPECTOR_TEST_NODE_MODULES"
"""Where `@aws-sdk/client-s3` is installed; tests with it are skipped where this is not said."""

OBJECTS = (
    "plain.txt",
    "a b/c  d.txt",
    "a+b&c=d",
    "~home/~",
    "'()!*",
    "100%/a%2Fb",
    "caf\u00e9/\u65e5\u672c/e\u0301",
    '"#?[]{}|^`<>@$,;:',
)
"""Keys that every server takes."""
AWKWARD = ("//a//b/", "a/../b", "a/./c", "..", "back\\slash")
"""Keys that a server over a directory refuses, or hears otherwise; signed they are all the same."""


@contextmanager
def recorder(server: str, certificates: Certificates, home: Path, directory: Path) -> Iterator[Stage]:
    """A recorder before a server (its URL), to which the host names of B2 lead, those of buckets included."""
    port = server.rpartition(":")[2]
    route = [f"{host}:443:127.0.0.1:{port}" for host in (HOST, f"*.{HOST}")]
    with recording_stage(directory, certificates, home=home, connect_to=route) as stage:
        yield stage


@dataclass(frozen=True)
class Play:
    """Where a client plays: through which recorder, with which keys, in which directory of its own."""

    stage: Stage
    keys: tuple[str, str]
    home: Path
    directory: Path
    objects: Sequence[str] = OBJECTS

    def run(self, program: str, argv: Sequence[str], **more: str) -> str:
        """Run a program, and give what it printed."""
        plain = {n: v for n, v in os.environ.items() if n not in (*CA_VARIABLES, *PROXY_VARIABLES, *BYPASSES)}
        trust = trust_files(self.stage.proxy.authority, self.home, {})
        given = child_environment(named(program), plain, self.stage.proxy.url, trust, "uid").applied(plain)
        given |= {
            "AWS_ACCESS_KEY_ID": self.keys[0],
            "AWS_SECRET_ACCESS_KEY": self.keys[1],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ENDPOINT": ENDPOINT,
            "OBJECTS": json.dumps(self.objects),
            "PYTHONPATH": os.pathsep.join(filter(None, (given.get("PYTHONPATH"), *sys.path))),
        }
        done = subprocess.run(
            argv,
            env=given | more,
            capture_output=True,
            text=True,
            timeout=110,
            cwd=self.directory,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        return done.stdout

    def calls(self) -> list[Stored]:
        """Every call since the last time, once all have ended and no more come."""
        count = -1
        while count != (count := self._count()):
            time.sleep(0.4)
        found = self.stage.calls(count)
        self.stage.forget()
        return found

    def _count(self) -> int:
        with Recording(self.stage.recording) as recording:
            return sum(1 for _ in recording.exchanges(after=self.stage.seen_exchange))


Client = Callable[[Play], object]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


BOTO3 = """
    import boto3, json, os, sys, urllib.request
    from botocore.config import Config
    from botocore.exceptions import ClientError
    style, checksums = sys.argv[1:]
    config = Config(s3={"addressing_style": style}, request_checksum_calculation=checksums, signature_version="s3v4",
                    retries={"total_max_attempts": 1})
    s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], config=config)
    def ask(name, **arguments):
        try:
            return getattr(s3, name)(Bucket="photos-boto3", **arguments)
        except ClientError as error:
            return error.response
    def fetch(name, method, headers={}, **arguments):
        url = s3.generate_presigned_url(name, Params={"Bucket": "photos-boto3", **arguments}, ExpiresIn=600)
        try:
            urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=30).read()
        except urllib.error.HTTPError:
            pass
    ask("create_bucket")
    for key in json.loads(os.environ["OBJECTS"]):
        ask("put_object", Key=key, Body=b"hello", Metadata={"note": "two  spaces, ~ and  'quotes'"})
        ask("head_object", Key=key)
        ask("get_object", Key=key, Range="bytes=0-2")
        ask("copy_object", Key="copies/" + key, CopySource={"Bucket": "photos-boto3", "Key": key})
        fetch("get_object", "GET", Key=key, ResponseContentType="text/plain; charset=utf-8",
              ResponseContentDisposition='attachment; filename="a b+c~.txt"')
        fetch("put_object", "PUT", {"Content-Type": ""}, Key=key)
    ask("put_object", Key="typed", Body=b"", ContentType="text/plain;  charset=utf-8", CacheControl="no-cache, a=0")
    for arguments in ({}, {"Prefix": "", "Delimiter": ""}, {"Prefix": "a b/", "Delimiter": "/"},
                      {"Prefix": "caf\\u00e9/+~'()!*", "StartAfter": "=&;%2F"}):
        ask("list_objects_v2", **arguments)
    ask("list_objects")
    upload = ask("create_multipart_upload", Key="film.mp4").get("UploadId", "none")
    part = ask("upload_part", Key="film.mp4", UploadId=upload, PartNumber=1, Body=b"part")
    parts = [{"ETag": part.get("ETag", "x"), "PartNumber": 1}]
    ask("complete_multipart_upload", Key="film.mp4", UploadId=upload, MultipartUpload={"Parts": parts})
    ask("abort_multipart_upload", Key="film.mp4", UploadId=upload)
    ask("delete_objects", Delete={"Objects": [{"Key": "copies/plain.txt"}, {"Key": "a&b<c>"}]})
    for key in json.loads(os.environ["OBJECTS"]):
        ask("delete_object", Key=key)
"""

MINIO = """
    import datetime, io, json, os, minio, urllib3
    from minio.commonconfig import CopySource
    from minio.deleteobjects import DeleteObject
    client = minio.Minio(os.environ["ENDPOINT"].partition("//")[2], os.environ["AWS_ACCESS_KEY_ID"],
                         os.environ["AWS_SECRET_ACCESS_KEY"], region=os.environ["AWS_REGION"])
    def ask(call, *arguments, **more):
        try:
            return call("photos-minio", *arguments, **more)
        except (minio.error.MinioException, ValueError, urllib3.exceptions.HTTPError):
            return None
    ask(client.make_bucket)
    for key in json.loads(os.environ["OBJECTS"]):
        ask(client.put_object, key, io.BytesIO(b"hello"), 5, metadata={"note": "two  spaces"})
        ask(client.stat_object, key)
        ask(client.get_object, key, offset=1, length=2)
        ask(client.copy_object, "copies/" + key, CopySource("photos-minio", key))
        try:
            url = client.presigned_get_object("photos-minio", key, response_headers={"response-content-type": "a b+c"})
            urllib3.PoolManager().request("GET", url)
        except ValueError:
            pass
    ask(lambda bucket: list(client.list_objects(bucket, prefix="a b/", recursive=True)))
    ask(lambda bucket: list(client.remove_objects(bucket, [DeleteObject("plain.txt"), DeleteObject("a&b")])))
"""

OBSTORE = """
    import datetime, json, os, urllib.request, obstore
    from obstore.store import S3Store
    store = S3Store("photos-boto3", endpoint=os.environ["ENDPOINT"], region=os.environ["AWS_REGION"],
                    virtual_hosted_style_request=False)
    def ask(call, *arguments, **more):
        try:
            return call(store, *arguments, **more)
        except Exception as error:
            assert "403" not in str(error), error
    for key in json.loads(os.environ["OBJECTS"]):
        ask(obstore.put, key, b"hello", attributes={"Content-Type": "text/plain; charset=utf-8"})
        ask(obstore.head, key)
        ask(obstore.get_range, key, start=0, end=2)
        ask(obstore.copy, key, "copies/" + key)
        try:
            url = obstore.sign(store, "GET", key, datetime.timedelta(minutes=5))
        except TypeError:
            continue  # a path that it does not take
        try:
            urllib.request.urlopen(url, timeout=30).read()
        except urllib.error.HTTPError as error:
            assert error.code != 403, url
    ask(lambda store: list(obstore.list(store, "a b")))
    ask(obstore.delete, ["plain.txt", "a+b&c=d"])
"""

NODE = """
const {S3Client, PutObjectCommand, GetObjectCommand, HeadObjectCommand, CopyObjectCommand, ListObjectsV2Command,
       DeleteObjectsCommand, DeleteObjectCommand, CreateBucketCommand} = require("@aws-sdk/client-s3");
const [style, checksums] = process.argv.slice(1);
const client = new S3Client({endpoint: process.env.ENDPOINT, forcePathStyle: style === "path", maxAttempts: 1,
                             requestChecksumCalculation: checksums, responseChecksumValidation: "WHEN_REQUIRED"});
const Bucket = "photos-node";
async function ask(command) {
  try { const answer = await client.send(command); if (answer.Body) await answer.Body.transformToString(); }
  catch (error) { if (!error.$metadata || !error.$metadata.httpStatusCode) throw error; }
}
(async () => {
  await ask(new CreateBucketCommand({Bucket}));
  for (const Key of JSON.parse(process.env.OBJECTS)) {
    await ask(new PutObjectCommand({Bucket, Key, Body: "hello", Metadata: {note: "two  spaces, ~"}}));
    await ask(new HeadObjectCommand({Bucket, Key}));
    await ask(new GetObjectCommand({Bucket, Key, Range: "bytes=0-2", ResponseContentType: "text/plain; a=\\"b c\\""}));
    await ask(new CopyObjectCommand({Bucket, Key: "copies/" + Key, CopySource: encodeURI(Bucket + "/" + Key)}));
  }
  await ask(new ListObjectsV2Command({Bucket, Prefix: "a b/+~'()!*", Delimiter: ""}));
  await ask(new DeleteObjectsCommand({Bucket, Delete: {Objects: [{Key: "plain.txt"}, {Key: "a&b"}]}}));
  await ask(new DeleteObjectCommand({Bucket, Key: "~home/~"}));
})();
"""


def boto3(style: str, checksums: str) -> Client:
    """boto3 in one of its styles, with or without its checksums in trailers."""
    return lambda play: play.run("python", [*python(BOTO3), style, checksums])


def minio(play: Play) -> None:
    """minio-py; it signs the hash of the body, or `UNSIGNED-PAYLOAD` over TLS."""
    play.run("python", python(MINIO))


def obstore(play: Play) -> None:
    """obstore: Rust's object_store."""
    play.run("python", python(OBSTORE))


def rclone(play: Play) -> None:
    """rclone: the AWS SDK for Go."""
    program = needs("rclone")
    settings = {"PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": ENDPOINT, "REGION": REGION}
    environ = {f"RCLONE_S3_{name}": value for name, value in settings.items()} | {"RCLONE_CONFIG": os.devnull}
    tree = play.directory / "tree"
    for name in ("plain.txt", "a b/c d+e~.txt", "caf\u00e9/'()!*.txt"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("hello")
    once = ["--retries", "1", "--low-level-retries", "1"]
    play.run("rclone", [program, *once, "copy", str(tree), ":s3:photos-rclone"], **environ)
    play.run("rclone", [program, *once, "lsf", "-R", ":s3:photos-rclone"], **environ)
    play.run("rclone", [program, *once, "cat", ":s3:photos-rclone/a b/c d+e~.txt"], **environ)
    play.run("rclone", [program, *once, "purge", ":s3:photos-rclone"], **environ)


def curl(play: Play) -> None:
    """curl, which signs the URL as it is given: it has to be right already, and sorted.

    It names no hash of the body (7.88), so that a server takes nothing with a body from it.
    """
    program, (key, secret) = needs("curl"), play.keys
    config = play.directory / "curlrc"
    config.write_text(f'user = "{key}:{secret}"\naws-sigv4 = "aws:amz:{REGION}:s3"\nsilent\n')
    urls = ("photos-boto3/plain.txt", "photos-boto3/a%20b/c%20d.txt", "photos-boto3/?list-type=2&prefix=caf%C3%A9%2F")
    for url in urls:
        play.run("curl", [program, "--config", str(config), f"{ENDPOINT}/{url}"])


def aws(play: Play) -> None:
    """The AWS CLI. Its checksums go in chunks whose length is not known beforehand, which not every server takes."""
    program = needs("aws")
    words = [program, "--endpoint-url", ENDPOINT]
    plain = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}
    (play.directory / "file").write_bytes(b"hello")
    place = "s3://photos-boto3/a b/+~'()!.txt"
    play.run("aws", [*words, "s3", "cp", "--no-progress", "file", place], **plain)
    play.run("aws", [*words, "s3api", "list-objects-v2", "--bucket", "photos-boto3", "--prefix", "a b/+~"], **plain)
    play.run("aws", [*words, "s3", "rm", place], **plain)


def node(style: str, checksums: str) -> Client:
    """The AWS SDK for JavaScript v3."""

    def client(play: Play) -> None:
        modules = os.environ.get(NODE_MODULES)
        if not modules:
            pytest.skip(f"{NODE_MODULES} does not say where @aws-sdk/client-s3 is installed")
        play.run("node", [needs("node"), "-e", NODE, "--", style, checksums], NODE_PATH=modules)

    return client


CLIENTS: dict[str, Client] = {
    "boto3": boto3("path", "when_required"),
    "boto3 with trailers": boto3("path", "when_supported"),
    "boto3 to the bucket's own host": boto3("virtual", "when_required"),
    "minio-py": minio,
    "obstore": obstore,
    "rclone": rclone,
    "curl": curl,
    "aws-cli": aws,
    "AWS SDK for JavaScript": node("path", "WHEN_REQUIRED"),
    "AWS SDK for JavaScript with trailers": node("path", "WHEN_SUPPORTED"),
}

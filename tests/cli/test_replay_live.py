"""Sessions of real boto3 sent again to real servers: the strict one that checks signatures, the one that knows more."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import B2_HOST, KEYS
from support.moto import moto_server
from support.scripted import Peer, ScriptedServer, keep_alive

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.store.reader import Recording

pytestmark = pytest.mark.slow

SESSION = r"""
import os, boto3, sys, urllib.request
from botocore.config import Config
from botocore.exceptions import ClientError
moto = sys.argv[1] == "moto"
sums, region = ("when_supported", "us-east-1") if moto else ("when_required", "us-west-004")
s3 = boto3.client("s3", endpoint_url=sys.argv[2], region_name=region, config=Config(
    request_checksum_calculation=sums, response_checksum_validation="when_required", retries={"total_max_attempts": 1}))
def attempt(call, **options):
    try:
        return call(**options)
    except ClientError as error:
        return error.response
s3.create_bucket(Bucket="photos")
HARD = ["a b+c~(e)\u00e9.txt", "x//y/../z", "per%cent%2F", "q?x=1&y=#", "\u2603 \U0001f4a9"][: 5 if moto else 1]
for key in HARD:
    s3.put_object(Bucket="photos", Key=key, Body=b"hello " * 100, Metadata={"who": "me"})
    got = s3.get_object(Bucket="photos", Key=key, Range="bytes=6-11")
    got["Body"].read()
    attempt(s3.get_object, Bucket="photos", Key=key, IfNoneMatch=got["ETag"])
    attempt(s3.get_object, Bucket="photos", Key=key, IfMatch='"0"')
    s3.head_object(Bucket="photos", Key=key)
attempt(s3.get_object, Bucket="photos", Key="absent")
for number in range(7):
    s3.put_object(Bucket="photos", Key="list/%d" % number, Body=b"%d" % number)
token = {}
while True:
    page = s3.list_objects_v2(Bucket="photos", MaxKeys=3, Prefix="list/", **token)
    if not page["IsTruncated"]:
        break
    token = {"ContinuationToken": page["NextContinuationToken"]}
up = s3.create_multipart_upload(Bucket="photos", Key="big")["UploadId"]
parts = [{"PartNumber": n, "ETag": s3.upload_part(Bucket="photos", Key="big", UploadId=up, PartNumber=n,
          Body=bytes([n]) * 5 * 1024 * 1024)["ETag"]} for n in (1, 2, 3)]
s3.complete_multipart_upload(Bucket="photos", Key="big", UploadId=up, MultipartUpload={"Parts": parts})
s3.head_object(Bucket="photos", Key="big")
if moto:
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="photos", Key="v", Body=b"1")["VersionId"]
    s3.put_object(Bucket="photos", Key="v", Body=b"2")
    s3.get_object(Bucket="photos", Key="v", VersionId=first)["Body"].read()
    s3.copy_object(Bucket="photos", Key="c", CopySource={"Bucket": "photos", "Key": "v", "VersionId": first})
    s3.delete_object(Bucket="photos", Key="v")
    for one in s3.list_object_versions(Bucket="photos", Prefix="v")["Versions"]:
        s3.head_object(Bucket="photos", Key="v", VersionId=one["VersionId"])
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "v", "VersionId": first}, {"Key": "list/0"}]})
    attempt(s3.get_object, Bucket="photos", Key="v", VersionId=first)
url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": HARD[0]})
urllib.request.urlopen(url).read()
url = s3.generate_presigned_url("put_object", Params={"Bucket": "photos", "Key": "up"})
urllib.request.urlopen(urllib.request.Request(url, method="PUT", data=b"presigned")).read()
"""


class Desk:
    """A recording, and the command line on it."""

    def __init__(self, directory: Path, network: list[str]) -> None:
        self.recording = directory / "calls.db"
        self.directory = directory
        self.network = network
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environ |= {
            "B2_INSPECTOR_HOME": str(directory / "home"),
            "B2_INSPECTOR_RECORDING": str(self.recording),
            "AWS_ACCESS_KEY_ID": KEYS[0],
            "AWS_SECRET_ACCESS_KEY": KEYS[1],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def __call__(self, *words: str, network: bool = True) -> subprocess.CompletedProcess[str]:
        more = self.network if network else []
        command = [sys.executable, "-m", "inspector", words[0], *more, *words[1:]]
        return subprocess.run(command, capture_output=True, text=True, timeout=240, env=self.environ, check=False)

    def told(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """What a verb says in JSON."""
        done = self(words[0], "--json", *words[1:])
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == code, f"{done.returncode}: {unlike(told)} {done.stderr[-2000:]}"
        return told

    def record(self, kind: str, endpoint: str = f"https://{B2_HOST}", script: str = SESSION) -> None:
        path = self.directory / "session.py"
        path.write_text(script, encoding="utf-8")
        done = self("run", "--all-hosts", "--", sys.executable, str(path), kind, endpoint)
        assert done.returncode == 0, done.stderr[-3000:]


def leading(url: str, certificates: Certificates) -> list[str]:
    """The options that lead B2's names to a server."""
    port = url.rpartition(":")[2]
    return ["--connect-to", f"{B2_HOST}:443:127.0.0.1:{port}", "--upstream-ca", str(certificates.authority)]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Desk]:
    """A session recorded against rclone, which checks signatures strictly, over TLS."""
    directory = tmp_path_factory.mktemp("strict")
    (directory / "objects").mkdir()
    with RcloneServer(directory / "objects", KEYS, certificates) as server:
        desk = Desk(directory, leading(server.url, certificates))
        desk.record("rclone")
        yield desk


def unlike(told: list[dict[str, Any]]) -> list[Any]:
    """The calls that were answered otherwise, shortly."""
    return [
        (one["replay_of"], one["operation"], one["key"], one["status"], one["fate"], one["reason"], one["differences"])
        for one in told
        if one["fate"] != "same"
    ]


def test_a_session_is_sent_again_to_a_strict_server(strict: Desk) -> None:
    """Signatures in headers and URLs, hard keys, ranges, conditions, multipart: the same answers, beside the old."""
    # The bucket is there: that it cannot be made again is the one difference.
    everything = ("session:1", "-op:CreateBucket")
    calls = [json.loads(line) for line in _ls(strict, *everything)]
    told = strict.told("replay", *everything, "--allow-writes")
    assert unlike(told) == []
    assert [one["replay_of"] for one in told] == [call["id"] for call in calls]
    again = [json.loads(line) for line in _ls(strict, "--session", "last")]
    assert [call["replay_of"] for call in again] == [call["id"] for call in calls]
    assert [call["auth"] for call in again] == [call["auth"] for call in calls]
    assert {call["replay_of"] for call in map(json.loads, _ls(strict, "session:1"))} == {None}
    assert KEYS[1].encode() not in strict.recording.read_bytes()


def _ls(desk: Desk, *words: str) -> list[str]:
    return desk("ls", "--json", *words, network=False).stdout.splitlines()


def test_a_fresh_signature_is_what_a_strict_server_wants(strict: Desk) -> None:
    """With a wrong secret the same call is refused, and the refusal is the difference."""
    number = json.loads(_ls(strict, "op:GetObject", "header[range]:*", "session:1")[0])["id"]
    strict.environ["AWS_SECRET_ACCESS_KEY"] = "wrong"
    try:
        (one,) = strict.told("replay", str(number), code=4)
    finally:
        strict.environ["AWS_SECRET_ACCESS_KEY"] = KEYS[1]
    assert one["status"] == [200, 403]
    assert one["error_code"][1] == "SignatureDoesNotMatch"


def test_a_call_is_sent_again_changed_in_one_thing(strict: Desk) -> None:
    """Another range: another answer, and it is said how."""
    number = json.loads(_ls(strict, "op:GetObject", "header[range]:*", "session:1")[0])["id"]
    (one,) = strict.told("replay", str(number), "--set-header", "Range:bytes=0-1", code=4)
    assert one["status"] == [200, 200]
    assert any(hunk["section"] == "response-body" for hunk in one["differences"])
    with Recording(strict.recording) as recording:
        new = recording.exchange(one["id"])
        assert new is not None
        assert recording.body(new.response_body).read() == b"he"


def test_writes_are_held_back(strict: Desk) -> None:
    """Named one by one, none of them sent; reads are; the exit code says that not all was done."""
    told = strict.told("replay", "--session", "1", code=1)
    held = {one["operation"] for one in told if one["fate"] == "held-back"}
    assert {"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"} <= held
    assert not {"GetObject", "HeadObject", "ListObjectsV2"} & held
    assert "--allow-writes" in strict("replay", "op:PutObject").stderr


def test_what_drifts_is_found(strict: Desk) -> None:
    """`verify` is quiet on what is as it was, and ends with 4 where an object has changed."""
    good = strict("verify", "session:1", "header[range]:*")
    assert (good.returncode, good.stdout) == (0, ""), good.stdout + good.stderr
    target = next((strict.directory / "objects" / "photos").glob("a b*"))
    before = target.read_bytes()
    target.write_bytes(before.upper())
    try:
        drifted = strict("verify", "session:1", "op:GetObject", "header[range]:*")
    finally:
        target.write_bytes(before)
    assert drifted.returncode == 4
    assert "\nresponse body\n" in drifted.stdout


def test_what_is_signed_offline_opens_the_door(strict: Desk, certificates: Certificates) -> None:
    """A URL from a recorded call, and one from a bare URL, taken by a server that checks."""
    port = strict.network[1].rpartition(":")[2]
    number = json.loads(_ls(strict, "op:GetObject", "header[range]:*", "session:1")[0])["id"]
    local = f"https://127.0.0.1:{port}"
    made = strict("sign", str(number), "--endpoint-url", local, "--expires", "5m", network=False)
    assert made.returncode == 0, made.stderr
    from_url = strict("sign", f"{local}/photos/list/1", "--region", "us-west-004", "--json", network=False)
    context = ssl.create_default_context(cafile=str(certificates.authority))
    with urllib.request.urlopen(made.stdout.strip(), context=context) as answer:
        assert answer.read() == b"hello " * 100
    with urllib.request.urlopen(json.loads(from_url.stdout)["url"], context=context) as answer:
        assert answer.read() == b"1"
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(made.stdout.strip().replace("list", "x") + "0", context=context)
    assert KEYS[1] not in made.stdout + made.stderr


def test_a_dry_run_is_what_would_be_sent(strict: Desk) -> None:
    """Head and body, byte for byte, and no call more than before."""
    number = json.loads(_ls(strict, "op:UploadPart", "session:1")[0])["id"]
    before = len(_ls(strict))
    command = [sys.executable, "-m", "inspector", "replay", str(number), "--dry-run", "--set-query", "x=1"]
    done = subprocess.run(command, capture_output=True, timeout=60, env=strict.environ, check=False)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /photos/big?")
    assert b"x=1 HTTP/1.1\r\nHost: " in head
    assert body == b"\x01" * 5 * 1024 * 1024
    assert len(_ls(strict)) == before


# Another server, which knows more operations


def test_a_session_goes_to_another_server(tmp_path: Path, certificates: Certificates) -> None:
    """Versions, copies, tokens, uploads: what the second server hands out is carried on; over TLS and not."""
    desk = Desk(tmp_path, ["--upstream-ca", str(certificates.authority)])
    with moto_server(certificates) as first:
        desk.record("moto", first)
    for secure in (certificates, None):
        with moto_server(secure) as second:
            told = desk.told(
                "replay", "--session", "1", "--allow-writes", "--endpoint-url", second, "--region", "us-east-1"
            )
        assert unlike(told) == []
        assert len(told) > 40
        versioned = [one for one in map(json.loads, _ls(desk, "--session", "last")) if "versionId=" in one["path"]]
        assert len(versioned) >= 3
        with Recording(desk.recording) as recording:
            for one in versioned:
                old, new = recording.exchange(one["replay_of"]), recording.exchange(one["id"])
                assert old is not None
                assert new is not None
                assert old.exchange.request.query != new.exchange.request.query


HUNDREDS = """
import boto3, sys
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url=sys.argv[2], region_name="us-west-004", config=Config(
    request_checksum_calculation="when_required", response_checksum_validation="when_required"))
s3.create_bucket(Bucket="many")
for n in range(100):
    s3.put_object(Bucket="many", Key="k/%d" % n, Body=b"%d" % n * 50)
    s3.get_object(Bucket="many", Key="k/%d" % n)["Body"].read()
    s3.head_object(Bucket="many", Key="k/%d" % n)
"""


def test_hundreds_of_calls_reach_the_same_answers(tmp_path: Path, certificates: Certificates) -> None:
    """In order, over one connection."""
    (tmp_path / "objects").mkdir()
    with RcloneServer(tmp_path / "objects", KEYS, certificates) as server:
        desk = Desk(tmp_path, leading(server.url, certificates))
        desk.record("many", script=HUNDREDS)
        told = desk.told("replay", "session:1", "-op:CreateBucket", "--allow-writes")
    assert len(told) == 300
    assert unlike(told) == []


# Bad days


def scripted_desk(tmp_path: Path, url: str) -> Desk:
    """One recorded GET and one PUT of 8 MB, and a server to send them to."""
    desk = Desk(tmp_path, [])
    script = f"""
import boto3
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url="{url}", region_name="us-west-004", config=Config(
    request_checksum_calculation="when_required", response_checksum_validation="when_required"))
s3.get_object(Bucket="b", Key="k")["Body"].read()
s3.put_object(Bucket="b", Key="k", Body=bytes(8_000_000))
"""
    path = tmp_path / "calls.py"
    path.write_text(script)
    done = desk("run", "--all-hosts", "--", sys.executable, str(path))
    assert done.returncode == 0, done.stderr
    return desk


def test_bad_days_are_told_in_plain_words(tmp_path: Path, certificates: Certificates) -> None:
    """A redirect to another host, a death in the middle of a body, a million-byte header, a wrong certificate."""

    def redirect(peer: Peer) -> None:
        while peer.request() is not None:
            peer.answer(b"", b"307 Temporary Redirect", b"Location: http://elsewhere.example/b/k")

    def die(peer: Peer) -> None:
        peer.head()
        peer.take(1_000_000)
        peer.reset()

    def long_head(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n")

    with ScriptedServer(keep_alive(b"")) as first:
        desk = scripted_desk(tmp_path, first.url)
    with ScriptedServer(redirect) as server:
        (one,) = desk.told("replay", "1", "--endpoint-url", server.url, code=4)
        assert (
            "redirected to elsewhere.example, which is not followed: the signature is for 127.0.0.1" in one["notes"][0]
        )
    with ScriptedServer(die) as server:
        (one,) = desk.told("replay", "2", "--allow-writes", "--endpoint-url", server.url, code=1)
        assert (one["fate"], one["failure"]) == ("failed", "upstream-reset")
        assert "bytes of the body were sent" in one["reason"]
    with ScriptedServer(long_head) as server:
        (one,) = desk.told("replay", "1", "--endpoint-url", server.url, code=1)
        assert "head of the answer is longer than" in one["reason"]
    with ScriptedServer(keep_alive(b""), certificates) as server:
        (one,) = desk.told("replay", "1", "--endpoint-url", server.url, code=1)
        assert one["failure"] == "upstream-tls"
        assert "certificate of 127.0.0.1 is refused" in one["reason"]
        desk.told("replay", "1", "--endpoint-url", server.url, "--insecure-upstream")
    with Recording(desk.recording) as recording:
        died = recording.exchange(4)
        assert died is not None
        assert died.row.replay_of == 2
        assert died.request_info.truncated == "incomplete"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_it_and_keeps_what_was_done(tmp_path: Path) -> None:
    """130, no traceback; the session is closed and the call under way is there as one that was stopped."""

    def hang(peer: Peer) -> None:
        peer.request()
        peer.answer(b"ok")
        peer.request()
        peer.take(1)

    with ScriptedServer(keep_alive(b"")) as first:
        desk = scripted_desk(tmp_path, first.url)
    with ScriptedServer(hang) as server:
        command = [
            sys.executable,
            "-m",
            "inspector",
            "replay",
            "1",
            "2",
            "--allow-writes",
            "--endpoint-url",
            server.url,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=desk.environ)
        until = time.monotonic() + 30
        while len(server.seen) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "stopped after 1 of 2 calls" in said
    with Recording(desk.recording) as recording:
        assert recording.sessions()[-1].ended_at is not None
        assert recording.under_way() == []

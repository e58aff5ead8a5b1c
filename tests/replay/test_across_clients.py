"""What one client recorded, others are answered from: other SDKs, other credentials, other schemes, hours later."""

from __future__ import annotations

import io
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.answering import needs
from support.door import Door, door
from support.moto import moto_server

from inspector.demo.certificates import Certificates, make_certificates
from inspector.replay.play.answer import Source
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
PART = b"0123456789abcdef" * (5 * MIB // 16)


def boto(url: str, key: str = "AKIDRECORDED", *, ca: Path | None = None, **config: Any) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        region_name=config.pop("region", "us-east-1"),
        verify=str(ca) if ca else None,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, **config),
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("ca"), ["127.0.0.1", "localhost"])


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


def program(s3: Any, bucket: str = "photos") -> list[Any]:
    """What a suite does: uploads in threads and in parts, versions, lists, conditions, deletions, a presigned URL."""
    said: list[Any] = []
    s3.create_bucket(Bucket=bucket)
    threads = [
        threading.Thread(target=lambda n=n: s3.put_object(Bucket=bucket, Key=f"a/{n:03}", Body=b"%d" % n * 1000))
        for n in range(24)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    said.append([one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="a/")["Contents"]])
    for version in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="v é+1.txt", Body=version, Metadata={"by": "me"}, ContentType="text/plain")
        said.append(s3.get_object(Bucket=bucket, Key="v é+1.txt")["Body"].read())
        said.append(s3.head_object(Bucket=bucket, Key="v é+1.txt")["ETag"])
    s3.upload_fileobj(io.BytesIO(PART * 2 + b"end"), bucket, "big")
    said.append(len(s3.get_object(Bucket=bucket, Key="big")["Body"].read()))
    said.append(s3.get_object(Bucket=bucket, Key="a/001", Range="bytes=1-3")["Body"].read())
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a/001"})
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a/000"}, {"Key": "copy"}]})
    said.append([one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]])
    try:
        s3.get_object(Bucket=bucket, Key="copy")
    except ClientError as error:
        said.append(error.response["Error"]["Code"])
    return said


@pytest.fixture(scope="module")
def recorded(moto: str) -> Iterator[tuple[Door, list[Any]]]:
    with door(moto) as server:
        yield server, program(boto(server.url))


def replayed(recorded: tuple[Door, list[Any]], options: Options | None = None) -> Door:
    server, _ = recorded
    server.play(Player(server.tape(), options))
    return server


def test_the_same_program_is_answered_to_the_last_call(recorded: tuple[Door, list[Any]]) -> None:
    """Twice, with other credentials; every answer is a recorded one."""
    server = replayed(recorded)
    for key in ("AKIDOTHER", "AKIDTHIRD"):
        assert program(boto(server.url, key)) == recorded[1]
    assert server.misses == [], server.derived
    assert set(server.player.counts) == {Source.RECORDED}  # type: ignore[union-attr]
    assert server.player.unplayed() == []  # type: ignore[union-attr]


def test_over_https_the_same_program_frames_its_bodies_and_is_answered(
    recorded: tuple[Door, list[Any]], moto: str, certificates: Certificates
) -> None:
    """boto3 sends aws-chunked with a trailer there, where it sent plain bodies over http."""
    with door(moto, certificates) as server:
        server.play(Player(recorded[0].tape()))
        assert program(boto(server.url, ca=certificates.authority)) == recorded[1]
        assert server.misses == [], server.derived


def test_a_bucket_with_a_random_name_is_the_recorded_one(moto: str) -> None:
    """`it-3fa9c2d1e0` then, `it-77d0e4b2aa` now: in paths, queries, copy sources and answers."""
    with door(moto) as server:
        said = program(boto(server.url), "it-3fa9c2d1e0")
        server.play(Player(server.tape()))
        s3 = boto(server.url)
        assert program(s3, "it-77d0e4b2aa") == said
        assert s3.list_objects_v2(Bucket="it-77d0e4b2aa", Prefix="a/")["Name"] == "it-77d0e4b2aa"
        assert server.misses == [], server.derived


def test_a_presigned_url_is_answered_whoever_signed_it(recorded: tuple[Door, list[Any]]) -> None:
    """Its signature, date and key are no part of the question."""
    import urllib.request

    server = replayed(recorded)
    url = boto(server.url, "AKIDTHIRD").generate_presigned_url("get_object", {"Bucket": "photos", "Key": "v é+1.txt"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() in (b"one", b"two")


def test_a_miss_is_told_at_once_and_never_tried_again(recorded: tuple[Door, list[Any]]) -> None:
    """One request for each call, and the text arrives in the client's own error.

    After a 400 to HEAD botocore looks for the bucket's region, once.
    """
    server = replayed(recorded)
    s3 = boto3.client(
        "s3", endpoint_url=server.url, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
    )
    words = r"RecordingMiss.*PutObject photos/a/001 is not in test\.db.*body differs at byte 5"
    with pytest.raises(ClientError, match=words):
        s3.put_object(Bucket="photos", Key="a/001", Body=b"11111x")
    with pytest.raises(ClientError) as caught:
        s3.head_object(Bucket="elsewhere", Key="never")
    head = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert caught.value.response["Error"]["Code"] == "400"
    assert "HeadObject elsewhere/never is not in test.db" in head["x-b2-inspector-miss"]
    assert [one.partition(" is not in")[0] for one in server.misses] == [
        "PutObject photos/a/001",
        "HeadObject elsewhere/never",
        "HeadBucket elsewhere",
    ]


# Other clients


def by_minio(url: str, tmp: Path) -> None:
    from minio import Minio

    client = Minio(url.removeprefix("http://"), "other", "credentials", secure=False)
    assert client.get_object("photos", "v é+1.txt").read() in (b"one", b"two")
    assert client.stat_object("photos", "v é+1.txt").size == 3
    names = [one.object_name for one in client.list_objects("photos", prefix="a/", recursive=True)]
    assert "a/001" in names
    assert client.get_object("photos", "a/001", offset=2, length=5).read() == b"11111"
    client.put_object("photos", "a/003", io.BytesIO(b"3" * 1000), 1000)
    client.put_object("photos", "big", io.BytesIO(PART * 2 + b"end"), 10 * MIB + 3, part_size=5 * MIB)


def by_obstore(url: str, tmp: Path) -> None:
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        "photos",
        endpoint=url,
        region="us-west-004",
        access_key_id="other",
        secret_access_key="credentials",
        client_options={"allow_http": True},
    )
    assert bytes(obstore.get(store, "v é+1.txt").bytes()) in (b"one", b"two")
    assert obstore.head(store, "a/001")["size"] == 1000
    assert bytes(obstore.get_range(store, "a/001", start=2, end=7)) == b"11111"
    assert "a/001" in [one["path"] for page in obstore.list(store, prefix="a") for one in page]
    obstore.put(store, "a/003", b"3" * 1000)
    obstore.put(store, "big", PART * 2 + b"end", chunk_size=6 * MIB)


def by_rclone(url: str, tmp: Path) -> None:
    settings = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": url, "NO_CHECK_BUCKET": "true"}
    settings |= {"ACCESS_KEY_ID": "other", "SECRET_ACCESS_KEY": "credentials", "REGION": "us-west-004"}
    env = {f"RCLONE_CONFIG_R_{name}": value for name, value in settings.items()} | os.environ
    env |= {"RCLONE_CONFIG": str(tmp / "none.conf"), "RCLONE_LOW_LEVEL_RETRIES": "1", "RCLONE_RETRIES": "1"}

    def run(*words: str) -> bytes:
        done = subprocess.run([needs("rclone"), *words], env=env, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    assert run("cat", "r:photos/v é+1.txt") in (b"one", b"two")
    (tmp / "a3").write_bytes(b"3" * 1000)
    run("copyto", str(tmp / "a3"), "r:photos/a/003")
    (tmp / "big").write_bytes(PART * 2 + b"end")
    run("copyto", "--ignore-times", str(tmp / "big"), "r:photos/big")
    assert len(run("cat", "r:photos/big")) == 10 * MIB + 3


def by_curl(url: str, tmp: Path) -> None:
    words = [needs("curl"), "-sS", "--fail", "--aws-sigv4", "aws:amz:us-west-004:s3", "--user", "other:credentials"]
    done = subprocess.run([*words, f"{url}/photos/a/001"], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"1" * 1000


CLIENTS: dict[str, Callable[[str, Path], None]] = {
    "minio-py": by_minio,
    "obstore": by_obstore,
    "rclone": by_rclone,
    "curl": by_curl,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_another_client_is_answered_from_what_boto3_recorded(
    client: str, recorded: tuple[Door, list[Any]], tmp_path: Path
) -> None:
    """Its own ways of asking (heads first, ranges, locations, content types, times) are the same questions."""
    server = replayed(recorded)
    CLIENTS[client](server.url, tmp_path)
    assert server.misses == [], server.derived

"""A user's suite with its recordings, replayed by our own: in the tree, and by the light distribution alone.

Recorded with `pytest --b2-record-mode=rewrite tests/pytest_plugin/dogfood` where $ENDPOINT is a server.
"""

from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from inspector.formats.fixture.synthetic import synthetic_body


@pytest.fixture
def s3():  # type: ignore[no-untyped-def]
    return boto3.client(
        "s3",
        endpoint_url=os.environ.get("ENDPOINT", "http://127.0.0.1:1"),
        region_name="us-east-1",
        aws_access_key_id="recording",
        aws_secret_access_key="opens-nothing",
    )


@pytest.mark.b2_recording
def test_upload_in_parts_and_download(s3, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A film of 12 MB is two numbers in its recording."""
    film = synthetic_body(seed=7, size=12_000_000)
    (tmp_path / "film").write_bytes(film)

    s3.create_bucket(Bucket="dogfood-photos")
    s3.upload_file(str(tmp_path / "film"), "dogfood-photos", "film.mp4")
    s3.download_file("dogfood-photos", "film.mp4", str(tmp_path / "back"))

    assert (tmp_path / "back").read_bytes() == film


@pytest.mark.b2_recording
def test_overwrite_list_and_delete(s3) -> None:  # type: ignore[no-untyped-def]
    """What is read depends on what was written before."""
    s3.create_bucket(Bucket="dogfood-notes")
    for words in (b"first", b"second"):
        s3.put_object(Bucket="dogfood-notes", Key="a b/é.txt", Body=words)
        assert s3.get_object(Bucket="dogfood-notes", Key="a b/é.txt")["Body"].read() == words
    (listed,) = s3.list_objects_v2(Bucket="dogfood-notes")["Contents"]
    assert (listed["Key"], listed["Size"]) == ("a b/é.txt", 6)
    s3.delete_object(Bucket="dogfood-notes", Key="a b/é.txt")
    with pytest.raises(ClientError, match=r"NoSuchKey|404|does not exist"):
        s3.get_object(Bucket="dogfood-notes", Key="a b/é.txt")


@pytest.mark.b2_recording(record_mode="none", on_miss="ignore")
def test_what_is_not_recorded_is_said(s3) -> None:  # type: ignore[no-untyped-def]
    """And nothing is dialled."""
    with pytest.raises(ClientError, match="RecordingMiss"):
        s3.list_buckets()

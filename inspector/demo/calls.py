"""What a program does with B2: the script that `b2-inspector demo` runs with the recorder around it.

Every call goes to B2's own host name; the recorder sends it on to a server on this machine. The keys look like B2's
and open nothing.
"""

from __future__ import annotations

import io
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ENDPOINT = "https://s3.us-west-004.backblazeb2.com"
REGION = "us-west-004"
BUCKET = "holiday-photos"
KEY_ID = "0041234567890ab0000000001"
SECRET = "K004example+OPENS/nothing+AtAll"
MIB = 1024 * 1024


def forget_aws_settings() -> None:
    """The demo must not depend on how this machine is set up for AWS; the recorder's CA is not part of that."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def client(secret: str, **config: Any) -> Any:
    """A boto3 client as B2's users make one."""
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **config),
    )


def calls() -> Iterator[tuple[str, Callable[[], object]]]:
    """The calls in their order, with a word for each: first what works, then what does not."""
    # B2 did not know the checksums that SDKs send by default when those began to, at the beginning of 2025.
    b2 = client(SECRET, request_checksum_calculation="when_required", response_checksum_validation="when_required")
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, use_threads=False)
    place = {"Bucket": BUCKET, "Key": "2026/Málaga/beach day+1.jpg"}
    yield "create a bucket", lambda: b2.create_bucket(Bucket=BUCKET)
    yield (
        "upload a photo",
        lambda: b2.put_object(**place, Body=b"\xff\xd8\xff\xe0 not really", ContentType="image/jpeg"),
    )
    yield "upload notes", lambda: b2.put_object(Bucket=BUCKET, Key="notes.txt", Body=b"Sunny.\n", Metadata={"by": "me"})
    yield "look at it", lambda: b2.head_object(**place)
    yield "download it", lambda: b2.get_object(**place)["Body"].read()
    yield "list the bucket", lambda: b2.list_objects_v2(Bucket=BUCKET, Prefix="2026/")
    film = io.BytesIO(bytes(5 * MIB + 1000))
    yield "upload a film in parts", lambda: b2.upload_fileobj(film, BUCKET, "film.mp4", Config=parts)
    link = b2.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "notes.txt"}, ExpiresIn=600)
    yield "fetch a presigned URL", lambda: urllib.request.urlopen(link, timeout=30).read()
    yield "delete the notes", lambda: b2.delete_object(Bucket=BUCKET, Key="notes.txt")
    yield "use a wrong secret", lambda: client(SECRET[:-1]).list_objects_v2(Bucket=BUCKET)
    yield "download what is not there", lambda: b2.get_object(Bucket=BUCKET, Key="notes.txt")
    yield "leave the SDK's checksums on", lambda: client(SECRET).put_object(Bucket=BUCKET, Key="a.txt", Body=b"hello")
    yield "tag it", lambda: b2.put_object(Bucket=BUCKET, Key="a.txt", Body=b"hello", Tagging="year=2026")
    yield "write it once only", lambda: b2.put_object(Bucket=BUCKET, Key="a.txt", Body=b"hello", IfNoneMatch="*")


def main() -> None:
    """Make every call and say how it went."""
    forget_aws_settings()
    for what, call in calls():
        try:
            call()
            outcome = "ok"
        except ClientError as error:
            outcome = f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}"
        except (BotoCoreError, OSError) as error:
            outcome = type(error).__name__
        print(f"  {what:<30} {outcome}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)

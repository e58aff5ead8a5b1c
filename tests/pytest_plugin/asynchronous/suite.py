"""A user's suite with aiobotocore and s3fs: run by `test_async_clients`, with an interpreter that has them."""

import asyncio
import io
import os
import subprocess
import sys

import pytest

ENDPOINT = os.environ["ENDPOINT"]
KEYS = {"aws_access_key_id": "recording", "aws_secret_access_key": "opens-nothing", "region_name": "us-east-1"}
MIB = 1 << 20


def client():
    from aiobotocore.session import get_session

    return get_session().create_client("s3", endpoint_url=ENDPOINT, **KEYS)


@pytest.mark.vcr
@pytest.mark.asyncio
async def test_many_at_once():
    async with client() as s3:
        await s3.create_bucket(Bucket="async-gather")
        bodies = {f"k{n}": b"%d" % n * 1000 for n in range(20)}
        await asyncio.gather(
            *(s3.put_object(Bucket="async-gather", Key=key, Body=body) for key, body in bodies.items())
        )
        answers = await asyncio.gather(*(s3.get_object(Bucket="async-gather", Key=key) for key in bodies))
        for answer, expected in zip(answers, bodies.values(), strict=True):
            async with answer["Body"] as body:
                assert await body.read() == expected
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="async-gather", PaginationConfig={"PageSize": 7})
        assert sum([page["KeyCount"] async for page in pages]) == 20
        with pytest.raises(s3.exceptions.NoSuchKey):
            await s3.get_object(Bucket="async-gather", Key="none")


@pytest.mark.vcr
@pytest.mark.asyncio
async def test_parts_and_streams(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a line of a file\n" * 1000)
    parts = [bytes([n]) * (5 * MIB) for n in range(2)] + [b"end"]
    where = {"Bucket": "async-parts", "Key": "big"}
    async with client() as s3:
        await s3.create_bucket(Bucket="async-parts")
        upload = {**where, "UploadId": (await s3.create_multipart_upload(**where))["UploadId"]}

        async def put(number):
            done = await s3.upload_part(**upload, PartNumber=number, Body=io.BytesIO(parts[number - 1]))
            return {"PartNumber": number, "ETag": done["ETag"]}

        done = await asyncio.gather(*map(put, (1, 2, 3)))
        await s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(done)})
        answer = await s3.get_object(**where)
        assert b"".join([piece async for piece in answer["Body"].iter_chunks(MIB)]) == b"".join(parts)
        with path.open("rb") as file:
            await s3.put_object(Bucket="async-parts", Key="file", Body=file)
        answer = await s3.get_object(Bucket="async-parts", Key="file")
        assert [line async for line in answer["Body"].iter_lines()] == [b"a line of a file"] * 1000


@pytest.mark.vcr
@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:aiobotocore's httpx:DeprecationWarning")  # there is a httpx2
async def test_over_httpx():
    from aiobotocore.config import AioConfig
    from aiobotocore.httpxsession import HttpxSession
    from aiobotocore.session import get_session

    config = AioConfig(http_session_cls=HttpxSession)
    async with get_session().create_client("s3", endpoint_url=ENDPOINT, config=config, **KEYS) as s3:
        await s3.create_bucket(Bucket="async-httpx")
        await asyncio.gather(*(s3.put_object(Bucket="async-httpx", Key=key, Body=key.encode()) for key in "abcde"))
        async with (await s3.get_object(Bucket="async-httpx", Key="c"))["Body"] as body:
            assert await body.read() == b"c"


@pytest.mark.vcr
def test_s3fs():
    import s3fs

    options = {"client_kwargs": {"region_name": "eu-central-1"}, "skip_instance_cache": True}
    fs = s3fs.S3FileSystem(
        key="recording", secret="opens-nothing", endpoint_url=ENDPOINT, use_listings_cache=False, **options
    )
    fs.mkdir("async-fs")
    with fs.open("async-fs/a/big", "wb", block_size=5 * MIB) as file:
        for n in range(3):
            file.write(bytes([n]) * (5 * MIB))
    with fs.open("async-fs/a/big", "rb") as file:
        file.seek(5 * MIB)
        assert file.read(10) == b"\1" * 10
    small = {f"async-fs/p/{n}": b"%d" % n for n in range(30)}
    fs.pipe(small)
    assert fs.cat(list(small)) == small
    fs.copy("async-fs/p/1", "async-fs/copy.txt")
    assert fs.info("async-fs/copy.txt")["size"] == 1
    fs.rm("async-fs/p", recursive=True)
    assert fs.find("async-fs") == ["async-fs/a/big", "async-fs/copy.txt"]


PROGRAM = """
import asyncio, sys
from aiobotocore.session import get_session
async def main(endpoint):
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    async with get_session().create_client("s3", endpoint_url=endpoint, **keys) as s3:
        await s3.create_bucket(Bucket="async-program")
        await s3.put_object(Bucket="async-program", Key="a", Body=b"from a child")
        answer = await s3.get_object(Bucket="async-program", Key="a")
        assert await answer["Body"].read() == b"from a child"
asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.vcr(clients="proxy")
def test_with_sockets():
    subprocess.run([sys.executable, "-c", PROGRAM, ENDPOINT], check=True)

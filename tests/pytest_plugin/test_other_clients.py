"""Clients that do not use botocore, and programs: recorded through the recorder's proxy, replayed by a server."""

from __future__ import annotations

import pytest
from support.suites import Suite

pytestmark = pytest.mark.slow

PROGRAMS = """
import subprocess, sys, urllib.parse

ENDPOINT = os.environ["ENDPOINT"]
WHERE = urllib.parse.urlsplit(ENDPOINT)

@pytest.mark.vcr(clients="proxy")
def test_minio():
    import io, minio
    client = minio.Minio(WHERE.netloc, "recording", "opens-nothing", secure=False, region="us-east-1")
    client.make_bucket("others-minio")
    client.put_object("others-minio", "a b/é.txt", io.BytesIO(b"hello"), 5)
    assert client.get_object("others-minio", "a b/é.txt").read() == b"hello"
    assert [one.object_name for one in client.list_objects("others-minio", recursive=True)] == ["a b/é.txt"]

@pytest.mark.vcr(clients="proxy")
def test_obstore():
    import obstore
    from obstore.store import S3Store
    client().create_bucket(Bucket="others-obstore")  # boto3 beside it, in the same recording
    store = S3Store("others-obstore", endpoint=ENDPOINT, region="us-east-1", access_key_id="recording",
                    secret_access_key="opens-nothing", virtual_hosted_style_request=False,
                    client_options={"allow_http": True})
    obstore.put(store, "a b.txt", b"hello")
    assert bytes(obstore.get(store, "a b.txt").bytes()) == b"hello"

@pytest.mark.vcr(clients="proxy")
def test_presigned_with_aiohttp():
    import asyncio, aiohttp  # not loaded before: it is met when the test imports it
    s3 = client()
    s3.create_bucket(Bucket="others-aiohttp")
    s3.put_object(Bucket="others-aiohttp", Key="a", Body=b"hello")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "others-aiohttp", "Key": "a"})
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return await answer.read()
    assert asyncio.run(get()) == b"hello"

@pytest.mark.vcr(clients="proxy")
def test_presigned_with_requests():
    import requests
    s3 = client()
    s3.create_bucket(Bucket="others-requests")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "others-requests", "Key": "a"})
    assert requests.put(url, data=b"hello").status_code == 200
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "others-requests", "Key": "a"})
    assert requests.get(url).content == b"hello"

@pytest.mark.vcr(clients="proxy")
def test_program():
    program = '''
import boto3, sys
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1",
                  aws_access_key_id="k", aws_secret_access_key="s")
s3.create_bucket(Bucket="others-program")
s3.put_object(Bucket="others-program", Key="a", Body=b"from a child")
print(s3.get_object(Bucket="others-program", Key="a")["Body"].read())
'''
    done = subprocess.run([sys.executable, "-c", program, ENDPOINT], check=True, capture_output=True, text=True)
    assert "from a child" in done.stdout
"""


def test_recorded_once_replayed_without_a_server(suite: Suite, moto_plain: str) -> None:
    """minio-py, obstore, requests and a child process, with boto3 beside them; a recording made again is the same."""
    suite.write(PROGRAMS)
    recorded = suite.run("--b2-record-mode=once", endpoint=moto_plain, alone=True)
    recorded.assert_outcomes(passed=5)
    first = suite.files()
    assert sorted(suite.files()) == [
        f"test_it/test_{name}.http"
        for name in ("minio", "obstore", "presigned_with_aiohttp", "presigned_with_requests", "program")
    ]
    assert (
        suite.fixture("test_obstore").count("### CreateBucket") == 1
    )  # boto3's call came both ways, and is there once
    assert "# clients proxy" in suite.fixture("test_minio")

    again = suite.run("--b2-record-mode=rewrite", "-k", "minio or program", endpoint=moto_plain, alone=True)
    again.assert_outcomes(passed=2)
    assert suite.files() == first
    replayed = suite.run(alone=True)

    replayed.assert_outcomes(passed=5)
    replayed.stdout.fnmatch_lines(["b2-inspector: replayed 1? *missed 0, unused 0"])

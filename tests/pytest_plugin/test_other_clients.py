"""Clients that do not use botocore, and programs: led to a server on this machine, which records or replays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import KEYS
from support.suites import Suite

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer

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


# What is missing is asked of the real server, and kept beside the rest

GROWING = """
import io, subprocess, sys, urllib.parse

ENDPOINT, KEY, SECRET = os.environ["ENDPOINT"], *os.environ["KEYS"].split()
WHERE = urllib.parse.urlsplit(ENDPOINT)
STEPS = os.environ["STEPS"].split()

def minio_does(step, body):
    import minio
    s3 = minio.Minio(WHERE.netloc, KEY, SECRET, secure=True, region="us-west-004")
    s3.put_object("photos", "minio/" + step, io.BytesIO(body), len(body), part_size=5 << 20)
    assert s3.get_object("photos", "minio/" + step).read() == body
    assert [one.object_name for one in s3.list_objects("photos", prefix="minio/" + step)] == ["minio/" + step]

def obstore_does(step, body):
    import obstore
    from obstore.store import S3Store
    store = S3Store("photos", endpoint=ENDPOINT, region="us-west-004", access_key_id=KEY, secret_access_key=SECRET,
                    virtual_hosted_style_request=False)
    obstore.put(store, "obstore/" + step, body, use_multipart=False)
    assert bytes(obstore.get(store, "obstore/" + step).bytes()) == body

def aiohttp_does(step, body):
    import aiohttp, asyncio
    async def put_and_get():
        async with aiohttp.ClientSession() as session:
            urls = [presigned(method, "aiohttp/" + step) for method in ("put_object", "get_object")]
            async with session.put(urls[0], data=body) as answer:
                assert answer.status == 200, await answer.text()
            async with session.get(urls[1]) as answer:
                assert await answer.read() == body
    asyncio.run(put_and_get())

def requests_does(step, body):
    import requests
    assert requests.put(presigned("put_object", "requests/" + step), data=iter([body[:9], body[9:]])).status_code < 500
    assert requests.put(presigned("put_object", "requests/" + step), data=body).status_code == 200
    with requests.get(presigned("get_object", "requests/" + step), stream=True) as answer:
        assert b"".join(answer.iter_content(65536)) == body

def presigned(method, key):
    s3 = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-west-004", aws_access_key_id=KEY,
                      aws_secret_access_key=SECRET, config=Config(signature_version="s3v4"))
    return s3.generate_presigned_url(method, Params={"Bucket": "photos", "Key": key})

PROGRAM = '''
import boto3, sys
from botocore.config import Config
endpoint, key, secret, step, body = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-west-004", aws_access_key_id=key,
                  aws_secret_access_key=secret, config=Config(request_checksum_calculation="when_required"))
body = bytes.fromhex(body) * 100
s3.put_object(Bucket="photos", Key="program/" + step, Body=body)
assert s3.get_object(Bucket="photos", Key="program/" + step)["Body"].read() == body
'''

def program_does(step, body):
    subprocess.run([sys.executable, "-c", PROGRAM, ENDPOINT, KEY, SECRET, step, body[:100].hex()], check=True)

@pytest.mark.vcr(clients="proxy")
@pytest.mark.parametrize("client", ["minio", "obstore", "aiohttp", "requests", "program"])
def test_it(client):
    for step in STEPS:
        globals()[client + "_does"](step, (step.encode() + bytes(range(256))) * (len(step) * 400))
"""


@pytest.fixture
def growing(suite: Suite, photos: Path) -> Suite:
    """The suite, before an empty bucket."""
    suite.write(GROWING)
    return suite


@pytest.fixture
def photos(tmp_path: Path, rclone: RcloneServer) -> Path:
    """What the real server stores."""
    directory = tmp_path / "rclone" / "photos"
    directory.mkdir()
    return directory


def grown(
    suite: Suite, mode: str, steps: str, origin: RcloneServer | None, ca: Path | None, *words: str
) -> pytest.RunResult:
    """A run before a server that verifies signatures, or before none."""
    trust = {"AWS_CA_BUNDLE": str(ca)} if ca else {}
    where = {"endpoint": origin.url} if origin else {"endpoint": "https://127.0.0.1:1"}
    return suite.run(f"--b2-record-mode={mode}", *words, alone=True, KEYS=" ".join(KEYS), STEPS=steps, **where, **trust)


def test_new_episodes(growing: Suite, rclone: RcloneServer, certificates: Certificates, photos: Path) -> None:
    """A miss of any client goes to the real server as it was signed, and only a miss; what is recorded stays so."""
    grown(growing, "once", "one", rclone, certificates.authority).assert_outcomes(passed=5)
    first = {name: text.partition(b"###")[2] for name, text in growing.files().items() if name.endswith(".http")}
    shutil.rmtree(photos)  # what was recorded cannot be had there any more
    photos.mkdir()
    added = grown(growing, "new_episodes", "one two", rclone, certificates.authority)

    added.assert_outcomes(passed=5)
    after = growing.files()
    assert {name: after[name].partition(b"###")[2].startswith(text) for name, text in first.items()} == dict.fromkeys(
        first, True
    )
    assert sorted(path.name for path in photos.rglob("*") if path.is_file()) == ["two"] * 5
    replayed = grown(growing, "none", "one two", None, None)
    replayed.assert_outcomes(passed=5)
    replayed.stdout.fnmatch_lines(["b2-inspector: replayed 2? *missed 0, unused 0"])


def test_verify(growing: Suite, rclone: RcloneServer, certificates: Certificates) -> None:
    """The same answers pass; others fail the test, and nothing is written."""

    def run(mode: str, steps: str) -> pytest.RunResult:
        return grown(growing, mode, steps, rclone, certificates.authority, "-k", "minio or requests")

    run("all", "one").assert_outcomes(passed=2)
    before = growing.files()
    run("verify", "one").assert_outcomes(passed=2)
    drifted = run("verify", "two")
    drifted.assert_outcomes(passed=2, errors=2)
    drifted.stdout.fnmatch_lines(["*what the live server answers is not what*"])
    assert growing.files() == before


def test_where_the_real_server_is(suite: Suite, moto_plain: str) -> None:
    """`endpoint_url` is the real one while a test records, whatever the client; without a word for it that fails."""
    suite.write("""
@pytest.mark.vcr(endpoint_url=os.environ["ENDPOINT"], clients=os.environ["CLIENTS"])
def test_named(vcr):
    print("AT", vcr.endpoint_url)
    boto3.client("s3", endpoint_url=vcr.endpoint_url, region_name="us-east-1", aws_access_key_id="k",
                 aws_secret_access_key="s").create_bucket(Bucket="others-endpoint")

@pytest.mark.vcr(clients=os.environ["CLIENTS"])
def test_unnamed(vcr):
    assert vcr.endpoint_url
""")
    for clients in ("botocore", "proxy"):
        made = suite.run("-s", "--b2-record-mode=all", alone=True, endpoint=moto_plain, CLIENTS=clients)
        made.assert_outcomes(passed=1, failed=1)
        made.stdout.fnmatch_lines([f"*AT {moto_plain}", "*nothing says which that is*", "*b2_endpoint_url in the ini*"])
    played = suite.run("-s", "-k", "_named", alone=True, CLIENTS="proxy")
    played.assert_outcomes(passed=1)
    played.stdout.fnmatch_lines(["*AT http://127.0.0.1:[1-9][0-9]*"])


def test_a_program_that_went_past_is_told(suite: Suite) -> None:
    """Its test is green while it records, and there is nothing to replay."""
    suite.write("""
@pytest.mark.vcr(clients="proxy")
def test_it():
    pass
""")
    suite.run("--b2-record-mode=once", alone=True).stdout.fnmatch_lines(["*no call came to be recorded*"])

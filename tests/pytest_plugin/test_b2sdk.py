"""A suite that uses b2sdk: recorded once, replayed without a server, and the same file when it is recorded again."""

from __future__ import annotations

import pytest

pytest.importorskip("b2sdk")

from support.native_server import KEYS, native_server
from support.suites import Suite

pytestmark = pytest.mark.slow

TESTS = """
import uuid
from concurrent.futures import ThreadPoolExecutor
from b2sdk.v3 import B2Api, InMemoryAccountInfo
from b2sdk.v3.exception import B2Error, FileNotPresent

def account(key_id=os.environ["B2_APPLICATION_KEY_ID"], key=os.environ["B2_APPLICATION_KEY"]):
    api = B2Api(InMemoryAccountInfo())
    api.authorize_account(key_id, key, realm=os.environ["ENDPOINT"])
    return api

@pytest.fixture
def bucket(vcr):
    api = account()
    bucket = api.create_bucket("test-" + uuid.uuid4().hex, "allPrivate")
    yield bucket
    for file, _ in bucket.ls(latest_only=False, recursive=True):
        api.delete_file_version(file.id_, file.file_name)
    api.delete_bucket(bucket)

@pytest.mark.vcr
def test_files(bucket):
    first = bucket.upload_bytes(b"hello", "a b/é.txt", file_info={"note": "mine"})
    bucket.upload_bytes(b"hello again", "a b/é.txt")
    assert bucket.download_file_by_name("a b/é.txt").response.content == b"hello again"
    assert bucket.api.download_file_by_id(first.id_).response.content == b"hello"
    assert [file.file_name for file, _ in bucket.ls(recursive=True)] == ["a b/é.txt"]
    bucket.hide_file("a b/é.txt")
    with pytest.raises(FileNotPresent):
        bucket.download_file_by_name("a b/é.txt")

@pytest.mark.vcr
def test_large_file_in_threads(bucket, tmp_path):
    body = bytes(range(256)) * 2_000
    (tmp_path / "large").write_bytes(body)
    bucket.upload_local_file(str(tmp_path / "large"), "large")
    bucket.download_file_by_name("large").save_to(str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == body

@pytest.mark.vcr
def test_many_in_threads(bucket):
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: bucket.upload_bytes(b"%d" % n, f"{n}.txt"), range(20)))
        back = list(threads.map(lambda n: bucket.download_file_by_name(f"{n}.txt").response.content, range(20)))
    assert back == [b"%d" % n for n in range(20)]

@pytest.mark.vcr
def test_a_key_of_its_own(bucket):
    key = bucket.api.create_key(["listBuckets", "readFiles"], "reader-" + uuid.uuid4().hex, bucket_ids=[bucket.id_])
    mine = account(key.id_, key.application_key).get_bucket_by_name(bucket.name)
    with pytest.raises(B2Error):
        mine.upload_bytes(b"no", "no")
    bucket.api.delete_key(key)
"""

TOKEN_OR_KEY = (b"_acct_", b"_upld_", b"_dnld_", KEYS[1].encode())


def test_recorded_once_replayed_without_a_server(suite: Suite) -> None:
    """With another key, other bucket names and nobody there; no secret in what is committed."""
    keys = {"B2_APPLICATION_KEY_ID": KEYS[0], "B2_APPLICATION_KEY": KEYS[1]}
    suite.write(TESTS)
    with native_server() as b2:
        suite.run("--b2-record-mode=once", endpoint=b2.url, alone=True, **keys).assert_outcomes(passed=4)
    first = suite.files()
    assert len([name for name in first if name.endswith(".http")]) == 4
    assert [word for word in TOKEN_OR_KEY for text in first.values() if word in text] == []
    assert "### b2_upload_file" in suite.fixture("test_files")
    with native_server() as b2:
        again = suite.run("--b2-record-mode=rewrite", endpoint=b2.url, alone=True, **keys)
        again.assert_outcomes(passed=4)
    second = suite.files()
    assert sorted(second) == sorted(first)
    assert {name: text for name, text in second.items() if "test_files" in name} == {
        name: text for name, text in first.items() if "test_files" in name
    }

    keys = {"B2_APPLICATION_KEY_ID": "004ffffffffffff0000000007", "B2_APPLICATION_KEY": "K004another"}
    replayed = suite.run(alone=True, **keys)

    replayed.assert_outcomes(passed=4)
    replayed.stdout.fnmatch_lines(["b2-inspector: replayed *, missed 0, unused *"])

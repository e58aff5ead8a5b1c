"""Real clients against the stand-in for B2: the first finding of each failing call is what was planted.

The stand-in names the cause in a header of its own, which no rule reads.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import B2_HOST, KEYS

from inspector.demo.server import find_rclone
from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.finding import Certainty
from inspector.store.reader import Recording
from inspector.view.examination import Examiner
from inspector.wire.headers import get

pytestmark = pytest.mark.slow

BOTO3 = f"""
import sys, boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
config = Config(retries={{"mode": "standard", "total_max_attempts": 2}})
make = lambda: boto3.client("s3", endpoint_url="https://{B2_HOST}", region_name="us-west-004", config=config)
s3 = make()
def tried(call, **words):
    try:
        return call(**words)
    except (ClientError, BotoCoreError):
        return {{}}
"""

FAULTS = (
    "op:PutObject key:tomes no-tomes",
    "op:PutObject key:incident incident",
    "op:PutObject key:slow status:503 retry-after:1",
    "op:PutObject key:many status:429 retry-after:1",
    "op:PutObject key:full cap:storage",
    "op:*Object key:download cap:download",
    "op:ListObjectsV2 cap:transactions",
    "op:*Object key:mine not-entitled",
    "op:PutObject key:reset reset",
)

TROUBLED = (
    BOTO3
    + """
s3.create_bucket(Bucket="photos")
for key in ("tomes", "incident", "slow", "many", "full", "mine", "reset"):
    tried(s3.put_object, Bucket="photos", Key=key, Body=b"x")
for key in ("download", "mine", "none"):
    tried(s3.get_object, Bucket="photos", Key=key)
    tried(s3.head_object, Bucket="photos", Key=key)
tried(s3.list_objects_v2, Bucket="photos")
tried(s3.list_objects, Bucket="nowhere")
upload = s3.create_multipart_upload(Bucket="photos", Key="film")["UploadId"]
part = s3.upload_part(Bucket="photos", Key="film", UploadId=upload, PartNumber=1, Body=b"x")
parts = {"Parts": [{"PartNumber": 1, "ETag": '"0"'}]}
tried(s3.complete_multipart_upload, Bucket="photos", Key="film", UploadId=upload, MultipartUpload=parts)
"""
)

LIMITED = (
    BOTO3
    + """
for call in (s3.put_object, s3.get_object, s3.head_object, s3.delete_object):
    tried(call, Bucket="photos", Key="a")
tried(s3.list_buckets)
tried(s3.create_bucket, Bucket="photos")
tried(s3.head_bucket, Bucket="photos")
tried(s3.get_bucket_lifecycle_configuration, Bucket="photos")
tried(s3.get_object_lock_configuration, Bucket="photos")
tried(s3.delete_object, Bucket="photos", Key="a", VersionId="4_z1")
tried(s3.create_multipart_upload, Bucket="photos", Key="a")
"""
)


def explained(
    tmp_path: Path, words: Sequence[str], program: Sequence[str], **environ: str
) -> list[tuple[str, Diagnosis]]:
    """What the stand-in planted in each call that it refused, and what is found in it."""
    recording = tmp_path / "r.db"
    done = subprocess.run(
        [sys.executable, "-m", "inspector", "run", "-r", str(recording), "--local", *words, "--", *program],
        env=os.environ | {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]} | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    found = []
    with Recording(recording) as opened:
        examiner = Examiner(opened, lambda key_id: ())
        for row in opened.exchanges():
            diagnosis = examiner.recorded(row.id)
            assert diagnosis is not None
            response = diagnosis.call.response
            reason = get(response.headers, b"x-b2-inspector-reason") if response else None
            found.append((reason.decode() if reason else "", diagnosis))
    assert found, done.stderr
    return found


def sureness(diagnosis: Diagnosis) -> Certainty:
    """What B2 said is certain, what a length says is likely; that rclone looks before it writes is no trouble."""
    if diagnosis.call.request.method != b"HEAD":
        return Certainty.CERTAIN
    asks = (diagnosis.call.facts.client or "").startswith("rclone") and diagnosis.call.status == 404
    return Certainty.HINT if asks else Certainty.LIKELY


def planted(found: Sequence[tuple[str, Diagnosis]]) -> set[str]:
    """The planted causes, each of which must be the first that is found; calls that went well have none."""
    for reason, diagnosis in found:
        causes = [one.cause for one in diagnosis.findings]
        if reason:
            assert causes[:1] == [reason], (diagnosis.call.facts, diagnosis.findings)
            assert diagnosis.findings[0].certainty is sureness(diagnosis)
        elif diagnosis.call.succeeded:
            assert [one for one in diagnosis.findings if one.certainty > Certainty.HINT] == []
    return {reason for reason, _ in found if reason}


def test_what_goes_wrong_is_found_first(tmp_path: Path) -> None:
    """Server trouble, caps, missing files and parts, of boto3's calls; HEADs by their length alone."""
    faults = [word for fault in FAULTS for word in ("--fault", fault)]
    found = explained(tmp_path, faults, [sys.executable, "-c", TROUBLED])
    assert planted(found) == {
        *("no-tomes", "internal-error-xml", "slowdown", "rate-limit-429", "cap-storage", "cap-download"),
        *("cap-transactions", "not-entitled", "no-such-key", "no-such-bucket", "invalid-part"),
    }
    broken = [one for _, one in found if one.call.facts.key == b"reset"]
    assert {one.findings[0].cause for one in broken} == {"connection-reset"}
    tries = [one for reason, one in found if reason == "no-tomes"]
    assert [one.call.facts.attempt for one in tries] == [1, 2]
    part = next(one for reason, one in found if reason == "invalid-part")
    assert part.findings[0].summary.startswith("Part 1 is named with another ETag")


def test_what_a_key_may_not_is_found_by_operation(tmp_path: Path) -> None:
    """Each with the capability that it lacks."""
    found = explained(tmp_path, ["--key-capabilities", "shareFiles"], [sys.executable, "-c", LIMITED])
    assert planted(found) == {"not-entitled"}
    told = {one.call.facts.operation: {each.cause for each in one.findings} for _, one in found}
    for operation, cause in {
        "PutObject": "not-entitled-write",
        "GetObject": "not-entitled-read",
        "HeadObject": "not-entitled-read",
        "ListBuckets": "not-entitled-list-buckets",
        "CreateBucket": "not-entitled-create-bucket",
        "GetBucketLifecycleConfiguration": "not-entitled-lifecycle",
        "GetObjectLockConfiguration": "not-entitled-object-lock-read",
        "DeleteObject": "not-entitled-delete-version",
        "CreateMultipartUpload": "not-entitled-write",
    }.items():
        assert cause in told[operation], operation


def test_rclone_makes_the_bucket_first(tmp_path: Path) -> None:
    """And is told its own option."""
    binary = find_rclone()
    assert binary is not None
    (tmp_path / "a.txt").write_text("hello")
    remote = f":s3,provider=Other,env_auth=true,region=us-west-004,endpoint='https://{B2_HOST}':photos"
    program = [binary, "copy", str(tmp_path / "a.txt"), remote, "--retries", "1", "--config", os.devnull]
    found = explained(tmp_path, ["--key-capabilities", "readFiles,listFiles,writeFiles"], program)
    planted(found)
    create = next(one for _, one in found if one.call.facts.operation == "CreateBucket")
    fixes = {one.cause: one.fix for one in create.findings}
    assert "--s3-no-check-bucket" in fixes["not-entitled-create-bucket"]


SHAPES = {
    "4eaffceaa8f9": "key-master",
    "AKIAIOSFODNN7EXAMPLE": "key-foreign-cloud",
    "K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p": "key-swapped",
    "004abc": "key-id-malformed",
    "0021234567890ab0000000001": "key-wrong-cluster",
    "0041234567890ab0000000002": "key-unknown",
}
"""Key ids that B2 does not take, and why."""

KEYED = (
    BOTO3
    + f"""
for key_id in {list(SHAPES)}:
    s3 = boto3.client("s3", endpoint_url="https://{B2_HOST}", region_name="us-west-004", aws_access_key_id=key_id,
        aws_secret_access_key="x", config=config)
    tried(s3.list_objects_v2, Bucket="photos")
    tried(s3.head_object, Bucket="photos", Key="a")
"""
)


def test_keys_that_b2_does_not_take(tmp_path: Path) -> None:
    """Told apart by their shape and the host; GET in words, HEAD by its length."""
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[b2]\naws_access_key_id = {KEYS[0]}\naws_secret_access_key = {KEYS[1]}\n")
    program = [sys.executable, "-c", KEYED]
    found = explained(tmp_path, ["--profile", "b2"], program, AWS_SHARED_CREDENTIALS_FILE=str(credentials))
    assert {reason for reason, _ in found} == set(SHAPES.values())
    firsts = {(one.call.facts.key_id, one.findings[0].cause) for _, one in found}
    assert firsts == set(SHAPES.items())
    assert all(reason == one.findings[0].cause for reason, one in found)

"""The stand-in refuses what B2 was seen to refuse, in B2's words, and nothing else."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from typing import Any

import boto3
import botocore.awsrequest
import pytest
from botocore.config import Config

from inspector.dialect.asked import Account, Asked, asked
from inspector.dialect.refusal import worded
from inspector.dialect.refuse import refuse
from inspector.s3.probed import Answered, Fact, ProbedFacts
from inspector.sigv4.key import Key
from inspector.wire.exchange import Request

KEY = Key("0041234567890ab0000000001", b"K004abcdefghijklmnopqrstuvwxyzA")
HOST = "s3.us-west-004.backblazeb2.com"
KNOWN = Account(keys=(KEY,))
NOW = 1_800_000_000.0


class Caught(Exception):
    """Carries the request that boto3 was about to send."""


def sent_by_boto3(operation: str, key: Key = KEY, /, **arguments: Any) -> Asked:
    """The request that boto3 makes of an operation."""
    client = boto3.client(
        "s3",
        endpoint_url=f"https://{HOST}",
        region_name="us-west-004",
        aws_access_key_id=key.key_id,
        aws_secret_access_key=key.secret.decode(),
        config=Config(request_checksum_calculation="when_required", s3={"addressing_style": "path"}),
    )

    def catch(request: botocore.awsrequest.AWSPreparedRequest, **_: Any) -> None:
        raise Caught(request)

    client.meta.events.register("before-send.s3", catch)
    try:
        getattr(client, operation)(**arguments)
    except Caught as caught:
        return asked(_request(caught.args[0]), time.time())
    raise AssertionError("boto3 sent nothing")


def _request(prepared: botocore.awsrequest.AWSPreparedRequest) -> Request:
    target = prepared.url.partition(HOST)[2].encode()
    lines = [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in prepared.headers.items()
    ]
    return Request(prepared.method.encode(), "https", HOST, 443, target, ((b"Host", HOST.encode()), *lines))


def plain(method: str, target: str, *headers: tuple[bytes, bytes]) -> Asked:
    """A request as somebody typed it."""
    return asked(
        Request(method.encode(), "https", HOST, 443, target.encode(), ((b"Host", HOST.encode()), *headers)), NOW
    )


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("list_buckets", {}),
        ("list_objects_v2", {"Bucket": "photos", "Prefix": "a b/"}),
        ("put_object", {"Bucket": "photos", "Key": "ä+b c", "Body": io.BytesIO(b"x"), "ACL": "private"}),
        ("get_object", {"Bucket": "photos", "Key": "a//b"}),
        ("put_object_retention", {"Bucket": "photos", "Key": "a", "Retention": {"Mode": "GOVERNANCE"}}),
    ],
)
def test_what_b2_has_is_let_through(operation: str, arguments: dict[str, Any]) -> None:
    """Genuine calls, genuinely signed."""
    assert refuse(sent_by_boto3(operation, **arguments), KNOWN) is None


HERE = {"Bucket": "b", "Key": "k"}
REFUSED: list[tuple[str, dict[str, Any], int, str, str]] = [
    (
        "put_bucket_policy",
        {"Bucket": "b", "Policy": "{}"},
        501,
        "Backblaze B2 does not support this API call.",
        "api-call-not-supported",
    ),
    (
        "put_object_tagging",
        HERE | {"Tagging": {"TagSet": []}},
        501,
        "Backblaze B2 does not support this API call.",
        "object-tagging-call",
    ),
    (
        "put_object",
        HERE | {"Tagging": "a=b"},
        400,
        "Unsupported header 'x-amz-tagging' received for this API call.",
        "tagging-header",
    ),
    (
        "put_object",
        HERE | {"IfNoneMatch": "*"},
        501,
        "A header you provided implies functionality that is not implemented",
        "conditional-write",
    ),
    (
        "put_object",
        HERE | {"StorageClass": "GLACIER"},
        501,
        "Backblaze only supports the 'STANDARD' storage class, and not GLACIER",
        "storage-class",
    ),
    (
        "put_object",
        HERE | {"ACL": "authenticated-read"},
        400,
        "Unsupported value for canned acl 'authenticated-read'",
        "canned-acl-unsupported",
    ),
]


@pytest.mark.parametrize(("operation", "arguments", "status", "message", "cause"), REFUSED)
def test_what_b2_has_not_is_refused_in_its_words(
    operation: str, arguments: dict[str, Any], status: int, message: str, cause: str
) -> None:
    """Status, sentence and cause."""
    refusal = refuse(sent_by_boto3(operation, **arguments), KNOWN)
    assert refusal is not None
    assert (refusal.status, refusal.message, refusal.cause) == (status, message, cause)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (Key("1234567890ab", KEY.secret), "Malformed Access Key Id"),
        (Key("AKIAIOSFODNN7EXAMPLE", KEY.secret), "Malformed Access Key Id"),
        (Key("0021234567890ab0000000001", KEY.secret), "The key '0021234567890ab0000000001' is not valid"),
        (Key("0041234567890ab0000000009", KEY.secret), "The key '0041234567890ab0000000009' is not valid"),
        (Key(KEY.key_id, b"another"), "Signature validation failed"),
    ],
)
def test_keys_are_judged_as_b2_judges_them(key: Key, message: str) -> None:
    """Master keys, other clouds' keys, other clusters' keys, unknown keys, wrong secrets."""
    refusal = refuse(sent_by_boto3("list_buckets", key), KNOWN)
    assert refusal is not None
    assert (refusal.status, refusal.message) == (403, message)


def test_without_known_keys_any_well_formed_one_will_do() -> None:
    """No secret, no verdict on a signature."""
    assert refuse(sent_by_boto3("list_buckets", Key("0041234567890ab0000000009", b"whatever")), Account()) is None


def test_who_says_nothing_reads_public_objects_only() -> None:
    """Anonymous calls."""
    public = Account(public=frozenset({"open"}))
    assert refuse(plain("GET", "/open/a.jpg"), public) is None
    private = refuse(plain("GET", "/closed/a.jpg"), public)
    assert private is not None
    assert (private.status, private.message) == (401, "bucket is not authorized: closed")
    listing = refuse(plain("GET", "/open?list-type=2"), public)
    assert listing is not None
    assert listing.message == "Unauthenticated requests are not allowed for this api"


def test_a_key_may_what_it_may() -> None:
    """A key that only writes."""
    writer = Account(keys=(KEY,), capabilities=frozenset({"writeFiles"}))
    assert refuse(sent_by_boto3("put_object", Bucket="b", Key="k"), writer) is None
    assert refuse(sent_by_boto3("delete_object", Bucket="b", Key="k"), writer) is None
    for operation, arguments in (
        ("get_object", {"Bucket": "b", "Key": "k"}),
        ("delete_object", {"Bucket": "b", "Key": "k", "VersionId": "4_z1"}),
        ("copy_object", {"Bucket": "b", "Key": "k", "CopySource": "b/j"}),
        ("list_buckets", {}),
    ):
        refusal = refuse(sent_by_boto3(operation, **arguments), writer)
        assert refusal is not None
        assert refusal.message == "not entitled"


def test_an_answer_to_head_keeps_the_length_of_what_it_leaves_out() -> None:
    """139 bytes of `not entitled`, none of them sent."""
    refusal = refuse(sent_by_boto3("head_object", Bucket="b", Key="k"), Account((KEY,), frozenset()))
    assert refusal is not None
    assert refusal.body(b"HEAD") == b""
    assert dict(refusal.headers("f15a449517f8b909", "ade1uE2uxbjtvOXd2bpg=", NOW))[b"Content-Length"] == b"139"
    assert len(refusal.body(b"GET")) == 139


@pytest.mark.parametrize(("minutes", "refused"), [(-14, False), (-16, True), (16, True), (0, False)])
def test_a_clock_may_be_off_by_so_much(minutes: int, refused: bool) -> None:
    """As everywhere; B2's own words and limit are not known, and it says so."""
    call = sent_by_boto3("list_objects_v2", Bucket="photos")
    refusal = refuse(replace(call, now=call.now - minutes * 60), KNOWN)
    assert (refusal is not None) is refused
    if refusal is not None:
        assert (refusal.status, refusal.code, refusal.cause) == (403, "RequestTimeTooSkewed", "clock-skew")
        assert f"{abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'}" in refusal.message
        assert refusal.wording == "unknown"


@pytest.mark.parametrize(
    ("operation", "arguments", "cause"),
    [
        ("create_bucket", {"Bucket": "pics"}, "bucket-name-invalid"),
        ("create_bucket", {"Bucket": "b2-pictures"}, "bucket-name-invalid"),
        ("create_bucket", {"Bucket": "pictures"}, None),
        (
            "put_object",
            {"Bucket": "photos", "Key": "a", "Body": b"", "Metadata": {"m": "x" * 7100}},
            "metadata-too-large",
        ),
        ("put_object", {"Bucket": "photos", "Key": "a", "Body": b"", "Metadata": {"m": "x" * 6900}}, None),
    ],
)
def test_what_b2_is_documented_not_to_take(operation: str, arguments: dict[str, Any], cause: str | None) -> None:
    """Refused, with a word that B2's own is not known."""
    refusal = refuse(sent_by_boto3(operation, **arguments), KNOWN)
    assert (refusal.cause if refusal else None) == cause
    assert refusal is None or refusal.wording == "unknown"


def test_what_b2_said_when_it_was_asked_is_said_here_too() -> None:
    """Status, code and words, with the bucket of this call in them; what is published, or was not asked, stays."""
    fact = Fact("kms", "?", "?", "?", (Answered("sent", 400, "InvalidRequest", "no KMS in <bucket>"),))
    probed = ProbedFacts(HOST, "2026-11-22T17:08:27Z", True, {"kms": fact})
    refusal = refuse(sent_by_boto3("put_object", Bucket="photos", Key="a", ServerSideEncryption="aws:kms"), KNOWN)
    assert refusal is not None
    said = worded(refusal, probed, {"bucket": "photos"})
    assert (said.status, said.code, said.message) == (400, "InvalidRequest", "no KMS in photos")
    assert (said.cause, said.wording) == ("sse-kms", "probed")
    assert worded(refusal, replace(probed, of_b2=False), {}) == refusal
    published = refuse(sent_by_boto3("get_bucket_policy", Bucket="photos"), KNOWN)
    assert published is not None
    assert worded(published, probed, {}) == published


def test_a_key_is_valid_in_its_own_cluster_alone() -> None:
    """The user's own key at the endpoint of another region."""
    call = sent_by_boto3("list_objects_v2", Bucket="photos")
    there = replace(call.request, headers=((b"Host", b"s3.eu-central-003.backblazeb2.com"), *call.request.headers[1:]))
    refusal = refuse(asked(there, call.now), KNOWN)
    assert refusal is not None
    assert (refusal.message, refusal.cause) == (f"The key '{KEY.key_id}' is not valid", "key-wrong-cluster")


@pytest.mark.parametrize(("owner", "refused"), [("1234567890ab", False), ("123456789012", True)])
def test_the_expected_owner_is_the_account_of_the_key(owner: str, refused: bool) -> None:
    """It stands in the key id."""
    refusal = refuse(sent_by_boto3("get_object", Bucket="photos", Key="a", ExpectedBucketOwner=owner), KNOWN)
    assert (refusal is not None) is refused


def test_the_native_api_is_said_not_to_be_served() -> None:
    """In its own JSON, which its clients can read, and with a status that they do not try again."""
    head = ((b"Host", b"api.backblazeb2.com"), (b"Authorization", b"Basic eA=="))
    call = asked(Request(b"GET", "https", "api.backblazeb2.com", 443, b"/b2api/v3/b2_authorize_account", head), NOW)
    refusal = refuse(call, KNOWN)
    assert refusal is not None
    said = json.loads(refusal.body(b"GET"))
    assert (said["status"], said["code"]) == (400, "bad_request")
    assert "native API is not served" in said["message"]
    lines = dict(refusal.headers("0", "0", 0.0))
    assert lines[b"Content-Length"] == str(len(refusal.body(b"GET"))).encode()

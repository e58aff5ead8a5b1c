"""Which operation a request asks for. The oracle is botocore: its service model names, and its serializer writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.model import Shape

from inspector.s3.addressing import locate
from inspector.s3.operations import BY_NAME, OPERATIONS, PARAMETERS, Place, Support, identify
from inspector.wire.exchange import Request
from inspector.wire.query import pairs

MODEL = botocore.session.get_session().get_service_model("s3")

# Operations that nothing on the wire tells from another one: they are told as the name on the right.
TWINS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    # ListDirectoryBuckets is `GET /` on the control host of S3 Express; the host alone makes it another call.
    "ListDirectoryBuckets": "ListBuckets",
}
# WriteGetObjectResponse goes from a Lambda to S3 Object Lambda's own host: no bucket, no S3 endpoint takes it.
LEFT_OUT = {"WriteGetObjectResponse"}
# botocore asks for a bucket's location in path style whatever is configured.
ALWAYS_PATH_STYLE = {"GetBucketLocation"}
NOT_IN_THE_MODEL = {"PostObject", "OptionsObject"}
NAMES = sorted(set(MODEL.operation_names) - LEFT_OUT)


def minimal(shape: Shape) -> Any:
    """The least value that a shape accepts."""
    kind = shape.type_name
    if kind == "structure" and shape.is_tagged_union:
        name, member = next(iter(shape.members.items()))
        return {name: minimal(member)}
    if kind == "structure":
        return {name: minimal(shape.members[name]) for name in shape.required_members}
    simple = {
        "string": "x" * shape.metadata.get("min", 1),
        "integer": 1,
        "long": 1,
        "boolean": True,
        "blob": b"x",
        "timestamp": 0,
    }
    if kind == "string" and getattr(shape, "enum", None):
        return shape.enum[0]
    return [minimal(shape.member)] if kind == "list" else simple[kind]


def parameters(name: str) -> dict[str, Any]:
    shape = MODEL.operation_model(name).input_shape
    given = minimal(shape) if shape is not None else {}
    known = {"Bucket": "my-bucket", "Key": "a b/c.txt", "CopySource": "other/key"}
    return {key: known.get(key, value) for key, value in given.items()}


@pytest.fixture(scope="module", params=["path", "virtual"])
def sent(request: pytest.FixtureRequest) -> Callable[[str], Request]:
    """What botocore sends for an operation, caught before it leaves."""
    client = botocore.session.get_session().create_client(
        "s3",
        region_name="us-west-004",
        endpoint_url="https://s3.us-west-004.backblazeb2.com",
        aws_access_key_id="0040000000000000000000001",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": request.param}, retries={"total_max_attempts": 1}),
    )
    host = "my-bucket.s3.us-west-004" if request.param == "virtual" else "s3.us-west-004"
    caught: list[AWSPreparedRequest] = []

    def catch(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        caught.append(request)
        return AWSResponse(request.url, 200, {}, None)

    client.meta.events.register("before-send.s3", catch)

    def send(name: str) -> Request:
        caught.clear()
        try:
            client._make_api_call(name, parameters(name))
        except Exception:
            assert caught, f"{name} was not sent"  # an empty answer is more than botocore can parse
        if "Bucket" in parameters(name) and name not in ALWAYS_PATH_STYLE:
            assert urlsplit(caught[0].url).hostname == f"{host}.backblazeb2.com"
        return as_request(caught[0])

    return send


def as_request(prepared: AWSPreparedRequest) -> Request:
    url = urlsplit(prepared.url)
    headers = tuple(
        (name.encode(), value if isinstance(value, bytes) else str(value).encode())
        for name, value in prepared.headers.items()
    )
    target = f"{url.path}?{url.query}" if url.query else url.path
    return Request(prepared.method.encode(), url.scheme, url.hostname or "", 443, target.encode(), headers)


def told(request: Request) -> str | None:
    operation = identify(request.method.decode(), locate(request).place, pairs(request.query), request.headers)
    return operation.name if operation else None


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_of_the_model_is_told_from_its_request(name: str, sent: Callable[[str], Request]) -> None:
    """What botocore sends for an operation is told to be that operation, in either addressing style."""
    request = sent(name)
    assert told(request) == TWINS.get(name, name)
    if "Bucket" in parameters(name):
        assert locate(request).bucket == "my-bucket"
        assert locate(request).key == (b"a b/c.txt" if "Key" in parameters(name) else None)


def test_the_table_holds_the_model_and_no_other_name() -> None:
    """Nobody invents an operation, and none is missing."""
    assert set(BY_NAME) == set(NAMES) - set(TWINS) | NOT_IN_THE_MODEL


def test_what_is_supported_says_what_it_costs_and_needs() -> None:
    for operation in OPERATIONS:
        assert operation.note.endswith("."), operation
        assert operation.transaction in ("A", "B", "C", None)
        if operation.b2 in (Support.YES, Support.DIFFERS):
            assert operation.capability, operation
        else:
            assert operation.transaction is None, operation
            assert not operation.capability, operation


def test_parameters_that_may_be_empty_are_those_of_the_model() -> None:
    """Each of the keys that are no sub-resource is a parameter which the model knows."""
    known = {
        member.serialization["name"]
        for name in NAMES
        for member in (MODEL.operation_model(name).input_shape or Shape("", {})).members.values()
        if member.serialization.get("location") == "querystring"
    }
    assert {key.decode() for key in PARAMETERS} <= known


COPY = (b"X-Amz-Copy-Source", b"b/k")
FORM = (b"Content-Type", b"multipart/form-data; boundary=x")
AUTH = b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=id%2F20250101%2Fr%2Fs3%2Faws4_request&X-Amz-Signature=0"

CASES = [
    # a key without value and a key with an empty one are the same
    ("POST", Place.OBJECT, b"uploads", (), "CreateMultipartUpload"),
    ("POST", Place.OBJECT, b"uploads=", (), "CreateMultipartUpload"),
    ("GET", Place.BUCKET, b"uploads=&prefix=", (), "ListMultipartUploads"),
    # the JS and Go SDKs say the operation's name
    ("PUT", Place.OBJECT, b"x-id=PutObject", (), "PutObject"),
    ("PUT", Place.OBJECT, b"partNumber=1&uploadId=u&x-id=UploadPart", (), "UploadPart"),
    # presigned
    ("GET", Place.OBJECT, AUTH, (), "GetObject"),
    ("PUT", Place.OBJECT, b"partNumber=1&uploadId=u&" + AUTH, (), "UploadPart"),
    ("GET", Place.BUCKET, b"list-type=2&" + AUTH, (), "ListObjectsV2"),
    ("PUT", Place.OBJECT, b"X-Amz-Copy-Source=b%2Fk&" + AUTH, (), "CopyObject"),
    ("GET", Place.OBJECT, b"AWSAccessKeyId=id&Signature=s&Expires=1", (), "GetObject"),
    ("GET", Place.BUCKET, b"X-Amz-Security-Token=&" + AUTH, (), "ListObjects"),
    # header names have no case
    ("PUT", Place.OBJECT, b"", (COPY,), "CopyObject"),
    ("PUT", Place.OBJECT, b"", ((b"x-amz-copy-source", b""),), "CopyObject"),
    ("PUT", Place.OBJECT, b"uploadId=u&partNumber=2", (COPY,), "UploadPartCopy"),
    # query keys have one, and may be percent-encoded
    ("GET", Place.BUCKET, b"list%2Dtype=%32", (), "ListObjectsV2"),
    ("GET", Place.BUCKET, b"list-type=1", (), "ListObjects"),
    ("GET", Place.BUCKET, b"LIST-TYPE=2", (), "ListObjects"),
    ("GET", Place.BUCKET, b"prefix&delimiter=&marker=", (), "ListObjects"),
    # a header is no query key
    ("PUT", Place.BUCKET, b"", ((b"acl", b""),), "CreateBucket"),
    # no model knows these two
    ("POST", Place.BUCKET, b"", (FORM,), "PostObject"),
    ("POST", Place.BUCKET, b"", ((b"content-type", b"Multipart/Form-Data"),), "PostObject"),
    ("POST", Place.BUCKET, b"", ((b"content-type", b"application/xml"),), None),
    ("OPTIONS", Place.OBJECT, b"", (), "OptionsObject"),
    ("OPTIONS", Place.BUCKET, b"list-type=2", (), "OptionsObject"),
    ("OPTIONS", Place.BUCKET, b"delete", (), "OptionsObject"),
    # what nobody knows
    ("PATCH", Place.OBJECT, b"", (), None),
    ("get", Place.OBJECT, b"", (), None),
    ("POST", Place.SERVICE, b"", (), None),
    ("POST", Place.OBJECT, b"", (), None),
    ("PUT", Place.BUCKET, b"brandNewThing", (), None),
    ("PUT", Place.OBJECT, b"brandNewThing=", (), None),
    ("DELETE", Place.BUCKET, b"uploads", (), None),
    ("GET", Place.BUCKET, b"brandNewThing", (), None),
    ("GET", Place.OBJECT, b"1700000000", (), "GetObject"),
    ("GET", Place.BUCKET, b"cache=no", (), "ListObjects"),
    ("DELETE", Place.OBJECT, b"versionId=", (), "DeleteObject"),
]


@pytest.mark.parametrize(("method", "place", "query", "headers", "name"), CASES)
def test_the_row_with_most_markers_wins(
    method: str, place: Place, query: bytes, headers: tuple[tuple[bytes, bytes], ...], name: str | None
) -> None:
    operation = identify(method, place, pairs(query), headers)
    assert (operation.name if operation else None) == name


def test_no_two_rows_ask_for_the_same() -> None:
    """The most specific row is one row."""
    asked = [(row.method, row.place, frozenset(row.markers)) for row in OPERATIONS]
    assert len(asked) == len(set(asked))

"""What a real SDK signs needs no hypothesis: it verifies as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from urllib3 import HTTPResponse

from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import Request
from tests.support.signing import KEY, SECRET

ANSWER = b"<ListBucketResult/>"
KEYS = [
    "a b/c  d.jpg",
    "a+b&c=d",
    "~home/~",
    "'()!*",
    "100%/a%2Fb",
    "//a//b/",
    "a/../b/./c",
    "caf\u00e9/\u65e5\u672c/e\u0301",
    '"#?[]{}|\\^`<>@$,;:',
]
LISTS: list[dict[str, Any]] = [
    {"Prefix": "", "Delimiter": ""},
    {"Prefix": "a/b c+d~'()!*", "Delimiter": "/"},
    {"Prefix": "caf\u00e9%2F", "StartAfter": "=&;", "MaxKeys": 2},
]
OVERRIDES = {
    "ResponseContentDisposition": 'attachment; filename="a b+c.txt"',
    "ResponseContentType": "text/plain; charset=utf-8",
    "ResponseCacheControl": "",
}


class Sent(list[SignedRequest]):
    """What a client would have sent."""

    def take(self, request: Any, **_: Any) -> AWSResponse:
        """Keep a request, and answer it."""
        self.append(_read(request.method, request.url, [(k.encode(), _bytes(v)) for k, v in request.headers.items()]))
        return AWSResponse(request.url, 200, HTTPHeaders(), HTTPResponse(BytesIO(ANSWER), preload_content=False))


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _read(method: str, url: str, headers: list[tuple[bytes, bytes]]) -> SignedRequest:
    parts = urlsplit(url)
    target = url.partition("://")[2][len(parts.netloc) :].encode()
    if not any(name.lower() == b"host" for name, _ in headers):
        headers = [(b"Host", parts.netloc.encode()), *headers]
    return signed_request(Request(method.encode(), "https", parts.hostname or "", 443, target, tuple(headers)))


@pytest.fixture(params=["path", "virtual"])
def client(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Sent]]:
    """A client in either style, and what it sends."""
    sent = Sent()
    made = boto3.client(
        "s3",
        endpoint_url="https://s3.us-west-004.backblazeb2.com",
        region_name="us-west-004",
        aws_access_key_id=KEY.key_id,
        aws_secret_access_key=SECRET.decode(),
        config=Config(signature_version="s3v4", s3={"addressing_style": request.param}),
    )
    made.meta.events.register_first("before-send.s3", sent.take)
    yield made, sent
    made.close()


def test_what_botocore_sends_verifies(client: tuple[Any, Sent]) -> None:
    """Objects with every kind of character in their keys, and lists of them."""
    made, sent = client
    for key in KEYS:
        made.head_object(Bucket="photos", Key=key)
        made.delete_object(Bucket="photos", Key=key, VersionId="4_z+/=")
    for arguments in LISTS:
        made.list_objects_v2(Bucket="photos", **arguments)
    assert [verify(call, KEY).verdict for call in sent] == ["verified"] * len(sent)
    assert len(sent) == 2 * len(KEYS) + len(LISTS)


def test_what_botocore_presigns_verifies(client: tuple[Any, Sent]) -> None:
    """The same in URLs."""
    made, _ = client
    asked = [("get_object", {"Key": key, **OVERRIDES}) for key in KEYS] + [("list_objects_v2", one) for one in LISTS]
    for operation, arguments in asked:
        url = made.generate_presigned_url(operation, Params={"Bucket": "photos", **arguments})
        assert verify(_read("GET", url, []), KEY).verdict == "verified", url

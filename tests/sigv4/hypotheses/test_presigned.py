"""A URL that was used otherwise than it was signed for is found: another method, a header that is missing."""

from __future__ import annotations

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers
from tests.support.signing import (
    HOST,
    KEY,
    REGION,
    SECRET,
    causes,
    explanations,
    plus,
    resent,
    signed_call,
    two_deviations,
    without,
)

METHODS = [(b"GET", b"HEAD"), (b"HEAD", b"GET"), (b"PUT", b"POST"), (b"POST", b"PUT"), (b"PUT", b"GET")]


@pytest.mark.parametrize(("signed", "used"), METHODS)
def test_another_method(signed: bytes, used: bytes) -> None:
    """Of a URL, and of a request that was signed in its headers."""
    for presigned, cause in ((True, "presign-method"), (False, "method-changed")):
        call = resent(signed_call(method=signed, presigned=presigned), method=used)
        assert verify(call, KEY).verdict == "mismatch"
        (explanation,) = explanations(call)
        assert explanation.causes == (cause,)
        assert f"'{signed.decode()}' was signed; '{used.decode()}' arrived" in explanation.words


def test_a_method_that_a_header_overrides() -> None:
    call = plus(resent(signed_call(method=b"MERGE"), method=b"POST"), (b"X-HTTP-Method-Override", b"merge"))
    assert causes(call) == [("method-changed",)]


REQUIRED: list[tuple[bytes, bytes, bytes | None]] = [
    (b"Content-Type", b"image/jpeg", None),
    (b"Content-Type", b"application/octet-stream", None),
    (b"Content-Type", b"", b"application/x-www-form-urlencoded"),
    (b"Content-Type", b"image/jpeg", b"image/jpeg;charset=UTF-8"),
    (b"Content-Type", b"multipart/form-data", b"multipart/form-data; boundary=x"),
    (b"X-Amz-Acl", b"public-read", None),
    (b"X-Amz-Acl", b"public-read", b"private"),
    (b"X-Amz-Server-Side-Encryption", b"AES256", None),
    (b"X-Amz-Storage-Class", b"STANDARD", None),
    (b"Cache-Control", b"max-age=31536000", None),
    (b"Content-Disposition", b"inline", b"attachment"),
    (b"X-Amz-Meta-A", b"seen elsewhere", None),
    (b"Content-Length", b"0", None),
    (b"Range", b"bytes=0-", None),
]
AROUND = Surroundings(header_values={b"x-amz-meta-a": (b"1", b"seen elsewhere")})


@pytest.mark.parametrize(("name", "signed", "sent"), REQUIRED)
def test_a_header_that_the_url_demands(name: bytes, signed: bytes, sent: bytes | None) -> None:
    """Not sent, or sent with another value."""
    call = without(signed_call(method=b"PUT", presigned=True, headers={name: signed}), name)
    call = call if sent is None else plus(call, (name, sent))
    assert verify(call, KEY).verdict == "mismatch"
    (explanation,) = explanations(call, around=AROUND)
    assert explanation.causes == ("presign-header-required",)
    assert ("none arrived" if sent is None else f"{sent.decode()!r} arrived") in explanation.words


def test_a_method_and_a_header() -> None:
    """Two deviations multiply."""
    call = signed_call(method=b"PUT", presigned=True, headers={b"X-Amz-Acl": b"private"})
    (explanation,) = two_deviations(resent(without(call, b"X-Amz-Acl"), method=b"POST"), ("presigned",))
    assert set(explanation.causes) == {"presign-method", "presign-header-required"}


def presigned_by_botocore(method: str, headers: dict[str, str], arrives: Headers) -> SignedRequest:
    """A URL of botocore, used with other headers than it was signed for."""
    request = AWSRequest(method, f"https://{HOST.decode()}/photos/a.jpg", headers=headers)
    S3SigV4QueryAuth(Credentials(KEY.key_id, SECRET.decode()), "s3", REGION.decode()).add_auth(request)
    target = str(request.url).partition(HOST.decode())[2].encode()
    return signed_request(Request(method.encode(), "https", HOST.decode(), 443, target, ((b"Host", HOST), *arrives)))


def test_urls_of_botocore() -> None:
    """Used as they were signed they verify; else the header, or the method, is found."""
    headers = {"Content-Type": "image/jpeg"}
    right = presigned_by_botocore("PUT", headers, ((b"Content-Type", b"image/jpeg"),))
    assert verify(right, KEY).verdict == "verified"
    assert causes(presigned_by_botocore("PUT", headers, ())) == [("presign-header-required",)]
    assert causes(resent(right, method=b"POST")) == [("presign-method",)]

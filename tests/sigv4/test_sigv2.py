"""SigV2: what botocore signs verifies, so that the right secret under the wrong scheme can be told."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.sigv2 import REDACTED, explain_sigv2, strings_to_sign
from inspector.sigv4.verify import verify
from inspector.wire.exchange import BodyInfo, Request
from inspector.wire.headers import Headers

KEY = Key("004a1b2c3d4e5f60000000007", b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")
OTHER = Key("005", b"K005anothersecretanothersecret0", "profile other")
HOST = "s3.us-west-004.backblazeb2.com"


def credentials(key: Key = KEY, token: str | None = None) -> Credentials:
    return Credentials(key.key_id, key.secret.decode(), token)


def wire(method: str, url: str, headers: Headers = ()) -> SignedRequest:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = ((b"Host", parts.netloc.encode()), *headers)
    return signed_request(Request(method.encode(), "https", parts.netloc, 443, target.encode(), lines))


def by_botocore(
    method: str, url: str, headers: dict[str, str] | None = None, *, presigned: bool = False, token: str | None = None
) -> SignedRequest:
    """A request of botocore's own SigV2 signers, as its S3 client hands it to them."""
    parts = urlsplit(url)
    bucket = "" if parts.netloc == HOST else f"/{parts.netloc.removesuffix('.' + HOST)}"
    request = AWSRequest(method=method, url=url, headers=headers or {}, auth_path=bucket + parts.path)
    signer = HmacV1QueryAuth(credentials(token=token)) if presigned else HmacV1Auth(credentials(token=token))
    signer.add_auth(request)
    if presigned:
        return wire(method, request.url)
    lines = tuple((name.encode(), value.encode()) for name, value in request.headers.items())
    return wire(method, request.url, lines)


CALLS = [
    ("GET", f"https://{HOST}/bucket/photo.jpg", {}),
    ("GET", f"https://bucket.{HOST}/photo.jpg", {}),
    ("GET", f"https://my.dotted.bucket.{HOST}/a%20b%2Bc/%C3%A9", {}),
    ("GET", f"https://bucket.{HOST}/?acl", {}),
    ("GET", f"https://bucket.{HOST}/?uploads&prefix=a%2Fb&max-uploads=5", {}),
    ("PUT", f"https://{HOST}/bucket/key?partNumber=1&uploadId=x%2By", {"Content-Type": "text/plain"}),
    ("PUT", f"https://{HOST}/bucket/key", {"x-amz-meta-b": " two ", "x-amz-acl": "private", "Content-MD5": "abc="}),
    ("GET", f"https://{HOST}/bucket/key?response-content-disposition=attachment%3B%20filename%3D%22a%22", {}),
    ("GET", f"https://{HOST}/", {}),
]


@pytest.mark.parametrize("presigned", [False, True], ids=["header", "query"])
@pytest.mark.parametrize(("method", "url", "headers"), CALLS)
def test_what_botocore_signs_verifies(method: str, url: str, headers: dict[str, str], presigned: bool) -> None:
    """In the header and in the URL, path style and virtual hosts, subresources and overrides."""
    signed = by_botocore(method, url, headers, presigned=presigned)
    found = verify(signed, KEY)
    assert (found.scheme, found.verdict, found.canonical_request) == ("sigv2", "verified", None)
    assert found.signature == signed.authorization.signature
    assert verify(signed, replace(KEY, secret=KEY.secret + b"\n")).verdict == "mismatch"
    assert verify(signed_request(replace(signed.request, method=b"DELETE")), KEY).verdict == "mismatch"


def test_a_session_token_is_signed() -> None:
    """Like any x-amz- header; once it was replaced nothing can be verified."""
    signed = by_botocore("GET", CALLS[0][1], token="t/o=ken")
    assert verify(signed, KEY).verdict == "verified"
    redacted = replace(signed, redacted=("header x-amz-security-token",))
    assert (verify(redacted, KEY).verdict, verify(redacted, KEY).note) == ("unverified", REDACTED)
    assert list(explain_sigv2(redacted, KEY)) == []
    assert verify(replace(signed, redacted=("header Cookie",)), KEY).verdict == "verified"


# AWS documentation, "Signing and authenticating REST requests (AWS signature version 2)"
AWS_KEY = Key("AKIAIOSFODNN7EXAMPLE", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
AWS_EXAMPLES = [
    ("GET", "johnsmith", "/photos/puppy.jpg", b"Tue, 27 Mar 2007 19:36:42 +0000", b"bWq2s1WEIj+Ydj0vQ697zp+IXMU="),
    ("GET", "johnsmith", "/?acl", b"Tue, 27 Mar 2007 19:44:46 +0000", b"c2WLPFtWHVgbEmeEG93a4cG37dM="),
]


@pytest.mark.parametrize(("method", "bucket", "target", "date", "signature"), AWS_EXAMPLES)
def test_examples_of_aws_verify(method: str, bucket: str, target: str, date: bytes, signature: bytes) -> None:
    """The ones that its documentation works out."""
    headers = ((b"Date", date), (b"Authorization", b"AWS AKIAIOSFODNN7EXAMPLE:" + signature))
    signed = wire(method, f"https://{bucket}.s3.us-west-1.amazonaws.com{target}", headers)
    assert verify(signed, AWS_KEY).verdict == "verified"


def test_without_a_secret_the_string_is_shown() -> None:
    """That of the rule: the bucket of a virtual host is in it."""
    found = verify(by_botocore("GET", CALLS[1][1]), None)
    assert found.verdict == "unverified"
    assert found.string_to_sign is not None
    assert found.string_to_sign.endswith(b"GMT\n/bucket/photo.jpg")


def test_a_browser_may_add_to_a_presigned_url() -> None:
    """Headers that the URL's signer did not know."""
    signed = by_botocore("GET", CALLS[0][1], presigned=True)
    lines = (*signed.request.headers, (b"Content-Type", b"text/html"), (b"x-amz-meta-x", b"1"))
    assert verify(signed_request(replace(signed.request, headers=lines)), KEY).verdict == "verified"


def test_content_md5_is_compared() -> None:
    """SigV2 signs no other hash of a body."""
    signed = by_botocore("PUT", CALLS[0][1], {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    assert verify(signed, KEY).body == "match"
    other = replace(signed.body.sent, size=1, md5="0" * 32)
    assert verify(replace(signed, body=BodyInfo(other, 1)), KEY).body == "mismatch"
    assert verify(replace(signed, body=BodyInfo(other, 1, "incomplete")), KEY).body == "unknown"


def test_finds_the_secret_that_was_used() -> None:
    """Spoilt, or another's; named, and never shown."""
    signed = by_botocore("GET", CALLS[0][1])
    spoilt = explain_sigv2(signed, replace(KEY, secret=KEY.secret + b"\n"))
    assert {one.cause for one in spoilt} >= {"key-secret-whitespace"}
    (found,) = explain_sigv2(signed, OTHER, [KEY])
    assert (found.cause, "given" in found.words) == ("key-other-profile", True)
    assert KEY.secret.decode() not in str(found)
    assert list(explain_sigv2(signed, OTHER)) == []


hosts = st.one_of(st.just(HOST), st.text("abc.-é[]:1", max_size=60), st.just("a." * 120 + "com"))
targets = st.binary(max_size=80).map(lambda raw: b"/" + raw)
queries = st.lists(
    st.sampled_from(
        [
            b"acl",
            b"uploadId=%2",
            b"x-amz-acl=a",
            b"Expires=1",
            b"Signature=a%3D",
            b"AWSAccessKeyId=k",
            b"&&",
            b"=",
            b"prefix=%FF",
        ]
    ),
    max_size=12,
).map(b"&".join)


@given(hosts, targets, queries, st.binary(max_size=60), st.booleans())
def test_no_request_is_too_strange(host: str, target: bytes, query: bytes, value: bytes, header: bool) -> None:
    """Whatever is claimed to be SigV2, nothing raises, and the forms to try stay few."""
    lines: Headers = ((b"Host", host.encode()), (b"x-amz-meta-a", value), (b"Date", value))
    if header:
        lines += ((b"Authorization", b"AWS key:" + value),)
    signed = signed_request(Request(b"GET", "https", host, 443, target + b"?" + query, lines))
    if signed.authorization.scheme == "sigv2":
        assert verify(signed, KEY).verdict == "mismatch"
        assert len(list(strings_to_sign(signed.request, signed.authorization.presigned))) < 250
        list(explain_sigv2(signed, KEY))


@given(key=st.text(min_size=1, max_size=20), bucket=st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True))
def test_any_key_in_any_bucket_verifies(key: str, bucket: str) -> None:
    """Signed by hand as AWS says, over the path as it is sent."""
    path = "/" + quote(key, safe="/~")
    string = f"GET\n\n\nSat, 14 Mar 2026 09:26:53 GMT\n/{bucket}{path}"
    signature = base64.b64encode(hmac.digest(KEY.secret, string.encode(), "sha1"))
    headers = (
        (b"Date", b"Sat, 14 Mar 2026 09:26:53 GMT"),
        (b"Authorization", b"AWS %b:%b" % (KEY.key_id.encode(), signature)),
    )
    assert verify(wire("GET", f"https://{bucket}.{HOST}{path}", headers), KEY).verdict == "verified"

"""What is signed verifies, is what others sign, and leaves every other byte alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.framing import Encoder
from inspector.sigv4 import steps
from inspector.sigv4.authorization import EMPTY_SHA256, read_authorization
from inspector.sigv4.canonical import Dialect, signed_names
from inspector.sigv4.key import Key
from inspector.sigv4.sign import (
    UNSIGNED_PAYLOAD,
    ChunkSigner,
    Stamp,
    amz_date,
    chunk_signer,
    headers_as_before,
    presign,
    resigned,
    sign_header,
)
from inspector.sigv4.signed import signed_request
from inspector.sigv4.unsigned import unsigned
from inspector.sigv4.verify import verify
from inspector.wire.exchange import EMPTY_BODY, Request
from inspector.wire.headers import Headers, get, get_all
from tests.support.calls import known
from tests.support.signing import signed_call

HOST = b"s3.us-west-004.backblazeb2.com"
KEY = Key("004a1b2c3d4e5f60000000007", b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")
STAMP = Stamp(b"20260314T092653Z", b"us-west-004")
VECTORS = Path(__file__).parent / "vectors"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text("utf-8").splitlines()]


def plain(target: bytes = b"/photos/a.jpg", *headers: tuple[bytes, bytes], method: bytes = b"GET") -> Request:
    return Request(method, "https", HOST.decode(), 443, target, ((b"Host", HOST), *headers))


# Any bytes that can stand in a request line or a header line.
targets = st.binary(max_size=40).map(lambda text: b"/" + re.sub(rb"[\x00-\x20\x7f]", b"+", text))
parameters = st.sampled_from(
    (b"acl", b"prefix=a%2Fb", b"X-Amz-Signature=0", b"x-amz-date=1", b"Signature=a", b"Expires=9", b"X-Amz-Expires")
)
queries = st.lists(parameters, max_size=3).map(lambda pieces: b"?" + b"&".join(pieces) if pieces else b"")
names = st.sampled_from(
    (
        b"X-Amz-Meta-A",
        b"x-amz-META-b",
        b"Content-Type",
        b"range",
        b"X-Amz-Date",
        b"authorization",
        b"x-amz-acl",
        b"Date",
    )
)
values = st.binary(max_size=12).map(lambda text: re.sub(rb"[\r\n\x00]", b" ", text))
header_lines: st.SearchStrategy[Headers] = st.lists(st.tuples(names, values), max_size=5).map(tuple)
requests = st.builds(
    lambda method, target, query, headers: plain(target + query, *headers, method=method),
    st.sampled_from((b"GET", b"PUT", b"DELETE")),
    targets,
    queries,
    header_lines,
)
tokens = st.sampled_from((None, b"tok/+en="))

OURS = (b"authorization", b"x-amz-date", b"x-amz-content-sha256", b"x-amz-security-token", b"x-amz-region-set")


def rest(request: Request) -> Headers:
    """The lines that are not a signer's own."""
    return tuple(line for line in request.headers if line[0].lower() not in OURS)


@given(requests, st.binary(max_size=20), tokens)
def test_what_is_signed_in_the_header_verifies(request: Request, body: bytes, token: bytes | None) -> None:
    """Whatever stood there before; all that is not authorization stays as it was."""
    digest = hashlib.sha256(body).hexdigest().encode()
    made = sign_header(request, KEY, STAMP, digest, token=token)
    found = verify(signed_request(made, known(body)), KEY)
    assert (found.verdict, found.body) == ("verified", "match")
    assert made.target == unsigned(request).target
    assert rest(made) == rest(request)
    assert len(get_all(made.headers, b"authorization")) == 1
    assert get(made.headers, b"x-amz-security-token") == token


@given(requests, tokens)
def test_what_is_presigned_verifies(request: Request, token: bytes | None) -> None:
    """The target keeps its bytes, and gains parameters at its end."""
    made = presign(request, KEY, STAMP, 600, token=token)
    assert verify(signed_request(made), KEY).verdict == "verified"
    assert made.path == request.path
    assert made.headers == unsigned(request).headers
    authorization = read_authorization(made)
    assert (authorization.expires, authorization.security_token) == (600, token is not None)
    assert authorization.oddities == ()


@given(requests, tokens)
def test_what_is_unsigned_says_nothing_of_its_sender(request: Request, token: bytes | None) -> None:
    """Signing and taking away again gives the same request, of whichever scheme."""
    bare = unsigned(request)
    assert read_authorization(bare).scheme == "none"
    assert unsigned(bare) == bare
    assert unsigned(sign_header(request, KEY, STAMP, EMPTY_SHA256, token=token)) == bare
    assert rest(bare) == rest(request)


@pytest.mark.parametrize(
    ("target", "headers", "left"),
    [
        (b"/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&acl&x%2Damz-date=1", (), b"/k?acl"),
        (b"/k?a=1&&AWSAccessKeyId=k&Expires=9&Signature=s%2B", (), b"/k?a=1&"),
        (b"/k?Expires=9&acl", (), b"/k?Expires=9&acl"),
        (b"/file/b/k?Authorization=3_2016_abc", (), b"/file/b/k"),
        (b"/k?", ((b"Authorization", b"AWS k:sig"), (b"x-amz-date", b"now")), b"/k?"),
        (b"/k", ((b"authorization", b"4_002abc"),), b"/k"),
        (b"/k", ((b"Authorization", b"Basic eA=="), (b"AUTHORIZATION", b"Bearer x")), b"/k"),
    ],
)
def test_each_scheme_is_taken_away(target: bytes, headers: Headers, left: bytes) -> None:
    """Header and query, whatever they are, and nothing else: `Expires` alone is S3's own word."""
    bare = unsigned(plain(target, *headers, (b"Date", b"today")))
    assert bare == plain(left, (b"Date", b"today"))


def test_lines_are_replaced_where_they_stand() -> None:
    """In their own spelling, once; what is new comes at the end; HTTP/2 has lower-case names."""
    before = plain(
        b"/k", (b"x-amz-DATE", b"old"), (b"X-Tail", b"1"), (b"X-Amz-Date", b"older"), (b"Authorization", b"")
    )
    made = sign_header(before, KEY, STAMP, EMPTY_SHA256)
    assert [name for name, _ in made.headers] == [
        *(b"Host", b"x-amz-DATE", b"X-Tail", b"Authorization", b"X-Amz-Content-Sha256")
    ]
    second = sign_header(
        replace(plain(), http_version="HTTP/2.0", headers=(), authority=HOST), KEY, STAMP, EMPTY_SHA256
    )
    assert [name for name, _ in second.headers] == [b"x-amz-date", b"x-amz-content-sha256", b"authorization"]
    assert verify(signed_request(second), KEY).verdict == "verified"


# Others sign the same


def as_botocore_signs(signer: Any, method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> Request:
    request = AWSRequest(method=method, url=url, data=body, headers={})
    for name, value in headers:
        request.headers.add_header(name, value)
    signer.add_auth(request)
    parts = urlsplit(str(request.url))
    sent = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return Request(method.encode(), "https", parts.netloc, 443, target.encode(), ((b"Host", HOST), *sent))


def stamp_of(request: Request) -> Stamp:
    """botocore takes the moment itself."""
    moment = read_authorization(request).timestamp
    assert moment is not None
    return replace(STAMP, timestamp=moment.encode())


URLS = st.sampled_from(
    (
        "/photos/a%20b%2Bc/~/%27%28%29%21%2A.jpg",
        "/photos//a/../b?versionId=4_z%2B%2F%3D",
        "/photos?delete=",
        "/photos?list-type=2&prefix=caf%C3%A9%2F&delimiter=",
        "/",
    )
)
TEXTS = st.text(st.sampled_from('aB0 \t,;"=/-'), min_size=1, max_size=12)
LINES = st.dictionaries(st.sampled_from(("Content-Type", "x-amz-meta-a", "Range", "x-amz-acl")), TEXTS, max_size=4)


@given(st.sampled_from(("GET", "PUT", "POST")), URLS, LINES, st.binary(max_size=20), st.booleans())
def test_agrees_with_botocore(method: str, url: str, headers: dict[str, str], body: bytes, temporary: bool) -> None:
    """The same Authorization header, letter for letter."""
    token = "tok/+en=" if temporary else None
    signer = S3SigV4Auth(Credentials(KEY.key_id, KEY.secret.decode(), token), "s3", "us-west-004")
    theirs = as_botocore_signs(signer, method, f"https://{HOST.decode()}{url}", list(headers.items()), body)
    payload = get(theirs.headers, b"x-amz-content-sha256")
    assert payload is not None
    ours = sign_header(
        *(theirs, KEY, stamp_of(theirs), payload),
        token=token.encode() if token else None,
        policy=headers_as_before(theirs),
    )
    assert ours == theirs


@given(st.sampled_from(("GET", "PUT")), URLS, LINES, st.booleans(), st.integers(1, 604_800))
def test_agrees_with_botocore_on_urls(
    method: str, url: str, headers: dict[str, str], temporary: bool, expires: int
) -> None:
    """The same signature; the parameters may stand in another order."""
    token = "tok/+en=" if temporary else None
    signer = S3SigV4QueryAuth(Credentials(KEY.key_id, KEY.secret.decode(), token), "s3", "us-west-004", expires)
    theirs = as_botocore_signs(signer, method, f"https://{HOST.decode()}{url}", list(headers.items()), b"")
    ours = presign(
        *(theirs, KEY, stamp_of(theirs), expires),
        token=token.encode() if token else None,
        policy=headers_as_before(theirs),
    )
    assert sorted(ours.query.split(b"&")) == sorted(theirs.query.split(b"&"))
    assert ours.headers == theirs.headers


CRT_TARGETS = ("/photos/a%20b%2Bc//~/../%27%28%29%21%2A.jpg", "/photos?list-type=2&prefix=caf%C3%A9%2F&delimiter=", "/")


@pytest.mark.parametrize("target", CRT_TARGETS)
@pytest.mark.parametrize("in_query", [False, True])
def test_agrees_with_the_aws_crt(target: str, in_query: bool) -> None:
    """The signer that most of AWS' own SDKs share. Its Python side signs no chunks; vectors of its Java side do."""
    auth, http = pytest.importorskip("awscrt.auth"), pytest.importorskip("awscrt.http")
    kind = auth.AwsSignatureType
    config = auth.AwsSigningConfig(
        signature_type=kind.HTTP_REQUEST_QUERY_PARAMS if in_query else kind.HTTP_REQUEST_HEADERS,
        credentials_provider=auth.AwsCredentialsProvider.new_static(KEY.key_id, KEY.secret.decode(), "tok/+en="),
        region="us-west-004",
        service="s3",
        date=datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC),
        use_double_uri_encode=False,
        should_normalize_uri_path=False,
        signed_body_value="UNSIGNED-PAYLOAD",
        signed_body_header_type=auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        expiration_in_seconds=600 if in_query else None,
    )
    headers = http.HttpHeaders([("Host", HOST.decode()), ("x-amz-meta-a", "a   b")])
    signed = auth.aws_sign_request(http.HttpRequest("GET", target, headers), config).result(10)
    sent = tuple((name.encode(), value.encode()) for name, value in signed.headers)
    theirs = Request(b"GET", "https", HOST.decode(), 443, signed.path.encode(), sent)
    ours = resigned(theirs, KEY, STAMP, UNSIGNED_PAYLOAD, token=b"tok/+en=")
    assert sorted(ours.query.split(b"&")) == sorted(theirs.query.split(b"&"))
    assert ours.headers == theirs.headers


@pytest.mark.parametrize("vector", lines("sigv4.jsonl"), ids=lambda vector: vector["id"])
def test_public_vectors_are_signed_again(vector: dict[str, Any]) -> None:
    """By the generic rule: the signature that every other implementation gives."""
    headers = tuple((name.encode(), value.encode()) for name, value in vector["headers"])
    request = Request(vector["method"].encode(), "https", "", 443, vector["target"].encode(), headers)
    authorization = read_authorization(request)
    omitted = bool(vector.get("omit_session_token"))
    dialect = Dialect(vector["normalize"], vector["double_encode"], not omitted, query_leaves_payload_unsigned=False)
    key = Key(vector["access_key"], vector["secret_key"].encode())
    stamp = Stamp(vector["date"].encode(), vector["region"].encode(), vector["service"].encode())
    before = signed_names(authorization.signed_headers)
    token = get(headers, b"x-amz-security-token") if b"x-amz-security-token" in before else None
    if vector["mode"] == "query" and vector["token"]:
        token = vector["token"].encode()
    body = hashlib.sha256(base64.b64decode(vector["body_b64"])).hexdigest().encode()
    given: dict[str, Any] = {"token": token, "policy": before.__contains__, "dialect": dialect}
    if authorization.presigned:
        assert authorization.expires
        made = presign(request, key, stamp, authorization.expires, body_sha256=body, **given)
    else:
        declared = b"x-amz-content-sha256" in before
        made = sign_header(request, key, stamp, body, declare_payload=declared, **given)
    assert read_authorization(made).signature == vector["expected"]["signature"]


# Streams


def of_head(head: list[str]) -> Request:
    method, target, _ = head[0].split(" ")
    headers = tuple((name.encode(), value.encode()) for name, _, value in (line.partition(": ") for line in head[1:]))
    return Request(method.encode(), "http", "127.0.0.1", 80, target.encode(), headers)


STREAM_KEY = Key("0015a0000000000000000000b", b"K001secret+with/chars")
STREAMS = [vector for vector in lines("streams.jsonl") if vector["algorithm"] == "hmac"]


@pytest.mark.parametrize("vector", STREAMS, ids=lambda vector: vector["name"])
def test_streams_of_real_clients_are_signed_again(vector: dict[str, Any]) -> None:
    """Chunks and framing: minio-go's and the AWS SDK's bodies come out byte for byte, their trailers signed alike."""
    head = of_head(vector["head"])
    text, times = vector["payload"]
    payload = text.encode() * times
    signer = chunk_signer(head, STREAM_KEY)
    encoder = Encoder(lambda data: signer.chunk(steps.sha256_hex(data)), vector["chunks"][0][0] or 65536)
    made = b"".join([*encoder.feed(payload), *encoder.finish()])[:-2]
    expected, position = b"", 0
    for size, signature in vector["chunks"]:
        data = payload[position : position + size]
        position += size
        expected += b"%x;chunk-signature=%b\r\n%b" % (size, signature.encode(), data + b"\r\n" if size else b"")
    assert made == expected
    trailers = [line.partition(":") for line in vector["tail"].replace("\r", "").split("\n") if line]
    said = {name: value for name, _, value in trailers}
    wanted = said.pop("x-amz-trailer-signature", None)
    if wanted is not None:
        assert signer.trailer((name.encode(), value.encode()) for name, value in said.items()) == wanted.encode()


def test_the_seed_is_the_new_signature() -> None:
    """A stream that is signed again goes on from the head that was signed again."""
    other = Key("004other", b"another secret")
    head = resigned(of_head(STREAMS[0]["head"]), other, STAMP, b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    assert verify(signed_request(head), other).verdict == "verified"
    seed = read_authorization(head).signature
    assert seed is not None
    key = STAMP.signing_key(other)
    expected = ChunkSigner(key, STAMP.timestamp, STAMP.scope, seed.encode()).chunk(EMPTY_SHA256)
    assert chunk_signer(head, other).chunk(EMPTY_SHA256) == expected


# Signing again


def test_signed_again_in_the_way_it_was_signed() -> None:
    """A header stays a header and a URL a URL; the same names are signed, with another key, moment and host."""
    other, later = Key("004other", b"another secret"), Stamp(b"20270101T000000Z", b"eu-central-003")
    moved = (b"Host", b"s3.eu-central-003.backblazeb2.com")
    for before in (
        signed_call(b"/a%2fb//?x", headers={b"Range": b"bytes=0-1", b"User-Agent": b"x"}).request,
        signed_call(b"/k?response-content-type=a%20b", presigned=True).request,
        plain(),
    ):
        request = replace(before, headers=(moved, *before.headers[1:]))
        made = resigned(request, other, later, EMPTY_SHA256)
        found, was = read_authorization(made), read_authorization(before)
        assert verify(signed_request(made, EMPTY_BODY), other).verdict == "verified"
        assert found.presigned == was.presigned
        assert set(was.signed_headers) <= set(found.signed_headers)
        assert (found.key_id, found.region) == ("004other", "eu-central-003")
        assert len(get_all(made.headers, b"authorization")) == (0 if was.presigned else 1)


def test_a_payload_of_a_url_is_signed_where_it_is_named() -> None:
    """JS signs `X-Amz-Content-Sha256=UNSIGNED-PAYLOAD` into its URLs."""
    made = presign(plain(), KEY, STAMP, 60, payload=UNSIGNED_PAYLOAD)
    assert b"X-Amz-Content-Sha256=UNSIGNED-PAYLOAD" in made.query.split(b"&")
    assert verify(signed_request(made), KEY).verdict == "verified"
    again = resigned(made, KEY, STAMP, UNSIGNED_PAYLOAD)
    assert sorted(again.query.split(b"&")) == sorted(made.query.split(b"&"))


def test_moments() -> None:
    """Unix seconds, in UTC; fractions are cut off."""
    assert amz_date(1_773_480_413.9) == b"20260314T092653Z"

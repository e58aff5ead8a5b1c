"""A payload that was signed by another word or hash than the request declares is found."""

from __future__ import annotations

from base64 import b64encode

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import BodyInfo, Digests, Request
from tests.support.signing import (
    EMPTY,
    HOST,
    KEY,
    REGION,
    SECRET,
    causes,
    explanations,
    plus,
    signed_call,
    two_deviations,
    without,
)

NAME = b"x-amz-content-sha256"
SENT, DECODED, OTHER = b"1" * 64, b"2" * 64, b"3" * 64
UNSIGNED = b"UNSIGNED-PAYLOAD"
TRAILER = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CHUNKS = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
BODY = BodyInfo(
    Digests(11, SENT.decode(), "ab" * 16, "0badcafe"), 11, decoded=Digests(5, DECODED.decode(), "cd" * 16, "00c0ffee")
)


def declared(payload: bytes, signed: bytes, in_header: bytes | None = None) -> SignedRequest:
    """A call that declares one payload; another was signed on the last line, and in the header or not."""
    lines = {} if in_header is None else {NAME: in_header}
    return signed_call(method=b"PUT", payload=payload, signed={"payload": signed}, lines=lines, body=BODY)


@pytest.mark.parametrize(
    ("call", "cause", "words"),
    [
        (declared(UNSIGNED, SENT), "payload-unsigned-vs-hash", "the hash of the body that arrived"),
        (declared(SENT, UNSIGNED), "payload-unsigned-vs-hash", "'UNSIGNED-PAYLOAD' was signed as the payload"),
        (declared(SENT, UNSIGNED, UNSIGNED), "payload-unsigned-vs-hash", "and in x-amz-content-sha256"),
        (declared(SENT, SENT, UNSIGNED), "payload-unsigned-vs-hash", "was signed as x-amz-content-sha256"),
        (declared(TRAILER, UNSIGNED), "payload-unsigned-vs-hash", "not 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'"),
        (declared(TRAILER, CHUNKS, CHUNKS), "payload-unsigned-vs-hash", "'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'"),
        (declared(CHUNKS, DECODED), "payload-unsigned-vs-hash", "the payload inside aws-chunked framing"),
        (declared(SENT, EMPTY), "payload-empty-hash", "the hash of nothing"),
        (declared(UNSIGNED, EMPTY, EMPTY), "payload-empty-hash", "and in x-amz-content-sha256"),
        (declared(SENT, b""), "payload-empty-hash", "an empty line"),
        (declared(OTHER, SENT), "payload-body-altered", "the hash of the body that arrived"),
        (declared(OTHER, SENT, SENT), "payload-body-altered", "and in x-amz-content-sha256"),
        (declared(OTHER, b64encode(bytes.fromhex(SENT.decode()))), "payload-body-altered", "in base64"),
        (declared(OTHER, b"ab" * 16), "payload-body-altered", "the MD5 of the body"),
        (declared(SENT, DECODED), "payload-body-altered", "the payload inside aws-chunked framing"),
        (declared(b"UNSIGNED_PAYLOAD", UNSIGNED), "payload-header-typo", "'UNSIGNED_PAYLOAD' arrived"),
        (declared(b'"' + OTHER + b'"', OTHER), "payload-header-typo", "arrived"),
        (declared(b"UNSIGNED-PAYLOAD\xa0x", SENT), "payload-unsigned-vs-hash", "the body that arrived"),
    ],
)
def test_another_payload_line(call: SignedRequest, cause: str, words: str) -> None:
    """The last line alone, the header alone, or both at once: in one deviation."""
    assert verify(call, KEY).verdict == "mismatch"
    (explanation,) = explanations(call)
    assert explanation.causes == (cause,)
    assert words in explanation.words


def test_a_header_that_did_not_come() -> None:
    """Its line is empty by the rule, and the payload's is the body's hash: both were another word."""
    call = without(declared(UNSIGNED, UNSIGNED), b"X-Amz-Content-Sha256")
    assert causes(call) == [("payload-unsigned-vs-hash",)]


def test_two_headers() -> None:
    """Any of them may be the one that was signed."""
    call = plus(declared(OTHER, SENT, SENT), (b"x-amz-content-sha256", SENT))
    assert [one.causes[0] for one in explanations(call)] == ["hdr-duplicated"]


def test_a_body_of_which_not_all_came_has_no_hash() -> None:
    """Its digests are those of what was seen, and nobody signed them."""
    part = BodyInfo(BODY.sent, 3, truncated="incomplete")
    assert causes(signed_call(payload=UNSIGNED, signed={"payload": SENT}, body=part)) == []


def test_beside_another_cause() -> None:
    """The payload's axis multiplies with others."""
    call = signed_call(payload=SENT, method=b"GET", signed={"method": b"PUT", "payload": UNSIGNED}, body=BODY)
    (explanation,) = two_deviations(call, ("presigned", "payload"))
    assert set(explanation.causes) == {"method-changed", "payload-unsigned-vs-hash"}


def arrived(request: AWSRequest, body: BodyInfo) -> SignedRequest:
    """A request of botocore as it would stand on the wire."""
    target = str(request.url).partition(HOST.decode())[2].encode()
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    return signed_request(Request(b"PUT", "https", HOST.decode(), 443, target, ((b"Host", HOST), *headers)), body)


class Hashing(S3SigV4QueryAuth):
    """A presigner that signs the body's hash, as SigV4 has it for all services but S3."""

    def payload(self, request: AWSRequest) -> str:
        return SENT.decode()


def test_urls_presigned_by_botocore() -> None:
    """As S3 wants them they verify; with the body's hash in place of `UNSIGNED-PAYLOAD`, it is found."""
    credentials = Credentials(KEY.key_id, SECRET.decode())
    right, wrong = (AWSRequest("PUT", f"https://{HOST.decode()}/photos/a.jpg") for _ in range(2))
    S3SigV4QueryAuth(credentials, "s3", REGION.decode()).add_auth(right)
    Hashing(credentials, "s3", REGION.decode()).add_auth(wrong)
    assert verify(arrived(right, BODY), KEY).verdict == "verified"
    assert causes(arrived(wrong, BODY)) == [("payload-unsigned-vs-hash",)]


def test_a_header_of_botocore_that_something_replaced() -> None:
    """The client signed the hash; something between declares the payload as unsigned."""
    request = AWSRequest("PUT", f"https://{HOST.decode()}/photos/a.jpg", data=b"hello")
    S3SigV4Auth(Credentials(KEY.key_id, SECRET.decode()), "s3", REGION.decode()).add_auth(request)
    body = BodyInfo(Digests(5, request.headers["X-Amz-Content-SHA256"], "ab" * 16, "0badcafe"), 5)
    assert verify(arrived(request, body), KEY).verdict == "verified"
    request.headers.replace_header("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")
    assert causes(arrived(request, body)) == [("payload-unsigned-vs-hash",)]

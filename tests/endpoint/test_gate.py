"""Who passes the endpoint, what goes on for whom, and what the others are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from inspector.dialect.refusal import Refusal
from inspector.endpoint.gate import MISMATCH, Admitted, Gate, unseen
from inspector.endpoint.reason import reason
from inspector.endpoint.sign_on import Forwarder, without_expect
from inspector.endpoint.upstream import read_upstream
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, presign, sign_header
from inspector.sigv4.signed import signed_request
from inspector.sigv4.unsigned import with_line
from inspector.sigv4.verify import verify
from inspector.wire.exchange import Request
from inspector.wire.headers import get

NOW = 1_795_363_200.0
CLIENT = Key("test", b"dummy")
REAL = Key("0041234567890ab0000000001", b"K004real")
FORWARDER = Forwarder(read_upstream("https://s3.us-west-004.backblazeb2.com"), REAL)
GATE = Gate([CLIENT])
SHA256 = b"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
STAMP = Stamp(amz_date(NOW), b"us-west-004")


def request(method: bytes = b"GET", target: bytes = b"/photos/a%20b", *lines: tuple[bytes, bytes]) -> Request:
    headers = ((b"Host", b"127.0.0.1:8900"), *lines)
    return Request(method, "http", "127.0.0.1", 8900, target, headers)


def admitted(asked: Request, now: float = NOW) -> Admitted:
    outcome = GATE.admit(asked, now)
    assert isinstance(outcome, Admitted), outcome
    return outcome


def refused(asked: Request, now: float = NOW, gate: Gate = GATE) -> Refusal:
    outcome = gate.admit(asked, now)
    assert isinstance(outcome, Refusal), outcome
    return outcome


PAYLOADS = [
    SHA256,
    b"UNSIGNED-PAYLOAD",
    b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("region", [b"us-west-004", b"us-east-1"])
def test_a_header_is_signed_anew(payload: bytes, region: bytes) -> None:
    """With the real key, for the upstream's region and this moment; the body is declared as the client declared it."""
    lines = ((b"x-amz-meta-a", b"  two  words "), (b"content-type", b"text/plain"), (b"content-length", b"5"))
    bare = request(b"PUT", b"/photos/a%20b?x-id=PutObject", *lines)
    asked = sign_header(bare, CLIENT, Stamp(amz_date(NOW - 800), region), payload)
    sent = FORWARDER.forwarded(admitted(asked), NOW)
    signed = signed_request(sent)
    assert verify(signed, REAL).verdict == "verified"
    assert (signed.authorization.key_id, signed.authorization.region) == (REAL.key_id, "us-west-004")
    assert get(sent.headers, b"x-amz-date") == amz_date(NOW)
    assert get(sent.headers, b"x-amz-content-sha256") == payload
    assert sent.target == bare.target
    assert {line for line in sent.headers if line[0] in (b"x-amz-meta-a", b"content-type")} == set(lines[:2])


@pytest.mark.parametrize("payload", [None, b"UNSIGNED-PAYLOAD", SHA256])
def test_a_url_stays_a_url(payload: bytes | None) -> None:
    """Signed anew with the expiry that it had, and nothing of the old authorization left in it."""
    asked = presign(request(b"GET", b"/photos/a?versionId=4_z"), CLIENT, STAMP, 600, payload=payload)
    sent = FORWARDER.forwarded(admitted(asked, NOW + 599), NOW + 599)
    authorization = read_authorization(sent)
    assert verify(signed_request(sent), REAL).verdict == "verified"
    assert (authorization.scheme, authorization.expires) == ("sigv4-query", 600)
    assert get(sent.headers, b"authorization") is None
    assert sent.target.startswith(b"/photos/a?versionId=4_z&")
    assert sent.target.count(b"X-Amz-Credential") == 1
    assert b"test" not in sent.target


def test_what_is_not_signed_stays_so() -> None:
    """A public bucket is asked as it was asked."""
    asked = request(b"GET", b"/public/a", (b"Range", b"bytes=0-1"))
    sent = FORWARDER.forwarded(admitted(asked), NOW)
    assert sent.headers == ((b"Host", b"s3.us-west-004.backblazeb2.com"), (b"Range", b"bytes=0-1"))


def test_tokens_of_the_client_do_not_go_on() -> None:
    """They belong to its credentials."""
    asked = sign_header(request(), CLIENT, STAMP, b"UNSIGNED-PAYLOAD", token=b"session")
    sent = FORWARDER.forwarded(admitted(asked), NOW)
    assert get(sent.headers, b"x-amz-security-token") is None


def test_expect_is_the_proxys() -> None:
    """It answers by itself and passes no such line on."""
    asked = request(b"PUT", b"/photos/a", (b"Expect", b"100-continue"))
    assert without_expect(asked).headers == (asked.headers[0],)


SIGNED = sign_header(request(), CLIENT, STAMP, b"UNSIGNED-PAYLOAD")
UNSIGNED_HASH = with_line(SIGNED, b"x-amz-content-sha256", None)
OTHER_KEY = sign_header(request(), Key("0040000000000000000000002", b"x"), STAMP, b"UNSIGNED-PAYLOAD")
MALFORMED = sign_header(request(), Key("nobody", b"x"), STAMP, b"UNSIGNED-PAYLOAD")
ABSENT = with_line(SIGNED, b"x-amz-date", None)
REFUSED: list[tuple[str, Request, float, int, str, str]] = [
    ("another key", OTHER_KEY, NOW, 403, "InvalidAccessKeyId", "key-unknown"),
    ("no key of B2's", MALFORMED, NOW, 403, "InvalidAccessKeyId", "key-id-malformed"),
    ("another path", replace(SIGNED, target=b"/photos/b"), NOW, 403, "SignatureDoesNotMatch", MISMATCH),
    ("another host", with_line(SIGNED, b"Host", b"localhost:8900"), NOW, 403, "SignatureDoesNotMatch", MISMATCH),
    ("a signed header is gone", ABSENT, NOW, 400, "InvalidRequest", "hdr-signed-absent"),
    ("old", SIGNED, NOW + 901, 403, "RequestTimeTooSkewed", "clock-skew"),
    ("from the future", SIGNED, NOW - 901, 403, "RequestTimeTooSkewed", "clock-skew"),
    ("expired", presign(request(), CLIENT, STAMP, 60), NOW + 61, 401, "UnauthorizedAccess", "presign-expired"),
    ("SigV2", request(b"GET", b"/a", (b"Authorization", b"AWS test:sig=")), NOW, 400, "InvalidRequest", "sigv2-used"),
    ("bearer", request(b"GET", b"/a", (b"Authorization", b"Bearer x")), NOW, 403, "AccessDenied", "auth-foreign"),
]


@pytest.mark.parametrize(
    ("asked", "now", "status", "code", "cause"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_who_is_refused(asked: Request, now: float, status: int, code: str, cause: str) -> None:
    """Before anything is sent on, in B2's words where they are known."""
    refusal = refused(asked, now)
    assert (refusal.status, refusal.code, refusal.cause) == (status, code, cause)


def test_the_native_api_is_told_where_it_is_recorded() -> None:
    """Its tokens are no signatures, and B2 would not refuse them: in its own JSON, which b2sdk reads."""
    asked = request(b"POST", b"/b2api/v4/b2_authorize_account", (b"Authorization", b"Basic MDA0OksK"))
    refusal = refused(asked)
    assert (refusal.status, refusal.code, refusal.native, refusal.cause) == (400, "bad_request", True, "")
    assert "b2-inspector run" in refusal.message


def test_hash_must_be_signed() -> None:
    """curl signs without it where it is not told to; B2 says so in these words (cloudyr/aws.s3#404)."""
    bare = sign_header(request(), CLIENT, STAMP, SHA256, declare_payload=False)
    refusal = refused(bare)
    assert refusal.message == "header 'x-amz-content-sha256' must be included in signature"


@pytest.mark.parametrize("key", [Key("test", b"dummy\n"), Key("test", b"dumm")])
def test_spoilt_secrets_are_told(key: Key) -> None:
    """The reason is found while the client waits."""
    asked = sign_header(request(), key, STAMP, b"UNSIGNED-PAYLOAD")
    assert refused(asked).cause == MISMATCH
    assert reason(unseen(asked), [CLIENT], [], NOW).startswith("key-secret-")


REASONS: list[tuple[Any, str]] = [
    (lambda: sign_header(with_line(request(), b"Host", b"s3.x"), CLIENT, STAMP, b"UNSIGNED-PAYLOAD"), "host-"),
    (lambda: sign_header(request(), Key("test", b"another"), STAMP, b"UNSIGNED-PAYLOAD"), "key-wrong-secret"),
]


@pytest.mark.parametrize(("asked", "slug"), REASONS)
def test_reasons(asked: Any, slug: str) -> None:
    """Hosts that the client may have signed for are tried; what nothing explains is another secret."""
    arrived = with_line(asked(), b"Host", b"127.0.0.1:8900")
    assert reason(unseen(arrived), [CLIENT], [b"s3.x"], NOW).startswith(slug)


def test_no_reason_takes_long() -> None:
    """Without any patience there is none."""
    asked = sign_header(request(), Key("test", b"another"), STAMP, b"UNSIGNED-PAYLOAD")
    assert reason(unseen(asked), [CLIENT], [], NOW, patience=-1.0) == MISMATCH


def test_moments_are_read_in_utc() -> None:
    """The stamp of this file is a moment of its own."""
    assert datetime.fromtimestamp(NOW, UTC).strftime("%Y%m%dT%H%M%SZ").encode() == STAMP.timestamp

"""Each step from canonical request to signature gives the value that AWS's documentation prints."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.model import Signing
from inspector.sigv4.signer import hmac_digest, hmac_states

# AWS General Reference, "Examples of how to derive a signing key".
DOCUMENTED_KEYS = (
    "969fbb94feb542b71ede6f87fe4d5fa29c789342b0f407474670f0c2489e0a0d",
    "69daa0209cd9c5ff5c8ced464a696fd4252e981430b10e3d3fd8e2f197d7a70c",
    "f72cfd46f26bc4643f06a11eabb6c0ba18780c19a8da0c31ace671265e3c87fa",
    "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d",
)
# S3 API Reference, "Example: GET Object".
CANONICAL = (
    b"GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
    b"x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
    b"x-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n"
    b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)
SECRET = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_derived_keys() -> None:
    """kDate, kRegion, kService and kSigning."""
    secret = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    keys = steps.derived_keys(secret, b"20120215", b"us-east-1", b"iam")

    assert tuple(key.hex() for key in keys) == DOCUMENTED_KEYS
    assert steps.signing_key(secret, b"20120215", b"us-east-1", b"iam") == keys[-1]
    assert steps.date_key(secret, b"20120215") == keys[0]


def test_from_canonical_request_to_signature() -> None:
    """Hash, string to sign, signature."""
    scope = steps.scope(b"20130524", b"us-east-1", b"s3")
    digest = steps.sha256_hex(CANONICAL)
    string = steps.string_to_sign(digest, b"20130524T000000Z", scope)
    key = steps.signing_key(SECRET, b"20130524", b"us-east-1", b"s3")

    assert digest == b"7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
    assert string == b"AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" + digest
    assert steps.signature(key, string) == b"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


@given(st.binary(max_size=200), st.binary(max_size=300), st.integers(0, 300))
def test_copied_states_are_an_hmac(key: bytes, message: bytes, cut: int) -> None:
    """Two hash states give what the library's HMAC gives, wherever the message is cut, keys above a block included."""
    inner, outer = hmac_states(key)
    inner.update(message[:cut])

    assert hmac_digest(inner, outer, message[cut:]) == hmac.new(key, message, hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("trailers", "text"),
    [
        ([], b""),
        ([(b"X-Amz-Checksum-Crc32", b" AAAAAA== ")], b"x-amz-checksum-crc32:AAAAAA==\n"),
        ([(b"b", b"2"), (b"a", b"1"), (b"x-amz-trailer-signature", b"0")], b"b:2\na:1\n"),
    ],
)
def test_trailers(trailers: list[tuple[bytes, bytes]], text: bytes) -> None:
    """A line each, in the order in which they were sent, the signature over them left out."""
    assert steps.canonical_trailers(trailers) == text


def test_no_secret_in_a_text() -> None:
    """What the signature is made of can be printed; the secret does not show."""
    signing = Signing(SECRET, b"20130524T000000Z", b"20130524", b"us-east-1", b"s3", b"aws4_request")

    assert SECRET.decode() not in repr(signing)
    assert signing.scope == b"20130524/us-east-1/s3/aws4_request"

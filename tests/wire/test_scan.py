"""What looks like a credential is seen, wherever it stands; what only looks long is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.wire.scan import credentials_in

FOUND = [
    (b'"secret": "K004abcDEF0123456789+/abcDEF012"', "application key"),
    (b"Authorization: AWS4-HMAC-SHA256 ..., Signature=" + b"a1" * 32, "signature"),
    (b"https://h/?X-Amz-Signature%3D" + b"0f" * 32, "signature"),
    (b'"X-Amz-Signature": "' + b"0f" * 32 + b'"', "signature"),
    (b"Authorization: AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", "SigV2 authorization"),
    (b"Credential=0041234567890ab0000000001/20261122/us-west-004/s3/aws4_request", "credential scope"),
    (b"X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1", "credential scope"),
    (b"authorization: Bearer abcdefghijkl", "bearer token"),
    (b"-----BEGIN RSA PRIVATE KEY-----", "private key"),
]
INNOCENT = [
    b"x-amz-content-sha256: " + b"a1" * 32,
    b"https://s3.us-west-004.backblazeb2.com/photos/K0042024/a.jpg",
    b"4_z5a1b2c3d4e5f6a7b8c9d0e1f_f1166a4b2c3d4e5f6_d20250808_m142501_c002_v0001111_t0042_u01754663101123",
    b'"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    b"ETag: d41d8cd98f00b204e9800998ecf8427e",
]


@pytest.mark.parametrize(("data", "what"), FOUND, ids=[row[1] for row in FOUND])
def test_credentials_are_seen(data: bytes, what: str) -> None:
    """By their shape, in headers, URLs and JSON."""
    assert what in [one.what for one in credentials_in(b"... " + data + b" ...")]


@pytest.mark.parametrize("data", INNOCENT)
def test_hashes_ids_and_names_are_none(data: bytes) -> None:
    """A refusal without a reason would make the tool useless."""
    assert list(credentials_in(data)) == []


@given(st.binary(max_size=50), st.binary(min_size=8, max_size=40), st.binary(max_size=50))
def test_a_secret_at_hand_is_seen_whatever_it_looks_like(before: bytes, secret: bytes, after: bytes) -> None:
    """At its first byte."""
    found = next(iter(credentials_in(before + secret + after, [secret])))
    assert found.what == "a secret at hand"
    assert found.offset <= len(before)

"""SigV4A: the key is derived from the secret, and every signature of the CRT verifies, in header and query."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4 import sigv4a
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import Request

VECTORS = Path(__file__).parent / "vectors" / "sigv4a.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
KEY = Key("004a1b2c3d4e5f60000000007", b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")


def signed(case: dict[str, Any]) -> SignedRequest:
    headers = tuple((name.encode(), value.encode()) for name, value in case["headers"])
    host = "s3.us-west-004.backblazeb2.com"
    return signed_request(Request(case["method"].encode(), "https", host, 443, case["target"].encode(), headers))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["target"][:60])
def test_signatures_of_the_crt_verify(case: dict[str, Any]) -> None:
    """With the secret they hold; with another, for another key id, or of another request, they do not."""
    call = signed(case)
    found = verify(call, KEY)
    assert (found.scheme, found.verdict, found.signature) == ("sigv4a", "verified", None)
    assert found.string_to_sign is not None
    assert found.string_to_sign.startswith(b"AWS4-ECDSA-P256-SHA256\n20260314T092653Z\n20260314/s3/aws4_request\n")
    assert verify(call, replace(KEY, secret=KEY.secret + b"\n")).verdict == "mismatch"
    other = replace(call.request, method=b"DELETE")
    assert verify(signed_request(other), KEY).verdict == "mismatch"


def test_the_set_of_regions_is_signed() -> None:
    """It stands in no scope, and yet it cannot be changed."""
    call = signed(CASES[0])
    headers = tuple(
        (name, b"eu-central-003" if name.lower() == b"x-amz-region-set" else value)
        for name, value in call.request.headers
    )
    assert call.authorization.region == "us-west-004"
    assert verify(signed_request(replace(call.request, headers=headers)), KEY).verdict == "mismatch"


def test_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library it stays unverified, and says how to change that; without a secret there is no such note."""
    call = signed(CASES[0])
    assert verify(call, None).note == ""
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    found = verify(call, KEY)
    assert (found.verdict, found.note) == ("unverified", sigv4a.MISSING)
    assert found.string_to_sign is not None


def test_the_library_is_loaded_for_such_signatures_only() -> None:
    """Whoever verifies SigV4 does without."""
    script = "import sys, inspector.sigv4.verify, inspector.sigv4.sigv4a, inspector.sigv4.chunks;"
    script += "sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@given(st.binary(max_size=200), st.binary(max_size=200), st.text(max_size=60))
def test_no_signature_is_too_strange(name: bytes, secret: bytes, signature: str) -> None:
    """Any bytes are a secret, and what is no signature does not verify."""
    assert 1 <= sigv4a.private_number(name, secret) < sigv4a._ORDER
    check = sigv4a.checker(name, secret)
    assert check is not None
    assert not check(b"string", signature.encode())


def test_live_signatures_of_the_crt_verify() -> None:
    """Where awscrt is installed it signs afresh: a path of every byte, by S3's rule."""
    auth = pytest.importorskip("awscrt.auth")
    http = pytest.importorskip("awscrt.http")
    target = "/bucket/" + quote_from_bytes(bytes(range(1, 256)))
    request = http.HttpRequest("GET", target, http.HttpHeaders([("Host", "s3.us-west-004.backblazeb2.com")]))
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4_ASYMMETRIC,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=auth.AwsCredentialsProvider.new_static(KEY.key_id, KEY.secret.decode()),
        region="*",
        service="s3",
        use_double_uri_encode=False,
        should_normalize_uri_path=False,
        signed_body_value=auth.AwsSignedBodyValue.EMPTY_SHA256,
        signed_body_header_type=auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
    )
    sent = auth.aws_sign_request(request, config).result(10)
    case = {"method": sent.method, "target": sent.path, "headers": [list(line) for line in sent.headers]}
    assert verify(signed(case), KEY).verdict == "verified"

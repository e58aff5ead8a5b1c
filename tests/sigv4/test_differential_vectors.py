"""S3's rule: what real clients signed and a strict server took, to each intermediate value; and nobody is accused."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from inspector.cli.loose import read_signed
from inspector.diagnose.call import Call
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty
from inspector.facts import facts_of
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, resigned
from inspector.sigv4.verify import PLUS_NOTE, verify
from inspector.wire.exchange import Exchange, Request, Response, Timing
from inspector.wire.headers import get

HOST = "s3.us-west-004.backblazeb2.com"
KEY = Key("004a1b2c3d4e5f60000000007", b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")
VECTORS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "vectors" / "s3.jsonl").read_text("utf-8").splitlines()
]


def request_of(vector: dict[str, Any]) -> Request:
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in vector["headers"])
    return Request(vector["method"].encode(), "https", HOST, 443, vector["target"].encode("latin-1"), headers)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_what_was_taken_verifies(vector: dict[str, Any]) -> None:
    """Canonical request, string to sign and signature; and signed again it is the same."""
    key = Key(vector["access_key"], vector["secret_key"].encode())
    signed, _ = read_signed(request_of(vector), [base64.b64decode(vector["body_b64"])])
    found = verify(signed, key)
    assert (found.verdict, found.signature) == ("verified", vector["expected"]["signature"])
    assert found.body != "mismatch"
    assert found.canonical_request == vector["expected"]["canonical_request"].encode("latin-1")
    assert found.string_to_sign == vector["expected"]["string_to_sign"].encode("latin-1")
    payload = b"UNSIGNED-PAYLOAD" if vector["mode"] == "query" else get(signed.request.headers, b"x-amz-content-sha256")
    # A plus would be signed for what it is; and what curl 7.88 leaves out, S3 asks for.
    if found.note != PLUS_NOTE and payload is not None:
        stamp = Stamp(vector["date"].encode(), vector["region"].encode(), vector["service"].encode())
        made, _ = read_signed(resigned(signed.request, key, stamp, payload), [])
        assert made.authorization.signature == vector["expected"]["signature"]


def genuine(chance: random.Random) -> Call:
    """A call as botocore signs it, of any shape, that was answered well."""

    def text(characters: str, most: int) -> str:
        return "".join(chance.choices(characters, k=chance.randint(1, most)))

    key = quote(text("abc/ +~'()!*%&=#?;:@$,\u00e9\u65e5.-_", 20), safe="/~")
    parameters = {text("abcxyz-", 6): text("ab /+&=%~\u00e9", 6) for _ in range(chance.choice((0, 0, 1, 3)))}
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='~')}" for name, value in parameters.items())
    headers = {f"x-amz-meta-{text('abc', 3)}": text("aB  \t,;=", 8) for _ in range(chance.randint(0, 3))}
    method = chance.choice(("GET", "PUT", "HEAD", "DELETE", "POST"))
    request = AWSRequest(method, f"https://{HOST}/photos/{key}" + (f"?{query}" if query else ""), headers)
    request.data = chance.randbytes(chance.randint(0, 30)) if method in ("PUT", "POST") else b""
    credentials = Credentials(KEY.key_id, KEY.secret.decode())
    signer: Any = (
        S3SigV4QueryAuth(credentials, "s3", "us-west-004", 600)
        if chance.random() < 0.3
        else S3SigV4Auth(credentials, "s3", "us-west-004")
    )
    body = request.data
    if isinstance(signer, S3SigV4QueryAuth):
        request.data = b""
    signer.add_auth(request)
    url = urlsplit(str(request.url))
    target = url.path + (f"?{url.query}" if url.query else "")
    lines = [(b"Host", HOST.encode()), *((name.encode(), value.encode()) for name, value in request.headers.items())]
    sent = Request(method.encode(), "https", HOST, 443, target.encode(), tuple(lines))
    signed, prefix = read_signed(sent, [body])
    response = Response(200, ())
    return Call(Exchange("", sent, Timing(0, 0), response), facts_of(sent, response, prefix, b""), signed, prefix)


def test_a_thousand_genuine_calls_accuse_nobody() -> None:
    """Signed by botocore, whatever they are: they verify, and nothing is said of them that is more than a hint."""
    chance = random.Random(20260314)
    for _ in range(1000):
        call = genuine(chance)
        found = examine(call, [KEY])
        assert found.verification.verdict == "verified", (call.request, found.verification)
        assert not [one for one in found.findings if one.certainty > Certainty.HINT], (call.request, found.findings)

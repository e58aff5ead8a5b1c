"""`sigv4 FILE`: every step from a raw request to its signature, by S3's rule or the general one."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.explained import ENVIRON
from support.signing import HOST, SECRET, signed_call

from inspector.cli.main import main
from inspector.wire.exchange import Request

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "sigv4" / "vectors" / "sigv4.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
OPTIONS = {
    "normalize": "--normalize-path",
    "double_encode": "--double-encode",
    "omit_session_token": "--session-token-unsigned",
}
STEPS = ("canonical_request", "string_to_sign", "signature")
UNSIGNED = b"GET /photos/a%20b.txt?x=1 HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\nUser-Agent: x\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `sigv4` on these bytes; gives exit code, stdout and stderr."""

    def run(raw: bytes, *words: str, keys: dict[str, str] = ENVIRON) -> tuple[int, str, str]:
        file = tmp_path / "request.http"
        file.write_bytes(raw)
        for name in ENVIRON:
            monkeypatch.delenv(name, raising=False)
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, "/nowhere")
        where = [] if "-" in words else [str(file)]
        monkeypatch.setattr(sys, "argv", ["b2-inspector", "sigv4", *words, *where])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


def raw_request(request: Request, body: bytes = b"", end: bytes = b"\r\n") -> bytes:
    first = b"%b %b HTTP/1.1" % (request.method, request.target)
    return end.join((first, *(b"%b: %b" % header for header in request.headers), b"", body))


def of_vector(vector: dict[str, Any]) -> bytes:
    headers = tuple((name.encode(), value.encode()) for name, value in vector["headers"])
    request = Request(vector["method"].encode(), "https", "", 443, vector["target"].encode(), headers)
    return raw_request(request, base64.b64decode(vector["body_b64"]), end=b"\n")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_public_vectors(vector: dict[str, Any], run: Run) -> None:
    """Canonical request, string to sign and signature of each, out of a file with an editor's line ends."""
    options = [option for field, option in OPTIONS.items() if vector.get(field)]
    keys = {"AWS_ACCESS_KEY_ID": vector["access_key"], "AWS_SECRET_ACCESS_KEY": vector["secret_key"]}
    code, out, _ = run(of_vector(vector), "--json", *options, keys=keys)
    found = json.loads(out)

    assert code == 0
    assert {step: found[step] for step in STEPS} == vector["expected"]
    # One request of the suite carries the signature of another (get-vanilla's), as its search finds out.
    assert found["verdict"] == ("verified" if found["given"] == found["signature"] else "mismatch")


def test_the_rule_is_that_of_the_scopes_service(run: Run) -> None:
    """S3's for s3; the general one for others, unless an option says which half of it holds."""
    s3 = raw_request(signed_call(b"/photos//a/../b%20c").request)
    other = raw_request(signed_call(b"/photos//a/../b%20c", service=b"execute-api").request)

    assert json.loads(run(s3, "--json")[1])["canonical_request"].split("\n")[1] == "/photos//a/../b%20c"
    assert json.loads(run(other, "--json")[1])["canonical_request"].split("\n")[1] == "/photos/b%2520c"
    assert json.loads(run(other, "--json", "--double-encode")[1])["canonical_request"].split("\n")[1] == (
        "/photos//a/../b%2520c"
    )
    assert json.loads(run(s3, "--json")[1])["verdict"] == "verified"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("presigned", [False, True])
def test_people_see_every_step(presigned: bool, end: bytes, run: Run) -> None:
    """With sizes and hashes; a signature that matches is said to."""
    raw = raw_request(signed_call(presigned=presigned).request, end=end)
    code, out, err = run(raw)

    assert code == 0
    for words in ("VERIFIED", "canonical request, ", "string to sign, ", "sha256 ", "signature ", "S3's"):
        assert words in out
    assert "kSigning" not in out
    assert SECRET.decode() not in out + err


def test_a_request_that_is_not_signed_is_shown_as_it_would_be(run: Run) -> None:
    """Region and service come from B2's host; only the date is missing here. It equals what a signer makes of it."""
    words = ("--json", "--date", "20260314T092653Z")
    _, out, err = run(UNSIGNED + b"\n", *words)
    found = json.loads(out)
    signed_again = UNSIGNED + (
        b"X-Amz-Date: 20260314T092653Z\nAuthorization: AWS4-HMAC-SHA256 Credential=%b/20260314/us-west-004/s3/"
        b"aws4_request, SignedHeaders=host;x-amz-date, Signature=%b\n\n"
        % (ENVIRON["AWS_ACCESS_KEY_ID"].encode(), found["signature"].encode())
    )

    assert (found["verdict"], found["given"], found["region"]) == ("none", None, "us-west-004")
    assert "not signed" in err
    assert json.loads(run(signed_again, "--json")[1])["verdict"] == "verified"


def test_what_an_unsigned_request_lacks_is_said(run: Run) -> None:
    """By the names of the options that give it."""
    code, out, err = run(b"GET / HTTP/1.1\nHost: example.com\n\n", "--json", keys={})

    assert code == 0
    assert json.loads(out)["canonical_request"] is None
    assert [word for word in ("--date", "--region", "--service", "no key") if word not in err] == []


def test_without_a_secret_all_but_the_signature_is_computed(run: Run) -> None:
    """The request's own signature is there beside it."""
    found = json.loads(run(raw_request(signed_call().request), "--json", keys={})[1])

    assert (found["verdict"], found["signature"]) == ("unverified", None)
    assert found["canonical_request"].startswith("GET\n/photos/a.jpg\n")
    assert len(found["given"]) == 64


def test_a_mismatch_is_explained(run: Run) -> None:
    """As `explain` does."""
    found = json.loads(run(raw_request(signed_call(secret=SECRET + b"\n").request), "--json")[1])

    assert (found["verdict"], found["findings"][0]["cause"]) == ("mismatch", "key-secret-whitespace")


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads it; the secret cannot come from there as well."""
    raw = raw_request(signed_call().request)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))

    assert json.loads(run(b"", "--json", "-")[1])["verdict"] == "verified"
    assert run(b"", "--secret-stdin", "-")[0] == 2


@pytest.mark.parametrize(("raw", "code"), [(b"", 1), (b"not http\n", 1), (b"HTTP/1.1 200 OK\n\n", 1)])
def test_a_file_without_a_request_is_refused(raw: bytes, code: int, run: Run) -> None:
    """With the line where it breaks off, where there is one."""
    assert run(raw)[0] == code


def test_region_and_service_can_be_said(run: Run) -> None:
    """An option counts more than the request: what would it be there?"""
    raw = raw_request(signed_call().request)
    found = json.loads(run(raw, "--json", "--region", "eu-central-003")[1])

    assert (found["region"], found["verdict"]) == ("eu-central-003", "mismatch")
    assert "/eu-central-003/s3/" in found["string_to_sign"]
    assert HOST.decode() in found["canonical_request"]

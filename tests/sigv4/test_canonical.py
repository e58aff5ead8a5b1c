"""The canonical request is the one that public vectors and botocore's own signer hash."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.canonical import (
    GENERIC,
    S3,
    Dialect,
    canonical_headers,
    canonical_query,
    canonical_request,
    canonical_uri,
    normalized,
    payload_line,
    signed_names,
    signed_secret_names,
)
from inspector.wire.exchange import Request

HOST = "s3.us-west-004.backblazeb2.com"
VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors" / "sigv4.jsonl").read_text(encoding="utf-8").splitlines()
]


def plain_request(target: bytes = b"/", *headers: tuple[bytes, bytes], method: bytes = b"GET") -> Request:
    return Request(method, "https", HOST, 443, target, headers)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_public_vectors(vector: dict[str, Any]) -> None:
    """The generic rule gives the canonical request of every vector, and so its hash in the string to sign."""
    headers = tuple((name.encode(), value.encode()) for name, value in vector["headers"])
    request = Request(vector["method"].encode(), "https", "", 443, vector["target"].encode(), headers)
    body = hashlib.sha256(base64.b64decode(vector["body_b64"])).hexdigest().encode()
    dialect = Dialect(
        normalize_path=vector["normalize"],
        double_encode=vector["double_encode"],
        session_token_signed=not vector.get("omit_session_token"),
        query_leaves_payload_unsigned=False,
    )
    found = canonical_request(request, read_authorization(request), dialect, body)

    assert found.decode() == vector["expected"]["canonical_request"]
    assert vector["expected"]["string_to_sign"].endswith(hashlib.sha256(found).hexdigest())


class Spy:
    """Keeps the canonical request that botocore's signer makes."""

    kept = ""

    def canonical_request(self, request: AWSRequest) -> str:
        self.kept = super().canonical_request(request)  # type: ignore[misc]
        return self.kept


class HeaderSpy(Spy, S3SigV4Auth):
    pass


class QuerySpy(Spy, S3SigV4QueryAuth):
    pass


def seen(request: AWSRequest) -> Request:
    """The request as it would stand on the wire."""
    url = urlsplit(str(request.url))
    target = url.path + ("?" + url.query if url.query else "")
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    lines = ((b"Host", url.netloc.encode()), *headers)
    return Request(str(request.method).encode(), "https", url.netloc, 443, target.encode(), lines)


# Both must agree where the URL is encoded as S3 wants it; elsewhere (a slash as %2F, say) botocore signs it as it is.
segments = st.binary(max_size=12).map(lambda segment: segment.replace(b"/", b""))
paths = st.lists(segments, min_size=1, max_size=5).map(
    lambda parts: "/" + "/".join(quote(part, safe="~") for part in parts)
)
texts = st.text(max_size=8).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="~"))
query_pairs = st.lists(st.tuples(texts.filter(bool), texts), max_size=5)
header_names = st.from_regex(r"[xX]-[aA]mz-[mM]eta-[a-zA-Z0-9]{1,4}|Content-Type|Range|Cache-Control", fullmatch=True)
header_values = st.text(st.sampled_from('aB0 \t,;"=/-'), max_size=12)
header_lines = st.lists(st.tuples(header_names, header_values), max_size=5)
methods = st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST"])


@given(methods, paths, query_pairs, header_lines, st.binary(max_size=20), st.booleans())
def test_agrees_with_botocore(
    method: str, path: str, query: list[tuple[str, str]], headers: list[tuple[str, str]], body: bytes, token: bool
) -> None:
    """S3's rule, for any path, query, headers and body."""
    url = f"https://{HOST}{path}" + ("?" + "&".join(f"{name}={value}" for name, value in query) if query else "")
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    signer = HeaderSpy(Credentials("AK", "secret", "token" if token else None), "s3", "us-west-004")
    signer.add_auth(request)
    found = seen(request)

    assert canonical_request(found, read_authorization(found)).decode() == signer.kept


@given(methods, paths, st.dictionaries(texts.filter(bool), texts, max_size=4), header_lines, st.booleans())
def test_agrees_with_botocore_on_presigned_urls(
    method: str, path: str, query: dict[str, str], headers: list[tuple[str, str]], token: bool
) -> None:
    """The signature itself is left out, all other parameters are in, and the payload is unsigned."""
    url = f"https://{HOST}{path}" + (
        "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    )
    request = AWSRequest(method=method, url=url)
    for name, value in headers:
        request.headers.add_header(name, value)
    signer = QuerySpy(Credentials("AK", "secret", "tok+/=" if token else None), "s3", "us-west-004", 60)
    signer.add_auth(request)
    found = seen(request)

    assert canonical_request(found, read_authorization(found)).decode() == signer.kept


@pytest.mark.parametrize(
    ("path", "s3", "generic"),
    [
        (b"", b"/", b"/"),
        (b"/a b", b"/a%20b", b"/a%20b"),
        (b"/a%20b", b"/a%20b", b"/a%2520b"),
        (b"/a+b", b"/a%2Bb", b"/a%2Bb"),
        (b"/a%2fb", b"/a/b", b"/a%252fb"),
        (b"/%7e~", b"/~~", b"/%257e~"),
        (b"/%61%e9", b"/a%E9", b"/%2561%25e9"),
        (b"/caf\xc3\xa9\xff", b"/caf%C3%A9%FF", b"/caf%C3%A9%FF"),
        (b"/a//b/../c/.", b"/a//b/../c/.", b"/a/c/"),
        (b"/test$file.text", b"/test%24file.text", b"/test%24file.text"),
        (b"/'()!*", b"/%27%28%29%21%2A", b"/%27%28%29%21%2A"),
        (b"/100%", b"/100%25", b"/100%25"),
    ],
)
def test_paths(path: bytes, s3: bytes, generic: bytes) -> None:
    """S3 decodes once and encodes once and keeps every slash; the generic rule normalises and encodes what it sees."""
    assert canonical_uri(path, S3) == s3
    assert canonical_uri(path, GENERIC) == generic


@given(st.binary(max_size=30).map(lambda name: b"/" + name))
def test_a_canonical_path_is_its_own(path: bytes) -> None:
    """S3's form of S3's form is itself; every spelling of a key has the same form."""
    canonical = canonical_uri(path)

    assert canonical_uri(canonical) == canonical
    assert canonical_uri(quote(canonical.decode(), safe="/%").encode()) == canonical


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        (b"/", b"/"),
        (b"//a//", b"/a/"),
        (b"/a/..", b"/"),
        (b"/../..", b"/"),
        (b"/a/./b/", b"/a/b/"),
        (b"/a/b/..", b"/a/"),
    ],
)
def test_normal_paths(path: bytes, normal: bytes) -> None:
    """Dot segments are resolved as RFC 3986 has it, slashes merged."""
    assert normalized(path) == normal


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"", b""),
        (b"acl", b"acl="),
        (b"uploads=", b"uploads="),
        (b"b=2&a=1&a=0&a", b"a=&a=0&a=1&b=2"),
        (b"a-b=1&a=1", b"a=1&a-b=1"),
        (b"B=1&a=1&b=1&A=1", b"A=1&B=1&a=1&b=1"),
        (b"prefix=a/b c+d", b"prefix=a%2Fb%20c%2Bd"),
        (b"prefix=%2f%7E%41", b"prefix=%2F~A"),
        (b"a=b=c&&d", b"a=b%3Dc&d="),
        (b"k=%C3%A9&%c3%a9=1", b"%C3%A9=1&k=%C3%A9"),
        (b"key=%", b"key=%25"),
    ],
)
def test_queries(query: bytes, canonical: bytes) -> None:
    """Sorted by name and then value, in one encoding; repeats and empty values are kept."""
    assert canonical_query(query) == canonical


def test_headers() -> None:
    """Names in any case, repeats joined in order, white space collapsed, an absent one empty, folded lines unfolded."""
    request = plain_request(
        b"/", (b"X-Amz-Meta-A", b"  1\t  2 "), (b"Host", b"h:80"), (b"x-amz-meta-a", b"3"), (b"X-B", b"a\r\n b")
    )

    assert canonical_headers(request, signed_names([b"X-B", b"range", b"x-amz-meta-a", b"HOST", b"host"])) == (
        b"host:h:80\nrange:\nx-amz-meta-a:1 2,3\nx-b:a b\n"
    )


def test_host_falls_back_to_the_authority() -> None:
    """HTTP/2 has no Host line."""
    request = Request(b"GET", "https", "h", 443, b"/", (), "HTTP/2.0", b"bucket.example:8443")

    assert canonical_headers(request, [b"host"]) == b"host:bucket.example:8443\n"


HASH = b"a" * 64
PRESIGNED = b"/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-SignedHeaders="
DECLARED = (b"x-amz-content-sha256", b" STREAMING-UNSIGNED-PAYLOAD-TRAILER ")
AUTHORIZED = (b"Authorization", b"AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request, SignedHeaders=host, Signature=0")


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (plain_request(b"/", AUTHORIZED, DECLARED), b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        (plain_request(b"/", AUTHORIZED), HASH),
        (plain_request(PRESIGNED + b"host"), b"UNSIGNED-PAYLOAD"),
        (plain_request(PRESIGNED + b"host", DECLARED), b"UNSIGNED-PAYLOAD"),
        (plain_request(PRESIGNED + b"host%3Bx-amz-content-sha256", DECLARED), b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        (plain_request(PRESIGNED + b"host&X-Amz-Content-Sha256=" + b"b" * 64, DECLARED), b"b" * 64),
    ],
)
def test_payload_line(request_: Request, line: bytes) -> None:
    """What is declared and signed wins; a URL alone leaves the payload unsigned; else it is the hash of the body."""
    assert payload_line(read_authorization(request_), S3, HASH) == line


def test_signed_secrets() -> None:
    """A redacted place counts where its true value was hashed: a listed header, any parameter, no body."""
    header = plain_request(
        b"/?X-Amz-Security-Token=a",
        (AUTHORIZED[0], AUTHORIZED[1].replace(b"=host", b"=host;X-Amz-Security-Token")),
    )
    redacted = ["header x-amz-security-token", "header cookie", "query X-Amz-Security-Token", "body token"]

    assert signed_secret_names(read_authorization(header), redacted) == (redacted[0], redacted[2])
    assert signed_secret_names(read_authorization(plain_request(PRESIGNED + b"host")), redacted) == (redacted[2],)
    assert signed_secret_names(read_authorization(plain_request()), redacted) == ()

"""Signatures are verified from the bytes as they travelled: vectors, AWS's own examples, odd and broken requests."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.sigv4 import steps
from inspector.sigv4.canonical import GENERIC, S3, Dialect
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import body_verdict, scope_of, timestamps_of, verify
from inspector.wire.exchange import EMPTY_BODY, EMPTY_DIGESTS, BodyInfo, Digests, Request, SignedChunk
from inspector.wire.headers import Headers
from tests.support.signing import EMPTY, HOST, KEY, TIMESTAMP, authorization, resent, sign, signed_call

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors" / "sigv4.jsonl").read_text(encoding="utf-8").splitlines()
]

# Its Authorization header carries a signature that nobody computed.
MADE_UP = "botocore/aws4_testsuite/get-vanilla-with-session-token/get-vanilla-with-session-token"


def body_of(data: bytes, truncated: str | None = None) -> BodyInfo:
    return BodyInfo(Digests(len(data), hashlib.sha256(data).hexdigest(), "", ""), len(data), truncated)


# Vectors and examples


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_public_vectors(vector: dict[str, Any]) -> None:
    """The generic rule gives every intermediate value of every vector, and no other secret verifies it."""
    headers = tuple((name.encode(), value.encode()) for name, value in vector["headers"])
    request = Request(vector["method"].encode(), "https", "", 443, vector["target"].encode(), headers)
    signed = signed_request(request, body_of(base64.b64decode(vector["body_b64"])))
    key = Key(vector["access_key"], vector["secret_key"].encode())
    dialect = Dialect(
        normalize_path=vector["normalize"],
        double_encode=vector["double_encode"],
        session_token_signed=not vector.get("omit_session_token"),
        query_leaves_payload_unsigned=False,
    )
    found = verify(signed, key, dialect)

    assert found.canonical_request == vector["expected"]["canonical_request"].encode()
    assert found.string_to_sign == vector["expected"]["string_to_sign"].encode()
    assert found.signature == vector["expected"]["signature"]
    assert found.verdict == ("mismatch" if vector["id"] == MADE_UP else "verified")
    assert verify(signed, replace(key, secret=key.secret + b"\n"), dialect).verdict == "mismatch"


AWS_KEY = Key("AKIAIOSFODNN7EXAMPLE", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
AWS_SCOPE = b"20130524/us-east-1/s3/aws4_request"
AWS_DATE = (b"x-amz-date", b"20130524T000000Z")
WELCOME = b"Welcome to Amazon S3."


def aws_example(method: bytes, target: bytes, names: bytes, signature: bytes, *headers: tuple[bytes, bytes]) -> Request:
    value = b"AWS4-HMAC-SHA256 Credential=%b/%b,SignedHeaders=%b,Signature=%b" % (
        AWS_KEY.key_id.encode(),
        AWS_SCOPE,
        names,
        signature,
    )
    lines = ((b"Host", b"examplebucket.s3.amazonaws.com"), AWS_DATE, *headers, (b"Authorization", value))
    return Request(method, "https", "examplebucket.s3.amazonaws.com", 443, target, lines)


NO_BODY = (b"x-amz-content-sha256", EMPTY)
# S3 API Reference, "Signature Calculations for the Authorization Header" and "... Using Query Parameters", examples.
AWS_EXAMPLES = [
    (
        aws_example(
            b"GET",
            b"/test.txt",
            b"host;range;x-amz-content-sha256;x-amz-date",
            b"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            (b"Range", b"bytes=0-9"),
            NO_BODY,
        ),
        b"",
    ),
    (
        aws_example(
            b"PUT",
            b"/test$file.text",
            b"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            b"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            (b"Date", b"Fri, 24 May 2013 00:00:00 GMT"),
            (b"x-amz-storage-class", b"REDUCED_REDUNDANCY"),
            (b"x-amz-content-sha256", hashlib.sha256(WELCOME).hexdigest().encode()),
        ),
        WELCOME,
    ),
    (
        aws_example(
            b"GET",
            b"/?lifecycle",
            b"host;x-amz-content-sha256;x-amz-date",
            b"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            NO_BODY,
        ),
        b"",
    ),
    (
        aws_example(
            b"GET",
            b"/?max-keys=2&prefix=J",
            b"host;x-amz-content-sha256;x-amz-date",
            b"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            NO_BODY,
        ),
        b"",
    ),
    (
        Request(
            b"GET",
            "https",
            "examplebucket.s3.amazonaws.com",
            443,
            b"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            b"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            b"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            b"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            ((b"Host", b"examplebucket.s3.amazonaws.com"),),
        ),
        b"",
    ),
]


@pytest.mark.parametrize(("request_", "body"), AWS_EXAMPLES)
def test_aws_own_examples(request_: Request, body: bytes) -> None:
    """S3's rule verifies every example that AWS prints for S3; a path that needs encoding twice would not."""
    assert verify(signed_request(request_, body_of(body)), AWS_KEY).verdict == "verified"


def test_s3s_rule_is_not_the_generic_one() -> None:
    """The example with a `$` in its path verifies by either rule only where the wire is not encoded."""
    request = replace(AWS_EXAMPLES[1][0], target=b"/test%24file.text")

    assert verify(signed_request(request, body_of(WELCOME)), AWS_KEY).verdict == "verified"
    assert verify(signed_request(request, body_of(WELCOME)), AWS_KEY, GENERIC).verdict == "mismatch"


@pytest.mark.parametrize("place", range(0, 64, 7))
def test_a_digit_that_differs_is_a_mismatch(place: int) -> None:
    """The whole signature counts; what it should be is said."""
    call = signed_call()
    right = call.authorization.signature or ""
    wrong = right[:place] + ("0" if right[place] != "0" else "1") + right[place + 1 :]
    headers = tuple((name, value.replace(right.encode(), wrong.encode())) for name, value in call.request.headers)
    found = verify(resent(call, headers=headers), KEY)

    assert found.verdict == "mismatch"
    assert found.signature == right


def test_without_a_secret_all_but_the_signature_is_computed() -> None:
    """Canonical request and string to sign need no secret."""
    call = signed_call()
    with_key, without = verify(call, KEY), verify(call, None)

    assert without.verdict == "unverified"
    assert without.signature is None
    assert without.canonical_request == with_key.canonical_request
    assert without.string_to_sign == with_key.string_to_sign
    assert verify(signed_request(Request(b"GET", "https", "h", 443, b"/", ())), KEY).verdict == "none"


def test_a_request_with_a_redacted_value_verifies_through_its_hash() -> None:
    """The hash over the true values takes the place of the canonical request, which is not shown."""
    call = signed_call(headers={b"X-Amz-Security-Token": b"true"})
    canonical = verify(call, KEY).canonical_request
    assert canonical is not None
    headers = tuple((name, b"pseudonym" if value == b"true" else value) for name, value in call.request.headers)
    stored = replace(resent(call, headers=headers), canonical_sha256=hashlib.sha256(canonical).hexdigest())

    assert verify(replace(stored, canonical_sha256=None), KEY).verdict == "mismatch"
    assert verify(stored, KEY).verdict == "verified"
    assert verify(stored, KEY).canonical_request is None


# The wire as it is


def test_http2_signs_the_authority() -> None:
    """No Host line: the authority is the host."""
    assert verify(signed_call(host=None, authority=HOST), KEY).verdict == "verified"


def test_repeated_host_lines_are_one_list() -> None:
    """Two Host lines are joined like any other header; no server should take them, and the signature tells."""
    call = signed_call(lines={b"host": HOST + b",other"})
    twice = resent(call, headers=(*call.request.headers, (b"Host", b"other")))

    assert verify(twice, KEY).verdict == "verified"
    assert verify(call, KEY).verdict == "mismatch"


@pytest.mark.parametrize("written", [b"a b", b"  a b", b"a b\t", b"a \t  b", b"a\r\n b"])
def test_white_space_that_a_proxy_trims_does_not_count(written: bytes) -> None:
    """mitmproxy trims the white space round values, and unfolds nothing; the signature is the same."""
    call = signed_call(headers={b"X-Amz-Meta-A": b"a b"})
    headers = tuple((name, written if value == b"a b" else value) for name, value in call.request.headers)

    assert verify(resent(call, headers=headers), KEY).verdict == "verified"


# A credential or a date that is not UTF-8 shows U+FFFD as text; the signature was made of the bytes.
ODD = st.binary(min_size=1, max_size=12).filter(
    lambda value: value == b"".join(value.split()) and not set(value) & set(b"/,=")
)


@given(ODD, ODD, st.booleans())
@example(b"us-\xff", b"s\x00", True)
@example(b"\xef\xbf\xbd", b"s3", False)
@example(b"%2F", b"%", True)
def test_scopes_of_any_bytes_verify(region: bytes, service: bytes, presigned: bool) -> None:
    """Byte for byte, in the header and percent-encoded in the query."""
    call = signed_call(region=region, service=service, presigned=presigned)

    assert scope_of(call) == (TIMESTAMP[:8], region, service, b"aws4_request")
    assert verify(call, KEY).verdict == "verified"


@given(ODD.map(lambda value: TIMESTAMP[:8] + value), st.booleans())
@example(TIMESTAMP[:8] + b"T\xff\xfeZ", False)
def test_timestamps_of_any_bytes_verify(timestamp: bytes, presigned: bool) -> None:
    """The same for the time."""
    if presigned:
        timestamp = quote_from_bytes(timestamp, safe="").encode()
    call = signed_call(timestamp=timestamp)

    assert timestamps_of(call) == (timestamp,)
    assert verify(call, KEY).verdict == "verified"


@pytest.mark.parametrize(
    ("written", "scope"),
    [
        (b"\xff/20260314/r/s3/aws4_request", (b"20260314", b"r", b"s3", b"aws4_request")),
        (b"a/\xff/20260314/r\xff/s3/aws4_request", (b"20260314", b"r\xff", b"s3", b"aws4_request")),
        (b"a/\xff", (b"\xff", b"", b"", b"")),
        (b"\xff", (b"", b"", b"", b"")),
        (b"a/20260314//s3/aws4_request", (b"20260314", b"", b"s3", b"aws4_request")),
    ],
)
def test_scopes_of_odd_credentials(written: bytes, scope: tuple[bytes, ...]) -> None:
    """Read from the right, what is missing is empty."""
    value = b"AWS4-HMAC-SHA256 Credential=%b, SignedHeaders=host, Signature=0" % written
    request = Request(b"GET", "https", "h", 443, b"/", ((b"Authorization", value),))

    assert scope_of(signed_request(request)) == scope


BASIC, HTTP_DATE = b"20260314T092653Z", b"Sat, 14 Mar 2026 09:26:53 GMT"


@pytest.mark.parametrize(
    ("date", "timestamps"),
    [
        (HTTP_DATE, (BASIC, HTTP_DATE)),
        (b"Saturday, 14-Mar-26 09:26:53 GMT", (BASIC, b"Saturday, 14-Mar-26 09:26:53 GMT")),
        (b"Sat, 14 Mar 2026 09:26:53 -0000", (BASIC, b"Sat, 14 Mar 2026 09:26:53 -0000")),
        (b"Sat, 14 Mar 2026 10:26:53 +0100", (BASIC, b"Sat, 14 Mar 2026 10:26:53 +0100")),
        (BASIC, (BASIC,)),
        (b"yesterday", (b"yesterday",)),
        (b"Sat, 99 Mar 2026 99:26:53 GMT", (b"Sat, 99 Mar 2026 99:26:53 GMT",)),
        (b"\xff", (b"\xff",)),
        (b"Sat, 14 Mar 99999999999999999999 09:26:53 GMT", (b"Sat, 14 Mar 99999999999999999999 09:26:53 GMT",)),
        (b"", (b"",)),
    ],
)
def test_a_date_header_may_be_signed_in_two_forms(date: bytes, timestamps: tuple[bytes, ...]) -> None:
    """In the form of x-amz-date, as botocore signs it, or as it stands; either verifies."""
    scope = steps.scope(b"20260314", b"us-west-004", b"s3")
    canonical = b"GET\n/\n\ndate:%b\nhost:h\n\ndate;host\n%b" % (b" ".join(date.split()), EMPTY)
    key = steps.signing_key(KEY.secret, b"20260314", b"us-west-004", b"s3")
    for signed_as in timestamps:
        signature = steps.signature(key, steps.string_to_sign(steps.sha256_hex(canonical), signed_as, scope))
        value = authorization(scope, b"date;host", signature)
        lines = ((b"Host", b"h"), (b"Date", date), (b"Authorization", value))
        call = signed_request(Request(b"GET", "https", "h", 443, b"/", lines))

        assert timestamps_of(call) == timestamps
        assert verify(call, KEY).verdict == "verified"


def test_botocore_signs_a_date_header_in_the_other_form() -> None:
    """A request of botocore that brings its own Date verifies."""
    request = AWSRequest("GET", f"https://{HOST.decode()}/k", headers={"Date": "Sat, 14 Mar 2026 09:26:53 GMT"})
    S3SigV4Auth(Credentials(KEY.key_id, KEY.secret.decode()), "s3", "us-west-004").add_auth(request)
    lines = tuple((name.encode(), value.encode()) for name, value in request.headers.items())
    call = signed_request(Request(b"GET", "https", "h", 443, urlsplit(request.url).path.encode(), lines, "", HOST))

    assert "X-Amz-Date" not in request.headers
    assert verify(call, KEY).verdict == "verified"


# The body

BODY = b"hello"
HASH = hashlib.sha256(BODY).hexdigest().encode()
GAPS = ("incomplete", "recorder-behind", "recorder-restarted", "missing-in-source")


@pytest.mark.parametrize(
    ("payload", "body", "verdict"),
    [
        (EMPTY, EMPTY_BODY, "match"),
        (EMPTY, body_of(BODY), "mismatch"),
        (EMPTY.upper(), EMPTY_BODY, "match"),
        (HASH, body_of(BODY), "match"),
        (HASH.upper(), body_of(BODY), "match"),
        (HASH, body_of(b"Hello"), "mismatch"),
        (HASH, EMPTY_BODY, "mismatch"),
        (HASH, body_of(BODY, "keep-limit"), "match"),
        (HASH, replace(body_of(BODY), redacted=True), "match"),
        *((HASH, body_of(b"hel", gap), "unknown") for gap in GAPS),
        *((EMPTY, body_of(b"hel", gap), "mismatch") for gap in GAPS),
        *((EMPTY, body_of(b"", gap), "unknown") for gap in GAPS),
        (b"UNSIGNED-PAYLOAD", body_of(BODY), "unknown"),
        (b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", body_of(BODY), "unknown"),
        (b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body_of(BODY), "unknown"),
        (b"nonsense", body_of(BODY), "unknown"),
        (HASH[:63], body_of(BODY), "unknown"),
    ],
)
def test_bodies(payload: bytes, body: BodyInfo, verdict: str) -> None:
    """Compared with the hash that was signed, as far as all of the body was seen; the signature verifies anyway."""
    found = verify(signed_call(method=b"PUT", payload=payload, body=body), KEY)

    assert (found.verdict, found.body) == ("verified", verdict)


def presigned_put(hashed: bytes | None, signed: bool, data: bytes) -> SignedRequest:
    """A presigned PUT; the hash of a body beside it, signed or not."""
    header = {} if hashed is None else {b"X-Amz-Content-Sha256": hashed}
    lines: Headers = () if signed else tuple(header.items())
    payload = {"payload": hashed} if signed and hashed else {}
    return signed_call(
        method=b"PUT",
        presigned=True,
        headers=header if signed else {},
        unsigned=lines,
        signed=payload,
        body=body_of(data),
    )


@pytest.mark.parametrize(
    ("hashed", "signed", "data", "verdict"),
    [
        (None, False, BODY, "unknown"),
        (HASH, True, BODY, "match"),
        (HASH, True, b"other", "mismatch"),
        (HASH, False, b"other", "unknown"),
        (b"UNSIGNED-PAYLOAD", True, BODY, "unknown"),
    ],
)
def test_bodies_of_presigned_urls(hashed: bytes | None, signed: bool, data: bytes, verdict: str) -> None:
    """A URL leaves the payload unsigned; a hash beside it counts where the URL signs it."""
    found = verify(presigned_put(hashed, signed, data), KEY)

    assert (found.verdict, found.body) == ("verified", verdict)


def undeclared(data: bytes, info: BodyInfo) -> SignedRequest:
    """As `curl --aws-sigv4` signs: the hash of the body, which no header names."""
    canonical = b"PUT\n/k\n\nhost:h\nx-amz-date:%b\n\nhost;x-amz-date\n%b" % (
        TIMESTAMP,
        hashlib.sha256(data).hexdigest().encode(),
    )
    signature = sign(canonical, KEY.secret, TIMESTAMP, b"us-west-004", b"s3")
    value = authorization(steps.scope(TIMESTAMP[:8], b"us-west-004", b"s3"), b"host;x-amz-date", signature)
    lines = ((b"Host", b"h"), (b"X-Amz-Date", TIMESTAMP), (b"Authorization", value))
    return signed_request(Request(b"PUT", "https", "h", 443, b"/k", lines), info)


@pytest.mark.parametrize(
    ("info", "verdicts"),
    [
        (body_of(BODY), ("verified", "match")),
        (body_of(BODY, "keep-limit"), ("verified", "match")),
        (body_of(b"other"), ("mismatch", "unknown")),
        *((body_of(b"hel", gap), ("unverified", "unknown")) for gap in GAPS),
    ],
)
def test_a_hash_that_no_header_names_is_the_bodys_own(info: BodyInfo, verdicts: tuple[str, str]) -> None:
    """A signature that verifies proves the body; one over a body that was not seen whole is no one's fault."""
    found = verify(undeclared(BODY, info), KEY)

    assert (found.verdict, found.body) == verdicts
    assert bool(found.note) == (found.verdict == "unverified")


def streamed(rows: list[SignedChunk], truncated: str | None = None) -> SignedRequest:
    call = signed_call(method=b"PUT", payload=b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body=body_of(BODY, truncated))
    return replace(call, chunks=lambda: rows)


def chain(sizes: list[bytes]) -> list[SignedChunk]:
    """The signatures of chunks with these data."""
    call = streamed([])
    scope, previous, rows = steps.scope(*scope_of(call)), (call.authorization.signature or "").encode(), []
    key = steps.signing_key(KEY.secret, *scope_of(call))
    for data in sizes:
        sha256 = steps.sha256_hex(data)
        previous = steps.signature(key, steps.chunk_string_to_sign(TIMESTAMP, scope, previous, sha256))
        rows.append(SignedChunk(len(data), sha256.decode(), previous.decode()))
    return rows


def test_the_body_of_a_signed_stream_is_that_of_its_chunks() -> None:
    """The chain decides; without a key, or before the final chunk, nothing is known."""
    rows = chain([BODY, b""])
    altered = [replace(rows[0], sha256=EMPTY_DIGESTS.sha256), rows[1]]

    assert verify(streamed(rows), KEY).body == "match"
    assert verify(streamed(altered), KEY).body == "mismatch"
    assert verify(streamed(rows[:1], "incomplete"), KEY).body == "unknown"
    assert verify(streamed(rows), None).body == "unknown"


# Anything at all

NAMES = [b"Authorization", b"authorization", b"X-Amz-Date", b"Date", b"x-amz-content-sha256", b"Host", b"X-A"]
PIECES = [
    b"AWS4-HMAC-SHA256 ",
    b"AWS4-ECDSA-P256-SHA256 ",
    b"AWS a:b",
    b"Credential=",
    b"SignedHeaders=",
    b"Signature=",
    b"host;x-amz-date",
    b"a/20260314/r/s3/aws4_request",
    b", ",
    b"/",
    b"%2F",
    b"%",
    b"0" * 64,
    b"\xff\xfe",
    b"\x00",
    EMPTY,
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    HTTP_DATE,
]
text = st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=8).map(b"".join)
parameters = st.lists(
    st.tuples(
        st.sampled_from(
            [b"X-Amz-Algorithm", b"X-Amz-Credential", b"X-Amz-Date", b"X-Amz-SignedHeaders", b"X-Amz-Signature"]
        )
        | st.binary(max_size=4),
        text,
    ),
    max_size=6,
).map(lambda pairs: b"&".join(b"%b=%b" % pair for pair in pairs))


def check(call: SignedRequest) -> None:
    for dialect in (S3, GENERIC, Dialect(session_token_signed=False)):
        for key in (None, KEY):
            found = verify(call, key, dialect)
            assert found.verdict in ("verified", "mismatch", "unverified", "none")
            assert found.body in ("match", "mismatch", "unknown")
    body_verdict(call)


@given(st.lists(st.tuples(st.sampled_from(NAMES), text), max_size=6), text, parameters, st.binary(max_size=20))
def test_nothing_raises(headers: list[tuple[bytes, bytes]], path: bytes, query: bytes, body: bytes) -> None:
    """Whatever stands in the headers, the path and the query, there is a verdict."""
    target = b"/" + path + (b"?" + query if query else b"")
    check(signed_request(Request(b"PUT", "https", "h", 443, target, tuple(headers)), body_of(body), body))


@given(st.booleans(), st.data())
def test_nothing_raises_on_a_good_request_that_was_damaged(presigned: bool, data: st.DataObject) -> None:
    """Bytes cut out of, and put into, a request that verifies: never an exception, and never verified by chance."""
    call = signed_call(b"/b/k?list-type=2", headers={b"X-Amz-Meta-A": b"1"}, presigned=presigned)
    whole = call.request.target if presigned else dict(call.request.headers)[b"Authorization"]
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 8)))
    damaged = whole[:start] + data.draw(st.binary(max_size=4)) + whole[end:]
    if presigned:
        broken = resent(call, target=damaged)
    else:
        lines = tuple((n, damaged if n == b"Authorization" else v) for n, v in call.request.headers)
        broken = resent(call, headers=lines)
    check(broken)
    if verify(broken, KEY).verdict == "verified":  # then it says the same in another way
        assert broken.authorization.signature == call.authorization.signature


HUGE = 200_000


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (b"/", b"AWS4-HMAC-SHA256 " + b"Credential=" * (HUGE // 11)),
        (b"/", b"AWS4-HMAC-SHA256 Credential=" + b"/" * HUGE + b", SignedHeaders=host, Signature=0"),
        (b"/", b"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=" + b"a;" * (HUGE // 2) + b", Signature=0"),
        (b"/", b"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=" + b"\xff" * HUGE + b", Signature=" + b"f" * HUGE),
        (b"/" + b"%" * HUGE, b"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0"),
        (b"/" + b"../" * (HUGE // 3), b"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0"),
        (b"/?X-Amz-Signature=0&" + b"a=%&" * (HUGE // 4), b""),
        (b"/?X-Amz-Credential=" + b"%252F" * (HUGE // 5), b""),
    ],
    ids=range(8),
)
def test_huge_requests_take_no_time(target: bytes, value: bytes) -> None:
    """Time grows with the size, not with its square; of the processor, for a machine may stand still."""
    headers: Headers = ((b"Authorization", value), (b"Date", b"(" * HUGE)) if value else ((b"Date", b"(" * HUGE),)
    began = time.thread_time()
    check(signed_request(Request(b"GET", "https", "h", 443, target, headers)))

    assert time.thread_time() - began < 5

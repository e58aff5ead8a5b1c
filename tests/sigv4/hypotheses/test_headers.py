"""A header that was signed otherwise than it arrived is found, and said in words that name both values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4.hypotheses.model import Surroundings, problem
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import BodyInfo, Digests, Request
from inspector.wire.headers import Headers
from tests.support.signing import (
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

FAMILIES = ("presigned", "headers", "header_writing", "header_encoding", "header_lists", "payload")
BODY = BodyInfo(Digests(11, "1" * 64, "ab" * 16, "0badcafe"), 11, decoded=Digests(5, "2" * 64, "cd" * 16, "00c0ffee"))


@dataclass(frozen=True)
class Case:
    """A header as it arrived (None: not at all), what was signed for it, and the cause that says so."""

    cause: str
    name: bytes
    arrived: bytes | None
    signed: bytes
    words: str = ""
    beside: Mapping[bytes, bytes] = field(default_factory=dict)
    near: tuple[bytes, ...] = ()
    unsigned: Headers = ()


CAFE = "café".encode()

CASES = [
    Case("hdr-content-type", b"Content-Type", b"a/b+json", b"a/b+json; charset=iso-8859-1", "charset=iso-8859-1"),
    Case("hdr-content-type", b"Content-Type", b"a/b; charset=utf-8", b"a/b; charset=utf8", "'a/b; charset=utf8'"),
    Case("hdr-content-type", b"Content-Type", b"a/b; charset=UTF-8", b"a/b;charset=us-ascii", "us-ascii"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", CAFE, "cafÃ©".encode(), "Latin-1"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "“".encode(), "â€œ".encode(), "Windows-1252"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", CAFE, b"cafe\xcc\x81", "NFD"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", CAFE, b"caf\\u00e9", "JSON"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", b"caf%25C3%25A9", b"caf%C3%A9", "percent-decoded"),
    Case("hdr-value-changed", b"Cache-Control", b"public,max-age=9", b"public, max-age=9", "a space behind each"),
    Case("hdr-value-changed", b"Content-Disposition", b"inline; filename=a", b'inline; filename="a"', "with quotes"),
    Case(
        "hdr-value-changed", b"Content-Disposition", b'inline; filename="a"', b"inline; filename=a", "without its quo"
    ),
    Case("hdr-value-changed", b"X-Amz-Copy-Source", b"/b/a", b"b/a", "but for the slash"),
    Case("hdr-value-changed", b"X-Amz-Tagging", b"b=1&a=2", b"a=2&b=1", "sorted"),
    Case("hdr-range-removed", b"Range", b"bytes=0-99,", b"bytes=0-99", "without an empty piece"),
    Case("hdr-percent-encoded", b"X-Amz-Copy-Source", b"/b/a%20b", b"/b/a b", "percent-decoded"),
    Case("hdr-percent-encoded", b"X-Amz-Copy-Source", b"/b/a b", b"/b/a%20b", "percent-encoded"),
    Case("hdr-percent-encoded", b"X-Amz-Copy-Source", b"/b/a b", b"%2Fb%2Fa%20b", "percent-encoded"),
    Case("hdr-percent-encoded", b"X-Amz-Meta-A", b"a b", b"a+b", "as in a form"),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", b"gzip, br", b"identity", "'gzip, br' arrived"),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", b"gzip", b"gzip, deflate, br", "was signed"),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", b"gzip,gzip(gfe)", b"gzip", "without what stands after"),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", b"x-mine, gzip(gfe)", b"x-mine", "without what stands"),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", b"a, b, c, gfe", b"a, b, c", "without what stands after"),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", b"br", b"x-own", "'br' arrived", near=(b"x-own",)),
    Case("hdr-accept-encoding-changed", b"Accept-Encoding", None, b"identity", "none arrived"),
    Case("hdr-conditional-stripped", b"If-None-Match", None, b"*", "none arrived"),
    Case("hdr-conditional-stripped", b"If-None-Match", None, b'"e7"', "none arrived", near=(b'"e6"', b'"e7"')),
    Case("hdr-conditional-stripped", b"If-Match", b'W/"e7"', b'"e7"', "arrived"),
    Case("hdr-conditional-stripped", b"If-Match", b'"e7"', b'W/"e7"', "arrived"),
    Case("hdr-conditional-stripped", b"If-None-Match", b'"e7-gzip"', b'"e7"', "arrived"),
    Case(
        *("hdr-conditional-stripped", b"If-Modified-Since", None, b"Sat, 14 Mar 2026 09:26:53 GMT", "none arrived"),
        near=(b"Sat, 14 Mar 2026 09:26:53 GMT",),
    ),
    Case("hdr-range-removed", b"Range", None, b"bytes=0-", "none arrived"),
    Case("hdr-range-removed", b"Range", None, b"bytes=7-8", "none arrived", near=(b"bytes=0-3", b"bytes=7-8")),
    Case("hdr-range-removed", b"Range", b"bytes=0-1048575", b"", "an empty range was signed"),
    Case("hdr-forwarded-signed", b"X-Forwarded-For", b"10.0.0.1, 10.0.0.2", b"10.0.0.1", "without what stands after"),
    Case("hdr-forwarded-signed", b"Via", b"1.1 a,1.1 b,1.1 c", b"1.1 a,1.1 b", "without what stands after"),
    Case("hdr-forwarded-signed", b"X-Forwarded-Proto", b"http", b"https", "arrived"),
    Case("hdr-forwarded-signed", b"X-Forwarded-For", b"10.0.0.1", b"", "an empty"),
    Case(
        *("hdr-forwarded-signed", b"X-Real-Ip", b"10.0.0.9", b"192.0.2.7", "an address of x-forwarded-for"),
        unsigned=((b"X-Forwarded-For", b"192.0.2.7, 10.0.0.9"),),
    ),
    Case("hdr-expect", b"Expect", None, b"100-continue", "none arrived"),
    Case("hdr-hop-by-hop", b"Connection", b"close", b"keep-alive", "'close' arrived"),
    Case("hdr-hop-by-hop", b"Te", None, b"trailers", "none arrived"),
    Case("hdr-hop-by-hop", b"Transfer-Encoding", None, b"chunked", "none arrived"),
    Case("hdr-hop-by-hop", b"Keep-Alive", None, b"timeout=7", "none arrived", near=(b"timeout=7",)),
    Case("hdr-hop-by-hop", b"Connection", b"keep-alive", b"", "an empty connection was signed"),
    Case("hdr-user-agent", b"User-Agent", b"App/2", b"App/1", "'App/2' arrived", near=(b"App/1",)),
    Case("hdr-user-agent", b"User-Agent", b"sdk/1 os/linux via/x", b"sdk/1 os/linux", "without what stands after"),
    Case("hdr-user-agent", b"User-Agent", b"wrap/9 sdk/1 os/linux", b"sdk/1 os/linux", "without what stands before"),
    Case(
        *("hdr-user-agent", b"User-Agent", b"Mozilla/5.0", b"aws-sdk-js/3.1", "x-amz-user-agent has"),
        unsigned=((b"X-Amz-User-Agent", b"aws-sdk-js/3.1"),),
    ),
    Case("hdr-content-type", b"Content-Type", b"text/csv; charset=utf-8", b"text/csv", "without what stands after"),
    Case("hdr-content-type", b"Content-Type", b"text/csv", b"text/csv; charset=utf-8", "'text/csv' arrived"),
    Case("hdr-content-type", b"Content-Type", b"text/csv; charset=UTF-8", b"text/csv;charset=utf-8", "arrived"),
    Case("hdr-content-type", b"Content-Type", b"text/csv; charset=ascii", b"text/csv; charset=ASCII", "arrived"),
    Case("hdr-content-type", b"Content-Type", b"application/x-www-form-urlencoded", b"", "an empty content-type"),
    Case("hdr-content-type", b"Content-Type", b"text/plain", b"image/jpeg", "which the name of the object says"),
    Case("hdr-content-type", b"Content-Type", b"text/csv", b"text/csv,text/csv", "of two headers"),
    Case("hdr-content-type", b"Content-Type", b"text/csv, a/b", b"text/csv", "one of those"),
    Case("hdr-content-type", b"Content-Type", b"a/b", b"c/d", "'a/b' arrived", near=(b"x/y", b"c/d")),
    Case("hdr-content-length", b"Content-Length", None, b"0", "none arrived"),
    Case("hdr-content-length", b"Content-Length", b"7", b"-1", "'7' arrived"),
    Case("hdr-content-length", b"Content-Length", None, b"11", "the size of the body as it arrived"),
    Case("hdr-content-length", b"Content-Length", b"11", b"5", "the size of the payload inside"),
    Case("hdr-content-length", b"Content-Length", b"11", b"", "an empty content-length"),
    Case(
        *("hdr-content-length", b"Content-Length", b"11", b"6", "x-amz-decoded-content-length has"),
        unsigned=((b"X-Amz-Decoded-Content-Length", b"6"),),
    ),
    Case("hdr-retry-counter", b"amz-sdk-request", b"attempt=2; max=3", b"attempt=1; max=3", "of another attempt"),
    Case("hdr-retry-counter", b"amz-sdk-request", b"attempt=1; max=3", b"attempt=1; max=4", "with another limit"),
    Case("hdr-retry-counter", b"amz-sdk-request", b"ttl=20260314T1Z; attempt=1", b"attempt=1", "without ttl"),
    Case("hdr-retry-counter", b"amz-sdk-request", None, b"attempt=1; max=3", "none arrived"),
    Case("hdr-retry-counter", b"amz-sdk-invocation-id", b"a-2", b"a-1", "'a-2' arrived", near=(b"a-0", b"a-1")),
    Case("hdr-retry-counter", b"amz-sdk-retry", b"2/100/490", b"1/100/490", "of another attempt"),
    Case("hdr-signed-absent", b"X-Amz-Acl", None, b"public-read", "none arrived"),
    Case("hdr-signed-absent", b"X-Trace", None, b"t-4", "none arrived", near=(b"t-3", b"t-4")),
    Case("hdr-signed-absent", b"Content-Md5", None, b"q6urq6urq6urq6urq6urqw==", "that of the body that arrived"),
    Case("hdr-value-changed", b"X-Amz-Acl", b"private", b"public-read", "'private' arrived"),
    Case("hdr-value-changed", b"X-Amz-Meta-A", b"2", b"", "an empty x-amz-meta-a"),
    Case("hdr-value-changed", b"X-Amz-Checksum-Crc32", b"AAAAAA==", b"C63K/g==", "of the body that arrived"),
    Case("hdr-value-changed", b"X-Trace", b"t-5", b"t-4", "'t-5' arrived", near=(b"t-4",)),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a  b", b"a  b", "its inner white space kept"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a \t b", b"a \t b", "its inner white space kept"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a  \tb", b"a \tb", "its tabs kept"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b" a  b ", b" a b ", "nothing trimmed"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b" a b ", b" a b ", "its white space kept"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a b", b"ab", "without any white space"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a", b"a ", "with a space at its end"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a", b" a", "with a space before it"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b'a  "b  c"', b'a "b  c"', "between quotes kept"),
    Case("hdr-whitespace", b"X-Amz-Meta-A", b"a\r\n  b", b"ab", "its folded lines joined by nothing"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "é".encode(), "é".encode("latin-1"), "in Latin-1"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "é".encode("latin-1"), "é".encode(), "in UTF-8"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "Ã©".encode(), "é".encode(), "in Latin-1"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "é".encode(), "Ã©".encode(), "taken for a letter of Latin-1"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "é".encode(), b"=?UTF-8?B?w6k=?=", "RFC 2047"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "é".encode(), b"=?UTF-8?Q?=C3=A9?=", "RFC 2047"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", b"=?UTF-8?Q?caf=C3=A9_?=", "café ".encode(), "decoded from RFC 2047"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", b"=?iso-8859-1?B?6Q==?=", "é".encode(), "decoded from RFC 2047"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "é".encode(), b"?", "a question mark"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", b"caf%C3%A9", "café".encode(), "percent-decoded"),
    Case("hdr-non-ascii", b"X-Amz-Meta-A", "café".encode(), b"caf%C3%A9", "percent-encoded"),
    Case("hdr-duplicated", b"X-Amz-Meta-A", b"1, 2", b"1,2", "as of several headers"),
    Case("hdr-duplicated", b"X-Amz-Meta-A", b"one, one", b"one", "one of its copies alone"),
]


def arriving(case: Case) -> SignedRequest:
    """The call of a case: a header that does not arrive was taken out after it was signed."""
    headers = {case.name: case.arrived or b"", **case.beside}
    lines = {case.name.lower(): case.signed}
    call = signed_call(method=b"PUT", headers=headers, lines=lines, unsigned=case.unsigned, body=BODY)
    return call if case.arrived is not None else without(call, case.name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause} {case.arrived!r} {case.signed!r}")
def test_a_value_that_was_signed_otherwise_is_found(case: Case) -> None:
    """Each cause, planted by a signer of the tests, is the one explanation."""
    around = Surroundings(header_values={case.name.lower(): case.near})
    call = arriving(case)
    assert verify(call, KEY).verdict == "mismatch"
    (explanation,) = explanations(call, around=around)
    assert explanation.causes == (case.cause,)
    assert case.words in explanation.words


META = b"x-amz-meta-a"


def repeated(*values: bytes, signed: bytes) -> SignedRequest:
    """A call with a header several times, of which something else was signed."""
    call = signed_call(headers={b"X-Amz-Meta-A": values[0]}, lines={META: signed})
    return plus(call, *((b"X-Amz-Meta-A", value) for value in values[1:]))


@pytest.mark.parametrize(
    ("call", "cause", "words"),
    [
        (repeated(b"1", b"2", signed=b"2"), "hdr-duplicated", "alone"),
        (repeated(b"1", b"2", b"3", signed=b"1,2"), "hdr-duplicated", "the first 2 copies"),
        (repeated(b"1", b"2", signed=b"2,1"), "hdr-duplicated", "in reverse"),
        (repeated(b"2", b"3", b"1", signed=b"1,2,3"), "hdr-duplicated", "sorted"),
        (repeated(b"1", b"2", signed=b"1, 2"), "hdr-duplicated", "a comma and a space"),
        (repeated(b"a  b", b"c", signed=b"a  b,c"), "hdr-whitespace", "kept"),
    ],
)
def test_copies_of_a_header(call: SignedRequest, cause: str, words: str) -> None:
    """One of them, some of them, or all in another form were signed."""
    (explanation,) = explanations(call)
    assert explanation.causes == (cause,)
    assert words in explanation.words


def test_a_copy_whose_white_space_was_kept_is_two_causes() -> None:
    (explanation,) = two_deviations(repeated(b"a  b", b"c", signed=b"a  b"), FAMILIES)
    assert explanation.causes == ("hdr-duplicated", "hdr-whitespace")


def test_white_space_that_nobody_touched() -> None:
    """A signer that knows no trimming treats all headers alike: that is one deviation."""
    call = signed_call(
        headers={b"X-Amz-Meta-A": b"a  b", b"X-Amz-Meta-B": b"c\td  e"},
        lines={META: b"a  b", b"x-amz-meta-b": b"c\td  e"},
    )
    assert causes(call) == [("hdr-whitespace",)]


PAIRS = [
    (
        signed_call(
            headers={b"Accept-Encoding": b"gzip, br", b"Content-Type": b"a/b; charset=utf-8"},
            lines={b"accept-encoding": b"identity", b"content-type": b"a/b"},
        ),
        {"hdr-accept-encoding-changed", "hdr-content-type"},
    ),
    (
        without(
            signed_call(
                method=b"HEAD",
                headers={b"Range": b"bytes=0-"},
                signed={"method": b"GET"},
                lines={b"range": b"bytes=0-"},
            ),
            b"Range",
        ),
        {"method-changed", "hdr-range-removed"},
    ),
    (
        signed_call(
            headers={b"amz-sdk-request": b"attempt=2; max=3", b"X-Amz-Meta-A": b"a  b"},
            lines={b"amz-sdk-request": b"attempt=1; max=3", META: b"a  b"},
        ),
        {"hdr-retry-counter", "hdr-whitespace"},
    ),
    (
        signed_call(
            headers={b"Expect": b""}, lines={b"expect": b"100-continue"}, signed={"payload": b"UNSIGNED-PAYLOAD"}
        ),
        {"hdr-expect", "payload-unsigned-vs-hash"},
    ),
]


@pytest.mark.parametrize(("call", "expected"), PAIRS)
def test_two_causes_are_found_together(call: SignedRequest, expected: set[str]) -> None:
    """Deviations on different axes multiply."""
    (explanation,) = two_deviations(call, FAMILIES)
    assert set(explanation.causes) == expected


def botocore_call(method: str, headers: Mapping[str, str], data: bytes = b"") -> SignedRequest:
    """What botocore signs, as it would arrive."""
    request = AWSRequest(method, f"https://{HOST.decode()}/photos/a.jpg", headers=dict(headers), data=data)
    S3SigV4Auth(Credentials(KEY.key_id, SECRET.decode()), "s3", REGION.decode()).add_auth(request)
    lines = [(b"Host", HOST), *((name.encode(), value.encode()) for name, value in request.headers.items())]
    return signed_request(Request(method.encode(), "https", HOST.decode(), 443, b"/photos/a.jpg", tuple(lines)))


GENUINE: list[tuple[str, dict[str, str]]] = [
    ("GET", {"Range": "bytes=0-3", "If-None-Match": '"e7"'}),
    ("PUT", {"Content-Type": "text/plain; charset=utf-8", "X-Amz-Meta-A": " a  b\tc ", "X-Amz-Acl": "private"}),
    ("PUT", {"X-Amz-Meta-A": "", "Accept-Encoding": "identity", "Content-Length": "0"}),
    ("HEAD", {}),
]


@pytest.mark.parametrize(("method", "headers"), GENUINE)
def test_what_botocore_signs_verifies(method: str, headers: dict[str, str]) -> None:
    """With metadata, conditions and white space in the headers."""
    assert verify(botocore_call(method, headers), KEY).verdict == "verified"


CHANGED: list[tuple[str, dict[str, str], bytes, bytes | None, str]] = [
    ("GET", {"Accept-Encoding": "identity"}, b"Accept-Encoding", b"gzip, br", "hdr-accept-encoding-changed"),
    ("GET", {"If-None-Match": "*"}, b"If-None-Match", None, "hdr-conditional-stripped"),
    ("GET", {"Range": "bytes=0-"}, b"Range", None, "hdr-range-removed"),
    ("PUT", {"Content-Type": "image/jpeg"}, b"Content-Type", b"image/jpeg; charset=utf-8", "hdr-content-type"),
    ("PUT", {"X-Amz-Storage-Class": "STANDARD"}, b"X-Amz-Storage-Class", None, "hdr-signed-absent"),
    ("PUT", {"X-Amz-Meta-A": "a,b"}, b"X-Amz-Meta-A", b"a, b", "hdr-duplicated"),
]


@pytest.mark.parametrize(("method", "headers", "name", "value", "cause"), CHANGED)
def test_what_a_path_does_to_a_request_of_botocore(
    method: str, headers: dict[str, str], name: bytes, value: bytes | None, cause: str
) -> None:
    """Taken out, or replaced, after a real SDK signed it."""
    call = without(botocore_call(method, headers), name)
    assert causes(call if value is None else plus(call, (name, value))) == [(cause,)]


SSE_KEY = b"x-amz-server-side-encryption-customer-key"


def test_a_secret_in_a_header_is_found_and_not_said() -> None:
    """SSE-C keys are headers that may be signed."""
    call = signed_call(headers={b"X-Amz-Server-Side-Encryption-Customer-Key": b"k1"}, lines={SSE_KEY: b"opensesame"})
    (explanation,) = explanations(call, around=Surroundings(header_values={SSE_KEY: (b"opensesame",)}))
    assert explanation.causes == ("hdr-value-changed",)
    assert "opensesame" not in explanation.words
    assert "k1" not in explanation.words


names = st.sampled_from(
    [
        *(b"Accept-Encoding", b"If-Match", b"Range", b"Via", b"Te", b"User-Agent", b"Content-Type", b"Content-Length"),
        *(b"amz-sdk-request", b"amz-sdk-retry", b"X-Amz-Meta-A", b"Content-Encoding", b"x-amz-content-sha256"),
        *(b"X-Amz-Server-Side-Encryption-Customer-Key", b"", b"a;b", b"Date", b"\xff"),
    ]
)
texts = st.sampled_from([b",", b" ,  ,", b"=?a?B?!?=", b"=?utf-8?q?=zz?=", b"%C3", b"/", b";", b"a;b=c"])
values = st.binary(max_size=12) | texts
lines = st.lists(st.tuples(names, values), max_size=5).map(tuple)


@given(lines, lines, st.booleans(), st.binary(max_size=12))
def test_no_header_breaks_a_hypothesis(signed: Headers, unsigned: Headers, presigned: bool, near: bytes) -> None:
    """Whatever stands there, changes are yielded, and their words show no credential."""
    call = signed_call(headers=dict(signed), unsigned=unsigned, presigned=presigned)
    around = Surroundings(header_values={name.lower(): (near,) for name, _ in signed})
    laid_out = problem(call, KEY, around=around)
    for one in all_hypotheses():
        if one.family in FAMILIES:
            for change in one.changes(laid_out):
                assert change.words
                assert change.weight in (change.cause.count("+") + 1, 2)


@pytest.mark.parametrize(
    ("arrived", "signed", "words"),
    [
        (CAFE, CAFE.decode("latin-1").encode().decode("latin-1").encode(), "Latin-1 and written in UTF-8 twice"),
        (CAFE, b"caf%25C3%25A9", "percent-encoded"),
        (b"caf%25C3%25A9", CAFE, "percent-decoded twice"),
        (b"=?UTF-8?B?Y2Fmw6k=?=", b"caf%C3%A9", "decoded from RFC 2047, then percent-encoded"),
    ],
)
def test_a_value_that_is_two_steps_away(arrived: bytes, signed: bytes, words: str) -> None:
    """One fault, though it has two steps: it is found alone, and not multiplied with all others."""
    call = signed_call(headers={b"X-Amz-Meta-A": arrived}, lines={b"x-amz-meta-a": signed})
    (found,) = two_deviations(call, FAMILIES)
    assert found.causes == ("hdr-non-ascii",)
    assert words in found.words


def test_a_content_type_out_of_the_blue_is_found() -> None:
    call = signed_call(headers={b"Content-Type": b"text/plain"}, lines={b"content-type": b"audio/flac"})
    (found,) = two_deviations(call, FAMILIES)
    assert found.causes == ("hdr-content-type",)


def test_what_is_not_stored_is_not_tried() -> None:
    """A pseudonym stands for a redacted value: nobody signed it."""
    call = signed_call(unsigned=((b"X-Amz-Meta-Token", b"pseudonym"),))
    redacted = SignedRequest(call.request, call.authorization, redacted=("header x-amz-meta-token",))
    laid_out = problem(redacted, KEY)
    changes = [change for one in all_hypotheses() if one.family in FAMILIES for change in one.changes(laid_out)]
    assert changes
    assert not any(
        b"pseudonym" in value for one in changes for value in one.values.values() if isinstance(value, bytes)
    )


def test_a_typical_request_leaves_few_alternatives() -> None:
    """Nine signed headers, as the AWS SDK for Go signs them."""
    sent = {
        b"Accept-Encoding": b"identity",
        b"Amz-Sdk-Invocation-Id": b"1-2-3",
        b"Amz-Sdk-Request": b"attempt=1; max=3",
        b"Content-Length": b"5",
        b"Content-Type": b"application/octet-stream",
        b"X-Amz-Checksum-Crc32": b"C63K/g==",
    }
    call = signed_call(method=b"PUT", headers=sent, unsigned=((b"User-Agent", b"aws-sdk-go-v2/1.2"),))
    laid_out = problem(call, KEY)
    effects = {
        frozenset(change.values.items())
        for one in all_hypotheses()
        if one.family in FAMILIES
        for change in one.changes(laid_out)
        if change.weight == 1
        if any(laid_out.parts.get(axis) != value for axis, value in change.values.items())
    }
    assert 100 <= len(effects) <= 170


def test_endless_lists_do_not_make_endless_alternatives() -> None:
    """Anybody can send thousands of elements; no client signs so many."""
    sent = dict.fromkeys((b"Accept-Encoding", b"Via", b"Content-Type", b"User-Agent"), b"," * 5000 + b"a b")
    call = plus(signed_call(headers=sent), *[(b"Via", b"%d" % number) for number in range(500)])
    laid_out = problem(call, KEY)
    changes = [change for one in all_hypotheses() if one.family in FAMILIES for change in one.changes(laid_out)]
    assert len([change for change in changes if change.weight == 1]) < 400
    assert len(changes) < 600

"""What looks like a credential is seen, wherever it stands; what only looks long is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.leaks.find import finds
from inspector.leaks.layers import _STRING, _WORD, Budget, _tokens
from inspector.leaks.shapes import _NAMED, _NAMED_LEADS, SHAPES, Level, _led, stands_for_a_secret

B2_KEY = b"K004abcDEF0123456789+/abcDEF012"
TOKEN = b"4_0041234567890ab0000000001_01a2b3c4_d5e6f7_acct_AbCdEf-0123456789="
SSE_C = b"dGhpcyBpcyBub3QgYSBrZXkgYnV0IDMyIGJ5dGVzIQ=="

FOUND = [
    (b'"secret": "K004abcDEF0123456789+/abcDEF012"', "application key"),
    (b"/photos/K004abcDEF0123456789+/abcDEF012", "application key"),
    (b"Authorization: AWS4-HMAC-SHA256 ..., Signature=" + b"a1" * 32, "signature"),
    (b"https://h/?X-Amz-Signature%3D" + b"0f" * 32, "signature"),
    (b'"X-Amz-Signature": "' + b"0f" * 32 + b'"', "signature"),
    (b'{"name": "X-Amz-Signature", "value": "' + b"0f" * 32 + b'"}', "signature"),
    (b"<SignatureProvided>" + b"0f" * 32 + b"</SignatureProvided>", "signature"),
    (b"1000;chunk-signature=" + b"0f" * 32, "signature"),
    (b'name="x-amz-signature"\r\n\r\n' + b"0f" * 32, "signature"),
    (b"Authorization: AWS AKIAI44QH8DHBQ7PLMNO:frJIUN8DYpKDtOLCwo//yllqDzg=", "SigV2 signature"),
    (b"/a?AWSAccessKeyId=AKIAI44QH8DHBQ7PLMNO&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D&x", "SigV2 signature"),
    (b"Credential=0041234567890ab0000000001/20261122/us-west-004/s3/aws4_request", "credential scope"),
    (b"X-Amz-Credential=AKIDEXAMPL1%2F20150830%2Fus-east-1", "credential scope"),
    (b"authorization: Bearer abcdefghijkl", "bearer token"),
    (b"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n", "private key"),
    (b"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", "value of aws_secret_access_key"),
    (b"--user AKIAI44QH8DHBQ7PLMNO:wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", "AWS secret key"),
    (b"IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLXdlc3QtMiJHMEUCIQDabcdefghijk", "session token"),
    (TOKEN, "native token"),
    (b"x-amz-server-side-encryption-customer-key: " + SSE_C, "value of x-amz-server-side-encryption-customer-key"),
    (b"Cookie: session=0123456789abcdef", "value of cookie"),
    (b'{"name": "Cookie", "value": "session=0123456789abcdef"}', "value of cookie"),
    (b"X-Amz-Security-Token:\n      - 'FQoGabc0123456789'", "value of x-amz-security-token"),
    (b'"X-Amz-Security-Token": {"equalTo": "FQoGabc0123456789"}', "value of x-amz-security-token"),
    (b"<SessionToken>FQoGabc0123456789</SessionToken>", "value of sessiontoken"),
    (b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", "JSON web token"),
    (b'["X-Amz-Security-Token", "FQoGabc0123456789"]', "value of x-amz-security-token"),
    (b"ghp_" + b"a1B2" * 9, "GitHub token"),
]
INNOCENT = [
    b"x-amz-content-sha256: " + b"a1" * 32,
    b"https://s3.us-west-004.backblazeb2.com/photos/K0042024/a.jpg",
    b"4_z5a1b2c3d4e5f6a7b8c9d0e1f_f1166a4b2c3d4e5f6_d20250808_m142501_c002_v0001111_t0042_u01754663101123",
    b'"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    b"ETag: d41d8cd98f00b204e9800998ecf8427e",
    b"aws_secret_access_key=os.environ['AWS_SECRET_ACCESS_KEY']",
    b"token = read_token_from_file(path)",
    b"<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>",
    b"x-amz-server-side-encryption-customer-key-MD5: 4QrcOUm6Wau+VuBX8g+IPg==",
    b"x-amz-security-token: redacted-0123456789abcdef",
    b"authorization: 4_redacted-0123456789abcdef",
    b"authorization: Basic MDA0MTIzOnJlZGFjdGVkLTAxMjM0NTY3ODlhYmNkZWY=",
    b"password: ********",
    b'"Access-Control-Allow-Headers": "x-amz-acl, x-amz-security-token", "Access-Control-Allow-Methods": "GET"',
    b'"Vary": "Cookie", "Access-Control-Allow-Methods": "GET1"',
    b"Signature=" + b"7265646163746564" * 4,
    b"Credential=redacted-0123456789abcdef/20261122/us-west-004/s3/aws4_request",
    b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    b'{"keyMarker": "a/very/long/name/of/an/object-2026-01-01.tar.gz"}',
]


@pytest.mark.parametrize(("data", "what"), FOUND, ids=[f"{number} {row[1]}" for number, row in enumerate(FOUND)])
def test_credentials_are_seen(data: bytes, what: str) -> None:
    """By their shape or their name, in headers, URLs, JSON, XML, YAML, forms and the formats of other programs."""
    assert what in [one.what for one in finds(b"... " + data + b" ...")]


@pytest.mark.parametrize("data", INNOCENT)
def test_hashes_ids_names_and_stand_ins_are_none(data: bytes) -> None:
    """A refusal without a reason would make the tool useless."""
    assert list(finds(data)) == []


def test_what_opens_something_is_told_from_what_proves_something() -> None:
    """A recording is full of signatures; a secret has no place in it."""
    levels = {one.what: one.level for data, _ in FOUND for one in finds(data)}
    assert {what for what, level in levels.items() if level is Level.SIGNATURE} == {
        "signature",
        "SigV2 signature",
        "credential scope",
        "key id",
    }


@given(st.binary(max_size=50), st.binary(min_size=8, max_size=40), st.binary(max_size=50))
def test_a_secret_at_hand_is_seen_whatever_it_looks_like(before: bytes, secret: bytes, after: bytes) -> None:
    """At its first byte."""
    found = next(iter(finds(before + secret + after, [secret])))
    assert found.what == "a secret at hand"
    assert found.offset <= len(before)


def test_a_find_does_not_show_itself() -> None:
    """It may end in a log or a traceback."""
    for data, _ in FOUND:
        for one in finds(data):
            assert one.value
            assert one.value.decode() not in repr(one)


def test_a_hostile_name_is_not_told() -> None:
    """The name of a field may itself be the secret."""
    (one,) = [
        one for one in finds(b'"K004abcDEF0123456789+/abcDEF012 token": "0123456789abcdef"') if "value" in one.what
    ]
    assert "K004" not in one.what


def test_stand_ins() -> None:
    """What people and programs write in a secret's place."""
    for value in (
        b"REDACTED",
        b"<token>",
        b"${TOKEN}",
        b"$TOKEN",
        b"{{ token }}",
        b"xxxxxxxx",
        b"redacted-" + b"0" * 16,
    ):
        assert stands_for_a_secret(value), value
    assert not stands_for_a_secret(B2_KEY)


# What is found by its bytes first is what the pattern alone would find

WORDS = (
    b"secretoken Key cookie AuthorizaTion set- x-amz- signature provided Credential AKIA ASIA ABCDEFGHIJ0123456 AWS"
    b' eyJhbGciOiJI . eyJzdWIiOiIx ghp_ github_pat_ bearer IQoJb3JpZ2lu AWSAccessKeyId abcdefgh12 : = , " \\ % %3D & ['
)
VALUES = (b"a1" * 20, b"0f" * 32, b"A" * 27 + b"=", b"3045022100" + b"ab" * 64, b" ", b"\n", b"\r\n", b"\xff")
PIECES = [*WORDS.split(), *VALUES]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@given(texts)
def test_a_pattern_is_tried_only_where_it_may_begin(data: bytes) -> None:
    """Of every shape, and of names."""
    for pattern, leads in [(shape.pattern, shape.hints) for shape in SHAPES if shape.leads] + [(_NAMED, _NAMED_LEADS)]:
        found = [match.span() for match in _led(pattern, data, data.lower(), leads)]
        assert found == [match.span() for match in pattern.finditer(data)]


@given(texts)
def test_a_layer_is_looked_for_only_in_the_lines_that_may_hold_it(data: bytes) -> None:
    """Whether a line ends or not."""
    for pattern, hint in ((_WORD, b"%"), (_STRING, b"\\")):
        runs = _tokens(pattern, lambda raw: b"inside", hint)(data, Budget())
        expected = [(match.start(), match[0]) for match in pattern.finditer(data) if hint in match[0]]
        assert [(run.start, run.raw) for run in runs] == expected

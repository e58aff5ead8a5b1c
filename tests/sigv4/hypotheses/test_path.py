"""A path that was signed otherwise than it arrived is found, and said in words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4.canonical import GENERIC
from inspector.sigv4.hypotheses.model import PATH, Surroundings, problem
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.sigv4.solve import solve
from inspector.wire.headers import Headers
from tests.support.signing import HOST, KEY, explanations, plain_path, signed_call, two_deviations


@dataclass(frozen=True)
class Case:
    """The path that arrived, the line that was signed, and the cause that says so."""

    cause: str
    arrived: bytes
    signed: bytes
    words: str = ""
    host: bytes = HOST
    unsigned: Headers = ()


LOCAL = b"localhost:9000"

CASES = [
    # how it was written
    Case("path-double-encoded", b"/b/a%20b", b"/b/a%2520b", "percent-encoded twice"),
    Case("path-double-encoded", b"/b/caf%C3%A9", b"/b/caf%25C3%25A9", "percent-encoded twice"),
    Case("path-double-encoded", b"/b/a+b%252ec", b"/b/a%20b.c", "'+' for a space"),
    Case("path-double-encoded", b"/b/a%252Bb%21", b"/b/a%2Bb%21", "once, where the request has it twice"),
    Case("path-plus", b"/b/a+b", b"/b/a%20b", "'+' of the request as a space"),
    Case("path-plus", b"/b/a%2Bb", b"/b/a%20b", "'+' as a space"),
    Case("path-plus", b"/b/a%2Bb", b"/b/a+b", "'+' left bare"),
    Case("path-plus", b"/b/a+b%2Bc", b"/b/a%20b%2Bc", "of the request"),
    Case("path-space", b"/b/a%20b", b"/b/a+b", "spaces as '+'"),
    Case("path-space", b"/b/a%20b", b"/b/a%2Bb", "'%2B'"),
    Case("path-space", b"/b/a%20b%29", b"/b/a b%29", "spaces left bare"),
    Case("path-tilde", b"/b/~a", b"/b/%7Ea", "'~' as '%7E'"),
    Case("path-tilde", b"/b/%7Ea", b"/b/%7ea", "'~' as '%7e'"),
    Case("path-hex-case", b"/b/a%2Fb%3A", b"/b/a/b%3a", "lower-case hex"),
    Case("path-hex-case", b"/b/%c3%A9%3a", b"/b/%c3%A9%3a", "as they were sent"),
    Case("path-over-encoded", b"/b/%61%20", b"/b/%61%20", "every escape kept"),
    Case("path-over-encoded", b"/b/a-b.c", b"/b/a%2Db.c", "'-' encoded"),
    Case("path-over-encoded", b"/b/a-b_c.d", b"/b/a%2Db%5Fc%2Ed", "'-', '.' and '_' encoded"),
    Case("path-slash-encoded", b"/b/x/y/z", b"/b/x%2Fy%2Fz", "after the bucket"),
    Case("path-slash-encoded", b"/b/x/y/z", b"/b/x%252Fy%252Fz", "after the bucket"),
    Case("path-slash-encoded", b"/x/y/z", b"/x%2Fy%2Fz", "after the first", b"b." + HOST),
    Case("path-slash-encoded", b"/b/x/y", b"%2Fb%2Fx%2Fy", "every slash"),
    Case("path-slash-encoded", b"/b/x%2fy/z", b"/b/x%2Fy/z", "escaped slashes"),
    Case("path-slash-encoded", b"/b/x%2Fy/z%20", b"/b/x%252Fy/z%20", "escaped slashes"),
    Case("path-unicode", b"/b/e%CC%81", b"/b/%C3%A9", "composed form (NFC)"),
    Case("path-unicode", b"/b/%C3%A9", b"/b/e%CC%81", "decomposed form (NFD)"),
    Case("path-unicode", b"/b/%C3%A9", b"/b/%E9", "in Latin-1"),
    Case("path-unicode", b"/b/%E2%82%AC", b"/b/%80", "Windows-1252"),
    Case("path-unicode", b"/b/%E9", b"/b/%C3%A9", "taken for Latin-1"),
    Case("path-unicode", b"/b/%C3%A9", b"/b/%C3%83%C2%A9", "taken for Latin-1"),
    Case("path-unicode", b"/b/%C3%A9", b"/b/%3F", "'?' for letters"),
    Case("path-unicode", b"/b/a%20%C3%A9", b"/b/a%20\xc3\xa9", "left bare"),
    Case("path-case", b"/B/Ab%2Bc", b"/b/ab%2Bc", "in small letters"),
    Case("path-case", b"/b/Ab", b"/b/ab", "in small letters"),
    Case("path-case", b"/B/Ab", b"/b/Ab", "with the bucket in small letters"),
    Case("path-case", b"/b/%C3%A9a", b"/B/%C3%A9A", "in capitals"),
    Case("path-js-encode", b"/b/a%20%28%27x%27%29%21%2A%40", b"/b/a%20('x')!*%40", "encodeURIComponent"),
    Case("path-js-encode", b"/b/a%20%28x%29/y", b"/b/a%20(x)%2Fy", "slashes and all"),
    Case("path-js-encode", b"/b/a%20%28x%29%40%5B", b"/b/a%20(x)@%5B", "encodeURI"),
    Case("path-unencoded", b"/b/a@b=c", b"/b/a@b=c", "just as it stands"),
    Case("path-unencoded", b"/b/%22a{b", b"/b/%22a{b", "just as it stands"),
    Case("path-unencoded", b"/b/%22a%22%20b", b'/b/"a" b', "not percent-encoded"),
    *(
        Case("path-unencoded", b"/b/a%%%02X%%20" % ord(sign), b"/b/a%c%%20" % ord(sign), "left bare")
        for sign in "@=:,;$&?#%[{|"
    ),
    Case("path-unencoded", b"/b/%40%3D%3A%2C", b"/b/@=%3A%2C", "'=' and '@' left bare"),
    Case(
        "path-unencoded",
        b"/b/%22%24%26%2C%3A%3B%3D%40%5B",
        b"/b/%22$&,:;=@%5B",
        "left bare",
    ),
    # what it was made of
    Case("path-prefix-stripped", b"/b/k", b"/minio/b/k", "'/minio' before it", LOCAL),
    Case("path-prefix-stripped", b"/b/k", b"/up/x/b/k", "'/up/x'", LOCAL, ((b"X-Forwarded-Prefix", b"/up/x/"),)),
    Case("path-prefix-stripped", b"/b/k", b"/w/b/k%3A", "x-original-uri", LOCAL, ((b"X-Original-URI", b"/w/b/k:"),)),
    Case("path-prefix-stripped", b"/z", b"/b/k", "x-replaced-path", LOCAL, ((b"X-Replaced-Path", b"/b/k"),)),
    Case("path-prefix-added", b"/proxy/s3/b/k", b"/b/k", "without '/proxy/s3'", LOCAL),
    Case("path-prefix-added", b"/proxy/b/k", b"/b/k", "without '/proxy'", LOCAL),
    Case("path-prefix-added", b"/p/b/k", b"/b/k", "x-original-url", HOST, ((b"X-Original-URL", b"https://h/b/k"),)),
    Case("path-bucket-missing", b"/b/k", b"/k", "without the bucket 'b'"),
    Case("path-bucket-missing", b"/b", b"/", "without the bucket 'b'"),
    Case("path-bucket-missing", b"/k", b"/my.b/k", "with the bucket 'my.b'", b"my.b." + HOST),
    Case("path-bucket-missing", b"/b/k", b"/k", "without the bucket 'b'", b"b." + HOST),
    Case("path-slashes-merged", b"/b/k", b"//b/k", "at its start"),
    Case("path-slashes-merged", b"/b/x/k", b"/b//x/k", "after '/b'"),
    Case("path-slashes-merged", b"/b/x/", b"/b/x//", "after '/b/x'"),
    Case("path-slashes-merged", b"/b//x//k", b"/b/x/k", "slashes merged"),
    Case("path-slashes-merged", b"//b/x//k", b"/b/x//k", "one slash at its start"),
    Case("path-dot-segments", b"/b/x/../k/./l", b"/b/k/l", "resolved"),
    Case("path-dot-segments", b"/b/x//../k", b"/b/x/k", "resolved"),
    Case("path-dot-segments", b"/b/x//../k", b"/b/k", "slashes merged"),
    Case("path-dot-segments", b"/b/x/%2e%2E/k", b"/b/k", "resolved"),
    Case("path-dot-segments", b"/b/k/..", b"/b/", "resolved"),
    Case("path-dot-segments", b"/b/k", b"/b/./k", "segment '.'"),
    Case("path-trailing-slash", b"/b", b"/b/", "with a slash at its end"),
    Case("path-trailing-slash", b"/b/x/", b"/b/x", "without the slash at its end"),
    Case("path-empty", b"/", b"", "without the slash that it begins with"),
    Case("path-empty", b"/b/k", b"b/k", "without the slash that it begins with"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{case.arrived!r}-{case.signed!r}")
def test_the_path_that_was_signed_is_found(case: Case) -> None:
    """One deviation explains it, the cause is the right one, and the words say what was signed."""
    call = signed_call(case.arrived, host=case.host, signed={"path": case.signed}, unsigned=case.unsigned)
    (explanation,) = explanations(call)
    assert explanation.causes == (case.cause,)
    assert repr(case.signed.decode("utf-8", "replace")) in explanation.words
    assert case.words in explanation.words


# target that arrived, path that was signed, causes
PAIRS = [
    (b"/b/a%20b", b"/minio/b/a%2520b", "path-prefix-stripped+path-double-encoded"),
    (b"/b/x/a%28b", b"/b//x/a(b", "path-slashes-merged+path-js-encode"),
    (b"/b/a+b", b"/b/a%20b/", "path-trailing-slash+path-plus"),
    (b"/p/q/b/%C3%A9", b"/b/%E9", "path-prefix-added+path-unicode"),
]


@pytest.mark.parametrize(("arrived", "signed", "causes"), PAIRS)
def test_another_path_in_another_encoding_is_two_causes(arrived: bytes, signed: bytes, causes: str) -> None:
    """Both stand on one line, and are found together where neither explains it alone."""
    call = signed_call(arrived, host=LOCAL, signed={"path": signed})
    assert explanations(call) == ()
    explanation, *_ = two_deviations(call)
    assert explanation.causes == tuple(causes.split("+"))


@pytest.mark.parametrize(
    ("lines", "signed", "causes"),
    [
        ({b"host": b"localhost"}, {"path": b"/b/a%2520b"}, ("host-port-dropped", "path-double-encoded")),
        ({}, {"path": b"/b/a+b", "query": b"utm=1"}, ("path-space", "query-param-added")),
    ],
)
def test_a_path_and_another_line_are_two_causes(
    lines: dict[bytes, bytes | None], signed: dict[str, bytes], causes: tuple[str, ...]
) -> None:
    """Deviations of different lines are multiplied."""
    call = signed_call(
        b"/b/a%20b?utm=1&v=2" if "query" in signed else b"/b/a%20b", host=LOCAL, lines=lines, signed=signed
    )
    explanation, *_ = two_deviations(call)
    assert explanation.causes == causes


def test_where_services_encode_twice_once_is_a_deviation() -> None:
    """Under the generic rule S3's own is what a client may have done wrong."""
    call = signed_call(b"/b/a%20b", signed={"path": b"/b/a%20b"})
    (explanation,) = solve(problem(call, KEY, GENERIC), 1).explanations
    assert explanation.causes == ("path-double-encoded",)
    assert "once" in explanation.words


def test_the_query_goes_with_the_path_that_a_proxy_kept() -> None:
    """A rewritten path may have lost its query, which stands beside it in the proxy's header."""
    call = signed_call(
        b"/x", signed={"path": b"/b/k", "query": b"acl="}, unsigned=((b"X-Envoy-Original-Path", b"/b/k?acl"),)
    )
    (explanation,) = explanations(call)
    assert explanation.causes == ("path-prefix-stripped",)


@pytest.mark.parametrize(
    ("arrived", "signed", "cause"),
    [
        (b"/B/Ab%2520C", b"/b/ab%20c", "path-double-encoded"),
        (b"/B/Ab+C", b"/b/ab%20c", "path-plus"),
        (b"/B/Ab%2BC", b"/b/ab%2bc", "path-hex-case"),
    ],
)
def test_case_and_encoding_are_found_together(arrived: bytes, signed: bytes, cause: str) -> None:
    (found, *_) = two_deviations(signed_call(arrived, signed={"path": signed}))
    assert set(found.causes) == {"path-case", cause}


def test_a_path_of_another_call_is_found() -> None:
    """A presigned URL whose key was edited."""
    call = signed_call(b"/b/new.txt", presigned=True, signed={"path": b"/b/a%20b.txt"})
    around = Surroundings(paths=(b"/b/x", b"/b/a%20b.txt"))
    (found,) = explanations(call, around=around)
    assert found.causes == ("path-of-another-call",)


def test_a_prefix_is_one_that_other_calls_have() -> None:
    """A proxy's location is the bucket, and what it passes on has none."""
    call = signed_call(b"/a.txt", signed={"path": b"/holiday/a.txt"})
    (found,) = explanations(call, around=Surroundings(paths=(b"/holiday",)))
    assert found.causes == ("path-prefix-stripped",)


@given(st.binary(max_size=60))
def test_no_path_breaks_a_hypothesis(path: bytes) -> None:
    """Any bytes: alternatives are yielded, each says what it is and differs from what the rule gives."""
    call = signed_call(b"/" + path.replace(b"?", b""))
    laid_out = problem(call, KEY)
    for one in all_hypotheses():
        if one.family == "path_encoding":
            for change in one.changes(laid_out):
                assert change.values[PATH] != laid_out.parts[PATH]
                assert change.words


@given(st.text("ab/.%2Ff0~+ é", max_size=20))
def test_the_rule_is_no_deviation(path: str) -> None:
    """The two signers agree on the rule itself, so that every case above deviates in what it plants only."""
    raw = b"/" + path.encode()
    assert problem(signed_call(raw), KEY).parts[PATH] == plain_path(raw)

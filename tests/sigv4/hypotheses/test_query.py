"""A query that was signed otherwise than it arrived is found, and said in words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4.canonical import S3, canonical_query
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings, problem
from inspector.sigv4.hypotheses.query_line import by_rule, params_of
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.sigv4.signed import SignedRequest
from tests.support.signing import (
    KEY,
    REGION,
    REQUEST_LINE,
    TIMESTAMP,
    explanations,
    plain_query,
    presigning,
    resent,
    signed_call,
    two_deviations,
)


@dataclass(frozen=True)
class Case:
    """The query that arrived, the line that was signed, and the cause that says so."""

    cause: str
    arrived: bytes
    signed: bytes
    words: str = ""
    method: bytes = b"GET"
    around: Surroundings = NOTHING_AROUND


CASES = [
    # its order
    Case("query-unsorted", b"prefix=a&list-type=2", b"prefix=a&list-type=2", "order of the request"),
    Case("query-unsorted", b"k=2&k=1&a=", b"a=&k=2&k=1", "values of one name"),
    Case("query-sorted-as-strings", b"a=1&a-b=2", b"a-b=2&a=1", "'name=value'"),
    Case("query-sorted-as-strings", b"a%3D=1&a0=2&b=3", b"a0=2&a%3D=1&b=3", "before it was encoded"),
    Case("query-sort-case", b"partNumber=1&Zone=a&uploadId=x", b"partNumber=1&uploadId=x&Zone=a", "case"),
    # what stands between them, and their case
    Case("query-joined", b"b=2&a=1", b"a=1;b=2", "with ';' between"),
    Case("query-joined", b"b=2&a=1", b"a=1&amp;b=2", "'&amp;'"),
    Case("query-joined", b"b=2&a=1", b"a=1&b=2&", "at its end"),
    Case("query-case", b"uploadId=Xy&partNumber=1", b"partnumber=1&uploadid=Xy", "its names in small letters"),
    Case("query-case", b"uploadId=X%2Fy", b"uploadid=x%2Fy", "in small letters"),
    # values that are not there
    Case("query-valueless", b"acl", b"acl", "without '='"),
    Case("query-valueless", b"a=1&uploads", b"a=1", "without the names"),
    Case("query-param-added", b"a=1&1592837", b"a=1", "without '1592837'"),
    Case("query-param-added", b"a=1&inline", b"a=1", "without 'inline'"),
    Case("query-valueless", b"b=2&prefix=&acl", b"acl&b=2&prefix=", "without '='"),
    Case("query-valueless", b"b=2&prefix=&acl", b"b=2", "without the names"),
    # its encoding
    Case("query-encoding", b"prefix=a%20b%3D&x=1", b"prefix=a+b%3D&x=1", "spaces as '+'"),
    Case("query-encoding", b"prefix=a%20b%3D", b"prefix=a%2Bb%3D", "'%2B'"),
    Case("query-encoding", b"prefix=a+b%2Bc", b"prefix=a%20b%2Bc", "'+' of the request as a space"),
    Case("query-encoding", b"prefix=a%2Bb", b"prefix=a%20b", "'+' as a space"),
    *(
        Case("query-encoding", b"x=%%%02X%%22&a=1" % ord(sign), b"a=1&x=%c%%22" % ord(sign), f"{sign!r} left bare")
        for sign in "/*{=:@,;+$&"
    ),
    Case("query-encoding", b"x=%2F%3A%40%7B&a=1", b"a=1&x=/:%40%7B", "'/' and ':' left bare"),
    Case("query-encoding", b"x=%28%27a%27%29%2A%21%20&b=%22", b"b=%22&x=('a')*!%20", "left bare"),
    Case("query-encoding", b"prefix=a/b c&delimiter=/", b"prefix=a/b c&delimiter=/", "just as it stands"),
    Case("query-encoding", b"prefix=a/b%20&delimiter=/", b"delimiter=/&prefix=a/b%20", "sorted"),
    Case("query-encoding", b"prefix=a%2Fb", b"prefix=a%2fb", "lower-case hex"),
    Case("query-encoding", b"prefix=%61%2F~", b"prefix=%61%2F~", "stands in the request"),
    Case("query-encoding", b"x=%7E&a=1", b"a=1&x=%7E", "stands in the request"),
    Case("query-encoding", b"x=~&a=%2f", b"a=%2F&x=%7E", "'~'"),
    Case("query-encoding", b"x=%22a%22&y=%20", b'x="a"&y= ', "not percent-encoded"),
    Case("query-encoding", b"prefix=%C3%A9", b"prefix=%E9", "Latin-1"),
    Case("query-double-encoded", b"prefix=a%2Fb", b"prefix=a%252Fb", "twice"),
    Case("query-double-encoded", b"prefix=a%252Fb&x=1", b"prefix=a%2Fb&x=1", "once, where the request has it twice"),
    # its parameters
    Case("query-param-changed", b"partNumber=3&uploadId=x", b"partNumber=2&uploadId=x", "'partNumber=2'"),
    Case(
        "query-param-changed",
        b"prefix=a%2Fb",
        b"prefix=c",
        "'prefix=c'",
        around=Surroundings(query_values={b"prefix": (b"a/b", b"c")}),
    ),
    Case("query-param-added", b"list-type=2&utm_source=x", b"list-type=2", "without 'utm_source'"),
    Case("query-param-added", b"v=1&list-type=2&utm_source=x&t=3", b"list-type=2", "'v', 'utm_source' and 't'"),
    Case("query-param-added", b"a=1&b=2&c=3", b"", "'a', 'b' and 'c'"),
    Case("query-param-added", b"k=1&k=2", b"k=2", "without 'k'"),
    Case("query-param-added", b"x-id=GetObject", b"", "without 'x-id'"),
    Case("query-param-removed", b"", b"x-id=GetObject", "x-id=GetObject"),
    Case("query-param-removed", b"partNumber=2&uploadId=u", b"partNumber=2&uploadId=u&x-id=UploadPart", "x-id", b"PUT"),
    Case("query-param-removed", b"x-id=PutObject", b"x-id=CopyObject", "x-id=CopyObject", b"PUT"),
    Case("query-param-removed", b"", b"response-content-disposition=attachment", "attachment"),
    Case("query-param-removed", b"", b"versionId=null", "versionId", b"HEAD"),
    Case("query-param-removed", b"uploadId=u", b"partNumber=1&uploadId=u", "partNumber", b"PUT"),
    Case("query-param-removed", b"", b"uploads=", "uploads", b"POST"),
    Case("query-param-removed", b"", b"lifecycle=", "lifecycle", around=Surroundings(query_names=(b"lifecycle",))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{case.arrived!r}-{case.signed!r}")
def test_the_query_that_was_signed_is_found(case: Case) -> None:
    """One deviation explains it, the cause is the right one, and the words say what was signed."""
    call = signed_call(b"/photos/k?" + case.arrived, method=case.method, signed={"query": case.signed})
    (explanation,) = explanations(call, around=case.around)
    assert explanation.causes == (case.cause,)
    assert case.words in explanation.words


# query that arrived, query that was signed, causes
PAIRS = [
    (b"prefix=b&list-type=2&utm=1", b"prefix=b&list-type=2", "query-param-added+query-unsorted"),
    (b"prefix=a%2Fb&v=1", b"prefix=a/b", "query-param-added+query-encoding"),
    (b"prefix=a", b"acl&prefix=a", "query-param-removed+query-valueless"),
    (b"a=1&b=2&c=3&d=4", b"a=1&c=3", "query-param-added"),
]


@pytest.mark.parametrize(("arrived", "signed", "causes"), PAIRS)
def test_two_deviations_of_one_query_are_found(arrived: bytes, signed: bytes, causes: str) -> None:
    """Both stand on one line, and are found together where neither explains it alone."""
    call = signed_call(b"/photos?" + arrived, signed={"query": signed})
    assert explanations(call) == ()
    explanation, *_ = two_deviations(call)
    assert explanation.causes == tuple(causes.split("+"))


def test_a_host_and_a_parameter_are_two_causes() -> None:
    """Deviations of different lines are multiplied."""
    call = signed_call(b"/k?utm_source=x", lines={b"host": b"minio:9000"}, signed={"query": b""})
    explanation, *_ = two_deviations(call)
    assert explanation.causes == ("host-rewritten", "query-param-added")


SCOPE = TIMESTAMP[:8] + b"/" + REGION + b"/s3/aws4_request"
AUTH = presigning(SCOPE, TIMESTAMP, b"host")


def presigned(target: bytes, query: bytes) -> SignedRequest:
    """A presigned URL in which `query` was signed."""
    return signed_call(target, presigned=True, signed={"query": query})


def changed(call: SignedRequest, old: bytes, new: bytes) -> SignedRequest:
    """The same call, its target changed on its way."""
    assert old in call.request.target
    return resent(call, target=call.request.target.replace(old, new))


PRESIGNED = [
    ("query-param-added", changed(signed_call(presigned=True), b"?", b"?utm_source=mail&"), "without 'utm_source'"),
    (
        "query-param-added",
        resent(call := signed_call(presigned=True), target=call.request.target + b"&x=1&y=2&z=3"),
        "without 'x', 'y' and 'z'",
    ),
    (
        "query-param-changed",
        changed(signed_call(presigned=True), b"X-Amz-Expires=3600", b"X-Amz-Expires=604800"),
        "'X-Amz-Expires=3600'",
    ),
    ("query-encoding", presigned(b"/k", AUTH.replace(b"%2F", b"/")), "'/' left bare"),
    ("query-encoding", presigned(b"/k", AUTH.replace(b"%2F", b"%2f")), "lower-case hex"),
    ("query-double-encoded", presigned(b"/k", AUTH.replace(b"%2F", b"%252F")), "X-Amz-Credential"),
    (
        "query-double-encoded",
        changed(signed_call(b"/k?prefix=a%2Fb", presigned=True), b"%2F", b"%252F"),
        "where the request has it twice",
    ),
    (
        "query-double-encoded",
        changed(signed_call(presigned=True, headers={b"Range": b"bytes=0-1"}), b"%3B", b"%253B"),
        "where the request has it twice",
    ),
    (
        "query-signature-included",
        presigned(b"/k", plain_query(AUTH + b"&X-Amz-Signature=")),
        "an empty 'X-Amz-Signature'",
    ),
    ("query-unsorted", presigned(b"/k?zone=1", b"zone=1&" + AUTH), "order of the request"),
]


@pytest.mark.parametrize(
    ("cause", "call", "words"), PRESIGNED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_befell_a_presigned_url_is_found(cause: str, call: SignedRequest, words: str) -> None:
    """The parameters of the signature are part of the line, and may be what differs."""
    explanation, *_ = explanations(call)
    assert explanation.causes[0] == cause
    assert words in explanation.words


SEMICOLONS = [
    (b"a=1&headers=host;x&m=2", "with ';' left bare"),
    (b"a=1&m=2", "without the parameters that hold a bare ';'"),
    (b"a=1&headers=host&m=2&x=", "with ';' as the end of a parameter"),
]


@pytest.mark.parametrize(("signed", "words"), SEMICOLONS)
def test_a_bare_semicolon_is_found(signed: bytes, words: str) -> None:
    """The list of signed headers has it, and every parser makes of it what it likes."""
    call = signed_call(b"/photos/k?m=2&a=%31&headers=host;x", signed={"query": signed})
    (explanation,) = explanations(call)
    assert explanation.causes == ("query-semicolon",)
    assert words in explanation.words


def test_an_earlier_signature_that_was_signed_again_is_found() -> None:
    """A presigned URL that was presigned once more: one of its signatures is part of what was signed."""
    old = b"X-Amz-Signature=" + b"0" * 64
    call = signed_call(b"/k", presigned=True, signed={"query": plain_query(AUTH + b"&" + old)})
    sent = resent(call, target=call.request.target + b"&" + old)
    explanation, *_ = explanations(sent)
    assert explanation.causes == ("query-signature-included",)


def test_words_hold_no_token() -> None:
    """A session token in a URL is a secret, however it is signed."""
    token = b"X-Amz-Security-Token=open%2Fsesame"
    call = signed_call(b"/k?" + token, presigned=True, signed={"query": plain_query(token + b"&" + AUTH)})
    words = [
        change.words
        for one in all_hypotheses()
        if one.family in REQUEST_LINE
        for change in one.changes(problem(call, KEY))
    ]
    assert words
    assert not [sentence for sentence in words if "sesame" in sentence]


@given(st.binary(max_size=40))
def test_no_query_breaks_a_hypothesis(query: bytes) -> None:
    """Any bytes: alternatives are yielded, and each says what it is."""
    laid_out = problem(signed_call(b"/k?" + query), KEY, S3)
    for one in all_hypotheses():
        if one.family.startswith("query"):
            assert all(change.words for change in one.changes(laid_out))


@given(st.text("ab&=%2Ff+; é", max_size=30).map(str.encode))
def test_the_families_know_the_rule(query: bytes) -> None:
    """What alternatives are compared with is the line that verification computes."""
    assert by_rule(params_of(query)) == canonical_query(query)


def test_a_query_of_hundreds_is_searched_in_bounded_time() -> None:
    """Nobody sends it, but somebody may: the alternatives stay few, and a likely one is still found."""
    many = b"&".join(b"p%d=%d" % (number, number) for number in range(400))
    call = signed_call(b"/k?a=1&" + many, signed={"query": plain_query(many)})
    changes = [
        change for one in all_hypotheses() if one.family in REQUEST_LINE for change in one.changes(problem(call, KEY))
    ]
    assert len(changes) < 3000
    assert [change.words for change in changes if change.values.get("query") == plain_query(many)]

"""A request that was signed with another secret, or without its session token, is found, and the secret not shown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.sigv4.alternatives import gather
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings, problem
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from tests.support.signing import (
    KEY,
    REGION,
    SECRET,
    TIMESTAMP,
    explanations,
    presigning,
    resent,
    signed_call,
    two_deviations,
)

OTHER = Key("0050000000000000000000001", b"K005another0secret0of0the0user0", "profile backup")
TOKEN = b"IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////"
NAMES = b"host;x-amz-content-sha256;x-amz-date"
RICH = b"K004/x2+mN5v$R7tY1wZ3b\\D6fG9j=0p"


@dataclass(frozen=True)
class Case:
    """The secret that signed, where another one is known, and the cause that says so."""

    cause: str
    signed_with: bytes
    known: bytes = SECRET
    around: Surroundings = NOTHING_AROUND


CASES = [
    Case("key-secret-whitespace", SECRET + b"\n"),
    Case("key-secret-whitespace", b"\xef\xbb\xbf" + SECRET),
    Case("key-secret-whitespace", SECRET, SECRET + b"\r\n"),
    Case("key-secret-url-encoded", quote(RICH, safe="").encode(), RICH),
    Case("key-secret-plus-as-space", RICH.replace(b"+", b" "), RICH),
    Case("key-secret-escaped", b'"' + SECRET + b'"'),
    Case("key-secret-escaped", RICH.replace(b"/", b"\\/"), RICH),
    Case("key-secret-escaped", RICH.replace(b"$R7tY1wZ3b", b""), RICH),
    Case("key-secret-truncated", RICH.partition(b"+")[0], RICH),
    Case("key-secret-truncated", SECRET[:-1]),
    Case("key-secret-base64", b"cGFzc3dvcmQ=", b"password"),
    Case("key-swapped", KEY.key_id.encode()),
    Case("key-other-profile", OTHER.secret, around=Surroundings(keys=(KEY, OTHER))),
]


@pytest.mark.parametrize("presigned", [False, True], ids=["header", "presigned"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{CASES.index(case)}")
def test_the_secret_that_signed_is_found_by_its_cause(case: Case, presigned: bool) -> None:
    call = signed_call(secret=case.signed_with, presigned=presigned)

    found = explanations(call, around=case.around, key=Key(KEY.key_id, case.known))

    assert [one.causes for one in found] == [(case.cause,)]


def test_a_spoilt_secret_and_another_region_are_found_together() -> None:
    call = signed_call(secret=SECRET + b"\n", signed_region=b"us-east-1")

    (found,) = two_deviations(call, ("key", "scope"))

    assert set(found.causes) == {"key-secret-whitespace", "scope-wrong-region"}


def test_a_spoilt_secret_and_another_host_are_found_together() -> None:
    call = signed_call(secret=SECRET + b"\r", lines={b"host": b"minio:9000"})

    found = two_deviations(call, ("key", "host"), around=Surroundings(hosts=(b"minio:9000",)))

    assert any(set(one.causes) == {"key-secret-whitespace", "host-rewritten"} for one in found)


@pytest.mark.parametrize(
    ("cause", "secret"),
    [
        ("key-secret-escaped+key-secret-whitespace", b"'" + SECRET + b"'\r\n"),
        ("key-other-profile+key-secret-whitespace", OTHER.secret + b"\n"),
    ],
)
def test_a_secret_that_was_spoilt_twice_counts_as_two_deviations(cause: str, secret: bytes) -> None:
    call, around = signed_call(secret=secret), Surroundings(keys=(OTHER,))

    assert explanations(call, around=around) == ()
    assert [one.causes for one in two_deviations(call, ("key",), around=around)] == [tuple(cause.split("+"))]


SLIPS = {
    "without character 7": (b"K004/x2mN5v", b"K004/xA2mN5v"),
    "character 6 typed twice": (b"K004/xx2mN5v", b"K004/x2mN5v"),
    "character 8 in the other case": (b"K004/x2MN5v", b"K004/x2mN5v"),
    "character 10 and the next in each other's place": (b"K004/x2mNv5", b"K004/x2mN5v"),
    "looks alike for character 2": (b"KO04/x2mN5v", b"K004/x2mN5v"),
}


@pytest.mark.parametrize("words", SLIPS)
def test_a_slip_of_the_hand_is_found_and_its_place_named(words: str) -> None:
    typed, known = SLIPS[words]

    (found,) = two_deviations(signed_call(secret=typed), ("key",), key=Key(KEY.key_id, known))

    assert found.causes == ("key-secret-mistyped",)
    assert words in found.words


LEFTOVERS = [
    Case("key-secret-escaped", b"`" + SECRET + b"`"),
    Case("key-secret-escaped", b"<" + SECRET + b">"),
    Case("key-secret-base64", SECRET.hex().encode()),
    Case("key-secret-escaped", b"AWS_SECRET_ACCESS_KEY=" + SECRET),
    Case("key-secret-escaped", KEY.key_id.encode() + b":" + SECRET),
    Case("key-secret-unset", b"None"),
    Case("key-secret-unset", b"undefined"),
    Case("key-secret-unset", b"${AWS_SECRET_ACCESS_KEY}"),
    Case("key-secret-unset", b"***"),
]


@pytest.mark.parametrize("case", LEFTOVERS, ids=lambda case: f"{case.cause}-{LEFTOVERS.index(case)}")
def test_what_stood_in_the_place_of_the_secret_or_round_it_is_found_and_no_secret_shown(case: Case) -> None:
    (found,) = two_deviations(signed_call(secret=case.signed_with), ("key",))

    assert found.causes == (case.cause,)
    assert SECRET.decode() not in found.words


def test_a_secret_that_was_wrapped_into_two_lines_is_found() -> None:
    (found,) = two_deviations(signed_call(secret=SECRET[:9] + b"\n" + SECRET[9:]), ("key",))

    assert found.causes == ("key-secret-whitespace",)


def test_the_key_id_that_a_call_names_is_tried_as_its_secret() -> None:
    """Credential and secret swapped: the call names another key id than the one whose secret is known."""
    call = signed_call(secret=KEY.key_id.encode())

    (found,) = explanations(call, key=OTHER)

    assert found.causes == ("key-swapped",)


def test_no_secret_is_tried_where_another_call_proves_the_one_that_is_known() -> None:
    laid_out = problem(signed_call(), KEY, around=Surroundings(keys=(KEY, OTHER), proved=frozenset({KEY.key_id})))

    axes = {axis for one in all_hypotheses() for change in one.changes(laid_out) for axis in change.values}

    assert "secret" not in axes


def token_listed() -> SignedRequest:
    """The token was added, and listed, after signing."""
    sent = {b"X-Amz-Security-Token": TOKEN}
    return signed_call(headers=sent, lines={b"x-amz-security-token": None}, signed={"names": NAMES})


def token_in_url() -> SignedRequest:
    """The token was added to the URL after signing."""
    scope = b"%b/%b/s3/aws4_request" % (TIMESTAMP[:8], REGION)
    signed = presigning(scope, TIMESTAMP, b"host")
    return signed_call(b"/a?X-Amz-Security-Token=abc%2Fdef", presigned=True, signed={"query": signed})


def token_signed_and_lost() -> SignedRequest:
    """The token was signed and then not sent."""
    names = NAMES.replace(b"x-amz-date", b"x-amz-date;x-amz-security-token")
    return signed_call(signed={"names": names}, lines={b"x-amz-security-token": TOKEN})


def token_signed_and_not_listed() -> SignedRequest:
    """The token was signed and sent; the list does not name it."""
    names = NAMES.replace(b"x-amz-date", b"x-amz-date;x-amz-security-token")
    unsigned = ((b"X-Amz-Security-Token", TOKEN),)
    return signed_call(unsigned=unsigned, signed={"names": names}, lines={b"x-amz-security-token": TOKEN})


@pytest.mark.parametrize(
    ("cause", "call"),
    [
        ("token-extra", token_listed()),
        ("token-extra", token_in_url()),
        ("token-missing", token_signed_and_lost()),
        ("token-unsigned", token_signed_and_not_listed()),
    ],
)
def test_a_session_token_that_was_treated_otherwise_is_found(cause: str, call: SignedRequest) -> None:
    around = Surroundings(header_values={b"x-amz-security-token": (TOKEN,)})

    found = explanations(call, around=around)

    assert cause in {change.cause for one in found for way in one.deviations for change in way.changes}
    assert TOKEN.decode() not in " ".join(one.words for one in found)


def test_the_token_that_a_presigned_url_lost_is_found() -> None:
    whole = signed_call(b"/a?X-Amz-Security-Token=abc%2Fdef", presigned=True)
    call = resent(whole, target=whole.request.target.replace(b"X-Amz-Security-Token=abc%2Fdef&", b""))
    around = Surroundings(header_values={b"x-amz-security-token": (b"abc/def",)})

    (found,) = explanations(call, around=around)

    assert found.causes == ("token-missing",)
    assert b"X-Amz-Security-Token=abc%2Fdef" in (found.canonical_request or b"")


@settings(max_examples=25, deadline=None)
@given(secret=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=", max_size=40).map("Zq9/x".__add__))
def test_no_words_and_no_repr_of_a_search_show_a_secret(secret: str) -> None:
    key, other = Key(KEY.key_id, secret.encode()), Key(OTHER.key_id, b"x" + secret.encode(), "profile backup")
    laid_out = problem(signed_call(secret=secret.encode() + b"\n"), key, around=Surroundings(keys=(key, other)))

    found = gather(laid_out, all_hypotheses())

    assert secret not in repr(laid_out)
    assert secret not in repr(found)
    assert secret not in "\n".join(change.words for one in found for change in one.changes)


def test_an_explanation_does_not_show_the_secret_that_it_found() -> None:
    found = explanations(signed_call(secret=SECRET + b"\n"))

    assert SECRET.decode() not in repr(found)
    assert "a line feed at its end" in found[0].words

"""A scope that was signed otherwise than it is declared is found, in the key alone or in the string to sign as well."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace

import pytest

from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.signed import SignedRequest
from tests.support.signing import (
    EMPTY,
    HOST,
    SECRET,
    TIMESTAMP,
    explanations,
    signed_call,
    two_deviations,
    with_signature,
)


@dataclass(frozen=True)
class Scope:
    """The words of a scope."""

    date: bytes = b"20260314"
    region: bytes = b"us-west-004"
    service: bytes = b"s3"
    terminator: bytes = b"aws4_request"

    @property
    def words(self) -> tuple[bytes, ...]:
        return self.date, self.region, self.service, self.terminator


DECLARED = Scope()


def signature(scope: Scope, of_key: Scope, query: bytes = b"") -> bytes:
    """The signature of `GET /a` with one scope in the string to sign and one in the key."""
    canonical = b"\n".join(
        (
            b"GET\n/a\n" + query,
            b"host:" + HOST,
            b"x-amz-content-sha256:" + EMPTY,
            b"x-amz-date:" + TIMESTAMP,
            b"\nhost;x-amz-content-sha256;x-amz-date",
            EMPTY,
        )
    )
    key = b"AWS4" + SECRET
    for word in of_key.words:
        key = hmac.new(key, word, hashlib.sha256).digest()
    digest = hashlib.sha256(canonical).hexdigest().encode()
    text = b"\n".join((b"AWS4-HMAC-SHA256", TIMESTAMP, b"/".join(scope.words), digest))
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()


def call_with(scope: Scope = DECLARED, of_key: Scope | None = None) -> SignedRequest:
    """A call that declares the usual scope and was signed with others; `of_key` None: the same in the key."""
    return with_signature(signed_call(b"/a"), signature(scope, scope if of_key is None else of_key))


@dataclass(frozen=True)
class Case:
    """What was signed in the place of the declared scope, and the cause and words that say so."""

    cause: str
    signed: Scope
    words: str
    around: Surroundings = NOTHING_AROUND


CASES = [
    Case("scope-wrong-region", Scope(region=b"us-east-1"), "the region 'us-east-1' was signed"),
    Case("scope-wrong-region", Scope(region=b"eu-central-003"), "'eu-central-003'"),
    Case("scope-wrong-region", Scope(region=b""), "the region '' was signed"),
    Case("scope-wrong-region", Scope(region=b"garage"), "'garage'", Surroundings(regions=("garage",))),
    Case(
        "scope-wrong-region",
        Scope(region=b"xx-north-9"),
        "'xx-north-9'",
        Surroundings(hosts=(b"photos.s3.xx-north-9.example.com:9000",)),
    ),
    Case("scope-wrong-service", Scope(service=b"service"), "the service 'service' was signed"),
    Case("scope-wrong-service", Scope(service=b""), "the service '' was signed"),
    Case("scope-date-mismatch", Scope(date=b"20260313"), "the date '20260313' was signed"),
    Case("scope-date-mismatch", Scope(date=b"20260315"), "the date '20260315' was signed"),
    Case("scope-date-format", Scope(date=b"2026-03-14"), "with dashes"),
    Case("scope-date-format", Scope(date=TIMESTAMP), "the whole timestamp"),
]


def causes_of(case: Case, call: SignedRequest) -> None:
    found = explanations(call, around=case.around)

    assert [one.causes for one in found] == [(case.cause,)]
    assert case.words in found[0].words


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_scope_that_was_signed_otherwise_throughout_is_found(case: Case) -> None:
    causes_of(case, call_with(case.signed))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_scope_that_only_the_key_was_made_with_is_found(case: Case) -> None:
    causes_of(case, call_with(DECLARED, case.signed))


def test_a_key_that_was_kept_for_days_is_found() -> None:
    (found,) = explanations(call_with(DECLARED, Scope(date=b"20260310")))

    assert found.causes == ("scope-date-mismatch",)
    assert "20260310" in found.words


def test_another_ending_of_the_scope_is_found() -> None:
    (found,) = explanations(call_with(Scope(terminator=b"AWS4_REQUEST")))

    assert found.causes == ("scope-terminator",)


def test_region_and_service_in_the_key_are_found_together() -> None:
    (found,) = two_deviations(call_with(DECLARED, Scope(region=b"us-east-1", service=b"")), ("scope",))

    assert set(found.causes) == {"scope-wrong-region", "scope-wrong-service"}


def test_a_presigned_url_whose_region_was_changed_is_found_by_what_its_query_was() -> None:
    before = signed_call(presigned=True, region=b"us-east-1")
    target = before.request.target.replace(b"us-east-1", b"us-west-004")
    call = replace(before, request=replace(before.request, target=target))

    found = explanations(reread(call))

    assert [one.causes for one in found] == [("scope-wrong-region",)]
    assert "stood in the URL" in found[0].words
    assert b"us-east-1" in (found[0].canonical_request or b"")


def test_a_presigned_url_that_was_signed_for_another_region_than_it_says_is_found() -> None:
    (found,) = explanations(signed_call(presigned=True, signed_region=b"us-east-1"))

    assert found.causes == ("scope-wrong-region",)
    assert b"us-east-1" not in (found.canonical_request or b"")


def reread(call: SignedRequest) -> SignedRequest:
    """The call as it is read off the wire."""
    return with_signature(call, (call.authorization.signature or "").encode())


@pytest.mark.parametrize("date", ["00000000", "99999999", "00010101", "99991231", "", "2026-03-14", "%FF"])
def test_no_date_is_too_odd_to_search(date: str) -> None:
    call = signed_call(presigned=True)
    target = call.request.target.replace(b"20260314%2F", date.encode() + b"%2F")

    assert explanations(reread(replace(call, request=replace(call.request, target=target)))) is not None

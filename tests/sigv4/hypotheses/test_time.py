"""A moment that was signed otherwise than it is written is found, wherever it stands."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.signed import SignedRequest
from inspector.wire.headers import Header
from tests.support.signing import EMPTY, HOST, SECRET, explanations, signed_call, two_deviations, with_signature

SENT = b"20260314T092653Z"
LIST = b"host;x-amz-content-sha256;x-amz-date"


def signature(
    stamp: bytes, *, header: bytes = SENT, date: bytes = b"20260314", region: bytes = b"us-west-004"
) -> bytes:
    """The signature of `GET /a`: one moment in the string to sign, one in the header line, a date in the scope."""
    lines = (b"host:" + HOST, b"x-amz-content-sha256:" + EMPTY, b"x-amz-date:" + header)
    canonical = b"\n".join((b"GET", b"/a", b"", *lines, b"", LIST, EMPTY))
    return signature_of(canonical, stamp, date, region)


def signature_of(canonical: bytes, stamp: bytes, date: bytes = b"20260314", region: bytes = b"us-west-004") -> bytes:
    """The signature of a canonical request at a moment."""
    scope = (date, region, b"s3", b"aws4_request")
    key = b"AWS4" + SECRET
    for word in scope:
        key = hmac.new(key, word, hashlib.sha256).digest()
    digest = hashlib.sha256(canonical).hexdigest().encode()
    text = b"\n".join((b"AWS4-HMAC-SHA256", stamp, b"/".join(scope), digest))
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()


@dataclass(frozen=True)
class Case:
    """What was signed of a call that was sent at 09:26:53, and the cause and words that say so."""

    cause: str
    signature: bytes
    words: str
    also_sent: tuple[Header, ...] = ()
    around: Surroundings = NOTHING_AROUND


DATE = ((b"Date", b"Sat, 14 Mar 2026 09:30:00 GMT"),)
TWO_DATES = ((b"X-Amz-Date", b"20260314T093000Z"),)
TRIES = Surroundings(header_values={b"x-amz-date": (b"20260314T091000Z", b"20260313T235959Z", b"never", b"")})

CASES = [
    # the clock read twice
    Case("date-taken-twice", signature(b"20260314T092654Z"), "092654Z' was signed"),
    Case("date-taken-twice", signature(b"20260314T092650Z"), "092650Z' was signed"),
    Case("date-taken-twice", signature(b"20260314T092655Z", header=b"20260314T092655Z"), "throughout"),
    Case("date-taken-twice", signature(SENT, header=b"20260314T092652Z"), "another one in the string to sign"),
    # zones
    Case("date-local-time", signature(b"20260314T112653Z"), "+2:00 hours"),
    Case("date-local-time", signature(b"20260314T145653Z"), "+5:30 hours"),
    Case("date-local-time", signature(b"20260314T151153Z"), "+5:45 hours"),
    Case("date-local-time", signature(b"20260314T055653Z"), "-3:30 hours"),
    Case("date-local-time", signature(b"20260313T222653Z"), "-11:00 hours"),
    Case("date-local-time", signature(b"20260313T222653Z", date=b"20260313"), "its day in the scope"),
    Case("date-local-time", signature(b"20260314T172653Z", header=b"20260314T172653Z"), "throughout"),
    Case(
        "date-local-time",
        signature(b"20260313T232653Z", header=b"20260313T232653Z", date=b"20260313"),
        "throughout",
    ),
    # other headers
    Case("date-vs-x-amz-date", signature(b"20260314T093000Z"), "the time of date", DATE),
    Case("date-vs-x-amz-date", signature(b"Sat, 14 Mar 2026 09:30:00 GMT"), "as it stands", DATE),
    Case("date-vs-x-amz-date", signature(b"20260314T093000Z", header=SENT + b",20260314T093000Z"), "09", TWO_DATES),
    Case("date-vs-x-amz-date", signature(b"20260314T093000Z", header=b"20260314T093000Z"), "throughout", TWO_DATES),
    # forms
    Case("date-format", signature(b"2026-03-14T09:26:53Z"), "extended form"),
    Case("date-format", signature(b"20260314T092653"), "without the Z"),
    Case("date-format", signature(b"Sat, 14 Mar 2026 09:26:53 GMT"), "as in a Date header"),
    Case("date-format", signature(b"1773480413"), "Unix seconds"),
    Case("date-format", signature(b"20260314"), "a date alone"),
    Case("date-format", signature(b"20260314T090353Z"), "the month in the place of the minutes"),
    Case("date-format", signature(b"25690314T092653Z"), "Buddhist"),
    # earlier tries
    Case(
        "stale-retry",
        signature(b"20260314T091000Z", header=b"20260314T091000Z"),
        "of another call",
        around=TRIES,
    ),
    Case(
        "stale-retry",
        signature(b"20260313T235959Z", header=b"20260313T235959Z", date=b"20260313"),
        "of another call",
        around=TRIES,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}: {case.words}")
def test_the_moment_that_was_signed_is_found_by_its_cause(case: Case) -> None:
    call = with_signature(signed_call(b"/a", unsigned=case.also_sent), case.signature)

    found = explanations(call, around=case.around)

    causes = {(change.cause, change.words) for one in found for way in one.deviations for change in way.changes}
    assert any(cause == case.cause and case.words in words for cause, words in causes), causes


def test_a_moved_date_header_is_found_in_its_own_form() -> None:
    """The call says its time in Date alone, and local time was signed there as well."""
    sent, signed = b"Sat, 14 Mar 2026 09:26:53 GMT", b"Sat, 14 Mar 2026 11:26:53 GMT"
    names = b"date;host;x-amz-content-sha256"
    lines = (b"date:" + signed, b"host:" + HOST, b"x-amz-content-sha256:" + EMPTY)
    canonical = b"\n".join((b"GET", b"/a", b"", *lines, b"", names, EMPTY))
    call = with_signature(signed_call(b"/a"), signature_of(canonical, b"20260314T112653Z"))
    headers = tuple(
        (b"Date", sent) if name == b"X-Amz-Date" else (name, value.replace(LIST, names))
        for name, value in call.request.headers
    )

    (found,) = explanations(reread(replace(call, request=replace(call.request, headers=headers))))

    assert found.causes == ("date-local-time",)
    assert "+2:00 hours" in found.words


def test_a_presigned_url_whose_date_was_changed_is_found_with_its_scope() -> None:
    before = signed_call(presigned=True, timestamp=b"20260313T232653Z")
    target = before.request.target.replace(b"20260313T232653Z", SENT).replace(b"20260313%2F", b"20260314%2F")

    (found,) = explanations(reread(replace(before, request=replace(before.request, target=target))))

    assert found.causes == ("date-local-time",)
    assert "throughout" in found.words


def test_a_presigned_url_that_was_signed_a_second_later_than_it_says_is_found() -> None:
    later = signed_call(presigned=True, timestamp=b"20260314T092654Z", signed={"query": query_of(SENT)})
    target = later.request.target.replace(b"20260314T092654Z", SENT)

    (found,) = explanations(reread(replace(later, request=replace(later.request, target=target))))

    assert found.causes == ("date-taken-twice",)


def query_of(stamp: bytes) -> bytes:
    """The canonical query of a presigned URL of that moment."""
    call = signed_call(presigned=True, timestamp=stamp)
    return call.request.target.partition(b"?")[2].partition(b"&X-Amz-Signature")[0]


def test_another_moment_and_another_region_are_found_together() -> None:
    call = with_signature(signed_call(b"/a"), signature(b"20260314T092654Z", region=b"us-east-1"))

    found = two_deviations(call, ("scope", "time"))

    assert {"date-taken-twice", "scope-wrong-region"} in [set(one.causes) for one in found]


def reread(call: SignedRequest) -> SignedRequest:
    """The call as it is read off the wire."""
    return with_signature(call, (call.authorization.signature or "").encode())


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from((b"00010101T000000Z", b"99991231T235959Z", b"20260230T000000Z", b"20260314T092660Z")),
        st.from_regex(rb"[0-9]{8}T[0-9]{6}Z", fullmatch=True),
        st.from_regex(rb"Sat, [0-9]{2} Mar [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}", fullmatch=True),
    )
)
def test_no_timestamp_is_too_odd_to_search(stamp: bytes) -> None:
    call = signed_call(b"/a", headers={b"Date": stamp}, secret=b"unknown")
    headers = tuple((name, stamp if name == b"X-Amz-Date" else value) for name, value in call.request.headers)

    assert explanations(reread(replace(call, request=replace(call.request, headers=headers)))) is not None

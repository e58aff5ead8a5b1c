"""Canonical forms that are not the rule's: each form that a probe asks for is one that the verifier has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.doctor.probe.ask import Bench, built
from inspector.doctor.probe.model import Kind, Probe, Variant
from inspector.doctor.probe.table import PROBES
from inspector.sigv4.canonical import S3, canonical_query, canonical_uri, header_values
from inspector.sigv4.forms import CHOICES, RULE, Forms, differing, forms_of, header_in, path_in, probe_name, query_in
from inspector.sigv4.key import Key
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import EMPTY_BODY, Request

KEY = Key("0041234567890ab0000000001", b"K004abcdefghijklmnopqrstuvwxyz1")
BENCH = Bench(
    "s3.us-west-004.backblazeb2.com", "https", 443, "photos", "b2-inspector-probe/0123456789abcdef/", "us-west-004", KEY
)
EITHER = [(probe, variant) for probe in PROBES if probe.kind is Kind.EITHER for variant in probe.variants]


@pytest.mark.parametrize(("probe", "variant"), EITHER, ids=[f"{probe.name}-{one.label}" for probe, one in EITHER])
def test_what_a_probe_finds_is_what_the_verifier_then_computes(probe: Probe, variant: Variant) -> None:
    """The request that the service took verifies by the forms that its answer gives."""
    request = built(variant.ask, BENCH, 1_800_000_000.0).request
    dialect = replace(S3, forms=forms_of({probe.name: variant.label}))
    found = verify(signed_request(request, EMPTY_BODY), KEY, dialect)
    assert (found.verdict, found.note) == ("verified", "")


def test_every_place_has_its_probe_and_every_probe_its_place() -> None:
    """With the same choices."""
    asked = {probe.name: {one.label for one in probe.variants} for probe in PROBES if probe.kind is Kind.EITHER}
    assert {probe_name(place): set(choices) for place, choices in CHOICES.items()} == asked


def test_answers_that_are_no_choice_leave_the_rule() -> None:
    """`none`, `unknown`, and words of a later version."""
    assert forms_of({"plus-in-query": "none", "plus-in-path": "sideways", "other": "x"}) is RULE
    assert differing(forms_of({"plus-in-path": "space"})) == ["plus_in_path"]


NOT_QUITE = Forms(host_with_port="without-port")
"""Forms that leave path and query to the rule, and are not the rule itself: the long way to the same bytes."""


@given(st.binary(max_size=40).filter(lambda path: b"?" not in path))
def test_the_rule_said_piece_by_piece_is_the_rule_for_paths(path: bytes) -> None:
    """Any bytes."""
    assert path_in(NOT_QUITE, b"/" + path) == canonical_uri(b"/" + path)


@given(
    st.lists(
        st.sampled_from([b"a", b"b", b"%61", b"%c3%a9", b"+", b"=", b"&", b"/", b"%2f", b"\xff", b"%"]), max_size=20
    )
)
def test_the_rule_said_piece_by_piece_is_the_rule_for_queries(pieces: list[bytes]) -> None:
    """Any order of parameters, empty ones, and those without a value."""
    query = b"".join(pieces)
    assert query_in(NOT_QUITE, query, frozenset((b"b",))) == canonical_query(query, (b"b",))


@given(st.lists(st.text("ab \t", max_size=8), min_size=1, max_size=3))
def test_the_rule_said_piece_by_piece_is_the_rule_for_headers(values: list[str]) -> None:
    """Spaces, tabs and repeats."""
    lines = tuple((b"X-Probe", value.encode()) for value in values)
    request = Request(b"GET", "https", "h", 443, b"/", lines)
    assert (
        header_in(NOT_QUITE, b"x-probe", [value for _, value in lines])
        == header_values(request, (b"x-probe",))[b"x-probe"]
    )

"""Canonical headers: a header of our own, and Host."""

from __future__ import annotations

from inspector.doctor.probe.model import Kind, Probe, Variant
from inspector.doctor.probe.table.query import LIST

_SPACES = LIST.but(headers=((b"X-Probe", b"a   b"),))
_TAB = LIST.but(headers=((b"X-Probe", b"a\tb"),))
_TWO = LIST.but(headers=((b"X-Probe", b"2"), (b"X-Probe", b"1")))
_PORT = LIST.but(host=b"{n}:{o}")
_BACKWARDS = (b"x-probe", b"x-amz-date", b"x-amz-content-sha256", b"host")
_ONE = LIST.but(headers=((b"X-Probe", b"1"),))


def _value(value: bytes) -> dict[bytes, bytes]:
    return {b"x-probe": value}


HEADERS = (
    Probe(
        "spaces-in-header",
        "Are several spaces inside a header's value signed as one?",
        (
            Variant("collapsed", "runs of spaces are signed as one", _SPACES),
            Variant("as-sent", "runs of spaces are signed as sent", _SPACES.but(values=_value(b"a   b"))),
        ),
    ),
    Probe(
        "tab-in-header",
        "Is a tab inside a header's value signed as a space?",
        (
            Variant("as-sent", "a tab is signed as it is", _TAB.but(values=_value(b"a\tb"))),
            Variant("space", "a tab is signed as a space", _TAB),
        ),
    ),
    Probe(
        "repeated-header",
        "How are two lines of one header signed?",
        (
            Variant("joined", "lines of one header are joined by a comma in their order", _TWO),
            Variant("joined-with-space", "they are joined by comma and space", _TWO.but(values=_value(b"2, 1"))),
            Variant("sorted", "their values are sorted", _TWO.but(values=_value(b"1,2"))),
            Variant("first", "the first line alone is signed", _TWO.but(values=_value(b"2"))),
            Variant("last", "the last line alone is signed", _TWO.but(values=_value(b"1"))),
        ),
    ),
    Probe(
        "host-with-port",
        "Host names the port (`:443`): is it signed?",
        (
            Variant("as-sent", "a port in Host is signed", _PORT),
            Variant("without-port", "a port in Host is not signed", _PORT.but(values={b"host": b"{n}"})),
        ),
    ),
    Probe(
        "signed-headers-unsorted",
        "SignedHeaders stands in another order than the alphabet's: does it pass?",
        (Variant("as-written", "the order of SignedHeaders is kept", _ONE.but(names=_BACKWARDS)),),
        Kind.TAKES,
    ),
    Probe(
        "amz-header-not-signed",
        "Does an x-amz- header pass that is not signed?",
        (
            Variant(
                "not-signed",
                "x-amz- headers need not be signed",
                LIST.but(headers=((b"X-Amz-Meta-Probe", b"1"),), not_signed=frozenset((b"x-amz-meta-probe",))),
            ),
        ),
        Kind.TAKES,
    ),
    Probe(
        "content-sha256-not-signed",
        "Does a call pass whose x-amz-content-sha256 is not signed?",
        (
            Variant(
                "not-signed",
                "x-amz-content-sha256 need not be signed",
                LIST.but(not_signed=frozenset((b"x-amz-content-sha256",))),
            ),
        ),
        Kind.TAKES,
    ),
    Probe(
        "signed-header-absent",
        "A header is listed in SignedHeaders and is not there: what is said?",
        (
            Variant(
                "counted-as-empty",
                "a signed header that is absent counts as empty",
                LIST.but(names=(b"host", b"x-amz-content-sha256", b"x-amz-date", b"x-probe")),
            ),
        ),
        Kind.TAKES,
    ),
)

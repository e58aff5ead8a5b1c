"""Scope and moment: which region and service may be signed for, how far a clock may be off, how long a URL may live."""

from __future__ import annotations

from inspector.doctor.probe.ask import Ask
from inspector.doctor.probe.model import Kind, Probe, Variant
from inspector.doctor.probe.table.query import LIST

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_URL = Ask(path=b"/{b}/{p}none")


def _off(minutes: int) -> Variant:
    way = "ahead" if minutes > 0 else "behind"
    label = f"{abs(minutes)}m-{way}"
    return Variant(label, f"{abs(minutes)} minutes {way} pass", LIST.but(shift=minutes * _MINUTE))


SCOPES = (
    Probe(
        "scope-region",
        "Is the region of the scope checked?",
        (
            Variant("us-east-1", "AWS's us-east-1 passes as a region", LIST.but(region=b"us-east-1")),
            Variant("nowhere", "any word passes as a region", LIST.but(region=b"nowhere")),
        ),
        Kind.TAKES,
    ),
    Probe(
        "scope-service",
        "Is the service of the scope checked?",
        (Variant("other", "a scope may name another service than s3", LIST.but(service=b"execute-api")),),
        Kind.TAKES,
    ),
    Probe(
        "scope-date",
        "May the scope's date be the day before that of x-amz-date?",
        (Variant("day-before", "the scope's date need not be that of x-amz-date", LIST.but(scope_shift=-_DAY)),),
        Kind.TAKES,
    ),
    Probe(
        "http-date",
        "May Date stand in place of x-amz-date?",
        (Variant("date", "a signed Date is enough", LIST.but(http_date=True)),),
        Kind.TAKES,
    ),
    Probe(
        "clock-limit",
        "How far may a clock be off?",
        tuple(map(_off, (-14, 14, -16, 16, -61, -1500))),
        Kind.TAKES,
    ),
    Probe(
        "presigned-expired",
        "What is said of a URL that has expired?",
        (Variant("expired", "an expired URL passes", _URL.but(expires=60, shift=-_HOUR)),),
        Kind.TAKES,
    ),
    Probe(
        "presigned-too-long",
        "What is said of a URL that is to live longer than seven days?",
        (Variant("long", "URLs may live longer than seven days", _URL.but(expires=604_801)),),
        Kind.TAKES,
    ),
    Probe(
        "presigned-zero",
        "What is said of a URL that lives for 0 seconds?",
        (Variant("zero", "0 seconds pass", _URL.but(expires=0)),),
        Kind.TAKES,
    ),
    Probe(
        "presigned-future",
        "May a URL be dated an hour ahead?",
        (Variant("future", "a URL may be dated ahead", _URL.but(expires=7200, shift=_HOUR)),),
        Kind.TAKES,
    ),
)

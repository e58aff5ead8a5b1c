"""The credential's scope: another region, service, date or ending was signed than the request declares.

Two things hold the scope, the string to sign and the key, and clients get them wrong together or apart. What a header
declares is not itself signed; what a presigned URL declares is, so that there it may have been changed on its way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from inspector.sigv4 import steps
from inspector.sigv4.canonical import encode
from inspector.sigv4.hypotheses.model import (
    DATE,
    KEY_DATE,
    KEY_REGION,
    KEY_SERVICE,
    QUERY,
    REGION,
    SERVICE,
    TERMINATOR,
    Change,
    Problem,
    Signing,
    Value,
)
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.sigv4.moments import DAY_FORMS, day, day_of, moment_of
from inspector.wire.headers import get_all

# "Supported regions" of B2's S3-compatible API, as seen in endpoints.
B2_REGIONS = (
    "us-west-000",
    "us-west-001",
    "us-west-002",
    "us-west-004",
    "us-east-005",
    "eu-central-003",
    "ca-east-006",
)

USUAL_REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "sa-east-1",
    "auto",  # R2's
    "default",
    "US",  # s3cmd's old name of us-east-1
    "",  # picgo-plugin-s3#23, on B2
)

# `service` is the one of AWS's test vectors, which many samples copy.
SERVICES = ("s3", "S3", "", "service", "execute-api", "b2", "sts", "iam", "es", "s3express", "glacier")

TERMINATORS = ("aws4_request", "", "AWS4_REQUEST", "aws4-request", "aws4", "aws4_request\n")

_REGION_OF_HOST = re.compile(rb"(?:^|\.)s3[.-]([a-z]{2}-[a-z-]+-\d+)\.", re.IGNORECASE)


@hypothesis("scope-wrong-region")
def wrong_region(problem: Problem) -> Iterator[Change]:
    """Another region was signed than the one that the request names."""
    # s3fs#1186, EvaporateJS#364
    for region in regions(problem):
        words = f"the region {_shown(region)} was signed"
        yield from declared_otherwise(problem, {REGION: region}, words)
        yield Change({KEY_REGION: region}, f"{words} by the key alone")


def regions(problem: Problem) -> tuple[bytes, ...]:
    """Regions to try, the likeliest first: those of the session and the host, B2's, the usual ones."""
    hosts = (problem.signed.request.signed_host, *problem.around.hosts)
    of_hosts = (found[1] for host in hosts if (found := _REGION_OF_HOST.search(host)))
    known = (*problem.around.regions, *B2_REGIONS, *USUAL_REGIONS)
    in_one_case = problem.signing.region.lower()
    return tuple(dict.fromkeys((*of_hosts, *(region.encode() for region in known), in_one_case)))


@hypothesis("scope-wrong-service")
def wrong_service(problem: Problem) -> Iterator[Change]:
    """Another service was signed than the one that the request names."""
    for service in (name.encode() for name in SERVICES):
        words = f"the service {_shown(service)} was signed"
        yield from declared_otherwise(problem, {SERVICE: service}, words)
        yield Change({KEY_SERVICE: service}, f"{words} by the key alone")


@hypothesis("scope-terminator")
def terminator(problem: Problem) -> Iterator[Change]:
    """The scope that was signed does not end as the one that the request names."""
    for ending in (name.encode() for name in TERMINATORS):
        yield from declared_otherwise(problem, {TERMINATOR: ending}, f"a scope ending with {_shown(ending)} was signed")


@hypothesis("scope-date-mismatch")
def other_date(problem: Problem) -> Iterator[Change]:
    """Another date was signed in the scope than the one that the request names."""
    # lakeFS#2465; IAM guide, "Troubleshoot". Signing keys are kept for a day, and sometimes for longer.
    for date in _dates(problem):
        words = f"the date {_shown(date)} was signed"
        yield from declared_otherwise(problem, {DATE: date}, f"{words} in the scope")
        yield Change({KEY_DATE: date}, f"{words} by the key alone")
    for date in _days_before(problem.signing.date, range(2, 8)):
        yield Change({KEY_DATE: date}, f"a key of {_shown(date)} was used, made for another day")


def _dates(problem: Problem) -> tuple[bytes, ...]:
    """Days to try: those of the timestamps at hand, and the neighbours of the declared one (a local date)."""
    headers = problem.signed.request.headers
    written = [problem.signing.timestamp, *get_all(headers, b"x-amz-date"), *get_all(headers, b"date")]
    if problem.around.date_header:
        written.append(problem.around.date_header.encode("latin-1", "replace"))
    found = (date for text in written if (date := day_of(text)) is not None)
    return tuple(dict.fromkeys((*found, *_days_before(problem.signing.date, (1, -1)))))


def _days_before(date: bytes, numbers: Iterable[int]) -> Iterator[bytes]:
    moment = moment_of(date + b"T000000Z")
    if moment is None:
        return
    for number in numbers:
        try:
            yield day(moment - timedelta(days=number))
        except OverflowError:
            return


@hypothesis("scope-date-format")
def date_form(problem: Problem) -> Iterator[Change]:
    """The date of the scope was written in another form when it was signed."""
    moment = moment_of(problem.signing.timestamp)
    if moment is None:
        return
    for form, render in DAY_FORMS:
        words = f"the scope's date {form}, {_shown(render(moment))}, was signed"
        yield Change({DATE: render(moment)}, words)
        yield Change({KEY_DATE: render(moment)}, f"{words} by the key alone")


def declared_otherwise(problem: Problem, values: Mapping[str, Value], words: str) -> Iterator[Change]:
    """Another scope that was signed: one that the request does not name, or that its URL named before it was changed.

    `values` are those of the axes of the scope.
    """
    declared = _declared(problem.signing)
    if all(declared.get(axis) == value for axis, value in values.items()):
        return
    yield Change(values, words)
    credential = problem.signed.authorization.part("credential")
    if problem.signed.authorization.presigned and credential is not None:
        yield Change({**values, QUERY: query_of_scope(problem, values)}, f"{words}, and stood in the URL")


def _declared(signing: Signing) -> dict[str, bytes]:
    """The scope that the request names, by axis and in its order."""
    return {DATE: signing.date, REGION: signing.region, SERVICE: signing.service, TERMINATOR: signing.terminator}


def query_of_scope(problem: Problem, values: Mapping[str, Value]) -> bytes:
    """The canonical query with another scope in its X-Amz-Credential."""
    signing = problem.signing
    words = [values.get(axis, value) for axis, value in _declared(signing).items()]
    scope = steps.scope(*(word for word in words if isinstance(word, bytes)))
    key_id = (problem.signed.authorization.key_id or "").encode()
    return with_parameter(problem.parts[QUERY], b"X-Amz-Credential", b"%b/%b" % (key_id, scope))


def with_parameter(query: bytes, name: bytes, value: bytes) -> bytes:
    """A canonical query with another value (decoded) for a parameter that it has."""
    pairs = (pair.partition(b"=") for pair in query.split(b"&"))
    return b"&".join(b"%b=%b" % (key, encode(value) if key.lower() == name.lower() else old) for key, _, old in pairs)


def _shown(value: bytes) -> str:
    return repr(value.decode("utf-8", "replace"))

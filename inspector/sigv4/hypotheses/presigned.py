"""A presigned URL was used otherwise than it was signed for: by another method, or without a header that it needs.

A method that was replaced on the way looks the same; so requests signed in their headers are searched for it, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.header_lines import NAMED_ELSEWHERE, is_replaced, value_signed
from inspector.sigv4.hypotheses.header_values import likely_values
from inspector.sigv4.hypotheses.model import ALGORITHM, METHOD, QUERY, TIMESTAMP, Change, Problem, Value
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.query_line import Param, by_rule, param, sent
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.wire.headers import get

# Those of S3's operations; whoever asks whether an object is there with the URL to fetch it comes first.
METHODS = (b"GET", b"HEAD", b"PUT", b"POST", b"DELETE", b"OPTIONS", b"PATCH")
_NAMES = (b"Algorithm", b"Credential", b"Date", b"Expires", b"SignedHeaders", b"Security-Token", b"Content-Sha256")
_PROPER = {b"x-amz-" + name.lower(): b"X-Amz-" + name for name in _NAMES}
_IN_CAPITALS = (b"x-amz-algorithm", b"x-amz-date")
_OVERRIDES = (b"x-http-method-override", b"x-http-method", b"x-method-override")


@hypothesis("presign-method")
def method_of_url(problem: Problem) -> Iterator[Change]:
    """The URL was signed for another method than it was used with: HEAD with a URL for GET, say."""
    # rustfs#5840, S3Mock#125, hf_transfer#1, streamio-ffmpeg#236; Cloudflare turns HEAD into GET: multistore#95
    if problem.signed.authorization.presigned:
        yield from _methods(problem)


@hypothesis("method-changed")
def method_changed(problem: Problem) -> Iterator[Change]:
    """The request was signed with another method than it arrived with: a cache or a redirect replaced it."""
    # Cloudflare turns HEAD into GET (multistore#95); after 301 to 303, clients turn POST, and often PUT, into GET.
    if not problem.signed.authorization.presigned:
        yield from _methods(problem)


def _methods(problem: Problem) -> Iterator[Change]:
    arrived = problem.parts[METHOD]
    override = (get(problem.signed.request.headers, name) for name in _OVERRIDES)
    for method in dict.fromkeys((*METHODS, *(value.strip().upper() for value in override if value))):
        if method != arrived:
            yield Change({METHOD: method}, f"the method {said(method)} was signed; {said(arrived)} arrived")


@hypothesis("presign-url-mangled")
def rewritten_in_case(problem: Problem) -> Iterator[Change]:
    """The whole URL was written in small letters, or in capitals, after it was signed."""
    params = sent(problem)
    restored = tuple(_restored(one) for one in params)
    if problem.signed.authorization.presigned and restored != params:
        moment = problem.signing.timestamp.upper()
        values: dict[str, Value] = {QUERY: by_rule(restored), TIMESTAMP: moment, ALGORITHM: steps.ALGORITHM}
        yield Change(values, "the parameters of the URL were signed in the case that they are usually written in")


def _restored(one: Param) -> Param:
    """A parameter as signers write it: names in their case, the algorithm and the time in capitals."""
    name = _PROPER.get(one.known_as, one.name)
    value = one.value.upper() if one.value and one.known_as in _IN_CAPITALS else one.value
    return one if (name, value) == (one.name, one.value) else param(name, value)


@hypothesis("presign-header-required")
def header_required(problem: Problem) -> Iterator[Change]:
    """The presigned URL demands a header that was not sent with it, or not with the value that was signed."""
    # aws-sdk-js#457, boto3#3335, minio#5630, #9564
    if not problem.signed.authorization.presigned:
        return
    for name in problem.names:
        if name not in NAMED_ELSEWHERE and not is_replaced(problem, name):
            for signed in likely_values(problem, name):
                yield value_signed(problem, name, signed)

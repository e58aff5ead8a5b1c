"""Other parameters were signed than arrived: something between added, dropped or replaced some."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import encode
from inspector.sigv4.hypotheses.host import DICTIONARY
from inspector.sigv4.hypotheses.line import Source
from inspector.sigv4.hypotheses.model import Problem
from inspector.sigv4.hypotheses.percent import enumerated, said
from inspector.sigv4.hypotheses.query_line import (
    AUTHORIZING,
    QUERY_LINE,
    Param,
    Params,
    joined,
    may_be_secret,
    param,
    params_of,
    sent,
)
from inspector.sigv4.sigv2 import SUBRESOURCES

# What is put on links to follow who clicks them, and to get past caches (netbox#23051, aws-sdk-java-v2#3689).
_TRACKING = re.compile(
    rb"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|igshid|ref|source|v|ver|version|t|ts|time|timestamp|_|cb|rnd|rand|nocache"
    rb"|cache|cachebuster|random|nonce|date|download|dl|w|width|h|height|q|quality|format|auto|x-id|\d+",
    re.IGNORECASE,
)
# Seconds that people and SDKs let a presigned URL live; a week is the most that SigV4 allows.
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LIFETIMES = (
    *(1, 5, 10, 15, 20, 30, 100, 1000, 10000, 100000),
    *(_MINUTE * minutes for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 45, 90)),
    *(_HOUR * hours for hours in (1, 2, 3, 4, 5, 6, 8, 10, 12, 18)),
    *(_DAY * days for days in range(1, 8)),
    _DAY * 7 - 1,
)
_LONGEST_NUMBER = 6
_MOST_FOR_SUBSETS = 12
_MOST_PARAMS = 32
"""Of a query with more, only so many are suspected one by one: what is tried grows with their square."""

# `x-id` stands in the URIs of the S3 model from which AWS's newer SDKs are made (JavaScript v3, Go v2, Swift, Kotlin).
_OPERATIONS = {
    b"GET": (b"GetObject", b"ListParts", b"ListBuckets"),
    b"HEAD": (b"HeadObject", b"GetObject"),
    b"PUT": (b"PutObject", b"UploadPart", b"CopyObject", b"UploadPartCopy"),
    b"DELETE": (b"DeleteObject", b"AbortMultipartUpload"),
}
# What a method is likely to have had besides; values only where they are the usual ones.
_LIKELY: dict[bytes, tuple[tuple[bytes, bytes | None], ...]] = {
    b"GET": (
        (b"list-type", b"2"),
        (b"encoding-type", b"url"),
        (b"delimiter", b"%2F"),
        (b"prefix", b""),
        (b"response-content-disposition", b"attachment"),
        (b"response-content-disposition", b"inline"),
        (b"response-content-type", b"application%2Foctet-stream"),
        (b"versionId", b"null"),
        (b"partNumber", b"1"),
        *((name, None) for name in (b"acl", b"location", b"uploads", b"versions", b"versioning")),
    ),
    b"HEAD": ((b"versionId", b"null"), (b"partNumber", b"1")),
    b"PUT": ((b"partNumber", b"1"), (b"acl", None), (b"tagging", None)),
    b"POST": ((b"uploads", None), (b"delete", None)),
    b"DELETE": ((b"versionId", b"null"), (b"tagging", None)),
}


@QUERY_LINE.source("query-param-added")
def param_added(problem: Problem) -> Iterator[Source[Params]]:
    """Parameters were added to the URL after it was signed."""
    params = sent(problem)
    elsewhere = {*_alone(params, _is_bare), *_alone(params, _has_semicolon)}  # query-valueless, query-semicolon
    for number in range(len(params))[:_MOST_PARAMS]:
        if number not in elsewhere:
            yield _without(params, (number,))
    free = _free(problem, params)
    every = tuple(range(len(params)))
    groups = (_tracking(params), _after_signature(problem, params), free, _foreign(problem, params), every)
    for group in dict.fromkeys(group for group in groups if len(group) > 1):
        yield _without(params, group)
    for some in _subsets(free[:_MOST_PARAMS]):
        yield _without(params, some, weight=2)


def _numbers(params: Params, chosen: Callable[[Param], object]) -> tuple[int, ...]:
    return tuple(number for number, one in enumerate(params) if chosen(one))


def _alone(params: Params, chosen: Callable[[Param], object]) -> tuple[int, ...]:
    """Where the one parameter of a kind stands, if it is the only one: its kind has a cause of its own."""
    numbers = _numbers(params, chosen)
    return numbers if len(numbers) == 1 else ()


def _is_bare(one: Param) -> bool:
    """A subresource (`acl`, `uploads`), not what gets past a cache."""
    return one.value is None and one.decoded[0] in SUBRESOURCES


def _has_semicolon(one: Param) -> bool:
    return b";" in one.name or b";" in (one.value or b"")


def _free(problem: Problem, params: Params) -> tuple[int, ...]:
    """Where the parameters stand that do not belong to the signature of the URL."""
    presigned = problem.signed.authorization.presigned
    return _numbers(params, lambda one: not (presigned and one.known_as in AUTHORIZING))


def _tracking(params: Params) -> tuple[int, ...]:
    return _numbers(params, lambda one: _TRACKING.fullmatch(one.decoded[0]))


def _foreign(problem: Problem, params: Params) -> tuple[int, ...]:
    """The remains of a presigned URL, where the header signs."""
    presigned = problem.signed.authorization.presigned
    return _numbers(params, lambda one: not presigned and one.known_as in AUTHORIZING)


def _after_signature(problem: Problem, params: Params) -> tuple[int, ...]:
    """Parameters behind the signature of a presigned URL: signers write it last."""
    names = [one.known_as for one in params_of(problem.signed.request.query)]
    if b"x-amz-signature" not in names or not problem.signed.authorization.presigned:
        return ()
    behind = len(names) - names.index(b"x-amz-signature") - 1
    return tuple(range(max(len(params) - behind, 0), len(params)))


def _subsets(candidates: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every set of two and more; of many parameters only the pairs."""
    most = len(candidates) if len(candidates) <= _MOST_FOR_SUBSETS else 2
    for size in range(2, most + 1):
        yield from combinations(candidates, size)


def _without(params: Params, numbers: Iterable[int], weight: int = 1) -> Source[Params]:
    dropped = frozenset(numbers)
    kept = tuple(one for number, one in enumerate(params) if number not in dropped)
    names = enumerated(said(params[number].decoded[0]) for number in sorted(dropped))
    return Source(kept, f"without {names}", weight=weight)


@QUERY_LINE.source("query-param-removed")
def param_removed(problem: Problem) -> Iterator[Source[Params]]:
    """A parameter was taken off the URL after it was signed."""
    params = sent(problem)
    present = {one.decoded[0] for one in params}
    for name, value in _missing(problem):
        if name not in present:
            lost = param(name, value)
            yield Source((*params, lost), f"with {said(joined((lost,)))}, which the request does not have")
    for number in _numbers(params, lambda one: one.name == b"x-id"):
        for operation in _OPERATIONS.get(problem.signed.request.method, ()):
            other = param(b"x-id", operation)
            yield Source((*params[:number], other, *params[number + 1 :]), f"with {said(joined((other,)))}")


def _missing(problem: Problem) -> Iterator[tuple[bytes, bytes | None]]:
    """Parameters that may have been there: those that SDKs add, the usual ones, and names of other calls."""
    method = problem.signed.request.method
    yield from ((b"x-id", operation) for operation in _OPERATIONS.get(method, ()))
    likely = _LIKELY.get(method, ())
    yield from likely
    known = {*(name for name, _ in likely), b"x-id"}
    for name in dict.fromkeys(problem.around.query_names[:DICTIONARY]):
        if name not in known and name.lower() not in AUTHORIZING:
            yield name, None


@QUERY_LINE.source("query-param-changed")
def param_changed(problem: Problem) -> Iterator[Source[Params]]:
    """A parameter had another value when the URL was signed: somebody edited it, or took it from another call."""
    params = sent(problem)
    for number, one in enumerate(params[:_MOST_PARAMS]):
        for value in _other_values(problem, one):
            other = one._replace(value=value, encoded=(one.encoded[0], encode(unquote_to_bytes(value))))
            shown = "" if may_be_secret(joined((other,))) else f"with {said(joined((other,)))}, "
            yield Source((*params[:number], other, *params[number + 1 :]), f"{shown}not as it arrived")


def _other_values(problem: Problem, one: Param) -> Iterator[bytes]:
    """Values that a parameter is likely to have had, as they are sent."""
    name, value = one.decoded
    if one.known_as == b"x-amz-expires":
        usual: Iterable[bytes] = (b"%d" % seconds for seconds in _LIFETIMES)
    elif name == b"partNumber" and value.isdigit() and len(value) < _LONGEST_NUMBER:
        usual = (b"%d" % max(1, int(value) + step) for step in (-1, 1))
    else:
        usual = ()
    values = (*usual, *problem.around.query_values.get(name, ()))
    yield from (other for other in dict.fromkeys(values) if unquote_to_bytes(other) != value)


@QUERY_LINE.source("query-signature-included")
def signature_included(problem: Problem) -> Iterator[Source[Params]]:
    """A signature was among the parameters that were signed: an empty one, or that of an earlier signing."""
    params = sent(problem)
    if _numbers(params, lambda one: one.known_as == b"x-amz-signature"):
        return
    if problem.signed.authorization.presigned:
        yield Source((*params, param(b"X-Amz-Signature", None)), "with an empty 'X-Amz-Signature' in it")
    written = [one for one in params_of(problem.signed.request.query) if one.known_as == b"x-amz-signature"]
    if len(written) > 1:
        for signature in written:
            yield Source((*params, signature), "with one of its two signatures in it")

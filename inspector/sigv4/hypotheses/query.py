"""Other parameters were signed than arrived: something between added, dropped or replaced some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from inspector.sigv4.hypotheses.host import DICTIONARY
from inspector.sigv4.hypotheses.line import Source
from inspector.sigv4.hypotheses.model import Problem
from inspector.sigv4.hypotheses.percent import enumerated, said
from inspector.sigv4.hypotheses.query_line import AUTHORIZING, QUERY_LINE, Params, free, name_of, params_of, sent

# What is put on links to follow who clicks them, and to get past caches (netbox#23051, aws-sdk-java-v2#3689).
_TRACKING = re.compile(
    rb"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|igshid|ref|source|v|ver|version|t|ts|time|timestamp|_|cb|rnd|rand|nocache"
    rb"|cache|cachebuster|random|nonce|date|download|dl|w|width|h|height|q|quality|format|auto|x-id",
    re.IGNORECASE,
)
_MOST_FOR_SUBSETS = 12

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
    params, candidates = sent(problem), _at(problem, free(problem))
    for number in range(len(params)):
        yield _without(params, (number,))
    groups = (
        [number for number in candidates if _TRACKING.fullmatch(name_of(params[number]))],
        _after_signature(problem, params),
        candidates,
        [number for number, param in enumerate(params) if name_of(param).lower() in AUTHORIZING],
    )
    presigned = problem.signed.authorization.presigned
    whole = [tuple(group) for group in groups[: 3 if presigned else 4] if len(group) > 1]
    yield from (_without(params, group) for group in dict.fromkeys(whole))
    for some in _subsets(candidates):
        yield _without(params, some, weight=2)


def _at(problem: Problem, candidates: Params) -> list[int]:
    """Where the candidates stand among the parameters sent."""
    names = {name_of(param) for param in candidates}
    return [number for number, param in enumerate(sent(problem)) if name_of(param) in names]


def _after_signature(problem: Problem, params: Params) -> list[int]:
    """Parameters behind the signature of a presigned URL: signers write it last."""
    names = [name_of(param).lower() for param in params_of(problem.signed.request.query)]
    if b"x-amz-signature" not in names or not problem.signed.authorization.presigned:
        return []
    behind = len(names) - names.index(b"x-amz-signature") - 1
    return list(range(len(params)))[len(params) - behind :] if behind else []


def _subsets(candidates: list[int]) -> Iterator[tuple[int, ...]]:
    """Every set of two and more; of many parameters only the pairs."""
    most = len(candidates) if len(candidates) <= _MOST_FOR_SUBSETS else 2
    for size in range(2, most + 1):
        yield from combinations(candidates, size)


def _without(params: Params, numbers: Iterable[int], weight: int = 1) -> Source[Params]:
    dropped = frozenset(numbers)
    kept = tuple(param for number, param in enumerate(params) if number not in dropped)
    names = enumerated(said(name_of(params[number])) for number in sorted(dropped))
    return Source(kept, f"without {names}", weight=weight)


@QUERY_LINE.source("query-param-removed")
def param_removed(problem: Problem) -> Iterator[Source[Params]]:
    """A parameter was taken off the URL after it was signed."""
    params = sent(problem)
    present = {name_of(param) for param in params}
    for name, value in _missing(problem):
        if name not in present:
            yield Source((*params, (name, value)), f"with {said(name)}, which the request does not have")
    for number, param in enumerate(params):
        if name_of(param) == b"x-id":
            for operation in _OPERATIONS.get(problem.signed.request.method, ()):
                other = (*params[:number], (b"x-id", operation), *params[number + 1 :])
                yield Source(other, "with another 'x-id'")


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


@QUERY_LINE.source("query-signature-included")
def signature_included(problem: Problem) -> Iterator[Source[Params]]:
    """A signature was among the parameters that were signed: an empty one, or that of an earlier signing."""
    params = sent(problem)
    if any(name_of(param).lower() == b"x-amz-signature" for param in params):
        return
    if problem.signed.authorization.presigned:
        yield Source((*params, (b"X-Amz-Signature", None)), "with an empty 'X-Amz-Signature' in it")
    written = [one for one in params_of(problem.signed.request.query) if name_of(one).lower() == b"x-amz-signature"]
    if len(written) > 1:
        for signature in written:
            yield Source((*params, signature), "with one of its two signatures in it")

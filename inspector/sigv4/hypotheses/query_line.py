"""The query as a line of the canonical request."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import canonical_query, encode, left_out
from inspector.sigv4.hypotheses.line import Line
from inspector.sigv4.hypotheses.model import QUERY, Problem
from inspector.sigv4.hypotheses.percent import said
from inspector.wire.query import pairs

Param = tuple[bytes, bytes | None]
"""Name and value as they are sent; the value None where no `=` stands."""
Params = tuple[Param, ...]

_SECRET = b"x-amz-security-token="

AUTHORIZING = frozenset(
    b"x-amz-" + name
    for name in (
        b"algorithm",
        b"credential",
        b"date",
        b"expires",
        b"signedheaders",
        b"signature",
        b"security-token",
        b"content-sha256",
    )
)
"""The lower-case names of the parameters by which a URL is signed."""


def name_of(param: Param) -> bytes:
    """The decoded name."""
    return unquote_to_bytes(param[0])


def params_of(query: bytes) -> Params:
    """The parameters of a query, nothing decoded."""
    return tuple((pair.name, pair.value) for pair in pairs(query))


def sent(problem: Problem) -> Params:
    """The parameters that arrived and that a signature covers."""
    without = left_out(problem.signed.authorization, problem.dialect)
    return tuple(param for param in params_of(problem.signed.request.query) if name_of(param).lower() not in without)


def free(problem: Problem) -> Params:
    """Those of them that do not belong to the signature of the URL."""
    params = sent(problem)
    if not problem.signed.authorization.presigned:
        return params
    return tuple(param for param in params if name_of(param).lower() not in AUTHORIZING)


def joined(params: Params) -> bytes:
    """The parameters as a query in the form in which it is sent."""
    return b"&".join(name if value is None else b"%b=%b" % (name, value) for name, value in params)


def encoded_pairs(params: Params) -> list[tuple[bytes, bytes]]:
    """Each name and value decoded once and encoded once, in the order given."""
    return [(encode(unquote_to_bytes(name)), encode(unquote_to_bytes(value or b""))) for name, value in params]


def _rule(problem: Problem, params: Params) -> bytes:
    return canonical_query(joined(params))


def _words(rule: bytes, text: bytes, reason: str) -> str:
    """The reason, and the first pair that differs; a session token is a secret and never shown."""
    known = frozenset(rule.split(b"&"))
    differing = (pair for pair in text.split(b"&") if pair and pair not in known)
    pair = next((pair for pair in differing if not pair.lower().startswith(_SECRET)), None)
    return f"the query was signed {reason}" + (f": {said(pair)}" if pair else "")


QUERY_LINE = Line(QUERY, sent, _rule, _words)
"""Made of parameters, in their order, as they are sent."""

"""The query as a line of the canonical request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import encode, left_out
from inspector.sigv4.hypotheses.line import Line
from inspector.sigv4.hypotheses.model import QUERY, Problem
from inspector.sigv4.hypotheses.percent import said
from inspector.wire import credentials
from inspector.wire.query import pairs


class Param(NamedTuple):
    """A parameter: as sent (`value` is None where no `=` stands), decoded, and encoded by the rule."""

    name: bytes
    value: bytes | None
    decoded: tuple[bytes, bytes]
    encoded: tuple[bytes, bytes]

    @property
    def known_as(self) -> bytes:
        """The name as servers compare it: decoded, in lower case."""
        return self.decoded[0].lower()


Params = tuple[Param, ...]


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


def param(name: bytes, value: bytes | None) -> Param:
    """A parameter as it is sent."""
    decoded = unquote_to_bytes(name), unquote_to_bytes(value or b"")
    return Param(name, value, decoded, (encode(decoded[0]), encode(decoded[1])))


def params_of(query: bytes) -> Params:
    """The parameters of a query."""
    return tuple(param(pair.name, pair.value) for pair in pairs(query))


def sent(problem: Problem) -> Params:
    """The parameters that arrived and that a signature covers."""
    without = left_out(problem.signed.authorization, problem.dialect)
    return tuple(one for one in params_of(problem.signed.request.query) if one.known_as not in without)


def joined(params: Params) -> bytes:
    """The parameters as a query in the form in which it is sent."""
    return b"&".join(one.name if one.value is None else b"%b=%b" % (one.name, one.value) for one in params)


def written(encoded: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Encoded names and values as a line, in the order given."""
    return b"&".join([b"%b=%b" % one for one in encoded])


def by_rule(params: Params) -> bytes:
    """The line as the rule has it."""
    return written(sorted([one.encoded for one in params]))


def _rule(problem: Problem, params: Params) -> bytes:
    return by_rule(params)


def _words(rule: bytes, text: bytes, reason: str) -> str:
    """The reason, and the first pair that differs, unless it may hold a secret."""
    known = frozenset(rule.split(b"&"))
    differing = (pair for pair in text.split(b"&") if pair and pair not in known)
    pair = next((pair for pair in differing if not may_be_secret(pair)), None)
    shown = "" if pair is None else f": {said(pair)}"
    return f"the query was signed {reason}{shown}"


def may_be_secret(pair: bytes) -> bool:
    """Wherever in it the name of a credential stands: what is signed wrongly need not stand where it should."""
    plain = unquote_to_bytes(unquote_to_bytes(pair)).lower()
    return any(name in plain for name in credentials.QUERY)


QUERY_LINE = Line(QUERY, sent, _rule, _words)
"""Made of parameters, in their order, as they are sent."""

"""One difference."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Section(str, Enum):
    """Where two calls can differ, in the order in which it matters."""

    OUTCOME = "outcome"
    REQUEST_LINE = "request-line"
    QUERY = "query"
    REQUEST_HEADER = "request-header"
    RESPONSE_HEADER = "response-header"
    CANONICAL_REQUEST = "canonical-request"
    REQUEST_BODY = "request-body"
    RESPONSE_BODY = "response-body"
    TIMING = "timing"


class Kind(str, Enum):
    """How they differ: `a` alone has it, `b` alone has it, both have it otherwise, or written or placed otherwise."""

    MISSING = "missing"
    ADDED = "added"
    CHANGED = "changed"
    ENCODING = "encoding"
    CASE = "case"
    ORDER = "order"
    REPEATS = "repeats"


@dataclass(frozen=True, slots=True)
class Hunk:
    """A difference: `where` names it within its section; `a` and `b` are None where that side has nothing.

    `quiet`: it differs between any two calls (dates, signatures, ids), or means the same (order, case); by itself it
    does not make two calls different.
    """

    section: Section
    kind: Kind
    where: str
    a: str | None
    b: str | None
    quiet: bool = False

"""A filter said back in words."""

from __future__ import annotations

from inspector.store.filters.fields import FIELDS, FLAGS, Kind
from inspector.store.filters.tree import And, Node, Not, Op, Or, Term, Word
from inspector.store.filters.values import is_glob, literal

_ORDER = {Op.OVER: "over", Op.FROM: "at least", Op.UNDER: "under", Op.UPTO: "at most"}
_TIME_ORDER = {Op.OVER: "after", Op.FROM: "from", Op.UNDER: "before", Op.UPTO: "up to"}
_VERBS = {Kind.PREFIX: "begins with", Kind.CONTAINS: "contains", Kind.RAW: "contains the bytes"}


def sentence(node: Node) -> str:
    """The filter as an English phrase: `calls whose status is 403 and whose operation is PutObject`."""
    if node == And(()):
        return "all calls"
    return f"calls {_phrase(node)}"


def _phrase(node: Node) -> str:
    match node:
        case Term():
            return _term(node)
        case Word(text):
            return f"with “{text}” in operation, bucket, key, host or error code"
        case Not(inner):
            return f"not {_bracketed(inner)}"
        case And(parts):
            return " and ".join(_bracketed(part) for part in parts)
        case Or(parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(node: Node) -> str:
    return f"({_phrase(node)})" if isinstance(node, And | Or) else _phrase(node)


def _term(term: Term) -> str:
    field = FIELDS[term.field]
    if field.kind is Kind.FLAG:
        return f"that are {FLAGS[term.value]}"
    words = f"{field.words} “{term.name}”" if term.name else field.words
    return f"whose {words} {_comparison(term, Kind.NAME if term.name else field.kind)}"


def _comparison(term: Term, kind: Kind) -> str:
    if term.op is Op.MATCHES:
        return f"matches the pattern {term.value}"
    if term.op is Op.BETWEEN:
        return _range(term)
    if term.op is not Op.IS:
        order = _TIME_ORDER if kind is Kind.TIME else _ORDER
        return f"is {order[term.op]} {term.value}"
    if kind in _VERBS:
        return f"{_VERBS[kind]} “{term.value}”"
    if not term.value or term.value.lower() == "none":
        return "is not there"
    if term.value == "*":
        return "is there"
    if kind in (Kind.TEXT, Kind.NAME) and is_glob(term.value):
        return f"is like {term.value}"
    return f"is {literal(term.value) if kind in (Kind.TEXT, Kind.NAME) else term.value}"


def _range(term: Term) -> str:
    if not term.high:
        return f"is at least {term.value}"
    if not term.value:
        return f"is at most {term.high}"
    return f"is from {term.value} to {term.high}"

"""The tree of a filter, and how it is written.

Values stay as the user wrote them (`5xx`, `>2s`, `yesterday 3pm`): a tree says the same tomorrow, and goes back to
text without loss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Op(str, Enum):
    """How a field is held against a value; the enum's value is the spelling."""

    IS = ":"
    MATCHES = "~"
    OVER = ":>"
    FROM = ":>="
    UNDER = ":<"
    UPTO = ":<="
    BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class Term:
    """A field held against a value. `field` is the full name; `name` that of a header; `high` the end of a range."""

    field: str
    op: Op
    value: str
    high: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: part of operation, bucket, key, host or error code."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else."""

    of: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of them; none of them is everything."""

    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    of: tuple[Node, ...]


Node = Term | Word | Not | And | Or

EVERYTHING = And(())


def both(nodes: list[Node]) -> Node:
    """All of the nodes, flat."""
    flat = [part for node in nodes for part in (node.of if isinstance(node, And) else (node,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(nodes: list[Node]) -> Node:
    """Any of the nodes, flat."""
    flat = [part for node in nodes for part in (node.of if isinstance(node, Or) else (node,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


_PLAIN_VALUE = re.compile(r"(?!.*\.\.)[A-Za-z0-9_.*?/@%+,$^-]+")
_PLAIN_WORD = re.compile(r"(?!(?:and|or|not)$)[A-Za-z0-9_][A-Za-z0-9_./-]*", re.IGNORECASE)


def to_text(node: Node) -> str:
    """The filter in its own language; reading it again gives the same tree."""
    match node:
        case Term():
            return _term(node)
        case Word(text):
            return text if _PLAIN_WORD.fullmatch(text) else quoted(text)
        case Not(Term() | Word() as inner):
            return "-" + to_text(inner)
        case Not(inner):
            return "NOT " + _grouped(inner)
        case And(parts):
            return " ".join(_grouped(part) if isinstance(part, Or | And) else to_text(part) for part in parts)
        case Or(parts):
            return " OR ".join(_grouped(part) if isinstance(part, Or) else to_text(part) for part in parts)


def quoted(text: str) -> str:
    """The text between quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _term(term: Term) -> str:
    field = f"{term.field}[{term.name}]" if term.name else term.field
    if term.op is Op.BETWEEN:
        low, high = (_value(side) if side else "" for side in (term.value, term.high))
        return f"{field}:{low}..{high}"
    return f"{field}{term.op.value}{_value(term.value)}"


def _value(text: str) -> str:
    return text if _PLAIN_VALUE.fullmatch(text) else quoted(text)


def _grouped(node: Node) -> str:
    return to_text(node) if isinstance(node, Term | Word | Not) else f"({to_text(node)})"

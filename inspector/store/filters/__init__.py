"""The filter language: text to a tree, the tree back to text, and to words. It knows neither SQL nor files."""

from inspector.store.filters.errors import MalformedFilter
from inspector.store.filters.parser import parse
from inspector.store.filters.sentence import sentence
from inspector.store.filters.tree import EVERYTHING, And, Node, Not, Op, Or, Term, Word, to_text

__all__ = [
    "EVERYTHING",
    "And",
    "MalformedFilter",
    "Node",
    "Not",
    "Op",
    "Or",
    "Term",
    "Word",
    "parse",
    "sentence",
    "to_text",
]

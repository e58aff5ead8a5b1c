"""The path as a line of the canonical request."""

from __future__ import annotations

from inspector.sigv4.canonical import canonical_uri
from inspector.sigv4.hypotheses.line import Line
from inspector.sigv4.hypotheses.model import PATH, Problem
from inspector.sigv4.hypotheses.percent import said


def _words(rule: bytes, text: bytes, reason: str) -> str:
    return f"the path was signed as {said(text)}, {reason}"


def _sent(problem: Problem) -> bytes:
    return problem.signed.request.path


def _rule(problem: Problem, path: bytes) -> bytes:
    return canonical_uri(path, problem.dialect)


PATH_LINE = Line(PATH, _sent, _rule, _words)
"""Made of a path in the form in which it is sent, percent-encoding and all."""

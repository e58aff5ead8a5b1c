"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    """works, but not for every program or not for long"""
    BAD = "bad"
    """something fails with this"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the doctor: `check` is the check's slug, `seen` what it saw (never a secret), `fix` what to do about
    it (empty where all is well)."""

    check: str
    level: Level
    seen: str
    fix: str = ""


def ok(check: str, seen: str) -> Line:
    """All is well."""
    return Line(check, Level.OK, seen)


def warn(check: str, seen: str, fix: str) -> Line:
    """Works, but not for every program or not for long."""
    return Line(check, Level.WARN, seen, fix)


def bad(check: str, seen: str, fix: str) -> Line:
    """Something fails with this."""
    return Line(check, Level.BAD, seen, fix)

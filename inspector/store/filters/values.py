"""Numbers, sizes, durations and SDK versions as people write them.

Every reader gives the inclusive span that a value stands for (`5xx` is 500 to 599) and raises ValueError with a
sentence for the user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Span = tuple[float, float]

SIZE_UNITS = {"": 1, "b": 1} | {
    letter + ending: base**power
    for power, letter in enumerate("kmgt", 1)
    for base, endings in ((1000, ("", "b")), (1024, ("i", "ib")))
    for ending in endings
}
"""Decimal for `k M G T`, binary for `Ki Mi Gi Ti`, with or without a B."""

DURATION_UNITS = {
    "": 1.0,
    "us": 0.001,
    "µs": 0.001,
    "ms": 1.0,
    "s": 1000.0,
    "m": 60_000.0,
    "min": 60_000.0,
    "h": 3_600_000.0,
    "d": 86_400_000.0,
    "w": 604_800_000.0,
}
"""Milliseconds; a bare number is milliseconds too, as in the JSON fields."""

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-zµ]*)", re.IGNORECASE)
_SDK = re.compile(r"(?P<name>[^<>=]+?)\s*(?:(?P<op><=|>=|<|>|=)\s*(?P<version>\d\S*))?")


def number(text: str) -> Span:
    """A whole number."""
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise ValueError("This must be a whole number.")
    return int(text), int(text)


def status(text: str) -> Span:
    """A status code, or a class of them: `403`, `40x`, `5xx`."""
    if not re.fullmatch(r"\d(?:\d\d|\dx|xx)", text, re.IGNORECASE):
        raise ValueError("This must be a status as 403, or a class of them as 4xx.")
    lower = text.lower()
    return int(lower.replace("x", "0")), int(lower.replace("x", "9"))


def size(text: str) -> Span:
    """Bytes: `1200`, `1.2k`, `16MiB`."""
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2].lower() not in SIZE_UNITS:
        raise ValueError("This must be a size as 1200, 1.5M (a million bytes) or 16MiB.")
    value = round(float(match[1]) * SIZE_UNITS[match[2].lower()])
    return value, value


def duration(text: str) -> Span:
    """Milliseconds: `250`, `1.5s`, `1h30m`, `2d`."""
    total, position = 0.0, 0
    for match in _QUANTITY.finditer(text):
        unit = match[2].lower()
        if match.start() != position or unit not in DURATION_UNITS or (not unit and match[0] != text):
            break
        total, position = total + float(match[1]) * DURATION_UNITS[unit], match.end()
    if not text or position != len(text):
        raise ValueError("This must be a duration as 250ms, 1.5s, 1h30m or 2d.")
    return total, total


@dataclass(frozen=True, slots=True)
class Sdk:
    """A client's name (a glob, lower case), and how its version compares ("" when any will do)."""

    name: str
    op: str = ""
    version: tuple[int, ...] = ()


def sdk(text: str) -> Sdk:
    """`boto3`, `aws-sdk-*`, `boto3>=1.36`."""
    match = _SDK.fullmatch(text)
    if match is None:
        raise ValueError("This must be a client as boto3, or one with a version as boto3>=1.36.")
    return Sdk(match["name"].lower(), match["op"] or "", version(match["version"] or ""))


def version(text: str) -> tuple[int, ...]:
    """The numbers that begin a version: `1.36.5rc1` is (1, 36, 5). Trailing zeros do not count."""
    numbers: list[int] = []
    for part in text.split("."):
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        numbers.append(int(digits[0]))
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def is_glob(pattern: str) -> bool:
    """Whether the pattern holds a `*` or `?` that is not escaped."""
    return any(wild for wild, _ in glob_parts(pattern))


def glob_parts(pattern: str) -> list[tuple[bool, str]]:
    """The pattern as (is a wildcard, character); a backslash takes the meaning from `*`, `?` and itself."""
    parts: list[tuple[bool, str]] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and pattern[position + 1 : position + 2] in ("*", "?", "\\"):
            position += 1
            parts.append((False, pattern[position]))
        else:
            parts.append((char in "*?", char))
        position += 1
    return parts


def literal(pattern: str) -> str:
    """The pattern's characters, its escapes undone."""
    return "".join(char for _, char in glob_parts(pattern))

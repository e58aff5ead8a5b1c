"""Conditional requests and ranges, reckoned from what is known of an object (RFC 9110 §13, §14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from inspector.replay.match.headers import moment

_ONE_RANGE = re.compile(rb"bytes=(\d*)-(\d*)")

OK, PARTIAL, NOT_MODIFIED, FAILED, UNSATISFIABLE = 200, 206, 304, 412, 416


class Part(NamedTuple):
    """A range of an object: from `start` to before `end`."""

    start: int
    end: int


def condition_status(conditions: Mapping[bytes, bytes], etag: bytes | None, modified: float | None) -> int | None:
    """What the conditions of a GET or HEAD come to: 200, 304 or 412; None where what is known does not say.

    `conditions` are those of a question: tags without quotes, dates in Unix seconds. The order is that of §13.2.2.
    """
    for positive, negative, holds, fails in (
        (b"if-match", b"if-unmodified-since", True, FAILED),
        (b"if-none-match", b"if-modified-since", False, NOT_MODIFIED),
    ):
        if positive in conditions:
            if etag is None:
                return None
            if _matches(conditions[positive], etag) is not holds:
                return fails
        elif negative in conditions:
            since = _seconds(conditions[negative])
            if modified is None:
                return None
            if since is not None and (int(modified) <= since) is not holds:
                return fails
    return OK


def _matches(tags: bytes, etag: bytes) -> bool:
    return tags == b"*" or etag in tags.split(b",")


def _seconds(value: bytes) -> int | None:
    """A date of a question; None for what is none, which makes the condition void (§13.1.3)."""
    return int(value) if value.lstrip(b"-").isdigit() else None


def holds_if_range(value: bytes, etag: bytes | None, modified: float | None) -> bool:
    """Whether `If-Range` lets a range stand (§13.1.5): the same tag, or the same date."""
    tag = value.strip().strip(b'"')
    at = moment(value)
    return tag == etag if at is None else modified is not None and int(modified) == int(at)


def read_range(value: bytes, size: int) -> Part | int | None:
    """The part that a range asks of an object of so many bytes; 416; or None where it is to be ignored (§14.2).

    Several ranges at once are ignored, as S3 does not support them
    (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    """
    match = _ONE_RANGE.fullmatch(value)
    if match is None or match[0] == b"bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        length = int(last)
        return Part(max(0, size - length), size) if length and size else UNSATISFIABLE
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return UNSATISFIABLE
    return Part(start, min(size, int(last) + 1) if last else size)

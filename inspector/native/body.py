"""Read a JSON object that a stranger wrote."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 1024 * 1024
"""Bytes of a body that are read; what is longer is no call's arguments or error. Those of `b2_finish_large_file` may
have 10,000 hashes of 40 characters."""

_PLAIN = rb'"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|-?\d{1,20}|true|false|null)'
_BEGINNING = re.compile(rb"\s*\{\s*%b(?:\s*,\s*%b)*(?=\s*,)" % (_PLAIN, _PLAIN), re.DOTALL)


def read_object(body: bytes) -> dict[str, Any]:
    """The object that a body holds; empty where it holds none, is cut off or too long. Never raises."""
    if len(body) > LONGEST or body.lstrip()[:1] not in (b"{", b"\xef"):
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, a number of 5,000 digits; a thousand brackets
        return {}
    return value if isinstance(value, dict) else {}


def read_beginning(body: bytes) -> dict[str, Any]:
    """The object that a body holds, or, where it is cut off, the plain members at its beginning. Never raises.

    What a call is about stands before its long lists: a `b2_finish_large_file` of 1,500 parts has its hashes last.
    """
    whole = read_object(body)
    match = None if whole or len(body) > LONGEST else _BEGINNING.match(body)
    if match is None:
        return whole
    try:
        value = json.loads(match[0] + b"}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def text_of(fields: dict[str, Any], name: str) -> str | None:
    """The text under `name`, or None where there is none. A lone surrogate (`"\\ud800"`) becomes U+FFFD."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

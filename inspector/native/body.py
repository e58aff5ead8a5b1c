"""Read a JSON object that a stranger wrote."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 64 * 1024
"""Bytes of a body that are read; what is longer is no call's arguments or error."""


def read_object(body: bytes) -> dict[str, Any]:
    """The object that a body holds; empty where it holds none, is cut off or too long. Never raises."""
    if len(body) > LONGEST or body.lstrip()[:1] not in (b"{", b"\xef"):
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, a number of 5,000 digits; a thousand brackets
        return {}
    return value if isinstance(value, dict) else {}


def text_of(fields: dict[str, Any], name: str) -> str | None:
    """The text under `name`, or None where there is none. A lone surrogate (`"\\ud800"`) becomes U+FFFD."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

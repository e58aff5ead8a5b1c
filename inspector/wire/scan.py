"""Credentials found by their shape, in any bytes: the last look before something is shown to others.

Shapes: B2's application keys and ids (public threads: Backblaze/B2_Command_Line_Tool#535), AWS's key ids, signatures
and tokens where a header or parameter names them. Secrets that the caller knows are looked for as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

SHAPES = (
    ("application key", re.compile(rb"(?<![0-9A-Za-z+])K\d{3}[0-9A-Za-z+/]{27}(?![0-9A-Za-z+/=])")),
    ("signature", re.compile(rb"(?i)signature(?:=|%3d|\"?:\s*\"?)[0-9a-f]{64}")),
    ("SigV2 authorization", re.compile(rb"(?i)\bAWS [A-Za-z0-9]{16,}:[A-Za-z0-9+/]{27}=")),
    ("native token", re.compile(rb"\b4_\d{3}[0-9a-f]{22}_[0-9a-f]{8}_[0-9a-f]{6}_(?:acct|upld|dnld)_[\w=-]+")),
    ("credential scope", re.compile(rb"(?i)credential(?:=|%3d)[^/\s&,%]+(?:/|%2f)\d{8}(?:/|%2f)")),
    ("private key", re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("bearer token", re.compile(rb"(?i)\bauthorization:\s*(?:bearer|basic)\s+(?!redacted)[\w.+/=-]{8,}")),
)
"""What a credential looks like, and what it is called."""


class Credential(NamedTuple):
    """Something that looks like a credential: what, and at which byte. Never the thing itself."""

    what: str
    offset: int


def credentials_in(data: bytes, known: Iterable[bytes] = ()) -> Iterator[Credential]:
    """What in these bytes looks like a credential; `known` are secrets that must not be among them."""
    for secret in known:
        position = data.find(secret) if len(secret) >= 8 else -1
        if position >= 0:
            yield Credential("a secret at hand", position)
    for what, pattern in SHAPES:
        for match in pattern.finditer(data):
            yield Credential(what, match.start())

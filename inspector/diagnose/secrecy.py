"""Secrets in texts about a call: one that was sent where its key id belongs stands in the request itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from inspector.sigv4.key import Key

INSTEAD = "(the secret)"

SHORTEST = 8
"""Characters. Shorter ones are no secrets of a server's making, and stand in other words by chance."""


def without_secrets(words: str, keys: Iterable[Key]) -> str:
    """The text without the secrets of these keys, as they are, as URLs write them and as JSON does."""
    for key in keys:
        if key.secret != key.key_id.encode():  # minioadmin, twice: no secret
            for form in _forms(key.secret):
                words = words.replace(form, INSTEAD)
    return words


def _forms(secret: bytes) -> Iterator[str]:
    plain = secret.decode("utf-8", "replace")
    if len(plain) >= SHORTEST:
        yield from dict.fromkeys((plain, quote(secret, safe=""), quote(secret), json.dumps(plain)[1:-1]))

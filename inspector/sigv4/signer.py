"""Signatures with some of their inputs replaced, made ready for many canonical requests.

OpenSSL's one-shot HMAC sets itself up at each call; two hash states that are copied take half the time. So a key is
turned into them once, and what stands before the hash in the string to sign is taken in once as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from inspector.sigv4 import steps
from inspector.sigv4.alternatives import SIGNING_FIELDS, Alternative
from inspector.sigv4.hypotheses.model import (
    ASSEMBLY,
    KEY_DATE,
    KEY_REGION,
    KEY_SERVICE,
    RECIPE,
    STRING,
    Assembly,
    Problem,
    Signing,
    StringRecipe,
    assembled,
)

_KEPT = 4096
"""How many keys, and steps on the way to them, are kept; they are as secret as the secret."""

_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))

State = Any
"""A SHA-256 under way; its type has no public name."""


class Signer:
    """The signature with some of its inputs replaced.

    `inner` and `outer` are HMAC's two hash states, `inner` with the string to sign taken in up to the hash of the
    canonical request; where `string` is not None, a home-made signer puts that text together in its own way.
    """

    __slots__ = ("_start", "assemble", "inner", "outer", "prefix", "signing", "string")

    def __init__(self, signing: Signing, states: tuple[State, State], assemble: Any, string: Any) -> None:
        self.signing = signing
        self.assemble: Assembly = assemble or assembled
        self.string: StringRecipe | None = string
        self.prefix = steps.string_to_sign(b"", signing.timestamp, signing.scope, signing.algorithm)
        self._start, self.outer = states
        self.inner = self._start.copy()
        self.inner.update(self.prefix)

    def string_to_sign(self, canonical: bytes) -> bytes:
        """The string to sign for a canonical request."""
        if self.string is not None:
            return self.string(self.signing, canonical)
        return self.prefix + steps.sha256_hex(canonical)

    def digest(self, canonical: bytes) -> bytes:
        """The 32 bytes of the signature over a canonical request."""
        return hmac_digest(self._start, self.outer, self.string_to_sign(canonical))


class Signers:
    """Makes the signers of one problem; what they have in common is computed once."""

    def __init__(self, problem: Problem) -> None:
        self._base = [(name, getattr(problem.signing, name)) for name in SIGNING_FIELDS]
        self._step = lru_cache(_KEPT)(steps.hmac_sha256)
        self._states = lru_cache(_KEPT)(hmac_states)

    def signer(self, deviations: Iterable[Alternative]) -> Signer:
        """The signer with these deviations."""
        values: dict[str, Any] = {}
        for one in deviations:
            values.update(one.signing)
        signing = Signing(*[values.get(name, usual) for name, usual in self._base])
        recipe = values.get(RECIPE)
        key = self._key(signing, values) if recipe is None else recipe(signing)
        return Signer(signing, self._states(key), values.get(ASSEMBLY), values.get(STRING))

    def _key(self, signing: Signing, values: Mapping[str, Any]) -> bytes:
        key = self._step(b"AWS4" + signing.secret, values.get(KEY_DATE, signing.date))
        key = self._step(key, values.get(KEY_REGION, signing.region))
        key = self._step(key, values.get(KEY_SERVICE, signing.service))
        return self._step(key, signing.terminator)


def hmac_states(key: bytes) -> tuple[State, State]:
    """The two hash states of HMAC-SHA256 under a key (RFC 2104)."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))


def hmac_digest(inner: State, outer: State, rest: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes, of a message of which `inner` has taken in all but `rest`."""
    message, signature = inner.copy(), outer.copy()
    message.update(rest)
    signature.update(message.digest())
    digest: bytes = signature.digest()
    return digest

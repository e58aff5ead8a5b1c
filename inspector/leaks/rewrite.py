"""Secrets replaced in bytes, whatever they are wrapped in: the wrapping is taken off and put on again.

The same secret has the same stand-in everywhere, so that what was equal stays equal: a token in an answer and in the
URL of the next call. Bytes that hold no secret stay as they are. Signatures become the word `redacted` in as much hex,
so that framing, sizes and readers stay whole, and nobody takes such a one for a real one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from inspector.leaks.find import DEPTH, views
from inspector.leaks.layers import LAYERS, Budget, Layer, Run
from inspector.leaks.shapes import SHAPES, Level, Shape, stands_for_a_secret
from inspector.wire.redaction import removed_signature

Pseudonym = Callable[[bytes], bytes]

_NAMES = frozenset(("credential scope", "key id"))
_SIGNATURES = tuple(shape for shape in SHAPES if shape.level is Level.SIGNATURE)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


class Rewriter:
    """Replaces secrets.

    `pseudonym` gives what stands for a secret. `secrets` are those to look for; the longest go first. `signatures`:
    whether signatures and the key ids beside them go too. `others`: further words and what takes their place.
    """

    def __init__(
        self,
        pseudonym: Pseudonym,
        secrets: Iterable[bytes] = (),
        signatures: bool = True,
        others: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        self._pseudonym = pseudonym
        pairs = {secret: pseudonym(secret) for secret in secrets if secret}
        pairs.update(others)
        self._pairs = sorted(pairs.items(), key=lambda pair: len(pair[0]), reverse=True)
        self._patterns: list[re.Pattern[bytes] | None] = [None] * len(self._pairs)
        self._signatures = signatures

    def __call__(self, data: bytes) -> bytes:
        """The bytes without the secrets; the very same object where they hold none."""
        if not data or not self._concerned(data):
            return data
        return self._rewritten(data, DEPTH, Budget())

    def _concerned(self, data: bytes) -> bool:
        """Whether any secret is in there: most bytes hold none, and need not be taken apart for writing."""
        return any(self._direct(view.data) != view.data for view in views(data, Budget()))

    def _rewritten(self, data: bytes, depth: int, budget: Budget) -> bytes:
        data = self._direct(data)
        if depth:
            for layer in LAYERS:
                data = self._in_layer(data, layer, depth, budget)
        return data

    def _in_layer(self, data: bytes, layer: Layer, depth: int, budget: Budget) -> bytes:
        out: list[bytes] = []
        position = 0
        for run in (layer.small or layer.runs)(data, budget):
            clean = self._inside(run, depth, budget)
            if clean != run.inside:
                out += (data[position : run.start], layer.wrap(clean, run.raw))
                position = run.start + len(run.raw)
        return b"".join((*out, data[position:])) if out else data

    def _inside(self, run: Run, depth: int, budget: Budget) -> bytes:
        return self._rewritten(run.inside, depth - 1, budget)

    def _direct(self, data: bytes) -> bytes:
        """Without the secrets that stand there as they are, or with some of their characters escaped."""
        for number, (secret, instead) in enumerate(self._pairs):
            if secret in data:
                data = data.replace(secret, instead)
            elif not _UNRESERVED.issuperset(secret) and _head(secret) in data:
                data = self._pattern(number, secret).sub(lambda _, instead=instead: instead, data)  # type: ignore[misc]
        if self._signatures:
            low = data.lower()
            for shape in _SIGNATURES:
                if any(hint in low for hint in shape.hints):
                    data = self._without(shape, data)
        return data

    def _pattern(self, number: int, secret: bytes) -> re.Pattern[bytes]:
        """The secret with each character that encoders change in any of its spellings."""
        pattern = self._patterns[number]
        if pattern is None:
            pattern = self._patterns[number] = re.compile(b"".join(map(_spellings, secret)))
        return pattern

    def _without(self, shape: Shape, data: bytes) -> bytes:
        def one(match: re.Match[bytes]) -> bytes:
            value = match["value"]
            if stands_for_a_secret(value):
                return match[0]
            start = match.start("value") - match.start()
            instead = self._pseudonym(value) if shape.what in _NAMES else removed_signature(value)
            return match[0][:start] + instead + match[0][start + len(value) :]

        return shape.pattern.sub(one, data)


def _head(secret: bytes) -> bytes:
    """The characters before the first that may be escaped: where these are not, the secret is not."""
    for place, byte in enumerate(secret):
        if byte not in _UNRESERVED:
            return secret[:place]
    return secret


def _spellings(byte: int) -> bytes:
    """A character as it is, and as URLs (once and twice), JSON and XML escape it."""
    plain = re.escape(bytes((byte,)))
    if byte in _UNRESERVED:
        return plain
    hexed = b"".join(b"[%c%c]" % (digit, digit ^ 32) if digit > 57 else bytes((digit,)) for digit in b"%02X" % byte)
    return rb"(?:%b|%%%b|%%25%b|\\%b|\\u00%b|&#x0*%b;|&#0*%d;)" % (plain, hexed, hexed, plain, hexed, hexed, byte)

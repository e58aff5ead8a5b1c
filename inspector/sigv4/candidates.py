"""The candidates of a search: alternatives gathered, merged and multiplied, and each turned into a signature, fast.

Deviations of the signature (secret, scope, recipe) stand in the outer loop, since each costs a key; deviations of the
canonical request in the inner one, where a candidate costs one join, one hash and two copied HMAC states.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.model import (
    ASSEMBLY,
    KEY_DATE,
    KEY_REGION,
    KEY_SERVICE,
    RECIPE,
    STRING,
    Change,
    Problem,
    Signing,
    Value,
    assembled,
    laid_out,
)
from inspector.sigv4.hypotheses.register import Registered

SLICE = 4096
"""Candidates between two signs of progress."""

_SIGNING_FIELDS = frozenset(field.name for field in fields(Signing))
SIGNING_AXES = _SIGNING_FIELDS | {KEY_DATE, KEY_REGION, KEY_SERVICE, ASSEMBLY, STRING, RECIPE}

Tried = tuple[tuple["Alternative", ...], bytes]
"""Deviations, and the 32 bytes of the signature that they give."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to deviate: the values it sets, and every change that comes to these same values."""

    values: Mapping[str, Value]
    weight: int
    changes: tuple[Change, ...]

    @property
    def canonical(self) -> dict[str, bytes]:
        """The parts of the canonical request that it sets."""
        return {axis: value for axis, value in self.values.items() if isinstance(value, bytes) and not _signs(axis)}

    @property
    def signing(self) -> dict[str, Value]:
        """The inputs of the signature that it sets."""
        return {axis: value for axis, value in self.values.items() if _signs(axis)}


def _signs(axis: str) -> bool:
    return axis in SIGNING_AXES


def gather(problem: Problem, hypotheses: Iterable[Registered]) -> list[Alternative]:
    """Every alternative that the hypotheses hold possible, each once, those without an effect left out."""
    base = base_values(problem)
    merged: dict[frozenset[tuple[str, Value]], list[Change]] = {}
    for hypothesis in hypotheses:
        for change in hypothesis.changes(problem):
            effect = frozenset((axis, value) for axis, value in change.values.items() if base.get(axis) != value)
            if effect:
                merged.setdefault(effect, []).append(change)
    return [_alternative(effect, changes) for effect, changes in merged.items()]


def _alternative(effect: frozenset[tuple[str, Value]], changes: list[Change]) -> Alternative:
    weight = min(change.weight for change in changes)
    return Alternative(dict(effect), weight, tuple(change for change in changes if change.weight == weight))


def base_values(problem: Problem) -> dict[str, bytes]:
    """Axis to the value that the wire gives."""
    signing = {name: getattr(problem.signing, name) for name in _SIGNING_FIELDS}
    return {**problem.parts, **signing}


class Candidates:
    """The candidates of one problem, level by level."""

    def __init__(self, problem: Problem, alternatives: Sequence[Alternative]) -> None:
        self.problem = problem
        self.fixed_digest = _true_digest(problem)
        parts = laid_out(problem.parts, (axis for one in alternatives for axis in one.canonical))
        self._index = {axis: number for number, axis in enumerate(parts)}
        self._parts = list(parts.values())
        usable = [one for one in alternatives if not (self.fixed_digest and one.canonical)]
        self._canonical = [one for one in usable if not one.signing]
        self._signing = [one for one in usable if one.signing]

    def level(self, weight: int) -> Iterator[list[Tried]]:
        """All candidates of that many deviations, in slices."""
        pending: list[Tried] = []
        for tried in self._level(weight):
            pending.append(tried)
            if len(pending) == SLICE:
                yield pending
                pending = []
        yield pending

    def _level(self, weight: int) -> Iterator[Tried]:
        for outer in combinations(self._signing, weight):
            left = weight - sum(one.weight for one in outer)
            sign = Signer(self.problem, outer)
            parts = self._with(self._parts, outer)
            taken = {axis for one in outer for axis in one.values}
            for inner in combinations(self._canonical, left, exactly=True, taken=taken):
                if self.fixed_digest is not None:
                    yield outer, sign.digest_of_hash(self.fixed_digest)
                else:
                    yield (*outer, *inner), sign.digest(self._with(parts, inner))

    def _with(self, parts: list[bytes], deviations: Iterable[Alternative]) -> list[bytes]:
        changed = list(parts)
        for one in deviations:
            for axis, value in one.canonical.items():
                changed[self._index[axis]] = value
        return changed

    def size(self, weight: int) -> int:
        """About how many candidates a level has; axes that exclude each other are not counted off."""
        counts = [1] + [0] * weight
        for one in (*self._canonical, *self._signing):
            for total in range(weight, one.weight - 1, -1):
                counts[total] += counts[total - one.weight]
        return counts[weight]

    def canonical_request(self, deviations: Sequence[Alternative]) -> bytes | None:
        """What was signed with these deviations; None where a signed value is redacted."""
        if self.fixed_digest is not None:
            return None
        return Signer(self.problem, deviations).canonical(self._with(self._parts, deviations))

    def string_to_sign(self, deviations: Sequence[Alternative]) -> bytes:
        """The string to sign with these deviations."""
        sign = Signer(self.problem, deviations)
        if self.fixed_digest is not None:
            return sign.prefix + self.fixed_digest
        return sign.string_to_sign(self._with(self._parts, deviations))


def combinations(
    alternatives: Sequence[Alternative], weight: int, *, exactly: bool = False, taken: Iterable[str] = ()
) -> Iterator[tuple[Alternative, ...]]:
    """Sets of alternatives on different axes, of at most (or exactly) that weight; the empty set first."""
    if weight == 0 or not exactly:
        yield ()
    if weight == 0:
        return
    axes = frozenset(taken)
    for number, one in enumerate(alternatives):
        if one.weight <= weight and axes.isdisjoint(one.values):
            rest = alternatives[number + 1 :]
            for more in combinations(rest, weight - one.weight, exactly=exactly, taken=axes | one.values.keys()):
                yield (one, *more)


class Signer:
    """The signature with some of its inputs replaced, ready for many canonical requests."""

    def __init__(self, problem: Problem, deviations: Iterable[Alternative]) -> None:
        values: dict[str, Any] = {axis: value for one in deviations for axis, value in one.signing.items()}
        changed = {name: value for name, value in values.items() if name in _SIGNING_FIELDS}
        self.signing = replace(problem.signing, **changed)
        self.assemble = values.get(ASSEMBLY, assembled)
        self._string = values.get(STRING)
        self.prefix = steps.string_to_sign(b"", self.signing.timestamp, self.signing.scope, self.signing.algorithm)
        recipe = values.get(RECIPE)
        key = recipe(self.signing) if recipe else _key(self.signing, values)
        self._inner, self._outer = _states(key)

    def canonical(self, parts: Sequence[bytes]) -> bytes:
        """The canonical request of these parts."""
        result: bytes = self.assemble(parts)
        return result

    def string_to_sign(self, parts: Sequence[bytes]) -> bytes:
        """The string to sign of these parts."""
        canonical = self.canonical(parts)
        if self._string is not None:
            result: bytes = self._string(self.signing, canonical)
            return result
        return self.prefix + steps.sha256_hex(canonical)

    def digest(self, parts: Sequence[bytes]) -> bytes:
        """The 32 bytes of the signature over these parts."""
        return self._sign(self.string_to_sign(parts))

    def digest_of_hash(self, canonical_sha256: bytes) -> bytes:
        """The same over a canonical request of which only the hash is known."""
        return self._sign(self.prefix + canonical_sha256)

    def _sign(self, string_to_sign: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(string_to_sign)
        outer.update(inner.digest())
        digest: bytes = outer.digest()
        return digest


def _key(signing: Signing, values: Mapping[str, Any]) -> bytes:
    return steps.signing_key(
        signing.secret,
        values.get(KEY_DATE, signing.date),
        values.get(KEY_REGION, signing.region),
        values.get(KEY_SERVICE, signing.service),
        signing.terminator,
    )


_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def _states(key: bytes) -> tuple[Any, Any]:
    """The two hash states of HMAC (RFC 2104): OpenSSL's one-shot HMAC is slower than a copy of both."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))


def _true_digest(problem: Problem) -> bytes | None:
    return problem.signed.canonical_sha256.encode() if problem.signed.canonical_sha256 else None

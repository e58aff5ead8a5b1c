"""The alternatives of a search: what the hypotheses hold possible for one request, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from inspector.sigv4.hypotheses.model import (
    ASSEMBLY,
    DATE,
    KEY_DATE,
    KEY_REGION,
    KEY_SERVICE,
    RECIPE,
    REGION,
    SECRET,
    SERVICE,
    STRING,
    Change,
    Problem,
    Signing,
    Value,
    header,
)
from inspector.sigv4.hypotheses.register import Registered

SIGNING_FIELDS = tuple(one.name for one in fields(Signing))
SIGNING_AXES = frozenset(SIGNING_FIELDS) | {KEY_DATE, KEY_REGION, KEY_SERVICE, ASSEMBLY, STRING, RECIPE}

_FOLLOWS = {KEY_DATE: DATE, KEY_REGION: REGION, KEY_SERVICE: SERVICE}
"""What the key is made of, unless a change says otherwise: the same as stands in the scope."""

_PROVED = frozenset((SECRET, RECIPE))
"""Beyond suspicion once another call verified with the key."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to deviate: the values it sets, and every change that comes to these same values.

    `changes` are in the order of the register. `rank` is its place among all alternatives, no other's: a report that
    has to choose between equals goes by it. `canonical` are those of the values that are parts of the canonical
    request, `signing` those that are inputs of the signature.
    """

    values: Mapping[str, Value] = field(repr=False)
    weight: int
    changes: tuple[Change, ...]
    rank: int = 0
    canonical: Mapping[str, bytes] = field(init=False, repr=False, compare=False)
    signing: Mapping[str, Value] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        canonical, signing = {}, {}
        for axis, value in self.values.items():
            if axis in SIGNING_AXES:
                signing[axis] = value
            elif isinstance(value, bytes):
                canonical[axis] = value
        object.__setattr__(self, "canonical", canonical)
        object.__setattr__(self, "signing", signing)


def gather(problem: Problem, hypotheses: Iterable[Registered]) -> list[Alternative]:
    """Every alternative that the hypotheses hold possible, each once, those without an effect left out.

    With a key that is proved, none that puts the secret, or the way a key is made of it, in doubt.
    """
    base = base_values(problem)
    merged: dict[frozenset[tuple[str, Value]], list[Change]] = {}
    for hypothesis in hypotheses:
        for change in hypothesis.changes(problem):
            effect = _effect(change.values, base)
            if effect and not (problem.key_proved and not _PROVED.isdisjoint(change.values)):
                merged.setdefault(frozenset(effect.items()), []).append(change)
    return [_alternative(dict(effect), changes, rank) for rank, (effect, changes) in enumerate(merged.items())]


def _effect(values: Mapping[str, Value], base: Mapping[str, bytes]) -> dict[str, Value]:
    """The values of a change that differ from what stands there without them."""
    return {axis: value for axis, value in values.items() if value != _usual(axis, values, base)}


def _usual(axis: str, values: Mapping[str, Value], base: Mapping[str, bytes]) -> Value:
    usual = base.get(axis)
    if usual is not None:
        return usual
    followed = _FOLLOWS.get(axis)
    return b"" if followed is None else values.get(followed, base[followed])


def _alternative(values: Mapping[str, Value], changes: Sequence[Change], rank: int) -> Alternative:
    if len(changes) == 1:
        return Alternative(values, changes[0].weight, (changes[0],), rank)
    weight = min(change.weight for change in changes)
    return Alternative(values, weight, tuple(change for change in changes if change.weight == weight), rank)


def base_values(problem: Problem) -> dict[str, bytes]:
    """Axis to the value that the wire gives."""
    return {**problem.parts, **{name: getattr(problem.signing, name) for name in SIGNING_FIELDS}}


def combinations(alternatives: Sequence[Alternative], weight: int) -> Iterator[tuple[Alternative, ...]]:
    """Sets of alternatives on different axes that weigh so much together; the empty set for 0."""
    return _combinations(alternatives, weight, frozenset())


def _combinations(
    alternatives: Sequence[Alternative], weight: int, taken: frozenset[str]
) -> Iterator[tuple[Alternative, ...]]:
    if weight == 0:
        yield ()
        return
    for number, one in enumerate(alternatives):
        if one.weight <= weight and taken.isdisjoint(one.values):
            rest = alternatives[number + 1 :] if one.weight < weight else ()
            for more in _combinations(rest, weight - one.weight, taken | one.values.keys()):
                yield (one, *more)


def header_axes(alternatives: Iterable[Alternative]) -> Iterator[str]:
    """The headers that alternatives name."""
    prefix = header("")
    return (axis for one in alternatives for axis in one.canonical if axis.startswith(prefix))

"""Find what the client must have signed: search the hypotheses until one reproduces the client's signature.

Equality is the proof: no other bytes give the same 256 bits. The search goes by the number of deviations, all of one
level before the next, and ends with every explanation of the least size. Alternatives that come to the same bytes are
one, known by all their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inspector.sigv4.candidates import Alternative, Candidates, gather
from inspector.sigv4.hypotheses.model import Problem
from inspector.sigv4.hypotheses.register import Registered, all_hypotheses

__all__ = ["Alternative", "Explanation", "Outcome", "Progress", "search", "solve"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A proof: with these deviations, bytes and secret give the client's signature.

    `canonical_request` is what the client signed (None where a signed value is redacted). `also` are other sets of
    deviations of the same size that come to the very same bytes.
    """

    deviations: tuple[Alternative, ...]
    canonical_request: bytes | None
    string_to_sign: bytes
    also: tuple[tuple[Alternative, ...], ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """The slugs, one a deviation: the first of those that come to the same bytes."""
        return tuple(one.changes[0].cause for one in self.deviations)

    @property
    def words(self) -> str:
        """What was signed otherwise, in words."""
        return "; ".join(one.changes[0].words for one in self.deviations)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: the level (deviations) under way, candidates tried and still to try on it."""

    level: int
    tried: int
    to_try: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended.

    `explanations`: all of the least size, none when nothing was found. `tried`: signatures computed. `level`: the
    last level that was searched whole. `ruled_out`: the causes that were tried and do not explain it, alone or, up to
    `level`, together. `not_searchable`: places whose values are redacted, so that only key and scope were searched.
    """

    explanations: tuple[Explanation, ...]
    tried: int
    level: int
    ruled_out: tuple[str, ...] = ()
    not_searchable: tuple[str, ...] = ()


def search(
    problem: Problem, depth: int = 2, hypotheses: Iterable[Registered] | None = None
) -> Iterator[Progress | Outcome]:
    """Search up to `depth` deviations: `Progress` every few thousand candidates, `Outcome` at the end.

    Whoever stops asking has cancelled it. `hypotheses` None: all of them.
    """
    alternatives = gather(problem, all_hypotheses() if hypotheses is None else hypotheses)
    candidates = Candidates(problem, alternatives)
    target = wanted(problem)
    tried = level = 0
    found: list[tuple[Alternative, ...]] = []
    while target is not None and not found and level < depth:
        level += 1
        to_try = candidates.size(level)
        done = 0
        for some in candidates.level(level):
            found += [deviations for deviations, digest in some if digest == target]
            done += len(some)
            yield Progress(level, done, max(done, to_try))
        tried += done
    yield _outcome(candidates, alternatives, found, tried, level)


def solve(problem: Problem, depth: int = 2, hypotheses: Iterable[Registered] | None = None) -> Outcome:
    """`search` to its end."""
    *_, outcome = search(problem, depth, hypotheses)
    assert isinstance(outcome, Outcome)
    return outcome


def wanted(problem: Problem) -> bytes | None:
    """The 32 bytes that the client's signature says, None where it is no signature."""
    try:
        target = bytes.fromhex((problem.signed.authorization.signature or "")[:64])
    except ValueError:
        return None
    return target if len(target) == 32 else None


def _outcome(
    candidates: Candidates,
    alternatives: Sequence[Alternative],
    found: Sequence[tuple[Alternative, ...]],
    tried: int,
    level: int,
) -> Outcome:
    explanations = _merged(candidates, found)
    explained = {change.cause for way in found for one in way for change in one.changes}
    causes = dict.fromkeys(change.cause for one in alternatives for change in one.changes if one.weight <= level)
    redacted = candidates.problem.signed.redacted if candidates.fixed_digest else ()
    return Outcome(explanations, tried, level, tuple(c for c in causes if c not in explained), redacted)


def _merged(candidates: Candidates, found: Sequence[tuple[Alternative, ...]]) -> tuple[Explanation, ...]:
    """Those that come to the same bytes, as one."""
    by_bytes: dict[tuple[bytes | None, bytes], list[tuple[Alternative, ...]]] = {}
    for way in found:
        what = (candidates.canonical_request(way), candidates.string_to_sign(way))
        by_bytes.setdefault(what, []).append(way)
    return tuple(Explanation(ways[0], *what, also=tuple(ways[1:])) for what, ways in by_bytes.items())

"""Find what the client must have signed: search the hypotheses until one reproduces the client's signature.

Equality is the proof: no other bytes give the same 256 bits. The search goes by the number of deviations, all of one
level before the next, and ends with every explanation of the least size. Alternatives that come to the same bytes are
one, known by all their names.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inspector.sigv4.alternatives import Alternative, gather
from inspector.sigv4.candidates import Candidates, Way
from inspector.sigv4.canonical import signed_secret_names
from inspector.sigv4.hypotheses.model import Problem
from inspector.sigv4.hypotheses.register import Registered, all_hypotheses

__all__ = ["Alternative", "Explanation", "Outcome", "Progress", "search", "solve"]

STEP = 4096
"""Candidates between two signs of progress, at least."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A proof: with these deviations, bytes and secret give the client's signature.

    `canonical_request` is what the client signed (None where a signed value is redacted). `also` are other sets of
    deviations of the same size that come to the very same bytes. Without any deviation, what was signed is what
    arrived, and the signature is right but not written as it should be.
    """

    deviations: tuple[Alternative, ...]
    canonical_request: bytes | None
    string_to_sign: bytes
    also: tuple[tuple[Alternative, ...], ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """The slugs, each once: of each deviation the first of those that come to the same bytes."""
        return tuple(dict.fromkeys(cause for one in self.deviations for cause in one.changes[0].causes))

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

    Whoever stops asking, or closes the iterator, has cancelled it. `hypotheses` None: all of them.
    """
    alternatives = gather(problem, all_hypotheses() if hypotheses is None else hypotheses)
    candidates = Candidates(problem, alternatives)
    target = wanted(problem)
    tried = level = 0
    found = [] if target is None else [way for batch in candidates.level(0, target) for way in batch.found]
    while target is not None and not found and level < depth:
        level += 1
        for done, ways in _searched(candidates, level, target):
            found += ways
            yield done
        tried += done.tried
    yield _outcome(candidates, found, tried, level)


def _searched(candidates: Candidates, level: int, target: bytes) -> Iterator[tuple[Progress, list[Way]]]:
    """One level: how far it is, and what was found since the last time; once at least."""
    to_try = candidates.size(level)
    tried = shown = 0
    found: list[Way] = []
    for batch in candidates.level(level, target):
        tried += batch.tried
        found += batch.found
        if tried - shown >= STEP:
            yield Progress(level, tried, max(tried, to_try)), found
            shown, found = tried, []
    yield Progress(level, tried, tried), found


def solve(problem: Problem, depth: int = 2, hypotheses: Iterable[Registered] | None = None) -> Outcome:
    """`search` to its end."""
    *_, outcome = search(problem, depth, hypotheses)
    assert isinstance(outcome, Outcome)
    return outcome


def wanted(problem: Problem) -> bytes | None:
    """The 32 bytes that the client's signature says, None where it says none.

    Upper-case hex, a tail behind it and base64 are read too: what was signed can be found all the same.
    """
    written = problem.signed.authorization.signature or ""
    for read in (_from_hex, _from_base64):
        try:
            target = read(written)
        except ValueError:
            continue
        if len(target) == 32:
            return target
    return None


def _from_hex(written: str) -> bytes:
    found = _HEX64.search(written)  # what a tool prints beside it stands round it
    return bytes.fromhex(found[0] if found else written[:64])


_HEX64 = re.compile(r"[0-9A-Fa-f]{64}")


def _from_base64(written: str) -> bytes:
    return base64.b64decode(written.encode().translate(_URL_SAFE), validate=True)


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _outcome(candidates: Candidates, found: Sequence[Way], tried: int, level: int) -> Outcome:
    explanations = _merged(candidates, found)
    explained = {cause for way in found for one in way for change in one.changes for cause in change.causes}
    # A change of two causes says nothing of either alone.
    changes = (change for one in candidates.usable if one.weight <= level for change in one.changes)
    alone = dict.fromkeys(change.cause for change in changes if len(change.causes) == 1)
    redacted = not_searchable(candidates.problem) if candidates.fixed_digest else ()
    return Outcome(explanations, tried, level, tuple(cause for cause in alone if cause not in explained), redacted)


def not_searchable(problem: Problem) -> tuple[str, ...]:
    """The places whose true values were signed and are not at hand."""
    return signed_secret_names(problem.signed.authorization, problem.signed.redacted) or problem.signed.redacted


def _merged(candidates: Candidates, found: Iterable[Way]) -> tuple[Explanation, ...]:
    """Those that come to the same bytes, as one; the register says which of them speaks for all."""
    by_bytes: dict[tuple[bytes | None, bytes], list[Way]] = {}
    for way in sorted((tuple(sorted(way, key=_rank)) for way in found), key=_ranks):
        by_bytes.setdefault(candidates.texts(way), []).append(way)
    return tuple(Explanation(ways[0], *texts, also=tuple(ways[1:])) for texts, ways in by_bytes.items())


def _rank(one: Alternative) -> int:
    return one.rank


def _ranks(way: Way) -> tuple[int, list[int]]:
    """One macro before two single steps, then in the order of the register."""
    return len(way), [one.rank for one in way]

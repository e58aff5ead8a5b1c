"""The candidates of a search, level by level: alternatives multiplied, each product turned into a signature, fast.

A candidate deviates in what is signed with (secret, scope, recipe) and in what is signed (the parts of the canonical
request). The first costs a key, so that signers are made once and taken by the block; the second costs a hash, which
is computed once for all signers of a block. What stands before the part that varies in the innermost loop is hashed
once for the whole loop, and digests are compared as 32 bytes. Nothing but the block at hand is kept in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import NamedTuple

from inspector.sigv4.alternatives import Alternative, combinations, header_axes
from inspector.sigv4.hypotheses.model import (
    ASSEMBLY,
    HEADER_LIST,
    PAYLOAD,
    STRING,
    Problem,
    assembled,
    header,
    laid_out,
)
from inspector.sigv4.signer import Signer, Signers, State, hmac_digest

BLOCK = 64
"""Signers, and alternatives of one axis, that are taken at once: at most 4096 candidates between two looks up."""

Way = tuple[Alternative, ...]
"""A set of deviations."""


class Batch(NamedTuple):
    """Candidates that were tried: how many, and those that gave the wanted signature."""

    tried: int
    found: list[Way]


class Layout:
    """Where each part of the canonical request stands, and how it is written there with its line end."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.parts = tuple(parts.values())
        self.index = {axis: number for number, axis in enumerate(parts)}
        self._render = [_renderer(axis) for axis in parts]

    def with_(self, parts: Sequence[bytes], one: Alternative) -> tuple[bytes, ...]:
        """The parts with an alternative's in their places."""
        changed = list(parts)
        for axis, value in one.canonical.items():
            changed[self.index[axis]] = value
        return tuple(changed)

    def rendered(self, axis: str, value: bytes) -> bytes:
        """One part with its line end."""
        return self._render[self.index[axis]](value)

    def lines(self, parts: Sequence[bytes]) -> list[bytes]:
        """All parts with their line ends: joined, they are the canonical request."""
        return [render(value) for render, value in zip(self._render, parts, strict=True)]


def _renderer(axis: str) -> Callable[[bytes], bytes]:
    if axis == PAYLOAD:
        return bytes
    if axis == HEADER_LIST:
        return b"\n%b\n".__mod__
    return _header_line if axis.startswith(header("")) else b"%b\n".__mod__


def _header_line(line: bytes) -> bytes:
    """An empty line stands for a header that was not signed."""
    return line + b"\n" if line else b""


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives on the same axes and of the same weight, so that only one of them can be true.

    `place` is where their part stands, None where they set several at once. `mask` has a bit for each axis. `after` is
    the number of the next group on other axes, and `room` the weight that all groups from there on have at most.
    """

    weight: int
    mask: int
    place: int | None
    members: tuple[Alternative, ...]
    lines: tuple[bytes, ...]
    after: int = 0
    room: int = 0


def groups_of(layout: Layout, alternatives: Iterable[Alternative]) -> list[Group]:
    """The alternatives in groups of at most `BLOCK`: macros first, then axis by axis in the order of the parts.

    The later an axis stands, the more of the canonical request is hashed before the innermost loop over it.
    """
    sorts: dict[tuple[tuple[int, ...], int], list[Alternative]] = {}
    for one in alternatives:
        places = tuple(sorted(layout.index[axis] for axis in one.values))
        sorts.setdefault((places, one.weight), []).append(one)
    ordered = sorted(sorts.items(), key=lambda item: (len(item[0][0]) == 1, item[0]))
    groups = [
        _group(layout, places, weight, members[start : start + BLOCK])
        for (places, weight), members in ordered
        for start in range(0, len(members), BLOCK)
    ]
    return _with_room(groups)


def _with_room(groups: list[Group]) -> list[Group]:
    """The groups with what may follow each, so that no path is taken that cannot reach its end."""
    room, after, heaviest = 0, len(groups), 0
    found = []
    for number in reversed(range(len(groups))):
        group = groups[number]
        if number + 1 < len(groups) and groups[number + 1].mask != group.mask:
            room, after, heaviest = room + heaviest, number + 1, 0
        heaviest = max(heaviest, group.weight)
        found.append(replace(group, after=after, room=room))
    return found[::-1]


def _group(layout: Layout, places: tuple[int, ...], weight: int, members: Sequence[Alternative]) -> Group:
    lines: tuple[bytes, ...] = ()
    if len(places) == 1:
        lines = tuple(layout.rendered(*item) for one in members for item in one.canonical.items())
    mask = sum(1 << place for place in places)
    return Group(weight, mask, places[0] if len(places) == 1 else None, tuple(members), lines)


class Node:
    """A canonical request with some deviations, and what may still be added: groups from `start` on, of `weight`."""

    __slots__ = ("_heads", "_tails", "layout", "mask", "parts", "start", "way", "weight")

    def __init__(self, layout: Layout, parts: Sequence[bytes], mask: int, start: int, weight: int, way: Way) -> None:
        self.layout, self.parts, self.mask, self.start, self.weight, self.way = layout, parts, mask, start, weight, way
        self._heads: list[bytes] = []
        self._tails: list[bytes] = []

    def allows(self, group: Group) -> bool:
        """Whether a member of this group can be added."""
        return group.weight <= self.weight and not group.mask & self.mask

    def plus(self, one: Alternative, group: Group) -> Node:
        """The node with one more deviation."""
        parts, mask = self.layout.with_(self.parts, one), self.mask | group.mask
        return Node(self.layout, parts, mask, group.after, self.weight - group.weight, (*self.way, one))

    def texts(self, group: Group) -> tuple[State, Iterable[tuple[bytes, Way]]]:
        """The canonical requests with each member of a group: the hash of their common beginning, and the rests."""
        if group.place is None:
            wholes = (b"".join(self.layout.lines(self.layout.with_(self.parts, one))) for one in group.members)
            return hashlib.sha256(), zip(wholes, ((one,) for one in group.members), strict=True)
        head, tail = self._around(group.place)
        rests = [line + tail for line in group.lines]
        return hashlib.sha256(head), zip(rests, ((one,) for one in group.members), strict=True)

    def _around(self, place: int) -> tuple[bytes, bytes]:
        """What stands before one part, and behind it."""
        if not self._heads:
            lines = self.layout.lines(self.parts)
            head, tail = b"", b"".join(lines)
            for line in lines:
                tail = tail[len(line) :]
                self._heads.append(head)
                self._tails.append(tail)
                head += line
        return self._heads[place], self._tails[place]


class Block:
    """Signers that sign the same texts, each with the deviations that it stands for."""

    def __init__(self, signers: Sequence[tuple[Signer, Way]], target: bytes) -> None:
        self._signers = signers
        self._states = [(signer.inner, signer.outer, way) for signer, way in signers]
        self._target = target
        self._assemble = signers[0][0].assemble
        self._plain = self._assemble is assembled and all(signer.string is None for signer, _ in signers)

    def with_group(self, node: Node, group: Group) -> Batch:
        """All signers, on a node with each member of a group."""
        if self._plain:
            found = self._fast(*node.texts(group))
        else:
            found = self._slow((node.layout.with_(node.parts, one), (one,)) for one in group.members)
        return self._batch(node, found, len(group.members))

    def alone(self, node: Node) -> Batch:
        """All signers, on a node as it is."""
        if self._plain:
            found = self._fast(hashlib.sha256(), [(b"".join(node.layout.lines(node.parts)), ())])
        else:
            found = self._slow([(node.parts, ())])
        return self._batch(node, found, 1)

    def with_hash(self, canonical_sha256: bytes) -> Batch:
        """All signers, on a canonical request of which only the hex hash is known."""
        states, target = self._states, self._target
        found = [way for inner, outer, way in states if hmac_digest(inner, outer, canonical_sha256) == target]
        return Batch(len(states), found)

    def _batch(self, node: Node, found: Iterable[tuple[Way, Way]], count: int) -> Batch:
        return Batch(count * len(self._signers), [(*outer, *node.way, *inner) for outer, inner in found])

    def _fast(self, start: State, texts: Iterable[tuple[bytes, Way]]) -> list[tuple[Way, Way]]:
        """The inner loop: everything that can be done outside it has been."""
        target, states, found = self._target, self._states, []
        for text, way in texts:
            hashing = start.copy()
            hashing.update(text)
            hashed = hashing.hexdigest().encode()
            for inner, outer, signed_with in states:
                message, signature = inner.copy(), outer.copy()
                message.update(hashed)
                signature.update(message.digest())
                if signature.digest() == target:
                    found.append((signed_with, way))
        return found

    def _slow(self, parts: Iterable[tuple[Sequence[bytes], Way]]) -> list[tuple[Way, Way]]:
        """The same where a home-made signer puts its texts together in its own way."""
        found = []
        for texts, way in parts:
            canonical = self._assemble(texts)
            for signer, signed_with in self._signers:
                if signer.digest(canonical) == self._target:
                    found.append((signed_with, way))
        return found


class Candidates:
    """The candidates of one problem."""

    def __init__(self, problem: Problem, alternatives: Sequence[Alternative]) -> None:
        self.problem = problem
        digest = problem.signed.canonical_sha256
        self.fixed_digest = digest.encode() if digest else None
        usable = [one for one in alternatives if self.fixed_digest is None or not _needs_canonical(one)]
        self._layout = Layout(laid_out(problem.parts, header_axes(usable)))
        self._groups = groups_of(self._layout, (one for one in usable if not one.signing))
        self._outer = sorted((one for one in usable if one.signing), key=_bears_on)
        self._signers = Signers(problem)
        self.usable = usable

    def level(self, weight: int, target: bytes) -> Iterator[Batch]:
        """All candidates of that many deviations, compared with the 32 bytes of the wanted signature."""
        if self.fixed_digest is not None:
            for ways in self._blocks(weight):
                yield self._block(ways, target).with_hash(self.fixed_digest)
            return
        for outer_weight in range(weight + 1):
            for ways in self._blocks(outer_weight):
                node = self._node(ways[0], weight - outer_weight)
                yield from self._spread(self._block(ways, target), node)

    def _block(self, ways: Iterable[Way], target: bytes) -> Block:
        return Block([(self._signers.signer(way), way) for way in ways], target)

    def _blocks(self, weight: int) -> Iterator[list[Way]]:
        """Deviations of that weight that concern signers, at most `BLOCK` at once, all with the same texts to sign."""
        for _, ways in groupby(combinations(self._outer, weight), _texts_of):
            while some := list(islice(ways, BLOCK)):
                yield some

    def _node(self, way: Way, weight: int) -> Node:
        """The canonical request with those deviations of a signer that concern it."""
        parts: Sequence[bytes] = self._layout.parts
        mask = 0
        for one in way:
            parts = self._layout.with_(parts, one)
            mask |= sum(1 << self._layout.index[axis] for axis in one.canonical)
        return Node(self._layout, parts, mask, 0, weight, ())

    def _spread(self, block: Block, node: Node) -> Iterator[Batch]:
        """A block on every canonical request that comes of a node; each set once, since its members come in order."""
        if node.weight == 0:
            yield block.alone(node)
            return
        for number in range(node.start, len(self._groups)):
            group = self._groups[number]
            if not node.allows(group):
                continue
            if group.weight == node.weight:
                yield block.with_group(node, group)
                continue
            if group.weight + group.room < node.weight:
                continue
            for one in group.members:
                yield from self._spread(block, node.plus(one, group))

    def size(self, weight: int) -> int:
        """About how many candidates a level has: alternatives of the same axes exclude each other, others may."""
        kinds: dict[frozenset[str], list[int]] = {}
        for one in self.usable:
            kinds.setdefault(frozenset(one.values), [0] * (weight + 1))[min(one.weight, weight)] += one.weight <= weight
        counts = [1] + [0] * weight
        for kind in kinds.values():
            counts = [
                counts[total] + sum(counts[total - some] * kind[some] for some in range(1, total + 1))
                for total in range(weight + 1)
            ]
        return counts[weight]

    def texts(self, way: Way) -> tuple[bytes | None, bytes]:
        """Canonical request (None where a value is redacted) and string to sign, with these deviations."""
        signer = self._signers.signer(way)
        if self.fixed_digest is not None:
            return None, signer.prefix + self.fixed_digest
        canonical = signer.assemble(self._node(way, 0).parts)
        return canonical, signer.string_to_sign(canonical)


def _bears_on(one: Alternative) -> int:
    """What comes first in a combination: what the texts depend on, so that those which share them come together."""
    return 0 if one.canonical or ASSEMBLY in one.values else 1 if STRING in one.values else 2


def _texts_of(way: Way) -> tuple[list[int], bool]:
    """What is the same for all signers of a block."""
    return [one.rank for one in way if not _bears_on(one)], any(STRING in one.values for one in way)


def _needs_canonical(one: Alternative) -> bool:
    return bool(one.canonical) or ASSEMBLY in one.values or STRING in one.values

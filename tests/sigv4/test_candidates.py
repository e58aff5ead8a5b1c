"""The search tries every set of alternatives exactly once, and each gives the signature that plain code gives."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations as subsets
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.sigv4.alternatives import SIGNING_AXES, Alternative, combinations, gather
from inspector.sigv4.candidates import BLOCK, Candidates
from inspector.sigv4.hypotheses.model import Change, Problem, Signing, Surroundings, Value, problem
from inspector.sigv4.hypotheses.register import Registered
from tests.support.signing import KEY, signed_call

PROBLEM = problem(signed_call(b"/a/b?x=1", headers={b"X-Amz-Meta-A": b"1"}), KEY)
NOBODYS = bytes(32)


def with_cr(parts: Sequence[bytes]) -> bytes:
    return b"\r\n".join(filter(None, parts))


def reversed_parts(parts: Sequence[bytes]) -> bytes:
    return b"\n".join(reversed([part for part in parts if part]))


def raw_hash(signing: Signing, canonical: bytes) -> bytes:
    return signing.timestamp + signing.scope + hashlib.sha256(canonical).digest()


def unhashed(signing: Signing, canonical: bytes) -> bytes:
    return canonical + signing.region


def bare_secret(signing: Signing) -> bytes:
    return signing.secret + signing.date


def long_key(signing: Signing) -> bytes:
    return signing.secret * 9


# Axis to the values that an alternative may have on it; those of headers that are not listed sort in between.
POOL: dict[str, list[Value]] = {
    "method": [b"HEAD", b"PUT"],
    "path": [b"/", b"/A", b"/a//b"],
    "query": [b"", b"y="],
    "header:host": [b"", b"host:h"],
    "header:x-amz-meta-a": [b"", b"x-amz-meta-a:2"],
    "header:x-amz-acl": [b"x-amz-acl:private"],
    "header:zone": [b"zone:1"],
    "header-list": [b"host"],
    "payload": [b"UNSIGNED-PAYLOAD", b""],
    "secret": [b"", b"other"],
    "timestamp": [b"20260314T092654Z"],
    "date": [b"20260315"],
    "region": [b"", b"us-east-1"],
    "service": [b"b2"],
    "terminator": [b""],
    "algorithm": [b"AWS4"],
    "key-date": [b"20260313"],
    "key-region": [b"eu"],
    "key-service": [b"iam"],
    "assembly": [with_cr, reversed_parts],
    "string": [raw_hash, unhashed],
    "recipe": [bare_secret, long_key],
}
CHAINS = (("key-date", "date"), ("key-region", "region"), ("key-service", "service"))

values = st.lists(st.sampled_from(sorted(POOL)), min_size=1, max_size=3, unique=True).flatmap(
    lambda axes: st.fixed_dictionaries({axis: st.sampled_from(POOL[axis]) for axis in axes})
)
several = st.lists(st.tuples(values, st.sampled_from([1, 1, 1, 2])), max_size=9).map(
    lambda rows: [
        Alternative(values, weight, (Change(values, "", weight),), n) for n, (values, weight) in enumerate(rows)
    ]
)


def plain_signature(unsolved: Problem, chosen: Iterable[Alternative]) -> bytes:
    """Everything from the beginning, with the standard library's HMAC."""
    said: dict[str, Value] = {axis: value for one in chosen for axis, value in one.values.items()}
    base = unsolved.signing
    signing = Signing(*(said.get(name, getattr(base, name)) for name in Signing.__slots__))  # type: ignore[arg-type]
    string = plain_string(unsolved, said, signing)
    key = said["recipe"](signing) if "recipe" in said else b"AWS4" + signing.secret  # type: ignore[operator]
    if "recipe" not in said:
        for axis, usual in CHAINS:
            key = hmac.new(key, said.get(axis, getattr(signing, usual)), hashlib.sha256).digest()
        key = hmac.new(key, signing.terminator, hashlib.sha256).digest()
    return hmac.new(key, string, hashlib.sha256).digest()


def plain_string(unsolved: Problem, said: dict[str, Value], signing: Signing) -> bytes:
    fixed = unsolved.signed.canonical_sha256
    parts = dict(unsolved.parts) | {axis: value for axis, value in said.items() if axis not in SIGNING_AXES}
    headers = [parts[axis] for axis in sorted(parts) if axis.startswith("header:") and parts[axis]]
    lines = [parts["method"], parts["path"], parts["query"], *headers, parts["header-list"], parts["payload"]]
    assemble = said.get("assembly", lambda some: b"\n".join([*some[:-2], b"", *some[-2:]]))
    canonical = assemble(lines)  # type: ignore[operator]
    if "string" in said:
        return said["string"](signing, canonical)  # type: ignore[operator,return-value]
    hashed = fixed or hashlib.sha256(canonical).hexdigest()
    return b"\n".join((signing.algorithm, signing.timestamp, signing.scope, hashed.encode()))


def disjoint(chosen: Sequence[Alternative]) -> bool:
    axes = [axis for one in chosen for axis in one.values]
    return len(axes) == len(set(axes))


def every_set(alternatives: Sequence[Alternative], weight: int) -> Iterator[tuple[Alternative, ...]]:
    for size in range(weight + 1):
        for chosen in subsets(alternatives, size):
            if sum(one.weight for one in chosen) == weight and disjoint(chosen):
                yield chosen


def ranks(way: Iterable[Alternative]) -> tuple[int, ...]:
    return tuple(sorted(one.rank for one in way))


@given(several, st.data())
@settings(max_examples=150, deadline=None)
def test_the_search_is_the_plain_search(alternatives: list[Alternative], data: st.DataObject) -> None:
    """For any alternatives and any target, each level finds what trying all sets by plain code finds."""
    candidates = Candidates(PROBLEM, alternatives)
    for level in range(4):
        every = [(ranks(chosen), plain_signature(PROBLEM, chosen)) for chosen in every_set(alternatives, level)]
        target = data.draw(st.sampled_from([digest for _, digest in every] or [NOBODYS]))
        batches = list(candidates.level(level, target))

        assert sum(batch.tried for batch in batches) == len(every)
        found = sorted(ranks(way) for batch in batches for way in batch.found)
        assert found == sorted(chosen for chosen, digest in every if digest == target)


@given(several, st.data())
@settings(max_examples=60, deadline=None)
def test_with_a_redacted_value_only_what_signs_is_searched(
    alternatives: list[Alternative], data: st.DataObject
) -> None:
    """Through the hash of the canonical request; what would change that, or needs to see it, is left out."""
    unsolved = replace(PROBLEM, signed=replace(PROBLEM.signed, canonical_sha256="ab" * 32))
    candidates = Candidates(unsolved, alternatives)
    able = [one for one in alternatives if one.values.keys() <= SIGNING_AXES - {"assembly", "string"}]
    for level in range(4):
        every = [(ranks(chosen), plain_signature(unsolved, chosen)) for chosen in every_set(able, level)]
        target = data.draw(st.sampled_from([digest for _, digest in every] or [NOBODYS]))
        batches = list(candidates.level(level, target))

        assert sum(batch.tried for batch in batches) == len(every)
        found = sorted(ranks(way) for batch in batches for way in batch.found)
        assert found == sorted(chosen for chosen, digest in every if digest == target)


@given(several)
@settings(max_examples=60, deadline=None)
def test_texts_are_what_was_signed(alternatives: list[Alternative]) -> None:
    """Canonical request and string to sign of a set, and the announced size of a level is no less than the true one."""
    candidates = Candidates(PROBLEM, alternatives)
    for level in range(3):
        for chosen in every_set(alternatives, level):
            said: dict[str, Value] = {axis: value for one in chosen for axis, value in one.values.items()}
            signing = Signing(*(said.get(name, getattr(PROBLEM.signing, name)) for name in Signing.__slots__))  # type: ignore[arg-type]
            assert candidates.texts(chosen)[1] == plain_string(PROBLEM, said, signing)
        assert candidates.size(level) >= sum(1 for _ in every_set(alternatives, level))


@given(several, st.integers(0, 4))
def test_combinations_are_all_sets_on_different_axes(alternatives: list[Alternative], weight: int) -> None:
    """Each once."""
    found = [ranks(way) for way in combinations(alternatives, weight)]

    assert sorted(found) == sorted(ranks(way) for way in every_set(alternatives, weight))


def many(axis: str, count: int, start: int = 0) -> list[Alternative]:
    return [
        Alternative({axis: b"%d" % number}, 1, (), number) for number in range(start, start + count)
    ]  # nothing is said of them


def test_a_large_search_is_cut_into_small_pieces() -> None:
    """However large a level is, nothing is held of it but a block, and whoever looks up does so soon."""
    alternatives = [*many("path", 3000), *many("header:host", 3000, 3000), *many("region", 3000, 6000)]
    candidates = Candidates(PROBLEM, alternatives)
    batches = list(islice(candidates.level(3, NOBODYS), 50))

    assert candidates.size(3) == 3000**3
    assert candidates.size(2) == 3 * 3000**2
    assert len(batches) == 50
    assert all(0 < batch.tried <= BLOCK * BLOCK for batch in batches)


# What is gathered


def registered(*changes: Change, cause: str = "cause") -> Registered:
    return Registered(cause, "family", "Words.", lambda _: iter(changes))


def test_the_same_values_are_one_alternative() -> None:
    """Known by all who hold it possible, those of the least weight, in the order of the register."""
    (one,) = gather(
        PROBLEM,
        [
            registered(Change({"path": b"/x"}, "two", 2), cause="late"),
            registered(Change({"path": b"/x", "method": b"GET"}, "first"), cause="first"),
            registered(Change({"path": b"/x"}, "second"), cause="second"),
        ],
    )

    assert one.values == {"path": b"/x"}
    assert one.weight == 1
    assert [change.cause for change in one.changes] == ["first", "second"]


@pytest.mark.parametrize(
    "values",
    [
        {"path": b"/a/b"},
        {"region": b"us-west-004", "method": b"GET"},
        {"header:x-never-listed": b""},
        {"key-region": b"us-west-004"},
        {"region": b"us-west-004", "key-region": b"us-west-004"},
        {},
    ],
)
def test_what_changes_nothing_is_left_out(values: dict[str, Value]) -> None:
    """A value that the wire gives anyway costs nothing and explains nothing."""
    assert gather(PROBLEM, [registered(Change(values, ""))]) == []


def test_a_key_of_the_declared_region_differs_from_a_scope_of_another() -> None:
    """The key's region follows the scope's: the declared one is then a value of its own."""
    values: dict[str, Value] = {"region": b"eu", "key-region": b"us-west-004"}
    (one,) = gather(PROBLEM, [registered(Change(values, ""))])

    assert one.values == values


def test_a_proved_key_is_not_suspect() -> None:
    """Another call verified with it: neither the secret nor the recipe of the key is searched, the scope is."""
    proved = replace(PROBLEM, around=Surroundings(proved=frozenset({KEY.key_id})))
    changes = registered(
        Change({"secret": b"x"}, ""),
        Change({"recipe": bare_secret}, ""),
        Change({"secret": b"x", "path": b"/"}, ""),
        Change({"region": b"x"}, ""),
    )

    assert len(gather(PROBLEM, [changes])) == 4
    assert [one.values for one in gather(proved, [changes])] == [{"region": b"x"}]


def test_no_alternative_shows_what_it_would_sign_with() -> None:
    """A secret stands in the values only, and those in no text."""
    (one,) = gather(PROBLEM, [registered(Change({"secret": b"K00secret"}, "another secret was used"))])

    assert "K00secret" not in repr(one)

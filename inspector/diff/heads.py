"""Header lines aligned by name, and queries by parameter; order, case, repeats and encodings told apart from values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.diff.hunk import Hunk, Kind, Section
from inspector.diff.volatile import HEADERS, QUERY
from inspector.wire.headers import Headers
from inspector.wire.query import pairs


class _Written(NamedTuple):
    """One header line or parameter: its name as written and as compared, its value as written and as it means."""

    name: str
    value: str
    meaning: bytes


def header_hunks(section: Section, a: Headers, b: Headers) -> Iterator[Hunk]:
    """How two sets of header lines differ."""
    if [name for name, _ in a] == [name for name, _ in b]:  # as a rule: then only what differs needs a look
        names = {one[0].lower() for one, other in zip(a, b, strict=True) if one != other}
        a, b = (tuple(line for line in lines if line[0].lower() in names) for lines in (a, b))
    left, right = _by_name(_lines(a)), _by_name(_lines(b))
    for name in _union(left, right):
        yield from _aligned(section, name, left.get(name, []), right.get(name, []), name in HEADERS)
    yield from _order(section, [name.lower() for name, _ in _text(a)], [name.lower() for name, _ in _text(b)])


def query_hunks(a: bytes, b: bytes) -> Iterator[Hunk]:
    """How two queries differ: by what they mean, then by how it is encoded."""
    if a == b:
        return
    left, right = _by_name(_parameters(a)), _by_name(_parameters(b))
    for name in _union(left, right):
        yield from _aligned(Section.QUERY, name, left.get(name, []), right.get(name, []), name in QUERY)
    yield from _order(Section.QUERY, list(left), list(right))


def _text(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in headers]


def _lines(headers: Headers) -> Iterator[_Written]:
    for (name, value), (_, raw) in zip(_text(headers), headers, strict=True):
        yield _Written(name, value, raw.strip())


def _parameters(query: bytes) -> Iterator[_Written]:
    for pair in pairs(query):
        written = pair.name if pair.value is None else pair.name + b"=" + pair.value
        meaning = unquote_to_bytes(pair.value or b"")
        yield _Written(unquote_to_bytes(pair.name).decode("utf-8", "replace"), written.decode("latin-1"), meaning)


def _by_name(written: Iterator[_Written]) -> dict[str, list[_Written]]:
    found: dict[str, list[_Written]] = {}
    for one in written:
        found.setdefault(one.name.lower(), []).append(one)
    return found


def _union(left: Mapping[str, object], right: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys([*left, *right]))


def _aligned(
    section: Section, name: str, left: Sequence[_Written], right: Sequence[_Written], quiet: bool
) -> Iterator[Hunk]:
    if not right:
        yield Hunk(section, Kind.MISSING, name, _joined(left), None, quiet)
    elif not left:
        yield Hunk(section, Kind.ADDED, name, None, _joined(right), quiet)
    elif [one.meaning for one in left] != [one.meaning for one in right]:
        same = sorted(one.meaning for one in left) == sorted(one.meaning for one in right)
        kind = Kind.ORDER if same else Kind.REPEATS if len(left) != len(right) else Kind.CHANGED
        yield Hunk(section, kind, name, _joined(left), _joined(right), quiet)
    elif [one.name for one in left] != [one.name for one in right]:
        yield Hunk(section, Kind.CASE, name, left[0].name, right[0].name, quiet=True)
    elif [one.value for one in left] != [one.value for one in right]:
        yield Hunk(section, Kind.ENCODING, name, _joined(left), _joined(right), quiet)


def _joined(written: Sequence[_Written]) -> str:
    return "\n".join(one.value for one in written)


def _order(section: Section, left: Sequence[str], right: Sequence[str]) -> Iterator[Hunk]:
    """What both have, in another order: it means the same."""
    shared = set(left) & set(right)
    a, b = ([name for name in dict.fromkeys(names) if name in shared] for names in (left, right))
    if a != b:
        yield Hunk(section, Kind.ORDER, "", " ".join(a), " ".join(b), quiet=True)

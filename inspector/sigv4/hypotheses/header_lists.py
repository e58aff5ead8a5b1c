"""The list of signed headers: what it names is not what was signed, or not in this order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inspector.sigv4.canonical import signed_headers
from inspector.sigv4.hypotheses.header_lines import (
    PAYLOAD_HEADER,
    arrived,
    came,
    is_replaced,
    left_out,
    line,
    listed,
    shown_name,
    shown_names,
    shown_value,
)
from inspector.sigv4.hypotheses.model import (
    ASSEMBLY,
    HEADER_LIST,
    Change,
    Problem,
    Value,
    assembled,
    header,
)
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.register import hypothesis

_NEVER_SIGNED = (b"authorization",)
_SEPARATORS = re.compile(rb"[;,\s]+")

_FIXED_LISTS = (
    (b"host",),
    (b"host", b"x-amz-date"),
    (b"host", PAYLOAD_HEADER, b"x-amz-date"),
)
"""Lists that signers have written into their code."""

_GROUPS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("amz-sdk-*", re.compile(rb"amz-sdk-.*")),
    ("x-amz-meta-*", re.compile(rb"x-amz-meta-.*")),
    ("checksum headers", re.compile(rb"content-md5|x-amz-checksum-.*|x-amz-sdk-checksum-algorithm|x-amz-trailer")),
    ("headers of the body", re.compile(rb"content-.*|transfer-encoding")),
    ("headers of the HTTP library", re.compile(rb"accept.*|user-agent|connection|te|expect|keep-alive")),
    ("headers that are not S3's", re.compile(rb"(?!host$|:authority$|x-amz-).*")),
)
"""Headers that are added together, by one library or at one step."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The canonical request with its header lines in an order of names, lower case; other lines after them."""

    names: tuple[bytes, ...]

    def __call__(self, parts: Sequence[bytes]) -> bytes:
        places = {name: number for number, name in enumerate(self.names)}
        lines = sorted(parts[3:-2], key=lambda one: places.get(_name_of(one), len(places)))
        return assembled([*parts[:3], *lines, *parts[-2:]])


def _name_of(header_line: bytes) -> bytes:
    return header_line[: header_line.find(b":", 1)].lower()


@hypothesis("hdr-list-order")
def list_order(problem: Problem) -> Iterator[Change]:
    """The list of signed headers, or the lines of the headers, are not sorted, or the host is missing there."""
    # versitygw's tests of SignedHeaders; minio's ErrUnsignedHeaders
    written = problem.signed.authorization.signed_headers
    names = signed_headers(written)
    if names != problem.parts[HEADER_LIST]:
        as_written = {HEADER_LIST: names}
        yield Change(as_written, f"the list of signed headers was signed as it was sent: {said(names)}")
        yield from _in_order(tuple(name.lower() for name in written), "of the list as it was sent", as_written)
        yield from _in_case(problem, written)
        yield from _with_twins(problem, written)
        yield from _respaced(problem, names)
    yield from _in_order(_sent_order(problem), "in which they were sent", {})
    yield from _host(problem)


def _in_order(names: tuple[bytes, ...], which: str, with_list: Mapping[str, Value]) -> Iterator[Change]:
    """Header lines in another order, with the list by the rule and with the other."""
    if list(names) != sorted(names):
        words = f"the lines of the headers were signed in the order {which}"
        yield Change({ASSEMBLY: Ordered(names)}, words)
        if with_list:
            yield Change({ASSEMBLY: Ordered(names), **with_list}, f"{words}, and the list as well")


def _sent_order(problem: Problem) -> tuple[bytes, ...]:
    came_as = dict.fromkeys(name.lower() for name, _ in problem.signed.request.headers)
    return tuple(name for name in came_as if name in problem.names)


def _in_case(problem: Problem, written: Sequence[bytes]) -> Iterator[Change]:
    """The names in the lines written as in the list."""
    lines: dict[str, Value] = {
        header(name.lower()): line(name, arrived(problem, name.lower())) for name in written if name != name.lower()
    }
    if lines:
        names = signed_headers(written)
        words = f"the names of the headers were signed as they were sent: {said(names)}"
        yield Change({**lines, HEADER_LIST: names}, words)
        yield Change({**lines, HEADER_LIST: problem.parts[HEADER_LIST]}, f"{words}, but for the list")
        # Capitals sort before small letters: so does a signer that sorts before it lowers the case.
        by_case = tuple(name.lower() for name in sorted(written))
        for order in dict.fromkeys((by_case, tuple(name.lower() for name in written))):
            values = {**lines, HEADER_LIST: names, ASSEMBLY: Ordered(order)}
            yield Change(values, f"{words}, and in the order {said(signed_headers(order))}")


def _with_twins(problem: Problem, written: Sequence[bytes]) -> Iterator[Change]:
    """A name that stands twice in the list has two lines."""
    twins = {name.lower() for name in written if list(written).count(name) > 1}
    lines: dict[str, Value] = {
        header(name): b"\n".join([line(name, arrived(problem, name))] * list(written).count(name))
        for name in twins
        if not is_replaced(problem, name)
    }
    if lines:
        words = f"{shown_names(sorted(twins))} was signed in a line for each time that the list names it"
        yield Change({**lines, HEADER_LIST: signed_headers(sorted(written))}, words)


def _respaced(problem: Problem, written: bytes) -> Iterator[Change]:
    """A list with white space or commas in it was signed without."""
    names = sorted({name.lower() for name in _SEPARATORS.split(written) if name})
    if set(names) == set(problem.names) or any(is_replaced(problem, name) for name in names):
        return
    meant = signed_headers(names)
    lines: dict[str, Value] = {header(name): b"" for name in problem.names}
    lines |= {header(name): line(name, arrived(problem, name)) for name in names}
    yield Change({**lines, HEADER_LIST: meant}, f"the list was signed as {said(meant)}; {said(written)} arrived")
    yield Change({**lines, HEADER_LIST: written}, f"the headers that the list {said(written)} means were signed")


def _host(problem: Problem) -> Iterator[Change]:
    """The host belongs to every signature, and is not in this list."""
    host = problem.signed.request.signed_host
    if host and not {b"host", b":authority"} & set(problem.names):
        words = f"the host, {said(host)}, was signed"
        yield Change({header("host"): line(b"host", host)}, f"{words}, though the list does not name it")
        yield Change(_added(problem, b"host", host), f"{words}, and named in the list")


@hypothesis("hdr-unsigned-amz")
def unsigned_amz(problem: Problem) -> Iterator[Change]:
    """An x-amz-* header was signed, and the list of signed headers does not name it."""
    # deno_s3#47, cloudydeno/aws-api#35, benji#309, minio#16893
    names = [name for name in _unlisted(problem) if name.startswith(b"x-amz-")]
    yield from _signed_too(problem, names)
    if len(names) > 1:
        lines = {header(name): line(name, arrived(problem, name)) for name in names}
        words = f"{shown_names(names)} were signed"
        yield Change(lines, f"{words}, though the list does not name them")
        yield Change({**lines, HEADER_LIST: listed(problem, names)}, f"{words}, and named in the list")


def _unlisted(problem: Problem) -> list[bytes]:
    """The headers that came and are not in the list, by name."""
    names = sorted({name.lower() for name, _ in problem.signed.request.headers} - set(problem.names))
    return [name for name in names if name not in _NEVER_SIGNED and not is_replaced(problem, name)]


def _signed_too(problem: Problem, names: Sequence[bytes]) -> Iterator[Change]:
    for name in names:
        value = arrived(problem, name)
        words = f"{shown_name(name)}, {shown_value(name, value)}, was signed"
        yield Change({header(name): line(name, value)}, f"{words}, though the list does not name it")
        yield Change(_added(problem, name, value), f"{words}, and named in the list")


def _added(problem: Problem, name: bytes, value: bytes) -> Mapping[str, Value]:
    return {header(name): line(name, value), HEADER_LIST: listed(problem, [name])}


@hypothesis("hdr-added")
def added(problem: Problem) -> Iterator[Change]:
    """A header of the list was not there when the request was signed."""
    for name in problem.names:
        words = f"neither line nor name of {shown_name(name)} was signed"
        yield Change(left_out(problem, [name]), f"{words}, as if it was not there")
    for title, pattern in _GROUPS:
        names = [name for name in problem.names if pattern.fullmatch(name)]
        if len(names) > 1:
            words = f"none of {shown_names(names)} ({title}) was signed, as if they were not there"
            yield Change(left_out(problem, names), words)


@hypothesis("hdr-list-differs")
def list_differs(problem: Problem) -> Iterator[Change]:
    """The list of signed headers that was sent is not that of the headers that were signed."""
    yield from _signed_too(problem, [name for name in _unlisted(problem) if not name.startswith(b"x-amz-")])
    for name in problem.names:
        yield Change({header(name): b""}, f"no line of {shown_name(name)} was signed, though the list names it")
        shorter = listed(problem, less=[name])
        yield Change({HEADER_LIST: shorter}, f"{shown_name(name)} was signed, and not named in the list that was")
    for names in _FIXED_LISTS:
        yield from _fixed(problem, names)


def _fixed(problem: Problem, names: Sequence[bytes]) -> Iterator[Change]:
    """A list that stands in the signer's code, for the lines, for the list or for both."""
    lines = _lines_of(problem, names)
    in_list = {HEADER_LIST: signed_headers(names)}
    only = f"nothing but {shown_names(names)}"
    yield Change(in_list, f"a list that names {only} was signed, with the lines of all")
    yield Change(lines, f"{only} was signed, with a list that names all")
    yield Change({**lines, **in_list}, f"{only} was signed, and named in the list")


def _lines_of(problem: Problem, names: Sequence[bytes]) -> dict[str, Value]:
    """The header lines, where no others than these are signed."""
    known = [name for name in names if name in problem.names or came(problem, name)]
    kept: dict[str, Value] = {header(name): line(name, arrived(problem, name)) for name in known}
    return {header(name): b"" for name in problem.names} | kept

"""A header was signed with the value that arrived, but written otherwise: in copies, or with other white space."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from inspector.sigv4.hypotheses.header_lines import (
    PAYLOAD_HEADER,
    PIECES,
    PROGRAMS,
    Signed,
    arrived,
    line,
    listed,
    raw_values,
    searchable,
    shown_name,
    shown_names,
    what_came,
    written,
)
from inspector.sigv4.hypotheses.model import HEADER_LIST, PAYLOAD, Change, Problem, Value, header
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.register import hypothesis

_BLANKS = re.compile(rb"[ \t\r\n]+")
_SPACES = re.compile(rb" +")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_QUOTED = re.compile(rb'("[^"]*")')

_Text = Callable[[bytes], bytes]


@hypothesis("hdr-duplicated")
def duplicated(problem: Problem) -> Iterator[Change]:
    """A signed header arrived more than once, or was signed more than once and arrived joined."""
    # s3backer#214, curl#11738, aws-sdk-js-v3#1800
    for name in searchable(problem):
        copies = raw_values(problem, name)
        if len(copies) > 1:
            yield from written(problem, name, _of_copies(copies))
            yield from _of_raw_copies(problem, name, copies)
        else:
            yield from written(problem, name, _joined_on_the_way(arrived(problem, name)))
    yield from _payload_copies(problem)


def _of_copies(raw: list[bytes]) -> Iterator[Signed]:
    copies = [b" ".join(copy.split()) for copy in raw]
    for copy in (*copies[:PIECES], copies[-1]):
        yield Signed(copy, "one of its copies alone")
    for count in range(max(2, len(copies) - PIECES), len(copies)):
        yield Signed(b",".join(copies[:count]), f"the first {count} copies alone")
    yield Signed(b",".join(reversed(copies)), "the copies in reverse")
    yield Signed(b",".join(sorted(copies)), "the copies sorted")
    for between, words in ((b", ", "a comma and a space"), (b";", "a semicolon"), (b" ", "a space"), (b"", "nothing")):
        yield Signed(between.join(copies), f"the copies joined by {words}")


def _of_raw_copies(problem: Problem, name: bytes, raw: list[bytes]) -> Iterator[Change]:
    """Two deviations: the white space of each copy kept, and one copy alone or another order."""
    kept = [copy.strip(b" \t") for copy in raw]
    for change in written(problem, name, _of_copies_as_they_are(kept)):
        yield Change(change.values, change.words, weight=2, cause="hdr-duplicated+hdr-whitespace")


def _of_copies_as_they_are(kept: list[bytes]) -> Iterator[Signed]:
    for copy in (*kept[:PIECES], kept[-1]):
        yield Signed(copy, "one of its copies alone, its white space kept")
    yield Signed(b",".join(reversed(kept)), "the copies in reverse, their white space kept")
    yield Signed(b", ".join(kept), "the copies joined by a comma and a space, their white space kept")


def _joined_on_the_way(value: bytes) -> Iterator[Signed]:
    """One line now, which may have been several: proxies join them with a comma and a space (RFC 9110 §5.3)."""
    if b", " in value:
        yield Signed(value.replace(b", ", b","), "as of several headers")
    words = [word.strip() for word in value.split(b",")]
    if len(words) > 1 and len(set(words)) == 1:
        yield Signed(words[0], "one of its copies alone")


def _payload_copies(problem: Problem) -> Iterator[Change]:
    """The payload's header twice: its line, and the last line."""
    copies = raw_values(problem, PAYLOAD_HEADER)
    for copy in dict.fromkeys(value.strip() for value in copies[:PIECES]) if len(copies) > 1 else ():
        what = f"{said(copy)}, one of {len(copies)} copies of {shown_name(PAYLOAD_HEADER)}, was signed as the payload"
        yield Change({PAYLOAD: copy}, what)
        if PAYLOAD_HEADER in problem.names:
            values: dict[str, Value] = {PAYLOAD: copy, header(PAYLOAD_HEADER): line(PAYLOAD_HEADER, copy)}
            yield Change(values, f"{what} and alone in its own line")


@hypothesis("hdr-whitespace")
def white_space(problem: Problem) -> Iterator[Change]:
    """White space in a header's value was signed otherwise than the rule says: trimmed, and runs as one space."""
    # aws-sdk-rust#248, aws-sdk-ruby#2758, supabase#1396, waha#2279, aws-sdk-cpp#670
    for name in searchable(problem):
        yield from written(problem, name, _spaced(raw_values(problem, name)))
        if not PROGRAMS.fullmatch(name):
            yield from written(problem, name, _untrimmed(arrived(problem, name)))
    yield from _all_as_they_are(problem)


_SPACINGS: tuple[tuple[_Text, str], ...] = (
    (lambda value: value.strip(b" \t\r\n"), "its inner white space kept"),
    (lambda value: value, "its white space kept"),
    (lambda value: _SPACES.sub(b" ", value.strip(b" ")), "its tabs kept"),
    (lambda value: _SPACES.sub(b" ", value), "runs of spaces collapsed, and nothing trimmed"),
    (lambda value: _BLANKS.sub(b" ", value), "runs of white space collapsed, and nothing trimmed"),
    (lambda value: value.replace(b"\t", b" ").strip(b" "), "its tabs as spaces"),
    (lambda value: _FOLD.sub(b" ", value).strip(b" \t"), "its folded lines joined"),
    (lambda value: _FOLD.sub(b"", value).strip(b" \t"), "its folded lines joined by nothing"),
    (lambda value: _BLANKS.sub(b"", value), "without any white space"),
    (lambda value: _outside_quotes(value), "white space between quotes kept"),
)
"""What a signer may do to the white space of a value, where there is any but single spaces."""


def _spaced(raw: list[bytes]) -> Iterator[Signed]:
    if any(value != b" ".join(value.split()) for value in raw):
        for spacing, words in _SPACINGS:
            yield Signed(b",".join(map(spacing, raw)), words)
    elif any(b" " in value for value in raw):
        yield Signed(b",".join(value.replace(b" ", b"") for value in raw), "without any white space")


def _untrimmed(value: bytes) -> Iterator[Signed]:
    """White space that is no longer there: HTTP libraries and proxies trim values (RFC 9110 §5.5)."""
    if value:
        yield Signed(value + b" ", "with a space at its end")
        yield Signed(b" " + value, "with a space before it")
        yield Signed(b" " + value + b" ", "with a space on both sides")
        yield Signed(value + b"\n", "with a line feed at its end")


def _outside_quotes(value: bytes) -> bytes:
    """Runs collapsed but for those between quotes, as the rule said in its first years."""
    pieces = _QUOTED.split(value.strip(b" \t\r\n"))
    return b"".join(piece if number % 2 else _BLANKS.sub(b" ", piece) for number, piece in enumerate(pieces))


def _all_as_they_are(problem: Problem) -> Iterator[Change]:
    """No value was touched at all."""
    for spacing, words in _SPACINGS[:3]:
        names = [name for name in searchable(problem) if raw_values(problem, name)]
        values = {
            header(name): line(name, b",".join(map(spacing, raw_values(problem, name))))
            for name in names
            if b",".join(map(spacing, raw_values(problem, name))) != arrived(problem, name)
        }
        if len(values) > 1:
            yield Change(values, f"the value of every header was signed with {words}")


@hypothesis("hdr-empty-dropped")
def empty_dropped(problem: Problem) -> Iterator[Change]:
    """A header without a value was listed, and its line was left out of what was signed."""
    # s3fs#555, ozone#11088
    empty = [name for name in problem.names if not arrived(problem, name)]
    for name in empty:
        words = f"no line of {shown_name(name)} was signed, though the list names it; {what_came(problem, name)}"
        yield Change({header(name): b""}, words)
    if len(empty) > 1:
        lines: dict[str, Value] = {header(name): b"" for name in empty}
        yield Change(lines, f"no lines of {shown_names(empty)} were signed, though the list names them")
        less = {**lines, HEADER_LIST: listed(problem, less=empty)}
        yield Change(less, f"neither lines nor names of {shown_names(empty)}, which have no value, were signed")

"""Home-made signers whose lines do not end in a line feed each: none of them, or some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from inspector.sigv4.hypotheses.model import ASSEMBLY, STRING, Change, Problem, Value
from inspector.sigv4.hypotheses.percent import enumerated
from inspector.sigv4.hypotheses.recipes import Assembly, LineEnds, StringToSign
from inspector.sigv4.hypotheses.register import hypothesis

Row = tuple[str, Mapping[str, Value]]
"""What was done, in words, and the axes that it sets."""

CANONICAL = "the canonical request"
STRING_TO_SIGN = "the string to sign"

_CRLF = b"\r\n"
_RARE = 2
"""The weight of what is too much to be multiplied with everything else, and no more than one slip all the same."""


def _separated() -> Iterator[Row]:
    # '\n' between single quotes is a backslash and an n in PHP, Perl, Ruby and the shell.
    for name, separator in (
        ("CR LF", _CRLF),
        ("CR", b"\r"),
        ("a backslash and an n", b"\\n"),
        ("a space", b" "),
        ("nothing", b""),
    ):
        assembly, string = Assembly(separator), StringToSign(separator)
        between = f"with {name} between the lines was signed"
        yield f"{CANONICAL} {between}", {ASSEMBLY: assembly}
        yield f"{STRING_TO_SIGN} {between}", {STRING: string}
        yield f"{CANONICAL}, and {STRING_TO_SIGN}, {between}", {ASSEMBLY: assembly, STRING: string}


SEPARATORS: tuple[Row, ...] = tuple(_separated())

ENDS: tuple[Row, ...] = (
    (f"{CANONICAL} with a line feed at its end was signed", {ASSEMBLY: Assembly(end=b"\n")}),
    (f"{STRING_TO_SIGN} with a line feed at its end was signed", {STRING: StringToSign(end=b"\n")}),
    (
        f"{CANONICAL} and {STRING_TO_SIGN}, each with a line feed at its end, were signed",
        {ASSEMBLY: Assembly(end=b"\n"), STRING: StringToSign(end=b"\n")},
    ),
    (f"{CANONICAL} with two line feeds at its end was signed", {ASSEMBLY: Assembly(end=b"\n\n")}),
    (f"{CANONICAL} with CR LF at its end was signed", {ASSEMBLY: Assembly(end=_CRLF)}),
    (f"{STRING_TO_SIGN} with CR LF at its end was signed", {STRING: StringToSign(end=_CRLF)}),
    (f"{CANONICAL} with a line feed before it was signed", {ASSEMBLY: Assembly(start=b"\n")}),
    (f"{STRING_TO_SIGN} with a line feed before it was signed", {STRING: StringToSign(start=b"\n")}),
)

_PLACES: Mapping[str, str] = {
    "method": "the method",
    "path": "the path",
    "query": "the query",
    "headers": "the header lines but the last",
    "last header": "the last header line",
    "blank": "the empty line",
    "names": "the list of headers",
}

# The block of headers is put together in one place, the rest in another: a here-document or AppendLine round lines
# that were joined with a line feed, or the reverse.
_BLOCKS: tuple[tuple[str, ...], ...] = (
    ("method", "path", "query", "blank", "names"),
    ("method", "path", "query", "last header", "blank", "names"),
    ("headers", "last header"),
    ("headers",),
    ("headers", "last header", "blank"),
)


def _behind(name: str, end: bytes, places: tuple[str, ...]) -> Row:
    whole = {"headers", "last header"} <= {*places}
    words = [_PLACES[place] for place in places if not (whole and place == "headers")]
    if whole:
        words[words.index(_PLACES["last header"])] = "the header lines"
    text = f"{CANONICAL} with {name} behind {enumerated(words)} was signed"
    return text, {ASSEMBLY: LineEnds(end, frozenset(places))}


BLOCKS: tuple[Row, ...] = tuple(_behind("CR LF", _CRLF, places) for places in _BLOCKS)


def _here_and_there() -> Iterator[Row]:
    """CRLF behind any other set of lines; one line end that is missing, or that is there twice."""
    for size in range(1, len(_PLACES)):
        for places in combinations(_PLACES, size):
            if places not in _BLOCKS:
                yield _behind("CR LF", _CRLF, places)
    for place in _PLACES:
        yield _behind("nothing", b"", (place,))
        yield _behind("two line feeds", b"\n\n", (place,))
        yield _behind("a space and a line feed", b" \n", (place,))


HERE_AND_THERE: tuple[Row, ...] = tuple(_here_and_there())

_BEFORE_THE_LAST = [
    values[ASSEMBLY]
    for _, values in (*BLOCKS, *HERE_AND_THERE)
    if getattr(values[ASSEMBLY], "places", None) == frozenset(("headers",))
]
"""What changes nothing where there is one header line."""


@hypothesis("impl-crlf")
def separators(problem: Problem) -> Iterator[Change]:
    """Something else than a single line feed stands between the lines that were signed."""
    alone = len(problem.names) < 2  # the host's line is the last one, too
    for rows, weight in (((*SEPARATORS, *BLOCKS), 1), (HERE_AND_THERE, _RARE)):
        for words, values in rows:
            if not (alone and values.get(ASSEMBLY) in _BEFORE_THE_LAST):
                yield Change(values, words, weight)


@hypothesis("impl-trailing-newline")
def ends(problem: Problem) -> Iterator[Change]:
    """A line end stands after the last line that was signed, or before the first."""
    return (Change(values, words) for words, values in ENDS)

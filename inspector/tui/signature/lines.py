"""The signature of a call as lines: three columns where there is room, one below the other where there is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len

from inspector.diagnose.examine import Diagnosis
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.tui.paint import Span
from inspector.tui.report import PAINT, cut, spans_of
from inspector.view.diagnosis import Style, findings_lines, headline, known_by, labelled, verdict_facts
from inspector.view.difference import runs
from inspector.view.render import pad, safe, safe_bytes
from inspector.view.signature import SignatureTable, SignedPart, signature_table

COLUMNS_FROM = 132
"""Cells from which the three texts stand beside each other."""

_NAME = 20
_INDENT = 15
_SENTENCE = 60
"""Cells from which a sentence may stand beside a name."""
_GAP = " │ "
_LABELS = ("server", "signature", "body", "debug log")

Line = list[Span]

DIFFERENT = Span("error", "≠ ")
"""What the first line of a difference begins with."""


def is_difference(line: Line) -> bool:
    """Whether a difference begins here: where n and N go."""
    return line[:1] == [DIFFERENT]


def signature_lines(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    """All there is to know of a signature."""
    yield from _before(diagnosis, width)
    yield from table_lines(diagnosis, width)
    yield from _after(diagnosis, width)


def table_lines(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    """What was signed, what is on the wire, what is expected, part by part; nothing where nothing is signed."""
    table = signature_table(diagnosis)
    if table.parts:
        yield []
        yield from (_in_columns if width >= COLUMNS_FROM else _stacked)(table, width)


def _before(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    style = Style(PAINT, width)
    yield [Span("heading", headline(diagnosis.call))]
    for label, text in verdict_facts(diagnosis, style):
        if label in _LABELS:
            yield from (spans_of(line) for line in labelled(label, text, style.text_columns))
    if diagnosis.outcome is not None and diagnosis.outcome.explanations:
        yield []
        for found in diagnosis.outcome.explanations:
            yield [Span("error", "  PROVED  "), Span("heading", f"the client signed otherwise: {safe(found.words)}")]
        if not diagnosis.outcome.explanations[0].deviations:
            yield [Span("quiet", "          what was signed is what arrived; the signature is only written otherwise")]


def _after(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    style = Style(PAINT, width)
    yield from map(spans_of, findings_lines(diagnosis, style))
    outcome = diagnosis.outcome
    if outcome is None:
        return
    yield []
    yield from ([Span("text", f"  {line}")] for line in known_by(outcome) if not line.startswith("ruled out"))
    yield []
    proved = dict.fromkeys(cause for found in outcome.explanations for cause in found.causes)
    words = {one.cause: one.words for one in all_hypotheses()}
    for kind, state, causes in (("error", "✗ proved", [*proved]), ("quiet", "– ruled out", outcome.ruled_out)):
        for cause in causes:
            yield from _hypothesis(f"  {state:<12} {cause:<32} ", safe(words.get(cause, "")), kind, width)


def _hypothesis(name: str, words: str, kind: str, width: int) -> Iterator[Line]:
    """What was tried, in words; below its name where there is no room beside it."""
    beside = width - len(name) > _SENTENCE
    margin = len(name) if beside else _INDENT
    first, *more = textwrap.wrap(words, width - margin) or [""]
    if beside:
        yield [Span(kind, name), Span("text", first)]
    else:
        yield [Span(kind, name.rstrip())]
        more.insert(0, first)
    yield from ([Span("text", " " * margin + line)] for line in more)


# The table


def _shown_name(part: SignedPart) -> str:
    return safe(part.name.removeprefix("header "))


def _sign(table: SignatureTable, part: SignedPart) -> Span:
    if table.differs(part):
        return DIFFERENT
    return Span("good", "= ") if table.known else Span("open", "? ")


def _in_columns(table: SignatureTable, width: int) -> Iterator[Line]:
    room = (width - _NAME - 2 - 3 * len(_GAP)) // 3
    heads = ("what the client signed", "on the wire", "what the server expects")
    yield _row([Span("heading", "  " + pad("", _NAME))], [[Span("heading", head)] for head in heads], room)
    for part in table.parts:
        cells = (_signed(table, part), _plain(part.wire), _expected(table, part))
        cut_cells = [[row for line in cell for row in cut(line, room)] for cell in cells]
        names = list(cut([Span("name", _shown_name(part))], _NAME))
        for number, (name, *row) in enumerate(zip_longest(names, *cut_cells, fillvalue=[])):
            sign = _sign(table, part) if number == 0 else Span("text", "  ")
            yield _row([sign, *_padded(name, _NAME)], row, room)
        if part.note:
            yield [Span("text", "  " + " " * _NAME + _GAP), Span("open", safe(part.note))]


def _row(name: Line, cells: Sequence[Line], room: int) -> Line:
    line = list(name)
    for cell in cells:
        line += [Span("quiet", _GAP), *_padded(cell, room)]
    return line


def _padded(line: Line, room: int) -> Line:
    return [*line, Span("text", " " * max(0, room - sum(cell_len(span.text) for span in line)))]


def _signed(table: SignatureTable, part: SignedPart) -> list[Line]:
    if not table.known:
        return [[Span("quiet", "?")]]
    if not table.differs(part):
        return _plain(part.signed)
    return _compared(part.signed, part.expected)


def _expected(table: SignatureTable, part: SignedPart) -> list[Line]:
    return _compared(part.expected, part.signed) if table.differs(part) else _plain(part.expected)


def _plain(value: bytes | None) -> list[Line]:
    return (
        [[Span("quiet", "–")]] if value is None else [[Span("text", safe_bytes(line))] for line in value.split(b"\n")]
    )


def _compared(one: bytes | None, other: bytes | None) -> list[Line]:
    """A value with the bytes marked that are not in the other."""
    if one is None or other is None:
        return [[Span("differs", span.text) for span in line] for line in _plain(one)]
    mine, _ = runs(safe_bytes(one), safe_bytes(other))
    return [[Span("differs" if differs else "text", text) for text, differs in mine if text]]


def _stacked(table: SignatureTable, width: int) -> Iterator[Line]:
    for part in table.parts:
        name = [_sign(table, part), *_padded([Span("name", _shown_name(part))], _NAME), Span("text", " ")]
        if not table.differs(part):
            yield from _beside(name, _plain(part.expected))
            if _says_more(part):
                yield from _beside(_label("on the wire"), _plain(part.wire))
        else:
            yield name
            mine = _signed(table, part)
            yield from _beside(_label("signed"), mine)
            yield from _carets(mine)
            yield from _beside(_label("expected"), _expected(table, part))
            yield from _carets(_expected(table, part))
            yield from _beside(_label("on the wire"), _plain(part.wire))
        if part.note:
            yield [*_label(""), Span("open", safe(part.note))]


def _label(text: str) -> Line:
    return [Span("quiet", pad(f"    {text}", _NAME + 3))]


def _beside(label: Line, lines: list[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        yield [*(label if number == 0 else _label("")), *line]


def _carets(lines: list[Line]) -> Iterator[Line]:
    """What is marked, marked again below: not everybody sees colours, nor reversed letters."""
    for line in lines:
        marks = "".join(("^" if span.kind == "differs" else " ") * cell_len(span.text) for span in line).rstrip()
        if marks:
            yield [*_label(""), Span("error", marks)]


def _says_more(part: SignedPart) -> bool:
    """Whether the wire has more than another spelling of the same."""
    if part.wire is None or part.expected is None:
        return part.wire is not None
    return part.wire.lower().replace(b" ", b"") != part.expected.lower().replace(b" ", b"")

"""Two texts of bytes line by line, the bytes that differ marked: by colour on a terminal, by carets in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from inspector.view.paint import Paint
from inspector.view.render import middle, safe_bytes, width

LONGEST_COMPARED = 4000
"""Characters of a line above which only its common beginning and end are told apart: comparing costs their square."""

Run = tuple[str, bool]
"""A run of text, and whether it differs."""


def plain_lines(text: bytes, columns: int | None) -> Iterator[str]:
    """The lines of a text, their middle left out beyond so many columns (None: whole)."""
    for line in text.split(b"\n"):
        yield "    " + shortened(safe_bytes(line), columns)


def difference_lines(
    arrived: bytes, signed: bytes, paint: Paint, columns: int | None, context: int | None = None
) -> Iterator[str]:
    """The lines of both: `-` as it arrived, `+` as it was signed; lines alike once, shortened to so many columns.

    Of lines alike, only `context` on each side of a difference are shown (None: all), and how many others there are.
    """
    old, new = arrived.split(b"\n"), signed.split(b"\n")
    for what, first, end, other_first, other_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            around = (first > 0 or other_first > 0, end < len(old) or other_end < len(new))
            yield from (paint.faint(line) for line in _alike(old[first:end], columns, context, around))
        else:
            for one, other in zip_longest(old[first:end], new[other_first:other_end]):
                yield from _pair(one, other, paint)


def _alike(
    lines: Sequence[bytes], columns: int | None, context: int | None, around: tuple[bool, bool]
) -> Iterator[str]:
    """Lines alike, those far from a difference left out. `around`: whether one comes before them, and after them."""
    head, tail = (context or 0 if near else 0 for near in around)
    hidden = 0 if context is None else len(lines) - head - tail
    for place, line in enumerate(lines):
        if hidden > 1 and head <= place < len(lines) - tail:
            if place == head:
                yield f"    … {hidden} lines alike"
        else:
            yield "    " + shortened(safe_bytes(line), columns)


def _pair(arrived: bytes | None, signed: bytes | None, paint: Paint) -> Iterator[str]:
    if arrived is None or signed is None:
        gone = signed is None
        line = safe_bytes(arrived if gone else signed or b"")  # type: ignore[arg-type]
        yield paint.bad(f"  - {line}") if gone else paint.good(f"  + {line}")
        return
    before, after = runs(safe_bytes(arrived), safe_bytes(signed))
    yield from _marked("  - ", before, paint)
    yield from _marked("  + ", after, paint)


def _marked(sign: str, runs: Sequence[Run], paint: Paint) -> Iterator[str]:
    style = paint.bad if "-" in sign else paint.good
    if paint.colour:
        yield style(sign) + "".join(paint.marked(text) if differs else style(text) for text, differs in runs)
        return
    yield sign + "".join(text for text, _ in runs)
    carets = "".join(("^" if differs else " ") * width(text) for text, differs in runs).rstrip()
    if carets:
        yield " " * len(sign) + carets


def runs(old: str, new: str) -> tuple[list[Run], list[Run]]:
    """Two lines, each cut into runs that are alike in both and runs that differ."""
    start = _common(old, new)
    rest = min(len(old), len(new)) - start
    end = min(rest, _common(old[::-1], new[::-1]))
    head, tail = (old[:start], False), (old[len(old) - end :], False)
    before, after = _inner(old[start : len(old) - end], new[start : len(new) - end])
    return [head, *before, tail], [head, *after, tail]


def _inner(old: str, new: str) -> tuple[list[Run], list[Run]]:
    if len(old) + len(new) > LONGEST_COMPARED:
        return [(old, True)], [(new, True)]
    before: list[Run] = []
    after: list[Run] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.5:  # single letters that happen to be alike explain nothing
        return [(old, True)], [(new, True)]
    for what, first, end, other_first, other_end in matcher.get_opcodes():
        before.append((old[first:end], what != "equal"))
        after.append((new[other_first:other_end], what != "equal"))
    return before, after


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def shortened(line: str, columns: int | None) -> str:
    """A line in so many columns."""
    return line if columns is None else middle(line, max(20, columns - 4))

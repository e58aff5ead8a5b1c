"""Two runs of bytes in rows of sixteen: those that differ, and how much between them is alike. For bodies of any size.

Bytes are held against each other at the same offset: what was inserted makes all that follows differ, and that is said
by nothing but the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

WIDTH = 16
"""Bytes of a row."""

_WINDOW = 1 << 16

Read = Callable[[int, int], bytes]
"""From an offset and a size to at most so many bytes there."""


class ByteRow(NamedTuple):
    """A row that differs; `alike` bytes lie between the row before it (or the beginning) and this one."""

    offset: int
    alike: int
    a: bytes
    b: bytes


def byte_rows(a: Read, b: Read, size: int, step: Callable[[int], object] = lambda _: None) -> Iterator[ByteRow]:
    """The rows that differ in `size` bytes (of the longer side). `step` is called with each offset that is reached."""
    edge = 0  # behind the last row that was given
    for start in range(0, size, _WINDOW):
        step(start)
        left, right = a(start, _WINDOW), b(start, _WINDOW)
        if left == right:
            continue
        for place in range(0, max(len(left), len(right)), WIDTH):
            one, other = left[place : place + WIDTH], right[place : place + WIDTH]
            if one != other:
                offset = start + place
                yield ByteRow(offset, offset - edge, one, other)
                edge = offset + WIDTH

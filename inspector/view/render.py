"""How values are shown: to people, on terminals that obey what is written to them.

A key or a header may hold anything, escape sequences included, and must not move a terminal's cursor or change its
title. So control characters are shown escaped, always: a pipe may end in a terminal too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime

from inspector.store.rows import Row


def safe(text: str) -> str:
    """The text with control and formatting characters (C0, C1, bidirectional overrides...) escaped, on one line."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def safe_lines(text: str) -> str:
    """The text with control characters escaped, its lines and tabs kept."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else _escaped(char) for char in text)


def safe_bytes(data: bytes) -> str:
    """Bytes of a head as one line: what is UTF-8 as text, the rest and control characters escaped."""
    return safe(data.decode("utf-8", "backslashreplace"))


def width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def middle(text: str, columns: int) -> str:
    """The text in so many columns, its middle left out where it is longer: names differ at their ends."""
    if width(text) <= columns:
        return text
    if columns < 3:
        return "…"[:columns]
    tail = _fitting(reversed(text), (columns - 1) // 2)[::-1]
    return _fitting(text, columns - 1 - width(tail)) + "…" + tail


def _fitting(text: Iterable[str], columns: int) -> str:
    taken: list[str] = []
    for char in text:
        columns -= _char_width(char)
        if columns < 0:
            break
        taken.append(char)
    return "".join(taken)


def pad(text: str, columns: int, right: bool = False) -> str:
    """The text with spaces up to so many columns."""
    space = " " * max(0, columns - width(text))
    return space + text if right else text + space


def size(value: int | None) -> str:
    """Bytes in at most five characters: `187`, `1.2k`, `16M` (k is a thousand)."""
    if value is None:
        return "-"
    amount = float(value)
    for unit in ("", "k", "M", "G", "T", "P"):
        if round(amount) < 1000:
            text = f"{amount:.1f}" if unit and amount < 9.95 else f"{amount:.0f}"
            return f"{text.removesuffix('.0')}{unit}"
        amount /= 1000
    return f"{amount:.0f}E"


def duration(milliseconds: float | None) -> str:
    """A duration in at most six characters: `0.4ms`, `41ms`, `1.25s`, `2m05s`, `3h07m`."""
    if milliseconds is None:
        return "-"
    if milliseconds < 9.95:
        return f"{milliseconds:.1f}ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f}ms"
    seconds = milliseconds / 1000
    if seconds < 59.995:
        return f"{seconds:.2f}s" if seconds < 9.995 else f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def clock(moment: float) -> str:
    """Unix seconds as the user's clock shows them: month, day and time."""
    return datetime.fromtimestamp(moment).strftime("%m-%d %H:%M:%S")


def date_and_time(moment: float) -> str:
    """Unix seconds as the user's clock shows them, to the millisecond, with the zone."""
    return datetime.fromtimestamp(moment).astimezone().isoformat(sep=" ", timespec="milliseconds")


def status(row: Row) -> str:
    """The status; `...` while the call is under way, `---` when no answer came."""
    if row.status is not None:
        return str(row.status)
    return "..." if row.state == "open" else "---"


def operation(row: Row) -> str:
    """The operation with the part's number; the method where it is unknown."""
    name = row.operation or f"({safe(row.method)})"
    return name if row.part_number is None else f"{name}#{row.part_number}"


def subject(row: Row) -> str:
    """What the call is about: bucket and key, a key alone (the native API names a bucket by its id), else its path."""
    if row.bucket is None:
        return safe(row.key or f"{row.host}{row.path}")
    return safe(row.bucket if row.key is None else f"{row.bucket}/{row.key}")


def trouble(row: Row) -> str:
    """The error code or the failure; empty when all went well."""
    return safe(row.error_code or row.failure or "")


def attempt(row: Row) -> str:
    """`2/3`; empty for a first attempt of a client that does not count."""
    if row.attempt is None:
        return ""
    return f"{row.attempt}/{row.attempt_max}" if row.attempt_max else str(row.attempt)


def flags(row: Row) -> str:
    """One letter for each thing to know, as `FLAGS` explains them."""
    return "".join(letter for letter, (test, _) in FLAGS.items() if test(row))


FLAGS: dict[str, tuple[Callable[[Row], bool], str]] = {
    "*": (lambda row: bool(row.marked), "marked"),
    "p": (lambda row: bool(row.presigned), "presigned"),
    "t": (lambda row: row.truncated is not None, "not kept whole"),
    "a": (lambda row: row.alterations != "[]", "altered by the proxy"),
    "y": (lambda row: row.replay_of is not None, "a replay"),
    "b": (lambda row: row.fidelity == "rebuilt", "rebuilt from a lossy import"),
}

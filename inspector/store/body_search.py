"""Looking for a text in a body, window by window."""

from __future__ import annotations

import codecs
import re
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain

from inspector.store.bodies import StoredBody, decoded, is_text
from inspector.store.functions import pattern
from inspector.wire.headers import unpack

OVERLAP = 64 * 1024
"""Characters of a window that the next one sees again: a longer match of a pattern may be missed at the seam."""


def register_searches(conn: sqlite3.Connection) -> None:
    """Make `b2_body` and `b2_raw` known to a connection: (`:` or `~`, wanted, body id, head, is a request)."""

    def b2_body(op: str, wanted: str, body: int | None, head: bytes | None, request: int) -> bool:
        if body is None:
            return False
        windows = text_windows(decoded(StoredBody(conn, body), unpack(head or b""), bool(request)))
        return matches(pattern(wanted), windows) if op == "~" else contains(wanted.encode().lower(), windows, fold=True)

    def b2_raw(op: str, wanted: str, body: int | None, head: bytes | None, request: int) -> bool:
        return body is not None and contains(wanted.encode(), StoredBody(conn, body), fold=False)

    conn.create_function("b2_body", 5, b2_body)
    conn.create_function("b2_raw", 5, b2_raw)


def text_windows(windows: Iterator[bytes]) -> Iterator[bytes]:
    """The windows of a body that is text; none of another one."""
    first = next(windows, b"")
    return chain((first,), windows) if first and is_text(first) else iter(())


def contains(part: bytes, windows: Iterable[bytes], fold: bool) -> bool:
    """Whether the part is in the bytes that the windows make; with `fold`, ASCII letters of both cases are alike."""
    kept = b""
    for window in windows:
        kept += window.lower() if fold else window
        if part in kept:
            return True
        kept = kept[max(0, len(kept) - len(part) + 1) :]
    return not part


def matches(regex: re.Pattern[str], windows: Iterable[bytes]) -> bool:
    """Whether the regular expression is found in the text that the windows make."""
    text, start = "", 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for window in windows:
        text += decoder.decode(window)
        found = regex.search(text, start)
        # A match near the end might be none when more comes (`$` holds before a last newline too); the next window sees
        # it again.
        if found and (found.end() < len(text) - 1 or found.end() - found.start() >= OVERLAP - 1):
            return True
        if len(text) > OVERLAP:
            # One character more than is searched, so that `^` and `\b` see what stands before.
            text, start = text[-OVERLAP - 1 :], 1
    return regex.search(text + decoder.decode(b"", True), start) is not None

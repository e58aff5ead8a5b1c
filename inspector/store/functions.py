"""The SQL functions that a filter needs beyond SQLite's own. Each is a pure function of what it is given.

Text is what bytes say as UTF-8; what is not UTF-8 shows U+FFFD, here as everywhere.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from inspector.store.filters.values import glob_parts, sdk, version
from inspector.wire.headers import get, get_all, unpack

Text = str | bytes | None


def register(conn: sqlite3.Connection) -> None:
    """Make the functions known to a connection."""
    for name, function in FUNCTIONS.items():
        conn.create_function(name, -1, function, deterministic=True)


def as_text(value: Text) -> str:
    """Bytes or text as text; nothing as the empty text."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@lru_cache(64)
def pattern(regex: str) -> re.Pattern[str]:
    """A regular expression of a filter: upper and lower case alike, `(?-i:...)` within it makes them differ."""
    return re.compile(regex, re.IGNORECASE)


@lru_cache(64)
def glob(text: str, ignore_case: bool) -> Callable[[str], object]:
    """Whether a text is the pattern, whose `*` and `?` stand for any characters."""
    regex = "".join((".*" if char == "*" else ".") if wild else re.escape(char) for wild, char in glob_parts(text))
    return re.compile(regex, re.DOTALL | re.ASCII | (re.IGNORECASE if ignore_case else re.NOFLAG)).fullmatch


def b2_rex(regex: str, value: Text) -> bool:
    """Whether the regular expression is found in the value."""
    return value is not None and pattern(regex).search(as_text(value)) is not None


def b2_glob(wanted: str, value: Text) -> bool:
    """Whether the value is like the glob; ASCII letters in upper and lower case are alike."""
    return value is not None and bool(glob(wanted, True)(as_text(value)))


def b2_text(value: Text) -> str | None:
    """The value as text."""
    return None if value is None else as_text(value)


def b2_path(target: bytes) -> str:
    """The target before its question mark."""
    return as_text(target.partition(b"?")[0])


def b2_path_rex(regex: str, target: bytes) -> bool:
    """Whether the regular expression is found in the target, or in what is before its question mark."""
    path, mark, _ = target.partition(b"?")
    return b2_rex(regex, target) or (bool(mark) and b2_rex(regex, path))


def b2_query(target: bytes) -> str:
    """The target after its question mark."""
    return as_text(target.partition(b"?")[2])


def b2_url(scheme: str, host: str, port: int, target: bytes) -> str:
    """The URL that the client meant; a scheme's own port is left out."""
    place = host if port == {"http": 80, "https": 443}.get(scheme) else f"{host}:{port}"
    return f"{scheme}://{place}{as_text(target)}"


def b2_type(block: bytes | None) -> str | None:
    """The media type of a head, lower case, without parameters."""
    value = get(unpack(block), b"content-type") if block else None
    return None if value is None else as_text(value.partition(b";")[0].strip()).lower()


def b2_ua(block: bytes | None) -> str | None:
    """The User-Agent of a request."""
    value = get(unpack(block), b"user-agent") if block else None
    return None if value is None else as_text(value)


def b2_contains(part: str, value: Text) -> bool:
    """Whether the part is in the value; ASCII letters in upper and lower case are alike."""
    if value is None:
        return False
    whole = value if isinstance(value, bytes) else value.encode("utf-8", "replace")
    return part.encode().lower() in whole.lower()


def b2_line(op: str, wanted: str, block: bytes | None) -> bool:
    """Whether a line `name: value` of a head contains (`:`) or matches (`~`) what is wanted."""
    if block is None:
        return False
    lines = (b"%b: %b" % header for header in unpack(block))
    return any(b2_contains(wanted, line) if op == ":" else b2_rex(wanted, line) for line in lines)


def b2_header(op: str, name: str, wanted: str, block: bytes | None) -> bool:
    """Whether a header of this name is like (`:`) or matches (`~`) what is wanted; `*` is any, "" an empty value."""
    if block is None:
        return False
    values = get_all(unpack(block), name.encode())
    return any(b2_glob(wanted, value) if op == ":" else b2_rex(wanted, value) for value in values)


def b2_sdk(wanted: str, client: str | None) -> bool:
    """Whether a client (`Boto3/1.44.5`) is the one wanted (`boto3`, `boto3>=1.36`, `boto3/1.4*`)."""
    if not client:
        return False
    want = sdk(wanted)
    name, _, number = re.sub(r"[ /]v?(?=\d)", "/", client, count=1).partition("/")
    if not (b2_glob(want.name, name) or b2_glob(want.name, client)):
        return False
    return not want.op or bool(re.match(r"\d", number) and _holds(want.op, version(number), want.version))


def _holds(op: str, left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    order = (left > right) - (left < right)
    return order in {">=": (0, 1), "<=": (0, -1), ">": (1,), "<": (-1,), "=": (0,)}[op]


def b2_signed(op: str, wanted: str, block: bytes, target: bytes) -> bool:
    """Whether one of the signed headers of a SigV4 request is like (`:`) or matches (`~`) what is wanted."""
    line = get(unpack(block), b"authorization") or b""
    found = re.search(rb"SignedHeaders=([^,\s]*)", line)
    if found is None:
        found = re.search(rb"[?&]X-Amz-SignedHeaders=([^&]*)", target, re.IGNORECASE)
    names = as_text(unquote_to_bytes(found[1])).split(";") if found else []
    return any(b2_glob(wanted, name) if op == ":" else b2_rex(wanted, name) for name in names)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        b2_rex,
        b2_glob,
        b2_text,
        b2_path,
        b2_path_rex,
        b2_query,
        b2_url,
        b2_type,
        b2_ua,
        b2_contains,
        b2_line,
        b2_header,
        b2_sdk,
        b2_signed,
    )
}

"""Header lines as they stood: order, case and repeats are part of what was said.

Facts
-----
A name holds no colon, CR or LF (RFC 9110 §5.1); a value holds no bare CR or LF, but a folded one (obs-fold,
RFC 9112 §5.2) holds CRLF followed by white space, which is how HTTP/1 readers hand it on. So one block of
`name: value CRLF` lines keeps every header list that a proxy can see, and reads back to the same list.
"""

from __future__ import annotations

from collections.abc import Iterable

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]


def get_all(headers: Iterable[Header], name: bytes) -> list[bytes]:
    """Every value of the header called `name` (any case), in the order of the lines."""
    wanted = name.lower()
    return [value for key, value in headers if key.lower() == wanted]


def get(headers: Iterable[Header], name: bytes) -> bytes | None:
    """The first value of the header called `name` (any case), or None where there is no such line."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def pack(headers: Iterable[Header]) -> bytes:
    """The header lines as one block of bytes, from which `unpack` gives back the same list."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def unpack(block: bytes) -> Headers:
    """The header lines of a block that `pack` made."""
    headers: list[Header] = []
    for line in block.split(b"\r\n")[:-1]:
        if line[:1] in (b" ", b"\t") and headers:
            name, value = headers[-1]
            headers[-1] = (name, value + b"\r\n" + line)
        else:
            name, _, value = line.partition(b": ")
            headers.append((name, value))
    return tuple(headers)

"""The fields of a multipart/form-data body (RFC 7578), as a browser's POST upload sends them, with their places.

Reads as far as the bytes reach: an upload's fields stand before its file, so the first kilobytes of a body that is
otherwise gone are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_BOUNDARY = re.compile(rb'(?i);\s*boundary=(?:"([^"]{1,200})"|([^\s;,]{1,200}))')
_NAME = re.compile(rb'(?i)^content-disposition:[^\r\n]*?[;\s]name=(?:"([^"\r\n]*)"|([^\s;]+))', re.MULTILINE)
_FILE = re.compile(rb"(?i)^content-disposition:[^\r\n]*?[;\s]filename\*?=", re.MULTILINE)
_FILE_NAME = re.compile(rb'(?i)^content-disposition:[^\r\n]*?[;\s]filename="([^"\r\n]*)"', re.MULTILINE)


class Field(NamedTuple):
    """One field that is not a file: its name and value as written, and the offset of the value in the body."""

    name: bytes
    value: bytes
    start: int


def boundary(content_type: bytes | None) -> bytes | None:
    """The boundary of a `multipart/form-data` content type; None for any other."""
    if content_type is None or content_type.strip()[:19].lower() != b"multipart/form-data":
        return None
    match = _BOUNDARY.search(content_type)
    return (match[1] or match[2]) if match else None


def fields(content_type: bytes | None, body: bytes) -> Iterator[Field]:
    """The fields of a form body, or of its first bytes (the last one may then be cut); files are left out."""
    mark = boundary(content_type)
    if mark is None:
        return
    delimiter = b"--" + mark
    position = body.find(delimiter)
    while position >= 0:
        start = position + len(delimiter)
        position = body.find(delimiter, start)
        field = _field(body, start, position if position >= 0 else len(body))
        if field is not None:
            yield field


def _field(body: bytes, start: int, end: int) -> Field | None:
    """The field between two delimiters; None for a file, for the end mark, and for a part without head or name."""
    head_end = body.find(b"\r\n\r\n", start, end)
    if head_end < 0:
        return None
    head = body[start:head_end].strip()
    name = _NAME.search(head)
    if name is None or _FILE.search(head):
        return None
    value_start = head_end + 4
    value = body[value_start:end].removesuffix(b"\r\n")
    return Field(name[1] if name[1] is not None else name[2], value, value_start)


# Of a form whose head is not at hand: its first line is its boundary


def value_of(body: bytes, name: bytes) -> bytes | None:
    """The value of a field; None where there is none."""
    return next((field.value for field in fields(_type_of(body), body) if field.name.lower() == name), None)


def file_name(body: bytes) -> bytes | None:
    """The name of the file in a form, as its client says it, without directories; None where it says none."""
    match = _FILE_NAME.search(body)
    return re.split(rb"[/\\]", match[1])[-1] if match else None


def _type_of(body: bytes) -> bytes:
    first = body.split(b"\r\n", 1)[0]
    return b'multipart/form-data; boundary="%b"' % first[2:200] if first.startswith(b"--") else b""

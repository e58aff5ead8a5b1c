"""One text of a log while it is read line by line: a canonical request, a string to sign, or a signature.

What belongs to it is told by its form, for nothing in a log can be relied on to end it: each line must be what comes
next in such a text, and any other is taken for a line of somebody else that stands in between. Whatever precedes the
first of its lines (`web-1  | `, a clock) must precede all of them, and its mark too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from inspector.formats.debuglog.shape import Kind, Mark, Shape

_METHOD = rb"(?:GET|PUT|POST|HEAD|DELETE|OPTIONS|PATCH)\Z"
_HEADER = rb"[a-z0-9!#$%&'*+.^_`|~-]+:.*"
_DIGEST = rb"[0-9a-f]{64}"
_CARRIER = rb"(?:(?:https?://\S*[?&]X-Amz-|AWS4-HMAC-SHA256 .*\b)Signature=)?"
_PAYLOAD = rb"(?:" + _DIGEST + rb"|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)(?=\"?$)"

_STAGES: dict[Kind, tuple[bytes, ...]] = {
    "canonical": (_METHOD, rb"(?:/.*)?\Z", rb"\S*\Z", _HEADER, rb"[a-z0-9!#$%&'*+.^_`|~;-]+\Z", _PAYLOAD),
    "string": (rb"AWS4-[A-Z0-9-]+\Z", rb"\d{8}T\d{6}Z\Z", rb"\S*/\S*/\S*/\S*\Z", _DIGEST + rb"(?=\"?$)"),
    "signature": (_CARRIER + _DIGEST + rb"(?![0-9a-f])",),
}
"""What the lines of each kind look like, in their order; header lines are any number, an empty line ends them."""

_COMPILED = {kind: tuple(re.compile(stage, re.S) for stage in stages) for kind, stages in _STAGES.items()}
_HEADERS = 3

_BEGINS: dict[Kind, tuple[bytes, ...]] = {
    "canonical": (_METHOD, rb"/\S*\Z"),
    "string": _STAGES["string"][:2],
    "signature": _STAGES["signature"],
}
_FIRST = {
    kind: tuple(re.compile(rb"(|.*?[ \t|\]:>])(" + stage + rb")", re.S) for stage in stages)
    for kind, stages in _BEGINS.items()
}
"""The first line of a text that begins below its mark, by how many of its lines are known already: what comes before
it is the prefix of all."""

_CLOCK = re.compile(rb"\d\d\\?:\d\d\\?:\d\d(?:\\?[.,]\d+)?")
_PATIENCE = 256
"""Lines of others that may stand in between."""
_LARGEST = 1 << 18
"""Bytes of a text: no server accepts a head as large."""


class Origin(NamedTuple):
    """Where a text was announced: its shape, the line's number, and what stands before the mark."""

    shape: Shape
    kind: Kind
    line: int
    head: bytes


class Record:
    """A text that is being read. `lines` are those taken; `done` when it is whole, `lost` when it will never be."""

    def __init__(self, origin: Origin, mark: Mark, tail: bytes) -> None:
        self.origin = origin
        self.lines: list[bytes] = []
        self._stages = _COMPILED[origin.kind]
        self._stage = 0
        self._prefix: re.Pattern[bytes] | None = None
        self._patience = _PATIENCE
        self._size = 0
        if mark.inline and not self._take(tail):
            self._patience = 0

    @property
    def done(self) -> bool:
        """Whether the text is whole."""
        return self._stage == len(self._stages)

    @property
    def lost(self) -> bool:
        """Whether it is given up."""
        return self._patience <= 0 or self._size > _LARGEST

    def offer(self, line: bytes) -> bool:
        """Take the line if it is the next of this text."""
        content = self._content(line)
        if content is not None and self._take(content):
            return True
        self._patience -= 1
        return False

    def _content(self, line: bytes) -> bytes | None:
        """The line without the prefix of all lines; None where it has another."""
        if self._prefix is None:
            return self._learned(line)
        found = self._prefix.match(line)
        if found:
            return line[found.end() :]
        return b"" if self._prefix.fullmatch(line + b" ") else None

    def _learned(self, line: bytes) -> bytes | None:
        """The content of the first line below the mark, whose prefix is that of all."""
        found = _FIRST[self.origin.kind][len(self.lines)].match(line)
        if found is None:
            return None
        prefix = re.compile(_CLOCK.sub(rb"\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?", re.escape(found[1])), re.S)
        if not prefix.match(self.origin.head):
            return None
        self._prefix = prefix
        return line[found.start(2) :]

    def _take(self, content: bytes) -> bool:
        if self.origin.kind == "canonical" and self._stage == _HEADERS and not content:
            self._stage += 1
            return self._keep(content)
        found = self._stages[self._stage].match(content)
        if found is None:
            return False
        if not (self.origin.kind == "canonical" and self._stage == _HEADERS):
            self._stage += 1
        return self._keep(found[0] if self.done else content)

    def _keep(self, content: bytes) -> bool:
        self.lines.append(content)
        self._size += len(content)
        return True

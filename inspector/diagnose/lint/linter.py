"""All calls, one by one: what each says, and what the parts of an upload say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inspector.diagnose.lint.bodies import BODIES
from inspector.diagnose.lint.heads import head_hits
from inspector.diagnose.lint.model import Found, Head, Hit, Report, Row
from inspector.diagnose.lint.table import BY_SLUG

SMALLEST_PART = 5_000_000
"""Bytes that every part but the last must have."""

Read = Callable[[int], bytes]
"""From `Row.body` to the first bytes of a body."""


def lint(rows: Iterable[Row], read: Read) -> Report:
    """What of these S3 calls B2 does not take, or does otherwise. Never raises for what the bytes are."""
    linter = _Linter(read)
    for row in rows:
        linter.look(row)
    linter.end()
    return linter.report


@dataclass(slots=True)
class _Part:
    """A part as it was sent last."""

    id: int
    size: int
    client: str | None


class _Linter:
    def __init__(self, read: Read) -> None:
        self.report = Report()
        self._read = read
        self._uploads: dict[str, dict[int, _Part]] = {}

    def look(self, row: Row) -> None:
        """One call."""
        self.report.calls += 1
        head = Head(row)
        for hit in head_hits(head):
            self._hit(head, hit)
        look = BODIES.get(row.operation or "")
        if look is not None and row.body is not None:
            for hit in look(self._read(row.body)):
                self._hit(head, hit)
        if row.operation == "UploadPart" and row.upload_id and row.part_number is not None:
            self._uploads.setdefault(row.upload_id, {})[row.part_number] = _Part(row.id, _size(head), row.client)

    def _hit(self, head: Head, hit: Hit) -> None:
        rule = BY_SLUG[hit.slug]
        if not (rule.refused and head.taken):
            self._add(head.row.id, hit, head.row.client)

    def _add(self, number: int, hit: Hit, client: str | None) -> None:
        found = self.report.found.get(hit.slug)
        if found is None:
            found = self.report.found[hit.slug] = Found(BY_SLUG[hit.slug], hit.seen)
        found.add(number, hit, client)

    def end(self) -> None:
        """Parts that are too small, now that it is known which ones are the last."""
        for parts in self._uploads.values():
            last = max(parts)
            for number, part in parts.items():
                if number != last and part.size < SMALLEST_PART:
                    words = f"part {number}: {part.size} bytes, and part {last} comes after it"
                    self._add(part.id, Hit("entity-too-small", "part", words), part.client)


def _size(head: Head) -> int:
    """The bytes of a part's payload."""
    decoded = head.lines.get(b"x-amz-decoded-content-length", b"")
    return int(decoded) if decoded.isdigit() and len(decoded) < 16 else head.row.request_size

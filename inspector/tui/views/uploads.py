"""Multipart uploads: each a row of its parts, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from textual.app import ComposeResult
from textual.containers import Vertical

from inspector.s3.multipart import NamedPart, read_parts
from inspector.store.filters import Node, Op, Term
from inspector.store.filters.tree import to_text
from inspector.store.timed import PartRow
from inspector.tui.jobs import Job
from inspector.tui.listing import Listing
from inspector.tui.paint import Span
from inspector.tui.report import Report
from inspector.tui.rows_view import RowsView
from inspector.tui.services import Services
from inspector.tui.views.listed import ListedView
from inspector.view import render
from inspector.view.uploads import MEANING, Part, Upload, uploads

_MOST_BODY = 1024 * 1024
"""Bytes of a CompleteMultipartUpload that are read: 10,000 parts take some 900 kB."""

_PART_KINDS = {
    Part.DONE: "good",
    Part.RETRIED: "note",
    Part.UNDER_WAY: "open",
    Part.FAILED: "error",
    Part.MISSING: "error",
    Part.OTHER_ETAG: "differs",
}
_WORST = (Part.OTHER_ETAG, Part.FAILED, Part.MISSING, Part.UNDER_WAY, Part.RETRIED, Part.DONE)


def _folded(parts: list[Part], width: int) -> list[Part]:
    """The parts in so many cells; of those that share a cell, the worst."""
    if len(parts) <= width:
        return parts
    edges = [place * len(parts) // width for place in range(width + 1)]
    return [min(parts[low:high], key=_WORST.index) for low, high in pairwise(edges)]


def _widths(width: int) -> tuple[int, int]:
    """The cells of an upload's name, and of how it ended."""
    return max(12, min(34, width // 3)), 30 if width >= _WIDE else 17


_WIDE = 110


def _headings(width: int) -> list[Span]:
    name, end = _widths(width)
    return [Span("heading", f"{'first':>6} {'bucket/key':<{name}} {'ended':<{end}} {'bytes':>6} parts")]


class UploadsView(ListedView[Upload]):
    """One line an upload, the newest first; below it what the chosen one lacks."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._where: Node | None = None

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        yield Listing[Upload](glyphs, _headings, _line, lambda upload: upload.first)
        yield Vertical(RowsView(glyphs), id="meaning")

    def changed(self) -> None:
        where = self.services.state.where
        other, self._where = where != self._where, where
        self.look.ask(lambda job: _found(job, where), at_once=other)

    def take(self, found: list[Upload]) -> None:
        self.listing.show(found, "no multipart upload among these calls")
        self.on_listing_moved()

    def on_listing_moved(self) -> None:
        upload = self.listing.rows.chosen
        lines = [*(_words(upload) if upload is not None else ()), [Span("quiet", _LEGEND)]]
        self.query_one(RowsView).show(Report(lambda _: lines))

    def on_listing_opened(self) -> None:
        """The calls of this upload."""
        upload = self.listing.rows.chosen
        if upload is not None:
            self.services.search(to_text(Term("upload", Op.IS, upload.upload_id)))
            self.services.open_view("calls")


def _line(upload: Upload, width: int) -> list[Span]:
    room, ended = _widths(width)
    left = max(1, width - room - ended - 17)
    return [
        Span("quiet", f"{upload.first:>6} "),
        Span("name", render.pad(render.middle(_name(upload), room), room)),
        Span(
            "error" if upload.troubled else "good",
            f" {render.pad(render.middle(render.safe(upload.end), ended), ended)} ",
        ),
        Span("quiet", f"{render.size(upload.size):>6} "),
        *(Span(_PART_KINDS[part], part.value) for part in _folded(upload.parts, left)),
    ]


def _name(upload: Upload) -> str:
    return render.safe("/".join(filter(None, (upload.bucket, upload.key))))


_LEGEND = "  ".join(f"{part.value} {words}" for part, words in MEANING.items())


def _words(upload: Upload) -> Iterator[list[Span]]:
    """The upload under the cursor, in some lines."""
    parts = f"{len(upload.parts):,} part{'' if len(upload.parts) == 1 else 's'}"
    retries = f"{upload.retries:,} retr{'y' if upload.retries == 1 else 'ies'}"
    words = f"{parts}, {retries}, calls #{upload.first} to #{upload.last}"
    yield [Span("name", _name(upload)), Span("text", f"  {words}")]
    kind = "error" if upload.troubled else "good"
    yield [Span(kind, render.safe(upload.end)), Span("quiet", f"  {render.safe(upload.upload_id)}")]
    if upload.missing:
        yield [Span("error", f"did not arrive, or not through here: {_numbers(upload.missing)}")]
    if upload.others:
        yield [Span("error", f"completed with another ETag than was answered: {_numbers(upload.others)}")]


def _numbers(numbers: list[int], most: int = 12) -> str:
    more = len(numbers) - most
    return f"{', '.join(map(str, numbers[:most]))}{f' and {more} more' if more > 0 else ''}"


def _found(job: Job, where: Node) -> list[Upload]:
    recording = job.recording

    def named(row: PartRow) -> list[NamedPart]:
        job.check()
        return [] if row.request_body is None else read_parts(recording.body(row.request_body).read(0, _MOST_BODY))

    return uploads(recording.uploads(where), named)[::-1]

"""A body on its way to a file, as text where it is one: unchunked and inflated, a piece at a time."""

from __future__ import annotations

from pathlib import Path

from inspector.store.bodies import decoded
from inspector.store.stored import Stored
from inspector.tui.jobs import Job
from inspector.view.exchange import headers_of

_SUFFIXES = {b"application/json": ".json", b"application/xml": ".xml", b"text/xml": ".xml", b"text/plain": ".txt"}


def write_body(job: Job, stored: Stored, request: bool, directory: Path) -> Path:
    """Write what a body says into a file in this directory; its path. A gibibyte is never held whole."""
    headers = headers_of(stored, request)
    side = "request" if request else "answer"
    path = directory / f"{stored.row.id}-{side}{_suffix({name.lower(): value for name, value in headers})}"
    body = job.recording.body(stored.request_body if request else stored.response_body)
    with path.open("wb") as file:
        for piece in decoded(body, headers, request):
            job.check()
            file.write(piece)
    return path


def _suffix(headers: dict[bytes, bytes]) -> str:
    return _SUFFIXES.get(headers.get(b"content-type", b"").partition(b";")[0].strip().lower(), ".body")

"""What of a call can be copied: read and made in a thread, as text.

What is to leave for others (curl, boto3, a HAR) is made by the verb `export`, which holds every credential back. What
is copied as it stands in the recording (a header, the canonical request) may hold a signature, but no secret.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from inspector.errors import InspectorError
from inspector.leaks.find import finds
from inspector.leaks.shapes import Level
from inspector.paths import data_dir
from inspector.sigv4.key import Key
from inspector.store.stored import Stored
from inspector.tui.child import ask
from inspector.tui.jobs import Job
from inspector.view.exchange import request_head, response_head


class Nothing(InspectorError):
    """The call has not what was asked for."""


class Wanted(NamedTuple):
    """The call, the recording, and the secrets at hand."""

    number: int
    path: Path
    keys: Sequence[Key]


Part = Callable[[Job, Wanted], str]


def out_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where texts and bodies go that were copied and fit nowhere else: for this user alone, overwritten each time."""
    directory = data_dir(environ) / "copied"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def stored_call(job: Job, wanted: Wanted) -> Stored:
    """The call.

    Raises:
        Nothing: it is no longer in the recording.
    """
    stored = job.recording.exchange(wanted.number)
    if stored is None:
        raise Nothing(f"#{wanted.number} is no longer in the recording.", "")
    return stored


def exported(form: str) -> Part:
    """As the verb `export` writes it; bodies that fit into no line lie beside it."""

    def part(job: Job, wanted: Wanted) -> str:
        file = out_dir() / f"{wanted.number}.{form}"
        said = ask(job, ["export", str(wanted.number), "--as", form, "-o", str(file)], wanted.path)
        if not said.went_well:
            raise Nothing(said.err.strip(), "")
        try:
            return file.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n")
        finally:
            file.unlink(missing_ok=True)

    return part


def head(request: bool) -> Part:
    """A head as it was sent, line by line."""

    def part(job: Job, wanted: Wanted) -> str:
        exchange = stored_call(job, wanted).exchange
        if not request and exchange.response is None:
            raise Nothing("no answer came.", "")
        text = (request_head if request else response_head)(exchange).decode("utf-8", "replace")
        return clean(text.replace("\r\n", "\n").strip("\n"), wanted)

    return part


def url(job: Job, wanted: Wanted) -> str:
    """The URL, without what authorizes it."""
    from inspector.formats.out.shown import shown
    from inspector.formats.out.shown import url as url_of

    stored = stored_call(job, wanted)
    return clean(url_of(shown(stored.exchange, stored.facts, None, None).request).decode("utf-8", "replace"), wanted)


def column(name: str, words: str) -> Part:
    """A fact of the call."""

    def part(job: Job, wanted: Wanted) -> str:
        value = getattr(stored_call(job, wanted).row, name)
        if value in (None, ""):
            raise Nothing(f"this call has no {words}.", "")
        if not str(value).isprintable():
            raise Nothing(f"the {words} holds control characters; the URL has them encoded.", "")
        return clean(str(value), wanted)

    return part


def request_id(job: Job, wanted: Wanted) -> str:
    """By what B2's support finds the call."""
    from inspector.wire.headers import get

    response = stored_call(job, wanted).exchange.response
    found = None if response is None else get(response.headers, b"x-amz-request-id")
    if found is None:
        raise Nothing("no request id came with the answer.", "")
    return found.decode("latin-1")


def canonical_request(job: Job, wanted: Wanted) -> str:
    """What the signature is of, as this side computes it."""
    from inspector.view.examination import Examiner

    diagnosis = Examiner(job.recording, lambda _: tuple(wanted.keys)).recorded(wanted.number)
    text = None if diagnosis is None else diagnosis.verification.canonical_request
    if not text:
        raise Nothing("this call is not signed with SigV4.", "")
    return clean(text if isinstance(text, str) else bytes(text).decode("utf-8", "surrogateescape"), wanted)


def body_file(job: Job, wanted: Wanted) -> str:
    """Write the answer's body, else the request's, into a file; its path."""
    from inspector.tui.give.body import write_body

    stored = stored_call(job, wanted)
    request = stored.response_body is None
    if request and stored.request_body is None:
        raise Nothing("this call has no body.", "")
    return str(write_body(job, stored, request, out_dir()))


def clean(text: str, wanted: Wanted) -> str:
    """The text, if it holds no secret.

    Raises:
        Nothing: it does.
    """
    secrets = [key.secret for key in wanted.keys]
    for find in finds(text.encode("utf-8", "surrogateescape"), secrets):
        if find.level is Level.SECRET:
            raise Nothing(f"not copied: it holds what looks like a credential ({find.what}).", "")
    return text

"""What a replay would send, without sending it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from inspector.cli.common import say
from inspector.cli.output import emit, emit_bytes, json_line
from inspector.errors import ExitCode
from inspector.paths import data_dir
from inspector.recorder.keys import pseudonym_key
from inspector.replay.carry import Carrier
from inspector.replay.prepare import Outgoing, Ways, prepared
from inspector.replay.refused import Refused
from inspector.sending.line import head_of
from inspector.store.reader import Recording
from inspector.view.render import safe_lines
from inspector.wire.redaction import Redactor


def dry_run(opened: Recording, ids: Sequence[int], ways: Ways, as_json: bool) -> int:
    """Print each request: its bytes to a pipe; to a terminal the head alone. Secrets are shown as pseudonyms."""
    redactor = Redactor(pseudonym_key(data_dir(os.environ)))
    code = ExitCode.OK
    for number in ids:
        stored = opened.exchange(number)
        if stored is None:
            continue
        try:
            outgoing = prepared(opened, stored, ways, Carrier(), time.time())
        except Refused as error:
            say(f"#{number} cannot be sent: {error}")
            code = ExitCode.FAILED
            continue
        for note in outgoing.notes:
            say(f"#{number}: {note}")
        _show(number, outgoing, redactor, as_json)
    return code


def _show(number: int, outgoing: Outgoing, redactor: Redactor, as_json: bool) -> None:
    request, names = redactor.redact_request(outgoing.request)
    if names:
        say(f"#{number}: not shown, and sent as it is: {', '.join(names)}")
    if as_json:
        emit([json_line(_fields(number, outgoing, redactor))])
    elif sys.stdout.isatty():
        head = safe_lines(head_of(request).replace(b"\r\n", b"\n").decode("utf-8", "backslashreplace"))
        emit([f"# to {request.scheme}://{request.host}:{request.port}", head, f"(a body of {outgoing.size} bytes)"])
    else:
        emit_bytes(_bytes(head_of(request), outgoing))


def _bytes(head: bytes, outgoing: Outgoing) -> Iterator[bytes]:
    yield head
    if outgoing.body is not None:
        yield from outgoing.body()


def _fields(number: int, outgoing: Outgoing, redactor: Redactor) -> dict[str, Any]:
    request, _ = redactor.redact_request(outgoing.request)
    return {
        "replay_of": number,
        "method": request.method.decode("latin-1"),
        "scheme": request.scheme,
        "host": request.host,
        "port": request.port,
        "target": request.target.decode("utf-8", "replace"),
        "headers": [[name.decode("latin-1"), value.decode("utf-8", "replace")] for name, value in request.headers],
        "body_size": outgoing.size,
        "key_id": outgoing.key_id,
        "notes": list(outgoing.notes),
    }

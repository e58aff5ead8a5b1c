"""Files of curl command lines: notes, scripts, what a browser copies. Each is a request without an answer.

A line that ends with a backslash goes on; comments, blank lines and other commands are passed over. A body that stands
in a file of its own is not read: whoever wrote the line may have meant any file of this machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from inspector.errors import FormatError, UsageError
from inspector.formats.address import read_curl
from inspector.formats.captured import BODY_MISSING, Captured, Passed, Uids
from inspector.formats.shell import commands
from inspector.wire.exchange import Exchange, Failure, Fidelity, Timing

LARGEST = 64 * 1024 * 1024

START = re.compile(rb"\s*(?:(?:#[^\n]*|\$)?\s*\n\s*)*(?:\$\s+)?curl(?:\.exe)?\s")
_PROMPT = re.compile(r"^(?:\$\s+)?curl(?:\.exe)?\s+")


def read(stream: BinaryIO, when: float) -> Iterator[Captured | Passed]:
    """The requests that the command lines of a file make; `when` (Unix seconds) is their moment.

    Raises:
        FormatError: the file is too large to be a script.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FormatError(f"more than {LARGEST >> 20} MiB of curl commands", "Split the file.")
    uids = Uids("curl")
    for number, line in commands(data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")):
        if not _PROMPT.match(line):
            yield Passed("line that is no curl command", f"line {number}")
            continue
        try:
            yield _captured(_PROMPT.sub("curl ", line), when, uids)
        except UsageError as error:
            yield Passed("curl command that cannot be read", f"line {number}: {error.message}")


def _captured(line: str, when: float, uids: Uids) -> Captured:
    request, body = read_curl(line)
    lost = (BODY_MISSING.format(side="request"),) if body is None else ()
    identity = (request.method, request.target, request.signed_host, repr(request.headers).encode(), body or b"")
    exchange = Exchange(
        uid=uids.make(when, *identity),
        request=request,
        timing=Timing(when),
        failure=Failure("unknown", "a curl command line says nothing of an answer"),
        alterations=lost,
        fidelity=Fidelity.REBUILT,
    )
    return Captured(exchange, body or b"", request_gap=1 if body is None else 0)

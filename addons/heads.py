"""Note what is lost when mitmproxy reads a head: white space round values, folded lines, spaces in the first line.

No hook sees the lines as they came, so this one stands before the function that reads them
(`mitmproxy.net.http.http1.read_request_head` and its twin for answers, in mitmproxy 11 and 12). It changes nothing of
what they give, and where mitmproxy has changed, it stands aside.
"""

from __future__ import annotations

import logging
from asyncio import current_task
from collections.abc import Callable, Sequence
from typing import Any

from mitmproxy.net.http import http1

from inspector.recorder.failures import NO_DESTINATION

Reader = Callable[[list[bytes]], Any]
READERS = ("read_request_head", "read_response_head")

logger = logging.getLogger(__name__)


class Heads:
    """The addon."""

    def __init__(self) -> None:
        self.originals: dict[str, Reader] = {}

    def running(self) -> None:
        for name in READERS:
            original = getattr(http1, name, None)
            if original is not None and name not in self.originals:
                self.originals[name] = original
                setattr(http1, name, attentive(original))

    def done(self) -> None:
        for name, original in self.originals.items():
            setattr(http1, name, original)
        self.originals.clear()


def attentive(read: Reader) -> Reader:
    """The same reader, which leaves what was lost on the message it gives."""

    def read_head(lines: list[bytes]) -> Any:
        message = read(lines)
        try:
            note(message, lines)
        except Exception:  # whatever mitmproxy has become: the traffic goes on
            logger.debug("cannot look at the lines of a head", exc_info=True)
        return message

    return read_head


def note(message: Any, lines: Sequence[bytes]) -> None:
    """Name what was lost in `b2_alterations` of the message."""
    fields = message.data.headers.fields
    if b"\n".join(lines[1:]) != b"\n".join([name + b": " + value for name, value in fields]):
        lost = _lost(lines[1:])
        if lost:
            message.b2_alterations = lost
    if not getattr(message, "host", True) and not any(name.lower() == b"host" for name, _ in fields):
        logger.info(NO_DESTINATION, extra={"client": getattr(current_task(), "client", None)})


def _lost(lines: Sequence[bytes]) -> list[str]:
    """A colon without a space after it loses nothing: the value is the same."""
    lost = []
    if any(_padded(line.partition(b":")[2]) for line in lines):
        lost.append("whitespace-trimmed")
    if any(line[:1] in (b" ", b"\t") for line in lines):
        lost.append("lines-refolded")
    return lost


def _padded(value: bytes) -> bool:
    value = value.removeprefix(b" ")
    return value != value.strip()


addons = [Heads()]

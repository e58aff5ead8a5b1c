"""What a client's own log says of one signing: a second witness beside the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.model import HEADER_LIST, METHOD, PATH, PAYLOAD, QUERY, header
from inspector.wire.query import pairs


@dataclass(frozen=True, slots=True)
class Logged:
    """One signing out of a log.

    `source` names who wrote the log, `line` is where the entry begins (from 1). `parts` map the axes of the canonical
    request (`hypotheses.model`) to what was signed: all of them where `canonical_request` is known, else the few that
    the log shows. `signature` is lower-case hex. None: the log does not say.
    """

    source: str
    line: int
    parts: Mapping[str, bytes] = field(repr=False)
    canonical_request: bytes | None = field(default=None, repr=False)
    string_to_sign: bytes | None = field(default=None, repr=False)
    signature: str | None = None

    @property
    def timestamp(self) -> bytes:
        """When it was signed, as `YYYYMMDD'T'HHMMSS'Z'`; empty where the log does not say."""
        if self.string_to_sign is not None:
            return self.string_to_sign.split(b"\n")[1]
        line = self.parts.get(header("x-amz-date"))
        if line is not None:
            return line.partition(b":")[2]
        named = (pair.value for pair in pairs(self.parts.get(QUERY, b"")) if pair.name == b"X-Amz-Date")
        return next(named, None) or b""

    @property
    def coherent(self) -> bool | None:
        """Whether the string to sign names this very canonical request; None where the log shows only one of them."""
        if self.canonical_request is None or self.string_to_sign is None:
            return None
        return self.string_to_sign.rpartition(b"\n")[2] == steps.sha256_hex(self.canonical_request)


def parts_of(canonical_request: bytes) -> dict[str, bytes]:
    """The parts of a canonical request by axis, in its order: the reverse of `hypotheses.model.assembled`.

    Raises:
        ValueError: it is none.
    """
    first, *headers, blank, names, payload = canonical_request.split(b"\n")[2:]
    if blank:
        raise ValueError("no blank line behind the headers")
    method, path = canonical_request.split(b"\n")[:2]
    lines = {header(line.partition(b":")[0]): line for line in headers}
    return {METHOD: method, PATH: path, QUERY: first, **lines, HEADER_LIST: names, PAYLOAD: payload}

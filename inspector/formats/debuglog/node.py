"""Node with `NODE_DEBUG=http`, for want of anything that the AWS SDK for JavaScript v3 would print itself.

Its signer (@smithy/signature-v4) logs nothing, and a client's `logger` gets the input and output of commands only. Node
prints the options of a request for which it opens a connection (lib/_http_agent.js, `createConnection`): the headers
that the SDK handed on after it had signed, Authorization among them, but no path. Values are written as util.inspect
does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.sigv4.hypotheses.model import HEADER_LIST, METHOD, PAYLOAD, header
from inspector.sigv4.logged import Logged

WORD = b"headers: {"
"""What every such dump begins with."""

_FIELD = re.compile(rb"""\s+(?:'([^']+)'|([A-Za-z]\w*)): (?:'(.*)'|"(.*)"|`(.*)`|(\d+)),?""")
_SIGNED = re.compile(rb"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$")
_MOST = 256
"""Header lines of a request."""


class Reader:
    """Takes the lines of a log and gives the requests it shows."""

    def __init__(self) -> None:
        self._fields: dict[bytes, bytes] | None = None
        self._line = 0
        self._method = False

    @property
    def idle(self) -> bool:
        """Whether nothing is expected of the next lines."""
        return self._fields is None

    def feed(self, line: bytes, number: int) -> Iterator[Logged]:
        """The request that ends with this line, if one does."""
        if line.endswith(b"headers: {") or line.endswith(b"headers: [Object: null prototype] {"):
            self._fields, self._line, self._method = {}, number, False
        elif self._fields is not None:
            yield from self._field(line)

    def _field(self, line: bytes) -> Iterator[Logged]:
        fields = self._fields
        assert fields is not None
        found = _FIELD.fullmatch(line)
        if line.strip() == b"},":
            self._method = True
        elif found is None or len(fields) > _MOST:
            self._fields = None
        elif not self._method:
            fields[(found[1] or found[2]).lower()] = next(filter(None, found.groups()[2:]), b"")
        elif found[2] == b"method":
            self._fields = None
            yield from self._logged(fields, found[3] or b"")

    def _logged(self, fields: dict[bytes, bytes], method: bytes) -> Iterator[Logged]:
        """The parts of the canonical request that headers show."""
        signed = _SIGNED.search(fields.get(b"authorization", b""))
        if signed is None:
            return
        lines = {header(name): b"%b:%b" % (name, fields[name]) for name in signed[1].split(b";") if name in fields}
        parts = {METHOD: method, **lines, HEADER_LIST: signed[1]}
        payload = fields.get(b"x-amz-content-sha256")
        if payload is not None:
            parts[PAYLOAD] = payload
        yield Logged("node", self._line, parts, signature=signed[2].decode())

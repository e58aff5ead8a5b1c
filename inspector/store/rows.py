"""An exchange as a row of a list: what `ls`, `tail` and the list of the terminal UI show, without heads and bodies."""

from __future__ import annotations

import json
from binascii import b2a_base64
from datetime import UTC, datetime
from typing import Any, NamedTuple

from inspector.wire.outcome import went_wrong


class Row(NamedTuple):
    """One exchange of a list. Field names are column names; `started_at` in Unix seconds, `*_ms` in milliseconds."""

    id: int
    uid: str
    session: int
    state: str
    started_at: float
    method: str
    scheme: str
    host: str
    port: int
    target: bytes
    http_version: str
    status: int | None
    api: str | None
    operation: str | None
    bucket: str | None
    key: str | None
    key_bytes: bytes | None
    client: str | None
    auth: str
    payload: str | None
    key_id: str | None
    region: str | None
    presigned: int
    error_code: str | None
    error_message: str | None
    request_size: int
    response_size: int
    ttfb_ms: float | None
    duration_ms: float | None
    attempt: int | None
    attempt_max: int | None
    invocation_id: str | None
    upload_id: str | None
    part_number: int | None
    truncated: str | None
    alterations: str
    fidelity: str
    replay_of: int | None
    failure: str | None
    failure_text: str | None
    marked: int
    note: str | None

    @property
    def failed(self) -> bool:
        """Whether it ended without a whole answer, or with one that says so."""
        return went_wrong(self.status, self.failure)

    @property
    def path(self) -> str:
        """The request target as text; what is not UTF-8 shows U+FFFD."""
        return self.target.decode("utf-8", "replace")


COLUMNS = ", ".join(Row._fields)
"""What to SELECT for a `Row`."""


def list_fields(row: Row) -> dict[str, Any]:
    """The row as the JSON object of a list. `path_b64` and `key_b64` are there when the text is not exact."""
    value: dict[str, Any] = {name: getattr(row, name) for name in _LISTED}
    value["started_at"] = rfc3339(row.started_at)
    value["marked"] = bool(row.marked)
    value["alterations"] = json.loads(row.alterations)
    if row.path.encode() != row.target:
        value["path_b64"] = _base64(row.target)
    if row.key_bytes is not None:
        value["key_b64"] = _base64(row.key_bytes)
    return value


_LISTED = (
    *("id", "uid", "session", "started_at", "method", "scheme", "host", "path", "http_version", "status", "operation"),
    *("bucket", "key", "client", "auth", "payload", "key_id", "region", "error_code", "error_message"),
    *("request_size", "response_size", "ttfb_ms", "duration_ms", "attempt", "truncated", "alterations", "fidelity"),
    *("replay_of", "state", "failure", "api", "port", "part_number", "upload_id", "marked", "note"),
)


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def rfc3339(moment: float) -> str:
    """Unix seconds as an RFC 3339 time in UTC, to the microsecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

"""What went wrong outside any exchange: refused TLS, unreadable requests, the recorder's own losses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the user must be able to see although no exchange came of it.

    `at` is in Unix seconds. Kinds: `tls-refused-by-client`, `tls-left-by-client`, `tls-failed`, `upstream-tls`,
    `upstream-unreachable`, `bad-request`, `proxy-limit`, `proxy-error`, `recorder-behind`, `recorder-restarted`,
    `not-recorded`.
    """

    at: float
    kind: str
    host: str
    text: str
    connection: str = ""

"""A refusal in B2's words, and in its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Literal

from inspector.s3.probed import ProbedFacts, cause_of
from inspector.s3.sentences import BY_NAME, Kind, error_body
from inspector.wire.headers import Headers

Wording = Kind | Literal["unknown", "asked", "probed"]
"""How well the sentence is known; `unknown`: that B2 refuses is known, its words are not; `asked`: the user's own;
`probed`: B2 said so when it was asked."""

REASON = b"x-b2-inspector-reason"
WORDING = b"x-b2-inspector-wording"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that B2 gives instead of doing what it was asked. `cause` is the slug of what was wrong.

    `native`: in the JSON of the native API.
    """

    status: int
    code: str
    message: str
    cause: str
    wording: Wording
    retry_after: int | None = None
    native: bool = False

    def body(self, method: bytes) -> bytes:
        """The bytes of the error; an answer to HEAD has none."""
        return b"" if method == b"HEAD" else self._whole

    @property
    def _whole(self) -> bytes:
        if not self.native:
            return error_body(self.code, self.message)
        fields = {"code": self.code, "message": self.message, "status": self.status}
        return json.dumps(fields, indent=2).encode()

    def headers(self, request_id: str, host_id: str, now: float) -> Headers:
        """The header lines as published traces have them (minio/mc#5072, iterate-ch/cyberduck#16107), and our own two.

        Content-Length is that of the error body even where none is sent. `now` in Unix seconds.
        """
        lines = [
            (b"Server", b"nginx"),
            (b"Date", formatdate(now, usegmt=True).encode()),
            (b"Content-Type", b"application/json;charset=utf-8" if self.native else b"application/xml"),
            (b"Content-Length", str(len(self._whole)).encode()),
            (b"Connection", b"keep-alive"),
            (b"x-amz-request-id", request_id.encode()),
            (b"x-amz-id-2", host_id.encode()),
            (b"Cache-Control", b"max-age=0, no-cache, no-store"),
            (b"Strict-Transport-Security", b"max-age=63072000"),
            *(((REASON, self.cause.encode()),) if self.cause else ()),
            (WORDING, self.wording.encode()),
        ]
        if self.retry_after is not None:
            lines.append((b"Retry-After", str(self.retry_after).encode()))
        return tuple(lines)


def said(name: str, cause: str, **parts: str) -> Refusal:
    """A refusal in a sentence of the table, its holes filled."""
    sentence = BY_NAME[name]
    return Refusal(
        sentence.status or 400,
        sentence.code or "InvalidRequest",
        sentence.text.format(**parts),
        cause,
        sentence.kind,
    )


def worded(refusal: Refusal, probed: ProbedFacts, parts: Mapping[str, str]) -> Refusal:
    """A refusal whose words are not published, in those that B2 said when it was asked (`doctor --probe`).

    `parts`: what stands in the places of `<bucket>` and `<key id>`. Where B2 was not asked, it stays as it is.
    """
    if refusal.wording != "unknown" or not refusal.cause:
        return refusal
    for name, one in probed.refusals():
        if cause_of(name, one.variant) == refusal.cause and one.status is not None:
            message = one.message
            for place, text in parts.items():
                message = message.replace(f"<{place}>", text)
            return replace(refusal, status=one.status, code=one.code, message=message, wording="probed")
    return refusal


def unsaid(status: int, code: str, cause: str, what: str) -> Refusal:
    """A refusal whose wording nobody has published: it says that, instead of inventing one."""
    message = f"{what}; B2 refuses this, its own words are not known (b2-inspector)"
    return Refusal(status, code, message, cause, "unknown")

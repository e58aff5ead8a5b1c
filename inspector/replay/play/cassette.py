"""What a player plays: recorded calls with their heads at hand and their bodies within reach.

Two kinds there are: a session of a recording (`inspector.replay.recorded`), and a fixture file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Digests, Failure, Request, Response


@dataclass(frozen=True, slots=True)
class Taped:
    """A recorded call without its bodies.

    `id` is how a person names it: the exchange's number, or its place in the file. `request_info` and `response_info`
    say what is known of the bodies; of those that are not kept whole (`truncated`) digests still hold.
    `started_at` in Unix seconds; `wait` is the time to the first byte of the answer, in seconds (None: not known).
    `invocation` and `attempt` are the SDK's own words for a call and its retries.
    `upload_id` is the one that the answer hands out (CreateMultipartUpload); others stand in the request.
    """

    id: int
    request: Request
    response: Response | None
    request_info: BodyInfo = EMPTY_BODY
    response_info: BodyInfo = EMPTY_BODY
    failure: Failure | None = None
    started_at: float = 0.0
    wait: float | None = None
    invocation: str | None = None
    attempt: int | None = None
    upload_id: str | None = None
    error_code: str | None = None

    @property
    def payload(self) -> Digests:
        """The payload as the application sent it: what is inside of aws-chunked framing."""
        return self.request_info.decoded or self.request_info.sent

    @property
    def succeeded(self) -> bool:
        """Whether it did what it was asked to: a whole answer that says so."""
        return self.failure is None and self.response is not None and self.response.status < 400 and not self.error_code


class Body(Protocol):
    """Bytes that are read in windows of at most 1 MiB, as often as one likes, by any thread."""

    @property
    def size(self) -> int:
        """Bytes that are there."""

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to `end` (None: the last). Each window is complete when the next is asked for."""


class Cassette(Protocol):
    """Recorded calls. Everything may be asked by several threads at once."""

    @property
    def name(self) -> str:
        """What a person calls it: `calls.db, session 3`, `cassettes/test_upload/test_parts.yaml`."""

    @property
    def calls(self) -> Sequence[Taped]:
        """The calls in the order in which their answers began: what a write changed is seen by what comes after it."""

    def payload(self, call: Taped) -> Body:
        """What the request carried, without aws-chunked framing. A content encoding of the object stays on."""

    def answer(self, call: Taped) -> Body:
        """The body of the answer, as sent."""


def is_whole(body: Body, info: BodyInfo) -> bool:
    """Whether all that travelled is there; where secrets in it were replaced, it may have another length."""
    size = (info.decoded or info.sent).size
    return info.truncated is None and (body.size == size or info.redacted)


class Bytes:
    """A body that is at hand."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return len(self._data)

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to `end`, in one window."""
        if self._data[start:end]:
            yield self._data[start:end]

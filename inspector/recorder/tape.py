"""What the hooks have seen of one call and not handed over yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from inspector.recorder.events import Code, Frame, FrameKind

HAND_OVER_BYTES = 64 * 1024
"""A call that holds more than this hands its events over before it has ended."""

PACKED_BYTES = 8 * 1024
"""A run of body bytes of this size or more goes its own way, without being packed."""


class Taker(Protocol):
    """Where frames go: the part of `link.Link` that a tape needs."""

    @property
    def behind(self) -> bool: ...
    def send(self, frame: Frame) -> None: ...
    def send_data(self, code: Code, uid: str, data: bytes, plain: bool) -> None: ...


class Tape:
    """The events of one call. `client` is the id of the client's connection, `meant` the host and port it asked for."""

    __slots__ = (
        "_events",
        "_size",
        "_taker",
        "answered",
        "client",
        "ended",
        "meant",
        "request_ended",
        "response_ended",
        "uid",
    )

    def __init__(self, taker: Taker, uid: str, client: str, meant: tuple[str, int]) -> None:
        self.uid = uid
        self.client = client
        self.meant = meant
        self.request_ended = False
        self.answered = False
        self.response_ended = False
        self.ended = False
        self._taker = taker
        self._events: list[tuple[Any, ...]] = []
        self._size = 0

    def add(self, *event: Any) -> None:
        """Take one event."""
        self._events.append(event)

    def data(self, code: Code, gap: Code, is_plain: Callable[[], bool]) -> Callable[[bytes], bytes]:
        """A stream callable: passes the bytes on as they are, and keeps a copy.

        `is_plain` tells, once there is much of it, that the body is of a kind that holds no credential.
        """
        plain: bool | None = None

        def tee(data: bytes) -> bytes:
            nonlocal plain
            if not data or self.ended:
                return data
            if self._taker.behind:
                self._events.append((gap, len(data)))
            elif len(data) < PACKED_BYTES:
                self._keep(code, data)
            else:
                if plain is None:
                    plain = is_plain()
                self.hand_over()
                self._taker.send_data(code, self.uid, data, plain)
            return data

        return tee

    def _keep(self, code: Code, data: bytes) -> None:
        self._events.append((code, data))
        self._size += len(data)
        if self._size > HAND_OVER_BYTES:
            self.hand_over()

    def hand_over(self) -> None:
        """Send what has gathered."""
        if self._events:
            self._taker.send((FrameKind.FLOW, self.uid, self._events))
            self._events = []
            self._size = 0

    def fail(self, kind: str, text: str, at: float | None = None) -> None:
        """The call ends here without a whole answer; one that has its answer keeps it and only ends."""
        if not self.response_ended:
            self.add(Code.FAILED, at or time.time(), kind, text)
        self.end()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self.add(Code.DONE)
        self.hand_over()

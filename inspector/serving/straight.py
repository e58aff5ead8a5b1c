"""The straight way: an answer that is at hand is written as soon as its request has come, without an application.

A request is taken in as it comes, and asked at its end. What takes time, is long or breaks off is handed to the ASGI
application with the answer that was found; and so is, before it is asked, a request that must wait for an answer under
way or for a client that does not read. Both ways ask the same `Answers`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from inspector.replay.match.payload import NOTHING, Intake, Payload
from inspector.replay.play.answer import Answer
from inspector.serving.answers import Answers
from inspector.serving.http import Protocol
from inspector.serving.idle import Idle
from inspector.serving.one_piece import in_one_piece
from inspector.serving.request import has_body, is_direct, read_head
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers

Chooser = Callable[[bytes, Headers, str], Answers | None]
"""From the target as sent, the header lines and the connection's session to who answers; None: the application."""


class Straight(Protocol):
    """One connection. `choose` says who answers a call."""

    def __init__(self, choose: Chooser, *rest: Any) -> None:
        super().__init__(*rest)
        self._choose = choose
        self._answers: Answers
        self._request: Request | None = None  # that is asked at its end
        self._intake: Intake | None = None  # of its body
        self._is_last = False
        self._idle = Idle(self.loop, self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        self._idle.over()
        super().data_received(data)

    # A request, as the parser reads it

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        self._in_body = self._spoken = True
        if self.transport.is_closing():  # what comes after a request that closes is not answered
            return
        self._unhide()
        headers = tuple(self.headers)
        answers = None if self._must_wait() else self._choose(self.url, headers, self._session)
        if answers is None:
            self._hand_on(None)
            return
        parser = self.parser
        method, version, scheme = parser.get_method(), parser.get_http_version(), self.scheme or "http"
        self._answers = answers
        self._request = request = read_head(method, self.url, version, headers, scheme, self._tunnel)
        if has_body(headers):
            self._intake = answers.intake(request)
            if self.expect_100_continue:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._intake is not None:
            self._intake.feed(body)
        elif self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        request, self._request = self._request, None
        if request is not None:
            self._in_body = self._renamed = False
            intake, self._intake = self._intake, None
            self._answer(request, NOTHING if intake is None else intake.finish())
        elif self.cycle is not None:
            super().on_message_complete()

    # Its answer

    def _must_wait(self) -> bool:
        """Whether an answer is under way, or the client does not read what it was sent."""
        under_way = self.cycle is not None and not self.cycle.response_complete
        return under_way or self.flow.write_paused or self.parser.should_upgrade()

    def _answer(self, request: Request, payload: Payload) -> None:
        answer = self._answers.to(request, payload, direct=is_direct(self.url, self._tunnel))
        keep = request.http_version != "HTTP/1.0" and self.parser.should_keep_alive() and not self._is_last
        try:
            piece = in_one_piece(answer, request.method, time.time(), keep=keep)
        except Exception:  # the application meets the same, and says so
            piece = None
        if piece is None:
            self._hand_on(answer)
            super().on_message_complete()
            return
        self.transport.write(piece)
        if keep:
            self._idle.begins()
        else:
            self.transport.close()

    def _hand_on(self, answer: Answer | None) -> None:
        """Let the application write the answer, and find it first where there is none yet."""
        target, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.headers += headers
        self.url, self.expect_100_continue = target, expects and answer is None
        self._line.answer = answer
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False

    # The connection

    def shutdown(self) -> None:
        if self._request is None:
            super().shutdown()
        self._is_last = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._idle.end()
        super().connection_lost(exc)

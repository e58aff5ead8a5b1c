"""mitmproxy's words for what went wrong, read into the vocabulary of failures and problems.

The texts are those of mitmproxy 11.0.2 and 12.2.3 (proxy/layers/http, proxy/server.py); what no row knows is
`unknown`, with its words kept.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

_UNREACHABLE = re.compile(
    r"Errno|Connect call failed|connection cancelled|Multiple exceptions|refused|unreachable|timed? ?out|getaddrinfo"
    r"|Name or service|nodename|Connection killed|WinError",
    re.IGNORECASE,
)
_TLS = re.compile(r"certificate|tls|ssl|handshake", re.IGNORECASE)
_CLIENT_LEFT = re.compile(r"client disconnected|client closed|cancel|STREAM_CLOSED|stream reset by client", re.IGNORECASE)
_REJECTED = re.compile(r"smuggling|invalid|Bad HTTP|unable to parse|HTTP/1 protocol error: .*(?:request|chunk)", re.IGNORECASE)


def classify_failure(text: str, *, connected: bool, answered: bool) -> str:
    """The kind of `wire.exchange.Failure` that mitmproxy's `text` speaks of.

    `connected`: a connection to the server stood; `answered`: the head of an answer had come.
    """
    if _CLIENT_LEFT.search(text):
        return "client-disconnected"
    if not connected:
        return _before_connect(text)
    if answered:
        return "truncated"
    return "request-rejected" if _REJECTED.search(text) else "upstream-reset"


def _before_connect(text: str) -> str:
    if _TLS.search(text):
        return "upstream-tls"
    return "upstream-unreachable" if _UNREACHABLE.search(text) else "request-rejected"


@dataclass(frozen=True, slots=True)
class LogProblem:
    """A problem that only mitmproxy's log tells of."""

    kind: str
    text: str


_LOGGED = (
    (re.compile(r"Bad HTTP request line|Invalid header|invalid request", re.IGNORECASE), "bad-request"),
    (re.compile(r"Client closed connection before completing request headers"), "bad-request"),
    (re.compile(r"Unexpected data from server"), "proxy-limit"),
    (re.compile(r"has crashed|Addon error|Error in .*hook", re.IGNORECASE), "proxy-error"),
)
_ANY = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _LOGGED), re.IGNORECASE)
"""mitmproxy logs several lines a call; one look must be enough for nearly all of them."""

_NOISE = ("Streaming ", "client ", "server ", "closing transports", "transports closed")


def problem_of_log(record: logging.LogRecord) -> LogProblem | None:
    """The problem a log record of mitmproxy tells of, or None.

    The bytes it quotes may hold secrets (a rejected request's headers): they are cut off.
    """
    text = record.msg if not record.args else record.getMessage()
    if text.startswith(_NOISE) or not _ANY.search(text):
        return None
    for pattern, kind in _LOGGED:
        if pattern.search(text):
            return LogProblem(kind, _told(text, record))
    return None


def _told(text: str, record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        return f"{text.splitlines()[0]} ({type(error).__name__}: {_without_quotes(str(error))})"
    return _without_quotes(text.splitlines()[0])


def _without_quotes(text: str) -> str:
    """The words before the first quoted bytes."""
    head, quote, _ = text.partition("b'")
    if not quote:
        head, quote, _ = text.partition('b"')
    return f"{head}(bytes not kept)" if quote else head

"""mitmproxy's words for what went wrong, read into the vocabulary of failures and problems.

The texts are those of mitmproxy 11.0.2 and 12.2.3 (proxy/layers/http, proxy/server.py, net/http/validate.py); what no
row knows is told from how far the call had come, with its words kept.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_BROKEN_REQUEST = re.compile(r"illegal chunk|HTTP/[12] protocol error: (?!peer closed)", re.IGNORECASE)

_FAILURES = (
    (r"from client, refusing|Invalid request scheme|HTTP request has no host", "request-rejected"),
    (r"from server, refusing|Cannot parse HTTP response|unexpected server response", "bad-response"),
    (r"[Cc]lient disconnected|[Cc]lient closed|stream reset by client \(CANCEL", "client-disconnected"),
    (r"certificate|\bTLS\b|\bSSL\b|OpenSSL|handshake", "upstream-tls"),
    (r"Upstream proxy .* refused|connecting to", "upstream-unreachable"),
)
"""Words and the kind of `wire.exchange.Failure` they mean, whatever came before."""

_UNREACHABLE = re.compile(
    r"Errno|Connect call failed|connection cancelled|Multiple exceptions|refused|unreachable|timed? ?out|getaddrinfo"
    r"|Name or service|nodename|Connection killed|WinError",
    re.IGNORECASE,
)

_QUOTED = re.compile(r"""\b(?:bytearray\()?b['"].*|(?<=header: )['"].*|\[b?['"].*""", re.DOTALL)


def without_quotes(text: str) -> str:
    """The words without the bytes that they quote: a rejected request's bytes may hold its secrets."""
    return _QUOTED.sub("(bytes not kept)", text)


def classify_failure(text: str, *, connected: bool, answered: bool, client_left: bool) -> str:
    """The kind of `wire.exchange.Failure` that mitmproxy's `text` speaks of.

    `connected`: a connection to the server stood; `answered`: the head of an answer had come; `client_left`: the
    client's connection has ended, or mitmproxy has ended it for what came on it.
    """
    for words, kind in _FAILURES:
        if re.search(words, text):
            return kind
    if client_left:
        return "request-rejected" if _BROKEN_REQUEST.search(text) else "client-disconnected"
    if answered:
        return "truncated"
    if not connected and _UNREACHABLE.search(text):
        return "upstream-unreachable"
    return "upstream-reset" if connected else "unknown"


_CLIENT_TLS = (
    (r"disconnected during the handshake|connection closed", "tls-left-by-client"),
    (r"Cannot parse ClientHello|agree on a TLS version", "tls-failed"),
)
"""Words about TLS with a client that are not its verdict on a certificate (mitmproxy, proxy/layers/tls.py)."""


def classify_client_tls(text: str) -> str:
    """The kind of problem that a failed handshake with a client is: it refused us, it left, or it spoke no TLS."""
    return next((kind for words, kind in _CLIENT_TLS if re.search(words, text)), "tls-refused-by-client")


# What the user can do about it, said with the problem.

_ADVICE = (
    (
        "upstream-tls",
        "certificate",
        "trust its authority with --upstream-ca PEM, or leave certificates unchecked with --insecure-upstream",
    ),
    (
        "upstream-unreachable",
        "request destination unknown",
        "this is the recorder's own address: it is a proxy, not an endpoint; name it in HTTPS_PROXY",
    ),
)


def advised(kind: str, text: str) -> str:
    """The text of a problem with the next step, where there is one to name."""
    steps = [step for known, words, step in _ADVICE if known == kind and words in text.lower()]
    return "; ".join([without_quotes(text).rstrip("."), *steps])


# What only the log tells.


@dataclass(frozen=True, slots=True)
class LogProblem:
    """A problem that only mitmproxy's log tells of.

    `fatal`: the connection is of no use any more. `of_calls`: it matters only where a call is under way.
    `outside_tunnels`: it is none inside of a tunnel.
    """

    kind: str
    text: str
    fatal: bool = False
    of_calls: bool = False
    outside_tunnels: bool = False


TRAILERS = "mitmproxy cannot pass on HTTP trailers: the connection was closed"
SOCKS = "the client speaks SOCKS; this is an HTTP proxy: name it as http://HOST:PORT"
SILENCE = "mitmproxy closed the connection after ten minutes without a byte"
INTERIM_TAKEN_FOR_FINAL = "the server sent {status}, which mitmproxy takes for the answer: the call was cut off here"
NO_DESTINATION = "request without a destination"

_LOGGED = (
    (r"Bad HTTP request line", "bad-request", None),
    (r"Invalid header|invalid request", "bad-request", None),
    (r"Client closed connection before completing request headers", "bad-request", None),
    (NO_DESTINATION, "bad-request", "a request names no host: neither its target nor a Host header does"),
    (r"Unexpected data from server", "proxy-limit", "the server sent bytes that belong to no call"),
    (r"HTTP/2 protocol error", "proxy-limit", None),
    (r"Closing connection due to inactivity", "proxy-limit", SILENCE),
    (r"has crashed", "proxy-error", None),
    (r"Addon error|Error in .*hook", "proxy-error", None),
)
"""Words of the log, the kind of problem, and better words where mitmproxy's own would puzzle."""

_ANY = re.compile("|".join(f"(?:{words})" for words, *_ in _LOGGED))
"""mitmproxy logs several lines a call; one look must be enough for nearly all of them."""

_FATAL = re.compile(r"has crashed|Closing connection due to inactivity")
_NOISE = ("Streaming ", "client ", "server ", "closing transports", "transports closed", "half-closing")
_PEER = re.compile(r"^\S+:\d+: ")


def problem_of_log(record: logging.LogRecord) -> LogProblem | None:
    """The problem a log record of mitmproxy tells of, or None. Bytes that it quotes are cut off."""
    text = record.msg if not record.args else record.getMessage()
    if text.startswith(_NOISE) or not _ANY.search(text):
        return None
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, NotImplementedError) and "trailers" in str(error):
        return LogProblem("proxy-limit", TRAILERS, fatal=True)
    for words, kind, better in _LOGGED:
        if re.search(words, text):
            return LogProblem(
                kind,
                better or _told(text, error),
                fatal=_FATAL.search(text) is not None,
                of_calls=better is SILENCE,
                outside_tunnels=words is NO_DESTINATION,
            )
    return None


def _told(text: str, error: BaseException | None) -> str:
    line = without_quotes(_PEER.sub("", text.splitlines()[0]))
    return line if error is None else f"{line} ({type(error).__name__}: {without_quotes(str(error))})"


class LogProblems(logging.Handler):
    """Some refusals fire no hook and are only logged: an unreadable request line, a crash inside the proxy.

    `report` is called with the problem and the address of the client it befell (None where that is not known).
    """

    def __init__(self, report: Callable[[LogProblem, tuple[Any, ...] | None], None]) -> None:
        super().__init__(logging.DEBUG)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one record."""
        problem = problem_of_log(record)
        if problem is not None:
            self._report(problem, getattr(record, "client", None))

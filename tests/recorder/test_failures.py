"""mitmproxy's words are understood, and lose the bytes they quote."""

from __future__ import annotations

import logging
import sys

import pytest

from inspector.recorder.failures import advised, classify_client_tls, classify_failure, problem_of_log, without_quotes

PEER_CLOSED = "HTTP/1 protocol error: peer closed connection without sending complete message body (received 1 bytes)"

# Words; connected, answered, client_left; kind

FAILURES = (
    ("[Errno 111] Connect call failed ('127.0.0.1', 1)", False, False, False, "upstream-unreachable"),
    ("[Errno -2] Name or service not known", False, False, False, "upstream-unreachable"),
    ("Multiple exceptions: [Errno 111] a, [Errno 101] b", False, False, False, "upstream-unreachable"),
    ("Upstream proxy 10.0.0.1:1 refused HTTP CONNECT request: 407 x", True, False, False, "upstream-unreachable"),
    ("Certificate verify failed: self-signed certificate", True, False, False, "upstream-tls"),
    ("The remote server does not speak TLS.", True, False, False, "upstream-tls"),
    ("server closed connection", True, False, False, "upstream-reset"),
    ("HTTP/2 connection closed: <ConnectionTerminated error_code:NO_ERROR>", True, False, False, "upstream-reset"),
    ("stream reset by client (REFUSED_STREAM)", True, False, False, "upstream-reset"),
    (PEER_CLOSED, True, True, False, "truncated"),
    (PEER_CLOSED, True, False, True, "client-disconnected"),
    ("Client disconnected.", True, True, True, "client-disconnected"),
    ("stream reset by client (CANCEL)", True, False, False, "client-disconnected"),
    ("HTTP/1 protocol error: illegal chunk header: bytearray(b'x')", True, False, True, "request-rejected"),
    ("HTTP/1 protocol error: illegal chunk header: bytearray(b'x')", True, True, False, "truncated"),
    ("Received invalid header name: b'x' from client, refusing to", True, False, False, "request-rejected"),
    ("Received invalid header name: b'x' from server, refusing to", True, False, False, "bad-response"),
    ("Cannot parse HTTP response: Bad HTTP response line: b'x'", True, False, False, "bad-response"),
    ("words that no row knows", False, False, False, "unknown"),
)


@pytest.mark.parametrize(("text", "connected", "answered", "left", "kind"), FAILURES)
def test_failures_are_told_apart(text: str, connected: bool, answered: bool, left: bool, kind: str) -> None:
    assert classify_failure(text, connected=connected, answered=answered, client_left=left) == kind


QUOTED = {
    "Bad HTTP request line: b'GET /hunter2'": "Bad HTTP request line: (bytes not kept)",
    'Invalid header line: b"it\'s hunter2"': "Invalid header line: (bytes not kept)",
    "illegal chunk header: bytearray(b'hunter2')": "illegal chunk header: (bytes not kept)",
    "multiple lengths: [b'hunter2', b'3'] from client": "multiple lengths: (bytes not kept)",
    "invalid content-length header: 'hunter2'": "invalid content-length header: (bytes not kept)",
    "unexpected server response: b'hunter2\\n' and b'more'": "unexpected server response: (bytes not kept)",
    "Connect call failed ('127.0.0.1', 1)": "Connect call failed ('127.0.0.1', 1)",
}


@pytest.mark.parametrize("text", QUOTED)
def test_quoted_bytes_are_cut_off(text: str) -> None:
    assert without_quotes(text) == QUOTED[text]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "The client does not trust the proxy's certificate for HOST (tlsv1 alert unknown ca)",
            "tls-refused-by-client",
        ),
        ("The client may not trust the proxy's certificate for HOST (alert)", "tls-refused-by-client"),
        ("The client disconnected during the handshake. If this happens consistently", "tls-left-by-client"),
        ("connection closed early", "tls-left-by-client"),
        ("Cannot parse ClientHello: 474554", "tls-failed"),
        ("Client and mitmproxy cannot agree on a TLS version to use.", "tls-failed"),
    ],
)
def test_a_client_that_left_is_not_said_to_have_refused(text: str, kind: str) -> None:
    assert classify_client_tls(text) == kind


def test_a_problem_names_the_next_step_where_there_is_one() -> None:
    assert "--upstream-ca" in advised("upstream-tls", "Certificate verify failed.")
    assert advised("tls-refused-by-client", "does not trust the proxy's certificate") == (
        "does not trust the proxy's certificate"
    )


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    try:
        if error is not None:
            raise error
    except Exception:
        found = sys.exc_info()
        return logging.LogRecord("mitmproxy", logging.ERROR, "", 0, message, None, found)
    return logging.LogRecord("mitmproxy", logging.INFO, "", 0, message, None, None)


@pytest.mark.parametrize(
    ("message", "kind", "fatal"),
    [
        ("127.0.0.1:1: Bad HTTP request line: b'x'", "bad-request", False),
        ("Client closed connection before completing request headers: b'x'", "bad-request", False),
        ("Unexpected data from server: b'x'", "proxy-limit", False),
        ("Closing connection due to inactivity: Client(127.0.0.1:1)", "proxy-limit", True),
        ("mitmproxy has crashed!", "proxy-error", True),
        ("Addon error: x", "proxy-error", False),
    ],
)
def test_the_log_tells_of_problems(message: str, kind: str, fatal: bool) -> None:
    problem = problem_of_log(record(message))
    assert problem is not None
    assert (problem.kind, problem.fatal) == (kind, fatal)
    assert not problem.text.startswith("127.0.0.1")


@pytest.mark.parametrize("message", ["client connect", "server connect a:443 (1.2.3.4:443)", "Streaming request to a."])
def test_the_rest_of_the_log_is_no_problem(message: str) -> None:
    assert problem_of_log(record(message)) is None


def test_a_crash_names_its_error_without_the_bytes() -> None:
    problem = problem_of_log(record("mitmproxy has crashed!", ValueError("cannot take b'hunter2'")))
    assert problem is not None
    assert problem.text == "mitmproxy has crashed! (ValueError: cannot take (bytes not kept))"


def test_trailers_are_called_by_their_name() -> None:
    error = NotImplementedError("HTTP trailers are not implemented yet.")
    problem = problem_of_log(record("mitmproxy has crashed!", error))
    assert problem is not None
    assert (problem.kind, problem.fatal) == ("proxy-limit", True)
    assert "trailers" in problem.text

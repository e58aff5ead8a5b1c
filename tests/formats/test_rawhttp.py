"""Raw HTTP: every byte of the head is kept, bodies end where their heads say, breaks are named by line."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import FormatError
from inspector.formats.captured import Captured, Passed, pieces
from inspector.formats.rawhttp import read
from inspector.wire.exchange import Fidelity

WHEN = 1_700_000_000.0


def raw_items(text: bytes) -> list[Captured | Passed]:
    """What a file with these bytes holds."""
    return list(read(io.BytesIO(text), WHEN))


def raw_call(text: bytes) -> Captured:
    """The only exchange of a file with these bytes."""
    (item,) = raw_items(text)
    assert isinstance(item, Captured)
    return item


def raw_body(body: object) -> bytes:
    """A body as one run of bytes."""
    return b"".join(pieces(body))  # type: ignore[arg-type]


PUT = (
    b"PUT /b/a%2fb+c?partNumber=1&x HTTP/1.1\r\n"
    b"Host: s3.us-west-004.backblazeb2.com\r\n"
    b"X-Amz-Date: 20260301T100000Z\r\n"
    b"x-amz-meta-A:no space\r\n"
    b"X-Amz-Meta-B:   three, and behind\t \r\n"
    b"Content-Length: 4\r\n"
    b"\r\n"
    b"da\ta"
)
OK = b'HTTP/1.1 200 \r\nETag: "x"\r\nContent-Length: 2\r\n\r\nok'


def test_a_request_is_kept_byte_for_byte() -> None:
    """Target, order, case and odd white space; only the one space after a colon is no part of the value."""
    call = raw_call(PUT)
    request = call.exchange.request

    assert (request.method, request.target) == (b"PUT", b"/b/a%2fb+c?partNumber=1&x")
    assert request.headers == (
        (b"Host", b"s3.us-west-004.backblazeb2.com"),
        (b"X-Amz-Date", b"20260301T100000Z"),
        (b"x-amz-meta-A", b"no space"),
        (b"X-Amz-Meta-B", b"  three, and behind\t "),
        (b"Content-Length", b"4"),
    )
    assert raw_body(call.request_body) == b"da\ta"
    assert (request.scheme, request.host, request.port) == ("https", "s3.us-west-004.backblazeb2.com", 443)


def test_the_moment_is_the_one_that_the_request_names() -> None:
    """X-Amz-Date, as a header or in the query; else the moment given."""
    presigned = b"GET /b/k?X-Amz-Date=20260301T100000Z&X-Amz-Expires=60 HTTP/1.1\r\nHost: h\r\n\r\n"

    assert raw_call(PUT).exchange.timing.request_start == 1_772_359_200
    assert raw_call(presigned).exchange.timing.request_start == 1_772_359_200
    assert raw_call(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").exchange.timing.request_start == WHEN


@pytest.mark.parametrize(
    ("line_end", "fidelity"), [(b"\r\n", Fidelity.WIRE), (b"\n", Fidelity.REBUILT)], ids=["crlf", "lf"]
)
def test_only_the_wire_s_line_ends_make_a_wire(line_end: bytes, fidelity: Fidelity) -> None:
    """An editor's file says the same, but is not what travelled."""
    call = raw_call(PUT.replace(b"\r\n", line_end))

    assert call.exchange.fidelity == fidelity
    assert call.exchange.request.headers == raw_call(PUT).exchange.request.headers


def test_an_answer_that_follows_belongs_to_the_request() -> None:
    """With interim answers beside it."""
    call = raw_call(PUT + b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    response = call.exchange.response

    assert response is not None
    assert (response.status, response.reason, response.headers[0]) == (200, b"", (b"ETag", b'"x"'))
    assert (raw_body(call.response_body), call.exchange.interim, call.exchange.failure) == (b"ok", (100,), None)


def test_several_calls_stand_one_after_another() -> None:
    """Blank lines between them, as an editor or a person leaves them, are passed over."""
    get = b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n"
    items = raw_items(
        b"\r\n" + get + b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n\r\n\n" + get + PUT + b"\n\n" + get
    )

    assert [item.exchange.request.target for item in items if isinstance(item, Captured)] == [
        b"/b/k",
        b"/b/k",
        b"/b/a%2fb+c?partNumber=1&x",
        b"/b/k",
    ]
    assert len({item.exchange.uid for item in items if isinstance(item, Captured)}) == 4


@pytest.mark.parametrize(
    ("text", "scheme", "authority", "host", "port", "target"),
    [
        (b"GET http://h:8080/a?b HTTP/1.1\r\nHost: h:8080\r\n\r\n", "http", b"h:8080", "h", 8080, b"/a?b"),
        (b"GET HTTPS://h?b HTTP/1.1\r\n\r\n", "https", b"h", "h", 443, b"/?b"),
        (b"GET /a HTTP/1.1\r\nHost: h:80\r\n\r\n", "http", b"", "h", 80, b"/a"),
        (b"GET /a HTTP/1.1\r\nHost: [::1]:9000\r\n\r\n", "https", b"", "::1", 9000, b"/a"),
        (b"GET /example space/ HTTP/1.1\nHost: h\n", "https", b"", "h", 443, b"/example space/"),
        ("GET /ሴ HTTP/1.1\nHost:h".encode(), "https", b"", "h", 443, "/ሴ".encode()),
        (b"OPTIONS * HTTP/1.0\r\n\r\n", "https", b"", "", 443, b"*"),
    ],
)
def test_every_form_of_a_target_is_kept(
    text: bytes, scheme: str, authority: bytes, host: str, port: int, target: bytes
) -> None:
    """Absolute form gives scheme and authority; what no server takes is kept all the same."""
    request = raw_call(text).exchange.request

    assert (request.scheme, request.authority, request.host, request.port, request.target) == (
        scheme,
        authority,
        host,
        port,
        target,
    )


def test_a_folded_value_keeps_its_folds() -> None:
    """AWS's `get-header-value-multiline`: one value over three lines."""
    request = raw_call(b"GET / HTTP/1.1\nHost:h\nMy-Header1:value1\n  value2\n     value3\nX:1").exchange.request

    assert request.headers[1:] == ((b"My-Header1", b"value1\r\n  value2\r\n     value3"), (b"X", b"1"))


def test_a_chunked_body_is_joined_and_lost_trailers_are_said() -> None:
    """Transfer coding is no part of a body."""
    call = raw_call(
        b"PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n" + OK
    )

    assert raw_body(call.request_body) == b"abc0123456789"
    assert call.exchange.alterations == ("request-trailers-lost",)
    assert raw_body(call.response_body) == b"ok"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (b"POST / HTTP/1.1\nHost: h\n\nParam1=value1", b"Param1=value1"),
        (b"GET / HTTP/1.1\nHost: h\n\n\n\n", b""),
        (b"GET / HTTP/1.1\nHost: h", b""),
    ],
)
def test_without_a_length_the_body_is_the_rest(text: bytes, body: bytes) -> None:
    """Empty lines at the end are none of it."""
    assert raw_body(raw_call(text).request_body) == body


def test_bytes_that_are_missing_are_counted() -> None:
    """The file ends before the body does: a gap, and a truncated answer."""
    call = raw_call(PUT[:-1])
    answered = raw_call(PUT + OK[:-1])

    assert (call.request_gap, call.exchange.alterations) == (1, ("request-body-missing",))
    assert answered.response_gap == 1
    assert answered.exchange.failure is not None
    assert answered.exchange.failure.kind == "truncated"


def test_an_answer_to_head_has_no_body() -> None:
    """Its Content-Length speaks of what GET would have brought."""
    call = raw_call(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")

    assert (raw_body(call.response_body), call.response_gap) == (b"", 0)


def test_connect_is_no_exchange() -> None:
    """A tunnel was asked for; what went through it is not here."""
    assert raw_items(b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == [
        Passed("CONNECT request")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"GET / HTTP/1.1\nHost: h\nnonsense\n\n", "line 3: this is no header line: a name, a colon and a value"),
        (b"GET / HTTP/1.1\nHost : h\n\n", "line 2: this is no header line: a name, a colon and a value"),
        (PUT + b"left over", "line 8: here begins neither a request nor an answer"),
        (OK, "line 1: an answer stands here, and no request before it"),
        (b"PUT / HTTP/1.1\nContent-Length: x\n\n", "line 1: the Content-Length of this message is no number"),
        (
            b"PUT / HTTP/1.1\nTransfer-Encoding: chunked\n\nhello",
            "line 4: this chunk's size is no number: is the body chunked, as its head says?",
        ),
    ],
)
def test_what_is_no_http_is_said_with_its_line(text: bytes, message: str) -> None:
    """The words of the file are not repeated: they may be secret."""
    with pytest.raises(FormatError) as caught:
        raw_items(text)

    assert caught.value.message == message


def test_a_file_on_disk_gives_the_same_as_its_bytes(tmp_path: Path) -> None:
    """There it is mapped, not read: its bodies come in pieces when they are asked for."""
    path = tmp_path / "call.http"
    path.write_bytes(PUT.replace(b"Content-Length: 4", b"Content-Length: 3000004") + bytes(3_000_000) + OK)
    with path.open("rb") as stream:
        (call,) = read(stream, WHEN)
        assert isinstance(call, Captured)
        parts = list(pieces(call.request_body))

    assert sum(map(len, parts)) == 3_000_004
    assert max(map(len, parts)) <= 1024 * 1024
    assert call.exchange.uid == raw_items(path.read_bytes())[0].exchange.uid  # type: ignore[union-attr]


NAMES = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-length", "transfer-encoding", "x-amz-date")
)
VALUES = st.binary(max_size=20).filter(lambda value: not set(value) & set(b"\r\n"))
TARGETS = st.binary(min_size=1, max_size=30).map(lambda raw: b"/" + raw.translate(None, b"\r\n"))


@given(
    st.from_regex(r"[A-Z]{1,8}", fullmatch=True).filter(lambda method: method != "CONNECT"),
    TARGETS.filter(lambda target: b" HTTP/" not in target),
    st.lists(st.tuples(NAMES.map(str.encode), VALUES), max_size=6),
    st.binary(max_size=200),
    st.booleans(),
)
def test_what_is_written_is_read(
    method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes, on_disk: bool
) -> None:
    """Any method, target, header lines and body come back as they were written."""
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    text = b"%b %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (method.encode(), target, lines, len(body), body)
    with tempfile.TemporaryFile() if on_disk else io.BytesIO() as stream:
        stream.write(text)
        stream.seek(0)
        (item,) = read(stream, WHEN)
        assert isinstance(item, Captured)
        assert raw_body(item.request_body) == body

    request = item.exchange.request
    assert (request.method, request.target, list(request.headers[:-1])) == (method.encode(), target, headers)
    assert item.exchange.fidelity == Fidelity.WIRE


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(junk: bytes) -> None:
    """No other exception gets out, whatever follows a request."""
    with contextlib.suppress(FormatError):
        assert len(raw_items(PUT + b"\r\n" + junk)) >= 1

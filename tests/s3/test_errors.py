"""Error bodies: what they say, and what must not be taken for one."""

from __future__ import annotations

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.errors import read_error, read_upload_id
from inspector.s3.xml import LONGEST

# B2's own form, byte for byte (Content-Length 137, 200 of cyberduck#16107's trace and 198 of minio/mc#5072).
B2 = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    "<Error>\n    <Code>{}</Code>\n    <Message>{}</Message>\n</Error>\n"
)
AWS = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>no &amp; no</Message>'
    b"<StringToSign>AWS4-HMAC-SHA256\n20250101T000000Z</StringToSign><RequestId>1</RequestId><RequestId>2</RequestId>"
    b"<Detail><Inner>x</Inner></Detail></Error>"
)

STATED = [
    # body, code, message
    (B2.format("NoSuchKey", "Key not found").encode(), "NoSuchKey", "Key not found"),
    (B2.format("AccessDenied", "not &apos;entitled&apos; &amp; so").encode(), "AccessDenied", "not 'entitled' & so"),
    (AWS, "SignatureDoesNotMatch", "no & no"),
    (b'<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>A</Code><Message>b</Message></Error>', "A", "b"),
    (b'<s:Error xmlns:s="urn:x"><s:Code>A</s:Code><s:Message>b</s:Message></s:Error>', "A", "b"),
    (b"\xef\xbb\xbf<Error><Code>A</Code><Message>b</Message></Error>", "A", "b"),
    (b" \r\n\n <Error><Code> A </Code><Message>\nb\n</Message></Error>", "A", "b"),
    (b"\n<?xml version='1.0'?>\n<Error><Code>A</Code><Message>b</Message></Error>", "A", "b"),
    ("\ufeff<Error><Code>A</Code><Message>自</Message></Error>".encode("utf-16-le"), "A", "自"),
    (b"<Error><!-- c --><Code><!-- c -->A</Code><?pi?><Message>b</Message></Error>", "A", "b"),
    (b"<Error><Code>A</Code><Code>B</Code><Message>b</Message></Error>", "A", "b"),
    (b"<Error><Message>b</Message></Error>", "", "b"),
    (b"<Error/>", "", ""),
    # broken or cut off
    (b"<Error><Code>NoSuchKey</Code><Message>Key not", "NoSuchKey", "Key not"),
    (b"<Error><Code>NoSuchKey</Code><Mess", "NoSuchKey", ""),
    (b"<Error><Code>A</Code><Message>\xff</Message></Error>", "A", "\ufffd"),
    (b"<Error><Code>A</Code><Message>b</Message></Wrong>", "A", "b"),
    (b'<?xml version="1.0" encoding="no-such"?><Error><Code>A</Code><Message>b</Message></Error>', "A", "b"),
]


@pytest.mark.parametrize(("body", "code", "message"), STATED)
def test_code_and_message_are_read_as_far_as_the_body_goes(body: bytes, code: str, message: str) -> None:
    error = read_error(body)
    assert error is not None
    assert (error.code, error.message) == (code, message)


def test_what_should_have_been_escaped_does_not_hide_the_rest() -> None:
    error = read_error(b"<Error><Message>a & b < c</Message><Code>A</Code></Error>")
    assert error is not None
    assert error.code == "A"
    assert error.message.startswith("a")


def test_the_other_elements_are_kept() -> None:
    """What AWS says beside code and message is there; of an element said twice the first."""
    error = read_error(AWS)
    assert error is not None
    assert error.fields == {"StringToSign": "AWS4-HMAC-SHA256\n20250101T000000Z", "RequestId": "1", "Detail": ""}


NO_ERROR = [
    b"",
    b"   ",
    b"<",
    b"Forbidden",
    b"<html><head><title>502</title></head><body><Error><Code>A</Code></Error></body></html>",
    b"<!DOCTYPE html>\n<html><body>no</body></html>",
    b'{"status": 503, "code": "service_unavailable", "message": "no tomes available"}',
    b"<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>",
    b"<CopyObjectResult><ETag>x</ETag></CopyObjectResult>",
    b"<CompleteMultipartUploadResult/>",
    b"<error><Code>A</Code></error>",
    b"<!-- <Error><Code>A</Code></Error> -->",
    b"\x1f\x8b\x08\x00",
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", NO_ERROR)
def test_nothing_else_is_taken_for_an_error(body: bytes) -> None:
    assert read_error(body) is None


def test_entities_are_not_expanded() -> None:
    """Neither a billion laughs nor a local file gets into a message."""
    laughs = b"".join(b'<!ENTITY l%d "%b">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 20))
    body = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]><Error><Code>A</Code><Message>&l19;</Message></Error>"
    started = time.process_time()
    error = read_error(body)
    assert time.process_time() - started < 1
    assert error is None or "ha" not in error.message
    file = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hosts">]><Error><Code>A</Code><Message>&f;</Message></Error>'
    error = read_error(file)
    assert error is not None
    assert (error.code, error.message) == ("A", "")


def test_nothing_is_fetched() -> None:
    """A DTD on the network stays there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        host = b"127.0.0.1:%d" % server.getsockname()[1]
        body = b'<!DOCTYPE Error SYSTEM "http://' + host + b'/x.dtd"><Error><Code>A</Code></Error>'
        assert read_error(body) is not None
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_huge_body_is_read_at_its_beginning_only() -> None:
    started = time.process_time()
    error = read_error(b"<Error><Code>A</Code><Message>" + b"m" * 50_000_000)
    assert error is not None
    assert error.code == "A"
    assert len(error.message) < LONGEST
    assert read_error(b"<Error>" * 1_000_000) is not None
    assert time.process_time() - started < 2


def test_the_upload_id_is_read_from_the_answer_that_gives_it() -> None:
    body = (
        b'<?xml version="1.0"?><InitiateMultipartUploadResult xmlns="urn:x"><Bucket>b</Bucket><UploadId>4_z</UploadId>'
    )
    assert read_upload_id(body) == "4_z"
    assert read_upload_id(b"<ListPartsResult><UploadId>4_z</UploadId></ListPartsResult>") is None
    assert read_upload_id(b"<InitiateMultipartUploadResult/>") is None
    assert read_upload_id(b"nothing") is None


@given(st.one_of(st.binary(), st.binary().map(lambda tail: b"<Error><Code>A</Code>" + tail)))
def test_any_bytes_can_be_asked(body: bytes) -> None:
    error = read_error(body)
    if error is not None:
        "".join((error.code, error.message, *error.fields, *error.fields.values())).encode()

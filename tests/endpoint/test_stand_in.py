"""What a server that stands in for B2 is asked: the client's call, in that server's own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.endpoint.stand_in import BrokenFrame, Unframing, onward
from inspector.endpoint.upstream import read_upstream
from inspector.s3.framing import Encoder
from inspector.sigv4.key import Key
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import EMPTY_BODY, Request
from inspector.wire.headers import get
from tests.support.signing import signed_call

UPSTREAM = read_upstream("http://127.0.0.1:9000")
KEY = Key("minioadmin", b"minioadmin")
NOON = 1_795_348_800.0
B2 = b"photos.s3.us-west-004.backblazeb2.com"


def asked(request: Request, key: Key | None = KEY) -> Request:
    return onward(request, UPSTREAM, key, NOON)


def test_it_is_asked_in_path_style_under_its_own_name_and_signed_with_its_key() -> None:
    """A bucket in B2's host stands in the path; the signature is one that the server can verify."""
    sent = asked(signed_call(b"/a%20b%2Bc?x-id=GetObject", host=B2).request)
    assert sent.target == b"/photos/a%20b%2Bc?x-id=GetObject"
    assert get(sent.headers, b"host") == b"127.0.0.1:9000"
    assert verify(signed_request(sent, EMPTY_BODY), KEY).verdict == "verified"


def test_a_presigned_url_becomes_a_signed_call() -> None:
    """Its parameters were for another host; the others stay."""
    sent = asked(signed_call(b"/photos/a?versionId=1", presigned=True).request)
    assert sent.target == b"/photos/a?versionId=1"
    assert verify(signed_request(sent, EMPTY_BODY), KEY).verdict == "verified"


def test_without_a_key_the_clients_signature_goes_on() -> None:
    """For servers that look at none."""
    request = signed_call(host=B2).request
    assert get(asked(request, None).headers, b"authorization") == get(request.headers, b"authorization")


def test_a_framed_body_has_its_payloads_length_and_no_frame() -> None:
    """boto3's default over https: a trailer, Transfer-Encoding, and no Content-Length."""
    headers = {
        b"Content-Encoding": b"gzip,aws-chunked",
        b"Transfer-Encoding": b"chunked",
        b"X-Amz-Decoded-Content-Length": b"5",
        b"X-Amz-Trailer": b"x-amz-checksum-crc32",
        b"X-Amz-Sdk-Checksum-Algorithm": b"CRC32",
    }
    request = signed_call(method=b"PUT", headers=headers, payload=b"STREAMING-UNSIGNED-PAYLOAD-TRAILER").request
    sent = asked(request)
    lines = {name.lower(): value for name, value in sent.headers}
    assert lines[b"content-length"] == b"5"
    assert lines[b"content-encoding"] == b"gzip"
    assert lines[b"x-amz-content-sha256"] == b"UNSIGNED-PAYLOAD"
    assert not lines.keys() & {b"transfer-encoding", b"x-amz-trailer", b"x-amz-decoded-content-length"}
    assert verify(signed_request(sent, EMPTY_BODY), KEY).verdict == "verified"


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=30), st.integers(1, 64))
def test_what_comes_out_of_the_frame_is_what_went_in(payload: bytes, cuts: list[int], chunk: int) -> None:
    """However the bytes are cut on their way."""
    encoder = Encoder(chunk_size=chunk)
    framed = b"".join((*encoder.feed(payload), *encoder.finish(lambda: ((b"x-amz-checksum-crc32", b"AAAAAA=="),))))
    unframing, out = Unframing(), b""
    for size in cuts:
        piece, framed = framed[:size], framed[size:]
        out += b"".join(unframing.feed(piece)) if piece else b""
    out += b"".join(unframing.feed(framed)) if framed else b""
    assert out + b"".join(unframing.feed(b"")) == payload


@pytest.mark.parametrize("body", [b"no frame at all\r\n", b"5\r\nhel"])
def test_what_has_no_frame_is_said(body: bytes) -> None:
    """At once, or at its end: no object may come of it."""
    unframing = Unframing()
    with pytest.raises(BrokenFrame, match="at byte"):
        list(unframing.feed(body)) + list(unframing.feed(b""))
